//! `ippo apply`: reads definition files, shows what they would change, and changes it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use ippo_api::definition::{Apply, ApplyAnswer, DefinitionFile, PlanAction, PlanStep};

use super::client::{ApiClient, Failure};
use super::{Answer, Output, print, print_json};

/// Folders below a given one that are looked into.
const FOLDER_DEPTH: usize = 16;

/// Applies SLOs and notification targets from files. Prints the plan first.
#[derive(Args, Debug)]
pub struct ApplyArgs {
    /// A file, a folder (its .yaml and .yml files, and those below it), or - for standard input. May be repeated.
    #[arg(short = 'f', long = "file", value_name = "PATH", required = true)]
    files: Vec<PathBuf>,
    /// Only show what would change.
    #[arg(long)]
    dry_run: bool,
    /// Delete what the server has and the files do not.
    #[arg(long)]
    prune: bool,
    /// Do not wait until new counts are filled from stored telemetry.
    #[arg(long)]
    no_wait: bool,
}

/// Runs the command.
///
/// # Errors
/// When a file cannot be read, the server cannot be asked, or it refuses.
pub async fn run(args: &ApplyArgs, client: &ApiClient, output: Output) -> Result<Answer, Failure> {
    let files = read_files(&args.files).map_err(Failure::bad_input)?;
    let request = |dry_run| Apply { files: files.clone(), dry_run, prune: args.prune, wait: !args.no_wait };
    let planned: ApplyAnswer = client.post("/api/v1/apply", &request(true)).await?;
    let changes = planned.plan.iter().any(|s| s.action != PlanAction::Unchanged);
    if output == Output::Text {
        print(&plan_text(&planned))?;
    }
    if args.dry_run || !changes {
        return finish(
            &planned,
            output,
            if changes { "Nothing was changed: this was a dry run." } else { "" },
        );
    }
    let applied: ApplyAnswer = client.post("/api/v1/apply", &request(false)).await?;
    finish(&applied, output, "Applied.")
}

fn finish(answer: &ApplyAnswer, output: Output, words: &str) -> Result<Answer, Failure> {
    match output {
        Output::Json => print_json(answer)?,
        Output::Text if !words.is_empty() => print(&format!("{words}\n"))?,
        Output::Text => {}
    }
    Ok(Answer::Yes)
}

/// The plan for people.
fn plan_text(answer: &ApplyAnswer) -> String {
    let mut text = String::new();
    let unchanged = answer.plan.iter().filter(|s| s.action == PlanAction::Unchanged).count();
    for step in answer.plan.iter().filter(|s| s.action != PlanAction::Unchanged) {
        text.push_str(&step_text(step));
    }
    match (unchanged, answer.plan.len()) {
        (_, 0) => text.push_str("The files define nothing.\n"),
        (all, count) if all == count => text.push_str(&format!("Nothing changes; {count} as defined.\n")),
        (0, _) => {}
        (some, _) => text.push_str(&format!("  {some} more unchanged\n")),
    }
    for warning in &answer.warnings {
        text.push_str(&format!("warning: {warning}\n"));
    }
    text
}

fn step_text(step: &PlanStep) -> String {
    let mark = match step.action {
        PlanAction::Create => "+ create",
        PlanAction::Update => "~ update",
        PlanAction::Delete => "- delete",
        PlanAction::Unchanged => "  unchanged",
    };
    let mut text = format!("{mark} {} {}\n", step.kind, step.name);
    // What is new or goes is named; `ippo slo diff` says it in full.
    for change in step.changes.iter().filter(|_| step.action == PlanAction::Update) {
        let line = match (&change.before, &change.after) {
            (Some(before), Some(after)) => format!("{}: {before} -> {after}", change.field),
            (Some(before), None) => format!("{}: {before} -> (none)", change.field),
            (None, Some(after)) => format!("{}: (none) -> {after}", change.field),
            (None, None) => change.field.clone(),
        };
        text.push_str(&format!("    {line}\n"));
    }
    text
}

/// The definition files at `paths`: files, folders, or `-` for standard input.
pub(super) fn read_files(paths: &[PathBuf]) -> anyhow::Result<Vec<DefinitionFile>> {
    let mut files = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            let text = io::read_to_string(io::stdin()).context("cannot read standard input")?;
            files.push(DefinitionFile { path: "(standard input)".to_owned(), text });
            continue;
        }
        let found = find(path, 0)?;
        if found.is_empty() {
            anyhow::bail!("{} has no .yaml or .yml files", path.display());
        }
        for path in found {
            let text = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let text = String::from_utf8(text).map_err(|e| {
                anyhow::anyhow!(
                    "{} is not UTF-8 text, from byte {} on",
                    path.display(),
                    e.utf8_error().valid_up_to()
                )
            })?;
            files.push(DefinitionFile { path: path.display().to_string(), text });
        }
    }
    Ok(files)
}

/// A file itself, or the definition files below a folder, by name.
fn find(path: &Path, depth: usize) -> anyhow::Result<Vec<PathBuf>> {
    let kind = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
    if !kind.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    if depth >= FOLDER_DEPTH {
        anyhow::bail!("{} lies more than {FOLDER_DEPTH} folders deep", path.display());
    }
    let entries = fs::read_dir(path).with_context(|| format!("cannot read the folder {}", path.display()))?;
    let mut below = Vec::new();
    for entry in entries {
        below.push(entry.with_context(|| format!("cannot read the folder {}", path.display()))?.path());
    }
    below.sort();
    let mut files = Vec::new();
    for path in below {
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        let yaml = path.extension().is_some_and(|e| e == "yaml" || e == "yml");
        if !hidden && (yaml || path.is_dir()) {
            files.extend(find(&path, depth + 1)?);
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use ippo_api::definition::FieldChange;

    use super::*;

    #[test]
    fn a_plan_reads_as_what_will_happen() {
        let step = |action, name: &str, changes| PlanStep {
            action,
            kind: "SLO".to_owned(),
            name: name.to_owned(),
            changes,
            consequences: vec![],
        };
        let change = |before: Option<&str>, after: Option<&str>| FieldChange {
            field: "objectives[0]".to_owned(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
        };
        let answer = ApplyAnswer {
            applied: false,
            plan: vec![
                step(PlanAction::Create, "new", vec![change(None, Some("0.9"))]),
                step(
                    PlanAction::Update,
                    "edited",
                    vec![change(Some("0.99"), Some("0.999")), change(Some("0.9"), None)],
                ),
                step(PlanAction::Delete, "gone", vec![]),
                step(PlanAction::Unchanged, "same", vec![]),
            ],
            warnings: vec!["SLO new: nobody owns it".to_owned()],
        };
        assert_eq!(
            plan_text(&answer),
            "+ create SLO new\n~ update SLO edited\n    objectives[0]: 0.99 -> 0.999\n    objectives[0]: 0.9 -> (none)\n\
             - delete SLO gone\n  1 more unchanged\nwarning: SLO new: nobody owns it\n"
        );
        let same = ApplyAnswer {
            plan: vec![step(PlanAction::Unchanged, "same", vec![])],
            warnings: vec![],
            ..answer
        };
        assert_eq!(plan_text(&same), "Nothing changes; 1 as defined.\n");
    }
}
