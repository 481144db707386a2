//! What must hold of any bytes, as functions that panic where it does not: the targets of `fuzz/`. The seeds of `fuzz/`
//! are replayed by the tests, so that no fuzzer is needed to run them. Nothing of the program calls them.
//!
//! The splice mark `<+>` is taken out of the bytes first: so seeds can contain keys, and no file a whole one.

use std::sync::{Arc, LazyLock};

use bstr::{BString, ByteSlice};

use crate::{
    config::{self, NewAllow},
    detect::{Candidate, Detection, Detector},
    finding::{Confidence, Fingerprint, Secret},
    origin::{Origin, Tracking},
    report::{Format, Renderer, Report, View},
    rule::{self, Matcher},
    scan::{self, Progress},
    source::{Attribution, Blob, Content, Source, SourceError, Worker, Workers},
    suppress::Policy,
};

fn joined(data: &[u8]) -> Vec<u8> {
    data.replace(b"<+>", b"")
}

/// Made once: a fuzzer calls the targets many times a second.
static DETECTOR: LazyLock<Detector> = LazyLock::new(|| Detector::new(Arc::new(rule::builtin())));

/// However content is cut into windows, the same is found. The first byte tells how it is cut.
pub fn fuzz_detector(data: &[u8]) {
    let data = joined(data);
    let Some((&size, content)) = data.split_first() else { return };
    // Repeated, since nothing shorter than a few neighbourhoods is ever cut.
    let content = content.repeat(1 + 16_000 / (content.len() + 1));
    let whole = DETECTOR.detect(&content);
    let pieces = in_pieces(&content, 1 + usize::from(size) * 97);
    assert!(whole == pieces, "{} candidates, in pieces {}", whole.candidates.len(), pieces.candidates.len());
    assert_eq!(whole.bytes, content.len() as u64, "all bytes are scanned");
}

fn in_pieces(content: &[u8], size: usize) -> Detection {
    let mut session = DETECTOR.begin();
    loop {
        let mut window = Vec::new();
        let mut pieces = content.chunks(size).peekable();
        while let Some(piece) = pieces.next() {
            window.extend_from_slice(piece);
            let done = session.feed(&window, pieces.peek().is_none());
            window.drain(..done);
        }
        if content.is_empty() {
            session.feed(&[], true);
        }
        if !session.again() {
            return session.finish();
        }
    }
}

/// Whatever stands beside a name or a prefix: each value has a place in the text, which lines and columns agree with.
pub fn fuzz_header(data: &[u8]) {
    let text = joined(data);
    let detection = DETECTOR.detect(&text);
    for candidate in &detection.candidates {
        let (start, end) = (candidate.span.start as usize, candidate.span.end as usize);
        assert!(start < end && !candidate.secret.expose().is_empty(), "a value has a place");
        // UTF-16, and text behind a byte order mark, have other offsets than their bytes.
        let has_mark = text.starts_with(b"\xEF\xBB\xBF");
        if let (Some(before), false) = (text.get(..start), has_mark || text.contains(&0)) {
            let line = 1 + before.find_iter(b"\n").count() as u64;
            assert_eq!(candidate.start.line, line, "the line of what starts at {start}");
            assert!(end <= text.len(), "what starts at {start} ends in the text");
        }
    }
    for rejected in &detection.rejected {
        assert!(rejected.span.start <= rejected.span.end, "{}", rejected.reason);
    }
}

/// A key is found in encoded text where it is found in the text itself, and stands for the bytes that encode it. The first
/// byte tells how it is encoded.
pub fn fuzz_encoded(data: &[u8]) {
    let data = joined(data);
    let Some((&form, text)) = data.split_first() else { return };
    // Every place of it sees all of it, however it is encoded.
    let text = &text[..text.len().min(600)];
    let spell: fn(u8) -> String = match form % 4 {
        0 => |byte| format!("{byte:02x}"),
        1 => |byte| format!("{byte:02X}"),
        2 => |byte| format!("%{byte:02x}"),
        _ => |byte| format!("\\x{byte:02X}"),
    };
    let encoded: String = text.iter().map(|&byte| spell(byte)).collect();
    let width = spell(0).len() as u64;
    let found = DETECTOR.detect(encoded.as_bytes()).candidates;
    for candidate in DETECTOR.detect(text).candidates {
        let (start, end) = (candidate.span.start, candidate.span.end);
        // UTF-16 has other offsets than its bytes.
        let plain = text.get(start as usize..end as usize);
        let is_plain = plain.is_some_and(|plain| plain == candidate.secret.expose());
        if is_plain && matches!(DETECTOR.rules().rule(candidate.rule).matcher, Matcher::Token) {
            let same =
                |other: &Candidate| other.span == (start * width..end * width) && other.secret == candidate.secret;
            assert!(found.iter().any(same), "what stands at {start} is found encoded by {width}");
        }
    }
}

