//! What a repository holds, secret by secret: a view of a report's findings, for reports that are about secrets rather
//! than places. A pure function of the findings.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use bstr::BString;

use crate::finding::{Environment, Finding, Fingerprint, GitState, Level, Past};

/// Files with their git state, and secrets with their occurrences.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory<'r> {
    /// The files that hold a secret now.
    pub files: BTreeMap<&'r BString, GitState>,
    /// What to revoke first comes first: what counts before what does not, live keys before others, what was pushed before
    /// what was not, what is there now before what was.
    pub secrets: Vec<Leak<'r>>,
}

/// A secret, wherever it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak<'r> {
    /// At least one: what is there now first, in order of path.
    pub findings: Vec<&'r Finding>,
    /// What all commits know of it.
    pub past: Option<Past>,
}

impl<'r> Inventory<'r> {
    /// Gathers findings by their secrets.
    pub fn of(findings: &'r [Finding]) -> Self {
        let mut by_secret: BTreeMap<&Fingerprint, Vec<&Finding>> = BTreeMap::new();
        let mut files = BTreeMap::new();
        for finding in findings {
            by_secret.entry(&finding.fingerprint).or_default().push(finding);
            if let (Some(path), Some(state)) = (finding.file(), finding.git_state)
                && state != GitState::History
            {
                files.insert(path, state);
            }
        }
        let mut secrets: Vec<_> = by_secret.into_values().map(Leak::of).collect();
        secrets.sort_by_cached_key(Leak::urgency);
        Self { files, secrets }
    }
}

impl<'r> Leak<'r> {
    fn of(mut findings: Vec<&'r Finding>) -> Self {
        findings.sort_by_key(|finding| (!is_now(finding), finding.sort_key()));
        let past = findings.iter().filter_map(|finding| finding.past.clone()).reduce(|mut all, past| {
            all.merge(&past);
            all
        });
        Self { findings, past }
    }

    /// The finding that speaks for all.
    pub fn first(&self) -> &'r Finding {
        self.findings[0]
    }

    /// Where it is now.
    pub fn now(&self) -> impl Iterator<Item = &'r Finding> {
        self.findings.iter().copied().filter(|finding| is_now(finding))
    }

    /// Where it only was.
    pub fn before(&self) -> impl Iterator<Item = &'r Finding> {
        self.findings.iter().copied().filter(|finding| !is_now(finding))
    }

    /// What it does to the exit code at its worst place.
    pub fn level(&self) -> Level {
        self.findings.iter().map(|finding| finding.level).max().unwrap_or(Level::Note)
    }

    /// The references from which a commit with it can be reached.
    pub fn refs(&self) -> BTreeSet<&BString> {
        self.past.iter().flat_map(|past| &*past.refs).collect()
    }

    /// How far it has got, as far as this clone can tell.
    pub fn exposure(&self) -> Exposure {
        let refs = self.refs();
        let begins = |name: &BString, space: &str| name.starts_with(space.as_bytes());
        if refs.iter().any(|name| begins(name, "refs/remotes/")) {
            Exposure::Pushed
        } else if refs.iter().any(|name| *name != "refs/stash") {
            Exposure::Referenced
        } else {
            Exposure::Local
        }
    }

    /// The least comes first.
    fn urgency(&self) -> impl Ord + use<'r> {
        let first = self.first();
        let is_live = self.findings.iter().any(|finding| finding.environment == Environment::Live);
        let confidence = self.findings.iter().map(|finding| finding.confidence).max();
        let is_now = is_now(first);
        let place = (self.exposure(), !is_now, first.sort_key());
        (Reverse(self.level()), !is_live, Reverse(first.severity), Reverse(confidence), place)
    }
}

/// How far a secret has got. The farthest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exposure {
    /// A branch of a remote has it.
    Pushed,
    /// A branch, a tag or another reference has it.
    Referenced,
    /// It is not committed, or only a stash or the reflog leads to it.
    Local,
}

/// Whether a finding is of what is there now: in the working tree, the index or HEAD, or the name of a reference.
fn is_now(finding: &Finding) -> bool {
    match finding.git_state {
        Some(GitState::History) => false,
        Some(_) => true,
        None => finding.past.as_ref().is_none_or(|past| past.in_tip),
    }
}
