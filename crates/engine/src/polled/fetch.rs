//! One server's turn: stretch after stretch of its queries is fetched, held against what is stored, stored and remembered.

use std::time::Duration;

use ippo_base::{TimeRange, Timestamp};
use ippo_domain::polled::{
    DataSource, Filled, PollFailure, QUERY_ATTRIBUTE, Query, QueryKind, SOURCE_ATTRIBUTE, Stretch, Way,
    smaller_chunk,
};
use ippo_state::polled::{AskedQuery, set_asked};
use ippo_telemetry::prometheus::{FetchedKind, FetchedSeries, Origin, SampleSet, fetched_to_otlp};
use ippo_telemetry::{Expr, Signal};

use super::book::{Failing, QueryStatus};
use super::sources::Answer;
use super::{Asking, Polled, Poller, Progress};
use crate::slo::SloError;

/// Stretches back in time of one server in one poll; then what is new has its turn again.
const BACK_STRETCHES: usize = 20;
/// For how long they are asked for, but for the first: what is new of every server waits for the slowest of them.
const BACK_WITHIN: Duration = Duration::from_secs(20);
/// Samples that are stored at once.
const SAMPLES_AT_ONCE: usize = 10_000;

/// What became of a stretch.
enum Fetched {
    /// So many samples were stored; whether there was any series.
    Stored(u64, bool),
    /// Less is asked for at once from now on.
    Smaller,
}

/// One server's turn in a poll, one way.
struct Turn<'a> {
    way: Way,
    /// When it began, on the monotonic clock.
    began: Duration,
    /// How many stretches back in time are left.
    back: usize,
    polled: &'a mut Polled,
    now: Timestamp,
}

impl Poller {
    /// One server's turn. Gives the queries back as far as they got.
    pub(super) async fn poll(
        &self,
        source: DataSource,
        mut asking: Vec<Asking>,
        now: Timestamp,
    ) -> (DataSource, Vec<Asking>, Result<Polled, SloError>) {
        let mut polled = Polled::default();
        let outcome = self.take_turn(&source, &mut asking, &mut polled, now).await;
        (source, asking, outcome.map(|()| polled))
    }

    async fn take_turn(
        &self,
        source: &DataSource,
        asking: &mut [Asking],
        polled: &mut Polled,
        now: Timestamp,
    ) -> Result<(), SloError> {
        let mut has_failed = vec![false; asking.len()];
        let at_once = source.server.kind().queries_at_once();
        // First all that is new, then what is missing further back.
        for way in [Way::New, Way::Back] {
            let began = self.sources.clock.monotonic();
            let mut turn = Turn { way, began, back: BACK_STRETCHES, polled: &mut *polled, now };
            for from in (0..asking.len()).step_by(at_once) {
                let group = from..asking.len().min(from + at_once);
                let (asked, has_failed) = (&mut asking[group.clone()], &mut has_failed[group.clone()]);
                let Some(failure) = self.catch_up(source, asked, has_failed, &mut turn).await? else {
                    continue;
                };
                // Those that come after it fare no better.
                asking[group.end..].iter().for_each(|each| self.fails(source, each, (&failure, way), now));
                turn.polled.has_more = false;
                return Ok(());
            }
        }
        let is_left = |(each, has_failed): (&Asking, &bool)| !has_failed && each.next(now).is_some();
        polled.has_more = asking.iter().zip(&has_failed).any(is_left);
        Ok(())
    }

