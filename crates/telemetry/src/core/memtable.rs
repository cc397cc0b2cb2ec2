//! Rows in memory, as the batches they came in, small ones merged so that readers meet few.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch};
use arrow::datatypes::Int32Type;
use ippo_base::Timestamp;

use crate::columns::build::memory_bytes;
use crate::columns::gather::all_rows;
use crate::segment;
use crate::signal::Signal;
use crate::snapshot::Known;

/// This many neighbours of one size class become one batch of the next.
const FAN_IN: usize = 16;

/// Batches are not merged beyond this: it would cost more than it saves.
const MERGED_BYTES: usize = 4 * 1024 * 1024;

#[derive(Default)]
struct Table {
    /// Merged batches, classes descending.
    batches: Vec<Held>,
}

struct Held {
    /// How often its rows were merged.
    class: u32,
    rows: RecordBatch,
    known: Known,
}

/// Rows of all signals that no segment holds yet.
#[derive(Default)]
pub(super) struct Memtable {
    tables: [Table; 3],
    bytes: usize,
}

impl Memtable {
    /// Adds a batch. Each row is copied at most a few times over its life here.
    pub(super) fn push(&mut self, signal: Signal, rows: RecordBatch) {
        if rows.num_rows() == 0 {
            return;
        }
        let table = &mut self.tables[signal.index()].batches;
        self.bytes += own_bytes(&rows, table.last().map(|held| &held.rows));
        table.push(Held { class: 0, rows, known: Known::default() });
        while let Some(class) = full_class(table) {
            let parts: Vec<RecordBatch> =
                table[table.len() - FAN_IN..].iter().map(|held| held.rows.clone()).collect();
            let Some(rows) = merge(signal, &parts) else { break };
            table.truncate(table.len() - FAN_IN);
            table.push(Held { class: class + 1, rows, known: Known::default() });
        }
    }

    /// The batches of a signal.
    pub(super) fn rows(&self, signal: Signal) -> impl Iterator<Item = &RecordBatch> {
        self.tables[signal.index()].batches.iter().map(|held| &held.rows)
    }

    /// What is known of each batch.
    pub(super) fn known(&self, signal: Signal) -> impl Iterator<Item = &Known> {
        self.tables[signal.index()].batches.iter().map(|held| &held.known)
    }

    /// The newest event time among the rows that came last.
    pub(super) fn newest(&self, signal: Signal) -> Option<Timestamp> {
        let last = &self.tables[signal.index()].batches.last()?.rows;
        segment::times(signal, last).iter().max().copied().map(Timestamp::from_nanos)
    }

    /// About how many bytes the rows take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

/// Bytes of a batch, without the dictionaries that it shares with the one before.
fn own_bytes(rows: &RecordBatch, before: Option<&RecordBatch>) -> usize {
    let of_column = |(at, column): (usize, &ArrayRef)| {
        let Some(dictionary) = column.as_dictionary_opt::<Int32Type>() else {
            return memory_bytes(column);
        };
        let texts = |batch: &RecordBatch| batch.column(at).as_dictionary::<Int32Type>().values().clone();
        let is_shared = before.is_some_and(|before| Arc::ptr_eq(&texts(before), dictionary.values()));
        let texts = if is_shared { 0 } else { dictionary.values().get_array_memory_size() };
        memory_bytes(dictionary.keys()) + texts
    };
    rows.columns().iter().enumerate().map(of_column).sum()
}

/// One batch of several; none where they had better stay apart.
fn merge(signal: Signal, parts: &[RecordBatch]) -> Option<RecordBatch> {
    let one_earlier = std::iter::once(None).chain(parts.iter().map(Some));
    let bytes: usize = parts.iter().zip(one_earlier).map(|(rows, before)| own_bytes(rows, before)).sum();
    (bytes <= MERGED_BYTES).then(|| all_rows(signal, parts))
}

fn full_class(table: &[Held]) -> Option<u32> {
    let class = table.last()?.class;
    let same = table.iter().rev().take_while(|other| other.class == class).count();
    (same >= FAN_IN).then_some(class)
}
