//! What the command line names: which files and directories, below which root, in which repository.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use bstr::BString;

use super::{super::git::Repository, SourceError};
use crate::platform;

/// A file or directory that the command line names, or one that follows from it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Named {
    /// Relative to the root; empty for the root itself.
    pub(super) path: BString,
    pub(super) is_directory: bool,
}

impl Named {
    /// What paths below it begin with.
    pub(super) fn below(&self) -> BString {
        let mut below = self.path.clone();
        if !below.is_empty() {
            below.push(b'/');
        }
        below
    }
}

/// All that is named, and where it is.
pub(super) struct Resolved {
    /// Canonical: the top of the repository or, where there is none, a directory that holds all that is named.
    pub(super) root: PathBuf,
    pub(super) repository: Option<Repository>,
    /// In order, each once.
    pub(super) named: Vec<Named>,
}

/// A path without links in it, but for the last part of a file's.
struct Located {
    path: PathBuf,
    is_directory: bool,
}

impl Located {
    /// The directory that says which repository the path is in.
    fn directory(&self) -> &Path {
        if self.is_directory { &self.path } else { self.path.parent().unwrap_or(&self.path) }
    }
}

/// Why a path leads nowhere.
#[derive(Debug, PartialEq, Eq)]
enum Lost {
    /// It does not exist.
    Absent,
    /// It is a link to something that does not exist.
    Dangling,
    /// The error of the system.
    Unreadable(String),
}

impl Lost {
    fn new(absolute: &Path, error: &io::Error) -> Self {
        let is_link = || fs::symlink_metadata(absolute).is_ok_and(|metadata| metadata.is_symlink());
        match error.kind() {
            io::ErrorKind::NotFound if is_link() => Self::Dangling,
            io::ErrorKind::NotFound => Self::Absent,
            _ => Self::Unreadable(error.to_string()),
        }
    }

    /// What is said of the paths of these names; at least one.
    fn clause(&self, names: &[String]) -> String {
        let (listed, is_one) = match names {
            [most @ .., last] if !most.is_empty() => (format!("{} and {last}", most.join(", ")), false),
            names => (names.concat(), true),
        };
        match self {
            Self::Absent if is_one => format!("{listed} does not exist"),
            Self::Absent => format!("{listed} do not exist"),
            Self::Dangling if is_one => format!("{listed} is a symbolic link to something that is not there"),
            Self::Dangling => format!("{listed} are symbolic links to something that is not there"),
            Self::Unreadable(error) => format!("{listed} cannot be read: {error}"),
        }
    }

    fn help(&self) -> &'static str {
        match self {
            Self::Absent => "check the spelling; paths are relative to the current directory",
            Self::Dangling => "name another file",
            Self::Unreadable(_) => "make it readable, or name another path",
        }
    }
}

/// Finds out what `paths`, relative to the canonical directory `cwd`, stand for.
pub(super) fn resolve(cwd: &Path, paths: &[PathBuf]) -> Result<Resolved, SourceError> {
    let located = locate_all(cwd, paths)?;
    let mut repository: Option<Repository> = None;
    for (number, location) in located.iter().enumerate() {
        let is_known = repository.as_ref().is_some_and(|known| known.is_nearest(location.directory()));
        if is_known {
            continue;
        }
        let own = Repository::discover(location.directory())?;
        let workdir = |repository: &Option<Repository>| repository.as_ref().map(|one| one.workdir().to_owned());
        if number == 0 {
            repository = own;
        } else if workdir(&own) != workdir(&repository) {
            return Err(several_repositories(&paths[0], &paths[number]));
        }
    }
    let root = match &repository {
        Some(repository) => repository.workdir().to_owned(),
        None => common_directory(cwd, &located),
    };
    let mut named = Vec::new();
    for location in located {
        let path = super::relative(&root, &location.path).ok_or_else(|| unnameable(&location.path))?;
        if location.is_directory && path.split(|byte| *byte == b'/').any(|part| part == b".git") {
            return Err(git_directory(&location.path));
        }
        named.push(Named { path, is_directory: location.is_directory });
    }
    named.sort();
    named.dedup();
    Ok(Resolved { root, repository, named })
}

/// Where the paths lead. An error names all that lead nowhere: whoever mends one would only be told of the next.
fn locate_all(cwd: &Path, paths: &[PathBuf]) -> Result<Vec<Located>, SourceError> {
    let mut located = Vec::new();
    let mut lost = Vec::new();
    for path in paths {
        match locate(cwd, path) {
            Ok(location) => located.push(location),
            Err(reason) => lost.push((path.as_path(), reason)),
        }
    }
    if lost.is_empty() { Ok(located) } else { Err(unlocatable(&lost)) }
}

/// Where a path leads. Links are followed, also one that is named itself; a file keeps the name of its link.
fn locate(cwd: &Path, path: &Path) -> Result<Located, Lost> {
    let absolute = cwd.join(path);
    let is_directory = fs::metadata(&absolute).map_err(|error| Lost::new(&absolute, &error))?.is_dir();
    let canonical = match (absolute.parent(), absolute.file_name()) {
        (Some(parent), Some(name)) if !is_directory => platform::canonical(parent).map(|parent| parent.join(name)),
        _ => platform::canonical(&absolute),
    };
    let path = canonical.map_err(|error| Lost::new(&absolute, &error))?;
    Ok(Located { path, is_directory })
}

/// Outside a repository: the current directory if all is in it, else the deepest directory that holds all.
fn common_directory(cwd: &Path, located: &[Located]) -> PathBuf {
    if located.iter().all(|location| location.path.starts_with(cwd)) {
        return cwd.to_owned();
    }
    let mut directories = located.iter().map(Located::directory);
    let mut common = directories.next().unwrap_or(cwd);
    for directory in directories {
        while !directory.starts_with(common) {
            // All absolute paths start with the root.
            let Some(parent) = common.parent() else { break };
            common = parent;
        }
    }
    common.to_owned()
}

/// An error of all paths that lead nowhere: those of one reason in one clause, in the order in which they were named.
fn unlocatable(lost: &[(&Path, Lost)]) -> SourceError {
    let mut clauses: Vec<(&Lost, Vec<String>)> = Vec::new();
    for (path, reason) in lost {
        let name = path.display().to_string();
        match clauses.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, names)) if names.contains(&name) => {}
            Some((_, names)) => names.push(name),
            None => clauses.push((reason, vec![name])),
        }
    }
    let message: Vec<_> = clauses.iter().map(|(reason, names)| reason.clause(names)).collect();
    let mut help: Vec<_> = Vec::new();
    for (reason, _) in &clauses {
        if !help.contains(&reason.help()) {
            help.push(reason.help());
        }
    }
    SourceError { message: message.join("; "), help: help.join("; ") }
}

fn several_repositories(first: &Path, other: &Path) -> SourceError {
    SourceError {
        message: format!("{} and {} are not in the same repository", first.display(), other.display()),
        help: "scan each by a call of its own: each has its own configuration and ignore rules".to_owned(),
    }
}

fn git_directory(path: &Path) -> SourceError {
    SourceError {
        message: format!("{} is git's own directory", path.display()),
        help: "name the working tree; what is committed is no file there".to_owned(),
    }
}

fn unnameable(path: &Path) -> SourceError {
    SourceError {
        message: format!("{} cannot be named relative to the other paths", path.display()),
        help: "scan it by a call of its own".to_owned(),
    }
}
