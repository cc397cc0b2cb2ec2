//! Who moves a file between the disk and the bucket does so alone; who moves another does not wait.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, MutexGuard};

/// Files that come or go now.
#[derive(Default)]
pub(super) struct Moving {
    files: Mutex<BTreeSet<String>>,
    /// One has come or gone.
    done: Condvar,
    /// Those that ever had to wait.
    #[cfg(test)]
    pub(super) waited: std::sync::atomic::AtomicUsize,
}

/// A file that nobody else moves, until this is dropped.
pub(super) struct Alone<'a> {
    moving: &'a Moving,
    file: String,
}

impl Moving {
    /// Waits until nobody else moves the file.
    pub(super) fn wait(&self, file: &str) -> Alone<'_> {
        let mut files = self.lock();
        while !files.insert(file.to_owned()) {
            #[cfg(test)]
            self.waited.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            files = self.done.wait(files).expect("nothing panics while it is held");
        }
        Alone { moving: self, file: file.to_owned() }
    }

    /// Nothing if somebody else moves the file.
    pub(super) fn try_now(&self, file: &str) -> Option<Alone<'_>> {
        self.lock().insert(file.to_owned()).then(|| Alone { moving: self, file: file.to_owned() })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.files.lock().expect("nothing panics while it is held")
    }
}

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        self.moving.lock().remove(&self.file);
        self.moving.done.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_is_moved_by_one_and_others_are_free() {
        let moving = Moving::default();
        let first = moving.wait("a");
        assert!(moving.try_now("a").is_none());
        let second = moving.wait("b");
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| drop(moving.wait("a")));
            drop(first);
            waiting.join().expect("it gets its turn");
        });
        assert!(moving.try_now("a").is_some() && moving.try_now("b").is_none());
        drop(second);
        assert!(moving.try_now("b").is_some());
    }
}
