//! From the written form to rules that can run.

use std::collections::BTreeMap;

use regex::bytes::{Regex, RegexBuilder};

use super::{
    Anchor, Form, Matcher, Provider, ProviderIndex, Rule, RuleSet,
    syntax::{FileSyntax, MatcherSyntax, ProviderSyntax, RuleSyntax},
};
use crate::{
    document::{self, Entry, Fault, Reading},
    finding::Fingerprint,
};

/// `(file name, text)` of everything in `rules/`, by `build.rs`.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/rule_files.rs"));

/// A match must fit into this much memory when compiled, in bytes; a larger one is an error of the rule.
const REGEX_SIZE_LIMIT: usize = 1 << 20;

/// The longest anchor, in bytes: it must be whole in the text that is looked at around its start.
const MAX_ANCHOR: usize = 256;

/// The rules and providers that come with keyhound.
pub fn builtin() -> RuleSet {
    let mut set = RuleSet::default();
    let mut files = Vec::new();
    for (name, text) in FILES {
        let Reading { value: file, faults, .. } = document::read(text, FileSyntax::read);
        assert!(faults.is_empty(), "invariant: the tests read rules/{name}: {faults:?}");
        set.providers.extend(file.providers.into_iter().flatten().map(provider));
        files.push((format!("rules/{name}"), file.rules));
    }
    for (name, rules) in files {
        for syntax in rules {
            let rule = compile(syntax, &set.providers, &name, Definer::Keyhound);
            set.rules.push(rule.unwrap_or_else(|faults| panic!("invariant: the tests compile {name}: {faults:?}")));
        }
    }
    set
}

/// The built-in rules and these, which `defined_in` names the file of. An error holds every fault of every rule beyond
/// those that reading them noted; a rule that reading found incomplete is checked as far as it goes, and left out.
pub fn with_user_rules(rules: Vec<RuleSyntax>, defined_in: &str) -> Result<RuleSet, Vec<Fault>> {
    let mut set = builtin();
    let mut faults = Vec::new();
    let mut taken: BTreeMap<String, String> =
        set.rules.iter().map(|rule| (rule.id.clone(), "a built-in rule has".to_owned())).collect();
    for syntax in rules {
        if let Some(id) = &syntax.id {
            if let Some(owner) = taken.get(&id.value) {
                faults.push(Fault {
                    line: id.line,
                    message: format!("{owner} this id already"),
                    help: Some("choose another `id`; built-in rules cannot be replaced".to_owned()),
                });
            }
            taken.entry(id.value.clone()).or_insert_with(|| format!("the rule of line {} has", syntax.line));
        }
        match compile(syntax, &set.providers, defined_in, Definer::User) {
            Ok(rule) => set.rules.push(rule),
            Err(more) => faults.extend(more),
        }
    }
    if faults.is_empty() { Ok(set) } else { Err(faults) }
}

/// Who wrote a rule, and so what it may be made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Definer {
    Keyhound,
    User,
}

/// Makes a rule. An error holds everything wrong with what is there; nothing, if all that is wrong is what is not there.
fn compile(syntax: RuleSyntax, providers: &[Provider], defined_in: &str, definer: Definer) -> Result<Rule, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut fault = |line, message: &str, help: Option<String>| {
        faults.push(Fault { line, message: message.to_owned(), help });
    };
    check_id(&syntax, &mut fault);
    let anchors = anchors(&syntax, &mut fault);
    let practices_of = syntax.practices_of.as_ref().and_then(|entry| {
        let index = providers.iter().position(|provider| provider.id == entry.value);
        if index.is_none() {
            let ids = providers.iter().map(|provider| provider.id.as_str());
            fault(entry.line, "`practices_of` names no provider", document::did_you_mean(&entry.value, ids));
        }
        index.map(ProviderIndex)
    });
    let matcher = match syntax.matcher.value {
        MatcherSyntax::Pattern => pattern(&syntax, &mut fault),
        _ if definer == Definer::User => {
            let help = "leave `matcher` out and give the rule a `pattern`".to_owned();
            fault(syntax.matcher.line, "`matcher`s other than `pattern` belong to the built-in rules", Some(help));
            // What stands in its place is looked at all the same.
            syntax.pattern.as_ref().and_then(|_| pattern(&syntax, &mut fault))
        }
        MatcherSyntax::Token => Some(Matcher::Token),
        MatcherSyntax::Header => Some(Matcher::Header),
    };
    let required = (syntax.id, syntax.name, syntax.description, syntax.severity, syntax.remedy, matcher);
    let (Some(id), Some(name), Some(description), Some(severity), Some(remedy), Some(matcher)) = required else {
        return Err(faults);
    };
    if !faults.is_empty() {
        return Err(faults);
    }
    let texts = |entries: Vec<Entry<String>>| entries.into_iter().map(|entry| entry.value).collect();
    Ok(Rule {
        family: syntax.family.unwrap_or_else(|| id.value.clone()),
        id: id.value,
        name,
        description,
        severity,
        environment: syntax.environment,
        remedy,
        references: syntax.references,
        practices_of,
        anchors,
        matcher,
        overlaps: texts(syntax.overlaps),
        examples: texts(syntax.examples),
        counter_examples: texts(syntax.counter_examples),
        defined_in: defined_in.to_owned(),
        line: syntax.line,
        is_user_rule: definer == Definer::User,
    })
}

