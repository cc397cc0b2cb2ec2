//! What comes in: stretches of the same minutes, one after the other, and what is taken out of the budget.

use ippo_base::{Minute, MinuteRange};

use super::super::document::SLO_TEST;
use super::super::fields;
use super::super::fields::{Fields, Report};
use super::super::yaml::Node;
use super::{TEST_MINUTES, Written, items, span, written};
use crate::slo::replay::{Input, Stretch};
use crate::slo::{Counts, Exclusions, MinuteSet};

/// Reads `input` of a test or of one of its objectives.
pub(super) fn stretches(report: &mut Report<'_>, holder: &Fields<'_>) -> Option<Vec<Stretch>> {
    let items = items(report, holder, "input")?;
    let read: Vec<Option<Stretch>> = items
        .iter()
        .enumerate()
        .map(|(i, item)| stretch(report, item, &format!("{}[{i}]", holder.path_of("input"))))
        .collect();
    let stretches: Vec<Stretch> = read.into_iter().collect::<Option<_>>()?;
    let minutes: u64 = stretches.iter().map(|stretch| u64::from(stretch.minutes)).sum();
    if minutes > u64::from(TEST_MINUTES) {
        let message = "all of it is longer than a test can be, which is 400d";
        report.error(holder.place_of("input"), &holder.path_of("input"), message);
        return None;
    }
    Some(stretches)
}

fn stretch(report: &mut Report<'_>, item: &Node, path: &str) -> Option<Stretch> {
    let fields = Fields::take(report, item, path, SLO_TEST, "spec.input[]")?;
    let minutes = span(report, &fields, "for");
    let every = if fields.get("every").is_some() { span(report, &fields, "every") } else { Some(1) };
    let [good, bad, unknown] = ["good", "bad", "unknown"].map(|name| count(report, &fields, name));
    let unmeasured = flag(report, &fields, "unmeasured");
    let silent = flag(report, &fields, "silent");
    let says_counts = ["good", "bad", "unknown", "every"].iter().any(|name| fields.get(name).is_some());
    let input = match (unmeasured?, silent?) {
        (true, true) => {
            let message = "a minute is either unmeasured (nobody can say) or silent (nothing is sent)";
            report.error(fields.at, path, message);
            return None;
        }
        (false, false) => {
            let counts = Counts { good: good?, bad: bad?, unknown: unknown? };
            Input::Events { counts, every: every? }
        }
        _ if says_counts => {
            report.error(
                fields.at,
                path,
                "minutes of which nothing is known have no counts; make it two stretches",
            );
            return None;
        }
        (true, false) => Input::Unmeasured,
        (false, true) => Input::Silent,
    };
    Some(Stretch { minutes: minutes?, input })
}

fn count(report: &mut Report<'_>, fields: &Fields<'_>, name: &str) -> Option<u64> {
    let Some(text) = fields.scalar(report, name) else {
        return fields.get(name).is_none().then_some(0);
    };
    // Sums of a whole test stay far from the end of a u64.
    let parsed = text.text().parse::<u32>().map(u64::from);
    let wrong = |_| format!("{:?} is not a whole number of events", text.text());
    parsed.map_err(wrong).map_err(|m| report.error(text.at(), &fields.path_of(name), m)).ok()
}

/// Whether something is said to be so; false if nothing is said.
pub(super) fn flag(report: &mut Report<'_>, fields: &Fields<'_>, name: &str) -> Option<bool> {
    let Some(text) = fields.scalar(report, name) else {
        return fields.get(name).is_none().then_some(false);
    };
    let parsed = text.text().parse();
    let wrong = |_| format!("{:?} is neither true nor false", text.text());
    parsed.map_err(wrong).map_err(|m| report.error(text.at(), &fields.path_of(name), m)).ok()
}

/// Reads the objectives that have an input of their own.
pub(super) fn of_objectives(
    report: &mut Report<'_>,
    spec: &Fields<'_>,
) -> Option<Vec<(Written<String>, Vec<Stretch>)>> {
    let items = items(report, spec, "objectives")?;
    let mut objective = |(i, item): (usize, &Node)| {
        let path = format!("spec.objectives[{i}]");
        let fields = Fields::take(report, item, &path, SLO_TEST, "spec.objectives[]")?;
        let name = fields.require_scalar(report, "name", "0.999");
        let stretches = stretches(report, &fields);
        let name = name.map(|name| written(name, fields.path_of("name"), name.text().to_owned()));
        Some((name?, stretches?))
    };
    let read: Vec<Option<(Written<String>, Vec<Stretch>)>> =
        items.iter().enumerate().map(&mut objective).collect();
    read.into_iter().collect()
}

/// Reads what is taken out of the budget.
pub(super) fn exclusions(report: &mut Report<'_>, spec: &Fields<'_>, start: Minute) -> Option<Exclusions> {
    let (mut left_out, mut good) = (Vec::new(), Vec::new());
    let mut whole = true;
    for (i, item) in items(report, spec, "exclusions")?.iter().enumerate() {
        match exclusion(report, item, &format!("spec.exclusions[{i}]"), start) {
            Some((range, true)) => good.push(range),
            Some((range, false)) => left_out.push(range),
            None => whole = false,
        }
    }
    let [left_out, good] = [left_out, good].map(MinuteSet::from_ranges);
    whole.then_some(Exclusions { left_out, good })
}

/// The minutes, and whether they count as good.
fn exclusion(report: &mut Report<'_>, item: &Node, path: &str, start: Minute) -> Option<(MinuteRange, bool)> {
    let fields = Fields::take(report, item, path, SLO_TEST, "spec.exclusions[]")?;
    let after = match fields.require_scalar(report, "at", "28d")?.text() {
        "0m" => Some(0),
        _ => span(report, &fields, "at"),
    };
    let minutes = span(report, &fields, "for");
    let counts_as_good = match fields.scalar(report, "countsAs") {
        None => Some(false),
        Some(text) => match text.text() {
            "leftOut" => Some(false),
            "good" => Some(true),
            other => {
                let message = fields::unknown(other, "choice", &["leftOut", "good"]);
                report.error(text.at(), &fields.path_of("countsAs"), message);
                None
            }
        },
    };
    let from = start.plus(after?);
    Some((MinuteRange { from, to: from.plus(minutes?) }, counts_as_good?))
}
