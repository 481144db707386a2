//! Repositories with much of something: entries of a tree, directories in directories, versions of a file.

use std::fmt::Write as _;

use super::{findings, git_with_input, id, line, only, paths, refs};
use crate::support::{Sandbox, keys};

#[test]
fn a_tree_of_twenty_thousand_entries() {
    let sandbox = Sandbox::repository();
    let mut script = String::from("blob\nmark :1\ndata 2\nx\n");
    let key = line(&keys::live(1));
    write!(script, "blob\nmark :2\ndata {}\n{key}\n", key.len()).unwrap();
    for version in 0..3 {
        write!(script, "commit refs/heads/main\ncommitter C <c@example.com> {version} +0000\ndata 1\nx\n").unwrap();
        for number in (0..20_000).filter(|number| version == 0 || number % 5_000 == version) {
            writeln!(script, "M 100644 :{} file{number:05}.py", version % 2 + 1).unwrap();
        }
    }
    git_with_input(&sandbox, &["fast-import", "--quiet"], script.as_bytes());
    for packed in [false, true] {
        if packed {
            sandbox.git(&["repack", "--quiet", "-a", "-d"]);
        }
        let found = findings(&sandbox, 1);
        assert_eq!(paths(&found), ["file00001.py", "file05001.py", "file10001.py", "file15001.py"]);
        for finding in &found {
            assert_eq!(finding["commit"]["id"], id(&sandbox, "main~"));
            assert_eq!(finding["past"]["last"]["id"], id(&sandbox, "main"));
        }
    }
}

#[test]
fn directories_in_directories() {
    let sandbox = Sandbox::repository();
    // git itself takes no more than 2,048.
    let path = "d/".repeat(2_000) + "a.py";
    let key = line(&keys::live(1));
    let script = format!(
        "commit refs/heads/main\ncommitter C <c@example.com> 1 +0000\ndata 1\nx\nM 100644 inline {path}\ndata {}\n{key}\n",
        key.len()
    );
    git_with_input(&sandbox, &["fast-import", "--quiet"], script.as_bytes());
    assert_eq!(only(&sandbox)["path"], path);
}

#[test]
fn directories_that_have_no_end_are_told_and_what_is_above_is_found() {
    let sandbox = Sandbox::repository();
    sandbox.write("README", "x\n");
    sandbox.git(&["add", "--all"]);
    sandbox.git(&["commit", "--quiet", "--message=x"]);
    sandbox.git(&["branch", "deep"]);
    let key = line(&keys::live(1));
    let below = "d/".repeat(2_000);
    let head = "commit refs/heads/deep\ncommitter C <c@example.com> 1 +0000\ndata 1\nx\nfrom refs/heads/deep^0\n";
    let script = format!("{head}M 100644 inline {below}a.py\ndata {}\n{key}\n", key.len());
    git_with_input(&sandbox, &["fast-import", "--quiet"], script.as_bytes());
    for _ in 0..2 {
        let tree = sandbox.git(&["rev-parse", "deep^{tree}"]);
        let script =
            format!("{head}M 040000 {} {below}d\nM 100644 inline top.py\ndata {}\n{key}\n", tree.trim(), key.len());
        git_with_input(&sandbox, &["fast-import", "--quiet"], script.as_bytes());
    }
    for arguments in [&["history"][..], &["range", "main..deep"]] {
        let output = sandbox.keyhound(arguments);
        output.expect(2).says("top.py").says("4096").says("deep");
    }
}

#[test]
fn three_hundred_versions_of_a_file_are_one_finding() {
    let sandbox = Sandbox::repository();
    let key = line(&keys::live(1));
    let mut script = String::new();
    for version in 0..300 {
        // What follows changes each time, and what comes before at times.
        let mut text = "import os\n".repeat(version / 100) + &key;
        (0..40).for_each(|number| writeln!(text, "x = {}", number * version).unwrap());
        write!(script, "commit refs/heads/main\ncommitter C <c@example.com> {version} +0000\ndata 1\nx\n").unwrap();
        write!(script, "M 100644 inline hot.py\ndata {}\n{text}\n", text.len()).unwrap();
    }
    git_with_input(&sandbox, &["fast-import", "--quiet"], script.as_bytes());
    let (first, last) = (id(&sandbox, "main~299"), id(&sandbox, "main"));
    let expected = ["main~200", "main~100", "main"].map(|revision| id(&sandbox, revision));
    let told = || {
        let finding = only(&sandbox);
        assert_eq!(
            (&finding["commit"]["id"], &finding["past"]["last"]["id"]),
            (&first.clone().into(), &last.clone().into())
        );
        assert_eq!(refs(&finding), ["refs/heads/main"]);
        let place = |it: &serde_json::Value| {
            (it["start"]["line"].as_u64().unwrap(), it["commit"]["id"].as_str().unwrap().to_owned())
        };
        finding["occurrences"].as_array().unwrap().iter().map(place).collect::<Vec<_>>()
    };
    // What is still there is shown where it is now.
    assert_eq!(told(), [(3, last.clone())]);
    sandbox.git(&["reset", "--quiet", "--hard"]);
    sandbox.git(&["rm", "--quiet", "hot.py"]);
    sandbox.commit_all();
    // Of each place the latest version.
    assert_eq!(told(), [1, 2, 3].into_iter().zip(expected.clone()).collect::<Vec<_>>());
    sandbox.git(&["repack", "--quiet", "-a", "-d", "-f", "--depth=50"]);
    assert_eq!(told(), [1, 2, 3].into_iter().zip(expected).collect::<Vec<_>>());
}
