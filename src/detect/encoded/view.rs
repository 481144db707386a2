//! Text as it reads once decoded, with the way back: which bytes every byte of it stands for.

use std::ops::Range;

/// Decoded text. Of each byte it is known which bytes of the encoded text it was made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::detect) struct View {
    pub(in crate::detect) text: Vec<u8>,
    /// By byte of `text`: where it comes from. Neither starts nor ends ever go back.
    sources: Vec<Range<usize>>,
}

impl View {
    pub(in crate::detect) fn push(&mut self, byte: u8, source: Range<usize>) {
        self.text.push(byte);
        self.sources.push(source);
    }

    /// All bytes of a scalar value come from the same place.
    pub(in crate::detect) fn push_char(&mut self, value: char, source: &Range<usize>) {
        for byte in value.encode_utf8(&mut [0; 4]).bytes() {
            self.push(byte, source.clone());
        }
    }

    /// The encoded text of a part: it begins where the first byte's begins, and ends where the last byte's ends. An empty
    /// part stands where the next byte begins.
    pub(in crate::detect) fn source(&self, part: Range<usize>) -> Range<usize> {
        let end_of_all = self.sources.last().map_or(0, |source| source.end);
        let start = self.sources.get(part.start).map_or(end_of_all, |source| source.start);
        let last = part.end.checked_sub(1).filter(|last| *last >= part.start);
        start..last.and_then(|last| self.sources.get(last)).map_or(start, |source| source.end)
    }

    /// What was made from a part of the encoded text, as far as that was decoded.
    pub(in crate::detect) fn made_from(&self, part: &Range<usize>) -> Range<usize> {
        let start = self.sources.partition_point(|source| source.end <= part.start);
        let end = self.sources.partition_point(|source| source.start < part.end);
        start..end.max(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_lead_back_to_what_they_were_made_from() {
        let mut view = View::default();
        view.push(b'a', 4..5);
        view.push_char('é', &(5..11));
        view.push(b'b', 13..14);
        assert_eq!(view.text, "aéb".as_bytes());
        assert_eq!(view.source(0..1), 4..5);
        assert_eq!(view.source(0..3), 4..11);
        assert_eq!(view.source(1..4), 5..14);
        assert_eq!((view.source(3..3), view.source(4..4)), (13..13, 14..14));
        assert_eq!(view.made_from(&(4..11)), 0..3);
        assert_eq!(view.made_from(&(6..7)), 1..3);
        assert_eq!(view.made_from(&(11..13)), 3..3);
        assert_eq!(view.made_from(&(0..99)), 0..4);
        assert_eq!((View::default().source(0..0), View::default().made_from(&(3..4))), (0..0, 0..0));
    }
}
