//! Text that is put behind an identifier after it was given its beginning: `key += "…"`, `strcat(line, "VALUE")`.

use std::ops::Range;

use super::{
    super::{associate::Value, name::Name},
    is_whole, sum,
};
use crate::detect::lex::Lexer;

/// How many pieces are read.
const MAX_PIECES: usize = 8;

/// What is put behind the variable that is given the literal which ends in the name: `char line[64] = "X-API-Key: "` above
/// `strcat(line, "VALUE")`.
pub(in crate::detect::header) fn of_header(text: &[u8], name: &Name) -> Option<Value> {
    let quote = name.quote.filter(|_| !name.is_whole_literal)?;
    let mut lexer = Lexer::new(text, name.span.end, false);
    if !lexer.eat(b":") {
        return None;
    }
    lexer.skip_space();
    let end = lexer.at();
    let pieces = lexer.eat_closing(quote).then(|| sum::behind_variable(text, &(name.span.start..end))).flatten()?;
    (!pieces.is_empty()).then_some(Value::Sum { pieces })
}

/// How far behind a literal more may be added to what it is assigned to, in bytes.
const MAX_GAP: usize = 192;

/// What is put behind an identifier below the literal that it was given, which ends at `end`: `key += "…"`.
pub(super) fn added(text: &[u8], name: &[u8], end: usize) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut at = end;
    while pieces.len() < MAX_PIECES {
        let near = &text[at..text.len().min(at + MAX_GAP)];
        let Some(start) = memchr::memmem::find(near, name).map(|start| at + start) else { break };
        let mut lexer = Lexer::new(text, start + name.len(), false);
        lexer.skip_space();
        if !is_whole(text, start, start + name.len())
            || ![b"+=".as_slice(), b".=", b"..=", b"&="].iter().any(|sign| lexer.eat(sign))
        {
            break;
        }
        lexer.skip_space();
        let piece = lexer.literal().map_or_else(|| lexer.bare(), |literal| literal.content);
        if piece.is_empty() {
            break;
        }
        at = piece.end;
        pieces.push(piece);
    }
    pieces
}
