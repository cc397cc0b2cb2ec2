//! Rules over points of metrics and over durations: what each measure makes of known values.

use super::*;

fn over(measure: &str) -> String {
    rule("m", &format!("  threshold: {{signal: metrics, where: \"metric = 'm'\", over: 2m, {measure}}}\n"))
}

#[tokio::test]
async fn a_gauge_is_held_against_its_limit_series_by_series_or_together() {
    for (measure, values, fires) in [
        (
            "measure: last, above: 10",
            [("a", 11.0), ("b", 1.0)],
            vec!["rule/m/ Firing: the value (last) is 11 over 2m; limit above 10"],
        ),
        ("measure: last, above: 11", [("a", 11.0), ("b", 1.0)], vec![]),
        (
            "measure: last, across: sum, above: 11",
            [("a", 11.0), ("b", 1.0)],
            vec!["rule/m/ Firing: the value (last) is 12 over 2m; limit above 11"],
        ),
        (
            "measure: min, below: 2",
            [("a", 11.0), ("b", 1.0)],
            vec!["rule/m/ Firing: the value (min) is 1 over 2m; limit below 2"],
        ),
        (
            "measure: avg, across: avg, above: 5.9",
            [("a", 11.0), ("b", 1.0)],
            vec!["rule/m/ Firing: the value (avg) is 6 over 2m; limit above 5.9"],
        ),
        ("measure: last, below: 1", [("a", 11.0), ("b", 1.0)], vec![]),
        (
            "measure: last, atMost: 1",
            [("a", 11.0), ("b", 1.0)],
            vec!["rule/m/ Firing: the value (last) is 1 over 2m; limit at most 1"],
        ),
        (
            "measure: last, atLeast: 11",
            [("a", 11.0), ("b", 1.0)],
            vec!["rule/m/ Firing: the value (last) is 11 over 2m; limit at least 11"],
        ),
        (
            "measure: max, above: 10, by: [\"attrs['queue']\"]",
            [("a", 11.0), ("b", 1.0)],
            vec![
                "rule/m/attrs['queue']=a Firing: attrs['queue']=a: the value (max) is 11 over 2m; limit above 10",
            ],
        ),
    ] {
        let world = World::with(&over(measure)).await;
        let told = world
            .minutes(4, async |w| w.send(Signal::Metrics, sent::gauge(w.clock.now(), "m", &values)).await)
            .await;
        assert_eq!(told, fires, "{measure}");
    }
}

#[tokio::test]
async fn what_a_counter_added_is_exact_over_a_restart_of_it() {
    let world = World::with(&over("measure: increase, above: 59")).await;
    let mut told = Vec::new();
    // Thirty a minute, but for the last minutes; it begins anew in between.
    for count in [100.0, 130.0, 160.0, 30.0, 60.0, 61.0, 62.0, 63.0] {
        let minute = async |w: &World| {
            w.send(Signal::Metrics, sent::counter(w.clock.now(), "m", &[("a", count)])).await;
        };
        told.extend(world.minutes(1, minute).await);
    }
    assert_eq!(
        told,
        [
            "rule/m/ Firing: the increase is 60 over 2m; limit above 59",
            "rule/m/ Resolved: the increase is 31 over 2m; limit above 59"
        ]
    );
    let world = World::with(&over("measure: rate, above: 0.49")).await;
    let mut count = 0.0;
    let mut told = Vec::new();
    for _ in 0..5 {
        count += 30.0;
        let minute = async |w: &World| {
            w.send(Signal::Metrics, sent::counter(w.clock.now(), "m", &[("a", count)])).await;
        };
        told.extend(world.minutes(1, minute).await);
    }
    assert_eq!(told, ["rule/m/ Firing: the rate is 0.5/s over 2m; limit above 0.49"]);
}

