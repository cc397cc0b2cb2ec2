//! ippo watches itself: a loop that fails or hangs, and a target that nobody can reach, become incidents. When the state
//! database itself is gone no incident can be written; then the heartbeat stays away, and whoever waits for it knows.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ippo_base::{SharedClock, Timestamp};
use ippo_domain::Said;
use ippo_domain::alert::{AlertKind, AlertSource, AlertSubject, AlertTransition};
use ippo_state::{StateError, incident};
use tokio_util::sync::CancellationToken;

use crate::incident::{Incidents, apply_in, targets};

/// How long after the end of one look the next begins.
pub const WATCH_EVERY: Duration = Duration::from_secs(10);
/// A loop that did not work for so long has failed, unless it may take longer.
pub const LATE_AFTER: Duration = Duration::from_secs(60);
/// Looks that are so far apart were held up: the machine slept, or its clock was set. Nobody worked in between.
const HELD_UP_AFTER: Duration = Duration::from_secs(30);

/// A part of ippo that must keep working.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Loop {
    /// Takes telemetry in.
    Ingest,
    /// Judges SLOs.
    Evaluate,
    /// Judges alert rules.
    Rules,
    /// Sends messages.
    Deliver,
    /// Says outside that ippo is alive.
    Heartbeat,
    /// Fetches what SLOs read elsewhere. A data source that gives no answer is no failure of ippo's.
    Poll,
}

impl Loop {
    /// Its name in sources of alerts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Evaluate => "evaluate",
            Self::Rules => "rules",
            Self::Deliver => "deliver",
            Self::Heartbeat => "heartbeat",
            Self::Poll => "poll",
        }
    }

    /// What it means that it does not work.
    pub fn title(self) -> Said {
        match self {
            Self::Ingest => Said::new("telemetry cannot be stored", "テレメトリを保存できません"),
            Self::Evaluate => Said::new("SLOs cannot be evaluated", "SLO を評価できません"),
            Self::Rules => Said::new("alert rules cannot be judged", "アラートルールを評価できません"),
            Self::Deliver => Said::new("messages cannot be delivered", "通知を送れません"),
            Self::Poll => Said::new("data sources cannot be polled", "データソースから取得できません"),
            Self::Heartbeat => Said::new("the heartbeat does not arrive", "ハートビートが届きません"),
        }
    }
}

/// When each loop worked last, and what it said when it failed. Cheap to clone; clones share. A loop that was never
/// expected is not watched.
#[derive(Clone, Default)]
pub struct Watch {
    seen: Arc<Mutex<Seen>>,
}

#[derive(Default)]
struct Seen {
    loops: BTreeMap<Loop, Pulse>,
    looked_at: Option<Timestamp>,
}

struct Pulse {
    worked_at: Timestamp,
    late_after: Duration,
    error: Option<String>,
    /// How long it took when it worked last, where it says so.
    took: Option<Duration>,
}

impl Watch {
    /// From now on a loop is expected to work every [`LATE_AFTER`].
    pub fn expect(&self, which: Loop, now: Timestamp) {
        self.expect_every(which, LATE_AFTER, now);
    }

    /// From now on a loop is expected to work in every stretch of `late_after`.
    pub fn expect_every(&self, which: Loop, late_after: Duration, now: Timestamp) {
        let fresh = Pulse { worked_at: now, late_after, error: None, took: None };
        self.lock().loops.entry(which).or_insert(fresh);
    }

    /// A loop worked. It is expected to from now on.
    pub fn works(&self, which: Loop, now: Timestamp) {
        self.expect(which, now);
        if let Some(pulse) = self.lock().loops.get_mut(&which) {
            pulse.worked_at = now;
            pulse.error = None;
        }
    }

    /// How long a loop took when it worked last.
    pub fn took(&self, which: Loop, took: Duration) {
        if let Some(pulse) = self.lock().loops.get_mut(&which) {
            pulse.took = Some(took);
        }
    }

    /// How long loops took when they worked last, of those that say so.
    pub fn times(&self) -> Vec<(Loop, Duration)> {
        self.lock().loops.iter().filter_map(|(which, pulse)| Some((*which, pulse.took?))).collect()
    }

    /// A loop failed. `error` holds no secrets.
    pub fn fails(&self, which: Loop, error: &str) {
        if let Some(pulse) = self.lock().loops.get_mut(&which) {
            pulse.error = Some(error.to_owned());
        }
    }

    /// What has not worked for too long, in words.
    pub fn failing(&self, now: Timestamp) -> Vec<(Loop, Said)> {
        let late = |pulse: &Pulse| now.since(pulse.worked_at) >= pulse.late_after;
        let seen = self.lock();
        let failing = seen.loops.iter().filter(|(_, pulse)| late(pulse));
        failing.map(|(which, pulse)| (*which, say(pulse, now))).collect()
    }

