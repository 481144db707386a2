//! Wherever objects are kept, each is looked at once.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::{blob, commit, findings, findings_in, forget, id, is_local, line, object_file, only, packs, paths, refs};
use crate::support::{Sandbox, keys};

#[test]
fn forty_packs_and_loose_objects() {
    let sandbox = Sandbox::repository();
    let mut expected = Vec::new();
    for number in 0..40 {
        let path = format!("file{number:02}.py");
        commit(&sandbox, &path, line(&keys::live(number)));
        sandbox.git(&["repack", "--quiet", "-d"]);
        expected.push(path);
    }
    commit(&sandbox, "loose.py", line(&keys::live(40)));
    expected.push("loose.py".to_owned());
    assert_eq!(packs(&sandbox, "pack").len(), 40);
    assert_eq!(paths(&findings(&sandbox, 1)), expected);
    sandbox.git(&["multi-pack-index", "write", "--bitmap"]);
    assert_eq!(paths(&findings(&sandbox, 1)), expected);
}

#[test]
fn objects_that_are_there_several_times_count_once() {
    let sandbox = Sandbox::repository();
    commit(&sandbox, "a.py", line(&keys::live(1)));
    let blobs = |sandbox: &Sandbox| {
        sandbox.keyhound(&["history", "--format=json"]).expect(1).json()["summary"]["blobs"].as_u64().unwrap()
    };
    let (finding, count) = (only(&sandbox), blobs(&sandbox));
    // The same loose and in a pack, and then in a second pack.
    sandbox.git(&["repack", "--quiet"]);
    assert_eq!((only(&sandbox), blobs(&sandbox)), (finding.clone(), count));
    commit(&sandbox, "b.py", "import os\n");
    let (finding, count) = (only(&sandbox), blobs(&sandbox));
    sandbox.git(&["repack", "--quiet", "-a"]);
    assert_eq!(packs(&sandbox, "pack").len(), 2);
    assert!(object_file(&sandbox, &id(&sandbox, "HEAD:a.py")).exists());
    assert_eq!((only(&sandbox), blobs(&sandbox)), (finding, count));
}

#[test]
fn what_an_alternate_has_counts_if_something_here_leads_to_it() {
    let sandbox = Sandbox::repository();
    commit(&sandbox, "shared.py", line(&keys::live(1)));
    sandbox.git(&["clone", "--quiet", "--shared", ".", "../clone"]);
    // The other repository goes on; and it has garbage of its own.
    commit(&sandbox, "later.py", line(&keys::live(2)));
    blob(&sandbox, &line(&keys::live(3)));
    assert_eq!(paths(&findings(&sandbox, 1)), ["later.py", "none", "shared.py"]);
    for packed in [false, true] {
        if packed {
            sandbox.git(&["repack", "--quiet", "-a", "-d"]);
        }
        let found = findings_in(&sandbox, "../clone", 1);
        assert_eq!(paths(&found), ["shared.py"]);
        assert_eq!((refs(&found[0]).len(), is_local(&found[0])), (2, false));
    }
    // Garbage here is this repository's.
    let mut hash_object = sandbox.git_command();
    hash_object.args(["-C", "../clone", "hash-object", "-w", "--stdin"]);
    sandbox.run_with_input(&mut hash_object, line(&keys::live(4)).as_bytes()).expect(0);
    let found = findings_in(&sandbox, "../clone", 1);
    assert_eq!(paths(&found), ["none", "shared.py"]);
    // Without the other one, what is here leads to nothing.
    fs::rename(sandbox.join(".git/objects"), sandbox.join(".git/away")).unwrap();
    sandbox.keyhound_in("../clone", &["history", "--no-config"]).expect(2).says("is not in this clone");
}

