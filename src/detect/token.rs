//! Keys that name themselves: the anchor is the prefix, and the value goes on as far as a key's alphabet does.

mod continued;

use super::{
    judge::{Form, Judged, Rejection, RejectionKind, Shape, judge_token},
    session::{Examined, Neighbourhood, Plausible},
};
use crate::{
    finding::{Fingerprint, Secret},
    rule::{Matcher, ProviderIndex, Rule, RuleSet},
};
use continued::Continued;

/// How far from a key the name of its provider may stand, in bytes.
const PROVIDER_CONTEXT: usize = 512;

/// Examines the text after a prefix: what stands there, else what is concatenated there.
pub(super) fn examine(rules: &RuleSet, rule: &Rule, around: Neighbourhood<'_>) -> Vec<Examined> {
    let body_start = around.anchor.1;
    let run = body_length(rules, &around.text[body_start..]);
    let plain = examine_body(rules, rule, around, &around.text[body_start..body_start + run], |at| body_start + at);
    if plain.published && around.text.get(body_start + run).is_none_or(|next| !may_continue(*next)) {
        return vec![plain.examined];
    }
    let is_better =
        |joined: &Body| joined.examined.verdict.is_ok() && (joined.published || plain.examined.verdict.is_err());
    // A key that is whole is not made longer by what merely stands beside it.
    let ways = if plain.published { Continued::OF_WHOLE } else { Continued::ALL };
    let joined = ways.iter().filter_map(|&how| {
        let (body, places) = continued::body(around.text, around.anchor.0, body_start..body_start + run, how)?;
        // What stands elsewhere belongs to the value, not to its place.
        let end = |at: usize| if how == Continued::Named { body_start + run.min(at) } else { places[at - 1] + 1 };
        Some(examine_body(rules, rule, around, &body, end))
    });
    let mut joined: Vec<Body> = joined.filter(is_better).collect();
    // A whole key says more than the first way that gives anything.
    let best = joined.iter().position(|body| body.published).unwrap_or(0);
    let best = if joined.is_empty() { plain } else { joined.swap_remove(best) };
    vec![best.examined]
}

/// A body with its verdict.
struct Body {
    /// It has a provider's form.
    published: bool,
    examined: Examined,
}

/// Judges what may follow a prefix; `place` tells where in the text so many characters of it end.
fn examine_body(
    rules: &RuleSet,
    rule: &Rule,
    around: Neighbourhood<'_>,
    run: &[u8],
    place: impl Fn(usize) -> usize,
) -> Body {
    let (start, body_start) = around.anchor;
    let published = published_form(rules, run);
    let length = published.as_ref().map_or(run.len(), |form| form.length);
    let body = &run[..length];
    let end = if length == 0 { body_start } else { place(length) };
    // A random body of a published form is no accident, whatever it is glued to.
    let form = match &published {
        None => Form::Unknown,
        Some(form) if form.glued => Form::Distinct,
        Some(_) => Form::Published,
    };
    let glued = form == Form::Distinct || (form == Form::Published && Shape::of(body).is_random());
    let verdict = if !glued && !is_boundary(around.before()) && !is_in_body(rules, around.before()) {
        Err(Rejection::new(RejectionKind::Identifier, "the prefix is the end of a longer name"))
    } else if is_masked(body, &around.text[end..]) {
        Err(Rejection::new(RejectionKind::Placeholder, "the rest of it is masked or left out"))
    } else {
        judge_token(body, form, around.is_binary())
    };
    let plausible = |Judged { confidence, evidence }| Plausible {
        confidence,
        evidence,
        provider: published.as_ref().map(|form| form.provider).or_else(|| named_provider(rules, around.text, start)),
        environment: rule.environment,
    };
    let secret = Secret::new(&[&around.text[start..body_start], body].concat());
    let verdict = if verdict.is_ok() && is_sample(rules, rule, body) {
        Err(Rejection::new(RejectionKind::Placeholder, "a provider publishes this key as a sample"))
    } else {
        verdict
    };
    let examined = Examined { value: start..end, secret, verdict: verdict.map(plausible) };
    Body { published: published.is_some(), examined }
}

/// What ends a literal or its line.
fn may_continue(byte: u8) -> bool {
    matches!(byte, b'\\' | b'"' | b'\'' | b'`' | b'&')
}

