//! Where content is read. A source knows no rules and makes no findings: it hands content to workers, and later says
//! what it knows about the places where something was found.

mod git;
pub(crate) mod open;
pub mod stdin;
pub mod worktree;

use std::io::{self, Read};

use bstr::{BString, ByteSlice};

use crate::{
    finding::{GitState, IgnoreRule, Secret},
    glob,
    origin::{Origin, Problem, Skip},
};

/// One piece of content with its origin.
pub struct Blob<'a> {
    pub origin: &'a Origin,
    pub content: Content<'a>,
}

/// Content, at once or piece by piece.
pub enum Content<'a> {
    Bytes(&'a [u8]),
    /// Read to its end by the worker; what reading fails with is a problem of this blob.
    Stream(&'a mut dyn Read),
}

/// Takes what one thread of a source reads.
pub trait Worker {
    /// What scanning a blob leaves behind for blobs derived from it; opaque to sources.
    type State;

    /// Scans a blob, whole.
    fn blob(&mut self, blob: Blob<'_>) -> Self::State;
    /// Counts something left out on purpose.
    fn skipped(&mut self, skip: Skip);
    /// Notes something that should have been scanned and could not be.
    fn problem(&mut self, problem: Problem);
}

/// Makes one worker a thread; a worker delivers what it found when it is dropped.
pub trait Workers: Sync {
    type Worker<'a>: Worker + Send
    where
        Self: 'a;

    fn worker(&self) -> Self::Worker<'_>;
}

/// Why nothing, or not everything, can be read from a source.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct SourceError {
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// The problem of a file or directory that cannot be read, with the line of the configuration that would leave it out.
pub fn unreadable(path: BString, is_directory: bool, error: &io::Error) -> Problem {
    let mut glob = glob::literal(path.as_bstr());
    if is_directory && !path.is_empty() {
        glob.push('/');
    }
    let what = if is_directory { "directory" } else { "file" };
    let glob = toml::Value::String(glob);
    Problem {
        path,
        message: format!("the {what} cannot be read: {error}"),
        help: format!(
            "make it readable, or leave it out: in .keyhound.toml, below `[scan]`, \
             `exclude = [{{ path = {glob}, reason = \"…\" }}]`"
        ),
    }
}

/// What a source knows about a place where something was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attribution {
    pub git_state: Option<GitState>,
    /// The ignore rule that matches the path, whether or not git heeds it there.
    pub ignored_by: Option<IgnoreRule>,
    /// git leaves the path out of the working tree on purpose (sparse checkout).
    pub is_sparse: bool,
}

/// Content in three phases: visit all of it, settle what is old, attribute what was found.
pub trait Source {
    /// Hands every blob to a worker, on threads of the source's own making.
    fn visit<W: Workers>(&self, workers: &W) -> Result<(), SourceError>;

    /// Which of the values that were found were there before, by position in `found`; `(rule family, value)` each.
    fn settle(&self, found: &[(&str, &Secret)]) -> Result<Vec<bool>, SourceError>;

    /// What is known of each place where something was found, by position in `origins`.
    fn attribute(&self, origins: &[&Origin]) -> Result<Vec<Attribution>, SourceError>;
}
