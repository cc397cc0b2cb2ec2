//! Random rows and conditions from few values, so that they meet; the evaluator against the naive reading.

use arrow::array::Array;
use proptest::prelude::*;
use proptest::sample::select;

use super::naive::{Amount, Condition, Words};
use super::rows::{Cell, Row, batch};
use crate::expr::{Expr, LeafCache, ValueExpr};
use crate::signal::Signal;

/// Which columns of a signal the tests use.
pub(super) struct Shape {
    pub(super) signal: Signal,
    texts: &'static [&'static str],
    ints: &'static [&'static str],
    floats: &'static [&'static str],
    flags: &'static [&'static str],
    times: &'static [&'static str],
    ids: &'static [&'static str],
    /// What takes a key in brackets.
    maps: &'static [&'static str],
}

pub(super) const SPANS: Shape = Shape {
    signal: Signal::Spans,
    texts: &["service", "route", "user_id", "name"],
    ints: &["duration_ns", "http_status"],
    floats: &[],
    flags: &["error", "sampled"],
    times: &["start"],
    ids: &["trace_id"],
    maps: &["attrs", "resource"],
};

pub(super) const LOGS: Shape = Shape {
    signal: Signal::Logs,
    texts: &["service", "event_name"],
    ints: &["severity_number"],
    floats: &[],
    flags: &[],
    times: &["time", "observed_time"],
    ids: &["trace_id"],
    maps: &["attrs", "body"],
};

pub(super) const METRICS: Shape = Shape {
    signal: Signal::Metrics,
    texts: &["metric", "type", "temporality"],
    ints: &["count"],
    floats: &["value", "min", "sum"],
    flags: &["monotonic"],
    times: &["time", "start_time"],
    ids: &[],
    maps: &["attrs", "resource"],
};

const TEXTS: &[&str] = &["a", "b", "ab", "5", "A%b", "a\nb", "", "é_"];
const INTS: &[i64] = &[0, 5, 500, -5, 9_007_199_254_740_993, 9_007_199_254_740_992];
const FLOATS: &[f64] = &[0.0, -0.0, 5.0, 1.5, f64::NAN, f64::INFINITY, -5.0];
const DECIMALS: &[&str] = &["0.0", "1.5", "5e0", "500.25"];
const KEYS: &[&str] = &["k", "http.route"];
const RAW: &[&str] = &[
    "\"a\"",
    "\"5\"",
    "\"\\u00e9_\"",
    "5",
    "5.0",
    "-1.5",
    "true",
    "false",
    "null",
    "[1,\"a\"]",
    "{\"double\":\"NaN\"}",
    "{\"double\":\"Infinity\"}",
];
/// Keys, and a path into a body.
const PATHS: &[&str] = &["k", "http.route", "k.n"];
const BODIES: &[&str] = &[
    "k: a plain line",
    "",
    "{}",
    "{\"k\":\"a\"}",
    "{\"k\":5}",
    "{\"k\":{\"http.route\":\"b\",\"n\":true}}",
    "{\"http.route\":null,\"k\":{\"n\":\"5\"}}",
    "{\"http\":{\"route\":\"\\u00e9_\"},\"k\":false}",
    "{\"http\":{\"route\":-1.5},\"http.route\":500,\"k.n\":null}",
    "[{\"k\":1}]",
    "\"k\"",
];
const TIMES: &[i64] = &[0, 1_769_860_800_000_000_000, 1_769_860_800_000_000_001];
const OPS: &[&str] = &["=", "<>", "!=", "<", "<=", ">", ">="];

fn cell(of: impl Strategy<Value = Cell> + 'static) -> BoxedStrategy<Option<Cell>> {
    proptest::option::weighted(0.8, of).boxed()
}

fn id() -> impl Strategy<Value = Vec<u8>> {
    (0..3_u8).prop_map(|byte| vec![byte; 16])
}

fn map() -> impl Strategy<Value = Cell> {
    proptest::collection::vec(select(RAW), 0..=2)
        .prop_map(|raws| Cell::Map(KEYS.iter().copied().zip(raws).collect()))
}

