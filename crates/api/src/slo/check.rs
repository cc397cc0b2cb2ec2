//! The release gate: whether SLOs allow another change now, and the record of who went past what it said.

use axum::extract::{Extension, Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use ippo_base::Timestamp;
use ippo_domain::Language;
use ippo_domain::slo::gate::{
    Exemption as DomainExemption, Gate, GateCheckKind as DomainKind, GateVerdict as DomainVerdict, Gated,
};
use ippo_domain::slo::{Ratio, Slo};
use ippo_engine::slo::{CheckFor, Checked, GoPast};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::SloApi;
use super::calls::{problem, reason};
use super::ledger::LedgerEntry;
use crate::access::AuditNote;
use crate::language::Wanted;
use crate::openapi::{Document, Operation, Value};
use crate::page::{Page, Params};
use crate::problem::{Body, Problem};
use crate::session::Caller;
use crate::time::Time;

/// Decimals of a share in a question to the gate.
const PARTS: f64 = 1e6;
/// The name of whoever decided an override, in bytes.
const NAME_BYTES: usize = 100;

/// What the gate says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct SloChecks {
    /// When it was asked.
    pub time: Time,
    /// The worst of the SLOs' verdicts; `inconclusive` if there is no SLO at all.
    pub verdict: GateVerdict,
    /// Each SLO, by name.
    pub slos: Vec<CheckedSlo>,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// What the gate says of one SLO.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CheckedSlo {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub display_name: String,
    /// The worst of its checks' verdicts.
    pub verdict: GateVerdict,
    /// What was looked at.
    pub checks: Vec<GateCheck>,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GateCheck {
    /// What.
    pub kind: GateCheckKind,
    /// What follows from it.
    pub verdict: GateVerdict,
    /// In words, with its numbers, in the language that was asked for.
    pub text: String,
}

/// What the release gate says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateVerdict {
    /// The change may go out.
    Pass,
    /// Nobody can say: the data is stale, or not enough.
    Inconclusive,
    /// It may not.
    No,
}

/// What the release gate looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateCheckKind {
    /// Whether there is enough to judge by.
    Data,
    /// What is left of the budget.
    Budget,
    /// Whether a burn-rate alert fires.
    Burn,
    /// Whether an incident is open.
    Incident,
    /// What error budget policies ask for.
    Policy,
    /// How the new version does beside the others.
    Deploy,
}

/// Goes past what the release gate says of an SLO.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GateOverride {
    /// Why, for those who ask later.
    pub reason: String,
    /// Who decided it, where a program says so for somebody.
    #[serde(default)]
    pub by: Option<String>,
    /// Where the change is one that no gate holds up.
    #[serde(default)]
    pub exemption: Option<GateExemption>,
    /// The version that goes out.
    #[serde(default)]
    pub version: Option<String>,
    /// The least share of the budget, as the gate was asked; by default 0.
    #[serde(default)]
    pub least_budget: Option<f64>,
    /// The least coverage, as the gate was asked; by default 0.5.
    #[serde(default)]
    pub least_coverage: Option<f64>,
    /// The least number of events, as the gate was asked; by default 1.
    #[serde(default)]
    pub least_events: Option<u64>,
    /// After how many minutes data is stale, as the gate was asked; by default 15.
    #[serde(default)]
    pub stale_after_minutes: Option<u32>,
}

/// A change that no gate holds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GateExemption {
    /// It ends what harms users now.
    P0,
    /// It closes a hole.
    Security,
}

impl From<DomainVerdict> for GateVerdict {
    fn from(verdict: DomainVerdict) -> Self {
        match verdict {
            DomainVerdict::Pass => Self::Pass,
            DomainVerdict::Inconclusive => Self::Inconclusive,
            DomainVerdict::No => Self::No,
        }
    }
}

impl From<DomainKind> for GateCheckKind {
    fn from(kind: DomainKind) -> Self {
        match kind {
            DomainKind::Data => Self::Data,
            DomainKind::Budget => Self::Budget,
            DomainKind::Burn => Self::Burn,
            DomainKind::Incident => Self::Incident,
            DomainKind::Policy => Self::Policy,
            DomainKind::Deploy => Self::Deploy,
        }
    }
}

impl CheckedSlo {
    fn told(name: &str, display_name: &str, gated: &Gated, language: Language) -> Self {
        let checks = gated.checks.iter().map(|check| GateCheck {
            kind: check.kind.into(),
            verdict: check.verdict.into(),
            text: check.text.to(language).to_owned(),
        });
        Self {
            name: name.to_owned(),
            display_name: display_name.to_owned(),
            verdict: gated.verdict.into(),
            checks: checks.collect(),
        }
    }
}

/// What the gate says of SLOs that were judged elsewhere.
pub fn told(now: Timestamp, judged: Vec<(&Slo, Gated)>, language: Language) -> SloChecks {
    let slos = judged.into_iter().map(|(slo, gated)| (slo.name.clone(), slo.display_name.clone(), gated));
    answer(now, slos, language)
}

fn answer(
    now: Timestamp,
    slos: impl Iterator<Item = (String, String, Gated)>,
    language: Language,
) -> SloChecks {
    let slos: Vec<_> = slos.collect();
    let verdict = slos.iter().map(|(_, _, gated)| gated.verdict).max();
    SloChecks {
        time: Time(now),
        verdict: verdict.unwrap_or(DomainVerdict::Inconclusive).into(),
        slos: slos
            .iter()
            .map(|(name, display, gated)| CheckedSlo::told(name, display, gated, language))
            .collect(),
        page: Page::complete(),
    }
}

