//! `keyhound allow`: adds an `[[allow]]` entry to the configuration.

use std::{path::PathBuf, sync::Arc};

use super::{configuration::Place, message::Failures, output::Target};
use crate::{
    config::{self, NewAllow},
    detect::Detector,
    finding::Fingerprint,
    glob::PathGlobs,
    rule,
};

/// What can be typed.
#[derive(Debug, clap::Args)]
pub(crate) struct AllowArgs {
    /// Fingerprints of the secrets, as a report shows them: kh1: and 32 digits
    #[arg(required = true, value_name = "FINGERPRINT")]
    pub(crate) fingerprints: Vec<String>,

    /// Why they are no leak; whoever reads the configuration sees it
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,

    /// Allow them only at these paths: a glob as in .gitignore, from the root of the repository; can be given several times
    #[arg(long, value_name = "GLOB")]
    pub(crate) path: Vec<String>,

    /// Configuration to add to [default: .keyhound.toml at the root of this repository]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// Runs the command; returns what there is to say.
pub(super) fn run(args: &AllowArgs) -> Result<String, Failures> {
    let new = entry(args)?;
    let place = Place::find(args.config.as_deref())?;
    let present = place.read()?;
    let edited = config::add_allow(present.as_deref().unwrap_or_default(), &place.name, &new)?;
    let mut said = Vec::new();
    for (fingerprint, line) in &edited.present {
        said.push(format!("{fingerprint} is allowed already, by {}:{line}\n", place.name));
    }
    if let Some(text) = edited.text {
        Target::of(&place.path)?.write(text.as_bytes())?;
        let is_new = |fingerprint: &&Fingerprint| edited.present.iter().all(|(present, _)| present != *fingerprint);
        let verb = if present.is_some() { "allowed in" } else { "allowed in the new" };
        for fingerprint in new.fingerprints.iter().filter(is_new) {
            said.push(format!("{fingerprint} {verb} {}\n", place.name));
        }
        if args.config.is_none() {
            said.push(format!(
                "commits and audits heed it once it is committed: `git add {}`; pushes and pull requests once it is on the \
                 branch they go to\n",
                place.name
            ));
        }
    }
    Ok(said.concat())
}

/// The entry that the arguments ask for.
fn entry(args: &AllowArgs) -> Result<NewAllow, Failures> {
    let mut fingerprints = Vec::new();
    for text in &args.fingerprints {
        let Some(fingerprint) = Fingerprint::parse(text) else {
            let number = fingerprints.len() + 1;
            let help = "copy it from a report: `kh1:` and 32 digits of 0-9 and a-f";
            return Err(Failures::of(format!("fingerprint {number} is malformed"), help));
        };
        if !fingerprints.contains(&fingerprint) {
            fingerprints.push(fingerprint);
        }
    }
    let reason = args.reason.trim();
    if reason.is_empty() {
        return Err(Failures::of(
            "the reason is empty",
            "say with --reason why this is no leak: `--reason 'sample of the docs'`",
        ));
    }
    let placeholders = ["text", "reason", "a reason", "why", "why this may stay", "todo"];
    if placeholders.iter().any(|placeholder| reason.eq_ignore_ascii_case(placeholder)) {
        let help = "say why this is no leak, for whoever reads it next year: `--reason 'sample of the docs'`";
        return Err(Failures::of(format!("the reason is `{reason}`, which says nothing"), help));
    }
    if reason.chars().any(char::is_control) {
        return Err(Failures::of("the reason has control characters", "write it in one line"));
    }
    let paths: Vec<_> = args.path.iter().map(|path| path.strip_prefix("./").unwrap_or(path).to_owned()).collect();
    let globs: Vec<_> = paths.iter().map(String::as_str).collect();
    if let Some((number, cause)) = PathGlobs::new(&globs).err().and_then(|errors| errors.into_iter().next()) {
        let help = "it is a glob as in .gitignore: `tests/**`, `*.lock`, `/docs/`";
        return Err(Failures::of(format!("--path {} is not valid: {cause}", number + 1), help));
    }
    // The configuration is committed: a key in it would be the next leak.
    let detector = Detector::new(Arc::new(rule::builtin()));
    let has_key = |text: &String| !detector.detect(text.as_bytes()).candidates.is_empty();
    if paths.iter().chain([&args.reason]).any(has_key) {
        return Err(Failures::of(
            "there is a key in --reason or --path",
            "the fingerprint names it; leave the key out",
        ));
    }
    Ok(NewAllow { fingerprints, paths, reason: reason.to_owned() })
}
