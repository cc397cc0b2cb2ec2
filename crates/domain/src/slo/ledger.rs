//! An SLO's ledger: what people and ippo enter about its budget. Entries are added and never changed; what was entered by
//! mistake is withdrawn by another entry.

use ippo_base::{Minute, Timestamp};

use super::aim::Aim;
use super::burn::BurnStatus;
use super::exclusion::{Exclusion, Reset};
use super::gate::{Exemption, GateVerdict};
use super::guard::lower_bound;
use super::period::Closing;
use super::ratio::Ratio;
use crate::Said;

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
    /// What the bound and the threshold are of.
    pub bound_of: BoundOf,
    /// The lower bound, one-sided at 95 %: of the error ratio in per cent to four decimals, or of the burn.
    pub bound: String,
    /// The error ratio that the factor stands for, or the factor itself.
    pub threshold: Ratio,
}

/// What a lower bound is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum BoundOf {
    /// The share of events that fail.
    #[default]
    ErrorRatio,
    /// The burn of a composite SLO, whose parts have no error ratio in common.
    Burn,
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
    /// The budget was made whole again.
    Reset(Reset),
    /// One of these was taken back.
    Withdrawal {
        /// The entry.
        of: String,
        /// From when on; none for all of it.
        from: Option<Minute>,
        /// Why.
        reason: String,
    },
    /// A page was not sent.
    SuppressedPage(SuppressedPage),
    /// A change went out although the release gate did not pass it.
    Override(Override),
    /// An error budget policy asks for something, or no longer does.
    Policy(PolicyApplied),
    /// A period ended.
    Closing(Closing),
}

impl LedgerEntry {
    /// The word in the API and in the database.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Exclusion(_) => "exclusion",
            Self::Reset(_) => "reset",
            Self::Withdrawal { .. } => "withdrawal",
            Self::SuppressedPage(_) => "suppressed_page",
            Self::Override(_) => "override",
            Self::Policy(_) => "policy",
            Self::Closing(_) => "closing",
        }
    }

    /// In words, with its numbers.
    pub fn words(&self) -> Said {
        match self {
            Self::Exclusion(exclusion) => exclusion.words(),
            Self::Reset(reset) => reset.words(),
            Self::Withdrawal { from, reason, .. } => withdrawal_words(*from, reason),
            Self::SuppressedPage(page) => suppressed_words(page),
            Self::Override(past) => override_words(past),
            Self::Policy(applied) => policy_words(applied),
            Self::Closing(closing) => closing.words(),
        }
    }
}

fn withdrawal_words(from: Option<Minute>, reason: &str) -> Said {
    let (from, from_ja) = from
        .map(Minute::start)
        .map_or_else(Default::default, |from| (format!(" from {from} on"), format!("{from} 以降の")));
    Said::new(
        format!("an entry was withdrawn{from}: {reason}"),
        format!("{from_ja}登録を取り消しました: {reason}"),
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
    if page.bound_of == BoundOf::Burn {
        return Said::new(
            format!(
                "{pair} was not sent: {bad} of {total} failed over all parts, a burn of {burn} at a factor of {factor}, but so few may \
                 be chance: with 95 % confidence the burn is only above {bound}, not above {factor}"
            ),
            format!(
                "{pair} は送信しませんでした: 全パートの合計で {total} 件中 {bad} 件の失敗、バーンレート {burn} (しきい値 {factor}) ですが、件数が少なく偶然の可能性があります。\
                 95 % の信頼度で言えるバーンレートの下限は {bound} で、{factor} を超えるとは言えません"
            ),
        );
    }
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
pub fn suppressed_page(aim: &Aim<'_>, status: &BurnStatus) -> SuppressedPage {
    let factor = status.pair.factor;
    let (bound_of, bound, threshold) = match (status.burn_shown, aim.objectives()) {
        (None, [only, ..]) => {
            let bound = lower_bound(status.counts).unwrap_or_default() * 100.0;
            (BoundOf::ErrorRatio, format!("{bound:.4}"), factor.by(only.target.allowance()))
        }
        (shown, _) => (BoundOf::Burn, shown.unwrap_or(Ratio::ZERO).to_decimal(2), factor),
    };
    SuppressedPage {
        pair: format!("{} of {}", status.pair.label(), aim.label()),
        bad: status.counts.bad,
        total: status.counts.total(),
        burn: status.long_burn.unwrap_or(Ratio::ZERO),
        factor,
        bound_of,
        bound,
        threshold,
    }
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

#[cfg(test)]
mod tests {
    use super::super::tests::{NOW, slo, steady};
    use super::*;

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
        let words =
            LedgerEntry::SuppressedPage(suppressed_page(&slo.aims().next().expect("one"), &status)).words();
        assert_eq!(
            words.english,
            "page 1h/5m of 0.999 was not sent: 1 of 10 failed, a burn of 100 at a factor of 14.4, but so few may be chance: with \
             95 % confidence the error ratio is only above 0.5116 %, not above 1.44 %"
        );
        assert!(words.japanese.contains("10 件中 1 件"), "{}", words.japanese);
    }
}
