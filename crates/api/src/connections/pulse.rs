//! What moves on a connection, and whose turn it is: ours, while a request is worked on, or the client's.
//!
//! Only the client's turns have a deadline here.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use http::Version;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use ippo_base::SharedClock;
use tokio::sync::Notify;

use super::{GRACE, HEAD, IDLE, LOOK, SETTLE};

/// The state of one connection, shared by all that happens on it.
pub(super) struct Pulse {
    pub(super) clock: SharedClock,
    state: Mutex<State>,
    sent_away: Notify,
}

struct State {
    /// When it last mattered that something moved, in monotonic time.
    moved: Duration,
    /// Whether a request has come at all.
    has_begun: bool,
    /// Whether its requests are of HTTP/1, one at a time.
    is_http1: bool,
    /// Since when a further request of HTTP/1 comes.
    head_since: Option<Duration>,
    /// Requests whose answer is not written.
    open: usize,
    /// Handlers, request bodies and answers that wait for us, not for the client.
    ours: usize,
    /// When it is cut off, after it was told to leave.
    cut_at: Option<Duration>,
    /// Whether it has to make room, which it does not know yet.
    is_sent_away: bool,
}

/// How a connection has to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leave {
    /// When its requests are done.
    Soon,
    /// At once.
    Now,
}

/// How quiet a connection is: the least of them leaves first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Quiet {
    has_begun: bool,
    since: Duration,
}

impl State {
    /// When the client's patience with us, or ours with it, is over; nothing while it is our turn.
    fn due(&self) -> Option<Duration> {
        if self.ours > 0 {
            return None;
        }
        let head = self.head_since.filter(|_| self.open == 0 && self.is_http1).map(|since| since + HEAD);
        let quiet = self.moved + if self.has_begun { IDLE } else { HEAD };
        let soonest = head.map_or(quiet, |head| head.min(quiet));
        Some(self.cut_at.unwrap_or(soonest))
    }
}

impl Pulse {
    pub(super) fn new(clock: SharedClock) -> Self {
        let state = State {
            moved: clock.monotonic(),
            has_begun: false,
            is_http1: false,
            head_since: None,
            open: 0,
            ours: 0,
            cut_at: None,
            is_sent_away: false,
        };
        Self { clock, state: Mutex::new(state), sent_away: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it is held")
    }

    /// A request has come up to the end of its headers.
    pub(super) fn begin(self: &Arc<Self>, version: Version) -> Turn {
        let mut state = self.lock();
        state.has_begun = true;
        state.is_http1 = version <= Version::HTTP_11;
        state.head_since = None;
        state.moved = self.clock.monotonic();
        state.open += 1;
        drop(state);
        Turn { ours: Ours::of(self), open: Open(self.clone()) }
    }

    /// Bytes have come.
    pub(super) fn heard(&self) {
        let mut state = self.lock();
        if state.open == 0 && state.ours == 0 && state.is_http1 && state.head_since.is_none() {
            state.head_since = Some(self.clock.monotonic());
        }
    }

    /// The server stops: what has not begun need not begin.
    pub(super) fn stop(&self) {
        let mut state = self.lock();
        if !state.has_begun {
            state.cut_at = Some(self.clock.monotonic() + GRACE);
        }
    }

    /// How quiet it is, if it may leave for another.
    pub(super) fn quiet(&self) -> Option<Quiet> {
        let state = self.lock();
        let quiet_for = self.clock.monotonic().saturating_sub(state.moved);
        let at_least = if state.open == 0 { SETTLE } else { HEAD };
        let may_leave =
            state.ours == 0 && state.cut_at.is_none() && !state.is_sent_away && quiet_for >= at_least;
        may_leave.then_some(Quiet { has_begun: state.has_begun, since: state.moved })
    }

    /// It has to make room.
    pub(super) fn send_away(&self) {
        self.lock().is_sent_away = true;
        self.sent_away.notify_one();
    }

    /// Completes when it has to leave.
    pub(super) async fn overdue(&self) -> Leave {
        loop {
            let now = self.clock.monotonic();
            let (leave, due) = self.look(now);
            if let Some(leave) = leave {
                return leave;
            }
            // What moves does not say so here: that would cost every request a timer.
            let wait = due.map_or(LOOK, |due| due.saturating_sub(now).min(LOOK));
            tokio::select! {
                biased;
                () = self.sent_away.notified() => {}
                () = self.clock.sleep(wait) => {}
            }
        }
    }

    fn look(&self, now: Duration) -> (Option<Leave>, Option<Duration>) {
        let mut state = self.lock();
        let due = state.due();
        let is_sent_away = std::mem::take(&mut state.is_sent_away);
        let is_due = due.is_some_and(|due| due <= now);
        let leave = if is_due && state.cut_at.is_some() || is_sent_away && !state.has_begun {
            Some(Leave::Now)
        } else if is_due || is_sent_away && state.cut_at.is_none() {
            state.cut_at = Some(now + GRACE);
            Some(Leave::Soon)
        } else {
            None
        };
        (leave, due)
    }
}

/// A request that is not answered.
struct Open(Arc<Pulse>);

impl Drop for Open {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.open -= 1;
        state.moved = self.0.clock.monotonic();
    }
}

/// Something that waits for us.
struct Ours(Arc<Pulse>);

impl Ours {
    fn of(pulse: &Arc<Pulse>) -> Self {
        pulse.lock().ours += 1;
        Self(pulse.clone())
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.ours -= 1;
        state.moved = self.0.clock.monotonic();
    }
}

/// A request while its handler works.
pub(super) struct Turn {
    ours: Ours,
    open: Open,
}

impl Turn {
    /// The request's body. Whoever reads it has deadlines of his own for what does not come.
    pub(super) fn taking(&self, body: Incoming) -> Body {
        if body.is_end_stream() {
            return Body::empty();
        }
        Body::new(Taken { body, _ours: Ours::of(&self.ours.0) })
    }

    /// The answer's body: from now on it is the client's turn, except where the body itself is not ready.
    pub(super) fn giving(self, body: Body) -> Body {
        Body::new(Given { body, waits: None, open: self.open })
    }
}

struct Taken {
    body: Incoming,
    _ours: Ours,
}

impl HttpBody for Taken {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

struct Given {
    body: Body,
    waits: Option<Ours>,
    open: Open,
}

impl HttpBody for Given {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(cx);
        if polled.is_ready() {
            self.waits = None;
            let pulse = &self.open.0;
            pulse.lock().moved = pulse.clock.monotonic();
        } else if self.waits.is_none() {
            self.waits = Some(Ours::of(&self.open.0));
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests;
