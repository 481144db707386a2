//! What keeps the repository in order: who may use whom, how long a file may be, and that the papers tell the truth.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use keyhound::rule;

use crate::support::{Sandbox, keys};

/// Which modules of the library a module may use. What is not here is forbidden; `cli` may use all.
const ARROWS: &[(&str, &[&str])] = &[
    ("check", &["detect", "document", "finding", "rule"]),
    ("config", &["document", "finding", "glob", "rule", "suppress"]),
    ("delta", &[]),
    ("detect", &["delta", "finding", "position", "rule", "trace"]),
    ("document", &[]),
    ("finding", &["origin", "position", "rule"]),
    ("fuzzing", &["config", "detect", "finding", "origin", "report", "rule", "scan", "source", "suppress"]),
    ("glob", &[]),
    ("inventory", &["finding"]),
    ("install", &["platform"]),
    ("origin", &[]),
    ("platform", &[]),
    ("position", &[]),
    ("report", &["finding", "glob", "inventory", "origin", "position", "rule", "trace"]),
    ("rule", &["document", "finding"]),
    ("scan", &["delta", "detect", "finding", "origin", "report", "rule", "source", "suppress", "trace"]),
    ("source", &["delta", "finding", "glob", "origin", "platform"]),
    ("suppress", &["finding", "glob"]),
    ("trace", &["finding", "position", "rule"]),
];

/// Which crates are named in one place only, so that leaving them stays cheap.
const CONFINED: &[(&str, &str)] = &[
    ("clap", "src/cli/"),
    ("clap_complete", "src/cli/"),
    ("clap_mangen", "src/cli/"),
    ("colored", "src/report/style.rs"),
    ("dunce", "src/platform/windows.rs"),
    ("gix", "src/source/git/"),
    ("indicatif", "src/cli/"),
    ("rustix", "src/platform/unix.rs"),
    ("serde", "src/report/json/wire.rs"),
    ("serde_sarif", "src/report/sarif"),
    ("toml_edit", "src/config/edit.rs"),
];

/// What of `std` a part of the library must not know: detection sees text, and reports write to what they are given. Paths
/// are names to reports: they show them as the reader would type them.
const UNKNOWN: &[(&str, &[&str])] =
    &[("src/detect", &["env", "fs", "net", "path", "process"]), ("src/report", &["env", "fs", "net", "process"])];

/// What asks the file system about a path: neither of them does.
const QUESTIONS: &[&str] =
    &[".canonicalize(", ".exists(", ".is_dir(", ".is_file(", ".is_symlink(", "metadata(", ".read_", ".try_exists("];

