//! Counters: started, given up, read.

use ippo_base::MinuteRange;

use super::{Store, StoreError, blocking};
use crate::core::{Activation, CoreError, Drift, EVERYTHING};
use crate::counter::{CounterDays, CounterRead, CounterSpec, CounterStatus};
use crate::read::Stop;

impl Store {
    /// Makes the counter count by this spec, over stored rows too. Returns its generation; the same spec changes nothing.
    pub async fn activate_counter(&self, key: &str, spec: CounterSpec) -> Result<u64, StoreError> {
        let (store, key) = (self.clone(), key.to_owned());
        blocking(move || {
            let mut log = store.shared.log();
            let activation = store.shared.core().plan_generation(&key, &spec);
            let (generation, entry) = match activation {
                Activation::Unchanged(generation) => return Ok(generation),
                Activation::New(generation, entry) => (generation, entry),
            };
            log.append(&[entry.encode()]).map_err(CoreError::from)?;
            log.mark();
            let job = store.shared.core().start_generation(&key, spec, generation);
            drop(log);
            store.workers.fill(job);
            Ok(generation)
        })
        .await
    }

    /// Gives a counter up; no error if there is none.
    pub async fn retire_counter(&self, key: &str) -> Result<(), StoreError> {
        let (store, key) = (self.clone(), key.to_owned());
        blocking(move || {
            let mut log = store.shared.log();
            let planned = store.shared.core().plan_retirement(&key);
            if let Some(entry) = planned {
                log.append(&[entry.encode()]).map_err(CoreError::from)?;
                log.mark();
                store.shared.core().remove_counter(&key);
            }
            Ok(())
        })
        .await
    }

    /// The keys of all counters, ascending.
    pub fn counter_keys(&self) -> Vec<String> {
        self.shared.core().counters().iter().map(|(key, _)| key.to_owned()).collect()
    }

    /// How far a counter is.
    pub fn counter_status(&self, key: &str) -> Option<CounterStatus> {
        self.shared.core().counters().status(key)
    }

    /// The days of a counter that a range touches, as they are now, unread.
    pub fn counter_days(&self, key: &str, range: MinuteRange) -> Option<CounterDays> {
        Some(self.shared.core().counters().get(key)?.days_of(range))
    }

    /// The counts of a range of minutes. Old days are read from files.
    pub async fn read_counter(&self, key: &str, range: MinuteRange) -> Option<CounterRead> {
        let reading = self.shared.core().counters().get(key)?.reading(range);
        if reading.is_in_memory() {
            return Some(reading.read());
        }
        tokio::task::spawn_blocking(move || reading.read()).await.ok()
    }

    /// Holds what a counter says of a range, or of all time, against the rows that are stored. `progress` hears the share that is
    /// done, 0 to 1. None if there is no such counter, or it is still being filled. It ends when whoever asks leaves.
    ///
    /// # Errors
    /// When the store stops.
    pub async fn check_counter(
        &self,
        key: &str,
        range: Option<MinuteRange>,
        progress: impl Fn(f64) + Send + 'static,
    ) -> Result<Option<Drift>, StoreError> {
        let now = self.shared.clock.now().minute();
        let Some(job) = self.shared.core().plan_drift(key, range.unwrap_or(EVERYTHING), now) else {
            return Ok(None);
        };
        let stop = Stop::default();
        let leaving = stop.on_drop();
        let done = blocking(move || {
            Ok(job.run(&|share| {
                progress(share);
                !stop.is_stopped()
            }))
        })
        .await;
        leaving.disarm();
        done
    }

    /// Completes when the counter holds all stored rows.
    pub async fn wait_backfilled(&self, key: &str) -> Result<(), StoreError> {
        let mut filled = self.shared.filled.subscribe();
        loop {
            filled.borrow_and_update();
            match self.counter_status(key) {
                None => return Err(StoreError::NoCounter(key.to_owned())),
                Some(status) if !status.backfilling => return Ok(()),
                Some(_) => filled.changed().await.map_err(|_| StoreError::Stopped)?,
            }
        }
    }
}
