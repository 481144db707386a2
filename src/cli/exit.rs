//! Exit codes; nowhere else is one made.

use std::process::ExitCode;

use crate::{finding::Level, report::Report};

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

impl ExitStatus {
    /// What a report means for the exit code. Findings count from the level `fail_on` on; `None`: they never do.
    pub(super) fn of(report: &Report, fail_on: Option<Level>) -> Self {
        let levels = report.findings.iter().map(|finding| finding.level);
        Self::decide(!report.problems.is_empty(), levels.max(), fail_on)
    }

    fn decide(is_incomplete: bool, highest: Option<Level>, fail_on: Option<Level>) -> Self {
        if is_incomplete {
            return Self::Error;
        }
        match (highest, fail_on) {
            (Some(highest), Some(fail_on)) if highest >= fail_on => Self::Findings,
            _ => Self::Clean,
        }
    }
}

impl ExitStatus {
    /// The exit code.
    pub(super) fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Findings => 1,
            Self::Error => 2,
        }
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_fail_from_a_level_on() {
        use ExitStatus::{Clean, Findings};
        use Level::{Error, Note, Warning};
        let rows = [
            (None, [Clean, Clean, Clean]),
            (Some(Note), [Clean, Clean, Clean]),
            (Some(Warning), [Clean, Findings, Clean]),
            (Some(Error), [Findings, Findings, Clean]),
        ];
        for (highest, expected) in rows {
            for (fail_on, expected) in [Some(Error), Some(Warning), None].into_iter().zip(expected) {
                assert_eq!(ExitStatus::decide(false, highest, fail_on), expected, "{highest:?} {fail_on:?}");
            }
        }
    }

    #[test]
    fn an_incomplete_scan_fails_whatever_it_found() {
        for fail_on in [Some(Level::Error), Some(Level::Warning), None] {
            for highest in [None, Some(Level::Note), Some(Level::Error)] {
                assert_eq!(ExitStatus::decide(true, highest, fail_on), ExitStatus::Error);
            }
        }
    }
}
