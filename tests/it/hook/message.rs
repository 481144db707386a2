//! What a blocked commit says: 80 columns by at most 20 lines, whatever was found.

use std::path::Path;

use snapbox::{Assert, Data};

use super::{line, pre_commit, repository};
use crate::support::{Output, Sandbox, keys};

/// Compares with a file of the repository; `SNAPSHOTS=overwrite` writes it.
fn golden(name: &str, output: &Output) {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/hook")).join(name);
    fits(output);
    Assert::new().action_env("SNAPSHOTS").eq(output.stdout.clone(), Data::read_from(&path, None));
}

fn fits(output: &Output) {
    let lines: Vec<_> = output.stdout.lines().collect();
    assert!(lines.len() <= 20 && lines.iter().all(|line| line.chars().count() <= 80), "{output}");
}

#[test]
fn one_key() {
    let sandbox = repository();
    sandbox.write("src/upload.py", format!("headers = {{\n    \"X-API-Key\": \"{}\",\n}}\n", keys::live(1)));
    sandbox.git(&["add", "--all"]);
    golden("one.txt", pre_commit(&sandbox, &[]).expect(1).quietly());
}

#[test]
fn several_keys() {
    let sandbox = repository();
    for number in 1..=5 {
        sandbox.write(format!("src/file{number}.py"), line(&keys::live(number)));
    }
    sandbox.write("test.env", format!("KEY={}\nX_API_KEY={}\n", keys::sandbox(1), keys::header_value()));
    sandbox.git(&["add", "--all"]);
    golden("several.txt", pre_commit(&sandbox, &[]).expect(1).quietly());
}

#[test]
fn two_kinds_of_keys() {
    let sandbox = repository();
    sandbox.write("test.env", format!("KEY={}\nX_API_KEY={}\n", keys::live(1), keys::header_value()));
    sandbox.git(&["add", "--all"]);
    golden("kinds.txt", pre_commit(&sandbox, &[]).expect(1).quietly());
}

#[test]
fn a_file_that_git_ignores() {
    let sandbox = repository();
    sandbox.write(".gitignore", ".env\n");
    sandbox.write(".env", format!("MEDIAMAGIC_API_KEY={}\n", keys::live(1)));
    sandbox.git(&["add", "--force", "--all"]);
    golden("ignored.txt", pre_commit(&sandbox, &[]).expect(1).quietly());
}

#[test]
fn a_place_that_could_not_be_scanned() {
    let sandbox = repository();
    for number in 1..=5 {
        sandbox.write(format!("file{number}.py"), format!("{number}\n"));
    }
    sandbox.git(&["add", "--all"]);
    let objects = sandbox.git(&["ls-files", "--stage", "file*"]);
    for id in objects.lines().map(|line| line.split(' ').nth(1).unwrap()) {
        std::fs::remove_file(sandbox.join(format!(".git/objects/{}/{}", &id[..2], &id[2..]))).unwrap();
    }
    golden("incomplete.txt", pre_commit(&sandbox, &[]).expect(2).quietly());
}

#[test]
fn whatever_the_names_and_lines_are() {
    let long = "a long name ".repeat(15);
    for (path, before) in [
        (format!("{long}/{long}/x.py"), String::new()),
        ("\u{202e}txt\u{1b}[31m\nname.py".to_owned(), "\u{1b}]0;title\u{7}".to_owned()),
        (
            "wide/字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字字.py"
                .to_owned(),
            "字".repeat(100),
        ),
        ("##[error]::error::x.py".to_owned(), "x ".repeat(5000)),
        (format!("{}.txt", keys::live(9)), String::new()),
    ] {
        let sandbox = Sandbox::repository();
        let text = (1..=8).map(|number| format!("{before}key = \"{}\" {before}\n", keys::live(number)));
        sandbox.write(&path, text.collect::<String>());
        sandbox.git(&["add", "--all"]);
        let output = pre_commit(&sandbox, &[]);
        fits(output.expect(1).says("why: ").says("fix: ").says("allow: "));
        assert!(!output.stdout.contains(['\u{202e}', '\u{1b}', '\u{7}']), "{output}");
        for number in 1..=9 {
            output.never_says(&keys::live(number)[8..20]);
        }
    }
}
