//! `ippo slo check`: the release gate, for pipelines. It answers with its exit code, and never passes what nobody can say.

mod counts;
mod report;

use std::fs;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use ippo_api::slo::check::{GateExemption, GateOverride, GateVerdict, SloChecks};
use ippo_api::slo::ledger::LedgerEntry;

use super::super::client::{ApiClient, Failure, percent_encoded, read};
use super::super::{Answer, Output, print};
use super::path;

/// Asks whether SLOs allow another change now: what is left of their budgets, whether they burn, whether an incident is open, and
/// how a new version does beside the others.
#[derive(Args, Debug)]
#[command(after_help = "Exit codes:
  0  pass, or overridden
  1  no: a budget is spent, a burn-rate alert fires, an incident is open, an error budget policy blocks, or the version fails
     more than the others
  2  wrong use: there is no such SLO, or a file cannot be read
  3  inconclusive: stale data, low coverage, too few events, or the server cannot be asked. Never taken for a pass

Examples:
  Every SLO of a service, before a deploy:
    ippo slo check --service frontend
  A canary of version 2.4.0 beside what else runs, with a report for the merge request:
    ippo slo check --service frontend --version 2.4.0 --min-events 500 --markdown gate.md --junit gate.xml
  Past a gate that says no, entered into the ledger of each SLO that does:
    ippo slo check --service frontend --override 'rolls back the faulty release' --by ada
  A fix that no gate holds up:
    ippo slo check --service frontend --exempt security --override 'CVE-2026-1234' --by ada
  Without a server, by counts from somewhere else (time,good,bad in a row for each minute):
    ippo slo check -f checkout.yaml --counts counts.csv")]
pub(super) struct CheckArgs {
    /// The SLOs; without any, all of them, or all of the service.
    names: Vec<String>,
    /// The SLOs of this service.
    #[arg(long, conflicts_with = "names")]
    service: Option<String>,
    /// A service.version that is held against the others of the last 24 hours.
    #[arg(long)]
    version: Option<String>,
    /// The least share of the budget that must be left, such as 0.1; by default something of it must be.
    #[arg(long, value_name = "SHARE", value_parser = share)]
    min_budget: Option<f64>,
    /// The least share of the window that must be measured [default: 0.5].
    #[arg(long, value_name = "SHARE", value_parser = share)]
    min_coverage: Option<f64>,
    /// The least number of events in the window, and of the version [default: 1].
    #[arg(long, value_name = "COUNT")]
    min_events: Option<u64>,
    /// Minutes after which what was last heard is stale [default: 15].
    #[arg(long, value_name = "MINUTES")]
    max_age: Option<u32>,
    /// Go past what the gate says: why. Entered into the ledger of each SLO that does not pass.
    #[arg(long = "override", value_name = "REASON", requires = "by")]
    go_past: Option<String>,
    /// With --override: who decided it.
    #[arg(long, requires = "go_past", value_name = "NAME")]
    by: Option<String>,
    /// With --override: the change is one that no gate holds up.
    #[arg(long, requires = "go_past")]
    exempt: Option<Exempt>,
    /// Also write a report as JUnit XML: a suite for each SLO.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Also write a report in Markdown, for a merge request.
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Without a server: the SLO's definition.
    #[arg(short = 'f', long = "file", value_name = "FILE", requires = "counts", conflicts_with_all = ["service", "version", "go_past"])]
    file: Option<PathBuf>,
    /// Without a server: the counts of each minute, as CSV with the columns time, good, bad, and perhaps unknown and objective (from 1).
    /// A minute without a row is unmeasured.
    #[arg(long, value_name = "FILE", requires = "file")]
    counts: Option<PathBuf>,
    /// Without a server: the time to judge at [default: the end of the last minute in the counts].
    #[arg(long, value_name = "TIME", requires = "counts")]
    at: Option<String>,
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "a share is a number from 0 to 1, such as 0.1".to_owned())
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Exempt {
    /// It ends what harms users now.
    P0,
    /// It closes a hole.
    Security,
}

