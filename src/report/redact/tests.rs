//! What is shown of values, and that nothing else of them is.

use std::sync::Arc;

use bstr::ByteSlice;

use super::*;
use crate::{
    finding::{Suppressed, SuppressedBy},
    report::sample::{self, finding, key},
};

fn masked(text: &str, values: &[&str]) -> String {
    let mut report = sample::report(sample::rules(), Vec::new());
    report.masked = values.iter().map(|value| Secret::new(value.as_bytes())).collect();
    Masker::new(&report).text(text.as_bytes())
}

#[test]
fn long_bodies_show_their_end_and_short_ones_their_length() {
    let report = sample::report(sample::rules(), Vec::new());
    let masker = Masker::new(&report);
    for (value, shown) in [
        (key("live", "0123456789abcdefghij"), "sk_live_…ghij"),
        (key("live", "0123456789abcdefghi"), "sk_live_[19 characters]"),
        (key("test", "0123456789abcdefghijklm"), "sk_test_…jklm"),
        (key("live", "0"), "sk_live_[1 character]"),
        ("q8Zt-value".to_owned(), "[10 characters]"),
        ("schlüssel".to_owned(), "[9 characters]"),
        (key("live", "0123456789abcdefgh字"), "sk_live_[19 characters]"),
    ] {
        assert_eq!(masker.redacted(value.as_bytes()), shown);
    }
}

#[test]
fn values_are_masked_wherever_they_stand() {
    let live = key("live", "0123456789abcdefghij");
    assert_eq!(masked(&format!("a/{live}/{live}.py"), &[&live]), "a/sk_live_…ghij/sk_live_…ghij.py");
    assert_eq!(masked("nothing here", &[&live]), "nothing here");
}

#[test]
fn values_in_values_are_masked_as_one() {
    let live = key("live", "0123456789abcdefghij");
    let longer = format!("{live}klm");
    assert_eq!(masked(&format!("<{longer}>"), &[&live, &longer]), "<sk_live_…jklm>");
    assert_eq!(masked("<abc123def456>", &["abc123def", "123def456"]), "<[12 characters]>");
    assert_eq!(masked("<abc123def456>", &["abc123def", "3def"]), "<[9 characters]456>");
}

#[test]
fn rejected_words_are_no_secrets_elsewhere() {
    assert_eq!(masked("undefined short7", &["undefined", "ort7"]), "undefined short7");
    assert_eq!(masked("may_be_a_k3y", &["may_be_a_k3y"]), "[12 characters]");
    let low = key("test", "abcdefghij");
    assert_eq!(masked(&low, &[&low]), "sk_test_[10 characters]");
}

#[test]
fn lines_mask_what_their_edges_cut_and_what_is_marked() {
    let live = key("live", "0123456789abcdefghij");
    let other = key("live", "zyxwvutsrqponmlkjihg");
    let text = format!("{}\" ⟦{live}⟧ # undefined {}", &other[12..], &other[..14]);
    let rules = sample::rules();
    let of_other = finding(&rules, "sk-live-key", "b", &[(1, format!("⟦{other}⟧").as_bytes())]);
    let mut report =
        sample::report(rules.clone(), vec![finding(&rules, "sk-live-key", "a", &[(1, text.as_bytes())]), of_other]);
    let excerpt = &mut report.findings[0].occurrences[0].excerpt;
    let word = memchr::memmem::find(&excerpt.text, b"undefined").unwrap();
    excerpt.others.push(word..word + "undefined".len());
    let found = &report.findings[0];
    let shown = Masker::new(&report).line(found, &found.occurrences[0].excerpt);
    assert_eq!(String::from_utf8(shown.before).unwrap(), "[16 characters]\" ");
    assert_eq!(String::from_utf8(shown.value).unwrap(), "sk_live_…ghij");
    assert_eq!(String::from_utf8(shown.after).unwrap(), " # [9 characters] sk_live_[6 characters]");
    let shown = Masker::revealing(&report).line(found, &found.occurrences[0].excerpt);
    assert_eq!(String::from_utf8(shown.value).unwrap(), live);
}

