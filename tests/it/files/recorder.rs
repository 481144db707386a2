//! A worker that takes down all that a source hands out, so that tests see what was decided and not only what was found.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use keyhound::{
    finding::Where,
    glob::PathGlobs,
    origin::{Origin, Problem, Skip, Tracking},
    source::{
        Blob, Content, Source, SourceError, Worker, Workers,
        worktree::{Options, Worktree},
    },
};

use crate::support::Sandbox;

/// All that a visit handed out, in order of path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Visit {
    /// What stands for content: `tracked`, `untracked`, `ignored`, `outside` or `index`, the path, and the content.
    pub(super) blobs: Vec<(&'static str, String, Vec<u8>)>,
    /// Reason and path.
    pub(super) skips: Vec<(&'static str, String)>,
    pub(super) problems: Vec<Problem>,
}

impl Visit {
    /// `kind path` of each blob.
    pub(super) fn names(&self) -> Vec<String> {
        self.blobs.iter().map(|(kind, path, _)| format!("{kind} {path}")).collect()
    }

    /// `reason path` of each skip.
    pub(super) fn left_out(&self) -> Vec<String> {
        self.skips.iter().map(|(reason, path)| format!("{reason} {path}")).collect()
    }

    /// What was handed out for one kind and path.
    pub(super) fn content(&self, kind: &str, path: &str) -> Vec<&[u8]> {
        let blobs = self.blobs.iter().filter(|(own, at, _)| *own == kind && at == path);
        blobs.map(|(_, _, content)| content.as_slice()).collect()
    }
}

/// How a test scans: from where, what, with which options and excludes.
pub(super) struct Scan<'a> {
    sandbox: &'a Sandbox,
    cwd: PathBuf,
    paths: Vec<PathBuf>,
    options: Options,
    exclude: Vec<&'a str>,
}

impl<'a> Scan<'a> {
    /// Of the root of the sandbox, from there, with two threads.
    pub(super) fn of(sandbox: &'a Sandbox) -> Self {
        let options = Options { threads: 2, ..Options::default() };
        Self { sandbox, cwd: sandbox.root(), paths: Vec::new(), options, exclude: Vec::new() }
    }

    pub(super) fn from(mut self, directory: impl AsRef<Path>) -> Self {
        self.cwd = self.sandbox.join(directory);
        self
    }

    pub(super) fn paths<P: AsRef<Path>>(mut self, paths: &[P]) -> Self {
        self.paths = paths.iter().map(|path| path.as_ref().to_owned()).collect();
        self
    }

    pub(super) fn include_ignored(mut self) -> Self {
        self.options.include_ignored = true;
        self
    }

    pub(super) fn recurse_submodules(mut self) -> Self {
        self.options.recurse_submodules = true;
        self
    }

    pub(super) fn threads(mut self, threads: usize) -> Self {
        self.options.threads = threads;
        self
    }

    pub(super) fn exclude(mut self, globs: &[&'a str]) -> Self {
        self.exclude = globs.to_vec();
        self
    }

    pub(super) fn open(&self) -> Result<Worktree, SourceError> {
        let mut worktree = Worktree::open(&self.cwd, &self.paths, self.options)?;
        worktree.set_exclude(PathGlobs::new(&self.exclude).unwrap());
        Ok(worktree)
    }

    pub(super) fn visit(&self) -> Visit {
        self.visit_after(|| {})
    }

    /// A visit before which something happens that was not there when the tree was opened.
    pub(super) fn visit_after(&self, change: impl FnOnce()) -> Visit {
        let recorder = Recorder::default();
        let worktree = self.open().unwrap();
        change();
        worktree.visit(&recorder).unwrap();
        let mut visit = recorder.0.into_inner().unwrap();
        visit.blobs.sort();
        visit.skips.sort();
        visit.problems.sort();
        visit
    }

    /// What a visit and the list of what it would look at have to agree on.
    pub(super) fn list(&self) -> Vec<String> {
        let list = self.open().unwrap().list().unwrap();
        list.iter().map(ToString::to_string).collect()
    }

    /// The message of an error that there has to be.
    pub(super) fn error(&self) -> SourceError {
        let opened = self.open().and_then(|worktree| worktree.visit(&Recorder::default()));
        opened.expect_err("it has to fail")
    }
}

#[derive(Default)]
pub(super) struct Recorder(Mutex<Visit>);

pub(super) struct Thread<'a> {
    home: &'a Recorder,
    visit: Visit,
}

impl Workers for Recorder {
    type Worker<'a> = Thread<'a>;

    fn worker(&self) -> Thread<'_> {
        Thread { home: self, visit: Visit::default() }
    }
}

impl Worker for Thread<'_> {
    type State = ();

    fn blob(&mut self, blob: Blob<'_>) {
        let mut read = Vec::new();
        match blob.content {
            Content::Bytes(bytes) => read.extend_from_slice(bytes),
            Content::Stream(stream) => {
                if let Err(error) = stream.read_to_end(&mut read) {
                    let path = blob.origin.path().cloned().unwrap_or_default();
                    self.problem(Problem { path, message: error.to_string(), help: String::new() });
                }
            }
        }
        let kind = match blob.origin {
            Origin::File { tracking: Tracking::Tracked, .. } => "tracked",
            Origin::File { tracking: Tracking::Untracked, .. } => "untracked",
            Origin::File { tracking: Tracking::Ignored, .. } => "ignored",
            Origin::File { tracking: Tracking::NoRepository, .. } => "outside",
            Origin::Index { .. } => "index",
            Origin::Stdin { .. } => "stdin",
            other => panic!("a working tree has no {other:?}"),
        };
        self.visit.blobs.push((kind, blob.origin.path().unwrap().to_string(), read));
    }

    fn name(&mut self, _: &Origin, _: Where, _: &[u8]) {}

    fn skipped(&mut self, skip: Skip) {
        self.visit.skips.push((skip.reason.id(), skip.path.to_string()));
    }

    fn problem(&mut self, problem: Problem) {
        self.visit.problems.push(problem);
    }
}

impl Drop for Thread<'_> {
    fn drop(&mut self) {
        let mut home = self.home.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = std::mem::take(&mut self.visit);
        home.blobs.extend(own.blobs);
        home.skips.extend(own.skips);
        home.problems.extend(own.problems);
    }
}

/// A repository whose ignore rules are all its own: without this the user's would hold in the tests' own process.
pub(super) fn repository() -> Sandbox {
    let sandbox = Sandbox::repository();
    isolate(&sandbox, &[]);
    sandbox
}

/// Takes a repository below the root out of the user's ignore rules.
pub(super) fn isolate(sandbox: &Sandbox, options: &[&str]) {
    let none = sandbox.home().join("no-excludes");
    let mut arguments = options.to_vec();
    arguments.extend(["config", "core.excludesFile", none.to_str().unwrap()]);
    sandbox.git(&arguments);
}
