//! Sends what waits in the outbox, at least once. Each step is written down before the next is taken: that an attempt
//! begins, and how it ended. What ippo stopped in between is sent again, and says so. Decides nothing about incidents.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use ippo_base::{SharedClock, Timestamp};
use ippo_domain::alert::{AlertKind, AlertSource, AlertSubject, AlertTransition};
use ippo_domain::definition::TargetDefinition;
use ippo_domain::delivery::{self as decide, AfterAttempt, Delivery, DeliveryState, FAILURE_AFTER, Outcome};
use ippo_state::{StateError, incident, outbox, timeline};
use sqlx::AnyConnection;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::channels::{Channels, Notice, Parcel};
use crate::incident::{Incidents, apply_in, sync_mutes, targets};
use crate::target::note_health;
use crate::watch::{Loop, Watch, chain};

/// How long after the end of one round the next begins.
pub const DELIVER_EVERY: Duration = Duration::from_secs(1);
/// Attempts under way at once.
const AT_ONCE: usize = 16;

/// What a round did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Delivered {
    /// Attempts that were made.
    pub attempts: usize,
    /// Messages that arrived.
    pub arrived: usize,
    /// Messages that were given up.
    pub abandoned: usize,
}

/// Why a round could not be finished. What was sent is recorded, or will be found again.
#[derive(Debug, thiserror::Error)]
#[error("cannot deliver: the state of messages cannot be read or written")]
pub struct DeliverError(#[from] StateError);

/// Sends what waits. One round at a time, however many ask. Cheap to clone; clones share.
#[derive(Clone)]
pub struct Deliverer {
    pub(crate) incidents: Incidents,
    pub(crate) channels: Channels,
    turn: Arc<Mutex<()>>,
    tally: Arc<Tally>,
}

/// What came of attempts since the start.
#[derive(Default)]
struct Tally {
    delivered: AtomicU64,
    refused: AtomicU64,
    unknown: AtomicU64,
    abandoned: AtomicU64,
}

impl Deliverer {
    /// Sends the messages of `incidents` through `channels`.
    pub fn new(incidents: Incidents, channels: Channels) -> Self {
        Self { incidents, channels, turn: Arc::new(Mutex::new(())), tally: Arc::default() }
    }

    /// Sends again and again, until `stop`. A round under way is finished first. A round that fails is told once, in the
    /// log, and tried again.
    pub async fn run(&self, clock: SharedClock, watch: Watch, stop: CancellationToken) {
        watch.expect(Loop::Deliver, clock.now());
        while !stop.is_cancelled() {
            let now = clock.now();
            match self.run_once(&clock).await {
                Ok(_) => watch.works(Loop::Deliver, now),
                Err(error) => {
                    tracing::error!(error = %chain(&error), "messages cannot be delivered");
                    watch.fails(Loop::Deliver, &chain(&error));
                }
            }
            tokio::select! {
                () = clock.sleep(DELIVER_EVERY) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Makes one attempt for each message that is due.
    ///
    /// # Errors
    /// When the state database fails.
    pub async fn run_once(&self, clock: &SharedClock) -> Result<Delivered, DeliverError> {
        let _turn = self.turn.lock().await;
        self.recover(clock.now()).await?;
        sync_mutes(&self.incidents, clock.now()).await?;
        let mut done = Delivered::default();
        let claimed = self.claim(clock.now(), &mut done).await?;
        let mut under_way: FuturesUnordered<_> = claimed
            .into_iter()
            .map(|claim| async move {
                let outcome = self.channels.send(&claim.target, &claim.parcel).await;
                self.settle(&claim, &outcome, clock.now()).await
            })
            .collect();
        let mut failed = None;
        while let Some(settled) = under_way.next().await {
            match settled {
                Ok(state) => done.count(state),
                // The others are still sent and recorded.
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(done), |error| Err(DeliverError(error)))
    }

    /// How many attempts since the start ended each way, and how many messages were given up: the words for it, and counts.
    pub fn counts(&self) -> [(&'static str, u64); 4] {
        let Tally { delivered, refused, unknown, abandoned } = &*self.tally;
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        [
            ("delivered", read(delivered)),
            ("refused", read(refused)),
            ("unknown", read(unknown)),
            ("abandoned", read(abandoned)),
        ]
    }

    /// Attempts that were begun and never ended: whether they arrived is unknown, so they are due again.
    async fn recover(&self, now: Timestamp) -> Result<(), StateError> {
        let interrupted = {
            let mut connection = self.incidents.state.read().await?;
            outbox::interrupted(&mut connection).await?
        };
        if interrupted.is_empty() {
            return Ok(());
        }
        let mut tx = self.incidents.state.begin().await?;
        for delivery in interrupted {
            self.write(&mut tx, &decide::after_interruption(&delivery, now), now).await?;
        }
        tx.commit().await
    }

    /// Writes down that attempts begin, and gives what to send: the incident is read in the same transaction, so that a
    /// message says how it stands at that moment.
    async fn claim(&self, now: Timestamp, done: &mut Delivered) -> Result<Vec<Claim>, StateError> {
        let waiting = {
            let mut connection = self.incidents.state.read().await?;
            outbox::due(&mut connection, now, 1).await?.len()
        };
        if waiting == 0 {
            return Ok(vec![]);
        }
        let mut tx = self.incidents.state.begin().await?;
        let targets = targets(&mut tx).await?;
        let mut claims = Vec::new();
        for delivery in outbox::due(&mut tx, now, AT_ONCE).await? {
            let reason = match targets.get(&delivery.target) {
                Some(_) if decide::is_too_old(&delivery, now) => "48 hours have passed",
                Some(target) => {
                    claims.push(self.begin(&mut tx, &delivery, target, now).await?);
                    continue;
                }
                None => "there is no such target any more",
            };
            self.write(&mut tx, &decide::give_up(&delivery, reason, now), now).await?;
            done.abandoned += 1;
        }
        tx.commit().await?;
        Ok(claims)
    }

    async fn begin(
        &self,
        connection: &mut AnyConnection,
        delivery: &Delivery,
        target: &TargetDefinition,
        now: Timestamp,
    ) -> Result<Claim, StateError> {
        let delivery = decide::begin(delivery);
        outbox::save(connection, &delivery).await?;
        let incident = incident::get(connection, delivery.incident_id).await?;
        let notice = Notice::Incident {
            event: delivery.event,
            event_time: delivery.event_time,
            actor: delivery.actor.clone(),
            text: delivery.text.clone(),
            severity: delivery.severity,
            incident: Box::new(incident),
        };
        let parcel = Parcel { id: delivery.id, repeat: delivery.repeat, sent_at: now, notice };
        Ok(Claim { delivery, target: target.clone(), parcel })
    }

    /// Writes down how an attempt ended, and what that says about the target.
    async fn settle(
        &self,
        claim: &Claim,
        outcome: &Outcome,
        now: Timestamp,
    ) -> Result<DeliveryState, StateError> {
        let ended = match outcome {
            Outcome::Delivered => &self.tally.delivered,
            Outcome::Refused { .. } => &self.tally.refused,
            Outcome::Unknown { .. } => &self.tally.unknown,
        };
        ended.fetch_add(1, Ordering::Relaxed);
        let after = decide::after_attempt(&claim.delivery, outcome, now);
        let mut tx = self.incidents.state.begin().await?;
        self.write(&mut tx, &after, now).await?;
        note_health(&mut tx, &claim.target.name, outcome, now).await?;
        let long = now.since(claim.delivery.created_at) >= FAILURE_AFTER;
        let given_up = after.delivery.state == DeliveryState::Abandoned;
        let kind = match outcome {
            Outcome::Delivered => Some(AlertKind::Resolved),
            Outcome::Refused { .. } | Outcome::Unknown { .. } if long || given_up => Some(AlertKind::Firing),
            Outcome::Refused { .. } | Outcome::Unknown { .. } => None,
        };
        if let Some(kind) = kind {
            let error = after.delivery.last_error.as_deref().unwrap_or_default();
            let others = others(&mut tx, &claim.target.name).await?;
            let transition = unreachable(&claim.target.name, kind, error, others, now);
            apply_in(&mut tx, &*self.incidents.ids, &[transition], now).await?;
        }
        tx.commit().await?;
        Ok(after.delivery.state)
    }

    async fn write(
        &self,
        connection: &mut AnyConnection,
        after: &AfterAttempt,
        now: Timestamp,
    ) -> Result<(), StateError> {
        if after.delivery.state == DeliveryState::Abandoned {
            self.tally.abandoned.fetch_add(1, Ordering::Relaxed);
        }
        outbox::save(connection, &after.delivery).await?;
        timeline::append(connection, &*self.incidents.ids, after.delivery.incident_id, &after.entries, now)
            .await
    }
}

impl Delivered {
    fn count(&mut self, state: DeliveryState) {
        self.attempts += 1;
        match state {
            DeliveryState::Delivered => self.arrived += 1,
            DeliveryState::Abandoned => self.abandoned += 1,
            DeliveryState::Pending | DeliveryState::Sending | DeliveryState::Failed => {}
        }
    }
}

/// A message whose attempt was written down.
struct Claim {
    delivery: Delivery,
    target: TargetDefinition,
    parcel: Parcel,
}

/// ippo's own failure to tell a target, or its end.
pub(crate) fn unreachable(
    target: &str,
    kind: AlertKind,
    error: &str,
    notify: Vec<String>,
    now: Timestamp,
) -> AlertTransition {
    let text = match kind {
        AlertKind::Firing => format!("messages to {target} have failed for some time: {error}"),
        AlertKind::Resolved => format!("messages to {target} arrive, or are no longer wanted"),
    };
    AlertTransition {
        source: AlertSource::Own { code: format!("deliver/{target}") },
        alert: "unreachable".to_owned(),
        kind,
        at: now,
        text,
        subject: AlertSubject {
            title: format!("messages to {target} do not arrive"),
            notify,
            ..AlertSubject::default()
        },
    }
}

/// Every target but this one.
async fn others(connection: &mut AnyConnection, target: &str) -> Result<Vec<String>, StateError> {
    Ok(targets(connection).await?.into_keys().filter(|name| name != target).collect())
}
