//! What spent an SLO's budget: which days and hours of its window, the incidents that these fall in, and, by the question that
//! telemetry is asked, whose requests.

use ippo_base::{MINUTES_PER_DAY, Minute, MinuteRange, TimeRange, Timestamp};
use ippo_domain::Said;
use ippo_domain::incident::{Incident, IncidentKind};
use ippo_domain::slo::burn::Promise;
use ippo_domain::slo::{History, Ratio, Signal, Slo, evaluate, objective_label, weighted};
use ippo_state::incident::of_slo_since;
use ippo_telemetry::expr::Expr;

use super::counters::{bad_events, signal};
use super::gather::Gatherer;
use super::read::Moment;
use super::{SloError, Slos, blocking};

/// Hours that are told, those that spent the most.
const HOURS_TOLD: usize = 10;
/// Values of a dimension that are told.
pub const SPEND_VALUES: usize = 20;

/// What spent the budget of one objective in its window, or of a composite SLO as a whole.
#[derive(Clone, Debug)]
pub struct Spend {
    /// What the objective is called, or the SLO.
    pub objective: String,
    /// Of a composite SLO as a whole: what its parts are called, and the share of its budget that each spent.
    pub parts: Vec<(String, Ratio)>,
    /// What has passed of the window.
    pub window: MinuteRange,
    /// What may be bad in it, in events or slices; none if nothing was counted, and of a whole, whose parts have each their own.
    pub allowed: Option<Ratio>,
    /// What is bad; none where nothing is said to be allowed.
    pub spent: Option<Ratio>,
    /// The share that is left.
    pub remaining: Option<Ratio>,
    /// Each UTC day of the window, ascending.
    pub days: Vec<SpendInterval>,
    /// The hours that spent the most, the most first; none that spent nothing. Of a whole by their share, else by what was bad.
    pub hours: Vec<SpendInterval>,
    /// Why this may not be all.
    pub warnings: Vec<String>,
}

/// What a stretch of time spent.
#[derive(Clone, Debug)]
pub struct SpendInterval {
    /// The minutes.
    pub range: MinuteRange,
    /// What is bad, in events or slices.
    pub bad: Ratio,
    /// Everything.
    pub total: Ratio,
    /// The share of the window's whole budget that this is.
    pub share: Option<Ratio>,
    /// Of a composite SLO as a whole, what of that each part spent, in order.
    pub part_shares: Vec<Ratio>,
    /// The SLO's incidents that were open in it.
    pub incidents: Vec<(i64, Said)>,
}

impl Slos {
    /// What spent the budget of an SLO's objective at `place`; without a place that of a composite SLO as a whole, or of the first
    /// objective.
    ///
    /// # Errors
    /// When there is no such SLO or objective, or state fails.
    pub async fn spend(&self, name: &str, place: Option<usize>, now: Timestamp) -> Result<Spend, SloError> {
        let defined = self.defined(name)?;
        let parts = parts(&defined.slo, place)?;
        let moment = Moment::read(self, now).await?;
        let from = moment.reach(&defined.slo).from.start();
        let mut connection = self.state.read().await?;
        let mut incidents = of_slo_since(&mut connection, name, from).await?;
        // A policy's ticket follows from what was spent.
        incidents.retain(|incident| incident.kind != IncidentKind::Policy);
        drop(connection);
        let slos = self.clone();
        blocking(move || {
            let slo = &defined.slo;
            let mut gatherer = Gatherer::new(&slos.store, &slos.book, &moment.up);
            let exclusions = moment.exclusions_of(&slo.name);
            let gathered = gatherer.gather(&defined, moment.reach(slo), &exclusions, moment.firing_of(slo));
            let status = evaluate(slo, &gathered.inputs, now);
            let first = parts[0].0;
            let window = status.objectives[first].window();
            let whole = status.whole.as_ref().filter(|_| place.is_none());
            let of = Window {
                parts: parts
                    .iter()
                    .map(|(place, share)| Part {
                        share: *share,
                        promise: Promise::of(slo, &slo.objectives[*place]),
                        history: &gathered.inputs.objectives[*place].history,
                        allowed: status.objectives[*place].window().budget.map(|budget| budget.allowed),
                    })
                    .collect(),
                so_far: window.at.so_far,
                is_whole: whole.is_some(),
                incidents: &incidents,
            };
            let budget = window.budget.filter(|_| whole.is_none());
            let names = slo.objectives.iter().map(objective_label);
            let spent = whole.map(|whole| whole.window().parts.iter().map(|part| part.of_whole));
            Spend {
                objective: match whole {
                    Some(_) => slo.display_name.clone(),
                    None => objective_label(&slo.objectives[first]),
                },
                parts: spent.map(|spent| names.zip(spent).collect()).unwrap_or_default(),
                window: window.at.so_far,
                allowed: budget.map(|budget| budget.allowed),
                spent: budget.map(|budget| budget.spent),
                remaining: match whole {
                    Some(whole) => whole.window().remaining(),
                    None => budget.map(|budget| budget.remaining),
                },
                days: of.split(MINUTES_PER_DAY),
                hours: of.worst_hours(),
                warnings: gathered.warnings(),
            }
        })
        .await
    }

