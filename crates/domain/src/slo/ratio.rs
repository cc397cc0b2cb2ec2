//! Exact fractions. Every comparison that decides something is made here, in integers; never in floats.

use std::cmp::Ordering;
use std::fmt;

/// An exact fraction in lowest terms; the denominator is positive.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ratio {
    numerator: i128,
    denominator: i128,
}

impl Ratio {
    /// Nought.
    pub const ZERO: Ratio = Ratio { numerator: 0, denominator: 1 };
    /// One.
    pub const ONE: Ratio = Ratio { numerator: 1, denominator: 1 };

    /// The fraction `numerator / denominator`.
    ///
    /// # Panics
    /// If `denominator` is not positive: a fraction is made where its denominator is known to be.
    pub fn new(numerator: i128, denominator: i128) -> Self {
        assert!(denominator > 0, "a fraction's denominator is positive");
        let divisor = gcd(numerator.unsigned_abs(), denominator.unsigned_abs());
        let divisor = i128::try_from(divisor).expect("a divisor of an i128 fits one");
        Self { numerator: numerator / divisor, denominator: denominator / divisor }
    }

    /// The part above the line, in lowest terms.
    pub fn numerator(self) -> i128 {
        self.numerator
    }

    /// The part below the line, in lowest terms; positive.
    pub fn denominator(self) -> i128 {
        self.denominator
    }

    /// This fraction times `by`, exactly.
    ///
    /// # Panics
    /// If the product leaves the range of an `i128`; the callers' limits keep it far from there.
    #[must_use]
    pub fn times(self, by: u32) -> Self {
        let divisor = gcd(self.denominator.unsigned_abs(), u128::from(by).max(1));
        let divisor = i128::try_from(divisor).expect("a divisor of a u32 fits an i128");
        let product = self.numerator.checked_mul(i128::from(by) / divisor);
        Self::new(product.expect(LIMITED), self.denominator / divisor)
    }

    /// The sum of both, exactly.
    ///
    /// # Panics
    /// As [`Ratio::times`] does.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let divisor = divisor(self.denominator, other.denominator);
        let (mine, theirs) = (other.denominator / divisor, self.denominator / divisor);
        let parts = self.numerator.checked_mul(mine).zip(other.numerator.checked_mul(theirs));
        let numerator = parts.and_then(|(a, b)| a.checked_add(b));
        let denominator = self.denominator.checked_mul(mine);
        Self::new(numerator.expect(LIMITED), denominator.expect(LIMITED))
    }

    /// This without the other, exactly.
    ///
    /// # Panics
    /// As [`Ratio::times`] does.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        self.plus(Self { numerator: -other.numerator, denominator: other.denominator })
    }

    /// The product of both, exactly.
    ///
    /// # Panics
    /// As [`Ratio::times`] does.
    #[must_use]
    pub fn by(self, other: Self) -> Self {
        self.checked_by(other).expect(LIMITED)
    }

    /// The product of both, exactly; none if it leaves the range of an `i128`.
    pub fn checked_by(self, other: Self) -> Option<Self> {
        let (a, b) = (divisor(self.numerator, other.denominator), divisor(other.numerator, self.denominator));
        let numerator = (self.numerator / a).checked_mul(other.numerator / b)?;
        let denominator = (self.denominator / b).checked_mul(other.denominator / a)?;
        Some(Self::new(numerator, denominator))
    }

    /// This divided by the other, exactly.
    ///
    /// # Panics
    /// If the other is not positive, and as [`Ratio::times`] does.
    #[must_use]
    pub fn over(self, other: Self) -> Self {
        assert!(other.numerator > 0, "what is divided by is positive");
        self.by(Self { numerator: other.denominator, denominator: other.numerator })
    }

    /// This many times `parts`, rounded up to a whole number.
    pub(super) fn times_parts(self, parts: i128) -> i128 {
        self.by(Self { numerator: parts, denominator: 1 }).ceil()
    }

    /// To twelve decimals, half away from zero: for forecasts, whose factors would grow beyond an `i128`.
    #[must_use]
    pub fn rounded(self) -> Self {
        const SCALE: i128 = 1_000_000_000_000;
        let (whole, rest) = (self.numerator / self.denominator, self.numerator % self.denominator);
        let parts = match rest.checked_mul(SCALE) {
            Some(scaled) => (2 * scaled.abs() / self.denominator + 1) / 2 * scaled.signum(),
            None => (rest as f64 / self.denominator as f64 * SCALE as f64).round() as i128,
        };
        match whole.checked_mul(SCALE) {
            Some(scaled) => Self::new(scaled + parts, SCALE),
            None => Self { numerator: whole, denominator: 1 },
        }
    }

    /// Rounded up to a whole number.
    pub fn ceil(self) -> i128 {
        -(-self.numerator).div_euclid(self.denominator)
    }

    /// The nearest float, for showing only.
    pub fn to_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }

    /// Rounded down to a whole number.
    pub fn floor(self) -> i128 {
        self.numerator.div_euclid(self.denominator)
    }

    /// Decimal text with at most `places` digits after the point (half away from zero), no trailing zeros.
    pub fn to_decimal(self, places: u32) -> String {
        let scale = 10i128.pow(places.min(12));
        let whole = self.numerator.abs() / self.denominator;
        let rest = self.numerator.abs() % self.denominator;
        let scaled = match rest.checked_mul(scale * 2) {
            Some(twice) => (twice / self.denominator + 1) / 2,
            // Only fractions of more than 2^86 parts get here; their last digits are beyond showing.
            None => (rest as f64 / self.denominator as f64 * scale as f64).round() as i128,
        };
        let (whole, scaled) = if scaled >= scale { (whole + 1, 0) } else { (whole, scaled) };
        let digits = format!("{scaled:0width$}", width = places.min(12) as usize);
        let digits = if places == 0 { "" } else { digits.trim_end_matches('0') };
        let sign = if self.numerator < 0 && (whole, scaled) != (0, 0) { "-" } else { "" };
        if digits.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{digits}") }
    }

    /// As a percentage cut downwards to at most `places` digits after the point, without the sign `%`: what just misses a promise
    /// must not look kept.
    pub fn cut_percent(self, places: u32) -> String {
        let scale = 10i128.pow(places.min(6));
        let parts = self.by(Ratio::new(100 * scale, 1)).floor();
        Ratio::new(parts, scale).to_decimal(places.min(6))
    }

    /// As a percentage with at most `places` digits after the point, without the sign `%`.
    pub fn to_percent(self, places: u32) -> String {
        self.times(100).to_decimal(places)
    }
}

