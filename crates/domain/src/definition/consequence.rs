//! What follows from an edit of an SLO, in words and numbers: what is allowed to fail, what is counted again, who is told of what.
//! Changes nothing.

use super::lint::thousands;
use crate::slo::burn::{BurnPair, Reach, pairs_of};
use crate::slo::{Objective, Slo, Window, duration_text};

/// Events of which it is told how many may fail.
const EVENTS: u32 = 1_000_000;

/// What follows from replacing `before` by `after`, in a fixed order.
pub(super) fn consequences(before: &Slo, after: &Slo) -> Vec<String> {
    let mut told = Vec::new();
    if !after.counts_like(before) {
        told.push(
            "counts are filled again from stored telemetry; of time that is no longer stored nothing is known".to_owned(),
        );
    } else if judged_anew(before, after) {
        told.push("the history is kept, and judged anew".to_owned());
    }
    told.extend(allowed_to_fail(before, after));
    told.extend(alerts(before, after));
    let (told_before, told_after) = (before.told(), after.told());
    if told_before != told_after {
        told.push(format!(
            "from the next alert on {} {} told instead of {}",
            names(&told_after),
            if told_after.len() > 1 { "are" } else { "is" },
            names(&told_before)
        ));
    }
    told
}

fn judged_anew(before: &Slo, after: &Slo) -> bool {
    let promises =
        |slo: &Slo| -> Vec<_> { slo.objectives.iter().map(|o| (o.target.ratio(), o.slices)).collect() };
    before.window != after.window
        || before.budgeting_method != after.budgeting_method
        || before.unmeasured != after.unmeasured
        || promises(before) != promises(after)
}

fn names(names: &[String]) -> String {
    if names.is_empty() { "nobody".to_owned() } else { names.join(", ") }
}

/// How much may fail in the window, where that changes. Periods of the calendar differ in length: the shortest is told.
fn allowed_to_fail(before: &Slo, after: &Slo) -> Vec<String> {
    let pairs = before.objectives.iter().zip(&after.objectives).enumerate();
    let changed = pairs.filter_map(|(i, (old, new))| {
        let (was, will) = (allowance(old, &before.window), allowance(new, &after.window));
        (was != will).then(|| format!("objectives[{i}] allows {will}; so far {was}"))
    });
    changed.collect()
}

/// `43m 12s of everything failing in 30d, or 1,000 of a million events`.
fn allowance(objective: &Objective, window: &Window) -> String {
    let (share, minutes) = (objective.target.allowance(), window.least_minutes());
    let whole = |of: u32| share.times(of).floor();
    let period = match window {
        Window::Rolling(_) => window.to_string(),
        Window::Calendar(_) => format!("the shortest period of {window}, {}", duration_text(minutes)),
    };
    match objective.slices {
        None => {
            let secs = share.times(minutes).times(60).floor();
            format!(
                "{} of everything failing in {period}, or {} of a million events",
                span(secs),
                thousands(whole(EVENTS))
            )
        }
        Some(slices) => {
            let all = minutes / slices.minutes();
            let of = duration_text(slices.minutes());
            format!(
                "{} of {} bad slices of {of} in {window}",
                thousands(whole(all)),
                thousands(i128::from(all))
            )
        }
    }
}

/// Seconds in units of which none is nought: `1d 2h`, `43m 12s`.
fn span(secs: i128) -> String {
    let parts = [(secs / 86_400, "d"), (secs / 3_600 % 24, "h"), (secs / 60 % 60, "m"), (secs % 60, "s")];
    let parts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count}{unit}")).collect();
    if parts.is_empty() { "less than a second".to_owned() } else { parts.join(" ") }
}

/// The burn pairs of each objective, where they change.
fn alerts(before: &Slo, after: &Slo) -> Vec<String> {
    let pairs = |slo: &Slo, place: usize| {
        let objective = slo.objectives.get(place);
        let kept = objective.map(|objective| pairs_of(slo, objective, slo.window.least_minutes()).kept);
        kept.map(|kept| kept.iter().map(pair).collect::<Vec<_>>()).unwrap_or_default()
    };
    let most = before.objectives.len().max(after.objectives.len());
    let mut told: Vec<String> = (0..most)
        .filter_map(|place| {
            let (was, will) = (pairs(before, place), pairs(after, place));
            let list =
                |pairs: Vec<String>| if pairs.is_empty() { "none".to_owned() } else { pairs.join(", ") };
            (was != will).then(|| {
                format!("the burn alerts of objectives[{place}] are {}; so far {}", list(will), list(was))
            })
        })
        .collect();
    match (before.tells_absence(), after.tells_absence()) {
        (true, false) => told.push("silence of the source is told no longer".to_owned()),
        (false, true) => told.push("silence of the source is told".to_owned()),
        _ => {}
    }
    told
}

fn pair(pair: &BurnPair) -> String {
    let at = match pair.reach {
        Reach::AtLeast => "at",
        Reach::Above => "above",
    };
    format!("{} {at} {}", pair.label(), pair.factor.to_decimal(4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_told_in_its_units() {
        for (secs, text) in
            [(2_592, "43m 12s"), (86_400, "1d"), (93_600, "1d 2h"), (0, "less than a second"), (25, "25s")]
        {
            assert_eq!(span(secs), text);
        }
    }
}
