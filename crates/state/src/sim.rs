//! A process that dies where a test says: between any two steps of its work on the state database. For tests alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Steps that are left before death; shared by everything that dies together.
#[derive(Clone, Debug)]
pub struct Lifeline {
    left: Arc<AtomicU64>,
}

/// The process is dead: whatever it wanted to do did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the process died here, as the test asked")]
pub struct Died;

impl Lifeline {
    /// Lives until told otherwise.
    pub fn immortal() -> Self {
        Self::dying_after(u64::MAX)
    }

    /// Takes so many steps and no more.
    pub fn dying_after(steps: u64) -> Self {
        Self { left: Arc::new(AtomicU64::new(steps)) }
    }

    /// Takes a step, if alive.
    ///
    /// # Errors
    /// When dead; the dead stay so.
    pub fn step(&self) -> Result<(), Died> {
        let taken = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        taken.map(drop).map_err(|_| Died)
    }

    /// Whether it has died.
    pub fn is_dead(&self) -> bool {
        self.left.load(Ordering::SeqCst) == 0
    }
}

impl From<Died> for crate::StateError {
    fn from(died: Died) -> Self {
        Self::Database(sqlx::Error::Io(std::io::Error::other(died)))
    }
}
