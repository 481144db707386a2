//! `keyhound explain`: what it says of a line, what it refuses, and that it shows no value.

use std::{ffi::OsStr, fmt::Write as _, os::unix::ffi::OsStrExt, path::Path};

use snapbox::{Assert, Data};

use crate::support::{Sandbox, encode, keys};

/// Where its answers are kept.
const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/explain.txt");

/// Lines of every kind, as files: what becomes of the line, its place and the file.
fn cases() -> Vec<(&'static str, &'static str, String)> {
    let (live, header, low) = (keys::live(1), keys::header_value(), keys::doubtful());
    let one = |line: String| format!("\n{line}\n");
    vec![
        ("a live key as a header", "live.py:2", one(format!("headers = {{\"X-API-Key\": \"{live}\"}}"))),
        (
            "a sandbox key of another provider",
            "stripe.rb:2",
            one(format!("key = 'sk_{}_{}'", "test", "51Hq8ZtKw3Lx9VbNf2Rj7Ym4")),
        ),
        ("a placeholder", "placeholder.sh:2", one("curl -H 'X-API-Key: your-api-key-here' $URL".to_owned())),
        (
            "a reference",
            "reference.js:2",
            one("fetch(url, {headers: {'X-API-Key': process.env.X_API_KEY}})".to_owned()),
        ),
        (
            "a call, and a name in it",
            "call.py:2",
            one("h = {'X-API-Key': load(MY_KEY_NAME), 'x': os.environ['X_API_KEY']}".to_owned()),
        ),
        ("a copy in base64", "copy.sh:2", one(format!("X-API-Key: {header} # {}", encode::base64(header.as_bytes())))),
        ("binary data", "data.bin:1", format!("\0 X-API-Key: {header}\n")),
        ("a name", "name.c:2", one("int sk_test_helper_function(void);".to_owned())),
        (
            "an entry beside the name",
            "sibling.json:2",
            one(format!("{{\"name\": \"X-API-Key\", \"value\": \"{header}\"}}")),
        ),
        (
            "a value above its name",
            "above.swift:1",
            format!("request.setValue(\"{header}\",\n    forHTTPHeaderField: \"X-API-Key\")\n"),
        ),
        (
            "a name below its value",
            "below.swift:2",
            format!("request.setValue(\"{header}\",\n    forHTTPHeaderField: \"X-API-Key\")\n"),
        ),
        ("through an identifier", "through.py:1", format!("KEY = \"{header}\"\nheaders = {{\"X-API-Key\": KEY}}\n")),
        ("where an identifier is sent", "use.py:2", format!("KEY = \"{header}\"\nheaders = {{\"X-API-Key\": KEY}}\n")),
        ("allowed by the configuration", "allowed/sample.py:2", one(format!("key = '{}'", keys::live(2)))),
        ("allowed by a comment", "comment.py:2", one(format!("key = '{live}'  # keyhound:allow -- revoked in May"))),
        ("excluded", "excluded/sample.py:2", one(format!("key = '{live}'"))),
        ("ignored by git", "ignored.py:2", one(format!("key = '{live}'"))),
        ("low confidence", "low.py:2", one(format!("key = '{low}'"))),
        (
            "base64",
            "base64.py:2",
            one(format!("BASIC = '{}'", encode::base64(format!("X-API-Key: {header}").as_bytes()))),
        ),
        ("escapes", "escapes.json:2", one(format!("{{\"h\": \"X\\u002DAPI\\u002DKey: {header}\"}}"))),
        ("no value", "cors.conf:2", one("add_header Access-Control-Allow-Headers X-API-Key;".to_owned())),
        ("another name", "other.env:2", one(format!("MINIMAX_API_KEY={header}"))),
        ("a column", "live.py:2:27", String::new()),
        ("another column", "live.py:2:1", String::new()),
        ("no anchor", "live.py:1", String::new()),
    ]
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::repository();
    for (_, place, text) in cases().iter().filter(|(_, _, text)| !text.is_empty()) {
        sandbox.write(place.split(':').next().unwrap(), text);
    }
    sandbox.write(".gitignore", "ignored.py\n");
    let config = "[scan]\nexclude = [{ path = \"excluded/\", reason = \"samples\" }]\n\
                  [[allow]]\npaths = [\"allowed/**\"]\nreason = \"revoked samples of the docs\"\n";
    sandbox.write(".keyhound.toml", config);
    sandbox
}

