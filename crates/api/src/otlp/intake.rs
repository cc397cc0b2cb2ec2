//! Bodies on their way in: all of them together within a limit, and none for ever.
//!
//! A sender holds room for what it has sent, never for what it announces; one that stops in the middle is let go.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use ippo_base::SharedClock;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::pieces::{Buffers, Pieces};
use crate::pace::{Pace, TooSlow};

/// How much of a refused body is still taken off the wire, in bytes.
const DISCARDED: usize = 256 * 1024 * 1024;

/// Where bodies are kept until they are stored. Cheap to clone; clones share their room.
#[derive(Clone)]
pub struct Intake {
    room: Arc<Semaphore>,
    limit_bytes: usize,
    clock: SharedClock,
    buffers: Arc<Buffers>,
}

/// The room of bodies that come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyRoom {
    /// What they take now.
    pub used_bytes: usize,
    /// What they may take.
    pub limit_bytes: usize,
}

/// Why a body does not come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    #[error("more telemetry arrives than can be held; send it again in a while")]
    Full,
    #[error(transparent)]
    Stalled(#[from] TooSlow),
    #[error("the body broke off")]
    Broken,
}

/// The room of a body, for as long as it is kept.
#[derive(Clone, Default)]
pub(super) struct Held(Arc<Mutex<Option<OwnedSemaphorePermit>>>);

/// A body that takes room as it comes.
pub(super) struct Incoming {
    body: Body,
    intake: Intake,
    held: Held,
    pace: Pace,
}

impl Intake {
    /// Room for so many bytes.
    pub fn new(bytes: usize, clock: SharedClock) -> Self {
        let room = Arc::new(Semaphore::new(bytes));
        Self { room, limit_bytes: bytes, clock, buffers: Arc::default() }
    }

    /// How much of the room is taken.
    pub fn used(&self) -> BodyRoom {
        let used_bytes = self.limit_bytes.saturating_sub(self.room.available_permits());
        BodyRoom { used_bytes, limit_bytes: self.limit_bytes }
    }

    /// The body, to be read, and its room, to be dropped when the body is done with.
    pub(super) fn admit(&self, body: Body) -> (Incoming, Held) {
        let held = Held::default();
        let pace = Pace::new(self.clock.clone());
        (Incoming { body, intake: self.clone(), held: held.clone(), pace }, held)
    }
}

impl Incoming {
    /// Where its pieces are put together.
    pub(super) fn pieces(&self) -> Pieces {
        Pieces::new(self.body.size_hint().lower(), self.intake.buffers.clone())
    }

    /// Reads on without keeping anything, beside the answer that is sent meanwhile. A connection that is closed while
    /// its sender still writes is reset, and over HTTP/1.1 the sender then never sees why, and sends the same again.
    pub(super) fn discard(self) {
        if self.body.is_end_stream() {
            return;
        }
        tokio::spawn(self.discarded());
    }

    /// Gives how many bytes were thrown away.
    async fn discarded(self) -> usize {
        let Self { mut body, intake, held, .. } = self;
        drop(held);
        let mut pace = Pace::new(intake.clock);
        let mut bytes = 0;
        while bytes < DISCARDED {
            let frame = tokio::select! {
                biased;
                frame = body.frame() => frame,
                _ = poll_fn(|cx| pace.poll_over(cx)) => break,
            };
            let Some(Ok(frame)) = frame else { break };
            let came = frame.data_ref().map_or(0, Bytes::len);
            pace.came(came);
            bytes += came;
        }
        bytes
    }
}

impl Held {
    fn take(&self, room: &Arc<Semaphore>, bytes: usize) -> Result<(), Fault> {
        let bytes = u32::try_from(bytes).map_err(|_| Fault::Full)?;
        let more = room.clone().try_acquire_many_owned(bytes).map_err(|_| Fault::Full)?;
        let mut held = self.0.lock().expect("nothing panics while it is held");
        match held.as_mut() {
            Some(permit) => permit.merge(more),
            None => *held = Some(more),
        }
        Ok(())
    }
}

