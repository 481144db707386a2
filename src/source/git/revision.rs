//! What people and CI call commits: names, ids, ranges of them. Turned into ids as `git rev-parse` does.

use std::collections::HashSet;

use gix::{
    ObjectId,
    bstr::{BStr, BString, ByteSlice},
    objs::Kind,
    revision::plumbing::Spec,
};

use super::{
    Git, ObjectError, Objects, SourceError, causes,
    text::{CommitText, TagText},
};

/// Commits to start from, and commits to leave out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::source) struct Selection {
    pub(in crate::source) tips: Vec<ObjectId>,
    /// Together with all that they lead to.
    pub(in crate::source) hidden: Vec<ObjectId>,
    /// Of `hidden` those that the tips are compared with: not the left side of `A...B`, which is compared with where B left it.
    pub(in crate::source) bases: Vec<ObjectId>,
    /// Annotated tags on the way to the tips.
    pub(in crate::source) tags: Vec<ObjectId>,
    /// The full names of the references that the tips were called by.
    pub(in crate::source) references: Vec<BString>,
}

impl Git {
    /// Adds what a revision or a range means to a selection: `A`, `^A`, `A..B`, `A...B`, `A^@`, `A^!`.
    ///
    /// Fails where it means nothing in this repository, or no commit.
    pub(in crate::source) fn select(&self, text: &BStr, selection: &mut Selection) -> Result<(), SourceError> {
        let (spec, [first, second]) = self.spec(text)?;
        let mut objects = self.objects();
        let mut commit = |id: ObjectId, tags: &mut Vec<ObjectId>| {
            peel(&mut objects, id, tags).map_err(|(at, error)| self.no_commit(text, at, &error))
        };
        let mut left = Vec::new();
        match spec {
            Spec::Include(id) => {
                selection.tips.push(commit(id, &mut selection.tags)?);
                selection.references.extend(first);
            }
            Spec::Exclude(id) => {
                let id = commit(id, &mut left)?;
                selection.hidden.push(id);
                selection.bases.push(id);
            }
            Spec::Range { from, to } => {
                let from = commit(from, &mut left)?;
                selection.hidden.push(from);
                selection.bases.push(from);
                selection.tips.push(commit(to, &mut selection.tags)?);
                selection.references.extend(second);
            }
            Spec::Merge { theirs, ours } => {
                selection.hidden.push(commit(theirs, &mut left)?);
                selection.tips.push(commit(ours, &mut selection.tags)?);
                selection.references.extend(second);
            }
            Spec::IncludeOnlyParents(id) => {
                let id = commit(id, &mut left)?;
                selection.tips.extend(self.parents(&mut objects, id)?);
            }
            Spec::ExcludeParents(id) => {
                let id = commit(id, &mut selection.tags)?;
                selection.tips.push(id);
                let parents = self.parents(&mut objects, id)?;
                selection.hidden.extend(&parents);
                selection.bases.extend(parents);
            }
        }
        Ok(())
    }

    /// What a revision or range means, and the references that it names.
    fn spec(&self, text: &BStr) -> Result<(Spec, [Option<BString>; 2]), SourceError> {
        // After these anything can stand, dots too.
        let is_plain = !text.contains(&b':') && !text.contains_str("{/");
        if let Some((from, to)) = text.split_once_str("...").filter(|_| is_plain) {
            let ((theirs, first), (ours, second)) = (self.side(from.as_bstr())?, self.side(to.as_bstr())?);
            return Ok((Spec::Merge { theirs, ours }, [first, second]));
        }
        if let Some((from, to)) = text.split_once_str("..").filter(|_| is_plain) {
            let ((from, first), (to, second)) = (self.side(from.as_bstr())?, self.side(to.as_bstr())?);
            return Ok((Spec::Range { from, to }, [first, second]));
        }
        let (text, is_excluded) = text.strip_prefix(b"^").map_or((text, false), |rest| (rest.as_bstr(), true));
        if let Some(id) = full_id(text) {
            return Ok((if is_excluded { Spec::Exclude(id) } else { Spec::Include(id) }, [None, None]));
        }
        let local = self.local();
        let spec = local.rev_parse(text).map_err(|error| self.unknown(text, &error))?;
        let name = |reference: Option<&gix::refs::Reference>| reference.map(|it| it.name.as_bstr().to_owned());
        let names = [name(spec.first_reference()), name(spec.second_reference())];
        Ok(match spec.detach() {
            Spec::Include(id) if is_excluded => (Spec::Exclude(id), names),
            spec => (spec, names),
        })
    }

