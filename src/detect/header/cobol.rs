//! Fields of COBOL's working storage: one that holds the name of the header, and its twin below it that holds the value.

use super::{
    associate::Value,
    name::Name,
    words::{ends_valuing, normalized, twins},
};
use crate::detect::lex::Lexer;

/// How many lines below its own the twin of a field is looked for on, and how far, in bytes.
const LINES: usize = 4;
const REACH: usize = 400;

/// `01 WS-HDR-NAME PIC X(9) VALUE "X-API-Key".` above `01 WS-HDR-VALUE PIC X(32) VALUE "…".`
pub(super) fn twin(text: &[u8], name: &Name) -> Option<Value> {
    let open = name.span.start - name.quote.filter(|_| name.is_whole_literal)?.len();
    let start = memchr::memrchr(b'\n', &text[..open]).map_or(0, |newline| newline + 1);
    let field = field(&text[start..open])?;
    let twins = twins(&normalized(field));
    let near = &text[..text.len().min(name.span.end + REACH)];
    let mut line = name.span.end;
    for _ in 0..LINES {
        line += memchr::memchr(b'\n', &near[line..])? + 1;
        let end = memchr::memchr(b'\n', &near[line..]).map_or(near.len(), |newline| line + newline);
        let lower = near[line..end].to_ascii_lowercase();
        let Some(sign) = memchr::memmem::rfind(&lower, b" value") else { continue };
        let Some(other) = self::field(&near[line..=line + sign]) else { continue };
        let other = normalized(other);
        if !twins.contains(&other) && !ends_valuing(&other) {
            continue;
        }
        let mut lexer = Lexer::new(near, line + sign + b" value".len(), false);
        lexer.skip_space();
        return lexer.literal().map(|literal| Value::sibling(literal.content));
    }
    None
}

/// The name of the field that a line begins to describe: `01 NAME PIC X(9) VALUE `.
fn field(line: &[u8]) -> Option<&[u8]> {
    let lower = line.to_ascii_lowercase();
    let kind = memchr::memmem::find(&lower, b" pic ")?;
    let is_given = lower.ends_with(b" ") || memchr::memmem::find(&lower[kind..], b" value").is_some();
    let name = line[..kind].trim_ascii().rsplit(u8::is_ascii_whitespace).next()?;
    (is_given && !name.is_empty()).then_some(name)
}
