//! The JSON formats against their schemas, and each against the other.

use serde_json::Value;

use super::wire;
use crate::report::{Format, Renderer, View, sample, tests::golden};

/// The schema of a document and of a line, generated.
fn schema<T: schemars::JsonSchema>() -> Value {
    schemars::generate::SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<T>()
        .into()
}

fn rendered(format: Format, view: &View) -> String {
    let mut out = Vec::new();
    Renderer::new(&sample::full()).write(format, view, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn committed_schemas_are_current() {
    golden("docs/schema/report-1.json", format!("{:#}\n", schema::<wire::Document>()));
    golden("docs/schema/report-line-1.json", format!("{:#}\n", schema::<wire::Line>()));
}

#[test]
fn documents_and_lines_fit_their_schemas() {
    let document = jsonschema::validator_for(&schema::<wire::Document>()).unwrap();
    let line = jsonschema::validator_for(&schema::<wire::Line>()).unwrap();
    for show_secrets in [false, true] {
        let view = View { show_secrets, ..View::default() };
        let value: Value = serde_json::from_str(&rendered(Format::Json, &view)).unwrap();
        assert_eq!(document.iter_errors(&value).map(|error| error.to_string()).collect::<Vec<_>>(), [""; 0]);
        for text in rendered(Format::Jsonl, &view).lines() {
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(line.iter_errors(&value).map(|error| error.to_string()).collect::<Vec<_>>(), [""; 0]);
        }
        let mut broken = value;
        broken["findings"][0]["start"] = Value::from("3");
        assert!(!document.is_valid(&broken), "the schema rejects what is wrong");
    }
}

#[test]
fn lines_say_what_they_are_and_end_with_the_summary() {
    let text = rendered(Format::Jsonl, &View::default());
    let types: Vec<_> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["type"].as_str().unwrap().to_owned())
        .collect();
    let mut expected = vec!["finding"; 5];
    expected.extend(["suppressed"; 2]);
    expected.extend(["problem", "unused-allow", "unknown-rule", "added-by-change", "added-by-change", "summary"]);
    assert_eq!(types, expected);
}

#[test]
fn a_line_holds_what_the_document_holds() {
    let document: Value = serde_json::from_str(&rendered(Format::Json, &View::default())).unwrap();
    let lines = rendered(Format::Jsonl, &View::default());
    let mut findings = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    for finding in document["findings"].as_array().unwrap() {
        let mut line = findings.next().unwrap();
        line.as_object_mut().unwrap().remove("type");
        assert_eq!(line, *finding);
    }
    let summary = lines.lines().last().map(|line| serde_json::from_str::<Value>(line).unwrap()).unwrap();
    for (key, value) in document["summary"].as_object().unwrap() {
        assert_eq!(summary[key], *value, "{key}");
    }
}
