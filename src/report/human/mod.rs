//! For a person at a terminal: frames for what matters most, a line each for the rest, a summary. It computes nothing
//! that other formats would have to compute again, and keeps prose to 80 columns.

mod advice;
mod audit;
mod explain;
mod frame;
mod hook;
mod past;
mod summary;
mod text;

pub(super) use explain::explain;
pub(super) use hook::hook;
pub(super) use summary::verdict;

use std::io::{self, Write};

use bstr::{BStr, BString};

use super::{Report, View, redact::Masker, sanitize};
use crate::{
    finding::{Finding, Level},
    rule::RuleIndex,
};

/// How many findings get a frame; the others a line for each place.
const FRAMES: usize = 3;

/// Writes the report.
pub(super) fn write(report: &Report, masker: &Masker<'_>, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let page = Page { report, view, masker };
    if report.by_secret {
        audit::write(&page, out)?;
    } else {
        write_findings(&page, out)?;
    }
    for problem in &report.problems {
        let message = sanitize::name(&page.masker.mask(problem.message.as_bytes()));
        let help = sanitize::name(&page.masker.mask(problem.help.as_bytes()));
        let place = if problem.path.is_empty() { String::new() } else { page.path(&problem.path) + ": " };
        writeln!(out, "{}: {place}{message}", view.style.level(Level::Error, "not scanned"))?;
        page.note(1, "help", &help, out)?;
        writeln!(out)?;
    }
    summary::write(&page, out)
}

/// Frames for the most urgent findings, a line for each place of the others.
fn write_findings(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut findings: Vec<_> = page.report.findings.iter().collect();
    findings.sort_by_cached_key(|finding| finding.urgency());
    let (framed, listed) = findings.split_at(findings.len().min(FRAMES));
    let mut said = advice::Said::default();
    for finding in framed {
        frame::write(page, finding, &mut said, out)?;
    }
    for finding in listed {
        frame::write_short(page, finding, &mut said, out)?;
    }
    if !listed.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

/// What every part of the format needs.
struct Page<'r> {
    report: &'r Report,
    view: &'r View,
    masker: &'r Masker<'r>,
}

impl Page<'_> {
    /// A path as the reader can use it from where they are, masked and harmless.
    fn path(&self, path: &BString) -> String {
        self.text(&self.view.viewpoint.path(BStr::new(path)))
    }

    /// Any text from outside, masked and harmless.
    fn text(&self, text: &[u8]) -> String {
        sanitize::name(&self.masker.mask(text))
    }

    /// What a rule says, masked and harmless.
    fn of_rule(&self, rule: RuleIndex, text: &str) -> String {
        sanitize::name(&self.masker.of_rule(rule, text.as_bytes()))
    }

    /// The configuration file, as a user names it.
    fn policy(&self) -> String {
        self.text(self.view.allowing.configuration.as_bytes())
    }

    /// What a finding is, in a few words: `Live API key of Stripe (critical)`.
    fn title(&self, finding: &Finding) -> String {
        let severity = super::severity_name(finding.severity);
        format!("{} ({severity})", self.of_rule(finding.rule, &self.report.message(finding)))
    }

    fn head(&self, level: Level, rule: RuleIndex) -> String {
        let rule = self.of_rule(rule, &self.report.rules.rule(rule).id);
        self.view.style.level(level, &format!("{}[{rule}]", super::level_name(level)))
    }

    /// A note below a frame whose line numbers have so many digits, wrapped: `  = title: text`.
    fn note(&self, digits: usize, title: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
        let margin = " ".repeat(digits + 1);
        let mut lines = text::wrapped(&format!("{title}: {text}"), text::WIDTH - digits - 3).into_iter();
        let first = lines.next().unwrap_or_default();
        let first = match first.strip_prefix(title) {
            Some(rest) => format!("{}{rest}", self.view.style.strong(title)),
            None => first,
        };
        writeln!(out, "{margin}{} {first}", self.view.style.gutter("="))?;
        lines.try_for_each(|line| writeln!(out, "{margin}  {line}"))
    }
}
