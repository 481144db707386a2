//! Damage: it is told, whatever it is, and nothing is made up from it.

use std::{fs, path::Path};

use super::{Objects, Random, Repository, Seen, read};

/// A repository with packs and loose objects of all kinds.
fn repository() -> Repository {
    let mut random = Random(7);
    let repository = Repository::new();
    repository.grow(&mut random, "a", 120);
    repository.git(&["repack", "-adfq"]);
    repository.blob(b"");
    repository.blob(&random.bytes(5000));
    repository
}

fn see(repository: &Repository) -> Seen {
    let (stores, _) = repository.stores();
    read(&stores, 2)
}

/// What was seen is so, and if it is not all, that was told.
fn check(seen: &Seen, oracle: &Objects, what: &str) {
    for (id, object) in &seen.objects {
        assert!(oracle.get(id) == Some(object), "{what}: {id} is not so");
    }
    assert!(!seen.problems.is_empty() || seen.objects.len() == oracle.len(), "{what}: silence");
    for problem in &seen.problems {
        assert!(!problem.message.is_empty() && !problem.help.is_empty() && !problem.path.is_empty(), "{problem:?}");
    }
}

/// Changes a file that git protected.
fn write(path: &Path, content: &[u8]) {
    fs::remove_file(path).unwrap();
    fs::write(path, content).unwrap();
}

#[test]
fn a_flipped_bit_anywhere_is_told() {
    let repository = repository();
    let oracle = repository.oracle();
    let mut random = Random(8);
    let pack = repository.packs("pack").remove(0);
    let files = [vec![pack.clone(), pack.with_extension("idx")], repository.loose()].concat();
    for (number, path) in files.iter().enumerate() {
        let content = fs::read(path).unwrap();
        for _ in 0..if number < 2 { 150 } else { 30 } {
            let mut damaged = content.clone();
            let at = random.below(content.len());
            damaged[at] ^= 1 << random.below(8);
            write(path, &damaged);
            let seen = see(&repository);
            let what = format!("{} at {at}", path.display());
            if number == 1 {
                // A name that the index has wrong is told, but cannot be mended.
                assert!(!seen.problems.is_empty(), "{what}: silence");
            } else {
                check(&seen, &oracle, &what);
            }
        }
        write(path, &content);
    }
    repository.check();
}

#[test]
fn a_file_that_is_cut_short_is_told() {
    let repository = repository();
    let oracle = repository.oracle();
    let pack = repository.packs("pack").remove(0);
    for path in [vec![pack.clone(), pack.with_extension("idx")], repository.loose()].concat() {
        let content = fs::read(&path).unwrap();
        for length in [0, 1, 11, 12, 31, content.len() / 2, content.len() - 1] {
            write(&path, &content[..length.min(content.len() - 1)]);
            let seen = see(&repository);
            check(&seen, &oracle, &format!("{} cut to {length}", path.display()));
            assert!(!seen.problems.is_empty());
        }
        write(&path, &content);
    }
}

#[test]
fn what_is_made_from_something_corrupt_is_counted() {
    let repository = repository();
    let oracle = repository.oracle();
    let pack = repository.packs("pack").remove(0);
    // The last but one column of a base is its size, and deltas name theirs.
    let verified = repository.git(&["verify-pack", "-v", pack.to_str().unwrap()]);
    let verified = String::from_utf8(verified).unwrap();
    let base = verified.lines().find_map(|line| line.split_whitespace().nth(6)).unwrap().to_owned();
    let line = verified.lines().find(|line| line.starts_with(&base)).unwrap();
    let offset: usize = line.split_whitespace().nth(4).unwrap().parse().unwrap();
    let mut content = fs::read(&pack).unwrap();
    content[offset + 10] ^= 0xff;
    write(&pack, &content);
    let seen = see(&repository);
    check(&seen, &oracle, "a base");
    let [problem] = &seen.problems[..] else { panic!("{:?}", seen.problems) };
    let expected = format!("the object {base} at offset {offset} cannot be read, nor can ");
    assert!(problem.message.starts_with(&expected), "{problem}");
    let lost = oracle.len() - seen.objects.len();
    let others = problem.message[expected.len()..].split(' ').next().unwrap();
    assert!(others == (lost - 1).to_string() || (others == "one" && lost == 2), "{lost}: {problem}");
    let (stores, _) = repository.stores();
    let id = gix::ObjectId::from_hex(base.as_bytes()).unwrap();
    assert!(super::Reader::new(&stores).find(&id).is_err());
}

#[test]
fn a_second_copy_helps_whoever_asks_for_one_object() {
    let repository = repository();
    let (id, (_, content)) = repository.oracle().into_iter().find(|(_, object)| object.1.len() > 100).unwrap();
    let pack = repository.packs("pack").remove(0);
    let other = Repository::new();
    let bytes = fs::read(&pack).unwrap();
    other.git_with_input(&["unpack-objects", "-q"], &bytes);
    let (directory, rest) = (id.to_string()[..2].to_owned(), id.to_string()[2..].to_owned());
    fs::create_dir_all(repository.objects().join(&directory)).unwrap();
    let copy = repository.objects().join(&directory).join(&rest);
    fs::copy(other.objects().join(&directory).join(&rest), copy).unwrap();
    let damaged: Vec<_> = bytes
        .iter()
        .enumerate()
        .map(|(at, byte)| if at > 12 && at + 20 < bytes.len() { !byte } else { *byte })
        .collect();
    write(&pack, &damaged);
    let (stores, _) = repository.stores();
    let mut reader = super::Reader::new(&stores);
    assert_eq!(reader.find(&id).unwrap().unwrap().data, content);
    let missing = gix::ObjectId::from_bytes_or_panic(&[7; 20]);
    assert!(reader.find(&missing).unwrap().is_none());
}

#[test]
fn an_old_index_without_checksums_leaves_the_names_to_tell() {
    let repository = repository();
    let oracle = repository.oracle();
    let pack = repository.packs("pack").remove(0);
    let index = pack.with_extension("idx");
    fs::remove_file(&index).unwrap();
    repository.git(&["index-pack", "--index-version=1", pack.to_str().unwrap()]);
    assert_ne!(fs::read(&index).unwrap()[..4], *b"\xfftOc");
    repository.check();
    let content = fs::read(&pack).unwrap();
    let mut random = Random(9);
    for _ in 0..100 {
        let mut damaged = content.clone();
        let at = random.below(content.len());
        damaged[at] ^= 1 << random.below(8);
        write(&pack, &damaged);
        check(&see(&repository), &oracle, &format!("at {at}"));
    }
}
