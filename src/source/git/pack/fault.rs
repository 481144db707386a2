//! What can be wrong with one object.

use std::io;

use gix::ObjectId;

/// Why an object cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("its header makes no sense")]
    Header,
    #[error("its compressed bytes are corrupt or cut short")]
    Compressed,
    #[error("it is not as long as its header says")]
    Length,
    #[error("its header promises {0} bytes, which so few compressed ones cannot hold")]
    Implausible(u64),
    #[error("its {0} bytes are more than there is memory for")]
    Memory(u64),
    #[error("its bytes do not match the checksum in the index of the pack")]
    Checksum,
    #[error("its content is that of another object")]
    Content,
    #[error("its delta is corrupt")]
    Delta,
    #[error("its delta is for a base of another size")]
    BaseLength,
    #[error("its delta is on something {0} bytes before it, where no object is")]
    NoEntry(u64),
    #[error("its delta is on {0}, which is missing")]
    NoBase(ObjectId),
    #[error("its delta is on {0}, which cannot be read: {1}")]
    Base(ObjectId, Box<Fault>),
    #[error("its delta is made, in the end, from itself")]
    Cycle,
    #[error(transparent)]
    Io(#[from] io::Error),
}
