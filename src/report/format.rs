//! The formats a report can be written in, by name, and how to show it. Renders nothing itself.

use std::{fmt, str::FromStr};

use bstr::BString;

use super::Style;

/// A format; the set is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For a person at a terminal.
    Human,
    /// One JSON document.
    Json,
    /// A JSON document a line: one for each finding, the summary last.
    Jsonl,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
}

impl Format {
    /// All of them, in the order in which help lists them.
    pub const ALL: [Self; 4] = [Self::Human, Self::Json, Self::Jsonl, Self::Sarif];

    /// As typed on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Sarif => "sarif",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.into_iter().find(|format| format.name() == name).ok_or(UnknownFormat)
    }
}

/// The error of reading a [`Format`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such format; there are human, json, jsonl and sarif")]
pub struct UnknownFormat;

/// How a report is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Heeded by the human format.
    pub style: Style,
    /// Heeded by human, json and jsonl: values are shown as they are. Never by a format made to be shared.
    pub show_secrets: bool,
    /// The current directory relative to the root of the scan, without a `/` at its end; empty at the root or outside.
    /// Paths of the human format are relative to it, those of all other formats to the root.
    pub prefix: BString,
    /// Heeded by the human format: say what was skipped and rejected, and why.
    pub verbose: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
            assert!(UnknownFormat.to_string().contains(format.name()));
        }
        assert_eq!("xml".parse::<Format>(), Err(UnknownFormat));
    }
}
