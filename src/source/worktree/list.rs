//! What would be scanned, without scanning it.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use bstr::BString;

use super::{
    super::{Blob, Source, SourceError, Worker, Workers},
    Worktree,
};
use crate::{
    finding::Where,
    origin::{Origin, Problem, Skip},
};

/// Visits the tree as a scan does, so that the list is that of a scan, and takes down only the paths.
pub(super) fn list(worktree: &Worktree) -> Result<Vec<BString>, SourceError> {
    let home = Home::default();
    worktree.visit(&home)?;
    let listed = home.0.into_inner().unwrap_or_else(PoisonError::into_inner);
    match listed.problems.into_iter().min() {
        Some(problem) => Err(SourceError { message: problem.to_string(), help: problem.help }),
        None => Ok(listed.paths.into_iter().collect()),
    }
}

/// What all threads took down.
#[derive(Default)]
struct Home(Mutex<Listed>);

#[derive(Default)]
struct Listed {
    paths: BTreeSet<BString>,
    problems: Vec<Problem>,
}

struct Lister<'a> {
    home: &'a Home,
    listed: Listed,
}

impl Workers for Home {
    type Worker<'a> = Lister<'a>;

    fn worker(&self) -> Lister<'_> {
        Lister { home: self, listed: Listed::default() }
    }
}

impl Worker for Lister<'_> {
    type State = ();

    fn blob(&mut self, blob: Blob<'_>) {
        self.listed.paths.extend(blob.origin.path().cloned());
    }

    fn name(&mut self, _: &Origin, _: Where, _: &[u8]) {}

    fn skipped(&mut self, _: Skip) {}

    fn problem(&mut self, problem: Problem) {
        self.listed.problems.push(problem);
    }
}

impl Drop for Lister<'_> {
    fn drop(&mut self) {
        let mut home = self.home.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = std::mem::take(&mut self.listed);
        home.paths.extend(own.paths);
        home.problems.extend(own.problems);
    }
}