    /// The question, in SQL, that tells whose events of a range kept an objective's promise and whose broke it: rows of a value
    /// of the dimension, its bad events and all of them, those with the most bad ones first. Unknown and sampled events are in
    /// neither; those of excluded minutes are in both, as rows do not know of them.
    ///
    /// A dimension is `endpoint`, `version`, a column, `attrs['…']` or `resource['…']`.
    ///
    /// # Errors
    /// When there is no such SLO, objective or dimension, or the SLI counts increases of metrics, which are nobody's.
    pub fn spend_question(
        &self,
        name: &str,
        place: usize,
        dimension: &str,
        range: TimeRange,
    ) -> Result<String, SloError> {
        let defined = self.defined(name)?;
        let slo = &defined.slo;
        check_place(slo, place)?;
        let objective = &slo.objectives[place];
        let sli = &objective.sli;
        if sli.is_by_increase() {
            let why = "this SLI counts what metrics add up to: there are no single events to be told apart";
            return Err(SloError::Refused(why.to_owned()));
        }
        let column = column(sli.signal, dimension)?;
        let (table, time) = match sli.signal {
            Signal::Spans => ("spans", "start"),
            Signal::Logs => ("logs", "time"),
            Signal::Metrics => ("metrics", "time"),
        };
        let judged = if sli.signal == Signal::Spans { " AND NOT sampled" } else { "" };
        let (total, bad) = (&sli.total, bad_events(objective));
        Ok(format!(
            "SELECT CAST({column} AS VARCHAR) AS value, sum(CASE WHEN ({bad}) THEN 1 ELSE 0 END) AS bad, \
             sum(CASE WHEN ({bad}) IS NULL THEN 0 ELSE 1 END) AS total \
             FROM {table} WHERE {time} >= TIMESTAMP '{}' AND {time} < TIMESTAMP '{}' AND ({total}){judged} \
             GROUP BY 1 ORDER BY 2 DESC, 3 DESC, 1 LIMIT {SPEND_VALUES}",
            range.from, range.to
        ))
    }
}

pub(super) fn check_place(slo: &Slo, place: usize) -> Result<(), SloError> {
    match slo.objectives.len() {
        all if place < all => Ok(()),
        all => Err(SloError::Refused(format!("SLO {} has {all} objectives, counted from 0", slo.name))),
    }
}

/// The places that are asked for, each with what it weighs: one objective, or all parts of a composite SLO.
pub(super) fn parts(slo: &Slo, place: Option<usize>) -> Result<Vec<(usize, Ratio)>, SloError> {
    match place {
        None if slo.is_composite() => Ok(slo.shares().into_iter().enumerate().collect()),
        place => {
            let place = place.unwrap_or_default();
            check_place(slo, place)?;
            Ok(vec![(place, Ratio::ONE)])
        }
    }
}

/// What that is called: the objective, or the composite SLO as a whole.
pub(super) fn named(slo: &Slo, place: Option<usize>) -> String {
    match place {
        None if slo.is_composite() => slo.display_name.clone(),
        place => slo.objectives.get(place.unwrap_or_default()).map(objective_label).unwrap_or_default(),
    }
}

/// The column of a dimension, or of what it is called.
fn column(of: Signal, dimension: &str) -> Result<String, SloError> {
    let known = match (dimension, of) {
        ("endpoint", Signal::Spans) => Some("name"),
        ("version", _) => Some("service_version"),
        _ => None,
    };
    let column = known.unwrap_or(dimension);
    let key = |prefix: &str| column.strip_prefix(prefix).and_then(|rest| rest.strip_suffix("']"));
    let plain = |text: &str, more: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    let is_column = key("attrs['").or_else(|| key("resource['")).is_some_and(|key| plain(key, "._-/:"));
    let wrong = |reason: &str| {
        SloError::Refused(format!(
            "{dimension:?} is no dimension: {reason}; write endpoint, version, a column such as route, attrs['customer.segment'] \
             or resource['deployment.environment.name']"
        ))
    };
    if !is_column && !plain(column, "_") {
        return Err(wrong("it is no column"));
    }
    Expr::parse(&format!("{column} IS NOT NULL"), signal(of))
        .map(|_| column.to_owned())
        .map_err(|error| wrong(&error.message))
}

