//! `ippo logs`: searches, follows and exports log records.

mod progress;

use std::collections::HashSet;
use std::io::{self, IsTerminal as _};

use clap::Args;
use ippo_api::file::{MATCHED, PARTIAL, RECORDS, WARNINGS};
use ippo_api::log::{Log, LogList, LogsAround, LogsTailed};

use super::client::{ApiClient, Failure, Stream, percent_encoded, read};
use super::events::Events;
use super::figures::{to_the_milli, to_the_second};
use super::{Answer, Form, forms, note, print, written};
use progress::Searched;

/// Lines before those that come, when logs are followed.
const LINES_BEFORE: u64 = 10;
/// How far back a search goes that names no range.
const DEFAULT_SINCE: &str = "1h";

/// The flags that say what the parameters of the API do.
const FLAGS: [(&str, &str); 14] = [
    ("service", "--service"),
    ("severity", "--severity"),
    ("contains", "--contains"),
    ("whole_words", "--whole-words"),
    ("attr", "--attr"),
    ("where", "--where"),
    ("trace_id", "--trace"),
    ("last", "--since"),
    ("from", "--from"),
    ("to", "--to"),
    ("limit", "--limit"),
    ("before", "--limit"),
    ("after", "--limit"),
    ("id", "--around"),
];

const TEACHING: &str = "\
  ippo logs --service checkout --contains timeout --since 1h
  ippo logs --severity ERROR --attr order.id=4711 --since 7d
  ippo logs --where \"body['http.status'] >= 500 AND service <> 'cart'\" --output json
  ippo logs --contains order-4711 --whole-words --since 7d
  ippo logs --service checkout --follow
  ippo logs --since 24h --output csv > logs.csv
  ippo logs --since 24h --output ndjson --limit 5000 | jq .body
  ippo logs --around 1795486560000000000-9f86d081884c7d65-0

Without a range it is the last hour. Text shows the newest lines, the oldest of them first. CSV and NDJSON are exports, newest first, of at most 100,000
records; what is left out is said on standard error. On a terminal a long search shows how far it has got; Ctrl-C ends it.";

