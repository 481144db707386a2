//! What a function of a shell is called with: `-H "X-API-Key: $1"` in `call() {`, and `call VALUE` below it. Calls are looked
//! for in the neighbourhood only.

use std::ops::Range;

use super::{
    super::{associate::Value, name::Name, words::is_whole},
    expression,
};
use crate::detect::lex::Lexer;

/// How many occurrences of a function's name are read.
const MAX_CALLS: usize = 32;

/// How far before a parameter its function may begin, in bytes.
const MAX_BODY: usize = 2048;

/// The words that the parameter in the header's own text is given: `"X-API-Key: $1"`.
pub(in crate::detect::header) fn values_of(text: &[u8], name: &Name) -> Vec<Value> {
    let mut lexer = Lexer::new(text, name.span.end, false);
    if !lexer.eat(b":") {
        return Vec::new();
    }
    lexer.skip_space();
    words(text, lexer.at())
}

/// The words that a variable is given which is assigned a parameter: `key="$1"`.
pub(super) fn assigned(text: &[u8], span: &Range<usize>) -> Vec<Value> {
    let mut lexer = Lexer::new(text, span.end, false);
    if !lexer.eat(b"=") {
        return Vec::new();
    }
    lexer.eat_quote();
    words(text, lexer.at())
}

/// What calls of the function around it give the parameter at `at`.
fn words(text: &[u8], at: usize) -> Vec<Value> {
    let number = match text[at..] {
        [b'$', digit @ b'1'..=b'9', ..] | [b'$', b'{', digit @ b'1'..=b'9', b'}', ..] => usize::from(digit - b'0'),
        _ => return Vec::new(),
    };
    let Some(function) = function(text, at) else { return Vec::new() };
    let name = &text[function.clone()];
    let occurrences = memchr::memmem::find_iter(text, name).take(MAX_CALLS);
    let calls = occurrences.filter(|start| *start != function.start && is_whole(text, *start, start + name.len()));
    calls.filter_map(|start| word(text, start + name.len(), number)).collect()
}

/// The name of the function in whose body something stands: of the last line before it that begins one, unless that one has
/// ended.
fn function(text: &[u8], at: usize) -> Option<Range<usize>> {
    let low = at.saturating_sub(MAX_BODY);
    let mut end = at;
    loop {
        let start = expression::line_start(text, low, end);
        let line = own(text, start..end);
        if let Some(found) = head(text, line.clone()) {
            return Some(found);
        }
        if start == low || text[line].trim_ascii() == b"}" {
            return None;
        }
        // Inside a string of another language a line break is two bytes.
        end = start - if text[start - 1] == b'\n' { 1 } else { 2 };
    }
}

/// A line without what stands before it: the column of a diff, or the beginning of the string that it stands in.
fn own(text: &[u8], line: Range<usize>) -> Range<usize> {
    let quote = memchr::memrchr(b'"', &text[line.clone()]).map_or(0, |quote| quote + 1);
    let start = line.start + quote;
    start + usize::from(matches!(text[start..line.end], [b'+' | b'-', ..]))..line.end
}

/// `name() {`, `function name {`
fn head(text: &[u8], line: Range<usize>) -> Option<Range<usize>> {
    let mut lexer = Lexer::new(&text[..line.end], line.start, false);
    lexer.skip_space();
    let is_said = lexer.eat(b"function ");
    let name = expression::word(lexer.text(), lexer.at());
    lexer = lexer.skipping(name.len());
    let is_called = lexer.eat(b"()") || lexer.eat(b" ()");
    lexer.skip_space();
    let begins = lexer.rest().is_empty() || lexer.rest().starts_with(b"{");
    (name.len() > 1 && (is_said || is_called) && begins).then_some(name)
}

/// The word of a number, from one on, of the command whose name ends at `at`.
fn word(text: &[u8], at: usize, number: usize) -> Option<Value> {
    let mut lexer = Lexer::new(&text[..line_end(text, at)], at, false);
    for left in (0..number).rev() {
        let before = lexer.at();
        lexer.skip_space();
        if lexer.at() == before {
            return None;
        }
        let found = match lexer.literal() {
            Some(literal) => Value::from(literal),
            None => Value::Bare { span: lexer.bare() },
        };
        if left == 0 {
            return Some(found.into_sibling());
        }
    }
    None
}

/// Where the line of `at` ends; inside a string of another language, too.
fn line_end(text: &[u8], at: usize) -> usize {
    let breaks = memchr::memchr2_iter(b'\n', b'\\', &text[at..]).map(|length| at + length);
    let is_break = |end: &usize| text[*end] == b'\n' || matches!(text.get(end + 1), Some(b'n' | b'r'));
    breaks.take(MAX_BREAKS).find(is_break).unwrap_or(text.len())
}

/// How many backslashes of a line are looked at for one that ends it.
const MAX_BREAKS: usize = 64;
