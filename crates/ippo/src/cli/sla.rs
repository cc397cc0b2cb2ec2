//! `ippo sla`: promises to customers, how their periods went, and the report of one of them.

use clap::{Args, Subcommand};
use ippo_api::sla::{OneSla, Sla, SlaList, SlaPeriod, SlaVerdict};

use super::client::{ApiClient, Failure, percent_encoded};
use super::figures::{cut, grouped};
use super::slo::{NOTHING, attained, named, promised, share};
use super::{Answer, Lang, Output, columns, print};

const PATH: &str = "/api/v1/slas";

const EXAMPLES: &str = "\
An SLA is a promise to customers, with a target of its own below that of the SLO whose counts it is judged by
(docs/guide/journeys.md):

  apiVersion: ippo/v1
  kind: SLA
  metadata: {name: shop-api, displayName: Shop API}
  spec:
    customers: Partners on the Business plan
    slo: checkout
    targetPercent: 99.5
    timeZone: Asia/Tokyo
    credits:
      - {below: 0.995, credit: 10 % of the month's fee}
      - {below: 0.99, credit: 25 % of the month's fee}

Examples:
  ippo sla list
  ippo sla show shop-api
  ippo sla report shop-api --period 2026-10 --lang ja > report.md
  ippo sla report shop-api --output json | jq .period.verdict";

/// Reads service level agreements.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct SlaArgs {
    /// The language of what is said: en or ja.
    #[arg(long, global = true, value_enum, default_value_t = Lang::En)]
    lang: Lang,
    #[command(subcommand)]
    command: SlaCommand,
}

#[derive(Subcommand, Debug)]
enum SlaCommand {
    /// Every agreement, and how it stands.
    List,
    /// One agreement with its last twelve periods.
    Show {
        /// Its name.
        name: String,
    },
    /// The report of one period in Markdown, as it may be sent to customers.
    Report {
        /// Its name.
        name: String,
        /// A month of the period, such as 2026-10 [default: the last one that has ended].
        #[arg(long, value_name = "MONTH")]
        period: Option<String>,
    },
}

impl SlaArgs {
    /// The language of what is said.
    pub(super) fn lang(&self) -> Lang {
        self.lang
    }
}

/// Runs the command.
///
/// # Errors
/// When the server cannot be asked, or has no such agreement.
pub async fn run(args: &SlaArgs, client: &ApiClient, output: Output) -> Result<Answer, Failure> {
    let lang = args.lang;
    let text = match (&args.command, output) {
        (SlaCommand::List, Output::Json) => client.get_text(PATH).await?,
        (SlaCommand::List, Output::Text) => list_text(&client.get(PATH).await?, lang),
        (SlaCommand::Show { name }, Output::Json) => client.get_text(&named(PATH, name, "an SLA")?).await?,
        (SlaCommand::Show { name }, Output::Text) => {
            let one: OneSla = client.get(&named(PATH, name, "an SLA")?).await?;
            let notes = one.page.warnings.iter().map(|warning| format!("note: {warning}\n"));
            notes.collect::<String>() + &show_text(&one.sla, lang)
        }
        (SlaCommand::Report { name, period }, output) => {
            let of = period.as_deref().map(|month| format!("&period={}", percent_encoded(month)));
            let format = match output {
                Output::Json => "json",
                Output::Text => "markdown",
            };
            let path = named(PATH, name, "an SLA")?;
            let path = format!("{path}/report?format={format}{}", of.unwrap_or_default());
            let told = client.get_text(&path).await;
            let told = told.map_err(|failure| failure.in_flags(&[("period", "--period")]))?;
            if output == Output::Text { told.trim_end().to_owned() + "\n" } else { told }
        }
    };
    print(&text)?;
    Ok(Answer::Yes)
}

fn list_text(list: &SlaList, lang: Lang) -> String {
    let mut text: String = list.page.warnings.iter().map(|warning| format!("note: {warning}\n")).collect();
    if list.slas.is_empty() {
        return text
            + lang.say(
                "There are no SLAs. Write one (docs/guide/journeys.md) and: ippo apply -f FILE\n",
                "SLA はまだありません。docs/guide/journeys.ja.md を見て書き、ippo apply -f FILE で適用してください。\n",
            );
    }
    let header = [
        ("SLA", "SLA"),
        ("PROMISED", "目標"),
        ("ATTAINED", "実績"),
        ("SO FAR", "現在"),
        ("FAILURES LEFT", "許される失敗"),
        ("BEFORE", "前の期間"),
        ("CUSTOMERS", "お客様"),
    ];
    let mut rows = vec![header.map(|(english, japanese)| lang.say(english, japanese).to_owned()).to_vec()];
    for sla in &list.slas {
        let running = sla.periods.first().filter(|period| period.running);
        let before = sla.periods.iter().find(|period| !period.running);
        rows.push(vec![
            sla.name.clone(),
            promised(sla.target.as_f64()),
            attained(running.and_then(|period| period.attained), sla.target.as_f64()),
            running.map_or(lang.say("does not hold", "期間外").to_owned(), |period| verdict(period, lang)),
            running.and_then(|period| period.failures_left).map_or(NOTHING.to_owned(), signed),
            before.map_or(NOTHING.to_owned(), |period| verdict(period, lang)),
            sla.customers.clone(),
        ]);
    }
    text.push_str(&columns(&rows));
    text
}

fn verdict(period: &SlaPeriod, lang: Lang) -> String {
    let (english, japanese) = match period.verdict {
        SlaVerdict::Kept => ("● kept", "● 達成"),
        SlaVerdict::Broken => ("▲ broken", "▲ 未達"),
        SlaVerdict::Unknown => ("○ no data", "○ データなし"),
    };
    lang.say(english, japanese).to_owned()
}

fn signed(count: i64) -> String {
    let sign = if count < 0 { "-" } else { "" };
    format!("{sign}{}", grouped(count.unsigned_abs()))
}

fn show_text(sla: &Sla, lang: Lang) -> String {
    let mut text = format!("{}\n{}\n\n", sla.display_name, sentence(sla, lang));
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut line = |english: &str, japanese: &str, value: String| {
        if !value.is_empty() {
            rows.push(vec![lang.say(english, japanese).to_owned(), value]);
        }
    };
    line("promised to", "対象のお客様", sla.customers.clone());
    line("owner", "担当", sla.owner.clone());
    line("contract", "契約", sla.contract.clone().unwrap_or_default());
    let objective = sla.objective.as_deref().map(|name| format!(", {name}")).unwrap_or_default();
    line("measured by", "計測方法", format!("SLO {}{objective}", sla.slo));
    if sla.stricter_than_slo {
        let theirs = promised(sla.slo_target.as_ref().and_then(serde_json::Number::as_f64));
        line(
            "◆",
            "◆",
            match lang {
                Lang::En => format!("stricter than its SLO ({theirs}), which gives no early warning"),
                Lang::Ja => format!("SLO の目標({theirs})より厳しいため、SLO が早めの警告になりません"),
            },
        );
    }
    let held = [("from", &sla.from), ("until", &sla.until)];
    let held: Vec<String> =
        held.iter().filter_map(|(word, day)| Some(format!("{word} {}", day.as_deref()?))).collect();
    line("holds", "有効期間", held.join(" "));
    for credit in &sla.credits {
        let below = format!("< {}", promised(credit.below.as_f64()));
        line("credit", "クレジット", format!("{below}: {}", credit.credit));
    }
    text.push_str(&columns(&rows));
    text.push('\n');
    text.push_str(&periods(sla, lang));
    text
}

/// How it stands, in words.
fn sentence(sla: &Sla, lang: Lang) -> String {
    let Some(running) = sla.periods.first().filter(|period| period.running) else {
        return lang.say("It does not hold now.", "現在は有効期間外です。").to_owned();
    };
    let target = sla.target.as_f64();
    let (told, goal) = (attained(running.attained, target), promised(target));
    let left = running.failures_left.map(|left| (left >= 0, grouped(left.unsigned_abs())));
    let of =
        if running.counts_slices { ("bad slices", "不良スライス") } else { ("failures", "失敗") };
    match (lang, running.verdict, left) {
        (Lang::En, SlaVerdict::Unknown, _) => "Nothing was counted in this period yet.".to_owned(),
        (Lang::Ja, SlaVerdict::Unknown, _) => "この期間はまだ集計がありません。".to_owned(),
        (Lang::En, _, Some((true, left))) => {
            format!("Kept so far: {told} of {goal}; {left} more {} in a row would still keep it.", of.0)
        }
        (Lang::En, _, Some((false, left))) => format!("Broken so far: {told} of {goal}, by {left} {}.", of.0),
        (Lang::En, _, None) => format!("So far {told} of {goal}."),
        (Lang::Ja, _, Some((true, left))) => {
            format!(
                "現時点で達成しています: 実績 {told}、目標 {goal}。あと {left} 回までの{}に耐えられます。",
                of.1
            )
        }
        (Lang::Ja, _, Some((false, left))) => {
            format!("現時点で未達です: 実績 {told}、目標 {goal}。{}が {left} 回分超過しています。", of.1)
        }
        (Lang::Ja, _, None) => format!("現時点の実績 {told}、目標 {goal}。"),
    }
}

fn periods(sla: &Sla, lang: Lang) -> String {
    let header = [
        ("PERIOD", "期間"),
        ("", ""),
        ("ATTAINED", "実績"),
        ("CREDIT", "クレジット"),
        ("GOOD", "正常"),
        ("BAD", "失敗"),
        ("MEASURED", "計測"),
        ("EXCLUDED", "対象外"),
    ];
    let mut rows = vec![header.map(|(english, japanese)| lang.say(english, japanese).to_owned()).to_vec()];
    for period in &sla.periods {
        let so_far = if period.running { lang.say(" (so far)", "(期間中)") } else { "" };
        rows.push(vec![
            format!("{}{so_far}", period.month),
            verdict(period, lang),
            attained(period.attained, sla.target.as_f64()),
            period.credit.as_ref().map_or(NOTHING.to_owned(), |credit| credit.credit.clone()),
            grouped(period.good),
            grouped(period.bad),
            share(Some(period.coverage)),
            format!("{} min", cut(period.excluded_secs as f64 / 60.0, 0)),
        ]);
    }
    columns(&rows)
}
