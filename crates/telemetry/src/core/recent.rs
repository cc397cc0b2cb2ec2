//! Batches seen lately, so that a client's retry is acknowledged and not counted twice.

use std::collections::VecDeque;
use std::sync::Arc;

use hashbrown::HashMap;
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

/// Batches and when each first came, oldest first. Senders of small batches fill it with hundreds of thousands, and each
/// flush copies it, so that one takes few bytes and none of its own.
#[derive(Debug, Clone, Default)]
pub(super) struct Recent {
    /// Who sent them, by number.
    identities: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
    received: HashMap<Known, Timestamp>,
    order: VecDeque<(Timestamp, Known)>,
}

/// A [`BatchKey`] with the number of its identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Known {
    hash: u128,
    identity: u32,
    signal: Signal,
}

impl Recent {
    /// Whether the batch came before, at most [`DUPLICATE_WINDOW`] earlier.
    pub(super) fn has(&self, key: &BatchKey, received: Timestamp) -> bool {
        let Some(identity) = self.numbers.get(key.identity.as_str()) else { return false };
        let known = Known { hash: key.hash, identity: *identity, signal: key.signal };
        self.received.get(&known).is_some_and(|first| received.since(*first) <= DUPLICATE_WINDOW)
    }

    /// Remembers a batch, and forgets those that no retry can repeat any more.
    pub(super) fn insert(&mut self, key: &BatchKey, received: Timestamp) {
        while let Some((oldest, _)) = self.order.front()
            && received.since(*oldest) > DUPLICATE_WINDOW
        {
            let (at, known) = self.order.pop_front().expect("there is a front");
            if self.received.get(&known) == Some(&at) {
                self.received.remove(&known);
            }
        }
        let known = Known { hash: key.hash, identity: self.number(&key.identity), signal: key.signal };
        self.order.push_back((received, known));
        self.received.insert(known, received);
    }

    fn number(&mut self, identity: &str) -> u32 {
        if let Some(number) = self.numbers.get(identity) {
            return *number;
        }
        let number = u32::try_from(self.identities.len()).expect("fewer than 2^32 tokens");
        let identity: Arc<str> = identity.into();
        self.identities.push(identity.clone());
        self.numbers.insert(identity, number);
        number
    }

    pub(super) fn to_meta(&self) -> Vec<RecentMeta> {
        let live = self.order.iter().filter(|(at, known)| self.received.get(known) == Some(at));
        live.map(|(at, known)| RecentMeta {
            identity: self.identities[known.identity as usize].as_ref().to_owned(),
            signal: known.signal.name().to_owned(),
            hash: format!("{:032x}", known.hash),
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
                recent.insert(&key, Timestamp::from_nanos(entry.received));
            }
        }
        recent
    }
}
