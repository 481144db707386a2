//! Opening files that anybody may exchange for something else at any time, and reading those that have to be small.

use std::{
    fs::{File, Metadata},
    io::{self, Read},
    os::fd::{AsFd, OwnedFd},
    path::Path,
};

use rustix::{
    fs::{CWD, Mode, OFlags},
    io::retry_on_intr,
};

/// The most that is read of a file of configuration or of ignore rules, in bytes: what is larger is no such file.
pub(crate) const LARGEST: u64 = 16 << 20;

/// Opens a regular file without following a link and without waiting, whatever has taken its place meanwhile.
///
/// `None` if there is something else: a link, a FIFO whose other end would have to be waited for, a directory.
pub(crate) fn regular(path: &Path) -> io::Result<Option<(File, Metadata)>> {
    nofollow(CWD, path, path)
}

/// As [`regular`], for a path whose directory is open: what leads there is not looked up once more, which costs more than
/// all else about opening a file.
pub(crate) fn regular_in(directory: &OwnedFd, path: &Path) -> io::Result<Option<(File, Metadata)>> {
    match path.file_name() {
        Some(name) => nofollow(directory, name.as_ref(), path),
        None => regular(path),
    }
}

/// Opens a directory to open files in it.
pub(crate) fn directory(path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(retry_on_intr(|| rustix::fs::open(path, flags, Mode::empty()))?)
}

/// `name` in `directory` is `path`.
fn nofollow(directory: impl AsFd, name: &Path, path: &Path) -> io::Result<Option<(File, Metadata)>> {
    match open(directory, name, OFlags::NOFOLLOW) {
        Ok(found) => Ok(found),
        // What `open` says of a link depends on the system; whether it is one does not.
        Err(_) if path.symlink_metadata().is_ok_and(|metadata| !metadata.is_file()) => Ok(None),
        Err(error) => Err(error),
    }
}

/// As [`regular`], but follows links.
pub(crate) fn target(path: &Path) -> io::Result<Option<(File, Metadata)>> {
    match open(CWD, path, OFlags::empty()) {
        Ok(found) => Ok(found),
        // A socket cannot be opened.
        Err(_) if path.metadata().is_ok_and(|metadata| !metadata.is_file()) => Ok(None),
        Err(error) => Err(error),
    }
}

fn open(directory: impl AsFd, path: &Path, flags: OFlags) -> io::Result<Option<(File, Metadata)>> {
    let flags = flags | OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = File::from(retry_on_intr(|| rustix::fs::openat(&directory, path, flags, Mode::empty()))?);
    let metadata = file.metadata()?;
    Ok(metadata.is_file().then_some((file, metadata)))
}

/// Reads to the end; fails if there is more than [`LARGEST`].
pub(crate) fn read_small(file: impl Read) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut content)?;
    if content.len() as u64 > LARGEST {
        let message = format!("it is larger than {} MiB", LARGEST >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(content)
}
