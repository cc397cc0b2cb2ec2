//! The sentences in English: short, for someone who was woken up. It must never decide what is said.

use std::time::Duration;

use super::model::{SpanStatus, TracedSpan};
use super::words::{FactWords, Place, Sentence, Unit, amount, exception, quoted};

pub(super) fn sentence(sentence: &Sentence<'_>) -> String {
    use Sentence as S;
    match sentence {
        S::RequestFailed { at, took, cite } => {
            format!("{} failed after {} {cite}.", place(*at), span_of(*took))
        }
        S::FailedItself { at, took, message, alone, cite } => {
            let below = if *alone { " No span below it failed." } else { "" };
            format!("{} failed after {}{} {cite}.{below}", place(*at), span_of(*took), said(message))
        }
        S::RequestWentOn { at, took, cite } => format!(
            "{} did not fail itself (it took {}) {cite}, but something inside it did.",
            place(*at),
            span_of(*took)
        ),
        S::Began { at, message, one_of, cite } => {
            format!("{}{}{} {cite}.", beginning(*one_of), place(*at), said(message))
        }
        S::BeganInCalls { at, failed, calls, message, one_of, cite } => {
            let times = match (failed, calls) {
                (2, 2) => "was called twice and failed both times".to_owned(),
                (failed, calls) if failed == calls => {
                    format!("was called {calls} times and failed each time")
                }
                (failed, calls) => format!("failed in {failed} of {calls} calls"),
            };
            let first =
                if message.is_empty() { String::new() } else { format!("; the first{}", said(message)) };
            format!("{}{}, which {times}{first} {cite}.", beginning(*one_of), place(*at))
        }
        S::Another { at, message, cite } => format!("{} also failed{} {cite}.", place(*at), said(message)),
        S::More { count } => match count {
            1 => "One more failure is not listed here.".to_owned(),
            _ => format!("{count} more failures are not listed here."),
        },
        S::Raised { service, exception: raised, cite } => {
            format!("{} recorded the exception {} {cite}.", quoted(service), exception(raised))
        }
        S::Passed { services } => {
            let list: Vec<String> =
                services.iter().map(|(name, cite)| format!("{} {cite}", quoted(name))).collect();
            format!("On its way up it went through {}.", list.join(", then "))
        }
        S::OtherSideSilent { cite } => {
            format!("The other side of that call left no span in this trace {cite}.")
        }
        S::Logged { log, count, elsewhere, cite } => {
            let of = elsewhere.map_or("that span".to_owned(), place);
            let lead = match count {
                1 => format!("Log of {of}"),
                _ => format!("Most severe of the {count} log records of {of}"),
            };
            format!("{lead}: {}“{}” {cite}.", severity(&log.severity), quoted(&log.body))
        }
        S::Contained { at, made_good: false, cite } => {
            format!("{} failed too, but its caller went on {cite}.", place(*at))
        }
        S::Contained { at, made_good: true, cite } => {
            format!("{} failed too, but a later call of it succeeded {cite}.", place(*at))
        }
        S::MadeGood { at, cite } => format!("A later call of {} succeeded {cite}.", place(*at)),
        S::User { user, cite } => format!("The request was made by user {} {cite}.", quoted(user)),
        S::NothingFailed { at, took, cite } => {
            format!("No span failed. {} took {} {cite}.", place(*at), span_of(*took))
        }
        S::Longest { at, own, cite } => {
            format!("The longest single part was the own work of {}: {} {cite}.", place(*at), span_of(*own))
        }
        S::ErrorsLogged { log, count, cite } => {
            let lead = if *count == 1 {
                "But an error was logged".to_owned()
            } else {
                format!("But {count} errors were logged, the first")
            };
            format!("{lead} by {}: “{}” {cite}.", quoted(&log.service), quoted(&log.body))
        }
        S::CallerMissing { at, cite } => {
            format!("The caller of {} is not in this trace, so what it saw is not known {cite}.", place(*at))
        }
        S::InParts { parts, missing, cite } => {
            let named =
                if *missing == 1 { "one span names".to_owned() } else { format!("{missing} spans name") };
            format!("The trace is in {parts} parts: {named} a parent that is not here {cite}.")
        }
        S::Cycle { cite } => {
            format!("Some spans name each other as parents, so their order is not known {cite}.")
        }
        S::Cut { spans } => {
            format!("The trace is longer than what was read: only {spans} spans are considered.")
        }
        S::Uncertain => "So what is said here may not be the whole story.".to_owned(),
        S::NoSpans => "There are no spans of this trace here.".to_owned(),
    }
}

pub(super) fn fact(words: &FactWords<'_>) -> String {
    match words {
        FactWords::Span { span, offset, calls, own } => {
            let began = if offset.is_zero() {
                "at the start".to_owned()
            } else {
                format!("after {}", span_of(*offset))
            };
            let kind = span.kind.name();
            let mut text =
                format!("{}, {kind}, began {began}, took {}", place(Place::of(span)), span_of(span.duration));
            if *own < span.duration {
                text += &format!(" ({} of its own)", span_of(*own));
            }
            if *calls > 1 {
                text += &format!(", one of {calls} such calls");
            }
            text + &outcome(span)
        }
        FactWords::Exception { span, exception: raised } => {
            format!("{} recorded {}", place(Place::of(span)), exception(raised))
        }
        FactWords::User { span, user } => format!("{} names user {}", place(Place::of(span)), quoted(user)),
        FactWords::Log { log, offset_nanos } => format!(
            "{}, {}: {}“{}”",
            quoted(&log.service),
            moment(*offset_nanos),
            severity(&log.severity),
            quoted(&log.body)
        ),
    }
}

fn beginning(one_of: usize) -> String {
    if one_of < 2 {
        return "The failure began in ".to_owned();
    }
    format!(
        "The trace shows {one_of} separate failures and does not tell which one decided. The first to end was "
    )
}

fn outcome(span: &TracedSpan) -> String {
    match (span.error, span.status) {
        (true, SpanStatus::Error) if span.status_message.is_empty() => ", failed".to_owned(),
        (true, SpanStatus::Error) => format!(", failed{}", said(&span.status_message)),
        (true, _) => ", failed by its response code".to_owned(),
        (false, _) => String::new(),
    }
}

fn place(at: Place<'_>) -> String {
    format!("{} in {}", quoted(at.name), quoted(at.service))
}

fn said(message: &str) -> String {
    let message = quoted(message);
    if message.is_empty() { message } else { format!(": “{message}”") }
}

fn severity(name: &str) -> String {
    if name.is_empty() { String::new() } else { format!("{} ", quoted(name)) }
}

fn moment(offset_nanos: i64) -> String {
    let offset = Duration::from_nanos(offset_nanos.unsigned_abs());
    let side = if offset_nanos < 0 { "before the start" } else { "after the start" };
    format!("{} {side}", span_of(offset))
}

fn span_of(duration: Duration) -> String {
    let (value, unit) = amount(duration);
    let unit = match unit {
        Unit::Microseconds => "µs",
        Unit::Milliseconds => "ms",
        Unit::Seconds => "s",
        Unit::Minutes => "min",
    };
    format!("{value} {unit}")
}
