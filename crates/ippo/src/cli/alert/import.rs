//! `ippo alert import`: alert rules from rule files of a Prometheus. What is left out is told, never dropped. Asks no server.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use ippo_domain::alert::AlertSeverity;
use ippo_domain::definition::import::alert_rule::{RuleChoices, import_rules};

use super::super::import::{Noun, imported, sources};
use super::super::{Answer, Failure, Output};

const EXAMPLES: &str = "\
It reads rule files of Prometheus, which begin with groups:, and PrometheusRule of Kubernetes. Of

  groups:
    - name: hosts
      rules:
        - alert: HostDown
          expr: up{job=\"node\"} == 0
          for: 3m
          labels: {severity: critical, team: platform}
          annotations:
            summary: \"{{ $labels.instance }} does not answer\"
            runbook_url: https://wiki.example.org/host-down

it makes a rule host-down, which judges what the Prometheus sends to ippo by remote write:

  threshold:
    signal: metrics
    where: \"metric = 'up' AND service = 'node'\"
    measure: last
    atMost: 0
    by: [\"resource['service.instance.id']\"]

Somebody must act on each rule and know what to do: a label owner or team, or --owner; an annotation
action or runbook_url, or --action. Rules that have neither are refused by name, and nothing is written.

The definitions go to standard output, or with --to into a file. What no alert rule says is listed on
standard error, with its group, place, the reason and what to do instead: recording rules, arithmetic
between metrics, conditions joined by and, quantiles of classic histograms, templates that compute.

Examples:
  ippo alert import rules/ --notify oncall --owner sre --action 'Look at the service.' --to alerts.yaml
  ippo alert test alerts.yaml --name host-down --last 7d && ippo apply -f alerts.yaml --dry-run
  kubectl get prometheusrules -A -o yaml | ippo alert import - --notify chat --owner sre
  ippo alert import rules.yaml --notify chat --output json | jq '.left_out[].reason'

docs/guide/import-alerts.md says of every field and of many expressions what becomes of them.
Exit codes: 0 all is carried over, 1 something is left out, 2 a file has no rules or is wrong, or nobody
acts on a rule, and nothing is written.";

/// Makes definitions of alert rules from rule files of a Prometheus. Needs no server.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct ImportArgs {
    /// A file, a folder (its .yaml and .yml files, and those below it), or - for standard input.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// A notification target that is told. May be repeated.
    #[arg(long, value_name = "NAME", value_delimiter = ',', required = true)]
    notify: Vec<String>,
    /// Who answers for rules that name nobody by a label owner or team.
    #[arg(long, value_name = "TEAM", default_value = "", hide_default_value = true)]
    owner: String,
    /// What whoever is told does, where no annotation action says it.
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    action: String,
    /// Of rules whose label severity is missing or not known: must somebody act now, or in the next days? [default: ticket]
    #[arg(long, value_name = "SEVERITY")]
    severity: Option<Severity>,
    /// Write the definitions there, in the place of what is there.
    #[arg(long, value_name = "PATH")]
    to: Option<PathBuf>,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Severity {
    /// Somebody must act now.
    Page,
    /// In the next days.
    Ticket,
}

/// Runs the command.
///
/// # Errors
/// When a file cannot be read or written.
pub(super) fn run(args: &ImportArgs, output: Output) -> Result<Answer, Failure> {
    let choices = RuleChoices {
        owner: args.owner.trim().to_owned(),
        action: args.action.trim().to_owned(),
        notify: args.notify.clone(),
        severity: args.severity.map(|severity| match severity {
            Severity::Page => AlertSeverity::Page,
            Severity::Ticket => AlertSeverity::Ticket,
        }),
    };
    imported(Noun::Rule, import_rules(&sources(&args.files)?, &choices), args.to.as_deref(), output)
}
