//! The ledger of an SLO as the API shows it, and the calls that add to it.

use axum::extract::{Extension, Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use ippo_base::{MinuteRange, TimeRange};
use ippo_domain::Language;
use ippo_domain::slo::{
    self, CalendarUnit, Effect, Entered, ExcludedTime, LedgerEntry as Entry, Ratio, RepeatError,
};
use ippo_engine::slo::{Exclude, ResetBudget, Withdraw};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::SloApi;
use super::calls::{REASON_BYTES, problem, reason};
use crate::access::AuditNote;
use crate::language::Wanted;
use crate::openapi::Document;
use crate::page::{Page, Params, write_cursor};
use crate::problem::{Body, Problem};
use crate::session::Caller;
use crate::time::Time;

/// The ledger of an SLO, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Ledger {
    /// The entries.
    pub entries: Vec<LedgerEntry>,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// One entry of an SLO's ledger. Entries are added and never changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LedgerEntry {
    /// Its id.
    pub id: String,
    /// When it was entered.
    pub time: Time,
    /// Who entered it; `ippo` where nobody did.
    pub by: String,
    /// `exclusion`, `reset`, `withdrawal` (of one of these), `suppressed_page` (one that was not sent, as so few failures may be
    /// chance), `override` (a change that went past the release gate), `policy` (an error budget policy began or ended to ask for
    /// something) or `closing` (a period ended).
    pub kind: String,
    /// In words, with its numbers, in the language that was asked for.
    pub text: String,
    /// The time that an exclusion takes out of the budget.
    pub exclusion: Option<Exclusion>,
    /// What a reset changed when it was entered, an objective each.
    pub reset: Option<Vec<ExclusionEffect>>,
    /// The exclusion or reset that a withdrawal takes back.
    pub withdraws: Option<String>,
}

/// Time taken out of an SLO's budget.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Exclusion {
    /// Its start, a whole minute.
    pub from: Time,
    /// Its end, excluded, a whole minute.
    pub to: Time,
    /// When it comes back; `null` if it does not.
    pub repeat: Option<Repeat>,
    /// What the time counts as.
    pub counts_as: CountsAs,
    /// Why.
    pub reason: String,
    /// Where it was agreed; may be empty.
    pub ticket: String,
    /// What it changed when it was entered, an objective each.
    pub effects: Vec<ExclusionEffect>,
}

/// When excluded time comes back, as long as it was and at the same time of day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// How many units lie between two; together a year at most.
    pub every: u32,
    /// Which ones.
    pub unit: RepeatUnit,
    /// In which time zone it is the same time of day, such as `Asia/Tokyo`.
    pub time_zone: String,
    /// No more of them begin from here on; without end by default.
    #[serde(default)]
    pub until: Option<Time>,
}

/// A unit of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RepeatUnit {
    /// Days.
    Days,
    /// Weeks.
    Weeks,
    /// Months; the last day of one that is shorter.
    Months,
}

impl Repeat {
    fn told(repeat: &slo::Repeat) -> Self {
        let (every, unit) = repeat.every();
        let unit = match unit {
            CalendarUnit::Days => RepeatUnit::Days,
            CalendarUnit::Weeks => RepeatUnit::Weeks,
            CalendarUnit::Months => RepeatUnit::Months,
        };
        let until = repeat.until().map(|until| Time(until.start()));
        Self { every, unit, time_zone: repeat.zone().to_owned(), until }
    }

    fn read(&self, first: MinuteRange) -> Result<slo::Repeat, Problem> {
        let unit = match self.unit {
            RepeatUnit::Days => CalendarUnit::Days,
            RepeatUnit::Weeks => CalendarUnit::Weeks,
            RepeatUnit::Months => CalendarUnit::Months,
        };
        let until = self.until.map(|until| until.0.minute());
        if until.is_some_and(|until| until <= first.from) {
            return Err(Problem::parameter("repeat.until", "must be later than `from`"));
        }
        slo::Repeat::new(first, (self.every, unit), &self.time_zone, until).map_err(|error| {
            let field = match error {
                RepeatError::Zone(_) => "repeat.time_zone",
                RepeatError::Often | RepeatError::Overlaps => "repeat.every",
            };
            Problem::parameter(field, error.to_string())
        })
    }
}

/// What excluded time counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CountsAs {
    /// Nothing: it is no part of the window.
    #[default]
    LeftOut,
    /// Good: its bad events count as good ones.
    Good,
}

