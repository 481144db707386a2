//! Literal values of the header, in any language: [`name`] finds the whole name, [`associate`] reads on from it with the
//! micro-lexer [`lex`] to the value that the text gives it, or finds it among its [`siblings`], and `judge` says whether
//! that is a key.

mod adjacent;
mod appended;
mod associate;
mod before;
mod beside;
mod blocks;
mod brackets;
mod branches;
mod cobol;
mod columns;
mod comparison;
mod condition;
mod context;
mod declared;
mod decoding;
mod entries;
mod expression;
mod format;
mod heading;
mod list;
mod name;
mod nested;
mod resolve;
mod section;
mod siblings;
mod table;
mod template;
mod tokens;
mod words;
mod xml;

use super::{
    encoded,
    judge::{
        Association, Judged, Rejection, RejectionKind, judge_header,
        reference::{self, Quoting},
    },
    lex,
    session::{Examined, Neighbourhood, Plausible},
    token,
};
use crate::{
    finding::Secret,
    rule::{Matcher, Rule, RuleIndex, RuleSet},
};
use std::{borrow::Cow, ops::Range};

use associate::Value;
use name::Name;

pub(super) use expression::{is_joined_list, is_joiner};
pub(super) use resolve::{Found, Noted, Resolver, behind, parts, sum, wanted};
use resolve::{body, positional, rows, within};

/// Examines what identifiers of decoded text hold that is around the header's name.
pub(super) fn examine_within(rules: &RuleSet, rule: RuleIndex, text: &[u8], anchor: (usize, usize)) -> Vec<Examined> {
    let name = Name::around(text, anchor);
    name.map(|name| resolve::judged(rules, rule, text, within::values_of(text, &name))).unwrap_or_default()
}

/// Examines the text around the header's name. Compiled code and data have no header: nothing is found in them.
pub(super) fn examine(rules: &RuleSet, rule: &Rule, around: Neighbourhood<'_>) -> Vec<Examined> {
    if around.is_binary() {
        return Vec::new();
    }
    let judged = |values: Vec<Value>| -> Vec<Examined> {
        values.into_iter().flat_map(|value| judge(rules, rule, around.text, value)).collect()
    };
    let Some(name) = Name::around(around.text, around.anchor) else {
        return judged(section::values_of(around.text, around.anchor));
    };
    let sum = judged(sum::of_header(around.text, &name).into_iter().collect());
    if sum.iter().any(|examined| examined.verdict.is_ok()) {
        return sum;
    }
    let mut examined = judged(associate::values_of(around.text, &name));
    let patterns = judged(body::patterns(around.text, &name));
    examined.retain(|examined| !patterns.iter().any(|pattern| pattern.value == examined.value));
    examined.extend(patterns);
    if !examined.iter().any(|examined| examined.verdict.is_ok()) {
        let cells = table::values_of(around.text, &name).into_iter().map(Value::sibling);
        let elsewhere = judged(
            cells
                .chain(positional::values_of(around.text, &name))
                .chain(behind::of_header(around.text, &name))
                .chain(cobol::twin(around.text, &name))
                .chain(sum::of_sibling(around.text, &name))
                .chain(rows::zipped(around.text, &name))
                .collect(),
        );
        examined = if elsewhere.is_empty() { examined } else { elsewhere };
    }
    let is_plausible = examined.iter().any(|examined| examined.verdict.is_ok());
    let is_digest = is_plausible && is_digest_of(&around.text[..name.span.start]);
    let examined = examined.into_iter().map(|examined| match examined.verdict {
        Ok(_) if heading::is_of_another(around.text, &name, &examined.value) => {
            Examined { verdict: Err(OTHER_COLUMN), ..examined }
        }
        Ok(_) if is_digest => Examined { verdict: Err(DIGEST), ..examined },
        _ => examined,
    });
    examined.collect()
}

/// The whole name around an anchor; `None` if it is not one of the header.
pub(super) fn name_at(text: &[u8], anchor: (usize, usize)) -> Option<Range<usize>> {
    Name::around(text, anchor).map(|name| name.span)
}

