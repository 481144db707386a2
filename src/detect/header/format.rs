//! The argument that a format puts into the text of a header: `"X-API-Key: %s\r\n", key`, also where the format is made of
//! several literals, one on each line.

use super::{associate::Value, expression::quoted};
use crate::detect::lex::Lexer;

/// How long a format is in all, in bytes.
const MAX_FORMAT: usize = 768;

/// How many literals it may be made of.
const MAX_LITERALS: usize = 16;

/// How many arguments may stand before the one that is wanted.
const MAX_ARGUMENTS: usize = 8;

/// What stands between a format and its arguments.
const OPENS: &[&[u8]] =
    &[b",", b"% (", b"%(", b"% ", b"%", b".format(", b".formatted(", b") % ", b") %", b", [", b"-f "];

/// Where the argument stands that the specifier at `at` is replaced by. `lexer` is of the text that holds the format.
pub(super) fn argument(lexer: Lexer<'_>, at: usize) -> Option<Lexer<'_>> {
    let text = lexer.text();
    let low = at.saturating_sub(MAX_FORMAT);
    let line = memchr::memrchr(b'\n', &text[low..at]).map_or(low, |newline| low + newline + 1);
    let open = line + text[line..at].iter().rposition(|byte| matches!(byte, b'"' | b'\'' | b'`'))?;
    let quote = text[open];
    let kind = text[at];
    let mut skipped = specifiers(&text[open + 1..at], kind);
    let mut edge = open;
    for _ in 0..MAX_LITERALS {
        let Some(before) = without_column(&text[low..edge]).strip_suffix(&[quote]) else { break };
        let Some(start) = memchr::memrchr(quote, before) else { break };
        skipped += specifiers(&before[start + 1..], kind);
        edge = low + start;
    }
    let rest = &text[at..text.len().min(at + MAX_FORMAT)];
    let close = rest.iter().position(|byte| *byte == quote || *byte == b'\n').filter(|close| rest[*close] == quote)?;
    let mut lexer = lexer.skipping(at + close - lexer.at());
    lexer.eat_quote();
    for _ in 0..MAX_LITERALS {
        let mut next = lexer;
        next.skip_blank();
        // The column of a diff, a line break inside a string of another language.
        while next.follows(b"\n") && next.eat(b"+") || next.eat(b"\\n") || next.eat(b"\\r") {
            next.skip_blank();
        }
        let is_literal = next.peek() == Some(quote) || next.rest().starts_with(&[b'\\', quote]);
        if !is_literal || next.literal().is_none() {
            break;
        }
        lexer = next;
    }
    lexer.skip_blank();
    if skipped > MAX_ARGUMENTS || !OPENS.iter().any(|open| lexer.eat(open)) {
        return None;
    }
    lexer.skip_blank();
    let _tuple = lexer.eat(b"(");
    for _ in 0..skipped {
        let rest = &lexer.rest()[..lexer.rest().len().min(MAX_FORMAT)];
        let mut depth = 0_u32;
        let comma = rest.iter().position(|byte| {
            match byte {
                b'(' | b'[' => depth += 1,
                b')' | b']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            *byte == b',' && depth == 0 || matches!(byte, b';' | b'{' | b'}')
        })?;
        if rest[comma] != b',' {
            return None;
        }
        lexer = lexer.skipping(comma + 1);
        lexer.skip_blank();
    }
    Some(lexer)
}

/// A text without the blanks, the column of a diff and the comment on a line of its own at its end.
fn without_column(text: &[u8]) -> &[u8] {
    let mut text = text.trim_ascii_end();
    if let Some(outside) = text.strip_suffix(b"\\") {
        // The quote is written as an escape, and so is the line break.
        text = outside.trim_ascii_end();
        while let Some(rest) = text.strip_suffix(b"\\n").or_else(|| text.strip_suffix(b"\\r")) {
            text = rest.trim_ascii_end();
        }
        return text;
    }
    text = text.strip_suffix(b"\n+").unwrap_or(text).trim_ascii_end();
    let line = memchr::memrchr(b'\n', text).map_or(0, |newline| newline + 1);
    let own = text[line..].trim_ascii_start();
    let is_comment = [b"//".as_slice(), b"#", b"/*", b"+//"].iter().any(|mark| own.starts_with(mark));
    if is_comment { text[..line].trim_ascii_end() } else { text }
}

/// How many arguments a piece of a format takes, of the kind whose specifiers begin with `kind`.
fn specifiers(format: &[u8], kind: u8) -> usize {
    let mut count = 0;
    let mut at = 0;
    while let Some(found) = memchr::memchr(kind, &format[at..]).map(|found| at + found) {
        let rest = &format[found + 1..];
        if kind == b'%' {
            let flags = rest.iter().take_while(|byte| b"-+ #0123456789.*$hlLqjzt".contains(byte)).count();
            let takes = rest.get(flags).is_some_and(u8::is_ascii_alphabetic) || rest.get(flags) == Some(&b'@');
            count += usize::from(takes) + memchr::memchr_iter(b'*', &rest[..flags]).count();
            at = found + 1 + flags + usize::from(rest.get(flags) == Some(&b'%'));
        } else {
            count += 1;
            at = found + 1;
        }
        at = at.min(format.len());
    }
    count
}

/// `%s`, `{}`, `{0}`, `{key}`, alone or at the beginning.
pub(super) fn is_format(value: &[u8]) -> bool {
    matches!(value, [b'%', b's' | b'v' | b'@' | b'q', ..] | [b'{', b'}' | b'0', ..])
}

/// The literal that a format string is given: `"X-API-Key: %s", "VALUE"`, `….format("VALUE")`, `… % "VALUE"`,
/// `… -f 'VALUE'`.
pub(super) fn literal(mut lexer: Lexer<'_>) -> Option<Value> {
    let text = lexer.text();
    let line = memchr::memrchr(b'\n', &text[..lexer.at()]).map_or(0, |newline| newline + 1);
    lexer.skip_space();
    let is_shell = memchr::memmem::find(&text[line..lexer.at()], b"printf ").is_some();
    let gives =
        [b",".as_slice(), b".format(", b"%", b"-f ", b".formatted("].iter().any(|token| lexer.eat(token)) || is_shell;
    lexer.skip_space();
    let _opens = lexer.eat(b"(");
    if !gives {
        return None;
    }
    match lexer.literal() {
        Some(literal) => Some(quoted(&lexer, &literal)),
        None if is_shell => Some(Value::Loose { span: lexer.bare() }),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifiers_are_counted() {
        for (format, count) in [("a", 0), ("%s: %d", 2), ("100%% %-8s", 1), ("%*.*f", 3), ("%", 0), ("%@ %ld", 2)] {
            assert_eq!(specifiers(format.as_bytes(), b'%'), count, "{format}");
        }
        assert_eq!(specifiers(b"{} {}", b'{'), 2);
    }

    #[test]
    fn an_argument_is_found_behind_all_lines_of_its_format() {
        let text = b"printf(\"GET %s HTTP\\r\\n\"\n  \"X-API-Key: %s\\r\\n\"\n  \"\\r\\n\",\n  path(a, b), key);";
        let at = memchr::memmem::find(text, b"Key: %s").unwrap() + 5;
        let found = argument(Lexer::new(text, 0, false), at).unwrap();
        assert!(found.rest().starts_with(b"key)"));
    }
}