/// What an exclusion does to one objective.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ExclusionEffect {
    /// The objective's name, or its target.
    pub objective: String,
    /// The share of the budget that was left without it; `null` without events.
    pub budget_remaining_before: Option<f64>,
    /// The share that is left with it; `null` without events.
    pub budget_remaining_after: Option<f64>,
}

/// Takes time out of an SLO's budget.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Exclusions {
    /// Its start; aligned outward to a whole minute. It may lie ahead.
    pub from: Time,
    /// Its end, excluded; aligned outward to a whole minute.
    pub to: Time,
    /// When it comes back.
    #[serde(default)]
    pub repeat: Option<Repeat>,
    /// What the time is to count as.
    #[serde(default)]
    pub counts_as: CountsAs,
    /// Why, for those who ask later.
    pub reason: String,
    /// Where it was agreed.
    #[serde(default)]
    pub ticket: String,
    /// Whether only the effect is wanted: nothing is entered then.
    #[serde(default)]
    pub dry_run: bool,
}

/// Makes an SLO's budget whole again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BudgetReset {
    /// Why, for those who ask later.
    pub reason: String,
    /// Where it was agreed.
    #[serde(default)]
    pub ticket: String,
    /// Whether only the effect is wanted: nothing is entered then.
    #[serde(default)]
    pub dry_run: bool,
}

/// Takes an exclusion or a reset back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Withdrawal {
    /// Why, for those who ask later.
    pub reason: String,
    /// Whether only what would still come of an exclusion is taken back, and what has been stays so.
    #[serde(default)]
    pub from_now: bool,
}

impl LedgerEntry {
    pub(super) fn told(entered: &Entered, language: Language) -> Self {
        let mut told = Self {
            id: entered.id.clone(),
            time: Time(entered.at),
            by: entered.by.clone(),
            kind: entered.entry.kind().to_owned(),
            text: entered.entry.words().to(language).to_owned(),
            exclusion: None,
            reset: None,
            withdraws: None,
        };
        match &entered.entry {
            Entry::Exclusion(exclusion) => told.exclusion = Some(Exclusion::told(exclusion)),
            Entry::Reset(reset) => told.reset = Some(reset.effects.iter().map(effect).collect()),
            Entry::Withdrawal { of, .. } => told.withdraws = Some(of.clone()),
            Entry::SuppressedPage(_) | Entry::Override(_) | Entry::Policy(_) | Entry::Closing(_) => {}
        }
        told
    }
}

impl Exclusion {
    fn told(exclusion: &slo::Exclusion) -> Self {
        Self {
            from: Time(exclusion.range.from.start()),
            to: Time(exclusion.range.to.start()),
            repeat: exclusion.repeat.as_ref().map(Repeat::told),
            counts_as: match exclusion.counts_as {
                ExcludedTime::LeftOut => CountsAs::LeftOut,
                ExcludedTime::Good => CountsAs::Good,
            },
            reason: exclusion.reason.clone(),
            ticket: exclusion.ticket.clone(),
            effects: exclusion.effects.iter().map(effect).collect(),
        }
    }
}

fn effect(effect: &Effect) -> ExclusionEffect {
    ExclusionEffect {
        objective: effect.objective.clone(),
        budget_remaining_before: effect.before.map(Ratio::to_f64),
        budget_remaining_after: effect.after.map(Ratio::to_f64),
    }
}

/// The calls about ledgers.
pub(super) fn routes() -> Router<SloApi> {
    Router::new()
        .route("/api/v1/slos/{name}/ledger", get(list))
        .route("/api/v1/slos/{name}/exclusions", post(exclude))
        .route("/api/v1/slos/{name}/exclusions/{id}/withdraw", post(withdraw))
        .route("/api/v1/slos/{name}/resets", post(reset))
}

async fn list(
    State(api): State<SloApi>,
    Wanted(language): Wanted,
    Path(name): Path<String>,
    mut params: Params,
) -> Result<Json<Ledger>, Problem> {
    let limit = params.limit()?;
    let before = params.cursor::<String>()?;
    params.finish()?;
    let mut found = api.slos.ledger(&name, before.as_deref(), limit + 1).await.map_err(|e| problem(&e))?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|entered| write_cursor(&entered.id));
    let entries = found.iter().map(|entered| LedgerEntry::told(entered, language)).collect();
    Ok(Json(Ledger { entries, page: Page::complete().with_next(next) }))
}

