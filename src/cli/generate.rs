//! `keyhound completions` and `keyhound man`: made from the same definitions that parse the command line.

use clap::builder::Resettable;
use clap_complete::Shell;
use clap_mangen::Man;

use super::{
    exit::ExitStatus,
    message::{Failure, Failures},
    output,
};

pub(super) fn completions(shell: Shell, mut command: clap::Command) -> Result<ExitStatus, Failures> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "keyhound", &mut script);
    output::write_stdout(&script)?;
    Ok(ExitStatus::Clean)
}

/// The page of the command that `path` leads to; an empty path leads to keyhound itself.
pub(super) fn man(path: &[String], command: clap::Command) -> Result<ExitStatus, Failures> {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    for name in path {
        let Some(found) = command.find_subcommand(name) else {
            let names: Vec<_> = command.get_subcommands().map(clap::Command::get_name).collect();
            let help = if names.is_empty() { "it has none".to_owned() } else { names.join(", ") };
            return Err(Failure::new(format!("{} has no command {name}", command.get_name())).help(help).into());
        };
        command = found.clone();
    }
    let notes = command.get_after_help().map(ToString::to_string);
    let mut page = Vec::new();
    let rendered = Man::new(command.after_help(Resettable::Reset)).render(&mut page);
    rendered.expect("invariant: writing to memory succeeds");
    if let Some(notes) = notes {
        page.extend_from_slice(as_written(&notes).as_bytes());
    }
    output::write_stdout(&page)?;
    Ok(ExitStatus::Clean)
}

/// A section of roff that keeps the lines of `text`: tables and examples in it stay what they are.
fn as_written(text: &str) -> String {
    let escaped = text.lines().map(|line| {
        // A full stop or an apostrophe would begin a request.
        let guard = if line.starts_with(['.', '\'']) { "\\&" } else { "" };
        format!("{guard}{}", line.replace('\\', "\\e").replace('-', "\\-"))
    });
    let escaped: Vec<_> = escaped.collect();
    format!(".SH NOTES\n.nf\n{}\n.fi\n", escaped.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stay_lines_and_text_stays_text() {
        let section = as_written("Exit codes:\n  0  a-b\n.git\n'x' \\n");
        assert_eq!(section, ".SH NOTES\n.nf\nExit codes:\n  0  a\\-b\n\\&.git\n\\&'x' \\en\n.fi\n");
    }
}
