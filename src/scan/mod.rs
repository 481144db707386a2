//! The pipeline: a source's content through the detector, then through the policy, into a report.

mod assemble;
mod worker;

use std::sync::atomic::AtomicU64;

use crate::{
    detect::Detector,
    finding::Confidence,
    report::Report,
    source::{Source, SourceError},
    suppress::Policy,
};

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
    let pool = worker::Pool::new(detector, min_confidence, progress);
    source.visit(&pool)?;
    assemble::report(source, detector, policy, pool.collected())
}
