//! What a query runs in: its tables, functions without side effects, and nothing that could get around a limit.
//!
//! It must never know an object store, a file format to write, or the real time.

use std::sync::Arc;

use arrow::temporal_conversions::timestamp_ns_to_datetime;
use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult as _, TreeNode as _};
use datafusion::datasource::object_store::ObjectStoreUrl;
use datafusion::execution::FunctionRegistry as _;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::GreedyMemoryPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::prelude::{SessionConfig, SessionContext};
use ippo_base::Timestamp;

use super::counted::Counting;
use super::memory::Memory;
use super::tables::Tables;
use super::{bounded, functions};
use crate::read::Stop;

/// A batch of rows within a query. What an expression gives for one is counted afterwards.
pub(super) const BATCH_ROWS: usize = 2048;

/// A few bytes of SQL would make these take any amount of memory, none of which is counted: texts and lists of any length,
/// and lists of lists, which grow by a factor with each level of a query. The last one takes time instead.
pub(super) const UNBOUNDED: [&str; 28] = [
    "array_append",
    "array_concat",
    "array_prepend",
    "array_repeat",
    "array_replace",
    "array_replace_all",
    "array_replace_n",
    "array_resize",
    "array_to_string",
    "array_union",
    "arrays_zip",
    "generate_series",
    "lpad",
    "make_array",
    "map",
    "map_entries",
    "map_extract",
    "map_keys",
    "map_values",
    "named_struct",
    "range",
    "repeat",
    "rpad",
    "struct",
    "union_extract",
    "union_tag",
    "with_metadata",
    "levenshtein",
];

/// A session that started `now`, with these tables.
pub(super) fn session(
    now: Timestamp,
    memory_bytes: usize,
    tables: Tables,
    stop: &Stop,
) -> Result<SessionState> {
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(GreedyMemoryPool::new(memory_bytes)))
        .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled))
        .build_arc()?;
    runtime.deregister_object_store(ObjectStoreUrl::local_filesystem().as_ref())?;
    let mut config = SessionConfig::new()
        .with_target_partitions(1)
        .with_batch_size(BATCH_ROWS)
        .with_information_schema(false);
    // It takes computed columns for those of the table that have their names (apache/datafusion#25414).
    config.options_mut().optimizer.enable_leaf_expression_pushdown = false;
    // Errors name the place in the query.
    config.options_mut().sql_parser.collect_spans = true;
    let memory = Memory::of(&runtime.memory_pool, stop);
    let mut state = SessionStateBuilder::new()
        .with_config(config.with_extension(Arc::new(memory.clone())))
        .with_runtime_env(runtime)
        // Before DataFusion's own, which take a subscript to be a struct's field.
        .with_expr_planners(functions::planners(&memory))
        .with_default_features()
        .with_physical_optimizer_rule(Arc::new(YieldingJoins))
        .with_physical_optimizer_rule(Arc::new(Counting { memory: memory.clone() }))
        .build();
    functions::register(&mut state)?;
    bounded::register(&mut state, &memory)?;
    for name in UNBOUNDED {
        state.deregister_udf(name)?;
    }
    let of_lists: Vec<String> = state.higher_order_functions().keys().cloned().collect();
    for name in of_lists {
        state.deregister_higher_order_function(&name)?;
    }
    let context = SessionContext::new_with_state(state);
    for (name, table) in tables {
        context.register_table(name, table)?;
    }
    let mut state = context.state();
    let started = timestamp_ns_to_datetime(now.as_nanos()).map(|time| time.and_utc());
    state.execution_props_mut().query_execution_start_time = started;
    Ok(state)
}

/// Lets joins pause now and then: they make many rows of few, and would not hear that nobody waits for them any more.
#[derive(Debug)]
struct YieldingJoins;

impl PhysicalOptimizerRule for YieldingJoins {
    fn name(&self) -> &str {
        "yielding_joins"
    }

    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            if !node.name().ends_with("JoinExec") {
                return Ok(Transformed::no(node));
            }
            Ok(Transformed::yes(Arc::new(CooperativeExec::new(node))))
        })
        .data()
    }

    fn schema_check(&self) -> bool {
        true
    }
}