async fn exclude(
    State(api): State<SloApi>,
    Wanted(language): Wanted,
    Path(name): Path<String>,
    caller: Caller,
    Body(request): Body<Exclusions>,
) -> Result<(Extension<AuditNote>, Json<LedgerEntry>), Problem> {
    if request.to.0 <= request.from.0 {
        return Err(Problem::parameter("to", "must be later than `from`"));
    }
    let range = TimeRange { from: request.from.0, to: request.to.0 }.minutes();
    let wish = Exclude {
        slo: name,
        range,
        repeat: request.repeat.as_ref().map(|repeat| repeat.read(range)).transpose()?,
        counts_as: match request.counts_as {
            CountsAs::LeftOut => ExcludedTime::LeftOut,
            CountsAs::Good => ExcludedTime::Good,
        },
        reason: reason(&request.reason)?,
        ticket: ticket(&request.ticket)?,
        by: caller.name(),
    };
    let note = serde_json::json!({
        "from": request.from, "to": request.to, "reason": wish.reason, "dry_run": request.dry_run,
    });
    let entered = api.slos.exclude(wish, request.dry_run, api.clock.now()).await.map_err(|e| problem(&e))?;
    Ok((Extension(AuditNote::detail(note)), Json(LedgerEntry::told(&entered, language))))
}

async fn reset(
    State(api): State<SloApi>,
    Wanted(language): Wanted,
    Path(name): Path<String>,
    caller: Caller,
    Body(request): Body<BudgetReset>,
) -> Result<(Extension<AuditNote>, Json<LedgerEntry>), Problem> {
    let (reason, ticket) = (reason(&request.reason)?, ticket(&request.ticket)?);
    let note = serde_json::json!({"reason": reason, "dry_run": request.dry_run});
    let wish = ResetBudget { slo: name, reason, ticket, by: caller.name() };
    let now = api.clock.now();
    let entered = api.slos.reset_budget(wish, request.dry_run, now).await.map_err(|e| problem(&e))?;
    Ok((Extension(AuditNote::detail(note)), Json(LedgerEntry::told(&entered, language))))
}

/// Where something was agreed.
fn ticket(text: &str) -> Result<String, Problem> {
    let ticket = text.trim();
    match ticket.len() > REASON_BYTES {
        true => Err(Problem::parameter("ticket", format!("has at most {REASON_BYTES} bytes"))),
        false => Ok(ticket.to_owned()),
    }
}

async fn withdraw(
    State(api): State<SloApi>,
    Wanted(language): Wanted,
    Path((name, id)): Path<(String, String)>,
    caller: Caller,
    Body(request): Body<Withdrawal>,
) -> Result<(Extension<AuditNote>, Json<LedgerEntry>), Problem> {
    let (why, by, now) = (reason(&request.reason)?, caller.name(), api.clock.now());
    let span = if request.from_now { Withdraw::FromNow } else { Withdraw::All };
    let entered = api.slos.withdraw(&name, (&id, span), &why, &by, now).await.map_err(|e| problem(&e))?;
    let note =
        AuditNote::detail(serde_json::json!({"entry": id, "reason": why, "from_now": request.from_now}));
    Ok((Extension(note), Json(LedgerEntry::told(&entered, language))))
}

/// Describes the operations of this file.
pub(super) fn describe(document: &mut Document) {
    document
        .get(
            "/api/v1/slos/{name}/ledger",
            "listSloLedger",
            "What was entered about an SLO's budget, newest first",
        )
        .paged()
        .answers::<Ledger>();
    document
        .post("/api/v1/slos/{name}/exclusions", "excludeFromSlo", "Takes time out of an SLO's budget")
        .accepts::<Exclusions>()
        .answers::<LedgerEntry>();
    document
        .post(
            "/api/v1/slos/{name}/exclusions/{id}/withdraw",
            "withdrawSloExclusion",
            "Takes an exclusion or a reset of an SLO back",
        )
        .accepts::<Withdrawal>()
        .answers::<LedgerEntry>();
    document
        .post("/api/v1/slos/{name}/resets", "resetSloBudget", "Makes an SLO's budget whole again from now on")
        .accepts::<BudgetReset>()
        .answers::<LedgerEntry>();
}
