//! Notes what the session makes of one line, when asked to. It judges nothing: it is told what was found.

use std::{cmp::Reverse, ops::Range};

use super::{
    Detector, anchors,
    candidate::Candidate,
    encoded, header,
    judge::{RejectionKind, random_runs},
    session::{Examined, Plausible},
};
use crate::{
    finding::Secret,
    position::{Cursor, Position, cut_before, scalar_values},
    rule::{Matcher, RuleIndex},
    trace::{Question, Sighting, Trace, Value, Verdict},
};

/// How much of a line is kept to be shown, in bytes, from its start or on either side of the column that is asked about.
const SHOWN: u64 = 4096;

/// How many anchors of a line are noted, and how many values. Nobody reads more; who needs to asks about a column.
const MAX_SIGHTINGS: usize = 100;

/// Listens to a session.
#[derive(Debug)]
pub(super) struct Tracer {
    trace: Trace,
    /// Offsets in the decoded content, as soon as they are known.
    line_start: Option<u64>,
    line_end: Option<u64>,
    column: Option<u64>,
    /// Of the window: its offset, and the cursor that stands there.
    base: u64,
    cursor: Cursor,
    /// What is asked about, in the window's text.
    asked: Range<usize>,
    /// What later passes found: what is plausible counts only if the session stands by it.
    provisional: Vec<Value>,
}

impl Tracer {
    pub(super) fn new(question: Question) -> Self {
        let trace = Trace {
            question,
            lines: 0,
            columns: 0,
            text: Vec::new(),
            base: 0,
            masked: Vec::new(),
            sightings: Vec::new(),
            values: Vec::new(),
            left_out: 0,
        };
        Self {
            trace,
            line_start: None,
            line_end: None,
            column: None,
            base: 0,
            cursor: Cursor::default(),
            asked: 0..0,
            provisional: Vec::new(),
        }
    }

    /// A window of the content, before anything in it is noted. `cursor` stands at its start, at the offset `base`.
    pub(super) fn window(&mut self, text: &[u8], base: u64, cursor: &Cursor, last: bool) {
        (self.base, self.cursor) = (base, cursor.clone());
        self.find_line(text);
        if self.column.is_none() && self.trace.question.column.is_some() {
            self.trace.masked.retain(|(span, _)| span.end > base);
        }
        let (Some(start), end) = (self.line_start, self.line_end.unwrap_or(base + text.len() as u64)) else {
            self.asked = 0..0;
            self.count_lines(text, last);
            return;
        };
        // From where on the line stands in this window, and at which column.
        let (from, column) = if start >= base { (start, 1) } else { (base, cursor.position().column) };
        let part = self.part(text, &(from..end.max(from)));
        if !part.is_empty() {
            self.trace.columns = column - 1 + scalar_values(&text[part.clone()]);
        }
        if let Some(asked) = self.trace.question.column.filter(|asked| self.column.is_none() && *asked >= column) {
            self.column = offset_of(&text[part.clone()], asked - column).map(|at| from + at as u64);
        }
        self.asked = match (self.trace.question.column, self.column) {
            (None, _) => part,
            (Some(_), None) => 0..0,
            (Some(_), Some(at)) => self.part(text, &(at..at + 1)),
        };
        self.keep_text(text, start, end);
        self.count_lines(text, last);
    }

    /// An anchor and what it led to. Places are in `text[range]`.
    pub(super) fn anchor(
        &mut self,
        detector: &Detector,
        text: &[u8],
        range: &Range<usize>,
        hit: anchors::Hit,
        examined: &[(RuleIndex, Examined)],
    ) {
        self.mask(text, range, examined);
        let end = hit.end.min(range.len());
        if self.is_left_out(range, Met::Anchor(&(hit.start..end)), examined) {
            return;
        }
        let near = &text[range.clone()];
        let rule = detector.rules.rule(hit.rule);
        let name = match rule.matcher {
            Matcher::Header => header::name_at(near, (hit.start, end)).unwrap_or(hit.start..end),
            Matcher::Token | Matcher::Pattern { .. } => hit.start..end,
        };
        if !self.concerns(range, &name, examined) {
            return;
        }
        let silence = match rule.matcher {
            _ if !examined.is_empty() => "",
            Matcher::Header => header::silence(&detector.rules, near, (hit.start, end)),
            Matcher::Token | Matcher::Pattern { .. } => "the rule's regular expression does not match here",
        };
        let text_of_name = near[name.clone()].to_vec();
        self.sighting(text, range, (hit.rule, name, text_of_name, Vec::new()), examined, silence);
    }

