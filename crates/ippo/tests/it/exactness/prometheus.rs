//! The same traffic as a Prometheus has it: counters of the process that served it, scraped every thirty seconds, and the rules
//! that are written in the guide's page.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use ippo_base::{Clock as _, SystemClock};
use serde_json::Value;

use super::stream::{END, Event, MINUTE, SECOND, Stream, Traffic};
use crate::prometheus_source::Prometheus;

/// How often it scrapes, and evaluates rules, in milliseconds.
const INTERVAL: i64 = 30 * SECOND;
/// When in each interval it scrapes: not at the boundary of a window, of which versions of Prometheus take this end or that.
const SCRAPED_AFTER: i64 = 7_350;
/// How long it may take until it answers.
const PATIENCE: Duration = Duration::from_secs(60);

/// Rules by name: those that are recorded, and alerts.
pub(super) type Rules = BTreeMap<String, String>;

/// Reads the rules of the page's block of YAML. They are written in one line each.
pub(super) fn rules(page: &str) -> Rules {
    let yaml = block(page);
    let mut names = yaml.lines().filter_map(|line| {
        let line = line.trim().trim_start_matches("- ");
        line.strip_prefix("record: ").or(line.strip_prefix("alert: "))
    });
    let expressions = yaml.lines().filter_map(|line| line.trim().strip_prefix("expr: "));
    let rules: Rules =
        expressions.map(|expr| (names.next().expect("a name").to_owned(), expr.to_owned())).collect();
    assert!(names.next().is_none() && rules.len() > 1, "each rule has a name and an expression: {yaml}");
    rules
}

fn block(page: &str) -> &str {
    let (_, rest) = page.split_once("```yaml\n").expect("the page has rules");
    rest.split_once("```").expect("the block ends").0
}

/// A rule as one expression: where it reads what another records, it evaluates that other rule as often as it is recorded.
pub(super) fn whole(rules: &Rules, name: &str) -> String {
    let mut expr = rules.get(name).unwrap_or_else(|| panic!("the page has no rule {name}")).clone();
    for (other, recorded) in rules {
        let over = format!("{other}[");
        while let Some(at) = expr.find(&over) {
            let end = at + expr[at..].find(']').expect("the range ends");
            let range = &expr[at + over.len()..end];
            expr = format!("{}({recorded})[{range}:30s]{}", &expr[..at], &expr[end + 1..]);
        }
        expr = expr.replace(other.as_str(), &format!("({recorded})"));
    }
    expr
}

/// What each scrape finds, in OpenMetrics.
fn scraped(stream: &Stream) -> String {
    let mut text = "# TYPE requests counter\n".to_owned();
    for traffic in &stream.traffic {
        for (code, failed) in [("200", false), ("503", true)] {
            series(&mut text, stream.begin(), traffic, code, failed);
        }
    }
    text.push_str("# EOF\n");
    text
}

fn series(text: &mut String, begin: i64, traffic: &Traffic, code: &str, failed: bool) {
    let (mut value, mut next, mut start) = (0_u64, 0, 0);
    let is_of = |event: &&Event| event.failed == failed;
    let step = usize::try_from(INTERVAL).expect("positive");
    for at in (begin + SCRAPED_AFTER..END).step_by(step).filter(|at| *at >= traffic.starts[0]) {
        // Events between the last scrape and a restart are counted by a process that is gone.
        while let Some(restart) = traffic.starts.get(start + 1).filter(|restart| **restart <= at) {
            start += 1;
            next = traffic.events.partition_point(|event| event.heard < *restart);
            value = 0;
        }
        let last = traffic.events.partition_point(|event| event.heard <= at);
        value += u64::try_from(traffic.events[next..last].iter().filter(is_of).count()).expect("a count");
        next = last;
        if value > 0 || !failed || traffic.shows_zero {
            let (name, secs, ms) = (traffic.name, at / SECOND, at % SECOND);
            writeln!(text, "requests_total{{service=\"{name}\",code=\"{code}\"}} {value} {secs}.{ms:03}")
                .expect("memory");
        }
    }
}

fn promtool() -> PathBuf {
    match std::env::var("PROMETHEUS") {
        Ok(prometheus) => Path::new(&prometheus).with_file_name("promtool"),
        Err(_) => PathBuf::from("promtool"),
    }
}

fn run(command: &mut Command) {
    let done =
        command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; it comes with prometheus"));
    let said = || String::from_utf8_lossy(&[&done.stdout[..], &done.stderr].concat()).into_owned();
    assert!(done.status.success(), "{command:?}: {}", said());
}

