//! The events behind an SLO's bad count, so that a number can be opened down to the requests and the people in it.

use ippo_base::TimeRange;
use ippo_telemetry::Expr;
use ippo_telemetry::read::{Failure, Found};

use super::{SloError, Slos, counters};

impl Slos {
    /// The newest events of the range that the bad count of an SLO's objective at `place` holds; unknown ones are not among
    /// them.
    ///
    /// # Errors
    /// When there is no such SLO or objective, or telemetry fails.
    pub async fn failures(
        &self,
        name: &str,
        place: usize,
        range: TimeRange,
        limit: usize,
    ) -> Result<Found<Vec<Failure>>, SloError> {
        let defined = self.defined(name)?;
        super::spend::check_place(&defined.slo, place)?;
        let objective = &defined.slo.objectives[place];
        if objective.sli.is_by_increase() {
            let warnings = vec![
                "this SLI counts what metrics add up to: there are no single events to be shown; look at the traces and logs \
                 of the same time"
                    .to_owned(),
            ];
            return Ok(Found { warnings, ..Found::default() });
        }
        let signal = counters::signal(objective.sli.signal);
        let filter = Expr::parse(&counters::bad_events(objective), signal)
            .map_err(|error| SloError::Refused(error.message))?;
        Ok(self.store.read(move |reader| reader.failures(signal, &filter, range, limit)).await?)
    }
}
