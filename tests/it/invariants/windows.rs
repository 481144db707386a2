//! How content is cut into windows changes nothing: not what is found, not where, not what it looks like there.

use std::iter;

use keyhound::detect::Detector;
use proptest::prelude::*;

use super::material::{content, detect_in_steps, detector, joined, rules_with};

/// Rules of a user, with and without an anchor, whose matches may begin inside a scalar value.
const USER_RULES: &[&str] = &[
    "id = 'slow'\nname = 'n'\ndescription = 'd'\nseverity = 'low'\nremedy = 'r'\npattern = '[a-z]+=[0-9]|[b-z]*qz[b-z]*'",
    "id = 'bytes'\nname = 'n'\ndescription = 'd'\nseverity = 'low'\nremedy = 'r'\npattern = '\\xb6\\xc3\\x9fer...\\xf0\\x9d'",
    "id = 'quick'\nname = 'n'\ndescription = 'd'\nseverity = 'low'\nremedy = 'r'\npattern = 'k_\\w+|_live_[0-9a-f]+'\nanchors = ['live']",
];

fn utf16(text: &str, big_endian: bool, mark: bool) -> Vec<u8> {
    let mark = if mark { "\u{feff}" } else { "" };
    let bytes = |unit: u16| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() };
    mark.encode_utf16().chain(text.encode_utf16()).flat_map(bytes).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_windows_equal_the_whole(content in content(), steps in prop::collection::vec(1..30_000_usize, 1..8)) {
        let detector = detector();
        prop_assert_eq!(detect_in_steps(&detector, &content, &steps), detector.detect(&content));
    }

    #[test]
    fn any_windows_equal_the_whole_for_rules_of_the_user(content in content(), steps in prop::collection::vec(1..30_000_usize, 1..8)) {
        let detector = Detector::new(rules_with(USER_RULES).into());
        prop_assert_eq!(detect_in_steps(&detector, &content, &steps), detector.detect(&content));
    }

    #[test]
    fn any_windows_equal_the_whole_in_utf16(content in content(), big_endian: bool, mark: bool, steps in prop::collection::vec(1..30_000_usize, 1..8)) {
        let content = utf16(&String::from_utf8_lossy(&content), big_endian, mark);
        let detector = detector();
        prop_assert_eq!(detect_in_steps(&detector, &content, &steps), detector.detect(&content));
    }
}

/// One key in `length` bytes of text, beginning at `at`.
fn with_key_at(at: usize, length: usize) -> Vec<u8> {
    let key = joined("sk_live_<+>9c41f7a02be85d6613fd0a7c4e92b8d15f603ae7c8214b9d7e05f1a36cb8d247");
    let mut content: Vec<u8> = b"(x + y) * z;\n".iter().copied().cycle().take(length).collect();
    content[at..at + key.len()].copy_from_slice(key.as_bytes());
    content
}

#[test]
fn a_key_is_found_across_every_edge_of_a_window() {
    const LENGTH: usize = 40_000;
    let detector = detector();
    // Steps of one neighbourhood and more put edges everywhere that an implementation could put one.
    for edge in [8192, 12_288, 16_384, 20_480, 32_768] {
        for at in (edge - 4200..edge + 100).step_by(7).filter(|at| at + 72 <= LENGTH) {
            let content = with_key_at(at, LENGTH);
            for steps in [&[edge][..], &[edge, 1], &[4096]] {
                let found = detect_in_steps(&detector, &content, steps);
                let starts: Vec<_> = found.candidates.iter().map(|candidate| candidate.span.start).collect();
                assert_eq!(starts, [at as u64], "edge {edge}, steps {steps:?}");
            }
        }
    }
}

#[test]
fn matches_inside_scalar_values_leave_the_columns_after_them_alone() {
    let rule = "id = 'bytes'\nname = 'n'\ndescription = 'd'\nseverity = 'low'\nremedy = 'r'\npattern = '\\xb6\\xc3\\x9fer[0-9]'";
    let detector = Detector::new(rules_with(&[rule]).into());
    let text = "größer7 — ".repeat(3000);
    let whole = detector.detect(text.as_bytes());
    let columns: Vec<_> = whole.candidates.iter().map(|found| found.start.column).collect();
    // The second byte of `ö` is a byte of its own where a value begins: the value starts one column late.
    let expected: Vec<_> = (0..3000).map(|number| 10 * number + 4).collect();
    assert_eq!(columns, expected);
    assert_eq!(detect_in_steps(&detector, text.as_bytes(), &[9001]), whole);
}

