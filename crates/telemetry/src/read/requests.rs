//! Requests among spans: server and consumer spans, picked out of batches by numbers instead of texts.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::{Array as _, AsArray as _, BooleanArray, RecordBatch, RecordBatchOptions, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::Int64Type;
use ippo_base::TimeRange;

use super::cell::{Fitting, Names};
use crate::expr::Expr;
use crate::red::SERIES_MOST;
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
        let fits = |row: &usize| {
            texts.iter().all(|fitting| fitting.fits(*row)) && (from..to).contains(&self.starts[*row])
        };
        let rows = (0..self.batch.num_rows()).filter(fits);
        let mut request = |row: usize| {
            let error = self.errors.is_valid(row) && self.errors.value(row);
            visit(Request { row, start: self.starts[row], duration_ns: self.durations[row], error });
        };
        match filter {
            Some(filter) => self.matching(filter, rows.collect()).for_each(request),
            None => rows.for_each(&mut request),
        }
    }

    /// Those of some rows for which the filter is true. Only these rows are evaluated: of an attribute each costs many times
    /// what else is done with it.
    fn matching(&self, filter: &Expr, rows: Vec<usize>) -> impl Iterator<Item = usize> {
        let wanted: Vec<usize> =
            filter.columns().iter().filter_map(|name| self.batch.schema_ref().index_of(name).ok()).collect();
        let places: UInt32Array = rows.iter().filter_map(|row| u32::try_from(*row).ok()).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        let columns = wanted.iter().map(|at| take(self.batch.column(*at), &places, None));
        let truth = columns.collect::<Result<Vec<_>, _>>().and_then(|columns| {
            let schema = self.batch.schema_ref().project(&wanted)?;
            RecordBatch::try_new_with_options(Arc::new(schema), columns, &options)
        });
        let truth = filter.eval(&truth.expect("the rows and columns are the batch's"));
        let is_true = move |at: usize| truth.is_valid(at) && truth.value(at);
        rows.into_iter().enumerate().filter(move |(at, _)| is_true(*at)).map(|(_, row)| row)
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

/// A key of endpoints that are told apart.
pub(super) trait EndpointKey: Ord {
    /// What its requests are counted as where there are too many endpoints.
    fn beyond(self) -> Self;
}

/// Something for each endpoint. So that names with ids in them cannot take any amount of memory, endpoints beyond
/// [`SERIES_MOST`] are counted together.
pub(super) struct ByEndpoint<K, V> {
    numbers: BTreeMap<K, usize>,
    values: Vec<V>,
}

impl<K, V> Default for ByEndpoint<K, V> {
    fn default() -> Self {
        Self { numbers: BTreeMap::new(), values: Vec::new() }
    }
}

impl<K: EndpointKey, V: Default> ByEndpoint<K, V> {
    /// The number of an endpoint, or of those that it is counted with.
    pub(super) fn number(&mut self, key: K) -> usize {
        let is_new = || !self.numbers.contains_key(&key);
        let key = if self.values.len() >= SERIES_MOST && is_new() { key.beyond() } else { key };
        let next = self.values.len();
        let number = *self.numbers.entry(key).or_insert(next);
        if number == next {
            self.values.push(V::default());
        }
        number
    }

    /// What there is for a number.
    pub(super) fn at(&mut self, number: usize) -> &mut V {
        &mut self.values[number]
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &K> {
        self.numbers.keys()
    }

    /// All, by key.
    pub(super) fn into_all(self) -> impl Iterator<Item = (K, V)> {
        let mut values: Vec<Option<V>> = self.values.into_iter().map(Some).collect();
        self.numbers.into_iter().map(move |(key, number)| (key, values[number].take().unwrap_or_default()))
    }
}

/// Whether spans of this kind are requests.
pub(super) fn is_request(kind: &str) -> bool {
    matches!(kind, "server" | "consumer")
}

#[cfg(test)]
mod tests {
    use super::*;

    impl EndpointKey for String {
        fn beyond(self) -> Self {
            "(other)".to_owned()
        }
    }

    #[test]
    fn endpoints_beyond_the_limit_are_counted_together() {
        let mut all: ByEndpoint<String, u64> = ByEndpoint::default();
        for round in 0..2 {
            for n in 0..SERIES_MOST + 100 {
                let number = all.number(format!("GET /user/{n}"));
                *all.at(number) += 1 + round;
            }
        }
        let counted: BTreeMap<String, u64> = all.into_all().collect();
        assert_eq!((counted.len(), counted["(other)"]), (SERIES_MOST + 1, 300));
        assert_eq!((counted["GET /user/0"], counted.get("GET /user/4001")), (3, None));
    }
}
