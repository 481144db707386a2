//! Git as the oracle: on random repositories each object is looked at once, and what is told of it is what git says.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    sync::Mutex,
};

use bstr::{BString, ByteSlice};
use keyhound::{
    detect::BlobState,
    finding::Where,
    origin::{ObjectKind, ObjectName, Origin, Problem, Skip},
    source::{Blob, Environment, Source, Worker, Workers, history::History},
};
use proptest::{
    collection::vec,
    prelude::{Just, Strategy, any, prop_oneof},
    prop_assert_eq,
    sample::Index,
    test_runner::{Config, TestCaseError, TestRunner},
};

use super::git_with_input;
use crate::support::Sandbox;

/// What happens to a repository, one after the other.
#[derive(Clone, Debug)]
enum Step {
    /// A commit with these parents, which writes or deletes these files.
    Commit(Vec<Index>, Vec<(u8, Option<u8>)>),
    /// A reference to a commit, by an annotated tag or without one.
    Refer(Index, bool),
    /// A reference to what a commit has: its tree, or a blob of it.
    Odd(Index, Option<Index>, bool),
    /// A branch goes, and its commits may be garbage then.
    Drop(Index),
    Head(Index),
    /// All that is not packed goes to one more pack.
    Pack,
    /// All that is reached goes to one pack, made anew.
    Repack,
}

fn step() -> impl Strategy<Value = Step> {
    let files = vec((0..8_u8, proptest::option::weighted(0.8, 0..6_u8)), 0..4);
    prop_oneof![
        9 => (vec(any::<Index>(), 1..4), files).prop_map(|(parents, files)| Step::Commit(parents, files)),
        2 => (any::<Index>(), any::<bool>()).prop_map(|(at, annotated)| Step::Refer(at, annotated)),
        2 => (any::<Index>(), proptest::option::of(any::<Index>()), any::<bool>())
            .prop_map(|(at, blob, annotated)| Step::Odd(at, blob, annotated)),
        2 => any::<Index>().prop_map(Step::Drop),
        1 => any::<Index>().prop_map(Step::Head),
        2 => Just(Step::Pack),
        1 => Just(Step::Repack),
    ]
}

/// Paths, of which some are directories to others.
const PATHS: [&str; 8] = ["a", "a/b", "a/c/d", "a.b", "e", "e/f/g", "e-f", "z/y"];

/// Content that git makes deltas of.
fn content(number: u8) -> String {
    (0..60).map(|line| format!("line {line} of some text\n")).collect::<String>() + &number.to_string()
}

#[derive(Default)]
struct Player {
    /// The files of each commit, by its number.
    trees: Vec<BTreeMap<&'static str, u8>>,
    ids: Vec<String>,
    names: u32,
}

impl Player {
    fn play(&mut self, sandbox: &Sandbox, step: &Step) {
        if let Step::Commit(parents, files) = step {
            return self.commit(sandbox, parents, files);
        }
        if self.ids.is_empty() {
            return;
        }
        self.names += 1;
        let name = format!("t{}", self.names);
        let tag = |annotated: bool, id: &str| {
            let options = if annotated { &["tag", "--annotate", "--message=x"][..] } else { &["tag"] };
            sandbox.git(&[options, &[&name, id]].concat());
        };
        match step {
            Step::Commit(..) => {}
            Step::Refer(at, annotated) => tag(*annotated, &self.ids[at.index(self.ids.len())]),
            Step::Odd(at, blob, annotated) => {
                let number = at.index(self.ids.len());
                let files: Vec<_> = self.trees[number].keys().collect();
                let object = match blob {
                    Some(blob) if !files.is_empty() => format!("{}:{}", self.ids[number], blob.get(&files)),
                    _ => format!("{}^{{tree}}", self.ids[number]),
                };
                tag(*annotated, &object);
            }
            Step::Drop(at) => {
                let name = format!("refs/heads/{}", at.index(self.ids.len()));
                // It may be gone already.
                sandbox.git(&["update-ref", "-d", &name]);
            }
            Step::Head(at) => {
                drop(sandbox.git(&["update-ref", "--no-deref", "HEAD", &self.ids[at.index(self.ids.len())]]));
            }
            Step::Pack => drop(sandbox.git(&["repack", "--quiet", "-d"])),
            Step::Repack => drop(sandbox.git(&["repack", "--quiet", "-A", "-d", "-f"])),
        }
    }

