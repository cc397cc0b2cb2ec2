//! The gate without a server: a definition, and the counts of minutes from somewhere else.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ippo_api::slo::check::{SloChecks, gate, told};
use ippo_base::{Minute, MinuteRange, Timestamp};
use ippo_domain::Language;
use ippo_domain::definition::{SourceFile, parse};
use ippo_domain::slo::gate::{GateFacts, check as judge};
use ippo_domain::slo::{
    Counts, Coverage, Exclusions, History, MinuteSet, ObjectiveInputs, Slo, SloInputs, evaluate,
    objective_label,
};

use super::super::super::client::Failure;
use super::CheckArgs;

/// Rows of a file of counts, at most: two years of minutes for one objective.
const ROWS_MOST: usize = 1_100_000;

/// Minutes of each objective, and those of which there is any row.
struct Given {
    objectives: Vec<BTreeMap<Minute, Counts>>,
    measured: MinuteSet,
    last: Minute,
}

pub(super) fn check(args: &CheckArgs, file: &Path, counts: &Path) -> Result<SloChecks, Failure> {
    let slos = read_slos(file, &args.names)?;
    let at = args.at.as_deref().map(Timestamp::parse).transpose().map_err(Failure::bad_input)?;
    let gate = gate(args.min_budget, args.min_coverage, args.min_events, args.max_age.map(u64::from))
        .map_err(|problem| Failure::bad_input(problem.detail()))?;
    let text = read_text(counts)?;
    let most = slos.iter().map(|slo| slo.objectives.len()).max().unwrap_or(1);
    let given = read_counts(&counts.display().to_string(), &text, most)?;
    let now = at.unwrap_or_else(|| given.last.start());
    slos.iter().try_for_each(|slo| given.has_all_parts(slo, counts))?;
    let checked = slos.iter().map(|slo| {
        let ago = given.heard_minutes_ago(slo, now.minute());
        let status = evaluate(slo, &given.inputs(slo), now);
        let facts = GateFacts { heard_minutes_ago: ago, ..GateFacts::default() };
        (slo, judge(slo, &status, &facts, &gate))
    });
    Ok(told(now, checked.collect(), Language::English))
}

fn read_text(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path)
        .map_err(|error| Failure::bad_input(format!("cannot read {}: {error}", path.display())))
}

