//! `keyhound hook`: what git, pre-commit and their like call. Its only options are those of how it looks: whatever else
//! could be typed would be a way past it, and names of files arrive as arguments.

use std::{
    collections::BTreeSet,
    ffi::{OsStr, OsString},
    io::{self, IsTerminal, Read},
    path::{Path, PathBuf},
};

use bstr::{BStr, BString, ByteSlice, ByteVec};

use super::{
    args::{Judging, MinConfidence},
    color::Styles,
    configuration::{Place, current_directory},
    environment,
    exit::ExitStatus,
    message::{Console, Failures},
    output,
    range::{Before, Judged, judged},
    reporting, scan,
};
use crate::{
    config::{self, Config},
    detect::Detector,
    finding::{Confidence, Level},
    platform,
    report::{Allowing, Hook, Renderer, Report, View, Viewpoint},
    scan::Progress,
    source::{
        Environment, Source, SourceError,
        range::{self, Push, Range},
        staged::Staged,
        worktree::{Options, Worktree},
    },
    suppress::NewComments,
};

/// What can be typed.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum HookCommand {
    /// Check what the next commit would add
    #[command(after_help = NOTES)]
    PreCommit {
        /// Look at these files only. One whose staged version differs from the last commit is judged by what is staged and
        /// new; any other is scanned whole
        #[arg(value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Check what a push would bring to a remote: the commits that it does not have, with their messages
    #[command(after_help = PUSH_NOTES)]
    PrePush {
        /// The name of the remote, as git tells its hooks
        remote: Option<OsString>,
        /// Its URL, as git tells its hooks
        url: Option<OsString>,
    },
}

const PUSH_NOTES: &str = "\
Standard input has what is pushed, as git gives it to its hooks. Called by
pre-commit, its variables say it. `.keyhound.toml` counts as the remote has
it: what the push adds to it, or in comments, allows nothing in the same push,
unless the remote's file sets `policy` to \"head\".

Exit codes:
  0  Nothing stands in the way
  1  Keys would be pushed
  2  Usage error, or not everything could be looked at; this wins over 1";

const NOTES: &str = "\
A path that looks like an option is a path if there is such a file.
`.keyhound.toml` counts as it is staged.

Exit codes:
  0  Nothing stands in the way
  1  Keys would be committed
  2  Usage error, or not everything could be looked at; this wins over 1";

/// Nothing but the configuration says what counts.
const JUDGING: Judging =
    Judging { config: None, no_config: false, no_inline: false, min_confidence: MinConfidence::Medium };

/// Runs the command.
pub(super) fn run(command: &HookCommand, styles: Styles, console: &Console) -> Result<ExitStatus, Failures> {
    let hook = Call::new()?;
    let (stopped, (report, root)) = match command {
        HookCommand::PreCommit { files } => match environment::pushed_by_pre_commit() {
            // `pre-commit run --from-ref A --to-ref B` asks of commits, and names their files only to be of help. What is
            // staged is checked all the same: the environment may be that of another call.
            Some(push) if push.refs.iter().any(|pushed| pushed.known.is_some()) => {
                let (report, root) = hook.pushed(&push)?;
                (Hook::Push, (report.and(hook.staged(&[])?.0), root))
            }
            _ => {
                // git makes an index of its own for `commit -a` and `commit FILE`, which is a lock until it counts.
                let index = hook.environment.index_file.as_ref();
                let is_own = index.is_some_and(|index| index.extension().is_some_and(|extension| extension == "lock"));
                (if is_own { Hook::CommitOfFiles } else { Hook::Commit }, hook.staged(files)?)
            }
        },
        HookCommand::PrePush { remote, .. } => {
            let push = read_push(remote.as_deref())?;
            if push.refs.is_empty() {
                console.note("nothing is pushed: standard input names no reference, so nothing was checked");
                return Ok(ExitStatus::Clean);
            }
            (Hook::Push, hook.pushed(&push)?)
        }
    };
    let viewpoint = Viewpoint::new(&root, &hook.cwd);
    let configuration = Place::of(None, &root, &viewpoint).name;
    let allowing = Allowing { configuration, is_elsewhere: false };
    let view = View { style: styles.stdout, viewpoint, allowing, ..View::default() };
    let mut text = Vec::new();
    Renderer::new(&report).hook(stopped, &view, &mut text).expect("invariant: writing to memory succeeds");
    output::write_stdout(&text)?;
    for unknown in &report.unknown_rules {
        let path = view.viewpoint.path(unknown.path.as_bstr());
        console.note(&format!("{path}:{}: the comment names no rule and allows nothing", unknown.line));
    }
    Ok(ExitStatus::of(&report, Some(Level::Error)))
}

/// What is pushed, as git tells it; or as pre-commit tells it, which reads that itself.
fn read_push(remote: Option<&OsStr>) -> Result<Push, Failures> {
    let mut text = Vec::new();
    let stdin = io::stdin();
    let by_pre_commit = environment::pushed_by_pre_commit();
    if !stdin.is_terminal() {
        stdin.lock().read_to_end(&mut text).map_err(|error| {
            Failures::of(format!("cannot read from standard input what is pushed: {error}"), "call it as a hook of git")
        })?;
    } else if by_pre_commit.is_none() {
        let message = "standard input is a terminal, and has to say what is pushed";
        return Err(Failures::of(message, "git calls this hook: `keyhound install --hook pre-push`"));
    }
    let remote = remote.map(|remote| BString::from(Vec::from_os_str_lossy(remote).into_owned()));
    match by_pre_commit {
        Some(push) if text.is_empty() => Ok(push),
        _ => Ok(Push::read(remote, &text)?),
    }
}

