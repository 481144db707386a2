//! Keys and headers that are written encoded: base64, hexadecimal, UTF-16, escapes, and one of them in another.
//!
//! No content is decoded to be searched. [`fragments`] of encoded spellings are anchors as the plain ones are, searched for
//! at once; around one, so much is decoded as tells whether an anchor stands there, and only then the neighbourhood. What
//! is decoded is a [`View`]: the rules examine it as they would examine the text itself, and what they find is led back to
//! the bytes that it was made from.

mod base64;
mod escapes;
mod fragments;
mod joined;
mod layers;
mod manifest;
mod runs;
mod view;

use std::ops::Range;

pub(super) use self::view::View;
use self::{escapes::Escape, fragments::Fragment};
use super::{
    CONTEXT, Detector,
    anchors::{self, Found, Piece},
    header,
    session::{self, Examined, Neighbourhood},
};
use crate::rule::{Matcher, Rule, RuleIndex, RuleSet};

/// How far around a fragment is decoded to see whether an anchor stands there, in bytes: the longest spelling of one.
const NEAR: usize = 96;

/// How far from where a fragment starts the bytes are that tell whether it is a part of an anchor, either way: no fragment
/// is longer than a quarter of [`NEAR`].
pub(super) const DECIDES: usize = 2 * NEAR + NEAR / 4;

/// How far from a fragment text is decoded where every byte of it is encoded, in bytes: as far as the entries of an object
/// may stand, in base64.
const REACH: usize = 2048;

/// How far an anchor may end after the place where it is looked for, in bytes.
const LONGEST_ANCHOR: usize = 64;

/// How many forms are taken off one after the other: a form inside a form.
const MAX_DEPTH: usize = 3;

/// How text is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// `phase` characters of a group of four stand before the fragment.
    Base64 {
        phase: usize,
    },
    Hex,
    Utf16,
    Array,
    Joined,
    Escaped(Escape),
}

impl Form {
    /// As a reader would call it.
    fn name(self) -> &'static str {
        match self {
            Self::Base64 { .. } => "base64",
            Self::Hex => "hexadecimal",
            Self::Utf16 => "UTF-16",
            Self::Array => "an array of numbers",
            Self::Joined => "literals put together",
            Self::Escaped(Escape::Backslash) => "escapes",
            Self::Escaped(Escape::Percent) => "percent-encoding",
            Self::Escaped(Escape::Equals) => "quoted-printable",
            Self::Escaped(Escape::Entity) => "entities",
        }
    }

    /// Decodes the text around `place`, up to `reach` bytes from its start either way.
    fn decode(self, text: &[u8], place: &Range<usize>, reach: usize) -> View {
        match self {
            Self::Base64 { phase } => base64::decode(text, place, phase, reach),
            Self::Hex => runs::hex(text, place, reach),
            Self::Utf16 => runs::utf16(text, place, reach),
            Self::Array => runs::array(text, place, reach),
            Self::Joined => joined::decode(text, place, reach),
            Self::Escaped(escape) => {
                escapes::decode(escape, text, place.start.saturating_sub(reach)..place.start + reach, place.start)
            }
        }
    }
}

/// A fragment found in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) place: Range<usize>,
    form: Form,
}

impl Hit {
    pub(super) fn is_utf16(&self) -> bool {
        self.form == Form::Utf16
    }
}

/// The anchor that a fragment is a part of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) rule: RuleIndex,
    /// Where it stands encoded.
    pub(super) span: Range<usize>,
    /// The prefix, or the whole name, as it reads decoded.
    pub(super) name: Vec<u8>,
    /// The outermost first.
    pub(super) encodings: Vec<&'static str>,
}

/// All fragments, by the number of the piece that is searched for.
#[derive(Debug)]
pub(super) struct Fragments(Vec<Fragment>);

impl Fragments {
    pub(super) fn new() -> Self {
        Self(fragments::fragments())
    }

    /// What is searched for, in order of its number.
    pub(super) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.0.iter().map(|(literal, _)| literal.as_slice())
    }

    pub(super) fn hit(&self, piece: Piece) -> Hit {
        let (literal, form) = &self.0[piece.number];
        Hit { place: piece.start..piece.start + literal.len(), form: *form }
    }
}

/// A text that is written in entities of HTML and XML, as it reads.
pub(super) fn from_entities(text: &[u8]) -> Vec<u8> {
    let mut view = View::default();
    escapes::decode_into(&mut view, Escape::Entity, text, 0..text.len());
    view.text
}

