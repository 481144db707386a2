//! Hooks of git that call keyhound: written, looked at and taken away again. What stood in their place before is kept
//! beside them, and called first: it may change what is committed.

use std::{
    fmt::Write as _,
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
};

use crate::platform;

/// How the second line of every hook of ours begins.
const MARK: &str = "# keyhound: ";

/// What is added to the name of a hook that was there before.
const BEFORE: &str = ".before-keyhound";

/// What pre-commit adds to the name of a hook that was there before, which it goes on calling.
const KEPT: &str = ".legacy";

/// The hooks of git (githooks(5)) that a directory for all repositories has to hand on to those of each: git looks into no
/// other. Those of `git p4` are set up otherwise.
const HANDED_ON: [&str; 24] = [
    "applypatch-msg",
    "commit-msg",
    "post-applypatch",
    "post-checkout",
    "post-commit",
    "post-index-change",
    "post-merge",
    "post-receive",
    "post-rewrite",
    "post-update",
    "pre-applypatch",
    "pre-auto-gc",
    "pre-commit",
    "pre-merge-commit",
    "pre-push",
    "pre-rebase",
    "pre-receive",
    "prepare-commit-msg",
    "proc-receive",
    "push-to-checkout",
    "reference-transaction",
    "sendemail-validate",
    "update",
    "fsmonitor-watchman",
];

/// Where there is a hook of this name, git leaves it to the hook to update the files that a push into a checked out branch
/// changes (`receive.denyCurrentBranch = updateInstead`).
const UPDATES: &str = "push-to-checkout";

/// What git does then without such a hook: `push_to_deploy` of its `builtin/receive-pack.c`.
const UPDATE: &str = "\
if [ -z \"$called\" ]; then
    head=$(git rev-parse --verify --quiet HEAD) || head=$(git hash-object -t tree /dev/null)
    git update-index -q --ignore-submodules --refresh &&
        git diff-files --quiet --ignore-submodules -- &&
        git diff-index --quiet --cached --ignore-submodules \"$head\" -- &&
        git read-tree -u -m \"$head\" \"$1\" || exit
fi
";

/// A hook in which keyhound looks for keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hook {
    PreCommit,
    PrePush,
}

impl Hook {
    /// As git calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::PreCommit => "pre-commit",
            Self::PrePush => "pre-push",
        }
    }
}

/// A directory of hooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    pub path: PathBuf,
    /// It serves all repositories, in the place of their own directories of hooks.
    pub is_global: bool,
}

/// What stands in the place of a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Absent,
    /// It was not written by keyhound.
    Foreign,
    /// The same, but it calls the one of ours that it took the place of.
    Called,
    /// It looks for keys.
    Ours,
    /// It was written by keyhound, and git does not run it or it finds no program.
    Broken,
}

/// What installing or uninstalling a hook did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// There was nothing to do.
    Nothing,
    /// It was written or taken away.
    Changed,
    /// So it was, and the hook that was there before is kept beside it, or back in its place.
    Moved,
}

impl Directory {
    /// Where the hook is.
    pub fn file(&self, hook: Hook) -> PathBuf {
        self.path.join(hook.name())
    }

    /// What stands in the place of a hook.
    pub fn state(&self, hook: Hook) -> io::Result<State> {
        let file = self.file(hook);
        let Some(text) = ours(&file)? else {
            if self.is_called_by_another(hook) {
                return Ok(State::Called);
            }
            return Ok(if file.symlink_metadata().is_ok() { State::Foreign } else { State::Absent });
        };
        if !text.contains(&format!("hook {}", hook.name())) {
            return Ok(State::Absent);
        }
        let program = text.lines().find_map(|line| line.strip_prefix("keyhound="));
        let is_there = program.is_some_and(|word| is_executable(Path::new(&unquoted(word))));
        Ok(if is_there && is_executable(&file) { State::Ours } else { State::Broken })
    }

    /// Whether another tool keeps our hook beside its own and calls it: pre-commit does (`pre-commit install`).
    pub fn is_called_by_another(&self, hook: Hook) -> bool {
        let kept = ours(&self.path.join(format!("{}{KEPT}", hook.name())));
        kept.is_ok_and(|text| text.is_some()) && ours(&self.file(hook)).is_ok_and(|text| text.is_none())
    }

    /// Puts a hook back that was kept beside one of ours which is gone. Says whether there was one.
    pub fn restore(&self, hook: Hook) -> io::Result<bool> {
        let (file, before) = (self.file(hook), self.path.join(format!("{}{BEFORE}", hook.name())));
        let is_lone = file.symlink_metadata().is_err() && before.symlink_metadata().is_ok();
        if is_lone {
            fs::rename(before, file)?;
        }
        Ok(is_lone)
    }

    /// Writes a hook that calls `program`. A foreign one is kept beside it; fails if one is kept there already.
    pub fn install(&self, hook: Hook, program: &Path) -> io::Result<Done> {
        if self.is_called_by_another(hook) {
            return Ok(Done::Nothing);
        }
        fs::create_dir_all(&self.path)?;
        let done = self.write(hook.name(), &self.script(hook.name(), Some((hook, program))))?;
        if self.is_global {
            for name in HANDED_ON {
                // One that looks for keys stays so.
                if ours(&self.path.join(name))?.is_none() {
                    self.write(name, &self.script(name, None))?;
                }
            }
        }
        Ok(done)
    }

    /// Takes a hook of ours away, and puts back what was there before.
    pub fn uninstall(&self, hook: Hook) -> io::Result<Done> {
        if self.is_global && matches!(self.state(hook)?, State::Ours | State::Broken) {
            // The others are still to be handed on.
            return self.write(hook.name(), &self.script(hook.name(), None));
        }
        self.remove(hook.name())
    }

