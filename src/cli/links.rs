//! Links on the way to a report. A commit can bring one, so whoever proposes a change could choose what is overwritten.

use std::path::{Component, Path, PathBuf};

use super::message::Failure;
use crate::platform;

/// The directory that holds a repository. Some file systems take it in either case.
const GIT: &str = ".git";

/// The working trees that the links of a path stand in.
#[derive(Debug, Default)]
pub(super) struct Links {
    found: Vec<Link>,
}

#[derive(Debug)]
struct Link {
    path: PathBuf,
    working_tree: PathBuf,
}

impl Links {
    /// Takes all links among the components of a path. Those outside of working trees are whoever's machine this is.
    pub(super) fn note(&mut self, path: &Path) {
        let mut at = PathBuf::new();
        for component in path.components() {
            at.push(component);
            if at.is_symlink()
                && let Some(working_tree) = working_tree(directory(&at))
            {
                self.found.push(Link { path: at.clone(), working_tree });
            }
        }
    }

    /// Fails if one of them leads out of its working tree, or to what git itself keeps there. `file` as typed leads to
    /// `target`, which is no link.
    pub(super) fn check(&self, file: &Path, target: &Path) -> Result<(), Failure> {
        let leaving = self.found.iter().find(|link| !is_inside(target, &link.working_tree));
        leaving.map_or(Ok(()), |link| {
            let (file, link) = (file.display(), link.path.display());
            Err(Failure::new(format!(
                "cannot write to {file}: {link} is a symbolic link that leaves the working tree, as a commit can bring one"
            ))
            .help(format!("name {} itself, or remove the link", target.display())))
        })
    }
}

/// The root of the working tree that a directory is in.
fn working_tree(directory: &Path) -> Option<PathBuf> {
    let directory = platform::canonical(directory).ok()?;
    directory.ancestors().find(|ancestor| ancestor.join(GIT).symlink_metadata().is_ok()).map(Path::to_owned)
}

fn is_inside(target: &Path, working_tree: &Path) -> bool {
    let Ok(directory) = platform::canonical(directory(target)) else { return false };
    let Ok(inside) = directory.strip_prefix(working_tree) else { return false };
    let names = inside.components().map(Component::as_os_str).chain(target.file_name());
    names.into_iter().all(|name| !name.eq_ignore_ascii_case(GIT))
}

/// Where a file is or would be.
pub(super) fn directory(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    }
}
