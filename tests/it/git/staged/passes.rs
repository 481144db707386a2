//! What must not stop a commit: what was there before, and what takes away.

use super::{line, repository, staged};
use crate::support::{Sandbox, keys};

/// A repository whose `a.py` has an old key.
fn with_old_key() -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.write("a.py", format!("import os\n{}", line(&keys::live(1))));
    sandbox.commit_all();
    sandbox
}

#[test]
fn only_unstaged_secret() {
    let sandbox = repository();
    sandbox.write("a.py", line(&keys::live(1)));
    sandbox.write("untracked.py", line(&keys::live(1)));
    staged(&sandbox).expect(0).complains("nothing is staged");
}

#[test]
fn unrelated_edit_in_a_file_with_an_old_secret() {
    let sandbox = with_old_key();
    sandbox.write("a.py", format!("import sys\n\n\n{}print(client)\n", line(&keys::live(1))));
    sandbox.git(&["add", "a.py"]);
    staged(&sandbox).expect(0).says("no keys found");
}

#[test]
fn pure_rename() {
    let sandbox = with_old_key();
    sandbox.write("deep/er/.keep", "");
    sandbox.git(&["mv", "a.py", "deep/er/b.py"]);
    staged(&sandbox).expect(0);
}

#[test]
fn a_copy_beside_an_edit_or_a_reformat() {
    let sandbox = with_old_key();
    // The value on a line of its own, in other quotes.
    sandbox.write("a.py", format!("client = Client(\n    '{}',\n)\n", keys::live(1)));
    sandbox.git(&["add", "a.py"]);
    staged(&sandbox).expect(0);
    // Moved to another file that changes with it.
    sandbox.write("a.py", "from settings import KEY\n");
    sandbox.write("settings.py", format!("KEY = '{}'\n", keys::live(1)));
    sandbox.git(&["add", "--all"]);
    staged(&sandbox).expect(0);
    // What a file has that does not change makes nothing old: this copies the key.
    sandbox.git(&["reset", "--quiet", "--hard"]);
    sandbox.write("settings.py", format!("KEY = '{}'\n", keys::live(1)));
    sandbox.git(&["add", "--all"]);
    staged(&sandbox).expect(1).says("settings.py:1:8");
}

#[test]
fn deletions_only() {
    let sandbox = with_old_key();
    sandbox.write("b.py", "b\n");
    sandbox.commit_all();
    sandbox.git(&["rm", "--quiet", "b.py"]);
    staged(&sandbox).expect(0).complains("only deletions");
    sandbox.git(&["rm", "--quiet", "a.py"]);
    staged(&sandbox).expect(0).complains("only deletions");
}

#[test]
fn taking_a_key_away() {
    let sandbox = with_old_key();
    sandbox.write("a.py", "import os\n");
    sandbox.git(&["add", "a.py"]);
    staged(&sandbox).expect(0).says("no keys found");
}

#[test]
fn nothing_staged_in_a_repository_full_of_keys() {
    let sandbox = with_old_key();
    staged(&sandbox).expect(0).complains("nothing is staged");
}

#[test]
fn moved_out_of_an_allowed_path_is_new() {
    let sandbox = Sandbox::repository();
    sandbox.write(".keyhound.toml", "[[allow]]\npaths = [\"tests/\"]\nreason = \"made up for tests\"\n");
    sandbox.write("tests/a.py", line(&keys::live(1)));
    sandbox.commit_all();
    sandbox.write("src/.keep", "");
    sandbox.git(&["mv", "tests/a.py", "src/a.py"]);
    staged(&sandbox).expect(1).says("src/a.py:1:18");
    // Within it, it is not.
    sandbox.git(&["mv", "src/a.py", "tests/b.py"]);
    staged(&sandbox).expect(0);
}

#[test]
fn a_comment_that_is_taken_away_makes_a_key_new() {
    let sandbox = Sandbox::repository();
    let allowed = format!("client = Client(\"{}\")  # keyhound:allow -- made up\n", keys::live(1));
    sandbox.write("a.py", &allowed);
    sandbox.commit_all();
    sandbox.write("a.py", line(&keys::live(1)));
    sandbox.git(&["add", "a.py"]);
    staged(&sandbox).expect(1).says("a.py:1:18");
}

#[test]
fn another_value_in_the_place_of_an_old_one_is_new() {
    let sandbox = with_old_key();
    sandbox.write("a.py", format!("import os\n{}", line(&keys::live(2))));
    sandbox.git(&["add", "a.py"]);
    staged(&sandbox).expect(1).says("a.py:2:18");
}

#[test]
fn an_amended_commit_is_compared_with_what_it_replaces() {
    let sandbox = with_old_key();
    sandbox.write("a.py", format!("import os\n{}", line(&keys::live(2))));
    sandbox.git(&["add", "a.py"]);
    staged(&sandbox).expect(1);
    sandbox.git(&["commit", "--quiet", "--message=two"]);
    staged(&sandbox).expect(0).complains("nothing is staged");
}
