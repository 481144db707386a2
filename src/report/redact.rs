//! What is shown instead of a secret, and where: every value that was found or rejected is masked wherever it appears.
//!
//! It decides nothing about characters that are dangerous to show: `sanitize` does, on text that is masked already.

use std::{borrow::Cow, collections::BTreeSet, ops::Range};

use aho_corasick::{AhoCorasick, MatchKind};

use super::Report;
use crate::{
    finding::{Excerpt, Finding, Secret},
    position::scalar_values,
    rule::{Matcher, RuleSet},
};

/// Bodies from this length on, in characters, show their end: a provider's page lists keys by it.
const SHOWS_END: u64 = 20;

/// How much of the end is shown, in bytes.
const END: usize = 4;

/// Pieces of a value are masked from this length on, in bytes; so are values that were rejected.
const MIN_PIECE: usize = 6;

/// The values of one search automaton, in bytes together: it must fit into 2³¹ states.
const AUTOMATON: usize = 1 << 28;

/// Masks the values of a report.
pub(super) struct Masker<'r> {
    rules: &'r RuleSet,
    values: Vec<Vec<&'r [u8]>>,
    /// One for each group of `values`.
    automata: Vec<AhoCorasick>,
    reveals: bool,
}

/// A part of a text, and what is shown instead.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mask {
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
    /// Masks every value of `report`.
    ///
    /// A value that was rejected is masked beyond its own place only if it may be a key after all: it begins as keys
    /// do, or has a digit. Words and names (`undefined`, `Content-Type`) would else vanish from all paths and lines.
    pub(super) fn new(report: &'r Report) -> Self {
        let prefixes: Vec<_> = token_prefixes(&report.rules).collect();
        let may_be_a_key = |value: &[u8]| {
            value.len() >= MIN_PIECE
                && (value.iter().any(u8::is_ascii_digit) || prefixes.iter().any(|prefix| value.starts_with(prefix)))
        };
        let found = report.findings.iter().chain(report.suppressed.iter().map(|suppressed| &suppressed.finding));
        let found = found.map(|finding| finding.secret.expose());
        let rejected = report.masked.iter().map(Secret::expose).filter(|value| may_be_a_key(value));
        let all: BTreeSet<_> = found.chain(rejected).filter(|value| !value.is_empty()).collect();
        let mut values: Vec<Vec<&[u8]>> = Vec::new();
        let mut size = AUTOMATON;
        for value in all {
            size += value.len();
            if size > AUTOMATON {
                values.push(Vec::new());
                size = value.len();
            }
            values.last_mut().expect("invariant: a group was begun").push(value);
        }
        let automaton = |values: &Vec<&[u8]>| {
            let built = AhoCorasick::builder().match_kind(MatchKind::Standard).build(values);
            built.expect("invariant: the values of a group fit into one automaton")
        };
        let automata = values.iter().map(automaton).collect();
        Self { rules: &report.rules, values, automata, reveals: false }
    }

    /// Masks nothing: on request.
    pub(super) fn revealing(report: &'r Report) -> Self {
        Self { rules: &report.rules, values: Vec::new(), automata: Vec::new(), reveals: true }
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
        let all = self.masks(text).into_iter().chain(self.cut_values(text)).chain(others).chain([own.clone()]);
        let masks = merged(text, all.collect());
        let holds_own = |mask: &&Mask| mask.range.start <= own.range.start && own.range.end <= mask.range.end;
        let whole = masks.iter().find(holds_own).map_or(own.range.clone(), |mask| mask.range.clone());
        MaskedLine {
            before: apply(text, lines.start.min(whole.start)..whole.start, &masks),
            value: own.shown.into_bytes(),
            after: apply(text, whole.end..lines.end.max(whole.end), &masks),
        }
    }

    /// Every appearance of every value, overlapping ones too.
    fn masks(&self, text: &[u8]) -> Vec<Mask> {
        let mut masks = Vec::new();
        for (automaton, values) in self.automata.iter().zip(&self.values) {
            for found in automaton.find_overlapping_iter(text) {
                masks.push(Mask { range: found.range(), shown: self.redacted(values[found.pattern().as_usize()]) });
            }
        }
        masks
    }

    /// Values of which an excerpt's edge shows a part.
    fn cut_values(&self, text: &[u8]) -> Vec<Mask> {
        let mut masks = Vec::new();
        for value in self.values.iter().flatten() {
            let lengths = || (MIN_PIECE..value.len().min(text.len() + 1)).rev();
            let shown = || self.redacted(value);
            if let Some(length) = lengths().find(|&length| text.starts_with(&value[value.len() - length..])) {
                masks.push(Mask { range: 0..length, shown: shown() });
            }
            if let Some(length) = lengths().find(|&length| text.ends_with(&value[..length])) {
                masks.push(Mask { range: text.len() - length..text.len(), shown: shown() });
            }
        }
        masks
    }
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
