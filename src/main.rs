//! The program. All of it is in the library; this is the door.

use std::process::ExitCode;

fn main() -> ExitCode {
    keyhound::cli::run(&std::env::args_os().collect::<Vec<_>>()).into()
}
