//! Suggestions: what the stored past says of targets that may be promised, and the definition that one of them becomes.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use ippo_domain::slo::suggest::{Ladder as DomainLadder, Rung as DomainRung, RungVerdict};
use ippo_domain::slo::{Ratio, Target as SloTarget, WINDOW_MAX_MINUTES};
use ippo_engine::slo::{
    Candidate as EngineCandidate, NewPromise, Promised, Requests, SUGGEST_DAYS_MOST, SuggestFor, Suggested,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::SloApi;
use super::calls::problem;
use super::view::written;
use crate::openapi::{Document, Value};
use crate::page::{Page, Params};
use crate::problem::Problem;
use crate::time::Time;

/// Days of the past that are looked at, and of a new SLO's window, unless others are asked for: whole weeks.
const DAYS: u64 = 28;

/// What the stored past says of targets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SloSuggestions {
    /// The start of what was looked at: of what was asked for, the first minute in which anything was heard.
    pub from: Time,
    /// Its end, excluded.
    pub to: Time,
    /// Days in the rolling window of the promise.
    pub window_days: u32,
    /// What may be promised: availability and latency of requests, or each objective of an SLO.
    pub candidates: Vec<SuggestedPromise>,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// Something that may be promised, held against the past.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SuggestedPromise {
    /// What is promised.
    pub kind: PromiseKind,
    /// Of `latency`, the most milliseconds that a request may take.
    pub within_ms: Option<u32>,
    /// Of `objective`, its place in the SLO, from 0.
    pub objective: Option<usize>,
    /// Of `objective`, what to call it.
    pub label: Option<String>,
    /// Of `objective`, its target as it is now.
    #[schema(value_type = Option<f64>)]
    pub target: Option<serde_json::Number>,
    /// Whether it is the one to promise, of several thresholds.
    pub chosen: bool,
    /// What was counted, and each target; `null` if nothing was.
    pub ladder: Option<TargetLadder>,
}

/// What may be promised of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PromiseKind {
    /// They do not fail.
    Availability,
    /// Those that do not fail are fast.
    Latency,
    /// What an SLO promises already.
    Objective,
}

/// A ladder of targets, held against the past.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TargetLadder {
    /// Good events in all of it.
    pub good: u64,
    /// Bad events.
    pub bad: u64,
    /// Events that could not be judged.
    pub unknown: u64,
    /// The share of it that is measured, 0 to 1.
    pub coverage: f64,
    /// How many windows were looked at; each ends with a day.
    pub windows: u32,
    /// Whether the past is shorter than a window: then `events` and `allowed` are scaled to one.
    pub short: bool,
    /// Events, or slices where these are judged, in one window.
    pub events: u64,
    /// Whether most of what was counted is bad: good and bad were probably taken for each other.
    pub inverted: bool,
    /// The targets, loosest first.
    pub targets: Vec<TargetRung>,
    /// The place in `targets` of the tightest one that was kept with a quarter of its budget left and allows ten failures or more;
    /// `null` if none was.
    pub recommended: Option<usize>,
}

/// What the past says of one target.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TargetRung {
    /// The target.
    #[schema(value_type = f64)]
    pub target: serde_json::Number,
    /// What follows.
    pub verdict: TargetVerdict,
    /// How many of the windows broke it.
    pub breached: u32,
    /// The least share of the budget that was left in any window; below 0 where it was over-spent.
    pub least_left: Option<f64>,
    /// How many events may fail in one window.
    pub allowed: u64,
    /// How many events it takes that one may fail.
    pub events_for_one: u64,
    /// How many events without any failure it takes to say with 95 % confidence that the target is kept.
    pub events_for_confidence: u64,
    /// How often somebody would have been paged.
    pub pages: u32,
    /// How often a ticket would have been opened.
    pub tickets: u32,
    /// Pages that would have been held back, as so few failures may be chance.
    pub held_back: u32,
}

