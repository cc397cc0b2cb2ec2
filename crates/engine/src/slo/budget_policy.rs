//! Error budget policies at work: once a minute, which rules stand, and what follows from those that begin and end: an entry in
//! the SLO's ledger, a ticket for whom the rule tells, and for an incident that spent too much, a word on its timeline. All of
//! it in one transaction, so that no crash tells it twice or not at all.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use ippo_base::Timestamp;
use ippo_base::ids::LedgerEntryId;
use ippo_domain::Said;
use ippo_domain::alert::{AlertKind, AlertSource, AlertSubject, AlertTransition};
use ippo_domain::incident::{Incident, IncidentKind, on_budget_policy};
use ippo_domain::slo::budget_policy::{
    BudgetCondition, BudgetPolicy, BudgetRule, ENDS_AFTER_MINUTES, Holds, Spending, SpendingIncident,
    StandingRule,
};
use ippo_domain::slo::{Entered, History, LedgerEntry, PolicyApplied, Slo, evaluate};
use ippo_state::budget_policy::{RuleKey, StoredRule, clear_standing, set_standing, standing};
use ippo_state::incident::of_slo_since;
use ippo_state::{Tx, slo_ledger};

use super::book::{DefinedPolicy, DefinedSlo, Pages};
use super::gather::Gatherer;
use super::read::Moment;
use super::{SloError, Slos, blocking};
use crate::incident::{apply_in, record};

/// A rule of a policy, for an SLO, for an incident if it is about one, and whether its condition holds.
struct Judged {
    key: RuleKey,
    defined: Arc<DefinedPolicy>,
    /// The rule's place in the policy.
    place: usize,
    /// The incident that it is about, if it is about one.
    incident: Option<SpendingIncident>,
    holds: Holds,
}

impl Judged {
    fn rule(&self) -> &BudgetRule {
        &self.defined.policy.rules[self.place]
    }

    /// Whether it is about what was over before the policy was agreed: nobody is asked to do anything about that.
    fn is_of_before(&self) -> bool {
        self.incident.is_some_and(|incident| incident.to < self.defined.applied_at)
    }

    /// Whether both are about the same harm: the same rule of the same SLO, and incidents that overlap, such as its page and
    /// its ticket.
    fn is_same_harm(&self, other: &Judged) -> bool {
        let rule = |each: &Judged| {
            let RuleKey { policy, rule, slo, .. } = &each.key;
            (policy.clone(), rule.clone(), slo.clone())
        };
        let overlap = |a: SpendingIncident, b: SpendingIncident| a.from <= b.to && b.from <= a.to;
        rule(self) == rule(other) && self.incident.zip(other.incident).is_some_and(|(a, b)| overlap(a, b))
    }
}

/// An error budget policy with its SLOs and what stands of it.
#[derive(Clone, Debug)]
pub struct PolicyReport {
    /// What it says.
    pub defined: Arc<DefinedPolicy>,
    /// The names and display names of the SLOs that it is about.
    pub slos: Vec<(String, String)>,
    /// What stands, with the SLO it stands for.
    pub standing: Vec<(String, StandingRule)>,
}

impl Slos {
    /// Looks which rules of error budget policies stand now, and does what follows.
    ///
    /// # Errors
    /// When the state database fails. Nothing is changed then, and the next look finds the same.
    pub async fn follow_policies(&self, now: Timestamp) -> Result<(), SloError> {
        let pages = self.book.read();
        let before = standing(&mut *self.state.read().await?).await?;
        if pages.budget_policies.is_empty() && before.is_empty() {
            return Ok(());
        }
        let judged = self.judge_policies(&pages, now).await?;
        let mut tx = self.state.begin().await?;
        let mut follow = Follow { slos: self, pages: &pages, now, transitions: Vec::new() };
        follow.begin(&mut tx, &judged, &before).await?;
        follow.end(&mut tx, &judged, &before).await?;
        apply_in(&mut tx, &*self.ids, &follow.transitions, now).await?;
        Ok(tx.commit().await?)
    }

