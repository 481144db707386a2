//! `keyhound history`: everything a repository holds, whatever leads to it.

mod broken;
mod checkouts;
mod oracle;
mod places;
mod settings;
mod sizes;
mod stores;

use std::{
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::Value;

use crate::support::{Sandbox, keys};

/// What is found in a directory below the root, if the exit code is this one.
fn findings_in(sandbox: &Sandbox, directory: impl AsRef<Path>, code: i32) -> Vec<Value> {
    let output = sandbox.keyhound_in(directory, &["history", "--format=json"]);
    output.expect(code).json()["findings"].as_array().unwrap().clone()
}

fn findings(sandbox: &Sandbox, code: i32) -> Vec<Value> {
    findings_in(sandbox, "", code)
}

/// The one finding that there is.
fn only(sandbox: &Sandbox) -> Value {
    let mut found = findings(sandbox, 1);
    assert_eq!(found.len(), 1, "{found:#?}");
    found.remove(0)
}

/// The paths of findings, in order.
fn paths(found: &[Value]) -> Vec<&str> {
    let mut paths: Vec<_> = found.iter().map(|finding| finding["path"].as_str().unwrap_or("none")).collect();
    paths.sort_unstable();
    paths
}

/// The references that lead to a finding.
fn refs(finding: &Value) -> Vec<&str> {
    finding["past"]["refs"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
}

fn is_local(finding: &Value) -> bool {
    finding["past"]["local_only"].as_bool().unwrap()
}

fn line(key: &str) -> String {
    format!("client = Client(\"{key}\")\n")
}

/// What a revision names.
fn id(sandbox: &Sandbox, revision: &str) -> String {
    sandbox.git(&["rev-parse", "--verify", revision]).trim().to_owned()
}

/// Commits a file, with nothing else, and tells the commit.
fn commit(sandbox: &Sandbox, path: &str, content: impl AsRef<[u8]>) -> String {
    sandbox.write(path, content);
    sandbox.commit_all();
    id(sandbox, "HEAD")
}

/// What git prints if it is given this.
fn git_with_input(sandbox: &Sandbox, arguments: &[&str], input: &[u8]) -> String {
    let mut command = sandbox.git_command();
    let mut child = command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

/// Puts a blob among the objects, and nowhere else.
fn blob(sandbox: &Sandbox, content: &str) -> String {
    git_with_input(sandbox, &["hash-object", "-w", "--stdin"], content.as_bytes())
}

/// Makes reflogs forget everything.
fn forget(sandbox: &Sandbox) {
    sandbox.git(&["reflog", "expire", "--expire=now", "--all"]);
}

/// The file of an object that is in no pack.
fn object_file(sandbox: &Sandbox, id: &str) -> PathBuf {
    sandbox.join(format!(".git/objects/{}/{}", &id[..2], &id[2..]))
}

/// The files of packs that end in this.
fn packs(sandbox: &Sandbox, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(sandbox.join(".git/objects/pack")).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|it| it == extension));
    paths.sort();
    paths
}

/// Writes over a file that git made read-only.
fn overwrite(path: &Path, content: &[u8]) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(path, content).unwrap();
}

/// The address of a repository below the root that is cloned like one from elsewhere.
fn address(sandbox: &Sandbox) -> String {
    format!("file://{}", sandbox.root().display())
}

#[test]
fn what_was_removed_is_found_with_its_commits() {
    let sandbox = Sandbox::repository();
    sandbox.keyhound(&["history"]).expect(0).complains("no objects yet");
    sandbox.write("src/a.py", "x = 1\n");
    sandbox.commit_all();
    sandbox.write("src/a.py", line(&keys::live(1)));
    sandbox.commit_all();
    let first = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.write("src/a.py", "\n".to_owned() + &line(&keys::live(1)));
    sandbox.commit_all();
    let last = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.git(&["rm", "--quiet", "src/a.py"]);
    sandbox.commit_all();
    for packed in [false, true] {
        if packed {
            sandbox.git(&["gc", "--quiet"]);
        }
        let found = findings(&sandbox, 1);
        assert_eq!(found.len(), 1);
        let finding = &found[0];
        assert_eq!((&finding["path"], &finding["git_state"]), (&"src/a.py".into(), &"history".into()));
        assert_eq!(finding["commit"]["id"], first.trim());
        assert_eq!(finding["past"]["last"]["id"], last.trim());
        assert_eq!(finding["past"]["refs"], serde_json::json!(["refs/heads/main"]));
        assert_eq!(finding["past"]["in_tip"], false);
        let lines = |occurrence: &Value| occurrence["start"]["line"].as_u64().unwrap();
        assert_eq!(finding["occurrences"].as_array().unwrap().iter().map(lines).collect::<Vec<_>>(), [1, 2]);
    }
}

