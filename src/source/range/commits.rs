//! What one wants to know of a repository before it is clear which of its commits are meant.

use std::path::Path;

use bstr::BStr;

use crate::source::{
    SourceError,
    git::{CommitText, Environment, Git, Kind, ObjectId, Selection},
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

    /// Whether the clone ends somewhere.
    pub fn is_shallow(&self) -> Result<bool, SourceError> {
        Ok(!self.git.shallow()?.is_empty())
    }
}
