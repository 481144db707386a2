//! `keyhound hook`: what git, pre-commit and their like call.

mod install;
mod message;
mod pre_commit;
mod pre_push;

use crate::support::{Output, Sandbox};

/// A line of a program with this key.
fn line(key: &str) -> String {
    format!("client = Client(\"{key}\")\n")
}

/// A repository with a commit, whose `a.py` has nothing to hide.
fn repository() -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.write("a.py", "import os\n");
    sandbox.commit_all();
    sandbox
}

/// Runs the hook on these files.
fn pre_commit(sandbox: &Sandbox, files: &[&str]) -> Output {
    sandbox.keyhound(&[&["hook", "pre-commit"], files].concat())
}