    /// What stands at one side of a range; nothing is HEAD.
    fn side(&self, text: &BStr) -> Result<(ObjectId, Option<BString>), SourceError> {
        // An id needs no asking: its object may be where only git's environment tells.
        if let Some(id) = full_id(text) {
            return Ok((id, None));
        }
        let name: &BStr = if text.is_empty() { "HEAD".into() } else { text };
        let local = self.local();
        let spec = local.rev_parse(name).map_err(|error| self.unknown(name, &error))?;
        let reference = spec.first_reference().map(|reference| reference.name.as_bstr().to_owned());
        match spec.detach() {
            Spec::Include(id) => Ok((id, reference)),
            _ => Err(SourceError {
                message: format!("`{name}` is no single commit, as each side of a range has to be"),
                help: "name several ranges one after the other".to_owned(),
            }),
        }
    }

    /// The parents of a commit, as it names them, those excepted that a shallow clone does not have.
    pub(in crate::source) fn parents(&self, objects: &mut Objects, id: ObjectId) -> Result<Vec<ObjectId>, SourceError> {
        if self.shallow()?.contains(&id) {
            return Ok(Vec::new());
        }
        let parents = objects.commit(id).and_then(CommitText::read).map(|commit| commit.parents);
        parents.map_err(|error| {
            let (message, help) = error.explained(id);
            SourceError { message, help }
        })
    }

    /// The commits at which a shallow clone ends; none in a whole one.
    pub(in crate::source) fn shallow(&self) -> Result<HashSet<ObjectId>, SourceError> {
        let local = self.local();
        let commits = local.shallow_commits().map_err(|error| super::unreadable(local.git_dir(), causes(&error)))?;
        Ok(commits.map(|commits| commits.iter().copied().collect()).unwrap_or_default())
    }

    fn unknown(&self, text: &BStr, error: &gix::Error) -> SourceError {
        // Each cause says it again; the last one says why.
        let why = error.iter_errors().last().map(ToString::to_string).unwrap_or_default();
        SourceError { message: format!("`{text}` names no commit here: {why}"), help: self.more_commits() }
    }

    fn no_commit(&self, text: &BStr, id: ObjectId, error: &ObjectError) -> SourceError {
        match error {
            ObjectError::Missing => SourceError {
                message: format!("`{text}` cannot be had: commit {id} is not in this clone"),
                help: self.more_commits(),
            },
            ObjectError::Broken(_) | ObjectError::Unavailable(_) => {
                let (message, help) = error.explained(id);
                SourceError { message: format!("`{text}` cannot be had: {message}"), help }
            }
        }
    }

    /// How to get commits that are not here.
    fn more_commits(&self) -> String {
        if self.shallow().is_ok_and(|shallow| shallow.is_empty()) {
            return "`git log` lists commits; `git fetch` brings those that a remote has since then".to_owned();
        }
        UNSHALLOW.to_owned()
    }
}

/// A date as git takes it, in seconds since 1970.
pub(in crate::source) fn date(text: &str) -> Option<i64> {
    gix::date::parse(text, Some(jiff::Zoned::now())).ok().map(|time| time.seconds)
}

/// How to mend a shallow clone.
pub(in crate::source) const UNSHALLOW: &str = "this clone is shallow: `git fetch --unshallow` brings the rest; in GitHub \
                                               Actions give actions/checkout `fetch-depth: 0`";

/// The commit that an object is or, as a tag, stands for.
fn peel(objects: &mut Objects, id: ObjectId, tags: &mut Vec<ObjectId>) -> Result<ObjectId, (ObjectId, ObjectError)> {
    let mut at = id;
    loop {
        let (kind, content) = objects.any(at).map_err(|error| (at, error))?;
        match kind {
            Kind::Commit => return Ok(at),
            Kind::Tag => {
                let target = TagText::read(content).map_err(|error| (at, error))?.target;
                tags.push(at);
                at = target;
            }
            Kind::Tree | Kind::Blob => {
                return Err((at, ObjectError::Broken(format!("it is a {kind}, and no commit"))));
            }
        }
    }
}

/// An id in all its digits.
fn full_id(text: &BStr) -> Option<ObjectId> {
    ObjectId::from_hex(text).ok()
}
