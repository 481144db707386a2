//! What is shown around a value.

use std::ops::Range;

use super::CONTEXT;
use crate::finding::Excerpt;

/// The lines of the value, the one before and the one after, within the neighbourhood and [`Excerpt::REACH`] bytes.
pub(super) fn excerpt(text: &[u8], base: u64, neighbourhood: &Range<usize>, value: Range<usize>) -> Excerpt {
    let low = neighbourhood.start.max(value.start.saturating_sub(Excerpt::REACH));
    let high = neighbourhood.end.min(value.end + Excerpt::REACH);
    let before = &text[low..value.start];
    let start = memchr::memrchr_iter(b'\n', before).nth(1).map_or(low, |newline| low + newline + 1);
    let after = &text[value.end..high];
    let end = memchr::memchr_iter(b'\n', after).nth(1).map_or(high, |newline| value.end + newline);
    Excerpt {
        text: text[start..end].into(),
        base: base + start as u64,
        value: value.start - start..value.end - start,
        others: Vec::new(),
    }
}

/// Notes in an excerpt which other values it shows.
pub(super) fn mark_others(excerpt: &mut Excerpt, own: &Range<u64>, spans: &[Range<u64>]) {
    let end = excerpt.base + excerpt.text.len() as u64;
    // No value is longer than a neighbourhood.
    let first = spans.partition_point(|span| span.start + 2 * (CONTEXT as u64) < excerpt.base);
    for span in spans[first..].iter().take_while(|span| span.start < end) {
        if span.end > excerpt.base && span != own {
            let offset = |at: u64| (at.clamp(excerpt.base, end) - excerpt.base) as usize;
            excerpt.others.push(offset(span.start)..offset(span.end));
        }
    }
}
