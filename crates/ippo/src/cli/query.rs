//! `ippo sql`: read-only SQL over the telemetry, as a table, as JSON, or as a file.
//!
//! It must never write bytes that are no text to a terminal.

use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;

use clap::Args;
use ippo_api::file::{RECORDS, TRUNCATED, WARNINGS};
use ippo_api::query::{Query, QueryAnswer, QueryFormat};

use super::client::{ApiClient, Failure, Stream};
use super::{Answer, Form, columns, forms, note, print, written};

/// A cell in a terminal, in characters.
const CELL_CHARS: usize = 80;

const TEACHING: &str = "\
Tables, a row each:
  spans     an operation of a service: start, duration_ns, service, name, kind, status, error, route, attrs['key'] …
  logs      a log record: time, severity, service, body, body['key'], attrs['key'], trace_id …
  metrics   a data point: time, metric, type, service, value, count, sum, attrs['key'] …
  counters  a minute of what SLOs count: minute, counter, good, bad, unknown …
SHOW TABLES lists them with all columns, DESCRIBE spans the columns of one with their types.

Examples:
  ippo sql \"SELECT service, count(*) AS n, approx_percentile_cont(duration_ns, 0.95) / 1e6 AS p95_ms FROM spans
        WHERE start > now() - INTERVAL '1 hour' GROUP BY service ORDER BY n DESC\"
  ippo sql \"SELECT body['order.id'], count(*) FROM logs WHERE severity = 'ERROR' GROUP BY 1\" --output csv
  ippo sql \"SELECT time, service, value FROM metrics WHERE metric = 'process.memory.usage' ORDER BY time DESC LIMIT 20\"
  ippo sql \"SELECT counter, sum(good), sum(bad) FROM counters WHERE minute > now() - INTERVAL '1 day' GROUP BY 1\"
  ippo sql \"SELECT attrs['customer.tier'], count(*) FROM spans GROUP BY 1\" --output json
  ippo sql \"SELECT * FROM spans WHERE start > now() - INTERVAL '1 hour'\" --output parquet --to spans.parquet
  ippo sql \"EXPLAIN SELECT count(*) FROM spans\"
  ippo sql - < query.sql

Text is written in single quotes, keys as attrs['http.route']. Name a time: it leaves out what need not be read.";

