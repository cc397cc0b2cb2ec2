//! Small numbers as Parquet's hybrid of runs and bit packing: eight or more of the same one behind the other are told once,
//! others lie side by side in as many bits as the largest takes. Encoding `RLE` of the specification of Parquet, without
//! the length in front.

/// Numbers that are packed together, and that a run has at least.
const GROUP: usize = 8;

/// Appends the numbers, each of which fits into `bit_width` bits.
pub(super) fn write(into: &mut Vec<u8>, numbers: &[u32], bit_width: u8) {
    let mut rest = numbers;
    while !rest.is_empty() {
        let run = run(rest);
        if run >= GROUP || run == rest.len() {
            write_length(into, run << 1);
            into.extend_from_slice(&rest[0].to_le_bytes()[..usize::from(bit_width).div_ceil(8)]);
            rest = &rest[run..];
            continue;
        }
        let mut packed = GROUP.min(rest.len());
        while packed < rest.len() && run_is_short(&rest[packed..]) {
            packed = (packed + GROUP).min(rest.len());
        }
        write_length(into, packed.div_ceil(GROUP) << 1 | 1);
        rest[..packed].chunks(GROUP).for_each(|group| pack(into, group, bit_width));
        rest = &rest[packed..];
    }
}

/// Appends flags as numbers of one bit; so many that all are set where there are none.
pub(super) fn write_flags(into: &mut Vec<u8>, flags: Option<&[bool]>, count: usize) {
    match flags {
        Some(flags) => {
            let numbers: Vec<u32> = flags.iter().map(|flag| u32::from(*flag)).collect();
            write(into, &numbers, 1);
        }
        None if count > 0 => {
            write_length(into, count << 1);
            into.push(1);
        }
        None => {}
    }
}

/// How many numbers at the beginning are the same.
fn run(numbers: &[u32]) -> usize {
    numbers.iter().take_while(|number| **number == numbers[0]).count()
}

fn run_is_short(numbers: &[u32]) -> bool {
    numbers.len() < GROUP || numbers[1..GROUP].iter().any(|number| *number != numbers[0])
}

/// A length as seven bits a byte, the lowest first.
fn write_length(into: &mut Vec<u8>, mut length: usize) {
    while length >= 0x80 {
        into.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    into.push(length as u8);
}

/// Eight numbers side by side, the lowest bits first; what is missing of eight is zeros.
fn pack(into: &mut Vec<u8>, group: &[u32], bit_width: u8) {
    let end = into.len() + usize::from(bit_width);
    let (mut held, mut bits) = (0_u64, 0);
    for number in group {
        held |= u64::from(*number) << bits;
        bits += u32::from(bit_width);
        if bits >= u32::BITS {
            into.extend_from_slice(&(held as u32).to_le_bytes());
            held >>= u32::BITS;
            bits -= u32::BITS;
        }
    }
    into.extend_from_slice(&(held as u32).to_le_bytes());
    into.resize(end, 0);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Reads numbers by the words of the specification.
    fn read(mut bytes: &[u8], bit_width: u8, count: usize) -> Vec<u32> {
        let mut numbers = Vec::new();
        while numbers.len() < count {
            let (mut length, mut shift) = (0_usize, 0);
            loop {
                let byte = usize::from(bytes[0]);
                bytes = &bytes[1..];
                length |= (byte & 0x7f) << shift;
                shift += 7;
                if byte & 0x80 == 0 {
                    break;
                }
            }
            let width = usize::from(bit_width);
            if length & 1 == 0 {
                let mut number = [0; 4];
                number[..width.div_ceil(8)].copy_from_slice(&bytes[..width.div_ceil(8)]);
                bytes = &bytes[width.div_ceil(8)..];
                numbers.extend(std::iter::repeat_n(u32::from_le_bytes(number), length >> 1));
            } else {
                let all = (length >> 1) * GROUP;
                let bit = |at: usize| u32::from(bytes[at / 8] >> (at % 8) & 1);
                let number =
                    |at: usize| (0..width).fold(0_u32, |number, of| number | bit(at * width + of) << of);
                numbers.extend((0..all).map(number));
                bytes = &bytes[all / GROUP * width..];
            }
        }
        assert!(bytes.is_empty(), "nothing is left");
        assert!(numbers.drain(count..).all(|number| number == 0), "eight are filled up with zeros");
        numbers
    }

    fn numbers() -> impl Strategy<Value = (u8, Vec<u32>)> {
        (0..=32_u8).prop_flat_map(|width| {
            let most = u32::try_from((1_u64 << width) - 1).expect("32 bits");
            let run = (0..=most, prop_oneof![1..3_usize, 1..40_usize, Just(300)]);
            let runs = proptest::collection::vec(run, 0..40);
            runs.prop_map(move |runs| {
                (width, runs.into_iter().flat_map(|(number, times)| vec![number; times]).collect())
            })
        })
    }

    proptest! {
        #[test]
        fn what_was_written_is_read((width, numbers) in numbers()) {
            let mut bytes = Vec::new();
            write(&mut bytes, &numbers, width);
            prop_assert_eq!(read(&bytes, width, numbers.len()), numbers);
        }
    }

    #[test]
    fn flags_are_numbers_of_one_bit() {
        for (flags, count) in [(None, 70_000), (None, 0), (Some([true; 9]), 9), (Some([false; 9]), 9)] {
            let mut bytes = Vec::new();
            write_flags(&mut bytes, flags.as_ref().map(<[bool; 9]>::as_slice), count);
            let wanted = flags.map_or(vec![1; count], |flags| flags.map(u32::from).to_vec());
            assert_eq!(read(&bytes, 1, count), wanted);
        }
        let mut bytes = Vec::new();
        write_flags(&mut bytes, Some(&[true, false, true]), 3);
        assert_eq!(read(&bytes, 1, 3), [1, 0, 1]);
    }
}
