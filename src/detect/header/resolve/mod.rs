//! Names through constants and values through identifiers of the same content.
//!
//! The first pass over content notes *wants*: identifiers that are given to the header's name where a literal could
//! stand (`{"X-API-Key": apiKey}`), and constants that hold the name (`HEADER = "X-API-Key"`). Only if there are any, the
//! content is passed over again, and each occurrence of such an identifier is examined as an anchor would be, in the same
//! neighbourhood. What an identifier is given may be another identifier: one step further, no more.

pub(in crate::detect) mod behind;
pub(in crate::detect) mod body;
mod bound;
mod branch;
mod called;
mod compared;
mod constant;
mod definition;
mod expression;
mod forms;
mod interpolated;
mod members;
mod near;
mod noted;
mod owner;
mod parameter;
pub(in crate::detect) mod parts;
pub(in crate::detect) mod positional;
pub(in crate::detect) mod rows;
pub(in crate::detect) mod sum;
mod usage;
pub(in crate::detect) mod within;

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use super::{appended, associate::Value, decoding::Coding, judge, words::is_whole};
use crate::{
    detect::{
        anchors::Searcher,
        crowd::Crowd,
        encoded,
        reuse::{About, Asked, Reuse},
        session::Examined,
    },
    finding::{Confidence, Related, Relation},
    position::{self, Cursor},
    rule::{RuleIndex, RuleSet},
};
use definition::{Given, Manner};
use expression::Identifier;
use near::Near;
use noted::{Holds, Use, Way, note};
pub(in crate::detect) use noted::{Noted, wanted};
use owner::Owner;

/// Passes over content after the first one: constants, identifiers, and what those are given.
const MAX_PASSES: usize = 4;

/// How many identifiers one pass looks for; the first ones noted.
const MAX_WANTS: usize = 64;

/// How many uses of an identifier are remembered; the first ones.
const MAX_USES: usize = 16;

/// How many definitions of an identifier are judged, and occurrences of a constant examined; the first ones.
const MAX_DEFINITIONS: usize = 64;

/// How far behind it a variable that is given the header's value is followed, in bytes.
const BOUND: u64 = 1024;

/// Names that many things have: of their definitions only the one nearest to the use counts.
const COMMON: &[&str] = &[
    "auth",
    "code",
    "credential",
    "credentials",
    "data",
    "default",
    "header",
    "headers",
    "id",
    "key",
    "name",
    "pass",
    "password",
    "pwd",
    "secret",
    "text",
    "tok",
    "token",
    "val",
    "value",
];

/// What is to be found out about an identifier.
type Want = (RuleIndex, bool, Vec<u8>);

#[derive(Clone, Debug)]
struct Wanted {
    rule: RuleIndex,
    holds: Holds,
    name: Vec<u8>,
    /// It is used as a part of something: an entry of an object may be its definition whatever else has this name.
    is_member: bool,
    /// How it comes by the value, wherever it is used.
    ways: BTreeSet<Way>,
    /// How what it holds is decoded where it is used; and whether it is used as it is, too.
    coding: Option<Coding>,
    is_plain: bool,
    uses: Vec<Use>,
    definitions: Vec<Definition>,
    examined: usize,
}

/// A place that gives an identifier something.
#[derive(Clone, Debug)]
struct Definition {
    at: u64,
    manner: Manner,
    owner: Owner,
    /// It stands in another branch than the definition before it.
    is_alternative: bool,
    /// It is what every function is given that has a parameter of this name, as tests have it.
    is_fixture: bool,
    /// The literals', in the content; none: it is given something else.
    spans: Vec<Range<u64>>,
}

/// Values found in a pass, with the rule and the neighbourhood that they belong to.
pub(in crate::detect) type Found = Vec<(RuleIndex, Range<usize>, Examined)>;

