//! Repositories in repositories: submodules, nested clones, linked worktrees, and what is no repository at all.

use std::fs;

use keyhound::{
    finding::GitState,
    origin::{Origin, Tracking},
    source::Source,
};

use super::recorder::{Scan, isolate, repository};
use crate::support::{Sandbox, keys};

/// A repository with a submodule in `sub`, another clone in `clone`, and a submodule that is not there in `absent`.
fn nested() -> Sandbox {
    let sandbox = repository();
    sandbox.git(&["init", "--quiet", "../library"]);
    sandbox.write("../library/lib.txt", "library");
    sandbox.git(&["-C", "../library", "add", "."]);
    sandbox.git(&["-C", "../library", "commit", "--quiet", "--message=library"]);
    sandbox.git(&["submodule", "--quiet", "add", "../library", "sub"]);
    sandbox.git(&["submodule", "--quiet", "add", "../library", "absent"]);
    sandbox.git(&["submodule", "--quiet", "deinit", "--force", "absent"]);
    sandbox.git(&["clone", "--quiet", "../library", "deep/clone"]);
    isolate(&sandbox, &["-C", "sub"]);
    isolate(&sandbox, &["-C", "deep/clone"]);
    sandbox.write("sub/.gitignore", "*.log\n");
    sandbox.write("sub/x.log", "log");
    sandbox.write("sub/inner/new.txt", "new");
    sandbox.write("x.log", "the rules of sub are its own");
    sandbox
}

#[test]
fn nested_repositories_are_skips_by_name() {
    let visit = Scan::of(&nested()).visit();
    assert_eq!(visit.names(), ["tracked .gitmodules", "untracked x.log"]);
    assert_eq!(visit.left_out(), ["nested-repository deep/clone", "submodule absent", "submodule sub"]);
}

#[test]
fn nested_repositories_are_scanned_on_request() {
    let sandbox = nested();
    let visit = Scan::of(&sandbox).recurse_submodules().visit();
    let expected = [
        "tracked .gitmodules",
        "tracked deep/clone/lib.txt",
        "tracked sub/lib.txt",
        "untracked sub/.gitignore",
        "untracked sub/inner/new.txt",
        "untracked x.log",
    ];
    assert_eq!(visit.names(), expected);
    assert_eq!(visit.left_out(), ["ignored sub/x.log", "submodule absent"]);
    let visit = Scan::of(&sandbox).recurse_submodules().exclude(&["/sub/inner/", "/deep"]).visit();
    assert_eq!(visit.left_out(), ["excluded deep", "excluded sub/inner", "ignored sub/x.log", "submodule absent"]);
}

#[test]
fn a_submodule_that_is_named_is_a_repository_like_any_other() {
    let sandbox = nested();
    let scan = Scan::of(&sandbox).paths(&["sub"]);
    assert_eq!(scan.open().unwrap().root(), sandbox.join("sub"));
    assert_eq!(scan.list(), [".gitignore", "inner/new.txt", "lib.txt"]);
}

#[test]
fn a_broken_repository_inside_is_a_problem_and_the_rest_is_scanned() {
    let sandbox = nested();
    fs::write(sandbox.join("deep/clone/.git/index"), "broken").unwrap();
    let visit = Scan::of(&sandbox).recurse_submodules().visit();
    assert_eq!(visit.problems.len(), 1);
    assert_eq!(visit.problems[0].path, "deep/clone");
    assert!(visit.names().contains(&"tracked sub/lib.txt".to_owned()));
}

