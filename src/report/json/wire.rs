//! What is written, field by field: a mirror of the JSON text, made from a report and never read.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    finding::{self, SuppressedBy, Where},
    inventory::{self, Inventory},
    origin,
    position::Position,
    report::{
        Report, added_kind_name, confidence_name, date, environment_name, git_state_name, level_name, redact::Masker,
        relation_message, severity_name, where_name,
    },
};

/// The version of this form; a new one would be a different form.
const SCHEMA_VERSION: u32 = 1;

/// A report of keyhound. It is the same on every run and number of threads: it holds no times.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[cfg_attr(test, schemars(deny_unknown_fields))]
pub(super) struct Document {
    pub(super) schema_version: u32,
    pub(super) tool: Tool,
    /// The configuration that ruled, relative to the root of the scan; null: there was none.
    pub(super) configuration: Option<String>,
    /// Whether everything could be scanned. Without findings, only a complete scan is a clean one.
    pub(super) complete: bool,
    pub(super) summary: Summary,
    /// In order of path and position.
    pub(super) findings: Vec<Finding>,
    /// Of an audit: the secrets, what to revoke first comes first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) secrets: Option<Vec<Leak>>,
    /// Findings that do not count.
    pub(super) suppressed: Vec<Suppressed>,
    /// What should have been scanned and could not be.
    pub(super) problems: Vec<Problem>,
    pub(super) unused_allows: Vec<UnusedAllow>,
    pub(super) unknown_rules: Vec<UnknownRule>,
    /// What the commits that were scanned say about themselves: entries of the configuration and comments that were not
    /// there before.
    pub(super) added_by_change: Vec<AddedByChange>,
}

/// A line of the `jsonl` format; the summary is the last.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) enum Line {
    Finding(Finding),
    Secret(Leak),
    Suppressed(Suppressed),
    Problem(Problem),
    UnusedAllow(UnusedAllow),
    UnknownRule(UnknownRule),
    AddedByChange(AddedByChange),
    Summary {
        schema_version: u32,
        tool: Tool,
        configuration: Option<String>,
        complete: bool,
        #[serde(flatten)]
        summary: Summary,
    },
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Tool {
    name: &'static str,
    version: &'static str,
}

/// Numbers of the scan.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Summary {
    /// Different values among the findings.
    secrets: u64,
    findings: u64,
    /// Places where they stand.
    occurrences: u64,
    suppressed: u64,
    /// Files scanned, versions in the index included.
    files: u64,
    /// Pieces of content scanned: those files and, where history is scanned, its objects.
    blobs: u64,
    bytes: u64,
    /// Commits looked at; a working tree has none.
    commits: u64,
    /// What was left out on purpose, by reason.
    skipped: BTreeMap<&'static str, u64>,
    /// Values that looked like keys and were judged to be none, by reason.
    rejected: BTreeMap<&'static str, u64>,
    problems: u64,
}

/// One value at one path.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Finding {
    /// The id of the rule.
    rule: String,
    /// `low`, `medium`, `high` or `critical`.
    severity: &'static str,
    /// `note`, `warning` or `error`: what it does to the exit code.
    level: &'static str,
    /// `low`, `medium` or `high`.
    confidence: &'static str,
    message: String,
    /// What to do about it.
    remedy: String,
    /// Who issued the key: an id such as `mediamagic`, or `unknown`.
    provider: String,
    /// What the key opens: `live`, `sandbox` or `unknown`.
    environment: &'static str,
    /// Relative to the root of the scan, with `/`; bytes that are no UTF-8 are replaced, values found are masked. Null
    /// where the text has no path.
    path: Option<String>,
    /// In what kind of text the value stands: `file` (the content of a file), `path` (its name), `commit-message`,
    /// `tag-message`, `header` (the author or another header of a commit or tag), `note` (of a commit), `ref` (the name
    /// of a reference).
    r#where: &'static str,
    /// `tracked` (the index has the file as the last commit has it), `staged` (it has another version, to be committed),
    /// `untracked`, `ignored`, `history` (only commits and other objects have it); null outside a repository.
    git_state: Option<&'static str>,
    /// The object of git that it stands in, where that has no path: a message's commit or tag, or a blob.
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<String>,
    /// The name of the reference that it stands in.
    #[serde(skip_serializing_if = "Option::is_none")]
    r#ref: Option<String>,
    /// Where commits were scanned: the first that has the value at this path.
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<Commit>,
    /// Where commits were scanned: what else they know.
    #[serde(skip_serializing_if = "Option::is_none")]
    past: Option<Past>,
    /// Of the first place.
    start: Place,
    /// Of the first place; exclusive.
    end: Place,
    /// What may be shown of the value.
    redacted: String,
    /// The value itself, only with `--show-secrets`; bytes that are no UTF-8 are replaced.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    /// `kh1:` and 32 hexadecimal digits: the same for this value everywhere. Null for a value that could be guessed from
    /// it: one of fewer than 20 characters, or of fewer than 8 different ones.
    fingerprint: Option<String>,
    /// Other places that belong to the first place, such as a use of the value's name.
    related: Vec<Related>,
    /// Every place, the first included.
    occurrences: Vec<Occurrence>,
}

