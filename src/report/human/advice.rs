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

/// What was said and holds for later findings too. What to do is never among it: it differs by place and provider.
#[derive(Default)]
pub(super) struct Said {
    reasons: BTreeSet<String>,
    /// How to allow a value that has a fingerprint, and one that is too weak for that.
    allow: [bool; 2],
}

/// Writes why it matters, the fix, and how to allow it.
pub(super) fn write(page: &Page<'_>, finding: &Finding, said: &mut Said, out: &mut dyn Write) -> io::Result<()> {
    let rules = &page.report.rules;
    let mut note = |title, text: &str| page.note(frame::digits(finding), title, text, out);
    let git = git_advice(page, finding);
    let git = git.as_deref();
    // A key in a file that git ignores is where it belongs: nothing is to be revoked.
    if finding.git_state == Some(GitState::Ignored) {
        git.map_or(Ok(()), |git| note("note", git))?;
    } else {
        let why = page.of_rule(finding.rule, &rules.rule(finding.rule).description);
        if !said.reasons.contains(&why) {
            note("why", &why)?;
            said.reasons.insert(why);
        }
        let remedy = page.of_rule(finding.rule, rules.remedy(finding.rule, finding.provider));
        let advice = match finding.git_state {
            // What git does not have yet has not leaked by git.
            Some(GitState::Untracked) => [("fix", git), ("if it got out", Some(&*remedy))],
            _ => [("fix", Some(&*remedy)), ("then", git)],
        };
        for (title, text) in advice {
            text.map_or(Ok(()), |text| note(title, text))?;
        }
    }
    if !finding.is_weak() {
        note("fingerprint", finding.fingerprint.as_str())?;
    }
    write_allow(page, finding, frame::digits(finding), said, out)
}

/// Writes how to allow a finding, once for those with a fingerprint and once for weak ones, below a line or frame with
/// line numbers of so many digits.
pub(super) fn write_allow(
    page: &Page<'_>,
    finding: &Finding,
    digits: usize,
    said: &mut Said,
    out: &mut dyn Write,
) -> io::Result<()> {
    let is_said = &mut said.allow[usize::from(finding.is_weak())];
    if *is_said {
        return Ok(());
    }
    let entry = allow_entry(page, finding);
    let add = format!("add this to {}, with a reason of your own", page.policy());
    let text = match (finding.is_weak(), &entry) {
        (false, _) => {
            let config = if page.view.allowing.is_elsewhere {
                format!(" --config {}", shell_word(page.policy()))
            } else {
                String::new()
            };
            let place =
                if page.report.is_judged_by_base { "in a pull request of its own that is merged first, " } else { "" };
            let command = format!("`keyhound allow {} --reason TEXT{config}`", finding.fingerprint);
            format!("if it is no leak, {place}run {command}, or {add}")
        }
        (true, Some(_)) => {
            format!("if it is no leak, {add}; it allows every value that this rule finds in this file")
        }
        (true, None) if finding.location == Where::File => {
            "if it is no leak, write a comment on its line: `keyhound:allow -- REASON`".to_owned()
        }
        (true, None) => return Ok(()),
    };
    *is_said = true;
    page.note(digits, "allow", &text, out)?;
    entry.iter().flat_map(|entry| entry.lines()).try_for_each(|line| writeln!(out, "    {line}"))
}

/// What to do with the file, by where git has it.
fn git_advice(page: &Page<'_>, finding: &Finding) -> Option<String> {
    let file = page.shell_path(&finding.path);
    let history = "If it was ever committed it is still in history: only revoking the key ends the leak.";
    match finding.location {
        Where::Path if finding.past.is_none() => return Some(format!("Rename the file. {history}")),
        Where::File if finding.git_state != Some(GitState::History) => {}
        _ => return Some(in_git(finding)),
    }
    let state = finding.git_state?;
    let history = match state {
        GitState::Staged => {
            "A key that was only staged needs no rewriting of history; one that was committed is in it."
        }
        _ => history,
    };
    Some(match (state, &finding.ignored_by) {
        (GitState::History, _) => in_git(finding),
        (GitState::Tracked | GitState::Staged, _) if finding.is_sparse && !finding.first().on_disk => format!(
            "git has the file but leaves it out of the working tree (sparse checkout): get it with `git \
             sparse-checkout add`, then read the key from the environment instead. {history}"
        ),
        (GitState::Tracked | GitState::Staged, Some(rule)) => {
            let source = page.rules_file(&rule.source);
            let pattern = page.text(&rule.pattern);
            format!(
                "git tracks this file although {source}:{} (`{pattern}`) ignores it: `git rm --cached -- {file}` ends \
                 that and keeps the file. {history}",
                rule.line
            )
        }
        (GitState::Tracked | GitState::Staged, None) if !finding.first().on_disk => format!(
            "The index has it, the file on disk does not: `git add -- {file}` stages the file as it is now. {history}"
        ),
        (GitState::Tracked, None) => format!("Read the key from the environment instead. {history}"),
        (GitState::Staged, None) => {
            format!("Take it out of the file and stage that again: `git add -- {file}`. {history}")
        }
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

/// What to do about what only commits and other objects of git hold.
fn in_git(finding: &Finding) -> String {
    let local_only = finding.past.as_ref().is_some_and(|past| past.local_only);
    if local_only {
        return "Nothing that is pushed holds it. If it never left this clone, `git reflog expire --expire=now --all` \
                and `git gc --prune=now` remove it."
            .to_owned();
    }
    let rewrite = match finding.location {
        Where::Ref => "Rename it, here and where it was pushed to.",
        Where::CommitMessage | Where::Header => "If it was not pushed yet, `git rebase -i` can reword the commit.",
        Where::TagMessage => "If it was not pushed yet, delete the tag and make it anew.",
        Where::Note => "`git notes edit` changes the note; its history keeps the old one.",
        Where::File | Where::Path => {
            "Once it is revoked, allow it by its fingerprint; or, if nobody has the commits yet, rewrite the branch \
             without it (`git rebase -i`, `git filter-repo`)."
        }
    };
    format!("It is in history: only revoking the key ends the leak. {rewrite}")
}

/// Whether a file is of the kind that is made to hold secrets and never meant for git.
pub(super) fn keeps_secrets(path: &BStr) -> bool {
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

/// An `[[allow]]` entry for a finding: by its fingerprint and place. That of a weak value would betray it in a file that
/// is committed: such a value is allowed by rule and place, with all others that the rule finds there. `None`: it is
/// weak, and its place cannot be written down.
fn allow_entry(page: &Page<'_>, finding: &Finding) -> Option<String> {
    let path = glob::literal(BStr::new(&finding.path));
    let is_shown = finding.file().is_some()
        && finding.path.to_str().is_ok()
        && page.masker.mask(path.as_bytes()) == path.as_bytes();
    let paths = Some(&path).filter(|_| is_shown).map(|path| format!("paths = [{}]\n", toml_string(path)));
    let conditions = if finding.is_weak() {
        let rule = toml_string(&page.report.rules.rule(finding.rule).id);
        format!("rules = [{rule}]\n{}", paths?)
    } else {
        let fingerprint = toml_string(finding.fingerprint.as_str());
        format!("fingerprints = [{fingerprint}]\n{}", paths.unwrap_or_default())
    };
    Some(format!("[[allow]]\n{conditions}reason = \"why this may stay\""))
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
pub(super) fn shell_word(text: String) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"./_-+@:".contains(&byte);
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
