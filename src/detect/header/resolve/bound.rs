//! Variables that have what a request has in the header: what they are compared with is a value, near by.

use std::borrow::Cow;

use super::{
    super::name::Name,
    called::changes,
    constant::assigned_name,
    expression::{self, Identifier},
};
use crate::detect::lex::Lexer;

/// How far before the name such a variable may begin, in bytes.
const REACH: usize = 160;

/// How far behind the name the function may begin that validates what it has, in bytes.
const MAX_GAP: usize = 240;

/// The variables that are given what is read under the header's name.
pub(super) fn by(text: &[u8], name: &Name) -> Vec<Identifier> {
    if !name.is_whole_literal {
        return Vec::new();
    }
    let found = [assigned(text, name), out_argument(text, name), destructured(text, name), parameter(text, name)];
    found.into_iter().flatten().chain(validated(text, name)).collect()
}

/// An identifier that is followed for a few lines only, whatever its name.
pub(super) fn identifier(text: &[u8], start: usize, length: usize) -> Option<Identifier> {
    let is_fit = (1..=expression::MAX_IDENTIFIER).contains(&length) && !text[start].is_ascii_digit();
    is_fit.then(|| Identifier {
        name: text[start..start + length].to_vec(),
        other_name: None,
        spare: None,
        span: start..start + length,
        is_member: false,
        owners: Vec::new(),
        coding: None,
    })
}

fn word_at(text: &[u8], at: usize) -> Option<Identifier> {
    let length = text[at..].iter().take(expression::MAX_IDENTIFIER + 1).take_while(|byte| expression::is_word(**byte));
    identifier(text, at, length.count())
}

/// The variable that is given what is read under a name: `key = request.headers.get("X-API-Key")`,
/// `got := []byte(r.Header.Get("X-API-Key"))`, or what one has that has it: `sent = Encoding.UTF8.GetBytes(key.ToString())`.
pub(super) fn assigned(text: &[u8], name: &Name) -> Option<Identifier> {
    let open = name.span.start - name.quote.map_or(0, <[u8]>::len);
    let low = open.saturating_sub(REACH);
    let mut line = expression::line_start(text, low, open);
    // A chain of calls, one on each line.
    while line > low && is_chained(&text[line..open]) {
        line = expression::line_start(text, low, line - 1);
    }
    let head = without_comments(&text[line..open]);
    let head = &head[..];
    // `key: str = Security(APIKeyHeader(name="X-API-Key"))`
    let keywords: [&[u8]; 5] = [b"name=", b"alias=", b"name = ", b"alias = ", b"name: "];
    let head = keywords.iter().find_map(|keyword| head.strip_suffix(*keyword)).unwrap_or(head);
    // A binary of Erlang; an argument before it.
    let head = head.strip_suffix(b"<<").unwrap_or(head);
    let argument = head.strip_suffix(b", ").map(|before| before.len() - word_before(before));
    let mut head = argument.map_or(head, |length| &head[..length]);
    let belongs = |byte: &&u8| expression::is_word(**byte) || b".:?!()$@->&\\ \t\r\n[]".contains(byte);
    // The access, and conversions around it.
    let mut is_read = false;
    while let Some(call) = head.strip_suffix(b"(").or_else(|| head.strip_suffix(b"[")) {
        let length = call.iter().rev().take_while(belongs).count();
        let (before, callee) = call.split_at(call.len() - length);
        if changes(callee) && !callee.ends_with(b"find") || is_lookup(callee) {
            return None;
        }
        head = before;
        is_read = true;
    }
    let left = head.strip_suffix(b"=").filter(|_| is_read)?;
    if left.last().is_none_or(|byte| b"=!<>+".contains(byte)) {
        return None;
    }
    let left = left.strip_suffix(b":").or_else(|| left.strip_suffix(b"?")).unwrap_or(left).trim_ascii_end();
    let span = assigned_name(left)?;
    identifier(text, line + span.start, span.len())
}

/// Whether a call gives something that belongs to what it is given: `tenants.lookup(`.
fn is_lookup(callee: &[u8]) -> bool {
    let lower = callee.to_ascii_lowercase();
    [b"lookup".as_slice(), b"resolve", b"identify", b"ownerof"]
        .iter()
        .any(|word| memchr::memmem::find(&lower, word).is_some())
}

/// Whether the first line of a text goes on with the one above, or is a comment between two.
fn is_chained(text: &[u8]) -> bool {
    let line = text.trim_ascii_start();
    line.starts_with(b".") || line.starts_with(b"// ")
}

