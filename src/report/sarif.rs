//! SARIF 2.1.0, as GitHub code scanning reads it; the only place that names the crate with its types.
//!
//! It is made to be shared: no option shows a secret, nothing of the text around one is in it, and suppressed findings
//! are not, because GitHub opens alerts for them all the same. The working directory and the user's name are not in it
//! either: every URI is relative to the root of the scan.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
};

use bstr::{BStr, ByteSlice};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use serde_json::Value;
use serde_sarif::sarif::{
    ArtifactLocation, Invocation, Location, LogicalLocation, Message, MultiformatMessageString, Notification,
    PhysicalLocation, PropertyBag, Region, ReportingConfiguration, ReportingDescriptor, Result as SarifResult,
    ResultLevel, Run, Sarif, Tool, ToolComponent,
};

use super::{
    Report, confidence_name, environment_name, git_state_name, harmless_json, level_name, redact::Masker,
    relation_message, severity_name, where_name,
};
use crate::{
    finding::{Confidence, Finding, Level, Occurrence, Related, Severity},
    origin::Problem,
    position::Position,
    rule::{Matcher, Rule, RuleIndex},
};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Where keys of the kind that keyhound is made for are explained.
const INFORMATION: &str = "https://docs.mediamagic.app";

/// GitHub shows this many results of a run; a file with more than 25,000 is rejected.
const MAX_RESULTS: usize = 5000;

/// GitHub's longest description, in characters.
const MAX_DESCRIPTION: usize = 1024;

/// All but what RFC 3986 calls unreserved, and the `/` between segments.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The places that are results: all of a tree; of a history, in which a line moves about, one for a secret at a path.
fn places(finding: &Finding) -> &[Occurrence] {
    if finding.past.is_some() { &finding.occurrences[..1] } else { &finding.occurrences }
}

/// How many places do not fit into the report.
pub(super) fn left_out(report: &Report) -> usize {
    let places = report.findings.iter().map(|finding| places(finding).len()).sum::<usize>();
    places.saturating_sub(MAX_RESULTS)
}

/// Writes the report.
pub(super) fn write(report: &Report, masker: &Masker<'_>, out: &mut dyn Write) -> io::Result<()> {
    let mut places: Vec<_> = report
        .findings
        .iter()
        .flat_map(|finding| places(finding).iter().map(move |occurrence| (finding, occurrence)))
        .collect();
    // Stable: the occurrences of a finding keep their order.
    places.sort_by_cached_key(|(finding, _)| finding.urgency());
    places.truncate(MAX_RESULTS);
    let tokens: BTreeSet<_> = places.iter().map(|(finding, _)| masker.redacted(finding.secret.expose())).collect();
    let results: Vec<_> = places.iter().map(|(finding, place)| result(report, masker, finding, place)).collect();
    let rules: Vec<_> = (0..report.rules.rules.len()).map(|index| rule(report, masker, RuleIndex(index))).collect();
    let driver = ToolComponent::builder()
        .name(env!("CARGO_PKG_NAME"))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .information_uri(INFORMATION)
        .rules(rules)
        .build();
    let mut run = Run::builder()
        .tool(Tool::builder().driver(driver).build())
        .column_kind("unicodeCodePoints")
        .invocations(vec![invocation(report, masker)])
        .results(results)
        .build();
    if !tokens.is_empty() {
        run.redaction_tokens = Some(tokens.into_iter().collect());
    }
    let log = Sarif::builder().schema(SCHEMA).version("2.1.0").runs(vec![run]).build();
    writeln!(out, "{}", harmless_json(&serde_json::to_string_pretty(&log)?))
}

fn rule(report: &Report, masker: &Masker<'_>, index: RuleIndex) -> ReportingDescriptor {
    let rule = report.rules.rule(index);
    let text = |text: &str| cut(&masker.text_of_rule(index, text));
    let help = |heading: &dyn Fn(&str) -> String| masker.text_of_rule(index, &help(report, index, heading));
    let plain = help(&|heading| format!("{heading}\n"));
    let markdown = help(&|heading| format!("## {heading}\n\n"));
    let tags = ["security", "secret", "external/cwe/cwe-798"].map(str::to_owned).to_vec();
    let properties = [
        ("precision", precision(rule)),
        // A number in a string: GitHub rejects the file otherwise.
        ("security-severity", security_severity(rule.severity)),
    ];
    let mut descriptor = ReportingDescriptor::builder()
        .id(text(&rule.id))
        .name(pascal_case(&text(&rule.id)))
        .short_description(MultiformatMessageString::builder().text(text(&sentence(&rule.name))).build())
        .full_description(MultiformatMessageString::builder().text(text(&rule.description)).build())
        .help(MultiformatMessageString::builder().text(plain).markdown(markdown).build())
        .default_configuration(ReportingConfiguration::builder().level(level_name(Level::Error)).build())
        .properties(PropertyBag::builder().tags(tags).additional_properties(bag(&properties)).build())
        .build();
    descriptor.help_uri = rule.references.first().map(|reference| masker.text_of_rule(index, reference));
    descriptor
}

