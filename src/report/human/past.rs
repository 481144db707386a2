//! What commits know of a finding, in words: since when it is there, until when, and what leads there.

use std::io::{self, Write};

use super::{Page, text};
use crate::{
    finding::{Commit, Finding, Past, Where},
    report::date,
};

/// How many references are named unless all are asked for.
const REFS: usize = 4;

/// What leads to what nothing leads to.
pub(super) const LOCAL_ONLY: &str =
    "no branch, tag, stash or reflog: only this clone has it, until `git gc` removes it";

/// Says which commits have the value.
pub(super) fn write(page: &Page<'_>, finding: &Finding, digits: usize, out: &mut dyn Write) -> io::Result<()> {
    let Some(past) = &finding.past else { return Ok(()) };
    if matches!(finding.location, Where::File | Where::Path | Where::Note)
        && let Some((first, last)) = &past.span
    {
        page.note(digits, "commits", &span(first, last, past.in_tip), out)?;
    }
    if !past.refs.is_empty() {
        page.note(digits, "reached by", &refs(page, past), out)?;
    }
    if past.local_only {
        page.note(digits, "reached by", LOCAL_ONLY, out)?;
    }
    Ok(())
}

/// From which commit to which.
pub(super) fn span(first: &Commit, last: &Commit, in_tip: bool) -> String {
    let commit = |commit: &Commit| format!("{} ({})", commit.id.short(), date(commit.author_date, "%Y-%m-%d"));
    let now = if in_tip { "still there at the tip" } else { "gone from the tip, still in history" };
    if first.id == last.id {
        format!("{}; {now}", commit(first))
    } else {
        format!("from {} to {}; {now}", commit(first), commit(last))
    }
}

/// What leads there, as many as are to be shown.
pub(super) fn refs(page: &Page<'_>, past: &Past) -> String {
    let shown = if page.view.verbose { past.refs.len() } else { past.refs.len().min(REFS) };
    let mut names: Vec<_> = past.refs[..shown].iter().map(|name| page.text(name)).collect();
    if shown < past.refs.len() {
        let rest = text::count((past.refs.len() - shown) as u64, "more", "more");
        names.push(format!("{rest} (-v lists all)"));
    }
    names.join(", ")
}
