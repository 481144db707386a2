//! The command line: reads arguments and the environment, wires the rest, computes nothing.

mod allow;
mod args;
mod configuration;
mod exit;
mod rules;
mod scan;

use std::{
    ffi::OsString,
    io::{self, Write},
};

use clap::Parser;

use configuration::Refusal;
pub use exit::ExitStatus;

/// Runs keyhound with these arguments, the program's name first.
pub fn run(arguments: Vec<OsString>) -> ExitStatus {
    let args = args::Args::parse_from(arguments);
    match args.command {
        args::Command::Scan(args) => scan::run(&args),
        args::Command::Allow(args) => finish(allow::run(&args).map(|said| (said, ExitStatus::Clean))),
        args::Command::Rules(args) => finish(rules::run(&args)),
    }
}

/// Says what a command has to say.
fn finish(outcome: Result<(String, ExitStatus), Refusal>) -> ExitStatus {
    match outcome {
        Ok((said, status)) => match io::stdout().write_all(said.as_bytes()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitStatus::Error,
            _ => status,
        },
        Err(refusal) => {
            // There is nowhere left to say that standard error is closed; the exit code still tells.
            drop(writeln!(io::stderr(), "error: {refusal}"));
            ExitStatus::Error
        }
    }
}
