//! Keys that go on behind the literal that they begin in: on the next line, in literals that are added to it, in the other
//! arguments of what concatenates them, in what a variable holds.

use std::ops::Range;

use super::is_body;
use crate::detect::{
    header::{behind, is_joined_list, is_joiner, parts},
    lex::{Joint, Lexer, Literal, continues_line},
};

/// How a body may go on behind the literal that it begins in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Continued {
    /// On the next line, behind a backslash.
    Line,
    /// In literals that are added to it.
    Sum,
    /// In the other arguments of what concatenates them.
    List,
    /// In a literal beside it.
    Beside,
    /// In the argument of the format that it is the beginning of.
    Format,
    /// Through a variable that it is added to, or that holds it: by statements that append to that, too.
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
        Continued::Named => behind::continuation(text, &(start..run.end))?,
        Continued::Format => Vec::from([formatted(lexer)?.content]),
        _ => {
            // Two quotes end a literal that two quotes began; else another one begins with the second.
            if lexer.rest().starts_with(b"\"\"") && !text[..start].ends_with(b"\"\"") {
                lexer = lexer.skipping(1);
            } else if !lexer.eat_quote() {
                return None;
            }
            beside(text, start, lexer, how).into_iter().map(|literal| literal.content).collect()
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
fn beside(text: &[u8], start: usize, lexer: Lexer<'_>, how: Continued) -> Vec<Literal> {
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
        Continued::Sum => lexer.joined(Joint::Operator),
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
    let is_format = |literal: &[u8]| parts::specifiers(literal).is_some();
    // The list, its brackets, and what it is joined with.
    for _ in 0..6 {
        before = before_comments(before);
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

/// A text without the blanks and the lines at its end that are comments.
fn before_comments(text: &[u8]) -> &[u8] {
    let mut text = text.trim_ascii_end();
    loop {
        let line = memchr::memrchr(b'\n', text).map_or(0, |newline| newline + 1);
        let own = text[line..].trim_ascii_start();
        if line == 0 || ![b"// ".as_slice(), b"# ", b"-- "].iter().any(|mark| own.starts_with(mark)) {
            return text;
        }
        text = text[..line].trim_ascii_end();
    }
}

/// The content of the literal that ends a text, and what stands before it.
fn literal_before(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = text.trim_ascii_end();
    let (quote, inside) = text.split_last().filter(|(quote, _)| matches!(quote, b'"' | b'\''))?;
    let open = memchr::memrchr2(*quote, b'\n', inside).filter(|open| inside[*open] == *quote)?;
    let before = &inside[..open];
    Some((&inside[open + 1..], before.strip_suffix(b"@").unwrap_or(before)))
}
