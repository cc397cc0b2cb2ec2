//! What the store needs from time to time, and the watch over whether telemetry can be stored.

use std::time::Duration;

use ippo_api::health::Readiness;
use ippo_base::SharedClock;
use ippo_engine::watch::{Loop, Watch};
use ippo_telemetry::Store;
use tokio_util::sync::CancellationToken;

/// How often it is looked whether telemetry can be stored.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Looks after the store until `stop`.
pub(super) async fn run(
    store: Store,
    watch: Watch,
    ready: Readiness,
    clock: SharedClock,
    stop: CancellationToken,
) {
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
}
