//! `keyhound rules`, and that every built-in rule does what it says.

use std::sync::Arc;

use keyhound::{check, rule};

use crate::support::Sandbox;

#[test]
fn built_in_rules_have_no_fault() {
    assert_eq!(check::check(&Arc::new(rule::builtin())), []);
}

#[test]
fn rules_are_listed() {
    let sandbox = Sandbox::new();
    let output = sandbox.keyhound(&["rules", "list"]);
    output.expect(0).quietly();
    for rule in rule::builtin().rules {
        output.says(&rule.id);
    }
}

#[test]
fn a_rule_is_shown_with_the_practices_of_the_product_page_and_without_a_key() {
    let sandbox = Sandbox::new();
    for rule in rule::builtin().rules {
        let output = sandbox.keyhound(&["rules", "show", &rule.id]);
        output.expect(0).says(&rule.description).says("<+>").says("MediaMagic: Revoke it now");
        for practice in [
            "Store API keys in environment variables or a secrets manager",
            "Rotate API keys regularly",
            "Use different API keys for different environments",
            "Monitor API key usage in the control plane",
            "Revoke API keys immediately if you suspect",
        ] {
            output.says(practice);
        }
        sandbox.write("shown.txt", &output.stdout);
        sandbox.keyhound(&["scan", "."]).expect(0);
    }
}

#[test]
fn an_unknown_rule_is_an_error() {
    let sandbox = Sandbox::new();
    sandbox.keyhound(&["rules", "show", "sk-live-kye"]).expect(2).complains("did you mean `sk-live-key`?");
}

#[test]
fn rules_of_ones_own_are_checked() {
    let sandbox = Sandbox::repository();
    let rule = "[[rule]]\nid = 'acme'\nname = 'ACME'\ndescription = 'x'\nseverity = 'low'\nremedy = 'x'\n\
                anchors = ['acme_']\npattern = 'acme_[0-9a-f]{16}'\n";
    sandbox.write(".keyhound.toml", rule);
    sandbox
        .keyhound(&["rules", "check"])
        .expect(1)
        .says(".keyhound.toml:1: error: rule `acme`: `match` has 0 examples");
    let examples = "match = ['acme_4f9<+>27ac81d05e6b3', 'acme_<+>b07d3e91c6f2485a']\nno_match = ['acme_', 'b']\n";
    sandbox.write("rules.toml", format!("{rule}{examples}"));
    sandbox.keyhound(&["rules", "check", "rules.toml"]).expect(0).says("4 rules checked, 0 errors");
    sandbox.keyhound(&["rules", "list", "--config", "rules.toml"]).expect(0).says("acme");
    sandbox.write("rules.toml", rule.replace("]{16}", "{16}"));
    let broken = sandbox.keyhound(&["rules", "check", "rules.toml"]);
    broken.expect(2).complains("rules.toml:8: `pattern` of [[rule]] does not compile");
    sandbox.keyhound(&["rules", "check", "none.toml"]).expect(2).complains("there is no configuration none.toml");
}

/// What somebody who copies the manual's configuration gets: one that loads and whose rule does what it says.
#[test]
fn the_configuration_of_the_manual_is_valid_and_its_rule_passes_its_check() {
    let manual = include_str!("../../docs/configuration.md");
    let blocks: Vec<_> = manual.split("```toml\n").skip(1).map(|block| block.split("```").next().unwrap()).collect();
    assert!(!blocks.is_empty());
    for block in &blocks {
        let config = keyhound::config::load(block.as_bytes(), "manual").unwrap_or_else(|errors| panic!("{errors}"));
        assert_eq!(check::check(&config.rules), []);
    }
    assert!(blocks.iter().any(|block| block.contains("[[rule]]") && block.contains("[[allow]]")));
    let sandbox = Sandbox::repository();
    sandbox.write(".keyhound.toml", blocks[0]);
    sandbox.keyhound(&["rules", "check", ".keyhound.toml"]).expect(0).says("0 errors");
    sandbox.keyhound(&["scan"]).expect(0);
}
