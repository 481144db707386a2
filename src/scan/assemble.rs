//! From what the workers brought home to a report: what is old, what belongs together, what is forgiven.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use bstr::{BStr, BString};

use super::worker::{Collected, Found};
use crate::{
    detect::Detector,
    finding::{Confidence, Finding, Fingerprint, GitState, Level, Occurrence, Secret, Suppressed, SuppressedBy, Where},
    origin::Origin,
    report::{Report, Summary, UnknownRule, UnusedAllow},
    rule::{RuleIndex, RuleSet},
    source::{Attribution, Source, SourceError},
    suppress::{Policy, Subject, inline},
};

/// What makes occurrences one finding, and whether and why it is suppressed.
type Key = (BString, Where, RuleIndex, Secret, Option<(SuppressedBy, String)>);

/// Completes and sorts what was found.
pub(super) fn report<S: Source>(
    source: &S,
    detector: &Detector,
    policy: &Policy,
    mut collected: Collected,
) -> Result<Report, SourceError> {
    let rules = detector.rules();
    let found = std::mem::take(&mut collected.found);
    let new = new(source, rules, &found)?;
    let origins: BTreeSet<&Origin> = new.iter().map(|found| &*found.origin).collect();
    let origins: Vec<_> = origins.into_iter().collect();
    let attributions = source.attribute(&origins)?;
    let attributions: HashMap<&Origin, &Attribution> = origins.iter().copied().zip(&attributions).collect();
    let mut findings = Vec::new();
    let mut suppressed = Vec::new();
    let comments = if policy.inline { comments(&found, rules) } else { BTreeMap::new() };
    for (key, places) in group(rules, policy, &comments, new) {
        let by = key.4.clone();
        let finding = finding(rules, key, places, &attributions);
        match by {
            Some((by, reason)) => suppressed.push(Suppressed { finding, by, reason }),
            None => findings.push(finding),
        }
    }
    findings.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    suppressed.sort_by(|a, b| a.finding.sort_key().cmp(&b.finding.sort_key()));
    collected.skipped.sort();
    collected.problems.sort();
    let unused = policy.allows.iter().enumerate().filter(|(_, allow)| allow.is_unused());
    let unused_allows =
        unused.map(|(number, allow)| UnusedAllow { number, line: allow.line, reason: allow.reason.clone() }).collect();
    let unknown_rules = unknown_rules(rules, &comments);
    let summary = summary(&collected, &findings, &suppressed);
    let mut masked = collected.masked;
    masked.extend(found.iter().map(|found| found.candidate.secret.clone()));
    // Nobody looked into these, but they are shown by name.
    let names = collected.skipped.iter().map(|skip| &skip.path);
    for name in names.chain(collected.problems.iter().map(|problem| &problem.path)) {
        let detection = detector.detect_in_name(name);
        masked.extend(detection.candidates.into_iter().map(|candidate| candidate.secret));
        masked.extend(detection.rejected.into_iter().map(|rejected| rejected.secret));
    }
    Ok(Report {
        rules: Arc::clone(rules),
        findings,
        suppressed,
        skips: collected.skipped,
        problems: collected.problems,
        unused_allows,
        unknown_rules,
        summary,
        masked,
        policy: None,
    })
}

/// What the source does not know from before.
fn new<'f, S: Source>(source: &S, rules: &RuleSet, found: &'f [Found]) -> Result<Vec<&'f Found>, SourceError> {
    let identity = |found: &'f Found| (rules.rule(found.candidate.rule).family.as_str(), &found.candidate.secret);
    let values: BTreeSet<_> = found.iter().map(identity).collect();
    let values: Vec<_> = values.into_iter().collect();
    let old = source.settle(&values)?;
    let is_old = |found: &&'f Found| values.binary_search(&identity(found)).is_ok_and(|position| old[position]);
    Ok(found.iter().filter(|found| !is_old(found)).collect())
}

/// Puts together what is one finding, and decides what is forgiven.
fn group<'f>(
    rules: &RuleSet,
    policy: &Policy,
    comments: &BTreeMap<&Origin, inline::Blob<'_>>,
    new: Vec<&'f Found>,
) -> BTreeMap<Key, Vec<&'f Found>> {
    let mut groups: BTreeMap<Key, Vec<&Found>> = BTreeMap::new();
    for found in new {
        let candidate = &found.candidate;
        let rule = rules.rule(candidate.rule);
        let fingerprint = Fingerprint::new(&rule.family, candidate.secret.expose());
        let suppressed = forgiven(found, &rule.id, &fingerprint, policy, comments);
        let path = found.origin.path().clone();
        let key = (path, found.location, candidate.rule, candidate.secret.clone(), suppressed);
        groups.entry(key).or_default().push(found);
    }
    groups
}

