//! Names, lines, messages, authors, references and reasons are written by whoever can push: none of them gives orders to a
//! terminal, a runner or a browser, whatever command reads them and whatever format tells of them. `ci` has its own page
//! of this, `ci/injection.rs`.

use std::fmt::Write as _;

use crate::support::{
    Output, Sandbox, keys,
    orders::{ORDERS, heeded},
};

const FORMATS: [&str; 6] = ["human", "json", "jsonl", "sarif", "github", "markdown"];

/// What git allows as the name of a branch or tag.
const NAMES: [&str; 5] = ["<script>pwned<-script>", "@pwned", "`|pwned|`", "\u{202e}pwned", "![pwned](x)"];

/// A file's name that would be obeyed in a path or at the start of a line. A slash would make it two names.
fn name(order: &str, number: usize) -> String {
    format!("{}\n{}_{number}", order.replace('/', "_"), order.replace('/', "_"))
}

fn content(order: &str, number: usize) -> String {
    format!("{order} key = \"{}\" {order}\n", keys::live(u8::try_from(number).unwrap()))
}

/// A repository in which everything is one of these orders.
fn repository(orders: &[&str]) -> Sandbox {
    let sandbox = Sandbox::repository();
    sandbox.write("clean.py", "import os\n");
    sandbox.commit_all();
    sandbox.git(&["tag", "base"]);
    for (number, order) in orders.iter().enumerate() {
        sandbox.write(name(order, number), content(order, number));
        sandbox.git(&["add", "--all"]);
        let author = format!("--author={} <{number}@example.com>", order.replace(['<', '>'], ""));
        let key = keys::live(u8::try_from(100 + number).unwrap());
        let message = format!("{order}\n\n{order} {key}\n{order}");
        sandbox.git(&["commit", "--quiet", "--cleanup=verbatim", &author, "-m", &message]);
    }
    for (number, name) in NAMES.iter().enumerate() {
        let name = name.replace(['[', ' '], "");
        sandbox.git(&["branch", &name]);
        let key = keys::sandbox(u8::try_from(number).unwrap());
        sandbox.git(&["tag", "--annotate", "--message", &format!("{name} {key}"), &format!("{name}-tag")]);
        sandbox.git(&["branch", &format!("{name}-{key}")]);
    }
    sandbox
}

/// Stages more of the same, with reasons to let it pass.
fn stage(sandbox: &Sandbox, orders: &[&str]) {
    let mut config = String::new();
    for (number, order) in orders.iter().enumerate() {
        let number = 50 + number;
        let order = order.replace('\u{1b}', "\\u001b").replace('\u{7}', "\\u0007");
        writeln!(config, "[[allow]]\npaths = [\"/allowed{number}\"]\nreason = \"{order}\\n{order}\"").unwrap();
        writeln!(config, "[[allow]]\npaths = [\"/nothing{number}\"]\nreason = \"{order}\\n{order}\"").unwrap();
    }
    sandbox.write(".keyhound.toml", config);
    for (number, order) in orders.iter().enumerate() {
        let number = 50 + number;
        sandbox.write(name(order, number), content(order, number));
        sandbox.write(format!("allowed{number}"), content(order, number));
        let comment = format!("{} # keyhound:allow -- {order}\n", content(order, 50 + number).trim_end());
        sandbox.write(format!("commented{number}"), comment);
    }
    sandbox.git(&["add", "--all"]);
}

/// Fails if any order came through as it is.
fn is_inert(what: &str, format: &str, output: &Output) {
    assert_eq!(heeded(format, &output.stdout), [""; 0], "{what}, {format}");
    assert_eq!(heeded("", &output.stderr), [""; 0], "{what}, {format}: standard error");
}

#[test]
fn every_command_in_every_format() {
    // So few at once that annotations tell of names beside messages.
    for orders in ORDERS.chunks(6) {
        let sandbox = repository(orders);
        let commits: [&[&str]; 5] = [
            &["range", "base..main"],
            &["history"],
            &["history", "--refs=*pwned*"],
            &["ci", "--base=base"],
            &["ci", "--base=base", "--scope=tree"],
        ];
        for command in commits {
            is_inert_in_every_format(&sandbox, command);
        }
        stage(&sandbox, orders);
        let files: [&[&str]; 3] = [&["scan", "."], &["staged"], &["audit"]];
        for command in files {
            is_inert_in_every_format(&sandbox, command);
        }
    }
}

fn is_inert_in_every_format(sandbox: &Sandbox, command: &[&str]) {
    for format in FORMATS {
        for more in [&[][..], &["--verbose"]] {
            let output = sandbox.keyhound(&[command, &["--format", format], more].concat());
            output.expect(1);
            is_inert(command[0], format, &output);
            // They are there, made harmless.
            output.says("pwned");
        }
    }
}

