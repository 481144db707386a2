//! Everything a repository holds: all objects, what leads to them, and where those that matter have been.

mod graph;
mod listing;
mod look;
mod places;
mod refs;
mod trees;

pub(in crate::source) use self::{
    look::{Look, Seen},
    places::{MAX_PATHS, Place, Places, places},
    refs::Tips,
};
