//! A value that is sent, or assigned, under the name of the header.

use super::{Rejection, RejectionKind, placeholder, randomness::Shape};
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
    /// An entry of the same object says so, not the name itself.
    Sibling,
}

/// Judges a value.
pub(in crate::detect) fn judge_header(value: &[u8], association: Association) -> Result<Confidence, Rejection> {
    if value.len() < MIN_VALUE {
        return Err(Rejection::new(RejectionKind::TooShort, "fewer than 8 characters"));
    }
    if let Some(evidence) = placeholder::find(value) {
        return Err(Rejection::new(RejectionKind::Placeholder, evidence));
    }
    let shape = Shape::of(value);
    let certain = value.len() >= CERTAIN_VALUE && (shape.is_hex || shape.is_random() || is_uuid(value));
    let confidence = if certain && association != Association::Sibling { Confidence::High } else { Confidence::Medium };
    if is_uuid(value) {
        return Ok(confidence);
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
    Ok(confidence)
}

/// Eight, four, four, four and twelve hexadecimal digits (RFC 9562).
fn is_uuid(value: &[u8]) -> bool {
    let groups: Vec<_> = value.split(|byte| *byte == b'-').map(<[u8]>::len).collect();
    groups == [8, 4, 4, 4, 12] && value.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-')
}
