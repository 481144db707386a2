//! Whether to colour. Decided once for each stream, from the flag, the environment and the stream.

use std::{
    env,
    io::{self, IsTerminal},
};

use crate::report::Style;

/// `--color`; `auto` is as the environment says, else on a terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// What the environment says about colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Never,
    Always,
    OnTerminal,
}

impl Wish {
    /// `NO_COLOR` (no-color.org) before `FORCE_COLOR` (force-color.org) and `CLICOLOR_FORCE`, these before `CLICOLOR=0`
    /// (both bixense.com/clicolors) and `TERM=dumb`.
    fn new(variable: impl Fn(&str) -> Option<String>) -> Self {
        let is = |name, test: fn(&str) -> bool| variable(name).is_some_and(|value| test(&value));
        let is_on = |name| is(name, |value| !value.is_empty() && value != "0");
        if is("NO_COLOR", |value| !value.is_empty()) {
            Self::Never
        } else if is_on("FORCE_COLOR") || is_on("CLICOLOR_FORCE") {
            Self::Always
        } else if is("CLICOLOR", |value| value == "0") || is("TERM", |value| value == "dumb") {
            Self::Never
        } else {
            Self::OnTerminal
        }
    }

    #[expect(clippy::disallowed_methods, reason = "the environment is read in cli")]
    fn of_environment() -> Self {
        Self::new(|name| env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    /// How to write to a stream; the flag wins over the environment.
    fn style(self, flag: Color, is_terminal: bool) -> Style {
        let is_coloured = match (flag, self) {
            (Color::Always, _) | (Color::Auto, Self::Always) => true,
            (Color::Never, _) | (Color::Auto, Self::Never) => false,
            (Color::Auto, Self::OnTerminal) => is_terminal,
        };
        if is_coloured { Style::Colour } else { Style::Plain }
    }
}

/// How to write to each place.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Styles {
    pub(super) stdout: Style,
    pub(super) stderr: Style,
    /// Files are coloured only if the flag says so.
    pub(super) file: Style,
}

impl Styles {
    pub(super) fn decide(flag: Color) -> Self {
        let wish = Wish::of_environment();
        Self {
            stdout: wish.style(flag, io::stdout().is_terminal()),
            stderr: wish.style(flag, io::stderr().is_terminal()),
            file: Wish::OnTerminal.style(flag, false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether there is colour under `flag` and these variables, first elsewhere, then on a terminal.
    fn colour(flag: Color, variables: &[(&str, &str)]) -> (bool, bool) {
        let value = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let wish = Wish::new(value);
        (wish.style(flag, false) == Style::Colour, wish.style(flag, true) == Style::Colour)
    }

    #[test]
    fn a_terminal_is_coloured() {
        assert_eq!(colour(Color::Auto, &[]), (false, true));
        assert_eq!(colour(Color::Auto, &[("TERM", "xterm-256color"), ("CLICOLOR", "1")]), (false, true));
    }

    #[test]
    fn the_flag_wins_over_everything() {
        assert_eq!(colour(Color::Always, &[("NO_COLOR", "1"), ("CLICOLOR", "0"), ("TERM", "dumb")]), (true, true));
        assert_eq!(colour(Color::Never, &[("FORCE_COLOR", "1"), ("CLICOLOR_FORCE", "1")]), (false, false));
    }

    #[test]
    fn no_color_wins_over_force() {
        assert_eq!(colour(Color::Auto, &[("NO_COLOR", "1")]), (false, false));
        assert_eq!(colour(Color::Auto, &[("NO_COLOR", "0")]), (false, false), "any value but the empty one counts");
        assert_eq!(colour(Color::Auto, &[("NO_COLOR", "")]), (false, true));
        assert_eq!(colour(Color::Auto, &[("NO_COLOR", "1"), ("FORCE_COLOR", "1")]), (false, false));
    }

    #[test]
    fn force_wins_over_clicolor_and_term() {
        for name in ["FORCE_COLOR", "CLICOLOR_FORCE"] {
            assert_eq!(
                colour(Color::Auto, &[(name, "1"), ("CLICOLOR", "0"), ("TERM", "dumb")]),
                (true, true),
                "{name}"
            );
            assert_eq!(colour(Color::Auto, &[(name, "0")]), (false, true), "{name}");
            assert_eq!(colour(Color::Auto, &[(name, "")]), (false, true), "{name}");
        }
    }

    #[test]
    fn clicolor_0_and_a_dumb_terminal_are_plain() {
        assert_eq!(colour(Color::Auto, &[("CLICOLOR", "0")]), (false, false));
        assert_eq!(colour(Color::Auto, &[("TERM", "dumb")]), (false, false));
    }
}
