//! The end of the page: what was found, what was looked at, and what was not. An incomplete scan is never called clean.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use super::{Page, frame, text};
use crate::{
    finding::{Level, Suppressed, SuppressedBy},
    origin::SkipReason,
    report::{Report, Style},
};

/// How many places of one kind are named unless all are asked for.
const NAMED: usize = 5;

/// Writes the summary.
pub(super) fn write(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}", verdict(page.report, page.view.style))?;
    let report = page.report;
    let mut item = |title: &str, text: &str| -> io::Result<()> {
        let mut lines = text::wrapped(&format!("{title}: {text}"), text::WIDTH - 4).into_iter();
        let first = lines.next().unwrap_or_default();
        writeln!(out, "  {first}")?;
        lines.try_for_each(|line| writeln!(out, "    {line}"))
    };
    if !report.problems.is_empty() {
        let places = text::count(report.problems.len() as u64, "place", "places");
        item("incomplete", &format!("{places} could not be scanned, see above; what is there is not known"))?;
    }
    item("scanned", &scanned(page))?;
    if let Some(skipped) = skipped(page) {
        item("skipped", &skipped)?;
    }
    for (reason, paths) in named_skips(page) {
        item(reason, &paths)?;
    }
    if let Some(rejected) = rejected(page) {
        item("not reported", &rejected)?;
    }
    for (count, by) in suppressed_by(page) {
        item("suppressed", &format!("{count} {by}"))?;
    }
    if let Some(hidden) = hidden(page) {
        item("hidden by the repository's own settings", &hidden)?;
    }
    for suppressed in report.suppressed.iter().filter(|suppressed| suppressed.finding.is_certain_live_key()) {
        item("suppressed live key", &cause_and_place(page, suppressed))?;
    }
    for unused in &report.unused_allows {
        let reason = page.text(unused.reason.as_bytes());
        let text = format!("{}:{}: matched nothing; remove it ({reason})", page.policy(), unused.line);
        item("unused [[allow]]", &text)?;
    }
    if !report.unknown_rules.is_empty() {
        let places =
            report.unknown_rules.iter().map(|unknown| format!("{}:{}", page.path(&unknown.path), unknown.line));
        let places = shortened(page, places.collect());
        let text = format!("{places}: the comment allows nothing by that; `keyhound rules list` lists all rules");
        item("comment names no rule", &text)?;
    }
    for added in &report.added {
        let counts = if added.counts { "it counts" } else { "it does not count: the base decides" };
        item("added by this change", &format!("{}; {counts}", page.text(added.to_string().as_bytes())))?;
    }
    match &report.policy {
        Some(_) => item("configuration", &page.policy()),
        None => item("configuration", "none; built-in rules"),
    }
}

/// The first line: what a reader needs who reads no further.
pub(in crate::report) fn verdict(report: &Report, style: Style) -> String {
    let Report { summary, findings, .. } = report;
    if let Some(level) = findings.iter().map(|finding| finding.level).max() {
        let secrets = text::count(summary.secrets, "secret", "secrets");
        let places = text::count(summary.occurrences, "place", "places");
        let levels = [
            (Level::Error, "error", "errors"),
            (Level::Warning, "warning", "warnings"),
            (Level::Note, "note", "notes"),
        ];
        let levels = levels.iter().filter_map(|(level, one, many)| {
            let number = findings.iter().filter(|finding| finding.level == *level).count() as u64;
            (number > 0).then(|| text::count(number, one, many))
        });
        let levels: Vec<_> = levels.collect();
        let found = style.level(level, &format!("found {secrets} at {places}"));
        return format!("{found} ({})", levels.join(", "));
    }
    if !report.problems.is_empty() {
        return style.level(Level::Error, "not clean: the scan is incomplete, and found nothing in what it could read");
    }
    if summary.is_empty() {
        return style.level(Level::Note, "nothing to scan: 0 files");
    }
    match summary.suppressed {
        0 => style.good("no keys found"),
        number => style.good(&format!("no keys found that count; {} suppressed", text::count(number, "is", "are"))),
    }
}

