//! `ippo slo spend`: what spent an SLO's budget.

use clap::Args;
use ippo_api::slo::spend::{SloSpend, SpendBy, SpendInterval};

use super::super::client::{ApiClient, Failure, percent_encoded};
use super::super::figures::{cut, grouped, significant};
use super::super::{Output, print};
use super::{NOTHING, minute, path, share, table};

/// Shows which days and hours of its window spent an SLO's budget, with the incidents that they fall in; or, with --by, whose
/// requests did.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  When it was spent:
    ippo slo spend checkout-succeeds
  By whom, in the worst hour:
    ippo slo spend checkout-succeeds --by endpoint --from 2026-11-24T02:00:00Z --to 2026-11-24T03:00:00Z
  Which release, and which customers:
    ippo slo spend checkout-succeeds --by version --last 1d
    ippo slo spend checkout-succeeds --by \"attrs['customer.segment']\" --last 1d")]
pub(super) struct SpendArgs {
    /// The SLO's name.
    name: String,
    /// The objective's place, from 0 [default: a composite SLO as a whole, of others and with --by the first].
    #[arg(long)]
    objective: Option<usize>,
    /// Tell events apart by endpoint, version, a column such as route, attrs['…'] or resource['…'].
    #[arg(long)]
    by: Option<String>,
    /// With --by: the start.
    #[arg(long, requires = "by")]
    from: Option<String>,
    /// With --by: the end [default: now].
    #[arg(long, requires = "by")]
    to: Option<String>,
    /// With --by: how far back, such as 1h or 7d [default: 1h].
    #[arg(long, requires = "by", conflicts_with = "from")]
    last: Option<String>,
}

pub(super) async fn spend(args: &SpendArgs, client: &ApiClient, output: Output) -> Result<(), Failure> {
    let mut path = format!("{}/spend", path(&args.name)?);
    let Some(by) = &args.by else {
        path.extend(args.objective.map(|place| format!("?objective={place}")));
        return match output {
            Output::Json => print(&client.get_text(&path).await?),
            Output::Text => print(&spend_text(&client.get(&path).await?)),
        };
    };
    path.push_str(&format!("/by?by={}", percent_encoded(by)));
    path.extend(args.objective.map(|place| format!("&objective={place}")));
    for (name, value) in [("from", &args.from), ("to", &args.to), ("last", &args.last)] {
        if let Some(value) = value {
            path.push_str(&format!("&{name}={}", percent_encoded(value)));
        }
    }
    let told = |failure: Failure| {
        failure.in_flags(&[("from", "--from"), ("to", "--to"), ("last", "--last"), ("by", "--by")])
    };
    match output {
        Output::Json => print(&client.get_text(&path).await.map_err(told)?),
        Output::Text => print(&by_text(&client.get(&path).await.map_err(told)?)),
    }
}

fn spend_text(spend: &SloSpend) -> String {
    let mut text = String::new();
    for warning in &spend.page.warnings {
        text.push_str(&format!("note: {warning}\n"));
    }
    if !spend.parts.is_empty() {
        return text + &whole_text(spend);
    }
    let (Some(allowed), Some(spent)) = (spend.allowed, spend.spent) else {
        text.push_str("Nothing was counted in the window yet.\n");
        return text;
    };
    text += &format!(
        "{} to {}: {} of {} allowed are bad, {} of the budget is left\n",
        minute(spend.from),
        minute(spend.to),
        cut(spent, 2),
        significant(allowed),
        share(spend.remaining)
    );
    if spent <= 0.0 {
        text.push_str("Nothing was spent.\n");
        return text;
    }
    text.push_str("\nThe hours that spent the most:\n");
    text.push_str(&intervals_text(&spend.hours));
    text.push_str("\nDays:\n");
    let days: Vec<SpendInterval> = spend.days.iter().filter(|day| day.bad > 0.0).cloned().collect();
    text.push_str(&intervals_text(&days));
    text
}

/// What the parts of a composite SLO spent of one budget.
fn whole_text(spend: &SloSpend) -> String {
    if spend.remaining.is_none() {
        return "Nothing was counted in the window yet.\n".to_owned();
    }
    let of_all = |spent: f64| format!("{} %", cut(spent * 100.0, 2));
    let mut text = format!(
        "{} to {}: {} of the budget is left\n\n",
        minute(spend.from),
        minute(spend.to),
        share(spend.remaining)
    );
    let mut rows = vec![["PART", "SPENT"].map(str::to_owned)];
    rows.extend(spend.parts.iter().map(|part| [part.name.clone(), of_all(part.budget_share)]));
    text.push_str(&table(&rows));
    let parts_text = |intervals: &[SpendInterval]| {
        let mut rows = vec![["FROM", "TO", "BUDGET", "BY PART", "INCIDENTS"].map(str::to_owned)];
        for interval in intervals.iter().filter(|interval| interval.bad > 0.0) {
            let by = spend.parts.iter().zip(&interval.part_budget_shares).filter(|(_, share)| **share > 0.0);
            let by: Vec<String> =
                by.map(|(part, share)| format!("{} {}", part.name, of_all(*share))).collect();
            let incidents: Vec<String> =
                interval.incidents.iter().map(|one| format!("INC-{} {}", one.id, one.title)).collect();
            rows.push([
                minute(interval.from).to_string(),
                minute(interval.to).to_string(),
                interval.budget_share.map_or(NOTHING.to_owned(), of_all),
                by.join(", "),
                incidents.join(", "),
            ]);
        }
        table(&rows)
    };
    if spend.hours.is_empty() {
        return text + "Nothing was spent.\n";
    }
    text.push_str("\nThe hours that spent the most:\n");
    text.push_str(&parts_text(&spend.hours));
    text.push_str("\nDays:\n");
    text + &parts_text(&spend.days)
}

fn intervals_text(intervals: &[SpendInterval]) -> String {
    let mut rows = vec![["FROM", "TO", "BAD", "OF", "BUDGET", "INCIDENTS"].map(str::to_owned)];
    for interval in intervals {
        let incidents: Vec<String> = interval
            .incidents
            .iter()
            .map(|incident| format!("INC-{} {}", incident.id, incident.title))
            .collect();
        rows.push([
            minute(interval.from).to_string(),
            minute(interval.to).to_string(),
            cut(interval.bad, 2),
            cut(interval.total, 2),
            share(interval.budget_share),
            incidents.join(", "),
        ]);
    }
    table(&rows)
}

fn by_text(spend: &SpendBy) -> String {
    let mut text = format!("{} to {}, by {}\n", minute(spend.from), minute(spend.to), spend.by);
    for warning in &spend.page.warnings {
        text.push_str(&format!("note: {warning}\n"));
    }
    if spend.values.is_empty() {
        text.push_str("Nothing was counted in that time: give another --from, --to or --last.\n");
        return text;
    }
    let mut rows = vec![["VALUE", "BAD", "OF", "FAILED", "BUDGET"].map(str::to_owned)];
    for value in &spend.values {
        let failed = if value.total == 0 { None } else { Some(value.bad as f64 / value.total as f64) };
        rows.push([
            value.value.clone().unwrap_or_else(|| NOTHING.to_owned()),
            grouped(value.bad),
            grouped(value.total),
            share(failed),
            share(value.budget_share),
        ]);
    }
    text.push_str(&table(&rows));
    text
}
