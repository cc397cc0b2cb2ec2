//! `ippo backup`: asks the server to take a backup and waits for it; takes one of a folder that no server uses; checks one.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Subcommand};
use ippo_api::backup::{Backup, BackupProgress, BackupStatus, NewBackup};
use ippo_api::time::Time;
use ippo_base::disk::{LockError, RealDisk};
use ippo_base::{Clock as _, SystemClock, Timestamp};
use ippo_engine::backup::{BackupError, Done, Progress, Source, Wish, take, verify};

use super::client::{ApiClient, Failure};
use super::figures::{grouped, size, to_the_second};
use super::{Answer, Output, print, print_json};

/// How often it is looked how far long work is.
const LOOK_EVERY: Duration = Duration::from_millis(200);

const TEACHING: &str = "\
  ippo backup --to /backup/2026-11-24                             asks the server at IPPO_URL, on this machine
  ippo backup --to /backup/2026-11-25 --base /backup/2026-11-24   what is the same takes no new space
  ippo backup verify /backup/2026-11-25                           reads every byte of it
  ippo backup --to /backup/before --data-dir ./ippo-data          straight from the folder of a stopped server
  ippo restore --from /backup/2026-11-25 --data-dir ./restored

The server goes on working. Everything it acknowledged before is in the backup. The folder gets its name when it is
complete; before, it is called NAME.partial.
Exit code 0: complete; 1: damaged, or files of the data folder could not be copied; 3: it failed, and nothing is left.";

/// Takes a backup while the server works, or checks one.
#[derive(Args, Debug)]
#[command(after_help = TEACHING, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct BackupArgs {
    /// The folder to make.
    #[arg(long, value_name = "DIR", required = true)]
    to: Option<PathBuf>,
    /// An earlier backup: files that are the same are linked to it, if it is on the same filesystem.
    #[arg(long, value_name = "DIR")]
    base: Option<PathBuf>,
    /// Takes it straight from this data folder, of a server that does not run.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<BackupCommand>,
}

#[derive(Subcommand, Debug)]
enum BackupCommand {
    /// Reads every byte of a backup and counts what it holds. Changes nothing.
    Verify {
        /// The backup.
        dir: PathBuf,
    },
}

/// Runs the command.
///
/// # Errors
/// When there is no backup.
pub async fn run(
    args: &BackupArgs,
    client: impl Fn() -> Result<ApiClient, Failure>,
    output: Output,
) -> Result<Answer, Failure> {
    if let Some(BackupCommand::Verify { dir }) = &args.command {
        let progress = Arc::new(Progress::default());
        let verified = watched(verify(dir, progress.clone()), &progress).await.map_err(failure)?;
        let backup = Backup::of(dir.display(), &verified.document);
        return say(output, &backup, "is as it was taken", &counted(&backup, verified.counters_compared));
    }
    let to = args.to.as_deref().ok_or_else(|| Failure::bad_input("--to says where the backup goes"))?;
    let wish = Wish { to: absolute(to)?, base: args.base.as_deref().map(absolute).transpose()? };
    let backup = match &args.data_dir {
        Some(data_dir) => of_stopped(data_dir, &wish).await?,
        None => of_running(&client()?, &wish).await?,
    };
    let shared = backup.bytes - backup.copied_bytes;
    let space = format!(
        "  {} in {} files, {} of it linked\n",
        size(backup.bytes),
        grouped(backup.files),
        size(shared)
    );
    say(output, &backup, "is complete", &(space + &counted(&backup, backup.counters)))
}

/// Asks the server, and waits.
async fn of_running(client: &ApiClient, wish: &Wish) -> Result<Backup, Failure> {
    let text = |path: &PathBuf| path.to_string_lossy().into_owned();
    let wish = NewBackup { to: text(&wish.to), base: wish.base.as_ref().map(text) };
    let begun: BackupProgress = client.post("/api/v1/backups", &wish).await?;
    let clock = SystemClock::new();
    let mut line = Line::default();
    loop {
        let status: BackupStatus = client.get("/api/v1/backups").await?;
        if let Some(last) = status.last.filter(|last| last.id >= begun.id) {
            line.end();
            return match (last.id == begun.id, last.backup) {
                (true, Some(backup)) => Ok(backup),
                (true, None) => {
                    Err(Failure::inconclusive(format!("no backup: {}", last.error.unwrap_or_default())))
                }
                (false, _) => Err(Failure::inconclusive(
                    "another backup has been taken meanwhile; the server's log says what became of this one",
                )),
            };
        }
        let Some(now) = status.running else {
            return Err(Failure::inconclusive("the server has started anew, and knows of no backup"));
        };
        let BackupProgress { files, files_all, bytes, bytes_all, .. } = now;
        line.show(Done { files, files_all, bytes, bytes_all });
        clock.sleep(LOOK_EVERY).await;
    }
}

