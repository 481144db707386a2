//! Repositories that are not just a directory with `.git` in it.

use super::{address, commit, findings, findings_in, forget, id, is_local, line, only, paths, refs};
use crate::support::{Sandbox, keys};

#[test]
fn an_empty_repository_has_nothing() {
    let sandbox = Sandbox::repository();
    sandbox.keyhound(&["history"]).expect(0).complains("no objects yet");
    sandbox.keyhound(&["audit"]).expect(0);
    sandbox.git(&["init", "--quiet", "--bare", "../bare"]);
    sandbox.keyhound_in("../bare", &["history"]).expect(0).complains("no objects yet");
    // Objects without a commit are objects.
    sandbox.write("a.py", line(&keys::live(1)));
    sandbox.git(&["add", "--all"]);
    let finding = only(&sandbox);
    assert!(finding["path"].is_null() && is_local(&finding));
}

#[test]
fn outside_a_repository_there_is_no_history() {
    Sandbox::new().keyhound(&["history"]).expect(2).complains("is in no git repository");
}

#[test]
fn bare_and_mirror_clones() {
    let sandbox = Sandbox::repository();
    commit(&sandbox, "sub/a.py", line(&keys::live(1)));
    sandbox.write(".keyhound.toml", "[scan]\nexclude = [{ path = \"/vendor/\", reason = \"x\" }]\n");
    commit(&sandbox, "vendor/b.py", line(&keys::live(2)));
    sandbox.git(&["notes", "add", "--message", &keys::live(3)]);
    sandbox.git(&["update-ref", "refs/pull/1/head", "HEAD"]);
    sandbox.git(&["clone", "--quiet", "--bare", &address(&sandbox), "../bare"]);
    let found = findings_in(&sandbox, "../bare", 1);
    assert_eq!(paths(&found), ["sub/a.py"]);
    assert_eq!(refs(&found[0]), ["refs/heads/main"]);
    assert_eq!(found[0]["git_state"], "tracked");
    // A mirror has notes and pull requests, too.
    sandbox.git(&["clone", "--quiet", "--mirror", &address(&sandbox), "../mirror"]);
    let found = findings_in(&sandbox, "../mirror", 1);
    assert_eq!(paths(&found), ["none", "sub/a.py"]);
    let file = found.iter().find(|finding| finding["path"] == "sub/a.py").unwrap();
    assert_eq!(refs(file), ["refs/heads/main", "refs/pull/1/head"]);
    assert_eq!(paths(&findings_in(&sandbox, "../mirror/refs", 1)).len(), 2);
}

#[test]
fn worktrees_with_heads_of_their_own() {
    let sandbox = Sandbox::repository();
    commit(&sandbox, "README", "a project\n");
    for (number, name) in [(1, "one"), (2, "two")] {
        sandbox.git(&["worktree", "add", "--quiet", "--detach", &format!("../{name}")]);
        sandbox.write(format!("../{name}/{name}.py"), line(&keys::live(number)));
        sandbox.git(&["-C", &format!("../{name}"), "add", "--all"]);
        sandbox.git(&["-C", &format!("../{name}"), "commit", "--quiet", "--message=x"]);
    }
    // The first working tree has a detached HEAD as well.
    sandbox.git(&["checkout", "--quiet", "--detach"]);
    commit(&sandbox, "main.py", line(&keys::live(3)));
    sandbox.git(&["-C", "../one", "update-ref", "refs/worktree/mine", "HEAD"]);
    sandbox.git(&["-C", "../one", "checkout", "--quiet", "--detach", "main"]);
    forget(&sandbox);
    for log in ["logs", "worktrees/one/logs", "worktrees/two/logs"] {
        drop(std::fs::remove_dir_all(sandbox.join(".git").join(log)));
    }
    for (directory, tip) in [("", "main.py"), ("../one", "none"), ("../two", "two.py")] {
        let found = findings_in(&sandbox, directory, 1);
        assert_eq!(paths(&found), ["main.py", "one.py", "two.py"]);
        for finding in &found {
            assert!(!is_local(finding), "from {directory:?}: {finding:#}");
            assert_eq!(finding["past"]["in_tip"], finding["path"] == tip);
        }
    }
}

#[test]
fn a_submodule_is_a_repository_and_to_the_one_around_it_only_a_name() {
    let sandbox = Sandbox::repository();
    commit(&sandbox, "a.py", line(&keys::live(1)));
    sandbox.git(&["init", "--quiet", "--initial-branch=main", "../outer"]);
    let root = sandbox.root();
    sandbox.git(&["-C", "../outer", "submodule", "--quiet", "add", root.to_str().unwrap(), "lib"]);
    sandbox.git(&["-C", "../outer", "commit", "--quiet", "--message=x"]);
    // The commit that it names is nowhere around here, and nothing is missing.
    assert!(findings_in(&sandbox, "../outer", 0).is_empty());
    let found = findings_in(&sandbox, "../outer/lib", 1);
    assert_eq!(paths(&found), ["a.py"]);
    assert_eq!(found[0]["commit"]["id"], id(&sandbox, "HEAD"));
}

#[test]
fn a_directory_below_the_top_is_in_the_same_repository() {
    let sandbox = Sandbox::repository();
    commit(&sandbox, "sub/deep/a.py", line(&keys::live(1)));
    assert_eq!(findings_in(&sandbox, "sub/deep", 1), findings(&sandbox, 1));
    let mut command = sandbox.command(&["history", "--format=json"]);
    command.current_dir(sandbox.home()).env("GIT_DIR", sandbox.join(".git"));
    let report = sandbox.run(&mut command).expect(1).json();
    assert_eq!(report["findings"][0]["path"], "sub/deep/a.py");
}
