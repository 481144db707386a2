//! How keyhound behaves as a process: where reports go, what an interrupted run leaves, what it says and to whom.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    os::unix::{
        fs::{FileTypeExt, PermissionsExt, symlink},
        process::ExitStatusExt,
    },
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::support::{Output, Sandbox, keys};

/// A repository with one live key in `a.txt`.
fn leaky() -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", keys::live(1));
    sandbox
}

#[test]
fn output_goes_to_a_file_and_stdout_holds_nothing() {
    let sandbox = leaky();
    let output = sandbox.keyhound(&["scan", "--format", "json", "--output", "report.json"]);
    output.expect(1).quietly();
    assert_eq!(output.stdout, "");
    let printed = sandbox.keyhound(&["scan", "a.txt", "--format", "json"]).stdout;
    assert_eq!(sandbox.read("report.json"), printed);
    assert_eq!(sandbox.listing(), ["a.txt", "report.json"]);
}

#[test]
fn one_scan_writes_many_reports() {
    let sandbox = leaky();
    let arguments = ["scan", "a.txt", "--report", "json=a.json", "--report", "sarif=a.sarif"];
    sandbox.keyhound(&arguments).expect(1).says("a.txt");
    assert_eq!(sandbox.read("a.json"), sandbox.keyhound(&["scan", "a.txt", "--format", "json"]).stdout);
    assert_eq!(sandbox.read("a.sarif"), sandbox.keyhound(&["scan", "a.txt", "--format", "sarif"]).stdout);
}

#[test]
fn what_code_scanning_would_reject_is_left_out_and_told() {
    let sandbox = Sandbox::repository();
    let line = format!("{}\n", keys::live(1));
    sandbox.write("a.txt", line.repeat(5002));
    let output = sandbox.keyhound(&["scan", "--report", "sarif=a.sarif", "--format", "json"]);
    output.expect(1).complains("note: sarif leaves out 2 places, the least urgent ones; json has all\n");
    assert_eq!(sandbox.read("a.sarif").matches("\"ruleId\": ").count(), 5000);
    assert_eq!(output.json()["findings"][0]["occurrences"].as_array().unwrap().len(), 5002);
    sandbox.keyhound(&["scan", "--format", "json"]).expect(1).quietly();
}

#[test]
fn a_new_report_heeds_the_umask_and_a_present_one_keeps_its_permissions() {
    let sandbox = leaky();
    let mode = |name: &str| fs::metadata(sandbox.join(name)).unwrap().permissions().mode() & 0o777;
    let keyhound = env!("CARGO_BIN_EXE_keyhound");
    let script = format!("umask 027 && exec '{keyhound}' scan --output new --report json=present");
    sandbox.write("present", "older");
    fs::set_permissions(sandbox.join("present"), fs::Permissions::from_mode(0o664)).unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).current_dir(sandbox.root()).env_clear().env("HOME", sandbox.home());
    sandbox.run(&mut shell).expect(1);
    assert_eq!(mode("new"), 0o640);
    assert_eq!(mode("present"), 0o664);
    assert!(sandbox.read("present").contains("schema_version"));
}

#[test]
fn a_link_that_a_commit_can_bring_leads_nowhere_else() {
    let sandbox = leaky();
    let config = sandbox.read(".git/config");
    sandbox.write("../victim", "of somebody");
    let outside = sandbox.root().parent().unwrap().join("victim");
    for (number, target) in
        [".git/config", "../victim", outside.to_str().unwrap(), "/dev/null", "/dev/stdout", "../new"]
            .into_iter()
            .enumerate()
    {
        let link = format!("link-{number}");
        symlink(target, sandbox.join(&link)).unwrap();
        for arguments in [["--output", &link], ["--report", &format!("sarif={link}")]] {
            let output = sandbox.keyhound(&[&["scan"], &arguments[..]].concat());
            output.expect(2).complains(&format!("{link} is a symbolic link that leaves the working tree"));
            output.complains("or remove the link");
        }
    }
    symlink(".git", sandbox.join("directory")).unwrap();
    symlink("..", sandbox.join("up")).unwrap();
    sandbox.write("below/a.txt", "");
    symlink("directory", sandbox.join("twice")).unwrap();
    for file in
        ["directory/config", "twice/hooks/pre-commit", "up/victim", "below/../up/new", "below/../directory/config"]
    {
        sandbox.keyhound(&["scan", "--output", file]).expect(2).complains("leaves the working tree");
    }
    // As an action names it: from elsewhere, by all of the path.
    let absolute = sandbox.join("up/new");
    sandbox.keyhound(&["scan", "--output", absolute.to_str().unwrap()]).expect(2).complains("leaves the working tree");
    assert_eq!((sandbox.read(".git/config"), sandbox.read("../victim")), (config, "of somebody".to_owned()));
    assert!(!sandbox.join("../new").exists() && !sandbox.join(".git/hooks/pre-commit").exists());
}

