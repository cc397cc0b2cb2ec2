//! Reads OpenSLO alert policies: the burn pairs of an SLO, and whom they tell. Which of them can fire is asked of the SLO, not
//! decided here.

use super::annotation;
use super::condition::{self, Condition, Metadata};
use super::fields::{Fields, Report, list, unknown};
use super::scalar::Scalar;
use super::yaml::Node;
use super::{ALERT_POLICIES, Reference};
use crate::slo::{AbsenceTold, AlertPolicy, NeverFires, Slo, duration_text};

/// An AlertPolicy that was read.
#[derive(Clone)]
pub(super) struct Policy {
    condition: Condition,
    absence: AbsenceTold,
    notify: Vec<Reference>,
    /// The document of the condition it refers to.
    pub(super) condition_ref: Option<String>,
}

/// Documents by name that others refer to: what was read of each, if nothing is wrong with it.
pub(super) type Named<T> = std::collections::BTreeMap<String, Option<T>>;

/// Reads the `spec` of an AlertPolicy.
pub(super) fn read_policy(
    report: &mut Report<'_>,
    metadata: Metadata<'_>,
    spec: &Node,
    path: &str,
    conditions: &Named<Condition>,
) -> Option<Policy> {
    annotation::read_none(report, metadata.annotations, metadata.path);
    let spec = Fields::take(report, spec, path, "AlertPolicy", "spec")?;
    let absence = flag(report, &spec, "alertWhenNoData");
    refuse_false(
        report,
        &spec,
        "alertWhenBreaching",
        "a policy that tells of no breach tells of nothing; remove the policy, the burn is on the SLO's page all the same",
    );
    refuse_false(
        report,
        &spec,
        "alertWhenResolved",
        "whoever is told that an incident began is told that it is over; remove it or write true",
    );
    let notify = read_targets(report, &spec);
    let (condition, condition_ref) = read_conditions(report, &spec, conditions)?;
    let absence = if absence == Some(false) { AbsenceTold::Untold } else { AbsenceTold::Told };
    Some(Policy { condition, absence, notify, condition_ref })
}

fn flag(report: &mut Report<'_>, fields: &Fields<'_>, name: &str) -> Option<bool> {
    let written = fields.scalar(report, name)?;
    let parsed = written.text().parse();
    let wrong = |_| format!("{:?} is neither true nor false", written.text());
    parsed.map_err(wrong).map_err(|m| report.error(written.at(), &fields.path_of(name), m)).ok()
}

fn refuse_false(report: &mut Report<'_>, fields: &Fields<'_>, name: &str, why: &str) {
    if flag(report, fields, name) == Some(false) {
        let at = fields.get(name).map_or(fields.at, |node| node.at);
        report.error(at, &fields.path_of(name), format!("false is not supported: {why}"));
    }
}

fn read_targets(report: &mut Report<'_>, spec: &Fields<'_>) -> Vec<Reference> {
    let path = spec.path_of("notificationTargets");
    let items = spec.get("notificationTargets").and_then(|node| list(report, node, &path));
    let mut targets: Vec<Reference> = Vec::new();
    for (i, item) in items.into_iter().flatten().enumerate() {
        let path = format!("{path}[{i}]");
        let scope = "spec.notificationTargets[]";
        let Some(fields) = Fields::take(report, item, &path, "AlertPolicy", scope) else { continue };
        if fields.get("spec").is_some() {
            // Refused as a field, with the reason.
            continue;
        }
        let Some(name) = fields.require_scalar(report, "targetRef", "oncall") else { continue };
        if !targets.iter().any(|known| known.name == name.text()) {
            targets.push(Reference {
                name: name.text().to_owned(),
                file: report.file.to_owned(),
                at: name.at(),
                field: fields.path_of("targetRef"),
            });
        }
    }
    targets
}

fn read_conditions(
    report: &mut Report<'_>,
    spec: &Fields<'_>,
    conditions: &Named<Condition>,
) -> Option<(Condition, Option<String>)> {
    let path = spec.path_of("conditions");
    let [item] = spec.require_list(report, "conditions", "[{conditionRef: fast-burn}]")? else {
        let message = "OpenSLO allows exactly one condition; write a policy for each";
        report.error(spec.place_of("conditions"), &path, message);
        return None;
    };
    let path = format!("{path}[0]");
    let fields = Fields::take(report, item, &path, "AlertPolicy", "spec.conditions[]")?;
    if fields.get("conditionRef").is_some() {
        refuse_beside_reference(report, &fields, "conditionRef");
        let name = fields.scalar(report, "conditionRef")?;
        let found = referred(report, name, &fields.path_of("conditionRef"), "AlertCondition", conditions)?;
        return Some((found, Some(name.text().to_owned())));
    }
    let spec_path = fields.path_of("spec");
    let (annotations, metadata_path) = inline(report, &fields, "AlertCondition", "conditionRef")?;
    let metadata = Metadata { annotations, path: &metadata_path };
    let condition = condition::read(report, metadata, fields.get("spec")?, &spec_path)?;
    Some((condition, None))
}

/// What an inline document says of itself: its annotations, and the path of its metadata.
fn inline<'n>(
    report: &mut Report<'_>,
    fields: &Fields<'n>,
    kind: &str,
    reference: &str,
) -> Option<(Option<&'n Node>, String)> {
    if let Some(written) = fields.scalar(report, "kind")
        && written.text() != kind
    {
        report.error(written.at(), &fields.path_of("kind"), format!("only kind: {kind} may stand here"));
        return None;
    }
    if fields.get("spec").is_none() {
        let message = format!("give either {reference}, or an {kind} with its spec");
        report.error(fields.at, &fields.path, message);
        return None;
    }
    let path = fields.path_of("metadata");
    let metadata =
        fields.get("metadata").and_then(|node| Fields::take(report, node, &path, kind, "metadata"));
    Some((metadata.and_then(|metadata| metadata.get("annotations")), path))
}

