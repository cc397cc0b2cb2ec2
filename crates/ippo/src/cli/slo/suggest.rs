//! `ippo slo suggest`: which target the stored past would have kept, and the definition that one of them becomes.

use clap::{ArgGroup, Args};
use ippo_api::slo::suggest::{
    PromiseKind, SloDraft, SloSuggestions, SuggestedPromise, TargetLadder, TargetRung, TargetVerdict,
};

use super::super::client::{ApiClient, Failure, percent_encoded, read};
use super::super::figures::grouped;
use super::super::{Answer, Output, print};
use super::{minute, path, promised, share, table};

/// Holds the stored past against a ladder of targets, from 90 % to 99.999 %, and says of each whether it was kept, how many
/// failures it allows, and how often somebody would have been paged.
///
/// The past says what was. Whether that was good enough is for the users to say.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("promise").required(true).args(["name", "service"]))]
#[command(after_help = "Examples:
  What could be promised of the requests of a service:
    ippo slo suggest --service frontend
  Of one endpoint, as the page of the service names it:
    ippo slo suggest --service frontend --endpoint 'POST /api/checkout'
  The recommended target as a definition, to be read and applied:
    ippo slo suggest --service frontend --endpoint 'POST /api/checkout' --define > checkout.yaml
    ippo apply -f checkout.yaml
  Requests within 300 ms, with a target of your own:
    ippo slo suggest --service frontend --define --within-ms 300 --target 0.99
  Whether the target of an SLO is still the right one:
    ippo slo suggest checkout-succeeds

Exits with 1 if nothing was counted, or no target can be recommended.")]
pub(super) struct SuggestArgs {
    /// An SLO, to look again at what it promises.
    #[arg(conflicts_with = "define")]
    name: Option<String>,
    /// The service whose requests are meant.
    #[arg(long)]
    service: Option<String>,
    /// Only requests whose spans have this name.
    #[arg(long, requires = "service")]
    endpoint: Option<String>,
    /// Days of the past to look at.
    #[arg(long, default_value_t = 28, value_parser = clap::value_parser!(u32).range(1..=90))]
    days: u32,
    /// Days in the rolling window of the promise.
    #[arg(long, default_value_t = 28, value_parser = clap::value_parser!(u32).range(1..=366))]
    window_days: u32,
    /// Print the definition of an SLO instead of the ladder.
    #[arg(long)]
    define: bool,
    /// With --define: promise that requests take so many milliseconds or less, instead of that they do not fail.
    #[arg(long, requires = "define")]
    within_ms: Option<u32>,
    /// With --define: the target, instead of the recommended one.
    #[arg(long, requires = "define")]
    target: Option<String>,
    /// With --define: who answers for it.
    #[arg(long, requires = "define", default_value = "")]
    owner: String,
    /// With --define: the notification target that is told.
    #[arg(long, requires = "define", default_value = "")]
    notify: String,
}

pub(super) async fn suggest(
    args: &SuggestArgs,
    client: &ApiClient,
    output: Output,
) -> Result<Answer, Failure> {
    if args.define {
        return define(args, client, output).await;
    }
    let path = suggestions_path(args)?;
    let (text, suggestions) = match output {
        Output::Json => {
            let text = client.get_text(&path).await?;
            let suggestions = read(&text)?;
            (text, suggestions)
        }
        Output::Text => {
            let suggestions: SloSuggestions = client.get(&path).await?;
            (suggestions_text(&suggestions), suggestions)
        }
    };
    print(&text)?;
    let is_any = suggestions.candidates.iter().any(|candidate| recommended(candidate).is_some());
    Ok(if is_any { Answer::Yes } else { Answer::No })
}

fn suggestions_path(args: &SuggestArgs) -> Result<String, Failure> {
    let mut query = vec![("days", args.days.to_string()), ("window_days", args.window_days.to_string())];
    if let Some(name) = &args.name {
        path(name)?;
        query.push(("slo", name.clone()));
    }
    query.extend(args.service.iter().map(|service| ("service", service.clone())));
    query.extend(args.endpoint.iter().map(|endpoint| ("endpoint", endpoint.clone())));
    Ok(with_query("/api/v1/slo-suggestions", &query))
}

async fn define(args: &SuggestArgs, client: &ApiClient, output: Output) -> Result<Answer, Failure> {
    let target = match &args.target {
        Some(target) => target.clone(),
        None => target_of(args, &client.get(&suggestions_path(args)?).await?)?,
    };
    let mut query = vec![("target", target), ("window_days", args.window_days.to_string())];
    query.extend(args.service.iter().map(|service| ("service", service.clone())));
    query.extend(args.endpoint.iter().map(|endpoint| ("endpoint", endpoint.clone())));
    query.extend(args.within_ms.iter().map(|most| ("within_ms", most.to_string())));
    let named = [("owner", &args.owner), ("notify", &args.notify)];
    query.extend(named.into_iter().filter(|(_, value)| !value.is_empty()).map(|(n, v)| (n, v.clone())));
    let path = with_query("/api/v1/slo-suggestions/definition", &query);
    let flags = [("target", "--target"), ("within_ms", "--within-ms"), ("window_days", "--window-days")];
    match output {
        Output::Json => print(&client.get_text(&path).await.map_err(|f| f.in_flags(&flags))?)?,
        Output::Text => {
            let draft: SloDraft = client.get(&path).await.map_err(|f| f.in_flags(&flags))?;
            print(&draft.definition)?;
        }
    }
    Ok(Answer::Yes)
}

