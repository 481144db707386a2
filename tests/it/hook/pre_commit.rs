//! Which version of a file counts, and that nothing gets past it.

use std::{ffi::OsStr, fs, os::unix::ffi::OsStrExt};

use super::{line, pre_commit, repository};
use crate::support::{Sandbox, keys};

#[test]
fn without_files_what_is_staged_is_checked() {
    let sandbox = repository();
    pre_commit(&sandbox, &[]).expect(0).quietly().never_says("keyhound");
    sandbox.write("a.py", line(&keys::live(1)));
    pre_commit(&sandbox, &[]).expect(0).quietly();
    sandbox.git(&["add", "a.py"]);
    pre_commit(&sandbox, &[]).expect(1).quietly().says("a.py:1:18").never_says(&keys::live(1)[8..]);
    sandbox.write("a.py", "import os\n");
    pre_commit(&sandbox, &[]).expect(1);
}

#[test]
fn a_file_that_is_staged_is_judged_by_what_is_new_in_the_index() {
    let sandbox = Sandbox::repository();
    sandbox.write("old.py", line(&keys::live(1)));
    sandbox.commit_all();
    sandbox.write("old.py", format!("import os\n{}", line(&keys::live(1))));
    sandbox.git(&["add", "old.py"]);
    // An unrelated edit in a file with an old key.
    pre_commit(&sandbox, &["old.py"]).expect(0).quietly();
    // Partial staging: what is only on disk does not count, what is only in the index does.
    sandbox.write("old.py", line(&keys::live(2)));
    pre_commit(&sandbox, &["old.py"]).expect(0).quietly();
    sandbox.git(&["add", "old.py"]);
    sandbox.write("old.py", "clean\n");
    pre_commit(&sandbox, &["old.py"]).expect(1).says("old.py:1:18");
}

#[test]
fn a_file_that_is_not_staged_is_scanned_whole() {
    let sandbox = Sandbox::repository();
    sandbox.write("old.py", line(&keys::live(1)));
    sandbox.write(".gitignore", "*.log\n");
    sandbox.commit_all();
    // As with `pre-commit run --all-files`.
    pre_commit(&sandbox, &[".gitignore", "old.py"]).expect(1).says("old.py:1:18");
    sandbox.write("untracked.py", line(&keys::live(2)));
    sandbox.write("x.log", line(&keys::live(3)));
    pre_commit(&sandbox, &["untracked.py"]).expect(1).says("untracked.py:1:18");
    // A key in a file that git ignores stays on this machine.
    pre_commit(&sandbox, &["x.log"]).expect(0);
    // Beside a change that takes the same value away elsewhere: that makes it old there only.
    sandbox.write("other.py", line(&keys::live(1)));
    sandbox.git(&["add", "other.py"]);
    sandbox.git(&["commit", "--quiet", "--message=other"]);
    sandbox.write("other.py", "clean\n");
    sandbox.git(&["add", "other.py"]);
    pre_commit(&sandbox, &["other.py"]).expect(0);
    pre_commit(&sandbox, &["other.py", "old.py"]).expect(1).says("old.py:1:18");
}

#[test]
fn only_the_files_that_are_named_count() {
    let sandbox = repository();
    sandbox.write("b.py", line(&keys::live(1)));
    sandbox.write("c.py", "clean\n");
    sandbox.git(&["add", "--all"]);
    pre_commit(&sandbox, &["c.py"]).expect(0);
    pre_commit(&sandbox, &["c.py", "b.py"]).expect(1).says("b.py:1:18");
    sandbox.write("sub/d.py", "clean\n");
    let from_below = |file: &str| sandbox.keyhound_in("sub", &["hook", "pre-commit", file]);
    from_below("../b.py").expect(1).says("../b.py:1:18");
    from_below("d.py").expect(0);
}

#[test]
fn nothing_weakens_it() {
    let sandbox = repository();
    sandbox.write("b.py", line(&keys::live(1)));
    sandbox.git(&["add", "b.py"]);
    for option in [
        "--exit-zero",
        "--no-config",
        "--no-inline",
        "--show-secrets",
        "--fail-on=never",
        "--min-confidence=high",
        "--config=x.toml",
        "--quiet",
        "-q",
        "--output=x",
        "--format=json",
        "--files",
    ] {
        pre_commit(&sandbox, &[option]).expect(2);
        pre_commit(&sandbox, &[option, "b.py"]).expect(2);
        pre_commit(&sandbox, &["b.py", option]).expect(2);
        sandbox.keyhound(&["--color=never", "hook", "pre-commit", option]).expect(2);
    }
    sandbox.keyhound(&["hook", "pre-commit", "--color=always", "b.py"]).expect(1).says("\u{1b}[");
    sandbox.keyhound(&["--color", "always", "hook", "pre-commit"]).expect(1).says("\u{1b}[");
}

#[test]
fn a_name_that_looks_like_an_option_is_a_name() {
    for name in ["--exit-zero", "--color=never", "--help", "-h", "-", "--", "--version", "-V"] {
        let sandbox = repository();
        sandbox.write(name, line(&keys::live(1)));
        sandbox.git(&["add", "--all"]);
        pre_commit(&sandbox, &[name]).expect(1).says(":1:18");
        pre_commit(&sandbox, &["a.py", name]).expect(1).says(":1:18");
        pre_commit(&sandbox, &["--", name]).expect(1).says(":1:18");
        sandbox.commit_all();
        pre_commit(&sandbox, &[name]).expect(1).says(":1:18");
    }
}

