//! Which commits are meant, and what of them is said.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

use super::{Sandbox, keys, line};
use crate::support::encode;

#[test]
fn a_key_that_a_commit_adds_is_found_and_what_was_there_before_is_not() {
    let sandbox = Sandbox::repository();
    sandbox.commit_file("old.py", line(&keys::live(1)));
    sandbox.git(&["branch", "base"]);
    let commit = sandbox.commit_file("new.py", line(&keys::live(2)));
    let output = sandbox.keyhound(&["range", "base..HEAD", "--format=json"]);
    let report = output.expect(1).json();
    let findings = report["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{output}");
    assert_eq!((&findings[0]["path"], &findings[0]["git_state"]), (&"new.py".into(), &"tracked".into()));
    assert_eq!(findings[0]["commit"]["id"], commit);
    assert_eq!(findings[0]["past"]["in_tip"], true);
    assert_eq!(findings[0]["past"]["refs"], serde_json::json!(["refs/heads/main"]));
    assert_eq!((&report["summary"]["commits"], &report["summary"]["files"]), (&1.into(), &1.into()));
}

#[test]
fn a_key_that_is_added_and_removed_inside_the_range_is_still_in_history() {
    let sandbox = Sandbox::topic();
    let added = sandbox.commit_file("a.py", line(&keys::live(1)));
    let kept = sandbox.commit_file("b.py", "x = 1\n");
    sandbox.commit_file("a.py", "client = Client(key)\n");
    let output = sandbox.keyhound(&["range", "main..topic", "--format=json"]);
    let finding = &output.expect(1).json()["findings"][0];
    assert_eq!((&finding["git_state"], &finding["past"]["in_tip"]), (&"history".into(), &false.into()));
    assert_eq!((&finding["commit"]["id"], &finding["past"]["last"]["id"]), (&added.into(), &kept.into()));
    let output = sandbox.keyhound(&["range", "main..topic"]);
    output.expect(1).says("; gone from").says("allow it by its fingerprint").says("rebase -i");
}

#[test]
fn a_value_that_is_still_at_the_tip_is_said_to_be_where_it_is_now() {
    let sandbox = Sandbox::topic();
    let first = sandbox.commit_file("a.py", line(&keys::live(1)));
    let last = sandbox.commit_file("a.py", format!("import os\n\n{}", line(&keys::live(1))));
    let output = sandbox.keyhound(&["range", "main..topic", "--format=json"]);
    let report = output.expect(1).json();
    let finding = &report["findings"][0];
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    assert_eq!((&finding["git_state"], &finding["past"]["in_tip"]), (&"tracked".into(), &true.into()));
    assert_eq!((&finding["start"]["line"], &finding["occurrences"].as_array().unwrap().len()), (&3.into(), &1));
    assert_eq!((&finding["commit"]["id"], &finding["past"]["last"]["id"]), (&first.into(), &last.into()));
}

#[test]
fn revisions_mean_what_they_mean_to_git() {
    let sandbox = Sandbox::topic();
    let first = sandbox.commit_file("a.py", line(&keys::live(1)));
    sandbox.commit_file("b.py", line(&keys::live(2)));
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.commit_file("c.py", line(&keys::live(3)));
    sandbox.git(&["tag", "-a", "v1", "-m", "a version"]);
    let root = sandbox.git(&["rev-list", "--max-parents=0", "HEAD"]);
    let root = root.trim();
    for (revisions, files) in [
        (&["main..topic"][..], "a.py\nb.py\n"),
        (&["topic..main"], "c.py\n"),
        (&["main...topic"], "a.py\nb.py\n"),
        (&["topic...main"], "c.py\n"),
        (&["..topic"], "a.py\nb.py\n"),
        (&["topic.."], "c.py\n"),
        (&["topic", "^main"], "a.py\nb.py\n"),
        (&["topic", "main", &format!("^{root}")], "a.py\nb.py\nc.py\n"),
        (&["topic"], "README\na.py\nb.py\n"),
        (&["topic^!"], "b.py\n"),
        (&["topic^@", "^main"], "a.py\n"),
        (&["topic~1^!"], "a.py\n"),
        (&["v1", "^topic"], "c.py\n"),
        (&[&format!("{root}..{first}")], "a.py\n"),
        (&[&first[..10], "^main"], "a.py\n"),
        (&["--no-walk", "topic", "v1"], "b.py\nc.py\n"),
        (&["--since=2026-01-01", "topic", "^main"], "a.py\nb.py\n"),
        (&["--since=2026-01-03", "topic", "^main"], ""),
    ] {
        let output = sandbox.keyhound(&[&["range", "--files"], revisions].concat());
        assert_eq!(output.expect(0).stdout, files, "{revisions:?}");
    }
    sandbox.keyhound(&["range", "--files", "--since=2020-01-01"]).expect(0).says("README\nc.py\n");
}

