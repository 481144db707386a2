//! A name and its value as two entries of one object, element, call or list item: `{"key": NAME, "value": VALUE}`,
//! `<name>NAME</name><value>VALUE</value>`, `setValue(VALUE, forHTTPHeaderField: NAME)`, `- name: NAME` above
//! `value: VALUE`. Nothing is associated across the bounds of the object or into the next item.

use std::ops::Range;

use super::{
    name::Name,
    tokens::{self, Kind, Token},
};
use crate::detect::lex;

/// How far from the name a sibling may stand, in bytes either way.
const REACH: usize = 1024;

/// How far is looked first.
const NEAR: usize = 192;

/// Keys whose value is the name of a header.
const NAMING: &[&str] = &[
    "name",
    "key",
    "header",
    "headername",
    "field",
    "fieldname",
    "k",
    "param",
    "parameter",
    "parametername",
    "label",
    "headerkey",
    "attribute",
    "property",
    "variable",
];

/// Keys whose value is the value of that header.
const VALUING: &[&str] = &[
    "value",
    "val",
    "v",
    "content",
    "headervalue",
    "fieldvalue",
    "default",
    "defaultvalue",
    "example",
    "secret",
    "token",
    "text",
    "string",
    "apikey",
    "credential",
    "initialvalue",
    "currentvalue",
    "data",
    "stringvalue",
    "plaintext",
];

/// The value that a sibling of the name holds.
pub(super) fn value_of(text: &[u8], name: &Name) -> Option<Range<usize>> {
    match given_by(text, name)? {
        Giver::Element => in_elements(text, name),
        Giver::Key => match in_tag(text, name) {
            Sought::Elsewhere => match near(text, name, NEAR) {
                // Most objects are small: only where one is not found whole is more read.
                Sought::Elsewhere => near(text, name, REACH).value(),
                sought => sought.value(),
            },
            sought => sought.value(),
        },
    }
}

/// What a search among siblings came to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Sought {
    Found(Range<usize>),
    /// The place is understood, and there is no value.
    Absent,
    /// Not understood: to be looked for in another way.
    Elsewhere,
}

impl Sought {
    fn of(value: Option<Range<usize>>) -> Self {
        value.map_or(Self::Absent, Self::Found)
    }

    fn value(self) -> Option<Range<usize>> {
        if let Self::Found(value) = self { Some(value) } else { None }
    }
}

/// What gives something the name as its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Giver {
    /// `key:`, `key=`
    Key,
    /// `<key>`
    Element,
}

/// Whether something that names headers is given the name: only then can there be siblings. Most names are not, and that
/// is all that they cost.
fn given_by(text: &[u8], name: &Name) -> Option<Giver> {
    let open = name.span.start - name.quote.map_or(0, <[u8]>::len);
    let before = text[..open].trim_ascii_end();
    let before = before.strip_suffix(b"@").unwrap_or(before);
    let key = match before {
        [.., b'=', b'>'] => &before[..before.len() - 2],
        [.., b'>'] => return Some(Giver::Element),
        [.., b':' | b'='] => &before[..before.len() - 1],
        _ => return None,
    };
    let key = key.trim_ascii_end();
    let key = &key[..key.len() - lex::quote_before(key, key.len()).map_or(0, <[u8]>::len)];
    let word = key.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte)).count();
    let key = normalized(&key[key.len() - word..]);
    (NAMING.contains(&key.as_str()) || key.starts_with("forhttpheaderfield")).then_some(Giver::Key)
}

/// Looks among what stands within `reach` bytes, if the object is whole there.
fn near(text: &[u8], name: &Name, reach: usize) -> Sought {
    let quote = name.quote.filter(|quote| quote.len() > 1 && matches!(quote[0], b'\\' | b'&' | b'%'));
    let start = name.span.start.saturating_sub(reach);
    let end = (name.span.end + reach).min(text.len());
    let start = if quote.is_some() || start == 0 {
        start
    } else {
        // From the start of a line, where no literal is open.
        memchr::memchr(b'\n', &text[start..name.span.start]).map_or(start, |newline| start + newline)
    };
    let tokens = tokens::read(text, start..end, quote);
    let Some(at) = tokens.iter().position(|token| token.span == name.span) else { return Sought::Absent };
    let is_whole = enclosing(&tokens, at).is_some() && closing(&tokens, at) < tokens.len();
    if !is_whole && reach < REACH {
        return Sought::Elsewhere;
    }
    Sought::of(in_brackets(text, &tokens, at).or_else(|| in_block(text, &tokens, at)))
}

/// An entry of an object or an argument of a call.
#[derive(Debug)]
struct Entry<'t> {
    key: Option<&'t Token>,
    value: Option<&'t Token>,
}

