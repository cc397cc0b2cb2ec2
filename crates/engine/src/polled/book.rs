//! How the queries of data sources fare, for whoever reads SLOs and for `/metrics`. Only in memory: how far a query was
//! asked is the state's, and the rest is known again after the next poll.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ippo_base::Timestamp;
use ippo_domain::polled::{DataSource, PollFailure, Query, ServerKind, Way};
use ippo_domain::slo::{Measure, NamedSource, Sli, Slo, SloRemark};
use tokio::sync::Notify;

/// A query that is not answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Failing {
    pub(super) failure: PollFailure,
    pub(super) since: Timestamp,
    /// Whether of what is new or of what is missing further back.
    pub(super) way: Way,
}

/// How a query fares.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct QueryStatus {
    /// What keeps it from being answered.
    pub(super) failure: Option<Failing>,
    /// How far back it is filled and how far it is to be, if that is not the same yet.
    pub(super) filling: Option<(Timestamp, Timestamp)>,
    /// Whether it was answered last that there is nothing.
    pub(super) is_empty: bool,
}

/// What became of questions to a server since the start.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceCounts {
    /// What it is.
    pub kind: ServerKind,
    /// How many were answered.
    pub answered: u64,
    /// How many were not, by reason.
    pub failed: BTreeMap<&'static str, u64>,
    /// Samples that were stored.
    pub samples: u64,
    /// Whether the last one failed.
    pub is_failing: bool,
}

#[derive(Default)]
struct Known {
    queries: BTreeMap<(String, Query), QueryStatus>,
    sources: BTreeMap<String, SourceCounts>,
}

impl Known {
    fn counts(&mut self, source: &DataSource) -> &mut SourceCounts {
        let kind = source.server.kind();
        let none =
            || SourceCounts { kind, answered: 0, failed: BTreeMap::new(), samples: 0, is_failing: false };
        self.sources.entry(source.name.clone()).or_insert_with(none)
    }
}

/// How queries fare. Cheap to clone; clones share.
#[derive(Clone, Default)]
pub struct Polls {
    known: Arc<Mutex<Known>>,
    wake: Arc<Notify>,
}

impl Polls {
    /// By the name of the data source.
    pub fn counts(&self) -> BTreeMap<String, SourceCounts> {
        self.lock().sources.clone()
    }

    /// What was defined may have changed: the next poll need not wait.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Waits until what is defined may have changed.
    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Whether the samples of an SLO are still being fetched. One whose server gives no answer says that instead, and is
    /// judged by what there is.
    pub(crate) fn is_filling(&self, slo: &Slo) -> bool {
        let known = self.lock();
        slo.slis().into_iter().filter_map(|sli| sli.polled.as_ref()).any(|polled| {
            polled.queries().any(|query| {
                let status = known.queries.get(&(polled.source.name.clone(), query.clone()));
                status.is_none_or(|status| status.failure.is_none() && status.filling.is_some())
            })
        })
    }

    /// What people should know of an SLO's queries.
    pub(crate) fn remarks(&self, slo: &Slo) -> Vec<SloRemark> {
        slo.slis().into_iter().flat_map(|sli| self.remarks_of(sli)).collect()
    }

    fn remarks_of(&self, sli: &Sli) -> Vec<SloRemark> {
        let Some(polled) = &sli.polled else { return Vec::new() };
        let source = &polled.source.name;
        let named = || NamedSource::of(&polled.source);
        let known = self.lock();
        let of_slo: Vec<(&Query, &QueryStatus)> = polled
            .queries()
            .filter_map(|query| Some((query, known.queries.get(&(source.clone(), query.clone()))?)))
            .collect();
        let failing = |way: Way| {
            let of_way = of_slo.iter().filter_map(|(_, status)| status.failure.as_ref());
            of_way.filter(|failing| failing.way == way).min_by_key(|failing| failing.since).cloned()
        };
        let mut remarks = Vec::new();
        // One is enough: mostly all of them fail alike.
        if let Some(Failing { failure, since, .. }) = failing(Way::New) {
            let reason = failure.words();
            remarks.push(SloRemark::SourceFails { source: named(), reason, since });
        }
        let filling = of_slo.iter().filter_map(|(_, status)| status.filling);
        if let Some((reached, until)) = filling.max_by_key(|(reached, _)| *reached) {
            let trouble = failing(Way::Back).map(|failing| failing.failure.words());
            remarks.push(SloRemark::SourceFilling { source: named(), reached, until, trouble });
        }
        // Where nothing has failed yet there may be no series of failures.
        let may_be_empty = match sli.measure {
            Measure::Bad(_) => polled.part.as_ref(),
            Measure::Good(_) | Measure::Threshold { .. } | Measure::Observations => None,
        };
        let is_told = |query: &Query, status: &QueryStatus| {
            status.is_empty && status.failure.is_none() && may_be_empty != Some(query)
        };
        let empty = of_slo.iter().filter(|(query, status)| is_told(query, status));
        remarks.extend(
            empty.map(|(query, _)| SloRemark::NoSeries { source: named(), query: query.text.clone() }),
        );
        remarks
    }

    /// A query fared so. Says whether it fails in another way than before.
    pub(super) fn note(&self, source: &DataSource, query: &Query, status: QueryStatus) -> bool {
        let failure = |status: &QueryStatus| {
            status.failure.as_ref().map(|failing| (failing.failure.clone(), failing.way))
        };
        let now = failure(&status);
        let before = self.lock().queries.insert((source.name.clone(), query.clone()), status);
        now.is_some() && before.as_ref().and_then(failure) != now
    }

    /// Whether a query had no series when it was answered last.
    pub(super) fn is_empty(&self, source: &DataSource, query: &Query) -> bool {
        let known = self.lock();
        known.queries.get(&(source.name.clone(), query.clone())).is_some_and(|status| status.is_empty)
    }

    /// What keeps a query from being answered.
    pub(super) fn failing(&self, source: &DataSource, query: &Query) -> Option<Failing> {
        let known = self.lock();
        known.queries.get(&(source.name.clone(), query.clone()))?.failure.clone()
    }

    /// A question was answered, and so many samples of it were stored.
    pub(super) fn answered(&self, source: &DataSource, samples: u64) {
        let mut known = self.lock();
        let counts = known.counts(source);
        counts.answered += 1;
        counts.samples += samples;
        counts.is_failing = false;
    }

    /// A question was not.
    pub(super) fn failed(&self, source: &DataSource, failure: &PollFailure) {
        let mut known = self.lock();
        let counts = known.counts(source);
        *counts.failed.entry(failure.code()).or_default() += 1;
        counts.is_failing = true;
    }

    /// Lets go of what is asked no more.
    pub(super) fn keep(&self, is_asked: impl Fn(&str, Option<&Query>) -> bool) {
        let mut known = self.lock();
        known.queries.retain(|(source, query), _| is_asked(source, Some(query)));
        known.sources.retain(|source, _| is_asked(source, None));
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
