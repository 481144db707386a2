use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::*;
use crate::{detect::Detector, rule};

/// A key of the form that `MediaMagic` publishes; a different one for every number.
fn key(number: usize) -> String {
    let digest = Sha256::digest(number.to_string());
    let body = u128::from_be_bytes(digest[..16].try_into().unwrap());
    let rest = u128::from_be_bytes(digest[16..].try_into().unwrap());
    format!("sk_live_{body:032x}{rest:032x}")
}

/// For every finding in `text`, in order: the comment that covers it.
fn directives(path: &str, text: &str) -> Vec<Option<Directive>> {
    with_blob(path, text, |blob| {
        let covering = |place: &Place<'_>| blob.covering(place.rule, &place.span);
        blob.places.iter().map(covering).collect()
    })
}

fn with_blob<T>(path: &str, text: &str, ask: impl FnOnce(&Blob<'_>) -> T) -> T {
    let detector = Detector::new(Arc::new(rule::builtin()));
    let detection = detector.detect(text.as_bytes());
    let rules = detector.rules();
    let places = detection.candidates.iter().map(|candidate| Place {
        rule: &rules.rule(candidate.rule).id,
        span: candidate.span.clone(),
        lines: [candidate.start.line, candidate.end.line],
        excerpt: &candidate.excerpt,
    });
    ask(&Blob::new(path.as_bytes(), places.collect()))
}

/// The name of the comment that covers the only finding of `template`, in which `KEY` stands for a key.
fn covered_in(path: &str, template: &str) -> Option<&'static str> {
    let found = directives(path, &template.replace("KEY", &key(1)));
    assert_eq!(found.len(), 1, "{template}");
    found[0].as_ref().map(|directive| directive.name)
}

fn covered(template: &str) -> Option<&'static str> {
    covered_in("a.py", template)
}

#[test]
fn keyhounds_own_comment_covers_its_line() {
    for template in [
        "a = 'KEY' # keyhound:allow",
        "a = 'KEY' // keyhound:allow\r\n",
        "/* keyhound:allow */ a = 'KEY'",
        "<a>KEY</a><!-- keyhound:allow-->",
        "a = 'KEY' # keyhound:allow=sk-live-key",
        "a = 'KEY' # keyhound:allow=sk-test-key,sk-live-key -- both",
        "a = 'KEY' # keyhound:allow=sk-test-key, sk-live-key",
        "<a>KEY</a><!-- keyhound:allow=sk-live-key-->",
        "x\na = 'KEY' # keyhound:allow\ny",
    ] {
        assert_eq!(covered(template), Some("keyhound:allow"), "{template}");
    }
    for template in [
        "a = 'KEY' # keyhound:allowed",
        "a = 'KEY' # keyhound:allow-all",
        "a = 'KEY' # mykeyhound:allow",
        "a = 'KEY' # Keyhound:Allow",
        "a = 'KEY' # keyhound: allow",
        "a = 'KEY' # keyhound:allow=sk-test-key",
        "a = 'KEY' # keyhound:allow=",
        "a = 'KEY' # keyhound:allow=sk-live",
        "a = 'KEY' # keyhound:allow-next-line",
        "a = 'KEY'\n# keyhound:allow",
        "# keyhound:allow\na = 'KEY'",
    ] {
        assert_eq!(covered(template), None, "{template}");
    }
}

#[test]
fn keyhounds_own_comment_covers_the_next_line() {
    for template in [
        "# keyhound:allow-next-line\na = 'KEY'",
        "{\r\n  // keyhound:allow-next-line=sk-live-key -- docs\r\n  \"a\": \"KEY\"\r\n}",
    ] {
        assert_eq!(covered(template), Some("keyhound:allow-next-line"), "{template}");
    }
    for template in [
        "# keyhound:allow-next-line\n\na = 'KEY'",
        "a = 'KEY'\n# keyhound:allow-next-line",
        "# keyhound:allow-next-line=sk-test-key\na = 'KEY'",
        "# keyhound:allow-next-lines\na = 'KEY'",
    ] {
        assert_eq!(covered(template), None, "{template}");
    }
}

