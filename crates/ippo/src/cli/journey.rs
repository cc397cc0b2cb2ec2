//! `ippo journey`: what users meet on critical user journeys, what a failure does to them, and how sessions went on.

use clap::{Args, Subcommand};
use ippo_api::journey::{
    Experience, Journey, JourneyList, JourneySessions, OneJourney, Outcome, OutcomeSessions, StepSessions,
};

use super::client::{ApiClient, Failure};
use super::figures::grouped;
use super::slo::{NOTHING, glyph, named, share};
use super::{Answer, Lang, Output, columns, print};

const PATH: &str = "/api/v1/journeys";

const LIST_EXAMPLES: &str = "\
A journey is written as code and applied like an SLO (docs/guide/journeys.md):

  apiVersion: ippo/v1
  kind: Journey
  metadata: {name: checkout, displayName: Checkout}
  spec:
    owner: team-shop
    harm: An order is lost, and the customer writes to us.
    slos: [checkout]
    agreedBy: [hanako@example.org]
    reviewOn: 2027-04-01

Examples:
  ippo apply -f journeys.yaml
  ippo journey list
  ippo journey show checkout --lang ja
  ippo journey show checkout --last 1d --output json";

/// Reads critical user journeys.
#[derive(Args, Debug)]
#[command(after_help = LIST_EXAMPLES)]
pub struct JourneyArgs {
    /// The language of what is said: en or ja.
    #[arg(long, global = true, value_enum, default_value_t = Lang::En)]
    lang: Lang,
    #[command(subcommand)]
    command: JourneyCommand,
}

#[derive(Subcommand, Debug)]
enum JourneyCommand {
    /// Every journey with its state and what users met in the last hour.
    List,
    /// One journey: what users meet, what a failure does to them, and how sessions went on after each step.
    ///
    /// Of the sessions that reached a step, by the worst of their requests there: how many went on to a later step in time. Of fewer
    /// than 20 sessions no share is told.
    Show {
        /// Its name.
        name: String,
        /// How far back sessions are looked at, such as 1d or 7d; at most 31d.
        #[arg(long, default_value = "7d", value_name = "DURATION")]
        last: String,
    },
}

impl JourneyArgs {
    /// The language of what is said.
    pub(super) fn lang(&self) -> Lang {
        self.lang
    }
}

/// Runs the command.
///
/// # Errors
/// When the server cannot be asked, or has no such journey.
pub async fn run(args: &JourneyArgs, client: &ApiClient, output: Output) -> Result<Answer, Failure> {
    let lang = args.lang;
    let text = match (&args.command, output) {
        (JourneyCommand::List, Output::Json) => client.get_text(PATH).await?,
        (JourneyCommand::List, Output::Text) => list_text(&client.get(PATH).await?, lang),
        (JourneyCommand::Show { name, last }, output) => show(name, last, client, output, lang).await?,
    };
    print(&text)?;
    Ok(Answer::Yes)
}

async fn show(
    name: &str,
    last: &str,
    client: &ApiClient,
    output: Output,
    lang: Lang,
) -> Result<String, Failure> {
    let path = named(PATH, name, "a journey")?;
    let journey = client.get_text(&path).await?;
    let last = super::client::percent_encoded(last);
    let sessions = client.get_text(&format!("{path}/sessions?last={last}")).await;
    let sessions = sessions.map_err(|failure| failure.in_flags(&[("last", "--last")]))?;
    match output {
        Output::Json => {
            let both: [serde_json::Value; 2] =
                [super::client::read(&journey)?, super::client::read(&sessions)?];
            let [journey, sessions] = both;
            let told = serde_json::json!({"journey": journey["journey"], "sessions": sessions});
            Ok(serde_json::to_string_pretty(&told).map_err(Failure::inconclusive)? + "\n")
        }
        Output::Text => {
            let one: OneJourney = super::client::read(&journey)?;
            let sessions: JourneySessions = super::client::read(&sessions)?;
            let notes = one.page.warnings.iter().map(|warning| format!("note: {warning}\n"));
            Ok(notes.collect::<String>() + &show_text(&one.journey, &sessions, lang))
        }
    }
}

