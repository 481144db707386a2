//! Is a value a key? A score, not a pile of exceptions: what it is made of, how random it is, and what its words say.

mod bigrams;
mod header;
pub(super) mod placeholder;
mod randomness;
pub(super) mod reference;
mod token;

use std::fmt;

use crate::finding::Confidence;

pub(super) use header::{Association, judge_header};
pub(super) use randomness::{Shape, random_runs};
pub(super) use token::{Form, judge_token};

/// That a value is a key, and what decided how sure that is: a few words, never part of the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) confidence: Confidence,
    pub(super) evidence: &'static str,
}

impl Judged {
    pub(super) const fn new(confidence: Confidence, evidence: &'static str) -> Self {
        Self { confidence, evidence }
    }
}

/// Why a value is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rejection {
    pub kind: RejectionKind,
    /// What decided, in a few words; never part of the value.
    pub evidence: &'static str,
}

impl Rejection {
    pub(super) const fn new(kind: RejectionKind, evidence: &'static str) -> Self {
        Self { kind, evidence }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.id(), self.evidence)
    }
}

/// The classes in which rejected values are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RejectionKind {
    /// It stands for a key: `your-api-key-here`, `xxxx…`, `sk_live_...`.
    Placeholder,
    /// It says where the key is kept: `${KEY}`, `op://…`, `os.environ[…]`.
    Reference,
    /// A name or words of a language, not a key.
    Identifier,
    /// Shorter than any key.
    TooShort,
    /// Compiled code or data that looks like a key by chance.
    Binary,
}

impl RejectionKind {
    /// The key under which the JSON summary counts it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Placeholder => "placeholder",
            Self::Reference => "reference",
            Self::Identifier => "identifier",
            Self::TooShort => "too-short",
            Self::Binary => "binary",
        }
    }
}
