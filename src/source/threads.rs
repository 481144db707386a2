//! Threads for parallel iterators.

use super::SourceError;

/// So many threads.
pub(super) fn pool(threads: usize) -> Result<rayon::ThreadPool, SourceError> {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(|error| SourceError {
        message: format!("threads cannot be started: {error}"),
        help: "ask for fewer with `--threads`".to_owned(),
    })
}
