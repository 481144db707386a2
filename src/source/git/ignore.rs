//! What git ignores: `.gitignore` of each directory, `info/exclude` and `core.excludesFile`, by git's own rules.
//!
//! Rules are read once, when the first untracked name of their directory turns up. A file of rules that cannot be read
//! hides nothing, so that more is scanned rather than less.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use gix::{
    bstr::{BStr, BString, ByteSlice},
    glob::pattern::Case,
    ignore::search::{self, Ignore, Match},
};

use super::{Repository, SourceError, is_absent, unreadable};
use crate::{finding::IgnoreRule, source::open};

/// What to do about a file of rules that cannot be read.
pub(super) const HELP: &str = "ignore rules are a small regular file: make it one, or remove it";

/// The rules of one file.
type List = gix::glob::search::pattern::List<Ignore>;

/// The rules that hold for the whole working tree.
pub(super) struct Globals {
    /// What is asked first comes first.
    lists: Vec<List>,
    case: Case,
}

impl Globals {
    pub(super) fn read(repository: &gix::Repository, fold: bool) -> Result<Self, SourceError> {
        let configured = repository.config_snapshot().trusted_path("core.excludesFile");
        let configured =
            configured.map_err(|error| unreadable(Path::new("core.excludesFile"), super::causes(&error)))?;
        let top = repository.workdir().unwrap_or(Path::new(""));
        let user = configured.map(|path| top.join(path)).or_else(user_default);
        let exclude = repository.common_dir().join("info").join("exclude");
        let mut lists = Vec::new();
        for path in [Some(exclude), user].into_iter().flatten() {
            match open::target(&path) {
                Ok(Some((file, _))) => {
                    let bytes = open::read_small(file).map_err(|error| unusable(&path, &error.to_string()))?;
                    lists.push(parse(bytes, path, None));
                }
                // As git has it, these are empty.
                Ok(None) if path.is_dir() || path == Path::new("/dev/null") => {}
                Ok(None) => return Err(unusable(&path, "it is no regular file")),
                // Another user's home directory, for one: as in containers, and under sudo.
                Err(error) if is_absent(&error) || is_denied(&error) => {}
                Err(error) => return Err(unusable(&path, &error.to_string())),
            }
        }
        Ok(Self { lists, case: if fold { Case::Fold } else { Case::Sensitive } })
    }
}

fn unusable(path: &Path, error: &str) -> SourceError {
    SourceError {
        message: format!("the ignore rules {} cannot be read: {error}", path.display()),
        help: HELP.to_owned(),
    }
}

/// Where git looks for ignore rules of the user if `core.excludesFile` is not set.
fn user_default() -> Option<PathBuf> {
    Some(user_config()?.join("ignore"))
}

/// The directory of git's settings of the user.
pub(super) fn user_config() -> Option<PathBuf> {
    let config = gix::path::env::var("XDG_CONFIG_HOME").filter(|path| !path.is_empty()).map(PathBuf::from);
    let config = config.or_else(|| Some(gix::path::env::home_dir()?.join(".config")))?;
    Some(config.join("git"))
}

fn is_denied(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::PermissionDenied
}

fn parse(mut bytes: Vec<u8>, source: PathBuf, base: Option<BString>) -> List {
    // As git does: only before a newline is a carriage return none of the pattern's.
    bytes.push(b'\n');
    let patterns = gix::ignore::parse(&bytes, false).map(|(pattern, line, kind)| gix::glob::search::pattern::Mapping {
        pattern,
        value: kind,
        sequence_number: line,
    });
    List { patterns: patterns.collect(), source: Some(source), base }
}

/// The ignore rules that hold in a directory: its own, then those of the directories above.
pub(in crate::source) struct Level {
    /// The directory, relative to the top of the working tree: empty, or with `/` at its end.
    path: BString,
    parent: Option<Arc<Level>>,
    loaded: OnceLock<Loaded>,
}