/// One finding of all the places where its value stands.
fn finding(
    rules: &RuleSet,
    (path, location, rule, secret, _): Key,
    mut places: Vec<&Found>,
    attributions: &HashMap<&Origin, &Attribution>,
) -> Finding {
    // What the file holds is reported of the file, even where it stands elsewhere in the index.
    let on_disk = |found: &Found| !matches!(*found.origin, Origin::Index { .. });
    let is_on_disk = places.iter().any(|found| on_disk(found));
    places.retain(|found| on_disk(found) == is_on_disk);
    places.sort_by_key(|found| found.candidate.span.start);
    // The versions of a conflict agree in most places.
    places.dedup_by(|a, b| a.candidate.start == b.candidate.start && a.candidate.end == b.candidate.end);
    let occurrence = |found: &&Found| Occurrence {
        start: found.candidate.start,
        end: found.candidate.end,
        git_state: attributions[&*found.origin].git_state,
        on_disk: is_on_disk,
        excerpt: found.candidate.excerpt.clone(),
        related: found.candidate.related.clone(),
        line_hash: found.line_hash.clone(),
    };
    let occurrences: Vec<_> = places.iter().map(occurrence).collect();
    let confidence = places.iter().map(|found| found.candidate.confidence).max().unwrap_or(Confidence::Low);
    let git_state = occurrences[0].git_state;
    Finding {
        rule,
        confidence,
        severity: rules.rule(rule).severity,
        level: level(confidence, git_state),
        environment: places[0].candidate.environment,
        provider: places.iter().find_map(|found| found.candidate.provider),
        fingerprint: Fingerprint::new(&rules.rule(rule).family, secret.expose()),
        secret,
        location,
        path,
        git_state,
        ignored_by: attributions[&*places[0].origin].ignored_by.clone(),
        is_sparse: attributions[&*places[0].origin].is_sparse,
        occurrences,
    }
}

fn summary(collected: &Collected, findings: &[Finding], suppressed: &[Suppressed]) -> Summary {
    let secrets: BTreeSet<_> = findings.iter().map(|finding| &finding.fingerprint).collect();
    let mut skipped: BTreeMap<&'static str, u64> = BTreeMap::new();
    for skip in &collected.skipped {
        *skipped.entry(skip.reason.id()).or_default() += 1;
    }
    Summary {
        secrets: secrets.len() as u64,
        findings: findings.len() as u64,
        occurrences: findings.iter().map(|finding| finding.occurrences.len() as u64).sum(),
        suppressed: suppressed.len() as u64,
        files: collected.files,
        blobs: collected.blobs,
        bytes: collected.bytes,
        skipped,
        rejected: collected.rejected.clone(),
    }
}

/// Whether and why a finding does not count: an entry of the configuration before a comment.
fn forgiven(
    found: &Found,
    rule: &str,
    fingerprint: &Fingerprint,
    policy: &Policy,
    comments: &BTreeMap<&Origin, inline::Blob<'_>>,
) -> Option<(SuppressedBy, String)> {
    let Found { origin, location, candidate, .. } = found;
    let subject = Subject { path: BStr::new(origin.path()), rule, secret: &candidate.secret, fingerprint };
    if let Some(number) = policy.allowed_by(subject) {
        return Some((SuppressedBy::Allow(number), policy.allows[number].reason.clone()));
    }
    let blob = comments.get(&**origin).filter(|_| *location == Where::File)?;
    let directive = blob.covering(rule, &candidate.span)?;
    Some((SuppressedBy::Inline(directive.name), directive.reason))
}

/// The comments around the findings of each blob. Names of files have none.
fn comments<'f>(found: &'f [Found], rules: &'f RuleSet) -> BTreeMap<&'f Origin, inline::Blob<'f>> {
    let mut places: BTreeMap<&Origin, Vec<inline::Place<'_>>> = BTreeMap::new();
    for Found { origin, candidate, .. } in found.iter().filter(|found| found.location == Where::File) {
        places.entry(origin).or_default().push(inline::Place {
            rule: &rules.rule(candidate.rule).id,
            span: candidate.span.clone(),
            lines: [candidate.start.line, candidate.end.line],
            excerpt: &candidate.excerpt,
        });
    }
    places.into_iter().map(|(origin, places)| (origin, inline::Blob::new(origin.path(), places))).collect()
}

/// The comments beside findings that name a rule that does not exist, by place; what file and index share, once.
fn unknown_rules(rules: &RuleSet, comments: &BTreeMap<&Origin, inline::Blob<'_>>) -> Vec<UnknownRule> {
    let mut unknown = BTreeSet::new();
    for (origin, blob) in comments {
        let lines = blob.naming_no_rule(|id| rules.by_id(id).is_some());
        unknown.extend(lines.into_iter().map(|line| UnknownRule { path: origin.path().clone(), line }));
    }
    unknown.into_iter().collect()
}

/// What a finding does to the exit code; design: low ones warn, keys in files that git ignores are notes.
fn level(confidence: Confidence, git_state: Option<GitState>) -> Level {
    match (confidence, git_state) {
        (_, Some(GitState::Ignored)) => Level::Note,
        (Confidence::Low, _) => Level::Warning,
        _ => Level::Error,
    }
}
