//! Each event, with clones that have and that lack what it names.

use std::fs;

use super::{PROJECT, Server, json, keys, line};

const NONE: &str = "0000000000000000000000000000000000000000";
const UNKNOWN: &str = "1234567890123456789012345678901234567890";

#[test]
fn pull_request() {
    let server = Server::new();
    let base = server.id("main");
    server.commit("a.py", line(&keys::live(1)));
    let event = server.pull_request(&base);
    server.check_out("refs/pull/1/merge", 0);
    for name in ["pull_request", "pull_request_target"] {
        let step = server.run(name, &event, &[]);
        step.output.expect(1).says("::error file=a.py,line=1,endLine=1,col=18,endColumn=90,title=Live API key");
        assert_eq!((step.value("findings"), step.value("sarif-file")), ("1", ""));
        assert_eq!(step.value("range"), format!("{base}..{}", server.id("refs/pull/1/merge")));
        assert!(
            step.summary.contains("### Rotate these") && step.summary.contains("keyhound allow kh1:"),
            "{}",
            step.summary
        );
    }
}

#[test]
fn pull_request_that_adds_and_removes_a_key() {
    let server = Server::new();
    server.commit("a.py", line(&keys::live(1)));
    server.commit("a.py", "client = Client(key)\n");
    let event = server.pull_request(&server.id("main"));
    server.check_out("refs/pull/1/merge", 0);
    let step = server.run("pull_request", &event, &[]);
    step.output.expect(1).says("removed later, still in history").never_says("file=a.py");
    assert!(step.summary.contains("removed later"), "{}", step.summary);
    server.run("pull_request", &event, &["--scope=tree"]).output.expect(0);
}

#[test]
fn pull_request_with_a_stale_base() {
    let server = Server::new();
    let stale = server.id("main");
    server.commit("a.py", "a = 1\n");
    // The base moves on, with a key that the pull request has nothing to do with.
    server.sandbox.git(&["checkout", "--quiet", "main"]);
    server.commit("old.py", line(&keys::live(1)));
    server.sandbox.git(&["checkout", "--quiet", "topic"]);
    let event = server.pull_request(&stale);
    server.check_out("refs/pull/1/merge", 0);
    server.run("pull_request", &event, &[]).output.expect(0);
    // The head has merged the base, and is checked out itself.
    server.sandbox.git(&["merge", "--quiet", "-m", "catch up", "main"]);
    let event = server.pull_request(&stale);
    server.check_out("refs/heads/topic", 0);
    server.run("pull_request", &event, &[]).output.expect(0);
}

#[test]
fn pull_request_in_a_clone_of_one_commit() {
    let server = Server::new();
    server.commit("a.py", line(&keys::live(1)));
    let event = server.pull_request(&server.id("main"));
    server.check_out("refs/pull/1/merge", 1);
    for scope in ["commits", "tree"] {
        let step = server.run("pull_request", &event, &["--scope", scope]);
        step.output.expect(2).says("::error title=The scan is incomplete::").complains("fetch-depth: 0");
        // What is there is scanned all the same.
        step.output.says("::error file=a.py,line=1");
        assert!(step.summary.contains("### Not scanned"), "{}", step.summary);
    }
}

#[test]
fn pull_request_in_a_clone_of_two_commits() {
    let server = Server::new();
    server.commit("b.py", "b = 1\n");
    server.commit("a.py", line(&keys::live(1)));
    let event = server.pull_request(&server.id("main"));
    server.check_out("refs/pull/1/merge", 2);
    server.run("pull_request", &event, &[]).output.expect(2).complains("fetch-depth: 0");
    server.run("pull_request", &event, &["--scope=tree"]).output.expect(1).says("::error file=a.py,line=1");
}

#[test]
fn pull_request_of_many_commits() {
    let server = Server::new();
    server.commit("a.py", line(&keys::live(1)));
    for number in 0..35 {
        server.commit("b.py", format!("b = {number}\n"));
    }
    let event = server.pull_request(&server.id("main"));
    server.check_out("refs/pull/1/merge", 0);
    server.run("pull_request", &event, &[]).output.expect(1).complains("(commits: 37)");
}

