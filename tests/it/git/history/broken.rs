//! What is missing or cannot be read makes a history incomplete, and what is there is reported all the same.

use std::{fs, os::unix::fs::PermissionsExt};

use super::{
    address, blob, commit, findings, findings_in, forget, git_with_input, id, line, object_file, overwrite, packs,
    paths,
};
use crate::support::{Sandbox, keys};

/// A history with a key, of which something else is broken next.
fn with_key() -> Sandbox {
    let sandbox = Sandbox::repository();
    commit(&sandbox, "a.py", line(&keys::live(1)));
    commit(&sandbox, "sub/b.py", "import os\n");
    commit(&sandbox, "sub/c.py", "import sys\n");
    assert_eq!(paths(&findings(&sandbox, 1)), ["a.py"]);
    sandbox
}

/// Incomplete, with the key that is there all the same.
fn incomplete(sandbox: &Sandbox, text: &str) {
    // What HEAD has as configuration may not be known.
    let output = sandbox.keyhound(&["history", "--no-config"]);
    output.expect(2).says(text).says("a.py:1:18");
}

#[test]
fn a_shallow_clone() {
    let sandbox = with_key();
    commit(&sandbox, "a.py", "import os\n");
    commit(&sandbox, "new.py", line(&keys::live(2)));
    sandbox.git(&["clone", "--quiet", "--depth=2", &address(&sandbox), "../clone"]);
    let output = sandbox.keyhound_in("../clone", &["history"]);
    output.expect(2).says("the clone is shallow").says("`git fetch --unshallow`").says("new.py:1:18");
    sandbox.keyhound_in("../clone", &["audit"]).expect(2).says("`git fetch --unshallow`");
    sandbox.git(&["-C", "../clone", "fetch", "--quiet", "--unshallow"]);
    assert_eq!(paths(&findings_in(&sandbox, "../clone", 1)), ["a.py", "new.py"]);
}

#[test]
fn a_partial_clone() {
    let sandbox = with_key();
    commit(&sandbox, "a.py", "import os\n");
    commit(&sandbox, "new.py", line(&keys::live(2)));
    sandbox.git(&["config", "uploadpack.allowFilter", "true"]);
    for filter in ["blob:none", "tree:0"] {
        let clone = format!("../{}", filter.replace(':', "-"));
        sandbox.git(&["clone", "--quiet", &format!("--filter={filter}"), &address(&sandbox), &clone]);
        let output = sandbox.keyhound_in(&clone, &["history"]);
        output.expect(2).says("the clone is partial").says("--refetch").says("new.py:1:18");
        sandbox.git(&["-C", &clone, "fetch", "--quiet", "--refetch", "--no-filter"]);
        assert_eq!(paths(&findings_in(&sandbox, &clone, 1)), ["a.py", "new.py"]);
    }
}

#[test]
fn a_mark_of_a_partial_clone_proves_nothing() {
    let sandbox = with_key();
    sandbox.git(&["gc", "--quiet"]);
    for pack in packs(&sandbox, "pack") {
        fs::write(pack.with_extension("promisor"), "").unwrap();
    }
    sandbox.git(&["config", "remote.origin.promisor", "true"]);
    assert_eq!(paths(&findings(&sandbox, 1)), ["a.py"]);
}

#[test]
fn missing_commits_trees_and_blobs() {
    let sandbox = with_key();
    for revision in ["HEAD~", "HEAD^{tree}", "HEAD:sub", "HEAD:sub/c.py"] {
        let missing = id(&sandbox, revision);
        let file = object_file(&sandbox, &missing);
        let aside = file.with_extension("aside");
        fs::rename(&file, &aside).unwrap();
        incomplete(&sandbox, &missing);
        sandbox.keyhound(&["audit", "--no-config"]).expect(2).says(&missing);
        fs::rename(aside, file).unwrap();
    }
    // One of a tag, and one that a tag of a tree leads to.
    let tagged = blob(&sandbox, "tagged\n");
    sandbox.git(&["tag", "--annotate", "--message=x", "blob", &tagged]);
    fs::remove_file(object_file(&sandbox, &tagged)).unwrap();
    incomplete(&sandbox, &tagged);
    sandbox.git(&["tag", "--delete", "blob"]);
    assert_eq!(paths(&findings(&sandbox, 1)), ["a.py"]);
    let tree = git_with_input(&sandbox, &["mktree", "--missing"], format!("100644 blob {tagged}\tx\n").as_bytes());
    sandbox.git(&["update-ref", "refs/odd/tree", &tree]);
    incomplete(&sandbox, &tagged);
}