fn scanned(page: &Page<'_>) -> String {
    let summary = &page.report.summary;
    let parts = [
        (summary.commits, "commit", "commits"),
        (summary.files, "file", "files"),
        (if summary.files == 0 { summary.blobs } else { 0 }, "object", "objects"),
    ];
    let counted = parts.into_iter().filter(|(number, ..)| *number > 0);
    let mut parts: Vec<_> = counted.map(|(number, one, many)| text::count(number, one, many)).collect();
    if parts.is_empty() {
        parts.push(text::count(0, "file", "files"));
    }
    format!("{}, {}", parts.join(", "), text::bytes(summary.bytes))
}

fn skipped(page: &Page<'_>) -> Option<String> {
    let counts: Vec<_> = page
        .report
        .summary
        .skipped
        .iter()
        .map(|(reason, number)| format!("{number} {reason}{}", flag(reason)))
        .collect();
    (!counts.is_empty()).then(|| counts.join(", "))
}

/// What scans what was skipped for a reason.
fn flag(reason: &str) -> &'static str {
    let inside = [SkipReason::NestedRepository, SkipReason::Submodule].map(SkipReason::id);
    if inside.contains(&reason) { " (--recurse-submodules scans these)" } else { "" }
}

/// Skips by place: repositories inside this one always, everything if asked.
fn named_skips(page: &Page<'_>) -> BTreeMap<&'static str, String> {
    use SkipReason::{NestedRepository, Submodule};
    let mut named: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for skip in &page.report.skips {
        if page.view.verbose || matches!(skip.reason, NestedRepository | Submodule) {
            named.entry(skip.reason.id()).or_default().push(page.path(&skip.path));
        }
    }
    named.into_iter().map(|(reason, paths)| (reason, shortened(page, paths))).collect()
}

/// The first few of these places, or all if asked.
fn shortened(page: &Page<'_>, mut places: Vec<String>) -> String {
    let more = places.len().saturating_sub(NAMED);
    if more > 0 && !page.view.verbose {
        places.truncate(NAMED);
        places.push(format!("{} (-v lists all)", text::count(more as u64, "more", "more")));
    }
    places.join(", ")
}

/// What whoever wrote the repository chose not to show whoever audits it.
fn hidden(page: &Page<'_>) -> Option<String> {
    let summary = &page.report.summary;
    let excluded = summary.skipped.get(SkipReason::Excluded.id()).copied().unwrap_or_default();
    if !page.report.by_secret || summary.suppressed + excluded == 0 {
        return None;
    }
    let findings = text::count(summary.suppressed, "finding", "findings");
    let paths = text::count(excluded, "excluded path", "excluded paths");
    Some(format!("{findings}, {paths}; --no-config and --no-inline show them"))
}

/// Values that looked like keys and were judged to be none, by reason.
fn rejected(page: &Page<'_>) -> Option<String> {
    const LOW: &str = "low-confidence";
    let shown = page.report.summary.rejected.iter().map(|(kind, number)| {
        let hint = if *kind == LOW { " (--min-confidence low shows them)" } else { "" };
        format!("{number} {kind}{hint}")
    });
    let shown: Vec<_> = shown.collect();
    (!shown.is_empty()).then(|| shown.join(", "))
}

fn suppressed_by(page: &Page<'_>) -> Vec<(u64, String)> {
    let mut counts: BTreeMap<&SuppressedBy, u64> = BTreeMap::new();
    for suppressed in &page.report.suppressed {
        *counts.entry(&suppressed.by).or_default() += 1;
    }
    counts.into_iter().map(|(by, count)| (count, cause(page, by))).collect()
}

pub(super) fn cause(page: &Page<'_>, by: &SuppressedBy) -> String {
    match by {
        SuppressedBy::Allow(number) => format!("by [[allow]] entry {} of {}", number + 1, page.policy()),
        SuppressedBy::Inline(directive) => format!("by the comment {directive}"),
    }
}

fn cause_and_place(page: &Page<'_>, suppressed: &Suppressed) -> String {
    let reason = page.text(suppressed.reason.as_bytes());
    let reason = if reason.is_empty() { "no reason given".to_owned() } else { reason };
    let finding = &suppressed.finding;
    let places: Vec<_> = finding.occurrences.iter().map(|occurrence| frame::place(page, finding, occurrence)).collect();
    format!("{} {} ({reason})", places.join(", "), cause(page, &suppressed.by))
}
