//! Encodings of a part of a text, with the places that are marked in it.

use super::text;

pub(super) const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Bytes, and at which offsets marked places are.
#[derive(Clone, Debug, Default)]
pub(super) struct Marked {
    pub(super) bytes: Vec<u8>,
    places: Vec<(usize, usize)>,
}

impl Marked {
    pub(super) fn push_text(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// Marks where the next byte will stand.
    pub(super) fn mark(&mut self, place: usize) {
        self.places.push((self.bytes.len(), place));
    }

    pub(super) fn append(&mut self, other: &Self) {
        self.places.extend(other.places.iter().map(|(offset, place)| (self.bytes.len() + offset, *place)));
        self.bytes.extend_from_slice(&other.bytes);
    }

    /// The text with markers in it; `None` if the bytes are no text.
    pub(super) fn into_text(self) -> Option<String> {
        let mut out = String::new();
        let mut from = 0;
        let bytes = str::from_utf8(&self.bytes).ok()?;
        for (offset, place) in self.places {
            out.push_str(bytes.get(from..offset)?);
            out.push(text::marker(place));
            from = offset;
        }
        out.push_str(&bytes[from..]);
        Some(out)
    }

    fn from_text(text: &str) -> Self {
        let mut marked = Self::default();
        for c in text.chars() {
            match text::place(c) {
                Some(place) => marked.mark(place),
                None => marked.push_text(c.encode_utf8(&mut [0; 4])),
            }
        }
        marked
    }
}

/// How a part of a text is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoder {
    Base64,
    Base64Url,
    Base64NoPad,
    Hex,
    UpperHex,
    Percent,
    PercentAll,
    Unicode,
    UnicodeAll,
    Byte,
    ByteAll,
    Entity,
    EntityHex,
    EntityAll,
    Json,
    Utf16Le,
    Utf16Be,
}

impl Encoder {
    pub(super) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "base64" => Self::Base64,
            "base64url" => Self::Base64Url,
            "base64nopad" => Self::Base64NoPad,
            "hex" => Self::Hex,
            "HEX" => Self::UpperHex,
            "percent" => Self::Percent,
            "percent-all" => Self::PercentAll,
            "u" => Self::Unicode,
            "u-all" => Self::UnicodeAll,
            "x" => Self::Byte,
            "x-all" => Self::ByteAll,
            "entity" => Self::Entity,
            "entity-hex" => Self::EntityHex,
            "entity-all" => Self::EntityAll,
            "json" => Self::Json,
            "utf16le" => Self::Utf16Le,
            "utf16be" => Self::Utf16Be,
            _ => return None,
        })
    }

    /// `None` if what is to be encoded as text is none.
    pub(super) fn apply(self, input: Marked) -> Option<Marked> {
        let digits = |input: &Marked, digit: fn(&u8) -> String| Marked {
            bytes: input.bytes.iter().map(digit).collect::<String>().into_bytes(),
            places: input.places.iter().map(|(offset, place)| (2 * offset, *place)).collect(),
        };
        let sextets = |input: &Marked, alphabet, pads| Marked {
            bytes: base64(&input.bytes, alphabet, pads).into_bytes(),
            places: input.places.iter().map(|(offset, place)| (8 * offset / 6, *place)).collect(),
        };
        match self {
            Self::Base64 => Some(sextets(&input, STANDARD, true)),
            Self::Base64NoPad => Some(sextets(&input, STANDARD, false)),
            Self::Base64Url => Some(sextets(&input, URL_SAFE, false)),
            Self::Hex => Some(digits(&input, |byte| format!("{byte:02x}"))),
            Self::UpperHex => Some(digits(&input, |byte| format!("{byte:02X}"))),
            Self::Json => Some(Marked::from_text(&text::json(&input.into_text()?))),
            _ => {
                let places = input.places.clone();
                let text = String::from_utf8(input.bytes).ok()?;
                let mut output = Marked::default();
                let mut places = places.into_iter().peekable();
                for (offset, c) in text.char_indices() {
                    while let Some((_, place)) = places.next_if(|(at, _)| *at <= offset) {
                        output.mark(place);
                    }
                    self.character(c, &mut output.bytes);
                }
                Some(output)
            }
        }
    }

    fn character(self, c: char, out: &mut Vec<u8>) {
        let mut units = [0; 2];
        let mut utf8 = [0; 4];
        let units = c.encode_utf16(&mut units);
        let utf8 = c.encode_utf8(&mut utf8).as_bytes();
        let is_unreserved = c.is_ascii_alphanumeric() || "-._~".contains(c);
        let is_kept = match self {
            Self::Percent => is_unreserved,
            Self::Unicode | Self::Byte | Self::Entity | Self::EntityHex => c.is_ascii_alphanumeric(),
            _ => false,
        };
        match self {
            _ if is_kept => out.extend_from_slice(utf8),
            Self::Percent | Self::PercentAll => escape(out, utf8, |byte| format!("%{byte:02X}")),
            Self::Unicode | Self::UnicodeAll => escape(out, units, |unit| format!("\\u{unit:04x}")),
            Self::Byte | Self::ByteAll => escape(out, utf8, |byte| format!("\\x{byte:02x}")),
            Self::EntityHex => escape(out, &[c as u32], |scalar| format!("&#x{scalar:x};")),
            Self::Utf16Le => units.iter().for_each(|unit| out.extend(unit.to_le_bytes())),
            Self::Utf16Be => units.iter().for_each(|unit| out.extend(unit.to_be_bytes())),
            _ => escape(out, &[c as u32], |scalar| format!("&#{scalar};")),
        }
    }
}

fn escape<T: Copy>(out: &mut Vec<u8>, units: &[T], escaped: impl Fn(T) -> String) {
    for unit in units {
        out.extend(escaped(*unit).into_bytes());
    }
}

/// RFC 4648, without line breaks.
pub(super) fn base64(bytes: &[u8], alphabet: &[u8; 64], pads: bool) -> String {
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0, |bits: u32, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for at in 0..=three.len() {
            out.push(char::from(alphabet[(bits >> (18 - 6 * at) & 63) as usize]));
        }
        if pads {
            out.extend(std::iter::repeat_n('=', 3 - three.len()));
        }
    }
    out
}
