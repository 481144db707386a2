//! What a push would bring to the remote: of all references at once, and nothing that is there already.

use std::{fs, os::unix::fs::PermissionsExt};

use super::{line, repository};
use crate::support::{Output, Sandbox, keys};

/// A repository with a bare remote `origin` that has `main`, and a hook that runs keyhound alone.
fn with_remote() -> Sandbox {
    let sandbox = repository();
    sandbox.git(&["init", "--quiet", "--bare", "--initial-branch=main", "../origin"]);
    sandbox.git(&["remote", "add", "origin", "../origin"]);
    sandbox.git(&["push", "--quiet", "--set-upstream", "origin", "main"]);
    let hook = ".git/hooks/pre-push";
    sandbox.write(hook, format!("#!/bin/sh\nexec '{}' hook pre-push \"$@\"\n", env!("CARGO_BIN_EXE_keyhound")));
    fs::set_permissions(sandbox.join(hook), fs::Permissions::from_mode(0o755)).unwrap();
    sandbox
}

fn push(sandbox: &Sandbox, arguments: &[&str]) -> Output {
    let mut command = sandbox.git_command();
    sandbox.run(command.arg("push").args(arguments))
}

/// Commits this content on a branch.
fn commit(sandbox: &Sandbox, branch: &str, path: &str, content: &str) {
    let mut command = sandbox.git_command();
    let known = sandbox.run(command.args(["switch", "--quiet", branch]));
    if known.code != Some(0) {
        sandbox.git(&["switch", "--quiet", "--create", branch]);
    }
    sandbox.write(path, content);
    sandbox.commit_all();
}

/// Fails, with all of it shown, unless the hook stopped the push for what it says.
fn is_stopped(output: &Output, place: &str) {
    output.expect(1).says("keyhound stopped this push").says(place);
    let lines: Vec<_> = output.stdout.lines().collect();
    assert!(lines.len() <= 20 && lines.iter().all(|line| line.chars().count() <= 80), "{output}");
}

#[test]
fn a_key_that_is_added_and_removed_again_stops_a_push() {
    let sandbox = with_remote();
    commit(&sandbox, "main", "b.py", &line(&keys::live(1)));
    is_stopped(&push(&sandbox, &["origin", "main"]), "b.py:1:18");
    commit(&sandbox, "main", "b.py", "clean\n");
    is_stopped(&push(&sandbox, &["origin", "main"]), "b.py:1:18");
    sandbox.git(&["reset", "--quiet", "--hard", "origin/main"]);
    commit(&sandbox, "main", "b.py", "clean\n");
    push(&sandbox, &["origin", "main"]).expect(0);
}

#[test]
fn the_way_out_begins_before_the_first_commit_that_has_the_key() {
    let sandbox = with_remote();
    commit(&sandbox, "main", "b.py", &line(&keys::live(1)));
    let first = sandbox.git(&["rev-parse", "--short=8", "HEAD"]);
    commit(&sandbox, "main", "c.py", "clean\n");
    push(&sandbox, &["origin", "main"]).expect(1).says(&format!("`git rebase -i {}", first.trim()));
    // A history of its own begins with the key.
    sandbox.git(&["switch", "--quiet", "--orphan", "other"]);
    sandbox.write("d.py", line(&keys::live(2)));
    sandbox.commit_all();
    push(&sandbox, &["origin", "other"]).expect(1).says("`git rebase -i --root`");
}

