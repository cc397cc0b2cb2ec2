//! The far side of SLIs over Amazon CloudWatch: an HTTP server that answers `GetMetricData` from points that a test gave it,
//! or fails as it was told. It checks no signature, and keeps what was asked.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::receiver::{Request, read};

/// What the server does with questions.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Mood {
    /// Answers.
    #[default]
    Answers,
    /// Answers so many points of each metric at once, and the others on further pages.
    Pages(usize),
    /// Answers with this status and the error of this name.
    Fails(u16, &'static str),
    /// Refuses every question with this metric in it.
    RefusesWith(String),
    /// Closes the connection.
    Closes,
}

/// A question as it came.
#[derive(Clone, PartialEq, Debug)]
pub struct Question {
    /// Its body.
    pub body: Value,
    /// Its headers, names in lower case.
    pub headers: BTreeMap<String, String>,
}

impl Question {
    /// The metrics that it asks for.
    pub fn metrics(&self) -> Vec<String> {
        let queries = self.body["MetricDataQueries"].as_array().cloned().unwrap_or_default();
        queries.iter().map(name).collect()
    }
}

#[derive(Default)]
struct Shared {
    /// By the metric's name and the second in which the minute begins.
    points: BTreeMap<String, BTreeMap<i64, f64>>,
    mood: Mood,
    questions: Vec<Question>,
}

/// A server that runs until it is dropped.
pub struct FakeCloudWatch {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    server: JoinHandle<()>,
}

impl FakeCloudWatch {
    /// Listens on loopback, on a port that the system chooses.
    ///
    /// # Panics
    /// If there is none.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Mutex::new(Shared::default()));
        let of_server = Arc::clone(&shared);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&of_server)));
            }
        });
        Self { address, shared, server }
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// From now on a metric has this value in the minute that begins at this second.
    pub fn point(&self, metric: &str, secs: i64, value: f64) {
        lock(&self.shared).points.entry(metric.to_owned()).or_default().insert(secs, value);
    }

    /// From now on it fares so.
    pub fn be(&self, mood: Mood) {
        lock(&self.shared).mood = mood;
    }

    /// The questions since the last time.
    pub fn questions(&self) -> Vec<Question> {
        std::mem::take(&mut lock(&self.shared).questions)
    }
}

impl Drop for FakeCloudWatch {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(mut stream: TcpStream, shared: Arc<Mutex<Shared>>) {
    while let Some(request) = read(&mut stream).await {
        let Some((status, body)) = told(&mut lock(&shared), &request) else { return };
        let body = body.to_string();
        let head = format!("HTTP/1.1 {status} told\r\ncontent-length: {}\r\n\r\n", body.len());
        if stream.write_all(format!("{head}{body}").as_bytes()).await.is_err() {
            return;
        }
    }
}

/// The status and the body of an answer; none where there is none.
fn told(shared: &mut Shared, request: &Request) -> Option<(u16, Value)> {
    let question = Question { body: request.json(), headers: request.headers.clone() };
    shared.questions.push(question.clone());
    let error =
        |status: u16, kind: &str| Some((status, json!({"__type": kind, "message": "as it was told"})));
    match &shared.mood {
        Mood::Answers => Some((200, page(shared, &question.body, usize::MAX))),
        Mood::Pages(points) => Some((200, page(shared, &question.body, *points))),
        Mood::Fails(status, kind) => error(*status, kind),
        Mood::RefusesWith(metric) if question.metrics().contains(metric) => error(400, "ValidationException"),
        Mood::RefusesWith(_) => Some((200, page(shared, &question.body, usize::MAX))),
        Mood::Closes => None,
    }
}

fn name(query: &Value) -> String {
    query["MetricStat"]["Metric"]["MetricName"].as_str().expect("a metric").to_owned()
}

/// A page of so many points of each metric; its token says how many were told before.
fn page(shared: &Shared, question: &Value, points: usize) -> Value {
    let secs = |field: &str| question[field].as_i64().expect("seconds");
    let (from, to) = (secs("StartTime"), secs("EndTime"));
    let told = question["NextToken"].as_str().map_or(0, |token| token.parse::<usize>().expect("our own"));
    let mut is_left = false;
    let results: Vec<Value> = question["MetricDataQueries"]
        .as_array()
        .expect("queries")
        .iter()
        .map(|query| {
            assert_eq!(query["MetricStat"]["Period"], json!(60), "minutes");
            let of_metric = shared.points.get(&name(query));
            let all: Vec<(i64, f64)> =
                of_metric.into_iter().flat_map(|of| of.range(from..to)).map(|(at, value)| (*at, *value)).collect();
            let found: Vec<&(i64, f64)> = all.iter().skip(told).take(points).collect();
            is_left |= all.len() > told.saturating_add(found.len());
            let (times, values): (Vec<i64>, Vec<f64>) = found.into_iter().copied().unzip();
            json!({"Id": query["Id"], "Label": "x", "Timestamps": times, "Values": values, "StatusCode": "Complete"})
        })
        .collect();
    let mut answer = json!({"MetricDataResults": results, "Messages": []});
    if is_left {
        answer["NextToken"] = json!((told + points).to_string());
    }
    answer
}
