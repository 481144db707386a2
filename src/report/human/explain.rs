//! Why a line is reported, or why it is not: what was looked at there, what it led to and what decided.

use std::{
    borrow::Cow,
    io::{self, Write},
    ops::Range,
};

use super::{Page, summary, text};
use crate::{
    finding::{Finding, GitState, Level, Related, Relation, Where},
    origin::SkipReason,
    report::{Explanation, Report, View, confidence_name, level_name, redact::Masker, sanitize},
    rule::Matcher,
    trace::{Sighting, Trace, Value, Verdict},
};

/// The width of the titles on the left, in columns.
const TITLES: usize = 14;

/// Writes the explanation.
pub(in crate::report) fn explain(
    report: &Report,
    explanation: &Explanation<'_>,
    masker: &Masker<'_>,
    view: &View,
    out: &mut dyn Write,
) -> io::Result<()> {
    let page = Page { report, view, masker };
    let Some(trace) = explanation.trace else {
        writeln!(out, "{}", view.style.strong(&page.path(explanation.path)))?;
        return explanation.skipped.map_or(Ok(()), |reason| write_skip(&page, reason, false, out));
    };
    let line = trace.question.line;
    let column = trace.question.column.map_or(String::new(), |column| format!(":{column}"));
    writeln!(out, "{}", view.style.strong(&format!("{}:{line}{column}", page.path(explanation.path))))?;
    write_line(&page, trace, out)?;
    if let Some(reason) = explanation.skipped {
        write_skip(&page, reason, true, out)?;
    }
    for value in &trace.values {
        writeln!(out)?;
        write_value(&page, explanation, trace, value, out)?;
    }
    // What is a part of a value is explained with it.
    let is_in_value = |Sighting { span, .. }: &Sighting| {
        let holds = |value: &Range<u64>| value.start <= span.start && span.end <= value.end && value != span;
        trace.values.iter().any(|value| holds(&value.span))
    };
    let silent = |sighting: &&Sighting| sighting.led_to.is_empty() && !is_in_value(sighting);
    for sighting in trace.sightings.iter().filter(silent) {
        writeln!(out)?;
        let name = view.style.strong(&sighted(&page, sighting));
        writeln!(out, "{name} ({})", page.of_rule(sighting.rule, &report.rules.rule(sighting.rule).id))?;
        item(&page, (Mark::Plain, "no value"), sighting.silence, out)?;
    }
    if trace.values.is_empty() && trace.sightings.is_empty() {
        writeln!(out)?;
        write_nothing(&page, trace, out)?;
    }
    if trace.left_out > 0 {
        writeln!(out)?;
        let more = text::count(trace.left_out, "more name or prefix stands", "more names and prefixes stand");
        item(
            &page,
            (Mark::Plain, "not shown"),
            &format!("{more} on this line: name a column, `FILE:LINE:COLUMN`"),
            out,
        )?;
    }
    Ok(())
}

/// How a title is coloured.
#[derive(Clone, Copy)]
enum Mark {
    Plain,
    Level(Level),
    Good,
}

/// A title and what belongs to it, wrapped.
fn item(page: &Page<'_>, (mark, title): (Mark, &str), said: &str, out: &mut dyn Write) -> io::Result<()> {
    let style = page.view.style;
    let padded = format!("{title:TITLES$}");
    let title = match mark {
        Mark::Plain => padded,
        Mark::Level(level) => style.level(level, &padded),
        Mark::Good => style.good(&padded),
    };
    let mut lines = text::wrapped(said, text::WIDTH - TITLES - 2).into_iter();
    writeln!(out, "  {title}{}", lines.next().unwrap_or_default())?;
    lines.try_for_each(|line| writeln!(out, "  {:TITLES$}{line}", ""))
}

