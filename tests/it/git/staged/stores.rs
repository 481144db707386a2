//! Where objects are: packs, alternates, and the directories that git's environment names.

use std::{
    fs,
    os::unix::fs::{MetadataExt, chown},
    path::PathBuf,
};

use super::{line, object_file, repository, staged};
use crate::support::{Output, Sandbox, keys};

/// A repository in which a key is staged whose object is in no store of its own, and the directory that has it.
fn elsewhere() -> (Sandbox, PathBuf) {
    let sandbox = repository();
    sandbox.write("b.py", line(&keys::live(1)));
    sandbox.git(&["add", "b.py"]);
    let id = sandbox.git(&["rev-parse", ":b.py"]);
    let store = sandbox.join("../store");
    let there = store.join(&id[..2]);
    fs::create_dir_all(&there).unwrap();
    fs::rename(object_file(&sandbox, &id), there.join(id[2..].trim())).unwrap();
    staged(&sandbox).expect(2).says("is not in this clone");
    (sandbox, store.canonicalize().unwrap())
}

fn with(sandbox: &Sandbox, variable: &str, value: impl AsRef<std::ffi::OsStr>) -> Output {
    sandbox.run(sandbox.command(&["staged"]).env(variable, value))
}

#[test]
fn objects_only_in_git_object_directory() {
    let (sandbox, store) = elsewhere();
    with(&sandbox, "GIT_OBJECT_DIRECTORY", &store).expect(1).says("b.py:1:18");
    with(&sandbox, "GIT_OBJECT_DIRECTORY", "../store").expect(1).says("b.py:1:18");
}

#[test]
fn objects_only_in_git_alternate_object_directories() {
    let (sandbox, store) = elsewhere();
    let several = format!("/no/such/store:{}", store.display());
    with(&sandbox, "GIT_ALTERNATE_OBJECT_DIRECTORIES", several).expect(1).says("b.py:1:18");
}

#[test]
fn an_object_directory_with_a_colon_is_quoted() {
    let (sandbox, store) = elsewhere();
    let odd = store.with_file_name("st\"o:re");
    fs::rename(store, &odd).unwrap();
    let quoted = format!("\"{}\":/no/such/store", odd.to_str().unwrap().replace('"', "\\\""));
    with(&sandbox, "GIT_ALTERNATE_OBJECT_DIRECTORIES", quoted).expect(1).says("b.py:1:18");
}

#[test]
fn a_store_that_is_not_there_is_told_if_an_object_is_missing() {
    let (sandbox, _) = elsewhere();
    let alternates = "GIT_ALTERNATE_OBJECT_DIRECTORIES";
    with(&sandbox, alternates, "/no/such/store").expect(2).says("/no/such/store").says(alternates);
    // Nothing is missing, nothing is amiss: git, too, goes on.
    let sandbox = repository();
    sandbox.write("b.py", line(&keys::live(1)));
    sandbox.git(&["add", "b.py"]);
    with(&sandbox, alternates, "/no/such/store").expect(1).says("b.py:1:18");
    // This one names where all objects are.
    with(&sandbox, "GIT_OBJECT_DIRECTORY", "/no/such/store").expect(2).complains("/no/such/store");
    sandbox.write("file", "");
    with(&sandbox, "GIT_OBJECT_DIRECTORY", "file").expect(2).complains("GIT_OBJECT_DIRECTORY");
}

