//! Which trees lead to certain objects. Asked only if something was found: then all trees are read twice more, in the order
//! of the packs, which is faster than going down from every commit.

use std::collections::HashMap;

use gix::{
    ObjectId,
    bstr::{BString, ByteSlice},
    objs::{Kind, TreeRefIter},
};

use super::super::pack::{Object, Place, Progress, Stores, Visitor, visit};
use crate::{delta::Edit, origin::Problem, source::Stream};

/// What an entry of a tree leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Child {
    /// A tree that leads further, by its number.
    Tree(u32),
    /// What is looked for, by its position among the targets.
    Target(u32),
}

/// The trees that lead to targets, by their numbers, with the entries that do.
pub(super) type Ways = HashMap<u32, Vec<(BString, Child)>>;

/// Finds the ways to `targets`, which must be sorted.
pub(super) fn ways(stores: &Stores, targets: &[ObjectId], threads: usize) -> Ways {
    let targets = &Targets::new(targets);
    let seen = visit(stores, threads, || Edges::new(stores, targets), &Progress::default());
    let mut edges = Vec::new();
    let mut interesting = Numbers::new(stores.numbers());
    let mut pending = Vec::new();
    for thread in seen {
        edges.extend(thread.within);
        pending.extend(thread.direct);
    }
    pending.extend(targets.sorted.iter().filter_map(|target| stores.number(target)));
    edges.sort_unstable();
    while let Some(tree) = pending.pop() {
        if interesting.insert(tree) {
            let first = edges.partition_point(|(child, _)| *child < tree);
            let parents = edges[first..].iter().take_while(|(child, _)| *child == tree);
            pending.extend(parents.map(|(_, parent)| *parent));
        }
    }
    drop(edges);
    let interesting = &interesting;
    let make = || Entries { stores, targets, interesting, ways: Ways::new() };
    let mut ways = Ways::new();
    for thread in visit(stores, threads, make, &Progress::default()) {
        ways.extend(thread.ways);
    }
    ways
}

/// What is looked for, and what tells most other ids apart from it at once.
struct Targets<'t> {
    sorted: &'t [ObjectId],
    /// By the first two bytes of an id.
    filter: Vec<u64>,
}

impl<'t> Targets<'t> {
    fn new(sorted: &'t [ObjectId]) -> Self {
        let mut filter = vec![0; 1 << 10];
        for target in sorted {
            let key = Self::key(target.as_bytes());
            filter[key / 64] |= 1 << (key % 64);
        }
        Self { sorted, filter }
    }

    fn key(id: &[u8]) -> usize {
        usize::from(id[0]) << 8 | usize::from(id[1])
    }

    fn find(&self, id: &gix::oid) -> Option<u32> {
        let key = Self::key(id.as_bytes());
        if self.filter[key / 64] & (1 << (key % 64)) == 0 {
            return None;
        }
        self.sorted.binary_search_by(|target| target.as_bytes().cmp(id.as_bytes())).ok().map(|found| found as u32)
    }
}

/// A set of object numbers.
struct Numbers(Vec<u64>);

impl Numbers {
    fn new(numbers: u32) -> Self {
        Self(vec![0; numbers as usize / 64 + 1])
    }

    fn contains(&self, number: u32) -> bool {
        self.0[number as usize / 64] & (1 << (number % 64)) != 0
    }

    /// Whether it was not in it.
    fn insert(&mut self, number: u32) -> bool {
        let is_new = !self.contains(number);
        self.0[number as usize / 64] |= 1 << (number % 64);
        is_new
    }
}

/// The first pass: which trees are in which, and which have a target.
struct Edges<'a> {
    stores: &'a Stores,
    targets: &'a Targets<'a>,
    /// A tree, and one that has it.
    within: Vec<(u32, u32)>,
    direct: Vec<u32>,
}

impl<'a> Edges<'a> {
    fn new(stores: &'a Stores, targets: &'a Targets<'a>) -> Self {
        Self { stores, targets, within: Vec::new(), direct: Vec::new() }
    }
}

impl Visitor for Edges<'_> {
    type State = ();

    fn wants(&self, kind: Kind) -> bool {
        kind == Kind::Tree
    }

    fn whole(&mut self, object: Object<'_>) {
        let number = object.number();
        // What is wrong with a tree was told when it was looked at first.
        for entry in TreeRefIter::from_bytes(object.data, object.id().kind()).map_while(Result::ok) {
            // A commit of a submodule is nothing that the tree has.
            if !entry.mode.is_commit() && self.targets.find(entry.oid).is_some() {
                self.direct.push(number);
            }
            if entry.mode.is_tree()
                && let Some(child) = self.stores.number(entry.oid)
            {
                self.within.push((child, number));
            }
        }
    }

    fn derived(&mut self, object: Object<'_>, (): &(), _: &[Edit]) {
        self.whole(object);
    }

    /// No tree is.
    fn large(&mut self, _: Place<'_>, _: u64, _: &mut dyn Stream) {}

    fn problem(&mut self, _: Problem) {}
}

/// The second pass: the entries of trees that lead to a target.
struct Entries<'a> {
    stores: &'a Stores,
    targets: &'a Targets<'a>,
    interesting: &'a Numbers,
    ways: Ways,
}

impl Visitor for Entries<'_> {
    type State = ();

    fn wants(&self, kind: Kind) -> bool {
        kind == Kind::Tree
    }

    fn whole(&mut self, object: Object<'_>) {
        let number = object.number();
        if !self.interesting.contains(number) {
            return;
        }
        let mut ways = Vec::new();
        for entry in TreeRefIter::from_bytes(object.data, object.id().kind()).map_while(Result::ok) {
            if entry.mode.is_commit() {
                continue;
            }
            let name = || BString::from(entry.filename.as_bytes());
            ways.extend(self.targets.find(entry.oid).map(|target| (name(), Child::Target(target))));
            if entry.mode.is_tree()
                && let Some(child) = self.stores.number(entry.oid).filter(|child| self.interesting.contains(*child))
            {
                ways.push((name(), Child::Tree(child)));
            }
        }
        if !ways.is_empty() {
            self.ways.insert(number, ways);
        }
    }

    fn derived(&mut self, object: Object<'_>, (): &(), _: &[Edit]) {
        self.whole(object);
    }

    /// No tree is.
    fn large(&mut self, _: Place<'_>, _: u64, _: &mut dyn Stream) {}

    fn problem(&mut self, _: Problem) {}
}