    /// What looks like a part of an encoded anchor, and what it led to: an anchor, if it reads as one.
    pub(super) fn encoded(
        &mut self,
        detector: &Detector,
        text: &[u8],
        range: &Range<usize>,
        hit: &encoded::Hit,
        examined: &[(RuleIndex, Examined)],
    ) {
        self.mask(text, range, examined);
        if self.is_left_out(range, Met::Part(&hit.place), examined) || !self.concerns(range, &hit.place, examined) {
            return;
        }
        if let Some(encoded::Named { rule, span, name, encodings }) =
            encoded::name_at(detector, &text[range.clone()], hit)
        {
            let silence = "no value is given to the name here, or one that names itself";
            self.sighting(text, range, (rule, span, name, encodings), examined, silence);
        } else {
            self.found(text, range, examined);
        }
    }

    /// Values that no single anchor led to.
    pub(super) fn found(&mut self, text: &[u8], range: &Range<usize>, examined: &[(RuleIndex, Examined)]) {
        self.mask(text, range, examined);
        for (rule, examined) in examined {
            if self.is_asked(range, &examined.value) {
                let value = self.value(text, range, *rule, examined);
                self.trace.values.push(value);
            }
        }
    }

    /// A value that is reached through an identifier.
    pub(super) fn resolved(&mut self, text: &[u8], range: &Range<usize>, examined: &(RuleIndex, Examined)) {
        self.mask(text, range, std::slice::from_ref(examined));
        let (rule, examined) = examined;
        if self.is_asked(range, &examined.value) {
            let value = self.value(text, range, *rule, examined);
            self.provisional.push(value);
        }
    }

    /// The answer. `candidates`: what the session stands by, in the order of their spans.
    pub(super) fn finish(self, candidates: &[Candidate]) -> Trace {
        let mut trace = self.trace;
        let Question { line, column } = trace.question;
        let shown = trace.base..trace.base + trace.text.len() as u64;
        trace.masked.retain(|(span, _)| span.start < shown.end && shown.start < span.end);
        trace.masked.sort_by(|(a, one), (b, other)| (a.start, a.end, one).cmp(&(b.start, b.end, other)));
        trace.masked.dedup();
        mask_random_runs(&mut trace);
        let is_here = |place: Position, end: Position| {
            place.line <= line
                && line <= end.line
                && column.is_none_or(|column| place.column <= column && column < end.column)
        };
        let stands =
            |value: &Value| candidates.iter().find(|found| found.rule == value.rule && found.span == value.span);
        let counts = |value: &Value| matches!(value.verdict, Verdict::Rejected { .. }) || stands(value).is_some();
        trace.values.extend(self.provisional.into_iter().filter(counts));
        for candidate in candidates {
            // What is found in the bytes of UTF-16 is found by no anchor of its text.
            let stands_here = is_here(candidate.start, candidate.end);
            if stands_here || candidate.related.iter().any(|related| is_here(related.start, related.end)) {
                trace.values.push(value_of(candidate));
            }
        }
        for value in &mut trace.values {
            if let (Verdict::Plausible { .. }, found) = (value.verdict, stands(value)) {
                match found {
                    Some(found) => *value = value_of(found),
                    None => value.verdict = Verdict::Superseded,
                }
            }
        }
        // A value that one anchor makes plausible is, whatever another one makes of it.
        trace.values.sort_by_key(|value| (value.span.start, value.span.end, value.rule, Reverse(rank(value.verdict))));
        trace.values.dedup_by(|a, b| a.span == b.span && a.rule == b.rule);
        trace.left_out = trace.left_out.max(trace.values.len().saturating_sub(MAX_SIGHTINGS) as u64);
        trace.values.truncate(MAX_SIGHTINGS);
        trace.sightings.sort_by_key(|sighting| (sighting.span.start, sighting.rule, Reverse(sighting.span.end)));
        trace.sightings.dedup_by(|next, kept| {
            let is_same = next.rule == kept.rule && next.span.start < kept.span.end;
            if is_same {
                kept.led_to.append(&mut next.led_to);
            }
            is_same
        });
        trace
    }

