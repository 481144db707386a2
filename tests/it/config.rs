//! What a configuration does to a scan of a real repository.

use keyhound::{
    config,
    detect::Detector,
    finding::{Confidence, Fingerprint, SuppressedBy},
    report::Report,
    scan,
    source::worktree::{Options, Worktree},
};

use crate::support::{Sandbox, keys};

/// Scans the repository by the `.keyhound.toml` at its root.
pub(crate) fn judged(sandbox: &Sandbox) -> Report {
    let config = config::load(sandbox.read(config::FILE_NAME).as_bytes(), config::FILE_NAME)
        .expect("the configuration is valid");
    let mut source = Worktree::open(&sandbox.root(), &[], Options::default()).expect("there is a repository");
    source.set_exclude(config.exclude.clone());
    let detector = Detector::new(config.rules.clone());
    scan::run(&source, &detector, &config.policy, Confidence::Medium, &scan::Progress::default())
        .expect("it can be scanned")
}

fn paths(report: &Report) -> Vec<String> {
    report.findings.iter().map(|finding| finding.path.to_string()).collect()
}

#[test]
fn what_is_excluded_is_not_opened_and_is_counted() {
    let sandbox = Sandbox::repository();
    for path in ["vendor/a/b.py", "src/vendor/a.py", "x.lock"] {
        sandbox.write(path, keys::live(1));
    }
    sandbox.write(
        ".keyhound.toml",
        "[scan]\nexclude = [{ path = '/vendor/', reason = 'not ours' }, { path = '*.lock', reason = 'digests' }]\n",
    );
    sandbox.commit_all();
    let report = judged(&sandbox);
    assert_eq!(paths(&report), ["src/vendor/a.py"]);
    assert!(report.summary.skipped["excluded"] >= 2, "{:?}", report.summary.skipped);
    assert_eq!(report.problems, []);
}

#[test]
fn all_conditions_of_an_entry_must_hold() {
    let sandbox = Sandbox::repository();
    sandbox.write("docs/a.md", format!("{}\n{}\n{}\n", keys::live(1), keys::live(2), keys::sandbox(1)));
    sandbox.write("src/a.py", keys::live(1));
    let value = &keys::live(1)[8..20];
    sandbox.write(
        ".keyhound.toml",
        format!("[[allow]]\npaths = ['docs/']\nrules = ['sk-live-key']\nvalues = ['{value}']\nreason = 'sample'\n"),
    );
    let report = judged(&sandbox);
    let found: Vec<_> = report.findings.iter().map(|f| (f.path.to_string(), f.first().start.line)).collect();
    assert_eq!(found, [("docs/a.md".to_owned(), 2), ("docs/a.md".to_owned(), 3), ("src/a.py".to_owned(), 1)]);
    assert_eq!(report.suppressed.len(), 1);
    assert_eq!((&report.suppressed[0].by, report.suppressed[0].reason.as_str()), (&SuppressedBy::Allow(0), "sample"));
    assert_eq!(report.unused_allows, []);
}

#[test]
fn entries_that_matched_nothing_are_told() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.py", keys::live(1));
    sandbox.write(
        ".keyhound.toml",
        "[[allow]]\nrules = ['sk-live-key']\nreason = 'used'\n\n[[allow]]\npaths = ['gone/']\nreason = 'stale'\n\
         [[allow]]\npaths = ['a.py']\nreason = 'used as well'\n[[allow]]\ncommits = ['0123abc']\nreason = 'history'\n",
    );
    let report = judged(&sandbox);
    let unused: Vec<_> = report.unused_allows.iter().map(|allow| (allow.number, allow.line, &*allow.reason)).collect();
    assert_eq!(unused, [(1, 5, "stale")]);
}

#[test]
fn the_configuration_is_scanned_itself_and_its_entries_are_no_findings() {
    let sandbox = Sandbox::repository();
    let fingerprint = Fingerprint::new("x-api-key", b"some value");
    sandbox.write(
        ".keyhound.toml",
        format!(
            "[[allow]]\nrules = ['x-api-key-literal', 'sk-live-key']\nfingerprints = ['{fingerprint}']\n\
             values = ['^sk_live_[0-9a-f]{{4}}', 'sk_test_9c41f7a0.*']\nreason = 'x-api-key-literal'\n"
        ),
    );
    assert_eq!(paths(&judged(&sandbox)), [""; 0]);
    sandbox.write(".keyhound.toml", format!("# {}\n", keys::live(1)));
    assert_eq!(paths(&judged(&sandbox)), [".keyhound.toml"]);
    // An entry with a whole key does not allow itself: the key would be committed with it.
    sandbox.write(".keyhound.toml", format!("[[allow]]\nvalues = ['{}']\nreason = 'a sample'\n", keys::live(1)));
    sandbox.write("a.py", keys::live(1));
    assert_eq!(paths(&judged(&sandbox)), [".keyhound.toml"]);
}

#[test]
fn rules_of_the_user_find() {
    let sandbox = Sandbox::repository();
    sandbox.write(
        ".keyhound.toml",
        "[[rule]]\nid = 'acme'\nname = 'ACME'\ndescription = 'x'\nseverity = 'low'\nremedy = 'x'\n\
         anchors = ['acme_']\npattern = 'acme_[0-9a-f]{16}'\n",
    );
    sandbox.write("a.txt", ["acme_", "4f927ac81d05e6b3"].concat());
    let report = judged(&sandbox);
    assert_eq!(paths(&report), ["a.txt"]);
    assert_eq!(report.rules.rule(report.findings[0].rule).id, "acme");
}

