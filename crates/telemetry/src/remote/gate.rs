//! Keeps readers from waiting for a bucket that has just failed: for a while they are told at once what it said.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use ippo_base::SharedClock;

use super::BucketError;

/// After a failure nobody asks again for so long.
const SHUT: Duration = Duration::from_secs(10);

/// Whether a bucket is asked at all.
pub(crate) struct Gate {
    clock: SharedClock,
    /// Until when in monotonic time, and what the bucket said.
    shut: Mutex<Option<(Duration, String)>>,
}

impl Gate {
    pub(crate) fn new(clock: SharedClock) -> Self {
        Self { clock, shut: Mutex::new(None) }
    }

    /// Asks, unless the bucket failed a moment ago.
    pub(crate) fn ask<T>(&self, ask: impl FnOnce() -> Result<T, BucketError>) -> Result<T, BucketError> {
        let now = self.clock.monotonic();
        if let Some((until, said)) = &*self.lock()
            && now < *until
        {
            return Err(BucketError::Failed(said.clone()));
        }
        let answer = ask();
        self.note(&answer);
        answer
    }

    /// Notes what became of asking by another way.
    pub(crate) fn note<T>(&self, answer: &Result<T, BucketError>) {
        let shut = match answer {
            Err(BucketError::Failed(said)) => Some((self.clock.monotonic() + SHUT, said.clone())),
            Ok(_) | Err(BucketError::Missing(_)) => None,
        };
        *self.lock() = shut;
    }

    /// What the bucket said when it was asked last, if it failed.
    pub(crate) fn trouble(&self) -> Option<String> {
        self.lock().as_ref().map(|(_, said)| said.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Option<(Duration, String)>> {
        self.shut.lock().expect("nothing panics while it is held")
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::Arc;

    use ippo_base::Timestamp;
    use ippo_base::clock::SimClock;

    use super::*;

    #[test]
    fn after_a_failure_nobody_waits_for_a_while() {
        let clock = SimClock::new(Timestamp::from_secs(1_800_000_000));
        let gate = Gate::new(Arc::new(clock.clone()));
        let asked = Cell::new(0);
        let failing = || {
            asked.set(asked.get() + 1);
            Err::<(), _>(BucketError::Failed("no route".to_owned()))
        };
        for _ in 0..3 {
            assert_eq!(gate.ask(failing), Err(BucketError::Failed("no route".to_owned())));
        }
        assert_eq!(asked.get(), 1, "the others were told the same at once");
        clock.advance(SHUT);
        assert!(gate.ask(failing).is_err());
        assert_eq!(asked.get(), 2, "then it is asked again");
        clock.advance(SHUT);
        assert_eq!(gate.ask(|| Ok(7)), Ok(7));
        let missing = || Err::<(), _>(BucketError::Missing("x".to_owned()));
        assert!(gate.ask(missing).is_err());
        assert_eq!(gate.ask(|| Ok(7)), Ok(7), "a missing object says nothing about the bucket");
    }
}
