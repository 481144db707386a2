//! Tracked files: what is on disk and what the index holds.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::net::UnixListener,
    time::{Duration, SystemTime},
};

use super::{
    kinds::fifo,
    recorder::{Scan, repository},
};
use crate::support::{Sandbox, keys};

#[test]
fn a_tracked_file_is_scanned_although_it_is_ignored() {
    let sandbox = repository();
    sandbox.write(".gitignore", ".env\nbuild/\n");
    sandbox.write(".env", "forced");
    sandbox.write("build/deep/kept.txt", "kept");
    sandbox.write("build/deep/other.txt", "other");
    sandbox.write("build/junk/a.o", "junk");
    sandbox.git(&["add", "--force", ".env", "build/deep/kept.txt", ".gitignore"]);
    let visit = Scan::of(&sandbox).visit();
    assert_eq!(visit.names(), ["tracked .env", "tracked .gitignore", "tracked build/deep/kept.txt"]);
    assert_eq!(visit.left_out(), ["ignored build/deep/other.txt", "ignored build/junk"]);
}

#[test]
fn a_clean_file_is_scanned_once_however_it_was_written() {
    let sandbox = repository();
    sandbox.write("a.txt", "one");
    sandbox.write("empty.txt", "");
    sandbox.commit_all();
    // Written in the same moment as the index, then long before it, then with another time: the content stays.
    for age in [None, Some(1_000_000), Some(5)] {
        if let Some(age) = age {
            let time = SystemTime::now() - Duration::from_secs(age);
            File::options().append(true).open(sandbox.join("a.txt")).unwrap().set_modified(time).unwrap();
        }
        let visit = Scan::of(&sandbox).visit();
        assert_eq!(visit.names(), ["tracked a.txt", "tracked empty.txt"], "{age:?}");
    }
}

#[test]
fn what_is_staged_is_scanned_beside_the_file_that_differs() {
    let sandbox = repository();
    sandbox.write("a.txt", "staged, and longer than the file");
    sandbox.git(&["add", "a.txt"]);
    sandbox.write("a.txt", "edited away");
    let visit = Scan::of(&sandbox).visit();
    assert_eq!(visit.content("index", "a.txt"), [b"staged, and longer than the file"]);
    assert_eq!(visit.content("tracked", "a.txt"), [b"edited away"]);
    assert_eq!(Scan::of(&sandbox).list(), ["a.txt"], "listed once");
}

#[test]
fn a_change_that_leaves_size_and_time_alone_is_seen() {
    let sandbox = repository();
    // As often as it takes for size and times to be the same to git, too: the change follows the index at once.
    for round in 0..20 {
        let (before, after) = (format!("staged {round:03}"), format!("edited {round:03}"));
        sandbox.write("a.txt", &before);
        sandbox.git(&["add", "a.txt"]);
        let time = fs::metadata(sandbox.join("a.txt")).unwrap().modified().unwrap();
        let mut file = File::options().write(true).open(sandbox.join("a.txt")).unwrap();
        file.write_all(after.as_bytes()).unwrap();
        file.set_modified(time).unwrap();
        drop(file);
        let visit = Scan::of(&sandbox).visit();
        assert_eq!(visit.content("index", "a.txt"), [before.as_bytes()]);
        assert_eq!(visit.content("tracked", "a.txt"), [after.as_bytes()]);
    }
}

#[test]
fn flags_that_ask_git_not_to_look_are_not_heeded() {
    for flag in ["--assume-unchanged", "--skip-worktree"] {
        let sandbox = repository();
        sandbox.write("a.txt", "staged");
        sandbox.commit_all();
        sandbox.git(&["update-index", flag, "a.txt"]);
        sandbox.write("a.txt", "edited in secret");
        let visit = Scan::of(&sandbox).visit();
        assert_eq!(visit.names(), ["index a.txt", "tracked a.txt"], "{flag}");
    }
}

#[test]
fn what_is_not_checked_out_is_scanned_from_the_index() {
    for cone in [true, false] {
        let sandbox = sparse(cone, false);
        let visit = Scan::of(&sandbox).visit();
        let expected = ["index out/deep/b.txt", "index out/link", "tracked in/a.txt", "tracked top.txt"];
        assert_eq!(visit.names(), expected, "cone mode: {cone}");
        assert_eq!(visit.content("index", "out/deep/b.txt"), [b"left out"]);
    }
}

