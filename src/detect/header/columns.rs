//! Rows of a table in code, whose type says what each of their values is: `[]struct{ header, id, want string }{ {"X-API-Key",
//! "…", "kept"} }`.

use std::ops::Range;

use super::name::Name;

/// How far before a row its type may stand, in bytes.
const REACH: usize = 512;

/// What a column may be called that holds no value to send.
const OTHERS: &[&str] = &[
    "checksum",
    "commit",
    "digest",
    "etag",
    "fingerprint",
    "guid",
    "hash",
    "id",
    "rev",
    "revision",
    "sha",
    "sha1",
    "sha256",
    "sum",
    "trace",
    "traceid",
    "uid",
    "uuid",
    "requestid",
];

/// Whether the type of the rows says that what stands behind the name in its row is no value of a header.
pub(super) fn is_told_apart(before: &[u8], name: &Name) -> bool {
    let open = before.len() - name.quote.filter(|_| name.is_whole_literal).map_or(0, <[u8]>::len);
    let row = before[..open].trim_ascii_end();
    // The literals before it in its row.
    let (row, place) = match row.iter().rposition(|byte| matches!(byte, b'{' | b'\n')) {
        Some(bound) if row[bound] == b'{' => (&row[..=bound], memchr::memchr_iter(b',', &row[bound + 1..]).count()),
        _ => return false,
    };
    let Some(kind) = row_type(row, row.len().saturating_sub(REACH)..row.len()) else { return false };
    fields(&row[kind]).nth(place + 1).is_some_and(|field| {
        let mut words =
            field.split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_').filter(|word| !word.is_empty());
        // The type comes first in C and its children, last in Go.
        let is_typed_first = field.contains(&b'*')
            || [b"const ".as_slice(), b"char ", b"std::"].iter().any(|kind| field.starts_with(kind));
        let word = if is_typed_first { words.next_back() } else { words.next() };
        let word: Vec<u8> =
            word.unwrap_or_default().iter().filter(|byte| **byte != b'_').map(u8::to_ascii_lowercase).collect();
        OTHERS.iter().any(|other| other.as_bytes() == word) || word.starts_with(b"want") || word.starts_with(b"expect")
    })
}

/// What stands between the braces of the last type that begins in a range: `struct { header, value string }`.
pub(super) fn row_type(text: &[u8], range: Range<usize>) -> Option<Range<usize>> {
    let at = range.start + memchr::memmem::rfind(&text[range.clone()], b"struct")?;
    let open = at + memchr::memchr(b'{', &text[at..range.end])? + 1;
    let close = open + memchr::memchr(b'}', &text[open..])?;
    Some(open..close)
}

/// The fields of such a type, with what else is said of each.
pub(super) fn fields(kind: &[u8]) -> impl Iterator<Item = &[u8]> {
    let fields = kind.split(|byte| matches!(byte, b',' | b';' | b'\n')).map(<[u8]>::trim_ascii);
    fields.filter(|field| !field.is_empty() && !field.starts_with(b"//"))
}