/// A configuration loads or is refused with lines that it has; one that loads still loads with an entry more.
pub fn fuzz_config(data: &[u8]) {
    let text = joined(data);
    let lines = 1 + text.find_iter(b"\n").count();
    match config::load(&text, "fuzz.toml") {
        Err(errors) => {
            assert!(!errors.faults.is_empty(), "it is refused for a reason");
            assert!(errors.faults.iter().all(|fault| (1..=lines).contains(&fault.line)), "{errors}");
        }
        Ok(before) => {
            let fingerprint = Fingerprint::new("fuzz", &text);
            let new = NewAllow { fingerprints: vec![fingerprint], paths: Vec::new(), reason: "fuzz".to_owned() };
            match config::add_allow(&text, "fuzz.toml", &new) {
                Err(errors) => panic!("an entry cannot be added: {errors}"),
                Ok(edited) => {
                    let text = edited.text.expect("no entry allows the fingerprint of the text itself");
                    let after = config::load(text.as_bytes(), "fuzz.toml").expect("add_allow has loaded it");
                    assert_eq!(after.policy.allows.len(), before.policy.allows.len() + 1);
                }
            }
        }
    }
}

/// A file whose first line is its name: it is scanned, its comments are heeded, and no format shows a value.
pub fn fuzz_report(data: &[u8]) {
    let data = joined(data);
    let (name, content) = data.split_once_str(b"\n").unwrap_or((b"file", &data));
    let source = OneFile { origin: Origin::File { path: name.into(), tracking: Tracking::Tracked }, content };
    let policy = Policy { inline: true, ..Policy::default() };
    let report = scan::run(&source, &DETECTOR, &policy, Confidence::Low, &Progress::default());
    let report = report.expect("memory can be read");
    let renderer = Renderer::new(&report);
    for format in Format::ALL {
        let mut shown = BString::default();
        renderer.write(format, &View::default(), &mut *shown).expect("memory can be written");
        check(format, &report, &shown);
    }
}

/// Values of this length and more stand in no report by chance.
const TELLING: usize = 16;

fn check(format: Format, report: &Report, shown: &[u8]) {
    let values = report.masked.iter().map(Secret::expose).filter(|value| value.len() >= TELLING);
    let leaked = values.filter(|value| shown.contains_str(value)).count();
    assert_eq!(leaked, 0, "{format} shows values");
    match format {
        Format::Human | Format::Github | Format::Markdown => {
            assert!(!shown.contains(&b'\x1b'), "terminal escapes are neutralised");
        }
        Format::Json | Format::Sarif => assert!(serde_json::from_slice::<serde_json::Value>(shown).is_ok(), "{format}"),
        Format::Jsonl => {
            let is_json = |line: &[u8]| serde_json::from_slice::<serde_json::Value>(line).is_ok();
            assert!(shown.lines().all(is_json), "each line is JSON");
        }
    }
}

/// One file in memory.
struct OneFile<'c> {
    origin: Origin,
    content: &'c [u8],
}

impl Source for OneFile<'_> {
    fn visit<W: Workers>(&self, workers: &W) -> Result<(), SourceError> {
        workers.worker().blob(Blob { origin: &self.origin, content: Content::Bytes(self.content) });
        Ok(())
    }

    fn attribute(&self, origins: &[&Origin]) -> Result<Vec<Vec<Attribution>>, SourceError> {
        Ok(vec![vec![Attribution::default()]; origins.len()])
    }
}
