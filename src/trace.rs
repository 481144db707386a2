//! What detection made of one line of content: gathered on request only, for whoever asks why something is reported or
//! not. Plain data.

use std::{fmt, ops::Range};

use crate::{
    finding::{Confidence, Related, Secret},
    position::Position,
    rule::RuleIndex,
};

/// What is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// 1-based.
    pub line: u64,
    /// 1-based: only what stands there, or belongs to what does.
    pub column: Option<u64>,
}

/// The answer.
#[derive(Clone, PartialEq, Eq)]
pub struct Trace {
    pub question: Question,
    /// How many lines the content has.
    pub lines: u64,
    /// How many characters the line has, the CR before its end included.
    pub columns: u64,
    /// Decoded text of the line, cut at a bounded distance, without the line's end.
    pub text: Vec<u8>,
    /// Offset of `text` in the decoded content, in bytes.
    pub base: u64,
    /// All values that stand in `text`, at least in part, asked about or not, and whatever else is random there: they are
    /// masked.
    pub masked: Vec<(Range<u64>, Secret)>,
    /// In order of position, then rule.
    pub sightings: Vec<Sighting>,
    /// In order of position, then rule.
    pub values: Vec<Value>,
    /// Anchors on the line that are not among `sightings`, because there are too many.
    pub left_out: u64,
}

/// An anchor that was looked at.
#[derive(Clone, PartialEq, Eq)]
pub struct Sighting {
    pub rule: RuleIndex,
    pub start: Position,
    /// In the decoded content, in bytes.
    pub span: Range<u64>,
    /// The prefix, or the whole name that the anchor is a part of, as it reads decoded.
    pub name: Vec<u8>,
    /// The encodings that it stands in, the outermost first.
    pub encodings: Vec<&'static str>,
    /// Rule and span of the values that it led to.
    pub led_to: Vec<(RuleIndex, Range<u64>)>,
    /// Why it led to none.
    pub silence: &'static str,
}

/// A value that was judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Value {
    pub rule: RuleIndex,
    /// In the decoded content, in bytes.
    pub span: Range<u64>,
    pub start: Position,
    /// Exclusive.
    pub end: Position,
    pub secret: Secret,
    /// A name or a reference, with nothing random in it: it is shown as it is.
    pub is_plain: bool,
    pub verdict: Verdict,
    pub related: Vec<Related>,
}

/// What detection says of a value, before anything is forgiven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Plausible {
        confidence: Confidence,
        evidence: &'static str,
    },
    /// Plausible, but a part of a value that another rule found.
    Superseded,
    Rejected {
        /// The class in which it is counted.
        kind: &'static str,
        evidence: &'static str,
    },
}

/// Without the text: it holds secrets.
impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Trace({:?}: {:?} {:?})", self.question, self.sightings, self.values)
    }
}

/// Without the name: more than the name of a header may stand there.
impl fmt::Debug for Sighting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sighting({:?} at {}:{})", self.rule, self.start.line, self.start.column)
    }
}
