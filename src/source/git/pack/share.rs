//! How threads share what is to be done.

use std::sync::{
    Condvar, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

/// Work that one thread gives away for another.
pub(super) struct Share<T> {
    inner: Mutex<Inner<T>>,
    wake: Condvar,
    threads: usize,
    /// How many threads wait for work that nobody has given yet.
    hungry: AtomicUsize,
}

struct Inner<T> {
    given: Vec<T>,
    waiting: usize,
    is_over: bool,
}

impl<T> Share<T> {
    /// For so many threads, each of which calls [`Share::take`] until there is nothing left.
    pub(super) fn new(threads: usize) -> Self {
        let inner = Inner { given: Vec::new(), waiting: 0, is_over: false };
        Self { inner: Mutex::new(inner), wake: Condvar::new(), threads, hungry: AtomicUsize::new(0) }
    }

    /// Whether somebody waits for work.
    pub(super) fn is_wanted(&self) -> bool {
        self.hungry.load(Ordering::Relaxed) > 0
    }

    pub(super) fn give(&self, work: T) {
        let mut inner = self.lock();
        inner.given.push(work);
        self.note(&inner);
        drop(inner);
        self.wake.notify_one();
    }

    /// Waits until somebody gives work; `None` once all threads wait, or the work is over.
    pub(super) fn take(&self) -> Option<T> {
        let mut inner = self.lock();
        inner.waiting += 1;
        loop {
            if inner.is_over {
                return None;
            }
            if let Some(work) = inner.given.pop() {
                inner.waiting -= 1;
                self.note(&inner);
                return Some(work);
            }
            if inner.waiting == self.threads {
                drop(inner);
                self.end();
                return None;
            }
            self.note(&inner);
            inner = self.wake.wait(inner).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Lets nobody wait any longer.
    pub(super) fn end(&self) {
        self.lock().is_over = true;
        self.wake.notify_all();
    }

    fn note(&self, inner: &Inner<T>) {
        self.hungry.store(inner.waiting.saturating_sub(inner.given.len()), Ordering::Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