    /// Every error budget policy by name, with what stands of it.
    ///
    /// # Errors
    /// When the state database fails.
    pub async fn budget_policies(&self) -> Result<Vec<PolicyReport>, SloError> {
        let pages = self.book.read();
        let rows = standing(&mut *self.state.read().await?).await?;
        let report = |defined: &Arc<DefinedPolicy>| PolicyReport {
            defined: Arc::clone(defined),
            slos: covered(&pages, &defined.policy)
                .map(|d| (d.slo.name.clone(), d.slo.display_name.clone()))
                .collect(),
            standing: rows
                .iter()
                .filter(|row| row.key.policy == defined.policy.name)
                .filter_map(|row| told(&pages, row))
                .collect(),
        };
        Ok(pages.budget_policies.values().map(report).collect())
    }

    /// The rules that stand, by SLO.
    pub(super) async fn standing_rules(&self) -> Result<BTreeMap<String, Vec<StandingRule>>, SloError> {
        let pages = self.book.read();
        let mut by_slo: BTreeMap<String, Vec<StandingRule>> = BTreeMap::new();
        for row in standing(&mut *self.state.read().await?).await? {
            if let Some((slo, rule)) = told(&pages, &row) {
                by_slo.entry(slo).or_default().push(rule);
            }
        }
        Ok(by_slo)
    }

    async fn judge_policies(&self, pages: &Arc<Pages>, now: Timestamp) -> Result<Vec<Judged>, SloError> {
        let moment = Moment::read(self, now).await?;
        let mut by_slo: BTreeMap<String, Vec<Arc<DefinedPolicy>>> = BTreeMap::new();
        for defined in pages.budget_policies.values() {
            for of in covered(pages, &defined.policy) {
                by_slo.entry(of.slo.name.clone()).or_default().push(Arc::clone(defined));
            }
        }
        let mut incidents = BTreeMap::new();
        let by_incident = |defined: &Arc<DefinedPolicy>| {
            defined.policy.rules.iter().any(|rule| matches!(rule.when, BudgetCondition::SpentByIncident(_)))
        };
        let mut connection = self.state.read().await?;
        for name in
            by_slo.iter().filter(|(_, policies)| policies.iter().any(by_incident)).map(|(name, _)| name)
        {
            let from = moment.reach(&pages.slos[name].slo).from.start();
            let found = of_slo_since(&mut connection, name, from).await?;
            incidents
                .insert(name.clone(), found.iter().filter_map(|one| spending(one, now)).collect::<Vec<_>>());
        }
        drop(connection);
        let (slos, pages) = (self.clone(), Arc::clone(pages));
        blocking(move || {
            let mut gatherer = Gatherer::new(&slos.store, &slos.book, &moment.up);
            let none = Vec::new();
            let mut judged = Vec::new();
            for (name, policies) in &by_slo {
                let defined = &pages.slos[name];
                let of_slo = incidents.get(name).unwrap_or(&none);
                judged.extend(judge(&mut gatherer, &moment, defined, policies, of_slo));
            }
            judged
        })
        .await
    }
}

/// The SLOs of a policy, by name.
fn covered<'a>(pages: &'a Pages, policy: &'a BudgetPolicy) -> impl Iterator<Item = &'a Arc<DefinedSlo>> {
    pages.slos.values().filter(|defined| policy.covers(&defined.slo))
}

/// A row as people read it; none if the rule is defined no longer.
fn told(pages: &Pages, row: &StoredRule) -> Option<(String, StandingRule)> {
    let RuleKey { policy, rule, slo, incident } = &row.key;
    let rules = &pages.budget_policies.get(policy)?.policy.rules;
    let defined = rules.iter().find(|defined| defined.name == *rule)?;
    let standing = StandingRule {
        policy: policy.clone(),
        rule: rule.clone(),
        freeze: defined.freeze,
        postmortem: defined.postmortem,
        incident: *incident,
        since: row.since,
        said: with_asks(&row.said, defined),
    };
    Some((slo.clone(), standing))
}

/// Why a rule stands, and what it asks for.
fn with_asks(reason: &Said, rule: &BudgetRule) -> Said {
    let asks = rule.asks();
    Said::new(
        format!("{}; {}", reason.english, asks.english),
        format!("{}。{}", reason.japanese, asks.japanese),
    )
}

