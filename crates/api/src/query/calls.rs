//! The calls that run SQL and say what there is to ask.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderValue, header};
use ippo_base::Timestamp;
use ippo_telemetry::{QueryError, SqlAnswer, SqlFile, StoreError, sql_tables};
use serde_json::Value;

use super::{Column, Query, QueryAnswer, QueryFormat, QueryLimits, QueryTables, Table, TableColumn, words};
use crate::csv;
use crate::file::{RECORDS, TRUNCATED, tell_missing};
use crate::language::Wanted;
use crate::problem::{Body, Problem, ProblemItem};
use crate::telemetry::{TelemetryApi, problem};

/// Rows of a file at most. It is made in memory, within the memory that a query may use.
pub const QUERY_EXPORT_ROWS: usize = 100_000;

/// What makes a query cheaper.
const LESS: &str = "Narrow it by time (start > now() - INTERVAL '1 hour'), name the columns that you need instead of *, \
                    ask for fewer rows with LIMIT, or count and group instead of fetching or sorting every row";

/// The calls about SQL.
pub(crate) fn routes(api: TelemetryApi) -> Router {
    Router::new().route("/api/v1/query", post(run)).route("/api/v1/query/tables", get(tables)).with_state(api)
}

async fn run(State(api): State<TelemetryApi>, Body(query): Body<Query>) -> Result<Response, Problem> {
    let refused = |error: StoreError| refused(&error, &query.sql, api.limits);
    let now = api.clock.now();
    let for_file = ippo_telemetry::QueryLimits { rows: api.limits.rows.max(QUERY_EXPORT_ROWS), ..api.limits };
    match query.format {
        QueryFormat::Json => {
            let began = api.clock.monotonic();
            let found = api.store.sql(&query.sql, api.limits).await.map_err(refused)?;
            let elapsed = api.clock.monotonic().saturating_sub(began);
            let column = |(name, kind): (String, String)| Column { name, kind };
            Ok(Json(QueryAnswer {
                columns: found.columns.into_iter().map(column).collect(),
                rows: found.rows,
                plan: found.plan,
                truncated: found.truncated,
                elapsed_ms: elapsed.as_secs_f64() * 1_000.0,
                limits: limits(&api),
                warnings: found.warnings,
            })
            .into_response())
        }
        QueryFormat::Csv => {
            let found = api.store.sql(&query.sql, for_file).await.map_err(refused)?;
            let file = csv_file(&found);
            Ok(file_response(file, "text/csv; charset=utf-8", &file_name(now, "csv")))
        }
        QueryFormat::Parquet => {
            let file = api.store.sql_parquet(&query.sql, for_file).await.map_err(refused)?;
            Ok(file_response(file, "application/vnd.apache.parquet", &file_name(now, "parquet")))
        }
    }
}

fn file_name(now: Timestamp, ending: &str) -> String {
    let stamp: String = now.to_string().chars().take(19).filter(char::is_ascii_digit).collect();
    format!("query-{stamp}.{ending}")
}

fn csv_file(found: &SqlAnswer) -> SqlFile {
    let mut text = csv::line(found.columns.iter().map(|(name, _)| name.as_str()));
    for row in &found.rows {
        let cells: Vec<String> = row.iter().map(cell).collect();
        text.push_str(&csv::line(cells.iter().map(String::as_str)));
    }
    SqlFile {
        bytes: text.into_bytes(),
        rows: found.rows.len(),
        truncated: found.truncated,
        warnings: found.warnings.clone(),
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn file_response(file: SqlFile, media_type: &'static str, name: &str) -> Response {
    let mut response = Response::new(file.bytes.into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CONTENT_DISPOSITION, csv::attachment(name));
    headers.insert(RECORDS, HeaderValue::from(file.rows));
    if file.truncated {
        headers.insert(TRUNCATED, HeaderValue::from_static("true"));
    }
    if !file.warnings.is_empty() {
        tell_missing(headers, &file.warnings);
    }
    response
}

async fn tables(State(api): State<TelemetryApi>, Wanted(language): Wanted) -> Json<QueryTables> {
    let table = |known: ippo_telemetry::SqlTable| Table {
        name: known.name.to_owned(),
        description: words::table(known.name, language).to_owned(),
        columns: known
            .columns
            .into_iter()
            .map(|(name, kind)| TableColumn {
                description: words::column(known.name, &name, language).to_owned(),
                kind: kind.to_owned(),
                name,
            })
            .collect(),
    };
    Json(QueryTables { tables: sql_tables().into_iter().map(table).collect(), limits: limits(&api) })
}

fn limits(api: &TelemetryApi) -> QueryLimits {
    QueryLimits {
        rows: api.limits.rows as u64,
        file_rows: api.limits.rows.max(QUERY_EXPORT_ROWS) as u64,
        time_secs: api.limits.time.as_secs(),
        memory_bytes: api.limits.memory_bytes as u64,
    }
}

pub(crate) fn refused(error: &StoreError, sql: &str, limits: ippo_telemetry::QueryLimits) -> Problem {
    match error {
        StoreError::Query(wrong @ QueryError::Refused(reason)) => {
            let reason = reason.split(" at Line: ").next().unwrap_or_default().trim_end_matches('.');
            let place = wrong.place().map(|(line, column)| (line, column.min(line_chars(sql, line) + 1)));
            let item = ProblemItem {
                line: place.map(|(line, _)| line),
                column: place.map(|(_, column)| column),
                field: Some("sql".to_owned()),
                message: reason.to_owned(),
                ..ProblemItem::default()
            };
            let at =
                place.map_or_else(String::new, |(line, column)| format!(" at line {line}, column {column}"));
            Problem::bad_request(format!("The query is wrong{at}: {reason}.")).with_errors(vec![item])
        }
        StoreError::Query(QueryError::TooLong(limit)) => Problem::timed_out(format!(
            "The query takes longer than the {} s that one query may take. {LESS}, or raise --query-time.",
            limit.as_secs()
        )),
        StoreError::Query(QueryError::TooLarge) => Problem::query_memory(format!(
            "The query needs more than the {} MiB of memory that one query may use. {LESS}, or raise --query-memory.",
            limits.memory_bytes.div_ceil(1024 * 1024)
        )),
        other => problem(other),
    }
}

/// How long a line of the query is, in characters: a place beyond it is its end.
fn line_chars(sql: &str, line: u32) -> u32 {
    let line = usize::try_from(line.saturating_sub(1)).unwrap_or(usize::MAX);
    let chars = sql.split('\n').nth(line).map_or(0, |text| text.chars().count());
    u32::try_from(chars).unwrap_or(u32::MAX - 1)
}
