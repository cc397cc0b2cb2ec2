//! People's SQL over `spans`, `logs` and `metrics`: read-only, within limits of rows, time and memory, and without any way
//! to the machine's files.
//!
//! DataFusion is known here and in the lowering of expressions, and nowhere else.

mod error;
mod functions;
mod rows;
mod session;
mod table;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;
use std::task::ready;
use std::time::Duration;

use datafusion::execution::context::SQLOptions;
use datafusion::execution::session_state::SessionState;
use datafusion::physical_plan::execute_stream;
use futures::StreamExt as _;
use ippo_base::SharedClock;
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::task::coop;

pub use error::QueryError;

use crate::segment::Files;
use crate::signal::Signal;
use crate::snapshot::Snapshot;
use table::{Damage, SignalTable};

/// Of the 128 batches that tokio lets a task take before it must pause.
const BUDGET_WITHHELD: usize = 120;

/// What one query may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueryLimits {
    /// Rows of the answer; what is beyond is cut off and said to be.
    pub rows: usize,
    /// Time.
    pub time: Duration,
    /// Memory, in bytes. The answer may take as much again.
    pub memory_bytes: usize,
}

impl Default for QueryLimits {
    fn default() -> Self {
        Self { rows: 10_000, time: Duration::from_secs(30), memory_bytes: 256 * 1024 * 1024 }
    }
}

/// A query's answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SqlAnswer {
    /// Names and Arrow types of the columns.
    pub columns: Vec<(String, String)>,
    /// The rows, values in the order of the columns.
    pub rows: Vec<Vec<Value>>,
    /// Whether rows were cut off.
    pub truncated: bool,
    /// What the reader should know.
    pub warnings: Vec<String>,
}

/// Runs a query on a thread of its own. It is given up when its time is over, or when the caller no longer waits.
pub(crate) async fn sql(
    files: &Files,
    snapshot: &Snapshot,
    clock: &SharedClock,
    sql: &str,
    limits: QueryLimits,
) -> Result<SqlAnswer, QueryError> {
    let damage = Damage::default();
    let tables = Signal::ALL.map(|signal| SignalTable::new(signal, files, snapshot, &damage));
    let (waiting, gone) = oneshot::channel::<Infallible>();
    let (now, deadline) = (clock.now(), clock.sleep(limits.time));
    let sql = sql.to_owned();
    let work = tokio::task::spawn_blocking(move || {
        let state = session::session(now, limits.memory_bytes, tables)?;
        // Only ever an error: its sender was dropped.
        let gone = async move { drop(gone.await) };
        run(&state, &sql, limits, gone)
    });
    let answer = tokio::select! {
        biased;
        () = deadline => Err(QueryError::TooLong(limits.time)),
        answer = work => answer.unwrap_or_else(|panic| Err(QueryError::Failed(panic.to_string()))),
    };
    drop(waiting);
    answer.map(|answer| SqlAnswer { warnings: damage.warnings(), ..answer })
}

/// Runs a query on this thread, with all tasks that it starts, until it is done or `gone` ends.
fn run(
    state: &SessionState,
    sql: &str,
    limits: QueryLimits,
    gone: impl Future<Output = ()>,
) -> Result<SqlAnswer, QueryError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| QueryError::Failed(error.to_string()))?;
    runtime.block_on(async {
        tokio::select! {
            biased;
            () = gone => Err(QueryError::Failed("nobody waits for it any more".to_owned())),
            answer = in_short_turns(answer(state, sql, limits)) => answer,
        }
    })
}

/// Lets the query pause more often than DataFusion would by itself, which is every 128 batches: minutes, in a join.
async fn in_short_turns<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    poll_fn(|context| {
        for _ in 0..BUDGET_WITHHELD {
            ready!(coop::poll_proceed(context)).made_progress();
        }
        work.as_mut().poll(context)
    })
    .await
}

async fn answer(state: &SessionState, sql: &str, limits: QueryLimits) -> Result<SqlAnswer, QueryError> {
    let plan = state.create_logical_plan(sql).await?;
    let read_only =
        SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    read_only.verify_plan(&plan)?;
    let plan = state.create_physical_plan(&state.optimize(&plan)?).await?;
    let mut stream = execute_stream(plan, state.task_ctx())?;
    let fields = stream.schema();
    let columns = fields.fields().iter();
    let mut answer = SqlAnswer {
        columns: columns.map(|field| (field.name().clone(), field.data_type().to_string())).collect(),
        ..SqlAnswer::default()
    };
    let mut bytes = 0;
    while let Some(batch) = stream.next().await {
        let batch = batch?;
        let room = limits.rows - answer.rows.len();
        let rows = rows::json(&batch.slice(0, batch.num_rows().min(room)))?;
        bytes += rows.iter().flatten().map(size_bytes).sum::<usize>();
        if bytes > limits.memory_bytes {
            return Err(QueryError::TooLarge);
        }
        answer.rows.extend(rows);
        if batch.num_rows() > room {
            answer.truncated = true;
            break;
        }
        // Whether anyone still waits is looked at after each batch.
        tokio::task::yield_now().await;
    }
    Ok(answer)
}

/// The memory that a value takes. Those of an answer are not nested.
fn size_bytes(value: &Value) -> usize {
    size_of::<Value>() + value.as_str().map_or(0, str::len)
}
