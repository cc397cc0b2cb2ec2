//! An SLO's ledger: what people and ippo enter about its budget. Entries are added and never changed; what was entered by
//! mistake is withdrawn by another entry.

use std::collections::{BTreeMap, BTreeSet};

use ippo_base::{MinuteRange, Timestamp};

use super::burn::BurnStatus;
use super::evaluate::{SloStatus, objective_label};
use super::gate::{Exemption, GateVerdict};
use super::guard::lower_bound;
use super::minutes::MinuteSet;
use super::model::{Objective, Slo};
use super::ratio::Ratio;
use crate::Said;

/// What excluded time counts as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExcludedTime {
    /// Nothing: it is not part of the window, so that the budget shrinks with it.
    LeftOut,
    /// Good: its bad events count as good ones, and the window stays as it is.
    Good,
}

impl ExcludedTime {
    /// Every choice.
    pub const ALL: [ExcludedTime; 2] = [Self::LeftOut, Self::Good];

    /// The word in the API and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::LeftOut => "left_out",
            Self::Good => "good",
        }
    }
}

/// What an exclusion does to one objective's budget, as known when it was entered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Effect {
    /// What the objective is called.
    pub objective: String,
    /// The share of the budget that was left before; none if nothing was counted.
    pub before: Option<Ratio>,
    /// The share that is left with it.
    pub after: Option<Ratio>,
}

/// Time that somebody took out of the budget.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exclusion {
    /// The whole minutes; they may lie ahead.
    pub range: MinuteRange,
    /// What they count as.
    pub counts_as: ExcludedTime,
    /// Why.
    pub reason: String,
    /// Where it was agreed; empty if nowhere.
    pub ticket: String,
    /// One for each objective, in order.
    pub effects: Vec<Effect>,
}

/// A page that nobody got, as so few failures may be chance.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SuppressedPage {
    /// The objective and the pair, in words.
    pub pair: String,
    /// Bad events of the long window.
    pub bad: u64,
    /// All of them.
    pub total: u64,
    /// The burn of the long window.
    pub burn: Ratio,
    /// The factor that it reached.
    pub factor: Ratio,
    /// The lower bound of the error ratio, one-sided at 95 %, to six decimals.
    pub bound: String,
    /// The error ratio that the factor stands for.
    pub threshold: Ratio,
}

/// Somebody went past what the release gate said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Override {
    /// What it said.
    pub verdict: GateVerdict,
    /// Where the change is one that no gate holds up.
    pub exemption: Option<Exemption>,
    /// Why.
    pub reason: String,
    /// The version that went out, where it was named.
    pub version: Option<String>,
    /// What kept the gate from passing it.
    pub said: Vec<Said>,
}

/// A rule of an error budget policy began to stand, or ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyApplied {
    /// The policy's name.
    pub policy: String,
    /// The rule's name.
    pub rule: String,
    /// Whether it stands from now on.
    pub stands: bool,
    /// The incident that it is about, if it is about one.
    pub incident: Option<i64>,
    /// Why, with its numbers, and what follows.
    pub said: Said,
}

/// What is entered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LedgerEntry {
    /// Time was taken out of the budget.
    Exclusion(Exclusion),
    /// That was taken back.
    Withdrawal {
        /// The entry.
        of: String,
        /// Why.
        reason: String,
    },
    /// A page was not sent.
    SuppressedPage(SuppressedPage),
    /// A change went out although the release gate did not pass it.
    Override(Override),
    /// An error budget policy asks for something, or no longer does.
    Policy(PolicyApplied),
}

impl LedgerEntry {
    /// The word in the API and in the database.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Exclusion(_) => "exclusion",
            Self::Withdrawal { .. } => "withdrawal",
            Self::SuppressedPage(_) => "suppressed_page",
            Self::Override(_) => "override",
            Self::Policy(_) => "policy",
        }
    }

    /// In words, with its numbers.
    pub fn words(&self) -> Said {
        match self {
            Self::Exclusion(exclusion) => exclusion_words(exclusion),
            Self::Withdrawal { reason, .. } => Said::new(
                format!("an exclusion was withdrawn: {reason}"),
                format!("除外を取り消しました: {reason}"),
            ),
            Self::SuppressedPage(page) => suppressed_words(page),
            Self::Override(past) => override_words(past),
            Self::Policy(applied) => policy_words(applied),
        }
    }
}

fn exclusion_words(exclusion: &Exclusion) -> Said {
    let MinuteRange { from, to } = exclusion.range;
    let (from, to, minutes) = (from.start(), to.start(), exclusion.range.len());
    let (as_what, as_what_ja) = match exclusion.counts_as {
        ExcludedTime::LeftOut => ("is left out of the budget", "をバジェットの対象外にしました"),
        ExcludedTime::Good => ("counts as good", "を正常として数えます"),
    };
    let reason = &exclusion.reason;
    Said::new(
        format!("{minutes} min from {from} to {to} {as_what}: {reason}"),
        format!("{from} から {to} までの {minutes} 分間{as_what_ja}: {reason}"),
    )
}

