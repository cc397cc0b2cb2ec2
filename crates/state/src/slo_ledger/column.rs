//! What a ledger's column `data` holds. Fractions are texts of two whole numbers.

use ippo_base::{Minute, MinuteRange};
use ippo_domain::Said;
use ippo_domain::slo::budget::Budget;
use ippo_domain::slo::gate::{Exemption, GateVerdict};
use ippo_domain::slo::{
    BoundOf, CalendarUnit, Closing, Counts, Effect, ExcludedTime, Exclusion, LedgerEntry, Override,
    PeriodResult, PolicyApplied, Ratio, Repeat, Reset, SuppressedPage,
};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Column {
    Exclusion {
        from_minute: u32,
        to_minute: u32,
        counts_as: String,
        reason: String,
        ticket: String,
        effects: Vec<EffectColumn>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        repeat: Option<RepeatColumn>,
    },
    Reset {
        at_minute: u32,
        reason: String,
        ticket: String,
        effects: Vec<EffectColumn>,
    },
    Withdrawal {
        of: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from_minute: Option<u32>,
        reason: String,
    },
    SuppressedPage {
        pair: String,
        bad: u64,
        total: u64,
        burn: String,
        factor: String,
        /// Said where it is not the error ratio.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        of_burn: bool,
        bound: String,
        threshold: String,
    },
    Override {
        verdict: String,
        exemption: Option<String>,
        reason: String,
        version: Option<String>,
        said: Vec<SaidColumn>,
    },
    Policy {
        policy: String,
        rule: String,
        stands: bool,
        incident: Option<i64>,
        said: SaidColumn,
    },
    Closing {
        from_minute: u32,
        to_minute: u32,
        zone: String,
        results: Vec<ResultColumn>,
    },
}

#[derive(Serialize, Deserialize)]
pub(super) struct RepeatColumn {
    count: u32,
    unit: String,
    zone: String,
    until_minute: Option<u32>,
}

const UNITS: [(&str, CalendarUnit); 3] =
    [("days", CalendarUnit::Days), ("weeks", CalendarUnit::Weeks), ("months", CalendarUnit::Months)];

impl RepeatColumn {
    fn of(repeat: &Repeat) -> Self {
        let (count, unit) = repeat.every();
        let name = UNITS.into_iter().find(|(_, known)| *known == unit).map_or("days", |(name, _)| name);
        let until_minute = repeat.until().map(|until| until.0);
        Self { count, unit: name.to_owned(), zone: repeat.zone().to_owned(), until_minute }
    }

