//! One piece of content on its way through the detector: windows in, candidates out.

use std::{cmp::Reverse, ops::Range};

use super::{
    CONTEXT, Detector, WINDOW,
    anchors::{Hit, Piece},
    candidate::{Candidate, Detection, Rejected, Retired},
    crowd::Crowd,
    derived::{BlobState, MARK, Places},
    encoded,
    excerpt::{excerpt, mark_others},
    header::{self, Found},
    judge::{Rejection, RejectionKind},
    pattern,
    reuse::{About, Asked, Outcome, Reuse},
    token,
    tracer::Tracer,
    utf16::Utf16,
};
use crate::{
    finding::{Confidence, Environment, Excerpt, Secret},
    position::{self, Cursor, Position},
    rule::{Matcher, ProviderIndex, RuleIndex},
    trace::Question,
};

/// How much of the beginning decides how content is encoded, in bytes.
pub(super) const SNIFF: usize = 8192;

/// How far from a candidate another value may be shown beside it, in bytes: excerpts are shorter, values too.
const REACH: u64 = (Excerpt::REACH + 2 * CONTEXT) as u64;

/// The text around an anchor, as far as anything about it may depend on: [`CONTEXT`] bytes either way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Neighbourhood<'a> {
    pub(super) text: &'a [u8],
    /// Where the anchor starts and ends in `text`.
    pub(super) anchor: (usize, usize),
    /// The text was decoded from the midst of binary data.
    pub(super) in_binary: bool,
}

impl<'a> Neighbourhood<'a> {
    pub(super) fn before(&self) -> &'a [u8] {
        &self.text[..self.anchor.0]
    }

    /// NUL bytes: compiled code, images, archives; whatever stands here is not written by a person.
    pub(super) fn is_binary(&self) -> bool {
        self.in_binary || memchr::memchr(0, self.text).is_some()
    }
}

/// What a matcher makes of an anchor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Examined {
    /// In the neighbourhood's text.
    pub(super) value: Range<usize>,
    pub(super) secret: Secret,
    pub(super) verdict: Result<Plausible, Rejection>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plausible {
    pub(super) confidence: Confidence,
    /// What decided the confidence.
    pub(super) evidence: &'static str,
    pub(super) provider: Option<ProviderIndex>,
    pub(super) environment: Environment,
}

/// Takes one piece of content, in windows of any size.
#[derive(Debug)]
pub struct Session<'d> {
    detector: &'d Detector,
    encoding: Option<Encoding<'d>>,
    /// The content is UTF-16, and read as such as well: UTF-16 in it is no find of its own.
    is_second_reading: bool,
    bytes: u64,
    /// Where the next window's first byte is in the decoded text.
    base: u64,
    /// Anchors before this offset have been examined.
    examined: u64,
    /// Stands at `base`.
    cursor: Cursor,
    /// Of anchors as they are, and of encoded ones.
    crowds: [Crowd; 2],
    /// Of anchors, in the text.
    places: Places,
    reuse: Reuse<'d>,
    candidates: Vec<Candidate>,
    /// Candidates of later passes, as far as the resolver stands by them.
    resolved: Vec<Candidate>,
    rejected: Vec<Rejected>,
    retired: Retired,
    resolver: header::Resolver,
    /// Only where someone asked about a line.
    tracer: Option<Box<Tracer>>,
}

#[derive(Debug)]
enum Encoding<'d> {
    Bytes,
    /// The decoded text, and the bytes as they are: whoever appends to such a file in another encoding hides nothing.
    Utf16(Utf16, Box<Session<'d>>),
}

impl<'d> Session<'d> {
    pub(super) fn new(detector: &'d Detector) -> Self {
        Self {
            detector,
            encoding: None,
            is_second_reading: false,
            bytes: 0,
            base: 0,
            examined: 0,
            cursor: Cursor::default(),
            crowds: <[Crowd; 2]>::default(),
            places: Places::default(),
            reuse: Reuse::default(),
            candidates: Vec::new(),
            resolved: Vec::new(),
            rejected: Vec::new(),
            retired: Retired::default(),
            resolver: header::Resolver::default(),
            tracer: None,
        }
    }

