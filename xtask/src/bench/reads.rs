//! What is asked of a full store: by the API, as pages ask it.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures::StreamExt as _;
use serde_json::{Value, json};

use super::cases::{Plan, load, tell};
use super::load::{LoadArgs, Over, SEED, Stream};
use super::server::Server;
use super::table::Row;

/// Items of a full store for each item of an ingest measurement.
const FULL: u64 = 25;
/// Items a second while a store is filled: fewer than would make it ask senders to wait.
const FILLING_RATE: u64 = 80_000;
/// Over which the items of a full store are spread.
const DAYS: u64 = 7;
/// Questions of a kind.
const QUESTIONS: u64 = 200;

const TRACE: &str = "trace by id";
const ROUTES: &str = "percentiles by route";
const NEEDLE: &str = "logs, a needle";
const RESTART: &str = "restart with a full log";
const BESIDE: &str = "100 queries a second beside full ingest";

/// Someone who asks.
pub(super) struct Asker {
    client: reqwest::Client,
    api: String,
    token: String,
}

/// How long questions took, in milliseconds, ascending.
pub(super) struct Took(pub(super) Vec<f64>);

impl Took {
    fn at(&self, share: f64) -> f64 {
        let place = (share * self.0.len() as f64).ceil() as usize;
        self.0.get(place.clamp(1, self.0.len().max(1)) - 1).copied().unwrap_or(f64::NAN)
    }

    pub(super) fn text(&self) -> String {
        format!("p50 {:.1} ms, p99 {:.1} ms", self.at(0.5), self.at(0.99))
    }
}

impl Asker {
    pub(super) fn of(server: &Server, token: &str) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { client: reqwest::Client::new(), api: server.api.clone(), token: token.to_owned() }
    }

    pub(super) async fn text(&self, path: &str) -> anyhow::Result<String> {
        let url = format!("http://{}{path}", self.api);
        let answer = self.client.get(url).bearer_auth(&self.token).send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        anyhow::ensure!(status.is_success(), "{path}: {text}");
        Ok(text)
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = self.client.post(format!("http://{}{path}", self.api)).bearer_auth(&self.token);
        let answer =
            request.header("content-type", "application/json").body(serde_json::to_vec(body)?).send().await?;
        anyhow::ensure!(answer.status().is_success(), "{path}: {}", answer.text().await?);
        Ok(serde_json::from_slice(&answer.bytes().await?)?)
    }

    /// Asks one after the other. Each answer is checked.
    #[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
    pub(super) async fn ask(
        &self,
        paths: impl Iterator<Item = String>,
        check: impl Fn(&Value) -> bool,
    ) -> anyhow::Result<Took> {
        let mut took = Vec::new();
        for path in paths {
            let began = Instant::now();
            let text = self.text(&path).await?;
            took.push(began.elapsed().as_secs_f64() * 1e3);
            let answer: Value = serde_json::from_str(&text)?;
            anyhow::ensure!(check(&answer), "{path} is answered with {answer}");
        }
        took.sort_by(f64::total_cmp);
        Ok(Took(took))
    }
}

/// Measures what is asked for.
pub(super) fn measure(plan: &Plan<'_>) -> anyhow::Result<Vec<Row>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let wants = |figure: &str| figure.contains(plan.only);
    let mut rows = Vec::new();
    if wants(TRACE) || wants(ROUTES) {
        rows.extend(of_spans(plan, &runtime)?.into_iter().filter(|row| wants(&row.figure)));
    }
    if wants(NEEDLE) {
        rows.extend(of_logs(plan, &runtime)?);
    }
    if wants(RESTART) {
        rows.push(restart(plan)?);
    }
    if wants(BESIDE) {
        rows.push(beside(plan, &runtime)?);
    }
    rows.extend(super::slos::measure(plan, &runtime)?);
    Ok(rows)
}

/// A stream spread over days.
fn full(plan: &Plan<'_>, stream: Stream) -> LoadArgs {
    let count = plan.items * FULL;
    let apart_micros = DAYS * 24 * 60 * 60 * 1_000_000 / count;
    LoadArgs { apart_micros, rate: Some(FILLING_RATE), ..load(stream, Over::Http, count, 1_000) }
}

/// Fills a store, and starts it again so that all of it is in segments, and merged.
fn filled(plan: &Plan<'_>, stream: Stream, folder: &Path) -> anyhow::Result<Server> {
    let server = Server::start(folder, &[])?;
    let sent = server.load(full(plan, stream))?;
    tell(&format!("a full store: {} items in {:.0} s", plan.items * FULL, sent.seconds))?;
    server.stop()?;
    let server = Server::start(folder, &[])?;
    server.settle()?;
    Ok(server)
}

