//! The working tree: every file that could be committed now, as it is on disk, and what the git index holds instead.
//!
//! Which files those are is git's decision, by git's rules; outside a repository it is all of them. Nothing here looks
//! into content, and nothing follows a link that is not named on the command line.

mod named;

use std::{
    collections::BTreeSet,
    fs::File,
    io::{Read, Seek},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use bstr::{BString, ByteSlice};

use self::named::{Named, Resolved};
use super::{Attribution, Blob, Content, Source, SourceError, Worker, Workers, git::Repository};
use crate::{
    finding::Secret,
    glob::PathGlobs,
    origin::{Origin, Problem, Skip, Tracking},
};

/// What to look at besides.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Files that git ignores are scanned too.
    pub include_ignored: bool,
    /// Submodules and nested repositories are scanned too, each by its own ignore rules.
    pub recurse_submodules: bool,
    /// How many threads scan; 0 is one for each processor.
    pub threads: usize,
}

/// Files and directories of one working tree, or of a directory that is in none.
pub struct Worktree {
    root: PathBuf,
    prefix: BString,
    repository: Option<Repository>,
    named: Vec<Named>,
    exclude: PathGlobs,
    options: Options,
}

impl Worktree {
    /// Finds `paths`, relative to `cwd`, and the repository they are in. No path at all means `cwd`.
    ///
    /// Fails if a path does not exist, if the paths are not all in the same repository or all in none, and if the
    /// repository cannot be read.
    pub fn open(cwd: &Path, paths: &[PathBuf], options: Options) -> Result<Self, SourceError> {
        let cwd = cwd.canonicalize().map_err(|error| SourceError {
            message: format!("the current directory {} cannot be read: {error}", cwd.display()),
            help: "change to a directory that exists".to_owned(),
        })?;
        let here = [PathBuf::from(".")];
        let Resolved { root, repository, named } = named::resolve(&cwd, if paths.is_empty() { &here } else { paths })?;
        let prefix = relative(&root, &cwd).unwrap_or_default();
        Ok(Self { root, prefix, repository, named, exclude: PathGlobs::none(), options })
    }

    /// What paths are relative to: the top of the repository. Outside a repository it is the current directory if all
    /// that is named is in it, else the directory that was named, or that of the file.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The current directory, relative to the root; empty if it is the root or not in it.
    pub fn prefix(&self) -> BString {
        self.prefix.clone()
    }

    /// Whether the root is that of a git repository.
    pub fn repository(&self) -> bool {
        self.repository.is_some()
    }

    /// Leaves out what the globs match, relative to the root, even where it is named. The configuration is read from
    /// the root, so it is known only now.
    pub fn set_exclude(&mut self, exclude: PathGlobs) {
        self.exclude = exclude;
    }

    /// What a scan would look at: paths relative to the root, in order, each once.
    ///
    /// Fails where a scan would have a problem, because the list is not complete then.
    pub fn list(&self) -> Result<Vec<BString>, SourceError> {
        let list = List::default();
        self.visit(&list)?;
        let listed = list.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        match listed.problems.into_iter().min() {
            Some(problem) => Err(SourceError { message: problem.to_string(), help: problem.help }),
            None => Ok(listed.paths.into_iter().collect()),
        }
    }
}

/// A path relative to `root`, separated by `/`; `None` if it is not below or not Unicode where names have to be.
fn relative(root: &Path, path: &Path) -> Option<BString> {
    let path = <[u8]>::from_path(path.strip_prefix(root).ok()?)?;
    #[cfg(windows)]
    let path = &path.replace("\\", "/");
    Some(path.into())
}

impl Source for Worktree {
    fn visit<W: Workers>(&self, workers: &W) -> Result<(), SourceError> {
        let walk = ignore::WalkBuilder::new(&self.root).hidden(false).threads(self.options.threads).build_parallel();
        walk.run(|| {
            let mut worker = workers.worker();
            let mut buffer = Vec::new();
            Box::new(move |entry| {
                let Ok(entry) = entry else { return ignore::WalkState::Continue };
                if !entry.file_type().is_some_and(|kind| kind.is_file()) {
                    return ignore::WalkState::Continue;
                }
                let path = entry.path().strip_prefix(&self.root).unwrap_or(entry.path());
                let path = <[u8]>::from_path(path).unwrap_or_default().into();
                let origin = Origin::File { path, tracking: Tracking::Untracked };
                let Ok(mut file) = File::open(entry.path()) else { return ignore::WalkState::Continue };
                buffer.clear();
                if file.by_ref().take(8 << 20).read_to_end(&mut buffer).is_ok() {
                    if buffer.len() < 8 << 20 {
                        worker.blob(Blob { origin: &origin, content: Content::Bytes(&buffer) });
                    } else if file.rewind().is_ok() {
                        worker.blob(Blob { origin: &origin, content: Content::Stream(&mut file) });
                    }
                }
                ignore::WalkState::Continue
            })
        });
        Ok(())
    }

    fn settle(&self, found: &[(&str, &Secret)]) -> Result<Vec<bool>, SourceError> {
        Ok(vec![false; found.len()])
    }

    fn attribute(&self, origins: &[&Origin]) -> Result<Vec<Attribution>, SourceError> {
        Ok(vec![Attribution::default(); origins.len()])
    }
}

/// Takes down what is handed to it, and reads none of it.
#[derive(Default)]
struct List(Mutex<Listed>);

#[derive(Default)]
struct Listed {
    paths: BTreeSet<BString>,
    problems: Vec<Problem>,
}

struct Lister<'a> {
    home: &'a List,
    listed: Listed,
}

impl Workers for List {
    type Worker<'a> = Lister<'a>;

    fn worker(&self) -> Lister<'_> {
        Lister { home: self, listed: Listed::default() }
    }
}

impl Worker for Lister<'_> {
    type State = ();

    fn blob(&mut self, blob: Blob<'_>) {
        self.listed.paths.insert(blob.origin.path().clone());
    }

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