#[test]
fn odd_names() {
    let sandbox = repository();
    for name in [&b"sp ace.py"[..], b"caf\xe9.py", b"new\nline.py", b":(exclude)x", b"*"] {
        let name = OsStr::from_bytes(name);
        sandbox.write(name, line(&keys::live(1)));
        let arguments = [OsStr::new("hook"), OsStr::new("pre-commit"), name];
        sandbox.keyhound(&arguments).expect(1);
        sandbox.git(&["add", "--all"]);
        sandbox.keyhound(&arguments).expect(1);
        fs::remove_file(sandbox.join(name)).unwrap();
        sandbox.keyhound(&arguments).expect(1);
        sandbox.git(&["reset", "--quiet", "--hard"]);
    }
}

#[test]
fn what_is_not_there_is_an_error_unless_it_is_deleted() {
    let sandbox = repository();
    pre_commit(&sandbox, &["none.py"]).expect(2).complains("none.py does not exist");
    sandbox.git(&["rm", "--quiet", "a.py"]);
    pre_commit(&sandbox, &["a.py"]).expect(0);
    sandbox.write("sub/b.py", "b\n");
    pre_commit(&sandbox, &["sub"]).expect(2).complains("is a directory");
    // Elsewhere is not here.
    sandbox.write("../outside.py", line(&keys::live(1)));
    pre_commit(&sandbox, &["../outside.py"]).expect(1).says("outside.py:1:18");
}

#[test]
fn what_the_configuration_excludes_is_excluded_even_if_it_is_named() {
    let sandbox = Sandbox::repository();
    sandbox.write(".keyhound.toml", "[scan]\nexclude = [{ path = \"vendor/\", reason = \"not ours\" }]\n");
    sandbox.write("vendor/a.py", line(&keys::live(1)));
    sandbox.commit_all();
    pre_commit(&sandbox, &["vendor/a.py"]).expect(0);
    sandbox.write("vendor/a.py", line(&keys::live(2)));
    sandbox.git(&["add", "--all"]);
    pre_commit(&sandbox, &["vendor/a.py"]).expect(0);
    // What is only on disk forgives nothing.
    sandbox.git(&["rm", "--quiet", "--cached", ".keyhound.toml"]);
    pre_commit(&sandbox, &["vendor/a.py"]).expect(1);
}

#[test]
fn submodules_and_links_that_are_named() {
    let sandbox = repository();
    let commit = sandbox.git(&["rev-parse", "HEAD"]);
    fs::create_dir(sandbox.join("module")).unwrap();
    sandbox.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{},module", commit.trim())]);
    pre_commit(&sandbox, &["module"]).expect(0);
    sandbox.git(&["commit", "--quiet", "--message=module"]);
    pre_commit(&sandbox, &["module"]).expect(0);
    std::os::unix::fs::symlink("module", sandbox.join("link")).unwrap();
    sandbox.git(&["add", "link"]);
    pre_commit(&sandbox, &["link"]).expect(0);
    // What a link says is a part of a commit; what it leads to is none, whatever that is.
    std::os::unix::fs::symlink("/dev/zero", sandbox.join("endless")).unwrap();
    std::os::unix::fs::symlink("nowhere", sandbox.join("dangling")).unwrap();
    std::os::unix::fs::symlink(keys::live(1), sandbox.join("key")).unwrap();
    sandbox.git(&["add", "endless", "dangling", "key"]);
    pre_commit(&sandbox, &["endless", "dangling", "key"]).expect(1).says("key:1:1");
    sandbox.git(&["commit", "--quiet", "--message=links"]);
    pre_commit(&sandbox, &["endless", "dangling", "key"]).expect(0);
}

#[test]
fn what_cannot_be_looked_at_stops_it() {
    let sandbox = repository();
    sandbox.write("b.py", "b\n");
    sandbox.git(&["add", "b.py"]);
    let id = sandbox.git(&["rev-parse", ":b.py"]);
    fs::remove_file(sandbox.join(format!(".git/objects/{}/{}", &id[..2], id[2..].trim()))).unwrap();
    pre_commit(&sandbox, &[]).expect(2).says("keyhound stopped this commit: 1 place could not be scanned");
    pre_commit(&sandbox, &["b.py"]).expect(2);
    sandbox.write(".git/HEAD", "broken\n");
    pre_commit(&sandbox, &[]).expect(2);
    Sandbox::new().keyhound(&["hook", "pre-commit"]).expect(2).complains("is in no git repository");
}

#[test]
fn a_live_key_that_is_let_pass_is_told() {
    let sandbox = repository();
    sandbox.write("a.py", format!("key = \"{}\"  # keyhound:allow -- revoked\n", keys::live(1)));
    sandbox.git(&["add", "a.py"]);
    pre_commit(&sandbox, &[]).expect(0).says("keyhound let a live key pass at a.py:1:8: by the comment keyhound:allow");
}
