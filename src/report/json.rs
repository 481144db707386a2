//! For programs: `schema_version` 1.

use std::io::{self, Write};

use super::Report;

/// Writes the report as one JSON document.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let value = serde_json::json!({ "schema_version": 1, "summary": { "findings": report.summary.findings } });
    serde_json::to_writer_pretty(&mut *out, &value)?;
    writeln!(out)
}
