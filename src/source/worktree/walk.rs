//! The walk: decides for each name in a tree whether and as what it is scanned.

use std::{fs, path::Path, sync::Arc};

use bstr::{BStr, BString, ByteSlice};
use ignore::{DirEntry, Error, ParallelVisitor, ParallelVisitorBuilder, WalkBuilder, WalkState};

use super::{
    super::{Worker, Workers, git::Repository},
    scan::Scanner,
    tree::{Directory, Tree, parent_of},
};
use crate::origin::{SkipReason, Tracking};

/// Walks the directories that are named, on all threads.
pub(super) fn walk<W: Workers>(tree: &Tree<'_>, directories: &[BString], threads: usize, workers: &W) {
    let mut builder = WalkBuilder::empty();
    let roots: Vec<_> = directories.iter().filter_map(|path| tree.on_disk(path.as_bstr())).collect();
    for root in &roots {
        builder.add(root);
    }
    let threads = useful_threads(&roots, threads);
    // What is left out is decided here, by git's rules and the index; the walk is to leave out nothing of its own.
    builder.standard_filters(false).follow_links(false).threads(threads);
    builder.build_parallel().visit(&mut Visitors { tree, workers });
}

/// No more threads than there are directories to begin with: one that finds no work sleeps for a millisecond, which is
/// longer than a small tree takes.
fn useful_threads<P: AsRef<Path>>(roots: &[P], threads: usize) -> usize {
    // What cannot be read is no reason for a thread; the walk itself reports it.
    let entries = roots.iter().flat_map(fs::read_dir).flatten().flatten();
    let is_walked =
        |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir()) && entry.file_name() != ".git";
    threads.min(roots.len().max(1) + entries.filter(is_walked).take(threads).count())
}

struct Visitors<'t, 'w, W> {
    tree: &'t Tree<'t>,
    workers: &'w W,
}

impl<'s, 't: 's, 'w: 's, W: Workers> ParallelVisitorBuilder<'s> for Visitors<'t, 'w, W> {
    fn build(&mut self) -> Box<dyn ParallelVisitor + 's> {
        Box::new(Visitor {
            scanner: Scanner::new(self.tree, self.workers.worker()),
            path: BString::default(),
            directory: None,
        })
    }
}

/// One thread of the walk.
struct Visitor<'t, W> {
    scanner: Scanner<'t, W>,
    /// What is being looked at, relative to the tree.
    path: BString,
    /// The directory it is in, or that of the entry before.
    directory: Option<Arc<Directory>>,
}

impl<W: Worker + Send> ParallelVisitor for Visitor<'_, W> {
    fn visit(&mut self, entry: Result<DirEntry, Error>) -> WalkState {
        match entry {
            Ok(entry) => self.entry(&entry),
            Err(error) => {
                self.failed(error);
                WalkState::Continue
            }
        }
    }
}