#[test]
fn directories_that_a_sparse_index_leaves_out_are_scanned() {
    let sandbox = sparse(true, true);
    assert!(sandbox.git(&["ls-files", "--sparse"]).contains("out/\n"), "the index is sparse");
    let visit = Scan::of(&sandbox).visit();
    let expected = ["index out/deep/b.txt", "index out/link", "tracked in/a.txt", "tracked top.txt"];
    assert_eq!(visit.names(), expected);
    let visit = Scan::of(&sandbox).exclude(&["/out/deep/"]).visit();
    assert_eq!(visit.names(), ["index out/link", "tracked in/a.txt", "tracked top.txt"]);
    assert_eq!(visit.left_out(), ["excluded out/deep/b.txt"]);
}

fn sparse(cone: bool, sparse_index: bool) -> Sandbox {
    let sandbox = repository();
    sandbox.write("top.txt", "top");
    sandbox.write("in/a.txt", "a");
    sandbox.write("out/deep/b.txt", "left out");
    std::os::unix::fs::symlink("target", sandbox.join("out/link")).unwrap();
    sandbox.commit_all();
    if cone {
        let index = if sparse_index { "--sparse-index" } else { "--no-sparse-index" };
        sandbox.git(&["sparse-checkout", "set", "--cone", index, "in"]);
    } else {
        sandbox.git(&["sparse-checkout", "set", "--no-cone", "/top.txt", "/in/"]);
    }
    assert!(!sandbox.join("out").exists());
    sandbox
}

#[test]
fn a_deleted_file_that_would_still_be_committed_is_scanned() {
    let sandbox = repository();
    sandbox.write("old.txt", "old");
    sandbox.write("changed.txt", "before");
    sandbox.commit_all();
    sandbox.write("new.txt", "new");
    sandbox.write("changed.txt", "after");
    sandbox.git(&["add", "."]);
    for name in ["old.txt", "new.txt", "changed.txt"] {
        fs::remove_file(sandbox.join(name)).unwrap();
    }
    let visit = Scan::of(&sandbox).visit();
    assert_eq!(visit.names(), ["index changed.txt", "index new.txt"]);
    assert_eq!(visit.left_out(), ["deleted old.txt"]);
    assert_eq!(visit.problems, []);
}

#[test]
fn a_deleted_file_is_a_skip() {
    let sandbox = repository();
    sandbox.write("a.txt", "a");
    sandbox.write("d/b.txt", "b");
    sandbox.write("d/c.txt", "c");
    sandbox.commit_all();
    fs::remove_file(sandbox.join("a.txt")).unwrap();
    fs::remove_dir_all(sandbox.join("d")).unwrap();
    // Something else of the same name deletes it as well.
    sandbox.write("a.txt/new.txt", "new");
    std::os::unix::fs::symlink("a.txt", sandbox.join("d")).unwrap();
    let visit = Scan::of(&sandbox).visit();
    assert_eq!(visit.names(), ["untracked a.txt/new.txt", "untracked d"]);
    assert_eq!(visit.left_out(), ["deleted a.txt", "deleted d/b.txt", "deleted d/c.txt"]);
    assert_eq!(visit.problems, []);
}

#[test]
fn what_is_staged_is_scanned_whatever_took_the_place_of_the_file() {
    let sandbox = repository();
    sandbox.write("committed", "committed");
    sandbox.commit_all();
    for name in ["fifo", "directory", "excluded", "other", "nested", "sub/a.txt", "committed-too"] {
        sandbox.write(name, format!("staged {name}"));
    }
    sandbox.git(&["add", "--all"]);
    for name in ["fifo", "directory", "excluded", "other", "nested", "committed"] {
        fs::remove_file(sandbox.join(name)).unwrap();
    }
    fs::remove_dir_all(sandbox.join("sub")).unwrap();
    for name in ["fifo", "sub", "committed"] {
        fifo(&sandbox.join(name));
    }
    let socket = UnixListener::bind(sandbox.join("other")).unwrap();
    sandbox.write("directory/new.txt", "new");
    sandbox.write("excluded/new.txt", "new");
    sandbox.git(&["init", "--quiet", "nested"]);
    let staged =
        ["directory", "excluded", "fifo", "nested", "other", "sub/a.txt"].map(|name| format!("index {name}")).to_vec();
    let visit = Scan::of(&sandbox).exclude(&["excluded/"]).visit();
    assert_eq!(
        visit.names(),
        [staged, vec!["tracked committed-too".into(), "untracked directory/new.txt".into()]].concat()
    );
    let skips = [
        "excluded excluded",
        "nested-repository nested",
        "special-file committed",
        "special-file fifo",
        "special-file other",
        "special-file sub",
    ];
    assert_eq!(visit.left_out(), skips);
    assert_eq!(visit.problems, []);
    // Also where only that is named.
    let names = Scan::of(&sandbox).paths(&["directory"]).visit().names();
    assert_eq!(names, ["index directory", "untracked directory/new.txt"]);
    drop(socket);
}