    /// Every loop that is watched, with what keeps it from working now, in words: what it said when it failed last, even if
    /// it may yet work in time, or that it is late.
    pub fn troubles(&self, now: Timestamp) -> Vec<(Loop, Option<Said>)> {
        let seen = self.lock();
        // The watch itself did not run either, as it will say when it looks.
        let gap = seen.looked_at.map_or(Duration::ZERO, |before| now.since(before));
        let held_up = if gap >= HELD_UP_AFTER { gap.saturating_sub(WATCH_EVERY) } else { Duration::ZERO };
        let trouble = |pulse: &Pulse| {
            let is_late = now.since(pulse.worked_at).saturating_sub(held_up) >= pulse.late_after;
            (is_late || pulse.error.is_some()).then(|| say(pulse, now))
        };
        seen.loops.iter().map(|(which, pulse)| (*which, trouble(pulse))).collect()
    }

    /// Takes the time off every loop in which nothing could work, as the watch did not either.
    fn look(&self, now: Timestamp) {
        let mut seen = self.lock();
        let Some(before) = seen.looked_at.replace(now) else { return };
        let gap = now.since(before);
        let backwards = before.since(now);
        for pulse in seen.loops.values_mut() {
            if gap >= HELD_UP_AFTER {
                pulse.worked_at = pulse.worked_at.plus(gap.saturating_sub(WATCH_EVERY)).min(now);
            }
            pulse.worked_at = pulse.worked_at.minus(backwards);
        }
    }

    /// Writes down what fails and what works again, as alerts of ippo's own.
    ///
    /// # Errors
    /// When the state database fails. Nothing was changed then.
    pub async fn run_once(&self, incidents: &Incidents, now: Timestamp) -> Result<(), StateError> {
        self.look(now);
        let failing: BTreeMap<Loop, Said> = self.failing(now).into_iter().collect();
        let watched: Vec<Loop> = self.lock().loops.keys().copied().collect();
        let known = {
            let mut connection = incidents.state.read().await?;
            incident::own_failures(&mut connection).await?
        };
        if failing.is_empty() && known.is_empty() {
            return Ok(());
        }
        let mut tx = incidents.state.begin().await?;
        let targets: Vec<String> = targets(&mut tx).await?.into_keys().collect();
        let mut transitions: Vec<AlertTransition> = watched
            .into_iter()
            .map(|which| transition(which, failing.get(&which), targets.clone(), now))
            .collect();
        for key in known {
            if let Some(target) = key.strip_prefix("ippo/deliver/")
                && !targets.iter().any(|name| name == target)
            {
                transitions.push(unreachable(target, AlertKind::Resolved, "", vec![], now));
            }
        }
        apply_in(&mut tx, &*incidents.ids, &transitions, now).await?;
        tx.commit().await
    }

    /// Looks again and again, until `stop`.
    pub async fn run(&self, incidents: Incidents, clock: SharedClock, stop: CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.run_once(&incidents, clock.now()).await {
                tracing::error!(error = %chain(&error), "ippo's own failures cannot be recorded");
            }
            tokio::select! {
                () = clock.sleep(WATCH_EVERY) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn say(pulse: &Pulse, now: Timestamp) -> Said {
    let secs = now.since(pulse.worked_at).as_secs();
    match &pulse.error {
        Some(error) => Said::new(
            format!("has not worked for {secs} s: {error}"),
            format!("が {secs} 秒間動いていません: {error}"),
        ),
        None => Said::new(
            format!("has not worked for {secs} s and says nothing"),
            format!("が {secs} 秒間動いておらず、応答もありません"),
        ),
    }
}

fn transition(which: Loop, failing: Option<&Said>, notify: Vec<String>, now: Timestamp) -> AlertTransition {
    let name = which.name();
    let (kind, text) = match failing {
        Some(text) => (AlertKind::Firing, text.map(|_, text| format!("{name} {text}"))),
        None => {
            let text = Said::new(format!("{name} works again"), format!("{name} は再び動いています"));
            (AlertKind::Resolved, text)
        }
    };
    AlertTransition {
        source: AlertSource::Own { code: which.name().to_owned() },
        alert: "loop".to_owned(),
        kind,
        at: now,
        text,
        subject: AlertSubject { title: which.title(), notify, ..AlertSubject::default() },
    }
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
        AlertKind::Firing => Said::new(
            format!("messages to {target} have failed for some time: {error}"),
            format!("{target} への通知がしばらく失敗し続けています: {error}"),
        ),
        AlertKind::Resolved => Said::new(
            format!("messages to {target} arrive, or are no longer wanted"),
            format!("{target} への通知が届くようになったか、不要になりました"),
        ),
    };
    AlertTransition {
        source: AlertSource::Own { code: format!("deliver/{target}") },
        alert: "unreachable".to_owned(),
        kind,
        at: now,
        text,
        subject: AlertSubject {
            title: Said::new(
                format!("messages to {target} do not arrive"),
                format!("{target} への通知が届きません"),
            ),
            notify,
            ..AlertSubject::default()
        },
    }
}

/// An error with its causes, in one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let _ = write!(text, ": {cause}");
        source = cause.source();
    }
    text
}