/// An incident that can have spent something: users were harmed, or it is not known that they were not.
fn spending(incident: &Incident, now: Timestamp) -> Option<SpendingIncident> {
    let harms = matches!(incident.kind, IncidentKind::Slo | IncidentKind::Absence | IncidentKind::Manual);
    let harmed = incident.impact.as_ref().map(|impact| impact.from.min(incident.opened_at));
    harms.then(|| SpendingIncident {
        id: incident.id,
        from: harmed.unwrap_or(incident.opened_at),
        to: incident.resolved.as_ref().map_or(now, |(at, _)| *at),
    })
}

/// Whether the condition of each rule holds for an SLO. Waits for a disk.
fn judge(
    gatherer: &mut Gatherer<'_>,
    moment: &Moment,
    defined: &DefinedSlo,
    policies: &[Arc<DefinedPolicy>],
    incidents: &[SpendingIncident],
) -> Vec<Judged> {
    let slo = &defined.slo;
    let exclusions = moment.exclusions_of(&slo.name);
    let gathered = gatherer.gather(defined, moment.reach(slo), &exclusions, moment.firing_of(slo));
    let status = evaluate(slo, &gathered.inputs, moment.now);
    let histories: Vec<&History> = gathered.inputs.objectives.iter().map(|given| &given.history).collect();
    let spending = Spending { slo, status: &status, histories: &histories };
    let mut judged = Vec::new();
    for defined in policies {
        for (place, rule) in defined.policy.rules.iter().enumerate() {
            let of = |incident: Option<SpendingIncident>, holds| Judged {
                key: RuleKey {
                    policy: defined.policy.name.clone(),
                    rule: rule.name.clone(),
                    slo: slo.name.clone(),
                    incident: incident.map(|incident| incident.id),
                },
                defined: Arc::clone(defined),
                place,
                incident,
                holds,
            };
            match rule.when {
                BudgetCondition::SpentByIncident(share) => judged
                    .extend(incidents.iter().map(|one| of(Some(*one), spending.of_incident(share, one)))),
                condition => judged.push(of(None, spending.holds(condition))),
            }
        }
    }
    judged
}

/// What follows from a look, within its transaction.
struct Follow<'a> {
    slos: &'a Slos,
    pages: &'a Pages,
    now: Timestamp,
    /// What begins and ends for those who are told.
    transitions: Vec<AlertTransition>,
}

