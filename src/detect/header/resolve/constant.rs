//! The constant that holds the name of the header: `const HEADER = "X-API-Key"`, read backwards from the literal.

use std::ops::Range;

use super::{
    super::{
        associate::{self, Value},
        expression::{LOOKUPS, is_lookup_of},
        name::Name,
        siblings,
    },
    bound,
    expression::{self, Identifier},
};
use crate::detect::lex::{Joint, Lexer};

/// How far before the literal a constant's name may begin, in bytes.
const REACH: usize = 160;

/// What gives anything a name: `name: "X-API-Key"` describes a header, it makes no constant.
const DESCRIPTIVE: &[&str] = &[
    "attribute",
    "description",
    "display_name",
    "displayname",
    "example",
    "field",
    "id",
    "in",
    "k",
    "key",
    "label",
    "name",
    "param",
    "parameter",
    "property",
    "summary",
    "title",
    "type",
    "value",
    "variable",
    "default",
    "header",
    "headers",
    "allow_headers",
    "allowed_headers",
    "expose_headers",
    "message",
    "text",
    "headername",
    "msg",
    "error",
    "detail",
];

/// Those of them that are common names of constants as well, where an assignment says so.
const ASSIGNABLE: &[&str] = &["header", "key", "name", "headername", "field"];

/// Words before a constant whose type, if any, stands behind it.
const DECLARES: &[&[u8]] = &[b"const", b"var", b"let", b"val", b"static", b"final", b"constant"];

/// The constant that is given the name of the header, where that stands alone in a literal.
pub(super) fn identifier(text: &[u8], name: &Name) -> Option<Identifier> {
    let before = &text[..name.span.start];
    if let Some(anchor) = anchor(text, name) {
        return Some(anchor);
    }
    let open = match name.quote {
        Some(quote) if name.is_whole_literal => before.len() - quote.len(),
        // `HEADER=X-API-Key`, `header_name: X-API-Key`, as shells and files of settings have it.
        None if (before.ends_with(b"=") || before.ends_with(b": ") || before.ends_with(b"= "))
            && matches!(text.get(name.span.end), None | Some(b'\n' | b'\r' | b';')) =>
        {
            before.len()
        }
        _ => return None,
    };
    let low = open.saturating_sub(REACH);
    let mut line = expression::line_start(text, low, open);
    let mut head = &text[line..open];
    if head.trim_ascii().is_empty() && text[low..line].trim_ascii_end().ends_with(b"=") {
        // The literal stands on the line below its name.
        line = expression::line_start(text, low, line - 1);
        head = &text[line..open];
    }
    // Conversions and constructors around the literal.
    let head = [b"@".as_slice(), b"b", b"<<"].iter().find_map(|mark| head.strip_suffix(*mark)).unwrap_or(head);
    let mut head = head.trim_ascii_end();
    if let Some(outside) = head.strip_suffix(b"(") {
        let length =
            outside.iter().rev().take_while(|byte| expression::is_word(**byte) || b":.".contains(byte)).count();
        let callee = &outside[outside.len() - length..];
        let before = outside[..outside.len() - length].trim_ascii_end();
        if callee.eq_ignore_ascii_case(b"define") || is_lookup_of(callee, LOOKUPS) {
            return None;
        }
        if before.is_empty() && is_enumerated(callee, text, name) {
            let start = line + head.len() - 1 - callee.len();
            return fit(text, start..start + callee.len(), true, b"", 0);
        }
        head = before.strip_suffix(b"new").map_or(before, <[u8]>::trim_ascii_end);
    }
    if let Some(call) = head.strip_suffix(b",") {
        return of_call(text, line, call);
    }
    let is_plain_entry = name.quote.is_none() && head.ends_with(b":");
    let (assigned, gives) = match head {
        [.., b'=', b'>'] => (false, 2),
        [.., b':' | b'?', b'='] | [.., b'<', b'-'] => (true, 2),
        [.., b'=' | b'!' | b'<' | b'>' | b'~', b'='] => return None,
        [.., b'='] => (true, 1),
        [.., b':'] => (false, 1),
        _ => return of_setter(text, line, head),
    };
    let left = head[..head.len() - gives].trim_ascii_end();
    if is_in_tag(left) {
        return None;
    }
    let span = if assigned { assigned_name(left)? } else { entered_name(left)? };
    if !assigned && siblings::is_selector(&left[span.clone()]) {
        return None;
    }
    // Without quotes any word of prose may stand before the colon: `Authentication: X-API-Key`.
    let lower = left[span.clone()].to_ascii_lowercase();
    let tells =
        [b"header".as_slice(), b"hdr", b"name", b"key"].iter().any(|word| memchr::memmem::find(&lower, word).is_some());
    if is_plain_entry && !tells {
        return None;
    }
    let found = line + span.start..line + span.end;
    fit(text, found, assigned, left, span.start)
}

