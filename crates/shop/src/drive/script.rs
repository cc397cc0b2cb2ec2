//! What goes wrong without anyone asking: a trouble of the past, one that is about to happen, and others later.

use std::time::Duration;

use ippo_base::Timestamp;

use crate::fault::{Fault, Outage};
use crate::traffic::JAPAN_SECS;

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// How long after a start the payment provider fails.
pub(crate) const FIRST_TROUBLE: Duration = Duration::from_secs(90);
/// After this, the script of a start begins again.
pub(crate) const CYCLE: Duration = Duration::from_secs(6 * 60 * 60);

/// What is already over when the shop goes live at `live`: a weak evening of the payment provider, and a deploy that was
/// rolled back. Both fall into busy hours, so that they spend some of the budgets whenever the shop begins.
pub(crate) fn past(live: Timestamp) -> Vec<Outage> {
    let evening = latest(live.minus(HOUR * 20), HOUR * 20 + MINUTE * 40);
    let afternoon = latest(live.minus(HOUR * 6), HOUR * 15 + MINUTE * 10);
    vec![
        Outage::new(Fault::Payment, evening, 9 * MINUTE).hitting(10),
        Outage::new(Fault::BadDeploy, afternoon, 6 * MINUTE).hitting(8),
    ]
}

/// The last time before `before` at which it was `of_day` in Japan.
fn latest(before: Timestamp, of_day: Duration) -> Timestamp {
    let day = 24 * 60 * 60;
    let offset = JAPAN_SECS - i64::try_from(of_day.as_secs()).unwrap_or(0);
    let local = before.as_secs() + offset;
    Timestamp::from_secs(local.div_euclid(day) * day - offset)
}

/// What happens in cycle number `cycle` (from 0) after a start at `start`.
pub(crate) fn coming(start: Timestamp, cycle: u32) -> Vec<Outage> {
    let begin = start.plus(CYCLE * cycle);
    let at = |fault, after: Duration| Outage::new(fault, begin.plus(after), fault.usual_length());
    vec![
        at(Fault::Payment, FIRST_TROUBLE),
        at(Fault::SlowCheckout, 15 * MINUTE),
        at(Fault::RareCoupon, 40 * MINUTE),
        at(Fault::BadDeploy, 75 * MINUTE),
        at(Fault::RareCoupon, 150 * MINUTE),
        at(Fault::SlowCheckout, 220 * MINUTE),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn past_trouble_lies_in_busy_hours_and_is_over() {
        let live = Timestamp::parse("2026-11-24T04:00:00+09:00").expect("valid");
        let from: Vec<Timestamp> = past(live).iter().map(|o| o.range().from).collect();
        let at = |text| Timestamp::parse(text).expect("valid");
        assert_eq!(from, [at("2026-11-22T20:40:00+09:00"), at("2026-11-23T15:10:00+09:00")]);
    }
}
