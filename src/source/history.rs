//! The history of a repository: every object, whatever leads to it, the messages of commits and tags, and the names of paths
//! and references.

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use bstr::{BString, ByteSlice};

use super::{
    Attribution, Source, SourceError, Worker, Workers,
    git::{
        Environment, Git, MAX_DEPTH, ObjectId,
        history::{self, Look, MAX_PATHS, Place, Places, Seen, Tips},
        pack::{self, Stores},
    },
};
use crate::{
    finding::{GitState, Past, Where},
    glob::PathGlobs,
    origin::{ObjectKind, ObjectName, Origin, Problem},
};

/// References of `git notes`.
const NOTES: &[u8] = b"refs/notes/";

/// The history of one repository.
pub struct History {
    git: Git,
    tips: Tips,
    stores: Stores,
    /// How many of the directories that objects are in are the repository's own: the first ones.
    own: usize,
    shallow: HashSet<ObjectId>,
    problems: Vec<Problem>,
    exclude: PathGlobs,
    threads: usize,
    /// The working tree is looked at, too: what only this clone has is what its own hooks leave behind.
    is_beside: bool,
    /// Filled by the visit.
    seen: OnceLock<Seen>,
    /// There are more places than were followed.
    is_cut: AtomicBool,
}

impl History {
    /// Opens the repository that `cwd`, which must be canonical, is in, bare ones included, or the one that git's
    /// environment names.
    pub fn open(cwd: &Path, environment: &Environment, threads: usize) -> Result<Self, SourceError> {
        let git = Git::around(cwd, environment)?;
        let tips = Tips::read(&git);
        let (directories, own, problems) = git.object_directories();
        let stores = Stores::open(&directories, git.hash());
        let shallow = git.shallow()?;
        let exclude = PathGlobs::none();
        Ok(Self {
            git,
            tips,
            stores,
            own,
            shallow,
            problems,
            exclude,
            threads,
            is_beside: false,
            seen: OnceLock::new(),
            is_cut: AtomicBool::new(false),
        })
    }

    /// What paths are relative to: the top of the working tree, or the directory of a bare repository.
    pub fn root(&self) -> &Path {
        self.git.root()
    }

    /// Whether there is no working tree.
    pub fn is_bare(&self) -> bool {
        self.git.workdir().is_none()
    }

    /// The top of the working tree; a bare repository has none.
    pub(super) fn workdir(&self) -> Option<&Path> {
        self.git.workdir()
    }

    /// For a scan that looks at the working tree, too.
    pub(super) fn beside_worktree(self) -> Self {
        Self { is_beside: true, ..self }
    }

    /// Leaves out what the globs match, relative to the root, at whatever time it was there.
    pub fn set_exclude(&mut self, exclude: PathGlobs) {
        self.exclude = exclude;
    }

    /// The references that lead to commits and whose names the globs match, HEAD if nothing is wanted, in order.
    pub fn references(&self, wanted: Option<&PathGlobs>) -> Vec<BString> {
        let mut objects = self.git.objects();
        let matches = |name: &BString| wanted.is_none_or(|globs| globs.matches(name.as_bstr(), false));
        let refs = self.tips.refs.iter().filter(|(name, _)| matches(name));
        let refs = refs.filter(|(_, id)| objects.leads_to_commit(*id));
        let head = self.tips.head.filter(|_| wanted.is_none()).map(|_| BString::from("HEAD"));
        refs.map(|(name, _)| name.clone()).chain(head).collect()
    }

    /// What HEAD has at a path; `None`: nothing, or there is no commit yet.
    pub fn file(&self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        self.git.file_of(self.tips.head, path.into())
    }

    /// How many objects there are.
    pub fn objects(&self) -> u64 {
        self.stores.len()
    }

    fn places(&self, targets: &[ObjectId]) -> Vec<Vec<Place>> {
        let seen = self.seen.get_or_init(Seen::default);
        let Places { of, is_cut } = history::places(&self.stores, seen, &self.tips, targets, self.threads);
        self.is_cut.fetch_or(is_cut, Ordering::Relaxed);
        of
    }

    /// Problems of objects that something names which can be reached, and that are not there. What is missed only by what
    /// nothing leads to was collected as garbage.
    fn missing(&self, seen: &Seen) -> Vec<Problem> {
        let by: BTreeMap<ObjectId, Vec<ObjectId>> = seen.missing_by_namer(&self.stores);
        if by.is_empty() {
            return Vec::new();
        }
        let namers: Vec<_> = by.keys().copied().collect();
        let places = self.places(&namers);
        let reached = namers.iter().zip(places).filter(|(_, places)| places.iter().any(|place| !place.local_only));
        let mut missing: BTreeMap<ObjectId, ObjectId> = BTreeMap::new();
        for (namer, _) in reached {
            missing.extend(by[namer].iter().map(|missing| (*missing, *namer)));
        }
        let help = self.git.help_for_missing();
        let problem = |(id, namer): (&ObjectId, &ObjectId)| Problem {
            path: BString::default(),
            message: format!("object {id}, which object {namer} names, is not in this clone"),
            help: help.clone(),
        };
        let mut problems: Vec<_> = missing.iter().map(problem).collect();
        if seen.is_missing_more {
            // Who names them is not known, so neither is whether that counts.
            let message = "more objects are not in this clone than are listed".to_owned();
            problems.push(Problem { path: BString::default(), message, help });
        }
        problems
    }

