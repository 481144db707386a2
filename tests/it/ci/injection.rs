//! Whoever writes a pull request writes names, lines and messages: none of them gives orders to a runner, a terminal or a
//! browser, in any format.

use super::{Server, keys, line};

/// What would be obeyed if it came through.
const ORDERS: [&str; 8] = [
    "::error::pwned",
    "##[error]pwned",
    "\u{1b}[31mpwned",
    "\u{202e}pwned",
    "<script>pwned</script>",
    "[pwned](https://pwned.example)",
    "@pwned",
    "`|pwned|`",
];

/// Whether a text holds one of them as it is; `format` says what is an order there.
fn orders(format: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        let own = ["::error ", "::warning ", "::notice "].iter().any(|start| line.starts_with(start));
        let is_command = line.trim_start().starts_with("::") && !(format == "github" && own);
        let is_hidden =
            line.chars().any(|c| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'));
        let is_markup =
            format == "markdown" && ["<script", "](", "@pwned", "`|"].iter().any(|markup| line.contains(markup));
        if is_command || is_hidden || is_markup || line.contains("##[") {
            found.push(line.to_owned());
        }
    }
    found
}

#[test]
fn names_lines_and_messages_are_inert_in_every_format() {
    let server = Server::new();
    for (number, order) in ORDERS.iter().enumerate() {
        // A slash would make it two names.
        let name = order.replace('/', "_");
        server
            .sandbox
            .write(format!("{name}\n{order}_{number}"), format!("{order} {}", line(&keys::live(number as u8))));
        server.sandbox.git(&["add", "--all"]);
        let author = format!("--author={} <{number}@example.com>", order.replace(['<', '>'], ""));
        let message = format!("{order}\n\n{order} {}\n{order}", keys::live(100 + number as u8));
        server.sandbox.git(&["commit", "--quiet", "--cleanup=verbatim", &author, "-m", &message]);
    }
    server.commit(
        ".keyhound.toml",
        format!("[[allow]]\npaths = [\"x\"]\nreason = '''{}'''\n", ORDERS.join(" ").replace('\u{1b}', "")),
    );
    let event = server.pull_request(&server.id("main"));
    server.check_out("refs/pull/1/merge", 0);
    for format in ["human", "json", "jsonl", "sarif", "github", "markdown"] {
        for more in [&["--verbose"][..], &["--scope=tree"]] {
            let step = server.run("pull_request", &event, &[&["--format", format], more].concat());
            step.output.expect(1);
            assert_eq!(orders(format, &step.output.stdout), [""; 0], "{format}");
            assert_eq!(orders("", &step.output.stderr), [""; 0], "{format}");
            assert_eq!(orders("markdown", &step.summary), [""; 0]);
            // They are there, made harmless.
            assert!(step.output.stdout.contains("pwned") && step.summary.contains("pwned"), "{format}");
        }
    }
}

#[test]
fn an_output_sets_no_other() {
    let server = Server::new();
    server.commit("a.py", line(&keys::live(1)));
    server.check_out("refs/heads/topic", 0);
    let file = "x\nexit-code=0\nexit-code<<E\n0\nE";
    let step = server.step(&mut server.command(None, &["--base=origin/main", "--report", &format!("sarif={file}")]));
    step.output.expect(1);
    assert_eq!(step.value("sarif-file"), file);
    assert_eq!(step.outputs.iter().filter(|(name, _)| name == "exit-code").count(), 1);
}
