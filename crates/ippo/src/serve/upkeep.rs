//! What the store needs from time to time, and the watch over whether telemetry can be stored.

use std::time::Duration;

use ippo_api::health::Readiness;
use ippo_base::SharedClock;
use ippo_engine::watch::{Loop, Watch};
use ippo_state::{State, StateError, incident};
use ippo_telemetry::Store;
use tokio_util::sync::CancellationToken;

/// How often it is looked whether telemetry can be stored.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// How often it is asked which traces incidents name, where spans are sampled.
const PIN_EVERY: Duration = Duration::from_secs(60);

/// What is looked after, and who is told.
pub(super) struct Upkeep {
    pub(super) store: Store,
    pub(super) state: State,
    pub(super) watch: Watch,
    pub(super) ready: Readiness,
    pub(super) clock: SharedClock,
}

/// Looks after the store until `stop`.
pub(super) async fn run(of: Upkeep, stop: CancellationToken) {
    let Upkeep { store, state, watch, ready, clock } = of;
    let pinning = tokio::spawn(pin(store.clone(), state, clock.clone(), stop.clone()));
    while !stop.is_cancelled() {
        let stats = store.stats();
        ready.set(!stats.dead);
        match stats.stuck.or(stats.log_error).or(stats.flush_error) {
            Some(error) => watch.fails(Loop::Ingest, &error),
            None => watch.works(Loop::Ingest, clock.now()),
        }
        store.maintain();
        tokio::select! {
            () = clock.sleep(LOOK_EVERY) => {}
            () = stop.cancelled() => {}
        }
    }
    // Whoever follows the logs would hold the shutdown up.
    store.end_tails();
    if pinning.await.is_err() {
        tracing::error!("reading which traces incidents name had panicked");
    }
}

/// Tells the store which traces incidents name, where spans are sampled. The database may be slow; nothing waits for it.
async fn pin(store: Store, state: State, clock: SharedClock, stop: CancellationToken) {
    while store.sampling().is_some() && !stop.is_cancelled() {
        tokio::select! {
            named = named_traces(&state) => match named {
                Ok(traces) => store.pin_traces(traces),
                Err(error) => {
                    tracing::warn!(%error, "no spans are sampled until incidents can be read again");
                }
            },
            () = stop.cancelled() => {}
        }
        tokio::select! {
            () = clock.sleep(PIN_EVERY) => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn named_traces(state: &State) -> Result<Vec<[u8; 16]>, StateError> {
    incident::named_traces(&mut *state.read().await?).await
}
