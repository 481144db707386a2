//! Where a key can be staged: every kind of entry, index and repository.

use std::{
    fs,
    os::unix::fs::{MetadataExt, chown, symlink},
};

use super::{line, repository, staged};
use crate::support::{Sandbox, keys};

#[test]
fn staged_but_removed_from_the_working_tree() {
    let sandbox = repository();
    sandbox.write("b.py", line(&keys::live(1)));
    sandbox.git(&["add", "b.py"]);
    fs::remove_file(sandbox.join("b.py")).unwrap();
    staged(&sandbox).expect(1).says("b.py:1:18");
}

#[test]
fn initial_commit() {
    let sandbox = Sandbox::repository();
    sandbox.write("deep/er/a.py", line(&keys::live(1)));
    sandbox.git(&["add", "--all"]);
    staged(&sandbox).expect(1).says("deep/er/a.py:1:18");
    // A branch without a commit in a repository that has some.
    sandbox.commit_all();
    staged(&sandbox).expect(0);
    sandbox.git(&["switch", "--quiet", "--orphan", "fresh"]);
    staged(&sandbox).expect(0).complains("nothing is staged");
    sandbox.write("b.py", line(&keys::live(1)));
    sandbox.git(&["add", "--all"]);
    staged(&sandbox).expect(1).says("b.py:1:18");
}

#[test]
fn rename_and_edit() {
    let sandbox = repository();
    sandbox.git(&["mv", "a.py", "b.py"]);
    sandbox.write("b.py", format!("import os\n{}", line(&keys::live(1))));
    sandbox.git(&["add", "b.py"]);
    staged(&sandbox).expect(1).says("b.py:2:18");
}

#[test]
fn symlink_to_file_and_file_to_symlink() {
    let sandbox = repository();
    symlink("a.py", sandbox.join("link")).unwrap();
    sandbox.write("file", "nothing\n");
    sandbox.commit_all();
    fs::remove_file(sandbox.join("link")).unwrap();
    sandbox.write("link", line(&keys::live(1)));
    fs::remove_file(sandbox.join("file")).unwrap();
    symlink(format!("/keys/{}", keys::live(2)), sandbox.join("file")).unwrap();
    sandbox.git(&["add", "--all"]);
    staged(&sandbox).expect(1).says("link:1:18").says("file:1:7");
}

#[test]
fn a_file_in_the_place_of_a_directory_and_the_other_way_round() {
    let sandbox = repository();
    sandbox.write("dir/b.py", "b\n");
    sandbox.write("file", "c\n");
    sandbox.commit_all();
    fs::remove_dir_all(sandbox.join("dir")).unwrap();
    sandbox.write("dir", line(&keys::live(1)));
    fs::remove_file(sandbox.join("file")).unwrap();
    sandbox.write("file/c.py", line(&keys::live(2)));
    sandbox.git(&["add", "--all"]);
    staged(&sandbox).expect(1).says("dir:1:18").says("file/c.py:1:18");
}

#[test]
fn mode_changes_are_no_new_content() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.py", line(&keys::live(1)));
    sandbox.commit_all();
    sandbox.git(&["update-index", "--chmod=+x", "a.py"]);
    staged(&sandbox).expect(0);
}

#[test]
fn sha_256() {
    let sandbox = Sandbox::new();
    sandbox.git(&["init", "--quiet", "--object-format=sha256"]);
    sandbox.write("sub/a.py", "import os\n");
    sandbox.write("old.py", line(&keys::live(1)));
    sandbox.commit_all();
    sandbox.write("old.py", line(&keys::live(1)) + "import os\n");
    sandbox.git(&["add", "--all"]);
    staged(&sandbox).expect(0);
    sandbox.write("sub/a.py", line(&keys::live(2)));
    sandbox.git(&["add", "--all"]);
    staged(&sandbox).expect(1).says("sub/a.py:1:18").never_says("old.py");
}

