//! Text whose every line is wrapped in something else: a diff, a quotation, a comment, a list of strings; and text that is
//! one string. What stands beside a name is then found only in what the lines say without it.

use std::ops::Range;

use super::{
    escapes::{self, Escape},
    runs::byte_of,
    view::View,
};

/// How far from a name its lines are read, in bytes either way: as far as the entries of an object may stand.
const REACH: usize = 1536;

/// What begins a line that belongs to something else.
const MARKS: &[&[u8]] = &[b"///", b"//", b"#", b"*", b">", b"--", b";", b"|", b"%", b"'", b"REM "];

/// How lines are wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrapping {
    /// A column of `+`, `-` and blanks.
    Diff,
    /// Blanks and this mark.
    Mark(&'static [u8]),
    /// A string of a list, with the line's end in it: `"…\n",`
    Item,
}

/// The text without what its lines are wrapped in, as far as the lines around `place` are wrapped alike.
pub(super) fn lines(text: &[u8], place: &Range<usize>) -> Option<View> {
    let own = line_at(text, place.start, 0, text.len());
    let wrapping = wrapping_of(&text[own.clone()]).or_else(|| text[own].starts_with(b" ").then_some(Wrapping::Diff))?;
    if wrapping == Wrapping::Diff && !is_in_diff(text, place) {
        return None;
    }
    unwrapped(text, place, wrapping)
}

/// The same of lines of a diff only, which say what they say wherever they stand.
pub(super) fn hunk(text: &[u8], place: &Range<usize>) -> Option<View> {
    let own = line_at(text, place.start, 0, text.len());
    let is_marked = matches!(text[own].first(), Some(b'+' | b'-' | b' '));
    (is_marked && is_in_diff(text, place)).then(|| unwrapped(text, place, Wrapping::Diff)).flatten()
}

/// Whether a place stands in a line that a diff keeps.
pub(super) fn is_kept(text: &[u8], place: &Range<usize>) -> bool {
    let own = line_at(text, place.start, 0, text.len());
    text[own].starts_with(b" ") && is_in_diff(text, place)
}

/// Whether lines near a place say that they are of a diff: a list begins its lines with a dash as well.
fn is_in_diff(text: &[u8], place: &Range<usize>) -> bool {
    let near = &text[place.start.saturating_sub(REACH)..text.len().min(place.end + REACH)];
    let says_so = |line: &[u8]| line.starts_with(b"@@ ") || matches!(line, [b'+', after, ..] if *after != b'\n');
    says_so(near) || memchr::memchr_iter(b'\n', near).any(|newline| says_so(&near[newline + 1..]))
}

/// The text of lines that are strings of a list, if `place` is in such a one.
pub(super) fn items(text: &[u8], place: &Range<usize>) -> Option<View> {
    let own = line_at(text, place.start, 0, text.len());
    content(Wrapping::Item, &text[own])?;
    unwrapped(text, place, Wrapping::Item)
}

/// Whether the line of a place, or the one before it, is a string of a list with the end of a line in it, which more strings
/// follow: `"…\n",`.
pub(super) fn is_listed(text: &[u8], place: &Range<usize>) -> bool {
    let is_line = |line: &Range<usize>| {
        let line = text[line.clone()].trim_ascii();
        line.starts_with(b"\"") && line.ends_with(b"\\n\",")
    };
    let own = line_at(text, place.start, 0, text.len());
    let before = own.start.checked_sub(1).map(|end| line_at(text, end, 0, text.len()));
    let after = line_at(text, own.end + 1, 0, text.len());
    before.is_some_and(|before| is_line(&before)) || is_line(&own) && content(Wrapping::Item, &text[after]).is_some()
}

/// How many strings of a list on one line are read, either way.
const MAX_ITEMS: usize = 64;