#[test]
fn revisions_are_read_from_standard_input() {
    let sandbox = Sandbox::topic();
    let commit = sandbox.commit_file("a.py", line(&keys::live(1)));
    sandbox.commit_file("b.py", "x = 1\n");
    let arguments = ["range", "--stdin", "--files"];
    let run = |arguments: &[&str], input: &str| {
        sandbox.keyhound_with_input(arguments, input.as_bytes()).expect(0).stdout.clone()
    };
    assert_eq!(run(&arguments, "main..topic\n"), "a.py\nb.py\n");
    assert_eq!(run(&arguments, "\r\ntopic\r\n\n^main\n"), "a.py\nb.py\n");
    assert_eq!(run(&["range", "--stdin", "--files", "--no-walk"], &format!("{commit}\n")), "a.py\n");
    assert_eq!(run(&arguments, ""), "", "nothing is named, and nothing is meant");
    sandbox.keyhound_with_input(&["range", "--stdin"], b"").expect(0).complains("the range is empty");
    sandbox.keyhound_with_input(&["range", "--stdin"], b"nonsense\n").expect(2).complains("`nonsense` names no commit");
}

#[test]
fn what_cannot_be_resolved_is_an_error() {
    let sandbox = Sandbox::topic();
    let unknown = "0123456789012345678901234567890123456789";
    for revisions in [
        "nonsense..HEAD",
        "HEAD..nonsense",
        "",
        "main:README",
        "HEAD^{tree}",
        "topic^!..main",
        &format!("{unknown}..HEAD"),
    ] {
        let output = sandbox.keyhound(&["range", revisions]);
        output.expect(2).complains("error: `").complains("help: ");
    }
    sandbox.keyhound(&["range", unknown]).expect(2).complains("is not in this clone").complains("`git fetch`");
    sandbox.keyhound(&["range"]).expect(2).complains("<REVISION>");
    sandbox.keyhound(&["range", "HEAD", "--since=nonsense"]).expect(2).complains("it is no date");
    sandbox.git(&["tag", "blob", "HEAD:README"]);
    sandbox.keyhound(&["range", "blob"]).expect(2).complains("it is a blob, and no commit");
    Sandbox::new().keyhound(&["range", "HEAD"]).expect(2).complains("is in no git repository");
    Sandbox::repository().keyhound(&["range", "HEAD"]).expect(2).complains("`HEAD` names no commit");
}

#[test]
fn what_is_known_to_be_empty_is_clean_and_says_so() {
    let sandbox = Sandbox::topic();
    for range in ["topic..topic", "main..topic"] {
        sandbox.keyhound(&["range", range]).expect(0).complains("note: the range is empty").says("nothing to scan");
    }
    sandbox.git(&["commit", "--quiet", "--allow-empty", "-m", "nothing"]);
    sandbox.keyhound(&["range", "main..topic"]).expect(0).complains("add no content").says("1 commit");
    sandbox.git(&["rm", "--quiet", "README"]);
    sandbox.git(&["commit", "--quiet", "-m", "only a deletion"]);
    sandbox.keyhound(&["range", "main..topic"]).expect(0).complains("add no content").says("no keys found");
    sandbox.keyhound(&["range", "main..topic", "--quiet"]).expect(0).quietly();
}