#[test]
fn run_from_another_sub_directory() {
    let sandbox = repository();
    fs::create_dir_all(sandbox.join("frontend/app")).unwrap();
    sandbox.write("backend/b.py", line(&keys::live(1)));
    sandbox.git(&["add", "--all"]);
    sandbox.keyhound_in("frontend/app", &["staged"]).expect(1).says("../../backend/b.py:1:18");
}

#[test]
fn a_file_that_was_added_although_it_is_ignored() {
    let sandbox = repository();
    sandbox.write(".gitignore", ".env\n");
    sandbox.commit_all();
    sandbox.write(".env", format!("MEDIAMAGIC_API_KEY={}\n", keys::live(1)));
    sandbox.git(&["add", "--force", ".env"]);
    staged(&sandbox).expect(1).says(".env:1:20").says("git rm --cached -- .env").says(".gitignore:1");
}

#[test]
fn what_is_only_meant_to_be_added_is_not_staged_yet() {
    let sandbox = repository();
    sandbox.write("b.py", line(&keys::live(1)));
    sandbox.git(&["add", "--intent-to-add", "b.py"]);
    staged(&sandbox).expect(0).complains("nothing is staged");
    sandbox.git(&["add", "b.py"]);
    staged(&sandbox).expect(1);
}

#[test]
fn every_form_of_index() {
    for version in ["2", "3", "4"] {
        for split in [false, true] {
            let sandbox = repository();
            sandbox.write("sub/b.py", "b\n");
            sandbox.commit_all();
            sandbox.git(&["update-index", "--index-version", version]);
            if split {
                sandbox.git(&["config", "splitIndex.maxPercentChange", "100"]);
                sandbox.git(&["update-index", "--split-index"]);
            }
            staged(&sandbox).expect(0).complains("nothing is staged");
            sandbox.write("sub/b.py", line(&keys::live(1)));
            sandbox.git(&["add", "--all"]);
            staged(&sandbox).expect(1).says("sub/b.py:1:18");
        }
    }
}

#[test]
fn an_index_without_a_checksum_or_without_noted_trees() {
    let sandbox = repository();
    sandbox.write("sub/b.py", line(&keys::live(1)));
    sandbox.git(&["add", "--all"]);
    // What `index.skipHash` does, which git knows from 2.40 on.
    let path = sandbox.join(".git/index");
    let mut content = fs::read(&path).unwrap();
    let end = content.len() - 20;
    content[end..].fill(0);
    fs::write(&path, content).unwrap();
    staged(&sandbox).expect(1).says("sub/b.py:1:18");
    // An index that git makes of a list has no noted trees.
    let entries = sandbox.git(&["ls-files", "--stage"]);
    fs::remove_file(&path).unwrap();
    let mut command = sandbox.git_command();
    let output = sandbox.run_with_input(command.args(["update-index", "--index-info"]), entries.as_bytes());
    output.expect(0);
    staged(&sandbox).expect(1).says("sub/b.py:1:18");
}

#[test]
fn sparse_index() {
    let sandbox = repository();
    sandbox.write("in/b.py", "b\n");
    sandbox.write("out/deep/c.py", line(&keys::live(1)));
    sandbox.write("out/d.py", "d\n");
    sandbox.commit_all();
    sandbox.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "in"]);
    let listed = sandbox.git(&["ls-files", "--sparse"]);
    assert!(listed.lines().any(|path| path == "out/"), "the index is sparse: {listed}");
    staged(&sandbox).expect(0).complains("nothing is staged");
    sandbox.write("in/b.py", line(&keys::live(2)));
    sandbox.git(&["add", "in/b.py"]);
    staged(&sandbox).expect(1).says("in/b.py:1:18").never_says("out/");
    // The parent has another tree in the place of the directory that is not listed.
    sandbox.git(&["reset", "--quiet", "--hard"]);
    let tree = sandbox.git(&["write-tree"]);
    let (empty, tree) = (sandbox.git(&["mktree"]), tree.trim());
    let root = sandbox.git(&["ls-tree", tree]).replace("\tout\n", "\tgone\n");
    let root = sandbox.run_with_input(sandbox.git_command().arg("mktree"), root.as_bytes()).stdout;
    let commit = sandbox.git(&["commit-tree", "-m", "other", root.trim()]);
    sandbox.git(&["update-ref", "HEAD", commit.trim()]);
    // All of `out` moved here from `gone`: nothing that was not there before.
    staged(&sandbox).expect(0);
    let commit = sandbox.git(&["commit-tree", "-m", "empty", empty.trim()]);
    sandbox.git(&["update-ref", "HEAD", commit.trim()]);
    staged(&sandbox).expect(1).says("out/deep/c.py:1:18");
}