/// Why nothing is judged around an anchor where [`examine`] finds nothing.
pub(super) fn silence(rules: &RuleSet, text: &[u8], anchor: (usize, usize)) -> &'static str {
    if text.contains(&0) {
        return "it stands in binary data, which has no header";
    }
    let Some(name) = Name::around(text, anchor) else { return "it is a part of another name" };
    let text_of = |value: &Value| -> Vec<u8> {
        let pieces = match value {
            Value::Quoted { pieces, .. } | Value::Sibling { pieces, .. } | Value::Sum { pieces } => pieces.clone(),
            Value::Bare { span } | Value::Loose { span } | Value::Lookup { span } | Value::Encoded { span, .. } => {
                vec![span.clone()]
            }
        };
        pieces.into_iter().flat_map(|piece| text[piece].iter().copied()).collect()
    };
    // Behind a scheme or a quote, too.
    let holds_key = |value: Vec<u8>| (0..value.len()).any(|at| names_itself(rules, &value[at..]));
    match associate::values_of(text, &name) {
        values if values.is_empty() => "no value is given to the name here",
        values if values.iter().map(text_of).any(holds_key) => {
            "its value is a key that names itself, which has a rule of its own"
        }
        _ => "its value is empty, or has a rule of its own",
    }
}

const DIGEST: Rejection =
    Rejection::new(RejectionKind::Reference, "the name says that it is a digest or encrypted, not the value itself");

const NO_TEXT: Rejection =
    Rejection::new(RejectionKind::Reference, "a call decodes it, and what it decodes to is no text");

const OTHER_COLUMN: Rejection =
    Rejection::new(RejectionKind::Identifier, "the heading of its column says that it is something else");

/// Whether the name is part of one for a digest of the value, or for the value encrypted: `checksum/x-api-key:`,
/// `SHA-256 of X-API-Key:`, `"encrypted": {"x-api-key": …`, the `encryptedData` of a sealed secret (Kubernetes).
fn is_digest_of(before: &[u8]) -> bool {
    const DIGESTS: &[&[u8]] = &[b"sha256", b"sha-256", b"sha512", b"sha1", b"sha-1", b"md5", b"checksum", b"digest"];
    let contains = |text: &[u8], word: &[u8]| memchr::memmem::find(text, word).is_some();
    let near = before[before.len().saturating_sub(512)..].to_ascii_lowercase();
    let phrase = near.rsplit(|byte| b"\n\"'`,;{}()".contains(byte)).next().unwrap_or_default();
    let phrase = &phrase[phrase.len().saturating_sub(64)..];
    DIGESTS.iter().any(|digest| contains(phrase, digest))
        || is_in_manifest(&near)
        || contains(&near[near.len().saturating_sub(32)..], b"encrypted")
        || contains(&near, b"encrypteddata:")
        // rebar3's lock file.
        || contains(&near, b"{pkg_hash")
        || hashes(&near)
}

/// Whether the name is an entry of what holds digests of files or packages: `"files": {"x-api-key": …`,
/// `SPEC CHECKSUMS:` above `  x-api-key:`.
fn is_in_manifest(before: &[u8]) -> bool {
    const OWNERS: &[&[u8]] = &[b"files", b"hashes", b"checksums", b"digests", b"integrities"];
    let mut depth = 0_u32;
    let open = before.iter().rposition(|byte| match byte {
        b'}' => {
            depth += 1;
            false
        }
        b'{' if depth > 0 => {
            depth -= 1;
            false
        }
        _ => *byte == b'{',
    });
    // The column of a diff counts as a blank.
    let indent = |line: &[u8]| line.iter().take_while(|byte| b" \t+-".contains(byte)).count();
    let mut lines = before.rsplit(|byte| *byte == b'\n');
    let own = lines.next().map_or(0, indent);
    let owner = match open {
        Some(open) => &before[..open],
        None => lines.find(|line| !line.trim_ascii().is_empty() && indent(line) < own).unwrap_or_default(),
    };
    let Some(owner) = owner.trim_ascii_end().strip_suffix(b":") else { return false };
    let owner = owner.strip_suffix(b"\"").unwrap_or(owner);
    // A block that is called `files` may hold settings.
    OWNERS[usize::from(open.is_none())..].iter().any(|word| {
        let is_word = |rest: &[u8]| rest.last().is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
        owner.strip_suffix(*word).is_some_and(is_word)
    })
}

