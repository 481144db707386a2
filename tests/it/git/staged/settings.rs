//! What blinds scanners that read a diff as text: attributes, drivers and settings of the user.

use super::{line, repository, staged};
use crate::support::{Sandbox, encode, keys};

/// Blocks a staged key whatever these settings say, from the repository's and from the user's configuration.
fn blocks_with(settings: &[(&str, &str)], attributes: &str) {
    for scope in ["--local", "--global"] {
        let sandbox = repository();
        for (name, value) in settings {
            sandbox.git(&["config", scope, name, value]);
        }
        sandbox.write(".gitattributes", attributes);
        sandbox.write("a.py", line(&keys::live(1)));
        sandbox.git(&["add", "--all"]);
        staged(&sandbox).expect(1).says("a.py:1:18");
    }
}

#[test]
fn gitattributes_binary() {
    blocks_with(&[], "*.py binary\n");
}

#[test]
fn gitattributes_no_diff() {
    blocks_with(&[], "*.py -diff\n");
}

#[test]
fn textconv() {
    blocks_with(&[("diff.hide.textconv", "true")], "*.py diff=hide\n");
}

#[test]
fn color_ui_always() {
    blocks_with(&[("color.ui", "always")], "");
}

#[test]
fn diff_noprefix() {
    blocks_with(&[("diff.noprefix", "true")], "");
}

#[test]
fn diff_mnemonic_prefix() {
    blocks_with(&[("diff.mnemonicPrefix", "true")], "");
}

#[test]
fn diff_external() {
    blocks_with(&[("diff.external", "true")], "");
}

#[test]
fn quoted_paths_hidden_submodules_and_other_settings() {
    blocks_with(&[("core.quotePath", "true"), ("diff.ignoreSubmodules", "all"), ("diff.orderFile", "/dev/null")], "");
    blocks_with(&[("core.fsmonitor", "false"), ("core.untrackedCache", "true"), ("core.preloadIndex", "false")], "");
}

#[test]
fn a_program_that_the_configuration_names_is_not_run() {
    let sandbox = repository();
    let trap = sandbox.home().join("sprung");
    let command = format!("touch {}", trap.display());
    for name in ["core.fsmonitor", "diff.external", "core.sshCommand", "filter.x.smudge", "diff.x.textconv"] {
        sandbox.git(&["config", name, &command]);
    }
    sandbox.write(".git/info/attributes", "* filter=x diff=x\n");
    sandbox.write("b.py", line(&keys::live(1)));
    sandbox.git(&["-c", "core.fsmonitor=false", "add", "b.py"]);
    assert!(!trap.exists(), "git did not run it to add");
    staged(&sandbox).expect(1);
    assert!(!trap.exists());
}

#[test]
fn utf_16() {
    for big_endian in [false, true] {
        for mark in ["\u{feff}", ""] {
            let sandbox = repository();
            let text = format!("{mark}{}", line(&keys::live(1)));
            sandbox.write("a.txt", encode::utf16(&text, big_endian));
            sandbox.git(&["add", "a.txt"]);
            staged(&sandbox).expect(1).says("a.txt:1:");
        }
    }
}

/// What is committed is what a filter makes of the file, and that is what counts.
#[test]
fn filters_decide_what_is_staged() {
    let (key, other) = (keys::live(1), keys::live(2));
    let sandbox = repository();
    sandbox.git(&["config", "filter.hide.clean", &format!("sed s/{key}/none/")]);
    sandbox.git(&["config", "filter.show.clean", &format!("sed s/none/{other}/")]);
    sandbox.write(".gitattributes", "hide.py filter=hide\nshow.py filter=show\n");
    sandbox.write("hide.py", line(&key));
    sandbox.git(&["add", "hide.py"]);
    staged(&sandbox).expect(0).says("no keys found");
    sandbox.write("show.py", line("none"));
    sandbox.git(&["add", "show.py"]);
    staged(&sandbox).expect(1).says("show.py:1:18").never_says("hide.py:");
}

#[test]
fn line_ends_and_encodings_of_the_working_tree() {
    let sandbox = repository();
    sandbox.git(&["config", "core.autocrlf", "true"]);
    sandbox.write(".gitattributes", "*.ps1 text working-tree-encoding=UTF-16LE\n");
    sandbox.write("crlf.py", format!("import os\r\n{}", line(&keys::live(1)).replace('\n', "\r\n")));
    sandbox.write("wide.ps1", encode::utf16(&line(&keys::live(2)), false));
    sandbox.git(&["add", "--all"]);
    staged(&sandbox).expect(1).says("crlf.py:2:18").says("wide.ps1:1:18");
}

#[test]
fn a_pointer_to_lfs_is_a_skip_that_is_told() {
    let sandbox = repository();
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12345\n", "0f".repeat(32));
    sandbox.write("big.bin", pointer);
    sandbox.git(&["add", "big.bin"]);
    staged(&sandbox).expect(0).complains("a pointer of git LFS").says("1 lfs-pointer");
}

#[test]
fn names_may_be_any_bytes_and_are_searched_too() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

    let sandbox = repository();
    for name in [&b"caf\xe9 \xff.py"[..], b"new\nline.py", b"--exit-zero", b":(top)x.py", b"sp ace.py"] {
        sandbox.write(OsStr::from_bytes(name), line(&keys::live(1)));
    }
    sandbox.write(format!("{}.txt", keys::live(2)), "nothing\n");
    sandbox.git(&["add", "--all"]);
    let output = sandbox.keyhound(&["staged", "--format=json"]);
    let findings = output.expect(1).never_says(&keys::live(2)).json()["findings"].clone();
    let places: Vec<_> = findings.as_array().unwrap().iter().map(|finding| finding["where"].clone()).collect();
    assert_eq!(places.iter().filter(|place| *place == "file").count(), 5, "{output}");
    assert_eq!(places.iter().filter(|place| *place == "path").count(), 1, "{output}");
}

#[test]
fn configuration_counts_as_it_is_staged() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.py", line(&keys::live(1)));
    sandbox.git(&["add", "a.py"]);
    let allowing = "[[allow]]\npaths = [\"a.py\"]\nreason = \"a sample\"\n";
    sandbox.write(".keyhound.toml", allowing);
    staged(&sandbox).expect(1);
    sandbox.git(&["add", ".keyhound.toml"]);
    staged(&sandbox).expect(0).says("1 is suppressed");
    // Edited away on disk only.
    sandbox.write(".keyhound.toml", "");
    staged(&sandbox).expect(0);
    sandbox.write(".keyhound.toml", "[scan]\nexclude = [{ path = \"*.py\", reason = \"all of it\" }]\n");
    sandbox.git(&["add", ".keyhound.toml"]);
    staged(&sandbox).expect(0).says("1 excluded");
    sandbox.write(".keyhound.toml", "[[alow]]\n");
    sandbox.git(&["add", ".keyhound.toml"]);
    staged(&sandbox).expect(2).complains("alow");
}
