//! SQL over rows in memory and in segments, and what it may not do.

mod answers;
mod limits;
mod refused;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use ippo_base::clock::SimClock;
use ippo_base::disk::SimDisk;
use ippo_base::{Clock as _, Minute, MinuteRange, SharedClock, TimeRange, Timestamp};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, KeyValueList, any_value::Value as Any};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use prost::Message as _;
use serde_json::{Value, json};

use super::output::JsonRows;
use super::session::session;
use super::table::Missing;
use super::tables::{Tables, sql_tables};
use super::{QueryError, QueryLimits, SqlAnswer};
use crate::counter::{CounterSet, Counts};
use crate::read::Stop;
use crate::{CounterSpec, Expr, Signal, Store, StoreError, StoreOptions, Verdict};

const NOW: &str = "2026-11-24T02:00:00Z";

async fn store() -> Store {
    parts().await.0
}

async fn parts() -> (Store, SimClock, SimDisk) {
    let (clock, disk) = (SimClock::new(Timestamp::parse(NOW).expect("valid")), SimDisk::new(1));
    let opened = Store::open(Arc::new(disk.clone()), Arc::new(clock.clone()), StoreOptions::default());
    let (store, _) = opened.expect("opens");
    store.append(Signal::Spans, "t", request(0, 50)).await.expect("stored");
    store.flush().await.expect("flushed");
    store.append(Signal::Spans, "t", request(50, 50)).await.expect("stored");
    (store, clock, disk)
}

/// Spans number `first` and on, a minute apart before now, each with its number as attribute `n`.
fn request(first: u64, count: u64) -> bytes::Bytes {
    let now = u64::try_from(Timestamp::parse(NOW).expect("valid").as_nanos()).expect("after 1970");
    let attribute = |key: &str, value| KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..KeyValue::default()
    };
    let span = |n: u64| Span {
        trace_id: vec![7; 16],
        span_id: (n + 1).to_be_bytes().to_vec(),
        name: "work".to_owned(),
        kind: 2,
        start_time_unix_nano: now - n * 60_000_000_000,
        end_time_unix_nano: now - n * 60_000_000_000 + n,
        attributes: vec![attribute("n", Any::IntValue(i64::try_from(n).expect("small")))],
        ..Span::default()
    };
    let service = attribute("service.name", Any::StringValue("shop".to_owned()));
    ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource { attributes: vec![service], ..Resource::default() }),
            scope_spans: vec![ScopeSpans {
                spans: (first..first + count).map(span).collect(),
                ..ScopeSpans::default()
            }],
            ..ResourceSpans::default()
        }],
    }
    .encode_to_vec()
    .into()
}

/// Log records with these bodies.
fn logs(at: Timestamp, bodies: impl IntoIterator<Item = Option<AnyValue>>) -> bytes::Bytes {
    let time_unix_nano = u64::try_from(at.as_nanos()).expect("after 1970");
    let record = |body| LogRecord { time_unix_nano, body, ..LogRecord::default() };
    let scope = ScopeLogs { log_records: bodies.into_iter().map(record).collect(), ..ScopeLogs::default() };
    let resource = ResourceLogs { scope_logs: vec![scope], ..ResourceLogs::default() };
    ExportLogsServiceRequest { resource_logs: vec![resource] }.encode_to_vec().into()
}

async fn run(sql: &str) -> Result<SqlAnswer, QueryError> {
    run_with(sql, QueryLimits::default()).await
}

async fn run_with(sql: &str, limits: QueryLimits) -> Result<SqlAnswer, QueryError> {
    match store().await.sql(sql, limits).await {
        Ok(answer) => Ok(answer),
        Err(StoreError::Query(error)) => Err(error),
        Err(error) => panic!("the store failed: {error}"),
    }
}

async fn rows(sql: &str) -> Vec<Vec<Value>> {
    run(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}")).rows
}
