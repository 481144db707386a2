use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    thread,
};

use gix::{ObjectId, hash};
use tempfile::TempDir;

use super::{Kind, Object, Place, Progress, Reader, Stores, Visitor, visit, with_alternates};
use crate::{delta::Edit, origin::Problem, source::Stream};

/// Numbers that look random and are the same on every run (xorshift).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() >> 11) as usize % end
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length + 8);
        while bytes.len() < length {
            bytes.extend_from_slice(&self.next().to_le_bytes());
        }
        bytes.truncate(length);
        bytes
    }

    fn line(&mut self) -> String {
        let words = (0..=self.below(6)).map(|_| ["key", "name", "value", "x", "test", "let"][self.below(6)]);
        format!("{} {}\n", words.collect::<Vec<_>>().join(" "), self.below(1000))
    }
}

/// A bare repository, made by git itself, of which nothing on this machine shows.
struct Repository(TempDir);

impl Repository {
    fn new() -> Self {
        Self::with_format("sha1")
    }

    fn with_format(format: &str) -> Self {
        let repository = Self(tempfile::tempdir().unwrap());
        repository.git(&["init", "--quiet", "--bare", &format!("--object-format={format}"), "."]);
        repository
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn objects(&self) -> PathBuf {
        self.path().join("objects")
    }

    fn git(&self, arguments: &[&str]) -> Vec<u8> {
        self.git_with_input(arguments, b"")
    }

    fn git_with_input(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let mut command = Command::new("git");
        for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"] {
            command.env_remove(variable);
        }
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").env("HOME", self.path());
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "Ada").env(format!("GIT_{role}_EMAIL"), "ada@example.com");
        }
        command.args([
            "-c",
            "gc.auto=0",
            "-c",
            "pack.threads=1",
            "-c",
            "core.looseCompression=1",
            "-c",
            "protocol.file.allow=always",
        ]);
        command.args(arguments).current_dir(self.path());
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let output = thread::scope(|scope| {
            scope.spawn(move || drop(stdin.write_all(input)));
            child.wait_with_output().unwrap()
        });
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// Adds commits, each of which changes some files in some places, as one pack or, if there are few, loose.
    fn grow(&self, random: &mut Random, branch: &str, commits: usize) {
        let mut files: Vec<Vec<String>> =
            (0..6).map(|_| (0..random.below(200)).map(|_| random.line()).collect()).collect();
        let mut stream = Vec::new();
        for commit in 0..commits {
            let person = format!("Ada <ada@example.com> {} +0000", 1_700_000_000 + commit);
            let message = random.line();
            writeln!(stream, "commit refs/heads/{branch}\nmark :{}\ncommitter {person}", commit + 1).unwrap();
            writeln!(stream, "data {}\n{message}", message.len()).unwrap();
            for _ in 0..=random.below(3) {
                let number = random.below(files.len());
                let file = &mut files[number];
                for _ in 0..random.below(4) {
                    let at = random.below(file.len() + 1);
                    match random.below(4) {
                        0 if at < file.len() => drop(file.remove(at)),
                        1 => file.rotate_left(at),
                        _ => file.insert(at, random.line()),
                    }
                }
                let content = file.concat();
                writeln!(stream, "M 100644 inline d{}/f{number}", number % 3).unwrap();
                writeln!(stream, "data {}\n{content}", content.len()).unwrap();
            }
            if commit % 7 == 0 {
                writeln!(stream, "tag {branch}{commit}\nfrom :{}\ntagger {person}\ndata 2\nhi", commit + 1).unwrap();
            }
        }
        self.git_with_input(&["fast-import", "--quiet", "--force", "--done"], &[stream, b"done\n".to_vec()].concat());
    }

    fn blob(&self, content: &[u8]) -> ObjectId {
        let id = self.git_with_input(&["hash-object", "-w", "--stdin"], content);
        ObjectId::from_hex(id.trim_ascii()).unwrap()
    }

    /// What git says that there is.
    fn oracle(&self) -> Objects {
        let output = self.git(&["cat-file", "--batch-all-objects", "--batch"]);
        let mut objects = Objects::new();
        let mut rest = &output[..];
        while !rest.is_empty() {
            let end = rest.iter().position(|byte| *byte == b'\n').unwrap();
            let head = str::from_utf8(&rest[..end]).unwrap();
            let [id, kind, size] = head.split(' ').collect::<Vec<_>>().try_into().unwrap();
            let content = &rest[end + 1..][..size.parse().unwrap()];
            let kind = Kind::from_bytes(kind.as_bytes()).unwrap();
            objects.insert(ObjectId::from_hex(id.as_bytes()).unwrap(), (kind, content.to_vec()));
            rest = &rest[end + 1 + content.len() + 1..];
        }
        objects
    }

    fn hash(&self) -> hash::Kind {
        match &*self.git(&["rev-parse", "--show-object-format"]) {
            b"sha256\n" => hash::Kind::Sha256,
            _ => hash::Kind::Sha1,
        }
    }

    fn stores(&self) -> (Stores, Vec<Problem>) {
        let (directories, problems) = with_alternates(&self.objects());
        (Stores::open(&directories, self.hash()), problems)
    }

    /// Checks that everything is read as git reads it, and returns what was seen.
    fn check(&self) -> Seen {
        let oracle = self.oracle();
        let (stores, problems) = self.stores();
        assert_eq!(problems, []);
        assert_eq!(stores.len(), oracle.len() as u64);
        for threads in [1, 2, 5] {
            let seen = read(&stores, threads);
            assert_eq!(seen.problems, []);
            assert!(seen.objects == oracle, "{} of {} objects are as git has them", seen.same(&oracle), oracle.len());
        }
        let mut reader = Reader::new(&stores);
        for (id, (kind, content)) in &oracle {
            let found = reader.find(id).unwrap().unwrap();
            assert!(found.kind == *kind && found.data == content && found.store < 10, "{id}");
            assert!(stores.contains(id));
        }
        read(&stores, 1)
    }

    /// The files of loose objects.
    fn loose(&self) -> Vec<PathBuf> {
        let directories = fs::read_dir(self.objects()).unwrap().map(|entry| entry.unwrap().path());
        let directories = directories.filter(|path| path.file_name().unwrap().len() == 2);
        directories.flat_map(|path| fs::read_dir(path).unwrap()).map(|entry| entry.unwrap().path()).collect()
    }

    fn packs(&self, extension: &str) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.objects().join("pack")).unwrap().map(|entry| entry.unwrap().path());
        let mut packs: Vec<_> = entries.filter(|path| path.extension().is_some_and(|it| it == extension)).collect();
        packs.sort();
        packs
    }
}

