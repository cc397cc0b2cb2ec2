//! Gathers what an SLO's status depends on: counts and coverage as the store and ippo's uptime have them now. Decides
//! nothing.

use ippo_base::MinuteRange;
use ippo_domain::slo::{Counts, Coverage, MinuteSet, ObjectiveInputs, SloInputs};
use ippo_telemetry::{CounterRead, Store};

use super::counters::SloCounters;

/// Reads the counters over `range`. `firing` has, for each objective, the long windows of the pairs that fire.
///
/// Days of which a file cannot be read are not measured; how many those are comes second.
pub(crate) async fn inputs(
    store: &Store,
    counters: &SloCounters,
    up: &MinuteSet,
    range: MinuteRange,
    mut firing: Vec<Vec<u32>>,
) -> (SloInputs, usize) {
    firing.resize(counters.objectives.len(), Vec::new());
    let backfilling = counters.keys().any(|key| store.counter_status(key).is_none_or(|s| s.backfilling));
    let mut objectives = Vec::with_capacity(firing.len());
    let mut days_missing = 0;
    for ((key, _), firing) in counters.objectives.iter().zip(firing) {
        let (objective, missing) = objective(store, key, range, firing).await;
        objectives.push(objective);
        days_missing = missing.max(days_missing);
    }
    let coverage = coverage(store, counters, up, range).await;
    (SloInputs { objectives, coverage, backfilling }, days_missing)
}

/// When ippo was up and the source was heard.
pub(crate) async fn coverage(
    store: &Store,
    counters: &SloCounters,
    up: &MinuteSet,
    range: MinuteRange,
) -> Coverage {
    let heard =
        store.read_counter(&counters.source.0, range).await.map(|read| read.minutes).unwrap_or_default();
    Coverage {
        up: up.clone(),
        source: MinuteSet::from_ascending(heard.into_iter().map(|(minute, _)| minute)),
        excluded: MinuteSet::EMPTY,
    }
}

async fn objective(
    store: &Store,
    key: &str,
    range: MinuteRange,
    firing: Vec<u32>,
) -> (ObjectiveInputs, usize) {
    let Some(CounterRead { minutes, unmeasured, warnings, .. }) = store.read_counter(key, range).await else {
        let sealed = MinuteSet::from_ranges([range]);
        return (ObjectiveInputs { sealed, firing, ..ObjectiveInputs::default() }, 0);
    };
    let counts = minutes
        .into_iter()
        .map(|(minute, c)| (minute, Counts { good: c.good, bad: c.bad, unknown: c.unknown }));
    let sealed = MinuteSet::from_ranges(unmeasured);
    (ObjectiveInputs { counts: counts.collect(), sealed, firing }, warnings.len())
}
