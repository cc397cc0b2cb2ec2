//! A report in words.

use ippo_base::{Minute, MinuteRange, Timestamp};
use jiff::tz::TimeZone;

use super::document::{Block, Column, Document, Table, Text};
use super::{
    Deed, IncidentMonth, JourneyMonth, MonthlyReport, PeriodMonth, PromiseMonth, TeamMonth, WorstHour,
    is_kept, journeys,
};
use crate::Said;
use crate::slo::{PeriodResult, Ratio};

/// Below this percentage a budget is nearly spent.
const NEARLY_SPENT: i128 = 20;
/// Below this percentage of measured time the numbers of a promise are doubtful.
const MEASURED_WELL: i128 = 99;

/// The report as a document. A team without anything to tell is left out.
pub fn document(report: &MonthlyReport) -> Document {
    let month = report.month.words();
    let mut blocks = vec![Block::Paragraph(since(report))];
    blocks.extend(report.warnings.iter().map(|warning| Block::Paragraph(Said::same(warning.clone()))));
    let told: Vec<&TeamMonth> = report.teams.iter().filter(|team| !is_empty(team)).collect();
    if told.is_empty() {
        blocks.push(Block::Paragraph(Said::new(
            "No SLO was there, and nothing happened. A first SLO is made on the page “New SLO”, or by ippo slo suggest.",
            "SLO がなく、出来事もありませんでした。最初の SLO は、ページ「SLO の提案」または ippo slo suggest で作れます。",
        )));
    }
    for team in told {
        Telling { report, team }.tell(&mut blocks);
    }
    let title = Said::new(
        format!("Service levels, {}", month.english),
        format!("{} サービスレベル報告", month.japanese),
    );
    Document { title, blocks }
}

fn is_empty(team: &TeamMonth) -> bool {
    team.journeys.is_empty()
        && team.promises.is_empty()
        && team.incidents.is_empty()
        && team.deeds.is_empty()
        && team.deploys.is_empty()
}

/// Which time it is about.
fn since(report: &MonthlyReport) -> Said {
    let zone = report.zone.iana_name().unwrap_or("UTC");
    let range = report.month.range(&report.zone);
    let known = moment(report.known_until, &report.zone);
    match report.known_until < range.to.start() {
        true => Said::new(
            format!("The month goes on: what follows is known up to {known}, in {zone}."),
            format!("この月はまだ続いています。{known} ({zone}) までの内容です。"),
        ),
        false => Said::new(
            format!("The whole month in {zone}, as it is known now."),
            format!("{zone} の 1 か月全体を、現在分かっている値でまとめています。"),
        ),
    }
}

/// What one team is told.
struct Telling<'a> {
    report: &'a MonthlyReport,
    team: &'a TeamMonth,
}

