//! From bytes to candidates. Knows rules and text; knows no path, no configuration and no git.
//!
//! Content is fed in windows. Only anchors are searched for in all of it; everything else happens in the
//! neighbourhood of an anchor, which has the same extent however the content was cut into windows. So the windows
//! change no result. Identifiers that an anchor's neighbourhood makes wanted are searched for in further passes over the
//! same content, in the same way.

mod anchors;
mod candidate;
mod crowd;
mod derived;
mod encoded;
mod excerpt;
mod header;
mod judge;
mod lex;
mod pattern;
mod reuse;
mod session;
mod token;
mod tracer;
mod utf16;

use std::sync::Arc;

pub use anchors::{MIN_ANCHOR, is_slow};
pub use candidate::{Candidate, Detection, Rejected, Retired};
pub use derived::BlobState;
pub use judge::{Rejection, RejectionKind};
pub use session::Session;

use memchr::memmem::Finder;

use crate::{
    delta::Edit,
    rule::{Matcher, RuleSet},
};

/// How much content is looked at in one go, in bytes: as fast as larger windows, which no cache would hold.
pub const WINDOW: usize = 1 << 20;

/// How far from the start of an anchor text is looked at, in bytes, in both directions.
pub const CONTEXT: usize = 4096;

/// Finds candidates by the rules it is made with. Shared by all threads.
#[derive(Debug)]
pub struct Detector {
    rules: Arc<RuleSet>,
    anchors: anchors::Anchors,
    fragments: encoded::Fragments,
    /// What values begin with that name themselves.
    prefixes: Vec<Finder<'static>>,
    /// A rule has no anchor.
    is_slow: bool,
    /// How far from where it starts the bytes are that tell whether an anchor stands there, either way.
    reach: usize,
}

impl Detector {
    pub fn new(rules: Arc<RuleSet>) -> Self {
        let fragments = encoded::Fragments::new();
        let anchors = anchors::Anchors::new(&rules.rules, fragments.pieces());
        let tokens = rules.rules.iter().filter(|rule| matches!(rule.matcher, Matcher::Token));
        let prefixes = tokens.flat_map(|rule| &rule.anchors).map(|anchor| Finder::new(&anchor.text).into_owned());
        let longest = rules.rules.iter().flat_map(|rule| &rule.anchors).map(|anchor| anchor.text.len()).max();
        Self {
            prefixes: prefixes.collect(),
            anchors,
            fragments,
            is_slow: rules.rules.iter().any(is_slow),
            reach: longest.unwrap_or(0).max(encoded::DECIDES),
            rules,
        }
    }

    pub fn rules(&self) -> &Arc<RuleSet> {
        &self.rules
    }

    /// Begins a piece of content.
    pub fn begin(&self) -> Session<'_> {
        Session::new(self)
    }

    /// Whether [`Detector::detect_in_name`] may find anything in a name that stands in a text.
    pub fn may_name(&self, text: &[u8]) -> bool {
        self.prefixes.iter().any(|prefix| prefix.find(text).is_some())
    }

    /// Scans the name of a file or the like, in which only values count that name themselves. Names are short and many:
    /// those without a prefix cost next to nothing.
    pub fn detect_in_name(&self, name: &[u8]) -> Detection {
        if !self.may_name(name) {
            return Detection::default();
        }
        let mut detection = self.detect(name);
        let is_token = |candidate: &Candidate| matches!(self.rules.rule(candidate.rule).matcher, Matcher::Token);
        detection.candidates.retain(is_token);
        detection
    }

    /// Scans content that is in memory as a whole; window by window, so that what it costs beside is bounded.
    pub fn detect(&self, bytes: &[u8]) -> Detection {
        self.begin().whole(bytes)
    }

    /// Scans content that was made of a base by a delta, and says the same as [`Detector::detect`]. `base` is what scanning
    /// the base left behind; `edits` must tell the truth of where the content is that of the base.
    pub fn derived(&self, bytes: &[u8], base: &BlobState, edits: &[Edit]) -> Detection {
        if derived::has_no_anchor(self, bytes, base, edits) {
            return Detection::without_anchors(bytes.len() as u64);
        }
        self.begin().reusing(derived::reuse(bytes.len(), base, edits)).whole(bytes)
    }
}

/// All that a scan by these rules searches for in all content.
pub fn literals(rules: &RuleSet) -> Vec<Vec<u8>> {
    anchors::literals(&rules.rules, encoded::Fragments::new().pieces())
}
