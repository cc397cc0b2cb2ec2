//! Whether few failures are enough to wake someone: a page at low traffic must be more than what chance makes of a service
//! that keeps its promise.

use super::counts::Counts;
use super::ratio::Ratio;

/// Traffic is low while fewer failures than this would reach a page's factor.
pub const LOW_TRAFFIC_FAILURES: u32 = 10;
/// One minus the confidence of the bound below which the error ratio may lie.
const ALPHA: f64 = 0.05;

/// Whether the failures among these events are too few to say that the error ratio exceeds `threshold`: traffic is low, and the
/// one-sided 95 % Clopper–Pearson lower bound of the ratio does not exceed it (Clopper and Pearson, Biometrika 26, 1934).
///
/// The bound exceeds the threshold exactly if so many failures or more have a chance under 5 % where the ratio is the
/// threshold, so that this chance is all that is computed. By multiplications and additions alone: every machine gives the
/// same.
pub fn is_too_few(counts: Counts, threshold: Ratio) -> bool {
    let total = counts.total();
    let expected = threshold.checked_by(Ratio::new(i128::from(total), 1));
    let low = expected.is_some_and(|expected| expected < Ratio::new(i128::from(LOW_TRAFFIC_FAILURES), 1));
    low && chance_of_at_least(counts.bad, total, threshold.to_f64()) >= ALPHA
}

/// What a part of a composite SLO counted in the long window of a page that burns.
#[derive(Clone, Copy, Debug)]
pub struct Suspect {
    /// What it weighs of all, which is one.
    pub share: Ratio,
    /// Its events.
    pub counts: Counts,
    /// Its burn.
    pub burn: Option<Ratio>,
    /// The share of its events that may be bad.
    pub allowance: Ratio,
    /// Whether its failures may be chance at all: slices of time and unmeasured minutes that count as bad are not.
    pub guarded: bool,
}

impl Suspect {
    /// Whether its traffic is so low that fewer than [`LOW_TRAFFIC_FAILURES`] of its failures would burn at the factor.
    fn is_low(&self, factor: Ratio) -> bool {
        let total = self.counts.total();
        let expected = factor.by(self.allowance).checked_by(Ratio::new(i128::from(total), 1));
        self.guarded && total > 0 && expected.is_some_and(|e| e < Ratio::new(LOW_TRAFFIC_FAILURES.into(), 1))
    }
}

/// Whether the failures of all parts together are too few to say that the whole burns above the factor. Of one part that is
/// [`is_too_few`].
///
/// Parts whose traffic is not low burn as they burn. Of those whose traffic is, each burns at least as its lower bound says; with
/// `k` of them each bound has a confidence of 1 − 5 % ÷ k, so that all of them hold together with 95 % at least, whatever
/// the parts have to do with each other (Bonferroni). The failures are too few if that sum does not exceed the factor.
pub fn are_too_few(parts: &[Suspect], factor: Ratio) -> bool {
    if let [only] = parts {
        return only.guarded && is_too_few(only.counts, factor.by(only.allowance));
    }
    let is_any_low = parts.iter().any(|part| part.is_low(factor));
    is_any_low && shown(parts, factor) <= factor.to_f64()
}

/// The burn that the whole has at least, with 95 % confidence, to six decimals.
pub fn burn_shown(parts: &[Suspect], factor: Ratio) -> Ratio {
    Ratio::new((shown(parts, factor) * 1e6).floor() as i128, 1_000_000)
}

fn shown(parts: &[Suspect], factor: Ratio) -> f64 {
    let low = parts.iter().filter(|part| part.is_low(factor)).count().max(1);
    let of = |part: &Suspect| {
        let burn = match part.is_low(factor) {
            true => least_ratio(part.counts, low) / part.allowance.to_f64(),
            false => part.burn.map_or(0.0, Ratio::to_f64),
        };
        part.share.to_f64() * burn
    };
    // Ascending, so that the last bit of the sum does not depend on the order of the parts.
    let mut burns: Vec<f64> = parts.iter().map(of).collect();
    burns.sort_by(f64::total_cmp);
    burns.iter().sum()
}

