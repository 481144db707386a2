//! The directories that objects are in, and what is in each: packs and loose objects.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap, binary_heap::PeekMut},
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use gix::{hash, oid};

use super::{
    HELP, Place,
    bits::Bits,
    file::{Pack, TOUCHED},
    loose::Loose,
    problem,
};
use crate::origin::Problem;

/// All that holds objects, opened and listed.
pub(in crate::source) struct Stores {
    directories: Vec<PathBuf>,
    pub(super) hash: hash::Kind,
    /// In the order in which their objects are preferred.
    pub(super) sources: Vec<Source>,
    /// By position in `sources`, which objects are hidden by an earlier source, or by the same one.
    pub(super) hidden: Vec<Bits>,
    /// By position in `sources`, how many objects the earlier ones have.
    before: Vec<u32>,
    distinct: u64,
    problems: Vec<Problem>,
}

/// Objects in order of their ids.
pub(super) enum Source {
    Pack(Box<Pack>),
    Loose(Loose),
}

impl Source {
    pub(super) fn store(&self) -> usize {
        match self {
            Self::Pack(pack) => pack.store,
            Self::Loose(loose) => loose.store,
        }
    }

    pub(super) fn len(&self) -> u32 {
        match self {
            Self::Pack(pack) => pack.len(),
            Self::Loose(loose) => loose.len(),
        }
    }

    pub(super) fn id(&self, position: u32) -> &oid {
        match self {
            Self::Pack(pack) => pack.id(position),
            Self::Loose(loose) => loose.id(position),
        }
    }

    pub(super) fn find(&self, id: &oid) -> Option<u32> {
        match self {
            Self::Pack(pack) => pack.find(id),
            Self::Loose(loose) => loose.find(id),
        }
    }
}

impl Stores {
    /// Opens directories of objects, as [`with_alternates`](super::with_alternates) finds them. Of an object that is in
    /// several stores the copy of the first one counts; within a store packs come first, large ones before small ones.
    ///
    /// What cannot be read is a problem, see [`Stores::problems`]; the rest is read.
    pub(in crate::source) fn open(directories: &[PathBuf], hash: hash::Kind) -> Self {
        let mut sources = Vec::new();
        let mut problems = Vec::new();
        for (store, directory) in directories.iter().enumerate() {
            let unreadable = |path: &Path, error: &io::Error| {
                problem(path, format!("the directory of git objects cannot be read: {error}"), HELP)
            };
            if let Err(error) = fs::read_dir(directory) {
                problems.push(unreadable(directory, &error));
                continue;
            }
            // Before packs: git puts what was loose into a pack before it takes the files away.
            let loose = Loose::list(store, directory, hash, |path, error| problems.push(unreadable(path, error)));
            let pack = directory.join("pack");
            match packs(store, &pack, hash, &mut problems) {
                Ok(packs) => sources.extend(packs.into_iter().map(|pack| Source::Pack(Box::new(pack)))),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => problems.push(unreadable(&pack, &error)),
            }
            sources.push(Source::Loose(loose));
        }
        let (hidden, distinct) = hide_duplicates(&sources);
        let before = sources.iter().scan(0, |before, source| {
            let here = *before;
            *before += source.len();
            Some(here)
        });
        let directories = directories.to_owned();
        Self { directories, hash, before: before.collect(), sources, hidden, distinct, problems }
    }

    /// The same directories as they are now: git packs what was loose, and takes the files away.
    pub(super) fn again(&self) -> Self {
        Self::open(&self.directories, self.hash)
    }

    /// How many distinct objects there are.
    pub(in crate::source) fn len(&self) -> u64 {
        self.distinct
    }

    /// What could not be opened or listed. [`visit`](fn@super::visit) tells its visitors, too.
    pub(in crate::source) fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Whether an object is there.
    pub(in crate::source) fn contains(&self, id: &oid) -> bool {
        self.sources.iter().any(|source| source.find(id).is_some())
    }

