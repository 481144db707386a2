//! Where objects have been: at which paths, from which commit to which, and what leads there.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    rc::Rc,
    sync::Arc,
};

use gix::{ObjectId, bstr::BString};

use super::{
    super::{MAX_DEPTH, pack::Stores},
    graph::{Graph, Roots},
    look::Seen,
    refs::Tips,
    trees::{self, Child, Ways},
};
use crate::{finding::Commit, source::versions::name};

/// Things that are followed through all commits at once.
const CHUNK: usize = u64::BITS as usize;

/// One place of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::source) struct Place {
    /// `None`: it has none, as a message, or what only a tag is of.
    pub(in crate::source) path: Option<BString>,
    /// The first and the last commit that have it there; `None`: no commit has.
    pub(in crate::source) span: Option<(Commit, Commit)>,
    /// What is checked out has it there.
    pub(in crate::source) in_head: bool,
    /// The references from which it can be reached there.
    pub(in crate::source) refs: Arc<[BString]>,
    /// No reference, HEAD or reflog leads to it there.
    pub(in crate::source) local_only: bool,
}

/// Finds the places of `targets`, which must be sorted: of each at least one, in order.
pub(in crate::source) fn places(
    stores: &Stores,
    seen: &Seen,
    tips: &Tips,
    targets: &[ObjectId],
    threads: usize,
) -> Places {
    let graph = Graph::new(stores, seen);
    let roots = Roots::new(stores, tips);
    let mut tracks = Tracks::default();
    let mut expander = Expander::new(trees::ways(stores, targets, threads), stores, targets);
    tracks.follow_trees(&graph, &roots, &mut expander);
    tracks.follow_messages(&graph, targets);
    tracks.follow_references(&graph, &roots, &mut expander, targets);
    tracks.mark_reached(&graph, &roots);
    let mut places = vec![Vec::new(); targets.len()];
    let mut lists: HashMap<BTreeSet<u32>, Arc<[BString]>> = HashMap::new();
    for track in tracks.tracks {
        let commit = |place: u32| {
            let node = &graph.commits[place as usize];
            let id = name(stores.numbered(node.number).0.to_owned());
            Commit { id, author_date: node.author_date, order: place, is_root: graph.parents(place).is_empty() }
        };
        places[track.target as usize].push(Place {
            path: track.path,
            span: track.span.map(|(first, last)| (commit(first), commit(last))),
            in_head: track.in_head,
            local_only: track.refs.is_empty() && !track.is_reached,
            refs: Arc::clone(lists.entry(track.refs).or_insert_with_key(|refs| roots.names(refs))),
        });
    }
    for places in &mut places {
        places.sort_by(|a, b| a.path.cmp(&b.path));
        if places.is_empty() {
            places.push(Place { path: None, span: None, in_head: false, refs: Arc::from([]), local_only: true });
        }
    }
    Places { of: places, is_cut: expander.is_cut }
}

/// The places of several objects.
#[derive(Debug)]
pub(in crate::source) struct Places {
    /// By position among the objects.
    pub(in crate::source) of: Vec<Vec<Place>>,
    /// There are more of them than were followed.
    pub(in crate::source) is_cut: bool,
}

/// How many paths are followed: trees can be made so that a few objects are at more than any memory holds.
pub(in crate::source) const MAX_PATHS: usize = 1 << 20;

/// A target at a path, followed through all commits.
struct Track {
    path: Option<BString>,
    target: u32,
    /// The first and the last commit with it, by place.
    span: Option<(u32, u32)>,
    /// The commits that have it and none of whose parents has it.
    begins: Vec<u32>,
    in_head: bool,
    /// References that lead to it, by their numbers.
    refs: BTreeSet<u32>,
    is_reached: bool,
}

#[derive(Default)]
struct Tracks {
    tracks: Vec<Track>,
    known: HashMap<(Option<u32>, u32), usize>,
}

impl Tracks {
    /// The track of a target at a path; `None` stands for no path.
    fn track(&mut self, target: u32, path: Option<u32>, expander: Option<&Expander>) -> &mut Track {
        let next = self.tracks.len();
        let at = *self.known.entry((path, target)).or_insert(next);
        if at == next {
            let path = path.and_then(|path| expander.map(|expander| expander.path(path)));
            self.tracks.push(Track {
                path,
                target,
                span: None,
                begins: Vec::new(),
                in_head: false,
                refs: BTreeSet::new(),
                is_reached: false,
            });
        }
        &mut self.tracks[at]
    }

