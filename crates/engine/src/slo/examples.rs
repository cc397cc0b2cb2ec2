//! Some of the events that an alert is about, for whoever is told.

use std::collections::BTreeSet;
use std::time::Duration;

use ippo_base::{MinuteRange, TimeRange, Timestamp};
use ippo_domain::alert::Example;
use ippo_domain::slo::alerts::SloAlert;
use ippo_domain::slo::{Objective, Slo};
use ippo_telemetry::read::{Failure, Reader};
use ippo_telemetry::{Expr, Signal};

use super::counters;

/// All alerts of a tick together wait no longer for theirs.
pub(super) const EXAMPLES_WITHIN: Duration = Duration::from_secs(2);
/// Examples of one alert.
const EXAMPLES: usize = 3;
/// An alert over a longer window has examples of this time: people want to see what fails now.
const LOOK_BACK_MINUTES: u32 = 60;
/// Characters of a message that are shown.
const MESSAGE_CHARS: usize = 120;

/// What examples of an alert are.
pub(super) struct Sought {
    /// The bad events of each objective that it is of.
    filters: Vec<(Signal, Expr)>,
    range: TimeRange,
}

impl Sought {
    /// None for alerts of which there is no event: of silence, and of what metrics add up to.
    pub(super) fn of(slo: &Slo, alert: SloAlert, now: Timestamp) -> Option<Self> {
        let SloAlert::Burn { objective, long_minutes, .. } = alert else { return None };
        let aim = slo.aims().find(|aim| aim.place() == objective as usize)?;
        let events = aim.objectives().iter().filter(|objective| !objective.sli.is_by_increase());
        let filter = |objective: &Objective| {
            let signal = counters::signal(objective.sli.signal);
            Expr::parse(&counters::bad_events(objective), signal).ok().map(|filter| (signal, filter))
        };
        let filters: Vec<_> = events.filter_map(filter).collect();
        let window = MinuteRange::ending_with(now.minute(), long_minutes.min(LOOK_BACK_MINUTES));
        let range = TimeRange { from: window.from.start(), to: window.to.start() };
        (!filters.is_empty()).then_some(Self { filters, range })
    }

    /// The newest of them that have a trace, each trace once.
    pub(super) fn find(&self, reader: &Reader) -> Vec<Example> {
        let mut found: Vec<Failure> = Vec::new();
        for (signal, filter) in &self.filters {
            found.extend(reader.failures(*signal, filter, self.range, 4 * EXAMPLES).value);
        }
        found.sort_by_key(|failure| std::cmp::Reverse(failure.time));
        let mut traces = BTreeSet::new();
        found.retain(|failure| failure.trace_id.as_ref().is_some_and(|trace| traces.insert(trace.clone())));
        found.iter().filter_map(example).take(EXAMPLES).collect()
    }
}

/// `checkout Order/Create, 1750 ms: payment failed`.
fn example(failure: &Failure) -> Option<Example> {
    let trace = failure.trace_id.as_ref()?;
    let path = match &failure.span_id {
        Some(span) => format!("/traces/{trace}?span={span}"),
        None => format!("/traces/{trace}"),
    };
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut = |text: &str| match text.char_indices().nth(MESSAGE_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    };
    let took = failure.duration_ns.map(|nanos| format!(", {} ms", nanos / 1_000_000)).unwrap_or_default();
    let message = failure.message.as_deref().map(line).filter(|message| !message.is_empty());
    let message = message.map(|message| format!(": {}", cut(&message))).unwrap_or_default();
    let text = format!("{} {}{took}{message}", failure.service, cut(&line(&failure.name)));
    Some(Example { text, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_one_line_and_leads_to_its_span() {
        let failure = Failure {
            time: Timestamp::from_secs(0),
            trace_id: Some("4bf9".to_owned()),
            span_id: Some("a1".to_owned()),
            service: "checkout".to_owned(),
            name: "Order/Create".to_owned(),
            duration_ns: Some(1_750_900_000),
            status: "error".to_owned(),
            user_id: None,
            message: Some(format!("payment\nfailed {}", "…x".repeat(100))),
        };
        let told = example(&failure).expect("it has a trace");
        assert!(told.text.starts_with("checkout Order/Create, 1750 ms: payment failed …x"), "{}", told.text);
        assert!(told.text.ends_with('…') && told.text.chars().count() < 160, "{}", told.text);
        assert_eq!(told.path, "/traces/4bf9?span=a1");
        assert_eq!(example(&Failure { trace_id: None, ..failure }), None);
    }
}
