//! Deploys: which version of a service went out when. Pipelines tell of them; what telemetry shows is there without.

use axum::extract::{Extension, State};
use axum::routing::get;
use axum::{Json, Router};
use ippo_base::SharedClock;
use ippo_domain::deploy::{Deploy as DomainDeploy, DeploySource as DomainSource, Place};
use ippo_engine::deploy::{DeployError, Deploys, TellDeploy};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::AuditNote;
use crate::openapi::{Document, Value};
use crate::page::{Page, Params};
use crate::problem::{Body, Problem};
use crate::session::Caller;
use crate::time::Time;

/// A name or a version, in bytes.
const NAME_BYTES: usize = 200;
/// A link, in bytes.
const URL_BYTES: usize = 2_000;

/// Deploys, newest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeployList {
    /// Start of the effective range.
    pub from: Time,
    /// End of the effective range, excluded.
    pub to: Time,
    /// The deploys.
    pub deploys: Vec<Deploy>,
    /// The envelope.
    #[serde(flatten)]
    pub page: Page,
}

/// A version of a service that went out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Deploy {
    /// Its id.
    pub id: String,
    /// `service.name`.
    pub service: String,
    /// `deployment.environment.name`; `null` if nobody says.
    pub environment: Option<String>,
    /// `service.version`.
    pub version: String,
    /// When it began to go out.
    pub time: Time,
    /// Where it is known from.
    pub source: DeploySource,
    /// Who said so; `ippo` where telemetry did.
    pub by: String,
    /// Where to read what changed.
    pub url: Option<String>,
}

/// Where a deploy is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeploySource {
    /// Somebody said so.
    Told,
    /// Telemetry of a new version came.
    Seen,
}

/// Tells of a deploy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDeploy {
    /// `service.name`.
    pub service: String,
    /// `service.version`.
    pub version: String,
    /// `deployment.environment.name`.
    #[serde(default)]
    pub environment: Option<String>,
    /// When it began to go out; by default now.
    #[serde(default)]
    pub time: Option<Time>,
    /// Where to read what changed.
    #[serde(default)]
    pub url: Option<String>,
}

/// What the calls about deploys work with.
#[derive(Clone)]
pub struct DeployApi {
    /// The deploys.
    pub deploys: Deploys,
    /// What time it is.
    pub clock: SharedClock,
}

/// The calls about deploys.
pub fn routes(api: DeployApi) -> Router {
    Router::new().route("/api/v1/deploys", get(list).post(tell)).with_state(api)
}

impl From<DomainDeploy> for Deploy {
    fn from(deploy: DomainDeploy) -> Self {
        Self {
            id: deploy.id,
            service: deploy.service,
            environment: Some(deploy.environment).filter(|environment| !environment.is_empty()),
            version: deploy.version,
            time: Time(deploy.at),
            source: match deploy.source {
                DomainSource::Told => DeploySource::Told,
                DomainSource::Seen => DeploySource::Seen,
            },
            by: deploy.by,
            url: deploy.url,
        }
    }
}

async fn list(State(api): State<DeployApi>, mut params: Params) -> Result<Json<DeployList>, Problem> {
    let service = params.text("service")?;
    let range = params.range(api.clock.now())?;
    let limit = params.limit()?;
    params.finish()?;
    let found = api.deploys.list(service.as_deref(), range, limit).await.map_err(problem)?;
    let deploys = found.into_iter().map(Deploy::from).collect();
    Ok(Json(DeployList { from: Time(range.from), to: Time(range.to), deploys, page: Page::complete() }))
}

async fn tell(
    State(api): State<DeployApi>,
    caller: Caller,
    Body(request): Body<NewDeploy>,
) -> Result<(Extension<AuditNote>, Json<Deploy>), Problem> {
    let now = api.clock.now();
    let at = request.time.map_or(now, |time| time.0);
    if at > now {
        return Err(Problem::parameter("time", "is later than now; tell of a deploy when it begins"));
    }
    let name = |field: &str, text: &str| match text.trim() {
        said if said.is_empty() || said.len() > NAME_BYTES => {
            Err(Problem::parameter(field, format!("must be there, in at most {NAME_BYTES} bytes")))
        }
        said => Ok(said.to_owned()),
    };
    let environment = match request.environment.as_deref() {
        None | Some("") => String::new(),
        Some(environment) => name("environment", environment)?,
    };
    let is_link = |url: &String| url.starts_with("https://") || url.starts_with("http://");
    if request.url.as_ref().is_some_and(|url| !is_link(url) || url.len() > URL_BYTES) {
        let message = format!("is a link that begins with https:// or http://, of at most {URL_BYTES} bytes");
        return Err(Problem::parameter("url", message));
    }
    let told = TellDeploy {
        place: Place { service: name("service", &request.service)?, environment },
        version: name("version", &request.version)?,
        at,
        url: request.url,
        by: caller.name(),
    };
    let note = serde_json::json!({"service": told.place.service, "version": told.version});
    let deploy = api.deploys.tell(told).await.map_err(problem)?;
    Ok((Extension(AuditNote::detail(note)), Json(Deploy::from(deploy))))
}

fn problem(error: DeployError) -> Problem {
    match error {
        DeployError::State(error) => error.into(),
        error @ DeployError::Store(_) => Problem::internal("working with deploys", &error),
    }
}

/// Describes the operations of this file.
pub(crate) fn describe(document: &mut Document) {
    document
        .get("/api/v1/deploys", "listDeploys", "Which versions went out when, newest first")
        .range()
        .query("service", Value::Text, "Only of this service.")
        .query("limit", Value::Integer, "How many to answer with at most.")
        .answers::<DeployList>();
    document
        .post("/api/v1/deploys", "tellDeploy", "Tells that a version goes out")
        .accepts::<NewDeploy>()
        .answers::<Deploy>();
}