/// A gate that asks for these, and for what it always does where nothing is given.
///
/// # Errors
/// When a share is none.
pub fn gate(
    least_budget: Option<f64>,
    least_coverage: Option<f64>,
    least_events: Option<u64>,
    stale_after_minutes: Option<u64>,
) -> Result<Gate, Problem> {
    let usual = Gate::default();
    let share = |name: &str, share: Option<f64>, usual: Ratio| match share {
        None => Ok(usual),
        Some(share) if (0.0..=1.0).contains(&share) => {
            Ok(Ratio::new((share * PARTS).round() as i128, PARTS as i128))
        }
        Some(share) => Err(Problem::parameter(name, format!("is {share}; it is a share, 0 to 1"))),
    };
    let stale = stale_after_minutes.unwrap_or_else(|| usual.stale_after_minutes.into());
    Ok(Gate {
        least_budget: share("least_budget", least_budget, usual.least_budget)?,
        least_coverage: share("least_coverage", least_coverage, usual.least_coverage)?,
        least_events: least_events.unwrap_or(usual.least_events),
        stale_after_minutes: u32::try_from(stale)
            .map_err(|_| Problem::parameter("stale_after_minutes", "is more minutes than there are"))?,
    })
}

/// The calls about the gate.
pub(super) fn routes() -> Router<SloApi> {
    Router::new()
        .route("/api/v1/slo-checks", get(checks))
        .route("/api/v1/slos/{name}/overrides", post(go_past))
}

async fn checks(
    State(api): State<SloApi>,
    Wanted(language): Wanted,
    mut params: Params,
) -> Result<Json<SloChecks>, Problem> {
    let (slos, service, version) = (params.texts("slo"), params.text("service")?, params.text("version")?);
    let gate = gate(
        params.number("least_budget")?,
        params.number("least_coverage")?,
        params.integer("least_events")?,
        params.integer("stale_after_minutes")?,
    )?;
    params.finish()?;
    if !slos.is_empty() && service.is_some() {
        return Err(Problem::parameter("service", "excludes `slo`; give one of them"));
    }
    let now = api.clock.now();
    let checked =
        api.slos.check(&CheckFor { slos, service, gate, version }, now).await.map_err(|e| problem(&e))?;
    let slos = checked.into_iter().map(|Checked { name, display_name, gated }| (name, display_name, gated));
    Ok(Json(answer(now, slos, language)))
}

async fn go_past(
    State(api): State<SloApi>,
    Wanted(language): Wanted,
    Path(name): Path<String>,
    caller: Caller,
    Body(request): Body<GateOverride>,
) -> Result<(Extension<AuditNote>, Json<LedgerEntry>), Problem> {
    let gate = gate(
        request.least_budget,
        request.least_coverage,
        request.least_events,
        request.stale_after_minutes.map(u64::from),
    )?;
    let past = GoPast {
        reason: reason(&request.reason)?,
        exemption: request.exemption.map(|exemption| match exemption {
            GateExemption::P0 => DomainExemption::P0,
            GateExemption::Security => DomainExemption::Security,
        }),
        by: by(request.by.as_deref(), &caller)?,
    };
    let note = serde_json::json!({
        "reason": past.reason, "exemption": request.exemption, "version": request.version,
    });
    let wish = CheckFor { slos: Vec::new(), service: None, gate, version: request.version };
    let entered = api.slos.go_past(&name, &wish, past, api.clock.now()).await.map_err(|e| problem(&e))?;
    Ok((Extension(AuditNote::detail(note)), Json(LedgerEntry::told(&entered, language))))
}

/// Whoever decided it, and whose rights were used.
fn by(decided: Option<&str>, caller: &Caller) -> Result<String, Problem> {
    match decided.map(str::trim) {
        None => Ok(caller.name()),
        Some(name) if name.is_empty() || name.len() > NAME_BYTES => {
            Err(Problem::parameter("by", format!("is a name of at most {NAME_BYTES} bytes")))
        }
        Some(name) if name == caller.name() => Ok(name.to_owned()),
        Some(name) => Ok(format!("{name} ({})", caller.name())),
    }
}

fn asked(operation: Operation<'_>) -> Operation<'_> {
    operation
        .query(
            "least_budget",
            Value::Number,
            "The least share of the budget that must be left, 0 to 1; by default 0: some of it.",
        )
        .query(
            "least_coverage",
            Value::Number,
            "The least share of the window that must be measured, 0 to 1; by default 0.5.",
        )
        .query(
            "least_events",
            Value::Integer,
            "The least number of events in the window, and of the version; by default 1.",
        )
        .query(
            "stale_after_minutes",
            Value::Integer,
            "Minutes after which what was last heard is stale; by default 15.",
        )
        .query(
            "version",
            Value::Text,
            "A `service.version` that is held against the others of the last 24 hours.",
        )
}

/// Describes the operations of this file.
pub(super) fn describe(document: &mut Document) {
    let operation = document
        .get("/api/v1/slo-checks", "checkSlos", "Whether SLOs allow another change now")
        .query("slo", Value::Texts, "Only these SLOs.")
        .query("service", Value::Text, "Only the SLOs of this service.");
    asked(operation).answers::<SloChecks>();
    document
        .post(
            "/api/v1/slos/{name}/overrides",
            "overrideSloGate",
            "Goes past what the release gate says of an SLO",
        )
        .accepts::<GateOverride>()
        .answers::<LedgerEntry>();
}
