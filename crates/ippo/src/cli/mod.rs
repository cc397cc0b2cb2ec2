//! The command line: what can be asked, and how each answer leaves the process.
//!
//! Most commands are clients of a running server. Exit codes: 0 yes, 1 no, 2 bad input, 3 nobody can say.

pub mod account;
mod answer;
pub mod apply;
pub mod backup;
pub mod check_data;
mod client;
pub mod config;
mod events;
pub mod logs;
pub mod query;
pub mod restore;
pub mod serve;
pub mod slo;
pub mod token;
pub mod trace;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

pub use answer::{Answer, Form, Output};
pub use client::{ApiClient, Failure};

const TEACHING: &str = "\
Begin here:
  ippo demo                          a simulated shop to look around in; prints a signed-in link
  ippo serve                         the server; prints a one-time link to set up the administrator
  ippo apply -f slo/ --dry-run       what definitions would change
  ippo slo list                      how the promises stand
  ippo trace 4bf92f3577b34da6a3ce929d0e0e4736
  ippo logs --service checkout --severity WARN --follow
  ippo sql \"SELECT service, count(*) FROM spans GROUP BY service\"
  ippo token create --name ci --scope read --data-dir ./ippo-data
  ippo account link --name hanako    a colleague's way in, or back in
  ippo backup --to /backup/monday    a copy of everything, taken while the server works

Commands that ask a server use IPPO_URL and IPPO_TOKEN.
Exit codes: 0 done or yes, 1 the answer is no, 2 bad usage or input, 3 nobody can say.";

/// SRE in one binary: telemetry, SLOs, incidents, and who is told.
#[derive(Parser, Debug)]
#[command(name = "ippo", version, after_help = TEACHING, arg_required_else_help = true)]
pub struct Cli {
    /// The form of the answer.
    #[arg(long, global = true, value_enum, default_value_t = Form::Text)]
    output: Form,
    #[command(flatten)]
    server: ServerArgs,
    #[command(subcommand)]
    command: Command,
}

/// Which server a command asks.
#[derive(Args, Debug)]
struct ServerArgs {
    /// The server that commands ask.
    #[arg(
        long,
        global = true,
        env = "IPPO_URL",
        default_value = "http://127.0.0.1:4300",
        value_name = "URL"
    )]
    url: String,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Starts the server.
    Serve(serve::ServeArgs),
    /// Starts ippo with a simulated web shop, or breaks the shop of a demo that runs.
    Demo(crate::demo::DemoArgs),
    /// Applies SLOs and notification targets from files. Prints the plan first.
    Apply(apply::ApplyArgs),
    /// Reads SLOs.
    Slo(slo::SloArgs),
    /// Shows one trace.
    Trace(trace::TraceArgs),
    /// Searches, follows and exports log records.
    Logs(logs::LogsArgs),
    /// Runs read-only SQL over the telemetry.
    Sql(query::SqlArgs),
    /// Makes, lists and revokes tokens.
    Token(token::TokenArgs),
    /// Lets people in: a colleague, or someone who lost the password.
    Account(account::AccountArgs),
    /// Prints every setting with its value and where it came from.
    Config(config::ConfigArgs),
    /// Reads every file of a data folder and says what is damaged.
    CheckData(check_data::CheckDataArgs),
    /// Takes a backup while the server works, or checks one.
    Backup(backup::BackupArgs),
    /// Makes a new data folder of a backup.
    Restore(restore::RestoreArgs),
}

/// Runs what the process's arguments ask for.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return end(Err(Failure::inconclusive(format!("cannot start threads: {error}")))),
    };
    end(runtime.block_on(run(&cli)))
}

/// Runs a command.
///
/// # Errors
/// When it cannot answer.
pub async fn run(cli: &Cli) -> Result<Answer, Failure> {
    install_crypto();
    let client = || ApiClient::new(&cli.server.url, std::env::var("IPPO_TOKEN").ok());
    let output = || cli.output.plain();
    match &cli.command {
        Command::Serve(args) => serve::serve(args).await,
        Command::Demo(args) => serve::demo(args).await,
        Command::Apply(args) => apply::run(args, &client()?, output()?).await,
        Command::Slo(args) => slo::run(args, &client()?, output()?).await,
        Command::Trace(args) => trace::run(args, &client()?, output()?).await,
        Command::Logs(args) => logs::run(args, &client()?, cli.output).await,
        Command::Sql(args) => query::run(args, &client()?, cli.output).await,
        Command::Token(args) => token::run(args, client, output()?).await,
        Command::Account(args) => account::run(args, &cli.server.url, output()?).await,
        Command::Config(args) => config::run(args, output()?),
        Command::CheckData(args) => check_data::run(args, output()?).await,
        Command::Backup(args) => backup::run(args, client, output()?).await,
        Command::Restore(args) => restore::run(args, output()?).await,
    }
}

/// TLS needs to be told once which cryptography to use. Someone else having done so is as good.
fn install_crypto() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Tells the person why there is no answer, and the calling program by the exit code.
fn end(result: Result<Answer, Failure>) -> ExitCode {
    let answer = match result {
        Ok(answer) => answer,
        Err(failure) => {
            // Nobody is left to tell when standard error is closed.
            let _ = writeln!(io::stderr().lock(), "ippo: {failure}");
            failure.answer()
        }
    };
    ExitCode::from(answer.code())
}

/// Writes an answer to standard output.
fn print(text: &str) -> Result<(), Failure> {
    io::stdout().lock().write_all(text.as_bytes()).map_err(Failure::inconclusive)
}

/// A value as pretty JSON, with a final newline.
fn print_json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(Failure::inconclusive)?;
    print(&format!("{text}\n"))
}

/// Columns as wide as their widest cell.
fn columns(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|c| c.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound_and_teaches() {
        Cli::command().debug_assert();
        let help = Cli::command().render_help().to_string();
        assert!(help.contains("ippo token create") && help.contains("Exit codes"), "{help}");
    }

    #[test]
    fn columns_line_up() {
        let rows = [vec!["A".to_owned(), "B".to_owned()], vec!["long".to_owned(), "x".to_owned()]];
        assert_eq!(columns(&rows), "A     B\nlong  x\n");
    }
}
