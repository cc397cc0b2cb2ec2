//! Journeys at work: what users meet on them, by the exact counts of the SLOs they rest on, and how sessions went on. Decides
//! nothing itself.

mod sessions;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use ippo_base::{MinuteRange, Timestamp};
use ippo_domain::Said;
use ippo_domain::definition::{DefinitionError, JourneyDefinition, Kind, parse_journey};
use ippo_domain::journey::{Experience, Journey, Part, experiences, worst};
use ippo_domain::report::{JourneyMonth, JourneySlo, Month};
use ippo_domain::slo::{Exclusions, SloState};
use ippo_state::definition::{self, StoredDefinition};
use ippo_telemetry::{Expr, Signal};

use crate::slo::{
    DefinedSlo, Gatherer, Moment, Notes, SloError, SloReport, Slos, UnusableDefinition, blocking, report,
};

pub use sessions::{SESSION_DAYS, SESSION_DAYS_MOST, SessionWalks};

const WEEK_MINUTES: u32 = 7 * 24 * 60;

/// A defined journey.
#[derive(Debug)]
pub struct DefinedJourney {
    /// What it says.
    pub journey: Journey,
    /// Counts up with every change of its definition.
    pub revision: u32,
    /// Its text, as it was applied.
    pub document: String,
    /// When it was applied as it is.
    pub applied_at: Timestamp,
}

impl DefinedJourney {
    /// Reads a stored definition.
    ///
    /// # Errors
    /// If this version of ippo cannot read what was stored.
    pub fn read(stored: &StoredDefinition) -> Result<Self, UnusableDefinition> {
        let unusable = |errors: Vec<_>| UnusableDefinition::of_errors(Kind::Journey, &stored.name, &errors);
        Ok(Self {
            journey: parse_journey(&stored.document).map_err(unusable)?,
            revision: stored.revision,
            document: stored.document.clone(),
            applied_at: stored.applied_at,
        })
    }
}

/// What is wrong with the expressions of a journey's steps, at their places in the file.
pub(crate) fn check(definition: &JourneyDefinition) -> Vec<DefinitionError> {
    let wrong = |text: &ippo_domain::definition::FilterText| {
        let error = Expr::parse(text.scalar.text(), Signal::Spans).err()?;
        Some(text.error_at(error.offset, &error.message))
    };
    definition.filters.iter().filter_map(wrong).collect()
}

/// A journey and what users meet on it.
#[derive(Clone, Debug)]
pub struct JourneyReport {
    /// What it says.
    pub defined: Arc<DefinedJourney>,
    /// The worst state of its SLOs.
    pub state: SloState,
    /// Whether someone should have looked at it again by now.
    pub is_review_overdue: bool,
    /// The SLOs it rests on.
    pub slos: Vec<SloReport>,
    /// Those that cannot be used, by name.
    pub missing: Vec<String>,
    /// What users met in the last seven days. Nothing is taken out: they met what they met.
    pub week: Vec<Experience>,
    /// The same of the last hour.
    pub hour: Vec<Experience>,
    /// Why counts may not be all.
    pub warnings: Vec<String>,
}

/// What is read once for all journeys that are looked at together.
struct Look<'a> {
    gatherer: Gatherer<'a>,
    users: Gatherer<'a>,
    moment: &'a Moment,
    notes: &'a Notes,
    slos: &'a BTreeMap<String, Arc<DefinedSlo>>,
}

impl Slos {
    /// Every journey by name.
    ///
    /// # Errors
    /// When the state database fails.
    pub async fn journeys(&self, now: Timestamp) -> Result<Vec<JourneyReport>, SloError> {
        let all = self.book.read().journeys.values().cloned().collect();
        self.look_at(all, now).await
    }

    /// One journey.
    ///
    /// # Errors
    /// When there is none of that name, or the state database fails.
    pub async fn journey(&self, name: &str, now: Timestamp) -> Result<JourneyReport, SloError> {
        let defined = self.defined_journey(name)?;
        let mut reports = self.look_at(vec![defined], now).await?;
        Ok(reports.remove(0))
    }

    /// What users met in a month on each journey that there was in it, with who answers for it, and why that may not be all.
    /// What became of its SLOs is for the caller to say.
    pub(crate) async fn journey_months(
        &self,
        month: Month,
        minutes: MinuteRange,
        now: Timestamp,
    ) -> Result<(Vec<(String, JourneyMonth)>, Vec<String>), SloError> {
        let pages = self.book.read();
        let moment = Moment::read(self, now).await?;
        let mut connection = self.state.read().await?;
        let mut there = Vec::new();
        for (name, defined) in &pages.journeys {
            let begun = definition::begun_at(&mut connection, Kind::Journey.name(), name).await?;
            if begun.is_some_and(|begun| begun.minute() < minutes.to) {
                there.push(Arc::clone(defined));
            }
        }
        drop(connection);
        let (store, book) = (self.store.clone(), self.book.clone());
        blocking(move || {
            let so_far = MinuteRange { from: minutes.from, to: minutes.to.min(now.minute().plus(1)) };
            let mut users = Gatherer::supposing(&store, &book, &moment.up);
            let (mut told, mut warnings) = (Vec::new(), Vec::new());
            for defined in there {
                let journey = &defined.journey;
                let slos: Vec<_> =
                    journey.slos.iter().filter_map(|name| pages.slos.get(name).cloned()).collect();
                let ([experiences], missing) = met(&mut users, &slos, &[(so_far, month.words())]);
                let of_journey = |why: String| format!("journey {}: {why}", journey.name);
                warnings.extend(missing.into_iter().map(of_journey));
                told.push((journey.owner.clone(), month_of(journey, &slos, experiences)));
            }
            (told, warnings)
        })
        .await
    }

