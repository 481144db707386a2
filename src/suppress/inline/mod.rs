//! Comments that forgive the finding beside them: which comment is about which finding.
//!
//! A comment is text outside of every secret: a value that contains `gitleaks:allow` hides neither itself nor its
//! neighbour. In a line over [`LONG_LINE`] characters nobody sees what else stands there, so a comment is about the
//! finding nearest to it only.

mod grammar;

use std::{collections::BTreeSet, ops::Range};

use crate::finding::Excerpt;
use grammar::{Comment, Reach};

/// Lines of more characters than this are long.
pub const LONG_LINE: usize = 500;

/// No value is longer than this, in bytes: it bounds how far back a value that reaches to a place may start.
const LONGEST_VALUE: u64 = 8192;

/// A directive that covers a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// As written: `keyhound:allow`, `gitleaks:allow`, …
    pub name: &'static str,
    pub reason: String,
}

/// A finding where it stands in a blob.
#[derive(Clone, Debug)]
pub struct Place<'a> {
    pub rule: &'a str,
    /// In the decoded content, in bytes.
    pub span: Range<u64>,
    /// The first and the last line that it stands on.
    pub lines: [u64; 2],
    pub excerpt: &'a Excerpt,
}

/// All findings of one blob.
#[derive(Debug)]
pub struct Blob<'a> {
    /// By start.
    places: Vec<Place<'a>>,
    is_yaml: bool,
}

impl<'a> Blob<'a> {
    /// Takes all findings of the blob at `path`.
    pub fn new(path: &[u8], mut places: Vec<Place<'a>>) -> Self {
        places.sort_by_key(|place| (place.span.start, place.span.end));
        Self { places, is_yaml: path.ends_with(b".yaml") }
    }

    /// The comment that covers a finding of `rule` at `span`, if there is one.
    pub fn covering(&self, rule: &str, span: &Range<u64>) -> Option<Directive> {
        let number = self.places.partition_point(|place| (place.span.start, place.span.end) < (span.start, span.end));
        let place = self.places[number..].iter().find(|place| place.rule == rule && place.span == *span)?;
        let excerpt = place.excerpt;
        let is_long = is_long(excerpt, &excerpt.lines());
        let mut reaching = self.reaching(excerpt).into_iter();
        reaching.find_map(|Reaching { comment, line, at }| {
            let covers = is_about(&comment, rule) && (!is_long || self.is_nearest(place, &comment, &at));
            let reason = line + comment.reason.start..line + comment.reason.end;
            covers.then(|| Directive { name: comment.name, reason: self.reason(excerpt, reason) })
        })
    }

    /// The lines of comments that reach a finding and name a rule that does not exist: whoever wrote one believes that
    /// it allows something.
    pub fn naming_no_rule(&self, exists: impl Fn(&str) -> bool) -> BTreeSet<u64> {
        let mut numbers = BTreeSet::new();
        for Place { excerpt, lines, .. } in &self.places {
            // The end of the list may be what the excerpt leaves out.
            let may_go_on = excerpt.text.len() - excerpt.value.end >= Excerpt::REACH;
            let end = excerpt.base + excerpt.text.len() as u64;
            let own = excerpt.lines().start;
            for Reaching { comment, line, at } in self.reaching(excerpt) {
                let is_mistaken = comment.rules.iter().flatten().any(|id| !exists(id));
                if is_mistaken && !(may_go_on && at.end == end) {
                    numbers.insert(if line < own {
                        lines[0] - 1
                    } else {
                        lines[0] + memchr::memchr_iter(b'\n', &excerpt.text[own..line]).count() as u64
                    });
                }
            }
        }
        numbers
    }

    /// The comments that reach the value of an excerpt, whichever rules they are about.
    fn reaching(&self, excerpt: &Excerpt) -> Vec<Reaching> {
        let mut reaching = Vec::new();
        for (line, side) in neighbouring_lines(excerpt, &excerpt.lines()) {
            for comment in grammar::comments(&excerpt.text[line.clone()], self.is_yaml) {
                let in_text = line.start + comment.span.start..line.start + comment.span.end;
                let at = excerpt.base + in_text.start as u64..excerpt.base + in_text.end as u64;
                let stands_free = !self.values_near(&at, 0).any(|value| overlap(value, &at));
                if stands_free && reaches(comment.reach, side, &in_text, &excerpt.value) {
                    reaching.push(Reaching { comment, line: line.start, at });
                }
            }
        }
        reaching
    }

