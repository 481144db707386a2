//! Markdown, as GitHub renders it in the summary of a step: what to rotate first, how to allow what is no leak.
//!
//! What comes from a repository is masked and made harmless, and every character of it that means something in Markdown or
//! HTML is written as an entity: it makes no link, no heading, no mention and no cell.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use super::{AddedByChange, Report, Style, human, place, redact::Masker, sanitize};
use crate::finding::{Finding, Level};

/// How long a summary may be, in bytes; GitHub drops one of more than 1 MiB as a whole.
const LONGEST: usize = 900 * 1024;

/// Room for what stands below the rows that are cut.
const ENDING: usize = 4 * 1024;

/// Writes the report.
pub(super) fn write(report: &Report, masker: &Masker<'_>, out: &mut dyn Write) -> io::Result<()> {
    let text = Text { report, masker };
    let mut page = Page::default();
    page.line(&format!("## keyhound: {}", literal(&human::verdict(report, Style::Plain))));
    if !report.problems.is_empty() {
        page.line("\n### Not scanned\n\nThe scan is incomplete: what is there is not known.\n");
        page.rows(report.problems.iter().map(|problem| format!("- {}", literal(&place::problem(masker, problem)))));
    }
    let (notes, mut findings): (Vec<_>, Vec<_>) = report.findings.iter().partition(|it| it.level == Level::Note);
    findings.sort_by_cached_key(|finding| finding.urgency());
    if !findings.is_empty() {
        page.line(
            "\n### Rotate these, in this order\n\nRevoking the key ends the leak; removing it from files does not.\n",
        );
        page.line("| | key | where | what to do |\n| --- | --- | --- | --- |");
        page.rows(findings.iter().map(|finding| text.row(finding)));
        page.line("\n### If one is no leak\n");
        page.line(if report.is_judged_by_base {
            "Allow it, with a reason, in a pull request of its own that is merged first: what a change says about itself does not \
             count.\n"
        } else {
            "Allow it, with a reason, in a commit of its own:\n"
        });
        let allowable = findings.iter().filter(|finding| !finding.is_weak());
        let mut commands: Vec<_> = allowable
            .map(|finding| format!("- <code>keyhound allow {} --reason TEXT</code>", finding.fingerprint))
            .collect();
        let mut known = std::collections::BTreeSet::new();
        commands.retain(|command| known.insert(command.clone()));
        if commands.len() < findings.len() && findings.iter().any(|finding| finding.is_weak()) {
            commands
                .push("- a value too weak for a fingerprint: an `[[allow]]` entry with `rules` and `paths`".to_owned());
        }
        page.rows(commands.into_iter());
    }
    if !notes.is_empty() {
        let places = if notes.len() == 1 { "1 place".to_owned() } else { format!("{} places", notes.len()) };
        page.line(&format!(
            "\n{places} more, which git ignores or no reference leads to: notes, which nobody has to act upon."
        ));
    }
    if !report.added.is_empty() {
        page.line("\n### Added by this change\n\nWhat a change says about itself; a reviewer decides.\n");
        page.rows(report.added.iter().map(|added| {
            let counts = if added.counts { "counts" } else { "does not count" };
            format!("- {} ({counts})", literal(&text.added(added)))
        }));
    }
    page.line(&format!("\n{}", text.numbers()));
    out.write_all(page.text.as_bytes())
}

/// How many findings have no row.
pub(super) fn left_out(report: &Report, masker: &Masker<'_>) -> usize {
    // A page that is short in any case is not written twice.
    const SHORT: usize = 200;
    if report.findings.len() + report.problems.len() + report.added.len() <= SHORT {
        return 0;
    }
    let mut out = Vec::new();
    write(report, masker, &mut out).expect("invariant: writing to memory succeeds");
    let rows = memchr::memmem::find_iter(&out, b"\n| <b>").count();
    report.findings.len().saturating_sub(rows)
}

/// A page that does not grow too long.
#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Writes as many as there is room for, and how many are left out.
    fn rows(&mut self, rows: impl Iterator<Item = String>) {
        let mut left_out = 0;
        for row in rows {
            if left_out > 0 || self.text.len() + row.len() + ENDING > LONGEST {
                left_out += 1;
            } else {
                self.line(&row);
            }
        }
        if left_out > 0 {
            self.line(&format!("\n{left_out} more are left out here; the other reports have all."));
        }
    }
}

struct Text<'r> {
    report: &'r Report,
    masker: &'r Masker<'r>,
}

