//! The command line: reads arguments and the environment, wires the rest, computes nothing.

mod args;
mod exit;
mod scan;

use std::ffi::OsString;

use clap::Parser;

pub use exit::ExitStatus;

/// Runs keyhound with these arguments, the program's name first.
pub fn run(arguments: Vec<OsString>) -> ExitStatus {
    let args = args::Args::parse_from(arguments);
    match args.command {
        args::Command::Scan(args) => scan::run(&args),
    }
}
