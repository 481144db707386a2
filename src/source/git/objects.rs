//! Objects by their id: read whole, and taken for what they are only if their content has that id.

use std::collections::HashMap;

use gix::{
    ObjectId,
    bstr::{BStr, BString, ByteVec},
    objs::{self, Find, TreeRefIter},
};

use super::causes;

/// Why an object cannot be had.
#[derive(Debug)]
pub(in crate::source) enum ObjectError {
    /// It is not in this clone.
    Missing,
    /// It is not in this clone, as far as that can be told: these could not be looked into.
    Unavailable(String),
    Broken(String),
}

impl ObjectError {
    /// What is wrong with the object, and what to do about it.
    pub(in crate::source) fn explained(&self, id: ObjectId) -> (String, String) {
        match self {
            Self::Missing => (
                format!("object {id} is not in this clone"),
                "a partial or damaged clone lacks it: `git fsck` tells which; `git fetch --refetch` gets all objects, a \
                 clone without --filter has them"
                    .to_owned(),
            ),
            Self::Unavailable(what) => (
                format!("object {id} is not in this clone, and {what}"),
                "make it readable: the object may be there".to_owned(),
            ),
            Self::Broken(what) => (
                format!("object {id} cannot be read: {what}"),
                "`git fsck` names what is broken; a fresh clone, or `git fetch --refetch`, brings it back".to_owned(),
            ),
        }
    }
}

/// Objects of one repository, each read whole into the same memory; for one thread.
pub(in crate::source) struct Objects {
    handle: gix::OdbHandle,
    /// Further stores, asked where the repository's own has no such object.
    more: Vec<gix::odb::Handle>,
    /// Stores that could not be opened, and why.
    unavailable: Vec<String>,
    read: Vec<u8>,
}

impl Objects {
    pub(super) fn new(handle: gix::OdbHandle, more: Vec<gix::odb::Handle>, unavailable: Vec<String>) -> Self {
        Self { handle, more, unavailable, read: Vec::new() }
    }

    /// The content of a blob, which is what its id says.
    pub(in crate::source) fn blob(&mut self, id: ObjectId) -> Result<&[u8], ObjectError> {
        self.object(id, objs::Kind::Blob)
    }

    /// The blobs below a tree: path, beginning with `prefix`, and object of each. Submodules have none.
    pub(in crate::source) fn blobs_below(
        &mut self,
        tree: ObjectId,
        prefix: &BStr,
    ) -> Result<Vec<(BString, ObjectId)>, ObjectError> {
        let mut blobs = Vec::new();
        let mut trees = vec![(prefix.to_owned(), tree)];
        while let Some((prefix, tree)) = trees.pop() {
            let kind = tree.kind();
            for entry in TreeRefIter::from_bytes(self.object(tree, objs::Kind::Tree)?, kind) {
                let entry = entry.map_err(|error| ObjectError::Broken(causes(&error)))?;
                let mut path = prefix.clone();
                path.push_str(entry.filename);
                if entry.mode.is_tree() {
                    path.push(b'/');
                    trees.push((path, entry.oid.to_owned()));
                } else if entry.mode.is_blob_or_symlink() {
                    blobs.push((path, entry.oid.to_owned()));
                }
            }
        }
        Ok(blobs)
    }

    /// What a tree names, by name.
    pub(super) fn tree_entries(&mut self, tree: ObjectId) -> Result<HashMap<BString, ObjectId>, ObjectError> {
        let kind = tree.kind();
        let entries = TreeRefIter::from_bytes(self.object(tree, objs::Kind::Tree)?, kind);
        entries
            .map(|entry| entry.map(|entry| (entry.filename.to_owned(), entry.oid.to_owned())))
            .collect::<Result<_, _>>()
            .map_err(|error| ObjectError::Broken(causes(&error)))
    }

    /// The content of a commit.
    pub(in crate::source) fn commit(&mut self, id: ObjectId) -> Result<&[u8], ObjectError> {
        self.object(id, objs::Kind::Commit)
    }

    /// The tree of a commit.
    pub(in crate::source) fn tree_of(&mut self, commit: ObjectId) -> Result<ObjectId, ObjectError> {
        let kind = commit.kind();
        let content = self.object(commit, objs::Kind::Commit)?;
        objs::CommitRefIter::from_bytes(content, kind).tree_id().map_err(|error| ObjectError::Broken(causes(&error)))
    }

    /// Whether an object is a commit, or a tag of one. One that cannot be read may be.
    pub(in crate::source) fn leads_to_commit(&mut self, mut id: ObjectId) -> bool {
        loop {
            match self.any(id) {
                Ok((objs::Kind::Tag, content)) => match objs::TagRef::from_bytes(content, id.kind()) {
                    Ok(tag) => id = tag.target(),
                    Err(_) => return true,
                },
                Ok((kind, _)) => return kind == objs::Kind::Commit,
                Err(_) => return true,
            }
        }
    }

    /// The content of a tree; `None` is an empty one.
    pub(super) fn tree(&mut self, tree: Option<ObjectId>) -> Result<Vec<u8>, ObjectError> {
        tree.map_or(Ok(Vec::new()), |tree| self.object(tree, objs::Kind::Tree).map(<[u8]>::to_vec))
    }

    /// The content of an object of this kind, which is what its id says.
    pub(in crate::source) fn object(&mut self, id: ObjectId, kind: objs::Kind) -> Result<&[u8], ObjectError> {
        let (found, content) = self.any(id)?;
        if found == kind {
            Ok(content)
        } else {
            Err(ObjectError::Broken(format!("object {id} is a {found}, not a {kind}")))
        }
    }

    /// An object of any kind, the content of which is what its id says.
    pub(in crate::source) fn any(&mut self, id: ObjectId) -> Result<(objs::Kind, &[u8]), ObjectError> {
        let mut found = self.handle.try_find(&id, &mut self.read).map(|found| found.map(|object| object.kind));
        for store in &self.more {
            if matches!(found, Ok(Some(_))) {
                break;
            }
            let here = store.try_find(&id, &mut self.read).map(|found| found.map(|object| object.kind));
            found = here.and_then(|here| if here.is_some() { Ok(here) } else { found });
        }
        match found {
            Ok(Some(kind)) => {
                // Who put a valid object in the place of another would be believed otherwise.
                if objs::compute_hash(id.kind(), kind, &self.read).is_ok_and(|actual| actual == id) {
                    Ok((kind, &self.read))
                } else {
                    Err(ObjectError::Broken(format!("object {id} holds other content")))
                }
            }
            // git knows it without having it.
            Ok(None) if id.is_empty_tree() => {
                self.read.clear();
                Ok((objs::Kind::Tree, &self.read))
            }
            Ok(None) if self.unavailable.is_empty() => Err(ObjectError::Missing),
            Ok(None) => Err(ObjectError::Unavailable(self.unavailable.join("; "))),
            Err(error) => Err(ObjectError::Broken(causes(&error))),
        }
    }
}
