//! How a month of an SLO went, for reports.

use std::collections::BTreeMap;
use std::sync::Arc;

use ippo_base::{Minute, MinuteRange, Timestamp};
use ippo_domain::incident::Incident;
use ippo_domain::report::{PeriodMonth, PromiseMonth, WorstHour};
use ippo_domain::slo::{CalendarWindow, PeriodResult, Ratio, SloInputs, closing_calendar, period_results};
use ippo_state::definition;

use super::book::DefinedSlo;
use super::gather::Gatherer;
use super::read::Moment;
use super::spend::worst_hours;
use super::{SloError, Slos, blocking};

/// Hours that are told of an SLO.
const HOURS_TOLD: usize = 3;
/// Those that took less of the month's budget, in per cent, are not told.
const WORTH_TELLING: i128 = 5;

/// What is known of a month of some SLOs, each with who answers for it.
pub(crate) struct PromiseMonths {
    /// By name.
    pub(crate) promises: Vec<(String, PromiseMonth)>,
    /// Why this may not be all.
    pub(crate) warnings: Vec<String>,
}

/// Which of them is asked for.
#[derive(Clone, Copy)]
struct Asked {
    /// The month.
    month: MinuteRange,
    /// What has passed of it.
    so_far: MinuteRange,
}

impl Slos {
    /// How a month went for every SLO that there was in it. `incidents` are those of the month, by SLO.
    pub(crate) async fn months(
        &self,
        month: MinuteRange,
        incidents: BTreeMap<String, Vec<Incident>>,
        now: Timestamp,
    ) -> Result<PromiseMonths, SloError> {
        let pages = self.book.read();
        let moment = Moment::read(self, now).await?;
        let mut connection = self.state.read().await?;
        let mut begun = BTreeMap::new();
        for name in pages.slos.keys() {
            begun.insert(name.clone(), definition::begun_at(&mut connection, "SLO", name).await?);
        }
        drop(connection);
        let slos = self.clone();
        blocking(move || {
            let so_far = MinuteRange { from: month.from, to: month.to.min(now.minute().plus(1)) };
            let asked = Asked { month, so_far };
            let mut gatherer = Gatherer::supposing(&slos.store, &slos.book, &moment.up);
            let mut told = PromiseMonths { promises: Vec::new(), warnings: Vec::new() };
            for (name, defined) in &pages.slos {
                let incidents = incidents.get(name).map(Vec::as_slice).unwrap_or_default();
                let calendar = closing_calendar(&defined.slo, &slos.book.zone());
                let (promise, warnings) =
                    promise_month(defined, &mut gatherer, (&moment, &calendar), incidents, asked);
                let was_there =
                    begun.get(name).copied().flatten().is_some_and(|begun| begun.minute() < month.to);
                let is_known = |period: &PeriodMonth| period.results.iter().any(PeriodResult::is_known);
                if was_there || promise.periods.iter().any(is_known) {
                    told.warnings.extend(warnings.into_iter().map(|warning| format!("{name}: {warning}")));
                    told.promises.push((defined.slo.owner.clone(), promise));
                }
            }
            told
        })
        .await
    }
}

fn promise_month(
    defined: &Arc<DefinedSlo>,
    gatherer: &mut Gatherer<'_>,
    (moment, calendar): (&Moment, &CalendarWindow),
    incidents: &[Incident],
    asked: Asked,
) -> (PromiseMonth, Vec<String>) {
    let slo = &defined.slo;
    let until = asked.so_far.to;
    let periods = periods(calendar, asked);
    let before = |period: &MinuteRange| calendar.period(period.from.minus(1));
    let from = periods.first().map_or(asked.month.from, |first| before(first).from.min(asked.month.from));
    let read = MinuteRange { from, to: until };
    let gathered = gatherer.gather(defined, read, &moment.exclusions_of(&slo.name), vec![]);
    let last = until.minus(1);
    let results = |period| period_results(slo, &gathered.inputs, period, last);
    let period = |period: &MinuteRange| PeriodMonth {
        period: *period,
        is_over: period.to <= until,
        results: results(*period),
        before: results(before(period)),
    };
    let promise = PromiseMonth {
        slo: slo.name.clone(),
        title: slo.display_name.clone(),
        service: slo.service.clone(),
        is_monthly: periods == [asked.month],
        review_on: slo.review_on,
        periods: periods.iter().map(period).collect(),
        worst: worst(defined, &gathered.inputs, incidents, results(asked.month), asked.so_far),
    };
    (promise, gathered.warnings())
}

/// The periods that end in the month, as far as it has come, and the one that goes on at its end if none does.
fn periods(calendar: &CalendarWindow, asked: Asked) -> Vec<MinuteRange> {
    let mut found = Vec::new();
    let mut period = calendar.period(asked.month.from);
    while period.to <= asked.month.to && period.from < asked.so_far.to {
        found.push(period);
        period = calendar.period(period.to);
    }
    if found.is_empty() {
        found.push(calendar.period(Minute(asked.so_far.to.0.saturating_sub(1)).max(asked.month.from)));
    }
    found
}

fn worst(
    defined: &DefinedSlo,
    inputs: &SloInputs,
    incidents: &[Incident],
    of_month: Vec<PeriodResult>,
    range: MinuteRange,
) -> Vec<WorstHour> {
    // The result of a composite SLO as a whole comes before those of its objectives.
    let objectives = of_month.into_iter().skip(usize::from(defined.slo.is_composite()));
    let allowed = objectives.map(|result| result.budget.map(|budget| budget.allowed));
    let given: Vec<_> = inputs.objectives.iter().map(|given| &given.history).zip(allowed).collect();
    let hours = worst_hours(&defined.slo, &given, range, incidents);
    let told = hours.into_iter().filter_map(|hour| {
        let share = hour.share.filter(|share| *share >= Ratio::new(WORTH_TELLING, 100))?;
        Some(WorstHour {
            range: hour.range,
            bad: hour.bad,
            total: hour.total,
            share,
            incidents: hour.incidents.into_iter().map(|(id, _)| id).collect(),
        })
    });
    told.take(HOURS_TOLD).collect()
}