#[test]
fn what_only_garbage_misses_is_no_problem() {
    let sandbox = with_key();
    sandbox.git(&["checkout", "--quiet", "-b", "gone"]);
    commit(&sandbox, "gone.py", "import re\n");
    let missing = id(&sandbox, "HEAD:gone.py");
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.git(&["branch", "--quiet", "-D", "gone"]);
    fs::remove_file(object_file(&sandbox, &missing)).unwrap();
    // The reflog leads there.
    incomplete(&sandbox, &missing);
    forget(&sandbox);
    assert_eq!(paths(&findings(&sandbox, 1)), ["a.py"]);
}

/// A tree is a delta of one that nothing leads to: what it has in common with that is missed by both.
#[test]
fn what_is_missed_is_told_even_if_it_is_copied_from_garbage() {
    let sandbox = Sandbox::repository();
    let (present, missing) = (blob(&sandbox, "x\n"), "5".repeat(40));
    let entry = |name: &str, id: &str| format!("100644 blob {id}\t{name}\n");
    let common: String =
        (0..60).map(|number| entry(&format!("file{number}"), if number == 30 { &missing } else { &present })).collect();
    let tree = |text: String| git_with_input(&sandbox, &["mktree", "--missing"], text.as_bytes());
    let garbage = tree(common.clone() + &entry("longer", &present));
    let reached = tree(common);
    let commit = git_with_input(&sandbox, &["commit-tree", &reached], b"x");
    sandbox.git(&["update-ref", "refs/heads/main", &commit]);
    let objects = format!("{present}\n{garbage}\n{reached}\n{commit}\n");
    git_with_input(&sandbox, &["pack-objects", "--quiet", ".git/objects/pack/pack"], objects.as_bytes());
    sandbox.git(&["prune-packed", "--quiet"]);
    let base = git_with_input(&sandbox, &["cat-file", "--batch-check=%(deltabase)"], reached.as_bytes());
    assert_eq!(base, garbage, "git made another delta");
    sandbox.keyhound(&["history"]).expect(2).says(&missing);
}

#[test]
fn more_is_missing_than_is_listed() {
    let sandbox = Sandbox::repository();
    let entry = |number: usize| format!("100644 blob {number:040x}\tfile{number:06}\n");
    let entries: String = (1..=10_500).map(entry).collect();
    let tree = git_with_input(&sandbox, &["mktree", "--missing"], entries.as_bytes());
    let commit = git_with_input(&sandbox, &["commit-tree", &tree], b"x");
    sandbox.git(&["update-ref", "refs/heads/main", &commit]);
    let report = sandbox.keyhound(&["history", "--format=json"]).expect(2).json();
    let problems = report["problems"].as_array().unwrap();
    assert_eq!(problems.len(), 10_001);
    assert!(problems.iter().any(|problem| problem["message"] == "more objects are not in this clone than are listed"));
    // Two trees on two threads, and the same are listed as by one.
    let entry = |number: usize| format!("100644 blob {:040x}\tother{number:06}\n", (number << 20) | 1);
    let entries: String = (1..=10_500).map(entry).collect();
    let tree = git_with_input(&sandbox, &["mktree", "--missing"], entries.as_bytes());
    let other = git_with_input(&sandbox, &["commit-tree", "-p", &commit, &tree], b"y");
    sandbox.git(&["update-ref", "refs/heads/main", &other]);
    let listed = |threads: &str| {
        let report = sandbox.keyhound(&["history", "--format=json", "--threads", threads]).expect(2).json();
        report["problems"].clone()
    };
    assert_eq!(listed("1"), listed("2"));
}

#[test]
fn broken_loose_objects() {
    let sandbox = with_key();
    for revision in ["HEAD", "HEAD^{tree}", "HEAD:sub/c.py"] {
        let broken = id(&sandbox, revision);
        let file = object_file(&sandbox, &broken);
        let whole = fs::read(&file).unwrap();
        let mut flipped = whole.clone();
        let last = flipped.len() - 1;
        flipped[last] ^= 0x55;
        for content in [&whole[..whole.len() / 2], b"", &flipped] {
            overwrite(&file, content);
            sandbox.keyhound(&["history", "--no-config"]).expect(2).says(&broken[2..]);
        }
        overwrite(&file, &whole);
    }
    // Whole, but of another object.
    let (of_key, of_other) = (id(&sandbox, "HEAD:a.py"), id(&sandbox, "HEAD:sub/c.py"));
    let file = object_file(&sandbox, &of_key);
    let whole = fs::read(&file).unwrap();
    overwrite(&file, &fs::read(object_file(&sandbox, &of_other)).unwrap());
    let output = sandbox.keyhound(&["history", "--no-config"]);
    output.expect(2).says(&of_key[2..]).says("its content is that of another object");
    overwrite(&file, &whole);
    assert_eq!(paths(&findings(&sandbox, 1)), ["a.py"]);
}