/// `{"key": NAME, "value": VALUE}`, `Header(name=NAME, value=VALUE)`, `f(VALUE, forHTTPHeaderField: NAME)`.
fn in_brackets(text: &[u8], tokens: &[Token], at: usize) -> Option<Range<usize>> {
    let open = enclosing(tokens, at)?;
    let close = closing(tokens, at);
    let inside = &tokens[open + 1..close];
    let entries = entries(inside);
    let own = entries.iter().position(|entry| entry.value.is_some_and(|value| value.span == tokens[at].span))?;
    let key = entries[own].key?;
    if normalized(&text[key.span.clone()]).starts_with("forhttpheaderfield") {
        let before = entries[..own].iter().rev().find_map(|entry| entry.value)?;
        return is_literal(before).then(|| before.span.clone());
    }
    if !NAMING.contains(&normalized(&text[key.span.clone()]).as_str()) {
        return None;
    }
    let mut values = entries.iter().filter(|entry| entry.key.is_some_and(|key| is_valuing(text, key)));
    values.find_map(|entry| entry.value).map(|value| value.span.clone())
}

fn is_literal(token: &Token) -> bool {
    token.kind == Kind::Literal
}

fn is_valuing(text: &[u8], key: &Token) -> bool {
    VALUING.contains(&normalized(&text[key.span.clone()]).as_str())
}

/// A key without case and separators.
fn normalized(key: &[u8]) -> String {
    let letters = key.iter().filter(|byte| byte.is_ascii_alphanumeric());
    letters.map(|byte| char::from(byte.to_ascii_lowercase())).collect()
}

/// The bracket that is open at a token.
fn enclosing(tokens: &[Token], at: usize) -> Option<usize> {
    let mut depth = 0;
    tokens[..at].iter().rposition(|token| match token.kind {
        Kind::Close => {
            depth += 1;
            false
        }
        Kind::Open if depth == 0 => true,
        Kind::Open => {
            depth -= 1;
            false
        }
        _ => false,
    })
}

/// Where that bracket closes, or the end of what was read.
fn closing(tokens: &[Token], at: usize) -> usize {
    let mut depth = 0;
    let close = tokens[at..].iter().position(|token| match token.kind {
        Kind::Open => {
            depth += 1;
            false
        }
        Kind::Close if depth == 0 => true,
        Kind::Close => {
            depth -= 1;
            false
        }
        _ => false,
    });
    close.map_or(tokens.len(), |close| at + close)
}

/// Splits what brackets hold into entries: at commas, semicolons, line breaks, and where a key follows a value (as in
/// `[request setValue:VALUE forHTTPHeaderField:NAME]`).
fn entries(tokens: &[Token]) -> Vec<Entry<'_>> {
    let mut entries: Vec<Entry<'_>> = Vec::new();
    let mut key = None;
    let mut last: Option<&Token> = None;
    let mut depth = 0;
    for token in tokens {
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close => depth -= 1,
            _ if depth > 0 => {}
            Kind::Gives => {
                key = last.take();
                if entries.last().is_some_and(|entry| entry.key.is_none() && same(entry.value, key)) {
                    entries.pop();
                }
            }
            Kind::Literal | Kind::Word => {
                last = Some(token);
                entries.push(Entry { key: key.take(), value: last });
            }
            Kind::Ends | Kind::Line | Kind::Other => {
                if token.kind == Kind::Ends {
                    key = None;
                }
            }
        }
    }
    entries
}

fn same(a: Option<&Token>, b: Option<&Token>) -> bool {
    matches!((a, b), (Some(a), Some(b)) if a.span == b.span)
}

/// `- name: NAME` and `value: VALUE` on lines of their own, at the same column, up to where the item ends.
fn in_block(text: &[u8], tokens: &[Token], at: usize) -> Option<Range<usize>> {
    let lines: Vec<&[Token]> = tokens.split(|token| token.kind == Kind::Line).collect();
    let own = lines.iter().position(|line| line.iter().any(|token| token.span == tokens[at].span))?;
    let entry = block_entry(text, lines[own])?;
    if entry.value.span != tokens[at].span || !NAMING.contains(&normalized(&text[entry.key.span.clone()]).as_str()) {
        return None;
    }
    // Blank lines are in any block, lines without a value as far as they are indented.
    let filled = |line: &&&[Token]| !line.is_empty();
    let below = lines[own + 1..].iter().filter(filled).take_while(|line| {
        let (column, is_item) = indent(text, line);
        column > entry.column || (column == entry.column && !is_item)
    });
    let mut item_began = entry.is_item;
    let above = lines[..own].iter().rev().filter(filled).take_while(|line| {
        let (column, is_item) = indent(text, line);
        let belongs = !item_began && column >= entry.column;
        item_began |= is_item && column == entry.column;
        belongs
    });
    let siblings = below.chain(above).filter_map(|line| block_entry(text, line));
    let mut siblings = siblings.filter(|next| next.column == entry.column);
    siblings.find(|next| is_valuing(text, next.key)).map(|next| next.value.span.clone())
}

