//! What can be typed: the types that clap fills, and the help texts, which are the manual. Reads nothing else.

use std::{ffi::OsString, path::PathBuf};

use clap::{
    Args as ClapArgs, Parser, Subcommand, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
    value_parser,
};
use clap_complete::Shell;

use super::color::Color;
use crate::{
    finding::{Confidence, Level},
    report::Format,
    source::range,
};

const EXIT_CODES: &str = "\
Exit codes:
  0  The scan is complete, and nothing in it is at or above --fail-on
  1  Something is at or above --fail-on
  2  Usage error, or the scan is incomplete; this wins over 1";

const INSTALL_NOTES: &str = "\
A hook that is there already is kept beside and called first. The hook stops
whatever it is called for if it finds no keyhound. Git calls none before the
commits of rebase, cherry-pick, revert, am and a merge without conflicts, and
shows it no message: what these bring is checked before a push.

Exit codes:
  0  Installed; with --check: all of it is installed
  1  With --check: something is not installed
  2  It cannot be installed";

const EXIT_CODES_OF_HOOKS: &str = "\
Exit codes:
  0  Nothing stands in the way
  1  Keys would be committed or pushed
  2  Usage error, or not everything could be looked at; this wins over 1";

const EXAMPLES: &str = "\
Examples:
  keyhound                             Scan what could be committed here
  keyhound scan src .env               Scan these
  git show HEAD:.env | keyhound -      Scan standard input
  keyhound --report sarif=keys.sarif   Print a report, and write one
  keyhound scan --files                List what would be scanned";

const SCAN_NOTES: &str = "\
What is scanned:
  In a git repository: tracked files, even where .gitignore matches them; what
  is staged, where it differs from the file; untracked files that git does not
  ignore. Elsewhere: every file, and repositories below by their own rules.
  Files named on the command line: even those that git ignores. Never opened:
  .git, and what `[scan] exclude` in .keyhound.toml matches.

Levels:
  error    Live, sandbox and header keys of medium or high confidence
  warning  Those of low confidence; shown with --min-confidence low
  note     Keys in files that git ignores (--include-ignored); never fail";

const STAGED_NOTES: &str = "\
What is scanned:
  The staged version of every file that HEAD (in a merge: each parent) does
  not have at its path, binary files and links included; attributes, filters
  and text conversions do not matter. A key that the changed or deleted files
  had before is not reported again: moving it or editing beside it is not
  adding it. .keyhound.toml counts as it is staged.";

const HISTORY_NOTES: &str = "\
What is scanned:
  Every object in the repository, each once: the content of files at all
  times, the messages of commits and tags, notes, and the names of paths and
  references, also what only stashes and reflogs lead to, or nothing any more.
  What an object names has to be there: a clone that lacks something that can
  be reached is incomplete. .keyhound.toml counts as HEAD has it. With --refs,
  --since or --path: what the selected commits add. Globs are those of
  .gitignore.";

const RANGE_NOTES: &str = "\
What is scanned:
  Every file version that a commit of the range has and none of its parents
  has at that path: what a merge adds counts, what it brings from the base
  does not. Also messages, authors and other headers of the commits, and
  messages of the tags that are named. A key that the changed or deleted files
  had before the range is not reported again. A key that a later commit
  removes is: whoever gets the commits gets it.

Which commits:
  As git rev-list has it: A..B are those that B leads to and A does not, A
  alone all that A leads to, ^A leaves these out, A^! is A by itself. A...B
  are those that B has since it left A. .keyhound.toml counts as the first
  commit that is left out has it; if none is, as the first one that is named.";

const RANGE_EXAMPLES: &str = "\
Examples:
  keyhound range main..HEAD            Scan what this branch adds to main
  keyhound range --since=2.weeks.ago   Scan what was committed in two weeks
  keyhound range --no-walk a1b2c3d     Scan one commit
  git rev-list HEAD --not --remotes | keyhound range --no-walk --stdin
                                       Scan what was not pushed yet; in scripts
                                       with `set -o pipefail`: where git fails
                                       there is nothing to scan";

const AUDIT_NOTES: &str = "\
What is scanned:
  The working tree with its ignored files, as `keyhound scan
  --include-ignored` does, and all of the history, as `keyhound history` does.
  Each secret has one entry: where it is, where it was, from which commit to
  which, and what leads there; live keys come first. What no reference leads
  to is a note. .keyhound.toml counts as HEAD has it; --no-config and
  --no-inline show what the repository's own settings and comments hide.";

