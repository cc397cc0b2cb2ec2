//! Which numbers a data folder gave to its segments, run by run. The name of each object carries one, so they tell what a
//! crash left in the bucket from what another copy of the folder stored there, or a later state of it.

use serde::{Deserialize, Serialize};

/// Runs that are remembered. What one before them left without a name is not known to be the folder's.
const RUNS_KEPT: usize = 256;

/// The first and the last number of each run that gave some, the newest run last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Numbers(Vec<(u64, u64)>);

impl Numbers {
    /// The same; of a folder that took no note of them, all up to the highest that it has now.
    pub(crate) fn or_all_to(self, highest: u64) -> Self {
        if self.is_empty() && highest > 0 { Self(vec![(0, highest)]) } else { self }
    }

    /// And those of a run: after the number `before` it, up to its `last`.
    pub(crate) fn with_run(&self, before: u64, last: u64) -> Self {
        let mut runs = self.0.clone();
        match runs.last_mut() {
            _ if last <= before => {}
            Some(newest) if newest.1 == before => newest.1 = last,
            _ => runs.push((before + 1, last)),
        }
        runs.drain(..runs.len().saturating_sub(RUNS_KEPT));
        Self(runs)
    }

    /// Whether the folder gave this number.
    pub(crate) fn have(&self, number: u64) -> bool {
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&number))
    }

    /// The highest of them.
    pub(crate) fn highest(&self) -> u64 {
        self.0.iter().map(|(_, last)| *last).max().unwrap_or(0)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_between_runs_are_not_the_folders() {
        let old = Numbers::default().or_all_to(7);
        let numbers = old.with_run(107, 110).with_run(110, 112).with_run(300, 300).with_run(500, 501);
        assert_eq!(serde_json::to_string(&numbers).expect("JSON"), "[[0,7],[108,112],[501,501]]");
        let given: Vec<u64> = (0..600).filter(|number| numbers.have(*number)).collect();
        let expected: Vec<u64> = (0..=7).chain(108..=112).chain([501]).collect();
        assert_eq!((given, numbers.highest()), (expected, 501));
        assert_eq!(numbers.clone().or_all_to(900), numbers);
        assert!(Numbers::default().or_all_to(0).is_empty());
    }

    #[test]
    fn the_oldest_of_many_runs_are_forgotten() {
        let runs = (1..=RUNS_KEPT as u64 + 3).map(|run| run * 10);
        let numbers = runs.fold(Numbers::default(), |all, before| all.with_run(before, before + 1));
        assert_eq!(numbers.0.len(), RUNS_KEPT);
        assert!(!numbers.have(31) && numbers.have(41));
    }
}
