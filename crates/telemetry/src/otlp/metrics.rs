//! Metric points become rows: one a point, its distribution as JSON text.
//!
//! Exemplars are not kept.

use opentelemetry_proto::tonic::metrics::v1::Exemplar;
use prost::Message as _;

use super::Reception;
use super::decode::{event_time, field_text, optional_time, saturated};
use super::outcome::{RejectReason, Tally};
use super::wire::{Fields, Odd, Pair, Wire, push_fixed64, push_varints};
use crate::attrs_write::{Loss, write_attributes, write_double, write_int};
use crate::columns::metrics::{MetricHead, PointRow, PointRows};

/// The bit of a point's flags that says: the series goes on, but there is no value.
pub(super) const NO_RECORDED_VALUE: u32 = 1;

/// What is built for one row and used again for the next.
#[derive(Default)]
pub(crate) struct Scratch<'a> {
    attributes: Vec<Pair<'a>>,
    bounds: Vec<u64>,
    counts: Vec<u64>,
    /// Buckets below zero, of an exponential histogram.
    below: Vec<u64>,
    quantiles: Vec<(f64, f64)>,
    attrs_json: String,
    distribution_json: String,
}

/// The kinds of points: the field of a `Metric` that holds them, and the name in the column `type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Gauge,
    Sum,
    Histogram,
    ExponentialHistogram,
    Summary,
}

impl Kind {
    fn of(field: u32) -> Option<Self> {
        Some(match field {
            5 => Kind::Gauge,
            7 => Kind::Sum,
            9 => Kind::Histogram,
            10 => Kind::ExponentialHistogram,
            11 => Kind::Summary,
            _ => return None,
        })
    }

    const fn name(self) -> &'static str {
        match self {
            Kind::Gauge => "gauge",
            Kind::Sum => "sum",
            Kind::Histogram => "histogram",
            Kind::ExponentialHistogram => "exponential_histogram",
            Kind::Summary => "summary",
        }
    }
}

/// A `Metric`.
#[derive(Debug, Clone, Copy, Default)]
struct Metric<'a> {
    name: &'a str,
    unit: &'a str,
    data: Option<Data<'a>>,
}

/// `Gauge`, `Sum` and their like: field 1 repeats and holds the points.
#[derive(Debug, Clone, Copy)]
struct Data<'a> {
    kind: Kind,
    temporality: i32,
    is_monotonic: bool,
    fields: Fields<'a>,
}

impl<'a> Metric<'a> {
    fn read(message: &'a [u8]) -> Result<Self, Odd> {
        let mut fields = Fields::of(message);
        let mut metric = Metric::default();
        while let Some((number, wire)) = fields.next()? {
            match number {
                1 => metric.name = wire.text()?,
                2 => drop(wire.text()?),
                3 => metric.unit = wire.text()?,
                12 => drop(Pair::read(wire.bytes()?)?),
                _ => {
                    let Some(kind) = Kind::of(number) else { continue };
                    if metric.data.is_some() {
                        return Err(Odd);
                    }
                    metric.data = Some(Data::read(kind, wire.bytes()?)?);
                }
            }
        }
        Ok(metric)
    }
}

impl<'a> Data<'a> {
    fn read(kind: Kind, message: &'a [u8]) -> Result<Self, Odd> {
        let mut fields = Fields::of(message);
        let mut data = Data { kind, temporality: 0, is_monotonic: false, fields };
        while let Some((number, wire)) = fields.next()? {
            match (number, kind) {
                (1, _) => drop(wire.bytes()?),
                (2, Kind::Sum | Kind::Histogram | Kind::ExponentialHistogram) => {
                    data.temporality = wire.int32()?;
                }
                (3, Kind::Sum) => data.is_monotonic = wire.varint()? != 0,
                _ => {}
            }
        }
        Ok(data)
    }
}

