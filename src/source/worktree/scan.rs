//! Scanning what was decided to be scanned: files, links, and what the index holds in their place.

use std::{
    fs::{self, File, FileType, Metadata},
    io,
    path::Path,
};

use bstr::{BStr, BString, ByteVec};

use super::{
    super::lfs,
    super::{
        Blob, Content, Kept, Worker,
        git::{Head, Index, ObjectError, ObjectId, Objects, Repository},
        open, unreadable,
    },
    read::{Buffer, Filled, Lazy, Passing, WHOLE},
    tree::{Directory, Tree},
    walk,
};
use crate::{
    origin::{Origin, Problem, Skip, SkipReason, Tracking},
    platform::OpenDirectory,
};

/// One thread that scans.
pub(super) struct Scanner<'t, W> {
    pub(super) tree: &'t Tree<'t>,
    worker: W,
    buffer: Buffer,
    /// Of the file that is being scanned; kept for its memory.
    origin: Origin,
    objects: Option<Objects>,
    head: Option<Head>,
    /// The directory that the last file was in, relative to the tree, open.
    directory: Option<(BString, OpenDirectory)>,
}

/// A file that is tracked: its entry, the first one of a conflict.
type Entry = usize;

impl<'t, W: Worker> Scanner<'t, W> {
    pub(super) fn new(tree: &'t Tree<'t>, worker: W) -> Self {
        let origin = Origin::File { path: BString::default(), tracking: Tracking::NoRepository };
        Self { tree, worker, buffer: Buffer::new(), origin, objects: None, head: None, directory: None }
    }

    pub(super) fn skip(&mut self, reason: SkipReason, path: &BStr) {
        self.worker.skipped(Skip { reason, path: self.tree.reported(path) });
    }

    /// Something in a directory that is walked, but no directory.
    pub(super) fn leaf(&mut self, parent: &Directory, path: &BStr, on_disk: &Path, kind: FileType) {
        let tree = self.tree;
        let entry = tree.index().and_then(|index| index.find(parent.entries.clone(), path));
        // Git may have another name for the same file; one of the two is enough.
        let path = match (entry, tree.index()) {
            (Some(entry), Some(index)) => {
                tree.meet(index.stages(entry));
                index.path(entry)
            }
            _ => path,
        };
        if tree.excludes(path, false) {
            return self.skip(SkipReason::Excluded, path);
        }
        let tracking = if entry.is_some() { Tracking::Tracked } else { walk::untracked(tree, parent, path) };
        if tracking == Tracking::Ignored && !tree.options.include_ignored && !parent.on_request {
            return self.skip(SkipReason::Ignored, path);
        }
        self.begin(path, tracking);
        if kind.is_symlink() {
            self.link(path, on_disk, entry);
        } else if kind.is_file() {
            match self.open(parent, on_disk) {
                Ok(Some((file, metadata))) => self.file(path, file, &metadata, entry),
                Ok(None) => self.special(path, entry),
                Err(error) => self.failed(path, entry, &error),
            }
        } else {
            self.special(path, entry);
        }
    }

    /// Opens a file of a directory that is walked.
    fn open(&mut self, parent: &Directory, on_disk: &Path) -> io::Result<Option<(File, Metadata)>> {
        if self.directory.as_ref().is_none_or(|(path, _)| *path != parent.path) {
            let handle = on_disk.parent().and_then(|directory| OpenDirectory::open(directory).ok());
            self.directory = handle.map(|handle| (parent.path.clone(), handle));
        }
        match &self.directory {
            Some((_, handle)) => open::regular_in(handle, on_disk),
            // It says why.
            None => open::regular(on_disk),
        }
    }