#[test]
fn a_file_that_vanishes_meanwhile_leaves_what_is_staged_for_it() {
    let sandbox = repository();
    sandbox.write("old.txt", "committed");
    sandbox.commit_all();
    sandbox.write("new.txt", "staged");
    sandbox.git(&["add", "new.txt"]);
    let scan = Scan::of(&sandbox).paths(&["old.txt", "new.txt"]);
    let visit = scan.visit_after(|| {
        fs::remove_file(sandbox.join("old.txt")).unwrap();
        fs::remove_file(sandbox.join("new.txt")).unwrap();
    });
    assert_eq!(visit.names(), ["index new.txt"]);
    assert_eq!(visit.left_out(), ["deleted old.txt"]);
}

#[test]
fn what_is_only_meant_to_be_added_is_a_tracked_file() {
    let sandbox = repository();
    sandbox.write("a.txt", "a");
    sandbox.git(&["add", "--intent-to-add", "a.txt"]);
    assert_eq!(Scan::of(&sandbox).visit().names(), ["tracked a.txt"]);
}

#[test]
fn all_versions_of_a_conflict_are_scanned() {
    let sandbox = repository();
    sandbox.write("a.txt", "base\n");
    sandbox.write("gone.txt", "base of gone\n");
    sandbox.commit_all();
    sandbox.git(&["checkout", "--quiet", "-b", "theirs"]);
    sandbox.write("a.txt", "theirs\n");
    sandbox.write("gone.txt", "theirs of gone\n");
    sandbox.commit_all();
    sandbox.git(&["checkout", "--quiet", "main"]);
    sandbox.write("a.txt", "ours\n");
    fs::remove_file(sandbox.join("gone.txt")).unwrap();
    sandbox.commit_all();
    assert!(!sandbox.git_command().args(["merge", "--quiet", "theirs"]).status().unwrap().success(), "it conflicts");
    fs::remove_file(sandbox.join("gone.txt")).unwrap();
    let visit = Scan::of(&sandbox).visit();
    let staged: Vec<_> = visit.blobs.iter().filter(|blob| blob.0 == "index").map(|blob| blob.2.as_slice()).collect();
    assert_eq!(staged, [&b"base\n"[..], b"ours\n", b"theirs\n", b"base of gone\n", b"theirs of gone\n"]);
    // Resolved in favour of one side: that one is not scanned twice.
    sandbox.write("a.txt", "ours\n");
    assert_eq!(Scan::of(&sandbox).visit().content("index", "a.txt"), [&b"base\n"[..], b"theirs\n"]);
}

#[test]
fn a_link_and_a_file_in_the_place_of_each_other_are_both_scanned() {
    let sandbox = repository();
    sandbox.write("a", "content");
    std::os::unix::fs::symlink("target", sandbox.join("b")).unwrap();
    sandbox.commit_all();
    assert_eq!(Scan::of(&sandbox).visit().names(), ["tracked a", "tracked b"]);
    fs::remove_file(sandbox.join("a")).unwrap();
    fs::remove_file(sandbox.join("b")).unwrap();
    std::os::unix::fs::symlink("elsewhere", sandbox.join("a")).unwrap();
    sandbox.write("b", "a file now");
    let visit = Scan::of(&sandbox).visit();
    assert_eq!(visit.names(), ["index a", "index b", "tracked a", "tracked b"]);
    assert_eq!(visit.content("index", "b"), [b"target"]);
}

#[test]
fn every_form_of_index_is_read() {
    for version in ["2", "4"] {
        for hash in ["sha1", "sha256"] {
            for split in [false, true] {
                let sandbox = Sandbox::new();
                sandbox.git(&["init", "--quiet", "--object-format", hash]);
                super::recorder::isolate(&sandbox, &[]);
                sandbox.write("a.txt", "a");
                sandbox.write("gone.txt", "gone");
                sandbox.write("dir/b.txt", "b");
                sandbox.commit_all();
                sandbox.git(&["update-index", "--index-version", version]);
                if split {
                    sandbox.git(&["update-index", "--split-index"]);
                    sandbox.write("new.txt", "new");
                    sandbox.git(&["add", "new.txt"]);
                    sandbox.git(&["rm", "--quiet", "--cached", "gone.txt"]);
                }
                sandbox.write("dir/b.txt", "changed");
                let visit = Scan::of(&sandbox).visit();
                let gone = if split { "untracked gone.txt" } else { "tracked gone.txt" };
                let mut expected = vec!["index dir/b.txt", "tracked a.txt", "tracked dir/b.txt", gone];
                expected.extend(split.then_some("tracked new.txt"));
                expected.sort_unstable();
                assert_eq!(visit.names(), expected, "version {version}, {hash}, split: {split}");
                assert_eq!(visit.content("index", "dir/b.txt"), [b"b"]);
            }
        }
    }
}

