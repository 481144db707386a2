//! The command line: reads arguments and the environment, wires the rest, computes nothing.

mod allow;
mod args;
mod audit;
mod ci;
mod color;
mod configuration;
mod environment;
mod exit;
mod explain;
mod generate;
mod history;
mod hook;
mod install;
mod links;
mod message;
mod output;
mod progress;
mod range;
mod reporting;
mod rules;
mod scan;
mod staged;

use std::{
    ffi::{OsStr, OsString},
    path::Path,
};

use clap::{
    CommandFactory, FromArgMatches, ValueEnum,
    builder::StyledStr,
    error::{ContextKind, ContextValue, ErrorKind},
};

pub use exit::ExitStatus;

use args::{Args, Command};
use color::{Color, Styles};
use message::{Console, Failures};

use crate::report::{Style, sanitize};

/// Runs keyhound with these arguments, the program's name first.
pub fn run(arguments: &[OsString]) -> ExitStatus {
    let arguments = hook::with_plain_names(arguments);
    let args = match parse(&arguments) {
        Ok(args) => args,
        Err(error) => return refuse(&harmless(error), &arguments),
    };
    let styles = Styles::decide(args.color);
    let console = Console::new(styles.stderr);
    let result = match args.command {
        Command::Scan(args) => scan::run(&args, styles, &console),
        Command::Staged(args) => staged::run(&args, styles, &console),
        Command::History(args) => history::run(&args, styles, &console),
        Command::Range(args) => range::run(&args, styles, &console),
        Command::Audit(args) => audit::run(&args, styles, &console),
        Command::Hook(command) => hook::run(&command, styles, &console),
        Command::Ci(args) => ci::run(&args, styles, &console),
        Command::Install(args) => install::install(&args).and_then(|(said, status)| say(&said, status)),
        Command::Uninstall(args) => install::uninstall(&args).and_then(|said| say(&said, ExitStatus::Clean)),
        Command::Explain(args) => explain::run(&args, styles).and_then(|said| say(&said, ExitStatus::Clean)),
        Command::Allow(args) => allow::run(&args).and_then(|said| say(&said, ExitStatus::Clean)),
        Command::Rules(args) => rules::run(&args).and_then(|(said, status)| say(&said, status)),
        Command::Completions { shell } => generate::completions(shell, Args::command()),
        Command::Man { command } => generate::man(&command, Args::command()),
    };
    result.unwrap_or_else(|failures: Failures| {
        console.failures(&failures);
        ExitStatus::Error
    })
}

fn say(text: &str, status: ExitStatus) -> Result<ExitStatus, Failures> {
    output::write_stdout(text.as_bytes())?;
    Ok(status)
}

/// Parses; without a command, as if `scan` stood first.
fn parse(arguments: &[OsString]) -> Result<Args, clap::Error> {
    let parse = |arguments: &[OsString]| {
        Args::command().try_get_matches_from(arguments).and_then(|matches| Args::from_arg_matches(&matches))
    };
    let first = arguments.get(1).map(|first| first.as_encoded_bytes());
    match first {
        Some(first) if !first.starts_with(b"-") => parse(arguments).map_err(|error| tip_for_path(error, arguments)),
        Some(_) => parse(arguments).or_else(|error| {
            let is_answer = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            if is_answer || hook::position(arguments).is_some() {
                return Err(error);
            }
            let args = parse(&with_scan(arguments))?;
            refuse_command_as_path(&args, arguments)?;
            Ok(args)
        }),
        None => parse(&with_scan(arguments)),
    }
}

/// Fails if what was taken for a path is the name of a command, which has to stand first: nothing else may be done than what
/// was meant.
fn refuse_command_as_path(args: &Args, arguments: &[OsString]) -> Result<(), clap::Error> {
    let Command::Scan(scan) = &args.command else { return Ok(()) };
    let mut command = Args::command();
    let names = |path: &&std::path::PathBuf| command.find_subcommand(path.as_os_str()).is_some();
    let Some(path) = scan.paths.iter().find(names) else { return Ok(()) };
    let name = path.display();
    let options: Vec<_> = arguments[1..].iter().filter(|argument| *argument != path.as_os_str()).collect();
    let options: Vec<_> = options.into_iter().map(|option| option.to_string_lossy()).collect();
    let message = format!(
        "`{name}` is a command, and stands first: keyhound {name} {}\n  to scan what is called so: keyhound scan ./{name}",
        options.join(" ")
    );
    Err(command.error(ErrorKind::InvalidSubcommand, message))
}

fn with_scan(arguments: &[OsString]) -> Vec<OsString> {
    let mut arguments = arguments.to_vec();
    arguments.insert(arguments.len().min(1), "scan".into());
    arguments
}

/// `keyhound PATH` is refused, for the sake of commands to come; who types it learns what to type.
fn tip_for_path(mut error: clap::Error, arguments: &[OsString]) -> clap::Error {
    let path = Path::new(&arguments[1]);
    let looks_like_path = path.components().count() > 1 || path.extension().is_some() || path.exists();
    if error.kind() == ErrorKind::InvalidSubcommand && looks_like_path {
        let mut tip = StyledStr::new();
        tip.push_str(&format!("to scan it: keyhound scan {}", path.display()));
        error.remove(ContextKind::SuggestedSubcommand);
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip]));
    }
    error
}

/// A usage error in which what was typed gives no order to a terminal or a runner, and begins no line.
fn harmless(mut error: clap::Error) -> clap::Error {
    let typed = [ContextKind::InvalidArg, ContextKind::InvalidValue, ContextKind::InvalidSubcommand];
    for kind in typed {
        if let Some(ContextValue::String(text)) = error.get(kind) {
            let harmless = sanitize::name(text.as_bytes());
            if harmless != *text {
                // Tips say it again.
                error.remove(ContextKind::Suggested);
                error.insert(kind, ContextValue::String(harmless));
            }
        }
    }
    error
}

/// Prints what clap has to say instead of a run: help and the version on standard output, usage errors elsewhere.
fn refuse(error: &clap::Error, arguments: &[OsString]) -> ExitStatus {
    let styles = Styles::decide(typed_color(arguments));
    let text = error.render();
    let text = |style: Style| if style == Style::Colour { text.ansi().to_string() } else { text.to_string() };
    let console = Console::new(styles.stderr);
    if error.use_stderr() {
        console.usage(&text(styles.stderr));
        return ExitStatus::Error;
    }
    match output::write_stdout(text(styles.stdout).as_bytes()) {
        Ok(()) => ExitStatus::Clean,
        Err(failure) => {
            console.failures(&failure.into());
            ExitStatus::Error
        }
    }
}

/// The value of `--color` in arguments that could not be parsed.
fn typed_color(arguments: &[OsString]) -> Color {
    let mut color = Color::Auto;
    let mut is_next = false;
    for argument in arguments {
        let value = if is_next { Some(argument.as_os_str().to_str()) } else { None };
        let value = value.flatten().or_else(|| argument.to_str()?.strip_prefix("--color="));
        if let Some(Ok(value)) = value.map(|value| Color::from_str(value, false)) {
            color = value;
        }
        is_next = argument == OsStr::new("--color");
    }
    color
}
