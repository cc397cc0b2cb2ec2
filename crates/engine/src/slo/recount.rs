//! Counting an SLO's events again from stored telemetry, to hold its counts against them. Changes nothing. Whoever asks has it
//! all at once; by itself the engine looks at one past day of one objective after the other.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ippo_base::{Minute, MinuteRange, SharedClock, Timestamp};
use ippo_domain::slo::SloRemark;
use ippo_telemetry::Drift;
use tokio_util::sync::CancellationToken;

use super::book::{DefinedSlo, Pages};
use super::{SloError, Slos};
use crate::watch::chain;

/// How long after one slice was looked at the next is, at least.
pub const RECOUNT_EVERY: Duration = Duration::from_secs(60);
/// How many times longer than it took it then rests, at least: a twentieth of a core at most goes into it.
const REST: u32 = 20;
/// Days back that are looked at, as far as rows are kept.
const DAYS_BACK: u32 = 90;
/// Slices of which no rows are stored cost little; so many are passed over before the next rest.
const EMPTY_MOST: usize = 60;
const DAY: u32 = 24 * 60;

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
            let drift =
                self.store.check_counter(key, None, move |share| report((before + share) / all)).await?;
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

/// What slices were found to differ, by the counter and the day. Cheap to clone; clones share.
#[derive(Clone, Default)]
pub(super) struct Drifts {
    found: Arc<Mutex<BTreeMap<(String, u32), Differing>>>,
}

/// Minutes of a slice that differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Differing {
    minutes: usize,
    first: Minute,
}

impl Drifts {
    /// Remembers what was found of a slice, in place of what was found before. True if that is worse than it was.
    fn note(&self, key: &str, day: u32, drift: &Drift) -> bool {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let slice = (key.to_owned(), day);
        let Some((first, _, _)) = drift.differing.first() else {
            found.remove(&slice);
            return false;
        };
        let differing = Differing { minutes: drift.differing.len(), first: *first };
        found.insert(slice, differing) != Some(differing)
    }

    /// Forgets counters that are gone.
    pub(super) fn retain(&self, is_wanted: impl Fn(&str) -> bool) {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        found.retain(|(key, _), _| is_wanted(key));
    }

    /// What is worth a word of an SLO.
    pub(super) fn remark(&self, defined: &DefinedSlo) -> Option<SloRemark> {
        let found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        let slices = defined.counters.objectives.iter().flat_map(|(key, _)| {
            let of_key = (key.clone(), 0)..=(key.clone(), u32::MAX);
            found.range(of_key).map(|(_, differing)| *differing)
        });
        let (mut minutes, mut first) = (0, None);
        for differing in slices {
            minutes += differing.minutes;
            first = first.min(Some(differing.first)).or(Some(differing.first));
        }
        first.map(|first| SloRemark::Drifted { minutes, first: first.start() })
    }
}

/// One past day of one objective that was looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Slice {
    pub slo: String,
    pub objective: usize,
    /// Since 1970.
    pub day: u32,
    /// How many of its minutes were held against stored rows.
    pub minutes: u32,
}

/// Looks at one slice after the other, until `stop`.
pub async fn recount_by_itself(slos: Slos, clock: SharedClock, stop: CancellationToken) {
    // Where it begins is the clock's to say, so that an ippo that is often restarted comes to every slice as well.
    let mut next = clock.now().minute().0 as usize;
    let mut told = None;
    while !stop.is_cancelled() {
        let began = clock.monotonic();
        let failed = slos.recount_next(&mut next, clock.now()).await.err().map(|error| chain(&error));
        if let Some(reason) = failed.as_ref().filter(|_| told != failed) {
            tracing::warn!(reason, "a slice of an SLO's counts cannot be held against what is stored");
        }
        told = failed;
        let took = clock.monotonic().saturating_sub(began);
        tokio::select! {
            () = clock.sleep(RECOUNT_EVERY.max(took * REST)) => {}
            () = stop.cancelled() => {}
        }
    }
}

impl Slos {
    /// Looks at the next slice of which rows are stored, if nobody counts again just now: yesterday of every objective, then the
    /// day before. `next` is moved on. Says what was looked at, if anything.
    pub(super) async fn recount_next(
        &self,
        next: &mut usize,
        now: Timestamp,
    ) -> Result<Option<Slice>, SloError> {
        let Ok(_turn) = self.book.recounting.try_lock() else { return Ok(None) };
        let pages = self.book.read();
        let counters = counters(&pages);
        if counters.is_empty() {
            return Ok(None);
        }
        for _ in 0..EMPTY_MOST.min(counters.len() * DAYS_BACK as usize) {
            let (slo, objective, key) = counters[*next % counters.len()];
            let back = 1 + (*next / counters.len()) as u32 % DAYS_BACK;
            *next = next.wrapping_add(1);
            let day = now.minute().day().saturating_sub(back);
            let range = MinuteRange { from: Minute(day * DAY), to: Minute((day + 1) * DAY) };
            let Some(drift) = self.store.check_counter(key, Some(range), |_| {}).await? else { continue };
            if self.book.drifts.note(key, day, &drift) {
                let (minute, counted, stored) = drift.differing[0];
                tracing::error!(
                    slo, objective, minutes = drift.differing.len(), first = %minute.start(), ?counted, ?stored,
                    "the counts of an SLO differ from the telemetry that is stored"
                );
            }
            if drift.minutes > 0 {
                return Ok(Some(Slice { slo: slo.to_owned(), objective, day, minutes: drift.minutes }));
            }
        }
        Ok(None)
    }
}

/// Every counter that judges an objective, with its SLO and the objective's place.
fn counters<'a>(pages: &'a Pages) -> Vec<(&'a str, usize, &'a str)> {
    let of = |(name, defined): (&'a String, &'a Arc<DefinedSlo>)| {
        let keys = defined.counters.objectives.iter().enumerate();
        keys.map(move |(place, (key, _))| (name.as_str(), place, key.as_str()))
    };
    pages.slos.iter().flat_map(of).collect()
}

#[cfg(test)]
mod tests {
    use ippo_telemetry::Counts;

    use super::*;

    fn differing(minutes: &[u32]) -> Drift {
        let wrong = Counts { bad: 1, ..Counts::default() };
        let each = |minute: &u32| (Minute(*minute), wrong, Counts::default());
        Drift { minutes: DAY, differing: minutes.iter().map(each).collect(), ..Drift::default() }
    }

    #[test]
    fn what_differs_is_told_once_until_it_is_another_or_gone() {
        let drifts = Drifts::default();
        assert!(!drifts.note("a", 1, &differing(&[])));
        assert!(drifts.note("a", 1, &differing(&[1500, 1501])));
        assert!(!drifts.note("a", 1, &differing(&[1500, 1501])), "as it was told");
        assert!(drifts.note("a", 1, &differing(&[1500])), "another");
        assert!(!drifts.note("a", 1, &differing(&[])), "gone");
        assert!(drifts.found.lock().expect("whole").is_empty());
    }

    #[test]
    fn a_counter_that_is_gone_takes_what_was_found_with_it() {
        let drifts = Drifts::default();
        drifts.note("a", 1, &differing(&[1500]));
        drifts.note("b", 1, &differing(&[1500]));
        drifts.retain(|key| key == "b");
        assert_eq!(
            drifts.found.lock().expect("whole").keys().map(|(key, _)| key.as_str()).collect::<Vec<_>>(),
            ["b"]
        );
    }
}
