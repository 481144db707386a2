//! What a hook says to whoever commits or pushes: what, where, why, what to do, and how to allow it. All of it fits on a
//! small terminal, however much was found: `keyhound staged` has the rest.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use bstr::BStr;

use super::{Page, advice, frame, text};
use crate::{
    finding::{Finding, GitState, Level, Suppressed, Where},
    glob,
    report::{Hook, Report, View, place, redact::Masker, sanitize},
};

/// How many findings, problems or suppressed keys are shown.
const SHOWN: usize = 3;

/// How many lines the message has at most.
const LINES: usize = 20;

/// How long the name of a file may be that stands in a command, in columns.
const LONGEST_NAME: usize = 40;

/// Writes the message.
pub(in crate::report) fn hook(
    report: &Report,
    hook: Hook,
    masker: &Masker<'_>,
    view: &View,
    out: &mut dyn Write,
) -> io::Result<()> {
    let page = Page { report, view, masker };
    let mut findings: Vec<_> = report.findings.iter().filter(|finding| finding.level == Level::Error).collect();
    findings.sort_by_cached_key(|finding| finding.urgency());
    let mut lines = Vec::new();
    if !findings.is_empty() {
        found(&page, hook, &findings, &mut lines);
    } else if !report.problems.is_empty() {
        incomplete(&page, hook, &mut lines);
    } else {
        suppressed(&page, &mut lines);
    }
    lines.truncate(LINES);
    lines.iter().try_for_each(|line| writeln!(out, "{}", line.trim_end()))
}

fn noun(hook: Hook) -> &'static str {
    match hook {
        Hook::Commit | Hook::CommitOfFiles => "commit",
        Hook::Push => "push",
    }
}

/// How to see all of it.
fn whole_report(hook: Hook) -> &'static str {
    match hook {
        Hook::Commit => "keyhound staged",
        // What this commit takes is not staged once git has given up.
        Hook::CommitOfFiles => "keyhound scan",
        // Whatever is pushed where: it needs no argument, and has it all.
        Hook::Push => "keyhound history",
    }
}

fn found(page: &Page<'_>, hook: Hook, findings: &[&Finding], lines: &mut Vec<String>) {
    let style = page.view.style;
    let secrets: BTreeSet<_> = findings.iter().map(|finding| &finding.fingerprint).collect();
    let files: BTreeSet<_> = findings.iter().map(|finding| (&finding.path, finding.first().object)).collect();
    let keys = text::count(secrets.len() as u64, "key", "keys");
    let places = match (secrets.len(), files.len()) {
        (1, 1) => String::new(),
        (_, number) => format!(" in {}", text::count(number as u64, "file", "files")),
    };
    let head = format!("keyhound stopped this {}: it has {keys}{places}", noun(hook));
    lines.push(style.level(Level::Error, &head));
    let (shown, more) = findings.split_at(findings.len().min(SHOWN));
    let is_alone = findings.len() == 1;
    for finding in shown {
        if is_alone {
            lines.push(String::new());
        }
        lines.extend(place(page, finding, is_alone));
    }
    if !more.is_empty() || !page.report.problems.is_empty() {
        let mut rest = Vec::new();
        if !more.is_empty() {
            rest.push(format!("{} like these", text::count(more.len() as u64, "more", "more")));
        }
        if !page.report.problems.is_empty() {
            let number = page.report.problems.len() as u64;
            rest.push(text::count(number, "place could not be scanned", "places could not be scanned"));
        }
        lines.push(format!("  and {}: `{}` tells all", rest.join(", and "), whole_report(hook)));
    }
    if is_alone {
        lines.push(String::new());
    }
    advise(page, hook, shown, lines);
}

/// Where a value stands, its line, what it is and, unless there is no other, its fingerprint.
fn place(page: &Page<'_>, finding: &Finding, is_alone: bool) -> [String; 3] {
    let style = page.view.style;
    let first = finding.first();
    let title = page.title(finding);
    let place = frame::place(page, finding, first);
    let more = match finding.occurrences.len() {
        1 => String::new(),
        number => format!(" (and {} more)", number - 1),
    };
    let room = text::WIDTH.saturating_sub(sanitize::width(&more));
    // The end of a path tells more than its beginning.
    let place = text::cut_start(&place, room);
    let fingerprint = if finding.is_weak() || is_alone { String::new() } else { format!(", {}", finding.fingerprint) };
    let title = text::cut_end(&title, text::WIDTH - 4 - fingerprint.len());
    let line = if finding.location.is_text() {
        let line = page.masker.line(finding, &first.excerpt);
        let [before, value, after] = [&line.before, &line.value, &line.after].map(|part| sanitize::code(part));
        let before = before.trim_start();
        text::cut_around(before, &value, after.trim_end_matches('\r'), text::WIDTH - 4).concat()
    } else {
        let subject = if finding.file().is_some() {
            "the key is part of the name".to_owned()
        } else {
            place::subject(page.masker, finding, first)
        };
        text::cut_end(&subject, text::WIDTH - 4)
    };
    // A line that begins as a runner's commands do must not begin one here: where hooks run in CI, this is the log.
    [format!("{}{more}", style.strong(&place)), format!("  | {line}"), format!("    {title}{fingerprint}")]
}

