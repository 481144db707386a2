//! The labelled corpus: texts in which keys stand, and texts in which none does. `README.md` describes the format.
//!
//! No file of it holds a whole key: values are marks that are filled in from a seed. Shared by the test that holds the
//! floors and by `cargo run --example corpus`.

mod build;
mod encode;
mod language;
mod parse;
mod random;
mod score;
#[cfg(test)]
mod tests;
mod text;
mod value;
mod variant;

use std::{fs, io, path::Path};

pub(crate) use build::Document;
pub(crate) use parse::{Case, Class};
pub(crate) use score::Score;

/// The cases of the tree, in the order of the files' names.
pub(crate) fn of_the_tree() -> Result<Vec<Case>, String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let entries = fs::read_dir(&directory).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut paths: Vec<_> = entries.map_err(|error| error.to_string())?.iter().map(fs::DirEntry::path).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "cases"));
    paths.sort();
    read(&paths)
}

/// The cases of some files.
pub(crate) fn read(paths: &[impl AsRef<Path>]) -> Result<Vec<Case>, String> {
    let mut cases = Vec::new();
    for path in paths {
        let path = path.as_ref();
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        parse::cases(&name, &text, &mut cases)?;
    }
    Ok(cases)
}
