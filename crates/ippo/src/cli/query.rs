//! `ippo sql`: read-only SQL over the telemetry, as a table, as JSON, or as a file.
//!
//! It must never write bytes that are no text to a terminal.

use std::fs::File;
use std::io::{self, IsTerminal as _, Write};
use std::path::PathBuf;

use clap::Args;
use ippo_api::query::{Query, QueryAnswer, QueryFormat, ROWS, TRUNCATED, WARNINGS};

use super::client::{ApiClient, Failure, Stream};
use super::{Answer, Form, columns, print};

/// A cell in a terminal, in characters.
const CELL_CHARS: usize = 80;

const TEACHING: &str = "\
  ippo sql \"SELECT service, count(*) AS n FROM spans GROUP BY service ORDER BY n DESC\"
  ippo sql \"SELECT start, name, http_status FROM spans WHERE status = 'error' ORDER BY start DESC LIMIT 20\"
  ippo sql \"SELECT attrs['customer.tier'], count(*) FROM spans GROUP BY 1\" --output json
  ippo sql \"SELECT body['order.id'], count(*) FROM logs WHERE severity = 'ERROR' GROUP BY 1\" --output csv
  ippo sql \"SELECT counter, sum(good), sum(bad) FROM counters WHERE minute > now() - INTERVAL '1 day' GROUP BY 1\"
  ippo sql \"SELECT * FROM spans WHERE start > now() - INTERVAL '1 hour'\" --output parquet --to spans.parquet
  ippo sql \"EXPLAIN SELECT count(*) FROM spans\"
  ippo sql - < query.sql";

/// Runs read-only SQL over the tables spans, logs, metrics and counters.
#[derive(Args, Debug)]
#[command(after_help = TEACHING)]
pub struct SqlArgs {
    /// One SELECT, or - to read it from standard input.
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
        Form::Ndjson => return Err(form.refused("text, json, csv or parquet")),
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
            pour(&mut answer, &mut file).await?;
            file.sync_all().map_err(|e| unwritable(path, &e))?;
        }
        (_, None) => {
            let mut answer = client.post_stream("/api/v1/query", &query).await?;
            pour(&mut answer, &mut io::stdout()).await?;
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

/// Writes what comes, and says on standard error what is missing.
async fn pour(answer: &mut Stream<'_>, into: &mut impl Write) -> Result<(), Failure> {
    let truncated = answer.header(TRUNCATED.as_str()).is_some();
    let rows = answer.number(ROWS.as_str()).unwrap_or_default();
    let missing = answer.header(WARNINGS.as_str()).map(str::to_owned);
    while let Some(chunk) = answer.chunk().await? {
        match into.write_all(&chunk) {
            Ok(()) => {}
            // Nobody reads any more, which is no failure.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => return Err(Failure::inconclusive(error)),
        }
    }
    into.flush().map_err(Failure::inconclusive)?;
    if truncated {
        let text = format!("these are the first {rows} rows; more were left out: narrow the query");
        writeln!(io::stderr().lock(), "{text}").map_err(Failure::inconclusive)?;
    }
    if let Some(missing) = missing {
        writeln!(io::stderr().lock(), "this is not all there is: {missing}")
            .map_err(Failure::inconclusive)?;
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
