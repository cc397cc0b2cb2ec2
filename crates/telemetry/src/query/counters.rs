//! The counters as a table: what was counted in each minute, by which words, and what the counter cannot speak for.
//!
//! A minute without a row counted nothing; whether its source was heard is not known here.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray, TimestampNanosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use futures::StreamExt as _;
use ippo_base::{Minute, MinuteRange, TimeRange};

use super::memory::Memory;
use super::table::{Missing, narrowed};
use crate::counter::{Counter, CounterSet, Counts, Filling, Verdict};

/// The table's name.
pub(super) const COUNTERS: &str = "counters";
const KEY: &str = "counter";
const MINUTE: &str = "minute";

/// The table of counters.
#[derive(Clone)]
pub(super) struct CounterTable {
    counters: Arc<CounterSet>,
    missing: Missing,
    schema: SchemaRef,
}

impl std::fmt::Debug for CounterTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CounterTable").finish_non_exhaustive()
    }
}

impl CounterTable {
    pub(super) fn new(counters: CounterSet, missing: Missing) -> Self {
        Self { counters: Arc::new(counters), missing, schema: schema() }
    }
}

/// The columns.
pub(super) fn schema() -> SchemaRef {
    let utc = DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()));
    let field = |name: &str, kind: &DataType| Field::new(name, kind.clone(), false);
    Arc::new(Schema::new(vec![
        field(KEY, &DataType::Utf8),
        field("signal", &DataType::Utf8),
        field("counts", &DataType::Utf8),
        field("verdict", &DataType::Utf8),
        field("generation", &DataType::Int64),
        field(MINUTE, &utc),
        field("good", &DataType::Int64),
        field("bad", &DataType::Int64),
        field("unknown", &DataType::Int64),
        field("measured", &DataType::Boolean),
        field("complete", &DataType::Boolean),
    ]))
}

#[async_trait]
impl TableProvider for CounterTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        // They are only used to leave minutes out.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let range = filters.iter().fold(TimeRange::ALL, |range, filter| narrowed(range, filter, MINUTE));
        let keys = filters.iter().filter_map(named).reduce(both);
        let schema = match projection {
            Some(columns) => Arc::new(self.schema.project(columns)?),
            None => self.schema.clone(),
        };
        let rows = Rows {
            table: self.clone(),
            schema: schema.clone(),
            projection: projection.cloned(),
            range,
            keys,
        };
        Ok(Arc::new(StreamingTableExec::try_new(schema, vec![Arc::new(rows)], None, [], false, limit)?))
    }
}

/// The rows of the table, projected.
#[derive(Debug)]
struct Rows {
    table: CounterTable,
    schema: SchemaRef,
    projection: Option<Vec<usize>>,
    range: TimeRange,
    /// The only counters that are asked for, if it is said which.
    keys: Option<BTreeSet<String>>,
}

impl PartitionStream for Rows {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let CounterTable { counters, schema, missing } = self.table.clone();
        let (range, projection) = (minutes(self.range), self.projection.clone());
        let of_counter = |(key, counter): (&str, &Counter)| -> Vec<(String, MinuteRange)> {
            counter.days(range).into_iter().map(|day| (key.to_owned(), day)).collect()
        };
        let is_wanted = |key: &str| self.keys.as_ref().is_none_or(|keys| keys.contains(key));
        let wanted = counters.iter().filter(|(key, _)| is_wanted(key));
        let days: Vec<(String, MinuteRange)> = wanted.flat_map(of_counter).collect();
        let memory = Memory::of_session(&context);
        // Of old days each is read from a file, when its turn comes.
        let batches = days.into_iter().filter_map(move |(key, day)| {
            let counter = counters.get(&key)?;
            let read = counter.reading(day).read();
            missing.was_told(&read.warnings);
            let rows = of_day(&schema, &key, counter, &read.minutes);
            Some(rows.and_then(|rows| {
                let rows = match &projection {
                    Some(columns) => rows.project(columns)?,
                    None => rows,
                };
                memory.hold_rows(&rows)?;
                Ok(rows)
            }))
        });
        // Pauses after each, for whoever wants to end the query.
        let paused = futures::stream::iter(batches).then(async |batch| {
            tokio::task::yield_now().await;
            batch
        });
        Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), paused))
    }
}

