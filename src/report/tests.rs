//! What every format has to keep to, and a golden file of each.

use std::path::Path;

use bstr::ByteSlice;
use proptest::prelude::*;
use snapbox::data::{Data, DataFormat};

use super::{
    AddedByChange, AddedKind, Allowing, Format, Renderer, Report, Style, Summary, View, Viewpoint,
    sample::{self, finding, key},
};
use crate::{
    finding::{Finding, GitState, IgnoreRule, Secret, Suppressed, SuppressedBy},
    origin::{Problem, Skip, SkipReason},
    rule::ProviderIndex,
};

fn rendered(format: Format, report: &Report, view: &View) -> String {
    let mut out = Vec::new();
    Renderer::new(report).write(format, view, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// A reader in a directory below the root.
fn below(directory: &str) -> Viewpoint {
    Viewpoint::new(Path::new("/root"), &Path::new("/root").join(directory))
}

/// Compares with a file of the repository; `SNAPSHOTS=overwrite` writes it.
pub(super) fn golden(file: &str, actual: String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let expected = Data::read_from(&path, Some(DataFormat::Text)).raw();
    snapbox::Assert::new().action_env("SNAPSHOTS").eq(Data::text(actual).raw(), expected);
}

#[test]
fn golden_files() {
    let report = sample::full();
    let plain = View::default();
    golden("tests/golden/human.txt", rendered(Format::Human, &report, &plain));
    golden(
        "tests/golden/human-colour.txt",
        rendered(Format::Human, &report, &View { style: Style::Colour, ..plain.clone() }),
    );
    let below = View { viewpoint: below("src/dir a"), verbose: true, ..plain.clone() };
    golden("tests/golden/human-verbose.txt", rendered(Format::Human, &report, &below));
    golden("tests/golden/report.json", rendered(Format::Json, &report, &plain));
    golden("tests/golden/report.jsonl", rendered(Format::Jsonl, &report, &plain));
    golden("tests/golden/report.sarif", rendered(Format::Sarif, &report, &plain));
    golden("tests/golden/github.txt", rendered(Format::Github, &report, &plain));
    golden("tests/golden/summary.md", rendered(Format::Markdown, &report, &plain));
}

#[test]
fn only_the_human_format_depends_on_style_and_place() {
    let report = sample::full();
    let other = View {
        style: Style::Colour,
        viewpoint: below("src"),
        allowing: Allowing { configuration: "src/k.toml".to_owned(), is_elsewhere: true },
        verbose: true,
        show_secrets: false,
    };
    for format in Format::ALL {
        let same = rendered(format, &report, &View::default()) == rendered(format, &report, &other);
        assert_eq!(same, format != Format::Human, "{format}");
    }
}

#[test]
fn secrets_are_shown_on_request_and_never_in_what_is_shared() {
    let report = sample::full();
    let view = View { show_secrets: true, ..View::default() };
    for format in Format::ALL {
        let shown = rendered(format, &report, &view);
        for finding in &report.findings {
            let secret = finding.secret.expose().to_str().unwrap();
            assert_eq!(shown.contains(secret), !format.is_shared(), "{format}");
        }
    }
}

#[test]
fn underlines_stand_under_the_key() {
    let rules = sample::rules();
    let secret = key("live", &"7b".repeat(32));
    for before in [
        "",
        "key = ",
        "\t鍵 = ",
        "🔑\u{200b} e\u{301} \u{1b}[1m",
        "a long line, on which ever more comes before the key: ",
    ] {
        for after in ["", "; and much more text comes after it, 字字字字字字字字字字字字字字字字字字"]
        {
            let line = format!("{before}⟦{secret}⟧{after}");
            let found = finding(&rules, "sk-live-key", "a", &[(9, line.as_bytes())]);
            let text = rendered(Format::Human, &sample::report(rules.clone(), vec![found]), &View::default());
            let lines: Vec<_> = text.lines().collect();
            let at = lines.iter().position(|line| line.starts_with("9 | ")).unwrap();
            let (code, underline) = (lines[at], lines[at + 1]);
            let width = unicode_width::UnicodeWidthStr::width;
            let key_at = code.find("sk_").unwrap();
            assert_eq!(width(&code[..key_at]), underline.find('^').unwrap(), "{code}\n{underline}");
            assert_eq!(underline.matches('^').count(), width("sk_live_…7b7b"));
            assert!(width(code) <= 80 && width(underline) <= 80, "{code}\n{underline}");
        }
    }
}

#[test]
fn prose_is_80_columns_wide() {
    for line in rendered(Format::Human, &sample::full(), &View::default()).lines() {
        // One line a place, and names that cannot be broken, are as long as they are.
        let may_be_long = line.contains("] ") || line.contains("-->") || line.contains("not scanned");
        assert!(may_be_long || unicode_width::UnicodeWidthStr::width(line) <= 80, "{line}");
    }
}

#[test]
fn an_incomplete_scan_is_not_called_clean() {
    let mut report = sample::report(sample::rules(), Vec::new());
    assert!(rendered(Format::Human, &report, &View::default()).starts_with("no keys found\n"));
    report.problems = sample::full().problems;
    let human = rendered(Format::Human, &report, &View::default());
    assert!(!human.contains("no keys") && human.contains("incomplete"), "{human}");
    assert!(rendered(Format::Json, &report, &View::default()).contains("\"complete\": false"));
    assert!(rendered(Format::Sarif, &report, &View::default()).contains("\"executionSuccessful\": false"));
}

#[test]
fn nothing_scanned_is_said_plainly() {
    let mut report = sample::report(sample::rules(), Vec::new());
    report.summary = Summary::default();
    let human = rendered(Format::Human, &report, &View::default());
    assert!(human.starts_with("nothing to scan: 0 files\n"), "{human}");
}

#[test]
fn later_findings_have_a_line_for_each_place() {
    let rules = sample::rules();
    let found = |number: u64| {
        let line = format!("⟦{}⟧", key("live", &format!("{number:032}")));
        finding(&rules, "sk-live-key", format!("f{number}"), &[(number, line.as_bytes()), (70, line.as_bytes())])
    };
    let findings: Vec<_> = (1..=5).map(found).collect();
    let text = rendered(Format::Human, &sample::report(rules.clone(), findings), &View::default());
    assert_eq!(text.matches("--> ").count(), 3);
    for place in ["f4:4:1", "f4:70:1", "f5:5:1", "f5:70:1"] {
        assert_eq!(text.lines().filter(|line| line.contains(place)).count(), 1, "{place} in\n{text}");
    }
    assert_eq!(text.matches("Whoever reads this text").count(), 1, "why is said once");
    assert_eq!(text.matches("[[allow]]\n").count(), 1);
}

/// A report for a person, its lines joined.
fn prose(findings: Vec<Finding>) -> String {
    let text = rendered(Format::Human, &sample::report(sample::rules(), findings), &View::default());
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_frame_says_what_to_do_about_its_own_key() {
    let rules = sample::rules();
    let found = |number: u64, provider: &str, state| {
        let line = format!("⟦{}⟧", key("live", &format!("{number:032x}").replace('0', "Zq")));
        let mut found = finding(&rules, "sk-live-key", format!("f{number}"), &[(1, line.as_bytes())]);
        found.provider = rules.providers.iter().position(|one| one.id == provider).map(ProviderIndex);
        sample::with_state(found, state)
    };
    let text = prose(vec![
        found(1, "mediamagic", GitState::Tracked),
        found(2, "stripe", GitState::Tracked),
        found(3, "mediamagic", GitState::Tracked),
    ]);
    assert_eq!(text.matches("= fix: Revoke it now at MediaMagic").count(), 2, "{text}");
    assert_eq!(text.matches("= fix: Revoke it now at Stripe").count(), 1, "{text}");
    let text = prose(vec![
        found(1, "mediamagic", GitState::Untracked),
        found(2, "mediamagic", GitState::Untracked),
        found(3, "mediamagic", GitState::Tracked),
    ]);
    assert_eq!(text.matches("= fix: git does not track this file yet").count(), 2, "{text}");
    assert_eq!(text.matches("= fix: Revoke it now at MediaMagic").count(), 1, "{text}");
    assert!(!text.contains("as above"), "{text}");
}

#[test]
fn every_kind_of_finding_can_be_allowed_from_the_report() {
    let rules = sample::rules();
    let strong = |number: u64| {
        let line = format!("⟦{}⟧", key("live", &"7b5e".repeat(8 + usize::try_from(number).unwrap())));
        finding(&rules, "sk-live-key", format!("a{number}"), &[(1, line.as_bytes())])
    };
    let weak = |path: &str| finding(&rules, "x-api-key-literal", path, &[(1, "⟦hunter2abc⟧".as_bytes())]);
    let findings = vec![strong(1), strong(2), strong(3), strong(4), weak("z"), weak("zz")];
    let fingerprints: Vec<_> = findings.iter().map(|finding| finding.fingerprint.to_string()).collect();
    let text = prose(findings);
    for (fingerprint, is_weak) in fingerprints.iter().zip([false, false, false, false, true, true]) {
        assert_eq!(text.contains(fingerprint), !is_weak, "{text}");
    }
    assert_eq!(text.matches("keyhound allow kh1:").count(), 1, "{text}");
    assert_eq!(text.matches("[[allow]] rules = [\"x-api-key-literal\"] paths = [\"/z\"]").count(), 1, "{text}");
    assert!(text.contains("it allows every value that this rule finds in this file"), "{text}");
    for format in [Format::Json, Format::Jsonl, Format::Sarif] {
        let report = sample::report(rules.clone(), vec![strong(1), weak("z")]);
        let text = rendered(format, &report, &View::default());
        assert!(text.contains(&fingerprints[0]) && !text.contains(&fingerprints[4]), "{format}");
    }
    // A place that cannot be written into a configuration: a comment does it, without a fingerprint.
    let text = prose(vec![finding(&rules, "x-api-key-literal", &b"z\xff"[..], &[(1, "⟦hunter2abc⟧".as_bytes())])]);
    assert!(text.contains("`keyhound:allow -- REASON`") && !text.contains("kh1:"), "{text}");
}

#[test]
fn what_only_the_index_has_is_marked() {
    let rules = sample::rules();
    let line = format!("⟦{}⟧", key("live", &"7b5e".repeat(8)));
    let lines = [(3, line.as_bytes()), (9, line.as_bytes())];
    let found = |path: &str, state| {
        let mut found = sample::with_state(finding(&rules, "sk-live-key", path, &lines), state);
        found.occurrences.iter_mut().for_each(|place| place.on_disk = false);
        found
    };
    let tracked = prose(vec![found("a", GitState::Tracked)]);
    assert!(tracked.contains("--> a:3:1 (in the index) |"), "{tracked}");
    assert!(tracked.contains("also at: 9:1 (in the index) ="), "{tracked}");
    assert!(tracked.contains("`git add -- a`") && tracked.contains("still in history"), "{tracked}");
    let staged = prose(vec![found("a", GitState::Staged)]);
    assert!(staged.contains("The index has it, the file on disk does not: `git add -- a`"), "{staged}");
    assert!(staged.contains("only staged needs no rewriting") && !staged.contains("still in history"), "{staged}");
    let mut sparse = found("a", GitState::Tracked);
    sparse.is_sparse = true;
    let sparse = prose(vec![sparse]);
    assert!(sparse.contains("`git sparse-checkout add`") && !sparse.contains("git add"), "{sparse}");
    let many = prose(["a", "b", "c", "d"].map(|path| found(path, GitState::Staged)).to_vec());
    assert!(many.contains("d:3:1 (in the index): sk_live_") && many.contains("d:9:1 (in the index): "), "{many}");
}

#[test]
fn every_rejected_value_is_counted() {
    let mut report = sample::report(sample::rules(), Vec::new());
    report.summary.rejected = [("placeholder", 3), ("too-short", 1)].into();
    let text = rendered(Format::Human, &report, &View::default());
    assert!(text.contains("  not reported: 3 placeholder, 1 too-short\n"), "{text}");
}

#[test]
fn rejected_words_do_not_vanish_from_names() {
    let rules = sample::rules();
    let line = format!("a ⟦{}⟧", key("live", &"7b".repeat(32)));
    let found = finding(&rules, "sk-live-key", "src/headers/v1key77.py", &[(1, line.as_bytes())]);
    let mut report = sample::report(rules, vec![found]);
    report.masked = ["headers", "v1key77"].map(|value| Secret::new(value.as_bytes())).into();
    assert!(rendered(Format::Human, &report, &View::default()).contains("src/headers/[7 characters].py:1:3"));
}

#[test]
fn a_value_that_holds_words_takes_nothing_from_what_built_in_rules_say() {
    let rules = crate::rule::builtin();
    let mut found = finding(&rules, "x-api-key-literal", "a", &[(1, "⟦x-api-key-literal.mediamagic.app⟧ ".as_bytes())]);
    found.provider = rules.providers.iter().position(|provider| provider.id == "mediamagic").map(ProviderIndex);
    let report = sample::report(rules, vec![found]);
    for format in Format::ALL {
        let text = rendered(format, &report, &View::default());
        assert!(text.contains("x-api-key-literal") && text.contains("https://app.mediamagic.app"), "{text}");
        assert!(!text.contains("literal.mediamagic"), "{text}");
    }
}

/// Bodies that stand in no word of a report by chance.
fn body(length: impl Into<proptest::sample::SizeRange>) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(b"GHJKMNPQRSTVWXYZghjkmnpqrstvwxyz23456789".to_vec()), length)
        .prop_map(|bytes| String::from_utf8(bytes).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// The invariant of the whole program: no output holds six consecutive bytes of a secret unless asked.
    #[test]
    fn no_output_holds_six_bytes_of_a_secret(
        token in body(10..90),
        header in body(8..60),
        low in body(10..16),
        cut in 0_usize..80,
        mark_others in any::<bool>(),
        pad in 0_usize..90,
        ends in [0_usize..90, 0..90],
    ) {
        let rules = sample::rules();
        let live = key("live", &token);
        let low = key("test", &low);
        let pad = "p ".repeat(pad);
        // A part of each value that was found: its head, tail or middle, or all of it, without its prefix.
        let part = |value: &str| {
            let [a, b] = ends.map(|end| end % (value.len() + 1));
            value[a.min(b)..a.max(b)].to_owned()
        };
        let (token_part, header_part) = (part(&token), part(&header));
        let line = format!(
            "{header}{token_part}\n{token}{pad}⟦{live}⟧ {token_part}, {low}{header},{live}{header_part}{pad}\n{live}"
        );
        let path = format!("{header}/x-{live}/a{token}/{token_part}.{header_part}.py");
        let mut first = finding(&rules, "sk-live-key", path.clone(), &[(2, line.as_bytes()), (9, line.as_bytes())]);
        first.ignored_by = Some(IgnoreRule { source: low.clone(), line: 1, pattern: token_part.clone().into() });
        for occurrence in &mut first.occurrences {
            // The text around a value is kept to a distance: it may be cut anywhere.
            let excerpt = &mut occurrence.excerpt;
            let start = cut.min(header.len() + token_part.len() + 1 + token.len() + pad.len());
            let end = excerpt.text.len() - cut.min(live.len() + 1 + pad.len());
            excerpt.text = excerpt.text[start..end].into();
            excerpt.value = excerpt.value.start - start..excerpt.value.end - start;
            if mark_others {
                let at = excerpt.value.end + 1 + token_part.len() + 2;
                excerpt.others.push(at.min(excerpt.text.len())..(at + low.len()).min(excerpt.text.len()));
            }
        }
        let second = finding(&rules, "x-api-key-literal", low.clone(), &[(1, format!("{token_part}: ⟦{header}⟧{live} # {token}").as_bytes())]);
        let mut report = sample::report(rules.clone(), vec![first.clone(), second.clone()]);
        report.masked = [&live, &header, &low].iter().map(|value| Secret::new(value.as_bytes())).collect();
        report.suppressed = vec![
            Suppressed { finding: first, by: SuppressedBy::Allow(0), reason: format!("sample {token}, {header_part}") },
            Suppressed { finding: second, by: SuppressedBy::Inline("keyhound:allow"), reason: header.clone() },
        ];
        report.problems = vec![Problem { path: path.into(), message: format!("no {low}"), help: format!("see {header_part} {token_part}") }];
        report.policy = Some(format!("{token_part}.toml"));
        report.unused_allows = vec![super::UnusedAllow { number: 0, line: 1, reason: token.clone() }];
        report.unknown_rules = vec![super::UnknownRule { path: format!("{token_part}.py").into(), line: 1 }];
        let skip = Skip { reason: SkipReason::Submodule, path: format!("lib/{token_part}").into() };
        report.skips = vec![skip];
        for view in [
            View::default(),
            View {
                style: Style::Colour,
                viewpoint: below("a/b"),
                allowing: Allowing { configuration: format!("{live}.toml"), is_elsewhere: true },
                verbose: true,
                ..View::default()
            },
        ] {
            for format in Format::ALL {
                let text = rendered(format, &report, &view);
                for secret in [&token, &header, &low[8..].to_owned()] {
                    for piece in secret.as_bytes().windows(6) {
                        prop_assert!(text.find(piece.to_str().unwrap()).is_none(), "{format} shows a secret");
                    }
                }
            }
        }
    }

    /// Whatever the text, a report neither panics nor speaks to a terminal or a runner.
    #[test]
    fn no_text_gives_orders(
        before in prop::collection::vec(any::<u8>(), 0..40),
        path in prop_oneof![
            prop::collection::vec(any::<u8>(), 1..20),
            Just(b"::error::x".to_vec()),
            Just(b" ::error::x/##[warning]y".to_vec()),
            Just("\u{202e}\u{9b}1m\u{1b}]8;;x\u{7}".as_bytes().to_vec()),
        ],
        wide in any::<String>(),
    ) {
        let rules = sample::rules();
        let before: Vec<u8> = before.into_iter().filter(|byte| *byte != b'\n').collect();
        let secret = key("live", &"7b".repeat(12));
        let line = [&before, &b"##[x]"[..], format!("⟦{secret}⟧{wide}").as_bytes()].concat();
        let found = finding(&rules, "sk-live-key", path.clone(), &[(1, &line)]);
        let mut report = sample::report(rules, vec![found]);
        report.problems = vec![Problem { path: path.into(), message: wide.clone(), help: wide.clone() }];
        report.policy = Some(wide.clone());
        report.added = vec![AddedByChange {
            kind: AddedKind::Comment,
            path: wide.clone().into(),
            line: None,
            text: wide.into(),
            counts: true,
        }];
        for format in Format::ALL {
            let text = rendered(format, &report, &View { verbose: true, ..View::default() });
            prop_assert!(!text.contains("##["), "{text}");
            for line in text.split('\n') {
                let command = ["::error ", "::warning ", "::notice "].iter().find_map(|start| line.strip_prefix(start));
                let is_order = line.trim_start().starts_with("::");
                prop_assert!(!is_order || (format == Format::Github && command.is_some()), "{line:?}");
                prop_assert!(!line.chars().any(super::sanitize::is_hidden), "{line:?}");
            }
        }
    }
}
