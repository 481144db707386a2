//! What is forgiven, and by whom. Suppression marks a finding; it never drops one.

pub mod inline;

use std::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
};

use bstr::BStr;
use regex::bytes::Regex;

use crate::{
    finding::Past,
    finding::{Fingerprint, Secret},
    glob::PathGlobs,
};

/// Where entries stand, at the top of a repository. One that has a whole key in its `values` does not allow itself there.
pub const OWN_FILE: &str = ".keyhound.toml";

/// What of the findings does not count.
#[derive(Debug)]
pub struct Policy {
    pub allows: Vec<Allow>,
    /// Comments in the text are heeded.
    pub inline: bool,
    /// What becomes of a comment beside a value that none of before allowed.
    pub new_comments: NewComments,
}

/// What becomes of a comment that a change adds beside a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NewComments {
    /// It is heeded like any other.
    #[default]
    Heed,
    /// It is heeded, and told.
    Tell,
    /// It is told, and allows nothing.
    Refuse,
}

/// Nothing is allowed but by comments.
impl Default for Policy {
    fn default() -> Self {
        Self { allows: Vec::new(), inline: true, new_comments: NewComments::Heed }
    }
}

/// An `[[allow]]` entry. A finding is allowed when all conditions hold; an empty list is no condition.
pub struct Allow {
    pub paths: PathGlobs,
    /// Rule ids.
    pub rules: Vec<String>,
    /// One must match the value.
    pub values: Vec<Regex>,
    pub fingerprints: Vec<Fingerprint>,
    /// Object ids, or beginnings of them; no commit is involved when a working tree is scanned.
    pub commits: Vec<String>,
    pub reason: String,
    /// Where the entry stands: 1-based line of the configuration.
    pub line: usize,
    pub was_used: AtomicBool,
}

/// What an entry is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    pub path: &'a BStr,
    pub rule: &'a str,
    pub secret: &'a Secret,
    pub fingerprint: &'a Fingerprint,
    /// What commits know of it, where it is in any.
    pub past: Option<&'a Past>,
}

impl Policy {
    /// The number of the first entry that allows this finding. All that do count as used: none of them is stale.
    pub fn allowed_by(&self, subject: Subject<'_>) -> Option<usize> {
        let mut first = None;
        for (number, allow) in self.allows.iter().enumerate().filter(|(_, allow)| allow.covers(subject)) {
            allow.was_used.store(true, Ordering::Relaxed);
            first = first.or(Some(number));
        }
        first
    }
}

/// Without the expressions: they may hold values.
impl fmt::Debug for Allow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Allow(line {}: {})", self.line, self.reason)
    }
}

impl Allow {
    /// Whether the entry could have matched in this scan and did not.
    pub fn is_unused(&self) -> bool {
        // Content outside of history has no commit: an entry about commits says nothing of it.
        self.commits.is_empty() && !self.was_used.load(Ordering::Relaxed)
    }

    fn covers(&self, subject: Subject<'_>) -> bool {
        (self.paths.is_empty() || self.paths.matches(subject.path, false))
            && (self.rules.is_empty() || self.rules.iter().any(|rule| rule == subject.rule))
            && (self.values.is_empty() || subject.path != OWN_FILE && self.has_value(subject.secret))
            && (self.fingerprints.is_empty() || self.fingerprints.contains(subject.fingerprint))
            && (self.commits.is_empty() || subject.past.is_some_and(|past| self.names_commit(past)))
    }

    fn has_value(&self, secret: &Secret) -> bool {
        self.values.iter().any(|value| value.is_match(secret.expose()))
    }

    /// Whether the commit that brought it is one of the entry's. The last one that has it may have nothing to do with it: that
    /// is the tip of a branch, mostly.
    fn names_commit(&self, past: &Past) -> bool {
        let first = past.first().map(|commit| commit.id.to_string());
        first.is_some_and(|id| self.commits.iter().any(|beginning| id.starts_with(beginning)))
    }
}
