//! What the comments look like that forgive a finding: keyhound's own and those of other scanners, whose users need not
//! write them again. One line at a time; which finding a comment is about is decided outside.

use std::{ops::Range, sync::LazyLock};

use bstr::ByteSlice;
use regex::bytes::Regex;

/// A comment that forgives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Comment {
    /// As its tool writes it.
    pub(super) name: &'static str,
    /// In the line.
    pub(super) span: Range<usize>,
    /// The ids of the only rules it is about; `None`: all.
    pub(super) rules: Option<Vec<String>>,
    /// In the line; empty if it gives none.
    pub(super) reason: Range<usize>,
    pub(super) reach: Reach,
}

/// Which values a comment is about, by where they stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// On its line, before or after it.
    Line,
    /// On its line, before the comment.
    Preceding,
    /// On the next line.
    NextLine,
    /// On its line, the one before and the one after.
    Around,
}

const OWN: &str = "keyhound:allow";
const OWN_NEXT_LINE: &str = "keyhound:allow-next-line";
const PRAGMA: &str = "pragma: allowlist secret";
const PRAGMA_NEXT_LINE: &str = "pragma: allowlist nextline secret";

/// What other scanners look for anywhere in a line, and how far it reaches: gitleaks, betterleaks (which heeds both),
/// trufflehog, ripsecrets. Case matters.
const LITERALS: [(&str, Reach); 4] = [
    ("gitleaks:allow", Reach::Line),
    ("betterleaks:allow", Reach::Line),
    ("trufflehog:ignore", Reach::Preceding),
    (PRAGMA, Reach::Line),
];

/// kingfisher's, of its current and its older versions. Case does not matter.
const KINGFISHER: [&str; 2] = ["kingfisher:ignore", "kingfisher:allow"];

/// What begins and ends a comment for detect-secrets; in YAML only the first does.
const COMMENTS: [(&str, &str); 6] =
    [("#", ""), ("//", ""), (r"/\*", r" *\*/"), ("'", ""), ("--", ""), (r"<!--[# \t]*?", " *?-->")];

/// What ends a comment, and with it a reason.
const CLOSERS: [&str; 5] = ["*/", "-->", "#}", "%>", "*)"];

/// Each with and without the comments that are none in YAML.
struct Pragmas {
    same_line: [Regex; 2],
    next_line: [Regex; 2],
}

/// detect-secrets' expressions (`detect_secrets/filters/allowlist.py`); the group is the directive.
static PRAGMAS: LazyLock<Pragmas> = LazyLock::new(|| {
    let compile = |lead: &str, pragma: &str| {
        [&COMMENTS[..1], &COMMENTS[..]].map(|comments| {
            let kinds: Vec<_> =
                comments.iter().map(|(begin, end)| format!(r"(?:{begin} *({pragma}).*?{end}[ \t]*$)")).collect();
            Regex::new(&format!("(?-u){lead}(?:{})", kinds.join("|"))).expect("invariant: it is a constant")
        })
    };
    Pragmas {
        same_line: compile("", "pragma: ?(?:allow|white)list[ -]secret"),
        next_line: compile(r"^[ \t]*", "pragma: ?allowlist[ -]nextline[ -]secret"),
    }
});

/// The comments of a line, keyhound's own first.
pub(super) fn comments(line: &[u8], is_yaml: bool) -> Vec<Comment> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let mut comments = own(line);
    let foreign = |name, span, reach| Comment { name, span, rules: None, reason: 0..0, reach };
    for (name, reach) in LITERALS {
        comments.extend(line.find_iter(name).map(|start| foreign(name, start..start + name.len(), reach)));
    }
    if line.find(":").is_some() {
        let lower = line.to_ascii_lowercase();
        for name in KINGFISHER {
            comments.extend(lower.find_iter(name).map(|start| foreign(name, start..start + name.len(), Reach::Around)));
        }
    }
    if line.find("pragma:").is_some() {
        let all = usize::from(!is_yaml);
        for (name, regex, reach) in [
            (PRAGMA, &PRAGMAS.same_line[all], Reach::Line),
            (PRAGMA_NEXT_LINE, &PRAGMAS.next_line[all], Reach::NextLine),
        ] {
            if let Some(captures) = regex.captures(line)
                && let Some(directive) = captures.iter().skip(1).flatten().next()
            {
                comments.push(foreign(name, directive.range(), reach));
            }
        }
    }
    comments
}

/// `keyhound:allow[=rule,rule] [-- reason]` and `keyhound:allow-next-line`, which takes the same.
fn own(line: &[u8]) -> Vec<Comment> {
    let mut comments = Vec::new();
    for start in line.find_iter(OWN) {
        let continues_a_word = line[..start].last().is_some_and(|byte| is_word(*byte) || *byte == b':');
        let name = if line[start..].starts_with(OWN_NEXT_LINE.as_bytes()) { OWN_NEXT_LINE } else { OWN };
        let rest = &line[start + name.len()..];
        // `<!-- keyhound:allow-->` is complete; `keyhound:allow-all` and `keyhound:allowed` are something else.
        let goes_on = rest.first().is_some_and(|byte| is_word(*byte)) && !rest.starts_with(b"-->");
        if continues_a_word || goes_on {
            continue;
        }
        let (rules, after) = match rest.strip_prefix(b"=") {
            Some(list) => {
                let (rules, after) = rule_list(list);
                (Some(rules), after)
            }
            None => (None, rest),
        };
        let end = line.len() - after.len();
        let reach = if name == OWN { Reach::Line } else { Reach::NextLine };
        comments.push(Comment { name, span: start..end, rules, reason: reason(line, end), reach });
    }
    comments
}

/// Rule ids between commas, and what follows them.
fn rule_list(mut text: &[u8]) -> (Vec<String>, &[u8]) {
    let mut rules = Vec::new();
    loop {
        let length = text.iter().take_while(|byte| is_word(**byte)).count();
        let (id, rest) = text.split_at(length);
        // The end of an XML comment may follow an id without a space.
        let id = id.trim_end_with(|char| char == '-');
        rules.push(String::from_utf8_lossy(id).into_owned());
        let Some(next) = rest.strip_prefix(b",") else { return (rules, rest) };
        text = next.trim_start();
    }
}

/// The reason in what follows a directive that ends at `end`: after ` -- `, up to the end of the comment.
fn reason(line: &[u8], end: usize) -> Range<usize> {
    let after = &line[end..];
    let trimmed = after.trim_start();
    let Some(reason) = trimmed.strip_prefix(b"--") else { return 0..0 };
    if trimmed.len() == after.len() || !reason.first().is_some_and(u8::is_ascii_whitespace) {
        return 0..0;
    }
    let length = CLOSERS.iter().filter_map(|closer| reason.find(closer)).min().unwrap_or(reason.len());
    let start = line.len() - reason.trim_start().len();
    start..(line.len() - reason.len() + length).max(start)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}
