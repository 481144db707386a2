//! For programs: one JSON document, or one a line. `schema_version` 1 is described by `docs/schema/report-1.json`, which
//! is generated from [`wire`]: fields are added to it, never renamed or reinterpreted.

mod wire;

use std::io::{self, Write};

use super::{Report, View, harmless_json, redact::Masker};

/// Writes the report as one document.
pub(super) fn write(report: &Report, masker: &Masker<'_>, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let document = wire::Document::new(report, masker, view.show_secrets);
    writeln!(out, "{}", harmless_json(&serde_json::to_string_pretty(&document)?))
}

/// Writes the report as a document a line, of which `type` says what it is; the summary is the last.
pub(super) fn write_lines(report: &Report, masker: &Masker<'_>, view: &View, out: &mut dyn Write) -> io::Result<()> {
    let document = wire::Document::new(report, masker, view.show_secrets);
    let wire::Document {
        findings,
        secrets,
        suppressed,
        problems,
        unused_allows,
        unknown_rules,
        added_by_change,
        summary,
        tool,
        ..
    } = document;
    let mut line =
        |line: &wire::Line| -> io::Result<()> { writeln!(out, "{}", harmless_json(&serde_json::to_string(line)?)) };
    findings.into_iter().try_for_each(|finding| line(&wire::Line::Finding(finding)))?;
    secrets.into_iter().flatten().try_for_each(|secret| line(&wire::Line::Secret(secret)))?;
    suppressed.into_iter().try_for_each(|suppressed| line(&wire::Line::Suppressed(suppressed)))?;
    problems.into_iter().try_for_each(|problem| line(&wire::Line::Problem(problem)))?;
    unused_allows.into_iter().try_for_each(|unused| line(&wire::Line::UnusedAllow(unused)))?;
    unknown_rules.into_iter().try_for_each(|unknown| line(&wire::Line::UnknownRule(unknown)))?;
    added_by_change.into_iter().try_for_each(|added| line(&wire::Line::AddedByChange(added)))?;
    let (schema_version, configuration) = (document.schema_version, document.configuration);
    line(&wire::Line::Summary { schema_version, tool, configuration, complete: document.complete, summary })
}

#[cfg(test)]
mod tests;
