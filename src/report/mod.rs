//! What a scan says, and the formats it is said in. Formats render a complete, sorted report: they filter nothing.

mod format;
mod github;
mod human;
mod json;
pub mod line_hash;
mod markdown;
mod place;
mod redact;
pub(crate) mod sanitize;
mod sarif;
mod style;
mod viewpoint;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    io::{self, Write},
    sync::Arc,
};

pub use format::{Allowing, Format, Hook, UnknownFormat, View};
pub use github::failure;
use redact::Masker;
pub use style::Style;
pub use viewpoint::Viewpoint;

use bstr::BString;

use crate::{
    finding::{Confidence, Environment, Finding, GitState, Level, Relation, Secret, Severity, Suppressed, Where},
    origin::{Problem, Skip, SkipReason},
    rule::RuleSet,
    trace::Trace,
};

/// Writes a report, in as many formats as are wanted; what must not be shown is gathered once.
pub struct Renderer<'r> {
    report: &'r Report,
    masker: Masker<'r>,
}

impl<'r> Renderer<'r> {
    /// Gathers what must not be shown: this takes time in proportion to the values of the report.
    pub fn new(report: &'r Report) -> Self {
        Self { report, masker: Masker::new(report) }
    }

    /// Writes all of the report. The only errors are those of `out`.
    pub fn write(&self, format: Format, view: &View, out: &mut dyn Write) -> io::Result<()> {
        let report = self.report;
        let masker = if view.show_secrets { &Masker::revealing(report) } else { &self.masker };
        match format {
            Format::Human => human::write(report, masker, view, out),
            Format::Json => json::write(report, masker, view, out),
            Format::Jsonl => json::write_lines(report, masker, view, out),
            Format::Sarif => sarif::write(report, &self.masker, out),
            Format::Github => github::write(report, &self.masker, out),
            Format::Markdown => markdown::write(report, &self.masker, out),
        }
    }

    /// Writes what a hook says, in at most 20 lines of 80 columns; nothing if there is nothing to say.
    pub fn hook(&self, hook: Hook, view: &View, out: &mut dyn Write) -> io::Result<()> {
        human::hook(self.report, hook, &self.masker, view, out)
    }

    /// Writes what was made of one line. The only errors are those of `out`.
    pub fn explain(&self, explanation: &Explanation<'_>, view: &View, out: &mut dyn Write) -> io::Result<()> {
        human::explain(self.report, explanation, &self.masker, view, out)
    }

    /// How many places or findings a format does not show, because whoever reads it would reject them: the least urgent.
    pub fn left_out(&self, format: Format) -> usize {
        match format {
            Format::Sarif => sarif::left_out(self.report),
            Format::Github => github::left_out(self.report),
            Format::Markdown => markdown::left_out(self.report, &self.masker),
            Format::Human | Format::Json | Format::Jsonl => 0,
        }
    }

    /// A text from the scan with everything masked that no report shows; it may still hold characters that are
    /// dangerous to show.
    pub fn masked(&self, text: &[u8]) -> Vec<u8> {
        self.masker.mask(text).into_owned()
    }
}

/// What there is to say about one line of a file.
#[derive(Clone, Copy, Debug)]
pub struct Explanation<'t> {
    /// Relative to the root of the scan.
    pub path: &'t BString,
    /// `None`: the content was not looked at.
    pub trace: Option<&'t Trace>,
    /// Why a scan leaves the file out.
    pub skipped: Option<SkipReason>,
    /// What is less sure is not reported.
    pub min_confidence: Confidence,
}

/// What a change says about itself: part of the configuration, or a comment beside a value, that was not there before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AddedByChange {
    pub kind: AddedKind,
    /// The file, relative to the root of the scan.
    pub path: BString,
    /// 1-based; of a comment that of the value it is about.
    pub line: Option<u64>,
    /// What it is about, and the reason it gives.
    pub text: BString,
    /// Whether it is heeded.
    pub counts: bool,
}

/// What can be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AddedKind {
    /// An `[[allow]]` entry.
    Allow,
    /// An entry of `[scan] exclude`.
    Exclude,
    /// A `[[rule]]`.
    Rule,
    /// A comment such as `keyhound:allow`.
    Comment,
    /// Anything else in the configuration.
    Setting,
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
    /// In order, each once.
    pub unknown_rules: Vec<UnknownRule>,
    /// In order, each once.
    pub added: Vec<AddedByChange>,
    pub summary: Summary,
    /// Every value found or rejected: none of them is shown.
    pub masked: BTreeSet<Secret>,
    /// What is told is told secret by secret.
    pub by_secret: bool,
    /// The configuration that ruled, as a path relative to the root of the scan; `None`: there was none.
    pub policy: Option<String>,
    /// What was there before a change judges it: nothing that the change itself allows counts.
    pub is_judged_by_base: bool,
}

