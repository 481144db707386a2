//! `keyhound explain`: why a line is reported, or why it is not. A scan of the one file, by the same configuration, that
//! notes what it makes of the line.

use std::{
    ffi::{OsStr, OsString},
    fs,
    path::{Path, PathBuf},
};

use bstr::{BString, ByteSlice};

use super::{
    args::Judging,
    color::Styles,
    configuration::{Place, current_directory},
    message::Failures,
};
use crate::{
    config::Config,
    detect::Detector,
    finding::Confidence,
    glob::PathGlobs,
    origin::{Problem, SkipReason},
    report::{Allowing, Explanation, Renderer, Report, View, Viewpoint},
    scan,
    source::worktree::{Options, Worktree},
    trace::{Question, Trace},
};

/// What can be typed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit codes:
  0  It is explained, whatever the explanation is
  2  Usage error, or the file cannot be read

Examples:
  keyhound explain src/upload.py:12      Why this line is reported, or is not
  keyhound explain src/upload.py:12:20   Only what a report has at this column")]
pub(crate) struct ExplainArgs {
    #[arg(help = "FILE:LINE or FILE:LINE:COLUMN, as reports show it", value_name = "PLACE")]
    place: OsString,

    #[command(flatten)]
    judging: Judging,
}

/// Runs the command; returns what there is to say.
pub(super) fn run(args: &ExplainArgs, styles: Styles) -> Result<String, Failures> {
    let (file, question) = read_place(&args.place)?;
    let cwd = current_directory()?;
    let name = file.display();
    if cwd.join(&file).is_dir() {
        return Err(Failures::of(format!("{name} is a directory"), format!("name a file in it: {name}/FILE:LINE")));
    }
    // What has no lines of its own could keep the command waiting for ever.
    if fs::metadata(cwd.join(&file)).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(Failures::of(format!("{name} is no file of lines"), "name a regular file"));
    }
    let worktree = Worktree::open(&cwd, std::slice::from_ref(&file), Options::default())?;
    let viewpoint = Viewpoint::new(worktree.root(), worktree.cwd());
    let place = Place::of(args.judging.config.as_deref(), worktree.root(), &viewpoint);
    let config = place.judging(&args.judging)?;
    let min_confidence = args.judging.min_confidence.into();
    let Looked { path, skipped, report, trace } = look(worktree, &config, min_confidence, question)?;
    if let Some(trace) = &trace {
        check_place(&file, trace)?;
    }
    let explanation = Explanation { path: &path, trace: trace.as_ref(), skipped, min_confidence };
    let allowing = Allowing { configuration: place.name, is_elsewhere: false };
    let view = View { style: styles.stdout, viewpoint, allowing, ..View::default() };
    let mut text = Vec::new();
    Renderer::new(&report).explain(&explanation, &view, &mut text).expect("invariant: writing to memory succeeds");
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// What a scan of the file comes to.
struct Looked {
    /// Relative to the root of the scan.
    path: BString,
    /// Why a scan leaves the file out.
    skipped: Option<SkipReason>,
    report: Report,
    trace: Option<Trace>,
}

/// Scans the file; one that is excluded as well, since whoever asks wants to know what is kept from them.
fn look(
    mut worktree: Worktree,
    config: &Config,
    min_confidence: Confidence,
    question: Question,
) -> Result<Looked, Failures> {
    let detector = Detector::new(config.rules.clone());
    let scan = |worktree: &Worktree| scan::explain(worktree, &detector, &config.policy, min_confidence, question);
    worktree.set_exclude(config.exclude.clone());
    let (mut report, mut found) = scan(&worktree)?;
    let skip = report.skips.first().cloned();
    if skip.as_ref().is_some_and(|skip| skip.reason == SkipReason::Excluded) {
        worktree.set_exclude(PathGlobs::none());
        (report, found) = scan(&worktree)?;
    }
    if let Some(Problem { message, help, .. }) = report.problems.first() {
        return Err(Failures::of(message.clone(), help.clone()));
    }
    let (path, trace) = found.unzip();
    let values = trace.iter().flat_map(|trace: &Trace| &trace.values);
    for value in values.filter(|value| value.is_plain) {
        report.masked.remove(&value.secret);
    }
    let path = path.or_else(|| skip.as_ref().map(|skip| skip.path.clone())).unwrap_or_default();
    Ok(Looked { path, skipped: skip.map(|skip| skip.reason), report, trace })
}

/// Refuses a place that is not in the file.
fn check_place(file: &Path, trace: &Trace) -> Result<(), Failures> {
    let name = file.display();
    let Trace { question: Question { line, column }, lines, columns, .. } = trace;
    if *lines == 0 {
        return Err(Failures::of(format!("{name} is empty"), "name a file that has lines"));
    }
    if line > lines {
        let number = if *lines == 1 { "1 line".to_owned() } else { format!("{lines} lines") };
        return Err(Failures::of(format!("{name} has {number}"), "name a line that is there"));
    }
    match column {
        Some(column) if column > columns => {
            let message = format!("line {line} of {name} has {columns} characters");
            Err(Failures::of(message, format!("leave out the column: {name}:{line}")))
        }
        _ => Ok(()),
    }
}

/// What is asked about: `FILE:LINE` or `FILE:LINE:COLUMN`. Names of files may hold colons and numbers too: of two readings
/// the one whose file is there is meant.
fn read_place(place: &OsStr) -> Result<(PathBuf, Question), Failures> {
    let name = place.display();
    let Some((head, last)) = split_number(place) else {
        let help = if name.to_string().is_empty() {
            "FILE:LINE".to_owned()
        } else {
            format!("name one: {name}:LINE, as reports show it")
        };
        return Err(Failures::of(format!("`{name}` names no line"), help));
    };
    let as_line = (Path::new(head), last, None);
    let as_column = split_number(head).map(|(file, line)| (Path::new(file), line, Some(last)));
    let (file, line, column) = match as_column {
        Some(meant) if meant.0.exists() || !as_line.0.exists() => meant,
        _ => as_line,
    };
    let number = |text: &str| text.parse().ok().filter(|number: &u64| *number > 0);
    let (Some(line), Some(column)) = (number(line), column.map_or(Some(None), |column| number(column).map(Some)))
    else {
        return Err(Failures::of(format!("`{name}` names no line"), "lines and columns are numbers from 1 on"));
    };
    Ok((file.to_owned(), Question { line, column }))
}

/// What stands before the last colon, if digits and nothing else stand after it.
fn split_number(text: &OsStr) -> Option<(&OsStr, &str)> {
    let bytes = <[u8]>::from_os_str(text)?;
    let colon = memchr::memrchr(b':', bytes).filter(|colon| *colon > 0)?;
    let digits = &bytes[colon + 1..];
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    let digits = std::str::from_utf8(digits).ok().filter(|_| is_number)?;
    Some((bytes[..colon].to_os_str().ok()?, digits))
}
