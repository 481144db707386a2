//! `keyhound install`: hooks that git runs, beside those that were there before.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use super::{line, repository};
use crate::support::{Output, Sandbox, keys};

fn git(sandbox: &Sandbox, arguments: &[&str]) -> Output {
    let mut command = sandbox.git_command();
    sandbox.run(command.args(arguments))
}

/// Commits this content of `b.py`.
fn commit(sandbox: &Sandbox, content: &str) -> Output {
    sandbox.write("b.py", content);
    sandbox.git(&["add", "b.py"]);
    git(sandbox, &["commit", "--quiet", "--message=x"])
}

fn is_stopped(output: &Output) {
    output.expect(1).complains("keyhound stopped this commit");
}

/// Another's hook.
fn write_hook(sandbox: &Sandbox, path: impl AsRef<Path>, script: &str) {
    sandbox.write(&path, format!("#!/bin/sh\n{script}\n"));
    fs::set_permissions(sandbox.join(path), fs::Permissions::from_mode(0o755)).unwrap();
}

/// Every file below a directory of hooks, with its permissions and content.
fn hooks(directory: PathBuf) -> Vec<(String, u32, Vec<u8>)> {
    let mut hooks: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            (entry.file_name().into_string().unwrap(), mode, fs::read(entry.path()).unwrap())
        })
        .filter(|(name, ..)| !name.ends_with(".sample"))
        .collect();
    hooks.sort();
    hooks
}

#[test]
fn commits_and_pushes_are_checked_and_installing_twice_changes_nothing() {
    let sandbox = repository();
    sandbox
        .keyhound(&["install", "--check"])
        .expect(1)
        .says("pre-commit: not installed")
        .says("pre-push: not installed");
    sandbox.keyhound(&["install"]).expect(0).says("pre-commit: installed").says("pre-push: installed");
    sandbox.keyhound(&["install", "--check"]).expect(0);
    let before = hooks(sandbox.join(".git/hooks"));
    assert_eq!(
        before.iter().map(|(name, mode, _)| (&**name, *mode)).collect::<Vec<_>>(),
        [("pre-commit", 0o755), ("pre-push", 0o755)]
    );
    sandbox.keyhound(&["install"]).expect(0).says("pre-commit: is installed already");
    assert_eq!(hooks(sandbox.join(".git/hooks")), before);
    is_stopped(&commit(&sandbox, &line(&keys::live(1))));
    commit(&sandbox, "clean\n").expect(0).quietly();
    sandbox.git(&["commit", "--quiet", "--no-verify", "--allow-empty", "--message", &keys::live(1)]);
    sandbox.git(&["init", "--quiet", "--bare", "../origin"]);
    git(&sandbox, &["push", "../origin", "main"]).expect(1).says("keyhound stopped this push");
    sandbox.keyhound(&["uninstall"]).expect(0).says("pre-commit: taken away");
    assert_eq!(hooks(sandbox.join(".git/hooks")), []);
    sandbox.keyhound(&["uninstall"]).expect(0).says("pre-commit: is not installed");
}

#[test]
fn only_the_hook_that_is_asked_for() {
    let sandbox = repository();
    sandbox.keyhound(&["install", "--hook", "pre-push"]).expect(0);
    assert_eq!(hooks(sandbox.join(".git/hooks")).len(), 1);
    sandbox.keyhound(&["install", "--check", "--hook=pre-push"]).expect(0);
    sandbox.keyhound(&["install", "--check"]).expect(1);
    sandbox.keyhound(&["uninstall", "--hook", "pre-commit"]).expect(0);
    assert_eq!(hooks(sandbox.join(".git/hooks")).len(), 1);
}

