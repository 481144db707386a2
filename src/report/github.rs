//! Annotations of GitHub Actions: what is worst where it stands, as many as GitHub shows, and the rest by number.
//!
//! Commands are lines of their own for the runner, which obeys whatever looks like one: all that comes from a repository is
//! masked, made harmless and escaped before it is part of a line.

use std::io::{self, Write};

use super::{Report, Style, human, place, redact::Masker, sanitize};
use crate::finding::{Finding, Level, Occurrence};

/// How many annotations of a kind a step may have: GitHub's runner, `ExecutionContext.cs`.
const SHOWN: usize = 10;

/// How long a message may be, in characters; the runner cuts it at 4096.
const LONGEST: usize = 4000;

/// Writes the report.
pub(super) fn write(report: &Report, masker: &Masker<'_>, out: &mut dyn Write) -> io::Result<()> {
    for (level, command) in [(Level::Error, "error"), (Level::Warning, "warning"), (Level::Note, "notice")] {
        let mut annotations: Vec<_> = Vec::new();
        if level == Level::Error {
            annotations.extend(incomplete(report, masker));
        }
        annotations.extend(places(report, level).map(|(finding, place)| annotation(report, masker, finding, place)));
        let shown = if annotations.len() > SHOWN { SHOWN - 1 } else { annotations.len() };
        for annotation in &annotations[..shown] {
            writeln!(out, "::{command} {annotation}")?;
        }
        if shown < annotations.len() {
            let more = annotations.len() - shown;
            writeln!(
                out,
                "::{command} title=keyhound::{more} more of these: the summary and the other reports have all"
            )?;
        }
    }
    writeln!(out, "{}", human::verdict(report, Style::Plain))
}

/// The annotation of a run that ended before anything was scanned. `text` must be harmless.
pub fn failure(text: &str) -> String {
    format!("::error title=keyhound could not scan::{}", data(text))
}

/// How many places have no annotation of their own.
pub(super) fn left_out(report: &Report) -> usize {
    let levels = [Level::Error, Level::Warning, Level::Note];
    let extra = |level: Level| usize::from(level == Level::Error && !report.problems.is_empty());
    let left_out = |level: Level| match places(report, level).count() + extra(level) {
        number if number > SHOWN => number - (SHOWN - 1),
        _ => 0,
    };
    levels.into_iter().map(left_out).sum()
}

/// The places of a level, the most urgent first.
fn places(report: &Report, level: Level) -> impl Iterator<Item = (&Finding, &Occurrence)> {
    let mut findings: Vec<_> = report.findings.iter().filter(|finding| finding.level == level).collect();
    findings.sort_by_cached_key(|finding| finding.urgency());
    findings.into_iter().flat_map(|finding| finding.occurrences.iter().map(move |place| (finding, place)))
}

fn incomplete(report: &Report, masker: &Masker<'_>) -> Option<String> {
    let first = place::problem(masker, report.problems.first()?);
    let more = match report.problems.len() {
        1 => String::new(),
        number => format!(" and {} more", number - 1),
    };
    Some(format!("title=The scan is incomplete::{}", data(&format!("Not scanned: {first}{more}"))))
}

fn annotation(report: &Report, masker: &Masker<'_>, finding: &Finding, occurrence: &Occurrence) -> String {
    let rules = &report.rules;
    let of_rule = |text: &str| sanitize::name(&masker.of_rule(finding.rule, text.as_bytes()));
    let title = of_rule(&report.message(finding));
    let mut properties = Vec::new();
    // A file that is not there any more, or that has other lines now, must not be annotated.
    let file = finding.file().filter(|_| !place::is_gone(finding));
    if let Some(path) = file {
        properties.push(format!("file={}", property(&sanitize::name(&masker.mask(path)))));
        if finding.location.is_text() {
            let (start, end) = (occurrence.start, occurrence.end);
            properties.push(format!("line={},endLine={}", start.line, end.line));
            // The runner takes columns on one line only.
            if start.line == end.line {
                properties.push(format!("col={},endColumn={}", start.column, end.column));
            }
        }
    }
    let shown = sanitize::name(masker.redacted(finding.secret.expose()).as_bytes());
    let rule = of_rule(&rules.rule(finding.rule).id);
    let mut message = format!("{shown} at {} ({rule})", place::place(masker, finding, occurrence));
    if place::is_gone(finding) {
        message.push_str(": removed later, still in history");
        properties.push(format!("title={}", property(&format!("{title}, in history"))));
    } else {
        properties.push(format!("title={}", property(&title)));
    }
    message.push_str(". ");
    message.push_str(&of_rule(rules.remedy(finding.rule, finding.provider)));
    if !finding.is_weak() {
        let place = if report.is_judged_by_base { ", in a pull request of its own that is merged first" } else { "" };
        let allow = format!(" If it is no leak: keyhound allow {} --reason TEXT{place}", finding.fingerprint);
        message.push_str(&allow);
    }
    format!("{}::{}", properties.join(","), data(&message))
}

/// The text of a command: `toCommandValue` and `escapeData` of GitHub's toolkit, `command.ts`.
fn data(text: &str) -> String {
    let text: String = text.chars().take(LONGEST).collect();
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property of a command: `escapeProperty` of the same.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{
        Format, Renderer, View,
        sample::{finding, key, report, rules},
    };

    fn lines(report: &Report) -> Vec<String> {
        let mut out = Vec::new();
        Renderer::new(report).write(Format::Github, &View::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn no_more_are_written_than_are_shown() {
        let rules = rules();
        let found = |number: usize| {
            let line = format!("⟦{}⟧", key("live", &format!("{number:02x}").repeat(32)));
            finding(&rules, "sk-live-key", format!("f{number:02}"), &[(1, line.as_bytes())])
        };
        for (number, annotations) in [(1, 1), (10, 10), (11, 10), (40, 10)] {
            let report = report(rules.clone(), (0..number).map(found).collect());
            let lines = lines(&report);
            assert_eq!(lines.iter().filter(|line| line.starts_with("::error ")).count(), annotations, "{number}");
            let named = lines.iter().filter(|line| line.starts_with("::error file=")).count();
            assert_eq!(left_out(&report), number - named);
            let more = format!("::error title=keyhound::{} more of these", number - named);
            assert_eq!(lines.iter().any(|line| line.starts_with(&more)), number > 10, "{lines:?}");
        }
    }

    #[test]
    fn properties_and_messages_are_escaped() {
        assert_eq!(data("a%b\r\nc::d"), "a%25b%0D%0Ac::d");
        assert_eq!(property("a:b,c%d\n"), "a%3Ab%2Cc%25d%0A");
        let rules = rules();
        let line = format!("⟦{}⟧", key("live", &"7b".repeat(32)));
        let found = finding(&rules, "sk-live-key", "a,b:c%d\n::error::x", &[(3, line.as_bytes())]);
        let lines = lines(&report(rules, vec![found]));
        assert!(
            lines[0].starts_with(
                "::error file=a%2Cb%3Ac%25d\\n%3A%3Aerror%3A%3Ax,line=3,endLine=3,col=1,endColumn=73,title="
            )
        );
        assert_eq!(lines.len(), 2, "{lines:?}");
    }
}
