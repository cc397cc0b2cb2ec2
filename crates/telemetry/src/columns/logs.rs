//! The columns of log records, and how OTLP log records become rows.

use super::{ColumnDef, ColumnKind as K, column, optional};

/// Columns of the table `logs`.
pub const COLUMNS: &[ColumnDef] = &[
    column("time", K::Time),
    optional("observed_time", K::Time),
    column("severity", K::Name),
    column("severity_number", K::Int),
    column("service", K::Name),
    column("namespace", K::Name),
    column("environment", K::Name),
    optional("service_version", K::Name),
    column("body", K::Text),
    optional("event_name", K::Name),
    optional("trace_id", K::Id16),
    optional("span_id", K::Id8),
    optional("user_id", K::Text),
    optional("session_id", K::Text),
    column("scope", K::Name),
    column("attrs", K::Map),
    column("resource", K::NamedMap),
    column("dropped", K::Int),
];
