//! `keyhound scan`: opens the source, loads the configuration that rules it, runs the pipeline, writes the reports.

use std::{
    collections::BTreeMap,
    path::{Component, Path},
};

use bstr::{BString, ByteSlice, ByteVec};

use super::{
    args::ScanArgs,
    color::Styles,
    configuration::{Place, current_directory},
    exit::ExitStatus,
    message::{Console, Failure, Failures},
    output,
    reporting::{self, Run},
};
use crate::{
    origin::{Skip, SkipReason},
    platform,
    report::{Allowing, Viewpoint, sanitize},
    source::{
        stdin::Stdin,
        worktree::{self, Options, Worktree},
    },
};

/// What standard input is called unless `--stdin-path` names it.
const STDIN_NAME: &str = "stdin";

/// Runs the command.
pub(super) fn run(args: &ScanArgs, styles: Styles, console: &Console) -> Result<ExitStatus, Failures> {
    let is_stdin = is_stdin(args)?;
    if args.files {
        return list(args, console);
    }
    let run = Run::plan(&args.judging, &args.reporting, styles, console)?;
    let cwd = current_directory()?;
    // Standard input is judged by the configuration of the repository one is in, whatever else is the matter with that.
    let mut worktree = if is_stdin { None } else { Some(Worktree::open(&cwd, &args.paths, options(args))?) };
    let (root, cwd) = match &worktree {
        Some(worktree) => (worktree.root().to_owned(), worktree.cwd().to_owned()),
        None => (worktree::root(&cwd)?, platform::canonical(&cwd).unwrap_or(cwd)),
    };
    let mut viewpoint = Viewpoint::new(&root, &cwd);
    let place = Place::of(args.judging.config.as_deref(), &root, &viewpoint);
    let config = place.judging(&args.judging)?;
    if let Some(worktree) = &mut worktree {
        worktree.set_exclude(config.exclude.clone());
    }
    let mut report = if let Some(worktree) = &worktree {
        run.tell_settings(&[("root", described(worktree))], &config);
        run.scan(worktree, &config)?
    } else {
        run.tell_settings(&[], &config);
        let name = args.stdin_path.as_deref().and_then(|path| path_in(&root, &cwd, path));
        if name.is_none() {
            // What is no file of the tree is called as it was typed, wherever the reader is.
            viewpoint = Viewpoint::default();
        }
        let as_typed =
            || Vec::from_path_lossy(args.stdin_path.as_deref().unwrap_or(STDIN_NAME.as_ref())).into_owned().into();
        run.scan(&Stdin { name: name.unwrap_or_else(as_typed) }, &config)?
    };
    // An entry for what was not looked at is not unused; neither is one for a value that only the history has by now.
    let is_whole = worktree.as_ref().is_some_and(Worktree::is_whole);
    report.unused_allows.retain(|unused| {
        let allow = &config.policy.allows[unused.number];
        is_whole && allow.fingerprints.is_empty() && allow.commits.is_empty()
    });
    if report.summary.is_empty() && report.problems.is_empty() {
        run.note(&nothing_scanned(&report.skips));
    }
    let is_elsewhere = args.judging.config.is_some() || Place::find(None).map_or(true, |own| own.path != place.path);
    let allowing = Allowing { configuration: place.name, is_elsewhere };
    run.finish(report, &config, &viewpoint, &allowing)
}

fn options(args: &ScanArgs) -> Options {
    let ScanArgs { include_ignored, recurse_submodules, .. } = *args;
    Options { include_ignored, recurse_submodules, threads: reporting::threads(&args.reporting) }
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

/// `--files`: one path a line, relative to the current directory.
fn list(args: &ScanArgs, console: &Console) -> Result<ExitStatus, Failures> {
    let mut worktree = Worktree::open(&current_directory()?, &args.paths, options(args))?;
    let viewpoint = Viewpoint::new(worktree.root(), worktree.cwd());
    let place = Place::of(args.judging.config.as_deref(), worktree.root(), &viewpoint);
    worktree.set_exclude(place.judging(&args.judging)?.exclude);
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
pub(super) fn path_in(root: &Path, cwd: &Path, typed: &Path) -> Option<BString> {
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

fn described(worktree: &Worktree) -> String {
    let kind = if worktree.repository() { "git repository" } else { "no git repository" };
    format!("{} ({kind})", worktree.root().display())
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
