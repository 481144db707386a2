//! What git tells by environment variables whoever it starts as a hook.

use std::{env, ffi::OsString, path::PathBuf};

use crate::source::Environment;

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
