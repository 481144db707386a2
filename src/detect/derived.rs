//! Content that was made of other content by a delta: most of it has no anchor, and what says so was searched before.
//!
//! Whether an anchor stands at a place is seen in the bytes close to it. So in a stretch that was copied from the base the
//! anchors are those of the base, but for its edges, and only the other bytes are searched. That tells content without an
//! anchor, in which nothing can be found. Content with one is scanned as a whole: what a name is given may stand far from it.

use std::{ops::Range, sync::Arc};

use super::{
    Detector,
    anchors::Piece,
    encoded,
    reuse::{Reuse, Seen},
    session::SNIFF,
    utf16::Utf16,
};
use crate::delta::Edit;

/// How many places of anchors are remembered: content with more is likely to leave some to whatever is made of it.
pub(super) const MOST: usize = 256;

/// UTF-8's byte order mark, which is no part of the text.
pub(super) const MARK: &[u8] = b"\xef\xbb\xbf";

/// What a scanned blob leaves behind for blobs that are derived from it. The default says nothing: what is derived from it
/// is scanned as a whole.
#[derive(Clone, Debug, Default)]
pub struct BlobState {
    /// In bytes.
    length: u64,
    /// Where anchors start, plain and encoded ones, in the bytes as they are; in order. `None`: it is not known, they are too
    /// many, or the content is decoded before it is searched.
    places: Option<Box<[u64]>>,
    /// What was made of the places of anchors, and of identifiers that belong to them. `None`: nothing, or it is not known.
    seen: Option<Arc<Seen>>,
}

/// What is only remembered so as not to be found out again is no part of what a state says.
impl PartialEq for BlobState {
    fn eq(&self, other: &Self) -> bool {
        self.length == other.length && self.places == other.places
    }
}

impl Eq for BlobState {}

impl BlobState {
    /// Of content of `length` bytes that is read as it is and has no anchor.
    pub(super) fn without_anchors(length: u64) -> Self {
        Self { length, places: Some(Box::default()), seen: None }
    }
}

/// Gathers the places of anchors.
#[derive(Debug, Default)]
pub(super) struct Places {
    starts: Vec<u64>,
    are_too_many: bool,
}

impl Places {
    pub(super) fn add(&mut self, start: u64) {
        if self.starts.len() == MOST {
            self.are_too_many = true;
        } else {
            self.starts.push(start);
        }
    }

    /// The state of content that is read as it is and has `length` bytes, of which the first `mark` are no text.
    pub(super) fn state(self, length: u64, mark: usize, seen: Seen) -> BlobState {
        if self.starts.is_empty() {
            return BlobState::without_anchors(length);
        }
        let mut starts = self.starts;
        for start in &mut starts {
            *start += mark as u64;
        }
        starts.sort_unstable();
        if self.are_too_many {
            return BlobState { length, ..BlobState::default() };
        }
        let seen = (!seen.is_empty()).then(|| Arc::new(seen.behind(mark)));
        BlobState { length, places: Some(starts.into()), seen }
    }
}

/// What was seen in the base, for content of so many bytes that was made of it; nothing if the edits do not make that.
pub(super) fn reuse<'b>(length: usize, base: &'b BlobState, edits: &[Edit]) -> Reuse<'b> {
    match base.seen.as_deref() {
        Some(seen) if makes(edits, length, base.length) => Reuse::of(seen, Stretches::new(edits)),
        _ => Reuse::default(),
    }
}

/// The stretches of content that were copied from its base.
#[derive(Debug)]
pub(super) struct Stretches {
    /// Where each starts, its length, and where it starts in the base.
    copied: Vec<(usize, usize, usize)>,
}

impl Stretches {
    fn new(edits: &[Edit]) -> Self {
        let mut at = 0;
        let mut copied = Vec::new();
        for (start, length) in copies(edits) {
            copied.extend(start.map(|start| (at, length, start)));
            at += length;
        }
        Self { copied }
    }

    /// Where in the base a piece of the content starts, if all of it was copied at once.
    pub(super) fn source(&self, range: Range<usize>) -> Option<usize> {
        let after = self.copied.partition_point(|(at, ..)| *at <= range.start);
        let (at, length, start) = self.copied[after.checked_sub(1)?];
        (range.end <= at + length).then(|| start + range.start - at)
    }
}

