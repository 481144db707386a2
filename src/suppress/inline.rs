//! Comments that forgive the finding beside them.

use crate::finding::Excerpt;

/// A directive that covers a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// As written: `keyhound:allow`, `gitleaks:allow`, …
    pub name: &'static str,
    pub reason: String,
}

/// The directive that covers the value of `excerpt` for `rule`, if there is one outside the value.
pub fn covering(excerpt: &Excerpt, _rule: &str) -> Option<Directive> {
    let lines = excerpt.lines();
    let outside =
        |range: std::ops::Range<usize>| memchr::memmem::find(&excerpt.text[range], b"keyhound:allow").is_some();
    let covered = outside(lines.start..excerpt.value.start) || outside(excerpt.value.end..lines.end);
    covered.then(|| Directive { name: "keyhound:allow", reason: String::new() })
}