fn of_spans(plan: &Plan<'_>, runtime: &tokio::runtime::Runtime) -> anyhow::Result<Vec<Row>> {
    let folder = tempfile::tempdir()?;
    let token = Server::token(folder.path())?;
    let server = filled(plan, Stream::Spans, folder.path())?;
    let asker = Asker::of(&server, &token);
    let count = plan.items * FULL;
    // Every so many, so that traces of any age are among them.
    let traces = |first: u64| {
        (0..QUESTIONS).map(move |n| {
            let id = ippo_shop::bench_trace_id(SEED, first + n * (count / QUESTIONS));
            let hex: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("/api/v1/traces/{hex}")
        })
    };
    let whole = |answer: &Value| answer["spans"].as_array().is_some_and(|spans| spans.len() == 8);
    let routes =
        (0..QUESTIONS).map(|n| format!("/api/v1/services/frontend/endpoints?last={}h", 1 + n % (24 * DAYS)));
    let some = |answer: &Value| answer["endpoints"].as_array().is_some_and(|endpoints| !endpoints.is_empty());
    let hours = 1_000_000 * 24 * DAYS / count;
    let scan = format!(
        "SELECT route, approx_percentile_cont(duration_ns, 0.5), approx_percentile_cont(duration_ns, 0.95), \
         approx_percentile_cont(duration_ns, 0.99) FROM spans WHERE start > now() - INTERVAL '{hours} hours' GROUP BY route"
    );
    let narrowed = |condition: &'static str| {
        let path = "/api/v1/services/frontend/endpoints";
        (0..QUESTIONS / 4).map(move |n| format!("{path}?last={hours}h&where={condition}%20%3E%20{n}"))
    };
    // The first reads no column that is not read anyway; the second the texts of all attributes.
    let by_column = narrowed("duration_ns");
    let by_attribute = narrowed("attrs%5B'url.path'%5D%20!%3D%20'/'%20AND%20duration_ns");
    runtime.block_on(async {
        let cold = match drop_page_cache() {
            true => asker.ask(traces(16), whole).await?.text(),
            false => "not measured (needs root)".to_owned(),
        };
        asker.ask(traces(8), whole).await?;
        let warm = asker.ask(traces(8), whole).await?;
        let by_route = asker.ask(routes, some).await?;
        asker.ask(by_column.clone(), some).await?;
        let by_column = asker.ask(by_column, some).await?;
        let by_attribute = asker.ask(by_attribute, some).await?;
        let mut scans = Vec::new();
        for _ in 0..20 {
            let answer = asker.post("/api/v1/query", &json!({ "sql": scan })).await?;
            scans.push(answer["elapsed_ms"].as_f64().context("it says how long it took")?);
        }
        scans.sort_by(f64::total_cmp);
        Ok(vec![
            Row {
                figure: format!("{TRACE}, {count} spans in {DAYS} days, warm"),
                measured: warm.text(),
                must: "p99 3 ms (1.5)",
            },
            Row { figure: format!("{TRACE}, cold page cache"), measured: cold, must: "stated" },
            Row {
                figure: format!("{ROUTES}, any range of {DAYS} days, from counters"),
                measured: by_route.text(),
                must: "10 ms (3)",
            },
            Row {
                figure: format!("{ROUTES}, narrowed by a column: a scan of 1,000,000 spans"),
                measured: by_column.text(),
                must: "20 ms (12)",
            },
            Row {
                figure: format!("{ROUTES}, narrowed by an attribute: a scan of 1,000,000 spans"),
                measured: by_attribute.text(),
                must: "stated",
            },
            Row {
                figure: format!("{ROUTES}, three of each in SQL over 1,000,000 spans"),
                measured: format!("p50 {:.0} ms", Took(scans).at(0.5)),
                must: "stated",
            },
        ])
    })
}

