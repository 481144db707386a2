//! The index against a commit: what `git commit` would add to it.
//!
//! The index notes which trees its directories would be (its `TREE` extension): directories that are the same there and in
//! the commit are not looked into, and of the others only the trees on the way to a difference are read.

use std::{cmp::Ordering, collections::HashMap, fs, io, ops::Range, thread};

use gix::{
    ObjectId,
    bstr::{BStr, BString, ByteSlice},
    index::extension,
};

use super::{
    Change, Git, Index, ObjectError, Objects, SourceError,
    changes::{self, Entry},
    index::{self, Names},
    is_absent,
};
use crate::source::open;

/// From this size on an index is checked on a thread of its own, in bytes.
const LARGE: u64 = 1 << 20;

/// The index that the next commit is made of, in git's order of paths.
pub(in crate::source) struct StagedIndex(Index);

/// A directory on both sides.
struct Directory<'i> {
    /// Empty, or with `/` at its end.
    path: BString,
    tree: Option<ObjectId>,
    noted: Option<&'i extension::Tree>,
    entries: Range<usize>,
}

impl StagedIndex {
    /// What differs between a commit, or nothing, and the index, in order of path. Versions of a conflict are each a
    /// change of their own, but for the one that both sides began with; what is only meant to be added is no change yet.
    pub(in crate::source) fn changes(
        &self,
        objects: &mut Objects,
        commit: Option<ObjectId>,
    ) -> Result<Vec<Change>, ObjectError> {
        let index = &self.0;
        let tree = commit.map(|commit| objects.tree_of(commit)).transpose()?;
        let mut changes = Vec::new();
        let root = Directory { path: BString::default(), tree, noted: index.noted_tree(), entries: 0..index.len() };
        let mut pending = vec![root];
        while let Some(directory) = pending.pop() {
            if !is_same(&directory) {
                compare(index, objects, &directory, &mut changes, &mut pending)?;
            }
        }
        changes.sort();
        changes.dedup();
        Ok(changes)
    }

    /// Whether a submodule is staged at a path.
    pub(in crate::source) fn is_submodule(&self, path: &BStr) -> bool {
        self.0.find(0..self.0.len(), path).is_some_and(|entry| self.0.is_submodule(entry))
    }

    /// The object that is staged for a path; in a conflict that of our side.
    pub(in crate::source) fn object(&self, path: &BStr) -> Option<ObjectId> {
        let first = self.0.find(0..self.0.len(), path)?;
        let mut versions = self.0.stages(first).filter(|&entry| !self.0.is_common_ancestor(entry));
        versions.find_map(|entry| self.0.object(entry))
    }
}

impl Git {
    /// Reads the index, and what `then` wants of it, while the index is checked to be as git wrote it.
    pub(in crate::source) fn staged_index<T>(
        &self,
        then: impl FnOnce(&StagedIndex) -> Result<T, SourceError>,
    ) -> Result<(StagedIndex, T), SourceError> {
        let (path, kind) = (self.index_path(), self.local().object_hash());
        let read = || {
            // Names are compared with those of trees, which no file system folds.
            let index = StagedIndex(self.index(Names { fold: false, precompose: false })?);
            let more = then(&index)?;
            Ok((index, more))
        };
        // A small one is checked sooner than a thread is started.
        if fs::metadata(&path).map_or(0, |metadata| metadata.len()) < LARGE {
            index::verify(&path, kind)?;
            return read();
        }
        thread::scope(|scope| {
            let check = scope.spawn(|| index::verify(&path, kind));
            let read = read();
            check.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            read
        })
    }

    /// The commits that the next one will have as parents: HEAD (`None`: there is no commit yet) and what is being merged.
    pub(in crate::source) fn next_parents(&self) -> Result<Vec<Option<ObjectId>>, SourceError> {
        let fail = |what: &str, error: &str| SourceError {
            message: format!("what is staged cannot be compared with {what}: {error}"),
            help: "`git status` there says what git makes of it".to_owned(),
        };
        let head = self.head().map_err(|error| match error {
            ObjectError::Missing => fail("HEAD", "its commit is not there"),
            ObjectError::Broken(what) | ObjectError::Unavailable(what) => fail("HEAD", &what),
        })?;
        let mut parents = vec![head];
        let path = self.local().git_dir().join("MERGE_HEAD");
        let text = open::target(&path).and_then(|found| {
            let (file, _) = found.ok_or_else(|| io::Error::other("it is no regular file"))?;
            open::read_small(file)
        });
        let text = match text {
            Err(error) if is_absent(&error) => Vec::new(),
            text => text.map_err(|error| fail("MERGE_HEAD", &error.to_string()))?,
        };
        for line in text.lines() {
            let id = ObjectId::from_hex(line.trim()).map_err(|error| fail("MERGE_HEAD", &error.to_string()))?;
            parents.push(Some(id));
        }
        // Whatever else has such a name is no commit.
        parents.extend(self.merge_heads.iter().filter_map(|head| ObjectId::from_hex(head.as_bytes()).ok()).map(Some));
        Ok(parents)
    }
}

