//! Agreements at work: how each of their periods went, by the exact counts of the SLO whose indicator they rest on. Keeps nothing
//! of its own: anyone can ask again, and hears what is known then.

use std::sync::Arc;

use ippo_base::{MinuteRange, Timestamp};
use ippo_domain::definition::{Kind, parse_sla};
use ippo_domain::sla::{Sla, SlaPeriod, TakenOut, exclusions, period_result, taken_out};
use ippo_domain::slo::{CalendarWindow, Entered, objective_label};
use ippo_state::definition::StoredDefinition;
use ippo_state::slo_ledger;

use crate::slo::{DefinedSlo, Gatherer, Moment, SloError, Slos, UnusableDefinition, blocking};

/// Periods that are told: a year of months.
pub const SLA_PERIODS: usize = 12;
/// Periods back to which one may be asked for.
const PERIODS_MOST: usize = 36;

/// A defined agreement.
#[derive(Debug)]
pub struct DefinedSla {
    /// What it says.
    pub sla: Sla,
    /// Counts up with every change of its definition.
    pub revision: u32,
    /// Its text, as it was applied.
    pub document: String,
    /// When it was applied as it is.
    pub applied_at: Timestamp,
}

impl DefinedSla {
    /// Reads a stored definition.
    ///
    /// # Errors
    /// If this version of ippo cannot read what was stored.
    pub fn read(stored: &StoredDefinition) -> Result<Self, UnusableDefinition> {
        let unusable = |errors: Vec<_>| UnusableDefinition::of_errors(Kind::Sla, &stored.name, &errors);
        Ok(Self {
            sla: parse_sla(&stored.document).map_err(unusable)?,
            revision: stored.revision,
            document: stored.document.clone(),
            applied_at: stored.applied_at,
        })
    }
}

/// An agreement and how its periods went.
#[derive(Clone, Debug)]
pub struct SlaReport {
    /// What it says.
    pub defined: Arc<DefinedSla>,
    /// The SLO it rests on, and the objective's place; none if the SLO cannot be used, and then there are no periods.
    pub rests_on: Option<(Arc<DefinedSlo>, usize)>,
    /// The name of the time zone in which periods begin and end.
    pub zone: String,
    /// Newest first, as far back as anything is known; the first one goes on where the agreement holds now.
    pub periods: Vec<ToldSlaPeriod>,
    /// Why the SLO is no early warning of it, if it is stricter.
    pub stricter: Option<String>,
    /// Why this may not be all.
    pub warnings: Vec<String>,
}

/// A period and what was taken out of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ToldSlaPeriod {
    /// How it went.
    pub result: SlaPeriod,
    /// Exclusions of the SLO that take minutes out of it.
    pub taken_out: Vec<TakenOut>,
}

impl SlaReport {
    /// What the objective is called.
    pub fn objective(&self) -> Option<String> {
        self.rests_on.as_ref().map(|(defined, place)| objective_label(&defined.slo.objectives[*place]))
    }

    /// The period that goes on.
    pub fn running(&self) -> Option<&ToldSlaPeriod> {
        self.periods.first().filter(|told| told.result.is_running)
    }
}

impl Slos {
    /// Every agreement by name, each with the period that goes on and the one before.
    ///
    /// # Errors
    /// When the state database fails.
    pub async fn slas(&self, now: Timestamp) -> Result<Vec<SlaReport>, SloError> {
        let all: Vec<Arc<DefinedSla>> = self.book.read().slas.values().cloned().collect();
        let asked = all.into_iter().map(|defined| (defined, Asked::Last(2))).collect();
        self.told(asked, now).await
    }

    /// One agreement with its last periods.
    ///
    /// # Errors
    /// When there is none of that name, or the state database fails.
    pub async fn sla(&self, name: &str, now: Timestamp) -> Result<SlaReport, SloError> {
        let mut told = self.told(vec![(self.defined_sla(name)?, Asked::Last(SLA_PERIODS))], now).await?;
        Ok(told.remove(0))
    }

    /// One agreement with the period that holds the moment `at`.
    ///
    /// # Errors
    /// When there is none of that name, it does not hold then, or that lies ahead or too far back; or the state database fails.
    pub async fn sla_period(&self, name: &str, at: Timestamp, now: Timestamp) -> Result<SlaReport, SloError> {
        let defined = self.defined_sla(name)?;
        let calendar = defined.sla.calendar(&self.book.zone());
        let Some(period) = defined.sla.period_at(&calendar, at.minute()) else {
            return Err(SloError::Refused(format!("SLA {name} does not hold in that period")));
        };
        let mut oldest = calendar.period(now.minute());
        for _ in 1..PERIODS_MOST {
            oldest = calendar.period(oldest.from.minus(1));
        }
        if period.from > now.minute() || period.from < oldest.from {
            let first = oldest.from.start();
            let why = format!("periods from {first} up to the one that goes on are told");
            return Err(SloError::Refused(why));
        }
        let mut told = self.told(vec![(defined, Asked::One(period))], now).await?;
        Ok(told.remove(0))
    }

