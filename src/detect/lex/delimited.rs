//! Literals with delimiters other than a pair of quotes.

use std::ops::Range;

use super::{Literal, MAX_LITERAL};

/// The literal that begins at `at`, if it has delimiters of its own: Perl's `q{…}`, Ruby's `%q(…)`, C++'s `R"d(…)d"`,
/// Lua's `[=[…]=]`, Nix's `''…''`, PowerShell's `@"…"@` over lines, and here documents.
pub(super) fn literal(text: &[u8], at: usize) -> Option<Literal> {
    let rest = &text[at..text.len().min(at + MAX_LITERAL)];
    let (content, length) = match rest {
        [b'q', ..] | [b'%', b'q' | b'Q' | b'w' | b'W', ..] => quote_operator(rest),
        [b'~', b'c' | b's' | b'C' | b'S', b'"', ..] => sigil(rest),
        [b'R', b'"', ..] => raw(rest),
        [b'[', b'[' | b'=', ..] => long_bracket(rest),
        [b'\'', b'\'', ..] => indented(rest),
        [b'@', b'"' | b'\'', b'\r' | b'\n', ..] => here_string(rest),
        [b'<', b'<', ..] => here_document(rest),
        _ => None,
    }?;
    Some(Literal { content: at + content.start..at + content.end, end: at + length, interpolates: false })
}

/// What is inside, and how long all of it is.
type Found = Option<(Range<usize>, usize)>;

/// `q{…}`, `qq(…)`, `%q[…]`, `%Q<…>`, `%w(…)`: on one line.
fn quote_operator(rest: &[u8]) -> Found {
    let word = rest.iter().take(2).take_while(|byte| b"%qQwW".contains(byte)).count();
    let close = match rest.get(word)? {
        b'{' => b'}',
        b'(' => b')',
        b'[' => b']',
        b'<' => b'>',
        b'|' => b'|',
        _ => return None,
    };
    let start = word + 1;
    let end = start + memchr::memchr2(close, b'\n', &rest[start..])?;
    (rest[end] == close && end > start).then_some((start..end, end + 1))
}

/// `~c"…"` of Elixir: on one line.
fn sigil(rest: &[u8]) -> Found {
    let end = 3 + memchr::memchr2(b'"', b'\n', &rest[3..])?;
    (rest[end] == b'"').then_some((3..end, end + 1))
}

/// `R"(…)"`, `R"delimiter(…)delimiter"`: the delimiter has at most 16 characters (C++, [lex.string]).
fn raw(rest: &[u8]) -> Found {
    let open = memchr::memchr(b'(', &rest[..rest.len().min(2 + 17)])?;
    let closing = [b")", &rest[2..open], b"\""].concat();
    let length = memchr::memmem::find(&rest[open + 1..], &closing)?;
    let content = open + 1..open + 1 + length;
    let end = content.end + closing.len();
    Some((content, end))
}

/// `[[…]]`, `[==[…]==]`. Two brackets are as often a list in a list, so only a single word counts.
fn long_bracket(rest: &[u8]) -> Found {
    let level = rest[1..].iter().take_while(|byte| **byte == b'=').count();
    if rest.get(level + 1) != Some(&b'[') {
        return None;
    }
    let start = level + 2;
    let closing = [b"]".as_slice(), &rest[1..=level], b"]"].concat();
    let end = start + memchr::memmem::find(&rest[start..], &closing)?;
    let is_word = |byte: &u8| byte.is_ascii_graphic() && !b"\"'`,[]".contains(byte);
    (end > start && rest[start..end].iter().all(is_word)).then_some((start..end, end + closing.len()))
}

/// `''…''` around a single word: elsewhere it is an empty literal.
fn indented(rest: &[u8]) -> Found {
    let end = 2 + memchr::memmem::find(&rest[2..], b"''")?;
    let content = rest[2..end].trim_ascii();
    let is_word = |byte: &u8| byte.is_ascii_graphic() && !b"\"'`,;()".contains(byte);
    let start = 2 + (rest[2..end].len() - rest[2..end].trim_ascii_start().len());
    (!content.is_empty() && content.iter().all(is_word)).then_some((start..start + content.len(), end + 2))
}

/// `@"`, lines, `"@` at the start of a line.
fn here_string(rest: &[u8]) -> Found {
    let start = memchr::memchr(b'\n', rest)? + 1;
    let end = start + memchr::memmem::find(&rest[start..], &[b'\n', rest[1], b'@'])?;
    Some((start..end, end + 3))
}

/// `<<WORD`, `<<-"WORD"`, `<<~WORD`, `<<<'WORD'`: the line after it, if the document has no other. What stands behind the
/// word on its line is not looked at.
fn here_document(rest: &[u8]) -> Found {
    let mut at = if rest.starts_with(b"<<<") { 3 } else { 2 };
    at += usize::from(matches!(rest.get(at), Some(b'-' | b'~')));
    at += usize::from(matches!(rest.get(at), Some(b'"' | b'\'')));
    let word = rest.get(at..)?.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let word = &rest[at..at + word];
    let line = at + memchr::memchr(b'\n', &rest[at..])? + 1;
    let end = line + memchr::memchr(b'\n', &rest[line..])?;
    let closing = rest[end + 1..].trim_ascii_start();
    if word.is_empty() || !closing.starts_with(word) {
        return None;
    }
    let content = rest[line..end].trim_ascii();
    let start = line + (rest[line..end].len() - rest[line..end].trim_ascii_start().len());
    Some((start..start + content.len(), rest.len() - closing.len() + word.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(text: &str) -> Option<(&str, &str)> {
        let literal = literal(text.as_bytes(), 0)?;
        Some((&text[literal.content], &text[literal.end..]))
    }

    #[test]
    fn reads_what_is_inside() {
        for (text, rest) in [
            ("q{value};", ";"),
            ("qq(value)", ""),
            ("%q(value) x", " x"),
            ("%w[value]", ""),
            ("~c\"value\"}", "}"),
            ("R\"(value)\")", ")"),
            ("R\"x(value)x\";", ";"),
            ("[[value]] ", " "),
            ("[==[value]==]", ""),
            ("''value'';", ";"),
            ("''\n  value\n''", ""),
            ("@\"\nvalue\n\"@\n", "\n"),
            ("@'\r\nvalue\n'@", ""),
            ("<<EOF\nvalue\nEOF\n", "\n"),
            ("<<~KEY.strip\n  value\n  KEY", ""),
            ("<<<'KEY'\nvalue\nKEY;", ";"),
        ] {
            assert_eq!(content(text), Some(("value", rest)), "{text:?}");
        }
    }

    #[test]
    fn other_brackets_and_quotes() {
        for text in [
            "q = 1",
            "quit(value)",
            "q{value",
            "%q",
            "R\"value\"",
            "[[\"a\", \"b\"]]",
            "[[1, 2], [3]]",
            "[value]",
            "'', ''",
            "''",
            "@\"value\"",
            "<<EOF\nvalue\nother\nEOF",
            "<< 2",
        ] {
            assert_eq!(content(text), None, "{text:?}");
        }
    }
}
