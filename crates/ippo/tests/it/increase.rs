//! SLOs over metrics, end to end: definitions, back-fill, points as they come, late, twice, across kills, and what is said
//! of input that contradicts itself.

use std::time::Duration;

use ippo_base::{Clock as _, Minute, SystemClock};
use serde_json::{Value, json};

use crate::apply::{apply, write};
use crate::binary::{Running, token};
use crate::wire::JSON;

fn definition(name: &str, indicator: &str, objective: &str) -> String {
    format!(
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: {name}}}\nspec:\n  service: shop\n  indicator:\n    metadata: \
         {{name: {name}-sli}}\n    spec:\n{indicator}  timeWindow: [{{duration: 28d, isRolling: true}}]\n  budgetingMethod: \
         Occurrences\n  objectives:\n    - {{{objective}}}\n"
    )
}

fn ratio(name: &str, part: (&str, &str), total: &str) -> String {
    let source =
        |expression: &str| format!("{{metricSource: {{type: metrics, spec: {{where: \"{expression}\"}}}}}}");
    let (kind, part) = part;
    let (part, total) = (source(part), source(total));
    let indicator = format!("      ratioMetric:\n        {kind}: {part}\n        total: {total}\n");
    definition(name, &indicator, "target: 0.9")
}

fn threshold(name: &str, expression: &str, value: &str) -> String {
    let source = format!("{{type: metrics, spec: {{where: \"{expression}\", value: {value}}}}}");
    let indicator = format!("      thresholdMetric:\n        metricSource: {source}\n");
    definition(name, &indicator, "target: 0.9, op: lte, value: 0.3")
}

const REQUESTS: &str = "metric = 'http.server.requests'";
const FAILED: &str = "metric = 'http.server.requests' AND attrs['http.response.status_code'] >= 500";

/// Metrics in the JSON of OTLP, so many minutes after the first.
struct Sender(Minute);

impl Sender {
    fn now() -> Self {
        Self(SystemClock::new().now().minute().minus(6))
    }

    fn at(&self, minutes: u32) -> String {
        self.0.plus(minutes).start().plus(Duration::from_secs(10)).as_nanos().to_string()
    }

    /// A cumulative point of the answers with this status.
    fn requests(&self, minutes: u32, status: u32, value: u64) -> Value {
        let start = self.0.start().as_nanos().to_string();
        let status = json!([{"key": "http.response.status_code", "value": {"intValue": status.to_string()}}]);
        let point = json!({
            "timeUnixNano": self.at(minutes), "startTimeUnixNano": start, "asInt": value.to_string(), "attributes": status,
        });
        let sum = json!({"aggregationTemporality": 2, "isMonotonic": true, "dataPoints": [point]});
        json!({"name": "http.server.requests", "unit": "{request}", "sum": sum})
    }

    fn durations(&self, minutes: u32, counts: [u64; 4]) -> Value {
        let start = self.0.start().as_nanos().to_string();
        let point = json!({
            "timeUnixNano": self.at(minutes), "startTimeUnixNano": start, "count": counts.iter().sum::<u64>().to_string(),
            "sum": 1.0, "bucketCounts": counts.map(|count| count.to_string()), "explicitBounds": [0.1, 0.5, 1.0],
        });
        let histogram = json!({"aggregationTemporality": 2, "dataPoints": [point]});
        json!({"name": "http.server.request.duration", "unit": "s", "histogram": histogram})
    }

    fn level(&self, value: f64) -> Value {
        let point = json!({"timeUnixNano": self.at(1), "asDouble": value});
        json!({"name": "queue.fill", "gauge": {"dataPoints": [point]}})
    }

