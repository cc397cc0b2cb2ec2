//! What users meet while an incident lasts: the requests that broke the promise and the people behind them, looked up in
//! telemetry again and again. Never estimates.

use std::collections::BTreeSet;
use std::time::Duration;

use ippo_base::{Minute, MinuteRange, SharedClock, TimeRange, Timestamp};
use ippo_domain::incident::{
    Decision, EntryKind, Impact, Incident, IncidentKind, IncidentState, harmed_since, impact_entry,
};
use ippo_domain::slo::Counts;
use ippo_domain::slo::alerts::SloAlert;
use ippo_state::incident::Listing;
use ippo_state::{StateError, incident, timeline};
use ippo_telemetry::expr::Expr;
use tokio_util::sync::CancellationToken;

use super::Incidents;
use super::apply::record;
use crate::slo::{DefinedSlo, SloError, Slos, counters};
use crate::watch::chain;

/// How long after the end of one refresh the next begins.
pub const REFRESH_EVERY: Duration = Duration::from_secs(60);
/// How far before an incident's beginning its harm may have begun, in minutes: the longest window of a page.
const LOOK_BACK_MINUTES: u32 = 6 * 60;
/// An incident that ended within this time has its impact looked up once more.
pub const ENDED_WITHIN: Duration = Duration::from_secs(15 * 60);
/// Ended incidents that are looked at.
const ENDED_MOST: usize = 100;
/// Traces that are kept as examples.
const EXAMPLES: usize = 5;

/// Looks up the impact of every open incident of an SLO, and once more of those that ended a moment ago.
///
/// # Errors
/// When the state database or telemetry fails. What was looked up until then is kept.
pub async fn refresh_impact(incidents: &Incidents, slos: &Slos, now: Timestamp) -> Result<(), SloError> {
    for one in concerned(incidents, now).await? {
        let Some(defined) = one.slo.as_ref().and_then(|slo| slos.book.read().slos.get(slo).cloned()) else {
            continue;
        };
        let broken = broken_objectives(incidents, &one, &defined).await?;
        let to = one.resolved.as_ref().map_or(now, |(at, _)| *at);
        if let Some(impact) = look_up(&one, &defined, &broken, slos, to).await? {
            write(incidents, one.id, impact, now).await?;
        }
    }
    Ok(())
}

/// Refreshes again and again, until `stop`. One that fails is told in the log, and tried again.
pub async fn run(incidents: Incidents, slos: Slos, clock: SharedClock, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = refresh_impact(&incidents, &slos, clock.now()).await {
            tracing::error!(error = %chain(&error), "the impact of incidents cannot be looked up");
        }
        tokio::select! {
            () = clock.sleep(REFRESH_EVERY) => {}
            () = stop.cancelled() => {}
        }
    }
}

async fn concerned(incidents: &Incidents, now: Timestamp) -> Result<Vec<Incident>, StateError> {
    let mut connection = incidents.state.read().await?;
    let mut all = incident::open(&mut connection).await?;
    let ended = Listing { states: &[IncidentState::Resolved], before: None, limit: ENDED_MOST };
    all.extend(incident::list(&mut connection, ended).await?.into_iter().filter(|one| {
        one.resolved.as_ref().is_some_and(|(at, _)| {
            now.since(*at) <= ENDED_WITHIN && one.impact.as_ref().is_none_or(|impact| impact.to < *at)
        })
    }));
    all.retain(|one| one.kind == IncidentKind::Slo);
    Ok(all)
}

/// The places of the objectives whose alerts fired in the incident; the first one if none of them is still defined.
async fn broken_objectives(
    incidents: &Incidents,
    one: &Incident,
    defined: &DefinedSlo,
) -> Result<BTreeSet<usize>, StateError> {
    if defined.slo.is_composite() {
        // Its alerts are those of all parts together.
        return Ok((0..defined.slo.objectives.len()).collect());
    }
    let mut connection = incidents.state.read().await?;
    let fired = timeline::of_kind(&mut connection, one.id, EntryKind::AlertFiring).await?;
    let alerts = fired.iter().filter_map(|entry| SloAlert::parse(entry.data.get("alert")?.as_str()?));
    let mut broken: BTreeSet<usize> = alerts
        .filter_map(|alert| match alert {
            SloAlert::Burn { objective, .. } => usize::try_from(objective).ok(),
            SloAlert::Absence { .. } => None,
        })
        .filter(|place| *place < defined.slo.objectives.len())
        .collect();
    if broken.is_empty() {
        broken.insert(0);
    }
    Ok(broken)
}

