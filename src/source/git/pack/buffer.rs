//! Memory for contents, used again and again.

use super::fault::Fault;

/// Bytes that are kept initialised beyond their length, so that nothing is set to zero for every object.
#[derive(Default)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    length: usize,
}

impl Buffer {
    /// The content.
    pub(super) fn get(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// Makes the content `length` bytes long, whatever these may be.
    pub(super) fn prepare(&mut self, length: u64) -> Result<&mut [u8], Fault> {
        let size = usize::try_from(length).map_err(|_| Fault::Memory(length))?;
        if self.bytes.len() < size {
            // What is there is of no use: it need not be copied.
            self.bytes = Vec::new();
            self.length = 0;
            self.bytes.try_reserve_exact(size).map_err(|_| Fault::Memory(length))?;
            self.bytes.resize(size, 0);
        }
        self.length = size;
        Ok(&mut self.bytes[..size])
    }

    /// How many bytes of memory it takes.
    pub(super) fn size(&self) -> usize {
        self.bytes.len()
    }
}

/// Buffers that wait for their next use.
pub(super) struct Pool {
    free: Vec<Buffer>,
    size: usize,
    limit: usize,
}

impl Pool {
    /// `limit` is how many bytes of memory it keeps at most.
    pub(super) fn new(limit: usize) -> Self {
        Self { free: Vec::new(), size: 0, limit }
    }

    pub(super) fn take(&mut self) -> Buffer {
        let buffer = self.free.pop().unwrap_or_default();
        self.size -= buffer.size();
        buffer
    }

    pub(super) fn put(&mut self, buffer: Buffer) {
        if self.size + buffer.size() <= self.limit {
            self.size += buffer.size();
            self.free.push(buffer);
        }
    }
}
