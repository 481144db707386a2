//! What detection hands on.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use super::{
    derived::BlobState,
    judge::{Rejection, RejectionKind},
};
use crate::{
    finding::{Confidence, Environment, Excerpt, Related, Secret},
    position::Position,
    rule::{ProviderIndex, RuleIndex},
    trace::Trace,
};

/// A value that was judged plausible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub rule: RuleIndex,
    /// In the decoded content, in bytes.
    pub span: Range<u64>,
    pub start: Position,
    /// Exclusive.
    pub end: Position,
    /// The value as it would be sent: escapes resolved.
    pub secret: Secret,
    pub confidence: Confidence,
    /// What decided the confidence, in a few words; never part of the value.
    pub evidence: &'static str,
    pub provider: Option<ProviderIndex>,
    pub environment: Environment,
    pub excerpt: Excerpt,
    /// Places that say what the value is for, where those are not beside it.
    pub related: Vec<Related>,
}

/// A value that was judged to be none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    pub rule: RuleIndex,
    /// In the decoded content, in bytes.
    pub span: Range<u64>,
    pub secret: Secret,
    pub reason: Rejection,
}

/// Everything that was found in one piece of content, in order of position, then rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detection {
    pub candidates: Vec<Candidate>,
    /// Those that may be shown beside a candidate; of the others only what [`Retired`] keeps.
    pub rejected: Vec<Rejected>,
    pub retired: Retired,
    /// Bytes that were fed.
    pub bytes: u64,
    pub state: BlobState,
    /// Of the line that was asked about, if any was.
    pub trace: Option<Trace>,
}

impl Detection {
    /// Of content of so many bytes that has no anchor.
    pub(super) fn without_anchors(bytes: u64) -> Self {
        Self { bytes, state: BlobState::without_anchors(bytes), ..Self::default() }
    }
}

/// Rejected values far from any candidate: how many, and which of them might be keys after all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Retired {
    pub counts: BTreeMap<RejectionKind, u64>,
    /// Without placeholders and references, which everybody may see.
    pub doubtful: BTreeSet<Secret>,
}

impl Retired {
    /// Counts a value and lets go of it, as far as nobody has to mask it.
    pub fn add(&mut self, rejected: Rejected) {
        *self.counts.entry(rejected.reason.kind).or_default() += 1;
        if matches!(rejected.reason.kind, RejectionKind::Identifier | RejectionKind::Binary) {
            self.doubtful.insert(rejected.secret);
        }
    }
}
