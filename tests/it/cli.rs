//! The command line itself: what can be typed, and what `--help` makes of it.

use std::path::Path;

use snapbox::{Assert, Data};

use crate::support::{Sandbox, keys};

/// Where the help texts are kept.
const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/help");

/// Every command with its own help, as what has to be typed before `--help`.
fn commands(sandbox: &Sandbox, path: &[String]) -> Vec<Vec<String>> {
    let mut all = vec![path.to_vec()];
    let help = sandbox.keyhound(&[path, &["--help".to_owned()]].concat());
    help.expect(0).quietly();
    let lines = help.stdout.lines().skip_while(|line| *line != "Commands:").skip(1);
    for line in
        lines.take_while(|line| !line.is_empty()).filter(|line| line.starts_with("  ") && !line.starts_with("   "))
    {
        let name = line.split_whitespace().next().unwrap();
        if name != "help" {
            all.extend(commands(sandbox, &[path, &[name.to_owned()]].concat()));
        }
    }
    all
}

#[test]
fn help_of_every_command() {
    let sandbox = Sandbox::new();
    let commands = commands(&sandbox, &[]);
    assert!(commands.len() >= 4, "{commands:?}");
    for path in commands {
        let help = sandbox.keyhound(&[&path[..], &["--help".to_owned()]].concat());
        let name = [&["keyhound".to_owned()], &path[..]].concat().join("-");
        let golden = Data::read_from(&Path::new(GOLDEN).join(format!("{name}.txt")), None);
        Assert::new().action_env("SNAPSHOTS").eq(help.stdout, golden);
    }
}

#[test]
fn help_fits_on_a_line_and_tells_the_exit_codes() {
    let sandbox = Sandbox::new();
    for arguments in [&["--help"][..], &["scan", "--help"], &["-h"], &["scan", "-h"]] {
        let help = sandbox.keyhound(arguments);
        help.expect(0).quietly().says("Exit codes:\n  0  ").says("Examples:\n");
        assert!(help.stdout.lines().all(|line| line.chars().count() <= 100), "{help}");
    }
}

#[test]
fn without_a_command_the_current_directory_is_scanned() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", keys::live(1));
    let scanned = sandbox.keyhound(&["scan", "."]);
    scanned.expect(1);
    assert_eq!(sandbox.keyhound(&[""; 0]), scanned);
    assert_eq!(sandbox.keyhound(&["--color", "never"]), scanned);
    assert_eq!(sandbox.keyhound(&["--color=never", "a.txt"]).code, Some(1));
    sandbox.keyhound(&["--format", "json"]).expect(1).says("\"schema_version\": 1");
    sandbox.keyhound(&["--format", "json", "--help"]).expect(0).says("Usage: keyhound scan");
}

#[test]
fn a_path_without_a_command_is_refused_with_a_tip() {
    let sandbox = Sandbox::repository();
    sandbox.write("src/a.txt", keys::live(1));
    sandbox.write("plain", "");
    for path in ["src/a.txt", "src", "plain", "./", "no/such", "none.txt"] {
        let output = sandbox.keyhound(&[path]);
        output.expect(2).complains(&format!("error: unrecognized subcommand '{path}'"));
        output.complains(&format!("tip: to scan it: keyhound scan {path}\n"));
    }
    let output = sandbox.keyhound(&["scna"]);
    output.expect(2).complains("tip: a similar subcommand exists: 'scan'");
}

#[test]
fn files_lists_what_would_be_scanned() {
    let sandbox = Sandbox::repository();
    sandbox.write(".gitignore", "*.log\n");
    sandbox.write("a.txt", "");
    sandbox.write("b.log", "");
    sandbox.write("src/c.txt", keys::live(1));
    let listed = sandbox.keyhound(&["scan", "--files"]);
    listed.expect(0).quietly();
    assert_eq!(listed.stdout, ".gitignore\na.txt\nsrc/c.txt\n");
    assert_eq!(sandbox.keyhound_in("src", &["--files"]).stdout, "c.txt\n");
    assert_eq!(sandbox.keyhound_in("src", &["--files", ".."]).stdout, "../.gitignore\n../a.txt\nc.txt\n");
    assert_eq!(sandbox.keyhound_in("src", &["--files", "../a.txt"]).stdout, "../a.txt\n");
    assert_eq!(sandbox.keyhound(&["--files", "b.log"]).stdout, "b.log\n");
    sandbox.keyhound(&["scan", "--files", "nowhere"]).expect(2).complains("nowhere does not exist");
}

#[test]
fn files_lists_a_name_a_line_whatever_is_in_it() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    let sandbox = Sandbox::new();
    sandbox.write("a\nb\u{1b}[2J", "");
    sandbox.write(OsStr::from_bytes(b"bad\xff"), "");
    assert_eq!(sandbox.keyhound(&["scan", "--files"]).stdout, "a\\nb\\x1b[2J\nbad\\xff\n");
}

