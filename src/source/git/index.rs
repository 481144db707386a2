//! The git index: which paths are tracked, what is staged for them, and whether a file still is what was staged.
//!
//! Flags that ask git not to look (assume-unchanged, fsmonitor) are not heeded. Positions are those of the index in
//! order of path, or in order of folded path where git takes names for equal that differ in case.

use std::{
    borrow::Cow,
    cmp::Ordering,
    ffi::OsStr,
    fs,
    io::{self, Read},
    ops::Range,
    path::Path,
};

use gix::{
    ObjectId,
    bstr::{BStr, ByteSlice},
    hash,
    index::{
        self, Entry,
        entry::{self, Mode, Stat},
    },
    objs,
};

use super::{SourceError, causes};
use crate::{platform, source::open};

/// How much of an index is hashed at a time, in bytes: what stays in the cache.
const PIECE: usize = 128 << 10;

/// What is wrong with an index that is a FIFO, a device or a directory.
const NOT_REGULAR: &str = "it is no regular file";

/// The index of one repository.
pub(in crate::source) struct Index {
    file: index::File,
    /// Entries in order of folded path; `None`: names differ by case.
    folded: Option<Vec<u32>>,
    /// Names on disk may be decomposed where the index has them composed (macOS).
    precompose: bool,
}

/// How the working tree's file system takes names.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names {
    pub(super) fold: bool,
    pub(super) precompose: bool,
}

impl Index {
    /// Reads the index at `path`; a repository without one has nothing tracked yet.
    pub(super) fn read(path: &Path, hash: hash::Kind, names: Names) -> Result<Self, SourceError> {
        refuse_special(path)?;
        let options = index::decode::Options::default();
        let file =
            index::File::at_or_default(path, hash, true, options).map_err(|error| corrupt(path, &causes(&error)))?;
        let order = |one: &Entry, next: &Entry| {
            let by_path = one.path(&file).cmp(next.path(&file));
            by_path.then_with(|| one.stage_raw().cmp(&next.stage_raw()))
        };
        if file.entries().windows(2).any(|pair| order(&pair[0], &pair[1]) != Ordering::Less) {
            return Err(corrupt(path, "its entries are out of order"));
        }
        let folded = names.fold.then(|| {
            let mut order: Vec<u32> = (0..file.entries().len() as u32).collect();
            order.sort_by(|&a, &b| {
                let path = |number: u32| file.entries()[number as usize].path(&file);
                compare(path(a), path(b), true)
            });
            order
        });
        Ok(Self { file, folded, precompose: names.precompose })
    }

    /// Checks that the file is as git wrote it, which decoding alone does not tell; and the one that it shares entries
    /// with, if it is split. It is read anew: it takes its time beside a scan, and whatever git makes of it meanwhile ends
    /// in its own checksum.
    pub(in crate::source) fn verify(&self) -> Result<(), SourceError> {
        verify(self.file.path(), self.file.object_hash())
    }

    pub(in crate::source) fn len(&self) -> usize {
        self.file.entries().len()
    }

    /// The tree that a commit of all entries would have, as far as the index has a note of it that was not crossed out.
    pub(super) fn tree(&self) -> Option<ObjectId> {
        let tree = self.file.tree()?;
        // What is only meant to be added, and is in no tree, is not counted.
        (tree.num_entries.map(|number| number as usize) == Some(self.len())).then_some(tree.id)
    }

    fn entry(&self, position: usize) -> &Entry {
        let number = self.folded.as_ref().map_or(position, |folded| folded[position] as usize);
        &self.file.entries()[number]
    }

    /// The path, relative to the top of the working tree; that of a directory that is not checked out ends in `/`.
    pub(in crate::source) fn path(&self, position: usize) -> &BStr {
        self.entry(position).path(&self.file)
    }

    /// The entries below a directory, among those `within`; `directory` ends in `/`, or is empty for the top.
    pub(in crate::source) fn below(&self, within: Range<usize>, directory: &[u8]) -> Range<usize> {
        let directory = &*self.composed(directory);
        let head = |position: usize| {
            let path = self.path(position);
            compare(&path[..path.len().min(directory.len())], directory, self.folded.is_some())
        };
        let start = partition(within.clone(), |position| head(position) == Ordering::Less);
        let end = partition(start..within.end, |position| head(position) == Ordering::Equal);
        start..end
    }

    /// The entry of a path, the first one of a conflict; `within` are the entries below its directory.
    pub(in crate::source) fn find(&self, within: Range<usize>, path: &[u8]) -> Option<usize> {
        let path = &*self.composed(path);
        let fold = self.folded.is_some();
        let order = |position: usize| compare(self.path(position), path, fold);
        let first = partition(within.clone(), |position| order(position) == Ordering::Less);
        let mut equal = (first..within.end).take_while(|&position| order(position) == Ordering::Equal).peekable();
        let nearest = equal.peek().copied();
        equal.find(|&position| self.path(position) == path).or(nearest)
    }

