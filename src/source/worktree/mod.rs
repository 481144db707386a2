//! The working tree: every file that could be committed now, as it is on disk, and what the git index holds instead.
//!
//! Which files those are is git's decision, by git's rules; outside a repository it is all of them. Nothing here looks
//! into content, and nothing follows a link that is not named on the command line.

mod list;
mod named;
mod read;
mod rest;
mod scan;
mod tree;
mod walk;

use std::{
    collections::BTreeMap,
    num::NonZero,
    panic::resume_unwind,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use bstr::{BStr, BString, ByteSlice};

use self::{
    named::{Named, Resolved},
    tree::Tree,
};
use super::{
    Attribution, Source, SourceError, Worker, Workers,
    git::{Head, Repository},
};
use crate::{
    finding::GitState,
    glob::PathGlobs,
    origin::{Origin, Problem, Tracking},
    platform,
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

/// The top of the working tree that holds `directory`, by the same rules as those by which a scan finds it; `directory`
/// itself if there is none, as in a bare repository. Neither the index nor ignore rules have to be readable.
pub fn root(directory: &Path) -> Result<PathBuf, SourceError> {
    let directory = canonical(directory)?;
    Ok(Repository::top_above(&directory)?.unwrap_or(directory))
}

fn canonical(cwd: &Path) -> Result<PathBuf, SourceError> {
    platform::canonical(cwd).map_err(|error| SourceError {
        message: format!("the current directory {} cannot be read: {error}", cwd.display()),
        help: "change to a directory that exists".to_owned(),
    })
}

/// Files and directories of one working tree, or of a directory that is in none.
pub struct Worktree {
    root: PathBuf,
    cwd: PathBuf,
    repository: Option<Repository>,
    named: Vec<Named>,
    exclude: PathGlobs,
    options: Options,
    /// Repositories within the tree that were scanned, by what leads to them: with `/` at its end.
    nested: Mutex<BTreeMap<BString, Arc<Repository>>>,
}

impl Worktree {
    /// Finds `paths`, relative to `cwd`, and the repository they are in. No path at all means `cwd`.
    ///
    /// Fails if a path does not exist, if the paths are not all in the same repository or all in none, and if the
    /// repository cannot be read.
    pub fn open(cwd: &Path, paths: &[PathBuf], options: Options) -> Result<Self, SourceError> {
        let cwd = canonical(cwd)?;
        let here = [PathBuf::from(".")];
        let Resolved { root, repository, named } = named::resolve(&cwd, if paths.is_empty() { &here } else { paths })?;
        Ok(Self { root, cwd, repository, named, exclude: PathGlobs::none(), options, nested: Mutex::default() })
    }

    /// What paths are relative to: the top of the repository. Outside a repository it is the current directory if all
    /// that is named is in it, else the directory that was named, or that of the file.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The directory that named paths are relative to; canonical, as the root is.
    pub fn cwd(&self) -> &Path {
        &self.cwd
    }

    /// Whether the root is that of a git repository.
    pub fn repository(&self) -> bool {
        self.repository.is_some()
    }

    /// Whether all of the root is scanned, not only parts of it.
    pub fn is_whole(&self) -> bool {
        self.named.iter().any(|named| named.path.is_empty())
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
        list::list(self)
    }

    /// Scans what is named of one tree, and puts down what is to be scanned after it.
    fn tree<W: Workers>(
        &self,
        prefix: &BStr,
        repository: Option<&Repository>,
        named: &[Named],
        workers: &W,
    ) -> Result<Vec<BString>, SourceError> {
        let base = prefix.to_path().map_or_else(|_| self.root.clone(), |below| self.root.join(below));
        let tree = Tree::new(&base, prefix, repository, &self.exclude, self.options, named);
        let threads = match self.options.threads {
            0 => thread::available_parallelism().map_or(1, NonZero::get),
            threads => threads,
        };
        let directories = rest::directories(&tree, named, workers);
        thread::scope(|scope| {
            let check = repository.map(|repository| scope.spawn(|| repository.index().verify()));
            if !directories.is_empty() {
                walk::walk(&tree, &directories, threads, workers);
            }
            rest::scan(&tree, named, threads, workers)?;
            check.map_or(Ok(()), |check| check.join().unwrap_or_else(|panic| resume_unwind(panic)))
        })?;
        rest::report_missing(&tree, workers);
        rest::report_unusable_rules(&tree, workers);
        Ok(tree.take_nested().iter().map(|path| tree.reported(path.as_bstr())).collect())
    }

    /// Scans a repository within the tree, and puts down what is to be scanned after it.
    fn nested<W: Workers>(&self, path: &BStr, workers: &W) -> Result<Vec<BString>, SourceError> {
        let all = [Named { path: BString::default(), is_directory: true }];
        let directory = path.to_path().map_or_else(|_| self.root.clone(), |below| self.root.join(below));
        let repository = Repository::at(&directory)?.map(Arc::new);
        let mut prefix = path.to_owned();
        prefix.push(b'/');
        let more = self.tree(prefix.as_bstr(), repository.as_deref(), &all, workers)?;
        if let Some(repository) = repository {
            self.nested.lock().unwrap_or_else(PoisonError::into_inner).insert(prefix, repository);
        }
        Ok(more)
    }
}

/// A path relative to `root`, separated by `/`; `None` if it is not below.
fn relative(root: &Path, path: &Path) -> Option<BString> {
    platform::path_bytes(path.strip_prefix(root).ok()?).map(|path| path.into_owned().into())
}

/// As [`relative`], for a path that a walk of `root` gave, into memory that is there already; `false` for `None`.
fn relative_into(root: &Path, path: &Path, relative: &mut BString) -> bool {
    let (Some(root), Some(path)) = (platform::path_bytes(root), platform::path_bytes(path)) else { return false };
    let Some(rest) = path.strip_prefix(&*root) else { return false };
    relative.clear();
    relative.extend_from_slice(rest.strip_prefix(b"/").unwrap_or(rest));
    true
}

impl Source for Worktree {
    fn visit<W: Workers>(&self, workers: &W) -> Result<(), SourceError> {
        let mut pending = self.tree(BStr::new(""), self.repository.as_ref(), &self.named, workers)?;
        while let Some(path) = pending.pop() {
            match self.nested(path.as_bstr(), workers) {
                Ok(more) => pending.extend(more),
                // What fails there is a problem of this scan, not its end.
                Err(SourceError { message, help }) => workers.worker().problem(Problem { path, message, help }),
            }
        }
        Ok(())
    }

    fn attribute(&self, origins: &[&Origin]) -> Result<Vec<Vec<Attribution>>, SourceError> {
        let nested = self.nested.lock().unwrap_or_else(PoisonError::into_inner);
        let mut heads: BTreeMap<&[u8], Option<Head>> = BTreeMap::new();
        let attribution = |origin: &&Origin| {
            let path = origin.path().map_or(BStr::new(""), |path| path.as_bstr());
            let inner =
                nested.iter().filter(|(prefix, _)| path.starts_with(prefix)).max_by_key(|(prefix, _)| prefix.len());
            let (repository, prefix) = match inner {
                Some((prefix, repository)) => (Some(&**repository), prefix.as_slice()),
                None => (self.repository.as_ref(), b"".as_slice()),
            };
            let head = heads.entry(prefix).or_insert_with(|| repository.and_then(|repository| repository.head().ok()));
            let mut known = attribution(origin, path[prefix.len()..].as_bstr(), repository, head.as_mut());
            // A file of rules in a repository within the tree is named from the top of that one.
            if let Some(rule) = known.ignored_by.as_mut().filter(|rule| Path::new(&rule.source).is_relative()) {
                rule.source.insert_str(0, &prefix.to_str_lossy());
            }
            vec![known]
        };
        Ok(origins.iter().map(attribution).collect())
    }
}

/// What is known of a place, at `path` in its repository. Where HEAD cannot be read, what is tracked is taken to be
/// committed: all that this decides is the advice, and that one is never too weak.
fn attribution(origin: &Origin, path: &BStr, repository: Option<&Repository>, head: Option<&mut Head>) -> Attribution {
    let Some(repository) = repository else { return Attribution::default() };
    let in_index = || {
        let is_staged =
            |head: &mut Head| !repository.is_as_committed(head) && matches!(repository.is_staged(head, path), Ok(true));
        let is_staged = head.is_some_and(is_staged);
        if is_staged { GitState::Staged } else { GitState::Tracked }
    };
    let git_state = match origin {
        Origin::File { tracking: Tracking::Tracked, .. } | Origin::Index { .. } => Some(in_index()),
        Origin::File { tracking: Tracking::Untracked, .. } => Some(GitState::Untracked),
        Origin::File { tracking: Tracking::Ignored, .. } => Some(GitState::Ignored),
        Origin::File { tracking: Tracking::NoRepository, .. }
        | Origin::Stdin { .. }
        | Origin::Version { .. }
        | Origin::Object { .. }
        | Origin::Entry { .. }
        | Origin::Reference { .. } => None,
    };
    let is_tracked = matches!(git_state, Some(GitState::Tracked | GitState::Staged));
    let ignored_by = if is_tracked { repository.ignore_rule(path) } else { None };
    Attribution { git_state, ignored_by, is_sparse: repository.is_sparse(path), ..Attribution::default() }
}
