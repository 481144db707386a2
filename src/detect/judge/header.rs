//! A value that is sent, or assigned, under the name of the header.

use super::{Judged, Rejection, RejectionKind, placeholder, randomness::Shape};
use crate::finding::Confidence;

/// Values below this length are not judged: too many words are as short.
const MIN_VALUE: usize = 8;

/// From this length on a value can be reported with high confidence.
const CERTAIN_VALUE: usize = 16;

/// How closely a value belongs to the name of the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::detect) enum Association {
    /// The text says that the value is sent under this name, and quotes it.
    Direct,
    /// Written without quotes, where code could stand as well: a name there is a variable.
    Bare,
    /// It stands behind the name, and nothing says that it is its value.
    Loose,
    /// An entry of the same object says so, not the name itself.
    Sibling,
}

/// Judges a value.
pub(in crate::detect) fn judge_header(value: &[u8], association: Association) -> Result<Judged, Rejection> {
    if value.len() < MIN_VALUE {
        let is_name =
            association == Association::Bare && value.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'_');
        return Err(if is_name {
            Rejection::new(RejectionKind::Identifier, "it reads like a variable")
        } else {
            Rejection::new(RejectionKind::TooShort, "fewer than 8 characters")
        });
    }
    if let Some(evidence) = placeholder::find(value) {
        return Err(Rejection::new(RejectionKind::Placeholder, evidence));
    }
    let shape = Shape::of(value);
    let certain = value.len() >= CERTAIN_VALUE && (shape.is_hex || shape.is_random() || is_uuid(value));
    let is_direct = matches!(association, Association::Direct | Association::Bare);
    let judged = match (certain, is_direct) {
        (true, true) => Judged::new(Confidence::High, certainty(value, &shape)),
        (true, false) if association == Association::Sibling => {
            Judged::new(Confidence::Medium, "it is random, but an entry beside the name gives it, not the name itself")
        }
        (true, false) => Judged::new(Confidence::Medium, "it is random, but nothing says that it is the name's value"),
        (false, _) if value.len() < CERTAIN_VALUE => {
            Judged::new(Confidence::Medium, "letters and digits, but fewer than 16 characters")
        }
        (false, _) => Judged::new(Confidence::Medium, "letters and digits, but not clearly random"),
    };
    if association == Association::Loose && !certain {
        return Err(Rejection::new(RejectionKind::Identifier, "it stands behind the name, but is not random enough"));
    }
    if is_uuid(value) {
        return Ok(judged);
    }
    if shape.has_random_hex {
        return Ok(judged);
    }
    if let Some(evidence) = other_than_key(value) {
        return Err(Rejection::new(RejectionKind::Identifier, evidence));
    }
    if shape.digits == 0 && !shape.is_random() {
        return Err(Rejection::new(RejectionKind::Identifier, "it reads like words or a name"));
    }
    if association == Association::Bare && !shape.may_be_random() {
        return Err(Rejection::new(RejectionKind::Identifier, "it reads like a variable"));
    }
    if shape.letters == 0 && shape.length < CERTAIN_VALUE {
        return Err(Rejection::new(RejectionKind::Identifier, "it is a number"));
    }
    if shape.wordiness > 6.0 {
        return Err(Rejection::new(RejectionKind::Identifier, "it reads like words or a name"));
    }
    Ok(judged)
}

/// What makes a value of [`CERTAIN_VALUE`] characters or more certain.
fn certainty(value: &[u8], shape: &Shape) -> &'static str {
    if is_uuid(value) {
        "a UUID"
    } else if shape.is_hex {
        "16 hexadecimal digits or more"
    } else {
        "random, far from any word or name"
    }
}

/// What has letters and digits without being a key: the name of another header, a version, a date, a word with a number.
fn other_than_key(value: &[u8]) -> Option<&'static str> {
    let is_header = matches!(value, [b'x' | b'X', b'-', ..])
        && value.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
        && value.len() < 32;
    if is_header {
        return Some("it is the name of a header");
    }
    if value.split(|byte| *byte == b',').filter(|part| part.len() < CERTAIN_VALUE).count() > 1 {
        return Some("it is a list");
    }
    let number = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let major = number(value);
    let is_version = (1..=3).contains(&major)
        && value.get(major) == Some(&b'.')
        && matches!(number(&value[major + 1..]), minor @ 1..=3 if matches!(value.get(major + 1 + minor), Some(b'.' | b'-') | None));
    if is_version {
        return Some("it is a version");
    }
    let groups: Vec<_> = value.split(|byte| *byte == b'-').take(3).map(number).collect();
    if matches!(groups[..], [4, 2, 2]) && value.starts_with(b"19") | value.starts_with(b"20") {
        return Some("it is a date");
    }
    let letters = value.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let is_numbered_word = letters >= 6
        && value.len() - letters <= 2
        && value[letters..].iter().all(u8::is_ascii_digit)
        && Shape::of(&value[..letters]).wordiness > 0.0;
    is_numbered_word.then_some("it is a word with a number")
}

/// Eight, four, four, four and twelve hexadecimal digits (RFC 9562).
pub(super) fn is_uuid(value: &[u8]) -> bool {
    let groups: Vec<_> = value.split(|byte| *byte == b'-').map(<[u8]>::len).collect();
    groups == [8, 4, 4, 4, 12] && value.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-')
}
