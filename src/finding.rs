//! What was found: plain data that detection fills, the pipeline completes and formats render.

use std::{cmp::Reverse, collections::BTreeSet, fmt, ops::Range, sync::Arc};

use bstr::BString;
use sha2::{Digest, Sha256};

use crate::{origin::ObjectName, position::Position, rule::ProviderIndex, rule::RuleIndex};

/// Secret bytes. They are printed by nothing: [`Secret::expose`] is called by matching and by `report`, which reveals
/// them only on request.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Secret(Box<[u8]>);

impl Secret {
    pub fn new(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// The bytes themselves.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} bytes)", self.0.len())
    }
}

/// Identifies a secret, wherever it stands: `kh1:` and 32 hexadecimal digits.
///
/// The first 128 bits of SHA-256 over `keyhound/v1`, NUL, the rule family, NUL, and the decoded value. It is stable for
/// good, and it is no protection: whoever can guess a value can confirm the guess. Weak values therefore get none in
/// formats that are made to be shared ([`Finding::is_weak`]).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(String);

impl Fingerprint {
    pub fn new(family: &str, value: &[u8]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"keyhound/v1\0");
        hash.update(family.as_bytes());
        hash.update(b"\0");
        hash.update(value);
        let digest = hash.finalize();
        let bits = digest[..16].iter().fold(0, |bits: u128, byte| bits << 8 | u128::from(*byte));
        Self(format!("kh1:{bits:032x}"))
    }

    /// Reads a fingerprint as it is printed; `None` if `text` is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("kh1:")?;
        let valid = digits.len() == 32 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        valid.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How sure a verdict is; reports start at medium unless asked otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    Low,
    Medium,
    High,
}

/// What a leak of this kind costs; a property of the rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

/// What a finding does to the exit code, by `--fail-on`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    Note,
    Warning,
    Error,
}

/// What a key opens: real data, or the provider's sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Environment {
    Live,
    Sandbox,
    Unknown,
}

/// Where git has the place of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GitState {
    /// In the index as in the last commit; the file on disk may have changed since.
    Tracked,
    /// In the index in a version that the last commit does not have: added or modified, and staged.
    Staged,
    Untracked,
    Ignored,
    /// In a commit, but not where one would look first: not in HEAD, nor in the tip of the range that was scanned.
    History,
}

/// What kind of content a finding stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Where {
    /// The content of a file.
    File,
    /// The name of a file or of one of its directories.
    Path,
    /// The message of a commit.
    CommitMessage,
    /// The message of an annotated tag.
    TagMessage,
    /// What stands above the message of a commit or tag: its author, for one.
    Header,
    /// A note that `git notes` keeps of a commit.
    Note,
    /// The name of a branch, a tag or another reference.
    Ref,
}

impl Where {
    /// Whether the value stands in content that has lines.
    pub fn is_text(self) -> bool {
        matches!(self, Self::File | Self::CommitMessage | Self::TagMessage | Self::Note)
    }
}

/// A commit, as far as reports speak of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit {
    pub id: ObjectName,
    /// When its author wrote it, in seconds since 1970.
    pub author_date: i64,
    /// Its number in an order in which no commit comes before its parents: what is first and last goes by this.
    pub order: u32,
    /// It has no parent, as far as this clone goes.
    pub is_root: bool,
}

/// What the commits that were looked at know of a value at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// The first and the last commit that have it there; `None`: no commit has, as of what only a tag is of.
    pub span: Option<(Commit, Commit)>,
    /// The tip of what was scanned (HEAD, the end of a range) still has it there.
    pub in_tip: bool,
    /// The full names of the references from which a commit that has it can be reached, sorted.
    /// Most findings of a repository have the same list: it is shared.
    pub refs: Arc<[BString]>,
    /// No reference, stash or reflog leads to it.
    pub local_only: bool,
}

impl Past {
    /// The first commit that has it there.
    pub fn first(&self) -> Option<&Commit> {
        self.span.as_ref().map(|(first, _)| first)
    }

    /// The last commit that has it there.
    pub fn last(&self) -> Option<&Commit> {
        self.span.as_ref().map(|(_, last)| last)
    }

    /// Takes what is known of another version of the same value at the same path.
    pub fn merge(&mut self, other: &Self) {
        self.span = match (self.span, other.span) {
            (Some((first, last)), Some((other_first, other_last))) => Some((
                if other_first.order < first.order { other_first } else { first },
                if other_last.order > last.order { other_last } else { last },
            )),
            (own, other) => own.or(other),
        };
        self.in_tip |= other.in_tip;
        self.local_only &= other.local_only;
        if !Arc::ptr_eq(&self.refs, &other.refs) && self.refs != other.refs {
            let names: BTreeSet<_> = self.refs.iter().chain(&*other.refs).cloned().collect();
            self.refs = names.into_iter().collect();
        }
    }
}

/// A piece of text around a value: its line, the line before and the line after, cut at a bounded distance.
///
/// It holds secrets: `report` masks them before it shows any of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// Decoded text; invalid bytes as they are.
    pub text: Box<[u8]>,
    /// Offset of `text` in the decoded content, in bytes.
    pub base: u64,
    /// The value, in `text`.
    pub value: Range<usize>,
    /// Other values in `text` that were found or rejected, in order: they are masked too.
    pub others: Vec<Range<usize>>,
}

