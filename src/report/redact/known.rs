//! Where the bytes of known values stand in a text: whole values, and pieces of those that were found, also in base64 and
//! in hexadecimal digits.
//!
//! Both are built in time linear in the values, however many were rejected; a text is searched from each of its bytes.

use std::{
    collections::{BTreeSet, HashSet},
    ops::Range,
};

/// Pieces of a value are masked from this length on, in bytes; so are values that were rejected.
pub(super) const MIN_PIECE: usize = 6;

/// How many characters of base64 such a piece is, if it begins with one of them.
const BASE64_PIECE: usize = 8;

/// The longest encoding of a scalar value in UTF-8, less its first byte.
const MAX_CONTINUATION: usize = 3;

/// Whole values.
#[derive(Default)]
pub(super) struct Values<'r> {
    /// In order.
    sorted: Vec<&'r [u8]>,
    /// For each value the position of the longest other one that it begins with.
    shorter: Vec<Option<usize>>,
    /// What values begin with.
    first_bytes: FirstBytes,
}

/// A set of bytes.
struct FirstBytes([bool; 256]);

impl Default for FirstBytes {
    fn default() -> Self {
        Self([false; 256])
    }
}

impl<'r> Values<'r> {
    pub(super) fn new(values: &BTreeSet<&'r [u8]>) -> Self {
        let sorted: Vec<_> = values.iter().copied().filter(|value| !value.is_empty()).collect();
        let mut shorter = Vec::with_capacity(sorted.len());
        let mut first_bytes = FirstBytes::default();
        // The values that the one before begins with, itself included.
        let mut open: Vec<usize> = Vec::new();
        for (position, value) in sorted.iter().enumerate() {
            while open.pop_if(|last| !value.starts_with(sorted[*last])).is_some() {}
            shorter.push(open.last().copied());
            open.push(position);
            first_bytes.0[usize::from(value[0])] = true;
        }
        Self { sorted, shorter, first_bytes }
    }

    /// Every appearance in `text`; of several that begin at one place the longest.
    pub(super) fn appearances(&self, text: &[u8]) -> Vec<Range<usize>> {
        let starts = (0..text.len()).filter(|&at| self.first_bytes.0[usize::from(text[at])]);
        starts.filter_map(|at| Some(at..at + self.longest_start(&text[at..])?)).collect()
    }

    /// The length of the longest value that `text` begins with.
    fn longest_start(&self, text: &[u8]) -> Option<usize> {
        // Whatever stands in order between a value and a text that begins with it begins with it too: the last value
        // that is not behind the text is the one that is looked for, or begins with it.
        let mut position = self.sorted.partition_point(|value| *value <= text).checked_sub(1)?;
        let common = self.sorted[position].iter().zip(text).take_while(|(a, b)| a == b).count();
        while self.sorted[position].len() > common {
            position = self.shorter[position]?;
        }
        Some(self.sorted[position].len())
    }
}

/// All pieces of [`MIN_PIECE`] bytes.
#[derive(Default)]
pub(super) struct Pieces(HashSet<[u8; MIN_PIECE]>);

