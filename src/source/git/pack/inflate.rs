//! Inflating what zlib compressed.

use gix::zlib::{Decompress, FlushDecompress, Status};
use sirocco::{
    Format,
    inflate::{Decoder, Error},
};

use super::{buffer::Buffer, fault::Fault};

/// The most bytes that one compressed byte can stand for, rounded up: a deflate match of 258 bytes takes two bits.
const RATIO: u64 = 1032;

/// Inflates streams, one after the other: those that are in memory as a whole by the faster decoder, the others by the one
/// that keeps what it needs of what it made before.
pub(super) struct Inflater {
    whole: Box<Decoder>,
    pieces: Decompress,
}

impl Inflater {
    pub(super) fn new() -> Self {
        Self { whole: Box::new(Decoder::new(Format::Zlib)), pieces: Decompress::new() }
    }

    /// Inflates the stream at the beginning of `compressed`, which must make `size` bytes. The checksum at the end of the
    /// stream is verified. Memory is not taken for more than the compressed bytes could ever make.
    ///
    /// `compressed` may go on behind the stream.
    pub(super) fn whole(&mut self, compressed: &[u8], size: u64, out: &mut Buffer) -> Result<(), Fault> {
        plausible(compressed.len() as u64, size)?;
        let out = out.prepare(size)?;
        let size = out.len();
        let made = self.whole.decompress(compressed, out, true).map(|made| (made.done, made.output.len()));
        // After an error, too, the next stream starts at its beginning.
        self.whole.reset();
        match made {
            Ok((true, length)) if length == size => Ok(()),
            Ok(_) | Err(Error::BufferFull) => Err(Fault::Length),
            Err(_) => Err(Fault::Compressed),
        }
    }

    /// Begins another stream.
    pub(super) fn start(&mut self) {
        self.pieces.reset();
    }

    /// Inflates more of a stream, as far as `compressed` goes and `out` takes it.
    pub(super) fn more(&mut self, compressed: &[u8], out: &mut [u8]) -> Result<Step, Fault> {
        let (read, written) = (self.pieces.total_in(), self.pieces.total_out());
        let status = self.pieces.decompress(compressed, out, FlushDecompress::None).map_err(|_| Fault::Compressed)?;
        Ok(Step {
            read: (self.pieces.total_in() - read) as usize,
            written: (self.pieces.total_out() - written) as usize,
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
