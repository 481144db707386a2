//! What to do about a finding: revoke the key where it was issued, then mend the file by what git knows of it; and, if it
//! is no secret, how to say so. The words about providers are the rules' own.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    io::{self, Write},
    path::Path,
};

use bstr::{BStr, BString, ByteSlice};

use super::{Page, frame};
use crate::{
    finding::{Finding, GitState, Where},
    glob,
    report::sanitize,
};

/// Advice that was given: it is not repeated in full.
#[derive(Default)]
pub(super) struct Said {
    texts: BTreeSet<String>,
    allow: bool,
}

impl Said {
    /// A text, unless it was given before.
    fn once(&mut self, text: String) -> Option<String> {
        (!self.texts.contains(&text)).then(|| {
            self.texts.insert(text.clone());
            text
        })
    }
}

/// Writes why it matters, the fix, and how to allow it.
pub(super) fn write(page: &Page<'_>, finding: &Finding, said: &mut Said, out: &mut dyn Write) -> io::Result<()> {
    let rules = &page.report.rules;
    let mut note = |title, text: &str| page.note(frame::digits(finding), title, text, out);
    let git = git_advice(page, finding).and_then(|advice| said.once(advice));
    let git = git.as_deref();
    // A key in a file that git ignores is where it belongs: nothing is to be revoked.
    if finding.git_state == Some(GitState::Ignored) {
        git.map_or(Ok(()), |git| note("note", git))?;
    } else {
        if let Some(why) = said.once(page.text(rules.rule(finding.rule).description.as_bytes())) {
            note("why", &why)?;
        }
        let remedy = said.once(page.text(rules.remedy(finding.rule, finding.provider).as_bytes()));
        let remedy = remedy.as_deref().unwrap_or("as above");
        let advice = match finding.git_state {
            // What git does not have yet has not leaked by git.
            Some(GitState::Untracked) => [("fix", git), ("if it got out", Some(remedy))],
            _ => [("fix", Some(remedy)), ("then", git)],
        };
        for (title, text) in advice {
            text.map_or(Ok(()), |text| note(title, text))?;
        }
    }
    if !finding.is_weak() {
        note("fingerprint", finding.fingerprint.as_str())?;
    }
    if !said.allow {
        said.allow = true;
        let entry = format!("add this to {}, with a reason of your own", page.policy());
        if finding.is_weak() {
            note("no leak?", &entry)?;
        } else {
            let config = if page.view.allowing.is_elsewhere {
                format!(" --config {}", shell_word(page.policy()))
            } else {
                String::new()
            };
            let command = format!("keyhound allow {} --reason TEXT{config}", finding.fingerprint);
            note("no leak?", &format!("run `{command}`, or {entry}"))?;
        }
        for line in allow_entry(page, finding).lines() {
            writeln!(out, "    {line}")?;
        }
    }
    Ok(())
}

/// What to do with the file, by where git has it.
fn git_advice(page: &Page<'_>, finding: &Finding) -> Option<String> {
    let file = page.shell_path(&finding.path);
    let history = "If it was ever committed it is still in history: only revoking the key ends the leak.";
    if finding.location == Where::Path {
        return Some(format!("Rename the file. {history}"));
    }
    Some(match (finding.git_state?, &finding.ignored_by) {
        (GitState::Tracked, Some(rule)) => {
            let source = page.rules_file(&rule.source);
            let pattern = page.text(&rule.pattern);
            format!(
                "git tracks this file although {source}:{} (`{pattern}`) ignores it: `git rm --cached -- {file}` ends \
                 that and keeps the file. {history}",
                rule.line
            )
        }
        (GitState::Tracked, None) => format!("Read the key from the environment instead. {history}"),
        (GitState::Staged, _) => format!(
            "The key is staged; the file itself no longer has it: `git add -- {file}` stages the file as it is now. A \
             key that was only staged needs no rewriting of history."
        ),
        (GitState::Untracked, None) if keeps_secrets(BStr::new(&finding.path)) => format!(
            "Nothing keeps this file out of git. Add this line to {}: `{}`",
            page.path(&".gitignore".into()),
            page.text(glob::literal(BStr::new(&finding.path)).as_bytes())
        ),
        (GitState::Untracked, _) => "git does not track this file yet: take the key out before you add it.".to_owned(),
        (GitState::Ignored, _) => {
            "git ignores this file, so the key stays on this machine; that is where it belongs, if nothing else \
             publishes or copies the directory."
                .to_owned()
        }
    })
}

