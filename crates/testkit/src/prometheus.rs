//! The far side of SLIs over Prometheus: an HTTP server that answers queries from samples that a test gave it, or fails as
//! it was told. It evaluates nothing: a query is known by its text.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::receiver::{Request, read};

/// How far back an expression finds a sample, in milliseconds, as Prometheus does.
const LOOK_BACK_MS: i64 = 5 * 60 * 1_000;

/// What the server does with questions.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Mood {
    /// Answers.
    #[default]
    Answers,
    /// Answers with this status and body.
    Fails(u16, String),
    /// Sends elsewhere.
    Moved(String),
    /// Never answers.
    Hangs,
    /// Closes the connection.
    Closes,
    /// Answers, but loads no more samples than that for one question.
    Loads(usize),
}

/// A question as it came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question {
    /// `query` or `query_range`, with the path before it.
    pub path: String,
    /// Its fields.
    pub form: BTreeMap<String, String>,
    /// The header, if there is one.
    pub authorization: Option<String>,
}

type Labels = BTreeMap<String, String>;

#[derive(Default)]
struct Shared {
    /// By the query that finds them.
    series: BTreeMap<String, BTreeMap<Labels, BTreeMap<i64, String>>>,
    mood: Mood,
    questions: Vec<Question>,
}

/// A server that runs until it is dropped.
pub struct FakePrometheus {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    server: JoinHandle<()>,
}

impl FakePrometheus {
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

    /// It has a sample of a series that a query finds, at a time in milliseconds.
    pub fn sample(&self, query: &str, labels: &[(&str, &str)], ms: i64, value: f64) {
        let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut shared = lock(&self.shared);
        let series = shared.series.entry(query.to_owned()).or_default().entry(labels).or_default();
        series.insert(ms, value.to_string());
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

impl Drop for FakePrometheus {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(mut stream: TcpStream, shared: Arc<Mutex<Shared>>) {
    while let Some(request) = read(&mut stream).await {
        let question = question(&request);
        let (mood, answer) = {
            let mut shared = lock(&shared);
            shared.questions.push(question.clone());
            (shared.mood.clone(), answer(&shared, &question))
        };
        let (status, header, body) = match mood {
            Mood::Answers => (200, String::new(), matrix(&answer)),
            Mood::Loads(most) if answer.iter().map(|(_, samples)| samples.len()).sum::<usize>() > most => {
                let error = "query processing would load too many samples into memory in query execution";
                (
                    422,
                    String::new(),
                    json!({"status": "error", "errorType": "execution", "error": error}).to_string(),
                )
            }
            Mood::Loads(_) => (200, String::new(), matrix(&answer)),
            Mood::Fails(status, body) => (status, String::new(), body),
            Mood::Moved(to) => (302, format!("location: {to}\r\n"), String::new()),
            Mood::Closes => return,
            Mood::Hangs => return std::future::pending().await,
        };
        let head = format!("HTTP/1.1 {status} told\r\n{header}content-length: {}\r\n\r\n", body.len());
        if stream.write_all(format!("{head}{body}").as_bytes()).await.is_err() {
            return;
        }
    }
}

fn question(request: &Request) -> Question {
    let pairs = request.body.split('&').filter_map(|pair| pair.split_once('='));
    Question {
        path: request.path.clone(),
        form: pairs.map(|(name, value)| (decoded(name), decoded(value))).collect(),
        authorization: request.headers.get("authorization").cloned(),
    }
}

/// The text of a form's field.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits: Vec<u8> = rest.by_ref().take(2).collect();
                let digits = std::str::from_utf8(&digits).expect("digits");
                u8::from_str_radix(digits, 16).expect("a byte")
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).expect("UTF-8")
}

type Answer = Vec<(Labels, Vec<(i64, String)>)>;

fn answer(shared: &Shared, question: &Question) -> Answer {
    let field = |name: &str| question.form.get(name).cloned().unwrap_or_default();
    let ms = |name: &str| (field(name).parse::<f64>().expect("seconds") * 1_000.0).round() as i64;
    let query = field("query");
    if question.path.ends_with("/api/v1/query_range") {
        let (start, end, step) = (ms("start"), ms("end"), ms("step"));
        let at = move |samples: &BTreeMap<i64, String>| {
            let value = |time: i64| {
                let (_, value) = samples.range(time - LOOK_BACK_MS + 1..=time).next_back()?;
                Some((time, value.clone()))
            };
            (start..=end).step_by(usize::try_from(step).expect("a step")).filter_map(value).collect()
        };
        return found(shared, &query, at);
    }
    let (selector, range) = query.strip_suffix("ms]").and_then(|q| q.rsplit_once('[')).expect("a range");
    let (to, range) = (ms("time"), range.parse::<i64>().expect("milliseconds"));
    // Both ends are in it, as in Prometheus 2.
    let at = move |samples: &BTreeMap<i64, String>| {
        samples.range(to - range..=to).map(|(ms, value)| (*ms, value.clone())).collect()
    };
    found(shared, selector, at)
}

fn found(shared: &Shared, query: &str, at: impl Fn(&BTreeMap<i64, String>) -> Vec<(i64, String)>) -> Answer {
    let series = shared.series.get(query).into_iter().flatten();
    let answered = series.map(|(labels, samples)| (labels.clone(), at(samples)));
    answered.filter(|(_, samples)| !samples.is_empty()).collect()
}

fn matrix(answer: &Answer) -> String {
    let time = |ms: i64| ms as f64 / 1_000.0;
    let series: Vec<Value> = answer
        .iter()
        .map(|(labels, samples)| {
            let values: Vec<Value> = samples.iter().map(|(ms, value)| json!([time(*ms), value])).collect();
            json!({"metric": labels, "values": values})
        })
        .collect();
    json!({"status": "success", "data": {"resultType": "matrix", "result": series}}).to_string()
}
