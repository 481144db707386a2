//! What keyhound reads besides what it scans, where somebody put something in its place that never ends or never begins.

use std::{
    fs::{self, File},
    os::unix::fs::symlink,
    path::Path,
    process::Stdio,
    thread,
    time::{Duration, Instant},
};

use crate::{
    files::kinds::fifo,
    support::{Output, Sandbox, keys},
};

/// More than keyhound reads of a file of configuration or ignore rules, in bytes.
const TOO_LARGE: u64 = (16 << 20) + 1;

/// Runs keyhound, and kills it if it does not end.
fn keyhound(sandbox: &Sandbox, arguments: &[&str]) -> Output {
    let mut command = sandbox.command(arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > end {
            child.kill().unwrap();
        }
        thread::sleep(Duration::from_millis(10));
    }
    Output::new(&child.wait_with_output().unwrap(), "no sandbox")
}

/// A repository with a key in it and something that ought to be a regular file.
fn repository(path: &str, put: impl FnOnce(&Path)) -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", keys::live(1));
    sandbox.commit_all();
    let path = sandbox.join(path);
    if path.exists() {
        fs::remove_file(&path).unwrap();
    }
    put(&path);
    sandbox
}

/// Puts something in the place of a file.
type Put = fn(&Path);

/// A file that is large, but takes no space.
fn large(path: &Path) {
    File::create(path).unwrap().set_len(TOO_LARGE).unwrap();
}

fn endless(path: &Path) {
    symlink("/dev/zero", path).unwrap();
}

#[test]
fn a_configuration_that_is_no_small_regular_file_is_refused() {
    let puts: [(Put, &str); 4] = [
        (fifo, "cannot read the configuration .keyhound.toml: it is no regular file"),
        (large, "cannot read the configuration .keyhound.toml: it is larger than 16 MiB"),
        (endless, ".keyhound.toml is a symbolic link that leaves the repository"),
        (|path| symlink("nowhere", path).unwrap(), ".keyhound.toml is a symbolic link to something that is not there"),
    ];
    for (put, complaint) in puts {
        let sandbox = repository(".keyhound.toml", put);
        for arguments in [&["scan"][..], &["scan", "-"], &["rules", "list"]] {
            keyhound(&sandbox, arguments).expect(2).complains(complaint).complains("help: ");
        }
        keyhound(&sandbox, &["scan", "--no-config", "a.txt"]).expect(1);
    }
    let sandbox = Sandbox::repository();
    keyhound(&sandbox, &["scan", "--config", "/dev/zero"]).expect(2).complains("larger than 16 MiB");
}

#[test]
fn a_configuration_outside_the_repository_is_neither_read_nor_written_through_a_link() {
    let sandbox = repository(".keyhound.toml", |path| symlink("../outside.toml", path).unwrap());
    let policy = "[[allow]]\nrules = [\"sk-live-key\"]\nreason = \"x\"\n";
    sandbox.write("../outside.toml", policy);
    keyhound(&sandbox, &["scan"]).expect(2).complains("leaves the repository");
    let fingerprint = format!("kh1:{}", "0".repeat(32));
    keyhound(&sandbox, &["allow", &fingerprint, "--reason", "x"]).expect(2).complains("leaves the repository");
    assert_eq!(sandbox.read("../outside.toml"), policy);
    // Who means it can name it.
    keyhound(&sandbox, &["scan", "--config", "../outside.toml"]).expect(0);
}

#[test]
fn ignore_rules_that_are_no_small_regular_file_are_a_problem() {
    let puts: [(Put, &str); 2] = [(fifo, "it is no regular file"), (large, "it is larger than 16 MiB")];
    for (put, complaint) in puts {
        let sandbox = repository(".gitignore", put);
        sandbox.write("b.txt", keys::live(2));
        let output = keyhound(&sandbox, &["scan", "--format", "json"]);
        let json = output.expect(2).json();
        assert_eq!(json["problems"].as_array().unwrap().len(), 1, "{output}");
        assert_eq!(json["problems"][0]["path"], ".gitignore", "{output}");
        assert!(json["problems"][0]["message"].as_str().unwrap().ends_with(complaint), "{output}");
        assert_eq!(json["findings"].as_array().unwrap().len(), 2, "nothing is hidden by them\n{output}");
    }
    let puts: [Put; 3] = [fifo, large, endless];
    for put in puts {
        keyhound(&repository(".git/info/exclude", put), &["scan"]).expect(2).complains("/info/exclude cannot be read");
        let sandbox = repository("excludes", put);
        sandbox.git(&["config", "core.excludesFile", "excludes"]);
        keyhound(&sandbox, &["scan", "a.txt"]).expect(2).complains("/excludes cannot be read").complains("help: ");
    }
    // This is how some say that they have none.
    let sandbox = repository("excludes", |_| {});
    sandbox.git(&["config", "core.excludesFile", "/dev/null"]);
    keyhound(&sandbox, &["scan"]).expect(1).quietly();
}

#[test]
fn an_index_that_is_no_regular_file_is_refused() {
    for put in [fifo, endless] {
        let complaint = "/index cannot be read: it is no regular file";
        keyhound(&repository(".git/index", put), &["scan"]).expect(2).complains(complaint);
    }
    let sandbox = repository("unused", |_| {});
    sandbox.git(&["update-index", "--split-index"]);
    let names = fs::read_dir(sandbox.join(".git")).unwrap().map(|entry| entry.unwrap().path());
    let shared = names.into_iter().find(|path| path.to_str().unwrap().contains("/sharedindex.")).unwrap();
    fs::remove_file(&shared).unwrap();
    fifo(&shared);
    keyhound(&sandbox, &["scan"]).expect(2).complains("/sharedindex.").complains("it is no regular file");
}
