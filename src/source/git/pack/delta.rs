//! Deltas: how the content of one object is made of another's.

use super::{buffer::Buffer, fault::Fault};
use crate::delta::Edit;

/// The length that a copy without a length has.
const DEFAULT_COPY: usize = 0x1_0000;

enum Instruction<'a> {
    Copy { from: usize, length: usize },
    Insert(&'a [u8]),
}

/// A delta, decoded as far as its head.
pub(super) struct Delta<'a> {
    base: u64,
    size: u64,
    instructions: &'a [u8],
}

impl<'a> Delta<'a> {
    pub(super) fn new(mut bytes: &'a [u8]) -> Result<Self, Fault> {
        let base = size(&mut bytes)?;
        let size = size(&mut bytes)?;
        Ok(Self { base, size, instructions: bytes })
    }

    /// Makes the object, and says how. Memory is taken only for what the instructions really make.
    pub(super) fn apply(&self, base: &[u8], out: &mut Buffer, edits: &mut Vec<Edit>) -> Result<(), Fault> {
        edits.clear();
        if self.base != base.len() as u64 {
            return Err(Fault::BaseLength);
        }
        let mut length = 0_u64;
        let mut instructions = self.instructions;
        while let Some(instruction) = next(&mut instructions)? {
            let more = match instruction {
                Instruction::Copy { from, length } => {
                    // Neither can overflow: they have 32 and 24 bits.
                    if from + length > base.len() {
                        return Err(Fault::Delta);
                    }
                    Edit::Copy { offset: from, length }
                }
                Instruction::Insert(bytes) => Edit::Insert { length: bytes.len() },
            };
            length += more.length() as u64;
            push(edits, more);
        }
        if length != self.size {
            return Err(Fault::Length);
        }
        let mut rest = out.prepare(length)?;
        let mut instructions = self.instructions;
        while let Some(instruction) = next(&mut instructions)? {
            let bytes = match instruction {
                Instruction::Copy { from, length } => &base[from..from + length],
                Instruction::Insert(bytes) => bytes,
            };
            let (here, after) = rest.split_at_mut(bytes.len());
            here.copy_from_slice(bytes);
            rest = after;
        }
        Ok(())
    }
}

/// Adds a stretch, to the last one where it goes on.
fn push(edits: &mut Vec<Edit>, more: Edit) {
    match (edits.last_mut(), more) {
        (Some(Edit::Copy { offset: from, length }), Edit::Copy { offset: next, length: more })
            if *from + *length == next =>
        {
            *length += more;
        }
        (Some(Edit::Insert { length }), Edit::Insert { length: more }) => *length += more,
        _ => edits.push(more),
    }
}

/// A size of the head: seven bits a byte, the lowest first.
fn size(bytes: &mut &[u8]) -> Result<u64, Fault> {
    let mut size = 0;
    let mut shift = 0;
    loop {
        let byte = take(bytes)?;
        let bits = u64::from(byte & 0x7f);
        if shift > 63 || bits << shift >> shift != bits {
            return Err(Fault::Delta);
        }
        size |= bits << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return Ok(size);
        }
    }
}

fn next<'a>(bytes: &mut &'a [u8]) -> Result<Option<Instruction<'a>>, Fault> {
    let Some((&command, rest)) = bytes.split_first() else { return Ok(None) };
    *bytes = rest;
    if command & 0x80 == 0 {
        let (new, rest) = rest.split_at_checked(command.into()).ok_or(Fault::Delta)?;
        *bytes = rest;
        // The command without a bit is reserved.
        return if new.is_empty() { Err(Fault::Delta) } else { Ok(Some(Instruction::Insert(new))) };
    }
    let mut numbers = [0; 7];
    for (bit, number) in numbers.iter_mut().enumerate() {
        if command >> bit & 1 != 0 {
            *number = take(bytes)?;
        }
    }
    let number = |bytes: &[u8]| bytes.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte));
    let (from, length) = (number(&numbers[..4]), number(&numbers[4..]));
    Ok(Some(Instruction::Copy { from, length: if length == 0 { DEFAULT_COPY } else { length } }))
}

fn take(bytes: &mut &[u8]) -> Result<u8, Fault> {
    let (&byte, rest) = bytes.split_first().ok_or(Fault::Delta)?;
    *bytes = rest;
    Ok(byte)
}