    /// Each commit is a branch, named by its number; each is later than all before.
    fn commit(&mut self, sandbox: &Sandbox, parents: &[Index], files: &[(u8, Option<u8>)]) {
        let number = self.ids.len();
        let parents: BTreeSet<_> = parents.iter().filter(|_| number > 0).map(|index| index.index(number)).collect();
        let mut tree = parents.first().map(|&parent| self.trees[parent].clone()).unwrap_or_default();
        for &(file, content) in files {
            let path = PATHS[usize::from(file)];
            // What a file replaces goes, and so does what it would be below of.
            tree.retain(|other, _| {
                !other.starts_with(&format!("{path}/")) && !path.starts_with(&format!("{other}/")) && *other != path
            });
            tree.extend(content.map(|content| (path, content)));
        }
        let seconds = 1_700_000_000 + number * 100;
        let mut script =
            format!("commit refs/heads/{number}\ncommitter C <c@example.com> {seconds} +0000\ndata 1\nx\n");
        for (position, parent) in parents.iter().enumerate() {
            writeln!(script, "{} {}", if position == 0 { "from" } else { "merge" }, self.ids[*parent]).unwrap();
        }
        writeln!(script, "deleteall").unwrap();
        for (path, number) in &tree {
            let text = content(*number);
            write!(script, "M 100644 inline {path}\ndata {}\n{text}\n", text.len()).unwrap();
        }
        git_with_input(sandbox, &["fast-import", "--quiet", "--force"], script.as_bytes());
        self.ids.push(sandbox.git(&["rev-parse", &format!("refs/heads/{number}")]).trim().to_owned());
        self.trees.push(tree);
    }
}

/// What is handed out.
#[derive(Debug, Default, PartialEq, Eq)]
struct Visit {
    /// Kind and id of each object with text, once.
    objects: BTreeSet<(&'static str, String)>,
    /// Names of entries, with the trees that have them.
    entries: BTreeSet<(String, BString)>,
    /// The headers of commits and tags, by id.
    headers: BTreeSet<String>,
    references: BTreeSet<BString>,
}

#[derive(Default)]
struct Recorder(Mutex<Visit>);

struct Recording<'a>(&'a Recorder);

impl Workers for Recorder {
    type Worker<'a> = Recording<'a>;

    fn worker(&self) -> Recording<'_> {
        Recording(self)
    }
}

impl Worker for Recording<'_> {
    type State = BlobState;

    fn blob(&mut self, blob: Blob<'_>) -> BlobState {
        let Origin::Object { object, kind } = blob.origin else { panic!("{:?} is no object", blob.origin) };
        let kind = match kind {
            ObjectKind::Blob => "blob",
            ObjectKind::Commit => "commit",
            ObjectKind::Tag => "tag",
        };
        assert!(self.0.0.lock().unwrap().objects.insert((kind, object.to_string())), "{object} comes twice");
        BlobState::default()
    }

    fn name(&mut self, origin: &Origin, location: Where, name: &[u8]) {
        let mut visit = self.0.0.lock().unwrap();
        let is_new = match (origin, location) {
            (Origin::Entry { tree, name: own }, Where::Path) if own == name => {
                visit.entries.insert((tree.to_string(), own.clone()))
            }
            (Origin::Object { object, .. }, Where::Header) => visit.headers.insert(object.to_string()),
            (Origin::Reference { name: own }, Where::Ref) if own == name => visit.references.insert(own.clone()),
            other => panic!("{other:?} is no name"),
        };
        assert!(is_new, "{origin:?} comes twice");
    }

    fn skipped(&mut self, skip: Skip) {
        panic!("{skip:?}");
    }

    fn problem(&mut self, problem: Problem) {
        panic!("{problem}");
    }
}

/// All objects, as git lists them.
fn all_objects(sandbox: &Sandbox) -> Vec<(String, String)> {
    let arguments = ["cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectname)"];
    let all = sandbox.git(&arguments);
    all.lines().map(|line| line.split_once(' ').map(|(kind, id)| (kind.to_owned(), id.to_owned())).unwrap()).collect()
}

