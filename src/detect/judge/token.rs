//! The body of a key that names itself by its prefix.

use super::{Rejection, RejectionKind, placeholder, randomness::Shape};
use crate::finding::Confidence;

/// Bodies below this length are no keys; see the floors in `docs/detection.md`.
const MIN_BODY: usize = 10;

/// From this length on a body can be reported with more than low confidence.
const PLAUSIBLE_BODY: usize = 16;

/// Judges a body. `published`: it has the form of a provider's keys; `binary`: it stands in compiled code or data.
pub(in crate::detect) fn judge_token(body: &[u8], published: bool, binary: bool) -> Result<Confidence, Rejection> {
    if body.len() < MIN_BODY {
        return Err(Rejection::new(RejectionKind::TooShort, "fewer than 10 characters follow the prefix"));
    }
    if let Some(evidence) = placeholder::find(body) {
        return Err(Rejection::new(RejectionKind::Placeholder, evidence));
    }
    let shape = Shape::of(body);
    if published && shape.may_be_random() {
        return Ok(Confidence::High);
    }
    if shape.wordiness > 2.0 || (shape.digits == 0 && !shape.is_random()) {
        return Err(Rejection::new(RejectionKind::Identifier, "it reads like a name"));
    }
    if binary && !shape.is_random() {
        return Err(Rejection::new(RejectionKind::Binary, "it stands in binary data and is not random enough"));
    }
    Ok(match body.len() {
        ..PLAUSIBLE_BODY => Confidence::Low,
        _ if shape.is_random() => Confidence::High,
        _ => Confidence::Medium,
    })
}