/// Appends the rows of a `Metric`, a point a row, and counts what is rejected. `check` ends it after a point.
pub(crate) fn append<'a, E: From<Odd>>(
    message: &'a [u8],
    reception: &Reception,
    rows: &mut PointRows,
    tally: &mut Tally,
    scratch: &mut Scratch<'a>,
    check: impl Fn(&PointRows) -> Result<(), E>,
) -> Result<(), E> {
    let metric = Metric::read(message)?;
    let Some(mut data) = metric.data else {
        tally.reject(RejectReason::NoData, 1);
        return Ok(());
    };
    let head = MetricHead {
        metric: field_text(metric.name, &mut tally.loss),
        kind: data.kind.name(),
        unit: field_text(metric.unit, &mut tally.loss),
        temporality: temporality_text(data.temporality),
        monotonic: (data.kind == Kind::Sum).then_some(data.is_monotonic),
    };
    while let Some((number, wire)) = data.fields.next()? {
        if number != 1 {
            continue;
        }
        let point = Point::read(data.kind, wire.bytes()?, scratch)?;
        let appended = match metric.name {
            "" => Err(RejectReason::NoName),
            _ => append_point(&point, &head, reception, rows, tally, scratch),
        };
        if let Err(reason) = appended {
            tally.reject(reason, 1);
        }
        check(rows)?;
    }
    Ok(())
}

fn append_point(
    point: &Point,
    head: &MetricHead<'_>,
    reception: &Reception,
    rows: &mut PointRows,
    tally: &mut Tally,
    scratch: &mut Scratch<'_>,
) -> Result<(), RejectReason> {
    let time = event_time(point.unix_nanos, reception.accept)?;
    scratch.distribution_json.clear();
    let values = if point.flags & NO_RECORDED_VALUE != 0 {
        Values::default()
    } else {
        point.values(scratch).ok_or(RejectReason::NoData)?
    };
    let mut loss = Loss::default();
    scratch.attrs_json.clear();
    write_attributes(&mut scratch.attrs_json, &scratch.attributes, &mut loss);
    rows.append(
        head,
        &PointRow {
            time,
            start_time: optional_time(point.start_unix_nanos),
            value: values.value,
            count: values.count,
            sum: values.sum,
            min: values.min,
            max: values.max,
            distribution: values.has_distribution.then_some(scratch.distribution_json.as_str()),
            attrs: &scratch.attrs_json,
            dropped: saturated(loss.dropped as u64),
        },
    );
    tally.loss.add(loss);
    Ok(())
}

fn temporality_text(temporality: i32) -> Option<&'static str> {
    match temporality {
        1 => Some("delta"),
        2 => Some("cumulative"),
        _ => None,
    }
}

/// A point of any kind, but for what repeats in it, which is in the scratch.
#[derive(Debug, Clone, Copy)]
struct Point {
    kind: Kind,
    unix_nanos: u64,
    start_unix_nanos: u64,
    flags: u32,
    /// Of a number.
    value: Option<f64>,
    count: u64,
    sum: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
    exponential: Exponential,
}

/// What an exponential histogram has beside its counts.
#[derive(Debug, Clone, Copy, Default)]
struct Exponential {
    scale: i32,
    zero_count: u64,
    zero_threshold: f64,
    offsets: [i32; 2],
    given: [bool; 2],
}

/// The values of a point as columns; its distribution is in the scratch text.
#[derive(Default)]
struct Values {
    value: Option<f64>,
    count: Option<i64>,
    sum: Option<f64>,
    min: Option<f64>,
    max: Option<f64>,
    has_distribution: bool,
}

