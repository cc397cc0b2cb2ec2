//! What goes wrong without anyone asking: a trouble of the past, one that is about to happen, and others later.

use std::time::Duration;

use ippo_base::Timestamp;

use crate::fault::{Fault, Outage};

const MINUTE: Duration = Duration::from_secs(60);

/// How long after a start the payment provider fails.
pub(crate) const FIRST_TROUBLE: Duration = Duration::from_secs(90);
/// After this, the script of a start begins again.
pub(crate) const CYCLE: Duration = Duration::from_secs(6 * 60 * 60);

/// What is already over when the shop goes live at `live`.
pub(crate) fn past(live: Timestamp) -> Vec<Outage> {
    let before = |hours: u64| live.minus(Duration::from_secs(hours * 60 * 60));
    vec![
        Outage::new(Fault::Payment, before(38), 11 * MINUTE).hitting(12),
        Outage::new(Fault::BadDeploy, before(14), 6 * MINUTE).hitting(10),
    ]
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
