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
        self.of_remote(remote, "url")
    }

    /// Whether what is pushed to a remote goes to another place than what is fetched from it comes from
    /// (`remote.NAME.pushurl`): what the clone knows of its branches says nothing of that place then.
    pub(in crate::source) fn is_pushed_elsewhere(&self, remote: &str) -> bool {
        let places = |key: &str| self.of_remote(remote, key).iter().map(|url| place(url)).collect::<Vec<_>>();
        let (fetched, pushed) = (places("url"), places("pushurl"));
        pushed.iter().any(|place| !fetched.contains(place))
    }

    fn of_remote(&self, remote: &str, key: &str) -> Vec<String> {
        let local = self.local();
        let config = local.config_snapshot();
        let sections = config.plumbing().sections_by_name("remote").into_iter().flatten();
        let ours = sections.filter(|section| section.header().subsection_name().is_some_and(|name| name == remote));
        ours.flat_map(|section| section.body().values(key)).map(|url| url.to_string()).collect()
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

/// The place that a URL names, however it is reached: `git@host:a/b.git` is that of `https://host/a/b`.
fn place(url: &str) -> String {
    let (authority, path) = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/').unwrap_or((rest, "")),
        None => url.split_once(':').unwrap_or(("", url)),
    };
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = host.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let path = if host.is_empty() { path.trim_end_matches('/') } else { path.trim_matches('/') };
    format!("{host}/{}", path.strip_suffix(".git").unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_one_place_are_told_from_others() {
        let same = [
            "https://host.example/a/b",
            "git@host.example:a/b.git",
            "ssh://git@HOST.example:22/a/b.git/",
            "https://u:p@host.example/a/b",
        ];
        for url in same {
            assert_eq!(place(url), "host.example/a/b", "{url}");
        }
        for url in
            ["https://host.example/a/c", "https://other.example/a/b", "../a/b", "/a/b", "git@host.example:fork/b"]
        {
            assert_ne!(place(url), "host.example/a/b", "{url}");
        }
    }
}
