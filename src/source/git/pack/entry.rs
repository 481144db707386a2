//! The entries of a pack: what stands before the compressed bytes of each.
//!
//! The format is that of git's `Documentation/gitformat-pack`.

use gix::{ObjectId, hash, objs::Kind};

/// What an entry says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) header: Header,
    /// How many bytes the entry inflates to: the object, or its delta.
    pub(super) size: u64,
    /// How many bytes stand before the compressed ones.
    pub(super) skip: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Header {
    /// The object itself.
    Whole(Kind),
    /// A delta, on the object whose entry begins so many bytes before this one.
    Before(u64),
    /// A delta, on the object with this id.
    Id(ObjectId),
}

impl Entry {
    /// Reads the header at the beginning of `bytes`; `None`: it makes no sense, or is cut short.
    pub(super) fn parse(bytes: &[u8], hash: hash::Kind) -> Option<Self> {
        let mut bytes = Bytes { all: bytes, at: 0 };
        let first = bytes.next()?;
        let mut size = u64::from(first & 15);
        let mut shift = 4;
        let mut byte = first;
        while byte & 0x80 != 0 {
            byte = bytes.next()?;
            let bits = u64::from(byte & 0x7f);
            if shift > 63 || bits << shift >> shift != bits {
                return None;
            }
            size |= bits << shift;
            shift += 7;
        }
        let header = match first >> 4 & 7 {
            1 => Header::Whole(Kind::Commit),
            2 => Header::Whole(Kind::Tree),
            3 => Header::Whole(Kind::Blob),
            4 => Header::Whole(Kind::Tag),
            6 => Header::Before(bytes.distance()?),
            7 => Header::Id(bytes.id(hash)?),
            _ => return None,
        };
        Some(Self { header, size, skip: bytes.at })
    }
}

struct Bytes<'a> {
    all: &'a [u8],
    at: usize,
}

impl Bytes<'_> {
    fn next(&mut self) -> Option<u8> {
        let byte = self.all.get(self.at)?;
        self.at += 1;
        Some(*byte)
    }

    /// A number in which no two spellings mean the same: each further byte stands for what shorter ones cannot say.
    fn distance(&mut self) -> Option<u64> {
        let mut byte = self.next()?;
        let mut distance = u64::from(byte & 0x7f);
        while byte & 0x80 != 0 {
            byte = self.next()?;
            if distance >= 1 << 56 {
                return None;
            }
            distance = (distance + 1) << 7 | u64::from(byte & 0x7f);
        }
        Some(distance)
    }

    fn id(&mut self, hash: hash::Kind) -> Option<ObjectId> {
        let bytes = self.all.get(self.at..self.at + hash.len_in_bytes())?;
        self.at += bytes.len();
        ObjectId::try_from(bytes).ok()
    }
}
