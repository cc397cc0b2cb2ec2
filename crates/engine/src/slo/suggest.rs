//! Which target is plausible for requests that nobody promised anything of yet, or for an SLO that has one: stored telemetry is
//! counted, and the past held against a ladder of targets.

use ippo_base::{MinuteRange, Timestamp};
use ippo_domain::definition::{RequestJudge, RequestSlo, name_of};
use ippo_domain::slo::suggest::{Ladder, Measured, choose_threshold, suggest};
use ippo_domain::slo::{Coverage, Exclusions, History, MinuteSet, Past, Target, objective_label};
use ippo_state::uptime::since;
use ippo_telemetry::expr::{Expr, ValueExpr};
use ippo_telemetry::read::MinuteCounts;
use ippo_telemetry::{Comparison, CounterSpec, Counts, Signal, Verdict};
use jiff::ToSpan as _;
use jiff::tz::TimeZone;

use super::book::DefinedSlo;
use super::counters::quoted;
use super::gather::Gatherer;
use super::read::{Moment, up_minutes};
use super::{SloError, Slos, blocking};

/// Thresholds of latency that are tried, in milliseconds: round numbers, of which people speak.
const THRESHOLDS_MS: [u32; 12] = [10, 20, 50, 100, 200, 300, 500, 1_000, 2_000, 3_000, 5_000, 10_000];
/// Days of the past that are looked at, at most.
pub const SUGGEST_DAYS_MOST: u32 = 90;
/// Days after which a suggested promise is to be looked at again.
const REVIEW_AFTER_DAYS: i64 = 90;
/// What is bad of requests, as pages of services count it.
const FAILED: &str = "error";

/// What is to be promised.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Requests {
    /// The service.
    pub service: String,
    /// Only requests whose spans have this name.
    pub endpoint: Option<String>,
}

/// What is held against the past.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SuggestFor {
    /// Days of the past.
    pub days: u32,
    /// The length of the rolling window, in days.
    pub window_days: u32,
}

/// What the past says.
#[derive(Clone, Debug)]
pub struct Suggested {
    /// The minutes that were looked at: from the first in which anything was heard.
    pub range: MinuteRange,
    /// What may be promised.
    pub candidates: Vec<Candidate>,
    /// What could not be read.
    pub warnings: Vec<String>,
}

/// Something that may be promised.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// What.
    pub promise: Promised,
    /// What the past says of it; none if nothing was counted.
    pub ladder: Option<Ladder>,
    /// Whether it is the one to promise, of several thresholds.
    pub is_chosen: bool,
}

/// What may be promised.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Promised {
    /// That requests do not fail.
    Availability,
    /// That requests which do not fail take so many milliseconds or less.
    Latency {
        /// The most that they may take.
        most_millis: u32,
    },
    /// What an objective of an SLO promises already.
    Objective {
        /// Its place in the SLO.
        place: usize,
        /// What to call it.
        label: String,
        /// Its target now.
        target: Target,
    },
}

impl Requests {
    /// Which spans are meant.
    fn total(&self) -> String {
        let service = format!("service = {} AND kind IN ('server', 'consumer')", quoted(&self.service));
        match &self.endpoint {
            Some(endpoint) => format!("{service} AND name = {}", quoted(endpoint)),
            None => service,
        }
    }

    fn total_of(&self, promise: &Promised) -> String {
        match promise {
            Promised::Latency { .. } => format!("{} AND NOT {FAILED}", self.total()),
            Promised::Availability | Promised::Objective { .. } => self.total(),
        }
    }
}

impl Slos {
    /// What the past says of the requests of a service.
    ///
    /// # Errors
    /// When a name cannot be in an expression, or state or telemetry fail.
    pub async fn suggest_requests(
        &self,
        requests: &Requests,
        wish: &SuggestFor,
        now: Timestamp,
    ) -> Result<Suggested, SloError> {
        let asked = past_of(wish, now);
        let promises: Vec<Promised> = [Promised::Availability]
            .into_iter()
            .chain(THRESHOLDS_MS.map(|most_millis| Promised::Latency { most_millis }))
            .collect();
        let source = Requests { endpoint: None, ..requests.clone() };
        let mut specs = vec![spec(&format!("service = {}", quoted(&source.service)), Verdict::All)?];
        for promise in &promises {
            specs.push(spec(&requests.total_of(promise), verdict(promise)?)?);
        }
        let counted =
            self.store.read(move |reader| reader.minute_counts(Signal::Spans, &specs, asked)).await?;
        let mut connection = self.state.read().await?;
        let up = up_minutes(&since(&mut connection, Timestamp::MIN).await?, now);
        drop(connection);
        let (warnings, window) = (counted.warnings, wish.window_days * MINUTES_PER_DAY);
        blocking(move || {
            let (range, ladders) = ladders(counted.value, up, window);
            let candidates = chosen(promises.into_iter().zip(ladders).collect());
            Suggested { range, candidates, warnings }
        })
        .await
    }

