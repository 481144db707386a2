//! Which stores a store borrows from.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use gix::odb::alternate;

use crate::{
    origin::Problem,
    platform,
    source::{git::is_absent, open},
};

/// The directories of objects that belong to a repository: its own, `objects`, and those of all alternates, however far
/// away. Each is named once, the own one first. What is wrong with an alternate is a problem: objects may be there.
pub(in crate::source) fn with_alternates(objects: &Path) -> (Vec<PathBuf>, Vec<Problem>) {
    let mut found = Vec::new();
    let mut problems = Vec::new();
    let mut known = HashSet::new();
    let mut pending = vec![objects.to_owned()];
    while let Some(directory) = pending.pop() {
        // A cycle ends here, and so does a second way to the same store.
        let canonical = platform::canonical(&directory).unwrap_or_else(|_| directory.clone());
        if !known.insert(canonical) {
            continue;
        }
        match alternates(&directory) {
            // The last one is looked at first.
            Ok(more) => pending.extend(more.into_iter().rev()),
            Err(error) => problems.push(unreadable(&directory.join(FILE), &error)),
        }
        found.push(directory);
    }
    (found, problems)
}

const FILE: &str = "info/alternates";

fn alternates(directory: &Path) -> Result<Vec<PathBuf>, String> {
    let path = directory.join(FILE);
    let content = match open::target(&path) {
        Ok(Some((file, _))) => open::read_small(file).map_err(|error| error.to_string())?,
        Ok(None) => return Err("it is no regular file".to_owned()),
        Err(error) if is_absent(&error) => return Ok(Vec::new()),
        Err(error) => return Err(error.to_string()),
    };
    let paths = alternate::parse(&content).map_err(|error| super::super::causes(&error))?;
    // A path that is not absolute starts at the store which names it.
    Ok(paths.into_iter().map(|path| directory.join(path)).collect())
}

fn unreadable(path: &Path, error: &str) -> Problem {
    super::problem(path, format!("the list of further object directories cannot be read: {error}"), ALTERNATES_HELP)
}

const ALTERNATES_HELP: &str = "mend the file: it has a path a line, of directories named `objects`";