fn refuse_beside_reference(report: &mut Report<'_>, fields: &Fields<'_>, reference: &str) {
    for name in ["kind", "metadata", "spec"] {
        if fields.get(name).is_some() {
            let message = format!("give either {reference} or the whole document, not both");
            report.error(fields.place_of(name), &fields.path_of(name), message);
        }
    }
}

fn referred<T: Clone>(
    report: &mut Report<'_>,
    name: &Scalar,
    path: &str,
    kind: &str,
    named: &Named<T>,
) -> Option<T> {
    if let Some(found) = named.get(name.text()) {
        // One that has an error of its own is told there.
        return found.clone();
    }
    let known: Vec<&str> = named.keys().map(String::as_str).collect();
    let message = if known.is_empty() {
        let name = name.text();
        format!("there is no {kind} document named {name:?} among the files; apply it together with this one")
    } else {
        unknown(name.text(), kind, &known)
    };
    report.error(name.at(), path, message);
    None
}

/// What an SLO says of its alerts.
#[derive(Default)]
pub(super) struct OfSlo {
    /// None of them, if it is left to the default pairs.
    pub(super) policies: Vec<Policy>,
    /// Names of the AlertPolicy documents it refers to.
    pub(super) policy_refs: Vec<String>,
}

/// Reads `alertPolicies` of an SLO's `spec`.
pub(super) fn of_slo(
    report: &mut Report<'_>,
    spec: &Fields<'_>,
    policies: &Named<Policy>,
    conditions: &Named<Condition>,
) -> Option<OfSlo> {
    let mut found = OfSlo::default();
    let Some(node) = spec.get("alertPolicies") else { return Some(found) };
    let items = list(report, node, "spec.alertPolicies")?;
    if items.len() > ALERT_POLICIES {
        let message = format!("an SLO has at most {ALERT_POLICIES} alert policies");
        report.error(node.at, "spec.alertPolicies", message);
        return None;
    }
    let mut whole = true;
    for (i, item) in items.iter().enumerate() {
        let path = format!("spec.alertPolicies[{i}]");
        match one_of_slo(report, item, &path, policies, conditions) {
            Some((policy, reference)) => {
                found.policies.push(policy);
                found.policy_refs.extend(reference);
            }
            None => whole = false,
        }
    }
    whole.then_some(found)
}

fn one_of_slo(
    report: &mut Report<'_>,
    item: &Node,
    path: &str,
    policies: &Named<Policy>,
    conditions: &Named<Condition>,
) -> Option<(Policy, Option<String>)> {
    let fields = Fields::take(report, item, path, "SLO", "spec.alertPolicies[]")?;
    if fields.get("alertPolicyRef").is_some() {
        refuse_beside_reference(report, &fields, "alertPolicyRef");
        let name = fields.scalar(report, "alertPolicyRef")?;
        let found = referred(report, name, &fields.path_of("alertPolicyRef"), "AlertPolicy", policies)?;
        return Some((found, Some(name.text().to_owned())));
    }
    let spec_path = fields.path_of("spec");
    let (annotations, metadata_path) = inline(report, &fields, "AlertPolicy", "alertPolicyRef")?;
    let metadata = Metadata { annotations, path: &metadata_path };
    Some((read_policy(report, metadata, fields.get("spec")?, &spec_path, conditions)?, None))
}

impl Policy {
    pub(super) fn targets(&self) -> &[Reference] {
        &self.notify
    }

    fn decided(&self) -> AlertPolicy {
        let Condition { severity, long_minutes, short_minutes, factor, reach, .. } = self.condition;
        let notify = self.notify.iter().map(|target| target.name.clone()).collect();
        AlertPolicy { severity, long_minutes, short_minutes, factor, reach, absence: self.absence, notify }
    }
}

/// Gives an SLO its policies. One that can fire for none of its objectives, or that has the long window of another, is an error.
pub(super) fn give(report: &mut Report<'_>, slo: &mut Slo, policies: &[Policy]) {
    for (place, policy) in policies.iter().enumerate() {
        let condition = &policy.condition;
        let same = |other: &&Policy| other.condition.long_minutes == condition.long_minutes;
        if policies[..place].iter().any(|other| same(&other)) {
            let message = format!(
                "SLO {} has two policies with a lookbackWindow of {}, and an alert is known by that; choose another, or \
                 name the targets of both in one",
                slo.name,
                duration_text(condition.long_minutes)
            );
            condition.long_at.error(report, message);
            continue;
        }
        let decided = policy.decided();
        let nowhere: Option<Vec<NeverFires>> = slo.aims().map(|aim| decided.never_fires(&aim)).collect();
        if let Some(why) = nowhere.and_then(|each| each.into_iter().next()) {
            let name = &slo.name;
            let (place, message) = match why {
                NeverFires::OutOfReach(reason) => {
                    (&condition.factor_at, format!("in SLO {name} it {reason}; lower the threshold"))
                }
                NeverFires::ForgetsSlices(reason) => {
                    let advice = "choose a longer one in the annotation ippo.dev/short-window";
                    (&condition.short_at, format!("in SLO {name} {reason}; {advice}"))
                }
            };
            place.error(report, message);
        }
        slo.policies.push(decided);
    }
}
