//! `ippo check-data`: reads every file of a data folder and says what is not as it was written.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use ippo_base::disk::{RealDisk, SharedDisk};
use ippo_telemetry::{Checked, check_data};
use serde::Serialize;

use super::client::Failure;
use super::figures::{grouped, size};
use super::{Answer, Output, print, print_json};

const TEACHING: &str = "\
  ippo check-data --data-dir /var/lib/ippo

Changes nothing, and needs ippo to be stopped. Exit code 0: all as written; 1: something is damaged.";

/// Reads every file of a data folder and says what is damaged.
#[derive(Args, Debug)]
#[command(after_help = TEACHING)]
pub struct CheckDataArgs {
    /// The folder.
    #[arg(long, value_name = "DIR", env = "IPPO_DATA_DIR", default_value = "./ippo-data")]
    data_dir: PathBuf,
}

#[derive(Serialize)]
struct Report {
    segments: usize,
    rows: u64,
    bytes: u64,
    records: usize,
    /// Segments that are in the bucket alone and were not read.
    in_bucket: usize,
    /// Segments in quarantine that are as they were written.
    healed: Vec<String>,
    problems: Vec<String>,
}

impl From<&Checked> for Report {
    fn from(checked: &Checked) -> Self {
        Self {
            segments: checked.segments,
            rows: checked.rows,
            bytes: checked.bytes,
            records: checked.records,
            in_bucket: checked.in_bucket,
            healed: checked.healed.clone(),
            problems: checked.problems.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Runs the command.
///
/// # Errors
/// When the folder cannot be read at all.
pub async fn run(args: &CheckDataArgs, output: Output) -> Result<Answer, Failure> {
    let dir = args.data_dir.display();
    if !args.data_dir.join("state.db").exists() && !args.data_dir.join("MANIFEST").exists() {
        return Err(Failure::bad_input(format!(
            "{dir} is no data folder of ippo; --data-dir says where it is"
        )));
    }
    let disk: SharedDisk = Arc::new(RealDisk::lock(&args.data_dir).map_err(Failure::inconclusive)?);
    let checked = check_data(&disk, &mut progress())
        .map_err(|error| Failure::inconclusive(format!("{dir} cannot be checked: {error}")))?;
    let mut report = Report::from(&checked);
    report.problems.extend(state_problems(&args.data_dir).await);
    match output {
        Output::Json => print_json(&report)?,
        Output::Text => print(&text(&report))?,
    }
    Ok(if report.problems.is_empty() { Answer::Yes } else { Answer::No })
}

/// What is wrong with the state database, in the words of SQLite.
async fn state_problems(folder: &Path) -> Vec<String> {
    let path = folder.join("state.db");
    if !path.exists() {
        return Vec::new();
    }
    let named = |problem: String| format!("state.db: {problem}; restore it from a backup");
    ippo_state::check_file(&path).await.into_iter().map(named).collect()
}

/// Shows how far it is where somebody watches.
fn progress() -> impl FnMut(usize, usize) {
    let watched = io::stderr().is_terminal();
    move |done, all| {
        if watched && (done % 50 == 0 || done == all) {
            // Nobody is left to tell when standard error is closed.
            let _ =
                write!(io::stderr().lock(), "\r{done} of {all} files{}", if done == all { "\n" } else { "" });
        }
    }
}

fn text(report: &Report) -> String {
    let Report { segments, rows, bytes, records, in_bucket, healed, problems } = report;
    let (rows, bytes) = (grouped(*rows), size(*bytes));
    let (segments, records) = (grouped(*segments as u64), grouped(*records as u64));
    let mut text = format!(
        "{segments} segments, {rows} rows, {bytes}; {records} records of the write-ahead log, not yet in segments\n"
    );
    if *in_bucket > 0 {
        text.push_str(&format!("  {in_bucket} of them are in the bucket alone and were not read\n"));
    }
    for file in healed {
        text.push_str(&format!(
            "✓ {file} is in quarantine and as it was written; the next start reads it again\n"
        ));
    }
    for problem in problems {
        text.push_str(&format!("✗ {problem}\n"));
    }
    text.push_str(if problems.is_empty() { "✓ everything is as it was written\n" } else { "" });
    text
}
