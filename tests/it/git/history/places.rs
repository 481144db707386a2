//! Wherever git can have content, it is searched, and it is told what leads there.

use std::{
    ffi::OsStr,
    os::unix::{ffi::OsStrExt, fs::symlink},
};

use super::{blob, commit, findings, forget, git_with_input, id, is_local, line, only, paths, refs};
use crate::support::{Sandbox, keys};

/// A repository with a commit that has nothing to hide.
fn repository() -> Sandbox {
    let sandbox = Sandbox::repository();
    commit(&sandbox, "README", "a project\n");
    sandbox
}

#[test]
fn stash() {
    let sandbox = repository();
    sandbox.write("README", line(&keys::live(1)));
    sandbox.write("new.py", line(&keys::live(2)));
    sandbox.git(&["stash", "--quiet", "--include-untracked"]);
    let found = findings(&sandbox, 1);
    assert_eq!(paths(&found), ["README", "new.py"]);
    for finding in &found {
        assert_eq!((refs(finding), is_local(finding)), (vec!["refs/stash"], false));
        assert_eq!(finding["git_state"], "history");
    }
    // Only the reflog knows an older stash.
    sandbox.write("README", "changed\n");
    sandbox.git(&["stash", "--quiet"]);
    let found = findings(&sandbox, 1);
    assert_eq!(paths(&found), ["README", "new.py"]);
    assert!(found.iter().all(|finding| refs(finding).is_empty() && !is_local(finding)));
}

#[test]
fn detached_head() {
    let sandbox = repository();
    sandbox.git(&["checkout", "--quiet", "--detach"]);
    let added = commit(&sandbox, "a.py", line(&keys::live(1)));
    forget(&sandbox);
    let finding = only(&sandbox);
    assert_eq!((&finding["commit"]["id"], &finding["git_state"]), (&added.into(), &"tracked".into()));
    assert_eq!((refs(&finding), is_local(&finding)), (vec![], false));
    assert_eq!(finding["past"]["in_tip"], true);
}

#[test]
fn an_amended_commit_is_in_the_reflog_and_without_that_only_here() {
    let sandbox = repository();
    let added = commit(&sandbox, "a.py", line(&keys::live(1)));
    sandbox.write("a.py", "client = Client(key)\n");
    sandbox.git(&["commit", "--quiet", "--all", "--amend", "--message=clean"]);
    let finding = only(&sandbox);
    assert_eq!(finding["commit"]["id"], added);
    assert_eq!((refs(&finding), is_local(&finding)), (vec![], false));
    forget(&sandbox);
    let finding = only(&sandbox);
    assert_eq!((&finding["path"], &finding["commit"]["id"]), (&"a.py".into(), &added.into()));
    assert_eq!((refs(&finding), is_local(&finding)), (vec![], true));
    assert_eq!(finding["level"], "error");
    // Beside the working tree, where our own hooks leave such objects behind, it is no more than a note.
    let report = sandbox.keyhound(&["audit", "--format=json"]).expect(0).json();
    assert_eq!(report["findings"][0]["level"], "note");
    sandbox.git(&["gc", "--quiet", "--prune=now"]);
    assert!(findings(&sandbox, 0).is_empty());
}

#[test]
fn tags_of_a_blob_of_a_tree_and_of_a_tag() {
    let sandbox = repository();
    let tagged = blob(&sandbox, &line(&keys::live(1)));
    sandbox.git(&["tag", "blob", &tagged]);
    let other = blob(&sandbox, &line(&keys::live(2)));
    let below = git_with_input(&sandbox, &["mktree"], format!("100644 blob {other}\tb.py\n").as_bytes());
    let tree = git_with_input(&sandbox, &["mktree"], format!("040000 tree {below}\tsub\n").as_bytes());
    sandbox.git(&["tag", "--annotate", "--message=a tree", "tree", &tree]);
    sandbox.git(&["tag", "--annotate", "--message", &keys::live(3), "first", "HEAD"]);
    sandbox.git(&["-c", "advice.nestedTag=false", "tag", "--annotate", "--message=nested", "second", "first"]);
    sandbox.git(&["tag", "--delete", "first"]);
    let found = findings(&sandbox, 1);
    let told: Vec<_> = found
        .iter()
        .map(|finding| (finding["where"].as_str().unwrap(), finding["path"].as_str(), refs(finding), is_local(finding)))
        .collect();
    let expected = [
        ("tag-message", None, vec!["refs/tags/second"], false),
        ("file", None, vec!["refs/tags/blob"], false),
        ("file", Some("sub/b.py"), vec!["refs/tags/tree"], false),
    ];
    assert_eq!(told.len(), expected.len());
    for one in expected {
        assert!(told.contains(&one), "{one:?} is not in {told:?}");
    }
    assert!(found.iter().all(|finding| finding["commit"].is_null()));
}