#[test]
fn a_link_stays_and_its_target_is_replaced() {
    let sandbox = leaky();
    sandbox.write("reports/real", "older");
    symlink("reports/real", sandbox.join("link")).unwrap();
    symlink("reports/fresh", sandbox.join("dangling")).unwrap();
    sandbox.keyhound(&["scan", "--output", "link", "--report", "json=dangling"]).expect(1);
    assert!(sandbox.join("link").is_symlink() && sandbox.join("dangling").is_symlink());
    assert!(sandbox.read("reports/real").contains("a.txt"));
    assert!(sandbox.read("reports/fresh").contains("schema_version"));
}

#[test]
fn devices_are_written_in_place() {
    let sandbox = leaky();
    let output = sandbox.keyhound(&["scan", "--output", "/dev/null", "--report", "json=/dev/null"]);
    output.expect(1).quietly();
    assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device(), "/dev/null was replaced");
    sandbox.keyhound(&["scan", "--output", "/dev/stdout"]).expect(1).says("a.txt");
    sandbox.keyhound(&["scan", "--output", "-"]).expect(1).says("a.txt");
    sandbox.keyhound(&["scan", "--format", "json", "--output", "/dev/stderr"]).expect(1).complains("schema_version");
}

#[test]
fn a_file_that_stdout_appends_to_keeps_what_it_holds() {
    let sandbox = leaky();
    let keyhound = env!("CARGO_BIN_EXE_keyhound");
    let script =
        format!("echo before > log; '{keyhound}' scan a.txt --output /dev/stdout >> log; echo after $? >> log");
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).current_dir(sandbox.root()).env_clear().env("HOME", sandbox.home());
    sandbox.run(&mut shell).expect(0);
    let log = sandbox.read("log");
    assert!(log.starts_with("before\n") && log.contains("a.txt") && log.ends_with("after 1\n"), "{log}");
}

#[test]
fn a_pipe_is_written_in_place() {
    let sandbox = leaky();
    let fifo = sandbox.join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let reader = thread::spawn({
        let fifo = fifo.clone();
        move || fs::read_to_string(fifo).unwrap()
    });
    sandbox.keyhound(&["scan", "a.txt", "--format", "json", "--output", "fifo"]).expect(1);
    assert_eq!(reader.join().unwrap(), sandbox.keyhound(&["scan", "a.txt", "--format", "json"]).stdout);
    assert!(fs::metadata(&fifo).unwrap().file_type().is_fifo(), "the pipe was replaced");
}

#[test]
fn two_reports_in_one_file_are_refused() {
    let sandbox = leaky();
    symlink("one", sandbox.join("other")).unwrap();
    fs::create_dir(sandbox.join("sub")).unwrap();
    let rows: [&[&str]; 6] = [
        &["scan", "--output", "one", "--report", "json=one"],
        &["scan", "--report", "json=one", "--report", "sarif=./one"],
        &["scan", "--report", "json=one", "--report", "sarif=sub/../one"],
        &["scan", "--report", "json=one", "--report", "sarif=other"],
        &["scan", "--report", "json=-"],
        &["scan", "--report", "json=/dev/stdout"],
    ];
    for row in rows {
        sandbox.keyhound(row).expect(2).complains("two reports would be written to the same place");
    }
    assert!(!sandbox.join("one").exists());
}

