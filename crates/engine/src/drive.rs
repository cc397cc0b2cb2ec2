//! Every loop of the engine side by side, until they are stopped. One that panics does not take the others with it: the
//! watch misses it, and says so.

use std::sync::Arc;

use ippo_base::SharedClock;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::alert_rule::{self, AlertRules};
use crate::deliver::Deliverer;
use crate::deploy::{self, Deploys};
use crate::heartbeat::Heartbeat;
use crate::incident::{Incidents, run_impact};
use crate::polled::Poller;
use crate::slo::{self, Slos};
use crate::watch::Watch;

/// What the loops work with.
pub struct Loops {
    /// The SLOs, loaded.
    pub slos: Slos,
    /// The alert rules.
    pub rules: AlertRules,
    /// The incidents.
    pub incidents: Incidents,
    /// Who sends messages.
    pub deliverer: Deliverer,
    /// Who fetches what SLOs read elsewhere.
    pub poller: Poller,
    /// Who notices new versions.
    pub deploys: Deploys,
    /// Who says outside that ippo is alive.
    pub heartbeat: Option<Heartbeat>,
    /// Who notices that a loop fails. Others, such as ingest, tell it how they fare.
    pub watch: Watch,
    /// What time it is.
    pub clock: SharedClock,
}

impl Loops {
    /// Runs until `stop`. What is under way then is finished first.
    pub async fn run(self, stop: CancellationToken) {
        let Self { slos, rules, incidents, deliverer, poller, deploys, heartbeat, watch, clock } = self;
        let clock = || Arc::clone(&clock);
        let mut loops = JoinSet::new();
        loops.spawn(slo::run(slos.clone(), clock(), watch.clone(), stop.clone()));
        loops.spawn(alert_rule::run(rules, clock(), watch.clone(), stop.clone()));
        loops.spawn(slo::recount_by_itself(slos.clone(), clock(), stop.clone()));
        loops.spawn(slo::close_by_itself(slos.clone(), clock(), stop.clone()));
        loops.spawn(run_impact(incidents.clone(), slos, clock(), stop.clone()));
        let (of_deliver, of_watch) = ((clock(), watch.clone(), stop.clone()), (clock(), stop.clone()));
        loops.spawn(async move { deliverer.run(of_deliver.0, of_deliver.1, of_deliver.2).await });
        loops.spawn(deploy::run(deploys, clock(), stop.clone()));
        loops.spawn(poller.run(clock(), watch.clone(), stop.clone()));
        if let Some(heartbeat) = heartbeat {
            let (clock, watch, stop) = (clock(), watch.clone(), stop.clone());
            loops.spawn(async move { heartbeat.run(watch, clock, stop).await });
        }
        loops.spawn(async move { watch.run(incidents, of_watch.0, of_watch.1).await });
        while let Some(ended) = loops.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a loop of the engine ended in a panic");
            }
        }
    }
}
