//! One tick: judges every SLO, remembers which of its alerts fire, and hands over what began and what ended, all of it
//! in one transaction, so that no crash can lose a page or tell of it twice.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use ippo_base::ids::LedgerEntryId;
use ippo_base::{Minute, MinuteRange, SharedClock, Timestamp};
use ippo_domain::alert::{AlertKind, AlertTransition, Example};
use ippo_domain::definition::Kind;
use ippo_domain::slo::absence::{Presence, presence};
use ippo_domain::slo::alerts::{AlertChange, SloAlert, changes, end_all};
use ippo_domain::slo::burn::{BurnPair, BurnStatus, LONGEST_WINDOW_MINUTES, RESOLVES_BELOW};
use ippo_domain::slo::{Aim, Entered, LedgerEntry, Ratio, SuppressedPage, burn_now, suppressed_page};
use ippo_state::slo::{FiringAlert, clear_firing, set_firing};
use ippo_state::slo_ledger;
use ippo_telemetry::read::Reader;
use tokio_util::sync::CancellationToken;

use super::book::{DefinedSlo, Pages};
use super::examples::{EXAMPLES_WITHIN, Sought};
use super::gather::Gatherer;
use super::prepare::read_ahead;
use super::read::Moment;
use super::{SloError, Slos, blocking};
use crate::incident::apply_in;
use crate::watch::{Loop, Watch, chain};

/// How long after the end of one evaluation the next begins.
pub const EVALUATE_EVERY: Duration = Duration::from_secs(5);

/// What a tick did.
#[derive(Clone, Debug, Default)]
pub struct Evaluated {
    /// How many SLOs were judged.
    pub slos: usize,
    /// What began and ended.
    pub transitions: Vec<AlertTransition>,
    /// What could not be judged, and why: ippo's own failure.
    pub failing: Vec<String>,
}

/// Judges every SLO again and again, until `stop`. A tick that fails is tried again, and the log has each reason once; one that
/// goes on failing becomes ippo's own incident.
pub async fn run(slos: Slos, clock: SharedClock, watch: Watch, stop: CancellationToken) {
    watch.expect(Loop::Evaluate, clock.now());
    let (mut told, mut followed) = (None, None);
    while !stop.is_cancelled() {
        let (now, began) = (clock.now(), clock.monotonic());
        let mut failing = match sheltered(run_once(&slos, now)).await {
            Ok(evaluated) => {
                watch.took(Loop::Evaluate, clock.monotonic().saturating_sub(began));
                evaluated.failing.into_iter().next()
            }
            Err(error) => Some(chain(&error)),
        };
        // Once a minute, and at once where something was applied.
        let pages = slos.book.read();
        let is_due =
            |(minute, before): &(Minute, Arc<Pages>)| *minute != now.minute() || !Arc::ptr_eq(before, &pages);
        if followed.as_ref().is_none_or(is_due) {
            match sheltered(slos.follow_policies(now)).await {
                Ok(()) => followed = Some((now.minute(), pages)),
                Err(error) => failing = failing.or_else(|| Some(chain(&error))),
            }
        }
        match &failing {
            None => watch.works(Loop::Evaluate, now),
            Some(reason) => {
                if told.as_ref() != Some(reason) {
                    tracing::error!(reason, "SLOs cannot be evaluated");
                }
                watch.fails(Loop::Evaluate, reason);
            }
        }
        told = failing;
        if let Err(error) = sheltered(read_ahead(&slos, now)).await {
            tracing::debug!(error = %chain(&error), "nothing is read ahead");
        }
        tokio::select! {
            () = clock.sleep(EVALUATE_EVERY) => {}
            () = stop.cancelled() => {}
        }
    }
}

/// A panic is a step that failed: it must not end the loop that pages people.
pub(crate) async fn sheltered<T>(step: impl Future<Output = Result<T, SloError>>) -> Result<T, SloError> {
    // What is shared is behind locks that go on after a panic, and behind transactions that are given up.
    let done = AssertUnwindSafe(step).catch_unwind().await;
    done.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
        Err(SloError::Panicked(text.to_owned()))
    })
}

/// Judges every SLO at `now`.
///
/// # Errors
/// When the state database fails. Nothing is changed then, and the next tick finds the same.
pub async fn run_once(slos: &Slos, now: Timestamp) -> Result<Evaluated, SloError> {
    let mut tx = slos.state.begin().await?;
    ippo_state::uptime::touch(&mut tx, now).await?;
    tx.commit().await?;

    let behind = slos.catch_up().await.err();
    let pages = slos.book.read();
    let mut moment = Moment::read(slos, now).await?;
    let unreadable = std::mem::take(&mut moment.unreadable);
    let judged = (slos.clone(), Arc::clone(&pages));
    let (judged, suppressed) =
        blocking(move || (judge(&judged.0, &judged.1, &moment), moment.suppressed)).await?;
    let Judged { mut told, held_back, lasting } = judged;
    exemplify(slos, &pages, &mut told, now).await;
    if !told.is_empty() {
        remember(slos, &told, now).await?;
    }
    enter(slos, &held_back, &lasting, &suppressed, now).await?;
    let transitions = told.into_iter().map(|t| t.transition).collect();
    let behind = behind.map(|error| format!("what was applied is not counted yet: {}", chain(&error)));
    let failing = behind.into_iter().chain(unreadable).chain(failing(slos, &pages)).collect();
    Ok(Evaluated { slos: pages.slos.len(), transitions, failing })
}