impl Telling<'_> {
    fn tell(&self, blocks: &mut Vec<Block>) {
        let team = match self.team.owner.as_str() {
            "" => Said::new("Without an owner", "担当なし"),
            owner => Said::same(owner),
        };
        blocks.push(Block::Heading(2, team));
        blocks.push(Block::Paragraph(self.summary()));
        journeys::tell(&self.team.journeys, blocks);
        if !self.team.promises.is_empty() {
            blocks.push(Block::Heading(3, Said::new("What was promised", "約束したこと")));
            blocks.push(Block::Table(self.promises()));
        }
        blocks.push(Block::Heading(3, Said::new("What hurt users", "ユーザーに影響したこと")));
        self.harm(blocks);
        blocks.push(Block::Heading(3, Said::new("What was done", "行ったこと")));
        match self.done() {
            items if items.is_empty() => blocks.push(Block::Paragraph(Said::new(
                "No SLO was changed, no time excluded, no budget reset, and no version went out.",
                "SLO の変更、除外、バジェットのリセット、リリースはいずれもありませんでした。",
            ))),
            items => blocks.push(Block::List(items)),
        }
        let open = self.open();
        if !open.is_empty() {
            blocks.push(Block::Heading(3, Said::new("What to look at", "確認が必要なこと")));
            blocks.push(Block::List(open));
        }
    }

    fn periods(&self) -> impl Iterator<Item = (&PromiseMonth, &PeriodMonth)> {
        self.team
            .promises
            .iter()
            .flat_map(|promise| promise.periods.iter().map(move |period| (promise, period)))
    }

    fn summary(&self) -> Said {
        let verdicts: Vec<bool> = self.periods().filter_map(|(_, period)| is_kept(period)).collect();
        let kept = verdicts.iter().filter(|kept| **kept).count();
        let (so_far, so_far_ja) = match self.periods().all(|(_, period)| period.is_over) {
            true => ("", ""),
            false => (" so far", "ここまでに"),
        };
        let promises = match (kept, verdicts.len()) {
            (_, 0) => Said::new("Nothing was counted of any promise.", "集計できた約束はありませんでした。"),
            (1, 1) => Said::new(
                format!("The promise was kept{so_far}."),
                format!("{so_far_ja}約束を達成しました。"),
            ),
            (kept, all) if kept == all => Said::new(
                format!("All {all} promises were kept{so_far}."),
                format!("{so_far_ja}約束 {all} 件をすべて達成しました。"),
            ),
            (0, 1) => Said::new(
                format!("The promise was not kept{so_far}."),
                format!("{so_far_ja}約束は未達でした。"),
            ),
            (kept, all) => Said::new(
                format!("{kept} of {all} promises were kept{so_far}."),
                format!("{so_far_ja}約束 {all} 件のうち {kept} 件を達成しました。"),
            ),
        };
        joined(&[promises, self.harm_summary()])
    }

    fn harm_summary(&self) -> Said {
        let all = self.team.incidents.len();
        if all == 0 {
            return Said::new("There was no incident.", "インシデントはありませんでした。");
        }
        let minutes: u64 = self.team.incidents.iter().map(|each| self.lasted(each)).sum();
        let requests: u64 = self.impacts().map(|impact| impact.requests).sum();
        let lasted = duration(minutes);
        let incidents = if all == 1 { "1 incident".to_owned() } else { format!("{all} incidents") };
        match requests {
            0 => Said::new(
                format!("{incidents} took {} in all.", lasted.english),
                format!("インシデントは {all} 件、合計 {}でした。", lasted.japanese),
            ),
            requests => Said::new(
                format!(
                    "{incidents} took {} in all, and {} requests failed.",
                    lasted.english,
                    count(requests)
                ),
                format!(
                    "インシデントは {all} 件、合計 {}で、{} 件のリクエストが失敗しました。",
                    lasted.japanese,
                    count(requests)
                ),
            ),
        }
    }

    fn impacts(&self) -> impl Iterator<Item = &crate::incident::Impact> {
        self.team.incidents.iter().filter_map(|each| each.incident.impact.as_ref())
    }

    /// Minutes of the month in which an incident was open.
    fn lasted(&self, each: &IncidentMonth) -> u64 {
        let month = self.report.month.range(&self.report.zone);
        let ended = each.incident.resolved.as_ref().map_or(self.report.known_until, |(at, _)| *at);
        let from = each.incident.opened_at.max(month.from.start());
        let to = ended.min(self.report.known_until).min(month.to.start());
        to.since(from).as_secs().div_ceil(60)
    }

    fn promises(&self) -> Table {
        let has_periods = self.team.promises.iter().any(|promise| !promise.is_monthly);
        let column = |english: &str, japanese: &str, is_number| Column {
            title: Said::new(english, japanese),
            is_number,
        };
        let mut columns = vec![column("Promise", "約束", false)];
        if has_periods {
            columns.push(column("Period", "期間", false));
        }
        columns.extend([
            column("Promised", "目標", true),
            column("Attained", "実績", true),
            column("Kept", "達成", false),
            column("Budget left", "予算の残り", true),
            column("Before", "前の期間", true),
            column("Measured", "計測", true),
        ]);
        let mut rows = Vec::new();
        for (promise, period) in self.periods() {
            for (place, result) in period.results.iter().enumerate() {
                let mut row = vec![named(promise, result, period.results.len() > 1)];
                if has_periods {
                    row.push(Text::plain(days(period.period, &self.report.zone)));
                }
                row.extend(figures(period, result, period.before.get(place)).map(Text::plain));
                rows.push(row);
            }
        }
        Table { columns, rows }
    }

    fn harm(&self, blocks: &mut Vec<Block>) {
        if !self.team.incidents.is_empty() {
            blocks.push(Block::Table(self.incidents()));
        }
        let hours: Vec<Text> = self
            .team
            .promises
            .iter()
            .flat_map(|promise| promise.worst.iter().map(move |hour| self.worst_hour(promise, hour)))
            .collect();
        if !hours.is_empty() {
            blocks.push(Block::Paragraph(Said::new(
                "The hours that took the most of the budgets:",
                "バジェットを最も消費した時間帯:",
            )));
            blocks.push(Block::List(hours));
        } else if self.team.incidents.is_empty() {
            blocks.push(Block::Paragraph(Said::new(
                "No incident was open, and no hour took 5 % of a budget.",
                "インシデントはなく、バジェットの 5 % を超えて消費した時間帯もありませんでした。",
            )));
        }
    }

    fn incidents(&self) -> Table {
        let column = |english: &str, japanese: &str, is_number| Column {
            title: Said::new(english, japanese),
            is_number,
        };
        let columns = vec![
            column("Incident", "インシデント", false),
            column("Began", "開始", false),
            column("Lasted", "継続時間", true),
            column("Failed requests", "失敗したリクエスト", true),
            column("Users", "ユーザー", true),
            column("Said last", "最後のコメント", false),
        ];
        let row = |each: &IncidentMonth| {
            let incident = &each.incident;
            let title = incident.title.map(|_, title| format!("{} {title}", incident.key()));
            let number = |number: Option<u64>| Said::same(number.map_or("–".to_owned(), count));
            let impact = incident.impact.as_ref();
            let users = impact.map(|impact| match (impact.users, impact.users_exact) {
                (0, _) => Said::same("–"),
                (users, true) => Said::same(count(users)),
                (users, false) => {
                    Said::new(format!("about {}", count(users)), format!("約 {}", count(users)))
                }
            });
            let last = each.last_comment.as_ref().map(|(by, text)| Said::same(format!("{text} ({by})")));
            vec![
                Text::to(title, format!("/incidents/{}", incident.id)),
                Text::plain(Said::same(moment(incident.opened_at, &self.report.zone))),
                Text::plain(duration(self.lasted(each))),
                Text::plain(number(impact.map(|impact| impact.requests))),
                Text::plain(users.unwrap_or_else(|| Said::same("–"))),
                Text::plain(last.unwrap_or_else(|| Said::same("–"))),
            ]
        };
        Table { columns, rows: self.team.incidents.iter().map(row).collect() }
    }

    fn worst_hour(&self, promise: &PromiseMonth, hour: &WorstHour) -> Text {
        let zone = &self.report.zone;
        let from = moment(hour.range.from.start(), zone);
        let to = clock(hour.range.to.start(), zone);
        let whole = |number: Ratio| count(u64::try_from(number.floor()).unwrap_or_default());
        let (bad, total) = (whole(hour.bad), whole(hour.total));
        let share = hour.share.to_percent(0);
        let keys: Vec<String> = hour.incidents.iter().map(|id| format!("INC-{id}")).collect();
        let (with, with_ja) = match keys.is_empty() {
            true => ("no incident".to_owned(), "インシデントなし".to_owned()),
            false => (keys.join(", "), keys.join("、")),
        };
        let title = &promise.title;
        let said = Said::new(
            format!(
                "{title}: {from} to {to}, {bad} of {total} bad, {share} % of the month's budget ({with})"
            ),
            format!(
                "{title}: {from}〜{to}、{total} 件中 {bad} 件が bad、月のバジェットの {share} % ({with_ja})"
            ),
        );
        Text::to(said, format!("/slos/{}", promise.slo))
    }

    fn done(&self) -> Vec<Text> {
        let deed = |deed: &Deed| {
            let (at, by) = (moment(deed.at, &self.report.zone), &deed.by);
            let said = deed.said.map(|_, words| format!("{at} {}: {words} ({by})", deed.slo));
            Text::to(said, format!("/slos/{}", deed.slo))
        };
        let mut items: Vec<Text> = self.team.deeds.iter().map(deed).collect();
        let all: usize = self.team.deploys.iter().map(|(_, deploys)| deploys).sum();
        if all > 0 {
            let each: Vec<String> =
                self.team.deploys.iter().map(|(service, deploys)| format!("{service} {deploys}")).collect();
            let each = each.join(", ");
            items.push(Text::plain(Said::new(
                format!("{all} {} out: {each}", if all == 1 { "version went" } else { "versions went" }),
                format!("リリース {all} 回: {each}"),
            )));
        }
        items
    }

    /// What somebody should look at: promises that were not kept or hardly, that nobody could measure or that are to be reviewed, and
    /// incidents that are still open.
    fn open(&self) -> Vec<Text> {
        let mut items = Vec::new();
        for promise in &self.team.promises {
            let mut say = |english: String, japanese: String| {
                let title = &promise.title;
                let said = Said::new(format!("{title}: {english}"), format!("{title}: {japanese}"));
                items.push(Text::to(said, format!("/slos/{}", promise.slo)));
            };
            let Some(last) = promise.periods.last() else { continue };
            match (is_kept(last), least(last)) {
                (Some(false), _) => say(
                    "the promise was not kept; see what spent the budget, and decide what comes first"
                        .to_owned(),
                    "未達です。バジェットの消費内訳を確認し、優先することを決めてください".to_owned(),
                ),
                (_, Some(left)) if left < Ratio::new(NEARLY_SPENT, 100) => {
                    let left = left.to_percent(0);
                    say(
                        format!("only {left} % of the budget is left"),
                        format!("バジェットの残りは {left} % だけです"),
                    );
                }
                (None, _) => say(
                    "nothing was counted; does its telemetry still come, and does its SLI still fit?"
                        .to_owned(),
                    "何も集計されていません。テレメトリの受信と SLI の条件を確認してください".to_owned(),
                ),
                _ => {}
            }
            let measured = last.results.iter().map(|result| result.coverage).min();
            if let (Some(_), Some(measured)) =
                (is_kept(last), measured.filter(|share| *share < Ratio::new(MEASURED_WELL, 100)))
            {
                let share = measured.to_percent(1);
                say(
                    format!(
                        "only {share} % of the time was measured, so that the numbers may be too good or too bad"
                    ),
                    format!("計測できた時間は {share} % だけなので、数値は実際と異なる可能性があります"),
                );
            }
            if let Some(date) = promise.review_on.filter(|date| *date <= self.today()) {
                say(
                    format!("its review was due on {date}; is it still the right promise?"),
                    format!("見直しの期日 ({date}) を過ぎています。この約束が今も適切か確認してください"),
                );
            }
        }
        let today = self.today();
        let overdue = |journey: &&JourneyMonth| journey.review_on.is_some_and(|date| date <= today);
        items.extend(self.team.journeys.iter().filter(overdue).filter_map(journeys::review));
        let still_open = self.team.incidents.iter().filter(|each| each.incident.resolved.is_none());
        items.extend(still_open.map(|each| {
            let key = each.incident.key();
            let said = Said::new(format!("{key} is still open"), format!("{key} は未解決です"));
            Text::to(said, format!("/incidents/{}", each.incident.id))
        }));
        items
    }

    fn today(&self) -> jiff::civil::Date {
        civil(self.report.known_until, &self.report.zone).date()
    }
}

