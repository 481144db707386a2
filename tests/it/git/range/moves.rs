//! What is new and what is old, where commits move things about.

use std::fs;

use super::{Sandbox, keys, line};

/// Exit code of a scan of what `topic` adds to `main`.
fn code(sandbox: &Sandbox) -> i32 {
    sandbox.keyhound(&["range", "main..topic"]).code.unwrap()
}

fn with_old_key(path: &str) -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.commit_file(path, line(&keys::live(1)));
    sandbox.git(&["checkout", "--quiet", "-b", "topic"]);
    sandbox
}

#[test]
fn octopus_merge() {
    let sandbox = Sandbox::topic();
    for side in ["one", "two", "three"] {
        sandbox.git(&["checkout", "--quiet", "-b", side, "main"]);
        sandbox.commit_file(side, "x\n");
    }
    sandbox.git(&["checkout", "--quiet", "topic"]);
    sandbox.git(&["merge", "--quiet", "-m", "octopus", "one", "two", "three"]);
    assert_eq!(sandbox.git(&["rev-list", "--no-walk", "--parents", "HEAD"]).split_whitespace().count(), 4);
    assert_eq!(sandbox.keyhound(&["range", "--files", "--no-walk", "topic"]).expect(0).stdout, "");
    assert_eq!(code(&sandbox), 0);
    sandbox.write("two", line(&keys::live(1)));
    sandbox.git(&["add", "--all"]);
    sandbox.git(&["commit", "--quiet", "--amend", "--no-edit"]);
    assert_eq!(sandbox.keyhound(&["range", "--files", "--no-walk", "topic"]).expect(0).stdout, "two\n");
    assert_eq!(code(&sandbox), 1);
}

#[test]
fn key_only_in_a_conflict_resolution() {
    let sandbox = Sandbox::topic();
    sandbox.commit_file("README", "ours\n");
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.commit_file("README", "theirs\n");
    sandbox.git(&["checkout", "--quiet", "topic"]);
    assert!(!sandbox.git_command().args(["merge", "--quiet", "main"]).output().unwrap().status.success());
    sandbox.commit_file("README", line(&keys::live(1)));
    sandbox.keyhound(&["range", "main..topic"]).expect(1).says("README:1:18");
}

#[test]
fn a_merge_of_what_the_base_has_is_quiet() {
    let sandbox = Sandbox::topic();
    sandbox.commit_file("a.py", "a = 1\n");
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.commit_file("old.py", line(&keys::live(1)));
    sandbox.git(&["checkout", "--quiet", "topic"]);
    sandbox.git(&["merge", "--quiet", "-m", "catch up", "main"]);
    assert_eq!(code(&sandbox), 0);
    // Seen from where main was before.
    sandbox.keyhound(&["range", "main~1..topic"]).expect(1).says("old.py:1:18");
}

#[test]
fn a_revert_that_adds_a_key_again() {
    let sandbox = with_old_key("a.py");
    sandbox.git(&["checkout", "--quiet", "main"]);
    let removed = sandbox.commit_file("a.py", "");
    sandbox.git(&["checkout", "--quiet", "-B", "topic"]);
    sandbox.git(&["revert", "--no-edit", &removed]);
    sandbox.keyhound(&["range", "main..topic"]).expect(1).says("a.py:1:18").says("still there at the tip");
}

#[test]
fn a_cherry_pick_of_what_the_base_has() {
    let sandbox = Sandbox::topic();
    sandbox.git(&["checkout", "--quiet", "main"]);
    let picked = sandbox.commit_file("a.py", line(&keys::live(1)));
    sandbox.git(&["checkout", "--quiet", "topic"]);
    sandbox.commit_file("b.py", "b = 1\n");
    sandbox.git(&["cherry-pick", &picked]);
    assert_eq!(code(&sandbox), 0, "main has it at the same path");
    // Compared with where the branch began, it is new.
    sandbox.keyhound(&["range", "main...topic"]).expect(1).says("a.py:1:18");
}

