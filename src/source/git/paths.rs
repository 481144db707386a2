//! What trees have at given paths: directories that trees share are read once, and only those on the way to a path.

use std::collections::{BTreeMap, HashMap};

use gix::{
    ObjectId,
    bstr::{BString, ByteSlice},
};

use super::{ObjectError, Objects, changes};

/// Paths, as a tree of their parts.
#[derive(Debug, Default)]
struct Part {
    /// The position of the path that ends here.
    path: Option<usize>,
    below: BTreeMap<BString, usize>,
}

/// Paths to look up; for one thread.
#[derive(Debug)]
pub(in crate::source) struct Lookup {
    parts: Vec<Part>,
    /// What was found below a tree, by the part that it stands for.
    known: HashMap<(ObjectId, usize), Vec<(usize, ObjectId)>>,
}

impl Lookup {
    /// For these paths.
    pub(in crate::source) fn new<'p>(paths: impl IntoIterator<Item = &'p BString>) -> Self {
        let mut parts = vec![Part::default()];
        for (position, path) in paths.into_iter().enumerate() {
            let mut at = 0;
            for name in path.split_str("/") {
                let next = parts.len();
                let below = *parts[at].below.entry(name.into()).or_insert(next);
                if below == next {
                    parts.push(Part::default());
                }
                at = below;
            }
            parts[at].path = Some(position);
        }
        Self { parts, known: HashMap::new() }
    }

    /// The blobs that a tree has at the paths, by the position of the path.
    pub(in crate::source) fn find(
        &mut self,
        objects: &mut Objects,
        tree: ObjectId,
    ) -> Result<Vec<(usize, ObjectId)>, ObjectError> {
        // Whoever made the tree decides how deep it is: no recursion.
        let mut open: Vec<Open> = Vec::new();
        let mut next = Some((tree, 0));
        loop {
            let known = next.and_then(|place| self.known.get(&place).cloned());
            let found = match (known, next) {
                (Some(known), _) => known,
                (None, Some(place)) => {
                    open.push(self.open(objects, place)?);
                    next = open.last_mut().and_then(|open| open.below.pop());
                    if next.is_some() {
                        continue;
                    }
                    self.close(&mut open)
                }
                (None, None) => self.close(&mut open),
            };
            let Some(above) = open.last_mut() else { return Ok(found) };
            above.found.extend(found);
            next = above.below.pop();
        }
    }

    /// Reads a tree that stands for a part.
    fn open(&self, objects: &mut Objects, place: (ObjectId, usize)) -> Result<Open, ObjectError> {
        let (tree, part) = place;
        let content = objects.tree(Some(tree))?;
        let mut open = Open { place, found: Vec::new(), below: Vec::new() };
        for entry in changes::entries(&content, tree.kind()) {
            let entry = entry?;
            let Some(&next) = self.parts[part].below.get(entry.name.as_bstr()) else { continue };
            if let Some(blob) = entry.blob() {
                open.found.extend(self.parts[next].path.map(|path| (path, blob)));
            } else if let Some(tree) = entry.tree() {
                open.below.push((tree, next));
            }
        }
        Ok(open)
    }

    /// What was found below the innermost tree, now that all of it is known.
    fn close(&mut self, open: &mut Vec<Open>) -> Vec<(usize, ObjectId)> {
        let Open { place, found, .. } = open.pop().expect("invariant: what is closed was opened");
        self.known.insert(place, found.clone());
        found
    }
}

/// A tree that is being looked through.
struct Open {
    place: (ObjectId, usize),
    found: Vec<(usize, ObjectId)>,
    /// Trees in it that have yet to be looked through.
    below: Vec<(ObjectId, usize)>,
}
