//! All of a repository at once: the working tree as it is, ignored files included, and everything that git ever had.

use std::path::Path;

use super::{
    Attribution, Source, SourceError, Workers,
    history::History,
    worktree::{Options, Worktree},
};
use crate::{
    glob::PathGlobs,
    origin::{Origin, Problem},
};

/// A working tree, if there is one, and its history.
pub struct Audit {
    worktree: Option<Worktree>,
    history: History,
}

impl Audit {
    /// Opens the working tree of a history; a bare repository has none.
    pub fn open(history: History, threads: usize) -> Result<Self, SourceError> {
        let options = Options { include_ignored: true, recurse_submodules: false, threads };
        let worktree = match history.workdir() {
            Some(workdir) => Some(Worktree::open(workdir, &[], options)?),
            None => None,
        };
        Ok(Self { worktree, history: history.beside_worktree() })
    }

    /// What paths are relative to.
    pub fn root(&self) -> &Path {
        self.history.root()
    }

    /// Whether there is no working tree.
    pub fn is_bare(&self) -> bool {
        self.worktree.is_none()
    }

    /// The history alone.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Leaves out what the globs match, relative to the root, now and at all times.
    pub fn set_exclude(&mut self, exclude: &PathGlobs) {
        if let Some(worktree) = &mut self.worktree {
            worktree.set_exclude(exclude.clone());
        }
        self.history.set_exclude(exclude.clone());
    }
}

impl Source for Audit {
    fn visit<W: Workers>(&self, workers: &W) -> Result<(), SourceError> {
        if let Some(worktree) = &self.worktree {
            worktree.visit(workers)?;
        }
        self.history.visit(workers)
    }

    fn attribute(&self, origins: &[&Origin]) -> Result<Vec<Vec<Attribution>>, SourceError> {
        let is_past =
            |origin: &Origin| matches!(origin, Origin::Object { .. } | Origin::Entry { .. } | Origin::Reference { .. });
        let (past, present): (Vec<&Origin>, Vec<&Origin>) = origins.iter().partition(|origin| is_past(origin));
        let mut past = self.history.attribute(&past)?.into_iter();
        let mut present = match &self.worktree {
            Some(worktree) => worktree.attribute(&present)?,
            None => Vec::new(),
        }
        .into_iter();
        let next = |origin: &&Origin| if is_past(origin) { past.next() } else { present.next() };
        Ok(origins.iter().map(next).map(Option::unwrap_or_default).collect())
    }

    fn untold(&self) -> Vec<Problem> {
        self.history.untold()
    }
}