/// The least that is left of a budget of a period.
fn least(period: &PeriodMonth) -> Option<Ratio> {
    let whole = period.results.first().filter(|result| result.target.is_none());
    match whole {
        Some(whole) => whole.remaining,
        None => period.results.iter().filter_map(|result| result.remaining).min(),
    }
}

fn named(promise: &PromiseMonth, result: &PeriodResult, is_one_of: bool) -> Text {
    let name = match (&result.target, is_one_of) {
        (Some(_), true) => format!("{}: {}", promise.title, result.objective),
        _ => promise.title.clone(),
    };
    Text::to(Said::same(name), format!("/slos/{}", promise.slo))
}

/// Promised, attained, kept, left, before, measured.
fn figures(period: &PeriodMonth, result: &PeriodResult, before: Option<&PeriodResult>) -> [Said; 6] {
    let none = || Said::same("–");
    let percent = |share: Ratio, places| format!("{} %", cut(share, places));
    let promised = result.target.as_deref().and_then(decimal).map(|target| percent(target, 6));
    let kept = match (result.is_kept, period.is_over) {
        (None, _) => Said::new("nothing counted", "集計なし"),
        (Some(true), true) => Said::new("✓ kept", "✓ 達成"),
        (Some(false), true) => Said::new("✗ not kept", "✗ 未達"),
        (Some(true), false) => Said::new("so far", "ここまで達成"),
        (Some(false), false) => Said::new("✗ not so far", "✗ ここまで未達"),
    };
    let before = before.and_then(|before| match (before.attained, before.remaining) {
        (Some(attained), _) => Some(Said::same(percent(attained, 4))),
        (None, Some(left)) => {
            let left = left.to_percent(1);
            Some(Said::new(format!("{left} % left"), format!("残り {left} %")))
        }
        _ => None,
    });
    [
        promised.map_or_else(none, Said::same),
        result.attained.map_or_else(none, |attained| Said::same(percent(attained, 4))),
        kept,
        result.remaining.map_or_else(none, |left| Said::same(format!("{} %", left.to_percent(1)))),
        before.unwrap_or_else(none),
        Said::same(percent(result.coverage, 1)),
    ]
}