mod corrupt;
mod crafted;
mod stores;

type Objects = BTreeMap<ObjectId, (Kind, Vec<u8>)>;

/// What a visit saw, and in how many ways.
#[derive(Default)]
struct Seen {
    objects: Objects,
    problems: Vec<Problem>,
    derived: usize,
    large: usize,
    deepest: usize,
    /// By store, how many objects.
    stores: BTreeMap<usize, usize>,
}

impl Seen {
    fn same(&self, oracle: &Objects) -> usize {
        oracle.iter().filter(|(id, object)| self.objects.get(*id) == Some(object)).count()
    }

    fn add(&mut self, object: Object<'_>, depth: usize) -> Remembered {
        let content = object.data.to_vec();
        let place = object.place;
        let before = self.objects.insert(place.id().to_owned(), (object.kind, content.clone()));
        assert!(before.is_none(), "{} is delivered twice", place.id());
        self.deepest = self.deepest.max(depth);
        *self.stores.entry(place.store()).or_default() += 1;
        Remembered { kind: object.kind, content: content.into(), depth }
    }
}

struct Remembered {
    kind: Kind,
    content: Arc<[u8]>,
    depth: usize,
}

impl Visitor for Seen {
    type State = Remembered;

    fn whole(&mut self, object: Object<'_>) -> Remembered {
        self.add(object, 0)
    }

