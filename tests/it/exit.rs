//! Exit codes: one test for each row of the table in `keyhound --help`, and for what each level does to it.

use crate::support::{Sandbox, keys};

#[test]
fn a_complete_scan_that_finds_nothing_is_0() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", "nothing here\n");
    sandbox.keyhound(&["scan"]).expect(0).quietly();
}

#[test]
fn a_live_key_is_1() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", keys::live(1));
    sandbox.keyhound(&["scan"]).expect(1);
}

#[test]
fn a_sandbox_key_is_1() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", keys::sandbox(1));
    sandbox.keyhound(&["scan"]).expect(1);
}

#[test]
fn a_header_value_is_1() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.sh", format!("curl -H 'X-API-Key: {}'\n", keys::header_value()));
    sandbox.keyhound(&["scan"]).expect(1);
}

#[test]
fn low_confidence_is_a_warning_that_is_shown_on_request() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", keys::doubtful());
    sandbox.keyhound(&["scan"]).expect(0);
    let shown = sandbox.keyhound(&["scan", "--min-confidence", "low", "--format", "json"]);
    shown.expect(0);
    assert_eq!(shown.json()["findings"][0]["level"], "warning", "{shown}");
    sandbox.keyhound(&["scan", "--min-confidence", "low", "--fail-on", "warning"]).expect(1);
    sandbox.keyhound(&["scan", "--min-confidence", "low", "--fail-on", "error"]).expect(0);
}

#[test]
fn a_key_in_an_ignored_file_is_a_note_and_never_fails() {
    let sandbox = Sandbox::repository();
    sandbox.write(".gitignore", ".env\n");
    sandbox.write(".env", keys::live(1));
    sandbox.keyhound(&["scan", "--fail-on", "warning"]).expect(0);
    let shown = sandbox.keyhound(&["scan", "--include-ignored", "--fail-on", "warning", "--format", "json"]);
    shown.expect(0);
    assert_eq!(shown.json()["findings"][0]["level"], "note", "{shown}");
}

#[test]
fn fail_on_decides_which_levels_are_1() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", keys::live(1));
    for (level, code) in [("error", 1), ("warning", 1), ("never", 0)] {
        sandbox.keyhound(&["scan", "--fail-on", level]).expect(code);
    }
}

#[test]
fn exit_zero_turns_1_into_0() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", keys::live(1));
    sandbox.keyhound(&["scan", "--exit-zero"]).expect(0).says("a.txt");
}

#[test]
fn the_exit_code_is_the_same_in_every_format() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", keys::live(1));
    for format in ["human", "json", "jsonl", "sarif"] {
        sandbox.keyhound(&["scan", "--format", format]).expect(1);
    }
}

#[test]
fn an_incomplete_scan_is_2_whatever_it_found_and_whatever_was_asked() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", keys::live(1));
    sandbox.write("locked.txt", "who knows\n");
    sandbox.lock("locked.txt");
    for flags in [&["scan"][..], &["scan", "--exit-zero"], &["scan", "--fail-on", "never"]] {
        sandbox.keyhound_unprivileged(flags).expect(2).says("a.txt").says("locked.txt");
    }
}

#[test]
fn what_could_not_be_scanned_is_told_on_stderr_if_the_report_is_not() {
    let sandbox = Sandbox::repository();
    sandbox.write("locked.txt", "who knows\n");
    sandbox.lock("locked.txt");
    sandbox.keyhound_unprivileged(&["scan", "--format", "json"]).expect(2).complains("error: locked.txt: ");
    sandbox.keyhound_unprivileged(&["scan", "--output", "report"]).expect(2).complains("error: locked.txt: ");
}

#[test]
fn many_unreadable_files_do_not_flood_stderr() {
    let sandbox = Sandbox::repository();
    for number in 0..15 {
        sandbox.write(format!("{number:02}"), "");
        sandbox.lock(format!("{number:02}"));
    }
    let output = sandbox.keyhound_unprivileged(&["scan", "--format", "json"]);
    output.expect(2).complains("error: 09: ").complains("note: 5 more could not be scanned");
    assert!(!output.stderr.contains("error: 10: "), "{output}");
    assert_eq!(output.json()["problems"].as_array().unwrap().len(), 15, "{output}");
}

