//! Where the space goes: segments by day and signal, and by the service whose rows they hold.

use std::collections::BTreeMap;

use crate::segment::{SegmentRef, SegmentTotals, Share};
use crate::signal::Signal;

const DAY_MINUTES: u32 = ippo_base::time::MINUTES_PER_DAY;

/// The segments of one UTC day of event time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DaySpace {
    /// Its first minute.
    pub begins: ippo_base::Minute,
    /// By [`Signal::index`].
    pub signals: [SegmentTotals; 3],
}

/// What the rows of one service take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceSpace {
    /// `service.name`.
    pub service: String,
    /// By [`Signal::index`].
    pub signals: [Share; 3],
}

/// What is on the disk in segments. What is still in the log is not in here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Space {
    /// The days, the newest first.
    pub days: Vec<DaySpace>,
    /// The services, those that take most first.
    pub services: Vec<ServiceSpace>,
    /// Services that their segments do not name, as they are small among many.
    pub other: [Share; 3],
    /// Rows of segments that were written before it was kept whose they are.
    pub unknown: [Share; 3],
}

impl ServiceSpace {
    /// Bytes of all signals.
    pub fn bytes(&self) -> u64 {
        self.signals.iter().map(|share| share.bytes).sum()
    }
}

impl Space {
    pub(super) fn of<'a>(segments: impl Iterator<Item = (Signal, &'a SegmentRef)>) -> Self {
        let mut days: BTreeMap<u32, [SegmentTotals; 3]> = BTreeMap::new();
        let mut services: BTreeMap<&str, [Share; 3]> = BTreeMap::new();
        let mut space = Self::default();
        for (signal, segment) in segments {
            let at = signal.index();
            days.entry(segment.window / DAY_MINUTES).or_default()[at].add(segment);
            let mut rest = Share { rows: segment.rows, bytes: segment.bytes };
            let mut known = |share: Share| {
                rest.rows = rest.rows.saturating_sub(share.rows);
                rest.bytes = rest.bytes.saturating_sub(share.bytes);
            };
            if let Some(shares) = &segment.services {
                for named in &shares.named {
                    services.entry(&named.service).or_default()[at].add(named.share);
                    known(named.share);
                }
                space.other[at].add(shares.other);
                known(shares.other);
            }
            // Without rows it is what dividing leaves over, a few bytes a file.
            if rest.rows > 0 {
                space.unknown[at].add(rest);
            }
        }
        let day =
            |(day, signals): (u32, _)| DaySpace { begins: ippo_base::Minute(day * DAY_MINUTES), signals };
        space.days = days.into_iter().rev().map(day).collect();
        let of = |(service, signals): (&str, _)| ServiceSpace { service: service.to_owned(), signals };
        space.services = services.into_iter().map(of).collect();
        space.services.sort_by_key(|service| std::cmp::Reverse(service.bytes()));
        space
    }
}
