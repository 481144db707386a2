//! UTF-16 to UTF-8, piece by piece. UTF-16 text is text: editors and shells on Windows write it.

/// Decodes UTF-16 as it comes and holds the part that is not done with.
#[derive(Debug)]
pub(super) struct Utf16 {
    big_endian: bool,
    at_start: bool,
    /// Bytes that are not decoded yet: half a unit, or the first half of a surrogate pair.
    rest: Vec<u8>,
    text: Vec<u8>,
}

impl Utf16 {
    /// Recognises UTF-16 by its byte order mark or, without one, by zeros in every other byte of ASCII text.
    pub(super) fn sniff(beginning: &[u8]) -> Option<Self> {
        let big_endian = match beginning {
            // FF FE 00 00 is the mark of UTF-32, which is not decoded.
            [0xFF, 0xFE, rest @ ..] if !rest.starts_with(&[0, 0]) => false,
            [0xFE, 0xFF, ..] => true,
            _ => by_zeros(beginning)?,
        };
        Some(Self { big_endian, at_start: true, rest: Vec::new(), text: Vec::new() })
    }

    pub(super) fn push(&mut self, bytes: &[u8], last: bool) {
        self.rest.extend_from_slice(bytes);
        let big_endian = self.big_endian;
        let units: Vec<u16> = self
            .rest
            .chunks_exact(2)
            .map(|pair| if big_endian { [pair[1], pair[0]] } else { [pair[0], pair[1]] })
            .map(u16::from_le_bytes)
            .collect();
        let ends_in_pair = !last && units.last().is_some_and(|unit| (0xD800..0xDC00).contains(unit));
        let whole = &units[..units.len() - usize::from(ends_in_pair)];
        let mut buffer = [0; 4];
        for decoded in char::decode_utf16(whole.iter().copied()) {
            let value = decoded.unwrap_or(char::REPLACEMENT_CHARACTER);
            if value != '\u{feff}' || !self.at_start {
                self.text.extend_from_slice(value.encode_utf8(&mut buffer).as_bytes());
            }
            self.at_start = false;
        }
        let decoded = whole.len() * 2;
        self.rest.drain(..decoded);
        if last && !self.rest.is_empty() {
            self.text.extend_from_slice("\u{fffd}".as_bytes());
        }
    }

    /// Decoded text that was not discarded.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    pub(super) fn discard(&mut self, bytes: usize) {
        self.text.drain(..bytes);
    }
}

/// Whether every other byte of the beginning is zero and the others are ASCII text: `Some(big_endian)`.
///
/// At least 16 bytes are needed to tell; nine in ten units must be such ASCII, which compiled code never is.
fn by_zeros(beginning: &[u8]) -> Option<bool> {
    let units = beginning.len() / 2;
    // Most content has no zero at all, and finding that out is all it costs.
    if units < 8 || memchr::memchr(0, beginning).is_none() {
        return None;
    }
    let is_text = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    let count = |high: usize| {
        beginning.chunks_exact(2).filter(|pair| pair[high] == 0 && is_text(pair[1 - high])).count() * 10 >= units * 9
    };
    if count(1) {
        Some(false)
    } else if count(0) {
        Some(true)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(text: &str, big_endian: bool) -> Vec<u8> {
        let bytes = |unit: u16| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() };
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn decodes_both_orders_with_and_without_a_mark_in_any_pieces() {
        let text = "key = \"ünïcode 𝄞\"\r\n and some more of plain text";
        for big_endian in [false, true] {
            for mark in ["\u{feff}", ""] {
                let bytes = encode(&format!("{mark}{text}"), big_endian);
                for size in 1..bytes.len() {
                    let mut utf16 = Utf16::sniff(&bytes).expect("it is UTF-16");
                    for (number, piece) in bytes.chunks(size).enumerate() {
                        utf16.push(piece, (number + 1) * size >= bytes.len());
                    }
                    assert_eq!(String::from_utf8_lossy(utf16.text()), text);
                }
            }
        }
    }

    #[test]
    fn other_content_is_not_utf16() {
        assert!(Utf16::sniff(b"plain text, longer than sixteen bytes").is_none());
        assert!(Utf16::sniff(&[0; 64]).is_none());
        assert!(Utf16::sniff(b"\xff\xfe\0\0a\0\0\0").is_none(), "UTF-32");
        assert!(Utf16::sniff(b"").is_none());
    }
}
