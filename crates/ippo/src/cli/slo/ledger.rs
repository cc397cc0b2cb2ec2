//! `ippo slo ledger`, `exclude` and `include`: what was entered about a budget, and what it changed.

use clap::Args;
use ippo_api::slo::ledger::{CountsAs, Exclusions, Ledger, LedgerEntry, Withdrawal};
use ippo_api::time::Time;
use ippo_base::Timestamp;

use super::super::client::{ApiClient, Failure};
use super::super::{Output, print};
use super::{minute, path, share};

/// Takes time out of an SLO's budget.
#[derive(Args, Debug)]
pub(super) struct ExcludeArgs {
    /// The SLO's name.
    name: String,
    /// Its start, such as 2026-11-24T02:00:00Z or 2026-11-24T11:00:00+09:00; it may lie ahead.
    #[arg(long)]
    from: String,
    /// Its end.
    #[arg(long)]
    to: String,
    /// Why, for those who ask later.
    #[arg(long)]
    reason: String,
    /// Where it was agreed.
    #[arg(long, default_value = "")]
    ticket: String,
    /// Count what failed then as good, instead of leaving the time out.
    #[arg(long)]
    count_as_good: bool,
    /// Only say what it would change.
    #[arg(long)]
    dry_run: bool,
}

/// Takes an exclusion back.
#[derive(Args, Debug)]
pub(super) struct IncludeArgs {
    /// The SLO's name.
    name: String,
    /// The exclusion, as `ippo slo ledger` shows it.
    id: String,
    /// Why, for those who ask later.
    #[arg(long)]
    reason: String,
}

pub(super) async fn ledger(name: &str, client: &ApiClient, output: Output) -> Result<(), Failure> {
    let path = format!("{}/ledger", path(name)?);
    let text = match output {
        Output::Json => client.get_text(&path).await?,
        Output::Text => ledger_text(&client.get::<Ledger>(&path).await?),
    };
    print(&text)
}

pub(super) async fn exclude(args: &ExcludeArgs, client: &ApiClient, output: Output) -> Result<(), Failure> {
    let body = Exclusions {
        from: Time(time(&args.from)?),
        to: Time(time(&args.to)?),
        counts_as: if args.count_as_good { CountsAs::Good } else { CountsAs::LeftOut },
        reason: args.reason.clone(),
        ticket: args.ticket.clone(),
        dry_run: args.dry_run,
    };
    let path = format!("{}/exclusions", path(&args.name)?);
    let flags = [("from", "--from"), ("to", "--to"), ("reason", "--reason"), ("ticket", "--ticket")];
    let told = |failure: Failure| failure.in_flags(&flags);
    if output == Output::Json {
        return print(&client.post_text(&path, &body).await.map_err(told)?);
    }
    let entry: LedgerEntry = client.post(&path, &body).await.map_err(told)?;
    let outcome = match args.dry_run {
        true => "Nothing is entered: leave --dry-run out to do it.\n".to_owned(),
        false => {
            format!("Entered. To take it back: ippo slo include {} {} --reason …\n", args.name, entry.id)
        }
    };
    print(&format!("{}{outcome}", entry_text(&entry)))
}

pub(super) async fn include(args: &IncludeArgs, client: &ApiClient, output: Output) -> Result<(), Failure> {
    let plain = args.id.bytes().all(|b| b.is_ascii_hexdigit());
    if args.id.is_empty() || !plain {
        return Err(Failure::bad_input(format!(
            "{:?} is not an exclusion's id; ippo slo ledger shows them",
            args.id
        )));
    }
    let path = format!("{}/exclusions/{}/withdraw", path(&args.name)?, args.id);
    let body = Withdrawal { reason: args.reason.clone() };
    let told = |failure: Failure| failure.in_flags(&[("reason", "--reason")]);
    match output {
        Output::Json => print(&client.post_text(&path, &body).await.map_err(told)?),
        Output::Text => print(&entry_text(&client.post(&path, &body).await.map_err(told)?)),
    }
}

fn time(text: &str) -> Result<Timestamp, Failure> {
    Timestamp::parse(text).map_err(Failure::bad_input)
}

fn ledger_text(ledger: &Ledger) -> String {
    if ledger.entries.is_empty() {
        return "Nothing was entered: no time was taken out of the budget, and no page was held back.\n"
            .to_owned();
    }
    let mut text: String = ledger.entries.iter().map(entry_text).collect();
    if ledger.page.next_cursor.is_some() {
        text.push_str("There is more: --output json has next_cursor.\n");
    }
    text
}

fn entry_text(entry: &LedgerEntry) -> String {
    let mut text = format!("{}  {}  {}\n", minute(entry.time), entry.by, entry.text);
    if let Some(exclusion) = &entry.exclusion {
        if !exclusion.ticket.is_empty() {
            text.push_str(&format!("  agreed in {}\n", exclusion.ticket));
        }
        for effect in &exclusion.effects {
            let (before, after) =
                (share(effect.budget_remaining_before), share(effect.budget_remaining_after));
            text.push_str(&format!("  {}: budget left {before} before, {after} after\n", effect.objective));
        }
        text.push_str(&format!("  id {}\n", entry.id));
    }
    text
}
