//! Literal values of the header, in any language: [`name`] finds the whole name, [`associate`] reads on from it with the
//! micro-lexer [`lex`] to the value that the text gives it, or finds it among its [`siblings`], and `judge` says whether
//! that is a key.

mod associate;
mod lex;
mod name;
mod siblings;
mod tokens;

use super::{
    judge::{Association, Rejection, RejectionKind, judge_header, reference},
    session::{Examined, Neighbourhood, Plausible},
    token,
};
use crate::{
    finding::Secret,
    rule::{Matcher, Rule, RuleSet},
};
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
    let (span, association, interpolates) = match value {
        Value::Quoted { span, interpolates } => (span, Association::Direct, interpolates),
        Value::Bare { span } => (span, Association::Bare, false),
        Value::Sibling { span } => (span, Association::Sibling, false),
        Value::Lookup { span } => {
            let secret = Secret::new(&text[span.clone()]);
            let reason = Rejection::new(RejectionKind::Reference, "a call looks it up or makes it");
            return vec![Examined { value: span, secret, verdict: Err(reason) }];
        }
    };
    let leading = text[span.clone()].len() - text[span.clone()].trim_ascii_start().len();
    let trimmed = text[span.clone()].trim_ascii();
    let span = span.start + leading..span.start + leading + trimmed.len();
    let decoded = if trimmed.contains(&b'\\') { lex::unescape(trimmed) } else { trimmed.to_vec() };
    // A key that names itself is found by its own rule.
    if decoded.is_empty() || names_itself(rules, &decoded) {
        return Vec::new();
    }
    let verdict = match reference::find(&decoded, interpolates) {
        Some(rejection) => Err(rejection),
        None => judge_header(&decoded, association),
    };
    let plausible = |confidence| Plausible {
        confidence,
        provider: token::named_provider(rules, text, span.start),
        environment: rule.environment,
    };
    let verdict = verdict.map(plausible);
    vec![Examined { value: span, secret: Secret::new(&decoded), verdict }]
}

fn names_itself(rules: &RuleSet, value: &[u8]) -> bool {
    let prefixes =
        rules.rules.iter().filter(|rule| matches!(rule.matcher, Matcher::Token)).flat_map(|rule| &rule.anchors);
    prefixes.into_iter().any(|prefix| value.starts_with(prefix.text.as_bytes()))
}
