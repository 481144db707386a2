//! `keyhound install` and `keyhound uninstall`: native hooks of git, in one repository or for all of them.

use std::{
    env, io,
    path::{Path, PathBuf},
    process::Command,
};

use super::{configuration::current_directory, environment, exit::ExitStatus, message::Failures};
use crate::{
    install::{Directory, Done, Hook, State},
    platform,
    source::{HookDirectory, hook_directory},
};

/// What can be typed.
#[derive(Debug, clap::Args)]
pub(crate) struct InstallArgs {
    #[command(flatten)]
    place: PlaceArgs,

    /// Change nothing; say what is installed, and exit with 1 if not all of it is
    #[arg(long)]
    check: bool,
}

/// What can be typed.
#[derive(Debug, clap::Args)]
pub(crate) struct UninstallArgs {
    #[command(flatten)]
    place: PlaceArgs,
}

#[derive(Debug, clap::Args)]
struct PlaceArgs {
    /// For all repositories of this user, by `core.hooksPath`; hooks of the repositories themselves are called, too
    #[arg(long)]
    global: bool,

    /// Only this hook; can be given twice [default: both]
    #[arg(long, value_name = "HOOK")]
    hook: Vec<Which>,
}

/// `--hook`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Which {
    PreCommit,
    PrePush,
}

impl PlaceArgs {
    fn hooks(&self) -> Vec<Hook> {
        let asked = |which| self.hook.is_empty() || self.hook.contains(&which);
        let hooks = [(Which::PreCommit, Hook::PreCommit), (Which::PrePush, Hook::PrePush)];
        hooks.into_iter().filter(|(which, _)| asked(*which)).map(|(_, hook)| hook).collect()
    }
}

/// Installs hooks, or looks at them; returns what there is to say.
pub(super) fn install(args: &InstallArgs) -> Result<(String, ExitStatus), Failures> {
    let directory = directory(&args.place)?;
    let hooks = args.place.hooks();
    if directory.is_global && !args.place.global {
        return covered(&directory, &hooks, args.check);
    }
    if args.check {
        return check(&directory, &hooks);
    }
    let program = env::current_exe()
        .map_err(|error| Failures::of(format!("cannot tell where this program is: {error}"), "run it by its path"))?;
    let mut said = Vec::new();
    for hook in hooks {
        let file = directory.file(hook).display().to_string();
        let done = directory.install(hook, &program).map_err(|error| cannot_change(&file, &error))?;
        said.push(match done {
            Done::Nothing if directory.is_called_by_another(hook) => {
                format!("{file}: is called by another tool's hook\n")
            }
            Done::Nothing => format!("{file}: is installed already\n"),
            Done::Changed => format!("{file}: installed\n"),
            Done::Moved => format!("{file}: installed; the hook that was there before is called first\n"),
        });
    }
    if args.place.global {
        set_global(&directory.path)?;
    }
    Ok((said.concat(), ExitStatus::Clean))
}

/// Takes hooks away; returns what there is to say.
pub(super) fn uninstall(args: &UninstallArgs) -> Result<String, Failures> {
    let directory = directory(&args.place)?;
    if directory.is_global && !args.place.global {
        let message = format!("the hooks of this repository are those in {}, for all", directory.path.display());
        return Err(Failures::of(message, "to take them away: keyhound uninstall --global"));
    }
    let mut said = Vec::new();
    for hook in args.place.hooks() {
        let file = directory.file(hook).display().to_string();
        let fail = |error: io::Error| cannot_change(&file, &error);
        let is_ours = matches!(directory.state(hook).map_err(fail)?, State::Ours | State::Broken);
        if !is_ours {
            let is_back = directory.restore(hook).map_err(fail)?;
            let what = if is_back { "the hook that was there before is back" } else { "is not installed" };
            said.push(format!("{file}: {what}\n"));
            continue;
        }
        said.push(match directory.uninstall(hook).map_err(fail)? {
            Done::Moved => format!("{file}: taken away; the hook that was there before is back\n"),
            Done::Nothing | Done::Changed => format!("{file}: taken away\n"),
        });
    }
    if args.place.global {
        let path = directory.path.display().to_string();
        let is_gone = directory.abandon().map_err(|error| cannot_change(&path, &error))?;
        if is_gone && directory.path == own_directory()? && is_set(&directory.path)? {
            git_config(&["--global", "--unset", "core.hooksPath"])?;
        }
    }
    Ok(said.concat())
}