fn failing(slos: &Slos, pages: &Pages) -> Vec<String> {
    let missing = pages.slos.values().flat_map(|defined| {
        let name = &defined.slo.name;
        let gone = defined.counter_keys().filter(|key| slos.store.counter_status(key).is_none());
        gone.map(move |key| format!("SLO {name} cannot be judged: telemetry has no counter {key}"))
    });
    pages.unusable.iter().map(ToString::to_string).chain(missing).collect()
}

fn judge(slos: &Slos, pages: &Pages, moment: &Moment) -> Judged {
    let none = BTreeSet::new();
    let mut judged = Judged::default();
    let lag = pages.slos.values().map(|defined| defined.slo.lag_minutes()).max().unwrap_or(0);
    let range = MinuteRange::ending_with(moment.now.minute(), LONGEST_WINDOW_MINUTES + lag);
    let mut gatherer = Gatherer::new(&slos.store, &slos.book, &moment.up);
    for (name, defined) in &pages.slos {
        let exclusions = moment.exclusions_of(name);
        let gathered = gatherer.gather(defined, range, &exclusions, moment.firing_of(&defined.slo));
        let burn = burn_now(&defined.slo, &gathered.inputs, moment.now);
        let minute = moment.now.minute();
        let presence: Vec<(u32, Presence)> = gathered
            .sources()
            .map(|(objective, coverage)| {
                // What is always some minutes behind is not silent for them.
                let awaited = minute.minus(defined.slo.lag_of(objective));
                (objective, presence(coverage, &exclusions.left_out, awaited))
            })
            .collect();
        judged.held_back.extend(held_back(defined, &burn));
        judged.lasting.extend(lasting(defined, &burn, gathered.inputs.backfilling));
        let firing = moment.firing.get(name).unwrap_or(&none);
        let changes = changes(&defined.slo, &burn, &presence, firing);
        let told =
            |c: &AlertChange| Told::of(name, c.alert, c.transition(name, Some(&defined.slo), moment.now));
        judged.told.extend(changes.iter().map(told));
    }
    let unusable = |name: &str| pages.unusable.iter().any(|u| u.kind == Kind::Slo && u.name == name);
    for (name, firing) in moment.firing.iter().filter(|(n, _)| !pages.slos.contains_key(*n) && !unusable(n)) {
        let told = |c: &AlertChange| Told::of(name, c.alert, c.transition(name, None, moment.now));
        judged.told.extend(end_all(firing).iter().map(told));
    }
    judged
}

/// The pages of an SLO that are not sent, as so few failures may be chance.
fn held_back(defined: &DefinedSlo, burn: &[Vec<BurnStatus>]) -> Vec<HeldBack> {
    let slo = &defined.slo;
    let of = |(aim, pairs): (Aim<'_>, &Vec<BurnStatus>)| {
        let few = pairs.iter().filter(|status| status.too_few);
        few.map(|status| HeldBack {
            slo: slo.name.clone(),
            alert: SloAlert::of_pair(aim.place(), &status.pair),
            page: suppressed_page(&aim, status),
        })
        .collect::<Vec<_>>()
    };
    slo.aims().zip(burn).flat_map(of).collect()
}

/// Where a page that was held back is still the same one: it does not fire, and its long window burns near the factor, or nobody
/// can say.
fn lasting(
    defined: &DefinedSlo,
    burn: &[Vec<BurnStatus>],
    backfilling: bool,
) -> impl Iterator<Item = (String, SloAlert)> {
    let lasts = move |status: &&BurnStatus| {
        let least = status.pair.factor.by(Ratio::new(RESOLVES_BELOW.0, RESOLVES_BELOW.1));
        !status.firing && (backfilling || status.long_burn.is_some_and(|burn| burn >= least))
    };
    let alert = |(place, pair): (usize, BurnPair)| {
        let BurnPair { severity, long_minutes, .. } = pair;
        (defined.slo.name.clone(), SloAlert::Burn { objective: place as u32, severity, long_minutes })
    };
    let pairs = defined.slo.aims().zip(burn).flat_map(move |(aim, pairs)| {
        pairs.iter().filter(lasts).map(move |status| (aim.place(), status.pair))
    });
    pairs.map(alert).collect::<Vec<_>>().into_iter()
}

