//! Whose member an identifier is: `conf` of `conf.key`, `item` of `item = {key: …}`. A literal that something else holds
//! under the same name is not the one that is sent.
//!
//! Only what is sure tells two apart: an owner that is not understood, or that is handed on anywhere near, may be any.

use std::ops::Range;

use super::{
    super::{
        entries,
        tokens::{self, Kind, Token},
        words::{is_whole, normalized},
    },
    expression,
};

/// What holds a definition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Owner {
    /// Variables, keys and types around it; none: not known.
    names: Vec<String>,
}

/// Names that tell nothing: whoever is called so may be anything.
const ANYTHING: &[&str] = &[
    "", "app", "base", "class", "cls", "default", "env", "environ", "export", "exports", "globals", "local", "locals",
    "me", "module", "my", "parent", "process", "self", "static", "super", "this", "values", "var", "vars", "window",
];

/// Words before a name in a declaration.
const DECLARING: &[&str] = &[
    "auto",
    "case",
    "const",
    "data",
    "def",
    "end",
    "export",
    "final",
    "let",
    "new",
    "our",
    "private",
    "protected",
    "public",
    "readonly",
    "record",
    "sealed",
    "struct",
    "type",
    "val",
    "internal",
    "mut",
];

/// Words after which it is not said what an object is for.
const HANDED_ON: &[&str] = &["return", "yield", "default", "exports", "await", "throw"];

/// How far before a definition its object may begin, in bytes.
const REACH: usize = 1024;

/// How many names of a path are read.
const MAX_OWNERS: usize = 4;

/// How many objects around one another are looked at.
const MAX_DEPTH: usize = 4;

/// How many occurrences of an owner are looked at.
const MAX_OCCURRENCES: usize = 32;

/// The owners in the path before an identifier, as far as they tell anything: `conf` and `api` of `self.conf.api.key`.
pub(super) fn in_path(text: &[u8], start: usize) -> Vec<String> {
    let low = start.saturating_sub(expression::MAX_IDENTIFIER * 2);
    let mut before = &text[low..start];
    let mut names = Vec::new();
    for _ in 0..MAX_OWNERS {
        let marks = before.iter().rev().take_while(|byte| b"\"'@$:".contains(byte)).count();
        let subscript = before[..before.len() - marks].strip_suffix(b"[");
        let path = subscript.or_else(|| {
            let joints: [&[u8]; 6] = [b"?.", b"!.", b".", b"->", b"::", b"?->"];
            joints.iter().find_map(|joint| before.strip_suffix(*joint))
        });
        let Some(path) = path else { break };
        let path = path.strip_suffix(b"]").map_or(path, |path| {
            let quotes = path.iter().rev().take_while(|byte| matches!(byte, b'"' | b'\'')).count();
            &path[..path.len() - quotes]
        });
        let length = path.iter().rev().take_while(|byte| expression::is_word(**byte)).count();
        if length == 0 {
            // What a call returns.
            return Vec::new();
        }
        let name = &path[path.len() - length..];
        let whole = received(text, start, name).or_else(|| element_of(text, start, name));
        names.push(normalized(whole.unwrap_or(name)));
        names.extend(made_of(text, start, name).map(normalized));
        before = &path[..path.len() - length];
    }
    names.retain(|name| !ANYTHING.contains(&name.as_str()));
    names
}

/// The type of a receiver of Go, whose name tells nothing: `Client` for `c` behind `func (c *Client)`.
fn received<'t>(text: &'t [u8], at: usize, name: &[u8]) -> Option<&'t [u8]> {
    const LONGEST: usize = 3;
    if name.len() > LONGEST {
        return None;
    }
    let low = at.saturating_sub(REACH);
    let head = [b"func (", name, b" "].concat();
    let start = low + memchr::memmem::rfind(&text[low..at], &head)? + head.len();
    let start = start + usize::from(text.get(start) == Some(&b'*'));
    let kind = expression::word(text, start);
    text[kind.end..].starts_with(b") ").then(|| &text[kind])
}

/// The list that a variable is an element of: `TENANTS` for `t` behind `const t = TENANTS[n]` or `for (const t of TENANTS)`.
fn element_of<'t>(text: &'t [u8], at: usize, name: &[u8]) -> Option<&'t [u8]> {
    let low = at.saturating_sub(REACH);
    let near = &text[low..at];
    for sign in [b" = ".as_slice(), b" := ", b"=", b" of ", b" in "] {
        let given = [name, sign].concat();
        let Some(start) = memchr::memmem::rfind(near, &given).map(|start| low + start) else { continue };
        if !is_whole(text, start, start + name.len()) {
            continue;
        }
        let list = expression::word(text, start + given.len());
        let is_element = sign.contains(&b'=') && text[list.end..].starts_with(b"[");
        if !list.is_empty() && (is_element || !sign.contains(&b'=')) {
            return Some(&text[list]);
        }
    }
    None
}