    /// Takes answers from what was seen in the base.
    pub(super) fn reusing(self, reuse: Reuse<'d>) -> Self {
        Self { reuse, ..self }
    }

    /// Notes what is made of a line; the detection has it as its trace.
    #[must_use]
    pub fn tracing(self, question: Question) -> Self {
        Self { tracer: Some(Box::new(Tracer::new(question))), ..self }
    }

    /// For the bytes of content that is read as UTF-16 as well.
    fn of_bytes(detector: &'d Detector) -> Self {
        Self { encoding: Some(Encoding::Bytes), is_second_reading: true, ..Self::new(detector) }
    }

    /// Scans the next window and returns how many of its bytes are done with: the others must be the first of the next
    /// window. The `last` window is always done with.
    pub fn feed(&mut self, window: &[u8], last: bool) -> usize {
        let mut start = 0;
        if self.encoding.is_none() {
            if window.len() < SNIFF && !last {
                return 0;
            }
            start = if window.starts_with(MARK) { MARK.len() } else { 0 };
            self.reuse.mark = start;
            self.encoding = Some(match Utf16::sniff(&window[..window.len().min(SNIFF)]) {
                Some(utf16) => Encoding::Utf16(utf16, Box::new(Self::of_bytes(self.detector))),
                None => Encoding::Bytes,
            });
        }
        let done = match self.encoding.take() {
            Some(Encoding::Utf16(mut utf16, mut bytes)) => {
                let consumed = bytes.feed(window, last);
                utf16.push(&window[..consumed], last);
                let done = self.window(utf16.text(), last);
                utf16.discard(done);
                self.encoding = Some(Encoding::Utf16(utf16, bytes));
                consumed
            }
            other => {
                self.encoding = other;
                start + self.window(&window[start..], last)
            }
        };
        self.bytes += done as u64;
        done
    }

    /// Whether the content should be fed once more, from its beginning: it has identifiers whose literals may stand
    /// anywhere in it. Without that, as where content cannot be read again, these literals are not found.
    pub fn again(&mut self) -> bool {
        let wants_more = self.resolver.again();
        if wants_more {
            // What is kept of the first pass must not depend on what the next ones find.
            self.retire(u64::MAX);
            self.encoding = None;
            (self.bytes, self.base, self.examined, self.cursor) = (0, 0, 0, Cursor::default());
        }
        wants_more
    }

    /// Scans content that is in memory as a whole; window by window, so that what it costs beside is bounded.
    pub fn whole(mut self, bytes: &[u8]) -> Detection {
        loop {
            let mut at = 0;
            while bytes.len() - at > WINDOW {
                at += self.feed(&bytes[at..at + WINDOW], false);
            }
            self.feed(&bytes[at..], true);
            if !self.again() {
                return self.finish();
            }
        }
    }

    /// What was found in all of it.
    pub fn finish(mut self) -> Detection {
        let encoding = self.encoding.take();
        let state = match encoding {
            Some(Encoding::Bytes) => {
                let mark = self.reuse.mark;
                std::mem::take(&mut self.places).state(self.bytes, mark, std::mem::take(&mut self.reuse).into_seen())
            }
            _ => BlobState::default(),
        };
        if let Some(Encoding::Utf16(_, bytes)) = encoding {
            let rules = &self.detector.rules;
            let is_token = |candidate: &Candidate| matches!(rules.rule(candidate.rule).matcher, Matcher::Token);
            self.candidates.extend(bytes.finish().candidates.into_iter().filter(is_token));
        }
        let key = |span: &Range<u64>, rule: RuleIndex| (span.start, span.end, rule);
        // Two anchors may lead to one value: the closer association, which is the surer one, is kept.
        self.retire(u64::MAX);
        for mut candidate in std::mem::take(&mut self.resolved) {
            if let Some(related) = self.resolver.related(&candidate.span, candidate.rule) {
                candidate.related = related;
                self.candidates.push(candidate);
            }
        }
        self.candidates.sort_by_key(|candidate| (key(&candidate.span, candidate.rule), Reverse(candidate.confidence)));
        self.candidates.dedup_by(|a, b| a.span == b.span && a.rule == b.rule);
        self.drop_encoded_tokens_of_headers();
        let spans: Vec<_> = self.spans();
        for candidate in &mut self.candidates {
            mark_others(&mut candidate.excerpt, &candidate.span, &spans);
        }
        let Self { candidates, rejected, retired, bytes, tracer, .. } = self;
        let trace = tracer.map(|tracer| tracer.finish(&candidates));
        Detection { candidates, rejected, retired, bytes, state, trace }
    }

