//! What git tells its hooks: run by git itself, on real commits.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use sha2::{Digest, Sha256};

use super::{line, repository, staged};
use crate::support::{Output, Sandbox, keys};

/// Installs a hook that does nothing but run keyhound.
fn install(sandbox: &Sandbox, name: &str) {
    let path = sandbox.join(".git/hooks").join(name);
    let program = env!("CARGO_BIN_EXE_keyhound");
    sandbox.write(&path, format!("#!/bin/sh\nexec '{program}' staged\n"));
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn git(sandbox: &Sandbox, arguments: &[&str]) -> Output {
    let mut command = sandbox.git_command();
    sandbox.run(command.args(arguments))
}

/// Whether the hook let it be: git fails with 1 if not, and says what the hook said.
fn is_blocked(output: &Output, place: &str) -> bool {
    if output.code != Some(1) {
        output.expect(0);
        return false;
    }
    let said = format!("{}{}", output.stdout, output.stderr);
    assert!(said.contains(place), "{output}");
    true
}

#[test]
fn git_index_file_of_commit_all() {
    let sandbox = repository();
    install(&sandbox, "pre-commit");
    sandbox.write("a.py", line(&keys::live(1)));
    // Nothing is staged before: only the index that git prepares for this commit has it.
    assert!(is_blocked(&git(&sandbox, &["commit", "--all", "--message=x"]), "a.py:1:18"));
    assert!(is_blocked(&git(&sandbox, &["commit", "--include", "--message=x", "a.py"]), "a.py:1:18"));
    sandbox.write("a.py", "import sys\n");
    assert!(!is_blocked(&git(&sandbox, &["commit", "--all", "--message=x"]), ""));
}

#[test]
fn git_index_file_of_commit_path() {
    let sandbox = repository();
    sandbox.write("b.py", "b\n");
    sandbox.commit_all();
    install(&sandbox, "pre-commit");
    sandbox.write("a.py", line(&keys::live(1)));
    sandbox.write("b.py", "c\n");
    assert!(is_blocked(&git(&sandbox, &["commit", "--message=x", "a.py"]), "a.py:1:18"));
    // What is staged but not part of this commit does not stop it.
    sandbox.git(&["add", "a.py"]);
    assert!(!is_blocked(&git(&sandbox, &["commit", "--message=x", "b.py"]), ""));
    assert!(is_blocked(&git(&sandbox, &["commit", "--message=x"]), "a.py:1:18"));
}

#[test]
fn commits_from_sub_directories_and_elsewhere() {
    let sandbox = repository();
    install(&sandbox, "pre-commit");
    sandbox.write("sub/b.py", line(&keys::live(1)));
    sandbox.git(&["add", "--all"]);
    let mut command = sandbox.git_command();
    let output = sandbox.run(command.current_dir(sandbox.join("sub")).args(["commit", "--message=x"]));
    assert!(is_blocked(&output, "sub/b.py:1:18"));
    let (work_tree, git_dir) = (sandbox.root(), sandbox.join(".git"));
    let mut command = sandbox.git_command();
    command.current_dir(sandbox.home()).arg("--git-dir").arg(git_dir).arg("--work-tree").arg(work_tree);
    assert!(is_blocked(&sandbox.run(command.args(["commit", "--message=x"])), "sub/b.py:1:18"));
}

#[test]
fn commits_in_a_linked_worktree() {
    let sandbox = repository();
    install(&sandbox, "pre-commit");
    sandbox.git(&["worktree", "add", "--quiet", "../linked"]);
    for (place, is_there) in [("linked", true), ("root", false)] {
        sandbox.write(format!("../{place}/b.py"), line(&keys::live(1)));
        git(&sandbox, &["-C", &format!("../{place}"), "add", "b.py"]).expect(0);
        let output = git(&sandbox, &["-C", &format!("../{place}"), "commit", "--message=x"]);
        assert!(is_blocked(&output, "b.py:1:18"), "{is_there}");
    }
}

#[test]
fn merges_run_by_git() {
    let sandbox = repository();
    sandbox.git(&["switch", "--quiet", "--create", "side"]);
    sandbox.write("side.py", line(&keys::live(1)));
    sandbox.commit_all();
    sandbox.git(&["switch", "--quiet", "main"]);
    sandbox.write("b.py", "b\n");
    sandbox.commit_all();
    install(&sandbox, "pre-commit");
    install(&sandbox, "pre-merge-commit");
    assert!(!is_blocked(&git(&sandbox, &["merge", "--no-ff", "--message=x", "side"]), ""));
}

#[test]
fn amended_and_empty_commits() {
    let sandbox = repository();
    install(&sandbox, "pre-commit");
    assert!(!is_blocked(&git(&sandbox, &["commit", "--allow-empty", "--message=x"]), ""));
    sandbox.write("b.py", line(&keys::live(1)));
    sandbox.git(&["add", "b.py"]);
    assert!(is_blocked(&git(&sandbox, &["commit", "--amend", "--message=x"]), "b.py:1:18"));
}

/// Every file below a directory, with what it holds and when it was written.
fn state(directory: &Path) -> Vec<(PathBuf, Vec<u8>, std::time::SystemTime)> {
    let mut state = Vec::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(path) = pending.pop() {
        let metadata = path.symlink_metadata().unwrap();
        let content = if metadata.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
        state.push((path.clone(), Sha256::digest(content).to_vec(), metadata.modified().unwrap()));
        if metadata.is_dir() {
            pending.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    state.sort();
    state
}

#[test]
fn nothing_is_written_and_no_lock_is_taken_or_waited_for() {
    let sandbox = repository();
    sandbox.write("b.py", line(&keys::live(1)));
    sandbox.git(&["add", "b.py"]);
    // Files that are older than the index noted: git itself would refresh the index.
    assert!(Command::new("touch").arg(sandbox.join("a.py")).status().unwrap().success());
    let locks = ["index.lock", "HEAD.lock", "config.lock", "packed-refs.lock", "refs/heads/main.lock"];
    for lock in locks {
        sandbox.write(Path::new(".git").join(lock), "");
    }
    let before = state(&sandbox.join(".git"));
    staged(&sandbox).expect(1).says("b.py:1:18");
    assert_eq!(state(&sandbox.join(".git")), before);
    // Nor where nothing can be written, which would fail.
    let mut pending = vec![sandbox.join(".git")];
    let mut command = sandbox.unprivileged_command(&["staged"]);
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            fs::set_permissions(path, fs::Permissions::from_mode(0o555)).unwrap();
        }
    }
    sandbox.run(&mut command).expect(1).says("b.py:1:18");
}
