//! Since when, until when and where a range has what was found in it.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use bstr::BString;

use super::Range;
use crate::{
    finding::{Commit, Past},
    origin::Origin,
    source::{
        git::{Lookup, Node, ObjectId},
        versions,
    },
};

/// The first and the last commit that have something, by their numbers, and whether a tip has it.
#[derive(Clone, Copy)]
struct Span {
    first: usize,
    last: usize,
    in_tip: bool,
}

impl Range {
    /// What the commits of the range know of each origin; `None`: nothing, as of the name of a reference.
    pub(super) fn pasts(&self, origins: &[&Origin]) -> Vec<Option<Past>> {
        let spans = self.spans(origins);
        if spans.iter().all(Option::is_none) {
            return vec![None; origins.len()];
        }
        let reached = Reached::new(&self.walked.commits, self.references());
        let mut lists: BTreeMap<usize, Arc<[BString]>> = BTreeMap::new();
        let past = |span: Option<Span>| {
            let span = span?;
            let commit = |number: usize| {
                let node = &self.walked.commits[number];
                Commit {
                    id: versions::name(node.id),
                    author_date: node.authored,
                    order: number as u32,
                    is_root: node.parents.is_empty(),
                }
            };
            let refs = Arc::clone(lists.entry(span.first).or_insert_with(|| reached.names(span.first)));
            Some(Past {
                span: Some((commit(span.first), commit(span.last))),
                in_tip: span.in_tip,
                refs,
                local_only: false,
            })
        };
        spans.into_iter().map(past).collect()
    }

    fn spans(&self, origins: &[&Origin]) -> Vec<Option<Span>> {
        let mut spans: Vec<Option<Span>> = vec![None; origins.len()];
        let paths: BTreeSet<&BString> = origins.iter().filter_map(|origin| origin.path()).collect();
        let paths: Vec<_> = paths.into_iter().collect();
        let mut wanted: BTreeMap<(usize, &[u8]), usize> = BTreeMap::new();
        let mut texts: BTreeMap<&[u8], usize> = BTreeMap::new();
        for (number, origin) in origins.iter().enumerate() {
            match origin {
                Origin::Version { path, object } => {
                    let path = paths.binary_search(&path).expect("invariant: it was taken from the same origins");
                    wanted.insert((path, object.as_bytes()), number);
                }
                Origin::Object { object, .. } => drop(texts.insert(object.as_bytes(), number)),
                _ => {}
            }
        }
        let (mut lookup, mut objects) = (Lookup::new(paths), self.git.objects());
        let tips: BTreeSet<_> = self.selection.tips.iter().collect();
        for (order, node) in self.walked.commits.iter().enumerate() {
            let is_tip = tips.contains(&node.id);
            if let Some(&text) = texts.get(node.id.as_bytes()) {
                spans[text] = Some(Span { first: order, last: order, in_tip: true });
            }
            // A tree that cannot be read leaves open whether it has them; what was found in others stays found.
            let found =
                if wanted.is_empty() { Vec::new() } else { lookup.find(&mut objects, node.tree).unwrap_or_default() };
            for (path, blob) in found {
                let Some(&number) = wanted.get(&(path, blob.as_bytes())) else { continue };
                let span = spans[number].get_or_insert(Span { first: order, last: order, in_tip: false });
                (span.last, span.in_tip) = (order, span.in_tip || is_tip);
            }
        }
        spans
    }

    /// The references that lead to a commit of the range, by the commit.
    fn references(&self) -> BTreeMap<ObjectId, Vec<BString>> {
        let members: BTreeSet<_> = self.walked.commits.iter().map(|node| node.id).collect();
        let mut by_commit: BTreeMap<ObjectId, Vec<BString>> = BTreeMap::new();
        // Whatever is wrong with others, those that can be read lead where they lead.
        for (name, id) in self.git.references().unwrap_or_default().named {
            if members.contains(&id) {
                by_commit.entry(id).or_default().push(name);
            }
        }
        by_commit
    }
}

/// What leads to each commit of a range. Commits with the same children and no reference of their own share one entry, so that
/// a long history costs no more than it has branches.
struct Reached {
    /// Of each commit, by its number, its entry in `sets`; `None`: no reference leads to it.
    of: Vec<Option<usize>>,
    sets: Vec<Set>,
}

/// References, and the sets of what comes later.
struct Set {
    own: Vec<BString>,
    later: Vec<usize>,
}

impl Reached {
    /// `commits` come after their parents.
    fn new(commits: &[Node], mut references: BTreeMap<ObjectId, Vec<BString>>) -> Self {
        let numbers: HashMap<ObjectId, usize> = commits.iter().enumerate().map(|(at, node)| (node.id, at)).collect();
        let mut later: Vec<Vec<usize>> = vec![Vec::new(); commits.len()];
        let (mut of, mut sets) = (vec![None; commits.len()], Vec::new());
        for (number, node) in commits.iter().enumerate().rev() {
            let own = references.remove(&node.id).unwrap_or_default();
            let mut later_sets = std::mem::take(&mut later[number]);
            later_sets.sort_unstable();
            later_sets.dedup();
            of[number] = match later_sets[..] {
                [] if own.is_empty() => None,
                [only] if own.is_empty() => Some(only),
                _ => {
                    sets.push(Set { own, later: later_sets });
                    Some(sets.len() - 1)
                }
            };
            for parent in node.parents.iter().filter_map(|parent| numbers.get(parent)) {
                later[*parent].extend(of[number]);
            }
        }
        Self { of, sets }
    }

    /// The names of the references that a commit can be reached from, sorted.
    fn names(&self, commit: usize) -> Arc<[BString]> {
        let mut pending: Vec<usize> = self.of[commit].into_iter().collect();
        let mut seen: BTreeSet<usize> = pending.iter().copied().collect();
        let mut names = BTreeSet::new();
        while let Some(set) = pending.pop() {
            let Set { own, later } = &self.sets[set];
            names.extend(own.iter().cloned());
            pending.extend(later.iter().filter(|later| seen.insert(**later)));
        }
        names.into_iter().collect()
    }
}