#[test]
fn every_line_is_explained() {
    let sandbox = sandbox();
    let mut said = String::new();
    for (what, place, _) in cases() {
        let output = sandbox.keyhound(&["explain", place]);
        output.expect(0).quietly();
        assert!(output.stdout.lines().all(|line| line.chars().count() <= 80), "{output}");
        writeln!(said, "# {what}\n$ keyhound explain {place}\n{}", output.stdout).unwrap();
    }
    Assert::new().action_env("SNAPSHOTS").eq(said, Data::read_from(Path::new(GOLDEN), None).raw());
}

#[test]
fn it_agrees_with_a_scan() {
    let sandbox = sandbox();
    let report = sandbox.keyhound(&["scan", "--include-ignored", "--format", "json"]);
    let report = report.expect(1).json();
    let findings = report["findings"].as_array().unwrap();
    assert!(findings.len() >= 9, "{findings:?}");
    for finding in findings {
        let (path, start) = (finding["path"].as_str().unwrap(), &finding["start"]);
        let place = format!("{path}:{}:{}", start["line"], start["column"]);
        let [level, rule, confidence] = ["level", "rule", "confidence"].map(|key| finding[key].as_str().unwrap());
        let output = sandbox.keyhound(&["explain", &place]);
        output.expect(0).says(&format!("  reported      {level}[{rule}], {confidence} confidence"));
    }
    for suppressed in report["suppressed"].as_array().unwrap() {
        let place = format!("{}:{}", suppressed["path"].as_str().unwrap(), suppressed["start"]["line"]);
        sandbox.keyhound(&["explain", &place]).expect(0).says("  suppressed    by ");
    }
}

#[test]
fn it_heeds_what_a_scan_heeds() {
    let sandbox = sandbox();
    sandbox.keyhound(&["explain", "comment.py:2", "--no-inline"]).expect(0).says("  reported      error[sk-live-key]");
    sandbox.keyhound(&["explain", "allowed/sample.py:2", "--no-config"]).expect(0).says("  reported  ");
    sandbox.keyhound(&["explain", "low.py:2", "--min-confidence", "low"]).expect(0).says("  reported      warning[");
    sandbox.keyhound(&["explain", "above.swift:1", "--min-confidence", "high"]).expect(0).says("not reported  medium");
    sandbox.write("k.toml", "[[allow]]\npaths = [\"live.py\"]\nreason = \"mine\"\n");
    let named = sandbox.keyhound(&["explain", "live.py:2", "--config", "k.toml"]);
    named.expect(0).says("  suppressed    by [[allow]] entry 1 of k.toml (mine)");
    sandbox.keyhound_in("allowed", &["explain", "../live.py:2"]).expect(0).says("../live.py:2\n").says("  reported  ");
    sandbox.keyhound_in("allowed", &["explain", "sample.py:2"]).expect(0).says("entry 1 of ../.keyhound.toml (revoked");
}

#[test]
fn a_place_that_is_not_there_is_refused() {
    let sandbox = sandbox();
    sandbox.write("empty", "");
    for (place, complaint) in [
        ("live.py", "`live.py` names no line\nhelp: name one: live.py:LINE"),
        ("live.py:", "`live.py:` names no line"),
        ("live.py:x", "`live.py:x` names no line"),
        ("", "`` names no line\nhelp: FILE:LINE"),
        (":3", "`:3` names no line"),
        ("live.py:0", "lines and columns are numbers from 1 on"),
        ("live.py:2:0", "lines and columns are numbers from 1 on"),
        ("live.py:99999999999999999999999", "lines and columns are numbers from 1 on"),
        ("live.py:3", "live.py has 2 lines\nhelp: name a line that is there"),
        ("live.py:2:999", "line 2 of live.py has 99 characters\nhelp: leave out the column: live.py:2"),
        ("live.py:1:1", "line 1 of live.py has 0 characters"),
        ("empty:1", "empty is empty"),
        ("allowed:1", "allowed is a directory\nhelp: name a file in it: allowed/FILE:LINE"),
        ("nowhere:1", "nowhere does not exist"),
        ("nowhere:1:2", "nowhere does not exist"),
        ("live.py:2:3:4", "live.py:2 does not exist"),
    ] {
        let output = sandbox.keyhound(&["explain", place]);
        output.expect(2).complains(
            &format!("error: {}", complaint.lines().next().unwrap_or_default()).replace("error: lines", "lines"),
        );
        output.complains(complaint);
        assert_eq!(output.stdout, "");
    }
}

