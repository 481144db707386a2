//! What git ignores. git itself is asked in each test.

use std::{fs, io::Write, path::Path, process::Stdio};

use proptest::{
    collection::vec,
    prelude::{Just, Strategy, TestCaseError, prop_oneof},
    prop_assert_eq,
    sample::select,
    test_runner::{Config, TestRunner},
};

use super::recorder::{Scan, repository};
use crate::support::Sandbox;

/// What git would commit if asked for everything.
fn by_git(sandbox: &Sandbox) -> Vec<String> {
    let output = sandbox.git(&["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let mut names: Vec<_> = output.split_terminator('\0').map(str::to_owned).collect();
    names.retain(|name| sandbox.join(name).symlink_metadata().is_ok());
    names.sort();
    names.dedup();
    names
}

fn agrees(sandbox: &Sandbox) {
    assert_eq!(Scan::of(sandbox).list(), by_git(sandbox));
}

#[test]
fn untracked_files_are_scanned_hidden_ones_too() {
    let sandbox = repository();
    sandbox.write("a.txt", "a");
    sandbox.write(".hidden/.env", "b");
    assert_eq!(Scan::of(&sandbox).visit().names(), ["untracked .hidden/.env", "untracked a.txt"]);
    agrees(&sandbox);
}

#[test]
fn rules_of_other_tools_hide_nothing() {
    let sandbox = repository();
    sandbox.write(".ignore", "*\n");
    sandbox.write(".rgignore", "*\n");
    sandbox.write(".dockerignore", "*\n");
    sandbox.write("a.txt", "a");
    assert_eq!(Scan::of(&sandbox).list(), [".dockerignore", ".ignore", ".rgignore", "a.txt"]);
    agrees(&sandbox);
}

#[test]
fn each_source_of_ignore_rules_counts_and_nearer_ones_win() {
    let sandbox = repository();
    sandbox.write("../user-ignore", "*.user\n*.both\n");
    let user = sandbox.root().parent().unwrap().join("user-ignore");
    sandbox.git(&["config", "core.excludesFile", user.to_str().unwrap()]);
    sandbox.write(".git/info/exclude", "*.info\n!kept.both\n");
    sandbox.write(".gitignore", "*.top\n!kept.info\n");
    sandbox.write("sub/.gitignore", "!kept.top\n*.sub\n");
    for name in ["a.user", "a.both", "kept.both", "a.info", "kept.info", "a.top", "kept.top", "a.sub", "a.txt"] {
        sandbox.write(name, "x");
        sandbox.write(Path::new("sub").join(name), "x");
    }
    let visit = Scan::of(&sandbox).visit();
    assert!(visit.left_out().contains(&"ignored sub/a.sub".to_owned()), "{:?}", visit.skips);
    assert!(visit.names().contains(&"untracked sub/kept.top".to_owned()), "{:?}", visit.names());
    agrees(&sandbox);
}

#[test]
fn an_ignored_directory_counts_once_and_is_not_entered() {
    let sandbox = repository();
    sandbox.write(".gitignore", "target/\n!target/kept.txt\n*.log\n");
    sandbox.write("target/kept.txt", "cannot be kept");
    sandbox.write("target/debug/a", "a");
    sandbox.write("x.log", "log");
    let visit = Scan::of(&sandbox).visit();
    assert_eq!(visit.names(), ["untracked .gitignore"]);
    assert_eq!(visit.left_out(), ["ignored target", "ignored x.log"]);
    agrees(&sandbox);
}

#[test]
fn ignored_files_are_scanned_on_request() {
    let sandbox = repository();
    sandbox.write(".gitignore", "target/\n.env\n");
    sandbox.write("target/debug/a", "a");
    sandbox.write(".env", "b");
    let visit = Scan::of(&sandbox).include_ignored().visit();
    assert_eq!(visit.names(), ["ignored .env", "ignored target/debug/a", "untracked .gitignore"]);
    assert_eq!(visit.skips, []);
}

#[test]
fn gits_own_directory_is_never_walked() {
    let sandbox = repository();
    sandbox.write("a.txt", "a");
    sandbox.write("sub/.git/config.txt", "not a repository, but never committed either");
    let scan = Scan::of(&sandbox).include_ignored();
    assert_eq!(scan.list(), ["a.txt"]);
    assert_eq!(scan.visit().skips, []);
    agrees(&sandbox);
}

#[test]
fn rules_that_are_not_checked_out_still_rule() {
    let sandbox = repository();
    sandbox.write(".gitignore", "*.log\n");
    sandbox.write("in/.gitignore", "*.tmp\n");
    sandbox.commit_all();
    sandbox.git(&["update-index", "--skip-worktree", ".gitignore", "in/.gitignore"]);
    fs::remove_file(sandbox.join(".gitignore")).unwrap();
    fs::remove_file(sandbox.join("in/.gitignore")).unwrap();
    sandbox.write("in/a.log", "a");
    sandbox.write("in/a.tmp", "a");
    sandbox.write("in/a.txt", "a");
    let visit = Scan::of(&sandbox).visit();
    assert_eq!(visit.names(), ["index .gitignore", "index in/.gitignore", "untracked in/a.txt"]);
    assert_eq!(visit.left_out(), ["ignored in/a.log", "ignored in/a.tmp"]);
}

#[test]
fn a_link_or_a_fifo_in_the_place_of_rules_is_no_rule() {
    let sandbox = repository();
    sandbox.write("rules", "*.txt\n");
    sandbox.write("a.txt", "a");
    std::os::unix::fs::symlink("rules", sandbox.join(".gitignore")).unwrap();
    agrees(&sandbox);
    fs::remove_file(sandbox.join(".gitignore")).unwrap();
    super::kinds::fifo(&sandbox.join(".gitignore"));
    // What the rules would be nobody knows, so they hide nothing; but somebody meant to have some.
    let visit = Scan::of(&sandbox).visit();
    assert_eq!(visit.names(), ["untracked a.txt", "untracked rules"]);
    assert_eq!(visit.problems[0].path, ".gitignore");
}

#[test]
fn names_that_differ_in_case_are_one_where_git_says_so() {
    let sandbox = repository();
    sandbox.write("README.md", "a");
    sandbox.write("Dir/File.txt", "b");
    sandbox.commit_all();
    sandbox.git(&["config", "core.ignoreCase", "true"]);
    fs::rename(sandbox.join("README.md"), sandbox.join("readme.md")).unwrap();
    fs::rename(sandbox.join("Dir"), sandbox.join("dir")).unwrap();
    sandbox.write(".gitignore", "*.LOG\n/build/\n");
    sandbox.write("x.log", "x");
    sandbox.write("BUILD/y", "y");
    let visit = Scan::of(&sandbox).visit();
    assert_eq!(visit.names(), ["tracked Dir/File.txt", "tracked README.md", "untracked .gitignore"]);
    assert_eq!(visit.left_out(), ["ignored BUILD", "ignored x.log"]);
}

#[test]
fn composed_and_decomposed_names_are_one_where_git_says_so() {
    let sandbox = repository();
    sandbox.write("caf\u{e9}.txt", "a");
    sandbox.commit_all();
    sandbox.git(&["config", "core.precomposeUnicode", "true"]);
    fs::rename(sandbox.join("caf\u{e9}.txt"), sandbox.join("cafe\u{301}.txt")).unwrap();
    assert_eq!(Scan::of(&sandbox).visit().names(), ["tracked caf\u{e9}.txt"]);
}

/// Names and patterns of so few letters that they meet.
fn name() -> impl Strategy<Value = &'static str> {
    select(vec!["a", "b", "ab", "Ab", "a.c", ".a", "b c", "c ", "a#", "!b", "#b", "[a]", "a\\b", "ä"])
}

/// No `a**`: git's manual says that it does not cross a `/`, gix agrees, and git 2.39 lets it.
fn pattern() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        5 => name().prop_map(str::to_owned),
        1 => select(vec![
            "*", "?", "**", "a*", "*b", "*.c", "[ab]", "[!a]", "[a-c]*", "a?", "***", "\\a", "\\!b", "\\#b", "[[]a]",
            "c\\ ", "b\\ c", "[[:alpha:]]", "[]", "[", "a\\", "\\", "[^b]", "?*", "*a*", "*[b]",
        ])
        .prop_map(str::to_owned),
    ];
    let start = select(vec!["", "", "", "/", "!", "!/", "**/", "!**/", "#", "\\"]);
    let end = select(vec!["", "", "", "/", "/*", "/**", " ", "  ", "\t", "\\ ", "\r", "//"]);
    (start, vec(part, 1..4), end).prop_map(|(start, parts, end)| format!("{start}{}{end}", parts.join("/")))
}

