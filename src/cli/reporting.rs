//! What all commands that report share: from a source and a configuration to written reports and an exit status.

use std::{num::NonZeroUsize, path::Path, thread};

use bstr::{BString, ByteSlice};

use super::{
    args::{Judging, ProgressWhen, Reporting},
    color::Styles,
    exit::ExitStatus,
    message::{Console, Failure, Failures},
    output::{self, Output, Target},
    progress,
};
use crate::{
    config::{self, Config},
    detect::Detector,
    origin::{Problem, Skip},
    report::{Allowing, Format, Renderer, Report, View, Viewpoint},
    scan::{self, Progress},
    source::{Source, SourceError},
};

/// Problems that are told on standard error one by one; a report has all of them.
const TOLD_PROBLEMS: usize = 10;

/// One run of a command that reports.
pub(super) struct Run<'a> {
    pub(super) judging: &'a Judging,
    pub(super) reporting: &'a Reporting,
    pub(super) console: &'a Console,
    styles: Styles,
    outputs: Vec<Output>,
}

impl<'a> Run<'a> {
    /// Decides where reports go; what can be known to fail fails now.
    pub(super) fn plan(
        judging: &'a Judging,
        reporting: &'a Reporting,
        styles: Styles,
        console: &'a Console,
    ) -> Result<Self, Failure> {
        Self::plan_as(Format::Human, judging, reporting, styles, console)
    }

    /// As [`Run::plan`], with another format for where none was asked for.
    pub(super) fn plan_as(
        default: Format,
        judging: &'a Judging,
        reporting: &'a Reporting,
        styles: Styles,
        console: &'a Console,
    ) -> Result<Self, Failure> {
        let primary = (reporting.format.unwrap_or(default), reporting.output.as_deref());
        let more = reporting.report.iter().map(|report| (report.format, Some(report.file.as_path())));
        let wanted: Vec<_> = [primary].into_iter().chain(more).collect();
        let shared = wanted.iter().find(|(format, _)| format.is_shared());
        if let Some((format, _)) = shared.filter(|_| reporting.show_secrets) {
            let failure = Failure::new(format!("--show-secrets does not reach {format}, which is made to be shared"));
            return Err(failure.help("leave out --show-secrets, or write that report in another run"));
        }
        Ok(Self { judging, reporting, console, styles, outputs: output::plan(&wanted)? })
    }

    /// Appends one more report to a file.
    pub(super) fn append(&mut self, format: Format, file: &Path) -> Result<(), Failure> {
        self.outputs.push(Output { format, target: Target::appending(file)? });
        Ok(())
    }

    /// How many threads scan.
    pub(super) fn threads(&self) -> usize {
        threads(self.reporting)
    }

    /// Runs the pipeline.
    pub(super) fn scan<S: Source + Sync>(&self, source: &S, config: &Config) -> Result<Report, SourceError> {
        let detector = Detector::new(config.rules.clone());
        let progress = Progress::default();
        let when = if self.reporting.quiet { ProgressWhen::Never } else { self.reporting.progress };
        progress::showing(when, &progress, || {
            scan::run(source, &detector, &config.policy, self.judging.min_confidence.into(), &progress)
        })
    }

    /// Says something that is no error, unless nothing is to be said.
    pub(super) fn note(&self, text: &str) {
        if !self.reporting.quiet {
            self.console.note(text);
        }
    }

    /// Tells on standard error what was used, where that is asked for.
    pub(super) fn tell_settings(&self, place: &[(&str, String)], config: &Config) {
        if !self.reporting.verbose {
            return;
        }
        for (title, text) in place {
            self.console.detail(title, text);
        }
        let source = config.source.as_ref().map_or("none", |source| &source.name);
        self.console.detail("configuration", source);
        self.console.detail("rules", &config.rules.rules.len().to_string());
        self.console.detail("threads", &self.threads().to_string());
    }

