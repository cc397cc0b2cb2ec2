//! `ippo report`: a month for people who do not watch it day by day.

use clap::{Args, ValueEnum};

use super::client::{ApiClient, Failure, percent_encoded};
use super::{Answer, Output, print};

/// Writes the report of a month, by team: what was promised, whether it was kept, what hurt users and what was done. In Markdown, so
/// that it can be sent, kept or put into a wiki; --html makes a page that can be printed, --output json has the numbers.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  ippo report > report.md                                  the month that ended last, of all teams
  ippo report --month 2026-11 --owner payments --lang ja   one team, in Japanese
  ippo report --html > report.html                         a page to print")]
pub struct ReportArgs {
    /// Which month, such as 2026-11 [default: the one that ended last].
    #[arg(long)]
    month: Option<String>,
    /// Only of this team: the owner of SLOs and incidents.
    #[arg(long)]
    owner: Option<String>,
    /// The language of the report.
    #[arg(long, value_enum, default_value_t)]
    lang: Lang,
    /// Writes a page instead of Markdown.
    #[arg(long)]
    html: bool,
}

/// A language of a report.
#[derive(ValueEnum, Clone, Copy, Debug, Default)]
enum Lang {
    /// English.
    #[default]
    En,
    /// Japanese.
    Ja,
}

/// Runs the command.
///
/// # Errors
/// When the server cannot be asked, or refuses.
pub async fn run(args: &ReportArgs, client: &ApiClient, output: Output) -> Result<Answer, Failure> {
    let ReportArgs { month, owner, lang, html } = args;
    let format = match (output, html) {
        (Output::Json, _) => "json",
        (Output::Text, true) => "html",
        (Output::Text, false) => "markdown",
    };
    let lang = match lang {
        Lang::En => "en",
        Lang::Ja => "ja",
    };
    let mut path = format!("/api/v1/reports/monthly?format={format}&lang={lang}");
    for (name, value) in [("month", month), ("owner", owner)] {
        if let Some(value) = value {
            path.push_str(&format!("&{name}={}", percent_encoded(value)));
        }
    }
    let told = |failure: Failure| failure.in_flags(&[("month", "--month")]);
    let text = client.get_text(&path).await.map_err(told)?;
    print(&format!("{}\n", text.trim_end()))?;
    Ok(Answer::Yes)
}
