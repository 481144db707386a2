//! Lists the files of `rules/` for `include_str!`, so that a new rule is a new file and nothing else, and names the
//! commit for `--version`. Parses no rule; needs neither git nor a repository.

#![expect(clippy::disallowed_methods, reason = "cargo speaks to build scripts by the environment")]

use std::{env, fmt::Write as _, fs, io, path::Path, process::Command};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-env-changed=KEYHOUND_COMMIT");
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let mut files: Vec<_> =
        fs::read_dir(Path::new(&root).join("rules"))?.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    let mut list = String::from("&[\n");
    for file in &files {
        let name = file.file_name().expect("a listed file has a name").to_string_lossy();
        let path = file.display().to_string();
        writeln!(list, "    ({name:?}, include_str!({path:?})),").expect("writing to a string succeeds");
    }
    list.push(']');
    let version = env::var("CARGO_PKG_VERSION").expect("cargo sets CARGO_PKG_VERSION");
    let commit = commit(Path::new(&root)).map_or(String::new(), |commit| format!(" ({commit})"));
    println!("cargo::rustc-env=KEYHOUND_VERSION={version}{commit}");
    fs::write(Path::new(&env::var("OUT_DIR").expect("cargo sets OUT_DIR")).join("rule_files.rs"), list)
}

/// The first 12 digits of the commit that is built: as given by whoever packages it, or that of this very repository.
fn commit(root: &Path) -> Option<String> {
    let given = env::var("KEYHOUND_COMMIT").ok();
    let read = || {
        // Changes with every commit and checkout; a path that is not there would rebuild every time.
        let log = root.join(".git/logs/HEAD");
        if !log.exists() {
            return None;
        }
        println!("cargo::rerun-if-changed={}", log.display());
        let output = Command::new("git").arg("-C").arg(root).args(["rev-parse", "HEAD"]).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let commit = given.or_else(read)?;
    let digits: String = commit.chars().take_while(char::is_ascii_hexdigit).take(12).collect();
    (!digits.is_empty()).then_some(digits)
}