/// Whether a fragment in `text` is a part of an anchor, as far as its own form and text nearby tell: most are not, and this
/// is all that they cost.
pub(super) fn is_anchor(detector: &Detector, text: &[u8], hit: &Hit) -> bool {
    let start = hit.place.start.saturating_sub(2 * NEAR);
    let near = &text[start..text.len().min(hit.place.end + 2 * NEAR)];
    leads_on(detector, near, &Hit { place: hit.place.start - start..hit.place.end - start, form: hit.form }, 0)
}

fn leads_on(detector: &Detector, text: &[u8], hit: &Hit, depth: usize) -> bool {
    let near = hit.form.decode(text, &hit.place, NEAR);
    let place = near.made_from(&hit.place);
    let found = found_at(detector, &near.text, &place);
    let is_nested = || depth + 1 < MAX_DEPTH && fragments_in(detector, &found, &place).next().is_some();
    !anchors_in(detector, &near.text, &found, &place).is_empty() || is_nested()
}

/// Examines what a fragment in `text` is a part of. `text` is its neighbourhood; so are the places of values.
pub(super) fn examine(detector: &Detector, text: &[u8], hit: &Hit) -> Vec<(RuleIndex, Examined)> {
    examine_form(detector, text, hit, false, 0)
}

/// The anchor that a fragment in `text` is a part of, if it is: for whoever asks what was looked at.
pub(super) fn name_at(detector: &Detector, text: &[u8], hit: &Hit) -> Option<Named> {
    named(detector, text, hit, 0)
}

fn named(detector: &Detector, text: &[u8], hit: &Hit, depth: usize) -> Option<Named> {
    let near = hit.form.decode(text, &hit.place, NEAR);
    let place = near.made_from(&hit.place);
    let found = found_at(detector, &near.text, &place);
    let plain = anchors_in(detector, &near.text, &found, &place).first().map(|anchor| {
        let end = anchor.end.min(near.text.len());
        let is_header = matches!(detector.rules.rule(anchor.rule).matcher, Matcher::Header);
        let name = if is_header { header::name_at(&near.text, (anchor.start, end)) } else { None };
        let span = name.unwrap_or(anchor.start..end);
        Named { rule: anchor.rule, name: near.text[span.clone()].to_vec(), span, encodings: Vec::new() }
    });
    let nested = || {
        let mut inner = fragments_in(detector, &found, &place).filter(|_| depth < MAX_DEPTH);
        inner.find_map(|inner| named(detector, &near.text, &inner, depth + 1))
    };
    let Named { rule, span, name, mut encodings } = plain.or_else(nested)?;
    encodings.insert(0, hit.form.name());
    Some(Named { rule, span: near.source(span), name, encodings })
}

/// The texts in which something at `place` may be read, the likeliest first: a text of lines that are strings, that is one
/// string, or that is a part of a diff, reads better without that than with it. `None` stands for the text itself.
pub(super) fn readings(text: &[u8], place: &Range<usize>) -> impl Iterator<Item = Option<View>> {
    let (view, is_sure) = match string_view(text, place) {
        Some(Held { view, is_sure }) => (Some(view), is_sure),
        None => (layers::hunk(text, place), false),
    };
    let itself = if is_sure { None } else { Some(None) };
    view.into_iter().map(Some).chain(itself)
}

/// What a string or the strings of a list hold.
struct Held {
    view: View,
    /// Nothing around the string has a part in what it says: code may have put it together with something.
    is_sure: bool,
}

/// The text of the lines or of the string that something stands in, without the quotes and the escapes.
fn string_view(text: &[u8], place: &Range<usize>) -> Option<Held> {
    if let Some(view) = layers::items(text, place).or_else(|| layers::inline_items(text, place)) {
        return Some(Held { view, is_sure: layers::is_listed(text, place) });
    }
    let string = text_around(text, place)?;
    let before = text[..string.start].strip_suffix(b"\"").map(<[u8]>::trim_ascii_end);
    let after = text[string.end..].strip_prefix(b"\"").map(<[u8]>::trim_ascii_start);
    // The value of a key of JSON.
    let is_value = before.is_some_and(|before| before.ends_with(b"\":"))
        && after.is_some_and(|after| matches!(after.first(), None | Some(b',' | b'}')));
    let view = escapes::decode(Escape::Backslash, text, string, place.start);
    Some(Held { view, is_sure: is_value })
}