#[test]
fn what_has_one_format_only() {
    let sandbox = repository(&ORDERS);
    stage(&sandbox, &ORDERS);
    let places = ORDERS.iter().enumerate().map(|(number, order)| format!("{}:1", name(order, number)));
    for place in places {
        let output = sandbox.keyhound(&["explain", &place]);
        is_inert("explain", "human", output.says("pwned"));
    }
    is_inert("scan --files", "human", sandbox.keyhound(&["scan", "--files", "."]).expect(0).says("pwned"));
    is_inert("range --files", "human", sandbox.keyhound(&["range", "--files", "base..main"]).expect(0).says("pwned"));
    is_inert("hook pre-commit", "human", sandbox.keyhound(&["hook", "pre-commit"]).expect(1).says("pwned"));
    let named: Vec<_> = (0..ORDERS.len()).map(|number| name(ORDERS[number], number)).collect();
    for name in &named {
        is_inert("hook pre-commit", "human", &sandbox.keyhound(&["hook", "pre-commit", &format!("./{name}")]));
    }
    let (tip, none) = (sandbox.git(&["rev-parse", "main"]), "0".repeat(40));
    for name in NAMES {
        let pushed = format!("{name} {} refs/heads/{name} {none}\n", tip.trim());
        let output = sandbox.keyhound_with_input(&["hook", "pre-push", "origin", "url"], pushed.as_bytes());
        is_inert("hook pre-push", "human", output.expect(1).says("pwned"));
    }
    let input = content(ORDERS[0], 1);
    for order in ORDERS {
        let output = sandbox.keyhound_with_input(&["-", "--stdin-path", &name(order, 0)], input.as_bytes());
        is_inert("standard input", "human", output.expect(1).says("pwned"));
    }
}

#[test]
fn mistakes_are_told_without_obeying_them() {
    let sandbox = repository(&ORDERS);
    for (number, order) in ORDERS.iter().enumerate() {
        let text = format!("{order}\n{order}");
        for arguments in [
            &["scan", &text][..],
            &["scan", "--config", &text],
            &["scan", "--report", &format!("sarif={text}/x")],
            &["scan", "--refs", &text],
            &["range", &text],
            &["range", &format!("base..{text}")],
            &["ci", "--base", &text],
            &["history", "--since", &text],
            &["history", "--refs", &text],
            &["explain", &format!("{text}:1")],
            &["rules", "show", &text],
            &["allow", &text, "--reason", "x"],
            &["hook", "pre-commit", &text],
            &["hook", &text],
            &[&text],
        ] {
            let output = sandbox.keyhound(arguments);
            assert_ne!(output.code, None, "{output}");
            is_inert(&arguments.join(" "), "human", &output);
        }
        let output = sandbox.keyhound_with_input(&["hook", "pre-push", "origin", "url"], text.as_bytes());
        is_inert("hook pre-push", "human", output.expect(2));
        let order = order.replace('\u{1b}', "\\u001b").replace('\u{7}', "\\u0007");
        for config in [
            format!("\"{order}\\n{order}\" = 1\n"),
            format!("policy = \"{order}\\n{order}\"\n"),
            format!("[[allow]]\nrules = [\"{order}\\n{order}\"]\nreason = \"x\"\n"),
            format!("[[allow]]\nvalues = [\"({order}\\n\"]\nreason = \"x\"\n"),
            format!("[[rule]]\nid = \"{order}\\n{order}\"\n"),
            format!("{order}\n\"\n"),
        ] {
            sandbox.write("bad.toml", &config);
            for command in [&["scan", "."][..], &["rules", "list"], &["rules", "check"]] {
                let output = sandbox.keyhound(&[command, &["--config", "bad.toml"]].concat());
                output.expect(2);
                is_inert(&format!("{command:?} of configuration {number}: {config}"), "human", &output);
            }
        }
    }
}

#[test]
fn rules_and_remotes_that_others_name() {
    let sandbox = Sandbox::repository();
    let mut config = String::new();
    for (number, order) in ORDERS.iter().enumerate() {
        let text = order.replace('\u{1b}', "\\u001b").replace('\u{7}', "\\u0007");
        let text = format!("{text}\\n{text}");
        let anchor = format!("acme{number:02}_");
        write!(
            config,
            "[[rule]]\nid = \"acme-{number}\"\nname = \"{text}\"\ndescription = \"{text}\"\nseverity = \"high\"\n\
             anchors = [\"{anchor}\"]\npattern = '{anchor}([0-9a-f]{{32}})'\nremedy = \"{text}\"\n\
             match = [\"{anchor}9c41f7a0<+>2be85d6613fd0a7c4e92b8d1\", \"k={anchor}4f927ac8<+>1d05e6b3b07d3e91c6f2485a\"]\n\
             no_match = [\"{anchor}your_key\", \"{anchor}9c41\"]\n"
        )
        .unwrap();
        let body: String = keys::live(u8::try_from(number).unwrap()).chars().rev().take(32).collect();
        sandbox.write(format!("{number}.py"), format!("key = \"{anchor}{body}\"\n"));
    }
    sandbox.write(".keyhound.toml", config);
    sandbox.commit_all();
    is_inert_in_every_format(&sandbox, &["scan", "."]);
    is_inert_in_every_format(&sandbox, &["history"]);
    is_inert("rules list", "human", sandbox.keyhound(&["rules", "list"]).expect(0).says("pwned"));
    is_inert("rules check", "human", sandbox.keyhound(&["rules", "check"]).expect(0));
    for number in 0..ORDERS.len() {
        let output = sandbox.keyhound(&["rules", "show", &format!("acme-{number}")]);
        is_inert("rules show", "human", output.expect(0).says("pwned"));
        let output = sandbox.keyhound(&["explain", &format!("{number}.py:1")]);
        is_inert("explain", "human", output.expect(0).says("pwned"));
    }
    sandbox.write("new.py", format!("key = \"{}\"\n", keys::live(99)));
    sandbox.commit_all();
    let pushed =
        format!("refs/heads/main {} refs/heads/main {}\n", sandbox.git(&["rev-parse", "HEAD"]).trim(), "0".repeat(40));
    for order in ORDERS {
        let remote = format!("{order}\n{order}");
        let output = sandbox.keyhound_with_input(&["hook", "pre-push", &remote, &remote], pushed.as_bytes());
        is_inert("hook pre-push", "human", output.expect(1));
    }
}
