//! What is counted by which expression, and why others are not.

use proptest::prelude::*;

use super::*;
use crate::prometheus::read_selector;

const TOTAL: &str = "sum(rate(http_requests_total{job=\"api\"}[{{.window}}]))";

fn told(ratio: &CountedRatio) -> String {
    let (word, part) = match &ratio.part {
        CountedPart::Good(part) => ("good", part),
        CountedPart::Bad(part) => ("bad", part),
    };
    let grouped = match &ratio.grouped {
        Grouped::Whole => String::new(),
        Grouped::By(labels) => format!(" by {}", labels.join(",")),
        Grouped::Without(labels) => format!(" without {}", labels.join(",")),
        Grouped::EachSeries => " each series".to_owned(),
    };
    format!("{word} {part} of {}{grouped}", ratio.total)
}

fn of_events(error: &str, total: &str) -> String {
    told(&read_events(error, total).unwrap_or_else(|e| panic!("{error} / {total}: {e:?}")))
}

#[test]
fn counters_are_found_however_they_are_summed() {
    for (error, total, expected) in [
        ("sum(rate(e{code=~'5..'}[{{.window}}]))", "sum(rate(t[{{.window}}]))", "bad e{code=~\"5..\"} of t"),
        ("(sum(increase(e[{{ .window }}])))", "SUM(irate(t[5m]))", "bad e of t"),
        ("sum(rate(e[w])) or vector(0)", "sum(rate(t[w]))", "bad e of t"),
        ("(sum(rate(e[w])) OR on() vector(0))", "sum(rate(t[w])) > 0", "bad e of t"),
        ("(sum(rate(e[w])) > 0) or vector(0)", "sum(rate(t[w]))", "bad e of t"),
        ("sum(rate(e[w]) or vector(0))", "(sum(rate(t[w])) != 0.0)", "bad e of t"),
        ("sum(rate(e[w])) or (vector(0))", "sum(rate(t[1m:10s]))", "bad e of t"),
        ("sum(rate(t[w])) - sum(rate(g[w]))", "sum(rate(t[w]))", "good g of t"),
        (
            "(\n sum(rate(h_count{v!='W'}[w]))\n -\n sum(rate(h_bucket{le='0.4',v!='W'}[w]))\n)",
            "sum(rate(h_count{v!=\"W\"}[w]))",
            "good h_bucket{le=\"0.4\",v!=\"W\"} of h_count{v!=\"W\"}",
        ),
        (
            "sum(rate(x{c='429'}[w])) + sum(rate(x{c=~'5..'}[w]))",
            "sum(rate(x[w]))",
            "bad x{c=~\"429|5..\"} of x",
        ),
        ("sum by (job) (rate(e[w]))", "sum(rate(t[w])) by (job)", "bad e of t by job"),
        ("sum without (pod, le) (rate(e[w]))", "sum(rate(t[w]))", "bad e of t without pod,le"),
        ("sum(sum by (a) (rate(e[w])))", "sum by () (rate(t[w]))", "bad e of t"),
        ("rate(e[w])", "rate(t[w])", "bad e of t each series"),
        ("sum(rate(job:e:sum[w]))", "sum(rate(job:t:sum[w]))", "bad job:e:sum of job:t:sum"),
        ("sum(rate(e[w])) # why", "sum(rate(t[w]))", "bad e of t"),
    ] {
        assert_eq!(of_events(error, total), expected);
    }
}

#[test]
fn a_ready_made_ratio_of_counters_is_taken_apart() {
    for (query, expected) in [
        ("sum(rate(e[w])) / sum(rate(t[w]))", "bad e of t"),
        ("(sum(rate(e[w])) or vector(0)) / (sum(rate(t[w])) > 0)", "bad e of t"),
        ("1 - sum(rate(g[w])) / sum(rate(t[w]))", "good g of t"),
        ("1.0 - (sum(rate(g[w])) / sum(rate(t[w])))", "good g of t"),
        ("(sum(rate(t[w])) - sum(rate(g[w]))) / sum(rate(t[w]))", "good g of t"),
        ("sum by (a) (rate(e[w])) / sum by (a) (rate(t[w]))", "bad e of t by a"),
    ] {
        let ratio = read_error_ratio(query).unwrap_or_else(|e| panic!("{query}: {e:?}"));
        assert_eq!(told(&ratio), expected);
    }
    for (query, reason, offset) in [
        ("avg_over_time(error_ratio[w])", "looks at samples", 0),
        ("job:errors:ratio_rate5m", "is a recording rule", 0),
        ("slo:errors:ratio_rate{{.window}}", "is a recording rule", 0),
        ("1 - avg(up)", "avg() is no sum", 4),
        ("1 - sum(rate(g[w]))", "ready-made ratio", 0),
        ("100 - sum(rate(g[w])) / sum(rate(t[w]))", "ready-made ratio", 0),
        ("sum(rate(e[w]))", "ready-made ratio", 0),
        ("rate(e[w]) / rate(t[w])", "pairs those", 0),
    ] {
        let error = read_error_ratio(query).expect_err(query);
        assert!(error.reason.contains(reason) && error.offset == offset, "{query}: {error:?}");
    }
}

