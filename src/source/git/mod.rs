//! Git, read in-process. The only place that names gix.
//!
//! Nothing here runs a program, writes a file, or heeds a `GIT_*` variable: a scan is asked about a path, and the path
//! alone says which repository is meant. Whoever owns the files, they are read the same way: nothing in a repository's
//! configuration can make keyhound run or write anything, so there is nothing to distrust.

mod head;
mod ignore;
mod index;

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Display,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

pub(super) use gix::ObjectId;
use gix::{
    ThreadSafeRepository,
    bstr::{BStr, BString, ByteSlice, ByteVec},
    discover,
    objs::{self, Find, TreeRefIter},
    open,
    sec::{Permission, Trust},
};

use self::ignore::Globals;
use self::index::Names;
pub(super) use self::{
    head::Head,
    ignore::Level,
    index::{BlobHash, Index},
};
use super::SourceError;
use crate::{finding::IgnoreRule, origin::Problem};

/// The extensions of the repository format that do not change how an index, an object or an ignore rule is read.
/// From git's `Documentation/gitrepository-layout` and `technical/repository-version`.
const EXTENSIONS: [&str; 8] = [
    "noop",
    "noop-v1",
    "objectformat",
    "partialclone",
    "preciousobjects",
    "relativeworktrees",
    "submodulepathconfig",
    "worktreeconfig",
];

