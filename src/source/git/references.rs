//! Branches, tags and all other references, and the commits that they lead to.

use gix::{ObjectId, bstr::BString};

use super::{Git, causes};

/// Branches, tags and all other references.
#[derive(Debug, Default)]
pub(in crate::source) struct References {
    pub(in crate::source) named: Vec<(BString, ObjectId)>,
    /// What is wrong with each that cannot be read.
    pub(in crate::source) broken: Vec<String>,
}

impl Git {
    /// The URLs of a remote, as they are configured.
    pub(in crate::source) fn urls(&self, remote: &str) -> Vec<String> {
        let local = self.local();
        let config = local.config_snapshot();
        let sections = config.plumbing().sections_by_name("remote").into_iter().flatten();
        let ours = sections.filter(|section| section.header().subsection_name().is_some_and(|name| name == remote));
        ours.flat_map(|section| section.body().values("url")).map(|url| url.to_string()).collect()
    }

    /// The full names of all references, HEAD excepted, and the objects they name, tags followed as far as git has noted
    /// where they lead; and what is wrong with those that cannot be read. Fails if they cannot be listed.
    pub(in crate::source) fn references(&self) -> Result<References, String> {
        let local = self.local();
        let platform = local.references().map_err(|error| causes(&error))?;
        let all = platform.all().map_err(|error| causes(&error))?;
        let mut references = References::default();
        for reference in all {
            let mut reference = match reference {
                Ok(reference) => reference,
                Err(error) => {
                    references.broken.push(error.to_string());
                    continue;
                }
            };
            let name = reference.name().as_bstr().to_owned();
            // One that leads nowhere reaches no commit.
            if let Ok(id) = reference.peel_to_id() {
                references.named.push((name, id.detach()));
            }
        }
        Ok(references)
    }
}
