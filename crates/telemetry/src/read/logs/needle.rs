//! A text that is looked for in many others at once, in either case.
//!
//! It may be told to stand alone there: what comes before and after it goes on with no word that it begins or ends with.

use std::ops::Range;

use arrow::array::{Array as _, StringArray};
use memchr::memmem::{Finder, find};
use regex::bytes::{Regex, RegexBuilder};

use crate::words::{begins_with_letter, each_word, ends_with_letter};

/// A text to look for.
#[derive(Debug, Clone)]
pub struct Needle {
    text: String,
    /// Finds it in lower case in texts in lower case, where that is the same.
    lower: Option<Lower>,
    found: Regex,
    whole_words: bool,
    /// What a text that has it has as whole words, in lower case.
    words: Vec<Vec<u8>>,
}

/// What a compiled needle may take, in bytes: thousands of characters.
const REGEX_BYTES: usize = 64 * 1024 * 1024;

impl Needle {
    /// Looks for this text, wherever it is or only where it is made of whole words.
    ///
    /// # Errors
    /// It is too long to be looked for; a needle of thousands of characters is not.
    pub fn new(text: &str, whole_words: bool) -> Result<Self, NeedleError> {
        let found = RegexBuilder::new(&regex::escape(text))
            .case_insensitive(true)
            .size_limit(REGEX_BYTES)
            .build()
            .map_err(|_| NeedleError)?;
        let mut words = Vec::new();
        each_word(text.as_bytes(), |word, first, last| {
            // Where more may come before or behind, it may be a part of a word.
            if whole_words || !(first || last) {
                words.push(word.to_vec());
            }
        });
        Ok(Self { text: text.to_owned(), lower: Lower::of(text), found, whole_words, words })
    }

    /// Words that every text has in which it is found.
    pub(super) fn words(&self) -> &[Vec<u8>] {
        &self.words
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The rows that have it, ascending.
    pub(super) fn rows(&self, texts: &StringArray) -> Vec<usize> {
        let (offsets, data) = (texts.value_offsets(), texts.value_data());
        let at = |row: usize| offsets[row] as usize;
        if self.text.is_empty() {
            return (0..texts.len()).collect();
        }
        // All texts are looked through as one: most have no needle, and where one row ends does not matter to them.
        let data = &data[..at(texts.len())];
        match self.lower.as_ref().filter(|lower| lower.is_enough(&data[at(0)..])) {
            Some(lower) => {
                let folded = data.to_ascii_lowercase();
                self.rows_by(texts, |from| lower.find_at(&folded, from))
            }
            None => self.rows_by(texts, |from| self.found.find_at(data, from).map(|hit| hit.range())),
        }
    }

    /// The rows that have it, where `next` finds it from a place on in all texts as one.
    fn rows_by(&self, texts: &StringArray, next: impl Fn(usize) -> Option<Range<usize>>) -> Vec<usize> {
        let (offsets, data) = (texts.value_offsets(), texts.value_data());
        let at = |row: usize| offsets[row] as usize;
        let mut rows = Vec::new();
        let (mut row, mut from) = (0, at(0));
        while let Some(hit) = next(from) {
            row += offsets[row + 1..].partition_point(|end| *end as usize <= hit.start);
            let is_within = hit.end <= at(row + 1);
            if is_within && self.stands_alone(&data[at(row)..hit.start], &data[hit.end..at(row + 1)]) {
                rows.push(row);
                from = at(row + 1);
            } else {
                // It begins in one text and ends in another, or is a part of a word.
                from = hit.start + 1;
            }
        }
        rows
    }
}

impl Needle {
    /// Whether it may be found between these two parts of a text.
    fn stands_alone(&self, before: &[u8], behind: &[u8]) -> bool {
        let text = self.text.as_bytes();
        !self.whole_words
            || !(begins_with_letter(text) && ends_with_letter(before)
                || ends_with_letter(text) && begins_with_letter(behind))
    }
}

/// A needle that is found byte by byte once ASCII letters are in lower case: all that is not ASCII in it has one case.
#[derive(Debug, Clone)]
struct Lower {
    finder: Finder<'static>,
    /// Letters beyond ASCII that match in either case too, as the pattern sees it: `ſ` is an s, the Kelvin sign a k.
    like_it: Vec<&'static [u8]>,
}

impl Lower {
    fn of(text: &str) -> Option<Self> {
        let has_one_case = |c: char| c.is_ascii() || (c.to_lowercase().eq([c]) && c.to_uppercase().eq([c]));
        let lower = text.to_ascii_lowercase();
        let like_it = [('s', "\u{17f}"), ('k', "\u{212a}")].into_iter();
        let like_it =
            like_it.filter(|(letter, _)| lower.contains(*letter)).map(|(_, other)| other.as_bytes());
        text.chars()
            .all(has_one_case)
            .then(|| Self { finder: Finder::new(lower.as_bytes()).into_owned(), like_it: like_it.collect() })
    }