#[test]
fn a_key_moved_between_files() {
    let sandbox = with_old_key("a.py");
    sandbox.write("a.py", "client = Client(key)\n");
    sandbox.commit_file("b.py", line(&keys::live(1)));
    assert_eq!(code(&sandbox), 0);
    sandbox.commit_file("c.py", line(&keys::live(2)));
    sandbox.keyhound(&["range", "main..topic"]).expect(1).says("c.py:1:18").says("1 secret");
}

#[test]
fn a_key_that_the_base_got_rid_of_is_new_where_an_older_branch_brings_it_back() {
    let sandbox = with_old_key("first.py");
    // So much else that git takes it for no rename.
    let others: String = (0..30).map(|number| format!("a{number} = {number}\n")).collect();
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.git(&["rm", "--quiet", "first.py"]);
    sandbox.commit_file("a.py", others + &line(&keys::live(1)));
    sandbox.git(&["checkout", "--quiet", "-B", "topic"]);
    sandbox.git(&["rm", "--quiet", "a.py"]);
    sandbox.commit_file("b.py", line(&keys::live(1)));
    assert_eq!(code(&sandbox), 0, "main has it still");
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.git(&["rm", "--quiet", "a.py"]);
    sandbox.commit_all();
    sandbox.git(&["checkout", "--quiet", "topic"]);
    for arguments in [&["range", "main..topic"][..], &["ci", "--base=main"], &["ci", "--base=main", "--scope=tree"]] {
        sandbox.keyhound(arguments).expect(1).says("b.py");
    }
    // git merges it without a conflict.
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.git(&["merge", "--quiet", "-m", "merge", "topic"]);
    assert!(sandbox.join("b.py").exists());
    // Compared with where the branch began, it is old: main does not count there.
    sandbox.keyhound(&["range", "main~1...topic"]).expect(0);
}

#[test]
fn a_key_that_the_base_has_moved_itself_is_old() {
    let sandbox = with_old_key("a.py");
    sandbox.git(&["mv", "a.py", "b.py"]);
    sandbox.commit_all();
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.git(&["mv", "a.py", "c.py"]);
    sandbox.commit_all();
    assert_eq!(code(&sandbox), 0);
    // An unrelated line beside it, in a file that has another name at the base by now.
    sandbox.git(&["checkout", "--quiet", "-B", "topic", "main~1"]);
    sandbox.commit_file("a.py", format!("{}a = 1\n", line(&keys::live(1))));
    assert_eq!(code(&sandbox), 0);
}

#[test]
fn a_move_that_is_split_over_two_commits() {
    // Copied first, removed later.
    let sandbox = with_old_key("a.py");
    sandbox.commit_file("b.py", line(&keys::live(1)));
    assert_eq!(code(&sandbox), 1, "a copy is not a move");
    sandbox.commit_file("a.py", "client = Client(key)\n");
    assert_eq!(code(&sandbox), 0);
    // Removed first, added elsewhere later.
    let sandbox = with_old_key("a.py");
    fs::remove_file(sandbox.join("a.py")).unwrap();
    sandbox.commit_all();
    sandbox.commit_file("b.py", line(&keys::live(1)));
    assert_eq!(code(&sandbox), 0);
}

#[test]
fn a_key_moved_out_of_an_allowed_path() {
    let sandbox = Sandbox::repository();
    sandbox.write(".keyhound.toml", "[[allow]]\npaths = [\"/samples/**\"]\nreason = \"samples\"\n");
    sandbox.commit_file("samples/a.py", line(&keys::live(1)));
    sandbox.git(&["checkout", "--quiet", "-b", "topic"]);
    sandbox.commit_file("samples/b.py", line(&keys::live(1)));
    assert_eq!(code(&sandbox), 0);
    sandbox.git(&["mv", "samples/a.py", "a.py"]);
    sandbox.commit_all();
    sandbox.keyhound(&["range", "main..topic"]).expect(1).says(" a.py:1:18").says("suppressed: 1 by").says("1 place");
}

