//! The filters of traces of many segments. Each trace is looked for in all segments, so these are kept where the rest of a
//! segment's end is not: they take about half a byte a span.

use std::collections::HashMap;
use std::sync::Arc;

use parquet::bloom_filter::Sbbf;

/// Filters that are kept, in bytes: those of some sixty million spans.
const KEPT_BYTES: usize = 32 * 1024 * 1024;

/// Per row group of a segment, which traces it may have.
#[derive(Clone)]
pub(super) struct TraceFilters {
    groups: Arc<[Option<Sbbf>]>,
    bytes: usize,
}

impl TraceFilters {
    /// Of these groups, which take so many bytes.
    pub(super) fn new(groups: Vec<Option<Sbbf>>, bytes: usize) -> Self {
        Self { groups: groups.into(), bytes }
    }

    /// The filter of a row group, if it has one.
    pub(super) fn of(&self, group: usize) -> Option<&Sbbf> {
        self.groups[group].as_ref()
    }

    /// The row groups that may have a trace.
    pub(super) fn groups_with(&self, id: &[u8; 16]) -> impl Iterator<Item = usize> {
        let may_have =
            |filter: &Option<Sbbf>| filter.as_ref().is_none_or(|filter| filter.check(id.as_slice()));
        let groups = self.groups.iter().enumerate().filter(move |(_, filter)| may_have(filter));
        groups.map(|(at, _)| at)
    }
}

/// Filters of segments that were read, by file.
#[derive(Default)]
pub(super) struct KeptFilters {
    of: HashMap<String, TraceFilters>,
    bytes: usize,
}

impl KeptFilters {
    /// Whether a segment may have a trace, if that is known.
    pub(super) fn may_have(&self, file: &str, id: &[u8; 16]) -> Option<bool> {
        self.of.get(file).map(|filters| filters.groups_with(id).next().is_some())
    }

    /// Keeps those of a segment; where there is no room, instead of some others. Which these are does not matter, as all
    /// are asked in turn: the last used one would always be the next that is missed.
    pub(super) fn insert(&mut self, file: &str, filters: TraceFilters) {
        self.forget(file);
        self.bytes += filters.bytes;
        self.of.insert(file.to_owned(), filters);
        while self.bytes > KEPT_BYTES {
            let Some(other) = self.of.keys().find(|other| *other != file).cloned() else { break };
            self.forget(&other);
        }
    }

    /// Lets go of those of a segment.
    pub(super) fn forget(&mut self, file: &str) {
        if let Some(gone) = self.of.remove(file) {
            self.bytes -= gone.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filters(bytes: usize) -> TraceFilters {
        TraceFilters::new(vec![None], bytes)
    }

    #[test]
    fn what_does_not_fit_takes_the_place_of_others() {
        let mut kept = KeptFilters::default();
        for file in 0..20 {
            kept.insert(&file.to_string(), filters(KEPT_BYTES / 10));
            assert!(kept.bytes <= KEPT_BYTES);
            assert_eq!(kept.may_have(&file.to_string(), &[0; 16]), Some(true), "no filter rules nothing out");
        }
        assert_eq!(kept.of.len(), 10);
        kept.insert("large", filters(2 * KEPT_BYTES));
        assert_eq!((kept.of.len(), kept.may_have("large", &[0; 16])), (1, Some(true)));
        kept.forget("large");
        assert_eq!((kept.of.len(), kept.bytes, kept.may_have("large", &[0; 16])), (0, 0, None));
    }
}
