//! `ippo sql`: read-only SQL over the telemetry, as a table or as JSON.

use clap::Args;
use ippo_api::query::{Query, QueryAnswer};

use super::client::{ApiClient, Failure};
use super::{Answer, Output, columns, print};

/// A cell in a terminal, in characters.
const CELL_CHARS: usize = 80;

const TEACHING: &str = "\
  ippo sql \"SELECT service, count(*) AS n FROM spans GROUP BY service ORDER BY n DESC\"
  ippo sql \"SELECT start, name, http_status FROM spans WHERE status = 'error' ORDER BY start DESC LIMIT 20\"
  ippo sql \"SELECT attrs['customer.tier'], count(*) FROM spans GROUP BY 1\" --output json
  ippo sql - < query.sql";

/// Runs read-only SQL over the tables spans, logs and metrics.
#[derive(Args, Debug)]
#[command(after_help = TEACHING)]
pub struct SqlArgs {
    /// One SELECT, or - to read it from standard input.
    sql: String,
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
    let query = Query { sql };
    match form.plain()? {
        Output::Json => print(&client.post_text("/api/v1/query", &query).await?)?,
        Output::Text => print(&text(&client.post("/api/v1/query", &query).await?))?,
    }
    Ok(Answer::Yes)
}

fn text(answer: &QueryAnswer) -> String {
    let header = answer.columns.iter().map(|column| column.name.clone()).collect();
    let rows = answer.rows.iter().map(|row| row.iter().map(cell).collect());
    let mut text = columns(&std::iter::once(header).chain(rows).collect::<Vec<_>>());
    if answer.truncated {
        text.push_str("(more rows were left out; add LIMIT or narrow the query)\n");
    }
    for warning in &answer.warnings {
        text.push_str(&format!("warning: {warning}\n"));
    }
    text
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
            "truncated": true,
            "warnings": ["careful"],
        }))
        .expect("an answer");
        assert_eq!(
            text(&answer),
            "service    n\nshop  [2J  3\n–          1.5\n(more rows were left out; add LIMIT or narrow the query)\nwarning: careful\n"
        );
    }
}