/// The counters that a condition leaves, if it names them.
fn named(filter: &Expr) -> Option<BTreeSet<String>> {
    let is_key = |expr: &Expr| matches!(expr, Expr::Column(column) if column.name == KEY);
    let text = |expr: &Expr| match expr {
        Expr::Literal(literal, _) => literal.try_as_str().flatten().map(str::to_owned),
        _ => None,
    };
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
            named(left).into_iter().chain(named(right)).reduce(both)
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            named(left).zip(named(right)).map(|(left, right)| &left | &right)
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => {
            let key = if is_key(left) { text(right) } else { text(left).filter(|_| is_key(right)) };
            key.map(|key| BTreeSet::from([key]))
        }
        Expr::InList(InList { expr, list, negated: false }) if is_key(expr) => {
            list.iter().map(text).collect()
        }
        _ => None,
    }
}

/// What two conditions leave.
#[expect(clippy::needless_pass_by_value, reason = "it folds an iterator of them")]
fn both(a: BTreeSet<String>, b: BTreeSet<String>) -> BTreeSet<String> {
    &a & &b
}

/// The minutes that a range of times touches.
fn minutes(range: TimeRange) -> MinuteRange {
    let to = range.to.minute();
    MinuteRange { from: range.from.minute(), to: Minute(to.0.saturating_add(1)) }
}

fn of_day(
    schema: &SchemaRef,
    key: &str,
    counter: &Counter,
    rows: &[(Minute, Counts)],
) -> Result<RecordBatch> {
    let text =
        |text: &str| -> ArrayRef { Arc::new(StringArray::from_iter_values(rows.iter().map(|_| text))) };
    let count = |of: fn(&Counts) -> u64| -> ArrayRef {
        let counts = rows.iter().map(|(_, counts)| i64::try_from(of(counts)).unwrap_or(i64::MAX));
        Arc::new(Int64Array::from_iter_values(counts))
    };
    let is_measured = |minute: Minute| !counter.unmeasured.iter().any(|gap| gap.contains(minute));
    let complete = counter.filling == Filling::Complete;
    let generation = i64::try_from(counter.generation).unwrap_or(i64::MAX);
    let starts = rows.iter().map(|(minute, _)| minute.start().as_nanos());
    Ok(RecordBatch::try_new(
        schema.clone(),
        vec![
            text(key),
            text(counter.spec.signal.name()),
            text(counter.spec.total.text()),
            text(&verdict(&counter.spec.verdict)),
            Arc::new(Int64Array::from_iter_values(rows.iter().map(|_| generation))),
            Arc::new(TimestampNanosecondArray::from_iter_values(starts).with_timezone("UTC")),
            count(|counts| counts.good),
            count(|counts| counts.bad),
            count(|counts| counts.unknown),
            Arc::new(rows.iter().map(|(minute, _)| Some(is_measured(*minute))).collect::<BooleanArray>()),
            Arc::new(rows.iter().map(|_| Some(complete)).collect::<BooleanArray>()),
        ],
    )?)
}

/// What is good or bad among what is counted, in words.
fn verdict(verdict: &Verdict) -> String {
    match verdict {
        Verdict::All => "all are good".to_owned(),
        Verdict::Good(expr) => format!("good: {}", expr.text()),
        Verdict::Bad(expr) => format!("bad: {}", expr.text()),
        Verdict::GoodIncrease(expr) => format!("increases; good: {}", expr.text()),
        Verdict::BadIncrease(expr) => format!("increases; bad: {}", expr.text()),
        Verdict::Observations { op, limit } => format!("observations; good: {} {limit}", op.name()),
        Verdict::Threshold { value, op, limit } => format!("good: {} {} {limit}", value.text(), op.name()),
    }
}