/// Whether a call that makes a digest is open: `sha256(request.headers["x-api-key"]) == …`.
fn hashes(before: &[u8]) -> bool {
    let line = &before[memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1)..];
    let calls: [&[u8]; 7] = [b"sha256(", b"sha512(", b"sha1(", b"md5(", b"hash(", b"hmac(", b"digest("];
    calls.iter().any(|call| {
        let open = memchr::memmem::rfind(line, call).map(|at| at + call.len() - 1);
        open.is_some_and(|open| {
            // What compares digests is given values.
            if line[..open].ends_with(b"compare_digest") {
                return false;
            }
            let closes = memchr::memchr_iter(b')', &line[open..]).count();
            memchr::memchr_iter(b'(', &line[open..]).count() > closes
        })
    })
}

fn judge(rules: &RuleSet, rule: &Rule, text: &[u8], value: Value) -> Vec<Examined> {
    let (pieces, association, quoting) = match value {
        Value::Quoted { pieces, interpolates: true } => (pieces, Association::Direct, Quoting::Template),
        Value::Quoted { pieces, interpolates: false } => (pieces, Association::Direct, Quoting::Text),
        Value::Bare { span } => (vec![span], Association::Bare, Quoting::Bare),
        Value::Loose { span } => (vec![span], Association::Loose, Quoting::Bare),
        Value::Sibling { pieces, quoting } => (pieces, Association::Sibling, quoting),
        Value::Sum { pieces } => {
            let Some(span) = pieces.first().cloned() else { return Vec::new() };
            let whole: Vec<u8> = pieces.iter().flat_map(|piece| lex::unescape(&text[piece.clone()])).collect();
            let judged = judge_value(rules, rule, text, span, whole.trim_ascii(), Association::Sibling, Quoting::Text);
            return judged.into_iter().collect();
        }
        Value::Encoded { span, coding } => {
            return match decoding::decoded(&text[span.clone()], coding) {
                Some(decoded) => judge_decoded(rules, rule, text, span, &decoded).into_iter().collect(),
                None => vec![Examined { secret: Secret::new(&text[span.clone()]), value: span, verdict: Err(NO_TEXT) }],
            };
        }
        Value::Lookup { span } => {
            let secret = Secret::new(&text[span.clone()]);
            let reason = Rejection::new(RejectionKind::Reference, "a call looks it up or makes it");
            return vec![Examined { value: span, secret, verdict: Err(reason) }];
        }
    };
    let (Some(first), Some(last)) = (pieces.first(), pieces.last()) else { return Vec::new() };
    let span = trimmed(text, first.start..last.end);
    let decoded: Vec<u8> = pieces.iter().flat_map(|piece| lex::unescape(&text[piece.clone()])).collect();
    let decoded =
        if memchr::memmem::find(&decoded, b"&#").is_some() { encoded::from_entities(&decoded) } else { decoded };
    let decoded = decoded.trim_ascii();
    let (decoded, quotes) = unquoted(decoded, &text[span.clone()]);
    let scheme = scheme(decoded) + form_blanks(text, span.start, decoded);
    let inner = span.start + quotes.0 + scheme..span.end.saturating_sub(quotes.1);
    // Where a quote is written as an escape, the lengths in the text are others: all of it is the value's place then.
    let (span, decoded) = (if inner.start < inner.end { inner } else { span }, &decoded[scheme..]);
    let (span, decoded) = match template::property_default(decoded) {
        Some(default) => (span.start + default.start..span.start + default.end, &decoded[default]),
        None => (span, decoded),
    };
    let decoded = &percent_decoded(decoded);
    // A literal of SQL, or of a program, that spells text.
    let digits = decoded.strip_prefix(b"0x").or_else(|| decoded.strip_prefix(b"0X"));
    if let Some(spelled) = digits.and_then(|digits| decoding::decoded(digits, decoding::Coding::Hex)) {
        return judge_decoded(rules, rule, text, span.start + 2..span.end, &spelled).into_iter().collect();
    }
    judge_value(rules, rule, text, span, decoded, association, quoting).into_iter().collect()
}

