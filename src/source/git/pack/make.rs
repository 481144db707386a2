//! Making the objects of packs, one after the other, each from its base.

use std::ops::Range;

use gix::objs::Kind;

use super::{
    buffer::Buffer,
    delta::Delta,
    entry::{Entry, Header},
    fault::Fault,
    file::{MAPPED, Pack, View, view},
    inflate::{Inflater, plausible},
    large,
    read::Reader,
    stores::Stores,
    tree::Tree,
};
use crate::delta::Edit;

/// What a thread needs to make objects.
pub(super) struct Maker<'a> {
    stores: &'a Stores,
    /// How much of packs it may keep in memory, in bytes.
    limit: u64,
    /// That of the pack which was read last.
    view: Option<View<'a>>,
    pub(super) inflater: Inflater,
    delta: Buffer,
    /// How the last object was made that was made from another one.
    pub(super) edits: Vec<Edit>,
    reader: Option<Reader<'a>>,
}

impl<'a> Maker<'a> {
    pub(super) fn new(stores: &'a Stores, threads: usize) -> Self {
        Self {
            stores,
            limit: MAPPED / threads as u64,
            view: None,
            inflater: Inflater::new(),
            delta: Buffer::default(),
            edits: Vec::new(),
            reader: None,
        }
    }

    /// Reads what an entry says of itself.
    pub(super) fn head(&mut self, pack: &'a Pack, tree: &Tree, rank: u32) -> Result<Entry, Fault> {
        let start = tree.extent(rank).start;
        view(&mut self.view, pack, self.limit).entry(start)
    }

    /// Makes an object that is whole.
    pub(super) fn whole(&mut self, pack: &'a Pack, tree: &Tree, rank: u32, out: &mut Buffer) -> Result<(), Fault> {
        let view = view(&mut self.view, pack, self.limit);
        let (entry, compressed) = entry(view, tree, rank)?;
        self.inflater.whole(compressed, entry.size, out)
    }

    /// Makes an object from its base, which is in the same pack.
    pub(super) fn derived(
        &mut self,
        pack: &'a Pack,
        tree: &Tree,
        rank: u32,
        base: &[u8],
        out: &mut Buffer,
    ) -> Result<(), Fault> {
        let view = view(&mut self.view, pack, self.limit);
        let (entry, compressed) = entry(view, tree, rank)?;
        self.inflater.whole(compressed, entry.size, &mut self.delta)?;
        Delta::new(self.delta.get())?.apply(base, out, &mut self.edits)
    }

    /// Makes an object whose base is not known to be in the same pack; its base is looked for everywhere.
    pub(super) fn orphan(
        &mut self,
        pack: &'a Pack,
        tree: &Tree,
        rank: u32,
        header: Header,
        out: &mut Buffer,
    ) -> Result<Kind, Fault> {
        let id = match header {
            Header::Id(id) => id,
            Header::Before(distance) => return Err(Fault::NoEntry(distance)),
            Header::Whole(_) => return Err(Fault::Header),
        };
        let stores = self.stores;
        let reader = self.reader.get_or_insert_with(|| Reader::new(stores));
        let mut base = Buffer::default();
        let kind = reader.find_into(&id, &mut base).map_err(|fault| Fault::Base(id, Box::new(fault)))?;
        let kind = kind.ok_or(Fault::NoBase(id))?;
        self.derived(pack, tree, rank, base.get(), out)?;
        Ok(kind)
    }

    /// Makes an object that was made before, from the beginning of its chain of deltas.
    pub(super) fn again(&mut self, source: usize, position: u32, out: &mut Buffer) -> Result<(), Fault> {
        let stores = self.stores;
        let reader = self.reader.get_or_insert_with(|| Reader::new(stores));
        reader.packed(source, position, out)
    }

    /// Makes a large object, which is whole, piece by piece.
    pub(super) fn large(
        &mut self,
        pack: &'a Pack,
        tree: &Tree,
        rank: u32,
        entry: Entry,
    ) -> Result<large::Large<'_, large::Packed<'_, 'a>>, Fault> {
        let Range { start, end } = tree.extent(rank);
        plausible(end.saturating_sub(start), entry.size)?;
        let checksum = pack.checksum(tree.position(rank));
        let view = view(&mut self.view, pack, self.limit);
        let input = large::Packed::new(view, start, end, entry.skip, checksum)?;
        Ok(large::Large::new(input, &mut self.inflater, 0, entry.size))
    }
}

/// The head of an entry and its compressed bytes, which are those that the index was made for.
fn entry<'v>(view: &'v mut View<'_>, tree: &Tree, rank: u32) -> Result<(Entry, &'v [u8]), Fault> {
    let pack = view.pack();
    let Range { start, end } = tree.extent(rank);
    let length = end.saturating_sub(start);
    let bytes = view.bytes(start, length);
    let bytes = bytes.get(..length as usize).ok_or(Fault::Header)?;
    if pack.checksum(tree.position(rank)).is_some_and(|expected| expected != crc32fast::hash(bytes)) {
        return Err(Fault::Checksum);
    }
    let entry = Entry::parse(bytes, pack.hash()).ok_or(Fault::Header)?;
    Ok((entry, &bytes[entry.skip..]))
}