#[test]
fn a_hook_that_was_there_before_is_called_first_and_comes_back() {
    let sandbox = repository();
    // It changes what is committed: what it adds is checked, too.
    write_hook(
        &sandbox,
        ".git/hooks/pre-commit",
        "echo foreign >> called; git add generated.py; [ ! -e fail ] || exit 7",
    );
    write_hook(&sandbox, ".git/hooks/pre-push", "cat >> pushed; echo \"$1\" >> pushed");
    let before = hooks(sandbox.join(".git/hooks"));
    sandbox.keyhound(&["install", "--check"]).expect(1).says("another hook is there");
    sandbox.keyhound(&["install"]).expect(0).says("the hook that was there before is called first");
    sandbox.keyhound(&["install"]).expect(0);
    sandbox.write("generated.py", "clean\n");
    commit(&sandbox, "clean\n").expect(0);
    sandbox.write("generated.py", line(&keys::live(1)));
    is_stopped(&commit(&sandbox, "changed\n"));
    assert_eq!(sandbox.read("called"), "foreign\nforeign\n");
    sandbox.write("fail", "");
    commit(&sandbox, "again\n").expect(1).never_says("keyhound stopped");
    // Both are told what is pushed.
    sandbox.git(&["commit", "--quiet", "--no-verify", "--allow-empty", "--message", &keys::live(1)]);
    sandbox.git(&["init", "--quiet", "--bare", "../origin"]);
    git(&sandbox, &["push", "../origin", "main", "main:other"]).expect(1).says("keyhound stopped this push");
    let pushed = sandbox.read("pushed");
    assert_eq!((pushed.lines().count(), pushed.lines().last()), (3, Some("../origin")), "{pushed}");
    sandbox.keyhound(&["uninstall"]).expect(0).says("is back");
    assert_eq!(hooks(sandbox.join(".git/hooks")), before);
}

#[test]
fn a_hook_is_never_written_over() {
    let sandbox = repository();
    write_hook(&sandbox, ".git/hooks/pre-commit", "true");
    write_hook(&sandbox, ".git/hooks/pre-commit.before-keyhound", "false");
    let before = hooks(sandbox.join(".git/hooks"));
    sandbox.keyhound(&["install", "--hook=pre-commit"]).expect(2).complains("are both hooks of others");
    assert_eq!(hooks(sandbox.join(".git/hooks")), before);
    // A link is kept as it is.
    let sandbox = repository();
    sandbox.write("scripts/hook", "#!/bin/sh\n");
    fs::create_dir_all(sandbox.join(".git/hooks")).unwrap();
    std::os::unix::fs::symlink("../../scripts/hook", sandbox.join(".git/hooks/pre-commit")).unwrap();
    sandbox.keyhound(&["install"]).expect(0);
    is_stopped(&commit(&sandbox, &line(&keys::live(1))));
    assert_eq!(sandbox.read("scripts/hook"), "#!/bin/sh\n");
    sandbox.keyhound(&["uninstall"]).expect(0);
    assert!(sandbox.join(".git/hooks/pre-commit").is_symlink());
}

#[test]
fn hooks_path_and_worktrees() {
    let sandbox = repository();
    sandbox.git(&["config", "core.hooksPath", ".githooks"]);
    sandbox.write("sub/.keep", "");
    sandbox.keyhound_in("sub", &["install"]).expect(0);
    assert_eq!(hooks(sandbox.join(".githooks")).len(), 2);
    is_stopped(&commit(&sandbox, &line(&keys::live(1))));
    let sandbox = repository();
    sandbox.git(&["worktree", "add", "--quiet", "../linked"]);
    sandbox.keyhound_in("../linked", &["install"]).expect(0);
    assert_eq!(hooks(sandbox.join(".git/hooks")).len(), 2);
    is_stopped(&commit(&sandbox, &line(&keys::live(1))));
    sandbox.write("../linked/c.py", line(&keys::live(1)));
    sandbox.git(&["-C", "../linked", "add", "c.py"]);
    is_stopped(&git(&sandbox, &["-C", "../linked", "commit", "--message=x"]));
}

