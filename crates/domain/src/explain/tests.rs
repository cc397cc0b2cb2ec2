//! Traces as stories, and what is said about them in both languages.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::time::Duration;

use ippo_base::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::Language;

fn id(number: u64) -> SpanId {
    SpanId(number.to_be_bytes())
}

fn at(ms: u64) -> Timestamp {
    Timestamp::from_secs(1_795_486_560).plus(Duration::from_millis(ms))
}

/// A span that went well; parent 0 is none.
fn span(number: u64, parent: u64, service: &str, name: &str, from_ms: u64, took_ms: u64) -> TracedSpan {
    TracedSpan {
        span_id: id(number),
        parent_span_id: (parent != 0).then(|| id(parent)),
        service: service.to_owned(),
        name: name.to_owned(),
        kind: SpanKind::Server,
        status: SpanStatus::Unset,
        status_message: String::new(),
        error: false,
        start: at(from_ms),
        duration: Duration::from_millis(took_ms),
        exceptions: Vec::new(),
        user_id: None,
    }
}

impl TracedSpan {
    fn failed(self, message: &str) -> Self {
        Self { error: true, status: SpanStatus::Error, status_message: message.to_owned(), ..self }
    }

    fn calling(self) -> Self {
        Self { kind: SpanKind::Client, ..self }
    }

    fn threw(mut self, kind: &str, message: &str) -> Self {
        let stacktrace = format!("{kind}\n  at src/charge.rs:118");
        self.exceptions.push(Exception { kind: kind.to_owned(), message: message.to_owned(), stacktrace });
        self
    }

    fn by(self, user: &str) -> Self {
        Self { user_id: Some(user.to_owned()), ..self }
    }
}

fn log(span: u64, ms: u64, severity: (&str, u8), service: &str, body: &str) -> TracedLog {
    TracedLog {
        span_id: Some(id(span)),
        time: at(ms),
        severity: severity.0.to_owned(),
        severity_number: severity.1,
        body: body.to_owned(),
        service: service.to_owned(),
    }
}

const INFO: (&str, u8) = ("INFO", 9);
const ERROR: (&str, u8) = ("ERROR", 17);

fn of(spans: Vec<TracedSpan>) -> TraceRecord {
    TraceRecord { spans, ..TraceRecord::default() }
}

/// Every id in brackets names a fact, and every fact is named.
fn assert_cited(explanation: &Explanation) {
    let known: HashSet<&str> = explanation.facts.iter().map(|fact| fact.id.as_str()).collect();
    let cited: HashSet<&str> =
        explanation.text.split('[').skip(1).map(|rest| rest.split(']').next().unwrap_or(rest)).collect();
    assert_eq!(cited, known, "{}", explanation.text);
    assert_eq!(known.len(), explanation.facts.len(), "each id once");
}

fn shown(trace: &TraceRecord) -> String {
    let mut out = String::new();
    for language in [Language::English, Language::Japanese] {
        let explanation = explain(trace, language);
        assert_cited(&explanation);
        writeln!(out, "{:?}\n{}", explanation.verdict, explanation.text).expect("a string takes text");
        for fact in &explanation.facts {
            let span = fact.span_id.map(|id| id.0[7].to_string()).unwrap_or_default();
            writeln!(out, "  {} ({:?}, span {span}) {}", fact.id, fact.kind, fact.text)
                .expect("a string takes text");
        }
        let cause = explanation.cause.map(|cause| {
            let thrown = cause.exception.map(|exception| exception.kind);
            (cause.span_id.0[7], cause.service, cause.name, thrown)
        });
        writeln!(out, "cause {cause:?} logs {:?}\n", explanation.logs).expect("a string takes text");
    }
    out
}

/// A checkout whose payment fails: web → order → payment, which calls a provider.
fn checkout(attempts: u64) -> Vec<TracedSpan> {
    let mut spans = vec![
        span(1, 0, "web", "POST /api/checkout", 0, 1581).failed("").by("customer-7"),
        span(2, 1, "web", "Cart/Get", 2, 2).calling(),
        span(3, 1, "web", "Order/Create", 5, 1574).calling().failed(""),
        span(4, 3, "order", "Order/Create", 6, 1573).failed(""),
        span(5, 4, "order", "Payment/Charge", 60, 1516).calling().failed(""),
        span(6, 5, "payment", "Payment/Charge", 61, 1515)
            .failed("")
            .threw("payment::provider::Timeout", "provider timeout after 500 ms"),
    ];
    spans.extend((0..attempts).map(|n| {
        span(10 + n, 6, "payment", "POST /v2/charge", 62 + n * 505, 500)
            .calling()
            .failed("no answer within 500 ms")
    }));
    spans
}

