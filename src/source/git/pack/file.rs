//! One pack with its index.

use std::{cmp::Ordering, fs, hint, io, ops::Range, path::Path, ptr, sync::atomic::AtomicBool};

use gix::{hash, odb::pack, oid, progress::Discard};

use super::{
    entry::{Entry, Header},
    fault::Fault,
    starts::Starts,
};

/// What of a pack the system is taken to read with each byte that is looked at, in bytes (as a power of two).
const REGION: u32 = 16;

/// How much of packs all threads together keep in memory, in bytes.
pub(super) const MAPPED: u64 = 96 << 20;

/// How many ids are looked for together at most: as many reads as a processor can wait for.
pub(super) const TOUCHED: usize = 16;

/// A pack and its index, both mapped into memory.
pub(super) struct Pack {
    /// The number of the store that it is in.
    pub(super) store: usize,
    index: pack::index::File,
    starts: Starts,
    data: pack::data::File,
}

impl Pack {
    /// Opens the pack that belongs to an index. What can be checked without reading all of the pack is checked; the error
    /// says what is wrong, as the end of a sentence about the pack.
    pub(super) fn open(store: usize, index: &Path, hash: hash::Kind) -> Result<Self, String> {
        let data = index.with_extension("pack");
        for path in [index, &data] {
            refuse_special(path).map_err(|error| format!("{}: {error}", name(path)))?;
        }
        let index = pack::index::File::at(index, hash);
        let index = index.map_err(|error| format!("its index: {}", super::super::causes(&error)))?;
        let data = pack::data::File::at(data, hash).map_err(|error| super::super::causes(&error))?;
        if index.num_objects() != data.num_objects() {
            let (indexed, packed) = (index.num_objects(), data.num_objects());
            return Err(format!("it has {packed} objects, but its index {indexed}"));
        }
        if index.pack_checksum() != data.checksum() {
            return Err("its index is that of another pack".to_owned());
        }
        let id = |position| index.oid_at_index(position);
        if (1..index.num_objects()).any(|position| id(position - 1) > id(position)) {
            return Err("its index is not in order".to_owned());
        }
        let starts = Starts::new(index.num_objects(), id);
        Ok(Self { store, index, starts, data })
    }

    pub(super) fn path(&self) -> &Path {
        self.data.path()
    }

    pub(super) fn hash(&self) -> hash::Kind {
        self.index.object_hash()
    }

    /// How many objects it has.
    pub(super) fn len(&self) -> u32 {
        self.index.num_objects()
    }

    /// The id of the object at a position of the index.
    pub(super) fn id(&self, position: u32) -> &oid {
        self.index.oid_at_index(position)
    }

    /// The position in the index of an object.
    pub(super) fn find(&self, id: &oid) -> Option<u32> {
        let Range { mut start, mut end } = self.starts.range(id);
        // Nearly always these bytes decide, which spares comparing all of them.
        let first = |id: &oid| id.as_bytes().first_chunk().map_or(0, |first| u64::from_be_bytes(*first));
        let wanted = first(id);
        while start < end {
            let middle = start + (end - start) / 2;
            let here = self.id(middle);
            match first(here).cmp(&wanted).then_with(|| here.cmp(id)) {
                Ordering::Less => start = middle + 1,
                Ordering::Equal => return Some(middle),
                Ordering::Greater => end = middle,
            }
        }
        None
    }

    /// Reads what [`Pack::find`] will read first for these ids. Each look is at a place that no other was near, and the
    /// processor waits for many of them at once if nothing is decided in between.
    pub(super) fn touch(&self, ids: &[&oid]) {
        let Some(last) = self.len().checked_sub(1) else { return };
        let mut firsts = [0; TOUCHED];
        for (first, id) in firsts.iter_mut().zip(ids) {
            *first = self.starts.range(id).start.min(last);
        }
        hint::black_box(firsts.iter().fold(0, |all, first| all ^ self.id(*first).first_byte()));
    }

    /// Where the entry of the object at a position of the index begins.
    pub(super) fn offset(&self, position: u32) -> u64 {
        self.index.pack_offset_at_index(position)
    }

