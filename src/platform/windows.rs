//! Windows.

use std::{
    borrow::Cow,
    fs::{File, Metadata, OpenOptions},
    io,
    os::windows::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use bstr::{ByteSlice, ByteVec};

use super::{Links, Noted};

/// What separates the paths of a variable that holds several.
pub(crate) const LIST_SEPARATOR: u8 = b';';

/// `FILE_FLAG_OPEN_REPARSE_POINT` of `CreateFileW`: a link itself is opened, not what it leads to.
const OPEN_REPARSE_POINT: u32 = 0x0020_0000;

/// `FILE_FLAG_BACKUP_SEMANTICS` of `CreateFileW`: without it a directory cannot be opened at all.
const BACKUP_SEMANTICS: u32 = 0x0200_0000;

/// How many of the 100 nanoseconds that Windows counts in lie between the first of January of 1601 and of 1970, and how many
/// of them are a second.
const EPOCH: i64 = 116_444_736_000_000_000;
const TICKS: i64 = 10_000_000;

/// A directory that is open. Nothing is gained by one here: there is no opening of a file relative to it.
#[derive(Debug)]
pub(crate) struct OpenDirectory(());

impl OpenDirectory {
    #[expect(clippy::unnecessary_wraps, reason = "on other systems it can fail")]
    pub(crate) fn open(_: &Path) -> io::Result<Self> {
        Ok(Self(()))
    }
}

/// Opens what is there for reading.
pub(crate) fn open_in(_: Option<&OpenDirectory>, path: &Path, links: Links) -> io::Result<File> {
    let links = if links == Links::Refuse { OPEN_REPARSE_POINT } else { 0 };
    OpenOptions::new().read(true).custom_flags(links | BACKUP_SEMANTICS).open(path)
}

/// The path from the root of the drive, free of links; as others write it, not as the longest of paths have to be.
pub(crate) fn canonical(path: &Path) -> io::Result<PathBuf> {
    dunce::canonicalize(path)
}

/// A path as git has it, `/` between its parts; `None` if it has no such form.
pub(crate) fn path_bytes(path: &Path) -> Option<Cow<'_, [u8]>> {
    let bytes = <[u8]>::from_path(path)?;
    Some(if bytes.contains(&b'\\') { Cow::Owned(bytes.replace("\\", "/")) } else { Cow::Borrowed(bytes) })
}

/// The path that these bytes are; `None` if there can be no such path.
pub(crate) fn path_of(bytes: Vec<u8>) -> Option<PathBuf> {
    bytes.into_path_buf().ok()
}

/// As Git for Windows notes it: the time of creation in place of that of the last change, and no numbers.
pub(crate) fn noted(metadata: &Metadata) -> Noted {
    let time = |ticks: u64| {
        let since = ticks.cast_signed() - EPOCH;
        (since.div_euclid(TICKS), since.rem_euclid(TICKS) * 100)
    };
    Noted {
        modified: time(metadata.last_write_time()),
        changed: time(metadata.creation_time()),
        device: 0,
        inode: 0,
        user: 0,
        group: 0,
    }
}

/// What only one file of the system has; `None` if there is nothing of the kind.
pub(crate) fn identity(_: &Metadata) -> Option<(u64, u64)> {
    None
}

/// Whether opening it would wait for somebody at its other end. Named pipes have a place of their own.
pub(crate) fn is_fifo(_: &Metadata) -> bool {
    false
}

/// Whether a file is a program is told by what it holds.
pub(crate) fn is_executable(metadata: &Metadata) -> bool {
    metadata.is_file()
}

#[expect(clippy::unnecessary_wraps, reason = "on other systems it can fail")]
pub(crate) fn make_executable(_: &File) -> io::Result<()> {
    Ok(())
}

/// Files that are made by it can be read by everybody whom their directory lets.
pub(crate) fn readable_by_all<'b, 'n>(builder: &'b mut tempfile::Builder<'n, 'n>) -> &'b mut tempfile::Builder<'n, 'n> {
    builder
}
