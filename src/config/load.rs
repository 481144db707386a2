//! From the bytes of a configuration to one that is valid, or to everything that is wrong with it.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::AtomicBool},
};

use regex::bytes::Regex;
use sha2::{Digest, Sha256};

use super::{
    Config, ConfigErrors, ConfigSource, Judge,
    options::{AllowOptions, ExcludeOptions, Options},
};
use crate::{
    document::{self, Entry, Fault, Reading},
    finding::Fingerprint,
    glob::PathGlobs,
    rule,
    suppress::{Allow, Policy},
};

/// The fewest and most digits that name a commit: git's shortest abbreviation, and a SHA-256 object id.
const COMMIT_DIGITS: std::ops::RangeInclusive<usize> = 7..=64;

/// Loads a configuration. `name` is what errors and reports call it. An error holds everything that is wrong.
pub fn load(text: &[u8], name: &str) -> Result<Config, ConfigErrors> {
    let failed = |mut faults: Vec<Fault>| {
        faults.sort();
        ConfigErrors { name: name.to_owned(), faults }
    };
    let text = std::str::from_utf8(text).map_err(|error| {
        let line = 1 + memchr::memchr_iter(b'\n', &text[..error.valid_up_to()]).count();
        let help = Some("save the file as UTF-8".to_owned());
        failed(vec![Fault { line, message: "it is not UTF-8 here, as TOML must be".to_owned(), help }])
    })?;
    let Reading { value: options, faults, is_whole } = document::read(text, Options::read);
    let has_all_rules = is_whole && options.rules.iter().all(|rule| rule.id.is_some());
    let ids = options.rules.iter().filter_map(|rule| rule.id.as_ref());
    let mut rule_ids: BTreeSet<_> = ids.map(|id| id.value.clone()).collect();
    let (rules, rule_faults) = match rule::with_user_rules(options.rules, name) {
        Ok(rules) => (rules, Vec::new()),
        Err(faults) => (rule::builtin(), faults),
    };
    // What is wrong with a value that is cut short by a mistake of syntax is a consequence of that.
    let is_consequence = |fault: &Fault| !is_whole && faults.iter().any(|first| first.line == fault.line);
    let rule_faults: Vec<_> = rule_faults.into_iter().filter(|fault| !is_consequence(fault)).collect();
    rule_ids.extend(rules.rules.iter().map(|rule| rule.id.clone()));
    let mut check = Check { faults, rule_ids, is_whole, has_all_rules };
    check.faults.extend(rule_faults);
    let exclude = check.exclude(&options.excludes);
    let judge = check.judge(options.policy);
    let allows = options.allows.into_iter().map(|options| check.allow(options)).collect();
    if check.faults.is_empty() {
        let source = Some(ConfigSource { name: name.to_owned() });
        let policy = Policy { allows, ..Policy::default() };
        Ok(Config { rules: Arc::new(rules), policy, exclude, judge, source })
    } else {
        Err(failed(check.faults))
    }
}

/// Checks what was written and compiles it; what is wrong leaves a fault and is left out.
struct Check {
    faults: Vec<Fault>,
    /// Built-in rules and those of this configuration.
    rule_ids: BTreeSet<String>,
    is_whole: bool,
    /// Every rule of the configuration has an id, so what is not in `rule_ids` does not exist.
    has_all_rules: bool,
}

impl Check {
    fn fault(&mut self, line: usize, message: impl Into<String>, help: impl Into<Option<&'static str>>) {
        self.faults.push(Fault { line, message: message.into(), help: help.into().map(str::to_owned) });
    }

    fn judge(&mut self, policy: Option<Entry<String>>) -> Judge {
        match policy.as_ref().map(|entry| entry.value.as_str()) {
            None | Some("base") => Judge::Base,
            Some("head") => Judge::Head,
            Some(_) => {
                let line = policy.map_or(1, |entry| entry.line);
                let help = "write \"base\" (a change is judged by what was there before) or \"head\" (by its own)";
                self.fault(line, "`policy` is neither \"base\" nor \"head\"", help);
                Judge::Base
            }
        }
    }