fn check(directory: &Directory, hooks: &[Hook]) -> Result<(String, ExitStatus), Failures> {
    let mut status = ExitStatus::Clean;
    let mut said = Vec::new();
    let is_heeded = !directory.is_global || is_set(&directory.path)?;
    for hook in hooks {
        let file = directory.file(*hook).display().to_string();
        let state = directory.state(*hook).map_err(|error| cannot_change(&file, &error))?;
        let what = match state {
            State::Ours if is_heeded => "installed",
            State::Ours => "not called: core.hooksPath leads elsewhere; `keyhound install --global` mends it",
            State::Absent => "not installed",
            State::Called => "called by the hook of another tool",
            State::Foreign => "not installed; another hook is there: `keyhound install` calls it first",
            State::Broken => "broken: it cannot be run, or the program is gone; `keyhound install` mends it",
        };
        if !matches!(state, State::Ours | State::Called) || !is_heeded {
            status = ExitStatus::Findings;
        }
        said.push(format!("{file}: {what}\n"));
    }
    Ok((said.concat(), status))
}

/// What there is to say where the hooks for all repositories are those of this one.
fn covered(directory: &Directory, hooks: &[Hook], check: bool) -> Result<(String, ExitStatus), Failures> {
    let mut said = Vec::new();
    let mut is_whole = true;
    for hook in hooks {
        let file = directory.file(*hook).display().to_string();
        let state = directory.state(*hook).map_err(|error| cannot_change(&file, &error))?;
        is_whole &= state == State::Ours;
        let what = if state == State::Ours { "installed, for all repositories" } else { "not installed" };
        said.push(format!("{file}: {what}\n"));
    }
    if !is_whole && !check {
        let message = format!("core.hooksPath leads to {}, for all repositories", directory.path.display());
        return Err(Failures::of(message, "to install it there: keyhound install --global"));
    }
    Ok((said.concat(), if is_whole { ExitStatus::Clean } else { ExitStatus::Findings }))
}

/// Where the hooks are that git calls.
fn directory(args: &PlaceArgs) -> Result<Directory, Failures> {
    if args.global {
        let path = match configured("--global")? {
            Some(path) => path,
            None => configured("--system")?.map_or_else(own_directory, Ok)?,
        };
        return Ok(Directory { path, is_global: true });
    }
    let cwd = current_directory()?;
    let cwd = platform::canonical(&cwd).unwrap_or(cwd);
    let known = hook_directory(&cwd, &environment::read())?;
    // Where git is, it knows best: it may be told by files and variables that are its own business.
    let HookDirectory { path, is_global } = called(&cwd)?.unwrap_or(known);
    let shown = path.display();
    if path == Path::new("/dev/null") {
        return Err(no_hooks("core.hooksPath is /dev/null", "local"));
    }
    if path.ends_with(".husky/_") {
        let message = format!("{shown} is husky's, which writes it anew");
        return Err(Failures::of(message, "add the line `keyhound hook pre-commit` to .husky/pre-commit"));
    }
    Ok(Directory { path, is_global })
}

