//! `ippo slo import`: definitions of SLOs that were written for other tools. What is left out is told, never dropped. Asks no
//! server.

use std::path::PathBuf;

use clap::Args;
use ippo_domain::definition::import::{
    ImportChoices, ImportFinding, Imported, ImportedSlo, PROMETHEUS_URL, import,
};
use ippo_domain::definition::{DefinitionError, SourceFile};
use serde::Serialize;

use super::super::apply::read_files;
use super::super::{Answer, Failure, Output, note, print, print_json};

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

/// What came of it.
#[derive(Serialize, Default)]
struct Report {
    /// Unless they were written into a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    documents: Option<String>,
    slos: Vec<Slo>,
    left_out: Vec<Told>,
    notes: Vec<Told>,
    remarks: Vec<String>,
    errors: Vec<Told>,
}

/// An SLO of the files.
#[derive(Serialize)]
struct Slo {
    name: String,
    from: String,
    file: String,
    line: u32,
    is_written: bool,
}

/// Something at a place in a file.
#[derive(Serialize)]
struct Told {
    file: String,
    line: u32,
    column: u32,
    field: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    slo: String,
    reason: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    instead: String,
}

/// Runs the command.
///
/// # Errors
/// When a file cannot be read or written, or a flag is wrong.
pub(super) fn run(args: &ImportArgs, output: Output) -> Result<Answer, Failure> {
    let choices = args.choices();
    choices.check().map_err(|why| Failure::bad_input(format!("--data-source, --prometheus-url: {why}")))?;
    let files = read_files(&args.files).map_err(Failure::bad_input)?;
    let files: Vec<SourceFile> =
        files.into_iter().map(|file| SourceFile { path: file.path, text: file.text }).collect();
    match import(&files, &choices) {
        Ok(imported) if imported.slos.is_empty() => Err(Failure::bad_input("these files have no SLO")),
        Ok(imported) => give(args, imported, output),
        Err(errors) => {
            refuse(errors, output)?;
            Ok(Answer::BadInput)
        }
    }
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

fn give(args: &ImportArgs, imported: Imported, output: Output) -> Result<Answer, Failure> {
    let Imported { documents, slos, left_out, notes, remarks } = imported;
    if let Some(path) = args.to.as_ref().filter(|_| !documents.is_empty()) {
        let wrong = |e| Failure::bad_input(format!("cannot write {}: {e}", path.display()));
        std::fs::write(path, &documents).map_err(wrong)?;
    }
    let answer = if left_out.is_empty() { Answer::Yes } else { Answer::No };
    let report = Report {
        documents: Some(documents).filter(|_| args.to.is_none()),
        slos: slos.into_iter().map(slo).collect(),
        left_out: left_out.into_iter().map(told).collect(),
        notes: notes.into_iter().map(told).collect(),
        remarks,
        errors: vec![],
    };
    match output {
        Output::Json => print_json(&report)?,
        Output::Text => {
            print(report.documents.as_deref().unwrap_or_default())?;
            note(summary(&report).trim_end());
        }
    }
    Ok(answer)
}

fn refuse(errors: Vec<DefinitionError>, output: Output) -> Result<(), Failure> {
    let report = Report { errors: errors.into_iter().map(wrong).collect(), ..Report::default() };
    match output {
        Output::Json => print_json(&report)?,
        Output::Text => {
            let lines: String = report.errors.iter().map(|error| format!("{}\n", line(error))).collect();
            note(&format!("{lines}Nothing is written."));
        }
    }
    Ok(())
}

fn slo(ImportedSlo { name, from, file, line, is_written }: ImportedSlo) -> Slo {
    Slo { name, from, file, line, is_written }
}

fn told(ImportFinding { file, line, column, field, slo, reason, instead }: ImportFinding) -> Told {
    Told { file, line, column, field, slo, reason, instead }
}

fn wrong(error: DefinitionError) -> Told {
    let DefinitionError { file, line, column, field, message } = error;
    Told { file, line, column, field, slo: String::new(), reason: message, instead: String::new() }
}

fn line(Told { file, line, column, field, slo, reason, .. }: &Told) -> String {
    let parts = [slo.as_str(), field.as_str(), reason.as_str()];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    format!("{file}:{line}:{column}: {}", parts.join(": "))
}

/// What people should know beside the definitions.
fn summary(report: &Report) -> String {
    let written = report.slos.iter().filter(|slo| slo.is_written).count();
    let left_out = report.left_out.len();
    let things = if left_out == 1 { "1 thing is".to_owned() } else { format!("{left_out} things are") };
    let mut text = match (written, report.slos.len()) {
        (1, 1) => "1 SLO is written".to_owned(),
        (written, all) if written == all => format!("{all} SLOs are written"),
        (written, all) => format!("{written} of {all} SLOs are written"),
    };
    text.push_str(&if left_out == 0 {
        "; nothing is left out.\n".to_owned()
    } else {
        format!("; {things} left out.\n")
    });
    for (heading, findings) in
        [("Left out", &report.left_out), ("Carried over, and not the same", &report.notes)]
    {
        if !findings.is_empty() {
            text.push_str(&format!("\n{heading}:\n"));
        }
        for finding in findings {
            text.push_str(&format!("  {}\n", line(finding)));
            if !finding.instead.is_empty() {
                text.push_str(&format!("    instead: {}\n", finding.instead));
            }
        }
    }
    if !report.remarks.is_empty() {
        text.push_str("\nOf all of them:\n");
    }
    for remark in &report.remarks {
        text.push_str(&format!("  {remark}\n"));
    }
    text
}