fn override_words(past: &Override) -> Said {
    let (said, said_ja): (Vec<&str>, Vec<&str>) =
        past.said.iter().map(|said| (said.english.as_str(), said.japanese.as_str())).unzip();
    let (said, said_ja, reason) = (said.join("; "), said_ja.join("。"), &past.reason);
    let version = past.version.as_ref().map(|version| format!(" {version}")).unwrap_or_default();
    let (gate, gate_ja) = match past.verdict {
        GateVerdict::No => ("no", "不可"),
        GateVerdict::Inconclusive => ("inconclusive", "判定不能"),
        GateVerdict::Pass => ("pass", "可"),
    };
    let (exempt, exempt_ja) = match past.exemption {
        None => ("", ""),
        Some(Exemption::P0) => (" as a P0 fix", "（P0 対応として）"),
        Some(Exemption::Security) => (" as a security fix", "（セキュリティ修正として）"),
    };
    Said::new(
        format!(
            "a change{version} went past the release gate{exempt}: {reason}. The gate said {gate}: {said}"
        ),
        format!(
            "変更{version}がリリースゲートを越えて出されました{exempt_ja}: {reason}。ゲートの判定は{gate_ja}: {said_ja}"
        ),
    )
}

fn policy_words(applied: &PolicyApplied) -> Said {
    let PolicyApplied { policy, rule, stands, said, .. } = applied;
    let (verb, verb_ja) = if *stands {
        ("applies", "が適用されました")
    } else {
        ("no longer applies", "の適用が終わりました")
    };
    Said::new(
        format!("error budget policy {policy}: {rule} {verb}: {}", said.english),
        format!("エラーバジェットポリシー {policy}: {rule} {verb_ja}: {}", said.japanese),
    )
}

fn suppressed_words(page: &SuppressedPage) -> Said {
    let SuppressedPage { pair, bad, total, bound, .. } = page;
    let (burn, factor) = (page.burn.to_decimal(2), page.factor.to_decimal(2));
    let threshold = page.threshold.to_percent(4);
    Said::new(
        format!(
            "{pair} was not sent: {bad} of {total} failed, a burn of {burn} at a factor of {factor}, but so few may be chance: \
             with 95 % confidence the error ratio is only above {bound} %, not above {threshold} %"
        ),
        format!(
            "{pair} は送信しませんでした: {total} 件中 {bad} 件の失敗でバーンレート {burn} (しきい値 {factor}) ですが、件数が少なく偶然の可能性があります。\
             95 % の信頼度で言えるエラー率の下限は {bound} % で、{threshold} % を超えるとは言えません"
        ),
    )
}

/// The page that a pair did not send.
pub fn suppressed_page(objective: &Objective, status: &BurnStatus) -> SuppressedPage {
    let bound = lower_bound(status.counts).unwrap_or_default();
    SuppressedPage {
        pair: format!("{} of {}", status.pair.label(), objective_label(objective)),
        bad: status.counts.bad,
        total: status.counts.total(),
        burn: status.long_burn.unwrap_or(Ratio::ZERO),
        factor: status.pair.factor,
        bound: format!("{:.4}", bound * 100.0),
        threshold: status.pair.factor.by(objective.target.allowance()),
    }
}

/// What an exclusion does to each objective: the status without it and with it, at one moment.
pub fn effects(slo: &Slo, before: &SloStatus, after: &SloStatus) -> Vec<Effect> {
    let remaining = |status: &SloStatus, place: usize| {
        status.objectives.get(place).and_then(|o| o.window().budget).map(|budget| budget.remaining)
    };
    let of = |(place, objective)| Effect {
        objective: objective_label(objective),
        before: remaining(before, place),
        after: remaining(after, place),
    };
    slo.objectives.iter().enumerate().map(of).collect()
}

/// An entry as it stands in a ledger.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entered {
    /// Its id.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// What.
    pub entry: LedgerEntry,
}

/// The time that an SLO's exclusions take out of its budget.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Exclusions {
    /// Minutes that count as nothing. They have precedence.
    pub left_out: MinuteSet,
    /// Minutes whose bad events count as good.
    pub good: MinuteSet,
}

