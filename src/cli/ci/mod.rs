//! `keyhound ci`: what an event brings, judged by what was there before; told where a reviewer looks.

mod event;
mod outputs;

use std::path::PathBuf;

use bstr::{BStr, BString};
use serde_json::Value;

use self::event::{FETCH_ALL, JudgedBy, Plan, Refusal, Repository, Task};
use super::{
    args::{CiArgs, ScopeArg},
    color::Styles,
    configuration::{Place, current_directory},
    environment::{self, Actions},
    exit::ExitStatus,
    message::{Console, Failures},
    output,
    range::{Before, Judged, judged, nothing_added},
    reporting::Run,
};
use crate::{
    config::{self, Judge},
    platform,
    report::{self, Allowing, Format, Report, Viewpoint},
    source::{
        history::History,
        open,
        range::{Commits, Options, Range, Scope},
    },
    suppress::NewComments,
};

/// What is said of a run to the steps after it.
#[derive(Debug, Default)]
struct Said {
    findings: u64,
    range: String,
    /// All reports were written.
    is_written: bool,
}

/// Runs the command.
pub(super) fn run(args: &CiArgs, styles: Styles, console: &Console) -> Result<ExitStatus, Failures> {
    let actions = environment::actions();
    let mut said = Said::default();
    let result = scan(args, &actions, styles, console, &mut said);
    let told = match &result {
        Err(failures) if !said.is_written => tell(&console.told(failures), &actions),
        _ => Ok(()),
    };
    // What went wrong first is told, and the steps after this one get their outputs whatever went wrong.
    let result = result.and_then(|status| told.map(|()| status));
    if let Some(file) = &actions.output {
        let status = result.as_ref().map_or(ExitStatus::Error, |status| *status);
        let sarif = sarif_file(args).filter(|_| said.is_written);
        let sarif = sarif.map_or_else(String::new, |file| file.display().to_string());
        let outputs = [
            ("exit-code", status.code().to_string()),
            ("findings", said.findings.to_string()),
            ("sarif-file", sarif),
            ("range", said.range),
        ];
        let written = outputs::append(file, &outputs);
        let failed = written.map_err(|error| {
            Failures::of(
                format!("cannot write to GITHUB_OUTPUT, {}: {error}", file.display()),
                "it is a file to append to",
            )
        });
        return result.and_then(|status| failed.map(|()| status));
    }
    result
}

/// Says what went wrong where a reviewer looks: the log is folded away.
fn tell(failures: &[String], actions: &Actions) -> Result<(), Failures> {
    if actions.is_here {
        output::write_stdout(format!("{}\n", report::failure(&failures.join("\n"))).as_bytes())?;
    }
    if let Some(file) = &actions.step_summary {
        let text = failures
            .iter()
            .map(|text| format!("```text\n{}\n```\n", text.replace('`', "\u{2019}")))
            .collect::<String>();
        outputs::append_text(file, &format!("## keyhound could not scan\n\n{text}")).map_err(|error| {
            let message = format!("cannot write to GITHUB_STEP_SUMMARY, {}: {error}", file.display());
            Failures::of(message, "it is a file to append to")
        })?;
    }
    Ok(())
}

fn scan(
    args: &CiArgs,
    actions: &Actions,
    styles: Styles,
    console: &Console,
    said: &mut Said,
) -> Result<ExitStatus, Failures> {
    if args.reporting.show_secrets {
        return Err(Failures::of(
            "--show-secrets is not for CI: whoever reads the log would read the keys",
            "leave it out",
        ));
    }
    let default = if actions.is_here { Format::Github } else { Format::Human };
    let mut run = Run::plan_as(default, &args.judging, &args.reporting, styles, console)?;
    if let Some(file) = &actions.step_summary {
        run.append(Format::Markdown, file)?;
    }
    let cwd = current_directory()?;
    let cwd = platform::canonical(&cwd).unwrap_or(cwd);
    let commits = Commits::open(&cwd, &environment::read())?;
    let task = if let Some(base) = &args.base {
        Plan::since(base, &commits)
    } else {
        let (name, payload) = event(actions)?;
        event::task(&name, &payload, actions.sha.as_deref(), &commits)
    };
    match task? {
        Task::Nothing(why) => {
            run.note(&why);
            Ok(ExitStatus::Clean)
        }
        Task::Scan(plan) => {
            said.range = plan.range();
            plan.note.iter().for_each(|note| run.note(note));
            match plan.judged_by {
                JudgedBy::Tip => history(args, &run, said),
                JudgedBy::Base | JudgedBy::Nothing => range(args, &run, commits, &plan, said),
            }
        }
    }
}

