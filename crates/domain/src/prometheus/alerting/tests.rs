//! What alerting expressions watch, and why others are not carried over.

use proptest::prelude::*;

use super::*;

/// What is read, in short.
fn said(expression: &str) -> String {
    match read_alerting(expression) {
        Ok(Alerting::Absent(Absent { selector, minutes })) => format!("absent {selector} {minutes}m"),
        Ok(Alerting::Beyond(Beyond { watched, direction, limit, supposed, is_computed })) => {
            let Watched { selector, made, grouped, across } = watched;
            let made = match made {
                Made::Value(each, minutes) => format!("{} {minutes}m", each.name()),
                Made::Increase(minutes) => format!("increase {minutes}m"),
                Made::Rate(minutes) => format!("rate {minutes}m"),
                Made::Percentile(name, minutes) => format!("{name} {minutes}m"),
            };
            let grouped = match grouped {
                Grouped::EachSeries => "each".to_owned(),
                Grouped::Whole => "all".to_owned(),
                Grouped::By(labels) => labels.join("+"),
                Grouped::Without(_) => "without".to_owned(),
            };
            let supposed = supposed.map_or(String::new(), |supposed| format!(" if {supposed:?}"));
            let computed = if is_computed { " computed" } else { "" };
            format!(
                "{made} of {selector} by {grouped}, {} {} {limit}{supposed}{computed}",
                across.name(),
                direction.name()
            )
        }
        Err(NotCounted { offset, reason, .. }) => format!("{offset}: {reason}"),
    }
}

#[test]
fn what_is_watched_is_read_with_its_limit() {
    for (expression, expected) in [
        ("up == 0", "last 5m of up by each, min atMost 0 if NeverBelowNought"),
        ("0 == up", "last 5m of up by each, min atMost 0 if NeverBelowNought"),
        ("(up{job='a'}) != 1", "last 5m of up{job=\"a\"} by each, min below 1 if NeverAboveOne"),
        ("x == 1", "last 5m of x by each, max atLeast 1 if NeverAboveOne"),
        ("x > 5", "last 5m of x by each, max above 5"),
        ("5 > x", "last 5m of x by each, min below 5"),
        ("x <= -1.5e-3", "last 5m of x by each, min atMost -0.0015"),
        ("x >= 1h", "last 5m of x by each, max atLeast 3600"),
        ("x > 60 * 60 * 24", "last 5m of x by each, max above 86400"),
        ("-x > 5", "last 5m of x by each, min below -5 computed"),
        ("x / 1024 / 1024 > 512", "last 5m of x by each, max above 536870912 computed"),
        ("avg_over_time(x[10m]) * 100 > 90", "avg 10m of x by each, max above 0.9 computed"),
        ("max by (a, b) (x) > 5", "last 5m of x by a+b, max above 5"),
        ("max(x) by (a) >= 5", "last 5m of x by a, max atLeast 5"),
        ("sum(max_over_time(x[1h])) < 5", "max 60m of x by all, sum below 5"),
        ("rate(e_total[5m]) > 0.1", "rate 5m of e_total by each, max above 0.1"),
        ("sum by (job) (rate(e_total[5m])) > 0.1", "rate 5m of e_total by job, sum above 0.1"),
        ("sum(rate(e_total[5m])) * 60 > 6", "rate 5m of e_total by all, sum above 0.1 computed"),
        ("sum(rate(e_total[5m]) * 60) > 6", "rate 5m of e_total by all, sum above 0.1 computed"),
        ("increase(e_total[1h30m]) > 3", "increase 90m of e_total by each, max above 3"),
        ("sum(increase(e_total[1h])) == 0", "increase 60m of e_total by all, sum atMost 0"),
        (
            "100 - (avg by (instance) (rate(node_cpu_seconds_total{mode='idle'}[5m])) * 100) > 80",
            "rate 5m of node_cpu_seconds_total{mode=\"idle\"} by instance, avg below 0.2 computed",
        ),
        ("histogram_quantile(0.99, sum by (job) (rate(h[5m]))) > 0.5", "p99 5m of h by job, sum above 0.5"),
        ("absent(up{job='a'})", "absent up{job=\"a\"} 5m"),
        ("absent(up) == 1", "absent up 5m"),
        ("absent_over_time(x[90s]) > 0", "absent x 2m"),
        ("x > 5 # why", "last 5m of x by each, max above 5"),
    ] {
        assert_eq!(said(expression), expected, "{expression}");
    }
}

