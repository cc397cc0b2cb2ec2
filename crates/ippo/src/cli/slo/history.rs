//! `ippo slo history`: how an SLO's periods went, one line each.

use clap::Args;
use ippo_api::slo::period::{PeriodResult, SloHistory, SloPeriod};

use super::super::client::{ApiClient, Failure};
use super::super::{Output, print};
use super::{NOTHING, attained, minute, path, promised, share, table};

/// Shows how an SLO's periods went: those of its calendar, or months where its window rolls. Each that has ended was closed an hour
/// later; what has come since is in the numbers, and what was known then is told where it differs.
#[derive(Args, Debug)]
pub(super) struct HistoryArgs {
    /// The SLO's name.
    name: String,
    /// The objective's place, from 0; without it the first, or a composite SLO as a whole.
    #[arg(long)]
    objective: Option<usize>,
    /// How many, the one that goes on included.
    #[arg(long, default_value_t = 13, value_parser = clap::value_parser!(u32).range(1..=36))]
    periods: u32,
}

pub(super) async fn history(args: &HistoryArgs, client: &ApiClient, output: Output) -> Result<(), Failure> {
    let HistoryArgs { name, objective, periods } = args;
    let of = objective.map(|place| format!("objective={place}&")).unwrap_or_default();
    let path = format!("{}/history?{of}periods={periods}", path(name)?);
    match output {
        Output::Json => print(&client.get_text(&path).await?),
        Output::Text => print(&text(&client.get(&path).await?)),
    }
}

fn text(history: &SloHistory) -> String {
    let mut text = format!("{}, periods in {}\n", history.objective, history.time_zone);
    for warning in &history.page.warnings {
        text.push_str(&format!("note: {warning}\n"));
    }
    let header = ["FROM", "TO", "PROMISED", "ATTAINED", "KEPT", "BUDGET LEFT", "MEASURED", "WHEN CLOSED"];
    let mut rows = vec![header.map(str::to_owned)];
    rows.extend(history.periods.iter().map(row));
    text.push_str(&table(&rows));
    text
}

fn row(period: &SloPeriod) -> [String; 8] {
    let now = &period.now;
    [
        minute(period.from).to_string(),
        minute(period.to).to_string(),
        promised(target(now)),
        attained(now.attained, target(now)),
        kept(now, period.running).to_owned(),
        share(now.budget_remaining),
        share(Some(now.coverage)),
        when_closed(period),
    ]
}

fn target(result: &PeriodResult) -> Option<f64> {
    result.target.as_deref()?.parse().ok()
}

fn kept(result: &PeriodResult, running: bool) -> &'static str {
    match (result.kept, running) {
        (Some(true), false) => "yes",
        (Some(false), false) => "no",
        (Some(true), true) => "so far",
        (Some(false), true) => "not so far",
        (None, _) => NOTHING,
    }
}

/// What was known then, where it is not what is known now.
fn when_closed(period: &SloPeriod) -> String {
    match &period.closed {
        None if period.running => "goes on".to_owned(),
        None => NOTHING.to_owned(),
        Some(closed) if *closed == period.now => "the same".to_owned(),
        Some(closed) if closed.target.is_none() => {
            format!("{}: {} left", kept(closed, false), share(closed.budget_remaining))
        }
        Some(closed) => format!(
            "{}: {} of {}, {} left",
            kept(closed, false),
            attained(closed.attained, target(closed)),
            promised(target(closed)),
            share(closed.budget_remaining)
        ),
    }
}

#[cfg(test)]
mod tests {
    use ippo_api::page::Page;
    use ippo_api::time::Time;
    use ippo_base::Timestamp;

    use super::*;

    #[test]
    fn what_was_known_at_the_closing_is_told_where_it_differs() {
        let result = |attained: f64, kept| PeriodResult {
            target: Some("0.999".to_owned()),
            attained: Some(attained),
            kept: Some(kept),
            allowed: Some(10.0),
            spent: Some(1.0),
            budget_remaining: Some((attained - 0.999) * 1000.0),
            good: 1,
            bad: 1,
            unknown: 0,
            coverage: 1.0,
            excluded_secs: 0,
        };
        let at = |text: &str| Time(Timestamp::parse(text).expect("a time"));
        let period = |month: u32, now: PeriodResult, closed: Option<PeriodResult>| SloPeriod {
            from: at(&format!("2026-{month:02}-01T00:00:00Z")),
            to: at(&format!("2026-{:02}-01T00:00:00Z", month + 1)),
            running: month == 11,
            now,
            closed_at: closed.as_ref().map(|_| at("2026-11-01T01:00:00Z")),
            closed,
        };
        let history = SloHistory {
            objective: "0.999".to_owned(),
            time_zone: "UTC".to_owned(),
            periods: vec![
                period(11, result(0.9996, true), None),
                period(10, result(0.9985, false), Some(result(0.9992, true))),
                period(9, result(0.9999, true), Some(result(0.9999, true))),
            ],
            page: Page::complete(),
        };
        let lines: Vec<String> = text(&history)
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(
            lines[2..],
            [
                "2026-11-01T00:00:00Z 2026-12-01T00:00:00Z 99.9 % 99.96 % so far 60 % 100 % goes on",
                "2026-10-01T00:00:00Z 2026-11-01T00:00:00Z 99.9 % 99.85 % no -50 % 100 % yes: 99.92 % of 99.9 %, 20 % left",
                "2026-09-01T00:00:00Z 2026-10-01T00:00:00Z 99.9 % 99.99 % yes 90 % 100 % the same",
            ]
        );
    }
}