/// A repository with a working tree, its index and its ignore rules.
pub(super) struct Repository {
    inner: ThreadSafeRepository,
    workdir: PathBuf,
    index: Index,
    ignore: Globals,
    /// Whether names that differ in case only are the same.
    fold: bool,
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
            Nearest::GitDirectory(path) => Err(no_working_tree(&path)),
            Nearest::Nothing => Ok(None),
        }
    }

    /// The top of the working tree that holds `directory`, which must be canonical; `None` if none does. Neither the
    /// index nor ignore rules are read for it.
    pub(super) fn top_above(directory: &Path) -> Result<Option<PathBuf>, SourceError> {
        let Nearest::DotGit(dot_git) = Nearest::of(directory)? else { return Ok(None) };
        let workdir = workdir(&inner(&dot_git)?)?;
        Ok(workdir.filter(|workdir| directory.starts_with(workdir)))
    }

    /// Opens what `.git` of a working tree is or points to; `None` if it has no working tree.
    fn open(dot_git: &Path) -> Result<Option<Self>, SourceError> {
        let inner = inner(dot_git)?;
        refuse_unknown_extensions(&inner, dot_git)?;
        let Some(workdir) = workdir(&inner)? else { return Ok(None) };
        let local = inner.to_thread_local();
        let names = local.filesystem_options().map_err(|error| unreadable(dot_git, causes(&error)))?;
        let names = Names { fold: names.ignore_case, precompose: names.precompose_unicode };
        let index = Index::read(&local, names)?;
        let ignore = Globals::read(&local, names.fold)?;
        Ok(Some(Self { inner, workdir, index, ignore, fold: names.fold, unusable: Mutex::default() }))
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
        fs::symlink_metadata(&dot_git).is_ok() && discover::is_git(&dot_git).is_ok()
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
        Objects { handle: self.inner.to_thread_local().objects, read: Vec::new() }
    }

    /// What the last commit holds.
    pub(super) fn head(&self) -> Result<Head, ObjectError> {
        Head::read(self)
    }

    /// Whether the index has a version of a path that the last commit does not have. In a directory that a sparse index
    /// does not list nothing is staged; in a conflict everything is.
    pub(super) fn is_staged(&self, head: &mut Head, path: &BStr) -> Result<bool, ObjectError> {
        let Some(entry) = self.index.find(0..self.index.len(), path) else { return Ok(false) };
        Ok(self.index.is_conflict(entry) || head.object(path)? != self.index.object(entry))
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

/// What of git is nearest to a directory: in it, or in one above.
enum Nearest {
    /// What `.git` of a working tree is or points to.
    DotGit(PathBuf),
    /// A git directory that belongs to no working tree around it, as a bare repository.
    GitDirectory(PathBuf),
    Nothing,
}

impl Nearest {
    /// As git looks for it; `directory` must be canonical.
    fn of(directory: &Path) -> Result<Self, SourceError> {
        for candidate in directory.ancestors() {
            let dot_git = candidate.join(".git");
            match fs::symlink_metadata(&dot_git) {
                Ok(metadata) => match discover::is_git(&dot_git) {
                    Ok(_) => return Ok(Self::DotGit(dot_git)),
                    // Git, too, walks on past a directory that is no repository.
                    Err(_) if metadata.is_dir() => {}
                    Err(error) => return Err(dangling(&dot_git, &error)),
                },
                Err(error) if is_absent(&error) => {
                    // What lies in `.git` belongs to the working tree around it.
                    if !candidate.ends_with(".git") && discover::is_git(candidate).is_ok() {
                        return Ok(Self::GitDirectory(candidate.to_owned()));
                    }
                }
                Err(error) => return Err(unreadable(&dot_git, error)),
            }
        }
        Ok(Self::Nothing)
    }
}

fn inner(dot_git: &Path) -> Result<ThreadSafeRepository, SourceError> {
    options().open(dot_git).map_err(|error| unreadable(dot_git, causes(&error)))
}

/// The top of a repository's working tree, canonical; `None` if it has none.
fn workdir(inner: &ThreadSafeRepository) -> Result<Option<PathBuf>, SourceError> {
    let canonical = |path: &Path| path.canonicalize().map_err(|error| unreadable(path, error));
    inner.work_dir().map(canonical).transpose()
}

/// Why an object cannot be had.
pub(super) enum ObjectError {
    /// It is not in this clone.
    Missing,
    Broken(String),
}

/// Objects of one repository, each read whole into the same memory.
pub(super) struct Objects {
    handle: gix::OdbHandle,
    read: Vec<u8>,
}

impl Objects {
    /// The content of a blob, which is what its id says.
    pub(super) fn blob(&mut self, id: ObjectId) -> Result<&[u8], ObjectError> {
        self.object(id, objs::Kind::Blob)
    }

    /// The blobs below a tree: path, beginning with `prefix`, and object of each. Submodules have none.
    pub(super) fn blobs_below(
        &mut self,
        tree: ObjectId,
        prefix: &BStr,
    ) -> Result<Vec<(BString, ObjectId)>, ObjectError> {
        let mut blobs = Vec::new();
        let mut trees = vec![(prefix.to_owned(), tree)];
        while let Some((prefix, tree)) = trees.pop() {
            let kind = tree.kind();
            for entry in TreeRefIter::from_bytes(self.object(tree, objs::Kind::Tree)?, kind) {
                let entry = entry.map_err(|error| ObjectError::Broken(causes(&error)))?;
                let mut path = prefix.clone();
                path.push_str(entry.filename);
                if entry.mode.is_tree() {
                    path.push(b'/');
                    trees.push((path, entry.oid.to_owned()));
                } else if entry.mode.is_blob_or_symlink() {
                    blobs.push((path, entry.oid.to_owned()));
                }
            }
        }
        Ok(blobs)
    }

    /// What a tree names, by name.
    fn tree_entries(&mut self, tree: ObjectId) -> Result<HashMap<BString, ObjectId>, ObjectError> {
        let kind = tree.kind();
        let entries = TreeRefIter::from_bytes(self.object(tree, objs::Kind::Tree)?, kind);
        entries
            .map(|entry| entry.map(|entry| (entry.filename.to_owned(), entry.oid.to_owned())))
            .collect::<Result<_, _>>()
            .map_err(|error| ObjectError::Broken(causes(&error)))
    }

    fn object(&mut self, id: ObjectId, kind: objs::Kind) -> Result<&[u8], ObjectError> {
        match self.handle.try_find(&id, &mut self.read) {
            Ok(Some(object)) if object.kind == kind => {
                // Who put a valid object in the place of another would be believed otherwise.
                let is_own = objs::compute_hash(id.kind(), kind, object.data).is_ok_and(|actual| actual == id);
                if is_own {
                    Ok(object.data)
                } else {
                    Err(ObjectError::Broken(format!("object {id} holds other content")))
                }
            }
            Ok(Some(object)) => Err(ObjectError::Broken(format!("object {id} is a {}, not a {kind}", object.kind))),
            Ok(None) => Err(ObjectError::Missing),
            Err(error) => Err(ObjectError::Broken(causes(&error))),
        }
    }
}

/// How repositories are opened: their own, the user's and the system's configuration, nothing from the environment
/// but where the home directory is.
fn options() -> open::Options {
    let mut permissions = open::Permissions::all();
    permissions.env.git_prefix = Permission::Deny;
    permissions.env.objects = Permission::Deny;
    permissions.config.git_binary = false;
    permissions.config.env = false;
    open::Options::default().permissions(permissions).with(Trust::Full).config_overrides([
        // What a commit holds is what is scanned, not what a replacement shows of it.
        "core.useReplaceRefs=false",
        // Files of another owner, as containers have them, are not cut short.
        "gitoxide.objects.allocLimitIfReducedTrust=0",
    ])
}

/// A repository with an extension that is not known could hold content where nobody looks.
fn refuse_unknown_extensions(repository: &ThreadSafeRepository, dot_git: &Path) -> Result<(), SourceError> {
    let local = repository.to_thread_local();
    let config = local.config_snapshot();
    let version = config.integer("core.repositoryFormatVersion").unwrap_or(0);
    let unknown = |what: String| SourceError {
        message: format!("the repository {} {what}", dot_git.display()),
        help: "this version of keyhound cannot be sure to see all of it; scan a clone in the usual format".to_owned(),
    };
    let sections = config.plumbing().sections_by_name("extensions").into_iter().flatten();
    for section in sections.filter(|_| version == 1) {
        for name in section.body().value_names() {
            let name = name.to_lowercase();
            let value = section.body().value(&name).unwrap_or_default();
            let is_known = EXTENSIONS.contains(&name.as_str()) || (name == "refstorage" && value.as_bstr() == "files");
            if !is_known {
                return Err(unknown(format!("uses the extension `{name} = {value}`, which is not supported")));
            }
        }
    }
    Ok(())
}

/// Whether an error says that there is no such file.
pub(super) fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn no_working_tree(git_dir: &Path) -> SourceError {
    SourceError {
        message: format!("{} is a git directory, not a working tree", git_dir.display()),
        help: "name a directory that the repository is checked out in".to_owned(),
    }
}

fn dangling(dot_git: &Path, error: &gix::Error) -> SourceError {
    SourceError {
        message: format!("{} points to a repository that cannot be read: {}", dot_git.display(), causes(error)),
        help: "mend it with `git worktree repair` or `git submodule update --init`, or remove the file".to_owned(),
    }
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