/// Looks for identifiers from pass to pass.
#[derive(Debug, Default)]
pub(in crate::detect) struct Resolver {
    passes: usize,
    searcher: Option<Searcher>,
    /// What this pass looks for.
    wanted: Vec<Wanted>,
    /// What the next pass will look for.
    next: Vec<Wanted>,
    /// What was looked for in any pass.
    known: BTreeSet<Want>,
    /// Values and what relates to them.
    related: BTreeMap<(u64, u64, RuleIndex), Vec<Related>>,
    /// Of what this pass finds.
    crowd: Crowd,
}

impl Resolver {
    /// Whether this is the first pass, which looks for anchors.
    pub(in crate::detect) fn is_first(&self) -> bool {
        self.passes == 0
    }

    /// Takes what a window noted. `cursor` stands where its text begins, at offset `base` of the content.
    pub(in crate::detect) fn take(&mut self, text: &[u8], base: u64, cursor: &Cursor, mut noted: Vec<Noted>) {
        noted.sort_by_key(|noted| noted.place.start);
        let mut cursor = cursor.clone();
        let mut at = 0;
        for Noted { rule, holds, name, is_member, owners, way, coding, place, uses } in noted {
            let is_value = holds != Holds::Name;
            if self.known.contains(&(rule, is_value, name.clone())) {
                continue;
            }
            let is_same = |wanted: &Wanted| {
                wanted.name == name && wanted.rule == rule && (wanted.holds != Holds::Name) == is_value
            };
            let position = self.next.iter().position(is_same).unwrap_or(self.next.len());
            if position == self.next.len() {
                if position == MAX_WANTS {
                    continue;
                }
                self.next.push(Wanted::new(rule, holds, name));
            }
            let wanted = &mut self.next[position];
            wanted.holds = wanted.holds.min(holds);
            wanted.is_member |= is_member;
            wanted.ways.insert(way);
            wanted.coding = wanted.coding.or(coding);
            wanted.is_plain |= coding.is_none();
            if wanted.uses.len() >= MAX_USES {
                continue;
            }
            if !uses.is_empty() {
                wanted.uses.extend(uses);
                wanted.uses.truncate(MAX_USES);
                continue;
            }
            let cut = position::cut_before(text, place.start).max(at);
            cursor.advance(&text[at..cut]);
            at = cut;
            let start = cursor.clone().advance(&text[at..place.start]);
            let end = cursor.clone().advance(&text[at..place.end]);
            wanted.uses.push(Use { at: base + place.start as u64, start, end, owners });
        }
    }

    /// Examines the occurrences of wanted identifiers that start in `range` of a window's text.
    pub(in crate::detect) fn search(
        &mut self,
        rules: &RuleSet,
        text: &[u8],
        base: u64,
        range: Range<usize>,
        reuse: &mut Reuse<'_>,
    ) -> (Found, Vec<Noted>) {
        let mut found = Vec::new();
        let mut noted = Vec::new();
        let Some(searcher) = &self.searcher else { return (found, noted) };
        let mut at = range.start;
        let places = std::iter::from_fn(|| {
            let (_, start) = searcher.find(text, at).filter(|(_, start)| *start < range.end)?;
            at = start + 1;
            Some(start)
        });
        // The searcher tells one of the names that begin here: the whole identifier may be another.
        let places: Vec<(usize, usize)> = places
            .flat_map(|start| (0..self.wanted.len()).map(move |number| (start, number)))
            .filter(|(start, number)| {
                let name = &self.wanted[*number].name;
                text[*start..].starts_with(name) && is_whole(text, *start, start + name.len())
            })
            .collect();
        for (start, number) in places {
            let wanted = &mut self.wanted[number];
            let end = start + wanted.name.len();
            let Range { start: low, end: high } = self.crowd.neighbourhood(text, base, start);
            let near = &text[low..high];
            let span = start - low..(end - low).min(near.len());
            let about =
                About::Identifier { is_name: wanted.holds == Holds::Name, is_bound: wanted.ways.contains(&Way::Bound) };
            let asked = Asked::new(base, start..end, &(low..high), about);
            if reuse.is_quiet(asked) {
                reuse.note_quiet(asked);
                continue;
            }
            let before = wanted.examined;
            let mut examined = Vec::new();
            for view in encoded::readings(near, &span) {
                let near = Near::new(near, &span, view.as_ref(), low);
                let read = match wanted.holds {
                    Holds::Name => wanted.as_name(rules, &near, &mut noted),
                    Holds::Value { .. } => wanted.as_value(rules, &near, base, &mut noted),
                };
                if let Some(read) = read {
                    let at_window = |examined: Examined| Examined { value: near.place(examined.value), ..examined };
                    examined = read.into_iter().map(at_window).collect();
                    break;
                }
            }
            // Most occurrences say nothing, and that depends on the text around them alone.
            if wanted.examined == before && before < MAX_DEFINITIONS {
                reuse.note_quiet(asked);
            }
            for examined in examined {
                if wanted.holds == Holds::Name && examined.verdict.is_ok() {
                    let key = (base + examined.value.start as u64, base + examined.value.end as u64, wanted.rule);
                    let at = base + start as u64;
                    self.related.entry(key).or_insert_with(|| wanted.related(at, Relation::Name));
                }
                let value = examined.value.start - low..examined.value.end - low;
                found.push((wanted.rule, low..low + near.len(), Examined { value, ..examined }));
            }
        }
        (found, noted)
    }

