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

/// A text without its line breaks.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

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
fn advice_follows_what_git_has() {
    let sandbox = Sandbox::repository();
    let scan = || words(&sandbox.keyhound(&["scan"]).expect(1).stdout);
    let with_key = format!("key = '{}'\n", keys::live(1));
    sandbox.write("a.py", &with_key);
    sandbox.git(&["add", "a.py"]);
    let text = scan();
    assert!(text.contains("--> a.py:1:8 |") && text.contains("stage that again: `git add -- a.py`"), "{text}");
    assert!(text.contains("only staged needs no rewriting") && !text.contains("still in history"), "{text}");
    sandbox.write("a.py", "key = os.environ['KEY']\n");
    let text = scan();
    assert!(text.contains("--> a.py:1:8 (in the index) |"), "{text}");
    assert!(text.contains("the file on disk does not: `git add -- a.py`"), "{text}");
    assert!(text.contains("only staged needs no rewriting") && !text.contains("still in history"), "{text}");
    sandbox.write("a.py", &with_key);
    sandbox.commit_all();
    sandbox.write("a.py", format!("\n{with_key}"));
    let text = scan();
    assert!(text.contains("--> a.py:2:8 |") && !text.contains("(in the index)"), "{text}");
    assert!(text.contains("still in history") && !text.contains("git add"), "{text}");
    sandbox.write("a.py", "");
    let text = scan();
    assert!(text.contains("`git add -- a.py`") && text.contains("still in history"), "{text}");
    assert!(!text.contains("only staged"), "{text}");
}

