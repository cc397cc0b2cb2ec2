//! What is refused, where, and with which words; and that nothing can blow the parser up.

use std::fmt::Write as _;

use ippo_base::limits::{EXPRESSION_BYTES, EXPRESSION_DEPTH};

use crate::expr::{Expr, ExprError, ValueExpr};
use crate::signal::Signal;

fn refused(text: &str) -> ExprError {
    match Expr::parse(text, Signal::Spans) {
        Ok(expr) => panic!("{expr:?} was accepted"),
        Err(error) => error,
    }
}

fn table(texts: &[&str], refused: impl Fn(&str) -> ExprError) -> String {
    let mut table = String::new();
    for text in texts {
        let error = refused(text);
        let place = text.get(..error.offset).map_or(0, |before| before.chars().count());
        let marker = format!("{}^", " ".repeat(place));
        writeln!(table, "{text}\n{marker} {}: {}\n", error.offset, error.message)
            .expect("a String takes every write");
    }
    table
}

#[test]
fn grammar() {
    insta::assert_snapshot!(table(
        &[
            "",
            "   ",
            "service =",
            "service = 'a' AND",
            "service = 'a' name",
            "service = 'a' 'b'",
            "(service = 'a'",
            "service = 'a')",
            "service = 'a",
            "service IN ()",
            "service == 'a'",
            "service = 'a' && error",
            "service = 'a' || error",
            "!error",
            "error -- and so on",
            "error /* so */",
            "error; DROP TABLE spans",
            "service ~ 'a'",
            "service = $1",
            "duration_ns % 2 = 0",
            "duration_ns > 10L",
            "service = N'a'",
            "attrs['k",
            "attrs['k'",
            "日本 = '語'",
            "service = '日本' AND namme = 'x'",
        ],
        refused
    ));
}

#[test]
fn words() {
    insta::assert_snapshot!(table(
        &[
            "servce = 'a'",
            "Duration > 5",
            "foo = 1",
            "http.route = '/'",
            "k8s.pod.name = 'x'",
            "spans.service = 'a'",
            "service = checkout",
            "service = \"checkout\"",
            "body = 'x'",
            "SELECT 1",
            "service IN (SELECT 1)",
            "CASE WHEN error THEN 1 END",
            "CAST(route AS int) = 1",
            "lower(service) = 'a'",
            "count(service) > 1",
            "num(route, 1) > 1",
            "num() > 1",
            "service LIKE 'a' ESCAPE 'b'",
            "service IS DISTINCT FROM 'a'",
            "error IS TRUE",
            "start > INTERVAL '5 minutes'",
        ],
        refused
    ));
}

#[test]
fn types() {
    insta::assert_snapshot!(table(
        &[
            "service",
            "5",
            "'a'",
            "duration_ns",
            "start",
            "trace_id",
            "duration_ns + 1",
            "service = 5",
            "service = 2.5",
            "service = TRUE",
            "http_status = '500'",
            "http_status = 'many'",
            "http_status = service",
            "error = 'true'",
            "error = 1",
            "error > FALSE",
            "start > 5",
            "start > 'yesterday'",
            "start - 5 > 1",
            "start = service",
            "trace_id = 'abc'",
            "trace_id = 5",
            "trace_id = span_id",
            "trace_id LIKE 'a%'",
            "duration_ns LIKE '5'",
            "service LIKE name",
            "service + 1 > 2",
            "num(error) = 1",
            "1 / 0 = 1",
            "1e999 > duration_ns",
            "attrs = 'x'",
            "attrs[5] = 'x'",
            "attrs[name] = 'x'",
            "attrs['a']['b'] = 'x'",
            "service['a'] = 'x'",
            "attrs['a'] < attrs['b']",
            "events IS NULL",
            "service IN ('a', name)",
            "http_status IN (500, 'x')",
            "(error AND error) IN (TRUE)",
            "service = ('a', 'b')",
            "error AND 5",
            "NOT service",
        ],
        refused
    ));
    let value = |text: &str| match ValueExpr::parse(text, Signal::Spans) {
        Ok(value) => panic!("{value:?} was accepted"),
        Err(error) => error,
    };
    insta::assert_snapshot!("values", table(&["error", "service", "duration_ns > 5", "'5'", "NULL"], value));
}

#[test]
fn bombs_are_refused() {
    let deep = |open: &str, inner: &str, close: &str, times: usize| {
        format!("{}{inner}{}", open.repeat(times), close.repeat(times))
    };
    let bombs = [
        deep("(", "error", ")", 5_000),
        deep("NOT ", "error", "", 4_000),
        deep("NOT (", "error", ")", 2_000),
        deep("error AND NOT (", "error", ")", 900),
        deep("-", "5", "", 3).replace('-', "- ").repeat(1_000),
        deep("num(", "duration_ns", ")", 2_000) + " > 1",
        deep("attrs[", "'k'", "]", 2_000),
        deep("(error = ", "error", ")", 1_000),
        format!("duration_ns > {}1", "1 + ".repeat(4_000)),
        format!("duration_ns > {}duration_ns", "duration_ns + ".repeat(900)),
        format!("error{}", " IS NULL".repeat(2_000)),
        format!("error{}", " IS NULL".repeat(300)),
        format!("error{}", " AND error".repeat(1_500)),
        "[".repeat(10_000),
        "a.".repeat(8_000),
        "x".repeat(EXPRESSION_BYTES + 1),
    ];
    for bomb in bombs {
        let error = refused(&bomb);
        assert!(error.offset <= bomb.len(), "{error}");
        assert!(error.message.chars().count() <= 501, "{} bytes of message", error.message.len());
    }
}

#[test]
fn what_is_large_but_within_the_limits_is_taken() {
    let deep = format!("{}error{}", "(".repeat(EXPRESSION_DEPTH - 1), ")".repeat(EXPRESSION_DEPTH - 1));
    let services: Vec<String> = (0..1_000).map(|i| format!("'service-{i}'")).collect();
    let statuses: Vec<String> = (0..2_000).map(|i| i.to_string()).collect();
    for text in [
        deep,
        vec!["error"; 400].join(" AND "),
        vec!["service = 'a'"; 400].join(" OR "),
        format!("service IN ({})", services.join(",")),
        format!("http_status NOT IN ({})", statuses.join(",")),
    ] {
        if let Err(error) = Expr::parse(&text, Signal::Spans) {
            panic!("{}…: {error}", &text[..40]);
        }
    }
}

#[test]
fn a_body_is_read_by_one_key_and_not_too_deep() {
    let refused = |text: &str| Expr::parse(text, Signal::Logs).expect_err(text).message;
    assert!(refused("body['a']['b'] = 'x'").contains("body['request.path']"));
    assert!(refused("body[5] = 'x'").contains("body['key']"));
    assert!(refused("service['a'] = 'x'").contains("body['key']"));
    let deep = |levels: usize| format!("body['{}'] = 'x'", vec!["a"; levels].join("."));
    assert!(refused(&deep(17)).contains("16 levels"));
    Expr::parse(&deep(16), Signal::Logs).expect("as deep as it may be");
    let spans = Expr::parse("name['a'] = 'x'", Signal::Spans).expect_err("spans have no body").message;
    assert!(!spans.contains("body"), "{spans}");
}
