//! The columns of metric points, and the builder of their rows. What a value means is decided in `otlp`, never here.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanBuilder, Float64Builder, Int64Builder, RecordBatch, StringBuilder,
    TimestampNanosecondBuilder,
};

use super::build::{self, Names, OriginColumns};
use super::{ColumnDef, ColumnKind as K, column, optional};
use crate::signal::Signal;

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

/// What all points of one metric share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MetricHead<'a> {
    pub(crate) metric: &'a str,
    pub(crate) kind: &'static str,
    pub(crate) unit: &'a str,
    pub(crate) temporality: Option<&'static str>,
    pub(crate) monotonic: Option<bool>,
}

/// The values of one row of `metrics`, but for those its metric, resource and scope give.
pub(crate) struct PointRow<'a> {
    pub(crate) time: i64,
    pub(crate) start_time: Option<i64>,
    pub(crate) value: Option<f64>,
    pub(crate) count: Option<i64>,
    pub(crate) sum: Option<f64>,
    pub(crate) min: Option<f64>,
    pub(crate) max: Option<f64>,
    pub(crate) distribution: Option<&'a str>,
    pub(crate) attrs: &'a str,
    pub(crate) dropped: i64,
}

/// Rows of `metrics` under construction.
pub(crate) struct PointRows {
    pub(crate) origin: OriginColumns,
    time: TimestampNanosecondBuilder,
    start_time: TimestampNanosecondBuilder,
    metric: Names,
    kind: Names,
    unit: Names,
    temporality: Names,
    monotonic: BooleanBuilder,
    value: Float64Builder,
    count: Int64Builder,
    sum: Float64Builder,
    min: Float64Builder,
    max: Float64Builder,
    distribution: StringBuilder,
    attrs: StringBuilder,
    dropped: Int64Builder,
}

impl PointRows {
    pub(crate) fn new() -> Self {
        Self {
            origin: OriginColumns::new(),
            time: build::times(),
            start_time: build::times(),
            metric: Names::new(),
            kind: Names::new(),
            unit: Names::new(),
            temporality: Names::new(),
            monotonic: BooleanBuilder::new(),
            value: Float64Builder::new(),
            count: Int64Builder::new(),
            sum: Float64Builder::new(),
            min: Float64Builder::new(),
            max: Float64Builder::new(),
            distribution: StringBuilder::new(),
            attrs: StringBuilder::new(),
            dropped: Int64Builder::new(),
        }
    }

    /// Appends a point of the resource and scope entered last.
    pub(crate) fn append(&mut self, head: &MetricHead<'_>, row: &PointRow<'_>) {
        self.origin.append();
        self.time.append_value(row.time);
        self.start_time.append_option(row.start_time);
        self.metric.append(head.metric);
        self.kind.append(head.kind);
        self.unit.append(head.unit);
        self.temporality.append_option(head.temporality);
        self.monotonic.append_option(head.monotonic);
        self.value.append_option(row.value);
        self.count.append_option(row.count);
        self.sum.append_option(row.sum);
        self.min.append_option(row.min);
        self.max.append_option(row.max);
        self.distribution.append_option(row.distribution);
        self.attrs.append_value(row.attrs);
        self.dropped.append_value(row.dropped);
    }

    /// The rows as a record batch.
    pub(crate) fn finish(mut self) -> RecordBatch {
        let origin = self.origin.finish();
        let columns: Vec<ArrayRef> = vec![
            Arc::new(self.time.finish()),
            Arc::new(self.start_time.finish()),
            self.metric.finish(),
            self.kind.finish(),
            self.unit.finish(),
            self.temporality.finish(),
            Arc::new(self.monotonic.finish()),
            origin.service,
            origin.namespace,
            origin.environment,
            origin.service_version,
            Arc::new(self.value.finish()),
            Arc::new(self.count.finish()),
            Arc::new(self.sum.finish()),
            Arc::new(self.min.finish()),
            Arc::new(self.max.finish()),
            Arc::new(self.distribution.finish()),
            origin.scope,
            Arc::new(self.attrs.finish()),
            origin.resource,
            Arc::new(self.dropped.finish()),
        ];
        build::batch(Signal::Metrics, columns)
    }
}