/// Path and id of all that a tree has directly.
fn entries(sandbox: &Sandbox, tree: &str) -> Vec<(BString, String)> {
    listed(&sandbox.git(&["ls-tree", "-z", tree])).into_iter().map(|(_, path, id)| (path, id)).collect()
}

fn listed(output: &str) -> Vec<(String, BString, String)> {
    let entry = |line: &str| {
        let (entry, path) = line.split_once('\t').unwrap();
        let mut fields = entry.split(' ').skip(1).map(str::to_owned);
        (fields.next().unwrap(), BString::from(path), fields.next().unwrap())
    };
    output.split_terminator('\0').map(entry).collect()
}

fn visit_by_git(sandbox: &Sandbox) -> Visit {
    let mut visit = Visit::default();
    for (kind, id) in all_objects(sandbox) {
        match kind.as_str() {
            "tree" => visit.entries.extend(entries(sandbox, &id).into_iter().map(|(name, _)| (id.clone(), name))),
            "blob" => drop(visit.objects.insert(("blob", id))),
            kind => {
                visit.objects.insert((if kind == "tag" { "tag" } else { "commit" }, id.clone()));
                visit.headers.insert(id);
            }
        }
    }
    let names = sandbox.git(&["for-each-ref", "--format=%(refname)"]);
    visit.references = names.lines().map(BString::from).collect();
    visit
}

/// What is told of an object at a path: the first and the last commit, whether HEAD has it, which references lead there,
/// and whether nothing does.
type Told = (Option<(String, String)>, bool, BTreeSet<String>, bool);

/// By an object, or a tree and a name in it, and by path.
type Places = BTreeMap<(String, Option<BString>), Told>;

fn unknown() -> Told {
    (None, false, BTreeSet::new(), true)
}

/// Which blobs and entries of trees stand where, below a tree or the tree of a commit.
fn standing(sandbox: &Sandbox, tree: &str, visit: &Visit) -> Vec<(String, Option<BString>)> {
    let top = sandbox.git(&["rev-parse", "--verify", &format!("{tree}^{{tree}}")]).trim().to_owned();
    let mut found = Vec::new();
    let mut trees = vec![(BString::default(), top)];
    for (kind, path, id) in listed(&sandbox.git(&["ls-tree", "-r", "-t", "-z", tree])) {
        if kind == "tree" {
            trees.push((path, id));
        } else {
            found.push((id, Some(path)));
        }
    }
    for (directory, tree) in trees {
        for (_, name) in visit.entries.iter().filter(|(own, _)| *own == tree) {
            let path = if directory.is_empty() { name.clone() } else { format!("{directory}/{name}").into() };
            found.push((format!("{tree} {name}"), Some(path)));
        }
    }
    found
}

/// What `git ls-tree` says of each commit and `git for-each-ref --contains` of each reference.
fn places_by_git(sandbox: &Sandbox, visit: &Visit) -> Places {
    let all = all_objects(sandbox);
    let head = sandbox.git(&["rev-parse", "--verify", "HEAD"]).trim().to_owned();
    let of_head: BTreeSet<_> = sandbox.git(&["rev-list", "HEAD"]).lines().map(str::to_owned).collect();
    let mut commits: Vec<(u64, &String)> = Vec::new();
    for (_, id) in all.iter().filter(|(kind, _)| kind == "commit") {
        let date = sandbox.git(&["show", "--no-patch", "--format=%ct", id]).trim().parse().unwrap();
        commits.push((date, id));
    }
    commits.sort_unstable();
    let mut places = Places::new();
    for (_, commit) in &commits {
        let containing = sandbox.git(&["for-each-ref", "--format=%(refname)", "--contains", commit]);
        let message = ((*commit).clone(), None);
        for at in standing(sandbox, commit, visit).into_iter().chain([message.clone()]) {
            let is_current = if at == message { of_head.contains(*commit) } else { **commit == head };
            let place = places.entry(at).or_insert_with(unknown);
            let first = place.0.as_ref().map_or_else(|| (*commit).clone(), |(first, _)| first.clone());
            place.0 = Some((first, (*commit).clone()));
            place.1 |= is_current;
            place.2.extend(containing.lines().map(str::to_owned));
            place.3 &= containing.is_empty() && !of_head.contains(*commit);
        }
    }
    for name in sandbox.git(&["for-each-ref", "--format=%(refname)"]).lines() {
        let named = sandbox.git(&["rev-parse", "--verify", name]).trim().to_owned();
        let peeled = sandbox.git(&["rev-parse", "--verify", &format!("{name}^{{}}")]).trim().to_owned();
        let mut found = match all.iter().find(|(_, id)| *id == peeled).map(|(kind, _)| kind.as_str()) {
            Some("tree") => standing(sandbox, &peeled, visit),
            Some("blob") => vec![(peeled.clone(), None)],
            _ => Vec::new(),
        };
        found.extend((named != peeled).then_some((named, None)));
        for at in found {
            let place = places.entry(at).or_insert_with(unknown);
            place.2.insert(name.to_owned());
            place.3 = false;
        }
    }
    // What nothing leads to.
    let texts = visit.objects.iter().map(|(_, id)| (id.clone(), None));
    let names = visit.entries.iter().map(|(tree, name)| (format!("{tree} {name}"), Some(name.clone())));
    for at in texts.chain(names) {
        if !places.keys().any(|(own, _)| *own == at.0) {
            places.insert(at, unknown());
        }
    }
    places
}

