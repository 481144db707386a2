//! What is searched for: pieces of the encoded spellings of the anchors, few enough to search for at once with these.
//!
//! A piece says how to decode the text around it, and no more: whether an anchor stands there is seen in what was decoded.

use super::{Form, base64, escapes::Escape};

/// A literal, and the form of text that it is a part of.
pub(super) type Fragment = (Vec<u8>, Form);

/// How much of an encoded spelling is searched for, in bytes: the packed searcher compares so many at once.
const LENGTH: usize = super::super::MIN_ANCHOR;

/// Pieces of anchors that are searched for in base64, in each of its three alignments. `-API` and `-Api` share most of
/// their spellings with these; names of variables go on with `_API_KEY`.
const IN_BASE64: &[&[u8]] = &[b"sk_l", b"sk_t", b"X-AP", b"X-Ap", b"x-ap", b"_API", b"_api"];

/// The same of UTF-16, and base64 of a key in base64 again.
const TWICE_IN_BASE64: &[&[u8]] = &[b"k\0_\0", b"X\0-\0", b"x\0-\0", b"c2tf"];

/// Where digits alone spell a piece in hexadecimal, one spelling serves both cases: `ive`, `test_`, `API`, `Api`, `api`.
const HEX: &[&[u8]] = &[b"697665", b"746573745", b"415049", b"417069", b"617069"];

/// UTF-16, in the order of bytes that either one has from the first letter on.
const UTF16: &[&[u8]] = &[b"k\0_\0", b"X\0-\0", b"x\0-\0", b"_\0A\0P\0I"];

/// `s,`, `k,`
const ARRAY: &[&[u8]] = &[b"0x73,", b"107,"];

/// Where a literal ends within a prefix or a name; and a literal of code that stands in a string itself.
#[rustfmt::skip]
const JOINED: &[&[u8]] = &[
    b"\"sk\"", b"'sk'", b"sk_\"", b"sk_'", b"sk_live\"", b"sk_live'", b"sk_test\"", b"sk_test'", b"\"X-\"", b"'X-'",
    b"\"x-\"", b"'x-'", b"API-\"", b"API-'", b"api-\"", b"api-'", b"-API\"", b"-API'", b"-api\"", b"-api'", b"'k',",
    br#""sk\"#, br"sk_\", br"sk_live\", br"sk_test\", br#""X-\"#, br#""x-\"#, br"API-\", br"api-\", br"-API\", br"-api\",
];

/// Mostly a separator of the anchor: it is escaped where only some characters are, and where all are.
const ESCAPED: &[(Escape, &[&[u8]])] = &[
    (
        Escape::Backslash,
        &[
            b"005f", b"005F", b"002d", b"002D", br"sk\u", br"sk\_", br"X\-A", br"x\-a", br"\x5f", br"\x5F", br"\x2d",
            br"\x2D", br"\137",
        ],
    ),
    (Escape::Percent, &[b"sk%5", b"sk%2", b"%73%6", b"X%2D", b"x%2D", b"%2D%"]),
    (Escape::Equals, &[b"sk=5"]),
    (Escape::Entity, &[b"&#95;", b"&#x5f", b"&#x5F", b"&#45;", b"&#x2d", b"&#x2D", b"&lowb"]),
];

/// All of them.
pub(super) fn fragments() -> Vec<Fragment> {
    let mut fragments: Vec<Fragment> = Vec::new();
    for text in IN_BASE64.iter().chain(TWICE_IN_BASE64) {
        for skipped in 0..3 {
            let (mut literal, phase) = base64::encoded_inside(text, skipped);
            literal.truncate(LENGTH);
            let fragment = (literal, Form::Base64 { phase });
            if !fragments.contains(&fragment) {
                fragments.push(fragment);
            }
        }
    }
    let plain = [(Form::Hex, HEX), (Form::Utf16, UTF16), (Form::Array, ARRAY), (Form::Joined, JOINED)];
    let escaped = ESCAPED.iter().map(|&(escape, literals)| (Form::Escaped(escape), literals));
    for (form, literals) in plain.into_iter().chain(escaped) {
        fragments.extend(literals.iter().map(|literal| (literal.to_vec(), form)));
    }
    fragments
}

#[cfg(test)]
mod tests {
    use super::{super::NEAR, *};

    #[test]
    fn a_searcher_tells_them_apart() {
        let fragments = fragments();
        for (at, (literal, _)) in fragments.iter().enumerate() {
            assert!(literal.len() >= LENGTH && literal.len() <= NEAR / 4, "{}", literal.escape_ascii());
            let begins_another = |(other, (text, _)): (usize, &Fragment)| other != at && text.starts_with(literal);
            assert!(!fragments.iter().enumerate().any(begins_another), "{}", literal.escape_ascii());
        }
    }
}
