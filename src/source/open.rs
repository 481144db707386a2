//! Opening files that anybody may exchange for something else at any time, and reading those that have to be small.

use std::{
    fs::{File, Metadata},
    io::{self, Read},
    path::Path,
};

use crate::platform::{self, Links, OpenDirectory};

/// The most that is read of a file of configuration or of ignore rules, in bytes: what is larger is no such file.
pub(crate) const LARGEST: u64 = 16 << 20;

/// Opens a regular file without following a link and without waiting, whatever has taken its place meanwhile.
///
/// `None` if there is something else: a link, a FIFO whose other end would have to be waited for, a directory.
pub(crate) fn regular(path: &Path) -> io::Result<Option<(File, Metadata)>> {
    nofollow(None, path)
}

/// As [`regular`], for a path whose directory is open.
pub(crate) fn regular_in(directory: &OpenDirectory, path: &Path) -> io::Result<Option<(File, Metadata)>> {
    nofollow(Some(directory), path)
}

fn nofollow(directory: Option<&OpenDirectory>, path: &Path) -> io::Result<Option<(File, Metadata)>> {
    match platform::open_in(directory, path, Links::Refuse).and_then(with_metadata) {
        Ok(found) => Ok(found),
        // What `open` says of a link depends on the system; whether it is one does not.
        Err(_) if path.symlink_metadata().is_ok_and(|metadata| !metadata.is_file()) => Ok(None),
        Err(error) => Err(error),
    }
}

/// As [`regular`], but follows links.
pub(crate) fn target(path: &Path) -> io::Result<Option<(File, Metadata)>> {
    match platform::open(path, Links::Follow).and_then(with_metadata) {
        Ok(found) => Ok(found),
        // A socket cannot be opened.
        Err(_) if path.metadata().is_ok_and(|metadata| !metadata.is_file()) => Ok(None),
        Err(error) => Err(error),
    }
}

/// `None` if it is no regular file.
fn with_metadata(file: File) -> io::Result<Option<(File, Metadata)>> {
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
