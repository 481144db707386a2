//! One pack with its index.

use std::{cmp::Ordering, fs, io, path::Path};

use gix::{hash, odb::pack, oid};

use super::{
    entry::{Entry, Header},
    fault::Fault,
};

/// A pack, mapped into memory, and its index.
pub(super) struct Pack {
    /// The number of the store that it is in.
    pub(super) store: usize,
    index: pack::index::File,
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
        let index = pack::index::File::at(index, hash).map_err(|error| format!("its index: {}", causes(&error)))?;
        let data = pack::data::File::at(data, hash).map_err(|error| causes(&error))?;
        if index.num_objects() != data.num_objects() {
            let (indexed, packed) = (index.num_objects(), data.num_objects());
            return Err(format!("it has {packed} objects, but its index {indexed}"));
        }
        if index.pack_checksum() != data.checksum() {
            return Err("its index is that of another pack".to_owned());
        }
        let pack = Self { store, index, data };
        let ids = 1..pack.len();
        if ids.into_iter().any(|position| pack.id(position - 1).cmp(pack.id(position)) == Ordering::Greater) {
            return Err("its index is not in order".to_owned());
        }
        Ok(pack)
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
        self.index.lookup(id)
    }

    /// Where the entry of the object at a position of the index begins.
    pub(super) fn offset(&self, position: u32) -> u64 {
        self.index.pack_offset_at_index(position)
    }

    /// Where the last entry ends.
    pub(super) fn end(&self) -> u64 {
        self.data.pack_end() as u64
    }

    /// Whether the index has a checksum of each entry.
    pub(super) fn has_checksums(&self) -> bool {
        self.index.version() == pack::index::Version::V2
    }

    /// The bytes from an offset to another one, or to the last entry's end.
    pub(super) fn bytes(&self, from: u64, to: u64) -> &[u8] {
        self.data.entry_slice(from..to.min(self.end())).unwrap_or_default()
    }

    /// Reads the head of the entry at an offset.
    pub(super) fn entry(&self, offset: u64) -> Result<Entry, Fault> {
        Entry::parse(self.bytes(offset, self.end()), self.hash())
    }

    /// Checks the bytes of an entry against the checksum that the index may have of it.
    pub(super) fn verify(&self, position: u32, from: u64, to: u64) -> Result<(), Fault> {
        let Some(expected) = self.index.crc32_at_index(position) else { return Ok(()) };
        if from >= to || to > self.end() || self.data.entry_crc32(from, (to - from) as usize) != expected {
            return Err(Fault::Checksum);
        }
        Ok(())
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
}

/// Fails for what would have to be waited for, or never ends, and for what is not there.
fn refuse_special(path: &Path) -> io::Result<()> {
    if fs::metadata(path)?.is_file() { Ok(()) } else { Err(io::Error::other("it is no regular file")) }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn causes(error: &gix::Error) -> String {
    super::super::causes(error)
}
