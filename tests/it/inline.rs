//! Comments that forgive, through the program: what they cover is tested beside the code.

use crate::support::{Sandbox, keys};

#[test]
fn a_comment_covers_its_line_and_no_other() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.py", format!("a = '{}'  # keyhound:allow -- a sample\n", keys::live(1)));
    sandbox.keyhound(&["scan", "."]).expect(0);
    sandbox.write("b.py", format!("# keyhound:allow-next-line\na = '{}'\nb = '{}'\n", keys::live(2), keys::live(3)));
    sandbox.keyhound(&["scan", "."]).expect(1).says("--> b.py:3").never_says("--> b.py:2").never_says("--> a.py");
}

#[test]
fn comments_of_other_scanners_cover_too() {
    let sandbox = Sandbox::repository();
    for (number, comment) in
        ["gitleaks:allow", "betterleaks:allow", "trufflehog:ignore", "pragma: allowlist secret", "kingfisher:ignore"]
            .iter()
            .enumerate()
    {
        sandbox.write(format!("{number}.py"), format!("a = '{}' # {comment}\n", keys::live(1)));
    }
    sandbox.keyhound(&["scan", "."]).expect(0);
}

#[test]
fn a_header_value_that_contains_a_comment_hides_nothing() {
    let sandbox = Sandbox::repository();
    let key = keys::live(1);
    let value = ["Zt9KqW3xLb7V", "gitleaks:allow", "nR2mYf4HcJ8d"].concat();
    sandbox.write("a.py", format!("headers = {{\"X-API-Key\": \"{value}\"}}\n"));
    sandbox.write("b.py", format!("headers = {{\"X-API-Key\": \"{value}\", \"b\": \"{key}\"}}\n"));
    sandbox.keyhound(&["scan", "."]).expect(1).says("a.py:1").says("b.py:1").never_says(&value);
}

#[test]
fn the_name_of_a_file_forgives_nothing() {
    let sandbox = Sandbox::repository();
    sandbox.write(format!("{} # keyhound:allow", keys::live(1)), "");
    sandbox.keyhound(&["scan", "."]).expect(1);
}

#[test]
fn a_comment_that_names_no_rule_allows_nothing_and_is_told() {
    let sandbox = Sandbox::repository();
    let text = format!("a = '{}'\nb = '{}'  # keyhound:allow=sk-live-kye\n", keys::live(1), keys::live(2));
    sandbox.write("a.py", text);
    let told = "comment names no rule: a.py:2";
    sandbox.keyhound(&["scan", "."]).expect(1).says("--> a.py:2").says(told);
    let json = sandbox.keyhound(&["scan", ".", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&json.expect(1).stdout).unwrap();
    assert_eq!(report["unknown_rules"], serde_json::json!([{ "path": "a.py", "line": 2 }]));
    sandbox.keyhound(&["scan", ".", "--no-inline"]).expect(1).never_says("names no rule");
    sandbox.write("a.py", format!("b = '{}'  # keyhound:allow=sk-live-key\n", keys::live(2)));
    sandbox.keyhound(&["scan", "."]).expect(0).never_says("names no rule");
}