    /// What reads as a header's value, and decoded as a key that names itself, is that key, or the placeholder of one.
    fn drop_encoded_tokens_of_headers(&mut self) {
        let rules = &self.detector.rules;
        let is_token = |rule: RuleIndex| matches!(rules.rule(rule).matcher, Matcher::Token);
        let is_header = |rule: RuleIndex| matches!(rules.rule(rule).matcher, Matcher::Header);
        let found = self.candidates.iter().filter(|found| is_token(found.rule)).map(|found| &found.span);
        let is_encoded = |rejected: &&Rejected| {
            let length = (rejected.span.end - rejected.span.start) as usize;
            rejected.reason.kind == RejectionKind::Placeholder && length != rejected.secret.expose().len()
        };
        let placeholders = self.rejected.iter().filter(|rejected| is_token(rejected.rule)).filter(is_encoded);
        let mut tokens: Vec<_> = found.chain(placeholders.map(|rejected| &rejected.span)).cloned().collect();
        tokens.sort_by_key(|token| (token.start, token.end));
        self.candidates.retain(|candidate| {
            let first = tokens.partition_point(|token| token.end <= candidate.span.start);
            let overlaps = tokens.get(first).is_some_and(|token| token.start < candidate.span.end);
            !(is_header(candidate.rule) && overlaps)
        });
    }

    /// The spans of all values, found or rejected, by start.
    fn spans(&self) -> Vec<Range<u64>> {
        let candidates = self.candidates.iter().map(|candidate| candidate.span.clone());
        let mut spans: Vec<_> = candidates.chain(self.rejected.iter().map(|rejected| rejected.span.clone())).collect();
        spans.sort_by_key(|span| (span.start, span.end));
        spans
    }

    fn window(&mut self, text: &[u8], last: bool) -> usize {
        let limit = if last { text.len() } else { self.limit(text.len()) };
        let from = (self.examined - self.base) as usize;
        let is_due = from < limit || last;
        if let Some(tracer) = &mut self.tracer {
            tracer.window(text, self.base, &self.cursor, last);
        }
        if is_due && !self.resolver.is_first() {
            let (found, noted) =
                self.resolver.search(&self.detector.rules, text, self.base, from..limit, &mut self.reuse);
            self.resolver.take(text, self.base, &self.cursor, noted);
            if let Some(tracer) = &mut self.tracer {
                for (rule, range, examined) in &found {
                    tracer.resolved(text, range, &(*rule, examined.clone()));
                }
            }
            self.keep(text, found);
            self.examined = self.base + limit as u64;
        } else if is_due {
            let detector = self.detector;
            let here = detector.anchors.search(text, from..limit);
            let (mut found, noted) = self.plain(text, here.anchors);
            self.encoded(text, here.pieces, &mut found);
            pattern::search_slow(&detector.rules, text, self.base, from..limit, |rule, range, examined| {
                if let Some(tracer) = &mut self.tracer {
                    tracer.found(text, &range, &[(rule, examined.clone())]);
                }
                found.push((rule, range, examined));
            });
            self.resolver.take(text, self.base, &self.cursor, noted);
            self.keep(text, found);
            self.examined = self.base + limit as u64;
        }
        if last {
            return text.len();
        }
        if self.resolver.is_first() {
            self.retire(self.examined.saturating_sub(2 * REACH));
        }
        let done = position::cut_before(text, limit.saturating_sub(CONTEXT));
        self.cursor.advance(&text[..done]);
        self.base += done as u64;
        done
    }

