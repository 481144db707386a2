//! A change does not excuse itself: what it allows is told, and the base decides.

use super::{Server, keys, line};

/// Scans what `topic` adds to `main`, and expects this exit code; with what the report says the change added.
fn added(server: &Server, code: i32) -> Vec<(String, bool)> {
    server.check_out("refs/heads/topic", 0);
    let step = server.step(&mut server.command(None, &["--base=origin/main", "--format=json"]));
    let report = step.output.expect(code).json();
    let added = report["added_by_change"].as_array().unwrap();
    assert_eq!(step.summary.contains("### Added by this change"), !added.is_empty(), "{}", step.summary);
    added.iter().map(|it| (it["kind"].as_str().unwrap().to_owned(), it["counts"].as_bool().unwrap())).collect()
}

#[test]
fn an_allow_entry_in_the_same_change_does_not_count() {
    let server = Server::new();
    server.commit("a.py", line(&keys::live(1)));
    server.commit(".keyhound.toml", "[[allow]]\npaths = [\"/a.py\"]\nreason = \"trust me\"\n");
    assert_eq!(added(&server, 1), [("allow".to_owned(), false)]);
}

#[test]
fn an_exclude_in_the_same_change_does_not_count() {
    let server = Server::new();
    server.commit(".keyhound.toml", "[scan]\nexclude = [{ path = \"a.py\", reason = \"trust me\" }]\n");
    server.commit("a.py", line(&keys::live(1)));
    assert_eq!(added(&server, 1), [("exclude".to_owned(), false)]);
}

#[test]
fn a_comment_in_the_same_change_does_not_count() {
    for comment in ["keyhound:allow -- trust me", "gitleaks:allow"] {
        let server = Server::new();
        server.commit("a.py", format!("{} # {comment}\n", line(&keys::live(1)).trim_end()));
        assert_eq!(added(&server, 1), [("comment".to_owned(), false)]);
        // Where nobody merges by it, it counts and is told.
        let output = server.sandbox.keyhound(&["range", "main..topic"]);
        output.expect(0).says("added by this change: a.py:1: comment").says("it counts");
    }
}

#[test]
fn a_policy_that_the_change_sets_does_not_count() {
    let server = Server::new();
    server.commit(".keyhound.toml", "policy = \"head\"\n[[allow]]\npaths = [\"/a.py\"]\nreason = \"trust me\"\n");
    server.commit("a.py", format!("{} # keyhound:allow\n", line(&keys::live(1)).trim_end()));
    let expected = [("allow", false), ("comment", false), ("setting", false)];
    let mut found = added(&server, 1);
    found.sort();
    assert_eq!(found, expected.map(|(kind, counts)| (kind.to_owned(), counts)));
}

#[test]
fn the_base_can_leave_it_to_the_change() {
    let server = Server::new();
    server.sandbox.git(&["checkout", "--quiet", "main"]);
    server.commit(".keyhound.toml", "policy = \"head\"\n");
    server.sandbox.git(&["checkout", "--quiet", "-B", "topic"]);
    server.commit("a.py", format!("{} # keyhound:allow\n", line(&keys::live(1)).trim_end()));
    assert_eq!(added(&server, 0), [("comment".to_owned(), true)]);
    server.commit(".keyhound.toml", "policy = \"head\"\n[[allow]]\npaths = [\"/b.py\"]\nreason = \"ours\"\n");
    server.commit("b.py", line(&keys::live(1)));
    assert_eq!(added(&server, 0).len(), 2);
}

#[test]
fn what_the_base_allows_stays_allowed() {
    let server = Server::new();
    server.sandbox.git(&["checkout", "--quiet", "main"]);
    server.commit(".keyhound.toml", "[[allow]]\npaths = [\"/samples/\"]\nreason = \"samples\"\n");
    let commented = format!("{} # keyhound:allow\n", line(&keys::live(1)).trim_end());
    server.commit("old.py", &commented);
    server.sandbox.git(&["checkout", "--quiet", "-B", "topic"]);
    server.commit("samples/a.py", line(&keys::live(2)));
    server.commit("old.py", format!("import os\n{commented}"));
    assert_eq!(added(&server, 0), []);
    server.sandbox.git(&["mv", "old.py", "new.py"]);
    server.sandbox.commit_all();
    assert_eq!(added(&server, 0), []);
    // The comment does not speak for another value.
    server.commit("new.py", commented.replace(&keys::live(1), &keys::live(2)));
    assert_eq!(added(&server, 1), [("comment".to_owned(), false)]);
}

#[test]
fn a_configuration_that_the_change_breaks_does_not_stop_the_scan() {
    let server = Server::new();
    server.commit(".keyhound.toml", "nonsense");
    server.commit("a.py", line(&keys::live(1)));
    assert_eq!(added(&server, 1), [("setting".to_owned(), false)]);
}

#[test]
fn without_a_base_nothing_of_the_change_is_heeded() {
    let server = Server::new();
    server.commit(".keyhound.toml", "[[allow]]\npaths = [\"/a.py\"]\nreason = \"trust me\"\n");
    let after = server.commit("a.py", line(&keys::live(1)));
    server.check_out("refs/heads/topic", 0);
    let event = Server::push("refs/heads/main", "1234567890123456789012345678901234567890", &after);
    server.run("push", &event, &[]).output.expect(1).says("file=a.py").complains("no configuration is heeded");
}

#[test]
fn where_the_base_decides_the_way_to_allow_is_another_pull_request() {
    let server = Server::new();
    server.commit("a.py", line(&keys::live(1)));
    server.check_out("refs/heads/topic", 0);
    let elsewhere = "in a pull request of its own that is merged first";
    for format in ["human", "github"] {
        let step = server.step(&mut server.command(None, &["--base=origin/main", "--format", format]));
        let said = step.output.expect(1).stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(elsewhere), "{said}");
        assert!(step.summary.contains(elsewhere), "{}", step.summary);
    }
    // A base that leaves it to the change, and a whole history, are allowed by a commit.
    let step = server.run("schedule", &serde_json::json!({}), &[]);
    assert!(!step.summary.contains(elsewhere) && step.summary.contains("in a commit of its own"), "{}", step.summary);
}
