//! The prefilter: where in a block a rule could match at all.
//!
//! Every match of a rule contains one of its anchors, so only the places of anchors are looked at. All anchors are
//! searched at once by a packed searcher (Teddy), which reads memory about as fast as it comes.

use std::ops::Range;

use aho_corasick::{AhoCorasick, Anchored, Input, MatchKind, Span, packed};

use crate::rule::{Rule, RuleIndex};

/// Patterns one packed searcher takes without leaving its fast variant.
const PACKED_LIMIT: usize = 32;

/// The shortest literal that is searched packed, in bytes: shorter ones match too often to skip anything.
pub const MIN_ANCHOR: usize = 4;

/// An anchor found in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    pub(super) start: usize,
    pub(super) rule: RuleIndex,
    pub(super) end: usize,
}

/// All anchors of a rule set, compiled.
#[derive(Debug)]
pub(super) struct Anchors {
    groups: Vec<Group>,
}

/// Literals that one searcher looks for.
#[derive(Debug)]
struct Group {
    searcher: Searcher,
    /// By pattern of the searcher: the anchors to verify where it matches.
    targets: Vec<Vec<Target>>,
}

/// Finds the leftmost of its literals.
#[derive(Debug)]
pub(super) enum Searcher {
    Packed(packed::Searcher),
    /// Where the processor has no vectors, or the literals are too many for them.
    Automaton(AhoCorasick),
}

/// A whole anchor, to be verified around a fragment of it.
#[derive(Clone, Debug)]
struct Target {
    rule: RuleIndex,
    text: Box<[u8]>,
    ignore_case: bool,
    /// Where the fragment stands in `text`.
    offset: usize,
}

impl Anchors {
    /// Compiles the anchors of `rules`. Rules without an anchor of [`MIN_ANCHOR`] bytes are left out.
    pub(super) fn new(rules: &[Rule]) -> Self {
        let fragments = fragments(rules);
        Self { groups: fragments.chunks(PACKED_LIMIT).map(Group::new).collect() }
    }

    /// Every anchor that starts in `range` of `block`, in order of position, then rule. An anchor may end after the range.
    pub(super) fn search(&self, block: &[u8], range: Range<usize>) -> Vec<Hit> {
        let mut hits = Vec::new();
        for group in &self.groups {
            group.search(block, range.clone(), &mut hits);
        }
        hits.sort_unstable();
        hits.dedup();
        hits
    }
}

/// Whether a rule has no anchor to be found by, so that all text must be searched for it.
pub fn is_slow(rule: &Rule) -> bool {
    rule.anchors.is_empty() || rule.anchors.iter().any(|anchor| anchor.text.len() < MIN_ANCHOR)
}

/// A literal to search for, and the anchors that may stand around it.
type Fragment = (Vec<u8>, Vec<Target>);

fn fragments(rules: &[Rule]) -> Vec<Fragment> {
    let mut fragments: Vec<Fragment> = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        if is_slow(rule) {
            continue;
        }
        for anchor in &rule.anchors {
            let text = anchor.text.as_bytes();
            let fragment = if anchor.ignore_case { rarest_fragment(text) } else { 0..text.len() };
            let target = Target {
                rule: RuleIndex(index),
                text: text.into(),
                ignore_case: anchor.ignore_case,
                offset: fragment.start,
            };
            for spelling in spellings(&text[fragment], anchor.ignore_case) {
                match fragments.iter_mut().find(|(known, _)| *known == spelling) {
                    Some((_, targets)) => targets.push(target.clone()),
                    None => fragments.push((spelling, vec![target.clone()])),
                }
            }
        }
    }
    fragments
}

impl Group {
    fn new(fragments: &[Fragment]) -> Self {
        // Where one literal begins another, the searcher reports one of them: its targets include the other's.
        let related = |literal: &[u8]| {
            let begins = fragments.iter().filter(|(other, _)| other.starts_with(literal) || literal.starts_with(other));
            begins.flat_map(|(_, targets)| targets.iter().cloned()).collect()
        };
        let literals: Vec<_> = fragments.iter().map(|(literal, _)| literal.as_slice()).collect();
        let targets = literals.iter().map(|literal| related(literal)).collect();
        Self { searcher: Searcher::new(&literals), targets }
    }

    fn search(&self, block: &[u8], range: Range<usize>, hits: &mut Vec<Hit>) {
        let mut at = range.start;
        while let Some((pattern, start)) = self.searcher.find(block, at) {
            // A fragment may start after the range while the anchor around it starts in it.
            if start >= range.end + MAX_FRAGMENT_OFFSET {
                break;
            }
            for target in &self.targets[pattern] {
                if let Some(hit) = target.verify(block, start)
                    && range.contains(&hit.start)
                {
                    hits.push(hit);
                }
            }
            // Not the end of the match: another anchor may begin inside this one.
            at = start + 1;
        }
    }
}

/// How far into an anchor its fragment may begin, in bytes.
const MAX_FRAGMENT_OFFSET: usize = 64;

impl Searcher {
    pub(super) fn new(literals: &[&[u8]]) -> Self {
        let packed = packed::Config::new().builder().extend(literals).build();
        packed.map_or_else(|| Self::automaton(literals), Self::Packed)
    }

    #[cfg(test)]
    pub(super) fn is_packed(&self) -> bool {
        matches!(self, Self::Packed(_))
    }

    fn automaton(literals: &[&[u8]]) -> Self {
        let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(literals);
        Self::Automaton(automaton.expect("invariant: anchors are few and short"))
    }

    /// The first literal at `at` or after it: its number, and where it starts.
    pub(super) fn find(&self, block: &[u8], at: usize) -> Option<(usize, usize)> {
        let found = match self {
            Self::Packed(searcher) => searcher.find_in(block, Span::from(at..block.len())),
            Self::Automaton(automaton) => automaton.find(Input::new(block).range(at..).anchored(Anchored::No)),
        };
        found.map(|found| (found.pattern().as_usize(), found.start()))
    }
}

impl Target {
    fn verify(&self, block: &[u8], fragment: usize) -> Option<Hit> {
        let start = fragment.checked_sub(self.offset)?;
        let end = start + self.text.len();
        let text = block.get(start..end)?;
        let equal = if self.ignore_case { text.eq_ignore_ascii_case(&self.text) } else { *text == *self.text };
        equal.then_some(Hit { rule: self.rule, start, end })
    }
}

/// The four bytes with the fewest letters, so that the fewest spellings must be searched for.
fn rarest_fragment(text: &[u8]) -> Range<usize> {
    let letters =
        |start: usize| text[start..start + MIN_ANCHOR].iter().filter(|byte| byte.is_ascii_alphabetic()).count();
    let last = (text.len() - MIN_ANCHOR).min(MAX_FRAGMENT_OFFSET);
    let start = (0..=last).min_by_key(|&start| letters(start)).unwrap_or(0);
    start..start + MIN_ANCHOR
}

/// Every way to write `literal` in upper and lower case.
fn spellings(literal: &[u8], ignore_case: bool) -> Vec<Vec<u8>> {
    let mut spellings = vec![literal.to_vec()];
    for at in (0..literal.len()).filter(|&at| ignore_case && literal[at].is_ascii_alphabetic()) {
        for known in 0..spellings.len() {
            let mut other = spellings[known].clone();
            other[at] ^= 0x20;
            spellings.push(other);
        }
    }
    spellings
}

#[cfg(test)]
mod tests;