/// A row of the shape's columns.
fn row(shape: &Shape) -> BoxedStrategy<Row> {
    let mut cells: Vec<BoxedStrategy<(&'static str, Option<Cell>)>> = vec![];
    let mut add = |names: &[&'static str], of: &dyn Fn() -> BoxedStrategy<Option<Cell>>| {
        for name in names {
            cells.push((Just(*name), of()).boxed());
        }
    };
    add(shape.texts, &|| cell(select(TEXTS).prop_map(|text| Cell::Text(text.to_owned()))));
    add(shape.ints, &|| cell(select(INTS).prop_map(Cell::Int)));
    add(shape.floats, &|| cell(select(FLOATS).prop_map(Cell::Float)));
    add(shape.flags, &|| cell(any::<bool>().prop_map(Cell::Bool)));
    add(shape.times, &|| cell(select(TIMES).prop_map(Cell::Time)));
    add(shape.ids, &|| cell(id().prop_map(Cell::Id)));
    add(&["attrs", "resource"], &|| cell(map()));
    if shape.maps.contains(&"body") {
        add(&["body"], &|| cell(select(BODIES).prop_map(|text| Cell::Text(text.to_owned()))));
    }
    cells.prop_map(|cells| cells.into_iter().filter_map(|(name, cell)| Some((name, cell?))).collect()).boxed()
}

pub(super) fn rows(shape: &Shape) -> impl Strategy<Value = Vec<Row>> + use<> {
    proptest::collection::vec(row(shape), 0..24)
}

fn words(shape: &Shape) -> BoxedStrategy<Words> {
    prop_oneof![
        2 => select(shape.texts).prop_map(Words::Column),
        1 => (select(shape.maps), select(PATHS)).prop_map(|(map, key)| Words::Attr(map, key)),
    ]
    .boxed()
}

pub(super) fn amount(shape: &Shape) -> BoxedStrategy<Amount> {
    let columns = [shape.ints, shape.floats].concat();
    let leaf = prop_oneof![
        3 => select(columns).prop_map(Amount::Column),
        2 => select(INTS).prop_map(Amount::Int),
        1 => select(DECIMALS).prop_map(Amount::Decimal),
        1 => (select(shape.maps), select(PATHS)).prop_map(|(map, key)| Amount::Attr(map, key)),
        1 => words(shape).prop_map(Amount::Num),
    ];
    leaf.prop_recursive(2, 6, 2, |inner| {
        (inner.clone(), select(&['+', '-', '*', '/'][..]), inner)
            .prop_map(|(left, op, right)| Amount::Computed(Box::new(left), op, Box::new(right)))
    })
    .boxed()
}

fn leaf(shape: &Shape) -> BoxedStrategy<Condition> {
    let op = || select(OPS);
    let items = proptest::collection::vec(proptest::option::weighted(0.9, select(TEXTS)), 1..4);
    let ints = proptest::collection::vec(proptest::option::weighted(0.9, select(INTS)), 1..4);
    let pattern = proptest::collection::vec(select(&["a", "b", "B", "%", "_", "\\%", "\\_", "é"][..]), 0..4);
    let column = |names: &'static [&'static str]| select(names);
    let mut kinds = vec![
        proptest::option::weighted(0.8, any::<bool>()).prop_map(Condition::Literal).boxed(),
        (select(shape.maps), select(PATHS)).prop_map(|(map, key)| Condition::AttrFlag(map, key)).boxed(),
        (words(shape), op(), select(TEXTS)).prop_map(|(w, op, text)| Condition::Text(w, op, text)).boxed(),
        (column(shape.texts), op(), words(shape))
            .prop_map(|(left, op, right)| Condition::Texts(Words::Column(left), op, right))
            .boxed(),
        (words(shape), any::<bool>(), items)
            .prop_map(|(w, not, items)| Condition::TextIn(w, not, items))
            .boxed(),
        (words(shape), any::<(bool, bool)>(), pattern)
            .prop_map(|(w, (not, any_case), p)| Condition::Like(w, not, any_case, p.concat()))
            .boxed(),
        (amount(shape), op(), amount(shape))
            .prop_map(|(a, op, b)| match (&a, b) {
                // Two attributes are compared as texts, and have no order, until one of them is a number.
                (Amount::Attr(..), Amount::Attr(map, key)) => {
                    Condition::Numbers(a, op, Amount::Num(Words::Attr(map, key)))
                }
                (_, b) => Condition::Numbers(a, op, b),
            })
            .boxed(),
        (amount(shape), any::<bool>(), ints)
            .prop_map(|(a, not, ints)| Condition::NumberIn(a, not, ints))
            .boxed(),
        (amount(shape), any::<bool>(), select(INTS), select(INTS))
            .prop_map(|(a, not, low, high)| Condition::Between(a, not, low, high))
            .boxed(),
        (column(shape.times), op(), select(TIMES)).prop_map(|(t, op, at)| Condition::Time(t, op, at)).boxed(),
        (words(shape), any::<bool>()).prop_map(|(w, not)| Condition::NoText(w, not)).boxed(),
        (amount(shape), any::<bool>()).prop_map(|(a, not)| Condition::NoNumber(a, not)).boxed(),
    ];
    if !shape.flags.is_empty() {
        kinds.push(column(shape.flags).prop_map(Condition::Flag).boxed());
    }
    if !shape.ids.is_empty() {
        kinds.push((column(shape.ids), op(), id()).prop_map(|(n, op, id)| Condition::Id(n, op, id)).boxed());
    }
    proptest::strategy::Union::new(kinds).boxed()
}