#[test]
fn several_repositories_below_a_directory_in_none() {
    let sandbox = Sandbox::new();
    sandbox.write("notes.txt", "notes");
    for name in ["one", "two/three"] {
        sandbox.git(&["init", "--quiet", name]);
        isolate(&sandbox, &["-C", name]);
        sandbox.write(format!("{name}/a.txt"), name);
    }
    sandbox.write("one/.gitignore", "*.log\n");
    sandbox.write("one/x.log", "log");
    sandbox.git(&["init", "--quiet", "one/inner"]);
    sandbox.write("one/inner/b.txt", "inner");
    // Where there is no repository every file is meant, those of repositories by their own rules.
    let visit = Scan::of(&sandbox).visit();
    let names = ["outside notes.txt", "untracked one/.gitignore", "untracked one/a.txt", "untracked two/three/a.txt"];
    assert_eq!(visit.names(), names);
    assert_eq!(visit.left_out(), ["ignored one/x.log", "nested-repository one/inner"]);
    let visit = Scan::of(&sandbox).recurse_submodules().visit();
    assert_eq!(visit.names(), [&names[..3], &["untracked one/inner/b.txt"], &names[3..]].concat());
}

#[test]
fn a_linked_worktree_is_scanned_by_its_own_index() {
    let sandbox = repository();
    sandbox.write("a.txt", "a");
    sandbox.commit_all();
    sandbox.write(".git/info/exclude", "*.log\n");
    sandbox.git(&["worktree", "add", "--quiet", "../linked"]);
    sandbox.write("../linked/new.txt", "new");
    sandbox.write("../linked/x.log", "log");
    let visit = Scan::of(&sandbox).from("../linked").visit();
    assert_eq!(visit.names(), ["tracked a.txt", "untracked new.txt"]);
    assert_eq!(visit.left_out(), ["ignored x.log"]);
}

#[test]
fn a_pointer_to_a_repository_that_is_gone_is_an_error() {
    let sandbox = Sandbox::new();
    sandbox.write(".git", "gitdir: /no/such/place\n");
    sandbox.write("a.txt", "a");
    let error = Scan::of(&sandbox).error();
    assert!(error.message.contains("points to a repository that cannot be read"), "{error}");
    assert!(error.help.contains("git worktree repair"), "{}", error.help);
}

#[test]
fn a_format_that_is_not_known_is_an_error() {
    let known = [("preciousObjects", "true"), ("worktreeConfig", "true"), ("partialClone", "origin")];
    for (name, value) in known {
        let sandbox = repository();
        sandbox.git(&["config", "core.repositoryFormatVersion", "1"]);
        sandbox.git(&["config", &format!("extensions.{name}"), value]);
        assert_eq!(Scan::of(&sandbox).list(), [""; 0], "{name}");
    }
    for (name, value) in [("extensions.refStorage", "reftable"), ("extensions.someDay", "on")] {
        let sandbox = repository();
        sandbox.write(
            ".git/config",
            format!("[core]\nrepositoryformatversion = 1\nbare = false\n[extensions]\n{}", {
                format!("{} = {value}\n", name.rsplit('.').next().unwrap())
            }),
        );
        let error = Scan::of(&sandbox).error();
        assert!(error.message.contains(value), "{error}");
    }
    let sandbox = repository();
    sandbox.write(".git/config", "[core]\nrepositoryformatversion = 2\nbare = false\n");
    let error = Scan::of(&sandbox).error();
    assert!(error.message.contains("Unsupported repository format version"), "{error}");
}

#[test]
fn what_is_staged_is_told_from_what_is_committed_whatever_tree_the_index_notes() {
    let sandbox = repository();
    sandbox.write("deep/old.txt", "old");
    sandbox.write("new.txt", "new");
    let states = || {
        let worktree = Scan::of(&sandbox).open().unwrap();
        let origin = |path: &str| Origin::File { path: path.into(), tracking: Tracking::Tracked };
        let origins = ["deep/old.txt", "new.txt"].map(origin);
        let told = worktree.attribute(&origins.iter().collect::<Vec<_>>()).unwrap();
        told.iter().map(|one| one[0].git_state.unwrap()).collect::<Vec<_>>()
    };
    sandbox.git(&["add", "deep"]);
    assert_eq!(states()[0], GitState::Staged, "there is no commit");
    sandbox.git(&["commit", "--quiet", "--message=x"]);
    sandbox.git(&["add", "--intent-to-add", "new.txt"]);
    assert_eq!(states(), [GitState::Tracked, GitState::Tracked], "nothing is staged of what is only meant to be added");
    sandbox.git(&["add", "new.txt"]);
    assert_eq!(states(), [GitState::Tracked, GitState::Staged]);
    // Git notes the tree of what is staged.
    sandbox.git(&["write-tree"]);
    assert_eq!(states(), [GitState::Tracked, GitState::Staged], "noted");
    sandbox.git(&["commit", "--quiet", "--message=y"]);
    assert_eq!(states(), [GitState::Tracked, GitState::Tracked]);
    sandbox.git(&["reset", "--quiet", "--soft", "HEAD~"]);
    assert_eq!(states(), [GitState::Tracked, GitState::Staged], "the note is that of another commit");
}

