//! From the written form to rules that can run.

use regex::bytes::{Regex, RegexBuilder};

use super::{
    Anchor, Form, Matcher, Provider, Rule, RuleSet,
    syntax::{FileSyntax, MatcherSyntax, ProviderSyntax, RuleSyntax},
};

/// `(file name, text)` of everything in `rules/`, by `build.rs`.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/rule_files.rs"));

/// A match must fit into this much memory when compiled, in bytes; a larger one is an error of the rule.
const REGEX_SIZE_LIMIT: usize = 1 << 20;

/// The longest anchor, in bytes: it must be whole in the text that is looked at around its start.
const MAX_ANCHOR: usize = 256;

/// Why a rule cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("rule `{id}`: {message}")]
pub struct RuleError {
    pub id: String,
    /// The key of the rule's table that is wrong.
    pub key: &'static str,
    pub message: String,
}

/// The rules and providers that come with keyhound.
pub fn builtin() -> RuleSet {
    let mut set = RuleSet::default();
    for (name, text) in FILES {
        let file: FileSyntax = toml::from_str(text).unwrap_or_else(|error| panic!("invariant: rules/{name}: {error}"));
        for rule in file.rule {
            let rule = compile(rule, &format!("rules/{name}"), false);
            set.rules.push(rule.unwrap_or_else(|error| panic!("invariant: rules/{name}: {error}")));
        }
        set.providers.extend(file.provider.into_iter().map(provider));
    }
    set
}

/// The built-in rules and these; all errors at once, each with the number of its rule in `rules`.
pub fn with_user_rules(rules: &[RuleSyntax], defined_in: &str) -> Result<RuleSet, Vec<(usize, RuleError)>> {
    let mut set = builtin();
    let mut errors = Vec::new();
    for (number, syntax) in rules.iter().enumerate() {
        match compile(syntax.clone(), defined_in, true) {
            Ok(rule) if set.by_id(&rule.id).is_some() => {
                let message = "there is a rule of this name already; choose another id".to_owned();
                errors.push((number, RuleError { id: rule.id, key: "id", message }));
            }
            Ok(rule) => set.rules.push(rule),
            Err(error) => errors.push((number, error)),
        }
    }
    if errors.is_empty() { Ok(set) } else { Err(errors) }
}

fn compile(syntax: RuleSyntax, defined_in: &str, is_user_rule: bool) -> Result<Rule, RuleError> {
    let error = |key, message: String| RuleError { id: syntax.id.clone(), key, message };
    let id_is_valid = !syntax.id.is_empty()
        && syntax.id.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
        && !syntax.id.starts_with('-');
    if !id_is_valid {
        return Err(error("id", "an id is made of a-z, 0-9 and -".to_owned()));
    }
    let anchors: Vec<_> = syntax.anchors.iter().map(|text| anchor(text)).collect();
    if let Some(empty) = anchors.iter().position(|anchor| anchor.text.is_empty()) {
        return Err(error("anchors", format!("anchor {} is empty", empty + 1)));
    }
    if let Some(long) = anchors.iter().position(|anchor| anchor.text.len() > MAX_ANCHOR) {
        return Err(error("anchors", format!("anchor {} is longer than {MAX_ANCHOR} bytes", long + 1)));
    }
    let matcher = match (syntax.matcher, &syntax.pattern) {
        (MatcherSyntax::Pattern, None) => return Err(error("pattern", "it has no `pattern`".to_owned())),
        (MatcherSyntax::Pattern, Some(pattern)) => {
            let regex = regex(pattern).map_err(|message| error("pattern", message))?;
            let group = syntax.group.unwrap_or(usize::from(regex.captures_len() > 1));
            if group >= regex.captures_len() {
                return Err(error("group", format!("`pattern` has no group {group}")));
            }
            if regex.is_match(b"") {
                return Err(error("pattern", "it matches the empty string".to_owned()));
            }
            Matcher::Pattern { regex, group }
        }
        (_, _) if is_user_rule => {
            return Err(error(
                "matcher",
                "`token` and `header` are built in; a rule of yours has a `pattern`".to_owned(),
            ));
        }
        (MatcherSyntax::Token, _) => Matcher::Token,
        (MatcherSyntax::Header, _) => Matcher::Header,
    };
    Ok(Rule {
        family: syntax.family.unwrap_or_else(|| syntax.id.clone()),
        id: syntax.id,
        name: syntax.name,
        description: syntax.description,
        severity: syntax.severity,
        environment: syntax.environment,
        remedy: syntax.remedy,
        references: syntax.references,
        anchors,
        matcher,
        examples: syntax.r#match,
        counter_examples: syntax.no_match,
        defined_in: defined_in.to_owned(),
        is_user_rule,
    })
}

fn anchor(text: &str) -> Anchor {
    match text.strip_prefix("(?i)") {
        Some(rest) => Anchor { text: rest.to_ascii_lowercase(), ignore_case: true },
        None => Anchor { text: text.to_owned(), ignore_case: false },
    }
}

/// Compiles a regular expression for bytes; the error is one line, for a person.
pub fn regex(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern).unicode(false).size_limit(REGEX_SIZE_LIMIT).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(limit) => format!("it needs more than {limit} bytes when compiled"),
        other => other.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned(),
    })
}

fn provider(syntax: ProviderSyntax) -> Provider {
    let forms = syntax.form.into_iter().map(|form| Form {
        starts_with: form.starts_with,
        alphabet: form.alphabet,
        length: form.length,
        glued: form.glued,
    });
    Provider {
        forms: forms.collect(),
        id: syntax.id,
        name: syntax.name,
        remedy: syntax.remedy,
        references: syntax.references,
        context: syntax.context,
    }
}
