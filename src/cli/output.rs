//! Where reports go. What can be known to fail is known before the scan; what is written appears whole or not at all.
//!
//! A regular file is replaced: the report is written beside it and moved into its place, so a reader, or a run that is
//! interrupted, never leaves half of one. Everything else (a pipe, a device, a descriptor such as `/dev/fd/3`) is
//! written where it is. No link that a commit can bring leads out of a working tree. Knows nothing of what a report says.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Component, Path, PathBuf, is_separator},
};

use super::{
    links::{Links, directory},
    message::Failure,
};
use crate::{platform, report::Format};

/// Links followed before a path counts as a loop, as Linux does.
const MAX_LINKS: usize = 40;

/// One report to write.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) format: Format,
    pub(super) target: Target,
}

/// Where a report goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    Stdout,
    /// A regular file, or none yet: replaced as a whole. The path has no link at its end.
    File(PathBuf),
    /// A pipe, device or descriptor.
    InPlace(PathBuf),
}

/// What tells whether two targets are the same.
#[derive(PartialEq, Eq)]
enum Identity {
    File((u64, u64)),
    Path(PathBuf),
}

/// Decides where each of `wanted` goes, and fails if one cannot be written or two are the same file.
///
/// `None` is standard output, and so is `-`.
pub(super) fn plan(wanted: &[(Format, Option<&Path>)]) -> Result<Vec<Output>, Failure> {
    let mut outputs: Vec<Output> = Vec::new();
    let mut identities: Vec<Identity> = Vec::new();
    for &(format, file) in wanted {
        let target = match file {
            None => Target::Stdout,
            Some(file) if file == Path::new("-") => Target::Stdout,
            Some(file) => Target::of(file)?,
        };
        if let Some(identity) = target.identity() {
            if identities.contains(&identity) {
                let name = file.unwrap_or(Path::new("standard output")).display();
                return Err(Failure::new(format!("two reports would be written to the same place: {name}"))
                    .help("give each --output and --report a file of its own"));
            }
            identities.push(identity);
        }
        outputs.push(Output { format, target });
    }
    Ok(outputs)
}

impl Target {
    /// Where `file` leads; fails if it cannot be written.
    pub(super) fn of(file: &Path) -> Result<Self, Failure> {
        let fail = |error: &io::Error| cannot_write(file, error);
        let mut path = file.to_owned();
        let mut links = Links::default();
        for _ in 0..MAX_LINKS {
            if names_descriptor(&path, "1", "/dev/stdout") {
                links.check(file, &path)?;
                return Ok(Self::Stdout);
            }
            links.note(&path);
            if path.starts_with("/dev/fd") || path.starts_with("/proc") || path == Path::new("/dev/stderr") {
                links.check(file, &path)?;
                open_in_place(&path).map_err(|error| fail(&error))?;
                return Ok(Self::InPlace(path));
            }
            match fs::symlink_metadata(&path) {
                Ok(metadata) if metadata.is_symlink() => {
                    let target = fs::read_link(&path).map_err(|error| fail(&error))?;
                    path = path.parent().unwrap_or(Path::new("")).join(target);
                }
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(fail(&error)),
                _ => {
                    let target = Self::without_link(file, path.clone())?;
                    links.check(file, &path)?;
                    return Ok(target);
                }
            }
        }
        Err(Failure::new(format!("cannot write to {}: its links lead in a circle", file.display())))
    }

    /// A file that others write to as well: what is there stays.
    pub(super) fn appending(file: &Path) -> Result<Self, Failure> {
        let opened = OpenOptions::new().append(true).create(true).open(file);
        drop(opened.map_err(|error| cannot_write(file, &error))?);
        Ok(Self::InPlace(file.to_owned()))
    }

