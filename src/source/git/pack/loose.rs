//! Objects in files of their own.

use std::{
    cmp::Ordering,
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use gix::{ObjectId, hash, objs::Kind, oid};

use super::{
    buffer::Buffer,
    fault::Fault,
    inflate::{Inflater, plausible},
};
use crate::source::open;

/// The longest head that an object can have: a kind, the digits of its size, and what is between and behind them.
pub(super) const HEAD: usize = 32;

/// How much of a file is read to see what it is, in bytes.
const FIRST: u64 = 4 << 10;

/// The loose objects of one store.
pub(super) struct Loose {
    pub(super) store: usize,
    directory: PathBuf,
    hash: hash::Kind,
    /// The ids in order, one after the other.
    ids: Vec<u8>,
}

impl Loose {
    /// Lists the objects; what cannot be listed goes to `problem`.
    pub(super) fn list(
        store: usize,
        directory: &Path,
        hash: hash::Kind,
        mut problem: impl FnMut(&Path, &io::Error),
    ) -> Self {
        let mut ids = Vec::new();
        for first in 0..=u8::MAX {
            let path = directory.join(format!("{first:02x}"));
            let mut here = match ids_in(&path, first, hash) {
                Ok(here) => here,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => {
                    problem(&path, &error);
                    continue;
                }
            };
            here.sort_unstable();
            for id in here {
                ids.extend_from_slice(id.as_slice());
            }
        }
        Self { store, directory: directory.to_owned(), hash, ids }
    }

    pub(super) fn len(&self) -> u32 {
        (self.ids.len() / self.hash.len_in_bytes()) as u32
    }

    pub(super) fn id(&self, number: u32) -> &oid {
        let length = self.hash.len_in_bytes();
        oid::from_bytes_unchecked(&self.ids[number as usize * length..][..length])
    }

    pub(super) fn find(&self, id: &oid) -> Option<u32> {
        let (mut start, mut end) = (0, self.len());
        while start < end {
            let middle = start + (end - start) / 2;
            match self.id(middle).cmp(id) {
                Ordering::Less => start = middle + 1,
                Ordering::Equal => return Some(middle),
                Ordering::Greater => end = middle,
            }
        }
        None
    }

    pub(super) fn path(&self, number: u32) -> PathBuf {
        let name = self.id(number).to_string();
        let (first, rest) = name.split_at(2);
        self.directory.join(first).join(rest)
    }

    /// Opens an object and reads its head, and what of the file comes with that, into `read`.
    pub(super) fn open(&self, number: u32, inflater: &mut Inflater, read: &mut Vec<u8>) -> Result<Head, Fault> {
        read.clear();
        let Some((mut file, metadata)) = open::target(&self.path(number))? else {
            return Err(io::Error::other("it is no regular file").into());
        };
        (&mut file).take(FIRST).read_to_end(read)?;
        let mut head = [0; HEAD];
        inflater.start();
        let length = inflater.more(read, &mut head)?.written;
        let (kind, size, length) = parse(&head[..length]).ok_or(Fault::Header)?;
        plausible(metadata.len(), size)?;
        Ok(Head { file, kind, size, length })
    }

    /// Reads an object that was opened. `out` gets its head, and its content behind that.
    pub(super) fn read(head: Head, inflater: &mut Inflater, read: &mut Vec<u8>, out: &mut Buffer) -> Result<(), Fault> {
        // No more than it can take to say so much, however badly it is compressed.
        let most = head.size.saturating_add(head.size / 4).saturating_add(FIRST);
        head.file.take(most).read_to_end(read)?;
        inflater.whole(read, head.size.saturating_add(head.length as u64), out)
    }
}

/// A loose object whose head was read.
pub(super) struct Head {
    pub(super) file: fs::File,
    pub(super) kind: Kind,
    /// How many bytes the content has.
    pub(super) size: u64,
    /// How many bytes stand before the content.
    pub(super) length: usize,
}

fn ids_in(directory: &Path, first: u8, hash: hash::Kind) -> io::Result<Vec<ObjectId>> {
    let mut ids = Vec::new();
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name();
        let name = name.as_encoded_bytes();
        // What else is there was never finished, or is none of git's.
        if name.len() + 2 == hash.len_in_hex() && name.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
            let hex = [format!("{first:02x}").as_bytes(), name].concat();
            ids.extend(ObjectId::from_hex(&hex));
        }
    }
    Ok(ids)
}

/// The kind, the size, and how long the head is: `blob 12`, then a zero byte.
fn parse(bytes: &[u8]) -> Option<(Kind, u64, usize)> {
    let end = bytes.iter().position(|byte| *byte == 0)?;
    let space = bytes[..end].iter().position(|byte| *byte == b' ')?;
    let digits = &bytes[space + 1..end];
    if digits.is_empty() || (digits.len() > 1 && digits[0] == b'0') || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let size = str::from_utf8(digits).ok()?.parse().ok()?;
    let kind = match &bytes[..space] {
        b"blob" => Kind::Blob,
        b"tree" => Kind::Tree,
        b"commit" => Kind::Commit,
        b"tag" => Kind::Tag,
        _ => return None,
    };
    Some((kind, size, end + 1))
}
