//! Walking along the deltas of all packs, on one of several threads.

use std::{
    io, mem,
    sync::{Arc, atomic::Ordering},
    thread,
};

use gix::objs::{self, Kind};

use super::{
    HELP, Object, Place, Visitor,
    buffer::{Buffer, Pool},
    entry::Header,
    family::{Content, Family, Node},
    fault::Fault,
    large::{self, LARGE, Large},
    loose::Loose,
    make::Maker,
    problem,
    read::Reader,
    share::Share,
    stores::Source,
    visit::{Tasks, unreadable},
};

/// How many roots a thread takes at once: neighbours are read together.
const ROOTS: usize = 16;

/// How many bytes of content another thread must have to make to be worth the handing over.
const WORTH: u64 = 256 << 10;

/// How many bytes of content all threads together keep for what is still to be made from it.
const KEPT: usize = 48 << 20;

/// How many bytes of memory that is not in use all threads together keep for the next object.
const POOLED: usize = 16 << 20;

/// After how many objects, and how many bytes of content, progress is told.
const TELL: (u64, u64) = (256, 4 << 20);

/// The work of one thread.
pub(super) struct Walk<'a, V: Visitor> {
    tasks: &'a Tasks<'a, V::State>,
    visitor: V,
    /// What was begun, each made from the one before it. The last child of a family is started after the family was
    /// taken away, and it is the one with the most descendants: so there are few at any time.
    families: Vec<Family<V::State>>,
    /// How many bytes of content these keep, and how many they may.
    kept: usize,
    limit: usize,
    maker: Maker<'a>,
    pool: Pool,
    file: Vec<u8>,
    objects: u64,
    bytes: u64,
}

/// Ends the work of all threads if one of them panics, which only tests live to see.
struct Guard<'a, T>(&'a Share<T>);

impl<T> Drop for Guard<'_, T> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.end();
        }
    }
}

impl<'a, V: Visitor> Walk<'a, V> {
    pub(super) fn new(tasks: &'a Tasks<'a, V::State>, visitor: V, threads: usize) -> Self {
        Self {
            tasks,
            visitor,
            families: Vec::new(),
            kept: 0,
            limit: KEPT / threads,
            maker: Maker::new(tasks.stores, threads),
            pool: Pool::new(POOLED / threads),
            file: Vec::new(),
            objects: 0,
            bytes: 0,
        }
    }

    pub(super) fn run(mut self) -> V {
        let _guard = Guard(&self.tasks.share);
        let units = self.tasks.forests.last().map_or(0, |last| last.before + last.units);
        loop {
            let start = self.tasks.next.fetch_add(ROOTS, Ordering::Relaxed);
            if start >= units {
                break;
            }
            for unit in start..units.min(start + ROOTS) {
                self.unit(unit);
                self.families();
            }
        }
        while let Some(family) = self.tasks.share.take() {
            self.keep(family);
            self.families();
        }
        self.tell();
        self.visitor
    }

    fn is_stopped(&self) -> bool {
        self.tasks.progress.stop.load(Ordering::Relaxed)
    }

    fn unit(&mut self, unit: usize) {
        if self.is_stopped() {
            return;
        }
        let source = self.tasks.forests.partition_point(|forest| forest.before + forest.units <= unit);
        let forest = &self.tasks.forests[source];
        let unit = unit - forest.before;
        match (&self.tasks.stores.sources[source], &forest.tree) {
            (Source::Pack(pack), Some(tree)) => {
                let rank = tree.root(unit);
                // Of what is delivered from elsewhere, nothing has to be made.
                if tree.weight(rank) > 0 {
                    let content = self.pool.take();
                    if let Some(family) = self.root(Node { source, pack, tree, rank }, content) {
                        self.keep(family);
                    }
                }
            }
            (Source::Loose(loose), _) if !self.tasks.stores.hidden[source].get(unit as u32) => {
                self.loose(source, loose, unit as u32);
            }
            _ => {}
        }
    }

    /// Visits what is made from the families that were begun, and from that, and so on.
    fn families(&mut self) {
        while let Some(mut family) = self.families.pop() {
            self.kept -= family.content.size();
            let forest = &self.tasks.forests[family.source];
            let (Source::Pack(pack), Some(tree)) = (&self.tasks.stores.sources[family.source], &forest.tree) else {
                continue;
            };
            let Some(number) = family.children.next().filter(|_| !self.is_stopped()) else { continue };
            let node = Node { source: family.source, pack, tree, rank: tree.child(number) };
            let is_last = family.children.is_empty();
            let child = if tree.weight(node.rank) > 0 { self.child(&mut family, node) } else { None };
            if is_last {
                self.discard(family.content);
            } else {
                self.keep(family);
            }
            if let Some(child) = child {
                self.keep(child);
            }
            if self.tasks.share.is_wanted() {
                self.give();
            }
        }
    }

