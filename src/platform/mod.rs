//! What differs between operating systems: how a file is opened that anybody may exchange meanwhile, what git's index notes
//! of one, what a path is in bytes. One file for each kind of system; both have the same functions.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::{fs::File, io, path::Path};

#[cfg(unix)]
pub(crate) use unix::*;
#[cfg(windows)]
pub(crate) use windows::*;

#[cfg(not(any(unix, windows)))]
compile_error!("keyhound runs on Unix and on Windows: it relies on what files, links and devices are there");

/// Whether what a path ends in is followed, if it is a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Links {
    Follow,
    /// It is an error, or the link itself is what is opened.
    Refuse,
}

/// What git's index notes of a file; its numbers are cut to 32 bits there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noted {
    /// When the content changed: seconds since 1970, nanoseconds.
    pub(crate) modified: (i64, i64),
    /// When anything about the file changed, as `modified`.
    pub(crate) changed: (i64, i64),
    pub(crate) device: u32,
    pub(crate) inode: u32,
    pub(crate) user: u32,
    pub(crate) group: u32,
}

/// As [`open_in`], for a path from the current directory.
pub(crate) fn open(path: &Path, links: Links) -> io::Result<File> {
    open_in(None, path, links)
}
