//! Git, read in-process. The only place that names gix.
//!
//! Nothing here runs a program or writes a file, and no `GIT_*` variable is read: what git tells a hook by them comes as
//! an [`Environment`], and only to those who ask about the repository one is in. A scan of a path is not told: the path
//! alone says which repository is meant. Whoever owns the files, they are read the same way: nothing in a repository's
//! configuration can make keyhound run or write anything, so there is nothing to distrust.

mod attributes;
mod changes;
mod head;
pub(super) mod history;
mod hooks;
mod ignore;
mod index;
mod objects;
mod open;
pub(super) mod pack;
mod paths;
mod references;
mod revision;
mod staged;
mod text;
mod walk;

use std::{
    collections::BTreeMap,
    fmt::Display,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

pub(super) use gix::{ObjectId, objs::Kind};
use gix::{
    bstr::{BStr, BString, ByteSlice},
    discover,
};

use self::ignore::Globals;
use self::open::Nearest;
#[doc(hidden)]
pub use self::pack::{Sum, sum};
pub(super) use self::{
    changes::{Change, MAX_DEPTH, added, between},
    head::Head,
    ignore::Level,
    index::{BlobHash, Index},
    objects::{ObjectError, Objects},
    open::Git,
    paths::Lookup,
    revision::{Selection, UNSHALLOW, date},
    staged::StagedIndex,
    text::{CommitText, TagText},
    walk::{Node, Request, Walked, walk},
};
pub use self::{
    hooks::{HookDirectory, hook_directory},
    open::Environment,
};
use super::SourceError;
use crate::{finding::IgnoreRule, origin::Problem, platform};

/// A repository with a working tree, its index and its ignore rules.
pub(super) struct Repository {
    git: Git,
    workdir: PathBuf,
    index: Index,
    ignore: Globals,
    /// Whether names that differ in case only are the same.
    fold: bool,
    converts: OnceLock<bool>,
    /// By path, what is wrong with each `.gitignore` that was needed and could not be used.
    unusable: Mutex<BTreeMap<BString, String>>,
}

impl Repository {
    /// The repository whose working tree holds `directory`, which must be canonical; `None` if none does.
    pub(super) fn discover(directory: &Path) -> Result<Option<Self>, SourceError> {
        match Nearest::of(directory)? {
            Nearest::DotGit(dot_git) => {
                let repository = Self::open(&dot_git)?;
                // `core.worktree` can put the working tree elsewhere: then this is just a directory.
                Ok(repository.filter(|repository| directory.starts_with(&repository.workdir)))
            }
            Nearest::GitDirectory(path) => Err(open::no_working_tree(&path)),
            Nearest::Nothing => Ok(None),
        }
    }

    /// The top of the working tree that holds `directory`, which must be canonical; `None` if none does. Neither the
    /// index nor ignore rules are read for it.
    pub(super) fn top_above(directory: &Path) -> Result<Option<PathBuf>, SourceError> {
        let Nearest::DotGit(dot_git) = Nearest::of(directory)? else { return Ok(None) };
        let git = Git::at(&dot_git)?;
        Ok(git.workdir().filter(|workdir| directory.starts_with(workdir)).map(Path::to_owned))
    }

    /// Opens what `.git` of a working tree is or points to; `None` if it has no working tree.
    fn open(dot_git: &Path) -> Result<Option<Self>, SourceError> {
        let git = Git::at(dot_git)?;
        let Some(workdir) = git.workdir().map(Path::to_owned) else { return Ok(None) };
        let names = git.names()?;
        let index = git.index(names)?;
        let ignore = Globals::read(&git.local(), names.fold)?;
        Ok(Some(Self {
            git,
            workdir,
            index,
            ignore,
            fold: names.fold,
            converts: OnceLock::new(),
            unusable: Mutex::default(),
        }))
    }

    /// The repository that `directory` is the top of the working tree of; `None` if it is not.
    pub(super) fn at(directory: &Path) -> Result<Option<Self>, SourceError> {
        let dot_git = directory.join(".git");
        if discover::is_git(&dot_git).is_err() {
            return Ok(None);
        }
        Ok(Self::open(&dot_git)?.filter(|repository| repository.workdir == directory))
    }

    /// Whether `directory`, which must be canonical, is in this working tree and in no other within it.
    pub(super) fn is_nearest(&self, directory: &Path) -> bool {
        let within = directory.ancestors().take_while(|ancestor| **ancestor != self.workdir);
        directory.starts_with(&self.workdir)
            && within.into_iter().all(|ancestor| fs::symlink_metadata(ancestor.join(".git")).is_err())
    }

    /// Whether `directory` is the top of a working tree.
    pub(super) fn is_top(directory: &Path) -> bool {
        let dot_git = directory.join(".git");
        if fs::symlink_metadata(&dot_git).is_err() {
            return false;
        }
        // A link to the repository around it makes no other.
        let Ok(real) = platform::canonical(&dot_git) else { return false };
        let is_around = real.parent().is_some_and(|around| around != directory && directory.starts_with(around));
        // Whether it is a repository is asked last: whoever tells reads HEAD, whatever it is.
        !is_around && (real.is_file() || has_valid_head(&real)) && discover::is_git(&dot_git).is_ok()
    }

    /// The top of the working tree, canonical.
    pub(super) fn workdir(&self) -> &Path {
        &self.workdir
    }

    pub(super) fn index(&self) -> &Index {
        &self.index
    }

    /// Whether a name is that of git's own directory.
    pub(super) fn is_dot_git(&self, name: &[u8]) -> bool {
        name == b".git" || (self.fold && name.eq_ignore_ascii_case(b".git"))
    }

    /// Reading objects, for one thread.
    pub(super) fn objects(&self) -> Objects {
        self.git.objects()
    }

    /// What the last commit holds.
    pub(super) fn head(&self) -> Result<Head, ObjectError> {
        Head::read(&self.git)
    }

    /// Whether the index has a version of a path that the last commit does not have. In a directory that a sparse index
    /// does not list nothing is staged; in a conflict everything is.
    pub(super) fn is_staged(&self, head: &mut Head, path: &BStr) -> Result<bool, ObjectError> {
        let Some(entry) = self.index.find(0..self.index.len(), path) else { return Ok(false) };
        Ok(self.index.is_conflict(entry) || head.object(path)? != self.index.object(entry))
    }

    /// Whether nothing in the index is staged, by its own note of the tree that a commit of it would have. Nobody checks that
    /// note against the entries: it is good for advice, and saves reading a tree for every directory. `false` says nothing.
    pub(super) fn is_as_committed(&self, head: &Head) -> bool {
        self.index.tree().is_some_and(|tree| head.root() == Some(tree))
    }

    /// Whether a path is in the index and left out of the working tree on purpose, by itself or with its directory.
    pub(super) fn is_sparse(&self, path: &BStr) -> bool {
        let find = |path: &[u8]| self.index.find(0..self.index.len(), path);
        let above = path.find_iter(b"/").find_map(|slash| find(&path[..=slash]));
        find(path).or(above).is_some_and(|entry| self.index.is_sparse(entry))
    }

    /// The rule that would ignore a path if it were not tracked.
    pub(super) fn ignore_rule(&self, path: &BStr) -> Option<IgnoreRule> {
        let top = Arc::new(Level::new(BString::default(), None));
        let level =
            path.find_iter(b"/").fold(top, |parent, slash| Arc::new(Level::new(path[..=slash].into(), Some(parent))));
        level.rule(self, path, false)
    }

    /// Where a path of the index is on disk.
    fn path_of(&self, path: &BStr) -> PathBuf {
        self.workdir.join(gix::path::from_bstr(path).unwrap_or_default())
    }

    /// What is staged for a path that is not checked out; `None` if nothing is.
    fn sparse_content(&self, path: &BStr) -> Option<Vec<u8>> {
        let entry = self.index.find(0..self.index.len(), path).filter(|&position| self.index.is_sparse(position))?;
        let mut objects = self.objects();
        objects.blob(self.index.object(entry)?).ok().map(<[u8]>::to_vec)
    }

    /// Notes a `.gitignore` whose rules cannot be known.
    fn note_unusable(&self, path: BString, error: &str) {
        let message = format!("the ignore rules cannot be read, so nothing is ignored by them: {error}");
        self.unusable.lock().unwrap_or_else(PoisonError::into_inner).insert(path, message);
    }

    /// The `.gitignore` files whose rules could not be known, as problems with paths relative to the working tree.
    pub(super) fn unusable_rules(&self) -> Vec<Problem> {
        let unusable = self.unusable.lock().unwrap_or_else(PoisonError::into_inner);
        let problem = |(path, message): (&BString, &String)| Problem {
            path: path.clone(),
            message: message.clone(),
            help: ignore::HELP.to_owned(),
        };
        unusable.iter().map(problem).collect()
    }
}

/// Whether an error says that there is no such file.
pub(super) fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn unreadable(path: &Path, error: impl Display) -> SourceError {
    SourceError {
        message: format!("the git repository {} cannot be read: {error}", path.display()),
        help: "`git status` there says what git makes of it".to_owned(),
    }
}

/// An error of gix with all its causes in one line.
fn causes(error: &gix::Error) -> String {
    let causes: Vec<_> = error.iter_errors().map(ToString::to_string).collect();
    causes.join(": ")
}

/// Whether HEAD is one to git (`validate_headref` of its `path.c`): without it a directory is no repository, whatever else it
/// holds, and git adds the files beside it.
fn has_valid_head(git_dir: &Path) -> bool {
    let head = git_dir.join("HEAD");
    if let Ok(target) = fs::read_link(&head) {
        return target.starts_with("refs");
    }
    // Whatever else may stand there, a FIFO or a file without an end, is no HEAD, and nobody waits for it.
    let Ok(Some((file, _))) = super::open::regular(&head) else { return false };
    let Ok(text) = super::open::read_small(file) else { return false };
    let id = text.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let reference = text.strip_prefix(b"ref:").map(<[u8]>::trim_ascii_start);
    matches!(id, 40 | 64) || reference.is_some_and(|name| name.starts_with(b"refs/"))
}
