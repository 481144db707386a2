//! Text that a program puts together from literals: `"sk_" + "live_" + "…"`, `["sk", "live", "…"].join("_")`,
//! `h["X-" + "API-Key"]`.
//!
//! A prefix or a name in one piece is found as it stands, and what goes on behind it then too. Here the prefix itself, or
//! the name, is in pieces.

use std::ops::Range;

use super::view::View;
use crate::detect::lex::{Joint, Lexer};

/// How long the literal at a place may be, in bytes.
const MAX_LITERAL: usize = 256;

/// How many characters are put together at most, each a literal of its own: as many as the longest keys have.
const MAX_CHARACTERS: usize = 256;

/// How quotes are written: as they are, or in a string that holds code.
const QUOTES: [&[u8]; 3] = [b"\\\"", b"\"", b"'"];

/// The text around `place`, up to `reach` bytes from its start either way, in which the literal at the place and those
/// that are joined to it are one.
pub(super) fn decode(text: &[u8], place: &Range<usize>, reach: usize) -> View {
    let (low, high) = (place.start.saturating_sub(reach), (place.start + reach).min(text.len()));
    let mut view = View::default();
    let push = |view: &mut View, range: Range<usize>| {
        let start = range.start.max(low);
        let range = start..range.end.min(high).max(start);
        for (at, byte) in range.clone().zip(&text[range]) {
            view.push(*byte, at..at + 1);
        }
    };
    let (pieces, is_listed) = chain(text, place);
    let [first, .., last] = pieces.as_slice() else { return view };
    push(&mut view, 0..first.start);
    for pair in pieces.windows(2) {
        push(&mut view, pair[0].clone());
        // What joins the entries of a list stands elsewhere; a separator is between the parts of a prefix.
        let is_parted = is_listed && matches!(&text[pair[0].clone()], b"sk" | b"live" | b"test");
        if is_parted && (low..high).contains(&pair[0].end) {
            view.push(b'_', pair[0].end..pair[0].end + 1);
        }
    }
    push(&mut view, last.clone());
    push(&mut view, last.end..text.len());
    view
}

/// The literal at `place` and those behind it that are joined to it, and whether they are entries of a list.
fn chain(text: &[u8], place: &Range<usize>) -> (Vec<Range<usize>>, bool) {
    let Some((first, quote)) = first(text, place) else { return (Vec::new(), false) };
    if first.len() == 1 {
        return (characters(text, first, quote), true);
    }
    let behind = Lexer::new(text, first.end + quote.len(), quote.len() > 1);
    let joined = behind.joined(Joint::Any);
    // Entries of a list are parts of a key only if they are those of the prefix.
    let is_listed = joined.is_empty() && matches!(&text[first.clone()], b"sk" | b"sk_");
    let joined = if is_listed { behind.joined(Joint::Comma) } else { joined };
    ([first].into_iter().chain(joined.into_iter().map(|literal| literal.content)).collect(), is_listed)
}

/// The content of the literal that ends within `place`, and its quotes.
fn first(text: &[u8], place: &Range<usize>) -> Option<(Range<usize>, &'static [u8])> {
    // What was found ends with the quote, with the first half of one, or with a comma behind it.
    let found = text.get(..place.end + usize::from(text[place.clone()].ends_with(b"\\")))?;
    let end = found.iter().rposition(|byte| matches!(byte, b'"' | b'\'')).filter(|end| *end > place.start)? + 1;
    let quote = QUOTES.into_iter().find(|quote| found[..end].ends_with(quote))?;
    let close = end - quote.len();
    let low = close.saturating_sub(MAX_LITERAL);
    let open = memchr::memmem::rfind(&text[low..close], quote)? + low + quote.len();
    (!text[open..close].contains(&b'\n')).then_some((open..close, quote))
}

/// All the characters of a list of which one is given: that need not be the first.
fn characters(text: &[u8], one: Range<usize>, quote: &[u8]) -> Vec<Range<usize>> {
    let before = |start: usize| {
        let before = text[..start - quote.len()].trim_ascii_end().strip_suffix(b",")?.trim_ascii_end();
        let end = before.strip_suffix(quote)?.len();
        before[..end - usize::from(end > 0)].ends_with(quote).then(|| end - 1..end)
    };
    let after = |end: usize| {
        let after = text[end + quote.len()..].trim_ascii_start().strip_prefix(b",")?.trim_ascii_start();
        let inside = after.strip_prefix(quote)?;
        inside.get(1..)?.starts_with(quote).then(|| text.len() - inside.len()..text.len() - inside.len() + 1)
    };
    let first = std::iter::successors(Some(one), |one| before(one.start)).take(MAX_CHARACTERS).last();
    std::iter::successors(first, |one| after(one.end)).take(MAX_CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(text: &str, place: &str) -> String {
        let at = text.find(place).unwrap();
        let view = decode(text.as_bytes(), &(at..at + place.len()), 512);
        for (number, byte) in view.text.iter().enumerate() {
            let source = view.source(number..number + 1);
            assert!(*byte == b'_' || text.as_bytes()[source] == [*byte], "{text}");
        }
        String::from_utf8(view.text).unwrap()
    }

    #[test]
    fn literals_that_are_joined_read_as_one() {
        for (text, place, read) in [
            (r#"k = "sk_" + "live_" + "abc";"#, "sk_\"", r#"k = "sk_live_abc";"#),
            ("k = 'sk_' . 'live_' . 'abc';", "sk_'", "k = 'sk_live_abc';"),
            ("k = \"sk_live\" \\\n    \"_abc\"\n", "sk_live\"", "k = \"sk_live_abc\"\n"),
            (r#"join([]string{"sk", "live", "abc"}, "_")"#, "\"sk\"", r#"join([]string{"sk_live_abc"}, "_")"#),
            (r#"["sk_", "live_", "abc"].join("")"#, "sk_\"", r#"["sk_live_abc"].join("")"#),
            ("{'s','k', '_', 'l'}", "'k',", "{'sk_l'}"),
            (r#"set("X-" + "API-Key", "v")"#, "\"X-\"", r#"set("X-API-Key", "v")"#),
            (r#"h["X-" + "API-Key"] = "v";"#, "\"X-\"", r#"h["X-API-Key"] = "v";"#),
            (r#""k = \"sk_\" +\n \"live_\" + \"abc\"""#, r"sk_\", r#""k = \"sk_live_abc\"""#),
        ] {
            assert_eq!(joined(text, place), read);
        }
    }

    #[test]
    fn a_literal_alone_is_nothing_that_is_put_together() {
        for (text, place) in [
            (r#"lang = "sk""#, "\"sk\""),
            ("a \"sk_\n\" + \"live_\"", "sk_"),
            (r#"sk_" + "live"#, "sk_\""),
            (r#""sk" + key"#, "\"sk\""),
            (r#"("sk_live_", "sk_test_")"#, "sk_live_\""),
        ] {
            assert_eq!(joined(text, place), "", "{text}");
        }
    }
}
