//! Whose rows a segment holds, so that space can be told by service without reading a file.
//!
//! Columns of many services are encoded together, so nobody knows the exact bytes of one. The file's bytes are shared out by
//! the size of the rows before they were encoded: a service with long bodies or many attributes pays for them.

use std::collections::BTreeMap;

use arrow::array::{Array as _, AsArray as _, StringArray};
use arrow::datatypes::Int32Type;
use serde::{Deserialize, Serialize};

use super::{Rows, SegmentMeta};

/// Services that a segment names; the rest is told together.
const NAMED_MOST: usize = 64;
/// A longer name is not kept.
const NAME_BYTES: usize = 128;
/// What a row takes beside its texts, about: times, ids, numbers and references to texts that many rows share.
const ROW_BYTES: u64 = 64;

/// Some of a segment's rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// How many rows.
    pub rows: u64,
    /// Their part of the file, in bytes.
    pub bytes: u64,
}

/// The rows of one service in a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceShare {
    /// `service.name`.
    pub service: String,
    /// Its rows.
    #[serde(flatten)]
    pub share: Share,
}

/// The rows of a segment by service. What is neither named nor `other` is not known: it was written before this was kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceShares {
    /// The largest, the largest first.
    pub named: Vec<ServiceShare>,
    /// The rows of all others together.
    pub other: Share,
}

impl Share {
    /// Adds more rows.
    pub fn add(&mut self, more: Share) {
        self.rows += more.rows;
        self.bytes += more.bytes;
    }

    fn scaled(self, bytes: u64, of: u64) -> Self {
        let bytes = u128::from(self.bytes) * u128::from(bytes) / u128::from(of.max(1));
        Self { rows: self.rows, bytes: u64::try_from(bytes).unwrap_or(u64::MAX) }
    }
}

impl ServiceShares {
    /// Of rows that were written into a file of so many bytes.
    pub(super) fn of(rows: &Rows<'_>, file_bytes: u64) -> Self {
        let by_service = weigh(rows);
        let weight = by_service.values().map(|share| share.bytes).sum();
        let scaled =
            by_service.into_iter().map(|(service, share)| (service, share.scaled(file_bytes, weight)));
        Self::largest(scaled.collect(), Share::default())
    }

    /// Of a file made of other files. None where none of them knows.
    pub(crate) fn merged<'a>(inputs: impl Iterator<Item = &'a SegmentMeta>, file_bytes: u64) -> Option<Self> {
        let (mut by_service, mut other) = (BTreeMap::<&str, Share>::new(), Share::default());
        let (mut bytes, mut known) = (0, false);
        for input in inputs {
            bytes += input.bytes;
            let Some(shares) = &input.services else { continue };
            known = true;
            other.add(shares.other);
            for named in &shares.named {
                by_service.entry(&named.service).or_default().add(named.share);
            }
        }
        let scaled =
            by_service.into_iter().map(|(service, share)| (service, share.scaled(file_bytes, bytes)));
        known.then(|| Self::largest(scaled.collect(), other.scaled(file_bytes, bytes)))
    }

    fn largest(mut shares: Vec<(&str, Share)>, mut other: Share) -> Self {
        shares.sort_unstable_by(|(a, left), (b, right)| right.bytes.cmp(&left.bytes).then(a.cmp(b)));
        let mut named = Vec::new();
        for (service, share) in shares {
            if named.len() < NAMED_MOST && service.len() <= NAME_BYTES {
                named.push(ServiceShare { service: service.to_owned(), share });
            } else {
                other.add(share);
            }
        }
        Self { named, other }
    }
}

/// Rows by service, with their bytes before they are encoded.
fn weigh<'a>(rows: &Rows<'a>) -> BTreeMap<&'a str, Share> {
    let batches: Vec<Weighed<'a>> = rows.batches.iter().map(Weighed::of).collect();
    let mut by_code: Vec<Vec<Share>> =
        batches.iter().map(|batch| vec![Share::default(); batch.services.len()]).collect();
    for place in &rows.part.rows {
        let (batch, row) = (place.batch as usize, place.row as usize);
        let of = &batches[batch];
        by_code[batch][of.codes[row] as usize].add(Share { rows: 1, bytes: of.bytes(row) });
    }
    let mut by_service: BTreeMap<&str, Share> = BTreeMap::new();
    for (batch, shares) in batches.iter().zip(by_code) {
        for (code, share) in shares.into_iter().enumerate().filter(|(_, share)| share.rows > 0) {
            by_service.entry(batch.services.value(code)).or_default().add(share);
        }
    }
    by_service
}

/// A batch, as far as the size of its rows goes.
struct Weighed<'a> {
    codes: &'a [i32],
    services: &'a StringArray,
    /// Where the texts of each row begin and end, by column.
    texts: Vec<&'a [i32]>,
}

impl<'a> Weighed<'a> {
    fn of(batch: &'a arrow::array::RecordBatch) -> Self {
        let services = batch.column_by_name("service").expect("every table has its services");
        let services = services.as_dictionary::<Int32Type>();
        let texts = batch.columns().iter().filter_map(|column| column.as_string_opt::<i32>());
        Self {
            codes: services.keys().values(),
            services: services.values().as_string::<i32>(),
            texts: texts.map(|column| -> &[i32] { column.value_offsets() }).collect(),
        }
    }

    fn bytes(&self, row: usize) -> u64 {
        let text = |offsets: &&[i32]| u64::from((offsets[row + 1] - offsets[row]).unsigned_abs());
        ROW_BYTES + self.texts.iter().map(text).sum::<u64>()
    }
}