    /// The CRC-32 that the bytes of an entry have; `None` in an old index, which has none.
    pub(super) fn checksum(&self, position: u32) -> Option<u32> {
        self.index.crc32_at_index(position)
    }

    /// Where the last entry ends.
    pub(super) fn end(&self) -> u64 {
        self.data.pack_end() as u64
    }

    /// Where the base of an entry begins, if the entry is a delta on one of this pack; `None`: it is no delta.
    pub(super) fn base(&self, offset: u64, entry: &Entry) -> Result<Option<u64>, Fault> {
        match entry.header {
            Header::Whole(_) => Ok(None),
            Header::Before(distance) => {
                let base = offset.checked_sub(distance).filter(|base| *base < offset);
                base.map(Some).ok_or(Fault::NoEntry(distance))
            }
            Header::Id(id) => self.find(&id).map(|base| Some(self.offset(base))).ok_or(Fault::NoBase(id)),
        }
    }

    /// Checks the index against the checksum at its end: ids and offsets could not be trusted otherwise.
    pub(super) fn verify_index(&self) -> Result<(), String> {
        let verified = self.index.verify_checksum(&mut Discard, &AtomicBool::new(false));
        verified.map(drop).map_err(|error| format!("its index: {}", super::super::causes(&error)))
    }

    /// Maps the pack anew; `None` if it is not there any more, as after `git gc`.
    fn map(&self) -> Option<pack::data::File> {
        let data = pack::data::File::at(self.path(), self.hash()).ok()?;
        let is_same = data.data_len() == self.data.data_len() && data.checksum() == self.data.checksum();
        is_same.then_some(data)
    }
}

/// The bytes of a pack, as one thread reads them.
///
/// What was read of a mapped file counts as memory of the process for as long as the file is mapped. Therefore each view
/// maps the pack for itself, and does so anew once it has read much of it.
pub(super) struct View<'a> {
    pack: &'a Pack,
    /// `None`: that of the pack has to do.
    own: Option<pack::data::File>,
    /// How many bytes may be read until the pack is mapped anew.
    limit: u64,
    read: u64,
    /// The part of the pack that was read last.
    region: u64,
}

impl<'a> View<'a> {
    /// `limit` is how much memory the view may take, in bytes.
    pub(super) fn new(pack: &'a Pack, limit: u64) -> Self {
        Self { pack, own: pack.map(), limit, read: 0, region: u64::MAX }
    }

    pub(super) fn pack(&self) -> &'a Pack {
        self.pack
    }

    /// The bytes from an offset on, of which about `length` will be read.
    pub(super) fn bytes(&mut self, from: u64, length: u64) -> &[u8] {
        let to = from.saturating_add(length).min(self.pack.end());
        if from >> REGION != self.region || to >> REGION != self.region {
            self.enter(from, to);
        }
        let data = self.own.as_ref().unwrap_or(&self.pack.data);
        data.entry_slice(from..self.pack.end()).unwrap_or_default()
    }

    #[cold]
    fn enter(&mut self, from: u64, to: u64) {
        self.region = to >> REGION;
        self.read += to.saturating_sub(from) + (1 << REGION);
        if self.read > self.limit {
            self.read = 0;
            self.own = None;
            self.own = self.pack.map();
        }
    }

    /// Reads the head of the entry at an offset.
    pub(super) fn entry(&mut self, offset: u64) -> Result<Entry, Fault> {
        let hash = self.pack.hash();
        Entry::parse(self.bytes(offset, 1), hash).ok_or(Fault::Header)
    }
}

/// The view of a pack: the last one, if it was the same pack.
pub(super) fn view<'v, 'a>(last: &'v mut Option<View<'a>>, pack: &'a Pack, limit: u64) -> &'v mut View<'a> {
    if last.as_ref().is_some_and(|view| !ptr::eq(view.pack(), pack)) {
        *last = None;
    }
    last.get_or_insert_with(|| View::new(pack, limit))
}

/// Fails for what would have to be waited for, or never ends, and for what is not there.
fn refuse_special(path: &Path) -> io::Result<()> {
    if fs::metadata(path)?.is_file() { Ok(()) } else { Err(io::Error::other("it is no regular file")) }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