    fn find_line(&mut self, text: &[u8]) {
        let line = self.trace.question.line;
        if self.line_start.is_none() && self.cursor.position().line <= line {
            let before = (line - self.cursor.position().line) as usize;
            let start = match before.checked_sub(1) {
                // The cursor stands in the line before it only at its very beginning.
                None => Some(0),
                Some(nth) => memchr::memchr_iter(b'\n', text).nth(nth).map(|newline| newline + 1),
            };
            self.line_start = start.map(|start| self.base + start as u64);
        }
        if let (Some(start), None) = (self.line_start, self.line_end) {
            let from = start.saturating_sub(self.base) as usize;
            let newline = text.get(from..).and_then(|rest| memchr::memchr(b'\n', rest));
            self.line_end = newline.map(|newline| self.base + (from + newline) as u64);
        }
    }

    /// A part of the content, as far as it is in the window's text.
    fn part(&self, text: &[u8], part: &Range<u64>) -> Range<usize> {
        let offset = |at: u64| (at.saturating_sub(self.base) as usize).min(text.len());
        offset(part.start)..offset(part.end)
    }

    /// What of the line is shown; it grows from window to window.
    fn keep_text(&mut self, text: &[u8], line_start: u64, line_end: u64) {
        let shown = match (self.trace.question.column, self.column) {
            (None, _) => line_start..line_end.min(line_start + SHOWN),
            (Some(_), None) => return,
            (Some(_), Some(at)) => line_start.max(at.saturating_sub(SHOWN / 4))..line_end.min(at + SHOWN / 4),
        };
        if self.trace.text.is_empty() {
            self.trace.base = shown.start.max(self.base);
        }
        let kept = self.trace.base + self.trace.text.len() as u64;
        if kept >= self.base && kept < shown.end {
            let more = self.part(text, &(kept..shown.end));
            self.trace.text.extend_from_slice(&text[more]);
        }
    }

    fn count_lines(&mut self, text: &[u8], last: bool) {
        if last {
            let end = self.cursor.clone().advance(text);
            let is_begun = end.column > 1;
            self.trace.lines = if is_begun { end.line } else { end.line - 1 };
        }
    }

    /// Notes which values stand in what is shown.
    fn mask(&mut self, text: &[u8], range: &Range<usize>, examined: &[(RuleIndex, Examined)]) {
        let Some(start) = self.line_start else { return };
        let line = self.part(text, &(start..self.line_end.unwrap_or(u64::MAX)));
        // Until it is known what is shown, it may be anything of this window and the next.
        let is_known = self.column.is_some() == self.trace.question.column.is_some();
        let shown = if is_known { self.trace.base..self.trace.base + SHOWN } else { self.base..u64::MAX };
        for (_, Examined { value, secret, .. }) in examined.iter().filter(|(_, examined)| !is_plain(examined)) {
            let value = range.start + value.start..range.start + value.end;
            let span = self.base + value.start as u64..self.base + value.end as u64;
            if overlap(&value, &line) && span.start < shown.end && shown.start < span.end {
                self.trace.masked.push((span, secret.clone()));
            }
        }
    }

    /// Whether an anchor or one of its values stands where is asked about.
    fn concerns(&self, range: &Range<usize>, anchor: &Range<usize>, examined: &[(RuleIndex, Examined)]) -> bool {
        self.is_asked(range, anchor) || examined.iter().any(|(_, examined)| self.is_asked(range, &examined.value))
    }

    /// Whether nothing has to be found out of what was met: it stands far from what is asked about, or too many are noted.
    /// A part of an encoded anchor may be none, unless it leads to something.
    fn is_left_out(&mut self, range: &Range<usize>, met: Met<'_>, examined: &[(RuleIndex, Examined)]) -> bool {
        let (anchor, is_anchor) = match met {
            Met::Anchor(anchor) => (anchor, true),
            Met::Part(anchor) => (anchor, !examined.is_empty()),
        };
        let is_full = self.trace.sightings.len() >= MAX_SIGHTINGS;
        if is_full && self.concerns(range, anchor, examined) && is_anchor {
            self.trace.left_out += 1;
        }
        is_full || self.asked.is_empty()
    }

    fn is_asked(&self, range: &Range<usize>, part: &Range<usize>) -> bool {
        overlap(&(range.start + part.start..range.start + part.end), &self.asked)
    }