/// A target as it was written.
fn decimal(text: &str) -> Option<Ratio> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let scale = 10i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    Some(Ratio::new(format!("{whole}{fraction}").parse().ok()?, scale))
}

/// In per cent, cut downwards: what was just not attained must not look attained.
fn cut(share: Ratio, places: u32) -> String {
    let scale = 10i128.pow(places);
    Ratio::new(share.by(Ratio::new(100 * scale, 1)).floor(), scale).to_decimal(places)
}

/// `1,203`.
fn count(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|g| std::str::from_utf8(g).ok()).collect();
    groups.join(",")
}

fn duration(minutes: u64) -> Said {
    let (hours, rest) = (minutes / 60, minutes % 60);
    match hours {
        0 => Said::new(format!("{rest} min"), format!("{rest} 分")),
        _ if rest == 0 => Said::new(format!("{hours} h"), format!("{hours} 時間")),
        _ => Said::new(format!("{hours} h {rest} min"), format!("{hours} 時間 {rest} 分")),
    }
}

fn civil(at: Timestamp, zone: &TimeZone) -> jiff::civil::DateTime {
    let at = jiff::Timestamp::from_microsecond(at.as_micros()).unwrap_or_default();
    zone.to_datetime(at)
}

fn moment(at: Timestamp, zone: &TimeZone) -> String {
    civil(at, zone).strftime("%Y-%m-%d %H:%M").to_string()
}

fn clock(at: Timestamp, zone: &TimeZone) -> String {
    civil(at, zone).strftime("%H:%M").to_string()
}

/// The first and the last day of a period.
fn days(period: MinuteRange, zone: &TimeZone) -> Said {
    let day = |minute: Minute| civil(minute.start(), zone).date();
    let (from, to) = (day(period.from), day(Minute(period.to.0.saturating_sub(1))));
    Said::new(format!("{from} to {to}"), format!("{from}〜{to}"))
}

fn joined(sentences: &[Said]) -> Said {
    let of = |pick: fn(&Said) -> &str| sentences.iter().map(pick).collect::<Vec<_>>();
    Said::new(of(|said| &said.english).join(" "), of(|said| &said.japanese).join(""))
}