#[test]
fn an_unreadable_directory_is_2() {
    let sandbox = Sandbox::repository();
    sandbox.write("locked/a.txt", "who knows\n");
    sandbox.lock("locked");
    let output = sandbox.keyhound_unprivileged(&["scan"]);
    output.expect(2).says("not scanned: locked: ").quietly();
    sandbox.keyhound_unprivileged(&["scan", "locked"]).expect(2);
}

#[test]
fn an_empty_directory_is_0_and_says_so() {
    let sandbox = Sandbox::new();
    sandbox.keyhound(&["scan"]).expect(0).complains("note: there is nothing to scan");
    sandbox.keyhound(&["scan", "--quiet"]).expect(0).quietly();
    let sandbox = Sandbox::repository();
    sandbox.keyhound(&["scan"]).expect(0).complains("note: there is nothing to scan");
}

#[test]
fn what_is_there_but_not_scanned_is_named() {
    let sandbox = Sandbox::repository();
    sandbox.write("vendor/captures/x", keys::live(1));
    sandbox.write(".keyhound.toml", "[scan]\nexclude = [{ path = \"vendor/captures/\", reason = \"cleaned\" }]\n");
    let output = sandbox.keyhound(&["scan", "vendor/captures/x"]);
    output.expect(0).complains("is here: 1 excluded by the configuration\n");
    let sandbox = Sandbox::repository();
    sandbox.write("old/y", "");
    sandbox.write(".git/info/exclude", "*\n");
    sandbox.keyhound(&["scan"]).expect(0).complains("is here: 1 ignored by git (--include-ignored scans these)\n");
}

#[test]
fn a_path_that_does_not_exist_is_2() {
    let sandbox = Sandbox::repository();
    sandbox.keyhound(&["scan", "nowhere"]).expect(2).complains("error: nowhere does not exist").complains("help: ");
    sandbox.write("a.txt", keys::live(1));
    sandbox.keyhound(&["scan", "a.txt", "nowhere"]).expect(2).complains("nowhere does not exist");
    let output = sandbox.keyhound(&["scan", "nowhere", "a.txt", "neither"]);
    output.expect(2).complains("error: nowhere and neither do not exist").complains("help: check the spelling");
}

#[test]
fn a_corrupt_index_is_2() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", keys::live(1));
    sandbox.write(".git/index", "this is no index");
    sandbox.keyhound(&["scan"]).expect(2).complains("index").complains("help: ");
}

#[test]
fn usage_errors_are_2() {
    let sandbox = Sandbox::new();
    let rows: [(&[&str], &str); 12] = [
        (&["scan", "--colour"], "unexpected argument '--colour'"),
        (&["--no-such-flag"], "unexpected argument '--no-such-flag'"),
        (&["scan", "--format", "xml"], "invalid value 'xml'"),
        (&["scan", "--threads", "0"], "invalid value '0'"),
        (&["scan", "--config", "a", "--no-config"], "cannot be used with"),
        (&["scan", "--quiet", "--verbose"], "cannot be used with"),
        (&["scan", "--report", "sarif"], "it is FORMAT=FILE"),
        (&["scan", "--report", "xml=a"], "no such format"),
        (&["scan", "-", "a.txt"], "`-` is standard input"),
        (&["scan", "--files", "-"], "--files lists files"),
        (&["scan", "--stdin-path", "a.txt"], "--stdin-path names standard input"),
        (&["scan", "--show-secrets", "--format", "sarif"], "--show-secrets does not reach sarif"),
    ];
    for (arguments, message) in rows {
        let output = sandbox.keyhound(arguments);
        output.expect(2).complains("error: ").complains(message);
        assert_eq!(output.stdout, "", "{output}");
    }
}
