//! Says outside that ippo is alive, so that someone hears of it when it is not. Stays away while ippo cannot judge or
//! tell: a heart that beats beside the point is worse than none.

use std::time::Duration;

use ippo_base::{SharedClock, Timestamp};
use ippo_domain::delivery::Outcome;
use tokio_util::sync::CancellationToken;

use crate::channels::{ChannelError, HttpClient};
use crate::settings::HeartbeatSettings;
use crate::watch::{Loop, Watch};

/// What a beat may take beyond its time. One that is missed is not yet a failure of ippo's, two are.
const SLACK: Duration = Duration::from_secs(30);

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

    /// From now on the watch expects this heart to beat. It may miss once.
    pub fn expect(&self, watch: &Watch, now: Timestamp) {
        watch.expect_every(Loop::Heartbeat, self.settings.interval * 2 + SLACK, now);
    }

    /// Beats once, if the rest of ippo works.
    pub async fn run_once(&self, watch: &Watch, clock: &SharedClock) -> Beat {
        let failing = watch.failing(clock.now()).into_iter().map(|(which, _)| which);
        let failing: Vec<Loop> = failing.filter(|which| *which != Loop::Heartbeat).collect();
        if !failing.is_empty() {
            return Beat::Withheld(failing);
        }
        match self.http.send(self.http.get(&self.settings.url)).await {
            Outcome::Delivered | Outcome::Partly { .. } => {
                watch.works(Loop::Heartbeat, clock.now());
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
        self.expect(&watch, clock.now());
        while !stop.is_cancelled() {
            match self.run_once(&watch, &clock).await {
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
