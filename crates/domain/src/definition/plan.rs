//! What applying definitions would change, field by field, before anything is changed.

mod resting;

use super::consequence::consequences;
use super::indicator::OBSERVATIONS;
use super::target::{Channel, Setting, TargetDefinition};
use super::{
    ALERT_RULES, AlertRuleDefinition, BudgetPolicyDefinition, DefinitionError, Definitions, Position,
    Reference, SloDefinition, alert_rule,
};
use crate::alert_rule::AlertRule;
use crate::journey::Journey;
use crate::polled::DataSource;
use crate::sla::Sla;
use crate::slo::budget_policy::BudgetPolicy;
use crate::slo::{Measure, Sli, Slo, UnmeasuredTime, objective_label};

/// What is defined now.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Current {
    /// Each SLO with its stored text.
    pub slos: Vec<(Slo, String)>,
    /// Each notification target.
    pub targets: Vec<TargetDefinition>,
    /// Each error budget policy with its stored text.
    pub budget_policies: Vec<(BudgetPolicy, String)>,
    /// Each alert rule with its stored text.
    pub alert_rules: Vec<(AlertRule, String)>,
    /// Each journey with its stored text.
    pub journeys: Vec<(Journey, String)>,
    /// Each SLA with its stored text.
    pub slas: Vec<(Sla, String)>,
}

/// What happens to a definition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    /// It is new.
    Create,
    /// It changes.
    Update,
    /// It left the files and is pruned.
    Delete,
    /// Nothing.
    Unchanged,
}

impl Action {
    /// The word in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Unchanged => "unchanged",
        }
    }
}

/// What is defined.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum Kind {
    /// A notification target.
    NotificationTarget,
    /// A service level objective.
    Slo,
    /// An error budget policy.
    ErrorBudgetPolicy,
    /// An alert rule.
    AlertRule,
    /// A critical user journey.
    Journey,
    /// A service level agreement.
    Sla,
}

impl Kind {
    /// The word in definitions and in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotificationTarget => "NotificationTarget",
            Self::Slo => "SLO",
            Self::ErrorBudgetPolicy => "ErrorBudgetPolicy",
            Self::AlertRule => "AlertRule",
            Self::Journey => "Journey",
            Self::Sla => "SLA",
        }
    }
}

/// A field that changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// Its name, in the words of the definition.
    pub field: String,
    /// What it says now; none if it is new.
    pub before: Option<String>,
    /// What it will say; none if it goes.
    pub after: Option<String>,
}

/// What happens to one definition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    /// What happens.
    pub action: Action,
    /// To what.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// What changes: of what is new, all that it says, and of what goes, all that it said.
    pub changes: Vec<Change>,
    /// For an update of an SLO, what follows from it, in words.
    pub consequences: Vec<String>,
}

/// Every step: targets, SLOs, policies, alert rules, and then what rests on SLOs, each kind in the order of the files.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Plan {
    /// The steps.
    pub steps: Vec<Step>,
    /// What is not wrong but worth a word.
    pub warnings: Vec<String>,
}

/// What becomes of definitions that are stored and not in the files.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Missing {
    /// They stay.
    Keep,
    /// They are deleted.
    Prune,
}