/// A line `key: value`, with `- ` before it or not.
struct BlockEntry<'t> {
    key: &'t Token,
    value: &'t Token,
    /// Where the key begins in its line, in bytes.
    column: usize,
    is_item: bool,
}

fn block_entry<'t>(text: &[u8], line: &'t [Token]) -> Option<BlockEntry<'t>> {
    let is_item = line.first().is_some_and(|token| &text[token.span.clone()] == b"-");
    let [key, gives, value, ..] = &line[usize::from(is_item)..] else { return None };
    let is_entry = gives.kind == Kind::Gives && matches!(value.kind, Kind::Literal | Kind::Word);
    let (column, is_item) = indent(text, line);
    is_entry.then_some(BlockEntry { key, value, column, is_item })
}

/// Where a line that is not empty begins, in bytes, without the `- ` of an item; and whether it has that.
fn indent(text: &[u8], line: &[Token]) -> (usize, bool) {
    let is_item = line.len() > 1 && &text[line[0].span.clone()] == b"-";
    let first = &line[usize::from(is_item)];
    let start = memchr::memrchr(b'\n', &text[..first.span.start]).map_or(0, |newline| newline + 1);
    (first.span.start - usize::from(first.kind == Kind::Literal) - start, is_item)
}

/// Attributes of one tag, or the text of a tag with the name as an attribute.
fn in_tag(text: &[u8], name: &Name) -> Sought {
    let tag = tag_around(text, name.span.clone()).filter(|_| name.is_whole_literal);
    let Some(tag) = tag else { return Sought::Elsewhere };
    let attributes = attributes(text, tag.clone());
    if !attributes.iter().any(|(_, value)| *value == name.span) {
        return Sought::Elsewhere;
    }
    let valued = attributes.iter().find(|(key, _)| is_valuing(text, key)).map(|(_, value)| value.clone());
    Sought::of(valued.or_else(|| element_text(text, tag.end)))
}

/// `<name>NAME</name> <value>VALUE</value>`
fn in_elements(text: &[u8], name: &Name) -> Option<Range<usize>> {
    let before = text[..name.span.start].trim_ascii_end();
    let after = text[name.span.end..].trim_ascii_start();
    if !before.ends_with(b">") || !after.starts_with(b"</") {
        return None;
    }
    let own = tag_around(text, before.len() - 1..before.len() - 1)?;
    let close = name.span.end + memchr::memchr(b'>', &text[name.span.end..])? + 1;
    if !is_naming_tag(text, own.clone()) {
        return None;
    }
    element_after(text, close).or_else(|| element_before(text, own.start))
}

/// The text of the element that begins behind `close`, if that is a value's.
fn element_after(text: &[u8], close: usize) -> Option<Range<usize>> {
    let next = close + text[close..].iter().position(|byte| !byte.is_ascii_whitespace())?;
    let tag = tag_around(text, next..next).filter(|tag| tag.start == next)?;
    is_valuing_tag(text, tag.clone()).then(|| element_text(text, tag.end)).flatten()
}

/// The text of the element that ends before `open`, if that is a value's.
fn element_before(text: &[u8], open: usize) -> Option<Range<usize>> {
    let before = text[open.saturating_sub(REACH)..open].trim_ascii_end().strip_suffix(b">")?;
    let low = open.saturating_sub(REACH);
    let end = memchr::memmem::rfind(before, b"</")?;
    let start = memchr::memrchr(b'>', &before[..end])? + 1;
    let tag = tag_around(text, low + start - 1..low + start - 1)?;
    is_valuing_tag(text, tag.clone()).then(|| element_text(text, tag.end)).flatten()
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
    let tokens = tokens::read(text, tag, None);
    let triples = tokens.windows(3).filter(|window| {
        window[0].kind == Kind::Word && window[1].kind == Kind::Gives && window[2].kind == Kind::Literal
    });
    triples.map(|window| (window[0].clone(), window[2].span.clone())).collect()
}

/// The text of an element whose opening tag ends at `start`.
fn element_text(text: &[u8], start: usize) -> Option<Range<usize>> {
    let length = memchr::memchr(b'<', &text[start..(start + REACH).min(text.len())])?;
    let content = &text[start..start + length];
    let blank = content.len() - content.trim_ascii_start().len();
    let trimmed = content.trim_ascii();
    (!trimmed.is_empty()).then(|| start + blank..start + blank + trimmed.len())
}

/// `<name>`, `<key>`, `<prop name="Header.name">`
fn is_naming_tag(text: &[u8], tag: Range<usize>) -> bool {
    tag_names(text, tag).iter().any(|name| NAMING.iter().any(|naming| name.ends_with(naming)))
}

