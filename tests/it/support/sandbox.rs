//! A directory of its own for each test, and an environment in which nothing of the machine shows.

use std::{
    ffi::{OsStr, OsString},
    fs,
    io::Write,
    os::unix::{
        ffi::OsStrExt,
        fs::{MetadataExt, PermissionsExt, chown},
    },
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

use tempfile::TempDir;

use super::Output;

/// Who runs keyhound in permission tests if the tests run as root, for whom permissions mean nothing: nobody.
const NOBODY: u32 = 65534;

/// A temporary directory with a `root` to scan and a `home`; removed when dropped.
pub(crate) struct Sandbox {
    dir: TempDir,
    path: PathBuf,
}

impl Sandbox {
    /// An empty directory, outside any repository.
    pub(crate) fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("keyhound-").tempdir().unwrap();
        // macOS and others link their temporary directory: keyhound speaks of the real place.
        let path = dir.path().canonicalize().unwrap();
        fs::create_dir(path.join("root")).unwrap();
        fs::create_dir(path.join("home")).unwrap();
        Self { dir, path }
    }

    /// An empty git repository without a commit.
    pub(crate) fn repository() -> Self {
        let sandbox = Self::new();
        sandbox.git(&["init", "--quiet", "--initial-branch=main"]);
        sandbox
    }

    /// The directory in which keyhound and git run.
    pub(crate) fn root(&self) -> PathBuf {
        self.path.join("root")
    }

    /// `HOME` of keyhound and git.
    pub(crate) fn home(&self) -> PathBuf {
        self.path.join("home")
    }

    /// A path below the root.
    pub(crate) fn join(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root().join(path)
    }

    /// Writes a file below the root, with the directories it needs.
    pub(crate) fn write(&self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) {
        let path = self.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Takes all permissions from a file or directory below the root; see [`Sandbox::keyhound_unprivileged`].
    pub(crate) fn lock(&self, path: impl AsRef<Path>) {
        fs::set_permissions(self.join(path), fs::Permissions::from_mode(0o0)).unwrap();
    }

    /// The text of a file below the root.
    pub(crate) fn read(&self, path: impl AsRef<Path>) -> String {
        fs::read_to_string(self.join(path)).unwrap()
    }

    /// keyhound, to be run in the root with nothing of this process's environment but `PATH`.
    pub(crate) fn command<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        self.program(Path::new(env!("CARGO_BIN_EXE_keyhound")), arguments)
    }

    fn program<A: AsRef<OsStr>>(&self, program: &Path, arguments: &[A]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.root()).env_clear().env("HOME", self.home()).stdin(Stdio::null());
        if let Some(path) = search_path() {
            command.env("PATH", path);
        }
        command
    }

    /// Runs keyhound in the root.
    pub(crate) fn keyhound<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Output {
        self.run(&mut self.command(arguments))
    }

    /// Runs keyhound in a directory below the root.
    pub(crate) fn keyhound_in<A: AsRef<OsStr>>(&self, directory: impl AsRef<Path>, arguments: &[A]) -> Output {
        self.run(self.command(arguments).current_dir(self.join(directory)))
    }

    /// Runs keyhound in the root with this on its standard input.
    pub(crate) fn keyhound_with_input<A: AsRef<OsStr>>(&self, arguments: &[A], input: &[u8]) -> Output {
        self.run_with_input(&mut self.command(arguments), input)
    }

    /// Runs a command made by [`Sandbox::command`] with this on its standard input.
    pub(crate) fn run_with_input(&self, command: &mut Command, input: &[u8]) -> Output {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let output = thread::scope(|scope| {
            // It may end without reading all of it.
            scope.spawn(move || drop(stdin.write_all(input)));
            child.wait_with_output().unwrap()
        });
        Output::new(&output, &self.name())
    }

    /// Runs keyhound in the root as someone for whom permissions matter, and who owns everything in the sandbox.
    pub(crate) fn keyhound_unprivileged<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Output {
        self.run(&mut self.unprivileged_command(arguments))
    }

    /// keyhound, to be run as by [`Sandbox::keyhound_unprivileged`].
    pub(crate) fn unprivileged_command<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        if fs::metadata(&self.path).unwrap().uid() != 0 {
            return self.command(arguments);
        }
        // The build directory may be closed to others.
        let copy = self.path.join("keyhound");
        if !copy.exists() {
            // By another process: a child that another test starts meanwhile would inherit the file open for writing,
            // and what is open for writing cannot be run.
            let program = Path::new(env!("CARGO_BIN_EXE_keyhound"));
            assert!(Command::new("cp").args([program, &copy]).status().unwrap().success());
        }
        fs::set_permissions(self.dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        give_to_nobody(&self.root());
        give_to_nobody(&self.home());
        let mut command = self.program(Path::new("setpriv"), &[""; 0]);
        command.args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}"), "--clear-groups".into()]);
        command.arg(copy).args(arguments);
        command
    }

    /// Runs a command made by [`Sandbox::command`].
    pub(crate) fn run(&self, command: &mut Command) -> Output {
        Output::new(&command.output().unwrap(), &self.name())
    }

    fn name(&self) -> String {
        self.path.to_str().unwrap().to_owned()
    }

    /// The names below the root, sorted, `.git` left out.
    pub(crate) fn listing(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut pending = vec![self.root()];
        while let Some(directory) = pending.pop() {
            for entry in fs::read_dir(&directory).unwrap() {
                let path = entry.unwrap().path();
                if path.file_name().unwrap().as_bytes() == b".git" {
                    continue;
                }
                if path.is_dir() && !path.is_symlink() {
                    pending.push(path);
                } else {
                    names.push(path.strip_prefix(self.root()).unwrap().to_string_lossy().into_owned());
                }
            }
        }
        names.sort();
        names
    }
}

/// Where programs are, for children: the one variable that tests let through.
#[expect(clippy::disallowed_methods, reason = "tests have to find git")]
pub(super) fn search_path() -> Option<OsString> {
    std::env::var_os("PATH")
}

fn give_to_nobody(path: &Path) {
    let metadata = fs::symlink_metadata(path).unwrap();
    if metadata.is_symlink() {
        return;
    }
    chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    if metadata.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give_to_nobody(&entry.unwrap().path());
        }
    }
}
