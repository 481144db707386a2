//! Where the configuration is, and reading it.

use std::{
    env,
    fs::File,
    io,
    path::{Path, PathBuf},
};

use super::{args::Judging, message::Failures, reporting::Run};
use crate::{
    config::{self, Config},
    platform,
    report::Viewpoint,
    source::{open, worktree},
};

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
    pub(super) fn find(named: Option<&Path>) -> Result<Self, Failures> {
        // Where one is named, it does not matter where one is.
        let cwd = current_directory()?;
        let root = if named.is_some() { PathBuf::new() } else { worktree::root(&cwd)? };
        Ok(Self::of(named, &root, &Viewpoint::new(&root, &cwd)))
    }

    /// The file that was named, or that of the repository with this root.
    pub(super) fn of(named: Option<&Path>, root: &Path, viewpoint: &Viewpoint) -> Self {
        if let Some(file) = named {
            return Self { path: file.to_owned(), name: file.display().to_string(), is_named: true };
        }
        let name = viewpoint.path(config::FILE_NAME.into()).to_string();
        Self { path: root.join(config::FILE_NAME), name, is_named: false }
    }

    /// The text of the configuration; `None`: there is no such file.
    pub(super) fn read(&self) -> Result<Option<Vec<u8>>, Failures> {
        // One that is named may be anything, such as a pipe; what is found by its name alone is not trusted that far.
        let text = if self.is_named {
            File::open(&self.path).and_then(open::read_small)
        } else {
            self.refuse_stray_link()?;
            open::target(&self.path).and_then(|found| {
                let (file, _) = found.ok_or_else(|| io::Error::other("it is no regular file"))?;
                open::read_small(file)
            })
        };
        match text {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => {
                let message = format!("cannot read the configuration {}: {error}", self.name);
                Err(Failures::of(message, "make it a readable file, or name another one with --config"))
            }
        }
    }

    /// Refuses a link that leaves the directory, or leads nowhere: what is in the repository says what holds there.
    fn refuse_stray_link(&self) -> Result<(), Failures> {
        if !self.path.is_symlink() {
            return Ok(());
        }
        let root = self.path.parent().map(platform::canonical);
        let target = platform::canonical(&self.path);
        let what = match (root, target) {
            (Some(Ok(root)), Ok(target)) if target.starts_with(&root) => return Ok(()),
            (_, Ok(_)) => "a symbolic link that leaves the repository",
            (_, Err(_)) => "a symbolic link to something that is not there",
        };
        let message = format!("the configuration {} is {what}", self.name);
        Err(Failures::of(message, "put a file in its place, or name the one that is meant with --config"))
    }

    /// The configuration that judges: this one, or none.
    pub(super) fn judging(&self, judging: &Judging) -> Result<Config, Failures> {
        let config = if judging.no_config { Config::default() } else { self.load()? };
        with_rules(config, judging)
    }

    /// The configuration that judges what git has: one that was named, or the text that git has of it, `origin`.
    pub(super) fn judging_from<E: Into<Failures>>(
        &self,
        judging: &Judging,
        origin: &str,
        text: impl FnOnce() -> Result<Option<Vec<u8>>, E>,
    ) -> Result<Config, Failures> {
        if judging.no_config || self.is_named {
            return self.judging(judging);
        }
        let config = match text().map_err(Into::into)? {
            Some(text) => config::load(&text, &format!("{} ({origin})", self.name))?,
            None => Config::default(),
        };
        with_rules(config, judging)
    }

    /// The configuration that judges what a repository holds: that of HEAD, `committed`. Whoever has just changed theirs may
    /// wonder, and hears which one counts.
    pub(super) fn judging_from_head<E: Into<Failures>>(
        &self,
        judging: &Judging,
        committed: Result<Option<Vec<u8>>, E>,
        run: &Run<'_>,
    ) -> Result<Config, Failures> {
        if !judging.no_config && self.is_ahead_of(&committed) {
            run.note(&format!("{} is not committed as it is here: that of HEAD counts", self.name));
        }
        self.judging_from(judging, "in HEAD", || committed)
    }

    /// Whether the file on disk is another than the one that git has.
    fn is_ahead_of<E>(&self, committed: &Result<Option<Vec<u8>>, E>) -> bool {
        let on_disk = || self.read().ok().flatten();
        !self.is_named && committed.as_ref().is_ok_and(|text| on_disk().is_some_and(|own| Some(&own) != text.as_ref()))
    }

    /// The configuration; without a file, what holds then, unless one was named.
    pub(super) fn load(&self) -> Result<Config, Failures> {
        match self.read()? {
            Some(text) => Ok(config::load(&text, &self.name)?),
            None if !self.is_named => Ok(Config::default()),
            None => {
                let message = format!("there is no configuration {}", self.name);
                Err(Failures::of(message, "name a file that exists, or leave it out"))
            }
        }
    }
}

fn with_rules(mut config: Config, judging: &Judging) -> Result<Config, Failures> {
    if config.rules.rules.is_empty() {
        return Err(Failures::of("there are no rules, so nothing can be found", "add a [[rule]] to the configuration"));
    }
    config.policy.inline = config.policy.inline && !judging.no_inline;
    Ok(config)
}

#[expect(clippy::disallowed_methods, reason = "the current directory is read in cli")]
pub(super) fn current_directory() -> Result<PathBuf, Failures> {
    env::current_dir().map_err(|error| {
        Failures::of(format!("cannot tell the current directory: {error}"), "change to a directory that exists")
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::{
        cli::args::{Args, Command},
        rule::RuleSet,
    };

    #[test]
    fn no_rules_are_an_error() {
        let Command::Scan(args) = Args::parse_from(["keyhound", "scan"]).command else { panic!("scan was typed") };
        let config = Config { rules: RuleSet::default().into(), ..Config::default() };
        assert!(with_rules(config, &args.judging).is_err());
    }
}