#[test]
fn what_is_fetched_says_nothing_of_another_place_that_is_pushed_to() {
    let sandbox = with_remote();
    commit(&sandbox, "main", "b.py", &line(&keys::live(1)));
    push(&sandbox, &["--no-verify", "--quiet", "origin", "main"]).expect(0);
    commit(&sandbox, "main", "c.py", "clean\n");
    push(&sandbox, &["origin", "main"]).expect(0);
    sandbox.git(&["init", "--quiet", "--bare", "--initial-branch=main", "../elsewhere"]);
    sandbox.git(&["config", "remote.origin.pushurl", "../elsewhere"]);
    is_stopped(&push(&sandbox, &["origin", "main"]), "b.py:1:18");
    // Nor where a remote was given another place since.
    sandbox.git(&["config", "--unset", "remote.origin.pushurl"]);
    sandbox.git(&["remote", "set-url", "origin", "../elsewhere"]);
    is_stopped(&push(&sandbox, &["origin", "main"]), "b.py:1:18");
    sandbox.git(&["remote", "set-url", "origin", "../origin"]);
    // The same place by another way is no other.
    let here = sandbox.root().parent().unwrap().join("origin");
    sandbox.git(&["config", "remote.origin.url", here.to_str().unwrap()]);
    sandbox.git(&["config", "remote.origin.pushurl", &format!("{}/", here.display())]);
    commit(&sandbox, "main", "d.py", "clean\n");
    push(&sandbox, &["origin", "main:another"]).expect(0);
}

#[test]
fn every_reference_counts() {
    let sandbox = with_remote();
    commit(&sandbox, "one", "one.py", "clean\n");
    commit(&sandbox, "two", "two.py", "clean\n");
    commit(&sandbox, "three", "three.py", &line(&keys::live(1)));
    is_stopped(&push(&sandbox, &["origin", "one", "two", "three"]), "three.py:1:18");
    is_stopped(&push(&sandbox, &["origin", "three", "two", "one"]), "three.py:1:18");
    push(&sandbox, &["origin", "one", "two"]).expect(0);
    is_stopped(&push(&sandbox, &["--all", "origin"]), "three.py:1:18");
}

#[test]
fn what_the_remote_has_is_not_new() {
    let sandbox = with_remote();
    commit(&sandbox, "main", "old.py", &line(&keys::live(1)));
    push(&sandbox, &["--no-verify", "--quiet", "origin", "main"]).expect(0);
    // A new branch of it, and an unrelated edit in the file.
    commit(&sandbox, "side", "old.py", &format!("import os\n{}", line(&keys::live(1))));
    push(&sandbox, &["origin", "side"]).expect(0);
    push(&sandbox, &["origin", "side:other", "main:third"]).expect(0);
    // To another remote all of it is new.
    sandbox.git(&["init", "--quiet", "--bare", "../second"]);
    sandbox.git(&["remote", "add", "second", "../second"]);
    is_stopped(&push(&sandbox, &["second", "side"]), "old.py:");
    is_stopped(&push(&sandbox, &["../second", "side"]), "old.py:");
}

#[test]
fn deletions_and_nothing_at_all() {
    let sandbox = with_remote();
    push(&sandbox, &["origin", "main:gone"]).expect(0);
    push(&sandbox, &["origin", "--delete", "gone"]).expect(0);
    push(&sandbox, &["origin", "main"]).expect(0);
    let output = sandbox.keyhound_with_input(&["hook", "pre-push", "origin", "url"], b"");
    output.expect(0).complains("standard input names no reference, so nothing was checked");
    // A deletion beside a branch.
    push(&sandbox, &["origin", "main:gone"]).expect(0);
    commit(&sandbox, "main", "b.py", &line(&keys::live(1)));
    is_stopped(&push(&sandbox, &["origin", ":gone", "main"]), "b.py:1:18");
}

#[test]
fn a_forced_push_over_commits_that_are_not_here() {
    let sandbox = with_remote();
    sandbox.git(&["clone", "--quiet", "../origin", "../clone"]);
    sandbox.write("../clone/theirs.py", "theirs\n");
    sandbox.git(&["-C", "../clone", "add", "theirs.py"]);
    sandbox.git(&["-C", "../clone", "commit", "--quiet", "--message=theirs"]);
    sandbox.git(&["-C", "../clone", "push", "--quiet", "origin", "main"]);
    commit(&sandbox, "main", "b.py", "clean\n");
    push(&sandbox, &["--force", "origin", "main"]).expect(0);
    commit(&sandbox, "main", "c.py", &line(&keys::live(1)));
    is_stopped(&push(&sandbox, &["--force", "origin", "main"]), "c.py:1:18");
}

