//! The pipeline: a source's content through the detector, then through the policy, into a report.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io::{self, Read},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use bstr::{BStr, BString};

use crate::{
    detect::{Candidate, Detection, Detector},
    finding::{Confidence, Finding, Fingerprint, GitState, Level, Occurrence, Secret, Suppressed, SuppressedBy, Where},
    origin::{Origin, Problem, Skip},
    report::{Report, Summary, UnusedAllow, line_hash::line_hashes},
    rule::{Matcher, RuleIndex, RuleSet},
    source::{Attribution, Blob, Content, Source, SourceError, Worker, Workers},
    suppress::{Policy, Subject, inline},
};

/// How much of a stream is looked at in one go, in bytes: as fast as larger windows, which no cache would hold.
const WINDOW: usize = 1 << 20;

/// How far a scan has come; read while it runs.
#[derive(Debug, Default)]
pub struct Progress {
    pub blobs: AtomicU64,
    pub bytes: AtomicU64,
}

/// Scans all of `source`: visit, settle, attribute; then complete and sort what was found.
pub fn run<S: Source>(
    source: &S,
    detector: &Detector,
    policy: &Policy,
    min_confidence: Confidence,
    progress: &Progress,
) -> Result<Report, SourceError> {
    let pool = Pool { detector, min_confidence, progress, collected: Mutex::default() };
    source.visit(&pool)?;
    let collected = pool.collected.into_inner().unwrap_or_else(PoisonError::into_inner);
    assemble(source, detector, policy, collected)
}

/// Makes the workers of a scan and gathers what they found.
struct Pool<'a> {
    detector: &'a Detector,
    min_confidence: Confidence,
    progress: &'a Progress,
    collected: Mutex<Collected>,
}

/// What workers bring home.
#[derive(Default)]
struct Collected {
    found: Vec<Found>,
    rejected: BTreeMap<&'static str, u64>,
    /// Values that are no findings, but masked wherever they are shown.
    masked: BTreeSet<Secret>,
    skipped: Vec<Skip>,
    problems: Vec<Problem>,
    files: u64,
    bytes: u64,
}

/// A candidate where it stands.
struct Found {
    origin: Arc<Origin>,
    location: Where,
    candidate: Candidate,
    line_hash: Option<String>,
}

impl Workers for Pool<'_> {
    type Worker<'a>
        = ScanWorker<'a>
    where
        Self: 'a;

    fn worker(&self) -> ScanWorker<'_> {
        ScanWorker {
            detector: self.detector,
            min_confidence: self.min_confidence,
            progress: self.progress,
            home: &self.collected,
            collected: Collected::default(),
            window: Vec::new(),
        }
    }
}

struct ScanWorker<'a> {
    detector: &'a Detector,
    min_confidence: Confidence,
    progress: &'a Progress,
    home: &'a Mutex<Collected>,
    collected: Collected,
    window: Vec<u8>,
}

impl Worker for ScanWorker<'_> {
    type State = crate::detect::BlobState;

    fn blob(&mut self, blob: Blob<'_>) -> Self::State {
        let mut hashes = BTreeMap::new();
        let detection = match blob.content {
            Content::Bytes(bytes) => {
                let detection = self.detector.detect(bytes);
                if !detection.candidates.is_empty() {
                    hashes = line_hashes(bytes, detection.candidates.iter().map(|candidate| candidate.start.line));
                }
                detection
            }
            Content::Stream(stream) => match self.stream(stream) {
                (detection, None) => detection,
                (detection, Some(error)) => {
                    self.problem(Problem::unreadable(blob.origin.path().clone(), false, &error));
                    detection
                }
            },
        };
        self.collected.files += 1;
        self.collected.bytes += detection.bytes;
        self.progress.blobs.fetch_add(1, Ordering::Relaxed);
        self.progress.bytes.fetch_add(detection.bytes, Ordering::Relaxed);
        let state = detection.state.clone();
        let mut in_path = self.detector.detect(blob.origin.path());
        let rules = self.detector.rules();
        in_path.candidates.retain(|candidate| matches!(rules.rule(candidate.rule).matcher, Matcher::Token));
        self.collected.add(blob.origin, Where::Path, in_path, &BTreeMap::new(), self.min_confidence);
        self.collected.add(blob.origin, Where::File, detection, &hashes, self.min_confidence);
        state
    }

    fn skipped(&mut self, skip: Skip) {
        self.collected.skipped.push(skip);
    }

    fn problem(&mut self, problem: Problem) {
        self.collected.problems.push(problem);
    }
}

impl ScanWorker<'_> {
    /// Feeds a stream window by window; stops where reading fails.
    fn stream(&mut self, stream: &mut dyn Read) -> (Detection, Option<io::Error>) {
        let mut session = self.detector.begin();
        self.window.resize(WINDOW, 0);
        let mut filled = 0;
        let error = loop {
            match stream.read(&mut self.window[filled..]) {
                Ok(0) => break None,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Some(error),
            }
            if filled == self.window.len() {
                let done = session.feed(&self.window, false);
                self.window.copy_within(done.., 0);
                filled -= done;
            }
        };
        session.feed(&self.window[..filled], true);
        (session.finish(), error)
    }
}

impl Drop for ScanWorker<'_> {
    fn drop(&mut self) {
        let mut home = self.home.lock().unwrap_or_else(PoisonError::into_inner);
        let own = std::mem::take(&mut self.collected);
        home.found.extend(own.found);
        for (kind, count) in own.rejected {
            *home.rejected.entry(kind).or_default() += count;
        }
        home.masked.extend(own.masked);
        home.skipped.extend(own.skipped);
        home.problems.extend(own.problems);
        home.files += own.files;
        home.bytes += own.bytes;
    }
}