    /// Whether these texts have no letter that matches in another way.
    fn is_enough(&self, data: &[u8]) -> bool {
        self.like_it.iter().all(|letter| find(data, letter).is_none())
    }

    fn find_at(&self, folded: &[u8], from: usize) -> Option<Range<usize>> {
        let start = from + self.finder.find(folded.get(from..)?)?;
        Some(start..start + self.finder.needle().len())
    }
}

/// A text that is too long to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text to look for is too long")]
pub struct NeedleError;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_found_wherever_it_is_and_nowhere_else(
            texts in proptest::collection::vec(proptest::option::of("[aAbBé.\\n]{0,6}"), 0..12),
            needle in "[aAbBéÉ.]{0,3}",
            skipped in 0usize..4,
        ) {
            let array = StringArray::from(texts.clone());
            let skipped = skipped.min(array.len());
            let array = array.slice(skipped, array.len() - skipped);
            let has = |row: &usize| {
                let text = texts[skipped + row].as_deref().unwrap_or_default();
                text.to_lowercase().contains(&needle.to_lowercase())
            };
            let wanted: Vec<usize> = (0..array.len()).filter(has).collect();
            prop_assert_eq!(Needle::new(&needle, false).expect("short").rows(&array), wanted);
        }

        #[test]
        fn it_is_found_the_same_way_by_bytes_and_by_pattern(
            texts in proptest::collection::vec("[sSkK\u{17f}\u{212a}a支é]{0,6}", 0..8),
            needle in "[sSkKa支éÉß\u{17f}]{1,2}",
        ) {
            let array = StringArray::from(texts);
            let needle = Needle::new(&needle, false).expect("short");
            let by_pattern = Needle { lower: None, ..needle.clone() };
            prop_assert_eq!(needle.rows(&array), by_pattern.rows(&array));
        }

        #[test]
        fn whole_words_are_found_between_what_parts_words(
            texts in proptest::collection::vec("[aAbé .]{0,8}", 0..8),
            needle in "[aAbé .]{1,3}",
        ) {
            let array = StringArray::from(texts.clone());
            let is_letter = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_alphanumeric());
            let (first, last) = (is_letter(needle.chars().next()), is_letter(needle.chars().last()));
            let has = |row: &usize| {
                let (text, needle) = (texts[*row].to_lowercase(), needle.to_lowercase());
                let starts = text.char_indices().map(|(at, _)| at).filter(|at| text[*at..].starts_with(&needle));
                starts.into_iter().any(|at| {
                    let (before, behind) = (&text[..at], &text[at + needle.len()..]);
                    !(first && is_letter(before.chars().last()) || last && is_letter(behind.chars().next()))
                })
            };
            let wanted: Vec<usize> = (0..array.len()).filter(has).collect();
            prop_assert_eq!(Needle::new(&needle, true).expect("short").rows(&array), wanted);
        }

        #[test]
        fn a_text_in_which_it_is_found_has_its_words(
            text in "[a-cA-C_ſ\u{212a}é .]{0,16}",
            needle in "[a-cſks .]{1,9}",
            whole_words: bool,
        ) {
            let needle = Needle::new(&needle, whole_words).expect("short");
            if needle.rows(&StringArray::from(vec![text.as_str()])) == [0] {
                let mut words = Vec::new();
                each_word(text.as_bytes(), |word, _, _| words.push(word.to_vec()));
                prop_assert!(needle.words().iter().all(|word| words.contains(word)), "{words:?}");
            }
        }
    }

    #[test]
    fn a_needle_is_no_pattern_and_may_be_long() {
        let texts = StringArray::from(vec!["a.c", "abc", "(x"]);
        let rows = |text: &str| Needle::new(text, false).expect("short").rows(&texts);
        assert_eq!(rows("A.C"), [0]);
        assert_eq!(rows("("), [2]);
        assert!(Needle::new(&"é".repeat(10_000), true).is_ok());
    }

    #[test]
    fn words_are_known_where_nothing_can_go_on_with_them() {
        let words = |text, whole| {
            let needle = Needle::new(text, whole).expect("short");
            needle.words().iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect::<Vec<_>>()
        };
        assert_eq!(words("order 4711 failed", false), ["4711"]);
        assert_eq!(words("order 4711 failed", true), ["order", "4711", "failed"]);
        assert_eq!(words("=4711;", false), ["4711"]);
    }
}