/// The same where the whole list is on one line: `["…\n", "…\n"]`.
pub(super) fn inline_items(text: &[u8], place: &Range<usize>) -> Option<View> {
    let is_open = |at: &usize| text[..*at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 0;
    let (low, high) = (place.start.saturating_sub(REACH), (place.end + REACH).min(text.len()));
    let open = |end: usize| memchr::memrchr_iter(b'"', &text[low..end]).map(|at| low + at).find(is_open);
    let close = |start: usize| memchr::memchr_iter(b'"', &text[start..high]).map(|at| start + at).find(is_open);
    let is_line = |item: &Range<usize>| text[item.clone()].ends_with(b"\\n");
    let own = open(place.start)? + 1..close(place.end)?;
    let mut items = Vec::from([own.clone()]);
    let mut start = own.start - 1;
    while items.len() < MAX_ITEMS
        && let Some(before) = text[..start].trim_ascii_end().strip_suffix(b",")
        && let Some(end) = before.trim_ascii_end().strip_suffix(b"\"").map(<[u8]>::len)
        && end > low
        && let Some(begin) = open(end)
        && is_line(&(begin + 1..end))
    {
        items.insert(0, begin + 1..end);
        start = begin;
    }
    let mut last = own;
    while items.len() < 2 * MAX_ITEMS && is_line(&last) {
        let rest = text[last.end + 1..high].trim_ascii_start();
        let Some(next) =
            rest.strip_prefix(b",").map(<[u8]>::trim_ascii_start).and_then(|rest| rest.strip_prefix(b"\""))
        else {
            break;
        };
        let begin = high - next.len();
        // The next key of an object is no string of the list.
        let is_item = |end: &usize| !text[end + 1..].trim_ascii_start().starts_with(b":");
        let Some(end) = close(begin).filter(is_item) else { break };
        last = begin..end;
        items.push(last.clone());
    }
    if items.len() < 2 {
        return None;
    }
    let mut view = View::default();
    for item in items {
        escapes::decode_into(&mut view, Escape::Backslash, text, item);
    }
    Some(view)
}

fn unwrapped(text: &[u8], place: &Range<usize>, wrapping: Wrapping) -> Option<View> {
    let (low, high) = (place.start.saturating_sub(REACH), (place.end + REACH).min(text.len()));
    let own = line_at(text, place.start, low, high);
    let mut lines = vec![own.clone()];
    let mut start = own.start;
    // Of what a diff replaces one side is read: that of the place.
    let other_side = match (wrapping, text.get(own.start)) {
        (Wrapping::Diff, Some(b'-')) => Some(b'+'),
        (Wrapping::Diff, _) => Some(b'-'),
        _ => None,
    };
    let is_other = |line: &Range<usize>| other_side.is_some_and(|side| text.get(line.start) == Some(&side));
    while start > low {
        let line = line_at(text, start - 1, low, high);
        // One that the reach has cut is not whole.
        if line.start == low && low > 0 || content(wrapping, &text[line.clone()]).is_none() {
            break;
        }
        start = line.start;
        if !is_other(&line) {
            lines.push(line);
        }
    }
    lines.reverse();
    let mut end = own.end;
    while end < high {
        let line = line_at(text, end + 1, low, high);
        if content(wrapping, &text[line.clone()]).is_none() {
            break;
        }
        end = line.end;
        if !is_other(&line) {
            lines.push(line);
        }
    }
    if lines.len() < 2 {
        return None;
    }
    let mut view = View::default();
    for line in lines {
        let within = content(wrapping, &text[line.clone()])?;
        let part = line.start + within.start..line.start + within.end;
        if wrapping == Wrapping::Item {
            escapes::decode_into(&mut view, Escape::Backslash, text, part);
        } else {
            for at in part {
                view.push(text[at], at..at + 1);
            }
            if line.end < text.len() {
                view.push(b'\n', line.end..line.end + 1);
            }
        }
    }
    Some(view)
}

/// How what stands beside an anchor is escaped though the anchor is not, and how far: in a URL (`X-API-Key%3A%20…`), in
/// quoted-printable mail, whose lines break within keys.
pub(super) fn escaped_beside(text: &[u8], place: &Range<usize>) -> Option<(Escape, Range<usize>)> {
    let rest = &text[place.end..];
    if let [b'%', high, low, ..] = rest
        && byte_of(&[*high, *low]).is_some()
    {
        let ends = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`<>".contains(byte);
        let start = text[..place.start].iter().rposition(ends).map_or(0, |at| at + 1);
        let end = rest.iter().position(ends).map_or(text.len(), |at| place.end + at);
        return Some((Escape::Percent, start..end));
    }
    let body = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')).count();
    let is_broken = body > 0 && (rest[body..].starts_with(b"=\n") || rest[body..].starts_with(b"=\r\n"));
    let is_printable = is_broken || memchr::memmem::find(text, b"quoted-printable").is_some();
    is_printable.then_some((Escape::Equals, 0..text.len()))
}

/// The line that holds `at`, without its end.
fn line_at(text: &[u8], at: usize, low: usize, high: usize) -> Range<usize> {
    let at = at.min(high);
    let start = memchr::memrchr(b'\n', &text[low..at]).map_or(low, |newline| low + newline + 1);
    start..memchr::memchr(b'\n', &text[at..high]).map_or(high, |newline| at + newline)
}

fn wrapping_of(line: &[u8]) -> Option<Wrapping> {
    if content(Wrapping::Item, line).is_some() {
        return Some(Wrapping::Item);
    }
    if matches!(line.first(), Some(b'+' | b'-')) {
        return Some(Wrapping::Diff);
    }
    let trimmed = line.trim_ascii_start();
    MARKS.iter().find(|mark| trimmed.starts_with(mark)).map(|mark| Wrapping::Mark(mark))
}

/// What a line says without its wrapping; `None` if it is not wrapped so.
fn content(wrapping: Wrapping, line: &[u8]) -> Option<Range<usize>> {
    let end = line.trim_ascii_end().len();
    let indent = line.len() - line.trim_ascii_start().len();
    match wrapping {
        Wrapping::Diff => {
            let is_header = line.starts_with(b"+++") || line.starts_with(b"---");
            (matches!(line.first(), Some(b'+' | b'-' | b' ')) && !is_header).then_some(1..line.len())
        }
        Wrapping::Mark(mark) => {
            let start = indent + mark.len();
            line[indent..].starts_with(mark).then_some(start..line.len())
        }
        Wrapping::Item => {
            let inner = line[..end].strip_suffix(b",").unwrap_or(&line[..end]);
            let is_last = inner.len() == end;
            let inner = inner.get(indent..)?.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
            // The last line has no end in it.
            (is_last || inner.ends_with(b"\\n") || inner.is_empty()).then_some(indent + 1..indent + 1 + inner.len())
        }
    }
}
