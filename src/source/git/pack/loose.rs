//! Objects in files of their own.

use std::{
    cmp::Ordering,
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use gix::{ObjectId, hash, objs::Kind, oid};

use super::{buffer::Buffer, fault::Fault, inflate::Inflater};
use crate::source::{git::is_absent, open};

/// The longest head that an object can have: a kind, the digits of its size, and what is between and behind them.
const HEAD: usize = 32;

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
                Err(error) if is_absent(&error) => continue,
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

    /// Reads an object. `out` holds its head, of the length that is returned, and its content; `read` is scratch.
    pub(super) fn read(
        &self,
        number: u32,
        inflater: &mut Inflater,
        read: &mut Vec<u8>,
        out: &mut Buffer,
    ) -> Result<(Kind, usize), Fault> {
        read.clear();
        let Some((mut file, _)) = open::target(&self.path(number))? else {
            return Err(io::Error::other("it is no regular file").into());
        };
        file.read_to_end(read)?;
        let mut head = [0; HEAD];
        let length = inflater.beginning(read, &mut head)?;
        let (kind, size, head) = parse(&head[..length]).ok_or(Fault::Header)?;
        let whole = size.checked_add(head as u64).ok_or(Fault::Implausible(size))?;
        inflater.whole(read, whole, out)?;
        Ok((kind, head))
    }
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
