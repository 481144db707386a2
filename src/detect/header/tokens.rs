//! The text around a name as tokens: enough structure to tell which entries belong to one object, call or list.
//!
//! Lines are read one by one, each as if it began outside of a literal, so a fragment is read as well as a whole file.

use std::ops::Range;

use crate::detect::lex::Lexer;

/// A token and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Of a literal: its content, without quotes.
    pub(super) span: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Literal,
    Word,
    /// `(`, `[`, `{`
    Open,
    Close,
    /// `:`, `=`, `=>`
    Gives,
    /// `,`, `;`
    Ends,
    /// The start of a line.
    Line,
    Other,
}

/// Reads the tokens of `range`. `quote`: the text is inside a literal of another language, where this is how quotes are
/// written (`\"`, `&quot;`); a plain quote ends it.
pub(super) fn read(text: &[u8], range: Range<usize>, quote: Option<&'static [u8]>) -> Vec<Token> {
    read_around(text, range, quote, usize::MAX)
}

/// The same. The line of `place` is read, even if it is a comment: code that is commented out.
pub(super) fn read_around(text: &[u8], range: Range<usize>, quote: Option<&'static [u8]>, place: usize) -> Vec<Token> {
    let text = &text[..range.end];
    let mut tokens = Vec::new();
    let mut at = range.start;
    while at < range.end {
        let (kind, span, end) = next(text, at, quote, place);
        if !span.is_empty() || kind != Kind::Other {
            tokens.push(Token { kind, span });
        }
        at = end.max(at + 1);
    }
    tokens
}

/// The token at `at`, and where the next one may begin. Blanks are an empty `Other`.
fn next(text: &[u8], at: usize, quote: Option<&'static [u8]>, place: usize) -> (Kind, Range<usize>, usize) {
    let rest = &text[at..];
    let one = |kind| (kind, at..at + 1, at + 1);
    let is_line_break = rest[0] == b'\n' || quote.is_some() && rest.starts_with(b"\\n");
    if is_line_break {
        let length = if rest[0] == b'\n' { 1 } else { 2 };
        return (Kind::Line, at + length..at + length, at + length);
    }
    if rest[0].is_ascii_whitespace() {
        return (Kind::Other, at..at, at + 1);
    }
    let mut comment = Lexer::new(text, at, false);
    let is_line = text[..at].iter().rev().find(|byte| !matches!(byte, b' ' | b'\t')).is_none_or(|byte| *byte == b'\n');
    if comment.skip_comment() || (is_line && comment.skip_line_comment()) {
        let holds_place = (at..comment.at()).contains(&place);
        let mark = rest.iter().take_while(|byte| matches!(byte, b'/' | b'#' | b'*' | b'-')).count().max(1);
        return (Kind::Other, at..at, if holds_place { at + mark } else { comment.at() });
    }
    // A fence of Markdown, not an empty literal and the start of another.
    if rest.starts_with(b"```") {
        return (Kind::Other, at..at, at + 3);
    }
    if let Some((content, end)) = literal(text, at, quote) {
        return (Kind::Literal, content, end);
    }
    let word = rest.iter().take_while(|byte| is_word(**byte)).count();
    if word > 0 {
        return (Kind::Word, at..at + word, at + word);
    }
    match rest[0] {
        b'(' | b'[' | b'{' => one(Kind::Open),
        b')' | b']' | b'}' => one(Kind::Close),
        b'=' if rest.starts_with(b"=>") => (Kind::Gives, at..at + 2, at + 2),
        b'=' if rest.starts_with(b"==") => (Kind::Other, at..at + 2, at + 2),
        b':' if rest.starts_with(b":=") => (Kind::Gives, at..at + 2, at + 2),
        b':' | b'=' => one(Kind::Gives),
        b',' | b';' => one(Kind::Ends),
        _ => one(Kind::Other),
    }
}

fn literal(text: &[u8], at: usize, quote: Option<&'static [u8]>) -> Option<(Range<usize>, usize)> {
    // An apostrophe inside a word opens nothing.
    let inside_word = at > 0 && text[at - 1].is_ascii_alphanumeric();
    if text[at] == b'\'' && inside_word || quote.is_some_and(|quote| !text[at..].starts_with(quote)) {
        return None;
    }
    let starts_like_one = !text[at].is_ascii_alphanumeric() || !inside_word;
    let literal = Lexer::new(text, at, quote.is_some()).literal().filter(|_| starts_like_one)?;
    Some((literal.content, literal.end))
}

/// What names and values without quotes are made of.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-./+$@%".contains(&byte) || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(Kind, &str)> {
        let tokens = read(text.as_bytes(), 0..text.len(), None);
        tokens.into_iter().map(|token| (token.kind, &text[token.span])).collect()
    }

    #[test]
    fn reads_entries() {
        use Kind::{Close, Ends, Gives, Line, Literal, Open, Word};
        assert_eq!(
            kinds("{\"key\": 'v', b:1}\n don't"),
            [
                (Open, "{"),
                (Literal, "key"),
                (Gives, ":"),
                (Literal, "v"),
                (Ends, ","),
                (Word, "b"),
                (Gives, ":"),
                (Word, "1"),
                (Close, "}"),
                (Line, ""),
                (Word, "don"),
                (Kind::Other, "'"),
                (Word, "t"),
            ]
        );
    }

    #[test]
    fn reads_literals_inside_a_literal() {
        let text = r#"{\"key\":\"v\"}"#;
        let tokens = read(text.as_bytes(), 0..text.len(), Some(b"\\\""));
        let literals: Vec<_> = tokens.iter().filter(|token| token.kind == Kind::Literal).collect();
        assert_eq!(literals.iter().map(|token| &text[token.span.clone()]).collect::<Vec<_>>(), ["key", "v"]);
    }
}
