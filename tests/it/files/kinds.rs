//! What is no ordinary file: links, FIFOs, sockets, LFS pointers, large and unreadable files.

use std::{
    fs::{self, File},
    io::Write,
    os::unix::{fs::symlink, net::UnixListener},
    path::Path,
    process::Command,
    thread,
};

use super::recorder::{Scan, repository};
use crate::support::Sandbox;

/// Makes a FIFO; the standard library cannot.
pub(crate) fn fifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn nobody_waits_for_a_head_that_is_no_file() {
    let sandbox = repository();
    sandbox.write("sub/a.txt", "a");
    for name in ["objects", "refs"] {
        fs::create_dir_all(sandbox.join("sub/.git").join(name)).unwrap();
    }
    let head = sandbox.join("sub/.git/HEAD");
    fifo(&head);
    sandbox.keyhound(&["scan"]).expect(0);
    fs::remove_file(&head).unwrap();
    symlink("/dev/zero", &head).unwrap();
    sandbox.keyhound(&["scan"]).expect(0);
}

#[test]
fn links_are_not_followed_and_their_text_is_scanned() {
    let sandbox = repository();
    sandbox.write("../outside.txt", "outside");
    sandbox.write("dir/a.txt", "a");
    symlink("../outside.txt", sandbox.join("tracked-link")).unwrap();
    sandbox.commit_all();
    symlink("..", sandbox.join("dir/loop")).unwrap();
    symlink("self", sandbox.join("self")).unwrap();
    symlink("/etc", sandbox.join("out")).unwrap();
    symlink("nowhere", sandbox.join("dangling")).unwrap();
    let visit = Scan::of(&sandbox).visit();
    let expected = [
        "tracked dir/a.txt",
        "tracked tracked-link",
        "untracked dangling",
        "untracked dir/loop",
        "untracked out",
        "untracked self",
    ];
    assert_eq!(visit.names(), expected);
    assert_eq!(visit.content("tracked", "tracked-link"), [b"../outside.txt"]);
    assert_eq!(visit.content("untracked", "out"), [b"/etc"]);
    assert_eq!(visit.problems, []);
}

#[test]
fn special_files_are_skips_and_never_opened() {
    let sandbox = repository();
    sandbox.write("a.txt", "a");
    sandbox.write("was-a-file", "a");
    sandbox.commit_all();
    fs::remove_file(sandbox.join("was-a-file")).unwrap();
    // A FIFO without a writer would never return.
    fifo(&sandbox.join("was-a-file"));
    fifo(&sandbox.join("fifo"));
    let socket = UnixListener::bind(sandbox.join("socket")).unwrap();
    let visit = Scan::of(&sandbox).visit();
    assert_eq!(visit.names(), ["tracked a.txt"]);
    assert_eq!(visit.left_out(), ["special-file fifo", "special-file socket", "special-file was-a-file"]);
    drop(socket);
}

#[test]
fn a_fifo_that_is_named_is_read_to_its_end() {
    let sandbox = repository();
    let path = sandbox.join("fifo");
    fifo(&path);
    assert_eq!(Scan::of(&sandbox).paths(&["fifo"]).list(), ["fifo"], "listing does not wait for a writer");
    let visit = thread::scope(|scope| {
        scope.spawn(|| {
            let mut writer = File::options().write(true).open(&path).unwrap();
            for _ in 0..3 {
                writer.write_all(&vec![b'x'; 100_000]).unwrap();
            }
        });
        Scan::of(&sandbox).paths(&["fifo"]).visit()
    });
    assert_eq!(visit.content("untracked", "fifo"), [&vec![b'x'; 300_000][..]]);
}

#[test]
fn content_is_handed_out_as_it_is_whatever_it_is() {
    let sandbox = repository();
    let binary: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    sandbox.write("binary", &binary);
    sandbox.write("empty", "");
    let mut long = vec![b'x'; 1_000_000];
    long.push(b'\n');
    sandbox.write("long-line", &long);
    // On both sides of what is read at once, and of the first buffer.
    let sizes = [(64 << 10) - 1, 64 << 10, (64 << 10) + 1, (8 << 20) - 1, 8 << 20, (8 << 20) + 1, 9 << 20];
    for size in sizes {
        sandbox.write(format!("size-{size}"), pattern(size));
    }
    let visit = Scan::of(&sandbox).visit();
    assert_eq!(visit.content("untracked", "binary"), [binary.as_slice()]);
    assert_eq!(visit.content("untracked", "empty"), [b""]);
    assert_eq!(visit.content("untracked", "long-line"), [long.as_slice()]);
    for size in sizes {
        assert!(visit.content("untracked", &format!("size-{size}")) == [pattern(size).as_slice()], "{size}");
    }
}