#[test]
fn pull_request_with_a_key_in_a_merge_only() {
    let server = Server::new();
    server.commit("a.py", "a = 1\n");
    server.sandbox.git(&["checkout", "--quiet", "-b", "side", "main"]);
    server.commit("b.py", "b = 1\n");
    server.sandbox.git(&["checkout", "--quiet", "topic"]);
    server.sandbox.git(&["merge", "--quiet", "--no-commit", "side"]);
    server.commit("c.py", line(&keys::live(1)));
    let event = server.pull_request(&server.id("main"));
    server.check_out("refs/pull/1/merge", 0);
    server.run("pull_request", &event, &[]).output.expect(1).says("::error file=c.py,line=1");
}

#[test]
fn pull_request_target_that_checks_out_the_base() {
    let server = Server::new();
    server.commit("a.py", line(&keys::live(1)));
    let event = server.pull_request(&server.id("main"));
    server.check_out("refs/heads/main", 1);
    let step = server.run("pull_request_target", &event, &[]);
    step.output.expect(2).complains("ref: ${{ github.event.pull_request.head.sha }}");
}

#[test]
fn pull_request_target_that_checks_out_a_fork() {
    let server = Server::new();
    let base = server.id("main");
    // The fork proposes its own `main`, with what would excuse it.
    let fork = server.sandbox.home().join("somebody/project");
    server.sandbox.git(&["clone", "--quiet", "--branch=main", ".", fork.to_str().unwrap()]);
    fs::write(fork.join("a.py"), line(&keys::live(1))).unwrap();
    fs::write(fork.join(".keyhound.toml"), "[[allow]]\npaths = [\"/a.py\"]\nreason = \"trust me\"\n").unwrap();
    let git = |arguments: &[&str]| {
        let output = server.sandbox.git_command().arg("-C").arg(&fork).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    };
    git(&["add", "."]);
    git(&["commit", "--quiet", "-m", "more"]);
    let event = json!({
        "pull_request": {
            "base": { "sha": base, "ref": "main" },
            "head": { "sha": git(&["rev-parse", "HEAD"]), "ref": "main", "repo": { "full_name": "somebody/project" } },
        },
        "repository": { "default_branch": "main", "full_name": PROJECT },
    });
    server.check_out_of(&fork, "refs/heads/main", 0);
    let step = server.run("pull_request_target", &event, &[]);
    step.output.expect(1).says("file=a.py,line=1");
    assert!(step.summary.contains("### Added by this change"), "{}", step.summary);
}

#[test]
fn pull_request_that_is_run_again_after_the_merge() {
    let server = Server::new();
    server.commit("a.py", line(&keys::live(1)));
    let event = server.pull_request(&server.id("main"));
    server.sandbox.git(&["update-ref", "refs/heads/main", "refs/pull/1/merge"]);
    server.check_out("refs/heads/topic", 0);
    server.run("pull_request", &event, &[]).output.expect(1).says("file=a.py,line=1");
}

#[test]
fn push() {
    let server = Server::new();
    let before = server.commit("old.py", line(&keys::live(2)));
    let after = server.commit("a.py", line(&keys::live(1)));
    let event = Server::push("refs/heads/topic", &before, &after);
    server.check_out("refs/heads/topic", 0);
    let step = server.run("push", &event, &[]);
    step.output.expect(1).says("file=a.py").never_says("old.py");
    assert_eq!(step.value("range"), format!("{before}..{after}"));
    // Nothing but what was there already.
    let event = Server::push("refs/heads/topic", &after, &after);
    server.run("push", &event, &[]).output.expect(0).complains("the range is empty");
}