#[test]
fn a_file_that_is_not_checked_out_is_to_be_fetched_first() {
    let sandbox = Sandbox::repository();
    sandbox.write("in/a.py", "");
    sandbox.write("out/b.py", format!("key = '{}'\n", keys::live(1)));
    sandbox.commit_all();
    sandbox.git(&["sparse-checkout", "set", "--cone", "in"]);
    let text = words(&sandbox.keyhound(&["scan"]).expect(1).stdout);
    assert!(text.contains("--> out/b.py:1:8 (in the index) |"), "{text}");
    assert!(text.contains("`git sparse-checkout add`") && !text.contains("git add"), "{text}");
    sandbox.git(&["sparse-checkout", "add", "out"]);
    assert!(sandbox.join("out/b.py").exists());
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

/// A repository `r5` in the root of the sandbox, and a directory beside it.
fn beside() -> Sandbox {
    let sandbox = Sandbox::new();
    std::fs::create_dir(sandbox.join("other")).unwrap();
    sandbox.write("r5/pkg/a.py", format!("key = '{}'\n", keys::live(1)));
    sandbox.git(&["init", "--quiet", "r5"]);
    sandbox
}

#[test]
fn paths_open_the_file_from_where_the_reader_is() {
    let sandbox = beside();
    sandbox.keyhound(&["scan", "r5/pkg"]).expect(1).says("--> r5/pkg/a.py:1:8\n");
    sandbox.keyhound_in("other", &["scan", "../r5"]).expect(1).says("--> ../r5/pkg/a.py:1:8\n");
    sandbox.keyhound_in("r5/pkg", &["scan"]).expect(1).says("--> a.py:1:8\n");
    assert_eq!(sandbox.keyhound(&["scan", "--files", "r5/pkg"]).stdout, "r5/pkg/a.py\n");
    let json = sandbox.keyhound(&["scan", "r5", "--format", "json"]).json();
    assert_eq!(json["findings"][0]["path"], "pkg/a.py", "other formats speak of the repository");
    sandbox.write("r5/.gitignore", "*.py\n");
    sandbox.git(&["-C", "r5", "add", "--force", "pkg/a.py"]);
    let advice = sandbox.keyhound(&["scan", "r5/pkg"]);
    advice.says("r5/.gitignore:1 (`*.py`)").says("`git rm --cached -- r5/pkg/a.py`");
    sandbox.keyhound_in("r5/pkg", &["scan"]).says("../.gitignore:1 (`*.py`)").says("`git rm --cached -- a.py`");
    sandbox.write("r5/pkg/.env", format!("KEY={}\n", keys::live(2)));
    let told = words(&sandbox.keyhound_in("r5/pkg", &["scan"]).stdout);
    assert!(told.contains("line to ../.gitignore: `/pkg/.env`"), "{told}");
}

#[test]
fn advice_about_the_configuration_works_from_where_the_reader_is() {
    let sandbox = beside();
    let told = words(&sandbox.keyhound(&["scan", "r5"]).stdout);
    assert!(told.contains("--reason TEXT --config r5/.keyhound.toml`"), "{told}");
    assert!(told.contains("add this to r5/.keyhound.toml,"), "{told}");
    let told = words(&sandbox.keyhound_in("r5/pkg", &["scan"]).stdout);
    assert!(told.contains("--reason TEXT`") && told.contains("add this to ../.keyhound.toml,"), "{told}");
    // What it says is done, word by word but for the reason, which has to be one's own.
    let report = sandbox.keyhound_in("other", &["scan", "../r5"]).stdout;
    let command = report.split('`').find(|text| text.starts_with("keyhound allow ")).unwrap();
    let words: Vec<_> = command.split(' ').skip(1).collect();
    sandbox.keyhound_in("other", &words).expect(2).complains("the reason is `TEXT`, which says nothing");
    let words: Vec<_> = words.iter().map(|word| if *word == "TEXT" { "sample" } else { word }).collect();
    sandbox.keyhound_in("other", &words).expect(0).says("../r5/.keyhound.toml");
    sandbox.keyhound_in("other", &["scan", "../r5"]).expect(0).says("configuration: ../r5/.keyhound.toml\n");
    assert_eq!(sandbox.keyhound(&["scan", "r5", "--format", "json"]).json()["configuration"], ".keyhound.toml");
    sandbox.write("r5/.keyhound.toml", "\nbroken\n");
    sandbox.keyhound(&["scan", "r5"]).expect(2).complains("error: r5/.keyhound.toml:2: ");
    sandbox.keyhound_in("r5/pkg", &["scan"]).expect(2).complains("error: ../.keyhound.toml:2: ");
}

#[test]
fn the_ignore_rules_of_a_repository_inside_are_named_from_where_the_reader_is() {
    let sandbox = Sandbox::repository();
    sandbox.write("inner/.gitignore", "*.py\n");
    sandbox.write("inner/a.py", format!("key = '{}'\n", keys::live(1)));
    sandbox.git(&["init", "--quiet", "inner"]);
    sandbox.git(&["-C", "inner", "add", "--force", "a.py"]);
    let text = words(&sandbox.keyhound(&["scan", "--recurse-submodules"]).expect(1).stdout);
    assert!(text.contains("although inner/.gitignore:1 (`*.py`) ignores it"), "{text}");
}

#[test]
fn standard_input_has_a_place_among_the_files_if_it_is_named() {
    let sandbox = Sandbox::repository();
    sandbox.write("sub/.keep", "");
    sandbox.write(".keyhound.toml", "[[allow]]\npaths = [\"/sub/moved.js\"]\nreason = \"a sample\"\n");
    let run = |arguments: &[&str]| {
        let mut command = sandbox.command(arguments);
        let key = sandbox.join("sub/.keep");
        std::fs::write(&key, keys::live(1)).unwrap();
        sandbox.run(command.current_dir(sandbox.join("sub")).stdin(std::fs::File::open(key).unwrap()))
    };
    run(&["-"]).expect(1).says("--> stdin:1:1\n");
    run(&["-", "--stdin-path", "moved.js"]).expect(0);
    run(&["-", "--stdin-path", "other.js"]).expect(1).says("--> other.js:1:1\n");
    run(&["-", "--stdin-path", "../../out.js"]).expect(1).says("--> ../../out.js:1:1\n");
    let json = run(&["-", "--stdin-path", "other.js", "--format", "json"]).json();
    assert_eq!(json["findings"][0]["path"], "sub/other.js");
}

/// No output holds six consecutive bytes of what was found, with or without the prefix before it.
#[test]
fn pieces_of_a_key_are_shown_nowhere() {
    let sandbox = Sandbox::repository();
    let (key, forgiven) = (keys::live(1), keys::live(2));
    let (body, other) = (&key["sk_live_".len()..], &forgiven["sk_live_".len()..]);
    sandbox.write("a.py", format!("key = '{key}'  # was {body}\nb = '{}'\n", &body[..40]));
    sandbox.write("b.py", format!("key = '{forgiven}'  # keyhound:allow -- {other}\n"));
    sandbox.write(format!("a{body}/{}", &other[20..40]), format!("x = '{}'; key = '{key}'\n", &body[3..30]));
    sandbox.commit_all();
    sandbox.write(".gitignore", format!("a*{}*\na*{}*\nskipped*\n", &body[10..30], &body[..12]));
    sandbox.write(format!("skipped-{}", &body[20..50]), "");
    sandbox.write(
        ".keyhound.toml",
        format!("[[allow]]\npaths = ['nothing']\nreason = 'like {} and {}'\n", &body[30..], &other[5..12]),
    );
    for format in ["human", "json", "jsonl", "sarif"] {
        let output = sandbox.keyhound(&["scan", "-v", "--format", format]);
        output.expect(1);
        for value in [body, other] {
            for piece in value.as_bytes().windows(6) {
                output.never_says(std::str::from_utf8(piece).unwrap());
            }
        }
    }
    sandbox.keyhound(&["scan"]).expect(1).says("# was [64 characters]").says("--> a.py:1:8\n");
    sandbox.keyhound(&["scan", "--show-secrets"]).expect(1).says(&key).says(&format!("--> a{body}/"));
}
