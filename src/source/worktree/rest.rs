//! What the walk did not meet: files that are named, and entries of the index that are not on disk.

use bstr::{BString, ByteSlice};
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

use super::{
    super::{
        SourceError, Worker, Workers,
        git::{Index, ObjectId, Repository},
    },
    named::Named,
    scan::Scanner,
    tree::{Tree, parent_of},
};
use crate::origin::{Problem, SkipReason};

/// So few are not worth starting threads for.
const FEW: usize = 16;

/// Something that is left to scan.
enum Job {
    /// A file that is named.
    File(BString),
    /// All versions of a conflict, nothing of which is on disk.
    Conflict(usize),
    /// An object in place of a file that is not checked out.
    Object(BString, ObjectId),
}

/// Scans files that are named and what is not checked out. After the walk: what that met is not looked at again.
pub(super) fn scan<W: Workers>(
    tree: &Tree<'_>,
    named: &[Named],
    threads: usize,
    workers: &W,
) -> Result<(), SourceError> {
    let mut scanner = Scanner::new(tree, workers.worker());
    let files = named.iter().filter(|named| !named.is_directory);
    let mut jobs: Vec<_> = files.map(|named| Job::File(named.path.clone())).collect();
    // A file's entry is met before the entries below the directories are looked through.
    for path in jobs.iter().filter_map(|job| if let Job::File(path) = job { Some(path) } else { None }) {
        let parent = tree.directory(parent_of(path.as_bstr()));
        if let Some(index) = tree.index()
            && let Some(entry) = index.find(parent.entries.clone(), path)
        {
            tree.meet(index.stages(entry));
        }
    }
    for directory in named.iter().filter(|named| named.is_directory) {
        let entries = tree.directory(directory.below().as_bstr()).entries.clone();
        // A directory that is named may have taken the place of a tracked file.
        let replaced = tree.index().and_then(|index| {
            let entry = index.find(0..index.len(), &directory.path)?;
            index.object(entry).map(|_| entry)
        });
        for entry in replaced.into_iter().chain(entries) {
            if let Some(index) = tree.index().filter(|_| !tree.is_met(entry)) {
                tree.meet(index.stages(entry));
                absent(&mut scanner, index, entry, &mut jobs);
            }
        }
    }
    if jobs.len() <= FEW || threads == 1 {
        for job in &jobs {
            run(&mut scanner, job);
        }
        return Ok(());
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|error| SourceError {
        message: format!("threads cannot be started: {error}"),
        help: "ask for fewer with `--threads`".to_owned(),
    })?;
    pool.install(|| {
        let each = jobs.into_par_iter().with_min_len(FEW);
        each.for_each_init(|| Scanner::new(tree, workers.worker()), |scanner, job| run(scanner, &job));
    });
    Ok(())
}

fn run<W: Worker>(scanner: &mut Scanner<'_, W>, job: &Job) {
    let tree = scanner.tree;
    match job {
        Job::File(path) => {
            let parent = tree.directory(parent_of(path.as_bstr()));
            if let Some(on_disk) = tree.on_disk(path.as_bstr()) {
                scanner.named(&parent, path.as_bstr(), &on_disk);
            }
        }
        Job::Conflict(entry) => {
            if let Some(index) = tree.index() {
                scanner.staged(index.path(*entry), *entry, None);
            }
        }
        Job::Object(path, id) => scanner.object(path.as_bstr(), *id),
    }
}

/// An entry of the index that the walk did not meet.
fn absent<W: Worker>(scanner: &mut Scanner<'_, W>, index: &Index, entry: usize, jobs: &mut Vec<Job>) {
    let path = index.path(entry);
    let tree = scanner.tree;
    if tree.excludes_within(path.strip_suffix(b"/").unwrap_or(path).as_bstr(), index.is_directory(entry)) {
        scanner.skip(SkipReason::Excluded, path);
    } else if index.is_submodule(entry) {
        scanner.skip(SkipReason::Submodule, path);
    } else if index.is_conflict(entry) {
        jobs.push(Job::Conflict(entry));
    } else if let Some(id) = index.object(entry).filter(|_| index.is_directory(entry)) {
        let blobs = scanner.objects_below(path, id);
        let wanted = blobs.into_iter().filter(|(path, _)| {
            let is_excluded = tree.excludes_within(path.as_bstr(), false);
            if is_excluded {
                scanner.skip(SkipReason::Excluded, path.as_bstr());
            }
            !is_excluded
        });
        jobs.extend(wanted.map(|(path, id)| Job::Object(path, id)));
    } else if let Some(id) = index.object(entry).filter(|_| index.is_sparse(entry)) {
        jobs.push(Job::Object(path.to_owned(), id));
    } else if index.object(entry).is_some() {
        scanner.deleted(path, entry);
    } else {
        scanner.skip(SkipReason::Deleted, path);
    }
}

/// Reports objects that are not in this clone: once, however many they are.
pub(super) fn report_missing<W: Workers>(tree: &Tree<'_>, workers: &W) {
    let missing = tree.take_missing();
    let Some(path) = missing.path else { return };
    let others = if missing.count == 1 { String::new() } else { format!(", nor that of {} others", missing.count - 1) };
    workers.worker().problem(Problem {
        path,
        message: format!("what is staged for it is not in this clone{others}"),
        help: "a partial clone leaves content out; `git fetch --refetch --no-filter` gets all of it".to_owned(),
    });
}

/// Reports ignore rules that could not be read: what they would have hidden was scanned.
pub(super) fn report_unusable_rules<W: Workers>(tree: &Tree<'_>, workers: &W) {
    let mut worker = workers.worker();
    for problem in tree.repository.into_iter().flat_map(Repository::unusable_rules) {
        worker.problem(Problem { path: tree.reported(problem.path.as_bstr()), ..problem });
    }
}

/// The directories that are named and not left out, relative to the tree.
pub(super) fn directories<W: Workers>(tree: &Tree<'_>, named: &[Named], workers: &W) -> Vec<BString> {
    let mut directories = Vec::new();
    for named in named.iter().filter(|named| named.is_directory) {
        let path = named.path.as_bstr();
        let below = named.below();
        if !path.is_empty() && tree.excludes_within(path, true) {
            tree.meet(tree.directory(below.as_bstr()).entries.clone());
            Scanner::new(tree, workers.worker()).skip(SkipReason::Excluded, path);
            continue;
        }
        tree.request(below.as_bstr());
        directories.push(named.path.clone());
    }
    directories
}