/// The identifiers that the name at an anchor makes wanted; `text` is its neighbourhood.
pub(super) fn wanted(detector: &Detector, text: &[u8], hit: anchors::Hit, is_found: bool) -> Vec<header::Noted> {
    let place = hit.start..hit.end.min(text.len());
    let read = |reading: Option<View>| {
        let Some(view) = reading else { return header::wanted(text, hit, is_found) };
        let place = view.made_from(&place);
        let inner = anchors_in(detector, &view.text, &found_at(detector, &view.text, &place), &place);
        let inner = inner.into_iter().filter(|inner| inner.rule == hit.rule);
        let noted = inner.flat_map(|inner| header::wanted(&view.text, inner, is_found));
        noted.map(|noted| noted.at(|place| view.source(place))).collect()
    };
    readings(text, &place).map(read).find(|noted| !noted.is_empty()).unwrap_or_default()
}

/// Judges what a name was found to give anew, where it is given in base64: in the data of a Kubernetes `Secret`.
pub(super) fn examine_data(
    rules: &RuleSet,
    rule: &Rule,
    around: &Neighbourhood<'_>,
    examined: Vec<Examined>,
) -> Vec<Examined> {
    let judge = |examined: Examined| match manifest::data_of_secret(around.text, &examined) {
        Some(decoded) => header::judge_decoded(rules, rule, around.text, examined.value, &decoded),
        None => Some(examined),
    };
    examined.into_iter().filter_map(judge).collect()
}

/// Examines an anchor in `text`: as it reads, or decoded, where what stands beside it is escaped; and a name that is given
/// nothing there also in the string that it stands in, and between lines that are wrapped alike.
pub(super) fn examine_plain(
    detector: &Detector,
    text: &[u8],
    hit: anchors::Hit,
    in_binary: bool,
) -> Vec<(RuleIndex, Examined)> {
    examine_anchor(detector, text, hit, in_binary, 0)
}

fn examine_anchor(
    detector: &Detector,
    text: &[u8],
    hit: anchors::Hit,
    in_binary: bool,
    depth: usize,
) -> Vec<(RuleIndex, Examined)> {
    let place = hit.start..hit.end.min(text.len());
    let is_header = matches!(detector.rules.rule(hit.rule).matcher, Matcher::Header);
    let through = |view: Option<View>| -> Option<Vec<_>> {
        let view = view?;
        let place = view.made_from(&place);
        let inner = anchors_in(detector, &view.text, &found_at(detector, &view.text, &place), &place);
        let inner = inner.into_iter().filter(|inner| inner.rule == hit.rule);
        let found: Vec<_> =
            inner.flat_map(|inner| examine_anchor(detector, &view.text, inner, in_binary, depth + 1)).collect();
        (!found.is_empty())
            .then(|| found.into_iter().map(|(rule, examined)| (rule, led_back(&view, examined))).collect())
    };
    if depth == MAX_DEPTH || in_binary || (is_header && text.contains(&0)) {
        return session::examine(detector, text, hit, in_binary).collect();
    }
    let beside = layers::escaped_beside(text, &place);
    if let Some(found) =
        beside.and_then(|(escape, part)| through(Some(escapes::decode(escape, text, part, place.start))))
    {
        return found;
    }
    // A text of lines that are strings, or that is one string, reads better without that than with it.
    let is_plausible = |found: &Vec<(RuleIndex, Examined)>| found.iter().any(|(_, examined)| examined.verdict.is_ok());
    let held = string_view(text, &place);
    let is_sure = held.as_ref().is_some_and(|held| held.is_sure);
    let unescaped = through(held.map(|held| held.view)).unwrap_or_default();
    if is_header && (is_sure || is_plausible(&unescaped)) {
        return unescaped;
    }
    let longest = |found: &[(RuleIndex, Examined)]| {
        let plausible = found.iter().filter(|(_, examined)| examined.verdict.is_ok());
        plausible.map(|(_, examined)| examined.secret.expose().len()).max()
    };
    let found: Vec<_> = session::examine(detector, text, hit, in_binary).collect();
    // A key may go on in literals between which comments stand, which is no list of lines.
    if is_plausible(&unescaped) {
        return if longest(&found) > longest(&unescaped) { found } else { unescaped };
    }
    // What was judged where it reads better is not judged anew.
    let is_judged = |(_, examined): &(RuleIndex, Examined)| {
        let overlaps = |other: &Range<usize>| other.start < examined.value.end && examined.value.start < other.end;
        unescaped.iter().any(|(_, other)| overlaps(&other.value))
    };
    if found.iter().any(is_judged) {
        return unescaped;
    }
    let is_found = is_plausible(&found);
    let goes_on = found
        .iter()
        .any(|(_, examined)| goes_on(&text[examined.value.end..]) || text[..examined.value.start].ends_with(b"\n"));
    if is_header && is_found && !goes_on && layers::is_kept(text, &place) {
        // A hunk of a diff has what the name was given before, and what it is given now.
        let new = through(layers::hunk(text, &place)).unwrap_or_default();
        let is_apart = |one: &Range<usize>, other: &Range<usize>| one.end <= other.start || other.end <= one.start;
        let is_other =
            |(_, new): &(RuleIndex, Examined)| found.iter().all(|(_, found)| is_apart(&found.value, &new.value));
        let new: Vec<_> = new.into_iter().filter(is_other).collect();
        return found.into_iter().chain(new).collect();
    }
    if !goes_on && (is_found || !is_header) {
        return found;
    }
    let string = literal_around(text, &place).filter(|literal| text[literal.clone()].contains(&b'\\'));
    let string = string.or_else(|| continued_line(text, &place));
    let in_string = through(string.map(|literal| escapes::decode(Escape::Backslash, text, literal, place.start)));
    let in_lines = || through(layers::lines(text, &place));
    let unwrapped = match in_string {
        // A backslash at the end of a line joins what the lines hold without what wraps them.
        Some(found) if goes_on && is_plausible(&found) => {
            let is_hunk = layers::hunk(text, &place).is_some();
            let is_more = |lines: &Vec<_>| is_plausible(lines) && (is_hunk || longest(lines) >= longest(&found));
            in_lines().filter(is_more).unwrap_or(found)
        }
        Some(found) if is_plausible(&found) => found,
        other => in_lines().or(other).unwrap_or_default(),
    };
    // What the lines hold without what wraps them counts if it is more than what they hold with it; a plus sign that
    // begins a line and a value is no part of that.
    let is_marked = |(_, examined): &(RuleIndex, Examined)| text[..=examined.value.start].ends_with(b"\n+");
    let is_better = longest(&unwrapped) > longest(&found) || found.iter().any(is_marked) && is_plausible(&unwrapped);
    if found.is_empty() || is_better { unwrapped } else { found }
}

