//! The prefilter loses nothing: what a search of all text finds, the search around anchors finds too.

use std::collections::BTreeSet;

use keyhound::detect::Detector;
use proptest::prelude::*;
use regex::bytes::Regex;

use super::material::{content, detector, example, joined, key, rules_with};

/// One rule of a user, with these anchors.
fn rule(pattern: &str, anchors: &[&str]) -> String {
    format!(
        "id = 'rule-of-mine'\nname = 'n'\ndescription = 'd'\nseverity = 'low'\nremedy = 'r'\npattern = '{pattern}'\nanchors = {anchors:?}"
    )
}

/// Where a rule's values stand, whatever the verdict on them.
fn spans(detector: &Detector, content: &[u8]) -> BTreeSet<(u64, u64)> {
    let found = detector.detect(content);
    let (index, _) = detector.rules().by_id("rule-of-mine").expect("the rule is in the set");
    let candidates = found.candidates.iter().map(|found| (found.rule, found.span.clone()));
    let all = candidates.chain(found.rejected.iter().map(|found| (found.rule, found.span.clone())));
    all.filter(|(rule, _)| *rule == index).map(|(_, span)| (span.start, span.end)).collect()
}

/// Patterns whose matches do not depend on where a search begins, and the anchors of each.
const PATTERNS: &[(&str, &[&str])] = &[
    ("acme-[0-9]{6,16}", &["acme-"]),
    ("(?i)acme:[a-f]{4}", &["(?i)acme:"]),
    ("(?:left|right)=\"[^\"\\n]{1,40}\"", &["left=\"", "right=\""]),
    ("[0-9]{1,8}@corp[.]test", &["@corp.test"]),
];

fn matching_text() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        "acme-[0-9]{4,18}",
        "[Aa][Cc][Mm][Ee]:[a-f]{2,5}",
        "(left|right)=\"[ -~]{0,44}\"",
        "[0-9]{0,10}@corp\\.test",
        "(acme|left|corp| |\n){0,30}",
        "( |x){0,6000}",
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat().into_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rules_find_with_anchors_what_they_find_without(content in matching_text()) {
        for (pattern, anchors) in PATTERNS {
            let with = Detector::new(rules_with(&[&rule(pattern, anchors)]).into());
            let without = Detector::new(rules_with(&[&rule(pattern, &[])]).into());
            let (with, without) = (spans(&with, &content), spans(&without, &content));
            prop_assert!(with.is_superset(&without), "{}: {:?}, {:?}", pattern, with, without);
            // Around an anchor a string with escapes in it is read without them, too.
            prop_assert!(with == without || content.contains(&b'\\'), "{}: {:?}, {:?}", pattern, with, without);
        }
    }

    #[test]
    fn every_key_of_the_published_form_is_seen(content in content()) {
        // Written down independently of the detector: 64 hexadecimal digits, no 65th.
        let published = Regex::new("(sk_live_|sk_test_)([0-9A-Fa-f]{64})(?:[^0-9A-Fa-f]|$)").expect("it is a regex");
        let found = detector().detect(&content);
        let seen: BTreeSet<_> = found.candidates.iter().map(|found| &found.span).chain(found.rejected.iter().map(|found| &found.span)).map(|span| (span.start, span.end)).collect();
        let is_utf16 = content.starts_with(b"\xff\xfe") || content.starts_with(b"\xfe\xff");
        prop_assume!(!is_utf16 && !content.starts_with(b"\xef\xbb\xbf") && !content[..content.len().min(8192)].contains(&0));
        for captures in published.captures_iter(&content) {
            let span = (captures[1].as_ptr() as usize - content.as_ptr() as usize) as u64;
            prop_assert!(seen.contains(&(span, span + 72)), "the key at {} of {}", span, content.len());
        }
    }

    #[test]
    fn a_key_is_reported_whatever_stands_on_either_side(before in any::<Vec<u8>>(), key in key(), after in any::<Vec<u8>>()) {
        let continues = after.first().is_some_and(u8::is_ascii_hexdigit);
        let content = [b"text, so that this is not UTF-16: ", &before[..], &key, &after].concat();
        let found = detector().detect(&content);
        let values: Vec<_> = found.candidates.iter().map(|found| found.secret.expose()).collect();
        let rejected: Vec<_> = found.rejected.iter().map(|found| found.reason).collect();
        prop_assert!(continues || values.contains(&&key[..]), "rejected: {:?}", rejected);
    }

    #[test]
    fn examples_are_found_in_any_surroundings(before in content(), example in example()) {
        let detector = detector();
        let alone = detector.detect(&example).candidates.len();
        let around = [&before[..], b"\n\n\n", &example, b"\n"].concat();
        let with = detector.detect(&around).candidates.iter().filter(|found| found.span.start as usize >= before.len()).count();
        prop_assume!(!before.starts_with(b"\xff\xfe") && !before.contains(&0));
        prop_assert_eq!(with, alone);
    }
}

#[test]
fn adjacent_keys_are_keys_of_their_own() {
    let (one, two) = (joined("sk_live_<+>Zt9KqW3xLb7VnR2mYf4H"), joined("sk_live_<+>b7QxT2nVw8Rk4Jm9Ps3L"));
    for (text, expected) in [
        (format!("{one}-{two}"), vec![one.clone(), two.clone()]),
        (format!("{one}_{two}"), vec![one.clone(), two.clone()]),
        (format!("{one}{two}"), vec![one.clone(), two.clone()]),
        (format!("sk_live_{one}"), vec![one.clone()]),
        (format!("{one},{two}"), vec![one, two]),
    ] {
        let found = detector().detect(text.as_bytes());
        let values: Vec<_> = found.candidates.iter().map(|found| found.secret.expose()).collect();
        let expected: Vec<_> = expected.iter().map(String::as_bytes).collect();
        // Compared, not shown: a failing test must not print keys either.
        assert!(values == expected, "{} values of {}", values.len(), expected.len());
    }
}
