//! Periods that end, over a real store and state: each is closed once, with what is known then.

use ippo_domain::slo::{Closing, Repeat};

use super::*;

/// A promise by the day, which ends at three in the afternoon of Tokyo.
const DAILY: &str =
    "timeWindow: [{duration: 1d, calendar: {startTime: '2026-01-01 15:00:00', timeZone: Asia/Tokyo}}]";

fn by_the_day() -> String {
    let text = CHECKOUT.replace("0.999", "0.9");
    text.replace("timeWindow: [{duration: 30d, isRolling: true}]", DAILY)
}

/// So many hours with a request and a failure in the first minute of each, and a tick in every minute.
async fn hours(world: &World, count: u32, bad: usize) {
    for minute in 0..count * 60 {
        if minute % 60 == 0 {
            world.requests(9, bad).await;
        }
        world.tick().await;
        world.clock.advance(Duration::from_secs(60));
    }
}

async fn closings(world: &World) -> Vec<Closing> {
    let all = world.slos.ledger("checkout", None, 100).await.expect("reads");
    let of = |entered: Entered| match entered.entry {
        LedgerEntry::Closing(closing) => Some(closing),
        _ => None,
    };
    all.into_iter().filter_map(of).collect()
}

#[tokio::test]
async fn a_period_is_closed_once_an_hour_after_its_end_and_what_comes_later_is_told_beside() {
    let world = World::new().await;
    world.apply(&by_the_day()).await.expect("right");
    // From eleven to three: the period ends at 06:00 UTC.
    hours(&world, 4, 1).await;
    let late = world.clock.now();
    let close = async || world.slos.close_periods(world.clock.now()).await.expect("state works");
    assert_eq!(close().await, ["checkout"], "nothing to close is seen to at once");
    assert!(closings(&world).await.is_empty());
    hours(&world, 1, 0).await;
    assert_eq!(close().await, ["checkout"]);
    assert!(close().await.is_empty());
    let [closing] = closings(&world).await.try_into().expect("one");
    assert_eq!(closing.period.to.start().to_string(), "2026-11-24T06:00:00Z");
    assert_eq!(closing.zone, "Asia/Tokyo");
    assert_eq!((closing.results[0].counts.bad, closing.results[0].is_kept), (4, Some(true)));

    // Nine come hours late and fail; the entry stays as it is.
    let body = requests(late.minus(Duration::from_secs(600)), std::iter::repeat_n(true, 9));
    world.slos.store.append(Signal::Spans, "test", body).await.expect("stored");
    let again = Slos { book: SloBook::default(), ..world.slos.clone() };
    again.load().await.expect("loads");
    again.close_periods(world.clock.now()).await.expect("state works");
    assert_eq!(
        closings(&world).await,
        std::slice::from_ref(&closing),
        "nor is it closed again by another ippo"
    );
    let told = world.slos.history("checkout", None, 5, world.clock.now()).await.expect("defined");
    let [running, ended] = told.periods.try_into().expect("what is not known is not told");
    assert!(running.is_running && running.closed.is_none());
    assert_eq!((ended.now.counts.bad, ended.now.is_kept), (13, Some(false)));
    assert_eq!(ended.closed.expect("closed").1, closing.results[0]);
}

#[tokio::test]
async fn what_ended_while_ippo_was_down_is_closed_after_it() {
    let world = World::new().await;
    world.apply(&by_the_day()).await.expect("right");
    hours(&world, 2, 0).await;
    world.clock.advance(Duration::from_secs(3 * 86_400));
    world.tick().await;
    world.slos.close_periods(world.clock.now()).await.expect("state works");
    let closed = closings(&world).await;
    let ends: Vec<String> = closed.iter().map(|closing| closing.period.to.start().to_string()).collect();
    assert_eq!(ends, ["2026-11-26T06:00:00Z", "2026-11-25T06:00:00Z", "2026-11-24T06:00:00Z"]);
    assert_eq!(closed[0].results[0].is_kept, None, "nobody knows");
    assert!(
        closed[2].results[0].is_kept == Some(true)
            && closed[2].results[0].coverage < ippo_domain::slo::Ratio::ONE
    );
}

