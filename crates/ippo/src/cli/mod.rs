//! The command line: what can be asked, and how each answer leaves the process.
//!
//! Most commands are clients of a running server. Exit codes: 0 yes, 1 no, 2 bad input, 3 nobody can say.

pub mod account;
pub mod alert;
mod answer;
pub mod apply;
pub mod backup;
pub mod check_data;
mod client;
pub mod config;
pub mod deploy;
mod events;
mod figures;
mod import;
pub mod journey;
pub mod logs;
mod print;
pub mod query;
pub mod report;
pub mod restore;
pub mod serve;
pub mod sla;
pub mod slo;
pub mod token;
pub mod trace;

use std::process::ExitCode;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

pub use answer::{Answer, Form, Output};
pub use client::{ApiClient, Failure};
use print::{note, print, print_json, written};

const TEACHING: &str = "\
Begin here:
  ippo demo                          a simulated shop to look around in; prints a signed-in link
  ippo serve                         the server; prints a one-time link to set up the administrator
  ippo apply -f slo/ --dry-run       what definitions would change
  ippo slo list                      how the promises stand
  ippo report                        last month for people: promised, kept, hurt, done
  ippo journey show checkout         what users meet, and how sessions went on
  ippo sla report shop-api           the report of a month, for customers
  ippo slo lint -f slo/              what is wrong or unwise in definitions, without a server
  ippo slo test -f slo/              what fires when, by fixtures
  ippo slo import sloth.yaml         definitions of SLOs that were written for Sloth or Pyrra
  ippo slo diff -f slo/              what applying would change on the server, and what follows from it
  ippo alert import rules.yaml       alert rules from rule files of a Prometheus
  ippo alert test rule.yaml --last 7d  how often an alert rule would have fired, before anybody is woken
  ippo trace 4bf92f3577b34da6a3ce929d0e0e4736
  ippo logs --service checkout --severity WARN --follow
  ippo sql \"SELECT service, count(*) FROM spans GROUP BY service\"
  ippo token create --name ci --scope read --data-dir ./ippo-data
  ippo account link --name hanako    a colleague's way in, or back in
  ippo backup --to /backup/monday    a copy of everything, taken while the server works

Commands that ask a server use IPPO_URL and IPPO_TOKEN.
Exit codes: 0 done or yes, 1 the answer is no, 2 bad usage or input, 3 nobody can say.";

/// The flag that every command has, with forms of its own.
const OUTPUT: &str = "output";

/// SRE in one binary: telemetry, SLOs, incidents, and who is told.
#[derive(Parser, Debug)]
#[command(name = "ippo", version, after_help = TEACHING, arg_required_else_help = true)]
pub struct Cli {
    /// The form of the answer. Every command has text and json; `ippo logs` ndjson and csv, `ippo sql` csv and parquet too.
    #[arg(id = OUTPUT, long, value_name = "FORM", global = true, value_enum, default_value_t = Form::Text)]
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
    /// Applies SLOs, journeys, SLAs and notification targets from files. Prints the plan first.
    Apply(apply::ApplyArgs),
    /// Tells of deploys, and lists them.
    Deploy(deploy::DeployArgs),
    /// Reads SLOs.
    Slo(slo::SloArgs),
    /// Reads alert rules, tries them against the past, and imports those of a Prometheus.
    Alert(alert::AlertArgs),
    /// Writes the report of a month: what was promised, kept, hurt and done.
    Report(report::ReportArgs),
    /// Reads critical user journeys: what users meet, and how sessions went on.
    Journey(journey::JourneyArgs),
    /// Reads service level agreements, and reports on their periods.
    Sla(sla::SlaArgs),
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

/// The forms that the answers of a command have.
fn forms(command: &str) -> &'static [Form] {
    match command {
        "logs" => &[Form::Text, Form::Json, Form::Ndjson, Form::Csv],
        "sql" => &[Form::Text, Form::Json, Form::Csv, Form::Parquet],
        // They run until they are stopped, and log.
        "serve" | "demo" => &[Form::Text],
        _ => &[Form::Text, Form::Json],
    }
}

/// The command line, where each command knows the forms of its own answers.
fn command() -> clap::Command {
    Cli::command().mut_subcommands(|command| {
        let forms = forms(command.get_name());
        let output =
            clap::Arg::new(OUTPUT).long(OUTPUT).value_name("FORM").global(true).hide(forms.len() == 1);
        let output = output.help("The form of the answer").value_parser(Form::parser(forms));
        command.arg(output.default_value(Form::Text.name()))
    })
}

/// Reads the arguments; shows help, or says what is wrong, and ends the process, where they ask for no command.
fn parsed() -> Cli {
    let cli = Cli::from_arg_matches(&command().get_matches());
    cli.unwrap_or_else(|error| error.format(&mut command()).exit())
}

