//! The shop's stream through the real ports: what ippo counts equals what happened, also after `kill -9` at any moment.

use std::sync::Arc;
use std::time::Duration;

use ippo_base::{Clock as _, Minute, SystemClock, TimeRange};
use ippo_shop::export::{Compression, Exporter, GrpcTransport, HttpTransport, Patience, Transport};
use ippo_shop::{DEFINITIONS, Emission, Fault, Message, Outage, PROMISES, Schedule, Service, Settings, Shop};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

use crate::binary::{Running, token};

/// Forty minutes of the shop that ended a while ago, with a payment provider that fails for some of them.
fn emission() -> Emission {
    let now = SystemClock::new().now();
    let to = Minute(now.minute().0 - 10).start();
    let from = to.minus(Duration::from_secs(40 * 60));
    let outage = Outage::new(Fault::Payment, from.plus(Duration::from_secs(600)), Duration::from_secs(300));
    let shop = Shop::new(7, Settings::demo(from)).with_schedule(Schedule::of(vec![outage]));
    shop.emit(TimeRange { from, to })
}

fn exporter(transport: Box<dyn Transport>) -> Exporter {
    Exporter::new(transport, Arc::new(SystemClock::new()), Patience::local())
}

/// Applies the shop's definitions, and waits until stored rows are counted. What became of each definition.
async fn apply(ippo: &Running) -> Vec<Value> {
    let files: Vec<Value> =
        DEFINITIONS.iter().map(|file| json!({ "path": file.path, "text": file.text })).collect();
    let applied = ippo.post("/api/v1/apply", &json!({ "files": files, "wait": true })).await;
    assert_eq!(applied["applied"], json!(true));
    let steps = applied["plan"].as_array().expect("a plan").iter();
    steps.map(|step| step["action"].clone()).collect()
}

