//! What code scanning demands, tested on whole files.

use jsonschema::Validator;
use serde_json::Value;

use super::*;
use crate::{
    finding::GitState,
    report::{
        Renderer, View,
        sample::{self, finding, key, with_state},
    },
};

fn sarif(report: &Report) -> Value {
    let mut out = Vec::new();
    write(report, &Masker::new(report), &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

fn run(report: &Report) -> Value {
    sarif(report)["runs"][0].take()
}

/// The schema of the OASIS standard; see `tests/schemas/README.md`.
fn schema() -> Validator {
    let schema = include_str!("../../../tests/schemas/sarif-2.1.0.json");
    jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap()
}

#[test]
fn files_are_valid() {
    let schema = schema();
    for report in [sample::full(), sample::report(sample::rules(), Vec::new())] {
        let file = sarif(&report);
        assert_eq!(schema.iter_errors(&file).map(|error| error.to_string()).collect::<Vec<_>>(), [""; 0]);
    }
    let mut broken = sarif(&sample::full());
    broken["runs"][0]["results"][1]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0.into();
    assert!(!schema.is_valid(&broken), "the schema rejects what is wrong");
}

#[test]
fn a_run_without_findings_has_results_and_success() {
    let run = run(&sample::report(sample::rules(), Vec::new()));
    assert_eq!(run["results"], Value::Array(Vec::new()));
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    assert_eq!(run["columnKind"], "unicodeCodePoints");
}

#[test]
fn rules_have_what_github_requires() {
    let run = run(&sample::full());
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), sample::rules().rules.len());
    for rule in rules {
        for text in [&rule["shortDescription"]["text"], &rule["fullDescription"]["text"], &rule["help"]["text"]] {
            assert!(!text.as_str().unwrap().is_empty());
        }
        let properties = &rule["properties"];
        let severity: f64 = properties["security-severity"].as_str().unwrap().parse().unwrap();
        assert!(severity > 0.0 && severity <= 10.0);
        assert!(["high", "medium"].contains(&properties["precision"].as_str().unwrap()));
        assert!(properties["tags"].as_array().unwrap().contains(&"external/cwe/cwe-798".into()));
    }
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(result.get("kind").is_none() && result.get("suppressions").is_none());
    }
}

#[test]
fn every_occurrence_is_a_result_and_no_suppressed_one_is() {
    let report = sample::full();
    let results = run(&report)["results"].take();
    assert_eq!(results.as_array().unwrap().len() as u64, report.summary.occurrences);
    assert!(!results.to_string().contains("docs/sample.md"));
}

#[test]
fn uris_are_relative_and_encoded() {
    let rules = sample::rules();
    let text = format!("⟦{}⟧", key("live", &"7b".repeat(32)));
    for (path, expected) in [
        (&b"dir a/sp#\xc3\xa9%.py"[..], "dir%20a/sp%23%C3%A9%25.py"),
        (b"caf\xe9/x", "caf%E9/x"),
        (b"a:b/[x]?y", "a%3Ab/%5Bx%5D%3Fy"),
        (b"plain/_-.~", "plain/_-.~"),
    ] {
        let found = finding(&rules, "sk-live-key", path, &[(1, text.as_bytes())]);
        let run = run(&sample::report(rules.clone(), vec![found]));
        let artifact = &run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"];
        assert_eq!(artifact["uri"], expected);
        assert_eq!(artifact["uriBaseId"], "%SRCROOT%");
        assert!(run.get("originalUriBaseIds").is_none(), "the absolute path is nobody's business");
    }
}

#[test]
fn fingerprints_are_the_lines_and_the_secrets_unless_weak() {
    let run = run(&sample::full());
    let results = run["results"].as_array().unwrap();
    let of = |rule: &str, file: &str| {
        let matches = |result: &&Value| {
            let uri = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
            result["ruleId"] == rule && uri.as_str().unwrap().contains(file)
        };
        results.iter().find(matches).unwrap()["partialFingerprints"].clone()
    };
    let strong = of("sk-live-key", "config/");
    assert!(strong["leakFingerprint/v1"].as_str().unwrap().starts_with("kh1:"));
    assert_eq!(strong["primaryLocationLineHash"], "be5eed3:1");
    assert!(of("x-api-key-literal", "legacy/").get("leakFingerprint/v1").is_none());
    assert!(of("sk-live-key", "backup/").get("primaryLocationLineHash").is_none());
}

#[test]
fn problems_are_notifications_of_a_run_that_failed() {
    let invocation = run(&sample::full())["invocations"][0].take();
    assert_eq!(invocation["executionSuccessful"], false);
    let notification = &invocation["toolExecutionNotifications"][0];
    assert_eq!(notification["level"], "error");
    assert!(notification["message"]["text"].as_str().unwrap().contains("Permission denied"));
}

#[test]
fn the_most_urgent_results_are_kept_and_the_rest_is_counted() {
    let rules = sample::rules();
    let found = |number: usize| {
        let (rule, prefix) = [("sk-live-key", "live"), ("sk-test-key", "test")][number % 2];
        let text = format!("⟦{}⟧", key(prefix, &format!("{number:032}")));
        with_state(finding(&rules, rule, format!("f{number}"), &[(1, text.as_bytes())]), GitState::Tracked)
    };
    let run = run(&sample::report(rules.clone(), (0..6000).map(found).collect()));
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), MAX_RESULTS);
    assert_eq!(results.iter().filter(|result| result["ruleId"] == "sk-live-key").count(), 3000);
    let text = run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].as_str().unwrap();
    assert!(text.starts_with("1000 more results are left out"), "{text}");
    assert_eq!(run["invocations"][0]["executionSuccessful"], true, "the scan itself was complete");
}

#[test]
fn what_is_shown_of_secrets_is_declared() {
    let run = run(&sample::full());
    let tokens = run["redactionTokens"].as_array().unwrap();
    for result in run["results"].as_array().unwrap() {
        let text = result["message"]["text"].as_str().unwrap();
        assert!(tokens.iter().any(|token| text.contains(token.as_str().unwrap())), "{text}");
    }
    let mut out = Vec::new();
    let view = View { show_secrets: true, ..View::default() };
    Renderer::new(&sample::full()).write(crate::report::Format::Sarif, &view, &mut out).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&out).unwrap(), sarif(&sample::full()), "no option reveals more");
}