/// The type of a variable, where that is said near by: `Args` for `cli` behind `let cli = Args::parse()`, `cli: Args` or
/// `Args cli`.
fn made_of<'t>(text: &'t [u8], at: usize, name: &[u8]) -> Option<&'t [u8]> {
    let low = at.saturating_sub(REACH);
    let near = &text[low..at];
    for sign in [b" = ".as_slice(), b" := ", b": "] {
        let given = [name, sign].concat();
        let Some(start) = memchr::memmem::rfind(near, &given).map(|start| low + start) else { continue };
        let mut end = start + given.len();
        for mark in [b"new ".as_slice(), b"await ", b"&"] {
            end += if text[end..].starts_with(mark) { mark.len() } else { 0 };
        }
        let kind = expression::word(text, end);
        if is_whole(text, start, start + name.len()) && text.get(end).is_some_and(u8::is_ascii_uppercase) {
            return Some(&text[kind]);
        }
    }
    let declared = [b" ", name].concat();
    let start = memchr::memmem::rfind(near, &declared)?;
    let length = near[..start].iter().rev().take_while(|byte| expression::is_word(**byte)).count();
    let kind = &text[low + start - length..low + start];
    let is_type = kind.first().is_some_and(u8::is_ascii_uppercase);
    (is_type && is_whole(near, start + 1, start + declared.len())).then_some(kind)
}

impl Owner {
    /// What holds the definition at `span`.
    pub(super) fn of(text: &[u8], span: &Range<usize>) -> Self {
        let names = in_path(text, span.start);
        if !names.is_empty() {
            return if is_handed_on(text, span, &names) { Self::default() } else { Self { names } };
        }
        let names = around(text, span).unwrap_or_default();
        if is_handed_on(text, span, &names) { Self::default() } else { Self { names } }
    }

    /// Whether it may be what `owners`, the path of a use, is.
    pub(super) fn may_be(&self, owners: &[String]) -> bool {
        let is_alike = |a: &str, b: &str| a == b || a.len().min(b.len()) > 2 && (a.contains(b) || b.contains(a));
        self.names.is_empty()
            || owners.is_empty()
            || self.names.iter().any(|name| owners.iter().any(|owner| is_alike(name, owner)))
    }
}

/// The names of the objects around a definition; `None` where one of them is an argument, or is not understood.
fn around(text: &[u8], span: &Range<usize>) -> Option<Vec<String>> {
    let start = expression::line_start(text, 0, span.start.saturating_sub(REACH));
    // To the end of its line, where literals end.
    let rest = &text[span.end..text.len().min(span.end + REACH)];
    let end = span.end + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    let read = |quote| {
        let tokens = tokens::read_around(text, start..end, quote, span.start);
        let at = tokens.iter().position(|token| token.span == *span)?;
        Some((tokens, at, quote.is_some()))
    };
    let escaped: Option<&'static [u8]> = Some(b"\\\"");
    let (tokens, mut at, is_escaped) = read(None).or_else(|| read(escaped))?;
    let mut names = Vec::new();
    for _ in 0..MAX_DEPTH {
        let Some(open) = entries::enclosing(&tokens, at) else { break };
        let outside = text[..tokens[open].span.start].trim_ascii_end();
        if is_escaped && outside.ends_with(b"\":") && !outside.ends_with(b"\\\":") {
            // The list of lines that the text is in.
            break;
        }
        names.extend(before(text, &tokens[..=open])?);
        at = open;
    }
    names.retain(|name| !ANYTHING.contains(&name.as_str()));
    Some(names)
}

/// The names that a statement gives to what its last bracket opens: `item` and `Tag` of `const item: Tag = {`.
fn before(text: &[u8], tokens: &[Token]) -> Option<Vec<String>> {
    let (open, head) = tokens.split_last()?;
    let is_mark =
        |token: &Token| token.kind == Kind::Other && matches!(text[token.span.clone()], [b'&' | b'*' | b'@' | b'#']);
    let belongs = |token: &Token| matches!(token.kind, Kind::Word | Kind::Gives | Kind::Literal) || is_mark(token);
    let start = head.iter().rposition(|token| !belongs(token));
    let start = start.map_or(0, |start| start + 1);
    let words: Vec<String> = head[start..]
        .iter()
        .filter(|token| matches!(token.kind, Kind::Word | Kind::Literal))
        .flat_map(|token| text[token.span.clone()].split(|byte| b".$@".contains(byte)).map(normalized))
        .collect();
    let says = |words_: &[&str]| words.iter().any(|word| words_.contains(&word.as_str()));
    // The arguments of a call are whatever is called makes of them; those of a type are its members.
    let is_type = || {
        let callee = head.last().map_or(&[][..], |callee| &text[callee.span.clone()]);
        let last = callee.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
        let is_made = head[start..].iter().any(|token| token.kind == Kind::Gives);
        says(&["class", "record", "struct", "interface"]) || is_made && last.first().is_some_and(u8::is_ascii_uppercase)
    };
    if says(HANDED_ON) || text[open.span.clone()] == *b"(" && !is_type() {
        return None;
    }
    Some(words.into_iter().filter(|word| !DECLARING.contains(&word.as_str())).collect())
}

/// Whether something else is done with one of these than to ask it for members.
fn is_handed_on(text: &[u8], span: &Range<usize>, names: &[String]) -> bool {
    let low = span.start.saturating_sub(REACH);
    names.iter().any(|name| {
        // The name as it is written here.
        let written = text[low..span.start].chunk_by(|a, b| expression::is_word(*a) == expression::is_word(*b));
        let written: Vec<&[u8]> = written.filter(|word| normalized(word) == *name).collect();
        let Some(word) = written.last() else { return false };
        let occurrences =
            memchr::memmem::find_iter(text, *word).filter(|start| is_whole(text, *start, start + word.len()));
        let uses = occurrences.take(MAX_OCCURRENCES).filter(|start| {
            let after = text[start + word.len()..].trim_ascii_start();
            let is_asked =
                [b".".as_slice(), b"->", b"[", b"::", b"?.", b"!."].iter().any(|joint| after.starts_with(joint));
            !is_asked || after.starts_with(b"...")
        });
        uses.count() > written.len()
    })
}
