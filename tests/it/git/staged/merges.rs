//! Merges: what one of the parents has is not new, what only the merge has is.

use super::{line, repository, staged};
use crate::support::{Sandbox, keys};

/// `main` and so many other branches, each with a file and a key of its own; `main` is checked out.
fn branches(number: u8) -> Sandbox {
    let sandbox = repository();
    for branch in 1..=number {
        sandbox.git(&["switch", "--quiet", "--create", &format!("side{branch}"), "main"]);
        sandbox.write(format!("side{branch}.py"), line(&keys::live(branch)));
        sandbox.commit_all();
    }
    sandbox.git(&["switch", "--quiet", "main"]);
    sandbox.write("main.py", "main\n");
    sandbox.commit_all();
    sandbox
}

fn merge(sandbox: &Sandbox, branches: &[&str]) {
    sandbox.git(&[&["merge", "--quiet", "--no-commit", "--no-ff"], branches].concat());
}

/// Merges a branch that conflicts.
fn conflict(sandbox: &Sandbox, arguments: &[&str]) {
    let mut command = sandbox.git_command();
    let output = sandbox.run(command.args(arguments));
    output.expect(1);
    assert!(sandbox.git(&["ls-files", "--unmerged"]).contains('\t'));
}

/// Both branches change `a.py`; the other one puts a key into it.
fn conflicting() -> Sandbox {
    let sandbox = repository();
    sandbox.git(&["switch", "--quiet", "--create", "side"]);
    sandbox.write("a.py", line(&keys::live(1)));
    sandbox.commit_all();
    sandbox.git(&["switch", "--quiet", "main"]);
    sandbox.write("a.py", "import sys\n");
    sandbox.commit_all();
    sandbox
}

#[test]
fn a_merge_of_what_the_other_branch_has_is_quiet() {
    let sandbox = branches(1);
    merge(&sandbox, &["side1"]);
    staged(&sandbox).expect(0);
}

#[test]
fn evil_merge() {
    let sandbox = branches(1);
    merge(&sandbox, &["side1"]);
    sandbox.write("evil.py", line(&keys::live(7)));
    sandbox.git(&["add", "evil.py"]);
    staged(&sandbox).expect(1).says("evil.py:1:18").never_says("side1.py");
    // In the file that the other branch brings.
    sandbox.git(&["rm", "--quiet", "--force", "evil.py"]);
    sandbox.write("side1.py", line(&keys::live(1)) + &line(&keys::live(8)));
    sandbox.git(&["add", "side1.py"]);
    staged(&sandbox).expect(1).says("side1.py:2:18").never_says("side1.py:1:18");
}

#[test]
fn octopus_merge() {
    let sandbox = branches(3);
    merge(&sandbox, &["side1", "side2", "side3"]);
    assert_eq!(sandbox.read(".git/MERGE_HEAD").lines().count(), 3);
    staged(&sandbox).expect(0);
    sandbox.write("side2.py", line(&keys::live(2)) + &line(&keys::live(9)));
    sandbox.git(&["add", "side2.py"]);
    staged(&sandbox).expect(1).says("side2.py:2:18").never_says("side2.py:1:18");
}

#[test]
fn a_key_in_the_resolution_of_a_conflict() {
    let sandbox = conflicting();
    conflict(&sandbox, &["merge", "--quiet", "side"]);
    // Both sides of the conflict are what a parent has.
    staged(&sandbox).expect(0);
    sandbox.write("a.py", format!("import sys\n{}", line(&keys::live(1))));
    sandbox.git(&["add", "a.py"]);
    staged(&sandbox).expect(0);
    sandbox.write("a.py", format!("import sys\n{}", line(&keys::live(2))));
    sandbox.git(&["add", "a.py"]);
    staged(&sandbox).expect(1).says("a.py:2:18");
}

#[test]
fn a_squashed_merge_and_a_cherry_pick_have_one_parent() {
    let sandbox = branches(1);
    sandbox.git(&["merge", "--quiet", "--squash", "side1"]);
    staged(&sandbox).expect(1).says("side1.py:1:18");
    let sandbox = branches(1);
    sandbox.git(&["cherry-pick", "--no-commit", "side1"]);
    staged(&sandbox).expect(1).says("side1.py:1:18");
}

#[test]
fn unmerged_entries() {
    let sandbox = conflicting();
    // Without a merge there is no other parent: their side is new.
    conflict(&sandbox, &["cherry-pick", "side"]);
    staged(&sandbox).expect(1).says("a.py:1:18");
    // What both sides began with is in none of them.
    let sandbox = Sandbox::repository();
    sandbox.write("a.py", line(&keys::live(1)));
    sandbox.commit_all();
    sandbox.git(&["switch", "--quiet", "--create", "side"]);
    sandbox.write("a.py", "side\n");
    sandbox.commit_all();
    sandbox.git(&["switch", "--quiet", "main"]);
    sandbox.write("a.py", "main\n");
    sandbox.commit_all();
    conflict(&sandbox, &["cherry-pick", "side"]);
    staged(&sandbox).expect(0);
}

#[test]
fn a_revert_that_brings_a_key_back() {
    let sandbox = repository();
    sandbox.write("a.py", line(&keys::live(1)));
    sandbox.commit_all();
    sandbox.write("a.py", "import os\n");
    sandbox.commit_all();
    sandbox.git(&["revert", "--no-commit", "HEAD"]);
    staged(&sandbox).expect(1).says("a.py:1:18");
}

#[test]
fn what_is_merged_cannot_be_read() {
    let sandbox = branches(1);
    merge(&sandbox, &["side1"]);
    let whole = sandbox.read(".git/MERGE_HEAD");
    for broken in ["no id\n".to_owned(), format!("{}\n", "5".repeat(40)), whole[..20].to_owned() + "\n"] {
        sandbox.write(".git/MERGE_HEAD", broken);
        staged(&sandbox).expect(2).complains("cannot be compared with");
    }
    sandbox.write(".git/MERGE_HEAD", whole);
    staged(&sandbox).expect(0);
}
