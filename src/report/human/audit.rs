//! A report that goes secret by secret: where each is and was, what to revoke first, and which lines to replace.

use std::io::{self, Write};

use super::{Page, frame, past, text};
use crate::{
    finding::{Environment, Finding, GitState, Level, Where},
    inventory::{Exposure, Inventory, Leak},
    report::{git_state_name, level_name, sanitize},
};

/// How many places of a secret are listed unless all are asked for.
const PLACES: usize = 6;

/// Writes an entry for each secret, then what to do.
pub(super) fn write(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    let inventory = Inventory::of(&page.report.findings);
    for (number, leak) in (1..).zip(&inventory.secrets) {
        entry(page, number, leak, out)?;
    }
    to_revoke(page, &inventory, out)?;
    to_replace(page, &inventory, out)
}

fn entry(page: &Page<'_>, number: usize, leak: &Leak<'_>, out: &mut dyn Write) -> io::Result<()> {
    let first = leak.first();
    let style = page.view.style;
    let head = style.level(leak.level(), &format!("{number}. {}", level_name(leak.level())));
    writeln!(out, "{head}{}", style.strong(&format!(": {}", page.title(first))))?;
    let environment = match first.environment {
        Environment::Live => "live, ",
        Environment::Sandbox => "sandbox, ",
        Environment::Unknown => "",
    };
    let confidence = crate::report::confidence_name(first.confidence);
    let mut item = |title: &str, text: &str| item(page, title, text, out);
    item("secret", &format!("{} ({environment}{confidence} confidence)", frame::shown_value(page, first)))?;
    if !first.is_weak() {
        item("fingerprint", first.fingerprint.as_str())?;
    }
    let now = places(page, leak.now(), true);
    item("now", if now.is_empty() { "nowhere: not in the working tree, not in HEAD" } else { &now })?;
    let before = places(page, leak.before(), false);
    if !before.is_empty() {
        item("before", &before)?;
    }
    if let Some(past) = &leak.past {
        if let Some((first, last)) = &past.span {
            item("commits", &past::span(first, last, past.in_tip))?;
        }
        if past.local_only {
            item("reached by", past::LOCAL_ONLY)?;
        } else if !past.refs.is_empty() {
            item("reached by", &past::refs(page, past))?;
        }
    }
    writeln!(out)
}

fn item(page: &Page<'_>, title: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut lines = text::wrapped(&format!("{title}: {text}"), text::WIDTH - 5).into_iter();
    let first = lines.next().unwrap_or_default();
    let first = match first.strip_prefix(title) {
        Some(rest) => format!("{}{rest}", page.view.style.strong(title)),
        None => first,
    };
    writeln!(out, "   {first}")?;
    lines.try_for_each(|line| writeln!(out, "     {line}"))
}

/// Places, with what git has of them.
fn places<'r>(page: &Page<'_>, findings: impl Iterator<Item = &'r Finding>, with_state: bool) -> String {
    let mut places: Vec<_> = findings
        .flat_map(|finding| finding.occurrences.iter().map(move |occurrence| (finding, occurrence)))
        .map(|(finding, occurrence)| {
            let state = occurrence.git_state.filter(|_| with_state).map(git_state_name);
            let state = state.map_or_else(String::new, |state| format!(" ({state})"));
            format!("{}{state}", frame::place(page, finding, occurrence))
        })
        .collect();
    let more = places.len().saturating_sub(PLACES);
    if more > 0 && !page.view.verbose {
        places.truncate(PLACES);
        places.push(format!("{} (-v lists all)", text::count(more as u64, "more", "more")));
    }
    places.join(", ")
}

/// Secrets in the order in which to revoke them, by what to do.
fn to_revoke(page: &Page<'_>, inventory: &Inventory<'_>, out: &mut dyn Write) -> io::Result<()> {
    let counts = |leak: &&Leak<'_>| leak.level() > Level::Note;
    let mut said: Vec<(String, Vec<String>)> = Vec::new();
    for leak in inventory.secrets.iter().filter(counts) {
        let first = leak.first();
        let remedy = page.of_rule(first.rule, page.report.rules.remedy(first.rule, first.provider));
        let exposure = match leak.exposure() {
            Exposure::Pushed => " (pushed)",
            Exposure::Referenced => "",
            Exposure::Local => " (in no branch or tag)",
        };
        let value = frame::shown_value(page, first) + exposure;
        match said.last_mut().filter(|(last, _)| *last == remedy) {
            Some((_, values)) => values.push(value),
            None => said.push((remedy, vec![value])),
        }
    }
    if said.is_empty() {
        return Ok(());
    }
    writeln!(out, "{}", page.view.style.strong("What to revoke first:"))?;
    for (number, (remedy, values)) in (1..).zip(said) {
        let mut lines = text::wrapped(&format!("{}: {remedy}", values.join(", ")), text::WIDTH - 5).into_iter();
        writeln!(out, "{number}. {}", lines.next().unwrap_or_default())?;
        lines.try_for_each(|line| writeln!(out, "   {line}"))?;
    }
    let then = "Then replace the lines below. What is in history stays there: rewriting it (`git filter-repo`) is worth \
                the trouble only where revoking is not possible.";
    text::wrapped(then, text::WIDTH).iter().try_for_each(|line| writeln!(out, "{line}"))?;
    if inventory.secrets.iter().filter(counts).any(|leak| !leak.first().is_weak()) {
        let done = "What is revoked is no leak any more: `keyhound allow FINGERPRINT… --reason \"revoked on DATE\"`, and a commit \
                    of that, let the next audit pass.";
        text::wrapped(done, text::WIDTH).iter().try_for_each(|line| writeln!(out, "{line}"))?;
    }
    writeln!(out)
}

/// The lines of files that have a secret now, in order.
fn to_replace(page: &Page<'_>, inventory: &Inventory<'_>, out: &mut dyn Write) -> io::Result<()> {
    let in_files = |finding: &&Finding| {
        finding.location == Where::File
            && finding.file().is_some()
            && !matches!(finding.git_state, Some(GitState::Ignored | GitState::History))
    };
    let mut findings: Vec<_> = inventory
        .secrets
        .iter()
        .flat_map(Leak::now)
        .filter(in_files)
        .map(|finding| (finding.sort_key(), finding))
        .collect();
    findings.sort_by_key(|(key, _)| *key);
    if findings.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "{}",
        page.view.style.strong("Lines to replace, with a read of the environment or a secrets manager:")
    )?;
    for (_, finding) in findings {
        let value = frame::shown_value(page, finding);
        for occurrence in
            finding.occurrences.iter().filter(|occurrence| occurrence.commit.is_none() || !finding.is_on_disk())
        {
            writeln!(out, "  {}  {}", frame::place(page, finding, occurrence), sanitize::name(value.as_bytes()))?;
        }
    }
    writeln!(out)
}
