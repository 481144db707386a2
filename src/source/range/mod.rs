//! What a range of commits adds: each commit compared with each of its parents, and what is said in commits and tags.

mod commits;
mod past;
mod push;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

use bstr::{BStr, BString};

pub use commits::Commits;

use super::{
    Attribution, Blob, Content, Source, SourceError, Worker, Workers,
    git::{
        self, CommitText, Environment, Git, Lookup, Node, ObjectError, ObjectId, Objects, Request, Selection, TagText,
        UNSHALLOW, Walked,
    },
    versions::{self, Version},
};
use crate::{
    finding::{GitState, Past, Where},
    glob::PathGlobs,
    origin::{ObjectKind, Origin, Problem},
};

pub use push::{Push, PushedRef};

/// So many commits are worth starting a thread for.
const WORTH_A_THREAD: usize = 4;

/// What of a range counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// What any of its commits adds, removed later or not, and their messages.
    #[default]
    Commits,
    /// The same, whether or not it was there before.
    History,
    /// What is there at its end and was not there before.
    Tree,
}

/// How a range is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    pub scope: Scope,
    /// Only commits that were committed then or later, in seconds since 1970.
    pub since: Option<i64>,
    /// Only the commits that are named, not what they lead to.
    pub no_walk: bool,
    pub threads: usize,
}

/// A date as git takes it (`2026-01-31`, `2.weeks.ago`), in seconds since 1970; `None`: it is none.
pub fn date(text: &str) -> Option<i64> {
    git::date(text)
}

/// Commits of one repository.
pub struct Range {
    git: Git,
    selection: Selection,
    walked: Walked,
    /// Commits that the tips are compared with, and their trees.
    bases: BTreeMap<ObjectId, ObjectId>,
    options: Options,
    exclude: PathGlobs,
    /// Only what these match is looked at.
    only: Option<PathGlobs>,
    problems: Vec<Problem>,
}

impl Range {
    /// Finds the commits that the revisions name, as `git rev-list` does, in the repository that `cwd`, which must be
    /// canonical, is in, or in the one that git's environment names.
    ///
    /// `A...B` is what B has since it left A. Fails if there is no repository, and if a revision names no commit in it.
    pub fn open(
        cwd: &Path,
        environment: &Environment,
        revisions: &[BString],
        options: Options,
    ) -> Result<Self, SourceError> {
        Self::of(Commits::open(cwd, environment)?, revisions, options)
    }

    /// As [`Range::open`], of a repository that is open.
    pub fn of(commits: Commits, revisions: &[BString], options: Options) -> Result<Self, SourceError> {
        let git = commits.git;
        let mut selection = Selection::default();
        for revision in revisions {
            git.select(BStr::new(revision), &mut selection)?;
        }
        Self::selected(git, selection, options)
    }

    fn selected(git: Git, selection: Selection, options: Options) -> Result<Self, SourceError> {
        let shallow = git.shallow()?;
        let request = Request {
            tips: &selection.tips,
            hidden: &selection.hidden,
            since: options.since,
            no_walk: options.no_walk,
            shallow: &shallow,
        };
        let mut objects = git.objects();
        let walked = git::walk(&mut objects, request);
        let mut range = Self {
            git,
            selection,
            walked,
            bases: BTreeMap::new(),
            options,
            exclude: PathGlobs::none(),
            only: None,
            problems: Vec::new(),
        };
        range.bases = range.walked.boundary.clone();
        for &base in &range.selection.bases {
            match objects.tree_of(base) {
                Ok(tree) => drop(range.bases.insert(base, tree)),
                Err(error) => range.problems.push(unreadable_commit(base, &error)),
            }
        }
        range.note_what_is_missing();
        Ok(range)
    }

    fn note_what_is_missing(&mut self) {
        // Where only the end counts, what is compared is there, whatever lies between.
        if self.options.scope != Scope::Tree || self.bases.is_empty() {
            let cut = self.walked.cut.iter().map(|id| Problem {
                path: BString::default(),
                message: format!("commit {id} is where this clone ends: what was there before it is not known"),
                help: UNSHALLOW.to_owned(),
            });
            self.problems.extend(cut);
        }
        let unreadable = self.walked.unreadable.iter().map(|(id, error)| unreadable_commit(*id, error));
        self.problems.extend(unreadable);
    }

