//! Holding what a counter says against the rows that are stored, wherever these are all there. It changes nothing.

use std::collections::BTreeMap;

use ippo_base::{Minute, MinuteRange};

use super::{BackfillJob, Backfilled, Core};
use crate::counter::{CounterDays, Counts};

/// Minutes after a hole in what is stored of which a counter over metrics cannot be held against it: what is added there is
/// told by a point before.
const AFTER_A_HOLE: u32 = 10;

/// A counter that is to be held against stored rows: both as they were at one moment.
pub struct DriftJob {
    job: BackfillJob,
    counter: CounterDays,
    /// The first minute that is looked at: of what is wanted, and of which no rows have expired.
    from: Minute,
    /// The first that is not: of what is wanted, and before the minute in which this began.
    to: Minute,
    by_increase: bool,
}

/// What a counter and the stored rows say of the same minutes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Drift {
    /// The minutes that were looked at: those of which every row is stored and that the counter speaks for.
    pub minutes: u32,
    /// The first of them, if any.
    pub from: Option<Minute>,
    /// The first after them.
    pub to: Option<Minute>,
    /// What the counter has in them.
    pub counted: Counts,
    /// What the rows add up to.
    pub stored: Counts,
    /// Minutes in which they differ, ascending, each with what the counter has and what the rows add up to.
    pub differing: Vec<(Minute, Counts, Counts)>,
    /// Why time was left out: rows or counts that cannot be read, or of which only some are stored.
    pub left_out: Vec<(MinuteRange, String)>,
}

impl Core {
    /// Begins to hold what a counter says of a range against what is stored. None if there is none, or it is still being filled.
    pub fn plan_drift(&self, key: &str, range: MinuteRange, now: Minute) -> Option<DriftJob> {
        let counter = self.counters.get(key)?;
        if counter.status().backfilling || counter.kept.as_ref().is_some_and(|kept| kept.is_late_anywhere()) {
            return None;
        }
        let (job, expired) =
            (self.recount_job(key, counter, range), self.expired_before(counter.spec.signal));
        let by_increase = counter.spec.is_by_increase();
        let from = if by_increase && expired.0 > 0 { expired.plus(AFTER_A_HOLE) } else { expired };
        let (from, to) = (from.max(range.from), now.min(range.to));
        Some(DriftJob { job, counter: counter.days_of(range), from, to, by_increase })
    }
}

impl DriftJob {
    /// Compares. `progress` hears the share that is done, 0 to 1, and says whether to go on.
    pub fn run(&self, progress: &dyn Fn(f64) -> bool) -> Option<Drift> {
        let stored = self.job.run(progress)?;
        let mut drift = Drift { left_out: self.left_out(&stored), ..Drift::default() };
        let mut counted = BTreeMap::new();
        for day in &self.counter.days {
            let whole = crate::counter::minutes_of_day(day.day());
            match day.read() {
                Ok(read) => read.visit(0..1440, |minute, counts, _| {
                    counted.insert(whole.from.plus(minute.into()), counts);
                }),
                Err(reason) => drift.left_out.push((whole, reason)),
            }
        }
        let telling = self.job.telling();
        let in_rows: BTreeMap<Minute, Counts> =
            stored.minutes().map(|(minute, sums)| (minute, telling.told(sums))).collect();
        let mut holes: Vec<MinuteRange> = drift.left_out.iter().map(|(hole, _)| *hole).collect();
        holes.extend(&self.counter.unmeasured);
        holes.sort_by_key(|hole| hole.from);
        let ends = in_rows.keys().chain(counted.keys()).copied();
        let (Some(first), Some(last)) = (ends.clone().min(), ends.max()) else { return Some(drift) };
        let mut minute = first.max(self.from);
        let end = last.plus(1).min(self.to);
        while minute < end {
            if let Some(hole) = holes.iter().find(|hole| hole.contains(minute)) {
                minute = hole.to;
                continue;
            }
            drift.compare(minute, counted.get(&minute).copied(), in_rows.get(&minute).copied());
            minute = minute.plus(1);
        }
        Some(drift)
    }

    /// Stretches of which not every row is stored, or can be read.
    fn left_out(&self, stored: &Backfilled) -> Vec<(MinuteRange, String)> {
        let after = if self.by_increase { AFTER_A_HOLE } else { 0 };
        let wider =
            |hole: &MinuteRange| MinuteRange { from: hole.from.minus(after), to: hole.to.plus(after) };
        stored.holes().map(|(hole, reason)| (wider(&hole), reason)).collect()
    }
}

impl Drift {
    fn compare(&mut self, minute: Minute, counted: Option<Counts>, stored: Option<Counts>) {
        let (counted, stored) = (counted.unwrap_or_default(), stored.unwrap_or_default());
        self.minutes += 1;
        self.from.get_or_insert(minute);
        self.to = Some(minute.plus(1));
        self.counted.add(counted);
        self.stored.add(stored);
        if counted != stored {
            self.differing.push((minute, counted, stored));
        }
    }
}