/// Judges a value that stands encoded in `text`; `None` if it is none of the header's.
pub(super) fn judge_decoded(
    rules: &RuleSet,
    rule: &Rule,
    text: &[u8],
    span: Range<usize>,
    decoded: &[u8],
) -> Option<Examined> {
    judge_value(rules, rule, text, span, decoded, Association::Direct, Quoting::Text)
}

fn judge_value(
    rules: &RuleSet,
    rule: &Rule,
    text: &[u8],
    span: Range<usize>,
    decoded: &[u8],
    association: Association,
    quoting: Quoting,
) -> Option<Examined> {
    // A key that names itself is found by its own rule.
    if decoded.is_empty() || names_itself(rules, decoded) {
        return None;
    }
    let verdict = match reference::find(decoded, quoting) {
        Some(rejection) => Err(rejection),
        None => judge_header(decoded, association),
    };
    let plausible = |Judged { confidence, evidence }| Plausible {
        confidence,
        evidence,
        provider: token::named_provider(rules, text, span.start),
        environment: rule.environment,
    };
    let verdict = verdict.map(plausible);
    Some(Examined { value: span, secret: Secret::new(decoded), verdict })
}

/// A value without the quotes that another literal has inside (`"\"VALUE\""`), and how long they are in the text.
fn unquoted<'v>(value: &'v [u8], text: &[u8]) -> (&'v [u8], (usize, usize)) {
    match value {
        // A regular expression that matches this text and no other.
        [b'^', inner @ .., b'$'] => (inner, (1, 1)),
        // An expression of n8n.
        [b'=', inner @ ..] if !inner.is_empty() => (inner, (1, 0)),
        [open @ (b'"' | b'\'' | b'`'), inner @ .., close] if open == close => {
            let first = text.iter().position(|byte| byte == open).map_or(0, |at| at + 1);
            let last = text.iter().rposition(|byte| byte == close).map_or(text.len(), |at| at);
            let last = last - usize::from(last > first && text[last - 1] == b'\\');
            (inner, (first, text.len() - last.max(first)))
        }
        _ => (value, (0, 0)),
    }
}

/// The length of the blanks at the beginning of a value in a form (`%20`, `+`): there `:` ends the name.
fn form_blanks(text: &[u8], start: usize, value: &[u8]) -> usize {
    let is_form = text[..start].ends_with(b":") || text[..start].ends_with(b"%3A") || text[..start].ends_with(b"%3a");
    let plus = value.iter().take_while(|byte| **byte == b'+').count();
    match value {
        _ if !is_form => 0,
        [b'%', b'2', b'0', ..] => 3,
        _ => plus,
    }
}

/// A value of a form, as it is sent. What is not percent-encoded as a whole is text with percent signs.
fn percent_decoded(value: &[u8]) -> Cow<'_, [u8]> {
    let digit = |at: usize| value.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut decoded = Vec::new();
    let mut at = 0;
    while at < value.len() {
        if value[at] != b'%' {
            decoded.push(value[at]);
            at += 1;
        } else if let (Some(high), Some(low)) = (digit(at + 1), digit(at + 2)) {
            decoded.push((high * 16 + low) as u8);
            at += 3;
        } else {
            return Cow::Borrowed(value);
        }
    }
    Cow::Owned(decoded)
}

/// The length of the scheme that some put before the key as they would in `Authorization`.
fn scheme(value: &[u8]) -> usize {
    let Some(blank) = memchr::memchr(b' ', value) else { return 0 };
    let schemes: [&[u8]; 5] = [b"bearer", b"apikey", b"api-key", b"token", b"key"];
    if schemes.iter().any(|scheme| value[..blank].eq_ignore_ascii_case(scheme)) { blank + 1 } else { 0 }
}

/// A range without the blanks at its ends.
fn trimmed(text: &[u8], range: Range<usize>) -> Range<usize> {
    let start = range.start + text[range.clone()].len() - text[range.clone()].trim_ascii_start().len();
    start..start + text[range].trim_ascii().len()
}

fn names_itself(rules: &RuleSet, value: &[u8]) -> bool {
    let prefixes =
        rules.rules.iter().filter(|rule| matches!(rule.matcher, Matcher::Token)).flat_map(|rule| &rule.anchors);
    prefixes.into_iter().any(|prefix| value.starts_with(prefix.text.as_bytes()))
}
