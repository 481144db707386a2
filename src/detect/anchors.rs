//! The prefilter: where in a block a rule could match at all.
//!
//! Every match of a rule contains one of its anchors, so only the places of anchors are looked at, and of pieces of their
//! encoded spellings. All of them are searched for at once by a packed searcher (Teddy), which reads memory about as fast
//! as it comes.

mod buckets;

use std::{collections::BTreeMap, ops::Range};

use aho_corasick::{AhoCorasick, Anchored, Input, MatchKind, Span, packed};

use crate::rule::{Rule, RuleIndex};

/// Patterns one packed searcher takes without leaving its fast variant, however they are put into buckets.
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

/// A piece of an encoded spelling, by the number it was given, found in a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Piece {
    pub(super) start: usize,
    pub(super) number: usize,
}

/// What one search found, each kind in order of position.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) anchors: Vec<Hit>,
    pub(super) pieces: Vec<Piece>,
}

/// All anchors of a rule set, and pieces of their encoded spellings, compiled.
#[derive(Debug)]
pub(super) struct Anchors {
    groups: Vec<Group>,
}

/// Literals that one searcher looks for.
#[derive(Debug)]
struct Group {
    searcher: Searcher,
    /// By pattern of the searcher: what to verify where it matches.
    targets: Vec<Vec<Target>>,
}

/// Makes a searcher for literals.
type MakeSearcher = fn(&[&[u8]]) -> Searcher;

/// Finds the leftmost of its literals.
#[derive(Debug)]
pub(super) enum Searcher {
    Packed(packed::Searcher),
    /// Where the processor has no vectors, or the literals are too many for them.
    Automaton(AhoCorasick),
}

/// What may stand around a fragment that is searched for, to be verified there.
#[derive(Clone, Debug)]
struct Target {
    what: What,
    text: Box<[u8]>,
    ignore_case: bool,
    /// Where the fragment stands in `text`.
    offset: usize,
}

#[derive(Clone, Copy, Debug)]
enum What {
    AnchorOf(RuleIndex),
    Piece(usize),
}

/// Literals to search for, and what may stand around each.
type Fragments = BTreeMap<Vec<u8>, Vec<Target>>;

impl Anchors {
    /// Compiles the anchors of `rules` and the pieces, each of [`MIN_ANCHOR`] bytes or more. Rules without an anchor as
    /// long as that are left out.
    pub(super) fn new<'p>(rules: &[Rule], pieces: impl IntoIterator<Item = &'p [u8]>) -> Self {
        Self::with(fragments(rules, pieces), Searcher::in_buckets, Searcher::new)
    }

    fn with(mut fragments: Fragments, in_buckets: MakeSearcher, in_any_order: MakeSearcher) -> Self {
        let order = buckets::in_order(|literal| fragments.contains_key(literal));
        let known: Vec<_> = order.into_iter().filter_map(|literal| fragments.remove_entry(literal)).collect();
        let others: Vec<_> = fragments.into_iter().collect();
        let known = (!known.is_empty()).then(|| Group::new(&known, in_buckets));
        let others = others.chunks(PACKED_LIMIT).map(|literals| Group::new(literals, in_any_order));
        Self { groups: known.into_iter().chain(others).collect() }
    }

    /// Every anchor and every piece that starts in `range` of `block`, in order of position, then rule. It may end after
    /// the range.
    pub(super) fn search(&self, block: &[u8], range: Range<usize>) -> Found {
        let mut found = Found::default();
        for group in &self.groups {
            group.search(block, range.clone(), &mut found);
        }
        found.anchors.sort_unstable();
        found.anchors.dedup();
        found.pieces.sort_unstable();
        found
    }
}

/// Whether a rule has no anchor to be found by, so that all text must be searched for it.
pub fn is_slow(rule: &Rule) -> bool {
    rule.anchors.is_empty() || rule.anchors.iter().any(|anchor| anchor.text.len() < MIN_ANCHOR)
}

/// What is searched for.
pub(super) fn literals<'p>(rules: &[Rule], pieces: impl IntoIterator<Item = &'p [u8]>) -> Vec<Vec<u8>> {
    fragments(rules, pieces).into_keys().collect()
}

fn fragments<'p>(rules: &[Rule], pieces: impl IntoIterator<Item = &'p [u8]>) -> Fragments {
    let mut fragments = Fragments::new();
    for (index, rule) in rules.iter().enumerate() {
        if is_slow(rule) {
            continue;
        }
        for anchor in &rule.anchors {
            let text = anchor.text.as_bytes();
            let fragment = if anchor.ignore_case { rarest_fragment(text) } else { 0..text.len() };
            let target = Target {
                what: What::AnchorOf(RuleIndex(index)),
                text: text.into(),
                ignore_case: anchor.ignore_case,
                offset: fragment.start,
            };
            for spelling in spellings(&text[fragment], anchor.ignore_case) {
                fragments.entry(spelling).or_default().push(target.clone());
            }
        }
    }
    for (number, text) in pieces.into_iter().enumerate() {
        let target = Target { what: What::Piece(number), text: text.into(), ignore_case: false, offset: 0 };
        fragments.entry(text.to_vec()).or_default().push(target);
    }
    fragments
}

impl Group {
    fn new(fragments: &[(Vec<u8>, Vec<Target>)], searcher: MakeSearcher) -> Self {
        // Where one literal begins another, the searcher reports one of them: its targets include the other's.
        let related = |literal: &[u8]| {
            let begins = fragments.iter().filter(|(other, _)| other.starts_with(literal) || literal.starts_with(other));
            begins.flat_map(|(_, targets)| targets.iter().cloned()).collect()
        };
        let literals: Vec<_> = fragments.iter().map(|(literal, _)| literal.as_slice()).collect();
        let targets = literals.iter().map(|literal| related(literal)).collect();
        Self { searcher: searcher(&literals), targets }
    }

    fn search(&self, block: &[u8], range: Range<usize>, found: &mut Found) {
        let mut at = range.start;
        while let Some((pattern, start)) = self.searcher.find(block, at) {
            // A fragment may start after the range while the anchor around it starts in it.
            if start >= range.end + MAX_FRAGMENT_OFFSET {
                break;
            }
            for target in &self.targets[pattern] {
                let Some(place) = target.verify(block, start).filter(|place| range.contains(&place.start)) else {
                    continue;
                };
                match target.what {
                    What::AnchorOf(rule) => found.anchors.push(Hit { start: place.start, rule, end: place.end }),
                    What::Piece(number) => found.pieces.push(Piece { start: place.start, number }),
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

    /// For any number of literals that stand in the order of [`buckets::in_order`]. Their buckets are so apart that the
    /// variant with few of them, which reads twice as much at once as the one with many, hardly ever stops in vain. To ask
    /// for it is no stable part of the crate, whose version is pinned for that; without it all is found, at half the speed.
    fn in_buckets(literals: &[&[u8]]) -> Self {
        let mut config = packed::Config::new();
        config.heuristic_pattern_limits(false).only_teddy_fat(Some(false));
        let packed = config.builder().extend(literals).build();
        packed.map_or_else(|| Self::automaton(literals), Self::Packed)
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
    /// Where it stands, if it does.
    fn verify(&self, block: &[u8], fragment: usize) -> Option<Range<usize>> {
        let start = fragment.checked_sub(self.offset)?;
        let end = start + self.text.len();
        let text = block.get(start..end)?;
        let equal = if self.ignore_case { text.eq_ignore_ascii_case(&self.text) } else { *text == *self.text };
        equal.then_some(start..end)
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
