//! What expressions of alerting rules become: the published table. Each row is imported when the table is made, so that it cannot
//! say anything else than what the import does.

use super::super::super::SourceFile;
use super::{RuleChoices, import_rules};

/// Expressions as people write them.
pub const EXPRESSIONS: &[&str] = &[
    "up == 0",
    "up{job=\"api\"} != 1",
    "kube_node_status_condition{condition=\"Ready\",status!=\"true\"} == 1",
    "queue_depth > 1000",
    "node_load1 >= 8",
    "workers{pool=~\"mail|sms\"} <= 2",
    "node_filesystem_avail_bytes{fstype!~\"tmpfs|fuse.*\"} / 1024^3 < 5",
    "max by (instance) (node_hwmon_temp_celsius) > 75",
    "sum(queue_depth) by (queue) > 1000",
    "avg_over_time(queue_depth[15m]) > 800",
    "100 - avg by (instance) (rate(node_cpu_seconds_total{mode=\"idle\"}[5m])) * 100 > 80",
    "rate(node_network_receive_errs_total[2m]) > 10",
    "sum by (job) (rate(http_requests_total{code=~\"5..\"}[5m])) > 0.5",
    "increase(kube_pod_container_status_restarts_total[1h]) > 3",
    "sum(increase(orders_total[30m])) == 0",
    "histogram_quantile(0.99, sum by (job) (rate(http_request_duration_seconds[5m]))) > 0.5",
    "absent(up{job=\"api\"})",
    "absent_over_time(backups_finished_total[26h])",
    "job:http_errors:ratio5m > 0.05",
    "up",
    "vector(1)",
    "http_requests_total > 100",
    "queue_depth == 5",
    "errors / requests > 0.05",
    "sum(rate(errors_total[5m])) / sum(rate(requests_total[5m])) > 0.05",
    "node_memory_used_bytes > node_memory_limit_bytes",
    "time() - backup_last_success_timestamp_seconds > 86400",
    "predict_linear(node_filesystem_avail_bytes[6h], 4 * 3600) < 0",
    "a > 1 and b > 1",
    "a > 1 or b > 1",
    "count(up == 0) > 2",
    "sum without (pod) (queue_depth) > 5",
    "irate(errors_total[5m]) > 1",
    "changes(process_start_time_seconds[1h]) > 2",
    "rate(errors_total[90s]) > 1",
    "queue_depth offset 1d > 5",
    "histogram_quantile(0.99, sum by (le) (rate(http_request_duration_seconds_bucket[5m]))) > 0.5",
    "errors{code=~\"5\\\\d\\\\d\"} > 1",
    "max_over_time(rate(errors_total[5m])[1h:1m]) > 1",
];

/// The published table of expressions, as Markdown.
pub fn markdown_table() -> String {
    let mut table = "| expression | becomes |\n|---|---|\n".to_owned();
    for expression in EXPRESSIONS {
        let becomes = match becomes(expression) {
            Ok(condition) => format!("`{}`", cell(&condition)),
            Err(why) => format!("**left out**: {}", cell(&why)),
        };
        table.push_str(&format!("| `{}` | {becomes} |\n", cell(expression)));
    }
    table
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// The condition that an expression becomes, on one line; else why it becomes none.
///
/// # Errors
/// Why no rule says the same, and what to do.
pub fn becomes(expression: &str) -> Result<String, String> {
    let indented = format!("          {expression}");
    let text = format!(
        "groups:\n  - name: g\n    rules:\n      - alert: A\n        labels: {{severity: page}}\n        expr: |\n{indented}\n"
    );
    let choices = RuleChoices {
        owner: "o".to_owned(),
        action: "a".to_owned(),
        notify: vec!["n".to_owned()],
        severity: None,
    };
    let imported = import_rules(&[SourceFile { path: "rules.yaml".to_owned(), text }], &choices)
        .map_err(|errors| errors.iter().map(|error| error.message.clone()).collect::<Vec<_>>().join("; "))?;
    if let Some(found) = imported.left_out.first() {
        let reason = found.reason.trim_start_matches("the rule is not written: ");
        return Err(format!("{reason}; {}", found.instead));
    }
    let begins = ["  threshold:\n", "  absence:\n"];
    let condition = begins.iter().find_map(|begin| {
        let (_, fields) = imported.documents.split_once(begin)?;
        let fields: Vec<&str> =
            fields.lines().map(str::trim).filter(|line| *line != "signal: metrics").collect();
        Some(format!("{} {}", begin.trim(), fields.join(", ")))
    });
    Ok(condition.unwrap_or_default())
}
