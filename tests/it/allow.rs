//! `keyhound allow`: what it writes, what it refuses, and that it leaves everything else alone.

use std::{fs, os::unix::fs::PermissionsExt};

use keyhound::finding::Fingerprint;

use crate::{
    config::judged,
    support::{Sandbox, keys},
};

fn fingerprint(number: u8) -> String {
    Fingerprint::new("sk-key", keys::live(number).as_bytes()).to_string()
}

#[test]
fn a_new_configuration_is_made_at_the_root_of_the_repository() {
    let sandbox = Sandbox::repository();
    sandbox.write("a/b/c.txt", "");
    let output = sandbox.keyhound_in("a/b", &["allow", &fingerprint(1), "--reason", "a sample of the docs"]);
    output.expect(0).says(&format!("{} allowed in the new ../../.keyhound.toml", fingerprint(1)));
    assert_eq!(
        sandbox.read(".keyhound.toml"),
        format!("[[allow]]\nfingerprints = [\"{}\"]\nreason = \"a sample of the docs\"\n", fingerprint(1))
    );
    let mode = fs::metadata(sandbox.join(".keyhound.toml")).unwrap().permissions().mode();
    assert_eq!(mode & 0o600, 0o600);
    assert_eq!(sandbox.listing(), [".keyhound.toml", "a/b/c.txt"], "nothing is left behind");
}

#[test]
fn outside_a_repository_the_current_directory_has_it() {
    let sandbox = Sandbox::new();
    sandbox.write("a/b.txt", "");
    sandbox.keyhound_in("a", &["allow", &fingerprint(1), "--reason", "x"]).expect(0);
    assert_eq!(sandbox.listing(), ["a/.keyhound.toml", "a/b.txt"]);
}

#[test]
fn comments_order_line_ends_and_permissions_stay() {
    let sandbox = Sandbox::repository();
    let before = "# ours\r\n\r\n[[allow]] # first\r\nreason = 'b'\r\npaths = [ 'x/' ] # why\r\n\r\n[scan]\r\nexclude = []  # end";
    sandbox.write("k.toml", before);
    fs::set_permissions(sandbox.join("k.toml"), fs::Permissions::from_mode(0o640)).unwrap();
    let arguments = ["allow", &fingerprint(1), &fingerprint(2), "--reason", "it's \"fine\"", "--config", "k.toml"];
    sandbox.keyhound(&[&arguments[..], &["--path", "./docs/**", "--path", "*.md"]].concat()).expect(0);
    let after = sandbox.read("k.toml");
    let added = after.strip_prefix(before).unwrap();
    assert_eq!(
        added,
        format!(
            "\r\n\r\n[[allow]]\r\nfingerprints = [\"{}\", \"{}\"]\r\npaths = [\"docs/**\", \"*.md\"]\r\n\
             reason = \"\"\"it's \"fine\"\"\"\"",
            fingerprint(1),
            fingerprint(2)
        )
    );
    let mode = fs::metadata(sandbox.join("k.toml")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
}

#[test]
fn a_link_is_written_through() {
    let sandbox = Sandbox::repository();
    sandbox.write("shared/policy.toml", "# policy\n");
    std::os::unix::fs::symlink("shared/policy.toml", sandbox.join(".keyhound.toml")).unwrap();
    sandbox.keyhound(&["allow", &fingerprint(1), "--reason", "x"]).expect(0);
    assert!(sandbox.join(".keyhound.toml").is_symlink());
    assert!(sandbox.read("shared/policy.toml").starts_with("# policy\n\n[[allow]]\n"));
}

#[test]
fn what_is_allowed_already_is_said_and_nothing_is_written() {
    let sandbox = Sandbox::repository();
    sandbox.keyhound(&["allow", &fingerprint(1), "--reason", "x"]).expect(0);
    let before = sandbox.read(".keyhound.toml");
    let again = sandbox.keyhound(&["allow", &fingerprint(1), "--reason", "y"]);
    again.expect(0).says(&format!("{} is allowed already, by .keyhound.toml:1", fingerprint(1)));
    assert_eq!(sandbox.read(".keyhound.toml"), before);
}

#[test]
fn an_allowed_secret_is_no_finding_any_more() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.py", format!("key = '{}'\n", keys::live(1)));
    sandbox.write(".keyhound.toml", "# ours\n");
    assert_eq!(judged(&sandbox).findings.len(), 1);
    sandbox.keyhound(&["allow", &fingerprint(1), "--reason", "x"]).expect(0);
    let report = judged(&sandbox);
    assert_eq!((report.findings.len(), report.suppressed.len()), (0, 1));
    assert_eq!(report.suppressed[0].reason, "x");
}

#[test]
fn bad_requests_are_refused_and_nothing_is_written() {
    let sandbox = Sandbox::repository();
    let key = keys::live(1);
    let good = fingerprint(1);
    for (arguments, complaint) in [
        (vec![good.as_str(), "--reason", "  "], "the reason is empty"),
        (vec![good.as_str(), "--reason", "a\nb"], "control characters"),
        (vec![good.as_str(), "kh1:12", "--reason", "x"], "fingerprint 2 is malformed"),
        (vec![key.as_str(), "--reason", "x"], "fingerprint 1 is malformed"),
        (vec![good.as_str(), "--reason", key.as_str()], "there is a key in --reason or --path"),
        (vec![good.as_str(), "--reason", "x", "--path", "{a"], "--path 1 is not valid"),
        (vec![good.as_str()], "--reason"),
        (vec!["--reason", "x"], "FINGERPRINT"),
    ] {
        let output = sandbox.keyhound(&[&["allow"], &arguments[..]].concat());
        output.expect(2).complains(complaint).never_says(&key[8..]);
        assert!(sandbox.listing().is_empty());
    }
}

#[test]
fn a_broken_configuration_is_left_alone() {
    let sandbox = Sandbox::repository();
    sandbox.write(".keyhound.toml", "[scan]\nexlude = []\n");
    let output = sandbox.keyhound(&["allow", &fingerprint(1), "--reason", "x"]);
    output.expect(2).complains(".keyhound.toml:2: unknown key `exlude`").complains("did you mean `exclude`?");
    assert_eq!(sandbox.read(".keyhound.toml"), "[scan]\nexlude = []\n");
}

#[test]
fn a_file_that_must_not_be_written_is_left_alone() {
    let sandbox = Sandbox::new();
    sandbox.write(".keyhound.toml", "# mine\n");
    fs::set_permissions(sandbox.join(".keyhound.toml"), fs::Permissions::from_mode(0o444)).unwrap();
    let output = sandbox.keyhound_unprivileged(&["allow", &fingerprint(1), "--reason", "x"]);
    output.expect(2).complains(&format!("cannot write to [SANDBOX]/{}/.keyhound.toml", "root"));
    assert_eq!(sandbox.read(".keyhound.toml"), "# mine\n");
    assert_eq!(sandbox.listing(), [".keyhound.toml"]);
}
