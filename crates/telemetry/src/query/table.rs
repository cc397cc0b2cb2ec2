//! A signal's rows as a table: those in memory, then segment by segment, as they are asked for.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use arrow::array::{ArrayRef, AsArray as _, RecordBatch, RecordBatchOptions, StringArray};
use arrow::compute::CastOptions;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Result, ScalarValue};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use futures::StreamExt as _;
use ippo_base::{TimeRange, Timestamp};

use super::memory::Memory;
use super::session::BATCH_ROWS;
use crate::columns::{self, ColumnKind};
use crate::missing;
use crate::segment::{self, Files, Group, SegmentRef};
use crate::signal::Signal;
use crate::snapshot::Snapshot;

/// What a query could not read.
#[derive(Debug, Clone, Default)]
pub(super) struct Missing(Arc<Mutex<missing::Missing>>);

impl Missing {
    fn note(&self, error: &segment::SegmentError) {
        self.0.lock().expect("nothing panics while it is held").note(error);
    }

    fn was_read(&self, meta: &segment::SegmentMeta) {
        self.0.lock().expect("nothing panics while it is held").was_read(meta);
    }

    /// What could not be read beside segments, which was logged.
    pub(super) fn was_told(&self, warnings: &[String]) {
        let mut missing = self.0.lock().expect("nothing panics while it is held");
        warnings.iter().for_each(|warning| missing.was_told(warning));
    }

    pub(super) fn warnings(&self) -> Vec<String> {
        let missing = self.0.lock().expect("nothing panics while it is held");
        let sampled = missing.sampled().map(missing::SampledPart::to_text);
        missing.warnings().into_iter().chain(sampled).collect()
    }
}

/// The table of a signal, as people see it: ids are hexadecimal texts.
#[derive(Clone)]
pub(super) struct SignalTable {
    signal: Signal,
    files: Files,
    snapshot: Snapshot,
    missing: Missing,
    schema: SchemaRef,
}

impl std::fmt::Debug for SignalTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignalTable").field("signal", &self.signal).finish_non_exhaustive()
    }
}

impl SignalTable {
    pub(super) fn new(signal: Signal, files: &Files, snapshot: &Snapshot, missing: &Missing) -> Self {
        let schema = schema(signal);
        Self { signal, files: files.clone(), snapshot: snapshot.clone(), missing: missing.clone(), schema }
    }
}

/// The columns as people see them.
pub(super) fn schema(signal: Signal) -> SchemaRef {
    let field = |column: &columns::ColumnDef| {
        let data_type = match column.kind {
            ColumnKind::Id16 | ColumnKind::Id8 => DataType::Utf8,
            kind => columns::data_type(kind),
        };
        Field::new(column.name, data_type, column.nullable)
    };
    Arc::new(Schema::new(columns::of(signal).iter().map(field).collect::<Vec<_>>()))
}

#[async_trait]
impl TableProvider for SignalTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        // They are only used to leave segments out.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let time = columns::time_column(self.signal);
        let range = filters.iter().fold(TimeRange::ALL, |range, filter| narrowed(range, filter, time));
        let schema = match projection {
            Some(columns) => Arc::new(self.schema.project(columns)?),
            None => self.schema.clone(),
        };
        let rows = Arc::new(Rows { table: self.clone(), schema: schema.clone(), range });
        Ok(Arc::new(StreamingTableExec::try_new(schema, vec![rows], None, [], false, limit)?))
    }
}

/// What remains of a range when the filter must hold too.
///
/// Only by time: Bloom filters have no checksum, and one that is missing would leave rows out without a word.
pub(super) fn narrowed(range: TimeRange, filter: &Expr, time: &str) -> TimeRange {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = filter else { return range };
    if *op == Operator::And {
        return narrowed(narrowed(range, left, time), right, time);
    }
    let (column, literal, op) = match (left.as_ref(), right.as_ref()) {
        (Expr::Column(column), Expr::Literal(literal, _)) => (column, literal, Some(*op)),
        (Expr::Literal(literal, _), Expr::Column(column)) => (column, literal, op.swap()),
        _ => return range,
    };
    match literal {
        ScalarValue::TimestampNanosecond(Some(nanos), _) if column.name == time => {
            compared(range, op, *nanos)
        }
        _ => range,
    }
}

/// What remains of a range of times that compare like this.
fn compared(range: TimeRange, op: Option<Operator>, nanos: i64) -> TimeRange {
    let (at, after) = (Timestamp::from_nanos(nanos), Timestamp::from_nanos(nanos.saturating_add(1)));
    match op {
        Some(Operator::Gt) => TimeRange { from: range.from.max(after), ..range },
        Some(Operator::GtEq) => TimeRange { from: range.from.max(at), ..range },
        Some(Operator::Lt) => TimeRange { to: range.to.min(at), ..range },
        Some(Operator::LtEq) => TimeRange { to: range.to.min(after), ..range },
        Some(Operator::Eq) => TimeRange { from: range.from.max(at), to: range.to.min(after) },
        _ => range,
    }
}