#[test]
fn merges_that_add_what_no_parent_has() {
    let sandbox = repository();
    for branch in ["one", "two", "three"] {
        sandbox.git(&["checkout", "--quiet", "-b", branch, "main"]);
        commit(&sandbox, &format!("{branch}.py"), "x\n");
    }
    // An octopus of three, and an evil one: its file is in none of the parents.
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.git(&["merge", "--quiet", "--no-ff", "--no-commit", "one", "two", "three"]);
    sandbox.write("octopus.py", line(&keys::live(1)));
    sandbox.git(&["add", "--all"]);
    sandbox.git(&["commit", "--quiet", "--message=octopus"]);
    let octopus = id(&sandbox, "HEAD");
    assert_eq!(sandbox.git(&["rev-list", "--parents", "-1", "HEAD"]).split_whitespace().count(), 5);
    // A conflict, whose resolution alone has a key.
    sandbox.git(&["checkout", "--quiet", "-b", "theirs", "main"]);
    commit(&sandbox, "both.py", "theirs\n");
    sandbox.git(&["checkout", "--quiet", "main"]);
    commit(&sandbox, "both.py", "ours\n");
    assert!(!sandbox.git_command().args(["merge", "--quiet", "theirs"]).status().unwrap().success());
    let resolved = commit(&sandbox, "both.py", line(&keys::live(2)));
    let found = findings(&sandbox, 1);
    let told: Vec<_> = found.iter().map(|finding| (&finding["path"], &finding["commit"]["id"])).collect();
    assert_eq!(told.len(), 2);
    assert!(told.contains(&(&"octopus.py".into(), &octopus.into())));
    assert!(told.contains(&(&"both.py".into(), &resolved.into())));
}

