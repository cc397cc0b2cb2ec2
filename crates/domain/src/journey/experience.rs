//! What users met on a journey, in words: of so many attempts so many failed and so many took too long. From the exact counts of
//! its SLOs; never an estimate, and never two sums of the same attempts.

use crate::Said;
use crate::definition::thousands;
use crate::slo::{
    Comparison, Counts, Measure, Objective, Ratio, Signal, Slo, WindowSum, coverage_of, objective_label,
};

/// An objective of one of the journey's SLOs, and what its counter holds of a stretch of time.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// The SLO.
    pub slo: &'a Slo,
    /// The objective's place in it.
    pub place: usize,
    /// What was counted.
    pub sum: WindowSum,
}

/// What users met, of one kind of attempt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Experience {
    /// The SLOs that count these attempts, by name.
    pub slos: Vec<String>,
    /// What is told to tell it apart from others: their names for people.
    pub about: String,
    /// How many there were.
    pub attempts: u64,
    /// Of how many nobody can say how they went.
    pub unknown: u64,
    /// What went wrong, an objective each.
    pub hurts: Vec<Hurt>,
    /// The covered share of the time that is not excluded.
    pub coverage: Ratio,
    /// All of it as a sentence.
    pub text: Said,
}

/// How many attempts met one kind of trouble.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hurt {
    /// The SLO that counts it.
    pub slo: String,
    /// What the objective is called.
    pub objective: String,
    /// What it is for users.
    pub kind: HurtKind,
    /// How many.
    pub bad: u64,
}

/// What a broken promise is for users.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum HurtKind {
    /// It did not work.
    Failed,
    /// It took longer than this: `800 ms`.
    SlowerThan(String),
    /// It was not as this promise says.
    Broke(String),
}

impl HurtKind {
    /// The word in the API.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::SlowerThan(_) => "slower_than",
            Self::Broke(_) => "broke",
        }
    }

    fn of(objective: &Objective) -> Self {
        let broke = || Self::Broke(objective_label(objective));
        match (&objective.sli.measure, &objective.threshold) {
            (Measure::Good(text) | Measure::Bad(text), _) if text.contains("duration_ns") => broke(),
            (Measure::Good(_) | Measure::Bad(_), _) => Self::Failed,
            (Measure::Threshold { value }, Some(threshold)) => {
                let is_most = matches!(threshold.op, Comparison::Lt | Comparison::Lte);
                match duration_unit(value).filter(|_| is_most && objective.sli.signal == Signal::Spans) {
                    Some(unit) => Self::SlowerThan(format!("{} {unit}", threshold.limit)),
                    None => broke(),
                }
            }
            (Measure::Threshold { .. } | Measure::Observations, _) => broke(),
        }
    }
}

/// The unit of a value that is how long a span took.
fn duration_unit(value: &str) -> Option<&'static str> {
    let plain: String =
        value.chars().filter(|c| !c.is_whitespace() && !matches!(c, '(' | ')' | '_')).collect();
    match plain.strip_prefix("durationns")? {
        "" => Some("ns"),
        "/1000" | "/1000.0" | "/1e3" => Some("µs"),
        "/1000000" | "/1000000.0" | "/1e6" => Some("ms"),
        "/1000000000" | "/1000000000.0" | "/1e9" => Some("s"),
        _ => None,
    }
}

