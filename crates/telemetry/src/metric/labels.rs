//! Labels as a row has them, and what tells series apart across batches, segments and starts.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use twox_hash::XxHash3_128;

/// Labels by key, their values as text.
pub(crate) type LabelSet = BTreeMap<String, String>;

/// The attributes of a row: a text as it is, anything else as JSON writes it, what has no value left out.
pub(crate) fn read_labels(json: &str) -> LabelSet {
    let raw: BTreeMap<String, &RawValue> = serde_json::from_str(json).unwrap_or_default();
    raw.into_iter().filter_map(|(key, value)| Some((key, text_of(value.get())?))).collect()
}

fn text_of(json: &str) -> Option<String> {
    match json.as_bytes().first()? {
        b'"' => serde_json::from_str(json).ok(),
        b'n' => None,
        _ => Some(json.to_owned()),
    }
}

/// What tells a series apart, across batches, segments and starts: a hash of these texts, whose lengths are part of it.
/// Labels are hashed by [`labels_id`], as their order says nothing.
pub(crate) fn series_id(texts: [&str; 5], labels: [u128; 2]) -> u128 {
    let mut bytes = Vec::with_capacity(160);
    texts.iter().for_each(|text| append(&mut bytes, text));
    labels.iter().for_each(|id| bytes.extend_from_slice(&id.to_le_bytes()));
    XxHash3_128::oneshot(&bytes)
}

/// The same of a set of labels, as its column has it.
pub(crate) fn labels_id(json: &str) -> u128 {
    let mut bytes = Vec::with_capacity(json.len() * 2);
    for (key, value) in read_labels(json) {
        append(&mut bytes, &key);
        append(&mut bytes, &value);
    }
    XxHash3_128::oneshot(&bytes)
}

fn append(bytes: &mut Vec<u8>, text: &str) {
    bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
    bytes.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_is_the_same_however_its_labels_are_ordered() {
        let id =
            |attrs: &str| series_id(["m", "sum", "1", "delta", "scope"], [labels_id(attrs), labels_id("{}")]);
        assert_eq!(id(r#"{"a":"x","b":1}"#), id(r#"{"b":1,"a":"x"}"#));
        assert_ne!(id(r#"{"a":"xb"}"#), id(r#"{"ab":"x"}"#));
        assert_ne!(id("{}"), series_id(["m", "sum", "1d", "elta", "scope"], [labels_id("{}"); 2]));
        let known = 4_978_744_645_807_616_108_916_668_952_040_944_897;
        assert_eq!(id(r#"{"a":"x"}"#), known, "ids are kept in files: what makes them must never change");
    }
}
