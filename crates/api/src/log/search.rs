//! The search of log records over server-sent events: how far it has got while it goes on, then the page that the list
//! answers with.
//!
//! It must never go on when nobody listens any more.

use std::time::Duration;

use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::sse::{Event, Sse};
use futures::future::BoxFuture;
use futures::stream::{Stream, unfold};
use ippo_base::SharedClock;
use ippo_telemetry::StoreError;
use ippo_telemetry::read::{self, LogRecord, LogSearch, Reader};
use tokio::sync::mpsc;

use super::calls::{LogApi, asked, listed};
use super::{Log, LogList, LogProgress};
use crate::page::{Params, write_cursor};
use crate::problem::Problem;
use crate::telemetry::problem;
use crate::time::Time;

/// A search that is done sooner says nothing on the way.
pub(super) const QUIET: Duration = Duration::from_millis(300);
/// How much time is between two reports at least.
pub(super) const EVERY: Duration = Duration::from_millis(200);
/// Reports that wait for a slow caller; more are left out.
const WAITING: usize = 4;

/// Searches.
pub(super) async fn search(State(api): State<LogApi>, params: Params) -> Result<impl IntoResponse, Problem> {
    let search = asked(params, api.telemetry.clock.now())?;
    let (reports, heard) = mpsc::channel(WAITING);
    let mut reporter = Reporter::new(reports, search.clone(), api.telemetry.clock);
    let store = api.telemetry.store;
    // Dropped with the stream, when the caller leaves, it ends the read.
    let reading = Box::pin(async move {
        let range = search.range;
        let watched = move |reader: &Reader| {
            reader.watched_logs(&search, |progress, page| reporter.watch(progress, page))
        };
        store.read(watched).await.map(|found| listed(range, found))
    });
    Ok(Sse::new(events(Searching { reading, heard })))
}

/// Reports how far a search has got, from time to time.
struct Reporter {
    reports: mpsc::Sender<LogProgress>,
    search: LogSearch,
    clock: SharedClock,
    /// When it reports next.
    next: Duration,
    /// How many records were reported.
    told: usize,
}

impl Reporter {
    fn new(reports: mpsc::Sender<LogProgress>, search: LogSearch, clock: SharedClock) -> Self {
        let next = clock.monotonic() + QUIET;
        Self { reports, search, clock, next, told: 0 }
    }

    fn watch(&mut self, progress: read::LogProgress, page: &[LogRecord]) {
        let now = self.clock.monotonic();
        if now < self.next {
            return;
        }
        // The caller is slow, or gone: what is new waits for the next time.
        let Ok(place) = self.reports.try_reserve() else { return };
        place.send(LogProgress {
            rows: progress.rows,
            looked: progress.looked,
            back_to: Time(progress.back_to),
            logs: page[self.told..].iter().cloned().map(Log::from).collect(),
            next_cursor: write_cursor(&self.search.resumed(progress.back_to)),
        });
        self.told = page.len();
        self.next = now + EVERY;
    }
}

/// A search that goes on.
pub(super) struct Searching {
    pub(super) reading: BoxFuture<'static, Result<LogList, StoreError>>,
    pub(super) heard: mpsc::Receiver<LogProgress>,
}

pub(super) fn events(searching: Searching) -> impl Stream<Item = Result<Event, axum::Error>> {
    unfold(Some(searching), |searching| async move {
        let mut searching = searching?;
        tokio::select! {
            biased;
            Some(progress) = searching.heard.recv() => {
                Some((Event::default().event("progress").json_data(progress), Some(searching)))
            }
            found = &mut searching.reading => Some((end(found), None)),
        }
    })
}

fn end(found: Result<LogList, StoreError>) -> Result<Event, axum::Error> {
    match found {
        Ok(page) => Event::default().event("page").json_data(page),
        Err(error) => Event::default().event("problem").json_data(problem(&error).details()),
    }
}