#[test]
fn messages_tags_and_names_are_pushed_too() {
    let sandbox = with_remote();
    sandbox.git(&["tag", "--annotate", "--message", &keys::live(1), "v1"]);
    let tagged = push(&sandbox, &["origin", "v1"]);
    is_stopped(&tagged, "message of tag");
    tagged.says("git tag -d");
    sandbox.git(&["commit", "--quiet", "--allow-empty", "--message", &keys::live(2)]);
    is_stopped(&push(&sandbox, &["origin", "main"]), "message of commit");
    sandbox.git(&["reset", "--quiet", "--hard", "origin/main"]);
    is_stopped(&push(&sandbox, &["origin", &format!("main:refs/heads/{}", keys::live(3))]), "refs/heads/");
}

#[test]
fn what_the_remote_has_judges() {
    let sandbox = with_remote();
    sandbox.write(".keyhound.toml", "[[allow]]\npaths = [\"samples/\"]\nreason = \"made up\"\n");
    commit(&sandbox, "main", "samples/a.py", &line(&keys::live(1)));
    // What the push itself brings allows nothing yet.
    is_stopped(&push(&sandbox, &["origin", "main"]), "samples/a.py:1:18");
    push(&sandbox, &["--no-verify", "--quiet", "origin", "main"]).expect(0);
    commit(&sandbox, "main", "samples/b.py", &line(&keys::live(2)));
    push(&sandbox, &["origin", "main"]).expect(0);
    commit(&sandbox, "new", "samples/c.py", &line(&keys::live(3)));
    push(&sandbox, &["origin", "new"]).expect(0);
}

/// A line with a key and a comment that allows it.
fn commented(number: u8) -> String {
    format!("{} # keyhound:allow -- trust me\n", line(&keys::live(number)).trim_end())
}

#[test]
fn a_comment_that_the_push_adds_allows_nothing() {
    let sandbox = with_remote();
    commit(&sandbox, "main", "b.py", &commented(1));
    let output = push(&sandbox, &["origin", "main"]);
    is_stopped(&output, "b.py:1:18");
    output.says("does not count yet: b.py:1: comment").says("push what allows it first").never_says("--no-verify");
    // Nor does it on a branch that has nothing to do with what the remote has.
    sandbox.git(&["switch", "--quiet", "--orphan", "orphan"]);
    commit(&sandbox, "orphan", "c.py", &commented(2));
    is_stopped(&push(&sandbox, &["origin", "orphan"]), "c.py:1:18");
    // One that the remote has speaks for the same value, wherever it goes, and for no other.
    sandbox.git(&["switch", "--quiet", "main"]);
    push(&sandbox, &["--no-verify", "--quiet", "origin", "main"]).expect(0);
    sandbox.git(&["mv", "b.py", "moved.py"]);
    sandbox.commit_all();
    push(&sandbox, &["origin", "main"]).expect(0);
    commit(&sandbox, "main", "moved.py", &commented(3));
    is_stopped(&push(&sandbox, &["origin", "main"]), "moved.py:1:18");
}

#[test]
fn the_message_has_room_for_the_way_out() {
    let sandbox = with_remote();
    for number in 1..=5 {
        sandbox.write(format!("{}{number}.py", "long".repeat(20)), commented(number));
    }
    commit(&sandbox, "main", ".env", &format!("X_API_KEY={}\n", keys::header_value()));
    let output = push(&sandbox, &["origin", "main"]);
    is_stopped(&output, "and 3 more like these");
    output.says("allow: push what allows it first").never_says("--no-verify");
}

#[test]
fn the_remote_can_leave_it_to_the_push() {
    let sandbox = with_remote();
    commit(&sandbox, "main", ".keyhound.toml", "policy = \"head\"\n");
    push(&sandbox, &["origin", "main"]).expect(0);
    commit(&sandbox, "main", "b.py", &commented(1));
    push(&sandbox, &["origin", "main"]).expect(0);
    let entry = "policy = \"head\"\n[[allow]]\npaths = [\"/c.py\"]\nreason = \"made up\"\n";
    commit(&sandbox, "main", ".keyhound.toml", entry);
    commit(&sandbox, "main", "c.py", &line(&keys::live(2)));
    push(&sandbox, &["origin", "main"]).expect(0);
}

