//! Runs the shop against a receiver: history newest first, live beside it, faults by script and by request.
//!
//! What was acknowledged is written down before anything else is sent, so that a shop that is stopped and started
//! again goes on where it was, and sends nothing twice that it knows to have arrived.

mod control;
mod progress;
mod script;

use std::path::PathBuf;
use std::time::Duration;

use futures::StreamExt as _;
use ippo_base::{SharedClock, TimeRange, Timestamp};
use tokio::sync::{Mutex, watch};

pub use control::{ControlError, Wish, ask};
pub use progress::ProgressError;

use crate::export::Exporter;
use crate::fault::{Outage, Schedule};
use crate::shop::{Message, Shop};
use progress::{Chunk, Progress};

/// How often the live shop sends, and looks for wishes.
const TICK: Duration = Duration::from_secs(1);
/// Messages under way at once while history is sent.
const HISTORY_CONCURRENCY: usize = 4;
const GENERATED: &str = "the generator does not panic";

/// What the shop has done so far, for whoever shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Status {
    /// Spans, records and points that the receiver took since the start.
    pub taken: u64,
    /// Items that it refused for good.
    pub refused: u64,
    /// The last reason for a refusal.
    pub last_refusal: Option<String>,
    /// Pieces of history already sent, by this and earlier starts.
    pub history_done: usize,
    /// All pieces of history.
    pub history_total: usize,
    /// When the script's faults and the wished ones hold.
    pub schedule: Schedule,
    /// Up to when everything live was sent.
    pub live_until: Option<Timestamp>,
}

/// How to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Where progress and wishes are kept.
    pub dir: PathBuf,
    /// The seed of a new shop; one that has run before keeps its own.
    pub seed: u64,
    /// How much history a new shop brings along.
    pub history: Duration,
}

/// A shop that is being run.
pub struct Driver {
    exporter: Exporter,
    clock: SharedClock,
    progress: Mutex<Progress>,
    status: watch::Sender<Status>,
    stopping: watch::Sender<bool>,
    dir: PathBuf,
}

impl Driver {
    /// Opens the shop in `plan.dir`, a new one or the one that was there, and schedules the script from now on.
    ///
    /// # Errors
    /// If the folder cannot be used, or holds progress that cannot be read.
    pub fn open(plan: &Plan, clock: SharedClock, exporter: Exporter) -> Result<Self, ProgressError> {
        let now = clock.now();
        let progress = match Progress::load(&plan.dir)? {
            Some(progress) => progress.resumed(now),
            None => Progress::begun(plan.seed, now, plan.history),
        };
        progress.save(&plan.dir)?;
        control::clear(&plan.dir);
        let (status, _) = watch::channel(Status::default());
        let (stopping, _) = watch::channel(false);
        let progress = Mutex::new(progress);
        Ok(Self { exporter, clock, progress, status, stopping, dir: plan.dir.clone() })
    }

    /// Follows what the shop does.
    pub fn status(&self) -> watch::Receiver<Status> {
        self.status.subscribe()
    }

    /// Sends history and live telemetry until told to stop.
    ///
    /// # Errors
    /// If the progress file cannot be written.
    pub async fn run(&self) -> Result<(), ProgressError> {
        futures::future::try_join(self.send_history(), self.stay_live()).await.map(|_| ())
    }

    /// Lets [`Self::run`] return once what is under way has been acknowledged and noted.
    pub fn stop(&self) {
        self.stopping.send_replace(true);
    }

    fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    async fn stay_live(&self) -> Result<(), ProgressError> {
        let mut stopping = self.stopping.subscribe();
        while !self.is_stopping() {
            self.tick().await?;
            tokio::select! {
                () = self.clock.sleep(TICK) => {}
                // An error means that nobody can stop it any more: then it goes on.
                Ok(_) = stopping.wait_for(|stop| *stop) => {}
            }
        }
        Ok(())
    }

    /// Sends all history that is still to be sent, newest first.
    ///
    /// # Errors
    /// If the progress file cannot be written.
    pub async fn send_history(&self) -> Result<(), ProgressError> {
        let mut ahead: Option<(Chunk, tokio::task::JoinHandle<Vec<Message>>)> = None;
        loop {
            let (current, next) = self.progress.lock().await.next_two();
            let Some(current) = current.filter(|_| !self.is_stopping()) else { return Ok(()) };
            let prepared = match ahead.take() {
                Some((chunk, task)) if chunk.range() == current.range() => task,
                _ => self.prepare(current.range()).await,
            };
            if let Some(next) = next {
                ahead = Some((next.clone(), self.prepare(next.range()).await));
            }
            let messages = prepared.await.expect(GENERATED);
            if self.send_chunk(&current, messages, Place::History).await? {
                self.progress.lock().await.finish_history(&current).save(&self.dir)?;
                self.report().await;
            }
        }
    }

