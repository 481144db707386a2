//! What a step of GitHub Actions leaves for those after it: a file of outputs to which each step appends.

use std::{
    collections::hash_map::RandomState,
    fs::OpenOptions,
    hash::{BuildHasher, Hasher},
    io::{self, Write},
    path::Path,
};

/// Appends outputs.
///
/// Each stands between lines that nobody can foresee: a value that holds a line of its own sets no other output.
pub(super) fn append(file: &Path, outputs: &[(&str, String)]) -> io::Result<()> {
    let text = |(name, value): &(&str, String)| {
        let end = delimiter(value);
        format!("{name}<<{end}\n{value}\n{end}\n")
    };
    append_text(file, &outputs.iter().map(text).collect::<String>())
}

/// Appends text to a file that each step appends to.
pub(super) fn append_text(file: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().append(true).create(true).open(file)?.write_all(text.as_bytes())
}

/// A line that stands nowhere in a value.
fn delimiter(value: &str) -> String {
    loop {
        // The keys of each state are random.
        let random = || RandomState::new().build_hasher().finish();
        let delimiter = format!("keyhound-{:016x}{:016x}", random(), random());
        if !value.contains(&delimiter) {
            return delimiter;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_sets_no_other_output() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("out");
        append(&file, &[("range", "a..b".to_owned())]).unwrap();
        append(&file, &[("sarif-file", "x\nEOF\nexit-code=0\nexit-code<<A\n0\nA".to_owned())]).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        // As the runner reads it.
        let mut outputs = Vec::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let (name, end) = line.split_once("<<").unwrap();
            let value: Vec<_> = lines.by_ref().take_while(|line| *line != end).collect();
            outputs.push((name, value.len()));
        }
        assert_eq!(outputs, [("range", 1), ("sarif-file", 6)]);
        assert_ne!(delimiter(""), delimiter(""));
    }
}