#[tokio::test]
async fn months_of_a_rolling_window_are_those_of_the_books_zone() {
    let world = World::new().await;
    let zone = jiff::tz::TimeZone::get("Asia/Tokyo").expect("known");
    let slos = Slos { book: SloBook::in_zone(zone), ..world.slos.clone() };
    slos.load().await.expect("loads");
    DefinitionDesk::new(slos.clone()).apply(&World::files(CHECKOUT), world.clock.now()).await.expect("right");
    let told = slos.history("checkout", None, 3, world.clock.now()).await.expect("defined");
    assert_eq!(told.periods.len(), 1);
    assert_eq!(told.periods[0].period.from.start().to_string(), "2026-10-31T15:00:00Z");
    assert_eq!(told.zone, "Asia/Tokyo");
}

#[tokio::test]
async fn a_budget_is_reset_unless_it_pages_and_that_may_be_taken_back() {
    let world = World::new().await;
    world.apply(&CHECKOUT.replace("0.999", "0.9")).await.expect("right");
    let wish = || ResetBudget {
        slo: "checkout".to_owned(),
        reason: "a new start".to_owned(),
        ticket: "OPS-7".to_owned(),
        by: "ada".to_owned(),
    };
    let left = async || {
        let status = world.slos.show("checkout", world.clock.now()).await.expect("defined").status;
        status.objectives[0].window().budget.expect("counted").remaining.to_percent(0)
    };
    world.minutes(20, 0, 10).await;
    let refused = world.slos.reset_budget(wish(), false, world.clock.now()).await;
    assert!(matches!(refused, Err(SloError::Refused(why)) if why.contains("pages somebody now")));
    world.minutes(120, 10, 0).await;
    assert_eq!(left().await, "-43");
    let tried = world.slos.reset_budget(wish(), true, world.clock.now()).await.expect("right");
    assert_eq!(left().await, "-43");
    let LedgerEntry::Reset(reset) = &tried.entry else { panic!("{tried:?}") };
    let told = |share: Option<ippo_domain::slo::Ratio>| share.expect("counted").to_percent(0);
    assert_eq!(
        (told(reset.effects[0].before), told(reset.effects[0].after)),
        ("-43".to_owned(), "100".to_owned())
    );
    let entered = world.slos.reset_budget(wish(), false, world.clock.now()).await.expect("right");
    assert_eq!(left().await, "100");
    let back = async |span| {
        world.slos.withdraw("checkout", (&entered.id, span), "no", "ada", world.clock.now()).await
    };
    assert!(back(Withdraw::FromNow).await.is_err());
    back(Withdraw::All).await.expect("stands");
    assert_eq!(left().await, "-43");
    assert!(back(Withdraw::All).await.is_err(), "it was taken back already");
}

#[tokio::test]
async fn maintenance_that_comes_back_is_taken_out_each_time_until_it_is_taken_back() {
    let world = World::new().await;
    world.apply(&CHECKOUT.replace("0.999", "0.9")).await.expect("right");
    let first = world.clock.now().minute();
    let wish = exclude(first, 30, ExcludedTime::LeftOut);
    let repeat = Repeat::new(wish.range, (1, ippo_domain::slo::CalendarUnit::Days), "Asia/Tokyo", None);
    let wish = Exclude { repeat: repeat.ok(), ..wish };
    let entered = world.slos.exclude(wish, false, world.clock.now()).await.expect("makes sense");
    let excluded = async || {
        let status = world.slos.show("checkout", world.clock.now()).await.expect("defined").status;
        status.objectives[0].window().sum.minutes.excluded
    };
    world.clock.advance(Duration::from_secs(2 * 86_400 + 10 * 60));
    assert_eq!(excluded().await, 30 + 30 + 11);
    let span = (entered.id.as_str(), Withdraw::FromNow);
    world.slos.withdraw("checkout", span, "over", "ada", world.clock.now()).await.expect("stands");
    world.clock.advance(Duration::from_secs(86_400));
    assert_eq!(excluded().await, 30 + 30 + 10);
}
