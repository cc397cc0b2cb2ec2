//! Rows in memory, as the batches they came in, small ones merged so that readers meet few.

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::error::ArrowError;

use crate::columns;
use crate::signal::Signal;

/// This many neighbours of one size class become one batch of the next.
const FAN_IN: usize = 16;

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
    pub(super) fn push(&mut self, signal: Signal, rows: RecordBatch) -> Result<(), ArrowError> {
        if rows.num_rows() == 0 {
            return Ok(());
        }
        self.bytes += rows.get_array_memory_size();
        let table = &mut self.tables[signal.index()].batches;
        table.push((0, rows));
        while let Some(class) = full_class(table) {
            let tail = table.split_off(table.len() - FAN_IN);
            let parts: Vec<RecordBatch> = tail.into_iter().map(|(_, batch)| batch).collect();
            table.push((class + 1, concat_batches(&columns::schema(signal), &parts)?));
        }
        Ok(())
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

fn full_class(table: &[(u32, RecordBatch)]) -> Option<u32> {
    let (class, _) = table.last()?;
    let same = table.iter().rev().take_while(|(other, _)| other == class).count();
    (same >= FAN_IN).then_some(*class)
}
