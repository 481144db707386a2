//! Git, read in-process. The only place that names gix.
//!
//! Nothing here runs a program, writes a file, or heeds a `GIT_*` variable: a scan is asked about a path, and the path
//! alone says which repository is meant. Whoever owns the files, they are read the same way: nothing in a repository's
//! configuration can make keyhound run or write anything, so there is nothing to distrust.

use std::{
    fmt::Display,
    fs, io,
    path::{Path, PathBuf},
};

use gix::{
    ThreadSafeRepository,
    bstr::ByteSlice,
    discover, open,
    sec::{Permission, Trust},
};

use super::SourceError;

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

/// A repository with a working tree.
pub(super) struct Repository {
    inner: ThreadSafeRepository,
    workdir: PathBuf,
}

impl Repository {
    /// The repository whose working tree holds `directory`, which must be canonical; `None` if none does.
    pub(super) fn discover(directory: &Path) -> Result<Option<Self>, SourceError> {
        for candidate in directory.ancestors() {
            let dot_git = candidate.join(".git");
            match fs::symlink_metadata(&dot_git) {
                Ok(metadata) => match discover::is_git(&dot_git) {
                    Ok(_) => {
                        let repository = Self::open(&dot_git)?;
                        // `core.worktree` can put the working tree elsewhere: then this is just a directory.
                        return Ok(repository.filter(|repository| directory.starts_with(&repository.workdir)));
                    }
                    // Git, too, walks on past a directory that is no repository.
                    Err(_) if metadata.is_dir() => {}
                    Err(error) => return Err(dangling(&dot_git, &error)),
                },
                Err(error) if is_absent(&error) => {
                    if discover::is_git(candidate).is_ok() {
                        return Err(no_working_tree(candidate));
                    }
                }
                Err(error) => return Err(unreadable(&dot_git, error)),
            }
        }
        Ok(None)
    }

    /// Opens what `.git` of a working tree is or points to; `None` if it has no working tree.
    fn open(dot_git: &Path) -> Result<Option<Self>, SourceError> {
        let inner = options().open(dot_git).map_err(|error| unreadable(dot_git, causes(&error)))?;
        refuse_unknown_format(&inner, dot_git)?;
        let Some(workdir) = inner.work_dir() else { return Ok(None) };
        let workdir = workdir.canonicalize().map_err(|error| unreadable(workdir, error))?;
        Ok(Some(Self { inner, workdir }))
    }

    /// Whether `directory`, which must be canonical, is in this working tree and in no other within it.
    pub(super) fn is_nearest(&self, directory: &Path) -> bool {
        let within = directory.ancestors().take_while(|ancestor| **ancestor != self.workdir);
        directory.starts_with(&self.workdir)
            && within.into_iter().all(|ancestor| fs::symlink_metadata(ancestor.join(".git")).is_err())
    }

    /// The top of the working tree, canonical.
    pub(super) fn workdir(&self) -> &Path {
        &self.workdir
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

/// A repository in a format that is not known could hold content where nobody looks.
fn refuse_unknown_format(repository: &ThreadSafeRepository, dot_git: &Path) -> Result<(), SourceError> {
    let local = repository.to_thread_local();
    let config = local.config_snapshot();
    let version = config.integer("core.repositoryFormatVersion").unwrap_or(0);
    let unknown = |what: String| SourceError {
        message: format!("the repository {} {what}", dot_git.display()),
        help: "this version of keyhound cannot be sure to see all of it; scan a clone in the usual format".to_owned(),
    };
    if version > 1 {
        return Err(unknown(format!("has format version {version}, which is not known")));
    }
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
