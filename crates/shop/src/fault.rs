//! What can go wrong in the shop, and when it does. A schedule is a value: the generator asks it, nothing writes to it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use ippo_base::{TimeRange, Timestamp};
use serde::{Deserialize, Serialize};

/// One way in which the shop breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The payment provider does not answer: most checkouts fail after three attempts.
    Payment,
    /// A SELECT of the order service has lost its index: checkouts take seconds.
    SlowCheckout,
    /// One customer in ten thousand has a coupon that is applied twice: her checkouts fail, nobody else's.
    RareCoupon,
    /// A new version of the catalog fails on a quarter of the products, until it is rolled back.
    BadDeploy,
    /// Nothing runs: no request, no log line, no metric.
    StopShop,
}

/// Why a text names no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no fault of this shop; there are payment, slow-checkout, rare-coupon, bad-deploy and stop-shop"
)]
pub struct ParseFaultError(String);

impl Fault {
    /// Every fault.
    pub const ALL: [Fault; 5] =
        [Fault::Payment, Fault::SlowCheckout, Fault::RareCoupon, Fault::BadDeploy, Fault::StopShop];

    /// The name by which people start it.
    pub const fn name(self) -> &'static str {
        match self {
            Fault::Payment => "payment",
            Fault::SlowCheckout => "slow-checkout",
            Fault::RareCoupon => "rare-coupon",
            Fault::BadDeploy => "bad-deploy",
            Fault::StopShop => "stop-shop",
        }
    }

    /// What to expect of it, in a line.
    pub const fn expectation(self) -> &'static str {
        match self {
            Fault::Payment => {
                "the payment provider times out: most checkouts fail, a page within two minutes"
            }
            Fault::SlowCheckout => "an order query has lost its index: checkouts take seconds",
            Fault::RareCoupon => "one customer's coupon is applied twice: a single failed checkout to find",
            Fault::BadDeploy => "catalog v90 fails on a quarter of the products, until it is rolled back",
            Fault::StopShop => "the whole shop stops sending: someone is told within five minutes",
        }
    }

    /// How many in a hundred of the requests it could touch it does touch, unless said otherwise.
    pub const fn usual_percent(self) -> u8 {
        match self {
            Fault::Payment => 88,
            Fault::SlowCheckout => 70,
            Fault::BadDeploy => 25,
            Fault::RareCoupon | Fault::StopShop => 100,
        }
    }

    /// How long it lasts unless said otherwise.
    pub const fn usual_length(self) -> Duration {
        match self {
            Fault::Payment => Duration::from_secs(3 * 60),
            Fault::SlowCheckout => Duration::from_secs(8 * 60),
            Fault::RareCoupon => Duration::from_secs(2 * 60),
            Fault::BadDeploy => Duration::from_secs(6 * 60),
            Fault::StopShop => Duration::from_secs(7 * 60),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Fault {
    type Err = ParseFaultError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Fault::ALL.into_iter().find(|f| f.name() == text).ok_or_else(|| ParseFaultError(text.to_owned()))
    }
}

/// A fault, the time it holds, and how hard it hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    /// What breaks.
    pub fault: Fault,
    /// Nanoseconds since the epoch at which it begins.
    from_nanos: i64,
    /// Nanoseconds since the epoch at which it is over.
    to_nanos: i64,
    /// How many in a hundred of the requests it could touch it does touch.
    pub percent: u8,
}

impl Outage {
    /// `fault` from `from` on, for `length`, as hard as usual.
    pub fn new(fault: Fault, from: Timestamp, length: Duration) -> Self {
        let to = from.plus(length);
        Self { fault, from_nanos: from.as_nanos(), to_nanos: to.as_nanos(), percent: fault.usual_percent() }
    }

    /// The same, hitting `percent` of 100 requests.
    #[must_use]
    pub fn hitting(self, percent: u8) -> Self {
        Self { percent: percent.min(100), ..self }
    }

    /// When it holds.
    pub fn range(&self) -> TimeRange {
        TimeRange { from: Timestamp::from_nanos(self.from_nanos), to: Timestamp::from_nanos(self.to_nanos) }
    }

    /// The same, over no later than `at`.
    #[must_use]
    pub fn ending_by(self, at: Timestamp) -> Self {
        Self { to_nanos: self.to_nanos.min(at.as_nanos()), ..self }
    }

    /// Whether it holds at `at`.
    pub fn holds(&self, at: Timestamp) -> bool {
        (self.from_nanos..self.to_nanos).contains(&at.as_nanos())
    }
}

/// Every outage that was, is and will be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Schedule {
    outages: Vec<Outage>,
}

impl Schedule {
    /// Nothing ever breaks.
    pub fn calm() -> Self {
        Self::default()
    }

    /// These outages, and no other.
    pub fn of(outages: Vec<Outage>) -> Self {
        Self { outages }
    }

    /// Adds one. Whoever has already generated past its beginning would have to generate again.
    pub fn add(&mut self, outage: Outage) {
        self.outages.push(outage);
    }

    /// Ends what holds at `at` and drops what would begin later.
    pub fn clear_from(&mut self, at: Timestamp) {
        self.outages.retain(|o| o.range().from < at);
        self.mend(at);
    }

    /// Ends what holds at `at`; what is to come still comes.
    pub fn mend(&mut self, at: Timestamp) {
        for outage in self.outages.iter_mut().filter(|o| o.range().from < at) {
            *outage = outage.ending_by(at);
        }
    }

    /// All of them, in the order in which they were added.
    pub fn outages(&self) -> &[Outage] {
        &self.outages
    }

    /// How many in a hundred requests `fault` hits at `at`; nothing when it does not hold.
    pub fn percent(&self, fault: Fault, at: Timestamp) -> Option<u64> {
        self.outages.iter().filter(|o| o.fault == fault && o.holds(at)).map(|o| u64::from(o.percent)).max()
    }

    /// Whether `fault` holds at `at`.
    pub fn holds(&self, fault: Fault, at: Timestamp) -> bool {
        self.percent(fault, at).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_a_wrong_one_lists_the_right_ones() {
        for fault in Fault::ALL {
            assert_eq!(fault.name().parse(), Ok(fault));
        }
        let error = "fire".parse::<Fault>().expect_err("no such fault").to_string();
        assert!(error.contains("\"fire\"") && error.contains("slow-checkout"), "{error}");
    }

    #[test]
    fn mending_ends_what_holds_and_clearing_also_forgets_what_was_to_come() {
        let at = |secs| Timestamp::from_secs(secs);
        let mut schedule = Schedule::of(vec![
            Outage::new(Fault::Payment, at(100), Duration::from_secs(60)),
            Outage::new(Fault::BadDeploy, at(500), Duration::from_secs(60)),
        ]);
        assert_eq!(schedule.percent(Fault::Payment, at(130)), Some(88));
        schedule.mend(at(120));
        assert!(schedule.holds(Fault::Payment, at(119)) && !schedule.holds(Fault::Payment, at(120)));
        assert!(schedule.holds(Fault::BadDeploy, at(510)));
        schedule.clear_from(at(120));
        assert!(!schedule.holds(Fault::BadDeploy, at(510)));
    }
}
