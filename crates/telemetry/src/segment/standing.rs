//! Whose the bucket is, as the store knows it: only the run that the marker there names writes and removes.

use super::cold::Cold;
use crate::remote::{self, ClaimError, Named, Run, Session};

/// Whose the bucket is, as far as that is known since the start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It has not answered.
    Unknown,
    /// This folder's, so it may be read; it does not name this run yet.
    Found,
    /// This run's: it may be written to.
    Owned,
    /// Not this run's any more, or not at all, and why. Nothing is written there or removed until the next start.
    Lost(String),
}

impl Cold {
    /// This run.
    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    /// This run as the bucket should know it.
    pub(crate) fn run(&self) -> Run<'_> {
        Run { folder: &self.folder, session: &self.session, earlier: &self.earlier }
    }

    /// Whose the bucket is.
    pub(crate) fn standing(&self) -> Standing {
        self.standing.lock().expect("nothing panics while it is held").clone()
    }

    /// Whether this run may write to the bucket.
    pub(crate) fn is_owned(&self) -> bool {
        self.standing() == Standing::Owned
    }

    /// Notes whose the bucket is. What is lost stays so.
    pub(crate) fn set_standing(&self, standing: Standing) {
        let mut known = self.standing.lock().expect("nothing panics while it is held");
        if matches!(*known, Standing::Lost(_)) {
            return;
        }
        if let Standing::Lost(reason) = &standing {
            tracing::error!(reason, "nothing is copied to the bucket of segments or removed there any more");
        }
        *known = standing;
    }

    /// Notes what became of asking whose the bucket is.
    pub(crate) fn judge(&self, answer: Result<(), ClaimError>, then: Standing) -> Result<(), String> {
        match answer {
            Ok(()) => {
                self.note(&Ok(()));
                self.set_standing(then);
                Ok(())
            }
            Err(ClaimError::Later(error)) => {
                let told = error.to_string();
                self.note(&Err::<(), _>(error));
                Err(told)
            }
            Err(ClaimError::Never(error)) => {
                self.set_standing(Standing::Lost(error.to_string()));
                Err(error.to_string())
            }
        }
    }

    /// Asks whether the bucket is still this run's. Whoever writes there or removes something does so right before.
    ///
    /// Where the marker names an earlier run of this folder, which is over, its writing came late, and this run writes itself
    /// there again: the manifest names it since it did so first.
    ///
    /// # Errors
    /// That it is not, or that it does not answer, in words.
    pub(crate) fn hold(&self) -> Result<(), String> {
        match self.standing() {
            Standing::Owned => {}
            Standing::Lost(reason) => return Err(reason),
            Standing::Unknown | Standing::Found => return Err(self.unanswered()),
        }
        let held = remote::holds(&*self.bucket, self.run()).and_then(|named| match named {
            Named::This => Ok(()),
            Named::Earlier => remote::take(&*self.bucket, self.run()),
        });
        self.judge(held, Standing::Owned)
    }

    pub(super) fn unanswered(&self) -> String {
        format!("{} has not answered since ippo started", self.bucket.location())
    }

    /// The first number of names that this run gives, above one that was used. Copies of a folder count on from the same
    /// number, and must not give two files one name: an object would replace another.
    pub(crate) fn first_attempt(&self, used: u64) -> u64 {
        let id = &self.session.id;
        // The last digits: ids may begin with the time.
        let digits = id.get(id.len().saturating_sub(10)..).unwrap_or_default();
        used.saturating_add(u64::from_str_radix(digits, 16).unwrap_or(0))
    }
}