/// The rows of a table, projected.
#[derive(Debug)]
struct Rows {
    table: SignalTable,
    schema: SchemaRef,
    range: TimeRange,
}

impl PartitionStream for Rows {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let SignalTable { signal, files, snapshot, missing, .. } = self.table.clone();
        let schema = self.schema.clone();
        let memory = snapshot.rows(signal).to_vec();
        let segments: Vec<SegmentRef> = snapshot.segments(signal, self.range).cloned().collect();
        let names: Vec<String> = schema.fields().iter().map(|field| field.name().clone()).collect();
        // Without any column the rows still count.
        let names = if names.is_empty() { vec![columns::time_column(signal).to_owned()] } else { names };
        let stored = segments
            .into_iter()
            .flat_map(move |meta| Groups::of(files.clone(), signal, meta, names.clone(), missing.clone()));
        let (shown, held) = (schema.clone(), Memory::of_session(&context));
        let read = move |(batch, is_new): (RecordBatch, bool)| {
            let seen = view(&batch, &shown)?;
            // What is in the store's own memory is counted there.
            let own = |column: &&ArrayRef| !batch.columns().iter().any(|of| Arc::ptr_eq(of, column));
            seen.columns()
                .iter()
                .filter(|column| is_new || own(column))
                .try_for_each(|column| held.hold(column))?;
            Ok(seen)
        };
        let batches = memory.into_iter().flat_map(|batch| slices(&batch)).map(|batch| (batch, false));
        let batches = batches.chain(stored.map(|batch| (batch, true))).map(read);
        // Pauses after each, for whoever wants to end the query.
        let paused = futures::stream::iter(batches).then(async |batch| {
            tokio::task::yield_now().await;
            batch
        });
        Box::pin(RecordBatchStreamAdapter::new(schema, paused))
    }
}

/// A batch in parts that are no larger than a query's own.
fn slices(batch: &RecordBatch) -> Vec<RecordBatch> {
    let part = |at: usize| batch.slice(at, BATCH_ROWS.min(batch.num_rows() - at));
    (0..batch.num_rows()).step_by(BATCH_ROWS).map(part).collect()
}

/// The rows of a segment, a row group at a time, until one cannot be read.
struct Groups {
    files: Files,
    signal: Signal,
    meta: SegmentRef,
    names: Vec<String>,
    missing: Missing,
    /// The parts of the segment that were not looked into yet, the last one first.
    parts: Vec<Range<usize>>,
    is_read: bool,
    /// The row groups that were not read yet, the last one first.
    groups: Vec<Group>,
    /// The rows of the row group that was read last, the last ones first.
    rows: Vec<RecordBatch>,
}

impl Groups {
    fn of(files: Files, signal: Signal, meta: SegmentRef, names: Vec<String>, missing: Missing) -> Self {
        let parts = files.parts(&meta).into_iter().map(|part| part.groups).rev().collect();
        let (groups, rows) = (Vec::new(), Vec::new());
        Self { files, signal, meta, names, missing, parts, is_read: false, groups, rows }
    }

    /// The next rows, if there are any.
    fn read(&mut self) -> Result<Option<RecordBatch>, segment::SegmentError> {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        loop {
            if let Some(batch) = self.rows.pop() {
                return Ok(Some(batch));
            }
            if let Some(group) = self.groups.pop() {
                self.rows = self.files.read_group(self.signal, &self.meta, group, &names)?;
                self.rows.reverse();
                if !std::mem::replace(&mut self.is_read, true) {
                    self.missing.was_read(&self.meta);
                }
            } else if let Some(part) = self.parts.pop() {
                self.groups = self.files.groups_with(self.signal, &self.meta, &part, &[], &names)?;
                self.groups.reverse();
            } else {
                return Ok(None);
            }
        }
    }
}

impl Iterator for Groups {
    type Item = RecordBatch;

    fn next(&mut self) -> Option<RecordBatch> {
        self.read().unwrap_or_else(|error| {
            self.missing.note(&error);
            (self.parts, self.groups) = (Vec::new(), Vec::new());
            None
        })
    }
}

/// The batch as people see it.
fn view(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let column = |field: &Arc<Field>| -> Result<ArrayRef, ArrowError> {
        let column =
            batch.column_by_name(field.name()).expect("the table has every column that its schema names");
        match column.data_type() {
            DataType::FixedSizeBinary(_) => {
                let ids = column.as_fixed_size_binary().iter().map(|id| id.map(hex::encode));
                Ok(Arc::new(ids.collect::<StringArray>()))
            }
            same if same == field.data_type() => Ok(column.clone()),
            _ => arrow::compute::cast_with_options(column, field.data_type(), &CastOptions::default()),
        }
    };
    let columns: Vec<ArrayRef> = schema.fields().iter().map(column).collect::<Result<_, _>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(schema.clone(), columns, &options)
}
