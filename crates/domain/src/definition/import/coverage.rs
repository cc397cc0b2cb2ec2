//! Which fields of other tools' SLOs become what. The readers and the published tables are both made from these lists, so that
//! they cannot disagree.

/// What becomes of a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fate {
    /// It is carried over: into what.
    Carried(&'static str),
    /// It stays in the text for readers of the file and changes nothing: where.
    Kept(&'static str),
    /// It has no meaning here, so that nothing is lost: why.
    Passed(&'static str),
    /// It is left out and listed.
    LeftOut {
        /// Why.
        why: &'static str,
        /// What to do.
        instead: &'static str,
    },
}

/// A field of a format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ImportField {
    /// From the document's root; `[]` for each item of a list, `*` for any name.
    pub path: &'static str,
    /// What becomes of it.
    pub fate: Fate,
}

const fn carried(path: &'static str, into: &'static str) -> ImportField {
    ImportField { path, fate: Fate::Carried(into) }
}

const fn kept(path: &'static str, place: &'static str) -> ImportField {
    ImportField { path, fate: Fate::Kept(place) }
}

const fn passed(path: &'static str, why: &'static str) -> ImportField {
    ImportField { path, fate: Fate::Passed(why) }
}

const fn left_out(path: &'static str, why: &'static str, instead: &'static str) -> ImportField {
    ImportField { path, fate: Fate::LeftOut { why, instead } }
}

const LABELS: &str = "`metadata.labels`; `owner` or `team` becomes the annotation `ippo.dev/owner`, too";
const RUNBOOK: &str = "an address under `runbook`, `runbook_url`, `runbook_link` or `playbook` becomes the annotation `ippo.dev/runbook`; others are listed";
const ROUTES: &str =
    "labels of alerts choose who is told in an Alertmanager, and ippo tells notification targets";
const TARGETS: &str = "define a NotificationTarget and name it with --notify, in ippo.dev/notify, or in an alert policy for pages or tickets alone";
const PLUGIN_WHY: &str = "what a plugin makes of the SLO cannot be seen here";
const PLUGIN_INSTEAD: &str = "have a look at the rules that it generates, and write what it adds";
const NO_RULES: &str = "ippo generates no rules";
const KUBERNETES: &str = "Kubernetes' own";

/// Sloth's `prometheus/v1`. Its `PrometheusServiceLevel` has the same below `spec`, in camel case.
pub const SLOTH: &[ImportField] = &[
    carried("version", "says which format it is"),
    carried("service", "`spec.service`, and the beginning of each SLO's name"),
    carried("labels", LABELS),
    left_out("slo_plugins", PLUGIN_WHY, PLUGIN_INSTEAD),
    carried("slos", "an SLO each"),
    carried("slos[].name", "`metadata.name`, behind the service"),
    carried("slos[].description", "`spec.description`"),
    carried(
        "slos[].objective",
        "`targetPercent`; of 100 the SLO is not written and listed, as no budget is left to spend",
    ),
    carried("slos[].labels", LABELS),
    passed("slos[].interval", NO_RULES),
    left_out("slos[].plugins", PLUGIN_WHY, PLUGIN_INSTEAD),
    carried("slos[].sli", "`spec.indicator`"),
    carried("slos[].sli.events", "`ratioMetric`"),
    carried("slos[].sli.events.error_query", "`bad`, or `good` where it is the total less the good events"),
    carried("slos[].sli.events.total_query", "`total`"),
    carried("slos[].sli.raw", "`ratioMetric`"),
    carried(
        "slos[].sli.raw.error_ratio_query",
        "`bad` or `good`, and `total`, where it is a ratio of counters; otherwise the SLO is not written and listed",
    ),
    left_out(
        "slos[].sli.plugin",
        "the queries are made by a plugin, which is a program",
        "take the queries from the rules that it generates, and write their selectors",
    ),
    carried("slos[].alerting", "burn alerts; they are ippo's own for the period"),
    kept(
        "slos[].alerting.name",
        "the annotation `sloth.slok.dev/alert-name`; ippo knows an alert by its SLO and its windows",
    ),
    left_out("slos[].alerting.labels", ROUTES, TARGETS),
    carried("slos[].alerting.annotations", RUNBOOK),
    carried("slos[].alerting.page_alert", "pages"),
    carried(
        "slos[].alerting.page_alert.disable",
        "`alertPolicies` with tickets alone; where both are disabled, nobody is named to be told",
    ),
    left_out("slos[].alerting.page_alert.labels", ROUTES, TARGETS),
    carried("slos[].alerting.page_alert.annotations", RUNBOOK),
    carried("slos[].alerting.ticket_alert", "tickets"),
    carried("slos[].alerting.ticket_alert.disable", "`alertPolicies` with pages alone"),
    left_out("slos[].alerting.ticket_alert.labels", ROUTES, TARGETS),
    carried("slos[].alerting.ticket_alert.annotations", RUNBOOK),
];

const GROUPING: &str = "each group had a budget and alerts of its own; here all of them share one";
const GROUPING_INSTEAD: &str =
    "for a group that needs its own, write an SLO whose selectors name it, such as handler=\"/checkout\"";

/// Pyrra's `ServiceLevelObjective`.
pub const PYRRA: &[ImportField] = &[
    carried("apiVersion", "says which format it is"),
    carried("kind", "says which format it is"),
    carried("metadata", "`metadata`"),
    carried("metadata.name", "`metadata.name`"),
    passed("metadata.namespace", KUBERNETES),
    carried("metadata.labels", LABELS),
    carried(
        "metadata.annotations",
        "annotations of the same names; a runbook's address becomes `ippo.dev/runbook`, too",
    ),
    passed("metadata.*", KUBERNETES),
    passed("status", KUBERNETES),
    carried("spec", "`spec`"),
    carried("spec.description", "`spec.description`"),
    carried(
        "spec.target",
        "`targetPercent`; of 100 the SLO is not written and listed, as no budget is left to spend",
    ),
    carried("spec.window", "`timeWindow`, which rolls"),
    passed("spec.partial_response_strategy", NO_RULES),
    carried("spec.indicator", "`spec.indicator`"),
    carried("spec.indicator.ratio", "`ratioMetric`"),
    carried("spec.indicator.ratio.errors", "`bad`"),
    carried("spec.indicator.ratio.errors.metric", "its `query`"),
    carried("spec.indicator.ratio.success", "`good`"),
    carried("spec.indicator.ratio.success.metric", "its `query`"),
    carried(
        "spec.indicator.ratio.total",
        "`total`; without it, one selector of errors and successes, if there is one",
    ),
    carried("spec.indicator.ratio.total.metric", "its `query`"),
    left_out("spec.indicator.ratio.grouping", GROUPING, GROUPING_INSTEAD),
    carried("spec.indicator.latency", "`ratioMetric`"),
    carried("spec.indicator.latency.success", "`good`"),
    carried("spec.indicator.latency.success.metric", "its `query`"),
    carried("spec.indicator.latency.total", "`total`"),
    carried("spec.indicator.latency.total.metric", "its `query`"),
    left_out("spec.indicator.latency.grouping", GROUPING, GROUPING_INSTEAD),
    left_out(
        "spec.indicator.latencyNative",
        "native histograms are not fetched from a Prometheus",
        "send them by remote write, and write a thresholdMetric over metrics with the value distribution",
    ),
    carried(
        "spec.indicator.bool_gauge",
        "`thresholdMetric`; its value is looked at once a minute, not at each scrape",
    ),
    carried("spec.indicator.bool_gauge.metric", "its `query`, good from 1 on"),
    left_out("spec.indicator.bool_gauge.grouping", GROUPING, GROUPING_INSTEAD),
    carried("spec.alerting", "burn alerts; they are ippo's own for the period"),
    carried("spec.alerting.disabled", "nobody is named to be told"),
    carried("spec.alerting.burnrates", "`false`: nobody is named to be told"),
    carried("spec.alerting.absent", "`false`: `alertPolicies` with `alertWhenNoData: false`"),
    kept(
        "spec.alerting.name",
        "the annotation `pyrra.dev/alert-name`; ippo knows an alert by its SLO and its windows",
    ),
    kept("spec.alerting.absentName", "the annotation `pyrra.dev/absent-alert-name`"),
    left_out("spec.alerting.severities", ROUTES, TARGETS),
];

const ALERTMANAGER: &str =
    "other labels choose who is told in an Alertmanager, and ippo tells notification targets";

/// Rules of a Prometheus: its own files, and below `spec` those of a `PrometheusRule` for Kubernetes.
pub const RULES: &[ImportField] = &[
    passed("namespace", "that of Mimir and Loki, in which rules are kept"),
    carried("groups", "the rules of all of them"),
    carried("groups[].name", "is told beside what is left out"),
    passed("groups[].interval", "each rule is judged once a minute"),
    left_out(
        "groups[].limit",
        "a rule of ippo tells 50 groups apart, and says when there are more",
        "narrow its selector, or name fewer labels",
    ),
    left_out(
        "groups[].query_offset",
        "ippo judges a minute ten seconds after its end, by what has come",
        "give it a longer for, if what it looks at comes late",
    ),
    passed("groups[].partial_response_strategy", "ippo asks no Thanos"),
    carried("groups[].labels", "labels of each of its rules"),
    carried("groups[].rules", "an `AlertRule` each"),
    left_out(
        "groups[].rules[].record",
        "it records what a query gives, and is no alert",
        "leave it with the Prometheus; what it sends by remote write has the record's name",
    ),
    carried("groups[].rules[].alert", "`metadata.name`, as `host-down` of `HostDown`"),
    carried(
        "groups[].rules[].expr",
        "`threshold` or `absence`, as the table of expressions has it; otherwise the rule is not written and listed",
    ),
    carried(
        "groups[].rules[].for",
        "`for`, in minutes, a begun one as a whole one; of an absence `silentFor`, of five minutes at least",
    ),
    carried("groups[].rules[].keep_firing_for", "`resolveAfter`, in minutes"),
    carried("groups[].rules[].labels", "some of them, as follows"),
    carried(
        "groups[].rules[].labels.severity",
        "`severity`: `page` of page, critical, emergency and fatal; `ticket` of ticket, warning, info and notice; of others and without one as \
         --severity says, or ticket, and told",
    ),
    carried("groups[].rules[].labels.owner", "`owner`; of `team`, too; else as --owner says"),
    left_out(
        "groups[].rules[].labels.*",
        ALERTMANAGER,
        "name with --notify whom these routes reach, and import the rules of each team by themselves",
    ),
    carried("groups[].rules[].annotations", "some of them, as follows"),
    carried(
        "groups[].rules[].annotations.summary",
        "`metadata.displayName`; without one it is the alert's name",
    ),
    carried("groups[].rules[].annotations.description", "`spec.description`; of `message`, too"),
    carried("groups[].rules[].annotations.action", "`action`; else as --action says"),
    carried(
        "groups[].rules[].annotations.runbook_url",
        "`runbook`, if it is an address; of `runbook`, `runbook_link` and `playbook`, too",
    ),
    left_out(
        "groups[].rules[].annotations.*",
        "an alert of ippo has no other texts",
        "put what people need into the description or the runbook",
    ),
];

/// What becomes of the field at `path`, of which nothing need be known.
pub(super) fn fate_of(fields: &[ImportField], path: &str) -> Option<Fate> {
    let any = |field: &&ImportField| {
        let parent = field.path.strip_suffix(".*");
        parent.is_some_and(|parent| path.rsplit_once('.').is_some_and(|(above, _)| above == parent))
    };
    let found = fields.iter().find(|field| field.path == path).or_else(|| fields.iter().find(any));
    found.map(|field| field.fate)
}

/// The names of the fields directly below `scope`.
pub(super) fn names_below(fields: &'static [ImportField], scope: &str) -> Vec<&'static str> {
    let below = |field: &ImportField| match scope {
        "" => Some(field.path),
        scope => field.path.strip_prefix(scope)?.strip_prefix('.'),
    };
    fields.iter().filter_map(below).filter(|name| !name.contains(['.', '[', '*'])).collect()
}

/// A published table, as Markdown.
pub fn markdown_table(fields: &[ImportField]) -> String {
    let mut table = "| field | becomes |\n|---|---|\n".to_owned();
    for field in fields {
        let fate = match field.fate {
            Fate::Carried(into) => into.to_owned(),
            Fate::Kept(place) => format!("kept as {place}"),
            Fate::Passed(why) => format!("nothing: {why}"),
            Fate::LeftOut { why, instead } => format!("**left out**: {why}; {instead}"),
        };
        table.push_str(&format!("| `{}` | {fate} |\n", field.path));
    }
    table
}
