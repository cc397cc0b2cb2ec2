//! From the bytes of requests to rows: the way that all three signals share.

use std::collections::HashMap;

use arrow::record_batch::RecordBatch;
use ippo_base::TimeRange;
use ippo_base::limits::{ATTRIBUTE_VALUE_BYTES, BODY_BYTES, DECODED_BYTES};

use super::canonical::canonical;
use super::frame::{Parts, each_resource};
use super::origin::origin_of;
use super::outcome::{Decoded, Outcome, RejectReason, Tally};
use super::wire::Odd;
use super::{DecodeError, Reception, logs, metrics, spans};
use crate::attrs_write::{Loss, cut};
use crate::columns::logs::LogRows;
use crate::columns::metrics::PointRows;
use crate::columns::origin::{OriginColumns, OriginKeys};
use crate::columns::spans::SpanRows;
use crate::signal::Signal;

/// Decodes the protobuf body of a request (`ExportTraceServiceRequest` and its like) into rows.
///
/// Single items may be rejected; an error is about the request as a whole, of which then nothing is kept.
pub fn decode(signal: Signal, body: &[u8], reception: &Reception) -> Result<Decoded, DecodeError> {
    let mut decoder = Decoder::new();
    let outcome = decoder.take(signal, body, reception)?;
    let rows = decoder
        .finish(signal)
        .pop()
        .unwrap_or_else(|| RecordBatch::new_empty(crate::columns::schema(signal)));
    Ok(Decoded { rows, outcome })
}

/// Rows of one resource are told from those of another by its bytes. Of more resources than this, some are read again.
const KNOWN_RESOURCES: usize = 1_024;

/// About how many bytes a row takes beside its texts.
const ROW_BYTES: usize = 384;

/// Turns requests into rows, many into one batch. What one request taught it (texts that repeat, resources) serves the
/// next; the rows are the same without.
pub(crate) struct Decoder {
    spans: SpanRows,
    logs: LogRows,
    points: PointRows,
    known: [Resources; 3],
    /// Batches that had to end before their time.
    done: [Vec<RecordBatch>; 3],
}

type Resources = HashMap<Box<[u8]>, Resource>;

#[derive(Debug, Clone, Copy)]
struct Resource {
    keys: OriginKeys,
    sampled: bool,
    loss: Loss,
}

/// Why a request in place did not become rows.
enum Stop {
    Odd,
    /// It would take more memory than a request may.
    TooLarge(usize),
}

impl From<Odd> for Stop {
    fn from(_: Odd) -> Self {
        Stop::Odd
    }
}

impl Decoder {
    pub(crate) fn new() -> Self {
        Self {
            spans: SpanRows::new(),
            logs: LogRows::new(),
            points: PointRows::new(),
            known: Default::default(),
            done: Default::default(),
        }
    }

    /// Adds the rows of a request to the batch.
    ///
    /// # Errors
    /// Nothing of the request is in the batch.
    pub(crate) fn take(
        &mut self,
        signal: Signal,
        body: &[u8],
        reception: &Reception,
    ) -> Result<Outcome, DecodeError> {
        if body.len() > BODY_BYTES {
            return Err(DecodeError::TooLarge { bytes: body.len(), form: "in protobuf", limit: BODY_BYTES });
        }
        match self.read(signal, body, reception) {
            Ok(outcome) => return Ok(outcome),
            Err(Stop::TooLarge(bytes)) => return Err(too_large(bytes)),
            Err(Stop::Odd) => {}
        }
        let body = canonical(signal, body)?;
        self.read(signal, &body, reception).map_err(|stop| match stop {
            Stop::TooLarge(bytes) => too_large(bytes),
            Stop::Odd => {
                let reason = "it nests deeper than attributes may".to_owned();
                DecodeError::Protobuf { signal, reason }
            }
        })
    }

    /// The rows of all requests since the last time, and nothing of those that failed.
    pub(crate) fn finish(&mut self, signal: Signal) -> Vec<RecordBatch> {
        let mut batches = std::mem::take(&mut self.done[signal.index()]);
        batches.extend(Some(self.cut(signal)).filter(|rows| rows.num_rows() > 0));
        batches
    }

    /// The rows so far; the builders begin anew.
    fn cut(&mut self, signal: Signal) -> RecordBatch {
        let (rows, keys_end) = match signal {
            Signal::Spans => (self.spans.finish(), self.spans.begin()),
            Signal::Logs => (self.logs.finish(), self.logs.begin()),
            Signal::Metrics => (self.points.finish(), self.points.begin()),
        };
        if keys_end {
            self.known[signal.index()].clear();
        }
        rows
    }

    fn size(&self, signal: Signal) -> (usize, usize) {
        match signal {
            Signal::Spans => self.spans.size(),
            Signal::Logs => self.logs.size(),
            Signal::Metrics => self.points.size(),
        }
    }