/// Takes it in this process.
async fn of_stopped(data_dir: &Path, wish: &Wish) -> Result<Backup, Failure> {
    let dir = data_dir.display();
    if !data_dir.join("state.db").exists() && !data_dir.join("MANIFEST").exists() {
        return Err(Failure::bad_input(format!(
            "{dir} is no data folder of ippo; --data-dir says where it is"
        )));
    }
    let disk = RealDisk::lock(data_dir).map_err(|error| match error {
        LockError::Held(_) => Failure::inconclusive(format!(
            "the data folder {dir} is in use by an ippo that runs; leave --data-dir out to ask that one"
        )),
        other => Failure::inconclusive(other),
    })?;
    let progress = Arc::new(Progress::default());
    let now = SystemClock::new().now();
    let taking = take(Source::Stopped(Arc::new(disk)), data_dir, wish, now, progress.clone());
    let taken = watched(taking, &progress).await.map_err(failure)?;
    Ok(Backup::from(&taken))
}

/// Runs long work and shows how far it is where somebody watches.
pub(super) async fn watched<T>(work: impl Future<Output = T>, progress: &Progress) -> T {
    let clock = SystemClock::new();
    let mut line = Line::default();
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => {
                line.end();
                return done;
            }
            () = clock.sleep(LOOK_EVERY) => line.show(progress.done()),
        }
    }
}

/// What a failure of a backup means for the exit code.
pub(super) fn failure(error: BackupError) -> Failure {
    match error {
        BackupError::Refused(_) => Failure::bad_input(error),
        BackupError::Damaged(_) => Failure::no(error),
        other => Failure::inconclusive(other),
    }
}

/// What was counted, for people.
pub(super) fn counted(backup: &Backup, counters: u64) -> String {
    let [spans, logs, points] = [backup.spans, backup.logs, backup.points].map(grouped);
    let [segments, counters, state_rows] = [backup.segments, counters, backup.state_rows].map(grouped);
    let taken_at = Timestamp::parse(&backup.taken_at);
    let taken_at = taken_at.map_or_else(|_| backup.taken_at.clone(), |time| to_the_second(Time(time)));
    format!(
        "  {spans} spans, {logs} log records, {points} metric points; {segments} segments, {counters} counters, \
         {state_rows} rows of the state\n  everything acknowledged before {taken_at} is in it\n"
    )
}

pub(super) fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path)
        .map_err(|error| Failure::bad_input(format!("{} is no path: {error}", path.display())))
}

fn say(output: Output, backup: &Backup, what: &str, more: &str) -> Result<Answer, Failure> {
    match output {
        Output::Json => print_json(backup)?,
        Output::Text => {
            let mut text = format!("✓ the backup {} {what}\n{more}", backup.path);
            for file in &backup.left_out {
                text.push_str(&format!("✗ not in it: {file}\n"));
            }
            print(&text)?;
        }
    }
    Ok(if backup.left_out.is_empty() { Answer::Yes } else { Answer::No })
}

/// A line on standard error that is written over, where somebody watches.
#[derive(Default)]
struct Line {
    shown: bool,
}

impl Line {
    fn show(&mut self, done: Done) {
        let Done { files, files_all, bytes, bytes_all } = done;
        if io::stderr().is_terminal() && files_all > 0 {
            self.shown = true;
            let mib = |bytes: u64| bytes / (1024 * 1024);
            // Nobody is left to tell when standard error is closed.
            let _ = write!(
                io::stderr().lock(),
                "\r{files} of {files_all} files, {} of {} MiB ",
                mib(bytes),
                mib(bytes_all)
            );
        }
    }

    fn end(&mut self) {
        if std::mem::take(&mut self.shown) {
            let _ = writeln!(io::stderr().lock());
        }
    }
}