#[test]
fn what_belongs_to_others_is_left_alone() {
    let sandbox = repository();
    sandbox.git(&["config", "core.hooksPath", ".husky/_"]);
    sandbox.keyhound(&["install"]).expect(2).complains(".husky/pre-commit");
    let sandbox = repository();
    sandbox.git(&["config", "--global", "core.hooksPath", "~/everywhere"]);
    sandbox.keyhound(&["install"]).expect(2).complains("keyhound install --global");
    sandbox.keyhound(&["install", "--check"]).expect(1).says("not installed");
    sandbox.keyhound(&["uninstall"]).expect(2).complains("keyhound uninstall --global");
    sandbox.git(&["config", "--global", "core.hooksPath", "hooks"]);
    sandbox.keyhound(&["install", "--global"]).expect(2).complains("core.hooksPath is hooks, which is relative");
    assert!(!sandbox.join("hooks").exists());
    sandbox.git(&["config", "--global", "core.hooksPath", "~/everywhere"]);
    assert!(!sandbox.home().join("everywhere").exists());
    Sandbox::new().keyhound(&["install"]).expect(2).complains("is in no git repository");
}

#[test]
fn git_says_where_it_looks_for_hooks() {
    let sandbox = repository();
    // It looks nowhere.
    for (nowhere, cause) in [("", "core.hooksPath is empty"), ("/dev/null", "core.hooksPath is /dev/null")] {
        sandbox.git(&["config", "core.hooksPath", nowhere]);
        for arguments in [&["install"][..], &["install", "--check"]] {
            sandbox.keyhound(arguments).expect(2).complains(cause).complains("git config --unset core.hooksPath");
        }
    }
    sandbox.git(&["config", "--unset", "core.hooksPath"]);
    for nowhere in ["", "/dev/null"] {
        sandbox.git(&["config", "--global", "core.hooksPath", nowhere]);
        sandbox.keyhound(&["install"]).expect(2).complains("`git config --global --unset core.hooksPath`");
    }
    sandbox.git(&["config", "--global", "--unset", "core.hooksPath"]);
    assert_eq!(hooks(sandbox.join(".git/hooks")), []);
    // Nor where a configuration of its own leads it elsewhere.
    let other = sandbox.home().join("other.gitconfig");
    fs::write(&other, "[core]\n\thooksPath = ~/elsewhere\n").unwrap();
    let keyhound = |arguments: &[&str]| sandbox.run(sandbox.command(arguments).env("GIT_CONFIG_GLOBAL", &other));
    keyhound(&["install", "--check"]).expect(1).says("elsewhere/pre-commit: not installed");
    keyhound(&["install"]).expect(2).complains("keyhound install --global");
    keyhound(&["install", "--global"]).expect(0);
    keyhound(&["install", "--check"]).expect(0).says("installed, for all repositories");
    keyhound(&["install"]).expect(0).says("installed, for all repositories");
    assert_eq!(hooks(sandbox.join(".git/hooks")), []);
}

#[test]
fn a_tool_that_calls_our_hook_is_not_called_by_it() {
    let sandbox = repository();
    sandbox.keyhound(&["install", "--hook=pre-commit"]).expect(0);
    // As pre-commit does it.
    fs::rename(sandbox.join(".git/hooks/pre-commit"), sandbox.join(".git/hooks/pre-commit.legacy")).unwrap();
    write_hook(&sandbox, ".git/hooks/pre-commit", "exec \"$0.legacy\" \"$@\"");
    let before = hooks(sandbox.join(".git/hooks"));
    sandbox.keyhound(&["install", "--check", "--hook=pre-commit"]).expect(0).says("called by the hook of another tool");
    sandbox.keyhound(&["install", "--hook=pre-commit"]).expect(0).says("is called by another tool's hook");
    assert_eq!(hooks(sandbox.join(".git/hooks")), before);
    is_stopped(&commit(&sandbox, &line(&keys::live(1))));
    commit(&sandbox, "clean\n").expect(0);
}

#[test]
fn a_hook_that_was_left_alone_comes_back() {
    let sandbox = repository();
    write_hook(&sandbox, ".git/hooks/pre-commit", "echo before >> called");
    let before = hooks(sandbox.join(".git/hooks"));
    sandbox.keyhound(&["install", "--hook=pre-commit"]).expect(0);
    fs::remove_file(sandbox.join(".git/hooks/pre-commit")).unwrap();
    sandbox.keyhound(&["uninstall", "--hook=pre-commit"]).expect(0).says("the hook that was there before is back");
    assert_eq!(hooks(sandbox.join(".git/hooks")), before);
}