/// Whether the index noted that a directory would be this very tree, and of as many entries as it has.
fn is_same(directory: &Directory<'_>) -> bool {
    let noted = directory.noted.filter(|noted| noted.num_entries == Some(directory.entries.len() as u32));
    noted.is_some_and(|noted| Some(noted.id) == directory.tree)
}

fn compare<'i>(
    index: &'i Index,
    objects: &mut Objects,
    directory: &Directory<'i>,
    changes: &mut Vec<Change>,
    pending: &mut Vec<Directory<'i>>,
) -> Result<(), ObjectError> {
    let content = objects.tree(directory.tree)?;
    let kind = directory.tree.map_or(gix::hash::Kind::Sha1, |tree| tree.kind());
    let mut entries = changes::entries(&content, kind).peekable();
    let mut at = directory.entries.start;
    let children: HashMap<&[u8], &extension::Tree> =
        directory.noted.iter().flat_map(|noted| &noted.children).map(|child| (&child.name[..], child)).collect();
    loop {
        let staged =
            (at < directory.entries.end).then(|| Staged::at(index, directory.path.as_bstr(), at, &directory.entries));
        let side = match (entries.peek(), &staged) {
            (None, None) => return Ok(()),
            (Some(Err(_)), _) | (Some(Ok(_)), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(Ok(old)), Some(staged)) => {
                changes::order(old.name, old.mode.is_tree(), staged.name, staged.is_directory)
            }
        };
        let old = if side == Ordering::Greater { None } else { entries.next().transpose()? };
        let staged = staged.filter(|_| side != Ordering::Less);
        if let Some(staged) = &staged {
            at = staged.entries.end;
        }
        let mut path = directory.path.clone();
        path.extend_from_slice(
            old.map_or_else(|| staged.as_ref().map_or(&[][..], |staged| staged.name), |old| old.name),
        );
        file(index, path.as_bstr(), old, staged.as_ref(), changes);
        let tree = old.and_then(|old| old.tree());
        let below = staged.filter(|staged| staged.is_directory);
        if tree.is_some() || below.is_some() {
            path.push(b'/');
            // A sparse index keeps no more of it than its tree.
            if let Some(collapsed) = below.as_ref().and_then(|below| below.collapsed) {
                changes.extend(changes::between(objects, tree, Some(collapsed), path)?);
                continue;
            }
            let name = &path[directory.path.len()..path.len() - 1];
            let noted = children.get(name).copied().filter(|_| below.is_some());
            let entries = below.map_or(0..0, |below| below.entries);
            pending.push(Directory { path, tree, noted, entries });
        }
    }
}

/// The changes of a file: one, or one for each version of a conflict.
fn file(index: &Index, path: &BStr, old: Option<Entry<'_>>, staged: Option<&Staged<'_>>, changes: &mut Vec<Change>) {
    let staged_module = staged.and_then(|staged| index.submodule(staged.entries.start));
    if old.and_then(|old| old.submodule()) != staged_module {
        // What has no content is a change all the same.
        changes.push(Change { path: path.to_owned(), old: None, new: None });
    }
    let old = old.and_then(|old| old.blob());
    let Some(staged) = staged.filter(|staged| !staged.is_directory) else {
        changes.extend(Change::at(path, old, None));
        return;
    };
    for entry in staged.entries.clone().filter(|&entry| !index.is_common_ancestor(entry)) {
        let new = index.object(entry);
        // What is only meant to be added takes nothing away.
        if new.is_some() || !index.is_intended(entry) {
            changes.extend(Change::at(path, old, new));
        }
    }
}

/// What a directory of the index has next: a file with all its versions, or a directory with all below it.
struct Staged<'i> {
    name: &'i [u8],
    is_directory: bool,
    entries: Range<usize>,
    /// The tree of a directory of which the index keeps no more.
    collapsed: Option<ObjectId>,
}

impl<'i> Staged<'i> {
    fn at(index: &'i Index, directory: &BStr, entry: usize, within: &Range<usize>) -> Self {
        let path = index.path(entry);
        let rest = &path[directory.len()..];
        let Some(slash) = rest.find_byte(b'/') else {
            return Self { name: rest, is_directory: false, entries: index.stages(entry), collapsed: None };
        };
        let is_collapsed = index.is_directory(entry) && slash + 1 == rest.len();
        Self {
            name: &rest[..slash],
            is_directory: true,
            entries: index.below(entry..within.end, &path[..=directory.len() + slash]),
            collapsed: index.object(entry).filter(|_| is_collapsed),
        }
    }
}
