//! Rows in memory, as the batches they came in, small ones merged so that readers meet few.

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;

use crate::columns;
use crate::signal::Signal;

/// This many neighbours of one size class become one batch of the next.
const FAN_IN: usize = 16;

/// Batches are not merged beyond this: it would cost more than it saves.
const MERGED_BYTES: usize = 32 * 1024 * 1024;

#[derive(Default)]
struct Table {
    /// Merged batches with their size class, classes descending.
    batches: Vec<(u32, RecordBatch)>,
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
        self.bytes += rows.get_array_memory_size();
        let table = &mut self.tables[signal.index()].batches;
        table.push((0, rows));
        while let Some(class) = full_class(table) {
            let parts = table[table.len() - FAN_IN..].iter().map(|(_, batch)| batch);
            let Some(merged) = merge(signal, parts) else { break };
            table.truncate(table.len() - FAN_IN);
            table.push((class + 1, merged));
        }
    }

    /// The batches of a signal.
    pub(super) fn rows(&self, signal: Signal) -> impl Iterator<Item = &RecordBatch> {
        self.tables[signal.index()].batches.iter().map(|(_, batch)| batch)
    }

    /// About how many bytes the rows take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

/// One batch of several; none where they had better stay apart.
fn merge<'a>(signal: Signal, parts: impl Iterator<Item = &'a RecordBatch> + Clone) -> Option<RecordBatch> {
    if parts.clone().map(RecordBatch::get_array_memory_size).sum::<usize>() > MERGED_BYTES {
        return None;
    }
    // Offsets have 32 bits, which is far above the limit; should it fail nevertheless, readers meet more batches.
    concat_batches(&columns::schema(signal), parts).ok()
}

fn full_class(table: &[(u32, RecordBatch)]) -> Option<u32> {
    let (class, _) = table.last()?;
    let same = table.iter().rev().take_while(|(other, _)| other == class).count();
    (same >= FAN_IN).then_some(*class)
}