#[test]
fn an_index_that_cannot_be_read_ends_the_scan() {
    let sandbox = repository();
    sandbox.write("a.txt", "a");
    sandbox.write("b.txt", "b");
    sandbox.commit_all();
    let path = sandbox.join(".git/index");
    let whole = fs::read(&path).unwrap();
    let mut swapped = whole.clone();
    let (a, b) = (find(&whole, b"a.txt"), find(&whole, b"b.txt"));
    swapped[a] = b'b';
    swapped[b] = b'a';
    let broken: [&[u8]; 5] = [b"", b"DIRC", &whole[..whole.len() / 2], b"not an index at all", &swapped];
    for content in broken {
        fs::write(&path, content).unwrap();
        let error = Scan::of(&sandbox).error();
        assert!(error.message.contains(".git/index cannot be read"), "{error}");
        assert!(error.help.contains("git reset"), "{}", error.help);
    }
    // A byte that changes nothing else is seen by the checksum; without one it is taken as it is.
    let mut flipped = whole.clone();
    flipped[find(&whole, b"a.txt")] = b'A';
    fs::write(&path, &flipped).unwrap();
    let error = Scan::of(&sandbox).error();
    assert!(error.message.contains("does not match its checksum"), "{error}");
    let end = flipped.len() - 20;
    flipped[end..].fill(0);
    fs::write(&path, &flipped).unwrap();
    assert_eq!(Scan::of(&sandbox).list(), ["A.txt", "a.txt", "b.txt"]);
    // Whatever is in it, nothing panics.
    for position in 0..whole.len() {
        let mut content = whole.clone();
        content[position] ^= 0x81;
        fs::write(&path, content).unwrap();
        if let Ok(worktree) = Scan::of(&sandbox).open() {
            drop(worktree.list());
        }
    }
}

#[test]
fn the_shared_part_of_a_split_index_is_verified_too() {
    let sandbox = repository();
    sandbox.write("a.txt", "a");
    sandbox.commit_all();
    // Otherwise git shares anew after so large a change, and leaves the old file behind.
    sandbox.git(&["config", "splitIndex.maxPercentChange", "100"]);
    sandbox.git(&["update-index", "--split-index"]);
    sandbox.write("b.txt", "b");
    sandbox.git(&["add", "b.txt"]);
    assert_eq!(Scan::of(&sandbox).list(), ["a.txt", "b.txt"]);
    let names = fs::read_dir(sandbox.join(".git")).unwrap().map(|entry| entry.unwrap().path());
    let mut shared = names.into_iter().filter(|path| path.to_str().unwrap().contains("/sharedindex."));
    let (shared, None) = (shared.next().unwrap(), shared.next()) else { panic!("one is shared") };
    let mut content = fs::read(&shared).unwrap();
    let name = find(&content, b"a.txt");
    content[name] = b'A';
    fs::write(&shared, &content).unwrap();
    let error = Scan::of(&sandbox).error();
    assert!(error.message.contains("/sharedindex."), "{error}");
    assert!(error.message.contains("does not match its checksum"), "{error}");
    // It is named by its checksum: to have none is no way out.
    let end = content.len() - 20;
    content[end..].fill(0);
    fs::write(&shared, &content).unwrap();
    assert!(Scan::of(&sandbox).error().message.contains("does not match its checksum"));
}

#[test]
fn an_object_that_is_not_what_its_id_says_is_a_problem() {
    let sandbox = repository();
    let object = |text: &str| {
        sandbox.write("a.txt", text);
        let id = sandbox.git(&["hash-object", "-w", "a.txt"]);
        sandbox.join(format!(".git/objects/{}/{}", &id[..2], id[2..].trim()))
    };
    let harmless = object("harmless");
    let staged = object("staged");
    sandbox.git(&["add", "a.txt"]);
    sandbox.write("a.txt", "edited away");
    assert_eq!(Scan::of(&sandbox).visit().names(), ["index a.txt", "tracked a.txt"]);
    fs::remove_file(&staged).unwrap();
    fs::copy(harmless, staged).unwrap();
    let visit = Scan::of(&sandbox).visit();
    assert_eq!(visit.names(), ["tracked a.txt"]);
    let [problem] = &visit.problems[..] else { panic!("one problem is due: {visit:?}") };
    assert_eq!(problem.path, "a.txt");
    assert!(problem.message.contains("holds other content"), "{problem}");
    assert!(problem.help.contains("git fsck"), "{}", problem.help);
}

