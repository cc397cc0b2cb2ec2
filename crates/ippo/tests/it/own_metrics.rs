//! What the binary says of itself in `/metrics`, against what was sent to it.

use crate::binary::{Running, token};
use crate::kill::{SPANS, request};
use crate::wire::PROTOBUF;

/// The value of a sample of `/metrics`, by its name with labels.
fn sample(text: &str, name: &str) -> f64 {
    let found = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let value = found.unwrap_or_else(|| panic!("{name} is not in:\n{text}"));
    value.parse().unwrap_or_else(|_| panic!("{name} is {value}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_what_was_refused_and_whose_the_space_is_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = token(folder.path());
    let server = Running::start(folder.path(), &token);
    let quiet = server.authorized_text("/metrics").await;
    assert_eq!(sample(&quiet, "ippo_otlp_requests_total{signal=\"spans\"}"), 0.0);
    let first = request("shop", 0);
    // The first comes twice.
    for body in [first.clone(), request("shop", 1), request("billing", 2), first] {
        assert_eq!(server.otlp("/v1/traces", PROTOBUF, body).await.0, 200);
    }
    assert_eq!(server.otlp("/v1/traces", PROTOBUF, vec![0xff]).await.0, 400);
    let told = server.authorized_text("/metrics").await;
    let spans = SPANS as f64;
    for (name, expected) in [
        ("ippo_otlp_requests_total{signal=\"spans\"}", 4.0),
        ("ippo_otlp_duplicates_total{signal=\"spans\"}", 1.0),
        ("ippo_otlp_items_total{signal=\"spans\"}", 3.0 * spans),
        ("ippo_otlp_items_total{signal=\"logs\"}", 0.0),
        ("ippo_store_segments{signal=\"spans\"}", 0.0),
        ("ippo_store_memory_bytes{part=\"flushing\"}", 0.0),
        ("ippo_store_memory_bytes{part=\"requests\"}", 0.0),
        ("ippo_store_refused_total", 0.0),
        ("ippo_store_damage", 0.0),
        ("ippo_store_quarantined_segments", 0.0),
    ] {
        assert_eq!(sample(&told, name), expected, "{name}");
    }
    for name in [
        "ippo_store_memory_bytes{part=\"rows\"}",
        "ippo_store_memory_limit_bytes",
        "ippo_store_wal_bytes",
        "ippo_otlp_acknowledge_seconds_total{signal=\"spans\"}",
        "ippo_otlp_lag_seconds{signal=\"spans\"}",
        "ippo_otlp_bodies_limit_bytes",
    ] {
        assert!(sample(&told, name) > 0.0, "{name}");
    }
    assert_eq!(server.stop(), Some(0));
    let server = Running::start(folder.path(), &token);
    let stored = server.authorized_text("/metrics").await;
    let bytes = |service: &str| {
        let labels = format!("{{service=\"{service}\",signal=\"spans\"}}");
        let rows = sample(&stored, &format!("ippo_store_service_rows{labels}"));
        (rows, sample(&stored, &format!("ippo_store_service_bytes{labels}")))
    };
    let (shop, billing) = (bytes("shop"), bytes("billing"));
    assert_eq!((shop.0, billing.0), (2.0 * spans, spans));
    assert!(shop.1 > billing.1 && billing.1 > 0.0, "{shop:?}, {billing:?}");
    assert_eq!(sample(&stored, "ippo_store_segment_rows{signal=\"spans\"}"), 3.0 * spans);
    assert!(sample(&stored, "ippo_store_segment_bytes{signal=\"spans\"}") >= shop.1 + billing.1);
    assert_eq!(server.stop(), Some(0));
}
