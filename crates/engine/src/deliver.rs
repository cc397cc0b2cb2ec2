//! Sends what waits in the outbox, at least once. Each step is written down before the next is taken: that an attempt
//! begins, and how it ended. What ippo stopped in between is sent again, and says so. Decides nothing about incidents.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use ippo_base::ids::DeliveryId;
use ippo_base::{SharedClock, Timestamp};
use ippo_domain::Said;
use ippo_domain::alert::AlertKind;
use ippo_domain::definition::TargetDefinition;
use ippo_domain::delivery::{self as decide, AfterAttempt, Delivery, DeliveryState, FAILURE_AFTER, Outcome};
use ippo_domain::incident::Event;
use ippo_state::{StateError, incident, outbox, timeline};
use sqlx::AnyConnection;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use crate::channels::{Channels, Notice, Parcel};
use crate::incident::{Incidents, apply_in, changed_before, sync_mutes, targets};
use crate::target::note_health;
use crate::watch::{Loop, Watch, chain, unreachable};

/// How often what is due is looked for.
pub const DELIVER_EVERY: Duration = Duration::from_secs(1);
/// Attempts under way at once.
const AT_ONCE: usize = 32;
/// Attempts under way at once to one target: one that hangs must not keep the others waiting.
const AT_ONCE_PER_TARGET: usize = 4;
/// Changes before an incident that a message names; its page has more.
const CHANGES_IN_MESSAGE: usize = 3;
/// Messages that are looked at for what may be sent now.
const LOOKED_AT: usize = 256;

