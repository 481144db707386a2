//! Reports made by hand, for tests: no scan is needed to show what a report can hold.

use std::{collections::BTreeSet, sync::Arc};

use bstr::BString;

use super::{AddedByChange, AddedKind, Report, Summary, UnknownRule, UnusedAllow};
use crate::{
    finding::{
        Confidence, Excerpt, Finding, Fingerprint, GitState, IgnoreRule, Level, Occurrence, Related, Relation, Secret,
        Suppressed, SuppressedBy, Where,
    },
    origin::{Problem, Skip, SkipReason},
    position::{Cursor, Position},
    rule::{self, ProviderIndex, RuleSet},
};

/// A key: a prefix and a body, joined when the test runs.
pub(super) fn key(prefix: &str, body: &str) -> String {
    ["sk", prefix, body].join("_")
}

/// The rules, with texts of their own: a golden file does not change with every word of `rules/`.
pub(super) fn rules() -> RuleSet {
    let mut rules = rule::builtin();
    for rule in &mut rules.rules {
        rule.description = format!("Whoever reads this text can use the {}, until it is revoked.", rule.name);
        rule.remedy =
            "Revoke it where it was issued, replace it, and keep the new one in an environment variable.".to_owned();
        rule.references = vec!["https://docs.example.org/keys".to_owned()];
    }
    for provider in &mut rules.providers {
        provider.remedy = format!("Revoke it now at {} (Settings → API Keys) and generate a new one.", provider.name);
        provider.practices.truncate(2);
    }
    rules
}

/// A finding in a line, its value between `⟦` and `⟧`; each further line given is a further place.
pub(super) fn finding(rules: &RuleSet, rule: &str, path: impl Into<BString>, lines: &[(u64, &[u8])]) -> Finding {
    let (index, rule) = rules.by_id(rule).unwrap();
    let mut value = Vec::new();
    let occurrences = lines.iter().map(|(line, text)| {
        let (before, rest) = split(text, "⟦");
        let (secret, after) = split(rest, "⟧");
        value = secret.to_vec();
        let mut cursor = Cursor::default();
        let mut start = cursor.advance(before);
        let mut end = cursor.advance(secret);
        (start.line, end.line) = (start.line + line - 1, end.line + line - 1);
        let excerpt = Excerpt {
            text: [before, secret, after].concat().into(),
            base: 0,
            value: before.len()..before.len() + secret.len(),
            others: Vec::new(),
        };
        let line_hash = Some(format!("{:x}:1", 0x0be5_eed0_u64 + line));
        Occurrence {
            start,
            end,
            git_state: Some(GitState::Tracked),
            on_disk: true,
            excerpt,
            object: None,
            commit: None,
            related: Vec::new(),
            line_hash,
        }
    });
    let occurrences: Vec<_> = occurrences.collect();
    Finding {
        rule: index,
        confidence: Confidence::High,
        severity: rule.severity,
        level: Level::Error,
        environment: rule.environment,
        provider: None,
        fingerprint: Fingerprint::new(&rule.family, &value),
        secret: Secret::new(&value),
        location: Where::File,
        path: path.into(),
        past: None,
        git_state: Some(GitState::Tracked),
        ignored_by: None,
        is_sparse: false,
        occurrences,
    }
}

fn split<'t>(text: &'t [u8], mark: &str) -> (&'t [u8], &'t [u8]) {
    let at = memchr::memmem::find(text, mark.as_bytes()).unwrap();
    (&text[..at], &text[at + mark.len()..])
}

/// A report of these findings alone.
pub(super) fn report(rules: RuleSet, mut findings: Vec<Finding>) -> Report {
    findings.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    let secrets: BTreeSet<_> = findings.iter().map(|finding| finding.fingerprint.clone()).collect();
    Report {
        is_judged_by_base: false,
        summary: Summary {
            secrets: secrets.len() as u64,
            findings: findings.len() as u64,
            occurrences: findings.iter().map(|finding| finding.occurrences.len() as u64).sum(),
            files: 1234,
            blobs: 1235,
            bytes: 5_678_901,
            ..Summary::default()
        },
        rules: Arc::new(rules),
        findings,
        suppressed: Vec::new(),
        skips: Vec::new(),
        problems: Vec::new(),
        unused_allows: Vec::new(),
        unknown_rules: Vec::new(),
        added: Vec::new(),
        masked: BTreeSet::new(),
        by_secret: false,
        policy: None,
    }
}

pub(super) fn with_state(mut finding: Finding, state: GitState) -> Finding {
    finding.git_state = Some(state);
    finding.occurrences.iter_mut().for_each(|occurrence| occurrence.git_state = Some(state));
    finding
}

