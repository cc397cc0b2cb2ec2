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

const COMPOSITE: &str = "composite SLOs are not supported; write one SLO for each indicator";
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
    refused("SLO", "spec.objectives[].indicator", COMPOSITE),
    refused("SLO", "spec.objectives[].indicatorRef", COMPOSITE),
    refused("SLO", "spec.objectives[].compositeWeight", COMPOSITE),
    refused(
        "SLO",
        "spec.alertPolicies",
        "ippo derives its burn-rate alerts from target and window; remove it and name who is told in the annotation ippo.dev/notify",
    ),
    kept("SLI", "spec.description", "it stays with the text for readers of the file"),
    read("SLI", "spec.thresholdMetric"),
    read("SLI", "spec.thresholdMetric.metricSource"),
    read("SLI", "spec.ratioMetric"),
    kept(
        "SLI",
        "spec.ratioMetric.counter",
        "spans and logs are counted one by one, and of metrics each series says itself whether it is cumulative",
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
    kept("Service", "spec.description", "services and what is known of them come from telemetry"),
    kept("DataSource", "spec.description", "it stays with the text for readers of the file"),
    read("DataSource", "spec.type"),
    refused(
        "DataSource",
        "spec.connectionDetails",
        "SLIs read ippo's own telemetry, which needs no connection; remove it",
    ),
];

/// Kinds of `openslo/v1` that are refused, and why.
pub const REFUSED_KINDS: &[(&str, &str)] = &[
    ("AlertPolicy", ALERTS),
    ("AlertCondition", ALERTS),
    (
        "AlertNotificationTarget",
        "write who is told as {apiVersion: ippo/v1, kind: NotificationTarget} and name it in the SLO's annotation ippo.dev/notify",
    ),
];

const ALERTS: &str = "ippo derives burn-rate alerts from each SLO's target and window; remove this document";

/// Kinds of `openslo/v1` that are read.
pub const OPENSLO_KINDS: &[&str] = &["SLO", "SLI", "Service", "DataSource"];

/// Fields of `ippo/v1` documents.
pub(super) const IPPO_FIELDS: &[Field] = &[
    read("NotificationTarget", "spec.type"),
    read("NotificationTarget", "spec.url"),
    read("NotificationTarget", "spec.urlFrom"),
    read("NotificationTarget", "spec.urlFrom.env"),
    read("NotificationTarget", "spec.secretFrom"),
    read("NotificationTarget", "spec.secretFrom.env"),
    read("NotificationTarget", "spec.to"),
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
