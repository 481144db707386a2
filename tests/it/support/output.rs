//! What a run of keyhound left behind, as one text.

use std::{fmt, process};

/// Exit code, standard output and standard error of one run.
#[must_use = "a run whose outcome nobody looks at tests nothing"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Output {
    /// `None`: a signal ended it.
    pub(crate) code: Option<i32>,
    /// Invalid UTF-8 is replaced; the directory of the sandbox is `[SANDBOX]`.
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Output {
    pub(crate) fn new(output: &process::Output, sandbox: &str) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(sandbox, "[SANDBOX]");
        Self { code: output.status.code(), stdout: text(&output.stdout), stderr: text(&output.stderr) }
    }

    /// Fails, with all of it shown, if the exit code is another one.
    pub(crate) fn expect(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{self}");
        self
    }

    /// Fails, with all of it shown, if standard output does not hold `text`.
    pub(crate) fn says(&self, text: &str) -> &Self {
        assert!(self.stdout.contains(text), "stdout lacks {text:?}\n{self}");
        self
    }

    /// Fails, with all of it shown, if standard error does not hold `text`.
    pub(crate) fn complains(&self, text: &str) -> &Self {
        assert!(self.stderr.contains(text), "stderr lacks {text:?}\n{self}");
        self
    }

    /// Fails if either stream holds `text`.
    pub(crate) fn never_says(&self, text: &str) -> &Self {
        assert!(!self.stdout.contains(text) && !self.stderr.contains(text), "it says {text:?}\n{self}");
        self
    }

    /// Fails if anything was written to standard error.
    pub(crate) fn quietly(&self) -> &Self {
        assert_eq!(self.stderr, "", "{self}");
        self
    }

    /// Standard output as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("stdout is no JSON: {error}\n{self}"))
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => writeln!(f, "exit: {code}")?,
            None => writeln!(f, "exit: by a signal")?,
        }
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            writeln!(f, "--- {name}")?;
            f.write_str(text)?;
            if !text.is_empty() && !text.ends_with('\n') {
                writeln!(f, "[no newline]")?;
            }
        }
        Ok(())
    }
}
