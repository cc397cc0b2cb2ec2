//! SLOs at work: gathers what their status depends on, asks the domain what follows, and answers reads with the very
//! same function that alerts are decided by. Keeps no counts and no history of its own.

mod book;
mod budget_policy;
mod check;
pub(crate) mod counters;
mod evaluate;
mod examples;
mod failures;
mod forecast;
mod gather;
pub(crate) mod kinds;
mod known;
mod ledger;
mod month;
mod period;
mod prepare;
mod read;
mod recount;
mod remarks;
mod spend;
mod suggest;

#[cfg(test)]
mod tests;

use ippo_base::SharedIds;
use ippo_domain::definition::Kind;
use ippo_state::State;
use ippo_telemetry::Store;

pub(crate) use book::joined;
pub use book::{DefinedPolicy, DefinedSlo, Pages, SloBook, UnusableDefinition};
pub use budget_policy::PolicyReport;
pub use check::{CheckFor, Checked, GoPast};
pub(crate) use evaluate::sheltered;
pub use evaluate::{EVALUATE_EVERY, Evaluated, run, run_once};
pub use forecast::ToldForecast;
pub(crate) use gather::Gatherer;
pub use ledger::{Exclude, ResetBudget, Withdraw};
pub use period::{CLOSES_AFTER_MINUTES, PERIODS_MOST, SloHistory, ToldPeriod, close_by_itself};
pub(crate) use read::{Moment, Notes, reach, report, up_minutes};
pub use read::{SERIES_POINTS, SloReport, SloSeries};
pub use recount::{RECOUNT_EVERY, Recounted, recount_by_itself};
pub use remarks::bounds;
pub use spend::{SPEND_VALUES, Spend, SpendInterval};
pub use suggest::{
    Candidate, NewPromise, Promised, Requests, SUGGEST_DAYS_MOST, SuggestFor, Suggested, SuggestedDefinition,
};

/// Why an SLO cannot be read or judged.
#[derive(Debug, thiserror::Error)]
pub enum SloError {
    /// There is none of that name.
    #[error("there is no SLO {0:?}")]
    Unknown(String),
    /// There is none of that kind and name.
    #[error("there is no {} {name:?}", .kind.name())]
    Undefined {
        /// What was looked for.
        kind: Kind,
        /// Its name.
        name: String,
    },
    /// A request that makes no sense; the text says why.
    #[error("{0}")]
    Refused(String),
    /// The state database failed.
    #[error("cannot read or write the state of SLOs")]
    State(#[from] ippo_state::StateError),
    /// The telemetry store failed.
    #[error("cannot read telemetry for an SLO")]
    Store(#[from] ippo_telemetry::StoreError),
    /// A step of the evaluation panicked.
    #[error("a bug in ippo: the evaluation panicked ({0}); its log says where")]
    Panicked(String),
    /// ippo stops.
    #[error("ippo stops")]
    Stopped,
}

/// Runs what computes or waits for a disk where it holds nobody up.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, SloError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done),
        Err(broken) => match broken.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(SloError::Stopped),
        },
    }
}

/// Everything SLOs need to work with. Cheap to clone; clones share.
#[derive(Clone)]
pub struct Slos {
    /// What is defined.
    pub book: SloBook,
    /// Where definitions, uptime and firing alerts are kept.
    pub state: State,
    /// Where counts are kept.
    pub store: Store,
    /// Where the ids of timeline entries and messages come from.
    pub ids: SharedIds,
}
