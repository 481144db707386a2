//! Whether files of the working tree can hold other bytes than what was staged of them, although nobody touched them: git
//! re-encodes (`working-tree-encoding`) and filters (`filter`) what attributes name.

use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice;

use super::{Repository, ignore::user_config};
use crate::source::open;

const FILE_NAME: &[u8] = b".gitattributes";

impl Repository {
    /// Whether attributes of any file ask for another content on disk; those of Git LFS excepted, whose pointers are told
    /// apart. To be sure is cheap: which files are meant is not asked, and what cannot be read may say anything.
    pub(in crate::source) fn converts(&self) -> bool {
        *self.converts.get_or_init(|| {
            let common = self.git.local().common_dir().join("info").join("attributes");
            let configured = self.git.local().config_snapshot().trusted_path("core.attributesFile");
            let user = configured.map(|path| path.map(|path| self.workdir.join(path)).or_else(user_default));
            let Ok(user) = user else { return true };
            [Some(common), user].into_iter().flatten().any(|path| file_converts(&path)) || self.tree_converts()
        })
    }

    fn tree_converts(&self) -> bool {
        let mut objects = None;
        (0..self.index.len()).any(|position| {
            let path = self.index.path(position);
            if !path.strip_suffix(FILE_NAME).is_some_and(|directory| directory.is_empty() || directory.ends_with(b"/"))
            {
                return false;
            }
            // Git asks the one on disk, and where there is none the one that is staged.
            let objects = objects.get_or_insert_with(|| self.objects());
            let staged = self.index.object(position).map(|id| objects.blob(id).map_or(true, converts));
            let on_disk = path.to_path().map_or(true, |path| file_converts(&self.workdir.join(path)));
            on_disk || staged.unwrap_or_default()
        })
    }
}

fn file_converts(path: &Path) -> bool {
    match open::target(path) {
        Ok(Some((file, _))) => open::read_small(file).map_or(true, |text| converts(&text)),
        Ok(None) => false,
        Err(error) => !super::is_absent(&error),
    }
}

/// Where git looks for attributes of the user if `core.attributesFile` is not set.
fn user_default() -> Option<PathBuf> {
    Some(user_config()?.join("attributes"))
}

fn converts(text: &[u8]) -> bool {
    text.fields().any(|word| {
        word.starts_with(b"working-tree-encoding=")
            || word.strip_prefix(b"filter=").is_some_and(|driver| driver != b"lfs")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_that_change_content() {
        for text in ["*.txt working-tree-encoding=UTF-32", "a filter=x", "[attr]secret\tfilter=crypt diff=crypt\n"] {
            assert!(converts(text.as_bytes()), "{text}");
        }
        for text in ["", "* text=auto eol=crlf ident", "*.psd filter=lfs diff=lfs merge=lfs -text", "a -filter !filter"]
        {
            assert!(!converts(text.as_bytes()), "{text}");
        }
    }
}