fn list_text(list: &JourneyList, lang: Lang) -> String {
    let mut text: String = list.page.warnings.iter().map(|warning| format!("note: {warning}\n")).collect();
    if list.journeys.is_empty() {
        return text
            + lang.say(
                "There are no journeys yet: nobody has said what users come for. Write one (docs/guide/journeys.md) and: ippo apply \
                 -f FILE\n",
                "ジャーニーはまだありません。docs/guide/journeys.ja.md を見て書き、ippo apply -f FILE で適用してください。\n",
            );
    }
    for journey in &list.journeys {
        text.push_str(&format!("{}  {}  ({})\n", glyph(journey.state), journey.display_name, journey.name));
        text.push_str(&sentences(&journey.hour));
        text.push_str(&overdue(journey, lang).map(|line| format!("  {line}\n")).unwrap_or_default());
    }
    text
}

/// A line each; whose it is, where there are several.
fn sentences(told: &[Experience]) -> String {
    let line = |experience: &Experience| match told.len() {
        1 => format!("  {}\n", experience.text),
        _ => format!("  {}: {}\n", experience.about, experience.text),
    };
    told.iter().map(line).collect()
}

fn overdue(journey: &Journey, lang: Lang) -> Option<String> {
    let day = journey.review_on.as_deref().filter(|_| journey.review_overdue)?;
    Some(match lang {
        Lang::En => format!("◆ its review was due on {day}"),
        Lang::Ja => format!("◆ レビュー期限({day})を過ぎています"),
    })
}

fn show_text(journey: &Journey, sessions: &JourneySessions, lang: Lang) -> String {
    let mut text = format!("{}  {}\n", journey.display_name, glyph(journey.state));
    text.push_str(&sentences(&journey.hour));
    text.push_str(&sentences(&journey.week));
    text.push_str(&format!("\n{}: {}\n\n", lang.say("when it fails", "失敗すると"), journey.harm));
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut line = |name: &str, value: String| {
        if !value.is_empty() {
            rows.push(vec![name.to_owned(), value]);
        }
    };
    line(lang.say("owner", "担当"), journey.owner.clone());
    let by = journey.agreed_by.join(", ");
    let on = journey.agreed_on.as_deref().map(|day| format!(" ({day})")).unwrap_or_default();
    line(lang.say("agreed by", "合意した人"), if by.is_empty() { by } else { by + &on });
    let review = overdue(journey, lang).or_else(|| journey.review_on.clone());
    line(lang.say("review", "レビュー"), review.unwrap_or_default());
    for slo in &journey.slos {
        let left = format!("{}  {}: {}", glyph(slo.state), slo.name, slo.state_rule);
        line("SLO", left);
    }
    for missing in &journey.missing_slos {
        line("SLO", format!("{missing}: {}", lang.say("cannot be used", "使えません")));
    }
    text.push_str(&columns(&rows));
    text.push('\n');
    text.push_str(&sessions_text(sessions, lang));
    text
}