impl HttpBody for Incoming {
    type Data = Bytes;
    type Error = Fault;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Fault>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                let bytes = frame.data_ref().map_or(0, Bytes::len);
                self.pace.came(bytes);
                Poll::Ready(Some(self.held.take(&self.intake.room, bytes).map(|()| frame)))
            }
            Poll::Ready(Some(Err(_))) => Poll::Ready(Some(Err(Fault::Broken))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => self.pace.poll_over(cx).map(|slow| Some(Err(slow.into()))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::body::Body;
    use futures::StreamExt as _;
    use ippo_base::Timestamp;
    use ippo_base::clock::SimClock;

    use super::*;
    use crate::pace::{LEAST_BYTES, PATIENCE};

    fn intake(bytes: usize) -> (Intake, SimClock) {
        let clock = SimClock::new(Timestamp::from_secs(1_800_000_000));
        (Intake::new(bytes, Arc::new(clock.clone())), clock)
    }

    async fn read(incoming: Incoming) -> Result<usize, Fault> {
        incoming.collect().await.map(|body| body.to_bytes().len())
    }

    #[tokio::test]
    async fn bodies_share_their_room_until_they_are_done_with() {
        let (intake, _) = intake(10);
        let (first, held) = intake.admit(Body::from("123456"));
        assert_eq!(read(first).await, Ok(6));
        let (second, refused) = intake.admit(Body::from("12345"));
        assert_eq!(read(second).await, Err(Fault::Full));
        drop((held, refused));
        let (third, _held) = intake.admit(Body::from("1234567890"));
        assert_eq!(read(third).await, Ok(10));
    }

    /// A body of which a piece came and then nothing for just less than patience lasts, so many times; and how it ended.
    async fn dripped(piece: &'static [u8], times: usize) -> (bool, Result<usize, Fault>) {
        let (intake, clock) = intake(1 << 20);
        let (to, from) = tokio::sync::mpsc::channel::<Bytes>(1);
        let stream = tokio_stream::wrappers::ReceiverStream::new(from).map(Ok::<_, std::convert::Infallible>);
        let (incoming, _held) = intake.admit(Body::from_stream(stream));
        let reading = tokio::spawn(read(incoming));
        for _ in 0..times {
            // Nobody takes it any more when the body was broken off.
            let _ = to.send(Bytes::from_static(piece)).await;
            // Until the reader has taken it and waits again, or has ended.
            while to.capacity() == 0 && !to.is_closed() {
                tokio::task::yield_now().await;
            }
            tokio::task::yield_now().await;
            clock.advance(PATIENCE - Duration::from_secs(1));
            tokio::task::yield_now().await;
        }
        let went_on = !reading.is_finished();
        while !reading.is_finished() {
            clock.advance(PATIENCE);
            tokio::task::yield_now().await;
        }
        (went_on, reading.await.expect("no panic"))
    }

    #[tokio::test]
    async fn who_stops_in_the_middle_is_let_go_and_who_is_slow_is_not() {
        static ENOUGH: [u8; LEAST_BYTES] = [0; LEAST_BYTES];
        assert_eq!(dripped(&ENOUGH, 4).await, (true, Err(Fault::Stalled(TooSlow))));
        assert_eq!(dripped(&ENOUGH[1..], 1).await, (true, Err(Fault::Stalled(TooSlow))));
    }

    #[tokio::test]
    async fn who_drips_is_let_go_though_it_never_stops() {
        static LITTLE: [u8; LEAST_BYTES / 2 - 1] = [0; LEAST_BYTES / 2 - 1];
        assert_eq!(dripped(b"1", 2).await, (false, Err(Fault::Stalled(TooSlow))));
        assert_eq!(dripped(&LITTLE, 2).await, (false, Err(Fault::Stalled(TooSlow))), "together too little");
    }

    #[tokio::test]
    async fn what_was_refused_is_read_to_its_end_and_not_kept() {
        let (intake, clock) = intake(4);
        let (to, from) = tokio::sync::mpsc::channel::<Bytes>(1);
        let stream = tokio_stream::wrappers::ReceiverStream::new(from).map(Ok::<_, std::convert::Infallible>);
        let (mut incoming, _held) = intake.admit(Body::from_stream(stream));
        to.send(Bytes::from_static(b"12345")).await.expect("there is room");
        assert_eq!((&mut incoming).collect().await.map(|_| ()), Err(Fault::Full));
        let discarding = tokio::spawn(incoming.discarded());
        for _ in 0..3 {
            to.send(Bytes::from_static(b"12345")).await.expect("it is read");
        }
        while to.capacity() == 0 || clock.sleepers() == 0 {
            tokio::task::yield_now().await;
        }
        assert!(!discarding.is_finished(), "the sender has not ended");
        while !discarding.is_finished() {
            clock.advance(PATIENCE);
            tokio::task::yield_now().await;
        }
        assert_eq!(discarding.await.expect("no panic"), 15);
    }
}
