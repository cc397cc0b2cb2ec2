//! `ippo slo`: how the promises stand, in a terminal, and what is entered about their budgets.

mod check;
mod composite;
mod diff;
mod forecast;
mod history;
mod import;
mod ledger;
mod lint;
mod policies;
mod recount;
mod spend;
mod suggest;
mod test;

use clap::{Args, Subcommand};
use ippo_api::slo::{Burn, BurnOmitted, BurnSeverity, Objective, Slo, SloList, SloState};

use ippo_api::time::Time;

use forecast::Forecasts;

use super::client::{ApiClient, Failure};
use super::figures::{cut, raised, significant};
use super::{Answer, Output, print};

/// Where there is no number.
pub(super) const NOTHING: &str = "–";

/// Reads SLOs.
#[derive(Args, Debug)]
pub struct SloArgs {
    #[command(subcommand)]
    command: SloCommand,
}

#[derive(Subcommand, Debug)]
enum SloCommand {
    /// Every SLO with its state and what is left of its budget.
    List,
    /// One SLO in full.
    Show {
        /// Its name.
        name: String,
    },
    /// What was entered about the budget of an SLO: exclusions, and pages that few failures would have sent.
    Ledger {
        /// Its name.
        name: String,
    },
    /// What teams agreed to do as budgets run low, and which of these rules stand now.
    Policies,
    /// Takes time out of the budget of an SLO: a load test, maintenance that was agreed.
    Exclude(ledger::ExcludeArgs),
    /// Takes an exclusion or a reset back.
    Include(ledger::IncludeArgs),
    /// Makes the budget of an SLO whole again: what was bad before now counts as good.
    ResetBudget(ledger::ResetArgs),
    /// How an SLO's periods went: months, or those of its calendar.
    History(history::HistoryArgs),
    /// What spent an SLO's budget: hours, incidents, endpoints, versions.
    Spend(spend::SpendArgs),
    /// Whether SLOs allow another change now: the release gate, for pipelines.
    Check(check::CheckArgs),
    /// Which target the stored past would have kept, and the definition that one of them becomes.
    Suggest(suggest::SuggestArgs),
    /// Says what is wrong and what is unwise in definition files, without a server.
    Lint(lint::LintArgs),
    /// Says field by field what applying definition files would change on the server, and what follows from it.
    Diff(diff::DiffArgs),
    /// Plays fixtures through SLOs: which alerts fire when, and what is left of the budget. Needs no server.
    Test(test::TestArgs),
    /// Makes definitions of SLOs that were written for Sloth or Pyrra. Needs no server.
    Import(import::ImportArgs),
    /// Counts what is stored again and holds it against what the SLO counts; exits with 1 if any minute differs.
    Recount {
        /// Its name.
        name: String,
    },
}

/// Runs the command.
///
/// # Errors
/// When the server cannot be asked, or has no such SLO.
pub async fn run(
    args: &SloArgs,
    client: impl Fn() -> Result<ApiClient, Failure>,
    output: Output,
) -> Result<Answer, Failure> {
    match &args.command {
        SloCommand::Lint(args) => lint::run(args, output),
        SloCommand::Test(args) => test::run(args, output),
        SloCommand::Import(args) => import::run(args, output),
        command => ask(command, &client()?, output).await,
    }
}

