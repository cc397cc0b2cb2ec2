//! The columns of metric points, and how OTLP metrics become rows.

use super::{ColumnDef, ColumnKind as K, column, optional};

/// Columns of the table `metrics`, a point a row.
pub const COLUMNS: &[ColumnDef] = &[
    column("time", K::Time),
    optional("start_time", K::Time),
    column("metric", K::Name),
    column("type", K::Name),
    column("unit", K::Name),
    optional("temporality", K::Name),
    optional("monotonic", K::Bool),
    column("service", K::Name),
    column("namespace", K::Name),
    column("environment", K::Name),
    optional("service_version", K::Name),
    optional("value", K::Float),
    optional("count", K::Int),
    optional("sum", K::Float),
    optional("min", K::Float),
    optional("max", K::Float),
    optional("distribution", K::Json),
    column("scope", K::Name),
    column("attrs", K::Map),
    column("resource", K::NamedMap),
    column("dropped", K::Int),
];
