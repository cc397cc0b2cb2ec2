//! Reads `ippo/v1` error budget policies.

use super::fields::{Fields, Report, list, scalar, unknown};
use super::scalar::Scalar;
use super::yaml::{Node, Position};
use super::{POLICY_NAMES, POLICY_RULES, Reference, annotation, duration};
use crate::slo::budget_policy::{BudgetCondition, BudgetPolicy, BudgetRule, Freeze};
use crate::slo::{Ratio, WINDOW_MAX_MINUTES};

const KIND: &str = "ErrorBudgetPolicy";
/// Decimals of a share in percent.
const SHARE_DECIMALS: usize = 4;
/// A share in percent is below this on either side: ten thousand budgets.
const SHARE_DIGITS: usize = 6;
const CONDITIONS: [&str; 3] = ["budgetRemaining", "budgetSpent", "incidentSpent"];

/// An error budget policy, and where it was written.
#[derive(Clone, PartialEq, Debug)]
pub struct BudgetPolicyDefinition {
    /// What it says.
    pub policy: BudgetPolicy,
    /// Its text: what [`super::parse_budget_policy`] reads again.
    pub document: String,
    /// The SLOs it names, and where.
    pub slos: Vec<Reference>,
    /// Whom it tells, and where it says so.
    pub targets: Vec<Reference>,
}

/// What its header says.
pub(super) struct Named<'n> {
    pub(super) name: &'n str,
    pub(super) display_name: &'n str,
    pub(super) annotations: Option<&'n Node>,
    pub(super) text: &'n str,
}

/// Reads the whole of an ErrorBudgetPolicy.
pub(super) fn read(
    report: &mut Report<'_>,
    named: &Named<'_>,
    spec: &Node,
) -> Option<BudgetPolicyDefinition> {
    let before = report.errors.len();
    let (owner, review_on) = annotation::read_owned(report, named.annotations);
    let spec = Fields::take(report, spec, "spec", KIND, "spec")?;
    let mut found = References::default();
    let slos = names(report, &spec, "slos", &mut found.slos);
    let services = names(report, &spec, "services", &mut Vec::new());
    let rules = read_rules(report, &spec, &mut found);
    let description = spec.text(report, "description");
    let policy = BudgetPolicy {
        name: named.name.to_owned(),
        display_name: if named.display_name.is_empty() { named.name } else { named.display_name }.to_owned(),
        description,
        owner,
        review_on,
        slos,
        services,
        rules: rules?,
    };
    let document = named.text.to_owned();
    let References { slos, targets } = found;
    (report.errors.len() == before).then_some(BudgetPolicyDefinition { policy, document, slos, targets })
}

#[derive(Default)]
struct References {
    slos: Vec<Reference>,
    targets: Vec<Reference>,
}

/// A list of names, each once.
fn names(
    report: &mut Report<'_>,
    fields: &Fields<'_>,
    field: &str,
    references: &mut Vec<Reference>,
) -> Vec<String> {
    let path = fields.path_of(field);
    let items = fields.get(field).and_then(|node| list(report, node, &path)).unwrap_or_default();
    if fields.get(field).is_some() && (items.is_empty() || items.len() > POLICY_NAMES) {
        let message = format!("name at least one and at most {POLICY_NAMES}, or leave {field} out");
        report.error(fields.place_of(field), &path, message);
    }
    let mut names: Vec<String> = Vec::new();
    for (i, item) in items.iter().enumerate().take(POLICY_NAMES) {
        let path = format!("{path}[{i}]");
        let Some(written) = scalar(report, item, &path) else { continue };
        if written.text().is_empty() {
            report.error(written.at(), &path, "the name is empty");
        } else if !names.iter().any(|name| name == written.text()) {
            names.push(written.text().to_owned());
            references.push(reference(report, written, path));
        }
    }
    names
}

fn reference(report: &Report<'_>, written: &Scalar, field: String) -> Reference {
    Reference { name: written.text().to_owned(), file: report.file.to_owned(), at: written.at(), field }
}

fn read_rules(report: &mut Report<'_>, spec: &Fields<'_>, found: &mut References) -> Option<Vec<BudgetRule>> {
    let example = "[{name: freeze, when: {budgetRemaining: 0%}, then: {freeze: advise}}]";
    let items = spec.require_list(report, "rules", example)?;
    if items.is_empty() || items.len() > POLICY_RULES {
        let message = format!("a policy has at least one and at most {POLICY_RULES} rules");
        report.error(spec.place_of("rules"), "spec.rules", message);
        return None;
    }
    let mut rules: Vec<BudgetRule> = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        let path = format!("spec.rules[{i}]");
        let Some((rule, name_at)) = read_rule(report, item, &path, found) else { continue };
        if rules.iter().any(|known| known.name == rule.name) {
            let message = format!("{:?} is the name of an earlier rule; give each its own", rule.name);
            report.error(name_at, &format!("{path}.name"), message);
        }
        rules.push(rule);
    }
    Some(rules)
}