#[test]
fn for_all_repositories() {
    let sandbox = repository();
    let keyhound = |arguments: &[&str]| {
        let mut command = sandbox.command(arguments);
        sandbox.run(command.env("GIT_CONFIG_GLOBAL", sandbox.home().join(".gitconfig")).env("GIT_CONFIG_NOSYSTEM", "1"))
    };
    keyhound(&["install", "--global", "--check"]).expect(1);
    keyhound(&["install", "--global"]).expect(0);
    keyhound(&["install", "--global"]).expect(0).says("is installed already");
    keyhound(&["install", "--global", "--check"]).expect(0);
    // Hooks of the repository are called all the same, whatever they are.
    write_hook(&sandbox, ".git/hooks/pre-commit", "echo pre-commit >> called");
    write_hook(&sandbox, ".git/hooks/commit-msg", "echo commit-msg >> called; grep -q x \"$1\"");
    write_hook(&sandbox, ".git/hooks/post-rewrite", "cat >> called");
    is_stopped(&commit(&sandbox, &line(&keys::live(1))));
    commit(&sandbox, "clean\n").expect(0);
    assert_eq!(sandbox.read("called"), "pre-commit\npre-commit\ncommit-msg\n");
    git(&sandbox, &["commit", "--amend", "--quiet", "--message=y"]).expect(1);
    git(&sandbox, &["commit", "--amend", "--quiet", "--message=xx"]).expect(0);
    assert_eq!(sandbox.read("called").lines().last().unwrap().len(), 81);
    keyhound(&["uninstall", "--global", "--hook=pre-push"]).expect(0);
    is_stopped(&commit(&sandbox, &line(&keys::live(1))));
    keyhound(&["uninstall", "--global"]).expect(0);
    assert!(!fs::read_to_string(sandbox.home().join(".gitconfig")).unwrap().contains("hooksPath"));
    assert_eq!(hooks(sandbox.home().join(".config/keyhound/hooks")), []);
    commit(&sandbox, &line(&keys::live(1))).expect(0);
}

#[test]
fn what_is_pushed_into_a_branch_that_is_checked_out_is_checked_out() {
    let sandbox = repository();
    let keyhound = |arguments: &[&str]| {
        let mut command = sandbox.command(arguments);
        sandbox.run(command.env("GIT_CONFIG_GLOBAL", sandbox.home().join(".gitconfig")).env("GIT_CONFIG_NOSYSTEM", "1"))
    };
    commit(&sandbox, "one\n").expect(0);
    keyhound(&["install", "--global"]).expect(0);
    for place in ["../born", "../unborn"] {
        if place == "../born" {
            sandbox.git(&["clone", "--quiet", ".", place]);
        } else {
            sandbox.git(&["init", "--quiet", place]);
            let head = sandbox.git(&["symbolic-ref", "HEAD"]);
            sandbox.git(&["-C", place, "symbolic-ref", "HEAD", head.trim_end()]);
        }
        sandbox.git(&["-C", place, "config", "receive.denyCurrentBranch", "updateInstead"]);
        sandbox.write("b.txt", place);
        sandbox.git(&["add", "b.txt"]);
        git(&sandbox, &["commit", "--quiet", "--message=x"]).expect(0);
        git(&sandbox, &["push", "--quiet", place, "HEAD"]).expect(0);
        assert_eq!(sandbox.read(format!("{place}/b.txt")), place);
        assert_eq!(sandbox.git(&["-C", place, "status", "--porcelain"]), "");
        // What is changed there stays, and so does a hook of the repository's own.
        sandbox.write(format!("{place}/b.txt"), "edited");
        sandbox.write("b.txt", format!("{place} again"));
        git(&sandbox, &["commit", "--quiet", "--all", "--message=y"]).expect(0);
        git(&sandbox, &["push", "--quiet", place, "HEAD"]).expect(1);
        write_hook(&sandbox, format!("{place}/.git/hooks/push-to-checkout"), "echo \"$1\" > ../called");
        git(&sandbox, &["push", "--quiet", place, "HEAD"]).expect(0);
        assert_eq!(sandbox.read(format!("{place}/called")), sandbox.git(&["rev-parse", "HEAD"]));
        assert_eq!(sandbox.read(format!("{place}/b.txt")), "edited");
    }
    // In a linked working tree the repository's hooks are found, too.
    write_hook(&sandbox, ".git/hooks/post-commit", "echo linked >> called");
    sandbox.git(&["worktree", "add", "--quiet", "../linked"]);
    let mut command = sandbox.git_command();
    command.arg("-C").arg(sandbox.join("../linked")).args(["commit", "--quiet", "--allow-empty", "--message=z"]);
    sandbox.run(command.env("GIT_CONFIG_GLOBAL", sandbox.home().join(".gitconfig"))).expect(0);
    assert_eq!(sandbox.read("../linked/called"), "linked\n");
}

