//! What the store needs from time to time, and the watch over whether telemetry can be stored.

use std::collections::BTreeSet;
use std::time::Duration;

use ippo_api::health::Readiness;
use ippo_base::{SharedClock, Timestamp};
use ippo_engine::incident::ENDED_WITHIN;
use ippo_engine::watch::{Loop, Watch};
use ippo_state::{State, StateError, incident};
use ippo_telemetry::Store;
use tokio_util::sync::CancellationToken;

/// How often it is looked whether telemetry can be stored.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// How often it is asked which traces incidents name, where spans are sampled.
const PIN_EVERY: Duration = Duration::from_secs(60);
/// How often all of them are read, and not only those that are new: a clock may have been set back meanwhile.
const ALL_NAMED_EVERY: Duration = Duration::from_secs(60 * 60);
/// What was recorded so shortly before the last time is read again: it may have been written a little later, and whom an
/// incident hurt is looked up once more after its end.
const NAMED_AGAIN: Duration = Duration::from_secs(ENDED_WITHIN.as_secs() + 10 * 60);

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
    let mut is_refusing = false;
    while !stop.is_cancelled() {
        let stats = store.stats();
        ready.set(!stats.dead);
        // The store itself logs why rows stay in memory.
        let refusing = stats.stuck.or(stats.log_error);
        match (&refusing, is_refusing) {
            (Some(error), false) => tracing::error!(error, "telemetry cannot be stored"),
            (None, true) => tracing::info!("telemetry is stored again"),
            _ => {}
        }
        is_refusing = refusing.is_some();
        match refusing.or(stats.flush_error) {
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
    let mut named = Named::default();
    while store.sampling().is_some() && !stop.is_cancelled() {
        tokio::select! {
            read = named.read(&state, clock.now()) => match read {
                Ok(()) => store.pin_traces(named.traces.iter().copied().collect()),
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

/// The traces that incidents name, as far as that was read.
#[derive(Default)]
struct Named {
    traces: BTreeSet<[u8; 16]>,
    /// When all of them were read last.
    all_at: Option<Timestamp>,
    /// When some were.
    at: Option<Timestamp>,
}

impl Named {
    /// Reads what came since the last time, and now and then all of it.
    async fn read(&mut self, state: &State, now: Timestamp) -> Result<(), StateError> {
        let all_is_due = self.all_at.is_none_or(|at| now < at || now.since(at) >= ALL_NAMED_EVERY);
        let since = self.at.filter(|_| !all_is_due).map(|at| at.minus(NAMED_AGAIN));
        let found = incident::named_traces(&mut *state.read().await?, since).await?;
        if all_is_due {
            self.traces.clear();
            self.all_at = Some(now);
        }
        self.traces.extend(found);
        self.at = Some(now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ippo_base::ids::SimIds;
    use ippo_domain::Said;
    use ippo_domain::incident::{Entry, Impact, Incident, Manual, Severity, open_manual, resolve};
    use ippo_state::timeline;

    use super::*;

    const NOW: Timestamp = Timestamp::from_secs(1_764_000_000);
    const HURT: [u8; 16] = [0x11; 16];
    const TOLD: [u8; 16] = [0x22; 16];
    const LATER: [u8; 16] = [0x33; 16];

    fn incident() -> Incident {
        let manual = Manual {
            title: "Nobody can pay".to_owned(),
            severity: Severity::Sev2,
            service: None,
            description: String::new(),
            notify: Vec::new(),
            by: "ada".to_owned(),
        };
        let impact = Impact {
            from: NOW,
            to: NOW,
            requests: 1,
            users: 1,
            users_exact: true,
            example_traces: vec![hex(HURT)],
        };
        Incident { impact: Some(impact), ..open_manual(manual, 1, NOW).expect("good").incident }
    }

    fn hex(trace: [u8; 16]) -> String {
        trace.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Somebody says something of the incident, with a trace in it.
    async fn say(state: &State, ids: &SimIds, trace: [u8; 16], at: Timestamp) {
        let text = format!("see {}, please", hex(trace));
        let entries: Vec<Entry> = resolve(&incident(), "ada", "", at)
            .expect("open")
            .entries
            .into_iter()
            .map(|entry| Entry { text: Said::new(text.clone(), text.clone()), ..entry })
            .collect();
        let mut tx = state.begin().await.expect("begins");
        timeline::append(&mut tx, ids, 1, &entries, at).await.expect("written");
        tx.commit().await.expect("committed");
    }

    async fn save(state: &State, incident: &Incident) {
        let mut tx = state.begin().await.expect("begins");
        incident::save(&mut tx, incident).await.expect("written");
        tx.commit().await.expect("committed");
    }

    #[tokio::test]
    async fn whom_an_incident_hurt_is_found_though_it_was_looked_up_after_its_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = State::open(&folder.path().join("state.db")).await.expect("opens");
        let over = resolve(&incident(), "ada", "", NOW).expect("open").incident;
        save(&state, &Incident { impact: None, ..over.clone() }).await;
        let mut named = Named::default();
        named.read(&state, NOW.plus(ENDED_WITHIN)).await.expect("read");
        assert_eq!(named.traces, BTreeSet::new());
        save(&state, &over).await;
        named.read(&state, NOW.plus(ENDED_WITHIN + PIN_EVERY)).await.expect("read");
        assert_eq!(named.traces, BTreeSet::from([HURT]));
    }

    #[tokio::test]
    async fn what_incidents_name_is_read_as_it_comes_and_in_full_now_and_then() {
        let folder = tempfile::tempdir().expect("a folder");
        let state = State::open(&folder.path().join("state.db")).await.expect("opens");
        let ids = SimIds::default();
        save(&state, &incident()).await;
        say(&state, &ids, TOLD, NOW).await;
        let mut named = Named::default();
        named.read(&state, NOW).await.expect("read");
        assert_eq!(named.traces, BTreeSet::from([HURT, TOLD]));
        save(&state, &resolve(&incident(), "ada", "", NOW).expect("open").incident).await;

        let soon = NOW.plus(ALL_NAMED_EVERY / 2);
        say(&state, &ids, LATER, soon).await;
        let mut only_new = Named { traces: BTreeSet::new(), all_at: Some(NOW), at: Some(soon) };
        only_new.read(&state, soon).await.expect("read");
        assert_eq!(only_new.traces, BTreeSet::from([LATER]), "what is old is not read again");
        let bound = NOW.plus(NAMED_AGAIN);
        for (at, hurt) in [(bound, true), (bound.plus(Duration::from_micros(1)), false)] {
            let mut only_new = Named { traces: BTreeSet::new(), all_at: Some(NOW), at: Some(at) };
            only_new.read(&state, soon).await.expect("read");
            assert_eq!(only_new.traces.contains(&HURT), hurt, "who was hurt until {at} minus the overlap");
        }
        named.read(&state, soon).await.expect("read");
        assert_eq!(named.traces, BTreeSet::from([HURT, TOLD, LATER]), "and stays known");

        // What came with a clock that had been set back is found with the next full look.
        say(&state, &ids, [0x44; 16], NOW).await;
        named.read(&state, soon.plus(PIN_EVERY)).await.expect("read");
        assert!(!named.traces.contains(&[0x44; 16]));
        named.read(&state, NOW.plus(ALL_NAMED_EVERY)).await.expect("read");
        assert_eq!(
            named.traces,
            BTreeSet::from([HURT, TOLD, LATER, [0x44; 16]]),
            "of incidents that are over too"
        );
    }
}
