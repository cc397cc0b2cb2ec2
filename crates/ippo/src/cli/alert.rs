//! `ippo alert`: alert rules as they stand, and what a rule would have done before it wakes anybody.

mod import;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use ippo_api::alert_rule::{
    AlertRule, AlertRuleGroup, AlertRuleList, AlertRuleSeverity, AlertRuleState, AlertRuleTried,
    AlertRuleTryOut,
};
use ippo_api::time::Time;

use super::apply::read_files;
use super::client::{ApiClient, Failure, percent_encoded, read};
use super::{Answer, Output, columns, print};

const PATH: &str = "/api/v1/alert-rules";
/// Where there is nothing.
const NOTHING: &str = "–";

/// Reads alert rules, and tries them against the past.
#[derive(Args, Debug)]
pub struct AlertArgs {
    #[command(subcommand)]
    command: AlertCommand,
}

#[derive(Subcommand, Debug)]
enum AlertCommand {
    /// Every alert rule with its state, its value, and when it fired last.
    List,
    /// One alert rule in full, group by group.
    Show {
        /// Its name.
        name: String,
    },
    /// Tries a rule from a file against what is stored: how often it would have fired, when, and for how long.
    Test(TestArgs),
    /// Makes definitions of alert rules from rule files of a Prometheus. Needs no server.
    Import(import::ImportArgs),
}

/// Tries a rule from a file against what is stored: how often it would have fired, when, and for how long. Nothing is applied,
/// nobody is told.
///
/// It takes the very steps that the server takes each minute. Time of which nothing is known neither begins nor ends an alert,
/// and is told as minutes that were not measured.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  ippo alert test rules/payment.yaml --last 7d
  ippo alert test rules/ --name payment-errors --last 31d
  ippo alert test payment.yaml --from 2026-11-20T00:00:00Z --to 2026-11-21T00:00:00Z

Exit codes: 0 whatever it would have done, 2 the definition is wrong, 3 nobody can say.")]
struct TestArgs {
    /// A file with the rule, or a folder or - with several files of which one has it.
    file: PathBuf,
    /// Which rule, if there are several.
    #[arg(long)]
    name: Option<String>,
    /// How far back, up to now: 12h, 7d, at most 31d.
    #[arg(long, default_value = "7d", conflicts_with = "from")]
    last: String,
    /// Since when: 2026-11-20T00:00:00Z.
    #[arg(long, requires = "to")]
    from: Option<String>,
    /// Until when.
    #[arg(long, requires = "from")]
    to: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// When the server cannot be asked, has no such rule, or the definition is wrong.
pub async fn run(
    args: &AlertArgs,
    client: impl Fn() -> Result<ApiClient, Failure>,
    output: Output,
) -> Result<Answer, Failure> {
    match &args.command {
        AlertCommand::Import(args) => import::run(args, output),
        command => ask(command, &client()?, output).await,
    }
}

/// Runs what needs a server.
async fn ask(command: &AlertCommand, client: &ApiClient, output: Output) -> Result<Answer, Failure> {
    let text = match (command, output) {
        (AlertCommand::List, Output::Json) => client.get_text(PATH).await?,
        (AlertCommand::List, Output::Text) => list_text(&client.get(PATH).await?),
        (AlertCommand::Show { name }, Output::Json) => client.get_text(&path(name)?).await?,
        (AlertCommand::Show { name }, Output::Text) => show_text(&client.get(&path(name)?).await?),
        (AlertCommand::Test(args), _) => return test(args, client, output).await,
        (AlertCommand::Import(args), _) => return import::run(args, output),
    };
    print(&text)?;
    Ok(Answer::Yes)
}

async fn test(args: &TestArgs, client: &ApiClient, output: Output) -> Result<Answer, Failure> {
    let files = read_files(std::slice::from_ref(&args.file)).map_err(Failure::bad_input)?;
    let is_meant = |text: &str| match &args.name {
        Some(name) => text.contains("AlertRule") && text.contains(name.as_str()),
        None => text.contains("AlertRule"),
    };
    let mut meant: Vec<_> = files.iter().filter(|file| is_meant(&file.text)).cloned().collect();
    let file = match (meant.len(), files.len()) {
        (1, _) => meant.remove(0),
        (0, 1) => files[0].clone(),
        (0, _) => {
            return Err(Failure::bad_input("none of the files has such an alert rule (kind: AlertRule)"));
        }
        _ => {
            return Err(Failure::bad_input(
                "several files have alert rules; name one file, or one rule with --name",
            ));
        }
    };
    let range = match (&args.from, &args.to) {
        (Some(from), Some(to)) => format!("from={}&to={}", percent_encoded(from), percent_encoded(to)),
        _ => format!("last={}", percent_encoded(&args.last)),
    };
    let request = AlertRuleTryOut { file, name: args.name.clone() };
    let text = client.post_text(&format!("{PATH}/-/try?{range}"), &request).await?;
    match output {
        Output::Json => print(&text)?,
        Output::Text => print(&tried_text(&read(&text)?))?,
    }
    Ok(Answer::Yes)
}

fn path(name: &str) -> Result<String, Failure> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || !name.chars().all(plain) || name.starts_with('-') {
        return Err(Failure::bad_input(format!("{name:?} is not an alert rule's name (a-z, 0-9 and -)")));
    }
    Ok(format!("{PATH}/{name}"))
}

fn glyph(state: AlertRuleState) -> &'static str {
    match state {
        AlertRuleState::Firing => "▲ firing",
        AlertRuleState::Pending => "◆ pending",
        AlertRuleState::Unknown => "○ unknown",
        AlertRuleState::Fine => "● fine",
    }
}