    /// What paths are relative to, as far as there is such a place.
    pub fn root(&self) -> &Path {
        self.git.root()
    }

    /// Leaves out what the globs match, relative to the root.
    pub fn set_exclude(&mut self, exclude: PathGlobs) {
        self.exclude = exclude;
    }

    /// Looks at nothing but files that the globs match, and at no messages.
    pub fn set_only(&mut self, only: PathGlobs) {
        self.only = Some(only);
    }

    /// Whether there is a commit that it is compared with.
    pub fn has_base(&self) -> bool {
        !self.bases.is_empty()
    }

    /// Whether anything was left out, be it related or not.
    pub fn is_beside_something(&self) -> bool {
        !self.selection.hidden.is_empty()
    }

    /// How many commits the range has.
    pub fn commits(&self) -> usize {
        self.walked.commits.len()
    }

    fn is_excluded(&self, path: &BString) -> bool {
        !self.exclude.is_empty() && self.exclude.matches(BStr::new(path), false)
    }

    /// What a scan would look at, in order of path.
    ///
    /// Fails where a scan would have a problem, because the list is not complete then.
    pub fn paths(&self) -> Result<Vec<BString>, SourceError> {
        let found = match self.options.scope {
            Scope::Commits | Scope::History => self.each_commit(|| self.git.objects(), added_by)?,
            Scope::Tree => vec![self.added_at_end()],
        };
        let problems = self.problems.iter().chain(found.iter().flat_map(|(_, problems)| problems));
        if let Some(Problem { path, message, help }) = problems.min() {
            let message = if path.is_empty() { message.clone() } else { format!("{path}: {message}") };
            return Err(SourceError { message, help: help.clone() });
        }
        let versions = found.into_iter().flat_map(|(versions, _)| versions);
        let paths: BTreeSet<_> = versions.map(|(path, _)| path).filter(|path| !self.is_excluded(path)).collect();
        Ok(paths.into_iter().collect())
    }

    /// A file as the first commit that is left out has it, or, if none is, the first tip: what a range is judged by.
    pub fn judging_file(&self, path: &BStr) -> Result<Option<Vec<u8>>, SourceError> {
        self.file(self.selection.hidden.first().or(self.selection.tips.first()), path)
    }

    /// A file as the first tip has it.
    pub fn tip_file(&self, path: &BStr) -> Result<Option<Vec<u8>>, SourceError> {
        self.file(self.selection.tips.first(), path)
    }

    fn file(&self, commit: Option<&ObjectId>, path: &BStr) -> Result<Option<Vec<u8>>, SourceError> {
        let Some(&commit) = commit else { return Ok(None) };
        let mut objects = self.git.objects();
        let path = path.to_owned();
        let mut read = || {
            let tree = objects.tree_of(commit)?;
            let found = Lookup::new([&path]).find(&mut objects, tree)?;
            found.first().map(|(_, blob)| objects.blob(*blob).map(<[u8]>::to_vec)).transpose()
        };
        read().map_err(|error| {
            let (message, help) = error.explained(commit);
            SourceError { message: format!("{path} cannot be read from commit {commit}: {message}"), help }
        })
    }

    /// What the tips have that none of the bases has at its path.
    fn added_at_end(&self) -> (Vec<Version>, Vec<Problem>) {
        let mut objects = self.git.objects();
        let bases: Vec<_> = self.bases.values().copied().collect();
        let (mut versions, mut problems) = (Vec::new(), Vec::new());
        for node in self.tips() {
            let added = git::added(&mut objects, node.tree, &bases);
            versions.extend(added.blobs);
            problems
                .extend(added.unreadable.into_iter().map(|(path, id, error)| versions::unreadable(&path, id, &error)));
        }
        (versions, problems)
    }

    /// The tips that are in the range.
    fn tips(&self) -> impl Iterator<Item = &Node> {
        self.walked.commits.iter().filter(|node| self.selection.tips.contains(&node.id))
    }

