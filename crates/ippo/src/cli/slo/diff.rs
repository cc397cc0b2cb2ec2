//! `ippo slo diff`: what applying definition files would change on the server, field by field, with what follows from it. Changes
//! nothing.

use std::path::PathBuf;

use clap::Args;
use ippo_api::definition::{Apply, ApplyAnswer, FieldChange, PlanAction, PlanStep};

use super::super::apply::read_files;
use super::super::client::{ApiClient, Failure};
use super::super::{Answer, Output, print, print_json};

const EXAMPLES: &str = "\
Example:
  $ ippo slo diff -f slo/
  ~ SLO checkout
    - objectives[0]: 0.999
    + objectives[0]: 0.995
      the history is kept, and judged anew
      objectives[0] allows 3h 21m 36s of everything failing in 28d, or 5,000 of a million events; so far 40m 19s …
  1 definition would change, and 4 would not.

The server is IPPO_URL, asked with IPPO_TOKEN. ippo slo lint -f PATH needs none.
Exit codes: 0 nothing would change, 1 something would, 2 the definitions are wrong or cannot be read.";

/// Says field by field what applying definition files would change on the server, and what follows from it. Changes nothing.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct DiffArgs {
    /// A file, a folder (its .yaml and .yml files, and those below it), or - for standard input. May be repeated.
    #[arg(short = 'f', long = "file", value_name = "PATH", required = true)]
    files: Vec<PathBuf>,
    /// As `ippo apply --prune`: what the server has and the files do not would be deleted.
    #[arg(long)]
    prune: bool,
}

/// Runs the command.
///
/// # Errors
/// When a file cannot be read, the server cannot be asked, or it finds the definitions wrong.
pub(super) async fn run(args: &DiffArgs, client: &ApiClient, output: Output) -> Result<Answer, Failure> {
    let files = read_files(&args.files).map_err(Failure::bad_input)?;
    let request = Apply { files, dry_run: true, prune: args.prune, wait: false };
    let planned: ApplyAnswer = client.post("/api/v1/apply", &request).await?;
    match output {
        Output::Json => print_json(&planned)?,
        Output::Text => print(&text(&planned))?,
    }
    let is_changed = planned.plan.iter().any(|step| step.action != PlanAction::Unchanged);
    Ok(if is_changed { Answer::No } else { Answer::Yes })
}

fn text(answer: &ApplyAnswer) -> String {
    let mut text: String =
        answer.plan.iter().filter(|step| step.action != PlanAction::Unchanged).map(step_text).collect();
    for warning in &answer.warnings {
        text.push_str(&format!("warning: {warning}\n"));
    }
    let unchanged = answer.plan.iter().filter(|step| step.action == PlanAction::Unchanged).count();
    let definitions = |count: usize| format!("{count} definition{}", if count == 1 { "" } else { "s" });
    text.push_str(&match (answer.plan.len() - unchanged, unchanged) {
        (0, 0) => "The files define nothing.\n".to_owned(),
        (0, all) => format!("Nothing would change; {} as defined.\n", definitions(all)),
        (changed, 0) => format!("{} would change.\n", definitions(changed)),
        (changed, same) => format!("{} would change, and {same} would not.\n", definitions(changed)),
    });
    text
}

fn step_text(step: &PlanStep) -> String {
    let mark = match step.action {
        PlanAction::Create => '+',
        PlanAction::Update => '~',
        PlanAction::Delete => '-',
        PlanAction::Unchanged => ' ',
    };
    let mut text = format!("{mark} {} {}\n", step.kind, step.name);
    for FieldChange { field, before, after } in &step.changes {
        if before.is_none() && after.is_none() {
            text.push_str(&format!("  ~ {field}\n"));
        }
        for (sign, value) in [('-', before), ('+', after)] {
            let lines = value.iter().flat_map(|value| value.lines());
            for (i, line) in lines.enumerate() {
                let name = if i == 0 { format!("{field}: ") } else { "  ".to_owned() };
                text.push_str(&format!("  {sign} {name}{line}\n"));
            }
        }
    }
    for consequence in &step.consequences {
        text.push_str(&format!("    {consequence}\n"));
    }
    text
}
