//! The far side of webhooks, Slack and heartbeats: an HTTP/1.1 server that records requests and answers, or does not, as
//! it was told.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// A request's head and body, in bytes.
const REQUEST_BYTES: usize = 1024 * 1024;

/// What the receiver does with a request, after it has read all of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reply {
    /// Answers with this status.
    Status(u16),
    /// Answers 429 and asks to be left alone for so many seconds.
    Later(u64),
    /// Answers 302 to this address.
    Moved(String),
    /// Never answers.
    Hang,
    /// Closes the connection.
    Close,
}

/// A request as it arrived.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// `POST`.
    pub method: String,
    /// With the query.
    pub path: String,
    /// Names in lower case.
    pub headers: BTreeMap<String, String>,
    /// As text.
    pub body: String,
}

impl Request {
    /// The body as JSON.
    ///
    /// # Panics
    /// If it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("the body is JSON")
    }
}

/// A server that runs until it is dropped.
pub struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    requests: Mutex<Vec<Request>>,
    replies: Mutex<VecDeque<Reply>>,
    arrived: Notify,
}

impl Receiver {
    /// Listens on loopback, on a port that the system chooses.
    ///
    /// # Panics
    /// If there is none.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared::default());
        let of_server = Arc::clone(&shared);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&of_server)));
            }
        });
        Self { address, shared, server }
    }

    /// Its address with this path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The next requests are answered so, in order; later ones with 200.
    pub fn reply(&self, replies: impl IntoIterator<Item = Reply>) {
        lock(&self.shared.replies).extend(replies);
    }

    /// Every request that arrived, in order.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.shared.requests).clone()
    }

    /// Waits until `count` requests have arrived.
    pub async fn wait_for(&self, count: usize) {
        loop {
            let arrived = self.shared.arrived.notified();
            if lock(&self.shared.requests).len() >= count {
                return;
            }
            arrived.await;
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(mut stream: TcpStream, shared: Arc<Shared>) {
    let Some(request) = read(&mut stream).await else { return };
    let reply = lock(&shared.replies).pop_front().unwrap_or(Reply::Status(200));
    lock(&shared.requests).push(request);
    shared.arrived.notify_waiters();
    let (status, header) = match reply {
        Reply::Status(status) => (status, String::new()),
        Reply::Later(secs) => (429, format!("retry-after: {secs}\r\n")),
        Reply::Moved(to) => (302, format!("location: {to}\r\n")),
        Reply::Close => return,
        Reply::Hang => return std::future::pending().await,
    };
    let answer =
        format!("HTTP/1.1 {status} told\r\n{header}content-length: 2\r\nconnection: close\r\n\r\nok");
    // Whoever asked may have gone meanwhile.
    let _ = stream.write_all(answer.as_bytes()).await;
}

pub(crate) async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        if let Some(request) = parse(&bytes) {
            return Some(request);
        }
        let read = stream.read(&mut chunk).await.ok()?;
        if read == 0 || bytes.len() > REQUEST_BYTES {
            return None;
        }
        bytes.extend_from_slice(&chunk[..read]);
    }
}

/// The request, once all of it is there.
fn parse(bytes: &[u8]) -> Option<Request> {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, path) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    (body.len() >= length).then(|| Request { method, path, headers, body: body.to_owned() })
}