    async fn send(&self, server: &Running, metrics: &[Value]) {
        let resource = json!({"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]});
        let body =
            json!({"resourceMetrics": [{"resource": resource, "scopeMetrics": [{"metrics": metrics}]}]});
        let (status, answer) = server.otlp("/v1/metrics", JSON, body.to_string().into_bytes()).await;
        assert_eq!((status, String::from_utf8_lossy(&answer).as_ref()), (200, "{}"));
    }
}

/// What the first window of an SLO holds.
async fn counts(server: &Running, name: &str) -> (u64, u64, u64) {
    let slo = server.get(&format!("/api/v1/slos/{name}")).await;
    let window = &slo["objectives"][0]["windows"][0];
    let count = |field: &str| window[field].as_u64().expect("a count");
    (count("good"), count("bad"), count("unknown"))
}

#[tokio::test(flavor = "multi_thread")]
async fn slos_count_what_metrics_add_up_to_across_kills() {
    let (data, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let token = token(data.path());
    let server = Running::start(data.path(), &token);
    let sender = Sender::now();
    let early =
        [sender.requests(0, 200, 100), sender.requests(0, 503, 1), sender.durations(0, [10, 4, 2, 1])];
    sender.send(&server, &early).await;
    sender.send(&server, &[sender.requests(1, 200, 110), sender.requests(1, 503, 1)]).await;

    write(files.path(), "errors.yaml", &ratio("errors", ("bad", FAILED), REQUESTS));
    let duration = "metric = 'http.server.request.duration' AND service = 'shop'";
    write(files.path(), "latency.yaml", &threshold("latency", duration, "distribution"));
    let done = apply(&server, files.path(), &[]);
    assert!(done.ends_with("exit 0"), "{done}");
    assert_eq!(
        counts(&server, "errors").await,
        (110, 1, 0),
        "stored points are counted, from their start on"
    );
    assert_eq!(counts(&server, "latency").await, (10, 3, 4), "what lies around the threshold is unknown");

    let more = [sender.requests(3, 200, 150), sender.requests(3, 503, 5), sender.durations(3, [20, 5, 3, 1])];
    sender.send(&server, &more).await;
    // A retry.
    sender.send(&server, &more).await;
    let expected = ((150, 5, 0), (20, 4, 5));
    assert_eq!((counts(&server, "errors").await, counts(&server, "latency").await), expected);
    server.kill();
    let server = Running::start(data.path(), &token);
    assert_eq!((counts(&server, "errors").await, counts(&server, "latency").await), expected);

    // It fell: it began anew. Another part of it comes late, and belongs to the minute in between.
    sender.send(&server, &[sender.requests(4, 200, 7), sender.requests(4, 503, 5)]).await;
    assert_eq!(counts(&server, "errors").await, (157, 5, 0));
    sender.send(&server, &[sender.requests(2, 200, 120), sender.requests(2, 503, 2)]).await;
    let clock = SystemClock::new();
    let (began, sql) = (
        clock.monotonic(),
        "SELECT good, bad FROM counters WHERE counter = 'slo/errors/0' AND good + bad > 0 ORDER BY minute",
    );
    let expected: Vec<Value> =
        [[100, 1], [10, 0], [10, 1], [30, 3], [7, 0]].map(|pair: [u64; 2]| json!(pair)).to_vec();
    while server.sql(sql).await != expected {
        let waited = clock.monotonic().saturating_sub(began);
        assert!(waited < Duration::from_secs(120), "late points are counted: {:?}", server.sql(sql).await);
    }
    assert_eq!(counts(&server, "errors").await, (157, 5, 0));

    assert_eq!(server.stop(), Some(0));
    let folder = data.path().to_str().expect("UTF-8");
    let checked = crate::binary::ippo(&["check-data", "--data-dir", folder]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
    let server = Running::start(data.path(), &token);
    assert_eq!(
        (counts(&server, "errors").await, counts(&server, "latency").await),
        ((157, 5, 0), (20, 4, 5))
    );
    let latency = server.get("/api/v1/slos/latency").await;
    assert_eq!(latency["remarks"][0]["code"], "between_buckets");
    let window = &latency["objectives"][0]["windows"][0];
    let share = |part: f64| json!(part / 29.0);
    assert_eq!((&window["attained_least"], &window["attained_most"]), (&share(20.0), &share(25.0)));
    let failures = server.get("/api/v1/slos/errors/failures").await;
    assert_eq!(failures["failures"], json!([]));
    assert!(failures["warnings"][0].as_str().expect("a word").contains("no single events"), "{failures}");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_bad_than_there_is_is_told_as_broken_input() {
    let (data, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let server = Running::start(data.path(), &token(data.path()));
    // Good and total are swapped.
    write(files.path(), "swapped.yaml", &ratio("swapped", ("good", REQUESTS), FAILED));
    let done = apply(&server, files.path(), &[]);
    assert!(done.ends_with("exit 0"), "{done}");
    let sender = Sender::now();
    sender.send(&server, &[sender.requests(0, 200, 100), sender.requests(0, 503, 1)]).await;
    assert_eq!(counts(&server, "swapped").await, (0, 0, 101));
    let slo = server.get("/api/v1/slos/swapped").await;
    assert_eq!(slo["remarks"][0]["code"], "broken_input");
    let told = slo["remarks"][0]["text"].as_str().expect("words");
    assert!(told.starts_with("broken input: in 1 min"), "{told}");
    let shown = crate::binary::ippo_at(&server, &["slo", "show", "swapped"]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains(told), "{shown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_counted_is_refused_with_what_to_write_instead() {
    let (data, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let server = Running::start(data.path(), &token(data.path()));
    let sender = Sender::now();
    let sent = [sender.requests(1, 200, 5), sender.durations(1, [1, 1, 1, 1]), sender.level(0.5)];
    sender.send(&server, &sent).await;
    let duration = "metric = 'http.server.request.duration'";
    for (name, text) in [
        ("no_metric", ratio("x", ("bad", "attrs['status'] = '500'"), REQUESTS)),
        ("by_value", ratio("x", ("bad", "metric = 'http.server.requests' AND value > 5"), REQUESTS)),
        ("gauge", ratio("x", ("good", "metric = 'queue.fill'"), "metric = 'queue.fill'")),
        ("counter", threshold("x", REQUESTS, "value")),
        ("histogram", threshold("x", duration, "sum / count")),
        ("no_buckets", threshold("x", REQUESTS, "distribution")),
    ] {
        write(files.path(), "slo.yaml", &text);
        insta::assert_snapshot!(format!("increase_{name}"), apply(&server, files.path(), &[]));
    }
    write(files.path(), "slo.yaml", &threshold("x", "metric = 'queue.fill'", "value"));
    assert!(apply(&server, files.path(), &[]).ends_with("exit 0"), "gauges are judged sample by sample");
}
