//! Writes what a search finds as a file, a window of records in memory at a time.
//!
//! A file must never pass for more than it is: headers say how many records match and how many it has, and where
//! something turns out to be unreadable on the way, the transfer breaks off.

use std::io;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use futures::StreamExt as _;
use http::{HeaderValue, header};
use ippo_base::Timestamp;
use ippo_telemetry::read::{LogSearch, ReadLimits, Reader, Stop};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::Log;
use super::calls::LogApi;
use super::choice::chosen;
use crate::csv;
use crate::file::{MATCHED, RECORDS, tell_missing};
use crate::page::Params;
use crate::problem::Problem;
use crate::telemetry::problem;
use crate::untaken::Untaken;

/// Records of one export at most.
pub const LOG_EXPORT_RECORDS: u64 = 100_000;
/// Exports at once.
pub(super) const EXPORTS: usize = 4;
/// Bytes that are sent at a time.
const CHUNK_BYTES: usize = 64 * 1024;
/// Chunks that wait for a slow caller.
const CHUNKS_WAITING: usize = 4;
/// Counting needs no steps.
const ONE_STEP_SECS: u32 = 366 * 86_400;

const CSV_COLUMNS: [&str; 14] = [
    "time",
    "observed_time",
    "severity",
    "severity_number",
    "service",
    "namespace",
    "environment",
    "body",
    "event_name",
    "trace_id",
    "span_id",
    "attributes",
    "resource",
    "id",
];

/// The form of the file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Ndjson,
    Csv,
}

impl Form {
    fn taken(params: &mut Params) -> Result<Self, Problem> {
        match params.text("format")?.as_deref() {
            None | Some("ndjson") => Ok(Self::Ndjson),
            Some("csv") => Ok(Self::Csv),
            Some(other) => Err(Problem::parameter("format", format!("is {other:?}, not ndjson or csv"))),
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }

    fn file_name(self, now: Timestamp) -> String {
        let ending = if self == Self::Csv { "csv" } else { "ndjson" };
        let stamp: String = now.to_string().chars().take(19).filter(char::is_ascii_digit).collect();
        format!("logs-{stamp}.{ending}")
    }

    fn begin(self) -> Vec<u8> {
        match self {
            Self::Ndjson => Vec::new(),
            Self::Csv => csv::line(CSV_COLUMNS).into_bytes(),
        }
    }

    fn write(self, log: &Log, into: &mut Vec<u8>) {
        match self {
            Self::Ndjson => {
                serde_json::to_writer(&mut *into, log).expect("a record is plain JSON, and memory takes it");
                into.push(b'\n');
            }
            Self::Csv => into.extend(csv_line(log).into_bytes()),
        }
    }
}

fn csv_line(log: &Log) -> String {
    let json =
        |value: &crate::trace::Attributes| serde_json::to_string(value).expect("attributes are plain JSON");
    csv::line([
        log.time.to_string().as_str(),
        &log.observed_time.to_string(),
        &log.severity,
        &log.severity_number.to_string(),
        &log.service,
        &log.namespace,
        &log.environment,
        &log.body,
        &log.event_name,
        log.trace_id.as_deref().unwrap_or_default(),
        log.span_id.as_deref().unwrap_or_default(),
        &json(&log.attributes),
        &json(&log.resource),
        &log.id,
    ])
}

/// Counts first, then streams: the count is what the headers say.
pub(super) async fn export(State(api): State<LogApi>, mut params: Params) -> Result<Response, Problem> {
    let now = api.telemetry.clock.now();
    let range = params.range(now)?;
    let only = chosen(&mut params)?;
    let form = Form::taken(&mut params)?;
    let limit = match params.integer("limit")?.unwrap_or(LOG_EXPORT_RECORDS) {
        limit @ 1..=LOG_EXPORT_RECORDS => limit,
        other => {
            let complaint = format!("is {other}; it is 1 to {LOG_EXPORT_RECORDS}");
            return Err(Problem::parameter("limit", complaint));
        }
    };
    params.finish()?;
    let turn = api.exports.try_acquire_owned().map_err(|_| {
        Problem::unavailable(format!("Not now: {EXPORTS} exports of logs are running already."), 5)
    })?;
    let counted = only.clone();
    let count = move |reader: &Reader| {
        // The headers must be right however long it takes.
        let reader = reader.patient();
        (reader.log_counts(range, &counted, ONE_STEP_SECS), reader)
    };
    let (counts, reader) = api.telemetry.store.read(count).await.map_err(|e| problem(&e))?;
    let (matched, known_partial) = (counts.value.total(), counts.partial);
    let limit_of_page = usize::try_from(limit).unwrap_or(usize::MAX);
    let search = LogSearch { range, only, limit: limit_of_page, after: None };
    let (chunks, received) = mpsc::channel(CHUNKS_WAITING);
    let stop = Stop::default();
    let leaving = stop.on_drop();
    let reader = reader.within(ReadLimits::until(&stop));
    tokio::task::spawn_blocking(move || {
        // Held until the last record is written.
        let _turn = turn;
        let is_partial = write_all(&reader, &search, form, &chunks);
        if is_partial && !known_partial {
            let broken = io::Error::other("a segment could not be read on the way");
            // Nobody is left to tell when the caller is gone.
            let _ = chunks.blocking_send(Err(broken));
        }
    });
    // Dropped with the body, when the caller leaves, it ends the read.
    let received = ReceiverStream::new(received).inspect(move |_| {
        let _leaving = &leaving;
    });
    // And so does a caller that takes nothing: it would hold the turn for ever.
    let received = Untaken::new(api.telemetry.clock, received);
    let mut response = Response::new(Body::from_stream(received));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(form.media_type()));
    headers.insert(header::CONTENT_DISPOSITION, csv::attachment(&form.file_name(now)));
    headers.insert(MATCHED, HeaderValue::from(matched));
    headers.insert(RECORDS, HeaderValue::from(matched.min(limit)));
    if known_partial {
        tell_missing(headers, &counts.warnings);
    }
    Ok(response)
}

/// Writes what the search finds until the caller leaves. Whether stored records are missing.
fn write_all(
    reader: &Reader,
    search: &LogSearch,
    form: Form,
    chunks: &mpsc::Sender<io::Result<Bytes>>,
) -> bool {
    let mut buffer = form.begin();
    let found = reader.stream_logs(search, |record| {
        form.write(&Log::from(record), &mut buffer);
        if buffer.len() < CHUNK_BYTES {
            return true;
        }
        let chunk = std::mem::replace(&mut buffer, Vec::with_capacity(CHUNK_BYTES));
        chunks.blocking_send(Ok(chunk.into())).is_ok()
    });
    if !buffer.is_empty() {
        // Nobody is left to write for when the caller is gone.
        let _ = chunks.blocking_send(Ok(buffer.into()));
    }
    found.partial
}
