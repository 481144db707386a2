//! `keyhound scan`: opens the source, loads the configuration that rules it, runs the pipeline, writes the reports.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    path::{Component, Path},
    thread,
};

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
    config::{self, Config},
    detect::Detector,
    origin::{Problem, Skip, SkipReason},
    report::{self, Allowing, Format, Renderer, Report, View, Viewpoint, sanitize},
    scan::{self, Progress},
    source::{
        Source, SourceError,
        stdin::Stdin,
        worktree::{self, Options, Worktree},
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
    let (root, cwd) = match &worktree {
        Some(worktree) => (worktree.root().to_owned(), worktree.cwd().to_owned()),
        None => (worktree::root(&cwd)?, cwd.canonicalize().unwrap_or(cwd)),
    };
    let mut viewpoint = Viewpoint::new(&root, &cwd);
    let place = Place::of(args.judging.config.as_deref(), &root, &viewpoint);
    let config = place.judging(&args.judging)?;
    if let Some(worktree) = &mut worktree {
        worktree.set_exclude(config.exclude.clone());
    }
    if args.verbose {
        tell_settings(console, worktree.as_ref(), &config, threads);
    }
    if let Some(worktree) = worktree.as_ref().filter(|_| args.files) {
        return list(worktree, &viewpoint, console);
    }
    let mut report = if let Some(worktree) = &worktree {
        scan(args, worktree, &config)?
    } else {
        let name = args.stdin_path.as_deref().and_then(|path| path_in(&root, &cwd, path));
        if name.is_none() {
            // What is no file of the tree is called as it was typed, wherever the reader is.
            viewpoint = Viewpoint::default();
        }
        let as_typed =
            || Vec::from_path_lossy(args.stdin_path.as_deref().unwrap_or(STDIN_NAME.as_ref())).into_owned().into();
        scan(args, &Stdin { name: name.unwrap_or_else(as_typed) }, &config)?
    };
    if !worktree.as_ref().is_some_and(Worktree::is_whole) {
        // An entry for what was not looked at is not unused.
        report.unused_allows.clear();
    }
    // A file that was named is called so in every format, the one at the root by its path from there.
    let named = args.judging.config.as_ref().map(|file| file.display().to_string());
    report.policy = config.source.map(|_| named.unwrap_or_else(|| config::FILE_NAME.to_owned()));
    if report.summary.files == 0 && report.problems.is_empty() && !args.quiet {
        console.note(&nothing_scanned(&report.skips));
    }
    let is_told = outputs.iter().any(|output| output.format == Format::Human && output.target == Target::Stdout);
    let renderer = Renderer::new(&report);
    if !is_told {
        tell_problems(console, &renderer, &report.problems, &viewpoint);
        if args.verbose {
            tell_skips(console, &renderer, &report.skips, &viewpoint);
        }
    }
    let status = ExitStatus::of(&report, args.fail_on.level().filter(|_| !args.exit_zero));
    let left_out = outputs.iter().map(|output| (output.format, report::left_out(output.format, &report)));
    for (format, number) in left_out.filter(|(_, number)| *number > 0 && !args.quiet) {
        console.note(&format!("{format} leaves out {number} places, the least urgent ones; json has all"));
    }
    let is_elsewhere = args.judging.config.is_some() || Place::find(None)?.path != place.path;
    let allowing = Allowing { configuration: place.name, is_elsewhere };
    write_reports(args, &outputs, &report, &renderer, (viewpoint, allowing), styles)?;
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

fn scan<S: Source + Sync>(args: &ScanArgs, source: &S, config: &Config) -> Result<Report, SourceError> {
    let detector = Detector::new(config.rules.clone());
    let progress = Progress::default();
    let when = if args.quiet { ProgressWhen::Never } else { args.progress };
    progress::showing(when, &progress, || {
        scan::run(source, &detector, &config.policy, args.judging.min_confidence.into(), &progress)
    })
}

/// All reports are made before the first is written: what interrupts this leaves no half of one.
fn write_reports(
    args: &ScanArgs,
    outputs: &[Output],
    report: &Report,
    renderer: &Renderer<'_>,
    (viewpoint, allowing): (Viewpoint, Allowing),
    styles: Styles,
) -> Result<(), Failures> {
    let has_something_to_say = !report.findings.is_empty() || !report.problems.is_empty();
    let mut texts = Vec::new();
    for Output { format, target } in outputs {
        let mut text = Vec::new();
        if !args.quiet || *format != Format::Human || has_something_to_say {
            let style = if *target == Target::Stdout { styles.stdout } else { styles.file };
            let view = View {
                style,
                show_secrets: args.show_secrets,
                viewpoint: viewpoint.clone(),
                allowing: allowing.clone(),
                verbose: args.verbose,
            };
            renderer.write(*format, &view, &mut text).expect("invariant: writing to memory succeeds");
        }
        texts.push((target, text));
    }
    let failures: Vec<_> = texts.iter().filter_map(|(target, text)| target.write(text).err()).collect();
    if failures.is_empty() { Ok(()) } else { Err(failures.into()) }
}

/// `--files`: one path a line, relative to the current directory.
fn list(worktree: &Worktree, viewpoint: &Viewpoint, console: &Console) -> Result<ExitStatus, Failures> {
    let mut text = String::new();
    for file in worktree.list()? {
        text.push_str(&sanitize::name(&console.masked(&viewpoint.path(file.as_bstr()))));
        text.push('\n');
    }
    output::write_stdout(text.as_bytes())?;
    Ok(ExitStatus::Clean)
}

/// The path from the root to what `typed` names, relative to `cwd`; `None` if it is not below the root. There need be no
/// such file.
fn path_in(root: &Path, cwd: &Path, typed: &Path) -> Option<BString> {
    let below = cwd.join(typed);
    let mut parts: Vec<Component<'_>> = Vec::new();
    for part in below.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(parts.pop_if(|part| matches!(part, Component::Normal(_)))),
            part => parts.push(part),
        }
    }
    let root: Vec<_> = root.components().collect();
    let parts = parts.strip_prefix(&root[..]).filter(|parts| !parts.is_empty())?;
    let parts = parts.iter().map(|part| Vec::from_os_str_lossy(part.as_os_str()));
    Some(bstr::join("/", parts).into())
}

