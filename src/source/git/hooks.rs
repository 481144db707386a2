//! Where git looks for the hooks of a repository.

use std::path::{Path, PathBuf};

use gix::config::Source;

use super::{Environment, Git, SourceError, causes, unreadable};

/// The directory of a repository's hooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookDirectory {
    pub path: PathBuf,
    /// `core.hooksPath` of the user's or the system's configuration names it: it serves all repositories.
    pub is_global: bool,
}

/// The directory of hooks of the repository that `cwd`, which must be canonical, is in.
pub fn hook_directory(cwd: &Path, environment: &Environment) -> Result<HookDirectory, SourceError> {
    let git = Git::around(cwd, environment)?;
    let local = git.local();
    let config = local.config_snapshot();
    let sections = config.plumbing().sections_by_name("core").into_iter().flatten();
    // The last one counts.
    let source = sections.filter(|section| section.body().value("hooksPath").is_some()).last();
    let source = source.map(|section| section.meta().source);
    let configured = config.trusted_path("core.hooksPath");
    let configured = configured.map_err(|error| unreadable(Path::new("core.hooksPath"), causes(&error)))?;
    Ok(match (configured, source) {
        (Some(path), Some(source)) => HookDirectory {
            // Hooks run at the top of the working tree.
            path: git.root().join(path),
            is_global: !matches!(source, Source::Local | Source::Worktree),
        },
        _ => HookDirectory { path: local.common_dir().join("hooks"), is_global: false },
    })
}
