//! `keyhound staged`: what `git commit` would add, judged by the configuration that is staged with it.

use bstr::{BStr, BString, ByteSlice};

use super::{
    args::StagedArgs,
    color::Styles,
    configuration::{Place, current_directory},
    environment,
    exit::ExitStatus,
    message::{Console, Failures},
    output,
    reporting::Run,
};
use crate::{
    config, platform,
    report::{Allowing, Viewpoint, sanitize},
    source::staged::Staged,
};

/// Runs the command.
pub(super) fn run(args: &StagedArgs, styles: Styles, console: &Console) -> Result<ExitStatus, Failures> {
    let run = Run::plan(&args.judging, &args.reporting, styles, console)?;
    let cwd = current_directory()?;
    let cwd = platform::canonical(&cwd).unwrap_or(cwd);
    let mut staged = Staged::open(&cwd, &environment::read(), run.threads())?;
    let viewpoint = Viewpoint::new(staged.root(), &cwd);
    let place = Place::of(args.judging.config.as_deref(), staged.root(), &viewpoint);
    let config = place.judging_from(&args.judging, "in the index", || staged.file(BStr::new(config::FILE_NAME)))?;
    staged.set_exclude(config.exclude.clone());
    if args.files {
        let paths = staged.paths();
        let line = |path: BString| sanitize::name(&console.masked(&viewpoint.path(path.as_bstr()))) + "\n";
        output::write_stdout(paths.map(line).collect::<String>().as_bytes())?;
        return Ok(ExitStatus::Clean);
    }
    run.tell_settings(&[("root", format!("{} (index)", staged.root().display()))], &config);
    let mut report = run.scan(&staged, &config)?;
    // An entry for what was not looked at is not unused.
    report.unused_allows.clear();
    if report.summary.is_empty() && report.problems.is_empty() {
        run.note(match staged.changed() {
            0 => "nothing is staged",
            _ if report.skips.is_empty() => {
                "nothing new is staged, only deletions, submodules and files that are still in conflict"
            }
            _ => "everything that is staged is excluded by the configuration, or a pointer of git LFS",
        });
    }
    let allowing = Allowing { configuration: place.name, is_elsewhere: args.judging.config.is_some() };
    run.finish(report, &config, &viewpoint, &allowing)
}