/// The lower bound of an error ratio that holds together with those of `of - 1` others.
fn least_ratio(counts: Counts, of: usize) -> f64 {
    if counts.bad > MANY_FAILURES {
        // The point for ten bounds together: for fewer it is only more careful.
        return score_bounds(counts, Z_OF_TEN).0;
    }
    least(counts, ALPHA / of as f64)
}

/// The chance of `failures` or more among `total` events that fail with the chance `ratio` each: one minus the sum of the
/// binomial terms below. Meant for few expected failures, where the first term is far from the smallest float.
fn chance_of_at_least(failures: u64, total: u64, ratio: f64) -> f64 {
    if ratio >= 1.0 {
        return if failures <= total { 1.0 } else { 0.0 };
    }
    let mut term = power(1.0 - ratio, total);
    let odds = ratio / (1.0 - ratio);
    let mut below = 0.0;
    for successes in 0..failures {
        below += term;
        if term < below * 1e-18 {
            break;
        }
        term *= (total - successes) as f64 / (successes + 1) as f64 * odds;
    }
    1.0 - below
}

/// By repeated squaring, as the last bits of a library's power differ from machine to machine.
fn power(base: f64, exponent: u64) -> f64 {
    let (mut result, mut square, mut left) = (1.0, base, exponent);
    while left > 0 {
        if left % 2 == 1 {
            result *= square;
        }
        square *= square;
        left /= 2;
    }
    result
}

/// How many events without any failure are needed to say with 95 % confidence that no less than `target` of all are good: the
/// least `n` for which targetⁿ ≤ 5 %.
pub fn free_of_failures(target: f64) -> u64 {
    let is_enough = |events: u64| power(target, events) <= ALPHA;
    let (mut few, mut enough) = (0, 1_u64);
    while !is_enough(enough) {
        (few, enough) = (enough, enough.saturating_mul(2));
        if enough == u64::MAX {
            return enough;
        }
    }
    while few + 1 < enough {
        let middle = few + (enough - few) / 2;
        if is_enough(middle) { enough = middle } else { few = middle }
    }
    enough
}

/// The one-sided 95 % Clopper–Pearson lower bound of the error ratio, for showing.
pub fn lower_bound(counts: Counts) -> Option<f64> {
    (counts.total() > 0).then(|| least(counts, ALPHA))
}

/// The ratio under which so many failures or more have a chance under `alpha`.
fn least(counts: Counts, alpha: f64) -> f64 {
    let total = counts.total();
    let (mut low, mut high) = (0.0, counts.bad as f64 / total as f64);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if chance_of_at_least(counts.bad, total, middle) < alpha { low = middle } else { high = middle }
    }
    low
}

/// The one-sided 95 % Clopper–Pearson upper bound of the error ratio: whatever is higher has a chance under 5 % to show so few
/// failures.
pub fn upper_bound(counts: Counts) -> Option<f64> {
    let total = counts.total();
    if total == 0 {
        return None;
    }
    let (mut low, mut high) = (counts.bad as f64 / total as f64, 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        let is_too_high = 1.0 - chance_of_at_least(counts.bad + 1, total, middle) < ALPHA;
        if is_too_high { high = middle } else { low = middle }
    }
    Some(high)
}

/// Failures beyond which the bounds of the error ratio are those of the score interval (Wilson, J. Am. Stat. Assoc. 22, 1927),
/// which by then differs in the third digit.
const MANY_FAILURES: u64 = 200;
/// The point that a standard normal variable is below with 95 %.
const Z: f64 = 1.644_853_626_951_472_2;
/// The same for 99.5 %, a tenth of what remains: no SLO has more than ten parts.
const Z_OF_TEN: f64 = 2.575_829_303_548_901;