/// Whether a value may go on behind the end of its line: what stands there is the end of a literal or an operator.
fn goes_on(rest: &[u8]) -> bool {
    let ends = |byte: &u8| byte.is_ascii_punctuation() || matches!(byte, b' ' | b'\t');
    if rest.starts_with(b"\\u00") || rest.starts_with(b"\\x") {
        // What follows it is a part of it, escaped.
        return true;
    }
    let length = rest.iter().take(24).take_while(|byte| ends(byte)).count();
    let is_line_end = matches!(&rest[length..], [b'\n' | b'\r', ..])
        || rest[..length].ends_with(b"\\") && rest[length..].starts_with(b"n");
    length > 0 && is_line_end
}

fn led_back(view: &View, examined: Examined) -> Examined {
    Examined { value: view.source(examined.value), ..examined }
}

fn examine_form(
    detector: &Detector,
    text: &[u8],
    hit: &Hit,
    in_binary: bool,
    depth: usize,
) -> Vec<(RuleIndex, Examined)> {
    if !leads_on(detector, text, hit, depth) {
        return Vec::new();
    }
    // A literal alone reads more surely than with the text around it, whose quotes look as those that were escaped in it.
    let in_literal = match hit.form {
        Form::Escaped(escape) => literal_around(text, &hit.place).map(|literal| {
            let view = escapes::decode(escape, text, literal, hit.place.start);
            examine_view(detector, text, hit, &view, in_binary, depth)
        }),
        _ => None,
    };
    let found = in_literal.filter(|found| !found.is_empty());
    found.unwrap_or_else(|| {
        let reach = if matches!(hit.form, Form::Escaped(_)) { CONTEXT } else { REACH };
        let view = hit.form.decode(text, &hit.place, reach);
        examine_view(detector, text, hit, &view, in_binary, depth)
    })
}

fn examine_view(
    detector: &Detector,
    text: &[u8],
    hit: &Hit,
    view: &View,
    in_binary: bool,
    depth: usize,
) -> Vec<(RuleIndex, Examined)> {
    let place = view.made_from(&hit.place);
    let whole = view.source(0..view.text.len());
    let in_binary = in_binary || [&text[..whole.start], &text[whole.end..]].iter().any(|rest| rest.contains(&0));
    let near = found_at(detector, &view.text, &place);
    let mut found = Vec::new();
    for anchor in anchors_in(detector, &view.text, &near, &place) {
        let examined = examine_anchor(detector, &view.text, anchor, in_binary, depth + 1);
        let is_header = matches!(detector.rules.rule(anchor.rule).matcher, Matcher::Header);
        let is_found = examined.iter().any(|(_, examined)| examined.verdict.is_ok());
        if is_header && !is_found && !in_binary {
            let end = anchor.end.min(view.text.len());
            let within = header::examine_within(&detector.rules, anchor.rule, &view.text, (anchor.start, end));
            found.extend(within.into_iter().map(|examined| (anchor.rule, examined)));
        }
        found.extend(examined);
    }
    if found.is_empty() && depth + 1 < MAX_DEPTH {
        for inner in fragments_in(detector, &near, &place) {
            found.extend(examine_form(detector, &view.text, &inner, in_binary, depth + 1));
        }
    }
    found.into_iter().map(|(rule, examined)| (rule, led_back(view, examined))).collect()
}