    fn sighting(
        &mut self,
        text: &[u8],
        range: &Range<usize>,
        (rule, span, name, encodings): (RuleIndex, Range<usize>, Vec<u8>, Vec<&'static str>),
        examined: &[(RuleIndex, Examined)],
        silence: &'static str,
    ) {
        let offset = |at: usize| self.base + (range.start + at) as u64;
        let led_to =
            examined.iter().map(|(rule, found)| (*rule, offset(found.value.start)..offset(found.value.end))).collect();
        self.trace.sightings.push(Sighting {
            rule,
            start: self.position(text, range.start + span.start),
            span: offset(span.start)..offset(span.end),
            name,
            encodings,
            led_to,
            silence,
        });
        for (rule, examined) in examined {
            let value = self.value(text, range, *rule, examined);
            self.trace.values.push(value);
        }
    }

    fn value(&self, text: &[u8], range: &Range<usize>, rule: RuleIndex, examined: &Examined) -> Value {
        let (start, end) = (range.start + examined.value.start, range.start + examined.value.end);
        let verdict = match examined.verdict {
            Ok(Plausible { confidence, evidence, .. }) => Verdict::Plausible { confidence, evidence },
            Err(rejection) => Verdict::Rejected { kind: rejection.kind.id(), evidence: rejection.evidence },
        };
        Value {
            rule,
            span: self.base + start as u64..self.base + end as u64,
            start: self.position(text, start),
            end: self.position(text, end),
            secret: examined.secret.clone(),
            is_plain: is_plain(examined),
            verdict,
            related: Vec::new(),
        }
    }

    fn position(&self, text: &[u8], at: usize) -> Position {
        let cut = cut_before(text, at);
        let mut cursor = self.cursor.clone();
        cursor.advance(&text[..cut]);
        cursor.advance(&text[cut..at])
    }
}

/// What a session met.
#[derive(Clone, Copy, Debug)]
enum Met<'a> {
    Anchor(&'a Range<usize>),
    /// A part of an encoded anchor, by its looks.
    Part(&'a Range<usize>),
}

fn value_of(candidate: &Candidate) -> Value {
    let Candidate { confidence, evidence, .. } = *candidate;
    Value {
        rule: candidate.rule,
        span: candidate.span.clone(),
        start: candidate.start,
        end: candidate.end,
        secret: candidate.secret.clone(),
        is_plain: false,
        verdict: Verdict::Plausible { confidence, evidence },
        related: candidate.related.clone(),
    }
}

/// Whether a value may be shown: code says where the value is, and holds nothing that could be one.
fn is_plain(examined: &Examined) -> bool {
    let is_name = |kind| matches!(kind, RejectionKind::Reference | RejectionKind::Identifier);
    examined.verdict.is_err_and(|rejection| is_name(rejection.kind)) && random_runs(examined.secret.expose()).is_empty()
}

/// What is random and stands in no value is masked as well: it may be one that was not seen.
fn mask_random_runs(trace: &mut Trace) {
    let mut text = trace.text.clone();
    let end = trace.base + text.len() as u64;
    for (span, _) in &trace.masked {
        let [start, end] = [span.start, span.end].map(|at| (at.clamp(trace.base, end) - trace.base) as usize);
        text[start..end].fill(b' ');
    }
    let runs = random_runs(&text).into_iter();
    let masks = runs.map(|run| (trace.base + run.start as u64..trace.base + run.end as u64, Secret::new(&text[run])));
    trace.masked.extend(masks);
}

/// Of several verdicts the greatest counts.
fn rank(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Rejected { .. } => 0,
        Verdict::Superseded => 1,
        Verdict::Plausible { .. } => 2,
    }
}

/// Whether two ranges share something; an empty one stands where it starts.
fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    !b.is_empty() && a.start < b.end && b.start < a.end.max(a.start + 1)
}

/// Where the scalar value of this number, from 0, begins.
fn offset_of(text: &[u8], number: u64) -> Option<usize> {
    let mut at = 0;
    let mut left = number;
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            if left == 0 {
                return Some(at);
            }
            left -= 1;
            at += character.len_utf8();
        }
        for _ in chunk.invalid() {
            if left == 0 {
                return Some(at);
            }
            left -= 1;
            at += 1;
        }
    }
    None
}
