//! `ippo slo ledger`, `exclude` and `include`: what was entered about a budget, and what it changed.

use clap::Args;
use ippo_api::slo::ledger::{
    BudgetReset, CountsAs, Exclusions, Ledger, LedgerEntry, Repeat, RepeatUnit, Withdrawal,
};
use ippo_api::time::Time;
use ippo_base::Timestamp;

use super::super::client::{ApiClient, Failure};
use super::super::{Output, print};
use super::{minute, path, share};

/// Takes time out of an SLO's budget, once or again and again.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  What an hour of a load test would change:
    ippo slo exclude checkout --from 2026-11-24T02:00:00Z --to 2026-11-24T03:00:00Z --reason \"load test\" --dry-run
  Maintenance on Sundays from two to four in Tokyo, until the end of March:
    ippo slo exclude checkout --from 2026-11-29T02:00:00+09:00 --to 2026-11-29T04:00:00+09:00 \\
      --repeat 1w --time-zone Asia/Tokyo --until 2027-04-01T00:00:00+09:00 --reason maintenance --ticket OPS-7")]
pub(super) struct ExcludeArgs {
    /// The SLO's name.
    name: String,
    /// Its start, such as 2026-11-24T02:00:00Z or 2026-11-24T11:00:00+09:00; it may lie ahead.
    #[arg(long)]
    from: String,
    /// Its end.
    #[arg(long)]
    to: String,
    /// How often it comes back, at the same time of day: such as 1d, 2w or 1M.
    #[arg(long, value_name = "EVERY")]
    repeat: Option<String>,
    /// With --repeat: the time zone of that time of day, such as Asia/Tokyo.
    #[arg(long, value_name = "ZONE", requires = "repeat", default_value = "UTC")]
    time_zone: String,
    /// With --repeat: no more of them begin from here on.
    #[arg(long, requires = "repeat")]
    until: Option<String>,
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

/// Makes an SLO's budget whole again: what was bad before now counts as good.
#[derive(Args, Debug)]
#[command(
    after_help = "What the services did stays in their telemetry, and the entry says what was left before. A budget is not reset while the SLO
pages somebody: what goes on would spend it again."
)]
pub(super) struct ResetArgs {
    /// The SLO's name.
    name: String,
    /// Why, for those who ask later.
    #[arg(long)]
    reason: String,
    /// Where it was agreed.
    #[arg(long, default_value = "")]
    ticket: String,
    /// Only say what it would change.
    #[arg(long)]
    dry_run: bool,
}

/// Takes an exclusion or a reset back.
#[derive(Args, Debug)]
pub(super) struct IncludeArgs {
    /// The SLO's name.
    name: String,
    /// The entry, as `ippo slo ledger` shows it.
    id: String,
    /// Leave what has been as it is, and take back only what would still come.
    #[arg(long)]
    from_now: bool,
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
        repeat: repeat(args)?,
        counts_as: if args.count_as_good { CountsAs::Good } else { CountsAs::LeftOut },
        reason: args.reason.clone(),
        ticket: args.ticket.clone(),
        dry_run: args.dry_run,
    };
    let path = format!("{}/exclusions", path(&args.name)?);
    let flags = [
        ("from", "--from"),
        ("to", "--to"),
        ("reason", "--reason"),
        ("ticket", "--ticket"),
        ("repeat.every", "--repeat"),
        ("repeat.time_zone", "--time-zone"),
        ("repeat.until", "--until"),
    ];
    let told = |failure: Failure| failure.in_flags(&flags);
    if output == Output::Json {
        return print(&client.post_text(&path, &body).await.map_err(told)?);
    }
    let entry: LedgerEntry = client.post(&path, &body).await.map_err(told)?;
    print(&entered_text(&args.name, &entry, args.dry_run))
}

pub(super) async fn reset(args: &ResetArgs, client: &ApiClient, output: Output) -> Result<(), Failure> {
    let (reason, ticket) = (args.reason.clone(), args.ticket.clone());
    let body = BudgetReset { reason, ticket, dry_run: args.dry_run };
    let path = format!("{}/resets", path(&args.name)?);
    let told = |failure: Failure| failure.in_flags(&[("reason", "--reason"), ("ticket", "--ticket")]);
    if output == Output::Json {
        return print(&client.post_text(&path, &body).await.map_err(told)?);
    }
    let entry: LedgerEntry = client.post(&path, &body).await.map_err(told)?;
    print(&entered_text(&args.name, &entry, args.dry_run))
}

fn entered_text(slo: &str, entry: &LedgerEntry, dry_run: bool) -> String {
    let outcome = match dry_run {
        true => "Nothing is entered: leave --dry-run out to do it.\n".to_owned(),
        false => format!("Entered. To take it back: ippo slo include {slo} {} --reason …\n", entry.id),
    };
    format!("{}{outcome}", entry_text(entry))
}

/// `2w`: how many units of the calendar.
fn repeat(args: &ExcludeArgs) -> Result<Option<Repeat>, Failure> {
    let Some(text) = &args.repeat else { return Ok(None) };
    let wrong = || {
        Failure::bad_input(format!(
            "--repeat {text:?} is not how often: write a number and d, w or M, such as 1w"
        ))
    };
    let unit = match text.chars().last() {
        Some('d') => RepeatUnit::Days,
        Some('w') => RepeatUnit::Weeks,
        Some('M') => RepeatUnit::Months,
        _ => return Err(wrong()),
    };
    let every: u32 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    let until = args.until.as_deref().map(time).transpose()?.map(Time);
    Ok(Some(Repeat { every, unit, time_zone: args.time_zone.clone(), until }))
}

pub(super) async fn include(args: &IncludeArgs, client: &ApiClient, output: Output) -> Result<(), Failure> {
    let plain = args.id.bytes().all(|b| b.is_ascii_hexdigit());
    if args.id.is_empty() || !plain {
        return Err(Failure::bad_input(format!(
            "{:?} is not the id of an entry; ippo slo ledger shows them",
            args.id
        )));
    }
    let path = format!("{}/exclusions/{}/withdraw", path(&args.name)?, args.id);
    let body = Withdrawal { reason: args.reason.clone(), from_now: args.from_now };
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
    if let Some(exclusion) = entry.exclusion.as_ref().filter(|exclusion| !exclusion.ticket.is_empty()) {
        text.push_str(&format!("  agreed in {}\n", exclusion.ticket));
    }
    let Some(effects) = entry.exclusion.as_ref().map(|of| &of.effects).or(entry.reset.as_ref()) else {
        return text;
    };
    for effect in effects {
        let (before, after) = (share(effect.budget_remaining_before), share(effect.budget_remaining_after));
        text.push_str(&format!("  {}: budget left {before} before, {after} after\n", effect.objective));
    }
    text.push_str(&format!("  id {}\n", entry.id));
    text
}
