//! What is wrong with rules, as far as their own examples tell: every rule is run on its examples, by the same detector
//! that scans, with all rules and the prefilter.

use std::{collections::BTreeMap, fmt, sync::Arc};

use crate::{
    detect::{self, Candidate, Detector, MIN_ANCHOR},
    document,
    finding::Confidence,
    rule::{Matcher, Rule, RuleIndex, RuleSet, SPLICE_MARK, spliced},
};

/// How many examples of each kind a rule has at least.
const MIN_EXAMPLES: usize = 2;

/// Something to mend in a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Complaint {
    /// The file that defines the rule.
    pub file: String,
    /// 1-based line of the rule's table.
    pub line: usize,
    pub rule: String,
    pub weight: Weight,
    /// Quotes nothing of the rule's examples.
    pub message: String,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// The rule does not do what it says.
    Error,
    /// It does, at a price.
    Advice,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weight = match self.weight {
            Weight::Error => "error",
            Weight::Advice => "advice",
        };
        write!(f, "{}:{}: {weight}: rule `{}`: {}", self.file, self.line, self.rule, self.message)
    }
}

/// Checks every rule of a set; in the order of the rules.
pub fn check(rules: &Arc<RuleSet>) -> Vec<Complaint> {
    let detector = Detector::new(Arc::clone(rules));
    let mut complaints = Vec::new();
    let mut ids: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, rule) in rules.rules.iter().enumerate() {
        let mut checker = Checker { detector: &detector, index: RuleIndex(number), rule, complaints: Vec::new() };
        if let Some(first) = ids.insert(&rule.id, number) {
            checker.error(format!("rule {} of the set has this id as well", first + 1));
        }
        checker.words();
        checker.anchors();
        checker.examples();
        checker.counter_examples();
        complaints.append(&mut checker.complaints);
    }
    complaints
}

/// Checks one rule.
struct Checker<'a> {
    detector: &'a Detector,
    index: RuleIndex,
    rule: &'a Rule,
    complaints: Vec<Complaint>,
}

impl Checker<'_> {
    fn error(&mut self, message: String) {
        self.complain(Weight::Error, message);
    }

    fn complain(&mut self, weight: Weight, message: String) {
        let Rule { defined_in, line, id, .. } = self.rule;
        self.complaints.push(Complaint { file: defined_in.clone(), line: *line, rule: id.clone(), weight, message });
    }

    /// What a reader is told.
    fn words(&mut self) {
        for reference in &self.rule.references {
            if !reference.starts_with("https://") && !reference.starts_with("http://") {
                self.error("`references` has one that is no web address".to_owned());
            }
        }
        let rules = Arc::clone(self.detector.rules());
        for id in &self.rule.overlaps {
            if rules.by_id(id).is_none() {
                let ids = rules.rules.iter().map(|rule| rule.id.as_str());
                let help = document::did_you_mean(id, ids).map_or(String::new(), |help| format!("; {help}"));
                self.error(format!("`overlaps` names a rule that does not exist{help}"));
            }
        }
    }

    fn anchors(&mut self) {
        if !detect::is_slow(self.rule) {
            return;
        }
        let (weight, price) = match self.rule.matcher {
            Matcher::Pattern { .. } => (Weight::Advice, "it is slow: all text is searched for it"),
            Matcher::Token | Matcher::Header => (Weight::Error, "it is never run"),
        };
        self.complain(
            weight,
            format!("{price}; name in `anchors` what every match contains, {MIN_ANCHOR} bytes or more each"),
        );
    }

    fn examples(&mut self) {
        let rule = self.rule;
        if rule.examples.len() < MIN_EXAMPLES {
            self.error(too_few("match", rule.examples.len()));
        }
        for (number, example) in rule.examples.iter().enumerate() {
            let number = number + 1;
            if !example.contains(SPLICE_MARK) {
                self.error(format!("example {number} of `match` has no `{SPLICE_MARK}` inside its secret"));
            } else if !self.found(example).is_empty() {
                self.error(format!("example {number} of `match` is found as it stands; move its `{SPLICE_MARK}`"));
            }
            self.example(number, &spliced(example));
        }
    }

    fn example(&mut self, number: usize, text: &str) {
        let found = self.found(text);
        let (own, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|candidate| candidate.rule == self.index);
        match own.len() {
            1 => {}
            0 if !self.has_anchor(text) => {
                self.error(format!("example {number} of `match` contains none of the anchors"));
            }
            0 => self.error(format!("example {number} of `match` is not found")),
            count => self.error(format!("example {number} of `match` gives {count} findings instead of one")),
        }
        let rules = Arc::clone(self.detector.rules());
        for other in others {
            let id = &rules.rule(other.rule).id;
            if !self.rule.overlaps.contains(id) {
                self.error(format!(
                    "example {number} of `match` is found by `{id}` too; if it may, add that to `overlaps`"
                ));
            }
        }
    }

    fn counter_examples(&mut self) {
        let rule = self.rule;
        if rule.counter_examples.len() < MIN_EXAMPLES {
            self.error(too_few("no_match", rule.counter_examples.len()));
        }
        for (number, example) in rule.counter_examples.iter().enumerate() {
            if self.found(&spliced(example)).iter().any(|candidate| candidate.rule == self.index) {
                self.error(format!("example {} of `no_match` is found", number + 1));
            }
        }
    }

    /// What a scan would report of this text.
    fn found(&self, text: &str) -> Vec<Candidate> {
        let mut candidates = self.detector.detect(text.as_bytes()).candidates;
        candidates.retain(|candidate| candidate.confidence >= Confidence::Medium);
        candidates
    }

    fn has_anchor(&self, text: &str) -> bool {
        let lower = text.to_ascii_lowercase();
        let contains = |anchor: &crate::rule::Anchor| {
            if anchor.ignore_case { lower.contains(&anchor.text) } else { text.contains(&anchor.text) }
        };
        detect::is_slow(self.rule) || self.rule.anchors.iter().any(contains)
    }
}