fn find(text: &[u8], part: &[u8]) -> usize {
    text.windows(part.len()).position(|window| window == part).unwrap()
}

#[test]
fn a_staged_object_that_is_not_there_is_one_problem() {
    let sandbox = repository();
    for name in ["a.txt", "b.txt"] {
        sandbox.write(name, format!("staged {name}"));
        let id = sandbox.git(&["hash-object", "-w", name]);
        sandbox.git(&["add", name]);
        sandbox.write(name, format!("edited {name}"));
        fs::remove_file(sandbox.join(format!(".git/objects/{}/{}", &id[..2], id[2..].trim()))).unwrap();
    }
    let visit = Scan::of(&sandbox).visit();
    assert_eq!(visit.names(), ["tracked a.txt", "tracked b.txt"]);
    assert_eq!(visit.problems.len(), 1);
    assert_eq!(visit.problems[0].path, "a.txt");
    assert!(visit.problems[0].message.contains("1 others"), "{:?}", visit.problems);
}

#[test]
fn names_may_be_any_bytes() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

    let sandbox = repository();
    let name = OsStr::from_bytes(b"caf\xe9\n\"quoted\".txt");
    sandbox.write(name, "one");
    sandbox.commit_all();
    sandbox.write(name, "two");
    sandbox.write(OsStr::from_bytes(b"\xff\xfe/new\xff"), "new");
    let list = Scan::of(&sandbox).open().unwrap().list().unwrap();
    assert_eq!(list, [&b"caf\xe9\n\"quoted\".txt"[..], b"\xff\xfe/new\xff"]);
    assert_eq!(Scan::of(&sandbox).visit().names().len(), 3, "the file, what is staged for it, and the new one");
}

#[test]
fn threads_change_nothing() {
    let sandbox = repository();
    for number in 0..200 {
        sandbox.write(format!("d{}/e{}/f{number}.txt", number % 7, number % 3), format!("{number}"));
    }
    sandbox.commit_all();
    sandbox.write(".gitignore", "f1*.txt\n/d3/\n");
    for number in (0..400).step_by(3) {
        sandbox.write(format!("d{}/e{}/f{number}.txt", number % 7, number % 5), "changed");
    }
    let one = Scan::of(&sandbox).threads(1).visit();
    assert!(one.blobs.len() > 200 && !one.skips.is_empty());
    for threads in [0, 2, 8] {
        assert_eq!(Scan::of(&sandbox).threads(threads).visit(), one);
    }
}

#[test]
fn what_git_converts_on_the_way_to_the_disk_is_scanned_as_it_is_staged() {
    let key = keys::live(1);
    // Attributes can also stand where only this clone has them.
    for place in [".gitattributes", "sub/.gitattributes", ".git/info/attributes"] {
        for attribute in ["working-tree-encoding=UTF-32", "filter=reverse"] {
            let sandbox = repository();
            sandbox.git(&["config", "filter.reverse.clean", "rev"]);
            sandbox.git(&["config", "filter.reverse.smudge", "rev"]);
            sandbox.write(place, format!("*.txt {attribute}\n"));
            let reversed: String = key.chars().rev().collect();
            let on_disk: Vec<u8> = match attribute {
                "filter=reverse" => reversed.bytes().chain(*b"\n").collect(),
                _ => [char::from_u32(0xfeff).unwrap()]
                    .into_iter()
                    .chain(key.chars())
                    .flat_map(|c| (c as u32).to_be_bytes())
                    .collect(),
            };
            sandbox.write("sub/a.txt", on_disk);
            sandbox.commit_all();
            let staged = sandbox.git(&["show", ":sub/a.txt"]);
            assert_eq!(staged.trim_start_matches('\u{feff}').trim_end(), key, "{attribute}");
            // Git writes the file, long after the index knows of it.
            let time = SystemTime::now() - Duration::from_secs(1000);
            File::options().append(true).open(sandbox.join("sub/a.txt")).unwrap().set_modified(time).unwrap();
            sandbox.git(&["update-index", "-q", "--refresh"]);
            sandbox.keyhound(&["scan"]).expect(1).says("sub/a.txt");
        }
    }
}
