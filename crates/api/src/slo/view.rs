//! From what the engine says of SLOs to what the API writes. Floats appear here and nowhere below: whatever is decided
//! was decided exactly.

use ippo_base::Timestamp;
use ippo_domain::{Language, slo};
use ippo_engine::slo::{SloReport, SloSeries as SeriesOfSlo, bounds};
use ippo_telemetry::read::Failure as FailedEvent;

use super::composite;
use super::policy::StandingRule;
use super::{
    Burn, BurnOmitted, BurnSeverity, Failure, Gap, Objective, Sli, SliKind, SliSignal, Slo, SloPoint,
    SloRemark, SloSeries, SloState, TimeSlices, Window,
};
use crate::page::Page;
use crate::time::Time;

impl Slo {
    /// One SLO as it stands, in a language.
    pub(super) fn told(report: &SloReport, language: Language) -> Self {
        let (slo, status) = (&report.slo, &report.status);
        let places = 0..slo.objectives.len();
        Self {
            name: slo.name.clone(),
            display_name: slo.display_name.clone(),
            description: slo.description.clone(),
            owner: slo.owner.clone(),
            notify: slo.told(),
            service: slo.service.clone(),
            revision: report.revision.into(),
            sli: if slo.is_composite() { None } else { sli(&slo.objectives) },
            budgeting_method: slo.budgeting_method.name().to_owned(),
            window_secs: u64::from(first_window(status).map_or(0, |window| window.at.period.len())) * 60,
            window: slo.window.to_string(),
            unmeasured: slo.unmeasured.name().to_owned(),
            every_failure_matters: slo.every_failure_matters,
            review_on: slo.review_on.map(|date| date.to_string()),
            state: SloState::of(status.state),
            state_rule: status.state_rule.to(language).to_owned(),
            remarks: report.remarks.iter().map(|remark| told(remark, language)).collect(),
            coverage: status.coverage.to_f64(),
            backfilling: status.backfilling,
            exhausts_at: status.exhausts_at.map(Time),
            muted_until: report.mute.as_ref().map(|m| Time(m.until)),
            muted_by: report.mute.as_ref().map(|m| m.by.clone()),
            open_incident: report.open_incident.and_then(|n| u64::try_from(n).ok()),
            standing: report
                .standing
                .iter()
                .map(|each| StandingRule::told(&slo.name, each, language))
                .collect(),
            runbook: slo.runbook.clone(),
            objectives: places.map(|place| objective(slo, place, &status.objectives[place])).collect(),
            composite: status.whole.as_ref().map(|whole| composite::composite(slo, whole)),
            definition: report.document.clone(),
        }
    }
}

fn told(remark: &slo::SloRemark, language: Language) -> SloRemark {
    SloRemark { code: remark.name().to_owned(), text: remark.words().to(language).to_owned() }
}

impl SloState {
    /// The engine's word in the API.
    pub(crate) fn of(state: slo::SloState) -> Self {
        match state {
            slo::SloState::NoData => Self::NoData,
            slo::SloState::Critical => Self::Critical,
            slo::SloState::Rising => Self::Rising,
            slo::SloState::Spent => Self::Spent,
            slo::SloState::Fine => Self::Fine,
        }
    }
}

/// The SLI that these objectives share.
pub(super) fn sli(objectives: &[slo::Objective]) -> Option<Sli> {
    let of = &objectives.first()?.sli;
    let (kind, good, bad, value) = match &of.measure {
        slo::Measure::Good(text) => (SliKind::Ratio, Some(text.clone()), None, None),
        slo::Measure::Bad(text) => (SliKind::Ratio, None, Some(text.clone()), None),
        slo::Measure::Threshold { value } => (SliKind::Threshold, None, None, Some(value.clone())),
        slo::Measure::Observations => (SliKind::Threshold, None, None, Some("distribution".to_owned())),
    };
    let mut ops = objectives.iter().map(|o| o.threshold.as_ref().map(|t| t.op));
    let first = ops.next().flatten().filter(|first| ops.all(|op| op == Some(*first)));
    let signal = match of.signal {
        slo::Signal::Spans => SliSignal::Spans,
        slo::Signal::Logs => SliSignal::Logs,
        slo::Signal::Metrics => SliSignal::Metrics,
    };
    let op = first.map(|op| op.name().to_owned());
    Some(Sli { kind, signal, total: of.total.clone(), good, bad, value, op })
}

fn first_window(status: &slo::SloStatus) -> Option<&slo::WindowStatus> {
    status.objectives.first()?.windows.first()
}

fn objective(of: &slo::Slo, place: usize, status: &slo::ObjectiveStatus) -> Objective {
    let objective = &of.objectives[place];
    let names = [&of.window].into_iter().chain(&of.more_windows);
    let windows = names.zip(&status.windows);
    Objective {
        display_name: objective.display_name.clone(),
        part: composite::part(of, place),
        target: written(&objective.target),
        threshold: objective.threshold.as_ref().map(|t| t.limit),
        slices: objective.slices.as_ref().map(slices),
        windows: windows.map(|(name, status)| window(name, objective, status)).collect(),
        hour_burn: status.hour_burn.map(slo::Ratio::to_f64),
        burn: status.burn.iter().map(burn).collect(),
        burn_omitted: status.burn_omitted.iter().map(omitted).collect(),
    }
}

