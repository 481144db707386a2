//! Inflating what zlib compressed.

use gix::zlib::{Decompress, FlushDecompress, Status};

use super::{buffer::Buffer, fault::Fault};

/// The most bytes that one compressed byte can stand for, rounded up: a deflate match of 258 bytes takes two bits.
const RATIO: u64 = 1032;

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
        plausible(compressed.len() as u64, size)?;
        let mut out = out.prepare(size)?;
        let mut compressed = compressed;
        self.start();
        loop {
            // The decoder keeps no window of its own as long as all is done in one step.
            let step = self.step(compressed, out, FlushDecompress::Finish)?;
            out = &mut out[step.written..];
            compressed = &compressed[step.read..];
            match step {
                Step { is_end: true, .. } if out.is_empty() => return Ok(()),
                Step { is_end: true, .. } => return Err(Fault::Length),
                // More than 4 GiB take more than one step.
                Step { read, written, .. } if read > 0 || written > 0 => {}
                _ if out.is_empty() => return Err(Fault::Length),
                _ => return Err(Fault::Compressed),
            }
        }
    }

    /// Begins another stream.
    pub(super) fn start(&mut self) {
        self.0.reset();
    }

    /// Inflates more of a stream, as far as `compressed` goes and `out` takes it.
    pub(super) fn more(&mut self, compressed: &[u8], out: &mut [u8]) -> Result<Step, Fault> {
        self.step(compressed, out, FlushDecompress::None)
    }

    fn step(&mut self, compressed: &[u8], out: &mut [u8], flush: FlushDecompress) -> Result<Step, Fault> {
        let (read, written) = (self.0.total_in(), self.0.total_out());
        let status = self.0.decompress(compressed, out, flush).map_err(|_| Fault::Compressed)?;
        Ok(Step {
            read: (self.0.total_in() - read) as usize,
            written: (self.0.total_out() - written) as usize,
            is_end: status == Status::StreamEnd,
        })
    }
}

/// How far a stream was inflated.
pub(super) struct Step {
    /// How many compressed bytes were used up.
    pub(super) read: usize,
    /// How many bytes were made of them.
    pub(super) written: usize,
    /// Whether the stream ends here, and its checksum is right.
    pub(super) is_end: bool,
}

/// Refuses a size that so many compressed bytes cannot have.
pub(super) fn plausible(compressed: u64, size: u64) -> Result<(), Fault> {
    if size > compressed.saturating_mul(RATIO) { Err(Fault::Implausible(size)) } else { Ok(()) }
}
