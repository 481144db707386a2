//! Colours, and the only place that names the crate that makes them. Whether there are any is decided elsewhere.

use std::sync::Once;

use colored::{ColoredString, Colorize, control};

use crate::finding::Level;

/// Whether a report is coloured. The environment is not asked: `cli` did that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    #[default]
    Plain,
    Colour,
}

impl Style {
    /// The head of a frame.
    pub fn level(self, level: Level, text: &str) -> String {
        self.paint(text, |text| match level {
            Level::Error => text.bright_red().bold(),
            Level::Warning => text.yellow().bold(),
            Level::Note => text.cyan().bold(),
        })
    }

    /// What goes well.
    pub(super) fn good(self, text: &str) -> String {
        self.paint(text, |text| text.green().bold())
    }

    /// Titles.
    pub fn strong(self, text: &str) -> String {
        self.paint(text, |text| text.bold())
    }

    /// Line numbers and the lines of a frame.
    pub(super) fn gutter(self, text: &str) -> String {
        self.paint(text, |text| text.bright_blue().bold())
    }

    fn paint(self, text: &str, colour: impl FnOnce(&str) -> ColoredString) -> String {
        // The crate looks at the environment unless it is told not to, once for all threads.
        static ALWAYS: Once = Once::new();
        match self {
            Self::Plain => text.to_owned(),
            Self::Colour => {
                ALWAYS.call_once(|| control::set_override(true));
                colour(text).to_string()
            }
        }
    }
}
