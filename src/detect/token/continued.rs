//! Keys that go on behind the literal that they begin in: on the next line, in literals that are added to it, in the other
//! arguments of what concatenates them, in what a variable holds.

use std::ops::Range;

use super::is_body;
use crate::detect::{
    header::{is_joined_list, is_joiner, sum},
    lex::{Joint, Lexer, Literal, continues_line},
};

/// How a body may go on behind the literal that it begins in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Continued {
    /// On the next line, behind a backslash.
    Line,
    /// In literals that are added to it, here or by a statement that appends.
    Sum,
    /// In the other arguments of what concatenates them.
    List,
    /// In a literal beside it.
    Beside,
    /// In the argument of the format that it is the beginning of.
    Format,
    /// Through a variable that it is added to, or that holds it.
    Named,
}

impl Continued {
    pub(super) const ALL: &[Self] = &[Self::Line, Self::Sum, Self::List, Self::Beside, Self::Format, Self::Named];

    /// A key that is whole is not made longer by what merely stands beside it.
    pub(super) const OF_WHOLE: &[Self] = &[Self::Line, Self::Sum, Self::List];
}

/// How far before a literal the call that concatenates it may begin, in bytes.
const MAX_CALL: usize = 160;

/// A body that goes on, and where each of its characters stands. `start` is where the key begins, `run` the beginning of
/// its body.
pub(super) fn body(text: &[u8], start: usize, run: Range<usize>, how: Continued) -> Option<(Vec<u8>, Vec<usize>)> {
    let mut lexer = Lexer::new(text, run.end, text[run.end..].starts_with(b"\\"));
    let mut places: Vec<usize> = run.clone().collect();
    if how == Continued::Line {
        let mut end = run.end;
        while let Some(length) = continues_line(&text[end..]) {
            let blanks = text[end + length..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            let start = end + length + blanks;
            end = start + text[start..].iter().take_while(|byte| is_body(**byte)).count();
            places.extend(start..end);
        }
        return (places.len() > run.len()).then(|| (places.iter().map(|&at| text[at]).collect(), places));
    }
    let pieces: Vec<Range<usize>> = match how {
        Continued::Named => sum::continuation(text, &(start..run.end))?,
        Continued::Format => Vec::from([formatted(lexer)?.content]),
        _ => {
            // Two quotes end a literal that two quotes began; else another one begins with the second.
            if lexer.rest().starts_with(b"\"\"") && !text[..start].ends_with(b"\"\"") {
                lexer = lexer.skipping(1);
            } else if !lexer.eat_quote() {
                return None;
            }
            beside(text, start, run.start, lexer, how).into_iter().map(|literal| literal.content).collect()
        }
    };
    for piece in pieces {
        let content = &text[piece.clone()];
        let more = content.iter().take_while(|byte| is_body(**byte)).count();
        places.extend(piece.start..piece.start + more);
        if more < content.len() {
            break;
        }
    }
    Some((places.iter().map(|&at| text[at]).collect(), places))
}

/// The literals that go on with the one that ends at `lexer`.
fn beside(text: &[u8], start: usize, at: usize, lexer: Lexer<'_>, how: Continued) -> Vec<Literal> {
    match how {
        Continued::List if is_joined(text, start) || is_joined_list(lexer) => lexer.joined(Joint::Comma),
        Continued::Beside => {
            // A shell takes what touches as one word.
            let touching = lexer.rest().iter().take_while(|byte| is_body(**byte)).count();
            if touching == 0 {
                return lexer.joined(Joint::Any);
            }
            let end = lexer.at() + touching;
            Vec::from([Literal { content: lexer.at()..end, end, interpolates: false }])
        }
        Continued::Sum => {
            let sum = lexer.joined(Joint::Operator);
            if sum.is_empty() { appended(text, at, lexer).into_iter().collect() } else { sum }
        }
        _ => Vec::new(),
    }
}

/// `"sk_live_%s" % "…"`, `"sk_live_{}".format("…")`, `Sprintf("sk_live_%s", "…")`: the argument of the specifier that is
/// next.
fn formatted(mut lexer: Lexer<'_>) -> Option<Literal> {
    let specifiers: [&[u8]; 5] = [b"%s", b"%v", b"%@", b"{}", b"{0}"];
    if !specifiers.iter().any(|specifier| lexer.eat(specifier)) || !lexer.eat_quote() {
        return None;
    }
    lexer.skip_space();
    let gives = [b",".as_slice(), b".format(", b"%", b"-f ", b".formatted("].iter().any(|token| lexer.eat(token));
    lexer.skip_space();
    let _opens = lexer.eat(b"(");
    lexer.literal().filter(|_| gives)
}

/// Whether the literal that begins at a place is an argument of what concatenates its arguments, or in a list that is
/// joined: `concat!("…`, `"".join(["…`, `join("", ["…`, `"%s%s" % ("…`, `!Join ["", ["…`.
fn is_joined(text: &[u8], at: usize) -> bool {
    let before = &text[at.saturating_sub(MAX_CALL)..at];
    let marks = before.iter().rev().take_while(|byte| b"\"'`@\\".contains(byte)).count();
    let mut before = &before[..before.len() - marks];
    let is_format = |literal: &[u8]| sum::specifiers(literal).is_some();
    // The list, its brackets, and what it is joined with.
    for _ in 0..6 {
        before = before.trim_ascii_end();
        if let Some(list) = before.strip_suffix(b",") {
            match literal_before(list) {
                Some(([], rest)) => before = rest,
                Some((literal, _)) => return is_format(literal),
                None => return false,
            }
        } else if let Some(outside) = before.strip_suffix(b"[") {
            before = outside;
        } else if let Some(callee) = before.strip_suffix(b"(") {
            let belongs = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_.!:".contains(byte);
            let length = callee.iter().rev().take_while(belongs).count();
            let name = &callee[callee.len() - length..];
            let format = match name {
                b"" => callee.trim_ascii_end().strip_suffix(b"%"),
                b".format" | b".formatted" => Some(&callee[..callee.len() - length]),
                _ => None,
            };
            return is_joiner(name) || format.and_then(literal_before).is_some_and(|(literal, _)| is_format(literal));
        } else if let Some(format) = before.strip_suffix(b"-f") {
            return literal_before(format).is_some_and(|(literal, _)| is_format(literal));
        } else {
            // CloudFormation's function, a binary of Erlang.
            return before.ends_with(b"!Join") || before.ends_with(b"Fn::Join\":") || before.ends_with(b"<<");
        }
    }
    false
}

/// The content of the literal that ends a text, and what stands before it.
fn literal_before(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.trim_ascii_end();
    let (quote, inside) = text.split_last().filter(|(quote, _)| matches!(quote, b'"' | b'\''))?;
    let open = memchr::memrchr2(*quote, b'\n', inside).filter(|open| inside[*open] == *quote)?;
    let before = &inside[..open];
    Some((&inside[open + 1..], before.strip_suffix(b"@").unwrap_or(before)))
}

/// The literal that the next statement appends to the variable that is given the one that ends here:
/// `KEY="…"` and `KEY+="…"`.
fn appended(text: &[u8], at: usize, mut lexer: Lexer<'_>) -> Option<Literal> {
    let start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |newline| newline + 1);
    if lexer.eat(b")") {
        return appended_by_call(&text[start..at], lexer);
    }
    let equals = start + memchr::memchr(b'=', &text[start..at])?;
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_.$".contains(byte);
    let variable = text[start..equals].trim_ascii_end();
    let variable = &variable[variable.len() - variable.iter().rev().take_while(is_name).count()..];
    let _ends = lexer.eat(b";");
    let breaks = lexer.skip_blank();
    let names_it = !variable.is_empty() && lexer.eat(variable);
    lexer.skip_space();
    let appends = lexer.eat(b"+=") || lexer.eat(b".=") || lexer.eat(b"<<");
    lexer.skip_space();
    lexer.literal().filter(|_| breaks == 1 && names_it && appends)
}

/// The literal that the next statement appends by the same call: `s.append("…");` twice. `line` is the first one's up to the
/// body.
fn appended_by_call(line: &[u8], mut lexer: Lexer<'_>) -> Option<Literal> {
    let open = memchr::memrchr(b'(', line)?;
    let call = line[..=open].trim_ascii_start();
    let method = call[..call.len() - 1].rsplit(|byte| !byte.is_ascii_alphanumeric()).next().unwrap_or_default();
    let appends = [b"append".as_slice(), b"write", b"push", b"add", b"concat", b"cat", b"put"];
    let method = method.to_ascii_lowercase();
    let _ends = lexer.eat(b";");
    let goes_on = lexer.skip_blank() == 1 && lexer.eat(call);
    lexer.literal().filter(|_| goes_on && appends.iter().any(|word| method.starts_with(word)))
}