#[test]
fn names_with_colons_and_other_bytes_are_understood() {
    let sandbox = Sandbox::new();
    let text = format!("\nkey = '{}'\n", keys::live(1));
    sandbox.write("a:2", &text);
    sandbox.write("b:c.py", &text);
    sandbox.write(OsStr::from_bytes(b"d\xff"), &text);
    for place in [&b"a:2:2"[..], b"a:2:2:8", b"b:c.py:2", b"b:c.py:2:8", b"./a:2:2", b"d\xff:2"] {
        let output = sandbox.keyhound(&[OsStr::new("explain"), OsStr::from_bytes(place)]);
        output.expect(0).quietly().says("  reported      error[sk-live-key], high confidence");
    }
    // Of two files that can be meant it is the one whose column is named.
    sandbox.write("a", &text);
    sandbox.keyhound(&["explain", "a:2:8"]).expect(0).says("a:2:8\n");
    sandbox.keyhound(&["explain", "a:2:2"]).expect(0).says("nothing at column 2");
}

#[test]
fn lines_are_found_in_large_files_long_lines_and_utf_16() {
    let sandbox = Sandbox::new();
    let (live, header) = (keys::live(1), keys::header_value());
    let filler = "x = 1;\n".repeat(400_000);
    sandbox.write("large.py", format!("{filler}KEY = \"{header}\"\n{filler}h = {{\"X-API-Key\": KEY}}\n"));
    let output = sandbox.keyhound(&["explain", "large.py:400001"]);
    output.expect(0).says("at 400001:8\n  reported ").says("sent          as X-API-Key at 800002:");
    let output = sandbox.keyhound(&["explain", "large.py:800002"]);
    output.expect(0).says("at 400001:8\n  reported ").says("sent          as X-API-Key at 800002:");
    sandbox.keyhound(&["explain", "large.py:800003"]).expect(2).complains("large.py has 800002 lines");
    let filler = "ä = 1; ".repeat(400_000);
    sandbox.write("long.js", format!("\n{filler}key = '{live}'; {filler}\n"));
    let output = sandbox.keyhound(&["explain", "long.js:2:2800008"]);
    output.expect(0).says("ä = 1; key = 'sk_live_…459a'; ä = 1; ").says("sk_live_…459a at 2:2800008\n  reported ");
    sandbox.keyhound(&["explain", "long.js:2"]).expect(0).says("sk_live_…459a at 2:2800008\n  reported ");
    sandbox.keyhound(&["explain", "long.js:2:9999999"]).expect(2).complains("line 2 of long.js has 5600082 characters");
    let text = format!("\u{feff}\r\nkey = '{live}'\r\n");
    sandbox.write("utf16.ps1", text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>());
    let output = sandbox.keyhound(&["explain", "utf16.ps1:2:8"]);
    output.expect(0).says("2 | key = 'sk_live_…459a'\n").says("sk_live_…459a at 2:8\n  reported ");
}

#[test]
fn what_has_no_lines_of_its_own_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("a", "");
    assert!(std::process::Command::new("mkfifo").arg(sandbox.root().join("fifo")).status().unwrap().success());
    sandbox.keyhound(&["explain", "fifo:1"]).expect(2).complains("fifo is no file of lines");
}