    fn read(&mut self, signal: Signal, body: &[u8], reception: &Reception) -> Result<Outcome, Stop> {
        let (rows_before, text_before) = self.size(signal);
        let mut tally = Tally::default();
        let allowed = Allowed { rows_before, text_before };
        let known = &mut self.known[signal.index()];
        let read = match signal {
            Signal::Spans => {
                let mut scratch = spans::Scratch::default();
                walk(body, &mut self.spans, known, &mut tally, |item, sampled, rows, tally| {
                    spans::append(item, sampled, reception, rows, tally, &mut scratch)?;
                    allowed.check(rows.size())
                })
            }
            Signal::Logs => {
                let mut scratch = logs::Scratch::default();
                walk(body, &mut self.logs, known, &mut tally, |item, _, rows, tally| {
                    logs::append(item, reception, rows, tally, &mut scratch)?;
                    allowed.check(rows.size())
                })
            }
            Signal::Metrics => {
                let mut scratch = metrics::Scratch::default();
                walk(body, &mut self.points, known, &mut tally, |item, _, rows, tally| {
                    metrics::append(item, reception, rows, tally, &mut scratch, |rows| {
                        allowed.check(rows.size())
                    })
                })
            }
        };
        if let Err(stop) = read {
            let rows = self.cut(signal).slice(0, rows_before);
            self.done[signal.index()].extend(Some(rows).filter(|rows| rows.num_rows() > 0));
            return Err(stop);
        }
        Ok(tally.outcome(self.size(signal).0 - rows_before))
    }
}

/// Rows under construction, whose origins are told by resource and scope.
trait Rows {
    fn origin(&mut self) -> &mut OriginColumns;
}

impl Rows for SpanRows {
    fn origin(&mut self) -> &mut OriginColumns {
        &mut self.origin
    }
}

impl Rows for LogRows {
    fn origin(&mut self) -> &mut OriginColumns {
        &mut self.origin
    }
}

impl Rows for PointRows {
    fn origin(&mut self) -> &mut OriginColumns {
        &mut self.origin
    }
}

/// Calls `append` for each item of a request, once its resource and scope are entered; with whether the resource declares
/// that its spans are a sample.
fn walk<'a, R: Rows>(
    body: &'a [u8],
    rows: &mut R,
    known: &mut Resources,
    tally: &mut Tally,
    mut append: impl FnMut(&'a [u8], bool, &mut R, &mut Tally) -> Result<(), Stop>,
) -> Result<(), Stop> {
    each_resource(body, |resource, parts: Parts<'a>| {
        let sampled = enter(rows.origin(), known, resource, tally)?;
        parts.each_scope(|scope, mut items| {
            rows.origin().enter_scope(field_text(scope, &mut tally.loss));
            items.try_for_each(|item| append(item, sampled, rows, tally))
        })
    })
}

/// The rows that follow come from this resource. Whether it declares that its spans are a sample.
fn enter(
    columns: &mut OriginColumns,
    known: &mut Resources,
    resource: Option<&[u8]>,
    tally: &mut Tally,
) -> Result<bool, Odd> {
    let bytes = resource.unwrap_or_default();
    let resource = match known.get(bytes) {
        Some(resource) => *resource,
        None => {
            let (origin, loss) = origin_of(bytes)?;
            let resource = Resource { keys: columns.intern(&origin), sampled: origin.sampled, loss };
            if known.len() < KNOWN_RESOURCES {
                known.insert(bytes.into(), resource);
            }
            resource
        }
    };
    tally.loss.add(resource.loss);
    columns.enter(resource.keys);
    Ok(resource.sampled)
}

/// What a request may add to a batch: few bytes may stand for many rows.
#[derive(Clone, Copy)]
struct Allowed {
    rows_before: usize,
    text_before: usize,
}

impl Allowed {
    /// Stops where the request takes too many bytes in a batch of this size.
    fn check(self, (rows, text): (usize, usize)) -> Result<(), Stop> {
        let bytes = (rows - self.rows_before) * ROW_BYTES + (text - self.text_before);
        if bytes > DECODED_BYTES { Err(Stop::TooLarge(bytes)) } else { Ok(()) }
    }
}

fn too_large(bytes: usize) -> DecodeError {
    DecodeError::TooLarge { bytes, form: "once decoded", limit: DECODED_BYTES }
}

/// An event's time if it is accepted. OTLP counts nanoseconds without a sign; 0 means "not set" and is too old.
pub(crate) fn event_time(unix_nanos: u64, accept: TimeRange) -> Result<i64, RejectReason> {
    let nanos = i64::try_from(unix_nanos).map_err(|_| RejectReason::TooNew)?;
    match nanos {
        _ if nanos < accept.from.as_nanos() => Err(RejectReason::TooOld),
        _ if nanos >= accept.to.as_nanos() => Err(RejectReason::TooNew),
        _ => Ok(nanos),
    }
}

/// A time that may be missing, and that nothing is rejected for.
pub(crate) fn optional_time(unix_nanos: u64) -> Option<i64> {
    (unix_nanos != 0).then(|| saturated(unix_nanos))
}

/// An unsigned 64-bit number in a signed column.
pub(crate) fn saturated(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// An id of the right width that is not all zeros.
pub(crate) fn id<const N: usize>(bytes: &[u8]) -> Option<&[u8; N]> {
    let id: &[u8; N] = bytes.try_into().ok()?;
    id.iter().any(|byte| *byte != 0).then_some(id)
}

/// An id that may be missing: empty, or all zeros. One of the wrong length is lost, and counted.
pub(crate) fn optional_id<'a, const N: usize>(bytes: &'a [u8], loss: &mut Loss) -> Option<&'a [u8; N]> {
    loss.ids += usize::from(!matches!(bytes.len(), 0) && bytes.len() != N);
    id(bytes)
}

/// A text of a field, cut to the limit of a value.
pub(crate) fn field_text<'a>(text: &'a str, loss: &mut Loss) -> &'a str {
    let (text, was_cut) = cut(text, ATTRIBUTE_VALUE_BYTES);
    loss.cut += usize::from(was_cut);
    text
}

/// A text of a field, `None` when it is empty.
pub(crate) fn optional_text<'a>(text: &'a str, loss: &mut Loss) -> Option<&'a str> {
    (!text.is_empty()).then(|| field_text(text, loss))
}