#[test]
fn messages_authors_tags_and_names_are_searched() {
    let commit = |sandbox: &Sandbox, arguments: &[&str]| {
        sandbox.git(&[&["commit", "--quiet", "--allow-empty"], arguments].concat());
    };
    let found = |sandbox: &Sandbox, revision: &str| {
        let output = sandbox.keyhound(&["range", revision, "--format=json"]);
        let findings = output.expect(1).json()["findings"].clone();
        assert_eq!(findings.as_array().unwrap().len(), 1, "{output}");
        output.never_says(&keys::live(1));
        findings[0]["where"].as_str().unwrap().to_owned()
    };
    let sandbox = Sandbox::topic();
    commit(&sandbox, &["-m", &format!("subject\n\nuse {} for now", keys::live(1))]);
    assert_eq!(found(&sandbox, "main..topic"), "commit-message");
    sandbox.keyhound(&["range", "main..topic"]).expect(1).says("message of commit").says("can reword the commit");

    let sandbox = Sandbox::topic();
    commit(&sandbox, &["-m", "x", &format!("--author={} <a@example.com>", keys::live(1))]);
    assert_eq!(found(&sandbox, "main..topic"), "header");

    let sandbox = Sandbox::topic();
    sandbox.git(&["tag", "-a", "v1", "-m", &format!("the key is {}", keys::live(1))]);
    assert_eq!(found(&sandbox, "main..v1"), "tag-message");
    sandbox.keyhound(&["range", "v1..main"]).expect(0);

    let sandbox = Sandbox::topic();
    let branch = keys::live(1);
    sandbox.git(&["checkout", "--quiet", "-b", &branch]);
    commit(&sandbox, &["-m", "x"]);
    assert_eq!(found(&sandbox, &format!("main..{branch}")), "ref");

    let sandbox = Sandbox::topic();
    sandbox.commit_file(&format!("{}.txt", keys::live(1)), "");
    assert_eq!(found(&sandbox, "main..topic"), "path");
}

#[test]
fn an_allow_entry_for_a_message_names_no_path() {
    let sandbox = Sandbox::topic();
    sandbox.git(&["commit", "--quiet", "--allow-empty", "-m", &keys::live(1)]);
    let output = sandbox.keyhound(&["range", "main..topic"]);
    output.expect(1).says("fingerprints = [").never_says("paths = [");
}

#[test]
fn the_configuration_of_before_judges() {
    let sandbox = Sandbox::topic();
    sandbox.commit_file(".keyhound.toml", "[scan]\nexclude = [{ path = \"a.py\", reason = \"none\" }]\n");
    sandbox.commit_file("a.py", line(&keys::live(1)));
    sandbox.keyhound(&["range", "main..topic"]).expect(1).says("a.py:1:18");
    sandbox.keyhound(&["range", "topic~1..topic"]).expect(0).complains("excluded by the configuration");
    sandbox.keyhound(&["range", "topic"]).expect(0);
    sandbox.keyhound(&["range", "topic~1..topic", "--no-config"]).expect(1);
    sandbox.keyhound(&["range", "main..topic", "--config=.keyhound.toml"]).expect(0);
    sandbox.commit_file(".keyhound.toml", "[scan]\nnonsense = 1\n");
    sandbox.keyhound(&["range", "main..topic"]).expect(1);
    sandbox.keyhound(&["range", "topic..topic"]).expect(2).complains(".keyhound.toml (before the range):2:");
}

#[test]
fn paths_are_bytes_and_are_seen_from_where_the_reader_is() {
    let sandbox = Sandbox::topic();
    let name = OsStr::from_bytes(b"sub/caf\xe9.py");
    sandbox.write(name, line(&keys::live(1)));
    sandbox.write("sub/utf16.ps1", encode::utf16(&line(&keys::live(2)), false));
    sandbox.commit_all();
    let output = sandbox.keyhound_in("sub", &["range", "main..topic"]);
    output.expect(1).says(" caf\\xe9.py:1:18").says(" utf16.ps1:1:18");
    assert_eq!(sandbox.keyhound(&["range", "--files", "main..topic"]).stdout, "sub/caf\\xe9.py\nsub/utf16.ps1\n");
}

