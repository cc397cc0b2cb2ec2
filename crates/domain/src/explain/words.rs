//! What can be said, without a language: one variant a sentence. And how telemetry's own words are quoted.
//!
//! Quoted words must never look like a citation, nor fill the page.

use std::time::Duration;

use super::model::{Exception, TracedLog, TracedSpan};
use super::{english, japanese};
use crate::Language;

/// The longest quotation in a sentence or a fact, in characters.
const QUOTED_CHARS: usize = 200;

/// A call by its names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) service: &'a str,
    pub(super) name: &'a str,
}

impl<'a> Place<'a> {
    pub(super) fn of(span: &'a TracedSpan) -> Self {
        Self { service: &span.service, name: &span.name }
    }
}

/// A sentence. `cite` is one or more ids of facts in brackets.
#[derive(Debug)]
pub(super) enum Sentence<'a> {
    /// The request failed.
    RequestFailed { at: Place<'a>, took: Duration, cite: String },
    /// The request failed by itself; `alone` where nothing below it did.
    FailedItself { at: Place<'a>, took: Duration, message: &'a str, alone: bool, cite: String },
    /// Spans failed, but the request did not.
    RequestWentOn { at: Place<'a>, took: Duration, cite: String },
    /// Where the failure began, or the first of `one_of` separate failures.
    Began { at: Place<'a>, message: &'a str, one_of: usize, cite: String },
    /// Where it began, in a call that was made several times.
    BeganInCalls { at: Place<'a>, failed: usize, calls: usize, message: &'a str, one_of: usize, cite: String },
    /// One of several failures, after the first.
    Another { at: Place<'a>, message: &'a str, cite: String },
    /// Failures that are not listed.
    More { count: usize },
    /// A span recorded an exception.
    Raised { service: &'a str, exception: &'a Exception, cite: String },
    /// The services that the failure went through on its way up.
    Passed { services: Vec<(&'a str, String)> },
    /// A call whose other side is not in the trace.
    OtherSideSilent { cite: String },
    /// What was logged in the failed span, or else in a span above it.
    Logged { log: &'a TracedLog, count: usize, elsewhere: Option<Place<'a>>, cite: String },
    /// A failure whose caller went on; `made_good` where a later call succeeded.
    Contained { at: Place<'a>, made_good: bool, cite: String },
    /// A call that went well after one that failed.
    MadeGood { at: Place<'a>, cite: String },
    /// Who made the request.
    User { user: &'a str, cite: String },
    /// Nothing failed.
    NothingFailed { at: Place<'a>, took: Duration, cite: String },
    /// The span with the most time of its own.
    Longest { at: Place<'a>, own: Duration, cite: String },
    /// Errors were logged though no span failed.
    ErrorsLogged { log: &'a TracedLog, count: usize, cite: String },
    /// The caller of the whole trace is not in it.
    CallerMissing { at: Place<'a>, cite: String },
    /// The trace is in parts, as spans are missing between them.
    InParts { parts: usize, missing: usize, cite: String },
    /// Spans that name each other as parents.
    Cycle { cite: String },
    /// Only a part of the trace was read.
    Cut { spans: usize },
    /// The reading may be wrong for the reasons just given.
    Uncertain,
    /// There are no spans.
    NoSpans,
}

/// The text of a fact.
#[derive(Debug)]
pub(super) enum FactWords<'a> {
    /// With its place among equal calls, and the time in which no span below it ran.
    Span {
        span: &'a TracedSpan,
        offset: Duration,
        calls: usize,
        own: Duration,
    },
    Exception {
        span: &'a TracedSpan,
        exception: &'a Exception,
    },
    User {
        span: &'a TracedSpan,
        user: &'a str,
    },
    Log {
        log: &'a TracedLog,
        offset_nanos: i64,
    },
}

pub(super) fn fact(language: Language, words: &FactWords<'_>) -> String {
    match language {
        Language::English => english::fact(words),
        Language::Japanese => japanese::fact(words).trim_start().to_owned(),
    }
}

/// The sentences as one text.
pub(super) fn text(language: Language, sentences: &[Sentence<'_>]) -> String {
    match language {
        Language::English => sentences.iter().map(english::sentence).collect::<Vec<_>>().join(" "),
        Language::Japanese => {
            sentences.iter().map(|said| japanese::sentence(said).trim_start().to_owned()).collect()
        }
    }
}

/// Words of the telemetry on one line, shortened, with nothing in them that looks like a citation.
pub(super) fn quoted(text: &str) -> String {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    let line = line.replace('[', "(").replace(']', ")");
    match line.char_indices().nth(QUOTED_CHARS) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

/// An exception on one line: its type and its message, as far as it has them.
pub(super) fn exception(exception: &Exception) -> String {
    let parts = [quoted(&exception.kind), quoted(&exception.message)];
    parts.iter().filter(|part| !part.is_empty()).map(String::as_str).collect::<Vec<_>>().join(": ")
}

/// A duration's number and unit: three digits where there is a fraction.
pub(super) fn amount(duration: Duration) -> (String, Unit) {
    let nanos = duration.as_nanos();
    let (value, unit) = match nanos {
        0..1_000_000 => (nanos as f64 / 1e3, Unit::Microseconds),
        1_000_000..999_500_000 => (nanos as f64 / 1e6, Unit::Milliseconds),
        999_500_000..600_000_000_000 => (nanos as f64 / 1e9, Unit::Seconds),
        _ => (nanos as f64 / 6e10, Unit::Minutes),
    };
    let decimals = match value {
        100.0.. => 0,
        10.0.. => 1,
        _ => 2,
    };
    let text = format!("{value:.decimals$}");
    let text =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text };
    (text, unit)
}

/// The unit of an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Microseconds,
    Milliseconds,
    Seconds,
    Minutes,
}