    /// All entries of the path at a position: one, or up to three of a conflict.
    pub(in crate::source) fn stages(&self, position: usize) -> Range<usize> {
        let path = self.path(position);
        let more = (position + 1..self.len()).take_while(|&next| self.path(next) == path).count();
        position..position + 1 + more
    }

    fn composed<'a>(&self, path: &'a [u8]) -> Cow<'a, BStr> {
        let path = Cow::Borrowed(path.as_bstr());
        if self.precompose { gix::utils::str::precompose_bstr(path) } else { path }
    }

    pub(in crate::source) fn is_submodule(&self, position: usize) -> bool {
        self.entry(position).mode.is_submodule()
    }

    /// The commit of a submodule.
    pub(super) fn submodule(&self, position: usize) -> Option<ObjectId> {
        self.is_submodule(position).then(|| self.entry(position).id)
    }

    /// Whether the entry stands for all that a directory holds: a sparse index keeps no more of it.
    pub(in crate::source) fn is_directory(&self, position: usize) -> bool {
        self.entry(position).mode.is_sparse()
    }

    /// Whether the entry is left out of the working tree on purpose.
    pub(in crate::source) fn is_sparse(&self, position: usize) -> bool {
        self.entry(position).flags.contains(entry::Flags::SKIP_WORKTREE)
    }

    /// Whether the entry only says that something will be added.
    pub(super) fn is_intended(&self, position: usize) -> bool {
        self.entry(position).flags.contains(entry::Flags::INTENT_TO_ADD)
    }

    /// Whether the entry is what both sides of a conflict began with.
    pub(super) fn is_common_ancestor(&self, position: usize) -> bool {
        self.entry(position).stage_raw() == 1
    }

    /// The trees that the directories would be, as far as the index noted it.
    pub(super) fn noted_tree(&self) -> Option<&index::extension::Tree> {
        self.file.tree()
    }

    /// Whether several versions wait for a decision.
    pub(in crate::source) fn is_conflict(&self, position: usize) -> bool {
        self.entry(position).stage_raw() != 0
    }

    /// The object that is staged; `None` where there is none: of a submodule, and of what is only meant to be added.
    pub(in crate::source) fn object(&self, position: usize) -> Option<ObjectId> {
        let entry = self.entry(position);
        let is_blob = matches!(entry.mode, Mode::FILE | Mode::FILE_EXECUTABLE | Mode::SYMLINK | Mode::DIR);
        (is_blob && !entry.flags.contains(entry::Flags::INTENT_TO_ADD)).then_some(entry.id)
    }

    /// Whether the file is for certain what was staged, by all that the index noted about it: git's rule, where
    /// nothing is certain about a file that changed in the same moment as the index ("racy git").
    ///
    /// Times are compared to the nanosecond first, so that a fresh checkout need not be read twice: what changes later
    /// than the index has a later time, or the same within one tick of the clock, which is not certain.
    pub(in crate::source) fn is_unchanged(&self, position: usize, metadata: &fs::Metadata) -> bool {
        let entry = self.entry(position);
        let Some(stat) = stat(metadata) else { return false };
        let timestamp = self.file.timestamp();
        [true, false].into_iter().any(|use_nsec| {
            let options = entry::stat::Options { use_nsec, ..entry::stat::Options::default() };
            entry.stat.matches(&stat, options) && !entry.stat.is_racy(timestamp, options)
        })
    }

    /// Begins to hash content of `size` bytes as git does.
    pub(in crate::source) fn hash(&self, size: u64) -> BlobHash {
        let mut hasher = hash::hasher(self.file.object_hash());
        hasher.update(&objs::encode::loose_header(objs::Kind::Blob, size));
        BlobHash { hasher, missing: Some(size) }
    }
}

/// Refuses an index, or one that it may share entries with, that would have to be waited for or never ends.
fn refuse_special(path: &Path) -> Result<(), SourceError> {
    let is_shared = |name: &OsStr| name.as_encoded_bytes().starts_with(b"sharedindex.");
    let beside = path.parent().and_then(|directory| fs::read_dir(directory).ok()).into_iter().flatten();
    let shared = beside.flatten().map(|entry| entry.path()).filter(|path| path.file_name().is_some_and(is_shared));
    for path in shared.chain([path.to_owned()]) {
        if fs::metadata(&path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(corrupt(&path, NOT_REGULAR));
        }
    }
    Ok(())
}

/// The content of an index; `None` if there is none.
fn read(path: &Path) -> Result<Option<Vec<u8>>, SourceError> {
    let mut content = Vec::new();
    match open::target(path).and_then(|found| found.map(|(mut file, _)| file.read_to_end(&mut content)).transpose()) {
        Ok(Some(_)) => Ok(Some(content)),
        Ok(None) => Err(corrupt(path, NOT_REGULAR)),
        Err(error) if super::is_absent(&error) => Ok(None),
        Err(error) => Err(corrupt(path, &error.to_string())),
    }
}