    /// Fetches one way, as far as it goes, for queries that are asked together. Gives what keeps the source from answering any.
    async fn catch_up(
        &self,
        source: &DataSource,
        group: &mut [Asking],
        has_failed: &mut [bool],
        turn: &mut Turn<'_>,
    ) -> Result<Option<PollFailure>, SloError> {
        let (way, now) = (turn.way, turn.now);
        loop {
            let due = (0..group.len()).filter(|at| !has_failed[*at]).filter_map(|at| {
                let stretch = group[at].next(now).filter(|stretch| stretch.way == way)?;
                Some((at, stretch))
            });
            let due: Vec<(usize, Stretch)> = due.collect();
            let Some(&(_, stretch)) = due.first() else { return Ok(None) };
            if way == Way::Back {
                let took = self.sources.clock.monotonic().saturating_sub(turn.began);
                if turn.back == 0 || took >= BACK_WITHIN {
                    return Ok(None);
                }
                turn.back -= 1;
            }
            let batch: Vec<usize> =
                due.iter().filter(|(_, each)| *each == stretch).map(|(at, _)| *at).collect();
            let queries: Vec<&Query> = batch.iter().map(|at| &group[*at].query).collect();
            let answers = self.sources.ask(source, &queries, stretch).await;
            let (mut answered, mut failure) = (Vec::new(), None);
            for (at, answer) in batch.into_iter().zip(answers) {
                let Asking { query, progress, .. } = &mut group[at];
                match self.take(source, query, progress, (stretch, answer)).await {
                    Ok(Fetched::Stored(samples, has_series)) => {
                        turn.polled.samples += samples;
                        progress.answered(query.kind);
                        progress.filled = Some(Filled::with(progress.filled, stretch));
                        answered.push((at, samples, has_series));
                    }
                    Ok(Fetched::Smaller) => {}
                    Err(found) => {
                        progress.seen = None;
                        has_failed[at] = true;
                        turn.polled.failed += 1;
                        self.polls().failed(source, &found);
                        self.fails(source, &group[at], (&found, way), now);
                        failure = failure.or(Some(found)).filter(PollFailure::is_of_server);
                    }
                }
            }
            self.remember(source, answered.iter().map(|(at, ..)| &group[*at])).await?;
            for (at, samples, has_series) in answered {
                self.polls().answered(source, samples);
                self.fares(source, &group[at], (stretch, has_series), now);
            }
            if failure.is_some() {
                return Ok(failure);
            }
        }
    }

    /// Takes what a query was answered for a stretch.
    async fn take(
        &self,
        source: &DataSource,
        query: &Query,
        progress: &mut Progress,
        (stretch, answer): (Stretch, Answer),
    ) -> Result<Fetched, PollFailure> {
        let mut series = match answer {
            Ok(series) => series,
            Err(failure) => {
                let smaller =
                    smaller_chunk(progress.chunk.min(length(stretch))).filter(|_| failure.is_of_size());
                (progress.chunk, progress.answered) = (smaller.unwrap_or(progress.chunk), 0);
                // One that takes too long has had its time.
                return match (smaller, &failure) {
                    (Some(_), PollFailure::TooLarge) => Ok(Fetched::Smaller),
                    _ => Err(failure),
                };
            }
        };
        let has_series = !series.is_empty();
        let mut seen = self.seen(source, query, progress, stretch).await?;
        match query.kind {
            QueryKind::Counts => series.iter_mut().for_each(|each| seen.admit_increments(each)),
            QueryKind::Samples | QueryKind::Values | QueryKind::Statistics => {
                series.iter_mut().for_each(|each| seen.admit(each));
            }
        }
        series.retain(|each| !each.samples.is_empty());
        let stored = self.store(source, query, &series).await?;
        if stretch.way == Way::New {
            let from = stretch.to.minus(query.kind.overlap());
            seen.forget_before(millis(from));
            progress.seen = Some((from, seen));
        }
        Ok(Fetched::Stored(stored, has_series))
    }

    /// Which samples of the stretch are stored.
    async fn seen(
        &self,
        source: &DataSource,
        query: &Query,
        progress: &mut Progress,
        stretch: Stretch,
    ) -> Result<SampleSet, PollFailure> {
        if stretch.way == Way::New
            && let Some((from, seen)) = progress.seen.take()
            && from <= stretch.from
        {
            return Ok(seen);
        }
        let filter = Expr::parse(&query.stored_as(&source.name), Signal::Metrics)
            .map_err(|error| PollFailure::NotStored { reason: error.message })?;
        // What was added to the minute that begins with the end is within that.
        let range = TimeRange { from: stretch.from, to: stretch.to.plus(Duration::from_secs(60)) };
        let found = self.slos.store.read(move |reader| reader.patient().stored_samples(&filter, range)).await;
        found.map(|found| found.value).map_err(|error| PollFailure::NotStored { reason: error.to_string() })
    }

