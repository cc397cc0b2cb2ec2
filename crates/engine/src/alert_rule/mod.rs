//! Alert rules at work: once a minute, what each says of the minute that has ended, and what follows: incidents and messages,
//! by the same way as those of SLOs. Keeps no telemetry; what it remembers of rules is the state's.

pub(crate) mod compile;
mod examples;
mod look;
mod read;
mod tick;
mod try_out;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use ippo_base::{Minute, Timestamp};
use ippo_domain::Said;
use ippo_domain::alert_rule::{AlertRule, Group, Verdict};
use ippo_domain::definition::{DefinitionError, Kind, parse_alert_rule};
use ippo_domain::slo::MinuteSet;
use ippo_state::definition::StoredDefinition;

pub use read::{GroupReport, RuleReport, RuleState};
pub use tick::{LOOK_AFTER, Looked, run, run_once};
pub use try_out::{TRY_DAYS_MOST, TryOut, TryOutFor, Would};

use crate::slo::{SloError, Slos, UnusableDefinition, joined};
use compile::Compiled;

/// A defined alert rule.
#[derive(Debug)]
pub struct DefinedRule {
    /// What it says.
    pub rule: AlertRule,
    /// Counts up with every change of its definition.
    pub revision: u32,
    /// Its text, as it was applied.
    pub document: String,
    /// When it was applied as it is.
    pub applied_at: Timestamp,
    pub(crate) compiled: Compiled,
}

impl DefinedRule {
    /// Reads a stored definition.
    ///
    /// # Errors
    /// If this version of ippo cannot read what was stored.
    pub fn read(stored: &StoredDefinition) -> Result<Self, UnusableDefinition> {
        let unusable = |reason| UnusableDefinition::of(Kind::AlertRule, &stored.name, reason);
        let rule = parse_alert_rule(&stored.document).map_err(|errors| unusable(joined(&errors)))?;
        let compiled = Compiled::of(&rule).map_err(|error| unusable(error.message))?;
        let (revision, document) = (stored.revision, stored.document.clone());
        Ok(Self { rule, revision, document, applied_at: stored.applied_at, compiled })
    }
}

/// Why alert rules cannot be read or judged.
#[derive(Debug, thiserror::Error)]
pub enum RuleError {
    /// There is none of that name.
    #[error("there is no alert rule {0:?}")]
    Unknown(String),
    /// What was given to be tried is wrong.
    #[error("the definition is wrong in {} places", .0.len())]
    Invalid(Vec<DefinitionError>),
    /// A request that makes no sense; the text says why.
    #[error("{0}")]
    Refused(String),
    /// The state database failed.
    #[error("cannot read or write the state of alert rules")]
    State(#[from] ippo_state::StateError),
    /// Telemetry or definitions cannot be read.
    #[error("cannot read what alert rules need")]
    Telemetry(#[source] SloError),
}

/// Everything alert rules need to work with. Cheap to clone; clones share.
#[derive(Clone)]
pub struct AlertRules {
    /// What is defined, where telemetry and state are kept, and where ids come from.
    pub slos: Slos,
    memory: Arc<Mutex<Memory>>,
}

/// What is known since the start.
#[derive(Default)]
struct Memory {
    /// The latest look at each rule.
    latest: BTreeMap<String, Latest>,
    /// When what absences wait for was heard.
    heard: BTreeMap<String, HeardBefore>,
    /// The rule whose turn it is first.
    next: Option<String>,
}

/// The latest look at a rule.
#[derive(Clone, Debug)]
struct Latest {
    groups: BTreeMap<Group, (Verdict, Option<Said>)>,
    more_groups: bool,
}

/// Minutes in which something that must not fall silent was heard.
#[derive(Clone, Debug)]
struct HeardBefore {
    revision: u32,
    from: Minute,
    to: Minute,
    heard: MinuteSet,
}

impl AlertRules {
    /// Those that are defined beside the SLOs.
    pub fn new(slos: Slos) -> Self {
        Self { slos, memory: Arc::default() }
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The definition of a rule.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn defined(&self, name: &str) -> Result<Arc<DefinedRule>, RuleError> {
        let found = self.slos.book.read().alert_rules.get(name).cloned();
        found.ok_or_else(|| RuleError::Unknown(name.to_owned()))
    }
}
