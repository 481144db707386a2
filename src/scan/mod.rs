//! The pipeline: a source's content through the detector, then through the policy, into a report.

mod assemble;
mod worker;

use std::sync::atomic::AtomicU64;

use bstr::BString;

use self::worker::Collected;
use crate::{
    detect::Detector,
    finding::Confidence,
    report::Report,
    source::{Source, SourceError},
    suppress::Policy,
    trace::{Question, Trace},
};

/// How far a scan has come; read while it runs.
#[derive(Debug, Default)]
pub struct Progress {
    pub blobs: AtomicU64,
    /// How many there will be; 0: that is not known.
    pub expected: AtomicU64,
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
    let pool = worker::Pool::new(detector, min_confidence, progress);
    source.visit(&pool)?;
    let collected = pool.collected();
    let old = if collected.found.is_empty() { Collected::default() } else { old(source, detector, min_confidence)? };
    assemble::report(source, detector, policy, collected, old)
}

/// What was there before.
fn old<S: Source>(source: &S, detector: &Detector, min_confidence: Confidence) -> Result<Collected, SourceError> {
    let progress = Progress::default();
    let pool = worker::Pool::new(detector, min_confidence, &progress);
    source.settle(&pool)?;
    Ok(pool.collected())
}

/// As [`run`], and what was made of one line of what `source` has: the path of one file, and the trace. `None`: its content
/// was not looked at.
pub fn explain<S: Source>(
    source: &S,
    detector: &Detector,
    policy: &Policy,
    min_confidence: Confidence,
    question: Question,
) -> Result<(Report, Option<(BString, Trace)>), SourceError> {
    let progress = Progress::default();
    let pool = worker::Pool::new(detector, min_confidence, &progress).asking(question);
    source.visit(&pool)?;
    let mut collected = pool.collected();
    let trace = collected.trace.take();
    Ok((assemble::report(source, detector, policy, collected, Collected::default())?, trace))
}
