//! Where a finding is, in a few words, for formats that people read away from the repository: paths are those of its root.

use super::{redact::Masker, sanitize};
use crate::{
    finding::{Finding, Occurrence, Where},
    origin::Problem,
};

/// What a finding is called by that is at no path: `message of commit 1234567890`. Masked and harmless.
pub(super) fn subject(masker: &Masker<'_>, finding: &Finding, occurrence: &Occurrence) -> String {
    let object = occurrence.object.map_or_else(String::new, |object| object.short());
    match finding.location {
        Where::CommitMessage => format!("message of commit {object}"),
        Where::TagMessage => format!("message of tag {object}"),
        Where::Header => format!("author or another header of {object}"),
        Where::Note => format!("note {object}"),
        Where::File if finding.path.is_empty() => format!("blob {object}"),
        Where::Ref | Where::Path | Where::File => sanitize::name(&masker.mask(&finding.path)),
    }
}

/// `path:line:column`, and the commit where one has it: masked and harmless.
pub(super) fn place(masker: &Masker<'_>, finding: &Finding, occurrence: &Occurrence) -> String {
    let what = subject(masker, finding, occurrence);
    let what = if finding.location.is_text() {
        format!("{what}:{}:{}", occurrence.start.line, occurrence.start.column)
    } else {
        what
    };
    match occurrence.commit {
        Some(commit) if finding.file().is_some() => format!("{what} (commit {})", commit.id.short()),
        _ => what,
    }
}

/// What is wrong with the file, beside the value: it is in git where one does not see it.
pub(super) fn is_gone(finding: &Finding) -> bool {
    finding.past.as_ref().is_some_and(|past| !past.in_tip)
}

/// A problem in one line: masked and harmless.
pub(super) fn problem(masker: &Masker<'_>, problem: &Problem) -> String {
    let text = |text: &str| sanitize::name(&masker.mask(text.as_bytes()));
    let place =
        if problem.path.is_empty() { String::new() } else { sanitize::name(&masker.mask(&problem.path)) + ": " };
    format!("{place}{} ({})", text(&problem.message), text(&problem.help))
}
