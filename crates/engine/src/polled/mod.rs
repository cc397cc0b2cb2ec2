//! Fetches what SLIs read elsewhere: each minute what is new, and once what an SLO's windows reach back to. The samples go
//! into the store as if they had been sent; counting them is telemetry's, and judging is the domain's. What a kind of source
//! is asked is in a module of its name.
//!
//! How far a query was asked is remembered only after its samples are stored, and what is stored is not stored again: a
//! crash anywhere in between costs one question more and nothing else.

mod book;
mod fetch;
mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use ippo_base::{SharedClock, Timestamp};
use ippo_domain::polled::{DataSource, Filled, OVERLAP, POLL_EVERY, Query, QueryKind, Stretch, next_stretch};
use ippo_state::polled as asked;
use ippo_telemetry::Signal;
use ippo_telemetry::prometheus::SampleSet;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::slo::{SloError, Slos, reach};
use crate::watch::{Loop, Watch, chain};
pub use book::{Polls, SourceCounts};
pub use sources::Sources;

/// A poll that took so long is late: some servers may each take half a minute to give no answer.
const LATE_AFTER: Duration = Duration::from_secs(10 * 60);
/// How far from the end of what is kept back-filling stops: what came later would be refused.
const BEFORE_EXPIRY: Duration = Duration::from_secs(2 * 60);

/// Answers in a row after which twice as much is asked for at once, if it was too much before.
const LARGER_AFTER: u32 = 4;

/// What a poll did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Polled {
    /// Samples that were stored.
    pub samples: u64,
    /// Questions that were not answered.
    pub failed: u64,
    /// Whether there is more to fetch at once.
    pub has_more: bool,
}

/// Fetches. Cheap to clone; clones share.
#[derive(Clone)]
pub struct Poller {
    slos: Slos,
    sources: Sources,
    /// What is known of each query; none before the state was read.
    memory: Arc<Mutex<Option<Memory>>>,
}

/// By the name of the source, and the kind and text of the query.
type Memory = BTreeMap<(String, QueryKind, String), Progress>;

/// How far a query is.
#[derive(Clone, Debug)]
struct Progress {
    filled: Option<Filled>,
    /// What is asked for at once.
    chunk: Duration,
    /// Questions of that size in a row that were answered.
    answered: u32,
    /// The newest samples that are stored, from a time on; none where that is not known.
    seen: Option<(Timestamp, SampleSet)>,
}

impl Progress {
    /// A question was answered: after some, more is asked for at once again, up to what is usual.
    fn answered(&mut self, kind: QueryKind) {
        self.answered += 1;
        if self.answered >= LARGER_AFTER && self.chunk < kind.chunk() {
            (self.chunk, self.answered) = ((self.chunk * 2).min(kind.chunk()), 0);
        }
    }

    fn of(kind: QueryKind, filled: Option<Filled>) -> Self {
        Self { filled, chunk: kind.chunk(), answered: 0, seen: None }
    }
}

/// A query of a source, since when its samples are wanted, and how far it is.
struct Asking {
    query: Query,
    wanted: Timestamp,
    progress: Progress,
}

impl Asking {
    /// What is asked for next.
    fn next(&self, now: Timestamp) -> Option<Stretch> {
        next_stretch(self.query.kind, self.progress.filled, self.wanted, now, self.progress.chunk)
    }
}

impl Poller {
    /// Fetches for the SLOs that are defined.
    pub fn new(slos: Slos, sources: Sources) -> Self {
        Self { slos, sources, memory: Arc::default() }
    }

    /// How queries fare.
    pub fn polls(&self) -> &Polls {
        &self.slos.book.polls
    }

    /// Asks each server for what is new, and then for some of what is missing further back. Servers are asked side by side,
    /// each one question at a time.
    ///
    /// # Errors
    /// When the state database fails. A server that gives no answer is none.
    pub async fn run_once(&self, now: Timestamp) -> Result<Polled, SloError> {
        let now = Timestamp::from_nanos(now.as_nanos().div_euclid(1_000_000) * 1_000_000);
        let mut memory = self.memory.lock().await;
        let mut known = match memory.take() {
            Some(known) => known,
            None => self.recall().await?,
        };
        let wanted = self.wanted(now);
        let is_asked = |source: &str, query: Option<&Query>| {
            let of_source = wanted.iter().find(|(each, _)| each.name == source);
            of_source.is_some_and(|(_, queries)| query.is_none_or(|query| queries.contains_key(query)))
        };
        let keys: BTreeSet<_> = wanted
            .iter()
            .flat_map(|(source, queries)| queries.keys().map(|query| key(source, query)))
            .collect();
        self.forget(&mut known, |key| keys.contains(key)).await?;
        self.polls().keep(is_asked);
        let polls = wanted.into_iter().map(|(source, queries)| {
            let asking = queries.into_iter().map(|(query, wanted)| {
                let progress = known.remove(&key(&source, &query));
                let progress = progress.unwrap_or_else(|| Progress::of(query.kind, None));
                Asking { query, wanted, progress }
            });
            let asking: Vec<Asking> = asking.collect();
            self.poll(source, asking, now)
        });
        let mut polled = Polled::default();
        let mut failed = None;
        for (source, asking, outcome) in join_all(polls.collect::<Vec<_>>()).await {
            let of_source = outcome.unwrap_or_else(|error| {
                failed = Some(error);
                Polled::default()
            });
            polled.samples += of_source.samples;
            polled.failed += of_source.failed;
            polled.has_more |= of_source.has_more;
            known.extend(asking.into_iter().map(|each| (key(&source, &each.query), each.progress)));
        }
        *memory = Some(known);
        failed.map_or(Ok(polled), Err)
    }

