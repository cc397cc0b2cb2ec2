//! What a row says twice is kept once in a file: an attribute whose value is also a column of its own is there a reference
//! to that column.
//!
//! A reference is one control byte in the place of a JSON string. Attributes are written with every control byte escaped,
//! so one that stands there cannot be anything else.

use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch, StringArray};
use arrow::buffer::{Buffer, OffsetBuffer};
use memchr::memmem::Finder;

use crate::signal::Signal;

/// The column that references stand in.
const ATTRS: &str = "attrs";

/// A column that attributes may refer to.
struct Referred {
    column: &'static str,
    /// The byte that stands for its value.
    mark: u8,
    /// The attributes that it is taken from, as JSON writes their names.
    keys: &'static [&'static str],
}

const USER: u8 = 1;
const SESSION: u8 = 2;

const OF_SPANS: [Referred; 2] = [
    Referred {
        column: "user_id",
        mark: USER,
        keys: &["\"user.id\":", "\"enduser.id\":", "\"enduser.pseudo.id\":"],
    },
    Referred { column: "session_id", mark: SESSION, keys: &["\"session.id\":"] },
];

/// Why references do not become values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an attribute refers to a column that has no value")]
pub(super) struct Dangling;

fn referred(signal: Signal) -> &'static [Referred] {
    match signal {
        Signal::Spans => &OF_SPANS,
        Signal::Logs | Signal::Metrics => &[],
    }
}

/// The columns that must be read so that these can be restored; none where there are enough.
pub(super) fn also_needed(signal: Signal, columns: &[&str]) -> Vec<&'static str> {
    if !columns.contains(&ATTRS) {
        return Vec::new();
    }
    referred(signal).iter().map(|referred| referred.column).filter(|name| !columns.contains(name)).collect()
}

/// The rows as they are written: with references.
pub(super) fn shorten(signal: Signal, rows: &RecordBatch) -> RecordBatch {
    let columns = referred(signal);
    if columns.is_empty() {
        return rows.clone();
    }
    let attrs = texts(rows, ATTRS).expect("every table has attributes");
    let places: Vec<Places<'_>> = columns.iter().filter_map(|column| Places::of(rows, column)).collect();
    let mut written = Writing::like(attrs);
    let mut cuts = Vec::new();
    for row in 0..attrs.len() {
        let text = attrs.value(row);
        cuts.extend(places.iter().filter_map(|places| places.find(row, text)));
        cuts.sort_unstable_by_key(|cut| cut.from);
        let mut from = 0;
        for cut in cuts.drain(..) {
            written.push(&text[from..cut.from]);
            written.push(cut.mark);
            from = cut.to;
        }
        written.push(&text[from..]);
        written.end();
    }
    with_attrs(rows, written.finish())
}

/// The rows as they were before [`shorten`]. Rows without references are not touched.
pub(super) fn restore(signal: Signal, rows: RecordBatch) -> Result<RecordBatch, Dangling> {
    let columns = referred(signal);
    let Some(attrs) = texts(&rows, ATTRS).filter(|_| !columns.is_empty()) else { return Ok(rows) };
    if marks(attrs.value_data()).next().is_none() {
        return Ok(rows);
    }
    let values: Vec<_> = columns.iter().map(|column| (column.mark, texts(&rows, column.column))).collect();
    let mut written = Writing::like(attrs);
    for row in 0..attrs.len() {
        let text = attrs.value(row);
        let mut from = 0;
        for at in marks(text.as_bytes()) {
            let by_mark = |(mark, _): &&(u8, Option<&StringArray>)| *mark == text.as_bytes()[at];
            let value = values.iter().find(by_mark).and_then(|(_, texts)| *texts);
            let value = value.filter(|texts| texts.is_valid(row)).ok_or(Dangling)?.value(row);
            written.push(&text[from..at]);
            written.push("\"");
            written.push(value);
            written.push("\"");
            from = at + 1;
        }
        written.push(&text[from..]);
        written.end();
    }
    Ok(with_attrs(&rows, written.finish()))
}

/// Where references stand.
fn marks(text: &[u8]) -> impl Iterator<Item = usize> {
    memchr::memchr2_iter(USER, SESSION, text)
}

/// Where a column's value stands in attributes.
struct Places<'a> {
    values: &'a StringArray,
    keys: Vec<Finder<'static>>,
    mark: &'static str,
}

/// A value that becomes a reference.
struct Cut {
    from: usize,
    to: usize,
    mark: &'static str,
}

impl<'a> Places<'a> {
    fn of(rows: &'a RecordBatch, column: &'static Referred) -> Option<Self> {
        let values = texts(rows, column.column).filter(|values| values.null_count() < values.len())?;
        let keys = column.keys.iter().map(Finder::new).collect();
        let mark = std::str::from_utf8(std::slice::from_ref(&column.mark)).expect("a control byte is text");
        Some(Self { values, keys, mark })
    }

    fn find(&self, row: usize, text: &str) -> Option<Cut> {
        let value = Some(self.values).filter(|values| values.is_valid(row))?.value(row);
        if value.bytes().any(crate::attrs_write::escapes) {
            return None;
        }
        self.keys.iter().find_map(|key| {
            let from = key.find(text.as_bytes())? + key.needle().len();
            let rest = text[from..].strip_prefix('"')?.strip_prefix(value)?.strip_prefix('"')?;
            Some(Cut { from, to: text.len() - rest.len(), mark: self.mark })
        })
    }
}

/// Texts, one after the other.
struct Writing {
    bytes: Vec<u8>,
    ends: Vec<i32>,
}