#[test]
fn a_store_that_cannot_be_read_is_no_empty_store() {
    let (sandbox, store) = elsewhere();
    fs::rename(&store, sandbox.join("store")).unwrap();
    let mut command = sandbox.unprivileged_command(&["staged"]);
    sandbox.lock("store");
    let output = sandbox.run(command.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", sandbox.join("store")));
    output.expect(2).says("b.py");
}

#[test]
fn objects_in_an_alternate_of_an_alternate() {
    let (sandbox, store) = elsewhere();
    let middle = sandbox.join("../middle");
    fs::create_dir_all(middle.join("info")).unwrap();
    fs::write(middle.join("info/alternates"), format!("{}\n", store.display())).unwrap();
    sandbox.write(".git/objects/info/alternates", "# a comment\n../../../middle\n");
    staged(&sandbox).expect(1).says("b.py:1:18");
    // Of a store that the environment names, too.
    fs::remove_file(sandbox.join(".git/objects/info/alternates")).unwrap();
    with(&sandbox, "GIT_OBJECT_DIRECTORY", &middle).expect(1).says("b.py:1:18");
    fs::remove_dir_all(store).unwrap();
    with(&sandbox, "GIT_OBJECT_DIRECTORY", middle).expect(2);
}

#[test]
fn a_clone_that_shares_its_objects() {
    let sandbox = Sandbox::repository();
    sandbox.write("old.py", line(&keys::live(1)));
    sandbox.commit_all();
    sandbox.git(&["clone", "--quiet", "--shared", ".", "../clone"]);
    sandbox.write("../clone/old.py", format!("import os\n{}", line(&keys::live(1))));
    sandbox.git(&["-C", "../clone", "add", "--all"]);
    sandbox.keyhound_in("../clone", &["staged"]).expect(0);
    sandbox.write("../clone/new.py", line(&keys::live(2)));
    sandbox.git(&["-C", "../clone", "add", "--all"]);
    sandbox.keyhound_in("../clone", &["staged"]).expect(1).says("new.py:1:18");
}

/// Many packs, some of another owner: gix would open 32 of those at most.
#[test]
fn forty_packs_of_another_owner() {
    let sandbox = repository();
    let mut paths = Vec::new();
    for number in 0..40 {
        let path = format!("file{number}.py");
        sandbox.write(&path, format!("{number}\n"));
        sandbox.git(&["add", &path]);
        sandbox.git(&["commit", "--quiet", "--message=x"]);
        sandbox.git(&["repack", "--quiet", "-d"]);
        paths.push(path);
    }
    let packs = || fs::read_dir(sandbox.join(".git/objects/pack")).unwrap().map(|entry| entry.unwrap().path());
    assert_eq!(packs().filter(|path| path.extension().is_some_and(|it| it == "pack")).count(), 40);
    for path in &paths {
        sandbox.write(path, format!("{}{}", sandbox.read(path), line(&keys::live(1))));
    }
    sandbox.git(&["add", "--all"]);
    if fs::metadata(sandbox.root()).unwrap().uid() == 0 {
        sandbox.git(&["config", "--global", "safe.directory", "*"]);
        for path in packs().chain([sandbox.root(), sandbox.join(".git")]) {
            chown(path, Some(65534), Some(65534)).unwrap();
        }
    }
    let output = sandbox.keyhound(&["staged", "--format=json"]);
    assert_eq!(output.expect(1).json()["summary"]["findings"], 40, "{output}");
    // All of them are read where all of the old versions are asked for.
    for path in &paths {
        sandbox.git(&["mv", path, &format!("moved-{path}")]);
    }
    let output = sandbox.keyhound(&["staged", "--format=json"]);
    assert_eq!(output.expect(1).json()["problems"].as_array().map(Vec::len), Some(0), "{output}");
}

#[test]
fn packed_with_deltas_and_beside_an_index_of_many_packs() {
    let sandbox = Sandbox::repository();
    let text = |number: usize| (0..300).map(|line| format!("line {}\n", line * number)).collect::<String>();
    for number in 0..3 {
        sandbox.write("a.py", text(7) + &line(&keys::live(1)) + &text(number));
        sandbox.commit_all();
        sandbox.git(&["repack", "--quiet", "-d"]);
    }
    sandbox.git(&["multi-pack-index", "write"]);
    sandbox.write("a.py", line(&keys::live(1)));
    sandbox.git(&["add", "--all"]);
    staged(&sandbox).expect(0);
    sandbox.git(&["repack", "--quiet", "-a", "-d", "-f"]);
    sandbox.write("a.py", line(&keys::live(2)));
    sandbox.git(&["add", "--all"]);
    staged(&sandbox).expect(1).says("a.py:1:18");
}

#[test]
fn replaced_objects_and_grafts_show_what_is_really_there() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.py", "import os\n");
    sandbox.commit_all();
    let harmless = sandbox.git(&["rev-parse", "HEAD:a.py"]);
    sandbox.write("a.py", line(&keys::live(1)));
    sandbox.git(&["add", "a.py"]);
    let key = sandbox.git(&["rev-parse", ":a.py"]);
    // What a replacement shows is not what is committed.
    sandbox.git(&["replace", key.trim(), harmless.trim()]);
    assert_eq!(sandbox.git(&["cat-file", "blob", key.trim()]), "import os\n");
    staged(&sandbox).expect(1).says("a.py:1:18");
    // Nor is it old because the last commit seems to have it.
    sandbox.git(&["replace", "--delete", key.trim()]);
    sandbox.git(&["replace", harmless.trim(), key.trim()]);
    staged(&sandbox).expect(1).says("a.py:1:18");
    // A commit in the place of HEAD.
    sandbox.git(&["replace", "--delete", harmless.trim()]);
    let head = sandbox.git(&["rev-parse", "HEAD"]);
    let tree = sandbox.git(&["write-tree"]);
    let other = sandbox.git(&["commit-tree", "-m", "other", tree.trim()]);
    sandbox.git(&["replace", head.trim(), other.trim()]);
    sandbox.write(".git/info/grafts", format!("{} {}\n", head.trim(), other.trim()));
    staged(&sandbox).expect(1).says("a.py:1:18");
    sandbox.git(&["config", "core.useReplaceRefs", "true"]);
    staged(&sandbox).expect(1).says("a.py:1:18");
}
