//! From what the workers brought home to a report: what is old, what belongs together, what is forgiven.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use bstr::{BStr, BString};

use super::worker::{Collected, Found};
use crate::{
    detect::Detector,
    finding::{
        Confidence, Finding, Fingerprint, GitState, Level, Occurrence, Past, Secret, Suppressed, SuppressedBy, Where,
    },
    origin::{Origin, Skip, SkipReason},
    report::{AddedByChange, AddedKind, Report, Summary, UnknownRule, UnusedAllow},
    rule::{RuleIndex, RuleSet},
    source::{Attribution, Source, SourceError},
    suppress::{NewComments, Policy, Subject, inline},
};

/// What makes occurrences one finding, and whether and why it is suppressed.
type Key = (BString, Where, RuleIndex, Secret, Option<(SuppressedBy, String)>);

/// A candidate at one of the places where its content stands.
type Placed<'f> = (&'f Found, &'f Attribution);

/// Completes and sorts what was found; `old` is what was there before.
pub(super) fn report<S: Source>(
    source: &S,
    detector: &Detector,
    policy: &Policy,
    mut collected: Collected,
    old: Collected,
) -> Result<Report, SourceError> {
    let rules = detector.rules();
    let found = std::mem::take(&mut collected.found);
    let (new, mut vouching) = new(rules, policy, &found, &old.found);
    let origins: BTreeSet<&Origin> = new.iter().map(|found| &*found.origin).collect();
    let origins: Vec<_> = origins.into_iter().collect();
    let attributions = source.attribute(&origins)?;
    collected.problems.extend(source.untold());
    let attributions: HashMap<&Origin, &Vec<Attribution>> = origins.iter().copied().zip(&attributions).collect();
    let places = new.iter().flat_map(|found| attributions[&*found.origin].iter().map(move |place| (*found, place)));
    let (excluded, places): (Vec<_>, Vec<_>) = places.partition(|(_, place)| place.is_excluded);
    let excluded: BTreeSet<_> = excluded.into_iter().filter_map(|(_, place)| place.path.clone()).collect();
    collected.skipped.extend(excluded.into_iter().map(|path| Skip { reason: SkipReason::Excluded, path }));
    let mut findings = Vec::new();
    let mut suppressed = Vec::new();
    let comments = if policy.inline { comments(&found, rules) } else { BTreeMap::new() };
    for (key, places) in group(rules, policy, &comments, places.into_iter(), &mut vouching) {
        let by = key.4.clone();
        let finding = finding(rules, key, places);
        match by {
            Some((by, reason)) => suppressed.push(Suppressed { finding, by, reason }),
            None => findings.push(finding),
        }
    }
    findings.sort_by(|a, b| a.sort_key().cmp(&b.sort_key()));
    suppressed.sort_by(|a, b| a.finding.sort_key().cmp(&b.finding.sort_key()));
    collected.skipped.sort();
    collected.skipped.dedup();
    // What cannot be compared with leaves open what is new.
    collected.problems.extend(old.problems);
    collected.problems.sort();
    collected.problems.dedup();
    let unused = policy.allows.iter().enumerate().filter(|(_, allow)| allow.is_unused());
    let unused_allows =
        unused.map(|(number, allow)| UnusedAllow { number, line: allow.line, reason: allow.reason.clone() }).collect();
    let unknown_rules = unknown_rules(rules, &comments);
    let summary = summary(&collected, &findings, &suppressed);
    let mut masked = collected.masked;
    masked.extend(old.masked);
    masked.extend(found.iter().map(|found| found.candidate.secret.clone()));
    // Nobody looked into these, but they are shown: by name, the references that reach something, and what is broken in the
    // words of whoever could not read it.
    let told = findings.iter().chain(suppressed.iter().map(|suppressed| &suppressed.finding));
    let references: BTreeSet<_> =
        told.filter_map(|finding| finding.past.as_ref()).flat_map(|past| &*past.refs).collect();
    let names = collected.skipped.iter().map(|skip| &skip.path).chain(collected.problems.iter().map(|it| &it.path));
    let names = names.chain(references);
    let shown = names.map(|name| detector.detect_in_name(name));
    let words = collected.problems.iter().flat_map(|problem| [&problem.message, &problem.help]);
    for detection in shown.chain(words.map(|text| detector.detect(text.as_bytes()))) {
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
        added: vouching.added.into_iter().collect(),
        summary,
        masked,
        by_secret: false,
        policy: None,
        is_judged_by_base: false,
    })
}

/// The rule family and the value: what makes a finding old or new.
type Identity<'f> = (&'f str, &'f Secret);

