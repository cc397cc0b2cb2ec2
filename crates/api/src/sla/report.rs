//! The report of a period in Markdown, as it may be sent to customers: what was promised, what they got, and what is due.

use std::fmt::Write as _;

use ippo_base::{Minute, Timestamp};
use ippo_domain::sla::{Days, LeftUnit, SlaPeriod, TakenOut, Verdict};
use ippo_domain::slo::Ratio;
use ippo_domain::{Language, Said};
use ippo_engine::sla::{SlaReport, ToldSlaPeriod};

/// Decimals of shares in percent.
const DECIMALS: u32 = 4;

/// The whole report.
pub(super) fn markdown(
    report: &SlaReport,
    told: &ToldSlaPeriod,
    month: &str,
    language: Language,
    now: Timestamp,
) -> String {
    let sla = &report.defined.sla;
    let words = Words { language, days: Days::of(&report.zone) };
    let result = &told.result;
    let mut text = format!("# {}\n\n", words.title(&sla.display_name, month));
    let _ = writeln!(text, "{}\n", words.verdict(result, &sla.target.ratio()));
    text.push_str("| | |\n|---|---|\n");
    for (name, value) in words.facts(report, result) {
        let _ = writeln!(text, "| {} | {} |", name.to(language), cell(&value));
    }
    if !told.taken_out.is_empty() {
        let _ = write!(
            text,
            "\n## {}\n\n{}\n",
            words.say("Excluded time", "対象外の時間"),
            words.excluded_head()
        );
        for taken in &told.taken_out {
            let _ = writeln!(text, "{}", words.excluded(taken));
        }
    }
    if !report.warnings.is_empty() {
        let _ = write!(text, "\n## {}\n\n", words.say("What is missing", "不足している情報"));
        for warning in &report.warnings {
            let _ = writeln!(text, "- {warning}");
        }
    }
    let _ = writeln!(text, "\n{}", words.as_of(now));
    text
}

/// Words of one language.
struct Words {
    language: Language,
    days: Days,
}

impl Words {
    fn say<'a>(&self, english: &'a str, japanese: &'a str) -> &'a str {
        match self.language {
            Language::English => english,
            Language::Japanese => japanese,
        }
    }

    fn title(&self, name: &str, month: &str) -> String {
        match self.language {
            Language::English => format!("SLA report: {}, {month}", plain(name)),
            Language::Japanese => format!("SLA レポート: {}({month})", plain(name)),
        }
    }

    /// One sentence: what became of the promise.
    fn verdict(&self, result: &SlaPeriod, target: &Ratio) -> String {
        let promised = target.to_percent(DECIMALS + 2);
        let Some(attained) = result.attained.map(|attained| attained.cut_percent(DECIMALS)) else {
            let nothing = Said::new(
                "**Nothing was counted in this period.** Whether the promise was kept cannot be said.",
                "**この期間に集計された結果はありません。** 達成したかどうかは判断できません。",
            );
            return nothing.to(self.language).to_owned();
        };
        let (english, japanese) = match (result.verdict, result.is_running) {
            (Verdict::Kept, false) => ("**The promise was kept:**", "**SLA を達成しました。**"),
            (Verdict::Kept, true) => {
                ("**The promise is kept so far:**", "**現時点で SLA を達成しています。**")
            }
            (Verdict::Broken | Verdict::Unknown, false) => {
                ("**The promise was not kept:**", "**SLA を達成できませんでした。**")
            }
            (Verdict::Broken | Verdict::Unknown, true) => {
                ("**The promise is not kept so far:**", "**現時点で SLA を達成できていません。**")
            }
        };
        match self.language {
            Language::English => format!("{english} {attained} % attained, {promised} % promised."),
            Language::Japanese => format!("{japanese}実績 {attained} %、目標 {promised} %。"),
        }
    }