#[test]
fn threads_change_nothing() {
    let sandbox = Sandbox::topic();
    for number in 0..24 {
        sandbox.commit_file(&format!("d{}/f{number}.py", number % 3), line(&keys::live(number % 5)));
    }
    let run = |threads: &str| sandbox.keyhound(&["range", "main..topic", "--format=json", "--threads", threads]);
    let one = run("1");
    one.expect(1).quietly();
    for threads in ["2", "7"] {
        assert_eq!(run(threads), one);
    }
}

#[test]
fn bare_repositories_worktrees_and_sha256_are_read() {
    let sandbox = Sandbox::topic();
    sandbox.commit_file("a.py", line(&keys::live(1)));
    sandbox.git(&["clone", "--quiet", "--mirror", ".", "mirror.git"]);
    sandbox.keyhound_in("mirror.git", &["range", "main..topic"]).expect(1).says("a.py:1:18");
    sandbox.git(&["worktree", "add", "--quiet", "tree", "main"]);
    sandbox.keyhound_in("tree", &["range", "HEAD..topic"]).expect(1).says("a.py:1:18");

    let sandbox = Sandbox::new();
    sandbox.git(&["init", "--quiet", "--object-format=sha256", "--initial-branch=main"]);
    sandbox.commit_file("README", "");
    let commit = sandbox.commit_file("a.py", line(&keys::live(1)));
    assert_eq!(commit.len(), 64);
    sandbox.keyhound(&["range", &format!("main~1..{commit}")]).expect(1).says("a.py:1:18");
}

#[test]
fn replacements_and_grafts_hide_nothing() {
    let sandbox = Sandbox::topic();
    let added = sandbox.commit_file("a.py", line(&keys::live(1)));
    sandbox.commit_file("a.py", "");
    let base = sandbox.git(&["rev-parse", "main"]);
    sandbox.git(&["replace", &added, base.trim()]);
    sandbox.keyhound(&["range", "main..topic"]).expect(1).says("a.py:1:18");
    sandbox.git(&["replace", "-d", &added]);
    let tip = sandbox.git(&["rev-parse", "topic"]);
    sandbox.write(".git/info/grafts", format!("{} {}", tip.trim(), base));
    sandbox.keyhound(&["range", "main..topic"]).expect(1).says("a.py:1:18");
}

#[test]
fn a_key_in_the_name_of_a_branch_is_masked_where_the_branch_reaches_another() {
    let sandbox = Sandbox::topic();
    sandbox.commit_file("a.py", line(&keys::live(1)));
    let name = keys::live(2);
    sandbox.git(&["branch", &name]);
    for format in ["human", "json", "jsonl", "sarif", "markdown"] {
        for arguments in [&["range", "main..topic"][..], &["history"], &["audit"]] {
            let output = sandbox.keyhound(&[arguments, &["--format", format]].concat());
            output.expect(1);
            let shown = format!("{}{}", output.stdout, output.stderr);
            assert!(!shown.contains(&name), "{arguments:?} {format}");
        }
    }
}

#[test]
fn the_empty_tree_need_not_be_there() {
    let sandbox = Sandbox::new();
    sandbox.git(&["init", "--quiet", "--initial-branch=main"]);
    let empty = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
    let root = sandbox.git(&["commit-tree", empty, "-m", "init"]);
    sandbox.git(&["update-ref", "refs/heads/main", root.trim()]);
    let is_there = sandbox.root().join(format!(".git/objects/{}/{}", &empty[..2], &empty[2..])).exists();
    assert!(!is_there, "git has written it");
    sandbox.write("a.py", line(&keys::live(1)));
    sandbox.git(&["add", "a.py"]);
    sandbox.keyhound(&["staged"]).expect(1).says("a.py:1");
    sandbox.git(&["commit", "--quiet", "--message=x"]);
    for command in [&["range", "HEAD"][..], &["history"], &["audit"]] {
        sandbox.keyhound(command).expect(1).says("a.py");
    }
}
