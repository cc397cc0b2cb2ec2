//! Chance, made of arithmetic: the same words give the same draws, on every machine and in every version.
//!
//! Integers only. A library's generator, or the system's logarithm, could change what a seed means.

/// A stream of draws (SplitMix64).
#[derive(Debug, Clone)]
pub(crate) struct Draw(u64);

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// Spreads the bits of `x` (the finaliser of SplitMix64).
fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// One word out of many, order included.
pub(crate) fn hash(words: &[u64]) -> u64 {
    words.iter().fold(GOLDEN, |state, &word| mix(state.wrapping_add(GOLDEN) ^ mix(word.wrapping_add(GOLDEN))))
}

/// How long things take, as a multiple of the usual time in thousandths, at points of the distribution in
/// hundred-thousandths. Between two points the line is straight.
const SPREAD: [(u64, u64); 11] = [
    (0, 520),
    (10_000, 700),
    (25_000, 820),
    (50_000, 1_000),
    (75_000, 1_270),
    (90_000, 1_700),
    (95_000, 2_200),
    (99_000, 4_000),
    (99_900, 7_500),
    (99_990, 11_000),
    (100_000, 12_000),
];

impl Draw {
    /// The stream that belongs to `words`.
    pub(crate) fn of(words: &[u64]) -> Self {
        Self(hash(words))
    }

    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mix(self.0)
    }

    /// Evenly from 0 to `bound - 1`; 0 when `bound` is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.next()) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap_or(0)
    }

    /// Evenly from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True in `share` of 100,000 draws.
    pub(crate) fn per_100k(&mut self, share: u64) -> bool {
        self.below(100_000) < share
    }

    /// True in `share` of 100 draws.
    pub(crate) fn percent(&mut self, share: u64) -> bool {
        self.below(100) < share
    }

    /// One of `choices`, evenly.
    ///
    /// # Panics
    /// If there is nothing to choose from.
    pub(crate) fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let index = usize::try_from(self.below(choices.len() as u64)).expect("an index fits");
        choices.get(index).expect("there is something to choose from")
    }

    /// A duration around `usual` nanoseconds, with the long tail that servers have.
    pub(crate) fn around(&mut self, usual: u64) -> u64 {
        let point = self.below(100_000);
        let after = SPREAD.iter().position(|&(at, _)| at > point).unwrap_or(SPREAD.len() - 1).max(1);
        let (x0, y0) = SPREAD[after - 1];
        let (x1, y1) = SPREAD[after];
        let factor = y0 + (y1 - y0) * (point - x0) / (x1 - x0);
        (usual * factor / 1_000).max(1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_belongs_to_its_words() {
        let draws = |words: &[u64]| {
            let mut draw = Draw::of(words);
            [draw.next(), draw.next(), draw.next()]
        };
        assert_eq!(draws(&[1, 2]), draws(&[1, 2]));
        assert_ne!(draws(&[1, 2]), draws(&[2, 1]));
        // Written down once: another value here means that every seed has changed its meaning.
        assert_eq!(hash(&[42, 7]), 14_128_865_636_395_836_272);
    }

    #[test]
    fn draws_stay_in_bounds_and_times_have_their_median() {
        let mut draw = Draw::of(&[3]);
        let mut times: Vec<u64> = (0..10_001).map(|_| draw.around(1_000_000)).collect();
        times.sort_unstable();
        assert!((950_000..1_050_000).contains(&times[5_000]), "{}", times[5_000]);
        assert!((1_900_000..2_500_000).contains(&times[9_500]), "{}", times[9_500]);
        assert!((0..1_000).all(|_| (5..=7).contains(&draw.between(5, 7))));
        assert_eq!(draw.below(0), 0);
    }
}