/// Why messages could not be sent, or their state not be written. What was sent is recorded, or will be found again.
#[derive(Debug, thiserror::Error)]
#[error("cannot deliver: the state of messages cannot be read or written")]
pub struct DeliverError(#[from] StateError);

/// Sends what waits. Cheap to clone; clones share, and no message is sent by two of them at once.
#[derive(Clone)]
pub struct Deliverer {
    pub(crate) incidents: Incidents,
    pub(crate) channels: Channels,
    claiming: Arc<Mutex<()>>,
    under_way: UnderWay,
    tally: Arc<Tally>,
}

/// The attempts that this process is making, and their targets.
type UnderWay = Arc<std::sync::Mutex<BTreeMap<DeliveryId, String>>>;

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
        let (claiming, under_way) = (Arc::default(), UnderWay::default());
        Self { incidents, channels, claiming, under_way, tally: Arc::default() }
    }

    /// Sends what is due, again and again, until `stop`; a slow attempt does not hold up the others. Attempts under way at
    /// the end are finished first. What fails is told in the log, and tried again.
    pub async fn run(&self, clock: SharedClock, watch: Watch, stop: CancellationToken) {
        watch.expect(Loop::Deliver, clock.now());
        let mut attempts = FuturesUnordered::new();
        while !stop.is_cancelled() {
            let claimed = self.claim_due(clock.now()).await;
            note(&watch, claimed.as_ref().err(), clock.now());
            attempts.extend(claimed.unwrap_or_default().into_iter().map(|claim| self.attempt(claim, &clock)));
            let mut next_round = clock.sleep(DELIVER_EVERY);
            loop {
                tokio::select! {
                    () = &mut next_round => break,
                    () = stop.cancelled() => break,
                    Some(ended) = attempts.next() => note(&watch, ended.err().as_ref(), clock.now()),
                }
            }
        }
        while let Some(ended) = attempts.next().await {
            note(&watch, ended.err().as_ref(), clock.now());
        }
    }

    /// Makes one attempt for each message that is due, and waits for their ends.
    ///
    /// # Errors
    /// When the state database fails.
    pub async fn run_once(&self, clock: &SharedClock) -> Result<(), DeliverError> {
        let claimed = self.claim_due(clock.now()).await?;
        let attempts: FuturesUnordered<_> =
            claimed.into_iter().map(|claim| self.attempt(claim, clock)).collect();
        // The others are still sent and recorded when one cannot be.
        let ends: Vec<Result<(), DeliverError>> = attempts.collect().await;
        ends.into_iter().collect()
    }

    /// Takes what is due: finds what was cut off, follows the mutes, and writes down that attempts begin.
    async fn claim_due(&self, now: Timestamp) -> Result<Vec<Claim>, DeliverError> {
        let _claiming = self.claiming.lock().await;
        self.recover(now).await?;
        sync_mutes(&self.incidents, now).await?;
        Ok(self.claim(now).await?)
    }

    async fn attempt(&self, claim: Claim, clock: &SharedClock) -> Result<(), DeliverError> {
        let outcome = self.channels.send(&claim.target, &claim.parcel).await;
        Ok(self.settle(&claim, &outcome, clock.now()).await?)
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

    /// Attempts that were begun and that nobody is making: whether they arrived is unknown, so they are due again.
    async fn recover(&self, now: Timestamp) -> Result<(), StateError> {
        // First who is under way, then what was begun: whatever ends in between has been written before it leaves the list.
        let under_way: Vec<DeliveryId> = lock(&self.under_way).keys().copied().collect();
        let mut interrupted = {
            let mut connection = self.incidents.state.read().await?;
            outbox::interrupted(&mut connection).await?
        };
        interrupted.retain(|delivery| !under_way.contains(&delivery.id));
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
    async fn claim(&self, now: Timestamp) -> Result<Vec<Claim>, StateError> {
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
        for delivery in outbox::due(&mut tx, now, LOOKED_AT).await? {
            let reason = match targets.get(&delivery.target) {
                Some(_) if decide::is_too_old(&delivery, now) => {
                    Said::new("48 hours have passed", "48 時間が過ぎました")
                }
                Some(target) => {
                    if let Some(place) = self.place(&delivery) {
                        claims.push(self.begin(&mut tx, &delivery, target, place, now).await?);
                    }
                    continue;
                }
                None => Said::new("there is no such target any more", "この通知先の定義はなくなりました"),
            };
            self.write(&mut tx, &decide::give_up(&delivery, &reason, now), now).await?;
        }
        tx.commit().await?;
        Ok(claims)
    }

    /// A place among the attempts under way, if there is one for the message's target.
    fn place(&self, delivery: &Delivery) -> Option<Place> {
        let mut under_way = lock(&self.under_way);
        let to_target = under_way.values().filter(|target| **target == delivery.target).count();
        if under_way.len() >= AT_ONCE || to_target >= AT_ONCE_PER_TARGET {
            return None;
        }
        under_way.insert(delivery.id, delivery.target.clone());
        Some(Place { id: delivery.id, under_way: Arc::clone(&self.under_way) })
    }

    async fn begin(
        &self,
        connection: &mut AnyConnection,
        delivery: &Delivery,
        target: &TargetDefinition,
        place: Place,
        now: Timestamp,
    ) -> Result<Claim, StateError> {
        let delivery = decide::begin(delivery);
        outbox::save(connection, &delivery).await?;
        let incident = incident::get(connection, delivery.incident_id).await?;
        let changed = match delivery.event {
            Event::Opened | Event::Reopened => {
                changed_before(connection, &incident, CHANGES_IN_MESSAGE).await?
            }
            Event::SeverityRaised | Event::BudgetPolicy | Event::Resolved => vec![],
        };
        let notice = Notice::Incident {
            event: delivery.event,
            event_time: delivery.event_time,
            actor: delivery.actor.clone(),
            text: delivery.text.clone(),
            severity: delivery.severity,
            incident: Box::new(incident),
            changed,
        };
        let parcel = Parcel { id: delivery.id, repeat: delivery.repeat, sent_at: now, notice };
        Ok(Claim { delivery, target: target.clone(), parcel, _place: place })
    }

    /// Writes down how an attempt ended, and what that says about the target.
    async fn settle(&self, claim: &Claim, outcome: &Outcome, now: Timestamp) -> Result<(), StateError> {
        let ended = match outcome {
            Outcome::Delivered | Outcome::Partly { .. } => &self.tally.delivered,
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
            Outcome::Delivered | Outcome::Partly { .. } => Some(AlertKind::Resolved),
            Outcome::Refused { .. } | Outcome::Unknown { .. } if long || given_up => Some(AlertKind::Firing),
            Outcome::Refused { .. } | Outcome::Unknown { .. } => None,
        };
        if let Some(kind) = kind {
            let error = after.delivery.last_error.as_deref().unwrap_or_default();
            let others = others(&mut tx, &claim.target.name).await?;
            let transition = unreachable(&claim.target.name, kind, error, others, now);
            apply_in(&mut tx, &*self.incidents.ids, &[transition], now).await?;
        }
        tx.commit().await
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

/// A message whose attempt was written down.
struct Claim {
    delivery: Delivery,
    target: TargetDefinition,
    parcel: Parcel,
    _place: Place,
}

/// A place among the attempts under way; given back when the attempt ends, however it ends.
struct Place {
    id: DeliveryId,
    under_way: UnderWay,
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.under_way).remove(&self.id);
    }
}

fn lock(under_way: &UnderWay) -> std::sync::MutexGuard<'_, BTreeMap<DeliveryId, String>> {
    under_way.lock().unwrap_or_else(PoisonError::into_inner)
}

fn note(watch: &Watch, error: Option<&DeliverError>, now: Timestamp) {
    match error {
        None => watch.works(Loop::Deliver, now),
        Some(error) => {
            tracing::error!(error = %chain(error), "messages cannot be delivered");
            watch.fails(Loop::Deliver, &chain(error));
        }
    }
}

/// Every target but this one.
async fn others(connection: &mut AnyConnection, target: &str) -> Result<Vec<String>, StateError> {
    Ok(targets(connection).await?.into_keys().filter(|name| name != target).collect())
}