fn identity<'f>(rules: &'f RuleSet, found: &'f Found) -> Identity<'f> {
    (rules.rule(found.candidate.rule).family.as_str(), &found.candidate.secret)
}

/// What is said of comments that a change adds.
struct Vouching<'f> {
    /// Values that a comment allowed before.
    known: BTreeSet<Identity<'f>>,
    added: BTreeSet<AddedByChange>,
}

impl Vouching<'_> {
    /// Whether a comment beside a value that is not old counts; notes it if the change added it.
    fn counts(
        &mut self,
        rules: &RuleSet,
        policy: &Policy,
        found: &Found,
        path: Option<&BString>,
        comment: &str,
    ) -> bool {
        if policy.new_comments == NewComments::Heed || self.known.contains(&identity(rules, found)) {
            return true;
        }
        let counts = policy.new_comments == NewComments::Tell;
        self.added.insert(AddedByChange {
            kind: AddedKind::Comment,
            path: path.cloned().unwrap_or_default(),
            line: Some(found.candidate.start.line),
            text: comment.into(),
            counts,
        });
        counts
    }
}

/// What is not among the findings of before: the same value under the same family of rules. What was forgiven before does
/// not make it old: whoever moves a value to where nobody forgives it is told.
fn new<'f>(
    rules: &'f RuleSet,
    policy: &Policy,
    found: &'f [Found],
    old: &'f [Found],
) -> (Vec<&'f Found>, Vouching<'f>) {
    let comments = if policy.inline { comments(old, rules) } else { BTreeMap::new() };
    let (mut known, mut vouched) = (BTreeSet::new(), BTreeSet::new());
    for old in old {
        let place = Place { path: old.origin.path(), location: old.location, past: None };
        match forgiven(rules, old, place, policy, &comments) {
            None => drop(known.insert(identity(rules, old))),
            Some((SuppressedBy::Inline(_), _)) => drop(vouched.insert(identity(rules, old))),
            Some((SuppressedBy::Allow(_), _)) => {}
        }
    }
    let new = found.iter().filter(|found| !known.contains(&identity(rules, found))).collect();
    (new, Vouching { known: vouched, added: BTreeSet::new() })
}

/// Puts together what is one finding, and decides what is forgiven.
fn group<'f>(
    rules: &RuleSet,
    policy: &Policy,
    comments: &BTreeMap<&Origin, inline::Blob<'_>>,
    places: impl Iterator<Item = Placed<'f>>,
    vouching: &mut Vouching<'_>,
) -> BTreeMap<Key, Vec<Placed<'f>>> {
    let mut groups: BTreeMap<Key, Vec<Placed<'_>>> = BTreeMap::new();
    for (found, attribution) in places {
        let candidate = &found.candidate;
        let name = match &*found.origin {
            Origin::Reference { name } => Some(name),
            origin => origin.path(),
        };
        let path = attribution.path.as_ref().or(name);
        let location = attribution.location.unwrap_or(found.location);
        let suppressed =
            forgiven(rules, found, Place { path, location, past: attribution.past.as_ref() }, policy, comments);
        let suppressed = suppressed.filter(|(by, reason)| match by {
            SuppressedBy::Inline(name) => {
                let comment = if reason.is_empty() { (*name).to_owned() } else { format!("{name} -- {reason}") };
                vouching.counts(rules, policy, found, path, &comment)
            }
            SuppressedBy::Allow(_) => true,
        });
        let path = path.cloned().unwrap_or_default();
        let key = (path, location, candidate.rule, candidate.secret.clone(), suppressed);
        groups.entry(key).or_default().push((found, attribution));
    }
    groups
}

