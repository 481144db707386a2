//! What a configuration leaves out or forgives, at the paths that content has had.

use super::{blob, commit, findings, line, paths};
use crate::support::{Sandbox, keys};

/// A key at two paths, one of which a configuration speaks of.
fn twice(configuration: &str) -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.write(".keyhound.toml", configuration);
    sandbox.write("vendor/a.py", line(&keys::live(1)));
    commit(&sandbox, "src/a.py", line(&keys::live(1)));
    sandbox.git(&["rm", "--quiet", "src/a.py", "vendor/a.py"]);
    sandbox.commit_all();
    sandbox
}

const EXCLUDE: &str = "[scan]\nexclude = [{ path = \"/vendor/\", reason = \"not ours\" }]\n";
const ALLOW: &str = "[[allow]]\npaths = [\"/vendor/\"]\nreason = \"not ours\"\n";

#[test]
fn one_secret_at_several_paths_is_a_finding_at_each() {
    let sandbox = twice("");
    assert_eq!(paths(&findings(&sandbox, 1)), ["src/a.py", "vendor/a.py"]);
    // And once more, from nowhere.
    commit(&sandbox, "other.py", format!("import os\n{}", line(&keys::live(1))));
    blob(&sandbox, &format!("# nowhere\n\n{}", line(&keys::live(1))));
    assert_eq!(paths(&findings(&sandbox, 1)), ["none", "other.py", "src/a.py", "vendor/a.py"]);
}

#[test]
fn excludes_hold_for_each_path_that_a_blob_has_had() {
    let sandbox = twice(EXCLUDE);
    assert_eq!(paths(&findings(&sandbox, 1)), ["src/a.py"]);
    let report = sandbox.keyhound(&["history", "--format=json"]).json();
    assert_eq!(report["summary"]["skipped"]["excluded"], 1);
    for option in ["--no-config", "--config=/dev/null"] {
        let report = sandbox.keyhound(&["history", option, "--format=json"]).expect(1).json();
        assert_eq!(paths(report["findings"].as_array().unwrap()), ["src/a.py", "vendor/a.py"]);
    }
}

#[test]
fn allowed_paths_hold_for_each_path_that_a_blob_has_had() {
    let sandbox = twice(ALLOW);
    let report = sandbox.keyhound(&["history", "--format=json"]).expect(1).json();
    assert_eq!(paths(report["findings"].as_array().unwrap()), ["src/a.py"]);
    assert_eq!(paths(report["suppressed"].as_array().unwrap()), ["vendor/a.py"]);
    let report = sandbox.keyhound(&["history", "--no-config", "--format=json"]).expect(1).json();
    assert_eq!(report["findings"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_blob_only_at_excluded_or_allowed_paths_is_no_finding() {
    for configuration in [EXCLUDE, ALLOW] {
        let sandbox = Sandbox::repository();
        sandbox.write(".keyhound.toml", configuration);
        commit(&sandbox, "vendor/deep/a.py", line(&keys::live(1)));
        assert!(findings(&sandbox, 0).is_empty());
    }
}

#[test]
fn the_configuration_is_that_of_head() {
    let sandbox = Sandbox::repository();
    commit(&sandbox, "vendor/a.py", line(&keys::live(1)));
    // On disk, or staged, is not committed; nor is what another branch has.
    sandbox.write(".keyhound.toml", EXCLUDE);
    assert_eq!(findings(&sandbox, 1).len(), 1);
    sandbox.git(&["add", "--all"]);
    assert_eq!(findings(&sandbox, 1).len(), 1);
    sandbox.git(&["checkout", "--quiet", "-b", "other"]);
    sandbox.commit_all();
    assert!(findings(&sandbox, 0).is_empty());
    sandbox.git(&["checkout", "--quiet", "main"]);
    assert_eq!(findings(&sandbox, 1).len(), 1);
    // What is wrong with it there is told, and what is wrong with it here is not asked.
    sandbox.git(&["checkout", "--quiet", "other"]);
    sandbox.write(".keyhound.toml", "[[allow\n");
    assert!(findings(&sandbox, 0).is_empty());
    sandbox.commit_all();
    sandbox.keyhound(&["history"]).expect(2).complains(".keyhound.toml");
    sandbox.keyhound(&["history", "--no-config"]).expect(1);
}

#[test]
fn comments_forgive_in_the_version_that_has_them() {
    let sandbox = Sandbox::repository();
    let allowed = line(&keys::live(1)).replace('\n', "  # keyhound:allow example\n");
    commit(&sandbox, "a.py", allowed);
    commit(&sandbox, "b.py", line(&keys::live(2)));
    sandbox.git(&["rm", "--quiet", "a.py"]);
    sandbox.commit_all();
    assert_eq!(paths(&findings(&sandbox, 1)), ["b.py"]);
    let report = sandbox.keyhound(&["history", "--no-inline", "--format=json"]).expect(1).json();
    assert_eq!(paths(report["findings"].as_array().unwrap()), ["a.py", "b.py"]);
}

#[test]
fn an_entry_about_a_commit_allows_what_that_commit_has() {
    let sandbox = Sandbox::repository();
    commit(&sandbox, "a.py", line(&keys::live(1)));
    let first = sandbox.git(&["rev-parse", "HEAD"]);
    commit(&sandbox, "b.py", line(&keys::live(2)));
    let allow = format!("[[allow]]\ncommits = [\"{}\"]\nreason = \"revoked\"\n", &first[..12]);
    commit(&sandbox, ".keyhound.toml", allow);
    assert_eq!(paths(&findings(&sandbox, 1)), ["b.py"]);
    let report = sandbox.keyhound(&["history", "--format=json"]).expect(1).json();
    assert_eq!(report["suppressed"][0]["path"], "a.py");
    assert_eq!(report["unused_allows"], serde_json::json!([]));
    // The last commit that has it is none that brought it.
    let last = sandbox.git(&["rev-parse", "HEAD"]);
    let other = format!("[[allow]]\ncommits = [\"{}\"]\nreason = \"made up\"\n", last.trim());
    commit(&sandbox, ".keyhound.toml", other);
    assert_eq!(paths(&findings(&sandbox, 1)), ["a.py", "b.py"]);
    let allow = format!("[[allow]]\ncommits = [\"{}\"]\nreason = \"revoked\"\n", &first[..12]);
    commit(&sandbox, ".keyhound.toml", allow);
    // Where no commit is asked about, it says nothing.
    let report = sandbox.keyhound(&["scan", "--format=json"]).expect(1).json();
    assert_eq!(paths(report["findings"].as_array().unwrap()), ["a.py", "b.py"]);
    // The same value in another commit is another matter.
    commit(&sandbox, "c.py", line(&keys::live(1)));
    assert_eq!(paths(&findings(&sandbox, 1)), ["b.py", "c.py"]);
}

#[test]
fn a_relative_git_dir_is_relative_to_where_one_is() {
    let sandbox = Sandbox::repository();
    commit(&sandbox, "sub/a.py", line(&keys::live(1)));
    for arguments in [&["history"][..], &["history", "--since=2000-01-01"], &["history", "--path=sub/"]] {
        let mut command = sandbox.command(arguments);
        command.current_dir(sandbox.join("sub")).env("GIT_DIR", "../.git").env("GIT_WORK_TREE", "..");
        sandbox.run(&mut command).expect(1).says("a.py:1");
    }
}
