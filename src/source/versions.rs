//! Versions of files that git has, each scanned at its path: what commits and the index are made of.

use bstr::{BString, ByteSlice};
use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};

use super::{
    Blob, Content, SourceError, Worker, Workers,
    git::{Git, ObjectError, ObjectId, Objects},
    lfs,
};
use crate::{
    glob::PathGlobs,
    origin::{ObjectName, Origin, Problem, Skip, SkipReason},
};

/// So few are not worth starting threads for.
const FEW: usize = 16;

/// What an object has at a path.
pub(super) type Version = (BString, ObjectId);

/// Scans versions, those of excluded paths excepted, on so many threads.
pub(super) fn scan<W: Workers>(
    git: &Git,
    versions: &[Version],
    exclude: &PathGlobs,
    threads: usize,
    workers: &W,
) -> Result<(), SourceError> {
    if versions.len() <= FEW || threads == 1 {
        let (mut worker, mut objects) = (workers.worker(), git.objects());
        for version in versions {
            one(version, exclude, &mut worker, &mut objects);
        }
        return Ok(());
    }
    in_threads(threads)?.install(|| {
        let each = versions.par_iter().with_min_len(FEW);
        each.for_each_init(
            || (workers.worker(), git.objects()),
            |(worker, objects), version| one(version, exclude, worker, objects),
        );
    });
    Ok(())
}

/// So many threads, for parallel iterators.
pub(super) fn in_threads(threads: usize) -> Result<rayon::ThreadPool, SourceError> {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|error| SourceError {
        message: format!("threads cannot be started: {error}"),
        help: "ask for fewer with `--threads`".to_owned(),
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
