//! Requests, errors and latency of services, endpoints and steps.

use std::collections::{BTreeMap, BTreeSet};

use ippo_base::{TimeRange, Timestamp};

use super::world::{MILLISECOND, MINUTE, SpanFact, World, all_time, minutes_ago};
use crate::expr::Expr;
use crate::read::{Latency, Where};
use crate::red::RELATIVE_ERROR;
use crate::signal::Signal;

/// Nearest rank: the smallest value that at least so many percent do not exceed.
fn percentile(durations: &[i64], percent: usize) -> Option<f64> {
    let enough = |value: &&i64| {
        durations.iter().filter(|other| other <= value).count() * 100 >= percent * durations.len()
    };
    durations.iter().filter(enough).min().map(|nanos| *nanos as f64 / 1e6)
}

fn numbers(spans: &[&SpanFact]) -> (u64, u64, Latency) {
    let durations: Vec<i64> = spans.iter().map(|span| span.duration_ns).collect();
    let [p50_ms, p95_ms, p99_ms] = [50, 95, 99].map(|percent| percentile(&durations, percent));
    let errors = spans.iter().filter(|span| span.error).count();
    (spans.len() as u64, errors as u64, Latency { p50_ms, p95_ms, p99_ms, relative_error: 0.0 })
}

/// What was told is what was counted, percentiles within the error that is told with them.
fn agree(told: (u64, u64, Latency), exact: (u64, u64, Latency)) {
    assert_eq!((told.0, told.1), (exact.0, exact.1));
    let (told, exact) = (told.2, exact.2);
    assert!(told.relative_error <= RELATIVE_ERROR, "{told:?}");
    let parts = |latency: Latency| [latency.p50_ms, latency.p95_ms, latency.p99_ms];
    for (told_ms, exact_ms) in parts(told).into_iter().zip(parts(exact)) {
        let off = (told_ms.unwrap_or_default() - exact_ms.unwrap_or_default()).abs();
        let allowed = exact_ms.unwrap_or_default() * (told.relative_error + 1e-9);
        assert!(told_ms.is_some() == exact_ms.is_some() && off <= allowed, "{told:?} for {exact:?}");
    }
}

fn only(environment: Option<&str>) -> Where {
    Where { namespace: None, environment: environment.map(str::to_owned) }
}

#[tokio::test]
async fn services_equal_a_recount() {
    let world = World::new(1).await;
    for (range, environment) in
        [(all_time(), None), (minutes_ago(120, 0), None), (all_time(), Some("staging"))]
    {
        let is_wanted = |span: &&SpanFact| {
            span.is_in(range) && environment.is_none_or(|environment| span.environment == environment)
        };
        let found = world.reader().services(range, &only(environment)).value;
        let mut names: BTreeSet<&str> =
            world.spans.iter().filter(is_wanted).map(|span| span.service).collect();
        // Records of logs name services too; they have no environment here.
        let logs = world.logs.iter().filter(|log| {
            environment.is_none() && range.from.as_nanos() <= log.time && log.time < range.to.as_nanos()
        });
        names.extend(logs.clone().map(|log| log.service.as_str()));
        assert_eq!(found.iter().map(|one| one.service.as_str()).collect::<Vec<_>>(), Vec::from_iter(names));
        for one in found {
            let of: Vec<&SpanFact> =
                world.spans.iter().filter(is_wanted).filter(|span| span.service == one.service).collect();
            let requests: Vec<&SpanFact> = of.iter().copied().filter(|span| span.is_request()).collect();
            agree((one.requests, one.errors, one.latency), numbers(&requests));
            let environments: BTreeSet<&str> = of.iter().map(|span| span.environment).collect();
            assert_eq!(one.environments, Vec::from_iter(environments));
            assert_eq!(one.namespaces, ["shop"]);
            let told = world.reader().identities(&one.service, range, &only(environment)).value;
            let part = |of: fn(&(String, String)) -> &String| -> BTreeSet<&String> {
                told.iter().map(of).filter(|text| !text.is_empty()).collect()
            };
            assert_eq!(part(|(namespace, _)| namespace), one.namespaces.iter().collect());
            assert_eq!(part(|(_, environment)| environment), one.environments.iter().collect());
            let seen = of.iter().map(|span| span.start);
            let logged = logs.clone().filter(|log| log.service == one.service).map(|log| log.time);
            // Of a segment that the range cuts, the minute is known.
            let last = Timestamp::from_nanos(seen.chain(logged).max().expect("it was seen"));
            assert_eq!(one.last_seen.minute(), last.minute());
            assert!(one.last_seen == last || (last < one.last_seen && range != all_time()));
        }
    }
    let nowhere = Where { namespace: Some("elsewhere".to_owned()), environment: None };
    assert_eq!(world.reader().services(all_time(), &nowhere).value, []);
    assert_eq!(world.reader().identities("cart", all_time(), &nowhere).value, []);
    assert_eq!(world.reader().identities("nobody", all_time(), &only(None)).value, []);
}

