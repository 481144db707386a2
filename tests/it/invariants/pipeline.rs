//! The same content gives the same findings, however it reaches the detector and in whatever order.

use std::io::{self, Read};

use keyhound::{
    finding::{Confidence, Finding},
    origin::{Origin, Tracking},
    report::Report,
    scan::{self, Progress},
    source::{Attribution, Blob, Content, Source, SourceError, Stream, Worker, Workers},
    suppress::Policy,
};
use proptest::prelude::*;

use super::material::{content, detector};

/// Blobs in memory, handed out on several threads.
struct Memory {
    blobs: Vec<(Origin, Vec<u8>)>,
    threads: usize,
    /// `None`: at once; else read in pieces of at most this size.
    pieces: Option<usize>,
}

/// Reads like a slow pipe: little at a time, and interrupted by signals.
struct Pipe<'a> {
    whole: &'a [u8],
    rest: &'a [u8],
    piece: usize,
    reads: usize,
}

impl Read for Pipe<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reads += 1;
        if self.reads.is_multiple_of(3) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let length = self.rest.len().min(self.piece).min(buffer.len());
        self.rest.read(&mut buffer[..length])
    }
}

impl Stream for Pipe<'_> {
    fn rewind(&mut self) -> io::Result<bool> {
        self.rest = self.whole;
        Ok(true)
    }
}

impl Source for Memory {
    fn visit<W: Workers>(&self, workers: &W) -> Result<(), SourceError> {
        std::thread::scope(|scope| {
            for thread in 0..self.threads {
                scope.spawn(move || {
                    let mut worker = workers.worker();
                    for (origin, bytes) in self.blobs.iter().skip(thread).step_by(self.threads) {
                        match self.pieces {
                            None => worker.blob(Blob { origin, content: Content::Bytes(bytes) }),
                            Some(piece) => {
                                let mut pipe = Pipe { whole: bytes, rest: bytes, piece, reads: 0 };
                                worker.blob(Blob { origin, content: Content::Stream(&mut pipe) })
                            }
                        };
                    }
                });
            }
        });
        Ok(())
    }

    fn attribute(&self, origins: &[&Origin]) -> Result<Vec<Vec<Attribution>>, SourceError> {
        Ok(vec![vec![Attribution::default()]; origins.len()])
    }
}

fn file(path: &str) -> Origin {
    Origin::File { path: path.into(), tracking: Tracking::Untracked }
}

fn scan(source: &Memory) -> Report {
    let report = scan::run(source, &detector(), &Policy::default(), Confidence::Low, &Progress::default());
    report.expect("memory can be read")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_stream_equals_the_same_bytes_at_once(content in content(), piece in 1..20_000_usize) {
        let blobs = vec![(file("a"), content)];
        let at_once = scan(&Memory { blobs: blobs.clone(), threads: 1, pieces: None });
        let streamed = scan(&Memory { blobs, threads: 1, pieces: Some(piece) });
        prop_assert_eq!(at_once.findings, streamed.findings);
        prop_assert_eq!(at_once.masked, streamed.masked);
        prop_assert_eq!(at_once.summary, streamed.summary);
    }

    #[test]
    fn order_and_threads_change_nothing(contents in prop::collection::vec(content(), 1..8), threads in 1..8_usize) {
        let named = |(number, content): (usize, &Vec<u8>)| (file(&format!("dir/{number}")), content.clone());
        let blobs: Vec<_> = contents.iter().enumerate().map(named).collect();
        let backwards: Vec<_> = blobs.iter().rev().cloned().collect();
        let one = scan(&Memory { blobs, threads: 1, pieces: None });
        let other = scan(&Memory { blobs: backwards, threads, pieces: Some(4000) });
        prop_assert_eq!(one.findings, other.findings);
        prop_assert_eq!(one.summary, other.summary);
    }

    #[test]
    fn the_index_gives_what_the_file_gives(content in content()) {
        let of = |origin: Origin| {
            let report = scan(&Memory { blobs: vec![(origin, content.clone())], threads: 1, pieces: None });
            let places = |finding: Finding| {
                let places = finding.occurrences.into_iter().map(|place| (place.start, place.end, place.excerpt, place.line_hash));
                (finding.rule, finding.confidence, finding.secret, finding.path, places.collect::<Vec<_>>())
            };
            report.findings.into_iter().map(places).collect::<Vec<_>>()
        };
        let from_file = of(file("a"));
        prop_assert_eq!(&from_file, &of(Origin::Index { path: "a".into() }));
        prop_assert_eq!(&from_file, &of(Origin::Stdin { name: "a".into() }));
    }
}

/// Fails after some bytes, as a disk does.
struct Failing<'a>(&'a [u8]);

impl Read for Failing<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() { Err(io::Error::other("the disk is broken")) } else { self.0.read(buffer) }
    }
}

impl Stream for Failing<'_> {
    fn rewind(&mut self) -> io::Result<bool> {
        Ok(false)
    }
}

struct Broken(Vec<u8>);

impl Source for Broken {
    fn visit<W: Workers>(&self, workers: &W) -> Result<(), SourceError> {
        workers.worker().blob(Blob { origin: &file("a"), content: Content::Stream(&mut Failing(&self.0)) });
        Ok(())
    }

    fn attribute(&self, origins: &[&Origin]) -> Result<Vec<Vec<Attribution>>, SourceError> {
        Ok(vec![vec![Attribution::default()]; origins.len()])
    }
}

#[test]
fn what_was_read_before_a_failure_is_reported_beside_the_problem() {
    let key =
        super::material::joined("\"sk_live_<+>9c41f7a02be85d6613fd0a7c4e92b8d15f603ae7c8214b9d7e05f1a36cb8d247\"\n");
    let content = [key.as_bytes(), &vec![b'.'; 20_000]].concat();
    let report = scan::run(&Broken(content), &detector(), &Policy::default(), Confidence::Low, &Progress::default());
    let report = report.expect("the rest can be read");
    assert_eq!(report.findings.len(), 1);
    assert_eq!(report.problems.len(), 1);
    assert!(report.problems[0].message.contains("the disk is broken"));
}
