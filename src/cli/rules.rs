//! `keyhound rules`: what is looked for, in words, and whether the rules do what they say.

use std::path::PathBuf;

use super::{configuration::Place, exit::ExitStatus, message::Failures};
use crate::{
    check::{self, Weight},
    detect, document,
    report::{self, sanitize},
    rule::{Matcher, Rule, RuleIndex, RuleSet},
};

/// What can be typed.
#[derive(Debug, clap::Args)]
pub(crate) struct RulesArgs {
    #[command(subcommand)]
    pub(crate) command: RulesCommand,

    /// Configuration whose rules are meant too [default: .keyhound.toml at the root of this repository]
    #[arg(long, value_name = "FILE", global = true)]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, clap::Subcommand)]
pub(crate) enum RulesCommand {
    /// List all rules
    List,
    /// Show everything about a rule
    Show {
        /// Its id, as `rules list` shows it
        id: String,
    },
    /// Run every rule on its examples and tell what is wrong; exits with 1 if anything is
    Check {
        /// A file with `[[rule]]` tables, such as .keyhound.toml
        #[arg(value_name = "FILE", conflicts_with = "config")]
        file: Option<PathBuf>,
    },
}

/// Runs the command; returns what there is to say.
pub(super) fn run(args: &RulesArgs) -> Result<(String, ExitStatus), Failures> {
    let file = match &args.command {
        RulesCommand::Check { file: Some(file) } => Some(file),
        _ => args.config.as_ref(),
    };
    let rules = Place::find(file.map(PathBuf::as_path))?.load()?.rules;
    match &args.command {
        RulesCommand::List => Ok((list(&rules), ExitStatus::Clean)),
        RulesCommand::Show { id } => {
            let (index, rule) = rules.by_id(id).ok_or_else(|| {
                let nearest = document::did_you_mean(id, rules.rules.iter().map(|rule| rule.id.as_str()));
                let help = nearest.unwrap_or_else(|| "`keyhound rules list` lists all".to_owned());
                Failures::of("there is no rule of this id", help)
            })?;
            Ok((show(&rules, index, rule), ExitStatus::Clean))
        }
        RulesCommand::Check { .. } => {
            let complaints = check::check(&rules);
            let mut lines: Vec<_> = complaints.iter().map(ToString::to_string).collect();
            let errors = complaints.iter().filter(|complaint| complaint.weight == Weight::Error).count();
            lines.push(format!("{} rules checked, {errors} errors", rules.rules.len()));
            Ok((text(&lines), if errors == 0 { ExitStatus::Clean } else { ExitStatus::Findings }))
        }
    }
}

fn list(rules: &RuleSet) -> String {
    let row = |rule: &Rule| {
        let slow = if detect::is_slow(rule) { " (slow)" } else { "" };
        [
            rule.id.clone(),
            report::severity_name(rule.severity).to_owned(),
            report::environment_name(rule.environment).to_owned(),
            rule.defined_in.clone(),
            sanitize::name(format!("{}{slow}", rule.name).as_bytes()),
        ]
    };
    let head = ["ID", "SEVERITY", "ENVIRONMENT", "DEFINED IN", "NAME"].map(str::to_owned);
    let rows: Vec<_> = [head].into_iter().chain(rules.rules.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [0, 1, 2, 3].map(width);
    let line = |[id, severity, environment, file, name]: &[String; 5]| {
        let [a, b, c, d] = widths;
        format!("{id:a$}  {severity:b$}  {environment:c$}  {file:d$}  {name}")
    };
    text(&rows.iter().map(line).collect::<Vec<_>>())
}

fn show(rules: &RuleSet, index: RuleIndex, rule: &Rule) -> String {
    let mut lines = vec![
        sanitize::name(format!("{}: {}", rule.id, rule.name).as_bytes()),
        String::new(),
        rule.description.clone(),
        String::new(),
    ];
    let mut field = |name: &str, value: &str| lines.push(format!("{name:<13}{value}"));
    field("Severity", report::severity_name(rule.severity));
    field("Environment", report::environment_name(rule.environment));
    field("Family", &rule.family);
    field("Defined in", &format!("{}:{}", rule.defined_in, rule.line));
    let anchors: Vec<_> = rule.anchors.iter().map(ToString::to_string).collect();
    let slow = "none that can be searched for fast: the rule is slow";
    field("Anchors", &if detect::is_slow(rule) { slow.to_owned() } else { anchors.join(" ") });
    match &rule.matcher {
        Matcher::Token => field("Value", "the anchor and all of A-Z a-z 0-9 _ - that follows"),
        Matcher::Header => field("Value", "what is assigned to the name, or sent under it"),
        Matcher::Pattern { regex, group } => field("Value", &format!("group {group} of {}", regex.as_str())),
    }
    let mut section = |heading: &str, entries: &[String]| {
        if !entries.is_empty() {
            lines.extend([String::new(), heading.to_owned()]);
            lines.extend(entries.iter().map(|entry| format!("  {}", entry.replace('\n', "\n  "))));
        }
    };
    section("What to do", std::slice::from_ref(&rule.remedy));
    if !rule.is_user_rule {
        let remedies = rules.providers.iter().map(|provider| format!("{}: {}", provider.name, provider.remedy));
        section("What to do where the provider is known", &remedies.collect::<Vec<_>>());
    }
    if let Some(provider) = rules.practices_of(index) {
        let practices: Vec<_> = provider.practices.iter().map(|practice| format!("- {practice}")).collect();
        section(&format!("{}'s security best practices", provider.name), &practices);
    }
    section("References", &rule.references);
    section("Found (<+> stands for nothing: it keeps the example from being a key)", &rule.examples);
    section("Not found", &rule.counter_examples);
    text(&lines)
}

/// Lines for a terminal or the log of a runner, harmless: rules come from whoever wrote the repository.
fn text(lines: &[String]) -> String {
    lines.iter().flat_map(|line| line.split('\n')).map(|line| sanitize::name(line.as_bytes()) + "\n").collect()
}
