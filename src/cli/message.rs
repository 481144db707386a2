//! What is said on standard error: errors with their remedy, notes, and what `--verbose` tells. One shape for all.
//!
//! Names come from whoever wrote the repository or typed the command: keys in them are masked and terminal controls
//! neutralised before anything is printed.

use std::{
    cell::OnceCell,
    io::{self, Write},
    sync::Arc,
};

use bstr::ByteSlice;

use crate::{
    config::ConfigErrors,
    detect::Detector,
    finding::Level,
    origin::Problem,
    report::{Style, sanitize},
    rule,
    source::SourceError,
};

/// What ends a run, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    message: String,
    help: Option<String>,
}

impl Failure {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// Everything that is wrong, since one thing after the other would be tedious to mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failures(Vec<Failure>);

impl Failures {
    /// One failure.
    pub(super) fn of(message: impl Into<String>, help: impl Into<String>) -> Self {
        Failure::new(message).help(help).into()
    }
}

impl From<Failure> for Failures {
    fn from(failure: Failure) -> Self {
        Self(vec![failure])
    }
}

impl From<Vec<Failure>> for Failures {
    fn from(failures: Vec<Failure>) -> Self {
        Self(failures)
    }
}

impl From<SourceError> for Failures {
    fn from(error: SourceError) -> Self {
        Self::of(error.message, error.help)
    }
}

impl From<ConfigErrors> for Failures {
    fn from(errors: ConfigErrors) -> Self {
        let ConfigErrors { name, faults } = errors;
        let failures = faults
            .into_iter()
            .map(|fault| Failure { message: format!("{name}:{}: {}", fault.line, fault.message), help: fault.help });
        Self(failures.collect())
    }
}

/// Standard error.
#[derive(Debug, Default)]
pub(super) struct Console {
    style: Style,
    detector: OnceCell<Detector>,
}

impl Console {
    pub(super) fn new(style: Style) -> Self {
        Self { style, detector: OnceCell::new() }
    }

    pub(super) fn failures(&self, failures: &Failures) {
        for Failure { message, help } in &failures.0 {
            self.say(&self.style.level(Level::Error, "error"), message);
            if let Some(help) = help {
                self.say(&self.style.strong("help"), help);
            }
        }
    }

    /// What failed and what to do about it, a sentence each, masked and harmless.
    pub(super) fn told(&self, failures: &Failures) -> Vec<String> {
        let told =
            failures.0.iter().flat_map(|Failure { message, help }| std::iter::once(message).chain(help.as_ref()));
        let harmless = |text: &String| self.masked(text.as_bytes()).lines().map(sanitize::name).collect::<Vec<_>>();
        told.map(|text| harmless(text).join("\n")).collect()
    }

    /// A problem whose path is as the reader has to type it.
    pub(super) fn problem(&self, problem: &Problem) {
        self.failures(&Failure::new(problem.to_string()).help(problem.help.clone()).into());
    }

    pub(super) fn note(&self, message: &str) {
        self.say(&self.style.level(Level::Note, "note"), message);
    }

    /// A usage error as clap words it, its head and colours included.
    pub(super) fn usage(&self, text: &str) {
        write(&String::from_utf8_lossy(&self.masked(text.as_bytes())));
    }

    /// A line of what `--verbose` tells.
    pub(super) fn detail(&self, name: &str, value: &str) {
        self.say(&self.style.strong(name), value);
    }

    fn say(&self, head: &str, message: &str) {
        let masked = self.masked(message.as_bytes());
        let lines: Vec<_> = masked.lines().map(sanitize::name).collect();
        write(&format!("{head}: {}\n", lines.join("\n")));
    }

    /// The text without keys.
    pub(super) fn masked(&self, text: &[u8]) -> Vec<u8> {
        let detector = self.detector.get_or_init(|| Detector::new(Arc::new(rule::builtin())));
        let mut masked = Vec::new();
        let mut at = 0;
        for candidate in detector.detect(text).candidates {
            let (start, end) = (candidate.span.start as usize, candidate.span.end as usize);
            if start >= at {
                masked.extend_from_slice(&text[at..start]);
                masked.extend_from_slice(b"[masked]");
                at = end;
            }
        }
        masked.extend_from_slice(&text[at..]);
        masked
    }
}

fn write(text: &str) {
    // There is nowhere left to say that standard error is closed; the exit code still tells.
    drop(io::stderr().write_all(text.as_bytes()));
}