/// Searches, follows and exports log records.
#[derive(Args, Debug)]
#[command(after_help = TEACHING)]
pub struct LogsArgs {
    /// Only of this service.
    #[arg(long)]
    service: Option<String>,
    /// Only of at least this severity: TRACE, DEBUG, INFO, WARN, ERROR or FATAL.
    #[arg(long)]
    severity: Option<String>,
    /// Only those whose body has this text, in either case.
    #[arg(long, value_name = "TEXT")]
    contains: Option<String>,
    /// Only where the text of --contains is made of whole words: `timeout`, not `timeouts`. Much faster over long ranges.
    #[arg(long, requires = "contains")]
    whole_words: bool,
    /// Only those with this attribute, of their own, of their resource or as a key of a JSON body. Several must all hold.
    #[arg(long, value_name = "KEY=VALUE")]
    attr: Vec<String>,
    /// Only those for which this SQL condition is true.
    #[arg(long = "where", value_name = "EXPRESSION")]
    condition: Option<String>,
    /// Only of this trace.
    #[arg(long, value_name = "ID")]
    trace: Option<String>,
    /// How far back from --to, or from now: 15m, 1h, 7d [default: 1h].
    #[arg(long, value_name = "DURATION", conflicts_with = "from")]
    since: Option<String>,
    /// Start of the range, included, as RFC 3339 [default: an hour before its end].
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// End of the range, excluded, as RFC 3339 [default: now].
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// How many at most: the newest.
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    /// Goes on with what comes, until Ctrl-C.
    #[arg(long, conflicts_with_all = ["to", "around"])]
    follow: bool,
    /// The lines of the same service around the record with this id, whatever else is asked for.
    #[arg(long, value_name = "RECORD")]
    around: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// When the server cannot be asked or refuses, or standard output takes nothing more.
pub async fn run(args: &LogsArgs, client: &ApiClient, form: Form) -> Result<Answer, Failure> {
    answered(args, client, form).await.map_err(|failure| failure.in_flags(&FLAGS))
}

async fn answered(args: &LogsArgs, client: &ApiClient, form: Form) -> Result<Answer, Failure> {
    match (&args.around, form) {
        (_, Form::Parquet) => return Err(form.refused(forms("logs"))),
        (Some(_), Form::Ndjson | Form::Csv) => return Err(form.refused(&[Form::Text, Form::Json])),
        (Some(id), _) => around(id, args.limit, client, form).await?,
        (None, Form::Csv | Form::Json) if args.follow => {
            return Err(form.refused(&[Form::Text, Form::Ndjson]));
        }
        (None, _) if args.follow => follow(args, client, form).await?,
        (None, Form::Ndjson | Form::Csv) => export(args, client, form).await?,
        (None, Form::Text | Form::Json) => return list(args, client, form).await,
    }
    Ok(Answer::Yes)
}

async fn list(args: &LogsArgs, client: &ApiClient, form: Form) -> Result<Answer, Failure> {
    let listed = args.listed(args.limit);
    let page = match io::stderr().is_terminal() {
        false => client.get_text(&args.path("", &listed)).await?,
        true => {
            let (path, stop) = (args.path("/search", &listed), tokio::signal::ctrl_c());
            match progress::search(client, &path, io::stderr(), stop).await? {
                Searched::Page(page) => page,
                Searched::Stopped { logs, back_to } => {
                    if form == Form::Text {
                        print(&logs.iter().rev().map(line).collect::<String>())?;
                    }
                    note(&match back_to {
                        Some(back_to) => {
                            format!(
                                "stopped; what is older than {} was not looked at",
                                to_the_second(back_to)
                            )
                        }
                        None => "stopped".to_owned(),
                    });
                    return Ok(Answer::Inconclusive);
                }
            }
        }
    };
    if form == Form::Json {
        print(&page)?;
        return Ok(Answer::Yes);
    }
    let found: LogList = read(&page)?;
    print(&found.logs.iter().rev().map(line).collect::<String>())?;
    if found.logs.is_empty() && (found.page.partial || found.page.next_cursor.is_some()) {
        note("no log record was found in what was read so far");
    } else if found.logs.is_empty() {
        let (from, to) = (to_the_second(found.from), to_the_second(found.to));
        note(&args.nothing(&format!("from {from} to {to}")));
    }
    if found.page.next_cursor.is_some() {
        note("there are older ones; see them with --limit, --to or --output csv");
    }
    warn(&found.page.warnings);
    Ok(Answer::Yes)
}

impl LogsArgs {
    /// The path of a call with these choices and more parameters.
    fn path(&self, call: &str, more: &[(&str, String)]) -> String {
        let chosen = [
            ("service", &self.service),
            ("severity", &self.severity),
            ("contains", &self.contains),
            ("where", &self.condition),
            ("trace_id", &self.trace),
        ];
        let chosen = chosen.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        let whole = "true".to_owned();
        let whole = self.whole_words.then_some(("whole_words", &whole));
        let attributes = self.attr.iter().map(|attribute| ("attr", attribute));
        let more = more.iter().map(|(name, value)| (*name, value));
        let pairs: Vec<String> = chosen
            .chain(whole)
            .chain(attributes)
            .chain(more)
            .map(|(name, value)| format!("{name}={}", percent_encoded(value)))
            .collect();
        format!("/api/v1/logs{call}?{}", pairs.join("&"))
    }

    /// What is said where nothing is found, and what to try.
    fn nothing(&self, range: &str) -> String {
        let chosen = [&self.service, &self.severity, &self.contains, &self.condition, &self.trace];
        let is_chosen = chosen.into_iter().any(Option::is_some) || !self.attr.is_empty();
        let longer = match (&self.from, &self.to) {
            (None, None) => "a longer range, such as --since 7d",
            _ => "a longer range with --from and --to",
        };
        if is_chosen {
            format!("no log record {range} matches; try {longer}, or fewer conditions")
        } else {
            format!(
                "there is no log record {range}; try {longer}; `ippo sql` knows the newest: \"SELECT max(time) FROM logs\""
            )
        }
    }

