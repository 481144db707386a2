//! What cannot be looked at fails: never is a commit let through for it.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use super::{line, object_file, repository, staged};
use crate::support::{Sandbox, keys};

/// A repository in which a harmless file is staged beside one that has not changed.
fn with_staged() -> Sandbox {
    let sandbox = repository();
    sandbox.write("sub/b.py", "b\n");
    sandbox.commit_all();
    sandbox.write("sub/c.py", "c\n");
    sandbox.git(&["add", "--all"]);
    staged(&sandbox).expect(0).says("no keys found");
    sandbox
}

/// Writes over a file that git made read-only.
fn overwrite(path: &Path, content: &[u8]) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(path, content).unwrap();
}

#[test]
fn broken_head() {
    let sandbox = with_staged();
    for content in ["", "no such thing\n", "ref: \n", "5555\n", "ref: refs/heads/ma in\n"] {
        sandbox.write(".git/HEAD", content);
        staged(&sandbox).expect(2);
    }
    // A commit that is not there is not the same as none.
    sandbox.write(".git/HEAD", format!("{}\n", "5".repeat(40)));
    staged(&sandbox).expect(2).complains("cannot be compared with");
    sandbox.write(".git/HEAD", "ref: refs/heads/main\n");
    sandbox.write(".git/refs/heads/main", format!("{}\n", "5".repeat(40)));
    staged(&sandbox).expect(2).complains("cannot be compared with");
    for content in ["", "half", "ref: refs/heads/main\n"] {
        sandbox.write(".git/refs/heads/main", content);
        staged(&sandbox).expect(2);
    }
    fs::remove_file(sandbox.join(".git/HEAD")).unwrap();
    staged(&sandbox).expect(2);
}

#[test]
fn head_that_is_no_commit() {
    let sandbox = with_staged();
    let blob = sandbox.git(&["rev-parse", ":sub/c.py"]);
    sandbox.write(".git/refs/heads/main", blob);
    staged(&sandbox).expect(2).complains("cannot be compared with");
}

#[test]
fn corrupt_index() {
    let sandbox = with_staged();
    let path = sandbox.join(".git/index");
    let whole = fs::read(&path).unwrap();
    let mut flipped = whole.clone();
    let at = whole.windows(8).position(|window| window == b"sub/b.py").unwrap();
    flipped[at] = b'S';
    let broken: [&[u8]; 5] = [b"", b"DIRC", &whole[..whole.len() / 2], b"not an index", &flipped];
    for content in broken {
        fs::write(&path, content).unwrap();
        staged(&sandbox).expect(2).complains("index");
    }
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    staged(&sandbox).expect(2).complains("no regular file");
}

#[test]
fn an_index_that_git_names_and_is_not_there_is_empty() {
    let sandbox = with_staged();
    // As to git: everything would be deleted.
    let mut command = sandbox.command(&["staged"]);
    sandbox.run(command.env("GIT_INDEX_FILE", ".git/none")).expect(0).complains("only deletions");
}

#[test]
fn corrupt_index_whatever_it_holds_is_no_crash() {
    let sandbox = repository();
    sandbox.write("b.py", "b\n");
    sandbox.git(&["add", "b.py"]);
    let path = sandbox.join(".git/index");
    let whole = fs::read(&path).unwrap();
    for position in (0..whole.len()).step_by(3) {
        let mut content = whole.clone();
        content[position] ^= 0x81;
        fs::write(&path, content).unwrap();
        staged(&sandbox).expect(2);
    }
}

#[test]
fn missing_or_corrupt_blob() {
    let sandbox = with_staged();
    let id = sandbox.git(&["rev-parse", ":sub/c.py"]);
    let file = object_file(&sandbox, &id);
    let whole = fs::read(&file).unwrap();
    let mut flipped = whole.clone();
    let last = flipped.len() - 1;
    flipped[last] ^= 0x55;
    let other = fs::read(object_file(&sandbox, &sandbox.git(&["rev-parse", ":sub/b.py"]))).unwrap();
    for content in [&b""[..], &whole[..whole.len() / 2], &flipped, &other, b"garbage"] {
        overwrite(&file, content);
        staged(&sandbox).expect(2).says("sub/c.py");
    }
    fs::remove_file(&file).unwrap();
    staged(&sandbox).expect(2).says("sub/c.py").says("is not in this clone");
}

