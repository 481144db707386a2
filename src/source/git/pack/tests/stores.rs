//! Packs beside packs, loose objects, and stores that borrow from others.

use std::{fs, os::unix::fs::symlink};

use super::{Random, Repository, read};

/// The messages of problems, in their order.
fn messages(repository: &Repository) -> Vec<String> {
    let (stores, problems) = repository.stores();
    let seen = read(&stores, 2);
    problems.into_iter().chain(seen.problems).map(|problem| problem.to_string()).collect()
}

#[test]
fn many_packs_with_duplicates_give_each_object_once() {
    let mut random = Random(3);
    let repository = Repository::new();
    for number in 0..45 {
        repository.blob(&random.bytes(300));
        repository.grow(&mut random, &format!("b{number}"), 3);
        // Without -d what is packed stays loose as well.
        repository.git(&["repack", "-q"]);
        if number % 10 == 0 {
            repository.git(&["repack", "-aq"]);
        }
    }
    assert!(repository.packs("pack").len() > 45);
    assert!(repository.check().objects.len() > 300);
    repository.git(&["multi-pack-index", "write"]);
    repository.check();
    repository.git(&["prune-packed"]);
    repository.check();
}

#[test]
fn what_else_git_keeps_beside_packs_changes_nothing() {
    let mut random = Random(4);
    let repository = Repository::new();
    repository.grow(&mut random, "a", 120);
    repository.git(&["repack", "-adbq"]);
    repository.git(&["-c", "pack.writeReverseIndex=true", "repack", "-adfbq"]);
    repository.grow(&mut random, "b", 120);
    repository.git(&["update-ref", "-d", "refs/heads/b"]);
    repository.git(&["repack", "--cruft", "-dq"]);
    assert!(repository.packs("mtimes").len() == 1 && repository.packs("bitmap").len() == 1);
    let pack = repository.packs("pack").remove(0);
    for extension in ["keep", "promisor"] {
        fs::write(pack.with_extension(extension), "").unwrap();
    }
    for name in ["tmp_pack_x", "tmp_idx_x", "tmp_x.pack", "tmp_x.idx", ".tmp-1-pack-x.pack"] {
        fs::write(repository.objects().join("pack").join(name), "unfinished").unwrap();
    }
    let loose = repository.blob(b"loose").to_string();
    let directory = repository.objects().join(&loose[..2]);
    fs::write(directory.join("tmp_obj_x"), "unfinished").unwrap();
    fs::write(directory.join("0".repeat(37)), "no object").unwrap();
    assert!(repository.check().objects.len() > 200);
}

#[test]
fn objects_of_alternates_are_read_and_told_apart() {
    let mut random = Random(5);
    let origin = Repository::new();
    origin.grow(&mut random, "main", 120);
    origin.git(&["repack", "-adq"]);
    let middle = Repository::new();
    let clone = |from: &Repository, to: &Repository| {
        let (from, to) = (from.path().to_str().unwrap(), to.path().join("clone"));
        origin.git(&["clone", "-q", "--bare", "--shared", from, to.to_str().unwrap()]);
        to.join("objects")
    };
    let objects = clone(&origin, &middle);
    // A copy of an object counts where it is first found, packed or not.
    let common = b"in both";
    let id = origin.blob(common);
    let own = Repository::new();
    own.blob(common);
    fs::write(own.objects().join("info/alternates"), format!("# none\n\n{}\n", objects.display())).unwrap();
    own.grow(&mut random, "own", 5);
    let seen = own.check();
    let (stores, _) = own.stores();
    assert_eq!(seen.stores.keys().copied().collect::<Vec<_>>(), [0, 2]);
    assert_eq!(stores.places(&id).count(), 2);
    let of = |repository: &Repository| repository.oracle().len();
    assert_eq!((seen.stores[&0] + seen.stores[&2], seen.stores[&2]), (of(&own), of(&origin) - 1));
}

#[test]
fn alternates_may_be_relative_quoted_and_in_a_circle() {
    let repository = Repository::new();
    let blob = |directory: &str, content: &[u8]| {
        let objects = repository.path().join(directory);
        fs::create_dir_all(objects.join("info")).unwrap();
        let other = Repository::new();
        other.blob(content);
        for entry in fs::read_dir(other.objects()).unwrap() {
            let from = entry.unwrap().path();
            let name = from.file_name().unwrap();
            if name.len() == 2 {
                fs::create_dir_all(objects.join(name)).unwrap();
                for entry in fs::read_dir(&from).unwrap() {
                    let file = entry.unwrap().path();
                    fs::copy(&file, objects.join(name).join(file.file_name().unwrap())).unwrap();
                }
            }
        }
        objects.join("info/alternates")
    };
    blob("a \"quoted\" one", b"one");
    blob("two", b"two");
    let three = blob("three", b"three");
    fs::write(three, "../objects\n../two\n").unwrap();
    let list = "../two\n\"../a \\\"quoted\\\" one\"\n#../four\n../three\n";
    fs::write(repository.objects().join("info/alternates"), list).unwrap();
    let seen = repository.check();
    assert_eq!(seen.stores.into_iter().collect::<Vec<_>>(), [(1, 1), (2, 1), (3, 1)]);
}