/// Compares everything that is counted with what happened.
async fn check(ippo: &Running, sent: &Emission) {
    let truth = &sent.truth;
    for (table, count) in [("spans", truth.spans), ("logs", truth.logs), ("metrics", truth.points)] {
        let rows = ippo.sql(&format!("SELECT count(*) FROM {table}")).await;
        assert_eq!(rows, [json!([count])], "{table}");
    }
    let services = ippo.get("/api/v1/services?last=2h").await;
    let requests = "SELECT service, count(*), sum(CASE WHEN error THEN 1 ELSE 0 END) FROM spans \
                    WHERE kind IN ('server', 'consumer') GROUP BY service";
    let by_sql = ippo.sql(requests).await;
    for service in
        truth.endpoints.keys().map(|(service, _)| *service).collect::<std::collections::BTreeSet<Service>>()
    {
        let tally = truth.service(service);
        let name = service.name();
        let told =
            services["services"].as_array().expect("a list").iter().find(|s| s["service"] == json!(name));
        let told = told.unwrap_or_else(|| panic!("{name} is not listed"));
        assert_eq!(
            (&told["requests"], &told["errors"]),
            (&json!(tally.requests), &json!(tally.errors)),
            "{name}"
        );
        assert!(by_sql.contains(&json!([name, tally.requests, tally.errors])), "{name} by SQL: {by_sql:?}");
        // Counted from rows, in files and in memory, instead of from what files know of them.
        for (part, list) in [("endpoints", "endpoints"), ("series", "points")] {
            let failed = ippo.get(&format!("/api/v1/services/{name}/{part}?last=2h&where=error")).await;
            let counted =
                failed[list].as_array().expect("a list").iter().filter_map(|e| e["requests"].as_u64());
            assert_eq!(
                (counted.sum::<u64>(), &failed["partial"]),
                (tally.errors, &json!(false)),
                "{name} {part}"
            );
        }
        let endpoints = ippo.get(&format!("/api/v1/services/{name}/endpoints?last=2h")).await;
        for ((_, endpoint), tally) in truth.endpoints.iter().filter(|((s, _), _)| *s == service) {
            let same_name = endpoints["endpoints"]
                .as_array()
                .expect("a list")
                .iter()
                .filter(|e| e["name"] == json!(endpoint));
            let sum = |field: &str| same_name.clone().filter_map(|e| e[field].as_u64()).sum::<u64>();
            assert_eq!((sum("requests"), sum("errors")), (tally.requests, tally.errors), "{name} {endpoint}");
        }
    }
    for promise in PROMISES {
        let verdicts = truth.slo(promise.name);
        let slo = ippo.get(&format!("/api/v1/slos/{}", promise.name)).await;
        assert_eq!(slo["backfilling"], json!(false), "{}", promise.name);
        let window = &slo["objectives"][0]["windows"][0];
        let told = (&window["good"], &window["bad"], &window["unknown"]);
        assert_eq!(told, (&json!(verdicts.good), &json!(verdicts.bad), &json!(0)), "{}", promise.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_counted_is_what_happened_also_when_everything_is_sent_twice() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = token(folder.path());
    let ippo = Running::start(folder.path(), &token);
    apply(&ippo).await;
    let sent = emission();
    assert!(sent.truth.spans > 3_000, "enough to tell: {}", sent.truth.spans);
    let grpc = GrpcTransport::new(&format!("http://{}", ippo.otlp_grpc), Compression::Gzip, None);
    let http = HttpTransport::new(&ippo.otlp_http, Compression::None, None);
    for transport in
        [Box::new(grpc.expect("a client")) as Box<dyn Transport>, Box::new(http.expect("a client"))]
    {
        let exporter = exporter(transport);
        for message in sent.messages() {
            exporter.send(&message).await.expect("taken");
        }
        check(&ippo, &sent).await;
    }
    let none = ippo.get("/api/v1/services/frontend/endpoints?last=2h&where=name%20%3D%20'nobody'").await;
    assert_eq!((&none["endpoints"], &none["warnings"]), (&json!([]), &json!([])));
    for part in ["endpoints", "series"] {
        let wrong = format!("/api/v1/services/frontend/{part}?where=error%20AND%20nonsense%20%3D%201");
        let (status, problem) = ippo.problem(&wrong).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (400, &json!("where")), "{problem}");
    }
    assert_eq!(ippo.stop(), Some(0));
    let again = Running::start(folder.path(), &token);
    check(&again, &sent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_kill_9_and_is_counted_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = token(folder.path());
    let mut rng = StdRng::seed_from_u64(9);
    let sent = emission();
    let mut waiting: Vec<Message> = sent.messages();
    waiting.reverse();
    let mut ippo = Running::start(folder.path(), &token);
    // Applied in the middle of it, so that counters meet stored rows and new ones.
    let mut lives = 0;
    while !waiting.is_empty() {
        let count = rng.random_range(1..=waiting.len().min(15));
        let transport = HttpTransport::new(&ippo.otlp_http, Compression::None, None).expect("a client");
        let exporter = exporter(Box::new(transport));
        for _ in 0..count {
            let Some(message) = waiting.pop() else { break };
            exporter.send(&message).await.expect("taken");
        }
        if lives == 1 {
            apply(&ippo).await;
        }
        // One more is on its way when the power goes; its sender heard nothing, and sends it again.
        let cut = match waiting.last().cloned() {
            Some(message) => {
                let sending = tokio::spawn(async move { exporter.send(&message).await.is_ok() });
                for _ in 0..rng.random_range(0..200) {
                    tokio::task::yield_now().await;
                }
                Some(sending)
            }
            None => None,
        };
        ippo.kill();
        if let Some(sending) = cut {
            sending.abort();
        }
        ippo = Running::start(folder.path(), &token);
        lives += 1;
    }
    assert!(lives > 3, "it was killed {lives} times");
    // A back-fill that was cut short begins again with each start; applying the same again waits for it.
    let again = apply(&ippo).await;
    assert!(!again.is_empty() && again.iter().all(|action| *action == json!("unchanged")), "{again:?}");
    check(&ippo, &sent).await;
    let folder_name = folder.path().to_str().expect("UTF-8").to_owned();
    assert_eq!(ippo.stop(), Some(0));
    let checked = crate::binary::ippo(&["check-data", "--data-dir", &folder_name]);
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stdout));
}
