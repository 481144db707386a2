//! The repository's configuration, `.keyhound.toml`: which rules there are beside the built-in ones, and what is
//! forgiven.
//!
//! It is made from bytes and a name. Where the bytes come from (a file, the git index, a commit) is the caller's affair.

mod additions;
mod edit;
mod load;
mod options;

use std::{fmt, sync::Arc};

pub use additions::{Addition, AdditionKind, additions};
pub use edit::{Edited, NewAllow, add_allow};
pub use load::load;

use crate::{
    document::Fault,
    glob::PathGlobs,
    rule::{self, RuleSet},
    suppress::Policy,
};

/// The name of the configuration at the root of a repository.
pub const FILE_NAME: &str = crate::suppress::OWN_FILE;

/// A configuration that is valid.
#[derive(Debug)]
pub struct Config {
    /// The built-in rules and those of the configuration.
    pub rules: Arc<RuleSet>,
    pub policy: Policy,
    /// `[scan] exclude`: what is not opened.
    pub exclude: PathGlobs,
    /// Whose configuration judges a change.
    pub judge: Judge,
    /// `None`: there is none, and this is what holds then.
    pub source: Option<ConfigSource>,
}

/// Whose configuration judges a change: what a change adds to it, and comments that it adds, count or not by this.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Judge {
    /// That of before.
    #[default]
    Base,
    /// That of the change itself.
    Head,
}

/// Where a configuration comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigSource {
    /// As messages call it; for a file its path.
    pub name: String,
}

/// The built-in rules; nothing is excluded or allowed, and comments in the text are heeded.
impl Default for Config {
    fn default() -> Self {
        Self {
            rules: Arc::new(rule::builtin()),
            policy: Policy::default(),
            exclude: PathGlobs::none(),
            judge: Judge::default(),
            source: None,
        }
    }
}

/// Everything wrong with a configuration. Shown as one `name:line: message` after the other, each with its help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigErrors {
    /// The configuration, as it was called when it was loaded.
    pub name: String,
    /// At least one, by line.
    pub faults: Vec<Fault>,
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, Fault { line, message, help }) in self.faults.iter().enumerate() {
            let separator = if number == 0 { "" } else { "\n" };
            write!(f, "{separator}{}:{line}: {message}", self.name)?;
            if let Some(help) = help {
                write!(f, "\n  help: {help}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}
