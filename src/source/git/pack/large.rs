//! Objects too large to be held in memory at once: they are inflated piece by piece.

use std::{
    fs::File,
    io::{self, Read, Seek},
    mem,
};

use super::{
    fault::Fault,
    file::View,
    inflate::{Inflater, Step},
    loose,
};
use crate::source::Stream;

/// From how many bytes on a blob that is not kept as a delta, and of which no delta is made, counts as large.
pub(super) const LARGE: u64 = 16 << 20;

/// How many compressed bytes are looked at together.
const CHUNK: usize = 256 << 10;

/// The content of a large object, as far as it can be read; what is wrong with it is told by [`Large::finish`].
pub(super) struct Large<'a, I> {
    input: I,
    inflater: &'a mut Inflater,
    /// How many bytes stand before the content, and how many of them are still to come.
    head: usize,
    skip: usize,
    size: u64,
    made: u64,
    is_over: bool,
    /// The first one.
    fault: Option<Fault>,
}

/// Compressed bytes.
pub(super) trait Input {
    /// More of them, which are not used up yet; none at the end.
    fn chunk(&mut self) -> Result<&[u8], Fault>;

    /// So many of the last ones were used up.
    fn consume(&mut self, length: usize);

    /// Goes back to the beginning.
    fn rewind(&mut self) -> Result<(), Fault>;

    /// Checks what can be checked once the compressed bytes have come to their end.
    fn check(&mut self) -> Result<(), Fault>;
}

impl<'a, I: Input> Large<'a, I> {
    pub(super) fn new(input: I, inflater: &'a mut Inflater, head: usize, size: u64) -> Self {
        inflater.start();
        Self { input, inflater, head, skip: head, size, made: 0, is_over: false, fault: None }
    }

    /// Reads what nobody has read, for what may be wrong with it.
    pub(super) fn finish(mut self) -> Result<(), Fault> {
        let mut unread = vec![0; CHUNK];
        while !self.is_over {
            self.next(&mut unread);
        }
        self.fault.map_or(Ok(()), Err)
    }

    /// Reads more, or comes to the end.
    fn next(&mut self, out: &mut [u8]) -> usize {
        self.advance(out).unwrap_or_else(|fault| {
            self.is_over = true;
            self.fault.get_or_insert(fault);
            0
        })
    }

    fn advance(&mut self, out: &mut [u8]) -> Result<usize, Fault> {
        let mut head = [0; loose::HEAD];
        while !self.is_over {
            let missing = usize::try_from(self.size - self.made).unwrap_or(usize::MAX);
            let chunk = self.input.chunk()?;
            let Step { read, written, is_end } = if self.skip > 0 {
                self.inflater.more(chunk, &mut head[..self.skip])?
            } else if missing > 0 {
                let length = out.len().min(missing);
                self.inflater.more(chunk, &mut out[..length])?
            } else {
                // There must be no more, but the end of the stream.
                self.inflater.more(chunk, &mut head[..1])?
            };
            if read == 0 && written == 0 && !is_end {
                return Err(Fault::Compressed);
            }
            self.input.consume(read);
            let is_head = self.skip > 0;
            if is_head {
                self.skip -= written;
            } else if missing == 0 && written > 0 {
                return Err(Fault::Length);
            } else {
                self.made += written as u64;
            }
            if is_end {
                if self.skip > 0 || self.made != self.size {
                    return Err(Fault::Length);
                }
                self.input.check()?;
                self.is_over = true;
            }
            if written > 0 && !is_head {
                return Ok(written);
            }
        }
        Ok(0)
    }
}

impl<I: Input> Read for Large<'_, I> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        Ok(if out.is_empty() { 0 } else { self.next(out) })
    }
}

impl<I: Input> Stream for Large<'_, I> {
    fn rewind(&mut self) -> io::Result<bool> {
        self.inflater.start();
        (self.skip, self.made, self.is_over) = (self.head, 0, false);
        if let Err(fault) = self.input.rewind() {
            self.is_over = true;
            self.fault.get_or_insert(fault);
        }
        Ok(true)
    }
}

/// An entry of a pack.
pub(super) struct Packed<'a, 'b> {
    view: &'a mut View<'b>,
    start: u64,
    end: u64,
    /// How many bytes stand before the compressed ones.
    skip: usize,
    at: u64,
    expected: Option<u32>,
    actual: crc32fast::Hasher,
}

impl<'a, 'b> Packed<'a, 'b> {
    /// The entry between two offsets, which should have a checksum.
    pub(super) fn new(
        view: &'a mut View<'b>,
        start: u64,
        end: u64,
        skip: usize,
        expected: Option<u32>,
    ) -> Result<Self, Fault> {
        let mut new = Self { view, start, end, skip, at: start, expected, actual: crc32fast::Hasher::new() };
        new.rewind()?;
        Ok(new)
    }

    fn bytes(&mut self, length: usize) -> &[u8] {
        let length = length.min(self.end.saturating_sub(self.at) as usize);
        let bytes = self.view.bytes(self.at, length as u64);
        bytes.get(..length).unwrap_or_default()
    }
}

impl Input for Packed<'_, '_> {
    fn chunk(&mut self) -> Result<&[u8], Fault> {
        Ok(self.bytes(CHUNK))
    }

    fn consume(&mut self, length: usize) {
        let mut actual = mem::take(&mut self.actual);
        actual.update(self.bytes(length));
        self.actual = actual;
        self.at += length as u64;
    }

    fn rewind(&mut self) -> Result<(), Fault> {
        self.at = self.start;
        self.actual.reset();
        self.consume(self.skip);
        Ok(())
    }

    fn check(&mut self) -> Result<(), Fault> {
        loop {
            match self.bytes(CHUNK).len() {
                0 => break,
                length => self.consume(length),
            }
        }
        let actual = self.actual.clone().finalize();
        if self.expected.is_none_or(|expected| expected == actual) { Ok(()) } else { Err(Fault::Checksum) }
    }
}

/// A loose object.
pub(super) struct Loose<'a> {
    file: File,
    buffer: &'a mut Vec<u8>,
    /// How much of the buffer is used up.
    used: usize,
}

impl<'a> Loose<'a> {
    /// A file of which the beginning was read into `buffer`.
    pub(super) fn new(file: File, buffer: &'a mut Vec<u8>) -> Self {
        Self { file, buffer, used: 0 }
    }
}

impl Input for Loose<'_> {
    fn chunk(&mut self) -> Result<&[u8], Fault> {
        if self.used == self.buffer.len() {
            self.used = 0;
            self.buffer.clear();
            (&self.file).take(CHUNK as u64).read_to_end(self.buffer)?;
        }
        Ok(&self.buffer[self.used..])
    }

    fn consume(&mut self, length: usize) {
        self.used += length;
    }

    fn rewind(&mut self) -> Result<(), Fault> {
        self.used = 0;
        self.buffer.clear();
        self.file.rewind()?;
        Ok(())
    }

    fn check(&mut self) -> Result<(), Fault> {
        Ok(())
    }
}
