//! How slowly a body may come in: so many bytes within a time, or its end.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use ippo_base::SharedClock;
use ippo_base::clock::BoxFuture;

/// Within this time [`LEAST_BYTES`] of a body must come, or its end.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// What must come within [`PATIENCE`].
pub(crate) const LEAST_BYTES: usize = 64 * 1024;

/// A body came too slowly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("less than {} KiB of the body came within {} s", LEAST_BYTES / 1024, PATIENCE.as_secs())]
pub(crate) struct TooSlow;

/// The pace of one body, from when it is made.
pub(crate) struct Pace {
    clock: SharedClock,
    came_bytes: usize,
    over: BoxFuture<()>,
}

impl Pace {
    pub(crate) fn new(clock: SharedClock) -> Self {
        let over = clock.sleep(PATIENCE);
        Self { clock, came_bytes: 0, over }
    }

    /// So much has come.
    pub(crate) fn came(&mut self, bytes: usize) {
        self.came_bytes = self.came_bytes.saturating_add(bytes);
        if self.came_bytes >= LEAST_BYTES {
            self.came_bytes = 0;
            self.over = self.clock.sleep(PATIENCE);
        }
    }

    /// Nothing comes right now: ready when too little has come for too long.
    pub(crate) fn poll_over(&mut self, cx: &mut Context<'_>) -> Poll<TooSlow> {
        self.over.as_mut().poll(cx).map(|()| TooSlow)
    }
}

/// A body that breaks off when it comes too slowly.
struct Paced {
    body: Body,
    pace: Pace,
}

/// A layer of a router: bodies of requests keep the pace, or break off.
pub(crate) async fn keep_pace(State(clock): State<SharedClock>, request: Request, next: Next) -> Response {
    let paced = |body: Body| {
        if body.is_end_stream() { body } else { Body::new(Paced { body, pace: Pace::new(clock) }) }
    };
    next.run(request.map(paced)).await
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match Pin::new(&mut self.body).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                self.pace.came(frame.data_ref().map_or(0, Bytes::len));
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Pending => self.pace.poll_over(cx).map(|slow| Some(Err(axum::Error::new(slow)))),
            ended => ended,
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
    use std::sync::Arc;

    use axum::Router;
    use axum::middleware::from_fn_with_state;
    use axum::routing::post;
    use http::StatusCode;
    use ippo_base::Timestamp;
    use ippo_base::clock::SimClock;
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn a_call_whose_body_does_not_come_is_refused() {
        let clock = SimClock::new(Timestamp::from_secs(1_800_000_000));
        let shared: SharedClock = Arc::new(clock.clone());
        let app = Router::new()
            .route("/", post(|body: String| async move { body }))
            .layer(from_fn_with_state(shared, keep_pace));
        let ask = |body| app.clone().oneshot(Request::post("/").body(body).expect("a request"));
        assert_eq!(ask(Body::from("whole")).await.expect("answers").status(), StatusCode::OK);
        let never = futures::stream::pending::<Result<Bytes, std::io::Error>>();
        let asking = tokio::spawn(ask(Body::from_stream(never)));
        while !asking.is_finished() {
            tokio::task::yield_now().await;
            clock.advance(PATIENCE);
        }
        let refused = asking.await.expect("no panic").expect("answers");
        assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    }
}
