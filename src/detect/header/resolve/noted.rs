//! What is noted of one neighbourhood for the passes over all of the content: identifiers that hold the value, or the name.

use std::ops::Range;

use super::{
    super::{decoding::Coding, name::Name},
    body, bound, constant,
    expression::Identifier,
    members, usage,
};
use crate::{detect::anchors::Hit, position::Position, rule::RuleIndex};

/// What an identifier is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Holds {
    /// It holds the value, perhaps through another identifier.
    Value { steps: u8 },
    /// It holds the header's name.
    Name,
}

/// How an identifier comes by the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way {
    /// It is given it.
    Given,
    /// It has what a request has in the header: what that is compared with is the value.
    Bound,
    /// Any member of what it is given is one.
    Listed,
    /// It is of this type: any constant of that may be it.
    Enumerated,
    /// It is the member of any of several things.
    Any,
}

/// An identifier in the window's text that should be looked for.
#[derive(Clone, Debug)]
pub(in crate::detect) struct Noted {
    pub(super) rule: RuleIndex,
    pub(super) holds: Holds,
    pub(super) name: Vec<u8>,
    pub(super) is_member: bool,
    pub(super) owners: Vec<String>,
    pub(super) way: Way,
    /// How what it holds is decoded where it is used.
    pub(super) coding: Option<Coding>,
    /// Where the header is sent, or named; in the text.
    pub(super) place: Range<usize>,
    /// Uses that are known already, of an identifier that this one defines.
    pub(super) uses: Vec<Use>,
}

#[derive(Clone, Debug)]
pub(super) struct Use {
    pub(super) at: u64,
    pub(super) start: Position,
    pub(super) end: Position,
    /// What the identifier is a member of.
    pub(super) owners: Vec<String>,
}

/// What the name at an anchor wants to know of the rest of the content. `text` is the anchor's neighbourhood. `is_found`: a
/// value was found for the name in it, so that only the other patterns of a choice are left.
pub(in crate::detect) fn wanted(text: &[u8], anchor: Hit, is_found: bool) -> Vec<Noted> {
    let Some(name) = Name::around(text, (anchor.start, anchor.end)).filter(|_| memchr::memchr(0, text).is_none())
    else {
        return Vec::new();
    };
    let place = name.span.clone();
    let mut noted = Vec::new();
    if is_found {
        note_patterns(anchor.rule, text, &name, &place, &mut noted);
        return noted;
    }
    note_values(anchor.rule, text, &name, &place, &mut noted);
    if let Some(found) = constant::identifier(text, &name) {
        note(anchor.rule, Holds::Name, Way::Given, found, &place, &[], &mut noted);
    }
    noted
}

/// Notes the identifiers that hold the value, have the header, or a list of values, by what stands around its name.
pub(super) fn note_values(rule: RuleIndex, text: &[u8], name: &Name, place: &Range<usize>, noted: &mut Vec<Noted>) {
    let holds = Holds::Value { steps: 0 };
    if let Some(found) = usage::identifier(text, name) {
        if let Some(kind) = members::enumeration_around(text, &found) {
            note(rule, holds, Way::Enumerated, kind, place, &[], noted);
        }
        note(rule, holds, Way::Given, found, place, &[], noted);
    }
    for found in bound::by(text, name) {
        note(rule, holds, Way::Bound, found, place, &[], noted);
    }
    note_patterns(rule, text, name, place, noted);
    if let Some(found) = members::of_header(text, name).or_else(|| usage::chosen(text, name)) {
        note(rule, holds, Way::Listed, found, place, &[], noted);
    }
}

/// Notes what the patterns of a choice say that is made by the header: constants that it is, names that it gets.
fn note_patterns(rule: RuleIndex, text: &[u8], name: &Name, place: &Range<usize>, noted: &mut Vec<Noted>) {
    let holds = Holds::Value { steps: 0 };
    for found in body::pattern_names(text, name) {
        note(rule, holds, Way::Given, found, place, &[], noted);
    }
    for found in body::bound_names(text, name) {
        note(rule, holds, Way::Bound, found, place, &[], noted);
    }
}

/// Notes an identifier, under each of its names.
pub(super) fn note(
    rule: RuleIndex,
    holds: Holds,
    way: Way,
    found: Identifier,
    place: &Range<usize>,
    uses: &[Use],
    noted: &mut Vec<Noted>,
) {
    let Identifier { name, other_name, spare, is_member, owners, coding, .. } = found;
    let of =
        |owners: Vec<String>| uses.iter().map(move |used| Use { owners: owners.clone(), ..used.clone() }).collect();
    let named = std::iter::once(name).chain(other_name).map(|name| (name, owners.clone()));
    let all = named.chain(spare.map(|name| (name, Vec::new()))).filter(|(name, _)| !is_header(name));
    noted.extend(all.map(|(name, owners)| {
        let uses: Vec<Use> = of(owners.clone());
        Noted { rule, holds, name, is_member, owners, way, coding, place: place.clone(), uses }
    }));
}

/// Whether an identifier is the header's name itself, in some spelling: what it is given is found directly.
fn is_header(name: &[u8]) -> bool {
    let letters: Vec<u8> =
        name.iter().filter(|byte| byte.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect();
    letters == b"xapikey"
}

impl Noted {
    /// The same in the text that this one is a part of, or was made from.
    #[must_use]
    pub(in crate::detect) fn at(self, source: impl Fn(Range<usize>) -> Range<usize>) -> Self {
        Self { place: source(self.place.clone()), ..self }
    }
}
