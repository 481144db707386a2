//! How much is read around anchors that stand close together, so that text full of them costs no more than other text.

use std::ops::Range;

use super::CONTEXT;

/// How long the stretches of content are in which anchors are counted, in bytes from its beginning.
const STRETCH: u64 = 4096;

/// How many anchors of a stretch are read how far, in bytes before and after. The last ones still reach a published key
/// that follows them.
const REACH: [(usize, (usize, usize)); 3] = [(16, (CONTEXT, CONTEXT)), (32, (256, 512)), (usize::MAX, (64, 160))];

/// Of how many names of a stretch identifiers are followed.
const FOLLOWED: usize = 64;

/// How many names and encoded anchors of a stretch are looked at: with a value for each there is no room for more.
const MOST: usize = 160;

/// Counts the anchors of one pass over content, in order of their places.
#[derive(Clone, Debug, Default)]
pub(super) struct Crowd {
    stretch: u64,
    anchors: usize,
}

impl Crowd {
    /// What is read of `text` around an anchor that starts at `at` in it; the text begins at offset `base` of the content.
    /// This depends on the content before the anchor alone, not on how it was cut into windows.
    pub(super) fn neighbourhood(&mut self, text: &[u8], base: u64, at: usize) -> Range<usize> {
        let stretch = (base + at as u64) / STRETCH;
        if stretch != self.stretch {
            *self = Self { stretch, anchors: 0 };
        }
        self.anchors += 1;
        let (before, after) =
            REACH.iter().find(|(count, _)| self.anchors <= *count).map_or((0, 0), |(_, reach)| *reach);
        at.saturating_sub(before)..(at + after).min(text.len())
    }

    /// Whether the last anchor had so many before it that no name can have a value of its own any more.
    pub(super) fn is_full(&self) -> bool {
        self.anchors > MOST
    }

    /// Whether the last anchor had so many before it that no identifier of its is looked for.
    pub(super) fn is_dense(&self) -> bool {
        self.anchors > FOLLOWED
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_in_a_crowd_are_read_with_less_around_them() {
        let text = vec![b' '; 3 * CONTEXT];
        let mut crowd = Crowd::default();
        let mut lengths: Vec<_> =
            (0..200).map(|at| crowd.neighbourhood(&text, 2 * STRETCH, CONTEXT + at).len()).collect();
        lengths.dedup();
        assert_eq!(lengths, [2 * CONTEXT, 256 + 512, 64 + 160]);
        assert!(crowd.is_dense() && crowd.is_full());
        // The next stretch is counted anew.
        assert_eq!(crowd.neighbourhood(&text, 2 * STRETCH, 2 * CONTEXT), CONTEXT..3 * CONTEXT);
    }
}