/// As [`Index::verify`], of the index at `path`, which need not be there.
pub(super) fn verify(path: &Path, kind: hash::Kind) -> Result<(), SourceError> {
    if !verify_file(path, kind, None)? {
        return Ok(());
    }
    let Some(content) = read(path)? else { return Ok(()) };
    let Some(id) = shared(&content, kind) else { return Ok(()) };
    verify_file(&path.with_file_name(format!("sharedindex.{id}")), kind, Some(id)).map(drop)
}

/// The checksum, by which it is named, of the file with the entries that a split index does not list itself.
fn shared(content: &[u8], kind: hash::Kind) -> Option<ObjectId> {
    // Any time does: it matters only to who compares files with entries.
    let time = index::State::new(kind).timestamp();
    let decoded = index::State::from_bytes(content, time, kind, index::decode::Options::default());
    Some(decoded.ok()?.0.link()?.shared_index_checksum)
}

/// Checks one file against the checksum at its end, and that against the one which it is expected to have. Says whether it
/// may be split: whether anything in it looks like the mark of that.
fn verify_file(path: &Path, kind: hash::Kind, expected: Option<ObjectId>) -> Result<bool, SourceError> {
    let fail = |error: io::Error| corrupt(path, &error.to_string());
    let (mut file, length) = match open::target(path) {
        Ok(Some((file, metadata))) => (file, metadata.len()),
        Ok(None) => return Err(corrupt(path, NOT_REGULAR)),
        Err(error) if super::is_absent(&error) => return Ok(false),
        Err(error) => return Err(fail(error)),
    };
    let checksum_length = kind.len_in_bytes();
    let mut rest = length.checked_sub(checksum_length as u64).ok_or_else(|| corrupt(path, "it is cut short"))? as usize;
    let mut hasher = hash::hasher(kind);
    let mut is_split = false;
    // What stands at the end of the last piece begins the next, so that no mark is cut.
    let overlap = index::extension::link::SIGNATURE.len() - 1;
    let mut buffer = vec![0; overlap + PIECE.min(rest)];
    while rest > 0 {
        let end = overlap + rest.min(PIECE);
        file.read_exact(&mut buffer[overlap..end]).map_err(fail)?;
        hasher.update(&buffer[overlap..end]);
        is_split |= buffer[..end].find(index::extension::link::SIGNATURE).is_some();
        rest -= end - overlap;
        buffer.copy_within(end - overlap..end, 0);
    }
    let mut checksum = vec![0; checksum_length];
    file.read_exact(&mut checksum).map_err(fail)?;
    let is_expected = expected.is_none_or(|expected| expected.as_slice() == checksum);
    // With `index.skipHash` git writes none.
    let is_none = checksum.iter().all(|byte| *byte == 0);
    if is_expected && (is_none || hasher.try_finalize().is_ok_and(|actual| actual.as_slice() == checksum)) {
        Ok(is_split)
    } else {
        Err(corrupt(path, "its content does not match its checksum"))
    }
}

fn corrupt(path: &Path, what: &str) -> SourceError {
    SourceError {
        message: format!("the git index {} cannot be read: {what}", path.display()),
        help: "remove the file, then `git reset` makes it anew; what was staged has to be staged again".to_owned(),
    }
}

/// The object id that content would have, on its way.
pub(in crate::source) struct BlobHash {
    hasher: hash::Hasher,
    /// `None`: there was more than announced.
    missing: Option<u64>,
}

impl BlobHash {
    pub(in crate::source) fn update(&mut self, bytes: &[u8]) {
        self.missing = self.missing.and_then(|missing| missing.checked_sub(bytes.len() as u64));
        self.hasher.update(bytes);
    }

    /// `None` if it was more or less than announced, or made to collide with another: then it is no content of ours.
    pub(in crate::source) fn finish(self) -> Option<ObjectId> {
        let id = self.hasher.try_finalize();
        id.ok().filter(|_| self.missing == Some(0))
    }
}

/// Order of paths; folding is git's: of ASCII letters only.
fn compare(a: &[u8], b: &[u8], fold: bool) -> Ordering {
    if fold { a.iter().map(u8::to_ascii_lowercase).cmp(b.iter().map(u8::to_ascii_lowercase)) } else { a.cmp(b) }
}

/// The first position `within` for which `is_before` does not hold; it must hold for all before that and none after.
fn partition(within: Range<usize>, is_before: impl Fn(usize) -> bool) -> usize {
    let Range { mut start, mut end } = within;
    while start < end {
        let middle = start + (end - start) / 2;
        if is_before(middle) {
            start = middle + 1;
        } else {
            end = middle;
        }
    }
    start
}

/// What the index would note about a file. Times before 1970 are not noted.
fn stat(metadata: &fs::Metadata) -> Option<Stat> {
    let time = |(seconds, nanoseconds): (i64, i64)| {
        let secs = u32::try_from(seconds).ok()?;
        Some(entry::stat::Time { secs, nsecs: u32::try_from(nanoseconds).ok()? })
    };
    let noted = platform::noted(metadata);
    Some(Stat {
        mtime: time(noted.modified)?,
        ctime: time(noted.changed)?,
        dev: noted.device,
        ino: noted.inode,
        uid: noted.user,
        gid: noted.group,
        size: metadata.len() as u32,
    })
}