    /// Ends a pass, and says whether another one is worth its time.
    pub(in crate::detect) fn again(&mut self) -> bool {
        for wanted in std::mem::take(&mut self.wanted) {
            for definition in wanted.chosen() {
                for span in &definition.spans {
                    let related = wanted.related(definition.at, Relation::Use);
                    self.related.entry((span.start, span.end, wanted.rule)).or_insert(related);
                }
            }
        }
        self.wanted = std::mem::take(&mut self.next);
        self.crowd = Crowd::default();
        self.known
            .extend(self.wanted.iter().map(|wanted| (wanted.rule, wanted.holds != Holds::Name, wanted.name.clone())));
        let names: Vec<_> = self.wanted.iter().map(|wanted| wanted.name.as_slice()).collect();
        let is_worth = !names.is_empty() && self.passes < MAX_PASSES;
        self.searcher = is_worth.then(|| Searcher::new(&names));
        self.passes += 1;
        self.searcher.is_some()
    }

    /// What relates to a value of a later pass; `None`: its identifier has a better definition.
    pub(in crate::detect) fn related(&self, span: &Range<u64>, rule: RuleIndex) -> Option<Vec<Related>> {
        self.related.get(&(span.start, span.end, rule)).cloned()
    }
}

impl Wanted {
    fn new(rule: RuleIndex, holds: Holds, name: Vec<u8>) -> Self {
        Self {
            rule,
            holds,
            name,
            is_member: false,
            ways: BTreeSet::new(),
            coding: None,
            is_plain: false,
            uses: Vec::new(),
            definitions: Vec::new(),
            examined: 0,
        }
    }

    /// An occurrence of a constant, examined as the header's name; `None`: it says nothing, read so.
    fn as_name(&mut self, rules: &RuleSet, near: &Near<'_>, noted: &mut Vec<Noted>) -> Option<Vec<Examined>> {
        if self.examined == MAX_DEFINITIONS || near.is_binary() {
            return None;
        }
        let text = near.text;
        let name = constant::as_name(text, near.span.clone())?;
        self.examined += 1;
        let sum = sum::of_header(text, &name);
        let examined =
            judged(rules, self.rule, text, sum.map_or_else(|| constant::values_of(text, &name), |sum| vec![sum]));
        let known = noted.len();
        if !examined.iter().any(|examined| examined.verdict.is_ok()) {
            noted::note_values(self.rule, text, &name, &near.place(name.span.clone()), noted);
        }
        if noted.len() > known {
            return Some(examined);
        }
        (!examined.is_empty()).then_some(examined)
    }