impl Writing {
    /// As many as there are in `texts`, about as long.
    fn like(texts: &StringArray) -> Self {
        let mut ends = Vec::with_capacity(texts.len() + 1);
        ends.push(0);
        Self { bytes: Vec::with_capacity(texts.value_data().len()), ends }
    }

    fn push(&mut self, text: &str) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    fn end(&mut self) {
        self.ends.push(i32::try_from(self.bytes.len()).expect("a chunk of rows is far below 2 GiB"));
    }

    fn finish(self) -> ArrayRef {
        let offsets = OffsetBuffer::new(self.ends.into());
        Arc::new(StringArray::new(offsets, Buffer::from_vec(self.bytes), None))
    }
}

fn texts<'a>(rows: &'a RecordBatch, column: &str) -> Option<&'a StringArray> {
    rows.column_by_name(column).map(|column| column.as_string::<i32>())
}

fn with_attrs(rows: &RecordBatch, attrs: ArrayRef) -> RecordBatch {
    let schema = rows.schema();
    let at = schema.index_of(ATTRS).expect("they were read from it");
    let mut columns = rows.columns().to_vec();
    columns[at] = attrs;
    RecordBatch::try_new(schema, columns).expect("a column of the same type and length")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ippo_base::{TimeRange, Timestamp};
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
    use opentelemetry_proto::tonic::common::v1::any_value::Value;
    use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, KeyValueList};
    use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
    use proptest::prelude::*;
    use prost::Message as _;

    use super::*;
    use crate::otlp::{self, Reception};

    fn pair(key: &str, value: Value) -> KeyValue {
        KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..Default::default() }
    }

    fn text(key: &str, value: &str) -> KeyValue {
        pair(key, Value::StringValue(value.to_owned()))
    }

    fn rows(spans: impl IntoIterator<Item = Vec<KeyValue>>) -> RecordBatch {
        let span = |(number, attributes)| Span {
            trace_id: vec![7; 16],
            span_id: u64::to_be_bytes(number).to_vec(),
            name: "GET /".to_owned(),
            start_time_unix_nano: 1_800_000_000_000_000_000,
            end_time_unix_nano: 1_800_000_000_000_000_001,
            attributes,
            ..Default::default()
        };
        let spans = (1..).zip(spans).map(span).collect();
        let request = ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans {
                scope_spans: vec![ScopeSpans { spans, ..Default::default() }],
                ..Default::default()
            }],
        };
        let at = Timestamp::from_secs(1_800_000_000);
        let accept = TimeRange { from: Timestamp::from_secs(0), to: at.plus(Duration::from_secs(60)) };
        let reception = Reception { received: at, accept };
        otlp::decode(Signal::Spans, &request.encode_to_vec(), &reception).expect("decoded").rows
    }

    fn attrs(rows: &RecordBatch) -> Vec<&str> {
        texts(rows, ATTRS).expect("attributes").iter().map(Option::unwrap_or_default).collect()
    }

    #[test]
    fn a_value_with_a_column_of_its_own_is_written_once() {
        let rows = rows([
            vec![text("user.id", "u1"), text("a", "u1"), text("session.id", "s1"), text("b", "x")],
            vec![text("enduser.id", "u2"), text("user.id", "u1")],
            vec![text("session.id", "with \" and \\")],
            vec![text("a", "b")],
            vec![pair("user.id", Value::IntValue(7))],
        ]);
        let short = shorten(Signal::Spans, &rows);
        assert_eq!(attrs(&short)[0], "{\"user.id\":\u{1},\"a\":\"u1\",\"session.id\":\u{2},\"b\":\"x\"}");
        assert_eq!(attrs(&short)[1], "{\"enduser.id\":\"u2\",\"user.id\":\u{1}}");
        assert_eq!(attrs(&short)[2..], attrs(&rows)[2..], "what cannot be referred to stays");
        assert_eq!(restore(Signal::Spans, short), Ok(rows));
    }

    #[test]
    fn a_reference_to_nothing_is_damage() {
        let short = shorten(Signal::Spans, &rows([vec![text("user.id", "u1")]]));
        let schema = short.schema();
        let keep: Vec<usize> =
            (0..schema.fields().len()).filter(|at| schema.field(*at).name() != "user_id").collect();
        let without = short.project(&keep).expect("projected");
        assert_eq!(restore(Signal::Spans, without), Err(Dangling));
        assert_eq!(also_needed(Signal::Spans, &["attrs", "user_id"]), ["session_id"]);
        assert!(
            also_needed(Signal::Spans, &["name"]).is_empty()
                && also_needed(Signal::Logs, &["attrs"]).is_empty()
        );
    }

    fn value() -> impl Strategy<Value = String> {
        prop_oneof!["[a-c]{0,2}", ".{0,4}", Just("\u{1}".to_owned()), Just("\"user.id\":\"a\"".to_owned())]
    }

    fn attribute() -> impl Strategy<Value = KeyValue> {
        const KEYS: &[&str] = &["user.id", "enduser.id", "session.id", "\"user.id\":", "\u{2}", "other"];
        (proptest::sample::select(KEYS), value(), any::<bool>()).prop_map(|(key, value, nested)| match nested
        {
            false => text(key, &value),
            true => {
                let values = vec![text("user.id", &value), text("session.id", &value)];
                pair(key, Value::KvlistValue(KeyValueList { values }))
            }
        })
    }

    proptest! {
        #[test]
        fn what_was_shortened_is_restored(
            spans in proptest::collection::vec(proptest::collection::vec(attribute(), 0..5), 1..6),
        ) {
            let rows = rows(spans);
            prop_assert_eq!(restore(Signal::Spans, shorten(Signal::Spans, &rows)), Ok(rows));
        }
    }
}