pub(super) async fn check(args: &CheckArgs, client: &ApiClient, output: Output) -> Result<Answer, Failure> {
    let (text, checks) = match (&args.file, &args.counts) {
        (Some(file), Some(counts)) => {
            let checks = counts::check(args, file, counts)?;
            (serde_json::to_string(&checks).map_err(Failure::inconclusive)? + "\n", checks)
        }
        _ => {
            let text = client.get_text(&question(args)?).await.map_err(|f| f.in_flags(&FLAGS))?;
            let checks: SloChecks = read(&text)?;
            (text, checks)
        }
    };
    let overridden = match &args.go_past {
        Some(why) if checks.verdict != GateVerdict::Pass => go_past(args, why, &checks, client).await?,
        _ => Vec::new(),
    };
    let is_past = !overridden.is_empty();
    for (path, report) in
        [(&args.junit, report::junit as fn(&SloChecks, bool) -> String), (&args.markdown, report::markdown)]
    {
        if let Some(path) = path {
            let wrong = |error| Failure::bad_input(format!("cannot write {}: {error}", path.display()));
            fs::write(path, report(&checks, is_past)).map_err(wrong)?;
        }
    }
    match output {
        Output::Json => print(&text)?,
        Output::Text => print(&report::text(&checks, &overridden))?,
    }
    Ok(match checks.verdict {
        _ if is_past => Answer::Yes,
        GateVerdict::Pass => Answer::Yes,
        GateVerdict::No => Answer::No,
        GateVerdict::Inconclusive => Answer::Inconclusive,
    })
}

/// What the API calls its parameters, and what they are called here.
const FLAGS: [(&str, &str); 5] = [
    ("least_budget", "--min-budget"),
    ("least_coverage", "--min-coverage"),
    ("least_events", "--min-events"),
    ("stale_after_minutes", "--max-age"),
    ("reason", "--override"),
];

fn question(args: &CheckArgs) -> Result<String, Failure> {
    let mut query = Vec::new();
    for name in &args.names {
        path(name)?;
        query.push(("slo", name.clone()));
    }
    query.extend(args.service.iter().map(|service| ("service", service.clone())));
    query.extend(args.version.iter().map(|version| ("version", version.clone())));
    query.extend(args.min_budget.iter().map(|share| ("least_budget", share.to_string())));
    query.extend(args.min_coverage.iter().map(|share| ("least_coverage", share.to_string())));
    query.extend(args.min_events.iter().map(|events| ("least_events", events.to_string())));
    query.extend(args.max_age.iter().map(|minutes| ("stale_after_minutes", minutes.to_string())));
    let pairs: Vec<String> =
        query.iter().map(|(name, value)| format!("{name}={}", percent_encoded(value))).collect();
    Ok(format!("/api/v1/slo-checks?{}", pairs.join("&")))
}

/// Enters into the ledger of each SLO that does not pass that somebody goes past it.
async fn go_past(
    args: &CheckArgs,
    why: &str,
    checks: &SloChecks,
    client: &ApiClient,
) -> Result<Vec<LedgerEntry>, Failure> {
    let request = GateOverride {
        reason: why.to_owned(),
        by: args.by.clone(),
        exemption: args.exempt.map(|exempt| match exempt {
            Exempt::P0 => GateExemption::P0,
            Exempt::Security => GateExemption::Security,
        }),
        version: args.version.clone(),
        least_budget: args.min_budget,
        least_coverage: args.min_coverage,
        least_events: args.min_events,
        stale_after_minutes: args.max_age,
    };
    let mut entered = Vec::new();
    for slo in checks.slos.iter().filter(|slo| slo.verdict != GateVerdict::Pass) {
        let path = format!("{}/overrides", path(&slo.name)?);
        entered.push(client.post(&path, &request).await.map_err(|f: Failure| f.in_flags(&FLAGS))?);
    }
    Ok(entered)
}
