//! Counters equal a recount.

use super::*;

impl World {
    /// Compares what counters say of the minutes from one on with these rows.
    pub(super) fn check_counts(&self, rows: &[RecordBatch], from: Minute) {
        let all = MinuteRange { from, to: Minute(u32::MAX) };
        for (key, counter) in self.core.counters().iter() {
            if self.core.counters().status(key).is_some_and(|status| status.backfilling) {
                continue;
            }
            let mut recount = Series::default();
            rows.iter().for_each(|batch| count_into(&mut recount, &counter.spec, batch));
            // Where a segment could not be read when a counter was filled, it does not speak.
            let speaks = |minute: &Minute| {
                !counter.unmeasured.iter().any(|gap| gap.from <= *minute && *minute < gap.to)
            };
            let counts = |series: &Series| -> BTreeMap<_, _> {
                series.read(all).filter(|(minute, _)| speaks(minute)).collect()
            };
            assert_eq!(counts(&counter.series), counts(&recount), "counter {key} equals a recount");
        }
    }
}