impl Exclusions {
    /// Those of a ledger's entries, of which none is withdrawn.
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Entered>) -> Self {
        let (mut standing, mut withdrawn) = (BTreeMap::new(), BTreeSet::new());
        for entered in entries {
            match &entered.entry {
                LedgerEntry::Exclusion(exclusion) => drop(standing.insert(&entered.id, exclusion)),
                LedgerEntry::Withdrawal { of, .. } => drop(withdrawn.insert(of)),
                LedgerEntry::SuppressedPage(_) | LedgerEntry::Override(_) | LedgerEntry::Policy(_) => {}
            }
        }
        standing.retain(|id, _| !withdrawn.contains(id));
        standing.into_values().fold(Self::default(), |all, exclusion| all.with(exclusion))
    }

    /// These and one more.
    #[must_use]
    pub fn with(mut self, exclusion: &Exclusion) -> Self {
        let minutes = MinuteSet::from_ranges([exclusion.range]);
        match exclusion.counts_as {
            ExcludedTime::LeftOut => self.left_out = self.left_out.union(&minutes),
            ExcludedTime::Good => self.good = self.good.union(&minutes),
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use ippo_base::Minute;

    use super::super::tests::{Given, NOW, now, slo, steady};
    use super::super::{Counts, evaluate};
    use super::*;

    fn exclusion(from: u32, to: u32, counts_as: ExcludedTime) -> Exclusion {
        let range = MinuteRange { from: Minute(from), to: Minute(to) };
        Exclusion { range, counts_as, reason: "load test".to_owned(), ticket: String::new(), effects: vec![] }
    }

    fn entered(id: &str, entry: LedgerEntry) -> Entered {
        Entered { id: id.to_owned(), at: now(), by: "ada".to_owned(), entry }
    }

    #[test]
    fn what_is_withdrawn_does_not_count_and_the_order_does_not_matter() {
        let first = entered("a", LedgerEntry::Exclusion(exclusion(10, 20, ExcludedTime::LeftOut)));
        let second = entered("b", LedgerEntry::Exclusion(exclusion(15, 30, ExcludedTime::LeftOut)));
        let third = entered("c", LedgerEntry::Exclusion(exclusion(40, 45, ExcludedTime::Good)));
        let back = entered("d", LedgerEntry::Withdrawal { of: "a".to_owned(), reason: "a slip".to_owned() });
        let all = Exclusions::of([&first, &second, &third, &back]);
        assert_eq!((all.left_out.ranges()[0].from, all.left_out.len(), all.good.len()), (Minute(15), 15, 5));
        assert_eq!(Exclusions::of([&back, &third, &second, &first]), all);
    }

    /// A week in which one hour failed, a minute each, and another day all of it.
    fn week(exclusions: &Exclusions) -> Given {
        let mut given = steady(7 * 1440, 1, 0);
        for (minute, counts) in &mut given.counts[0] {
            let age = NOW.0 - minute.0;
            let fails = (3 * 1440..3 * 1440 + 60).contains(&age) || (5 * 1440..6 * 1440).contains(&age);
            *counts = if fails { Counts { good: 0, bad: 1, unknown: 0 } } else { *counts };
        }
        given.exclusions = exclusions.clone();
        given
    }

    #[test]
    fn leaving_a_day_out_is_not_counting_it_as_good() {
        let mut slo = slo(&["0.99"]);
        slo.window = super::super::Window::rolling(7 * 1440).expect("within limits");
        let day = |counts_as| {
            let range = exclusion(NOW.0 - 6 * 1440 + 1, NOW.0 - 5 * 1440 + 1, counts_as);
            let exclusions = Exclusions::default().with(&range);
            let status = evaluate(&slo, &week(&exclusions).inputs(), now());
            let window = status.objectives[0].window().clone();
            let failed = Ratio::ONE.minus(window.attained.expect("counted")).to_percent(4);
            (failed, window.sum.minutes.excluded, window.sum.minutes.measured)
        };
        assert_eq!(day(ExcludedTime::LeftOut), ("0.6944".to_owned(), 1440, 6 * 1440));
        assert_eq!(day(ExcludedTime::Good), ("0.5952".to_owned(), 0, 7 * 1440));
    }

    #[test]
    fn an_effect_is_told_for_each_objective() {
        let mut slo = slo(&["0.99"]);
        slo.window = super::super::Window::rolling(7 * 1440).expect("within limits");
        let all = exclusion(NOW.0 - 6 * 1440 + 1, NOW.0 - 5 * 1440 + 1, ExcludedTime::LeftOut);
        let status = |exclusions: &Exclusions| evaluate(&slo, &week(exclusions).inputs(), now());
        let told = effects(&slo, &status(&Exclusions::default()), &status(&Exclusions::default().with(&all)));
        assert_eq!(told.len(), 1);
        assert!(told[0].before.expect("counted") < Ratio::ZERO);
        assert_eq!(told[0].after.expect("counted").to_percent(2), "30.56");
    }

    #[test]
    fn a_page_that_was_not_sent_says_why() {
        use super::super::burn::{Before, Promise, judge, pairs_for};
        let slo = slo(&["0.999"]);
        let objective = &slo.objectives[0];
        let mut given = steady(60, 0, 0);
        for (minute, counts) in &mut given.counts[0] {
            match NOW.0 - minute.0 {
                0 => counts.bad = 1,
                1..10 => counts.good = 1,
                _ => {}
            }
        }
        let pair = pairs_for(&objective.target, 30 * 1440).kept[0];
        let history = &given.inputs().objectives[0].history;
        let status = judge(&pair, history, &Promise::of(&slo, objective), NOW, Before::Quiet);
        assert!(status.too_few);
        let words = LedgerEntry::SuppressedPage(suppressed_page(objective, &status)).words();
        assert_eq!(
            words.english,
            "page 1h/5m of 0.999 was not sent: 1 of 10 failed, a burn of 100 at a factor of 14.4, but so few may be chance: with \
             95 % confidence the error ratio is only above 0.5116 %, not above 1.44 %"
        );
        assert!(words.japanese.contains("10 件中 1 件"), "{}", words.japanese);
    }
}
