//! `keyhound ci`: events of GitHub Actions, with real repositories as a workflow checks them out.

mod events;
mod injection;
mod policy;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};

use crate::support::{Output, Sandbox, keys};

/// The owner and the name of the repository that events are of.
const PROJECT: &str = "owner/project";

/// A line of a program with this key.
fn line(key: &str) -> String {
    format!("client = Client(\"{key}\")\n")
}

/// A repository on a server, in the root, and what GitHub makes of a pull request from `topic` to `main`.
struct Server {
    sandbox: Sandbox,
}

/// What a step leaves behind.
struct Step {
    output: Output,
    /// `GITHUB_OUTPUT`, as name and value.
    outputs: Vec<(String, String)>,
    summary: String,
}

impl Step {
    fn value(&self, name: &str) -> &str {
        let found = self.outputs.iter().find(|(found, _)| found == name);
        &found.unwrap_or_else(|| panic!("there is no {name}: {:?}", self.outputs)).1
    }
}

impl Server {
    /// With a first commit on `main`, and on `topic`, which is checked out.
    fn new() -> Self {
        let sandbox = Sandbox::repository();
        sandbox.write("README", "a project\n");
        sandbox.commit_all();
        sandbox.git(&["checkout", "--quiet", "-b", "topic"]);
        Self { sandbox }
    }

    /// Commits a file on the branch that is checked out.
    fn commit(&self, path: &str, content: impl AsRef<[u8]>) -> String {
        self.sandbox.write(path, content);
        self.sandbox.commit_all();
        self.id("HEAD")
    }

    fn id(&self, revision: &str) -> String {
        self.sandbox.git(&["rev-parse", revision]).trim_end().to_owned()
    }

    /// Makes the merge of a pull request, as GitHub does, and tells the event.
    fn pull_request(&self, base: &str) -> Value {
        self.sandbox.git(&["checkout", "--quiet", "--detach", "main"]);
        self.sandbox.git(&["merge", "--quiet", "--no-ff", "-m", "Merge topic into main", "topic"]);
        self.sandbox.git(&["update-ref", "refs/pull/1/merge", "HEAD"]);
        self.sandbox.git(&["checkout", "--quiet", "topic"]);
        json!({
            "pull_request": {
                "number": 1,
                "base": { "sha": base, "ref": "main" },
                "head": { "sha": self.id("topic"), "ref": "topic", "repo": { "full_name": PROJECT } },
            },
            "repository": { "default_branch": "main", "full_name": PROJECT },
        })
    }

    fn push(reference: &str, before: &str, after: &str) -> Value {
        json!({
            "ref": reference, "before": before, "after": after, "forced": false,
            "deleted": after.starts_with("0000"), "repository": { "default_branch": "main" },
        })
    }

    /// Checks out as actions/checkout does, `depth` 0 being all; the clone is `work`.
    fn check_out(&self, reference: &str, depth: u32) {
        self.check_out_of(&self.sandbox.root(), reference, depth);
    }

    /// The same of another repository, such as a fork.
    fn check_out_of(&self, repository: &Path, reference: &str, depth: u32) {
        let work = self.work();
        if work.exists() {
            fs::remove_dir_all(&work).unwrap();
        }
        let git = |arguments: &[&str]| {
            let status = self.sandbox.git_command().arg("-C").arg(&work).args(arguments).status().unwrap();
            assert!(status.success(), "{arguments:?}");
        };
        self.sandbox.git(&["init", "--quiet", work.to_str().unwrap()]);
        git(&["remote", "add", "origin", &format!("file://{}", repository.display())]);
        let local = format!(
            "+{reference}:refs/remotes/{}",
            reference.trim_start_matches("refs/").replacen("heads/", "origin/", 1)
        );
        if depth == 0 {
            git(&["fetch", "--quiet", "--no-tags", "origin", "+refs/heads/*:refs/remotes/origin/*", &local]);
        } else {
            git(&["fetch", "--quiet", "--no-tags", &format!("--depth={depth}"), "origin", &local]);
        }
        git(&["checkout", "--quiet", "--detach", local.split_once(':').unwrap().1]);
    }

    fn work(&self) -> PathBuf {
        self.sandbox.home().join("work")
    }

    /// keyhound in the clone, as a step of a workflow for this event; `None` is no event.
    fn command(&self, event: Option<(&str, &Value)>, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.command(&[&["ci"], arguments].concat());
        command.current_dir(self.work()).env("GITHUB_ACTIONS", "true").env("CI", "true");
        for (variable, file) in [("GITHUB_OUTPUT", "output"), ("GITHUB_STEP_SUMMARY", "summary")] {
            let path = self.sandbox.home().join(file);
            fs::write(&path, "").unwrap();
            command.env(variable, path);
        }
        if let Some((name, payload)) = event {
            let path = self.sandbox.home().join("event.json");
            fs::write(&path, payload.to_string()).unwrap();
            command.env("GITHUB_EVENT_NAME", name).env("GITHUB_EVENT_PATH", path);
            let happened_at = match name {
                "pull_request" => "refs/pull/1/merge",
                "pull_request_target" => "main",
                _ => "HEAD",
            };
            command.env("GITHUB_SHA", self.id(happened_at));
        }
        command
    }

    fn run(&self, event: &str, payload: &Value, arguments: &[&str]) -> Step {
        self.step(&mut self.command(Some((event, payload)), arguments))
    }

    fn step(&self, command: &mut Command) -> Step {
        let output = self.sandbox.run(command);
        let text = fs::read_to_string(self.sandbox.home().join("output")).unwrap();
        let mut outputs = Vec::new();
        let mut lines = text.lines();
        while let Some(line) = lines.next() {
            let (name, end) = line.split_once("<<").unwrap();
            let value: Vec<_> = lines.by_ref().take_while(|line| *line != end).collect();
            outputs.push((name.to_owned(), value.join("\n")));
        }
        let summary = fs::read_to_string(self.sandbox.home().join("summary")).unwrap();
        let step = Step { output, outputs, summary };
        assert_eq!(step.value("exit-code"), step.output.code.unwrap().to_string());
        step.output.never_says(&keys::live(1));
        assert!(!step.summary.contains(&keys::live(1)));
        step
    }
}
