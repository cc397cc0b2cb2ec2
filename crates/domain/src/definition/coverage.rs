//! Which fields of OpenSLO ippo reads, and why it refuses the others. The reader and the published table are both
//! made from this list, so that they cannot disagree.

/// What becomes of a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Support {
    /// It is read and has an effect.
    Read,
    /// It is accepted and kept with the definition's text; it changes nothing, for this reason.
    Kept(&'static str),
    /// It is refused, for this reason.
    Refused(&'static str),
}

/// A field of a kind of document.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Field {
    /// The document's kind; `*` for every kind.
    pub kind: &'static str,
    /// From the document's root; `[]` for each item of a list.
    pub path: &'static str,
    /// What becomes of it.
    pub support: Support,
}

const fn read(kind: &'static str, path: &'static str) -> Field {
    Field { kind, path, support: Support::Read }
}

const fn kept(kind: &'static str, path: &'static str, why: &'static str) -> Field {
    Field { kind, path, support: Support::Kept(why) }
}

const fn refused(kind: &'static str, path: &'static str, why: &'static str) -> Field {
    Field { kind, path, support: Support::Refused(why) }
}

const RAW: &str = "a ready-made ratio cannot be summed exactly; give good or bad, and total";

/// Every field that is known.
pub const FIELDS: &[Field] = &[
    read("*", "apiVersion"),
    read("*", "kind"),
    read("*", "metadata"),
    read("*", "spec"),
    read("*", "metadata.name"),
    read("*", "metadata.displayName"),
    kept("*", "metadata.labels", "nothing selects by labels yet"),
    read("*", "metadata.annotations"),
    read("SLO", "spec.description"),
    read("SLO", "spec.service"),
    read("SLO", "spec.indicator"),
    read("SLO", "spec.indicatorRef"),
    read("SLO", "spec.timeWindow"),
    read("SLO", "spec.timeWindow[].duration"),
    read("SLO", "spec.timeWindow[].isRolling"),
    read("SLO", "spec.timeWindow[].calendar"),
    read("SLO", "spec.timeWindow[].calendar.startTime"),
    read("SLO", "spec.timeWindow[].calendar.timeZone"),
    read("SLO", "spec.budgetingMethod"),
    read("SLO", "spec.objectives"),
    read("SLO", "spec.objectives[].displayName"),
    read("SLO", "spec.objectives[].op"),
    read("SLO", "spec.objectives[].value"),
    read("SLO", "spec.objectives[].target"),
    read("SLO", "spec.objectives[].targetPercent"),
    read("SLO", "spec.objectives[].timeSliceTarget"),
    read("SLO", "spec.objectives[].timeSliceWindow"),
    read("SLO", "spec.objectives[].indicator"),
    read("SLO", "spec.objectives[].indicatorRef"),
    read("SLO", "spec.objectives[].compositeWeight"),
    read("SLO", "spec.alertPolicies"),
    read("SLO", "spec.alertPolicies[].alertPolicyRef"),
    read("SLO", "spec.alertPolicies[].kind"),
    read("SLO", "spec.alertPolicies[].metadata"),
    read("SLO", "spec.alertPolicies[].spec"),
    kept("AlertPolicy", "spec.description", "it stays with the text for readers of the file"),
    read("AlertPolicy", "spec.alertWhenNoData"),
    read("AlertPolicy", "spec.alertWhenBreaching"),
    read("AlertPolicy", "spec.alertWhenResolved"),
    read("AlertPolicy", "spec.conditions"),
    read("AlertPolicy", "spec.conditions[].conditionRef"),
    read("AlertPolicy", "spec.conditions[].kind"),
    read("AlertPolicy", "spec.conditions[].metadata"),
    read("AlertPolicy", "spec.conditions[].spec"),
    read("AlertPolicy", "spec.notificationTargets"),
    read("AlertPolicy", "spec.notificationTargets[].targetRef"),
    refused("AlertPolicy", "spec.notificationTargets[].kind", TARGETS),
    refused("AlertPolicy", "spec.notificationTargets[].metadata", TARGETS),
    refused("AlertPolicy", "spec.notificationTargets[].spec", TARGETS),
    kept("AlertCondition", "spec.description", "it stays with the text for readers of the file"),
    read("AlertCondition", "spec.severity"),
    read("AlertCondition", "spec.condition"),
    read("AlertCondition", "spec.condition.kind"),
    read("AlertCondition", "spec.condition.op"),
    read("AlertCondition", "spec.condition.threshold"),
    read("AlertCondition", "spec.condition.lookbackWindow"),
    read("AlertCondition", "spec.condition.alertAfter"),
    kept("SLI", "spec.description", "it stays with the text for readers of the file"),
    read("SLI", "spec.thresholdMetric"),
    read("SLI", "spec.thresholdMetric.metricSource"),
    read("SLI", "spec.ratioMetric"),
    kept(
        "SLI",
        "spec.ratioMetric.counter",
        "spans and logs are counted one by one, of ippo's own metrics each series says itself whether it is cumulative, of Prometheus ippo counts counters alone, so that `false` is refused there, and what CloudWatch gives for a minute is a count already",
    ),
    read("SLI", "spec.ratioMetric.good"),
    read("SLI", "spec.ratioMetric.good.metricSource"),
    read("SLI", "spec.ratioMetric.bad"),
    read("SLI", "spec.ratioMetric.bad.metricSource"),
    read("SLI", "spec.ratioMetric.total"),
    read("SLI", "spec.ratioMetric.total.metricSource"),
    refused("SLI", "spec.ratioMetric.raw", RAW),
    refused("SLI", "spec.ratioMetric.rawType", RAW),
    read("metricSource", "metricSourceRef"),
    read("metricSource", "type"),
    read("metricSource", "spec"),
    read("metricSource", "spec.where"),
    read("metricSource", "spec.value"),
    read("metricSource", "spec.query"),
    read("metricSource", "spec.namespace"),
    read("metricSource", "spec.metricName"),
    read("metricSource", "spec.dimensions"),
    read("metricSource", "spec.stat"),
    refused(
        "metricSource",
        "spec.period",
        "ippo asks for each minute: budgets and alerts are made of minutes",
    ),
    refused(
        "metricSource",
        "spec.region",
        "it belongs to the DataSource; write connectionDetails: {region: …} there",
    ),
    refused("metricSource", "spec.expression", METRIC_MATH),
    refused("metricSource", "spec.json", METRIC_MATH),
    refused("metricSource", "spec.sql", METRIC_MATH),
    kept("Service", "spec.description", "services and what is known of them come from telemetry"),
    kept("DataSource", "spec.description", "it stays with the text for readers of the file"),
    read("DataSource", "spec.type"),
    read("DataSource", "spec.connectionDetails"),
    read("DataSource", "spec.connectionDetails.url"),
    read("DataSource", "spec.connectionDetails.bearerTokenFrom"),
    read("DataSource", "spec.connectionDetails.bearerTokenFrom.env"),
    read("DataSource", "spec.connectionDetails.basicAuth"),
    read("DataSource", "spec.connectionDetails.basicAuth.username"),
    read("DataSource", "spec.connectionDetails.basicAuth.passwordFrom"),
    read("DataSource", "spec.connectionDetails.basicAuth.passwordFrom.env"),
    refused(
        "DataSource",
        "spec.connectionDetails.tlsSkipVerify",
        "ippo always checks certificates; have the system that it runs on trust the one of your Prometheus",
    ),
    read("DataSource", "spec.connectionDetails.region"),
    read("DataSource", "spec.connectionDetails.endpoint"),
    read("DataSource", "spec.connectionDetails.roleArn"),
    read("DataSource", "spec.connectionDetails.externalId"),
    refused("DataSource", "spec.connectionDetails.accessKeyId", AWS_SECRETS),
    refused("DataSource", "spec.connectionDetails.accessKeyID", AWS_SECRETS),
    refused("DataSource", "spec.connectionDetails.secretAccessKey", AWS_SECRETS),
    refused("DataSource", "spec.connectionDetails.sessionToken", AWS_SECRETS),
];