#[test]
fn what_comes_in_with_a_history_of_its_own() {
    let sandbox = Sandbox::topic();
    sandbox.git(&["checkout", "--quiet", "--orphan", "other"]);
    sandbox.commit_file("a.py", line(&keys::live(1)));
    sandbox.git(&["checkout", "--quiet", "topic"]);
    sandbox.git(&["merge", "--quiet", "--allow-unrelated-histories", "-m", "join", "other"]);
    sandbox.keyhound(&["range", "main..topic"]).expect(1).says("a.py:1:18");
}

#[test]
fn files_become_directories_and_directories_files() {
    let sandbox = with_old_key("a");
    fs::remove_file(sandbox.join("a")).unwrap();
    sandbox.commit_file("a/b.py", line(&keys::live(1)));
    assert_eq!(code(&sandbox), 0);
    sandbox.commit_file("a/c.py", line(&keys::live(2)));
    sandbox.keyhound(&["range", "main..topic"]).expect(1).says(" a/c.py:1:18");
    fs::remove_dir_all(sandbox.join("a")).unwrap();
    sandbox.commit_file("a", line(&keys::live(3)));
    sandbox.keyhound(&["range", "topic^!"]).expect(1).says(" a:1:18").says("1 secret");
}

#[test]
fn submodules_have_no_content_here() {
    let sandbox = Sandbox::topic();
    sandbox.git(&["init", "--quiet", "sub"]);
    let inner = sandbox.git_command().args(["-C", "sub", "commit", "--quiet", "--allow-empty", "-m", "x"]).status();
    assert!(inner.unwrap().success());
    sandbox.git(&["add", "sub"]);
    sandbox.commit_file("a.py", "a = 1\n");
    assert_eq!(sandbox.keyhound(&["range", "--files", "main..topic"]).expect(0).stdout, "a.py\n");
    assert_eq!(code(&sandbox), 0);
}

#[test]
fn dates_that_lie_hide_nothing() {
    let sandbox = Sandbox::topic();
    let commit = |path: &str, content: String, year: u32| {
        sandbox.write(path, content);
        sandbox.git(&["add", "--all"]);
        let mut git = sandbox.git_command();
        git.env("GIT_COMMITTER_DATE", format!("{year}-01-02T03:04:05Z")).args(["commit", "--quiet", "-m", "x"]);
        assert!(git.status().unwrap().success());
    };
    commit("a.py", line(&keys::live(1)), 1999);
    for number in 0..5 {
        commit("b.py", number.to_string(), 2030);
    }
    sandbox.keyhound(&["range", "main..topic"]).expect(1).says("a.py:1:18");
    // The base dates from the future, and all that it has is before it.
    sandbox.git(&["checkout", "--quiet", "-b", "next"]);
    commit("c.py", "c = 1\n".to_owned(), 1990);
    assert_eq!(sandbox.keyhound(&["range", "--files", "topic..next"]).expect(0).stdout, "c.py\n");
}

#[test]
fn a_key_moved_out_of_an_excluded_path_is_new() {
    let sandbox = Sandbox::topic();
    let exclude = "[scan]\nexclude = [{ path = \"/captures/\", reason = \"dumps of others\" }]\n";
    sandbox.commit_file(".keyhound.toml", exclude);
    sandbox.commit_file("captures/a.py", line(&keys::live(1)));
    sandbox.git(&["mv", "captures/a.py", "a.py"]);
    sandbox.keyhound(&["staged"]).expect(1).says("a.py:1:18");
    sandbox.commit_all();
    sandbox.keyhound(&["range", "HEAD~1..HEAD"]).expect(1).says("a.py:1:18");
    // Within it nobody looks, and out of what was looked at it is old.
    sandbox.commit_file("b.py", line(&keys::live(2)));
    sandbox.git(&["mv", "b.py", "c.py"]);
    sandbox.keyhound(&["staged"]).expect(0);
}
