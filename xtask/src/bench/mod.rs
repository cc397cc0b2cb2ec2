//! `cargo xtask bench`: what the store costs, as ratios to a yardstick that is taken in the same run.
//!
//! The server is a process of its own, built for release, on a real disk; its CPU is all that it used until its exit.
//! What it is sent comes from another process. The yardstick is decoding the same bodies with prost and dropping them, on
//! one thread with the server's allocator, between the measurements: so a slow or busy machine changes both.

mod cases;
mod load;
mod reads;
mod server;
mod slos;
mod table;
mod yardstick;

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use clap::{Args, Subcommand};

/// What to measure.
#[derive(Args, Debug)]
pub(crate) struct BenchArgs {
    #[command(subcommand)]
    step: Option<Step>,
    /// Only cases whose name contains this.
    #[arg(long, global = true, default_value = "")]
    only: String,
    /// Times each case is measured; the table has the medians.
    #[arg(long, global = true, default_value_t = 5)]
    rounds: usize,
    /// Spans, or log records, of one measurement.
    #[arg(long, global = true, default_value_t = 400_000)]
    items: u64,
}

#[derive(Subcommand, Debug)]
enum Step {
    /// Measures with binaries that are built already. `bench` builds them and calls this.
    Measure,
    /// Sends a stream to a server and says how it went, as JSON. `measure` calls this.
    Load(load::LoadArgs),
}

/// Runs it.
pub(crate) fn run(repository: &Path, args: &BenchArgs) -> anyhow::Result<()> {
    match &args.step {
        None => build_and_measure(repository, args),
        Some(Step::Measure) => {
            let plan = cases::Plan { only: &args.only, rounds: args.rounds.max(1), items: args.items };
            cases::measure(&plan)
        }
        Some(Step::Load(load)) => load::run(load),
    }
}

/// Everything that is measured must be built for release: the server, the sender and the yardstick.
fn build_and_measure(repository: &Path, args: &BenchArgs) -> anyhow::Result<()> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let built = Command::new(cargo)
        .current_dir(repository)
        .args(["build", "--release", "--locked", "-p", "ippo", "-p", "xtask"])
        .status()
        .context("running cargo")?;
    anyhow::ensure!(built.success(), "the release build failed");
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| repository.join("target"), std::path::PathBuf::from);
    let measured = Command::new(target.join("release").join("xtask"))
        .args(["bench", "measure", "--only", &args.only])
        .args(["--rounds", &args.rounds.to_string(), "--items", &args.items.to_string()])
        .status()
        .context("running the measurement")?;
    anyhow::ensure!(measured.success(), "the measurement failed");
    Ok(())
}
