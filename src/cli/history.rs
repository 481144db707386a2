//! `keyhound history`: everything that a repository holds, judged by the configuration of HEAD.

use std::path::Path;

use super::{
    args::HistoryArgs,
    color::Styles,
    configuration::{Place, current_directory},
    environment,
    exit::ExitStatus,
    message::{Console, Failures},
    reporting::Run,
};
use crate::{
    config::{self, Config},
    glob::PathGlobs,
    platform,
    report::{Allowing, Report, Viewpoint},
    source::{
        history::History,
        range::{Options, Range, Scope},
    },
};

/// Runs the command.
pub(super) fn run(args: &HistoryArgs, styles: Styles, console: &Console) -> Result<ExitStatus, Failures> {
    let run = Run::plan(&args.judging, &args.reporting, styles, console)?;
    let cwd = current_directory()?;
    let cwd = platform::canonical(&cwd).unwrap_or(cwd);
    let mut history = History::open(&cwd, &environment::read(), run.threads())?;
    // A bare repository has no files that a path from here could open.
    let viewpoint = if history.is_bare() { Viewpoint::default() } else { Viewpoint::new(history.root(), &cwd) };
    let place = Place::of(args.judging.config.as_deref(), history.root(), &viewpoint);
    let config = place.judging_from_head(&args.judging, history.file(config::FILE_NAME), &run)?;
    history.set_exclude(config.exclude.clone());
    run.tell_settings(&[("root", format!("{} (history)", history.root().display()))], &config);
    let report = if args.refs.is_empty() && args.since.is_none() && args.path.is_empty() {
        run.scan(&history, &config)?
    } else {
        selected(args, &run, (&cwd, &history), &config)?
    };
    if history.objects() == 0 && report.problems.is_empty() {
        run.note("the repository has no objects yet");
    }
    let allowing = Allowing { configuration: place.name, is_elsewhere: args.judging.config.is_some() };
    run.finish(report, &config, &viewpoint, &allowing)
}

/// Scans what the commits add that are selected.
fn selected(
    args: &HistoryArgs,
    run: &Run<'_>,
    (cwd, history): (&Path, &History),
    config: &Config,
) -> Result<Report, Failures> {
    let wanted = globs("--refs", &args.refs)?;
    let references = history.references(wanted.as_ref());
    if references.is_empty() && wanted.is_some() {
        let message = "--refs matches no branch, tag or other reference that leads to a commit";
        return Err(Failures::of(message, "`git for-each-ref` lists them"));
    }
    let options = Options { scope: Scope::History, since: args.since, threads: run.threads(), ..Options::default() };
    let mut range = Range::open(cwd, &environment::read(), &references, options)?;
    range.set_exclude(config.exclude.clone());
    if let Some(only) = globs("--path", &args.path)? {
        range.set_only(only);
    }
    let mut report = run.scan(&range, config)?;
    // An entry for what was not looked at is not unused.
    report.unused_allows.clear();
    if report.summary.is_empty() && report.problems.is_empty() {
        if !args.path.is_empty() && args.since.is_none() && args.refs.is_empty() && report.skips.is_empty() {
            // A check that looks at a path which was renamed would be clean for ever.
            let message = format!("--path {} matches no path of any commit", args.path.join(" --path "));
            return Err(Failures::of(message, "globs are those of .gitignore: `/dir/`, `*.env`"));
        }
        run.note("no commit that is selected adds any content");
    }
    Ok(report)
}

/// The globs that were typed for a flag; `None`: there are none.
fn globs(flag: &str, typed: &[String]) -> Result<Option<PathGlobs>, Failures> {
    if typed.is_empty() {
        return Ok(None);
    }
    let globs: Vec<_> = typed.iter().map(String::as_str).collect();
    let fail = |errors: Vec<(usize, String)>| {
        let (number, what) = &errors[0];
        Failures::of(format!("{flag} {}: {what}", typed[*number]), "globs are those of .gitignore")
    };
    PathGlobs::new(&globs).map(Some).map_err(fail)
}