impl Report {
    /// One report of two scans by the same rules.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        let Self { findings, suppressed, skips, problems, unused_allows, unknown_rules, summary, masked, .. } = other;
        self.findings.extend(findings);
        self.findings.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
        self.suppressed.extend(suppressed);
        self.suppressed.sort_by(|a, b| a.finding.sort_key().cmp(&b.finding.sort_key()));
        self.skips.extend(skips);
        self.skips.sort();
        self.problems.extend(problems);
        self.problems.sort();
        self.problems.dedup();
        self.unused_allows.extend(unused_allows);
        self.unknown_rules.extend(unknown_rules);
        self.unknown_rules.sort();
        self.unknown_rules.dedup();
        self.masked.extend(masked);
        self.summary.add(summary);
        let secrets: BTreeSet<_> = self.findings.iter().map(|finding| &finding.fingerprint).collect();
        self.summary.secrets = secrets.len() as u64;
        self
    }

    /// What a finding is, in a sentence without its end: `Live API key of Stripe`.
    fn message(&self, finding: &Finding) -> String {
        let name = &self.rules.rule(finding.rule).name;
        match finding.provider {
            Some(provider) => format!("{name} of {}", self.rules.provider(provider).name),
            None => name.clone(),
        }
    }
}

/// Numbers of a scan. No times: a report is the same on every run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Different fingerprints among the findings.
    pub secrets: u64,
    pub findings: u64,
    pub occurrences: u64,
    pub suppressed: u64,
    /// Files scanned, versions of files, and standard input.
    pub files: u64,
    /// Pieces of content scanned: files, versions in the index that differ from them, objects of a history.
    pub blobs: u64,
    pub bytes: u64,
    /// Commits whose messages were scanned.
    pub commits: u64,
    /// By [`crate::origin::SkipReason::id`].
    pub skipped: BTreeMap<&'static str, u64>,
    /// By [`crate::detect::RejectionKind::id`], and `low-confidence`.
    pub rejected: BTreeMap<&'static str, u64>,
}

impl Summary {
    /// Counts what another scan looked at, too; what both have of the same secrets is not known here.
    fn add(&mut self, other: Self) {
        let Self { secrets: _, findings, occurrences, suppressed, files, blobs, bytes, commits, skipped, rejected } =
            other;
        self.findings += findings;
        self.occurrences += occurrences;
        self.suppressed += suppressed;
        self.files += files;
        self.blobs += blobs;
        self.bytes += bytes;
        self.commits += commits;
        for (reason, number) in skipped {
            *self.skipped.entry(reason).or_default() += number;
        }
        for (kind, number) in rejected {
            *self.rejected.entry(kind).or_default() += number;
        }
    }

    /// Whether nothing was looked at.
    pub fn is_empty(&self) -> bool {
        self.files == 0 && self.blobs == 0 && self.commits == 0
    }
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

/// A comment beside a finding that names a rule that does not exist, and allows nothing by that.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnknownRule {
    /// Relative to the root of the scan.
    pub path: BString,
    /// 1-based line of the comment.
    pub line: u64,
}

/// JSON text in which nothing hides and nothing gives orders to a terminal or a runner; it means the same as before.
fn harmless_json(json: &str) -> String {
    use std::fmt::Write as _;
    let mut harmless = String::with_capacity(json.len());
    let mut units = [0; 2];
    let mut chars = json.chars().peekable();
    while let Some(c) = chars.next() {
        let is_order = c == '#' && harmless.ends_with('#') && chars.peek() == Some(&'[');
        // What replaces a character can only stand in a string: outside of strings there are none of these.
        if is_order || (sanitize::is_hidden(c) && c != '\n') {
            for unit in c.encode_utf16(&mut units) {
                write!(harmless, "\\u{unit:04x}").expect("invariant: a string takes what is written to it");
            }
        } else {
            harmless.push(c);
        }
    }
    harmless
}

/// As it is told in one line; it may hold characters that are dangerous to show.
impl fmt::Display for AddedByChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {} {}", added_kind_name(self.kind), self.text)
    }
}

// The words of every format: part of the contract.

fn added_kind_name(kind: AddedKind) -> &'static str {
    match kind {
        AddedKind::Allow => "allow",
        AddedKind::Exclude => "exclude",
        AddedKind::Rule => "rule",
        AddedKind::Comment => "comment",
        AddedKind::Setting => "setting",
    }
}

pub(crate) fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::Note => "note",
        Level::Warning => "warning",
        Level::Error => "error",
    }
}

fn confidence_name(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    }
}

pub(crate) fn environment_name(environment: Environment) -> &'static str {
    match environment {
        Environment::Live => "live",
        Environment::Sandbox => "sandbox",
        Environment::Unknown => "unknown",
    }
}

fn git_state_name(state: GitState) -> &'static str {
    match state {
        GitState::Tracked => "tracked",
        GitState::Staged => "staged",
        GitState::Untracked => "untracked",
        GitState::Ignored => "ignored",
        GitState::History => "history",
    }
}

fn where_name(location: Where) -> &'static str {
    match location {
        Where::File => "file",
        Where::Path => "path",
        Where::CommitMessage => "commit-message",
        Where::TagMessage => "tag-message",
        Where::Header => "header",
        Where::Note => "note",
        Where::Ref => "ref",
    }
}

/// A time in seconds since 1970, in UTC; a time that no calendar has as its number.
fn date(seconds: i64, format: &str) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |time| time.strftime(format).to_string())
}

/// What a place has to do with a value, as a reader sees it from there.
fn relation_message(relation: Relation) -> &'static str {
    match relation {
        Relation::Use => "the value is sent in the X-API-Key header here",
        Relation::Name => "the header's name beside the value is defined here",
    }
}

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
