//! The first look at every object: blobs, messages and names go to a worker; commits and tags are noted; and what an object
//! names has to be there. Listing what is there never notices what is not.

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
};

use gix::{
    ObjectId,
    bstr::{BString, ByteSlice},
    objs::Kind,
    oid,
};

use super::{
    super::{
        ObjectError,
        pack::{Object, Place, Stores, Visitor},
        text::{CommitText, TagText},
    },
    listing::{Listing, Walk},
};
use crate::{
    delta::Edit,
    finding::Where,
    origin::{ObjectKind, ObjectName, Origin, Problem, Skip, SkipReason},
    source::{Blob, Content, Stream, Worker, lfs, versions::name},
};

/// Of so many missing objects it is kept who names them: those of the smallest ids, however many threads look. That there are
/// more is noted.
const KEPT: usize = 10_000;

/// A commit. Objects are numbers of [`Stores`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) number: u32,
    /// `None`: it is not there.
    pub(super) tree: Option<u32>,
    /// In [`Seen::parents`].
    first_parent: u32,
    parents: u32,
    /// In seconds since 1970.
    pub(super) author_date: i64,
    pub(super) commit_date: i64,
}

/// What was noted while all objects were looked at.
#[derive(Debug, Default)]
pub(in crate::source) struct Seen {
    pub(super) commits: Vec<Node>,
    parents: Vec<u32>,
    /// Annotated tags, and what they are of.
    pub(super) tags: Vec<(u32, u32)>,
    pub(super) missing: Vec<Missing>,
    /// More are missing than were kept.
    pub(in crate::source) is_missing_more: bool,
}

/// An object that is not there, and one that names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::source) struct Missing {
    pub(super) id: ObjectId,
    pub(super) named_by: u32,
}

impl Seen {
    /// Forgets all but [`KEPT`] missing objects.
    fn keep_smallest(&mut self) {
        if self.missing.len() > KEPT {
            self.missing.sort_unstable();
            self.missing.truncate(KEPT);
            self.is_missing_more = true;
        }
    }

    /// The parents of a commit that are there.
    pub(super) fn parents(&self, commit: &Node) -> &[u32] {
        &self.parents[commit.first_parent as usize..][..commit.parents as usize]
    }

    /// What is missing, by what names it.
    pub(in crate::source) fn missing_by_namer(&self, stores: &Stores) -> BTreeMap<ObjectId, Vec<ObjectId>> {
        let mut by: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for Missing { id, named_by } in &self.missing {
            by.entry(stores.numbered(*named_by).0.to_owned()).or_default().push(*id);
        }
        by
    }

    /// Takes what another thread noted.
    pub(in crate::source) fn merge(&mut self, other: Self) {
        let shift = self.parents.len() as u32;
        self.parents.extend(other.parents);
        let shifted = other.commits.into_iter().map(|node| Node { first_parent: node.first_parent + shift, ..node });
        self.commits.extend(shifted);
        self.tags.extend(other.tags);
        self.missing.extend(other.missing);
        self.is_missing_more |= other.is_missing_more;
        self.keep_smallest();
    }
}

/// The work of one thread.
pub(in crate::source) struct Look<'a, W> {
    worker: W,
    stores: &'a Stores,
    /// Commits whose parents were not fetched, by intention.
    shallow: &'a HashSet<ObjectId>,
    root: &'a Path,
    seen: Seen,
}

/// What is remembered of an object for those made from it.
pub(in crate::source) enum State<S> {
    Blob(S),
    /// A tree all of whose entries are there and have names that do not matter: who has one of them as well need not look
    /// at it again.
    Plain(Listing),
    /// Something that is looked at as if it were made from nothing. So are trees that miss what others have, too: it may
    /// be only the other one which counts.
    Other,
}

impl<'a, W: Worker> Look<'a, W> {
    pub(in crate::source) fn new(
        worker: W,
        stores: &'a Stores,
        shallow: &'a HashSet<ObjectId>,
        root: &'a Path,
    ) -> Self {
        Self { worker, stores, shallow, root, seen: Seen::default() }
    }

    /// What was noted.
    pub(in crate::source) fn into_seen(mut self) -> Seen {
        self.seen.keep_smallest();
        self.seen
    }

    fn needs(&mut self, id: &oid, named_by: u32) -> Option<u32> {
        self.noted(id, self.stores.number(id), named_by)
    }

    /// Notes an object that is named and has no number: it is not there.
    fn noted(&mut self, id: &oid, number: Option<u32>, named_by: u32) -> Option<u32> {
        // git knows the empty tree without having it.
        if number.is_none() && !id.to_owned().is_empty_tree() {
            self.seen.missing.push(Missing { id: id.to_owned(), named_by });
            if self.seen.missing.len() == 2 * KEPT {
                self.seen.keep_smallest();
            }
        }
        number
    }

    /// A text of people: a message, and what stands above it.
    fn text(&mut self, object: Object<'_>, kind: ObjectKind, header: &[u8], message: &[u8]) {
        let origin = Origin::Object { object: name(object.id().to_owned()), kind };
        self.worker.blob(Blob { origin: &origin, content: Content::Bytes(message) });
        self.worker.name(&origin, Where::Header, header);
    }

    fn broken(&mut self, object: Object<'_>, error: &str) {
        self.worker.problem(Problem {
            path: BString::default(),
            message: format!("object {} is not as git writes a {}: {error}", object.id(), object.kind),
            help: "`git fsck` says more; a fresh clone brings it back".to_owned(),
        });
    }

