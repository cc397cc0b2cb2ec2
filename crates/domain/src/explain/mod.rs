//! Explains one trace: where it failed first, how far that went, what shows it.
//!
//! A pure function of spans and log records, the same for every order of them. Each claim cites the fact it rests on,
//! and what the telemetry does not say is not said. It must never guess silently: where spans are missing or several
//! causes are possible, the verdict and the text say so.
//!
//! The cause is the failed span without a failed span below it; of several, the one that ended first. Calls that are
//! the same, such as the attempts of a retry, count as one. A failure whose caller went on is no cause of the request's
//! failure.

mod cause;
mod english;
mod facts;
mod japanese;
mod model;
mod story;
#[cfg(test)]
mod tests;
mod tree;
mod words;

pub use model::{
    Cause, Exception, Explanation, Fact, FactKind, SpanId, SpanKind, SpanStatus, TraceRecord, TracedLog,
    TracedSpan, Verdict,
};

use crate::Language;

/// Explains a trace in one language.
pub fn explain(trace: &TraceRecord, language: Language) -> Explanation {
    let tree = tree::Tree::of(&trace.spans);
    story::Story::of(trace, &tree, language).tell()
}