#[test]
fn push_of_a_new_branch() {
    let server = Server::new();
    server.sandbox.git(&["checkout", "--quiet", "main"]);
    server.commit("old.py", line(&keys::live(2)));
    server.sandbox.git(&["checkout", "--quiet", "-B", "topic"]);
    let after = server.commit("a.py", line(&keys::live(1)));
    let event = Server::push("refs/heads/topic", NONE, &after);
    server.check_out("refs/heads/topic", 0);
    let step = server.run("push", &event, &[]);
    step.output.expect(1).says("file=a.py").never_says("old.py").complains("all that main does not have");
    server.check_out("refs/heads/topic", 1);
    server.run("push", &event, &[]).output.expect(2).complains("fetch-depth: 0");
}

#[test]
fn push_that_was_forced() {
    let server = Server::new();
    let base = server.id("main");
    let after = server.commit("a.py", line(&keys::live(1)));
    server.check_out("refs/heads/topic", 0);
    // What was there before is in no clone any more.
    let event = Server::push("refs/heads/topic", UNKNOWN, &after);
    let step = server.run("push", &event, &[]);
    step.output.expect(1).says("file=a.py").complains("is not in this clone");
    assert_eq!(step.value("range"), format!("{base}..{after}"));
    // To the default branch: then nothing is known to have been there.
    let event = Server::push("refs/heads/main", UNKNOWN, &after);
    let step = server.run("push", &event, &[]);
    step.output.expect(1).complains("all commits are scanned");
    assert_eq!(step.value("range"), after);
}

#[test]
fn push_that_deletes() {
    let server = Server::new();
    server.check_out("refs/heads/main", 1);
    let event = Server::push("refs/heads/topic", &server.id("topic"), NONE);
    let step = server.run("push", &event, &[]);
    step.output.expect(0).complains("the push deletes refs/heads/topic");
    assert_eq!((step.value("range"), step.value("findings")), ("", "0"));
    // What was not written cannot be uploaded.
    let step = server.run("push", &event, &["--report=sarif=keys.sarif"]);
    assert!(!server.work().join("keys.sarif").exists());
    assert_eq!(step.value("sarif-file"), "");
}

#[test]
fn push_of_a_tag() {
    let server = Server::new();
    server.sandbox.git(&["tag", "-a", "v1", "-m", &format!("release with {}", keys::live(1)), "main"]);
    server.check_out("refs/tags/v1", 0);
    let event = Server::push("refs/tags/v1", NONE, &server.id("refs/tags/v1"));
    server.run("push", &event, &[]).output.expect(1).says("message of tag");
}

#[test]
fn merge_group() {
    let server = Server::new();
    server.commit("one.py", line(&keys::live(1)));
    let first = server.id("topic");
    let second = server.commit("two.py", "two = 2\n");
    server.check_out("refs/heads/topic", 0);
    // The base of the event is the entry before in the queue.
    let event = json!({ "merge_group": {
        "base_sha": first, "head_sha": second, "base_ref": "refs/heads/main", "head_ref": "refs/heads/gh-readonly-queue/main/1",
    } });
    server.run("merge_group", &event, &[]).output.expect(1).says("file=one.py");
}

#[test]
fn schedule_and_workflow_dispatch() {
    let server = Server::new();
    server.commit("a.py", line(&keys::live(1)));
    server.commit("a.py", "");
    server.check_out("refs/heads/topic", 0);
    for name in ["schedule", "workflow_dispatch"] {
        let step = server.run(name, &json!({}), &[]);
        step.output.expect(1).says("a.py:1:18");
        assert_eq!(step.value("range"), server.id("topic"));
    }
    server.check_out("refs/heads/topic", 1);
    server.run("schedule", &json!({}), &[]).output.expect(2).complains("fetch-depth: 0");
}

