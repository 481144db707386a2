//! Path globs in the language of `.gitignore`, as the configuration uses them.

use std::iter;

use bstr::{BStr, ByteSlice};
use ignore::{
    Match,
    gitignore::{Gitignore, GitignoreBuilder},
};

/// Paths of every kind of spelling. What matches all of them matches everything.
const PROBES: &[&str] = &[
    "a",
    "Z",
    "0",
    "_",
    "~",
    ".x",
    "-b.c",
    "é",
    "0/b.c",
    ".d/e/f",
    "src/Main/x.rs",
    "q/w/e/r/t/y.u",
    "README",
    "k/.p",
];

/// Globs of which one is enough, tried last to first as in `.gitignore`.
#[derive(Clone, Debug)]
pub struct PathGlobs(Gitignore);

impl PathGlobs {
    /// No path matches.
    pub fn none() -> Self {
        Self(Gitignore::empty())
    }

    /// Compiles globs. An error names every glob that is wrong, by number from 0, and says what is wrong with it without
    /// quoting it.
    pub fn new(globs: &[&str]) -> Result<Self, Vec<(usize, String)>> {
        let mut builder = GitignoreBuilder::new("");
        // git takes `[` without its end for a glob that never matches; here it is a mistake to be told.
        builder.allow_unclosed_class(false);
        let mut errors = Vec::new();
        for (number, glob) in globs.iter().enumerate() {
            if glob.trim().is_empty() {
                errors.push((number, "it is empty".to_owned()));
            } else if glob.starts_with('#') {
                errors.push((number, "`#` begins a comment in this language; write `\\#`".to_owned()));
            } else if let Err(error) = builder.add_line(None, glob) {
                errors.push((number, cause(&error)));
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        builder.build().map(Self).map_err(|error| vec![(0, cause(&error))])
    }

    /// Whether a path, relative to the root of the scan, or one of its directories matches.
    pub fn matches(&self, path: &BStr, is_directory: bool) -> bool {
        // A path outside the root is matched as if it stood there: globs have nothing else to be relative to.
        let Ok(path) = path.trim_start_with(|char| char == '/').to_path() else { return false };
        // The directory nearest to the path decides. The root is not one: it has no name, and `*/` would match that.
        let directories = path.ancestors().skip(1).filter(|directory| !directory.as_os_str().is_empty());
        let mut verdicts = iter::once((path, is_directory)).chain(directories.map(|directory| (directory, true)));
        let decides = |(path, is_directory)| match self.0.matched(path, is_directory) {
            Match::None => None,
            verdict => Some(verdict.is_ignore()),
        };
        verdicts.find_map(decides).unwrap_or(false)
    }

    /// Whether there is no glob.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the globs match every path.
    pub fn match_everything(&self) -> bool {
        PROBES.iter().all(|path| self.matches(BStr::new(path), false))
    }
}

/// The glob that matches one path, relative to the root, and no other, as far as a line of text can say it: a byte that
/// is no text is `*`, and what would end the line is `?`.
pub fn literal(path: &BStr) -> String {
    let mut glob = String::from("/");
    for chunk in path.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '*' | '?' | '[' | ']' | '{' | '}' | '\\' => glob.extend(['\\', character]),
                '\n' | '\r' => glob.push('?'),
                character => glob.push(character),
            }
        }
        if !chunk.invalid().is_empty() {
            glob.push('*');
        }
    }
    // Spaces at the end are no part of a glob, but for one that is escaped.
    if glob.ends_with(' ') {
        glob.insert(glob.len() - 1, '\\');
    }
    glob
}

/// What is wrong with a glob.
fn cause(error: &ignore::Error) -> String {
    match error {
        ignore::Error::Glob { err, .. } => err.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn globs(globs: &[&str]) -> PathGlobs {
        PathGlobs::new(globs).unwrap()
    }

    #[test]
    fn globs_match_as_in_gitignore() {
        for (glob, path, expect) in [
            ("tests", "a/tests/b.rs", true),
            ("/tests", "a/tests/b.rs", false),
            ("tests/", "tests", false),
            ("tests/**", "tests/a/b", true),
            ("*.lock", "a/Cargo.lock", true),
            ("docs/*.md", "docs/a/b.md", false),
            ("*/", "a", false),
            ("*/", "a/b", true),
            ("**/fixtures/*.json", "a/b/fixtures/c.json", true),
            ("/etc/x", "/etc/x", true),
            ("x", "../x", true),
        ] {
            assert_eq!(globs(&[glob]).matches(BStr::new(path), false), expect, "{glob} {path}");
        }
        assert!(!globs(&["*.md", "!README.md"]).matches(BStr::new("README.md"), false));
        assert!(!PathGlobs::none().matches(BStr::new("a"), false));
    }

    #[test]
    fn bytes_that_are_no_text_match() {
        assert!(globs(&["*.env"]).matches(BStr::new(b"\xff\xfe.env"), false));
    }

    #[test]
    fn a_path_as_a_glob_matches_itself_alone() {
        let paths: [&[u8]; 13] = [
            b"a b/.env",
            b"a*b",
            b"[x]?.env",
            b"{a,b}",
            b"[]",
            b"back\\slash",
            b"space ",
            b"spaces  ",
            b"space /b",
            b"#hash",
            b"!bang",
            b"line\nfeed\r",
            b"caf\xe9/x",
        ];
        for path in paths.map(BStr::new) {
            let line = literal(path);
            assert!(!line.contains(['\n', '\r']), "{line:?} is one line");
            let globs = globs(&[&line]);
            assert!(globs.matches(path, false), "{line} matches {path}");
            let elsewhere = [b"sub/", path.as_bytes()].concat();
            assert!(!globs.matches(elsewhere.as_bstr(), false), "{line} is anchored");
            for other in ["aXb", "a", "b", "[x]y.env"] {
                assert!(!globs.matches(other.into(), false), "{line} does not match {other}");
            }
        }
        assert_eq!(literal("a*b ".into()), r"/a\*b\ ");
    }

    #[test]
    fn what_matches_everything_is_known() {
        for everything in ["*", "**", "/**", "/*", "**/*", "?*", "[!#]*"] {
            assert!(globs(&[everything]).match_everything(), "{everything}");
        }
        for something in ["*.*", "src", "**/*.rs", "[a-z]*", "/*/", ".*"] {
            assert!(!globs(&[something]).match_everything(), "{something}");
        }
    }

    #[test]
    fn every_wrong_glob_is_named_and_none_is_quoted() {
        let errors = PathGlobs::new(&["a", "[", "", "{x", "# c"]).unwrap_err();
        let numbers: Vec<_> = errors.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [1, 2, 3, 4]);
        assert!(errors.iter().all(|(_, message)| !message.contains("{x")), "{errors:?}");
    }
}