/// Why it matters and what to do, once for all that are shown.
fn advise(page: &Page<'_>, hook: Hook, shown: &[&Finding], lines: &mut Vec<String>) {
    let rules = &page.report.rules;
    let [first, ..] = shown else { return };
    let is_one_rule = shown.iter().all(|finding| finding.rule == first.rule);
    let why = if is_one_rule {
        page.of_rule(first.rule, &rules.rule(first.rule).description)
    } else {
        "Whoever reads these can use them, until they are revoked.".to_owned()
    };
    item(page, "why", &why, lines);
    item(page, "fix", &fix(page, hook, shown), lines);
    let is_one_remedy = shown
        .iter()
        .all(|finding| rules.remedy(finding.rule, finding.provider) == rules.remedy(first.rule, first.provider));
    let remedy = if is_one_remedy {
        page.of_rule(first.rule, rules.remedy(first.rule, first.provider))
    } else {
        "Revoke each where it was issued, and replace it.".to_owned()
    };
    item(page, "if it got out", &remedy, lines);
    let mut allow = Vec::new();
    item(page, "allow", &allowing(page, hook, shown), &mut allow);
    // Where there is no room for it, `allow` still says what it comes to.
    if lines.len() + allow.len() < LINES {
        lines.extend(useless(page));
    }
    lines.append(&mut allow);
}

/// How to allow what is no leak.
fn allowing(page: &Page<'_>, hook: Hook, shown: &[&Finding]) -> String {
    let config = page.policy();
    let command = match (shown.iter().all(|finding| finding.is_weak()), shown) {
        (true, _) => format!("add an [[allow]] to {config}; `{}` prints it", whole_report(hook)),
        (false, [only]) => format!("`keyhound allow {} --reason TEXT`", only.fingerprint),
        (false, _) => "`keyhound allow kh1:… --reason TEXT`".to_owned(),
    };
    match hook {
        Hook::Commit | Hook::CommitOfFiles if shown.iter().all(|finding| finding.is_weak()) => {
            format!("if it is no leak: {command}")
        }
        // From the top of the repository: git calls its hooks there, whoever reads this may be anywhere in it.
        Hook::Commit => format!("if it is no leak: {command}, then `git add :/{config}`"),
        Hook::CommitOfFiles => format!(
            "if it is no leak: {command}, then `git add :/{config}`; a commit that names its files has to name it, too"
        ),
        // An entry in the same push does not count, so whoever has written it must hear how it gets to the remote.
        Hook::Push if page.report.added.iter().any(|added| !added.counts) => {
            "push what allows it first, in a commit of its own before this one: nothing that a push adds allows \
             anything in it"
                .to_owned()
        }
        Hook::Push => format!(
            "if it is no leak: {command}, in a commit of its own that is pushed first: nothing that a push adds allows \
             anything in it"
        ),
    }
}

/// What was added so that it allows something, and does not: the first of it, in one line.
fn useless(page: &Page<'_>) -> impl Iterator<Item = String> {
    let mut useless = page.report.added.iter().filter(|added| !added.counts);
    let first = useless.next();
    let more = match useless.count() {
        0 => String::new(),
        number => format!(" (and {number} more)"),
    };
    let title = "does not count yet";
    first.into_iter().map(move |added| {
        let said = page.text(added.to_string().as_bytes());
        let said = text::cut_end(&said, text::WIDTH - 4 - title.len() - more.len());
        format!("  {}: {said}{more}", page.view.style.strong(title))
    })
}

