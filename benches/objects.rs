//! How fast all objects of a repository are read, beside git: `cargo bench --bench objects -- DIRECTORY [RUNS]`.
//!
//! DIRECTORY is a git directory, with SHA-1. In turn, so that what else the machine does hits all alike: on one thread, on
//! two, and `git cat-file --batch-all-objects --unordered --batch --buffer`. See `docs/benchmarks.md`.

#![expect(clippy::print_stdout, reason = "figures are what this is for")]

use std::{
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use keyhound::source;

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let Some(directory) = arguments.first() else {
        println!("objects: needs a repository, as `cargo bench --bench objects -- DIRECTORY [RUNS]`");
        return;
    };
    let runs = arguments.get(1).map_or(5, |runs| runs.parse().expect("RUNS is a number"));
    let objects = Path::new(directory).join("objects");
    let mut times = [const { Vec::new() }; 3];
    for run in 0..runs {
        for threads in [1, 2] {
            let started = Instant::now();
            let sum = source::sum(&objects, threads);
            times[threads - 1].push(started.elapsed());
            assert!(sum.problems.is_empty(), "{:?}", sum.problems);
            if run == 0 && threads == 1 {
                println!(
                    "{} objects, {} made from others; {} bytes, {} new",
                    sum.objects, sum.derived, sum.bytes, sum.new
                );
            }
        }
        let started = Instant::now();
        let mut git = Command::new("git");
        git.args(["cat-file", "--batch-all-objects", "--unordered", "--batch", "--buffer"]);
        git.env("GIT_DIR", directory).stdout(Stdio::null());
        assert!(git.status().expect("git is there").success());
        times[2].push(started.elapsed());
    }
    let git = median(&mut times[2]);
    for (name, times) in ["1 thread", "2 threads", "git"].iter().zip(&mut times) {
        let (median, least) = (median(times), times[0]);
        let ratio = median.as_secs_f64() / git.as_secs_f64();
        println!("{name:>9}: median {median:.2?}, least {least:.2?}, {ratio:.3} × git");
    }
}

/// Sorts as well.
fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