#[test]
fn what_is_not_counted_says_why_and_where() {
    for (error, reason, offset) in [
        ("", "empty", 0),
        ("sum(e)", "without rate() or increase()", 4),
        ("job:errors:rate5m", "recording rule", 0),
        ("sum(rate(errors:rate{{.window}}[w]))", "another one for each window", 9),
        ("sum(sum_over_time(up[w]))", "sum_over_time() looks at samples", 4),
        ("histogram_quantile(0.9, rate(b[w]))", "a quantile is no count", 0),
        ("max(rate(e[w]))", "max() is no sum", 0),
        ("topk by (a) (1, rate(e[w]))", "topk() is no sum", 0),
        ("sum(delta(e[w]))", "is about a gauge", 4),
        ("label_replace(rate(e[w]), 'a', 'b', 'c', 'd')", "is computed by Prometheus", 0),
        ("sum(rate(e[w])) * 2", "arithmetic changes", 16),
        ("sum(rate(e[w])) > 0", "drops the times", 16),
        ("sum(rate(e[w]) != 0)", "drops the times", 15),
        ("sum(rate(http_requests_total{job='api'}[w])) - (sum(rate(g[w])) > 0)", "drops the times", 64),
        ("sum(rate(e[w])) > 5", "a comparison drops", 16),
        ("sum(rate(e[w]) > 5)", "a comparison drops", 15),
        ("sum(rate(e[w])) and sum(rate(f[w]))", "made by Prometheus at each time", 16),
        ("sum(rate(e[w])) or sum(rate(f[w]))", "made by Prometheus at each time", 16),
        ("sum(rate(e[w])) or vector(1)", "made by Prometheus at each time", 16),
        ("sum(rate(e[w])) - on(a) sum(rate(f[w]))", "a join", 18),
        ("sum(rate(e[w])) - sum(rate(g[w]))", "only if that counts all of them", 0),
        ("sum(rate(e[w]) + rate(f[w]))", "pairs those", 4),
        ("sum(rate(e[w] offset 5m))", "offset moves", 14),
        ("sum(rate(e offset 5m[w]))", "offset moves", 11),
        ("sum(rate(e[w] @ 5))", "stands still", 14),
        ("sum(rate(sum(e)[w]))", "rate() of sum()", 9),
        ("sum(rate({job='a'}[w]))", "name the metric", 9),
        ("sum(rate({__name__=~'a|b'}[w]))", "of one metric", 10),
        ("sum(rate(e{job='{{.job}}'}[w]))", "template", 15),
        ("sum(rate(e{job=}[w]))", "text in quotes", 14),
        ("sum(rate(e))", "range is missing", 4),
        ("sum(rate(e[w))", "not closed", 10),
        ("sum(rate(e[w])", "here should be a )", 14),
        ("sum(rate(e[w])))", "not read", 15),
        ("sum(rate(e[w])) + sum(rate(f[w]))", "no one selector", 0),
        ("sum(rate(t{a='1'}[w])) + sum(rate(t{a=~'1|2'}[w]))", "no one selector", 0),
        ("sum(rate(e[w])) / sum(rate(t[w]))", "ready-made ratio", 0),
        ("0", "a number counts", 0),
    ] {
        let (side, told) = read_events(error, TOTAL).expect_err(error);
        assert!(side == Side::Error && told.reason.contains(reason), "{error}: {told:?}");
        assert_eq!(told.offset, offset, "{error}: {told:?}");
        assert!(!told.instead.is_empty());
    }
    let (side, _) = read_events(TOTAL, "max(x)").expect_err("no total");
    assert_eq!(side, Side::Total);
    let deep = format!("{}sum(rate(e[w])){}", "(".repeat(100), ")".repeat(100));
    assert!(read_events(&deep, TOTAL).expect_err("deep").1.reason.contains("64 levels"));
    assert!(read_error_ratio(&"x".repeat(QUERY_BYTES + 1)).expect_err("long").reason.contains("4096"));
}

proptest! {
    #[test]
    fn no_text_is_too_strange(
        text in r#"(sum|rate|or|vector|by|on|1|0|x:y|offset|[a-z_é]{0,3}|[{}()\[\],@=!~"'`\\#+/<> 0-9.-]){0,25}"#,
    ) {
        if let Ok(read) = read_error_ratio(&text) {
            prop_assert_eq!(read_selector(&read.total.to_string()), Ok(read.total));
        }
        for (error, total) in [(text.as_str(), TOTAL), (TOTAL, text.as_str())] {
            if let Err((_, told)) = read_events(error, total) {
                prop_assert!(told.offset <= text.len());
            }
        }
    }

    #[test]
    fn a_selector_is_found_whatever_is_around_it(
        metric in "[a-z_:]{1,8}", value in "[ -~]{0,8}", sums in 0usize..4, nought in any::<bool>(), spaces in "[ \n]{0,3}",
    ) {
        let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
        prop_assume!(!value.contains("{{"));
        let selector = format!("{metric}{spaces}{{code=\"{quoted}\"}}");
        let mut query = format!("rate({spaces}{selector}[{{{{.window}}}}])");
        for _ in 0..sums {
            query = format!("sum({query}{spaces})");
        }
        if nought {
            query = format!("({query} or vector(0)){spaces}");
        }
        let read = read_events(&query, TOTAL).map_err(|e| TestCaseError::fail(format!("{query}: {e:?}")))?;
        prop_assert_eq!(read.part, CountedPart::Bad(read_selector(&selector).expect("a selector")));
        prop_assert_eq!(read.grouped == Grouped::Whole, sums > 0);
    }
}