#[test]
fn texts_of_people() {
    let sandbox = repository();
    sandbox.git(&["commit", "--quiet", "--allow-empty", "--message", &format!("fix\n\nwas {}", keys::live(1))]);
    let told = id(&sandbox, "HEAD");
    let mut author = sandbox.git_command();
    author.env("GIT_AUTHOR_NAME", keys::live(2)).args(["commit", "--quiet", "--allow-empty", "--message=x"]);
    assert!(author.status().unwrap().success());
    sandbox.git(&["tag", "--annotate", "--message", &keys::live(3), "v1"]);
    sandbox.git(&["branch", &keys::live(4)]);
    sandbox.git(&["notes", "--ref=review", "add", "--message", &keys::live(5)]);
    let found = findings(&sandbox, 1);
    let mut kinds: Vec<_> = found.iter().map(|finding| finding["where"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["commit-message", "header", "note", "ref", "tag-message"]);
    let of = |kind: &str| found.iter().find(|finding| finding["where"] == kind).unwrap();
    assert_eq!(
        (&of("commit-message")["object"], of("commit-message")["start"]["line"].as_u64()),
        (&told.into(), Some(3))
    );
    assert_eq!(refs(of("note")), ["refs/notes/review"]);
    assert_eq!(refs(of("tag-message")), ["refs/tags/v1"]);
    assert_eq!(of("ref")["ref"].as_str().map(|name| name.starts_with("refs/heads/")), Some(true));
    let human = sandbox.keyhound(&["history"]);
    human.expect(1);
    for number in 1..=5 {
        human.never_says(&keys::live(number)[10..]);
    }
}

#[test]
fn names_of_files_and_directories() {
    let sandbox = repository();
    sandbox.write(format!("sub/{}.txt", keys::live(1)), "x\n");
    sandbox.write(format!("{}/deep/file", keys::live(2)), "x\n");
    sandbox.commit_all();
    let added = id(&sandbox, "HEAD");
    sandbox.git(&["rm", "-r", "--quiet", "."]);
    sandbox.commit_all();
    let found = findings(&sandbox, 1);
    assert_eq!(found.len(), 2, "{found:#?}");
    for finding in &found {
        assert_eq!((&finding["where"], &finding["commit"]["id"]), (&"path".into(), &added.clone().into()));
        assert_eq!(refs(finding), ["refs/heads/main"]);
    }
    assert!(found.iter().any(|finding| finding["path"].as_str().unwrap().starts_with("sub/")));
}

#[test]
fn names_of_references_that_name_others() {
    let sandbox = repository();
    let name = format!("refs/heads/{}", keys::live(1));
    sandbox.git(&["symbolic-ref", &name, "refs/heads/main"]);
    let finding = only(&sandbox);
    assert_eq!(finding["where"], "ref");
    let again = sandbox.keyhound(&["history"]);
    again.expect(1).says("refs/heads/sk_live_").never_says(&name);
}

#[test]
fn content_of_all_kinds() {
    let sandbox = repository();
    sandbox.write(".gitattributes", "*.py binary\n*.txt -diff\n");
    sandbox.write("binary.py", line(&keys::live(1)));
    sandbox.write("nodiff.txt", line(&keys::live(2)));
    let wide: Vec<u8> =
        "\u{feff}".chars().chain(line(&keys::live(3)).chars()).flat_map(|it| (it as u16).to_le_bytes()).collect();
    sandbox.write("wide.cs", wide);
    symlink(keys::live(4), sandbox.join("link")).unwrap();
    sandbox.write(OsStr::from_bytes(b"latin\xe4.py"), line(&keys::live(5)));
    sandbox.write("zeros.bin", [b"\0\0".as_slice(), line(&keys::live(6)).as_bytes()].concat());
    sandbox.commit_all();
    for packed in [false, true] {
        if packed {
            sandbox.git(&["gc", "--quiet"]);
        }
        let found = findings(&sandbox, 1);
        assert_eq!(paths(&found), ["binary.py", "latin\u{fffd}.py", "link", "nodiff.txt", "wide.cs", "zeros.bin"]);
    }
}

#[test]
fn replaced_objects_hide_nothing_and_are_ordinary_ones() {
    let sandbox = repository();
    let first = commit(&sandbox, "a.py", line(&keys::live(1)));
    let harmless = blob(&sandbox, "import os\n");
    sandbox.git(&["replace", &id(&sandbox, "HEAD:a.py"), &harmless]);
    assert_eq!(sandbox.git(&["cat-file", "blob", "HEAD:a.py"]), "import os\n");
    let finding = only(&sandbox);
    assert_eq!((&finding["path"], &finding["commit"]["id"]), (&"a.py".into(), &first.clone().into()));
    assert_eq!(finding["past"]["in_tip"], true);
    // And the other way round: what is shown instead is content as well.
    let other = blob(&sandbox, &line(&keys::live(2)));
    sandbox.git(&["replace", &id(&sandbox, "HEAD:README"), &other]);
    let name = format!("refs/replace/{}", id(&sandbox, "HEAD:README"));
    let found = findings(&sandbox, 1);
    assert_eq!(paths(&found), ["a.py", "none"]);
    let shown = found.iter().find(|finding| finding["path"].is_null()).unwrap();
    assert_eq!((refs(shown), is_local(shown)), (vec![name.as_str()], false));
    // A commit that pretends to have no parents.
    let orphan = git_with_input(&sandbox, &["commit-tree", &id(&sandbox, "HEAD~^{tree}")], keys::live(3).as_bytes());
    sandbox.git(&["replace", &first, &orphan]);
    let found = findings(&sandbox, 1);
    assert_eq!(paths(&found), ["a.py", "none", "none"]);
    let real = found.iter().find(|finding| finding["path"] == "a.py").unwrap();
    assert_eq!((refs(real), &real["past"]["in_tip"]), (vec!["refs/heads/main"], &true.into()));
}

#[test]
fn grafts_cut_nothing_off() {
    let sandbox = repository();
    commit(&sandbox, "a.py", line(&keys::live(1)));
    sandbox.git(&["rm", "--quiet", "a.py"]);
    sandbox.commit_all();
    let before = only(&sandbox);
    forget(&sandbox);
    sandbox.write(".git/info/grafts", format!("{}\n", id(&sandbox, "HEAD")));
    assert_eq!(sandbox.git(&["rev-list", "--count", "HEAD"]).trim(), "1");
    assert_eq!(only(&sandbox), before);
}

/// A repository can hold commits of its own as those of a submodule: a message is a message all the same.
#[test]
fn a_commit_that_a_tree_names_is_a_commit() {
    let sandbox = repository();
    sandbox.git(&["commit", "--quiet", "--allow-empty", "--message", &keys::live(1)]);
    let told = id(&sandbox, "HEAD");
    sandbox.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{told},sub")]);
    sandbox.git(&["commit", "--quiet", "--message=x"]);
    let finding = only(&sandbox);
    assert_eq!((&finding["where"], &finding["object"]), (&"commit-message".into(), &told.clone().into()));
    assert!(finding["path"].is_null());
    assert_eq!(finding["commit"]["id"], told);
    assert_eq!(finding["past"]["last"]["id"], told);
}
