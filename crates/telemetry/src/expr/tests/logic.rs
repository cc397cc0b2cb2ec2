//! Three-valued logic, precedence and types, by tables that can be read.

use std::fmt::Write as _;

use super::rows::{Cell, Row, batch};
use crate::expr::Expr;
use crate::signal::Signal;

fn row() -> Row {
    Row::from([
        ("start", Cell::Time(1_769_860_800_000_000_000)),
        ("service", Cell::Text("checkout".into())),
        ("name", Cell::Text("a".into())),
        ("duration_ns", Cell::Int(5_000_000)),
        ("http_status", Cell::Int(500)),
        ("error", Cell::Bool(true)),
        ("trace_id", Cell::Id((1..=16).collect())),
        (
            "attrs",
            Cell::Map(vec![
                ("n", "5"),
                ("f", "5.0"),
                ("t", "\"5\""),
                ("b", "true"),
                ("z", "null"),
                ("l", "[1]"),
            ]),
        ),
        ("resource", Cell::Map(vec![("k8s.pod.name", "\"pod-1\"")])),
    ])
}

fn value(text: &str) -> &'static str {
    let expr = Expr::parse(text, Signal::Spans).unwrap_or_else(|error| panic!("{text}: {error}"));
    let values: Vec<Option<bool>> = expr.eval(&batch(Signal::Spans, &[row()])).iter().collect();
    match values.as_slice() {
        [Some(true)] => "true",
        [Some(false)] => "false",
        [None] => "null",
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn and_or_not_have_three_values() {
    // Spelled by literals, and by columns that hold the same.
    let spelled = [("TRUE", "error"), ("FALSE", "error = FALSE"), ("NULL", "route = 'x'")];
    let mut table = String::new();
    for (a, by_column) in spelled {
        writeln!(table, "NOT {a}: {}", value(&format!("NOT {a}"))).expect("a String takes every write");
        assert_eq!(value(&format!("NOT ({by_column})")), value(&format!("NOT {a}")));
        for (b, other) in spelled {
            for op in ["AND", "OR", "=", "<>"] {
                let literal = value(&format!("{a} {op} {b}"));
                assert_eq!(value(&format!("({by_column}) {op} ({other})")), literal, "{a} {op} {b}");
                writeln!(table, "{a} {op} {b}: {literal}").expect("a String takes every write");
            }
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn words_mean_what_sql_means() {
    let texts = [
        "FALSE AND FALSE OR TRUE",
        "TRUE OR FALSE AND FALSE",
        "NOT FALSE OR TRUE",
        "NOT service = 'x' AND FALSE",
        "duration_ns = 2000000 + 1000000 * 3",
        "duration_ns - 1000000 - 1000000 = 3000000",
        "duration_ns / 2000000 = 2.5",
        "-duration_ns < -4",
        "duration_ns / 0 > 1",
        "duration_ns / 0 IS NULL",
        "5 < duration_ns",
        "SERVICE = 'checkout'",
        "\"service\" = 'checkout'",
        "service = 'check''out'",
        "service IN ('x', 'checkout')",
        "service NOT IN ('x', NULL)",
        "service IN ('x', NULL)",
        "route NOT IN ('x')",
        "route IS NULL AND service IS NOT NULL",
        "route = NULL",
        "service LIKE 'ch_ck%'",
        "service LIKE 'CHECK%'",
        "service ILIKE 'CHECK%'",
        "service NOT LIKE '%x'",
        "duration_ns NOT BETWEEN 1 AND 2",
        "http_status BETWEEN 500 AND 599",
        "start = '2026-01-31T12:00:00Z'",
        "start BETWEEN '2026-01-31T21:00:00+09:00' AND '2026-02-01T00:00:00Z'",
        "trace_id = '0102030405060708090A0b0c0d0e0f10'",
        "trace_id IN ('00000000000000000000000000000000')",
        "trace_id IS NULL",
        "parent_span_id = span_id",
        "attrs['n'] = 5",
        "attrs['n'] = '5'",
        "attrs['f'] = 5",
        "attrs['f'] = '5'",
        "attrs['f'] = '5.0'",
        "attrs['t'] = 5",
        "num(attrs['t']) = 5",
        "num(name) = 5",
        "attrs['t'] = '5'",
        "attrs['t'] IN (5, '5')",
        "attrs['b'] = TRUE",
        "attrs['b'] = 'true'",
        "attrs['b']",
        "attrs['n'] = TRUE",
        "attrs['z'] IS NULL",
        "attrs['missing'] = 'x'",
        "attrs['l'] = '[1]'",
        "attrs['n'] = attrs['t']",
        "attrs['n'] + 1 = 6",
        "resource['k8s.pod.name'] LIKE 'pod-%'",
        "(route = 'x') IS NULL",
        "error = (http_status >= 500)",
        "NULL",
        "1 = 0",
        "1 < 1.5",
        "'a' < 'b'",
    ];
    let table: Vec<String> = texts.iter().map(|text| format!("{text}: {}", value(text))).collect();
    insta::assert_snapshot!(table.join("\n"));
}