#[test]
fn submodules_are_commits_and_have_no_content_here() {
    let sandbox = repository();
    let commit = sandbox.git(&["rev-parse", "HEAD"]);
    let entry = format!("160000,{},module", commit.trim());
    sandbox.git(&["update-index", "--add", "--cacheinfo", &entry]);
    staged(&sandbox).expect(0).complains("nothing new is staged");
    // A file that takes the place of a submodule is new.
    sandbox.git(&["commit", "--quiet", "--message=module"]);
    staged(&sandbox).expect(0).complains("nothing is staged");
    sandbox.git(&["rm", "--quiet", "--cached", "module"]);
    sandbox.write("module", line(&keys::live(1)));
    sandbox.git(&["add", "module"]);
    staged(&sandbox).expect(1).says("module:1:18");
}

#[test]
fn a_submodule_is_a_repository_of_its_own() {
    let sandbox = repository();
    sandbox.git(&["init", "--quiet", "../other"]);
    let there = |arguments: &[&str]| sandbox.git(&[&["-C", "../other"], arguments].concat());
    sandbox.write("../other/x.py", "x\n");
    there(&["add", "x.py"]);
    there(&["commit", "--quiet", "--message=x"]);
    sandbox.git(&["submodule", "--quiet", "add", "../other", "module"]);
    sandbox.commit_all();
    sandbox.write("module/x.py", line(&keys::live(1)));
    sandbox.git(&["-C", "module", "add", "x.py"]);
    sandbox.keyhound_in("module", &["staged"]).expect(1).says("x.py:1:18");
    staged(&sandbox).expect(0).complains("nothing is staged");
}

#[test]
fn a_linked_worktree_has_an_index_and_a_head_of_its_own() {
    let sandbox = repository();
    sandbox.git(&["worktree", "add", "--quiet", "../linked"]);
    sandbox.write("../linked/b.py", line(&keys::live(1)));
    sandbox.git(&["-C", "../linked", "add", "b.py"]);
    sandbox.keyhound_in("../linked", &["staged"]).expect(1).says("b.py:1:18");
    staged(&sandbox).expect(0).complains("nothing is staged");
    // With settings of its own.
    sandbox.git(&["config", "extensions.worktreeConfig", "true"]);
    sandbox.git(&["-C", "../linked", "config", "--worktree", "core.quotePath", "false"]);
    sandbox.keyhound_in("../linked", &["staged"]).expect(1).says("b.py:1:18");
}

#[test]
fn a_bare_repository_has_nothing_to_stage_in() {
    let sandbox = Sandbox::new();
    sandbox.git(&["init", "--quiet", "--bare"]);
    staged(&sandbox).expect(2).complains("is a bare repository");
    let sandbox = Sandbox::new();
    staged(&sandbox).expect(2).complains("is in no git repository");
}

#[test]
fn a_repository_of_another_owner() {
    let sandbox = repository();
    sandbox.write("b.py", line(&keys::live(1)));
    sandbox.git(&["add", "--all"]);
    if fs::metadata(sandbox.root()).unwrap().uid() == 0 {
        let mut pending = vec![sandbox.root()];
        while let Some(path) = pending.pop() {
            chown(&path, Some(65534), Some(65534)).unwrap();
            if path.is_dir() {
                pending.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            }
        }
        let mut command = sandbox.git_command();
        let refused = sandbox.run(command.args(["status", "--short"]));
        refused.expect(128).complains("dubious ownership");
    }
    staged(&sandbox).expect(1).says("b.py:1:18");
}
