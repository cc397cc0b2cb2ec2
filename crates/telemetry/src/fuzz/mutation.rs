//! Random damage to inputs, the same for the same seed.

/// Text and bytes that open a door now and then.
const WORDS: [&[u8]; 35] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b",",
    b":",
    b"\\u",
    b"\\ud83d",
    b"null",
    b"true",
    b"-",
    b"1e400",
    b"\"NaN\"",
    b"18446744073709551615",
    b"-9223372036854775808",
    b"\xff",
    b"\xf0\x9f\x98\x80",
    b"\x00",
    b"\x80\x80\x80\x80\x80",
    b"\xff\xff\xff\xff\x0f",
    b"\xa1ippoWL1",
    b"\xa1ippoWL2",
    b"'",
    b" AND ",
    b" OR ",
    b"NOT ",
    b"(",
    b")",
    b"attrs['k']",
    b" IN ('a', 'b')",
    b" LIKE '%_\\'",
    b"num(",
    b" IS NULL",
    b"--",
];

/// A source of numbers: splitmix64.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Less than `bound`; 0 for 0.
    fn below(&mut self, bound: usize) -> usize {
        if bound == 0 { 0 } else { (self.next() % bound as u64) as usize }
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    /// A part of a text of so many bytes, short more often than long.
    fn part(&mut self, len: usize) -> std::ops::Range<usize> {
        let from = self.below(len + 1);
        let longest = if self.below(4) == 0 { len - from } else { (len - from).min(16) };
        from..from + self.below(longest + 1)
    }

    /// One of `seeds`, damaged in one to six places.
    pub(super) fn damaged(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut data = self.pick(seeds).clone();
        for _ in 0..=self.below(6) {
            self.damage(&mut data, seeds);
        }
        data
    }

    fn damage(&mut self, data: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let at = self.below(data.len());
        match self.below(8) {
            0 if !data.is_empty() => data[at] ^= 1 << self.below(8),
            1 if !data.is_empty() => data[at] = self.next() as u8,
            2 => drop(data.drain(self.part(data.len()))),
            3 => {
                let copy = data[self.part(data.len())].to_vec();
                data.splice(at..at, copy);
            }
            4 => {
                let other = self.pick(seeds);
                let part = other[self.part(other.len())].to_vec();
                let gap = self.part(data.len());
                data.splice(gap, part);
            }
            5 => data.truncate(at),
            6 => {
                let word = *self.pick(&WORDS);
                let end = (at + word.len()).min(data.len());
                data.splice(at..end, word.iter().copied());
            }
            _ => drop(data.splice(at..at, self.pick(&WORDS).iter().copied())),
        }
    }
}