/// Whether content that was made of a base has no anchor, plain or encoded. `false` also where that would have to be seen in
/// all of it.
pub(super) fn has_no_anchor(detector: &Detector, bytes: &[u8], base: &BlobState, edits: &[Edit]) -> bool {
    let Some(places) = base.places.as_deref().filter(|_| !detector.is_slow) else { return false };
    if !makes(edits, bytes.len(), base.length) || is_decoded(bytes, edits) {
        return false;
    }
    let mark = if bytes.starts_with(MARK) { MARK.len() } else { 0 };
    let has_none = |range: Range<usize>| has_none(detector, bytes, range.start.max(mark)..range.end.max(mark), mark);
    // Where the next anchor that is not the base's could start.
    let mut from = 0;
    let mut at = 0;
    for (start, length) in copies(edits) {
        let Some(start) = start else {
            at += length;
            continue;
        };
        let end = start + length;
        // The ends of the content are ends in the base, too, or edges as others are.
        let is_first = start == 0 && at == 0;
        let is_last = end as u64 == base.length && at + length == bytes.len();
        let low = if is_first { 0 } else { start + detector.reach };
        let high = if is_last { end } else { end.saturating_sub(detector.reach) };
        if low < high {
            let first = places.partition_point(|&place| place < low as u64);
            if places.get(first).is_some_and(|&place| place < high as u64) || !has_none(from..at + low - start) {
                return false;
            }
            from = at + high - start;
        }
        at += length;
    }
    has_none(from..bytes.len())
}

/// Whether no anchor starts in `range` of `bytes`, of which the first `mark` are no text.
fn has_none(detector: &Detector, bytes: &[u8], range: Range<usize>, mark: usize) -> bool {
    let text = &bytes[mark..];
    let near = &bytes[mark..bytes.len().min(range.end + detector.reach)];
    let range = range.start - mark..range.end - mark;
    if range.is_empty() {
        return true;
    }
    let found = detector.anchors.search(near, range);
    let is_anchor = |piece: &Piece| encoded::is_anchor(detector, text, &detector.fragments.hit(*piece));
    found.anchors.is_empty() && !found.pieces.iter().any(is_anchor)
}

/// Whether these edits make content of `length` bytes of a base of `base` bytes.
fn makes(edits: &[Edit], length: usize, base: u64) -> bool {
    let made = edits.iter().try_fold(0_usize, |at, edit| match *edit {
        Edit::Copy { offset, length } => {
            offset.checked_add(length).filter(|&end| end as u64 <= base)?;
            at.checked_add(length)
        }
        Edit::Insert { length } => at.checked_add(length),
    });
    made == Some(length)
}

/// Whether the content is no plain bytes. That of the base is, so a beginning that is copied needs no look.
fn is_decoded(bytes: &[u8], edits: &[Edit]) -> bool {
    let is_copied = copies(edits).next().is_some_and(|(start, length)| start == Some(0) && length >= SNIFF);
    !is_copied && Utf16::sniff(&bytes[..bytes.len().min(SNIFF)]).is_some()
}

/// The stretches that are copied, with where they start in the base, and between them (`None`) what is inserted. Stretches
/// that go on in the base are one: a delta can copy no more than so much at once.
fn copies(edits: &[Edit]) -> impl Iterator<Item = (Option<usize>, usize)> {
    let mut edits = edits.iter().peekable();
    std::iter::from_fn(move || match *edits.next()? {
        Edit::Insert { length } => Some((None, length)),
        Edit::Copy { offset, mut length } => {
            while let Some(Edit::Copy { length: more, .. }) =
                edits.next_if(|next| matches!(next, Edit::Copy { offset: next, .. } if *next == offset + length))
            {
                length += more;
            }
            Some((Some(offset), length))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_that_go_on_are_one() {
        let edits = [
            Edit::Copy { offset: 5, length: 2 },
            Edit::Copy { offset: 7, length: 3 },
            Edit::Insert { length: 4 },
            Edit::Copy { offset: 10, length: 1 },
            Edit::Copy { offset: 12, length: 1 },
        ];
        let expected = [(Some(5), 5), (None, 4), (Some(10), 1), (Some(12), 1)];
        assert_eq!(copies(&edits).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn edits_that_make_something_else_are_not_trusted() {
        let copy = |offset, length| Edit::Copy { offset, length };
        assert!(makes(&[copy(2, 3), Edit::Insert { length: 4 }], 7, 5));
        assert!(makes(&[], 0, 5));
        assert!(!makes(&[copy(2, 3)], 4, 5), "too short");
        assert!(!makes(&[copy(2, 4)], 4, 5), "beyond the base");
        assert!(!makes(&[copy(usize::MAX, 2)], 2, 5), "no number");
        assert!(!makes(&[Edit::Insert { length: usize::MAX }, Edit::Insert { length: 2 }], 1, 5), "no number");
    }
}