fn check_id(syntax: &RuleSyntax, fault: &mut impl FnMut(usize, &str, Option<String>)) {
    let is_valid = |id: &str| {
        id.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
            && !id.starts_with('-')
            && !id.ends_with('-')
    };
    if let Some(id) = syntax.id.as_ref().filter(|id| !is_valid(&id.value)) {
        fault(id.line, "`id` of [[rule]] is made of a-z, 0-9 and -, and neither begins nor ends with -", None);
    }
}

fn anchors(syntax: &RuleSyntax, fault: &mut impl FnMut(usize, &str, Option<String>)) -> Vec<Anchor> {
    let anchors: Vec<_> = syntax.anchors.iter().map(|entry| anchor(&entry.value)).collect();
    for (anchor, Entry { line, .. }) in anchors.iter().zip(&syntax.anchors) {
        if anchor.text.is_empty() {
            fault(*line, "an anchor is empty", Some("remove it, or write what every match contains".to_owned()));
        } else if anchor.text.len() > MAX_ANCHOR {
            let help = "shorten it to a part of it that is rare".to_owned();
            fault(*line, "an anchor is longer than 256 bytes", Some(help));
        }
    }
    anchors
}

/// Compiles the `pattern` of a rule; `None` if there is none or it is faulty.
fn pattern(syntax: &RuleSyntax, fault: &mut impl FnMut(usize, &str, Option<String>)) -> Option<Matcher> {
    let Entry { value: pattern, line } = syntax.pattern.as_ref()?;
    let regex = match regex(pattern) {
        Ok(regex) => regex,
        Err(message) => {
            fault(*line, &format!("`pattern` of [[rule]] does not compile: {message}"), None);
            return None;
        }
    };
    if can_match_nothing(&regex) {
        let help = "write what a secret certainly has, for example with {8,} in the place of *".to_owned();
        fault(*line, "`pattern` of [[rule]] matches the empty string", Some(help));
        return None;
    }
    let group = match &syntax.group {
        Some(group) if group.value >= regex.captures_len() => {
            let message = format!("`pattern` of [[rule]] has no group {}", group.value);
            fault(group.line, &message, Some(format!("groups are 0 to {}", regex.captures_len() - 1)));
            return None;
        }
        Some(group) => group.value,
        None => usize::from(regex.captures_len() > 1),
    };
    Some(Matcher::Pattern { regex, group })
}

fn anchor(text: &str) -> Anchor {
    match text.strip_prefix("(?i)") {
        Some(rest) => Anchor { text: rest.to_ascii_lowercase(), ignore_case: true },
        None => Anchor { text: text.to_owned(), ignore_case: false },
    }
}

/// Compiles a regular expression for bytes. The error is one line for a person and quotes nothing of the expression.
pub fn regex(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern).unicode(false).size_limit(REGEX_SIZE_LIMIT).build().map_err(|error| match error {
        regex::Error::CompiledTooBig(limit) => format!("it needs more than {limit} bytes when compiled"),
        other => other.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned(),
    })
}

/// Whether an expression matches where nothing stands, as `x*` or a word boundary does.
pub fn can_match_nothing(regex: &Regex) -> bool {
    // Assertions about what stands on either side need something there.
    [&b""[..], b"a", b"-", b"a-a\na"].iter().any(|text| regex.find_iter(text).any(|found| found.is_empty()))
}

fn provider(syntax: ProviderSyntax) -> Provider {
    let forms = syntax.forms.into_iter().flatten().map(|form| Form {
        starts_with: form.starts_with,
        alphabet: form.alphabet,
        length: form.length,
        glued: form.glued,
    });
    let sample = |text: String| Fingerprint::parse(&text).expect("invariant: the built-in samples are fingerprints");
    Provider {
        forms: forms.collect(),
        samples: syntax.samples.into_iter().map(sample).collect(),
        id: syntax.id,
        name: syntax.name,
        remedy: syntax.remedy,
        practices: syntax.practices,
        references: syntax.references,
        context: syntax.context,
    }
}
