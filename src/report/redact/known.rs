//! Where the bytes of known values stand in a text: whole values, and pieces of those that were found.
//!
//! Both are built in time linear in the values, however many were rejected; a text is searched from each of its bytes.

use std::{
    collections::{BTreeSet, HashSet},
    ops::Range,
};

/// Pieces of a value are masked from this length on, in bytes; so are values that were rejected.
pub(super) const MIN_PIECE: usize = 6;

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

    /// The stretches of `text` that are made of pieces, in order, widened to whole scalar values.
    pub(super) fn appearances(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut stretches: Vec<Range<usize>> = Vec::new();
        if self.0.is_empty() {
            return stretches;
        }
        for (at, piece) in windows(text).enumerate() {
            if !self.0.contains(&piece) {
                continue;
            }
            let range = whole_characters(text, at..at + MIN_PIECE);
            match stretches.last_mut() {
                Some(last) if range.start < last.end => last.end = last.end.max(range.end),
                _ => stretches.push(range),
            }
        }
        stretches
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
