//! Connections of clients: how many a port has, and how long each may keep its place without using it.
//!
//! A client that is slow or stuck costs a place and a timer, never the port: a request must be complete up to its headers
//! within [`HEAD`], written bytes must be taken within [`socket::STALL`], and what is quiet for [`IDLE`] is closed. When all
//! places are taken, whoever has been quiet for longest leaves for whoever comes. It must never know a path.

mod pulse;
mod socket;

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use ippo_base::SharedClock;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use pulse::Pulse;
use socket::Socket;

/// How long a request may take to be complete up to the end of its headers.
pub(crate) const HEAD: Duration = Duration::from_secs(30);
/// How long a connection stays on which nothing moves.
pub(crate) const IDLE: Duration = Duration::from_secs(120);
/// How often each connection is looked at.
const LOOK: Duration = Duration::from_secs(10);
/// How long a connection that was told to leave may take for it.
const GRACE: Duration = Duration::from_secs(5);
/// How long a connection has before it may have to leave for another, and how often that is looked at.
const SETTLE: Duration = Duration::from_millis(250);
/// How often the other side of HTTP/2 is asked whether it is there.
const PING: Duration = Duration::from_secs(60);
/// How long it may take to answer that.
const PONG: Duration = Duration::from_secs(20);
/// How long accepting rests after it failed, for want of descriptors or of memory.
const REST: Duration = Duration::from_secs(1);
/// How often the log tells of the same trouble.
const TELL: Duration = Duration::from_secs(60);

/// A port that is open.
pub struct Door {
    /// Where clients come.
    pub listener: TcpListener,
    /// What deadlines go by.
    pub clock: SharedClock,
    /// Connections at once; one at least.
    pub connections: usize,
}

/// Serves until `shutdown` completes; requests that were begun are answered. Handlers find the client's address as a
/// [`ConnectInfo<SocketAddr>`].
pub(crate) async fn serve(door: Door, app: Router, shutdown: impl Future<Output = ()> + Send + 'static) {
    let Door { listener, clock, connections } = door;
    // Made once here, not for every request.
    let app: Router = app.with_state(());
    let crowd = Arc::new(Crowd::new(connections, clock));
    let stop = CancellationToken::new();
    let tasks = TaskTracker::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let (stream, peer, place) = tokio::select! {
            biased;
            () = &mut shutdown => break,
            admitted = crowd.admit(&listener) => admitted,
        };
        tasks.spawn(attend(crowd.enter(place), stream, peer, app.clone(), stop.clone()));
    }
    drop(listener);
    stop.cancel();
    tasks.close();
    tasks.wait().await;
}

/// Those who have a place.
struct Crowd {
    clock: SharedClock,
    places: Arc<Semaphore>,
    limit: usize,
    pulses: Mutex<Vec<Arc<Pulse>>>,
    /// That accepting failed, and that all places were taken.
    failed: Told,
    full: Told,
}

/// When the log was last told of a trouble, in monotonic time.
#[derive(Default)]
struct Told(Mutex<Option<Duration>>);

impl Told {
    /// Whether it is time to tell of it again.
    fn again(&self, now: Duration) -> bool {
        let mut last = self.0.lock().expect("nothing panics while it is held");
        let is_due = last.is_none_or(|last| now.saturating_sub(last) >= TELL);
        if is_due {
            *last = Some(now);
        }
        is_due
    }
}

/// A place among them. Left when it is dropped.
struct Seat {
    crowd: Arc<Crowd>,
    pulse: Arc<Pulse>,
    _place: OwnedSemaphorePermit,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut pulses = self.crowd.pulses.lock().expect("nothing panics while it is held");
        pulses.retain(|pulse| !Arc::ptr_eq(pulse, &self.pulse));
    }
}

impl Crowd {
    fn new(connections: usize, clock: SharedClock) -> Self {
        let limit = connections.clamp(1, Semaphore::MAX_PERMITS);
        let places = Arc::new(Semaphore::new(limit));
        Self {
            clock,
            places,
            limit,
            pulses: Mutex::default(),
            failed: Told::default(),
            full: Told::default(),
        }
    }

    fn enter(self: &Arc<Self>, place: OwnedSemaphorePermit) -> Seat {
        let pulse = Arc::new(Pulse::new(self.clock.clone()));
        self.pulses.lock().expect("nothing panics while it is held").push(pulse.clone());
        Seat { crowd: self.clone(), pulse, _place: place }
    }

    /// The next client, and a place for it.
    async fn admit(&self, listener: &TcpListener) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => return (stream, peer, self.place().await),
                Err(error) if is_of_the_client(&error) => {}
                Err(error) => {
                    if self.failed.again(self.clock.monotonic()) {
                        tracing::error!(%error, "cannot accept connections; it is tried once a second");
                    }
                    self.clock.sleep(REST).await;
                }
            }
        }
    }

    /// A free place. Whoever was quiet for longest makes room where none is.
    async fn place(&self) -> OwnedSemaphorePermit {
        loop {
            if let Ok(place) = self.places.clone().try_acquire_owned() {
                return place;
            }
            self.tell_full();
            self.send_one_away();
            tokio::select! {
                biased;
                place = self.places.clone().acquire_owned() => return place.expect("it is never closed"),
                () = self.clock.sleep(SETTLE) => {}
            }
        }
    }

    fn tell_full(&self) {
        if self.full.again(self.clock.monotonic()) {
            tracing::warn!(
                connections = self.limit,
                "all connections of a port are taken; the quietest are closed for new ones"
            );
        }
    }

    fn send_one_away(&self) {
        let pulses = self.pulses.lock().expect("nothing panics while it is held");
        let quietest =
            pulses.iter().filter_map(|pulse| Some((pulse.quiet()?, pulse))).min_by_key(|(q, _)| *q);
        if let Some((_, pulse)) = quietest {
            pulse.send_away();
        }
    }
}

/// Whether accepting failed because the client was gone already.
fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Serves one connection to its end.
async fn attend(seat: Seat, stream: TcpStream, peer: SocketAddr, app: Router, stop: CancellationToken) {
    let pulse = &seat.pulse;
    let answering = pulse.clone();
    let service =
        service_fn(move |request: Request<Incoming>| answer(answering.clone(), app.clone(), peer, request));
    let mut builder = auto::Builder::new(TokioExecutor::new());
    // The timeout of hyper runs between requests too; the pulse tells a request that comes from one that does not.
    builder.http1().header_read_timeout(None);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(Some(PING)).keep_alive_timeout(PONG);
    let socket = TokioIo::new(Socket::new(stream, pulse.clone()));
    let mut connection = pin!(builder.serve_connection(socket, service));
    let mut is_stopping = false;
    loop {
        tokio::select! {
            biased;
            // Whatever the outcome, it is the client's: what is worth telling, handlers tell.
            _ = connection.as_mut() => break,
            () = stop.cancelled(), if !is_stopping => {
                is_stopping = true;
                connection.as_mut().graceful_shutdown();
                pulse.stop();
            }
            leave = pulse.overdue() => match leave {
                pulse::Leave::Soon => connection.as_mut().graceful_shutdown(),
                pulse::Leave::Now => break,
            }
        }
    }
}

/// What the router answers, with both bodies under watch.
async fn answer(
    pulse: Arc<Pulse>,
    app: Router,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let turn = pulse.begin(request.version());
    let mut request = request.map(|body| turn.taking(body));
    request.extensions_mut().insert(ConnectInfo(peer));
    let response = app.oneshot(request).await?;
    Ok(response.map(|body| turn.giving(body)))
}

#[cfg(test)]
mod tests;