impl<W: Worker> Visitor<'_, W> {
    fn entry(&mut self, entry: &DirEntry) -> WalkState {
        let tree = self.scanner.tree;
        if !super::relative_into(tree.base, entry.path(), &mut self.path) {
            self.scanner.unnameable(entry.path());
            return WalkState::Skip;
        }
        let Some(kind) = entry.file_type() else { return WalkState::Skip };
        let path = std::mem::take(&mut self.path);
        let is_known = self.directory.as_ref().is_some_and(|directory| directory.path == *parent_of(path.as_bstr()));
        let state = if kind.is_dir() && entry.depth() == 0 {
            WalkState::Continue
        } else if is_dot_git(tree, &path) || tree.named.contains(&path) {
            WalkState::Skip
        } else {
            if !is_known {
                self.directory = Some(tree.directory(parent_of(path.as_bstr())));
            }
            let parent = self.directory.clone().expect("invariant: it was just looked up");
            if kind.is_dir() {
                self.directory(&parent, path.as_bstr())
            } else {
                self.scanner.leaf(&parent, path.as_bstr(), entry.path(), kind);
                WalkState::Continue
            }
        };
        self.path = path;
        state
    }

    /// Whether a directory is entered.
    fn directory(&mut self, parent: &Directory, path: &BStr) -> WalkState {
        let tree = self.scanner.tree;
        let mut below = path.to_owned();
        below.push(b'/');
        let directory = tree.child(parent, below);
        if tree.excludes(path, true) {
            tree.meet(directory.entries.clone());
            return self.leave(SkipReason::Excluded, path);
        }
        if let Some(index) = tree.index() {
            let entry = index.find(parent.entries.clone(), path);
            if let Some(entry) = entry.filter(|&entry| index.is_submodule(entry)) {
                tree.meet(index.stages(entry));
                return self.nested(SkipReason::Submodule, path);
            }
        }
        // Where something is tracked there is no repository of its own, whatever lies there: so says git.
        if directory.entries.is_empty() {
            let ignored = |repository: &Repository| {
                parent.ignore.as_ref().is_some_and(|level| level.ignores(repository, path, true))
            };
            if !directory.on_request && !tree.options.include_ignored && tree.repository.is_some_and(ignored) {
                return self.leave(SkipReason::Ignored, path);
            }
            if tree.on_disk(path).is_some_and(|path| Repository::is_top(&path)) {
                return self.nested(SkipReason::NestedRepository, path);
            }
        }
        tree.remember(directory);
        WalkState::Continue
    }

    fn nested(&mut self, reason: SkipReason, path: &BStr) -> WalkState {
        let tree = self.scanner.tree;
        let is_there = || tree.on_disk(path).is_some_and(|path| Repository::is_top(&path));
        // Where no repository is around, every file is meant.
        if (tree.options.recurse_submodules || tree.repository.is_none()) && is_there() {
            tree.nest(path.to_owned());
            return WalkState::Skip;
        }
        self.leave(reason, path)
    }

    fn leave(&mut self, reason: SkipReason, path: &BStr) -> WalkState {
        self.scanner.skip(reason, path);
        WalkState::Skip
    }

    /// A directory, or an entry of one, that cannot be read.
    fn failed(&mut self, error: Error) {
        let tree = self.scanner.tree;
        let (path, error) = place(error);
        let error = error.into_io_error().unwrap_or_else(|| std::io::Error::other("the walk failed"));
        let mut relative = BString::default();
        if let Some(path) = path.filter(|path| super::relative_into(tree.base, path, &mut relative)) {
            let mut below = relative.clone();
            if !below.is_empty() {
                below.push(b'/');
            }
            let entries = tree.directory(below.as_bstr()).entries.clone();
            if super::super::git::is_absent(&error) && path.symlink_metadata().is_err() {
                // Vanished meanwhile: what was tracked in it is found missing later.
                return;
            }
            tree.meet(entries);
        }
        self.scanner.unreadable(relative.as_bstr(), true, &error);
    }
}

/// The path that an error of the walk speaks of, and what it says.
fn place(error: Error) -> (Option<std::path::PathBuf>, Error) {
    match error {
        Error::WithPath { path, err } => (Some(path), place(*err).1),
        Error::WithDepth { err, .. } => place(*err),
        error => (None, error),
    }
}

fn is_dot_git(tree: &Tree<'_>, path: &[u8]) -> bool {
    let name = &path[parent_of(path.as_bstr()).len()..];
    name == b".git" || tree.repository.is_some_and(|repository| repository.is_dot_git(name))
}

/// What git makes of a name that has no entry in the index.
pub(super) fn untracked(tree: &Tree<'_>, parent: &Directory, path: &BStr) -> Tracking {
    match (tree.repository, &parent.ignore) {
        (Some(repository), Some(level)) if level.ignores(repository, path, false) => Tracking::Ignored,
        (Some(_), _) => Tracking::Untracked,
        (None, _) => Tracking::NoRepository,
    }
}
