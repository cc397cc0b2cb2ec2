//! Batches seen lately, so that a client's retry is acknowledged and not counted twice.

use std::collections::{BTreeMap, VecDeque};

use ippo_base::Timestamp;
use ippo_base::limits::DUPLICATE_WINDOW;

use crate::manifest::RecentMeta;
use crate::signal::Signal;

/// What makes two batches the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BatchKey {
    pub(super) identity: String,
    pub(super) signal: Signal,
    pub(super) hash: u128,
}

/// Batches and when each first came, oldest first.
#[derive(Debug, Clone, Default)]
pub(super) struct Recent {
    received: BTreeMap<BatchKey, Timestamp>,
    order: VecDeque<(Timestamp, BatchKey)>,
}

impl Recent {
    /// Whether the batch came before, at most [`DUPLICATE_WINDOW`] earlier.
    pub(super) fn has(&self, key: &BatchKey, received: Timestamp) -> bool {
        self.received.get(key).is_some_and(|first| received.since(*first) <= DUPLICATE_WINDOW)
    }

    /// Remembers a batch, and forgets those that no retry can repeat any more.
    pub(super) fn insert(&mut self, key: BatchKey, received: Timestamp) {
        while let Some((oldest, _)) = self.order.front()
            && received.since(*oldest) > DUPLICATE_WINDOW
        {
            let (at, key) = self.order.pop_front().expect("there is a front");
            if self.received.get(&key) == Some(&at) {
                self.received.remove(&key);
            }
        }
        self.order.push_back((received, key.clone()));
        self.received.insert(key, received);
    }

    pub(super) fn to_meta(&self) -> Vec<RecentMeta> {
        let live = self.order.iter().filter(|(at, key)| self.received.get(key) == Some(at));
        live.map(|(at, key)| RecentMeta {
            identity: key.identity.clone(),
            signal: key.signal.name().to_owned(),
            hash: format!("{:032x}", key.hash),
            received: at.as_nanos(),
        })
        .collect()
    }

    /// Reads the manifest's list. Entries that make no sense could only let a retry be counted twice; none are written.
    pub(super) fn from_meta(meta: &[RecentMeta]) -> Self {
        let mut recent = Self::default();
        for entry in meta {
            let signal = Signal::from_name(&entry.signal);
            let hash = u128::from_str_radix(&entry.hash, 16).ok();
            if let (Some(signal), Some(hash)) = (signal, hash) {
                let key = BatchKey { identity: entry.identity.clone(), signal, hash };
                recent.insert(key, Timestamp::from_nanos(entry.received));
            }
        }
        recent
    }
}
