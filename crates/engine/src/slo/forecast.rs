//! What may be left of an SLO's budget from now on.

use ippo_base::Timestamp;
use ippo_domain::slo::{Forecast, Ratio, forecast, forecast_reach};

use super::gather::Gatherer;
use super::read::Moment;
use super::spend::{named, parts};
use super::{SloError, Slos, blocking};

/// A forecast of one objective or of a composite SLO, or why there is none.
#[derive(Clone, Debug)]
pub struct ToldForecast {
    /// What the objective is called, or the SLO as a whole.
    pub objective: String,
    /// What may be left; none where too little of the past is known.
    pub forecast: Option<Forecast>,
    /// Why this may not rest on all that was.
    pub warnings: Vec<String>,
}

impl Slos {
    /// What may be left of the budget of an SLO's objective at `place`, in the SLO's own window. Without a place that of a composite
    /// SLO as a whole, or of the first objective.
    ///
    /// # Errors
    /// When there is no such SLO or objective, or state fails.
    pub async fn forecast(
        &self,
        name: &str,
        place: Option<usize>,
        now: Timestamp,
    ) -> Result<ToldForecast, SloError> {
        let defined = self.defined(name)?;
        let parts = parts(&defined.slo, place)?;
        let moment = Moment::read(self, now).await?;
        let (store, book) = (self.store.clone(), self.book.clone());
        blocking(move || {
            let slo = &defined.slo;
            let reach = forecast_reach(slo, now.minute());
            let exclusions = moment.exclusions_of(&slo.name);
            let gathered =
                Gatherer::new(&store, &book, &moment.up).gather(&defined, reach, &exclusions, vec![]);
            let given = |(place, share): (usize, Ratio)| {
                (share, &slo.objectives[place], &gathered.inputs.objectives[place].history)
            };
            let parts: Vec<_> = parts.into_iter().map(given).collect();
            // Counts that are still being made would be taken for a past without events.
            let forecast = match gathered.inputs.backfilling {
                true => None,
                false => forecast(slo, &parts, now),
            };
            ToldForecast { objective: named(slo, place), forecast, warnings: gathered.warnings() }
        })
        .await
    }
}
