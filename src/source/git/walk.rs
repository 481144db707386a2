//! Which commits a range has, found by walking from its tips: as `git rev-list` does, but nothing is left out because of a
//! commit that is dated before its parents.

use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet};

use gix::ObjectId;

use super::{ObjectError, Objects, text::CommitText};

/// How many commits are looked at beyond those that dates say are needed, in case dates lie; git looks at 5.
const SLOP: usize = 32;

/// How far commits may be dated before those that they are made on, in seconds, so that all since a date are found: 30 days.
const SKEW: i64 = 30 * 24 * 60 * 60;

/// A commit of a range.
#[derive(Clone, Debug)]
pub(in crate::source) struct Node {
    pub(in crate::source) id: ObjectId,
    pub(in crate::source) tree: ObjectId,
    pub(in crate::source) parents: Vec<ObjectId>,
    /// Those of the parents that could be read.
    pub(in crate::source) parent_trees: Vec<ObjectId>,
    pub(in crate::source) authored: i64,
    committed: i64,
}

/// The commits of a range.
#[derive(Debug, Default)]
pub(in crate::source) struct Walked {
    /// None of them comes before one of its parents. The order depends on nothing but the commits.
    pub(in crate::source) commits: Vec<Node>,
    /// Commits that are parents of these and not of the range, and their trees.
    pub(in crate::source) boundary: BTreeMap<ObjectId, ObjectId>,
    /// Commits of the range whose parents a shallow clone does not have.
    pub(in crate::source) cut: Vec<ObjectId>,
    /// Commits that were needed and cannot be read.
    pub(in crate::source) unreadable: Vec<(ObjectId, ObjectError)>,
}

/// What to walk.
#[derive(Clone, Copy, Debug)]
pub(in crate::source) struct Request<'r> {
    pub(in crate::source) tips: &'r [ObjectId],
    /// What can be reached from these is not of the range.
    pub(in crate::source) hidden: &'r [ObjectId],
    /// Only commits that were committed then or later, in seconds since 1970.
    pub(in crate::source) since: Option<i64>,
    /// Only the tips themselves.
    pub(in crate::source) no_walk: bool,
    /// Where a shallow clone ends: these commits are there, their parents are not.
    pub(in crate::source) shallow: &'r HashSet<ObjectId>,
}

struct Seen {
    /// `None`: it cannot be read.
    node: Option<Node>,
    is_hidden: bool,
    is_done: bool,
}

struct Walk<'w> {
    request: Request<'w>,
    objects: &'w mut Objects,
    seen: HashMap<ObjectId, Seen>,
    /// By date, the newest first.
    pending: BinaryHeap<(i64, ObjectId)>,
    /// How many of `pending` are not hidden.
    open: usize,
    unreadable: Vec<(ObjectId, ObjectError)>,
}

/// Finds the commits.
pub(in crate::source) fn walk(objects: &mut Objects, request: Request<'_>) -> Walked {
    let mut walk =
        Walk { request, objects, seen: HashMap::new(), pending: BinaryHeap::new(), open: 0, unreadable: Vec::new() };
    request.hidden.iter().for_each(|&id| walk.reach(id, true));
    request.tips.iter().for_each(|&id| walk.reach(id, false));
    if request.no_walk {
        walk.only_tips();
    } else {
        walk.run();
    }
    walk.result()
}

