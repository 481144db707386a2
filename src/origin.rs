//! Where content comes from, and what could not or was not meant to be looked at. Plain data.

use std::fmt;

use bstr::BString;

/// Where a piece of content comes from. Paths are bytes, relative to the root of the scan, separated by `/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// A file of the working tree, or any file where there is no repository. The text of a symbolic link is one too.
    File { path: BString, tracking: Tracking },
    /// What the git index holds at a path where the working tree holds something else, or nothing.
    Index { path: BString },
    /// Standard input, under the name that `--stdin-path` gave it.
    Stdin { name: BString },
}

impl Origin {
    /// The path to report; for standard input the name it was given.
    pub fn path(&self) -> &BString {
        match self {
            Self::File { path, .. } | Self::Index { path } | Self::Stdin { name: path } => path,
        }
    }
}

/// What git makes of a file in the working tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tracking {
    /// The file has an index entry.
    Tracked,
    /// It has none, and no ignore rule matches it.
    Untracked,
    /// It has none, and an ignore rule matches it.
    Ignored,
    /// There is no repository.
    NoRepository,
}

/// A place that a [`Skip`] or [`Problem`] speaks of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Skip {
    pub reason: SkipReason,
    pub path: BString,
}

/// Why something was left out on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SkipReason {
    /// `[scan] exclude` of the configuration.
    Excluded,
    /// Untracked and matched by one of git's ignore rules; a directory counts once and is not entered.
    Ignored,
    /// A submodule; `--recurse-submodules` scans it.
    Submodule,
    /// A directory with a repository of its own; `--recurse-submodules` scans it.
    NestedRepository,
    /// In the index, but no longer in the working tree.
    Deleted,
    /// A FIFO, socket or device.
    Special,
    /// A git LFS pointer: the content is elsewhere.
    LfsPointer,
}

impl SkipReason {
    /// The key under which the JSON summary counts it.
    pub fn id(self) -> &'static str {
        match self {
            Self::Excluded => "excluded",
            Self::Ignored => "ignored",
            Self::Submodule => "submodule",
            Self::NestedRepository => "nested-repository",
            Self::Deleted => "deleted",
            Self::Special => "special-file",
            Self::LfsPointer => "lfs-pointer",
        }
    }
}

/// Something that should have been scanned and could not be. Any problem makes the scan incomplete: exit code 2.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Problem {
    /// Where; relative to the root of the scan.
    pub path: BString,
    /// What went wrong, without content of the file.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}
