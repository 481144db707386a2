//! The working tree: files as they are now.

use std::{
    fs::File,
    io::{Read, Seek},
    path::PathBuf,
};

use bstr::ByteSlice;

use super::{Attribution, Blob, Content, Source, SourceError, Worker, Workers};
use crate::{
    finding::Secret,
    origin::{Origin, Tracking},
};

/// Files below a directory.
pub struct Worktree {
    pub root: PathBuf,
}

impl Source for Worktree {
    fn visit<W: Workers>(&self, workers: &W) -> Result<(), SourceError> {
        let walk = ignore::WalkBuilder::new(&self.root).hidden(false).threads(2).build_parallel();
        walk.run(|| {
            let mut worker = workers.worker();
            let mut buffer = Vec::new();
            Box::new(move |entry| {
                let Ok(entry) = entry else { return ignore::WalkState::Continue };
                if !entry.file_type().is_some_and(|kind| kind.is_file()) {
                    return ignore::WalkState::Continue;
                }
                let path = entry.path().strip_prefix(&self.root).unwrap_or(entry.path());
                let path = <[u8]>::from_path(path).unwrap_or_default().into();
                let origin = Origin::File { path, tracking: Tracking::Untracked };
                let Ok(mut file) = File::open(entry.path()) else { return ignore::WalkState::Continue };
                buffer.clear();
                if file.by_ref().take(8 << 20).read_to_end(&mut buffer).is_ok() {
                    if buffer.len() < 8 << 20 {
                        worker.blob(Blob { origin: &origin, content: Content::Bytes(&buffer) });
                    } else if file.rewind().is_ok() {
                        worker.blob(Blob { origin: &origin, content: Content::Stream(&mut file) });
                    }
                }
                ignore::WalkState::Continue
            })
        });
        Ok(())
    }

    fn settle(&self, found: &[(&str, &Secret)]) -> Result<Vec<bool>, SourceError> {
        Ok(vec![false; found.len()])
    }

    fn attribute(&self, origins: &[&Origin]) -> Result<Vec<Attribution>, SourceError> {
        Ok(vec![Attribution::default(); origins.len()])
    }
}