/// Scans what the commits of a plan add.
fn range(args: &CiArgs, run: &Run<'_>, commits: Commits, plan: &Plan, said: &mut Said) -> Result<ExitStatus, Failures> {
    let cwd = current_directory()?;
    let cwd = platform::canonical(&cwd).unwrap_or(cwd);
    let is_shallow = commits.is_shallow()?;
    let scope = match args.scope {
        ScopeArg::Commits => Scope::Commits,
        ScopeArg::Tree => Scope::Tree,
    };
    let left_out = plan.left_out.iter().map(|base| BString::from(format!("^{base}")));
    let revisions: Vec<_> = left_out.chain([BString::from(plan.tip.as_str())]).collect();
    let options = Options { scope, threads: run.threads(), ..Options::default() };
    let mut range = Range::of(commits, &revisions, options)?;
    let viewpoint = Viewpoint::new(range.root(), &cwd);
    let place = Place::of(args.judging.config.as_deref(), range.root(), &viewpoint);
    let text = match plan.judged_by {
        JudgedBy::Nothing => Ok(None),
        _ => range.judging_file(BStr::new(config::FILE_NAME)),
    };
    let before = Before { text, origin: "of the base" };
    let Judged { config, added } = judged(&args.judging, &place, &range, before, NewComments::Refuse)?;
    range.set_exclude(config.exclude.clone());
    run.note(&format!("range: {} (commits: {})", plan.range(), range.commits()));
    run.tell_settings(&[("root", range.root().display().to_string())], &config);
    let mut report = run.scan(&range, &config)?;
    // An entry for what was not looked at is not unused.
    report.unused_allows.clear();
    report.added.splice(0..0, added);
    report.is_judged_by_base = config.judge != Judge::Head;
    if let Some(text) = nothing_added(&range, &report) {
        run.note(text);
    }
    note_fetching(run, &report, is_shallow);
    said.findings = report.summary.findings;
    let allowing = Allowing { configuration: place.name, is_elsewhere: args.judging.config.is_some() };
    let status = run.finish(report, &config, &viewpoint, &allowing)?;
    said.is_written = true;
    Ok(status)
}

/// Scans everything.
fn history(args: &CiArgs, run: &Run<'_>, said: &mut Said) -> Result<ExitStatus, Failures> {
    let cwd = current_directory()?;
    let cwd = platform::canonical(&cwd).unwrap_or(cwd);
    let environment = environment::read();
    let is_shallow = Commits::open(&cwd, &environment)?.is_shallow()?;
    let mut history = History::open(&cwd, &environment, run.threads())?;
    let viewpoint = Viewpoint::new(history.root(), &cwd);
    let place = Place::of(args.judging.config.as_deref(), history.root(), &viewpoint);
    let config = place.judging_from_head(&args.judging, history.file(config::FILE_NAME), run)?;
    history.set_exclude(config.exclude.clone());
    run.tell_settings(&[("root", format!("{} (history)", history.root().display()))], &config);
    let report = run.scan(&history, &config)?;
    note_fetching(run, &report, is_shallow);
    said.findings = report.summary.findings;
    let allowing = Allowing { configuration: place.name, is_elsewhere: args.judging.config.is_some() };
    let status = run.finish(report, &config, &viewpoint, &allowing)?;
    said.is_written = true;
    Ok(status)
}

/// Says what a workflow has to have so that the clone is whole.
fn note_fetching(run: &Run<'_>, report: &Report, is_shallow: bool) {
    if is_shallow && !report.problems.is_empty() {
        run.note(&format!("the clone ends too early; these lines of the workflow fetch all of it:{FETCH_ALL}"));
    }
}

/// The name and the content of the event.
fn event(actions: &Actions) -> Result<(String, Value), Failures> {
    let help = "in GitHub Actions it is there; elsewhere name the commit of before: `keyhound ci --base REV`";
    let Some(name) = &actions.event_name else {
        return Err(Failures::of("GITHUB_EVENT_NAME is not set: there is no event that brings commits", help));
    };
    let name = name.to_string_lossy().into_owned();
    let Some(path) = &actions.event_path else {
        return Err(Failures::of("GITHUB_EVENT_PATH is not set: nothing says which commits the event brings", help));
    };
    let fail = |what: String| Failures::of(format!("the event {} cannot be read: {what}", path.display()), help);
    let file = std::fs::File::open(path).map_err(|error| fail(error.to_string()))?;
    let text = open::read_small(file).map_err(|error| fail(error.to_string()))?;
    let payload = serde_json::from_slice(&text).map_err(|error| fail(format!("it is no JSON: {error}")))?;
    Ok((name, payload))
}

/// Where the SARIF report goes, if one is wanted.
fn sarif_file(args: &CiArgs) -> Option<&PathBuf> {
    let reporting = &args.reporting;
    let primary = reporting.output.as_ref().filter(|_| reporting.format == Some(Format::Sarif));
    primary.or_else(|| reporting.report.iter().find(|report| report.format == Format::Sarif).map(|report| &report.file))
}

impl Repository for Commits {
    fn id(&self, revision: &str) -> Option<String> {
        Self::id(self, revision)
    }

    fn parents(&self, id: &str) -> Vec<String> {
        Self::parents(self, id)
    }

    fn leads_to(&self, from: &str, to: &str) -> bool {
        Self::leads_to(self, from, to)
    }

    fn origin(&self) -> Vec<String> {
        self.urls("origin")
    }
}

impl From<Refusal> for Failures {
    fn from(Refusal { message, help }: Refusal) -> Self {
        Self::of(message, help)
    }
}