    fn derived(&mut self, object: Object<'_>, base: &Remembered, edits: &[Edit]) -> Remembered {
        assert_eq!(object.kind, base.kind);
        let mut at = 0;
        let mut last = None;
        for edit in edits {
            let length = edit.length();
            assert!(length > 0);
            match *edit {
                Edit::Copy { offset: from, .. } => {
                    assert_eq!(base.content[from..from + length], object.data[at..at + length]);
                    assert!(!matches!(last, Some(Edit::Copy { offset: before, length }) if before + length == from));
                }
                Edit::Insert { .. } => assert!(!matches!(last, Some(Edit::Insert { .. }))),
            }
            at += length;
            last = Some(*edit);
        }
        assert_eq!(at, object.data.len());
        self.derived += 1;
        self.add(object, base.depth + 1)
    }

    fn large(&mut self, place: Place<'_>, size: u64, content: &mut dyn Stream) {
        // A beginning, then all of it, as far as it can be read.
        let mut beginning = vec![0; 100];
        content.read_exact(&mut beginning).unwrap();
        assert!(content.rewind().unwrap());
        let mut read = Vec::new();
        content.read_to_end(&mut read).unwrap();
        assert!(read.starts_with(&beginning));
        if read.len() as u64 == size {
            self.large += 1;
            self.add(Object { place, kind: Kind::Blob, data: &read, is_base: false }, 0);
        }
    }

    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
}

fn read(stores: &Stores, threads: usize) -> Seen {
    let progress = Progress::default();
    let mut all = Seen::default();
    for seen in visit(stores, threads, Seen::default, &progress) {
        for (id, object) in seen.objects {
            assert!(all.objects.insert(id, object).is_none(), "{id} is delivered twice");
        }
        all.problems.extend(seen.problems);
        all.derived += seen.derived;
        all.large += seen.large;
        all.deepest = all.deepest.max(seen.deepest);
        for (store, count) in seen.stores {
            *all.stores.entry(store).or_default() += count;
        }
    }
    all.problems.sort();
    let told = progress.objects.into_inner();
    if all.problems.is_empty() {
        let bytes: usize = all.objects.values().map(|(_, content)| content.len()).sum();
        assert_eq!((told, progress.bytes.into_inner()), (stores.len(), bytes as u64));
    }
    all
}

#[test]
fn random_repositories_are_read_as_git_reads_them() {
    for seed in 1..=6 {
        let mut random = Random(seed);
        let repository = Repository::new();
        repository.grow(&mut random, "a", 60);
        repository.check();
        repository.git(&["repack", "-adfq", "--depth=50", "--window=10"]);
        assert!(repository.check().derived > 30);
        repository.grow(&mut random, "b", 20);
        repository.git(&["repack", "-dq"]);
        repository.blob(&random.bytes(1000));
        repository.grow(&mut random, "c", 150);
        repository.check();
        repository.git(&["gc", "-q"]);
        repository.check();
    }
}

#[test]
fn an_empty_repository_has_no_objects() {
    assert_eq!(Repository::new().check().objects.len(), 0);
}

#[test]
fn loose_objects_of_all_kinds_and_sizes_are_read() {
    let repository = Repository::new();
    repository.grow(&mut Random(1), "a", 10);
    for length in [0, 1, 15, 16, 100, 4096, 3 << 20] {
        repository.blob(&Random(9).bytes(length));
    }
    assert_eq!(repository.packs("pack").len(), 0);
    assert!(repository.check().objects.len() > 30);
}

#[test]
fn sha_256_is_read() {
    let repository = Repository::with_format("sha256");
    repository.grow(&mut Random(1), "a", 120);
    repository.blob(b"loose");
    repository.check();
    repository.git(&["repack", "-adfq"]);
    assert!(repository.check().derived > 50);
}