    /// What a reference or a HEAD points to and is not there.
    fn dangling(&self) -> Vec<Problem> {
        let is_missing = |(_, id): &&(BString, ObjectId)| !self.stores.contains(id);
        let problem = |(name, id): &(BString, ObjectId)| Problem {
            path: name.clone(),
            message: format!("it points to object {id}, which is not in this clone"),
            help: self.git.help_for_missing(),
        };
        self.tips.refs.iter().chain(&self.tips.heads).filter(is_missing).map(problem).collect()
    }

    /// Commits whose parents were not fetched.
    fn cut(&self) -> Option<Problem> {
        let first = self.shallow.iter().min()?;
        let message = format!(
            "the clone is shallow: what came before {} is not here ({first} is the first)",
            if self.shallow.len() == 1 { "1 commit".to_owned() } else { format!("{} commits", self.shallow.len()) }
        );
        let help = "`git fetch --unshallow` gets it; in CI: `fetch-depth: 0`".to_owned();
        Some(Problem { path: BString::default(), message, help })
    }

    fn attribution(&self, origin: &Origin, place: &Place) -> Attribution {
        let name = match origin {
            Origin::Entry { name, .. } => Some(name),
            _ => None,
        };
        let path = match (&place.path, name) {
            (Some(directory), Some(name)) if !directory.is_empty() => {
                Some(bstr::join("/", [directory.as_bytes(), name.as_bytes()]).into())
            }
            (_, Some(name)) => Some(name.clone()),
            (path, None) => path.clone(),
        };
        let is_note = !place.refs.is_empty() && place.refs.iter().all(|name| name.starts_with(NOTES));
        let is_excluded = path
            .as_ref()
            .is_some_and(|path: &BString| !self.exclude.is_empty() && self.exclude.matches(path.as_bstr(), false));
        let past = Past {
            span: place.span,
            in_tip: place.in_head,
            refs: Arc::clone(&place.refs),
            local_only: place.local_only,
        };
        let is_message = matches!(origin, Origin::Object { kind: ObjectKind::Commit | ObjectKind::Tag, .. });
        let is_blob = matches!(origin, Origin::Object { kind: ObjectKind::Blob, .. });
        Attribution {
            location: (is_note && is_blob).then_some(Where::Note),
            path: path.filter(|_| !(is_note && is_blob)),
            past: Some(past),
            git_state: Some(if place.in_head && !is_message { GitState::Tracked } else { GitState::History }),
            is_excluded,
            is_note: self.is_beside && place.local_only,
            ..Attribution::default()
        }
    }
}

impl Source for History {
    fn visit<W: Workers>(&self, workers: &W) -> Result<(), SourceError> {
        let progress = pack::Progress::default();
        workers.worker().expects(self.stores.len());
        let look = || Look::new(workers.worker(), &self.stores, &self.shallow, self.root());
        let mut seen = Seen::default();
        for look in pack::visit(&self.stores, self.threads, look, &progress) {
            seen.merge(look.into_seen());
        }
        let seen = self.seen.get_or_init(|| seen);
        let mut worker = workers.worker();
        let problems = self.problems.iter().chain(&self.tips.problems).cloned();
        let problems = problems.chain(self.dangling()).chain(self.missing(seen)).chain(self.cut());
        problems.for_each(|problem| worker.problem(problem));
        for name in self.tips.refs.iter().map(|(name, _)| name).chain(&self.tips.symbolic) {
            worker.name(&Origin::Reference { name: name.clone() }, Where::Ref, name);
        }
        Ok(())
    }

    fn attribute(&self, origins: &[&Origin]) -> Result<Vec<Vec<Attribution>>, SourceError> {
        let target = |origin: &&Origin| match origin {
            Origin::Object { object, .. } | Origin::Entry { tree: object, .. } => Some(id(object)),
            _ => None,
        };
        let mut targets: Vec<_> = origins.iter().filter_map(target).collect();
        targets.sort_unstable();
        targets.dedup();
        let places = if targets.is_empty() { Vec::new() } else { self.places(&targets) };
        let attributions = |origin: &&Origin| {
            let Some(id) = target(origin) else { return vec![Attribution::default()] };
            let found = targets.binary_search(&id).map_or(&[][..], |found| &places[found]);
            // What is only borrowed from an alternate is not this repository's, unless something here leads to it.
            let is_own = self.stores.number(&id).is_some_and(|number| self.stores.numbered(number).1 < self.own);
            let counts = found.iter().filter(|place| is_own || !place.local_only);
            counts.map(|place| self.attribution(origin, place)).collect()
        };
        Ok(origins.iter().map(attributions).collect())
    }

    fn untold(&self) -> Vec<Problem> {
        let problem = || Problem {
            path: BString::default(),
            message: format!(
                "what was found stands at more than {MAX_PATHS} paths, or more than {MAX_DEPTH} directories deep: not all of \
                 them are told"
            ),
            help: "trees are made so that they have no end: `git rev-list --all --objects` names them".to_owned(),
        };
        self.is_cut.load(Ordering::Relaxed).then(problem).into_iter().collect()
    }
}

fn id(object: &ObjectName) -> ObjectId {
    ObjectId::from_bytes_or_panic(object.as_bytes())
}
