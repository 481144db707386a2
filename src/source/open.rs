//! Opening files that anybody may exchange for something else at any time. Reads nothing.

use std::{
    fs::{File, Metadata, OpenOptions},
    io,
    path::Path,
};

/// Opens a regular file without following a link and without waiting, whatever has taken its place meanwhile.
///
/// `None` if there is something else: a link, a FIFO whose other end would have to be waited for, a directory.
pub(super) fn regular(path: &Path) -> io::Result<Option<(File, Metadata)>> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK);
    }
    let file = match options.open(path) {
        Ok(file) => file,
        // What `open` says of a link depends on the system; whether it is one does not.
        Err(_) if path.symlink_metadata().is_ok_and(|metadata| !metadata.is_file()) => return Ok(None),
        Err(error) => return Err(error),
    };
    let metadata = file.metadata()?;
    Ok(metadata.is_file().then_some((file, metadata)))
}
