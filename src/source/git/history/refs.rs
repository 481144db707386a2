//! What a repository's own names lead to: references, HEAD of every working tree, and reflogs. Stashes are both.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use gix::{
    ObjectId,
    bstr::{BString, ByteSlice},
};

use super::super::{Git, ObjectError, causes, is_absent};
use crate::{origin::Problem, platform, source::open};

const HELP: &str = "`git fsck` says more; what only this leads to may be missed";

/// References that each working tree has for itself, from git's `gitrepository-layout`.
const PRIVATE: [&str; 3] = ["refs/bisect", "refs/rewritten", "refs/worktree"];

/// Where reachability starts.
#[derive(Debug, Default)]
pub(in crate::source) struct Tips {
    /// References by their full names, in order, and what they point to.
    pub(in crate::source) refs: Vec<(BString, ObjectId)>,
    /// The names of references that name other ones.
    pub(in crate::source) symbolic: Vec<BString>,
    /// HEAD of each working tree that names a commit and no branch, by what git calls it.
    pub(in crate::source) heads: Vec<(BString, ObjectId)>,
    /// What reflogs and the references of single working trees name.
    pub(in crate::source) others: Vec<ObjectId>,
    /// What is checked out here.
    pub(in crate::source) head: Option<ObjectId>,
    /// What of these cannot be read.
    pub(in crate::source) problems: Vec<Problem>,
}

impl Tips {
    /// Reads all of them.
    pub(in crate::source) fn read(git: &Git) -> Self {
        let mut tips = Self::default();
        let local = git.local();
        tips.read_refs(&local);
        match git.head() {
            Ok(head) => {
                tips.head = head;
                tips.heads.extend(head.map(|head| ("HEAD".into(), head)));
            }
            // Where HEAD points to nothing that is there, the rest is looked at all the same.
            Err(error) => {
                let what = match error {
                    ObjectError::Broken(what) | ObjectError::Unavailable(what) => what,
                    ObjectError::Missing => "its commit is not there".to_owned(),
                };
                tips.problem("HEAD", &what);
            }
        }
        let common = local.common_dir().to_owned();
        let mut private = vec![(BString::from("main-worktree"), common.clone())];
        for directory in tips.list(&common.join("worktrees")) {
            let name = directory.file_name().unwrap_or_default();
            private.push((format!("worktrees/{}", name.display()).into(), directory));
        }
        let own = platform::canonical(local.git_dir());
        // Where that cannot be told, a HEAD is read twice rather than not at all.
        let is_own =
            |directory: &Path| matches!((platform::canonical(directory), &own), (Ok(one), Ok(own)) if one == *own);
        for (name, directory) in private {
            if !is_own(&directory) {
                tips.read_head(format!("{name}/HEAD").into(), &directory.join("HEAD"));
            }
            for kind in PRIVATE {
                tips.read_private(directory.join(kind));
            }
            tips.read_logs(directory.join("logs"));
        }
        tips.refs.sort();
        tips.others.sort_unstable();
        tips.others.dedup();
        tips
    }

    fn problem(&mut self, what: &str, error: &str) {
        let message = format!("it cannot be read: {error}");
        self.problems.push(Problem { path: what.into(), message, help: HELP.to_owned() });
    }

    fn read_refs(&mut self, local: &gix::Repository) {
        let references = match local.references() {
            Ok(references) => references,
            Err(error) => return self.problem("refs", &causes(&error)),
        };
        let all = match references.all() {
            Ok(all) => all,
            Err(error) => return self.problem("refs", &causes(&error)),
        };
        for reference in all {
            match reference {
                // Symbolic ones name others that are listed themselves; a mirror gets them as branches.
                Ok(reference) => {
                    let name = reference.name().as_bstr().to_owned();
                    match reference.try_id() {
                        Some(id) => self.refs.push((name, id.detach())),
                        None => self.symbolic.push(name),
                    }
                }
                Err(error) => self.problem("refs", &error.to_string()),
            }
        }
    }

    /// HEAD of another working tree, if it is detached: otherwise it names a branch.
    fn read_head(&mut self, name: BString, path: &Path) {
        match read(path) {
            Ok(Some(text)) => self.heads.extend(ObjectId::from_hex(text.trim()).ok().map(|id| (name, id))),
            Ok(None) => {}
            Err(error) => self.problem(&path.display().to_string(), &error.to_string()),
        }
    }

    /// The references in a directory, which are not listed with the others.
    fn read_private(&mut self, directory: PathBuf) {
        self.each_file(directory, |tips, text| tips.others.extend(ObjectId::from_hex(text.trim()).ok()));
    }

    /// Everything that reflogs below a directory name.
    fn read_logs(&mut self, directory: PathBuf) {
        self.each_file(directory, |tips, text| {
            // `OLD NEW NAME <ADDRESS> TIME ZONE\tMESSAGE`; zeros are no object.
            let ids = text.lines().flat_map(|line| line.split(|byte| *byte == b' ').take(2));
            tips.others.extend(ids.filter_map(|id| ObjectId::from_hex(id).ok()).filter(|id| !id.is_null()));
        });
    }

    /// Reads all files below a directory.
    fn each_file(&mut self, directory: PathBuf, take: impl Fn(&mut Self, &[u8])) {
        let mut pending = vec![directory];
        while let Some(directory) = pending.pop() {
            for path in self.list(&directory) {
                if path.is_dir() && !path.is_symlink() {
                    pending.push(path);
                    continue;
                }
                match read(&path) {
                    Ok(text) => take(self, &text.unwrap_or_default()),
                    Err(error) => self.problem(&path.display().to_string(), &error.to_string()),
                }
            }
        }
    }

    /// What is in a directory, if it is there.
    fn list(&mut self, directory: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(directory).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        match entries {
            Ok(entries) => entries.into_iter().map(|entry| entry.path()).collect(),
            Err(error) => {
                if !is_absent(&error) {
                    self.problem(&directory.display().to_string(), &error.to_string());
                }
                Vec::new()
            }
        }
    }
}

/// The content of a file of any length; `None`: there is none.
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let mut text = Vec::new();
    match open::target(path) {
        Ok(Some((mut file, _))) => io::Read::read_to_end(&mut file, &mut text).map(|_| Some(text)),
        Ok(None) => Err(io::Error::other("it is no regular file")),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(error),
    }
}