/// Why a scan without a file had none.
fn nothing_scanned(skips: &[Skip]) -> String {
    let mut counts: BTreeMap<SkipReason, usize> = BTreeMap::new();
    for skip in skips {
        *counts.entry(skip.reason).or_default() += 1;
    }
    if counts.is_empty() {
        return "there is nothing to scan here: no file that could be committed".to_owned();
    }
    let reasons = counts.into_iter().map(|(reason, number)| {
        let what = match reason {
            SkipReason::Excluded => "excluded by the configuration",
            SkipReason::Ignored => "ignored by git (--include-ignored scans these)",
            SkipReason::Submodule => "in submodules (--recurse-submodules scans these)",
            SkipReason::NestedRepository => "in repositories of their own (--recurse-submodules scans these)",
            SkipReason::Deleted => "deleted",
            SkipReason::Special => "neither files nor directories",
            SkipReason::LfsPointer => "only pointers of git LFS",
        };
        format!("{number} {what}")
    });
    format!("nothing is scanned of what is here: {}", reasons.collect::<Vec<_>>().join(", "))
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

fn tell_skips(console: &Console, renderer: &Renderer<'_>, skips: &[Skip], viewpoint: &Viewpoint) {
    for skip in skips {
        let path = BString::from(renderer.masked(&viewpoint.path(skip.path.as_bstr())));
        console.detail("skipped", &format!("{path} ({})", skip.reason.id()));
    }
}

fn tell_problems(console: &Console, renderer: &Renderer<'_>, problems: &[Problem], viewpoint: &Viewpoint) {
    let masked = |text: &str| String::from_utf8_lossy(&renderer.masked(text.as_bytes())).into_owned();
    for Problem { path, message, help } in problems.iter().take(TOLD_PROBLEMS) {
        let path = BString::from(renderer.masked(&viewpoint.path(path.as_bstr())));
        console.problem(&Problem { path, message: masked(message), help: masked(help) });
    }
    if problems.len() > TOLD_PROBLEMS {
        console.note(&format!("{} more could not be scanned; the report lists all", problems.len() - TOLD_PROBLEMS));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_standard_input_is_called_is_a_path_of_the_tree() {
        let path = |typed: &str| path_in("/r".as_ref(), "/r/sub".as_ref(), typed.as_ref()).map(|path| path.to_string());
        for (typed, path_from_root) in [
            ("a.js", Some("sub/a.js")),
            ("./x/../a.js", Some("sub/a.js")),
            ("../a.js", Some("a.js")),
            ("/r/b/a.js", Some("b/a.js")),
            ("../../a.js", None),
            ("/other/a.js", None),
            ("../../../../r/a.js", Some("a.js")),
            ("..", None),
        ] {
            assert_eq!(path(typed).as_deref(), path_from_root, "{typed}");
        }
    }
}
