//! What predicates would have counted, minute by minute, had somebody asked before: a counter's sums of what is stored, without
//! the counter.

use std::cmp::Reverse;

use ippo_base::{Minute, MinuteRange, TimeRange};

use super::limits::Over;
use super::scan::beside;
use super::{Found, Reader};
use crate::columns;
use crate::counter::{CounterSpec, Counts, Series, count_batch};
use crate::expr::LeafCache;
use crate::missing::Missing;
use crate::segment::WINDOW_MINUTES;
use crate::signal::Signal;

/// What predicates count of stored rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MinuteCounts {
    /// The minutes that were looked at: those asked for, or the newer ones of them if time did not suffice.
    pub range: MinuteRange,
    /// For each predicate, the minutes with rows, ascending.
    pub counts: Vec<Vec<(Minute, Counts)>>,
    /// Stretches of which not every row is stored, or can be read; ascending.
    pub holes: Vec<MinuteRange>,
}

impl Reader {
    /// What `specs` count minute by minute, in one pass over what is stored of `range`, the newest first.
    ///
    /// # Panics
    /// If a spec is of another signal, or counts the increases of metrics: these are no rows.
    pub fn minute_counts(
        &self,
        signal: Signal,
        specs: &[CounterSpec],
        range: MinuteRange,
    ) -> Found<MinuteCounts> {
        assert!(
            specs.iter().all(|spec| spec.signal == signal && !spec.is_by_increase()),
            "rows of {signal:?}"
        );
        let mut sums = vec![Series::default(); specs.len()];
        let mut count = |batch: &_| {
            let mut leaves = LeafCache::default();
            for (spec, sum) in specs.iter().zip(&mut sums) {
                count_batch(sum, spec, batch, &mut leaves);
            }
        };
        self.snapshot.rows(signal).iter().for_each(&mut count);
        let mut wanted: Vec<&str> = specs.iter().flat_map(CounterSpec::columns).collect();
        wanted.push(columns::time_column(signal));
        wanted.sort_unstable();
        wanted.dedup();
        let within = TimeRange { from: range.from.start(), to: range.to.start() };
        let mut segments: Vec<_> = self.snapshot.segments(signal, within).collect();
        segments.sort_by_key(|meta| Reverse(meta.window));
        let (mut missing, mut holes, mut from) = (Missing::default(), Vec::new(), range.from);
        let mut ended: Option<Over> = None;
        for meta in segments {
            let window = MinuteRange { from: Minute(meta.window), to: Minute(meta.window + WINDOW_MINUTES) };
            ended = self.limits.over();
            if ended.is_some() {
                // Others of this window may have been read already.
                from = window.to.max(from);
                break;
            }
            if meta.sampled.is_some() {
                missing.was_read(meta);
                holes.push(window);
                continue;
            }
            match self.files.read(signal, meta, Some(&wanted)) {
                Ok(batches) => batches.iter().for_each(&mut count),
                Err(error) => {
                    missing.note(&error);
                    holes.push(window);
                }
            }
        }
        let range = MinuteRange { from, to: range.to.max(from) };
        holes.sort_by_key(|hole| hole.from);
        holes.dedup();
        let counts = sums.iter().map(|sum| sum.read(range).collect()).collect();
        let found = beside(&missing, MinuteCounts { range, counts, holes });
        match ended {
            Some(over) => over.said(found, format!("what is older than {} was not looked at", from.start())),
            None => found,
        }
    }
}
