//! The form in which rules are written, in `rules/*.toml` and in the configuration. A mirror of the text: no logic.

use serde::Deserialize;

use super::Alphabet;
use crate::finding::{Environment, Severity};

/// One file of `rules/`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileSyntax {
    #[serde(default)]
    pub(super) rule: Vec<RuleSyntax>,
    #[serde(default)]
    pub(super) provider: Vec<ProviderSyntax>,
}

/// A `[[rule]]` table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSyntax {
    pub id: String,
    /// Without one the rule is its own family.
    pub family: Option<String>,
    pub name: String,
    pub description: String,
    pub severity: Severity,
    #[serde(default = "unknown")]
    pub environment: Environment,
    #[serde(default)]
    pub matcher: MatcherSyntax,
    /// Literals of which every match contains one; `(?i)` before one ignores the case of ASCII letters.
    #[serde(default)]
    pub anchors: Vec<String>,
    /// For `matcher = "pattern"`: a regular expression over bytes, without Unicode classes.
    pub pattern: Option<String>,
    /// The group of `pattern` that is the value; 1 if there is one, else the whole match.
    pub group: Option<usize>,
    pub remedy: String,
    #[serde(default)]
    pub references: Vec<String>,
    /// Texts with exactly one finding of this rule, `<+>` somewhere in the secret.
    #[serde(default)]
    pub r#match: Vec<String>,
    /// Texts with none.
    #[serde(default)]
    pub no_match: Vec<String>,
}

fn unknown() -> Environment {
    Environment::Unknown
}

/// The `matcher` of a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MatcherSyntax {
    Token,
    Header,
    #[default]
    Pattern,
}

/// A `[[provider]]` table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProviderSyntax {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) remedy: String,
    pub(super) references: Vec<String>,
    pub(super) context: Vec<String>,
    #[serde(default)]
    pub(super) form: Vec<FormSyntax>,
}

/// A `[[provider.form]]` table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FormSyntax {
    #[serde(default)]
    pub(super) starts_with: String,
    pub(super) alphabet: Alphabet,
    pub(super) length: [usize; 2],
    #[serde(default)]
    pub(super) glued: bool,
}