#[test]
fn a_remote_that_has_nothing_leaves_it_to_the_push() {
    let sandbox = repository();
    commit(&sandbox, "main", "b.py", &commented(1));
    let tip = sandbox.git(&["rev-parse", "HEAD"]);
    let text = format!("refs/heads/main {} refs/heads/main {}\n", tip.trim(), "0".repeat(40));
    sandbox.keyhound_with_input(&["hook", "pre-push", "origin", "url"], text.as_bytes()).expect(0);
}

#[test]
fn a_first_push_brings_everything() {
    let sandbox = Sandbox::repository();
    commit(&sandbox, "main", "old.py", &line(&keys::live(1)));
    commit(&sandbox, "main", "old.py", "clean\n");
    let tip = sandbox.git(&["rev-parse", "HEAD"]);
    let text = format!("refs/heads/main {} refs/heads/main {}\n", tip.trim(), "0".repeat(40));
    let output = sandbox.keyhound_with_input(&["hook", "pre-push", "origin", "url"], text.as_bytes());
    is_stopped(&output, "old.py:1:18");
}

#[test]
fn what_cannot_be_understood_stops_it() {
    let sandbox = with_remote();
    let run = |input: &str| sandbox.keyhound_with_input(&["hook", "pre-push", "origin", "url"], input.as_bytes());
    run("refs/heads/main\n").expect(2).complains("line 1 of standard input");
    let (none, gone) = ("0".repeat(40), "5".repeat(40));
    run(&format!("refs/heads/main {gone} refs/heads/main {none}\n")).expect(2);
    sandbox.keyhound(&["hook", "pre-push", "--exit-zero"]).expect(2);
}

/// pre-commit and prek read git's standard input themselves and tell the hook by the environment.
#[test]
fn called_by_pre_commit() {
    let sandbox = with_remote();
    commit(&sandbox, "main", "b.py", &line(&keys::live(1)));
    commit(&sandbox, "main", "b.py", "clean\n");
    let run = |hook: &str, variables: &[(&str, &str)]| {
        let mut command = sandbox.command(&["hook", hook]);
        sandbox.run(command.env("PRE_COMMIT", "1").envs(variables.iter().copied()))
    };
    let ends = [("PRE_COMMIT_FROM_REF", "origin/main"), ("PRE_COMMIT_TO_REF", "main")];
    is_stopped(&run("pre-push", &ends), "b.py:1:18");
    is_stopped(&run("pre-commit", &ends), "b.py:1:18");
    // The first push of a branch has no ends.
    let branch = [("PRE_COMMIT_REMOTE_NAME", "origin"), ("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/main")];
    is_stopped(&run("pre-push", &branch), "b.py:1:18");
    is_stopped(&run("pre-push", &[]), "b.py:1:18");
    run("pre-commit", &[]).expect(0);
    let nowhere = [("PRE_COMMIT_FROM_REF", "nowhere"), ("PRE_COMMIT_TO_REF", "main")];
    run("pre-push", &nowhere).expect(2);
    // What git itself says wins over what is left in the environment.
    let tip = sandbox.git(&["rev-parse", "main"]);
    let line = format!("refs/heads/main {} refs/heads/main {}\n", tip.trim(), "0".repeat(40));
    let mut command = sandbox.command(&["hook", "pre-push", "origin", "url"]);
    command.env("PRE_COMMIT", "1").env("PRE_COMMIT_FROM_REF", "main").env("PRE_COMMIT_TO_REF", "main");
    is_stopped(&sandbox.run_with_input(&mut command, line.as_bytes()), "b.py:1:18");
    // So does what is staged.
    sandbox.write("c.py", super::line(&keys::live(2)));
    sandbox.git(&["add", "c.py"]);
    let empty = [("PRE_COMMIT_FROM_REF", "main"), ("PRE_COMMIT_TO_REF", "main")];
    run("pre-commit", &empty).expect(1).says("c.py:1:18");
}