/// What the past says of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TargetVerdict {
    /// Kept with a quarter of the budget left, or more.
    KeptWithRoom,
    /// Kept, with less left.
    Kept,
    /// Broken.
    Broken,
    /// So few events come that not one may fail.
    Untestable,
}

/// A definition that is ready to be applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SloDraft {
    /// The SLO's name, which no other has.
    pub name: String,
    /// The document, as YAML: what `POST /api/v1/apply` takes.
    pub definition: String,
}

impl SloSuggestions {
    fn told(suggested: Suggested, window_days: u32) -> Self {
        let page =
            Page { partial: !suggested.warnings.is_empty(), warnings: suggested.warnings, ..Page::default() };
        Self {
            from: Time(suggested.range.from.start()),
            to: Time(suggested.range.to.start()),
            window_days,
            candidates: suggested.candidates.into_iter().map(SuggestedPromise::from).collect(),
            page,
        }
    }
}

impl From<EngineCandidate> for SuggestedPromise {
    fn from(candidate: EngineCandidate) -> Self {
        let empty = Self {
            kind: PromiseKind::Availability,
            within_ms: None,
            objective: None,
            label: None,
            target: None,
            chosen: candidate.is_chosen,
            ladder: candidate.ladder.as_ref().map(ladder),
        };
        match candidate.promise {
            Promised::Availability => empty,
            Promised::Latency { most_millis } => {
                Self { kind: PromiseKind::Latency, within_ms: Some(most_millis), ..empty }
            }
            Promised::Objective { place, label, target } => Self {
                kind: PromiseKind::Objective,
                objective: Some(place),
                label: Some(label),
                target: Some(written(&target)),
                ..empty
            },
        }
    }
}

fn ladder(ladder: &DomainLadder) -> TargetLadder {
    let counts = ladder.sum.counts;
    TargetLadder {
        good: counts.good,
        bad: counts.bad,
        unknown: counts.unknown,
        coverage: ladder.coverage.to_f64(),
        windows: ladder.windows,
        short: ladder.is_short,
        events: ladder.events,
        inverted: ladder.is_inverted,
        targets: ladder.rungs.iter().map(rung).collect(),
        recommended: ladder.recommended,
    }
}

fn rung(rung: &DomainRung) -> TargetRung {
    TargetRung {
        target: written(&rung.target),
        verdict: match rung.verdict {
            RungVerdict::KeptWithRoom => TargetVerdict::KeptWithRoom,
            RungVerdict::Kept => TargetVerdict::Kept,
            RungVerdict::Broken => TargetVerdict::Broken,
            RungVerdict::Untestable => TargetVerdict::Untestable,
        },
        breached: rung.breached,
        least_left: rung.least_left.map(Ratio::to_f64),
        allowed: rung.allowed,
        events_for_one: rung.events_for_one,
        events_for_confidence: rung.events_for_confidence,
        pages: rung.paging.pages,
        tickets: rung.paging.tickets,
        held_back: rung.paging.held_back,
    }
}

/// The calls about suggestions.
pub(super) fn routes() -> Router<SloApi> {
    Router::new()
        .route("/api/v1/slo-suggestions", get(suggestions))
        .route("/api/v1/slo-suggestions/definition", get(definition))
}

async fn suggestions(State(api): State<SloApi>, mut params: Params) -> Result<Json<SloSuggestions>, Problem> {
    let (slo, service) = (params.text("slo")?, params.text("service")?);
    let endpoint = params.text("endpoint")?;
    let days = days(&mut params, "days", SUGGEST_DAYS_MOST)?;
    let window_days = days_of_window(&mut params)?;
    params.finish()?;
    let wish = SuggestFor { days, window_days };
    let now = api.clock.now();
    let suggested = match (slo, service) {
        (Some(_), Some(_)) => return Err(Problem::parameter("slo", "excludes `service`; give one of them")),
        (Some(_), None) if endpoint.is_some() => {
            return Err(Problem::parameter(
                "endpoint",
                "belongs to `service`; an SLO says itself what it counts",
            ));
        }
        (Some(slo), None) => api.slos.suggest_objectives(&slo, &wish, now).await,
        (None, Some(service)) => api.slos.suggest_requests(&Requests { service, endpoint }, &wish, now).await,
        (None, None) => {
            let message = "is missing: give the `service` whose requests are meant, or an `slo`";
            return Err(Problem::parameter("service", message));
        }
    };
    Ok(Json(SloSuggestions::told(suggested.map_err(|e| problem(&e))?, window_days)))
}