    /// Takes wishes, then sends what ended since the last tick.
    ///
    /// # Errors
    /// If the progress file cannot be written.
    pub async fn tick(&self) -> Result<(), ProgressError> {
        let now = self.clock.now();
        self.take_wishes(now).await?;
        let unfinished = self.progress.lock().await.live_chunk().cloned();
        if let Some(chunk) = unfinished {
            // A chunk that was under way when the shop stopped: the same bytes again, but for what had arrived.
            self.send_live(chunk).await?;
        }
        let chunk = {
            let mut progress = self.progress.lock().await;
            progress.extend_script(now);
            let Some(chunk) = progress.begin_live(now) else { return Ok(()) };
            progress.save(&self.dir)?;
            chunk
        };
        self.send_live(chunk).await
    }

    async fn send_live(&self, chunk: Chunk) -> Result<(), ProgressError> {
        let messages = self.prepare(chunk.range()).await.await.expect(GENERATED);
        if self.send_chunk(&chunk, messages, Place::Live).await? {
            self.progress.lock().await.finish_live(&chunk).save(&self.dir)?;
            self.report().await;
        }
        Ok(())
    }

    async fn take_wishes(&self, now: Timestamp) -> Result<(), ProgressError> {
        for wish in control::wishes(&self.dir) {
            let mut progress = self.progress.lock().await;
            match wish.wish {
                Wish::Break { fault, secs } => {
                    let length = secs.map_or(fault.usual_length(), Duration::from_secs);
                    progress.schedule_mut().add(Outage::new(fault, now, length));
                }
                Wish::Mend => progress.schedule_mut().mend(now),
            }
            progress.save(&self.dir)?;
            drop(progress);
            wish.taken();
            self.report().await;
        }
        Ok(())
    }

    async fn prepare(&self, range: TimeRange) -> tokio::task::JoinHandle<Vec<Message>> {
        let shop: Shop = self.progress.lock().await.shop();
        tokio::task::spawn_blocking(move || shop.emit(range).messages())
    }

    /// Sends the messages of a chunk that have not arrived yet, and says whether all are dealt with now. A message that is
    /// refused for good is dealt with.
    async fn send_chunk(
        &self,
        chunk: &Chunk,
        messages: Vec<Message>,
        place: Place,
    ) -> Result<bool, ProgressError> {
        let missing: Vec<_> =
            messages.into_iter().enumerate().filter(|(index, _)| !chunk.has(*index)).collect();
        let mut left = missing.len();
        let concurrency = if place == Place::History { HISTORY_CONCURRENCY } else { 1 };
        let mut answers = futures::stream::iter(missing)
            .take_while(|_| std::future::ready(!self.is_stopping()))
            .map(|(index, message)| async move { (index, message.items, self.exporter.send(&message).await) })
            .buffer_unordered(concurrency);
        while let Some((index, items, answer)) = answers.next().await {
            self.status.send_modify(|status| match answer {
                Ok(receipt) => {
                    status.taken += items.saturating_sub(receipt.rejected);
                    status.refused += receipt.rejected;
                    if receipt.rejected > 0 {
                        status.last_refusal = Some(receipt.reason);
                    }
                }
                Err(error) => {
                    tracing::warn!(items, %error, "a message of the shop was not taken");
                    status.refused += items;
                    status.last_refusal = Some(error.to_string());
                }
            });
            self.progress.lock().await.mark(chunk, place, index).save(&self.dir)?;
            left -= 1;
        }
        Ok(left == 0)
    }

    async fn report(&self) {
        let progress = self.progress.lock().await;
        let (done, total) = progress.history_counts();
        let (schedule, live_until) = (progress.schedule().clone(), progress.live_until());
        drop(progress);
        self.status.send_modify(|status| {
            status.history_done = done;
            status.history_total = total;
            status.schedule = schedule;
            status.live_until = Some(live_until);
        });
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    History,
    Live,
}