/// Runs read-only SQL over the tables spans, logs, metrics and counters.
#[derive(Args, Debug)]
#[command(after_help = TEACHING)]
pub struct SqlArgs {
    /// One SELECT, EXPLAIN, SHOW TABLES or DESCRIBE, or - to read it from standard input.
    sql: String,
    /// Writes the answer into this file instead of standard output. It must not exist yet.
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// When the server cannot be asked or refuses the query.
pub async fn run(args: &SqlArgs, client: &ApiClient, form: super::Form) -> Result<Answer, Failure> {
    let sql = match args.sql.as_str() {
        "-" => std::io::read_to_string(std::io::stdin()).map_err(Failure::bad_input)?,
        sql => sql.to_owned(),
    };
    let format = match form {
        Form::Text | Form::Json => QueryFormat::Json,
        Form::Csv => QueryFormat::Csv,
        Form::Parquet if args.to.is_none() && io::stdout().is_terminal() => {
            return Err(Failure::bad_input("Parquet is no text for a terminal; name a file with --to"));
        }
        Form::Parquet => QueryFormat::Parquet,
        Form::Ndjson => return Err(form.refused(forms("sql"))),
    };
    let query = Query { sql, format };
    match (form, &args.to) {
        (Form::Json, None) => print(&client.post_text("/api/v1/query", &query).await?)?,
        (Form::Text, None) => print(&text(&client.post("/api/v1/query", &query).await?))?,
        (Form::Text, Some(path)) => {
            let shown = text(&client.post("/api/v1/query", &query).await?);
            new_file(path)?.write_all(shown.as_bytes()).map_err(|e| unwritable(path, &e))?;
        }
        (_, Some(path)) => {
            // The answer first: a query that is refused leaves no file.
            let mut answer = client.post_stream("/api/v1/query", &query).await?;
            let mut file = new_file(path)?;
            let mut write = |bytes: &[u8]| file.write_all(bytes).map_err(|e| unwritable(path, &e));
            pour(&mut answer, |bytes| write(bytes).map(|()| true)).await?;
            file.sync_all().map_err(|e| unwritable(path, &e))?;
        }
        (_, None) => {
            let mut answer = client.post_stream("/api/v1/query", &query).await?;
            pour(&mut answer, written).await?;
        }
    }
    Ok(Answer::Yes)
}

fn new_file(path: &PathBuf) -> Result<File, Failure> {
    File::create_new(path).map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &std::path::Path, error: &io::Error) -> Failure {
    Failure::bad_input(format!("cannot write {}: {error}", path.display()))
}

/// Writes what comes, and says on standard error what is missing. `write` says whether there is any point in going on.
async fn pour(
    answer: &mut Stream<'_>,
    mut write: impl FnMut(&[u8]) -> Result<bool, Failure>,
) -> Result<(), Failure> {
    let truncated = answer.header(TRUNCATED.as_str()).is_some();
    let rows = answer.number(RECORDS.as_str()).unwrap_or_default();
    let missing = answer.header(WARNINGS.as_str()).map(str::to_owned);
    while let Some(chunk) = answer.chunk().await? {
        if !write(&chunk)? {
            return Ok(());
        }
    }
    if truncated {
        note(&format!("these are the first {rows} rows; more were left out: narrow the query"));
    }
    if let Some(missing) = missing {
        note(&format!("this is not all there is: {missing}"));
    }
    Ok(())
}

fn text(answer: &QueryAnswer) -> String {
    if answer.plan {
        return plan(answer);
    }
    let header = answer.columns.iter().map(|column| column.name.clone()).collect();
    let rows = answer.rows.iter().map(|row| row.iter().map(cell).collect());
    let mut text = columns(&std::iter::once(header).chain(rows).collect::<Vec<_>>());
    if answer.truncated {
        let shown = answer.limits.rows;
        text.push_str(&format!(
            "(the first {shown} rows; more were left out: narrow the query, or --output csv)\n"
        ));
    }
    for warning in &answer.warnings {
        text.push_str(&format!("warning: {warning}\n"));
    }
    text
}

/// A plan, as the indented text that it is.
fn plan(answer: &QueryAnswer) -> String {
    let plain =
        |text: &str| text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect();
    let part = |row: &Vec<serde_json::Value>| {
        let texts: Vec<String> = row.iter().filter_map(|value| value.as_str().map(plain)).collect();
        format!("{}\n", texts.join("\n").trim_end())
    };
    answer.rows.iter().map(part).collect::<Vec<String>>().join("\n")
}

/// A value in one line. Control characters would move a terminal's cursor.
fn cell(value: &serde_json::Value) -> String {
    let text = match value {
        serde_json::Value::Null => "–".to_owned(),
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut shown: String =
        text.chars().take(CELL_CHARS).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(CELL_CHARS).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_shows_each_value_in_one_line() {
        let answer: QueryAnswer = serde_json::from_value(serde_json::json!({
            "columns": [{"name": "service", "type": "Utf8"}, {"name": "n", "type": "Int64"}],
            "rows": [["shop\n\u{1b}[2J", 3], [null, 1.5]],
            "plan": false,
            "truncated": true,
            "elapsed_ms": 1.5,
            "limits": {"rows": 2, "file_rows": 5, "time_secs": 30, "memory_bytes": 1},
            "warnings": ["careful"],
        }))
        .expect("an answer");
        assert_eq!(
            text(&answer),
            "service    n\nshop  [2J  3\n–          1.5\n(the first 2 rows; more were left out: narrow the query, or --output csv)\nwarning: careful\n"
        );
    }

    #[test]
    fn the_help_names_every_table_and_asks_each_for_columns_that_it_has() {
        for table in ippo_telemetry::sql_tables() {
            let of_table = |line: &&str| line.trim_start().starts_with(&format!("{} ", table.name));
            let line = TEACHING.lines().find(of_table).expect("the table has a line");
            let (_, columns) = line.split_once(": ").expect("columns");
            for column in columns.trim_end_matches(" …").split(", ") {
                let name = column.split('[').next().unwrap_or_default();
                assert!(table.columns.iter().any(|(known, _)| known == name), "{}.{name}", table.name);
            }
            assert!(TEACHING.contains(&format!("FROM {}", table.name)), "an example of {}", table.name);
        }
    }

    #[test]
    fn a_plan_keeps_its_lines() {
        let answer: QueryAnswer = serde_json::from_value(serde_json::json!({
            "columns": [{"name": "plan_type", "type": "Utf8"}, {"name": "plan", "type": "Utf8"}],
            "rows": [["logical_plan", "Aggregate\n  TableScan: spans"], ["physical_plan", "Exec\u{1b}"]],
            "plan": true, "truncated": false, "elapsed_ms": 1.5, "warnings": [],
            "limits": {"rows": 2, "file_rows": 5, "time_secs": 30, "memory_bytes": 1},
        }))
        .expect("an answer");
        assert_eq!(text(&answer), "logical_plan\nAggregate\n  TableScan: spans\n\nphysical_plan\nExec\n");
    }
}