/// The directory that git itself says it calls hooks in; `None`: there is no git, or it is too old to say.
fn called(cwd: &Path) -> Result<Option<HookDirectory>, Failures> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).current_dir(cwd).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned())
    };
    let configured = git(&["config", "--show-scope", "--type=path", "--get", "core.hooksPath"]);
    let configured = configured.as_deref().and_then(|line| line.split_once('\t'));
    match configured {
        Some((scope, "")) => return Err(no_hooks("core.hooksPath is empty", scope)),
        Some((scope, "/dev/null")) => return Err(no_hooks("core.hooksPath is /dev/null", scope)),
        _ => {}
    }
    let is_global = configured.is_some_and(|(scope, _)| scope != "local" && scope != "worktree");
    let path = git(&["rev-parse", "--path-format=absolute", "--git-path", "hooks"]);
    Ok(path.map(|path| HookDirectory { path: PathBuf::from(path), is_global }))
}

/// `scope` is which of its configurations says so, by the name that `git config --show-scope` has for it.
fn no_hooks(cause: &str, scope: &str) -> Failures {
    let help = match scope {
        "command" => {
            "leave out `-c core.hooksPath`, or GIT_CONFIG_PARAMETERS and GIT_CONFIG_COUNT, then try again".to_owned()
        }
        "local" => "`git config --unset core.hooksPath`, then try again".to_owned(),
        scope => format!("`git config --{scope} --unset core.hooksPath`, then try again"),
    };
    Failures::of(format!("git calls no hooks here: {cause}"), help)
}

/// The directory of hooks for all repositories, if none was there before.
fn own_directory() -> Result<PathBuf, Failures> {
    environment::config_home()
        .map(|home| home.join("keyhound").join("hooks"))
        .ok_or_else(|| Failures::of("there is no home directory to install hooks in", "set HOME or XDG_CONFIG_HOME"))
}

/// Where `core.hooksPath` leads by one of git's configurations. It is git's own to read and write: which files it keeps it
/// in is its business.
fn configured(scope: &str) -> Result<Option<PathBuf>, Failures> {
    let path = git_config(&[scope, "--type=path", "--get", "core.hooksPath"])?;
    let path = path.filter(|path| !path.is_empty()).map(PathBuf::from);
    match path {
        // To git it is another directory in each repository.
        Some(path) if path.is_relative() => Err(Failures::of(
            format!(
                "core.hooksPath is {}, which is relative: there is no one directory for all repositories",
                path.display()
            ),
            format!(
                "`git config {scope} core.hooksPath` with an absolute path, or `keyhound install` in each repository"
            ),
        )),
        path => Ok(path),
    }
}

fn is_set(path: &Path) -> Result<bool, Failures> {
    Ok(configured("--global")?.or(configured("--system")?).is_some_and(|set| set == path))
}

fn set_global(path: &Path) -> Result<(), Failures> {
    if is_set(path)? {
        return Ok(());
    }
    let text = path.to_str().ok_or_else(|| {
        Failures::of(format!("{} cannot be written to git's configuration", path.display()), "set XDG_CONFIG_HOME")
    })?;
    git_config(&["--global", "core.hooksPath", text]).map(drop)
}

/// What `git config` prints; `None`: there is no such value.
fn git_config(arguments: &[&str]) -> Result<Option<String>, Failures> {
    let fail = |error: String| Failures::of(format!("git config: {error}"), "`git config --global --list` says more");
    let output = Command::new("git").arg("config").args(arguments).output().map_err(|error| fail(error.to_string()))?;
    match output.status.code() {
        Some(0) => Ok(Some(String::from_utf8_lossy(&output.stdout).trim_end_matches('\n').to_owned())),
        // As git-config(1) has it: the key was not found; or there is no such file.
        Some(1) => Ok(None),
        _ => Err(fail(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
    }
}

fn cannot_change(file: &str, error: &io::Error) -> Failures {
    let help = match error.kind() {
        io::ErrorKind::AlreadyExists => "rename or remove one of them",
        _ => "it has to be a file or directory that you can write",
    };
    Failures::of(format!("cannot install or remove {file}: {error}"), help)
}