/// The anchor that YAML lets the name be repeated by: `header: &header X-API-Key`.
fn anchor(text: &[u8], name: &Name) -> Option<Identifier> {
    let open = name.span.start - name.quote.filter(|_| name.is_whole_literal).map_or(0, <[u8]>::len);
    let before = text[..open].strip_suffix(b" ")?;
    let length = before.iter().rev().take(64).take_while(|byte| expression::is_word(**byte) || **byte == b'-').count();
    let start = before.len() - length;
    let entry = before[..start].strip_suffix(b"&")?.trim_ascii_end();
    (entry.ends_with(b":") || entry.ends_with(b"-")).then(|| bound::identifier(text, start, length)).flatten()
}

/// Whether a text ends in a tag of markup, whose attributes are no constants: `<entry key`.
fn is_in_tag(left: &[u8]) -> bool {
    let open = memchr::memrchr2(b'<', b'>', left).filter(|open| left[*open] == b'<');
    let is_name = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphabetic);
    open.is_some_and(|open| is_name(left.get(open + 1)) && left[open..].contains(&b' '))
}

/// Whether a constant of an enumeration is given the name, as in Java and Kotlin: `API_KEY("X-API-Key"),`
fn is_enumerated(callee: &[u8], text: &[u8], name: &Name) -> bool {
    let mut lexer = Lexer::new(text, name.span.end, false);
    lexer.eat_quote();
    let ends = lexer.eat(b")") && matches!(lexer.peek(), Some(b',' | b';' | b'\n' | b'\\'));
    ends && callee.len() > 2
        && callee.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_')
}

/// The name that an assignment gives a value, in what stands before its sign.
pub(super) fn assigned_name(left: &[u8]) -> Option<Range<usize>> {
    // The accessors of a property of C#.
    let accessors = left.strip_suffix(b"}").and_then(|block| Some(&block[..memchr::memrchr(b'{', block)?]));
    let left = accessors.map_or(left, <[u8]>::trim_ascii_end);
    // Basic's types.
    let lower = left.to_ascii_lowercase();
    let left = lower.strip_suffix(b" as string").map_or(left, |name| &left[..name.len()]);
    // C's arrays.
    let left = match memchr::memrchr(b'[', left) {
        Some(open) if left.ends_with(b"]") && left[open + 1..left.len() - 1].iter().all(u8::is_ascii_digit) => {
            left[..open].trim_ascii_end()
        }
        _ => left,
    };
    // `HEADER: &str`, `header: String`, `header : str`
    let entry = left.iter().rposition(|byte| b"{(;,".contains(byte)).map_or(0, |bound| bound + 1);
    let colon = memchr::memrchr_iter(b':', left)
        // A quote between is the beginning of the text that all of this stands in.
        .take_while(|colon| *colon >= entry && !left[*colon..].contains(&b'"'))
        .find(|colon| left.get(colon + 1) != Some(&b':') && !left[..*colon].ends_with(b":"));
    let left = colon.map_or(left, |colon| left[..colon].trim_ascii_end());
    let last = last_word(left)?;
    if colon.is_some() {
        return Some(last);
    }
    let before = left[..last.start].trim_ascii_end();
    let first = left.trim_ascii_start().split(u8::is_ascii_whitespace).next().unwrap_or_default();
    // Go: `const header string`; elsewhere the type comes first.
    let is_go = (DECLARES.contains(&first) || first == b"string") && matches!(&left[last.clone()], b"string");
    if is_go && !before.is_empty() { last_word(before) } else { Some(last) }
}

