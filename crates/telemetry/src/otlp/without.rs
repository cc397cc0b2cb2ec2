//! Takes points out of a metrics request, so that what is logged is what was taken.

use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    ExponentialHistogramDataPoint, HistogramDataPoint, NumberDataPoint, SummaryDataPoint,
};
use prost::Message as _;

use super::decode::event_time;
use super::metrics::NO_RECORDED_VALUE;
use super::{DecodeError, Reception};
use crate::signal::Signal;

/// The request without some of the points that become rows: `refused` has an entry for each row, in order. What becomes
/// no row stays.
pub(crate) fn without_points(
    body: &[u8],
    reception: &Reception,
    refused: &[bool],
) -> Result<Vec<u8>, DecodeError> {
    let mut request = ExportMetricsServiceRequest::decode(body)
        .map_err(|error| DecodeError::Protobuf { signal: Signal::Metrics, reason: error.to_string() })?;
    let mut rows = refused.iter().copied();
    let scopes = request.resource_metrics.iter_mut().flat_map(|resource| &mut resource.scope_metrics);
    for metric in scopes.flat_map(|scope| &mut scope.metrics).filter(|metric| !metric.name.is_empty()) {
        match &mut metric.data {
            None => {}
            Some(Data::Gauge(data)) => keep(&mut data.data_points, reception, &mut rows),
            Some(Data::Sum(data)) => keep(&mut data.data_points, reception, &mut rows),
            Some(Data::Histogram(data)) => keep(&mut data.data_points, reception, &mut rows),
            Some(Data::ExponentialHistogram(data)) => keep(&mut data.data_points, reception, &mut rows),
            Some(Data::Summary(data)) => keep(&mut data.data_points, reception, &mut rows),
        }
    }
    Ok(request.encode_to_vec())
}

fn keep<P: Point>(points: &mut Vec<P>, reception: &Reception, rows: &mut impl Iterator<Item = bool>) {
    points.retain(|point| {
        let becomes_row = event_time(point.unix_nanos(), reception.accept).is_ok()
            && (point.flags() & NO_RECORDED_VALUE != 0 || point.has_value());
        !(becomes_row && rows.next().unwrap_or(false))
    });
}

/// What decides whether a point becomes a row.
trait Point {
    fn unix_nanos(&self) -> u64;
    fn flags(&self) -> u32;
    fn has_value(&self) -> bool {
        true
    }
}

impl Point for NumberDataPoint {
    fn unix_nanos(&self) -> u64 {
        self.time_unix_nano
    }

    fn flags(&self) -> u32 {
        self.flags
    }

    fn has_value(&self) -> bool {
        self.value.is_some()
    }
}

impl Point for HistogramDataPoint {
    fn unix_nanos(&self) -> u64 {
        self.time_unix_nano
    }

    fn flags(&self) -> u32 {
        self.flags
    }
}

impl Point for ExponentialHistogramDataPoint {
    fn unix_nanos(&self) -> u64 {
        self.time_unix_nano
    }

    fn flags(&self) -> u32 {
        self.flags
    }
}

impl Point for SummaryDataPoint {
    fn unix_nanos(&self) -> u64 {
        self.time_unix_nano
    }

    fn flags(&self) -> u32 {
        self.flags
    }
}
