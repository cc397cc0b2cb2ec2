//! The release gate: whether an SLO allows another change now. It never passes what it does not know: missing data is an answer
//! of its own.

use super::budget_policy::{Freeze, StandingRule};
use super::counts::Counts;
use super::evaluate::{AimStatus, ObjectiveStatus, SloStatus, objective_label};
use super::guard::bounds;
use super::model::{Objective, Slo};
use super::ratio::Ratio;
use crate::{Language, Said};

/// What the gate asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gate {
    /// The least share of the budget that must be left; where nothing is left, nothing passes either.
    pub least_budget: Ratio,
    /// The least share of the window that must be covered.
    pub least_coverage: Ratio,
    /// The least number of events that must have been counted in the window; and with a version, of that version.
    pub least_events: u64,
    /// Minutes after which what was last heard of the source is stale.
    pub stale_after_minutes: u32,
}

impl Default for Gate {
    /// Something left of the budget, half of the window covered, one event, and telemetry of the last quarter of an hour.
    fn default() -> Self {
        Self {
            least_budget: Ratio::ZERO,
            least_coverage: Ratio::new(1, 2),
            least_events: 1,
            stale_after_minutes: 15,
        }
    }
}

/// What the gate says. Ordered: the greatest of several is that of all.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum GateVerdict {
    /// The change may go out.
    Pass,
    /// Nobody can say.
    Inconclusive,
    /// It may not.
    No,
}

impl GateVerdict {
    /// Every verdict.
    pub const ALL: [GateVerdict; 3] = [Self::Pass, Self::Inconclusive, Self::No];

    /// The word in the API and in ledgers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Inconclusive => "inconclusive",
            Self::No => "no",
        }
    }
}

/// A change that no gate holds up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exemption {
    /// It ends what harms users now.
    P0,
    /// It closes a hole.
    Security,
}

impl Exemption {
    /// Every exemption.
    pub const ALL: [Exemption; 2] = [Self::P0, Self::Security];

    /// The word in the API and in ledgers.
    pub fn name(self) -> &'static str {
        match self {
            Self::P0 => "p0",
            Self::Security => "security",
        }
    }
}

/// What was looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GateCheckKind {
    /// Whether there is enough to judge by.
    Data,
    /// What is left of the budget.
    Budget,
    /// Whether it burns, in both windows of a pair.
    Burn,
    /// Whether an incident is open.
    Incident,
    /// What error budget policies ask for.
    Policy,
    /// How the new version does beside the others.
    Deploy,
}

impl GateCheckKind {
    /// The word in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Budget => "budget",
            Self::Burn => "burn",
            Self::Incident => "incident",
            Self::Policy => "policy",
            Self::Deploy => "deploy",
        }
    }
}

/// One thing that was looked at, and what follows from it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GateCheck {
    /// What.
    pub kind: GateCheckKind,
    /// What follows.
    pub verdict: GateVerdict,
    /// In words, with its numbers.
    pub text: Said,
}

/// What the gate says of an SLO.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gated {
    /// The greatest of the checks' verdicts.
    pub verdict: GateVerdict,
    /// Everything that was looked at.
    pub checks: Vec<GateCheck>,
}

/// What the gate has to go by, beside the SLO's status.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct GateFacts {
    /// How many minutes ago the source was last heard; none if never.
    pub heard_minutes_ago: Option<u32>,
    /// The number of the SLO's open incident.
    pub open_incident: Option<i64>,
    /// The rules of error budget policies that stand.
    pub policies: Vec<StandingRule>,
    /// How the new version does, where one was named.
    pub deploy: Option<DeployFacts>,
}

/// How a new version does beside others.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DeployFacts {
    /// The version.
    pub version: String,
    /// For each objective, what the version's events were and what those of others were in the same time and as long
    /// before; or why versions cannot be told apart.
    pub counts: Vec<Result<(Counts, Counts), Said>>,
}

