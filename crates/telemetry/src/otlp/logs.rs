//! Log records become rows: which of the three times counts, the severity, the body as text.

use std::borrow::Cow;

use ippo_base::limits::LOG_BODY_BYTES;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::logs::v1::LogRecord;

use super::Reception;
use super::decode::{event_time, field_text, optional_id, optional_text, optional_time, saturated};
use super::names::{Fact, Facts};
use super::origin::{origin_of, text_of};
use super::outcome::{Decoded, RejectReason, Tally};
use crate::attrs_write::{Kept, Loss, cut, write_value};
use crate::columns::logs::{LogRow, LogRows};

/// Texts built for one row and used again for the next.
#[derive(Default)]
struct Scratch {
    attrs: String,
    body: String,
}

pub(crate) fn rows(request: &ExportLogsServiceRequest, reception: &Reception) -> Decoded {
    let mut rows = LogRows::new();
    let mut tally = Tally::default();
    let mut scratch = Scratch::default();
    for resource_logs in &request.resource_logs {
        let (origin, _) = origin_of(resource_logs.resource.as_ref(), &mut tally.loss);
        rows.origin.enter_resource(&origin);
        for scope_logs in &resource_logs.scope_logs {
            let scope = scope_logs.scope.as_ref().map_or("", |scope| scope.name.as_str());
            rows.origin.enter_scope(field_text(scope, &mut tally.loss));
            for record in &scope_logs.log_records {
                if let Err(reason) = append(record, reception, &mut rows, &mut tally, &mut scratch) {
                    tally.reject(reason, 1);
                }
            }
        }
    }
    tally.finish(rows.finish())
}

fn append(
    record: &LogRecord,
    reception: &Reception,
    rows: &mut LogRows,
    tally: &mut Tally,
    scratch: &mut Scratch,
) -> Result<(), RejectReason> {
    let time = match (record.time_unix_nano, record.observed_time_unix_nano) {
        (0, 0) => reception.received.as_nanos(),
        (0, observed) => event_time(observed, reception.accept)?,
        (time, _) => event_time(time, reception.accept)?,
    };
    let mut loss = Loss::default();
    let kept = Kept::of(&record.attributes, &mut loss);
    let facts = Facts::of(kept.iter());
    let text = |fact| facts.get(fact).and_then(text_of);
    scratch.attrs.clear();
    kept.write(&mut scratch.attrs, &mut loss);
    let (severity, severity_number) = severity(record.severity_number, &record.severity_text);
    let body =
        body_text(record.body.as_ref().and_then(|body| body.value.as_ref()), &mut scratch.body, &mut loss);
    rows.append(&LogRow {
        time,
        observed_time: optional_time(record.observed_time_unix_nano),
        severity,
        severity_number,
        body,
        event_name: optional_text(&record.event_name, &mut loss)
            .map(Cow::Borrowed)
            .or_else(|| text(Fact::EventName))
            .as_deref(),
        trace_id: optional_id(&record.trace_id, &mut loss),
        span_id: optional_id(&record.span_id, &mut loss),
        user_id: text(Fact::UserId).as_deref(),
        session_id: text(Fact::SessionId).as_deref(),
        attrs: &scratch.attrs,
        dropped: i64::from(record.dropped_attributes_count) + saturated(loss.dropped as u64),
    });
    tally.loss.add(loss);
    Ok(())
}

fn body_text<'a>(body: Option<&'a Value>, scratch: &'a mut String, loss: &mut Loss) -> &'a str {
    let (text, was_cut) = match body {
        None => ("", false),
        Some(Value::StringValue(text)) => cut(text, LOG_BODY_BYTES),
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