impl Pieces {
    /// The pieces of `bodies` that tell something of them: not those of one byte over and over (`------`), and none
    /// that also stands in a text of `public`.
    pub(super) fn new<'p>(bodies: &BTreeSet<&[u8]>, public: impl Iterator<Item = &'p [u8]>) -> Self {
        let mut pieces: HashSet<_> = bodies.iter().flat_map(|body| windows(body)).collect();
        pieces.retain(|piece| piece.iter().any(|byte| *byte != piece[0]));
        for piece in public.flat_map(windows) {
            pieces.remove(&piece);
        }
        Self(pieces)
    }

    /// The stretches of `text` that are made of pieces, widened to whole scalar values, and those that are when decoded.
    pub(super) fn appearances(&self, text: &[u8]) -> Vec<Range<usize>> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let plain = windows(text).enumerate().filter(|(_, piece)| self.0.contains(piece));
        let mut stretches = joined(plain.map(|(at, _)| whole_characters(text, at..at + MIN_PIECE)));
        stretches.extend(joined((0..text.len()).filter_map(|at| Some(at..at + self.base64_at(&text[at..])?))));
        stretches.extend(joined((0..text.len()).filter_map(|at| Some(at..at + self.hex_at(&text[at..])?))));
        stretches
    }

    /// How many characters `text` begins with that are a piece in base64, wherever its bytes begin in a group of four.
    fn base64_at(&self, text: &[u8]) -> Option<usize> {
        let mut bits = 0_u64;
        for (number, &byte) in text.iter().enumerate().take(BASE64_PIECE + 1) {
            bits = bits << 6 | u64::from(sextet(byte)?);
            let behind = match number + 1 {
                BASE64_PIECE => &[0][..],
                // The bytes begin within the first character, which holds the last bits of another one.
                length if length > BASE64_PIECE => &[2, 4],
                _ => &[],
            };
            if behind.iter().any(|behind| self.0.contains(&piece(bits >> behind))) {
                return Some(number + 1);
            }
        }
        None
    }

    /// As [`Pieces::base64_at`], in hexadecimal digits of any case.
    fn hex_at(&self, text: &[u8]) -> Option<usize> {
        let digits = text.get(..2 * MIN_PIECE)?;
        let digit = |bits: u64, byte: &u8| Some(bits << 4 | u64::from(char::from(*byte).to_digit(16)?));
        let bits = digits.iter().try_fold(0_u64, digit)?;
        self.0.contains(&piece(bits)).then_some(digits.len())
    }
}