#[test]
fn an_entry_is_unused_only_if_all_of_the_repository_was_scanned() {
    let sandbox = Sandbox::repository();
    sandbox.write(".keyhound.toml", "[[allow]]\npaths = [\"old/\"]\nreason = \"stale\"\n");
    sandbox.write("src/a.txt", "nothing here\n");
    sandbox.keyhound(&["scan"]).expect(0).says(".keyhound.toml:1: matched nothing");
    sandbox.keyhound(&["scan", "src"]).expect(0).never_says("matched nothing");
    sandbox.keyhound_in("src", &["scan", ".."]).expect(0).says("matched nothing");
}

#[test]
fn an_entry_for_what_only_the_history_has_is_not_unused_in_a_scan() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", keys::live(1));
    sandbox.commit_all();
    let report = sandbox.keyhound(&["scan", "--format", "json"]).expect(1).json();
    let fingerprint = report["findings"][0]["fingerprint"].as_str().unwrap().to_owned();
    sandbox.write("a.txt", "");
    let unknown = format!("kh1:{}", "0".repeat(32));
    let entry = |fingerprint: &str| format!("[[allow]]\nfingerprints = [\"{fingerprint}\"]\nreason = \"revoked\"\n");
    sandbox.write(".keyhound.toml", entry(&fingerprint) + &entry(&unknown));
    sandbox.commit_all();
    sandbox.keyhound(&["scan"]).expect(0).never_says("matched nothing");
    // What is complete knows; what is not says nothing of it.
    sandbox.keyhound(&["history"]).expect(0).says(".keyhound.toml:4: matched nothing").never_says(".keyhound.toml:1");
    sandbox.git(&["clone", "--quiet", "--depth=1", &format!("file://{}", sandbox.root().display()), "../clone"]);
    sandbox.keyhound_in("../clone", &["history"]).expect(2).never_says("matched nothing");
}

#[test]
fn an_entry_allows_a_key_and_the_summary_names_it() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.env", format!("KEY={}\n", keys::live(1)));
    sandbox.write(".keyhound.toml", "[[allow]]\npaths = [\"a.env\"]\nreason = \"revoked long ago\"\n");
    let output = sandbox.keyhound(&["scan"]);
    output.expect(0).says("suppressed live key: a.env:1:5").says("revoked long ago");
    sandbox.keyhound(&["scan", "--no-config"]).expect(1);
}

#[test]
fn standard_input_needs_no_repository_that_can_be_read() {
    let bare = Sandbox::new();
    bare.git(&["init", "--quiet", "--bare"]);
    bare.keyhound_with_input(&["-"], b"hello\n").expect(0);
    bare.keyhound_with_input(&["-"], keys::live(1).as_bytes()).expect(1);
    let corrupt = Sandbox::repository();
    corrupt.write(".git/index", "this is no index");
    corrupt.write("sub/a.txt", "");
    corrupt.keyhound_with_input(&["-"], b"hello\n").expect(0);
    // The configuration at its root still judges.
    corrupt.write(".keyhound.toml", "[[allow]]\nrules = [\"sk-live-key\"]\nreason = \"sample\"\n");
    let mut command = corrupt.command(&["scan", "-", "--format", "json"]);
    command.current_dir(corrupt.join("sub"));
    let output = corrupt.run_with_input(&mut command, keys::live(1).as_bytes());
    assert_eq!(output.expect(0).json()["suppressed"][0]["path"], "stdin", "{output}");
}

#[test]
fn standard_input_has_its_own_name_in_every_directory() {
    let sandbox = Sandbox::repository();
    sandbox.write("sub/a.txt", "");
    let mut command = sandbox.command(&["scan", "-", "--stdin-path", "b.txt"]);
    let output = sandbox.run_with_input(command.current_dir(sandbox.join("sub")), keys::live(1).as_bytes());
    output.expect(1).says("--> b.txt:1:1");
}

#[test]
fn all_commands_find_the_same_root() {
    let sandbox = Sandbox::repository();
    let rule = "[[rule]]\nid = 'acme'\nname = 'ACME'\ndescription = 'x'\nseverity = 'high'\nremedy = 'x'\n\
                anchors = ['acme_']\npattern = 'acme_[0-9a-f]{16}'\n";
    sandbox.write(".keyhound.toml", rule);
    let key = ["acme_", "4f927ac81d05e6b3"].concat();
    sandbox.write("sub/a.txt", &key);
    // To git, a directory `.git` with nothing in it is no repository.
    std::fs::create_dir(sandbox.join("sub/.git")).unwrap();
    sandbox.keyhound_in("sub", &["scan"]).expect(1).says("error[acme]");
    sandbox.keyhound_in("sub", &["rules", "list"]).expect(0).says("acme");
    let mut command = sandbox.command(&["scan", "-"]);
    sandbox.run_with_input(command.current_dir(sandbox.join("sub")), key.as_bytes()).expect(1).says("error[acme]");
    let fingerprint = Fingerprint::new("acme", key.as_bytes()).to_string();
    sandbox.keyhound_in("sub", &["allow", &fingerprint, "--reason", "x"]).expect(0);
    assert!(sandbox.read(".keyhound.toml").contains("[[allow]]"));
    assert!(!sandbox.join("sub/.keyhound.toml").exists());
}