/// What GitHub shows beside an alert. GitHub shows no `helpUri`, so references are part of it.
fn help(report: &Report, index: RuleIndex, heading: &dyn Fn(&str) -> String) -> String {
    let rule = report.rules.rule(index);
    let mut lines = vec![rule.description.clone(), String::new(), heading("What to do") + &rule.remedy];
    if !matches!(rule.matcher, Matcher::Pattern { .. }) {
        lines.push(String::new());
        lines.extend(report.rules.providers.iter().map(|provider| format!("- {}: {}", provider.name, provider.remedy)));
    }
    lines.push(String::new());
    lines.push(
        "Revoke the key first, replace it, then clean up: a key that was committed is in history, and deleting the \
         line does not take it back."
            .to_owned(),
    );
    if let Some(provider) = report.rules.practices_of(index) {
        lines.push(String::new());
        lines.push(heading(&format!("What {} asks of whoever holds a key", provider.name)).trim_end().to_owned());
        lines.push(String::new());
        lines.extend(provider.practices.iter().map(|practice| format!("- {practice}")));
    }
    if !rule.references.is_empty() {
        lines.push(String::new());
        lines.push(heading("References").trim_end().to_owned());
        lines.push(String::new());
        lines.extend(rule.references.iter().map(|reference| format!("- <{reference}>")));
    }
    lines.join("\n") + "\n"
}

fn result(report: &Report, masker: &Masker<'_>, finding: &Finding, place: &Occurrence) -> SarifResult {
    let rule = report.rules.rule(finding.rule);
    let provider = finding.provider.map_or("unknown", |provider| &report.rules.provider(provider).id);
    let mut properties = vec![
        ("confidence", confidence_name(finding.confidence)),
        ("environment", environment_name(finding.environment)),
        ("provider", provider),
        ("severity", severity_name(finding.severity)),
        ("where", where_name(finding.location)),
    ];
    properties.extend(place.git_state.map(|state| ("gitState", git_state_name(state))));
    // The first sentence is GitHub's title of the alert.
    let message = format!(
        "{} {}{}. {}",
        masker.text_of_rule(finding.rule, &report.message(finding)),
        masker.redacted(finding.secret.expose()),
        in_commit(finding),
        masker.text_of_rule(finding.rule, report.rules.remedy(finding.rule, finding.provider))
    );
    // A name has no place in its file; GitHub wants one.
    let in_text = finding.location.is_text();
    let region = if in_text { region(place.start, place.end) } else { Region::builder().start_line(1).build() };
    let mut fingerprints = BTreeMap::new();
    fingerprints.extend(place.line_hash.clone().map(|hash| ("primaryLocationLineHash".to_owned(), hash)));
    if !finding.is_weak() {
        fingerprints.insert("leakFingerprint/v1".to_owned(), finding.fingerprint.to_string());
    }
    let mut result = SarifResult::builder()
        .rule_id(masker.text_of_rule(finding.rule, &rule.id))
        .rule_index(number(finding.rule.0 as u64))
        .level(match finding.level {
            Level::Note => ResultLevel::Note,
            Level::Warning => ResultLevel::Warning,
            Level::Error => ResultLevel::Error,
        })
        .message(Message::builder().text(message).build())
        .locations(vec![match finding.file() {
            Some(path) => location(masker, BStr::new(path), Some(region)),
            None => location_in_git(masker, finding, place),
        }])
        .properties(PropertyBag::builder().additional_properties(properties_with_past(&properties, finding)).build())
        .build();
    if !fingerprints.is_empty() {
        result.partial_fingerprints = Some(fingerprints);
    }
    if !place.related.is_empty() {
        let related = place.related.iter().zip(1..);
        let related = related.map(|(related, id)| related_location(masker, finding, related, id));
        result.related_locations = Some(related.collect());
    }
    result
}

/// Which commit has it, where commits were scanned.
fn in_commit(finding: &Finding) -> String {
    let Some(past) = &finding.past else { return String::new() };
    let Some(first) = past.first() else { return String::new() };
    let tip = if past.in_tip { "" } else { ", not at the tip any more" };
    format!(" in commit {}{tip}", first.id.short())
}