fn read_slos(file: &Path, names: &[String]) -> Result<Vec<Slo>, Failure> {
    let source = SourceFile { path: file.display().to_string(), text: read_text(file)? };
    let definitions = parse(&[source]).map_err(|errors| {
        Failure::bad_input(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    })?;
    let mut slos: Vec<Slo> = definitions.slos.into_iter().map(|definition| definition.slo).collect();
    if let Some(unknown) = names.iter().find(|name| slos.iter().all(|slo| slo.name != **name)) {
        return Err(Failure::bad_input(format!("{} has no SLO {unknown:?}", file.display())));
    }
    slos.retain(|slo| names.is_empty() || names.contains(&slo.name));
    if slos.is_empty() {
        return Err(Failure::bad_input(format!("{} defines no SLO", file.display())));
    }
    Ok(slos)
}

impl Given {
    /// Refuses counts in which a part of a composite SLO is missing: those of another part say nothing of it.
    fn has_all_parts(&self, slo: &Slo, file: &Path) -> Result<(), Failure> {
        let mut parts = (1..).zip(&slo.objectives).filter(|_| slo.is_composite());
        let missing =
            parts.find(|(number, _)| self.objectives.get(number - 1).is_none_or(BTreeMap::is_empty));
        missing.map_or(Ok(()), |(number, part)| {
            Err(Failure::bad_input(format!(
                "SLO {} is a composite one, and {} has no rows of its part {:?}; give rows with objective {number}",
                slo.name,
                file.display(),
                objective_label(part),
            )))
        })
    }

    /// How many minutes before `now` the last row is that is not after it; none if there is none. Of a composite SLO that of the
    /// part that was heard longest ago.
    fn heard_minutes_ago(&self, slo: &Slo, now: Minute) -> Option<u32> {
        let until = MinuteSet::from_ranges([MinuteRange { from: Minute(0), to: now.plus(1) }]);
        let ago = |measured: MinuteSet| Some(now.0 - measured.intersection(&until).last()?.0);
        let places = 0..slo.objectives.len();
        let each: Option<Vec<u32>> = places.map(|place| ago(self.measured_of(slo, place))).collect();
        each.and_then(|each| each.into_iter().max())
    }

    /// The minutes of which the file says anything: the same ones for all objectives of one SLI.
    fn measured_of(&self, slo: &Slo, place: usize) -> MinuteSet {
        match self.objectives.get(place).filter(|_| slo.is_composite()) {
            Some(part) => MinuteSet::from_ascending(part.keys().copied()),
            None => self.measured.clone(),
        }
    }

    /// What an SLO is judged by: an objective of which the file says nothing has the counts of the first.
    fn inputs(&self, slo: &Slo) -> SloInputs {
        let objectives = slo.objectives.iter().enumerate().map(|(place, objective)| {
            let coverage = Coverage { up: MinuteSet::EMPTY, source: self.measured_of(slo, place) };
            let own = self.objectives.get(place).filter(|minutes| !minutes.is_empty());
            let minutes = own.unwrap_or(&self.objectives[0]);
            let counts: Vec<(Minute, Counts)> =
                minutes.iter().map(|(minute, counts)| (*minute, *counts)).collect();
            let history =
                History::new(&counts, &MinuteSet::EMPTY, &coverage, &Exclusions::default(), objective.slices);
            ObjectiveInputs { history, firing: Vec::new() }
        });
        SloInputs { objectives: objectives.collect(), backfilling: false }
    }
}

/// Reads `time,good,bad` in any order of columns, a row for each minute and objective.
fn read_counts(path: &str, text: &str, objectives: usize) -> Result<Given, Failure> {
    let wrong = |line: usize, message: String| Failure::bad_input(format!("{path}:{}: {message}", line + 1));
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let header = lines
        .next()
        .ok_or_else(|| wrong(0, "is empty; the first line names the columns: time,good,bad".to_owned()))?;
    let columns: Vec<&str> = header.1.split(',').map(str::trim).collect();
    const KNOWN: [&str; 5] = ["time", "good", "bad", "unknown", "objective"];
    if let Some(unknown) = columns.iter().find(|column| !KNOWN.contains(column)) {
        return Err(wrong(header.0, format!("{unknown:?} is no column; known: {}", KNOWN.join(", "))));
    }
    let place = |name: &str| columns.iter().position(|column| *column == name);
    let needed =
        |name: &str| place(name).ok_or_else(|| wrong(header.0, format!("the column {name} is missing")));
    let (time, good, bad) = (needed("time")?, needed("good")?, needed("bad")?);
    let mut given =
        Given { objectives: vec![BTreeMap::new(); objectives], measured: MinuteSet::EMPTY, last: Minute(0) };
    let mut heard = Vec::new();
    for (line, row) in lines {
        if heard.len() >= ROWS_MOST {
            return Err(wrong(line, format!("there are more than {ROWS_MOST} rows")));
        }
        let cells: Vec<&str> = row.split(',').map(str::trim).collect();
        if cells.len() != columns.len() {
            return Err(wrong(
                line,
                format!("has {} columns, and the first line names {}", cells.len(), columns.len()),
            ));
        }
        let number = |place: Option<usize>, usual: u64| match place {
            None => Ok(usual),
            Some(at) => cells[at]
                .parse::<u64>()
                .map_err(|_| wrong(line, format!("{} is {:?}, not a whole number", columns[at], cells[at]))),
        };
        let at = Timestamp::parse(cells[time]).map_err(|error| wrong(line, error.to_string()))?.minute();
        let counts = Counts {
            good: number(Some(good), 0)?,
            bad: number(Some(bad), 0)?,
            unknown: number(place("unknown"), 0)?,
        };
        let objective = number(place("objective"), 1)?;
        let minutes = usize::try_from(objective)
            .ok()
            .and_then(|objective| given.objectives.get_mut(objective.checked_sub(1)?))
            .ok_or_else(|| {
                wrong(line, format!("objective is {objective}; there are {objectives}, from 1 on"))
            })?;
        if minutes.insert(at, counts).is_some() {
            return Err(wrong(line, format!("the minute {} is there twice", at.start())));
        }
        given.last = given.last.max(at);
        heard.push(at);
    }
    if given.objectives[0].is_empty() {
        return Err(wrong(header.0, "has no row of counts".to_owned()));
    }
    given.measured = MinuteSet::from_minutes(heard);
    Ok(given)
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
        bad: {metricSource: {type: spans, spec: {where: http_status >= 500}}}
        total: {metricSource: {type: spans, spec: {where: service = 'shop'}}}
  timeWindow: [{duration: 28d, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{target: 0.999}]
";

    #[test]
    fn parts_of_a_composite_slo_have_their_own_rows_and_the_one_heard_longest_ago_is_told() {
        let part = |name: &str| {
            let sli = SLO.split("    metadata: {name: b}\n    spec:\n").nth(1).expect("an SLI");
            let sli = sli.split("  timeWindow").next().expect("ends").replace("      ", "          ");
            let sli = sli.replace("            ratio", "          ratio");
            format!(
                "    - displayName: {name}\n      target: 0.999\n      indicator:\n        metadata: {{name: x}}\n        spec:\n{sli}"
            )
        };
        let (head, rest) = SLO.split_once("  indicator:").expect("an indicator");
        let window = &rest[rest.find("  timeWindow").expect("a window")..];
        let parts = format!("objectives:\n{}{}", part("pay"), part("search"));
        let slo = parse_slo(&format!("{head}{}", window.replace("objectives: [{target: 0.999}]\n", &parts)));
        let slo = slo.expect("good");
        let rows = "time,good,bad,objective\n2026-11-24T10:00:00Z,9,1,1\n2026-11-24T10:05:00Z,9,1,1\n";
        let missing = read_counts("c.csv", rows, 2).expect("reads").has_all_parts(&slo, Path::new("c.csv"));
        let missing = missing.expect_err("one part is missing").to_string();
        assert!(missing.contains("no rows of its part \"search\"; give rows with objective 2"), "{missing}");
        let both = read_counts("c.csv", &format!("{rows}2026-11-24T10:02:00Z,9,1,2\n"), 2).expect("reads");
        assert!(both.has_all_parts(&slo, Path::new("c.csv")).is_ok());
        let now = Timestamp::parse("2026-11-24T10:06:00Z").expect("a time");
        assert_eq!(both.heard_minutes_ago(&slo, now.minute()), Some(4));
        let status = evaluate(&slo, &both.inputs(&slo), now);
        let measured = |place: usize| status.objectives[place].window().sum.minutes.measured;
        assert_eq!((measured(0), measured(1)), (2, 1));
    }

    fn refused(text: &str) -> String {
        read_counts("c.csv", text, 1).err().expect("refused").to_string()
    }

    #[test]
    fn what_comes_after_the_time_to_judge_at_was_not_heard_yet() {
        let text = "time,good,bad\n2026-11-24T10:00:00Z,1,0\n2026-11-24T11:00:00Z,1,0\n";
        let given = read_counts("c.csv", text, 1).expect("reads");
        let slo = parse_slo(SLO).expect("good");
        let ago = |at: &str| given.heard_minutes_ago(&slo, Timestamp::parse(at).expect("a time").minute());
        assert_eq!(ago("2026-11-24T11:05:30Z"), Some(5));
        assert_eq!(ago("2026-11-24T10:07:00Z"), Some(7), "a look back at that time");
        assert_eq!(ago("2026-11-24T09:59:59Z"), None);
    }

    #[test]
    fn columns_stand_in_any_order_and_what_is_wrong_is_told_at_its_line() {
        let given = read_counts(
            "c.csv",
            "bad,time,good\n1,2026-11-24T10:00:00Z,9\n\n0,2026-11-24T19:01:30+09:00,5\n",
            1,
        )
        .expect("reads");
        let counts: Vec<Counts> = given.objectives[0].values().copied().collect();
        assert_eq!(counts, [Counts { good: 9, bad: 1, unknown: 0 }, Counts { good: 5, bad: 0, unknown: 0 }]);
        assert_eq!(given.measured.len(), 2);
        for (text, why) in [
            ("", "c.csv:1: is empty"),
            ("time,good\n", "c.csv:1: the column bad is missing"),
            ("time,good,bad,ugly\n", "c.csv:1: \"ugly\" is no column"),
            ("time,good,bad\n", "c.csv:1: has no row"),
            ("time,good,bad\n2026-11-24T10:00:00Z,1\n", "c.csv:2: has 2 columns"),
            ("time,good,bad\n2026-11-24T10:00:00Z,1,-1\n", "c.csv:2: bad is \"-1\""),
            ("time,good,bad\nyesterday,1,1\n", "c.csv:2: "),
            ("time,good,bad,objective\n2026-11-24T10:00:00Z,1,1,2\n", "c.csv:2: objective is 2"),
            (
                "time,good,bad\n2026-11-24T10:00:00Z,1,1\n2026-11-24T10:00:59Z,1,1\n",
                "c.csv:3: the minute 2026-11-24T10:00:00Z is there twice",
            ),
        ] {
            assert!(refused(text).contains(why), "{text:?}: {}", refused(text));
        }
    }
}
