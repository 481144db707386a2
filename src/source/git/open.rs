//! Finding and opening repositories, by paths alone or by what git tells its hooks.

use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

use gix::{
    ObjectId, ThreadSafeRepository,
    bstr::{BStr, ByteSlice},
    discover, odb, open,
    quote::ansi_c,
    sec::{Permission, Trust},
};

use super::{Head, Index, ObjectError, Objects, SourceError, causes, index::Names, is_absent, pack, unreadable};
use crate::{
    origin::Problem,
    platform::{self, LIST_SEPARATOR},
};

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

/// What of git is nearest to a directory: in it, or in one above.
pub(super) enum Nearest {
    /// What `.git` of a working tree is or points to.
    DotGit(PathBuf),
    /// A git directory that belongs to no working tree around it, as a bare repository.
    GitDirectory(PathBuf),
    Nothing,
}

impl Nearest {
    /// As git looks for it; `directory` must be canonical.
    pub(super) fn of(directory: &Path) -> Result<Self, SourceError> {
        for candidate in directory.ancestors() {
            let dot_git = candidate.join(".git");
            match fs::symlink_metadata(&dot_git) {
                Ok(metadata) => match discover::is_git(&dot_git) {
                    Ok(_) => return Ok(Self::DotGit(dot_git)),
                    // Git, too, walks on past a directory that is no repository.
                    Err(_) if metadata.is_dir() => {
                        if let Some(error) = locked(&dot_git.join("HEAD")) {
                            return Err(unreadable(&dot_git, error));
                        }
                    }
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

/// Why a file may not be read, if it may not: a repository that cannot be looked into is none that is not there.
fn locked(file: &Path) -> Option<io::Error> {
    let is_denied = |error: &io::Error| error.kind() == io::ErrorKind::PermissionDenied;
    match fs::metadata(file) {
        // Nothing but a file is opened: a FIFO would be waited for.
        Ok(metadata) if metadata.is_file() => fs::File::open(file).err().filter(is_denied),
        Ok(_) => None,
        Err(error) => Some(error).filter(is_denied),
    }
}

/// What git tells its hooks about the repository that they are to look at: its variables of these names.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `GIT_DIR`
    pub git_dir: Option<PathBuf>,
    /// `GIT_WORK_TREE`
    pub work_tree: Option<PathBuf>,
    /// `GIT_INDEX_FILE`: relative to the top of the working tree, where hooks run. `git commit -a` and `git commit PATH`
    /// prepare another index than the usual one.
    pub index_file: Option<PathBuf>,
    /// `GIT_OBJECT_DIRECTORY`: where new objects are, such as those of a push that is not accepted yet.
    pub object_directory: Option<PathBuf>,
    /// `GIT_ALTERNATE_OBJECT_DIRECTORIES`
    pub alternate_object_directories: Vec<PathBuf>,
    /// What stands behind `GITHEAD_` in the names of variables: the commits that `git merge` merges. Its hooks run before
    /// there is a `MERGE_HEAD`.
    pub merge_heads: Vec<String>,
}

impl Environment {
    /// The directories that a value of `GIT_ALTERNATE_OBJECT_DIRECTORIES` names: between colons (on Windows
    /// semicolons), in quotes as C has them where there is one in a name.
    pub fn object_directories(value: &OsStr) -> Vec<PathBuf> {
        let mut rest = BStr::new(value.as_encoded_bytes());
        let mut directories = Vec::new();
        while !rest.is_empty() {
            let quoted = if rest.starts_with(b"\"") { ansi_c::undo(rest).ok() } else { None };
            let (path, end) = quoted.map_or_else(
                || {
                    let end = rest.find_byte(LIST_SEPARATOR).unwrap_or(rest.len());
                    (rest[..end].to_vec(), end)
                },
                |(path, end)| (path.to_vec(), end),
            );
            rest = rest[end..].strip_prefix(&[LIST_SEPARATOR]).unwrap_or(&rest[end..]).as_bstr();
            directories.extend(Some(path).filter(|path| !path.is_empty()).and_then(platform::path_of));
        }
        directories
    }
}

/// A repository of any kind: its objects and references, and an index if it has one.
pub(in crate::source) struct Git {
    inner: ThreadSafeRepository,
    /// Canonical.
    workdir: Option<PathBuf>,
    index_file: Option<PathBuf>,
    /// Where objects are besides the repository's own directory.
    stores: Vec<PathBuf>,
    /// Directories in which objects should be and that cannot be opened, and why.
    unavailable: Vec<String>,
    /// As [`Environment::merge_heads`].
    pub(super) merge_heads: Vec<String>,
}

impl Git {
    /// Opens what `.git` of a working tree is or points to, or a git directory, whatever the environment says.
    pub(super) fn at(dot_git: &Path) -> Result<Self, SourceError> {
        let inner = options().open(dot_git).map_err(|error| unreadable(dot_git, causes(&error)))?;
        // gix takes one that may not be read for one that is not there.
        let config = inner.to_thread_local().common_dir().join("config");
        match fs::File::open(&config) {
            Err(error) if !is_absent(&error) => {
                return Err(unreadable(dot_git, format!("{}: {error}", config.display())));
            }
            _ => {}
        }
        refuse_unknown_extensions(&inner, dot_git)?;
        let canonical = |path: &Path| platform::canonical(path).map_err(|error| unreadable(path, error));
        let workdir = inner.work_dir().map(canonical).transpose()?;
        let (stores, unavailable, merge_heads) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Self { inner, workdir, index_file: None, stores, unavailable, merge_heads })
    }

    /// The repository that `directory`, which must be canonical, is in, bare ones included; or the one that git's
    /// environment names.
    pub(in crate::source) fn around(directory: &Path, environment: &Environment) -> Result<Self, SourceError> {
        let mut git = match (&environment.git_dir, Nearest::of(directory)) {
            (Some(git_dir), _) => Self::at(&directory.join(git_dir))?,
            (None, nearest) => match nearest? {
                Nearest::DotGit(path) | Nearest::GitDirectory(path) => Self::at(&path)?,
                Nearest::Nothing => return Err(no_repository(directory)),
            },
        };
        if let Some(work_tree) = &environment.work_tree {
            let path = directory.join(work_tree);
            git.workdir = Some(platform::canonical(&path).map_err(|error| unreadable(&path, error))?);
        } else if environment.git_dir.is_some() && git.workdir.is_none() && !git.local().is_bare() {
            // As git has it: with `GIT_DIR` alone one is at the top of the working tree.
            git.workdir = Some(directory.to_owned());
        }
        let top = git.workdir.clone().unwrap_or_else(|| directory.to_owned());
        git.index_file = environment.index_file.as_ref().map(|path| top.join(path));
        git.merge_heads.clone_from(&environment.merge_heads);
        if let Some(store) = &environment.object_directory {
            // As to git: without what it names there is no repository.
            let store = top.join(store);
            git.open_store(&store).map_err(|error| unavailable_store("GIT_OBJECT_DIRECTORY", &store, &error))?;
            git.stores.push(store);
        }
        for store in environment.alternate_object_directories.iter().map(|path| top.join(path)) {
            match git.open_store(&store) {
                Ok(_) => git.stores.push(store),
                Err(error) => {
                    let error = unavailable_store("GIT_ALTERNATE_OBJECT_DIRECTORIES", &store, &error);
                    git.unavailable.push(error.message);
                }
            }
        }
        Ok(git)
    }

    fn open_store(&self, path: &Path) -> io::Result<odb::Handle> {
        // Whether it can be read is not asked of who only looks for objects in it.
        drop(fs::read_dir(path)?);
        odb::at_opts(path, self.local().object_hash(), None, odb::store::init::Options::default())
    }

    /// The top of the working tree, canonical; `None` if it has none.
    pub(in crate::source) fn workdir(&self) -> Option<&Path> {
        self.workdir.as_deref()
    }

    /// What paths of its commits are relative to, as far as there is such a place: the top of the working tree, or the git
    /// directory of a bare repository.
    pub(in crate::source) fn root(&self) -> &Path {
        self.workdir().unwrap_or_else(|| self.inner.git_dir())
    }

    /// For one thread.
    pub(super) fn local(&self) -> gix::Repository {
        self.inner.to_thread_local()
    }

    /// How the file system takes names.
    pub(super) fn names(&self) -> Result<Names, SourceError> {
        let options = self.local().filesystem_options();
        let options = options.map_err(|error| unreadable(self.inner.git_dir(), causes(&error)))?;
        Ok(Names { fold: options.ignore_case, precompose: options.precompose_unicode })
    }

    /// The index that the next commit is made of.
    pub(super) fn index(&self, names: Names) -> Result<Index, SourceError> {
        Index::read(&self.index_path(), self.local().object_hash(), names)
    }

    pub(super) fn index_path(&self) -> PathBuf {
        self.index_file.clone().unwrap_or_else(|| self.local().index_path())
    }

    /// What object ids are.
    pub(in crate::source) fn hash(&self) -> gix::hash::Kind {
        self.local().object_hash()
    }

    /// All directories that objects are in, how many of the first are the repository's own, and what is wrong with
    /// alternates.
    pub(in crate::source) fn object_directories(&self) -> (Vec<PathBuf>, usize, Vec<Problem>) {
        let own = self.local().objects.store_ref().path().to_owned();
        let mut directories = vec![own.clone()];
        // A push that is not accepted yet has its objects in a directory of its own.
        directories.extend(self.stores.iter().filter(|store| **store != own).cloned());
        let number = directories.len();
        let mut problems = Vec::new();
        for directory in directories.clone() {
            let (found, more) = pack::with_alternates(&directory);
            problems.extend(more);
            directories.extend(found.into_iter().filter(|found| *found != directory));
        }
        let mut known = std::collections::BTreeSet::new();
        directories.retain(|directory| known.insert(directory.clone()));
        (directories, number, problems)
    }

    /// What to do about objects that are not there.
    pub(in crate::source) fn help_for_missing(&self) -> String {
        let local = self.local();
        let is_partial = local
            .config_snapshot()
            .plumbing()
            .sections_by_name("remote")
            .into_iter()
            .flatten()
            .any(|section| section.body().value("promisor").is_some_and(|value| value.as_bstr() == "true"));
        if is_partial {
            "the clone is partial: `git fetch --refetch --no-filter` gets all objects".to_owned()
        } else {
            "`git fsck` tells what is missing; a fresh clone, or `git fetch --refetch`, brings it back".to_owned()
        }
    }

    /// What a commit has at a path; `None`: nothing, or there is no commit.
    pub(in crate::source) fn file_of(
        &self,
        commit: Option<ObjectId>,
        path: &BStr,
    ) -> Result<Option<Vec<u8>>, SourceError> {
        let failed = |error: &ObjectError, id: ObjectId| {
            let (message, help) = error.explained(id);
            SourceError {
                message: format!("{path} of commit {id} cannot be read: {message}"),
                help: format!("{help}; `--no-config` scans without it"),
            }
        };
        let Some(commit) = commit else { return Ok(None) };
        let mut objects = self.objects();
        let tree = objects.tree_of(commit).map_err(|error| failed(&error, commit))?;
        let mut tree = Head::of(objects, Some(tree));
        let Some(blob) = tree.object(path).map_err(|error| failed(&error, commit))? else { return Ok(None) };
        let mut objects = self.objects();
        let content = objects.blob(blob).map_err(|error| failed(&error, blob))?;
        Ok(Some(content.to_vec()))
    }

    /// Reading objects, for one thread.
    pub(in crate::source) fn objects(&self) -> Objects {
        let mut unavailable = self.unavailable.clone();
        let mut stores = Vec::new();
        for path in &self.stores {
            match self.open_store(path) {
                Ok(store) => stores.push(store),
                Err(error) => unavailable.push(format!("{} cannot be read: {error}", path.display())),
            }
        }
        Objects::new(self.local().objects, stores, unavailable)
    }

    /// The commit that is checked out; `None`: there is none yet.
    pub(in crate::source) fn head(&self) -> Result<Option<ObjectId>, ObjectError> {
        let local = self.local();
        let broken = |error: &gix::Error| ObjectError::Broken(causes(error));
        let head = local.head().map_err(|error| broken(&error))?;
        if head.is_unborn() {
            return Ok(None);
        }
        // The commit need not be among the objects that `local` knows: the environment may name more of them.
        let named = head.id().map(gix::Id::detach);
        let id = match named {
            Some(id) => id,
            None => head.into_peeled_id().map_err(|error| broken(&error))?.detach(),
        };
        Ok(Some(id))
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

pub(super) fn no_working_tree(git_dir: &Path) -> SourceError {
    SourceError {
        message: format!("{} is a git directory, not a working tree", git_dir.display()),
        help: "name a directory that the repository is checked out in".to_owned(),
    }
}

fn unavailable_store(variable: &str, path: &Path, error: &io::Error) -> SourceError {
    SourceError {
        message: format!("the directory {} that {variable} names cannot be read: {error}", path.display()),
        help: format!("make it readable, or unset {variable}"),
    }
}

fn dangling(dot_git: &Path, error: &gix::Error) -> SourceError {
    SourceError {
        message: format!("{} points to a repository that cannot be read: {}", dot_git.display(), causes(error)),
        help: "mend it with `git worktree repair` or `git submodule update --init`, or remove the file".to_owned(),
    }
}

fn no_repository(directory: &Path) -> SourceError {
    SourceError {
        message: format!("{} is in no git repository", directory.display()),
        help: "change to a directory of the repository; `keyhound scan` needs none".to_owned(),
    }
}
