//! `keyhound staged`: what `git commit` would add, and nothing else.

mod broken;
mod environment;
mod forms;
mod merges;
mod oracle;
mod passes;
mod settings;
mod stores;

use std::fs;

use crate::support::{Output, Sandbox, keys};

/// A line of a program with this key.
fn line(key: &str) -> String {
    format!("client = Client(\"{key}\")\n")
}

fn staged(sandbox: &Sandbox) -> Output {
    sandbox.keyhound(&["staged"])
}

/// A repository with a commit, whose `a.py` has nothing to hide.
fn repository() -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.write("a.py", "import os\n");
    sandbox.commit_all();
    sandbox
}

/// The file of an object that is in no pack.
fn object_file(sandbox: &Sandbox, id: &str) -> std::path::PathBuf {
    let id = id.trim();
    sandbox.join(format!(".git/objects/{}/{}", &id[..2], &id[2..]))
}

#[test]
fn a_staged_key_is_found_and_one_that_is_not_staged_is_not() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.py", line(&keys::live(1)));
    sandbox.keyhound(&["staged"]).expect(0).complains("nothing is staged");
    sandbox.git(&["add", "a.py"]);
    sandbox.keyhound(&["staged"]).expect(1).says("a.py:1:18");
    // Edited away on disk only: it would be committed all the same.
    sandbox.write("a.py", "client = Client(key)\n");
    sandbox.keyhound(&["staged"]).expect(1).says("a.py:1:18");
}

#[test]
fn an_edit_beside_an_old_key_and_a_move_are_quiet_and_a_new_key_is_not() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.py", line(&keys::live(1)));
    sandbox.commit_all();
    sandbox.write("a.py", format!("import os\n{}", line(&keys::live(1))));
    sandbox.git(&["add", "a.py"]);
    sandbox.keyhound(&["staged"]).expect(0);
    sandbox.git(&["mv", "a.py", "b.py"]);
    sandbox.keyhound(&["staged"]).expect(0);
    sandbox.write("b.py", line(&keys::live(1)) + &line(&keys::live(2)));
    sandbox.git(&["add", "b.py"]);
    let output = sandbox.keyhound(&["staged", "--format=json"]);
    let findings = output.expect(1).json()["findings"].as_array().unwrap().clone();
    assert_eq!(findings.len(), 1);
    assert_eq!((&findings[0]["start"]["line"], &findings[0]["git_state"]), (&2.into(), &"staged".into()));
}

#[test]
fn what_would_be_scanned_is_listed_by_paths_that_open_it_from_here() {
    let sandbox = repository();
    sandbox.write("sub/b.py", "b\n");
    sandbox.write("c.py", "c\n");
    fs::remove_file(sandbox.join("a.py")).unwrap();
    sandbox.git(&["add", "--all"]);
    let output = sandbox.keyhound_in("sub", &["staged", "--files"]);
    assert_eq!(output.expect(0).quietly().stdout, "../c.py\nb.py\n");
}
