//! Names and values in objects of their own, of which one is around the other: `SearchString` beside
//! `FieldToMatch: {SingleHeader: {Name: …}}` (AWS WAF), `api_token` beside `inject_into: {field_name: …}` (Airbyte), `args`
//! beside `target: {key: …}` (Vercel).

use super::{
    associate::Value,
    name::Name,
    siblings,
    words::{is_whole, is_word, normalized},
};

/// How far the two may be apart, in bytes.
const REACH: usize = 640;

/// How far before the name the word may stand that says whose it is, in bytes.
const NEAR: usize = 128;

/// What an object is called that has the name, how often that stands before the name in its object, and what the value is
/// called beside it, as it is written.
const PAIRS: &[(&str, usize, &[&[u8]])] = &[
    ("singleheader", 1, &[b"SearchString", b"search_string"]),
    ("injectinto", 2, &[b"api_token", b"apiToken"]),
    ("target", 1, &[b"args"]),
];

/// The value in the object around the one that has the name.
pub(super) fn values_of(text: &[u8], name: &Name) -> Vec<Value> {
    let near = &text[name.span.start.saturating_sub(NEAR)..name.span.start];
    let keys: Vec<String> = near.split(|byte| !is_word(*byte)).map(normalized).collect();
    let is_owner = |owner: &str| keys.iter().any(|key| key == owner);
    let Some((owner, most, words)) = PAIRS.iter().find(|(owner, ..)| is_owner(owner)) else { return Vec::new() };
    let low = name.span.start.saturating_sub(REACH);
    let high = text.len().min(name.span.end + REACH);
    let given = |at: usize| {
        let rest = &text[at..high];
        let sign = rest.iter().take(4).position(|byte| matches!(byte, b':' | b'='))?;
        Some(siblings::given_at(text, at + sign + 1, name)).filter(|values| !values.is_empty())
    };
    // What stands between belongs to no other condition.
    let owners = |between: &[u8]| normalized(between).matches(owner).count();
    let is_key = |at: &usize, word: &[u8]| is_whole(text, *at, at + word.len());
    let before = |word: &[u8]| {
        let mut found = memchr::memmem::rfind_iter(&text[low..name.span.start], word).map(|at| low + at);
        let at = found.find(|at| is_key(at, word))? + word.len();
        (1..=*most).contains(&owners(&text[at..name.span.start])).then_some(at)
    };
    let after = |word: &[u8]| {
        let mut found = memchr::memmem::find_iter(&text[name.span.end..high], word).map(|at| name.span.end + at);
        let at = found.find(|at| is_key(at, word))? + word.len();
        (owners(&text[name.span.end..at]) == 0).then_some(at)
    };
    let found = words.iter().find_map(|word| before(word).or_else(|| after(word)));
    found.and_then(given).unwrap_or_default()
}