#[test]
fn where_git_has_a_place_is_told_for_each() {
    let sandbox = nested();
    sandbox.write(".gitignore", "secret/\n");
    sandbox.write("secret/deep/.env", "x");
    sandbox.git(&["add", "--force", "secret/deep/.env"]);
    sandbox.write("committed.txt", "x");
    sandbox.git(&["add", "committed.txt"]);
    sandbox.git(&["commit", "--quiet", "--message=x", "--", "committed.txt"]);
    let worktree = Scan::of(&sandbox).recurse_submodules().open().unwrap();
    let file = |path: &str, tracking| Origin::File { path: path.into(), tracking };
    let origins = [
        file("secret/deep/.env", Tracking::Tracked),
        Origin::Index { path: "secret/deep/.env".into() },
        file("committed.txt", Tracking::Tracked),
        file("x.log", Tracking::Untracked),
        file("y.log", Tracking::NoRepository),
        file("z.log", Tracking::Ignored),
        Origin::Stdin { name: "secret/deep/.env".into() },
    ];
    let told = worktree.attribute(&origins.iter().collect::<Vec<_>>()).unwrap();
    let states: Vec<_> = told.iter().map(|one| one[0].git_state).collect();
    let expected = [
        Some(GitState::Staged),
        Some(GitState::Staged),
        Some(GitState::Tracked),
        Some(GitState::Untracked),
        None,
        Some(GitState::Ignored),
        None,
    ];
    assert_eq!(states, expected);
    for one in &told[..2] {
        let rule = one[0].ignored_by.as_ref().unwrap();
        assert_eq!((rule.source.as_str(), rule.line, rule.pattern.to_string().as_str()), (".gitignore", 1, "secret/"));
    }
    assert!(told[2..].iter().all(|one| one[0].ignored_by.is_none()));
    // What is in a repository within is that one's matter, once it was scanned.
    worktree.visit(&super::recorder::Recorder::default()).unwrap();
    let inner = file("sub/x.log", Tracking::Tracked);
    let told = worktree.attribute(&[&inner]).unwrap();
    assert_eq!(told[0][0].ignored_by.as_ref().unwrap().pattern, "*.log");
}

#[test]
fn what_git_takes_for_no_repository_hides_nothing() {
    let sandbox = repository();
    sandbox.write("sub/f", format!("key = \"{}\"\n", keys::live(1)));
    for head in ["", "garbage\n", "abcdef\n", "ref: foo/bar\n"] {
        for directory in ["objects", "refs"] {
            fs::create_dir_all(sandbox.join("sub/.git").join(directory)).unwrap();
        }
        sandbox.write("sub/.git/HEAD", head);
        assert!(sandbox.git(&["add", "--dry-run", "sub"]).contains("sub/f"), "{head:?}");
        sandbox.keyhound(&["scan"]).expect(1).says("sub/f:1");
    }
    sandbox.write("sub/.git/HEAD", "ref: refs/heads/main\n");
    sandbox.keyhound(&["scan"]).expect(0).says("nested-repository");
    // A link to the repository around it is no other one.
    fs::remove_dir_all(sandbox.join("sub/.git")).unwrap();
    std::os::unix::fs::symlink("../.git", sandbox.join("sub/.git")).unwrap();
    assert!(sandbox.git(&["add", "--dry-run", "sub"]).contains("sub/f"));
    sandbox.keyhound(&["scan"]).expect(1).says("sub/f:1");
}
