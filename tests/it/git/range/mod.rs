//! `keyhound range`: what commits add, and nothing else.

mod basic;
mod broken;
mod matrix;
mod moves;
mod oracle;

use crate::support::{Sandbox, keys};

/// A line of a program with this key.
fn line(key: &str) -> String {
    format!("client = Client(\"{key}\")\n")
}

impl Sandbox {
    /// A repository with a first commit, on a branch `topic` that begins there; `main` stays.
    fn topic() -> Self {
        let sandbox = Self::repository();
        sandbox.write("README", "a project\n");
        sandbox.commit_all();
        sandbox.git(&["checkout", "--quiet", "-b", "topic"]);
        sandbox
    }

    /// Writes a file, with nothing else in the commit that is made of it, and tells the commit.
    fn commit_file(&self, path: &str, content: impl AsRef<[u8]>) -> String {
        self.write(path, content);
        self.commit_all();
        self.git(&["rev-parse", "HEAD"]).trim_end().to_owned()
    }

    /// Clones a branch, so many commits deep, into `clone`.
    fn shallow_clone(&self, depth: u32, branch: &str) {
        let url = format!("file://{}", self.root().display());
        self.git(&["clone", "--quiet", &format!("--depth={depth}"), "--branch", branch, &url, "clone"]);
    }
}