/// A text without the lines that are comments.
fn without_comments(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memmem::find(text, b"// ").is_none() {
        return Cow::Borrowed(text);
    }
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    Cow::Owned(lines.filter(|line| !line.trim_ascii_start().starts_with(b"// ")).flatten().copied().collect())
}

fn word_before(text: &[u8]) -> usize {
    text.iter().rev().take_while(|byte| expression::is_word(**byte)).count()
}

/// `TryGetValue("X-API-Key", out var key)`
fn out_argument(text: &[u8], name: &Name) -> Option<Identifier> {
    let mut lexer = behind(text, name);
    let lists = lexer.eat(b",");
    lexer.skip_blank();
    let is_given = lists && lexer.eat(b"out ");
    let _type = [b"var ".as_slice(), b"string ", b"string? ", b"StringValues "].iter().any(|kind| lexer.eat(kind));
    is_given.then(|| word_at(text, lexer.at())).flatten()
}

/// `const { 'x-api-key': key } = request.headers`
fn destructured(text: &[u8], name: &Name) -> Option<Identifier> {
    let open = name.span.start - name.quote.map_or(0, <[u8]>::len);
    let head = text[expression::line_start(text, open.saturating_sub(REACH), open)..open].trim_ascii_start();
    let head = expression::unmarked(head).trim_ascii_start();
    let declares = [b"const {".as_slice(), b"let {", b"var {", b"const{", b"let{", b"var{"]
        .iter()
        .any(|word| head.starts_with(word));
    let mut lexer = behind(text, name);
    let gives = declares && !head.contains(&b'}') && lexer.eat(b":");
    lexer.skip_space();
    gives.then(|| word_at(text, lexer.at())).flatten()
}

/// `@RequestHeader("X-API-Key") String key`, `[FromHeader(Name = "X-API-Key")] string key`, `@Headers('x-api-key') key: string`
fn parameter(text: &[u8], name: &Name) -> Option<Identifier> {
    let open = name.span.start - name.quote?.len();
    let low = open.saturating_sub(REACH);
    let head = text[low..open].trim_ascii_end();
    let head = head.strip_suffix(b"=").map_or(head, |head| {
        let head = head.trim_ascii_end();
        &head[..head.len() - word_before(head)]
    });
    let call = head.strip_suffix(b"(")?;
    let callee = &call[call.len() - word_before(call)..];
    let is_decorator = matches!(call[..call.len() - callee.len()].last(), Some(b'@' | b'['));
    if !is_decorator || memchr::memmem::find(callee, b"eader").is_none() {
        return None;
    }
    let mut lexer = behind(text, name);
    // What else is said of the parameter: `required = false`.
    let rest = &lexer.rest()[..lexer.rest().len().min(64)];
    lexer = lexer.skipping(memchr::memchr(b')', rest)? + 1);
    lexer.eat(b"]");
    lexer.skip_blank();
    let first = word_at(text, lexer.at())?;
    let mut after = lexer.skipping(first.span.len());
    if after.eat(b":") {
        return Some(first);
    }
    let _nullable = after.eat(b"?");
    after.skip_space();
    word_at(text, after.at())
}

/// The parameter of the function that validates what the header has: `headerName = "X-API-Key"` above `validate { key -> …`,
/// `KeyLookup: "header:X-API-Key"` above `Validator: func(key string, …) …`.
fn validated(text: &[u8], name: &Name) -> Option<Identifier> {
    let end = name.span.end;
    let near = &text[end..text.len().min(end + MAX_GAP)];
    let at = end + memchr::memmem::find(near, b"alidat")?;
    let word = text[at..].iter().take_while(|byte| expression::is_word(**byte)).count();
    let mut lexer = Lexer::new(text, at + word, false);
    for token in [b":".as_slice(), b"=", b" ", b"=", b" ", b"async ", b"function ", b"func", b"lambda ", b"{ ", b"("] {
        lexer.eat(token);
    }
    let found = word_at(text, lexer.at())?;
    let rest = text[found.span.end..].trim_ascii_start();
    let is_parameter = [b"->".as_slice(), b"=>", b":", b",", b")", b"string"].iter().any(|next| rest.starts_with(next));
    is_parameter.then_some(found)
}

/// Behind the name and its quote.
fn behind<'t>(text: &'t [u8], name: &Name) -> Lexer<'t> {
    let mut lexer = Lexer::new(text, name.span.end, false);
    if let Some(quote) = name.quote {
        lexer.eat_closing(quote);
    }
    lexer
}