#[test]
fn a_missing_old_version_leaves_open_what_is_new() {
    let sandbox = repository();
    let id = sandbox.git(&["rev-parse", ":a.py"]);
    fs::remove_file(object_file(&sandbox, &id)).unwrap();
    // Nothing is found: what was there before does not matter.
    sandbox.write("a.py", "import sys\n");
    sandbox.git(&["add", "a.py"]);
    staged(&sandbox).expect(0);
    sandbox.write("a.py", line(&keys::live(1)));
    sandbox.git(&["add", "a.py"]);
    staged(&sandbox).expect(2).says("a.py:1:18").says("is not in this clone");
}

#[test]
fn missing_trees() {
    let sandbox = with_staged();
    for tree in ["HEAD^{tree}", "HEAD:sub"] {
        let id = sandbox.git(&["rev-parse", tree]);
        let file = object_file(&sandbox, &id);
        let aside = file.with_extension("aside");
        fs::rename(&file, &aside).unwrap();
        staged(&sandbox).expect(2).complains("cannot be compared with");
        fs::rename(aside, file).unwrap();
    }
    staged(&sandbox).expect(0);
}

#[test]
fn a_corrupt_pack() {
    let sandbox = with_staged();
    sandbox.git(&["gc", "--quiet"]);
    let packs = fs::read_dir(sandbox.join(".git/objects/pack")).unwrap().map(|entry| entry.unwrap().path());
    let packs: Vec<_> = packs.collect();
    let of = |extension: &str| packs.iter().find(|path| path.extension().is_some_and(|it| it == extension)).unwrap();
    for extension in ["pack", "idx"] {
        let path = of(extension);
        let whole = fs::read(path).unwrap();
        let mut garbled = whole.clone();
        let length = garbled.len();
        garbled[12..length - 20].fill(0x5a);
        for content in [&b""[..], &whole[..40], &garbled] {
            overwrite(path, content);
            staged(&sandbox).expect(2);
        }
        overwrite(path, &whole);
        staged(&sandbox).expect(0);
        fs::remove_file(path).unwrap();
        staged(&sandbox).expect(2);
        fs::write(path, whole).unwrap();
    }
}

#[test]
fn formats_that_are_not_known() {
    for (config, named) in [
        ("[core]\nrepositoryformatversion = 1\n[extensions]\nrefStorage = reftable\n", "reftable"),
        ("[core]\nrepositoryformatversion = 1\n[extensions]\nsomeDay = on\n", "someday"),
        ("[core]\nrepositoryformatversion = 1\n[extensions]\ncompatObjectFormat = sha256\n", "compatobjectformat"),
        ("[core]\nrepositoryformatversion = 2\n", "format version"),
        ("[core]\nrepositoryformatversion = one\n", ""),
        ("[core\n", ""),
    ] {
        let sandbox = with_staged();
        sandbox.write(".git/config", config);
        staged(&sandbox).expect(2).complains(named);
    }
    // To a format of the first version, extensions mean nothing.
    let sandbox = with_staged();
    sandbox.write(".git/config", "[core]\nrepositoryformatversion = 0\n[extensions]\nsomeDay = on\n");
    staged(&sandbox).expect(0);
}

#[test]
fn an_unreadable_repository() {
    for path in [".git/index", ".git/HEAD", ".git/refs/heads/main", ".git/objects", ".git/config"] {
        let sandbox = with_staged();
        let mut command = sandbox.unprivileged_command(&["staged"]);
        sandbox.lock(path);
        sandbox.run(&mut command).expect(2);
        // Nor is it taken for a directory outside of any repository.
        if path == ".git/HEAD" {
            sandbox.run(&mut sandbox.unprivileged_command(&["scan"])).expect(2).complains("Permission denied");
        }
        fs::set_permissions(sandbox.join(path), fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[test]
fn an_environment_that_leads_nowhere() {
    let sandbox = with_staged();
    for (variable, value) in [("GIT_DIR", "/no/such/place"), ("GIT_DIR", "sub"), ("GIT_WORK_TREE", "/no/such/place")] {
        let mut command = sandbox.command(&["staged"]);
        sandbox.run(command.env(variable, value)).expect(2).complains(value);
    }
}