impl Walk<'_> {
    /// Takes a commit that was come upon.
    fn reach(&mut self, id: ObjectId, is_hidden: bool) {
        if let Some(seen) = self.seen.get(&id) {
            if is_hidden && !seen.is_hidden {
                self.hide(id);
            }
            return;
        }
        let node = match self.read(id) {
            Ok(node) => {
                self.pending.push((node.committed, id));
                self.open += usize::from(!is_hidden);
                Some(node)
            }
            Err(error) => {
                self.unreadable.push((id, error));
                None
            }
        };
        self.seen.insert(id, Seen { node, is_hidden, is_done: false });
    }

    fn read(&mut self, id: ObjectId) -> Result<Node, ObjectError> {
        let content = self.objects.commit(id)?;
        let CommitText { tree, parents, authored, committed, .. } = CommitText::read(content)?;
        Ok(Node { id, tree, parents, parent_trees: Vec::new(), authored, committed })
    }

    /// A commit that was taken for one of the range is none, and neither is what was reached from it.
    fn hide(&mut self, id: ObjectId) {
        let mut hiding = vec![id];
        while let Some(id) = hiding.pop() {
            let Some(seen) = self.seen.get_mut(&id).filter(|seen| !seen.is_hidden) else { continue };
            seen.is_hidden = true;
            match &seen.node {
                Some(node) if seen.is_done => hiding.extend(&node.parents),
                Some(_) => self.open -= 1,
                None => {}
            }
        }
    }

    fn only_tips(&mut self) {
        for &id in self.request.tips {
            let parents = self.parents(id);
            self.seen.get_mut(&id).into_iter().for_each(|seen| seen.is_done = true);
            for parent in parents {
                if !self.seen.contains_key(&parent) {
                    self.reach(parent, true);
                }
            }
        }
    }

    /// The parents that this clone is meant to have.
    fn parents(&self, id: ObjectId) -> Vec<ObjectId> {
        let node = self.seen.get(&id).and_then(|seen| seen.node.as_ref());
        let node = node.filter(|_| !self.request.shallow.contains(&id));
        node.map_or_else(Vec::new, |node| node.parents.clone())
    }

    fn run(&mut self) {
        // The earliest date in the range so far: what is hidden and not older may yet turn out to lead to it.
        let mut earliest = i64::MAX;
        let mut slop = SLOP;
        while let Some(&(date, _)) = self.pending.peek() {
            if self.open > 0 || date >= earliest {
                slop = SLOP;
            } else if slop == 0 {
                break;
            } else {
                slop -= 1;
            }
            let (date, id) = self.pending.pop().expect("invariant: it was there a moment ago");
            let seen = self.seen.get_mut(&id).expect("invariant: what is pending was seen");
            seen.is_done = true;
            let is_hidden = seen.is_hidden;
            if !is_hidden {
                self.open -= 1;
                earliest = earliest.min(date);
                if self.request.since.is_some_and(|since| date < since.saturating_sub(SKEW)) {
                    continue;
                }
            }
            for parent in self.parents(id) {
                self.reach(parent, is_hidden);
            }
        }
    }

    fn result(mut self) -> Walked {
        let since = self.request.since;
        let is_in = |seen: &Seen| {
            let node = seen.node.as_ref().filter(|_| seen.is_done && !seen.is_hidden);
            node.filter(|node| since.is_none_or(|since| node.committed >= since)).map(|node| node.id)
        };
        let members: HashSet<ObjectId> = self.seen.values().filter_map(is_in).collect();
        let mut cut: Vec<_> = members.intersection(self.request.shallow).copied().collect();
        cut.sort();
        // At a root that is listed as shallow nothing is cut off.
        cut.retain(|id| self.seen[id].node.as_ref().is_some_and(|node| !node.parents.is_empty()));
        // Parents that are older than all that was asked for were not come upon in every case.
        let mut ids: Vec<_> = members.iter().copied().collect();
        ids.sort();
        let outside: Vec<_> =
            ids.iter().flat_map(|&id| self.parents(id)).filter(|parent| !self.seen.contains_key(parent)).collect();
        for parent in outside {
            self.reach(parent, true);
        }
        let mut boundary = BTreeMap::new();
        let mut commits = Vec::with_capacity(ids.len());
        let order = in_order(&ids, &members, &self.seen);
        let mut parents_of = Vec::with_capacity(order.len());
        for &id in &order {
            let parents = self.parents(id);
            let tree = |parent: &ObjectId| Some((*parent, self.seen.get(parent)?.node.as_ref()?.tree));
            let trees: Vec<_> = parents.iter().filter_map(tree).collect();
            boundary.extend(trees.iter().filter(|(parent, _)| !members.contains(parent)).copied());
            parents_of.push((parents, trees.into_iter().map(|(_, tree)| tree).collect()));
        }
        for (id, (parents, trees)) in order.into_iter().zip(parents_of) {
            let node = self.seen.get_mut(&id).and_then(|seen| seen.node.take());
            commits.extend(node.map(|node| Node { parents, parent_trees: trees, ..node }));
        }
        self.unreadable.sort_by_key(|(id, _)| *id);
        Walked { commits, boundary, cut, unreadable: self.unreadable }
    }
}

/// The members so that none comes before one of its parents; where that leaves a choice the oldest first.
fn in_order(ids: &[ObjectId], members: &HashSet<ObjectId>, seen: &HashMap<ObjectId, Seen>) -> Vec<ObjectId> {
    let node = |id: &ObjectId| seen[id].node.as_ref().expect("invariant: members can be read");
    let parents = |id: &ObjectId| node(id).parents.iter().copied().filter(|parent| members.contains(parent));
    let mut children: HashMap<ObjectId, usize> = HashMap::new();
    for parent in ids.iter().flat_map(parents) {
        *children.entry(parent).or_default() += 1;
    }
    let free = ids.iter().filter(|id| !children.contains_key(*id));
    let mut ready: BinaryHeap<_> = free.map(|id| (node(id).committed, *id)).collect();
    let mut order = Vec::with_capacity(ids.len());
    while let Some((_, id)) = ready.pop() {
        order.push(id);
        for parent in parents(&id) {
            let waiting = children.get_mut(&parent).expect("invariant: each parent was counted");
            *waiting -= 1;
            if *waiting == 0 {
                ready.push((node(&parent).committed, parent));
            }
        }
    }
    order.reverse();
    order
}
