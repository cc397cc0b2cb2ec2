//! A composite SLO over two services: one budget, one set of alerts, a counter and a source for each part.

use ippo_domain::slo::Ratio;
use ippo_domain::slo::budget_policy::Holds;

use super::*;

fn composite(pay: &str, weights: [&str; 2]) -> String {
    let part = |name: &str, total: &str, target: &str, weight: &str| {
        format!(
            "    - displayName: {name}
      target: {target}
      compositeWeight: {weight}
      indicator:
        metadata: {{name: {name}}}
        spec:
          ratioMetric:
            bad: {{metricSource: {{type: spans, spec: {{where: status = 'error'}}}}}}
            total: {{metricSource: {{type: spans, spec: {{where: \"{total}\"}}}}}}
"
        )
    };
    let (head, rest) = CHECKOUT.split_once("  indicator:").expect("an indicator");
    let window = rest.split_once("  timeWindow").expect("a window").1.split("    - target").next();
    format!(
        "{head}  timeWindow{}{}{}",
        window.expect("objectives"),
        part("pay", pay, "0.999", weights[0]),
        part("search", "service = 'search'", "0.99", weights[1])
    )
}

const PAY: &str = "service = 'pay'";

impl World {
    /// Requests of both services, the good and the bad ones of each.
    async fn send(&self, pay: (usize, usize), search: (usize, usize)) {
        for (service, (good, bad)) in [("pay", pay), ("search", search)] {
            if good + bad > 0 {
                let failed = std::iter::repeat_n(false, good).chain(std::iter::repeat_n(true, bad));
                let body = requests_of(service, self.clock.now(), failed);
                self.slos.store.append(Signal::Spans, "test", body).await.expect("stored");
            }
        }
    }

    /// Minute after minute of requests of both services, the good and the bad ones of each.
    async fn both(&self, count: u32, pay: (usize, usize), search: (usize, usize)) -> Vec<String> {
        let mut told = Vec::new();
        for _ in 0..count {
            self.send(pay, search).await;
            for _ in 0..12 {
                told.extend(self.tick().await);
                self.clock.advance(EVALUATE_EVERY);
            }
        }
        told
    }

    async fn shown(&self) -> SloReport {
        self.slos.show("checkout", self.clock.now()).await.expect("defined")
    }

    fn generation(&self, place: usize) -> u64 {
        let status = self.slos.store.counter_status(&format!("slo/checkout/{place}"));
        status.expect("active").generation
    }
}

#[tokio::test]
async fn parts_of_two_services_spend_one_budget_by_weight() {
    let world = World::new().await;
    world.apply(&composite(PAY, ["3", "1"])).await.expect("good");
    // 1 of 1,000 is all of the budget of pay, 4 of 200 two budgets of search: 0.75 × 1 + 0.25 × 2.
    assert!(world.both(10, (999, 1), (196, 4)).await.iter().all(|what| !what.contains("page")));
    let report = world.shown().await;
    let whole = report.status.whole.as_ref().expect("a composite SLO");
    assert_eq!(whole.window().spent, Some(Ratio::new(5, 4)));
    let of_whole: Vec<Ratio> = whole.window().parts.iter().map(|part| part.of_whole).collect();
    assert_eq!(of_whole, [Ratio::new(3, 4), Ratio::new(1, 2)]);
    assert_eq!(report.status.objectives[0].window().sum.counts.bad, 10);
    assert_eq!(report.status.objectives[1].window().sum.counts.bad, 40);

    let now = world.clock.now();
    let spend = world.slos.spend("checkout", None, now).await.expect("defined");
    assert_eq!(spend.remaining, Some(Ratio::new(-1, 4)));
    let named = |name: &str, share: (i128, i128)| (name.to_owned(), Ratio::new(share.0, share.1));
    assert_eq!(spend.parts, [named("pay", (3, 4)), named("search", (1, 2))]);
    let days = spend.days.iter().filter_map(|day| day.share).fold(Ratio::ZERO, Ratio::plus);
    assert_eq!(days, Ratio::new(5, 4), "days add up to all that was spent");
    assert_eq!(spend.hours[0].part_shares, of_whole);
    let part = world.slos.spend("checkout", Some(1), now).await.expect("defined");
    assert_eq!((part.objective.as_str(), part.remaining), ("search", Some(Ratio::new(-1, 1))));

    let hour = ippo_base::TimeRange { from: now.minus(Duration::from_secs(3_600)), to: now };
    let series = world.slos.series("checkout", None, hour, now).await.expect("defined");
    assert_eq!(series.points.last().expect("an hour").budget_remaining, Some(Ratio::new(-1, 4)));
    let bad: u64 = series.points.iter().map(|point| point.counts.bad).sum();
    assert_eq!(bad, 50);
    let part = world.slos.series("checkout", Some(0), hour, now).await.expect("defined");
    assert_eq!(part.points.last().expect("an hour").budget_remaining, Some(Ratio::ZERO));
    let failures = world.slos.failures("checkout", 1, hour, 100).await.expect("defined");
    assert!(failures.value.len() == 40 && failures.value.iter().all(|failure| failure.service == "search"));
    assert!(world.slos.failures("checkout", 2, hour, 100).await.is_err());

    let recounted = world.slos.recount("checkout", |_| {}).await.expect("counted");
    assert_eq!(recounted.len(), 2);
    assert!(recounted.iter().all(|part| part.drift.differing.is_empty() && part.drift.minutes > 0));
}

#[tokio::test]
async fn an_outage_pages_by_what_its_part_weighs_and_each_source_is_awaited() {
    let world = World::new().await;
    world.apply(&composite(PAY, ["1", "1"])).await.expect("good");
    assert!(world.both(60, (100, 0), (100, 0)).await.is_empty());
    let begun = world.both(5, (0, 100), (100, 0)).await;
    assert!(begun.contains(&PAGE_FIRES.to_owned()), "{begun:?}");
    assert_eq!(world.state().await, SloState::Critical);
    let impact = crate::incident::Incidents { state: world.slos.state.clone(), ids: world.slos.ids.clone() };
    crate::incident::refresh_impact(&impact, &world.slos, world.clock.now()).await.expect("looked up");
    let mut connection = world.slos.state.read().await.expect("reads");
    let open = ippo_state::incident::open(&mut connection).await.expect("reads");
    drop(connection);
    let page = open.iter().find(|one| one.source == "slo/checkout/page").expect("open");
    assert_eq!(page.impact.as_ref().map(|impact| impact.requests), Some(500), "all of them of pay");

    // Search falls silent: that is told, and the page is held, as nobody can say that search is well.
    let told = world.both(6, (100, 0), (0, 0)).await;
    assert!(told.contains(&"absence/checkout Firing".to_owned()), "{told:?}");
    let report = world.shown().await;
    let burn = &report.status.whole.as_ref().expect("composite").burn;
    assert!(burn.iter().any(|pair| pair.held), "{burn:?}");
    let told = world.both(12, (100, 0), (100, 0)).await;
    assert!(told.contains(&"absence/checkout Resolved".to_owned()), "{told:?}");
    assert!(told.contains(&PAGE_RESOLVED.to_owned()), "{told:?}");
}

#[tokio::test]
async fn only_an_sli_that_is_edited_is_counted_again_and_only_in_its_part() {
    let world = World::new().await;
    world.apply(&composite(PAY, ["1", "1"])).await.expect("good");
    world.both(5, (99, 1), (99, 1)).await;
    let before = (world.generation(0), world.generation(1));
    world.apply(&composite(PAY, ["5", "1"]).replace("0.999", "0.99")).await.expect("good");
    assert_eq!(
        (world.generation(0), world.generation(1)),
        before,
        "targets and weights are judged, not counted"
    );
    assert_eq!(world.shown().await.status.whole.expect("composite").window().spent, Some(Ratio::ONE));
    world.apply(&composite("service = 'pay' AND kind = 'server'", ["5", "1"])).await.expect("good");
    assert_eq!(world.generation(1), before.1);
    assert_ne!(world.generation(0), before.0);
    assert_eq!(world.shown().await.status.objectives[0].window().sum.counts.bad, 5, "from stored telemetry");
}

#[tokio::test]
async fn exclusions_gates_and_policies_are_about_all_parts() {
    use ippo_domain::slo::budget_policy::{BudgetCondition, Spending};
    use ippo_domain::slo::gate::{Gate, GateVerdict};

    let world = World::new().await;
    world.apply(&composite(PAY, ["1", "1"])).await.expect("good");
    let from = world.clock.now().minute();
    // Pay spends two of its budgets and search nothing: exactly one budget of both.
    world.both(10, (998, 2), (100, 0)).await;
    let now = world.clock.now();
    let wish = CheckFor {
        slos: vec!["checkout".to_owned()],
        service: None,
        gate: Gate { least_coverage: Ratio::ZERO, ..Gate::default() },
        version: None,
    };
    let gated = world.slos.check(&wish, now).await.expect("defined").remove(0).gated;
    let budgets: Vec<&str> = gated.checks.iter().map(|check| check.text.english.as_str()).collect();
    assert!(budgets.contains(&"the error budget is spent: 0 % is left"), "{budgets:?}");
    assert_eq!(gated.verdict, GateVerdict::No);

    let report = world.shown().await;
    let defined = world.slos.defined("checkout").expect("defined");
    let (slos, moment) = (world.slos.clone(), read::Moment::read(&world.slos, now).await.expect("reads"));
    let holds = blocking(move || {
        let mut gatherer = gather::Gatherer::new(&slos.store, &slos.book, &moment.up);
        let none = moment.exclusions_of("checkout");
        let gathered = gatherer.gather(&defined, moment.reach(&defined.slo), &none, vec![]);
        let histories: Vec<_> = gathered.inputs.objectives.iter().map(|given| &given.history).collect();
        let spending = Spending { slo: &defined.slo, status: &report.status, histories: &histories };
        [Ratio::ONE, Ratio::new(101, 100)]
            .map(|share| spending.holds(BudgetCondition::SpentAtLeast { share, minutes: 60 }))
    });
    let [exactly, more] = holds.await.expect("judged");
    let Holds::Yes(said) = exactly else { panic!("one budget was spent: {exactly:?}") };
    assert_eq!(said.english, "100 % of the error budget was spent in 1h");
    assert_eq!(more, Holds::No);

    let range = ippo_base::MinuteRange { from, to: from.plus(5) };
    let exclude = Exclude {
        slo: "checkout".to_owned(),
        range,
        repeat: None,
        counts_as: ExcludedTime::Good,
        reason: "a load test".to_owned(),
        ticket: String::new(),
        by: "ada".to_owned(),
    };
    let entered = world.slos.exclude(exclude, false, now).await.expect("entered");
    let LedgerEntry::Exclusion(exclusion) = entered.entry else { panic!("an exclusion") };
    let effects: Vec<_> =
        exclusion.effects.iter().map(|e| (e.objective.as_str(), e.before, e.after)).collect();
    let some = |share| Some(share);
    assert_eq!(
        effects,
        [
            ("checkout", some(Ratio::ZERO), some(Ratio::new(1, 2))),
            ("pay", some(Ratio::new(-1, 1)), some(Ratio::ZERO)),
            ("search", some(Ratio::ONE), some(Ratio::ONE)),
        ]
    );
    assert_eq!(world.shown().await.status.whole.expect("composite").window().spent, Some(Ratio::new(1, 2)));
}

#[tokio::test]
async fn a_period_of_the_whole_is_closed_beside_those_of_its_parts() {
    let world = World::new().await;
    let daily =
        "timeWindow: [{duration: 1d, calendar: {startTime: '2026-01-01 15:00:00', timeZone: Asia/Tokyo}}]";
    let rolling = "timeWindow: [{duration: 30d, isRolling: true}]";
    world.apply(&composite(PAY, ["3", "1"]).replace(rolling, daily)).await.expect("good");
    // All of the budget of pay, and two of search: 0.75 × 1 + 0.25 × 2.
    world.both(10, (999, 1), (196, 4)).await;
    world.clock.advance(Duration::from_secs(5 * 3_600));
    world.tick().await;
    let now = world.clock.now();
    assert_eq!(world.slos.close_periods(now).await.expect("state works"), ["checkout"]);
    let told = async |place| {
        let told = world.slos.history("checkout", place, 2, now).await.expect("defined");
        let ended = told.periods.into_iter().nth(1).expect("two periods");
        assert_eq!(ended.closed.expect("closed").1, ended.now, "{}", told.objective);
        (told.objective, ended.now.target, ended.now.remaining, ended.now.is_kept)
    };
    let target = |text: &str| Some(text.to_owned());
    assert_eq!(told(None).await, ("checkout".to_owned(), None, Some(Ratio::new(-1, 4)), Some(false)));
    assert_eq!(told(Some(0)).await, ("pay".to_owned(), target("0.999"), Some(Ratio::ZERO), Some(true)));
    assert_eq!(
        told(Some(1)).await,
        ("search".to_owned(), target("0.99"), Some(Ratio::new(-1, 1)), Some(false))
    );
    assert!(world.slos.history("checkout", Some(2), 2, now).await.is_err());
}

#[tokio::test]
async fn the_whole_is_foretold_without_a_place_and_a_part_with_one() {
    let world = World::new().await;
    let short = composite(PAY, ["3", "1"]).replace("duration: 30d", "duration: 1d");
    world.apply(&short).await.expect("good");
    for minute in 0..12 * 60 {
        if minute % 5 == 0 {
            world.send((999, 1), (99, 1)).await;
        }
        world.tick().await;
        world.clock.advance(Duration::from_secs(60));
    }
    let now = world.clock.now();
    for (place, name) in [(None, "checkout"), (Some(1), "search")] {
        let told = world.slos.forecast("checkout", place, now).await.expect("defined");
        assert_eq!(told.objective, name);
        let report = world.shown().await;
        let left = match place {
            None => report.status.whole.expect("a composite SLO").window().remaining(),
            Some(place) => report.status.objectives[place].window().budget.map(|budget| budget.remaining),
        };
        assert_eq!(told.forecast.map(|forecast| forecast.points[0].middle), left);
    }
}
