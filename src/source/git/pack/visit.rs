//! Visiting all objects: what is to be done, and for which threads.

use std::{
    iter, panic,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use super::{
    HELP, Progress, Visitor,
    family::Family,
    fault::Fault,
    file::Pack,
    problem,
    share::Share,
    stores::{Source, Stores},
    tree::Tree,
    walk::Walk,
};
use crate::origin::Problem;

/// Visits every object once, on so many threads, each with a visitor of its own, and returns the visitors.
pub(in crate::source) fn visit<V: Visitor>(
    stores: &Stores,
    threads: usize,
    make: impl Fn() -> V + Sync,
    progress: &Progress,
) -> Vec<V> {
    let threads = threads.max(1);
    let mut first = make();
    stores.problems().iter().for_each(|problem| first.problem(problem.clone()));
    let forests = plant(stores, threads, &mut first, progress);
    let (next, share) = (AtomicUsize::new(0), Share::new(threads));
    let tasks = Tasks { stores, later: Default::default(), forests: &forests, next, share, progress };
    thread::scope(|scope| {
        let (tasks, make) = (&tasks, &make);
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(|| Walk::new(tasks, make(), threads).run())).collect();
        let first = Walk::new(tasks, first, threads).run();
        let others = others.into_iter().map(thread::ScopedJoinHandle::join);
        let others = others.map(|other| other.unwrap_or_else(|panic| panic::resume_unwind(panic)));
        iter::once(first).chain(others).collect()
    })
}

/// What is to be done in one source.
pub(super) struct Forest {
    /// `None`: objects are loose.
    pub(super) tree: Option<Tree>,
    /// How many units of work come before those of this source: roots of packs, or loose objects.
    pub(super) before: usize,
    pub(super) units: usize,
}

/// Finds out which objects are made from which.
fn plant<V: Visitor>(stores: &Stores, threads: usize, visitor: &mut V, progress: &Progress) -> Vec<Forest> {
    let mut before = 0;
    let mut forests = Vec::new();
    for (source, hidden) in stores.sources.iter().zip(&stores.hidden) {
        let (tree, units) = match source {
            Source::Loose(loose) => (None, loose.len() as usize),
            Source::Pack(pack) => {
                let (tree, cyclic, verified) = thread::scope(|scope| {
                    let verified = scope.spawn(|| pack.verify_index());
                    let (tree, cyclic) = Tree::new(pack, hidden, threads);
                    (tree, cyclic, verified.join().unwrap_or_else(|panic| panic::resume_unwind(panic)))
                });
                if let Err(error) = verified {
                    visitor.problem(problem(pack.path(), format!("the pack cannot be trusted: {error}"), HELP));
                }
                if let Some(cyclic) = cyclic {
                    visitor.problem(unreadable(pack, cyclic.example, &Fault::Cycle, cyclic.count - 1));
                    progress.objects.fetch_add(cyclic.count.into(), Ordering::Relaxed);
                }
                let roots = tree.roots();
                (Some(tree), roots)
            }
        };
        forests.push(Forest { tree, before, units });
        before += units;
    }
    forests
}

/// The problem of an object in a pack, for which so many others are lost as well.
pub(super) fn unreadable(pack: &Pack, position: u32, fault: &Fault, others: u32) -> Problem {
    let (id, offset) = (pack.id(position), pack.offset(position));
    let others = match others {
        0 => String::new(),
        1 => ", nor can one that is made from it".to_owned(),
        _ => format!(", nor can {others} that are made from it"),
    };
    problem(pack.path(), format!("the object {id} at offset {offset} cannot be read{others}: {fault}"), HELP)
}

/// What all threads work on.
pub(super) struct Tasks<'a, S> {
    pub(super) stores: &'a Stores,
    /// What the stores held when an object was gone from where it had been listed, each time that one was in none of those before.
    pub(super) later: [OnceLock<Stores>; 4],
    pub(super) forests: &'a [Forest],
    /// The next unit of work that nobody has taken.
    pub(super) next: AtomicUsize,
    pub(super) share: Share<Family<S>>,
    pub(super) progress: &'a Progress,
}