/// Whether a file is of the kind that is made to hold secrets and never meant for git.
fn keeps_secrets(path: &BStr) -> bool {
    let name = path.rsplit_str("/").next().unwrap_or_default().to_ascii_lowercase();
    let example = [".example", ".sample", ".template", ".dist"];
    if example.iter().any(|end| name.ends_with_str(end)) {
        return false;
    }
    name == b".env"
        || name == b".envrc"
        || name == b"local.settings.json"
        || name.starts_with(b".env.")
        || [".env", ".tfvars", ".pem", ".key"].iter().any(|end| name.ends_with_str(end))
}

/// An `[[allow]]` entry for this finding alone. The fingerprint of a weak value is no secret's friend in a file that is
/// committed: such a value is allowed by place and rule.
fn allow_entry(page: &Page<'_>, finding: &Finding) -> String {
    let path = glob::literal(BStr::new(&finding.path));
    let is_shown = finding.path.to_str().is_ok() && page.masker.mask(path.as_bytes()) == path.as_bytes();
    let conditions = match Some(&path).filter(|_| is_shown) {
        Some(path) if finding.is_weak() => {
            let rule = toml_string(&page.report.rules.rule(finding.rule).id);
            format!("rules = [{rule}]\npaths = [{}]", toml_string(path))
        }
        Some(path) => {
            let fingerprint = toml_string(finding.fingerprint.as_str());
            format!("fingerprints = [{fingerprint}]\npaths = [{}]", toml_string(path))
        }
        None => format!("fingerprints = [{}]", toml_string(finding.fingerprint.as_str())),
    };
    format!("[[allow]]\n{conditions}\nreason = \"why this may stay\"")
}

/// A TOML basic string (TOML 1.0, "String") in which nothing hides.
fn toml_string(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if sanitize::is_hidden(c) => {
                write!(quoted, "\\U{:08X}", u32::from(c)).expect("invariant: a string takes what is written to it");
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

impl Page<'_> {
    /// A path as an argument for a POSIX shell, if it can be shown as it is.
    fn shell_path(&self, path: &BString) -> String {
        shell_word(self.path(path))
    }

    /// A file of ignore rules: those of the tree are relative to its root.
    fn rules_file(&self, source: &str) -> String {
        if Path::new(source).is_absolute() { self.text(source.as_bytes()) } else { self.path(&source.into()) }
    }
}

/// A text as one word of a POSIX shell.
fn shell_word(text: String) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/' | b'_' | b'-' | b'+' | b'@');
    if text.bytes().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_made_for_secrets_are_known() {
        for path in [".env", "a/.env.local", "prod.env", ".envrc", "x/terraform.tfvars", "api/local.settings.json"] {
            assert!(keeps_secrets(path.into()), "{path}");
        }
        for path in [".env.example", "environment.py", "a.env/main.py", "settings.json"] {
            assert!(!keeps_secrets(path.into()), "{path}");
        }
    }

    #[test]
    fn toml_strings_are_read_back() {
        for text in ["plain", "quo\"te", "back\\slash", "tab\tnewline\n", "bidi\u{202e}", "nul\0é字"] {
            let quoted = toml_string(text);
            assert!(!quoted.chars().any(sanitize::is_hidden));
            let read: toml::Table = format!("x = {quoted}").parse().unwrap();
            assert_eq!(read["x"].as_str(), Some(text));
        }
    }
}
