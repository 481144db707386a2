//! Rules of the user: a regular expression around its anchors, or over everything where it has none.

use std::ops::Range;

use regex::bytes::Regex;

use super::{
    CONTEXT, anchors,
    judge::{Rejection, RejectionKind, placeholder},
    session::{Examined, Neighbourhood, Plausible},
};
use crate::{
    finding::{Confidence, Secret},
    rule::{Matcher, Rule, RuleIndex, RuleSet},
};

/// The matches that contain the anchor.
pub(super) fn examine(rule: &Rule, regex: &Regex, group: usize, around: Neighbourhood<'_>) -> Vec<Examined> {
    let contains_anchor = |found: &Range<usize>| found.start <= around.anchor.0 && around.anchor.1 <= found.end;
    matches(rule, regex, group, around.text, contains_anchor)
}

/// Runs the rules that have no anchor over all text, in pieces whose extent depends on the offset alone.
pub(super) fn search_slow(
    rules: &RuleSet,
    text: &[u8],
    base: u64,
    range: Range<usize>,
    mut found: impl FnMut(RuleIndex, Range<usize>, Examined),
) {
    for (index, rule) in rules.rules.iter().enumerate() {
        let Matcher::Pattern { regex, group } = &rule.matcher else { continue };
        if !anchors::is_slow(rule) {
            continue;
        }
        let mut start = range.start;
        while start < range.end {
            let next = ((base as usize + start) / CONTEXT + 1) * CONTEXT - base as usize;
            let piece = next.saturating_sub(2 * CONTEXT)..(next + CONTEXT).min(text.len());
            let own = start - piece.start..next.min(range.end) - piece.start;
            let starts_here = |found: &Range<usize>| own.contains(&found.start);
            for examined in matches(rule, regex, *group, &text[piece.clone()], starts_here) {
                found(RuleIndex(index), piece.clone(), examined);
            }
            start = next;
        }
    }
}

fn matches(
    rule: &Rule,
    regex: &Regex,
    group: usize,
    text: &[u8],
    counts: impl Fn(&Range<usize>) -> bool,
) -> Vec<Examined> {
    let mut examined = Vec::new();
    for captures in regex.captures_iter(text) {
        let whole = captures.get(0).expect("group 0 is the match").range();
        let Some(value) = captures.get(group).filter(|value| counts(&whole) && !value.is_empty()) else { continue };
        let verdict = match placeholder::find(value.as_bytes()) {
            Some(evidence) => Err(Rejection::new(RejectionKind::Placeholder, evidence)),
            None => Ok(Plausible {
                confidence: Confidence::High,
                evidence: "the rule's regular expression matches",
                provider: None,
                environment: rule.environment,
            }),
        };
        examined.push(Examined { value: value.range(), secret: Secret::new(value.as_bytes()), verdict });
    }
    examined
}
