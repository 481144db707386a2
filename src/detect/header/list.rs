//! The literals of a list, a set or a map that is written out.

use std::ops::Range;

use super::{associate::Value, comparison};
use crate::detect::lex::Lexer;

/// How long a list may be, in bytes.
const MAX_LIST: usize = 2048;

/// How many of its literals are read; the first ones.
const MAX_ELEMENTS: usize = 32;

/// How long the types of its elements may be, in bytes: `new Map<String, String>{`.
const MAX_TYPES: usize = 64;

/// The literals that a variable at the end of `lexer`'s text so far is tested against: `key not in ("VALUE", "VALUE")`.
pub(super) fn tested(mut lexer: Lexer<'_>) -> Vec<Value> {
    lexer.skip_space();
    let is_tested = comparison::membership(&mut lexer);
    lexer.skip_space();
    if is_tested && lexer.peek().is_some_and(|byte| b"([{".contains(&byte)) { literals(lexer) } else { Vec::new() }
}

/// Whether a block begins on the next line.
fn is_filled(mut lexer: Lexer<'_>) -> bool {
    lexer.skip_blank();
    lexer.peek() == Some(b'{')
}

/// How long the types are between the angle brackets at the beginning of a text.
fn types(text: &[u8]) -> Option<usize> {
    let mut depth = 0_u32;
    for (at, byte) in text.iter().enumerate().take(MAX_TYPES) {
        match byte {
            b'<' => depth += 1,
            b'>' => depth -= 1,
            b'"' | b'\'' | b'\n' => return None,
            _ => {}
        }
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
}

/// The words of `%w[a b]` and `qw(a b)`, if `lexer` stands at such a list.
pub(super) fn words(lexer: &mut Lexer<'_>) -> Option<Vec<Range<usize>>> {
    let mut ahead = *lexer;
    let found = words_at(&mut ahead)?;
    *lexer = ahead;
    Some(found)
}

fn words_at(lexer: &mut Lexer<'_>) -> Option<Vec<Range<usize>>> {
    let is_list = [b"%w".as_slice(), b"%W", b"qw", b"(qw"].iter().any(|mark| lexer.eat(mark));
    let close = match lexer.peek().filter(|_| is_list)? {
        b'[' => b']',
        b'(' => b')',
        b'{' => b'}',
        b'<' => b'>',
        mark @ (b'/' | b'|' | b'!') => mark,
        _ => return None,
    };
    *lexer = lexer.skipping(1);
    let rest = &lexer.rest()[..lexer.rest().len().min(MAX_LIST)];
    let inside = &rest[..memchr::memchr(close, rest)?];
    let mut found = Vec::new();
    let mut at = 0;
    while at < inside.len() && found.len() < MAX_ELEMENTS {
        let length = inside[at..].iter().take_while(|byte| !byte.is_ascii_whitespace()).count();
        if length > 0 {
            found.push(lexer.at() + at..lexer.at() + at + length);
        }
        at += length + 1;
    }
    *lexer = lexer.skipping(inside.len() + 1);
    Some(found)
}

/// The literals in the brackets of the expression at `lexer`.
pub(super) fn literals(lexer: Lexer<'_>) -> Vec<Value> {
    if let Some(words) = words(&mut lexer.clone()) {
        let quoted = Value::literal;
        return words.into_iter().map(quoted).collect();
    }
    let text = &lexer.text()[..lexer.text().len().min(lexer.at() + MAX_LIST)];
    let mut lexer = Lexer::new(text, lexer.at(), false);
    let mut elements = Vec::new();
    let (mut depth, mut is_list, mut gives, mut last) = (0_u32, false, false, 0);
    while elements.len() < MAX_ELEMENTS {
        let Some(byte) = lexer.peek() else { break };
        if let Some(literal) = lexer.literal() {
            // What a long key maps to is no key.
            if depth > 0 && !(gives && last > 15) {
                last = literal.content.len();
                elements.push(Value::from(literal));
            }
            gives = false;
            continue;
        }
        match byte {
            b'[' | b'{' | b'(' => {
                depth += 1;
                is_list = true;
            }
            // The types of what it holds.
            b'<' if depth == 0 => {
                let Some(length) = types(lexer.rest()) else { break };
                lexer = lexer.skipping(length - 1);
            }
            // What it is filled with may stand below: `new()`, `{ "VALUE" }`.
            b'\n' if depth == 0 && elements.is_empty() && is_filled(lexer) => {}
            // A line break may be written as an escape, inside a string of another language.
            b']' | b'}' | b')' | b'\n' | b'\\' | b';' | b',' if depth == 0 => break,
            b']' | b'}' | b')' => depth -= 1,
            b':' | b'>' => gives = true,
            b',' => (gives, last) = (false, 0),
            _ => {}
        }
        lexer = lexer.skipping(1);
    }
    if is_list { elements } else { Vec::new() }
}

/// The values of a block that begins at `lexer`, below a key in a column: `- VALUE`, `key: VALUE` and `KEY = VALUE`, one on
/// each line.
pub(super) fn block(mut lexer: Lexer<'_>, column: usize) -> Vec<Value> {
    let text = lexer.text();
    let mut values = Vec::new();
    while values.len() < MAX_ELEMENTS && !lexer.rest().is_empty() {
        let own = text[..lexer.at()].iter().rev().take_while(|byte| **byte != b'\n').count();
        let is_item = lexer.eat(b"- ");
        if own < column || own == column && !is_item {
            break;
        }
        let mut value = lexer;
        if !is_item {
            value.bare();
            let is_key = text[..value.at()].ends_with(b":");
            let is_entry = value.skip_space() == 0 && (is_key || value.eat(b"="));
            if !is_entry || value.skip_space() > 0 {
                break;
            }
        }
        let found = value.literal().map(|literal| literal.content);
        let found = found.map_or_else(|| Value::Bare { span: value.bare() }, Value::literal);
        // What else stands on the line makes it something else.
        let ends = value.skip_blank();
        if ends == 0 && !value.rest().is_empty() {
            break;
        }
        if !matches!(&found, Value::Bare { span } if span.is_empty()) {
            values.push(found);
        }
        lexer = value;
    }
    values
}
