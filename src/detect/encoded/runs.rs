//! Encodings that spell every byte alike, one after the other: hexadecimal digits, UTF-16, arrays of bytes.

use std::ops::Range;

use super::view::View;

/// Decodes the hexadecimal digits around `place`, which begins with a whole byte.
pub(super) fn hex(text: &[u8], place: &Range<usize>, reach: usize) -> View {
    let byte = |at: usize| byte_of(text.get(at..at + 2)?);
    pairs(text, place, reach, |at, view| byte(at).inspect(|&byte| view.push(byte, at..at + 2)).is_some())
}

/// Decodes the UTF-16 around `place`, which begins with the low byte of a unit.
///
/// Only what alphabetic scripts are written in counts: everything else is as likely data that stands beside the text.
pub(super) fn utf16(text: &[u8], place: &Range<usize>, reach: usize) -> View {
    let mut view = utf16_from(text, place, reach, u16::from_le_bytes);
    // Big-endian text reads the same from its second byte on, but for the last unit, whose low byte ends the text.
    let run = view.source(0..view.text.len());
    if view.text.is_empty() {
        return view;
    }
    let is_text = |byte: &u8| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    let Some(&last) = text.get(run.end).filter(|last| run.end < place.start + reach && is_text(last)) else {
        return view;
    };
    if run.start.checked_sub(1).is_some_and(|before| text[before] == 0) {
        return utf16_from(text, &(place.start - 1..place.end), reach, u16::from_be_bytes);
    }
    // Between two pieces of other text the order of the bytes cannot be told.
    view.push(last, run.end..run.end + 1);
    view
}

fn utf16_from(text: &[u8], place: &Range<usize>, reach: usize, unit: fn([u8; 2]) -> u16) -> View {
    let unit = |at: usize| Some(unit([*text.get(at)?, *text.get(at + 1)?]));
    pairs(text, place, reach, |at, view| {
        let value = unit(at).filter(|unit| matches!(unit, 9 | 10 | 13 | 0x20..=0x7e | 0xa0..=0x4ff));
        let value = value.and_then(|unit| char::from_u32(u32::from(unit)));
        value.inspect(|&value| view.push_char(value, &(at..at + 2))).is_some()
    })
}

/// Reads pairs of bytes as far as they can be read, from `place` in both directions.
fn pairs(text: &[u8], place: &Range<usize>, reach: usize, mut read: impl FnMut(usize, &mut View) -> bool) -> View {
    let low = place.start.saturating_sub(reach);
    let mut start = place.start;
    let mut scratch = View::default();
    while start >= low + 2 && read(start - 2, &mut scratch) {
        start -= 2;
    }
    let high = (place.start + reach).min(text.len());
    let mut view = View::default();
    let mut at = start;
    while at + 2 <= high && read(at, &mut view) {
        at += 2;
    }
    view
}

/// What each element of an array may be cast to.
const CASTS: &[&[u8]] = &[b"byte", b"char"];

/// Decodes an array of bytes around `place`: `0x73, 0x6b, …`, `115, 107, …` or `(byte) 0x73, (byte) 0x6b, …`.
pub(super) fn array(text: &[u8], place: &Range<usize>, reach: usize) -> View {
    let belongs = |byte: &u8| byte.is_ascii_hexdigit() || b"xX, \t\r\n()ythr".contains(byte);
    let low = place.start.saturating_sub(reach);
    let before = text[low..place.start].iter().rev().take_while(|byte| belongs(byte)).count();
    let mut at = place.start - before;
    let high = (place.start + reach).min(text.len());
    let mut view = View::default();
    while at < high && belongs(&text[at]) {
        let word = text[at..high].iter().take(5).take_while(|byte| byte.is_ascii_alphanumeric()).count();
        match element(&text[at..at + word]) {
            Some(byte) => view.push(byte, at..at + word),
            None if CASTS.contains(&&text[at..at + word]) => {}
            // What is no element ends the array; the one that is looked for comes after it.
            None if word > 0 && at > place.start => break,
            None => {}
        }
        at += word.max(1);
    }
    view
}

/// `0x73`, `115`
fn element(word: &[u8]) -> Option<u8> {
    match word {
        [b'0', b'x' | b'X', digits @ ..] => byte_of(digits),
        [b'0'..=b'9', ..] if word.len() <= 3 => std::str::from_utf8(word).ok()?.parse().ok(),
        _ => None,
    }
}

/// The byte that two hexadecimal digits write.
pub(super) fn byte_of(digits: &[u8]) -> Option<u8> {
    let value = |digit: u8| char::from(digit).to_digit(16);
    let &[high, low] = digits else { return None };
    u8::try_from(value(high)? << 4 | value(low)?).ok()
}
