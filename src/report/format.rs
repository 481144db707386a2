//! The formats a report can be written in, by name, and how to show it. Renders nothing itself.

use std::{fmt, str::FromStr};

use super::{Style, Viewpoint};

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
    /// Annotations of GitHub Actions.
    Github,
    /// Markdown, for the summary of a step.
    Markdown,
}

impl Format {
    /// All of them, in the order in which help lists them.
    pub const ALL: [Self; 6] = [Self::Human, Self::Json, Self::Jsonl, Self::Sarif, Self::Github, Self::Markdown];

    /// Whether it is made to be shared: it never shows a value, whoever asks.
    pub fn is_shared(self) -> bool {
        matches!(self, Self::Sarif | Self::Github | Self::Markdown)
    }

    /// As typed on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Sarif => "sarif",
            Self::Github => "github",
            Self::Markdown => "markdown",
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
#[error("no such format; there are human, json, jsonl, sarif, github and markdown")]
pub struct UnknownFormat;

/// What a hook stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hook {
    Commit,
    /// One that takes more than is staged, or less: `git commit -a`, `git commit FILE`.
    CommitOfFiles,
    Push,
}

/// How a report is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Heeded by the human format.
    pub style: Style,
    /// Heeded by human, json and jsonl: values are shown as they are. Never by a format made to be shared.
    pub show_secrets: bool,
    /// Paths of the human format are seen from there, those of all other formats from the root.
    pub viewpoint: Viewpoint,
    /// Heeded by the human format.
    pub allowing: Allowing,
    /// Heeded by the human format: say what was skipped and rejected, and why.
    pub verbose: bool,
}

/// How the reader allows what is no leak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowing {
    /// The configuration that rules or would rule, as the reader has to type it.
    pub configuration: String,
    /// `keyhound allow` would not find it by itself: it has to be named.
    pub is_elsewhere: bool,
}

/// The configuration of the current directory.
impl Default for Allowing {
    fn default() -> Self {
        Self { configuration: ".keyhound.toml".to_owned(), is_elsewhere: false }
    }
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