/// What follows from a look at all SLOs.
#[derive(Default)]
struct Judged {
    told: Vec<Told>,
    held_back: Vec<HeldBack>,
    /// Alerts of which a page that is held back goes on being so.
    lasting: BTreeSet<(String, SloAlert)>,
}

/// A page that is not sent.
struct HeldBack {
    slo: String,
    alert: SloAlert,
    page: SuppressedPage,
}

impl HeldBack {
    fn key(&self) -> (String, SloAlert) {
        (self.slo.clone(), self.alert)
    }
}

/// A transition, and the alert it is of.
struct Told {
    slo: String,
    alert: SloAlert,
    transition: AlertTransition,
}

impl Told {
    fn of(slo: &str, alert: SloAlert, transition: AlertTransition) -> Self {
        Self { slo: slo.to_owned(), alert, transition }
    }
}

/// Gives alerts that begin some of the events that they are about. Whoever is paged does not wait long for them, and without
/// them the alert goes out as it is.
async fn exemplify(slos: &Slos, pages: &Pages, told: &mut [Told], now: Timestamp) {
    let asked = told.iter().map(|told| match told.transition.kind {
        AlertKind::Firing => pages.slos.get(&told.slo).and_then(|of| Sought::of(&of.slo, told.alert, now)),
        AlertKind::Resolved => None,
    });
    let asked: Vec<Option<Sought>> = asked.collect();
    if asked.iter().all(Option::is_none) {
        return;
    }
    let look = move |reader: &Reader| -> Vec<Vec<Example>> {
        asked
            .iter()
            .map(|sought| sought.as_ref().map(|sought| sought.find(reader)).unwrap_or_default())
            .collect()
    };
    match slos.store.read_within(EXAMPLES_WITHIN, look).await {
        Ok(found) => {
            for (told, examples) in told.iter_mut().zip(found) {
                told.transition.subject.examples = examples;
            }
        }
        Err(error) => tracing::warn!(error = %chain(&error), "alerts go out without examples"),
    }
}

/// Writes down what fires now and what follows from it, incidents and messages, in one transaction: a crash leaves either
/// all of it or none, and none is found again by the next tick.
async fn remember(slos: &Slos, told: &[Told], now: Timestamp) -> Result<(), SloError> {
    let mut tx = slos.state.begin().await?;
    for Told { slo, alert, transition } in told {
        let alert = alert.key();
        match transition.kind {
            AlertKind::Firing => {
                set_firing(&mut tx, &FiringAlert { slo: slo.clone(), alert, since: now }).await?;
            }
            AlertKind::Resolved => clear_firing(&mut tx, slo, &alert).await?,
        }
    }
    let transitions: Vec<AlertTransition> = told.iter().map(|t| t.transition.clone()).collect();
    apply_in(&mut tx, &*slos.ids, &transitions, now).await?;
    Ok(tx.commit().await?)
}

/// Enters each page that is not sent into its SLO's ledger, once for as long as it lasts.
async fn enter(
    slos: &Slos,
    held_back: &[HeldBack],
    lasting: &BTreeSet<(String, SloAlert)>,
    before: &BTreeSet<(String, SloAlert)>,
    now: Timestamp,
) -> Result<(), SloError> {
    let mut still: BTreeSet<_> = held_back.iter().map(HeldBack::key).collect();
    still.extend(before.intersection(lasting).cloned());
    if still == *before {
        return Ok(());
    }
    let mut tx = slos.state.begin().await?;
    for page in held_back.iter().filter(|page| !before.contains(&page.key())) {
        let id = LedgerEntryId::fresh(&*slos.ids).to_string();
        let entry = LedgerEntry::SuppressedPage(page.page.clone());
        let entered = Entered { id, at: now, by: "ippo".to_owned(), entry };
        slo_ledger::add(&mut tx, &page.slo, &entered).await?;
        slo_ledger::set_suppressed(&mut tx, &page.slo, &page.alert.key(), now).await?;
    }
    for (slo, alert) in before.difference(&still) {
        slo_ledger::clear_suppressed(&mut tx, slo, &alert.key()).await?;
    }
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_step_that_panics_is_one_that_failed() {
        let on_its_thread = sheltered(blocking(|| -> u8 { panic!("at {}", 7) })).await;
        assert!(matches!(on_its_thread, Err(SloError::Panicked(text)) if text == "at 7"));
        let here = sheltered(async { if true { panic!("here") } else { Ok(1_u8) } }).await;
        assert!(matches!(here, Err(SloError::Panicked(text)) if text == "here"));
        assert_eq!(sheltered(async { Ok(1_u8) }).await.ok(), Some(1));
    }
}