/// A place that belongs to a finding.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Related {
    message: String,
    start: Place,
    end: Place,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Occurrence {
    start: Place,
    end: Place,
    git_state: Option<&'static str>,
    /// The object of git that it stands in, where that has no path.
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<String>,
    /// Where commits were scanned: the first commit of the newest version that has it here.
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<Commit>,
}

/// A commit.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Commit {
    /// Its object id, whole.
    id: String,
    /// When its author wrote it: RFC 3339, in UTC.
    author_date: String,
}

/// A secret, wherever it stands.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Leak {
    /// Positions in `findings`: what is there now first.
    findings: Vec<usize>,
    /// The level of the worst of them.
    level: &'static str,
    redacted: String,
    fingerprint: Option<String>,
    environment: &'static str,
    provider: String,
    /// What to do about it.
    remedy: String,
    /// Whether it is in the working tree, the index, HEAD or the name of a reference.
    now: bool,
    /// The first commit that has it anywhere.
    first: Option<Commit>,
    /// The last one.
    last: Option<Commit>,
    /// Full names of the references from which a commit with it can be reached.
    refs: Vec<String>,
}

/// What commits know of a value at a path.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Past {
    /// The last commit that has it there; null: no commit has, as of what only a tag is of.
    last: Option<Commit>,
    /// Whether HEAD, or the end of the range that was scanned, still has it there.
    in_tip: bool,
    /// No reference, stash or reflog leads to it: only this clone has it.
    local_only: bool,
    /// Full names of the references from which a commit with it can be reached.
    refs: Vec<String>,
}

/// A place in decoded text, counted from 1. Columns count Unicode scalar values; an invalid byte counts one.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Place {
    line: u64,
    column: u64,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Suppressed {
    #[serde(flatten)]
    finding: Finding,
    /// `allow` for an entry of the configuration; for a comment its directive, such as `keyhound:allow`.
    by: &'static str,
    /// The number of the `[[allow]]` entry, from 1; null for a comment.
    allow: Option<u64>,
    /// As given by the entry or comment; may be empty.
    reason: String,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct Problem {
    path: String,
    message: String,
    help: String,
}

/// An `[[allow]]` entry that matched nothing.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct UnusedAllow {
    /// From 1, in the order of the configuration.
    allow: u64,
    /// Its line in the configuration.
    line: u64,
    reason: String,
}

/// A comment beside a finding that names a rule that does not exist, and allows nothing by that.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct UnknownRule {
    path: String,
    line: u64,
}

impl Document {
    pub(super) fn new(report: &Report, masker: &Masker<'_>, show_secrets: bool) -> Self {
        let text = |text: &[u8]| masker.text(text);
        let wire = Wire { report, masker, show_secrets };
        let summary = &report.summary;
        Self {
            schema_version: SCHEMA_VERSION,
            tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
            configuration: report.policy.as_ref().map(|policy| text(policy.as_bytes())),
            complete: report.problems.is_empty(),
            summary: Summary {
                secrets: summary.secrets,
                findings: summary.findings,
                occurrences: summary.occurrences,
                suppressed: summary.suppressed,
                files: summary.files,
                blobs: summary.blobs,
                bytes: summary.bytes,
                commits: summary.commits,
                skipped: summary.skipped.clone(),
                rejected: summary.rejected.clone(),
                problems: report.problems.len() as u64,
            },
            findings: report.findings.iter().map(|finding| wire.finding(finding)).collect(),
            secrets: report.by_secret.then(|| wire.leaks()),
            suppressed: report.suppressed.iter().map(|suppressed| wire.suppressed(suppressed)).collect(),
            problems: report.problems.iter().map(|problem| wire.problem(problem)).collect(),
            unused_allows: report
                .unused_allows
                .iter()
                .map(|unused| UnusedAllow {
                    allow: unused.number as u64 + 1,
                    line: unused.line as u64,
                    reason: text(unused.reason.as_bytes()),
                })
                .collect(),
            unknown_rules: report
                .unknown_rules
                .iter()
                .map(|unknown| UnknownRule { path: text(&unknown.path), line: unknown.line })
                .collect(),
            added_by_change: report
                .added
                .iter()
                .map(|added| AddedByChange {
                    kind: added_kind_name(added.kind),
                    path: text(&added.path),
                    line: added.line,
                    text: text(&added.text),
                    counts: added.counts,
                })
                .collect(),
        }
    }
}