impl Point {
    fn read<'a>(kind: Kind, message: &'a [u8], scratch: &mut Scratch<'a>) -> Result<Self, Odd> {
        scratch.attributes.clear();
        scratch.bounds.clear();
        scratch.counts.clear();
        scratch.below.clear();
        scratch.quantiles.clear();
        let mut point = Point {
            kind,
            unix_nanos: 0,
            start_unix_nanos: 0,
            flags: 0,
            value: None,
            count: 0,
            sum: None,
            min: None,
            max: None,
            exponential: Exponential::default(),
        };
        let mut fields = Fields::of(message);
        while let Some((number, wire)) = fields.next()? {
            match number {
                2 => point.start_unix_nanos = wire.fixed64()?,
                3 => point.unix_nanos = wire.fixed64()?,
                _ => match kind {
                    Kind::Gauge | Kind::Sum => point.number(number, wire, scratch)?,
                    Kind::Histogram => point.histogram(number, wire, scratch)?,
                    Kind::ExponentialHistogram => point.exponential(number, wire, scratch)?,
                    Kind::Summary => point.summary(number, wire, scratch)?,
                },
            }
        }
        Ok(point)
    }

    /// A field of a `NumberDataPoint`.
    fn number<'a>(&mut self, number: u32, wire: Wire<'a>, scratch: &mut Scratch<'a>) -> Result<(), Odd> {
        match number {
            4 => self.value = Some(wire.double()?),
            5 => exemplar(wire)?,
            6 => self.value = Some(wire.fixed64()? as i64 as f64),
            7 => scratch.attributes.push(Pair::read(wire.bytes()?)?),
            8 => self.flags = wire.uint32()?,
            _ => {}
        }
        Ok(())
    }

    /// A field of a `HistogramDataPoint`.
    fn histogram<'a>(&mut self, number: u32, wire: Wire<'a>, scratch: &mut Scratch<'a>) -> Result<(), Odd> {
        match number {
            4 => self.count = wire.fixed64()?,
            5 => self.sum = Some(wire.double()?),
            6 => push_fixed64(wire, &mut scratch.counts)?,
            7 => push_fixed64(wire, &mut scratch.bounds)?,
            8 => exemplar(wire)?,
            9 => scratch.attributes.push(Pair::read(wire.bytes()?)?),
            10 => self.flags = wire.uint32()?,
            11 => self.min = Some(wire.double()?),
            12 => self.max = Some(wire.double()?),
            _ => {}
        }
        Ok(())
    }

    /// A field of an `ExponentialHistogramDataPoint`.
    fn exponential<'a>(&mut self, number: u32, wire: Wire<'a>, scratch: &mut Scratch<'a>) -> Result<(), Odd> {
        match number {
            1 => scratch.attributes.push(Pair::read(wire.bytes()?)?),
            4 => self.count = wire.fixed64()?,
            5 => self.sum = Some(wire.double()?),
            6 => self.exponential.scale = wire.sint32()?,
            7 => self.exponential.zero_count = wire.fixed64()?,
            8 => self.buckets(0, wire.bytes()?, &mut scratch.counts)?,
            9 => self.buckets(1, wire.bytes()?, &mut scratch.below)?,
            10 => self.flags = wire.uint32()?,
            11 => exemplar(wire)?,
            12 => self.min = Some(wire.double()?),
            13 => self.max = Some(wire.double()?),
            14 => self.exponential.zero_threshold = wire.double()?,
            _ => {}
        }
        Ok(())
    }

    /// The `Buckets` above zero (side 0) or below (side 1).
    fn buckets(&mut self, side: usize, message: &[u8], counts: &mut Vec<u64>) -> Result<(), Odd> {
        if std::mem::replace(&mut self.exponential.given[side], true) {
            return Err(Odd);
        }
        let mut fields = Fields::of(message);
        while let Some((number, wire)) = fields.next()? {
            match number {
                1 => self.exponential.offsets[side] = wire.sint32()?,
                2 => push_varints(wire, counts)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// A field of a `SummaryDataPoint`.
    fn summary<'a>(&mut self, number: u32, wire: Wire<'a>, scratch: &mut Scratch<'a>) -> Result<(), Odd> {
        match number {
            4 => self.count = wire.fixed64()?,
            5 => self.sum = Some(wire.double()?),
            6 => {
                let mut fields = Fields::of(wire.bytes()?);
                let (mut quantile, mut value) = (0.0, 0.0);
                while let Some((number, wire)) = fields.next()? {
                    match number {
                        1 => quantile = wire.double()?,
                        2 => value = wire.double()?,
                        _ => {}
                    }
                }
                scratch.quantiles.push((quantile, value));
            }
            7 => scratch.attributes.push(Pair::read(wire.bytes()?)?),
            8 => self.flags = wire.uint32()?,
            _ => {}
        }
        Ok(())
    }

    /// The values, with the distribution written to the scratch; `None` when there are none.
    fn values(&self, scratch: &mut Scratch<'_>) -> Option<Values> {
        let has_distribution = match self.kind {
            Kind::Gauge | Kind::Sum => {
                return Some(Values { value: Some(self.value?), ..Values::default() });
            }
            Kind::Histogram => write_histogram(scratch),
            Kind::ExponentialHistogram => write_exponential(&self.exponential, scratch),
            Kind::Summary => write_quantiles(scratch),
        };
        // A summary always has a sum; protobuf leaves out a zero.
        let sum = if self.kind == Kind::Summary { Some(self.sum.unwrap_or_default()) } else { self.sum };
        Some(Values {
            value: None,
            count: Some(saturated(self.count)),
            sum,
            min: self.min,
            max: self.max,
            has_distribution,
        })
    }
}

/// An exemplar is not kept, but it must be one.
fn exemplar(wire: Wire<'_>) -> Result<(), Odd> {
    Exemplar::decode(wire.bytes()?).map(|_| ()).map_err(|_| Odd)
}

/// `{"bounds":[…],"counts":[…]}`: one count more than bounds, the last for what is above all of them.
fn write_histogram(scratch: &mut Scratch<'_>) -> bool {
    let out = &mut scratch.distribution_json;
    out.push_str("{\"bounds\":");
    write_numbers(out, &scratch.bounds, |out, bound| write_double(out, f64::from_bits(*bound)));
    out.push_str(",\"counts\":");
    write_numbers(out, &scratch.counts, |out, count| write_int(out, *count));
    out.push('}');
    !scratch.counts.is_empty()
}

/// `{"scale":…,"zero_threshold":…,"zero_count":…,"positive":{"offset":…,"counts":[…]},"negative":{…}}`: bucket `i` of
/// a side holds magnitudes in (base^(offset+i), base^(offset+i+1)] with base = 2^(2^-scale).
fn write_exponential(exponential: &Exponential, scratch: &mut Scratch<'_>) -> bool {
    let out = &mut scratch.distribution_json;
    out.push_str("{\"scale\":");
    write_int(out, exponential.scale);
    out.push_str(",\"zero_threshold\":");
    write_double(out, exponential.zero_threshold);
    out.push_str(",\"zero_count\":");
    write_int(out, exponential.zero_count);
    let sides = [("positive", &scratch.counts), ("negative", &scratch.below)];
    for ((name, counts), offset) in sides.into_iter().zip(exponential.offsets) {
        out.push_str(",\"");
        out.push_str(name);
        out.push_str("\":{\"offset\":");
        write_int(out, offset);
        out.push_str(",\"counts\":");
        write_numbers(out, counts, |out, count| write_int(out, *count));
        out.push('}');
    }
    out.push('}');
    true
}

/// `{"quantiles":[{"quantile":…,"value":…}]}`.
fn write_quantiles(scratch: &mut Scratch<'_>) -> bool {
    let out = &mut scratch.distribution_json;
    out.push_str("{\"quantiles\":");
    write_numbers(out, &scratch.quantiles, |out, (quantile, value)| {
        out.push_str("{\"quantile\":");
        write_double(out, *quantile);
        out.push_str(",\"value\":");
        write_double(out, *value);
        out.push('}');
    });
    out.push('}');
    !scratch.quantiles.is_empty()
}

fn write_numbers<T>(out: &mut String, items: &[T], mut write: impl FnMut(&mut String, &T)) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(']');
}
