//! Values that look like real ones: of a kind, and never by accident like a placeholder.

use super::{encode, random::Random};

const LOWER_HEX: &str = "0123456789abcdef";
const UPPER_HEX: &str = "0123456789ABCDEF";
const DIGITS: &str = "0123456789";
const LOWER: &str = "abcdefghijklmnopqrstuvwxyz0123456789";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const BASE62: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const URL: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";

/// What no generated value holds, in any case: a reader could take it for a placeholder or a word.
const WORDS: &[&str] = &[
    "test", "demo", "fake", "your", "here", "key", "tok", "sec", "pass", "xxx", "example", "sample", "dummy", "null",
    "none", "true", "false", "todo", "foo", "bar", "baz", "dead", "beef", "cafe", "babe", "face", "feed", "fade",
    "deca", "aced", "admin", "user", "name", "value", "data", "hash", "code", "auth", "live", "prod", "temp", "rand",
    "abcd", "qwer", "asdf", "1234", "2345", "3456", "4567", "5678", "6789", "9876", "8765", "4321", "api", "mask",
];

/// The kinds of values; the numbers are lengths in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Hex(usize),
    UpperHex(usize),
    Uuid,
    UpperUuid,
    Base62(usize),
    Lower(usize),
    Upper(usize),
    Base64(usize),
    Url(usize),
    Decimal(usize),
    StripeNew,
}

impl Kind {
    /// Reads a kind as the marks name it.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let length = |prefix: &str| name.strip_prefix(prefix)?.parse().ok().filter(|length| *length > 0);
        Some(match name {
            "mm" => Self::Hex(64),
            "uuid" => Self::Uuid,
            "UUID" => Self::UpperUuid,
            "stripe" => Self::Base62(24),
            "stripe-new" => Self::StripeNew,
            "paystack" => Self::Hex(40),
            "clerk" => Self::Base62(44),
            _ => length("hex")
                .map(Self::Hex)
                .or_else(|| length("HEX").map(Self::UpperHex))
                .or_else(|| length("b62-").map(Self::Base62))
                .or_else(|| length("low-").map(Self::Lower))
                .or_else(|| length("up-").map(Self::Upper))
                .or_else(|| length("b64-").map(Self::Base64))
                .or_else(|| length("url-").map(Self::Url))
                .or_else(|| length("dec-").map(Self::Decimal))?,
        })
    }

    /// A value of this kind that looks like a real one.
    pub(super) fn draw(self, random: &mut Random) -> String {
        loop {
            let value = self.draw_any(random);
            if self.looks_real(&value) {
                return value;
            }
        }
    }

    fn draw_any(self, random: &mut Random) -> String {
        let mut of = |alphabet: &str, length: usize| (0..length).map(|_| random.pick(alphabet)).collect::<String>();
        match self {
            Self::Hex(length) => of(LOWER_HEX, length),
            Self::UpperHex(length) => of(UPPER_HEX, length),
            Self::Uuid => uuid(&of(LOWER_HEX, 32)),
            Self::UpperUuid => uuid(&of(LOWER_HEX, 32)).to_uppercase(),
            Self::Base62(length) => of(BASE62, length),
            Self::Lower(length) => of(LOWER, length),
            Self::Upper(length) => of(UPPER, length),
            Self::Url(length) => of(URL, length),
            Self::Decimal(length) => of(DIGITS, length),
            Self::StripeNew => format!("51{}", of(BASE62, 97)),
            Self::Base64(length) => base64(length, random),
        }
    }

    fn looks_real(self, value: &str) -> bool {
        let lower = value.to_lowercase();
        let bytes = lower.as_bytes();
        let has_run = bytes.windows(4).any(|four| four.iter().all(|byte| *byte == four[0]));
        let has_word = WORDS.iter().any(|word| lower.contains(word));
        // One can see where a value begins and ends.
        let ends_well = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'=';
        let has_ends = bytes.first().is_some_and(u8::is_ascii_alphanumeric) && bytes.last().is_some_and(ends_well);
        let letters = bytes.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
        let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
        let is_mixed = matches!(self, Self::Decimal(_)) || value.len() < 8 || (letters >= 2 && digits >= 2);
        let is_whole = !matches!(self, Self::Decimal(_)) || value.len() < 8 || !value.starts_with('0');
        let both_cases = !matches!(self, Self::Base62(_) | Self::Base64(_) | Self::Url(_))
            || value.len() < 12
            || (value.contains(char::is_uppercase) && value.contains(char::is_lowercase));
        !has_run && !has_word && has_ends && is_mixed && is_whole && both_cases
    }
}

/// 32 hexadecimal digits as a UUID of version 4.
fn uuid(digits: &str) -> String {
    let variant = ["8", "9", "a", "b"][usize::from(digits.as_bytes()[16]) % 4];
    format!("{}-{}-4{}-{variant}{}-{}", &digits[..8], &digits[8..12], &digits[13..16], &digits[17..20], &digits[20..])
}

/// Random bytes in base64, padded if the length allows it: as many bytes as have the roundest number.
fn base64(length: usize, random: &mut Random) -> String {
    let most = length * 3 / 4;
    let padded = (most.saturating_sub(2).max(1)..=most).max_by_key(|count| count.trailing_zeros());
    let count = padded.filter(|_| length.is_multiple_of(4)).unwrap_or(most + 1);
    let bytes: Vec<_> = (0..count).map(|_| random.byte()).collect();
    let text = encode::base64(&bytes, encode::STANDARD, true);
    text.chars().take(length).collect()
}
