//! Encoders that share nothing with the decoders of the detector.

/// Base64 of RFC 4648, by its definition: 24 bits are four characters, and `=` fills the last ones.
pub(crate) fn base64(bytes: &[u8]) -> String {
    let alphabet: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(['+', '/']).collect();
    let mut encoded = String::new();
    for group in bytes.chunks(3) {
        let bits = (0..3).fold(0_usize, |bits, at| bits << 8 | usize::from(group.get(at).copied().unwrap_or(0)));
        for character in 0..4 {
            let is_filled = character > group.len();
            encoded.push(if is_filled { '=' } else { alphabet[bits >> (18 - 6 * character) & 63] });
        }
    }
    encoded
}

pub(crate) fn base64_url(bytes: &[u8]) -> String {
    base64(bytes).replace('+', "-").replace('/', "_").replace('=', "")
}

/// Every byte of a text, spelled.
pub(crate) fn each(text: &str, spell: impl Fn(u8) -> String) -> String {
    text.bytes().map(spell).collect()
}

pub(crate) fn hex(text: &str) -> String {
    each(text, |byte| format!("{byte:02x}"))
}

pub(crate) fn utf16(text: &str, big_endian: bool) -> Vec<u8> {
    text.encode_utf16().flat_map(|unit| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

#[test]
fn base64_is_that_of_the_standard() {
    // RFC 4648, section 10.
    let vectors = [
        ("", ""),
        ("f", "Zg=="),
        ("fo", "Zm8="),
        ("foo", "Zm9v"),
        ("foob", "Zm9vYg=="),
        ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ];
    for (text, encoded) in vectors {
        assert_eq!(base64(text.as_bytes()), encoded);
    }
}
