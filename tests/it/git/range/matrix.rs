//! The cases in which other scanners pass a pull request without having looked, or block one that adds nothing.

use super::{Sandbox, keys, line};
use crate::support::encode;

const BLOCKED: i32 = 1;
const PASSED: i32 = 0;
const REFUSED: i32 = 2;

/// Scans what the branch adds to `main`.
fn range(sandbox: &Sandbox, code: i32) {
    sandbox.keyhound(&["range", "main..topic"]).expect(code).never_says(&keys::live(1));
}

/// A repository in which `main` has a key of old.
fn with_old_key() -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.commit_file("old.py", line(&keys::live(1)));
    sandbox.git(&["checkout", "--quiet", "-b", "topic"]);
    sandbox
}

#[test]
fn bad_base_sha() {
    let sandbox = Sandbox::topic();
    sandbox.commit_file("a.py", line(&keys::live(1)));
    let output = sandbox.keyhound(&["range", "1111111111111111111111111111111111111111..topic"]);
    output.expect(REFUSED).complains("is not in this clone");
}

#[test]
fn shallow_clone_without_base() {
    let sandbox = Sandbox::topic();
    sandbox.commit_file("a.py", line(&keys::live(1)));
    sandbox.commit_file("b.py", "x = 1\n");
    let base = sandbox.git(&["rev-parse", "main"]);
    sandbox.shallow_clone(1, "topic");
    let output = sandbox.keyhound_in("clone", &["range", &format!("{}..HEAD", base.trim())]);
    output.expect(REFUSED).complains("git fetch --unshallow").complains("fetch-depth: 0");
}

#[test]
fn evil_merge() {
    let sandbox = Sandbox::topic();
    sandbox.commit_file("a.py", "a = 1\n");
    sandbox.git(&["checkout", "--quiet", "-b", "side", "main"]);
    sandbox.commit_file("b.py", "b = 1\n");
    sandbox.git(&["checkout", "--quiet", "topic"]);
    sandbox.git(&["merge", "--quiet", "--no-commit", "side"]);
    sandbox.commit_file("c.py", line(&keys::live(1)));
    assert_eq!(sandbox.git(&["rev-list", "--no-walk", "--parents", "HEAD"]).split_whitespace().count(), 3);
    range(&sandbox, BLOCKED);
}

#[test]
fn diff_attribute() {
    for attribute in ["-diff", "binary", "diff=secret", "-text"] {
        let sandbox = Sandbox::topic();
        sandbox.write(".gitattributes", format!("* {attribute}\n"));
        sandbox.git(&["config", "diff.secret.textconv", "true"]);
        sandbox.commit_file("a.py", line(&keys::live(1)));
        range(&sandbox, BLOCKED);
    }
}

#[test]
fn utf16() {
    for big_endian in [false, true] {
        let sandbox = Sandbox::topic();
        sandbox.commit_file("a.ps1", encode::utf16(&line(&keys::live(1)), big_endian));
        range(&sandbox, BLOCKED);
    }
}

#[test]
fn settings_of_the_diff() {
    for setting in [
        ["color.ui", "always"],
        ["diff.noprefix", "true"],
        ["diff.mnemonicPrefix", "true"],
        ["diff.external", "true"],
        ["log.showSignature", "true"],
        ["core.quotePath", "false"],
    ] {
        let sandbox = Sandbox::topic();
        sandbox.git(&["config", setting[0], setting[1]]);
        sandbox.commit_file("a.py", line(&keys::live(1)));
        range(&sandbox, BLOCKED);
    }
}

#[test]
fn commit_message() {
    let sandbox = Sandbox::topic();
    sandbox.git(&["commit", "--quiet", "--allow-empty", "-m", &keys::live(1)]);
    range(&sandbox, BLOCKED);
}

#[test]
fn old_secret_file_edited() {
    let sandbox = with_old_key();
    sandbox.commit_file("old.py", format!("import os\n{}# more\n", line(&keys::live(1))));
    range(&sandbox, PASSED);
}

#[test]
fn pure_rename() {
    let sandbox = with_old_key();
    sandbox.git(&["mv", "old.py", "new.py"]);
    sandbox.commit_all();
    range(&sandbox, PASSED);
}

#[test]
fn more_commits_than_a_page_of_any_interface_has() {
    let sandbox = Sandbox::topic();
    sandbox.commit_file("a.py", line(&keys::live(1)));
    for number in 0..40 {
        sandbox.commit_file("b.py", format!("b = {number}\n"));
    }
    range(&sandbox, BLOCKED);
}

#[test]
fn type_changes_and_links() {
    let sandbox = Sandbox::topic();
    std::os::unix::fs::symlink(keys::live(1), sandbox.join("link")).unwrap();
    sandbox.commit_all();
    range(&sandbox, BLOCKED);
    let sandbox = Sandbox::repository();
    std::os::unix::fs::symlink("nowhere", sandbox.join("a.py")).unwrap();
    sandbox.commit_all();
    sandbox.git(&["checkout", "--quiet", "-b", "topic"]);
    std::fs::remove_file(sandbox.join("a.py")).unwrap();
    sandbox.commit_file("a.py", line(&keys::live(1)));
    range(&sandbox, BLOCKED);
}