    /// Examines anchors in `text`: what they give, and which identifiers they make wanted.
    fn plain(&mut self, text: &[u8], anchors: Vec<Hit>) -> (Found, Vec<header::Noted>) {
        let detector = self.detector;
        let mut found = Vec::new();
        let mut noted = Vec::new();
        for hit in anchors {
            self.places.add(self.base + hit.start as u64);
            let range = self.crowds[0].neighbourhood(text, self.base, hit.start);
            let whole = neighbourhood(text, hit.start);
            let is_binary = range != whole && memchr::memchr(0, &text[whole]).is_some();
            let is_header = matches!(detector.rules.rule(hit.rule).matcher, Matcher::Header);
            if is_header && self.crowds[0].is_full() {
                continue;
            }
            let is_followed = is_header && !self.crowds[0].is_dense();
            let about = About::Anchor { rule: hit.rule, is_binary, is_followed };
            let asked = Asked::new(self.base, hit.start..hit.end, &range, about);
            let hit = Hit { start: hit.start - range.start, end: hit.end - range.start, ..hit };
            let near = &text[range.clone()];
            let outcome = self.reuse.outcome(asked, || {
                let examined = encoded::examine_plain(detector, near, hit, is_binary);
                let is_found = examined.iter().any(|(_, examined)| examined.verdict.is_ok());
                let noted = if is_followed { encoded::wanted(detector, near, hit, is_found) } else { Vec::new() };
                Outcome { examined, noted }
            });
            if let Some(tracer) = &mut self.tracer {
                tracer.anchor(detector, text, &range, hit, &outcome.examined);
            }
            noted.extend(
                outcome
                    .noted
                    .iter()
                    .map(|noted| noted.clone().at(|place| range.start + place.start..range.start + place.end)),
            );
            found.extend(outcome.examined.iter().map(|(rule, examined)| (*rule, range.clone(), examined.clone())));
        }
        (found, noted)
    }

    /// Examines what may be encoded anchors in `text`.
    fn encoded(&mut self, text: &[u8], pieces: Vec<Piece>, found: &mut Found) {
        let detector = self.detector;
        for piece in pieces {
            let mut hit = detector.fragments.hit(piece);
            if self.is_second_reading && hit.is_utf16() || !encoded::is_anchor(detector, text, &hit) {
                continue;
            }
            self.places.add(self.base + hit.place.start as u64);
            let range = self.crowds[1].neighbourhood(text, self.base, hit.place.start);
            if self.crowds[1].is_full() {
                continue;
            }
            let asked = Asked::new(self.base, hit.place.clone(), &range, About::Encoded);
            hit.place = hit.place.start - range.start..hit.place.end - range.start;
            let near = &text[range.clone()];
            let outcome = self
                .reuse
                .outcome(asked, || Outcome { examined: encoded::examine(detector, near, &hit), noted: Vec::new() });
            if let Some(tracer) = &mut self.tracer {
                tracer.encoded(detector, text, &range, &hit, &outcome.examined);
            }
            found.extend(outcome.examined.iter().map(|(rule, examined)| (*rule, range.clone(), examined.clone())));
        }
    }

    /// Up to where a window of `length` bytes can be examined when more is to come: the neighbourhood of everything before
    /// is in it. A multiple of [`CONTEXT`] from the start of the content, for the rules that are run piece by piece.
    fn limit(&self, length: usize) -> usize {
        let end = (self.base + length as u64).saturating_sub(CONTEXT as u64);
        (end / CONTEXT as u64 * CONTEXT as u64).saturating_sub(self.base) as usize
    }