#[test]
fn a_report_into_the_file_that_stdout_is_is_refused() {
    let sandbox = leaky();
    let file = fs::File::create(sandbox.join("report")).unwrap();
    let mut command = sandbox.command(&["scan", "--report", "json=report"]);
    let output = command.stdout(file).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("two reports would be written to the same place"));
}

#[test]
fn what_cannot_be_written_is_known_before_the_scan() {
    let sandbox = leaky();
    fs::create_dir(sandbox.join("directory")).unwrap();
    symlink("loop", sandbox.join("loop")).unwrap();
    let rows = [
        ("directory", "it is a directory"),
        ("missing/report", "there is no directory missing"),
        ("a.txt/report", "cannot write to a.txt/report"),
        ("new/", "cannot write to new/"),
        ("loop", "its links lead in a circle"),
    ];
    for (file, message) in rows {
        let output = sandbox.keyhound(&["scan", "--report", "json=good", "--output", file]);
        output.expect(2).complains("error: cannot write to").complains(message);
        assert!(!sandbox.join("good").exists(), "the scan ran although {file} cannot be written");
    }
}

#[test]
fn what_must_not_be_written_is_known_before_the_scan() {
    let sandbox = leaky();
    sandbox.write("closed/a", "");
    sandbox.write("report", "older");
    fs::set_permissions(sandbox.join("closed"), fs::Permissions::from_mode(0o555)).unwrap();
    fs::set_permissions(sandbox.join("report"), fs::Permissions::from_mode(0o444)).unwrap();
    let rows = [("closed/report", "nothing can be created in closed"), ("report", "cannot write to report")];
    for (file, message) in rows {
        let output = sandbox.keyhound_unprivileged(&["scan", "--report", "json=good", "--output", file]);
        output.expect(2).complains(message);
    }
    assert_eq!(sandbox.read("report"), "older");
    assert!(!sandbox.join("good").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_2() {
    let sandbox = leaky();
    sandbox.keyhound(&["scan", "--output", "/dev/full"]).expect(2).complains("cannot write to /dev/full: ");
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = sandbox.command(&["scan"]);
    let output = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap().wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("error: cannot write to standard output: "));
}

#[test]
fn a_reader_that_goes_away_changes_nothing() {
    let sandbox = Sandbox::new();
    for (content, code) in [(keys::live(1), 1), ("nothing".to_owned(), 0)] {
        let mut command = sandbox.command(&["scan", "-", "--format", "json"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        child.stdin.take().unwrap().write_all(content.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    }
}

#[test]
fn an_interrupted_scan_leaves_the_older_report_and_nothing_else() {
    let sandbox = Sandbox::repository();
    sandbox.write("report.json", "older");
    // Who runs the tests in the background may have taught all children to ignore Ctrl-C.
    let mut command = if cfg!(target_os = "linux") {
        let mut command = Command::new("env");
        command.arg("--default-signal=INT").arg(env!("CARGO_BIN_EXE_keyhound"));
        command
    } else {
        Command::new(env!("CARGO_BIN_EXE_keyhound"))
    };
    command.args(["scan", "-", "--verbose", "--format", "json", "--output", "report.json", "--report", "sarif=new"]);
    command.current_dir(sandbox.root()).env("HOME", sandbox.home());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(keys::live(1).as_bytes()).unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("threads: ") {
        line.clear();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "it ended by itself");
    }
    assert!(Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status().unwrap().success());
    let patience = Instant::now() + Duration::from_secs(30);
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(Instant::now() < patience, "it goes on after Ctrl-C");
        thread::sleep(Duration::from_millis(10));
    };
    drop(stdin);
    assert_eq!(status.signal(), Some(2), "{status}");
    assert_eq!(sandbox.listing(), ["report.json"]);
    assert_eq!(sandbox.read("report.json"), "older");
}

#[test]
fn standard_input_is_scanned_under_a_name() {
    let sandbox = Sandbox::new();
    let run = |arguments: &[&str]| sandbox.keyhound_with_input(arguments, keys::live(1).as_bytes());
    let path = |output: &Output| output.json()["findings"][0]["path"].clone();
    let plain = run(&["scan", "-", "--format", "json"]);
    plain.expect(1).quietly();
    assert_eq!(path(&plain), "stdin");
    let named = run(&["--format", "json", "-", "--stdin-path", "src/a.rs"]);
    named.expect(1).quietly();
    assert_eq!(path(&named), "src/a.rs");
    run(&["-"]).expect(1);
    sandbox.keyhound_with_input(&["-"], b"").expect(0);
}

#[test]
fn verbose_tells_what_ruled_the_scan_and_what_was_skipped() {
    let sandbox = Sandbox::repository();
    sandbox.write(".keyhound.toml", "[scan]\nexclude = [{ path = \"old/**\", reason = \"not ours\" }]\n");
    sandbox.write(".gitignore", "target\n");
    sandbox.write("target/a", "");
    let output = sandbox.keyhound(&["scan", "-v", "--threads", "3", "--format", "json"]);
    output.complains("root: [SANDBOX]/root (git repository)\n").complains("threads: 3\n");
    output.complains("configuration: .keyhound.toml\n").complains("rules: ").complains("skipped: target (ignored)\n");
    sandbox.keyhound(&["scan", "-v", "--no-config"]).complains("configuration: none\n");
}

#[test]
fn progress_is_for_terminals_unless_asked_for() {
    let sandbox = leaky();
    sandbox.keyhound(&["scan"]).expect(1).quietly();
    sandbox.keyhound(&["scan", "--progress", "never"]).expect(1).quietly();
    let shown = sandbox.keyhound_with_input(&["-", "--progress", "always"], b"three\n");
    shown.expect(0).complains("scanned 1 files, 6 B\n");
    sandbox.keyhound(&["scan", "--progress", "always", "--quiet"]).expect(1).quietly();
}

#[test]
fn quiet_is_silent_unless_there_is_something_to_report() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.txt", "nothing\n");
    let output = sandbox.keyhound(&["scan", "--quiet"]);
    output.expect(0).quietly();
    assert_eq!(output.stdout, "");
    sandbox.write("b.txt", keys::live(1));
    sandbox.keyhound(&["scan", "--quiet"]).expect(1).quietly().says("b.txt");
    sandbox.keyhound(&["scan", "--quiet", "nowhere"]).expect(2).complains("error: ");
}

#[test]
fn a_broken_configuration_is_2_and_every_mistake_is_told() {
    let sandbox = Sandbox::repository();
    sandbox.write(".keyhound.toml", "[scam]\n\n[[allow]]\nreason = \"\"\nvalues = [\"(\"]\n");
    let output = sandbox.keyhound(&["scan"]);
    output.expect(2).complains("error: .keyhound.toml:1: ").complains("error: .keyhound.toml:4: ");
    output.complains("error: .keyhound.toml:5: ").complains("help: ");
    assert_eq!(output.stdout, "");
    sandbox.keyhound(&["scan", "--no-config"]).expect(0);
}

#[test]
fn a_configuration_that_cannot_be_read_is_2() {
    let sandbox = Sandbox::repository();
    sandbox.keyhound(&["scan", "--config", "none.toml"]).expect(2).complains("there is no configuration none.toml");
    fs::create_dir(sandbox.join(".keyhound.toml")).unwrap();
    sandbox.keyhound(&["scan"]).expect(2).complains("cannot read the configuration .keyhound.toml");
    let sandbox = Sandbox::repository();
    sandbox.write(".keyhound.toml", "");
    sandbox.lock(".keyhound.toml");
    sandbox.keyhound_unprivileged(&["scan"]).expect(2).complains("cannot read the configuration .keyhound.toml");
}

#[test]
fn the_configuration_is_that_of_the_repository_that_is_scanned() {
    let sandbox = Sandbox::repository();
    sandbox.write(".keyhound.toml", "broken");
    fs::create_dir(sandbox.join("other")).unwrap();
    sandbox.git(&["init", "--quiet", "other"]);
    sandbox.write("other/.keyhound.toml", "[[allow]]\npaths = [\"*.txt\"]\nreason = \"samples\"\n");
    sandbox.write("other/sub/a.txt", keys::live(1));
    sandbox.keyhound(&["scan", "other/sub"]).expect(0);
    sandbox.keyhound_in("other/sub", &["scan"]).expect(0);
    sandbox.keyhound(&["scan", "other", "--config", ".keyhound.toml"]).expect(2).complains(".keyhound.toml:1: ");
}

#[test]
fn comments_are_heeded_unless_told_otherwise() {
    let sandbox = Sandbox::repository();
    sandbox.write("a.py", format!("key = '{}'  # keyhound:allow -- revoked\n", keys::live(1)));
    sandbox.keyhound(&["scan"]).expect(0);
    sandbox.keyhound(&["scan", "--no-inline"]).expect(1);
}

#[test]
fn keys_are_masked_in_what_stderr_says() {
    let sandbox = Sandbox::repository();
    let key = keys::live(1);
    sandbox.write(".gitignore", "sk*\n");
    sandbox.write(&key, "");
    let told = sandbox.keyhound(&["scan", "--verbose", "--format", "json"]);
    told.complains("skipped: sk_live_…").never_says(&key[8..14]);
    sandbox.keyhound(&["scan", "--verbose"]).says("ignored: sk_live_…").never_says(&key[8..14]);
    sandbox.keyhound(&["scan", &format!("none/{key}")]).expect(2).complains("error: none/[masked]");
    sandbox.keyhound(&[&key]).expect(2).never_says(&key[8..14]);
    sandbox.keyhound(&["scan", &format!("--{key}")]).expect(2).never_says(&key[8..14]);
    let listed = sandbox.keyhound(&["scan", "--files", &key]);
    listed.expect(0).never_says(&key[8..14]);
}

#[test]
fn terminal_controls_in_names_are_neutralised() {
    let sandbox = Sandbox::repository();
    let output = sandbox.keyhound(&["scan", "a\u{1b}[2Jb\u{202e}c\nd"]);
    output.expect(2).complains("error: a\\x1b[2Jb\\u{202e}c");
    output.never_says("\u{1b}").never_says("\u{202e}");
}

#[test]
fn a_closed_stderr_changes_nothing() {
    let sandbox = Sandbox::new();
    let mut command = sandbox.command(&["scan", "nowhere"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take());
    let mut stdout = String::new();
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(2));
    assert_eq!(stdout, "");
}

#[test]
fn no_byte_of_a_report_depends_on_the_run_or_the_threads() {
    let sandbox = Sandbox::repository();
    sandbox.write(".keyhound.toml", "[[allow]]\npaths = [\"d3/\"]\nreason = \"sample data\"\n");
    for number in 0..120_u8 {
        let key = if number % 3 == 0 { keys::live(number % 40) } else { keys::sandbox(number % 7) };
        let text =
            format!("# {number}\nkey = {key}\nX-API-Key: {}\nother = {}\n", keys::header_value(), keys::live(number));
        sandbox.write(format!("d{}/e{}/{number}.txt", number % 5, number % 11), text);
    }
    sandbox.git(&["add", "d0", "d1"]);
    sandbox.git(&["commit", "--quiet", "--message=some"]);
    sandbox.write("d0/e0/0.txt", "nothing here any more\n");
    fs::remove_file(sandbox.join("d1/e1/1.txt")).unwrap();
    for format in ["human", "json", "jsonl", "sarif"] {
        let arguments = |threads: &str| ["scan", "-v", "--format", format, "--threads", threads].map(str::to_owned);
        let first = sandbox.command(&arguments("1")).output().unwrap();
        assert_eq!(first.status.code(), Some(1), "{format}");
        for threads in ["1", "2", "3", "8"].into_iter().cycle().take(20) {
            let again = sandbox.command(&arguments(threads)).output().unwrap();
            assert!(again.stdout == first.stdout, "{format} on {threads} threads differs");
        }
    }
}

#[test]
fn a_broken_repository_around_the_reader_is_not_that_of_what_is_scanned() {
    let sandbox = Sandbox::new();
    sandbox.write("broken/.git", "gitdir: /no/such/place\n");
    sandbox.write("project/a.py", format!("key = \"{}\"\n", keys::live(1)));
    sandbox.keyhound_in("broken", &["scan", "../project"]).expect(1).says("a.py:1:8");
}
