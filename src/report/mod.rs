//! What a scan says, and the formats it is said in. Formats render a complete, sorted report: they filter nothing.

mod format;
mod human;
mod json;
mod style;

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
    sync::Arc,
};

pub use format::{Format, UnknownFormat, View};
pub use style::Style;

use crate::{
    finding::{Finding, Secret, Suppressed},
    origin::{Problem, Skip},
    rule::RuleSet,
};

/// Writes all of a report. The only errors are those of `out`.
pub fn write(format: Format, report: &Report, view: &View, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Human => human::write(report, view, out),
        Format::Json | Format::Jsonl | Format::Sarif => json::write(report, out),
    }
}

/// Everything a scan has to say.
#[derive(Clone, Debug)]
pub struct Report {
    pub rules: Arc<RuleSet>,
    /// In order of [`Finding::sort_key`].
    pub findings: Vec<Finding>,
    pub suppressed: Vec<Suppressed>,
    pub skips: Vec<Skip>,
    /// Any of these makes the scan incomplete.
    pub problems: Vec<Problem>,
    pub unused_allows: Vec<UnusedAllow>,
    pub summary: Summary,
    /// Every value found or rejected: none of them is shown.
    pub masked: BTreeSet<Secret>,
    /// The configuration that ruled, as a path relative to the root of the scan; `None`: there was none.
    pub policy: Option<String>,
}

/// Numbers of a scan. No times: a report is the same on every run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Different fingerprints among the findings.
    pub secrets: u64,
    pub findings: u64,
    pub occurrences: u64,
    pub suppressed: u64,
    /// Files scanned, versions in the index included.
    pub files: u64,
    pub bytes: u64,
    /// By [`crate::origin::SkipReason::id`].
    pub skipped: BTreeMap<&'static str, u64>,
    /// By [`crate::detect::RejectionKind::id`], and `low-confidence`.
    pub rejected: BTreeMap<&'static str, u64>,
}

/// An `[[allow]]` entry that matched nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnusedAllow {
    /// From 0, in the order of the configuration.
    pub number: usize,
    /// 1-based line of the configuration.
    pub line: usize,
    pub reason: String,
}