/// Plans the way from `current` to `desired`. What names a target or an SLO that is then not defined is an error.
pub fn plan(
    current: &Current,
    desired: &Definitions,
    missing: Missing,
) -> Result<Plan, Vec<DefinitionError>> {
    let mut steps: Vec<Step> = desired.targets.iter().map(|t| target_step(current, t)).collect();
    let mut warnings = desired.warnings.clone();
    let desired_target = |name: &str| desired.targets.iter().any(|t| t.name == name);
    let desired_slo = |name: &str| desired.slos.iter().any(|d| d.slo.name == name);
    let desired_policy = |name: &str| desired.budget_policies.iter().any(|d| d.policy.name == name);
    let desired_rule = |name: &str| desired.alert_rules.iter().any(|d| d.rule.name == name);
    let leaving_targets: Vec<&str> =
        current.targets.iter().map(|t| t.name.as_str()).filter(|n| !desired_target(n)).collect();
    let leaving_slos: Vec<&str> =
        current.slos.iter().map(|(s, _)| s.name.as_str()).filter(|n| !desired_slo(n)).collect();
    let leaving_policies: Vec<&str> =
        current.budget_policies.iter().map(|(p, _)| p.name.as_str()).filter(|n| !desired_policy(n)).collect();
    let leaving_rules: Vec<&str> =
        current.alert_rules.iter().map(|(r, _)| r.name.as_str()).filter(|n| !desired_rule(n)).collect();
    let known =
        |name: &str| desired_target(name) || (missing == Missing::Keep && leaving_targets.contains(&name));
    let known_slo =
        |name: &str| desired_slo(name) || (missing == Missing::Keep && leaving_slos.contains(&name));
    let of_policies = || desired.budget_policies.iter();
    let errors: Vec<DefinitionError> = desired
        .slos
        .iter()
        .map(targets_of)
        .chain(of_policies().map(|d| d.targets.clone()))
        .chain(desired.alert_rules.iter().map(|d| d.targets.clone()))
        .flat_map(|named| unknown_targets(named, known, desired, &leaving_targets, missing))
        .chain(
            named_slos(desired)
                .flat_map(|named| unknown_slo(named, known_slo, desired, &leaving_slos, missing)),
        )
        .chain(resting::errors(current, desired, missing))
        .chain(desired.slos.iter().filter_map(|d| other_source(d, current, desired, missing)))
        .chain(too_many_rules(desired, if missing == Missing::Keep { leaving_rules.len() } else { 0 }))
        .collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    steps.extend(desired.slos.iter().map(|d| slo_step(current, d)));
    steps.extend(of_policies().map(|d| policy_step(current, d)));
    steps.extend(desired.alert_rules.iter().map(|d| rule_step(current, d)));
    steps.extend(resting::steps(current, desired));
    warnings.extend(of_policies().flat_map(|d| nobodys(d, current, desired, missing)));
    warnings.extend(resting::warnings(current, desired, missing));
    match missing {
        Missing::Prune => {
            let rules = current.alert_rules.iter().filter(|(rule, _)| !desired_rule(&rule.name));
            steps.extend(rules.map(|(r, _)| left(Kind::AlertRule, &r.name, &alert_rule::fields_of(r))));
            steps.extend(resting::ends(current, desired));
            let policies = current.budget_policies.iter().filter(|(policy, _)| !desired_policy(&policy.name));
            steps.extend(policies.map(|(p, _)| left(Kind::ErrorBudgetPolicy, &p.name, &policy_fields(p))));
            let slos = current.slos.iter().filter(|(slo, _)| !desired_slo(&slo.name));
            steps.extend(slos.map(|(slo, _)| left(Kind::Slo, &slo.name, &slo_fields(slo))));
            let targets = current.targets.iter().filter(|target| !desired_target(&target.name));
            steps.extend(targets.map(|t| left(Kind::NotificationTarget, &t.name, &target_fields(t))));
        }
        Missing::Keep => {
            let resting = resting::leaving(current, desired);
            let names: Vec<&str> = leaving_slos
                .iter()
                .chain(&leaving_targets)
                .chain(&leaving_policies)
                .chain(&leaving_rules)
                .chain(&resting)
                .copied()
                .collect();
            if !names.is_empty() {
                let names = names.join(", ");
                warnings.push(format!("not in the files, and kept (--prune deletes them): {names}"));
            }
        }
    }
    Ok(Plan { steps, warnings })
}

/// The services of a policy of which there is no SLO.
fn nobodys(
    definition: &BudgetPolicyDefinition,
    current: &Current,
    desired: &Definitions,
    missing: Missing,
) -> Vec<String> {
    let stays = |_: &&Slo| missing == Missing::Keep;
    let kept = current.slos.iter().map(|(slo, _)| slo).filter(stays);
    let slos: Vec<&Slo> = desired.slos.iter().map(|d| &d.slo).chain(kept).collect();
    let policy = &definition.policy;
    let without = policy.services.iter().filter(|service| !slos.iter().any(|slo| slo.service == **service));
    let warning = |service: &String| {
        format!(
            "error budget policy {}: no SLO is of the service {service}; nothing follows for it",
            policy.name
        )
    };
    without.map(warning).collect()
}

/// Every SLO that another definition names, and where.
fn named_slos(desired: &Definitions) -> impl Iterator<Item = &Reference> {
    let of_policies = desired.budget_policies.iter().flat_map(|definition| &definition.slos);
    let of_journeys = desired.journeys.iter().flat_map(|definition| &definition.slos);
    of_policies.chain(of_journeys).chain(desired.slas.iter().map(|definition| &definition.slo))
}