    /// Stores samples, some at a time. Gives how many.
    async fn store(
        &self,
        source: &DataSource,
        query: &Query,
        series: &[FetchedSeries],
    ) -> Result<u64, PollFailure> {
        let store = &self.slos.store;
        let not_stored = |reason: String| PollFailure::NotStored { reason };
        let attributes = [(SOURCE_ATTRIBUTE, source.name.as_str()), (QUERY_ATTRIBUTE, query.text.as_str())];
        let kind = match query.kind {
            QueryKind::Samples => FetchedKind::Counter,
            QueryKind::Counts => FetchedKind::Increment,
            QueryKind::Values | QueryKind::Statistics => FetchedKind::Gauge,
        };
        let origin = Origin { metric: &query.metric, kind, attributes: &attributes };
        let identity = format!("{}/{}", source.server.kind().name(), source.name);
        let (mut stored, mut refused) = (0, None);
        for batch in batches(series) {
            let accept = store.accepts(Signal::Metrics, store.now());
            let translated =
                fetched_to_otlp(&batch, &origin, accept).map_err(|error| not_stored(error.to_string()))?;
            if translated.body.is_empty() {
                continue;
            }
            let receipt = store.append(Signal::Metrics, &identity, translated.body.into()).await;
            let receipt = receipt.map_err(|error| not_stored(error.to_string()))?;
            stored += receipt.accepted as u64;
            if receipt.rejected > 0 {
                refused = receipt.message.or(refused);
            }
        }
        // Asked for again they would be refused again: the log has why, and the store's metrics count them.
        if let Some(reason) = refused {
            tracing::warn!(
                source = source.name,
                query = query.text,
                reason,
                "samples that were fetched are refused"
            );
        }
        Ok(stored)
    }

    async fn remember(
        &self,
        source: &DataSource,
        asking: impl Iterator<Item = &Asking> + Send,
    ) -> Result<(), SloError> {
        let asked = asking.filter_map(|each| {
            let (kind, query) = (each.query.kind, each.query.text.clone());
            Some(AskedQuery { source: source.name.clone(), kind, query, filled: each.progress.filled? })
        });
        let asked: Vec<AskedQuery> = asked.collect();
        if asked.is_empty() {
            return Ok(());
        }
        let mut tx = self.slos.state.begin().await?;
        for each in &asked {
            set_asked(&mut tx, each).await?;
        }
        Ok(tx.commit().await?)
    }

    /// A query was answered.
    fn fares(
        &self,
        source: &DataSource,
        each: &Asking,
        (stretch, has_series): (Stretch, bool),
        now: Timestamp,
    ) {
        let (failing, filling) = (self.polls().failing(source, &each.query), filling(each, now));
        // That what is new is answered says nothing of what is missing further back, unless nothing is.
        let failure = failing.clone().filter(|failing| failing.way != stretch.way && filling.is_some());
        if failing.is_some() && failure.is_none() {
            tracing::info!(source = source.name, query = each.query.text, "a data source answers again");
        }
        let is_empty = match stretch.way {
            Way::New => !has_series,
            Way::Back => self.polls().is_empty(source, &each.query),
        };
        self.polls().note(source, &each.query, QueryStatus { failure, filling, is_empty });
    }

    /// A query was not answered. The log has each reason once.
    fn fails(&self, source: &DataSource, each: &Asking, (failure, way): (&PollFailure, Way), now: Timestamp) {
        let before = self.polls().failing(source, &each.query).filter(|failing| failing.way == way);
        // After a start it is known until when there were answers.
        let answered = each.progress.filled.map_or(now, |filled| filled.to);
        let since = before.map_or(answered, |failing| failing.since);
        let is_empty = self.polls().is_empty(source, &each.query);
        let failing = Failing { failure: failure.clone(), since, way };
        let status = QueryStatus { failure: Some(failing), filling: filling(each, now), is_empty };
        if self.polls().note(source, &each.query, status) {
            let reason = failure.words().english;
            tracing::warn!(
                source = source.name,
                query = each.query.text,
                reason,
                "a data source gives no answer"
            );
        }
    }
}

fn millis(time: Timestamp) -> i64 {
    time.as_nanos().div_euclid(1_000_000)
}

fn length(stretch: Stretch) -> Duration {
    stretch.to.since(stretch.from)
}

/// How far back a query is filled and how far it is to be, if that is not the same.
fn filling(each: &Asking, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
    match each.progress.filled {
        None => Some((now, each.wanted)),
        Some(filled) if filled.is_whole(each.wanted, now) => None,
        Some(filled) => Some((filled.from, each.wanted)),
    }
}

/// The samples in pieces, each series in order.
fn batches(series: &[FetchedSeries]) -> Vec<Vec<FetchedSeries>> {
    let mut batches: Vec<Vec<FetchedSeries>> = Vec::new();
    let mut room = 0;
    for each in series {
        let mut rest = each.samples.as_slice();
        while !rest.is_empty() {
            if room == 0 {
                batches.push(Vec::new());
                room = SAMPLES_AT_ONCE;
            }
            let (piece, left) = rest.split_at(rest.len().min(room));
            room -= piece.len();
            rest = left;
            let piece = FetchedSeries { labels: each.labels.clone(), samples: piece.to_vec() };
            batches.last_mut().expect("one was begun").push(piece);
        }
    }
    batches
}
