//! The events behind an SLO's bad count, so that a number can be opened down to the requests and the people in it.

use ippo_base::Timestamp;
use ippo_domain::slo::Signal;

use super::{SloError, Slos, counters};

/// One bad event.
#[derive(Clone, PartialEq, Debug)]
pub struct Failure {
    /// When it happened.
    pub time: Timestamp,
    /// Its trace.
    pub trace_id: Option<String>,
    /// Its span.
    pub span_id: Option<String>,
    /// The service.
    pub service: String,
    /// The span's or event's name.
    pub name: String,
    /// How long it took.
    pub duration_ns: Option<i64>,
    /// The span's status, or the log's severity.
    pub status: String,
    /// Who met it.
    pub user_id: Option<String>,
    /// What was said of it.
    pub message: Option<String>,
}

/// Which events are bad: a filter over a signal, as in search boxes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BadEvents {
    /// What to search.
    pub signal: Signal,
    /// True for exactly the events that the bad count holds; unknown ones do not match.
    pub filter: String,
}

impl Slos {
    /// Which events are behind the bad count of an SLO's first objective.
    ///
    /// # Errors
    /// When there is no such SLO.
    pub fn bad_events(&self, name: &str) -> Result<BadEvents, SloError> {
        let defined = self.defined(name)?;
        let objective = defined.slo.objectives.first();
        let filter =
            objective.map(|objective| counters::bad_events(&defined.slo, objective)).unwrap_or_default();
        Ok(BadEvents { signal: defined.slo.sli.signal, filter })
    }
}
