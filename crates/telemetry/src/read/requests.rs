//! Requests among spans: server and consumer spans, picked out of batches by numbers instead of texts.

use std::collections::HashMap;

use arrow::array::{Array as _, AsArray as _, BooleanArray, RecordBatch};
use arrow::datatypes::Int64Type;
use ippo_base::TimeRange;

use super::cell::{Fitting, Names};
use crate::expr::Expr;
use crate::segment;
use crate::signal::Signal;

/// What is read of spans to know which are requests, and how they went.
pub(super) const COLUMNS: [&str; 10] = [
    "start",
    "duration_ns",
    "service",
    "namespace",
    "environment",
    "name",
    "kind",
    "error",
    "method",
    "route",
];

/// Which services' telemetry.
#[derive(Debug, Clone, Default)]
pub struct Where {
    /// Only of this `service.namespace`.
    pub namespace: Option<String>,
    /// Only of this `deployment.environment.name`.
    pub environment: Option<String>,
}

impl Where {
    pub(super) fn fits(&self, namespace: &str, environment: &str) -> bool {
        self.namespace.as_ref().is_none_or(|wanted| namespace == wanted)
            && self.environment.as_ref().is_none_or(|wanted| environment == wanted)
    }
}

/// Which requests.
#[derive(Clone, Copy)]
pub(super) struct Picked<'a> {
    pub(super) range: TimeRange,
    pub(super) only: &'a Where,
    /// Only of this service.
    pub(super) service: Option<&'a str>,
    /// Only those for which this is true.
    pub(super) filter: Option<&'a Expr>,
}

/// A batch of spans with the columns of [`COLUMNS`].
pub(super) struct Requests<'a> {
    batch: &'a RecordBatch,
    picked: Picked<'a>,
    pub(super) service: Names<'a>,
    pub(super) endpoint: EndpointNames<'a>,
    starts: &'a [i64],
    durations: &'a [i64],
    errors: &'a BooleanArray,
}

/// What tells endpoints apart.
pub(super) struct EndpointNames<'a> {
    pub(super) name: Names<'a>,
    pub(super) method: Names<'a>,
    pub(super) route: Names<'a>,
    pub(super) kind: Names<'a>,
}

/// How one request went.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request {
    /// Its row in the batch.
    pub(super) row: usize,
    /// When it started, in nanoseconds.
    pub(super) start: i64,
    pub(super) duration_ns: i64,
    pub(super) error: bool,
}

impl<'a> Requests<'a> {
    pub(super) fn of(batch: &'a RecordBatch, picked: Picked<'a>) -> Self {
        let names = |name| Names::of(batch, name);
        let column = |name| batch.column_by_name(name).expect("every column that is read was asked for");
        let [name, method, route, kind] = ["name", "method", "route", "kind"].map(names);
        Self {
            batch,
            picked,
            service: names("service"),
            endpoint: EndpointNames { name, method, route, kind },
            starts: segment::times(Signal::Spans, batch),
            durations: column("duration_ns").as_primitive::<Int64Type>().values(),
            errors: column("error").as_boolean(),
        }
    }

    /// Shows each that is picked.
    pub(super) fn each(&self, mut visit: impl FnMut(Request)) {
        let Picked { range, only, service, filter } = self.picked;
        let (from, to) = (range.from.as_nanos(), range.to.as_nanos());
        let column = |name| Names::of(self.batch, name);
        let texts: [Fitting<'a>; 4] = [
            self.service.fitting(|text| service.is_none_or(|service| text == service)),
            self.endpoint.kind.fitting(is_request),
            column("namespace").fitting(|text| only.namespace.as_ref().is_none_or(|wanted| text == wanted)),
            column("environment")
                .fitting(|text| only.environment.as_ref().is_none_or(|wanted| text == wanted)),
        ];
        if texts.iter().any(Fitting::is_nothing) {
            return;
        }
        let texts: Vec<Fitting<'a>> = texts.into_iter().filter(|fitting| !fitting.is_all()).collect();
        let filter = filter.map(|filter| filter.eval(self.batch));
        for row in 0..self.batch.num_rows() {
            let start = self.starts[row];
            let fits = texts.iter().all(|fitting| fitting.fits(row))
                && from <= start
                && start < to
                && filter.as_ref().is_none_or(|filter| filter.is_valid(row) && filter.value(row));
            if fits {
                let error = self.errors.is_valid(row) && self.errors.value(row);
                visit(Request { row, start, duration_ns: self.durations[row], error });
            }
        }
    }
}

/// Numbers endpoints of a batch, told apart by the numbers of their texts.
pub(super) struct EndpointNumbers {
    /// Of each name, the endpoint that came last.
    last: Vec<Option<([i32; 4], usize)>>,
    known: HashMap<[i32; 5], usize>,
}

impl EndpointNumbers {
    pub(super) fn of(requests: &Requests<'_>) -> Self {
        Self { last: vec![None; requests.endpoint.name.codes() + 1], known: HashMap::new() }
    }

    /// The number of a row's endpoint; `number` gives that of one that was not met before in the batch.
    pub(super) fn number(
        &mut self,
        requests: &Requests<'_>,
        row: usize,
        number: impl FnOnce() -> usize,
    ) -> usize {
        let EndpointNames { name, method, route, kind } = &requests.endpoint;
        let name = name.code(row);
        let others = [requests.service.code(row), method.code(row), route.code(row), kind.code(row)];
        // No text is -1.
        let last = &mut self.last[usize::try_from(name + 1).unwrap_or(0)];
        if let Some((same, number)) = last
            && *same == others
        {
            return *number;
        }
        let [service, method, route, kind] = others;
        let number = *self.known.entry([service, name, method, route, kind]).or_insert_with(number);
        *last = Some((others, number));
        number
    }
}

/// Whether spans of this kind are requests.
pub(super) fn is_request(kind: &str) -> bool {
    matches!(kind, "server" | "consumer")
}
