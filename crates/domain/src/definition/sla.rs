//! Reads `ippo/v1` service level agreements.

use super::document::Header;
use super::fields::{Fields, Report, list, unknown};
use super::journey::day;
use super::yaml::{Node, Position};
use super::{Reference, annotation, window};
use crate::sla::{Credit, ExcludedTime, Sla};
use crate::slo::{CalendarUnit, Target};

const KIND: &str = "SLA";
/// Credits of one SLA.
pub const CREDITS: usize = 20;
/// What is due, in characters.
const CREDIT_CHARS: usize = 200;

/// An SLA, and where it was written.
#[derive(Clone, PartialEq, Debug)]
pub struct SlaDefinition {
    /// What it says.
    pub sla: Sla,
    /// Its text: what [`super::parse_sla`] reads again.
    pub document: String,
    /// The file it stands in.
    pub file: String,
    /// Where its name stands.
    pub name_at: Position,
    /// Where its target stands, and the path of the field.
    pub target_at: (Position, String),
    /// The SLO it names, and where.
    pub slo: Reference,
    /// Where it names the objective, or the SLO.
    pub objective_at: Position,
}

/// Reads the whole of an SLA.
pub(super) fn read(report: &mut Report<'_>, header: &Header<'_>) -> Option<SlaDefinition> {
    let before = report.errors.len();
    annotation::read_spoken(report, header.annotations, KIND);
    let spec = header.spec(report)?;
    let spec = Fields::take(report, spec, "spec", KIND, "spec")?;
    let customers = spec.require_scalar(report, "customers", "everyone with a paid plan");
    let slo = spec.require_scalar(report, "slo", "checkout");
    let target = super::slo::target(report, &spec);
    let months = period(report, &spec);
    let zone = spec.scalar(report, "timeZone").and_then(|written| {
        let read = window::time_zone(written.text());
        read.map_err(|message| report.error(written.at(), "spec.timeZone", message)).ok()
    });
    let credits = read_credits(report, &spec, target.as_ref());
    let excluded = excluded_time(report, &spec);
    let contract = contract(report, &spec);
    let (from, until) = (day(report, &spec, "from"), day(report, &spec, "until"));
    if let (Some(from), Some(until)) = (from, until)
        && from > until
    {
        let message = format!("it would end on {until}, before it begins on {from}");
        report.error(spec.place_of("until"), "spec.until", message);
    }
    let objective = spec.scalar(report, "objective").map(|written| written.text().to_owned());
    let (description, owner) = (spec.text(report, "description"), spec.text(report, "owner"));
    let (customers, slo, target) = (customers?, slo?, target?);
    if customers.text().trim().is_empty() {
        report.error(
            customers.at(),
            "spec.customers",
            "say to whom it is promised, such as: everyone with a paid plan",
        );
    }
    let sla = Sla {
        name: header.name.to_owned(),
        display_name: header.called(),
        description: description.trim_end().to_owned(),
        owner,
        customers: customers.text().trim().to_owned(),
        slo: slo.text().to_owned(),
        objective,
        target,
        months,
        zone,
        credits,
        excluded,
        contract,
        from,
        until,
    };
    let target_field = if spec.get("target").is_some() { "target" } else { "targetPercent" };
    let objective_field = if sla.objective.is_some() { "objective" } else { "slo" };
    let (name, file, field) = (slo.text().to_owned(), report.file.to_owned(), "spec.slo".to_owned());
    let definition = SlaDefinition {
        sla,
        document: header.text.to_owned(),
        file: report.file.to_owned(),
        name_at: header.name_at,
        target_at: (spec.place_of(target_field), spec.path_of(target_field)),
        slo: Reference { name, file, at: slo.at(), field },
        objective_at: spec.place_of(objective_field),
    };
    (report.errors.len() == before).then_some(definition)
}