    /// What the past says of the objectives of an SLO, by their own counters and exclusions.
    ///
    /// # Errors
    /// When there is no such SLO, or state fails.
    pub async fn suggest_objectives(
        &self,
        name: &str,
        wish: &SuggestFor,
        now: Timestamp,
    ) -> Result<Suggested, SloError> {
        let defined = self.defined(name)?;
        let moment = Moment::read(self, now).await?;
        let (slos, asked, window) = (self.clone(), past_of(wish, now), wish.window_days * MINUTES_PER_DAY);
        blocking(move || objectives(&slos, &defined, &moment, asked, window)).await
    }

    /// The definition of an SLO over requests, ready to be applied: with a name that is free, and a review date.
    pub fn suggested_definition(
        &self,
        requests: &Requests,
        promise: &NewPromise<'_>,
        now: Timestamp,
    ) -> SuggestedDefinition {
        let endpoint = requests.endpoint.as_deref();
        let what = endpoint
            .map_or_else(|| requests.service.clone(), |endpoint| format!("{} {endpoint}", requests.service));
        let (kind, display_name, promised) = match promise.most_millis {
            None => ("availability", format!("{what}: availability"), Promised::Availability),
            Some(most) => {
                ("latency", format!("{what}: within {most} ms"), Promised::Latency { most_millis: most })
            }
        };
        let words = [requests.service.as_str(), endpoint.unwrap_or_default(), kind];
        let name = self.free_name(&name_of(&words));
        let today = jiff::Timestamp::from_nanosecond(i128::from(now.as_nanos()))
            .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
            .to_zoned(TimeZone::UTC)
            .date();
        let slo = RequestSlo {
            name: &name,
            display_name: &display_name,
            description: "",
            owner: promise.owner,
            notify: promise.notify,
            review_on: today.saturating_add(REVIEW_AFTER_DAYS.days()),
            service: &requests.service,
            total: &requests.total_of(&promised),
            judged: promise.most_millis.map_or(RequestJudge::Bad(FAILED), RequestJudge::WithinMillis),
            window_days: promise.window_days,
            target: promise.target,
        };
        SuggestedDefinition { document: slo.document(), name }
    }

    fn free_name(&self, name: &str) -> String {
        let pages = self.book.read();
        let is_free = |name: &str| !pages.slos.contains_key(name);
        if is_free(name) {
            return name.to_owned();
        }
        let numbered = |number: u32| format!("{}-{number}", name[..name.len().min(58)].trim_end_matches('-'));
        (2..).map(numbered).find(|name| is_free(name)).expect("there are more numbers than SLOs")
    }
}

/// What a new SLO promises.
#[derive(Clone, Copy, Debug)]
pub struct NewPromise<'a> {
    /// The most milliseconds that requests may take; none for that they do not fail.
    pub most_millis: Option<u32>,
    /// What share must be good.
    pub target: &'a Target,
    /// The length of the rolling window, in days.
    pub window_days: u32,
    /// Who answers for it; may be empty.
    pub owner: &'a str,
    /// The notification target that is told; may be empty.
    pub notify: &'a str,
}

/// A definition that is ready to be applied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SuggestedDefinition {
    /// The SLO's name.
    pub name: String,
    /// Its document, as YAML.
    pub document: String,
}

const MINUTES_PER_DAY: u32 = ippo_base::MINUTES_PER_DAY;

/// Whole days back from the minute that has begun, which is not one of them.
fn past_of(wish: &SuggestFor, now: Timestamp) -> MinuteRange {
    let to = now.minute();
    MinuteRange { from: to.minus(wish.days * MINUTES_PER_DAY), to }
}

fn spec(total: &str, verdict: Verdict) -> Result<CounterSpec, SloError> {
    let total = Expr::parse(total, Signal::Spans).map_err(|error| SloError::Refused(error.message))?;
    Ok(CounterSpec { signal: Signal::Spans, total, verdict })
}

