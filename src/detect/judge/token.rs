//! The body of a key that names itself by its prefix.

use super::{Judged, Rejection, RejectionKind, header::is_uuid, placeholder, randomness::Shape};
use crate::finding::Confidence;

/// Bodies below this length are no keys; see the floors in `docs/detection.md`.
const MIN_BODY: usize = 10;

/// From this length on a body can be reported with more than low confidence.
const PLAUSIBLE_BODY: usize = 16;

/// What the form of a body says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::detect) enum Form {
    /// No provider publishes it.
    Unknown,
    /// A provider's keys have it; names can have it too.
    Published,
    /// A provider's keys have it, and nothing else.
    Distinct,
}

/// Judges a body. `binary`: it stands in compiled code or data.
pub(in crate::detect) fn judge_token(body: &[u8], form: Form, binary: bool) -> Result<Judged, Rejection> {
    if body.len() < MIN_BODY {
        return Err(Rejection::new(RejectionKind::TooShort, "fewer than 10 characters follow the prefix"));
    }
    if let Some(evidence) = placeholder::find(body) {
        return Err(Rejection::new(RejectionKind::Placeholder, evidence));
    }
    let shape = Shape::of(body);
    if form == Form::Distinct || (form == Form::Published && shape.may_be_random()) {
        return Ok(Judged::new(Confidence::High, "it has the form that its provider publishes"));
    }
    if is_uuid(body) {
        return Ok(Judged::new(Confidence::High, "a UUID follows the prefix"));
    }
    if !shape.has_random_hex && (shape.wordiness > 2.0 || (shape.digits == 0 && !shape.is_random())) {
        return Err(Rejection::new(RejectionKind::Identifier, "it reads like a name"));
    }
    if binary && !shape.is_random() {
        return Err(Rejection::new(RejectionKind::Binary, "it stands in binary data and is not random enough"));
    }
    Ok(match body.len() {
        ..PLAUSIBLE_BODY => Judged::new(Confidence::Low, "fewer than 16 characters follow the prefix"),
        _ if shape.is_random() => Judged::new(Confidence::High, "what follows the prefix is random, far from any name"),
        _ => Judged::new(Confidence::Medium, "what follows the prefix is rather random than a name"),
    })
}