#[test]
fn in_a_directory_that_serves_all_repositories_already() {
    let sandbox = repository();
    sandbox.git(&["config", "--global", "core.hooksPath", "~/everywhere"]);
    fs::create_dir(sandbox.home().join("everywhere")).unwrap();
    write_hook(&sandbox, "../home/everywhere/pre-commit", "echo everywhere >> called");
    let before = hooks(sandbox.home().join("everywhere"));
    let keyhound = |arguments: &[&str]| {
        let mut command = sandbox.command(arguments);
        sandbox.run(command.env("GIT_CONFIG_GLOBAL", sandbox.home().join(".gitconfig")).env("GIT_CONFIG_NOSYSTEM", "1"))
    };
    keyhound(&["install", "--global"]).expect(0);
    is_stopped(&commit(&sandbox, &line(&keys::live(1))));
    assert_eq!(sandbox.read("called"), "everywhere\n");
    keyhound(&["uninstall", "--global"]).expect(0);
    assert_eq!(hooks(sandbox.home().join("everywhere")), before);
    assert!(fs::read_to_string(sandbox.home().join(".gitconfig")).unwrap().contains("everywhere"));
}

#[test]
fn without_keyhound_nothing_passes() {
    let sandbox = repository();
    let copy = sandbox.home().join("key'hound here");
    assert!(
        std::process::Command::new("cp").arg(env!("CARGO_BIN_EXE_keyhound")).arg(&copy).status().unwrap().success()
    );
    let mut install = std::process::Command::new(&copy);
    sandbox.run(install.arg("install").current_dir(sandbox.root())).expect(0);
    is_stopped(&commit(&sandbox, &line(&keys::live(1))));
    commit(&sandbox, "clean\n").expect(0);
    let elsewhere = sandbox.home().join("keyhound");
    fs::rename(&copy, &elsewhere).unwrap();
    sandbox.keyhound(&["install", "--check"]).expect(1).says("broken");
    let stopped = commit(&sandbox, "clean too\n");
    stopped.expect(1).complains("keyhound is not found, so nothing was checked").complains("rm '");
    // It is found on PATH, too.
    let mut command = sandbox.git_command();
    let path = sandbox.run(std::process::Command::new("sh").args(["-c", "printf %s \"$PATH\""])).stdout;
    command.env("PATH", format!("{}:{path}", sandbox.home().display()));
    sandbox.run(command.args(["commit", "--quiet", "--message=x"])).expect(0);
    sandbox.keyhound(&["install"]).expect(0);
    sandbox.keyhound(&["install", "--check"]).expect(0);
}

#[test]
fn a_commit_of_what_is_not_staged_says_how_to_see_all_of_it() {
    let sandbox = repository();
    sandbox.keyhound(&["install"]).expect(0);
    commit(&sandbox, "clean\n").expect(0);
    sandbox.write("b.py", (1..=5).map(|number| line(&keys::live(number))).collect::<String>());
    let stopped = git(&sandbox, &["commit", "--quiet", "--all", "--message=x"]);
    is_stopped(&stopped);
    stopped.complains("`keyhound scan` tells all");
    // Nothing is staged now, so that the other command would see nothing.
    sandbox.keyhound(&["staged"]).expect(0);
    sandbox.keyhound(&["scan"]).expect(1);
    sandbox.git(&["add", "-u"]);
    sandbox.keyhound(&["staged"]).expect(1);
    let stopped = git(&sandbox, &["commit", "--quiet", "--message=x"]);
    stopped.complains("`keyhound staged` tells all");
}