/// Runs what needs a server.
async fn ask(command: &SloCommand, client: &ApiClient, output: Output) -> Result<Answer, Failure> {
    let text = match (command, output) {
        (SloCommand::List, Output::Json) => client.get_text("/api/v1/slos").await?,
        (SloCommand::List, Output::Text) => list_text(&client.get::<SloList>("/api/v1/slos").await?),
        (SloCommand::Show { name }, Output::Json) => client.get_text(&path(name)?).await?,
        (SloCommand::Show { name }, Output::Text) => {
            let slo = client.get::<Slo>(&path(name)?).await?;
            show_text(&slo, &Forecasts::of(&slo, client).await?)
        }
        (SloCommand::Ledger { name }, _) => {
            return ledger::ledger(name, client, output).await.map(|()| Answer::Yes);
        }
        (SloCommand::Policies, _) => return policies::policies(client, output).await.map(|()| Answer::Yes),
        (SloCommand::Exclude(args), _) => {
            return ledger::exclude(args, client, output).await.map(|()| Answer::Yes);
        }
        (SloCommand::ResetBudget(args), _) => {
            return ledger::reset(args, client, output).await.map(|()| Answer::Yes);
        }
        (SloCommand::History(args), _) => {
            return history::history(args, client, output).await.map(|()| Answer::Yes);
        }
        (SloCommand::Spend(args), _) => {
            return spend::spend(args, client, output).await.map(|()| Answer::Yes);
        }
        (SloCommand::Check(args), _) => return check::check(args, client, output).await,
        (SloCommand::Suggest(args), _) => return suggest::suggest(args, client, output).await,
        (SloCommand::Diff(args), _) => return diff::run(args, client, output).await,
        (SloCommand::Recount { name }, _) => return recount::recount(name, client, output).await,
        (SloCommand::Include(args), _) => {
            return ledger::include(args, client, output).await.map(|()| Answer::Yes);
        }
        (SloCommand::Lint(args), _) => return lint::run(args, output),
        (SloCommand::Test(args), _) => return test::run(args, output),
        (SloCommand::Import(args), _) => return import::run(args, output),
    };
    print(&text)?;
    Ok(Answer::Yes)
}

fn path(name: &str) -> Result<String, Failure> {
    named("/api/v1/slos", name, "an SLO")
}

/// Where a definition of that name is, below `nouns`.
pub(super) fn named(nouns: &str, name: &str, what: &str) -> Result<String, Failure> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || !name.chars().all(plain) {
        return Err(Failure::bad_input(format!("{name:?} is not {what}'s name (a-z, 0-9 and -)")));
    }
    Ok(format!("{nouns}/{name}"))
}

pub(super) fn glyph(state: SloState) -> &'static str {
    match state {
        SloState::NoData => "○ no data",
        SloState::Critical => "▲ critical",
        SloState::Rising => "◆ rising",
        SloState::Spent => "■ spent",
        SloState::Fine => "● fine",
    }
}

fn list_text(list: &SloList) -> String {
    if list.slos.is_empty() {
        return "There are no SLOs yet. Write one (docs/guide/openslo.md) and: ippo apply -f FILE\n"
            .to_owned();
    }
    let header = ["STATE", "NAME", "TARGET", "ATTAINED", "BUDGET LEFT", "WINDOW"].map(str::to_owned);
    let mut rows = vec![header];
    for slo in &list.slos {
        if let Some(whole) = &slo.composite {
            rows.extend(composite::list_rows(slo, whole, glyph(slo.state)));
            continue;
        }
        for (i, objective) in slo.objectives.iter().enumerate() {
            let (state, name) = if i == 0 { (glyph(slo.state), slo.name.as_str()) } else { ("", "") };
            let window = objective.windows.first();
            rows.push([
                state.to_owned(),
                name.to_owned(),
                promised(objective.target.as_f64()),
                attained(window.and_then(|w| w.attained), objective.target.as_f64()),
                share(window.and_then(|w| w.budget_remaining)),
                if i == 0 { slo.window.clone() } else { String::new() },
            ]);
        }
    }
    table(&rows)
}

/// Columns as wide as their widest cell.
fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let mut text = String::new();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..N).map(width).collect();
    for row in rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

