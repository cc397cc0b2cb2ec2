//! People's SQL over `spans`, `logs`, `metrics` and `counters`: read-only, within limits of rows, time and memory, and
//! without any way to the machine's files.
//!
//! DataFusion is known here and in the lowering of expressions, and nowhere else.

mod bounded;
mod counted;
mod counters;
mod error;
mod functions;
mod hint;
mod layers;
mod length;
mod listing;
mod memory;
mod output;
mod rows;
mod session;
mod table;
mod tables;
#[cfg(test)]
mod tests;
mod unbounded;

use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::pin;
use std::task::ready;
use std::time::Duration;

use datafusion::execution::context::SQLOptions;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::execute_stream;
use futures::StreamExt as _;
use ippo_base::SharedClock;
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::task::coop;

pub use error::QueryError;
pub use tables::{SqlTable, sql_tables};

use crate::counter::CounterSet;
use crate::read::Stop;
use crate::segment::Files;
use crate::snapshot::Snapshot;
use output::{JsonRows, Output, ParquetFile};
use table::Missing;
use tables::Tables;

/// The stack of a query's thread: expressions nest as deep as they are long.
const STACK_BYTES: usize = 64 * 1024 * 1024;

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
    /// Whether it says how the query would be run, in one text a row, instead of what it finds.
    pub plan: bool,
    /// Whether rows were cut off.
    pub truncated: bool,
    /// What the reader should know.
    pub warnings: Vec<String>,
}

/// A query's answer as a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SqlFile {
    /// The file.
    pub bytes: Vec<u8>,
    /// How many rows it has.
    pub rows: usize,
    /// Whether rows were cut off.
    pub truncated: bool,
    /// What the reader should know.
    pub warnings: Vec<String>,
}

/// What there was to ask when a query began.
pub(crate) struct Asked<'a> {
    pub(crate) files: Files,
    pub(crate) snapshot: Snapshot,
    pub(crate) counters: CounterSet,
    pub(crate) clock: &'a SharedClock,
}

/// How an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ended {
    plan: bool,
    truncated: bool,
}

/// Runs a query for its rows. `turn` is kept for as long as anything works on it.
pub(crate) async fn sql(
    asked: Asked<'_>,
    sql: &str,
    limits: QueryLimits,
    turn: impl Send + 'static,
) -> Result<SqlAnswer, QueryError> {
    let (rows, ended, warnings) = queried(asked, sql, limits, JsonRows::default(), turn).await?;
    Ok(SqlAnswer { plan: ended.plan, truncated: ended.truncated, warnings, ..rows.answer })
}

/// The same for a Parquet file.
pub(crate) async fn parquet(
    asked: Asked<'_>,
    sql: &str,
    limits: QueryLimits,
    turn: impl Send + 'static,
) -> Result<SqlFile, QueryError> {
    let (file, ended, warnings) = queried(asked, sql, limits, ParquetFile::default(), turn).await?;
    Ok(SqlFile { truncated: ended.truncated, warnings, ..file.finish()? })
}

/// Runs a query on a thread of its own. It is given up when its time is over, or when the caller no longer waits. No end of the
/// process waits for it.
async fn queried<O: Output + 'static>(
    asked: Asked<'_>,
    sql: &str,
    limits: QueryLimits,
    mut output: O,
    turn: impl Send + 'static,
) -> Result<(O, Ended, Vec<String>), QueryError> {
    let missing = Missing::default();
    let tables = Tables::new(&asked.files, &asked.snapshot, asked.counters, &missing);
    let stop = Stop::default();
    let leaving = stop.on_drop();
    let (waiting, gone) = oneshot::channel::<Infallible>();
    let (told, answer) = oneshot::channel();
    let (now, deadline) = (asked.clock.now(), asked.clock.sleep(limits.time));
    let sql = sql.to_owned();
    let work = move || {
        let answered = || {
            let state = session::session(now, limits.memory_bytes, tables, &stop)?;
            // Only ever an error: its sender was dropped.
            let gone = async move { drop(gone.await) };
            run(&state, &sql, limits, &mut output, gone)
        };
        let answer = answered().map(|ended| (output, ended));
        drop(turn);
        // Nobody may be waiting.
        let _ = told.send(answer);
    };
    let thread = std::thread::Builder::new().name("query".to_owned()).stack_size(STACK_BYTES).spawn(work);
    thread.map_err(|error| QueryError::Failed(error.to_string()))?;
    let answer = tokio::select! {
        biased;
        () = deadline => Err(QueryError::TooLong(limits.time)),
        answer = answer => answer.unwrap_or_else(|_| Err(QueryError::Failed("it broke off".to_owned()))),
    };
    drop((waiting, leaving));
    answer.map(|(output, ended)| (output, ended, missing.warnings()))
}

/// Runs a query on this thread, with all tasks that it starts, until it is done or `gone` ends.
fn run(
    state: &SessionState,
    sql: &str,
    limits: QueryLimits,
    output: &mut dyn Output,
    gone: impl Future<Output = ()>,
) -> Result<Ended, QueryError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .map_err(|error| QueryError::Failed(error.to_string()))?;
    runtime.block_on(async {
        tokio::select! {
            biased;
            () = gone => Err(QueryError::Failed("nobody waits for it any more".to_owned())),
            answer = in_short_turns(answer(state, sql, limits, output)) => answer,
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

/// What a query asks for, once it names nothing but what is there.
async fn planned(state: &SessionState, sql: &str) -> Result<LogicalPlan, QueryError> {
    length::check(sql)?;
    let dialect = state.config_options().sql_parser.dialect;
    let mut statement = state.sql_to_statement(sql, &dialect)?;
    if let Some(query) = listing::query(&statement)? {
        statement = state.sql_to_statement(&query, &dialect)?;
    }
    let plan = state.statement_to_plan(statement).await.map_err(|error| QueryError::of(&error, sql))?;
    unbounded::refuse(&plan)?;
    Ok(layers::kept_apart(plan)?)
}

async fn answer(
    state: &SessionState,
    sql: &str,
    limits: QueryLimits,
    output: &mut dyn Output,
) -> Result<Ended, QueryError> {
    let plan = planned(state, sql).await?;
    let read_only =
        SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    read_only.verify_plan(&plan)?;
    let mut ended =
        Ended { plan: matches!(plan, LogicalPlan::Explain(_) | LogicalPlan::Analyze(_)), truncated: false };
    // Some of what a query says wrongly is only found now.
    let plan = state.optimize(&plan).map_err(|error| QueryError::of(&error, sql))?;
    unbounded::refuse(&plan)?;
    let plan = state.create_physical_plan(&plan).await.map_err(|error| QueryError::of(&error, sql))?;
    let mut stream = execute_stream(plan, state.task_ctx())?;
    output.begin(&stream.schema())?;
    let mut room = limits.rows;
    while let Some(batch) = stream.next().await {
        let batch = batch?;
        output.take_within(&batch.slice(0, batch.num_rows().min(room)), limits.memory_bytes)?;
        if batch.num_rows() > room {
            ended.truncated = true;
            break;
        }
        room -= batch.num_rows();
        // Whether anyone still waits is looked at after each batch.
        tokio::task::yield_now().await;
    }
    Ok(ended)
}