const AUDIT_EXAMPLES: &str = "\
Examples:
  keyhound audit                                 Audit this repository
  keyhound audit --no-config --no-inline         Heed nothing that it allows
  git clone --mirror URL x && keyhound audit x   Audit one that is elsewhere";

const CI_NOTES: &str = "\
What is scanned:
  In GitHub Actions the event says: pull_request, pull_request_target,
  merge_group and push bring what their commits add, as `keyhound range` finds
  it; schedule and workflow_dispatch everything that `keyhound history` finds.
  Elsewhere --base says. A base that is not there makes the range wider;
  commits that the clone lacks make the scan incomplete: check out with
  `fetch-depth: 0`, or compare only what is there at the end, with
  `fetch-depth: 2` and --scope tree.

Who judges:
  .keyhound.toml of the base. What the change adds to it, and comments such as
  keyhound:allow that it adds, are listed and do not count, unless the base
  says `policy = \"head\"`.

What is written:
  In GitHub Actions annotations instead of the human report, unless --format
  says otherwise; a summary of the step; and as outputs of it exit-code,
  findings, sarif-file (of --report sarif=FILE) and range.";

/// A command line.
#[derive(Debug, Parser)]
#[command(
    name = "keyhound",
    about = "Finds MediaMagic API keys before they leak: sk_live_…, sk_test_… and literal X-API-Key values",
    long_about = None,
    version = env!("KEYHOUND_VERSION"),
    after_help = format!("Without a command, `scan` runs: `keyhound` is `keyhound scan .`\n\n{EXIT_CODES}\n\n{EXAMPLES}"),
    override_usage = "keyhound [OPTIONS OF scan]\n       keyhound <COMMAND> [OPTIONS]",
    max_term_width = 120,
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,

    #[arg(help = "When to colour; auto heeds NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, CLICOLOR and TERM")]
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Scan what could be committed now
    #[command(after_help = format!("{SCAN_NOTES}\n\n{EXIT_CODES}\n\n{EXAMPLES}"))]
    Scan(Box<ScanArgs>),
    /// Scan what `git commit` would add: the index, compared with HEAD
    #[command(after_help = format!("{STAGED_NOTES}\n\n{EXIT_CODES}"))]
    Staged(Box<StagedArgs>),
    /// Scan everything a repository holds, at all times
    #[command(after_help = format!("{HISTORY_NOTES}\n\n{EXIT_CODES}"))]
    History(Box<HistoryArgs>),
    /// Scan what the commits of a range add, and their messages
    #[command(after_help = format!("{RANGE_NOTES}\n\n{EXIT_CODES}\n\n{RANGE_EXAMPLES}"))]
    Range(Box<RangeArgs>),
    /// Report all secrets of a repository, now and at all times, and what to revoke first
    #[command(after_help = format!("{AUDIT_NOTES}\n\n{EXIT_CODES}\n\n{AUDIT_EXAMPLES}"))]
    Audit(Box<AuditArgs>),
    /// Check what is committed or pushed, as a hook of git or pre-commit; nothing weakens it
    #[command(subcommand, after_help = EXIT_CODES_OF_HOOKS)]
    Hook(super::hook::HookCommand),
    /// Scan what an event of a CI brings, such as a pull request
    #[command(after_help = format!("{CI_NOTES}\n\n{EXIT_CODES}"))]
    Ci(Box<CiArgs>),
    /// Install hooks of git that call `keyhound hook`, in this repository or for all
    #[command(after_help = INSTALL_NOTES)]
    Install(super::install::InstallArgs),
    /// Take the hooks away, and put back what was there before
    Uninstall(super::install::UninstallArgs),
    /// Say why a line is reported, or why it is not
    Explain(super::explain::ExplainArgs),
    /// Allow secrets that are no leak, by adding an entry to the configuration
    Allow(super::allow::AllowArgs),
    /// List, show and check the rules
    Rules(super::rules::RulesArgs),
    /// Print a completion script for a shell
    #[command(after_help = "Examples:\n  \
        keyhound completions bash \\\n    \
          > ~/.local/share/bash-completion/completions/keyhound\n  \
        keyhound completions fish > ~/.config/fish/completions/keyhound.fish")]
    Completions { shell: Shell },
    /// Print a manual page, as roff
    #[command(after_help = "Example:\n  keyhound man scan | man -l -")]
    Man {
        /// The page of this command, such as `scan`; without one, of keyhound
        command: Vec<String>,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ScanArgs {
    /// Files and directories; `-` alone is standard input
    #[arg(default_value = ".", value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,

    /// Also scan files that git ignores; what is found there are notes
    #[arg(long, help_heading = "What to scan")]
    pub(crate) include_ignored: bool,

    /// Also scan submodules and repositories inside this one
    #[arg(long, help_heading = "What to scan")]
    pub(crate) recurse_submodules: bool,

    /// The path to report for standard input
    #[arg(long, value_name = "NAME", help_heading = "What to scan")]
    pub(crate) stdin_path: Option<PathBuf>,

    /// List what would be scanned, and scan nothing
    #[arg(long, help_heading = "What to scan", conflicts_with_all = ["format", "output", "report"])]
    pub(crate) files: bool,

    #[command(flatten)]
    pub(crate) judging: Judging,

    #[command(flatten)]
    pub(crate) reporting: Reporting,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct StagedArgs {
    /// List what would be scanned, and scan nothing
    #[arg(long, help_heading = "What to scan", conflicts_with_all = ["format", "output", "report"])]
    pub(crate) files: bool,

    #[command(flatten)]
    pub(crate) judging: Judging,

    #[command(flatten)]
    pub(crate) reporting: Reporting,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct HistoryArgs {
    /// Only commits that these references lead to, such as main or `v1.*`; can be given several times
    #[arg(long, value_name = "GLOB", help_heading = "What to scan")]
    pub(crate) refs: Vec<String>,

    /// Only commits that were committed since then, in any form git takes
    #[arg(long, value_name = "DATE", value_parser = parse_date, help_heading = "What to scan")]
    pub(crate) since: Option<i64>,

    /// Only files that match, from the top of the repository, and no messages; can be given several times
    #[arg(long, value_name = "GLOB", help_heading = "What to scan")]
    pub(crate) path: Vec<String>,

    #[command(flatten)]
    pub(crate) judging: Judging,

    #[command(flatten)]
    pub(crate) reporting: Reporting,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct RangeArgs {
    /// Commits and ranges of commits, such as main..HEAD
    #[arg(value_name = "REVISION", required_unless_present_any = ["stdin", "since"])]
    pub(crate) revisions: Vec<OsString>,

    /// Read more of them from standard input, one a line
    #[arg(long, help_heading = "What to scan")]
    pub(crate) stdin: bool,

    /// Only commits that were committed since then, in any form git takes [of HEAD, if none is named]
    #[arg(long, value_name = "DATE", value_parser = parse_date, help_heading = "What to scan")]
    pub(crate) since: Option<i64>,

    /// Only the commits that are named, not those that they lead to
    #[arg(long, conflicts_with = "since", help_heading = "What to scan")]
    pub(crate) no_walk: bool,

    /// List what would be scanned, and scan nothing
    #[arg(long, help_heading = "What to scan", conflicts_with_all = ["format", "output", "report"])]
    pub(crate) files: bool,

    #[command(flatten)]
    pub(crate) judging: Judging,

    #[command(flatten)]
    pub(crate) reporting: Reporting,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct AuditArgs {
    /// A directory of the repository, or a bare or mirrored repository
    #[arg(default_value = ".", value_name = "PATH")]
    pub(crate) path: PathBuf,

    #[command(flatten)]
    pub(crate) judging: Judging,

    #[command(flatten)]
    pub(crate) reporting: Reporting,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct CiArgs {
    /// Compare HEAD with this commit, whatever the event says
    #[arg(long, value_name = "REVISION", help_heading = "What to scan")]
    pub(crate) base: Option<String>,

    /// What counts: what any commit adds, or what is there at the end of them
    #[arg(long, value_name = "SCOPE", default_value = "commits", help_heading = "What to scan")]
    pub(crate) scope: ScopeArg,

    #[command(flatten)]
    pub(crate) judging: Judging,

    #[command(flatten)]
    pub(crate) reporting: Reporting,
}

/// `--scope`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScopeArg {
    Commits,
    Tree,
}

/// What every command that reports takes: what fails, and what is written where.
#[derive(Debug, ClapArgs)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that can be typed")]
pub(crate) struct Reporting {
    /// Exit with 1 from this level on; `never` still exits with 2 if the scan is incomplete
    #[arg(long, value_name = "LEVEL", default_value = "error", help_heading = "What counts")]
    pub(crate) fail_on: FailOn,

    /// Exit with 0 instead of 1; never instead of 2
    #[arg(long, help_heading = "What counts")]
    pub(crate) exit_zero: bool,

    /// Format of the report [default: human]
    #[arg(long, value_name = "FORMAT", value_parser = format_parser(), help_heading = "Output")]
    pub(crate) format: Option<Format>,

    /// Write the report to FILE, and nothing to standard output
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    pub(crate) output: Option<PathBuf>,

    /// Write one more report to FILE; can be given several times
    #[arg(long, value_name = "FORMAT=FILE", value_parser = parse_report, help_heading = "Output")]
    pub(crate) report: Vec<ReportArg>,

    /// Show keys in full: in human, json and jsonl reports, never in sarif, github and markdown
    #[arg(long, help_heading = "Output")]
    pub(crate) show_secrets: bool,

    /// Tell on standard error which root, configuration and threads were used and what was skipped
    #[arg(long, short, conflicts_with = "quiet", help_heading = "Output")]
    pub(crate) verbose: bool,

    /// Print nothing if there is nothing to report; no notes and no progress
    #[arg(long, short, help_heading = "Output")]
    pub(crate) quiet: bool,

    /// When to show progress on standard error; auto: on a terminal, if the scan takes long
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "Output")]
    pub(crate) progress: ProgressWhen,

    /// Threads, 1 to 1024 [default: one a processor]
    #[arg(long, value_name = "N", value_parser = value_parser!(u16).range(1..=1024), help_heading = "What to scan")]
    pub(crate) threads: Option<u16>,
}

/// What decides what counts: of a scan, and of who asks why a line is reported by it.
#[derive(Debug, ClapArgs)]
pub(crate) struct Judging {
    /// Configuration [default: .keyhound.toml of the repository that holds what is named]
    #[arg(long, value_name = "FILE", conflicts_with = "no_config", help_heading = "What counts")]
    pub(crate) config: Option<PathBuf>,

    /// Heed no configuration
    #[arg(long, help_heading = "What counts")]
    pub(crate) no_config: bool,

    /// Heed no comments such as `keyhound:allow`
    #[arg(long, help_heading = "What counts")]
    pub(crate) no_inline: bool,

    /// Report from this confidence on
    #[arg(long, value_name = "LEVEL", default_value = "medium", help_heading = "What counts")]
    pub(crate) min_confidence: MinConfidence,
}

/// `--min-confidence`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum MinConfidence {
    Low,
    Medium,
    High,
}

impl From<MinConfidence> for Confidence {
    fn from(confidence: MinConfidence) -> Self {
        match confidence {
            MinConfidence::Low => Self::Low,
            MinConfidence::Medium => Self::Medium,
            MinConfidence::High => Self::High,
        }
    }
}

/// `--fail-on`. Notes never fail, so there is no such value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    Error,
    Warning,
    Never,
}

impl FailOn {
    /// The least level that makes the exit code 1.
    pub(crate) fn level(self) -> Option<Level> {
        match self {
            Self::Error => Some(Level::Error),
            Self::Warning => Some(Level::Warning),
            Self::Never => None,
        }
    }
}

/// `--progress`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressWhen {
    Auto,
    Never,
    Always,
}