fn unknown_slo(
    named: &Reference,
    known: impl Fn(&str) -> bool,
    desired: &Definitions,
    leaving: &[&str],
    missing: Missing,
) -> Option<DefinitionError> {
    let name = &named.name;
    if known(name) {
        return None;
    }
    let message = if missing == Missing::Prune && leaving.contains(&name.as_str()) {
        format!(
            "the SLO {name:?} would be pruned, as it is not in the files; add its file or remove the name"
        )
    } else {
        let names: Vec<&str> =
            desired.slos.iter().map(|d| d.slo.name.as_str()).chain(leaving.iter().copied()).collect();
        match names.as_slice() {
            [] => format!("there is no SLO {name:?}; apply its file together with this one"),
            names => super::fields::unknown(name, "SLO", names),
        }
    };
    Some(wrong_reference(named.clone(), message))
}

fn wrong_reference(named: Reference, message: String) -> DefinitionError {
    let Reference { file, at: Position { line, column }, field, .. } = named;
    DefinitionError { file, line, column, field, message }
}

fn policy_step(current: &Current, definition: &BudgetPolicyDefinition) -> Step {
    let policy = &definition.policy;
    let before = current.budget_policies.iter().find(|(stored, _)| stored.name == policy.name);
    let before = before.map(|(stored, text)| (policy_fields(stored), text));
    step(Kind::ErrorBudgetPolicy, &policy.name, before, (policy_fields(policy), &definition.document))
}

fn rule_step(current: &Current, definition: &AlertRuleDefinition) -> Step {
    let rule = &definition.rule;
    let before = current.alert_rules.iter().find(|(stored, _)| stored.name == rule.name);
    let before = before.map(|(stored, text)| (alert_rule::fields_of(stored), text));
    step(Kind::AlertRule, &rule.name, before, (alert_rule::fields_of(rule), &definition.document))
}

/// The first rule that is one too many, beside so many that stay as they are.
fn too_many_rules(desired: &Definitions, kept: usize) -> Option<DefinitionError> {
    let over = desired.alert_rules.get(ALERT_RULES.saturating_sub(kept))?;
    Some(DefinitionError {
        file: over.file.clone(),
        line: over.name_at.line,
        column: over.name_at.column,
        field: "metadata.name".to_owned(),
        message: format!(
            "at most {ALERT_RULES} alert rules are looked at in each minute, and with this one there are more; one rule with by: \
             tells groups apart, and --prune deletes what is in no file"
        ),
    })
}

fn unknown_targets(
    named: Vec<Reference>,
    known: impl Fn(&str) -> bool,
    desired: &Definitions,
    leaving: &[&str],
    missing: Missing,
) -> Vec<DefinitionError> {
    let error = |named: Reference| {
        let name = &named.name;
        let message = if missing == Missing::Prune && leaving.contains(&name.as_str()) {
            format!(
                "the notification target {name:?} would be pruned, as it is not in the files; add its file or remove the name"
            )
        } else {
            let names: Vec<&str> =
                desired.targets.iter().map(|t| t.name.as_str()).chain(leaving.iter().copied()).collect();
            if names.is_empty() {
                format!(
                    "there is no notification target {name:?}; define it as {{apiVersion: ippo/v1, kind: NotificationTarget}}"
                )
            } else {
                super::fields::unknown(name, "notification target", &names)
            }
        };
        wrong_reference(named, message)
    };
    named.into_iter().filter(|named| !known(&named.name)).map(error).collect()
}

/// Every target that a definition names, and where.
pub(super) fn targets_of(definition: &SloDefinition) -> Vec<Reference> {
    let annotated = |name: &String| Reference {
        name: name.clone(),
        file: definition.file.clone(),
        at: definition.notify_at,
        field: "metadata.annotations.ippo.dev/notify".to_owned(),
    };
    let annotated = definition.slo.notify.iter().map(annotated);
    annotated.chain(definition.policy_targets.iter().cloned()).collect()
}