impl Follow<'_> {
    /// What holds stands from now on, or goes on standing.
    async fn begin(&mut self, tx: &mut Tx, judged: &[Judged], before: &[StoredRule]) -> Result<(), SloError> {
        let stood: BTreeMap<&RuleKey, &StoredRule> = before.iter().map(|row| (&row.key, row)).collect();
        let mut stand: Vec<&Judged> = judged.iter().filter(|each| stood.contains_key(&each.key)).collect();
        for each in judged {
            let Holds::Yes(reason) = &each.holds else { continue };
            let known = stood.get(&each.key);
            let is_asked = || stand.iter().any(|other| other.is_same_harm(each));
            if known.is_none() && (each.is_of_before() || is_asked()) {
                continue;
            }
            stand.push(each);
            let said = known.map_or_else(|| reason.clone(), |row| row.said.clone());
            let since = known.map_or(self.now, |row| row.since);
            let row = StoredRule { key: each.key.clone(), since, held_at: self.now, said };
            set_standing(tx, &row).await?;
            if known.is_none() {
                let said = with_asks(&row.said, each.rule());
                self.enter(tx, &each.key, true, said.clone()).await?;
                self.tell(tx, each, &said).await?;
            }
        }
        Ok(())
    }

    /// Whom the rule tells hears of it: by a ticket, or on the incident that it is about.
    async fn tell(&mut self, tx: &mut Tx, each: &Judged, said: &Said) -> Result<(), SloError> {
        let notify = &each.rule().notify;
        match each.key.incident {
            Some(id) => {
                let incident = ippo_state::incident::get(tx, id).await?;
                let words = PolicyApplied {
                    policy: each.key.policy.clone(),
                    rule: each.key.rule.clone(),
                    stands: true,
                    incident: Some(id),
                    said: said.clone(),
                };
                let text = LedgerEntry::Policy(words).words();
                let decision = on_budget_policy(&incident, &text, notify, self.now);
                record(tx, &*self.slos.ids, &decision, self.now).await?;
            }
            None if notify.is_empty() => {}
            None => {
                let slo = self.pages.slos.get(&each.key.slo);
                let subject = subject(&each.defined.policy, slo, notify);
                self.transitions.push(self.transition(&each.key, AlertKind::Firing, said.clone(), subject));
            }
        }
        Ok(())
    }

    /// What has not held for long enough, or is not defined any more, stands no longer. An incident that spent its share did so
    /// for as long as it is in the window.
    async fn end(&mut self, tx: &mut Tx, judged: &[Judged], before: &[StoredRule]) -> Result<(), SloError> {
        let looked_at: BTreeMap<&RuleKey, &Judged> = judged.iter().map(|each| (&each.key, each)).collect();
        let patience = Duration::from_secs(u64::from(ENDS_AFTER_MINUTES) * 60);
        let unusable: BTreeSet<&str> = self.pages.unusable.iter().map(|u| u.name.as_str()).collect();
        for row in before {
            let (ends, said) = match looked_at.get(&row.key).map(|each| &each.holds) {
                Some(Holds::Yes(_) | Holds::Unknown) => continue,
                Some(Holds::No) if row.key.incident.is_some() => continue,
                Some(Holds::No) => (
                    self.now.since(row.held_at) >= patience,
                    Said::new("its condition has not held for an hour", "1 時間、条件を満たしていません"),
                ),
                // What cannot be read is defined all the same.
                None if unusable.contains(row.key.slo.as_str())
                    || unusable.contains(row.key.policy.as_str()) =>
                {
                    continue;
                }
                None if row.key.incident.is_some() && told(self.pages, row).is_some() => (
                    true,
                    Said::new(
                        "the incident is no longer in the window",
                        "インシデントがウィンドウの外に出ました",
                    ),
                ),
                None => (
                    true,
                    Said::new(
                        "it is no longer defined for this SLO",
                        "この SLO に対する定義がなくなりました",
                    ),
                ),
            };
            if !ends {
                continue;
            }
            clear_standing(tx, &row.key).await?;
            self.enter(tx, &row.key, false, said.clone()).await?;
            if row.key.incident.is_none() {
                let transition =
                    self.transition(&row.key, AlertKind::Resolved, said, AlertSubject::default());
                self.transitions.push(transition);
            }
        }
        Ok(())
    }

    async fn enter(&self, tx: &mut Tx, key: &RuleKey, stands: bool, said: Said) -> Result<(), SloError> {
        let RuleKey { policy, rule, slo, incident } = key.clone();
        let entry = LedgerEntry::Policy(PolicyApplied { policy, rule, stands, incident, said });
        let id = LedgerEntryId::fresh(&*self.slos.ids).to_string();
        let entered = Entered { id, at: self.now, by: "ippo".to_owned(), entry };
        Ok(slo_ledger::add(tx, &slo, &entered).await?)
    }

    fn transition(
        &self,
        key: &RuleKey,
        kind: AlertKind,
        text: Said,
        subject: AlertSubject,
    ) -> AlertTransition {
        let source = AlertSource::Policy { policy: key.policy.clone(), slo: key.slo.clone() };
        AlertTransition { source, alert: key.rule.clone(), kind, at: self.now, text, subject }
    }
}

fn subject(policy: &BudgetPolicy, slo: Option<&Arc<DefinedSlo>>, notify: &[String]) -> AlertSubject {
    let filled = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let of = |of: fn(&Slo) -> &String| slo.and_then(|defined| filled(of(&defined.slo)));
    AlertSubject {
        title: Said::same(of(|slo| &slo.display_name).unwrap_or_default()),
        slo: of(|slo| &slo.name),
        service: of(|slo| &slo.service),
        owner: filled(&policy.owner).or_else(|| of(|slo| &slo.owner)),
        notify: notify.to_vec(),
        runbook: None,
        rule: None,
        examples: vec![],
    }
}
