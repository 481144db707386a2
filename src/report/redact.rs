//! What is shown instead of a secret, and where: every value that was found or rejected is masked wherever it appears,
//! and so is every piece of one that was found.
//!
//! It decides nothing about characters that are dangerous to show: `sanitize` does, on text that is masked already.

mod known;

use std::{borrow::Cow, ops::Range};

use known::{MIN_PIECE, Pieces, Values};

use super::Report;
use crate::{
    finding::{Excerpt, Finding, Secret},
    position::scalar_values,
    rule::{Matcher, Rule, RuleIndex, RuleSet},
};

/// Bodies from this length on, in characters, show their end: a provider's page lists keys by it.
const SHOWS_END: u64 = 20;

/// How much of the end is shown, in bytes.
const END: usize = 4;

/// Masks the values of a report.
pub(super) struct Masker<'r> {
    rules: &'r RuleSet,
    values: Values<'r>,
    pieces: Pieces,
    reveals: bool,
}

/// A part of a text, and what is shown instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mask {
    range: Range<usize>,
    shown: String,
}

/// A line in three parts, masked; the middle one is the value that the line is shown for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MaskedLine {
    pub(super) before: Vec<u8>,
    pub(super) value: Vec<u8>,
    pub(super) after: Vec<u8>,
}

impl<'r> Masker<'r> {
    /// Masks every value of `report`, and every piece of what was found, suppressed or not.
    ///
    /// A value that was rejected is masked beyond its own place only as a whole, and only if it may be a key after all:
    /// it begins as keys do, or has a digit. Words and names (`undefined`, `Content-Type`) would else vanish from all
    /// paths and lines.
    pub(super) fn new(report: &'r Report) -> Self {
        let rules = &*report.rules;
        let prefixes: Vec<_> = token_prefixes(rules).collect();
        let may_be_a_key = |value: &[u8]| {
            value.len() >= MIN_PIECE
                && (value.iter().any(u8::is_ascii_digit) || prefixes.iter().any(|prefix| value.starts_with(prefix)))
        };
        let suppressed = report.suppressed.iter().map(|suppressed| &suppressed.finding);
        let found = || report.findings.iter().chain(suppressed.clone());
        let rejected = report.masked.iter().map(Secret::expose).filter(|value| may_be_a_key(value));
        let bodies = found().map(|finding| body(rules, finding.rule, finding.secret.expose())).collect();
        Self {
            rules,
            values: Values::new(&found().map(|finding| finding.secret.expose()).chain(rejected).collect()),
            pieces: Pieces::new(&bodies, prefixes.iter().copied()),
            reveals: false,
        }
    }

    /// Masks nothing: on request.
    pub(super) fn revealing(report: &'r Report) -> Self {
        Self { rules: &report.rules, values: Values::default(), pieces: Pieces::default(), reveals: true }
    }

    /// What is shown of a value: the prefix and the last four characters of a long body, else the prefix and how many
    /// characters follow; of a value without a prefix only how many characters it has.
    pub(super) fn redacted(&self, value: &[u8]) -> String {
        for prefix in token_prefixes(self.rules) {
            if let Some(body) = value.strip_prefix(prefix) {
                let prefix = String::from_utf8_lossy(prefix);
                let end = body.get(body.len().saturating_sub(END)..).filter(|_| scalar_values(body) >= SHOWS_END);
                return match end.and_then(|end| std::str::from_utf8(end).ok()) {
                    Some(end) => format!("{prefix}…{end}"),
                    None => format!("{prefix}{}", length(body)),
                };
            }
        }
        length(value)
    }

