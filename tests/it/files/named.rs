//! What the command line names, from where, and what the paths are relative to.

use std::{fs, os::unix::fs::symlink, path::Path};

use super::recorder::{Scan, isolate, repository};
use crate::support::Sandbox;

#[test]
fn files_that_are_named_are_scanned_even_if_ignored() {
    let sandbox = repository();
    sandbox.write(".gitignore", "*.env\nbuild/\n");
    sandbox.write("a.env", "a");
    sandbox.write("build/b.txt", "b");
    sandbox.write("build/c.txt", "c");
    let visit = Scan::of(&sandbox).paths(&["a.env", "build/b.txt"]).visit();
    assert_eq!(visit.names(), ["ignored a.env", "ignored build/b.txt"]);
    let visit = Scan::of(&sandbox).paths(&["build"]).visit();
    assert_eq!(visit.names(), ["ignored build/b.txt", "ignored build/c.txt"], "a directory as well");
    assert_eq!(visit.skips, []);
}

#[test]
fn a_file_that_is_named_is_compared_with_the_index() {
    let sandbox = repository();
    sandbox.write("d/a.txt", "staged");
    sandbox.commit_all();
    assert_eq!(Scan::of(&sandbox).paths(&["d/a.txt"]).visit().names(), ["tracked d/a.txt"]);
    sandbox.write("d/a.txt", "edited");
    assert_eq!(Scan::of(&sandbox).paths(&["d/a.txt"]).visit().names(), ["index d/a.txt", "tracked d/a.txt"]);
}

#[test]
fn each_file_is_scanned_once_however_often_it_is_named() {
    let sandbox = repository();
    sandbox.write(".gitignore", "out/\n");
    sandbox.write("src/a.txt", "a");
    sandbox.write("src/deep/b.txt", "b");
    sandbox.write("out/c.txt", "c");
    sandbox.git(&["add", "src/a.txt"]);
    let absolute = sandbox.join("src/a.txt");
    let paths = [".", "src", "./src/../src/deep", "src/a.txt", "out", absolute.to_str().unwrap(), "src/deep/b.txt"];
    let visit = Scan::of(&sandbox).paths(&paths).visit();
    let expected = ["ignored out/c.txt", "tracked src/a.txt", "untracked .gitignore", "untracked src/deep/b.txt"];
    assert_eq!(visit.names(), expected);
    assert_eq!(visit.skips, []);
}

#[test]
fn only_what_is_named_is_scanned() {
    let sandbox = repository();
    for name in ["a/x.txt", "ab/x.txt", "a.txt", "b/gone.txt"] {
        sandbox.write(name, name);
    }
    sandbox.commit_all();
    fs::remove_file(sandbox.join("b/gone.txt")).unwrap();
    let visit = Scan::of(&sandbox).paths(&["a"]).visit();
    assert_eq!(visit.names(), ["tracked a/x.txt"]);
    assert_eq!(visit.skips, [], "what is deleted elsewhere does not matter");
}

#[test]
fn a_link_that_is_named_is_followed() {
    let sandbox = repository();
    sandbox.write("real.txt", "real");
    sandbox.write("dir/a.txt", "a");
    sandbox.write("../outside.txt", "outside");
    symlink("real.txt", sandbox.join("link")).unwrap();
    symlink("dir", sandbox.join("dirlink")).unwrap();
    symlink("../outside.txt", sandbox.join("out")).unwrap();
    let visit = Scan::of(&sandbox).paths(&["link", "dirlink", "out"]).visit();
    assert_eq!(visit.names(), ["untracked dir/a.txt", "untracked link", "untracked out"]);
    assert_eq!(visit.content("untracked", "link"), [b"real"]);
    assert_eq!(visit.content("untracked", "out"), [b"outside"]);
}

#[test]
fn paths_are_relative_to_the_top_of_the_repository() {
    let sandbox = repository();
    sandbox.write("top.txt", "a");
    sandbox.write("d/e/f.txt", "b");
    let scan = Scan::of(&sandbox).from("d");
    let worktree = scan.open().unwrap();
    assert!(worktree.repository());
    assert_eq!(worktree.root(), sandbox.root());
    assert_eq!(worktree.cwd(), sandbox.join("d"));
    assert_eq!(scan.list(), ["d/e/f.txt"]);
    assert_eq!(Scan::of(&sandbox).from("d/e").paths(&["f.txt", "../../top.txt"]).list(), ["d/e/f.txt", "top.txt"]);
}

#[test]
fn outside_a_repository_everything_is_scanned() {
    let sandbox = Sandbox::new();
    sandbox.write(".gitignore", "*\n");
    sandbox.write(".hidden/a", "a");
    sandbox.write("node_modules/b", "b");
    let scan = Scan::of(&sandbox);
    assert_eq!(scan.visit().names(), ["outside .gitignore", "outside .hidden/a", "outside node_modules/b"]);
    assert!(!scan.open().unwrap().repository());
}

