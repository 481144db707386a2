//! Linux, macOS and their like.

use std::{
    borrow::Cow,
    ffi::OsString,
    fs::{File, Metadata, Permissions},
    io,
    os::{
        fd::{AsFd, OwnedFd},
        unix::{
            ffi::{OsStrExt, OsStringExt},
            fs::{FileTypeExt, MetadataExt, PermissionsExt},
        },
    },
    path::{Path, PathBuf},
};

use rustix::{
    fs::{CWD, Mode, OFlags},
    io::retry_on_intr,
};

use super::{Links, Noted};

/// What separates the paths of a variable that holds several.
pub(crate) const LIST_SEPARATOR: u8 = b':';

/// Permissions of a file that everybody may read and that is made anew, before the umask.
const NEW_FILE: u32 = 0o666;

/// Permissions of a hook.
const NEW_PROGRAM: u32 = 0o755;

/// A directory that is open: what leads there is not looked up once more for each file in it, which costs more than all else
/// about opening one.
#[derive(Debug)]
pub(crate) struct OpenDirectory(OwnedFd);

impl OpenDirectory {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self(retry_on_intr(|| rustix::fs::open(path, flags, Mode::empty()))?))
    }
}

/// Opens what is there for reading, without waiting for the other end of a FIFO. In a directory that is open only the name
/// of `path` counts.
pub(crate) fn open_in(directory: Option<&OpenDirectory>, path: &Path, links: Links) -> io::Result<File> {
    let links = if links == Links::Refuse { OFlags::NOFOLLOW } else { OFlags::empty() };
    let flags = links | OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let (directory, path) = match (directory, path.file_name()) {
        (Some(directory), Some(name)) => (directory.0.as_fd(), Path::new(name)),
        _ => (CWD, path),
    };
    Ok(File::from(retry_on_intr(|| rustix::fs::openat(directory, path, flags, Mode::empty()))?))
}

/// The path from the root of the file system, free of links.
pub(crate) fn canonical(path: &Path) -> io::Result<PathBuf> {
    path.canonicalize()
}

/// A path as git has it, `/` between its parts; `None` if it has no such form.
#[expect(clippy::unnecessary_wraps, reason = "on other systems there is not always one")]
pub(crate) fn path_bytes(path: &Path) -> Option<Cow<'_, [u8]>> {
    Some(Cow::Borrowed(path.as_os_str().as_bytes()))
}

/// The path that these bytes are; `None` if there can be no such path.
#[expect(clippy::unnecessary_wraps, reason = "on other systems there is not always one")]
pub(crate) fn path_of(bytes: Vec<u8>) -> Option<PathBuf> {
    Some(OsString::from_vec(bytes).into())
}

/// What git notes of a file.
pub(crate) fn noted(metadata: &Metadata) -> Noted {
    Noted {
        modified: (metadata.mtime(), metadata.mtime_nsec()),
        changed: (metadata.ctime(), metadata.ctime_nsec()),
        device: metadata.dev() as u32,
        inode: metadata.ino() as u32,
        user: metadata.uid(),
        group: metadata.gid(),
    }
}

/// What only one file of the system has; `None` if there is nothing of the kind.
#[expect(clippy::unnecessary_wraps, reason = "on other systems there is none")]
pub(crate) fn identity(metadata: &Metadata) -> Option<(u64, u64)> {
    Some((metadata.dev(), metadata.ino()))
}

/// Whether opening it would wait for somebody at its other end.
pub(crate) fn is_fifo(metadata: &Metadata) -> bool {
    metadata.file_type().is_fifo()
}

pub(crate) fn is_executable(metadata: &Metadata) -> bool {
    metadata.is_file() && metadata.permissions().mode() & 0o111 != 0
}

pub(crate) fn make_executable(file: &File) -> io::Result<()> {
    file.set_permissions(Permissions::from_mode(NEW_PROGRAM))
}

/// Files that are made by it can be read by everybody whom the umask lets: those of the program's own use cannot.
pub(crate) fn readable_by_all<'b, 'n>(builder: &'b mut tempfile::Builder<'n, 'n>) -> &'b mut tempfile::Builder<'n, 'n> {
    builder.permissions(Permissions::from_mode(NEW_FILE))
}