    /// Polls again and again, until `stop`. What cannot be remembered is tried again; the log has each reason once.
    pub async fn run(self, clock: SharedClock, watch: Watch, stop: CancellationToken) {
        watch.expect_every(Loop::Poll, LATE_AFTER, clock.now());
        let mut told = None;
        while !stop.is_cancelled() {
            let (now, began) = (clock.now(), clock.monotonic());
            let polled = tokio::select! {
                polled = self.run_once(now) => polled,
                // What was stored and not yet remembered is known again after the start.
                () = stop.cancelled() => return,
            };
            let (has_more, failing) = match polled {
                Ok(polled) => (polled.has_more, None),
                Err(error) => (false, Some(chain(&error))),
            };
            match &failing {
                None => watch.works(Loop::Poll, clock.now()),
                Some(reason) => {
                    if told.as_ref() != Some(reason) {
                        tracing::error!(reason, "how far data sources were asked cannot be remembered");
                    }
                    watch.fails(Loop::Poll, reason);
                }
            }
            told = failing;
            let rest = POLL_EVERY.saturating_sub(clock.monotonic().saturating_sub(began));
            if !has_more {
                tokio::select! {
                    () = clock.sleep(rest) => {}
                    () = self.polls().woken() => {}
                    () = stop.cancelled() => {}
                }
            }
        }
    }

    /// What SLOs want of each server, and since when.
    fn wanted(&self, now: Timestamp) -> BTreeMap<DataSource, BTreeMap<Query, Timestamp>> {
        let kept = self.slos.store.accepts(Signal::Metrics, now).from.plus(BEFORE_EXPIRY);
        let mut wanted: BTreeMap<DataSource, BTreeMap<Query, Timestamp>> = BTreeMap::new();
        let pages = self.slos.book.read();
        let fetched = pages.slos.values().flat_map(|defined| {
            let slis = defined.slo.slis().into_iter();
            slis.filter_map(move |sli| Some((&defined.slo, sli.polled.as_ref()?)))
        });
        for (slo, polled) in fetched {
            // The first increase of the window is one to the sample before.
            let gone = polled.source.server.kind().keeps().map_or(kept, |keeps| kept.max(now.minus(keeps)));
            let from = reach(slo, now.minute()).from.start().minus(OVERLAP);
            // Applying refuses two servers of one name; what slipped past it would be counted twice.
            let others = wanted.keys().any(|each| each.name == polled.source.name && *each != polled.source);
            if others {
                continue;
            }
            let of_source = wanted.entry(polled.source.clone()).or_default();
            for query in polled.queries() {
                let since = of_source.entry(query.clone()).or_insert(Timestamp::MAX);
                *since = (*since).min(from.max(gone));
            }
        }
        wanted
    }

    /// What was remembered before the start.
    async fn recall(&self) -> Result<Memory, SloError> {
        let mut connection = self.slos.state.read().await?;
        let rows = asked::asked(&mut connection).await?;
        let known = rows.into_iter().map(|row| {
            ((row.source, row.kind, row.query), Progress::of(row.kind, Some(row.filled.remembered(row.kind))))
        });
        Ok(known.collect())
    }

    /// Lets go of queries that no SLO has any more.
    async fn forget(
        &self,
        known: &mut Memory,
        is_asked: impl Fn(&(String, QueryKind, String)) -> bool,
    ) -> Result<(), SloError> {
        let gone: BTreeSet<_> = known.keys().filter(|key| !is_asked(key)).cloned().collect();
        if gone.is_empty() {
            return Ok(());
        }
        let mut tx = self.slos.state.begin().await?;
        for (source, kind, text) in &gone {
            asked::forget(&mut tx, (source, *kind, text)).await?;
        }
        tx.commit().await?;
        known.retain(|key, _| !gone.contains(key));
        Ok(())
    }
}

fn key(source: &DataSource, query: &Query) -> (String, QueryKind, String) {
    (source.name.clone(), query.kind, query.text.clone())
}