impl Excerpt {
    /// How far an excerpt goes on either side of its value, in bytes.
    pub const REACH: usize = 1024;

    /// The lines that the value stands on, as a range of `text` without the last line's end.
    pub fn lines(&self) -> Range<usize> {
        let start = memchr::memrchr(b'\n', &self.text[..self.value.start]).map_or(0, |newline| newline + 1);
        let rest = &self.text[self.value.end..];
        let end = self.value.end + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        start..end
    }
}

impl fmt::Debug for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Excerpt({} bytes at {})", self.text.len(), self.base)
    }
}

impl fmt::Debug for Occurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.start.line, self.start.column)
    }
}

/// What a place has to do with a value that stands elsewhere in the same text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// The header is given the value there, through an identifier.
    Use,
    /// The constant that stands for the header's name beside the value is given it there.
    Name,
}

/// A place that belongs to an occurrence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    pub relation: Relation,
    pub start: Position,
    /// Exclusive.
    pub end: Position,
}

/// One place where a judged value stands.
#[derive(Clone, PartialEq, Eq)]
pub struct Occurrence {
    pub start: Position,
    /// Exclusive.
    pub end: Position,
    pub git_state: Option<GitState>,
    /// The file on disk has it here; otherwise only the index has.
    pub on_disk: bool,
    pub excerpt: Excerpt,
    /// What it stands in, where that is an object of git that has no path.
    pub object: Option<ObjectName>,
    /// The first commit of the newest version that has it here, where commits were scanned.
    pub commit: Option<Commit>,
    /// Without these nothing says that it is a key.
    pub related: Vec<Related>,
    /// GitHub's fingerprint of the line it starts on ([`crate::report::line_hash`]); `None` where the content is
    /// larger than a window of the scan, or a name.
    pub line_hash: Option<String>,
}

/// Why git would leave a file alone: the ignore rule that matches it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IgnoreRule {
    /// The file that holds the rule: relative to the root of the scan, or absolute if it is not below it.
    pub source: String,
    /// 1-based.
    pub line: u64,
    pub pattern: BString,
}

/// One value of one rule family at one path, with every place where it stands there. This is what is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub rule: RuleIndex,
    pub confidence: Confidence,
    pub severity: Severity,
    pub level: Level,
    pub environment: Environment,
    /// `None`: no provider publishes this form and nothing around it names one.
    pub provider: Option<ProviderIndex>,
    pub secret: Secret,
    pub fingerprint: Fingerprint,
    pub location: Where,
    /// Relative to the root of the scan; the full name of a reference; empty for a message.
    pub path: BString,
    /// What commits know of it, where commits were scanned.
    pub past: Option<Past>,
    /// The first occurrence's.
    pub git_state: Option<GitState>,
    /// For a tracked file: the rule that would have kept it out of git.
    pub ignored_by: Option<IgnoreRule>,
    /// git leaves the file out of the working tree on purpose (sparse checkout).
    pub is_sparse: bool,
    /// At least one, in order of position.
    pub occurrences: Vec<Occurrence>,
}

/// What the order of findings follows; see [`Finding::sort_key`].
pub type SortKey<'a> = (&'a BString, Where, Option<ObjectName>, Position, RuleIndex, &'a Secret);

impl Finding {
    /// The path, where it stands at one.
    pub fn file(&self) -> Option<&BString> {
        (matches!(self.location, Where::File | Where::Path) && !self.path.is_empty()).then_some(&self.path)
    }

    /// Whether any of its places is in the working tree or the index, not only in commits.
    pub fn is_on_disk(&self) -> bool {
        self.occurrences.iter().any(|occurrence| occurrence.commit.is_none())
    }

    /// The first place of the value.
    pub fn first(&self) -> &Occurrence {
        self.occurrences.first().expect("a finding has an occurrence")
    }

    /// Reports are in this order, whatever the order of scanning.
    pub fn sort_key(&self) -> SortKey<'_> {
        (&self.path, self.location, self.first().object, self.first().start, self.rule, &self.secret)
    }

    /// What to look at first: errors before warnings, then severity, confidence and place.
    pub fn urgency(&self) -> (Reverse<Level>, Reverse<Severity>, Reverse<Confidence>, SortKey<'_>) {
        (Reverse(self.level), Reverse(self.severity), Reverse(self.confidence), self.sort_key())
    }

    /// Whether it is a live key for certain: such a one is named even where it is suppressed.
    pub fn is_certain_live_key(&self) -> bool {
        self.environment == Environment::Live && self.confidence == Confidence::High
    }

    /// Whether the value could be found again from its fingerprint by trying likely values: fewer than 20 characters,
    /// or fewer than 8 different ones.
    pub fn is_weak(&self) -> bool {
        let value = self.secret.expose();
        let mut seen = [false; 256];
        for &byte in value {
            seen[usize::from(byte)] = true;
        }
        value.len() < 20 || seen.iter().filter(|seen| **seen).count() < 8
    }
}

/// Why a finding does not count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SuppressedBy {
    /// An `[[allow]]` entry of the configuration: its number there, from 0.
    Allow(usize),
    /// A comment beside it: the directive as written (`keyhound:allow`, `gitleaks:allow`, …).
    Inline(&'static str),
}

/// A finding that does not count, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppressed {
    pub finding: Finding,
    pub by: SuppressedBy,
    /// The reason that the entry or comment gives; empty if it gives none.
    pub reason: String,
}
