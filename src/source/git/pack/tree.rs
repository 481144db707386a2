//! Which objects of a pack are made from which: the forest of its deltas.

use std::{ops::Range, thread};

use super::{
    bits::Bits,
    file::{MAPPED, Pack, View},
};

/// How many entries are worth a thread of their own.
const SHARE: usize = 1 << 14;

/// The forest of one pack, which takes 24 bytes an object. Objects are known by their *rank*: their place in the pack, from
/// 0 on.
pub(super) struct Tree {
    /// By rank, the position in the index.
    order: Vec<u32>,
    /// By rank, where in the pack the entry begins; and where the last one ends. The index of the pack says so, too, but in
    /// the order of ids: there each look is at a place far from the last one.
    offsets: Vec<u64>,
    /// All ranks: first the children of rank 0, then those of rank 1, …, in the end those that are made from no other
    /// object of the pack, or from none that is known.
    children: Vec<u32>,
    /// By rank, where in `children` its own begin.
    start: Vec<u32>,
    /// By rank, how many objects that are not hidden are made from it, itself included.
    weight: Vec<u32>,
}

/// A pack in which objects are made from each other in a circle.
pub(super) struct Cyclic {
    /// The position in the index of one of them.
    pub(super) example: u32,
    /// How many objects cannot be read for it.
    pub(super) count: u32,
}

impl Tree {
    /// Reads the heads of all entries, on so many threads at most. `hidden` says which objects, by position in the index,
    /// are delivered from elsewhere.
    pub(super) fn new(pack: &Pack, hidden: &Bits, threads: usize) -> (Self, Option<Cyclic>) {
        let mut entries: Vec<_> = (0..pack.len()).map(|position| (pack.offset(position), position)).collect();
        entries.sort_unstable();
        let offsets = Offsets::new(entries.iter().map(|entry| entry.0).collect(), pack.end());
        // Not what the entries took, which is what collecting into the same place would leave it at.
        let mut order: Vec<_> = entries.into_iter().map(|entry| entry.1).collect();
        order.shrink_to_fit();
        let parents = parents(pack, &offsets, threads);
        let mut offsets = offsets.sorted;
        offsets.push(pack.end());
        let (start, mut children) = children(&parents);
        let (weight, cyclic) = weights(&parents, &start, &children, |rank| !hidden.get(order[rank as usize]));
        for rank in 0..order.len() {
            // What is started last may throw its base away: the less is kept meanwhile.
            children[start[rank] as usize..start[rank + 1] as usize]
                .sort_unstable_by_key(|rank| weight[*rank as usize]);
        }
        let cyclic = cyclic.map(|(rank, count)| Cyclic { example: order[rank as usize], count });
        (Self { order, offsets, children, start, weight }, cyclic)
    }

    /// The number of objects that are made from no other.
    pub(super) fn roots(&self) -> usize {
        let start = self.start[self.order.len()] as usize;
        self.children.len() - start
    }

    pub(super) fn root(&self, number: usize) -> u32 {
        self.children[self.start[self.order.len()] as usize + number]
    }

    /// The numbers of the children of an object.
    pub(super) fn children(&self, rank: u32) -> Range<u32> {
        self.start[rank as usize]..self.start[rank as usize + 1]
    }

    /// The rank of a child.
    pub(super) fn child(&self, number: u32) -> u32 {
        self.children[number as usize]
    }

    pub(super) fn weight(&self, rank: u32) -> u32 {
        self.weight[rank as usize]
    }

    /// The position of an object in the index of the pack.
    pub(super) fn position(&self, rank: u32) -> u32 {
        self.order[rank as usize]
    }

    /// Where in the pack the entry is.
    pub(super) fn extent(&self, rank: u32) -> Range<u64> {
        self.offsets[rank as usize]..self.offsets[rank as usize + 1]
    }
}

/// The offsets of all entries in order, with a table that says where to look.
struct Offsets {
    sorted: Vec<u64>,
    /// By the upper bits of an offset, the rank of the first one with these or larger ones.
    table: Vec<u32>,
    shift: u32,
}

