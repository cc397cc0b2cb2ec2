//! `ippo sql` against a real server: files, plans, refusals, and a caller that leaves.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::binary::{Running, ippo_at, token};
use crate::kill::request;
use crate::wire::PROTOBUF;

const ENDLESS: &str =
    "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

#[tokio::test]
async fn an_answer_leaves_in_every_form() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = token(folder.path());
    let server = Running::start(folder.path(), &token);
    let sql = "SELECT 1 AS n, 'a,b' AS text UNION ALL SELECT 2, NULL ORDER BY n";
    let out = |args: &[&str]| {
        let output = ippo_at(&server, args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    assert_eq!(out(&["sql", sql]), "n  text\n1  a,b\n2  –\n".as_bytes());
    assert_eq!(out(&["sql", sql, "--output", "csv"]), b"n,text\r\n1,\"a,b\"\r\n2,\r\n");
    let answer: Value = serde_json::from_slice(&out(&["sql", sql, "--output", "json"])).expect("JSON");
    assert_eq!(answer["rows"], json!([[1, "a,b"], [2, null]]));
    let piped = out(&["sql", sql, "--output", "parquet"]);
    assert!(piped.starts_with(b"PAR1") && piped.ends_with(b"PAR1"));

    let file = folder.path().join("answer.parquet");
    let path = file.to_str().expect("UTF-8");
    assert!(out(&["sql", sql, "--output", "parquet", "--to", path]).is_empty());
    assert_eq!(std::fs::read(&file).expect("a file"), piped);
    let again = ippo_at(&server, &["sql", sql, "--output", "csv", "--to", path]);
    assert_eq!(again.status.code(), Some(2), "what is there is not overwritten");
    assert_eq!(std::fs::read(&file).expect("a file"), piped);
    let elsewhere = folder.path().join("none.csv");
    let wrong = ["sql", "SELECT x", "--output", "csv", "--to", elsewhere.to_str().expect("UTF-8")];
    let refused = ippo_at(&server, &wrong);
    assert!(refused.status.code() == Some(2) && !elsewhere.exists(), "a refused query leaves no file");

    let plan = String::from_utf8(out(&["sql", "EXPLAIN SELECT count(*) FROM counters"])).expect("UTF-8");
    assert!(plan.starts_with("logical_plan\n") && plan.contains("    TableScan: counters"), "{plan}");
    let tables = String::from_utf8(out(&["sql", "SHOW TABLES"])).expect("UTF-8");
    assert!(tables.starts_with("table     columns\nspans "), "{tables}");
    let described = out(&["sql", "DESCRIBE counters", "--output", "csv"]);
    assert!(described.starts_with(b"column,type,read as\r\ncounter,text,counter\r\n"));
    let wrong = ippo_at(&server, &["sql", "SELECT attrs.userId FROM spans"]);
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(wrong.status.code() == Some(2) && said.contains("is written attrs['userId']"), "{said}");
    let ndjson = ippo_at(&server, &["sql", "SELECT 1", "--output", "ndjson"]);
    assert_eq!(ndjson.status.code(), Some(2));
}

/// Asks for SQL over a connection of its own, and hangs up once the server reads the request.
fn ask_and_leave(server: &Running, sql: &str) {
    let address = server.http.strip_prefix("http://").expect("an address");
    let mut connection = TcpStream::connect(address).expect("connected");
    let body = json!({ "sql": sql }).to_string();
    let head = format!(
        "POST /api/v1/query HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        server.token,
        body.len()
    );
    connection.write_all(head.as_bytes()).expect("sent");
    let mut answer = String::new();
    BufReader::new(connection.try_clone().expect("the same one")).read_line(&mut answer).expect("a line");
    assert!(answer.contains("100 Continue"), "{answer}");
    connection.write_all(body.as_bytes()).expect("sent");
}

#[tokio::test]
async fn whoever_hangs_up_is_not_worked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = token(folder.path());
    // Were a query still running, its turn would be taken for a day.
    let server = Running::start_with(folder.path(), &token, &["--query-time", "24h"]);
    for _ in 0..8 {
        ask_and_leave(&server, ENDLESS);
    }
    assert_eq!(server.sql("SELECT 1").await, [json!([1])]);
    assert_eq!(server.stop(), Some(0));
}

/// Bytes that a process has held in memory at most, as the kernel counted them.
fn peak_bytes(server: &Running) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).expect("it runs");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux says it");
    let kib: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
    kib * 1024
}

#[tokio::test]
async fn queries_that_grow_leave_the_process_small() {
    let folder = tempfile::tempdir().expect("a folder");
    let token = token(folder.path());
    let server = Running::start_with(folder.path(), &token, &["--query-memory", "16MiB"]);
    for number in 0..4 {
        let (status, _) = server.otlp("/v1/traces", PROTOBUF, request("shop", number)).await;
        assert_eq!(status, 200);
    }
    let before = peak_bytes(&server);
    let x = "x".repeat(4000);
    let grown = |several: &str, inner: &str| {
        (0..12).fold(inner.to_owned(), |inner, _| format!("SELECT {several} AS t FROM ({inner})"))
    };
    for sql in [
        format!("SELECT length(replace(replace('{x}', 'x', '{x}'), 'x', '{x}'))"),
        format!("SELECT length(replace(replace(resource, 'e', '{x}'), 'x', '{x}')) FROM spans"),
        grown("t || t || t || t", "SELECT 'x' AS t"),
        grown("t || t || t || t", "SELECT resource AS t FROM spans"),
        grown("concat(t, t, t, t)", "SELECT resource AS t FROM spans"),
        grown("regexp_replace(t, '(.)', t, 'g')", "SELECT resource AS t FROM spans"),
        format!("SELECT string_agg(a.resource, '{x}') FROM spans a, spans b, spans c, spans d, spans e"),
        "SELECT array_agg(a.resource) FROM spans a, spans b, spans c, spans d, spans e".to_owned(),
        "SELECT a.resource, count(*) OVER () FROM spans a, spans b, spans c, spans d, spans e".to_owned(),
        "SELECT sum(c) FROM (SELECT count(*) OVER () c FROM spans a, spans b, spans c)".to_owned(),
        "SELECT count(*) FROM (SELECT string_agg(a.resource, '') t FROM spans a, spans b) \
         CROSS JOIN generate_series(1, 2048) WHERE length(t) + value > 0"
            .to_owned(),
    ] {
        let refused = ippo_at(&server, &["sql", &sql]);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(said.contains("more than the 16 MiB of memory"), "{}: {said}", &sql[..80]);
    }
    // So many terms would not fit the stack of an ordinary thread.
    let terms = ippo_at(&server, &["sql", &vec!["1"; 490].join(" + ")]);
    assert_eq!(terms.status.code(), Some(2));
    let terms = ippo_at(&server, &["sql", &format!("SELECT {}", vec!["1"; 490].join(" + "))]);
    assert!(String::from_utf8_lossy(&terms.stdout).ends_with("\n490\n"), "{terms:?}");
    let grown = peak_bytes(&server).saturating_sub(before);
    assert!(grown < 128 << 20, "the process grew by {grown} bytes");
    assert_eq!(server.stop(), Some(0));
}
