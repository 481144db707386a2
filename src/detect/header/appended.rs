//! Text that is put behind an identifier after it was given its beginning: `key += "…"`, `key.append("…")`,
//! `strcat(line, "VALUE")`.

use std::ops::Range;

use super::{
    associate::Value,
    words::{is_whole, is_word},
};
use crate::detect::lex::Lexer;

/// How many pieces are read.
const MAX_PIECES: usize = 8;

/// How far behind the last piece more may be added to it, in bytes.
const MAX_GAP: usize = 192;

/// What stands between an identifier and what is put behind what it holds.
const SIGNS: &[&[u8]] = &[b"+=", b".=", b"..=", b"&=", b"<<"];

/// How the names of methods begin that do the same.
const METHODS: &[&[u8]] = &[b"append", b"cat", b"concat", b"push", b"write"];

/// The same as calls of which the identifier is the first argument.
const CALLS: &[&[u8]] = &[b"strcat(", b"strlcat(", b"strncat(", b"wcscat("];

/// What statements put behind an identifier below the literal that it was given, which ends at `end`.
pub(super) fn to(text: &[u8], name: &[u8], end: usize) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut at = end;
    while pieces.len() < MAX_PIECES {
        let near = &text[at..text.len().min(at + MAX_GAP)];
        let mut occurrences = memchr::memmem::find_iter(near, name).map(|start| at + start..at + start + name.len());
        let Some(next) = occurrences.find(|next| is_whole(text, next.start, next.end)) else { break };
        let Some(piece) = piece(text, next) else { break };
        at = piece.end;
        pieces.push(piece);
    }
    pieces
}

/// Adds to the literal that an identifier is given what statements put behind it.
pub(super) fn extend(text: &[u8], name: &[u8], values: &mut [Value]) {
    match values {
        [Value::Quoted { pieces, interpolates: false }] => {
            if let Some(last) = pieces.last() {
                pieces.extend(to(text, name, last.end));
            }
        }
        [value @ Value::Bare { .. }] => {
            let Value::Bare { span } = value else { return };
            let mut pieces = Vec::from([span.clone()]);
            pieces.extend(to(text, name, span.end));
            if pieces.len() > 1 {
                *value = Value::Sum { pieces };
            }
        }
        _ => {}
    }
}

/// The first of what statements put behind an identifier that was given nothing before: `key = new StringBuilder()`. An
/// occurrence of it is at `span`.
pub(super) fn first(text: &[u8], span: &Range<usize>) -> Option<Value> {
    let piece = piece(text, span.clone())?;
    let given = given_before(text, span)?;
    let line = &given[..memchr::memchr(b'\n', given).unwrap_or(given.len())];
    let is_empty =
        |quote: u8| memchr::memchr_iter(quote, line).count() == 2 && memchr::memmem::find(line, &[quote; 2]).is_some();
    let is_built = line.contains(&b'(') && !line.iter().any(|byte| b"\"'`".contains(byte));
    let is_first = line.starts_with(b"=") && (is_empty(b'"') || is_empty(b'\'') || is_built);
    is_first.then(|| Value::literal(piece))
}

/// Whether the identifier at `span` is given something near before, so that what is put behind it is no value alone.
pub(super) fn goes_on(text: &[u8], span: &Range<usize>) -> bool {
    // The letter of an escape is none of the name, inside a string of another language.
    let escape = usize::from(text[..span.start].ends_with(b"\\") && matches!(text[span.start], b'n' | b'r' | b't'));
    let given = given_before(text, &(span.start + escape..span.end));
    given.is_some_and(|given| given.starts_with(b"=") || given.starts_with(b"+="))
}

/// What follows the identifier's last occurrence before this one, if it is near.
fn given_before<'t>(text: &'t [u8], span: &Range<usize>) -> Option<&'t [u8]> {
    let before = &text[span.start.saturating_sub(MAX_GAP)..span.start];
    let name = &text[span.clone()];
    let last = memchr::memmem::rfind(before, name)?;
    Some(before[last + name.len()..].trim_ascii_start())
}

/// Whether a text begins with the call of such a method: `.append(`
pub(super) fn is_method(text: &[u8]) -> bool {
    method(text).is_some()
}

/// How long such a call is, to its bracket.
fn method(text: &[u8]) -> Option<usize> {
    let name = text.strip_prefix(b".")?;
    let length = name.iter().take(24).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let lower = name[..length].to_ascii_lowercase();
    let is_method = METHODS.iter().any(|method| lower.starts_with(method)) && name.get(length) == Some(&b'(');
    is_method.then_some(length + 2)
}

/// Steps over what gives a variable of a shell itself, with more behind it: `KEY="$KEY""…"`, `KEY=${KEY}…`.
fn itself(lexer: &mut Lexer<'_>, name: &[u8]) -> bool {
    let mut ahead = *lexer;
    let is_given = ahead.eat(b"=");
    let quotes = ahead.eat(b"\"");
    let is_braced = ahead.eat(b"${");
    let is_named = is_given && (is_braced || ahead.eat(b"$")) && ahead.eat(name);
    let is_itself = is_named && if is_braced { ahead.eat(b"}") } else { !ahead.peek().is_some_and(is_word) };
    let _closes = quotes && ahead.eat(b"\"");
    if is_itself {
        *lexer = ahead;
    }
    is_itself
}

/// What is put behind the occurrence of an identifier.
fn piece(text: &[u8], span: Range<usize>) -> Option<Range<usize>> {
    let mut lexer = Lexer::new(text, span.end, false);
    let is_added = if CALLS.iter().any(|call| text[..span.start].ends_with(call)) {
        lexer.eat(b",")
    } else if let Some(length) = method(lexer.rest()) {
        lexer = lexer.skipping(length);
        true
    } else if itself(&mut lexer, &text[span.clone()]) {
        true
    } else {
        lexer.skip_space();
        SIGNS.iter().any(|sign| lexer.eat(sign))
    };
    lexer.skip_space();
    let piece =
        if is_added { lexer.literal().map_or_else(|| lexer.bare(), |literal| literal.content) } else { return None };
    let is_plain = text[piece.clone()]
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'=' | b'/' | b'+'));
    (!piece.is_empty() && is_plain).then_some(piece)
}

/// What has something put behind what it holds by a method or a sign, where a line's `head` ends with that: `key << `.
pub(super) fn receiver(head: &[u8]) -> Option<&[u8]> {
    if let Some(sign) = SIGNS.iter().find(|sign| head.ends_with(sign)) {
        return Some(head[..head.len() - sign.len()].trim_ascii_end());
    }
    let point = memchr::memrchr(b'.', head)?;
    (method(&head[point..]) == Some(head.len() - point)).then_some(&head[..point])
}
