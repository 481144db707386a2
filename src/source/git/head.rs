//! What the last commit holds: whether a version in the index is one that git has committed already.

use std::collections::HashMap;

use gix::{
    ObjectId,
    bstr::{BStr, BString, ByteSlice},
};

use super::{Git, ObjectError, Objects};

/// The tree of HEAD, read directory by directory; for one thread.
pub(in crate::source) struct Head {
    objects: Objects,
    /// `None`: there is no commit yet.
    root: Option<ObjectId>,
    /// The directory that was looked into last, `/` at its end: paths mostly come in order.
    last: Option<(BString, HashMap<BString, ObjectId>)>,
}

impl Head {
    pub(super) fn read(git: &Git) -> Result<Self, ObjectError> {
        let mut objects = git.objects();
        let root = git.head()?.map(|commit| objects.tree_of(commit)).transpose()?;
        Ok(Self::of(objects, root))
    }

    /// What the tree of any commit holds; `None`: nothing.
    pub(super) fn of(objects: Objects, root: Option<ObjectId>) -> Self {
        Self { objects, root, last: None }
    }

    /// The tree of all that the commit holds; `None` if there is no commit yet.
    pub(super) fn root(&self) -> Option<ObjectId> {
        self.root
    }

    /// The object that HEAD has at a path.
    pub(in crate::source) fn object(&mut self, path: &BStr) -> Result<Option<ObjectId>, ObjectError> {
        let (directory, name) = path.split_at(path.rfind_byte(b'/').map_or(0, |slash| slash + 1));
        if self.last.as_ref().is_none_or(|(last, _)| last != directory) {
            let entries = self.entries(directory.as_bstr())?;
            self.last = Some((directory.into(), entries));
        }
        Ok(self.last.as_ref().and_then(|(_, entries)| entries.get(name.as_bstr()).copied()))
    }

    fn entries(&mut self, directory: &BStr) -> Result<HashMap<BString, ObjectId>, ObjectError> {
        let Some(mut tree) = self.root else { return Ok(HashMap::new()) };
        for name in directory.split_str("/").filter(|name| !name.is_empty()) {
            match self.objects.tree_entries(tree)?.remove(name.as_bstr()) {
                Some(next) => tree = next,
                None => return Ok(HashMap::new()),
            }
        }
        self.objects.tree_entries(tree)
    }
}
