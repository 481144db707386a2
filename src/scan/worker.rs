//! What one thread of a scan does with the content that a source hands it.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
};

use bstr::BString;

use super::Progress;
use crate::{
    delta::Edit,
    detect::{BlobState, Candidate, Detection, Detector, Session, WINDOW},
    finding::{Confidence, Secret, Where},
    origin::{ObjectKind, Origin, Problem, Skip},
    report::line_hash::line_hashes,
    source::{self, Blob, Content, Stream, Worker, Workers},
    trace::{Question, Trace},
};

/// Makes the workers of a scan and gathers what they found.
pub(super) struct Pool<'a> {
    detector: &'a Detector,
    min_confidence: Confidence,
    progress: &'a Progress,
    question: Option<Question>,
    collected: Mutex<Collected>,
}

impl<'a> Pool<'a> {
    pub(super) fn new(detector: &'a Detector, min_confidence: Confidence, progress: &'a Progress) -> Self {
        Self { detector, min_confidence, progress, question: None, collected: Mutex::default() }
    }

    /// What is made of a line is noted as well.
    pub(super) fn asking(self, question: Question) -> Self {
        Self { question: Some(question), ..self }
    }

    /// What all workers brought home.
    pub(super) fn collected(self) -> Collected {
        self.collected.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What workers bring home.
#[derive(Default)]
pub(super) struct Collected {
    pub(super) found: Vec<Found>,
    pub(super) rejected: BTreeMap<&'static str, u64>,
    /// Values that are no findings, but masked wherever they are shown.
    pub(super) masked: BTreeSet<Secret>,
    pub(super) skipped: Vec<Skip>,
    pub(super) problems: Vec<Problem>,
    /// Files, versions of files, and standard input.
    pub(super) files: u64,
    /// These, other versions in the index, and objects that are no commits.
    pub(super) blobs: u64,
    pub(super) bytes: u64,
    pub(super) commits: u64,
    /// Of the line that was asked about, in content that is not only in the index.
    pub(super) trace: Option<(BString, Trace)>,
}

/// GitHub's fingerprints of lines, by number, as far as they are known.
type LineHashes = BTreeMap<u64, String>;

/// A candidate where it stands.
pub(super) struct Found {
    pub(super) origin: Arc<Origin>,
    pub(super) location: Where,
    pub(super) candidate: Candidate,
    pub(super) line_hash: Option<String>,
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
            question: self.question,
            home: &self.collected,
            collected: Collected::default(),
            window: Vec::new(),
        }
    }
}

pub(super) struct ScanWorker<'a> {
    detector: &'a Detector,
    min_confidence: Confidence,
    progress: &'a Progress,
    question: Option<Question>,
    home: &'a Mutex<Collected>,
    collected: Collected,
    window: Vec<u8>,
}

impl Worker for ScanWorker<'_> {
    type State = BlobState;

    fn blob(&mut self, blob: Blob<'_>) -> Self::State {
        let (detection, hashes) = match blob.content {
            Content::Bytes(bytes) => self.whole(bytes, None),
            Content::Stream(stream) => {
                let mut window = std::mem::take(&mut self.window);
                let (mut detection, hashes, error) = self.stream(stream, &mut window);
                self.window = window;
                if let Some(error) = error {
                    // Nobody knows what the rest of it holds.
                    detection.state = BlobState::default();
                    let path = blob.origin.path().cloned().unwrap_or_default();
                    self.problem(source::unreadable(path, false, &error));
                }
                (detection, hashes)
            }
        };
        self.take(blob.origin, detection, &hashes)
    }

    fn derived(&mut self, blob: Blob<'_>, base: &Self::State, edits: &[Edit]) -> Self::State {
        let Content::Bytes(bytes) = blob.content else { return self.blob(blob) };
        let (detection, hashes) = self.whole(bytes, Some((base, edits)));
        self.take(blob.origin, detection, &hashes)
    }

    fn expects(&mut self, pieces: u64) {
        self.progress.expected.fetch_add(pieces, Ordering::Relaxed);
    }

    fn passes(&mut self) {
        self.progress.blobs.fetch_add(1, Ordering::Relaxed);
    }

    fn may_name(&self, text: &[u8]) -> bool {
        self.detector.may_name(text)
    }

    fn name(&mut self, origin: &Origin, location: Where, name: &[u8]) {
        let detection = self.detector.detect_in_name(name);
        self.collected.add(origin, location, detection, &LineHashes::new(), self.min_confidence);
    }

    fn skipped(&mut self, skip: Skip) {
        self.collected.skipped.push(skip);
    }

    fn problem(&mut self, problem: Problem) {
        self.collected.problems.push(problem);
    }
}

/// What kind of text the content of an origin is.
fn location(origin: &Origin) -> Where {
    match origin {
        Origin::Object { kind: ObjectKind::Commit, .. } => Where::CommitMessage,
        Origin::Object { kind: ObjectKind::Tag, .. } => Where::TagMessage,
        _ => Where::File,
    }
}

