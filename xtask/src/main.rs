//! The project's own chores: `cargo xtask codegen`, `cargo xtask tidy`, `cargo xtask bench`.

mod bench;
mod named_tests;
mod tidy;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "xtask", about = "Chores of the ippo repository")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Writes openapi.json from the code. A test fails while the file is stale.
    Codegen,
    /// Checks what no compiler checks: the order of the rooms, the length and the beginning of files, words of undone work, tests
    /// that documents name.
    Tidy,
    /// Measures what the store costs. Builds for release first.
    Bench(bench::BenchArgs),
}

/// The server's allocator: the yardstick of the bench is taken with it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<()> {
    match Cli::parse().chore {
        Chore::Codegen => codegen(&repository()),
        Chore::Tidy => tidy::check(&repository()),
        Chore::Bench(args) => bench::run(&repository(), &args),
    }
}

fn codegen(repository: &Path) -> anyhow::Result<()> {
    let path = repository.join("openapi.json");
    let text = ippo_api::openapi::document_json().context("describing the API")?;
    std::fs::write(&path, text).with_context(|| format!("writing {}", path.display()))
}

/// The folder that holds the workspace.
fn repository() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}
