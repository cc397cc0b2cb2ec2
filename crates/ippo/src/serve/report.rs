//! What the parts say of themselves, for the status.

use std::sync::Arc;
use std::time::Duration;

use ippo_api::status::{Report, Reporter, SignalCounts, StatusProblem};
use ippo_base::{TimeRange, Timestamp};
use ippo_telemetry::read::Where;
use ippo_telemetry::{Signal, SignalStats, Store, StoreStats};

/// Services that sent within this time are told.
const SEEN_WITHIN: Duration = Duration::from_secs(60 * 60);

/// Asks the store.
pub(super) fn reporter(store: Store) -> Reporter {
    Arc::new(move |now| {
        let store = store.clone();
        Box::pin(async move { report(&store, now).await })
    })
}

async fn report(store: &Store, now: Timestamp) -> Report {
    let stats = store.stats();
    let range = TimeRange { from: now.minus(SEEN_WITHIN), to: now.plus(Duration::from_secs(60)) };
    let seen = store.read(move |reader| reader.services(range, &Where::default())).await;
    let mut problems = problems(&stats);
    let services_seen = match seen {
        Ok(found) => found.value.len() as u64,
        Err(error) => {
            problems.push(problem("query_failed", format!("stored telemetry cannot be read: {error}")));
            0
        }
    };
    Report {
        received: counts(&stats, |signal| signal.accepted),
        rejected: counts(&stats, SignalStats::rejected_total),
        last_received_at: stats.last_received,
        services_seen,
        problems,
    }
}

fn counts(stats: &StoreStats, read: impl Fn(&SignalStats) -> u64) -> SignalCounts {
    let of = |signal: Signal| read(&stats.signals[signal.index()]);
    SignalCounts { spans: of(Signal::Spans), logs: of(Signal::Logs), points: of(Signal::Metrics) }
}

fn problems(stats: &StoreStats) -> Vec<StatusProblem> {
    let log = stats.log_error.iter().map(|e| problem("ingest_failed", format!("telemetry is refused: {e}")));
    let stuck = stats.stuck.iter().map(|e| problem("ingest_stuck", format!("telemetry may be refused: {e}")));
    let flush = stats
        .flush_error
        .iter()
        .map(|e| problem("flush_failed", format!("rows in memory cannot be written into segments: {e}")));
    let damage = stats.damage.iter().map(|text| problem("damage", text.clone()));
    let held = (stats.quarantined > 0).then(|| {
        let text = format!(
            "{} segments cannot be read and are in quarantine: answers are partial; GET /api/v1/store says which",
            stats.quarantined
        );
        problem("quarantine", text)
    });
    let bucket = stats.remote.iter().filter_map(|remote| {
        let text = format!("segments cannot be copied to {}: {}", remote.location, remote.error.as_ref()?);
        Some(problem("bucket_failed", text))
    });
    log.chain(stuck).chain(flush).chain(damage).chain(held).chain(bucket).collect()
}

fn problem(code: &str, text: String) -> StatusProblem {
    StatusProblem { code: code.to_owned(), text }
}
