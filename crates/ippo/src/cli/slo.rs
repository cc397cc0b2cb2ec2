//! `ippo slo list` and `ippo slo show`: how the promises stand, in a terminal.

use std::io::{self, Write};

use clap::{Args, Subcommand};
use ippo_api::slo::{BurnSeverity, Objective, Slo, SloList, SloState};

use ippo_api::time::Time;

use super::client::{ApiClient, Failure};
use super::{Answer, Output};

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
}

/// Runs the command.
///
/// # Errors
/// When the server cannot be asked, or has no such SLO.
pub async fn run(args: &SloArgs, client: &ApiClient, output: Output) -> Result<Answer, Failure> {
    let text = match (&args.command, output) {
        (SloCommand::List, Output::Json) => client.get_text("/api/v1/slos").await?,
        (SloCommand::List, Output::Text) => list_text(&client.get::<SloList>("/api/v1/slos").await?),
        (SloCommand::Show { name }, Output::Json) => client.get_text(&path(name)?).await?,
        (SloCommand::Show { name }, Output::Text) => show_text(&client.get::<Slo>(&path(name)?).await?),
    };
    io::stdout().lock().write_all(text.as_bytes()).map_err(Failure::inconclusive)?;
    Ok(Answer::Yes)
}

fn path(name: &str) -> Result<String, Failure> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || !name.chars().all(plain) {
        return Err(Failure::bad_input(format!("{name:?} is not an SLO's name (a-z, 0-9 and -)")));
    }
    Ok(format!("/api/v1/slos/{name}"))
}

fn glyph(state: SloState) -> &'static str {
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
        for (i, objective) in slo.objectives.iter().enumerate() {
            let (state, name) = if i == 0 { (glyph(slo.state), slo.name.as_str()) } else { ("", "") };
            let window = objective.windows.first();
            rows.push([
                state.to_owned(),
                name.to_owned(),
                percent(objective.target.as_f64()),
                percent(window.and_then(|w| w.attained)),
                percent(window.and_then(|w| w.budget_remaining)),
                if i == 0 { duration(slo.window_secs) } else { String::new() },
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

fn show_text(slo: &Slo) -> String {
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
    line("window", &format!("{} rolling, {}", duration(slo.window_secs), slo.budgeting_method));
    let backfilling = if slo.backfilling { ", still being filled from stored telemetry" } else { "" };
    line("coverage", &format!("{} of the window is measured{backfilling}", percent(Some(slo.coverage))));
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
    line("revision", &slo.revision.to_string());
    for remark in &slo.remarks {
        line("note", &remark.text);
    }
    for objective in &slo.objectives {
        text.push('\n');
        text.push_str(&objective_text(objective));
    }
    text
}

/// A time to the minute; nobody plans by nanoseconds.
fn minute(time: Time) -> Time {
    Time(time.0.minute().start())
}

fn objective_text(objective: &Objective) -> String {
    let mut text = format!("target {}", percent(objective.target.as_f64()));
    if let Some(threshold) = objective.threshold {
        text.push_str(&format!(", threshold {threshold}"));
    }
    if !objective.display_name.is_empty() {
        text.push_str(&format!(" ({})", objective.display_name));
    }
    text.push('\n');
    for window in &objective.windows {
        if window.attained.is_none() && window.unknown == 0 {
            text.push_str("  nothing was counted in the window yet\n");
            continue;
        }
        let allowed = window.budget_events_allowed.map(|n| n.to_string()).unwrap_or("–".to_owned());
        text.push_str(&format!(
            "  attained {}: good {}, bad {} of {allowed} allowed, unknown {}\n  budget left {}\n",
            percent(window.attained),
            window.good,
            window.bad,
            window.unknown,
            percent(window.budget_remaining),
        ));
        if window.unknown > 0 {
            let (least, most) = (percent(window.attained_least), percent(window.attained_most));
            text.push_str(&format!(
                "  whatever the unknown ones were, between {least} and {most} were good\n"
            ));
        }
    }
    for burn in &objective.burn {
        let severity = if burn.severity == BurnSeverity::Page { "page" } else { "ticket" };
        let rate = |burn: Option<f64>| burn.map_or("–".to_owned(), |b| format!("{b:.2}"));
        text.push_str(&format!(
            "  {severity:<6} {}/{}  burn {} and {}, factor {:.2}{}\n",
            duration(burn.long_secs),
            duration(burn.short_secs),
            rate(burn.long_burn),
            rate(burn.short_burn),
            burn.factor,
            if burn.firing { "  FIRING" } else { "" },
        ));
    }
    for omitted in &objective.burn_omitted {
        let windows = (duration(omitted.long_secs), duration(omitted.short_secs));
        text.push_str(&format!("  left out {}/{}: {}\n", windows.0, windows.1, omitted.reason));
    }
    text
}

fn duration(secs: impl Into<u64>) -> String {
    let minutes = u32::try_from(secs.into() / 60).unwrap_or(u32::MAX);
    ippo_domain::slo::duration_text(minutes)
}

/// A ratio as a percentage with as many digits as it takes to tell it from its neighbours, at most five.
fn percent(ratio: Option<f64>) -> String {
    let Some(ratio) = ratio else { return "–".to_owned() };
    let text = format!("{:.5}", ratio * 100.0);
    let trimmed = text.trim_end_matches('0').trim_end_matches('.');
    let trimmed = if trimmed == "-0" { "0" } else { trimmed };
    format!("{trimmed} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_read_as_percentages() {
        let cases = [(0.999, "99.9 %"), (0.99999, "99.999 %"), (-0.5, "-50 %"), (1.0, "100 %"), (0.0, "0 %")];
        for (ratio, text) in cases {
            assert_eq!(percent(Some(ratio)), text);
        }
        assert_eq!(percent(None), "–");
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
