//! Log records become rows: which of the three times counts, the severity, the body as text.

use std::borrow::Cow;

use ippo_base::limits::LOG_BODY_BYTES;

use super::Reception;
use super::decode::{event_time, optional_id, optional_text, optional_time, saturated};
use super::names::{Fact, Facts};
use super::origin::text_of;
use super::outcome::{RejectReason, Tally};
use super::wire::{Fields, Odd, Pair, Value};
use crate::attrs_write::{Kept, Loss, cut, write_value};
use crate::columns::logs::{LogRow, LogRows};

/// What is built for one row and used again for the next.
#[derive(Default)]
pub(crate) struct Scratch<'a> {
    attributes: Vec<Pair<'a>>,
    attrs_json: String,
    body_json: String,
}

/// A `LogRecord`, but for its attributes, which are in the scratch.
#[derive(Debug, Clone, Copy, Default)]
struct LogRecord<'a> {
    unix_nanos: u64,
    observed_unix_nanos: u64,
    severity_number: i32,
    severity_text: &'a str,
    /// The content, where there is one.
    body: Option<Option<Value<'a>>>,
    dropped: u32,
    trace_id: &'a [u8],
    span_id: &'a [u8],
    event_name: &'a str,
}

impl<'a> LogRecord<'a> {
    fn read(message: &'a [u8], attributes: &mut Vec<Pair<'a>>) -> Result<Self, Odd> {
        attributes.clear();
        let mut fields = Fields::of(message);
        let mut record = LogRecord::default();
        while let Some((number, wire)) = fields.next()? {
            match number {
                1 => record.unix_nanos = wire.fixed64()?,
                2 => record.severity_number = wire.int32()?,
                3 => record.severity_text = wire.text()?,
                5 if record.body.is_none() => record.body = Some(Value::read(wire.bytes()?)?),
                5 => return Err(Odd),
                6 => attributes.push(Pair::read(wire.bytes()?)?),
                7 => record.dropped = wire.uint32()?,
                8 => wire.fixed32()?,
                9 => record.trace_id = wire.bytes()?,
                10 => record.span_id = wire.bytes()?,
                11 => record.observed_unix_nanos = wire.fixed64()?,
                12 => record.event_name = wire.text()?,
                _ => {}
            }
        }
        Ok(record)
    }
}

/// Appends the row of a `LogRecord`, or counts why there is none.
pub(crate) fn append<'a>(
    message: &'a [u8],
    reception: &Reception,
    rows: &mut LogRows,
    tally: &mut Tally,
    scratch: &mut Scratch<'a>,
) -> Result<(), Odd> {
    let record = LogRecord::read(message, &mut scratch.attributes)?;
    if let Err(reason) = append_read(&record, reception, rows, tally, scratch) {
        tally.reject(reason, 1);
    }
    Ok(())
}

fn append_read<'a>(
    record: &LogRecord<'a>,
    reception: &Reception,
    rows: &mut LogRows,
    tally: &mut Tally,
    scratch: &mut Scratch<'a>,
) -> Result<(), RejectReason> {
    let time = match (record.unix_nanos, record.observed_unix_nanos) {
        (0, 0) => reception.received.as_nanos(),
        (0, observed) => event_time(observed, reception.accept)?,
        (time, _) => event_time(time, reception.accept)?,
    };
    let mut loss = Loss::default();
    let kept = Kept::of(&scratch.attributes, &mut loss);
    let facts = Facts::of(kept.iter());
    let text = |fact| facts.get(fact).and_then(text_of);
    scratch.attrs_json.clear();
    kept.write(&mut scratch.attrs_json, &mut loss);
    let (severity, severity_number) = severity(record.severity_number, record.severity_text);
    rows.append(&LogRow {
        time,
        observed_time: optional_time(record.observed_unix_nanos),
        severity,
        severity_number,
        body: body_text(record.body.flatten(), &mut scratch.body_json, &mut loss),
        event_name: optional_text(record.event_name, &mut loss)
            .map(Cow::Borrowed)
            .or_else(|| text(Fact::EventName))
            .as_deref(),
        trace_id: optional_id(record.trace_id, &mut loss),
        span_id: optional_id(record.span_id, &mut loss),
        user_id: text(Fact::UserId).as_deref(),
        session_id: text(Fact::SessionId).as_deref(),
        attrs: &scratch.attrs_json,
        dropped: i64::from(record.dropped) + saturated(loss.dropped as u64),
    });
    tally.loss.add(loss);
    Ok(())
}

fn body_text<'a>(body: Option<Value<'a>>, scratch: &'a mut String, loss: &mut Loss) -> &'a str {
    let (text, was_cut) = match body {
        None => ("", false),
        Some(Value::Text(text)) => cut(text, LOG_BODY_BYTES),
        other => {
            scratch.clear();
            let was_cut = write_value(scratch, other, LOG_BODY_BYTES);
            (scratch.as_str(), was_cut)
        }
    };
    loss.cut += usize::from(was_cut);
    text
}

/// The six names of severity, each with the first of its four numbers.
const BANDS: [(&str, i64); 6] =
    [("TRACE", 1), ("DEBUG", 5), ("INFO", 9), ("WARN", 13), ("ERROR", 17), ("FATAL", 21)];

/// The standard name and the number of a severity: by its number, or by its text where the number is not given.
/// An unknown one is `("", 0)`.
fn severity(number: i32, text: &str) -> (&'static str, i64) {
    if let 1..=24 = number {
        return (BANDS[(number as usize - 1) / 4].0, i64::from(number));
    }
    band_of_text(text.trim()).map_or(("", 0), |band| BANDS[band])
}

/// The band of a severity in the words of common loggers and of syslog.
fn band_of_text(text: &str) -> Option<usize> {
    const WORDS: [(&str, usize); 24] = [
        ("trace", 0),
        ("verbose", 0),
        ("finest", 0),
        ("finer", 0),
        ("debug", 1),
        ("dbug", 1),
        ("fine", 1),
        ("info", 2),
        ("information", 2),
        ("informational", 2),
        ("notice", 2),
        ("config", 2),
        ("warn", 3),
        ("warning", 3),
        ("error", 4),
        ("err", 4),
        ("severe", 4),
        ("fatal", 5),
        ("critical", 5),
        ("crit", 5),
        ("alert", 5),
        ("emerg", 5),
        ("emergency", 5),
        ("panic", 5),
    ];
    WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|(_, band)| *band)
}