fn entered_name(left: &[u8]) -> Option<Range<usize>> {
    let quotes = left.iter().rev().take_while(|byte| matches!(byte, b'"' | b'\'' | b']')).count();
    last_word(&left[..left.len() - quotes])
}

fn last_word(text: &[u8]) -> Option<Range<usize>> {
    let length = text.iter().rev().take(64).take_while(|byte| expression::is_word(**byte) || **byte == b'-').count();
    (length > 0).then(|| text.len() - length..text.len())
}

/// `define('HEADER', 'X-API-Key')`
fn of_call(text: &[u8], line: usize, call: &[u8]) -> Option<Identifier> {
    let call = call.trim_ascii_end();
    let open = memchr::memrchr(b'(', call)?;
    let is_define =
        call[..open].trim_ascii_end().to_ascii_lowercase().ends_with(b"define") || call[..open].ends_with(b"const_set");
    let argument = call[open + 1..].trim_ascii();
    let quotes = argument.iter().take_while(|byte| b"'\":".contains(byte)).count();
    let start =
        line + open + 1 + call[open + 1..].iter().take_while(|byte| byte.is_ascii_whitespace()).count() + quotes;
    let word = expression::word(text, start);
    is_define.then(|| fit(text, word, true, b"", 0)).flatten()
}

/// `#define HEADER "X-API-Key"`, `(def header "X-API-Key")`
fn of_setter(text: &[u8], line: usize, head: &[u8]) -> Option<Identifier> {
    // Earmuffs of Lisp.
    let (head, muff) = match head {
        [inner @ .., muff @ (b'+' | b'*')] => (inner, Some(*muff)),
        _ => (head, None),
    };
    let last = last_word(head)?;
    if head[last.clone()].eq_ignore_ascii_case(b"value") {
        // ABAP's `gc_header TYPE string VALUE 'X-API-Key'`, COBOL's `WS-HEADER PIC X(9) VALUE "X-API-Key"`
        let lower = head[..last.start].to_ascii_lowercase();
        let kind = memchr::memmem::rfind(&lower, b" type ").or_else(|| memchr::memmem::rfind(&lower, b" pic "))?;
        let name = last_word(head[..kind].trim_ascii_end())?;
        return fit(text, line + name.start..line + name.end, true, b"", 0);
    }
    let before = &head[..last.start];
    let before = muff.and_then(|muff| before.strip_suffix(&[muff])).unwrap_or(before).trim_ascii_end();
    if before.ends_with(b"(def ^:private") || before.ends_with(b"(def ^:const") {
        return fit(text, line + last.start..line + last.end, true, b"", 0);
    }
    // Elixir's `@header "X-API-Key"`
    let own = before.rsplit(|byte| *byte == b'"').next().unwrap_or_default();
    if expression::unmarked(own.trim_ascii_start()).trim_ascii_start() == b"@" && head[..last.start].ends_with(b"@") {
        return fit(text, line + last.start..line + last.end, true, b"const ", 6);
    }
    let before = before.rsplit(u8::is_ascii_whitespace).next().unwrap_or_default();
    let setters: [&[u8]; 9] = [
        b"#define",
        b"(def",
        b"(defconst",
        b"(defconstant",
        b"(defparameter",
        b"(defvar",
        b"(define",
        b"set",
        b"(setq",
    ];
    setters
        .contains(&expression::unmarked(before))
        .then(|| fit(text, line + last.start..line + last.end, true, b"", 0))
        .flatten()
}

