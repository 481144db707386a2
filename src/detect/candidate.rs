//! What detection hands on.

use std::ops::Range;

use super::judge::Rejection;
use crate::{
    finding::{Confidence, Environment, Excerpt, Secret},
    position::Position,
    rule::{ProviderIndex, RuleIndex},
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
    pub provider: Option<ProviderIndex>,
    pub environment: Environment,
    pub excerpt: Excerpt,
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
    pub rejected: Vec<Rejected>,
    /// Bytes that were fed.
    pub bytes: u64,
    pub state: BlobState,
}

/// What a scanned blob leaves behind for blobs that are derived from it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlobState {
    /// Where anchors stand in the blob, in order.
    pub(super) anchors: Vec<(RuleIndex, u64)>,
    pub(super) has_findings: bool,
}
