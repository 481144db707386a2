//! What is shown of values, and that nothing else of them is.

use super::*;
use crate::report::sample::{self, finding, key};

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
    let mut report =
        sample::report(sample::rules(), vec![finding(&sample::rules(), "sk-live-key", "a", &[(1, text.as_bytes())])]);
    report.masked = [Secret::new(other.as_bytes())].into();
    let excerpt = &mut report.findings[0].occurrences[0].excerpt;
    let word = memchr::memmem::find(&excerpt.text, b"undefined").unwrap();
    excerpt.others.push(word..word + "undefined".len());
    let found = &report.findings[0];
    let shown = Masker::new(&report).line(found, &found.occurrences[0].excerpt);
    assert_eq!(String::from_utf8(shown.before).unwrap(), "sk_live_…jihg\" ");
    assert_eq!(String::from_utf8(shown.value).unwrap(), "sk_live_…ghij");
    assert_eq!(String::from_utf8(shown.after).unwrap(), " # [9 characters] sk_live_…jihg");
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
