//! When to send again: what may be taken later is tried until patience ends, ever more slowly, and never before the
//! receiver's own wish.

use std::time::Duration;

use ippo_base::SharedClock;

use super::{Receipt, SendError, Transport};
use crate::draw::Draw;
use crate::shop::Message;

/// How long to go on trying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// The wait after the first failure; it doubles with each further one.
    pub first_wait: Duration,
    /// The longest wait, unless the receiver asks for more.
    pub longest_wait: Duration,
    /// No attempt begins later than this after the first.
    pub limit: Duration,
    /// An attempt without an answer is given up after this.
    pub attempt_limit: Duration,
}

impl Default for Patience {
    /// The numbers of the OpenTelemetry Collector's exporters.
    fn default() -> Self {
        Self {
            first_wait: Duration::from_secs(5),
            longest_wait: Duration::from_secs(30),
            limit: Duration::from_secs(300),
            attempt_limit: Duration::from_secs(30),
        }
    }
}

impl Patience {
    /// For a receiver on the same machine: quick to try again, slow to give up.
    pub fn local() -> Self {
        Self {
            first_wait: Duration::from_millis(200),
            longest_wait: Duration::from_secs(5),
            ..Self::default()
        }
    }

    /// The wait after failure number `failures` (from 1), half of it by chance so that senders spread.
    fn wait(&self, failures: u32, asked: Option<Duration>, draw: &mut Draw) -> Duration {
        let doubled = self.first_wait.saturating_mul(1 << failures.saturating_sub(1).min(16));
        let full = doubled.min(self.longest_wait);
        let half = u64::try_from(full.as_millis() / 2).unwrap_or(u64::MAX);
        let spread = Duration::from_millis(half + draw.below(half + 1));
        asked.map_or(spread, |asked| asked.max(spread))
    }
}

/// Hands messages to a transport until they are taken, refused, or patience ends.
pub struct Exporter {
    transport: Box<dyn Transport>,
    clock: SharedClock,
    patience: Patience,
    seed: u64,
}

impl Exporter {
    /// Sends through `transport`; waits on `clock`.
    pub fn new(transport: Box<dyn Transport>, clock: SharedClock, patience: Patience) -> Self {
        Self { transport, clock, patience, seed: 0x0e }
    }

    /// Hands over one message.
    ///
    /// # Errors
    /// If the receiver refused it, or would not take it while patience lasted.
    pub async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        let mut draw = Draw::of(&[self.seed, message.body.len() as u64]);
        let began = self.clock.monotonic();
        let mut failures = 0;
        loop {
            let error = match self.attempt(message).await {
                Ok(receipt) => return Ok(receipt),
                Err(error @ SendError::Never { .. }) => return Err(error),
                Err(error) => error,
            };
            failures += 1;
            let asked = if let SendError::Later { after, .. } = &error { *after } else { None };
            let wait = self.patience.wait(failures, asked, &mut draw);
            if self.clock.monotonic() + wait > began + self.patience.limit {
                return Err(error);
            }
            tracing::debug!(failures, wait_ms = wait.as_millis() as u64, %error, "will send the message again");
            self.clock.sleep(wait).await;
        }
    }

    async fn attempt(&self, message: &Message) -> Result<Receipt, SendError> {
        let answer = self.transport.send(message.signal, message.body.clone());
        let limit = self.clock.sleep(self.patience.attempt_limit);
        tokio::select! {
            biased;
            answer = answer => answer,
            () = limit => Err(SendError::later("no answer in time")),
        }
    }
}
