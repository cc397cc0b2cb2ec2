//! The audit log tells who changed what, and nothing that did not happen.

use serde_json::{Value, json};

use crate::apply::{CHECKOUT, apply, write};
use crate::binary::{Running, token};

#[tokio::test(flavor = "multi_thread")]
async fn every_change_is_told_once_and_with_what_was_changed() {
    let (data, files) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let server = Running::start(data.path(), &token(data.path()));
    let before = entries(&server).await.len();
    write(files.path(), "checkout.yaml", CHECKOUT);
    apply(&server, files.path(), &["--dry-run"]);
    assert_eq!(entries(&server).await.len(), before, "nothing was changed");
    apply(&server, files.path(), &[]);
    apply(&server, files.path(), &[]);
    let until = "2099-01-01T00:00:00Z";
    server.post("/api/v1/slos/checkout/mute", &json!({"until": until, "reason": "move"})).await;
    server.post("/api/v1/incidents", &json!({"title": "Nobody can pay", "severity": "sev2"})).await;
    server.post("/api/v1/incidents/1/severity", &json!({"severity": "sev1"})).await;
    server.post("/api/v1/incidents/1/ack", &json!({})).await;
    let mut told = entries(&server).await;
    told.truncate(told.len() - before);
    told.reverse();
    let applied = json!([{"action": "create", "kind": "SLO", "name": "checkout", "fields": []}]);
    assert_eq!(
        told,
        [
            json!(["applyDefinitions", "apply", {"changes": applied}]),
            json!(["muteSlo", "slos/checkout", {"until": until, "reason": "move"}]),
            json!(["openIncident", "incidents/1", {"title": "Nobody can pay", "severity": "sev2"}]),
            json!(["setIncidentSeverity", "incidents/1", {"severity": "sev1"}]),
            json!(["acknowledgeIncident", "incidents/1", {"comment": ""}]),
        ]
    );
}

/// What was done, to what, and more about it; newest first.
async fn entries(server: &Running) -> Vec<Value> {
    let log = server.get("/api/v1/audit").await;
    let entries = log["entries"].as_array().expect("entries");
    entries.iter().map(|entry| json!([entry["action"], entry["subject"], entry["detail"]])).collect()
}