/// Lines of a source file, without its tests.
const MAX_LINES: usize = 500;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The files below a directory with this ending, relative to the root of the repository, sorted.
fn files(directory: &str, extension: &str) -> Vec<String> {
    let mut files = Vec::new();
    let mut pending = vec![root().join(directory)];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                files.push(path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    files.sort();
    assert!(!files.is_empty(), "{directory} has no .{extension}");
    files
}

/// The source without the tests at its end and without comments.
fn code(path: &str) -> String {
    let text = read(path);
    let code = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
    let lines: Vec<_> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    lines.join("\n")
}

/// `src/detect/header/lex.rs` belongs to `detect`, `src/scan.rs` to `scan`.
fn module(path: &str) -> &str {
    path.strip_prefix("src/").unwrap().split(['/', '.']).next().unwrap()
}

/// The modules that `root::…` and `use root::{…}` name.
fn used_modules(code: &str, root: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    let prefix = format!("{root}::");
    for (at, _) in code.match_indices(&prefix) {
        if code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_') {
            continue;
        }
        let rest = &code[at + prefix.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            used.insert(name(rest));
            continue;
        };
        let mut depth = 1;
        let mut starts = true;
        for (at, byte) in group.bytes().enumerate() {
            match byte {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                b',' if depth == 1 => starts = true,
                _ if starts && byte.is_ascii_lowercase() => {
                    used.insert(name(&group[at..]));
                    starts = false;
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    used
}

fn name(text: &str) -> String {
    text.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect()
}

#[test]
fn used_modules_are_recognised() {
    let code = "use crate::{\n    a::{b, c},\n    d_e,\n    f::G,\n};\nlet x = crate::h::i();\nuse crate::j::{k, l};\n\
                use std::{\n    collections::BTreeMap,\n    fs,\n    path::{self, Path},\n};\nlet y = ::std::env::args();\n\
                use std::fmt::{self, Display};\nuse my_std::net;\n";
    let expected = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(used_modules(code, "crate"), expected(&["a", "d_e", "f", "h", "j"]));
    assert_eq!(used_modules(code, "std"), expected(&["collections", "env", "fmt", "fs", "path"]));
}

#[test]
fn modules_use_only_what_they_may() {
    let mut known = BTreeSet::new();
    for path in files("src", "rs") {
        let module = module(&path);
        if ["cli", "lib", "main"].contains(&module) || path.ends_with("/tests.rs") {
            continue;
        }
        let allowed = ARROWS.iter().find(|(name, _)| *name == module);
        let (_, allowed) = allowed.unwrap_or_else(|| panic!("{path}: say in ARROWS what `{module}` may use"));
        known.insert(module.to_owned());
        for used in used_modules(&code(&path), "crate") {
            assert!(used == module || allowed.contains(&used.as_str()), "{path}: `{module}` must not use `{used}`");
        }
    }
    let listed = ARROWS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(known, listed, "ARROWS lists a module that is not there");
}

#[test]
fn detection_and_reports_know_no_files() {
    for (directory, unknown) in UNKNOWN {
        for path in files(directory, "rs").iter().filter(|path| !path.ends_with("/tests.rs")) {
            let code = code(path);
            let used = used_modules(&code, "std");
            let known: Vec<_> = unknown.iter().filter(|&&module| used.contains(module)).collect();
            assert!(known.is_empty(), "{path} uses {known:?} of std");
            let asked: Vec<_> = QUESTIONS.iter().filter(|question| code.contains(**question)).collect();
            assert!(asked.is_empty(), "{path} asks the file system: {asked:?}");
        }
    }
}

#[test]
fn confined_crates_stay_where_they_are() {
    for (name, place) in CONFINED {
        let mut users = Vec::new();
        for path in files("src", "rs") {
            let code = code(&path);
            let is_used = code.match_indices(&format!("{name}::")).any(|(at, _)| {
                !code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_' || before == ':')
            });
            if is_used {
                users.push(path);
            }
        }
        assert!(!users.is_empty(), "{name} is a dependency that nothing uses");
        let outside: Vec<_> = users.iter().filter(|path| !path.starts_with(place)).collect();
        assert!(outside.is_empty(), "{name} belongs in {place}, not in {outside:?}");
    }
}

/// The crates that keyhound is built with.
fn dependencies() -> BTreeSet<String> {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let targets = manifest["target"].as_table().unwrap().values();
    let tables = targets.map(|target| &target["dependencies"]).chain([&manifest["dependencies"]]);
    tables.flat_map(|table| table.as_table().unwrap().keys().cloned()).collect()
}

#[test]
fn every_dependency_is_used_and_justified() {
    let architecture = read("ARCHITECTURE.md");
    let code: String = files("src", "rs").iter().map(|path| code(path)).collect();
    let names = dependencies();
    let unjustified: Vec<_> = names.iter().filter(|name| !architecture.contains(&format!("`{name}`"))).collect();
    assert!(unjustified.is_empty(), "ARCHITECTURE.md does not say what {unjustified:?} are for");
    let unused: Vec<_> = names.iter().filter(|name| !code.contains(&format!("{}::", name.replace('-', "_")))).collect();
    assert!(unused.is_empty(), "nothing uses {unused:?}");
}

#[test]
fn what_systems_differ_in_is_in_one_place() {
    let is_elsewhere = |path: &String| !path.starts_with("src/platform/") && !path.contains("/tests");
    for path in files("src", "rs").into_iter().filter(is_elsewhere) {
        let code = code(&path);
        // What `canonicalize` gives on Windows is a path that other programs cannot read.
        for own in
            ["cfg(windows", "cfg(unix", "cfg(not(", "target_os", "os::windows", "os::unix", "os::fd", ".canonicalize("]
        {
            assert!(!code.contains(own), "{path} has {own}: that belongs in src/platform/");
        }
    }
}

#[test]
fn the_lock_file_of_the_fuzz_targets_is_in_step() {
    let lock: toml::Table = read("fuzz/Cargo.lock").parse().unwrap();
    let packages = lock["package"].as_array().unwrap();
    let keyhound = packages.iter().find(|package| package["name"].as_str() == Some("keyhound")).unwrap();
    // Where several versions are locked, one follows the name.
    let name = |entry: &toml::Value| entry.as_str().unwrap().split(' ').next().unwrap().to_owned();
    let locked: BTreeSet<_> = keyhound["dependencies"].as_array().unwrap().iter().map(name).collect();
    assert_eq!(locked, dependencies(), "run cargo update --workspace --manifest-path fuzz/Cargo.toml");
}

#[test]
fn the_map_is_that_of_the_sources() {
    let architecture = read("ARCHITECTURE.md");
    let map = architecture.split("\n## Map\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let places = map.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let places: BTreeSet<_> =
        places.flat_map(|cell| cell.split('`')).filter(|place| place.contains(['/', '.'])).collect();
    for place in &places {
        let path = place.trim_end_matches("*.toml");
        assert!(root().join(path).exists(), "ARCHITECTURE.md has {place}, which is not there");
    }
    for (module, _) in ARROWS {
        let is_on_it = [format!("src/{module}/"), format!("src/{module}.rs")].iter().any(|it| places.contains(&**it));
        assert!(is_on_it, "the map of ARCHITECTURE.md lacks `{module}`");
    }
}

#[test]
fn files_are_short() {
    for path in files("src", "rs").into_iter().filter(|path| !path.ends_with("/tests.rs")) {
        let text = read(&path);
        let lines = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap().lines().count();
        assert!(lines <= MAX_LINES, "{path} has {lines} lines; {MAX_LINES} are enough");
    }
    let architecture = read("ARCHITECTURE.md").lines().count();
    assert!(architecture <= 150, "ARCHITECTURE.md has {architecture} lines; 150 are enough");
}

#[test]
fn every_module_says_what_it_is() {
    let tests_of_a_module = |path: &String| path.starts_with("src/") && path.ends_with("/tests.rs");
    for path in [files("src", "rs"), files("tests/it", "rs")].concat().iter().filter(|path| !tests_of_a_module(path)) {
        assert!(read(path).starts_with("//! "), "{path} does not say what it is");
    }
}

#[test]
fn no_test_file_is_forgotten() {
    for path in files("tests/it", "rs") {
        let path = PathBuf::from(path);
        if path == Path::new("tests/it/main.rs") {
            continue;
        }
        let is_mod = path.ends_with("mod.rs");
        let module = if is_mod { path.parent().unwrap() } else { &path };
        let name = module.file_stem().unwrap().to_str().unwrap();
        let parent = module.parent().unwrap();
        let candidates =
            [parent.join("mod.rs"), parent.with_extension("rs"), parent.join("main.rs")].map(|path| root().join(path));
        let declared = candidates.iter().filter_map(|path| fs::read_to_string(path).ok()).any(|text| {
            text.lines().any(|line| {
                let line =
                    line.strip_prefix("pub(crate) ").or_else(|| line.strip_prefix("pub(super) ")).unwrap_or(line);
                line == format!("mod {name};")
            })
        });
        assert!(declared, "{} is compiled by nothing", path.display());
    }
}

#[test]
fn no_test_is_switched_off() {
    let switched_off = ["#[", "ignore"].concat();
    for path in [files("src", "rs"), files("tests", "rs")].concat() {
        assert!(!read(&path).contains(&switched_off), "{path} has a test that never runs");
    }
}

#[test]
fn this_repository_has_no_keys() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(&["scan", "--no-config", "--no-inline", "--min-confidence", "low", "--"]);
    for entry in fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name();
        if name != "target" && name != ".git" {
            command.arg(name);
        }
    }
    let output = sandbox.run(command.current_dir(root()));
    output.expect(0).quietly();
    assert!(!root().join(".keyhound.toml").exists(), "this repository needs no exceptions");
}

#[test]
fn readme_names_the_commands_that_ci_runs() {
    let readme = read("README.md");
    let ci = read(".ci/run");
    assert!(readme.contains("\ncargo run --release -- scan .\n"));
    assert!(readme.contains("\ncargo test --locked\n"));
    assert!(ci.lines().any(|line| line == "step cargo test --locked"));
    assert!(ci.lines().any(|line| line == "step cargo run --release --locked -- scan ."));
}

#[test]
fn the_workflow_runs_the_same_script_with_least_permissions() {
    let workflow = read(".github/workflows/ci.yml");
    let runs: Vec<_> =
        workflow.lines().filter_map(|line| line.split_once("run: ")).map(|(_, command)| command).collect();
    assert_eq!(runs, [".ci/run"]);
    assert!(workflow.contains("\npermissions: {}\n"), "what is not granted below is denied");
    assert!(workflow.contains("\n    permissions:\n      contents: read\n    steps:\n"));
    assert_eq!(workflow.matches("permissions:").count(), 2);
    assert!(workflow.contains("\n          persist-credentials: false\n"));
    for action in workflow.lines().filter_map(|line| line.split_once("uses: ")).map(|(_, action)| action) {
        let commit = action.split_once('@').map_or("", |(_, version)| version.split(' ').next().unwrap());
        assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{action}: pin a commit");
    }
}

#[test]
fn a_check_that_cannot_run_is_skipped_aloud_and_fails_in_ci() {
    let sandbox = Sandbox::new();
    let link = r#"mkdir tools && ln -s "$(command -v dirname)" "$(command -v uname)" tools"#;
    assert!(Command::new("sh").args(["-c", link]).current_dir(sandbox.root()).status().unwrap().success());
    let tools = sandbox.join("tools");
    for check in [".ci/action", ".ci/hooks", ".ci/sarif"] {
        for (ci, code) in [("", 0), ("true", 1)] {
            let output = Command::new(root().join(check)).env("PATH", &tools).env("CI", ci).output().unwrap();
            assert!(output.stdout.starts_with(b"skipped: needs "), "{check}: {output:?}");
            assert_eq!(output.status.code(), Some(code), "{check}: {output:?}");
        }
    }
}

#[test]
fn the_transcript_in_readme_is_real() {
    let sandbox = Sandbox::repository();
    let code = format!("import requests\n\nheaders = {{\n    \"X-API-Key\": \"{}\",\n}}\n", keys::live(1));
    sandbox.write("src/upload.py", code);
    let output = sandbox.keyhound(&[""; 0]);
    output.expect(1).quietly();
    let transcript = format!("```console\n$ keyhound\n{}```\n", output.stdout);
    assert!(read("README.md").contains(&transcript), "README.md does not have this:\n{transcript}");
}

#[test]
fn the_changelog_has_a_place_for_the_next_change() {
    assert!(read("CHANGELOG.md").contains("\n## [Unreleased]\n"));
}

#[test]
fn the_changelog_names_every_command_flag_and_rule() {
    let sandbox = Sandbox::new();
    let changelog = read("CHANGELOG.md");
    let lacks = |name: &str| !changelog.contains(&format!("`{name}"));
    let scan = sandbox.keyhound(&["scan", "--help"]).stdout;
    let flags = scan.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_ascii_lowercase() && c != '-'));
    let flags: BTreeSet<_> =
        flags.filter(|word| word.starts_with("--") && word.len() > 2 && *word != "--help").collect();
    let help = sandbox.keyhound(&["--help"]).stdout;
    let commands = help.split("\nCommands:\n").nth(1).unwrap().split("\n\n").next().unwrap().lines();
    let commands = commands.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    let commands: Vec<_> = commands.map(|name| format!("keyhound {name}")).collect();
    assert!(flags.len() > 10 && commands.len() > 3, "{flags:?} {commands:?}");
    let rules = rule::builtin().rules;
    let names = flags.into_iter().chain(commands.iter().map(String::as_str)).chain(rules.iter().map(|rule| &*rule.id));
    let lacking: Vec<_> = names.filter(|name| lacks(name)).collect();
    assert!(lacking.is_empty(), "CHANGELOG.md lacks {lacking:?}");
}

#[test]
fn versions_are_the_same_everywhere() {
    let version = env!("CARGO_PKG_VERSION");
    let pyproject = read("pyproject.toml");
    assert!(pyproject.contains(&format!("\nversion = \"{version}\"\n")));
    assert!(pyproject.contains(&format!("\ndependencies = [\"keyhound-bin=={version}\"]\n")));
    // The name of the program alone is somebody else's on PyPI.
    assert!(read("packaging/python/pyproject.toml").contains("\nname = \"keyhound-bin\"\n"));
    // The wheel's is that of Cargo.toml.
    assert!(read("packaging/python/pyproject.toml").contains("\ndynamic = [\"version\"]\n"));
}

#[test]
fn hooks_for_pre_commit_never_compile_by_default_and_take_no_options() {
    let manifest = read(".pre-commit-hooks.yaml");
    let hooks: Vec<_> = manifest.split("- id: ").skip(1).collect();
    let ids: Vec<_> = hooks.iter().map(|hook| hook.lines().next().unwrap()).collect();
    assert_eq!(ids, ["keyhound", "keyhound-rust", "keyhound-system", "keyhound-push"]);
    for (hook, language) in hooks.iter().zip(["python", "rust", "system", "python"]) {
        assert!(hook.contains(&format!("\n  language: {language}\n")), "{hook}");
        assert!(hook.contains("\n  require_serial: true\n"), "several at a time would be in each other's way: {hook}");
        assert!(!hook.contains("args:"), "{hook}");
    }
    assert!(!read("pyproject.toml").contains("maturin\""), "the root must not compile");
    let sandbox = Sandbox::repository();
    for entry in manifest.lines().filter_map(|line| line.strip_prefix("  entry: keyhound ")) {
        let arguments: Vec<_> = entry.split(' ').collect();
        sandbox.keyhound_with_input(&arguments, b"").expect(0);
    }
}
