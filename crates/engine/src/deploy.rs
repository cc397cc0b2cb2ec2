//! Deploys: taken from whoever tells of them, and noticed where telemetry of a new version comes.

use std::collections::BTreeMap;
use std::time::Duration;

use ippo_base::ids::DeployId;
use ippo_base::{SharedClock, SharedIds, TimeRange, Timestamp};
use ippo_domain::deploy::{
    Deploy, DeploySource, Heard, Place, TOLD_WITHIN, Version, gone_out, without_doubles,
};
use ippo_state::{State, StateError, deploy as stored};
use ippo_telemetry::{Store, StoreError};
use tokio_util::sync::CancellationToken;

use crate::watch::chain;

/// How long after the end of one look the next begins.
pub const LOOK_EVERY: Duration = Duration::from_secs(60);
/// How far back a look goes: spans come some time after they began.
const LOOK_BACK: Duration = Duration::from_secs(5 * 60);
/// After what time a version that is not heard any more is forgotten.
const FORGET_AFTER: Duration = Duration::from_secs(90 * 86_400);

/// Why a look failed.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// The state database failed.
    #[error("cannot read or write deploys")]
    State(#[from] StateError),
    /// The telemetry store failed.
    #[error("cannot read which versions send telemetry")]
    Store(#[from] StoreError),
}

/// A deploy that somebody tells of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TellDeploy {
    /// Where.
    pub place: Place,
    /// `service.version`.
    pub version: String,
    /// When it began to go out.
    pub at: Timestamp,
    /// Where to read what changed.
    pub url: Option<String>,
    /// Who says so.
    pub by: String,
}

/// Everything deploys need to work with. Cheap to clone; clones share.
#[derive(Clone)]
pub struct Deploys {
    /// Where they are kept.
    pub state: State,
    /// Where versions are heard.
    pub store: Store,
    /// Where their ids come from.
    pub ids: SharedIds,
}

/// Looks for new versions again and again, until `stop`. A look that fails is tried again; the log has each reason once.
pub async fn run(deploys: Deploys, clock: SharedClock, stop: CancellationToken) {
    let mut told = None;
    while !stop.is_cancelled() {
        let failing = deploys.run_once(clock.now()).await.err().map(|error| chain(&error));
        if let Some(reason) = failing.as_ref().filter(|reason| told.as_ref() != Some(*reason)) {
            tracing::warn!(reason, "new versions are not noticed");
        }
        told = failing;
        tokio::select! {
            () = clock.sleep(LOOK_EVERY) => {}
            () = stop.cancelled() => {}
        }
    }
}

impl Deploys {
    /// Enters the versions that went out since the last look, and gives them.
    ///
    /// # Errors
    /// When state or telemetry fail. Nothing is entered then, and the next look finds the same.
    pub async fn run_once(&self, now: Timestamp) -> Result<Vec<Deploy>, DeployError> {
        // What claims to be of the future is looked at when it has come.
        let range = TimeRange { from: now.minus(LOOK_BACK), to: now };
        let found = self.store.read(move |reader| reader.versions(range)).await?;
        let heard: BTreeMap<Version, Heard> = found
            .value
            .into_iter()
            .map(|(of, (first, last))| {
                let place = Place { service: of.service, environment: of.environment };
                (Version { place, version: of.version }, Heard { first, last })
            })
            .collect();
        if heard.is_empty() {
            return Ok(Vec::new());
        }
        let mut tx = self.state.begin().await?;
        let known = stored::heard(&mut tx).await?;
        let mut entered = Vec::new();
        for (version, first) in gone_out(&known, &heard) {
            let near = TimeRange { from: first.minus(TOLD_WITHIN), to: first.plus(TOLD_WITHIN) };
            if stored::is_known(&mut tx, version, near).await? {
                continue;
            }
            let deploy = Deploy {
                id: DeployId::fresh(&*self.ids).to_string(),
                service: version.place.service.clone(),
                environment: version.place.environment.clone(),
                version: version.version.clone(),
                at: first,
                source: DeploySource::Seen,
                by: "ippo".to_owned(),
                url: None,
            };
            stored::add(&mut tx, &deploy).await?;
            entered.push(deploy);
        }
        for (version, heard) in &heard {
            stored::set_heard(&mut tx, version, heard.last).await?;
        }
        stored::forget_heard(&mut tx, now.minus(FORGET_AFTER)).await?;
        tx.commit().await?;
        Ok(entered)
    }

    /// Enters a deploy that somebody tells of.
    ///
    /// # Errors
    /// When the state database fails.
    pub async fn tell(&self, told: TellDeploy) -> Result<Deploy, DeployError> {
        let deploy = Deploy {
            id: DeployId::fresh(&*self.ids).to_string(),
            service: told.place.service,
            environment: told.place.environment,
            version: told.version,
            at: told.at,
            source: DeploySource::Told,
            by: told.by,
            url: told.url,
        };
        let mut tx = self.state.begin().await?;
        stored::add(&mut tx, &deploy).await?;
        tx.commit().await?;
        Ok(deploy)
    }

    /// The deploys of a range, of one service or all, newest first, at most `limit`: each once, also where both somebody told of
    /// it and telemetry showed it.
    ///
    /// # Errors
    /// When the state database fails.
    pub async fn list(
        &self,
        service: Option<&str>,
        range: TimeRange,
        limit: usize,
    ) -> Result<Vec<Deploy>, DeployError> {
        let mut connection = self.state.read().await?;
        Ok(without_doubles(stored::list(&mut connection, service, range, limit).await?))
    }
}