/// `--report`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReportArg {
    pub(crate) format: Format,
    pub(crate) file: PathBuf,
}

fn format_parser() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(Format::name)).try_map(|name| name.parse::<Format>())
}

fn parse_date(text: &str) -> Result<i64, String> {
    range::date(text)
        .ok_or_else(|| "it is no date; git's forms are taken, such as 2026-01-31 or 2.weeks.ago".to_owned())
}

fn parse_report(text: &str) -> Result<ReportArg, String> {
    let (format, file) = text.split_once('=').ok_or_else(|| format!("it is FORMAT=FILE, such as sarif={text}"))?;
    if file.is_empty() {
        return Err(format!("it names no file; it is FORMAT=FILE, such as {format}=FILE"));
    }
    let format = format.parse::<Format>().map_err(|error| error.to_string())?;
    Ok(ReportArg { format, file: file.into() })
}

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory};

    use super::*;

    fn check(mut command: Command) {
        let notes = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let help = command.render_long_help().to_string();
        for line in notes.lines() {
            assert!(help.lines().any(|shown| shown == line), "{} breaks: {line}", command.get_name());
        }
        command.get_subcommands().cloned().for_each(check);
    }

    #[test]
    fn help_keeps_its_lines_in_80_columns() {
        check(Args::command().term_width(80));
    }
}