fn severity(severity: AlertRuleSeverity) -> &'static str {
    match severity {
        AlertRuleSeverity::Page => "page",
        AlertRuleSeverity::Ticket => "ticket",
    }
}

fn minute(at: Time) -> String {
    let text = at.to_string();
    format!("{}Z", text.get(..16).unwrap_or(&text).replace('T', " "))
}

fn list_text(list: &AlertRuleList) -> String {
    let mut text: String = list.page.warnings.iter().map(|warning| format!("note: {warning}\n")).collect();
    if list.alert_rules.is_empty() {
        text.push_str(
            "There are no alert rules yet. Write one (docs/guide/alert-rules.md), then: ippo alert test FILE, and ippo apply -f \
             FILE\n",
        );
        return text;
    }
    let mut rows = vec![["STATE", "NAME", "SEVERITY", "LAST FIRED", "LAST LOOK"].map(str::to_owned).to_vec()];
    for rule in &list.alert_rules {
        let last = rule.last_fired_at.map_or_else(|| NOTHING.to_owned(), minute);
        rows.push(vec![
            glyph(rule.state).to_owned(),
            rule.name.clone(),
            severity(rule.severity).to_owned(),
            last,
            said(rule),
        ]);
    }
    text + &columns(&rows)
}

/// What the last look said, of the worst of its groups.
fn said(rule: &AlertRule) -> String {
    if let Some(trouble) = &rule.trouble {
        return trouble.clone();
    }
    match rule.groups.first() {
        Some(group) => group_text(group),
        None if rule.judged_at.is_some() => "no group has anything".to_owned(),
        None => "not looked at yet".to_owned(),
    }
}

fn group_text(group: &AlertRuleGroup) -> String {
    let said = group.text.as_deref().unwrap_or("nothing was measured");
    match group.label.as_str() {
        "" => said.to_owned(),
        label => format!("{label}: {said}"),
    }
}

fn show_text(rule: &AlertRule) -> String {
    let mut text = format!("{}  {} ({})\n", glyph(rule.state), rule.display_name, rule.name);
    if !rule.description.is_empty() {
        text.push_str(&format!("{}\n", rule.description.trim_end()));
    }
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            text.push_str(&format!("  {name:<9} {}\n", value.trim_end().replace('\n', "\n            ")));
        }
    };
    line("fires", &format!("when {}", rule.when));
    if rule.for_minutes > 1 {
        line("for", &format!("{} minutes first", rule.for_minutes));
    }
    if rule.resolve_after_minutes > 1 {
        line("ends", &format!("after {} minutes without", rule.resolve_after_minutes));
    }
    line("severity", severity(rule.severity));
    line("owner", &rule.owner);
    line("tells", &rule.notify.join(", "));
    line("do", &rule.action);
    line("runbook", rule.runbook.as_deref().unwrap_or_default());
    line(
        "judged",
        &rule.judged_at.map_or_else(|| "not yet".to_owned(), |at| format!("up to {}", minute(at))),
    );
    line(
        "fired",
        &rule.last_fired_at.map_or_else(|| "never".to_owned(), |at| format!("last {}", minute(at))),
    );
    if let (Some(until), Some(by)) = (rule.muted_until, &rule.muted_by) {
        line("muted", &format!("until {} by {by}", minute(until)));
    }
    line("trouble", rule.trouble.as_deref().unwrap_or_default());
    for group in &rule.groups {
        let incident = group.incident.map(|id| format!(" · INC-{id}")).unwrap_or_default();
        let since = group.since.map(|at| format!(" since {}", minute(at))).unwrap_or_default();
        text.push_str(&format!("    {}{since}{incident}  {}\n", glyph(group.state), group_text(group)));
    }
    if rule.more_groups {
        text.push_str("    There are more groups than are told apart; choose fewer by where.\n");
    }
    text
}

fn tried_text(tried: &AlertRuleTried) -> String {
    let mut text: String = tried.page.warnings.iter().map(|warning| format!("note: {warning}\n")).collect();
    let times = match tried.fired {
        0 => "would not have fired".to_owned(),
        1 => "would have fired once".to_owned(),
        times => format!("would have fired {times} times"),
    };
    let spent = if tried.fired == 0 {
        String::new()
    } else {
        format!(", for {} in all", minutes_text(tried.firing_minutes))
    };
    text.push_str(&format!(
        "{} {times}{spent}, between {} and {}\n  when {}\n",
        tried.name,
        minute(tried.from),
        minute(tried.to),
        tried.when
    ));
    if tried.measured_minutes < tried.minutes {
        text.push_str(&format!(
            "  {} of {} minutes were measured; of the others nobody can say anything\n",
            tried.measured_minutes, tried.minutes
        ));
    }
    if tried.would.is_empty() {
        return text;
    }
    let mut rows = vec![["FROM", "FOR", "GROUP", "WHY"].map(str::to_owned).to_vec()];
    for one in &tried.would {
        let length = one.to.map(|to| to.0.since(one.from.0).as_secs() / 60);
        let length = length.map_or_else(
            || "still".to_owned(),
            |minutes| minutes_text(u32::try_from(minutes).unwrap_or(u32::MAX)),
        );
        let group = if one.group.is_empty() { NOTHING.to_owned() } else { one.group.clone() };
        rows.push(vec![minute(one.from), length, group, one.text.clone()]);
    }
    text.push('\n');
    text.push_str(&columns(&rows));
    let more = tried.fired - tried.would.len() as u64;
    if more > 0 {
        text.push_str(&format!("and {more} times more\n"));
    }
    text
}

fn minutes_text(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes}m"),
        (hours, 0) => format!("{hours}h"),
        (hours, minutes) => format!("{hours}h {minutes}m"),
    }
}
