//! Versions of files that git has, each scanned at its path: what commits and the index are made of.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use bstr::{BString, ByteSlice};

use super::{
    Blob, Content, SourceError, Worker, Workers,
    git::{Git, ObjectError, ObjectId, Objects},
    lfs,
};
use crate::{
    glob::PathGlobs,
    origin::{ObjectName, Origin, Problem, Skip, SkipReason},
};

/// So many are worth starting a thread for.
const WORTH_A_THREAD: usize = 6;

/// What an object has at a path.
pub(super) type Version = (BString, ObjectId);

/// Scans versions, those of excluded paths excepted, on so many threads, of which the caller's is one.
pub(super) fn scan<W: Workers>(
    git: &Git,
    versions: &[Version],
    exclude: &PathGlobs,
    threads: usize,
    workers: &W,
) -> Result<(), SourceError> {
    let next = AtomicUsize::new(0);
    let work = || {
        let (mut worker, mut objects) = (workers.worker(), git.objects());
        while let Some(version) = versions.get(next.fetch_add(1, Ordering::Relaxed)) {
            one(version, exclude, &mut worker, &mut objects);
        }
    };
    on_threads(threads.min(versions.len() / WORTH_A_THREAD), work).map(drop)
}

/// Does something on so many threads, of which the caller's is one, at least.
pub(super) fn on_threads<T: Send>(threads: usize, work: impl Fn() -> T + Sync) -> Result<Vec<T>, SourceError> {
    thread::scope(|scope| {
        let mut started = Vec::new();
        for _ in 1..threads {
            let thread = thread::Builder::new().spawn_scoped(scope, &work).map_err(|error| SourceError {
                message: format!("a thread cannot be started: {error}"),
                help: "ask for fewer with `--threads`".to_owned(),
            })?;
            started.push(thread);
        }
        let own = work();
        let join = |thread: thread::ScopedJoinHandle<'_, T>| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        Ok(started.into_iter().map(join).chain([own]).collect())
    })
}

fn one<W: Worker>((path, id): &Version, exclude: &PathGlobs, worker: &mut W, objects: &mut Objects) {
    if !exclude.is_empty() && exclude.matches(path.as_bstr(), false) {
        return worker.skipped(Skip { reason: SkipReason::Excluded, path: path.clone() });
    }
    match objects.blob(*id) {
        Ok(content) if lfs::is_pointer(content) => {
            worker.skipped(Skip { reason: SkipReason::LfsPointer, path: path.clone() });
        }
        Ok(content) => {
            let origin = Origin::Version { path: path.clone(), object: name(*id) };
            worker.blob(Blob { origin: &origin, content: Content::Bytes(content) });
        }
        Err(error) => worker.problem(unreadable(path, *id, &error)),
    }
}

/// The id as plain data.
pub(super) fn name(id: ObjectId) -> ObjectName {
    ObjectName::new(id.as_bytes()).expect("invariant: git's hashes have 20 or 32 bytes")
}

/// The problem of an object that cannot be had.
pub(super) fn unreadable(path: &BString, id: ObjectId, error: &ObjectError) -> Problem {
    let (message, help) = error.explained(id);
    Problem { path: path.clone(), message, help }
}