    /// Lets go of rejected values that end before `horizon` and that no excerpt can show: content full of near misses must
    /// not fill memory. Which ones are kept does not depend on the windows.
    fn retire(&mut self, horizon: u64) {
        sort_rejected(&mut self.rejected);
        self.candidates.sort_by_key(|candidate| candidate.span.start);
        let candidates = &self.candidates;
        let is_near = |span: &Range<u64>| {
            let first = candidates.partition_point(|candidate| candidate.span.start + REACH < span.start);
            candidates.get(first).is_some_and(|candidate| candidate.span.start <= span.end + REACH)
        };
        let (kept, gone) = std::mem::take(&mut self.rejected)
            .into_iter()
            .partition(|rejected| rejected.span.end >= horizon || is_near(&rejected.span));
        self.rejected = kept;
        let gone: Vec<Rejected> = gone;
        for rejected in gone {
            self.retired.add(rejected);
        }
    }

    /// Gives what was found in this window its place.
    fn keep(&mut self, text: &[u8], mut found: Found) {
        found.sort_by_key(|(rule, range, examined)| (range.start + examined.value.start, *rule));
        let mut cursor = self.cursor.clone();
        let mut at = 0;
        for (rule, range, Examined { value, secret, verdict }) in found {
            let value = range.start + value.start..range.start + value.end;
            let span = self.base + value.start as u64..self.base + value.end as u64;
            match verdict {
                Err(reason) if self.resolver.is_first() => {
                    self.rejected.push(Rejected { rule, span, secret, reason });
                }
                Err(reason) => self.retired.add(Rejected { rule, span, secret, reason }),
                Ok(Plausible { confidence, evidence, provider, environment }) => {
                    // A pattern may match from the middle of a scalar value; the next value's column must not suffer.
                    let cut = position::cut_before(text, value.start).max(at);
                    cursor.advance(&text[at..cut]);
                    at = cut;
                    let start = cursor.clone().advance(&text[at..value.start]);
                    let end: Position = cursor.clone().advance(&text[at..value.end]);
                    let excerpt = excerpt(text, self.base, &range, value);
                    let found = if self.resolver.is_first() { &mut self.candidates } else { &mut self.resolved };
                    found.push(Candidate {
                        rule,
                        span,
                        start,
                        end,
                        secret,
                        confidence,
                        evidence,
                        provider,
                        environment,
                        excerpt,
                        related: Vec::new(),
                    });
                }
            }
        }
    }
}

/// What may matter for an anchor at `at`.
fn neighbourhood(text: &[u8], at: usize) -> Range<usize> {
    at.saturating_sub(CONTEXT)..(at + CONTEXT).min(text.len())
}

/// Examines an anchor in `text` by its rule. `in_binary`: the text was decoded from the midst of binary data.
pub(super) fn examine(
    detector: &Detector,
    text: &[u8],
    hit: Hit,
    in_binary: bool,
) -> impl Iterator<Item = (RuleIndex, Examined)> {
    let range = neighbourhood(text, hit.start);
    let anchor = (hit.start - range.start, (hit.end - range.start).min(range.len()));
    let around = Neighbourhood { text: &text[range.clone()], anchor, in_binary };
    let rule = detector.rules.rule(hit.rule);
    let examined = match &rule.matcher {
        Matcher::Token => token::examine(&detector.rules, rule, around),
        Matcher::Header => {
            let examined = header::examine(&detector.rules, rule, around);
            encoded::examine_data(&detector.rules, rule, &around, examined)
        }
        Matcher::Pattern { regex, group } => pattern::examine(rule, regex, *group, around),
    };
    examined.into_iter().map(move |examined| {
        let value = range.start + examined.value.start..range.start + examined.value.end;
        (hit.rule, Examined { value, ..examined })
    })
}

fn sort_rejected(rejected: &mut Vec<Rejected>) {
    rejected.sort_by_key(|rejected| (rejected.span.start, rejected.span.end, rejected.rule));
    rejected.dedup_by(|a, b| a.span == b.span && a.rule == b.rule);
}
