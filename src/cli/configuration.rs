//! Where the configuration is, for commands that scan nothing.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use crate::config::{self, Config, ConfigErrors};

/// Why a command cannot do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error(transparent)]
    Config(#[from] ConfigErrors),
    #[error("{message}\n  help: {help}")]
    Other { message: String, help: String },
}

impl Refusal {
    pub(super) fn new(message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Other { message: message.into(), help: help.into() }
    }
}

/// A configuration that is there or could be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) path: PathBuf,
    /// As messages call it.
    pub(super) name: String,
    /// Someone named it: it must be there to be read.
    is_named: bool,
}

impl Place {
    /// The file that was named, or that of the repository one is in, or of this directory outside of any.
    pub(super) fn find(named: Option<&Path>) -> Result<Self, Refusal> {
        if let Some(file) = named {
            return Ok(Self { path: file.to_owned(), name: file.display().to_string(), is_named: true });
        }
        #[expect(clippy::disallowed_methods, reason = "the current directory is read in cli")]
        let cwd = env::current_dir().map_err(|error| {
            Refusal::new(format!("cannot tell the current directory: {error}"), "change to a directory that exists")
        })?;
        let root = cwd.ancestors().find(|directory| directory.join(".git").exists()).unwrap_or(&cwd);
        Ok(Self { path: root.join(config::FILE_NAME), name: config::FILE_NAME.to_owned(), is_named: false })
    }

    /// The text of the configuration; `None`: there is no such file.
    pub(super) fn read(&self) -> Result<Option<Vec<u8>>, Refusal> {
        match fs::read(&self.path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => {
                let message = format!("cannot read the configuration {}: {error}", self.name);
                Err(Refusal::new(message, "make it a readable file, or name another one with --config"))
            }
        }
    }

    /// The configuration; without a file, what holds then, unless one was named.
    pub(super) fn load(&self) -> Result<Config, Refusal> {
        match self.read()? {
            Some(text) => Ok(config::load(&text, &self.name)?),
            None if !self.is_named => Ok(Config::default()),
            None => {
                let message = format!("there is no configuration {}", self.name);
                Err(Refusal::new(message, "name a file that exists, or leave it out"))
            }
        }
    }
}