pub(super) fn condition(shape: &Shape) -> BoxedStrategy<Condition> {
    leaf(shape)
        .prop_recursive(3, 12, 3, |inner| {
            let boxed = inner.clone().prop_map(Box::new);
            prop_oneof![
                boxed.clone().prop_map(Condition::Not),
                (boxed.clone(), any::<bool>()).prop_map(|(inner, not)| Condition::NoTruth(inner, not)),
                (boxed.clone(), select(&["=", "<>"][..]), boxed)
                    .prop_map(|(a, op, b)| Condition::Same(a, op, b)),
                proptest::collection::vec(inner.clone(), 1..4).prop_map(Condition::And),
                proptest::collection::vec(inner, 1..4).prop_map(Condition::Or),
            ]
        })
        .boxed()
}

/// Conditions that can never have a value are refused when they are read; no row shows them.
pub(super) fn parsed(text: &str, signal: Signal) -> Option<Expr> {
    match Expr::parse(text, signal) {
        Ok(expr) => Some(expr),
        Err(error) if error.message.contains("never has a value") => None,
        Err(error) => panic!("{text}: {error}"),
    }
}

fn check(shape: &Shape, rows: &[Row], conditions: &[Condition]) {
    let batch = batch(shape.signal, rows);
    let mut cache = LeafCache::default();
    for condition in conditions {
        let text = condition.text();
        let Some(expr) = parsed(&text, shape.signal) else { continue };
        let expected: Vec<Option<bool>> = rows.iter().map(|row| condition.on(row)).collect();
        let shared: Vec<Option<bool>> = expr.eval_cached(&batch, &mut cache).iter().collect();
        assert_eq!(shared, expected, "{text} on {rows:?}");
        let columns: Vec<usize> =
            expr.columns().iter().map(|name| batch.schema().index_of(name).expect("a column")).collect();
        let narrow = batch.project(&columns).expect("columns of the batch");
        let alone: Vec<Option<bool>> = expr.eval(&narrow).iter().collect();
        assert_eq!(alone, expected, "{text} on its columns alone");
        let half = batch.slice(rows.len() / 2, rows.len() - rows.len() / 2);
        let sliced: Vec<Option<bool>> = expr.eval_cached(&half, &mut cache).iter().collect();
        assert_eq!(sliced, expected[rows.len() / 2..], "{text} on a slice");
    }
}

fn check_value(shape: &Shape, rows: &[Row], amount: &Amount) {
    let Ok(value) = ValueExpr::parse(&amount.text(), shape.signal) else { return };
    let read = value.eval(&batch(shape.signal, rows));
    for (row, cells) in rows.iter().enumerate() {
        let read = read.is_valid(row).then(|| read.value(row));
        assert_eq!(read, amount.real_on(cells), "{} on {cells:?}", amount.text());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn spans_agree_with_a_naive_reading(
        rows in rows(&SPANS),
        conditions in proptest::collection::vec(condition(&SPANS), 1..4),
    ) {
        check(&SPANS, &rows, &conditions);
    }

    #[test]
    fn metrics_agree_with_a_naive_reading(
        rows in rows(&METRICS),
        conditions in proptest::collection::vec(condition(&METRICS), 1..4),
    ) {
        check(&METRICS, &rows, &conditions);
    }

    #[test]
    fn logs_agree_with_a_naive_reading(
        rows in rows(&LOGS),
        conditions in proptest::collection::vec(condition(&LOGS), 1..4),
    ) {
        check(&LOGS, &rows, &conditions);
    }

    #[test]
    fn numbers_of_bodies_agree_with_a_naive_reading(rows in rows(&LOGS), amount in amount(&LOGS)) {
        check_value(&LOGS, &rows, &amount);
    }

    #[test]
    fn no_body_breaks_the_evaluator(body in "[{}\\[\\]\",:.\\\\ak1 -]{0,40}", path in "[ak.]{0,6}") {
        let row = Row::from([("body", Cell::Text(body))]);
        let text = format!("body['{path}'] = 'a' OR body['{path}'] > 0 OR body['{path}'] = TRUE");
        let expr = Expr::parse(&text, Signal::Logs).expect("an expression");
        expr.eval(&batch(Signal::Logs, &[row]));
    }

    #[test]
    fn numbers_agree_with_a_naive_reading(rows in rows(&METRICS), amount in amount(&METRICS)) {
        check_value(&METRICS, &rows, &amount);
    }

    #[test]
    fn no_text_breaks_the_parser(text in "\\PC{0,60}") {
        let _ = Expr::parse(&text, Signal::Spans);
        let _ = ValueExpr::parse(&text, Signal::Logs);
    }

    #[test]
    fn no_words_break_the_parser(
        words in proptest::collection::vec(select(&[
            "service", "attrs", "[", "'k'", "]", "(", ")", "=", "<", "NOT", "IN", "LIKE", "IS", "NULL", "BETWEEN",
            "AND", "OR", "-", "+", "*", "5", "TRUE", "num", ",", "start", "error", "count", "\"name\"", "trace_id",
            "body",
        ][..]), 0..14),
    ) {
        let text = words.join(" ");
        for signal in [Signal::Spans, Signal::Logs] {
            if let Err(error) = Expr::parse(&text, signal) {
                prop_assert!(error.offset <= text.len() && text.is_char_boundary(error.offset));
            }
        }
    }
}
