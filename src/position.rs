//! From an offset in decoded text to a line and a column.

/// A place in text. Both parts count from 1.
///
/// The column counts Unicode scalar values of the decoded text; each byte that is not part of valid UTF-8 counts one.
/// A byte order mark is removed by decoding and counts none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    pub line: u64,
    pub column: u64,
}

/// Walks forward through text and knows the position it stands at.
///
/// Only LF ends a line, as in git; a CR before it is the line's last column.
#[derive(Clone, Debug)]
pub struct Cursor {
    position: Position,
}

impl Default for Cursor {
    fn default() -> Self {
        Self { position: Position { line: 1, column: 1 } }
    }
}

impl Cursor {
    /// Walks over `text` and returns the position just after it. `text` ends where a scalar value ends
    /// (see [`cut_before`]), else the parts of a value count as invalid bytes.
    pub fn advance(&mut self, text: &[u8]) -> Position {
        let tail = match memchr::memrchr(b'\n', text) {
            Some(newline) => {
                self.position.line += memchr::memchr_iter(b'\n', &text[..=newline]).count() as u64;
                self.position.column = 1;
                &text[newline + 1..]
            }
            None => text,
        };
        self.position.column += scalar_values(tail);
        self.position
    }

    /// The position the cursor stands at.
    pub fn position(&self) -> Position {
        self.position
    }
}

/// The number of Unicode scalar values in `text`; an invalid byte counts one.
pub fn scalar_values(text: &[u8]) -> u64 {
    if text.is_ascii() {
        return text.len() as u64;
    }
    text.utf8_chunks().map(|chunk| chunk.valid().chars().count() as u64 + chunk.invalid().len() as u64).sum()
}

/// The largest offset at or below `at` where `text` can be cut without parting a scalar value.
pub fn cut_before(text: &[u8], at: usize) -> usize {
    let is_continuation = |offset: usize| text.get(offset).is_some_and(|byte| byte & 0xC0 == 0x80);
    // A scalar value has at most three continuation bytes; a fourth in a row is invalid wherever it is cut.
    (at.saturating_sub(3)..=at).rev().find(|&offset| !is_continuation(offset)).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn position(text: &[u8]) -> (u64, u64) {
        let Position { line, column } = Cursor::default().advance(text);
        (line, column)
    }

    #[test]
    fn counts_lines_and_scalar_values() {
        assert_eq!(position(b""), (1, 1));
        assert_eq!(position(b"ab"), (1, 3));
        assert_eq!(position(b"a\r\nb"), (2, 2));
        assert_eq!(position("é\n𝄞x".as_bytes()), (2, 3));
        assert_eq!(position(b"\xff\xfe."), (1, 4), "an invalid byte counts one");
        assert_eq!(position(b"\xe2\x82."), (1, 4), "so does each byte of a cut value");
    }

    #[test]
    fn walking_in_pieces_equals_walking_at_once() {
        let text = "aé\n𝄞\u{feff}\nzz€".as_bytes();
        for at in 0..=text.len() {
            let cut = cut_before(text, at);
            let mut cursor = Cursor::default();
            cursor.advance(&text[..cut]);
            assert_eq!(cursor.advance(&text[cut..]), Cursor::default().advance(text), "cut at {cut}");
        }
    }

    #[test]
    fn invalid_continuation_runs_are_cut_anywhere() {
        let text = b"a\x80\x80\x80\x80\x80\x80b";
        for at in 0..=text.len() {
            let cut = cut_before(text, at);
            let mut cursor = Cursor::default();
            cursor.advance(&text[..cut]);
            assert_eq!(cursor.advance(&text[cut..]), Position { line: 1, column: 9 });
        }
    }
}
