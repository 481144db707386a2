//! Real git, with no configuration but its own and always the same author and dates.

use std::{ffi::OsStr, process::Command};

use super::{Sandbox, sandbox::search_path};

impl Sandbox {
    /// Runs git in the root and returns what it prints; fails if git does.
    pub(crate) fn git<A: AsRef<OsStr>>(&self, arguments: &[A]) -> String {
        let output = self.git_command().args(arguments).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git failed: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// git, to be run in the root.
    pub(crate) fn git_command(&self) -> Command {
        let mut command = Command::new("git");
        command.current_dir(self.root()).env_clear().env("HOME", self.home());
        if let Some(path) = search_path() {
            command.env("PATH", path);
        }
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", self.home().join(".gitconfig"));
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "Ada Example").env(format!("GIT_{role}_EMAIL"), "ada@example.com");
            command.env(format!("GIT_{role}_DATE"), "2026-01-02T03:04:05Z");
        }
        command.args(["-c", "protocol.file.allow=always", "-c", "commit.gpgsign=false"]);
        command
    }

    /// Adds everything that is not ignored and commits it.
    pub(crate) fn commit_all(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message=all"]);
    }
}