/// Part of the configuration, or a comment beside a value, that was not there before.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct AddedByChange {
    /// `allow`, `exclude`, `rule`, `setting` or `comment`.
    kind: &'static str,
    path: String,
    /// Of a comment that of the value it is about.
    line: Option<u64>,
    /// What it is about, and the reason it gives.
    text: String,
    /// Whether it is heeded.
    counts: bool,
}

/// What turning a part of a report into its written form takes.
struct Wire<'r> {
    report: &'r Report,
    masker: &'r Masker<'r>,
    show_secrets: bool,
}

impl Wire<'_> {
    fn finding(&self, finding: &finding::Finding) -> Finding {
        let rules = &self.report.rules;
        let rule = rules.rule(finding.rule);
        let provider = finding.provider.map(|provider| rules.provider(provider));
        let value = finding.secret.expose();
        let first = finding.first();
        Finding {
            rule: self.masker.text_of_rule(finding.rule, &rule.id),
            severity: severity_name(finding.severity),
            level: level_name(finding.level),
            confidence: confidence_name(finding.confidence),
            message: self.masker.text_of_rule(finding.rule, &self.report.message(finding)),
            remedy: self.masker.text_of_rule(finding.rule, rules.remedy(finding.rule, finding.provider)),
            provider: provider.map_or("unknown", |provider| &provider.id).to_owned(),
            environment: environment_name(finding.environment),
            path: finding.file().map(|path| self.masker.text(path)),
            r#where: where_name(finding.location),
            git_state: finding.git_state.map(git_state_name),
            object: first.object.map(|object| object.to_string()),
            r#ref: (finding.location == Where::Ref).then(|| self.masker.text(&finding.path)),
            commit: finding.past.as_ref().and_then(finding::Past::first).map(commit),
            past: finding.past.as_ref().map(|past| self.past(past)),
            start: place(first.start),
            end: place(first.end),
            redacted: self.masker.redacted(value),
            secret: self.show_secrets.then(|| String::from_utf8_lossy(value).into_owned()),
            fingerprint: (!finding.is_weak()).then(|| finding.fingerprint.to_string()),
            related: first.related.iter().map(related).collect(),
            occurrences: finding
                .occurrences
                .iter()
                .map(|occurrence| Occurrence {
                    start: place(occurrence.start),
                    end: place(occurrence.end),
                    git_state: occurrence.git_state.map(git_state_name),
                    object: occurrence.object.map(|object| object.to_string()),
                    commit: occurrence.commit.as_ref().map(commit),
                })
                .collect(),
        }
    }

    fn leaks(&self) -> Vec<Leak> {
        let findings = &self.report.findings;
        let positions: BTreeMap<_, _> =
            findings.iter().enumerate().map(|(at, finding)| (finding.sort_key(), at)).collect();
        let leak = |leak: inventory::Leak<'_>| {
            let finding = self.finding(leak.first());
            Leak {
                findings: leak.findings.iter().map(|finding| positions[&finding.sort_key()]).collect(),
                level: level_name(leak.level()),
                redacted: finding.redacted,
                fingerprint: finding.fingerprint,
                environment: finding.environment,
                provider: finding.provider,
                remedy: finding.remedy,
                now: leak.now().next().is_some(),
                first: leak.past.as_ref().and_then(finding::Past::first).map(commit),
                last: leak.past.as_ref().and_then(finding::Past::last).map(commit),
                refs: leak.refs().into_iter().map(|name| self.masker.text(name)).collect(),
            }
        };
        Inventory::of(findings).secrets.into_iter().map(leak).collect()
    }

    fn past(&self, past: &finding::Past) -> Past {
        Past {
            last: past.last().map(commit),
            in_tip: past.in_tip,
            local_only: past.local_only,
            refs: past.refs.iter().map(|name| self.masker.text(name)).collect(),
        }
    }

    fn suppressed(&self, suppressed: &finding::Suppressed) -> Suppressed {
        let (by, allow) = match suppressed.by {
            SuppressedBy::Allow(number) => ("allow", Some(number as u64 + 1)),
            SuppressedBy::Inline(directive) => (directive, None),
        };
        let reason = self.masker.text(suppressed.reason.as_bytes());
        Suppressed { finding: self.finding(&suppressed.finding), by, allow, reason }
    }

    fn problem(&self, problem: &origin::Problem) -> Problem {
        Problem {
            path: self.masker.text(&problem.path),
            message: self.masker.text(problem.message.as_bytes()),
            help: self.masker.text(problem.help.as_bytes()),
        }
    }
}

fn related(related: &finding::Related) -> Related {
    let message = relation_message(related.relation).to_owned();
    Related { message, start: place(related.start), end: place(related.end) }
}

fn commit(commit: &finding::Commit) -> Commit {
    Commit { id: commit.id.to_string(), author_date: date(commit.author_date, "%Y-%m-%dT%H:%M:%SZ") }
}

fn place(position: Position) -> Place {
    Place { line: position.line, column: position.column }
}