    /// A text with every value in it masked.
    pub(super) fn mask<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        let masks = merged(text, self.masks(text));
        if masks.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(apply(text, 0..text.len(), &masks)) }
    }

    /// A text with every value in it masked, for formats that hold UTF-8 only: other bytes are replaced.
    pub(super) fn text(&self, text: &[u8]) -> String {
        String::from_utf8_lossy(&self.mask(text)).into_owned()
    }

    /// What a rule says. The words of a built-in rule are the same in every report: a value that holds some of them
    /// must not take the address away where it can be revoked.
    pub(super) fn of_rule<'t>(&self, rule: RuleIndex, text: &'t [u8]) -> Cow<'t, [u8]> {
        if self.rules.rule(rule).is_user_rule { self.mask(text) } else { Cow::Borrowed(text) }
    }

    /// What a rule says, as [`Masker::of_rule`], for formats that hold UTF-8 only.
    pub(super) fn text_of_rule(&self, rule: RuleIndex, text: &str) -> String {
        String::from_utf8_lossy(&self.of_rule(rule, text.as_bytes())).into_owned()
    }

    /// The lines of a finding's value, masked. `excerpt` is of one of its occurrences.
    pub(super) fn line(&self, finding: &Finding, excerpt: &Excerpt) -> MaskedLine {
        let text = &*excerpt.text;
        let lines = excerpt.lines();
        if self.reveals {
            return MaskedLine {
                before: text[lines.start..excerpt.value.start].to_owned(),
                value: text[excerpt.value.clone()].to_owned(),
                after: text[excerpt.value.end..lines.end].to_owned(),
            };
        }
        let others = excerpt.others.iter().filter(|range| !range.is_empty());
        let others = others.map(|range| Mask { range: range.clone(), shown: self.redacted(&text[range.clone()]) });
        let own = Mask { range: excerpt.value.clone(), shown: self.redacted(finding.secret.expose()) };
        self.around(text, &lines, own, others.collect())
    }

    /// What is shown where a value stands, or a part of it.
    pub(super) fn mask_of(&self, range: Range<usize>, secret: &Secret) -> Mask {
        Mask { range, shown: self.redacted(secret.expose()) }
    }

    /// A part of a text in which only the values of others are masked.
    pub(super) fn plain(&self, range: Range<usize>, text: &[u8]) -> Mask {
        Mask { shown: self.text(&text[range.clone()]), range }
    }

    /// A text with every value in it masked, and what stands below these masks.
    pub(super) fn below(&self, text: &[u8], masks: Vec<Mask>) -> Vec<u8> {
        apply(text, 0..text.len(), &merged(text, self.masks(text).into_iter().chain(masks).collect()))
    }

    /// A part of `text` around the mask of a value, masked; the others are of values that stand there too.
    pub(super) fn around(&self, text: &[u8], lines: &Range<usize>, own: Mask, others: Vec<Mask>) -> MaskedLine {
        let all = self.masks(text).into_iter().chain(others).chain([own.clone()]);
        let masks = merged(text, all.collect());
        let holds_own = |mask: &&Mask| mask.range.start <= own.range.start && own.range.end <= mask.range.end;
        let whole = masks.iter().find(holds_own).map_or(own.range.clone(), |mask| mask.range.clone());
        MaskedLine {
            before: apply(text, lines.start.min(whole.start)..whole.start, &masks),
            value: own.shown.into_bytes(),
            after: apply(text, whole.end..lines.end.max(whole.end), &masks),
        }
    }

    /// Every appearance of every value and of every piece, overlapping ones too.
    fn masks(&self, text: &[u8]) -> Vec<Mask> {
        let whole = self.values.appearances(text).into_iter();
        let whole = whole.map(|range| Mask { shown: self.redacted(&text[range.clone()]), range });
        let pieces = self.pieces.appearances(text).into_iter();
        whole.chain(pieces.map(|range| Mask { shown: length(&text[range.clone()]), range })).collect()
    }
}

/// What of a found value is secret: not the prefix by which its kind is known.
fn body<'v>(rules: &RuleSet, rule: RuleIndex, value: &'v [u8]) -> &'v [u8] {
    let rule: &Rule = rules.rule(rule);
    let own = rule.anchors.iter().filter(|_| matches!(rule.matcher, Matcher::Pattern { .. }));
    let own = own.filter(|anchor| {
        let start = value.get(..anchor.text.len());
        start.is_some_and(|start| {
            start == anchor.text.as_bytes()
                || (anchor.ignore_case && start.eq_ignore_ascii_case(anchor.text.as_bytes()))
        })
    });
    let tokens = token_prefixes(rules).filter(|prefix| value.starts_with(prefix));
    &value[tokens.map(<[u8]>::len).chain(own.map(|anchor| anchor.text.len())).max().unwrap_or(0)..]
}

/// How long a value is, in place of it.
fn length(value: &[u8]) -> String {
    match scalar_values(value) {
        1 => "[1 character]".to_owned(),
        number => format!("[{number} characters]"),
    }
}

fn token_prefixes(rules: &RuleSet) -> impl Iterator<Item = &[u8]> {
    let token_rules = rules.rules.iter().filter(|rule| matches!(rule.matcher, Matcher::Token));
    token_rules.flat_map(|rule| rule.anchors.iter().map(|anchor| anchor.text.as_bytes()))
}

/// Masks in order, those that overlap made one.
fn merged(text: &[u8], mut masks: Vec<Mask>) -> Vec<Mask> {
    // Of several that start together the longest comes first, and gives the whole its name.
    masks.sort_by(|a, b| (a.range.start, b.range.end).cmp(&(b.range.start, a.range.end)));
    let mut merged: Vec<Mask> = Vec::with_capacity(masks.len());
    for mask in masks {
        match merged.last_mut() {
            Some(last) if mask.range.start < last.range.end => {
                if mask.range.end > last.range.end {
                    last.range.end = mask.range.end;
                    last.shown = length(&text[last.range.clone()]);
                }
            }
            _ => merged.push(mask),
        }
    }
    merged
}

/// A part of `text` with the masks laid over it; a mask that starts before the part or ends after it counts whole.
fn apply(text: &[u8], part: Range<usize>, masks: &[Mask]) -> Vec<u8> {
    let mut shown = Vec::with_capacity(part.len());
    let mut at = part.start;
    for mask in masks.iter().filter(|mask| mask.range.start < part.end && mask.range.end > part.start) {
        shown.extend_from_slice(&text[at..mask.range.start.max(at)]);
        shown.extend_from_slice(mask.shown.as_bytes());
        at = mask.range.end.min(part.end).max(at);
    }
    shown.extend_from_slice(&text[at..part.end]);
    shown
}

#[cfg(test)]
mod tests;
