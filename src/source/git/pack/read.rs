//! Reading single objects.

use std::{collections::HashSet, mem};

use gix::{
    ObjectId,
    objs::{self, Kind},
    oid,
};

use super::{
    buffer::Buffer,
    delta::Delta,
    entry::Header,
    fault::Fault,
    file::{View, view},
    inflate::Inflater,
    loose::Loose,
    stores::{Source, Stores},
};
use crate::delta::Edit;

/// How much of packs one reader keeps in memory, in bytes.
const MAPPED: u64 = 8 << 20;

/// Reads objects one by one, whichever are asked for.
pub(in crate::source) struct Reader<'a> {
    stores: &'a Stores,
    /// That of the pack which was read last.
    view: Option<View<'a>>,
    inflater: Inflater,
    content: Buffer,
    spare: Buffer,
    delta: Buffer,
    edits: Vec<Edit>,
    file: Vec<u8>,
}

/// An object that was asked for.
#[cfg(test)]
pub(in crate::source) struct Found<'a> {
    pub(in crate::source) kind: Kind,
    pub(in crate::source) data: &'a [u8],
    /// Which of the directories it was read from, counted from 0.
    pub(in crate::source) store: usize,
}

/// Where an object is: a loose one by its number, a packed one by the offset of its entry.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    Loose(usize, u32),
    Packed(usize, u64),
}

impl<'a> Reader<'a> {
    pub(in crate::source) fn new(stores: &'a Stores) -> Self {
        Self {
            stores,
            view: None,
            inflater: Inflater::new(),
            content: Buffer::default(),
            spare: Buffer::default(),
            delta: Buffer::default(),
            edits: Vec::new(),
            file: Vec::new(),
        }
    }

    /// Reads an object, whose content is what its id says; `None`: it is nowhere. Where one copy of it is corrupt, the
    /// others are tried; the error is the first one's, as the end of a sentence about the object.
    #[cfg(test)]
    pub(in crate::source) fn find(&mut self, id: &oid) -> Result<Option<Found<'_>>, String> {
        match self.read(id) {
            Ok(None) => Ok(None),
            Ok(Some((kind, store))) => Ok(Some(Found { kind, data: self.content.get(), store })),
            Err(fault) => Err(fault.to_string()),
        }
    }

    /// As `Reader::find`, with the content in `out`.
    pub(super) fn find_into(&mut self, id: &oid, out: &mut Buffer) -> Result<Option<Kind>, Fault> {
        let found = self.read(id)?;
        mem::swap(&mut self.content, out);
        Ok(found.map(|(kind, _)| kind))
    }

    /// Makes an object of a pack, with the content in `out`.
    pub(super) fn packed(&mut self, source: usize, position: u32, out: &mut Buffer) -> Result<(), Fault> {
        self.chain(place(self.stores, source, position))?;
        mem::swap(&mut self.content, out);
        Ok(())
    }

    fn read(&mut self, id: &oid) -> Result<Option<(Kind, usize)>, Fault> {
        let stores = self.stores;
        let mut first = None;
        for (source, position) in stores.places(id) {
            let kind = self.chain(place(stores, source, position)).and_then(|kind| {
                let actual = objs::compute_hash(stores.hash, kind, self.content.get());
                if actual.is_ok_and(|actual| *actual == *id) { Ok(kind) } else { Err(Fault::Content) }
            });
            match kind {
                Ok(kind) => return Ok(Some((kind, stores.sources[source].store()))),
                Err(fault) => first = first.or(Some(fault)),
            }
        }
        first.map_or(Ok(None), Err)
    }

    /// Follows the deltas from a place to an object that is whole, and makes all of them from there. What is made is in
    /// `self.content`.
    fn chain(&mut self, mut place: Place) -> Result<Kind, Fault> {
        let mut seen = HashSet::new();
        let mut deltas = Vec::new();
        let kind = loop {
            if !seen.insert(place) {
                return Err(Fault::Cycle);
            }
            let (source, offset) = match place {
                Place::Loose(source, number) => break self.loose(source, number)?,
                Place::Packed(source, offset) => (source, offset),
            };
            let Source::Pack(pack) = &self.stores.sources[source] else { return Err(Fault::Header) };
            let view = view(&mut self.view, pack, MAPPED);
            let entry = view.entry(offset)?;
            place = match (pack.base(offset, &entry), entry.header) {
                (Ok(None), Header::Whole(kind)) => {
                    let compressed = view.bytes(offset + entry.skip as u64, entry.size);
                    self.inflater.whole(compressed, entry.size, &mut self.content)?;
                    break kind;
                }
                (Ok(Some(base)), _) => Place::Packed(source, base),
                (Err(Fault::NoBase(id)), _) => self.elsewhere(&id).ok_or(Fault::NoBase(id))?,
                (Err(fault), _) => return Err(fault),
                (Ok(None), _) => return Err(Fault::Header),
            };
            deltas.push((pack, offset + entry.skip as u64, entry.size));
        };
        for (pack, start, size) in deltas.into_iter().rev() {
            let compressed = view(&mut self.view, pack, MAPPED).bytes(start, size);
            self.inflater.whole(compressed, size, &mut self.delta)?;
            Delta::new(self.delta.get())?.apply(self.content.get(), &mut self.spare, &mut self.edits)?;
            mem::swap(&mut self.content, &mut self.spare);
        }
        Ok(kind)
    }

    fn elsewhere(&self, id: &ObjectId) -> Option<Place> {
        let (source, position) = self.stores.places(id).next()?;
        Some(place(self.stores, source, position))
    }

    fn loose(&mut self, source: usize, number: u32) -> Result<Kind, Fault> {
        let Source::Loose(loose) = &self.stores.sources[source] else { return Err(Fault::Header) };
        let head = loose.open(number, &mut self.inflater, &mut self.file)?;
        let (kind, length) = (head.kind, head.length);
        Loose::read(head, &mut self.inflater, &mut self.file, &mut self.spare)?;
        let content = &self.spare.get()[length..];
        self.content.prepare(content.len() as u64)?.copy_from_slice(content);
        Ok(kind)
    }
}

fn place(stores: &Stores, source: usize, position: u32) -> Place {
    match &stores.sources[source] {
        Source::Pack(pack) => Place::Packed(source, pack.offset(position)),
        Source::Loose(_) => Place::Loose(source, position),
    }
}
