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
    /// A version of a file that git has: in the index of what is staged, or in a commit.
    Version { path: BString, object: ObjectName },
    /// An object of a git repository, by itself: which paths it has had is found out if something is found in it.
    Object { object: ObjectName, kind: ObjectKind },
    /// What a tree calls one of its entries.
    Entry { tree: ObjectName, name: BString },
    /// The name of a branch, a tag or another reference.
    Reference { name: BString },
}

impl Origin {
    /// The path to report, as far as the origin has one of its own; for standard input the name it was given.
    pub fn path(&self) -> Option<&BString> {
        match self {
            Self::File { path, .. }
            | Self::Index { path }
            | Self::Stdin { name: path }
            | Self::Version { path, .. } => Some(path),
            Self::Object { .. } | Self::Entry { .. } | Self::Reference { .. } => None,
        }
    }
}

/// The id of a git object: 20 bytes of SHA-1 or 32 of SHA-256. Shown as hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectName {
    bytes: [u8; Self::LONGEST],
    length: u8,
}

impl ObjectName {
    const LONGEST: usize = 32;

    /// How many digits show an id to people, who rarely need all of them.
    const SHORT: usize = 10;

    /// `None`: no object id has so many bytes.
    pub fn new(id: &[u8]) -> Option<Self> {
        let mut bytes = [0; Self::LONGEST];
        bytes.get_mut(..id.len())?.copy_from_slice(id);
        matches!(id.len(), 20 | Self::LONGEST).then_some(Self { bytes, length: id.len() as u8 })
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    /// The first digits.
    pub fn short(&self) -> String {
        let mut digits = self.to_string();
        digits.truncate(Self::SHORT);
        digits
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The kinds of git objects that hold text of people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    /// The content of files.
    Blob,
    /// Its text is the message.
    Commit,
    /// An annotated tag; its text is the message.
    Tag,
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
    /// Where; relative to the root of the scan. Empty: it is at no path, as a commit is.
    pub path: BString,
    /// What went wrong, without content of the file.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}