fn show_text(slo: &Slo, forecasts: &Forecasts) -> String {
    let mut text = format!("{}  {}\n{}\n\n", slo.display_name, glyph(slo.state), slo.state_rule);
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            text.push_str(&format!("{name:<12} {value}\n"));
        }
    };
    line("service", &slo.service);
    line("owner", &slo.owner);
    line("notify", &slo.notify.join(", "));
    line("runbook", slo.runbook.as_deref().unwrap_or_default());
    let rolls = slo.objectives.iter().flat_map(|o| &o.windows).next().is_none_or(|window| window.rolls);
    let window = if rolls { format!("{} rolling", slo.window) } else { slo.window.clone() };
    line("window", &format!("{window}, {}", slo.budgeting_method));
    line(
        "unmeasured",
        &if slo.unmeasured == "freeze" { String::new() } else { format!("counts as {}", slo.unmeasured) },
    );
    line(
        "few events",
        if slo.every_failure_matters { "every failure matters: no guard at low traffic" } else { "" },
    );
    line("review", slo.review_on.as_deref().unwrap_or_default());
    let backfilling = if slo.backfilling { ", still being filled from stored telemetry" } else { "" };
    line("coverage", &format!("{} of the window is measured{backfilling}", share(Some(slo.coverage))));
    line(
        "budget ends",
        &slo.exhausts_at.map(|t| format!("{} at the burn of the last 6h", minute(t))).unwrap_or_default(),
    );
    line(
        "muted",
        &slo.muted_until
            .map(|t| format!("until {} by {}", minute(t), slo.muted_by.as_deref().unwrap_or("?")))
            .unwrap_or_default(),
    );
    line("incident", &slo.open_incident.map(|n| format!("INC-{n}")).unwrap_or_default());
    for standing in &slo.standing {
        line("policy", &policies::standing_text(standing));
    }
    line("revision", &slo.revision.to_string());
    for remark in &slo.remarks {
        line("note", &remark.text);
    }
    if let Some(whole) = &slo.composite {
        text.push('\n');
        text.push_str(&composite::composite_text(slo, whole));
        text.push_str(&forecasts.whole_text());
    }
    for (place, objective) in slo.objectives.iter().enumerate() {
        text.push('\n');
        text.push_str(&objective_text(objective));
        text.push_str(&forecasts.text(place));
    }
    text
}

/// A time to the minute; nobody plans by nanoseconds.
fn minute(time: Time) -> Time {
    Time(time.0.minute().start())
}

fn objective_text(objective: &Objective) -> String {
    let target = objective.target.as_f64();
    let mut text = format!("target {}", promised(target));
    if let Some(threshold) = objective.threshold {
        text.push_str(&format!(", threshold {threshold}"));
    }
    if let Some(slices) = &objective.slices {
        text.push_str(&match slices.target {
            Some(target) => {
                format!(" of slices of {}, good from {} on", duration(slices.secs), promised(Some(target)))
            }
            None => format!(" of slices of {}, by their shares", duration(slices.secs)),
        });
    }
    if !objective.display_name.is_empty() {
        text.push_str(&format!(" ({})", objective.display_name));
    }
    text.push('\n');
    for window in &objective.windows {
        if objective.windows.len() > 1 {
            text.push_str(&format!("  {}\n", window.window));
        }
        if window.attained.is_none() && window.unknown == 0 {
            text.push_str("  nothing was counted in the window yet\n");
            continue;
        }
        let allowed = window.budget_events_allowed.map_or(NOTHING.to_owned(), significant);
        let (good, bad, unit) = match (window.slices_good, window.slices_bad) {
            (Some(good), Some(bad)) => (cut(good, 2), cut(bad, 2), " slices"),
            _ => (window.good.to_string(), window.bad.to_string(), ""),
        };
        text.push_str(&format!(
            "  attained {}: good {good}, bad {bad} of {allowed} allowed{unit}, unknown {}\n  budget left {}\n",
            attained(window.attained, target),
            window.unknown,
            share(window.budget_remaining),
        ));
        if window.unknown > 0 && window.attained_least.is_some() {
            let least = attained(window.attained_least, target);
            let most = attained_in(window.attained_most, target, raised);
            text.push_str(&format!(
                "  whatever the unknown ones were, between {least} and {most} were good\n"
            ));
        }
    }
    text.push_str(&burn_text(&objective.burn, &objective.burn_omitted));
    text
}