fn slices(slices: &slo::TimeSlices) -> TimeSlices {
    let target = match slices.judge() {
        slo::SliceJudge::Target(target) => Some(target.to_f64()),
        slo::SliceJudge::Share => None,
    };
    TimeSlices { secs: slices.minutes() * 60, target }
}

/// The decimal as it was written, which is its shortest form.
pub(crate) fn written(target: &slo::Target) -> serde_json::Number {
    let nearest = serde_json::Number::from_f64(target.ratio().to_f64());
    nearest.expect("a ratio between 0 and 1 is finite")
}

fn window(name: &slo::Window, objective: &slo::Objective, status: &slo::WindowStatus) -> Window {
    let sum = &status.sum;
    // Counts of events stay far below 2^53, where a float is still exact.
    let events = |count: i128| count as f64;
    let weight = objective.slices.map_or(1, |slices| slices.weight()) as f64;
    // What unknown events leave open is said of events alone.
    let bounds = match objective.slices {
        None => bounds(sum.counts.good, sum.counts.bad, sum.counts.unknown),
        Some(_) => None,
    };
    // Shares of slices are no whole things.
    let by_share = objective.slices.is_some_and(|slices| slices.judge() == slo::SliceJudge::Share);
    let allowed = |budget: slo::budget::Budget| match by_share {
        true => budget.allowed.to_f64(),
        false => events(budget.events_allowed()),
    };
    let left = |budget: slo::budget::Budget| match by_share {
        true => budget.allowed.minus(budget.spent).to_f64(),
        false => events(budget.events_remaining()),
    };
    Window {
        window: name.to_string(),
        rolls: status.at.rolls,
        from: Time(sum.range.from.start()),
        to: Time(sum.range.to.start()),
        ends: Time(status.at.period.to.start()),
        good: sum.counts.good,
        bad: sum.counts.bad,
        unknown: sum.counts.unknown,
        slices_good: sum.slices.map(|slices| slices.good as f64 / weight),
        slices_bad: sum.slices.map(|slices| slices.bad as f64 / weight),
        attained: status.attained.map(slo::Ratio::to_f64),
        attained_least: bounds.map(|(least, _)| least.to_f64()),
        attained_most: bounds.map(|(_, most)| most.to_f64()),
        budget_remaining: status.budget.map(|b| b.remaining.to_f64()),
        budget_events_allowed: status.budget.map(allowed),
        budget_events_remaining: status.budget.map(left),
        minutes_measured: sum.minutes.measured,
        minutes_zero_traffic: sum.minutes.zero_traffic,
        minutes_unmeasured: sum.minutes.unmeasured,
        minutes_excluded: sum.minutes.excluded,
        coverage: slo::coverage_of(sum).to_f64(),
        complete: sum.minutes.unmeasured == 0,
    }
}

fn severity(severity: slo::burn::BurnSeverity) -> BurnSeverity {
    match severity {
        slo::burn::BurnSeverity::Page => BurnSeverity::Page,
        slo::burn::BurnSeverity::Ticket => BurnSeverity::Ticket,
    }
}

pub(super) fn burn(status: &slo::burn::BurnStatus) -> Burn {
    Burn {
        severity: severity(status.pair.severity),
        long_secs: status.pair.long_minutes * 60,
        short_secs: status.pair.short_minutes * 60,
        factor: status.pair.factor.to_f64(),
        long_burn: status.long_burn.map(slo::Ratio::to_f64),
        short_burn: status.short_burn.map(slo::Ratio::to_f64),
        firing: status.firing,
        held: status.held,
        too_few: status.too_few,
    }
}

pub(super) fn omitted(omitted: &slo::burn::OmittedPair) -> BurnOmitted {
    BurnOmitted {
        severity: severity(omitted.pair.severity),
        long_secs: omitted.pair.long_minutes * 60,
        short_secs: omitted.pair.short_minutes * 60,
        factor: omitted.pair.factor.to_f64(),
        reason: omitted.reason.clone(),
    }
}

impl From<SeriesOfSlo> for SloSeries {
    fn from(series: SeriesOfSlo) -> Self {
        let gap = |gap| match gap {
            slo::Gap::Measured => Gap::Measured,
            slo::Gap::ZeroTraffic => Gap::ZeroTraffic,
            slo::Gap::Unmeasured => Gap::Unmeasured,
            slo::Gap::Excluded => Gap::Excluded,
        };
        let point = |p: slo::SeriesPoint| SloPoint {
            time: Time(p.time),
            good: p.counts.good,
            bad: p.counts.bad,
            unknown: p.counts.unknown,
            gap: gap(p.gap),
            budget_remaining: p.budget_remaining.map(slo::Ratio::to_f64),
        };
        Self {
            from: Time(series.range.from.start()),
            to: Time(series.range.to.start()),
            step_secs: series.step_minutes * 60,
            points: series.points.into_iter().map(point).collect(),
            page: Page::complete(),
        }
    }
}

impl From<FailedEvent> for Failure {
    fn from(event: FailedEvent) -> Self {
        let FailedEvent { time, trace_id, span_id, service, name, duration_ns, status, user_id, message } =
            event;
        let duration_ms = duration_ns.map(|ns: i64| ns as f64 / 1e6);
        let time: Timestamp = time;
        Self { time: Time(time), trace_id, span_id, service, name, duration_ms, status, user_id, message }
    }
}