#[test]
fn comments_of_other_scanners_are_heeded_as_these_do() {
    for (template, name) in [
        ("a = 'KEY' # gitleaks:allow", "gitleaks:allow"),
        ("f(/*gitleaks:allow*/ 'KEY')", "gitleaks:allow"),
        ("a = 'KEY' # betterleaks:allow", "betterleaks:allow"),
        ("a = 'KEY' # trufflehog:ignore", "trufflehog:ignore"),
        ("a = 'KEY' # pragma: allowlist secret", "pragma: allowlist secret"),
        ("pragma: allowlist secret 'KEY'", "pragma: allowlist secret"),
        ("a = 'KEY' #pragma:whitelist-secret  ", "pragma: allowlist secret"),
        ("a = 'KEY' // pragma: whitelist secret because", "pragma: allowlist secret"),
        ("a = 'KEY' /* pragma:allowlist secret */", "pragma: allowlist secret"),
        ("a = 'KEY' ' pragma:allowlist secret", "pragma: allowlist secret"),
        ("a = 'KEY' -- pragma:allowlist secret", "pragma: allowlist secret"),
        ("<a>KEY</a> <!-- pragma:allowlist secret -->", "pragma: allowlist secret"),
        ("# pragma: allowlist nextline secret\na = 'KEY'", "pragma: allowlist nextline secret"),
        ("  // pragma:allowlist-nextline-secret\r\na = 'KEY'", "pragma: allowlist nextline secret"),
        ("a = 'KEY' # Kingfisher:Ignore", "kingfisher:ignore"),
        ("# kingfisher:ignore\na = 'KEY'", "kingfisher:ignore"),
        ("a = 'KEY'\n# KINGFISHER:ALLOW", "kingfisher:allow"),
    ] {
        assert_eq!(covered(template), Some(name), "{template}");
    }
    for template in [
        "a = 'KEY' # GitLeaks:allow",
        "# gitleaks:allow\na = 'KEY'",
        "a = 'KEY' # Betterleaks:allow",
        "a = 'KEY'\n# betterleaks:allow",
        "trufflehog:ignore a = 'KEY'",
        "a = 'KEY'\n# trufflehog:ignore",
        "a = 'KEY' # pragma: allow secret",
        "a = KEY pragma:allowlist secret",
        "a = 'KEY' /* pragma:allowlist secret */ + 1",
        "# pragma: allowlist secret\na = 'KEY'",
        "x # pragma: allowlist nextline secret\na = 'KEY'",
        "# pragma: whitelist nextline secret\na = 'KEY'",
        "# pragma: allowlist nextline secret\n\na = 'KEY'",
        "# kingfisher:ignore\n\na = 'KEY'",
        "a = 'KEY' # nosec noqa: S105",
    ] {
        assert_eq!(covered(template), None, "{template}");
    }
}

#[test]
fn in_yaml_only_a_number_sign_begins_a_comment() {
    assert_eq!(covered_in("a.yaml", "a: 'KEY' // pragma:allowlist secret"), None);
    assert_eq!(covered_in("a.yaml", "a: 'KEY' # pragma:allowlist secret"), Some(PRAGMA));
    assert_eq!(covered_in("a.yaml", "// pragma: allowlist nextline secret\na: KEY"), None);
    assert_eq!(covered_in("a.yml", "a: 'KEY' // pragma:allowlist secret"), Some(PRAGMA));
}

const PRAGMA: &str = "pragma: allowlist secret";

#[test]
fn the_reason_is_kept() {
    let reason = |template: &str| {
        let found = directives("a.py", &template.replace("KEY", &key(1)));
        found[0].clone().map(|directive| directive.reason)
    };
    assert_eq!(reason("a = 'KEY' # keyhound:allow -- a sample of the docs "), Some("a sample of the docs".to_owned()));
    assert_eq!(reason("a = 'KEY' # keyhound:allow=sk-live-key -- why\r\n"), Some("why".to_owned()));
    assert_eq!(reason("<a>KEY</a><!-- keyhound:allow -- why -->"), Some("why".to_owned()));
    assert_eq!(reason("/* keyhound:allow -- why */ a = 'KEY'"), Some("why".to_owned()));
    assert_eq!(reason("a = 'KEY' # keyhound:allow because"), Some(String::new()));
    assert_eq!(reason("a = 'KEY' # keyhound:allow --"), Some(String::new()));
    // No closer: the reason would be the code that follows.
    assert_eq!(reason("keyhound:allow -- why a = 'KEY'"), Some(String::new()));
}

/// Two neighbours, of which one is a header value that contains the text of a comment.
#[test]
fn a_comment_inside_a_secret_is_none() {
    let rules = [("a", 4..24), ("b", 30..40)];
    let text = b"x = gitleaks:allow_12345 y = 'abcdefghij'";
    let excerpts =
        rules.clone().map(|(_, value)| Excerpt { text: text[..].into(), base: 0, value, others: Vec::new() });
    let places = rules.iter().zip(&excerpts).map(|((rule, value), excerpt)| Place {
        rule,
        span: value.start as u64..value.end as u64,
        lines: [1, 1],
        excerpt,
    });
    let blob = Blob::new(b"a", places.collect());
    assert_eq!(blob.covering("a", &(4..24)), None);
    assert_eq!(blob.covering("b", &(30..40)), None);
    // The same comment outside of any value covers.
    let alone = Blob::new(b"a", vec![Place { rule: "b", span: 30..40, lines: [1, 1], excerpt: &excerpts[1] }]);
    assert_eq!(alone.covering("b", &(30..40)).map(|directive| directive.name), Some("gitleaks:allow"));
}

