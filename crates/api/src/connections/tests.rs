//! Real sockets, on a clock that only the tests move.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use axum::body::Bytes;
use axum::routing::get;
use futures::stream;
use ippo_base::Timestamp;
use ippo_base::clock::{Clock as _, SimClock};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, yield_now};

use super::socket::STALL;
use super::*;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// Settings of HTTP/2 by which no answer may send a byte of its body.
const NO_WINDOW: &[u8] = b"\0\0\x06\x04\0\0\0\0\0\0\x04\0\0\0\0";
/// `GET http://a/endless` as stream 1 of HTTP/2.
const GET_ENDLESS: &[u8] = b"\0\0\x0f\x01\x05\0\0\0\x01\x82\x86\x41\x01a\x04\x08/endless";

struct Port {
    address: SocketAddr,
    clock: SimClock,
    stop: CancellationToken,
    serving: JoinHandle<()>,
    /// Answers of `/endless` that are being written.
    endless: Arc<AtomicUsize>,
    /// Handlers of `/held` that wait.
    held: Arc<AtomicUsize>,
    /// Lets one of them go.
    release: Arc<Notify>,
}

/// One more, for as long as it lives.
struct Counted(Arc<AtomicUsize>);

impl Counted {
    fn new(counter: &Arc<AtomicUsize>) -> Self {
        counter.fetch_add(1, SeqCst);
        Self(counter.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

impl Port {
    async fn open(connections: usize) -> Self {
        let clock = SimClock::new(Timestamp::from_secs(1_800_000_000));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("it has one");
        let (endless, held, release) =
            (Arc::<AtomicUsize>::default(), Arc::default(), Arc::new(Notify::new()));
        let (counter, waiting, released): (_, Arc<AtomicUsize>, _) =
            (endless.clone(), Arc::clone(&held), Arc::clone(&release));
        let app = Router::new()
            .route("/", get(|| async { "hello" }))
            .route("/who", get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() }))
            .route(
                "/endless",
                get(|| async move {
                    let alive = Counted::new(&counter);
                    Body::from_stream(stream::repeat_with(move || {
                        let _alive = &alive;
                        Ok::<_, Infallible>(Bytes::from_static(&[b'x'; 64 * 1024]))
                    }))
                }),
            )
            .route(
                "/held",
                get(|| async move {
                    let _waiting = Counted::new(&waiting);
                    released.notified().await;
                    "released"
                }),
            );
        let stop = CancellationToken::new();
        let door = Door { listener, clock: Arc::new(clock.clone()), connections };
        let serving = tokio::spawn(serve(door, app, stop.clone().cancelled_owned()));
        Self { address, clock, stop, serving, endless, held, release }
    }

    async fn connect(&self, first: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.expect("it listens");
        stream.write_all(first).await.expect("it is connected");
        stream
    }

    /// Lets time pass until something is so. Gives how much passed.
    async fn until<T>(&self, what: impl Future<Output = T>) -> (Duration, T) {
        let began = self.clock.monotonic();
        let mut what = pin!(what);
        loop {
            tokio::select! {
                biased;
                done = &mut what => return (self.clock.monotonic() - began, done),
                () = yield_now() => self.clock.advance(Duration::from_millis(50)),
            }
        }
    }

    /// Lets time pass until the server closes the connection. Gives how much passed.
    async fn until_closed(&self, stream: &mut TcpStream) -> Duration {
        let mut rest = Vec::new();
        // Closed or reset.
        self.until(stream.read_to_end(&mut rest)).await.0
    }
}

async fn reached(counter: &AtomicUsize, count: usize) {
    while counter.load(SeqCst) != count {
        yield_now().await;
    }
}

fn asks(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n").into_bytes()
}

/// The answer of a connection that stays open, read up to the body that is expected.
async fn answered(stream: &mut TcpStream, body: &str) {
    let mut said = Vec::new();
    while !said.ends_with(body.as_bytes()) {
        let count = stream.read_buf(&mut said).await.expect("it answers");
        assert!(count > 0, "it ended: {}", String::from_utf8_lossy(&said));
    }
    assert!(said.starts_with(b"HTTP/1.1 200 OK\r\n"), "{}", String::from_utf8_lossy(&said));
}

#[tokio::test]
async fn who_asks_for_nothing_or_by_halves_is_closed() {
    let port = Port::open(100).await;
    let settings: &[u8] = &[PREFACE, NO_WINDOW].concat();
    let half_a_head: &[u8] = b"GET / HTTP/1.1\r\nhost: a\r\n";
    for half in [b"", &half_a_head[..8], half_a_head, &PREFACE[..10], PREFACE, settings] {
        let mut stream = port.connect(half).await;
        let passed = port.until_closed(&mut stream).await;
        assert!(passed >= HEAD, "{passed:?}");
    }
}

#[tokio::test]
async fn a_connection_is_used_again_until_nobody_asks_for_long() {
    let port = Port::open(100).await;
    let mut stream = port.connect(&asks("/")).await;
    answered(&mut stream, "hello").await;
    for _ in 0..3 {
        port.clock.advance(IDLE - Duration::from_secs(1));
        for _ in 0..1000 {
            yield_now().await;
        }
        stream.write_all(&asks("/")).await.expect("it is open");
        answered(&mut stream, "hello").await;
    }
    let passed = port.until_closed(&mut stream).await;
    assert!(passed >= IDLE, "{passed:?}");
    let mut stream = port.connect(&[asks("/"), b"GET / HT".to_vec()].concat()).await;
    answered(&mut stream, "hello").await;
    assert!(port.until_closed(&mut stream).await >= HEAD);
}

#[tokio::test]
async fn handlers_know_who_asks() {
    let port = Port::open(100).await;
    let mut stream = port.connect(&asks("/who")).await;
    let address = stream.local_addr().expect("it has one").to_string();
    answered(&mut stream, &address).await;
}

#[tokio::test]
async fn an_answer_that_nobody_reads_is_given_up() {
    let port = Port::open(100).await;
    let _stream = port.connect(&asks("/endless")).await;
    reached(&port.endless, 1).await;
    let (passed, ()) = port.until(reached(&port.endless, 0)).await;
    assert!(passed >= STALL, "{passed:?}");
}

#[tokio::test]
async fn an_answer_of_http2_without_a_window_is_given_up() {
    let port = Port::open(100).await;
    let _stream = port.connect(&[PREFACE, NO_WINDOW, GET_ENDLESS].concat()).await;
    reached(&port.endless, 1).await;
    let (passed, ()) = port.until(reached(&port.endless, 0)).await;
    assert!(passed >= IDLE, "{passed:?}");
}

#[tokio::test]
async fn who_never_asks_makes_room_for_who_does() {
    let port = Port::open(4).await;
    let mut crowd = Vec::new();
    for _ in 0..20 {
        crowd.push(port.connect(b"GET / HT").await);
    }
    let mut stream = port.connect(&asks("/")).await;
    let (passed, ()) = port.until(answered(&mut stream, "hello")).await;
    assert!(passed < HEAD, "they were not waited for: {passed:?}");
}

#[tokio::test]
async fn who_is_worked_for_keeps_the_place_until_the_answer() {
    let port = Port::open(1).await;
    let mut first = port.connect(&asks("/held")).await;
    reached(&port.held, 1).await;
    let mut second = port.connect(&asks("/")).await;
    for _ in 0..1000 {
        port.clock.advance(SETTLE);
        yield_now().await;
    }
    assert!(second.try_read(&mut [0]).is_err(), "there is no place");
    port.release.notify_one();
    answered(&mut first, "released").await;
    port.until(answered(&mut second, "hello")).await;
}

#[tokio::test]
async fn stopping_answers_what_was_begun_and_waits_for_nothing_else() {
    let port = Port::open(100).await;
    let mut idle = port.connect(&asks("/")).await;
    answered(&mut idle, "hello").await;
    let _half = port.connect(b"GET / HT").await;
    let _nothing = port.connect(b"").await;
    let mut begun = port.connect(&asks("/held")).await;
    reached(&port.held, 1).await;
    port.stop.cancel();
    let mut rest = Vec::new();
    idle.read_to_end(&mut rest).await.expect("it is closed");
    let refused = async {
        while TcpStream::connect(port.address).await.is_ok() {
            yield_now().await;
        }
    };
    refused.await;
    assert!(!port.serving.is_finished());
    port.release.notify_one();
    answered(&mut begun, "released").await;
    let Port { serving, clock, .. } = port;
    let mut serving = pin!(serving);
    loop {
        tokio::select! {
            biased;
            ended = &mut serving => break ended.expect("no panic"),
            () = yield_now() => clock.advance(Duration::from_secs(1)),
        }
    }
}

#[tokio::test]
async fn a_shutdown_ends_without_connections() {
    let port = Port::open(1).await;
    port.stop.cancel();
    port.serving.await.expect("no panic");
}

#[test]
fn the_log_is_told_of_a_trouble_once_in_a_while() {
    let told = Told::default();
    let secs = [0, 1, 59, 60, 61, 119, 120];
    let again: Vec<bool> = secs.map(|secs| told.again(Duration::from_secs(secs))).into();
    assert_eq!(again, [true, false, false, true, false, false, true]);
    assert!(is_of_the_client(&io::ErrorKind::ConnectionAborted.into()));
    assert!(!is_of_the_client(&io::Error::from_raw_os_error(24)), "too many open files");
}