    /// An occurrence of an identifier, examined as its definition; `None`: it is none, read so.
    fn as_value(
        &mut self,
        rules: &RuleSet,
        near: &Near<'_>,
        base: u64,
        noted: &mut Vec<Noted>,
    ) -> Option<Vec<Examined>> {
        if self.examined == MAX_DEFINITIONS || near.is_binary() {
            return None;
        }
        let (text, span) = (near.text, near.span.clone());
        let place = near.place(span.clone());
        let at = base + place.start as u64;
        let elements = if self.ways.contains(&Way::Listed) { members::elements(text, &span) } else { Vec::new() };
        let fields = rows::fields(text, &span);
        let elements = if elements.is_empty() { fields } else { elements };
        let elements = if elements.is_empty() { self.enumerated(text, &span) } else { elements };
        let listed = || (!elements.is_empty()).then_some((Manner::Assigned, Given::Other));
        let is_type = self.ways.iter().all(|way| *way == Way::Enumerated);
        let read = if is_type { None } else { definition::read(text, span.clone(), self.ways.contains(&Way::Bound)) };
        let (manner, given) = read.or_else(listed)?;
        self.examined += 1;
        let span_start = span.start;
        let owner =
            if self.uses.iter().all(|used| used.owners.is_empty()) { Owner::default() } else { Owner::of(text, &span) };
        let given = match sum::assigned(text, &span) {
            Some(value) => Given::Literals(vec![value]),
            None if !elements.is_empty() => Given::Literals(elements),
            None if let Some(values) = parameter::values_of(text, &span, &given) => Given::Literals(values),
            None => given,
        };
        if let Some(kind) = parameter::declared_type(text, &span) {
            note(self.rule, Holds::Value { steps: 1 }, Way::Enumerated, kind, &place, &self.uses, noted);
        }
        let examined = match given {
            Given::Literals(mut values) => {
                appended::extend(text, &self.name, &mut values);
                if let Some(coding) = self.coding {
                    let plain = if self.is_plain { values.clone() } else { Vec::new() };
                    values = values.into_iter().map(|value| value.encoded(coding)).chain(plain).collect();
                }
                judged(rules, self.rule, text, values)
            }
            Given::Alias(alias) => {
                // `apiKey = config.apiKey`
                if alias.name == self.name {
                    // It is handed on under its name, which is no definition.
                    self.is_member |= alias.is_member;
                    return Some(Vec::new());
                }
                if let Holds::Value { steps: 0 } = self.holds {
                    let alias = Identifier { coding: alias.coding.or(self.coding), ..alias };
                    note(self.rule, Holds::Value { steps: 1 }, Way::Given, alias, &place, &self.uses, noted);
                }
                Vec::new()
            }
            Given::Members(list) => {
                note(self.rule, Holds::Value { steps: 1 }, Way::Listed, list, &place, &self.uses, noted);
                Vec::new()
            }
            Given::OneOf(kind) => {
                note(self.rule, Holds::Value { steps: 1 }, Way::Enumerated, kind, &place, &self.uses, noted);
                Vec::new()
            }
            Given::AnyOf(found) => {
                note(self.rule, Holds::Value { steps: 1 }, Way::Any, found, &place, &self.uses, noted);
                Vec::new()
            }
            Given::Bound(found) => {
                note(self.rule, Holds::Value { steps: 0 }, Way::Bound, found, &place, &[], noted);
                Vec::new()
            }
            Given::Other => Vec::new(),
        };
        let plausible = examined.iter().filter(|examined| examined.verdict.is_ok());
        let absolute = |span: Range<usize>| base + span.start as u64..base + span.end as u64;
        let spans = plausible.map(|examined| absolute(near.place(examined.value.clone()))).collect();
        let is_alternative = branch::is_alternative(text, span_start) || parameter::is_decorated(text, span_start);
        let is_fixture = branch::is_fixture(text, span_start);
        self.definitions.push(Definition { at, manner, owner, is_alternative, is_fixture, spans });
        Some(examined)
    }