#[test]
fn a_value_of_several_lines_is_one_mask() {
    let rules = sample::rules();
    let found = finding(&rules, "x-api-key-literal", "a", &[(1, "x\nkey = ⟦first-half\nsecond-half⟧;\ny".as_bytes())]);
    let report = sample::report(rules, vec![found]);
    let found = &report.findings[0];
    let shown = Masker::new(&report).line(found, &found.occurrences[0].excerpt);
    assert_eq!([shown.before, shown.value, shown.after], [&b"key = "[..], b"[22 characters]", b";"]);
}

#[test]
fn pieces_of_what_was_found_are_masked_wherever_they_stand() {
    let rules = sample::rules();
    let live = key("live", "0123456789abcdefghij");
    let text = format!("a = '⟦{live}⟧' # was {}, then {}", &live[8..], &live[..20]);
    let found = finding(&rules, "sk-live-key", "a", &[(1, text.as_bytes())]);
    let header = finding(&rules, "x-api-key-literal", "b", &[(1, "⟦my-api-key-9f8e⟧".as_bytes())]);
    let mut report = sample::report(rules, vec![found]);
    report.suppressed = vec![Suppressed { finding: header, by: SuppressedBy::Allow(0), reason: String::new() }];
    let masker = Masker::new(&report);
    for (text, shown) in [
        ("x/0123456789abcdefghij", "x/[20 characters]"),
        ("x/efghij_345678", "x/[6 characters]_[6 characters]"),
        ("x/fghij_34567", "x/fghij_34567"),
        ("my-api-8e7", "[7 characters]8e7"),
        ("a0123456789abcdefghijz", "a[20 characters]z"),
    ] {
        assert_eq!(masker.text(text.as_bytes()), shown);
    }
    let MaskedLine { after, .. } = masker.line(&report.findings[0], &report.findings[0].first().excerpt);
    assert_eq!(after.to_str().unwrap(), "' # was [20 characters], then sk_live_[12 characters]");
    let (index, rule) = report.rules.by_id("x-api-key-literal").unwrap();
    assert_eq!(masker.text_of_rule(index, &rule.id), "x-api-key-literal", "built-in rules say the same in any report");
}

#[test]
fn the_prefix_of_a_rule_of_ones_own_is_no_secret() {
    let rule = "[[rule]]\nid = 'acme'\nname = 'a'\ndescription = 'a'\nseverity = 'low'\nremedy = 'see acme-token-page'\n\
                pattern = '(?i)acme-token-[0-9a-f]{8}'\nanchors = ['(?i)acme-token-']\n";
    let rules = Arc::unwrap_or_clone(crate::config::load(rule.as_bytes(), "test").unwrap().rules);
    let found = finding(&rules, "acme", "a", &[(1, "⟦ACME-token-12ab34cd⟧".as_bytes())]);
    let index = found.rule;
    let report = sample::report(rules, vec![found]);
    let masker = Masker::new(&report);
    assert_eq!(masker.text(b"ACME-token-page 12ab34c"), "ACME-token-page [7 characters]");
    assert_eq!(masker.text_of_rule(index, "not 12ab34cd"), "not [8 characters]", "its words are a user's");
}

#[test]
fn a_great_many_rejected_values_are_masked_as_one_is() {
    // An automaton of these would have tens of millions of states.
    let values: Vec<_> = (0..300_000).map(|number| format!("your-very-own-api-key-no-{number}")).collect();
    let mut report = sample::report(sample::rules(), Vec::new());
    report.masked = values.iter().map(|value| Secret::new(value.as_bytes())).collect();
    let masker = Masker::new(&report);
    assert_eq!(masker.text(b"a/your-very-own-api-key-no-77/b"), "a/[27 characters]/b");
    assert_eq!(masker.text(b"a/your-very-own-api-key-no-/b"), "a/your-very-own-api-key-no-/b");
}
