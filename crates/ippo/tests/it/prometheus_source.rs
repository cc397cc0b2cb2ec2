//! An SLO over a real Prometheus, which scrapes a target that knows the truth: the counts equal it, whichever of the two was
//! gone meanwhile, and however.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use ippo_base::{Clock as _, SystemClock};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::apply::{apply, write};
use crate::binary::{Running, token};
use crate::prometheus::Relay;

/// How long anything may take that happens by itself.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the target has counted, and what was scraped of it.
#[derive(Default)]
pub(crate) struct Counters {
    good: u64,
    bad: u64,
    /// What the scrapes add up to: since the first, and through restarts.
    pub(crate) truth: (u64, u64),
    is_scraped: bool,
    restarts: bool,
    pub(crate) is_quiet: bool,
}

impl Counters {
    /// What a scrape reads. Between two scrapes there is some traffic, or a restart.
    fn scraped(&mut self, number: u64) -> String {
        if self.is_scraped && !self.is_quiet {
            if std::mem::take(&mut self.restarts) {
                (self.good, self.bad) = (0, 0);
            }
            let (good, bad) = (number % 5 + 1, u64::from(number.is_multiple_of(3)));
            (self.good, self.bad) = (self.good + good, self.bad + bad);
            self.truth = (self.truth.0 + good, self.truth.1 + bad);
        }
        self.is_scraped = true;
        format!(
            "# TYPE requests_total counter\nrequests_total{{code=\"200\"}} {}\nrequests_total{{code=\"503\"}} {}\n",
            self.good, self.bad
        )
    }
}

/// A target whose counters grow with each scrape.
pub(crate) struct Target {
    address: String,
    counters: Arc<Mutex<Counters>>,
    scrapes: watch::Receiver<u64>,
}

impl Target {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
        let address = listener.local_addr().expect("an address").to_string();
        let counters =
            Arc::new(Mutex::new(Counters { good: 1_000, bad: 10, is_quiet: true, ..Counters::default() }));
        let (told, scrapes) = watch::channel(0);
        let of_server = Arc::clone(&counters);
        tokio::spawn(async move {
            let mut number = 0;
            // One after the other: Prometheus keeps a connection, but need not.
            while let Ok((mut stream, _)) = listener.accept().await {
                // The rest of the request does not matter.
                if !matches!(stream.read(&mut [0; 4096]).await, Ok(length) if length > 0) {
                    continue;
                }
                number += 1;
                let text = of_server.lock().expect("no panic").scraped(number);
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                    text.len()
                );
                // One that goes away has not scraped it, and the next scrape has it all.
                let _ = stream.write_all(format!("{head}{text}").as_bytes()).await;
                told.send_replace(number);
            }
        });
        Self { address, counters, scrapes }
    }

    pub(crate) fn counters(&self) -> MutexGuard<'_, Counters> {
        self.counters.lock().expect("no panic")
    }

    /// Waits until it was scraped so many times more.
    pub(crate) async fn scraped(&self, times: u64) {
        let mut scrapes = self.scrapes.clone();
        let wanted = *scrapes.borrow() + times;
        scrapes.wait_for(|scrapes| *scrapes >= wanted).await.expect("it lives");
    }
}

/// A real Prometheus. Killed when dropped.
pub(crate) struct Prometheus {
    process: Child,
    pub(crate) address: String,
}

impl Prometheus {
    pub(crate) fn start(folder: &Path, target: &Target) -> Self {
        let config = format!(
            "global: {{scrape_interval: 200ms, scrape_timeout: 200ms}}\n\
             scrape_configs: [{{job_name: api, static_configs: [{{targets: ['{}']}}]}}]\n",
            target.address
        );
        Self::start_with(folder, &config, &[])
    }

    /// One with this configuration and more arguments, on the folder's `tsdb`.
    pub(crate) fn start_with(folder: &Path, config: &str, more: &[&str]) -> Self {
        let file = folder.join("prometheus.yml");
        std::fs::write(&file, config).expect("written");
        let program = std::env::var("PROMETHEUS").unwrap_or_else(|_| "prometheus".to_owned());
        let started = Command::new(&program)
            .arg(format!("--config.file={}", file.display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("tsdb").display()))
            .arg("--web.listen-address=127.0.0.1:0")
            .args(more)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        let mut process = started.unwrap_or_else(|error| {
            panic!("{program}: {error}; apt-get install prometheus, or set PROMETHEUS to its path")
        });
        let mut log = BufReader::new(process.stderr.take().expect("piped"));
        let mut said = String::new();
        let address = loop {
            let mut line = String::new();
            assert!(log.read_line(&mut line).expect("text") > 0, "it ended: {said}");
            said.push_str(&line);
            if let Some((_, address)) = line.split_once("Listening on\" address=") {
                break address.trim().to_owned();
            }
        };
        // Its log must go somewhere.
        std::thread::spawn(move || log.read_to_end(&mut Vec::new()));
        Self { process, address }
    }

