//! What differs between two trees: only directories that differ are read.

use std::{cmp::Ordering, iter::Peekable};

use gix::{
    ObjectId,
    bstr::{BString, ByteSlice},
    objs::{
        TreeRefIter,
        tree::{EntryMode, EntryRef},
    },
};

use super::{ObjectError, Objects, causes};

/// How deep directories may be in one another; git itself goes no deeper (`core.maxTreeDepth`, 4096 where it was brought in).
pub(in crate::source) const MAX_DEPTH: usize = 4096;

/// How many files two trees may differ in: trees can be made so that a few objects are more files than any memory holds.
const MAX_FILES: usize = 4 << 20;

fn endless() -> ObjectError {
    ObjectError::Broken(format!(
        "it has more than {MAX_FILES} files that are new, or directories more than {MAX_DEPTH} deep: it is made so that it has \
         no end"
    ))
}

/// What differs at a path; `None`: there is nothing that has content, as where a submodule is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::source) struct Change {
    pub(in crate::source) path: BString,
    pub(in crate::source) old: Option<ObjectId>,
    pub(in crate::source) new: Option<ObjectId>,
}

impl Change {
    /// `None`: the content is the same.
    pub(super) fn at(path: &[u8], old: Option<ObjectId>, new: Option<ObjectId>) -> Option<Self> {
        (old != new).then(|| Self { path: path.into(), old, new })
    }
}

/// An entry of a tree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry<'a> {
    pub(super) name: &'a [u8],
    pub(super) mode: EntryMode,
    pub(super) id: ObjectId,
}

impl Entry<'_> {
    /// The object, if it is the content of a file or the text of a link.
    pub(super) fn blob(&self) -> Option<ObjectId> {
        self.mode.is_blob_or_symlink().then_some(self.id)
    }

    /// The commit, if it is a submodule.
    pub(super) fn submodule(&self) -> Option<ObjectId> {
        self.mode.is_commit().then_some(self.id)
    }

    /// The object, if it is a directory.
    pub(super) fn tree(&self) -> Option<ObjectId> {
        self.mode.is_tree().then_some(self.id)
    }
}

/// The entries of a tree, in git's order: a directory is where its name with `/` at the end belongs.
pub(super) fn entries(tree: &[u8], kind: gix::hash::Kind) -> impl Iterator<Item = Result<Entry<'_>, ObjectError>> {
    TreeRefIter::from_bytes(tree, kind).map(|entry| {
        let EntryRef { mode, filename, oid } = entry.map_err(|error| ObjectError::Broken(causes(&error)))?;
        Ok(Entry { name: filename.as_bytes(), mode, id: oid.to_owned() })
    })
}

/// git's order of the entries of trees, of which some are directories.
pub(super) fn order(a: &[u8], a_is_tree: bool, b: &[u8], b_is_tree: bool) -> Ordering {
    let common = a.len().min(b.len());
    let next = |name: &[u8], is_tree: bool| name.get(common).copied().or(is_tree.then_some(b'/'));
    a[..common].cmp(&b[..common]).then_with(|| next(a, a_is_tree).cmp(&next(b, b_is_tree)))
}

/// What differs between two trees, in order of path; `None` is an empty one. `path`, which is empty or ends in `/`, is where
/// both are.
pub(in crate::source) fn between(
    objects: &mut Objects,
    old: Option<ObjectId>,
    new: Option<ObjectId>,
    path: BString,
) -> Result<Vec<Change>, ObjectError> {
    let mut changes = Vec::new();
    let mut pending = vec![(path, old, new, 0)];
    while let Some((path, old, new, depth)) = pending.pop() {
        if old == new {
            continue;
        }
        if depth > MAX_DEPTH || changes.len() + pending.len() > MAX_FILES {
            return Err(endless());
        }
        let (old_tree, new_tree) = (objects.tree(old)?, objects.tree(new)?);
        let kind = old.or(new).map_or(gix::hash::Kind::Sha1, |id| id.kind());
        let mut olds = entries(&old_tree, kind).peekable();
        let mut news = entries(&new_tree, kind).peekable();
        while let Some((old, new)) = next_pair(&mut olds, &mut news)? {
            let mut path = path.clone();
            path.extend_from_slice(old.or(new).map_or(&[][..], |entry| entry.name));
            let blob = |entry: Option<Entry<'_>>| entry.and_then(|entry| entry.blob());
            let tree = |entry: Option<Entry<'_>>| entry.and_then(|entry| entry.tree());
            changes.extend(Change::at(&path, blob(old), blob(new)));
            if tree(old) != tree(new) {
                path.push(b'/');
                pending.push((path, tree(old), tree(new), depth + 1));
            }
        }
    }
    changes.sort();
    Ok(changes)
}