#[test]
fn outside_a_repository_the_root_is_what_holds_all_that_is_named() {
    let sandbox = Sandbox::new();
    sandbox.write("a/x/1.txt", "1");
    sandbox.write("a/y/2.txt", "2");
    sandbox.write("b/3.txt", "3");
    let root = |scan: &Scan<'_>| scan.open().unwrap().root().strip_prefix(sandbox.root()).unwrap().to_owned();
    assert_eq!(root(&Scan::of(&sandbox).paths(&["a/x", "b/3.txt"])), Path::new(""));
    assert_eq!(root(&Scan::of(&sandbox).from("b").paths(&["../a/x"])), Path::new("a/x"));
    assert_eq!(root(&Scan::of(&sandbox).from("b").paths(&["../a/x/1.txt"])), Path::new("a/x"));
    let scan = Scan::of(&sandbox).from("b").paths(&["../a/x", "../a/y/2.txt"]);
    assert_eq!(root(&scan), Path::new("a"));
    assert_eq!(scan.list(), ["x/1.txt", "y/2.txt"]);
}

#[test]
fn what_is_not_there_is_an_error() {
    let sandbox = repository();
    symlink("nothing", sandbox.join("dangling")).unwrap();
    let error = Scan::of(&sandbox).paths(&["no/such.txt"]).error();
    assert_eq!(error.message, "no/such.txt does not exist");
    let error = Scan::of(&sandbox).paths(&["dangling"]).error();
    assert!(error.message.contains("dangling is a symbolic link to something that is not there"), "{error}");
}

#[test]
fn everything_that_is_not_there_is_named_at_once() {
    let sandbox = repository();
    symlink("nothing", sandbox.join("dangling")).unwrap();
    sandbox.write("file.txt", "1");
    let error = Scan::of(&sandbox).paths(&["no/such.txt", "file.txt", "nope", "nope"]).error();
    assert_eq!(error.message, "no/such.txt and nope do not exist");
    assert_eq!(error.help, "check the spelling; paths are relative to the current directory");
    let error = Scan::of(&sandbox).paths(&["a", "dangling", "b", "file.txt/x", "c"]).error();
    assert!(error.message.starts_with("a, b and c do not exist; dangling is a symbolic link to "), "{error}");
    assert!(error.message.contains("; file.txt/x cannot be read: "), "{error}");
    assert!(error.help.starts_with("check the spelling; ") && error.help.contains("; make it readable"), "{error}");
}

#[test]
fn several_repositories_are_an_error() {
    let sandbox = Sandbox::new();
    for name in ["one", "two"] {
        sandbox.git(&["init", "--quiet", name]);
        isolate(&sandbox, &["-C", name]);
        sandbox.write(format!("{name}/a.txt"), name);
    }
    sandbox.write("a.txt", "in none");
    for paths in [["one", "two"], ["one/a.txt", "a.txt"], ["a.txt", "two"]] {
        let error = Scan::of(&sandbox).paths(&paths).error();
        assert!(error.message.contains("not in the same repository"), "{error}");
        assert!(error.help.contains("a call of its own"), "{}", error.help);
    }
    assert_eq!(Scan::of(&sandbox).paths(&["two"]).list(), ["a.txt"]);
}

#[test]
fn a_directory_of_git_is_an_error_and_a_file_in_it_is_not() {
    let sandbox = repository();
    sandbox.git(&["init", "--quiet", "--bare", "bare.git"]);
    for path in [".git", ".git/info"] {
        let error = Scan::of(&sandbox).paths(&[path]).error();
        assert!(error.message.contains("git's own directory"), "{error}");
    }
    let error = Scan::of(&sandbox).paths(&["bare.git"]).error();
    assert!(error.message.contains("not a working tree"), "{error}");
    assert_eq!(Scan::of(&sandbox).paths(&[".git/config"]).list(), [".git/config"]);
}

#[test]
fn an_empty_directory_and_a_repository_without_an_index_are_empty() {
    for sandbox in [Sandbox::new(), repository()] {
        let visit = Scan::of(&sandbox).visit();
        assert_eq!((visit.blobs, visit.skips, visit.problems), (vec![], vec![], vec![]));
    }
}

#[test]
fn many_files_that_are_named_are_scanned_on_several_threads() {
    let sandbox = repository();
    let names: Vec<_> = (0..100).map(|number| format!("{number:03}.txt")).collect();
    for name in &names {
        sandbox.write(name, name);
    }
    assert_eq!(Scan::of(&sandbox).paths(&names).list(), names);
}