    fn exclude(&mut self, excludes: &[ExcludeOptions]) -> PathGlobs {
        let paths: Vec<_> = excludes.iter().filter_map(|exclude| exclude.path.clone()).collect();
        let globs = self.globs("path of `exclude`", &paths);
        let excluding = affirmed(&paths);
        let help = "name what is not to be scanned; a scan of nothing finds nothing";
        let total: Vec<_> = excluding.iter().filter(|path| match_every_path(&[path])).collect();
        for path in &total {
            self.fault(path.line, "this `exclude` matches everything", help);
        }
        if let (true, true, Some(last)) = (total.is_empty(), match_every_path(&excluding), excluding.last()) {
            self.fault(last.line, "the entries of `exclude` together match everything", help);
        }
        globs
    }

    fn allow(&mut self, options: AllowOptions) -> Allow {
        let has_conditions = [&options.paths, &options.rules, &options.values, &options.fingerprints, &options.commits];
        let has_conditions = has_conditions.iter().any(|entries| !entries.is_empty());
        let faults_before = self.faults.len();
        let any_path = options.paths.is_empty() || match_every_path(&affirmed(&options.paths));
        let allow = Allow {
            paths: self.globs("`paths` of [[allow]]", &options.paths),
            values: self.values(&options.values),
            fingerprints: self.fingerprints(&options.fingerprints),
            commits: self.commits(&options.commits),
            rules: self.rules(options.rules),
            reason: options.reason.map_or(String::new(), |entry| entry.value.trim().to_owned()),
            line: options.line,
            was_used: AtomicBool::new(false),
        };
        let help = "say which `paths`, `rules`, `values`, `fingerprints` or `commits` it is about";
        let can_judge = self.is_whole && self.faults.len() == faults_before;
        if can_judge && !has_conditions {
            self.fault(options.line, "[[allow]] has no condition: it would match everything", help);
        } else if can_judge && any_path && self.matches_everything(&allow) {
            self.fault(options.line, "[[allow]] would match everything", help);
        }
        allow
    }

    /// Whether every condition of an entry but its paths always holds.
    fn matches_everything(&self, allow: &Allow) -> bool {
        self.rule_ids.iter().all(|id| allow.rules.is_empty() || allow.rules.contains(id))
            && (allow.values.is_empty() || match_any_value(&allow.values))
            && allow.fingerprints.is_empty()
            && allow.commits.is_empty()
    }

    fn globs(&mut self, what: &str, entries: &[Entry<String>]) -> PathGlobs {
        let globs: Vec<_> = entries.iter().map(|entry| entry.value.as_str()).collect();
        let only_negated = !globs.is_empty() && globs.iter().all(|glob| glob.starts_with('!'));
        match PathGlobs::new(&globs) {
            Ok(globs) => {
                if let (true, Some(first)) = (only_negated, entries.first()) {
                    let help = "a glob that begins with `!` takes back what an earlier one matches";
                    self.fault(first.line, format!("{what} match nothing"), help);
                }
                globs
            }
            Err(errors) => {
                for (number, message) in errors {
                    let help = "it is a glob as in .gitignore: `tests/**`, `*.lock`, `/docs/`";
                    self.fault(entries[number].line, format!("{what} has a glob that is not valid: {message}"), help);
                }
                PathGlobs::none()
            }
        }
    }

