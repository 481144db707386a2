//! One finding, as rustc shows an error: where it is, the line with the key underlined, why it matters, what to do.

use std::io::{self, Write};

use super::{Page, advice, past, text};
use crate::{
    finding::{Confidence, Environment, Finding, GitState, Occurrence, Relation, Where},
    report::{place, sanitize},
};

/// How many other places of a value are listed unless all are asked for.
const PLACES: usize = 8;

/// Writes a frame and an empty line.
pub(super) fn write(
    page: &Page<'_>,
    finding: &Finding,
    said: &mut advice::Said,
    out: &mut dyn Write,
) -> io::Result<()> {
    let style = page.view.style;
    let first = finding.first();
    let title = page.title(finding);
    writeln!(out, "{}{}", page.head(finding.level, finding.rule), style.strong(&format!(": {title}")))?;
    match finding.location {
        location if location.is_text() => {
            let number = first.start.line.to_string();
            let margin = " ".repeat(number.len());
            writeln!(out, "{margin}{} {}", style.gutter("-->"), place(page, finding, first))?;
            writeln!(out, "{margin} {}", style.gutter("|"))?;
            let line = page.masker.line(finding, &first.excerpt);
            write_line(page, finding, &number, &[line.before, line.value, line.after], out)?;
        }
        location => {
            writeln!(out, " {} {}", style.gutter("-->"), place(page, finding, first))?;
            let what = if location == Where::Header { "the key is part of it" } else { "the key is part of the name" };
            page.note(digits(finding), "where", what, out)?;
        }
    }
    past::write(page, finding, digits(finding), out)?;
    for related in &first.related {
        let (title, what) = match related.relation {
            Relation::Use => ("sent", "as X-API-Key"),
            Relation::Name => ("name", "of the header defined"),
        };
        let text = format!("{what} at {}:{}", related.start.line, related.start.column);
        page.note(digits(finding), title, &text, out)?;
    }
    write_other_places(page, finding, out)?;
    advice::write(page, finding, said, out)?;
    writeln!(out)
}

/// Writes a line for each place of a finding, and how to allow it if that was not said yet.
pub(super) fn write_short(
    page: &Page<'_>,
    finding: &Finding,
    said: &mut advice::Said,
    out: &mut dyn Write,
) -> io::Result<()> {
    let redacted = shown_value(page, finding);
    let fingerprint = if finding.is_weak() { String::new() } else { format!(", {}", finding.fingerprint) };
    for occurrence in &finding.occurrences {
        let place = place(page, finding, occurrence);
        let (head, title) = (page.head(finding.level, finding.rule), page.title(finding));
        writeln!(out, "{head} {place}: {redacted}, {title}{fingerprint}")?;
    }
    advice::write_allow(page, finding, 1, said, out)
}

/// `path:line:column`; for a name only the path. What is not on disk is marked: whoever opens the file does not see it.
pub(super) fn place(page: &Page<'_>, finding: &Finding, occurrence: &Occurrence) -> String {
    let is_here = occurrence.git_state != Some(GitState::History);
    let path = match finding.file() {
        Some(path) if is_here => page.path(path),
        _ => place::subject(page.masker, finding, occurrence),
    };
    let mark = mark(finding, occurrence);
    if finding.location.is_text() {
        format!("{path}:{}:{}{mark}", occurrence.start.line, occurrence.start.column)
    } else {
        format!("{path}{mark}")
    }
}

/// How wide the line number of a frame is.
pub(super) fn digits(finding: &Finding) -> usize {
    if finding.location.is_text() { finding.first().start.line.to_string().len() } else { 1 }
}

fn mark(finding: &Finding, occurrence: &Occurrence) -> String {
    match occurrence.commit {
        _ if !occurrence.on_disk => " (in the index)".to_owned(),
        Some(commit) if finding.file().is_some() => format!(" (commit {})", commit.id.short()),
        _ => String::new(),
    }
}

/// What may be shown of the value.
pub(super) fn shown_value(page: &Page<'_>, finding: &Finding) -> String {
    let value = finding.secret.expose();
    if page.view.show_secrets { sanitize::name(value) } else { sanitize::name(page.masker.redacted(value).as_bytes()) }
}

/// The line, and below it the underline.
fn write_line(
    page: &Page<'_>,
    finding: &Finding,
    number: &str,
    line: &[Vec<u8>; 3],
    out: &mut dyn Write,
) -> io::Result<()> {
    let style = page.view.style;
    let margin = " ".repeat(number.len());
    let [before, value, after] = line;
    let after = after.strip_suffix(b"\r").unwrap_or(after);
    let columns = text::WIDTH.saturating_sub(number.len() + 3);
    let [before, value, after] =
        text::cut_around(&sanitize::code(before), &sanitize::code(value), &sanitize::code(after), columns);
    let line = format!("{before}{value}{after}");
    writeln!(out, "{} {}", style.gutter(&format!("{number} |")), line.trim_end())?;
    let confidence = match finding.confidence {
        Confidence::Low => "low confidence",
        Confidence::Medium => "medium confidence",
        Confidence::High => "high confidence",
    };
    let environment = match finding.environment {
        Environment::Live => "live, ",
        Environment::Sandbox => "sandbox, ",
        Environment::Unknown => "",
    };
    let indent = " ".repeat(sanitize::width(&before));
    let underline = "^".repeat(sanitize::width(&value).max(1));
    let label = format!("{environment}{confidence}");
    let room = columns.saturating_sub(indent.len() + underline.len() + 1);
    let gutter = format!("{margin} {}", style.gutter("|"));
    if label.len() <= room {
        writeln!(out, "{gutter} {indent}{}", style.level(finding.level, &format!("{underline} {label}")))
    } else {
        writeln!(out, "{gutter} {indent}{}", style.level(finding.level, &underline))?;
        let indent = " ".repeat(columns.saturating_sub(label.len()).min(indent.len()));
        writeln!(out, "{gutter} {indent}{}", style.level(finding.level, &label))
    }
}

fn write_other_places(page: &Page<'_>, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let others = &finding.occurrences[1..];
    if others.is_empty() {
        return Ok(());
    }
    let shown = if page.view.verbose { others.len() } else { others.len().min(PLACES) };
    let short = |occurrence: &Occurrence| {
        if finding.file().is_some() {
            format!("{}:{}{}", occurrence.start.line, occurrence.start.column, mark(finding, occurrence))
        } else {
            place(page, finding, occurrence)
        }
    };
    let mut places: Vec<_> = others[..shown].iter().map(short).collect();
    if shown < others.len() {
        let rest = text::count((others.len() - shown) as u64, "more place", "more places");
        places.push(format!("{rest} (-v lists all)"));
    }
    page.note(digits(finding), "also at", &places.join(", "), out)
}
