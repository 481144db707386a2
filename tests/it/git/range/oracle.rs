//! Git as the oracle: on random histories the versions that are scanned are those that `git diff-tree` shows as added by
//! the commits that `git rev-list` lists.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    io::Write as _,
    process::Stdio,
};

use bstr::{BString, ByteSlice};
use proptest::{prelude::*, test_runner::TestCaseError};

use super::Sandbox;
use keyhound::{
    detect::BlobState,
    finding::Where,
    origin::{Origin, Problem, Skip},
    source::{
        Blob, Environment, Source, Worker, Workers,
        range::{Options, Range},
    },
};

/// A commit: which earlier ones are its parents, what it writes, and how its clock goes.
#[derive(Clone, Debug)]
struct Step {
    parents: Vec<prop::sample::Index>,
    files: Vec<(u8, Option<u8>)>,
    date: u16,
}

fn step() -> impl Strategy<Value = Step> {
    let files = prop::collection::vec((0..8_u8, prop::option::weighted(0.8, 0..6_u8)), 0..4);
    (prop::collection::vec(any::<prop::sample::Index>(), 1..4), files, any::<u16>())
        .prop_map(|(parents, files, date)| Step { parents, files, date })
}

/// Paths, of which some are directories to others.
fn path(number: u8) -> &'static str {
    ["a", "a/b", "a/c/d", "a.b", "e", "e/f/g", "e-f", "z/y"][usize::from(number)]
}

/// Makes the history in one go, from the script that `git fast-import` reads; commits are `refs/heads/N`.
fn import(sandbox: &Sandbox, steps: &[Step]) {
    let mut script = String::new();
    let mut trees: Vec<BTreeMap<&str, u8>> = Vec::new();
    for (number, step) in steps.iter().enumerate() {
        let parents: Vec<_> = if number == 0 {
            Vec::new()
        } else {
            let mut known = BTreeSet::new();
            let chosen = step.parents.iter().map(|index| index.index(number));
            chosen.filter(|parent| known.insert(*parent)).collect()
        };
        let mut tree = parents.first().map(|&parent| trees[parent].clone()).unwrap_or_default();
        for &(file, content) in &step.files {
            let path = path(file);
            // What a file replaces goes, and so does what it would be below of.
            tree.retain(|other, _| {
                !other.starts_with(&format!("{path}/")) && !path.starts_with(&format!("{other}/")) && *other != path
            });
            tree.extend(content.map(|content| (path, content)));
        }
        let seconds = 1_700_000_000 + number as u64 * 100 + u64::from(step.date % 700);
        writeln!(
            script,
            "commit refs/heads/{number}\nmark :{}\ncommitter C <c@example.com> {seconds} +0000",
            number + 1
        )
        .unwrap();
        writeln!(script, "data 1\nx").unwrap();
        for (position, parent) in parents.iter().enumerate() {
            writeln!(script, "{} :{}", if position == 0 { "from" } else { "merge" }, parent + 1).unwrap();
        }
        writeln!(script, "deleteall").unwrap();
        for (path, content) in &tree {
            writeln!(script, "M 100644 inline {path}\ndata 1\n{content}").unwrap();
        }
        trees.push(tree);
    }
    let mut import = sandbox.git_command();
    let mut child = import.args(["fast-import", "--quiet"]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
}

/// What git says a range adds: pairs of path and object, absent at that path from all parents.
fn by_git(sandbox: &Sandbox, revisions: &[String]) -> (usize, BTreeSet<(BString, String)>) {
    let commits = sandbox.git(&[&["rev-list".to_owned()], revisions].concat());
    let mut diff = sandbox.git_command();
    diff.args(["diff-tree", "--stdin", "-r", "-m", "--root", "--raw", "--no-renames", "--no-abbrev", "-z"]);
    let mut child = diff.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(commits.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap().stdout;
    // For each commit as many blocks as it has parents; a version has to be new in all of them.
    let mut added: BTreeMap<(String, BString, String), usize> = BTreeMap::new();
    let mut commit = "";
    let mut fields = output.split_str("\0");
    while let Some(field) = fields.next().filter(|field| !field.is_empty()) {
        if let Some(raw) = field.strip_prefix(b":") {
            let raw: Vec<_> = raw.split_str(" ").collect();
            let path = BString::from(fields.next().unwrap());
            if raw[1] != b"000000" && raw[2] != raw[3] {
                *added.entry((commit.to_owned(), path, raw[3].to_str().unwrap().to_owned())).or_default() += 1;
            }
        } else {
            commit = field.to_str().unwrap().split([' ', '\n']).next().unwrap();
        }
    }
    let parents = sandbox.git(&[&["rev-list".to_owned(), "--parents".to_owned()], revisions].concat());
    let parents: BTreeMap<_, _> = parents
        .lines()
        .map(|line| (line.split(' ').next().unwrap().to_owned(), (line.split(' ').count() - 1).max(1)))
        .collect();
    let new = added.into_iter().filter(|((commit, ..), count)| *count == parents[commit]);
    (parents.len(), new.map(|((_, path, object), _)| (path, object)).collect())
}

/// Notes what is visited.
#[derive(Default)]
struct Recorder(std::sync::Mutex<(usize, BTreeSet<(BString, String)>)>);

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
        let mut noted = self.0.0.lock().unwrap();
        match blob.origin {
            Origin::Version { path, object } => {
                assert!(noted.1.insert((path.clone(), object.to_string())), "{path} is visited twice");
            }
            Origin::Object { .. } => noted.0 += 1,
            other => panic!("{other:?} is not of a range"),
        }
        BlobState::default()
    }

    fn name(&mut self, _origin: &Origin, _location: Where, _name: &[u8]) {}

    fn skipped(&mut self, skip: Skip) {
        panic!("{skip:?}");
    }

    fn problem(&mut self, problem: Problem) {
        panic!("{problem}");
    }
}

fn agrees(sandbox: &Sandbox, revisions: &[String], threads: usize) -> Result<(), TestCaseError> {
    let texts: Vec<BString> = revisions.iter().map(|text| text.as_str().into()).collect();
    let options = Options { threads, ..Options::default() };
    let range = Range::open(&sandbox.root(), &Environment::default(), &texts, options).unwrap();
    let recorder = Recorder::default();
    range.visit(&recorder).unwrap();
    prop_assert_eq!(recorder.0.into_inner().unwrap(), by_git(sandbox, revisions), "{:?}", revisions);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn a_range_is_what_git_makes_of_it(
        steps in prop::collection::vec(step(), 2..14),
        ends in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 3),
        threads in 1..3_usize,
    ) {
        let sandbox = Sandbox::repository();
        import(&sandbox, &steps);
        for (from, to) in ends {
            let (from, to) = (from.index(steps.len()), to.index(steps.len()));
            agrees(&sandbox, &[format!("{from}..{to}")], threads)?;
            agrees(&sandbox, &[format!("refs/heads/{to}")], threads)?;
            agrees(&sandbox, &[format!("refs/heads/{to}"), format!("refs/heads/{from}"), "^refs/heads/0".to_owned()], threads)?;
        }
    }
}