fn read_rule(
    report: &mut Report<'_>,
    item: &Node,
    path: &str,
    found: &mut References,
) -> Option<(BudgetRule, Position)> {
    let fields = Fields::take(report, item, path, KIND, "spec.rules[]")?;
    let name = fields.require_scalar(report, "name", "freeze");
    let when = fields
        .require(report, "when", "{budgetRemaining: 0%}")
        .and_then(|node| read_condition(report, node, &fields.path_of("when")));
    let then = fields.require(report, "then", "{freeze: advise}")?;
    let then = Fields::take(report, then, &fields.path_of("then"), KIND, "spec.rules[].then")?;
    let freeze = read_freeze(report, &then);
    let postmortem = read_postmortem(report, &then);
    let notify = names(report, &then, "notify", &mut found.targets);
    let (name, when) = (name?, when?);
    if !super::document::is_name(name.text()) {
        let message = format!("{:?} is not a name: use a-z, 0-9 and -, as in slow-down", name.text());
        report.error(name.at(), &fields.path_of("name"), message);
    }
    let of_incident = matches!(when, BudgetCondition::SpentByIncident(_));
    if freeze.is_some() && of_incident {
        let message = "an incident that is over stays so, and a freeze has to end; freeze on budgetRemaining or budgetSpent";
        report.error(then.place_of("freeze"), &then.path_of("freeze"), message);
    }
    if postmortem && !of_incident {
        let message = "a postmortem is of an incident; ask for it on incidentSpent";
        report.error(then.place_of("postmortem"), &then.path_of("postmortem"), message);
    }
    if then.get("freeze").is_none() && !postmortem && notify.is_empty() {
        let message = "nothing follows; write freeze, postmortem or notify";
        report.error(then.at, &then.path, message);
    }
    let rule = BudgetRule { name: name.text().to_owned(), when, freeze, postmortem, notify };
    Some((rule, name.at()))
}

fn read_condition(report: &mut Report<'_>, node: &Node, path: &str) -> Option<BudgetCondition> {
    let fields = Fields::take(report, node, path, KIND, "spec.rules[].when")?;
    let given: Vec<&str> = CONDITIONS.into_iter().filter(|name| fields.get(name).is_some()).collect();
    let [name] = given.as_slice() else {
        let message = format!("give exactly one of {}", CONDITIONS.join(", "));
        report.error(fields.at, path, message);
        return None;
    };
    if *name != "budgetSpent" && fields.get("within").is_some() {
        let message = "within belongs to budgetSpent; remove it";
        report.error(fields.place_of("within"), &fields.path_of("within"), message);
    }
    let written = fields.scalar(report, name)?;
    let share = match read_share(written.text()) {
        Ok(share) if *name == "budgetRemaining" && share > Ratio::ONE => {
            Err("more than 100 % is never left".to_owned())
        }
        Ok(share) if *name != "budgetRemaining" && share <= Ratio::ZERO => {
            Err("nothing spent is always reached; write for example 20%".to_owned())
        }
        read => read,
    };
    let share = share.map_err(|message| report.error(written.at(), &fields.path_of(name), message)).ok()?;
    match *name {
        "budgetRemaining" => Some(BudgetCondition::RemainingAtMost(share)),
        "incidentSpent" => Some(BudgetCondition::SpentByIncident(share)),
        _ => {
            let within = fields.require_scalar(report, "within", "7d")?;
            let minutes = duration::minutes(within.text()).and_then(|minutes| match minutes {
                minutes if minutes > WINDOW_MAX_MINUTES => {
                    Err(format!("{} is longer than the longest window, 366d", within.text()))
                }
                minutes => Ok(minutes),
            });
            let minutes = minutes
                .map_err(|message| report.error(within.at(), &fields.path_of("within"), message))
                .ok()?;
            Some(BudgetCondition::SpentAtLeast { share, minutes })
        }
    }
}

fn read_freeze(report: &mut Report<'_>, then: &Fields<'_>) -> Option<Freeze> {
    let written = then.scalar(report, "freeze")?;
    let found = Freeze::ALL.into_iter().find(|freeze| freeze.name() == written.text());
    if found.is_none() {
        let message = unknown(written.text(), "kind of freeze", &Freeze::ALL.map(Freeze::name));
        report.error(written.at(), &then.path_of("freeze"), message);
    }
    found
}

fn read_postmortem(report: &mut Report<'_>, then: &Fields<'_>) -> bool {
    let Some(written) = then.scalar(report, "postmortem") else { return false };
    if written.text() != "due" {
        let message = format!("{:?} is not known here; write postmortem: due", written.text());
        report.error(written.at(), &then.path_of("postmortem"), message);
    }
    true
}

/// A share in percent, exactly: `20%`, `12.5 %`, `-5%`.
fn read_share(text: &str) -> Result<Ratio, String> {
    let wrong = || format!("{text:?} is not a share in percent, such as 20%");
    let number = text.strip_suffix('%').ok_or_else(wrong)?.trim_end();
    let (negative, number) = number.strip_prefix('-').map_or((false, number), |rest| (true, rest));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let has_point = number.contains('.');
    if whole.is_empty() || !plain(whole) || !plain(fraction) || (has_point && fraction.is_empty()) {
        return Err(wrong());
    }
    if whole.len() > SHARE_DIGITS || fraction.len() > SHARE_DECIMALS {
        return Err(format!(
            "{text} has more than {SHARE_DECIMALS} decimals or {SHARE_DIGITS} digits before them"
        ));
    }
    let digits: i128 = format!("{whole}{fraction}").parse().map_err(|_| wrong())?;
    let signed = if negative { -digits } else { digits };
    Ok(Ratio::new(signed, 100 * 10i128.pow(fraction.len() as u32)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_exactly() {
        for (text, share) in [
            ("20%", Ratio::new(1, 5)),
            ("20 %", Ratio::new(1, 5)),
            ("0%", Ratio::ZERO),
            ("12.5%", Ratio::new(1, 8)),
            ("-5%", Ratio::new(-1, 20)),
            ("0.0001%", Ratio::new(1, 1_000_000)),
        ] {
            assert_eq!(read_share(text), Ok(share), "{text}");
        }
        for text in
            ["", "%", "20", "0.2", "--5%", "+5%", "1e3%", ".5%", "5.%", "1,5%", "0.00001%", "1234567%"]
        {
            assert!(read_share(text).is_err(), "{text}");
        }
    }
}
