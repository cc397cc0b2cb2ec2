//! Counters equal a recount.

use super::*;
use crate::counter::{CounterRead, Counts};

impl World {
    /// What a counter says of some minutes.
    pub(in crate::core) fn counts_of(&self, key: &str, range: MinuteRange) -> CounterRead {
        self.core.counters().get(key).expect("there is such a counter").reading(range).read()
    }

    /// Whether a counter lacks a day as a whole: its file was damaged, or given up.
    pub(in crate::core) fn lacks_a_day(&self) -> bool {
        let is_day = |gap: &MinuteRange| gap.len() == 24 * 60 && gap.from.of_day() == 0;
        self.core.counters().iter().any(|(_, counter)| counter.unmeasured.iter().any(is_day))
    }

    /// Compares what counters of rows say of the minutes from one on with these rows.
    pub(super) fn check_counts(&self, rows: &[RecordBatch], from: Minute) {
        let all = MinuteRange { from, to: Minute(u32::MAX) };
        for (key, counter) in self.core.counters().iter() {
            let is_filling = self.core.counters().status(key).is_some_and(|status| status.backfilling);
            if is_filling || counter.spec.is_by_increase() {
                continue;
            }
            let mut recount = Series::default();
            rows.iter().for_each(|batch| count_into(&mut recount, &counter.spec, batch));
            // Where a segment could not be read when a counter was filled, it does not speak.
            let read = self.counts_of(key, all);
            let speaks = |minute: &Minute| !read.unmeasured.iter().any(|gap| gap.contains(*minute));
            for warning in &read.warnings {
                assert!(self.rot.as_ref().is_some_and(|rot| warning.contains(&rot.path)), "{warning}");
            }
            let counts = |counted: &mut dyn Iterator<Item = (Minute, Counts)>| -> BTreeMap<_, _> {
                counted.filter(|(minute, _)| speaks(minute)).collect()
            };
            let (mut counted, mut recounted) = (read.minutes.into_iter(), recount.read(all));
            assert_eq!(counts(&mut counted), counts(&mut recounted), "counter {key} equals a recount");
        }
    }
}
