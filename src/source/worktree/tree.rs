//! One directory that is scanned by one set of rules: the working tree of a repository, or a directory in none.

use std::{
    collections::{BTreeSet, HashMap},
    ops::Range,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use bstr::{BStr, BString, ByteSlice};

use super::{
    super::git::{Index, Level, Repository},
    Options,
    named::Named,
};
use crate::glob::PathGlobs;

/// What all threads know of a tree.
pub(super) struct Tree<'a> {
    /// Absolute.
    pub(super) base: &'a Path,
    /// What leads from the root of the scan to `base`: empty, or with `/` at its end.
    pub(super) prefix: &'a BStr,
    pub(super) repository: Option<&'a Repository>,
    pub(super) exclude: &'a PathGlobs,
    pub(super) options: Options,
    /// What is named, relative to the tree. Each is looked at by itself; where another's walk meets it, it stops.
    pub(super) named: BTreeSet<BString>,
    /// Which entries of the index have been dealt with.
    met: Vec<AtomicU64>,
    directories: Mutex<HashMap<BString, Arc<Directory>>>,
    nested: Mutex<Vec<BString>>,
    missing: Mutex<Missing>,
}

/// Objects that are not in this clone.
#[derive(Default)]
pub(super) struct Missing {
    pub(super) count: u64,
    /// The first path, in order, that holds one.
    pub(super) path: Option<BString>,
}

/// What is known of a directory when its first entry is looked at.
pub(super) struct Directory {
    /// Relative to the tree: empty, or with `/` at its end.
    pub(super) path: BString,
    /// The entries of the index below it.
    pub(super) entries: Range<usize>,
    pub(super) ignore: Option<Arc<Level>>,
    /// It was named although it is ignored: what is in it is scanned.
    pub(super) on_request: bool,
}

impl<'a> Tree<'a> {
    pub(super) fn new(
        base: &'a Path,
        prefix: &'a BStr,
        repository: Option<&'a Repository>,
        exclude: &'a PathGlobs,
        options: Options,
        named: &[Named],
    ) -> Self {
        let entries = repository.map_or(0, |repository| repository.index().len());
        Self {
            base,
            prefix,
            repository,
            exclude,
            options,
            named: named.iter().map(|named| named.path.clone()).collect(),
            met: (0..entries.div_ceil(64)).map(|_| AtomicU64::new(0)).collect(),
            directories: Mutex::default(),
            nested: Mutex::default(),
            missing: Mutex::default(),
        }
    }

    pub(super) fn index(&self) -> Option<&'a Index> {
        self.repository.map(Repository::index)
    }

    /// Where a path of the tree is on disk; `None` where names have to be Unicode and it is not.
    pub(super) fn on_disk(&self, path: &BStr) -> Option<PathBuf> {
        path.to_path().ok().map(|path| self.base.join(path))
    }

    /// Relative to the root of the scan, as it is reported.
    pub(super) fn reported(&self, path: &BStr) -> BString {
        let mut reported = self.prefix.to_owned();
        reported.extend_from_slice(path);
        reported
    }

    /// Whether the configuration leaves out a path itself; the directories above were asked about before.
    pub(super) fn excludes(&self, path: &BStr, is_directory: bool) -> bool {
        !self.exclude.is_empty() && self.exclude.matches(self.reported(path).as_bstr(), is_directory)
    }

    /// Whether the configuration leaves out a path or a directory above it.
    pub(super) fn excludes_within(&self, path: &BStr, is_directory: bool) -> bool {
        let above = path.find_iter(b"/").any(|slash| self.excludes(path[..slash].as_bstr(), true));
        !self.exclude.is_empty() && (above || self.excludes(path, is_directory))
    }

    /// Notes that entries of the index need no further look.
    pub(super) fn meet(&self, entries: Range<usize>) {
        for entry in entries {
            self.met[entry / 64].fetch_or(1 << (entry % 64), Ordering::Relaxed);
        }
    }

    pub(super) fn is_met(&self, entry: usize) -> bool {
        self.met[entry / 64].load(Ordering::Relaxed) & (1 << (entry % 64)) != 0
    }

    /// The directory at `path`, which is empty or ends in `/`. The directories above are known already or are entered
    /// as if they were named.
    pub(super) fn directory(&self, path: &BStr) -> Arc<Directory> {
        if let Some(known) = self.known(path) {
            return known;
        }
        let directory = if path.is_empty() {
            Directory {
                path: BString::default(),
                entries: 0..self.index().map_or(0, Index::len),
                ignore: self.repository.map(|_| Arc::new(Level::new(BString::default(), None))),
                on_request: false,
            }
        } else {
            let parent = self.directory(parent_of(path[..path.len() - 1].as_bstr()));
            self.child(&parent, path.to_owned())
        };
        self.remember(directory)
    }

    /// Makes a directory known that is named: what is in it is wanted even if it is ignored.
    pub(super) fn request(&self, path: &BStr) {
        let known = self.directory(path);
        let is_ignored = |repository| known.ignore.as_ref().is_some_and(|level| level.is_ignored(repository));
        if !known.on_request && self.repository.is_some_and(is_ignored) {
            self.remember(Directory {
                path: known.path.clone(),
                entries: known.entries.clone(),
                ignore: known.ignore.clone(),
                on_request: true,
            });
        }
    }

    /// What a directory is below another that is known.
    pub(super) fn child(&self, parent: &Directory, path: BString) -> Directory {
        Directory {
            entries: self.index().map_or(0..0, |index| index.below(parent.entries.clone(), &path)),
            ignore: parent.ignore.as_ref().map(|above| Arc::new(Level::new(path.clone(), Some(Arc::clone(above))))),
            on_request: parent.on_request,
            path,
        }
    }

    /// Makes a directory known to all threads.
    pub(super) fn remember(&self, directory: Directory) -> Arc<Directory> {
        let directory = Arc::new(directory);
        let mut directories = self.directories.lock().unwrap_or_else(PoisonError::into_inner);
        directories.insert(directory.path.clone(), Arc::clone(&directory));
        directory
    }

    fn known(&self, path: &BStr) -> Option<Arc<Directory>> {
        let directories = self.directories.lock().unwrap_or_else(PoisonError::into_inner);
        directories.get(path).cloned()
    }

    /// Notes a repository within the tree that is scanned after it.
    pub(super) fn nest(&self, path: BString) {
        self.nested.lock().unwrap_or_else(PoisonError::into_inner).push(path);
    }

    /// Repositories within the tree, relative to it, in order.
    pub(super) fn take_nested(&self) -> Vec<BString> {
        let mut nested = std::mem::take(&mut *self.nested.lock().unwrap_or_else(PoisonError::into_inner));
        nested.sort();
        nested
    }

    /// Notes an object that is not in this clone.
    pub(super) fn miss(&self, path: BString) {
        let mut missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        missing.count += 1;
        if missing.path.as_ref().is_none_or(|first| path < *first) {
            missing.path = Some(path);
        }
    }

    pub(super) fn take_missing(&self) -> Missing {
        std::mem::take(&mut *self.missing.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The directory that a path is in: what comes before the name, with `/` at its end, or empty.
pub(super) fn parent_of(path: &BStr) -> &BStr {
    path.rfind_byte(b'/').map_or(BStr::new(""), |slash| path[..=slash].as_bstr())
}