#[test]
fn broken_packs() {
    let sandbox = with_key();
    sandbox.git(&["gc", "--quiet"]);
    let [pack] = &packs(&sandbox, "pack")[..] else { panic!("there is one pack") };
    let index = pack.with_extension("idx");
    let name = pack.file_stem().unwrap().to_str().unwrap();
    for path in [pack, &index] {
        let whole = fs::read(path).unwrap();
        let mut garbled = whole.clone();
        let length = garbled.len();
        garbled[length / 3..length / 2].fill(0x5a);
        for content in [&b""[..], &whole[..40], &whole[..whole.len() / 2], &garbled] {
            overwrite(path, content);
            sandbox.keyhound(&["history", "--no-config"]).expect(2).says(name);
        }
        overwrite(path, &whole);
        findings(&sandbox, 1);
    }
    // A pack without an index is a pack that nobody can read; an index without its pack is no better.
    for path in [pack, &index] {
        let aside = sandbox.join("aside");
        fs::rename(path, &aside).unwrap();
        sandbox.keyhound(&["history", "--no-config"]).expect(2).says(name);
        fs::rename(aside, path).unwrap();
    }
    // What is beside it is found all the same.
    commit(&sandbox, "new.py", line(&keys::live(2)));
    overwrite(pack, b"PACK");
    sandbox.keyhound(&["history", "--no-config"]).expect(2).says(&keys::live(2)[..7]);
}

#[test]
fn what_may_not_be_read() {
    let sandbox = with_key();
    sandbox.git(&["gc", "--quiet"]);
    commit(&sandbox, "new.py", line(&keys::live(2)));
    let [pack] = &packs(&sandbox, "pack")[..] else { panic!("there is one pack") };
    let directory = sandbox.join(".git/objects/pack");
    let loose = object_file(&sandbox, &id(&sandbox, "HEAD:new.py"));
    for path in [pack, &pack.with_extension("idx"), &directory, &loose, &sandbox.join(".git/refs/heads")] {
        let mut command = sandbox.unprivileged_command(&["history", "--no-config"]);
        sandbox.run(&mut command).expect(1);
        sandbox.lock(path);
        sandbox.run(&mut command).expect(2);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[test]
fn broken_references() {
    let sandbox = with_key();
    for content in ["half", "", "ref: \n"] {
        sandbox.write(".git/refs/heads/broken", content);
        incomplete(&sandbox, "refs");
    }
    sandbox.write(".git/refs/heads/broken", format!("{}\n", "5".repeat(40)));
    incomplete(&sandbox, "refs/heads/broken");
    fs::remove_file(sandbox.join(".git/refs/heads/broken")).unwrap();
    sandbox.write(".git/packed-refs", "# pack-refs with: peeled fully-peeled sorted \nnonsense\n");
    sandbox.keyhound(&["history", "--no-config"]).expect(2).says("refs");
    fs::remove_file(sandbox.join(".git/packed-refs")).unwrap();
    // One that names a branch which is not there names nothing: so does origin's HEAD after a branch was renamed.
    sandbox.write(".git/refs/remotes/origin/HEAD", "ref: refs/remotes/origin/gone\n");
    assert_eq!(paths(&findings(&sandbox, 1)), ["a.py"]);
    sandbox.write(".git/HEAD", "nonsense\n");
    sandbox.keyhound(&["history"]).expect(2);
}

#[test]
fn a_head_elsewhere_whose_commit_is_not_there() {
    let sandbox = with_key();
    sandbox.git(&["worktree", "add", "--quiet", "--detach", "../other"]);
    sandbox.write(".git/worktrees/other/HEAD", format!("{}\n", "5".repeat(40)));
    incomplete(&sandbox, "worktrees/other/HEAD");
}

#[test]
fn formats_that_are_not_known() {
    for (config, named) in [
        ("[core]\nrepositoryformatversion = 1\n[extensions]\nrefStorage = reftable\n", "reftable"),
        ("[core]\nrepositoryformatversion = 1\n[extensions]\nsomeDay = on\n", "someday"),
        ("[core]\nrepositoryformatversion = 2\n", "format version"),
    ] {
        let sandbox = with_key();
        sandbox.write(".git/config", config);
        sandbox.keyhound(&["history"]).expect(2).complains(named);
        sandbox.keyhound(&["audit"]).expect(2).complains(named);
    }
}

#[test]
fn a_key_in_what_is_broken_is_not_shown() {
    for file in ["HEAD", "packed-refs", "refs/heads/main", "shallow", "index", "config", "objects/info/alternates"] {
        let sandbox = with_key();
        fs::write(sandbox.join(".git").join(file), format!("{}\n", keys::live(2))).unwrap();
        for command in ["history", "audit", "staged", "scan"] {
            for format in ["human", "json", "sarif", "github", "markdown"] {
                let output = sandbox.keyhound(&[command, "--no-config", "--format", format]);
                output.never_says(&keys::live(2)).never_says(&keys::live(2)[8..]);
            }
        }
        if matches!(file, "HEAD" | "packed-refs") {
            sandbox.keyhound(&["history", "--no-config"]).expect(2).says("it cannot be read");
        }
    }
}