fn pattern(size: usize) -> Vec<u8> {
    (0..size).map(|number| (number % 251) as u8).collect()
}

#[test]
fn large_files_are_compared_with_the_index_too() {
    let sandbox = repository();
    sandbox.write("large", pattern(9 << 20));
    sandbox.commit_all();
    sandbox.write("large", pattern(9 << 20));
    assert_eq!(Scan::of(&sandbox).visit().names(), ["tracked large"], "written anew, the same");
    let mut changed = pattern(9 << 20);
    changed[8 << 20] ^= 1;
    sandbox.write("large", changed);
    assert_eq!(Scan::of(&sandbox).visit().names(), ["index large", "tracked large"]);
}

#[test]
fn files_that_do_not_say_how_long_they_are_are_read_whole() {
    let sandbox = Sandbox::new();
    let visit = Scan::of(&sandbox).paths(&["/proc/self/status"]).visit();
    let [(_, _, content)] = &visit.blobs[..] else { panic!("{visit:?}") };
    assert!(content.starts_with(b"Name:") && content.ends_with(b"\n"));
}

#[test]
fn a_pointer_to_lfs_is_a_skip_and_what_only_looks_like_one_is_not() {
    let sandbox = repository();
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12345\n", "4d".repeat(32));
    sandbox.write("pointer.bin", &pointer);
    sandbox.write("disguise.bin", format!("{pointer}key = value\n"));
    sandbox.commit_all();
    let visit = Scan::of(&sandbox).visit();
    assert_eq!(visit.names(), ["tracked disguise.bin"]);
    assert_eq!(visit.left_out(), ["lfs-pointer pointer.bin"]);
}

#[test]
fn what_the_configuration_excludes_is_not_opened() {
    let sandbox = repository();
    sandbox.write("vendor/a.txt", "a");
    sandbox.write("vendor/deep/b.txt", "b");
    sandbox.write("gone/c.txt", "c");
    sandbox.write("src/x.min.js", "x");
    sandbox.commit_all();
    sandbox.write("vendor/a.txt", "changed");
    sandbox.write("vendor/new.txt", "new");
    fs::remove_dir_all(sandbox.join("gone")).unwrap();
    fifo(&sandbox.join("src/y.min.js"));
    let globs = ["/vendor/", "*.min.js", "/gone/"];
    let visit = Scan::of(&sandbox).exclude(&globs).visit();
    assert_eq!(visit.blobs, []);
    let expected = ["excluded gone/c.txt", "excluded src/x.min.js", "excluded src/y.min.js", "excluded vendor"];
    assert_eq!(visit.left_out(), expected);
    // Also when it is named.
    let named = ["vendor", "vendor/deep", "vendor/a.txt", "src/x.min.js", "src/y.min.js"];
    let visit = Scan::of(&sandbox).exclude(&globs).paths(&named).visit();
    assert_eq!(visit.blobs, []);
    assert_eq!(visit.skips.len(), named.len(), "{:?}", visit.skips);
}

#[test]
fn a_file_that_changes_while_it_is_scanned_is_no_crash() {
    let sandbox = repository();
    for number in 0..50 {
        sandbox.write(format!("{number}.txt"), vec![b'x'; 1000 * number]);
    }
    sandbox.commit_all();
    let done = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut round = 0;
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                round += 1;
                for number in 0..50 {
                    let path = sandbox.join(format!("{number}.txt"));
                    match (round + number) % 4 {
                        0 => drop(fs::remove_file(&path)),
                        1 => drop(fs::write(&path, vec![b'y'; 500_000])),
                        2 => drop(fs::write(&path, b"")),
                        _ => {
                            drop(
                                File::options().append(true).open(&path).map(|mut file| file.write_all(&[b'z'; 4096])),
                            );
                        }
                    }
                }
            }
        });
        for _ in 0..30 {
            let visit = Scan::of(&sandbox).visit();
            assert_eq!(visit.problems, []);
            let seen = visit.blobs.iter().filter(|blob| blob.0 != "index").count() + visit.skips.len();
            assert_eq!(seen, 50, "each is scanned or deleted");
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}
