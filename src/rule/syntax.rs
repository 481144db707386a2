//! The form in which rules are written, in `rules/*.toml` and in the configuration. A mirror of the text: what a value
//! means is decided by `compile`.

use super::Alphabet;
use crate::{
    document::{Entry, Table},
    finding::{Environment, Severity},
};

/// One file of `rules/`.
#[derive(Debug)]
pub(super) struct FileSyntax {
    pub(super) rules: Vec<RuleSyntax>,
    pub(super) providers: Vec<Option<ProviderSyntax>>,
}

/// A `[[rule]]` table. What a rule must have is `None` where it is missing or of the wrong kind; reading noted that, and
/// the rest can still be checked.
#[derive(Clone, Debug)]
pub struct RuleSyntax {
    pub id: Option<Entry<String>>,
    /// Without one the rule is its own family.
    pub family: Option<String>,
    pub name: Option<String>,
    pub description: Option<String>,
    pub severity: Option<Severity>,
    pub environment: Environment,
    pub matcher: Entry<MatcherSyntax>,
    /// Literals of which every match contains one; `(?i)` before one ignores the case of ASCII letters.
    pub anchors: Vec<Entry<String>>,
    /// For `matcher = "pattern"`: a regular expression over bytes, without Unicode classes.
    pub pattern: Option<Entry<String>>,
    /// The group of `pattern` that is the value; 1 if there is one, else the whole match.
    pub group: Option<Entry<usize>>,
    pub remedy: Option<String>,
    pub references: Vec<String>,
    /// The provider whose practices the rule's help quotes.
    pub practices_of: Option<Entry<String>>,
    /// Ids of rules that find the same values in this rule's examples, and may.
    pub overlaps: Vec<Entry<String>>,
    /// Texts with exactly one finding of this rule, `<+>` somewhere in the secret.
    pub examples: Vec<Entry<String>>,
    /// Texts with none.
    pub counter_examples: Vec<Entry<String>>,
    /// 1-based line of the table.
    pub line: usize,
}

/// The `matcher` of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MatcherSyntax {
    Token,
    Header,
    Pattern,
}

/// A `[[provider]]` table.
#[derive(Debug)]
pub(super) struct ProviderSyntax {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) remedy: String,
    pub(super) practices: Vec<String>,
    pub(super) samples: Vec<String>,
    pub(super) references: Vec<String>,
    pub(super) context: Vec<String>,
    pub(super) forms: Vec<Option<FormSyntax>>,
}

/// A `[[provider.form]]` table.
#[derive(Debug)]
pub(super) struct FormSyntax {
    pub(super) starts_with: String,
    pub(super) alphabet: Alphabet,
    pub(super) length: [usize; 2],
    pub(super) glued: bool,
}

impl FileSyntax {
    pub(super) fn read(top: &mut Table<'_>) -> Self {
        Self {
            rules: top.tables("rule", "[[rule]]", RuleSyntax::read),
            providers: top.tables("provider", "[[provider]]", ProviderSyntax::read),
        }
    }
}

impl RuleSyntax {
    /// Takes a rule from its table; what is missing or of the wrong kind is a fault.
    pub fn read(table: &mut Table<'_>) -> Self {
        let line = table.line;
        let id = table.text("id");
        let family = table.string("family");
        let name = table.text("name");
        let description = table.text("description");
        if !table.has("severity") {
            table.missing("severity", None);
        }
        let severities = [
            ("low", Severity::Low),
            ("medium", Severity::Medium),
            ("high", Severity::High),
            ("critical", Severity::Critical),
        ];
        let severity = table.choice("severity", &severities);
        let environments =
            [("live", Environment::Live), ("sandbox", Environment::Sandbox), ("unknown", Environment::Unknown)];
        let environment = table.choice("environment", &environments);
        let matchers =
            [("pattern", MatcherSyntax::Pattern), ("token", MatcherSyntax::Token), ("header", MatcherSyntax::Header)];
        let matcher = Entry {
            line: table.line_of("matcher"),
            value: table.choice("matcher", &matchers).unwrap_or(MatcherSyntax::Pattern),
        };
        let anchors = table.strings("anchors");
        let pattern = table.string("pattern");
        if matcher.value == MatcherSyntax::Pattern && !table.has("pattern") {
            table.missing("pattern", Some("add `pattern = '''…'''`: a regular expression whose group 1 is the secret"));
        }
        let group = table.count("group");
        let remedy = table.text("remedy");
        let references = values(table.strings("references"));
        let practices_of = table.string("practices_of");
        let overlaps = table.strings("overlaps");
        let examples = table.strings("match");
        let counter_examples = table.strings("no_match");
        let value = |entry: Option<Entry<String>>| entry.map(|entry| entry.value);
        Self {
            id,
            family: value(family),
            name: value(name),
            description: value(description),
            severity,
            environment: environment.unwrap_or(Environment::Unknown),
            matcher,
            anchors,
            pattern,
            group,
            remedy: value(remedy),
            references,
            practices_of,
            overlaps,
            examples,
            counter_examples,
            line,
        }
    }
}

impl ProviderSyntax {
    fn read(table: &mut Table<'_>) -> Option<Self> {
        let id = table.text("id");
        let name = table.text("name");
        let remedy = table.text("remedy");
        let practices = values(table.strings("practices"));
        let samples = values(table.strings("samples"));
        let references = values(table.strings("references"));
        let context = values(table.strings("context"));
        let forms = table.tables("form", "[[provider.form]]", FormSyntax::read);
        let (id, name, remedy) = (id?.value, name?.value, remedy?.value);
        Some(Self { id, name, remedy, practices, samples, references, context, forms })
    }
}

impl FormSyntax {
    fn read(table: &mut Table<'_>) -> Option<Self> {
        let alphabets = [("hex", Alphabet::Hex), ("lower-hex", Alphabet::LowerHex), ("base62", Alphabet::Base62)];
        if !table.has("alphabet") {
            table.missing("alphabet", None);
        }
        let starts_with = table.string("starts_with").map_or(String::new(), |entry| entry.value);
        let alphabet = table.choice("alphabet", &alphabets);
        let length: Vec<_> = table.counts("length").into_iter().map(|entry| entry.value).collect();
        let glued = table.flag("glued").is_some_and(|entry| entry.value);
        let Ok(length) = length.try_into() else {
            table.fault(table.line, "`length` must be the shortest and the longest body".to_owned(), None);
            return None;
        };
        Some(Self { starts_with, alphabet: alphabet?, length, glued })
    }
}

fn values(entries: Vec<Entry<String>>) -> Vec<String> {
    entries.into_iter().map(|entry| entry.value).collect()
}