fn sessions_text(told: &JourneySessions, lang: Lang) -> String {
    if told.steps.is_empty() {
        return lang
            .say(
                "It names no steps (spec.steps), so that nothing can be said of how sessions go on.\n",
                "手順(spec.steps)がないため、セッションの続き方は分かりません。\n",
            )
            .to_owned();
    }
    let mut text: String = told.page.warnings.iter().map(|warning| format!("note: {warning}\n")).collect();
    text.push_str(&notes(told, lang));
    if told.sessions == 0 {
        return text;
    }
    let minutes = told.goes_on_within_secs / 60;
    text.push_str(&match lang {
        Lang::En => format!(
            "Sessions that reached each step from {} to {}, and went on within {minutes} min:\n",
            told.from, told.to
        ),
        Lang::Ja => format!(
            "{} から {} までに各手順に達し、{minutes} 分以内に先へ進んだセッション:\n",
            told.from, told.to
        ),
    });
    let header = [
        ("STEP", "手順"),
        ("SESSIONS", "セッション"),
        ("WENT ON", "先へ進んだ"),
        ("AFTER FINE", "正常のあと"),
        ("AFTER SLOW", "遅延のあと"),
        ("AFTER FAILED", "失敗のあと"),
    ];
    let mut rows = vec![header.map(|(english, japanese)| lang.say(english, japanese).to_owned()).to_vec()];
    rows.extend(told.steps.iter().map(|step| row(step, lang)));
    text + &columns(&rows)
}

/// What limits what the numbers say.
fn notes(told: &JourneySessions, lang: Lang) -> String {
    let mut notes = Vec::new();
    let key = told.session_attribute.as_deref();
    let wanted = key.unwrap_or("session.id");
    let nameless = grouped(told.nameless_requests);
    match (told.sessions, told.nameless_requests) {
        (0, 0) => notes.push(lang.say("No request reached a step in this time.", "この期間に手順へのリクエストはありません。").to_owned()),
        (0, _) => notes.push(match lang {
            Lang::En => format!("None of {nameless} requests says of which session it is: send the attribute {wanted} with spans."),
            Lang::Ja => format!("{nameless} 件のリクエストのどれにもセッションの情報がありません。スパンに属性 {wanted} を付けてください。"),
        }),
        (_, 0) => {}
        (_, _) => notes.push(match lang {
            Lang::En => format!("note: {nameless} requests do not say of which session they are, and are in no number"),
            Lang::Ja => format!("注意: {nameless} 件のリクエストはセッションが分からず、集計に含まれません"),
        }),
    }
    if told.one_of > 1 {
        notes.push(match lang {
            Lang::En => format!("note: one of {} sessions was looked at, chosen by its id", told.one_of),
            Lang::Ja => format!("注意: セッション {} 件に 1 件を、ID により選んで集計しました", told.one_of),
        });
    }
    if told.sampled_requests > 0 {
        let sampled = grouped(told.sampled_requests);
        notes.push(match lang {
            Lang::En => format!("note: {sampled} requests were sampled by their sender: others of their sessions may be missing, and shares too low"),
            Lang::Ja => format!("注意: {sampled} 件は送信側でサンプリングされています。同じセッションのほかのリクエストが欠け、割合が低く出ることがあります"),
        });
    }
    notes.into_iter().map(|note| note + "\n").collect()
}

fn row(step: &StepSessions, lang: Lang) -> Vec<String> {
    let share_of = |sessions: u64, told: Option<f64>| match (step.is_last, sessions, told) {
        (true, sessions, _) => grouped(sessions),
        (false, 0, _) => NOTHING.to_owned(),
        (false, sessions, Some(told)) => match lang {
            Lang::En => format!("{} of {}", share(Some(told)), grouped(sessions)),
            Lang::Ja => format!("{} 件の {}", grouped(sessions), share(Some(told))),
        },
        (false, sessions, None) => match lang {
            Lang::En => format!("too few ({sessions})"),
            Lang::Ja => format!("少なすぎます({sessions} 件)"),
        },
    };
    let of = |outcome: Outcome| {
        let found = step.outcomes.iter().find(|each| each.outcome == outcome);
        found
            .map_or(NOTHING.to_owned(), |OutcomeSessions { sessions, share, .. }| share_of(*sessions, *share))
    };
    let all = if step.is_last { NOTHING.to_owned() } else { share_of(step.sessions, step.share) };
    let mut row = vec![step.display_name.clone(), grouped(step.sessions), all];
    row.extend([Outcome::Fine, Outcome::Slow, Outcome::Failed].map(of));
    row
}