/// One finding of all the places where its value stands.
fn finding(rules: &RuleSet, (path, location, rule, secret, _): Key, mut places: Vec<Placed<'_>>) -> Finding {
    // What the file holds is reported of the file, even where it stands elsewhere in the index.
    let on_disk = |found: &Found| !matches!(*found.origin, Origin::Index { .. });
    let is_on_disk = places.iter().any(|(found, _)| on_disk(found));
    places.retain(|(found, _)| on_disk(found) == is_on_disk);
    // Of places that several versions have, the newest says where it is.
    let newest = |place: &Attribution| Reverse(place.past.as_ref().and_then(Past::last).map_or(0, |last| last.order));
    let object = |found: &Found| match &*found.origin {
        Origin::Object { object, .. } if path.is_empty() => Some(*object),
        _ => None,
    };
    let position = |found: &Found| (object(found), found.candidate.start, found.candidate.end);
    // What is in the working tree comes before what commits have.
    let is_past = |place: &Attribution| place.past.is_some();
    places.sort_by_key(|(found, place)| (is_past(place), position(found), newest(place)));
    let past = past(&places);
    let confidence = places.iter().map(|(found, _)| found.candidate.confidence).max().unwrap_or(Confidence::Low);
    let level = level(confidence, &places);
    // What is still there is shown where it is now, not where else it once was.
    let is_current = |place: &Attribution| place.past.as_ref().is_none_or(|past| past.in_tip);
    if places.iter().any(|(_, place)| is_current(place)) {
        places.retain(|(_, place)| is_current(place));
    }
    // The versions of a conflict agree in most places.
    let mut known = BTreeSet::new();
    places.retain(|(found, _)| known.insert(position(found)));
    let occurrence = |(found, place): &Placed<'_>| Occurrence {
        start: found.candidate.start,
        end: found.candidate.end,
        git_state: place.git_state,
        on_disk: is_on_disk,
        object: object(found),
        excerpt: found.candidate.excerpt.clone(),
        commit: place.past.as_ref().and_then(Past::first).copied(),
        related: found.candidate.related.clone(),
        line_hash: found.line_hash.clone(),
    };
    let occurrences: Vec<_> = places.iter().map(occurrence).collect();
    let candidates = || places.iter().map(|(found, _)| &found.candidate);
    let (first, place) = places[0];
    let git_state = occurrences[0].git_state;
    Finding {
        rule,
        confidence,
        severity: rules.rule(rule).severity,
        level,
        environment: first.candidate.environment,
        provider: candidates().find_map(|candidate| candidate.provider),
        fingerprint: Fingerprint::new(&rules.rule(rule).family, secret.expose()),
        secret,
        location,
        path,
        past,
        git_state,
        ignored_by: place.ignored_by.clone(),
        is_sparse: place.is_sparse,
        occurrences,
    }
}

/// What commits know of all these places together.
fn past(places: &[Placed<'_>]) -> Option<Past> {
    places.iter().filter_map(|(_, place)| place.past.clone()).reduce(|mut all, past| {
        all.merge(&past);
        all
    })
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
        commits: collected.commits,
        skipped,
        rejected: collected.rejected.clone(),
    }
}

/// Where something stands, as far as what is forgiven depends on it.
#[derive(Clone, Copy)]
struct Place<'p> {
    path: Option<&'p BString>,
    location: Where,
    past: Option<&'p Past>,
}

/// Whether and why a finding does not count: an entry of the configuration before a comment.
fn forgiven(
    rules: &RuleSet,
    found: &Found,
    place: Place<'_>,
    policy: &Policy,
    comments: &BTreeMap<&Origin, inline::Blob<'_>>,
) -> Option<(SuppressedBy, String)> {
    let Found { origin, candidate, .. } = found;
    let rule = rules.rule(candidate.rule);
    let fingerprint = Fingerprint::new(&rule.family, candidate.secret.expose());
    let path = place.path.map_or(BStr::new(""), |path| BStr::new(path));
    let subject =
        Subject { path, rule: &rule.id, secret: &candidate.secret, fingerprint: &fingerprint, past: place.past };
    if let Some(number) = policy.allowed_by(subject) {
        return Some((SuppressedBy::Allow(number), policy.allows[number].reason.clone()));
    }
    let blob = comments.get(&**origin).filter(|_| place.location == Where::File)?;
    let directive = blob.covering(&rule.id, &candidate.span)?;
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
    let path = |origin: &'f Origin| origin.path().map_or(&[][..], |path| path);
    places.into_iter().map(|(origin, places)| (origin, inline::Blob::new(path(origin), places))).collect()
}

/// The comments beside findings that name a rule that does not exist, by place; what file and index share, once.
fn unknown_rules(rules: &RuleSet, comments: &BTreeMap<&Origin, inline::Blob<'_>>) -> Vec<UnknownRule> {
    let mut unknown = BTreeSet::new();
    for (origin, blob) in comments {
        let lines = blob.naming_no_rule(|id| rules.by_id(id).is_some());
        let path = origin.path().cloned().unwrap_or_default();
        unknown.extend(lines.into_iter().map(|line| UnknownRule { path: path.clone(), line }));
    }
    unknown.into_iter().collect()
}

/// What a finding does to the exit code; design: low ones warn, keys in files that git ignores are notes.
fn level(confidence: Confidence, places: &[Placed<'_>]) -> Level {
    if places.iter().all(|(_, place)| place.is_note || place.git_state == Some(GitState::Ignored)) {
        return Level::Note;
    }
    if confidence == Confidence::Low { Level::Warning } else { Level::Error }
}
