//! Path globs in the language of `.gitignore`, as the configuration uses them.

use std::path::Path;

use bstr::{BStr, ByteSlice};
use ignore::{
    Match,
    gitignore::{Gitignore, GitignoreBuilder},
};

/// Globs of which one is enough, tried last to first as in `.gitignore`.
#[derive(Clone, Debug)]
pub struct PathGlobs(Gitignore);

impl PathGlobs {
    /// No path matches.
    pub fn none() -> Self {
        Self(Gitignore::empty())
    }

    /// Compiles globs; an error names the number of the glob and what is wrong with it.
    pub fn new(globs: &[&str]) -> Result<Self, (usize, String)> {
        let mut builder = GitignoreBuilder::new("");
        for (number, glob) in globs.iter().enumerate() {
            builder.add_line(None, glob).map_err(|error| (number, error.to_string()))?;
        }
        builder.build().map(Self).map_err(|error| (0, error.to_string()))
    }

    /// Whether a path, relative to the root of the scan, or one of its directories matches.
    pub fn matches(&self, path: &BStr, is_directory: bool) -> bool {
        let Ok(path) = path.to_path() else { return false };
        !self.0.is_empty() && matches!(self.0.matched_path_or_any_parents(path, is_directory), Match::Ignore(_))
    }

    /// The number of the glob that matches.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the globs match every path.
    pub fn match_everything(&self) -> bool {
        ["a", "0/b.c", ".d/e/f"].iter().all(|path| self.matches(BStr::new(path), false))
            && matches!(self.0.matched_path_or_any_parents(Path::new("~"), false), Match::Ignore(_))
    }
}
