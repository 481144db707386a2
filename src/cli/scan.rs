//! `keyhound scan`: opens the source, loads the configuration that rules it, runs the pipeline, writes the reports.

use std::{num::NonZeroUsize, path::Path, thread};

use bstr::{BString, ByteSlice, ByteVec};

use super::{
    args::{ProgressWhen, ScanArgs},
    color::Styles,
    configuration::{Place, current_directory},
    exit::ExitStatus,
    message::{Console, Failure, Failures},
    output::{self, Output, Target},
    progress,
};
use crate::{
    config::Config,
    detect::Detector,
    origin::{Problem, Skip},
    report::{self, Format, Report, View},
    scan::{self, Progress},
    source::{
        Source, SourceError,
        stdin::Stdin,
        worktree::{Options, Worktree},
    },
};

/// What standard input is called unless `--stdin-path` names it.
const STDIN_NAME: &str = "stdin";

/// Problems that are told on standard error one by one; a report has all of them.
const TOLD_PROBLEMS: usize = 10;

/// Runs the command.
pub(super) fn run(args: &ScanArgs, styles: Styles, console: &Console) -> Result<ExitStatus, Failures> {
    let is_stdin = is_stdin(args)?;
    let outputs = if args.files { Vec::new() } else { plan_outputs(args)? };
    let threads = threads(args);
    let cwd = current_directory()?;
    let options =
        Options { include_ignored: args.include_ignored, recurse_submodules: args.recurse_submodules, threads };
    // Standard input is judged by the configuration of the repository one is in, whatever else is the matter with that.
    let mut worktree = if is_stdin { None } else { Some(Worktree::open(&cwd, &args.paths, options)?) };
    let config = load_config(args, |named| match &worktree {
        Some(worktree) => Ok(Place::of(named, worktree.root())),
        None => Place::find(named),
    })?;
    if let Some(worktree) = &mut worktree {
        worktree.set_exclude(config.exclude.clone());
    }
    if args.verbose {
        tell_settings(console, worktree.as_ref(), &config, threads);
    }
    if let Some(worktree) = worktree.as_ref().filter(|_| args.files) {
        return list(worktree, console);
    }
    let mut report = if let Some(worktree) = &worktree {
        scan(args, worktree, &config)?
    } else {
        let name = args.stdin_path.clone().unwrap_or_else(|| STDIN_NAME.into());
        scan(args, &Stdin { name: name.into_os_string().into_encoded_bytes().into() }, &config)?
    };
    if !worktree.as_ref().is_some_and(Worktree::is_whole) {
        // An entry for what was not looked at is not unused.
        report.unused_allows.clear();
    }
    report.policy = config.source.map(|source| source.name);
    if report.summary.files == 0 && report.problems.is_empty() && !args.quiet {
        console.note("there is nothing to scan here: no file that could be committed");
    }
    let is_told = outputs.iter().any(|output| output.format == Format::Human && output.target == Target::Stdout);
    if !is_told {
        tell_problems(console, &report.problems);
        if args.verbose {
            tell_skips(console, &report.skips);
        }
    }
    let status = ExitStatus::of(&report, args.fail_on.level().filter(|_| !args.exit_zero));
    let prefix = worktree.as_ref().map(Worktree::prefix).unwrap_or_default();
    write_reports(args, &outputs, &report, &prefix, styles)?;
    Ok(status)
}

/// Whether standard input is scanned. It has no place among files.
fn is_stdin(args: &ScanArgs) -> Result<bool, Failure> {
    let is_named = args.paths.iter().any(|path| path == Path::new("-"));
    let fail = |message: &str, help: &str| Err(Failure::new(message).help(help));
    if is_named && args.paths.len() > 1 {
        return fail("`-` is standard input and cannot be scanned together with files", "for a file of that name: ./-");
    }
    if is_named && args.files {
        return fail("--files lists files, and `-` is standard input", "leave one of them out");
    }
    if args.stdin_path.is_some() && !is_named {
        return fail("--stdin-path names standard input, which is not scanned", "to scan it: keyhound scan -");
    }
    Ok(is_named)
}

fn plan_outputs(args: &ScanArgs) -> Result<Vec<Output>, Failure> {
    let primary = (args.format, args.output.as_deref());
    let more = args.report.iter().map(|report| (report.format, Some(report.file.as_path())));
    let wanted: Vec<_> = [primary].into_iter().chain(more).collect();
    if args.show_secrets && wanted.iter().any(|(format, _)| *format == Format::Sarif) {
        let failure = Failure::new("--show-secrets does not reach sarif, which is made to be shared");
        return Err(failure.help("leave out --show-secrets, or write that report in another run"));
    }
    output::plan(&wanted)
}

fn threads(args: &ScanArgs) -> usize {
    // Where the number of processors cannot be found out, one thread is right on any machine.
    let processors = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
    args.threads.map_or_else(processors, usize::from)
}

/// The configuration that judges: the one that was named, or that of the root, or none.
fn load_config(
    args: &ScanArgs,
    place: impl FnOnce(Option<&Path>) -> Result<Place, Failures>,
) -> Result<Config, Failures> {
    let config = if args.no_config { Config::default() } else { place(args.config.as_deref())?.load()? };
    check_config(args, config)
}

