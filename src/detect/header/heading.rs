//! Columns that say that their cells are something else than values: `commit`, `request_id`, `key_hash`. Of a table, of the
//! rows that SQL inserts, and of an HTML table.

use std::ops::Range;

use super::{
    name::Name,
    table,
    words::{is_valuing, normalized},
};
use crate::detect::judge::placeholder;

/// Words in the heading of a column of numbers, digests or names.
const OTHERS: &[&str] = &[
    "id",
    "ids",
    "uuid",
    "guid",
    "request",
    "trace",
    "span",
    "session",
    "correlation",
    "commit",
    "revision",
    "sha",
    "sha1",
    "sha256",
    "sha512",
    "md5",
    "hash",
    "hashed",
    "digest",
    "checksum",
    "etag",
    "fingerprint",
    "signature",
    "created",
    "updated",
    "modified",
    "by",
];

/// How far before the name an HTML table may begin, in bytes.
const REACH: usize = 2048;

/// Whether `value` stands in the row of the name, in a column of something else.
pub(super) fn is_of_another(text: &[u8], name: &Name, value: &Range<usize>) -> bool {
    let heading = table::heading_of(text, name, value).or_else(|| in_html(text, name, value));
    heading.is_some_and(|heading| names_another(&text[heading]))
}

fn names_another(heading: &[u8]) -> bool {
    let mut parts = placeholder::parts(heading).map(<[u8]>::to_ascii_lowercase);
    let is_value = is_valuing(heading) || placeholder::parts(heading).any(is_valuing);
    !is_value
        && (OTHERS.contains(&normalized(heading).as_str())
            || parts.any(|part| OTHERS.iter().any(|other| part == other.as_bytes())))
}

/// The text of the `<th>` above a `<td>`.
fn in_html(text: &[u8], name: &Name, value: &Range<usize>) -> Option<Range<usize>> {
    let low = name.span.start.saturating_sub(REACH);
    let before = text.get(low..value.start)?;
    let row = memchr::memmem::rfind(before, b"<tr")?;
    let column = memchr::memmem::find_iter(&before[row..], b"<td").count().checked_sub(1)?;
    let table = memchr::memmem::rfind(&before[..row], b"<table").unwrap_or(0);
    let heads: Vec<usize> = memchr::memmem::find_iter(&before[table..row], b"<th>").collect();
    let start = table + heads.get(column)? + b"<th>".len();
    let end = start + memchr::memchr(b'<', &before[start..row])?;
    (name.span.start > low + row).then_some(low + start..low + end)
}
