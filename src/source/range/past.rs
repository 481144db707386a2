//! Since when, until when and where a range has what was found in it.

use std::collections::{BTreeMap, BTreeSet};

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
        let references = self.references();
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
            let refs = self.reaching(span.first, &references);
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

    /// The references of the range that a commit can be reached from.
    fn reaching(&self, first: usize, references: &BTreeMap<ObjectId, Vec<BString>>) -> Vec<BString> {
        let commits = &self.walked.commits;
        let mut above = BTreeSet::from([commits[first].id]);
        let mut names = BTreeSet::new();
        for Node { id, parents, .. } in &commits[first..] {
            if above.contains(id) || parents.iter().any(|parent| above.contains(parent)) {
                above.insert(*id);
                names.extend(references.get(id).into_iter().flatten().cloned());
            }
        }
        names.into_iter().collect()
    }
}
