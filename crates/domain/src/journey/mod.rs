//! Critical user journeys: which SLOs one rests on, who agreed to it, what a failure does to users, and by which steps they go.
//! Pure: never reads telemetry, and never looks into expressions.

mod experience;
mod sessions;

use ippo_base::{Minute, Timestamp};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::slo::SloState;

pub use experience::{Experience, Hurt, HurtKind, Part, experiences};
pub use sessions::{AfterStep, Outcome, Outcomes, Reached, StepWalk, TOLD_FROM, Visit, Walk, walks};

/// Within how long a session goes on to the next step, unless the journey says otherwise, in minutes.
pub const GOES_ON_WITHIN_MINUTES: u32 = 30;

/// A critical user journey, as one revision of its definition says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Journey {
    /// Unique among journeys.
    pub name: String,
    /// For people; the name if none was given.
    pub display_name: String,
    /// For people; may be empty.
    pub description: String,
    /// Who answers for it; empty if nobody is named.
    pub owner: String,
    /// What a failure does to users, in the owner's words.
    pub harm: String,
    /// The SLOs it rests on; at least one.
    pub slos: Vec<String>,
    /// The people who agreed to it.
    pub agreed_by: Vec<String>,
    /// When they did.
    pub agreed_on: Option<Date>,
    /// When someone looks again whether it is still the right one.
    pub review_on: Option<Date>,
    /// The attribute that joins the requests of one session; none for the usual ones.
    pub session_attribute: Option<String>,
    /// Within how many minutes a session goes on to the next step.
    pub goes_on_within_minutes: u32,
    /// The steps in the order in which users take them; may be empty.
    pub steps: Vec<JourneyStep>,
}

/// A step of a journey.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JourneyStep {
    /// Unique within the journey.
    pub name: String,
    /// For people; the name if none was given.
    pub display_name: String,
    /// Which spans are a request of this step: an expression, opaque here.
    pub filter: String,
    /// A request that takes longer is slow, in milliseconds.
    pub slow_ms: Option<u32>,
}

impl Journey {
    /// Whether the day of its review lies before the day of `now`, in UTC.
    pub fn is_review_overdue(&self, now: Timestamp) -> bool {
        self.review_on.is_some_and(|day| day < day_of(now.minute(), &TimeZone::UTC))
    }
}

/// The day of a minute in a time zone.
pub fn day_of(minute: Minute, zone: &TimeZone) -> Date {
    let at = jiff::Timestamp::from_second(i64::from(minute.0) * 60).unwrap_or_default();
    zone.to_datetime(at).date()
}

/// The state of a journey: the worst of its SLOs. One of which nothing is known is not fine, and hides nothing that is worse.
pub fn worst(states: impl IntoIterator<Item = SloState>) -> SloState {
    let rank = |state: &SloState| match state {
        SloState::Critical => 4,
        SloState::Rising => 3,
        SloState::Spent => 2,
        SloState::NoData => 1,
        SloState::Fine => 0,
    };
    states.into_iter().max_by_key(rank).unwrap_or(SloState::NoData)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journey_is_as_its_worst_slo() {
        use SloState::{Critical, Fine, NoData, Rising, Spent};
        for (states, is) in [
            (&[Fine, Fine][..], Fine),
            (&[Fine, NoData], NoData),
            (&[NoData, Spent], Spent),
            (&[Spent, Rising, Fine], Rising),
            (&[Rising, Critical, NoData], Critical),
            (&[], NoData),
        ] {
            assert_eq!(worst(states.iter().copied()), is, "{states:?}");
        }
    }

    #[test]
    fn a_review_is_overdue_from_the_day_after() {
        let mut journey = tests_support::journey();
        journey.review_on = Some(jiff::civil::date(2026, 11, 23));
        let at = |text: &str| Timestamp::parse(text).expect("a time");
        assert!(!journey.is_review_overdue(at("2026-11-23T23:59:59Z")));
        assert!(journey.is_review_overdue(at("2026-11-24T00:00:00Z")));
        journey.review_on = None;
        assert!(!journey.is_review_overdue(at("2030-01-01T00:00:00Z")));
    }
}

#[cfg(test)]
mod tests_support {
    use super::{GOES_ON_WITHIN_MINUTES, Journey};

    /// A journey that says as little as one may.
    pub(super) fn journey() -> Journey {
        Journey {
            name: "checkout".to_owned(),
            display_name: "Checkout".to_owned(),
            description: String::new(),
            owner: String::new(),
            harm: "an order is lost".to_owned(),
            slos: vec!["checkout".to_owned()],
            agreed_by: vec![],
            agreed_on: None,
            review_on: None,
            session_attribute: None,
            goes_on_within_minutes: GOES_ON_WITHIN_MINUTES,
            steps: vec![],
        }
    }
}
