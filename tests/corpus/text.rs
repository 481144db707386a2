//! Text in which the places of values are marked by characters that no text has, so that whatever is done to the text
//! carries the places along.

/// Markers are characters of a private use plane.
const FIRST: u32 = 0xF_0000;

/// The marker of a place.
pub(super) fn marker(place: usize) -> char {
    char::from_u32(FIRST + place as u32).expect("a case has few places")
}

/// The place that a character marks, if it is a marker.
pub(super) fn place(c: char) -> Option<usize> {
    (FIRST..FIRST + 0xFFFE).contains(&(c as u32)).then(|| (c as u32 - FIRST) as usize)
}

/// The text without markers.
pub(super) fn plain(text: &str) -> String {
    text.chars().filter(|&c| place(c).is_none()).collect()
}

/// Applies a change to every character but markers.
pub(super) fn map(text: &str, mut change: impl FnMut(char, &mut String)) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if place(c).is_some() {
            out.push(c);
        } else {
            change(c, &mut out);
        }
    }
    out
}

/// The text of a JSON string, without its quotes.
pub(super) fn json(text: &str) -> String {
    map(text, |c, out| match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if c < ' ' => out.extend(format!("\\u{:04x}", c as u32).chars()),
        c => out.push(c),
    })
}

/// Line and column of every marked place, in order of the places; both count from 1, columns in scalar values.
pub(super) fn positions(text: &str) -> Vec<(u64, u64)> {
    let mut found = Vec::new();
    let (mut line, mut column) = (1, 1);
    for c in text.chars() {
        if let Some(place) = place(c) {
            found.push((place, (line, column)));
        } else if c == '\n' {
            line += 1;
            column = 1;
        } else {
            column += 1;
        }
    }
    found.sort_unstable();
    found.into_iter().map(|(_, position)| position).collect()
}
