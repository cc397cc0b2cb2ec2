//! The columnar store: OTLP bytes in, counters and columns out.
//!
//! It must never know what an SLO, an incident or a person is. What it offers upward is [`store::Store`];
//! nothing above this crate may see DataFusion or Parquet.

pub mod attrs;
mod attrs_write;
pub mod columns;
pub mod core;
pub mod counter;
pub mod expr;
#[cfg(any(test, feature = "fuzz"))]
pub mod fuzz;
pub mod manifest;
mod metric;
mod missing;
mod named;
pub mod otlp;
pub mod prometheus;
#[cfg(feature = "query")]
pub mod query;
pub mod read;
pub mod red;
pub mod remote;
mod sampling;
pub mod segment;
pub mod signal;
pub mod snapshot;
pub mod store;
pub mod wal;
mod words;

pub use core::{
    Checked, Contents, CoreError, CounterTotal, Drift, LeftOut, Point, PointFile, Problem, Quarantined,
    Recovered, check_data, recount,
};
pub use counter::{
    Comparison, CounterDay, CounterDays, CounterRead, CounterSpec, CounterStatus, Counts, DAYS_IN_MEMORY,
    DayMark, KEPT_SERIES_MOST, ReadDay, Remark, Verdict, column_of_points,
};
pub use expr::{Expr, ExprError, ValueExpr};
#[cfg(feature = "query")]
pub use query::{QueryError, QueryLimits, SqlAnswer, SqlFile, SqlTable, sql_tables};
#[cfg(feature = "s3")]
pub use remote::S3Bucket;
pub use remote::{BucketError, BucketUrl, BucketUrlError, RemoteError, RemoteOptions, Session};
pub use sampling::{SOONEST as SAMPLED_AT_THE_SOONEST, Sampled, SamplingPolicy};
pub use segment::{Cause, ColdTotals, SegmentError, SegmentTotals, Share};
pub use signal::Signal;
pub use store::{
    AppendError, Budget, DaySpace, Flow, FlowMinute, Kept, LogTail, MergeStats, Receipt, Received,
    RefusedSeries, RemoteStats, SamplingStats, SeriesLimits, SeriesStats, ServiceSpace, SignalStats, Space,
    Store, StoreError, StoreMemory, StoreOptions, StoreStats, TAIL_RECORDS, TAILS, Tailed, Verified,
};