/// The text of several lines, or with quotes of its own, that is one string, if `place` is in such a one. Where it begins
/// or ends out of reach, it is taken as far as that.
fn text_around(text: &[u8], place: &Range<usize>) -> Option<Range<usize>> {
    let is_open = |at: &usize| text[..*at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 0;
    let line = memchr::memrchr(b'\n', &text[..place.start]).map_or(0, |newline| newline + 1);
    let end = memchr::memchr(b'\n', &text[place.end..]).map_or(text.len(), |newline| place.end + newline);
    let open = memchr::memrchr_iter(b'"', &text[line..place.start]).map(|at| line + at).find(is_open);
    let close = memchr::memchr_iter(b'"', &text[place.end..end]).map(|at| place.end + at).find(is_open);
    if open.is_none() && line > 0 || close.is_none() && end < text.len() {
        return None;
    }
    let string = open.map_or(line, |open| open + 1)..close.unwrap_or(end);
    let holds = |escape: &[u8]| memchr::memmem::find(&text[string.clone()], escape).is_some();
    // The other quotes in it belong to what it holds.
    let is_quoted = matches!(text[..place.start].last(), Some(b'\'' | b'`'));
    (is_quoted || holds(b"\\n") || holds(b"\\\"")).then_some(string)
}

/// The line of a place with those that it goes on in, if it does or has escapes.
fn continued_line(text: &[u8], place: &Range<usize>) -> Option<Range<usize>> {
    let start = memchr::memrchr(b'\n', &text[..place.start]).map_or(0, |newline| newline + 1);
    let mut end = place.end;
    loop {
        end = memchr::memchr(b'\n', &text[end..]).map_or(text.len(), |newline| end + newline);
        let line = text[start..end].strip_suffix(b"\r").unwrap_or(&text[start..end]);
        if end == text.len() || !line.ends_with(b"\\") {
            break;
        }
        end += 1;
    }
    text[start..end].contains(&b'\\').then_some(start..end)
}

/// Between the quotes of the same kind that stand around `place` on its line, as far as neighbourhoods go.
fn literal_around(text: &[u8], place: &Range<usize>) -> Option<Range<usize>> {
    let is_escaped = |at: usize| text[..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1;
    let line = memchr::memrchr(b'\n', &text[..place.start]).map_or(0, |newline| newline + 1);
    let open = memchr::memrchr3_iter(b'"', b'\'', b'`', &text[line..place.start]);
    let open = open.map(|at| line + at).find(|&at| !is_escaped(at))?;
    let rest = &text[place.end..];
    let rest = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
    let close = memchr::memchr3_iter(b'"', b'\'', b'`', rest).map(|at| place.end + at).find(|&at| !is_escaped(at))?;
    (text[open] == text[close]).then_some(open + 1..close)
}

/// Anchors and pieces of encoded ones that may have to do with `place`.
fn found_at(detector: &Detector, text: &[u8], place: &Range<usize>) -> Found {
    let end = (place.end + LONGEST_ANCHOR).min(text.len());
    detector.anchors.search(&text[..end], place.start.saturating_sub(LONGEST_ANCHOR)..place.end)
}

/// The anchors at `place`: they share a byte with it, or a name (`MEDIAMAGIC_API_KEY`, of which `_API` was found).
fn anchors_in(detector: &Detector, text: &[u8], found: &Found, place: &Range<usize>) -> Vec<anchors::Hit> {
    let belongs = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.".contains(byte);
    let is_here = |hit: &&anchors::Hit| {
        let is_header = matches!(detector.rules.rule(hit.rule).matcher, Matcher::Header);
        hit.end > place.start || is_header && text[hit.end..place.start].iter().all(belongs)
    };
    found.anchors.iter().filter(is_here).copied().collect()
}

/// The fragments that share a byte with `place`.
fn fragments_in(detector: &Detector, found: &Found, place: &Range<usize>) -> impl Iterator<Item = Hit> {
    let start = place.start;
    let hits = found.pieces.iter().map(|piece| detector.fragments.hit(*piece));
    hits.filter(move |hit| hit.place.end > start)
}

#[cfg(test)]
mod tests;
