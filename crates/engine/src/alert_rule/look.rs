//! What telemetry and ippo's own uptime say of a rule in each minute of a range: verdicts, with the words for them.

use std::collections::{BTreeMap, BTreeSet};

use ippo_base::{Minute, MinuteRange};
use ippo_domain::Said;
use ippo_domain::alert_rule::{
    Absence, Condition, Group, Knowledge, Reading, Threshold, Verdict, awaited_from, silence,
};
use ippo_domain::slo::{Coverage, MinuteSet};
use ippo_telemetry::read::{Found, WindowError, WindowSearch, WindowValue, Windows};
use ippo_telemetry::{Store, StoreError};

use super::HeardBefore;

/// Minutes that are read again of what was heard before: what came late is heard too.
const LATE_MINUTES: u32 = 10;

/// What a rule's group says of a minute.
#[derive(Clone, Debug)]
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    pub(super) said: Option<Said>,
}

/// What a rule says of a range.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) groups: BTreeMap<Group, BTreeMap<Minute, Judged>>,
    pub(super) more_groups: bool,
    /// Why not all of it is known.
    pub(super) warnings: Vec<String>,
    /// Minutes of which something is known.
    pub(super) measured_minutes: u32,
    /// What an absence need not read again.
    pub(super) heard: Option<HeardBefore>,
}

/// Which minutes of a rule are looked at.
pub(super) struct Asked<'a> {
    pub(super) store: &'a Store,
    pub(super) up: &'a MinuteSet,
    pub(super) range: MinuteRange,
    /// Groups with which something is the matter.
    pub(super) known: BTreeSet<Group>,
    /// What an absence knows from before.
    pub(super) heard: Option<HeardBefore>,
}

/// Why a rule could not be looked at.
#[derive(Debug, thiserror::Error)]
pub(super) enum LookError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Windows(WindowError),
}

impl Asked<'_> {
    /// Looks at a rule.
    pub(super) async fn look(
        &self,
        condition: &Condition,
        compiled: &super::Compiled,
    ) -> Result<Seen, LookError> {
        match condition {
            Condition::Threshold(threshold) => {
                let windows = self.read(compiled.search(self.range, self.keys())).await?;
                Ok(self.judge(threshold, &windows, |reading| threshold.reading_said(reading)))
            }
            Condition::Text(text) => {
                let windows = self.read(compiled.search(self.range, self.keys())).await?;
                Ok(self.judge(&text.as_threshold(), &windows, |reading| text.reading_said(reading)))
            }
            Condition::Absence(absence) => self.absence(absence, compiled).await,
        }
    }

    fn keys(&self) -> BTreeSet<Vec<Option<String>>> {
        self.known.iter().map(|group| group.0.clone()).collect()
    }

    async fn read(&self, search: WindowSearch) -> Result<Found<Windows>, LookError> {
        let found = self.store.read(move |reader| reader.windows_of(&search)).await?;
        found.map_err(LookError::Windows)
    }

    fn judge(&self, threshold: &Threshold, found: &Found<Windows>, words: impl Fn(&Reading) -> Said) -> Seen {
        let windows = &found.value;
        let heard = MinuteSet::from_ascending(windows.heard.iter().copied());
        let coverage = Coverage { up: self.up.clone(), source: heard };
        let holes = MinuteSet::from_ranges(windows.holes.iter().copied());
        let measured = coverage.measured().difference(&holes);
        let knowledge = |minute: Minute| {
            let window = MinuteRange::ending_with(minute, threshold.over_minutes);
            match measured.len_within(window) {
                known if known >= window.len() => Knowledge::Whole,
                known if 2 * known >= window.len() => Knowledge::Half,
                _ => Knowledge::Little,
            }
        };
        let mut of_groups: BTreeSet<Group> = windows.groups.keys().cloned().map(Group).collect();
        of_groups.extend(self.known.iter().cloned());
        if threshold.by.is_empty() {
            of_groups.insert(Group::default());
        }
        let mut groups = BTreeMap::new();
        for group in of_groups {
            let values: BTreeMap<Minute, &WindowValue> = windows
                .groups
                .get(&group.0)
                .map(|values| values.iter().map(|(minute, value)| (*minute, value)).collect())
                .unwrap_or_default();
            let judged = |minute: Minute| {
                let reading = values.get(&minute).map(|value| reading(value));
                let verdict = threshold.verdict(reading.as_ref(), knowledge(minute));
                Judged { verdict, said: reading.as_ref().map(&words) }
            };
            groups.insert(group, self.range.iter().map(|minute| (minute, judged(minute))).collect());
        }
        Seen {
            groups,
            more_groups: windows.more_groups,
            warnings: found.warnings.clone(),
            measured_minutes: measured.len_within(self.range),
            heard: None,
        }
    }

    async fn absence(&self, absence: &Absence, compiled: &super::Compiled) -> Result<Seen, LookError> {
        let least = absence.silent_minutes;
        let begins = |minute: Minute| awaited_from(self.up, minute, least);
        let known_from = self.up.ranges().first().map_or(self.range.from, |range| range.from);
        // The minute before is that of the last word, where silence begins just now.
        let from = begins(self.range.from).unwrap_or(known_from).minus(1).min(self.range.from);
        let before = self.heard.as_ref().filter(|before| before.from <= from && before.to > from);
        let read_from = before.map_or(from, |before| before.to.minus(LATE_MINUTES).max(from));
        let range = MinuteRange { from: read_from, to: self.range.to };
        let found = self.read(compiled.search(range, BTreeSet::new())).await?;
        let matched = found.value.groups.values().flatten().map(|(minute, _)| *minute);
        let mut heard = MinuteSet::from_minutes(matched);
        if let Some(before) = before {
            heard = heard.union(&before.heard);
        }
        // Where something could not be read, nobody knows whether it was silent.
        let holes = MinuteSet::from_ranges(found.value.holes.iter().copied());
        let listened = self.up.difference(&holes);
        let judged = |minute: Minute| {
            let silence = silence(&heard, &listened, begins(minute).unwrap_or(known_from), minute, least);
            Judged { verdict: silence.verdict, said: Some(silence.said()) }
        };
        let minutes = self.range.iter().map(|minute| (minute, judged(minute))).collect();
        let is_whole = found.value.holes.is_empty();
        let kept = MinuteSet::from_ranges([MinuteRange { from, to: range.to }]);
        let kept = kept.union(&MinuteSet::from_minutes(heard.last()));
        let remembered = HeardBefore { revision: 0, from, to: range.to, heard: heard.intersection(&kept) };
        Ok(Seen {
            groups: BTreeMap::from([(Group::default(), minutes)]),
            more_groups: false,
            warnings: found.warnings,
            measured_minutes: listened.len_within(self.range),
            heard: is_whole.then_some(remembered),
        })
    }
}

fn reading(value: &WindowValue) -> Reading {
    let test = |at: usize| value.tests.get(at).copied().flatten();
    Reading {
        lower: value.lower,
        upper: value.upper,
        events: value.events,
        beyond: test(0),
        beyond_end: test(1),
    }
}
