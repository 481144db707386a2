//! git is the oracle: what differs between HEAD and the index is what `git diff-index` says.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    sync::{Mutex, PoisonError},
};

use keyhound::{
    finding::Where,
    origin::{Origin, Problem, Skip},
    source::{Blob, Environment, Source, Worker, Workers, staged::Staged},
};
use proptest::{
    collection::vec,
    prelude::{Just, Strategy, TestCaseError, prop_oneof},
    prop_assert_eq,
    sample::select,
    test_runner::{Config, TestRunner},
};

use crate::support::Sandbox;

/// A path and the object that is new there.
type New = BTreeSet<(String, String)>;

/// Notes what it is handed.
#[derive(Default)]
struct Notes(Mutex<New>);

struct Note<'a>(&'a Notes);

impl Workers for Notes {
    type Worker<'a> = Note<'a>;

    fn worker(&self) -> Note<'_> {
        Note(self)
    }
}

impl Worker for Note<'_> {
    type State = ();

    fn blob(&mut self, blob: Blob<'_>) {
        let Origin::Version { path, object } = blob.origin else { panic!("what is staged has versions") };
        let mut notes = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(notes.insert((path.to_string(), object.to_string())), "{path} was handed out twice");
    }

    fn name(&mut self, _: &Origin, _: Where, _: &[u8]) {
        panic!("names come with their content");
    }

    fn skipped(&mut self, skip: Skip) {
        panic!("nothing is left out: {skip:?}");
    }

    fn problem(&mut self, problem: Problem) {
        panic!("everything can be read: {problem}");
    }
}

fn ours(sandbox: &Sandbox) -> New {
    let notes = Notes::default();
    let staged = Staged::open(&sandbox.root(), &Environment::default(), 2).unwrap();
    staged.visit(&notes).unwrap();
    notes.0.into_inner().unwrap()
}

/// Objects that are new, of files and links.
fn by_git(sandbox: &Sandbox) -> New {
    let against = if sandbox.join(".git/refs/heads/main").exists() { "HEAD".to_owned() } else { empty_tree(sandbox) };
    let arguments =
        ["diff-index", "--cached", "--raw", "-z", "--no-renames", "--no-abbrev", "--ita-invisible-in-index"];
    let output = sandbox.git(&[&arguments[..], &[&against]].concat());
    let mut fields = output.split_terminator('\0');
    let mut new = New::new();
    while let (Some(status), Some(path)) = (fields.next(), fields.next()) {
        let parts: Vec<_> = status.split(' ').collect();
        let [_, mode, old, object, letter] = parts[..] else { panic!("{status}") };
        let has_content = mode.starts_with("100") || mode == "120000";
        if has_content && old != object && letter != "U" {
            new.insert((path.to_owned(), object.to_owned()));
        }
    }
    new
}

fn empty_tree(sandbox: &Sandbox) -> String {
    sandbox.git(&["hash-object", "-t", "tree", "-w", "/dev/null"]).trim().to_owned()
}

/// What happens to the files of a repository, step by step.
#[derive(Clone, Debug)]
enum Step {
    Write(String, u8),
    Link(String, u8),
    Remove(String),
    Intend(String),
    Executable(String),
    Commit,
    /// The index forgets which trees it noted.
    Forget,
    Submodule(String),
}

/// Names that meet, in git's order of trees as well: `a-b`, `a/`, `a.b` and `a0` are neighbours there.
fn path() -> impl Strategy<Value = String> {
    let part = select(vec!["a", "a-b", "a.b", "a0", "b", "B", "ä", "c d"]);
    vec(part, 1..4).prop_map(|parts| parts.join("/"))
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (path(), 0..4_u8).prop_map(|(path, content)| Step::Write(path, content)),
        2 => (path(), 0..3_u8).prop_map(|(path, target)| Step::Link(path, target)),
        3 => path().prop_map(Step::Remove),
        1 => path().prop_map(Step::Intend),
        1 => path().prop_map(Step::Executable),
        2 => Just(Step::Commit),
        1 => Just(Step::Forget),
        1 => path().prop_map(Step::Submodule),
    ]
}

/// Makes room for a file: what stands in its way goes.
fn clear(sandbox: &Sandbox, path: &str) {
    let whole = sandbox.join(path);
    for ancestor in Path::new(path).ancestors().skip(1).filter(|ancestor| *ancestor != Path::new("")) {
        let ancestor = sandbox.join(ancestor);
        if ancestor.symlink_metadata().is_ok_and(|metadata| !metadata.is_dir()) {
            fs::remove_file(ancestor).unwrap();
        }
    }
    match whole.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(&whole).unwrap(),
        Ok(_) => fs::remove_file(&whole).unwrap(),
        Err(_) => {}
    }
    fs::create_dir_all(whole.parent().unwrap()).unwrap();
}

fn play(sandbox: &Sandbox, step: &Step) {
    let add = || drop(sandbox.git(&["add", "--all"]));
    // Refused below a submodule.
    let try_add = |how: &str, path: &str| {
        let mut command = sandbox.git_command();
        drop(sandbox.run(command.args(["add", how, "--", &format!(":(literal){path}")])));
    };
    match step {
        Step::Write(path, content) => {
            clear(sandbox, path);
            sandbox.write(path, format!("{content}\n"));
            add();
        }
        Step::Link(path, target) => {
            clear(sandbox, path);
            std::os::unix::fs::symlink(format!("target{target}"), sandbox.join(path)).unwrap();
            add();
        }
        Step::Remove(path) => {
            if let Ok(metadata) = sandbox.join(path).symlink_metadata() {
                let whole = sandbox.join(path);
                if metadata.is_dir() { fs::remove_dir_all(whole) } else { fs::remove_file(whole) }.unwrap();
            }
            add();
        }
        Step::Intend(path) => {
            clear(sandbox, path);
            add();
            sandbox.write(path, "later\n");
            try_add("--intent-to-add", path);
        }
        Step::Executable(path) => {
            if sandbox.join(path).symlink_metadata().is_ok_and(|metadata| metadata.is_file()) {
                try_add("--chmod=+x", path);
            }
        }
        Step::Commit => {
            // Such a tree would leave out what is only meant to be added.
            sandbox.git(&["commit", "--quiet", "--allow-empty", "--message=x"]);
        }
        Step::Forget => {
            let entries = sandbox.git(&["ls-files", "--stage", "-z"]);
            drop(fs::remove_file(sandbox.join(".git/index")));
            let mut command = sandbox.git_command();
            sandbox.run_with_input(command.args(["update-index", "-z", "--index-info"]), entries.as_bytes()).expect(0);
        }
        Step::Submodule(path) => {
            clear(sandbox, path);
            add();
            let entry = format!("160000,{},{path}", "1234567890".repeat(4));
            sandbox.git(&["update-index", "--add", "--replace", "--cacheinfo", &entry]);
        }
    }
}

#[test]
fn random_repositories_have_staged_what_git_says() {
    let steps = (vec(step(), 1..14), vec(step(), 0..6));
    let mut runner = TestRunner::new(Config { cases: 48, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&steps, |(before, after)| {
        let sandbox = Sandbox::repository();
        for step in &before {
            play(&sandbox, step);
        }
        prop_assert_eq!(ours(&sandbox), by_git(&sandbox));
        play(&sandbox, &Step::Commit);
        for step in &after {
            play(&sandbox, step);
        }
        prop_assert_eq!(ours(&sandbox), by_git(&sandbox));
        Ok::<_, TestCaseError>(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
