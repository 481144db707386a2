//! What may not be read, and what belongs to somebody else. By the program itself, run by somebody who is not root.

use super::recorder::{Scan, repository};
use crate::support::{Output, Sandbox, keys};

/// The line of the configuration that the help of the only problem proposes.
fn proposed(output: &Output) -> String {
    let json = output.json();
    let [problem] = json["problems"].as_array().unwrap().as_slice() else { panic!("one problem is due\n{output}") };
    let help = problem["help"].as_str().unwrap();
    help.split('`').find(|part| part.starts_with("exclude")).unwrap().replace('…', "not ours")
}

/// Scans as somebody who is not root.
fn scan(sandbox: &Sandbox) -> Output {
    sandbox.keyhound_unprivileged(&["scan", "--format", "json"])
}

#[test]
fn an_unreadable_file_is_a_problem_until_the_line_it_names_excludes_it() {
    for name in ["locked.txt", "a [b]*\\é.txt", "d e/#locked ", "two\nlines {a,b}"] {
        let sandbox = repository();
        sandbox.write(name, "locked");
        sandbox.write("leak.txt", format!("key = {}\n", keys::live(1)));
        sandbox.lock(name);
        let output = scan(&sandbox);
        output.expect(2);
        let json = output.json();
        assert_eq!(json["problems"][0]["path"], name, "{output}");
        assert_eq!(json["findings"][0]["path"], "leak.txt", "the rest is scanned\n{output}");
        sandbox.write(".keyhound.toml", format!("[scan]\n{}\n", proposed(&output)));
        let output = scan(&sandbox);
        output.expect(1);
        assert_eq!(output.json()["summary"]["skipped"]["excluded"], 1, "{output}");
    }
}

#[test]
fn an_unreadable_directory_is_one_problem_whatever_is_tracked_in_it() {
    let sandbox = repository();
    for name in ["a.txt", "b.txt", "deep/c.txt"] {
        sandbox.write(format!("locked/{name}"), name);
    }
    sandbox.commit_all();
    sandbox.lock("locked");
    let output = scan(&sandbox);
    output.expect(2);
    assert_eq!(output.json()["problems"][0]["path"], "locked", "{output}");
    sandbox.write(".keyhound.toml", format!("[scan]\n{}\n", proposed(&output)));
    scan(&sandbox).expect(0);
}

#[test]
fn an_unreadable_directory_that_is_ignored_is_no_problem() {
    let sandbox = repository();
    sandbox.write(".gitignore", "locked/\n");
    sandbox.write("locked/a.txt", "a");
    sandbox.lock("locked");
    scan(&sandbox).expect(0);
}

#[test]
fn an_unreadable_tracked_file_does_not_hide_what_is_staged_for_it() {
    let sandbox = repository();
    sandbox.write("config.txt", format!("key = {}\n", keys::live(1)));
    sandbox.commit_all();
    sandbox.lock("config.txt");
    let output = scan(&sandbox);
    output.expect(2);
    assert_eq!(output.json()["findings"][0]["git_state"], "tracked", "{output}");
}

#[test]
fn an_unreadable_root_is_a_problem() {
    let sandbox = Sandbox::new();
    sandbox.write("d/a.txt", "a");
    sandbox.lock("d");
    sandbox.keyhound_unprivileged(&["scan", "d"]).expect(2);
}

#[test]
fn a_repository_of_another_owner_is_scanned_as_any_other() {
    let sandbox = repository();
    sandbox.write(".gitignore", "*.log\n");
    sandbox.write("a.txt", "staged");
    sandbox.commit_all();
    sandbox.write("a.txt", "edited");
    sandbox.write("x.log", "log");
    // It all belongs to nobody now, and this process to root, if the tests run as root at all.
    scan(&sandbox).expect(0);
    assert_eq!(Scan::of(&sandbox).visit().names(), ["index a.txt", "tracked .gitignore", "tracked a.txt"]);
}
