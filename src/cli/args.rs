//! What can be typed.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};

/// Finds MediaMagic API keys before they leak.
#[derive(Debug, Parser)]
#[command(version)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Scan what could be committed now
    Scan(ScanArgs),
    /// Allow secrets that are no leak, by adding an entry to the configuration
    Allow(super::allow::AllowArgs),
    /// List, show and check the rules
    Rules(super::rules::RulesArgs),
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ScanArgs {
    /// Files and directories; `-` is standard input
    #[arg(default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
}
