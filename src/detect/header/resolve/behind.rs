//! What is put behind a literal, or behind the identifier that it is given: `"sk_live_" + rest`, `prefix + "…"`.

use std::ops::Range;

use super::{
    super::{appended, associate::Value, name::Name, words::is_whole},
    constant, expression,
    parts::listed_rest,
    sum::{MAX_OCCURRENCES, MAX_TEXT, Term, adjacent, closed, further, is_plain, pieces, references},
};
use crate::detect::lex::Lexer;

/// What is put behind the variable that is given the literal which ends in the name: `char line[64] = "X-API-Key: "` above
/// `strcat(line, "VALUE")`.
pub(in crate::detect::header) fn of_header(text: &[u8], name: &Name) -> Option<Value> {
    let quote = name.quote.filter(|_| !name.is_whole_literal)?;
    let mut lexer = Lexer::new(text, name.span.end, false);
    if !lexer.eat(b":") {
        return None;
    }
    lexer.skip_space();
    let literal = name.span.start..lexer.at();
    if !lexer.eat_closing(quote) {
        return None;
    }
    let variable = assigned_to(text, literal.start)?;
    let mut added = appended::to(text, &text[variable], literal.end);
    if added.is_empty() {
        added = behind_variable(text, &literal)?;
    }
    (!added.is_empty()).then_some(Value::Sum { pieces: added })
}

/// The text that follows the first literal of a sum, or is put behind the identifier that the literal is assigned to: where
/// its characters stand. `literal` is its content.
pub(in crate::detect) fn continuation(text: &[u8], literal: &Range<usize>) -> Option<Vec<Range<usize>>> {
    let mut lexer = Lexer::new(text, literal.end, false);
    // `"sk_live_${rest}"`
    if let Some(terms) = references(text, literal.end) {
        return pieces(text, &terms, literal.start);
    }
    if lexer.eat_quote()
        && let Some(terms) = further(&mut lexer)
    {
        return pieces(text, &terms, literal.start);
    }
    let variable = assigned_to(text, literal.start)?;
    let added = appended::to(text, &text[variable], literal.end);
    if added.is_empty() { behind_variable(text, literal) } else { Some(added) }
}

/// What is put behind the identifier that a literal is assigned to, below it.
fn behind_variable(text: &[u8], literal: &Range<usize>) -> Option<Vec<Range<usize>>> {
    let variable = assigned_to(text, literal.start)?;
    let name = &text[variable.clone()];
    let mut occurrences = memchr::memmem::find_iter(text, name).take(MAX_OCCURRENCES);
    occurrences.find_map(|start| {
        let end = start + name.len();
        let is_use = start != variable.start && is_whole(text, start, end);
        let rest = if is_use { behind(text, start, end)? } else { return None };
        pieces(text, &rest, start)
    })
}

/// What is put behind the occurrence of a variable: `prefix + "…"`, `${prefix}…`, `strcat(prefix, "…")`.
fn behind(text: &[u8], start: usize, end: usize) -> Option<Vec<Term>> {
    // The path of the variable: `${local.prefix}`.
    let path = text[..start]
        .iter()
        .rev()
        .take(MAX_TEXT)
        .take_while(|byte| expression::is_word(**byte) || **byte == b'.')
        .count();
    let begin = if text[..start].ends_with(b".") { start - path } else { start };
    let open = text[..begin].iter().rev().take(4).take_while(|byte| b"${(%#\\@".contains(byte)).count();
    let opening = &text[begin - open..begin];
    if opening.iter().any(|byte| b"{(%".contains(byte)) || opening == b"$" {
        let closed = closed(text, opening, end).unwrap_or(end);
        if let Some(terms) = references(text, closed).or_else(|| plain(text, closed)) {
            return Some(terms);
        }
    }
    if appended::is_method(&text[end..]) {
        // A statement of its own, or a call in one.
        return None;
    }
    let mut lexer = Lexer::new(text, end, false);
    if let Some(terms) = listed_rest(text, start, lexer) {
        return Some(terms);
    }
    let is_macro = text[start..end].iter().all(|byte| !byte.is_ascii_lowercase());
    further(&mut lexer).or_else(|| if is_macro { adjacent(lexer) } else { None })
}

/// Text without references right behind a reference.
fn plain(text: &[u8], at: usize) -> Option<Vec<Term>> {
    let length = text[at..].iter().take(MAX_TEXT).take_while(|byte| is_plain(**byte)).count();
    (length > 0).then(|| Vec::from([Term::Text(at..at + length)]))
}

/// The identifier that is given the literal whose content begins at `at`, or has it put behind what it holds, if nothing else
/// stands between.
fn assigned_to(text: &[u8], at: usize) -> Option<Range<usize>> {
    let low = expression::line_start(text, at.saturating_sub(MAX_TEXT), at);
    let head = &text[low..at];
    let quotes = head.iter().rev().take_while(|byte| b"\"'`@+".contains(byte)).count();
    let head = head[..head.len() - quotes].trim_ascii_end();
    let word = |head: &[u8]| {
        let length = head.iter().rev().take_while(|byte| expression::is_word(**byte)).count();
        low + head.len() - length..low + head.len()
    };
    if let Some(call) = head.strip_suffix(b",") {
        let copies: [&[u8]; 4] = [b"strcpy(", b"strcat(", b"strlcpy(", b"strlcat("];
        let found = word(call);
        return copies.iter().any(|copy| text[low..found.start].ends_with(copy)).then_some(found);
    }
    if let Some(receiver) = appended::receiver(head) {
        return Some(word(receiver)).filter(|found| !found.is_empty());
    }
    if head.trim_ascii_start().starts_with(b"#define ") {
        return Some(word(head)).filter(|found| !found.is_empty());
    }
    let left = [b":=".as_slice(), b"=", b":", b"<-"].into_iter().find_map(|sign| head.strip_suffix(sign))?;
    let left = left.strip_suffix(b":").or_else(|| left.strip_suffix(b"?")).unwrap_or(left).trim_ascii_end();
    if left.last().is_none_or(|byte| b"=!<>+".contains(byte)) {
        return None;
    }
    let span = constant::assigned_name(left)?;
    Some(low + span.start..low + span.end)
}