impl Text<'_> {
    /// How many places of a finding a row names.
    const PLACES: usize = 5;

    fn row(&self, finding: &Finding) -> String {
        let is_ours = !self.report.rules.rule(finding.rule).is_user_rule;
        // Where to revoke a key is to be followed by a click.
        let of_rule = |text: &str| {
            let text = sanitize::name(&self.masker.of_rule(finding.rule, text.as_bytes()));
            if is_ours { escaped(&text, &[':', '.']) } else { literal(&text) }
        };
        let shown = literal(&sanitize::name(self.masker.redacted(finding.secret.expose()).as_bytes()));
        let named = finding.occurrences.iter().take(Self::PLACES);
        let mut places: Vec<_> =
            named.map(|occurrence| literal(&place::place(self.masker, finding, occurrence))).collect();
        if finding.occurrences.len() > Self::PLACES {
            places.push(format!("{} more", finding.occurrences.len() - Self::PLACES));
        }
        let what = of_rule(self.report.rules.remedy(finding.rule, finding.provider));
        let history = if place::is_gone(finding) {
            " It was removed later and is still in history: once it is revoked, allow it by its fingerprint, or rewrite \
             the branch without it."
        } else {
            ""
        };
        let (level, title) = (super::level_name(finding.level), of_rule(&self.report.message(finding)));
        let rule = of_rule(&self.report.rules.rule(finding.rule).id);
        format!(
            "| <b>{level}</b> | {title} <code>{shown}</code><br>{rule} | {} | {what}{history} |",
            places.join("<br>")
        )
    }

    fn added(&self, added: &AddedByChange) -> String {
        sanitize::name(&self.masker.mask(added.to_string().as_bytes()))
    }

    fn numbers(&self) -> String {
        let summary = &self.report.summary;
        let mut text = format!(
            "Scanned: {} commits, {} files, {} bytes. Suppressed: {}.",
            summary.commits, summary.files, summary.bytes, summary.suppressed
        );
        let policy = self.report.policy.as_ref().map_or_else(
            || "none; built-in rules".to_owned(),
            |policy| literal(&sanitize::name(&self.masker.mask(policy.as_bytes()))),
        );
        write!(text, " Configuration: {policy}.").expect("invariant: a string takes what is written to it");
        text
    }
}

/// Text that means nothing but itself, in Markdown as in HTML.
fn literal(text: &str) -> String {
    escaped(text, &[])
}

/// As [`literal`], but for these characters.
fn escaped(text: &str, plain: &[char]) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        // `www.` begins a link.
        let is_plain_dot = c == '.' && !escaped.ends_with(['w', 'W']);
        let is_plain = c.is_ascii_alphanumeric() || matches!(c, ' ' | '/' | ',' | '-') || is_plain_dot || !c.is_ascii();
        if is_plain || plain.contains(&c) {
            escaped.push(c);
        } else {
            write!(escaped, "&#{};", u32::from(c)).expect("invariant: a string takes what is written to it");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{
        Format, Renderer, View,
        sample::{finding, key, report, rules},
    };

    fn page(report: &Report) -> String {
        let mut out = Vec::new();
        Renderer::new(report).write(Format::Markdown, &View::default(), &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_means_nothing_but_itself() {
        let text = "| `a` <script> [x](http://y) **b** _c_ @team #1 :tada: &amp; www.z.org ~d~ \\ $e$ - 1. > é字";
        let shown = literal(text);
        assert!(
            !shown.contains(['|', '`', '<', '>', '[', ']', '(', '*', '_', '@', ':', '~', '\\', '$', '!'])
                && !shown.contains("www."),
            "{shown}"
        );
        assert_eq!(shown.matches('#').count(), shown.matches("&#").count());
        assert_eq!(literal("a/b-c.d, e"), "a/b-c.d, e");
    }

    #[test]
    fn a_page_is_cut_at_a_row() {
        let rules = rules();
        let found = |number: usize| {
            let line = format!("⟦{}⟧", key("live", &format!("{number:04x}").repeat(16)));
            finding(&rules, "sk-live-key", format!("{}{number}", "long/".repeat(40)), &[(1, line.as_bytes())])
        };
        let report = report(rules.clone(), (0..3000).map(found).collect());
        let page = page(&report);
        assert!(page.len() <= LONGEST && page.len() > LONGEST - 2 * ENDING, "{}", page.len());
        let rows = page.lines().filter(|line| line.starts_with("| <b>")).count();
        assert!(page.lines().filter(|line| line.starts_with("| <b>")).all(|line| line.ends_with(" |")));
        assert_eq!(left_out(&report, &Masker::new(&report)), 3000 - rows);
        assert!(page.contains(&format!("\n{} more are left out here", 3000 - rows)));
        assert!(page.contains("\nScanned: "), "the end is there");
    }
}
