//! Literal values of the header, in any language: [`name`] finds the whole name, [`associate`] reads on from it with the
//! micro-lexer [`lex`] to the value that the text gives it, or finds it among its [`siblings`], and `judge` says whether
//! that is a key.

mod associate;
mod name;
mod siblings;
mod tokens;

use super::{
    judge::{
        Association, Rejection, RejectionKind, judge_header,
        reference::{self, Quoting},
    },
    lex,
    session::{Examined, Neighbourhood, Plausible},
    token,
};
use crate::{
    finding::Secret,
    rule::{Matcher, Rule, RuleSet},
};
use std::ops::Range;

use associate::Value;
use name::Name;

/// Examines the text around the header's name. Compiled code and data have no header: nothing is found in them.
pub(super) fn examine(rules: &RuleSet, rule: &Rule, around: Neighbourhood<'_>) -> Vec<Examined> {
    let found = Name::around(around.text, around.anchor)
        .filter(|_| !around.is_binary())
        .and_then(|name| associate::value_of(around.text, &name));
    found.map(|value| judge(rules, rule, around.text, value)).unwrap_or_default()
}

fn judge(rules: &RuleSet, rule: &Rule, text: &[u8], value: Value) -> Vec<Examined> {
    let (pieces, association, quoting) = match value {
        Value::Quoted { pieces, interpolates: true } => (pieces, Association::Direct, Quoting::Template),
        Value::Quoted { pieces, interpolates: false } => (pieces, Association::Direct, Quoting::Text),
        Value::Bare { span } => (vec![span], Association::Bare, Quoting::Bare),
        Value::Sibling { span } => (vec![span], Association::Sibling, Quoting::Text),
        Value::Lookup { span } => {
            let secret = Secret::new(&text[span.clone()]);
            let reason = Rejection::new(RejectionKind::Reference, "a call looks it up or makes it");
            return vec![Examined { value: span, secret, verdict: Err(reason) }];
        }
    };
    let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else { return Vec::new() };
    let span = trimmed(text, first.start..last.end);
    let decoded: Vec<u8> = pieces.iter().flat_map(|piece| lex::unescape(&text[piece.clone()])).collect();
    let decoded = decoded.trim_ascii();
    let scheme = scheme(decoded);
    let (span, decoded) = (span.start + scheme..span.end, &decoded[scheme..]);
    // A key that names itself is found by its own rule.
    if decoded.is_empty() || names_itself(rules, decoded) {
        return Vec::new();
    }
    let verdict = match reference::find(decoded, quoting) {
        Some(rejection) => Err(rejection),
        None => judge_header(decoded, association),
    };
    let plausible = |confidence| Plausible {
        confidence,
        provider: token::named_provider(rules, text, span.start),
        environment: rule.environment,
    };
    let verdict = verdict.map(plausible);
    vec![Examined { value: span, secret: Secret::new(decoded), verdict }]
}

/// The length of the scheme that some put before the key as they would in `Authorization`.
fn scheme(value: &[u8]) -> usize {
    let Some(blank) = memchr::memchr(b' ', value) else { return 0 };
    let schemes: [&[u8]; 5] = [b"bearer", b"apikey", b"api-key", b"token", b"key"];
    if schemes.iter().any(|scheme| value[..blank].eq_ignore_ascii_case(scheme)) { blank + 1 } else { 0 }
}

/// A range without the blanks at its ends.
fn trimmed(text: &[u8], range: Range<usize>) -> Range<usize> {
    let start = range.start + text[range.clone()].len() - text[range.clone()].trim_ascii_start().len();
    start..start + text[range].trim_ascii().len()
}

fn names_itself(rules: &RuleSet, value: &[u8]) -> bool {
    let prefixes =
        rules.rules.iter().filter(|rule| matches!(rule.matcher, Matcher::Token)).flat_map(|rule| &rule.anchors);
    prefixes.into_iter().any(|prefix| value.starts_with(prefix.text.as_bytes()))
}