    fn commit(&mut self, object: Object<'_>) {
        let commit = match CommitText::read(object.data) {
            Ok(commit) => commit,
            Err(error) => return self.illegible(object, ObjectKind::Commit, &error),
        };
        self.text(object, ObjectKind::Commit, commit.headers, commit.message);
        let number = object.number();
        let first_parent = self.seen.parents.len() as u32;
        let tree = self.needs(&commit.tree, number);
        // Of a commit at which a clone was cut off, the parents were not fetched by intention.
        let is_shallow = !self.shallow.is_empty() && self.shallow.contains(object.id());
        for parent in commit.parents.iter().filter(|_| !is_shallow) {
            let parent = self.needs(parent, number);
            self.seen.parents.extend(parent);
        }
        let parents = self.seen.parents.len() as u32 - first_parent;
        let (author_date, commit_date) = (commit.authored, commit.committed);
        self.seen.commits.push(Node { number, tree, first_parent, parents, author_date, commit_date });
    }

    fn tag(&mut self, object: Object<'_>) {
        match TagText::read(object.data) {
            Ok(tag) => {
                self.text(object, ObjectKind::Tag, tag.headers, tag.message);
                let number = object.number();
                if let Some(target) = self.needs(&tag.target, number) {
                    self.seen.tags.push((number, target));
                }
            }
            Err(error) => self.illegible(object, ObjectKind::Tag, &error),
        }
    }

    /// A commit or a tag of which nobody knows what it names: what is written in it may matter all the same.
    fn illegible(&mut self, object: Object<'_>, kind: ObjectKind, error: &ObjectError) {
        self.text(object, kind, &[], object.data);
        let (message, help) = error.explained(object.id().to_owned());
        self.worker.problem(Problem { path: BString::default(), message, help });
    }

    /// `base`: the entries of the tree that this one is made from, and how it is made.
    fn tree(&mut self, object: Object<'_>, base: Option<(&Listing, &[Edit])>) -> State<W::State> {
        self.worker.passes();
        let number = object.number();
        let names_matter = base.is_some() || self.worker.may_name(object.data);
        let mut is_plain = true;
        let mut needed = Vec::new();
        let walk = Walk::new(object.data, object.id().kind(), object.is_base);
        let listing = walk.fresh(base, |entry| {
            if !entry.mode.is_commit() {
                needed.push(entry.oid);
            }
            if names_matter && self.worker.may_name(entry.filename) {
                is_plain = false;
                let tree = name(object.id().to_owned());
                let origin = Origin::Entry { tree, name: entry.filename.to_owned() };
                self.worker.name(&origin, Where::Path, entry.filename);
            }
        });
        let stores = self.stores;
        stores.each_number(&needed, |id, found| is_plain &= self.noted(id, found, number).is_some());
        match listing {
            Ok(Some(listing)) if is_plain => State::Plain(listing),
            Ok(_) => State::Other,
            Err(error) => {
                self.broken(object, &error.to_string());
                State::Other
            }
        }
    }

    fn origin(place: Place<'_>) -> Origin {
        let object: ObjectName = name(place.id().to_owned());
        Origin::Object { object, kind: ObjectKind::Blob }
    }

    fn pointer(&mut self, object: Object<'_>) -> bool {
        let is_pointer = lfs::is_pointer(object.data);
        if is_pointer {
            self.worker.skipped(Skip { reason: SkipReason::LfsPointer, path: object.id().to_string().into() });
        }
        is_pointer
    }
}

impl<W: Worker + Send> Visitor for Look<'_, W> {
    type State = State<W::State>;

    fn whole(&mut self, object: Object<'_>) -> Self::State {
        match object.kind {
            Kind::Blob => {
                self.pointer(object);
                let origin = Self::origin(object.place);
                State::Blob(self.worker.blob(Blob { origin: &origin, content: Content::Bytes(object.data) }))
            }
            Kind::Tree => self.tree(object, None),
            Kind::Commit => {
                self.commit(object);
                State::Other
            }
            Kind::Tag => {
                self.tag(object);
                State::Other
            }
        }
    }

    fn derived(&mut self, object: Object<'_>, base: &Self::State, edits: &[Edit]) -> Self::State {
        match base {
            State::Blob(base) if object.kind == Kind::Blob => {
                self.pointer(object);
                let origin = Self::origin(object.place);
                let blob = Blob { origin: &origin, content: Content::Bytes(object.data) };
                State::Blob(self.worker.derived(blob, base, edits))
            }
            State::Plain(base) if object.kind == Kind::Tree => self.tree(object, Some((base, edits))),
            _ => self.whole(object),
        }
    }

    fn large(&mut self, place: Place<'_>, _size: u64, content: &mut dyn Stream) {
        let origin = Self::origin(place);
        drop(self.worker.blob(Blob { origin: &origin, content: Content::Stream(content) }));
    }

    fn problem(&mut self, mut problem: Problem) {
        // What the visit names by its path is named as the repository's user would. Below a root whose name is not Unicode
        // (Windows) all of the path stays, which names it as well.
        if let Ok(root) = gix::path::into_bstr(self.root)
            && let Some(below) = problem.path.strip_prefix(root.as_bytes())
        {
            problem.path = below.strip_prefix(b"/").unwrap_or(below).into();
        }
        self.worker.problem(problem);
    }
}