/// The line itself, once, with its first value in sight.
fn write_line(page: &Page<'_>, trace: &Trace, out: &mut dyn Write) -> io::Result<()> {
    let text = &*trace.text;
    let number = trace.question.line.to_string();
    if text.contains(&0) {
        return writeln!(out, "{} [binary data]", page.view.style.gutter(&format!("{number} |")));
    }
    let end = trace.base + text.len() as u64;
    let part = |span: &Range<u64>| -> Range<usize> {
        let offset = |at: u64| (at.clamp(trace.base, end) - trace.base) as usize;
        offset(span.start)..offset(span.end)
    };
    let masks = trace.masked.iter().map(|(span, secret)| page.masker.mask_of(part(span), secret));
    let masks: Vec<_> = masks.collect();
    let first = trace.values.iter().find(|value| !part(&value.span).is_empty());
    let [before, value, after] = match first {
        Some(value) => {
            let span = part(&value.span);
            let own =
                if value.is_plain { page.masker.plain(span, text) } else { page.masker.mask_of(span, &value.secret) };
            let line = page.masker.around(text, &(0..text.len()), own, masks);
            [line.before, line.value, line.after]
        }
        None => [Vec::new(), Vec::new(), page.masker.below(text, masks)],
    };
    let after = after.strip_suffix(b"\r").unwrap_or(&after);
    let columns = text::WIDTH.saturating_sub(number.len() + 3);
    let line =
        text::cut_around(&sanitize::code(&before), &sanitize::code(&value), &sanitize::code(after), columns).concat();
    writeln!(out, "{}", format!("{} {line}", page.view.style.gutter(&format!("{number} |"))).trim_end())
}

fn write_skip(page: &Page<'_>, reason: SkipReason, is_explained: bool, out: &mut dyn Write) -> io::Result<()> {
    let mut said = match reason {
        SkipReason::Excluded => format!("`[scan] exclude` of {} leaves the file out", page.policy()),
        SkipReason::Ignored => "git ignores the file".to_owned(),
        SkipReason::Submodule | SkipReason::NestedRepository => "the file is in a repository of its own".to_owned(),
        SkipReason::Deleted => "the file is gone".to_owned(),
        SkipReason::Special => "it is neither a file nor a directory".to_owned(),
        SkipReason::LfsPointer => "the file is a pointer of git LFS: its content is elsewhere".to_owned(),
    };
    if is_explained {
        said.push_str(": no scan reads it");
    }
    item(page, (Mark::Good, "not scanned"), &said, out)
}

fn write_value(
    page: &Page<'_>,
    explanation: &Explanation<'_>,
    trace: &Trace,
    value: &Value,
    out: &mut dyn Write,
) -> io::Result<()> {
    let secret = value.secret.expose();
    let shown =
        if value.is_plain { page.text(secret) } else { sanitize::name(page.masker.redacted(secret).as_bytes()) };
    let [_, shown, _] = text::cut_around("", &shown, "", text::WIDTH / 2);
    let place = format!("{}:{}", value.start.line, value.start.column);
    writeln!(out, "{}", page.view.style.strong(&format!("{shown} at {place}")))?;
    let rule = page.of_rule(value.rule, &page.report.rules.rule(value.rule).id);
    let (title, said, evidence) = verdict(page, explanation, value, &rule);
    item(page, title, &said, out)?;
    let led_here =
        |sighting: &&Sighting| sighting.led_to.iter().any(|(rule, span)| *rule == value.rule && *span == value.span);
    let is_followed = |related: &Related| {
        related.relation == Relation::Use
            && trace.sightings.iter().filter(led_here).any(|sighting| sighting.start == related.start)
    };
    let evidence = match trace.values.iter().find(|other| value.is_plain && other.related.iter().any(is_followed)) {
        Some(Value { start, .. }) => {
            Cow::Owned(format!("an identifier; its value is at {}:{}", start.line, start.column))
        }
        None => Cow::Borrowed(evidence),
    };
    item(page, (Mark::Plain, "because"), &evidence, out)?;
    for sighting in trace.sightings.iter().filter(led_here) {
        item(page, (Mark::Plain, "found by"), &sighted(page, sighting), out)?;
    }
    for related in &value.related {
        let place = format!("{}:{}", related.start.line, related.start.column);
        let (title, said) = match related.relation {
            Relation::Use => ("sent", format!("as X-API-Key at {place}, through an identifier")),
            Relation::Name => ("named", format!("by a constant that is X-API-Key at {place}")),
        };
        item(page, (Mark::Plain, title), &said, out)?;
    }
    Ok(())
}

