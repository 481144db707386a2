//! Where in an ordered list of ids to look for one.

use std::ops::Range;

use gix::oid;

/// For the upper bits of an id, where those with these bits begin in a list of ids in order. Ids are digests, so a few
/// stand behind each; an index of git's has such a table for eight bits only, which leaves thousands in a large pack.
///
/// It takes one to two bytes an id.
pub(super) struct Starts {
    /// By upper bits, and one more.
    table: Vec<u32>,
    shift: u32,
}

impl Starts {
    /// `count` ids, each given by its position.
    pub(super) fn new<'i>(count: u32, id: impl Fn(u32) -> &'i oid) -> Self {
        let shift = u32::BITS - (count / 2).max(2).ilog2();
        let mut table = Vec::with_capacity((1 << (u32::BITS - shift)) + 1);
        for position in 0..count {
            let upper = upper(id(position), shift);
            // Nothing for an id that is out of order: it is not found then.
            while table.len() <= upper {
                table.push(position);
            }
        }
        table.resize((1 << (u32::BITS - shift)) + 1, count);
        Self { table, shift }
    }

    /// The positions at which an id can be.
    pub(super) fn range(&self, id: &oid) -> Range<u32> {
        let upper = upper(id, self.shift);
        self.table[upper]..self.table[upper + 1]
    }
}

fn upper(id: &oid, shift: u32) -> usize {
    let first = id.as_bytes().first_chunk().map_or(0, |first| u32::from_be_bytes(*first));
    (first >> shift) as usize
}

#[cfg(test)]
mod tests {
    use gix::ObjectId;

    use super::*;

    #[test]
    fn every_id_is_within_its_range() {
        for count in [0, 1, 2, 3, 4, 5, 255, 256, 1000] {
            let id = |number: u32| {
                let mut id = [0; 20];
                // As different as digests are, and the last one has all bits.
                id[..4].copy_from_slice(&(u32::MAX - number.wrapping_mul(2_654_435_761)).to_be_bytes());
                ObjectId::from_bytes_or_panic(&id)
            };
            let mut ids: Vec<_> = (0..count).map(id).collect();
            ids.sort_unstable();
            let starts = Starts::new(count, |position| &ids[position as usize]);
            let mut longest = 0;
            for (position, id) in (0..).zip(&ids) {
                let range = starts.range(id);
                assert!(range.contains(&position), "{count}: {range:?}, {position}");
                longest = longest.max(range.len());
            }
            assert!(longest <= 16, "{count}: {longest}");
            let absent = ObjectId::from_bytes_or_panic(&[7; 20]);
            assert!(starts.range(&absent).end <= count);
        }
    }
}
