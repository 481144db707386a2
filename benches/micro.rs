//! How fast the parts of a scan are, on one thread and in memory. `cargo bench`; see `docs/benchmarks.md`.
//!
//! Cases come in two sizes where cost could grow faster than the input: linear is where their throughput is the same.

mod data;

use divan::{Bencher, counter::BytesCount};
use keyhound::{detect::Detector, position::Cursor, rule};

fn main() {
    divan::main();
}

const MIB: usize = 1 << 20;

fn detector() -> Detector {
    Detector::new(rule::builtin().into())
}

fn detect(bencher: Bencher<'_, '_>, content: &[u8]) {
    let detector = detector();
    bencher.counter(BytesCount::of_slice(content)).bench(|| detector.detect(divan::black_box(content)));
}

/// Start-up: reading and compiling the built-in rules.
#[divan::bench]
fn rules(bencher: Bencher<'_, '_>) {
    bencher.bench(detector);
}

/// Text without an anchor: the prefilter is all that runs.
#[divan::bench]
fn prefilter(bencher: Bencher<'_, '_>) {
    detect(bencher, &data::repeated("the quick brown fox jumps over the lazy dog; ", MIB));
}

#[divan::bench]
fn source(bencher: Bencher<'_, '_>) {
    detect(bencher, &data::source(MIB));
}

#[divan::bench]
fn minified_line(bencher: Bencher<'_, '_>) {
    detect(bencher, &data::minified(MIB));
}

/// The cost of a file as such: what is in it is next to nothing.
#[divan::bench]
fn small_file(bencher: Bencher<'_, '_>) {
    detect(bencher, &data::source(10));
}

/// As most blobs of a history are.
#[divan::bench(args = [1000, 5000, 30_000])]
fn small_blob(bencher: Bencher<'_, '_>, bytes: usize) {
    detect(bencher, &data::source(bytes));
}

#[divan::bench(args = [MIB, 2 * MIB])]
fn near_misses(bencher: Bencher<'_, '_>, bytes: usize) {
    detect(bencher, &data::near_misses(bytes));
}

#[divan::bench(args = [MIB / 4, MIB / 2], sample_count = 20)]
fn hits(bencher: Bencher<'_, '_>, bytes: usize) {
    detect(bencher, &data::hits(bytes));
}

/// Versions of one file of 150 kB, with so many anchors in each.
mod versions {
    use super::{Bencher, BytesCount, data, detector};

    const ANCHORS: [usize; 4] = [0, 3, 15, 50];

    #[divan::bench(args = ANCHORS, sample_count = 20)]
    fn whole(bencher: Bencher<'_, '_>, anchors: usize) {
        let detector = detector();
        let history = data::history(150_000, anchors, 64);
        let bytes: usize = history.later.iter().map(|(content, _)| content.len()).sum();
        bencher.counter(BytesCount::new(bytes)).bench(|| {
            history.later.iter().map(|(content, _)| detector.detect(content).candidates.len()).sum::<usize>()
        });
    }

    #[divan::bench(args = ANCHORS, sample_count = 20)]
    fn derived(bencher: Bencher<'_, '_>, anchors: usize) {
        let detector = detector();
        let history = data::history(150_000, anchors, 64);
        let bytes: usize = history.later.iter().map(|(content, _)| content.len()).sum();
        bencher.counter(BytesCount::new(bytes)).bench(|| {
            let mut found = 0;
            let mut state = detector.detect(&history.first).state;
            for (content, edits) in &history.later {
                let detection = detector.derived(content, &state, edits);
                found += detection.candidates.len();
                state = detection.state;
            }
            found
        });
    }
}

/// Text that somebody wrote to make a scan slow.
mod adversarial {
    use super::{Bencher, MIB, data, detect};

    const SIZES: [usize; 2] = [MIB / 4, MIB / 2];

    #[divan::bench(args = SIZES, sample_count = 20)]
    fn prefix_after_prefix(bencher: Bencher<'_, '_>, bytes: usize) {
        detect(bencher, &data::repeated("sk_live_", bytes));
    }

    #[divan::bench(args = SIZES, sample_count = 20)]
    fn nearly_periodic_bodies(bencher: Bencher<'_, '_>, bytes: usize) {
        detect(bencher, &data::repeated(&format!("sk_live_{}c ", "ab".repeat(2000)), bytes));
    }

    #[divan::bench(args = SIZES, sample_count = 20)]
    fn header_after_header(bencher: Bencher<'_, '_>, bytes: usize) {
        detect(bencher, &data::repeated("x-api-key:", bytes));
    }

    #[divan::bench(args = SIZES, sample_count = 20)]
    fn variable_after_variable(bencher: Bencher<'_, '_>, bytes: usize) {
        detect(bencher, &data::repeated("x_api_key_", bytes));
    }

    #[divan::bench(args = SIZES, sample_count = 20)]
    fn quote_after_quote(bencher: Bencher<'_, '_>, bytes: usize) {
        detect(bencher, &data::repeated("x-api-key((((((((\"\\\"", bytes));
    }

    #[divan::bench(args = SIZES, sample_count = 5)]
    fn base64_of_a_prefix_s_beginning(bencher: Bencher<'_, '_>, bytes: usize) {
        detect(bencher, &data::repeated("c2tf", bytes));
    }

    #[divan::bench(args = SIZES, sample_count = 5)]
    fn base64_of_prefixes(bencher: Bencher<'_, '_>, bytes: usize) {
        detect(bencher, &data::repeated("c2tfbGl2ZV9z", bytes));
    }

    #[divan::bench(args = SIZES, sample_count = 5)]
    fn hexadecimal_prefixes(bencher: Bencher<'_, '_>, bytes: usize) {
        detect(bencher, &data::repeated("736b5f6c6976655f", bytes));
    }

    #[divan::bench(args = SIZES, sample_count = 5)]
    fn percent_after_percent(bencher: Bencher<'_, '_>, bytes: usize) {
        detect(bencher, &data::repeated("sk%5Flive%5F", bytes));
    }

    #[divan::bench(args = SIZES, sample_count = 5)]
    fn escape_after_escape(bencher: Bencher<'_, '_>, bytes: usize) {
        detect(bencher, &data::repeated(r#"X\u002dAPI\u002dKey\\\\\\\""#, bytes));
    }

    #[divan::bench(args = SIZES, sample_count = 5)]
    fn line_after_line_of_a_diff(bencher: Bencher<'_, '_>, bytes: usize) {
        detect(bencher, &data::repeated("+ 'x-api-key\\n'\n", bytes));
    }
}

/// From offsets to lines and columns.
mod position {
    use super::{Bencher, BytesCount, Cursor, MIB, data};

    fn walk(bencher: Bencher<'_, '_>, content: &[u8]) {
        bencher.counter(BytesCount::of_slice(content)).bench(|| Cursor::default().advance(divan::black_box(content)));
    }

    #[divan::bench]
    fn lines(bencher: Bencher<'_, '_>) {
        walk(bencher, &data::source(MIB));
    }

    #[divan::bench]
    fn one_line(bencher: Bencher<'_, '_>) {
        walk(bencher, &data::minified(MIB));
    }

    #[divan::bench]
    fn one_line_not_ascii(bencher: Bencher<'_, '_>) {
        walk(bencher, &data::repeated("größer, ", MIB));
    }
}
