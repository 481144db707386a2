//! Inflating what zlib compressed.

use gix::zlib::{Decompress, FlushDecompress, Status};

use super::{buffer::Buffer, fault::Fault};

/// The most bytes that one compressed byte can stand for, rounded up: a deflate match of 258 bytes takes two bits.
const RATIO: u64 = 1032;

/// What a stream may hold beyond [`RATIO`]: its own overhead makes up for it in practice, so this is generous.
const SLACK: u64 = 1 << 10;

/// Inflates streams, one after the other.
pub(super) struct Inflater(Decompress);

impl Inflater {
    pub(super) fn new() -> Self {
        Self(Decompress::new())
    }

    /// Inflates the stream at the beginning of `compressed`, which must make `size` bytes. The checksum at the end of the
    /// stream is verified. Memory is not taken for more than the compressed bytes could ever make.
    ///
    /// `compressed` may go on behind the stream.
    pub(super) fn whole(&mut self, compressed: &[u8], size: u64, out: &mut Buffer) -> Result<(), Fault> {
        if size > (compressed.len() as u64).saturating_mul(RATIO).saturating_add(SLACK) {
            return Err(Fault::Implausible(size));
        }
        let mut out = out.prepare(size)?;
        let mut compressed = compressed;
        self.0.reset();
        loop {
            let (read, written) = (self.0.total_in(), self.0.total_out());
            // The decoder keeps no window of its own as long as all is done in one step.
            let status = self.0.decompress(compressed, out, FlushDecompress::Finish);
            let read = (self.0.total_in() - read) as usize;
            let written = (self.0.total_out() - written) as usize;
            out = &mut out[written..];
            compressed = &compressed[read..];
            match status {
                Ok(Status::StreamEnd) if out.is_empty() => return Ok(()),
                Ok(Status::StreamEnd) => return Err(Fault::Length),
                // More than 4 GiB take more than one step.
                Ok(_) if read > 0 || written > 0 => {}
                Ok(_) if out.is_empty() => return Err(Fault::Length),
                _ => return Err(Fault::Compressed),
            }
        }
    }
}

impl Inflater {
    /// Inflates the beginning of a stream, as far as `out` takes it; returns how much that is.
    pub(super) fn beginning(&mut self, compressed: &[u8], out: &mut [u8]) -> Result<usize, Fault> {
        self.0.reset();
        self.0.decompress(compressed, out, FlushDecompress::None).map_err(|_| Fault::Compressed)?;
        Ok(self.0.total_out() as usize)
    }
}
