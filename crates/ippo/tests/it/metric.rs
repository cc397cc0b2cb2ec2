//! Metrics through the API: lists, labels, charts, and what they answer to bad choices.

use ippo_base::{Clock as _, SystemClock};
use serde_json::{Value, json};

use crate::binary::{Running, token};
use crate::wire::JSON;

/// A histogram and a gauge in the JSON of OTLP, the points a minute apart.
fn body() -> Value {
    let minute = SystemClock::new().now().minute().minus(4);
    let at = |minutes: u32| minute.plus(minutes).start().as_nanos().to_string();
    let text = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    let observed = |minutes: u32, counts: [u64; 3]| {
        json!({
            "timeUnixNano": at(minutes), "startTimeUnixNano": at(0), "count": counts.iter().sum::<u64>().to_string(),
            "sum": 1.5, "bucketCounts": counts.map(|count| count.to_string()), "explicitBounds": [0.1, 1.0],
            "attributes": [text("http.route", "/cart")],
        })
    };
    let level = |queue: &str, value: f64| json!({"timeUnixNano": at(1), "asDouble": value, "attributes": [text("queue", queue)]});
    json!({"resourceMetrics": [{
        "resource": {"attributes": [text("service.name", "orders")]},
        "scopeMetrics": [{"metrics": [
            {"name": "http.server.request.duration", "unit": "s", "histogram": {
                "aggregationTemporality": 2, "dataPoints": [observed(1, [6, 3, 1]), observed(2, [12, 6, 2])],
            }},
            {"name": "queue/length", "unit": "{item}", "gauge": {"dataPoints": [level("a", 2.0), level("b", 4.0)]}},
        ]}],
    }]})
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_are_listed_labelled_and_charted() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Running::start(folder.path(), &token(folder.path()));
    let (status, _) = server.otlp("/v1/metrics", JSON, body().to_string().into_bytes()).await;
    assert_eq!(status, 200);

    let listed = server.get("/api/v1/metrics?service=orders").await;
    let names: Vec<&Value> =
        listed["metrics"].as_array().expect("a list").iter().map(|metric| &metric["metric"]).collect();
    assert_eq!(names, [&json!("http.server.request.duration"), &json!("queue/length")]);
    assert_eq!((&listed["series"], &listed["metrics"][0]["kind"]), (&json!(3), &json!("histogram")));
    let first = server.get("/api/v1/metrics?limit=1").await;
    let next = first["next_cursor"].as_str().expect("there is more");
    let second = server.get(&format!("/api/v1/metrics?limit=1&cursor={next}")).await;
    assert_eq!(
        (&second["metrics"][0]["metric"], &second["next_cursor"]),
        (&json!("queue/length"), &Value::Null)
    );
    let found = server.get("/api/v1/metrics?contains=LENGTH").await;
    assert_eq!(found["metrics"].as_array().map(Vec::len), Some(1));

    // A slash in a name is part of the name.
    let labels = server.get("/api/v1/metrics/queue%2Flength/labels").await;
    assert_eq!(labels["labels"][0]["label"], "queue");
    assert_eq!(labels["labels"][1]["label"], "resource:service.name");
    let by_queue = "/api/v1/metrics/queue%2Flength/chart?group_by=queue&aggregate=last&step_secs=60";
    let chart = server.get(by_queue).await;
    let line = &chart["lines"][0];
    assert_eq!((&line["labels"], &line["series"], &line["bounds"]), (&json!(["b"]), &json!(1), &Value::Null));
    let filtered = server.get(&format!("{by_queue}&label=queue%3Da")).await;
    assert_eq!((&filtered["series"], &filtered["lines"][0]["labels"]), (&json!(1), &json!(["a"])));

    let path = "/api/v1/metrics/http.server.request.duration/chart?quantile=0.5&step_secs=60";
    let chart = server.get(path).await;
    assert_eq!((&chart["kind"], &chart["aggregate"]), (&json!("histogram"), &json!("quantile")));
    let bounds = &chart["lines"][0]["bounds"];
    let step = bounds["count"].as_array().expect("counts").iter().position(|count| *count == json!(10));
    let step = step.expect("ten observations a minute");
    assert_eq!((&bounds["lower"][step], &bounds["upper"][step]), (&Value::Null, &json!(0.1)));
    let nothing = server.get("/api/v1/metrics/unheard.of/chart").await;
    assert_eq!((&nothing["kind"], &nothing["lines"]), (&Value::Null, &json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn choices_that_do_not_fit_are_refused_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Running::start(folder.path(), &token(folder.path()));
    server.otlp("/v1/metrics", JSON, body().to_string().into_bytes()).await;
    let cases = [
        ("aggregate=rate", "aggregate", "rate makes no sense of a metric of kind gauge; these do: avg, min"),
        ("aggregate=median", "aggregate", "is \"median\", not one of avg"),
        ("aggregate=share", "threshold", "is needed for a share"),
        ("quantile=1.5", "quantile", "it must be 0 to 1"),
        ("kind=meter", "kind", "not one of gauge, counter"),
        ("label=queue", "label", "not of the form key=value"),
        ("group_by=a&group_by=b&group_by=c", "group_by", "names 3 labels; at most 2"),
        ("last=7d&step_secs=1", "step_secs", "more than 1000 steps"),
        ("step_secs=0", "step_secs", "must be 1 or more"),
        ("colour=red", "colour", "is not a parameter"),
    ];
    for (query, field, message) in cases {
        let (status, problem) =
            server.problem(&format!("/api/v1/metrics/queue%2Flength/chart?{query}")).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (400, &json!(field)), "{query}: {problem}");
        let told = problem["detail"].as_str().expect("a detail");
        assert!(told.contains(message), "{query}: {told}");
    }
}

/// A counter's request with a point for each of these shards, in the JSON of OTLP.
fn shards(shards: &[&str]) -> Vec<u8> {
    let at = SystemClock::new().now().as_nanos().to_string();
    let point = |shard: &&str| {
        let attributes = json!([{"key": "shard", "value": {"stringValue": shard}}]);
        json!({"timeUnixNano": at, "asDouble": 1.0, "attributes": attributes})
    };
    let points: Vec<Value> = shards.iter().map(point).collect();
    let sum = json!({"aggregationTemporality": 2, "isMonotonic": true, "dataPoints": points});
    let metrics = json!([{"name": "writes", "sum": sum}]);
    json!({"resourceMetrics": [{"scopeMetrics": [{"metrics": metrics}]}]}).to_string().into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn series_beyond_the_limit_are_refused_and_told_and_a_start_counts_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = token(folder.path());
    let server = Running::start_with(folder.path(), &token, &["--metrics-series-per-metric", "2"]);
    let (status, answer) = server.otlp("/v1/metrics", JSON, shards(&["a", "b", "c", "d"])).await;
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    let partial = &answer["partialSuccess"];
    assert_eq!((status, &partial["rejectedDataPoints"]), (200, &json!("2")), "{answer}");
    let told = partial["errorMessage"].as_str().expect("a message");
    assert!(told.contains("new series of writes are refused: at most 2 may be active"), "{told}");
    // Those that are active go on.
    let (_, answer) = server.otlp("/v1/metrics", JSON, shards(&["b", "a"])).await;
    assert_eq!(answer, b"{}");
    let taken = "SELECT attrs['shard'], count(*) FROM metrics GROUP BY 1 ORDER BY 1";
    let expected = [json!(["a", 2]), json!(["b", 2])];
    assert_eq!(server.sql(taken).await, expected);
    let listed = server.get("/api/v1/metrics").await;
    let limits = &listed["limits"];
    assert_eq!((&limits["active_series"], &limits["series_of_metric_most"]), (&json!(2), &json!(2)));
    assert_eq!(
        (&limits["refused"][0]["metric"], &limits["refused"][0]["points"]),
        (&json!("writes"), &json!(2))
    );
    let metrics = server.text("/metrics").await;
    let counted = "ippo_otlp_rejected_items_total{signal=\"metrics\",reason=\"too_many_series\"} 2\n";
    assert!(metrics.contains(counted), "{metrics}");
    // The log holds what was taken: another limit changes nothing of it.
    server.kill();
    let server = Running::start_with(folder.path(), &token, &["--metrics-series-per-metric", "1"]);
    assert_eq!(server.sql(taken).await, expected);
}
