//! A shop that runs: history and live, stopped at any point and started again, broken on wish.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ippo_base::clock::SimClock;
use ippo_base::ids::SimIds;
use ippo_base::{TimeRange, Timestamp};
use ippo_shop::drive::{Driver, Plan, Wish, ask};
use ippo_shop::export::{Exporter, Patience};
use ippo_shop::{Fault, Outage, Schedule, Settings, Shop};

use crate::receiver::{Impatient, Receiver};

const HISTORY: Duration = Duration::from_secs(3 * 60 * 60);
const SEED: u64 = 5;

fn start() -> Timestamp {
    Timestamp::parse("2026-11-24T04:02:30+09:00").expect("a valid time")
}

fn open(dir: &Path, clock: &SimClock, receiver: &Receiver) -> Arc<Driver> {
    let clock = Arc::new(clock.clone());
    let exporter = Exporter::new(Box::new(receiver.clone()), clock.clone(), Patience::default());
    let plan = Plan { dir: dir.to_owned(), seed: SEED, history: HISTORY };
    Arc::new(Driver::open(&plan, clock, exporter).expect("the folder can be used"))
}

/// Runs the driver for `secs` seconds of ticks.
async fn live(driver: &Driver, clock: &SimClock, secs: u64) {
    for _ in 0..secs {
        clock.advance(Duration::from_secs(1));
        driver.tick().await.expect("progress can be written");
    }
}

#[tokio::test]
async fn history_comes_newest_first_and_whole() {
    let (dir, receiver) = (tempfile::tempdir().expect("a folder"), Receiver::default());
    let clock = SimClock::new(start());
    let driver = open(dir.path(), &clock, &receiver);
    let followed = driver.status();
    driver.send_history().await.expect("progress can be written");
    let (ids, count) = receiver.spans();
    assert_eq!(ids.len(), count, "every span once");
    let live = Timestamp::parse("2026-11-24T04:00:00+09:00").expect("a valid time");
    let starts = receiver.first_starts();
    assert!(starts.first() >= Some(&live.minus(Duration::from_secs(60))), "{starts:?}");
    assert!(starts.last() < Some(&live.minus(HISTORY * 2 / 3)), "{starts:?}");
    assert!(starts.is_sorted_by(|a, b| a.plus(Duration::from_secs(3_600)) >= *b), "{starts:?}");
    let range = TimeRange { from: live.minus(HISTORY), to: start() };
    let expected = Shop::new(SEED, Settings::demo(live)).emit(range);
    assert_eq!(expected.truth.spans, count as u64);
    let status = followed.borrow().clone();
    assert_eq!((status.history_done, status.history_total), (4, 4));
    assert_eq!(status.taken, expected.truth.spans + expected.truth.logs + expected.truth.points);
}

#[tokio::test]
async fn a_shop_stopped_at_any_message_sends_each_span_once() {
    let whole = {
        let (dir, receiver) = (tempfile::tempdir().expect("a folder"), Receiver::default());
        let clock = SimClock::new(start());
        open(dir.path(), &clock, &receiver).send_history().await.expect("progress can be written");
        receiver.spans().0
    };
    for stop in [0, 1, 2, 5, 7] {
        let (dir, receiver) = (tempfile::tempdir().expect("a folder"), Receiver::default());
        let clock = SimClock::new(start());
        receiver.log().silent_after = Some(stop);
        let driver = open(dir.path(), &clock, &receiver);
        let stopped = run_until_silent(&driver, &receiver, stop).await;
        assert!(stopped, "it cannot have finished");
        drop(driver);
        receiver.log().silent_after = None;
        open(dir.path(), &clock, &receiver).send_history().await.expect("progress can be written");
        let (ids, count) = receiver.spans();
        assert_eq!(ids.len(), count, "stopped after {stop}: every span once");
        assert_eq!(ids, whole, "stopped after {stop}");
    }
}

