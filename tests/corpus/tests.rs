//! The corpus says what it is meant to say: marks, places, encodings, variants.

use keyhound::finding::Confidence;

use super::{Class, Document, Score, parse, text, variant};

fn document(cases: &str) -> Document {
    let mut parsed = Vec::new();
    parse::cases("a.cases", cases, &mut parsed).unwrap();
    assert_eq!(parsed.len(), 1);
    Document::new(&parsed[0], 1).unwrap()
}

/// Whether the value stands, encoded by `encode`, where the document says.
fn assert_place(text: &str, encode: impl Fn(&str) -> String) {
    let document = document(&format!("%%%% a | a.txt | encoded\n{text}\n"));
    let plain = document.plain();
    let (expected, (line, column)) = document.expected().next().unwrap();
    let line = plain.lines().nth(line as usize - 1).unwrap();
    let found: String = line.chars().skip(column as usize - 1).collect();
    let encoded = encode(&expected.secret);
    assert!(found.starts_with(&encoded), "{text}: {found} is not {encoded}");
}

#[test]
fn values_stand_where_the_document_says() {
    let same = str::to_owned;
    let hex = |value: &str| value.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_place("é\n k: «H hex32»", same);
    assert_place("«- hex32»\n\n‹json:\"\n«L mm»›", same);
    assert_place("k=‹hex:ab«H b62-20»›", hex);
    assert_place("‹percent-all:k«H b62-20»›", |value| value.bytes().map(|byte| format!("%{byte:02X}")).collect());
    assert_place("‹u:k: «L mm»›", |value| value.replace('_', "\\u005f"));
    assert_place("‹x:k: «T mm»›", |value| value.replace('_', "\\x5f"));
    assert_place("‹entity:k: «T mm»›", |value| value.replace('_', "&#95;"));
    assert_place("‹u:‹entity:«T mm»››", |value| value.replace('_', "\\u0026\\u002395\\u003b"));
    // Where the value begins within a group of three bytes, tells in which character of base64 its first bit is.
    assert_place("k ‹base64:abc«L mm»›", |_| "c2tfbGl2ZV".to_owned());
    assert_place("k ‹base64:ab«L mm»›", |_| "Jza19saXZl".to_owned());
    assert_place("k ‹base64:a«L mm»›", |_| "XNrX2xpdmV".to_owned());
    assert_place("‹base64:‹utf16le:«L mm»››", |_| "cwBrAF8A".to_owned());
}

#[test]
fn pieces_and_labels_are_one_value() {
    let document = document("%%%% a | a.js | hard\n'«L:a mm 0..8»' + '«L:a mm 8..»' // «H:b hex32» «H:b hex32»\n");
    let secrets: Vec<_> = document.expected().map(|(expected, _)| expected.secret.clone()).collect();
    assert_eq!(document.plain().replace("' + '", ""), format!("'{}' // {} {}\n", secrets[0], secrets[1], secrets[2]));
    assert_eq!(secrets[1], secrets[2]);
}

#[test]
fn every_line_is_a_case_where_the_class_says_so() {
    let mut cases = Vec::new();
    parse::cases("a.cases", "%%%% a | a.sh | core-lines\nx\n\ny\n%%%% b | b.sh | silent\nz\n\n\n", &mut cases).unwrap();
    let ids: Vec<_> = cases.iter().map(|case| (&*case.id, &*case.source)).collect();
    assert_eq!(ids, [("a-1", "a.cases:2"), ("a-3", "a.cases:4"), ("b", "a.cases:6")]);
    assert_eq!(Document::new(&cases[2], 1).unwrap().plain(), "z\n");
}

#[test]
fn mistakes_are_told_with_file_and_line() {
    for (text, message) in [
        ("x\n", "a.cases:1: a case begins with %%%%, not with \"x\""),
        ("%%%% a | b\nx\n", "a.cases:1: id | file name | class expected"),
        ("%%%% A | b | core\nx\n", "a.cases:1: \"A\" is not in kebab-case"),
        ("%%%% a | b | odd\nx\n", "a.cases:1: unknown class \"odd\""),
        ("%%%% a | b | core | x=y\nx\n", "a.cases:1: unknown option \"x=y\""),
        ("%%%% a | b | core | no=utf8\nx\n", "a.cases:1: unknown variant \"utf8\""),
        ("%%%% a | b | core\n\n", "a.cases:1: a has no text"),
        ("%%%% a | b | core\nx\n%%%% a | b | core\ny\n", "a.cases:4: a is there already"),
        ("%%%% a | b | core\nx\n«H hex»\n", "a.cases:3: unknown mark \"H hex\""),
        ("%%%% a | b | core\nx\n‹rot13:x›\n", "a.cases:3: unknown encoding \"rot13\""),
        ("%%%% a | b | core\nx\n‹hex:x\n", "a.cases:3: an encoded part has no end"),
    ] {
        assert_eq!(parse::cases("a.cases", text, &mut Vec::new()).unwrap_err(), message);
    }
}