/// The hours of a range that spent the most of what each objective that is asked for may, the most first; none that spent nothing.
/// Of a composite SLO those of the whole, else those of the first objective.
pub(super) fn worst_hours(
    slo: &Slo,
    given: &[(&History, Option<Ratio>)],
    range: MinuteRange,
    incidents: &[Incident],
) -> Vec<SpendInterval> {
    let parts = parts(slo, None).unwrap_or_default();
    let part = |(place, share): (usize, Ratio)| Part {
        share,
        promise: Promise::of(slo, &slo.objectives[place]),
        history: given[place].0,
        allowed: given[place].1,
    };
    let parts = parts.into_iter().map(part).collect();
    Window { parts, so_far: range, is_whole: slo.is_composite(), incidents }.worst_hours()
}

/// What intervals are made of.
struct Window<'a> {
    parts: Vec<Part<'a>>,
    /// What has passed of it.
    so_far: MinuteRange,
    /// Whether the parts are those of a composite SLO.
    is_whole: bool,
    incidents: &'a [Incident],
}

/// An objective of it.
struct Part<'a> {
    /// What it weighs of all.
    share: Ratio,
    promise: Promise<'a>,
    history: &'a History,
    /// What may be bad in the window.
    allowed: Option<Ratio>,
}

impl Window<'_> {
    /// The hours that spent the most.
    fn worst_hours(&self) -> Vec<SpendInterval> {
        let mut hours = self.split(60);
        hours.retain(|hour| hour.bad > Ratio::ZERO);
        let rank =
            |hour: &SpendInterval| if self.is_whole { hour.share.unwrap_or(Ratio::ZERO) } else { hour.bad };
        hours.sort_by(|a, b| rank(b).cmp(&rank(a)).then(b.range.from.cmp(&a.range.from)));
        hours.truncate(HOURS_TOLD);
        hours
    }

    /// Its intervals of so many minutes, from one whole multiple of them to the next.
    fn split(&self, minutes: u32) -> Vec<SpendInterval> {
        let (mut found, mut from) = (Vec::new(), self.so_far.from);
        while from < self.so_far.to {
            let next = Minute((from.0 / minutes + 1) * minutes);
            let range = MinuteRange { from, to: next.min(self.so_far.to) };
            found.push(self.interval(range));
            from = range.to;
        }
        found
    }

    fn interval(&self, range: MinuteRange) -> SpendInterval {
        let (mut bad, mut total, mut shares) = (Ratio::ZERO, Ratio::ZERO, Vec::new());
        for part in &self.parts {
            let judged = part.promise.judged(&part.history.sum(range));
            let allowed = part.allowed.filter(|allowed| *allowed > Ratio::ZERO);
            let own = allowed.map(|allowed| judged.map_or(Ratio::ZERO, |judged| judged.bad()).over(allowed));
            shares.push((part.share, own));
            if let Some(judged) = judged {
                (bad, total) = (bad.plus(judged.bad()), total.plus(judged.total()));
            }
        }
        let of_range = |incident: &&Incident| {
            let ended = incident.resolved.as_ref().map(|(at, _)| *at);
            incident.opened_at < range.to.start() && ended.is_none_or(|ended| ended > range.from.start())
        };
        let each = |term: &(Ratio, Option<Ratio>)| weighted(&[*term]).unwrap_or(Ratio::ZERO);
        SpendInterval {
            range,
            bad,
            total,
            share: weighted(&shares),
            part_shares: if self.is_whole { shares.iter().map(each).collect() } else { Vec::new() },
            incidents: self.incidents.iter().filter(of_range).map(|i| (i.id, i.title.clone())).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use ippo_domain::definition::parse_slo;

    use super::*;

    const SLO: &str = "apiVersion: openslo/v1
kind: SLO
metadata: {name: a}
spec:
  service: shop
  indicator:
    metadata: {name: b}
    spec:
      ratioMetric:
        good: {metricSource: {type: spans, spec: {where: http_status < 500}}}
        total: {metricSource: {type: spans, spec: {where: service = 'shop'}}}
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.999}]
";

    #[test]
    fn a_dimension_is_a_column_and_nothing_else() {
        let slo = parse_slo(SLO).expect("good");
        let named = |dimension: &str| {
            column(slo.objectives[0].sli.signal, dimension).map_err(|error| error.to_string())
        };
        assert_eq!(named("endpoint").as_deref(), Ok("name"));
        assert_eq!(named("version").as_deref(), Ok("service_version"));
        for same in ["route", "attrs['customer.segment']", "resource['deployment.environment.name']"] {
            assert_eq!(named(same).as_deref(), Ok(same));
        }
        for wrong in [
            "",
            "nothing",
            "name, body",
            "attrs['a'] || attrs['b']",
            "attrs['it''s']",
            "name)--",
            "attrs['']",
        ] {
            assert!(named(wrong).is_err_and(|why| why.contains("is no dimension")), "{wrong}");
        }
    }
}
