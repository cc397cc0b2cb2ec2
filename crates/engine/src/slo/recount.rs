//! Counting an SLO's events again from stored telemetry, to hold its counts against them. Changes nothing.

use ippo_telemetry::Drift;

use super::{SloError, Slos};

/// What a recount of an objective found.
#[derive(Clone, Debug)]
pub struct Recounted {
    /// The objective's place in the SLO.
    pub objective: usize,
    /// What differs, and what was looked at.
    pub drift: Drift,
}

impl Slos {
    /// Counts again what is stored, one objective after the other, one SLO at a time. `progress` hears the share that is done, 0
    /// to 1. It ends when whoever asks leaves.
    ///
    /// # Errors
    /// When there is no such SLO, its counts are still being made, or telemetry fails.
    pub async fn recount(
        &self,
        name: &str,
        progress: impl Fn(f64) + Clone + Send + 'static,
    ) -> Result<Vec<Recounted>, SloError> {
        let defined = self.defined(name)?;
        let _turn = self.book.recounting.lock().await;
        let all = defined.counters.objectives.len() as f64;
        let mut found = Vec::new();
        for (objective, (key, _)) in defined.counters.objectives.iter().enumerate() {
            let (report, before) = (progress.clone(), objective as f64);
            let drift = self.store.check_counter(key, None, move |share| report((before + share) / all)).await?;
            let drift = drift.ok_or_else(|| {
                SloError::Refused(format!(
                    "the counts of SLO {name} are still being made; ask again in a moment"
                ))
            })?;
            found.push(Recounted { objective, drift });
        }
        Ok(found)
    }
}
