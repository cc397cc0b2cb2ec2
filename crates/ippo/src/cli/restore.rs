//! `ippo restore`: makes a new data folder of a backup, after reading every byte of it and counting what it holds.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use ippo_api::backup::Backup;
use ippo_engine::backup::{Progress, restore};
use serde::Serialize;

use super::backup::{absolute, counted, failure, watched};
use super::client::Failure;
use super::figures::grouped;
use super::{Answer, Output, print, print_json};

const TEACHING: &str = "\
  ippo restore --from /backup/2026-11-24 --data-dir /var/lib/ippo-restored
  ippo serve --data-dir /var/lib/ippo-restored

The folder must be new or empty. It gets its name when every checksum and every count was verified; before, it is called
NAME.partial. Stop the server that the backup is of first: both would send what waits to be sent.
Exit code 0: restored; 1: the backup is damaged; 2: the folder cannot be used; 3: it failed. Nothing is left but for 0.";

/// Makes a new data folder of a backup.
#[derive(Args, Debug)]
#[command(after_help = TEACHING)]
pub struct RestoreArgs {
    /// The backup.
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// The data folder to make.
    #[arg(long, value_name = "DIR")]
    data_dir: PathBuf,
}

#[derive(Serialize)]
struct Report<'a> {
    data_dir: String,
    counters_compared: u64,
    verified: &'a Backup,
}

/// Runs the command.
///
/// # Errors
/// When nothing was restored.
pub async fn run(args: &RestoreArgs, output: Output) -> Result<Answer, Failure> {
    let to = absolute(&args.data_dir)?;
    let progress = Arc::new(Progress::default());
    let restoring = restore(&args.from, &to, progress.clone());
    let restored = watched(restoring, &progress).await.map_err(failure)?;
    let compared = restored.verified.counters_compared;
    let backup = Backup::of(args.from.display(), &restored.verified.document);
    let data_dir = restored.path.display().to_string();
    match output {
        Output::Json => print_json(&Report { data_dir, counters_compared: compared, verified: &backup })?,
        Output::Text => {
            let mut text = format!(
                "✓ restored into {data_dir}\n  verified: {} files by checksum, and counted anew:\n{}",
                grouped(backup.files),
                counted(&backup, compared)
            );
            for file in &backup.left_out {
                text.push_str(&format!("✗ the backup was taken without: {file}\n"));
            }
            text.push_str(&format!("  ippo serve --data-dir {data_dir}\n"));
            print(&text)?;
        }
    }
    Ok(Answer::Yes)
}