/// A report with one of everything.
pub(super) fn full() -> Report {
    let rules = rules();
    let provider = |id: &str| rules.providers.iter().position(|provider| provider.id == id).map(ProviderIndex);
    let live = key("live", &"9c41f7a02be85d66".repeat(4));
    let second = key("test", "Zt9KqW3xLb7VnR2mYf4Hp6Jd");
    let header = ["q8ZtKw", "3Lx9Vb"].concat();
    let rejected = key("live", "short1234");

    let text = format!("MEDIAMAGIC_API_KEY=⟦{live}⟧ # was {rejected}\r");
    let again = format!("export KEY=⟦{live}⟧");
    let mut tracked = finding(&rules, "sk-live-key", "config/.env", &[(3, text.as_bytes()), (20, again.as_bytes())]);
    tracked.provider = provider("mediamagic");
    tracked.ignored_by = Some(IgnoreRule { source: ".gitignore".to_owned(), line: 7, pattern: ".env".into() });
    let other = memchr::memmem::find(&tracked.occurrences[0].excerpt.text, rejected.as_bytes()).unwrap();
    tracked.occurrences[0].excerpt.others.push(other..other + rejected.len());

    let wide = format!(
        "\tname = \"鍵🔑\u{202e}\"; padding = \"{}\"; key = \"⟦{second}⟧\"; {}",
        "x".repeat(60),
        "y".repeat(60)
    );
    let path = "src/dir a/sp#é%[x].py";
    let mut untracked = with_state(finding(&rules, "sk-test-key", path, &[(14, wide.as_bytes())]), GitState::Untracked);
    untracked.provider = provider("stripe");

    let text = format!("headers = {{\"X-API-Key\": \"⟦{header}⟧\"}}");
    let name = BString::from(&b"legacy/caf\xe9.js"[..]);
    let mut staged = with_state(finding(&rules, "x-api-key-literal", name, &[(1, text.as_bytes())]), GitState::Staged);
    staged.confidence = Confidence::Medium;
    staged.occurrences[0].on_disk = false;
    let (start, end) = (Position { line: 12, column: 18 }, Position { line: 12, column: 27 });
    staged.occurrences[0].related = vec![Related { relation: Relation::Use, start, end }];

    let name = format!("backup/⟦{live}⟧.txt");
    let mut in_name = finding(&rules, "sk-live-key", name.replace(['⟦', '⟧'], ""), &[(1, name.as_bytes())]);
    in_name.location = Where::Path;
    in_name.occurrences[0].line_hash = None;

    let text = format!("KEY=⟦{second}⟧");
    let mut ignored = with_state(finding(&rules, "sk-test-key", ".env", &[(1, text.as_bytes())]), GitState::Ignored);
    ignored.level = Level::Note;

    let allowed = finding(&rules, "sk-live-key", "docs/sample.md", &[(2, format!("`⟦{live}⟧`").as_bytes())]);
    let commented = finding(&rules, "sk-test-key", "tests/a.py", &[(9, format!("'⟦{second}⟧'").as_bytes())]);
    let mut report = report(rules.clone(), vec![tracked, untracked, staged, in_name, ignored]);
    report.suppressed = vec![
        Suppressed { finding: allowed, by: SuppressedBy::Allow(1), reason: "a revoked sample".to_owned() },
        Suppressed { finding: commented, by: SuppressedBy::Inline("gitleaks:allow"), reason: String::new() },
    ];
    report.problems = vec![Problem {
        path: "data/\u{1b}[31mx.bin".into(),
        message: "cannot be read: Permission denied".to_owned(),
        help: "make it readable, or add it to `[scan] exclude` with a reason".to_owned(),
    }];
    let skip = |reason, path: &str| Skip { reason, path: path.into() };
    report.skips = vec![
        skip(SkipReason::Ignored, "target"),
        skip(SkipReason::Ignored, "node_modules"),
        skip(SkipReason::Submodule, "vendor/lib"),
    ];
    report.unused_allows = vec![UnusedAllow { number: 0, line: 12, reason: "an old fixture".to_owned() }];
    report.unknown_rules = vec![UnknownRule { path: "src/dir a/b.py".into(), line: 4 }];
    let added = |kind, path: &str, line, text: &str, counts| AddedByChange {
        kind,
        path: path.into(),
        line,
        text: text.into(),
        counts,
    };
    report.added = vec![
        added(AddedKind::Allow, ".keyhound.toml", None, "\"it is fine | <b>\"", false),
        added(AddedKind::Comment, "src/a.py", Some(3), "keyhound:allow", true),
    ];
    report.masked = [live, second, header, rejected].iter().map(|value| Secret::new(value.as_bytes())).collect();
    report.policy = Some(".keyhound.toml".to_owned());
    report.summary.suppressed = 2;
    report.summary.skipped = [("ignored", 2), ("submodule", 1)].into();
    report.summary.rejected = [("placeholder", 3), ("too-short", 1), ("low-confidence", 2)].into();
    report
}