impl Ord for Ratio {
    /// Compares by continued fractions, which never overflows.
    fn cmp(&self, other: &Self) -> Ordering {
        let (mut a, mut b) = (*self, *other);
        let mut flipped = false;
        let ordering = loop {
            let (whole_a, whole_b) = (a.floor(), b.floor());
            if whole_a != whole_b {
                break whole_a.cmp(&whole_b);
            }
            let rest_a = a.numerator.rem_euclid(a.denominator);
            let rest_b = b.numerator.rem_euclid(b.denominator);
            if rest_a == 0 || rest_b == 0 {
                break rest_a.cmp(&rest_b);
            }
            a = Ratio { numerator: a.denominator, denominator: rest_a };
            b = Ratio { numerator: b.denominator, denominator: rest_b };
            flipped = !flipped;
        };
        if flipped { ordering.reverse() } else { ordering }
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Ratio {
    /// As a decimal of at most six places.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_decimal(6))
    }
}

impl fmt::Debug for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

const LIMITED: &str = "counts and periods are limited";

/// What both can be divided by; one if both are nought.
fn divisor(a: i128, b: i128) -> i128 {
    let divisor = gcd(a.unsigned_abs(), b.unsigned_abs());
    i128::try_from(divisor).expect("a divisor of an i128 fits one")
}

fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        if let (Ok(mut x), Ok(mut y)) = (u64::try_from(a), u64::try_from(b)) {
            // Division of 64 bits is some ten times quicker than of 128.
            while y != 0 {
                (x, y) = (y, x % y);
            }
            return u128::from(x.max(1));
        }
        (a, b) = (b, a % b);
    }
    a.max(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decimals_are_rounded_half_away_from_zero_and_trimmed() {
        let cases = [
            ((72, 5), 6, "14.4"),
            ((14, 15), 4, "0.9333"),
            ((1, 8), 2, "0.13"),
            ((-1, 8), 2, "-0.13"),
            ((-1, 1000), 2, "0"),
            ((999_999, 1_000_000), 2, "1"),
            ((7, 1), 0, "7"),
            ((7, 2), 0, "4"),
        ];
        for ((numerator, denominator), places, text) in cases {
            assert_eq!(Ratio::new(numerator, denominator).to_decimal(places), text);
        }
    }

    #[test]
    fn what_just_misses_a_promise_does_not_look_kept() {
        let missed = Ratio::new(998_999_999, 1_000_000_000);
        assert_eq!((missed.to_percent(2), missed.cut_percent(2)), ("99.9".to_owned(), "99.89".to_owned()));
        assert_eq!(Ratio::new(-1, 3).cut_percent(1), "-33.4", "downwards below nought too");
        assert_eq!(Ratio::ONE.cut_percent(4), "100");
    }

    #[test]
    fn comparing_huge_fractions_does_not_overflow() {
        let nearly = Ratio::new(i128::MAX - 1, i128::MAX);
        assert!(nearly < Ratio::ONE);
        assert!(Ratio::new(i128::MAX - 2, i128::MAX - 1) < nearly);
        assert!(Ratio::new(-1, i128::MAX) < Ratio::ZERO);
    }

    proptest! {
        #[test]
        fn order_is_that_of_cross_multiplication(
            a in -1_000_000i128..1_000_000, b in 1i128..1_000_000,
            c in -1_000_000i128..1_000_000, d in 1i128..1_000_000,
        ) {
            prop_assert_eq!(Ratio::new(a, b).cmp(&Ratio::new(c, d)), (a * d).cmp(&(c * b)));
        }

        #[test]
        fn times_is_exact(a in -1_000_000i128..1_000_000, b in 1i128..1_000_000, by in 0u32..100_000) {
            prop_assert_eq!(Ratio::new(a, b).times(by), Ratio::new(a * i128::from(by), b));
        }
    }
}