    /// Keeps a family until its turn comes; where that takes too much memory, contents of others have to go.
    fn keep(&mut self, family: Family<V::State>) {
        self.kept += family.content.size();
        self.families.push(family);
        if self.kept > self.limit {
            // The oldest are needed last, and the one which is needed next stays.
            let (_, others) = self.families.split_last_mut().unwrap_or_else(|| unreachable!("one was just added"));
            for other in others {
                self.kept -= mem::replace(&mut other.content, Content::Gone).size();
            }
        }
    }

    /// Gives work away, if there is enough of it: of the oldest family, which has the most to do.
    fn give(&mut self) {
        let is_only = self.families.len() == 1;
        let Some(family) = self.families.first_mut() else { return };
        let Some(tree) = &self.tasks.forests[family.source].tree else { return };
        let count = family.children.len() as u32;
        // The last one has the most to be made from it.
        let given = count.div_ceil(2);
        let last = tree.weight(tree.child(family.children.end - 1));
        let work = u64::from(last + given) * family.length as u64;
        // Whoever gives all away has to wait himself.
        if work < WORTH || (count == 1 && is_only) {
            return;
        }
        if count == 1 {
            let family = self.families.remove(0);
            self.kept -= family.content.size();
            self.tasks.share.give(family);
            return;
        }
        let middle = family.children.end - given;
        let children = middle..family.children.end;
        family.children.end = middle;
        let (one, other) = match mem::replace(&mut family.content, Content::Gone) {
            Content::Own(buffer) => {
                let buffer = Arc::new(buffer);
                (Content::Shared(Arc::clone(&buffer)), Content::Shared(buffer))
            }
            Content::Shared(buffer) => (Content::Shared(Arc::clone(&buffer)), Content::Shared(buffer)),
            Content::Gone => (Content::Gone, Content::Gone),
        };
        family.content = one;
        let state = Arc::clone(&family.state);
        self.tasks.share.give(Family { content: other, state, children, ..*family });
    }

    fn discard(&mut self, content: Content) {
        let buffer = match content {
            Content::Own(buffer) => Some(buffer),
            Content::Shared(buffer) => Arc::into_inner(buffer),
            Content::Gone => None,
        };
        if let Some(buffer) = buffer {
            self.pool.put(buffer);
        }
    }

    /// Visits an object that is made from no other of its pack.
    fn root(&mut self, node: Node<'a>, mut content: Buffer) -> Option<Family<V::State>> {
        let Node { pack, tree, rank, .. } = node;
        let entry = match self.maker.head(pack, tree, rank) {
            Ok(entry) => entry,
            Err(fault) => {
                self.unreadable(node, &fault);
                return None;
            }
        };
        let made = match entry.header {
            Header::Whole(kind) if !self.visitor.wants(kind) => Ok(kind),
            Header::Whole(Kind::Blob) if is_large(node, entry.size) => {
                let made = self.maker.large(pack, tree, rank, entry);
                let place = self.tasks.stores.place(node.source, tree.position(rank));
                let done = made.and_then(|content| stream(&mut self.visitor, place, entry.size, content));
                match done {
                    Ok(()) => self.count(1, entry.size),
                    Err(fault) => self.unreadable(node, &fault),
                }
                return None;
            }
            Header::Whole(kind) => self.maker.whole(pack, tree, rank, &mut content).map(|()| kind),
            header => self.maker.orphan(pack, tree, rank, header, &mut content),
        };
        match made {
            Ok(kind) if self.visitor.wants(kind) => self.made(node, kind, content, None),
            Ok(_) => {
                // Nor is what is made from it.
                self.count(tree.weight(rank), 0);
                None
            }
            Err(fault) => {
                self.unreadable(node, &fault);
                None
            }
        }
    }

    /// Visits a child.
    fn child(&mut self, family: &mut Family<V::State>, node: Node<'a>) -> Option<Family<V::State>> {
        let mut content = self.pool.take();
        if matches!(family.content, Content::Gone) {
            let mut base = self.pool.take();
            if let Err(fault) = self.maker.again(node.source, node.tree.position(family.rank), &mut base) {
                self.unreadable(node, &fault);
                return None;
            }
            family.content = Content::Own(base);
        }
        let base = family.content.get().unwrap_or_default();
        match self.maker.derived(node.pack, node.tree, node.rank, base, &mut content) {
            Ok(()) => self.made(node, family.kind, content, (*family.state).as_ref()),
            Err(fault) => {
                self.unreadable(node, &fault);
                None
            }
        }
    }

    /// Has an object visited that was made, unless it is delivered from elsewhere.
    fn made(
        &mut self,
        node: Node<'a>,
        kind: Kind,
        content: Buffer,
        base: Option<&V::State>,
    ) -> Option<Family<V::State>> {
        let Node { source, pack, tree, rank } = node;
        let position = tree.position(rank);
        let stores = self.tasks.stores;
        let mut state = None;
        if !stores.hidden[source].get(position) {
            let data = content.get();
            // An index without checksums leaves only this to find out what is damaged.
            if pack.checksum(position).is_none()
                && !objs::compute_hash(stores.hash, kind, data).is_ok_and(|actual| *actual == *pack.id(position))
            {
                self.unreadable(node, &Fault::Content);
                return None;
            }
            let is_base = !tree.children(rank).is_empty();
            let object = Object { place: stores.place(source, position), kind, data, is_base };
            state = Some(match base {
                Some(base) => self.visitor.derived(object, base, &self.maker.edits),
                None => self.visitor.whole(object),
            });
            self.count(1, data.len() as u64);
        }
        let (length, children) = (content.get().len(), tree.children(rank));
        if children.is_empty() {
            self.pool.put(content);
            return None;
        }
        Some(Family { source, rank, kind, content: Content::Own(content), length, state: Arc::new(state), children })
    }

