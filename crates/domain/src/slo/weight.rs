//! What the parts of a composite SLO weigh, and sums by weight. Exact: whatever is decided of a sum is decided as if it had
//! been kept to its last digit.

use std::fmt;

use num_bigint::BigInt;

use super::ratio::Ratio;

/// Digits after the point that a weight may have.
pub const WEIGHT_DECIMALS: usize = 6;
/// No weight is higher.
pub const WEIGHT_MOST: u64 = 1_000_000;

/// What a part of a composite SLO weighs beside the others: above nought, kept as it was written and exactly.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Weight {
    decimal: String,
    /// In units of 10⁻⁶.
    millionths: u64,
}

impl Weight {
    /// That of a part of which nothing is said: 1.
    pub fn usual() -> Self {
        Self { decimal: "1".to_owned(), millionths: 1_000_000 }
    }

    /// Reads a plain decimal above nought, such as `0.7` or `3`.
    ///
    /// # Errors
    /// Says what to write.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let wrong = || format!("{text:?} is not a weight; write a plain decimal above 0, such as 0.7 or 3");
        if whole.is_empty() && fraction.is_empty() || !plain(whole) || !plain(fraction) {
            return Err(wrong());
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > WEIGHT_DECIMALS {
            return Err(format!("{text} has more than {WEIGHT_DECIMALS} decimals; shorten it"));
        }
        let whole = whole.trim_start_matches('0');
        let millionths: u64 = format!("{whole}{fraction:0<WEIGHT_DECIMALS$}").parse().map_err(|_| wrong())?;
        if millionths == 0 {
            return Err(format!(
                "{text} is not above 0; a part that weighs nothing is no part, so leave it out"
            ));
        }
        if millionths > WEIGHT_MOST * 1_000_000 {
            return Err(format!(
                "{text} is above {WEIGHT_MOST}; only what parts weigh beside each other matters"
            ));
        }
        Ok(Self { decimal: Ratio::new(millionths.into(), 1_000_000).to_decimal(6), millionths })
    }

    /// As decimal text, exactly: `0.7`.
    pub fn decimal(&self) -> &str {
        &self.decimal
    }

    /// The exact number.
    pub fn ratio(&self) -> Ratio {
        Ratio::new(self.millionths.into(), 1_000_000)
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.decimal)
    }
}

/// What one of `all` weights is of their sum. The same if all of them are scaled.
pub(super) fn share_of(one: &Weight, all: &[&Weight]) -> Ratio {
    let sum: i128 = all.iter().map(|weight| i128::from(weight.millionths)).sum();
    Ratio::new(one.millionths.into(), sum)
}

/// A number of parts of one that every factor of a burn pair, nine tenths of it, and every decimal of 18 digits is a whole
/// multiple of: 27 × 10¹⁸.
const GRID: i128 = 27_000_000_000_000_000_000;
/// A sum whose parts above and below the line are smaller than this is kept exactly: what is computed with it then stays within
/// an `i128`.
const EXACT_BITS: u64 = 96;

/// The sum of each value times what it weighs, where weights add up to one. A value that is none adds nothing, and its weight
/// stays: nothing is shared out among the others. None if all are.
///
/// The sum is exact where it fits into a [`Ratio`] with room to spare. Where it does not, what is given lies strictly between
/// the same two neighbouring multiples of 1 ÷ (27 × 10¹⁸) as the sum does, so that it compares with any of these as the exact
/// sum would: with 0 and 1, with the factors of burn pairs, and with whatever share people write down.
pub fn weighted(terms: &[(Ratio, Option<Ratio>)]) -> Option<Ratio> {
    if terms.iter().all(|(_, value)| value.is_none()) {
        return None;
    }
    if let [(Ratio::ONE, Some(only))] = terms {
        return Some(*only);
    }
    let (mut above, mut below) = (BigInt::ZERO, BigInt::from(1));
    for (share, value) in terms.iter().filter_map(|(share, value)| Some((share, (*value)?))) {
        let over = BigInt::from(share.denominator()) * value.denominator();
        above = above * &over + BigInt::from(share.numerator()) * value.numerator() * &below;
        below *= over;
    }
    let divisor = greatest_divisor(above.clone(), below.clone());
    let (above, below) = (above / &divisor, below / divisor);
    if above.bits().max(below.bits()) <= EXACT_BITS {
        let fits = "it has no more bits than an i128";
        return Some(Ratio::new(above.try_into().expect(fits), below.try_into().expect(fits)));
    }
    Some(between(&above, &below))
}

/// The middle between the two multiples of 1 ÷ [`GRID`] that `above ÷ below` lies between; the multiple where it is one.
fn between(above: &BigInt, below: &BigInt) -> Ratio {
    let scaled = above * GRID;
    let (whole, rest) = (&scaled / below, &scaled % below);
    let far = "burns of the highest targets are below 10⁹";
    let whole: i128 = whole.try_into().expect(far);
    // Division cuts towards nought.
    let half = if rest == BigInt::ZERO {
        0
    } else if *above < BigInt::ZERO {
        -1
    } else {
        1
    };
    Ratio::new(2 * whole + half, 2 * GRID)
}