    fn rules(&mut self, entries: Vec<Entry<String>>) -> Vec<String> {
        for Entry { value, line } in entries.iter().filter(|entry| !self.rule_ids.contains(&entry.value)) {
            if !self.has_all_rules {
                continue;
            }
            let known = || {
                let ids: Vec<_> = self.rule_ids.iter().map(|id| format!("`{id}`")).collect();
                format!("rules are {}", ids.join(", "))
            };
            let ids = self.rule_ids.iter().map(String::as_str);
            let help = document::did_you_mean(value, ids).unwrap_or_else(known);
            let message = "`rules` of [[allow]] names a rule that does not exist".to_owned();
            self.faults.push(Fault { line: *line, message, help: Some(help) });
        }
        entries.into_iter().map(|entry| entry.value).collect()
    }

    fn values(&mut self, entries: &[Entry<String>]) -> Vec<Regex> {
        let mut values = Vec::new();
        for Entry { value, line } in entries {
            match rule::regex(value) {
                Ok(regex) if rule::can_match_nothing(&regex) => {
                    let message = "`values` of [[allow]] has an expression that matches the empty string";
                    self.fault(*line, message, "it would match every value; write what the allowed ones have");
                }
                Ok(regex) => values.push(regex),
                Err(message) => {
                    let message = format!("`values` of [[allow]] has an expression that does not compile: {message}");
                    self.fault(*line, message, "see the syntax of Rust's `regex` crate; there is no look-around");
                }
            }
        }
        values
    }

    fn fingerprints(&mut self, entries: &[Entry<String>]) -> Vec<Fingerprint> {
        let mut fingerprints = Vec::new();
        for Entry { value, line } in entries {
            match Fingerprint::parse(value) {
                Some(fingerprint) => fingerprints.push(fingerprint),
                None => self.fault(
                    *line,
                    "`fingerprints` of [[allow]] has one that is malformed",
                    "copy it from a report: `kh1:` and 32 digits of 0-9 and a-f",
                ),
            }
        }
        fingerprints
    }

    fn commits(&mut self, entries: &[Entry<String>]) -> Vec<String> {
        let mut commits = Vec::new();
        for Entry { value, line } in entries {
            if COMMIT_DIGITS.contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                commits.push(value.to_ascii_lowercase());
            } else {
                let help = "write 7 to 64 hexadecimal digits of its object id, as `git log` shows it";
                self.fault(*line, "`commits` of [[allow]] has one that is malformed", help);
            }
        }
        commits
    }
}

/// Globs without those that begin with `!`, which take back what others match: one must not make up for another that
/// matches everything.
fn affirmed(globs: &[Entry<String>]) -> Vec<&Entry<String>> {
    globs.iter().filter(|glob| !glob.value.starts_with('!')).collect()
}

fn match_every_path(globs: &[&Entry<String>]) -> bool {
    let globs: Vec<_> = globs.iter().map(|glob| glob.value.as_str()).collect();
    PathGlobs::new(&globs).is_ok_and(|globs| globs.match_everything())
}

/// Whether one of these expressions asks for nothing that a value must have, or together they match whatever looks like
/// a key.
fn match_any_value(values: &[Regex]) -> bool {
    let asks_nothing = |regex: &Regex| {
        ["~", "A", "z", "0", "_", "-", "\u{e9}"].iter().all(|text| regex.is_match(text.repeat(80).as_bytes()))
    };
    values.iter().any(asks_nothing)
        || key_shaped().iter().all(|key| values.iter().any(|regex| regex.is_match(key.as_bytes())))
}

/// Values in the forms that keys have: what matches all of them matches nearly every key. They open nothing.
fn key_shaped() -> Vec<String> {
    const DIGITS: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    // So many that they have no single letter or digit in common.
    (0..8_u8)
        .flat_map(|number| {
            let digest = Sha256::digest([number]);
            let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            let in_base = |base: u8| digest.iter().map(move |byte| char::from(DIGITS[usize::from(byte % base)]));
            let base62: String = in_base(62).take(24).collect();
            let base36: String = in_base(36).collect();
            let uuid = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..32]].join("-");
            [format!("sk_live_{hex}"), format!("sk_test_{base62}"), hex, base62, base36, uuid]
        })
        .collect()
}

#[cfg(test)]
mod tests;