#[test]
fn what_no_rule_says_is_refused_at_its_place() {
    for (expression, expected) in [
        ("up", "0: without a comparison"),
        ("vector(1)", "0: it always fires"),
        ("a > 1 and b > 1", "6: a rule has one condition, and \"and\" joins"),
        ("a > 1 or b > 1", "6: a rule has one condition, and \"or\" joins"),
        ("a > b", "2: this compares two metrics"),
        ("a > on (job) b", "2: this compares two metrics"),
        ("a > bool 1", "2: with bool"),
        ("1 > 2", "0: this compares numbers"),
        ("a / b > 0.05", "2: this divides one metric by another"),
        ("1 / a > 0.05", "2: this divides one metric by another"),
        ("a - b > 0", "2: this is arithmetic (-)"),
        ("a % 2 > 0", "2: this is arithmetic (%)"),
        ("time() - a > 60", "0: time() reads the clock"),
        ("a - b * 2 > 60", "2: this is arithmetic (-)"),
        ("a * 0 > 1", "2: with these numbers there is no limit"),
        ("a == 5", "2: a rule fires beyond a limit"),
        ("sum(up) == 1", "8: a rule fires beyond a limit"),
        ("rate(a[5m]) == 1", "12: a rule fires beyond a limit"),
        ("absent(a) == 0", "10: absent() is 1 or nothing"),
        ("absent(up == 0)", "0: ippo waits for series of one metric"),
        ("errors_total > 5", "0: errors_total is called as counters are"),
        ("max_over_time(errors_total[1h]) > 5", "0: errors_total is called as counters are"),
        ("irate(a[5m]) > 5", "0: irate() looks at the last two"),
        ("predict_linear(a[1h], 3600) < 0", "0: predict_linear() foretells"),
        ("changes(a[1h]) > 2", "0: changes() compares samples"),
        ("abs(a) > 2", "0: abs() is computed by Prometheus"),
        ("count(up == 0) > 2", "0: count() counts series"),
        ("topk(3, a) > 2", "0: topk() is computed"),
        ("sum without (pod) (a) > 2", "0: without (…) leaves open"),
        ("sum(a > 2) > 1", "6: a comparison within"),
        ("(a > 2) > 1", "3: a comparison within"),
        ("max(sum by (job) (a)) > 2", "4: series are put together twice"),
        ("avg(a + 1) > 2", "4: this is another value"),
        ("max_over_time(rate(a[5m])[1h:1m]) > 2", "14: a range over another expression"),
        ("rate(a[30s]) > 2", "5: ippo judges whole minutes"),
        ("rate(a[90s]) > 2", "5: ippo judges whole minutes"),
        ("rate(a[1d]) > 2", "5: a rule over metrics looks back six hours"),
        ("rate(a) > 2", "0: rate() is of something else"),
        ("a[5m] > 2", "0: a range of samples has no value"),
        ("a offset 1d > 2", "2: offset looks at another time"),
        ("a @ 5 > 2", "2: @ looks at another time"),
        ("ALERTS{alertname='a'} > 0", "0: ALERTS are those of the Prometheus"),
        (
            "histogram_quantile(0.9, sum by (le) (rate(h_bucket[5m]))) > 1",
            "24: the buckets of h come as counters",
        ),
        ("histogram_quantile(0.9, rate(h[5m])) > 1", "24: of histograms ippo reads"),
        ("histogram_quantile(2, sum(rate(h[5m]))) > 1", "19: a percentile is a number"),
        ("histogram_quantile(0.9, sum(rate(h[5m]))) >= 1", "42: an observation at a boundary"),
        ("a > {{ $threshold }}", "4: a template fills this in"),
        ("a >", "3: the expression is empty, or ends here"),
        ("a > 1 2", "6: this is not read"),
        ("(a > 1", "6: here should be a )"),
        ("a{b=c} > 1", "3: after a label"),
        ("{b='c'} > 1", "0: name the metric"),
        ("a[5] > 1", "2: here should be a length of time"),
        ("sum(", "4: the expression is empty"),
        ("1x > 1", "0: 1x is not read as a number"),
        ("'a' > 1", "0: this is no series"),
    ] {
        let told = said(expression);
        assert!(told.starts_with(expected), "{expression}: {told}");
    }
    let deep = format!("{}a{} > 1", "(".repeat(100), ")".repeat(100));
    assert!(said(&deep).contains("nests deeper"));
    assert!(said(&format!("a > {}", "1+".repeat(3_000))).contains("at most 4096 are read"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn no_expression_is_too_strange(
        text in r#"(sum|rate|up|x_total|absent|histogram_quantile|and|by|offset|5m|1e|[a-z]{0,2}|[{}()\[\],@=!~<>"'+*/^% 0-9.-]){0,25}"#,
    ) {
        let _ = read_alerting(&text);
    }

    #[test]
    fn a_limit_is_where_the_value_crosses(scale in 1u32..1_000, add in -1_000i32..1_000, limit in -1_000i32..1_000) {
        let Ok(Alerting::Beyond(read)) = read_alerting(&format!("x * {scale} + {add} > {limit}")) else {
            return Err(TestCaseError::fail("not read"));
        };
        let at = |value: f64| value * f64::from(scale) + f64::from(add) > f64::from(limit);
        prop_assert!(at(read.limit + 1e-6) && !at(read.limit - 1e-6), "{}", read.limit);
    }
}
