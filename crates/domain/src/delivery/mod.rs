//! Messages on their way: when to try, when to try again, when to give up, and what to say when nobody knows whether one
//! arrived. Pure: sends nothing.
//!
//! At least once: a message is repeated only after an attempt whose outcome is unknown, and then says so.

use std::time::Duration;

use ippo_base::Timestamp;
use ippo_base::ids::DeliveryId;

use crate::incident::{Entry, EntryKind, Event, Fact, IPPO, Severity};
use crate::{Language, Said};

/// How long a message is tried for.
pub const RETRY_FOR: Duration = Duration::from_secs(48 * 60 * 60);
/// The pause after the first failure; each further one doubles it.
pub const FIRST_PAUSE: Duration = Duration::from_secs(10);
/// The longest pause between attempts.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);
/// A target that cannot be told for so long is ippo's own failure: other targets hear of it.
pub const FAILURE_AFTER: Duration = Duration::from_secs(5 * 60);
/// The text of an error that is kept, in characters.
pub const ERROR_CHARS: usize = 500;

crate::incident::words! {
    /// How far a message is.
    DeliveryState {
        /// It waits for its first attempt, or for one after an unknown outcome.
        Pending = "pending",
        /// An attempt is under way; after a restart, one whose outcome is unknown.
        Sending = "sending",
        /// It arrived.
        Delivered = "delivered",
        /// The last attempt failed; there will be another.
        Failed = "failed",
        /// It was given up.
        Abandoned = "abandoned",
    }
}

/// A message on its way to one target.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Delivery {
    /// The same across its attempts.
    pub id: DeliveryId,
    /// The incident.
    pub incident_id: i64,
    /// The target's name.
    pub target: String,
    /// The target's kind of channel, as it was when the message was made.
    pub channel: String,
    /// What it is about.
    pub event: Event,
    /// When that happened.
    pub event_time: Timestamp,
    /// Who did it.
    pub actor: String,
    /// In words.
    pub text: Said,
    /// The incident's severity at that time.
    pub severity: Severity,
    /// How far it is.
    pub state: DeliveryState,
    /// Attempts begun.
    pub attempts: u32,
    /// Whether it may have arrived already: an attempt's outcome is unknown.
    pub repeat: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When the next attempt is due.
    pub next_at: Option<Timestamp>,
    /// Why the last attempt failed. Holds no secrets.
    pub last_error: Option<String>,
    /// When it arrived.
    pub delivered_at: Option<Timestamp>,
}

/// How an attempt ended. Reasons hold no secrets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The far side took it.
    Delivered,
    /// The far side took it for some of those it was for. It is not sent again: those who have it would get it twice.
    Partly {
        /// For whom not, and why.
        reason: String,
    },
    /// The far side did not take it.
    Refused {
        /// Why.
        reason: String,
        /// How long the far side asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// Nobody knows: it was on its way when the connection broke or time ran out.
    Unknown {
        /// What happened.
        reason: String,
    },
}

/// What follows from an attempt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AfterAttempt {
    /// The message as it is now.
    pub delivery: Delivery,
    /// For the incident's timeline, in order.
    pub entries: Vec<Entry>,
}

/// The pause after `attempts` failed ones: doubling, capped, and spread by a tenth either way, always the same for the
/// same message.
pub fn pause_after(id: DeliveryId, attempts: u32) -> Duration {
    let doublings = attempts.saturating_sub(1).min(20);
    let plain = FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE);
    let spread = spread_of(id, attempts) % 201;
    plain * 9 / 10 + plain * u32::try_from(spread).unwrap_or(0) / 1_000
}