#[test]
fn a_store_that_is_missing_is_a_problem() {
    let repository = Repository::new();
    repository.blob(b"here");
    fs::write(repository.objects().join("info/alternates"), "/no/such/directory\n").unwrap();
    let [message] = messages(&repository).try_into().unwrap();
    assert!(message.starts_with("/no/such/directory: the directory of git objects cannot be read: "), "{message}");
    fs::write(repository.objects().join("info/alternates"), "x".repeat(17 << 20)).unwrap();
    let [message] = messages(&repository).try_into().unwrap();
    assert!(message.contains("info/alternates: the list of further object directories cannot be read: "), "{message}");
}

#[test]
fn a_directory_that_cannot_be_listed_is_a_problem() {
    let repository = Repository::new();
    repository.blob(b"here");
    for name in ["pack", "0a"] {
        let path = repository.objects().join(name);
        drop(fs::remove_dir(&path));
        symlink(&path, &path).unwrap();
        let [message] = messages(&repository).try_into().unwrap();
        assert!(
            message.contains(&format!("objects/{name}: the directory of git objects cannot be read: ")),
            "{message}"
        );
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_pack_without_its_index_and_an_index_without_its_pack_are_problems() {
    let repository = Repository::new();
    repository.grow(&mut Random(6), "a", 120);
    repository.git(&["repack", "-adq"]);
    let pack = repository.packs("pack").remove(0);
    let index = pack.with_extension("idx");
    let aside = repository.path().join("aside");
    fs::rename(&index, &aside).unwrap();
    let (stores, _) = repository.stores();
    let [problem] = &read(&stores, 2).problems[..] else { panic!("one problem") };
    assert_eq!(problem.path, pack.to_str().unwrap());
    assert!(problem.message.starts_with("the pack has no index"), "{problem}");
    assert!(problem.help.contains(&format!("git index-pack {}", pack.display())), "{}", problem.help);
    fs::rename(&aside, &index).unwrap();
    fs::rename(&pack, &aside).unwrap();
    let [message] = messages(&repository).try_into().unwrap();
    assert!(message.contains(".pack: the pack cannot be read: "), "{message}");
    fs::rename(&aside, &pack).unwrap();
    repository.check();
}

#[test]
fn what_is_no_file_is_not_waited_for() {
    let repository = Repository::new();
    let fifo = repository.objects().join("pack/pack-x.idx");
    fs::write(fifo.with_extension("pack"), "PACK").unwrap();
    let id = repository.blob(b"loose").to_string();
    let loose = repository.objects().join(&id[..2]).join(&id[2..]);
    fs::remove_file(&loose).unwrap();
    for path in [&fifo, &loose] {
        assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
    }
    let messages = messages(&repository);
    assert_eq!(messages.len(), 2);
    assert!(messages.iter().all(|message| message.contains("it is no regular file")), "{messages:?}");
}

/// As `git gc` does it in the background: what was listed is gone by the time it is opened, and is elsewhere.
#[test]
fn a_pack_that_git_replaces_meanwhile_is_read_from_where_it_went() {
    let mut random = Random(9);
    let repository = Repository::new();
    repository.grow(&mut random, "a", 60);
    repository.git(&["repack", "-adq"]);
    let before = repository.check().objects.len();
    let pack = repository.packs("pack").remove(0);
    // Its index is listed; by the second look another pack has taken its place.
    let away = pack.with_file_name("aside");
    fs::rename(&pack, &away).unwrap();
    let directory = pack.parent().unwrap().to_owned();
    let (index, other) = (pack.with_extension("idx"), directory.join("pack-other"));
    let gc = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(10));
        fs::rename(away, other.with_extension("pack")).unwrap();
        fs::rename(index, other.with_extension("idx")).unwrap();
    });
    assert_eq!(messages(&repository), [""; 0]);
    gc.join().unwrap();
    assert_eq!(repository.check().objects.len(), before);
}

#[test]
fn what_git_packs_meanwhile_is_found_where_it_is_then() {
    let repository = Repository::new();
    for number in 0..40 {
        repository.blob(format!("content {number}\n").as_bytes());
    }
    let tree = repository.git_with_input(&["mktree"], b"");
    assert!(!tree.is_empty());
    let oracle = repository.oracle();
    let (stores, problems) = repository.stores();
    assert_eq!(problems, []);
    let loose = repository.loose();
    let ids: String = oracle.keys().map(|id| format!("{id}\n")).collect();
    repository.git_with_input(&["pack-objects", "--quiet", "objects/pack/pack"], ids.as_bytes());
    repository.git(&["prune-packed", "--quiet"]);
    assert!(loose.len() == oracle.len() && repository.loose().is_empty());
    for threads in [1, 3] {
        let seen = read(&stores, threads);
        assert_eq!(seen.problems, []);
        assert!(seen.objects == oracle, "{} of {} objects", seen.same(&oracle), oracle.len());
    }
    // What is nowhere is told all the same.
    fs::remove_dir_all(repository.objects().join("pack")).unwrap();
    assert_eq!(read(&stores, 1).problems.len(), oracle.len());
}
