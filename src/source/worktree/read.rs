//! Reading files that may grow, shrink or vanish while they are read: few system calls, memory that is used again.

use std::{
    fs::File,
    io::{self, Read, Seek},
};

use super::super::{
    Stream,
    git::{BlobHash, ObjectId},
};

/// Larger files are handed on piece by piece, in bytes.
pub(super) const WHOLE: usize = 8 << 20;

/// How much memory the buffer of a thread begins with, in bytes: most source files are smaller.
const INITIAL: usize = 64 << 10;

/// Memory for one file after another. All of it is initialised, so that nothing has to be cleared for the next.
pub(super) struct Buffer(Vec<u8>);

impl Buffer {
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    /// What was read last.
    pub(super) fn content(&self, length: usize) -> &[u8] {
        &self.0[..length]
    }

    /// Reads a file of about `size` bytes to its end, but not much further than [`WHOLE`] bytes.
    ///
    /// One `read` that asks for one byte more than there should be tells the end of a regular file; only if it gives
    /// more or less than expected it is asked again.
    pub(super) fn fill(&mut self, file: &mut File, size: u64) -> io::Result<Filled> {
        let expected = size as usize;
        let mut filled = 0;
        self.reserve(expected + 1);
        loop {
            if filled == self.0.len() {
                self.reserve(2 * filled);
            }
            match file.read(&mut self.0[filled..]) {
                Ok(0) => return Ok(Filled::Whole(filled)),
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            if filled == expected {
                return Ok(Filled::Whole(filled));
            }
            if filled > WHOLE {
                return Ok(Filled::Beginning(filled));
            }
        }
    }

    fn reserve(&mut self, length: usize) {
        if self.0.len() < length {
            self.0.resize(length.max(INITIAL), 0);
        }
    }
}

/// How far a file was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filled {
    /// To its end: so many bytes.
    Whole(usize),
    /// It has grown beyond what is read at once; so many bytes are read.
    Beginning(usize),
}

/// A file that passes by on its way to a worker, hashed if somebody wants to know what it was.
pub(super) struct Passing<'b> {
    /// What was read before, and not given out yet.
    beginning: &'b [u8],
    file: File,
    hash: Option<BlobHash>,
    /// The file is read once more: it was hashed already.
    is_rewound: bool,
}

impl<'b> Passing<'b> {
    pub(super) fn new(beginning: &'b [u8], file: File, hash: Option<BlobHash>) -> Self {
        Self { beginning, file, hash, is_rewound: false }
    }

    /// The id of what has passed as git would store it.
    pub(super) fn hash(self) -> Option<ObjectId> {
        self.hash.and_then(BlobHash::finish)
    }
}

impl Read for Passing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = if self.beginning.is_empty() { self.file.read(buffer)? } else { self.beginning.read(buffer)? };
        if let Some(hash) = self.hash.as_mut().filter(|_| !self.is_rewound) {
            hash.update(&buffer[..read]);
        }
        Ok(read)
    }
}

impl Stream for Passing<'_> {
    fn rewind(&mut self) -> io::Result<bool> {
        self.beginning = &[];
        self.is_rewound = true;
        self.file.rewind()?;
        Ok(true)
    }
}

/// A file that is opened when it is first read: opening a FIFO waits for its other end.
pub(super) struct Lazy<'a> {
    pub(super) path: &'a std::path::Path,
    pub(super) file: Option<File>,
}

impl Read for Lazy<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.file {
            Some(file) => file.read(buffer),
            None => self.file.insert(File::open(self.path)?).read(buffer),
        }
    }
}