#[test]
fn the_version_names_the_commit() {
    let sandbox = Sandbox::new();
    for flag in ["--version", "-V"] {
        let output = sandbox.keyhound(&[flag]);
        output.expect(0).quietly();
        let version = output.stdout.trim_end().strip_prefix(concat!("keyhound ", env!("CARGO_PKG_VERSION"))).unwrap();
        // Outside a repository there is no commit to name.
        let is_commit = |text: &str| text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let commit = version.strip_prefix(" (").and_then(|rest| rest.strip_suffix(')'));
        assert!(version.is_empty() || commit.is_some_and(is_commit), "{output}");
        let is_repository = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.git/logs/HEAD")).exists();
        assert_eq!(commit.is_some(), is_repository, "{output}");
    }
}

#[test]
fn completions_know_the_flags() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        sandbox.keyhound(&["completions", shell]).expect(0).quietly().says("min-confidence").says("sarif");
    }
    sandbox.keyhound(&["completions", "tcsh"]).expect(2);
}

#[test]
fn every_command_has_a_manual_page() {
    let sandbox = Sandbox::new();
    for path in commands(&sandbox, &[]) {
        let title = [&["keyhound".to_owned()], &path[..]].concat().join("-");
        sandbox
            .keyhound(&[&["man".to_owned()], &path[..]].concat())
            .expect(0)
            .quietly()
            .says(&format!(".TH {title} 1"));
    }
    sandbox.keyhound(&["man", "nothing"]).expect(2).complains("error: keyhound has no command nothing");
}

#[test]
fn colour_follows_the_flag_and_the_environment() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", keys::live(1));
    let coloured = |arguments: &[&str], variables: &[(&str, &str)]| {
        let output = sandbox.run(sandbox.command(arguments).envs(variables.iter().copied()));
        (output.stdout.contains('\u{1b}'), output.stderr.contains('\u{1b}'))
    };
    assert_eq!(coloured(&["scan"], &[]), (false, false));
    assert_eq!(coloured(&["scan"], &[("FORCE_COLOR", "1")]), (true, false));
    assert_eq!(coloured(&["scan", "--color", "never"], &[("FORCE_COLOR", "1")]), (false, false));
    assert_eq!(coloured(&["scan", "nowhere"], &[("CLICOLOR_FORCE", "1")]), (false, true));
    assert_eq!(coloured(&["scan", "--color=always"], &[("NO_COLOR", "1")]), (true, false));
    assert_eq!(coloured(&["scan"], &[("NO_COLOR", "1"), ("FORCE_COLOR", "1")]), (false, false));
    assert_eq!(coloured(&["--help"], &[("FORCE_COLOR", "1")]), (true, false));
    assert_eq!(coloured(&["scan", "--nonsense", "--color", "always"], &[]), (false, true));
    assert_eq!(coloured(&["scan", "--nonsense"], &[]), (false, false));
    assert_eq!(coloured(&["scan", "--format", "json", "--color", "always"], &[]), (false, false));
}

#[test]
fn a_file_is_coloured_only_on_request() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", keys::live(1));
    let mut command = sandbox.command(&["scan", "--output", "report"]);
    sandbox.run(command.env("FORCE_COLOR", "1")).expect(1);
    assert!(!sandbox.read("report").contains('\u{1b}'));
    sandbox.keyhound(&["scan", "--output", "report", "--color", "always"]).expect(1);
    assert!(sandbox.read("report").contains('\u{1b}'));
}

#[test]
fn what_is_typed_wrong_begins_no_line_and_gives_no_order() {
    let sandbox = Sandbox::new();
    for arguments in [
        &["scan", "--fail-on", "x\n::error::y"],
        &["scan", "--no\n::error::y", "."],
        &["ci", "--scope", "x\x1b[31m\ny"],
    ] {
        let output = sandbox.keyhound(arguments);
        output.expect(2);
        let lines: Vec<_> = output.stderr.lines().collect();
        assert!(!lines.iter().any(|line| line.trim_start().starts_with("::") || line.contains('\x1b')), "{lines:?}");
        assert!(!lines.contains(&"y'"), "{lines:?}");
    }
}

#[test]
fn a_command_behind_an_option_is_not_taken_for_a_path() {
    let sandbox = Sandbox::repository();
    for command in ["audit", "history", "scan", "hook"] {
        sandbox.write(format!("{command}/a.txt"), "");
        for option in [&["-q"][..], &["--format", "json"], &["--no-config"]] {
            let output = sandbox.keyhound(&[option, &[command]].concat());
            output
                .expect(2)
                .complains(&format!("`{command}` is a command, and stands first: keyhound {command} {}", option[0]));
            sandbox.keyhound(&[option, &[&format!("./{command}")]].concat()).expect(0);
        }
        sandbox.keyhound(&["scan", "-q", command]).expect(0);
    }
    // Only this one stands anywhere.
    sandbox.keyhound(&["--color", "never", "staged"]).expect(0);
}