fn too_few(key: &str, count: usize) -> String {
    let examples = if count == 1 { "example" } else { "examples" };
    format!("`{key}` has {count} {examples}; give at least {MIN_EXAMPLES}")
}

#[cfg(test)]
mod tests {
    use snapbox::{assert_data_eq, prelude::*, str};

    use super::*;
    use crate::{config, rule};

    fn told(rules: &Arc<RuleSet>) -> String {
        check(rules).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn built_in_rules_do_what_they_say() {
        assert_eq!(told(&Arc::new(rule::builtin())), "");
    }

    #[test]
    fn rules_that_do_not_do_what_they_say_are_told() {
        let head = |id: &str| {
            format!("[[rule]]\nid = '{id}'\nname = 'a'\ndescription = 'a'\nseverity = 'low'\nremedy = 'a'\n")
        };
        let pattern = "anchors = ['acme_']\npattern = 'acme_[0-9a-f]{16}'\n";
        let good = "match = ['a acme_4f9<+>27ac81d05e6b3', 'acme_<+>b07d3e91c6f2485a']\nno_match = ['acme_', 'b']\n";
        let text = [
            head("good") + pattern + good,
            head("no-examples")
                + "anchors = ['zzzz']\npattern = 'zzzz[0-9]{8}'\nreferences = ['ftp://a', 'https://b']\n",
            head("slow")
                + "pattern = 'bqz([0-9a-f]{16})'\nmatch = ['bqz4f9<+>27ac81d05e6b3', 'bqz<+>b07d3e91c6f2485a']\n"
                + "no_match = ['bqz', 'b']\n",
            head("wrong-examples")
                + "anchors = ['corp_']\npattern = '(?i)corp_[0-9a-f]{16}'\noverlaps = ['sk-live-kee']\nmatch = [\n"
                + "'corp_4f927ac81d05e6b3', 'corp_4f927ac81d05e6b3 <+>', 'CORP_4f9<+>27ac81d05e6b3', 'corp_<+>4f9',\n"
                + "'corp_4f9<+>27ac81d05e6b3 corp_b07d<+>3e91c6f2485a', 'corp_4f9<+>27ac81d05e6b3 acme_b07d<+>3e91c6f2485a',\n"
                + "]\nno_match = ['corp_4f9<+>27ac81d05e6b3', 'b']\n",
        ];
        let config = config::load(text.concat().as_bytes(), "a.toml").unwrap();
        assert_data_eq!(told(&config.rules), str![[r#"
a.toml:11: error: rule `no-examples`: `references` has one that is no web address
a.toml:11: error: rule `no-examples`: `match` has 0 examples; give at least 2
a.toml:11: error: rule `no-examples`: `no_match` has 0 examples; give at least 2
a.toml:20: advice: rule `slow`: it is slow: all text is searched for it; name in `anchors` what every match contains, 4 bytes or more each
a.toml:29: error: rule `wrong-examples`: `overlaps` names a rule that does not exist; did you mean `sk-live-key`?
a.toml:29: error: rule `wrong-examples`: example 1 of `match` has no `<+>` inside its secret
a.toml:29: error: rule `wrong-examples`: example 2 of `match` is found as it stands; move its `<+>`
a.toml:29: error: rule `wrong-examples`: example 3 of `match` contains none of the anchors
a.toml:29: error: rule `wrong-examples`: example 4 of `match` is not found
a.toml:29: error: rule `wrong-examples`: example 5 of `match` gives 2 findings instead of one
a.toml:29: error: rule `wrong-examples`: example 6 of `match` is found by `good` too; if it may, add that to `overlaps`
a.toml:29: error: rule `wrong-examples`: example 1 of `no_match` is found
"#]].raw());
    }

    #[test]
    fn one_example_is_too_few() {
        let text = "[[rule]]\nid = 'a'\nname = 'a'\ndescription = 'a'\nseverity = 'low'\nremedy = 'a'\n\
                    anchors = ['acme_']\npattern = 'acme_[0-9a-f]{16}'\nmatch = ['acme_4f9<+>27ac81d05e6b3']\n\
                    no_match = ['acme_']\n";
        let config = config::load(text.as_bytes(), "a.toml").unwrap();
        assert_data_eq!(
            told(&config.rules),
            str![[r#"
a.toml:1: error: rule `a`: `match` has 1 example; give at least 2
a.toml:1: error: rule `a`: `no_match` has 1 example; give at least 2
"#]]
            .raw()
        );
    }

    #[test]
    fn a_token_rule_without_an_anchor_to_be_found_by_is_an_error() {
        for anchors in [vec![], vec!["sk_"], vec!["sk_live_", "sk_"]] {
            let mut rules = rule::builtin();
            let rule = rules.rules.iter_mut().find(|rule| rule.id == "sk-live-key").unwrap();
            let anchor = |text: &str| rule::Anchor { text: text.to_owned(), ignore_case: false };
            rule.anchors = anchors.iter().copied().map(anchor).collect();
            let told = told(&Arc::new(rules));
            assert!(
                told.contains("error: rule `sk-live-key`: it is never run; name in `anchors`"),
                "{anchors:?}: {told}"
            );
        }
    }

    #[test]
    fn an_id_is_unique() {
        let mut rules = rule::builtin();
        rules.rules.push(rules.rules[0].clone());
        assert!(told(&Arc::new(rules)).contains("rule 1 of the set has this id as well"));
    }
}
