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
use ippo_domain::slo::{Exclusions, SloState};
use ippo_state::definition::StoredDefinition;
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
        let (mut of_week, mut of_hour, mut warnings) = (Vec::new(), Vec::new(), Vec::new());
        for defined in slos {
            let slo = &defined.slo;
            let gathered = self.users.gather(defined, week, &Exclusions::default(), vec![]);
            warnings.extend(gathered.warnings().into_iter().map(|why| format!("SLO {}: {why}", slo.name)));
            for (place, given) in gathered.inputs.objectives.iter().enumerate() {
                of_week.push(Part { slo, place, sum: given.history.sum(week) });
                of_hour.push(Part { slo, place, sum: given.history.sum(hour) });
            }
        }
        let the_week = Said::new("the last 7 days", "直近 7 日間");
        let the_hour = Said::new("the last hour", "直近 1 時間");
        (experiences(&of_week, &the_week), experiences(&of_hour, &the_hour), warnings)
    }
}