#[test]
fn matches_longer_than_a_piece_are_cut_alike_from_every_window() {
    let rules = [
        "id = 'long'\nname = 'n'\ndescription = 'd'\nseverity = 'low'\nremedy = 'r'\npattern = '[0-9]{4500}'",
        "id = 'open'\nname = 'n'\ndescription = 'd'\nseverity = 'low'\nremedy = 'r'\npattern = '[a-f]+[0-9]+'",
    ];
    let detector = Detector::new(rules_with(&rules).into());
    let content: Vec<u8> = (0..50_000_u32).map(|n| if n % 13_000 < 3 { b'a' } else { b'0' + (n % 7) as u8 }).collect();
    let whole = detector.detect(&content);
    let retired: u64 = whole.retired.counts.values().sum();
    assert!(whole.candidates.len() + whole.rejected.len() + retired as usize > 8);
    for step in [9000, 10_001, 12_287, 12_288, 12_289, 13_500, 20_000] {
        assert_eq!(detect_in_steps(&detector, &content, &[step]), whole, "steps of {step}");
    }
}

/// A body that is a key in text and chance in compiled code.
const ONLY_IN_TEXT: &str = "sk_live_<+>runner42xq9invoice";

#[test]
fn what_decides_about_a_value_is_seen_from_every_window() {
    const LENGTH: usize = 40_000;
    let detector = detector();
    let key = joined(ONLY_IN_TEXT);
    let with = |at: usize, zero: usize| {
        let mut content: Vec<u8> = b"(x + y) * z;\n".iter().copied().cycle().take(LENGTH).collect();
        content[at..=(at + key.len())].copy_from_slice(format!("{key};").as_bytes());
        content[at - 1] = b' ';
        content[zero] = 0;
        content
    };
    for edge in [12_288, 16_384, 20_480] {
        for at in (edge - 8100_usize..edge + 100).step_by(61) {
            // The first and the last byte that may matter, and the ones beyond.
            for (zero, candidates) in [(at - 4096, 0), (at + 4095, 0), (at - 4097, 1), (at + 4096, 1)] {
                let content = with(at, zero);
                for steps in [&[edge][..], &[edge, 1], &[1_000_000]] {
                    let found = detect_in_steps(&detector, &content, steps);
                    let place = format!("edge {edge}, key at {at}, zero at {zero}, steps {steps:?}");
                    assert_eq!(found.candidates.len(), candidates, "{place}");
                }
            }
        }
    }
}

#[test]
fn a_key_is_found_at_the_first_and_the_last_byte() {
    let detector = detector();
    for length in [72, 73, 8191, 8192, 8193, 20_000] {
        for at in [0, length - 72] {
            let content = with_key_at(at, length);
            for encoded in [content.clone(), utf16(&String::from_utf8_lossy(&content), false, true)] {
                for steps in [&[1_000_000][..], &[8192], &[1]] {
                    let found = detect_in_steps(&detector, &encoded, steps);
                    assert_eq!(found.candidates.len(), 1, "at {at} of {length}, steps {steps:?}");
                    assert_eq!(found.candidates[0].span.start, at as u64);
                }
            }
        }
    }
}

#[test]
fn lines_and_columns_are_those_of_the_decoded_text() {
    let key = joined("sk_live_<+>9c41f7a02be85d6613fd0a7c4e92b8d15f603ae7c8214b9d7e05f1a36cb8d247");
    let line: String = iter::repeat_n("é𝄞 ", 4000).collect();
    let text = format!("{line}\r\n{line}\"{key}\"");
    let detector = detector();
    let mark = [b"\xef\xbb\xbf", text.as_bytes()].concat();
    for content in [text.clone().into_bytes(), mark, utf16(&text, false, true), utf16(&text, true, true)] {
        for steps in [&[1_000_000][..], &[9000], &[777]] {
            let found = detect_in_steps(&detector, &content, steps);
            let places: Vec<_> = found.candidates.iter().map(|found| (found.start, found.end)).collect();
            let [(start, end)] = places[..] else { panic!("{} candidates", places.len()) };
            assert_eq!((start.line, start.column), (2, 12_002));
            assert_eq!((end.line, end.column), (2, 12_002 + 72));
        }
    }
}
