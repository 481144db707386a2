//! Walking the forests of all packs, on several threads.

use std::{
    mem,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use gix::objs::{self, Kind};

use super::{
    Object, Progress, Visitor,
    buffer::{Buffer, Pool},
    delta::Delta,
    entry::Header,
    fault::Fault,
    file::Pack,
    inflate::Inflater,
    loose::Loose,
    problem,
    read::Reader,
    share::Share,
    stores::{Source, Stores},
    tree::Tree,
};
use crate::delta::Edit;

/// How many roots a thread takes at once: neighbours are read together.
const ROOTS: usize = 16;

/// How many bytes of content another thread must have to make to be worth the handing over.
const WORTH: u64 = 256 << 10;

/// After how many objects, and how many bytes of content, progress is told.
const TELL: (u64, u64) = (256, 4 << 20);

const HELP: &str = "`git fsck` says more; fetch or copy the objects from another clone";

/// Visits every object once, on so many threads, each with a visitor of its own, and returns the visitors.
pub(in crate::source) fn visit<V: Visitor>(
    stores: &Stores,
    threads: usize,
    make: impl Fn() -> V + Sync,
    progress: &Progress,
) -> Vec<V> {
    let threads = threads.max(1);
    let mut first = make();
    stores.problems().iter().for_each(|problem| first.problem(problem.clone()));
    let forests = plant(stores, threads, &mut first, progress);
    let tasks = Tasks { stores, forests: &forests, next: AtomicUsize::new(0), share: Share::new(threads), progress };
    thread::scope(|scope| {
        let (tasks, make) = (&tasks, &make);
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(|| Walk::new(tasks, make()).run())).collect();
        let first = Walk::new(tasks, first).run();
        let others = others.into_iter().map(thread::ScopedJoinHandle::join);
        let others = others.map(|other| other.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        std::iter::once(first).chain(others).collect()
    })
}

/// What is to be done in one source.
struct Forest {
    /// `None`: objects are loose.
    tree: Option<Tree>,
    /// How many units of work come before those of this source: roots of packs, or loose objects.
    before: usize,
    units: usize,
}

/// Finds out which objects are made from which.
fn plant<V: Visitor>(stores: &Stores, threads: usize, visitor: &mut V, progress: &Progress) -> Vec<Forest> {
    let mut before = 0;
    let mut forests = Vec::new();
    for (source, hidden) in stores.sources.iter().zip(&stores.hidden) {
        let (tree, units) = match source {
            Source::Loose(loose) => (None, loose.len() as usize),
            Source::Pack(pack) => {
                let (tree, cyclic) = Tree::new(pack, hidden, threads);
                if let Some(cyclic) = cyclic {
                    let id = pack.id(cyclic.example);
                    visitor.problem(unreadable(pack, id, None, &Fault::Cycle, cyclic.count));
                    progress.objects.fetch_add(cyclic.count.into(), Ordering::Relaxed);
                }
                let roots = tree.roots();
                (Some(tree), roots)
            }
        };
        forests.push(Forest { tree, before, units });
        before += units;
    }
    forests
}

/// The problem of an object in a pack, with `count` objects that are lost with it, itself included.
fn unreadable(pack: &Pack, id: &gix::oid, offset: Option<u64>, fault: &Fault, count: u32) -> crate::origin::Problem {
    let place = offset.map(|offset| format!(" at offset {offset}")).unwrap_or_default();
    let others = match count {
        0 | 1 => String::new(),
        2 => ", nor can one that is made from it".to_owned(),
        _ => format!(", nor can {} that are made from it", count - 1),
    };
    problem(pack.path(), format!("the object {id}{place} cannot be read{others}: {fault}"), HELP)
}

struct Tasks<'a, S> {
    stores: &'a Stores,
    forests: &'a [Forest],
    /// The next unit of work that nobody has taken.
    next: AtomicUsize,
    share: Share<Family<S>>,
    progress: &'a Progress,
}

/// An object that was visited and whose children, or some of them, have not been started.
struct Family<S> {
    source: usize,
    base: Base<S>,
    kind: Kind,
    /// The numbers of the children.
    children: Range<u32>,
}

enum Base<S> {
    Own(Made<S>),
    /// Several threads make something from it.
    Shared(Arc<Made<S>>),
}

impl<S> Base<S> {
    fn get(&self) -> &Made<S> {
        match self {
            Self::Own(made) => made,
            Self::Shared(made) => made,
        }
    }
}

struct Made<S> {
    content: Buffer,
    /// `None`: it is delivered from elsewhere.
    state: Option<S>,
}

