//! Standard input as one blob.

use std::io;

use bstr::BString;

use super::{Attribution, Blob, Content, Kept, Source, SourceError, Worker, Workers};
use crate::origin::Origin;

/// Standard input, reported under a name.
pub struct Stdin {
    pub name: BString,
}

impl Source for Stdin {
    fn visit<W: Workers>(&self, workers: &W) -> Result<(), SourceError> {
        let origin = Origin::Stdin { name: self.name.clone() };
        workers.worker().blob(Blob { origin: &origin, content: Content::Stream(&mut Kept::new(io::stdin().lock())) });
        Ok(())
    }

    fn attribute(&self, origins: &[&Origin]) -> Result<Vec<Vec<Attribution>>, SourceError> {
        Ok(vec![vec![Attribution::default()]; origins.len()])
    }
}