#[test]
fn every_line_of_a_value_counts() {
    let text = b"a = 'one # keyhound:allow\ntwo'\n";
    let cover = |value: Range<usize>| {
        let span = value.start as u64..value.end as u64;
        let excerpt = Excerpt { text: text[..].into(), base: 0, value, others: Vec::new() };
        let place = Place { rule: "a", span: span.clone(), lines: [1, 2], excerpt: &excerpt };
        Blob::new(b"a", vec![place]).covering("a", &span)
    };
    assert_eq!(cover(5..29), None, "the comment is inside the value");
    let text = b"a = 'one\ntwo' # gitleaks:allow\n";
    let excerpt = Excerpt { text: text[..].into(), base: 0, value: 5..12, others: Vec::new() };
    let place = Place { rule: "a", span: 5..12, lines: [1, 2], excerpt: &excerpt };
    assert!(Blob::new(b"a", vec![place]).covering("a", &(5..12)).is_some());
}

#[test]
fn in_a_long_line_only_the_nearest_finding_is_covered() {
    let [a, b, c] = [1, 2, 3].map(key);
    let names = |text: &str| directives("a.js", text).into_iter().map(|d| d.is_some()).collect::<Vec<_>>();
    let pad = ";".repeat(400);
    assert_eq!(names(&format!("'{a}' '{b}' /* keyhound:allow */ '{c}'")), [true, true, true], "a short line");
    assert_eq!(names(&format!("'{a}' '{b}' /* keyhound:allow */       '{c}'{pad}")), [false, true, false]);
    assert_eq!(names(&format!("'{a}' '{b}'      /* keyhound:allow */ '{c}'{pad}")), [false, false, true]);
    // As near on either side: the one before.
    assert_eq!(names(&format!("'{a}'.keyhound:allow '{b}'{pad}{pad}")), [true, false]);
    // The nearest of those that it names.
    let test = key(4).replace("live", "test");
    assert_eq!(names(&format!("'{a}' '{test}' /* keyhound:allow=sk-live-key */{pad}")), [true, false]);
    // Another line's finding does not take the comment away.
    assert_eq!(names(&format!("{pad}{pad}'{a}' ;;;;;;;; keyhound:allow\n'{b}'")), [true, false]);
    // The line is longer than what is kept of it.
    let far = ";".repeat(5000);
    assert_eq!(names(&format!("{far}'{a}' '{b}' /* gitleaks:allow */{far}")), [false, true]);
    assert_eq!(names(&format!("/* gitleaks:allow */{far}'{a}'")), [false]);
}

#[test]
fn a_comment_on_the_line_before_covers_the_first_finding_of_a_long_line() {
    let [a, b] = [1, 2].map(key);
    let pad = ";".repeat(600);
    let found = directives("a.js", &format!("// keyhound:allow-next-line\n'{a}' '{b}'{pad}"));
    assert_eq!(found.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false]);
}

#[test]
fn comments_that_name_no_rule_are_known_by_their_line() {
    let lines = |template: &str| {
        let text = template.replace("KEY", &key(1)).replace("OTHER", &key(2));
        with_blob("a.py", &text, |blob| {
            let lines = blob.naming_no_rule(|id| id == "sk-live-key" || id == "sk-test-key");
            lines.into_iter().collect::<Vec<_>>()
        })
    };
    let far = "x".repeat(Excerpt::REACH - " keyhound:allow=sk-live".len());
    for (template, expected) in [
        ("a = 'KEY' # keyhound:allow=sk-live-kye", vec![1]),
        ("a = 'KEY' # keyhound:allow=sk-live-key,nothing", vec![1]),
        ("a = 'KEY' # keyhound:allow=", vec![1]),
        ("x\n# keyhound:allow-next-line=sk-live -- why\na = 'KEY'", vec![2]),
        ("x\nKEY OTHER # keyhound:allow=sk-live\n\nKEY # keyhound:allow=sk\n", vec![2, 4]),
        ("a = 'KEY' # keyhound:allow=sk-live-key,sk-test-key", vec![]),
        ("a = 'KEY' # keyhound:allow -- all of them", vec![]),
        ("a = 'KEY'\n# keyhound:allow=of-another-line", vec![]),
        ("# keyhound:allow=of-no-finding", vec![]),
        (&format!("KEY{far} keyhound:allow=sk-live-key"), vec![]),
    ] {
        assert_eq!(lines(template), expected, "{template}");
    }
}

#[test]
fn a_comment_is_about_its_line_whatever_ends_that() {
    for (end, is_line_end) in [("\n", true), ("\r\n", true), ("\r", true), ("\0", true), ("; ", false)] {
        let text = format!("a = '{}' # gitleaks:allow{end}b = '{}'{end}c = '{}'", key(1), key(2), key(3));
        let covered: Vec<_> = directives("a.py", &text).iter().map(Option::is_some).collect();
        assert_eq!(covered, [true, !is_line_end, !is_line_end], "{end:?}");
        let text = format!("# keyhound:allow-next-line{end}a = '{}'{end}b = '{}'", key(1), key(2));
        let covered: Vec<_> = directives("a.py", &text).iter().map(Option::is_some).collect();
        assert_eq!(covered, [is_line_end, false], "{end:?}");
    }
    let text = format!("a = '{}'\r\nb = '{}' # kingfisher:ignore\r\nc = 1\r\nd = '{}'", key(1), key(2), key(3));
    let covered: Vec<_> = directives("a.py", &text).iter().map(Option::is_some).collect();
    assert_eq!(covered, [true, true, false]);
}