/// A message, a name or an object without a path: no file, so no physical location.
fn location_in_git(masker: &Masker<'_>, finding: &Finding, place: &Occurrence) -> Location {
    let object = place.object.map(|object| object.to_string());
    let name = object.unwrap_or_else(|| masker.text(&finding.path));
    let logical = LogicalLocation::builder().fully_qualified_name(name).kind(where_name(finding.location)).build();
    Location::builder().logical_locations(vec![logical]).build()
}

fn properties_with_past(properties: &[(&str, &str)], finding: &Finding) -> BTreeMap<String, Value> {
    let mut bag = bag(properties);
    if let Some(past) = &finding.past {
        if let Some((first, last)) = past.span {
            bag.insert("commit".to_owned(), first.id.to_string().into());
            bag.insert("lastCommit".to_owned(), last.id.to_string().into());
        }
        bag.insert("inTip".to_owned(), past.in_tip.into());
        bag.insert("localOnly".to_owned(), past.local_only.into());
        bag.insert("occurrenceCount".to_owned(), finding.occurrences.len().into());
    }
    bag
}

fn region(start: Position, end: Position) -> Region {
    Region::builder()
        .start_line(number(start.line))
        .start_column(number(start.column))
        .end_line(number(end.line))
        .end_column(number(end.column))
        .build()
}

/// `id`: how the message may link to it; from 1 in each result.
fn related_location(masker: &Masker<'_>, finding: &Finding, related: &Related, id: i64) -> Location {
    let region = region(related.start, related.end);
    let mut location = location(masker, BStr::new(&finding.path), Some(region));
    location.id = Some(id);
    location.message = Some(Message::builder().text(relation_message(related.relation)).build());
    location
}

/// Whether the scan was complete, and what it could not say here.
fn invocation(report: &Report, masker: &Masker<'_>) -> Invocation {
    let left_out = left_out(report);
    let mut notifications: Vec<_> = report.problems.iter().map(|problem| notification(masker, problem)).collect();
    if left_out > 0 {
        let text = format!(
            "{left_out} more results are left out: code scanning keeps {MAX_RESULTS} of a run, and these are the most \
             urgent. The json format has all of them."
        );
        let message = Message::builder().text(text).build();
        notifications.push(Notification::builder().level(level_name(Level::Warning)).message(message).build());
    }
    let mut invocation = Invocation::builder().execution_successful(report.problems.is_empty()).build();
    if !notifications.is_empty() {
        invocation.tool_execution_notifications = Some(notifications);
    }
    invocation
}

fn notification(masker: &Masker<'_>, problem: &Problem) -> Notification {
    let text = masker.text(format!("Not scanned: {problem} ({})", problem.help).as_bytes());
    let mut notification =
        Notification::builder().level(level_name(Level::Error)).message(Message::builder().text(text).build()).build();
    if !problem.path.is_empty() {
        notification.locations = Some(vec![location(masker, BStr::new(&problem.path), None)]);
    }
    notification
}

fn location(masker: &Masker<'_>, path: &BStr, region: Option<Region>) -> Location {
    let artifact = ArtifactLocation::builder().uri(uri(&masker.mask(path))).uri_base_id("%SRCROOT%").build();
    let mut physical = PhysicalLocation::builder().artifact_location(artifact).build();
    physical.region = region;
    Location::builder().physical_location(physical).build()
}

/// A relative reference (RFC 3986): the bytes of names that are no UTF-8 are encoded too.
fn uri(path: &[u8]) -> String {
    percent_encode(path.trim_start_with(|c| c == '/').as_bytes(), ENCODED).to_string()
}

/// In GitHub's bands: over 9.0 is critical, from 7.0 high, from 4.0 medium.
fn security_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.0",
        Severity::Low => "2.0",
    }
}

/// How often a rule is right: a key that names itself is more certain than what stands beside a name.
fn precision(rule: &Rule) -> &'static str {
    confidence_name(match rule.matcher {
        Matcher::Token => Confidence::High,
        Matcher::Header | Matcher::Pattern { .. } => Confidence::Medium,
    })
}

fn bag(properties: &[(&str, &str)]) -> BTreeMap<String, Value> {
    properties.iter().map(|(key, value)| ((*key).to_owned(), Value::from(*value))).collect()
}

/// SARIF's numbers are signed; lines and columns are far below their end.
fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn sentence(text: &str) -> String {
    format!("{}.", text.trim_end_matches('.'))
}

/// `sk-live-key` as `SkLiveKey`: the friendly name that viewers show.
fn pascal_case(id: &str) -> String {
    let capital = |word: &str| word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect();
    id.split('-').map(capital).collect::<Vec<String>>().concat()
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(MAX_DESCRIPTION) {
        Some((end, _)) => text[..end].to_owned(),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
