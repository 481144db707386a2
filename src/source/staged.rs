//! What `git commit` would add: the index against the commits that the next one will have as parents.

use std::{collections::BTreeSet, path::Path};

use bstr::{BStr, BString, ByteSlice};

use super::{
    Attribution, Source, SourceError, Workers,
    git::{Change, Environment, Git, ObjectError, ObjectId, Repository, StagedIndex},
    versions::{self, Version},
};
use crate::{finding::GitState, glob::PathGlobs, origin::Origin};

/// The index of one repository, compared with HEAD and, in a merge, with what is merged.
pub struct Staged {
    git: Git,
    index: StagedIndex,
    /// Against each parent.
    changes: Vec<Vec<Change>>,
    exclude: PathGlobs,
    /// Only these paths are looked at; `None`: all.
    only: Option<BTreeSet<BString>>,
    threads: usize,
}

impl Staged {
    /// Compares the index of the repository that `cwd`, which must be canonical, is in, or of the one that git's
    /// environment names.
    ///
    /// Fails if there is none, if it has no working tree, and if HEAD or the index cannot be read.
    pub fn open(cwd: &Path, environment: &Environment, threads: usize) -> Result<Self, SourceError> {
        let git = Git::around(cwd, environment)?;
        if git.workdir().is_none() {
            return Err(SourceError {
                message: format!("{} is a bare repository: nothing can be staged in it", git.root().display()),
                help: "run it in a working tree; `keyhound history` scans a bare repository".to_owned(),
            });
        }
        let (index, changes) = git.staged_index(|index| {
            let mut objects = git.objects();
            let against = |parent| {
                let changes = index.changes(&mut objects, parent);
                changes.map_err(|error| unreadable_parent(parent, &error))
            };
            git.next_parents()?.into_iter().map(against).collect()
        })?;
        Ok(Self { git, index, changes, exclude: PathGlobs::none(), only: None, threads })
    }

    /// What paths are relative to: the top of the working tree.
    pub fn root(&self) -> &Path {
        self.git.root()
    }

    /// Leaves out what the globs match, relative to the root.
    pub fn set_exclude(&mut self, exclude: PathGlobs) {
        self.exclude = exclude;
    }

    /// What is staged for a path, whole; `None`: nothing is.
    pub fn file(&self, path: &BStr) -> Result<Option<Vec<u8>>, SourceError> {
        let Some(id) = self.index.object(path) else { return Ok(None) };
        let mut objects = self.git.objects();
        let content = objects.blob(id).map_err(|error| {
            let (message, help) = error.explained(id);
            SourceError { message: format!("{path} cannot be read from the index: {message}"), help }
        })?;
        Ok(Some(content.to_vec()))
    }

    /// Looks at these paths only, relative to the root. Returns those that would not change: it is not asked what is in
    /// them. Submodules have no content.
    pub fn among(&mut self, paths: BTreeSet<BString>) -> Vec<BString> {
        let changed: BTreeSet<_> = self.changes.iter().flatten().map(|change| &change.path).collect();
        let is_same = |path: &&BString| !changed.contains(*path) && !self.index.is_submodule(path.as_bstr());
        let same = paths.iter().filter(is_same).cloned().collect();
        self.only = Some(paths);
        same
    }

    /// Paths that would change, deletions and submodules included.
    pub fn changed(&self) -> usize {
        let paths: BTreeSet<_> = self.changes.iter().flatten().map(|change| &change.path).collect();
        paths.len()
    }

    fn is_excluded(&self, path: &BString) -> bool {
        !self.exclude.is_empty() && self.exclude.matches(path.as_bstr(), false)
    }

    /// What a scan would look at, in order of path.
    pub fn paths(&self) -> impl Iterator<Item = BString> {
        let paths: BTreeSet<_> = self.new_versions().into_iter().map(|(path, _)| path).collect();
        paths.into_iter().filter(move |path| !self.is_excluded(path))
    }

    /// What would be new: what no parent has at its path.
    fn new_versions(&self) -> Vec<Version> {
        let [first, others @ ..] = &self.changes[..] else { return Vec::new() };
        let version = |change: &Change| change.new.map(|new| (change.path.clone(), new));
        let others: Vec<BTreeSet<_>> =
            others.iter().map(|changes| changes.iter().filter_map(version).collect()).collect();
        let is_asked = |path: &BString| self.only.as_ref().is_none_or(|only| only.contains(path));
        let versions = first.iter().filter_map(version).filter(|(path, _)| is_asked(path));
        versions.filter(|version| others.iter().all(|changed| changed.contains(version))).collect()
    }

    /// What the parents have at the paths that would change.
    fn old_versions(&self) -> Vec<Version> {
        let version = |change: &Change| change.old.map(|old| (change.path.clone(), old));
        let versions: BTreeSet<_> = self.changes.iter().flatten().filter_map(version).collect();
        versions.into_iter().collect()
    }
}

impl Source for Staged {
    fn visit<W: Workers>(&self, workers: &W) -> Result<(), SourceError> {
        versions::scan(&self.git, &self.new_versions(), &self.exclude, self.threads, workers)
    }

    fn settle<W: Workers>(&self, workers: &W) -> Result<(), SourceError> {
        // What stood only where nobody looks was never told of: it does not make anything old.
        let mut versions = self.old_versions();
        versions.retain(|(path, _)| !self.is_excluded(path));
        versions::scan(&self.git, &versions, &PathGlobs::none(), self.threads, workers)
    }

    fn attribute(&self, origins: &[&Origin]) -> Result<Vec<Vec<Attribution>>, SourceError> {
        // Only this needs the rules of the working tree.
        let repository = match self.git.workdir() {
            Some(workdir) if !origins.is_empty() => Repository::at(workdir)?,
            _ => None,
        };
        let attribution = |origin: &&Origin| {
            let path = origin.path().map_or(BStr::new(""), |path| path.as_bstr());
            let ignored_by = repository.as_ref().and_then(|repository| repository.ignore_rule(path));
            vec![Attribution { git_state: Some(GitState::Staged), ignored_by, ..Attribution::default() }]
        };
        Ok(origins.iter().map(attribution).collect())
    }
}

fn unreadable_parent(parent: Option<ObjectId>, error: &ObjectError) -> SourceError {
    let id = parent.map_or_else(String::new, |parent| format!(" {parent}"));
    let (what, help) = match (parent, error) {
        (Some(parent), error) => error.explained(parent),
        (None, ObjectError::Broken(what) | ObjectError::Unavailable(what)) => (what.clone(), String::new()),
        (None, ObjectError::Missing) => ("an object is not in this clone".to_owned(), String::new()),
    };
    SourceError { message: format!("what is staged cannot be compared with commit{id}: {what}"), help }
}
