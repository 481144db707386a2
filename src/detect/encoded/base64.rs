//! Base64 of RFC 4648, both alphabets, from the middle of a text on: what stands there tells how it is aligned.

use std::ops::Range;

use super::view::View;

/// How much of a line must be base64 for the next line to go on with it, in characters: encoders break lines at 60 to 76.
const WRAPPED_LINE: usize = 60;

/// The same of a line that tabs indent: property lists count these as eight columns each.
const INDENTED_LINE: usize = 36;

/// Decodes the base64 around `place`, up to `reach` bytes from its start either way. `phase` is how many characters of a
/// group stand before `place`.
pub(super) fn decode(text: &[u8], place: &Range<usize>, phase: usize, reach: usize) -> View {
    let (low, high) = (place.start.saturating_sub(reach), (place.start + reach).min(text.len()));
    let mut at = start_of(text, place.start, low);
    let mut symbols: Vec<(u8, Range<usize>)> = Vec::with_capacity(high - at);
    let mut before = 0;
    while let Some((value, source)) = after(text, at, high) {
        at = source.end;
        before += usize::from(source.start < place.start);
        symbols.push((value, source));
    }
    // The first whole group.
    let partial = (before % 4 + 4 - phase) % 4;
    let mut view = View::default();
    for group in symbols.get(partial..).unwrap_or_default().chunks(4) {
        for (number, pair) in group.windows(2).enumerate() {
            let [(first, from), (second, to)] = pair else { continue };
            // Eight bits of the twelve that two characters hold: the first two bytes begin in the first one's bits.
            let bits = u16::from(*first) << 6 | u16::from(*second);
            let byte = (bits >> (4 - 2 * number)) as u8;
            view.push(byte, from.start..to.end);
        }
    }
    view
}

/// Where the base64 begins that goes on at `place`, not before `low`.
fn start_of(text: &[u8], place: usize, low: usize) -> usize {
    let mut at = place;
    loop {
        at -= text[low..at].iter().rev().take_while(|byte| value_of(**byte).is_some()).count();
        let (head, tail) = (&text[low..at], &text[at..]);
        let indent = head.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let line = &head[..head.len() - indent];
        // `n` and `r` of an escaped line break are characters of base64 too.
        let line = if tail.starts_with(b"n") && head.ends_with(b"\\") {
            let line = &head[..head.len() - 1];
            Some(line.strip_suffix(b"\\r").unwrap_or(line))
        } else {
            line.strip_suffix(b"\r\n").or_else(|| line.strip_suffix(b"\n"))
        };
        at = match (head.last(), line) {
            (Some(b'%' | b'\\'), _) if character(&text[at - 1..]).is_some() => at - 1,
            (_, Some(line)) if is_wrapped(line) => low + line.len(),
            _ => return at,
        };
    }
}

/// The character that begins at `at` or, where lines are wrapped, on the next line.
fn after(text: &[u8], at: usize, high: usize) -> Option<(u8, Range<usize>)> {
    let rest = &text[at.min(high)..high];
    if let Some((value, length)) = character(rest) {
        return Some((value, at..at + length));
    }
    let line_break = [b"\r\n".as_slice(), b"\n", b"\\r\\n", b"\\n"].into_iter().find(|end| rest.starts_with(end))?;
    if !is_wrapped(&text[..at]) {
        return None;
    }
    let rest = &rest[line_break.len()..];
    let indent = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let start = at + line_break.len() + indent;
    // The next line of the file, not of this: `runcmd:`
    let length = rest[indent..].iter().take_while(|byte| value_of(**byte).is_some()).count();
    if matches!(rest.get(indent + length), Some(b':' | b' ' | b'(' | b'.')) {
        return None;
    }
    let (value, length) = character(&rest[indent..])?;
    Some((value, start..start + length))
}

/// Whether a line that ends like this is one of many: base64 as far as lines are.
fn is_wrapped(before: &[u8]) -> bool {
    let length = before.iter().rev().take(WRAPPED_LINE).take_while(|byte| value_of(**byte).is_some()).count();
    let is_indented = before[..before.len() - length].ends_with(b"\t");
    length == WRAPPED_LINE || is_indented && length >= INDENTED_LINE && length % 4 == 0
}

/// The value of the character at the start of `text` and how long it is written: `+` and `/` are escaped in URLs and JSON.
fn character(text: &[u8]) -> Option<(u8, usize)> {
    let &first = text.first()?;
    if let Some(value) = value_of(first) {
        return Some((value, 1));
    }
    let escaped: [(&[u8], u8); 6] =
        [(b"\\/", 63), (b"%2B", 62), (b"%2F", 63), (b"%2b", 62), (b"%2f", 63), (b"\\u002", 62)];
    let (spelling, value) = *escaped.iter().find(|(spelling, _)| text.starts_with(spelling))?;
    match text.get(spelling.len()) {
        _ if spelling.len() < 5 => Some((value, spelling.len())),
        Some(b'B' | b'b') => Some((62, 6)),
        Some(b'F' | b'f') => Some((63, 6)),
        _ => None,
    }
}

/// The six bits of a character in either alphabet.
fn value_of(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

/// The characters that encode `text` after `skipped` other bytes of a group of three, as far as `text` alone decides them,
/// and how many characters of their group stand before them.
pub(super) fn encoded_inside(text: &[u8], skipped: usize) -> (Vec<u8>, usize) {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bit = |at: usize| {
        let byte = text[at / 8 - skipped];
        usize::from(byte >> (7 - at % 8) & 1)
    };
    let characters = (skipped * 8).div_ceil(6)..(skipped + text.len()) * 8 / 6;
    let encode = |number: usize| ALPHABET[(number * 6..number * 6 + 6).fold(0, |bits, at| bits << 1 | bit(at))];
    (characters.clone().map(encode).collect(), characters.start % 4)
}