    /// A file that is named on the command line: whatever it is, it is read, and links are followed.
    pub(super) fn named(&mut self, parent: &Directory, path: &BStr, on_disk: &Path) {
        let tree = self.tree;
        let entry = tree.index().and_then(|index| index.find(parent.entries.clone(), path));
        if let (Some(entry), Some(index)) = (entry, tree.index()) {
            tree.meet(index.stages(entry));
        }
        if tree.excludes_within(path, false) {
            return self.skip(SkipReason::Excluded, path);
        }
        let tracking = if entry.is_some() { Tracking::Tracked } else { walk::untracked(tree, parent, path) };
        self.begin(path, tracking);
        match fs::metadata(on_disk) {
            Ok(metadata) if metadata.is_file() => match File::open(on_disk) {
                Ok(file) => self.file(path, file, &metadata, entry),
                Err(error) => self.failed(path, entry, &error),
            },
            Ok(_) => {
                let mut content = Kept::new(Lazy { path: on_disk, file: None });
                self.worker.blob(Blob { origin: &self.origin, content: Content::Stream(&mut content) });
                if let Some(entry) = entry {
                    self.uncommitted(path, entry);
                }
            }
            Err(error) => self.failed(path, entry, &error),
        }
    }

    /// Takes the origin's memory for a new file.
    fn begin(&mut self, path: &BStr, now: Tracking) {
        if let Origin::File { path: reported, tracking } = &mut self.origin {
            reported.clear();
            reported.extend_from_slice(self.tree.prefix);
            reported.extend_from_slice(path);
            *tracking = now;
        }
    }

    fn file(&mut self, path: &BStr, mut file: File, metadata: &Metadata, entry: Option<Entry>) {
        let index = self.tree.index();
        let is_settled = |entry| {
            let same = |index| is_settled(index, entry, metadata);
            index.is_none_or(same) && !self.tree.repository.is_some_and(Repository::converts)
        };
        let suspect = entry.filter(|&entry| !is_settled(entry));
        let size = metadata.len();
        if size > WHOLE as u64 {
            return self.stream(path, &[], file, size, suspect);
        }
        match self.buffer.fill(&mut file, size) {
            Ok(Filled::Whole(length)) => {
                let content = self.buffer.content(length);
                if lfs::is_pointer(content) {
                    self.skip(SkipReason::LfsPointer, path);
                } else {
                    self.worker.blob(Blob { origin: &self.origin, content: Content::Bytes(content) });
                }
                if let (Some(entry), Some(index)) = (suspect, index) {
                    let mut hash = index.hash(length as u64);
                    hash.update(self.buffer.content(length));
                    self.staged(path, entry, hash.finish());
                }
            }
            Ok(Filled::Beginning(length)) => {
                // The buffer is needed meanwhile; another one begins when this one is too large to keep anyway.
                let buffer = std::mem::replace(&mut self.buffer, Buffer::new());
                self.stream(path, buffer.content(length), file, size, suspect);
            }
            Err(error) => self.failed(path, entry, &error),
        }
    }

    /// A file that is too large for the buffer; `beginning` is what was read of it already.
    fn stream(&mut self, path: &BStr, beginning: &[u8], file: File, size: u64, suspect: Option<Entry>) {
        let hash = suspect.and_then(|_| self.tree.index()).map(|index| index.hash(size));
        let mut passing = Passing::new(beginning, file, hash);
        self.worker.blob(Blob { origin: &self.origin, content: Content::Stream(&mut passing) });
        if let Some(entry) = suspect {
            self.staged(path, entry, passing.hash());
        }
    }

    fn link(&mut self, path: &BStr, on_disk: &Path, entry: Option<Entry>) {
        match fs::read_link(on_disk) {
            Ok(target) => {
                // Where names are Unicode there are no others in links.
                let target = Vec::from_path_lossy(&target);
                self.worker.blob(Blob { origin: &self.origin, content: Content::Bytes(&target) });
                if let (Some(entry), Some(index)) = (entry, self.tree.index()) {
                    let mut hash = index.hash(target.len() as u64);
                    hash.update(&target);
                    self.staged(path, entry, hash.finish());
                }
            }
            Err(error) => self.failed(path, entry, &error),
        }
    }

    /// Scans what is staged for a path, except what the file was found to hold.
    pub(super) fn staged(&mut self, path: &BStr, entry: Entry, on_disk: Option<ObjectId>) {
        let Some(index) = self.tree.index() else { return };
        let mut done: Vec<_> = on_disk.into_iter().collect();
        for stage in index.stages(entry) {
            let Some(id) = index.object(stage).filter(|id| !done.contains(id)) else { continue };
            done.push(id);
            self.object(path, id);
        }
    }