/// A Prometheus that has scraped all of it.
pub(super) struct Scraped {
    server: Prometheus,
    client: reqwest::Client,
}

/// Values at times in milliseconds, of each kind of traffic.
pub(super) type Found = BTreeMap<String, BTreeMap<i64, f64>>;

impl Scraped {
    /// Writes what it scraped as its blocks, and starts it on them.
    pub(super) async fn start(folder: &Path, stream: &Stream, page: &str) -> Self {
        let (metrics, rules) = (folder.join("metrics.txt"), folder.join("rules.yml"));
        std::fs::write(&metrics, scraped(stream)).expect("written");
        std::fs::write(&rules, block(page)).expect("written");
        run(Command::new(promtool()).args(["check", "rules"]).arg(&rules));
        // One block, as the whole file is read for each.
        let mut import = Command::new(promtool());
        import.args(["tsdb", "create-blocks-from", "--max-block-duration=1536h", "openmetrics"]);
        run(import.arg("--quiet").arg(&metrics).arg(folder.join("tsdb")));
        let _ = rustls::crypto::ring::default_provider().install_default();
        let more = ["--storage.tsdb.retention.time=100y", "--query.timeout=10m"];
        let server = Prometheus::start_with(folder, "global: {}\n", &more);
        let this = Self { server, client: reqwest::Client::new() };
        this.ready().await;
        this
    }

    async fn ready(&self) {
        let clock = SystemClock::new();
        let url = format!("http://{}/-/ready", self.server.address);
        loop {
            match self.client.get(&url).send().await {
                Ok(answer) if answer.status().is_success() => return,
                _ => assert!(clock.monotonic() < PATIENCE, "it is never ready"),
            }
            tokio::task::yield_now().await;
        }
    }

    async fn ask(&self, what: &str, query: &[(&str, &str)]) -> Value {
        let base = format!("http://{}/api/v1/{what}", self.server.address);
        let url = reqwest::Url::parse_with_params(&base, query).expect("an address");
        let answer: Value =
            self.client.get(url).send().await.expect("it answers").json().await.expect("JSON");
        assert_eq!(answer["status"], "success", "{query:?}: {answer}");
        answer["data"].clone()
    }

    /// Its version.
    pub(super) async fn version(&self) -> String {
        self.ask("status/buildinfo", &[]).await["version"].as_str().expect("a version").to_owned()
    }

    /// An expression at the end of each minute from a time on.
    pub(super) async fn at_minutes(&self, query: &str, from: i64) -> Found {
        let [from, to, step] = [from, END, MINUTE].map(|ms| (ms / SECOND).to_string());
        let range = [("query", query), ("start", &from), ("end", &to), ("step", &step)];
        let answer = self.ask("query_range", &range).await;
        let value = |pair: &Value| {
            let at = pair[0].as_f64().expect("a time").round() as i64 * SECOND;
            (at, pair[1].as_str().expect("a text").parse().expect("a number"))
        };
        let one = |series: &Value| {
            let values = series["values"].as_array().expect("a list").iter().map(value).collect();
            (series["metric"]["service"].as_str().expect("a kind of traffic").to_owned(), values)
        };
        answer["result"].as_array().expect("a list").iter().map(one).collect()
    }
}

#[test]
fn a_rule_over_another_is_that_rule_at_each_evaluation() {
    let page = "x\n```yaml\n- record: a:b\n  expr: up > 0\n- alert: Page\n  expr: sum_over_time(a:b[7d]) > a:b\n```\n";
    let rules = rules(page);
    assert_eq!(whole(&rules, "Page"), "sum_over_time((up > 0)[7d:30s]) > (up > 0)");
    assert_eq!(whole(&rules, "a:b"), "up > 0");
}

#[test]
fn a_restart_loses_what_came_since_the_scrape_and_a_counter_may_begin_late() {
    let at = |ms: i64, failed| Event { began: END - ms, heard: END - ms, failed };
    let events =
        vec![at(80_000, false), at(50_000, false), at(40_000, false), at(30_000, true), at(1_000, false)];
    let starts = vec![END - 90_000, END - 45_000];
    let traffic = Traffic { name: "t", events, starts, shows_zero: false, burns_at: END };
    let mut text = String::new();
    for (code, failed) in [("200", false), ("503", true)] {
        series(&mut text, END - 90_000, &traffic, code, failed);
    }
    let values: Vec<&str> = text.lines().map(|line| line.split(' ').nth(1).expect("a value")).collect();
    // At 82.65, 52.65 and 22.65 seconds before the end; the failure is there from the last on.
    assert_eq!(values, ["0", "1", "1", "1"], "{text}");
}
