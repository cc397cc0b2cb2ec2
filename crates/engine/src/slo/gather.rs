//! Gathers what an SLO's status depends on: counts and coverage as the store and ippo's uptime have them now. Decides
//! nothing.

use ippo_base::MinuteRange;
use ippo_domain::slo::{Counts, Coverage, MinuteSet, ObjectiveInputs, SloInputs};
use ippo_telemetry::{CounterRead, Store};

use super::counters::SloCounters;

/// Reads the counters over `range`. `firing` has, for each objective, the long windows of the pairs that fire.
pub(crate) async fn inputs(
    store: &Store,
    counters: &SloCounters,
    up: &MinuteSet,
    range: MinuteRange,
    mut firing: Vec<Vec<u32>>,
) -> SloInputs {
    firing.resize(counters.objectives.len(), Vec::new());
    let backfilling = counters.keys().any(|key| store.counter_status(key).is_none_or(|s| s.backfilling));
    let mut objectives = Vec::with_capacity(firing.len());
    for ((key, _), firing) in counters.objectives.iter().zip(firing) {
        objectives.push(objective(store, key, range, firing).await);
    }
    SloInputs { objectives, coverage: coverage(store, counters, up, range).await, backfilling }
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

async fn objective(store: &Store, key: &str, range: MinuteRange, firing: Vec<u32>) -> ObjectiveInputs {
    let Some(CounterRead { minutes, unmeasured, .. }) = store.read_counter(key, range).await else {
        return ObjectiveInputs {
            sealed: MinuteSet::from_ranges([range]),
            firing,
            ..ObjectiveInputs::default()
        };
    };
    let counts = minutes
        .into_iter()
        .map(|(minute, c)| (minute, Counts { good: c.good, bad: c.bad, unknown: c.unknown }));
    ObjectiveInputs { counts: counts.collect(), sealed: MinuteSet::from_ranges(unmeasured), firing }
}