#[test]
fn other_events_and_none() {
    let server = Server::new();
    server.commit("a.py", line(&keys::live(1)));
    server.check_out("refs/heads/topic", 0);
    server.run("issue_comment", &json!({}), &[]).output.expect(2).complains("keyhound ci --base REV");
    server.step(&mut server.command(None, &[])).output.expect(2).complains("GITHUB_EVENT_NAME is not set");
    let mut command = server.command(None, &[]);
    server.step(command.env("GITHUB_EVENT_NAME", "push")).output.expect(2).complains("GITHUB_EVENT_PATH is not set");
    let mut command = server.command(None, &[]);
    command.env("GITHUB_EVENT_NAME", "push").env("GITHUB_EVENT_PATH", server.work().join("a.py"));
    server.step(&mut command).output.expect(2).complains("it is no JSON");
    server
        .run("push", &json!({ "before": "--all", "after": 7 }), &[])
        .output
        .expect(2)
        .complains("names no commit at /before");
}

#[test]
fn a_base_of_ones_own_needs_no_event() {
    let server = Server::new();
    server.commit("a.py", line(&keys::live(1)));
    server.check_out("refs/heads/topic", 0);
    let step = server.step(&mut server.command(None, &["--base", "origin/main"]));
    step.output.expect(1).says("file=a.py");
    let step = server.step(&mut server.command(None, &["--base", "nowhere"]));
    step.output.expect(2).complains("fetch-depth: 0");
    // Nobody has to open the log to see why.
    step.output.says("::error title=keyhound could not scan::the base `nowhere` is not in this clone%0A");
    assert!(step.summary.starts_with("## keyhound could not scan") && step.summary.contains("fetch-depth: 0"));
    // A tag of the name of the base would be the base, to git.
    server.sandbox.git(&["-C", server.work().to_str().unwrap(), "tag", "origin/main", "HEAD"]);
    let step = server.step(&mut server.command(None, &["--base", "origin/main"]));
    step.output.expect(2).complains("a tag as well as of a branch").complains("--base refs/remotes/origin/main");
    server.step(&mut server.command(None, &["--base", "refs/remotes/origin/main"])).output.expect(1);
    server.sandbox.git(&["-C", server.work().to_str().unwrap(), "tag", "--delete", "origin/main"]);
    // Elsewhere than in GitHub Actions people read the report.
    let mut command = server.command(None, &["--base", "origin/main"]);
    command.env_remove("GITHUB_ACTIONS").env_remove("GITHUB_OUTPUT").env_remove("GITHUB_STEP_SUMMARY");
    server.sandbox.run(&mut command).expect(1).says("error[sk-live-key]").never_says("::error");
}

#[test]
fn reports_go_where_they_are_wanted() {
    let server = Server::new();
    server.commit("a.py", line(&keys::live(1)));
    server.check_out("refs/heads/topic", 0);
    let step =
        server.step(&mut server.command(None, &["--base=origin/main", "--report=sarif=keys.sarif", "--format=json"]));
    assert_eq!(step.output.expect(1).json()["summary"]["findings"], 1);
    assert_eq!(step.value("sarif-file"), "keys.sarif");
    assert!(server.work().join("keys.sarif").exists() && step.summary.starts_with("## keyhound: found 1 secret"));
    // What others have written stays.
    let mut command = server.command(None, &["--base=origin/main", "--quiet"]);
    let summary = server.sandbox.home().join("summary");
    fs::write(&summary, "# before\n").unwrap();
    assert!(server.step(&mut command).summary.starts_with("# before\n## keyhound"));
}

#[test]
fn keys_are_never_shown() {
    let server = Server::new();
    server.commit("a.py", line(&keys::live(1)));
    server.check_out("refs/heads/topic", 0);
    let arguments = ["--base=origin/main", "--show-secrets", "--format=human"];
    server.step(&mut server.command(None, &arguments)).output.expect(2).complains("--show-secrets is not for CI");
    // A summary that cannot be written is not what is told, and `step` sees that the outputs are written all the same.
    let mut command = server.command(None, &arguments);
    command.env("GITHUB_STEP_SUMMARY", server.work());
    server.step(&mut command).output.expect(2).complains("--show-secrets is not for CI");
}