#[test]
fn a_simple_error() {
    insta::assert_snapshot!(shown(&of(vec![
        span(1, 0, "web", "GET /cart", 0, 40).failed(""),
        span(2, 1, "cart", "Cart/Get", 5, 30).failed("cart store unavailable"),
        span(3, 1, "web", "GET /ads", 6, 10).calling(),
    ])));
}

#[test]
fn an_error_with_exception_and_logs() {
    let logs = vec![
        log(6, 1577, ERROR, "payment", "charge failed: provider timeout\n  after 500 ms [S:9]"),
        log(6, 61, INFO, "payment", "charging 4,200 JPY"),
        log(1, 1580, ERROR, "web", "checkout failed"),
    ];
    insta::assert_snapshot!(shown(&TraceRecord { spans: checkout(1), logs, cut: false }));
}

#[test]
fn retries_that_all_fail_are_one_cause() {
    insta::assert_snapshot!(shown(&of(checkout(3))));
}

#[test]
fn a_retry_that_succeeds_is_no_cause() {
    let mut spans = checkout(1);
    spans[5] = spans[5].clone().failed("order 7 was cancelled meanwhile");
    spans.push(span(20, 6, "payment", "POST /v2/charge", 600, 90).calling());
    insta::assert_snapshot!(shown(&of(spans)));
}

#[test]
fn two_independent_causes() {
    insta::assert_snapshot!(shown(&of(vec![
        span(1, 0, "web", "GET /home", 0, 100).failed("two parts are missing"),
        span(2, 1, "ads", "Ads/List", 5, 60).failed("no campaign").threw("KeyError", "campaign"),
        span(3, 1, "catalog", "Catalog/Top", 5, 50).failed("index is closed"),
        span(4, 3, "catalog", "Warm", 6, 3).failed("cold"),
        span(5, 3, "catalog", "Warm", 10, 3),
    ])));
}

#[test]
fn an_error_at_the_root_only() {
    insta::assert_snapshot!(shown(&of(vec![
        TracedSpan { error: true, ..span(1, 0, "web", "GET /cart", 0, 12) },
        span(2, 1, "cart", "Cart/Get", 1, 9),
    ])));
}

#[test]
fn a_failure_that_the_request_survives() {
    insta::assert_snapshot!(shown(&of(vec![
        span(1, 0, "web", "GET /home", 0, 100),
        span(2, 1, "web", "Ads/List", 4, 62).calling(),
        span(3, 2, "ads", "Ads/List", 5, 60).failed("no campaign"),
    ])));
}

#[test]
fn no_error() {
    let spans = vec![
        span(1, 0, "web", "GET /cart", 0, 1200).by("customer-7"),
        span(2, 1, "cart", "Cart/Get", 100, 900),
        span(3, 2, "cart", "HGETALL cart", 150, 30).calling(),
        span(4, 2, "cart", "HGETALL cart", 160, 30).calling(),
    ];
    insta::assert_snapshot!("no_error", shown(&of(spans.clone())));
    let logs = vec![log(2, 300, ERROR, "cart", "cannot parse coupon"), log(2, 200, INFO, "cart", "ok")];
    insta::assert_snapshot!("no_error_but_errors_logged", shown(&TraceRecord { spans, logs, cut: false }));
}

#[test]
fn a_missing_root_is_told() {
    insta::assert_snapshot!("missing_root", shown(&of(checkout(1).split_off(3))));
    let mut parts = checkout(1);
    parts.remove(4);
    insta::assert_snapshot!("missing_between", shown(&of(parts)));
    insta::assert_snapshot!("cut", shown(&TraceRecord { cut: true, ..of(checkout(1)) }));
    insta::assert_snapshot!("nothing", shown(&TraceRecord::default()));
}