#[test]
fn variants_carry_the_places_along() {
    let mut cases = Vec::new();
    let program = "%%%% a | a.js | core\nconst token = \"«H hex32»\";\nconst h = { \"X-API-Key\": token };\n";
    let markup = "%%%% b | b.xml | core\n<a>\n  <b c=\"d\">«L mm»</b>\n</a>\n";
    parse::cases("a.cases", &format!("{program}{markup}"), &mut cases).unwrap();
    let mut made = 0;
    for case in &cases {
        let document = Document::new(case, 1).unwrap();
        for changed in variant::ALL.iter().filter_map(|variant| variant.apply(case, &document)) {
            assert_eq!(text::positions(&changed.text).len(), 1);
            assert_eq!(changed.expected, document.expected);
            let (expected, (line, column)) = changed.expected().next().unwrap();
            let plain = changed.plain();
            let line = plain.lines().nth(line as usize - 1).unwrap();
            assert!(line[column as usize - 1..].starts_with(&expected.secret), "{line}");
            made += 1;
        }
    }
    assert_eq!(made, 13 + 11, "all variants, but names are bound and cells are run in programs only");
}

#[test]
fn the_score_tells_what_is_missed_and_what_is_wrong() {
    let mut cases = Vec::new();
    let found = "%%%% a | a.sh | core\ncurl -H 'X-API-Key: «H hex32»' -d '«L mm»'\n";
    let missed = "%%%% b | b.sh | core\ncurl -H 'X-Request-Id: «H hex32»'\n";
    let wrong = "%%%% c | c.sh | silent\ncurl -H 'X-API-Key: «- hex32»'\n";
    parse::cases("a.cases", &[found, missed, wrong].concat(), &mut cases).unwrap();
    let mut score = Score::default();
    score.add(&cases, 1, true).unwrap();
    let recall = score.recall(Class::Core);
    assert_eq!((recall.good, recall.all), (2, 3));
    let precision = score.precision(None);
    assert_eq!((precision.good, precision.all), (2, 3));
    assert_eq!(score.precision(Some(Confidence::High)), precision);
    assert!((score.agreement().ratio() - 1.0).abs() < f64::EPSILON, "{score}");
    let report = score.to_string();
    assert!(report.contains("missed  core    b (a.cases:4) b.sh:1:24 x-api-key-literal "), "{report}");
    assert!(report.contains("wrong   silent  c (a.cases:6) c.sh:1:21 x-api-key-literal High "), "{report}");
    assert!(report.contains("core     a                      100.00 % (2 of 2)"), "{report}");
}

#[test]
fn the_tree_has_lines_that_must_stay_silent_in_many_formats() {
    let cases = super::of_the_tree().unwrap();
    let silent = cases.iter().filter(|case| case.class == Class::Silent).count();
    assert!(silent >= 2500, "{silent} silent cases");
    let ending = |path: &str| path.rsplit(['/', '.']).next().map(str::to_owned);
    let endings: std::collections::BTreeSet<_> = cases.iter().map(|case| ending(&case.file_name)).collect();
    assert!(endings.len() >= 150, "{} kinds of files", endings.len());
}

#[test]
fn every_case_of_the_tree_becomes_a_file() {
    for case in super::of_the_tree().unwrap() {
        let document = Document::new(&case, 1).unwrap();
        let is_silent = case.class == Class::Silent;
        assert_eq!(document.expected().count() == 0, is_silent, "{}: is {} {}?", case.source, case.id, case.class);
        assert!(!document.bytes().is_empty());
    }
}

/// What detection is held to, with the values of several seeds; `cargo run --example corpus` tells what it gets wrong.
#[test]
fn detection_keeps_to_its_floors() {
    let cases = super::of_the_tree().unwrap();
    for seed in [1, 20_260_701] {
        let mut score = Score::default();
        score.add(&cases, seed, true).unwrap();
        // Of so many at least: nothing is shown by what is not there.
        for (what, share, least, floor) in [
            ("recall of core", score.recall(Class::Core), 700, 0.99),
            ("recall of hard", score.recall(Class::Hard), 1500, 0.95),
            ("recall of encoded", score.recall(Class::Encoded), 300, 0.80),
            ("precision", score.precision(None), 2500, 0.99),
            ("precision at high confidence", score.precision(Some(Confidence::High)), 1500, 0.99),
            ("precision at medium confidence", score.precision(Some(Confidence::Medium)), 400, 0.95),
            ("agreement of variants", score.agreement(), 40_000, 1.0),
        ] {
            assert!(share.all >= least, "{what} is measured on {} only, with seed {seed}", share.all);
            assert!(share.ratio() >= floor, "{what} is {share} with seed {seed}\n{score}");
        }
    }
}
