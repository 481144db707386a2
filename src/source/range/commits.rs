//! What one wants to know of a repository before it is clear which of its commits are meant.

use std::path::Path;

use bstr::BStr;

use crate::source::{
    SourceError,
    git::{self, CommitText, Environment, Git, Kind, ObjectId, Request, Selection},
};

/// The commits of one repository.
pub struct Commits {
    pub(super) git: Git,
}

impl Commits {
    /// Opens the repository that `cwd`, which must be canonical, is in, or the one that git's environment names.
    pub fn open(cwd: &Path, environment: &Environment) -> Result<Self, SourceError> {
        Ok(Self { git: Git::around(cwd, environment)? })
    }

    /// The id of the commit that a revision names; `None`: it names none, or one that is not in this clone.
    pub fn id(&self, revision: &str) -> Option<String> {
        let mut selection = Selection::default();
        self.git.select(BStr::new(revision), &mut selection).ok()?;
        match (&selection.tips[..], &selection.hidden[..]) {
            ([tip], []) => Some(tip.to_string()),
            _ => None,
        }
    }

    /// The parents that a commit names, whether or not this clone has them; none, if it is not there itself.
    pub fn parents(&self, id: &str) -> Vec<String> {
        let mut objects = self.git.objects();
        let Ok(id) = ObjectId::from_hex(id.as_bytes()) else { return Vec::new() };
        let commit = objects.object(id, Kind::Commit).and_then(CommitText::read);
        commit.map_or_else(|_| Vec::new(), |commit| commit.parents.iter().map(ToString::to_string).collect())
    }

    /// Whether all that leads to the commit `to` is known to lead to `from` as well, both being revisions: nothing new comes
    /// with it.
    pub fn leads_to(&self, from: &str, to: &str) -> bool {
        let mut selection = Selection::default();
        let range = format!("{from}..{to}");
        let Ok(shallow) = self.git.shallow() else { return false };
        if self.git.select(BStr::new(&range), &mut selection).is_err() {
            return false;
        }
        let Selection { tips, hidden, .. } = &selection;
        let request = Request { tips, hidden, since: None, no_walk: false, shallow: &shallow };
        let walked = git::walk(&mut self.git.objects(), request);
        walked.commits.is_empty() && walked.unreadable.is_empty()
    }

    /// Where a remote is, by the configuration of the repository: its URLs.
    pub fn urls(&self, remote: &str) -> Vec<String> {
        self.git.urls(remote)
    }

    /// Whether the clone ends somewhere.
    pub fn is_shallow(&self) -> Result<bool, SourceError> {
        Ok(!self.git.shallow()?.is_empty())
    }
}