type Said = ((Mark, &'static str), String, &'static str);

fn superseded(rule: &str) -> Said {
    ((Mark::Good, "not reported"), format!("not by {rule}"), "another rule finds a key in it")
}

/// What became of a value: the title, what it means, and what decided.
fn verdict(page: &Page<'_>, explanation: &Explanation<'_>, value: &Value, rule: &str) -> Said {
    let (confidence, evidence) = match value.verdict {
        Verdict::Plausible { confidence, evidence } => (confidence, evidence),
        Verdict::Superseded => return superseded(rule),
        Verdict::Rejected { kind, evidence } => {
            return ((Mark::Good, "not reported"), format!("{kind}, says {rule}"), evidence);
        }
    };
    let name = confidence_name(confidence);
    if confidence < explanation.min_confidence {
        let said = format!("{name} confidence, says {rule}; `--min-confidence {name}` shows it");
        return ((Mark::Level(Level::Warning), "not reported"), said, evidence);
    }
    let is_it = |finding: &&Finding| {
        let stands_here = |(start, end)| start == value.start && end == value.end;
        finding.rule == value.rule
            && finding.location == Where::File
            && finding.path == *explanation.path
            && finding.occurrences.iter().any(|occurrence| stands_here((occurrence.start, occurrence.end)))
    };
    if let Some(suppressed) = page.report.suppressed.iter().find(|suppressed| is_it(&&suppressed.finding)) {
        let reason = page.text(suppressed.reason.as_bytes());
        let reason = if reason.is_empty() { "no reason given".to_owned() } else { reason };
        let said = format!("{} ({reason}); else {rule}, {name} confidence", summary::cause(page, &suppressed.by));
        return ((Mark::Good, "suppressed"), said, evidence);
    }
    let Some(finding) = page.report.findings.iter().find(is_it) else { return superseded(rule) };
    let level = level_name(finding.level);
    let ignored = if finding.git_state == Some(GitState::Ignored) {
        "; git ignores the file, so only its name or `--include-ignored` has it scanned"
    } else {
        ""
    };
    let said = format!("{level}[{rule}], {name} confidence: {}{ignored}", page.title(finding));
    let title = if explanation.skipped.is_some() { "if scanned" } else { "reported" };
    ((Mark::Level(finding.level), title), said, evidence)
}

/// A name or prefix, where it stands and how.
fn sighted(page: &Page<'_>, sighting: &Sighting) -> String {
    // A prefix is no part of what is secret.
    let is_prefix = matches!(page.report.rules.rule(sighting.rule).matcher, Matcher::Token);
    let name = if is_prefix { sanitize::name(&sighting.name) } else { page.text(&sighting.name) };
    let place = format!("{}:{}", sighting.start.line, sighting.start.column);
    if sighting.encodings.is_empty() {
        return format!("{name} at {place}");
    }
    format!("{name} at {place}, in {}", sighting.encodings.iter().rev().copied().collect::<Vec<_>>().join(" in "))
}

/// There is nothing to explain, which is an explanation too.
fn write_nothing(page: &Page<'_>, trace: &Trace, out: &mut dyn Write) -> io::Result<()> {
    let place = match trace.question.column {
        Some(column) => format!("at column {column}"),
        None => "on this line".to_owned(),
    };
    let said = format!(
        "nothing {place} begins a key or names the header, and no value of either stands there. keyhound looks for \
         `sk_live_`, `sk_test_`, `X-API-Key` and names made from it, plain and encoded: `keyhound rules list`"
    );
    item(page, (Mark::Good, "not reported"), &said, out)?;
    match trace.question.column {
        Some(_) => item(page, (Mark::Plain, "elsewhere"), "leave out the column to be told of all of the line", out),
        None => Ok(()),
    }
}
