//! Kubernetes keeps the data of a `Secret` in base64: what stands under the name of the header is judged as what it
//! decodes to.

use super::{super::lex, base64};
use crate::detect::session::Examined;

/// The value that `examined` decodes to, if it is an entry of the `data` of a `Secret`.
pub(super) fn data_of_secret(text: &[u8], examined: &Examined) -> Option<Vec<u8>> {
    let value = &examined.value;
    if !names_secret(text) || !is_in_data(text, value.start) {
        return None;
    }
    let encoded = &text[value.clone()];
    let padding = encoded.iter().rev().take_while(|byte| **byte == b'=').count();
    let view = base64::decode(text, &(value.start..value.start), 0, encoded.len() - padding);
    let is_whole =
        encoded.len().is_multiple_of(4) && view.source(0..view.text.len()) == (value.start..value.end - padding);
    let decoded = view.text.trim_ascii();
    (is_whole && decoded.iter().all(|byte| matches!(byte, b' '..=b'~'))).then(|| decoded.to_vec())
}

/// Whether a value is an entry of `data`: by indentation, or in an object on one line.
fn is_in_data(text: &[u8], at: usize) -> bool {
    let value = at..at;
    let open = memchr::memrchr2(b'{', b'}', &text[..at]).filter(|open| text[*open] == b'{');
    let key = open.map(|open| text[..open].trim_ascii_end());
    if key.is_some_and(|key| key.ends_with(b"\"data\":") || key.ends_with(b"data:")) {
        return true;
    }
    let line = text[..value.start].iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let indent = indent_of(&text[line..value.start]);
    let mut above = text[..line].rsplit(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let Some(parent) = above.find(|line| indent_of(line) < indent) else { return false };
    let parent = parent.strip_prefix(b"+").unwrap_or(parent).trim_ascii();
    matches!(parent, b"data:" | b"\"data\": {" | b"\"data\":{")
}

/// How far a line is indented; the column of a diff belongs to it.
fn indent_of(line: &[u8]) -> usize {
    let column = usize::from(line.starts_with(b"+"));
    column + line[column..].iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// `kind: Secret`, in YAML or JSON.
fn names_secret(text: &[u8]) -> bool {
    memchr::memmem::find_iter(text, b"kind").any(|at| {
        let mut lexer = lex::Lexer::new(text, at + b"kind".len(), false);
        let _closes = lexer.eat_quote();
        let is_given = lexer.eat(b":");
        lexer.skip_space();
        let _opens = lexer.eat_quote();
        is_given && lexer.eat(b"Secret") && !lexer.peek().is_some_and(|byte| byte.is_ascii_alphanumeric())
    })
}
