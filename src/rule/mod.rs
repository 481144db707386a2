//! What is looked for: rules and providers, compiled from the data in `rules/*.toml` and the user's configuration.
//!
//! Knows no content: `detect` runs the rules.

mod compile;
mod syntax;

use std::fmt;

use regex::bytes::Regex;

use crate::finding::{Environment, Fingerprint, Severity};

pub use compile::{builtin, can_match_nothing, regex, with_user_rules};
pub use syntax::RuleSyntax;

/// Stands inside the secret of every example, so that no file holds a whole key.
pub const SPLICE_MARK: &str = "<+>";

/// An example as it is meant: without the mark that keeps its secret apart.
pub fn spliced(example: &str) -> String {
    example.replace(SPLICE_MARK, "")
}

/// A rule's number in its [`RuleSet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleIndex(pub usize);

/// A provider's number in its [`RuleSet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderIndex(pub usize);

/// All rules of a scan.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    pub rules: Vec<Rule>,
    pub providers: Vec<Provider>,
}

impl RuleSet {
    pub fn rule(&self, index: RuleIndex) -> &Rule {
        &self.rules[index.0]
    }

    pub fn provider(&self, index: ProviderIndex) -> &Provider {
        &self.providers[index.0]
    }

    pub fn by_id(&self, id: &str) -> Option<(RuleIndex, &Rule)> {
        self.rules.iter().enumerate().find(|(_, rule)| rule.id == id).map(|(index, rule)| (RuleIndex(index), rule))
    }

    /// The provider whose practices the help of this rule quotes.
    pub fn practices_of(&self, rule: RuleIndex) -> Option<&Provider> {
        self.rule(rule).practices_of.map(|provider| self.provider(provider))
    }

    /// What to do about a key of this rule and provider.
    pub fn remedy(&self, rule: RuleIndex, provider: Option<ProviderIndex>) -> &str {
        provider.map_or(&self.rule(rule).remedy, |provider| &self.provider(provider).remedy)
    }
}

/// One kind of secret.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Unique; never renamed.
    pub id: String,
    /// What a value is the same secret under; part of the fingerprint.
    pub family: String,
    pub name: String,
    /// What whoever reads the key can do with it.
    pub description: String,
    pub severity: Severity,
    pub environment: Environment,
    /// What to do where no provider is known.
    pub remedy: String,
    pub references: Vec<String>,
    /// The provider whose practices the rule's help quotes.
    pub practices_of: Option<ProviderIndex>,
    pub anchors: Vec<Anchor>,
    pub matcher: Matcher,
    /// Ids of other rules that may find something in this rule's examples.
    pub overlaps: Vec<String>,
    /// Texts in which the rule finds exactly one secret once they are [`spliced`].
    pub examples: Vec<String>,
    /// Texts in which it finds none.
    pub counter_examples: Vec<String>,
    /// The file that defines it.
    pub defined_in: String,
    /// Where in that file: the 1-based line of its table.
    pub line: usize,
    /// Comes from the user's configuration.
    pub is_user_rule: bool,
}

/// A literal that every match contains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    pub text: String,
    pub ignore_case: bool,
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flag = if self.ignore_case { "(?i)" } else { "" };
        write!(f, "{flag}{}", self.text)
    }
}

/// How the text around an anchor becomes a value.
#[derive(Clone, Debug)]
pub enum Matcher {
    /// The anchor begins the value, and the value goes on as far as `[A-Za-z0-9_-]` does.
    Token,
    /// The anchor is a name, and the value is what it is given.
    Header,
    /// A regular expression over bytes; the group is the value.
    Pattern { regex: Regex, group: usize },
}

/// Who issues keys, how they look and where they are revoked.
#[derive(Clone, Debug)]
pub struct Provider {
    pub id: String,
    pub name: String,
    pub remedy: String,
    /// How it asks its users to keep keys, in its own words.
    pub practices: Vec<String>,
    /// Keys that the provider publishes in its documentation: they open nothing of anybody's.
    pub samples: Vec<Fingerprint>,
    pub references: Vec<String>,
    pub forms: Vec<Form>,
    /// Lower-case words and hosts that, near a key of unknown form, tell that it is theirs.
    pub context: Vec<String>,
}

/// A published body of a key: what follows the prefix.
#[derive(Clone, Debug)]
pub struct Form {
    pub starts_with: String,
    pub alphabet: Alphabet,
    /// Characters, `starts_with` included; both ends inclusive.
    pub length: [usize; 2],
    /// The form is a key whatever stands on either side.
    pub glued: bool,
}

impl Form {
    /// The length of this form at the start of `body`, if it is there and not followed by one more of its characters.
    pub fn matches(&self, body: &[u8]) -> Option<usize> {
        let run = body.iter().take_while(|byte| self.alphabet.contains(**byte)).count();
        let fits = (self.length[0]..=self.length[1]).contains(&run) && body.starts_with(self.starts_with.as_bytes());
        fits.then_some(run)
    }
}

/// The characters of a key's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alphabet {
    Hex,
    LowerHex,
    Base62,
}

impl Alphabet {
    pub fn contains(self, byte: u8) -> bool {
        match self {
            Self::Hex => byte.is_ascii_hexdigit(),
            Self::LowerHex => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            Self::Base62 => byte.is_ascii_alphanumeric(),
        }
    }
}