fn verdict(promise: &Promised) -> Result<Verdict, SloError> {
    let refused = |error: ippo_telemetry::expr::ExprError| SloError::Refused(error.message);
    Ok(match promise {
        Promised::Latency { most_millis } => Verdict::Threshold {
            value: ValueExpr::parse("duration_ns / 1000000", Signal::Spans).map_err(refused)?,
            op: Comparison::Lte,
            limit: f64::from(*most_millis),
        },
        Promised::Availability | Promised::Objective { .. } => {
            Verdict::Bad(Expr::parse(FAILED, Signal::Spans).map_err(refused)?)
        }
    })
}

/// The ladder of each predicate but the first, which says when the source was heard.
fn ladders(counted: MinuteCounts, up: MinuteSet, window: u32) -> (MinuteRange, Vec<Option<Ladder>>) {
    let MinuteCounts { range, counts, holes } = counted;
    let mut counts = counts.into_iter();
    let heard = counts.next().unwrap_or_default();
    let from = heard.first().map_or(range.to, |(minute, _)| *minute);
    let range = MinuteRange { from, to: range.to };
    let sealed = MinuteSet::from_ranges(holes);
    let source = MinuteSet::from_ascending(heard.into_iter().map(|(minute, _)| minute));
    let coverage = Coverage { up, source };
    let ladder = |counts: Vec<(ippo_base::Minute, Counts)>| {
        let counts: Vec<_> = counts.into_iter().map(|(minute, counts)| (minute, told(counts))).collect();
        let history = History::new(&counts, &sealed, &coverage, &Exclusions::default(), None);
        suggest(&Past::of(&history, range), Measured::events(window))
    };
    (range, counts.map(ladder).collect())
}

fn told(counts: Counts) -> ippo_domain::slo::Counts {
    ippo_domain::slo::Counts { good: counts.good, bad: counts.bad, unknown: counts.unknown }
}

/// Of thresholds, those between the first that most requests keep and the first that all do; with the one to promise.
fn chosen(all: Vec<(Promised, Option<Ladder>)>) -> Vec<Candidate> {
    let (mut candidates, mut latencies) = (Vec::new(), Vec::new());
    for (promise, ladder) in all {
        match (&promise, ladder) {
            (Promised::Latency { .. }, None) => {}
            (Promised::Latency { .. }, Some(ladder)) => latencies.push((promise, ladder)),
            (_, ladder) => candidates.push(Candidate { promise, ladder, is_chosen: true }),
        }
    }
    let all_kept = latencies.iter().position(|(_, ladder)| ladder.sum.counts.bad == 0);
    latencies.truncate(all_kept.map_or(latencies.len(), |place| place + 1));
    latencies.retain(|(_, ladder)| !ladder.is_inverted);
    let ladders: Vec<Ladder> = latencies.iter().map(|(_, ladder)| ladder.clone()).collect();
    let place = choose_threshold(&ladders);
    candidates.extend(latencies.into_iter().enumerate().map(|(at, (promise, ladder))| Candidate {
        promise,
        ladder: Some(ladder),
        is_chosen: Some(at) == place,
    }));
    candidates
}

fn objectives(
    slos: &Slos,
    defined: &DefinedSlo,
    moment: &Moment,
    asked: MinuteRange,
    window: u32,
) -> Suggested {
    let slo = &defined.slo;
    let mut gatherer = Gatherer::new(&slos.store, &slos.book, &moment.up);
    let gathered = gatherer.gather(defined, asked, &moment.exclusions_of(&slo.name), vec![]);
    let ranges = gathered.coverage.iter().filter_map(|of| of.source.ranges().first());
    let heard = ranges.map(|range| range.from).min().filter(|from| *from < asked.to);
    let range = MinuteRange { from: heard.map_or(asked.to, |from| from.max(asked.from)), to: asked.to };
    let candidates = slo.objectives.iter().zip(&gathered.inputs.objectives).enumerate();
    let candidates = candidates.map(|(place, (objective, given))| {
        let measured = Measured::of(slo, objective, window);
        let promise = Promised::Objective {
            place,
            label: objective_label(objective),
            target: objective.target.clone(),
        };
        let ladder = suggest(&Past::of(&given.history, range), measured);
        Candidate { promise, ladder, is_chosen: true }
    });
    let candidates = candidates.collect();
    Suggested { range, candidates, warnings: gathered.warnings() }
}
