//! Tells series apart: one is one sender's stream of points under one set of attributes, however the attributes were
//! ordered when they came.

use std::collections::HashMap;

pub(super) use crate::metric::{LabelSet, Temporality, read_labels};

/// The columns that tell series apart and say of which metric they are.
pub(super) const SERIES_COLUMNS: [&str; 12] = [
    "time",
    "metric",
    "type",
    "unit",
    "temporality",
    "monotonic",
    "service",
    "namespace",
    "environment",
    "scope",
    "attrs",
    "resource",
];

/// Sets of labels, each once.
#[derive(Default)]
struct LabelSets {
    by_text: HashMap<Box<str>, u32>,
    by_set: HashMap<LabelSet, u32>,
    sets: Vec<LabelSet>,
}

impl LabelSets {
    fn id(&mut self, json: &str) -> u32 {
        if let Some(id) = self.by_text.get(json) {
            return *id;
        }
        let set = read_labels(json);
        let id = match self.by_set.get(&set) {
            Some(id) => *id,
            None => {
                let id =
                    u32::try_from(self.sets.len()).expect("fewer sets than rows, and those fit into memory");
                self.by_set.insert(set.clone(), id);
                self.sets.push(set);
                id
            }
        };
        self.by_text.insert(json.into(), id);
        id
    }
}

/// Who a point belongs to, as its row says it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whose<'a> {
    pub(super) resource: &'a str,
    pub(super) scope: &'a str,
    pub(super) attrs: &'a str,
    /// `delta`, `cumulative` or empty: one stream never changes it.
    pub(super) temporality: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    resource: u32,
    scope: u32,
    attrs: u32,
    temporality: Temporality,
}

/// The series that were met, numbered from 0.
#[derive(Default)]
pub(super) struct SeriesIndex {
    resources: LabelSets,
    attributes: LabelSets,
    scopes: HashMap<Box<str>, u32>,
    known: HashMap<Key, usize>,
    list: Vec<Key>,
}

impl SeriesIndex {
    /// The number of the series; `None` where it would be one more than `most`.
    pub(super) fn of(&mut self, whose: Whose<'_>, most: usize) -> Option<usize> {
        let scopes = u32::try_from(self.scopes.len()).expect("fewer scopes than rows");
        let scope = match self.scopes.get(whose.scope) {
            Some(id) => *id,
            None => *self.scopes.entry(whose.scope.into()).or_insert(scopes),
        };
        let key = Key {
            resource: self.resources.id(whose.resource),
            scope,
            attrs: self.attributes.id(whose.attrs),
            temporality: Temporality::of(whose.temporality),
        };
        if let Some(at) = self.known.get(&key) {
            return Some(*at);
        }
        if self.list.len() >= most {
            return None;
        }
        self.known.insert(key, self.list.len());
        self.list.push(key);
        Some(self.list.len() - 1)
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// The attributes of the points of a series.
    pub(super) fn attributes(&self, series: usize) -> &LabelSet {
        &self.attributes.sets[self.list[series].attrs as usize]
    }

    /// The attributes of whoever sends a series.
    pub(super) fn resource(&self, series: usize) -> &LabelSet {
        &self.resources.sets[self.list[series].resource as usize]
    }

    pub(super) fn temporality(&self, series: usize) -> Temporality {
        self.list[series].temporality
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn one_series_however_its_attributes_are_ordered() {
        let whose =
            |attrs| Whose { resource: r#"{"service.name":"cart"}"#, scope: "s", attrs, temporality: "delta" };
        let mut index = SeriesIndex::default();
        assert_eq!(index.of(whose(r#"{"a":"x","b":1}"#), 9), Some(0));
        assert_eq!(index.of(whose(r#"{"b":1,"a":"x"}"#), 9), Some(0));
        assert_eq!(index.of(whose(r#"{"b":"1.5","a":"x"}"#), 9), Some(1));
        assert_eq!(index.of(Whose { temporality: "", ..whose(r#"{"a":"x","b":1}"#) }, 9), Some(2));
        assert_eq!(index.of(Whose { scope: "t", ..whose(r#"{"a":"x","b":1}"#) }, 9), Some(3));
        assert_eq!(index.of(whose("{}"), 4), None, "one too many");
        assert_eq!(
            index.of(whose(r#"{"a":"x","b":1}"#), 4),
            Some(0),
            "which does not hide those that are known"
        );
        assert_eq!(index.len(), 4);
        assert_eq!(
            index.attributes(0),
            &LabelSet::from([("a".into(), "x".into()), ("b".into(), "1".into())])
        );
        assert_eq!(index.resource(1)["service.name"], "cart");
    }

    #[test]
    fn values_are_read_as_text() {
        let labels = read_labels(r#"{"t":"\"q\"","n":null,"f":1.50,"l":["a",1],"b":true}"#);
        let pairs: Vec<(&str, &str)> = labels.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(pairs, [("b", "true"), ("f", "1.50"), ("l", "[\"a\",1]"), ("t", "\"q\"")]);
        assert!(read_labels("not json").is_empty());
    }
}