    fn defined_journey(&self, name: &str) -> Result<Arc<DefinedJourney>, SloError> {
        let unknown = || SloError::Undefined { kind: Kind::Journey, name: name.to_owned() };
        self.book.read().journeys.get(name).cloned().ok_or_else(unknown)
    }

    async fn look_at(
        &self,
        journeys: Vec<Arc<DefinedJourney>>,
        now: Timestamp,
    ) -> Result<Vec<JourneyReport>, SloError> {
        let pages = self.book.read();
        let moment = Moment::read(self, now).await?;
        let notes = Notes::read(self, now).await?;
        let (store, book) = (self.store.clone(), self.book.clone());
        blocking(move || {
            let mut look = Look {
                gatherer: Gatherer::new(&store, &book, &moment.up),
                users: Gatherer::supposing(&store, &book, &moment.up),
                moment: &moment,
                notes: &notes,
                slos: &pages.slos,
            };
            journeys.into_iter().map(|journey| look.at(journey)).collect()
        })
        .await
    }
}

/// Not yet with what became of its SLOs.
fn month_of(journey: &Journey, slos: &[Arc<DefinedSlo>], experiences: Vec<Experience>) -> JourneyMonth {
    let title_of = |name: &String| {
        let defined = slos.iter().find(|defined| defined.slo.name == *name);
        defined.map_or_else(|| name.clone(), |defined| defined.slo.display_name.clone())
    };
    let slo = |name: &String| JourneySlo { slo: name.clone(), title: title_of(name), is_kept: None };
    JourneyMonth {
        journey: journey.name.clone(),
        title: journey.display_name.clone(),
        harm: journey.harm.clone(),
        review_on: journey.review_on,
        met: experiences.into_iter().map(|experience| experience.text).collect(),
        slos: journey.slos.iter().map(slo).collect(),
    }
}

impl Look<'_> {
    fn at(&mut self, defined: Arc<DefinedJourney>) -> JourneyReport {
        let named = |name: &String| self.slos.get(name).cloned().ok_or_else(|| name.clone());
        let (slos, missing): (Vec<_>, Vec<_>) =
            defined.journey.slos.iter().map(named).partition(Result::is_ok);
        let slos: Vec<Arc<DefinedSlo>> = slos.into_iter().flatten().collect();
        let reports: Vec<SloReport> =
            slos.iter().map(|slo| report(slo, &mut self.gatherer, self.moment, self.notes)).collect();
        let states = reports.iter().map(|report| report.status.state);
        let (week, hour, warnings) = self.users(&slos);
        JourneyReport {
            state: worst(states.chain(missing.iter().map(|_| SloState::NoData))),
            is_review_overdue: defined.journey.is_review_overdue(self.moment.now),
            slos: reports,
            missing: missing.into_iter().filter_map(Result::err).collect(),
            week,
            hour,
            warnings,
            defined,
        }
    }

    /// What users met in the last week and in the last hour.
    fn users(&mut self, slos: &[Arc<DefinedSlo>]) -> (Vec<Experience>, Vec<Experience>, Vec<String>) {
        let minute = self.moment.now.minute();
        let [week, hour] = [WEEK_MINUTES, 60].map(|minutes| MinuteRange::ending_with(minute, minutes));
        let the_week = Said::new("the last 7 days", "直近 7 日間");
        let the_hour = Said::new("the last hour", "直近 1 時間");
        let ([of_week, of_hour], warnings) =
            met(&mut self.users, slos, &[(week, the_week), (hour, the_hour)]);
        (of_week, of_hour, warnings)
    }
}

/// What users met in stretches of time, the first of which holds the others, and why that may not be all. Nothing is taken out.
fn met<const N: usize>(
    users: &mut Gatherer<'_>,
    slos: &[Arc<DefinedSlo>],
    stretches: &[(MinuteRange, Said); N],
) -> ([Vec<Experience>; N], Vec<String>) {
    let (mut parts, mut warnings) = ([const { Vec::new() }; N], Vec::new());
    for defined in slos {
        let slo = &defined.slo;
        let gathered = users.gather(defined, stretches[0].0, &Exclusions::default(), vec![]);
        warnings.extend(gathered.warnings().into_iter().map(|why| format!("SLO {}: {why}", slo.name)));
        for (place, given) in gathered.inputs.objectives.iter().enumerate() {
            for (parts, (range, _)) in parts.iter_mut().zip(stretches) {
                parts.push(Part { slo, place, sum: given.history.sum(*range) });
            }
        }
    }
    let mut told = stretches.iter().map(|(_, when)| when);
    (parts.map(|parts| told.next().map(|when| experiences(&parts, when)).unwrap_or_default()), warnings)
}