    /// Follows what is in the trees of commits.
    fn follow_trees(&mut self, graph: &Graph<'_>, roots: &Roots, expander: &mut Expander) {
        let head = roots.head.and_then(|head| graph.place(head));
        let mut lists: Vec<Rc<[Spot]>> = Vec::with_capacity(graph.commits.len());
        for (place, commit) in (0..).zip(&graph.commits) {
            let list = commit.tree.map_or_else(|| Rc::from([]), |tree| expander.expand(tree));
            let parents = graph.parents(place);
            let is_same = |parent: &u32| Rc::ptr_eq(&lists[*parent as usize], &list);
            for spot in list.iter() {
                let is_new = !parents.iter().any(is_same)
                    && parents.iter().all(|parent| lists[*parent as usize].binary_search(spot).is_err());
                let track = self.track(spot.target, Some(spot.path), Some(expander));
                track.span = Some((track.span.map_or(place, |(first, _)| first), place));
                track.in_head |= head == Some(place);
                if is_new {
                    track.begins.push(place);
                }
            }
            lists.push(list);
        }
    }

    /// Follows commits that are targets themselves.
    fn follow_messages(&mut self, graph: &Graph<'_>, targets: &[ObjectId]) {
        for (target, id) in (0..).zip(targets) {
            if let Some(place) = graph.stores.number(id).and_then(|number| graph.place(number)) {
                let track = self.track(target, None, None);
                track.span = Some((place, place));
                track.begins.push(place);
            }
        }
    }

    /// Follows what references lead to other than by commits: tags, and what they are of.
    fn follow_references(&mut self, graph: &Graph<'_>, roots: &Roots, expander: &mut Expander, targets: &[ObjectId]) {
        let numbers: HashMap<u32, u32> =
            (0..).zip(targets).filter_map(|(target, id)| Some((graph.stores.number(id)?, target))).collect();
        let named = (0..).zip(&roots.refs).map(|(name, (_, number))| (Some(name), *number));
        for (name, number) in named.chain(roots.others.iter().map(|number| (None, *number))) {
            for target in graph.chain(number).filter_map(|number| numbers.get(&number)) {
                self.track(*target, None, None).reach(name);
            }
            let peeled = graph.peeled(number);
            if graph.place(peeled).is_none() {
                // What stands at the top is the object itself, which has no path.
                for spot in expander.expand(peeled).iter().filter(|spot| spot.path != 0) {
                    self.track(spot.target, Some(spot.path), Some(expander)).reach(name);
                }
            }
        }
    }

    /// Notes what leads to the commits of each track.
    fn mark_reached(&mut self, graph: &Graph<'_>, roots: &Roots) {
        let place = |number: &u32| graph.place(graph.peeled(*number));
        let head = roots.head.as_ref().and_then(place);
        for tracks in self.tracks.chunks_mut(CHUNK) {
            let mut begins: HashMap<u32, u64> = HashMap::new();
            for (bit, track) in tracks.iter().enumerate() {
                for place in &track.begins {
                    *begins.entry(*place).or_default() |= 1 << bit;
                }
            }
            if begins.is_empty() {
                continue;
            }
            let reached = graph.reach(&begins);
            let bits = |number: &u32| place(number).map_or(0, |place| reached[place as usize]);
            for (name, (_, number)) in (0..).zip(&roots.refs) {
                let bits = bits(number);
                let reached = tracks.iter_mut().enumerate().filter(|(bit, _)| bits & (1 << bit) != 0);
                reached.for_each(|(_, track)| track.reach(Some(name)));
            }
            let others = roots.others.iter().fold(0, |all, number| all | bits(number));
            for (bit, track) in tracks.iter_mut().enumerate() {
                track.is_reached |= others & (1 << bit) != 0;
                // A message is where HEAD is if the commit is among its own.
                track.in_head |=
                    track.path.is_none() && head.is_some_and(|head| reached[head as usize] & (1 << bit) != 0);
            }
        }
    }
}

