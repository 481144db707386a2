//! `keyhound scan`.

use std::{io, path::Path, sync::Arc};

use super::{args::ScanArgs, exit::ExitStatus};
use crate::{
    detect::Detector,
    finding::Confidence,
    report::{self, Format, View},
    rule,
    scan::{self, Progress},
    source::worktree::{Options, Worktree},
    suppress::Policy,
};

pub(super) fn run(args: &ScanArgs) -> ExitStatus {
    let detector = Detector::new(Arc::new(rule::builtin()));
    let source = Worktree::open(Path::new("."), &args.paths, Options::default()).expect("it can be opened");
    let report = scan::run(&source, &detector, &Policy::default(), Confidence::Medium, &Progress::default());
    let report = report.expect("it can be read");
    report::write(Format::Human, &report, &View::default(), &mut io::stdout()).expect("it can be written");
    if report.findings.is_empty() { ExitStatus::Clean } else { ExitStatus::Findings }
}