/// The work of one thread.
struct Walk<'a, V: Visitor> {
    tasks: &'a Tasks<'a, V::State>,
    visitor: V,
    /// What was begun, each made from the one before it. The last child of a family is started after the family was
    /// taken away, and it is the one with the most descendants: so there are few at any time.
    families: Vec<Family<V::State>>,
    inflater: Inflater,
    reader: Option<Reader<'a>>,
    pool: Pool,
    delta: Buffer,
    edits: Vec<Edit>,
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
    fn new(tasks: &'a Tasks<'a, V::State>, visitor: V) -> Self {
        Self {
            tasks,
            visitor,
            families: Vec::new(),
            inflater: Inflater::new(),
            reader: None,
            pool: Pool::default(),
            delta: Buffer::default(),
            edits: Vec::new(),
            file: Vec::new(),
            objects: 0,
            bytes: 0,
        }
    }

    fn run(mut self) -> V {
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
            self.families.push(family);
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
        let unit = unit - self.tasks.forests[source].before;
        match (&self.tasks.stores.sources[source], &self.tasks.forests[source].tree) {
            (Source::Pack(pack), Some(tree)) => self.root(source, pack, tree, tree.root(unit)),
            (Source::Loose(loose), _) => self.loose(source, loose, unit as u32),
            (Source::Pack(_), None) => {}
        }
    }

    /// Visits what is made from the families that were begun, and from that, and so on.
    fn families(&mut self) {
        while let Some(mut family) = self.families.pop() {
            let Some(number) = family.children.next().filter(|_| !self.is_stopped()) else { continue };
            let child = self.child(&family, number);
            if family.children.is_empty() {
                self.discard(family.base);
            } else {
                self.families.push(family);
            }
            self.families.extend(child);
            if self.tasks.share.is_wanted() {
                self.give();
            }
        }
    }

    /// Gives work away, if there is enough of it: of the oldest family, which has the most to do.
    fn give(&mut self) {
        let is_only = self.families.len() == 1;
        let Some(family) = self.families.first_mut() else { return };
        let Some(tree) = &self.tasks.forests[family.source].tree else { return };
        let count = family.children.len() as u32;
        // Whoever gives all away has to wait himself.
        if count < 2 && is_only {
            return;
        }
        // The last one has the most to be made from it.
        let given = count.div_ceil(2);
        let last = tree.weight(tree.child(family.children.end - 1));
        let work = u64::from(last + given) * family.base.get().content.get().len() as u64;
        if work < WORTH {
            return;
        }
        if count == 1 {
            let family = self.families.remove(0);
            self.tasks.share.give(family);
            return;
        }
        let middle = family.children.end - given;
        let children = middle..family.children.end;
        family.children.end = middle;
        let shared = match mem::replace(&mut family.base, Base::Own(Made { content: Buffer::default(), state: None })) {
            Base::Own(made) => Arc::new(made),
            Base::Shared(made) => made,
        };
        family.base = Base::Shared(Arc::clone(&shared));
        let family = Family { source: family.source, base: Base::Shared(shared), kind: family.kind, children };
        self.tasks.share.give(family);
    }

    fn discard(&mut self, base: Base<V::State>) {
        let made = match base {
            Base::Own(made) => Some(made),
            Base::Shared(made) => Arc::into_inner(made),
        };
        if let Some(made) = made {
            self.pool.put(made.content);
        }
    }

    /// Visits an object that is made from no other of its pack.
    fn root(&mut self, source: usize, pack: &'a Pack, tree: &Tree, rank: u32) {
        let weight = tree.weight(rank);
        if weight == 0 {
            return;
        }
        let mut content = self.pool.take();
        match self.whole(pack, tree, rank, &mut content) {
            Ok(Some(kind)) => {
                let family = self.made(source, tree, rank, kind, content, None);
                self.families.extend(family);
            }
            Ok(None) => {
                self.count(weight, 0);
                self.pool.put(content);
            }
            Err(fault) => {
                self.unreadable(pack, tree, rank, &fault);
                self.pool.put(content);
            }
        }
    }

    /// Makes an object that is whole, or whose base is not in its pack; `None` if its kind is not wanted.
    fn whole(&mut self, pack: &Pack, tree: &Tree, rank: u32, content: &mut Buffer) -> Result<Option<Kind>, Fault> {
        let extent = tree.extent(pack, rank);
        let entry = pack.entry(extent.start)?;
        match entry.header {
            Header::Whole(kind) if !self.visitor.wants(kind) => return Ok(None),
            _ => pack.verify(tree.position(rank), extent.start, extent.end)?,
        }
        let compressed = pack.bytes(extent.start + entry.skip as u64, extent.end);
        match entry.header {
            Header::Whole(kind) => {
                self.inflater.whole(compressed, entry.size, content)?;
                Ok(Some(kind))
            }
            Header::Before(distance) => Err(Fault::NoEntry(distance)),
            Header::Id(id) => {
                let stores = self.tasks.stores;
                let reader = self.reader.get_or_insert_with(|| Reader::new(stores));
                let mut base = self.pool.take();
                let kind = reader.find_into(&id, &mut base).map_err(|fault| Fault::Base(id, Box::new(fault)))?;
                let kind = kind.ok_or(Fault::NoBase(id))?;
                if !self.visitor.wants(kind) {
                    return Ok(None);
                }
                self.inflater.whole(compressed, entry.size, &mut self.delta)?;
                Delta::new(self.delta.get())?.apply(base.get(), content, &mut self.edits)?;
                self.pool.put(base);
                Ok(Some(kind))
            }
        }
    }

    /// Visits a child, and returns it with its own children.
    fn child(&mut self, family: &Family<V::State>, number: u32) -> Option<Family<V::State>> {
        let forest = &self.tasks.forests[family.source];
        let (Source::Pack(pack), Some(tree)) = (&self.tasks.stores.sources[family.source], &forest.tree) else {
            return None;
        };
        let rank = tree.child(number);
        if tree.weight(rank) == 0 {
            return None;
        }
        let base = family.base.get();
        let mut content = self.pool.take();
        match self.apply(pack, tree, rank, base.content.get(), &mut content) {
            Ok(()) => self.made(family.source, tree, rank, family.kind, content, base.state.as_ref()),
            Err(fault) => {
                self.unreadable(pack, tree, rank, &fault);
                self.pool.put(content);
                None
            }
        }
    }

    fn apply(&mut self, pack: &Pack, tree: &Tree, rank: u32, base: &[u8], out: &mut Buffer) -> Result<(), Fault> {
        let extent = tree.extent(pack, rank);
        pack.verify(tree.position(rank), extent.start, extent.end)?;
        let entry = pack.entry(extent.start)?;
        let compressed = pack.bytes(extent.start + entry.skip as u64, extent.end);
        self.inflater.whole(compressed, entry.size, &mut self.delta)?;
        Delta::new(self.delta.get())?.apply(base, out, &mut self.edits)
    }

    /// Has an object visited that was made, unless it is delivered from elsewhere, and returns it with its children.
    fn made(
        &mut self,
        source: usize,
        tree: &Tree,
        rank: u32,
        kind: Kind,
        content: Buffer,
        base: Option<&V::State>,
    ) -> Option<Family<V::State>> {
        let position = tree.position(rank);
        let stores = self.tasks.stores;
        let mut state = None;
        if !stores.hidden[source].get(position) {
            let object = Object { kind, data: content.get(), stores, source, position };
            if let Source::Pack(pack) = &stores.sources[source]
                && !pack.has_checksums()
                && objs::compute_hash(stores.hash, kind, object.data).ok().as_deref() != Some(object.id())
            {
                self.unreadable(pack, tree, rank, &Fault::Content);
                return None;
            }
            state = Some(match base {
                Some(base) => self.visitor.derived(object, base, &self.edits),
                None => self.visitor.whole(object),
            });
            self.count(1, content.get().len());
        }
        let children = tree.children(rank);
        if children.is_empty() {
            self.pool.put(content);
            return None;
        }
        Some(Family { source, base: Base::Own(Made { content, state }), kind, children })
    }

    fn loose(&mut self, source: usize, loose: &Loose, number: u32) {
        let stores = self.tasks.stores;
        if stores.hidden[source].get(number) {
            return;
        }
        let mut content = self.pool.take();
        match loose.read(number, &mut self.inflater, &mut self.file, &mut content) {
            Ok((kind, head)) => {
                let data = &content.get()[head..];
                if self.visitor.wants(kind) {
                    drop(self.visitor.whole(Object { kind, data, stores, source, position: number }));
                    self.count(1, data.len());
                } else {
                    self.count(1, 0);
                }
            }
            Err(fault) => {
                let message = format!("the object {} cannot be read: {fault}", loose.id(number));
                self.visitor.problem(problem(&loose.path(number), message, HELP));
                self.count(1, 0);
            }
        }
        self.pool.put(content);
    }

    fn unreadable(&mut self, pack: &Pack, tree: &Tree, rank: u32, fault: &Fault) {
        let position = tree.position(rank);
        let weight = tree.weight(rank);
        self.visitor.problem(unreadable(pack, pack.id(position), Some(pack.offset(position)), fault, weight));
        self.count(weight, 0);
    }

    fn count(&mut self, objects: u32, bytes: usize) {
        self.objects += u64::from(objects);
        self.bytes += bytes as u64;
        if self.objects >= TELL.0 || self.bytes >= TELL.1 {
            self.tell();
        }
    }

    fn tell(&mut self) {
        self.tasks.progress.objects.fetch_add(mem::take(&mut self.objects), Ordering::Relaxed);
        self.tasks.progress.bytes.fetch_add(mem::take(&mut self.bytes), Ordering::Relaxed);
    }
}
