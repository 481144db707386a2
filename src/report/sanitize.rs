//! Makes text from outside harmless to show: nothing in it moves the cursor, hides, turns the direction of writing or
//! gives orders to whoever reads the output. Every replacement is visible. Masks no secrets: `redact` does, before.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar;

/// A name (of a file, a rule, a branch) or a sentence, on one line. Tabs are shown as `\t`.
pub(crate) fn name(text: &[u8]) -> String {
    let shown = neutral(text, "\\t");
    // A line that starts with `::` is an order to GitHub's runner.
    match shown.trim_start().strip_prefix("::") {
        Some(rest) => format!("\\u{{3a}}:{rest}"),
        None => shown,
    }
}

/// A line of code; it stands behind a gutter. Tabs become four spaces.
pub(super) fn code(text: &[u8]) -> String {
    neutral(text, "    ")
}

/// How many columns of a terminal a text takes that has been made harmless.
pub(super) fn width(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

/// The longest start of `text` that takes at most `columns`, as a length in bytes.
pub(super) fn fitting_start(text: &str, columns: usize) -> usize {
    fitting(text.char_indices().map(|(at, c)| (at + c.len_utf8(), c)), columns).unwrap_or(0)
}

/// The longest end of `text` that takes at most `columns`, as the offset of its first byte.
pub(super) fn fitting_end(text: &str, columns: usize) -> usize {
    fitting(text.char_indices().rev(), columns).unwrap_or(text.len())
}

fn fitting(chars: impl Iterator<Item = (usize, char)>, columns: usize) -> Option<usize> {
    let mut used = 0;
    let fits = |(at, c): (usize, char)| {
        used += c.width().unwrap_or(0);
        (used <= columns).then_some(at)
    };
    chars.map_while(fits).last()
}

/// Whether a character is shown as its number: it would not be seen, or would change how others are seen.
pub(super) fn is_hidden(c: char) -> bool {
    // Controls; line and paragraph separators; and of Unicode's DerivedCoreProperties.txt and PropList.txt,
    // Default_Ignorable_Code_Point and Bidi_Control.
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

fn neutral(text: &[u8], tab: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let put = |escape: std::fmt::Arguments<'_>, shown: &mut String| {
        shown.write_fmt(escape).expect("invariant: a string takes what is written to it");
    };
    for chunk in text.utf8_chunks() {
        let mut rest = chunk.valid().chars();
        while let Some(c) = rest.next() {
            match c {
                '\t' => shown.push_str(tab),
                '\n' => shown.push_str("\\n"),
                '\r' => shown.push_str("\\r"),
                // `##[…]` is an order to GitHub's and Azure's runners, anywhere in a line. What follows this text is
                // not known here.
                '#' if shown.ends_with('#') && matches!(rest.as_str().chars().next(), None | Some('[')) => {
                    shown.push_str("\\u{23}");
                }
                c if c.is_ascii_control() => put(format_args!("\\x{:02x}", u32::from(c)), &mut shown),
                c if is_hidden(c) => put(format_args!("\\u{{{:x}}}", u32::from(c)), &mut shown),
                c => shown.push(c),
            }
        }
        for byte in chunk.invalid() {
            put(format_args!("\\x{byte:02x}"), &mut shown);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_hides_or_gives_orders() {
        for (text, shown) in [
            (&b"plain \xc3\xa9 \xe5\xad\x97"[..], "plain é 字"),
            (b"\x1b[31mred\x07\x7f", "\\x1b[31mred\\x07\\x7f"),
            ("a\u{9b}31m".as_bytes(), "a\\u{9b}31m"),
            ("x\u{202e}y\u{2066}\u{200b}\u{feff}".as_bytes(), "x\\u{202e}y\\u{2066}\\u{200b}\\u{feff}"),
            ("tag\u{e0041}".as_bytes(), "tag\\u{e0041}"),
            (b"a\xff\xe2\x82b", "a\\xff\\xe2\\x82b"),
            (b"a\tb\r\n", "a\\tb\\r\\n"),
            (b"##[error]x", "#\\u{23}[error]x"),
            (b"###[error]x", "##\\u{23}[error]x"),
            (b"text ##", "text #\\u{23}"),
            (b"## title", "## title"),
            (b"::add-mask::x", "\\u{3a}:add-mask::x"),
            (b"  ::error::x", "\\u{3a}:error::x"),
            (b"std::io", "std::io"),
        ] {
            assert_eq!(name(text), shown);
        }
        assert_eq!(code(b"\t::x"), "    ::x");
    }

    #[test]
    fn widths_are_those_of_a_terminal() {
        assert_eq!(width("a字é"), 4);
        assert_eq!(width(&code("e\u{301}".as_bytes())), 1, "a combining mark stands on its letter");
        assert_eq!(&"a字b"[..fitting_start("a字b", 2)], "a");
        assert_eq!(&"a字b"[..fitting_start("a字b", 3)], "a字");
        assert_eq!(&"a字b"[fitting_end("a字b", 2)..], "b");
        assert_eq!(&"a字b"[fitting_end("a字b", 9)..], "a字b");
        assert_eq!(fitting_start("字", 1), 0);
    }
}