    /// Scans an object in place of a file.
    pub(super) fn object(&mut self, path: &BStr, id: ObjectId) {
        let Some(repository) = self.tree.repository else { return };
        let objects = self.objects.get_or_insert_with(|| repository.objects());
        let reported = self.tree.reported(path);
        match objects.blob(id) {
            Ok(content) if lfs::is_pointer(content) => {
                self.worker.skipped(Skip { reason: SkipReason::LfsPointer, path: reported });
            }
            Ok(content) => {
                let origin = Origin::Index { path: reported };
                self.worker.blob(Blob { origin: &origin, content: Content::Bytes(content) });
            }
            Err(error) => self.broken(path, error),
        }
    }

    /// The objects that a directory consists of which a sparse index does not list.
    pub(super) fn objects_below(&mut self, path: &BStr, tree: ObjectId) -> Vec<(BString, ObjectId)> {
        let Some(repository) = self.tree.repository else { return Vec::new() };
        let objects = self.objects.get_or_insert_with(|| repository.objects());
        match objects.blobs_below(tree, path) {
            Ok(blobs) => blobs,
            Err(error) => {
                self.broken(path, error);
                Vec::new()
            }
        }
    }

    /// An entry of the index whose file was deleted: what the last commit has too is gone with it, what was only staged
    /// would still be committed.
    pub(super) fn deleted(&mut self, path: &BStr, entry: Entry) {
        if !self.uncommitted(path, entry) {
            self.skip(SkipReason::Deleted, path);
        }
    }

    /// Something that is no file, perhaps in the place of one that was deleted.
    fn special(&mut self, path: &BStr, entry: Option<Entry>) {
        self.skip(SkipReason::Special, path);
        if let Some(entry) = entry {
            self.uncommitted(path, entry);
        }
    }

    /// Scans an entry of the index that has no file, unless the last commit has the same and nothing left it out of the
    /// working tree on purpose; whether there was something to scan.
    fn uncommitted(&mut self, path: &BStr, entry: Entry) -> bool {
        let is_sparse = self.tree.index().is_some_and(|index| index.is_sparse(entry));
        match if is_sparse { Ok(true) } else { self.is_staged(path) } {
            Ok(true) => self.staged(path, entry, None),
            Ok(false) => return false,
            Err(error) => self.broken(path, error),
        }
        true
    }

    fn is_staged(&mut self, path: &BStr) -> Result<bool, ObjectError> {
        let Some(repository) = self.tree.repository else { return Ok(false) };
        if self.head.is_none() {
            self.head = Some(repository.head()?);
        }
        self.head.as_mut().map_or(Ok(false), |head| repository.is_staged(head, path))
    }

    fn broken(&mut self, path: &BStr, error: ObjectError) {
        match error {
            ObjectError::Missing => self.tree.miss(self.tree.reported(path)),
            ObjectError::Broken(what) | ObjectError::Unavailable(what) => self.worker.problem(Problem {
                path: self.tree.reported(path),
                message: format!("what is staged for it cannot be read: {what}"),
                help: "`git fsck` names what is broken; `git add` the file again if it is all right".to_owned(),
            }),
        }
    }

    /// What could not be opened or read: gone, or a problem.
    fn failed(&mut self, path: &BStr, entry: Option<Entry>, error: &io::Error) {
        if super::super::git::is_absent(error) {
            match entry {
                Some(entry) => self.deleted(path, entry),
                None => self.skip(SkipReason::Deleted, path),
            }
            return;
        }
        self.unreadable(path, false, error);
        if let Some(entry) = entry {
            self.staged(path, entry, None);
        }
    }

    pub(super) fn unreadable(&mut self, path: &BStr, is_directory: bool, error: &io::Error) {
        self.worker.problem(unreadable(self.tree.reported(path), is_directory, error));
    }

    pub(super) fn unnameable(&mut self, path: &Path) {
        self.worker.problem(Problem {
            path: Vec::from_path_lossy(path).into_owned().into(),
            message: "has a name that is not Unicode, which cannot be reported here".to_owned(),
            help: "rename it".to_owned(),
        });
    }
}

/// Whether nothing else than this file would be committed for its path.
fn is_settled(index: &Index, entry: Entry, metadata: &Metadata) -> bool {
    !index.is_conflict(entry) && (index.object(entry).is_none() || index.is_unchanged(entry, metadata))
}
