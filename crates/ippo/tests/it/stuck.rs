//! Clients that are stuck: they cost places, never the server.

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::binary::{Running, token};
use crate::wire::{JSON, grpc, http};

/// What the server may have open here.
const DESCRIPTORS: u32 = 128;

#[tokio::test]
async fn more_half_requests_than_descriptors_keep_nobody_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Running::start_with_descriptors(folder.path(), &token(folder.path()), DESCRIPTORS);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", server.id())).expect("it runs");
    let files = limits.lines().find(|line| line.starts_with("Max open files")).expect("it is told");
    let numbers: Vec<u32> = files.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    assert_eq!(numbers, [DESCRIPTORS; 2], "it raised its own limit");

    let mut crowd = Vec::new();
    for (address, half) in [
        (&server.otlp_http, "POST /v1/traces HTTP/1.1\r\nhost:"),
        (&server.otlp_grpc, "PRI * HTTP/2.0\r\n"),
        (&server.http, ""),
    ] {
        for _ in 0..DESCRIPTORS + 12 {
            let address = address.trim_start_matches("http://");
            let mut stream = TcpStream::connect(address).await.expect("it listens");
            stream.write_all(half.as_bytes()).await.expect("it is connected");
            crowd.push(stream);
        }
    }
    assert_eq!(http(&server, "/v1/traces", JSON, "", b"{}".to_vec()).await.status, 200);
    assert_eq!(grpc(&server, "trace.v1.TraceService/Export", "", b"").await.status, 0);
    assert_eq!(server.text("/readyz").await.trim(), "ready");
    drop(crowd);
    assert_eq!(server.stop(), Some(0));
}