    /// Takes all hooks of ours away from a directory for all repositories, unless one of them looks for keys. Says whether
    /// they are gone.
    pub fn abandon(&self) -> io::Result<bool> {
        for hook in [Hook::PreCommit, Hook::PrePush] {
            if matches!(self.state(hook)?, State::Ours | State::Broken) {
                return Ok(false);
            }
        }
        for name in HANDED_ON {
            self.remove(name)?;
        }
        Ok(true)
    }

    fn remove(&self, name: &str) -> io::Result<Done> {
        let file = self.path.join(name);
        if ours(&file)?.is_none() {
            return Ok(Done::Nothing);
        }
        let before = self.path.join(format!("{name}{BEFORE}"));
        if before.symlink_metadata().is_ok() {
            fs::rename(before, file)?;
            return Ok(Done::Moved);
        }
        fs::remove_file(file)?;
        Ok(Done::Changed)
    }

    fn write(&self, name: &str, script: &str) -> io::Result<Done> {
        let file = self.path.join(name);
        let present = ours(&file)?;
        if present.as_deref() == Some(script) && is_executable(&file) {
            return Ok(Done::Nothing);
        }
        // Whatever fails, a hook that was there is heeded: nothing is moved before there is something to put in its place.
        let mut beside = tempfile::Builder::new().prefix(".keyhound-").tempfile_in(&self.path)?;
        beside.write_all(script.as_bytes())?;
        platform::make_executable(beside.as_file())?;
        if present.is_some() || file.symlink_metadata().is_err() {
            beside.persist(file).map_err(|error| error.error)?;
            return Ok(Done::Changed);
        }
        let before = self.path.join(format!("{name}{BEFORE}"));
        if before.symlink_metadata().is_ok() {
            let message = format!("{} and {} are both hooks of others", file.display(), before.display());
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, message));
        }
        fs::rename(&file, &before)?;
        if let Err(error) = beside.persist(&file) {
            fs::rename(before, file)?;
            return Err(error.error);
        }
        Ok(Done::Moved)
    }

    /// A hook, for any POSIX shell: it calls what was there before, what the repository has of its own, then keyhound.
    fn script(&self, name: &str, check: Option<(Hook, &Path)>) -> String {
        let mut script = format!("#!/bin/sh\n{MARK}a hook of git; `keyhound uninstall` takes it away.\n");
        let has_input = check.is_some_and(|(hook, _)| hook == Hook::PrePush);
        let (mut call, feed) = (String::new(), if has_input { "feed | " } else { "" });
        if has_input {
            // Each that is called gets all of it.
            script.push_str("input=$(cat)\nfeed() { [ -z \"$input\" ] || printf '%s\\n' \"$input\"; }\n");
        }
        let updates = name == UPDATES;
        let mut chain = |place: &str| {
            let end = format!("{feed}\"$next\" \"$@\" || exit{}", if updates { "; called=1" } else { "" });
            write!(call, "next={place}\nif [ -f \"$next\" ] && [ -x \"$next\" ]; then {end}; fi\n")
                .expect("invariant: a string takes what is written to it");
        };
        chain(&format!("${{0%/*}}/{name}{BEFORE}"));
        if self.is_global {
            chain(&format!("$common/hooks/{name}"));
            // Most hooks are called often, and there is none: no program is started to find that out where git has said
            // where the repository is, and it is no linked working tree.
            script.push_str(
                "common=${GIT_DIR-}\nif [ -z \"$common\" ] || [ -e \"$common/commondir\" ]; then\n    \
                 common=$(git rev-parse --git-common-dir || echo /dev/null)\nfi\n",
            );
        }
        if updates {
            script.push_str("called=\n");
        }
        script.push_str(&call);
        if updates {
            script.push_str(UPDATE);
        }
        if let Some((hook, program)) = check {
            let (name, what) = match hook {
                Hook::PreCommit => ("pre-commit", "commit"),
                Hook::PrePush => ("pre-push", "push"),
            };
            write!(
                script,
                "keyhound={}\n\
                 [ -x \"$keyhound\" ] || keyhound=$(command -v keyhound) || {{\n    \
                     echo \"keyhound is not found, so nothing was checked and this {what} is stopped.\" >&2\n    \
                     echo \"Install it again, or take this hook away:\" >&2\n    \
                     case $0 in /*) hook=$0 ;; *) hook=$PWD/$0 ;; esac\n    \
                     if [ -e \"$hook{BEFORE}\" ]; then echo \"  mv '$hook{BEFORE}' '$hook'\" >&2\n    \
                     else echo \"  rm '$hook'\" >&2; fi\n    \
                     exit 1\n\
                 }}\n\
                 {feed}\"$keyhound\" hook {name}{}\n",
                quoted(&program.display().to_string()),
                if has_input { " \"$@\"" } else { "" },
            )
            .expect("invariant: a string takes what is written to it");
        }
        script
    }
}

/// The text of a hook, if keyhound wrote it.
fn ours(file: &Path) -> io::Result<Option<String>> {
    match fs::read(file) {
        Ok(text) => {
            let text = String::from_utf8_lossy(&text).into_owned();
            Ok(text.lines().nth(1).is_some_and(|line| line.starts_with(MARK)).then_some(text))
        }
        // A link that leads nowhere is not ours either.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn is_executable(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|metadata| platform::is_executable(&metadata))
}

/// A text as one word of a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// What [`quoted`] quoted.
fn unquoted(word: &str) -> String {
    let inner = word.strip_prefix('\'').and_then(|word| word.strip_suffix('\'')).unwrap_or(word);
    inner.replace("'\\''", "'")
}
