//! DataFusion with a lowered expression finds the rows that the evaluator finds.

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use datafusion::logical_expr::Expr as DataFusionExpr;
use datafusion::prelude::SessionContext;
use proptest::prelude::*;

use super::generate::{LOGS, METRICS, SPANS, Shape, condition, parsed, rows};
use super::naive::Condition;
use super::rows::{Row, batch};
use crate::expr::Expr;
use crate::signal::Signal;

fn found(batch: RecordBatch, filter: DataFusionExpr) -> Vec<i64> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let batches = runtime.block_on(async {
        let table = SessionContext::new().read_batch(batch).expect("a batch is a table");
        let filtered = table.filter(filter).expect("a condition filters").select_columns(&["dropped"]);
        filtered.expect("the column is there").collect().await.expect("no row fails")
    });
    batches.iter().flat_map(|b| b.column(0).as_primitive::<Int64Type>().values().to_vec()).collect()
}

fn check(shape: &Shape, rows: &[Row], condition: &Condition) {
    let text = condition.text();
    let Some(expr) = parsed(&text, shape.signal) else { return };
    let batch = batch(shape.signal, rows);
    let expected: Vec<i64> =
        expr.eval(&batch).iter().zip(0..).filter(|(is, _)| *is == Some(true)).map(|(_, row)| row).collect();
    assert_eq!(found(batch, expr.to_datafusion()), expected, "{text} on {rows:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn spans_are_found_alike(rows in rows(&SPANS), condition in condition(&SPANS)) {
        check(&SPANS, &rows, &condition);
    }

    #[test]
    fn logs_are_found_alike(rows in rows(&LOGS), condition in condition(&LOGS)) {
        check(&LOGS, &rows, &condition);
    }

    #[test]
    fn metrics_are_found_alike(rows in rows(&METRICS), condition in condition(&METRICS)) {
        check(&METRICS, &rows, &condition);
    }
}

#[test]
fn what_prunes_is_native() {
    let lowered =
        |text: &str| Expr::parse(text, Signal::Spans).expect("an expression").to_datafusion().to_string();
    insta::assert_snapshot!(
        [
            "service = 'a' AND start >= '2026-01-31T12:00:00Z' AND attrs['k'] = 5",
            "trace_id = '0102030405060708090a0b0c0d0e0f10'",
            "duration_ns BETWEEN 5 AND 10 AND NOT error",
            "http_status IN (500, 503) OR service = 'b'",
            "route LIKE '/api/%' OR service = 'b'",
            "duration_ns / 2 > 5 AND kind = 'server' AND route IS NOT NULL",
            "1 = 1",
        ]
        .map(lowered)
        .join("\n")
    );
}
