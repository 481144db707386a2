//! What a reader sees of real scans: the advice that fits the state of git, and the fingerprints of lines.

use keyhound::{
    detect::Detector,
    finding::Confidence,
    report::line_hash::line_hashes,
    rule,
    scan::{self, Progress},
    source::worktree::{Options, Worktree},
    suppress::Policy,
};

use crate::support::{Sandbox, keys};

#[test]
fn a_tracked_file_that_an_ignore_rule_matches_is_to_be_removed_from_the_index() {
    let sandbox = Sandbox::repository();
    sandbox.write("api/.env", format!("KEY={}\n", keys::live(1)));
    sandbox.commit_all();
    sandbox.write(".gitignore", "\n.env\n");
    let output = sandbox.keyhound(&["scan"]);
    output.expect(1).says("error[sk-live-key]: Live API key of MediaMagic (critical)\n").says("--> api/.env:1:5\n");
    output.says(".gitignore:2 (`.env`)").says("`git rm --cached -- api/.env`").says("still in history");
    output.never_says(&keys::live(1));
}

#[test]
fn an_untracked_env_file_is_to_be_ignored() {
    let sandbox = Sandbox::repository();
    sandbox.write("api/.env", format!("KEY={}\n", keys::live(1)));
    let output = sandbox.keyhound(&["scan"]);
    output.expect(1).says("`/api/.env`").never_says("git rm");
    sandbox.write(".gitignore", "/api/.env\n");
    sandbox.keyhound(&["scan"]).expect(0).says("no keys found");
}

#[test]
fn a_key_that_is_only_staged_can_be_taken_back() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.py", format!("key = '{}'\n", keys::live(1)));
    sandbox.git(&["add", "a.py"]);
    sandbox.write("a.py", "key = os.environ['KEY']\n");
    sandbox.keyhound(&["scan"]).expect(1).says("`git add -- a.py`").says("needs no rewriting");
}

#[test]
fn lines_have_the_fingerprint_that_an_upload_would_compute() {
    let sandbox = Sandbox::repository();
    let content = format!("é\r\nfirst = '{0}'\n\n\t{0}\n{1}", keys::live(1), "tail ".repeat(60));
    sandbox.write("a.py", &content);
    let source = Worktree::open(&sandbox.root(), &[".".into()], Options::default()).unwrap();
    let detector = Detector::new(rule::builtin().into());
    let report = scan::run(&source, &detector, &Policy::default(), Confidence::Medium, &Progress::default()).unwrap();
    let occurrences = &report.findings[0].occurrences;
    assert_eq!(occurrences.iter().map(|occurrence| occurrence.start.line).collect::<Vec<_>>(), [2, 4]);
    for occurrence in occurrences {
        let line = occurrence.start.line;
        assert_eq!(occurrence.line_hash.as_ref(), line_hashes(content.as_bytes(), [line]).get(&line));
        assert!(occurrence.line_hash.is_some());
    }
}
