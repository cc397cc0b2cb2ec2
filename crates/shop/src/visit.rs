//! Who comes to the shop, and what they do there: a visit is a list of steps, planned without any telemetry.
//!
//! A step depends on the seed, the minute and what the schedule says *at the time of the step*, never on what it
//! says of later times: a fault that begins now leaves everything before it as it was.

mod planner;

use std::time::Duration;

use ippo_base::{Minute, Timestamp};

use crate::draw::{Draw, hash};
use crate::fault::{Fault, Schedule};
use planner::Planner;

/// Steps further from the arrival than this do not happen.
pub(crate) const VISIT_LIMIT: Duration = Duration::from_secs(15 * 60);
/// How many customers the shop has.
pub const CUSTOMERS: u64 = 10_000;
/// The customer whose coupon is applied twice.
pub const UNLUCKY_CUSTOMER: u64 = 7_731;
/// How many products there are.
const PRODUCTS: u64 = 480;

const VISIT_STREAM: u64 = 1;
const UNLUCKY_STREAM: u64 = 2;

/// What a person does with one click.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    Home,
    Search {
        word: u64,
    },
    Product {
        sku: u64,
    },
    Login,
    CartAdd {
        sku: u64,
        quantity: u64,
    },
    CartView,
    Checkout {
        order: u64,
        items: u64,
        coupon: bool,
        attempt: u64,
    },
    Order {
        order: u64,
    },
    /// Not a click: the mail that follows an order, sent by a worker from the queue.
    Mail {
        order: u64,
        sent: Sent,
    },
}

/// Where the message about an order came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) trace: u128,
    pub(crate) queued: Duration,
}

/// How it ends for the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Well,
    /// Something of ours broke.
    Broken,
    /// The person was refused: wrong password, unknown product, declined card.
    Refused,
    /// The payment provider never answered.
    NoProvider,
    /// The coupon was applied twice.
    CouponTwice,
    /// The order query has lost its index.
    NoIndex,
    /// The catalog's new version cannot render this product.
    BadVersion,
}

/// One click, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) at: Timestamp,
    pub(crate) action: Action,
    pub(crate) fate: Fate,
    /// The customer, once signed in.
    pub(crate) user: Option<u64>,
    pub(crate) trace: u128,
}

/// A person from arrival to leaving.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Visit {
    pub(crate) session: u64,
    pub(crate) agent: usize,
    pub(crate) address: u64,
    pub(crate) steps: Vec<Step>,
}

/// The trace id of step `index` of `session`. Never zero.
fn trace_id(seed: u64, session: u64, index: u64) -> u128 {
    let high = hash(&[seed, session, index, 0x71]) | 1;
    let low = hash(&[seed, session, index, 0x72]);
    (u128::from(high) << 64) | u128::from(low)
}

/// The visit number `number` of those that begin in `minute`.
pub(crate) fn plan(seed: u64, schedule: &Schedule, minute: Minute, number: u64) -> Visit {
    let words = [seed, VISIT_STREAM, u64::from(minute.0), number];
    let mut draw = Draw::of(&words);
    let arrival = minute.start().plus(Duration::from_millis(draw.below(60_000)));
    let user = draw.below(CUSTOMERS);
    let signed_in = draw.percent(60);
    let mut planner = Planner::new(seed, schedule, hash(&words), draw, arrival, user, signed_in);
    planner.browse();
    planner.finish()
}

/// The visit of the unlucky customer that begins in `minute`, if the schedule wants her then: in the first minute
/// of each such outage, and in every fifth after it.
pub(crate) fn plan_unlucky(seed: u64, schedule: &Schedule, minute: Minute) -> Option<Visit> {
    let due = schedule.outages().iter().any(|o| {
        let first = o.range().from.minute();
        let since = minute.0.wrapping_sub(first.0);
        o.fault == Fault::RareCoupon
            && since.is_multiple_of(5)
            && (minute == first || o.holds(minute.start()))
    });
    if !due {
        return None;
    }
    let words = [seed, UNLUCKY_STREAM, u64::from(minute.0)];
    let mut draw = Draw::of(&words);
    // In the second half of the minute, or in the next one: never before the outage was asked for.
    let arrival = minute.start().plus(Duration::from_millis(60_000 + draw.below(10_000)));
    let mut planner = Planner::new(seed, schedule, hash(&words), draw, arrival, UNLUCKY_CUSTOMER, true);
    planner.buy_with_coupon();
    Some(planner.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traffic::REQUESTS_PER_VISIT_MILLI;

    fn minutes() -> impl Iterator<Item = Minute> {
        (0..4_000).map(|m| Minute(29_000_000 + m))
    }

    #[test]
    fn an_average_visit_has_as_many_requests_as_the_rates_assume() {
        let schedule = Schedule::calm();
        let requests: usize = minutes()
            .map(|m| plan(5, &schedule, m, 0).steps)
            .map(|steps| steps.iter().filter(|s| !matches!(s.action, Action::Mail { .. })).count())
            .sum();
        let mean_milli = requests as u64 * 1_000 / 4_000;
        assert!(mean_milli.abs_diff(REQUESTS_PER_VISIT_MILLI) < 120, "{mean_milli}");
    }

    #[test]
    fn a_fault_changes_nothing_before_it() {
        let from = Minute(29_000_100).start();
        let broken = Schedule::of(vec![Outage::new(Fault::Payment, from, Duration::from_secs(3_600))]);
        for minute in minutes().take(300) {
            let before = |schedule: &Schedule| {
                let mut visit = plan(9, schedule, minute, 1);
                visit.steps.retain(|s| s.at < from && !matches!(s.action, Action::Mail { .. }));
                visit
            };
            assert_eq!(before(&Schedule::calm()), before(&broken));
        }
    }

    #[test]
    fn nobody_comes_while_the_shop_is_stopped() {
        let from = Minute(29_000_100).start();
        let outage = Outage::new(Fault::StopShop, from, Duration::from_secs(1_200));
        let schedule = Schedule::of(vec![outage]);
        for minute in minutes().take(300) {
            assert!(plan(9, &schedule, minute, 0).steps.iter().all(|s| !outage.holds(s.at)));
        }
    }

    #[test]
    fn the_unlucky_customer_comes_when_the_schedule_says_so() {
        let from = Minute(29_000_100).start().plus(Duration::from_secs(20));
        let outage = Outage::new(Fault::RareCoupon, from, Duration::from_secs(120));
        let schedule = Schedule::of(vec![outage]);
        let visits: Vec<Visit> = minutes().take(300).filter_map(|m| plan_unlucky(9, &schedule, m)).collect();
        assert_eq!(visits.len(), 1);
        let last = visits[0].steps.last().expect("she does something");
        assert_eq!((last.fate, last.user), (Fate::CouponTwice, Some(UNLUCKY_CUSTOMER)));
        assert!(visits[0].steps[0].at > from);
    }

    use crate::fault::Outage;
}