/// Between what the error ratio is, each bound with 95 % confidence of its own. None if nothing was counted.
pub fn bounds(counts: Counts) -> Option<(f64, f64)> {
    if counts.bad <= MANY_FAILURES {
        return lower_bound(counts).zip(upper_bound(counts));
    }
    Some(score_bounds(counts, Z))
}

/// The score interval.
fn score_bounds(counts: Counts, z: f64) -> (f64, f64) {
    let total = counts.total() as f64;
    let ratio = counts.bad as f64 / total;
    let middle = ratio + z * z / (2.0 * total);
    let spread = z * (ratio * (1.0 - ratio) / total + z * z / (4.0 * total * total)).sqrt();
    let scale = 1.0 + z * z / total;
    (((middle - spread) / scale).max(0.0), ((middle + spread) / scale).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(total: u64, bad: u64) -> Counts {
        Counts { good: total - bad, bad, unknown: 0 }
    }

    #[test]
    fn the_bound_is_the_published_one() {
        let percent =
            |total, bad| format!("{:.2}", lower_bound(counts(total, bad)).expect("counted") * 100.0);
        assert_eq!((percent(10, 1), percent(10, 2)), ("0.51".to_owned(), "3.68".to_owned()));
        assert_eq!(percent(10, 0), "0.00");
        assert_eq!(percent(10, 10), "74.11");
        assert_eq!(lower_bound(counts(0, 0)), None);
    }

    #[test]
    fn the_error_ratio_lies_between_two_bounds() {
        let percent = |total, bad| {
            let (low, high) = bounds(counts(total, bad)).expect("counted");
            format!("{:.2} to {:.2}", low * 100.0, high * 100.0)
        };
        assert_eq!(percent(10, 1), "0.51 to 39.42");
        assert_eq!(percent(299_572, 0), "0.00 to 0.00");
        assert_eq!(percent(100, 0), "0.00 to 2.95");
        assert_eq!(percent(100, 100), "97.05 to 100.00");
        // On both sides of where the score interval begins.
        assert_eq!(
            (percent(2_000, 200), percent(2_010, 201)),
            ("8.92 to 11.17".to_owned(), "8.95 to 11.15".to_owned())
        );
        assert_eq!(percent(1_000_000_000, 500_000_000), "50.00 to 50.00");
        assert_eq!(bounds(counts(0, 0)), None);
    }

    #[test]
    fn one_failure_of_ten_is_too_few_and_two_are_not() {
        // 14.4 × 0.1 %.
        let threshold = Ratio::new(144, 10_000);
        assert!(is_too_few(counts(10, 1), threshold));
        assert!(!is_too_few(counts(10, 2), threshold));
        assert!(is_too_few(counts(600, 9), threshold), "burns at 15, and chance may do that");
        assert!(!is_too_few(counts(600, 15), threshold));
    }

    #[test]
    fn much_traffic_is_judged_by_its_burn_alone() {
        // 52 s of a total outage at one request a second.
        assert!(!is_too_few(counts(3_600, 52), Ratio::new(144, 10_000)));
        assert!(!is_too_few(counts(u64::MAX, 1), Ratio::new(144, 10_000)));
        assert!(!is_too_few(counts(10, 10), Ratio::ONE), "ten failures reach it, which is not low");
        assert!(is_too_few(counts(9, 9), Ratio::ONE), "nothing exceeds one");
    }

    #[test]
    fn the_chance_is_the_sum_of_its_terms() {
        // Of three tosses of a fair coin: 7/8 for one or more, 1/2 for two or more, 1/8 for three.
        let chance = |failures| chance_of_at_least(failures, 3, 0.5);
        assert_eq!([chance(0), chance(1), chance(2), chance(3), chance(4)], [1.0, 0.875, 0.5, 0.125, 0.0]);
    }
}
