//! Time as an object. Everything that asks what time it is, or waits, does so through a [`Clock`].

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use crate::time::Timestamp;

/// A boxed future that owns everything it needs.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send + 'static>>;

/// Wall time, monotonic time and sleep.
pub trait Clock: Send + Sync {
    /// Wall time. May jump, in both directions.
    fn now(&self) -> Timestamp;
    /// Time since some fixed point in the life of the process. Never goes back.
    fn monotonic(&self) -> Duration;
    /// Completes when `duration` of monotonic time has passed.
    fn sleep(&self, duration: Duration) -> BoxFuture<()>;
}

/// A clock that many parts share.
pub type SharedClock = Arc<dyn Clock>;

/// The operating system's clock.
#[derive(Debug)]
pub struct SystemClock {
    started: std::time::Instant,
}

impl SystemClock {
    /// Starts the monotonic clock at zero.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the system's clock")]
    pub fn new() -> Self {
        Self { started: std::time::Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the system's clock")]
    fn now(&self) -> Timestamp {
        let since_epoch =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Timestamp::from_nanos(i64::try_from(since_epoch.as_nanos()).unwrap_or(i64::MAX))
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one place that sleeps")]
    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        Box::pin(tokio::time::sleep(duration))
    }
}

#[cfg(feature = "sim")]
pub use sim::SimClock;

#[cfg(feature = "sim")]
mod sim {
    use std::sync::{Arc, Mutex, MutexGuard};
    use std::time::Duration;

    use tokio::sync::oneshot;

    use super::{BoxFuture, Clock};
    use crate::time::Timestamp;

    /// A clock that moves only when told to. Clones share the same time.
    #[derive(Clone)]
    pub struct SimClock {
        state: Arc<Mutex<State>>,
    }

    struct State {
        now: Timestamp,
        monotonic: Duration,
        sleepers: Vec<(Duration, oneshot::Sender<()>)>,
    }

    impl SimClock {
        /// Starts at `now`, with zero monotonic time.
        pub fn new(now: Timestamp) -> Self {
            let state = State { now, monotonic: Duration::ZERO, sleepers: Vec::new() };
            Self { state: Arc::new(Mutex::new(state)) }
        }

        /// Moves wall and monotonic time forward and wakes whoever slept long enough.
        pub fn advance(&self, duration: Duration) {
            let mut state = self.lock();
            state.now = state.now.plus(duration);
            state.monotonic += duration;
            let reached = state.monotonic;
            let sleepers = std::mem::take(&mut state.sleepers);
            for (until, wake) in sleepers {
                if until <= reached {
                    // A sleeper that was dropped meanwhile needs no waking.
                    let _ = wake.send(());
                } else {
                    state.sleepers.push((until, wake));
                }
            }
        }

        /// Sets wall time, as an operator or NTP would. Monotonic time goes on undisturbed.
        pub fn jump_to(&self, now: Timestamp) {
            self.lock().now = now;
        }

        /// How many sleeps are pending.
        pub fn sleepers(&self) -> usize {
            self.lock().sleepers.len()
        }

        fn lock(&self) -> MutexGuard<'_, State> {
            self.state.lock().expect("no panic happens while the lock is held")
        }
    }

    impl Clock for SimClock {
        fn now(&self) -> Timestamp {
            self.lock().now
        }

        fn monotonic(&self) -> Duration {
            self.lock().monotonic
        }

        fn sleep(&self, duration: Duration) -> BoxFuture<()> {
            let mut state = self.lock();
            let until = state.monotonic + duration;
            let (wake, woken) = oneshot::channel();
            state.sleepers.push((until, wake));
            Box::pin(async move {
                // An error means the clock is gone, and with it all waiting.
                let _ = woken.await;
            })
        }
    }
}
