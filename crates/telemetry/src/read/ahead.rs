//! Looks through parts in their order, from the second on with another thread ahead of whoever takes the results.
//!
//! Results wait in memory, so the other thread is never more than a few parts ahead; and when it is enough, no part is begun
//! any more.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::thread;

use super::scan::Enough;

/// Parts that are begun or done and not yet taken, at most.
const PARTS_AHEAD: usize = 4;

/// Whether all parts were taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// All of them.
    All,
    /// It was over, or enough, before.
    Some,
}

struct Turns<R> {
    /// The number of the next part to begin.
    next: usize,
    /// How many were taken.
    taken: usize,
    done: BTreeMap<usize, R>,
    /// No part is begun any more.
    ended: bool,
}

struct Parts<'a, P, W, R> {
    parts: &'a [P],
    work: W,
    turns: Mutex<Turns<R>>,
    changed: Condvar,
}

/// Hands the result of each part to `take`, in order, until it is enough or `is_over` says so.
pub(super) fn in_order<P: Sync, R: Send>(
    parts: &[P],
    work: impl Fn(&P) -> R + Sync,
    is_over: impl Fn() -> bool + Sync,
    mut take: impl FnMut(&P, R) -> Enough,
) -> Taken {
    let turns = Turns { next: 0, taken: 0, done: BTreeMap::new(), ended: false };
    let all = Parts { parts, work, turns: Mutex::new(turns), changed: Condvar::new() };
    let threads = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    thread::scope(|scope| {
        // Also where `take` panics, for the scope waits for the other thread.
        let _end = EndOnDrop(&all);
        loop {
            let part = match all.next() {
                Next::Taken(part, result) => {
                    if is_over() || take(&parts[part], result) == Enough::Yes {
                        return Taken::Some;
                    }
                    // Where the first part is enough, nothing was looked at in vain.
                    if part == 0 && threads > 1 && parts.len() > 2 {
                        scope.spawn(|| {
                            let _end = EndOnDrop(&all);
                            while let Some(part) = all.begin_ahead() {
                                if is_over() {
                                    break;
                                }
                                all.finish(part, (all.work)(&parts[part]));
                            }
                        });
                    }
                    continue;
                }
                Next::Begin(part) => part,
                Next::All => return Taken::All,
                Next::Ended => return Taken::Some,
            };
            if is_over() {
                return Taken::Some;
            }
            all.finish(part, (all.work)(&parts[part]));
        }
    })
}

/// What whoever takes the results does next.
enum Next<R> {
    Taken(usize, R),
    Begin(usize),
    All,
    /// The other thread ended, and will not finish what it began.
    Ended,
}

impl<P, W, R> Parts<'_, P, W, R> {
    fn lock(&self) -> MutexGuard<'_, Turns<R>> {
        self.turns.lock().expect("nothing panics while it is held")
    }

    fn next(&self) -> Next<R> {
        let mut turns = self.lock();
        loop {
            let part = turns.taken;
            if part == self.parts.len() {
                return Next::All;
            }
            if let Some(result) = turns.done.remove(&part) {
                turns.taken += 1;
                self.changed.notify_all();
                return Next::Taken(part, result);
            }
            if let Some(part) = turns.begin(self.parts.len()) {
                return Next::Begin(part);
            }
            if turns.ended {
                return Next::Ended;
            }
            turns = self.changed.wait(turns).expect("nothing panics while it is held");
        }
    }

    /// The next part for the thread ahead; nothing when there is none left.
    fn begin_ahead(&self) -> Option<usize> {
        let mut turns = self.lock();
        loop {
            if turns.ended || turns.next == self.parts.len() {
                return None;
            }
            if let Some(part) = turns.begin(self.parts.len()) {
                return Some(part);
            }
            turns = self.changed.wait(turns).expect("nothing panics while it is held");
        }
    }

    fn finish(&self, part: usize, result: R) {
        self.lock().done.insert(part, result);
        self.changed.notify_all();
    }
}

impl<R> Turns<R> {
    fn begin(&mut self, parts: usize) -> Option<usize> {
        let part = self.next;
        let may_begin = part < parts && part < self.taken + PARTS_AHEAD;
        may_begin.then(|| {
            self.next += 1;
            part
        })
    }
}

/// Lets no part begin any more when it is dropped.
struct EndOnDrop<'a, P, W, R>(&'a Parts<'a, P, W, R>);

impl<P, W, R> Drop for EndOnDrop<'_, P, W, R> {
    fn drop(&mut self) {
        // A lock that a panic has poisoned is of no use to anyone.
        if let Ok(mut turns) = self.0.turns.lock() {
            turns.ended = true;
        }
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn results_come_in_order_and_never_many_ahead() {
        let parts: Vec<usize> = (0..200).collect();
        let (begun, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let work = |part: &usize| {
            begun.fetch_add(1, Ordering::SeqCst);
            part * 2
        };
        let all = in_order(
            &parts,
            work,
            || false,
            |part, result| {
                assert_eq!((*part, result), (taken.load(Ordering::SeqCst), part * 2));
                let ahead = begun.load(Ordering::SeqCst) - taken.fetch_add(1, Ordering::SeqCst);
                // The one that was just taken makes room for another.
                assert!(ahead <= PARTS_AHEAD + 1, "{ahead}");
                Enough::NotYet
            },
        );
        assert_eq!((all, taken.into_inner()), (Taken::All, 200));
        assert_eq!(in_order(&[], |(): &()| (), || false, |_, ()| Enough::NotYet), Taken::All);
    }

    #[test]
    fn nothing_is_begun_once_it_is_enough_or_over() {
        let parts: Vec<usize> = (0..200).collect();
        for over in [false, true] {
            let (begun, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
            let work = |_: &usize| begun.fetch_add(1, Ordering::SeqCst);
            let some = in_order(
                &parts,
                work,
                || is_over.load(Ordering::SeqCst),
                |part, _| {
                    is_over.store(over && *part == 3, Ordering::SeqCst);
                    if !over && *part == 3 { Enough::Yes } else { Enough::NotYet }
                },
            );
            assert_eq!(some, Taken::Some);
            assert!(begun.into_inner() <= 4 + PARTS_AHEAD);
        }
    }
}