/// An expression over spans, and what it means.
type Filter = (Option<Expr>, fn(&SpanFact) -> bool);

/// Some of them; the first is none.
fn filters() -> [Filter; 4] {
    let expr = |text| Some(Expr::parse(text, Signal::Spans).expect("an expression"));
    [
        (None, |_| true),
        (expr("error OR duration_ns >= 40000000"), |span| span.error || span.duration_ns >= 40 * MILLISECOND),
        (expr("user_id IS NOT NULL AND method = 'GET'"), |span| span.user.is_some() && span.method == "GET"),
        (expr("service = 'nobody'"), |_| false),
    ]
}

#[tokio::test]
async fn endpoints_equal_a_recount() {
    let world = World::new(2).await;
    let asked = [(minutes_ago(180, 0), None), (all_time(), Some("production"))];
    for ((range, environment), (filter, is_true)) in
        asked.iter().flat_map(|asked| filters().map(|f| (*asked, f)))
    {
        let found = world.reader().endpoints("cart", range, &only(environment), filter.as_ref()).value;
        assert!(found.is_sorted_by(|a, b| a.requests >= b.requests), "most requests first");
        let mut by_endpoint: BTreeMap<(String, &str), Vec<&SpanFact>> = BTreeMap::new();
        for span in world.spans.iter().filter(|span| {
            span.service == "cart"
                && span.is_request()
                && span.is_in(range)
                && environment.is_none_or(|environment| span.environment == environment)
                && is_true(span)
        }) {
            let kind = if span.kind == 2 { "server" } else { "consumer" };
            by_endpoint.entry((span.name(), kind)).or_default().push(span);
        }
        assert_eq!(found.len(), by_endpoint.len());
        for one in found {
            let spans = &by_endpoint[&(one.name.clone(), one.kind.as_str())];
            agree((one.requests, one.errors, one.latency), numbers(spans));
            assert_eq!(one.method.as_deref(), Some(spans[0].method));
            assert_eq!(one.route.as_deref(), Some(spans[0].route));
        }
    }
}

#[tokio::test]
async fn a_series_has_a_point_for_every_step() {
    let world = World::new(3).await;
    let asked = [(minutes_ago(240, 0), 600, 24), (minutes_ago(59, 1), 60, 58), (minutes_ago(-1, -9), 60, 8)];
    for ((range, step_secs, points), (filter, is_true)) in
        asked.iter().flat_map(|asked| filters().map(|f| (*asked, f)))
    {
        let found = world.reader().series("cart", range, step_secs, &Where::default(), filter.as_ref()).value;
        assert_eq!(found.len(), points);
        for (index, point) in (0_i64..).zip(found) {
            let step = i64::from(step_secs) * MINUTE / 60;
            let from = range.from.as_nanos() + index * step;
            let of_step =
                TimeRange { from: Timestamp::from_nanos(from), to: Timestamp::from_nanos(from + step) };
            let spans: Vec<&SpanFact> = world
                .spans
                .iter()
                .filter(|span| {
                    span.service == "cart" && span.is_request() && span.is_in(of_step) && is_true(span)
                })
                .collect();
            assert_eq!(point.time, of_step.from);
            agree((point.requests, point.errors, point.latency), numbers(&spans));
        }
    }
}

#[tokio::test]
async fn changes_are_the_endpoints_that_got_worse() {
    let world = World::new(4).await;
    let range = minutes_ago(100, -1);
    let found = world.reader().endpoint_changes(range).value;
    let length = range.to.since(range.from);
    assert_eq!(found.baseline, TimeRange { from: range.from.minus(length), to: range.from });
    assert!(!found.endpoints.is_empty() && found.endpoints.len() <= 5);
    let spans = |service: &str, name: &str, of: TimeRange| -> Vec<&SpanFact> {
        let fits = |span: &&SpanFact| {
            span.service == service && span.name() == name && span.is_request() && span.is_in(of)
        };
        world.spans.iter().filter(fits).collect()
    };
    let mut harms = Vec::new();
    for one in found.endpoints {
        let (now, before) =
            (spans(&one.service, &one.name, range), spans(&one.service, &one.name, found.baseline));
        let (requests, errors, latency) = numbers(&now);
        assert_eq!((one.requests, one.errors, one.p95_ms), (requests, errors, latency.p95_ms));
        let (requests, errors, latency) = numbers(&before);
        assert_eq!((one.baseline_requests, one.baseline_errors), (requests, errors));
        assert_eq!(one.baseline_p95_ms, latency.p95_ms);
        let users: BTreeSet<&String> =
            now.iter().filter(|span| span.error).filter_map(|span| span.user.as_ref()).collect();
        assert_eq!(one.users, Some(users.len() as u64));
        harms.push(
            one.errors as f64 - one.baseline_errors as f64 / requests.max(1) as f64 * one.requests as f64,
        );
    }
    assert!(harms.is_sorted_by(|a, b| a >= b), "the worst first: {harms:?}");
}
