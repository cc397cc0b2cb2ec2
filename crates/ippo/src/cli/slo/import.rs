//! `ippo slo import`: definitions of SLOs that were written for other tools. What is left out is told, never dropped. Asks no
//! server.

use std::path::PathBuf;

use clap::Args;
use ippo_domain::definition::import::{ImportChoices, PROMETHEUS_URL, import};

use super::super::import::{Noun, imported, sources};
use super::super::{Answer, Failure, Output};

const MINUTES_OF_A_DAY: u32 = 24 * 60;

const EXAMPLES: &str = "\
It reads Sloth's prometheus/v1, Sloth's PrometheusServiceLevel and Pyrra's ServiceLevelObjective. Of

  version: prometheus/v1
  service: shop
  slos:
    - name: availability
      objective: 99.9
      sli:
        events:
          error_query: sum(rate(http_requests_total{job=\"shop\",code=~\"5..\"}[{{.window}}]))
          total_query: sum(rate(http_requests_total{job=\"shop\"}[{{.window}}]))

it makes an SLO shop-availability, whose selectors ippo polls and counts itself:

  bad:   http_requests_total{code=~\"5..\",job=\"shop\"}
  total: http_requests_total{job=\"shop\"}

The definitions go to standard output, or with --to into a file. What they cannot say is listed on
standard error, with its place, the reason and what to do instead: queries that are no counts,
grouping, plugins, labels that choose who is told.

Examples:
  ippo slo import sloth/ --notify oncall --to slo/shop.yaml
  ippo slo lint -f slo/shop.yaml && ippo apply -f slo/shop.yaml --dry-run
  ippo slo import pyrra.yaml --prometheus-url https://metrics.example.org --owner sre
  kubectl get servicelevelobjectives -A -o yaml | ippo slo import - > slo/pyrra.yaml
  ippo slo import sloth.yaml --output json | jq '.left_out[].reason'

docs/guide/import.md says of every field what becomes of it.
Exit codes: 0 all is carried over, 1 something is left out, 2 a file is none of these or is wrong,
and nothing is written.";

/// Makes definitions of SLOs that were written for Sloth or Pyrra. Needs no server.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct ImportArgs {
    /// A file, a folder (its .yaml and .yml files, and those below it), or - for standard input.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Write the definitions there, in the place of what is there.
    #[arg(long, value_name = "PATH")]
    to: Option<PathBuf>,
    /// The name of the DataSource that SLOs read. Their history hangs on it.
    #[arg(long, value_name = "NAME", default_value = "prometheus")]
    data_source: String,
    /// Where the Prometheus is.
    #[arg(long, value_name = "URL", default_value = PROMETHEUS_URL)]
    prometheus_url: String,
    /// Write no document for the DataSource: there is one elsewhere, applied together with these.
    #[arg(long, conflicts_with = "prometheus_url")]
    no_data_source: bool,
    /// Days in the rolling window of SLOs of Sloth, which does not write it down.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=366))]
    window_days: u32,
    /// Who answers for SLOs that name nobody by a label owner or team.
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    owner: String,
    /// A notification target that is told. May be repeated.
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    notify: Vec<String>,
    /// The service of SLOs of Pyrra that name none by a label service.
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    service: String,
}

/// Runs the command.
///
/// # Errors
/// When a file cannot be read or written, or a flag is wrong.
pub(super) fn run(args: &ImportArgs, output: Output) -> Result<Answer, Failure> {
    let choices = args.choices();
    choices.check().map_err(|why| Failure::bad_input(format!("--data-source, --prometheus-url: {why}")))?;
    let found = import(&sources(&args.files)?, &choices);
    imported(Noun::Slo, found, args.to.as_deref(), output)
}

impl ImportArgs {
    fn choices(&self) -> ImportChoices {
        ImportChoices {
            data_source: self.data_source.clone(),
            prometheus_url: (!self.no_data_source).then(|| self.prometheus_url.clone()),
            period_minutes: self.window_days * MINUTES_OF_A_DAY,
            owner: self.owner.clone(),
            notify: self.notify.clone(),
            service: self.service.clone(),
        }
    }
}