#[test]
fn objects_that_only_the_environment_leads_to() {
    let sandbox = Sandbox::repository();
    commit(&sandbox, "README", "a project\n");
    let store = sandbox.join("../store");
    fs::create_dir_all(&store).unwrap();
    let main = sandbox.join(".git/objects");
    // As git does it for a push that is not accepted yet.
    sandbox.write("a.py", line(&keys::live(1)));
    for arguments in [&["add", "--all"][..], &["commit", "--quiet", "--message=x"]] {
        let mut command = sandbox.git_command();
        command.env("GIT_OBJECT_DIRECTORY", &store).env("GIT_ALTERNATE_OBJECT_DIRECTORIES", &main);
        assert!(command.args(arguments).status().unwrap().success());
    }
    sandbox.keyhound(&["history"]).expect(2);
    let run = |variables: &[(&str, &PathBuf)]| {
        let mut command = sandbox.command(&["history", "--format=json"]);
        let report = sandbox.run(command.envs(variables.iter().copied())).expect(1).json();
        report["findings"].clone()
    };
    let quarantine = [("GIT_OBJECT_DIRECTORY", &store), ("GIT_ALTERNATE_OBJECT_DIRECTORIES", &main)];
    for variables in [&quarantine[..], &[("GIT_ALTERNATE_OBJECT_DIRECTORIES", &store)]] {
        let found = run(variables);
        assert_eq!(found.as_array().map(Vec::len), Some(1), "{found}");
        assert_eq!((&found[0]["path"], is_local(&found[0])), (&"a.py".into(), false));
    }
}

#[test]
fn sha_256() {
    let sandbox = Sandbox::new();
    sandbox.git(&["init", "--quiet", "--initial-branch=main", "--object-format=sha256"]);
    let first = commit(&sandbox, "a.py", line(&keys::live(1)));
    commit(&sandbox, "a.py", "client = Client(key)\n");
    sandbox.git(&["tag", "--annotate", "--message", &keys::live(2), "v1"]);
    for packed in [false, true] {
        if packed {
            sandbox.git(&["gc", "--quiet"]);
        }
        let found = findings(&sandbox, 1);
        assert_eq!(paths(&found), ["a.py", "none"]);
        let finding = found.iter().find(|finding| finding["path"] == "a.py").unwrap();
        assert_eq!((&finding["commit"]["id"], first.len()), (&first.as_str().into(), 64));
        assert_eq!(refs(finding), ["refs/heads/main", "refs/tags/v1"]);
    }
}

/// Everything in a git directory: content, and when it was written last.
fn state(directory: &Path) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    let mut state = BTreeMap::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(path) = pending.pop() {
        let modified = fs::metadata(&path).unwrap().modified().unwrap();
        let mut content = Vec::new();
        if path.is_dir() {
            pending.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            content = fs::read(&path).unwrap();
        }
        state.insert(path, (content, modified));
    }
    state
}

/// A history with merges, versions of files, tags and several keys, in a pack and beside it.
fn busy() -> Sandbox {
    let sandbox = Sandbox::repository();
    let text = |number: usize| (0..200).map(|line| format!("line {}\n", line * number)).collect::<String>();
    for number in 0..6 {
        let key = line(&keys::live(number as u8 % 3));
        commit(&sandbox, "hot.py", text(7) + &key + &text(number));
        if number == 2 {
            sandbox.git(&["repack", "--quiet", "-d"]);
        }
    }
    sandbox.git(&["checkout", "--quiet", "-b", "side", "HEAD~3"]);
    commit(&sandbox, "dir/side.py", line(&keys::sandbox(7)));
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.git(&["merge", "--quiet", "--message=merge", "side"]);
    sandbox.git(&["tag", "--annotate", "--message", &keys::live(8), "v1"]);
    sandbox
}

#[test]
fn nothing_is_written() {
    let sandbox = busy();
    let before = state(&sandbox.join(".git"));
    for arguments in [&["history"][..], &["history", "--format=sarif"], &["audit"], &["audit", "--no-config"]] {
        sandbox.keyhound(arguments).expect(1);
        assert!(state(&sandbox.join(".git")) == before, "{arguments:?} writes to the git directory");
    }
    assert_eq!(sandbox.listing(), ["dir/side.py", "hot.py"]);
}

#[test]
fn neither_threads_nor_packing_show() {
    let sandbox = busy();
    // What nothing leads to would go.
    forget(&sandbox);
    let run = |arguments: &[&str]| {
        let told = sandbox.keyhound(arguments);
        told.expect(1);
        told
    };
    for command in ["history", "audit"] {
        let before = run(&[command, "--threads=1"]);
        let json = run(&[command, "--threads=1", "--format=json"]);
        for packing in [None, Some(&["repack", "--quiet", "-a", "-d", "-f"][..]), Some(&["gc", "--quiet"])] {
            packing.map(|arguments| sandbox.git(arguments));
            for threads in ["--threads=1", "--threads=2", "--threads=3"] {
                assert_eq!(run(&[command, threads]), before);
                assert_eq!(run(&[command, threads, "--format=json"]), json);
            }
        }
    }
}