    /// `file` as typed leads to `path`, which is no link.
    fn without_link(file: &Path, path: PathBuf) -> Result<Self, Failure> {
        let fail = |error: &io::Error| cannot_write(file, error);
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => {
                return Err(Failure::new(format!("cannot write to {}: it is a directory", file.display()))
                    .help("name a file in it"));
            }
            Ok(metadata) if !metadata.is_file() => {
                // Opening a FIFO that nobody reads yet would wait for a reader.
                if !platform::is_fifo(&metadata) {
                    open_in_place(&path).map_err(|error| fail(&error))?;
                }
                return Ok(Self::InPlace(path));
            }
            // A file that must not be written is not replaced either.
            Ok(_) => drop(OpenOptions::new().append(true).open(&path).map_err(|error| fail(&error))?),
            Err(error) if error.kind() == io::ErrorKind::NotFound && ends_in_name(&path) => {}
            Err(error) => return Err(fail(&error)),
        }
        // A file without a name: nothing is left of it, whatever happens.
        drop(tempfile::tempfile_in(directory(&path)).map_err(|error| {
            let place = directory(&path).display().to_string();
            if error.kind() == io::ErrorKind::NotFound {
                return Failure::new(format!("cannot write to {}: there is no directory {place}", file.display()))
                    .help(format!("mkdir -p {place}"));
            }
            Failure::new(format!("cannot write to {}: nothing can be created in {place}: {error}", file.display()))
                .help("a file is written beside its place and moved there: choose another directory")
        })?);
        Ok(Self::File(path))
    }

    /// `None` for `/dev/null`, which swallows any number of reports.
    fn identity(&self) -> Option<Identity> {
        let file = |path: &Path| platform::identity(&fs::metadata(path).ok()?).map(Identity::File);
        match self {
            Self::Stdout => Some(file(Path::new("/dev/stdout")).unwrap_or(Identity::Path("-".into()))),
            Self::InPlace(path) if path == Path::new("/dev/null") => None,
            Self::InPlace(path) => Some(file(path).unwrap_or(Identity::Path(path.clone()))),
            Self::File(path) => Some(file(path).unwrap_or_else(|| {
                let directory = directory(path);
                let directory = platform::canonical(directory).unwrap_or_else(|_| directory.to_owned());
                Identity::Path(path.file_name().map(|name| directory.join(name)).unwrap_or(directory))
            })),
        }
    }

    /// Writes all of `report`.
    pub(super) fn write(&self, report: &[u8]) -> Result<(), Failure> {
        match self {
            Self::Stdout => write_stdout(report),
            Self::InPlace(path) => {
                let written = open_in_place(path).and_then(|mut file| file.write_all(report));
                unless_broken(written).map_err(|error| cannot_write(path, &error))
            }
            Self::File(path) => replace(path, report).map_err(|error| cannot_write(path, &error)),
        }
    }
}

/// Writes to standard output. A reader that has seen enough is no error.
pub(super) fn write_stdout(text: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text).and_then(|()| stdout.flush());
    unless_broken(written).map_err(|error| Failure::new(format!("cannot write to standard output: {error}")))
}

fn unless_broken(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

fn replace(path: &Path, report: &[u8]) -> io::Result<()> {
    let present = match fs::metadata(path) {
        Ok(metadata) => Some(metadata.permissions()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let mut builder = tempfile::Builder::new();
    let mut beside = platform::readable_by_all(builder.prefix(".keyhound-")).tempfile_in(directory(path))?;
    if let Some(permissions) = present {
        beside.as_file().set_permissions(permissions)?;
    }
    beside.write_all(report)?;
    beside.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn open_in_place(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).open(path)
}

/// Whether a file can be created by this path: `a/` and `a/..` name directories.
fn ends_in_name(path: &Path) -> bool {
    let last = path.as_os_str().as_encoded_bytes().last();
    let is_directory = last.is_some_and(|&byte| is_separator(char::from(byte)));
    !is_directory && matches!(path.components().next_back(), Some(Component::Normal(_)))
}

/// Whether a path is one of the names of a descriptor.
fn names_descriptor(path: &Path, number: &str, device: &str) -> bool {
    path == Path::new(device)
        || path == Path::new("/dev/fd").join(number)
        || path == Path::new("/proc/self/fd").join(number)
}

fn cannot_write(file: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("cannot write to {}: {error}", file.display()))
}