    /// Shows the numbers of several objects, as [`Stores::number`] has them, faster than one after the other.
    pub(in crate::source) fn each_number<'i>(&self, ids: &[&'i oid], mut each: impl FnMut(&'i oid, Option<u32>)) {
        for ids in ids.chunks(TOUCHED) {
            for source in &self.sources {
                if let Source::Pack(pack) = source {
                    pack.touch(ids);
                }
            }
            for id in ids {
                each(id, self.number(id));
            }
        }
    }

    /// A number for an object, the same wherever it is asked for, and less than [`Stores::numbers`]; `None`: it is not
    /// there.
    pub(in crate::source) fn number(&self, id: &oid) -> Option<u32> {
        let (source, position) = self.places(id).next()?;
        Some(self.number_at(source, position))
    }

    pub(super) fn number_at(&self, source: usize, position: u32) -> u32 {
        self.before[source] + position
    }

    /// How many numbers there are: copies of objects have some that nothing has.
    pub(in crate::source) fn numbers(&self) -> u32 {
        self.before.last().zip(self.sources.last()).map_or(0, |(before, source)| before + source.len())
    }

    /// The id of the object with a number, and which of the directories it is in.
    pub(in crate::source) fn numbered(&self, number: u32) -> (&oid, usize) {
        let source = self.before.partition_point(|before| *before <= number) - 1;
        let source_of = &self.sources[source];
        (source_of.id(number - self.before[source]), source_of.store())
    }

    pub(super) fn place(&self, source: usize, position: u32) -> Place<'_> {
        Place { stores: self, source, position }
    }

    /// All places where an object is: position in `sources`, and in that source.
    pub(super) fn places(&self, id: &oid) -> impl Iterator<Item = (usize, u32)> {
        let sources = self.sources.iter().enumerate();
        sources.filter_map(move |(number, source)| source.find(id).map(|position| (number, position)))
    }
}

/// How often a directory of packs is listed anew where a pack was gone before it could be opened, and how long is waited
/// before that.
const LISTINGS: u32 = 4;
const BETWEEN: Duration = Duration::from_millis(25);

/// Opens the packs of a store, large ones first.
fn packs(store: usize, directory: &Path, hash: hash::Kind, problems: &mut Vec<Problem>) -> io::Result<Vec<Pack>> {
    let mut left = LISTINGS;
    loop {
        left -= 1;
        let Listing { packed, indexed } = Listing::of(directory)?;
        let mut packs = Vec::new();
        let mut broken = Vec::new();
        for stem in &indexed {
            match Pack::open(store, &stem.with_extension("idx"), hash) {
                Ok(pack) => packs.push(pack),
                Err(error) => broken.push((stem.with_extension("pack"), error)),
            }
        }
        // What git has put into another pack meanwhile is in that one.
        if left > 0 && broken.iter().any(|(pack, _)| !pack.exists()) {
            thread::sleep(BETWEEN);
            continue;
        }
        let without_index = packed.difference(&indexed).map(|stem| stem.with_extension("pack"));
        problems.extend(without_index.map(|path| {
            let message = "the pack has no index: neither git nor keyhound sees the objects in it".to_owned();
            problem(&path, message, &format!("`git index-pack {}` makes the index", path.display()))
        }));
        let unreadable =
            |(path, error): (PathBuf, String)| problem(&path, format!("the pack cannot be read: {error}"), HELP);
        problems.extend(broken.into_iter().map(unreadable));
        packs.sort_by_key(|pack| Reverse(pack.len()));
        return Ok(packs);
    }
}

/// Packs by their path without an ending.
#[derive(Default)]
struct Listing {
    packed: BTreeSet<PathBuf>,
    indexed: BTreeSet<PathBuf>,
}

impl Listing {
    fn of(directory: &Path) -> io::Result<Self> {
        let mut listing = Self::default();
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().as_encoded_bytes();
            match path.extension().map(OsStr::as_encoded_bytes) {
                Some(b"idx") if !name.starts_with(b"tmp_") => listing.indexed.insert(path.with_extension("")),
                // What git has not finished has no index yet.
                Some(b"pack") if !name.starts_with(b"tmp_") && !name.starts_with(b".tmp-") => {
                    listing.packed.insert(path.with_extension(""))
                }
                _ => false,
            };
        }
        Ok(listing)
    }
}

/// Finds what is there more than once: which objects of each source are not the first of their id, and how many ids
/// there are.
fn hide_duplicates(sources: &[Source]) -> (Vec<Bits>, u64) {
    let mut hidden: Vec<_> = sources.iter().map(|_| Bits::default()).collect();
    let mut next = BinaryHeap::new();
    for (number, source) in sources.iter().enumerate().filter(|(_, source)| source.len() > 0) {
        next.push(Reverse((source.id(0), number, 0)));
    }
    let mut last = None;
    let mut distinct = 0;
    while let Some(mut top) = next.peek_mut() {
        let Reverse((id, number, position)) = *top;
        if last == Some(id) {
            hidden[number].set(position);
        } else {
            distinct += 1;
            last = Some(id);
        }
        if position + 1 < sources[number].len() {
            *top = Reverse((sources[number].id(position + 1), number, position + 1));
        } else {
            PeekMut::pop(top);
        }
    }
    (hidden, distinct)
}