/// FNV-1a over the id and the attempt: any even spread will do, but it must never change.
fn spread_of(id: DeliveryId, attempts: u32) -> u64 {
    let seed = format!("{id}/{attempts}");
    seed.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// An attempt begins.
pub fn begin(delivery: &Delivery) -> Delivery {
    let mut delivery = delivery.clone();
    delivery.state = DeliveryState::Sending;
    delivery.attempts += 1;
    delivery.next_at = None;
    delivery
}

/// An attempt ended.
pub fn after_attempt(delivery: &Delivery, outcome: &Outcome, now: Timestamp) -> AfterAttempt {
    match outcome {
        Outcome::Delivered => delivered(delivery, None, now),
        Outcome::Partly { reason } => delivered(delivery, Some(reason), now),
        Outcome::Refused { reason, retry_after } => {
            again(delivery, &Said::same(reason.as_str()), *retry_after, now)
        }
        Outcome::Unknown { reason } => {
            let mut delivery = delivery.clone();
            delivery.repeat = true;
            let reason = Said::new(
                format!("{reason}; whether it arrived is unknown"),
                format!("{reason}(届いたかどうかは不明)"),
            );
            again(&delivery, &reason, None, now)
        }
    }
}

/// ippo stopped during an attempt: nobody knows its outcome, so the message is sent again, and says so.
pub fn after_interruption(delivery: &Delivery, now: Timestamp) -> AfterAttempt {
    let mut delivery = delivery.clone();
    let reason = "ippo stopped during the attempt; whether it arrived is unknown";
    delivery.state = DeliveryState::Pending;
    delivery.repeat = true;
    delivery.next_at = Some(now);
    delivery.last_error = Some(reason.to_owned());
    let text = Said::new(
        format!("{}: {reason}; sending it again", delivery.target),
        format!("{}: 送信中に ippo が停止し、届いたかどうか不明です。再送します", delivery.target),
    );
    AfterAttempt { entries: vec![entry(EntryKind::NotifyFailed, &delivery, text, now)], delivery }
}

/// A message that can never arrive, such as one to a target that is no longer defined.
pub fn give_up(delivery: &Delivery, reason: &Said, now: Timestamp) -> AfterAttempt {
    let mut delivery = delivery.clone();
    delivery.state = DeliveryState::Abandoned;
    delivery.next_at = None;
    delivery.last_error = Some(short(&reason.english));
    let text = reason.map(|language, reason| match language {
        Language::English => format!("{}: given up: {reason}", delivery.target),
        Language::Japanese => format!("{}: 断念しました: {reason}", delivery.target),
    });
    AfterAttempt { entries: vec![entry(EntryKind::NotifyAbandoned, &delivery, text, now)], delivery }
}

/// A message to a target that is not defined: there is nothing to try.
pub fn nobody(target: &str, event: Event, now: Timestamp) -> Entry {
    Entry {
        kind: EntryKind::NotifyAbandoned,
        event_time: now,
        actor: IPPO.to_owned(),
        text: Said::new(
            format!("{target}: there is no such target; apply its definition, or name another one"),
            format!(
                "{target}: この通知先は定義されていません。定義を適用するか、別の通知先を指定してください"
            ),
        ),
        data: vec![("target", Fact::Text(target.to_owned())), ("event", Fact::Text(event.name().to_owned()))],
    }
}

/// Whether a message is so old that it is given up without another attempt.
pub fn is_too_old(delivery: &Delivery, now: Timestamp) -> bool {
    now.since(delivery.created_at) > RETRY_FOR
}

fn delivered(delivery: &Delivery, missed: Option<&String>, now: Timestamp) -> AfterAttempt {
    let mut delivery = delivery.clone();
    delivery.state = DeliveryState::Delivered;
    delivery.next_at = None;
    delivery.delivered_at = Some(now);
    let Delivery { target, channel, .. } = &delivery;
    let mut text = Said::new(format!("{target} by {channel}"), format!("{target}({channel})"));
    if delivery.repeat {
        text.english.push_str("; it may have arrived twice, as the outcome of an earlier attempt is unknown");
        text.japanese.push_str("。前の送信の結果が不明なため、二重に届いた可能性があります");
    }
    let mut entries = vec![entry(EntryKind::Notified, &delivery, text, now)];
    if let Some(reason) = missed {
        delivery.last_error = Some(short(reason));
        let text = Said::new(
            format!("{}: not to everyone: {reason}", delivery.target),
            format!("{}: 一部の宛先に届きません: {reason}", delivery.target),
        );
        entries.push(entry(EntryKind::NotifyFailed, &delivery, text, now));
    }
    AfterAttempt { entries, delivery }
}

fn again(delivery: &Delivery, reason: &Said, retry_after: Option<Duration>, now: Timestamp) -> AfterAttempt {
    let mut delivery = delivery.clone();
    let asked = retry_after.unwrap_or_default().min(LONGEST_PAUSE);
    let pause = pause_after(delivery.id, delivery.attempts).max(asked);
    let next = now.plus(pause);
    delivery.last_error = Some(short(&reason.english));
    let failed = reason.map(|_, reason| format!("{}: {reason}", delivery.target));
    if next.since(delivery.created_at) > RETRY_FOR {
        let entries = vec![entry(EntryKind::NotifyFailed, &delivery, failed, now)];
        let attempts = delivery.attempts;
        let reason = Said::new(
            format!("{attempts} attempts in 48 hours failed"),
            format!("48 時間に {attempts} 回試みて届きませんでした"),
        );
        let last = give_up(&delivery, &reason, now);
        delivery = Delivery { last_error: delivery.last_error, ..last.delivery };
        return AfterAttempt { delivery, entries: entries.into_iter().chain(last.entries).collect() };
    }
    delivery.state = DeliveryState::Failed;
    delivery.next_at = Some(next);
    let secs = pause.as_secs();
    let text = failed.map(|language, failed| match language {
        Language::English => format!("{failed}; next attempt in {secs} s"),
        Language::Japanese => format!("{failed}。次の送信は {secs} 秒後"),
    });
    AfterAttempt { entries: vec![entry(EntryKind::NotifyFailed, &delivery, text, now)], delivery }
}

fn entry(kind: EntryKind, delivery: &Delivery, text: Said, now: Timestamp) -> Entry {
    Entry {
        kind,
        event_time: now,
        actor: IPPO.to_owned(),
        text,
        data: vec![
            ("delivery", Fact::Text(delivery.id.to_string())),
            ("target", Fact::Text(delivery.target.clone())),
            ("event", Fact::Text(delivery.event.name().to_owned())),
            ("attempt", Fact::Number(delivery.attempts.into())),
            ("repeat", Fact::Flag(delivery.repeat)),
        ],
    }
}

fn short(text: &str) -> String {
    text.chars().take(ERROR_CHARS).collect()
}

#[cfg(test)]
mod tests;