const METRIC_MATH: &str = "of metric math, SEARCH and Metrics Insights CloudWatch gives a result and not the counts that it is made of, which ippo could sum; name one metric as good or bad and one as total";
pub(super) const AWS_SECRETS: &str = "a credential does not belong in a document; ippo finds it as AWS' tools do, in its environment, a profile, or the role of its instance, task or service account";

/// Kinds of `openslo/v1` that are refused, and why.
pub const REFUSED_KINDS: &[(&str, &str)] = &[("AlertNotificationTarget", TARGETS)];

const TARGETS: &str = "OpenSLO does not say how a target is reached; write {apiVersion: ippo/v1, kind: NotificationTarget} and name it in targetRef, or in the SLO's annotation ippo.dev/notify";

/// Kinds of `openslo/v1` that are read.
pub const OPENSLO_KINDS: &[&str] = &["SLO", "SLI", "Service", "DataSource", "AlertPolicy", "AlertCondition"];

/// Fields of `ippo/v1` documents.
pub(super) const IPPO_FIELDS: &[Field] = &[
    read("NotificationTarget", "spec.type"),
    read("NotificationTarget", "spec.url"),
    read("NotificationTarget", "spec.urlFrom"),
    read("NotificationTarget", "spec.urlFrom.env"),
    read("NotificationTarget", "spec.secretFrom"),
    read("NotificationTarget", "spec.secretFrom.env"),
    read("NotificationTarget", "spec.to"),
    read("ErrorBudgetPolicy", "spec.description"),
    read("ErrorBudgetPolicy", "spec.slos"),
    read("ErrorBudgetPolicy", "spec.services"),
    read("ErrorBudgetPolicy", "spec.rules"),
    read("ErrorBudgetPolicy", "spec.rules[].name"),
    read("ErrorBudgetPolicy", "spec.rules[].when"),
    read("ErrorBudgetPolicy", "spec.rules[].when.budgetRemaining"),
    read("ErrorBudgetPolicy", "spec.rules[].when.budgetSpent"),
    read("ErrorBudgetPolicy", "spec.rules[].when.within"),
    read("ErrorBudgetPolicy", "spec.rules[].when.incidentSpent"),
    read("ErrorBudgetPolicy", "spec.rules[].then"),
    read("ErrorBudgetPolicy", "spec.rules[].then.freeze"),
    read("ErrorBudgetPolicy", "spec.rules[].then.postmortem"),
    read("ErrorBudgetPolicy", "spec.rules[].then.notify"),
    read("AlertRule", "spec.description"),
    read("AlertRule", "spec.owner"),
    read("AlertRule", "spec.notify"),
    read("AlertRule", "spec.severity"),
    read("AlertRule", "spec.action"),
    read("AlertRule", "spec.runbook"),
    read("AlertRule", "spec.service"),
    read("AlertRule", "spec.for"),
    read("AlertRule", "spec.resolveAfter"),
    read("AlertRule", "spec.threshold"),
    read("AlertRule", "spec.threshold.signal"),
    read("AlertRule", "spec.threshold.where"),
    read("AlertRule", "spec.threshold.measure"),
    read("AlertRule", "spec.threshold.matching"),
    read("AlertRule", "spec.threshold.across"),
    read("AlertRule", "spec.threshold.above"),
    read("AlertRule", "spec.threshold.atLeast"),
    read("AlertRule", "spec.threshold.below"),
    read("AlertRule", "spec.threshold.atMost"),
    read("AlertRule", "spec.threshold.resolveBelow"),
    read("AlertRule", "spec.threshold.resolveAbove"),
    read("AlertRule", "spec.threshold.over"),
    read("AlertRule", "spec.threshold.least"),
    read("AlertRule", "spec.threshold.by"),
    read("AlertRule", "spec.absence"),
    read("AlertRule", "spec.absence.signal"),
    read("AlertRule", "spec.absence.where"),
    read("AlertRule", "spec.absence.silentFor"),
    read("AlertRule", "spec.text"),
    read("AlertRule", "spec.text.contains"),
    read("AlertRule", "spec.text.where"),
    read("AlertRule", "spec.text.least"),
    read("AlertRule", "spec.text.over"),
    read("AlertRule", "spec.text.by"),
    read("Journey", "spec.description"),
    read("Journey", "spec.owner"),
    read("Journey", "spec.harm"),
    read("Journey", "spec.slos"),
    read("Journey", "spec.agreedBy"),
    read("Journey", "spec.agreedOn"),
    read("Journey", "spec.reviewOn"),
    read("Journey", "spec.session"),
    read("Journey", "spec.session.attribute"),
    read("Journey", "spec.session.goesOnWithin"),
    read("Journey", "spec.steps"),
    read("Journey", "spec.steps[].name"),
    read("Journey", "spec.steps[].displayName"),
    read("Journey", "spec.steps[].where"),
    read("Journey", "spec.steps[].slow"),
    read("SLA", "spec.description"),
    read("SLA", "spec.owner"),
    read("SLA", "spec.customers"),
    read("SLA", "spec.slo"),
    read("SLA", "spec.objective"),
    read("SLA", "spec.target"),
    read("SLA", "spec.targetPercent"),
    read("SLA", "spec.period"),
    read("SLA", "spec.timeZone"),
    read("SLA", "spec.credits"),
    read("SLA", "spec.credits[].below"),
    read("SLA", "spec.credits[].credit"),
    read("SLA", "spec.excludedTime"),
    read("SLA", "spec.contract"),
    read("SLA", "spec.from"),
    read("SLA", "spec.until"),
    read("SloTest", "spec.files"),
    read("SloTest", "spec.slo"),
    read("SloTest", "spec.start"),
    read("SloTest", "spec.input"),
    read("SloTest", "spec.input[].for"),
    read("SloTest", "spec.input[].every"),
    read("SloTest", "spec.input[].good"),
    read("SloTest", "spec.input[].bad"),
    read("SloTest", "spec.input[].unknown"),
    read("SloTest", "spec.input[].unmeasured"),
    read("SloTest", "spec.input[].silent"),
    read("SloTest", "spec.objectives"),
    read("SloTest", "spec.objectives[].name"),
    read("SloTest", "spec.objectives[].input"),
    read("SloTest", "spec.exclusions"),
    read("SloTest", "spec.exclusions[].at"),
    read("SloTest", "spec.exclusions[].for"),
    read("SloTest", "spec.exclusions[].countsAs"),
    read("SloTest", "spec.expect"),
    read("SloTest", "spec.expect[].at"),
    read("SloTest", "spec.expect[].objective"),
    read("SloTest", "spec.expect[].state"),
    read("SloTest", "spec.expect[].coverage"),
    read("SloTest", "spec.expect[].absence"),
    read("SloTest", "spec.expect[].attained"),
    read("SloTest", "spec.expect[].budget"),
    read("SloTest", "spec.expect[].fires"),
    read("SloTest", "spec.expect[].held"),
    read("SloTest", "spec.expect[].suppressed"),
    read("SloTest", "spec.expect[].exhaustsAt"),
];