impl Collected {
    /// Takes what was found in one text. `hashes`: of its lines, as far as they are known.
    fn add(
        &mut self,
        origin: &Origin,
        location: Where,
        detection: Detection,
        hashes: &BTreeMap<u64, String>,
        min_confidence: Confidence,
    ) {
        for rejected in detection.rejected {
            *self.rejected.entry(rejected.reason.kind.id()).or_default() += 1;
            self.masked.insert(rejected.secret);
        }
        if detection.candidates.is_empty() {
            return;
        }
        let origin = Arc::new(origin.clone());
        for candidate in detection.candidates {
            if candidate.confidence < min_confidence {
                *self.rejected.entry("low-confidence").or_default() += 1;
                self.masked.insert(candidate.secret);
            } else {
                let line_hash = hashes.get(&candidate.start.line).cloned();
                self.found.push(Found { origin: Arc::clone(&origin), location, candidate, line_hash });
            }
        }
    }
}

/// What makes occurrences one finding, and whether and why it is suppressed.
type Key = (BString, Where, RuleIndex, Secret, Option<(SuppressedBy, String)>);

fn assemble<S: Source>(
    source: &S,
    detector: &Detector,
    policy: &Policy,
    mut collected: Collected,
) -> Result<Report, SourceError> {
    let rules = detector.rules();
    let family = |rule: RuleIndex| rules.rule(rule).family.as_str();
    let found = std::mem::take(&mut collected.found);
    let values: BTreeSet<_> = found.iter().map(|f| (family(f.candidate.rule), &f.candidate.secret)).collect();
    let values: Vec<_> = values.into_iter().collect();
    let old = source.settle(&values)?;
    let is_old = |rule: RuleIndex, secret: &Secret| {
        values.binary_search(&(family(rule), secret)).is_ok_and(|position| old[position])
    };
    let new: Vec<_> = found.iter().filter(|f| !is_old(f.candidate.rule, &f.candidate.secret)).collect();
    let origins: BTreeSet<&Origin> = new.iter().map(|found| &*found.origin).collect();
    let origins: Vec<_> = origins.into_iter().collect();
    let attributions = source.attribute(&origins)?;
    let attribution: HashMap<&Origin, &Attribution> = origins.iter().copied().zip(&attributions).collect();

    let comments = if policy.inline { comments(&found, detector.rules()) } else { BTreeMap::new() };
    let mut groups: BTreeMap<Key, Vec<&Found>> = BTreeMap::new();
    for found in new {
        let candidate = &found.candidate;
        let fingerprint = Fingerprint::new(family(candidate.rule), candidate.secret.expose());
        let path = found.origin.path();
        let suppressed = forgiven(found, &rules.rule(candidate.rule).id, &fingerprint, policy, &comments);
        let key = (path.clone(), found.location, candidate.rule, candidate.secret.clone(), suppressed);
        groups.entry(key).or_default().push(found);
    }
    let mut findings = Vec::new();
    let mut suppressed = Vec::new();
    for ((path, location, rule, secret, by), mut places) in groups {
        // The file before the index: what both hold is reported of the file.
        places.sort_by_key(|found| (found.candidate.span.start, found.origin.clone()));
        places.dedup_by(|a, b| a.candidate.start == b.candidate.start && a.candidate.end == b.candidate.end);
        let occurrences = places.iter().map(|found| Occurrence {
            start: found.candidate.start,
            end: found.candidate.end,
            git_state: attribution[&*found.origin].git_state,
            excerpt: found.candidate.excerpt.clone(),
            line_hash: found.line_hash.clone(),
        });
        let occurrences: Vec<_> = occurrences.collect();
        let first = &places[0].candidate;
        let confidence = places.iter().map(|found| found.candidate.confidence).max().unwrap_or(Confidence::Low);
        let git_state = occurrences[0].git_state;
        let finding = Finding {
            rule,
            confidence,
            severity: rules.rule(rule).severity,
            level: level(confidence, git_state),
            environment: first.environment,
            provider: places.iter().find_map(|found| found.candidate.provider),
            fingerprint: Fingerprint::new(family(rule), secret.expose()),
            secret,
            location,
            path,
            git_state,
            ignored_by: attribution[&*places[0].origin].ignored_by.clone(),
            occurrences,
        };
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
    let mut masked = collected.masked;
    masked.extend(found.iter().map(|found| found.candidate.secret.clone()));
    let secrets: BTreeSet<_> = findings.iter().map(|finding| &finding.fingerprint).collect();
    let mut skipped: BTreeMap<&'static str, u64> = BTreeMap::new();
    for skip in &collected.skipped {
        *skipped.entry(skip.reason.id()).or_default() += 1;
    }
    Ok(Report {
        summary: Summary {
            secrets: secrets.len() as u64,
            findings: findings.len() as u64,
            occurrences: findings.iter().map(|finding| finding.occurrences.len() as u64).sum(),
            suppressed: suppressed.len() as u64,
            files: collected.files,
            bytes: collected.bytes,
            skipped,
            rejected: collected.rejected,
        },
        rules: Arc::clone(rules),
        findings,
        suppressed,
        skips: collected.skipped,
        problems: collected.problems,
        unused_allows,
        masked,
        policy: None,
    })
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

/// What a finding does to the exit code; design: low ones warn, keys in files that git ignores are notes.
fn level(confidence: Confidence, git_state: Option<GitState>) -> Level {
    match (confidence, git_state) {
        (_, Some(GitState::Ignored)) => Level::Note,
        (Confidence::Low, _) => Level::Warning,
        _ => Level::Error,
    }
}
