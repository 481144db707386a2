//! From bytes to candidates. Knows rules and text; knows no path, no configuration and no git.
//!
//! Content is fed in windows. Only anchors are searched for in all of it; everything else happens in the
//! neighbourhood of an anchor, which has the same extent however the content was cut into windows. So the windows
//! change no result.

mod anchors;
mod candidate;
mod header;
mod judge;
mod lex;
mod pattern;
mod session;
mod token;
mod utf16;

use std::sync::Arc;

pub use anchors::{MIN_ANCHOR, is_slow};
pub use candidate::{BlobState, Candidate, Detection, Rejected, Retired};
pub use judge::{Rejection, RejectionKind};
pub use session::Session;

use crate::rule::RuleSet;

/// How much content is looked at in one go, in bytes: as fast as larger windows, which no cache would hold.
pub const WINDOW: usize = 1 << 20;

/// How far from the start of an anchor text is looked at, in bytes, in both directions.
pub const CONTEXT: usize = 4096;

/// Finds candidates by the rules it is made with. Shared by all threads.
#[derive(Debug)]
pub struct Detector {
    rules: Arc<RuleSet>,
    anchors: anchors::Anchors,
}

impl Detector {
    pub fn new(rules: Arc<RuleSet>) -> Self {
        let anchors = anchors::Anchors::new(&rules.rules);
        Self { rules, anchors }
    }

    pub fn rules(&self) -> &Arc<RuleSet> {
        &self.rules
    }

    /// Begins a piece of content.
    pub fn begin(&self) -> Session<'_> {
        Session::new(self)
    }

    /// Scans content that is in memory as a whole; window by window, so that what it costs beside is bounded.
    pub fn detect(&self, bytes: &[u8]) -> Detection {
        let mut session = self.begin();
        let mut at = 0;
        while bytes.len() - at > WINDOW {
            at += session.feed(&bytes[at..at + WINDOW], false);
        }
        session.feed(&bytes[at..], true);
        session.finish()
    }
}
