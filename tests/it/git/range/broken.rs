//! Clones that lack a part of the range, and damaged ones: what is there is scanned, and nothing is called complete.

use std::{fs, path::PathBuf};

use super::{Sandbox, keys, line};

/// Where an object lies that is not packed.
fn loose(sandbox: &Sandbox, revision: &str) -> PathBuf {
    let id = sandbox.git(&["rev-parse", revision]);
    sandbox.join(format!(".git/objects/{}/{}", &id[..2], id[2..].trim_end()))
}

fn damage(sandbox: &Sandbox, revision: &str) {
    let path = loose(sandbox, revision);
    fs::remove_file(&path).unwrap();
    fs::write(path, "damaged").unwrap();
}

#[test]
fn the_end_of_a_shallow_clone_is_told_where_the_range_reaches_it() {
    let sandbox = Sandbox::topic();
    sandbox.commit_file("a.py", line(&keys::live(1)));
    sandbox.commit_file("b.py", "b = 1\n");
    sandbox.commit_file("c.py", "c = 1\n");
    sandbox.shallow_clone(3, "topic");
    // The clone ends within the range: what is there is scanned all the same.
    let output = sandbox.keyhound_in("clone", &["range", "HEAD"]);
    output.expect(2).says("a.py:1:18").says("is where this clone ends").says("git fetch --unshallow");
    let report = sandbox.keyhound_in("clone", &["range", "HEAD", "--format=json"]);
    report.complains("help: this clone is shallow");
    assert_eq!(report.expect(2).json()["complete"], false);
    // It does not reach the end.
    let output = sandbox.keyhound_in("clone", &["range", "HEAD~1..HEAD"]);
    output.expect(0).quietly();
    let output = sandbox.keyhound_in("clone", &["range", "HEAD~2..HEAD"]);
    output.expect(0).quietly();
}

#[test]
fn blobs_that_a_partial_clone_lacks_are_problems_and_their_neighbours_are_scanned() {
    let sandbox = Sandbox::topic();
    sandbox.commit_file("big.txt", "x".repeat(5000));
    sandbox.commit_file("a.py", line(&keys::live(1)));
    sandbox.git(&["config", "uploadpack.allowFilter", "true"]);
    let url = format!("file://{}", sandbox.root().display());
    sandbox.git(&["clone", "--quiet", "--no-checkout", "--filter=blob:limit=2k", &url, "clone"]);
    let output = sandbox.keyhound_in("clone", &["range", "origin/main..origin/topic"]);
    output.expect(2).says("a.py:1:18").says("big.txt: object ").says("git fetch --refetch");
    let output = sandbox.keyhound_in("clone", &["range", "origin/topic~1..origin/topic"]);
    output.expect(1).quietly();
    sandbox.git(&["-C", "clone", "fetch", "--quiet", "--refetch", "--no-filter"]);
    sandbox.keyhound_in("clone", &["range", "origin/main..origin/topic"]).expect(1).quietly();
}

#[test]
fn a_missing_tree_hides_nothing_else() {
    let sandbox = Sandbox::topic();
    sandbox.commit_file("lost/x.py", line(&keys::live(1)));
    sandbox.commit_file("kept/y.py", line(&keys::live(2)));
    fs::remove_file(loose(&sandbox, "HEAD:lost")).unwrap();
    let output = sandbox.keyhound(&["range", "main..topic"]);
    output.expect(2).says("kept/y.py:1:18").says("is not in this clone");
    // The tree is the same before and after: nobody has to look into it.
    sandbox.keyhound(&["range", "topic~1..topic"]).expect(1);
}

#[test]
fn damaged_objects_are_problems() {
    for revision in ["topic", "topic~1", "topic:a.py", "topic^{tree}", "topic:sub", "main"] {
        let sandbox = Sandbox::topic();
        sandbox.commit_file("a.py", line(&keys::live(1)));
        sandbox.commit_file("sub/b.py", line(&keys::live(2)));
        damage(&sandbox, revision);
        let output = sandbox.keyhound(&["range", "main..topic"]);
        output.expect(2);
        assert!(output.stderr.contains("help: ") || output.stdout.contains("help: "), "{output}");
        if revision == "topic:a.py" {
            output.says("sub/b.py:1:18");
        }
    }
}

#[test]
fn an_object_with_other_content_than_its_id_says_is_a_problem() {
    let sandbox = Sandbox::topic();
    sandbox.commit_file("a.py", line(&keys::live(1)));
    sandbox.commit_file("b.py", "harmless\n");
    let harmless = fs::read(loose(&sandbox, "topic:b.py")).unwrap();
    let path = loose(&sandbox, "topic:a.py");
    fs::remove_file(&path).unwrap();
    fs::write(path, harmless).unwrap();
    sandbox.keyhound(&["range", "main..topic"]).expect(2).says("a.py: ").says("holds other content");
}

#[test]
fn nothing_in_the_repository_changes() {
    let sandbox = Sandbox::topic();
    sandbox.commit_file("a.py", line(&keys::live(1)));
    let state = |directory: &str| {
        let mut files = Vec::new();
        let mut pending = vec![sandbox.join(directory)];
        while let Some(directory) = pending.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    pending.push(path);
                } else {
                    files.push((path.clone(), fs::read(&path).unwrap(), path.metadata().unwrap().modified().unwrap()));
                }
            }
        }
        files.sort();
        files
    };
    let before = state(".git");
    sandbox.keyhound(&["range", "main..topic"]).expect(1);
    assert_eq!(state(".git"), before);
}

#[test]
fn a_list_that_is_not_complete_is_none() {
    let sandbox = Sandbox::topic();
    sandbox.commit_file("a.py", line(&keys::live(1)));
    sandbox.commit_file("sub/b.py", "b = 1\n");
    sandbox.keyhound(&["range", "--files", "main..HEAD"]).expect(0).says("sub/b.py");
    damage(&sandbox, "HEAD:sub");
    sandbox.keyhound(&["range", "--files", "main..HEAD"]).expect(2).complains("cannot be read");
}

#[test]
fn a_reference_that_cannot_be_read_takes_nothing_from_what_others_tell() {
    let sandbox = Sandbox::topic();
    sandbox.commit_file("a.py", line(&keys::live(1)));
    fs::write(sandbox.join(".git/refs/heads/broken"), "this is no id").unwrap();
    let report = sandbox.keyhound(&["range", "main..topic", "--format=json"]).expect(1).json();
    assert_eq!(report["findings"][0]["past"]["refs"], serde_json::json!(["refs/heads/topic"]));
}