/// Ranges in order of their starts, those that overlap made one.
fn joined(ranges: impl Iterator<Item = Range<usize>>) -> Vec<Range<usize>> {
    let mut joined: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

/// The lowest bits as bytes, the highest first.
fn piece(bits: u64) -> [u8; MIN_PIECE] {
    let [_, _, piece @ ..] = bits.to_be_bytes();
    piece
}

/// What a character of base64 stands for, in either alphabet (RFC 4648, sections 4 and 5).
fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// Every [`MIN_PIECE`] bytes in a row of a text.
fn windows(text: &[u8]) -> impl Iterator<Item = [u8; MIN_PIECE]> {
    text.windows(MIN_PIECE).map(|window| window.try_into().expect("invariant: a window has this length"))
}

/// A range that cuts no scalar value of UTF-8 in two.
fn whole_characters(text: &[u8], range: Range<usize>) -> Range<usize> {
    let continues = |byte: &&u8| **byte & 0b1100_0000 == 0b1000_0000;
    let is_cut = text[range.start..].iter().take(1).any(|byte| continues(&byte));
    let before = text[..range.start].iter().rev().take(MAX_CONTINUATION).take_while(continues).count();
    let after = text[range.end..].iter().take(MAX_CONTINUATION).take_while(continues).count();
    // The byte before those that continue is the one that begins the scalar value.
    let start = if is_cut { range.start.saturating_sub(before + 1) } else { range.start };
    start..range.end + after
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(text: &str, ranges: Vec<Range<usize>>) -> Vec<&str> {
        ranges.into_iter().map(|range| &text[range]).collect()
    }

    fn pieces(bodies: &[&str], public: &[&str]) -> Pieces {
        Pieces::new(&bodies.iter().map(|body| body.as_bytes()).collect(), public.iter().map(|text| text.as_bytes()))
    }

    #[test]
    fn pieces_are_stretches_of_a_body() {
        let pieces = pieces(&["abcdefghij", "0123456789", "short"], &[]);
        for (text, stretches) in [
            ("abcdefghij", &["abcdefghij"][..]),
            ("xabcdefx_efghijx", &["abcdef", "efghij"]),
            ("abcdef0123456", &["abcdef", "0123456"]),
            ("abcde_12345_short_ABCDEF", &[]),
            ("", &[]),
        ] {
            assert_eq!(found(text, pieces.appearances(text.as_bytes())), stretches, "{text}");
        }
    }

    #[test]
    fn what_tells_nothing_is_no_piece() {
        let pieces = pieces(&["a------------z", "sk_live_abcdef"], &["sk_live_"]);
        assert_eq!(found("# -------- sk_live_", pieces.appearances(b"# -------- sk_live_")), [""; 0]);
        assert_eq!(found("a------------z", pieces.appearances(b"a------------z")), ["a-----", "-----z"]);
        assert_eq!(found("sk_live_a", pieces.appearances(b"sk_live_a")), ["live_a"]);
    }

    /// Base64 (RFC 4648), bit by bit, without padding.
    fn base64(bytes: &[u8]) -> String {
        let alphabet: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']).collect();
        let bits: Vec<u8> = bytes.iter().flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1)).collect();
        let value = |bits: &[u8]| (0..6).fold(0, |value, at| value << 1 | usize::from(bits.get(at) == Some(&1)));
        bits.chunks(6).map(|bits| alphabet[value(bits)]).collect()
    }

    #[test]
    fn pieces_are_found_in_base64_and_hexadecimal_digits() {
        // Its characters of base64 have both of those in which the alphabets differ.
        let body = "k~?>7b0q~~?x>>zA9";
        let pieces = pieces(&[body], &[]);
        for before in ["", "a", "ab", "abc"] {
            let encoded = base64(format!("{before}{body}--").as_bytes());
            for text in [encoded.clone(), encoded.replace('+', "-").replace('/', "_")] {
                // A character that a byte of something else has a part in stays at either end, at most.
                let (start, end) = ((before.len() * 8).div_ceil(6), (before.len() + body.len()) * 8 / 6);
                let found = pieces.appearances(text.as_bytes());
                assert!(matches!(&found[..], [one] if one.start <= start && one.end >= end), "{text}: {found:?}");
            }
            let hex: String = format!("{before}{body}-").bytes().map(|byte| format!("{byte:02x}")).collect();
            let here = 2 * before.len()..2 * (before.len() + body.len());
            assert_eq!(pieces.appearances(hex.as_bytes()), std::slice::from_ref(&here));
            assert_eq!(pieces.appearances(hex.to_uppercase().as_bytes()), [here]);
        }
        let cut = base64(b"0q~~?x");
        assert_eq!(found(&cut, pieces.appearances(cut.as_bytes())), [&cut]);
        assert!(pieces.appearances(&cut.as_bytes()[1..]).is_empty(), "five bytes are no piece");
    }

    #[test]
    fn scalar_values_are_not_cut() {
        // The pieces begin and end within `ä`: `\xa4lüsse`.
        let pieces = Pieces::new(&[&"älüsse".as_bytes()[1..]].into(), std::iter::empty());
        assert_eq!(found("schälüsseö", pieces.appearances("schälüsseö".as_bytes())), ["älüsse"]);
        let pieces = Pieces::new(&[&"abcde字".as_bytes()[..6]].into(), std::iter::empty());
        assert_eq!(found("abcde字x", pieces.appearances("abcde字x".as_bytes())), ["abcde字"]);
        let stray = b"\x80\x80\x80\x80\x80\x80\x80";
        let pieces = Pieces::new(&[&b"\x80\x80\x80\x80\x80\x81"[..]].into(), std::iter::empty());
        assert_eq!(pieces.appearances(&[stray, &b"\x81\x80"[..]].concat()).first(), Some(&(0..9)));
    }

    proptest! {
        /// Written down a second time, without an index.
        #[test]
        fn the_longest_value_at_each_place_is_found(
            values in prop::collection::btree_set("[ab]{1,7}|[a-c]{1,3}", 0..12),
            text in "[a-c]{0,24}",
        ) {
            let set: BTreeSet<&[u8]> = values.iter().map(String::as_bytes).collect();
            let mut expected = Vec::new();
            for at in 0..text.len() {
                let here = set.iter().filter(|value| text.as_bytes()[at..].starts_with(value));
                expected.extend(here.map(|value| value.len()).max().map(|length| at..at + length));
            }
            prop_assert_eq!(Values::new(&set).appearances(text.as_bytes()), expected);
        }
    }
}