struct Loaded {
    list: Option<List>,
    /// The rule that matches the directory or one above: everything below is ignored, and has no rules of its own.
    ignored: Option<IgnoreRule>,
}

impl Level {
    /// A directory below `parent`; the top of the working tree has no parent.
    pub(in crate::source) fn new(path: BString, parent: Option<Arc<Self>>) -> Self {
        Self { path, parent, loaded: OnceLock::new() }
    }

    /// Whether something untracked in this directory is ignored; `path` is relative to the top of the working tree.
    pub(in crate::source) fn ignores(&self, repository: &Repository, path: &BStr, is_directory: bool) -> bool {
        self.loaded(repository).ignored.is_some()
            || self.matching(repository, path, is_directory).is_some_and(|found| !found.pattern.is_negative())
    }

    /// Whether the directory itself is ignored, as all in it is then.
    pub(in crate::source) fn is_ignored(&self, repository: &Repository) -> bool {
        self.loaded(repository).ignored.is_some()
    }

    /// The rule that ignores something in this directory, or would if it were not tracked.
    pub(in crate::source) fn rule(
        &self,
        repository: &Repository,
        path: &BStr,
        is_directory: bool,
    ) -> Option<IgnoreRule> {
        if let Some(rule) = &self.loaded(repository).ignored {
            return Some(rule.clone());
        }
        let found = self.matching(repository, path, is_directory).filter(|found| !found.pattern.is_negative())?;
        Some(IgnoreRule {
            source: shown(repository, found.source.unwrap_or(Path::new(""))),
            line: found.sequence_number as u64,
            pattern: found.pattern.to_string().into(),
        })
    }

    /// The last rule of the nearest file that says anything about the path.
    fn matching<'a>(&'a self, repository: &'a Repository, path: &BStr, is_directory: bool) -> Option<Match<'a>> {
        let name = path.rfind_byte(b'/').map(|slash| slash + 1);
        let globals = &repository.ignore;
        let levels = std::iter::successors(Some(self), |level| level.parent.as_deref());
        let own = levels.filter_map(|level| level.loaded(repository).list.as_ref());
        own.chain(&globals.lists)
            .find_map(|list| search::pattern_matching_relative_path(list, path, name, Some(is_directory), globals.case))
    }

    fn loaded(&self, repository: &Repository) -> &Loaded {
        self.loaded.get_or_init(|| {
            let own = self.path.strip_suffix(b"/").unwrap_or(&self.path).as_bstr();
            let ignored = self.parent.as_ref().and_then(|parent| parent.rule(repository, own, true));
            let list = if ignored.is_some() { None } else { self.read(repository) };
            Loaded { list, ignored }
        })
    }

    /// What cannot be read is no rule. Files without permission and links, which git does not follow here either, are met
    /// by the walk, too; the others are noted.
    fn read(&self, repository: &Repository) -> Option<List> {
        let mut name = self.path.clone();
        name.extend_from_slice(b".gitignore");
        let path = repository.path_of(name.as_bstr());
        let bytes = match open::regular(&path) {
            Ok(Some((file, _))) => match open::read_small(file) {
                Ok(bytes) => Some(bytes),
                Err(error) => {
                    repository.note_unusable(name, &error.to_string());
                    None
                }
            },
            Ok(None) => {
                if path.symlink_metadata().is_ok_and(|metadata| !metadata.is_symlink() && !metadata.is_dir()) {
                    repository.note_unusable(name, "it is no regular file");
                }
                None
            }
            // As git has it: what is not checked out still rules.
            Err(error) if is_absent(&error) => repository.sparse_content(name.as_bstr()),
            Err(_) => None,
        };
        let base = (!self.path.is_empty()).then(|| self.path.clone());
        bytes.map(|bytes| parse(bytes, path, base))
    }
}

/// The name of a file of rules as a user would write it.
fn shown(repository: &Repository, source: &Path) -> String {
    source.strip_prefix(repository.workdir()).unwrap_or(source).display().to_string()
}
