//! Elements and attributes: a name in one, its value in another of the same element or beside it.

use std::ops::Range;

use super::{
    associate::Value,
    name::Name,
    siblings::{REACH, Sought},
    tokens::{self, Kind, Token},
    words::{ends_naming, ends_valuing, is_naming, is_valuing, normalized},
};
use crate::detect::lex::Lexer;

/// Attributes of one tag, or the text of a tag with the name as an attribute.
pub(super) fn in_tag(text: &[u8], name: &Name) -> Sought {
    let tag = tag_around(text, name.span.clone()).filter(|_| name.is_whole_literal);
    let Some(tag) = tag else { return Sought::Elsewhere };
    let attributes = attributes(text, tag.clone());
    if !attributes.iter().any(|(_, value)| *value == name.span) {
        return Sought::Elsewhere;
    }
    let valued = attributes.iter().find(|(key, _)| is_valuing(&text[key.span.clone()])).map(|(_, value)| value.clone());
    let is_empty = text[..tag.end].ends_with(b"/>");
    let inside = || if is_empty { None } else { element_text(text, tag.end).or_else(|| child_text(text, tag.end)) };
    Sought::of(valued.or_else(inside))
}

/// The other argument of a constructor that Spring gives the name as one: `<constructor-arg value="X-API-Key"/>` beside
/// `<constructor-arg><value>VALUE</value></constructor-arg>`.
pub(super) fn in_arguments(text: &[u8], name: &Name) -> Option<Range<usize>> {
    let argument: &[u8] = b"<constructor-arg";
    let own = tag_around(text, name.span.clone()).filter(|own| text[own.clone()].starts_with(argument))?;
    let value_at = |start: usize| {
        let tag = tag_at(text, start)?;
        let given = attributes(text, tag.clone()).into_iter().find(|(key, _)| text[key.span.clone()] == *b"value");
        given.map(|(_, value)| value).or_else(|| child_text(text, tag.end))
    };
    let next = past_comments(text, own.end);
    let next = Some(next).filter(|next| text[*next..].starts_with(argument));
    let low = own.start.saturating_sub(REACH);
    let before = || {
        let start = low + memchr::memmem::rfind(&text[low..own.start], argument)?;
        (memchr::memmem::find(&text[start..own.start], b"</bean>").is_none()).then_some(start)
    };
    next.or_else(before).and_then(value_at)
}

/// `<X-API-Key>value</X-API-Key>`
pub(super) fn in_element(mut lexer: Lexer<'_>) -> Option<Value> {
    lexer.skip_space();
    let span = lexer.bare();
    lexer.skip_space();
    (!span.is_empty() && lexer.eat(b"<")).then(|| Value::literal(span))
}

/// `<name>NAME</name> <value>VALUE</value>`
pub(super) fn in_elements(text: &[u8], name: &Name) -> Option<Range<usize>> {
    let before = text[..name.span.start].trim_ascii_end();
    let before = before.strip_suffix(CDATA).unwrap_or(before);
    let end = name.span.end + if text[name.span.end..].starts_with(b"]]>") { b"]]>".len() } else { 0 };
    let after = text[end..].trim_ascii_start();
    if !before.ends_with(b">") || !after.starts_with(b"</") {
        return None;
    }
    if let Some(value) =
        next_cell(text, end).or_else(|| next_in_list(text, name)).or_else(|| previous_in_list(text, name))
    {
        return Some(value);
    }
    let own = tag_around(text, before.len() - 1..before.len() - 1)?;
    let close = end + memchr::memchr(b'>', &text[end..])? + 1;
    if !is_naming_tag(text, own.clone()) {
        return None;
    }
    element_after(text, close).or_else(|| element_before(text, own.start))
}

/// `<key>name</key><string>NAME</string> <key>value</key><string>VALUE</string>`: a property list.
fn next_in_list(text: &[u8], name: &Name) -> Option<Range<usize>> {
    let before = text[..name.span.start].strip_suffix(b"<string>")?.trim_ascii_end().strip_suffix(b"</key>")?;
    let key = &before[memchr::memrchr(b'>', before)? + 1..];
    let next = past_comments(text, name.span.end + text[name.span.end..].strip_prefix(b"</string>").map(|_| 9)?);
    let value = text[next..].strip_prefix(b"<key>")?;
    let end = memchr::memchr(b'<', value)?;
    let is_pair = is_naming(key) && is_valuing(&value[..end]);
    let close = text.len() - value[end..].strip_prefix(b"</key>")?.len();
    let string = past_comments(text, close);
    (is_pair && text[string..].starts_with(b"<string>")).then(|| element_text(text, string + 8)).flatten()
}

