//! The commits of a repository in an order in which none comes before its parents, and what leads to them.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap, HashMap},
    sync::Arc,
};

use gix::bstr::BString;

use super::{
    super::pack::Stores,
    look::{Node, Seen},
    refs::Tips,
};

/// All commits, by their place in the order.
pub(super) struct Graph<'a> {
    pub(super) stores: &'a Stores,
    pub(super) commits: Vec<Node>,
    /// By place; the parents' places, each less than its own.
    parents: Vec<Vec<u32>>,
    /// The place of a commit by its number.
    places: HashMap<u32, u32>,
    /// What tags are of, by their numbers.
    tags: HashMap<u32, u32>,
}

/// Of 64 things each bit tells whether it is there.
type Bits = u64;

impl<'a> Graph<'a> {
    /// Puts commits in order: by their dates, as far as parents allow it.
    pub(super) fn new(stores: &'a Stores, seen: &Seen) -> Self {
        let by_number: HashMap<u32, usize> =
            seen.commits.iter().enumerate().map(|(at, node)| (node.number, at)).collect();
        let mut children: Vec<Vec<u32>> = vec![Vec::new(); seen.commits.len()];
        let mut waiting: Vec<u32> = vec![0; seen.commits.len()];
        for (at, node) in seen.commits.iter().enumerate() {
            // What is no commit was told of when it was looked at.
            for parent in seen.parents(node).iter().filter_map(|parent| by_number.get(parent)) {
                children[*parent].push(at as u32);
                waiting[at] += 1;
            }
        }
        let key = |at: usize| {
            let node = &seen.commits[at];
            Reverse((node.commit_date, stores.numbered(node.number).0, at))
        };
        let mut next: BinaryHeap<_> =
            waiting.iter().enumerate().filter(|(_, waiting)| **waiting == 0).map(|(at, _)| key(at)).collect();
        let mut commits = Vec::with_capacity(seen.commits.len());
        let mut places = HashMap::with_capacity(seen.commits.len());
        while let Some(Reverse((.., at))) = next.pop() {
            places.insert(seen.commits[at].number, commits.len() as u32);
            commits.push(seen.commits[at]);
            for &child in &children[at] {
                waiting[child as usize] -= 1;
                if waiting[child as usize] == 0 {
                    next.push(key(child as usize));
                }
            }
        }
        let parents_of = |node: &Node| seen.parents(node).iter().filter_map(|parent| places.get(parent).copied());
        let parents = commits.iter().map(|node| parents_of(node).collect()).collect();
        Self { stores, commits, parents, places, tags: seen.tags.iter().copied().collect() }
    }

    /// The places of a commit's parents.
    pub(super) fn parents(&self, place: u32) -> &[u32] {
        &self.parents[place as usize]
    }

    /// The place of a commit, by its number.
    pub(super) fn place(&self, number: u32) -> Option<u32> {
        self.places.get(&number).copied()
    }

    /// What an object leads to if it is a tag, or a tag of a tag.
    pub(super) fn peeled(&self, mut number: u32) -> u32 {
        // Ids are digests, so there are no cycles.
        while let Some(target) = self.tags.get(&number) {
            number = *target;
        }
        number
    }

    /// All that an object and the tags which it leads through are.
    pub(super) fn chain(&self, number: u32) -> impl Iterator<Item = u32> {
        std::iter::successors(Some(number), |number| self.tags.get(number).copied())
    }

    /// For up to 64 things: at which commits each begins, by place. Tells for each place which things it or one of its
    /// ancestors has.
    pub(super) fn reach(&self, begins: &HashMap<u32, Bits>) -> Vec<Bits> {
        let mut reached: Vec<Bits> = vec![0; self.commits.len()];
        for place in 0..self.commits.len() {
            let own = begins.get(&(place as u32)).copied().unwrap_or(0);
            reached[place] = self.parents[place].iter().fold(own, |bits, parent| bits | reached[*parent as usize]);
        }
        reached
    }
}

/// What leads to commits and other objects, as numbers.
pub(super) struct Roots {
    /// References in order, with what they point to.
    pub(super) refs: Vec<(BString, u32)>,
    /// HEADs and reflogs.
    pub(super) others: Vec<u32>,
    pub(super) head: Option<u32>,
}

impl Roots {
    /// What is not there is left out: a reference to it was told of, and a reflog may name what is gone.
    pub(super) fn new(stores: &Stores, tips: &Tips) -> Self {
        let refs = tips.refs.iter().filter_map(|(name, id)| Some((name.clone(), stores.number(id)?)));
        let heads = tips.heads.iter().map(|(_, id)| id);
        let others = tips.others.iter().chain(heads).filter_map(|id| stores.number(id));
        let head = tips.head.and_then(|head| stores.number(&head));
        Self { refs: refs.collect(), others: others.collect(), head }
    }

    /// The names of references, by their numbers.
    pub(super) fn names(&self, numbers: &BTreeSet<u32>) -> Arc<[BString]> {
        numbers.iter().map(|number| self.refs[*number as usize].0.clone()).collect()
    }
}
