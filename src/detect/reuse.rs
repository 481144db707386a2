//! What was made of places of the base, for content that was made of it by a delta: where all the text was copied that an
//! answer depends on, so is the answer. A file that has the same anchors in thousands of versions is examined where it
//! changed.

use std::{ops::Range, sync::Arc};

use super::{
    derived::{MOST, Stretches},
    header::Noted,
    session::Examined,
};
use crate::rule::RuleIndex;

/// How many occurrences of identifiers are remembered of one piece of content, at 32 bytes each; the first ones.
const MOST_QUIET: usize = 8192;

/// What is asked about a place, and how much text around it the answer depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Asked {
    /// Where the anchor or the identifier starts. In the text while it is searched, in the bytes as they are once it is
    /// remembered.
    place: u64,
    /// How far the text goes before and behind that place, in bytes.
    before: u16,
    after: u16,
    /// Of the anchor or the identifier, in bytes.
    length: u16,
    about: About,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum About {
    Anchor { rule: RuleIndex, is_binary: bool, is_followed: bool },
    Encoded,
    Identifier { is_name: bool, is_bound: bool },
}

impl Asked {
    /// `found` stands in a text that begins at offset `base` of the content, and `range` is what is read of that text.
    pub(super) fn new(base: u64, found: Range<usize>, range: &Range<usize>, about: About) -> Self {
        let short = |length: usize| u16::try_from(length).unwrap_or(u16::MAX);
        Self {
            place: base + found.start as u64,
            before: short(found.start - range.start),
            after: short(range.end - found.start),
            length: short(found.len()),
            about,
        }
    }
}

/// What an anchor's neighbourhood holds.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Places are those in the neighbourhood.
    pub(super) examined: Vec<(RuleIndex, Examined)>,
    /// The same.
    pub(super) noted: Vec<Noted>,
}

/// All that was asked about one piece of content and may be asked again, in order.
#[derive(Debug, Default)]
pub(super) struct Seen {
    anchors: Vec<(Asked, Arc<Outcome>)>,
    /// Occurrences of identifiers that say nothing about what these hold.
    quiet: Vec<Asked>,
}

impl Seen {
    pub(super) fn is_empty(&self) -> bool {
        self.anchors.is_empty() && self.quiet.is_empty()
    }

    /// In the bytes as they are, of which the first `mark` are no text.
    pub(super) fn behind(mut self, mark: usize) -> Self {
        for asked in self.anchors.iter_mut().map(|(asked, _)| asked).chain(&mut self.quiet) {
            asked.place += mark as u64;
        }
        self.anchors.sort_unstable_by_key(|(asked, _)| *asked);
        self.quiet.sort_unstable();
        self
    }
}

/// Answers from the base, and what is to be remembered of this content.
#[derive(Debug, Default)]
pub(super) struct Reuse<'b> {
    base: Option<(&'b Seen, Stretches)>,
    seen: Seen,
    /// How much of the beginning of the content is no text, in bytes.
    pub(super) mark: usize,
}

impl<'b> Reuse<'b> {
    pub(super) fn of(seen: &'b Seen, stretches: Stretches) -> Self {
        Self { base: Some((seen, stretches)), ..Self::default() }
    }

    /// What an anchor's neighbourhood holds: as it was seen in the base, or else as it is made now.
    pub(super) fn outcome(&mut self, asked: Asked, make: impl FnOnce() -> Outcome) -> Arc<Outcome> {
        let known = self.in_base(asked).and_then(|(seen, asked)| {
            let at = seen.anchors.binary_search_by_key(&asked, |(asked, _)| *asked).ok()?;
            Some(Arc::clone(&seen.anchors[at].1))
        });
        let outcome = known.unwrap_or_else(|| Arc::new(make()));
        if self.seen.anchors.len() < MOST {
            self.seen.anchors.push((asked, Arc::clone(&outcome)));
        }
        outcome
    }

    /// Whether an occurrence of an identifier is known to say nothing.
    pub(super) fn is_quiet(&self, asked: Asked) -> bool {
        self.in_base(asked).is_some_and(|(seen, asked)| seen.quiet.binary_search(&asked).is_ok())
    }

    /// Notes that an occurrence of an identifier says nothing.
    pub(super) fn note_quiet(&mut self, asked: Asked) {
        if self.seen.quiet.len() < MOST_QUIET {
            self.seen.quiet.push(asked);
        }
    }

    /// The same question about the base, if all that its answer depends on was copied.
    fn in_base(&self, asked: Asked) -> Option<(&'b Seen, Asked)> {
        let (seen, stretches) = self.base.as_ref()?;
        let start = asked.place as usize + self.mark - usize::from(asked.before);
        let copied = stretches.source(start..start + usize::from(asked.before) + usize::from(asked.after))?;
        Some((seen, Asked { place: (copied + usize::from(asked.before)) as u64, ..asked }))
    }

    pub(super) fn into_seen(self) -> Seen {
        self.seen
    }
}