/// What to do with the file, in the words of all that is shown.
fn fix(page: &Page<'_>, hook: Hook, shown: &[&Finding]) -> String {
    // Anywhere in the repository this names the file; a long name would break over the lines.
    let file = match shown {
        [first, rest @ ..] if first.file().is_some() && rest.iter().all(|other| other.path == first.path) => {
            advice::shell_word(format!(":/{}", page.text(&first.path)))
        }
        _ => String::new(),
    };
    let fits = !file.is_empty() && sanitize::width(&file) <= LONGEST_NAME;
    let file = if fits { &file } else { "FILE" };
    let keeps_secrets = shown.iter().all(|finding| advice::keeps_secrets(BStr::new(&finding.path)));
    let is_ignored = shown.iter().all(|finding| finding.ignored_by.is_some());
    let is_committed = shown.iter().any(|finding| finding.git_state == Some(GitState::Tracked));
    match hook {
        // In one line: with three findings the message has no line to spare.
        Hook::Push => format!("Nothing was pushed. {}", undoing(shown)),
        Hook::Commit | Hook::CommitOfFiles if is_ignored => {
            format!("git ignores it, but it was added: `git rm --cached {file}` takes it out and keeps it.")
        }
        Hook::Commit | Hook::CommitOfFiles if is_committed => {
            "Read it from the environment instead. It is committed already: only revoking it ends the leak.".to_owned()
        }
        Hook::Commit | Hook::CommitOfFiles if keeps_secrets => {
            format!(
                "`git rm --cached {file}` takes it out and keeps it; then ignore it: {} in .gitignore.",
                ignoring(page, shown)
            )
        }
        Hook::Commit | Hook::CommitOfFiles => format!("Read it from the environment instead, then `git add {file}`."),
    }
}

/// How to take what would be pushed out of what has it.
fn undoing(shown: &[&Finding]) -> String {
    let all_in = |place: Where| shown.iter().all(|finding| finding.location == place);
    if all_in(Where::TagMessage) {
        return "Delete the tag, and make it anew without it: `git tag -d NAME`.".to_owned();
    }
    if all_in(Where::Ref) {
        return "Push it under another name: `git branch -m NAME`.".to_owned();
    }
    let commits = shown.iter().filter_map(|finding| finding.past.as_ref()?.first());
    let from = match commits.min_by_key(|commit| commit.order) {
        Some(oldest) if oldest.is_root => " --root".to_owned(),
        Some(oldest) => format!(" {}^", oldest.id.short()),
        None => String::new(),
    };
    format!("Take it out of its commits: `git rebase -i{from}`.")
}

/// The line by which git ignores the file, if it is one and the line is short enough to be shown.
fn ignoring(page: &Page<'_>, shown: &[&Finding]) -> String {
    let [first, rest @ ..] = shown else { return "a line".to_owned() };
    let line = page.text(glob::literal(BStr::new(&first.path)).as_bytes());
    let is_one = rest.iter().all(|other| other.path == first.path);
    if is_one && sanitize::width(&line) <= LONGEST_NAME { format!("`{line}`") } else { "a line".to_owned() }
}

/// A title and what belongs to it, wrapped.
fn item(page: &Page<'_>, title: &str, said: &str, lines: &mut Vec<String>) {
    let width = text::WIDTH - 4;
    let mut wrapped = text::wrapped(&format!("{title}: {said}"), width).into_iter();
    let first = wrapped.next().unwrap_or_default();
    let first = match first.strip_prefix(title) {
        Some(rest) => format!("{}{rest}", page.view.style.strong(title)),
        None => first,
    };
    lines.push(format!("  {first}"));
    lines.extend(wrapped.map(|line| format!("    {line}")));
}

fn incomplete(page: &Page<'_>, hook: Hook, lines: &mut Vec<String>) {
    let problems = &page.report.problems;
    let number = text::count(problems.len() as u64, "place", "places");
    let head = format!("keyhound stopped this {}: {number} could not be scanned", noun(hook));
    lines.push(page.view.style.level(Level::Error, &head));
    for problem in problems.iter().take(SHOWN) {
        let message = sanitize::name(&page.masker.mask(problem.message.as_bytes()));
        let help = sanitize::name(&page.masker.mask(problem.help.as_bytes()));
        lines.extend(
            text::wrapped(&format!("{}: {message}", page.path(&problem.path)), text::WIDTH).into_iter().take(3),
        );
        let help = text::wrapped(&format!("help: {help}"), text::WIDTH - 4).into_iter().take(2);
        lines.extend(help.map(|line| format!("    {line}")));
    }
    if problems.len() > SHOWN {
        let more = problems.len() - SHOWN;
        lines.push(format!("  and {more} more: `{}` tells all", whole_report(hook)));
    }
}

/// Keys that are let through by a comment or the configuration are told even then.
fn suppressed(page: &Page<'_>, lines: &mut Vec<String>) {
    let live: Vec<_> = page.report.suppressed.iter().filter(|it| it.finding.is_certain_live_key()).collect();
    for Suppressed { finding, by, .. } in live.iter().take(SHOWN) {
        let place = frame::place(page, finding, finding.first());
        let said = format!("keyhound let a live key pass at {place}: {}", super::summary::cause(page, by));
        lines.extend(text::wrapped(&said, text::WIDTH));
    }
    if live.len() > SHOWN {
        lines.push(format!("  and {} more", live.len() - SHOWN));
    }
}
