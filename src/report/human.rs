//! For a person at a terminal.

use std::io::{self, Write};

use super::{Report, View};

/// Writes the report.
pub(super) fn write(report: &Report, view: &View, out: &mut dyn Write) -> io::Result<()> {
    for finding in &report.findings {
        let first = finding.first();
        let rule = report.rules.rule(finding.rule);
        writeln!(
            out,
            "{}[{}] {}:{}:{}",
            view.style.level(finding.level, "error"),
            rule.id,
            finding.path,
            first.start.line,
            first.start.column
        )?;
    }
    writeln!(out, "{} findings in {} files", report.summary.findings, report.summary.files)
}
