//! One tick: judges every SLO, remembers which of its alerts fire, and hands over what began and what ended, all of it
//! in one transaction, so that no crash can lose a page or tell of it twice.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ippo_base::{SharedClock, Timestamp};
use ippo_domain::slo::absence::presence;
use ippo_domain::slo::alerts::{ClassChange, SloAlert, Transition, by_class, changes, end_all};
use ippo_domain::slo::burn::LONGEST_WINDOW_MINUTES;
use ippo_domain::slo::burn_now;
use ippo_state::slo::{FiringAlert, clear_firing, set_firing};
use tokio_util::sync::CancellationToken;

use super::book::{DefinedSlo, Pages};
use super::read::Moment;
use super::{SloError, Slos};

/// How long after the end of one evaluation the next begins.
pub const EVALUATE_EVERY: Duration = Duration::from_secs(5);

/// What a tick did.
#[derive(Clone, Debug, Default)]
pub struct Evaluated {
    /// How many SLOs were judged.
    pub slos: usize,
    /// What began and ended.
    pub changes: Vec<SloChange>,
    /// What could not be judged, and why: ippo's own failure.
    pub failing: Vec<String>,
}

/// What became of one SLO's alerts in a tick.
#[derive(Clone, Debug)]
pub struct SloChange {
    /// The SLO's name.
    pub name: String,
    /// Its definition; none if it was deleted.
    pub defined: Option<Arc<DefinedSlo>>,
    /// By class: one incident each.
    pub classes: Vec<ClassChange>,
}

/// Judges every SLO again and again, until `stop`. A tick that fails is told once, in the log, and tried again.
pub async fn run(slos: Slos, clock: SharedClock, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = run_once(&slos, clock.now()).await {
            tracing::error!(error = %DisplayChain(&error), "SLOs cannot be evaluated");
        }
        tokio::select! {
            () = clock.sleep(EVALUATE_EVERY) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// An error with its sources.
struct DisplayChain<'a>(&'a dyn std::error::Error);

impl fmt::Display for DisplayChain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

/// Judges every SLO at `now`.
///
/// # Errors
/// When the state database fails. Nothing is changed then, and the next tick finds the same.
pub async fn run_once(slos: &Slos, now: Timestamp) -> Result<Evaluated, SloError> {
    let mut tx = slos.state.begin().await?;
    ippo_state::uptime::touch(&mut tx, now).await?;
    tx.commit().await?;

    let pages = slos.book.read();
    let moment = Moment::read(slos, now).await?;
    let changes = judge(slos, &pages, &moment);
    if !changes.is_empty() {
        remember(slos, &changes, now).await?;
    }
    Ok(Evaluated { slos: pages.slos.len(), changes, failing: failing(slos, &pages) })
}

fn failing(slos: &Slos, pages: &Pages) -> Vec<String> {
    let missing = pages.slos.values().flat_map(|defined| {
        let name = &defined.slo.name;
        let gone = defined.counter_keys().filter(|key| slos.store.counter_status(key).is_none());
        gone.map(move |key| format!("SLO {name} cannot be judged: telemetry has no counter {key}"))
    });
    pages.unusable.iter().map(ToString::to_string).chain(missing).collect()
}

fn judge(slos: &Slos, pages: &Pages, moment: &Moment) -> Vec<SloChange> {
    let none = BTreeSet::new();
    let mut all = Vec::new();
    for (name, defined) in &pages.slos {
        let inputs = moment.inputs(slos, defined, LONGEST_WINDOW_MINUTES);
        let burn = burn_now(&defined.slo, &inputs, moment.now);
        let presence = presence(&inputs.coverage, moment.now.minute());
        let firing = moment.firing.get(name).unwrap_or(&none);
        let classes = by_class(firing, &changes(&defined.slo, &burn, presence, firing));
        all.push(SloChange { name: name.clone(), defined: Some(Arc::clone(defined)), classes });
    }
    let unusable = |name: &str| pages.unusable.iter().any(|u| u.name == name);
    for (name, firing) in moment.firing.iter().filter(|(n, _)| !pages.slos.contains_key(*n) && !unusable(n)) {
        let classes = by_class(firing, &end_all(firing));
        all.push(SloChange { name: name.clone(), defined: None, classes });
    }
    all.retain(|change| !change.classes.is_empty());
    all
}

/// Writes down what fires now. Whatever follows from it, incidents and messages, belongs into this transaction: a crash
/// then leaves either all of it or none, and none is found again by the next tick.
async fn remember(slos: &Slos, changes: &[SloChange], now: Timestamp) -> Result<(), SloError> {
    let mut tx = slos.state.begin().await?;
    for SloChange { name, classes, .. } in changes {
        for change in classes.iter().flat_map(|class| &class.changes) {
            let alert = write_alert(change.alert);
            match change.transition {
                Transition::Fired => {
                    set_firing(&mut tx, &FiringAlert { slo: name.clone(), alert, since: now }).await?;
                }
                Transition::Resolved => clear_firing(&mut tx, name, &alert).await?,
            }
        }
    }
    Ok(tx.commit().await?)
}

/// An alert's name in the state database.
fn write_alert(alert: SloAlert) -> String {
    match alert {
        SloAlert::Burn { objective, long_minutes } => format!("burn/{objective}/{long_minutes}"),
        SloAlert::Absence => "absence".to_owned(),
    }
}

/// Reads what [`write_alert`] wrote; nothing else has ever been written.
pub(crate) fn read_alert(text: &str) -> Option<SloAlert> {
    if text == "absence" {
        return Some(SloAlert::Absence);
    }
    let (objective, long_minutes) = text.strip_prefix("burn/")?.split_once('/')?;
    Some(SloAlert::Burn { objective: objective.parse().ok()?, long_minutes: long_minutes.parse().ok()? })
}