/// By Euclid; both are not nought together.
fn greatest_divisor(a: BigInt, b: BigInt) -> BigInt {
    let (mut a, mut b) = (if a < BigInt::ZERO { -a } else { a }, b);
    while b != BigInt::ZERO {
        let rest = &a % &b;
        (a, b) = (b, rest);
    }
    a
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_weight_is_kept_as_written_and_exactly() {
        for (text, decimal, ratio) in [
            ("1", "1", (1, 1)),
            ("0.70", "0.7", (7, 10)),
            (".25", "0.25", (1, 4)),
            ("007", "7", (7, 1)),
            ("0.000001", "0.000001", (1, 1_000_000)),
            ("1000000", "1000000", (1_000_000, 1)),
        ] {
            let weight = Weight::parse(text).expect(text);
            assert_eq!((weight.decimal(), weight.ratio()), (decimal, Ratio::new(ratio.0, ratio.1)));
        }
        for (text, why) in [
            ("0", "is not above 0"),
            ("0.000", "is not above 0"),
            ("-1", "is not a weight"),
            ("", "is not a weight"),
            (".", "is not a weight"),
            ("1e3", "is not a weight"),
            ("heavy", "is not a weight"),
            ("0.0000001", "has more than 6 decimals"),
            ("1000001", "is above 1000000"),
            ("99999999999999999999", "is not a weight"),
        ] {
            assert!(Weight::parse(text).is_err_and(|message| message.contains(why)), "{text}");
        }
    }

    #[test]
    fn what_is_not_known_adds_nothing_and_keeps_its_weight() {
        let (half, burn) = (Ratio::new(1, 2), Ratio::new(10, 1));
        assert_eq!(weighted(&[(half, Some(burn)), (half, None)]), Some(Ratio::new(5, 1)));
        assert_eq!(weighted(&[(half, None), (half, None)]), None);
        assert_eq!(weighted(&[]), None);
    }

    /// Fractions that leave an `i128` when they are added, but for those of small numbers.
    fn wide() -> impl Strategy<Value = Ratio> {
        let any = (-(1i128 << 90)..1i128 << 90, 1i128 << 60..1i128 << 90).prop_map(|(a, b)| Ratio::new(a, b));
        let small = (-1_000i128..1_000, 1i128..1_000).prop_map(|(a, b)| Ratio::new(a, b));
        prop_oneof![any, small]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        #[test]
        fn sums_compare_as_if_they_were_exact(
            values in proptest::collection::vec((1i128..1_000, wide()), 2..10),
            digits in -2_000_000_000_000_000_000i128..2_000_000_000_000_000_000,
        ) {
            let whole: i128 = values.iter().map(|(weight, _)| weight).sum();
            let terms: Vec<_> =
                values.iter().map(|(weight, value)| (Ratio::new(*weight, whole), Some(*value))).collect();
            let sum = weighted(&terms).expect("known");
            // The exact sum over a common denominator, without any reduction.
            let below = values.iter().fold(BigInt::from(whole), |all, (_, value)| all * value.denominator());
            let above: BigInt = values
                .iter()
                .map(|(weight, value)| &below / whole / value.denominator() * value.numerator() * *weight)
                .sum();
            let near = sum.floor();
            let decimal = 1_000_000_000_000_000_000i128;
            for bound in [
                Ratio::ZERO,
                Ratio::ONE,
                Ratio::new(near, 1),
                Ratio::new(digits, decimal),
                sum.rounded(),
                Ratio::new(14, 15),
                Ratio::new(9 * 14, 10 * 15),
            ] {
                let exact = (&above * bound.denominator()).cmp(&(&below * bound.numerator()));
                prop_assert_eq!(sum.cmp(&bound), exact, "{:?} beside {:?}", sum, bound);
            }
        }

        #[test]
        fn neither_order_nor_scale_matters(
            values in proptest::collection::vec((1u64..1_000, wide()), 1..10), scale in 1u64..1_000,
        ) {
            let weight = |millionths| Weight { decimal: String::new(), millionths };
            let sum = |scale: u64, values: &[(u64, Ratio)]| {
                let weights: Vec<Weight> = values.iter().map(|(each, _)| weight(each * scale)).collect();
                let all: Vec<&Weight> = weights.iter().collect();
                let shares = weights.iter().map(|each| share_of(each, &all));
                weighted(&shares.zip(values.iter().map(|(_, value)| Some(*value))).collect::<Vec<_>>())
            };
            let mut turned = values.clone();
            turned.reverse();
            prop_assert_eq!(sum(1, &values), sum(scale, &turned));
        }
    }
}
