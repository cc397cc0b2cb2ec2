//! A rule against the past, before anybody is woken by it: the same reads and the same steps as in each minute's look, over what is
//! stored. Changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use ippo_base::{Minute, MinuteRange, SharedClock, TimeRange, Timestamp};
use ippo_domain::Said;
use ippo_domain::alert_rule::{AlertRule, Change, EPISODES_SHOWN, Group, Progress, step};
use ippo_domain::definition::{AlertRuleDefinition, DefinitionError, Position, SourceFile};
use ippo_domain::slo::MinuteSet;

use super::compile::Compiled;
use super::look::Asked;
use super::{AlertRules, RuleError};
use crate::definition::read;
use crate::slo::{SloError, up_minutes};
use crate::watch::chain;

/// The longest time that a rule is tried against, in days.
pub const TRY_DAYS_MOST: u32 = 31;
/// So much is looked at at once.
const PIECE_MINUTES: u32 = 6 * 60;

/// What to try.
#[derive(Clone, Debug)]
pub struct TryOutFor {
    /// The file with the rule; definitions beside it are let be.
    pub file: SourceFile,
    /// Which rule of it, if it has several.
    pub name: Option<String>,
    /// Against when.
    pub range: TimeRange,
    /// How long it may take; what was not looked at until then is said to be so.
    pub time: std::time::Duration,
}

/// Once that a rule would have fired.
#[derive(Clone, Debug, PartialEq)]
pub struct Would {
    /// The group, in words.
    pub group: String,
    /// The minute with which it would have begun.
    pub from: Minute,
    /// The minute with which it would have ended; none if it would fire still.
    pub to: Option<Minute>,
    /// What would have been said.
    pub said: Said,
}

/// What would have been.
#[derive(Clone, Debug)]
pub struct TryOut {
    /// The rule as it was read.
    pub rule: AlertRule,
    /// The minutes that were looked at.
    pub range: MinuteRange,
    /// How many of them were measured: of the others nobody can say anything.
    pub measured_minutes: u32,
    /// How often it would have fired.
    pub fired: usize,
    /// In how many minutes it would have fired, for any group.
    pub firing_minutes: u32,
    /// The first of them, in order.
    pub would: Vec<Would>,
    /// What could not be read, and what was not looked at.
    pub warnings: Vec<String>,
}

impl AlertRules {
    /// Tries a rule against the past.
    ///
    /// # Errors
    /// When the definition is wrong, the time makes no sense, or state or telemetry fail.
    pub async fn try_out(&self, wish: &TryOutFor, clock: &SharedClock) -> Result<TryOut, RuleError> {
        let definition = choose(wish)?;
        let (rule, now) = (definition.rule, clock.now());
        let compiled = Compiled::of(&rule).map_err(|error| RuleError::Refused(error.message))?;
        let range = minutes(wish.range, now)?;
        let up = {
            let mut connection = self.slos.state.read().await?;
            let intervals = ippo_state::uptime::since(&mut connection, Timestamp::MIN).await?;
            up_minutes(&intervals, now)
        };
        let mut trial = Trial::new(rule, range);
        let began = clock.monotonic();
        let mut from = range.from;
        while from < range.to {
            if clock.monotonic().saturating_sub(began) >= wish.time {
                let secs = wish.time.as_secs();
                trial.warn(format!("after {secs} s, the most that it may take, only what is before {} was looked at; choose a shorter time", from.start()));
                break;
            }
            let piece = MinuteRange { from, to: from.plus(PIECE_MINUTES).min(range.to) };
            self.try_piece(&mut trial, &compiled, &up, piece).await?;
            from = piece.to;
        }
        trial.out.range.to = from;
        Ok(trial.finish())
    }

    async fn try_piece(
        &self,
        trial: &mut Trial,
        compiled: &Compiled,
        up: &MinuteSet,
        range: MinuteRange,
    ) -> Result<(), RuleError> {
        let known: BTreeSet<Group> = trial.progress.keys().cloned().collect();
        let asked = Asked { store: &self.slos.store, up, range, known, heard: None };
        let seen = match asked.look(&trial.out.rule.condition, compiled).await {
            Ok(seen) => seen,
            Err(super::look::LookError::Windows(error)) => return Err(RuleError::Refused(error.to_string())),
            Err(super::look::LookError::Store(error)) => {
                return Err(RuleError::Telemetry(SloError::Store(error)));
            }
        };
        seen.warnings.iter().for_each(|warning| trial.warn(warning.clone()));
        if seen.more_groups {
            trial.warn("there are more groups than are told apart; the others were left out".to_owned());
        }
        trial.out.measured_minutes += seen.measured_minutes;
        for minute in range.iter() {
            trial.step(&seen.groups, minute);
        }
        Ok(())
    }
}

