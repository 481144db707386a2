//! Values that stand right before a name: `'VALUE' AS x_api_key`, `"VALUE" == headers[NAME]`.

use std::ops::Range;

use super::{
    name::Name,
    siblings::{REACH, before_comment},
};
use crate::detect::lex::Lexer;

/// `'VALUE' AS x_api_key`, `"VALUE" -> x_api_key`, `dictionaryWithObjectsAndKeys:@"VALUE", @"X-API-Key"`.
pub(super) fn value_of(text: &[u8], name: &Name) -> Option<Range<usize>> {
    let open = name.span.start - name.quote.filter(|_| name.is_whole_literal).map_or(0, <[u8]>::len);
    let low = open.saturating_sub(REACH);
    let before = text[low..open].trim_ascii_end();
    if let Some(value) = attribute(&text[low..open], name) {
        return Some(low + value.start..low + value.end);
    }
    let is_alias = [b" AS".as_slice(), b" as", b"->"].iter().find_map(|word| before.strip_suffix(*word));
    if let Some(value) = said_before(before) {
        return Some(low + value.start..low + value.end);
    }
    let before = match is_alias {
        Some(before) => before,
        None => match before.strip_suffix(b"@") {
            Some(list) => {
                let list = list.trim_ascii_end().strip_suffix(b",")?;
                memchr::memmem::rfind(list, b"ObjectsAndKeys:")?;
                list
            }
            None => named_after(before).or_else(|| compared_before(before))?,
        },
    };
    let end = before.trim_ascii_end();
    let quote = *end.last().filter(|byte| matches!(byte, b'"' | b'\''))?;
    let content = &end[..end.len() - 1];
    let start = memchr::memrchr2(quote, b'\n', content).filter(|start| content[*start] == quote)? + 1;
    Some(low + start..low + content.len())
}

/// What prose says to send: "send `VALUE` as the `X-API-Key` header".
fn said_before(before: &[u8]) -> Option<Range<usize>> {
    let marks = before.iter().rev().take_while(|byte| b"`{*\"'".contains(byte)).count();
    let before = before[..before.len() - marks].trim_ascii_end();
    let before =
        [b" as the".as_slice(), b" as", b" in the", b" in"].iter().find_map(|words| before.strip_suffix(*words))?;
    let closing = before.iter().rev().take_while(|byte| b"`}*".contains(byte)).count();
    let value = &before[..before.len() - closing];
    let length = value.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte)).count();
    let is_marked = closing > 0 && value[..value.len() - length].last().is_some_and(|byte| b"`{*".contains(byte));
    (is_marked && length > 0).then(|| value.len() - length..value.len())
}

/// R's `setNames("VALUE", "X-API-Key")`: what stands before the comma.
fn named_after(before: &[u8]) -> Option<&[u8]> {
    let values = before.strip_suffix(b",")?;
    let call = memchr::memmem::rfind(values, b"setNames(")?;
    (!values[call..].contains(&b',')).then_some(values)
}

/// The default that an attribute gives a member: `#[arg(default_value = "VALUE")]` above `x_api_key: String`,
/// `[DefaultValue("VALUE")] public string XApiKey`.
fn attribute(before: &[u8], name: &Name) -> Option<Range<usize>> {
    let close = memchr::memrchr2(b']', b')', before).filter(|_| name.is_identifier && name.quote.is_none())?;
    let mut lexer = Lexer::new(before, close + 1, false);
    let breaks = lexer.skip_blank();
    let between = lexer.rest();
    let is_declared = between.iter().all(|byte| byte.is_ascii_alphanumeric() || b" \t\r\n_<>?".contains(byte));
    let line = memchr::memrchr(b'\n', &before[..close]).map_or(0, |newline| newline + 1);
    let attribute = before[line..close].trim_ascii_start();
    let is_attribute = [b"#[".as_slice(), b"[", b"@"].iter().any(|mark| attribute.starts_with(mark));
    let lower = attribute.to_ascii_lowercase();
    let default = memchr::memmem::find(&lower, b"default")?;
    if breaks > 1 || !is_declared || !is_attribute {
        return None;
    }
    let start = close - attribute.len() + default;
    let open = start + memchr::memchr(b'"', &before[start..close])? + 1;
    Some(open..open + memchr::memchr(b'"', &before[open..close])?)
}

/// Whether the last word of a path reads a header: `request.getHeader`, `ctx.getHeaderString`, `headers.get`.
fn reads_header(path: &[u8]) -> bool {
    let length = path.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let word = &path[path.len() - length..];
    word == b"get" || memchr::memmem::find(word, b"eader").is_some()
}

/// What ends in the literal that the header is compared with: `assertEquals("VALUE", request.getHeader(`,
/// `"VALUE".equals(request.headers[`, `"VALUE" == headers[`.
fn compared_before(before: &[u8]) -> Option<&[u8]> {
    // `"VALUE" == req.http.X-API-Key`
    let is_field = before.ends_with(b".http.") || before.ends_with(b"headers.");
    let access = before.strip_suffix(b"(").or_else(|| before.strip_suffix(b"["));
    let access = access.or_else(|| before.strip_suffix(b".").filter(|_| is_field))?;
    let path =
        access.iter().rev().take(96).take_while(|byte| byte.is_ascii_alphanumeric() || b"_.$->:()".contains(byte));
    let rest = before_comment(&access[..access.len() - path.count()]);
    let operator =
        [b"!==".as_slice(), b"===", b"==", b"!="].into_iter().find_map(|operator| rest.strip_suffix(operator));
    if operator.is_some() || is_field {
        return operator;
    }
    let line = &rest[memchr::memrchr(b'\n', rest).map_or(0, |newline| newline + 1)..];
    let compares = |word: &&[u8]| memchr::memmem::find(line, word).is_some();
    let literal = rest.strip_suffix(b",").filter(|_| [b"ssert".as_slice(), b"qual", b"ompare"].iter().any(compares));
    // The path of the comparison has been read with the header's.
    literal.or_else(|| {
        let equals = memchr::memmem::rfind(line, b".equals(").or_else(|| memchr::memmem::rfind(access, b".equals("));
        equals.filter(|_| reads_header(access)).map(|at| &access[..at])
    })
}
