//! `keyhound audit`: the working tree and the history in one report, an entry a secret.

use serde_json::Value;

use crate::support::{Sandbox, keys};

fn line(key: &str) -> String {
    format!("client = Client(\"{key}\")\n")
}

fn secrets(report: &Value) -> Vec<Value> {
    report["secrets"].as_array().unwrap().clone()
}

/// A key that moved, one that is gone, one that git ignores, one that is new, and one that nothing leads to.
fn leaky() -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.write("a.py", line(&keys::live(1)));
    sandbox.write("t.py", line(&keys::sandbox(2)));
    sandbox.commit_all();
    sandbox.git(&["mv", "a.py", "b.py"]);
    sandbox.git(&["rm", "--quiet", "t.py"]);
    sandbox.write(".gitignore", ".env\n");
    sandbox.commit_all();
    sandbox.write(".env", line(&keys::live(3)));
    sandbox.write("new.py", line(&keys::live(4)));
    let mut hash_object = sandbox.git_command();
    hash_object.args(["hash-object", "-w", "--stdin"]);
    sandbox.run_with_input(&mut hash_object, line(&keys::live(5)).as_bytes()).expect(0);
    sandbox
}

#[test]
fn every_secret_has_one_entry_and_the_live_ones_come_first() {
    let sandbox = leaky();
    let report = sandbox.keyhound(&["audit", "--format=json"]).expect(1).json();
    let told: Vec<_> = secrets(&report)
        .iter()
        .map(|secret| {
            let text = |name: &str| secret[name].as_str().unwrap().to_owned();
            (text("environment"), text("level"), secret["now"].as_bool().unwrap())
        })
        .collect();
    let expected = [
        ("live", "error", true),
        ("live", "error", true),
        ("sandbox", "error", false),
        ("live", "note", true),
        ("live", "note", false),
    ];
    let expected: Vec<_> = expected.map(|(environment, level, now)| (environment.into(), level.into(), now)).into();
    assert_eq!(told, expected);
    let moved = &secrets(&report)[0];
    let paths: Vec<_> = moved["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|position| {
            let finding = &report["findings"][position.as_u64().unwrap() as usize];
            (finding["path"].as_str().unwrap().to_owned(), finding["git_state"].as_str().unwrap().to_owned())
        })
        .collect();
    assert_eq!(paths, [("b.py".into(), "tracked".into()), ("a.py".into(), "history".into())]);
    let human = sandbox.keyhound(&["audit"]);
    human.expect(1).says("What to revoke first:").says("b.py:1:18 (tracked)").says("Lines to replace");
    for number in [1, 3, 4, 5] {
        human.never_says(&keys::live(number)[10..]);
    }
}

#[test]
fn what_a_repository_hides_of_itself_is_counted_and_can_be_shown() {
    let sandbox = leaky();
    sandbox.write(
        ".keyhound.toml",
        "[scan]\nexclude = [{ path = \"/new.py\", reason = \"x\" }]\n[[allow]]\npaths = [\"/b.py\"]\nreason = \"x\"\n",
    );
    sandbox.commit_all();
    let output = sandbox.keyhound(&["audit"]);
    output.expect(1).says("hidden by the repository's own settings: 1 finding, 1 excluded path");
    let report = sandbox.keyhound(&["audit", "--no-config", "--no-inline", "--format=json"]).expect(1).json();
    assert_eq!(secrets(&report).len(), 5);
}

#[test]
fn a_mirror_has_all_but_what_was_never_pushed() {
    let sandbox = leaky();
    sandbox.git(&["clone", "--quiet", "--mirror", ".", "../mirror"]);
    sandbox.keyhound(&["audit", "../mirror"]).expect(1).says("b.py:1:18 (commit");
}

#[test]
fn an_address_is_no_path() {
    let sandbox = Sandbox::repository();
    for address in ["https://user:word@example.org/x", "git@example.org:x/y"] {
        let output = sandbox.keyhound(&["audit", address]);
        output.expect(2).complains("git clone --mirror").never_says("user:word");
    }
    sandbox.keyhound(&["audit", "nowhere"]).expect(2).complains("cannot be audited");
}

#[test]
fn what_was_pushed_comes_before_what_was_not() {
    let sandbox = Sandbox::repository();
    sandbox.write("z.py", line(&keys::live(1)));
    sandbox.commit_all();
    let pushed = sandbox.git(&["rev-parse", "HEAD"]).trim_end().to_owned();
    sandbox.git(&["update-ref", "refs/remotes/origin/main", &pushed]);
    sandbox.write("m.py", line(&keys::live(2)));
    sandbox.commit_all();
    sandbox.write("m.py", line(&keys::live(3)));
    sandbox.git(&["stash", "--quiet"]);
    let said = sandbox.keyhound(&["audit"]).expect(1).stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let tail = |number: u8| keys::live(number)[68..].to_owned();
    let order = [(1, " (pushed)"), (2, ""), (3, " (in no branch or tag)")];
    let order: Vec<_> = order.map(|(number, exposure)| format!("sk_live_…{}{exposure}", tail(number))).into();
    assert!(said.contains(&format!("first: 1. {}: Revoke", order.join(", "))), "{order:?}\n{said}");
    assert!(said.contains("let the next audit pass"), "{said}");
}

#[test]
fn a_configuration_that_is_not_committed_is_told_of() {
    let sandbox = leaky();
    let told = "is not committed as it is here: that of HEAD counts";
    for command in ["audit", "history"] {
        sandbox.keyhound(&[command]).expect(1).never_says(told);
    }
    sandbox.write(".keyhound.toml", "[[allow]]\nrules = [\"sk-live-key\"]\nreason = \"x\"\n");
    for command in ["audit", "history"] {
        sandbox.keyhound(&[command]).expect(1).complains(told);
        sandbox.keyhound(&[command, "--no-config"]).expect(1).never_says(told);
    }
    sandbox.git(&["add", ".keyhound.toml"]);
    sandbox.commit_all();
    sandbox.keyhound(&["history"]).expect(1).never_says(told);
}
