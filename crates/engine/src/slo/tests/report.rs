//! A month of a team, from counts, incidents, the ledger, revisions and deploys.

use ippo_base::ids::DeployId;
use ippo_domain::deploy::{Deploy, DeploySource};
use ippo_domain::report::{Month, MonthlyReport};
use ippo_domain::slo::Ratio;

use super::*;
use crate::report::Reports;

const OWNED: &str = "  name: checkout\n  annotations: {ippo.dev/owner: payments}";

async fn report(world: &World, month: &str, owner: Option<&str>) -> Result<MonthlyReport, SloError> {
    let reports = Reports { slos: world.slos.clone() };
    reports.monthly(Month::parse(month).expect("a month"), owner, world.clock.now()).await
}

pub(super) async fn deploy(world: &World, service: &str) {
    let deploy = Deploy {
        id: DeployId::fresh(&*world.slos.ids).to_string(),
        service: service.to_owned(),
        environment: String::new(),
        version: "2".to_owned(),
        at: world.clock.now(),
        source: DeploySource::Told,
        by: "ci".to_owned(),
        url: None,
    };
    let mut tx = world.slos.state.begin().await.expect("state works");
    ippo_state::deploy::add(&mut tx, &deploy).await.expect("added");
    tx.commit().await.expect("state works");
}

const JOURNEY: &str = "apiVersion: ippo/v1
kind: Journey
metadata: {name: buy, displayName: Buying}
spec:
  owner: payments
  harm: an order is lost
  slos: [checkout]
  agreedBy: [ada]
";

#[tokio::test]
async fn a_journey_is_told_by_all_that_users_met() {
    let world = World::new().await;
    world.apply(&format!("{CHECKOUT}---\n{JOURNEY}")).await.expect("good");
    world.minutes(60, 100, 0).await;
    let outage = world.clock.now().minute();
    world.minutes(10, 0, 100).await;
    let exclude = Exclude {
        slo: "checkout".to_owned(),
        range: ippo_base::MinuteRange { from: outage, to: outage.plus(10) },
        repeat: None,
        counts_as: ExcludedTime::LeftOut,
        reason: "a load test".to_owned(),
        ticket: String::new(),
        by: "ada".to_owned(),
    };
    world.slos.exclude(exclude, false, world.clock.now()).await.expect("entered");
    let told = report(&world, "2026-11", Some("payments")).await.expect("made");
    let [team] = told.teams.as_slice() else { panic!("one: {:?}", told.teams) };
    let [journey] = team.journeys.as_slice() else { panic!("one: {:?}", team.journeys) };
    assert!(team.promises.is_empty(), "its SLO is another's");
    assert_eq!(journey.slos[0].is_kept, Some(true), "without what was excluded");
    let [met] = journey.met.as_slice() else { panic!("one: {:?}", journey.met) };
    assert!(met.english.starts_with("Of 7,000 attempts in November 2026, 1,000 failed"), "{met:?}");
    assert!(met.japanese.starts_with("2026年11月の 7,000 回のうち、失敗 1,000 回"), "{met:?}");
    let before = report(&world, "2026-10", None).await.expect("made");
    assert!(before.teams.iter().all(|team| team.journeys.is_empty()), "it was not there yet");
}

#[tokio::test]
async fn a_month_has_what_was_promised_what_hurt_and_what_was_done() {
    let world = World::new().await;
    let weekly = "timeWindow: [{duration: 1w, calendar: {startTime: '2026-11-02 00:00:00', timeZone: UTC}}]";
    let text = CHECKOUT.replace("  name: checkout", OWNED);
    let other = CHECKOUT.replace("name: checkout", "name: weekly");
    let other = other.replace("timeWindow: [{duration: 30d, isRolling: true}]", weekly);
    world.apply(&format!("{text}---\n{other}")).await.expect("good");
    world.minutes(60, 100, 0).await;
    let outage = world.clock.now().minute();
    let told = world.minutes(10, 0, 100).await;
    assert!(told.contains(&PAGE_FIRES.to_owned()), "{told:?}");
    let range = ippo_base::MinuteRange { from: outage, to: outage.plus(5) };
    let exclude = Exclude {
        slo: "checkout".to_owned(),
        range,
        repeat: None,
        counts_as: ExcludedTime::Good,
        reason: "a load test".to_owned(),
        ticket: String::new(),
        by: "ada".to_owned(),
    };
    world.slos.exclude(exclude, false, world.clock.now()).await.expect("entered");
    deploy(&world, "frontend").await;
    deploy(&world, "nobodys").await;

    let running = report(&world, "2026-11", None).await.expect("made");
    let owners: Vec<&str> = running.teams.iter().map(|team| team.owner.as_str()).collect();
    assert_eq!(owners, ["payments", ""], "what nobody answers for comes last");
    let team = &running.teams[0];
    let [promise] = team.promises.as_slice() else { panic!("one: {:?}", team.promises) };
    let [period] = promise.periods.as_slice() else { panic!("one: {:?}", promise.periods) };
    assert!(promise.is_monthly && !period.is_over);
    assert_eq!((period.results[0].counts.good, period.results[0].counts.bad), (6_500, 500));
    assert_eq!(period.results[0].is_kept, Some(false));
    assert!(!period.before[0].is_known());
    let [hour] = promise.worst.as_slice() else { panic!("one: {:?}", promise.worst) };
    assert_eq!((hour.bad, hour.total), (Ratio::new(500, 1), Ratio::new(1_000, 1)));
    assert_eq!((hour.share, hour.incidents.len()), (Ratio::new(500, 7), 1), "of 7 that are allowed");
    assert_eq!(team.incidents.len(), 1);
    let deeds: Vec<&str> = team.deeds.iter().map(|deed| deed.said.english.as_str()).collect();
    assert_eq!(deeds[0], "the SLO was made");
    assert!(deeds.len() == 2 && deeds[1].contains("a load test"), "{deeds:?}");
    assert_eq!(team.deploys, [("frontend".to_owned(), 1)]);
    assert_eq!(running.teams[1].deploys, [("nobodys".to_owned(), 1)]);
    let weekly = &running.teams[1].promises[0];
    assert!(!weekly.is_monthly);
    assert_eq!(weekly.periods.len(), 5, "four weeks that ended, and the one that goes on");
    assert_eq!(weekly.periods[4].results[0].counts.bad, 1_000, "the exclusion is not its own");

    let only = report(&world, "2026-11", Some("payments")).await.expect("made");
    assert_eq!(only.teams, running.teams[..1]);
    assert!(report(&world, "2026-10", None).await.expect("made").teams.is_empty(), "there was no SLO yet");
    let ahead = report(&world, "2026-12", None).await.expect_err("nothing is known");
    assert_eq!(ahead.to_string(), "2026-12 has not begun");

    world.clock.advance(Duration::from_secs(9 * 86_400));
    let over = report(&world, "2026-11", Some("payments")).await.expect("made");
    let period = &over.teams[0].promises[0].periods[0];
    assert!(period.is_over && period.results[0].counts.bad == 500);
    assert!(period.results[0].coverage < Ratio::new(1, 100), "the rest of the month was not measured");
    let next = report(&world, "2026-12", Some("payments")).await.expect("made");
    let period = &next.teams[0].promises[0].periods[0];
    assert_eq!(period.before[0].counts.bad, 500);
    assert!(next.teams[0].deeds.is_empty() && next.teams[0].incidents.len() == 1, "it is open still");
}