#[test]
fn a_line_full_of_names_is_cut_short() {
    let sandbox = Sandbox::new();
    sandbox.write("many.txt", format!("{}\n", "X-API-Key ".repeat(1000)));
    let output = sandbox.keyhound(&["explain", "many.txt:1"]);
    output.expect(0).says("  not shown     380 more names and prefixes stand on this line: name a column");
    sandbox.write("values.txt", format!("{}\n", format!("k = '{}', ", keys::live(1)).repeat(300)));
    let output = sandbox.keyhound(&["explain", "values.txt:1"]);
    output.expect(0).says("  not shown     200 more names and prefixes stand on this line");
    assert_eq!(output.stdout.matches("  reported  ").count(), 100);
    sandbox.keyhound(&["explain", "many.txt:1:9005"]).expect(0).says(" at 1:9001\n");
}

/// However a value is written, judged and asked about: no answer holds six bytes in a row of it, nor of its spelling.
#[test]
fn no_answer_shows_a_value() {
    let sandbox = Sandbox::repository();
    let (live, header, low) = (keys::live(1), keys::header_value(), keys::doubtful());
    let rest = |value: &str| value.rsplit('_').next().unwrap().to_owned();
    let escaped = encode::each(&header, |byte| format!("\\u{byte:04x}"));
    let encoded = encode::base64(format!("{{\"X-API-Key\": \"{header}\"}}").as_bytes());
    let rest_in_base64 = encode::base64(&header.as_bytes()[2..]);
    // Lines, and what no answer about them may show a piece of.
    let lines = [
        (format!("a = '{live}'"), vec![rest(&live)]),
        (format!("a = '{low}' b = '{live}' c = 'X-API-Key: {header}'"), vec![rest(&low), rest(&live), header.clone()]),
        (format!("a = '{}{}' + \\\n '{}'", &live[..30], "", &live[30..]), vec![rest(&live)]),
        (format!("X-API-Key: {}", "your-secret-value-1234567"), vec!["your-secret-value-1234567".to_owned()]),
        (format!("h = '{encoded}'"), vec![header.clone(), encoded[24..encoded.len() - 8].to_owned()]),
        (format!("{{\"h\": \"X\\u002DAPI\\u002DKey: {escaped}\"}}"), vec![header.clone(), escaped]),
        (format!("h = '{}'", encode::hex(&live)), vec![rest(&live), encode::hex(&rest(&live))]),
        (format!("u = 'https://a.test/?x=%73%6b%5flive_{}'", &live[8..]), vec![rest(&live)]),
        (format!("KEY = '{header}'\nh = {{'X-API-Key': KEY}} # {header}"), vec![header.clone()]),
        (format!("\0 X-API-Key: {header}\0"), vec![header.clone()]),
        (format!("\0\nX-API-Key: {header}"), vec![header.clone()]),
        (format!("\x1b[32mX-API-Key\x1b[0m: \x1b[33m{header}"), vec![header.clone()]),
        (format!("X-API-Key=3A {header}"), vec![header.clone()]),
        (format!("MINIMAX_API_KEY={header}"), vec![header.clone()]),
        (
            format!(
                "X-API-Key: {header} # {} {rest_in_base64} {}",
                encode::hex(&header),
                encode::base64(live.as_bytes())
            ),
            {
                let copies = [encode::base64(&live.as_bytes()[9..]), rest_in_base64.clone()];
                [
                    copies.map(|copy| copy[..copy.len() - 4].to_owned()).to_vec(),
                    vec![encode::hex(&header), header.clone()],
                ]
                .concat()
            },
        ),
        (
            format!("{}k = '{live}'; l = '{low}'; {}", "ä;".repeat(2000), "ö;".repeat(5000)),
            vec![rest(&live), rest(&low)],
        ),
    ];
    for (text, hidden) in &lines {
        sandbox.write("file.txt", text);
        for (number, line) in text.lines().enumerate() {
            let at = |column: usize| format!("file.txt:{}:{column}", number + 1);
            let columns = line.chars().count();
            let step = (columns / 12).max(1);
            let places = (1..=columns).step_by(step).map(at).chain([format!("file.txt:{}", number + 1)]);
            for place in places {
                for confidence in ["low", "high"] {
                    let output = sandbox.keyhound(&["explain", &place, "--min-confidence", confidence]);
                    output.expect(0);
                    for piece in hidden.iter().flat_map(|value| value.as_bytes().windows(6)) {
                        output.never_says(std::str::from_utf8(piece).unwrap());
                    }
                }
            }
        }
    }
}