/// `<value>`, `<string>`, `<prop name="Header.value">`
fn is_valuing_tag(text: &[u8], tag: Range<usize>) -> bool {
    let names = tag_names(text, tag);
    // An attribute says more than the tag's own name: `<stringProp name="Header.name">` is no value.
    let telling = if names.len() > 1 { &names[1..] } else { &names[..] };
    telling.iter().any(|name| VALUING.iter().any(|valuing| name.ends_with(valuing)))
}

/// The name of a tag and of what its attributes call it, without case and separators.
fn tag_names(text: &[u8], tag: Range<usize>) -> Vec<String> {
    let own = tokens::read(text, tag.start + 1..tag.end, None);
    let own = own.first().map(|token| normalized(&text[token.span.clone()]));
    let named = attributes(text, tag);
    let named = named.iter().filter(|(key, _)| NAMING.contains(&normalized(&text[key.span.clone()]).as_str()));
    let named = named.map(|(_, value)| normalized(&text[value.clone()]));
    own.into_iter().chain(named).collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::associate::{self, Value},
        *,
    };

    fn value(text: &str) -> Option<&str> {
        let start = text.find("X-API-Key").expect("the name is there");
        let name = Name::around(text.as_bytes(), (start, start + 9))?;
        // Through the door that the program uses: what follows the name must not stand in the way.
        match associate::value_of(text.as_bytes(), &name)? {
            Value::Sibling { span } => Some(&text[span]),
            Value::Quoted { pieces, .. } => Some(&text[pieces[0].clone()]),
            other => panic!("{text}: {other:?}"),
        }
    }

    fn check(cases: &[&str], expected: Option<&str>) {
        let wrong: Vec<_> =
            cases.iter().map(|text| (text, value(text))).filter(|(_, found)| *found != expected).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn siblings_in_either_order() {
        check(
            &[
                r#"{"key": "X-API-Key", "value": "VALUE"}"#,
                r#"{"value": "VALUE", "key": "X-API-Key", "type": "text"}"#,
                "{\n  \"name\": \"X-API-Key\",\n  \"enabled\": true,\n  \"value\": \"VALUE\"\n}",
                r#"{\"name\":\"X-API-Key\",\"value\":\"VALUE\"}"#,
                r#"Header(name="X-API-Key", value="VALUE")"#,
                "{ name: 'X-API-Key', value: 'VALUE' }",
                r#"new Header { Name = "X-API-Key", Value = "VALUE" }"#,
                "- name: X-API-Key\n  value: VALUE\n- name: other\n  value: 1",
                "env:\n  - value: VALUE\n    name: X-API-Key\n",
                "  - name: X-API-Key\n    in: header\n    example: \"VALUE\"\n",
                r#"req.setValue("VALUE", forHTTPHeaderField: "X-API-Key")"#,
                r#"[req setValue:@"VALUE" forHTTPHeaderField:@"X-API-Key"];"#,
                r#"<header name="X-API-Key" value="VALUE"/>"#,
                r#"<add value="VALUE" key="X-API-Key" />"#,
                "<name>X-API-Key</name>\n  <value>VALUE</value>",
                "<key>X-API-Key</key><string>VALUE</string>",
                "<value>VALUE</value>\n<name>X-API-Key</name>",
                "{\"value\": \"VALUE\",\n \"key\": \"X-API-Key\"}",
                r#"<string name="X-API-Key">VALUE</string>"#,
                r#"<stringProp name="Header.name">X-API-Key</stringProp><stringProp name="Header.value">VALUE</stringProp>"#,
            ],
            Some("VALUE"),
        );
    }

    #[test]
    fn nothing_of_another_object() {
        check(
            &[
                r#"{"key": "X-API-Key"}, {"key": "other", "value": "VALUE"}"#,
                r#"{"type": "X-API-Key", "value": "VALUE"}"#,
                r#"[{"name": "X-API-Key", "in": "header"}], "value": "VALUE""#,
                "- name: X-API-Key\n- name: other\n  value: VALUE",
                "- name: other\n  value: VALUE\n- name: X-API-Key\n",
                "apiKey:\n  name: X-API-Key\n  in: header\nvalue: VALUE",
                "parameters:\n  ApiKey:\n    name: X-API-Key\n    in: header\n  RequestId:\n    example: VALUE",
                "headers:\n  name: X-API-Key\nother:\n  value: VALUE",
                "first:\n  value: VALUE\nsecond:\n  name: X-API-Key",
                "<name>X-API-Key</name><description>VALUE</description>",
                "<value>VALUE</value><name>other</name><name>X-API-Key</name>",
                "<header name=\"X-API-Key\"/><header name=\"o\" value=\"VALUE\"/>",
                "f(\"VALUE\", \"X-API-Key\")",
            ],
            None,
        );
    }
}
