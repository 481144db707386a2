//! `keyhound audit`: a repository as a whole, told secret by secret, judged by the configuration of HEAD.

use std::path::Path;

use super::{
    args::AuditArgs,
    color::Styles,
    configuration::{Place, current_directory},
    environment,
    exit::ExitStatus,
    message::{Console, Failures},
    reporting::Run,
};
use crate::{
    config, platform,
    report::{Allowing, Viewpoint},
    source::{Environment, audit::Audit, history::History},
};

/// Runs the command.
pub(super) fn run(args: &AuditArgs, styles: Styles, console: &Console) -> Result<ExitStatus, Failures> {
    refuse_url(&args.path)?;
    let run = Run::plan(&args.judging, &args.reporting, styles, console)?;
    let cwd = current_directory()?;
    let cwd = platform::canonical(&cwd).unwrap_or(cwd);
    let directory = cwd.join(&args.path);
    let directory = platform::canonical(&directory).map_err(|error| {
        let message = format!("{} cannot be audited: {error}", args.path.display());
        Failures::of(message, "name a directory of a repository that is here")
    })?;
    // What git tells a hook is about the repository one is in.
    let environment = if directory == cwd { environment::read() } else { Environment::default() };
    let history = History::open(&directory, &environment, run.threads())?;
    let mut audit = Audit::open(history, run.threads())?;
    // A bare repository has no files that a path from here could open.
    let viewpoint = if audit.is_bare() { Viewpoint::default() } else { Viewpoint::new(audit.root(), &cwd) };
    let place = Place::of(args.judging.config.as_deref(), audit.root(), &viewpoint);
    let config = place.judging_from_head(&args.judging, audit.history().file(config::FILE_NAME), &run)?;
    audit.set_exclude(&config.exclude);
    run.tell_settings(&[("root", format!("{} (all of it)", audit.root().display()))], &config);
    let mut report = run.scan(&audit, &config)?;
    report.by_secret = true;
    let is_elsewhere = args.judging.config.is_some() || directory != cwd;
    let allowing = Allowing { configuration: place.name, is_elsewhere };
    run.finish(report, &config, &viewpoint, &allowing)
}

/// keyhound uses no network: what is elsewhere has to be cloned first.
fn refuse_url(path: &Path) -> Result<(), Failures> {
    let text = path.to_string_lossy();
    let is_scp = || text.split_once(':').is_some_and(|(host, _)| host.contains('@') && !host.contains('/'));
    if path.exists() || !(text.contains("://") || is_scp()) {
        return Ok(());
    }
    // What stands before `@` may be a password.
    let text = match (text.find("://"), text.rfind('@')) {
        (Some(scheme), Some(at)) if scheme < at => format!("{}{}", &text[..scheme + 3], &text[at + 1..]),
        _ => text.into_owned(),
    };
    let message = format!("{text} is elsewhere, and keyhound uses no network");
    Err(Failures::of(message, format!("git clone --mirror {text} to-audit.git && keyhound audit to-audit.git")))
}
