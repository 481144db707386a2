//! How content was made of other content. Plain data.

/// A piece of content that was made of its base by a delta. The edits of a piece of content are in its order, and together
/// they are all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// `length` bytes of the base, from `offset` on.
    Copy { offset: usize, length: usize },
    /// So many bytes that the delta itself holds.
    Insert { length: usize },
}

impl Edit {
    /// How many bytes of the content it makes.
    pub fn length(self) -> usize {
        match self {
            Self::Copy { length, .. } | Self::Insert { length } => length,
        }
    }
}