async fn look_up(
    one: &Incident,
    defined: &DefinedSlo,
    broken: &BTreeSet<usize>,
    slos: &Slos,
    to: Timestamp,
) -> Result<Option<Impact>, SloError> {
    let objectives: Vec<_> = broken.iter().filter_map(|place| defined.slo.objectives.get(*place)).collect();
    if objectives.is_empty() {
        return Ok(None);
    }
    let known = one.impact.as_ref().map(|impact| impact.from);
    let from = match known {
        Some(known) => known,
        None => began(one, defined, broken, slos).await.start(),
    };
    let range = TimeRange { from, to };
    if range.from >= range.to {
        return Ok(None);
    }
    let signal = objectives[0].sli.signal;
    // Only rows of one signal can be told from each other.
    if objectives.iter().any(|each| each.sli.is_by_increase() || each.sli.signal != signal) {
        return Ok(Some(counted(defined, broken, slos, range).await));
    }
    let signal = counters::signal(signal);
    let bad: Vec<String> =
        objectives.iter().map(|each| format!("({})", counters::bad_events(each))).collect();
    let filter = Expr::parse(&bad.join(" OR "), signal).map_err(|error| SloError::Refused(error.message))?;
    let found = slos.store.read(move |reader| reader.affected(signal, &filter, range)).await?;
    if found.partial {
        // Quarantine and retention have been logged by the store; the number of users says that it is not exact.
        tracing::debug!(incident = one.id, reasons = ?found.warnings, "who is affected is not known in full");
    }
    // Where spans are sampled meanwhile, or cannot all be read, what was counted and what was found before still hold.
    let is_less = found.partial || found.sampled.is_some();
    let affected = found.value;
    let before = one.impact.as_ref().filter(|_| is_less);
    let counted = match is_less {
        true => Some(counted(defined, broken, slos, range).await.requests),
        false => None,
    };
    let requests = [Some(affected.rows), counted, before.map(|impact| impact.requests)];
    Ok(Some(Impact {
        from: range.from,
        to: range.to,
        requests: requests.into_iter().flatten().max().unwrap_or_default(),
        users: before.map_or(affected.users, |impact| impact.users.max(affected.users)),
        users_exact: affected.users_exact,
        example_traces: examples(affected.traces, before),
    }))
}

/// The newest traces, and those known before while there is room: what could not be read now keeps the examples that it had.
fn examples(found: Vec<String>, before: Option<&Impact>) -> Vec<String> {
    let known = before.into_iter().flat_map(|impact| impact.example_traces.iter().cloned());
    let mut examples: Vec<String> = Vec::new();
    for trace in found.into_iter().chain(known) {
        if examples.len() < EXAMPLES && !examples.contains(&trace) {
            examples.push(trace);
        }
    }
    examples
}

/// The impact as the counts have it, where no single events are stored: as many requests as the objective that met most bad
/// ones says; those of parts of a composite SLO are different ones, and are added up. Of their users nothing is known.
async fn counted(defined: &DefinedSlo, broken: &BTreeSet<usize>, slos: &Slos, range: TimeRange) -> Impact {
    let mut requests = 0;
    for (key, _) in broken.iter().filter_map(|place| defined.counters.objectives.get(*place)) {
        if let Some(read) = slos.store.read_counter(key, range.minutes()).await {
            let bad = read.minutes.iter().fold(0_u64, |sum, (_, counts)| sum.saturating_add(counts.bad));
            requests = match defined.slo.is_composite() {
                true => bad.saturating_add(requests),
                false => bad.max(requests),
            };
        }
    }
    Impact {
        from: range.from,
        to: range.to,
        requests,
        users: 0,
        users_exact: false,
        example_traces: Vec::new(),
    }
}

/// The minute since which one of the promises is broken, as the counts have it.
async fn began(one: &Incident, defined: &DefinedSlo, broken: &BTreeSet<usize>, slos: &Slos) -> Minute {
    let opened = one.opened_at.minute();
    let range = MinuteRange { from: opened.minus(LOOK_BACK_MINUTES), to: opened.plus(1) };
    let counts = |c: ippo_telemetry::Counts| Counts { good: c.good, bad: c.bad, unknown: c.unknown };
    let mut since = None;
    for place in broken {
        let key = defined.counters.objectives.get(*place);
        let (Some((key, _)), Some(objective)) = (key, defined.slo.objectives.get(*place)) else { continue };
        let read = slos.store.read_counter(key, range).await.map(|read| read.minutes).unwrap_or_default();
        let minutes: Vec<(Minute, Counts)> =
            read.into_iter().map(|(minute, read)| (minute, counts(read))).collect();
        let harmed = harmed_since(&minutes, &objective.target, opened);
        since = Some(since.map_or(harmed, |since: Minute| since.min(harmed)));
    }
    since.unwrap_or(opened)
}

async fn write(incidents: &Incidents, id: i64, impact: Impact, now: Timestamp) -> Result<(), StateError> {
    let mut tx = incidents.state.begin().await?;
    let mut one = incident::get(&mut tx, id).await?;
    let ended = one.state == IncidentState::Resolved;
    let told = timeline::last(&mut tx, id, EntryKind::Impact).await?;
    let told = told.and_then(|entry| entry.data.get("requests").and_then(|count| count.as_u64()));
    let entry = impact_entry(told, &impact, ended);
    one.impact = Some(impact);
    let decision = Decision { incident: one, entries: entry.into_iter().collect(), messages: vec![] };
    record(&mut tx, &*incidents.ids, &decision, now).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_that_found_less_keeps_the_examples_that_were_known() {
        let ids = |range: std::ops::Range<u32>| range.map(|n| n.to_string()).collect::<Vec<_>>();
        let before = Impact {
            from: Timestamp::from_secs(0),
            to: Timestamp::from_secs(1),
            requests: 9,
            users: 0,
            users_exact: false,
            example_traces: ids(0..5),
        };
        assert_eq!(examples(vec![], Some(&before)), ids(0..5));
        assert_eq!(
            examples(ids(3..6), Some(&before)),
            ["3", "4", "5", "0", "1"],
            "the newest first, each once"
        );
        assert_eq!(examples(ids(0..9), None), ids(0..EXAMPLES as u32));
    }
}