    /// The text of a reason; none if a finding stands in it, since it is then no reason but code.
    fn reason(&self, excerpt: &Excerpt, range: Range<usize>) -> String {
        let span = excerpt.base + range.start as u64..excerpt.base + range.end as u64;
        if self.values_near(&span, 0).any(|value| overlap(value, &span)) {
            return String::new();
        }
        String::from_utf8_lossy(excerpt.text[range].trim_ascii()).into_owned()
    }

    /// The findings that stand within `distance` of `span`, and maybe more before it.
    fn values_near(&self, span: &Range<u64>, distance: u64) -> impl Iterator<Item = &Place<'a>> {
        let first = span.start.saturating_sub(distance + LONGEST_VALUE);
        let from = self.places.partition_point(|place| place.span.start < first);
        let end = span.end + distance;
        self.places[from..].iter().take_while(move |place| place.span.start < end)
    }

    /// Whether no other finding on the lines of `place` that the comment is about is nearer to it. Of two that are as
    /// near, the one before the comment is.
    fn is_nearest(&self, place: &Place<'_>, comment: &Comment, at: &Range<u64>) -> bool {
        let distance = |span: &Range<u64>| {
            let is_after = span.start >= at.end;
            let gap = if is_after { span.start - at.end } else { at.start.saturating_sub(span.end) };
            (gap, is_after)
        };
        let own = distance(&place.span);
        !self.values_near(at, own.0 + 1).any(|other| {
            let shares_line = other.lines[0] <= place.lines[1] && place.lines[0] <= other.lines[1];
            shares_line && is_about(comment, other.rule) && distance(&other.span) < own
        })
    }
}

/// A comment that reaches a value.
struct Reaching {
    comment: Comment,
    /// The start of its line in the excerpt.
    line: usize,
    /// In the decoded content, in bytes.
    at: Range<u64>,
}

/// Where a line stands to the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Before,
    Own,
    After,
}

/// What ends a line here: with CR alone, or with NUL as in the environment of a process, there may be no line feed at all, and
/// one comment would be about a whole file.
const LINE_ENDS: [u8; 3] = *b"\n\r\0";

/// The lines of the value, the one before and the one after, each without its end.
fn neighbouring_lines(excerpt: &Excerpt, lines: &Range<usize>) -> Vec<(Range<usize>, Side)> {
    let text = &excerpt.text;
    let [feed, carriage, nul] = LINE_ENDS;
    let begins = |end: usize| memchr::memrchr3(feed, carriage, nul, &text[..end]).map_or(0, |at| at + 1);
    let ends = |start: usize| memchr::memchr3(feed, carriage, nul, &text[start..]).map_or(text.len(), |at| start + at);
    let own = begins(excerpt.value.start).max(lines.start)..ends(excerpt.value.end).min(lines.end);
    let mut found = Vec::new();
    let mut start = own.start;
    for line in text[own.clone()].split(|byte| *byte == feed) {
        found.push((start..start + line.len(), Side::Own));
        start += line.len() + 1;
    }
    if let Some(end) = own.start.checked_sub(1) {
        // The end of a line may be two bytes.
        let end = if text[end] == feed && text[..end].ends_with(b"\r") { end - 1 } else { end };
        found.push((begins(end)..end, Side::Before));
    }
    let length = if text[own.end..].starts_with(b"\r\n") { 2 } else { 1 };
    if own.end + length <= text.len() {
        found.push((own.end + length..ends(own.end + length), Side::After));
    }
    found
}

fn reaches(reach: Reach, side: Side, comment: &Range<usize>, value: &Range<usize>) -> bool {
    match reach {
        Reach::Line => side == Side::Own,
        Reach::Preceding => side == Side::Own && comment.start >= value.end,
        Reach::NextLine => side == Side::Before,
        Reach::Around => true,
    }
}

fn is_about(comment: &Comment, rule: &str) -> bool {
    comment.rules.as_ref().is_none_or(|rules| rules.iter().any(|id| id == rule))
}

fn overlap(place: &Place<'_>, span: &Range<u64>) -> bool {
    place.span.start < span.end && span.start < place.span.end
}

/// Whether a line that the value stands on is long. One that the excerpt cuts off is.
fn is_long(excerpt: &Excerpt, lines: &Range<usize>) -> bool {
    let is_cut_before = lines.start == 0 && excerpt.base > 0;
    let is_cut_after = lines.end == excerpt.text.len() && lines.end - excerpt.value.end >= Excerpt::REACH;
    let mut own = excerpt.text[lines.clone()].split(|byte| *byte == b'\n');
    is_cut_before || is_cut_after || own.any(|line| bstr::ByteSlice::chars(line).count() > LONG_LINE)
}

#[cfg(test)]
mod tests;