    fn facts(&self, report: &SlaReport, result: &SlaPeriod) -> Vec<(Said, String)> {
        let sla = &report.defined.sla;
        let mut facts = vec![
            (Said::new("Period", "期間"), self.period(result)),
            (Said::new("Promised to", "対象のお客様"), sla.customers.clone()),
        ];
        facts.extend(sla.contract.iter().map(|link| (Said::new("Contract", "契約"), link.clone())));
        facts.push((
            Said::new("Promised", "目標"),
            format!("{} %", sla.target.ratio().to_percent(DECIMALS + 2)),
        ));
        let attained =
            result.attained.map_or("–".to_owned(), |share| format!("{} %", share.cut_percent(DECIMALS)));
        facts.push((Said::new("Attained", "実績"), attained));
        facts.push((Said::new("Credit due", "クレジット"), self.credit(result)));
        if result.is_running {
            facts.extend(result.left.map(|left| {
                let name = match left.unit {
                    LeftUnit::Events => Said::new("Failures left before it breaks", "違反までに許される失敗"),
                    LeftUnit::Slices => Said::new(
                        "Bad slices of time left before it breaks",
                        "違反までに許される不良スライス",
                    ),
                };
                (name, grouped(left.count))
            }));
        }
        let counts = result.counts;
        facts.extend([
            (Said::new("Good", "正常"), grouped(counts.good.into())),
            (Said::new("Bad", "失敗"), grouped(counts.bad.into())),
        ]);
        if counts.unknown > 0 {
            facts.push((Said::new("Not to be judged", "判定不能"), grouped(counts.unknown.into())));
        }
        facts.push((
            Said::new("Time that was measured", "計測できた時間"),
            format!("{} %", result.coverage.cut_percent(2)),
        ));
        if result.excluded_minutes > 0 {
            let minutes = grouped(result.excluded_minutes.into());
            facts.push((Said::new("Left out", "対象外"), self.minutes(&minutes)));
        }
        facts.extend(report.objective().map(|objective| {
            let name = report.rests_on.as_ref().map_or("", |(slo, _)| slo.slo.display_name.as_str());
            (Said::new("Measured by", "計測方法"), format!("SLO {name}: {objective}"))
        }));
        facts
    }

    fn minutes(&self, minutes: &str) -> String {
        match self.language {
            Language::English => format!("{minutes} min"),
            Language::Japanese => format!("{minutes} 分"),
        }
    }

    /// The days, both included.
    fn period(&self, result: &SlaPeriod) -> String {
        let last = Minute(result.period.to.0.saturating_sub(1));
        let (from, to) = (self.days.day(result.period.from), self.days.day(last));
        let zone = self.days.zone();
        match (self.language, result.is_running) {
            (Language::English, false) => format!("{from} to {to} ({zone})"),
            (Language::English, true) => format!("{from} to {to} ({zone}), not over yet"),
            (Language::Japanese, false) => format!("{from} から {to} まで({zone})"),
            (Language::Japanese, true) => format!("{from} から {to} まで({zone}、期間中)"),
        }
    }

    fn credit(&self, result: &SlaPeriod) -> String {
        let Some(credit) = &result.credit else { return self.say("none", "なし").to_owned() };
        let below = credit.below.ratio().to_percent(DECIMALS + 2);
        match self.language {
            Language::English => format!("{} (due below {below} %)", credit.credit),
            Language::Japanese => format!("{}({below} % 未満の場合)", credit.credit),
        }
    }

    fn excluded_head(&self) -> &'static str {
        match self.language {
            Language::English => "| Time | Why | Agreed in | Entered by |\n|---|---|---|---|",
            Language::Japanese => "| 時間 | 理由 | 合意の記録 | 記入者 |\n|---|---|---|---|",
        }
    }

    fn excluded(&self, taken: &TakenOut) -> String {
        let minutes = self.minutes(&grouped(taken.minutes.into()));
        let how = match taken.is_left_out {
            true => self.say("left out", "対象外"),
            false => self.say("counts as good", "正常として集計"),
        };
        let [reason, ticket, by] = [&taken.reason, &taken.ticket, &taken.by].map(|text| cell(text));
        format!("| {minutes}, {how} | {reason} | {ticket} | {by} |")
    }

    fn as_of(&self, now: Timestamp) -> String {
        let at = Minute(now.minute().0).start();
        match self.language {
            Language::English => format!("As known at {at}. Telemetry that comes later may change it."),
            Language::Japanese => {
                format!("{at} 時点の集計です。遅れて届いたテレメトリにより変わることがあります。")
            }
        }
    }
}

/// A text that ends neither its line nor its cell.
fn cell(text: &str) -> String {
    plain(text).replace('|', "\\|")
}

fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A whole number in groups of three digits.
fn grouped(number: i128) -> String {
    let sign = if number < 0 { "-" } else { "" };
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{sign}{text}")
}
