//! What the parts of a plan hand on is counted where nobody else counts it: what expressions give, what windows keep, and how
//! wide the rows are that a join repeats.

use std::sync::Arc;

use arrow::array::{Array as _, RecordBatch};
use arrow::datatypes::DataType;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult as _, TreeNode as _, TreeNodeRecursion};
use datafusion::common::{Result, internal_err, resources_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties,
    ReplaceChildrenOptions,
};
use futures::StreamExt as _;

use super::bounded::array_bytes;
use super::memory::{Counted, Memory};
use super::session::BATCH_ROWS;

/// Puts the counting into a plan.
#[derive(Debug)]
pub(super) struct Counting {
    pub(super) memory: Memory,
}

impl PhysicalOptimizerRule for Counting {
    fn name(&self) -> &str {
        "counting"
    }

    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            if let Some(projection) = node.downcast_ref::<ProjectionExec>() {
                let counted = |of: &ProjectionExpr| ProjectionExpr {
                    expr: Counted::of(&of.expr, &self.memory),
                    alias: of.alias.clone(),
                };
                let expressions: Vec<ProjectionExpr> = projection.expr().iter().map(counted).collect();
                let counting = ProjectionExec::try_new(expressions, projection.input().clone())?;
                return Ok(Transformed::yes(Arc::new(counting) as Arc<dyn ExecutionPlan>));
            }
            let what = match node.name() {
                "WindowAggExec" => {
                    let own = node.schema().fields().len() - node.children()[0].schema().fields().len();
                    What::Kept { and: own * VALUE_BYTES }
                }
                "BoundedWindowAggExec" => What::Kept { and: 0 },
                name if name.ends_with("JoinExec") => What::Repeated,
                _ => return Ok(Transformed::no(node)),
            };
            let watched = |input: &Arc<dyn ExecutionPlan>| {
                Arc::new(WatchedExec { input: input.clone(), what, memory: self.memory.clone() })
                    as Arc<dyn ExecutionPlan>
            };
            let inputs = node.children().into_iter().map(watched).collect();
            let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
            Ok(Transformed::yes(node.replace_children(inputs, options)?))
        })
        .data()
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// What a window writes beside a row, for each of its expressions, and as much again while it puts all rows together.
const VALUE_BYTES: usize = 16;

/// What becomes of rows, so that they must be watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// An operator keeps them without counting, and with each row so many bytes of its own until the last one has come.
    Kept { and: usize },
    /// A join may write one of them into each row of a batch.
    Repeated,
}

/// Hands rows on, and counts them or looks how wide they are.
#[derive(Debug)]
struct WatchedExec {
    input: Arc<dyn ExecutionPlan>,
    what: What,
    memory: Memory,
}

impl WatchedExec {
    fn with_input(&self, mut children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let (Some(input), []) = (children.pop(), children.as_slice()) else {
            return internal_err!("rows are watched on one way");
        };
        Ok(Arc::new(Self { input, what: self.what, memory: self.memory.clone() }))
    }
}

impl DisplayAs for WatchedExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "WatchedExec")
    }
}

impl ExecutionPlan for WatchedExec {
    fn name(&self) -> &str {
        "WatchedExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.with_input(children)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.with_input(children)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let rows = self.input.execute(partition, context)?;
        let (what, memory) = (self.what, self.memory.clone());
        let beside = memory.reservation();
        let watched = rows.map(move |batch| {
            let batch = batch?;
            match what {
                What::Kept { and } => {
                    memory.hold_rows(&batch)?;
                    beside.try_grow(batch.num_rows() * and)?;
                }
                What::Repeated => check_width(&batch, memory.free())?,
            }
            Ok(batch)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.input.schema(), watched)))
    }
}

/// Refuses rows that would take more than `free` bytes if each were in all rows of a batch. What is a dictionary or shared is
/// not copied.
fn check_width(batch: &RecordBatch, free: usize) -> Result<()> {
    let mut widths = vec![0_usize; batch.num_rows()];
    for column in batch.columns() {
        match column.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Binary | DataType::LargeBinary => {
                widths.iter_mut().zip(array_bytes(column)?).for_each(|(width, bytes)| *width += bytes);
            }
            nested if nested.is_nested() => {
                let each = column.get_array_memory_size() / column.len().max(1);
                widths.iter_mut().for_each(|width| *width += each);
            }
            _ => {}
        }
    }
    let widest = widths.into_iter().max().unwrap_or(0);
    if widest.saturating_mul(BATCH_ROWS) > free {
        return resources_err!("a row of {widest} bytes would be joined with many");
    }
    Ok(())
}