async fn definition(State(api): State<SloApi>, mut params: Params) -> Result<Json<SloDraft>, Problem> {
    let service = params.text("service")?;
    let endpoint = params.text("endpoint")?;
    let within_ms = params.integer("within_ms")?;
    let target = params.text("target")?;
    let (owner, notify) = (params.text("owner")?, params.text("notify")?);
    let window_days = days_of_window(&mut params)?;
    params.finish()?;
    let missing = |name: &str, what: &str| Problem::parameter(name, format!("is missing: {what}"));
    let service = service.ok_or_else(|| missing("service", "the service whose requests are meant"))?;
    let target = target.ok_or_else(|| missing("target", "what share must be good, such as 0.999"))?;
    let target =
        SloTarget::parse(&target).map_err(|error| Problem::parameter("target", error.to_string()))?;
    let most_millis = match within_ms.map(u32::try_from) {
        None => None,
        Some(Ok(most)) if (1..=3_600_000).contains(&most) => Some(most),
        Some(_) => return Err(Problem::parameter("within_ms", "must be 1 to 3600000: an hour")),
    };
    let promise = NewPromise {
        most_millis,
        target: &target,
        window_days,
        owner: owner.as_deref().unwrap_or_default(),
        notify: notify.as_deref().unwrap_or_default(),
    };
    let draft = api.slos.suggested_definition(&Requests { service, endpoint }, &promise, api.clock.now());
    Ok(Json(SloDraft { name: draft.name, definition: draft.document }))
}

fn days_of_window(params: &mut Params) -> Result<u32, Problem> {
    days(params, "window_days", WINDOW_MAX_MINUTES / ippo_base::MINUTES_PER_DAY)
}

fn days(params: &mut Params, name: &'static str, most: u32) -> Result<u32, Problem> {
    let days = params.integer(name)?.unwrap_or(DAYS);
    let days = u32::try_from(days).ok().filter(|days| (1..=most).contains(days));
    days.ok_or_else(|| Problem::parameter(name, format!("must be 1 to {most} days")))
}

/// Describes the operations of this file.
pub(super) fn describe(document: &mut Document) {
    document
        .get("/api/v1/slo-suggestions", "suggestSlos", "What the stored past says of targets")
        .query("service", Value::Text, "Of the requests of this service.")
        .query("endpoint", Value::Text, "Only of requests whose spans have this name.")
        .query("slo", Value::Text, "Instead of a service: of what this SLO counts.")
        .query("days", Value::Integer, "Days of the past, 1 to 90; by default 28.")
        .query("window_days", Value::Integer, "Days in the rolling window of the promise; by default 28.")
        .answers::<SloSuggestions>();
    document
        .get("/api/v1/slo-suggestions/definition", "draftSlo", "A definition that is ready to be applied")
        .query("service", Value::Text, "The service whose requests are meant.")
        .query("endpoint", Value::Text, "Only requests whose spans have this name.")
        .query(
            "within_ms",
            Value::Integer,
            "The most milliseconds a request may take; without it, that it does not fail.",
        )
        .query("target", Value::Text, "What share must be good, such as `0.999`.")
        .query("window_days", Value::Integer, "Days in the rolling window; by default 28.")
        .query("owner", Value::Text, "Who answers for it.")
        .query("notify", Value::Text, "The notification target that is told.")
        .answers::<SloDraft>();
}