/// What is told of everything that was visited.
fn places(history: &History, visit: &Visit) -> Places {
    let object = |digits: &str| {
        let bytes: Vec<u8> =
            (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect();
        ObjectName::new(&bytes).unwrap()
    };
    let texts = visit.objects.iter().map(|(kind, id)| {
        let kind = match *kind {
            "blob" => ObjectKind::Blob,
            "tag" => ObjectKind::Tag,
            _ => ObjectKind::Commit,
        };
        Origin::Object { object: object(id), kind }
    });
    let names = visit.entries.iter().map(|(tree, name)| Origin::Entry { tree: object(tree), name: name.clone() });
    let origins: Vec<_> = texts.chain(names).collect();
    let origins: Vec<_> = origins.iter().collect();
    let mut places = Places::new();
    for (origin, attributions) in origins.iter().zip(history.attribute(&origins).unwrap()) {
        for attribution in attributions {
            let past = attribution.past.unwrap();
            let span = past.span.map(|(first, last)| (first.id.to_string(), last.id.to_string()));
            let refs: BTreeSet<_> = past.refs.iter().map(|name| name.to_str().unwrap().to_owned()).collect();
            match origin {
                Origin::Entry { tree, name } => {
                    // By a commit and by a tag of its tree: a report adds these up.
                    let place = places.entry((format!("{tree} {name}"), attribution.path)).or_insert_with(unknown);
                    place.0 = place.0.take().or(span);
                    place.1 |= past.in_tip;
                    place.2.extend(refs);
                    place.3 &= past.local_only;
                }
                Origin::Object { object, .. } => {
                    let told = (span, past.in_tip, refs, past.local_only);
                    let known = places.insert((object.to_string(), attribution.path), told);
                    assert!(known.is_none(), "{object} is told of twice at a path");
                }
                other => panic!("{other:?} was not asked for"),
            }
        }
    }
    places
}

#[test]
fn random_repositories_have_what_git_says() {
    let strategy = (vec(step(), 1..24), 1..4_usize);
    let mut runner = TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&strategy, |(steps, threads)| {
        let sandbox = Sandbox::repository();
        sandbox.git(&["config", "core.logAllRefUpdates", "false"]);
        let mut player = Player::default();
        player.commit(&sandbox, &[], &[(0, Some(0))]);
        sandbox.git(&["update-ref", "refs/heads/main", "refs/heads/0"]);
        for step in &steps {
            player.play(&sandbox, step);
        }
        let history = History::open(&sandbox.root(), &Environment::default(), threads).unwrap();
        let recorder = Recorder::default();
        history.visit(&recorder).unwrap();
        let visit = recorder.0.into_inner().unwrap();
        prop_assert_eq!(&visit, &visit_by_git(&sandbox));
        prop_assert_eq!(places(&history, &visit), places_by_git(&sandbox, &visit));
        Ok::<_, TestCaseError>(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