#[test]
fn messages_notes_stashes_tags_and_names_are_searched() {
    let sandbox = Sandbox::repository();
    sandbox.write("a", "a\n");
    sandbox.commit_all();
    sandbox.git(&["commit", "--quiet", "--allow-empty", "--message", &keys::live(1)]);
    sandbox.git(&["tag", "--annotate", "v1", "--message", &keys::live(2)]);
    sandbox.git(&["notes", "add", "--message", &keys::live(3)]);
    sandbox.git(&["branch", &format!("try/{}", keys::live(4))]);
    sandbox.write("a", line(&keys::live(5)));
    sandbox.git(&["stash", "--quiet"]);
    sandbox.write(format!("b/{}.txt", keys::live(6)), "b\n");
    sandbox.commit_all();
    let mut hash_object = sandbox.git_command();
    hash_object.args(["hash-object", "-w", "--stdin"]);
    sandbox.run_with_input(&mut hash_object, line(&keys::live(7)).as_bytes()).expect(0);
    let found = findings(&sandbox, 1);
    let mut kinds: Vec<_> = found.iter().map(|finding| finding["where"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["commit-message", "file", "file", "note", "path", "ref", "tag-message"]);
    let local: Vec<_> = found.iter().filter(|finding| finding["past"]["local_only"] == true).collect();
    assert_eq!(local.len(), 1, "only what nothing leads to is in this clone alone");
    assert!(local[0]["path"].is_null() && local[0]["object"].is_string());
}

#[test]
fn a_clone_that_lacks_something_is_incomplete() {
    let sandbox = Sandbox::repository();
    sandbox.write("a", line(&keys::live(1)));
    sandbox.commit_all();
    sandbox.write("b/c", "c\n");
    sandbox.commit_all();
    let tree = sandbox.git(&["rev-parse", "HEAD:b"]);
    let path = format!(".git/objects/{}/{}", &tree.trim()[..2], &tree.trim()[2..]);
    fs::remove_file(sandbox.join(path)).unwrap();
    let output = sandbox.keyhound(&["history"]);
    output.expect(2).says("is not in this clone").says(tree.trim());
    // What is there is reported all the same.
    output.says("a:1:18");
}

#[test]
fn references_dates_and_paths_select_what_commits_add() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.py", line(&keys::live(1)));
    sandbox.write("docs/a.md", line(&keys::live(2)));
    sandbox.commit_all();
    sandbox.git(&["switch", "--quiet", "--create", "side"]);
    sandbox.write("b.py", line(&keys::live(3)));
    sandbox.commit_all();
    let paths = |arguments: &[&str]| {
        let arguments = [&["history", "--format=json"], arguments].concat();
        let report = sandbox.keyhound(&arguments).expect(1).json();
        let findings = report["findings"].as_array().unwrap();
        findings.iter().map(|finding| finding["path"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(paths(&["--refs=main"]), ["a.py", "docs/a.md"]);
    assert_eq!(paths(&["--refs=side", "--refs=main"]), ["a.py", "b.py", "docs/a.md"]);
    assert_eq!(paths(&["--path=*.py", "--path=!b.py"]), ["a.py"]);
    assert_eq!(paths(&["--path=/docs/"]), ["docs/a.md"]);
    assert_eq!(paths(&["--since=1990-01-01"]), ["a.py", "b.py", "docs/a.md"]);
    sandbox.keyhound(&["history", "--since=2100-01-01"]).expect(0).complains("no commit that is selected");
    sandbox.keyhound(&["history", "--refs=nothing"]).expect(2).complains("--refs matches no branch");
    sandbox.keyhound(&["history", "--path=["]).expect(2).complains("--path [");
    // What never was cannot have been looked at; what was, and has no key, is clean.
    sandbox.keyhound(&["history", "--path=nope"]).expect(2).complains("--path nope matches no path of any commit");
}