    /// The constants of the enumeration that an identifier of a type names.
    fn enumerated(&self, text: &[u8], span: &Range<usize>) -> Vec<Value> {
        if self.ways.contains(&Way::Enumerated) { members::enumerated(text, span) } else { Vec::new() }
    }

    /// The definitions that count: all of a telling name, of a common one the nearest to each use.
    fn chosen(&self) -> Vec<&Definition> {
        // What is assigned says more than an entry of the same name in some object, whatever that is for.
        let is_assigned = self.definitions.iter().any(|definition| definition.manner == Manner::Assigned);
        let counts = |definition: &&Definition| definition.manner == Manner::Assigned || !is_assigned || self.is_member;
        let may_be_meant = |definition: &&Definition| {
            self.uses.is_empty() || self.uses.iter().any(|used| definition.owner.may_be(&used.owners))
        };
        let definitions: Vec<_> = self.definitions.iter().filter(counts).filter(may_be_meant).collect();
        if self.ways.contains(&Way::Bound) {
            let follows = |definition: &&Definition| {
                self.uses.iter().any(|used| used.at < definition.at && definition.at < used.at + BOUND)
            };
            let following: Vec<_> = definitions.iter().copied().filter(follows).collect();
            if !following.is_empty() || !self.ways.contains(&Way::Given) {
                return following;
            }
        }
        let lower = self.name.to_ascii_lowercase();
        if self.ways.contains(&Way::Any)
            || self.name.len() > 3 && !COMMON.iter().any(|common| common.as_bytes() == lower)
        {
            return definitions;
        }
        let nearest = |used: &Use| -> Vec<&Definition> {
            let definitions: Vec<_> =
                definitions.iter().filter(|definition| definition.owner.may_be(&used.owners)).collect();
            let after = definitions.partition_point(|definition| definition.at < used.at);
            let nearest = after.saturating_sub(1);
            let mut chosen: Vec<&Definition> = definitions.get(nearest).map(|chosen| **chosen).into_iter().collect();
            // The one before it is as near, if they are the branches of a choice.
            let mut at = nearest;
            let is_entry = |at: usize| self.is_member && definitions[at].manner == Manner::Entered;
            let is_beside =
                |at: usize| is_entry(at) && is_entry(at - 1) && definitions[at].at - definitions[at - 1].at < MAX_ENTRY;
            while at > 0 && at < definitions.len() && (definitions[at].is_alternative || is_beside(at)) {
                at -= 1;
                chosen.push(definitions[at]);
            }
            chosen
        };
        let fixtures = definitions.iter().filter(|definition| definition.is_fixture).copied();
        fixtures.chain(self.uses.iter().flat_map(nearest)).collect()
    }

    /// The use that a definition is shown with: the first one after it, else the first of all.
    fn related(&self, definition: u64, relation: Relation) -> Vec<Related> {
        let after = self.uses.iter().find(|used| used.at > definition);
        let nearest = after.or(self.uses.first());
        nearest.map(|used| Related { relation, start: used.start, end: used.end }).into_iter().collect()
    }
}

/// How far the entries of one name in the objects of a list may be apart, in bytes.
const MAX_ENTRY: u64 = 192;

/// A value that is associated through an identifier: never as sure as one beside the name.
pub(super) fn judged(rules: &RuleSet, rule: RuleIndex, text: &[u8], values: Vec<Value>) -> Vec<Examined> {
    let examined = values.into_iter().flat_map(|value| judge(rules, rules.rule(rule), text, value));
    let mut examined: Vec<_> = examined.collect();
    for plausible in examined.iter_mut().filter_map(|examined| examined.verdict.as_mut().ok()) {
        if plausible.confidence > Confidence::Medium {
            plausible.confidence = Confidence::Medium;
            plausible.evidence = "it is random, but the header is given it through an identifier";
        }
    }
    examined
}

#[cfg(test)]
mod tests;