/// The recommended target of what is to be defined.
fn target_of(args: &SuggestArgs, suggestions: &SloSuggestions) -> Result<String, Failure> {
    let kind = if args.within_ms.is_some() { PromiseKind::Latency } else { PromiseKind::Availability };
    let of = |candidate: &&SuggestedPromise| candidate.kind == kind && candidate.within_ms == args.within_ms;
    let found = suggestions.candidates.iter().find(of);
    let target = found.and_then(recommended).map(|rung| rung.target.to_string());
    target.ok_or_else(|| {
        Failure::no("no target can be recommended from what is stored; look at the ladder without --define, and give a --target")
    })
}

fn with_query(path: &str, query: &[(&str, String)]) -> String {
    let pairs: Vec<String> =
        query.iter().map(|(name, value)| format!("{name}={}", percent_encoded(value))).collect();
    format!("{path}?{}", pairs.join("&"))
}

fn recommended(candidate: &SuggestedPromise) -> Option<&TargetRung> {
    let ladder = candidate.ladder.as_ref()?;
    ladder.targets.get(ladder.recommended?)
}

fn suggestions_text(suggestions: &SloSuggestions) -> String {
    let mut text = format!(
        "{} to {}, windows of {}d\n",
        minute(suggestions.from),
        minute(suggestions.to),
        suggestions.window_days
    );
    for warning in &suggestions.page.warnings {
        text.push_str(&format!("note: {warning}\n"));
    }
    let thresholds = || suggestions.candidates.iter().filter(|c| c.kind == PromiseKind::Latency);
    for candidate in &suggestions.candidates {
        if candidate.kind == PromiseKind::Latency && !candidate.chosen {
            continue;
        }
        text.push_str(&candidate_text(candidate));
        if candidate.kind == PromiseKind::Latency && thresholds().count() > 1 {
            text.push_str("  other thresholds:\n");
            for other in thresholds().filter(|other| !other.chosen) {
                let best = recommended(other)
                    .map_or("none can be recommended".to_owned(), |rung| promised(rung.target.as_f64()));
                text.push_str(&format!("    within {} ms: {best}\n", other.within_ms.unwrap_or_default()));
            }
        }
    }
    if !suggestions.candidates.iter().any(|candidate| candidate.ladder.is_some()) {
        text.push_str("Nothing was counted. Are the names right? ippo's page of services lists them.\n");
    }
    text
}

fn candidate_text(candidate: &SuggestedPromise) -> String {
    let what = match candidate.kind {
        PromiseKind::Availability => "availability: requests that do not fail".to_owned(),
        PromiseKind::Latency => {
            format!("latency: requests that take {} ms or less", candidate.within_ms.unwrap_or_default())
        }
        PromiseKind::Objective => format!(
            "objective {} ({}), target {}",
            candidate.objective.unwrap_or_default() + 1,
            candidate.label.as_deref().unwrap_or_default(),
            promised(candidate.target.as_ref().and_then(serde_json::Number::as_f64)),
        ),
    };
    let Some(ladder) = &candidate.ladder else { return format!("\n{what}\n  nothing was counted\n") };
    let mut text = format!(
        "\n{what}\n  good {}, bad {}, unknown {}; {} of the time is measured\n",
        grouped(ladder.good),
        grouped(ladder.bad),
        grouped(ladder.unknown),
        share(Some(ladder.coverage)),
    );
    if ladder.inverted {
        text.push_str("  MOST OF IT IS BAD: were good and bad taken for each other?\n");
    }
    if ladder.short {
        text.push_str(&format!(
            "  what is stored is shorter than a window: counts are scaled to {} events in one\n",
            grouped(ladder.events)
        ));
    }
    text.push_str(&rungs_text(ladder));
    text
}

fn rungs_text(ladder: &TargetLadder) -> String {
    let header =
        ["", "TARGET", "MAY FAIL", "BROKEN", "LEAST LEFT", "PAGES", "TICKETS", ""].map(str::to_owned);
    let mut rows = vec![header];
    for (place, rung) in ladder.targets.iter().enumerate() {
        let words = match rung.verdict {
            TargetVerdict::KeptWithRoom => "kept with room".to_owned(),
            TargetVerdict::Kept => "kept".to_owned(),
            TargetVerdict::Broken => "broken".to_owned(),
            TargetVerdict::Untestable => format!(
                "untestable: one failure takes {} events, and {} without any say with 95 % confidence that it is kept",
                grouped(rung.events_for_one),
                grouped(rung.events_for_confidence)
            ),
        };
        let held_back = match rung.held_back {
            0 => String::new(),
            1 => "; 1 page held back, as few failures may be chance".to_owned(),
            held_back => format!("; {held_back} pages held back, as few failures may be chance"),
        };
        rows.push([
            if ladder.recommended == Some(place) { "=>" } else { "" }.to_owned(),
            promised(rung.target.as_f64()),
            grouped(rung.allowed),
            format!("{} of {}", rung.breached, ladder.windows),
            share(rung.least_left),
            rung.pages.to_string(),
            rung.tickets.to_string(),
            words + &held_back,
        ]);
    }
    table(&rows)
}
