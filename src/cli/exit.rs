//! Exit codes; nowhere else is one made.

use std::process::ExitCode;

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// The scan is complete and nothing in it counts.
    Clean,
    /// Something at or above `--fail-on` was found.
    Findings,
    /// A usage error, or a scan that could not look everywhere. Wins over findings.
    Error,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(match status {
            ExitStatus::Clean => 0,
            ExitStatus::Findings => 1,
            ExitStatus::Error => 2,
        })
    }
}