#[test]
fn deltas_that_name_their_base_by_its_id_are_read() {
    let repository = Repository::new();
    repository.grow(&mut Random(1), "a", 120);
    repository.git(&["-c", "repack.useDeltaBaseOffset=false", "repack", "-adfq"]);
    assert!(repository.check().derived > 50);
}

#[test]
fn long_chains_are_followed() {
    let repository = Repository::new();
    let mut random = Random(2);
    let mut content: Vec<_> = (0..60).map(|_| random.line()).collect();
    let mut stream = Vec::new();
    for _ in 0..1500 {
        content[random.below(60)] = random.line();
        let content = content.concat();
        writeln!(stream, "blob\ndata {}\n{content}", content.len()).unwrap();
    }
    repository.git_with_input(&["fast-import", "--quiet", "--depth=4095"], &stream);
    let seen = repository.check();
    assert!(seen.deepest > 1000, "{}", seen.deepest);
}

#[test]
fn large_blobs_are_read_piece_by_piece_and_deltas_reach_far() {
    let repository = Repository::new();
    let mut random = Random(3);
    let mut content = random.bytes(19 << 20);
    let (packed, loose) = (random.bytes(17 << 20), vec![b'x'; 18 << 20]);
    repository.blob(&content);
    content[18 << 20..(18 << 20) + 4].copy_from_slice(b"abcd");
    content.extend(b"more");
    repository.blob(&content);
    repository.blob(&packed);
    let all: String = repository.oracle().keys().map(|id| format!("{id}\n")).collect();
    let pack = ["pack-objects", "-q", "--compression=1", "objects/pack/pack"];
    repository.git_with_input(&pack, all.as_bytes());
    repository.git(&["prune-packed"]);
    repository.blob(&loose);
    let oracle = repository.oracle();
    let (stores, _) = repository.stores();
    for threads in [1, 2] {
        let seen = read(&stores, threads);
        assert_eq!(seen.problems, []);
        assert!(seen.objects == oracle);
        assert_eq!((seen.derived, seen.large), (1, 2));
    }
    let mut damaged = 0;
    let paths = [repository.packs("pack"), repository.loose()].concat();
    for path in paths {
        let bytes = fs::read(&path).unwrap();
        let length = bytes.len();
        fs::remove_file(&path).unwrap();
        fs::write(&path, &bytes[..length - 9]).unwrap();
        let (stores, _) = repository.stores();
        damaged += usize::from(!read(&stores, 2).problems.is_empty());
    }
    assert_eq!(damaged, 2);
}

#[test]
fn a_visit_can_be_ended_and_can_leave_out_kinds() {
    #[derive(Default)]
    struct Blobs(Seen);
    impl Visitor for Blobs {
        type State = Remembered;
        fn wants(&self, kind: Kind) -> bool {
            kind == Kind::Blob
        }
        fn whole(&mut self, object: Object<'_>) -> Remembered {
            self.0.whole(object)
        }
        fn derived(&mut self, object: Object<'_>, base: &Remembered, edits: &[Edit]) -> Remembered {
            self.0.derived(object, base, edits)
        }
        fn large(&mut self, place: Place<'_>, size: u64, content: &mut dyn Stream) {
            self.0.large(place, size, content);
        }
        fn problem(&mut self, problem: Problem) {
            self.0.problem(problem);
        }
    }
    let repository = Repository::new();
    repository.grow(&mut Random(1), "a", 120);
    repository.blob(b"loose");
    let (stores, _) = repository.stores();
    let blobs = repository.oracle().into_iter().filter(|(_, object)| object.0 == Kind::Blob);
    let progress = Progress::default();
    let seen = visit(&stores, 1, Blobs::default, &progress).remove(0).0;
    assert!(seen.problems.is_empty() && seen.objects == blobs.collect());
    assert_eq!(progress.objects.into_inner(), stores.len());
    let progress = Progress { stop: true.into(), ..Progress::default() };
    assert!(visit(&stores, 2, Seen::default, &progress).iter().all(|seen| seen.objects.is_empty()));
}