    /// The range, in the words of the flags.
    fn range(&self) -> String {
        match (&self.since, &self.from, &self.to) {
            (since, None, None) => format!("in the last {}", since.as_deref().unwrap_or(DEFAULT_SINCE)),
            (since, None, Some(to)) => {
                format!("in the {} before {to}", since.as_deref().unwrap_or(DEFAULT_SINCE))
            }
            (_, Some(from), to) => format!("from {from} to {}", to.as_deref().unwrap_or("now")),
        }
    }

    /// The range and the limit.
    fn listed(&self, limit: Option<u64>) -> Vec<(&'static str, String)> {
        let range = [("last", &self.since), ("from", &self.from), ("to", &self.to)];
        let range = range.into_iter().filter_map(|(name, value)| Some((name, value.clone()?)));
        range.chain(limit.map(|limit| ("limit", limit.to_string()))).collect()
    }
}

async fn export(args: &LogsArgs, client: &ApiClient, form: Form) -> Result<(), Failure> {
    let mut more = args.listed(args.limit);
    more.push(("format", if form == Form::Csv { "csv" } else { "ndjson" }.to_owned()));
    let mut file = client.stream(&args.path("/export", &more)).await?;
    let (matched, records) = (file.number(MATCHED.as_str()), file.number(RECORDS.as_str()));
    let is_partial = file.header(PARTIAL.as_str()).is_some();
    let missing = file.header(WARNINGS.as_str()).map(str::to_owned);
    if !pour(&mut file).await? {
        return Ok(());
    }
    if matched == Some(0) && is_partial {
        note("no log record was found in what could be read");
    } else if matched == Some(0) {
        note(&args.nothing(&args.range()));
    }
    if let (Some(matched), Some(records)) = (matched, records)
        && records < matched
    {
        note(&format!(
            "these are the newest {records} of {matched} records; narrow the search for the others"
        ));
    }
    if is_partial {
        let missing = missing.as_deref().unwrap_or("some stored records cannot be read");
        note(&format!("this is not all there is: {missing}"));
    }
    Ok(())
}

/// Writes what comes to standard output. Whether anyone still reads there.
async fn pour(file: &mut Stream<'_>) -> Result<bool, Failure> {
    while let Some(chunk) = file.chunk().await? {
        if !written(&chunk)? {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn around(id: &str, lines: Option<u64>, client: &ApiClient, form: Form) -> Result<(), Failure> {
    let lines = lines.map(|lines| format!("?before={lines}&after={lines}")).unwrap_or_default();
    let path = format!("/api/v1/logs/{}/around{lines}", percent_encoded(id));
    if form == Form::Json {
        return print(&client.get_text(&path).await?);
    }
    let found: LogsAround = client.get(&path).await?;
    let marked = |log: &Log| format!("{} {}", if log.id == found.log.id { '>' } else { ' ' }, line(log));
    let all = found.before.iter().rev().chain([&found.log]).chain(found.after.iter().rev());
    print(&all.map(marked).collect::<String>())?;
    warn(&found.page.warnings);
    Ok(())
}

async fn follow(args: &LogsArgs, client: &ApiClient, form: Form) -> Result<(), Failure> {
    let mut seen = None;
    loop {
        // First the tail, then the lines before it, so that nothing is lost in between.
        let mut tail = client.stream(&args.path("/tail", &[])).await?;
        let before = match seen {
            None => {
                let limit = args.limit.unwrap_or(LINES_BEFORE);
                let listed: LogList = client.get(&args.path("", &args.listed(Some(limit)))).await?;
                if listed.logs.is_empty() {
                    note(&format!(
                        "no matching log record {} yet; waiting for the next, until Ctrl-C",
                        args.range()
                    ));
                }
                let shown: String = listed.logs.iter().rev().map(|log| written_as(form, log)).collect();
                if !written(shown.as_bytes())? {
                    return Ok(());
                }
                listed.logs.into_iter().map(|log| log.id).collect()
            }
            Some(()) => HashSet::new(),
        };
        seen = Some(());
        if !followed(&mut tail, &before, form).await? {
            return Ok(());
        }
    }
}

/// Writes what comes until the server asks to come again. Whether anyone still reads.
async fn followed(tail: &mut Stream<'_>, before: &HashSet<String>, form: Form) -> Result<bool, Failure> {
    let mut events = Events::default();
    while let Some(chunk) = tail.chunk().await? {
        for event in events.read(&chunk) {
            match event.name.as_str() {
                "end" => return Ok(true),
                "logs" => {
                    let tailed: LogsTailed = serde_json::from_str(&event.data).map_err(|error| {
                        Failure::inconclusive(format!("what the server says cannot be read: {error}"))
                    })?;
                    let new = tailed.logs.iter().filter(|log| !before.contains(&log.id));
                    if !written(new.map(|log| written_as(form, log)).collect::<String>().as_bytes())? {
                        return Ok(false);
                    }
                    if tailed.missed > 0 {
                        note(&format!("{} more came than can be followed; narrow the search", tailed.missed));
                    }
                }
                _ => {}
            }
        }
    }
    Err(Failure::inconclusive("the server closed the connection"))
}

fn written_as(form: Form, log: &Log) -> String {
    match form {
        Form::Ndjson => serde_json::to_string(log).expect("a record is plain JSON") + "\n",
        _ => line(log),
    }
}

/// A record in one line. Control characters would move a terminal's cursor.
fn line(log: &Log) -> String {
    let trace = log.trace_id.as_ref().map(|id| format!("  trace={id}")).unwrap_or_default();
    let text = format!("{} {:<5} {}  {}{trace}", to_the_milli(log.time), log.severity, log.service, log.body);
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).chain(['\n']).collect()
}

fn warn(warnings: &[String]) {
    warnings.iter().for_each(|warning| note(&format!("warning: {warning}")));
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Wrapped {
        #[command(flatten)]
        args: LogsArgs,
    }

    #[test]
    fn choices_become_a_path() {
        let wanted = ["ippo", "--service", "check out", "--attr", "a=b&c", "--attr", "d=é", "--since", "1h"];
        let args = Wrapped::parse_from(wanted).args;
        assert_eq!(
            args.path("/export", &args.listed(Some(5))),
            "/api/v1/logs/export?service=check%20out&attr=a%3Db%26c&attr=d%3D%C3%A9&last=1h&limit=5"
        );
    }

    #[test]
    fn the_default_of_the_server_is_what_the_help_says() {
        assert_eq!(DEFAULT_SINCE, format!("{}h", ippo_api::page::DEFAULT_RANGE.as_secs() / 3_600));
        let help = <Wrapped as clap::CommandFactory>::command().render_help().to_string();
        assert!(help.contains(&format!("7d [default: {DEFAULT_SINCE}]")), "{help}");
    }

    #[test]
    fn nothing_found_says_where_it_was_looked_and_what_to_try() {
        let said = |line: &[&str]| {
            let args = Wrapped::parse_from(["ippo"].iter().chain(line)).args;
            args.nothing(&args.range())
        };
        assert_eq!(
            said(&["--severity", "ERROR", "--since", "2h"]),
            "no log record in the last 2h matches; try a longer range, such as --since 7d, or fewer conditions"
        );
        assert!(said(&[]).starts_with("there is no log record in the last 1h; try a longer range"));
        assert!(said(&["--from", "2026-01-01T00:00:00Z"]).contains("from 2026-01-01T00:00:00Z to now; try"));
    }

    #[test]
    fn a_record_is_one_line() {
        let log: Log = serde_json::from_value(serde_json::json!({
            "id": "1-0000000000000001-0", "time": "2026-11-24T02:16:00.000999999Z", "observed_time": "2026-11-24T02:16:00Z",
            "severity": "WARN", "severity_number": 13, "service": "cart", "namespace": "", "environment": "",
            "body": "two\nlines\u{1b}[2J", "event_name": "", "trace_id": "ab", "span_id": null,
            "attributes": {}, "resource": {},
        }))
        .expect("a record");
        assert_eq!(line(&log), "2026-11-24T02:16:00.000Z WARN  cart  two lines [2J  trace=ab\n");
    }
}