    fn defined_sla(&self, name: &str) -> Result<Arc<DefinedSla>, SloError> {
        let unknown = || SloError::Undefined { kind: Kind::Sla, name: name.to_owned() };
        self.book.read().slas.get(name).cloned().ok_or_else(unknown)
    }

    /// In which calendar the periods of an agreement lie.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn sla_calendar(&self, name: &str) -> Result<CalendarWindow, SloError> {
        Ok(self.defined_sla(name)?.sla.calendar(&self.book.zone()))
    }

    async fn told(
        &self,
        asked: Vec<(Arc<DefinedSla>, Asked)>,
        now: Timestamp,
    ) -> Result<Vec<SlaReport>, SloError> {
        let pages = self.book.read();
        let moment = Moment::read(self, now).await?;
        let mut connection = self.state.read().await?;
        let entries = slo_ledger::exclusions(&mut connection).await?.entries;
        drop(connection);
        let slos = self.clone();
        blocking(move || {
            let mut gatherer = Gatherer::supposing(&slos.store, &slos.book, &moment.up);
            let tell = |(defined, asked): (Arc<DefinedSla>, Asked)| {
                let of_slo = entries.iter().filter(|(slo, _)| *slo == defined.sla.slo);
                let entries: Vec<Entered> = of_slo.map(|(_, entered)| entered.clone()).collect();
                let slo = pages.slos.get(&defined.sla.slo).cloned();
                Telling { gatherer: &mut gatherer, moment: &moment, entries: &entries }
                    .tell(defined, slo, asked)
            };
            asked.into_iter().map(tell).collect()
        })
        .await
    }
}

/// Which periods.
#[derive(Clone, Copy)]
enum Asked {
    /// The last so many.
    Last(usize),
    /// This one.
    One(MinuteRange),
}

struct Telling<'a, 'b> {
    gatherer: &'a mut Gatherer<'b>,
    moment: &'a Moment,
    /// What the SLO's ledger has of exclusions.
    entries: &'a [Entered],
}

impl Telling<'_, '_> {
    fn tell(&mut self, defined: Arc<DefinedSla>, slo: Option<Arc<DefinedSlo>>, asked: Asked) -> SlaReport {
        let sla = &defined.sla;
        let calendar = sla.calendar(&self.gatherer.book.zone());
        let zone = calendar.zone().to_owned();
        let now = self.moment.now.minute();
        let found = slo.ok_or_else(|| format!("the SLO {} cannot be used", sla.slo));
        let found = found.and_then(|slo| match sla.place_in(&slo.slo) {
            Ok(place) => Ok((slo, place)),
            Err(error) => Err(error.to_string()),
        });
        let (slo, place) = match found {
            Ok(found) => found,
            Err(why) => {
                let (periods, warnings) = (Vec::new(), vec![why]);
                return SlaReport { defined, rests_on: None, zone, periods, stricter: None, warnings };
            }
        };
        let periods = match asked {
            Asked::Last(count) => sla.periods(&calendar, count, now),
            Asked::One(period) => vec![period],
        };
        let (results, warnings) = self.results(sla, (&slo, place), &periods);
        let results = match asked {
            Asked::Last(_) => as_far_as_known(results),
            Asked::One(_) => results,
        };
        let stricter = sla.stricter_than(&slo.slo.objectives[place]);
        let rests_on = Some((slo, place));
        SlaReport { defined: Arc::clone(&defined), rests_on, zone, periods: results, stricter, warnings }
    }

    fn results(
        &mut self,
        sla: &Sla,
        (slo, place): (&DefinedSlo, usize),
        periods: &[MinuteRange],
    ) -> (Vec<ToldSlaPeriod>, Vec<String>) {
        let (Some(from), Some(to)) =
            (periods.iter().map(|period| period.from).min(), periods.iter().map(|period| period.to).max())
        else {
            return (Vec::new(), Vec::new());
        };
        let now = self.moment.now.minute();
        let range = MinuteRange { from, to: to.min(now.plus(1)) };
        let horizon = self.moment.horizon();
        let excluded = exclusions(sla, self.entries, horizon);
        let gathered = self.gatherer.gather(slo, range, &excluded, vec![]);
        let history = &gathered.inputs.objectives[place].history;
        let of = |period: &MinuteRange| ToldSlaPeriod {
            result: period_result(sla, (&slo.slo, place), history, *period, now),
            taken_out: taken_out(sla, self.entries, *period, horizon),
        };
        (periods.iter().map(of).collect(), gathered.warnings())
    }
}

/// Periods of the past before anything was counted are nobody's; the newest is always told.
fn as_far_as_known(mut told: Vec<ToldSlaPeriod>) -> Vec<ToldSlaPeriod> {
    let is_known = |told: &ToldSlaPeriod| {
        let result = &told.result;
        result.attained.is_some() || result.counts.total() > 0 || result.excluded_minutes > 0
    };
    let last = told.iter().rposition(is_known).unwrap_or(0);
    told.truncate(last + 1);
    told
}
