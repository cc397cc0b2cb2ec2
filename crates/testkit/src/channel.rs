//! A channel that records what it is given and answers as it was told: the far side of messages, without a network.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use ippo_base::ids::DeliveryId;
use ippo_domain::definition::TargetDefinition;
use ippo_domain::delivery::Outcome;
use ippo_engine::channels::{Channel, Notice, Parcel};
use ippo_state::sim::Lifeline;

/// What the far side does with a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    /// Takes it and says so.
    Take,
    /// Does not take it and says so.
    Refuse,
    /// Takes it, and the answer is lost.
    TakeSilently,
    /// It never arrives, and nobody learns of it.
    Lose,
}

/// A message that arrived.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Arrived {
    /// At which target.
    pub target: String,
    /// The same across attempts.
    pub id: DeliveryId,
    /// `opened`, `resolved` …, or `test`.
    pub event: String,
    /// `INC-1`; empty for a test.
    pub incident: String,
    /// Whether it says that it may be a repeat.
    pub repeat: bool,
}

/// Records what arrives. Clones share.
#[derive(Clone)]
pub struct RecordingChannel {
    inner: Arc<Mutex<Inner>>,
    lifeline: Lifeline,
}

#[derive(Default)]
struct Inner {
    arrived: Vec<Arrived>,
    answers: VecDeque<Answer>,
    otherwise: Option<Answer>,
}

impl Default for RecordingChannel {
    fn default() -> Self {
        Self { inner: Arc::default(), lifeline: Lifeline::immortal() }
    }
}

impl RecordingChannel {
    /// The same far side, reached by a process that dies with `lifeline`: before a message leaves, or after.
    #[must_use]
    pub fn dying_with(&self, lifeline: Lifeline) -> Self {
        Self { inner: Arc::clone(&self.inner), lifeline }
    }

    /// The next messages are answered so, in order; later ones as before.
    pub fn answer(&self, answers: impl IntoIterator<Item = Answer>) {
        self.lock().answers.extend(answers);
    }

    /// Messages without an answer of their own are answered so; at first they are taken.
    pub fn otherwise(&self, answer: Answer) {
        self.lock().otherwise = Some(answer);
    }

    /// What arrived, in order.
    pub fn arrived(&self) -> Vec<Arrived> {
        self.lock().arrived.clone()
    }

    /// What arrived since the last call, as `target event INC-1`, with `again` at the end of what says it may be a repeat;
    /// sorted, as messages to several targets leave side by side.
    pub fn news(&self) -> Vec<String> {
        let line = |a: Arrived| {
            let again = if a.repeat { " again" } else { "" };
            format!("{} {} {}{again}", a.target, a.event, a.incident)
        };
        let mut lines: Vec<String> = self.lock().arrived.drain(..).map(line).collect();
        lines.sort();
        lines
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take(&self, target: &TargetDefinition, parcel: &Parcel) {
        let (event, incident) = match &parcel.notice {
            Notice::Incident { event, incident, .. } => (event.name(), incident.key()),
            Notice::Test { .. } => ("test", String::new()),
        };
        self.lock().arrived.push(Arrived {
            target: target.name.clone(),
            id: parcel.id,
            event: event.to_owned(),
            incident,
            repeat: parcel.repeat,
        });
    }
}

#[async_trait]
impl Channel for RecordingChannel {
    async fn send(&self, target: &TargetDefinition, parcel: &Parcel) -> Outcome {
        let dead = || Outcome::Unknown { reason: "the process died".to_owned() };
        if self.lifeline.step().is_err() {
            return dead();
        }
        let answer = {
            let mut inner = self.lock();
            let otherwise = inner.otherwise.unwrap_or(Answer::Take);
            inner.answers.pop_front().unwrap_or(otherwise)
        };
        if matches!(answer, Answer::Take | Answer::TakeSilently) {
            self.take(target, parcel);
        }
        if self.lifeline.step().is_err() {
            return dead();
        }
        match answer {
            Answer::Take => Outcome::Delivered,
            Answer::Refuse => Outcome::Refused { reason: "answered 500".to_owned(), retry_after: None },
            Answer::TakeSilently | Answer::Lose => {
                Outcome::Unknown { reason: "no answer within 5 s".to_owned() }
            }
        }
    }
}