    fn repeat(&self, first: MinuteRange) -> Option<Repeat> {
        let (_, unit) = UNITS.into_iter().find(|(name, _)| *name == self.unit)?;
        Repeat::new(first, (self.count, unit), &self.zone, self.until_minute.map(Minute)).ok()
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct ResultColumn {
    objective: String,
    target: Option<String>,
    attained: Option<String>,
    kept: Option<bool>,
    /// Allowed, spent, remaining.
    budget: Option<[String; 3]>,
    /// Of a whole, which has no such budget.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    remaining: Option<String>,
    good: u64,
    bad: u64,
    unknown: u64,
    coverage: String,
    excluded_minutes: u32,
}

impl ResultColumn {
    fn of(result: &PeriodResult) -> Self {
        let budget =
            result.budget.map(|budget| [budget.allowed, budget.spent, budget.remaining].map(written));
        Self {
            objective: result.objective.clone(),
            target: result.target.clone(),
            attained: result.attained.map(written),
            kept: result.is_kept,
            remaining: result.remaining.filter(|_| result.budget.is_none()).map(written),
            budget,
            good: result.counts.good,
            bad: result.counts.bad,
            unknown: result.counts.unknown,
            coverage: written(result.coverage),
            excluded_minutes: result.excluded_minutes,
        }
    }

    fn result(self) -> Option<PeriodResult> {
        let budget = match self.budget {
            None => None,
            Some([allowed, spent, remaining]) => {
                let (allowed, spent, remaining) = (ratio(&allowed)?, ratio(&spent)?, ratio(&remaining)?);
                Some(Budget { allowed, spent, remaining })
            }
        };
        Some(PeriodResult {
            objective: self.objective,
            target: self.target,
            attained: self.attained.as_deref().and_then(ratio),
            is_kept: self.kept,
            remaining: match budget {
                Some(Budget { remaining, .. }) => Some(remaining),
                None => self.remaining.as_deref().and_then(ratio),
            },
            budget,
            counts: Counts { good: self.good, bad: self.bad, unknown: self.unknown },
            coverage: ratio(&self.coverage)?,
            excluded_minutes: self.excluded_minutes,
        })
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct SaidColumn {
    english: String,
    japanese: String,
}

impl SaidColumn {
    fn of(said: &Said) -> Self {
        Self { english: said.english.clone(), japanese: said.japanese.clone() }
    }

    fn said(self) -> Said {
        Said::new(self.english, self.japanese)
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct EffectColumn {
    objective: String,
    before: Option<String>,
    after: Option<String>,
}

impl EffectColumn {
    fn of(effect: &Effect) -> Self {
        let Effect { objective, before, after } = effect;
        Self { objective: objective.clone(), before: before.map(written), after: after.map(written) }
    }

    fn effect(self) -> Effect {
        let read = |text: Option<String>| text.as_deref().and_then(ratio);
        Effect { objective: self.objective, before: read(self.before), after: read(self.after) }
    }
}

fn written(ratio: Ratio) -> String {
    format!("{}/{}", ratio.numerator(), ratio.denominator())
}

fn ratio(text: &str) -> Option<Ratio> {
    let (numerator, denominator) = text.split_once('/')?;
    let denominator: i128 = denominator.parse().ok().filter(|denominator| *denominator > 0)?;
    Some(Ratio::new(numerator.parse().ok()?, denominator))
}

impl Column {
    pub(super) fn of(entry: &LedgerEntry) -> Self {
        match entry {
            LedgerEntry::Exclusion(exclusion) => Self::Exclusion {
                from_minute: exclusion.range.from.0,
                to_minute: exclusion.range.to.0,
                counts_as: exclusion.counts_as.name().to_owned(),
                reason: exclusion.reason.clone(),
                ticket: exclusion.ticket.clone(),
                effects: exclusion.effects.iter().map(EffectColumn::of).collect(),
                repeat: exclusion.repeat.as_ref().map(RepeatColumn::of),
            },
            LedgerEntry::Reset(reset) => Self::Reset {
                at_minute: reset.at.0,
                reason: reset.reason.clone(),
                ticket: reset.ticket.clone(),
                effects: reset.effects.iter().map(EffectColumn::of).collect(),
            },
            LedgerEntry::Withdrawal { of, from, reason } => Self::Withdrawal {
                of: of.clone(),
                from_minute: from.map(|from| from.0),
                reason: reason.clone(),
            },
            LedgerEntry::Closing(closing) => Self::Closing {
                from_minute: closing.period.from.0,
                to_minute: closing.period.to.0,
                zone: closing.zone.clone(),
                results: closing.results.iter().map(ResultColumn::of).collect(),
            },
            LedgerEntry::SuppressedPage(page) => Self::SuppressedPage {
                pair: page.pair.clone(),
                bad: page.bad,
                total: page.total,
                burn: written(page.burn),
                factor: written(page.factor),
                of_burn: page.bound_of == BoundOf::Burn,
                bound: page.bound.clone(),
                threshold: written(page.threshold),
            },
            LedgerEntry::Override(past) => Self::Override {
                verdict: past.verdict.name().to_owned(),
                exemption: past.exemption.map(|exemption| exemption.name().to_owned()),
                reason: past.reason.clone(),
                version: past.version.clone(),
                said: past.said.iter().map(SaidColumn::of).collect(),
            },
            LedgerEntry::Policy(applied) => Self::Policy {
                policy: applied.policy.clone(),
                rule: applied.rule.clone(),
                stands: applied.stands,
                incident: applied.incident,
                said: SaidColumn::of(&applied.said),
            },
        }
    }

    pub(super) fn entry(self) -> Option<LedgerEntry> {
        Some(match self {
            Self::Exclusion { from_minute, to_minute, counts_as, reason, ticket, effects, repeat } => {
                let counts_as = ExcludedTime::ALL.into_iter().find(|known| known.name() == counts_as)?;
                let range = MinuteRange { from: Minute(from_minute), to: Minute(to_minute) };
                let repeat = match repeat {
                    None => None,
                    Some(column) => Some(column.repeat(range)?),
                };
                let effects = effects.into_iter().map(EffectColumn::effect).collect();
                LedgerEntry::Exclusion(Exclusion { range, repeat, counts_as, reason, ticket, effects })
            }
            Self::Reset { at_minute, reason, ticket, effects } => LedgerEntry::Reset(Reset {
                at: Minute(at_minute),
                reason,
                ticket,
                effects: effects.into_iter().map(EffectColumn::effect).collect(),
            }),
            Self::Withdrawal { of, from_minute, reason } => {
                LedgerEntry::Withdrawal { of, from: from_minute.map(Minute), reason }
            }
            Self::Closing { from_minute, to_minute, zone, results } => LedgerEntry::Closing(Closing {
                period: MinuteRange { from: Minute(from_minute), to: Minute(to_minute) },
                zone,
                results: results.into_iter().map(ResultColumn::result).collect::<Option<_>>()?,
            }),
            Self::SuppressedPage { pair, bad, total, burn, factor, of_burn, bound, threshold } => {
                LedgerEntry::SuppressedPage(SuppressedPage {
                    pair,
                    bad,
                    total,
                    burn: ratio(&burn)?,
                    factor: ratio(&factor)?,
                    bound_of: if of_burn { BoundOf::Burn } else { BoundOf::ErrorRatio },
                    bound,
                    threshold: ratio(&threshold)?,
                })
            }
            Self::Override { verdict, exemption, reason, version, said } => LedgerEntry::Override(Override {
                verdict: GateVerdict::ALL.into_iter().find(|known| known.name() == verdict)?,
                exemption: match exemption {
                    None => None,
                    Some(name) => Some(Exemption::ALL.into_iter().find(|known| known.name() == name)?),
                },
                reason,
                version,
                said: said.into_iter().map(SaidColumn::said).collect(),
            }),
            Self::Policy { policy, rule, stands, incident, said } => {
                LedgerEntry::Policy(PolicyApplied { policy, rule, stands, incident, said: said.said() })
            }
        })
    }
}