fn check_config(args: &ScanArgs, mut config: Config) -> Result<Config, Failures> {
    if config.rules.rules.is_empty() {
        return Err(Failures::of("there are no rules, so nothing can be found", "add a [[rule]] to the configuration"));
    }
    config.policy.inline = config.policy.inline && !args.no_inline;
    Ok(config)
}

fn scan<S: Source + Sync>(args: &ScanArgs, source: &S, config: &Config) -> Result<Report, SourceError> {
    let detector = Detector::new(config.rules.clone());
    let progress = Progress::default();
    let when = if args.quiet { ProgressWhen::Never } else { args.progress };
    progress::showing(when, &progress, || {
        scan::run(source, &detector, &config.policy, args.min_confidence.into(), &progress)
    })
}

/// All reports are made before the first is written: what interrupts this leaves no half of one.
fn write_reports(
    args: &ScanArgs,
    outputs: &[Output],
    report: &Report,
    prefix: &BString,
    styles: Styles,
) -> Result<(), Failures> {
    let has_something_to_say = !report.findings.is_empty() || !report.problems.is_empty();
    let mut rendered = Vec::new();
    for Output { format, target } in outputs {
        let mut text = Vec::new();
        if !args.quiet || *format != Format::Human || has_something_to_say {
            let style = if *target == Target::Stdout { styles.stdout } else { styles.file };
            let view = View { style, show_secrets: args.show_secrets, prefix: prefix.clone(), verbose: args.verbose };
            report::write(*format, report, &view, &mut text).expect("invariant: writing to memory succeeds");
        }
        rendered.push((target, text));
    }
    let failures: Vec<_> = rendered.iter().filter_map(|(target, text)| target.write(text).err()).collect();
    if failures.is_empty() { Ok(()) } else { Err(failures.into()) }
}

/// `--files`: one path a line, relative to the current directory.
fn list(worktree: &Worktree, console: &Console) -> Result<ExitStatus, Failures> {
    let prefix = worktree.prefix();
    let mut text = Vec::new();
    for file in worktree.list()? {
        text.extend_from_slice(&relative(&file, &prefix));
        text.push(b'\n');
    }
    output::write_stdout(console.masked(&text).as_bytes())?;
    Ok(ExitStatus::Clean)
}

/// A path relative to the root, as seen from the directory `prefix` below the root.
fn relative(path: &BString, prefix: &BString) -> BString {
    let (mut path, mut prefix) = (&path[..], &prefix[..]);
    while !prefix.is_empty() {
        let (directory, below) = prefix.split_once_str("/").unwrap_or((prefix, b""));
        match path.split_once_str("/") {
            Some((first, rest)) if first == directory => (path, prefix) = (rest, below),
            _ => break,
        }
    }
    let up = if prefix.is_empty() { 0 } else { 1 + prefix.find_iter("/").count() };
    let mut relative = BString::from("../".repeat(up));
    relative.push_str(path);
    relative
}

fn tell_settings(console: &Console, worktree: Option<&Worktree>, config: &Config, threads: usize) {
    if let Some(worktree) = worktree {
        let kind = if worktree.repository() { "git repository" } else { "no git repository" };
        console.detail("root", &format!("{} ({kind})", worktree.root().display()));
    }
    let source = config.source.as_ref().map_or("none", |source| &source.name);
    console.detail("configuration", source);
    console.detail("rules", &config.rules.rules.len().to_string());
    console.detail("threads", &threads.to_string());
}

fn tell_skips(console: &Console, skips: &[Skip]) {
    for skip in skips {
        console.detail("skipped", &format!("{} ({})", skip.path, skip.reason.id()));
    }
}

fn tell_problems(console: &Console, problems: &[Problem]) {
    for problem in problems.iter().take(TOLD_PROBLEMS) {
        console.problem(problem);
    }
    if problems.len() > TOLD_PROBLEMS {
        console.note(&format!("{} more could not be scanned; the report lists all", problems.len() - TOLD_PROBLEMS));
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::{
        cli::args::{Args, Command},
        rule::RuleSet,
    };

    #[test]
    fn paths_are_seen_from_the_current_directory() {
        let relative = |path: &str, prefix: &str| relative(&path.into(), &prefix.into()).to_string();
        assert_eq!(relative("a/b", ""), "a/b");
        assert_eq!(relative("a/b", "a"), "b");
        assert_eq!(relative("a/b/c", "a/d"), "../b/c");
        assert_eq!(relative("x", "a/b"), "../../x");
        assert_eq!(relative("ab/c", "a"), "../ab/c", "directories are compared whole");
        assert_eq!(relative("a", "a"), "../a", "a file is no directory");
    }

    #[test]
    fn no_rules_are_an_error() {
        let Command::Scan(args) = Args::parse_from(["keyhound", "scan"]).command else { panic!("scan was typed") };
        let config = Config { rules: RuleSet::default().into(), ..Config::default() };
        assert!(check_config(&args, config).is_err());
    }
}