    /// Does something for each commit, on as many threads as are to be used; in order of the commits.
    fn each_commit<S, T: Send>(
        &self,
        start: impl Fn() -> S + Sync,
        one: impl Fn(&mut S, &Node) -> T + Sync,
    ) -> Result<Vec<T>, SourceError> {
        let commits = &self.walked.commits;
        let next = AtomicUsize::new(0);
        let work = || {
            let (mut state, mut done) = (start(), Vec::new());
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(node) = commits.get(number) else { return done };
                done.push((number, one(&mut state, node)));
            }
        };
        let threads = self.options.threads.min(commits.len() / WORTH_A_THREAD);
        let mut done: Vec<_> = versions::on_threads(threads, work)?.into_iter().flatten().collect();
        done.sort_by_key(|(number, _)| *number);
        Ok(done.into_iter().map(|(_, result)| result).collect())
    }

    /// The message of each tag on the way to the tips, and the names that the tips were called by.
    fn visit_names<W: Worker>(&self, worker: &mut W) {
        let mut objects = self.git.objects();
        for &id in &self.selection.tags {
            let origin = Origin::Object { object: versions::name(id), kind: ObjectKind::Tag };
            match objects.any(id).and_then(|(_, content)| TagText::read(content)) {
                Ok(tag) => visit_text(worker, &origin, tag.headers, tag.message),
                Err(error) => worker.problem(unreadable_commit(id, &error)),
            }
        }
        for name in &self.selection.references {
            worker.name(&Origin::Reference { name: name.clone() }, Where::Ref, name);
        }
    }

    /// The paths that a commit changes or deletes, compared with any of its parents.
    fn touched(objects: &mut Objects, node: &Node) -> Result<BTreeSet<BString>, ObjectError> {
        let mut paths = BTreeSet::new();
        for &parent in &node.parent_trees {
            let changes = git::between(objects, Some(parent), Some(node.tree), BString::default())?;
            paths.extend(changes.into_iter().map(|change| change.path));
        }
        Ok(paths)
    }

    /// What the bases have at the paths that the range changes or deletes anywhere, and where they have changed since.
    fn old_versions(&self) -> Result<(Vec<Version>, Vec<Problem>), SourceError> {
        let touched = self.each_commit(|| self.git.objects(), Self::touched)?;
        let mut problems = Vec::new();
        let mut paths = BTreeSet::new();
        for (node, touched) in self.walked.commits.iter().zip(touched) {
            match touched {
                Ok(touched) => paths.extend(touched),
                Err(error) => problems.push(not_compared(node.id, &error)),
            }
        }
        let paths: Vec<_> = paths.into_iter().collect();
        let (mut lookup, mut objects) = (Lookup::new(&paths), self.git.objects());
        let mut versions = BTreeSet::new();
        let (bases, left) = self.judging();
        for (base, tree) in &bases {
            match lookup.find(&mut objects, *tree) {
                Ok(found) => versions.extend(found.into_iter().map(|(path, blob)| (paths[path].clone(), blob))),
                Err(error) => problems.push(not_compared(*base, &error)),
            }
            // What they have moved themselves since the range left them they still have.
            for old in &left {
                match git::between(&mut objects, Some(*old), Some(*tree), BString::default()) {
                    Ok(changes) => versions.extend(changes.into_iter().filter_map(|it| Some((it.path, it.new?)))),
                    Err(error) => problems.push(not_compared(*base, &error)),
                }
            }
        }
        Ok((versions.into_iter().collect(), problems))
    }

    /// The commits whose content makes a value old, with their trees, and the trees of older commits that the range begins at
    /// instead. Where nothing but the bases is left out, what they have is what counts: a key that they have got rid of since
    /// the range left them is new to them.
    fn judging(&self) -> (BTreeMap<ObjectId, ObjectId>, Vec<ObjectId>) {
        let named: BTreeSet<_> = self.selection.bases.iter().collect();
        let is_all = !named.is_empty() && self.selection.hidden.iter().all(|hidden| named.contains(hidden));
        let (bases, left): (BTreeMap<_, _>, BTreeMap<_, _>) =
            self.bases.iter().partition(|(base, _)| !is_all || named.contains(base));
        (bases, left.into_values().collect())
    }
}

