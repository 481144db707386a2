//! Where content is read. A source knows no rules and makes no findings: it hands content to workers, and later says
//! what it knows about the places where something was found.

pub mod audit;
mod git;
pub mod history;
mod lfs;
pub(crate) mod open;
pub mod range;
pub mod staged;
pub mod stdin;
mod versions;
pub mod worktree;

#[doc(hidden)]
pub use self::git::{Sum, sum};
pub use git::{Environment, HookDirectory, hook_directory};

use std::io::{self, Read};

use bstr::{BString, ByteSlice};

use crate::{
    delta::Edit,
    finding::{GitState, IgnoreRule, Past, Where},
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
    Stream(&'a mut dyn Stream),
}

/// Content that is read piece by piece, and once more where its end tells something about its beginning.
pub trait Stream: Read {
    /// Goes back to the beginning; `false` where that is not possible.
    fn rewind(&mut self) -> io::Result<bool>;
}

/// How much of content that cannot be read again is kept for a second reading, in bytes.
const KEPT: usize = 8 << 20;

/// Content that cannot be read again, kept as far as it has no more than [`KEPT`] bytes.
struct Kept<R> {
    inner: R,
    /// What was read so far; `None`: it was too much.
    read: Option<Vec<u8>>,
    /// How much of `read` has been given out since the last rewinding.
    given: usize,
}

impl<R: Read> Kept<R> {
    fn new(inner: R) -> Self {
        Self { inner, read: Some(Vec::new()), given: 0 }
    }
}

impl<R: Read> Read for Kept<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(read) = &self.read
            && self.given < read.len()
        {
            let length = (&read[self.given..]).read(buffer)?;
            self.given += length;
            return Ok(length);
        }
        let length = self.inner.read(buffer)?;
        self.read = self.read.take().filter(|read| read.len() + length <= KEPT);
        if let Some(read) = &mut self.read {
            read.extend_from_slice(&buffer[..length]);
            self.given = read.len();
        }
        Ok(length)
    }
}

impl<R: Read> Stream for Kept<R> {
    fn rewind(&mut self) -> io::Result<bool> {
        self.given = 0;
        Ok(self.read.is_some())
    }
}

/// Takes what one thread of a source reads.
pub trait Worker {
    /// What scanning a blob leaves behind for blobs derived from it; opaque to sources.
    type State: Send + Sync;

    /// Scans a blob, whole.
    fn blob(&mut self, blob: Blob<'_>) -> Self::State;
    /// Whether [`Worker::name`] may find anything in any of the names that stand in a text.
    fn may_name(&self, _text: &[u8]) -> bool {
        true
    }
    /// Scans a name, or another short text, in which only values that name themselves count.
    fn name(&mut self, origin: &Origin, location: Where, name: &[u8]);
    /// Scans a blob that was made of another by a delta, with the same result as [`Worker::blob`]. `_base` is what scanning
    /// that one left behind, on whichever thread; `_edits` say where the content is that one's. Who does not use them to be
    /// faster scans the blob like any other.
    fn derived(&mut self, blob: Blob<'_>, _base: &Self::State, _edits: &[Edit]) -> Self::State {
        self.blob(blob)
    }
    /// Says how many pieces there will be, as far as that is known: for whoever waits.
    fn expects(&mut self, _pieces: u64) {}
    /// Counts a piece that has no content to scan: for whoever waits.
    fn passes(&mut self) {}
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
    /// The path, where the origin has none of its own.
    pub path: Option<BString>,
    /// What it is, where the origin alone does not tell.
    pub location: Option<Where>,
    /// What commits know of it.
    pub past: Option<Past>,
    pub git_state: Option<GitState>,
    /// The ignore rule that matches the path, whether or not git heeds it there.
    pub ignored_by: Option<IgnoreRule>,
    /// What stands there alone never fails a scan.
    pub is_note: bool,
    /// The configuration leaves the path out: nothing there is a finding.
    pub is_excluded: bool,
    /// git leaves the path out of the working tree on purpose (sparse checkout).
    pub is_sparse: bool,
}

/// Content in three phases: visit all of it, settle what is old, attribute what was found.
pub trait Source {
    /// Hands every blob to a worker, on threads of the source's own making.
    fn visit<W: Workers>(&self, workers: &W) -> Result<(), SourceError>;

    /// Hands what was there before to a worker: what is found in it, too, is not new. Asked only if something was found.
    fn settle<W: Workers>(&self, _workers: &W) -> Result<(), SourceError> {
        Ok(())
    }

    /// What is known of each place where something was found, by position in `origins`: an object has every path that it
    /// has had.
    fn attribute(&self, origins: &[&Origin]) -> Result<Vec<Vec<Attribution>>, SourceError>;

    /// What could not be told of these places; asked after that.
    fn untold(&self) -> Vec<Problem> {
        Vec::new()
    }
}