/// Polls the history until the receiver has taken what it takes and the progress file says so.
async fn run_until_silent(driver: &Driver, receiver: &Receiver, stop: usize) -> bool {
    let history = driver.send_history();
    tokio::pin!(history);
    loop {
        tokio::select! {
            biased;
            _ = &mut history => return false,
            () = tokio::task::yield_now() => {
                if receiver.log().taken.len() >= stop {
                    return true;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_message_whose_acknowledgement_was_lost_is_sent_again_byte_for_byte() {
    let (dir, receiver) = (tempfile::tempdir().expect("a folder"), Receiver::default());
    let clock = SimClock::new(start());
    let driver = open(dir.path(), &clock, &receiver);
    live(&driver, &clock, 20).await;
    let before = receiver.log().taken.len();
    *receiver.log() = {
        let mut log = std::mem::take(&mut *receiver.log());
        log.silent_after = Some(before);
        log.takes_the_last = true;
        log
    };
    clock.advance(Duration::from_secs(10));
    let tick = driver.tick();
    tokio::pin!(tick);
    while receiver.log().taken.len() == before {
        tokio::select! {
            biased;
            done = &mut tick => panic!("it cannot be done: {done:?}"),
            () = tokio::task::yield_now() => {}
        }
    }
    receiver.log().silent_after = None;
    clock.advance(Duration::from_secs(30));
    let again = open(dir.path(), &clock, &receiver);
    live(&again, &clock, 1).await;
    let taken = receiver.log().taken.clone();
    assert_eq!(taken[before], taken[before + 1], "the same bytes, which a receiver knows as a retry");
}

#[tokio::test]
async fn live_telemetry_has_no_holes_and_nothing_twice_across_a_restart() {
    let (dir, receiver) = (tempfile::tempdir().expect("a folder"), Receiver::default());
    let clock = SimClock::new(start());
    let driver = open(dir.path(), &clock, &receiver);
    live(&driver, &clock, 45).await;
    drop(driver);
    clock.advance(Duration::from_secs(40 * 60));
    let driver = open(dir.path(), &clock, &receiver);
    driver.send_history().await.expect("progress can be written");
    live(&driver, &clock, 30).await;
    let (ids, count) = receiver.spans();
    assert_eq!(ids.len(), count, "every span once");
    let live_from = Timestamp::parse("2026-11-24T04:00:00+09:00").expect("a valid time");
    let whole =
        TimeRange { from: live_from.minus(HISTORY), to: start().plus(Duration::from_secs(45 + 2_400 + 30)) };
    let expected = Shop::new(SEED, Settings::demo(live_from)).emit(whole);
    assert_eq!(expected.truth.spans, count as u64, "the pause was filled");
}

#[tokio::test]
async fn the_payment_provider_fails_a_minute_and_a_half_after_the_start() {
    let (dir, receiver) = (tempfile::tempdir().expect("a folder"), Receiver::default());
    let clock = SimClock::new(start());
    let driver = open(dir.path(), &clock, &receiver);
    live(&driver, &clock, 1).await;
    let schedule = driver.status().borrow().schedule.clone();
    assert!(!schedule.holds(Fault::Payment, start().plus(Duration::from_secs(80))));
    assert!(schedule.holds(Fault::Payment, start().plus(Duration::from_secs(100))));
    assert!(!schedule.holds(Fault::Payment, start().plus(Duration::from_secs(400))));
}

#[tokio::test]
async fn a_wish_breaks_the_shop_and_another_mends_it() {
    let (dir, receiver) = (tempfile::tempdir().expect("a folder"), Receiver::default());
    let clock = SimClock::new(start());
    let driver = open(dir.path(), &clock, &receiver);
    live(&driver, &clock, 1).await;
    let ids = SimIds::default();
    let waiter = Impatient::at(start());
    let now = start().plus(Duration::from_secs(2));

    let wish = Wish::Break { fault: Fault::BadDeploy, secs: Some(600) };
    let (asked, ()) = tokio::join!(ask(dir.path(), wish, &waiter, &ids), live(&driver, &clock, 1));
    asked.expect("the shop takes the wish");
    let schedule = driver.status().borrow().schedule.clone();
    assert!(
        schedule.holds(Fault::BadDeploy, now) && schedule.holds(Fault::BadDeploy, now.plus(HISTORY / 20))
    );

    let (asked, ()) = tokio::join!(ask(dir.path(), Wish::Mend, &waiter, &ids), live(&driver, &clock, 1));
    asked.expect("the shop takes the wish");
    let schedule = driver.status().borrow().schedule.clone();
    assert!(!schedule.holds(Fault::BadDeploy, now.plus(Duration::from_secs(30))));
}

#[tokio::test]
async fn a_wish_that_nobody_takes_says_so() {
    let dir = tempfile::tempdir().expect("a folder");
    let (ids, waiter) = (SimIds::default(), Impatient::at(start()));
    let error = ask(dir.path(), Wish::Mend, &waiter, &ids).await.expect_err("there is no shop");
    assert!(error.to_string().contains("no demo took the wish"), "{error}");

    let clock = SimClock::new(start());
    drop(open(dir.path(), &clock, &Receiver::default()));
    let error = ask(dir.path(), Wish::Mend, &waiter, &ids).await.expect_err("nobody runs it");
    assert!(error.to_string().contains("no demo took the wish"), "{error}");
}

#[tokio::test]
async fn progress_of_another_kind_is_refused_by_name() {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("shop.json"), "{\"format\":99}").expect("it can be written");
    let clock = Arc::new(SimClock::new(start()));
    let exporter = Exporter::new(Box::new(Receiver::default()), clock.clone(), Patience::default());
    let plan = Plan { dir: dir.path().to_owned(), seed: 1, history: HISTORY };
    let error = Driver::open(&plan, clock, exporter).err().expect("it cannot be read").to_string();
    assert!(error.contains("shop.json") && error.contains("remove the folder"), "{error}");
}

#[test]
fn a_wished_outage_leaves_what_was_sent_before_as_it_was() {
    let live = start();
    let until = live.plus(Duration::from_secs(600));
    let range = TimeRange { from: live, to: until };
    let calm = Shop::new(SEED, Settings::demo(live));
    for fault in Fault::ALL {
        let schedule = Schedule::of(vec![Outage::new(fault, until, Duration::from_secs(600))]);
        let broken = calm.clone().with_schedule(schedule);
        assert_eq!(calm.emit(range).messages(), broken.emit(range).messages(), "{fault}");
    }
}

#[tokio::test]
async fn a_shop_that_is_told_to_stop_returns_with_everything_noted() {
    let (dir, receiver) = (tempfile::tempdir().expect("a folder"), Receiver::default());
    let clock = SimClock::new(start());
    let driver = open(dir.path(), &clock, &receiver);
    let mut followed = driver.status();
    let stopping = async {
        followed.wait_for(|status| status.history_done >= 1).await.expect("the driver is there");
        driver.stop();
    };
    let (run, ()) = tokio::join!(driver.run(), stopping);
    run.expect("progress can be written");
    assert!(driver.status().borrow().history_done < 4, "it stopped before its past was in");
    open(dir.path(), &clock, &receiver).send_history().await.expect("progress can be written");
    let (ids, count) = receiver.spans();
    assert_eq!(ids.len(), count, "every span once");
}
