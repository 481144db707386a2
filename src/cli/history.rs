//! `keyhound history`: everything that a repository holds, judged by the configuration of HEAD.

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
    config,
    report::{Allowing, Viewpoint},
    source::history::History,
};

/// Runs the command.
pub(super) fn run(args: &HistoryArgs, styles: Styles, console: &Console) -> Result<ExitStatus, Failures> {
    let run = Run::plan(&args.judging, &args.reporting, styles, console)?;
    let cwd = current_directory()?;
    let cwd = cwd.canonicalize().unwrap_or(cwd);
    let mut history = History::open(&cwd, &environment::read(), run.threads())?;
    // A bare repository has no files that a path from here could open.
    let viewpoint = if history.is_bare() { Viewpoint::default() } else { Viewpoint::new(history.root(), &cwd) };
    let place = Place::of(args.judging.config.as_deref(), history.root(), &viewpoint);
    let config = place.judging_from(&args.judging, "in HEAD", || history.file(config::FILE_NAME))?;
    history.set_exclude(config.exclude.clone());
    run.tell_settings(&[("root", format!("{} (history)", history.root().display()))], &config);
    let report = run.scan(&history, &config)?;
    if history.objects() == 0 && report.problems.is_empty() {
        run.note("the repository has no objects yet");
    }
    let allowing = Allowing { configuration: place.name, is_elsewhere: args.judging.config.is_some() };
    run.finish(report, &config, &viewpoint, &allowing)
}