/// What the gate says of `slo`, whose status is `status`.
pub fn check(slo: &Slo, status: &SloStatus, facts: &GateFacts, gate: &Gate) -> Gated {
    let mut checks = vec![data(status, facts, gate)];
    let several = slo.objectives.len() > 1;
    let named = |objective: &Objective| {
        if several { format!(" ({})", objective_label(objective)) } else { String::new() }
    };
    let aims: Vec<(String, AimStatus<'_>)> =
        slo.aims().map(|aim| in_brackets(&aim.named())).zip(status.aims()).collect();
    checks.extend(aims.iter().map(|(named, status)| budget(named, status, gate)));
    checks.extend(aims.iter().map(|(named, status)| burn(named, status)));
    checks.push(incident(facts.open_incident));
    checks.extend(facts.policies.iter().filter_map(policy));
    if let Some(of) = &facts.deploy {
        // Of services that share a budget mostly one has the new version.
        let has_it =
            |counts: &Result<(Counts, Counts), Said>| counts.as_ref().is_ok_and(|(new, _)| !new.is_zero());
        let is_anywhere = slo.is_composite() && of.counts.iter().any(has_it);
        let judged = slo.objectives.iter().zip(&of.counts);
        let judged = judged.filter(|(_, counts)| !is_anywhere || has_it(counts));
        checks.extend(judged.map(|(objective, counts)| match counts {
            Ok(counts) => deploy(&of.version, &named(objective), objective, *counts, gate),
            Err(why) => not_told_apart(&of.version, &named(objective), why),
        }));
    }
    let verdict = checks.iter().map(|check| check.verdict).max().unwrap_or(GateVerdict::Inconclusive);
    Gated { verdict, checks }
}

fn in_brackets(named: &str) -> String {
    if named.is_empty() { String::new() } else { format!(" ({named})") }
}

fn data(status: &SloStatus, facts: &GateFacts, gate: &Gate) -> GateCheck {
    let (least, stale) = (gate.least_coverage.to_percent(1), gate.stale_after_minutes);
    let coverage = status.coverage.to_percent(1);
    let counted = |o: &ObjectiveStatus| o.window().sum.counts.total();
    // Objectives of one SLI count the same events; parts count their own.
    let events = match status.whole {
        None => status.objectives.iter().map(counted).min().unwrap_or(0),
        Some(_) => status.objectives.iter().map(counted).sum(),
    };
    let unknown = |english: String, japanese: String| GateCheck {
        kind: GateCheckKind::Data,
        verdict: GateVerdict::Inconclusive,
        text: Said::new(english, japanese),
    };
    if status.backfilling {
        return unknown(
            "counts are still being made from stored telemetry; ask again in a moment".to_owned(),
            "保存済みのテレメトリからまだ集計中です。少し待って再実行してください".to_owned(),
        );
    }
    match facts.heard_minutes_ago {
        None => {
            return unknown(
                "nothing was ever heard of what it counts".to_owned(),
                "集計対象のテレメトリを一度も受信していません".to_owned(),
            );
        }
        Some(ago) if ago > stale => {
            return unknown(
                format!("stale: nothing was heard of what it counts for {ago} min, more than {stale}"),
                format!("データが古すぎます: {ago} 分間受信がありません (上限 {stale} 分)"),
            );
        }
        Some(_) => {}
    }
    if status.coverage < gate.least_coverage {
        return unknown(
            format!("only {coverage} % of the window is measured, less than {least} %"),
            format!("ウィンドウの {coverage} % しか計測されていません (下限 {least} %)"),
        );
    }
    if events < gate.least_events {
        let least = gate.least_events;
        return unknown(
            format!("only {events} events were counted in the window, less than {least}"),
            format!("ウィンドウ内のイベントは {events} 件だけです (下限 {least} 件)"),
        );
    }
    GateCheck {
        kind: GateCheckKind::Data,
        verdict: GateVerdict::Pass,
        text: Said::new(
            format!("{coverage} % of the window is measured, {events} events"),
            format!("ウィンドウの {coverage} % を計測済み、イベント {events} 件"),
        ),
    }
}

fn budget(named: &str, status: &AimStatus<'_>, gate: &Gate) -> GateCheck {
    let kind = GateCheckKind::Budget;
    let Some(remaining) = status.remaining else {
        let text = Said::new(
            format!("nothing was counted, so there is no budget to speak of{named}"),
            format!("集計対象がなく、バジェットを評価できません{named}"),
        );
        return GateCheck { kind, verdict: GateVerdict::Inconclusive, text };
    };
    let (left, least) = (remaining.to_percent(1), gate.least_budget.to_percent(1));
    let enough = remaining > Ratio::ZERO && remaining >= gate.least_budget;
    let text = match enough {
        true => Said::new(
            format!("{left} % of the error budget is left{named}"),
            format!("エラーバジェットの残りは {left} %{named}"),
        ),
        false if remaining <= Ratio::ZERO => Said::new(
            format!("the error budget is spent{named}: {left} % is left"),
            format!("エラーバジェットを使い切っています{named}: 残り {left} %"),
        ),
        false => Said::new(
            format!("{left} % of the error budget is left{named}, less than {least} %"),
            format!("エラーバジェットの残りは {left} %{named} で、下限 {least} % を下回っています"),
        ),
    };
    GateCheck { kind, verdict: if enough { GateVerdict::Pass } else { GateVerdict::No }, text }
}

fn burn(named: &str, status: &AimStatus<'_>) -> GateCheck {
    let kind = GateCheckKind::Burn;
    let Some(firing) = status.burn.iter().find(|pair| pair.firing) else {
        let text = Said::new(
            format!("no burn-rate alert fires{named}"),
            format!("バーンレートのアラートは発生していません{named}"),
        );
        return GateCheck { kind, verdict: GateVerdict::Pass, text };
    };
    let rate = |burn: Option<Ratio>| burn.map_or("–".to_owned(), |burn| burn.to_decimal(1));
    let (pair, factor) = (firing.pair.label(), firing.pair.factor.to_decimal(2));
    let (long, short) = (rate(firing.long_burn), rate(firing.short_burn));
    let text = Said::new(
        format!("{pair} fires{named}: burn {long} and {short}, factor {factor}"),
        format!("{pair} が発生中{named}: バーンレート {long} と {short} (しきい値 {factor})"),
    );
    GateCheck { kind, verdict: GateVerdict::No, text }
}

fn incident(open: Option<i64>) -> GateCheck {
    let kind = GateCheckKind::Incident;
    match open {
        None => {
            let text =
                Said::new("no incident is open".to_owned(), "未解決のインシデントはありません".to_owned());
            GateCheck { kind, verdict: GateVerdict::Pass, text }
        }
        Some(number) => {
            let text = Said::new(format!("INC-{number} is open"), format!("INC-{number} が未解決です"));
            GateCheck { kind, verdict: GateVerdict::No, text }
        }
    }
}

/// What a rule asks of releases: one that blocks says no, one that advises is said and passes.
fn policy(standing: &StandingRule) -> Option<GateCheck> {
    let verdict = match standing.freeze? {
        Freeze::Block => GateVerdict::No,
        Freeze::Advise => GateVerdict::Pass,
    };
    let StandingRule { policy, rule, said, .. } = standing;
    let text = said.map(|language, said| match language {
        Language::English => format!("error budget policy {policy}, {rule}: {said}"),
        Language::Japanese => format!("エラーバジェットポリシー {policy} の {rule}: {said}"),
    });
    Some(GateCheck { kind: GateCheckKind::Policy, verdict, text })
}

fn not_told_apart(version: &str, named: &str, why: &Said) -> GateCheck {
    let text = Said::new(
        format!("version {version} cannot be looked at{named}: {}", why.english),
        format!("バージョン {version} を調べられません{named}: {}", why.japanese),
    );
    GateCheck { kind: GateCheckKind::Deploy, verdict: GateVerdict::Inconclusive, text }
}

/// A version fails more than it may if, with 95 % confidence, its error ratio is above both the target's allowance and, with as
/// much confidence, that of the others.
fn deploy(
    version: &str,
    named: &str,
    objective: &Objective,
    (new, others): (Counts, Counts),
    gate: &Gate,
) -> GateCheck {
    let kind = GateCheckKind::Deploy;
    let (bad, total) = (new.bad, new.total());
    let Some((least, _)) = bounds(new).filter(|_| total >= gate.least_events) else {
        let text = Said::new(
            format!(
                "too few events of version {version} to judge it{named}: {total}, less than {}",
                gate.least_events.max(1)
            ),
            format!(
                "バージョン {version} のイベントが {total} 件しかなく判定できません{named} (下限 {} 件)",
                gate.least_events.max(1)
            ),
        );
        return GateCheck { kind, verdict: GateVerdict::Inconclusive, text };
    };
    let most_of_others = bounds(others).map(|(_, most)| most);
    let allowance = objective.target.allowance().to_f64();
    let is_worse = least > allowance && most_of_others.is_none_or(|most| least > most);
    let percent = |share: f64| format!("{:.3}", share * 100.0);
    let beside = match most_of_others {
        None => {
            Said::new("there is nothing to hold it against".to_owned(), "比較対象はありません".to_owned())
        }
        Some(most) => Said::new(
            format!("of the others {} of {}, at most {} %", others.bad, others.total(), percent(most)),
            format!("他のバージョンは {} 件中 {} 件 (上限 {} %)", others.total(), others.bad, percent(most)),
        ),
    };
    let (least, english, japanese) = (percent(least), beside.english, beside.japanese);
    let text = match is_worse {
        true => Said::new(
            format!(
                "version {version} fails more{named}: {bad} of {total}, at least {least} % with 95 % confidence; {english}"
            ),
            format!(
                "バージョン {version} の失敗が増えています{named}: {total} 件中 {bad} 件 (95 % の信頼度で {least} % 以上)。{japanese}"
            ),
        ),
        false => Said::new(
            format!("version {version}{named}: {bad} of {total} failed; {english}"),
            format!("バージョン {version}{named}: {total} 件中 {bad} 件の失敗。{japanese}"),
        ),
    };
    GateCheck { kind, verdict: if is_worse { GateVerdict::No } else { GateVerdict::Pass }, text }
}

#[cfg(test)]
mod tests {
    use super::super::evaluate;
    use super::super::tests::{Given, NOW, slo, steady};
    use super::*;

    const HOUR: u32 = 60;

    fn heard() -> GateFacts {
        GateFacts { heard_minutes_ago: Some(0), ..GateFacts::default() }
    }

    fn gated(given: &Given, facts: &GateFacts, gate: &Gate) -> Gated {
        let slo = slo(&["0.99"]);
        check(&slo, &evaluate(&slo, &given.inputs(), NOW.start()), facts, gate)
    }

    fn verdicts(gated: &Gated) -> Vec<(GateCheckKind, GateVerdict)> {
        gated.checks.iter().filter(|c| c.verdict != GateVerdict::Pass).map(|c| (c.kind, c.verdict)).collect()
    }

    /// The whole window, with so many of 1,000 a minute failing.
    fn month(bad: u64) -> Given {
        steady(28 * 24 * HOUR, 1_000 - bad, bad)
    }

    #[test]
    fn a_budget_with_something_left_passes_and_one_without_does_not() {
        let gate = Gate::default();
        let fine = gated(&month(1), &heard(), &gate);
        assert_eq!((fine.verdict, verdicts(&fine)), (GateVerdict::Pass, vec![]));
        assert_eq!(fine.checks[1].text.english, "90 % of the error budget is left");
        // Ten of a thousand is all of it, and one burns.
        let spent = gated(&month(10), &heard(), &gate);
        assert_eq!(
            verdicts(&spent),
            [(GateCheckKind::Budget, GateVerdict::No), (GateCheckKind::Burn, GateVerdict::No)]
        );
        let strict = Gate { least_budget: Ratio::new(95, 100), ..gate };
        assert_eq!(
            verdicts(&gated(&month(1), &heard(), &strict)),
            [(GateCheckKind::Budget, GateVerdict::No)]
        );
        let exactly = Gate { least_budget: Ratio::new(9, 10), ..Gate::default() };
        assert_eq!(gated(&month(1), &heard(), &exactly).verdict, GateVerdict::Pass);
    }

    #[test]
    fn what_is_not_known_never_passes() {
        let gate = Gate::default();
        let inconclusive = [(GateCheckKind::Data, GateVerdict::Inconclusive)];
        for ago in [None, Some(16)] {
            let facts = GateFacts { heard_minutes_ago: ago, ..GateFacts::default() };
            assert_eq!(verdicts(&gated(&month(1), &facts, &gate)), inconclusive, "{ago:?}");
        }
        let week = steady(7 * 24 * HOUR, 999, 1);
        assert_eq!(verdicts(&gated(&week, &heard(), &gate)), inconclusive, "a quarter of the window");
        let loose = Gate { least_coverage: Ratio::new(1, 5), ..Gate::default() };
        assert_eq!(gated(&week, &heard(), &loose).verdict, GateVerdict::Pass);
        let many = Gate { least_events: 100_000_000, ..Gate::default() };
        assert_eq!(verdicts(&gated(&month(1), &heard(), &many)), inconclusive);
        let filling = Given { backfilling: true, ..month(1) };
        assert_eq!(gated(&filling, &heard(), &gate).verdict, GateVerdict::Inconclusive);
        let nothing = gated(&steady(28 * 24 * HOUR, 0, 0), &heard(), &gate);
        assert_eq!(nothing.verdict, GateVerdict::Inconclusive, "no traffic at all");
    }

    #[test]
    fn an_open_incident_says_no_whatever_else_is_not_known() {
        let facts = GateFacts { open_incident: Some(7), ..GateFacts::default() };
        let gated = gated(&month(1), &facts, &Gate::default());
        assert_eq!(gated.verdict, GateVerdict::No);
        assert!(gated.checks.iter().any(|check| check.text.english == "INC-7 is open"));
    }

    #[test]
    fn a_policy_that_blocks_says_no_and_one_that_advises_is_only_said() {
        let standing = |freeze: Option<Freeze>| StandingRule {
            policy: "standard".to_owned(),
            rule: "freeze".to_owned(),
            freeze,
            postmortem: false,
            incident: None,
            since: NOW.start(),
            said: Said::same("40 % is left"),
        };
        for (freeze, verdict, said) in [
            (Some(Freeze::Block), GateVerdict::No, 1),
            (Some(Freeze::Advise), GateVerdict::Pass, 1),
            (None, GateVerdict::Pass, 0),
        ] {
            let facts = GateFacts { policies: vec![standing(freeze)], ..heard() };
            let gated = gated(&month(1), &facts, &Gate::default());
            let of_policy: Vec<&GateCheck> =
                gated.checks.iter().filter(|check| check.kind == GateCheckKind::Policy).collect();
            assert_eq!((gated.verdict, of_policy.len()), (verdict, said), "{freeze:?}");
            assert!(
                of_policy
                    .iter()
                    .all(|c| c.text.english == "error budget policy standard, freeze: 40 % is left")
            );
        }
    }

    #[test]
    fn a_version_that_fails_more_than_chance_and_more_than_the_others_says_no() {
        let counts = |total, bad| Counts { good: total - bad, bad, unknown: 0 };
        let judged = |new, others, least_events| {
            let deploy = DeployFacts { version: "2.0".to_owned(), counts: vec![Ok((new, others))] };
            let facts = GateFacts { deploy: Some(deploy), ..heard() };
            let gated = gated(&month(1), &facts, &Gate { least_events, ..Gate::default() });
            (gated.verdict, gated.checks.last().expect("the last").text.english.clone())
        };
        let others = counts(10_000, 10);
        let (verdict, text) = judged(counts(1_000, 50), others, 1);
        assert_eq!(verdict, GateVerdict::No, "{text}");
        assert!(text.starts_with("version 2.0 fails more: 50 of 1000, at least 3.9"), "{text}");
        for (new, why) in [
            (counts(1_000, 3), "more than the others, and still within the target"),
            (counts(20, 1), "one of twenty may be chance"),
            (counts(1_000, 0), "none"),
        ] {
            assert_eq!(judged(new, others, 1).0, GateVerdict::Pass, "{why}");
        }
        assert_eq!(
            judged(counts(1_000, 50), counts(10_000, 600), 1).0,
            GateVerdict::Pass,
            "the others are no better"
        );
        assert_eq!(
            judged(counts(1_000, 50), Counts::default(), 1).0,
            GateVerdict::No,
            "the target is broken, whoever else is there"
        );
        assert_eq!(judged(counts(20, 0), others, 50).0, GateVerdict::Inconclusive, "too few");
        assert_eq!(judged(Counts::default(), others, 1).0, GateVerdict::Inconclusive, "it has no traffic");
    }
}