fn fit(text: &[u8], span: Range<usize>, assigned: bool, left: &[u8], start: usize) -> Option<Identifier> {
    let name = text[span.clone()].to_vec();
    let lower = name.to_ascii_lowercase();
    let is = |words: &[&str]| words.iter().any(|word| word.as_bytes() == lower);
    // An argument of a call is no constant: `APIKeyHeader(name="X-API-Key")`.
    let text_before = memchr::memrchr(b'"', &left[..start]).map_or(0, |quote| quote + 1);
    let own = left[text_before..start].rsplit(|byte| b"{;".contains(byte)).next().unwrap_or_default();
    let is_declared = own.split(u8::is_ascii_whitespace).any(|word| DECLARES.contains(&expression::unmarked(word)));
    let is_argument = !is_declared && left[text_before..start].iter().any(|byte| b"({,".contains(byte));
    let is_declared_short = is_declared || own.trim_ascii().ends_with(b"String");
    let is_short = is_declared_short && name.iter().all(u8::is_ascii_uppercase);
    let is_fit = (if is_short { 1..=64 } else { 3..=64 }).contains(&name.len())
        && !name[0].is_ascii_digit()
        && !name.ends_with(b"-")
        && !name.starts_with(b"-");
    let is_constant = if is(DESCRIPTIVE) { assigned && is(ASSIGNABLE) && !is_argument } else { true };
    (is_fit && is_constant).then(|| bound::identifier(text, span.start, span.len())).flatten()
}

/// An occurrence of a constant, read as the name that it holds.
pub(super) fn as_name(text: &[u8], span: Range<usize>) -> Option<Name> {
    // With its path, as far as it is one word to whoever reads siblings: `Config.HEADER`.
    let path = text[..span.start]
        .iter()
        .rev()
        .take(64)
        .take_while(|byte| expression::is_word(**byte) || **byte == b'.')
        .count();
    let path = if text[..span.start].ends_with(b".") { path } else { 0 };
    let conversions: [&[u8]; 5] = [b".rawValue", b".value", b".name", b".toString()", b".to_string()"];
    let converted = conversions.iter().find(|conversion| text[span.end..].starts_with(conversion));
    let length = converted.map_or_else(|| enumerated(text, &span), |conversion| conversion.len());
    let span = span.start - path..span.end + length;
    // Earmuffs of Lisp.
    let has_muffs = [b'+', b'*'].iter().any(|muff| {
        text[..span.start].last() == Some(muff)
            && text.get(span.end) == Some(muff)
            && !text[..span.start].ends_with(b"++")
    });
    let span = if has_muffs { span.start - 1..span.end + 1 } else { span };
    let rest = text[span.end..].trim_ascii_start();
    // Given something itself, it is a constant again, not a name.
    let is_given = rest.starts_with(b"=") && !rest.starts_with(b"=>") && !rest.starts_with(b"==")
        || rest.starts_with(b":=")
        || rest.starts_with(b"<-");
    // `name: list` is an entry of its own, whatever a constant of so common a name holds.
    let word = &text[span.clone()];
    let line = expression::line_start(text, span.start.saturating_sub(REACH), span.start);
    let is_map = memchr::memmem::find(&text[line..span.start], b"map[string]").is_some();
    let is_entry = rest.starts_with(b":") && !is_map && ASSIGNABLE.iter().any(|common| common.as_bytes() == word);
    (!is_given && !is_entry).then_some(Name { span, quote: None, is_whole_literal: true, is_identifier: false })
}

/// How long the access to what a constant of an enumeration holds is: `API_KEY.headerName()`.
fn enumerated(text: &[u8], span: &Range<usize>) -> usize {
    if text[span.clone()].iter().any(u8::is_ascii_lowercase) || text.get(span.end) != Some(&b'.') {
        return 0;
    }
    let word = expression::word(text, span.end + 1);
    let is_called = text[word.end..].starts_with(b"()");
    let end = word.end + if is_called { 2 } else { 0 };
    let is_whole = matches!(text.get(end), Some(b',' | b')' | b']'));
    if is_whole && !word.is_empty() { end - span.end } else { 0 }
}

/// The values that the text gives a name held by a constant.
pub(super) fn values_of(text: &[u8], name: &Name) -> Vec<Value> {
    appended(text, name).map_or_else(|| associate::values_of(text, name), |value| vec![value])
}

/// `HEADER + ": VALUE"`
fn appended(text: &[u8], name: &Name) -> Option<Value> {
    let lexer = Lexer::new(text, name.span.end, false);
    let literal = lexer.joined(Joint::Operator).into_iter().next()?;
    let content = &text[literal.content.clone()];
    let value = content.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    let start = literal.content.end - value.len();
    let value = value.trim_ascii_end();
    let piece = start..start + value.len();
    (!value.is_empty()).then(|| Value::Quoted { pieces: Vec::from([piece]), interpolates: literal.interpolates })
}