/// One call of a hook, and where it was called.
struct Call {
    cwd: PathBuf,
    environment: Environment,
    threads: usize,
}

impl Call {
    fn new() -> Result<Self, Failures> {
        let cwd = current_directory()?;
        let cwd = platform::canonical(&cwd).unwrap_or(cwd);
        Ok(Self { cwd, environment: environment::read(), threads: reporting::processors() })
    }

    /// Checks what is staged, or these files only. Returns the root of the report's paths, too.
    fn staged(&self, files: &[PathBuf]) -> Result<(Report, PathBuf), Failures> {
        let mut staged = Staged::open(&self.cwd, &self.environment, self.threads)?;
        let root = staged.root().to_owned();
        let place = Place::of(None, &root, &Viewpoint::new(&root, &self.cwd));
        let config = place.judging_from(&JUDGING, "in the index", || staged.file(BStr::new(config::FILE_NAME)))?;
        staged.set_exclude(config.exclude.clone());
        let whole = if files.is_empty() { Vec::new() } else { whole_files(&mut staged, &root, &self.cwd, files)? };
        let report = scanned(&staged, &config)?;
        if whole.is_empty() {
            return Ok((report, root));
        }
        let options = Options { include_ignored: false, recurse_submodules: false, threads: self.threads };
        let mut worktree = Worktree::open(&self.cwd, &whole, options)?;
        worktree.set_exclude(config.exclude.clone());
        Ok((report.and(scanned(&worktree, &config)?), root))
    }

    /// Checks the commits that would be pushed, by the configuration of before.
    fn pushed(&self, push: &Push) -> Result<(Report, PathBuf), Failures> {
        let options = range::Options { threads: self.threads, ..range::Options::default() };
        let mut range = Range::pushed(&self.cwd, &self.environment, push, options)?;
        let root = range.root().to_owned();
        let place = Place::of(None, &root, &Viewpoint::new(&root, &self.cwd));
        let before = Before { text: range.judging_file(BStr::new(config::FILE_NAME)), origin: "before the range" };
        // What the remote has judges; an empty remote has nothing to judge by, so the push speaks for itself.
        let new_comments = if range.is_beside_something() { NewComments::Refuse } else { NewComments::Heed };
        let Judged { config, added } = judged(&JUDGING, &place, &range, before, new_comments)?;
        range.set_exclude(config.exclude.clone());
        let mut report = scanned(&range, &config)?;
        report.added.splice(0..0, added);
        Ok((report, root))
    }
}

/// Says that only these files are to be looked at; returns those of which nothing is staged: they are scanned whole.
fn whole_files(staged: &mut Staged, root: &Path, cwd: &Path, files: &[PathBuf]) -> Result<Vec<PathBuf>, Failures> {
    let mut typed: Vec<(BString, &PathBuf)> = Vec::new();
    let mut whole = Vec::new();
    for file in files {
        match scan::path_in(root, cwd, file) {
            Some(path) => typed.push((path, file)),
            None => whole.push(file.clone()),
        }
    }
    let paths: BTreeSet<_> = typed.iter().map(|(path, _)| path.clone()).collect();
    let same: BTreeSet<_> = staged.among(paths).into_iter().collect();
    whole.extend(typed.into_iter().filter(|(path, _)| same.contains(path)).map(|(_, file)| file.clone()));
    // What a link leads to is no part of the commit; what it says was there before.
    whole.retain(|path| !cwd.join(path).symlink_metadata().is_ok_and(|metadata| metadata.is_symlink()));
    let is_directory = |path: &&PathBuf| cwd.join(path).symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
    if let Some(directory) = whole.iter().find(is_directory) {
        let message = format!("{} is a directory", directory.display());
        return Err(Failures::of(message, "name files, or nothing to check all that is staged"));
    }
    Ok(whole)
}

fn scanned<S: Source>(source: &S, config: &Config) -> Result<Report, SourceError> {
    let detector = Detector::new(config.rules.clone());
    let progress = Progress::default();
    let mut report = crate::scan::run(source, &detector, &config.policy, Confidence::Medium, &progress)?;
    // An entry for what was not looked at is not unused.
    report.unused_allows.clear();
    Ok(report)
}

/// Where `hook` stands, if the arguments are those of a hook.
pub(super) fn position(arguments: &[OsString]) -> Option<usize> {
    let at = match arguments.get(1) {
        Some(first) if first == "--color" => 3,
        Some(first) if first.as_encoded_bytes().starts_with(b"--color=") => 2,
        _ => 1,
    };
    arguments.get(at).is_some_and(|command| command == "hook").then_some(at)
}

/// Names of files that look like options, made to look like names, where the arguments are those of a hook: whoever names
/// a file `--color=never` or `--help` must not be able to stop it.
pub(super) fn with_plain_names(arguments: &[OsString]) -> Vec<OsString> {
    let Some(at) = position(arguments) else { return arguments.to_vec() };
    let plain = |(number, argument): (usize, &OsString)| {
        let is_name = number > at && argument.as_encoded_bytes().starts_with(b"-");
        let is_name = is_name && Path::new(argument).symlink_metadata().is_ok();
        if is_name { [OsStr::new("./"), argument].into_iter().collect() } else { argument.clone() }
    };
    arguments.iter().enumerate().map(plain).collect()
}
