//! A text that is looked for in many others at once, in either case.

use arrow::array::{Array as _, StringArray};
use regex::bytes::{Regex, RegexBuilder};

/// A text to look for.
#[derive(Debug, Clone)]
pub struct Needle {
    text: String,
    found: Regex,
}

/// What a compiled needle may take, in bytes: thousands of characters.
const REGEX_BYTES: usize = 64 * 1024 * 1024;

impl Needle {
    /// Looks for this text.
    ///
    /// # Errors
    /// It is too long to be looked for; a needle of thousands of characters is not.
    pub fn new(text: &str) -> Result<Self, NeedleError> {
        let found = RegexBuilder::new(&regex::escape(text))
            .case_insensitive(true)
            .size_limit(REGEX_BYTES)
            .build()
            .map_err(|_| NeedleError)?;
        Ok(Self { text: text.to_owned(), found })
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
        let mut rows = Vec::new();
        let (mut row, mut from) = (0, at(0));
        let data = &data[..at(texts.len())];
        while let Some(hit) = self.found.find_at(data, from) {
            row += offsets[row + 1..].partition_point(|end| *end as usize <= hit.start());
            if hit.end() <= at(row + 1) {
                rows.push(row);
                from = at(row + 1);
            } else {
                // It begins in one text and ends in another.
                from = hit.start() + 1;
            }
        }
        rows
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
            prop_assert_eq!(Needle::new(&needle).expect("short").rows(&array), wanted);
        }
    }

    #[test]
    fn a_needle_is_no_pattern_and_may_be_long() {
        let texts = StringArray::from(vec!["a.c", "abc", "(x"]);
        assert_eq!(Needle::new("A.C").expect("short").rows(&texts), [0]);
        assert_eq!(Needle::new("(").expect("short").rows(&texts), [2]);
        assert!(Needle::new(&"é".repeat(10_000)).is_ok());
    }
}