fn of_logs(plan: &Plan<'_>, runtime: &tokio::runtime::Runtime) -> anyhow::Result<Vec<Row>> {
    let folder = tempfile::tempdir()?;
    let token = Server::token(folder.path())?;
    let server = filled(plan, Stream::Logs, folder.path())?;
    let asker = Asker::of(&server, &token);
    let count = plan.items * FULL;
    // A whole word that no record has, and a part of one: nothing found means that everything was looked at.
    let ask = |contains: &'static str, whole_words: bool| {
        let choices = format!("last={}h&whole_words={whole_words}", 24 * DAYS + 1);
        (0..5).map(move |n| format!("/api/v1/logs?contains={contains}{n}&{choices}"))
    };
    let none = |answer: &Value| answer["logs"].as_array().is_some_and(Vec::is_empty);
    runtime.block_on(async {
        let token = asker.ask(ask("needle", true), none).await?;
        let part = asker.ask(ask("-eedl", false), none).await?;
        let row = |what: &str, took: &Took, must| Row {
            figure: format!("{NEEDLE} in {count}: {what}"),
            measured: format!("p50 {:.0} ms, longest {:.0} ms", took.at(0.5), took.at(1.0)),
            must,
        };
        Ok(vec![row("a whole word", &token, "300 ms (100)"), row("any substring", &part, "2 s")])
    })
}

#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
fn restart(plan: &Plan<'_>) -> anyhow::Result<Row> {
    let folder = tempfile::tempdir()?;
    // So much memory that the log alone says when to flush.
    let server = Server::start(folder.path(), &["--memory", "4GiB"])?;
    let wal = folder.path().join("wal");
    let mut bytes = 0;
    // Until it has been flushed once, when it was fullest just before.
    loop {
        server.load(load(Stream::Spans, Over::Http, plan.items / 8, 1_000))?;
        let now = super::cases::size(&wal)?;
        if now < bytes || now > FULL_LOG_BYTES {
            break;
        }
        bytes = now;
    }
    let bytes = super::cases::size(&wal)?;
    server.kill()?;
    let began = Instant::now();
    let server = Server::start(folder.path(), &["--memory", "4GiB"])?;
    let took = began.elapsed();
    server.kill()?;
    Ok(Row {
        figure: RESTART.to_owned(),
        measured: format!("{:.1} s for {:.0} MB", took.as_secs_f64(), bytes as f64 / 1e6),
        must: "5 s for 256 MB",
    })
}

/// Where a log is flushed.
const FULL_LOG_BYTES: u64 = 120 * 1024 * 1024;

#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
fn beside(plan: &Plan<'_>, runtime: &tokio::runtime::Runtime) -> anyhow::Result<Row> {
    let folder = tempfile::tempdir()?;
    let token = Server::token(folder.path())?;
    let server = Server::start(folder.path(), &[])?;
    server.load(load(Stream::Spans, Over::Http, plan.items, 1_000))?;
    let asker = std::sync::Arc::new(Asker::of(&server, &token));
    let (sent, asked) = std::thread::scope(|scope| {
        let loading = scope.spawn(|| server.load(load(Stream::Spans, Over::Http, plan.items * 4, 1_000)));
        let asked = runtime.block_on(async {
            let mut asked = Vec::new();
            let mut every = tokio::time::interval(Duration::from_millis(10));
            let mut questions = futures::stream::FuturesUnordered::new();
            for number in 0_u64.. {
                if loading.is_finished() {
                    break;
                }
                every.tick().await;
                let asker = asker.clone();
                questions.push(async move { asker.ask(std::iter::once(question(number)), |_| true).await });
            }
            while let Some(took) = questions.next().await {
                asked.push(took?.at(1.0));
            }
            anyhow::Ok(asked)
        });
        (loading.join().expect("it does not panic"), asked)
    });
    let (sent, mut asked) = (sent?, asked?);
    asked.sort_by(f64::total_cmp);
    server.stop()?;
    let [median, p99, most] = sent.ack_ms;
    Ok(Row {
        figure: BESIDE.to_owned(),
        measured: format!(
            "acknowledgement p50 {median:.0} ms, p99 {p99:.0} ms, longest {most:.0} ms; {} questions, {}",
            asked.len(),
            Took(asked).text()
        ),
        must: "longest 100 ms",
    })
}

/// What pages ask.
fn question(number: u64) -> String {
    match number % 4 {
        0 => "/api/v1/services?last=1h".to_owned(),
        1 => "/api/v1/services/frontend/endpoints?last=1h".to_owned(),
        2 => "/api/v1/services/frontend/series?last=1h".to_owned(),
        _ => {
            let id = ippo_shop::bench_trace_id(SEED, number * 8);
            format!("/api/v1/traces/{}", id.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
        }
    }
}

/// Whether the kernel gave up what it holds of files.
fn drop_page_cache() -> bool {
    let synced = std::process::Command::new("sync").status().is_ok_and(|status| status.success());
    synced && std::fs::write("/proc/sys/vm/drop_caches", "3").is_ok()
}