/// `<key>value</key><string>VALUE</string> <key>name</key><string>NAME</string>`, perhaps with other pairs between.
fn previous_in_list(text: &[u8], name: &Name) -> Option<Range<usize>> {
    let low = name.span.start.saturating_sub(REACH);
    let before = before_comments(text[low..name.span.start].strip_suffix(b"<string>")?).strip_suffix(b"</key>")?;
    let mut key = memchr::memmem::rfind(before, b"<key>")?;
    let own = normalized(&before[key + b"<key>".len()..]);
    if !ends_naming(&own) {
        return None;
    }
    for _ in 0..MAX_BETWEEN {
        let value = before_comments(&before[..key]);
        let start = memchr::memmem::rfind(value, b"<key>")?;
        let valuing = &value[start + b"<key>".len()..];
        let close = memchr::memchr(b'<', valuing)?;
        let string = behind_key(&valuing[close..])?;
        if ends_valuing(&normalized(&valuing[..close])) && string.starts_with(b"<string>") {
            return element_text(text, low + value.len() - string.len() + b"<string>".len());
        }
        key = start;
    }
    None
}

/// What follows the end of a key.
fn behind_key(rest: &[u8]) -> Option<&[u8]> {
    let rest = rest.strip_prefix(b"</key>")?;
    let start = past_comments(rest, 0);
    Some(&rest[start..])
}

/// The text of the cell after the one that ends here: `</td><td><code>VALUE</code></td>`.
fn next_cell(text: &[u8], mut at: usize) -> Option<Range<usize>> {
    let mut is_cell = false;
    for _ in 0..6 {
        at = past_comments(text, at);
        if is_cell && text.get(at).is_some_and(|byte| *byte != b'<') {
            return element_text(text, at);
        }
        let tag = tag_at(text, at)?;
        let opens = text[at + 1] != b'/';
        let word = &text[at + 1 + usize::from(!opens)..tag.end];
        let is_boundary = [b"td".as_slice(), b"th", b"dt", b"dd"].iter().any(|cell| word.starts_with(cell));
        // The next cell may be empty; behind it another one begins, or another row.
        let ends_row = word.starts_with(b"tr") || word.starts_with(b"/tr");
        if opens && !is_cell || is_cell && (ends_row || !opens && is_boundary) {
            return None;
        }
        is_cell |= !opens && is_boundary;
        at = tag.end;
        if opens && text.get(at).is_some_and(|byte| *byte != b'<') {
            return element_text(text, at);
        }
    }
    None
}

/// The next place that is neither blank nor a comment; in a string of another language blanks are escapes, and in a diff a
/// line begins with its column.
fn past_comments(text: &[u8], at: usize) -> usize {
    let mut lexer = Lexer::new(text, at, true);
    while lexer.skip_space() > 0 && lexer.follows(b"\n") && lexer.eat(b"+") {}
    lexer.at()
}

/// A text without the blanks and the comments at its end.
fn before_comments(text: &[u8]) -> &[u8] {
    let mut text = text.trim_ascii_end();
    while let Some(start) = text.strip_suffix(b"-->").and_then(|inside| memchr::memmem::rfind(inside, b"<!--")) {
        text = text[..start].trim_ascii_end();
    }
    text
}

/// The tag, opening or closing, that begins here.
fn tag_at(text: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = &text[at..text.len().min(at + REACH)];
    let end = memchr::memchr(b'>', rest).filter(|_| rest.starts_with(b"<"))?;
    Some(at..at + end + 1)
}

/// How many elements may stand between a name and its value.
const MAX_BETWEEN: usize = 4;

/// The text of the element that begins behind `close`, or of one after it, if that is a value's.
fn element_after(text: &[u8], mut close: usize) -> Option<Range<usize>> {
    for _ in 0..MAX_BETWEEN {
        let next = past_comments(text, close);
        let tag = tag_around(text, next..next).filter(|tag| tag.start == next)?;
        if is_valuing_tag(text, tag.clone()) {
            return element_text(text, tag.end);
        }
        if text[..tag.end].ends_with(b"/>") {
            // `<true/>` holds nothing.
            close = tag.end;
            continue;
        }
        // Past an element with text alone, which is neither.
        let end = tag.end + memchr::memmem::find(&text[tag.end..(tag.end + REACH).min(text.len())], b"</")?;
        close = end + memchr::memchr(b'>', &text[end..])? + 1;
        if is_naming_tag(text, tag) {
            return None;
        }
    }
    None
}