/// Runs what the process's arguments ask for.
pub fn main() -> ExitCode {
    let cli = parsed();
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
        Command::Serve(_) | Command::Demo(_) if cli.output != Form::Text => {
            Err(cli.output.refused(&[Form::Text]))
        }
        Command::Serve(args) => serve::serve(args).await,
        Command::Demo(args) => serve::demo(args).await,
        Command::Apply(args) => apply::run(args, &client()?, output()?).await,
        Command::Deploy(args) => deploy::run(args, &client()?, output()?).await,
        Command::Slo(args) => slo::run(args, client, output()?).await,
        Command::Alert(args) => alert::run(args, client, output()?).await,
        Command::Report(args) => report::run(args, &client()?, output()?).await,
        Command::Journey(args) => journey::run(args, &client()?.in_language(args.lang()), output()?).await,
        Command::Sla(args) => sla::run(args, &client()?.in_language(args.lang()), output()?).await,
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
            note(&format!("ippo: {failure}"));
            failure.answer()
        }
    };
    ExitCode::from(answer.code())
}

/// The language of what is said to people.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Lang {
    /// English.
    En,
    /// Japanese.
    Ja,
}

impl Lang {
    /// The words of this language.
    fn say<'a>(self, english: &'a str, japanese: &'a str) -> &'a str {
        match self {
            Self::En => english,
            Self::Ja => japanese,
        }
    }

    /// Its code by ISO 639-1.
    fn code(self) -> &'static str {
        self.say("en", "ja")
    }
}

/// Columns as wide as their widest cell.
fn columns(rows: &[Vec<String>]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widest =
        |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cells(cell)).max().unwrap_or(0);
    let widths: Vec<usize> = (0..count).map(widest).collect();
    let mut text = String::new();
    for row in rows {
        let padded =
            row.iter().zip(&widths).map(|(cell, width)| cell.clone() + &" ".repeat(width - cells(cell)));
        text.push_str(padded.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// How many cells of a terminal a text takes: two for each Japanese letter and full-width sign.
fn cells(text: &str) -> usize {
    let wide = |c: char| matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}');
    text.chars().map(|c| 1 + usize::from(wide(c))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound_and_teaches() {
        command().debug_assert();
        let help = command().render_help().to_string();
        assert!(help.contains("ippo token create") && help.contains("Exit codes"), "{help}");
    }

    #[test]
    fn a_command_tells_and_takes_the_forms_that_it_has() {
        let told = |line: &[&str]| {
            let given = ["ippo"].iter().chain(line).chain(&["--help"]);
            let help = command().try_get_matches_from(given).expect_err("help").to_string();
            let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
            let forms = help.split("The form of the answer").nth(1);
            forms.map_or(String::new(), |text| text.split("values: ").nth(1).unwrap_or_default().to_owned())
        };
        for (line, forms) in [
            (&["logs"][..], "text, json, ndjson, csv]"),
            (&["sql"], "text, json, csv, parquet]"),
            (&["slo", "list"], "text, json]"),
            (&["token", "create"], "text, json]"),
            (&["backup", "verify"], "text, json]"),
            (&["check-data"], "text, json]"),
            (&["serve"], ""),
        ] {
            assert!(told(line).starts_with(forms) && told(line).is_empty() == forms.is_empty(), "{line:?}");
        }
        let taken = |line: &[&str]| {
            let matches = command().try_get_matches_from(["ippo"].iter().chain(line))?;
            Cli::from_arg_matches(&matches).map(|cli| cli.output)
        };
        assert_eq!(taken(&["slo", "list"]).expect("taken"), Form::Text);
        assert_eq!(taken(&["slo", "list", "--output", "json"]).expect("taken"), Form::Json);
        assert_eq!(taken(&["slo", "--output", "json", "list"]).expect("taken"), Form::Json);
        assert_eq!(taken(&["--output", "ndjson", "logs"]).expect("taken"), Form::Ndjson);
        let refused = taken(&["slo", "list", "--output", "csv"]).expect_err("no such form").to_string();
        assert!(refused.contains("[possible values: text, json]"), "{refused}");
        // Before the command's name any form can be said; the command refuses it with those that it has.
        assert_eq!(
            taken(&["--output", "csv", "slo", "list"]).expect("taken").plain().unwrap_err().to_string(),
            "this command has no output as csv; ask for text or json"
        );
    }

    #[test]
    fn columns_line_up() {
        let rows = [vec!["A".to_owned(), "B".to_owned()], vec!["long".to_owned(), "x".to_owned()]];
        assert_eq!(columns(&rows), "A     B\nlong  x\n");
        let rows = [vec!["手順".to_owned(), "x".to_owned()], vec!["pay".to_owned(), "x".to_owned()]];
        assert_eq!(columns(&rows), "手順  x\npay   x\n", "as wide as a terminal shows it");
    }
}
