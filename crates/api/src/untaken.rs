//! Streams that hold something scarce, such as a turn or a place: they are let go when their caller takes nothing.
//!
//! Nobody polls the body of an answer whose caller gives no room for more, so it needs somebody else to look after it.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::BoxError;
use futures::Stream;
use ippo_base::SharedClock;

/// How long a caller may take nothing of what is ready for it.
pub(crate) const TAKES: Duration = Duration::from_secs(30);

/// A stream that is dropped, with all it holds, when what it has is not taken for [`TAKES`]. It ends with an error then.
pub(crate) struct Untaken<S>(Arc<Mutex<Slot<S>>>);

struct Slot<S> {
    clock: SharedClock,
    /// Nothing after it was let go.
    stream: Option<Pin<Box<S>>>,
    /// Since when it is the caller's turn; nothing while the stream has nothing.
    ready_since: Option<Duration>,
}

impl<S: Send + 'static> Untaken<S> {
    /// Must be called within a runtime of tokio. It is the caller's turn at first.
    pub(crate) fn new(clock: SharedClock, stream: S) -> Self {
        let ready_since = Some(clock.monotonic());
        let slot = Slot { clock: clock.clone(), stream: Some(Box::pin(stream)), ready_since };
        let slot = Arc::new(Mutex::new(slot));
        let held = Arc::downgrade(&slot);
        let mut wait = clock.sleep(TAKES);
        tokio::spawn(async move {
            loop {
                wait.await;
                let Some(slot) = held.upgrade() else { return };
                match lock(&slot).left() {
                    Some(left) => wait = clock.sleep(left),
                    None => return,
                }
            }
        });
        Self(slot)
    }
}

fn lock<S>(slot: &Mutex<Slot<S>>) -> MutexGuard<'_, Slot<S>> {
    slot.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl<S> Slot<S> {
    /// How long the caller has at least; nothing when the stream is gone.
    fn left(&mut self) -> Option<Duration> {
        let waited = self.ready_since.map(|since| self.clock.monotonic().saturating_sub(since));
        match waited {
            Some(waited) if waited >= TAKES => {
                self.stream = None;
                None
            }
            Some(waited) => Some(TAKES - waited),
            None => Some(TAKES),
        }
    }
}

impl<S, T, E> Stream for Untaken<S>
where
    S: Stream<Item = Result<T, E>>,
    E: Into<BoxError>,
{
    type Item = Result<T, BoxError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut slot = lock(&self.0);
        let now = slot.clock.monotonic();
        let Some(stream) = slot.stream.as_mut() else {
            let error = io::Error::new(io::ErrorKind::TimedOut, "the caller took nothing for too long");
            return Poll::Ready(Some(Err(error.into())));
        };
        let polled = stream.as_mut().poll_next(cx);
        slot.ready_since = polled.is_ready().then_some(now);
        polled.map(|next| next.map(|item| item.map_err(Into::into)))
    }
}