#[test]
fn a_cycle_of_parents_is_told() {
    insta::assert_snapshot!(shown(&of(vec![
        span(1, 3, "a", "one", 0, 100).failed(""),
        span(2, 1, "b", "two", 10, 80).failed("broken"),
        span(3, 2, "c", "three", 20, 50),
    ])));
    let own = explain(&of(vec![span(1, 1, "a", "one", 0, 100)]), Language::English);
    assert_eq!(own.verdict, Verdict::Inconclusive);
}

#[test]
fn ten_thousand_spans_are_explained_however_they_hang_together() {
    let deep = |n| span(n, n - 1, "s", "call", n, 20_000 - n).failed("x");
    let explanation = explain(&of((1..=10_000).map(deep).collect()), Language::English);
    assert_eq!(explanation.cause.map(|cause| cause.span_id), Some(id(10_000)));
    let wide =
        |n| span(n, u64::from(n > 1), "s", if n > 1 { "call" } else { "all" }, n, 20_000 - n).failed("x");
    let explanation = explain(&of((1..=10_000).map(wide).collect()), Language::English);
    assert_eq!(explanation.cause.map(|cause| cause.span_id), Some(id(2)));
    assert!(explanation.text.contains("was called 9999 times and failed each time"), "{}", explanation.text);
    assert!(explanation.facts.len() < 20);
    let ring = |n| span(n, if n == 1 { 10_000 } else { n - 1 }, "s", "call", n, 5).failed("x");
    assert_eq!(
        explain(&of((1..=10_000).map(ring).collect()), Language::Japanese).verdict,
        Verdict::Inconclusive
    );
}

fn any_trace() -> impl Strategy<Value = TraceRecord> {
    let one = (1..12_u64, 0..12_u64, 0..3_usize, 0..50_u64, 0..50_u64, any::<[bool; 3]>());
    let spans = prop::collection::vec(one, 0..14).prop_map(|list| {
        let made = list.into_iter().map(|(number, parent, service, from, took, [failed, threw, calling])| {
            let made = span(number, parent, ["a", "b [S:1]", ""][service], "x", from, took);
            let made = if failed { made.failed("[E:1]") } else { made };
            let made = if threw { made.threw("T", "") } else { made };
            if calling { made.calling() } else { made }
        });
        made.collect::<Vec<_>>()
    });
    let line = (0..12_u64, 0..60_u64, 0..24_u8)
        .prop_map(|(span, ms, number)| log(span, ms, ("X", number), "a", "]["));
    (spans, prop::collection::vec(line, 0..6), any::<bool>()).prop_map(|(spans, logs, cut)| TraceRecord {
        spans,
        logs,
        cut,
    })
}

proptest! {
    #[test]
    fn any_trace_is_explained_from_facts(trace in any_trace()) {
        for language in [Language::English, Language::Japanese] {
            let explanation = explain(&trace, language);
            assert_cited(&explanation);
            let failed = trace.spans.iter().any(|span| span.error);
            prop_assert_eq!(explanation.cause.is_some(), failed);
            prop_assert!(explanation.verdict != Verdict::NoError || !failed);
            if let Some(cause) = &explanation.cause {
                let known = trace.spans.iter().any(|span| span.span_id == cause.span_id && span.error);
                prop_assert!(known, "the cause is a failed span");
            }
        }
    }

    #[test]
    fn the_order_of_spans_and_the_language_change_nothing(trace in any_trace()) {
        let mut ids = HashSet::new();
        let spans: Vec<TracedSpan> = trace.spans.into_iter().filter(|span| ids.insert(span.span_id)).collect();
        let trace = TraceRecord { spans, ..trace };
        let explanation = explain(&trace, Language::English);
        let turned = TraceRecord { spans: trace.spans.iter().rev().cloned().collect(), ..trace.clone() };
        prop_assert_eq!(&explain(&turned, Language::English), &explanation);
        let other = explain(&trace, Language::Japanese);
        prop_assert_eq!((other.verdict, other.cause, other.logs), (explanation.verdict, explanation.cause, explanation.logs));
    }

    #[test]
    fn a_spans_own_time_is_within_its_duration(trace in any_trace()) {
        let tree = tree::Tree::of(&trace.spans);
        for at in 0..tree.spans.len() {
            prop_assert!(tree.self_time(at) <= tree.spans[at].duration);
        }
    }
}
