//! Reading every object of a repository once, faster than one by one.
//!
//! A pack keeps most objects as deltas on others. Whoever asks for objects one by one makes the same bases again and
//! again. Here each pack is walked along its own deltas instead, from the objects that are whole to those that are made
//! from them: each is made once, right after its base, and whoever looks at it is told what the delta says, namely which
//! of its bytes are new.
//!
//! No object is taken for another one: what is in the store several times is delivered once. What cannot be read is a
//! [`Problem`], and what is made from it is counted there.

mod alternates;
mod bits;
mod buffer;
mod delta;
mod entry;
mod family;
mod fault;
mod file;
mod inflate;
mod large;
mod loose;
mod make;
mod read;
mod share;
mod starts;
mod stores;
mod sum;
#[cfg(test)]
mod tests;
mod tree;
mod visit;
mod walk;

use std::{
    path::Path,
    sync::atomic::{AtomicBool, AtomicU64},
};

use bstr::ByteVec;
pub(in crate::source) use gix::objs::Kind;
use gix::oid;

#[cfg(test)]
pub(in crate::source) use self::read::Reader;
#[doc(hidden)]
pub use self::sum::{Sum, sum};
pub(in crate::source) use self::{alternates::with_alternates, stores::Stores, visit::visit};
use crate::{delta::Edit, origin::Problem, source::Stream};

/// Which object something is, and where it is read from.
#[derive(Clone, Copy)]
pub(in crate::source) struct Place<'a> {
    stores: &'a Stores,
    source: usize,
    position: u32,
}

impl<'a> Place<'a> {
    /// The id of the object. This looks it up, so it is best not asked where nobody needs it.
    pub(in crate::source) fn id(&self) -> &'a oid {
        self.stores.sources[self.source].id(self.position)
    }

    /// Its number, as [`Stores::number`] has it.
    pub(in crate::source) fn number(&self) -> u32 {
        self.stores.number_at(self.source, self.position)
    }

    /// Which of the directories it is in, counted from 0: the first one that has it.
    #[cfg(test)]
    pub(in crate::source) fn store(&self) -> usize {
        self.stores.sources[self.source].store()
    }
}

/// An object, whole.
#[derive(Clone, Copy)]
pub(in crate::source) struct Object<'a> {
    pub(in crate::source) place: Place<'a>,
    pub(in crate::source) kind: Kind,
    pub(in crate::source) data: &'a [u8],
    /// Whether others are made from it: if not, nothing has to be remembered of it.
    pub(in crate::source) is_base: bool,
}

impl<'a> Object<'a> {
    /// See [`Place::id`].
    pub(in crate::source) fn id(&self) -> &'a oid {
        self.place.id()
    }

    /// See [`Place::number`].
    pub(in crate::source) fn number(&self) -> u32 {
        self.place.number()
    }
}

/// Looks at the objects that one thread reads.
pub(in crate::source) trait Visitor: Send {
    /// What is remembered of an object until all that is made from it was visited.
    type State: Send + Sync;

    /// Whether objects of this kind are looked at. If not, they are counted, and neither read nor checked.
    fn wants(&self, _kind: Kind) -> bool {
        true
    }

    /// An object about whose making nothing is known.
    fn whole(&mut self, object: Object<'_>) -> Self::State;

    /// An object that is made from another one, of the same kind, that was visited before, by this visitor or by another:
    /// `base` is what was remembered of that, and `edits` make this one's content of that one's.
    fn derived(&mut self, object: Object<'_>, base: &Self::State, edits: &[Edit]) -> Self::State;

    /// A blob of `size` bytes, too large to be held in memory, and not made from another one. Where it cannot be read on
    /// it ends, and [`Visitor::problem`] tells why.
    fn large(&mut self, place: Place<'_>, size: u64, content: &mut dyn Stream);

    /// Something that cannot be read.
    fn problem(&mut self, problem: Problem);
}

/// How far a visit is, for others to see while it goes on.
#[derive(Default)]
pub(in crate::source) struct Progress {
    /// How many objects were visited, were not wanted or cannot be read: all of [`Stores::len`] in the end.
    pub(in crate::source) objects: AtomicU64,
    /// How many bytes of content were visited.
    pub(in crate::source) bytes: AtomicU64,
    /// Set by others to end the visit early.
    pub(in crate::source) stop: AtomicBool,
}

const HELP: &str = "`git fsck` says more; fetch or copy the objects from another clone";

fn problem(path: &Path, message: String, help: &str) -> Problem {
    Problem { path: Vec::from_path_lossy(path).into_owned().into(), message, help: help.to_owned() }
}
