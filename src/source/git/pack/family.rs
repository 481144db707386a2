//! Objects that others are made from, while they are needed.

use std::{ops::Range, sync::Arc};

use gix::objs::Kind;

use super::{buffer::Buffer, file::Pack, tree::Tree};

/// An object of a pack.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    pub(super) source: usize,
    pub(super) pack: &'a Pack,
    pub(super) tree: &'a Tree,
    pub(super) rank: u32,
}

/// An object that was visited and whose children, or some of them, have not been started.
pub(super) struct Family<S> {
    pub(super) source: usize,
    pub(super) rank: u32,
    pub(super) kind: Kind,
    pub(super) content: Content,
    pub(super) length: usize,
    /// What was remembered of it; `None`: it is delivered from elsewhere.
    pub(super) state: Arc<Option<S>>,
    /// The numbers of the children.
    pub(super) children: Range<u32>,
}

pub(super) enum Content {
    Own(Buffer),
    /// Several threads make something from it.
    Shared(Arc<Buffer>),
    /// There was too much to keep: it has to be made again.
    Gone,
}

impl Content {
    pub(super) fn get(&self) -> Option<&[u8]> {
        match self {
            Self::Own(buffer) => Some(buffer.get()),
            Self::Shared(buffer) => Some(buffer.get()),
            Self::Gone => None,
        }
    }

    /// How many bytes of memory it takes.
    pub(super) fn size(&self) -> usize {
        match self {
            Self::Own(buffer) => buffer.size(),
            Self::Shared(buffer) => buffer.size(),
            Self::Gone => 0,
        }
    }
}