impl<'a> ScanWorker<'a> {
    fn count(&mut self, origin: &Origin, bytes: u64) {
        let collected = &mut self.collected;
        match origin {
            Origin::Object { kind: ObjectKind::Commit, .. } => collected.commits += 1,
            Origin::Object { .. } | Origin::Index { .. } => collected.blobs += 1,
            _ => (collected.blobs, collected.files) = (collected.blobs + 1, collected.files + 1),
        }
        collected.bytes += bytes;
        self.progress.blobs.fetch_add(1, Ordering::Relaxed);
        self.progress.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    fn begin(&self) -> Session<'a> {
        let session = self.detector.begin();
        match self.question {
            Some(question) => session.tracing(question),
            None => session,
        }
    }

    /// Counts a blob and takes what was found in it.
    fn take(&mut self, origin: &Origin, mut detection: Detection, hashes: &LineHashes) -> BlobState {
        self.count(origin, detection.bytes);
        if !matches!(origin, Origin::Index { .. }) {
            let path = || origin.path().cloned().unwrap_or_default();
            let trace = detection.trace.take().map(|trace| (path(), trace));
            self.collected.trace = trace.or(self.collected.trace.take());
        }
        let state = std::mem::take(&mut detection.state);
        if let Some(path) = origin.path() {
            self.name(origin, Where::Path, path);
        }
        self.collected.add(origin, location(origin), detection, hashes, self.min_confidence);
        state
    }

    /// Scans content that is in memory; `made` tells of what it was made, if that is known.
    fn whole(&self, bytes: &[u8], made: Option<(&BlobState, &[Edit])>) -> (Detection, LineHashes) {
        let detection = match made {
            // Whoever asks about a line wants to know of all that was looked at.
            Some((base, edits)) if self.question.is_none() => self.detector.derived(bytes, base, edits),
            _ => self.begin().whole(bytes),
        };
        // Larger content would have none when it comes as a stream: the source must not show in a report.
        let hashes = if detection.candidates.is_empty() || bytes.len() >= WINDOW {
            LineHashes::new()
        } else {
            line_hashes(bytes, detection.candidates.iter().map(|candidate| candidate.start.line))
        };
        (detection, hashes)
    }

    /// Feeds a stream window by window; stops where reading fails. What fits into one window is scanned as a whole.
    fn stream(&self, stream: &mut dyn Stream, window: &mut Vec<u8>) -> (Detection, LineHashes, Option<io::Error>) {
        window.resize(WINDOW, 0);
        let (filled, mut error) = fill(stream, window, 0);
        if filled < window.len() {
            let (detection, hashes) = self.whole(&window[..filled], None);
            return (detection, hashes, error);
        }
        let mut session = self.begin();
        feed(&mut session, stream, window, filled, &mut error);
        while error.is_none() && session.again() {
            match stream.rewind() {
                Ok(true) => feed(&mut session, stream, window, 0, &mut error),
                // What only a second reading could tell is not known.
                Ok(false) => break,
                Err(failed) => error = Some(failed),
            }
        }
        (session.finish(), LineHashes::new(), error)
    }
}

/// Feeds a stream of which the first bytes are in the window already; stops where reading fails.
fn feed(
    session: &mut Session<'_>,
    stream: &mut dyn Stream,
    window: &mut [u8],
    mut filled: usize,
    error: &mut Option<io::Error>,
) {
    loop {
        if error.is_none() {
            (filled, *error) = fill(stream, window, filled);
        }
        if filled < window.len() {
            session.feed(&window[..filled], true);
            return;
        }
        let done = session.feed(window, false);
        window.copy_within(done.., 0);
        filled -= done;
    }
}

/// Reads until the window is full, the stream ends or fails; `filled` bytes are there already.
fn fill(stream: &mut dyn Stream, window: &mut [u8], mut filled: usize) -> (usize, Option<io::Error>) {
    while filled < window.len() {
        match stream.read(&mut window[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (filled, Some(error)),
        }
    }
    (filled, None)
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
        home.blobs += own.blobs;
        home.bytes += own.bytes;
        home.commits += own.commits;
        home.trace = own.trace.or(home.trace.take());
    }
}

impl Collected {
    /// Takes what was found in one text. `hashes`: of its lines, as far as they are known.
    fn add(
        &mut self,
        origin: &Origin,
        location: Where,
        detection: Detection,
        hashes: &LineHashes,
        min_confidence: Confidence,
    ) {
        let mut retired = detection.retired;
        for rejected in detection.rejected {
            if !detection.candidates.is_empty() {
                self.masked.insert(rejected.secret.clone());
            }
            retired.add(rejected);
        }
        for (kind, count) in retired.counts {
            *self.rejected.entry(kind.id()).or_default() += count;
        }
        self.masked.extend(retired.doubtful);
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
