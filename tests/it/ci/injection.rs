//! Whoever writes a pull request writes names, lines and messages: none of them gives orders to a runner, a terminal or a
//! browser, in any format.

use super::{Server, keys, line};
use crate::support::orders::{ORDERS, heeded};

#[test]
fn names_lines_and_messages_are_inert_in_every_format() {
    // So few at once that annotations tell of names beside messages.
    ORDERS.chunks(6).for_each(are_inert);
}

fn are_inert(chosen: &[&str]) {
    let server = Server::new();
    for (number, order) in chosen.iter().enumerate() {
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
        format!("[[allow]]\npaths = [\"x\"]\nreason = '''{}'''\n", chosen.join(" ").replace(['\u{1b}', '\u{7}'], "")),
    );
    let event = server.pull_request(&server.id("main"));
    server.check_out("refs/pull/1/merge", 0);
    for format in ["human", "json", "jsonl", "sarif", "github", "markdown"] {
        for more in [&["--verbose"][..], &["--scope=tree"]] {
            let step = server.run("pull_request", &event, &[&["--format", format], more].concat());
            step.output.expect(1);
            assert_eq!(heeded(format, &step.output.stdout), [""; 0], "{format}");
            assert_eq!(heeded("", &step.output.stderr), [""; 0], "{format}");
            assert_eq!(heeded("markdown", &step.summary), [""; 0]);
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
