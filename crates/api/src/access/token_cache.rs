//! Tokens that were looked up a moment ago, so that a flood of telemetry does not become a flood of SQL.

use std::collections::HashMap;
use std::time::Duration;

use ippo_state::token::Token;

/// How long a token is believed without asking again. A revocation by this process counts at once.
const BELIEVED_FOR: Duration = Duration::from_secs(5);
/// How many are remembered.
const REMEMBERED: usize = 1_000;

#[derive(Default)]
pub(crate) struct TokenCache {
    tokens: HashMap<String, (Token, Duration)>,
    epoch: u64,
}

impl TokenCache {
    /// The token of that hash, if it was kept a moment ago.
    pub(crate) fn get(&self, hash: &str, now: Duration) -> Option<Token> {
        let (token, kept) = self.tokens.get(hash)?;
        (now < *kept + BELIEVED_FOR).then(|| token.clone())
    }

    /// Counts revocations: what was read before one must not be kept after it.
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Keeps a token that was read at `epoch`.
    pub(crate) fn keep(&mut self, hash: String, token: Token, now: Duration, epoch: u64) {
        if epoch != self.epoch {
            return;
        }
        if self.tokens.len() >= REMEMBERED {
            self.tokens.clear();
        }
        self.tokens.insert(hash, (token, now));
    }

    /// Forgets everything: a token was revoked.
    pub(crate) fn forget_all(&mut self) {
        self.tokens.clear();
        self.epoch += 1;
    }
}
