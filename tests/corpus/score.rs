//! How keyhound does on cases: recall by class and shape, precision by confidence, and what it got wrong.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use keyhound::{
    detect::Detector,
    finding::Confidence,
    rule::{self, RuleSet},
};

use super::{
    build::{Document, Expected},
    parse::{Case, Class},
    variant::{self, Variant},
};

/// What was reported in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Outcome {
    /// Of each value that must be reported, at which confidence it was.
    found: Vec<Option<Confidence>>,
    wrong: Vec<Wrong>,
}

/// Something that was reported and must not be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Wrong {
    rule: String,
    secret: String,
    position: (u64, u64),
    confidence: Confidence,
}

impl Outcome {
    /// What counts as reported is of medium confidence or more.
    fn new(detector: &Detector, rules: &RuleSet, document: &Document) -> Self {
        let expected: Vec<_> = document.expected().collect();
        let mut outcome = Self { found: vec![None; expected.len()], wrong: Vec::new() };
        let candidates = detector.detect(&document.bytes()).candidates;
        for candidate in candidates.iter().filter(|candidate| candidate.confidence >= Confidence::Medium) {
            let rule = &rules.rule(candidate.rule).id;
            let secret = String::from_utf8_lossy(candidate.secret.expose()).into_owned();
            let position = (candidate.start.line, candidate.start.column);
            let is_expected = |(place, (expected, at)): (usize, &(&Expected, (u64, u64)))| {
                (expected.rule == *rule
                    && expected.secret == secret
                    && *at == position
                    && outcome.found[place].is_none())
                .then_some(place)
            };
            let confidence = candidate.confidence;
            if let Some(place) = expected.iter().enumerate().find_map(is_expected) {
                outcome.found[place] = Some(confidence);
            } else {
                outcome.wrong.push(Wrong { rule: rule.clone(), secret, position, confidence });
            }
        }
        outcome
    }

    /// What must be the same in every variant: what is found and what is wrong, wherever it then stands.
    fn verdict(&self) -> (Vec<bool>, BTreeSet<(&str, &str)>) {
        let wrong = self.wrong.iter().map(|wrong| (&*wrong.rule, &*wrong.secret)).collect();
        (self.found.iter().map(Option::is_some).collect(), wrong)
    }
}

/// Some of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) good: u32,
    pub(crate) all: u32,
}

impl Share {
    fn add(&mut self, is_good: bool) {
        self.good += u32::from(is_good);
        self.all += 1;
    }

    /// 1 if there is nothing to be good at.
    pub(crate) fn ratio(self) -> f64 {
        if self.all == 0 { 1.0 } else { f64::from(self.good) / f64::from(self.all) }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:6.2} % ({} of {})", 100.0 * self.ratio(), self.good, self.all)
    }
}

/// The results on some cases.
#[derive(Debug, Default)]
pub(crate) struct Score {
    files: BTreeMap<Class, u32>,
    /// Of the values that must be reported.
    recall: BTreeMap<(Class, String), Share>,
    /// Of what is reported.
    precision: BTreeMap<Confidence, Share>,
    /// Of what is reported in the cases of a shape.
    precision_of: BTreeMap<(Class, String), Share>,
    /// Of the variants of cases, as those as which the verdict is that of the case.
    variants: BTreeMap<Variant, Share>,
    mistakes: Vec<String>,
    disagreements: Vec<String>,
}

impl Score {
    /// Adds the results on the cases with the values of a seed.
    pub(crate) fn add(&mut self, cases: &[Case], seed: u64, with_variants: bool) -> Result<(), String> {
        let rules = rule::builtin();
        let detector = Detector::new(rule::builtin().into());
        for case in cases {
            let document = Document::new(case, seed)?;
            let outcome = Outcome::new(&detector, &rules, &document);
            self.count(case, &document, &outcome);
            for variant in variant::ALL.iter().filter(|_| with_variants) {
                let Some(changed) = variant.apply(case, &document) else { continue };
                let changed_outcome = Outcome::new(&detector, &rules, &changed);
                let agrees = changed_outcome.verdict() == outcome.verdict();
                self.variants.entry(*variant).or_default().add(agrees);
                if !agrees {
                    let (found, wrong) = changed_outcome.verdict();
                    let found = found.iter().filter(|found| **found).count();
                    let all = outcome.found.iter().filter(|found| found.is_some()).count();
                    self.disagreements.push(format!(
                        "{variant:10} {} ({}): {found} found, not {all}; {} wrong, not {}",
                        case.id,
                        case.source,
                        wrong.len(),
                        outcome.verdict().1.len()
                    ));
                }
            }
        }
        Ok(())
    }