/// The fields directly below `scope` in documents of `kind`, with their last name.
pub(super) fn children(kind: &str, scope: &str) -> impl Iterator<Item = (&'static str, Support)> {
    let of_kind = move |f: &&Field| f.kind == kind || (f.kind == "*" && kind != "metricSource");
    FIELDS.iter().chain(IPPO_FIELDS).filter(of_kind).filter_map(move |field| {
        let below = match scope {
            "" => field.path,
            scope => field.path.strip_prefix(scope)?.strip_prefix('.')?,
        };
        (!below.contains(['.', '['])).then_some((below, field.support))
    })
}

/// The published table, as Markdown.
pub fn markdown_table() -> String {
    let mut table = "| document | field | ippo |\n|---|---|---|\n".to_owned();
    for field in FIELDS {
        let kind = if field.kind == "*" { "every kind" } else { field.kind };
        let support = match field.support {
            Support::Read => "reads it".to_owned(),
            Support::Kept(why) => format!("accepts it; {why}"),
            Support::Refused(why) => format!("**refuses it**: {why}"),
        };
        table.push_str(&format!("| {kind} | `{}` | {support} |\n", field.path));
    }
    for (kind, why) in REFUSED_KINDS {
        table.push_str(&format!("| {kind} | the whole document | **refuses it**: {why} |\n"));
    }
    table
}