/// The error for an SLO whose data source another SLO, which stays as it is, knows by another address: what both fetch
/// under one name would be mixed.
fn other_source(
    definition: &SloDefinition,
    current: &Current,
    desired: &Definitions,
    missing: Missing,
) -> Option<DefinitionError> {
    let servers = |slo: &'_ Slo| -> Vec<DataSource> {
        slo.slis().iter().filter_map(|sli| Some(sli.polled.as_ref()?.source.clone())).collect()
    };
    let mine = servers(&definition.slo);
    let stays = |name: &str| missing == Missing::Keep && !desired.slos.iter().any(|d| d.slo.name == name);
    let (slo, mine, theirs) =
        current.slos.iter().filter(|(slo, _)| stays(&slo.name)).find_map(|(slo, _)| {
            let theirs = servers(slo);
            let differs = |mine: &DataSource| {
                theirs.iter().find(|theirs| theirs.name == mine.name && *theirs != mine).cloned()
            };
            mine.iter().find_map(|mine| Some((slo, mine, differs(mine)?)))
        })?;
    Some(DefinitionError {
        file: definition.file.clone(),
        line: definition.notify_at.line,
        column: definition.notify_at.column,
        field: "metadata".to_owned(),
        message: format!(
            "the SLO {:?}, which is not in the files, reads the DataSource {:?} as {theirs}, and this one as {mine}; apply its \
             file together with this one, or give the DataSource another name",
            slo.name, mine.name
        ),
    })
}

fn slo_step(current: &Current, definition: &SloDefinition) -> Step {
    let slo = &definition.slo;
    let before = current.slos.iter().find(|(stored, _)| stored.name == slo.name);
    let written = before.map(|(stored, text)| (slo_fields(stored), text));
    let step = step(Kind::Slo, &slo.name, written, (slo_fields(slo), &definition.document));
    let consequences = before.map(|(stored, _)| consequences(stored, slo)).unwrap_or_default();
    Step { consequences, ..step }
}

fn left(kind: Kind, name: &str, fields: &[(String, String)]) -> Step {
    let changes = differences(fields, &[]);
    Step { action: Action::Delete, kind, name: name.to_owned(), changes, consequences: vec![] }
}

fn target_step(current: &Current, target: &TargetDefinition) -> Step {
    let stored = current.targets.iter().find(|stored| stored.name == target.name);
    let before = stored.map(|stored| (target_fields(stored), &stored.document));
    let mut step =
        step(Kind::NotificationTarget, &target.name, before, (target_fields(target), &target.document));
    let hidden =
        stored.is_some_and(|s| s.channel != target.channel && target_fields(s) == target_fields(target));
    if hidden {
        let words = |text: &str| Some(text.to_owned());
        step.changes = vec![Change {
            field: "url".to_owned(),
            before: words("(hidden)"),
            after: words("(another, hidden)"),
        }];
    }
    step
}

type Written = Vec<(String, String)>;

fn step(kind: Kind, name: &str, before: Option<(Written, &String)>, after: (Written, &String)) -> Step {
    let name = name.to_owned();
    let Some((before, text_before)) = before else {
        let changes = differences(&[], &after.0);
        return Step { action: Action::Create, kind, name, changes, consequences: vec![] };
    };
    let (after, text_after) = after;
    let mut changes = differences(&before, &after);
    if changes.is_empty() && text_before != text_after {
        let field = "text (comments, labels or layout)".to_owned();
        changes.push(Change { field, before: None, after: None });
    }
    let action = if changes.is_empty() { Action::Unchanged } else { Action::Update };
    Step { action, kind, name, changes, consequences: vec![] }
}

fn differences(before: &[(String, String)], after: &[(String, String)]) -> Vec<Change> {
    let value = |fields: &[(String, String)], name: &str| {
        fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone())
    };
    let mut names: Vec<&String> = before.iter().map(|(name, _)| name).collect();
    names.extend(after.iter().map(|(name, _)| name).filter(|name| value(before, name).is_none()));
    names
        .into_iter()
        .map(|name| Change { field: name.clone(), before: value(before, name), after: value(after, name) })
        .filter(|change| change.before != change.after)
        .collect()
}