impl Track {
    /// Notes the number of a reference that leads to it; `None` stands for a HEAD or reflog.
    fn reach(&mut self, name: Option<u32>) {
        self.refs.extend(name);
        self.is_reached = true;
    }
}

/// A target at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Spot {
    path: u32,
    target: u32,
}

/// Goes from trees to targets. Lists that are equal are the same one: most commits change nothing of them.
struct Expander {
    ways: Ways,
    /// The trees that are targets themselves.
    targets: HashMap<u32, u32>,
    /// Each path's directory, and its name in it. The first one is the top.
    paths: Vec<(u32, BString)>,
    known_paths: HashMap<(u32, BString), u32>,
    lists: HashSet<Rc<[Spot]>>,
    /// By tree and path.
    expanded: HashMap<(u32, u32), Rc<[Spot]>>,
    /// More paths lead to targets than were followed.
    is_cut: bool,
}

/// A tree on the way, and what was found below it so far.
struct Step {
    tree: u32,
    path: u32,
    next: usize,
    found: Vec<Spot>,
}

impl Expander {
    fn new(ways: Ways, stores: &Stores, targets: &[ObjectId]) -> Self {
        let numbers = (0..).zip(targets).filter_map(|(target, id)| Some((stores.number(id)?, target)));
        Self {
            ways,
            targets: numbers.collect(),
            paths: vec![(0, BString::default())],
            known_paths: HashMap::new(),
            lists: HashSet::new(),
            expanded: HashMap::new(),
            is_cut: false,
        }
    }

    /// A path in words.
    fn path(&self, mut path: u32) -> BString {
        let mut names = Vec::new();
        while path != 0 {
            let (directory, name) = &self.paths[path as usize];
            names.push(name.as_slice());
            path = *directory;
        }
        names.reverse();
        bstr::join("/", names).into()
    }

    /// A path in a directory; `None`: there are too many.
    fn path_of(&mut self, directory: u32, name: &BString) -> Option<u32> {
        if let Some(path) = self.known_paths.get(&(directory, name.clone())) {
            return Some(*path);
        }
        if self.paths.len() >= MAX_PATHS {
            self.is_cut = true;
            return None;
        }
        let next = self.paths.len() as u32;
        self.known_paths.insert((directory, name.clone()), next);
        self.paths.push((directory, name.clone()));
        Some(next)
    }

    /// All targets below a tree that stands at the top, and itself; in order.
    fn expand(&mut self, root: u32) -> Rc<[Spot]> {
        let mut steps = vec![self.step(root, 0)];
        loop {
            let at = steps.len() - 1;
            let Step { tree, path, next, .. } = steps[at];
            let Some((name, child)) = self.ways.get(&tree).and_then(|ways| ways.get(next)).cloned() else {
                let Step { tree, path, mut found, .. } = steps.swap_remove(at);
                found.sort_unstable();
                found.dedup();
                let list = self.shared(found.into());
                self.expanded.insert((tree, path), Rc::clone(&list));
                match steps.last_mut() {
                    Some(above) => above.found.extend(list.iter()),
                    None => return list,
                }
                continue;
            };
            steps[at].next += 1;
            if at >= MAX_DEPTH {
                self.is_cut = true;
                continue;
            }
            let Some(path) = self.path_of(path, &name) else { continue };
            match child {
                Child::Target(target) => steps[at].found.push(Spot { path, target }),
                Child::Tree(tree) => match self.expanded.get(&(tree, path)) {
                    Some(known) => steps[at].found.extend(known.iter()),
                    None => steps.push(self.step(tree, path)),
                },
            }
        }
    }

    /// The list that is kept of those equal to this one.
    fn shared(&mut self, list: Rc<[Spot]>) -> Rc<[Spot]> {
        if let Some(known) = self.lists.get(&list) {
            return Rc::clone(known);
        }
        self.lists.insert(Rc::clone(&list));
        list
    }

    fn step(&self, tree: u32, path: u32) -> Step {
        // A tree that is a target below the top is found as an entry.
        let target = self.targets.get(&tree).filter(|_| path == 0);
        let found = target.map(|target| Spot { path, target: *target });
        Step { tree, path, next: 0, found: found.into_iter().collect() }
    }
}
