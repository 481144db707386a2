//! The text around an occurrence of an identifier, as it is or without what wraps its lines.

use std::ops::Range;

use crate::detect::encoded::View;

/// What may matter for an occurrence.
#[derive(Clone, Debug)]
pub(super) struct Near<'a> {
    pub(super) text: &'a [u8],
    /// Where the occurrence stands in `text`.
    pub(super) span: Range<usize>,
    view: Option<&'a View>,
    /// Where the text stands, or that which it was made from, in the window's.
    offset: usize,
}

impl<'a> Near<'a> {
    /// `span` is a part of `text`, which stands at `offset` of the window's; `view` was made from that text.
    pub(super) fn new(text: &'a [u8], span: &Range<usize>, view: Option<&'a View>, offset: usize) -> Self {
        match view {
            Some(view) => Self { text: &view.text, span: view.made_from(span), view: Some(view), offset },
            None => Self { text, span: span.clone(), view: None, offset },
        }
    }

    /// The place of a part of the text in the window's.
    pub(super) fn place(&self, part: Range<usize>) -> Range<usize> {
        let source = match self.view {
            Some(view) => view.source(part),
            None => part,
        };
        self.offset + source.start..self.offset + source.end
    }

    /// Compiled code and data give an identifier nothing.
    pub(super) fn is_binary(&self) -> bool {
        memchr::memchr(0, self.text).is_some()
    }
}