/// Burn pairs, those that fire and those that can, and those that cannot.
fn burn_text(pairs: &[Burn], omitted: &[BurnOmitted]) -> String {
    let mut text = String::new();
    for burn in pairs {
        let severity = if burn.severity == BurnSeverity::Page { "page" } else { "ticket" };
        let rate = |burn: Option<f64>| burn.map_or(NOTHING.to_owned(), significant);
        text.push_str(&format!(
            "  {severity:<6} {}/{}  burn {} and {}, factor {}{}\n",
            duration(burn.long_secs),
            duration(burn.short_secs),
            rate(burn.long_burn),
            rate(burn.short_burn),
            cut(burn.factor, 2),
            match burn {
                Burn { held: true, .. } => "  FIRING, held: part of its short window is unmeasured",
                Burn { firing: true, .. } => "  FIRING",
                Burn { too_few: true, .. } => "  not told: so few failures may be chance",
                Burn { .. } => "",
            },
        ));
    }
    for omitted in omitted {
        let windows = (duration(omitted.long_secs), duration(omitted.short_secs));
        text.push_str(&format!("  left out {}/{}: {}\n", windows.0, windows.1, omitted.reason));
    }
    text
}

fn duration(secs: impl Into<u64>) -> String {
    let minutes = u32::try_from(secs.into() / 60).unwrap_or(u32::MAX);
    ippo_domain::slo::duration_text(minutes)
}

/// What was promised, as it was written.
pub(super) fn promised(target: Option<f64>) -> String {
    target.map_or(NOTHING.to_owned(), |target| format!("{} %", cut(target * 100.0, 6)))
}

/// What was attained: two decimals more than the promise has, cut downwards, so that a promise that was just not kept does
/// not look kept.
pub(super) fn attained(ratio: Option<f64>, target: Option<f64>) -> String {
    attained_in(ratio, target, cut)
}

/// The same, cut or raised to its decimals.
fn attained_in(ratio: Option<f64>, target: Option<f64>, figure: fn(f64, i32) -> String) -> String {
    let target = target.map_or(String::new(), |target| cut(target * 100.0, 6));
    let decimals = target.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let decimals = i32::try_from(decimals + 2).unwrap_or(6).min(6);
    ratio.map_or(NOTHING.to_owned(), |ratio| format!("{} %", figure(ratio * 100.0, decimals)))
}

/// A share with three significant digits, cut downwards: there is never less of it than it says.
pub(super) fn share(ratio: Option<f64>) -> String {
    ratio.map_or(NOTHING.to_owned(), |ratio| format!("{} %", significant(ratio * 100.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_have_as_many_digits_as_the_promise_needs() {
        for (target, ratio, written, text) in [
            (0.999, 0.998_999_99, "99.9 %", "99.899 %"),
            (0.999, 0.999, "99.9 %", "99.9 %"),
            (0.999_99, 0.999_987_654_321, "99.999 %", "99.99876 %"),
            (0.95, 0.949_999, "95 %", "94.99 %"),
            (0.9, 1.0, "90 %", "100 %"),
        ] {
            let target = Some(target);
            assert_eq!((promised(target).as_str(), attained(Some(ratio), target).as_str()), (written, text));
        }
        let shares =
            [0.612_345_678, 0.999_999, -1.388_888_9, 0.0, 0.000_123_456].map(|left| share(Some(left)));
        assert_eq!(shares, ["61.2 %", "99.9 %", "-139 %", "0 %", "0.0123 %"]);
        assert_eq!((share(None), attained(None, Some(0.9))), ("–".to_owned(), "–".to_owned()));
    }

    #[test]
    fn a_table_is_as_wide_as_its_cells() {
        let rows = [["A".to_owned(), "B".to_owned()], ["long".to_owned(), "x".to_owned()]];
        assert_eq!(table(&rows), "A     B\nlong  x\n");
    }

    #[test]
    fn a_name_that_is_a_path_is_refused() {
        for name in ["", "../tokens", "a/b", "A"] {
            assert!(path(name).is_err(), "{name}");
        }
    }
}