/// How many months a period has.
fn period(report: &mut Report<'_>, spec: &Fields<'_>) -> u32 {
    let Some(written) = spec.scalar(report, "period") else { return 1 };
    let months = window::calendar_duration(written.text()).and_then(|(count, unit)| match unit {
        CalendarUnit::Months if matches!(count, 1 | 2 | 3 | 4 | 6 | 12) => Ok(count),
        CalendarUnit::Months | CalendarUnit::Days | CalendarUnit::Weeks => Err(format!(
            "{} does not fill a year of months; write 1M, 1Q (a quarter), 6M or 1Y",
            written.text()
        )),
    });
    months.unwrap_or_else(|message| {
        report.error(written.at(), "spec.period", message);
        1
    })
}

fn read_credits(report: &mut Report<'_>, spec: &Fields<'_>, target: Option<&Target>) -> Vec<Credit> {
    let items = spec.get("credits").and_then(|node| list(report, node, "spec.credits")).unwrap_or_default();
    if items.len() > CREDITS {
        report.error(
            spec.place_of("credits"),
            "spec.credits",
            format!("an SLA has at most {CREDITS} credits"),
        );
    }
    let mut credits: Vec<Credit> = Vec::new();
    for (i, item) in items.iter().enumerate().take(CREDITS) {
        let path = format!("spec.credits[{i}]");
        let Some((credit, at)) = read_credit(report, item, &path) else { continue };
        let field = format!("{path}.below");
        match credits.last() {
            Some(before) if before.below.ratio() <= credit.below.ratio() => {
                let message = format!(
                    "{} is not below {}, the one before: list credits from the highest share down",
                    credit.below, before.below
                );
                report.error(at, &field, message);
            }
            None if target.is_some_and(|target| credit.below.ratio() > target.ratio()) => {
                let message = format!(
                    "a credit would be due below {}, though {}, which is promised, is kept; write at most the target",
                    credit.below,
                    target.map(Target::decimal).unwrap_or_default()
                );
                report.error(at, &field, message);
            }
            Some(_) | None => {}
        }
        credits.push(credit);
    }
    credits
}

fn read_credit(report: &mut Report<'_>, item: &Node, path: &str) -> Option<(Credit, Position)> {
    let fields = Fields::take(report, item, path, KIND, "spec.credits[]")?;
    let below = fields.require_scalar(report, "below", "0.995").and_then(|written| {
        let read = Target::parse(written.text());
        let below =
            read.map_err(|error| report.error(written.at(), &fields.path_of("below"), error.to_string()));
        Some((below.ok()?, written.at()))
    });
    let credit = fields.require_scalar(report, "credit", "10 % of the month's fee")?;
    let chars = credit.text().trim().chars().count();
    if chars == 0 || chars > CREDIT_CHARS {
        let message =
            format!("say what is due in at most {CREDIT_CHARS} characters, such as: 10 % of the month's fee");
        report.error(credit.at(), &fields.path_of("credit"), message);
    }
    let (below, at) = below?;
    Some((Credit { below, credit: credit.text().trim().to_owned() }, at))
}

fn excluded_time(report: &mut Report<'_>, spec: &Fields<'_>) -> ExcludedTime {
    let Some(written) = spec.scalar(report, "excludedTime") else { return ExcludedTime::default() };
    let found = ExcludedTime::ALL.into_iter().find(|known| known.name() == written.text());
    found.unwrap_or_else(|| {
        let message = unknown(written.text(), "choice", &ExcludedTime::ALL.map(ExcludedTime::name));
        report.error(written.at(), "spec.excludedTime", message);
        ExcludedTime::default()
    })
}

fn contract(report: &mut Report<'_>, spec: &Fields<'_>) -> Option<String> {
    let written = spec.scalar(report, "contract")?;
    let text = written.text();
    if !text.starts_with("https://") && !text.starts_with("http://") {
        let message = "a contract is an http or https address, as people will follow it as a link";
        report.error(written.at(), "spec.contract", message);
    }
    Some(text.to_owned())
}
