//! Literals that stand side by side and are one, and what a terminal has wrapped.

use std::ops::Range;

use super::{associate::Value, name::Name};
use crate::detect::lex::{self, Lexer, Literal};

/// `"A" "B"` where the entry ends behind it: one literal in Python, C and their children. Only what could be the halves of a
/// key is taken for such, with at most `max_breaks` line breaks between two.
pub(super) fn adjacent(lexer: Lexer<'_>, literal: &Literal, max_breaks: usize) -> Option<Value> {
    const SHORTEST: usize = 4;
    let text = lexer.text();
    let is_half = |literal: &Literal| {
        let content = &text[literal.content.clone()];
        content.len() >= SHORTEST && content.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte))
    };
    let quote = lex::quote_before(text, literal.content.start);
    let mut ahead = lexer;
    let mut pieces = Vec::from([literal.content.clone()]);
    while pieces.len() < 8 {
        let mut next = ahead;
        // With a comment between two, or a line.
        let breaks = if max_breaks > 0 { next.skip_blank() } else { next.skip_space() };
        if let Some(length) = lex::continues_line(next.rest()) {
            next = next.skipping(length);
            next.skip_space();
        }
        let Some(more) = next.literal().filter(|more| breaks <= max_breaks && more.content.start > ahead.at()) else {
            break;
        };
        if !is_half(&more) || lex::quote_before(text, more.content.start) != quote {
            return None;
        }
        pieces.push(more.content);
        ahead = next;
    }
    let breaks = ahead.skip_space();
    let ends = breaks > 0 || matches!(ahead.peek(), None | Some(b',' | b')' | b']' | b'}' | b';'));
    (pieces.len() > 1 && is_half(literal) && ends).then_some(Value::Quoted { pieces, interpolates: false })
}

/// The same over several lines, up to the semicolon of C++.
pub(super) fn on_lines(lexer: Lexer<'_>, literal: &Literal) -> Option<Value> {
    let halves = adjacent(lexer, literal, 1)?;
    let Value::Quoted { pieces, .. } = &halves else { return None };
    let last = pieces.last()?.end;
    let is_statement = lexer.text()[last..].get(1) == Some(&b';');
    is_statement.then_some(halves)
}

/// The rest of a value that a terminal has wrapped: it begins the next line, and the quote behind it is the name's.
pub(super) fn wrapped(mut lexer: Lexer<'_>, name: &Name, span: &Range<usize>) -> Option<Range<usize>> {
    let quote = name.quote.filter(|_| !name.is_whole_literal)?;
    let text = lexer.text();
    let is_plain = |span: &Range<usize>| {
        let text = &text[span.clone()];
        !text.is_empty() && text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte))
    };
    lexer.eat(b"\r");
    let is_wrapped = is_plain(span) && lexer.eat(b"\n");
    // The column of a diff.
    lexer.eat(b"+");
    let rest = lexer.bare();
    (is_wrapped && is_plain(&rest) && lexer.eat_closing(quote)).then_some(rest)
}
