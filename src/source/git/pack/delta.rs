//! Deltas: how the content of one object is made of another's.

use super::{buffer::Buffer, fault::Fault};
use crate::delta::Edit;

/// The length that a copy without a length has.
const DEFAULT_COPY: usize = 0x1_0000;

/// How many bytes more than the base and the delta have an object may claim before its instructions are added up.
const UNPROVEN: u64 = 1 << 20;

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
        let head = size(&mut bytes).zip(size(&mut bytes));
        let (base, size) = head.ok_or(Fault::Delta)?;
        Ok(Self { base, size, instructions: bytes })
    }

    /// Makes the object, and says how.
    pub(super) fn apply(&self, base: &[u8], out: &mut Buffer, edits: &mut Vec<Edit>) -> Result<(), Fault> {
        if self.base != base.len() as u64 {
            return Err(Fault::BaseLength);
        }
        // Copies can make much of little, so nearly every size can be true; but memory is not taken for a claim alone.
        if self.size > base.len() as u64 + self.instructions.len() as u64 + UNPROVEN && self.sum() != Some(self.size) {
            return Err(Fault::Length);
        }
        edits.clear();
        match make(self.instructions, base, out.prepare(self.size)?, edits) {
            Some(0) => Ok(()),
            Some(_) => Err(Fault::Length),
            None => Err(Fault::Delta),
        }
    }

    /// How many bytes the instructions make.
    fn sum(&self) -> Option<u64> {
        let mut sum = 0;
        let mut rest = self.instructions;
        while !rest.is_empty() {
            // No overflow: an instruction makes less than 16 MiB, and takes a byte at least.
            sum += match next(&mut rest)? {
                Instruction::Copy { length, .. } => length as u64,
                Instruction::Insert(bytes) => bytes.len() as u64,
            };
        }
        Some(sum)
    }
}

/// Follows instructions; returns how much of `out` is left over, and `None` if they make no sense or too much.
fn make(mut instructions: &[u8], base: &[u8], mut out: &mut [u8], edits: &mut Vec<Edit>) -> Option<usize> {
    while !instructions.is_empty() {
        let (bytes, edit) = match next(&mut instructions)? {
            // No overflow: these have 32 and 24 bits.
            Instruction::Copy { from, length } => (base.get(from..from + length)?, Edit::Copy { offset: from, length }),
            Instruction::Insert(bytes) => (bytes, Edit::Insert { length: bytes.len() }),
        };
        let (here, after) = out.split_at_mut_checked(bytes.len())?;
        here.copy_from_slice(bytes);
        out = after;
        push(edits, edit);
    }
    Some(out.len())
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
fn size(bytes: &mut &[u8]) -> Option<u64> {
    let mut size = 0;
    let mut shift = 0;
    loop {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let bits = u64::from(byte & 0x7f);
        if shift > 63 || bits << shift >> shift != bits {
            return None;
        }
        size |= bits << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return Some(size);
        }
    }
}

/// Takes one instruction. A command below 128 says how many new bytes follow it. The lower seven bits of another one say
/// which bytes of a number follow; the others are zero: four of an offset and three of a length.
fn next<'a>(bytes: &mut &'a [u8]) -> Option<Instruction<'a>> {
    let (&command, rest) = bytes.split_first()?;
    if command & 0x80 == 0 {
        let new;
        (new, *bytes) = rest.split_at_checked(command.into())?;
        // The command without a bit is reserved.
        return (command != 0).then_some(Instruction::Insert(new));
    }
    let count = (command & 0x7f).count_ones() as usize;
    let mut word = match rest.first_chunk() {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => rest.get(..count)?.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    let mut numbers = 0;
    // Without branches: which bytes are there is hard to foresee.
    for bit in 0..7 {
        let is_there = u64::from(command >> bit & 1);
        numbers |= (word & (0xff * is_there)) << (8 * bit);
        word >>= 8 * is_there;
    }
    *bytes = &rest[count..];
    let from = (numbers & 0xffff_ffff) as usize;
    let length = (numbers >> 32) as usize;
    Some(Instruction::Copy { from, length: if length == 0 { DEFAULT_COPY } else { length } })
}