/// The rule of a file that is meant.
fn choose(wish: &TryOutFor) -> Result<AlertRuleDefinition, RuleError> {
    let definitions = read(std::slice::from_ref(&wish.file)).map_err(RuleError::Invalid)?;
    let mut rules = definitions.alert_rules;
    if let Some(name) = &wish.name {
        rules.retain(|one| one.rule.name == *name);
    }
    let names: Vec<String> = rules.iter().map(|one| one.rule.name.clone()).collect();
    let wrong = |message: String| {
        let (file, Position { line, column }) = (wish.file.path.clone(), Position::START);
        Err(RuleError::Invalid(vec![DefinitionError { file, line, column, field: String::new(), message }]))
    };
    match (rules.len(), &wish.name) {
        (1, _) => Ok(rules.remove(0)),
        (0, Some(name)) => wrong(format!("the file has no alert rule {name:?}")),
        (0, None) => wrong("the file has no alert rule; write one with kind: AlertRule".to_owned()),
        _ => wrong(format!(
            "the file has {} alert rules; choose one by its name: {}",
            names.len(),
            names.join(", ")
        )),
    }
}

/// The whole minutes of a range that have ended.
fn minutes(range: TimeRange, now: Timestamp) -> Result<MinuteRange, RuleError> {
    let whole = range.minutes();
    let range = MinuteRange { from: whole.from, to: whole.to.min(now.minute()) };
    let most = TRY_DAYS_MOST * ippo_base::MINUTES_PER_DAY;
    match range.len() {
        0 => Err(RuleError::Refused(
            "the time to try the rule against has no whole minute in the past".to_owned(),
        )),
        length if length > most => {
            Err(RuleError::Refused(format!("a rule is tried against at most {TRY_DAYS_MOST} days at once")))
        }
        _ => Ok(range),
    }
}

/// A rule while it is tried.
struct Trial {
    out: TryOut,
    progress: BTreeMap<Group, Progress>,
    /// Where in the list each group's latest firing is; none if it is not shown.
    shown: BTreeMap<Group, Option<usize>>,
}

impl Trial {
    fn new(rule: AlertRule, range: MinuteRange) -> Self {
        let out = TryOut {
            rule,
            range,
            measured_minutes: 0,
            fired: 0,
            firing_minutes: 0,
            would: vec![],
            warnings: vec![],
        };
        Self { out, progress: BTreeMap::new(), shown: BTreeMap::new() }
    }

    fn warn(&mut self, warning: String) {
        if !self.out.warnings.contains(&warning) {
            self.out.warnings.push(warning);
        }
    }

    fn step(&mut self, groups: &BTreeMap<Group, BTreeMap<Minute, super::look::Judged>>, minute: Minute) {
        let timing = self.out.rule.timing();
        for (group, minutes) in groups {
            let Some(judged) = minutes.get(&minute) else { continue };
            let before = self.progress.get(group).copied().unwrap_or_default();
            let (after, change) = step(timing, before, judged.verdict, minute);
            if after.is_idle() {
                self.progress.remove(group);
            } else {
                self.progress.insert(group.clone(), after);
            }
            match change {
                Some(Change::Fires) => {
                    self.out.fired += 1;
                    let at = (self.out.would.len() < EPISODES_SHOWN).then_some(self.out.would.len());
                    self.shown.insert(group.clone(), at);
                    if at.is_some() {
                        let label = group.label(self.out.rule.condition.by());
                        let said = judged.said.clone().unwrap_or_default();
                        self.out.would.push(Would { group: label, from: minute, to: None, said });
                    }
                }
                Some(Change::Ends(_)) => {
                    if let Some(at) = self.shown.remove(group).flatten() {
                        self.out.would[at].to = Some(minute);
                    }
                }
                None => {}
            }
        }
        self.out.firing_minutes += u32::from(self.progress.values().any(Progress::is_firing));
    }

    fn finish(self) -> TryOut {
        self.out
    }
}

impl RuleError {
    /// In one line, with its causes.
    pub fn chained(&self) -> String {
        chain(self)
    }
}
