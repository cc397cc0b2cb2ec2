//! The columns of metric points, and the builder of their rows. What a value means is decided in `otlp`, never here.

use arrow::array::{ArrayRef, RecordBatch};

use super::build::{self, Flags, Names, Texts, Values};
use super::origin::OriginColumns;
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
    time: Values<i64>,
    start_time: Values<i64>,
    metric: Names,
    kind: Names,
    unit: Names,
    temporality: Names,
    monotonic: Flags,
    value: Values<f64>,
    count: Values<i64>,
    sum: Values<f64>,
    min: Values<f64>,
    max: Values<f64>,
    distribution: Texts,
    attrs: Texts,
    dropped: Values<i64>,
}

impl PointRows {
    pub(crate) fn new() -> Self {
        Self {
            origin: OriginColumns::new(),
            time: Values::new(),
            start_time: Values::new(),
            metric: Names::new(),
            kind: Names::new(),
            unit: Names::new(),
            temporality: Names::new(),
            monotonic: Flags::new(),
            value: Values::new(),
            count: Values::new(),
            sum: Values::new(),
            min: Values::new(),
            max: Values::new(),
            distribution: Texts::new(),
            attrs: Texts::new(),
            dropped: Values::new(),
        }
    }

    /// To be called between batches. Whether keys of origins count no more.
    pub(crate) fn begin(&mut self) -> bool {
        self.metric.begin();
        self.unit.begin();
        self.origin.begin()
    }

    /// Rows so far, and bytes of text in them.
    pub(crate) fn size(&self) -> (usize, usize) {
        (self.time.len(), self.attrs.bytes() + self.distribution.bytes())
    }

    /// Appends a point of the resource and scope entered last.
    pub(crate) fn append(&mut self, head: &MetricHead<'_>, row: &PointRow<'_>) {
        self.origin.append();
        self.time.append(row.time);
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
        self.attrs.append(row.attrs);
        self.dropped.append(row.dropped);
    }

    /// The rows since the last time, as a record batch.
    pub(crate) fn finish(&mut self) -> RecordBatch {
        let origin = self.origin.finish();
        let columns: Vec<ArrayRef> = vec![
            self.time.finish_times(),
            self.start_time.finish_times(),
            self.metric.finish(),
            self.kind.finish(),
            self.unit.finish(),
            self.temporality.finish(),
            self.monotonic.finish(),
            origin.service,
            origin.namespace,
            origin.environment,
            origin.service_version,
            self.value.finish(),
            self.count.finish(),
            self.sum.finish(),
            self.min.finish(),
            self.max.finish(),
            self.distribution.finish(),
            origin.scope,
            self.attrs.finish(),
            origin.resource,
            self.dropped.finish(),
        ];
        build::batch(Signal::Metrics, columns)
    }
}
