//! What git tells by environment variables whoever it starts as a hook, and GitHub Actions whoever it runs.

use std::{env, ffi::OsString, path::PathBuf};

use bstr::{BString, ByteVec};

use crate::source::{
    Environment,
    range::{Push, PushedRef},
};

/// Reads git's variables. An empty one says nothing, as to git.
#[expect(clippy::disallowed_methods, reason = "the environment is read in cli")]
pub(super) fn read() -> Environment {
    let path = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let alternates = env::var_os("GIT_ALTERNATE_OBJECT_DIRECTORIES").unwrap_or_default();
    let merge_head = |(name, _): (OsString, _)| Some(name.to_str()?.strip_prefix("GITHEAD_")?.to_owned());
    Environment {
        git_dir: path("GIT_DIR"),
        work_tree: path("GIT_WORK_TREE"),
        index_file: path("GIT_INDEX_FILE"),
        object_directory: path("GIT_OBJECT_DIRECTORY"),
        alternate_object_directories: Environment::object_directories(&alternates),
        merge_heads: env::vars_os().filter_map(merge_head).collect(),
    }
}

/// What pre-commit and prek say is pushed, or asked about, if they call: they read what git tells them themselves. Without
/// the ends of a range everything that the branch leads to is pushed for the first time.
#[expect(clippy::disallowed_methods, reason = "the environment is read in cli")]
pub(super) fn pushed_by_pre_commit() -> Option<Push> {
    let value = |name: &str| {
        let value = env::var_os(name).filter(|value| !value.is_empty())?;
        Some(BString::from(
            Vec::from_os_string(value).unwrap_or_else(|value| value.to_string_lossy().into_owned().into()),
        ))
    };
    value("PRE_COMMIT")?;
    let (known, to) = (value("PRE_COMMIT_FROM_REF"), value("PRE_COMMIT_TO_REF"));
    let tip = to.or_else(|| value("PRE_COMMIT_LOCAL_BRANCH")).unwrap_or_else(|| "HEAD".into());
    let pushed = PushedRef { tip, known, name: value("PRE_COMMIT_REMOTE_BRANCH") };
    Some(Push { remote: value("PRE_COMMIT_REMOTE_NAME"), refs: vec![pushed] })
}

/// What GitHub Actions tells a step.
#[derive(Debug, Default)]
pub(super) struct Actions {
    /// `GITHUB_ACTIONS`: this is one.
    pub(super) is_here: bool,
    /// `GITHUB_EVENT_NAME`
    pub(super) event_name: Option<OsString>,
    /// `GITHUB_EVENT_PATH`: a file of JSON.
    pub(super) event_path: Option<PathBuf>,
    /// `GITHUB_SHA`: the commit that the event happened at.
    pub(super) sha: Option<String>,
    /// `GITHUB_OUTPUT`: a file to append to.
    pub(super) output: Option<PathBuf>,
    /// `GITHUB_STEP_SUMMARY`: a file to append to.
    pub(super) step_summary: Option<PathBuf>,
}

/// Reads the variables of GitHub Actions. An empty one says nothing.
#[expect(clippy::disallowed_methods, reason = "the environment is read in cli")]
pub(super) fn actions() -> Actions {
    let value = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    Actions {
        is_here: value("GITHUB_ACTIONS").is_some_and(|value| value == "true"),
        event_name: value("GITHUB_EVENT_NAME"),
        event_path: value("GITHUB_EVENT_PATH").map(PathBuf::from),
        sha: value("GITHUB_SHA").and_then(|sha| sha.into_string().ok()),
        output: value("GITHUB_OUTPUT").map(PathBuf::from),
        step_summary: value("GITHUB_STEP_SUMMARY").map(PathBuf::from),
    }
}

/// Where the user's configuration is, by the XDG Base Directory Specification.
#[expect(clippy::disallowed_methods, reason = "the environment is read in cli")]
pub(super) fn config_home() -> Option<PathBuf> {
    let path = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    path("XDG_CONFIG_HOME").or_else(|| Some(path("HOME")?.join(".config")))
}