    /// Tells what was not scanned where no report on standard output does, and writes all reports.
    pub(super) fn finish(
        &self,
        mut report: Report,
        config: &Config,
        viewpoint: &Viewpoint,
        allowing: &Allowing,
    ) -> Result<ExitStatus, Failures> {
        // A file that was named is called so in every format, the one at the root by its path from there.
        let named = self.judging.config.as_ref().map(|file| file.display().to_string());
        if !report.problems.is_empty() {
            report.unused_allows.clear();
        }
        report.policy = config.source.as_ref().map(|_| named.unwrap_or_else(|| config::FILE_NAME.to_owned()));
        let is_human = |output: &Output| output.format == Format::Human && output.target == Target::Stdout;
        let renderer = Renderer::new(&report);
        if !self.outputs.iter().any(is_human) {
            self.tell_problems(&renderer, &report.problems, viewpoint);
            if self.reporting.verbose {
                self.tell_skips(&renderer, &report.skips, viewpoint);
            }
        }
        let fail_on = self.reporting.fail_on.level().filter(|_| !self.reporting.exit_zero);
        let status = ExitStatus::of(&report, fail_on);
        let left_out = self.outputs.iter().map(|output| (output.format, renderer.left_out(output.format)));
        for (format, number) in left_out.filter(|(_, number)| *number > 0) {
            self.note(&format!("{format} leaves out {number} places, the least urgent ones; json has all"));
        }
        self.write_reports(&report, &renderer, viewpoint, allowing)?;
        Ok(status)
    }

    /// All reports are made before the first is written: what interrupts this leaves no half of one.
    fn write_reports(
        &self,
        report: &Report,
        renderer: &Renderer<'_>,
        viewpoint: &Viewpoint,
        allowing: &Allowing,
    ) -> Result<(), Failures> {
        let reporting = self.reporting;
        let has_something_to_say = !report.findings.is_empty() || !report.problems.is_empty();
        let mut texts = Vec::new();
        for Output { format, target } in &self.outputs {
            let mut text = Vec::new();
            if !reporting.quiet || *format != Format::Human || has_something_to_say {
                let style = if *target == Target::Stdout { self.styles.stdout } else { self.styles.file };
                let view = View {
                    style,
                    show_secrets: reporting.show_secrets,
                    viewpoint: viewpoint.clone(),
                    allowing: allowing.clone(),
                    verbose: reporting.verbose,
                };
                renderer.write(*format, &view, &mut text).expect("invariant: writing to memory succeeds");
            }
            texts.push((target, text));
        }
        let failures: Vec<_> = texts.iter().filter_map(|(target, text)| target.write(text).err()).collect();
        if failures.is_empty() { Ok(()) } else { Err(failures.into()) }
    }

    fn tell_skips(&self, renderer: &Renderer<'_>, skips: &[Skip], viewpoint: &Viewpoint) {
        for skip in skips {
            let path = BString::from(renderer.masked(&viewpoint.path(skip.path.as_bstr())));
            self.console.detail("skipped", &format!("{path} ({})", skip.reason.id()));
        }
    }

    fn tell_problems(&self, renderer: &Renderer<'_>, problems: &[Problem], viewpoint: &Viewpoint) {
        let masked = |text: &str| String::from_utf8_lossy(&renderer.masked(text.as_bytes())).into_owned();
        for Problem { path, message, help } in problems.iter().take(TOLD_PROBLEMS) {
            let seen = if path.is_empty() { path.clone() } else { viewpoint.path(path.as_bstr()) };
            let path = BString::from(renderer.masked(&seen));
            self.console.problem(&Problem { path, message: masked(message), help: masked(help) });
        }
        if problems.len() > TOLD_PROBLEMS {
            let more = problems.len() - TOLD_PROBLEMS;
            self.note(&format!("{more} more could not be scanned; the report lists all"));
        }
    }
}

/// How many threads scan: as many as were asked for, or one for each processor.
pub(super) fn threads(reporting: &Reporting) -> usize {
    reporting.threads.map_or_else(processors, usize::from)
}

/// How many threads can run at a time. Where that cannot be found out, one thread is right on any machine.
pub(super) fn processors() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}
