//! How many people come, by the hour of the day and the day of the week in Japan. Integers only, like all of the shop.

use std::time::Duration;

use ippo_base::{Minute, Timestamp};
use serde::{Deserialize, Serialize};

use crate::draw::Draw;

/// What a shop is like. Two shops with equal seed, settings and schedule send equal bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Nanoseconds since the epoch at which the shop goes live; before it lies history.
    live_nanos: i64,
    /// Requests to the frontend, in thousandths a second, averaged over a week of history.
    pub history_milli_rps: u64,
    /// The same for the busiest live hour. An idle one has seven tenths of it, so that there is always something to see.
    pub live_milli_rps: u64,
}

/// Between `RAMP` before going live and going live, traffic passes from the one level to the other.
const RAMP: Duration = Duration::from_secs(60 * 60);

/// Requests of an average visit, in thousandths; the test of [`crate::visit`] holds it to the truth.
pub(crate) const REQUESTS_PER_VISIT_MILLI: u64 = 5_920;

/// Percent of the weekly average for each hour in Japan.
const HOURS: [u64; 24] = [
    63, 40, 25, 17, 15, 19, 34, 61, 88, 101, 109, 118, 147, 124, 109, 105, 109, 118, 130, 149, 181, 200, 191,
    143,
];
/// Percent of the weekly average for each day, Thursday first, as the epoch was one.
const DAYS: [u64; 7] = [96, 104, 112, 107, 94, 92, 95];

/// Japan is so far ahead of UTC, all year.
pub(crate) const JAPAN_SECS: i64 = 9 * 60 * 60;
const HOUR_SECS: i64 = 60 * 60;
const DAY_SECS: i64 = 24 * HOUR_SECS;

impl Settings {
    /// The demo's shop, live from `live` on.
    pub fn demo(live: Timestamp) -> Self {
        Self { live_nanos: live.as_nanos(), history_milli_rps: 420, live_milli_rps: 1_200 }
    }

    /// When the shop goes live.
    pub fn live(&self) -> Timestamp {
        Timestamp::from_nanos(self.live_nanos)
    }

    /// Requests to be expected at `at`, in thousandths a second.
    pub fn milli_rps(&self, at: Timestamp) -> u64 {
        let shape = shape_permille(at);
        let history = self.history_milli_rps * shape / 1_000;
        let live = self.live_milli_rps * (700 + 300 * shape.min(2_000) / 2_000) / 1_000;
        let ramp = RAMP.as_secs();
        let left = self.live().since(at).as_secs().min(ramp);
        (live * (ramp - left) + history * left) / ramp
    }

    /// How many visits begin in `minute`.
    pub(crate) fn visits(&self, minute: Minute, draw: &mut Draw) -> u64 {
        let expected = self.milli_rps(minute.start()) * 60 * 1_000 / REQUESTS_PER_VISIT_MILLI;
        // Three dice make a bell: from half to one and a half of what is expected.
        let dice = draw.below(1_001) + draw.below(1_001) + draw.below(1_001);
        let thousandths = expected * (500 + dice / 3) / 1_000;
        thousandths / 1_000 + u64::from(draw.below(1_000) < thousandths % 1_000)
    }
}

/// Traffic at `at` against the weekly average, in thousandths.
fn shape_permille(at: Timestamp) -> u64 {
    let local = at.as_secs() + JAPAN_SECS;
    let day = usize::try_from(local.div_euclid(DAY_SECS).rem_euclid(7)).unwrap_or(0);
    let second = local.rem_euclid(DAY_SECS);
    // Each value stands for the middle of its hour.
    let shifted = (second - HOUR_SECS / 2).rem_euclid(DAY_SECS);
    let hour = usize::try_from(shifted / HOUR_SECS).unwrap_or(0);
    let into = u64::try_from(shifted % HOUR_SECS).unwrap_or(0);
    let hour_secs = HOUR_SECS.unsigned_abs();
    let (before, after) = (HOURS[hour], HOURS[(hour + 1) % 24]);
    let hourly_milli = (before * (hour_secs - into) + after * into) * 10 / hour_secs;
    hourly_milli * DAYS[day] / 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_averages_to_what_was_asked_and_evenings_are_busy() {
        let live = Timestamp::parse("2026-11-24T02:00:00Z").expect("valid");
        let settings = Settings::demo(live);
        let week_before = live.minus(Duration::from_secs(8 * 24 * 3600));
        let sum: u64 =
            (0..7 * 24).map(|h| settings.milli_rps(week_before.plus(Duration::from_secs(h * 3600)))).sum();
        let mean = sum / (7 * 24);
        assert!((405..=435).contains(&mean), "{mean}");
        let at = |text| settings.milli_rps(Timestamp::parse(text).expect("valid"));
        assert!(at("2026-11-21T21:30:00+09:00") > 10 * at("2026-11-21T04:30:00+09:00"));
    }

    #[test]
    fn going_live_is_a_slope_not_a_step() {
        let live = Timestamp::parse("2026-11-24T02:00:00+09:00").expect("valid");
        let settings = Settings::demo(live);
        let before = settings.milli_rps(live.minus(Duration::from_secs(1)));
        let after = settings.milli_rps(live);
        assert!(after.abs_diff(before) <= 2, "{before} {after}");
        assert!(after >= 840, "{after}");
    }
}
