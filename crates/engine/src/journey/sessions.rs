//! How sessions went on through a journey's steps, from stored spans. Reads no more than a read may, and says what is missing.

use std::time::Duration;

use ippo_base::{TimeRange, Timestamp};
use ippo_domain::journey::{Journey, JourneyStep, Outcome, StepWalk, Visit, Walk, walks};
use ippo_telemetry::read::{Found, JoinBy, Place, SampledPart, SessionRow, SessionSearch, Sessions};
use ippo_telemetry::{Expr, Signal};

use crate::slo::{SloError, Slos};

/// Days that are looked at if nobody says how many.
pub const SESSION_DAYS: u32 = 7;
/// Days that are looked at, at most.
pub const SESSION_DAYS_MOST: u32 = 31;

const DAY: Duration = Duration::from_secs(86_400);
const NANOS_PER_MILLI: i64 = 1_000_000;

/// How the sessions of a range went through a journey.
#[derive(Clone, PartialEq, Debug)]
pub struct SessionWalks {
    /// Sessions that reached a step in it.
    pub range: TimeRange,
    /// Within how many minutes a session goes on.
    pub within_minutes: u32,
    /// The attribute that joins requests; none for the usual ones.
    pub attribute: Option<String>,
    /// Each step and its sessions.
    pub steps: Vec<(JourneyStep, StepWalk)>,
    /// Sessions that were looked at.
    pub sessions: u64,
    /// One of so many was.
    pub one_of: u64,
    /// Requests at the steps that do not say of which session they are.
    pub nameless: u64,
    /// Sessions that are known by their user alone.
    pub by_user: u64,
    /// Requests that their sender sampled: others of the same sessions may be missing.
    pub sampled: u64,
    /// Whether stored spans are known to be missing from it.
    pub partial: bool,
    /// What the reader should know.
    pub warnings: Vec<String>,
    /// Which of the spans are what sampling at rest left.
    pub sampled_part: Option<SampledPart>,
}

impl Slos {
    /// How the sessions that reached a step of a journey in `range` went on.
    ///
    /// # Errors
    /// When there is no such journey, it has no steps, the range is too long, or telemetry fails.
    pub async fn journey_sessions(
        &self,
        name: &str,
        range: TimeRange,
        now: Timestamp,
    ) -> Result<SessionWalks, SloError> {
        let defined = self.defined_journey(name)?;
        let journey = &defined.journey;
        if range.to.since(range.from) > DAY * SESSION_DAYS_MOST {
            let why = format!("sessions of at most {SESSION_DAYS_MOST} days are looked at at once");
            return Err(SloError::Refused(why));
        }
        let within = Duration::from_secs(u64::from(journey.goes_on_within_minutes) * 60);
        let known_to = range.to.plus(within).min(now);
        let walk = Walk { from: range.from, to: range.to, known_to, within };
        let read = TimeRange { from: range.from, to: known_to.max(range.from) };
        let search = SessionSearch { places: places(journey)?, join: join(journey), range: read };
        let found = if journey.steps.is_empty() || read.from >= read.to {
            Found { value: Sessions { one_of: 1, ..Sessions::default() }, ..Found::default() }
        } else {
            self.store.read(move |reader| reader.sessions(&search)).await?
        };
        let steps = journey.steps.clone();
        let (range, within_minutes) = (range, journey.goes_on_within_minutes);
        let attribute = journey.session_attribute.clone();
        crate::slo::blocking(move || {
            let Found { value, warnings, partial, sampled: sampled_part } = found;
            let mut visits: Vec<Vec<Visit>> =
                value.sessions.iter().map(|rows| rows.iter().map(visit).collect()).collect();
            let walks = walks(&walk, steps.len(), visits.iter_mut().map(Vec::as_mut_slice));
            SessionWalks {
                range,
                within_minutes,
                attribute,
                steps: steps.into_iter().zip(walks).collect(),
                sessions: value.sessions.len() as u64,
                one_of: value.one_of,
                nameless: value.nameless,
                by_user: value.by_user,
                sampled: value.sampled,
                partial,
                warnings,
                sampled_part,
            }
        })
        .await
    }
}

fn places(journey: &Journey) -> Result<Vec<Place>, SloError> {
    let place = |step: &JourneyStep| {
        let filter = Expr::parse(&step.filter, Signal::Spans)
            .map_err(|error| SloError::Refused(format!("step {}: {}", step.name, error.message)))?;
        Ok(Place { filter, slow_ns: step.slow_ms.map(|millis| i64::from(millis) * NANOS_PER_MILLI) })
    };
    journey.steps.iter().map(place).collect()
}

fn join(journey: &Journey) -> JoinBy {
    journey.session_attribute.clone().map_or(JoinBy::Usual, JoinBy::Attribute)
}

fn visit(row: &SessionRow) -> Visit {
    let outcome = match (row.failed, row.slow) {
        (true, _) => Outcome::Failed,
        (false, true) => Outcome::Slow,
        (false, false) => Outcome::Fine,
    };
    Visit { at: row.at, step: usize::from(row.place), outcome }
}