/// The text of the element that ends before `open`, if that is a value's.
fn element_before(text: &[u8], open: usize) -> Option<Range<usize>> {
    let before = text[open.saturating_sub(REACH)..open].trim_ascii_end().strip_suffix(b">")?;
    let low = open.saturating_sub(REACH);
    let mut end = memchr::memmem::rfind(before, b"</")?;
    for _ in 0..MAX_BETWEEN {
        let start = memchr::memrchr(b'>', &before[..end])? + 1;
        let tag = tag_around(text, low + start - 1..low + start - 1)?;
        if is_valuing_tag(text, tag.clone()) {
            return element_text(text, tag.end);
        }
        let between = before[..tag.start.checked_sub(low)?].trim_ascii_end();
        if is_naming_tag(text, tag) || !between.ends_with(b">") {
            return None;
        }
        end = memchr::memmem::rfind(between, b"</")?;
    }
    None
}

/// The tag, from `<` to behind `>`, that holds a range.
fn tag_around(text: &[u8], range: Range<usize>) -> Option<Range<usize>> {
    let low = range.start.saturating_sub(REACH);
    let high = (range.end + REACH).min(text.len());
    let open = memchr::memrchr(b'<', &text[low..(range.start + 1).min(text.len())]).map(|open| low + open)?;
    let close = memchr::memchr(b'>', &text[range.end..high]).map(|close| range.end + close + 1)?;
    let is_tag = text.get(open + 1).is_some_and(u8::is_ascii_alphabetic);
    let is_one = memchr::memchr(b'>', &text[open..range.start]).is_none();
    (is_tag && is_one).then_some(open..close)
}

/// The attributes of a tag: key and value, without quotes.
fn attributes(text: &[u8], tag: Range<usize>) -> Vec<(Token, Range<usize>)> {
    let escaped: &[u8] = b"\\\"";
    let is_escaped = memchr::memmem::find(&text[tag.clone()], escaped).is_some();
    let tokens = tokens::read(text, tag, is_escaped.then_some(escaped));
    let mut attributes = Vec::new();
    for at in 0..tokens.len().saturating_sub(2) {
        if tokens[at].kind != Kind::Word || tokens[at + 1].kind != Kind::Gives {
            continue;
        }
        // `name={"…"}` of JSX.
        let value = at + 2 + usize::from(tokens[at + 2].kind == Kind::Open);
        if let Some(value) = tokens.get(value).filter(|value| value.kind == Kind::Literal) {
            attributes.push((tokens[at].clone(), value.span.clone()));
        }
    }
    attributes
}

/// Begins text in which `<` is no mark-up (XML 1.0, 2.7).
pub(super) const CDATA: &[u8] = b"<![CDATA[";

/// The text of an element whose opening tag ends at `start`.
fn element_text(text: &[u8], start: usize) -> Option<Range<usize>> {
    let start = start + if text[start..].starts_with(CDATA) { CDATA.len() } else { 0 };
    let length = memchr::memchr2(b'<', b']', &text[start..(start + REACH).min(text.len())])?;
    let content = &text[start..start + length];
    let blank = content.len() - content.trim_ascii_start().len();
    let trimmed = content.trim_ascii();
    (!trimmed.is_empty()).then(|| start + blank..start + blank + trimmed.len())
}

/// The text of the first child that is a value's: `<setHeader name=NAME> <constant>VALUE</constant>`.
fn child_text(text: &[u8], start: usize) -> Option<Range<usize>> {
    let next = past_comments(text, start);
    let tag = tag_around(text, next..next).filter(|tag| tag.start == next)?;
    is_valuing_tag(text, tag.clone()).then(|| element_text(text, tag.end)).flatten()
}

/// `<name>`, `<key>`, `<prop name="Header.name">`
fn is_naming_tag(text: &[u8], tag: Range<usize>) -> bool {
    tag_names(text, tag).iter().any(|name| ends_naming(name))
}

/// `<value>`, `<string>`, `<prop name="Header.value">`
fn is_valuing_tag(text: &[u8], tag: Range<usize>) -> bool {
    let names = tag_names(text, tag);
    // An attribute says more than the tag's own name: `<stringProp name="Header.name">` is no value.
    let telling = if names.len() > 1 { &names[1..] } else { &names[..] };
    telling.iter().any(|name| ends_valuing(name))
}

/// The name of a tag and of what its attributes call it, without case and separators.
fn tag_names(text: &[u8], tag: Range<usize>) -> Vec<String> {
    let own =
        text[tag.start + 1..tag.end].split(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/')).next();
    // Without its namespace.
    let own = own.map(|own| normalized(own.rsplit(|byte| *byte == b':').next().unwrap_or(own)));
    let named = attributes(text, tag);
    let named = named.iter().filter(|(key, _)| is_naming(&text[key.span.clone()]));
    let named = named.map(|(_, value)| normalized(&text[value.clone()]));
    own.into_iter().chain(named).collect()
}