    /// Asks it to stop, and waits until it has.
    fn stop(mut self) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill runs").success());
        self.process.wait().expect("it ends");
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn definition(url: &str, description: &str) -> String {
    let source = |query: &str| {
        format!("{{metricSource: {{metricSourceRef: lab, type: prometheus, spec: {{query: '{query}'}}}}}}")
    };
    format!(
        "apiVersion: openslo/v1\nkind: DataSource\nmetadata: {{name: lab}}\nspec: {{type: prometheus, connectionDetails: {{url: \
         '{url}'}}}}\n---\napiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: api}}\nspec:\n  description: {description}\n  \
         service: api\n  indicator:\n    metadata: {{name: api-errors}}\n    spec:\n      ratioMetric:\n        counter: true\n        \
         good: {}\n        total: {}\n  timeWindow: [{{duration: 7d, isRolling: true}}]\n  budgetingMethod: Occurrences\n  \
         objectives: [{{target: 0.9}}]\n",
        source("requests_total{code=~\"2..\"}"),
        source("requests_total{job=\"api\"}")
    )
}

/// Asks for the SLO again until it is as wanted.
async fn until(server: &Running, what: &str, is_wanted: impl Fn(&Value) -> bool) -> Value {
    let clock = SystemClock::new();
    let deadline = clock.monotonic() + PATIENCE;
    loop {
        let slo = server.get("/api/v1/slos/api").await;
        if is_wanted(&slo) {
            return slo;
        }
        assert!(clock.monotonic() < deadline, "{what}: {slo:#}");
        tokio::task::yield_now().await;
    }
}

pub(crate) fn counts(slo: &Value) -> (u64, u64) {
    let window = &slo["objectives"][0]["windows"][0];
    (window["good"].as_u64().expect("a count"), window["bad"].as_u64().expect("a count"))
}

fn is_told(slo: &Value, code: &str) -> bool {
    slo["remarks"].as_array().expect("a list").iter().any(|remark| remark["code"] == json!(code))
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_over_a_real_prometheus_equal_the_truth_whoever_was_gone() {
    let (data, home, files) = (
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
        tempfile::tempdir().expect("a folder"),
    );
    let token = token(data.path());
    let target = Target::start().await;
    // The address stays, whichever port a Prometheus chooses.
    let relay = Relay::to("127.0.0.1:1").await;
    relay.turn_to(None);
    let url = format!("http://{}", relay.address);
    let server = Running::start(data.path(), &token);

    // Nobody is there yet, and applying needs nobody.
    write(files.path(), "slo.yaml", &definition(&url, "first"));
    assert!(apply(&server, files.path(), &["--dry-run"]).ends_with("exit 0"));
    let done = apply(&server, files.path(), &[]);
    assert!(done.ends_with("exit 0"), "{done}");
    until(&server, "it is told that nobody answers", |slo| is_told(slo, "source_fails")).await;

    let prometheus = Prometheus::start(home.path(), &target);
    // A scrape that a busy machine breaks off is none; of several one is stored.
    target.scraped(4).await;
    target.counters().is_quiet = false;
    target.scraped(10).await;
    relay.turn_to(Some(&prometheus.address));
    // What was applied is asked for at once.
    write(files.path(), "slo.yaml", &definition(&url, "second"));
    assert!(apply(&server, files.path(), &[]).ends_with("exit 0"));
    let slo =
        until(&server, "there are counts", |slo| counts(slo).0 > 0 && slo["backfilling"] == json!(false))
            .await;
    assert!(!is_told(&slo, "source_fails"), "{slo:#}");
    let first = counts(&slo);
    assert!(first.0 <= target.counters().truth.0, "never more than the truth");

    // ippo loses power, and the target restarts meanwhile.
    server.kill();
    target.scraped(5).await;
    target.counters().is_quiet = true;
    target.scraped(4).await;
    {
        let mut counters = target.counters();
        (counters.is_quiet, counters.restarts) = (false, true);
    }
    target.scraped(10).await;
    let server = Running::start(data.path(), &token);
    let second =
        counts(&until(&server, "what was missed is there", |slo| counts(slo).0 > first.0 + 20).await);
    assert!(second.0 <= target.counters().truth.0 && second.1 <= target.counters().truth.1);

    // Prometheus stops; after a start ippo says so, and keeps what it has.
    target.scraped(10).await;
    prometheus.stop();
    relay.turn_to(None);
    server.kill();
    let server = Running::start(data.path(), &token);
    let slo = until(&server, "it is told that nobody answers", |slo| is_told(slo, "source_fails")).await;
    assert!(counts(&slo).0 >= second.0, "{slo:#}");
    server.kill();
    let prometheus = Prometheus::start(home.path(), &target);
    relay.turn_to(Some(&prometheus.address));
    target.scraped(10).await;
    target.counters().is_quiet = true;
    // What was scraped before is stored when the next is.
    target.scraped(4).await;
    let truth = target.counters().truth;
    let server = Running::start(data.path(), &token);
    let slo = until(&server, "the truth", |slo| counts(slo) == truth).await;
    assert_eq!(slo["remarks"], json!([]));

    let sql = "SELECT metric, service, attrs['code'], resource['ippo.query'], count(*) = count(DISTINCT time) FROM metrics \
               WHERE resource['ippo.data_source'] = 'lab' GROUP BY 1, 2, 3, 4 ORDER BY 4, 3";
    let row = |code: &str, query: &str| json!(["lab/requests_total", "api", code, query, true]);
    let (good, total) = ("requests_total{code=~\"2..\"}", "requests_total{job=\"api\"}");
    let rows = server.sql(sql).await;
    assert_eq!(rows, [row("200", good), row("200", total), row("503", total)], "each sample once");
    let metrics = server.text("/metrics").await;
    assert!(metrics.contains("ippo_prometheus_failing{source=\"lab\"} 0\n"), "{metrics}");
    assert_eq!(server.stop(), Some(0));
}