/// What users met in the stretch of time called `when`: objectives that count the same attempts are told together.
pub fn experiences(parts: &[Part<'_>], when: &Said) -> Vec<Experience> {
    let mut told: Vec<(Part<'_>, Experience)> = Vec::new();
    for part in parts {
        let (slo, objective) = (part.slo, &part.slo.objectives[part.place]);
        let hurt = Hurt {
            slo: slo.name.clone(),
            objective: objective_label(objective),
            kind: HurtKind::of(objective),
            bad: part.sum.counts.bad,
        };
        match told.iter_mut().find(|(first, _)| is_same(first, part)) {
            Some((_, experience)) => {
                if !experience.slos.contains(&slo.name) {
                    experience.slos.push(slo.name.clone());
                    experience.about = format!("{}, {}", experience.about, slo.display_name);
                }
                // Two objectives with one limit and two targets count the same failures.
                let is_told =
                    |known: &Hurt| known.kind == hurt.kind && known.bad == hurt.bad && known.slo == hurt.slo;
                if !experience.hurts.iter().any(is_told) {
                    experience.hurts.push(hurt);
                }
            }
            None => {
                let Counts { unknown, .. } = part.sum.counts;
                let experience = Experience {
                    slos: vec![slo.name.clone()],
                    about: slo.display_name.clone(),
                    attempts: part.sum.counts.total().saturating_add(unknown),
                    unknown,
                    hurts: vec![hurt],
                    coverage: coverage_of(&part.sum),
                    text: Said::default(),
                };
                told.push((*part, experience));
            }
        }
    }
    let with_text = |(part, experience): (Part<'_>, Experience)| {
        let signal = part.slo.objectives[part.place].sli.signal;
        Experience { text: sentence(&experience, signal, when), ..experience }
    };
    told.into_iter().map(with_text).collect()
}

/// Whether two objectives counted the same attempts, of which the same are known.
fn is_same(one: &Part<'_>, other: &Part<'_>) -> bool {
    let (a, b) = (&one.slo.objectives[one.place].sli, &other.slo.objectives[other.place].sli);
    let (of, and) = (one.sum.counts, other.sum.counts);
    a.signal == b.signal
        && a.total == b.total
        && a.polled.is_some() == b.polled.is_some()
        && (of.total(), of.unknown, one.sum.minutes) == (and.total(), and.unknown, other.sum.minutes)
}

fn sentence(experience: &Experience, signal: Signal, when: &Said) -> Said {
    let number = |count: u64| thousands(i128::from(count));
    let (noun, counter) = match signal {
        Signal::Spans => ("attempts", "回"),
        Signal::Logs => ("records", "件"),
        Signal::Metrics => ("events", "件"),
    };
    let Said { english, japanese } = when;
    if experience.attempts == 0 {
        return match experience.coverage > Ratio::ZERO {
            true => Said::new(
                format!("There were no {noun} in {english}."),
                format!("{japanese}は 0 {counter}でした。"),
            ),
            false => Said::new(
                format!("Nothing is known of {english}: it was not measured."),
                format!("{japanese}は計測できていないため、分かりません。"),
            ),
        };
    }
    let hurts: Vec<Said> = experience.hurts.iter().map(|hurt| hurt.words(counter)).collect();
    let list: Vec<&str> = hurts.iter().map(|hurt| hurt.english.as_str()).collect();
    let attempts = number(experience.attempts);
    let mut text = format!("Of {attempts} {noun} in {english}, {}", joined(&list));
    let list: Vec<&str> = hurts.iter().map(|hurt| hurt.japanese.as_str()).collect();
    let mut ja = format!("{japanese}の {attempts} {counter}のうち、{}", list.join("、"));
    if experience.unknown > 0 {
        let unknown = number(experience.unknown);
        text.push_str(&format!("; of {unknown} nobody can say"));
        ja.push_str(&format!("。{unknown} {counter}は判定できませんでした"));
    }
    if experience.coverage < Ratio::ONE {
        let percent = Ratio::new(experience.coverage.times(1_000).floor(), 10).to_decimal(1);
        text.push_str(&format!(" ({percent} % of that time was measured)"));
        ja.push_str(&format!("(計測できたのはこの期間の {percent} %)"));
    }
    Said::new(format!("{text}."), format!("{ja}。"))
}

impl Hurt {
    /// `3 failed`, as a part of a sentence.
    fn words(&self, counter: &str) -> Said {
        let bad = match self.bad {
            0 => "none".to_owned(),
            bad => thousands(i128::from(bad)),
        };
        let count = thousands(i128::from(self.bad));
        match &self.kind {
            HurtKind::Failed => Said::new(format!("{bad} failed"), format!("失敗 {count} {counter}")),
            HurtKind::SlowerThan(limit) => Said::new(
                format!("{bad} took longer than {limit}"),
                format!("{limit} 超過 {count} {counter}"),
            ),
            HurtKind::Broke(label) => Said::new(
                format!("{bad} broke “{label}”"),
                format!("「{label}」を満たさなかったもの {count} {counter}"),
            ),
        }
    }
}

/// `a, b and c`.
fn joined(parts: &[&str]) -> String {
    match parts {
        [] => String::new(),
        [only] => (*only).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use ippo_base::{Minute, MinuteRange};

    use super::*;
    use crate::definition::parse_slo;
    use crate::slo::MinuteTally;

    fn slo(name: &str, metric: &str, objectives: &str) -> Slo {
        parse_slo(&format!(
            "apiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: {name}}}\nspec:\n  service: shop\n  indicator:\n    metadata: \
             {{name: x}}\n    spec: {{{metric}}}\n  timeWindow: [{{duration: 28d, isRolling: true}}]\n  budgetingMethod: \
             Occurrences\n  objectives: [{objectives}]\n"
        ))
        .expect("good")
    }

    const SOURCE: &str = "metricSource: {type: spans, spec: {where: service = 'shop'";

    fn works() -> Slo {
        let bad = "metricSource: {type: spans, spec: {where: status = 'error'}}";
        slo("works", &format!("ratioMetric: {{bad: {{{bad}}}, total: {{{SOURCE}}}}}}}}}"), "{target: 0.999}")
    }

    fn quick() -> Slo {
        let metric = format!("thresholdMetric: {{{SOURCE}, value: duration_ns / 1000000}}}}}}");
        slo("quick", &metric, "{target: 0.99, op: lte, value: 800}, {target: 0.9, op: lte, value: 800}")
    }

    fn sum(good: u64, bad: u64, unknown: u64, unmeasured: u32) -> WindowSum {
        WindowSum {
            range: MinuteRange { from: Minute(0), to: Minute(60) },
            counts: Counts { good, bad, unknown },
            slices: None,
            broken: 0,
            minutes: MinuteTally { measured: 60 - unmeasured, zero_traffic: 0, unmeasured, excluded: 0 },
        }
    }

    fn told(parts: &[Part<'_>]) -> Vec<(String, String)> {
        let when = Said::new("the last hour", "直近 1 時間");
        experiences(parts, &when).into_iter().map(|e| (e.text.english, e.text.japanese)).collect()
    }

    #[test]
    fn what_counts_the_same_attempts_is_one_sentence() {
        let (works, quick) = (works(), quick());
        let parts = [
            Part { slo: &works, place: 0, sum: sum(997, 3, 0, 0) },
            Part { slo: &quick, place: 0, sum: sum(988, 12, 0, 0) },
            Part { slo: &quick, place: 1, sum: sum(988, 12, 0, 0) },
        ];
        assert_eq!(
            told(&parts),
            [(
                "Of 1,000 attempts in the last hour, 3 failed and 12 took longer than 800 ms.".to_owned(),
                "直近 1 時間の 1,000 回のうち、失敗 3 回、800 ms 超過 12 回。".to_owned()
            )]
        );
        let apart = [parts[0], Part { sum: sum(999, 12, 0, 0), ..parts[1] }];
        assert_eq!(told(&apart).len(), 2, "other sums are of other attempts");
    }

    #[test]
    fn what_is_not_known_is_said() {
        let works = works();
        let told = |sum| told(&[Part { slo: &works, place: 0, sum }]).remove(0);
        let (english, japanese) = told(sum(990, 0, 10, 15));
        assert_eq!(
            english,
            "Of 1,000 attempts in the last hour, none failed; of 10 nobody can say (75 % of that time was measured)."
        );
        assert_eq!(
            japanese,
            "直近 1 時間の 1,000 回のうち、失敗 0 回。10 回は判定できませんでした(計測できたのはこの期間の 75 %)。"
        );
        assert_eq!(told(sum(0, 0, 0, 0)).0, "There were no attempts in the last hour.");
        assert_eq!(told(sum(0, 0, 0, 60)).0, "Nothing is known of the last hour: it was not measured.");
    }

    #[test]
    fn a_limit_has_the_unit_of_its_value() {
        for (value, unit) in [
            ("duration_ns / 1000000", Some("ms")),
            ("duration_ns/1e9", Some("s")),
            ("(duration_ns)", Some("ns")),
            ("duration_ns / 42", None),
            ("http_status", None),
        ] {
            assert_eq!(duration_unit(value), unit, "{value}");
        }
    }
}
