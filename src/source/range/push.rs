//! What a push would bring to a remote: the commits that nobody there has yet, of all references at once.

use std::path::Path;

use bstr::{BStr, BString, ByteSlice};

use super::{Options, Range};
use crate::source::{
    SourceError,
    git::{Environment, Git, ObjectId, Selection},
};

/// What is about to be pushed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Push {
    /// The name of the remote: what the clone knows of its branches is not new. A URL is the name of none; `None` stands
    /// for all remotes.
    pub remote: Option<BString>,
    pub refs: Vec<PushedRef>,
}

/// One reference that is about to be pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushedRef {
    /// What it will be: an id, or another revision.
    pub tip: BString,
    /// What the remote has there. It need not be in this clone.
    pub known: Option<BString>,
    /// Its full name at the remote.
    pub name: Option<BString>,
}

impl Push {
    /// Reads what git tells a `pre-push` hook on standard input (githooks(5)): `LOCAL-REF LOCAL-ID REMOTE-REF REMOTE-ID` a
    /// line, with an id of zeros for what is deleted or new. Deletions bring nothing.
    pub fn read(remote: Option<BString>, text: &[u8]) -> Result<Self, SourceError> {
        let mut refs = Vec::new();
        for (number, line) in text.lines().enumerate() {
            // The first may be any revision that was typed, with spaces in it.
            let mut fields = line.rsplitn_str(4, " ");
            let (known, name, tip) = (fields.next(), fields.next(), fields.next());
            let is_whole = fields.next().is_some();
            let is_id = |id: &[u8]| ObjectId::from_hex(id).is_ok();
            match (known, name, tip) {
                (Some(known), Some(name), Some(tip)) if is_whole && is_id(known) && is_id(tip) => {
                    let there = |id: &[u8]| Some(BString::from(id)).filter(|id| id.iter().any(|digit| *digit != b'0'));
                    let tip = there(tip);
                    refs.extend(tip.map(|tip| PushedRef { tip, known: there(known), name: Some(name.into()) }));
                }
                _ => {
                    return Err(SourceError {
                        message: format!(
                            "line {} of standard input is none that git gives a pre-push hook",
                            number + 1
                        ),
                        help: "give the hook git's standard input: `LOCAL-REF LOCAL-ID REMOTE-REF REMOTE-ID` a line"
                            .to_owned(),
                    });
                }
            }
        }
        Ok(Self { remote, refs })
    }
}

impl Range {
    /// As [`Range::open`], of what a push would bring; it must bring something.
    pub fn pushed(cwd: &Path, environment: &Environment, push: &Push, options: Options) -> Result<Self, SourceError> {
        let git = Git::around(cwd, environment)?;
        let mut selection = Selection::default();
        for PushedRef { tip, known, name } in &push.refs {
            git.select(tip.as_bstr(), &mut selection)?;
            if let Some(known) = known
                && has(&git, known.as_bstr())
            {
                git.select([b"^", known.as_slice()].concat().as_bstr(), &mut selection)?;
            }
            selection.references.extend(name.clone());
        }
        selection.hidden.extend(remote_tips(&git, push)?);
        Self::selected(git, selection, options)
    }
}

/// Whether a revision is one of this clone: an id need not be.
fn has(git: &Git, revision: &BStr) -> bool {
    ObjectId::from_hex(revision).map_or(true, |id| git.objects().any(id).is_ok())
}

/// What is known of a remote's branches, the one that is checked out there first: it judges, if there is nothing better.
fn remote_tips(git: &Git, push: &Push) -> Result<Vec<ObjectId>, SourceError> {
    let remote = push.remote.as_ref();
    if remote.is_some_and(|remote| git.is_pushed_elsewhere(&remote.to_string())) {
        return Ok(Vec::new());
    }
    let prefix = remote.map_or_else(|| "refs/remotes/".into(), |remote| format!("refs/remotes/{remote}/"));
    let fail = |message: &String| SourceError {
        message: format!("what was pushed before cannot be told: {message}"),
        help: "`git fsck` names what is broken".to_owned(),
    };
    let references = git.references().map_err(|message| fail(&message))?;
    if let Some(message) = references.broken.first() {
        return Err(fail(message));
    }
    let mut tips: Vec<_> =
        references.named.into_iter().filter(|(name, _)| name.starts_with(prefix.as_bytes())).collect();
    // The remote says that it has no such branch, though it had one: it is not the one that was known, or not as it was.
    let is_stale = |pushed: &PushedRef| {
        let branch = pushed.name.as_ref().and_then(|name| name.strip_prefix(b"refs/heads/"));
        let known = branch.map(|branch| [prefix.as_bytes(), branch].concat());
        pushed.known.is_none() && known.is_some_and(|known| tips.iter().any(|(name, _)| name == known.as_slice()))
    };
    if remote.is_some() && push.refs.iter().any(is_stale) {
        return Ok(Vec::new());
    }
    // Without `git remote set-head` nothing says which branch that is: its name does, mostly.
    let likely: [&[u8]; 3] = [b"HEAD", b"main", b"master"];
    let rank = |name: &[u8]| likely.iter().position(|branch| name.strip_prefix(prefix.as_bytes()) == Some(*branch));
    tips.sort_by_key(|(name, _)| rank(name).unwrap_or(likely.len()));
    Ok(tips.into_iter().map(|(_, id)| id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_git_are_read() {
        let (one, two, none) = ("1".repeat(40), "2".repeat(40), "0".repeat(40));
        let text = format!(
            "refs/heads/a {one} refs/heads/b {two}\nHEAD~1 {one} refs/heads/new {none}\n\
             (delete) {none} refs/heads/gone {two}\n@{{1 day ago}} {two} refs/tags/t {none}\n"
        );
        let pushed = |tip: &str, known: Option<&str>, name: &str| PushedRef {
            tip: tip.into(),
            known: known.map(Into::into),
            name: Some(name.into()),
        };
        let push = Push::read(Some("origin".into()), text.as_bytes()).unwrap();
        assert_eq!(
            push.refs,
            [
                pushed(&one, Some(&two), "refs/heads/b"),
                pushed(&one, None, "refs/heads/new"),
                pushed(&two, None, "refs/tags/t"),
            ]
        );
        assert_eq!(Push::read(None, b"").unwrap().refs, []);
        let (long, zeros) = ("a".repeat(64), "0".repeat(64));
        let text = format!("refs/heads/a {long} refs/heads/b {zeros}\n");
        assert_eq!(Push::read(None, text.as_bytes()).unwrap().refs, [pushed(&long, None, "refs/heads/b")]);
    }

    #[test]
    fn anything_else_is_an_error() {
        let one = "1".repeat(40);
        for text in ["x", "\n", &format!("a {one} b"), &format!("a {one} b {one}0"), &format!("a  b {one}")] {
            assert!(Push::read(None, text.as_bytes()).is_err(), "{text}");
        }
    }
}