#[tokio::test]
async fn counters_are_added_up_or_looked_at_one_by_one() {
    // One adds 30 in each minute, the other 6: over two minutes 60 and 12.
    for (measure, fires) in [
        ("measure: increase, above: 71", Some("the increase is 72 over 2m; limit above 71")),
        ("measure: increase, across: sum, above: 72", None),
        ("measure: increase, across: max, above: 59", Some("the increase is 60 over 2m; limit above 59")),
        (
            "measure: increase, across: max, atLeast: 60",
            Some("the increase is 60 over 2m; limit at least 60"),
        ),
        ("measure: increase, across: max, above: 60", None),
        ("measure: rate, across: min, below: 0.2", Some("the rate is 0.1/s over 2m; limit below 0.2")),
        ("measure: rate, across: avg, above: 0.29", Some("the rate is 0.3/s over 2m; limit above 0.29")),
        ("measure: rate, across: min, above: 0.1", None),
    ] {
        let world = World::with(&over(measure)).await;
        let mut told = Vec::new();
        for minute in 0..6 {
            let values = [("a", 30.0 * f64::from(minute)), ("b", 6.0 * f64::from(minute))];
            let send = async |w: &World| {
                w.send(Signal::Metrics, sent::counter(w.clock.now(), "m", &values)).await;
            };
            told.extend(world.minutes(1, send).await);
        }
        let fires: Vec<String> = fires.iter().map(|text| format!("rule/m/ Firing: {text}")).collect();
        assert_eq!(told, fires, "{measure}");
    }
}

#[tokio::test]
async fn a_histogram_fires_where_its_buckets_leave_no_doubt() {
    for (limit, verdict) in [("0.5", RuleState::Firing), ("0.7", RuleState::Unknown), ("1", RuleState::Fine)]
    {
        let world = World::with(&over(&format!("measure: p95, above: {limit}"))).await;
        let minute = async |w: &World| {
            let body = sent::histogram(w.clock.now(), "m", &[0.25, 0.5, 1.0], &[80, 0, 20, 0]);
            w.send(Signal::Metrics, body).await;
        };
        world.minutes(5, minute).await;
        assert_eq!(world.state("m").await, verdict, "above {limit}: it lies between 0.5 and 1");
        let report = world.rules.show("m", world.clock.now()).await.expect("defined");
        let said = report.groups[0].said.clone().expect("measured").english;
        assert_eq!(said, format!("the p95 is between 0.5 and 1 of 200 events over 2m; limit above {limit}"));
    }
}

#[tokio::test]
async fn a_percentile_of_durations_is_decided_exactly() {
    // A hundred requests of 1 to 100 ms: the 95th by rank is of 95 ms.
    for (limit, fires) in
        [("above: 94.999999ms", 1), ("above: 95ms", 0), ("atLeast: 95ms", 1), ("atLeast: 95.000001ms", 0)]
    {
        let spans = format!(
            "  threshold: {{signal: spans, where: service = 'pay', measure: p95, {limit}, over: 1m}}\n"
        );
        let world = World::with(&rule("slow", &spans)).await;
        let told = world.minutes(3, async |w| w.pays(100, 0).await).await;
        assert_eq!(told.len(), fires, "{limit}: {told:?}");
        let open = world.open().await;
        assert!(
            open.iter().all(|one| one.examples.len() == 3 && one.examples[0].path.starts_with("/traces/"))
        );
    }
}

#[tokio::test]
async fn a_measure_that_makes_no_sense_of_a_metric_is_said() {
    let world = World::with(&over("measure: rate, above: 1")).await;
    world
        .minutes(3, async |w| w.send(Signal::Metrics, sent::gauge(w.clock.now(), "m", &[("a", 1.0)])).await)
        .await;
    let report = world.rules.show("m", world.clock.now()).await.expect("defined");
    assert_eq!(report.state, RuleState::Unknown);
    assert_eq!(
        report.trouble.expect("it is said").english,
        "not everything could be read: m is a gauge: of that make sense last, avg, min and max"
    );
}

#[tokio::test]
async fn groups_beyond_the_limit_are_left_out_and_said_to_be() {
    let by = over("measure: last, above: 10, by: [\"attrs['queue']\"]");
    let world = World::with(&by).await;
    let names: Vec<String> = (0..60).map(|n| format!("q{n:02}")).collect();
    let values: Vec<(&str, f64)> = names.iter().map(|name| (name.as_str(), 11.0)).collect();
    let told = world
        .minutes(3, async |w| w.send(Signal::Metrics, sent::gauge(w.clock.now(), "m", &values)).await)
        .await;
    assert_eq!(told.len(), ippo_telemetry::read::WINDOW_GROUPS_MOST);
    let report = world.rules.show("m", world.clock.now()).await.expect("defined");
    assert!(report.more_groups);
    assert_eq!(world.open().await.len(), ippo_telemetry::read::WINDOW_GROUPS_MOST);
}
