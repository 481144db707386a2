//! How far a scan is, on standard error. Looks at counters that the scan keeps anyway; the scan does not know of it.

use std::{
    io::{self, IsTerminal, Write},
    sync::{
        atomic::Ordering,
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use indicatif::{DecimalBytes, HumanCount, HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::args::ProgressWhen;
use crate::scan::Progress;

/// A scan that is done by then shows nothing.
const PATIENCE: Duration = Duration::from_millis(500);

/// Between two looks on a terminal.
const TICK: Duration = Duration::from_millis(100);

/// Between two lines elsewhere.
const LINE: Duration = Duration::from_secs(5);

/// Runs `scan` while showing how far it is. Nothing is left on a terminal when this returns.
pub(super) fn showing<T: Send>(when: ProgressWhen, progress: &Progress, scan: impl FnOnce() -> T) -> T {
    let is_terminal = io::stderr().is_terminal();
    let patience = match when {
        ProgressWhen::Never => return scan(),
        ProgressWhen::Auto if !is_terminal => return scan(),
        ProgressWhen::Auto => Some(PATIENCE),
        ProgressWhen::Always => None,
    };
    thread::scope(|scope| {
        let (done, is_done) = mpsc::channel::<()>();
        scope.spawn(move || {
            // A scan that is done in time ends the wait by dropping its end of the channel.
            let is_late = |patience| is_done.recv_timeout(patience) == Err(RecvTimeoutError::Timeout);
            if patience.is_none_or(is_late) {
                if is_terminal { bar(progress, &is_done) } else { lines(progress, &is_done) }
            }
        });
        let result = scan();
        drop(done);
        result
    })
}

/// One line of a terminal, drawn again and again, and removed.
fn bar(progress: &Progress, is_done: &mpsc::Receiver<()>) {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{spinner} {msg}").expect("invariant: the template is valid");
    bar.set_style(style);
    let since = Instant::now();
    loop {
        bar.set_message(text(progress, since));
        bar.tick();
        if is_done.recv_timeout(TICK) != Err(RecvTimeoutError::Timeout) {
            bar.finish_and_clear();
            return;
        }
    }
}

/// Lines for a log: now and then one, and a last one.
fn lines(progress: &Progress, is_done: &mpsc::Receiver<()>) {
    let since = Instant::now();
    loop {
        let ended = is_done.recv_timeout(LINE) != Err(RecvTimeoutError::Timeout);
        // Progress that nobody can see is no reason to stop.
        if writeln!(io::stderr(), "{}", text(progress, since)).is_err() || ended {
            return;
        }
    }
}

/// How far it is; where it is known how much there is, also how long it may take.
fn text(progress: &Progress, since: Instant) -> String {
    let done = progress.blobs.load(Ordering::Relaxed);
    let bytes = DecimalBytes(progress.bytes.load(Ordering::Relaxed));
    match progress.expected.load(Ordering::Relaxed) {
        0 => format!("scanned {} files, {bytes}", HumanCount(done)),
        expected => {
            let left = expected.saturating_sub(done);
            let nanoseconds = since.elapsed().as_nanos() * u128::from(left) / u128::from(done.max(1));
            let left = Duration::from_nanos(nanoseconds.try_into().unwrap_or(u64::MAX));
            let (done, expected) = (HumanCount(done), HumanCount(expected));
            format!("scanned {done} of {expected} objects, {bytes}, about {} left", HumanDuration(left))
        }
    }
}
