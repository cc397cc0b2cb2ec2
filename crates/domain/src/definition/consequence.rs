//! What follows from an edit of an SLO, in words and numbers: what is allowed to fail, what is counted again, who is told of what.
//! Changes nothing.

use super::lint::thousands;
use crate::slo::burn::{BurnPair, Reach, pairs_of};
use crate::slo::{Objective, Slo, Window, duration_text, objective_label};

/// Events of which it is told how many may fail.
const EVENTS: u32 = 1_000_000;

/// What follows from replacing `before` by `after`, in a fixed order.
pub(super) fn consequences(before: &Slo, after: &Slo) -> Vec<String> {
    let mut told = Vec::new();
    if !after.counts_like(before) {
        told.extend(counted_again(before, after));
    } else if judged_anew(before, after) {
        told.push("the history is kept, and judged anew".to_owned());
    }
    told.extend(allowed_to_fail(before, after));
    told.extend(shares(before, after));
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

/// Whose counts are made again. A counter is known by the place of its objective.
fn counted_again(before: &Slo, after: &Slo) -> Vec<String> {
    let lost = "of time that is no longer stored nothing is known";
    if !after.is_composite() {
        return vec![format!("counts are filled again from stored telemetry; {lost}")];
    }
    let goes_on = |(place, objective): (usize, &Objective)| {
        before.objectives.get(place).is_some_and(|before| objective.counts_like(before))
    };
    let (mut kept, mut again) = (Vec::new(), Vec::new());
    for (place, objective) in after.objectives.iter().enumerate() {
        let name = format!("objectives[{place}] ({})", objective_label(objective));
        if goes_on((place, objective)) { kept.push(name) } else { again.push(name) }
    }
    let mut told = Vec::new();
    if !again.is_empty() {
        told.push(format!("counts of {} are filled again from stored telemetry; {lost}", again.join(", ")));
    }
    if !kept.is_empty() {
        told.push(format!("the history of {} is kept", kept.join(", ")));
    }
    told
}

fn judged_anew(before: &Slo, after: &Slo) -> bool {
    let promises = |slo: &Slo| -> Vec<_> {
        slo.objectives.iter().map(|o| (o.target.ratio(), o.slices)).zip(slo.shares()).collect()
    };
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

/// What each part weighs, where that changes.
fn shares(before: &Slo, after: &Slo) -> Vec<String> {
    if !after.is_composite() || before.shares() == after.shares() && before.is_composite() {
        return Vec::new();
    }
    let list = |slo: &Slo| -> String {
        let each = slo.objectives.iter().zip(slo.shares());
        let said = each.map(|(part, share)| format!("{} {} %", objective_label(part), share.to_percent(2)));
        said.collect::<Vec<_>>().join(", ")
    };
    match before.is_composite() {
        true => vec![format!("the budget is shared by {}; so far by {}", list(after), list(before))],
        false => vec![format!("one budget is shared by {}; so far each objective had its own", list(after))],
    }
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
        let aim = slo.aims().nth(place);
        let kept = aim.map(|aim| pairs_of(&aim, slo.window.least_minutes()).kept);
        kept.map(|kept| kept.iter().map(pair).collect::<Vec<_>>()).unwrap_or_default()
    };
    let most = before.aims().count().max(after.aims().count());
    let mut told: Vec<String> = (0..most)
        .filter_map(|place| {
            let (was, will) = (pairs(before, place), pairs(after, place));
            let list =
                |pairs: Vec<String>| if pairs.is_empty() { "none".to_owned() } else { pairs.join(", ") };
            (was != will).then(|| {
                let of = if after.is_composite() {
                    "the whole".to_owned()
                } else {
                    format!("objectives[{place}]")
                };
                format!("the burn alerts of {of} are {}; so far {}", list(will), list(was))
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