/// What a tree has that is not at its path in any of the others.
#[derive(Debug, Default)]
pub(in crate::source) struct Added {
    pub(in crate::source) blobs: Vec<(BString, ObjectId)>,
    /// Trees that cannot be read, and where they are; without one, whatever is there counts as added.
    pub(in crate::source) unreadable: Vec<(BString, ObjectId, ObjectError)>,
}

/// What a tree adds to others: blobs that none of them has at the same path. Only directories that are in none of them are
/// read.
pub(in crate::source) fn added(objects: &mut Objects, tree: ObjectId, others: &[ObjectId]) -> Added {
    let mut added = Added::default();
    let mut pending = vec![(BString::default(), tree, others.to_vec(), 0)];
    while let Some((path, tree, others, depth)) = pending.pop() {
        if others.contains(&tree) {
            continue;
        }
        if depth > MAX_DEPTH || added.blobs.len() + pending.len() > MAX_FILES {
            added.unreadable.push((path, tree, endless()));
            break;
        }
        let mut read = |tree: ObjectId| match objects.tree(Some(tree)) {
            Ok(content) => content,
            Err(error) => {
                added.unreadable.push((path.clone(), tree, error));
                Vec::new()
            }
        };
        let content = read(tree);
        let others: Vec<_> = others.into_iter().map(read).collect();
        let mut others: Vec<_> = others.iter().map(|other| entries(other, tree.kind()).flatten().peekable()).collect();
        for entry in entries(&content, tree.kind()) {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    added.unreadable.push((path.clone(), tree, error));
                    break;
                }
            };
            let found: Vec<_> = others.iter_mut().filter_map(|other| named(other, entry)).collect();
            if !entry.mode.is_tree() && entry.blob().is_none() {
                continue;
            }
            let mut below = path.clone();
            below.extend_from_slice(entry.name);
            if let Some(blob) = entry.blob() {
                if !found.iter().any(|other| other.blob() == Some(blob)) {
                    added.blobs.push((below, blob));
                }
            } else {
                below.push(b'/');
                pending.push((below, entry.id, found.iter().filter_map(Entry::tree).collect(), depth + 1));
            }
        }
    }
    added
}

/// The entry of the same name, if that is what comes next in git's order.
fn named<'a>(entries: &mut Peekable<impl Iterator<Item = Entry<'a>>>, entry: Entry<'_>) -> Option<Entry<'a>> {
    let place = |other: &Entry<'_>| order(other.name, other.mode.is_tree(), entry.name, entry.mode.is_tree());
    while entries.next_if(|other| place(other) == Ordering::Less).is_some() {}
    entries.next_if(|other| place(other) == Ordering::Equal)
}

/// What two trees have of one name.
type Pair<'o, 'n> = (Option<Entry<'o>>, Option<Entry<'n>>);

/// What both lists have next, if it is the same name, or what comes first.
fn next_pair<'o, 'n>(
    olds: &mut Peekable<impl Iterator<Item = Result<Entry<'o>, ObjectError>>>,
    news: &mut Peekable<impl Iterator<Item = Result<Entry<'n>, ObjectError>>>,
) -> Result<Option<Pair<'o, 'n>>, ObjectError> {
    let side = match (olds.peek(), news.peek()) {
        (None, None) => return Ok(None),
        (Some(Ok(_)), None) | (Some(Err(_)), _) => Ordering::Less,
        (None, Some(Ok(_))) | (_, Some(Err(_))) => Ordering::Greater,
        (Some(Ok(old)), Some(Ok(new))) => order(old.name, old.mode.is_tree(), new.name, new.mode.is_tree()),
    };
    let old = if side == Ordering::Greater { None } else { olds.next().transpose()? };
    let new = if side == Ordering::Less { None } else { news.next().transpose()? };
    Ok(Some((old, new)))
}