fn is_body(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// Whether a provider's documentation shows this key to everybody; or that one for the other environment, which is made
/// from it by those who need one.
fn is_sample(rules: &RuleSet, rule: &Rule, body: &[u8]) -> bool {
    if rules.providers.iter().all(|provider| provider.samples.is_empty()) {
        return false;
    }
    let family = rules.rules.iter().filter(|other| other.family == rule.family);
    family.flat_map(|other| &other.anchors).any(|anchor| {
        let fingerprint = Fingerprint::new(&rule.family, &[anchor.text.as_bytes(), body].concat());
        rules.providers.iter().any(|provider| provider.samples.contains(&fingerprint))
    })
}

/// How far a body goes: to the end of its alphabet, or to the next prefix. So values never overlap, and what they cost
/// grows with the text alone, however densely prefixes stand in it.
fn body_length(rules: &RuleSet, rest: &[u8]) -> usize {
    let Some(end) = (0..rest.len()).find(|&at| !is_body(rest[at]) || begins_with_prefix(rules, &rest[at..])) else {
        return rest.len();
    };
    let separators = rest[..end].iter().rev().take_while(|byte| !byte.is_ascii_alphanumeric()).count();
    if is_body(rest[end]) { end - separators } else { end }
}

/// Whether this text ends inside the body of another key: what begins there is a key of its own.
fn is_in_body(rules: &RuleSet, before: &[u8]) -> bool {
    (0..before.len()).rev().take_while(|&at| is_body(before[at])).any(|at| begins_with_prefix(rules, &before[at..]))
}

fn begins_with_prefix(rules: &RuleSet, text: &[u8]) -> bool {
    let tokens = rules.rules.iter().filter(|rule| matches!(rule.matcher, Matcher::Token));
    tokens.flat_map(|rule| &rule.anchors).any(|anchor| text.starts_with(anchor.text.as_bytes()))
}

/// A provider's form at the start of a body.
struct Published {
    provider: ProviderIndex,
    length: usize,
    glued: bool,
}

fn published_form(rules: &RuleSet, body: &[u8]) -> Option<Published> {
    let mut forms =
        rules.providers.iter().enumerate().flat_map(|(provider, p)| p.forms.iter().map(move |f| (provider, f)));
    forms.find_map(|(provider, form)| {
        let length = form.matches(body)?;
        Some(Published { provider: ProviderIndex(provider), length, glued: form.glued })
    })
}

/// The one provider that is named near `at`; two are none.
pub(super) fn named_provider(rules: &RuleSet, text: &[u8], at: usize) -> Option<ProviderIndex> {
    let near = text[at.saturating_sub(PROVIDER_CONTEXT)..(at + PROVIDER_CONTEXT).min(text.len())].to_ascii_lowercase();
    let is_named = |word: &String| memchr::memmem::find(&near, word.as_bytes()).is_some();
    let mut named = rules.providers.iter().enumerate().filter(|(_, provider)| provider.context.iter().any(is_named));
    match (named.next(), named.next()) {
        (Some((index, _)), None) => Some(ProviderIndex(index)),
        _ => None,
    }
}

/// Whether a value can start after this text: not inside a longer name, unless what precedes it is an escape.
fn is_boundary(before: &[u8]) -> bool {
    match before.last() {
        None => true,
        Some(byte) if !(byte.is_ascii_alphanumeric() || *byte == b'_') => true,
        Some(_) => ends_in_escape(before),
    }
}

/// `\n`, `\x22`, `\042`, `\u0022`, `%3D`, `=3D` (quoted-printable), `%s`, and `ESC[32m` in its spellings.
fn ends_in_escape(before: &[u8]) -> bool {
    let ends_in = |length: usize, lead: &[u8], class: fn(&u8) -> bool| {
        let Some(start) = before.len().checked_sub(lead.len() + length) else { return false };
        before[start..].starts_with(lead) && before[start + lead.len()..].iter().all(class)
    };
    let letter: fn(&u8) -> bool = |byte| matches!(byte, b'n' | b'r' | b't' | b'f' | b'v' | b'b' | b'a' | b'e' | b'0');
    let format: fn(&u8) -> bool = |byte| matches!(byte, b's' | b'd' | b'v' | b'q');
    let octal: fn(&u8) -> bool = |byte| matches!(byte, b'0'..=b'7');
    ends_in(1, b"\\", letter)
        || ends_in(1, b"%", format)
        || ends_in(2, b"\\x", u8::is_ascii_hexdigit)
        || ends_in(4, b"\\u", u8::is_ascii_hexdigit)
        || ends_in(8, b"\\U", u8::is_ascii_hexdigit)
        || ends_in(3, b"\\", octal)
        || ends_in(2, b"%", u8::is_ascii_hexdigit)
        || ends_in(2, b"=", u8::is_ascii_hexdigit)
        || ends_in_colour(before)
}

/// A terminal colour sequence: ESC, `[`, numbers and `;`, `m`; ESC itself or `\x1b`, `\033`, `\e`, `\u001b`.
pub(super) fn ends_in_colour(before: &[u8]) -> bool {
    let Some(rest) = before.strip_suffix(b"m") else { return false };
    let parameters = rest.iter().rev().take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
    let Some(introducer) = rest[..rest.len() - parameters].strip_suffix(b"[") else { return false };
    let spellings: [&[u8]; 7] = [b"\x1b", b"\\x1b", b"\\x1B", b"\\033", b"\\e", b"\\u001b", b"\\u001B"];
    spellings.iter().any(|spelling| introducer.ends_with(spelling))
}

/// A key of which only the beginning is shown: `sk_live_abcd…`, `sk_live_abcd...`, `sk_live_abcd****`.
fn is_masked(body: &[u8], after: &[u8]) -> bool {
    const COMPLETE: usize = 24;
    let marks: [&[u8]; 5] = [b"...", b"***", "…".as_bytes(), "•".as_bytes(), "█".as_bytes()];
    body.len() < COMPLETE && marks.iter().any(|mark| after.starts_with(mark))
}
