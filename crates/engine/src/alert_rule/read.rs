//! Reads of alert rules for people: what each says, how it stands, and what it said last.

use std::collections::BTreeMap;
use std::sync::Arc;

use ippo_base::{Minute, Timestamp};
use ippo_domain::Said;
use ippo_domain::alert::AlertSource;
use ippo_domain::alert_rule::{Group, Phase, Verdict};
use ippo_state::alert_rule::{Look, Mute, StoredGroup, groups, looks, mutes};
use ippo_state::incident;

use super::{AlertRules, DefinedRule, Latest, RuleError};

/// How a rule or one of its groups stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum RuleState {
    /// An alert fires.
    Firing,
    /// The condition holds, not for long enough yet.
    Pending,
    /// Nobody can say: nothing was measured, or it could not be read.
    Unknown,
    /// The condition does not hold.
    Fine,
}

/// A group of a rule.
#[derive(Clone, PartialEq, Debug)]
pub struct GroupReport {
    /// In words; empty where the rule tells none apart.
    pub label: String,
    /// How it stands.
    pub state: RuleState,
    /// Since which minute it fires or is pending.
    pub since: Option<Minute>,
    /// What the last look said, with its value.
    pub said: Option<Said>,
    /// Its open incident.
    pub incident: Option<i64>,
}

/// A rule and how it stands.
#[derive(Clone, Debug)]
pub struct RuleReport {
    /// What it says.
    pub defined: Arc<DefinedRule>,
    /// How it stands: as the worst of its groups.
    pub state: RuleState,
    /// The last minute that was judged.
    pub judged: Option<Minute>,
    /// What kept it from being judged.
    pub trouble: Option<Said>,
    /// When it fired last.
    pub last_fired_at: Option<Timestamp>,
    /// Its groups, the worst first.
    pub groups: Vec<GroupReport>,
    /// Whether there are more groups than are told apart.
    pub more_groups: bool,
    /// Who muted it, if it is.
    pub mute: Option<Mute>,
}

/// What is stored of all rules.
struct Stored {
    looks: BTreeMap<String, Look>,
    groups: BTreeMap<String, Vec<StoredGroup>>,
    mutes: BTreeMap<String, Mute>,
    incidents: BTreeMap<String, i64>,
}

impl AlertRules {
    /// Every rule by name.
    ///
    /// # Errors
    /// When the state database fails.
    pub async fn list(&self, now: Timestamp) -> Result<Vec<RuleReport>, RuleError> {
        let stored = self.stored(now).await?;
        let pages = self.slos.book.read();
        Ok(pages.alert_rules.values().map(|defined| self.report(defined, &stored)).collect())
    }

    /// One rule.
    ///
    /// # Errors
    /// When there is none of that name, or the state database fails.
    pub async fn show(&self, name: &str, now: Timestamp) -> Result<RuleReport, RuleError> {
        let defined = self.defined(name)?;
        Ok(self.report(&defined, &self.stored(now).await?))
    }

    /// Tells nobody of a rule until a time. Its incidents open all the same.
    ///
    /// # Errors
    /// When there is no such rule, or the state database fails.
    pub async fn mute(&self, mute: &Mute) -> Result<(), RuleError> {
        self.defined(&mute.rule)?;
        let mut tx = self.slos.state.begin().await?;
        ippo_state::alert_rule::mute(&mut tx, mute).await?;
        Ok(tx.commit().await?)
    }

    /// Tells people of a rule again.
    ///
    /// # Errors
    /// When there is no such rule, or the state database fails.
    pub async fn unmute(&self, name: &str) -> Result<(), RuleError> {
        self.defined(name)?;
        let mut tx = self.slos.state.begin().await?;
        ippo_state::alert_rule::unmute(&mut tx, name).await?;
        Ok(tx.commit().await?)
    }

    async fn stored(&self, now: Timestamp) -> Result<Stored, RuleError> {
        let mut connection = self.slos.state.read().await?;
        let mut by_rule: BTreeMap<String, Vec<StoredGroup>> = BTreeMap::new();
        for group in groups(&mut connection).await? {
            by_rule.entry(group.rule.clone()).or_default().push(group);
        }
        let looks = looks(&mut connection).await?.into_iter().map(|look| (look.rule.clone(), look));
        let muted = mutes(&mut connection, now).await?.into_iter().map(|mute| (mute.rule.clone(), mute));
        let open = incident::open(&mut connection).await?;
        Ok(Stored {
            looks: looks.collect(),
            groups: by_rule,
            mutes: muted.collect(),
            incidents: open.into_iter().map(|one| (one.source, one.id)).collect(),
        })
    }

    fn report(&self, defined: &Arc<DefinedRule>, stored: &Stored) -> RuleReport {
        let name = &defined.rule.name;
        let look = stored.looks.get(name).filter(|look| look.revision == defined.revision);
        let latest = self.memory().latest.get(name).cloned();
        let of_rule = stored.groups.get(name).map(Vec::as_slice).unwrap_or_default();
        let mut groups = group_reports(defined, of_rule, latest.as_ref(), stored);
        groups.sort_by(|a, b| (a.state, &a.label).cmp(&(b.state, &b.label)));
        let worst = groups.iter().map(|group| group.state).min();
        let is_judged = look.is_some_and(|look| look.trouble.is_none()) && latest.is_some();
        RuleReport {
            state: match worst {
                Some(state @ (RuleState::Firing | RuleState::Pending)) => state,
                _ if !is_judged => RuleState::Unknown,
                // A rule that tells groups apart has none while nothing is the matter anywhere.
                worst => worst.unwrap_or(RuleState::Fine),
            },
            judged: look.map(|look| look.minute),
            trouble: look.and_then(|look| look.trouble.clone()),
            last_fired_at: stored.looks.get(name).and_then(|look| look.last_fired_at),
            groups,
            more_groups: latest.is_some_and(|latest| latest.more_groups),
            mute: stored.mutes.get(name).cloned(),
            defined: Arc::clone(defined),
        }
    }
}

/// The groups that are remembered, and those that the last look saw.
fn group_reports(
    defined: &DefinedRule,
    stored: &[StoredGroup],
    latest: Option<&Latest>,
    all: &Stored,
) -> Vec<GroupReport> {
    let by = defined.rule.condition.by();
    let mut seen: BTreeMap<&Group, Option<&StoredGroup>> =
        stored.iter().filter(|one| one.fields == by).map(|one| (&one.group, Some(one))).collect();
    for group in latest.into_iter().flat_map(|latest| latest.groups.keys()) {
        seen.entry(group).or_default();
    }
    let report = |(group, stored): (&Group, Option<&StoredGroup>)| {
        let last = latest.and_then(|latest| latest.groups.get(group));
        let (state, since) = match stored.map(|one| one.progress.phase) {
            Some(Phase::Firing { since }) => (RuleState::Firing, Some(since)),
            Some(Phase::Pending { since }) => (RuleState::Pending, Some(since)),
            Some(Phase::Calm) | None => match last.map(|(verdict, _)| *verdict) {
                Some(Verdict::Within | Verdict::Between | Verdict::Beyond) => (RuleState::Fine, None),
                Some(Verdict::Empty | Verdict::Unknown) | None => (RuleState::Unknown, None),
            },
        };
        let label = group.label(by);
        let source = AlertSource::Rule { rule: defined.rule.name.clone(), group: label.clone() };
        let incident = all.incidents.get(&source.key()).copied();
        GroupReport { state, since, said: last.and_then(|(_, said)| said.clone()), incident, label }
    };
    seen.into_iter().map(report).collect()
}