/// A tree: paths of files, and the rules in some directories, the last two being `info/exclude` and the user's.
#[derive(Clone, Debug)]
struct Case {
    files: Vec<Vec<&'static str>>,
    rules: Vec<(Vec<&'static str>, Vec<String>)>,
    exclude: Vec<String>,
    user: Vec<String>,
    tracked: Vec<usize>,
    fold: bool,
}

fn case() -> impl Strategy<Value = Case> {
    (
        vec(vec(name(), 1..5), 1..25),
        vec((vec(name(), 0..3), vec(pattern(), 1..5)), 1..4),
        vec(pattern(), 0..2),
        vec(pattern(), 0..2),
        vec(0..25usize, 0..4),
        prop_oneof![4 => Just(false), 1 => Just(true)],
    )
        .prop_map(|(files, rules, exclude, user, tracked, fold)| Case { files, rules, exclude, user, tracked, fold })
        // Where case does not count, git takes a letter behind a backslash for that very letter, and gix does not.
        .prop_filter("an escaped letter", |case| {
            let patterns = case.rules.iter().flat_map(|rule| &rule.1).chain(&case.exclude).chain(&case.user);
            !case.fold || patterns.into_iter().all(|pattern| !pattern.contains('\\'))
        })
}

/// Makes the tree; names that need a directory where a file is already are left out.
fn build(case: &Case) -> Sandbox {
    let sandbox = repository();
    let write = |path: &Path, content: &str| {
        let path = sandbox.join(path);
        if fs::create_dir_all(path.parent().unwrap()).is_ok() && !path.is_dir() {
            fs::write(&path, content).unwrap();
        }
    };
    for file in &case.files {
        write(&file.iter().collect::<std::path::PathBuf>(), "x");
    }
    for number in &case.tracked {
        let path: std::path::PathBuf = case.files[number % case.files.len()].iter().collect();
        if sandbox.join(&path).is_file() {
            sandbox.git(&[Path::new("add"), Path::new("--force"), Path::new("--"), &Path::new(".").join(path)]);
        }
    }
    for (directory, patterns) in &case.rules {
        let directory: std::path::PathBuf = directory.iter().collect();
        write(&directory.join(".gitignore"), &(patterns.join("\n") + "\n"));
    }
    write(Path::new(".git/info/exclude"), &case.exclude.join("\n"));
    fs::write(sandbox.home().join("no-excludes"), case.user.join("\n")).unwrap();
    if case.fold {
        sandbox.git(&["config", "core.ignoreCase", "true"]);
    }
    sandbox
}

#[test]
fn random_trees_and_rules_give_what_git_gives() {
    let mut runner = TestRunner::new(Config { cases: 60, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&case(), |case| {
        let sandbox = build(&case);
        let ours = Scan::of(&sandbox).list();
        prop_assert_eq!(ours, by_git(&sandbox));
        Ok::<_, TestCaseError>(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

#[test]
fn the_rule_that_is_named_is_the_one_git_names() {
    use keyhound::{
        origin::{Origin, Tracking},
        source::Source,
    };

    let mut runner = TestRunner::new(Config { cases: 40, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&case(), |case| {
        let sandbox = build(&case);
        let worktree = Scan::of(&sandbox).open().unwrap();
        let paths = sandbox.listing();
        let origin = |path: &String| Origin::File { path: path.as_str().into(), tracking: Tracking::Tracked };
        let origins: Vec<_> = paths.iter().map(origin).collect();
        let told = worktree.attribute(&origins.iter().collect::<Vec<_>>()).unwrap();
        let rules = paths.iter().zip(told).filter_map(|(path, told)| {
            let rule = told.into_iter().next()?.ignored_by?;
            Some((path.clone(), format!("{}:{}", rule.source, rule.line)))
        });
        prop_assert_eq!(rules.collect::<Vec<_>>(), named_by_git(&sandbox, &paths));
        Ok::<_, TestCaseError>(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}

/// Each path that a rule ignores, whether or not it is tracked, and `source:line` of the rule.
fn named_by_git(sandbox: &Sandbox, paths: &[String]) -> Vec<(String, String)> {
    let mut command = sandbox.git_command();
    command.args(["check-ignore", "--no-index", "-v", "-z", "--stdin"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(paths.join("\0").as_bytes()).unwrap();
    let text = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    let fields: Vec<_> = text.split_terminator('\0').collect();
    let rules = fields.chunks(4).filter(|fields| !fields[2].starts_with('!'));
    rules.map(|fields| (fields[3].to_owned(), format!("{}:{}", fields[0], fields[1]))).collect()
}