impl Source for Range {
    fn visit<W: Workers>(&self, workers: &W) -> Result<(), SourceError> {
        let mut worker = workers.worker();
        self.problems.iter().for_each(|problem| worker.problem(problem.clone()));
        let found = match self.options.scope {
            Scope::Commits | Scope::History if self.only.is_some() => {
                self.each_commit(|| self.git.objects(), added_by)?
            }
            Scope::Commits | Scope::History => {
                self.visit_names(&mut worker);
                self.each_commit(
                    || (workers.worker(), self.git.objects()),
                    |(worker, objects), node| {
                        visit_message(worker, objects, node.id);
                        added_by(objects, node)
                    },
                )?
            }
            Scope::Tree => vec![self.added_at_end()],
        };
        let mut versions = BTreeSet::new();
        for (added, problems) in found {
            versions.extend(added);
            for problem in problems {
                worker.problem(problem);
            }
        }
        if let Some(only) = &self.only {
            versions.retain(|(path, _)| only.matches(BStr::new(path), false));
        }
        worker.expects(self.walked.commits.len() as u64 + versions.len() as u64);
        drop(worker);
        let versions: Vec<_> = versions.into_iter().collect();
        versions::scan(&self.git, &versions, &self.exclude, self.options.threads, workers)
    }

    fn settle<W: Workers>(&self, workers: &W) -> Result<(), SourceError> {
        if self.options.scope == Scope::History {
            return Ok(());
        }
        let (mut versions, problems) = self.old_versions()?;
        // What stood only where nobody looks was never told of: it does not make anything old.
        versions.retain(|(path, _)| !self.is_excluded(path));
        let mut worker = workers.worker();
        for problem in problems {
            worker.problem(problem);
        }
        drop(worker);
        versions::scan(&self.git, &versions, &PathGlobs::none(), self.options.threads, workers)
    }

    fn attribute(&self, origins: &[&Origin]) -> Result<Vec<Vec<Attribution>>, SourceError> {
        let pasts = self.pasts(origins);
        let attribution = |(origin, past): (&&Origin, Option<Past>)| {
            let is_at_tip = past.as_ref().is_some_and(|past| past.in_tip);
            let git_state = match origin {
                Origin::Version { .. } if is_at_tip => Some(GitState::Tracked),
                Origin::Version { .. } => Some(GitState::History),
                _ => None,
            };
            vec![Attribution { past, git_state, ..Attribution::default() }]
        };
        Ok(origins.iter().zip(pasts).map(attribution).collect())
    }
}

/// What a commit has that none of its parents has at its path.
fn added_by(objects: &mut Objects, node: &Node) -> (Vec<Version>, Vec<Problem>) {
    let added = git::added(objects, node.tree, &node.parent_trees);
    let problem = |(path, id, error): (BString, ObjectId, ObjectError)| versions::unreadable(&path, id, &error);
    (added.blobs, added.unreadable.into_iter().map(problem).collect())
}

fn visit_message<W: Worker>(worker: &mut W, objects: &mut Objects, id: ObjectId) {
    let origin = Origin::Object { object: versions::name(id), kind: ObjectKind::Commit };
    match objects.object(id, git::Kind::Commit).and_then(CommitText::read) {
        Ok(commit) => visit_text(worker, &origin, commit.headers, commit.message),
        Err(error) => worker.problem(unreadable_commit(id, &error)),
    }
}

fn visit_text<W: Worker>(worker: &mut W, origin: &Origin, headers: &BStr, message: &BStr) {
    worker.name(origin, Where::Header, headers);
    worker.blob(Blob { origin, content: Content::Bytes(message) });
}

fn unreadable_commit(id: ObjectId, error: &ObjectError) -> Problem {
    versions::unreadable(&BString::default(), id, error)
}

fn not_compared(id: ObjectId, error: &ObjectError) -> Problem {
    let (message, help) = error.explained(id);
    Problem {
        path: BString::default(),
        message: format!("commit {id} cannot be compared with what was there before: {message}"),
        help,
    }
}
