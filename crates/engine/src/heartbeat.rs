//! Says outside that ippo is alive, so that someone hears of it when it is not. Stays away while ippo cannot judge or
//! tell: a heart that beats beside the point is worse than none.

use ippo_base::{SharedClock, Timestamp};
use ippo_domain::delivery::Outcome;
use tokio_util::sync::CancellationToken;

use crate::channels::{ChannelError, HttpClient};
use crate::settings::HeartbeatSettings;
use crate::watch::{Loop, Watch};

/// What a beat came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Beat {
    /// It arrived.
    Arrived,
    /// It was held back, because these parts of ippo fail.
    Withheld(Vec<Loop>),
    /// It did not arrive, or nobody knows. The reason holds no secrets.
    Missed(String),
}

/// Beats.
#[derive(Clone)]
pub struct Heartbeat {
    settings: HeartbeatSettings,
    http: HttpClient,
}

impl Heartbeat {
    /// Beats as the settings say.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(settings: HeartbeatSettings, clock: &SharedClock) -> Result<Self, ChannelError> {
        Ok(Self { settings, http: HttpClient::new(std::sync::Arc::clone(clock))? })
    }

    /// Beats once, if the rest of ippo works.
    pub async fn run_once(&self, watch: &Watch, now: Timestamp) -> Beat {
        let failing = watch.failing(now).into_iter().map(|(which, _)| which);
        let failing: Vec<Loop> = failing.filter(|which| *which != Loop::Heartbeat).collect();
        if !failing.is_empty() {
            return Beat::Withheld(failing);
        }
        match self.http.send(self.http.get(&self.settings.url)).await {
            Outcome::Delivered => {
                watch.works(Loop::Heartbeat, now);
                Beat::Arrived
            }
            Outcome::Refused { reason, .. } | Outcome::Unknown { reason } => {
                watch.fails(Loop::Heartbeat, &reason);
                Beat::Missed(reason)
            }
        }
    }

    /// Beats again and again, until `stop`.
    pub async fn run(&self, watch: Watch, clock: SharedClock, stop: CancellationToken) {
        watch.expect(Loop::Heartbeat, clock.now());
        while !stop.is_cancelled() {
            match self.run_once(&watch, clock.now()).await {
                Beat::Arrived => {}
                Beat::Withheld(failing) => tracing::warn!(?failing, "the heartbeat is withheld"),
                Beat::Missed(reason) => tracing::warn!(reason, "the heartbeat did not arrive"),
            }
            tokio::select! {
                () = clock.sleep(self.settings.interval) => {}
                () = stop.cancelled() => {}
            }
        }
    }
}
