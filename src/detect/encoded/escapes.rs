//! Text in which some characters, or all, are written as escapes; what is none stands for itself.

use std::ops::Range;

use super::{runs::byte_of, view::View};

/// A way to write characters that cannot stand where they are, or could not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escape {
    /// `\u005f`, `\u{5f}`, `\x5f`, `\137`, `\n`, `\"`; `\_` of Markdown and TeX; `%u005f`
    Backslash,
    /// `%5F`
    Percent,
    /// `=5F` of quoted-printable
    Equals,
    /// `&#95;`, `&#x5f;`, `&lowbar;`
    Entity,
}

/// Decodes a part of `text`, in which an escape or a character that is none begins at `place`.
pub(super) fn decode(escape: Escape, text: &[u8], part: Range<usize>, place: usize) -> View {
    let mut at = part.start;
    // Begins after a run of backslashes: from its middle on they would be paired wrongly.
    while at > 0 && at < place && text[at - 1] == b'\\' {
        at += 1;
    }
    let mut view = View::default();
    decode_into(&mut view, escape, text, at..part.end.min(text.len()));
    view
}

/// Decodes a part of `text` that begins outside of any escape.
pub(super) fn decode_into(view: &mut View, escape: Escape, text: &[u8], part: Range<usize>) {
    let (mut at, high) = (part.start, part.end);
    while at < high {
        let rest = &text[at..high];
        let read = match (escape, rest[0]) {
            (Escape::Backslash, b'\\') => backslash(rest),
            (Escape::Backslash, b'%') => percent_u(rest),
            (Escape::Percent, b'%') => rest.get(1..3).and_then(byte_of).map(|byte| (Written::Byte(byte), 3)),
            (Escape::Equals, b'=') => equals(rest),
            (Escape::Entity, b'&') => entity(rest),
            _ => None,
        };
        let (written, length) = read.unwrap_or((Written::Byte(rest[0]), 1));
        match written {
            Written::Byte(byte) => view.push(byte, at..at + length),
            Written::Char(value) => view.push_char(value, &(at..at + length)),
            Written::Nothing => {}
        }
        at += length;
    }
}

/// What an escape stands for.
enum Written {
    Byte(u8),
    Char(char),
    Nothing,
}

fn backslash(rest: &[u8]) -> Option<(Written, usize)> {
    let simple = |byte| Some((Written::Byte(byte), 2));
    match *rest.get(1)? {
        // The line goes on.
        b'\n' | b'\r' => {
            let line_break = if rest[1] == b'\r' { 3 } else { 2 };
            let blanks = rest.get(line_break..)?.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            Some((Written::Nothing, line_break + blanks))
        }
        b'n' => simple(b'\n'),
        b't' => simple(b'\t'),
        b'r' => simple(b'\r'),
        mark @ (b'"' | b'\'' | b'\\' | b'/' | b'`' | b'_' | b'-') => simple(mark),
        b'x' => rest.get(2..4).and_then(byte_of).map(|byte| (Written::Byte(byte), 4)),
        b'u' if rest.get(2) == Some(&b'{') => {
            let digits = &rest[3..];
            let length = digits.iter().take(7).position(|byte| *byte == b'}')?;
            Some((Written::Char(scalar(&digits[..length], 16)?), length + 4))
        }
        b'u' => Some((Written::Char(scalar(rest.get(2..6)?, 16)?), 6)),
        b'U' => Some((Written::Char(scalar(rest.get(2..10)?, 16)?), 10)),
        b'0'..=b'3' => {
            let value = scalar(rest.get(1..4)?, 8)?;
            Some((Written::Byte(u8::try_from(u32::from(value)).ok()?), 4))
        }
        _ => None,
    }
}

/// `%u005f`: what `escape` of JavaScript makes.
fn percent_u(rest: &[u8]) -> Option<(Written, usize)> {
    let digits = rest.get(1..6)?.strip_prefix(b"u")?;
    Some((Written::Char(scalar(digits, 16)?), 6))
}

fn equals(rest: &[u8]) -> Option<(Written, usize)> {
    // A line that goes on.
    for soft_break in [b"=\n".as_slice(), b"=\r\n"] {
        if rest.starts_with(soft_break) {
            return Some((Written::Nothing, soft_break.len()));
        }
    }
    rest.get(1..3).and_then(byte_of).map(|byte| (Written::Byte(byte), 3))
}

/// Names of HTML for what stands in and around keys.
const ENTITIES: &[(&[u8], char)] = &[
    (b"lowbar", '_'),
    (b"UnderBar", '_'),
    (b"hyphen", '-'),
    (b"dash", '-'),
    (b"quot", '"'),
    (b"apos", '\''),
    (b"lt", '<'),
    (b"gt", '>'),
    (b"amp", '&'),
    (b"colon", ':'),
    (b"equals", '='),
    (b"nbsp", ' '),
    (b"NewLine", '\n'),
];

fn entity(rest: &[u8]) -> Option<(Written, usize)> {
    let end = rest.iter().take(12).position(|byte| *byte == b';')?;
    let value = match &rest[1..end] {
        [b'#', b'x' | b'X', digits @ ..] => scalar(digits, 16)?,
        [b'#', digits @ ..] => scalar(digits, 10)?,
        name => ENTITIES.iter().find(|(known, _)| *known == name)?.1,
    };
    Some((Written::Char(value), end + 1))
}

/// The scalar value that digits of this radix write.
fn scalar(digits: &[u8], radix: u32) -> Option<char> {
    // A sign would be accepted as well.
    let digits =
        std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, radix).ok().and_then(char::from_u32)
}