/// What an SLO says, as fields in a fixed order; empty ones are left out.
fn slo_fields(slo: &Slo) -> Written {
    let mut fields = vec![
        ("displayName".to_owned(), slo.display_name.clone()),
        ("description".to_owned(), slo.description.clone()),
        ("owner".to_owned(), slo.owner.clone()),
        ("notify".to_owned(), slo.notify.join(", ")),
        ("runbook".to_owned(), slo.runbook.clone().unwrap_or_default()),
        ("service".to_owned(), slo.service.clone()),
    ];
    if !slo.is_composite() {
        fields.extend(sli_fields(&slo.objectives[0].sli));
    }
    fields.extend([
        ("budgetingMethod".to_owned(), slo.budgeting_method.name().to_owned()),
        ("window".to_owned(), slo.window.to_string()),
    ]);
    let windows: Vec<String> = slo.more_windows.iter().map(ToString::to_string).collect();
    fields.push(("windows".to_owned(), windows.join(", ")));
    if slo.unmeasured != UnmeasuredTime::default() {
        fields.push(("unmeasured".to_owned(), slo.unmeasured.name().to_owned()));
    }
    if slo.every_failure_matters {
        fields.push(("every-failure-matters".to_owned(), "true".to_owned()));
    }
    for (i, policy) in slo.policies.iter().enumerate() {
        fields.push((format!("alertPolicies[{i}]"), policy.to_string()));
    }
    fields.push(("review".to_owned(), slo.review_on.map(|date| date.to_string()).unwrap_or_default()));
    for (i, objective) in slo.objectives.iter().enumerate() {
        let threshold = objective.threshold.as_ref();
        let threshold = threshold.map(|t| format!(" when the value is {} {}", t.op.name(), t.limit));
        let named = if objective.display_name.is_empty() {
            String::new()
        } else {
            format!(" ({})", objective_label(objective))
        };
        let slices = objective.slices.map(|slices| slices.to_string()).unwrap_or_default();
        let text = format!("{}{}{slices}{named}", objective.target, threshold.unwrap_or_default());
        fields.push((format!("objectives[{i}]"), text));
        if let Some(weight) = &objective.weight {
            fields.push((format!("objectives[{i}].compositeWeight"), weight.to_string()));
            let of_part = sli_fields(&objective.sli).into_iter();
            fields.extend(of_part.map(|(name, text)| (format!("objectives[{i}].{name}"), text)));
        }
    }
    fields.retain(|(_, value)| !value.is_empty());
    fields
}

/// What an SLI says.
fn sli_fields(sli: &Sli) -> Written {
    let verdict = match &sli.measure {
        Measure::Good(text) => ("good", text.as_str()),
        Measure::Bad(text) => ("bad", text.as_str()),
        Measure::Threshold { value } => ("value", value.as_str()),
        Measure::Observations => ("value", OBSERVATIONS),
    };
    let said = |fields: &[(&str, &str)]| -> Written {
        fields.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
    };
    let Some(polled) = &sli.polled else {
        return said(&[("signal", sli.signal.name()), ("total", &sli.total), verdict]);
    };
    let total = if polled.part.is_some() { "total" } else { "query" };
    let source = (polled.source.server.kind().name(), polled.source.to_string());
    let mut fields = said(&[(source.0, &source.1), (total, &polled.total.text)]);
    fields.extend(polled.part.iter().map(|part| (verdict.0.to_owned(), part.text.clone())));
    fields
}

/// What an error budget policy says, as fields in a fixed order; empty ones are left out.
fn policy_fields(policy: &BudgetPolicy) -> Written {
    let mut fields = vec![
        ("displayName".to_owned(), policy.display_name.clone()),
        ("description".to_owned(), policy.description.clone()),
        ("owner".to_owned(), policy.owner.clone()),
        ("review".to_owned(), policy.review_on.map(|date| date.to_string()).unwrap_or_default()),
        ("slos".to_owned(), policy.slos.join(", ")),
        ("services".to_owned(), policy.services.join(", ")),
    ];
    fields.extend(policy.rules.iter().map(|rule| (format!("rules.{}", rule.name), rule.to_string())));
    fields.retain(|(_, value)| !value.is_empty());
    fields
}

/// The scheme and host of an address: what follows may be a secret, as it is with Slack.
fn origin(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}/…")
}

/// What a target says. An address that may be a secret is not shown, but that it changed is.
fn target_fields(target: &TargetDefinition) -> Written {
    let mut fields = vec![("type".to_owned(), target.channel.name().to_owned())];
    let setting = |setting: &Setting| match setting {
        Setting::Written(url) => ("url".to_owned(), origin(url)),
        Setting::Environment(name) => ("urlFrom.env".to_owned(), name.clone()),
    };
    match &target.channel {
        Channel::Webhook { url, secret_env } => {
            fields.push(setting(url));
            fields.extend(secret_env.clone().map(|name| ("secretFrom.env".to_owned(), name)));
        }
        Channel::Slack { url } => fields.push(setting(url)),
        Channel::Email { to } => fields.push(("to".to_owned(), to.join(", "))),
    }
    fields
}