    fn count(&mut self, case: &Case, document: &Document, outcome: &Outcome) {
        *self.files.entry(case.class).or_default() += 1;
        let key = (case.class, case.shape.clone());
        for ((expected, (line, column)), found) in document.expected().zip(&outcome.found) {
            self.recall.entry(key.clone()).or_default().add(found.is_some());
            if let Some(confidence) = found {
                self.precision.entry(*confidence).or_default().add(true);
                self.precision_of.entry(key.clone()).or_default().add(true);
            } else {
                let Expected { rule, secret } = expected;
                self.mistakes.push(format!(
                    "missed  {:7} {} ({}) {}:{line}:{column} {rule} {secret}",
                    case.class, case.id, case.source, case.file_name
                ));
            }
        }
        for Wrong { rule, secret, position: (line, column), confidence } in &outcome.wrong {
            self.precision.entry(*confidence).or_default().add(false);
            self.precision_of.entry(key.clone()).or_default().add(false);
            self.mistakes.push(format!(
                "wrong   {:7} {} ({}) {}:{line}:{column} {rule} {confidence:?} {secret}",
                case.class, case.id, case.source, case.file_name
            ));
        }
    }

    /// Of the values in cases of a class, how many are reported.
    pub(crate) fn recall(&self, class: Class) -> Share {
        sum(self.recall.iter().filter(|((of, _), _)| *of == class).map(|(_, share)| share))
    }

    /// Of what is reported at a confidence, or at any, how much is right.
    pub(crate) fn precision(&self, confidence: Option<Confidence>) -> Share {
        sum(self.precision.iter().filter(|(of, _)| confidence.is_none_or(|it| it == **of)).map(|(_, share)| share))
    }

    /// Of the variants, how many have the verdict of their case.
    pub(crate) fn agreement(&self) -> Share {
        sum(self.variants.values())
    }
}

fn sum<'a>(shares: impl Iterator<Item = &'a Share>) -> Share {
    shares.fold(Share::default(), |sum, share| Share { good: sum.good + share.good, all: sum.all + share.all })
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for mistake in self.mistakes.iter().chain(&self.disagreements) {
            writeln!(f, "{mistake}")?;
        }
        let shapes: BTreeSet<_> = self.recall.keys().chain(self.precision_of.keys()).collect();
        if !shapes.is_empty() {
            writeln!(f, "\n{:31} {:26} precision", "shape", "recall")?;
        }
        for key in shapes {
            let share = |of: &BTreeMap<_, Share>| of.get(key).map_or("-".to_owned(), Share::to_string);
            writeln!(f, "{:8} {:22} {:26} {}", key.0, key.1, share(&self.recall), share(&self.precision_of))?;
        }
        writeln!(f)?;
        for (class, files) in &self.files {
            writeln!(f, "files, {:24} {files:6}", class.to_string())?;
        }
        for class in [Class::Core, Class::Hard, Class::Encoded] {
            writeln!(f, "recall, {:23} {}", class.to_string(), self.recall(class))?;
        }
        writeln!(f, "precision                       {}", self.precision(None))?;
        for confidence in [Confidence::High, Confidence::Medium] {
            let name = format!("{confidence:?}").to_lowercase();
            writeln!(f, "precision, {name:20} {}", self.precision(Some(confidence)))?;
        }
        for (variant, share) in &self.variants {
            writeln!(f, "same verdict, {variant:17} {share}")?;
        }
        if !self.variants.is_empty() {
            writeln!(f, "same verdict, all variants      {}", self.agreement())?;
        }
        Ok(())
    }
}