impl Offsets {
    fn new(sorted: Vec<u64>, end: u64) -> Self {
        let shift = (end / (sorted.len() as u64 + 1)).max(1).ilog2();
        let mut table = Vec::with_capacity((end >> shift) as usize + 2);
        for (rank, offset) in sorted.iter().enumerate() {
            // An index may name any offset, but the table has one more place at most for all that is out of range.
            while table.len() as u64 <= (*offset).min(end) >> shift {
                table.push(rank as u32);
            }
        }
        table.resize((end >> shift) as usize + 2, sorted.len() as u32);
        Self { sorted, table, shift }
    }

    fn rank(&self, offset: u64) -> Option<u32> {
        let at = usize::try_from(offset >> self.shift).ok()?;
        let (start, end) = (*self.table.get(at)?, *self.table.get(at + 1)?);
        let within = self.sorted.get(start as usize..end as usize)?;
        within.binary_search(&offset).ok().map(|found| start + found as u32)
    }
}

/// By rank, what it is made from; the number of objects for what is not made from another, or from nothing that is known.
fn parents(pack: &Pack, offsets: &Offsets, threads: usize) -> Vec<u32> {
    let none = offsets.sorted.len() as u32;
    let limit = MAPPED / threads.max(1) as u64;
    let parent = |view: &mut View<'_>, offset: u64| {
        let base = view.entry(offset).and_then(|entry| pack.base(offset, &entry)).ok().flatten();
        base.and_then(|base| offsets.rank(base)).unwrap_or(none)
    };
    let mut parents = vec![none; offsets.sorted.len()];
    let share = offsets.sorted.len().div_ceil(threads.max(1)).max(SHARE);
    thread::scope(|scope| {
        let shares = parents.chunks_mut(share).zip(offsets.sorted.chunks(share));
        let mut work = shares.map(|(parents, offsets)| {
            move || {
                let mut view = View::new(pack, limit);
                parents.iter_mut().zip(offsets).for_each(|(to, offset)| *to = parent(&mut view, *offset));
            }
        });
        let first = work.next();
        for work in work {
            scope.spawn(work);
        }
        if let Some(mut work) = first {
            work();
        }
    });
    parents
}

/// Turns parents into children: where those of each begin, and all of them.
fn children(parents: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let mut start = vec![0; parents.len() + 2];
    for parent in parents {
        start[*parent as usize + 1] += 1;
    }
    let mut sum = 0;
    for place in &mut start {
        sum += *place;
        *place = sum;
    }
    let mut children = vec![0; parents.len()];
    // From the end, each one in front of the ones before: thus `start` ends where it has to.
    for (rank, parent) in parents.iter().enumerate().rev() {
        let place = &mut start[*parent as usize + 1];
        *place -= 1;
        children[*place as usize] = rank as u32;
    }
    start.remove(0);
    start.push(parents.len() as u32);
    (start, children)
}

/// By rank, how many visible objects are made from it; and one visible object of those that nothing leads to, with their
/// number.
fn weights(
    parents: &[u32],
    start: &[u32],
    children: &[u32],
    is_visible: impl Fn(u32) -> bool,
) -> (Vec<u32>, Option<(u32, u32)>) {
    let below = |rank: usize| start[rank] as usize..start[rank + 1] as usize;
    let mut reached = Vec::with_capacity(parents.len());
    reached.extend_from_slice(&children[below(parents.len())]);
    let mut next = 0;
    while let Some(rank) = reached.get(next) {
        reached.extend_from_slice(&children[below(*rank as usize)]);
        next += 1;
    }
    let mut weight = vec![0; parents.len()];
    for rank in reached.iter().rev() {
        weight[*rank as usize] += u32::from(is_visible(*rank));
        let sum = weight[*rank as usize];
        if let Some(above) = weight.get_mut(parents[*rank as usize] as usize) {
            *above += sum;
        }
    }
    if reached.len() == parents.len() {
        return (weight, None);
    }
    let mut is_reached = Bits::default();
    for rank in &reached {
        is_reached.set(*rank);
    }
    let lost = |rank: &u32| !is_reached.get(*rank) && is_visible(*rank);
    let mut lost = (0..parents.len() as u32).filter(lost);
    let cyclic = lost.next().map(|example| (example, 1 + lost.count() as u32));
    (weight, cyclic)
}