    fn loose(&mut self, source: usize, loose: &Loose, number: u32) {
        let mut content = self.pool.take();
        let read = self.loose_object(source, loose, number, &mut content);
        let read = match read {
            Err(Fault::Io(error)) if error.kind() == io::ErrorKind::NotFound => {
                self.moved(source, loose, number, &mut content).unwrap_or(Err(Fault::Io(error)))
            }
            read => read,
        };
        match read {
            Ok(bytes) => self.count(1, bytes),
            Err(fault) => {
                let message = format!("the object {} cannot be read: {fault}", loose.id(number));
                self.visitor.problem(problem(&loose.path(number), message, HELP));
                self.count(1, 0);
            }
        }
        self.pool.put(content);
    }

    /// Visits a loose object; returns how many bytes were visited.
    fn loose_object(&mut self, source: usize, loose: &Loose, number: u32, out: &mut Buffer) -> Result<u64, Fault> {
        let inflater = &mut self.maker.inflater;
        let head = loose.open(number, inflater, &mut self.file)?;
        let (kind, size, length) = (head.kind, head.size, head.length);
        let place = self.tasks.stores.place(source, number);
        if !self.visitor.wants(kind) {
            return Ok(0);
        }
        if kind == Kind::Blob && size >= LARGE {
            let input = large::Loose::new(head.file, &mut self.file);
            stream(&mut self.visitor, place, size, Large::new(input, inflater, length, size))?;
        } else {
            Loose::read(head, inflater, &mut self.file, out)?;
            // Nothing else tells that the file is of this object: its checksum is of its bytes.
            let actual = objs::compute_hash(self.tasks.stores.hash, kind, &out.get()[length..]);
            if !actual.is_ok_and(|actual| *actual == *loose.id(number)) {
                return Err(Fault::Content);
            }
            drop(self.visitor.whole(Object { place, kind, data: &out.get()[length..], is_base: false }));
        }
        Ok(size)
    }

    /// Visits an object that was loose when it was listed, and that git has packed since then; `None`: it is nowhere.
    fn moved(&mut self, source: usize, loose: &Loose, number: u32, out: &mut Buffer) -> Option<Result<u64, Fault>> {
        // git may go on packing meanwhile.
        let found = self.tasks.later.iter().find_map(|later| {
            let later = later.get_or_init(|| self.tasks.stores.again());
            Reader::new(later).find_into(loose.id(number), out).transpose()
        })?;
        let kind = match found {
            Ok(kind) => kind,
            Err(fault) => return Some(Err(fault)),
        };
        if !self.visitor.wants(kind) {
            return Some(Ok(0));
        }
        let place = self.tasks.stores.place(source, number);
        drop(self.visitor.whole(Object { place, kind, data: out.get(), is_base: false }));
        Some(Ok(out.get().len() as u64))
    }

    /// Tells that an object cannot be read, nor what is made from it.
    fn unreadable(&mut self, node: Node<'a>, fault: &Fault) {
        let position = node.tree.position(node.rank);
        let lost = node.tree.weight(node.rank);
        let others = lost - u32::from(!self.tasks.stores.hidden[node.source].get(position));
        self.visitor.problem(unreadable(node.pack, position, fault, others));
        self.count(lost, 0);
    }

    /// Counts objects that are done with.
    fn count(&mut self, objects: u32, bytes: u64) {
        self.objects += u64::from(objects);
        self.bytes += bytes;
        if self.objects >= TELL.0 || self.bytes >= TELL.1 {
            self.tell();
        }
    }

    fn tell(&mut self) {
        self.tasks.progress.objects.fetch_add(mem::take(&mut self.objects), Ordering::Relaxed);
        self.tasks.progress.bytes.fetch_add(mem::take(&mut self.bytes), Ordering::Relaxed);
    }
}

/// Whether a blob of this size is visited piece by piece: if nothing is made from it, and it has a checksum, for without
/// one its name has to be verified.
fn is_large(node: Node<'_>, size: u64) -> bool {
    let Node { pack, tree, rank, .. } = node;
    size >= LARGE && tree.children(rank).is_empty() && pack.checksum(tree.position(rank)).is_some()
}

/// Has a large object visited.
fn stream<V: Visitor, I: large::Input>(
    visitor: &mut V,
    place: Place<'_>,
    size: u64,
    mut content: Large<'_, I>,
) -> Result<(), Fault> {
    visitor.large(place, size, &mut content);
    content.finish()
}
