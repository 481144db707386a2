//! `keyhound range`: what the commits of a range add, judged by the configuration of before.

use std::{
    ffi::OsStr,
    io::{self, Read},
};

use bstr::{BStr, BString, ByteSlice, ByteVec};

use super::{
    args::{Judging, RangeArgs},
    color::Styles,
    configuration::{Place, current_directory},
    environment,
    exit::ExitStatus,
    message::{Console, Failures},
    output,
    reporting::Run,
};
use crate::{
    config::{self, AdditionKind, Config, Judge},
    platform,
    report::{AddedByChange, AddedKind, Allowing, Report, Viewpoint, sanitize},
    source::{
        SourceError,
        range::{Options, Range, Scope},
    },
    suppress::NewComments,
};

/// Runs the command.
pub(super) fn run(args: &RangeArgs, styles: Styles, console: &Console) -> Result<ExitStatus, Failures> {
    let run = Run::plan(&args.judging, &args.reporting, styles, console)?;
    let cwd = current_directory()?;
    let cwd = platform::canonical(&cwd).unwrap_or(cwd);
    let RangeArgs { since, no_walk, .. } = *args;
    let options = Options { scope: Scope::Commits, since, no_walk, threads: run.threads() };
    let mut range = Range::open(&cwd, &environment::read(), &revisions(args)?, options)?;
    let viewpoint = Viewpoint::new(range.root(), &cwd);
    let place = Place::of(args.judging.config.as_deref(), range.root(), &viewpoint);
    let before = Before { text: range.judging_file(BStr::new(config::FILE_NAME)), origin: "before the range" };
    // Where everything is new, nothing was added beside something.
    let new_comments = if range.has_base() { NewComments::Tell } else { NewComments::Heed };
    let Judged { config, added } = judged(&args.judging, &place, &range, before, new_comments)?;
    range.set_exclude(config.exclude.clone());
    if args.files {
        let line = |path: BString| sanitize::name(&console.masked(&viewpoint.path(path.as_bstr()))) + "\n";
        output::write_stdout(range.paths()?.into_iter().map(line).collect::<String>().as_bytes())?;
        return Ok(ExitStatus::Clean);
    }
    let place_name = format!("{} ({} commits)", range.root().display(), range.commits());
    run.tell_settings(&[("root", place_name)], &config);
    let mut report = run.scan(&range, &config)?;
    // An entry for what was not looked at is not unused.
    report.unused_allows.clear();
    report.added.splice(0..0, added);
    if let Some(text) = nothing_added(&range, &report) {
        run.note(text);
    }
    let allowing = Allowing { configuration: place.name, is_elsewhere: args.judging.config.is_some() };
    run.finish(report, &config, &viewpoint, &allowing)
}

/// The configuration of before, and what it is called in messages.
pub(super) struct Before<'o> {
    pub(super) text: Result<Option<Vec<u8>>, SourceError>,
    pub(super) origin: &'o str,
}

/// The configuration that judges a range, and what the range adds to it.
pub(super) struct Judged {
    pub(super) config: Config,
    pub(super) added: Vec<AddedByChange>,
}

/// Finds out who judges: the configuration that is named, that of before, or, if that says so, that of the range itself.
pub(super) fn judged(
    judging: &Judging,
    place: &Place,
    range: &Range,
    before: Before<'_>,
    new_comments: NewComments,
) -> Result<Judged, Failures> {
    let before_text = before.text.as_ref().ok().cloned().flatten();
    let mut config = place.judging_from(judging, before.origin, || before.text)?;
    config.policy.new_comments = new_comments;
    if judging.no_config || judging.config.is_some() {
        return Ok(Judged { config, added: Vec::new() });
    }
    // A tip that cannot be read is a problem of the scan, which looks at all of it.
    let tip_text = range.tip_file(BStr::new(config::FILE_NAME)).unwrap_or_default();
    let counts = config.judge == Judge::Head;
    let additions = config::additions(before_text.as_deref(), tip_text.as_deref());
    if counts {
        config = place.judging_from(judging, "at the end of the range", || Ok::<_, SourceError>(tip_text))?;
        config.policy.new_comments = NewComments::Tell;
    }
    let added = additions.into_iter().map(|addition| AddedByChange {
        kind: match addition.kind {
            AdditionKind::Allow => AddedKind::Allow,
            AdditionKind::Exclude => AddedKind::Exclude,
            AdditionKind::Rule => AddedKind::Rule,
            AdditionKind::Setting => AddedKind::Setting,
        },
        path: config::FILE_NAME.into(),
        line: None,
        text: addition.text.into(),
        counts,
    });
    Ok(Judged { added: added.collect(), config })
}

/// Why no file was scanned.
pub(super) fn nothing_added(range: &Range, report: &Report) -> Option<&'static str> {
    if report.summary.files > 0 || !report.problems.is_empty() {
        return None;
    }
    Some(match range.commits() {
        0 => "the range is empty: there is no commit in it that was not there before",
        _ if report.skips.is_empty() => {
            "the commits of the range add no content: only messages, deletions and submodules"
        }
        _ => "all content that the range adds is excluded by the configuration, or a pointer of git LFS",
    })
}

/// What was typed, what stands on standard input, or HEAD.
fn revisions(args: &RangeArgs) -> Result<Vec<BString>, Failures> {
    let typed = args.revisions.iter().map(|text| Vec::from_os_str_lossy(OsStr::new(text)).into_owned().into());
    let mut revisions: Vec<BString> = typed.collect();
    if args.stdin {
        let mut text = Vec::new();
        io::stdin().lock().read_to_end(&mut text).map_err(|error| {
            Failures::of(format!("cannot read revisions from standard input: {error}"), "name them as arguments")
        })?;
        let lines = text.lines().map(|line| line.trim().as_bstr()).filter(|line| !line.is_empty());
        revisions.extend(lines.map(BStr::to_owned));
    } else if revisions.is_empty() {
        revisions.push("HEAD".into());
    }
    Ok(revisions)
}
