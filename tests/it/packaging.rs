//! What guards a release: archives that are not those of the tagged tree do not pass.

use std::{fmt::Write as _, fs, path::Path, process::Command};

use sha2::{Digest, Sha256};

use crate::support::{Output, Sandbox};

const TARGETS: [&str; 5] = [
    "aarch64-apple-darwin",
    "aarch64-unknown-linux-musl",
    "x86_64-apple-darwin",
    "x86_64-pc-windows-msvc",
    "x86_64-unknown-linux-musl",
];

fn archive(target: &str) -> String {
    format!("keyhound-{target}-v1.2.3.tar.gz")
}

/// A tree of version 1.2.3 with the checksums of all of its archives, and these.
fn release() -> Sandbox {
    let sandbox = Sandbox::new();
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::create_dir_all(sandbox.join("packaging/action")).unwrap();
    fs::copy(repository.join("packaging/verify"), sandbox.join("packaging/verify")).unwrap();
    // The version of a dependency is not that of the package.
    sandbox.write("Cargo.toml", "[package]\nversion = \"1.2.3\"\n[dependencies.x]\nversion = \"9.9.9\"\n");
    let mut checksums = "# A comment.\n".to_owned();
    for target in TARGETS {
        sandbox.write(format!("archives/{}", archive(target)), target);
        let digest: String = Sha256::digest(target).iter().map(|byte| format!("{byte:02x}")).collect();
        writeln!(checksums, "{digest}  {}", archive(target)).unwrap();
    }
    sandbox.write("packaging/action/checksums", checksums);
    sandbox
}

fn verify(sandbox: &Sandbox, tag: &str) -> Output {
    let mut command = Command::new("bash");
    sandbox.run(command.args(["packaging/verify", tag, "archives"]).current_dir(sandbox.root()))
}

#[test]
fn the_archives_of_the_tagged_tree_pass() {
    verify(&release(), "v1.2.3").expect(0).says(": OK").quietly();
}

#[test]
fn any_other_archive_does_not() {
    verify(&release(), "v1.2.4").expect(1).complains("the version v1.2.3");
    verify(&release(), "v9.9.9").expect(1);

    let changed = release();
    changed.write(format!("archives/{}", archive(TARGETS[3])), "another");
    verify(&changed, "v1.2.3").expect(1).says("FAILED");

    let missing = release();
    fs::remove_file(missing.join(format!("archives/{}", archive(TARGETS[0])))).unwrap();
    verify(&missing, "v1.2.3").expect(1).complains("expected");

    let more = release();
    more.write("archives/keyhound-riscv64-v1.2.3.tar.gz", "more");
    verify(&more, "v1.2.3").expect(1).complains("expected");
}

#[test]
fn checksums_that_are_not_of_all_archives_do_not() {
    let sandbox = release();
    let all = sandbox.read("packaging/action/checksums");
    let (but_last, last) = all.trim_end().rsplit_once('\n').unwrap();
    let broken = format!("{but_last}\nzz{last}\n");
    for checksums in ["", "# There is no release yet.\n", but_last, &format!("{all}{last}\n"), &broken] {
        sandbox.write("packaging/action/checksums", checksums);
        verify(&sandbox, "v1.2.3").expect(1);
    }
}
