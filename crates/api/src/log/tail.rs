//! Follows log records over server-sent events. It ends when the caller leaves or takes nothing, when its time is over, or
//! when ippo stops.
//!
//! It must never outlive the caller's right to read by more than [`LASTS`].

use std::time::Duration;

use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::sse::{Event, Sse};
use futures::stream::{Stream, unfold};
use ippo_base::SharedClock;
use ippo_telemetry::{LogTail, Tailed};

use super::calls::LogApi;
use super::choice::chosen;
use super::{Log, LogsTailed};
use crate::page::Params;
use crate::problem::Problem;
use crate::telemetry::problem;
use crate::untaken::Untaken;

/// How long nothing is said at most: proxies close what is silent for longer.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(15);
/// After so long the caller comes again, and has to show again that it may.
pub(super) const LASTS: Duration = Duration::from_secs(30 * 60);

/// Follows what matches.
pub(super) async fn tail(
    State(api): State<LogApi>,
    mut params: Params,
) -> Result<impl IntoResponse, Problem> {
    let only = chosen(&mut params)?;
    params.finish()?;
    let tail = api.telemetry.store.tail_logs(only).map_err(|e| problem(&e))?;
    let clock = api.telemetry.clock;
    Ok(Sse::new(Untaken::new(clock.clone(), events(tail, clock))))
}

/// What comes next on a tail.
enum Next {
    /// The first comment, so that the caller knows that it follows.
    Begin(Follow),
    Go(Follow),
    End,
}

struct Follow {
    tail: LogTail,
    clock: SharedClock,
    until: Duration,
}

fn events(tail: LogTail, clock: SharedClock) -> impl Stream<Item = Result<Event, axum::Error>> {
    let until = clock.monotonic() + LASTS;
    unfold(Next::Begin(Follow { tail, clock, until }), |next| async move {
        match next {
            Next::Begin(follow) => Some((Ok(Event::default().comment("following")), Next::Go(follow))),
            Next::Go(follow) => Some(follow.step().await),
            Next::End => None,
        }
    })
}

impl Follow {
    async fn step(mut self) -> (Result<Event, axum::Error>, Next) {
        let left = self.until.saturating_sub(self.clock.monotonic());
        if left.is_zero() {
            return end();
        }
        let silence = self.clock.sleep(left.min(HEARTBEAT));
        tokio::select! {
            biased;
            tailed = self.tail.next() => match tailed {
                Some(tailed) => (Event::default().event("logs").json_data(said(tailed)), Next::Go(self)),
                None => end(),
            },
            () = silence => (Ok(Event::default().comment("nothing new")), Next::Go(self)),
        }
    }
}

fn end() -> (Result<Event, axum::Error>, Next) {
    (Ok(Event::default().event("end").data("{}")), Next::End)
}

fn said(tailed: Tailed) -> LogsTailed {
    LogsTailed { logs: tailed.records.into_iter().map(Log::from).collect(), missed: tailed.missed }
}
