//! What the rows of a query take in memory while anything holds them, beside what its operators take by themselves.
//!
//! It must never hold a query's rows itself.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, FieldRef, Schema};
use datafusion::common::{Result, exec_err, internal_err, resources_err};
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation};
use datafusion::logical_expr::ColumnarValue;
use datafusion::logical_expr::sort_properties::ExprProperties;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion_execution::memory_pool::arrow::ArrowMemoryPool;

use crate::read::Stop;

/// A value that is the same for all rows may take so many bytes: the plan keeps copies of it, which nobody counts, and some
/// functions write it into each row.
pub(super) const CONSTANT_BYTES: usize = 4 * 1024;

/// The memory of one query.
#[derive(Debug, Clone)]
pub(super) struct Memory {
    pool: Arc<dyn MemoryPool>,
    rows: Arc<ArrowMemoryPool>,
    stop: Stop,
}

impl Memory {
    /// The memory that this pool gives out, until the query is stopped.
    pub(super) fn of(pool: &Arc<dyn MemoryPool>, stop: &Stop) -> Self {
        let rows = ArrowMemoryPool::new(pool.clone(), MemoryConsumer::new("rows"));
        Self { pool: pool.clone(), rows: Arc::new(rows), stop: stop.clone() }
    }

    /// The one of the session that a plan runs in.
    pub(super) fn of_session(context: &TaskContext) -> Arc<Self> {
        context.session_config().get_extension().expect("each session has its memory")
    }

    /// What it may take, in bytes.
    fn limit(&self) -> usize {
        match self.pool.memory_limit() {
            MemoryLimit::Finite(limit) => limit,
            MemoryLimit::Infinite | MemoryLimit::Unknown => usize::MAX,
        }
    }

    /// What is left of it, in bytes.
    pub(super) fn free(&self) -> usize {
        self.limit().saturating_sub(self.pool.reserved())
    }

    /// Room that is given back when it is dropped; nothing of it is taken yet.
    pub(super) fn reservation(&self) -> MemoryReservation {
        MemoryConsumer::new("an expression").register(&self.pool)
    }

    /// Counts an array for as long as anything holds it.
    pub(super) fn hold(&self, array: &ArrayRef) -> Result<()> {
        array.claim(&*self.rows);
        self.check()
    }

    /// Counts rows for as long as anything holds them.
    pub(super) fn hold_rows(&self, rows: &RecordBatch) -> Result<()> {
        rows.claim(&*self.rows);
        self.check()
    }

    /// Counts what an expression gave, if it is not the same for all rows. What is the same must be small.
    pub(super) fn hold_value(&self, value: &ColumnarValue) -> Result<()> {
        match value {
            ColumnarValue::Array(array) => self.hold(array),
            ColumnarValue::Scalar(constant) if constant.size() > CONSTANT_BYTES => {
                resources_err!("a value takes {} bytes", constant.size())
            }
            ColumnarValue::Scalar(_) => self.check(),
        }
    }

    /// Whether the query may go on.
    pub(super) fn check(&self) -> Result<()> {
        if self.stop.is_stopped() {
            return exec_err!("nobody waits for it any more");
        }
        if self.pool.reserved() > self.limit() {
            return resources_err!("the rows that the query holds take more memory than it may use");
        }
        Ok(())
    }
}

/// An expression that counts what it gives.
#[derive(Debug)]
pub(super) struct Counted {
    inner: Arc<dyn PhysicalExpr>,
    memory: Memory,
}

impl Counted {
    /// Of this expression. Columns are counted where they come from.
    pub(super) fn of(inner: &Arc<dyn PhysicalExpr>, memory: &Memory) -> Arc<dyn PhysicalExpr> {
        if inner.is::<Column>() {
            return inner.clone();
        }
        Arc::new(Self { inner: inner.clone(), memory: memory.clone() })
    }
}

impl PartialEq for Counted {
    fn eq(&self, other: &Self) -> bool {
        self.inner.as_ref() == other.inner.as_ref()
    }
}

impl Eq for Counted {}

impl Hash for Counted {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.inner.hash(state);
    }
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl PhysicalExpr for Counted {
    fn evaluate(&self, rows: &RecordBatch) -> Result<ColumnarValue> {
        let value = self.inner.evaluate(rows)?;
        self.memory.hold_value(&value)?;
        let ColumnarValue::Scalar(constant) = value else { return Ok(value) };
        // It becomes a column of its own.
        let bytes = constant.size().saturating_mul(rows.num_rows());
        self.memory.reservation().try_grow(bytes)?;
        let column = constant.to_array_of_size(rows.num_rows())?;
        self.memory.hold(&column)?;
        Ok(ColumnarValue::Array(column))
    }

    fn data_type(&self, schema: &Schema) -> Result<DataType> {
        self.inner.data_type(schema)
    }

    fn nullable(&self, schema: &Schema) -> Result<bool> {
        self.inner.nullable(schema)
    }

    fn return_field(&self, schema: &Schema) -> Result<FieldRef> {
        self.inner.return_field(schema)
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.inner]
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        let [inner] = children.as_slice() else { return internal_err!("a counted expression is one") };
        Ok(Arc::new(Self { inner: inner.clone(), memory: self.memory.clone() }))
    }

    fn get_properties(&self, children: &[ExprProperties]) -> Result<ExprProperties> {
        Ok(children[0].clone())
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt_sql(f)
    }
}
