//! The words of a text, as whole-word searches know them: runs of ASCII letters, digits and `_`, in lower case.
//!
//! Everything else parts words, so that texts in scripts without spaces have none and are searched through. Two characters
//! beyond ASCII stand for a letter, as searches in either case take them for one: `ſ` for `s`, and the Kelvin sign for `k`.

/// Shorter words are in nearly every text.
pub(crate) const SHORTEST: usize = 3;
/// Of longer words the beginning counts.
const LONGEST: usize = 64;

/// The letter of a word that the text begins with, in lower case, and how many bytes it takes.
fn letter(text: &[u8]) -> Option<(u8, usize)> {
    match text {
        [byte, ..] if LETTERS[usize::from(*byte)] != 0 => Some((LETTERS[usize::from(*byte)], 1)),
        [0xc5, 0xbf, ..] => Some((b's', 2)),
        [0xe2, 0x84, 0xaa, ..] => Some((b'k', 3)),
        _ => None,
    }
}

/// Whether a word goes on where the text begins.
pub(crate) fn begins_with_letter(text: &[u8]) -> bool {
    letter(text).is_some()
}

/// Whether a word comes up to where the text ends.
pub(crate) fn ends_with_letter(text: &[u8]) -> bool {
    (1..=3).any(|bytes| {
        let from = text.len().checked_sub(bytes);
        from.and_then(|from| letter(&text[from..])).is_some_and(|(_, taken)| taken == bytes)
    })
}

/// The letter that an ASCII byte is, in lower case; 0 of one that is none.
const LETTERS: [u8; 256] = {
    let mut letters = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        let as_byte = byte as u8;
        if as_byte.is_ascii_alphanumeric() || as_byte == b'_' {
            letters[byte] = as_byte.to_ascii_lowercase();
        }
        byte += 1;
    }
    letters
};

/// Shows each word of at least [`SHORTEST`] letters, and whether it touches the begin and the end of the text.
pub(crate) fn each_word(text: &[u8], mut show: impl FnMut(&[u8], bool, bool)) {
    let mut word = [0; LONGEST];
    let mut at = 0;
    while at < text.len() {
        let begin = at;
        let mut letters = 0;
        loop {
            let run = &text[at..];
            // Nearly all letters are of one byte, and nearly all words are such a run.
            let end = run.iter().position(|byte| LETTERS[usize::from(*byte)] == 0).unwrap_or(run.len());
            lower(run, end, &mut word[letters.min(LONGEST)..]);
            letters += end;
            at += end;
            let Some((byte, taken)) = text.get(at..).and_then(letter) else { break };
            if letters < LONGEST {
                word[letters] = byte;
            }
            letters += 1;
            at += taken;
        }
        if letters >= SHORTEST {
            show(&word[..letters.min(LONGEST)], begin == 0, at == text.len());
        }
        // What no letter begins with is passed.
        at += 1;
    }
}

/// Copies the first `letters` of a run, as many as there is room for, in lower case. What is behind them is anything.
fn lower(run: &[u8], letters: usize, into: &mut [u8]) {
    const SHORT: usize = 16;
    match (run.first_chunk::<SHORT>(), into.first_chunk_mut::<SHORT>()) {
        // So many at once take less time than just the right number.
        (Some(run), Some(into)) if letters <= SHORT => {
            *into = *run;
            into.make_ascii_lowercase();
        }
        _ => {
            let letters = letters.min(into.len());
            into[..letters].copy_from_slice(&run[..letters]);
            into[..letters].make_ascii_lowercase();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<(String, bool, bool)> {
        let mut found = Vec::new();
        each_word(text.as_bytes(), |word, first, last| {
            found.push((String::from_utf8_lossy(word).into_owned(), first, last));
        });
        found
    }

    #[test]
    fn words_are_runs_of_letters_in_lower_case() {
        let of = |text| words(text).into_iter().map(|(word, ..)| word).collect::<Vec<_>>();
        assert_eq!(
            of("GET /api/orders/4711?x=1 took 93ms"),
            ["get", "api", "orders", "4711", "took", "93ms"]
        );
        assert_eq!(of("支払い timeout 注文order_12です"), ["timeout", "order_12"]);
        assert_eq!(of("ta\u{17f}\u{212a}"), ["task"]);
        assert_eq!(of("a bc"), Vec::<String>::new());
        assert_eq!(words("one two"), [("one".to_owned(), true, false), ("two".to_owned(), false, true)]);
        let long = "x".repeat(100);
        assert_eq!(of(&long), [&long[..LONGEST]]);
    }

    #[test]
    fn where_words_end_is_seen_from_both_sides() {
        for (text, begins, ends) in [
            ("", false, false),
            ("a-", true, false),
            ("-\u{17f}", false, true),
            ("é", false, false),
            ("_", true, true),
        ] {
            assert_eq!(
                (begins_with_letter(text.as_bytes()), ends_with_letter(text.as_bytes())),
                (begins, ends),
                "{text}"
            );
        }
    }
}
