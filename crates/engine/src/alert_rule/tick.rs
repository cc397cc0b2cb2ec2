//! One look at every rule: judges the minutes that have ended since the last, remembers what is the matter, and hands over what
//! began and what ended, for each rule in one transaction. A rule that cannot be read is said to be so, and nothing of it ends.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use ippo_base::{Minute, MinuteRange, SharedClock, Timestamp};
use ippo_domain::Said;
use ippo_domain::alert::{AlertKind, AlertSource, AlertSubject, AlertTransition, Example, RuleSubject};
use ippo_domain::alert_rule::{AlertRule, Change, Ending, Group, Progress, began, ended, step};
use ippo_domain::definition::Kind;
use ippo_domain::slo::MinuteSet;
use ippo_state::alert_rule::{Look, StoredGroup, forget, groups, looks, set_group, set_look};
use tokio_util::sync::CancellationToken;

use super::examples::examples;
use super::look::{Asked, Seen};
use super::{AlertRules, DefinedRule, Latest, RuleError};
use crate::incident::apply_in;
use crate::slo::{Pages, SloError, sheltered, up_minutes};
use crate::watch::{Loop, Watch, chain};

/// A minute is judged so long after its end: what happened in it has to arrive.
pub const LOOK_AFTER: Duration = Duration::from_secs(10);
/// How long after the end of one look the next begins.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Rules that were not looked at for a while are judged by so many minutes at most; of those before nobody can say anything.
const CATCH_UP_MINUTES: u32 = 10;
/// Looking at all rules may take so long; the others come first the next time.
const ALL_AT_MOST: Duration = Duration::from_secs(45);
/// The loop has failed when it did not work for so long.
const LATE_AFTER: Duration = Duration::from_secs(180);

/// What a look did.
#[derive(Clone, Debug, Default)]
pub struct Looked {
    /// How many rules were judged.
    pub rules: usize,
    /// What began and ended.
    pub transitions: Vec<AlertTransition>,
    /// Rules that could not be judged, and why.
    pub troubles: Vec<String>,
}

/// Looks at every rule again and again, until `stop`.
pub async fn run(rules: AlertRules, clock: SharedClock, watch: Watch, stop: CancellationToken) {
    watch.expect_every(Loop::Rules, LATE_AFTER, clock.now());
    let mut told: Option<String> = None;
    while !stop.is_cancelled() {
        let (now, began) = (clock.now(), clock.monotonic());
        let look = async { run_once(&rules, &clock, now).await.map_err(as_slo_error) };
        let failing = match sheltered(look).await {
            Ok(looked) => {
                watch.took(Loop::Rules, clock.monotonic().saturating_sub(began));
                for trouble in &looked.troubles {
                    tracing::debug!(%trouble, "an alert rule cannot be judged");
                }
                None
            }
            Err(error) => Some(chain(&error)),
        };
        match &failing {
            None => watch.works(Loop::Rules, clock.now()),
            Some(reason) => {
                if told.as_ref() != Some(reason) {
                    tracing::error!(reason, "alert rules cannot be judged");
                }
                watch.fails(Loop::Rules, reason);
            }
        }
        told = failing;
        tokio::select! {
            () = clock.sleep(LOOK_EVERY) => {}
            () = stop.cancelled() => {}
        }
    }
}

fn as_slo_error(error: RuleError) -> SloError {
    match error {
        RuleError::State(error) => SloError::State(error),
        RuleError::Telemetry(error) => error,
        other => SloError::Refused(chain(&other)),
    }
}

/// What all rules share in a look.
struct Moment {
    now: Timestamp,
    /// The last minute that can be judged.
    last: Minute,
    up: MinuteSet,
    looks: BTreeMap<String, Look>,
    groups: BTreeMap<String, Vec<StoredGroup>>,
}

impl Moment {
    async fn read(rules: &AlertRules, now: Timestamp) -> Result<Self, RuleError> {
        let mut connection = rules.slos.state.read().await?;
        let intervals = ippo_state::uptime::since(&mut connection, Timestamp::MIN).await?;
        let looks = looks(&mut connection).await?.into_iter().map(|look| (look.rule.clone(), look)).collect();
        let mut by_rule: BTreeMap<String, Vec<StoredGroup>> = BTreeMap::new();
        for group in groups(&mut connection).await? {
            by_rule.entry(group.rule.clone()).or_default().push(group);
        }
        let last = now.minus(LOOK_AFTER).minute().minus(1);
        Ok(Self { now, last, up: up_minutes(&intervals, now), looks, groups: by_rule })
    }

    fn groups_of(&self, rule: &str) -> &[StoredGroup] {
        self.groups.get(rule).map(Vec::as_slice).unwrap_or_default()
    }

    /// The minutes of a rule that are still to be judged.
    fn due(&self, defined: &DefinedRule) -> MinuteRange {
        let latest = self.last.minus(CATCH_UP_MINUTES - 1);
        let from = match self.looks.get(&defined.rule.name) {
            Some(look) => look.minute.plus(1).max(latest),
            None => self.last,
        };
        MinuteRange { from, to: self.last.plus(1) }
    }
}

/// Judges every rule at `now`, those first that were left out the last time.
///
/// # Errors
/// When the state database fails. Rules that were judged until then stay judged.
pub async fn run_once(rules: &AlertRules, clock: &SharedClock, now: Timestamp) -> Result<Looked, RuleError> {
    let pages = rules.slos.book.read();
    let moment = Moment::read(rules, now).await?;
    let mut looked = Looked::default();
    // A book that may say less than what is stored ends nothing.
    if !rules.slos.book.is_behind() {
        end_undefined(rules, &pages, &moment, &mut looked).await?;
    }
    let began = clock.monotonic();
    let first = rules.memory().next.take();
    let is_before = |name: &String| first.as_ref().is_some_and(|first| name < first);
    let names = pages.alert_rules.keys();
    let (earlier, later): (Vec<&String>, Vec<&String>) = names.partition(|name| is_before(name));
    for name in later.into_iter().chain(earlier) {
        let defined = &pages.alert_rules[name];
        let due = moment.due(defined);
        if due.is_empty() {
            continue;
        }
        if clock.monotonic().saturating_sub(began) >= ALL_AT_MOST {
            rules.memory().next = Some(name.clone());
            looked
                .troubles
                .push(format!("{name}: the rules before it took too long; it is the first the next time"));
            break;
        }
        judge(rules, defined, due, &moment, &mut looked).await?;
    }
    let memory = &mut *rules.memory();
    memory.latest.retain(|name, _| pages.alert_rules.contains_key(name));
    memory.heard.retain(|name, _| pages.alert_rules.contains_key(name));
    Ok(looked)
}

/// Judges one rule by minutes that have ended.
async fn judge(
    rules: &AlertRules,
    defined: &Arc<DefinedRule>,
    due: MinuteRange,
    moment: &Moment,
    looked: &mut Looked,
) -> Result<(), RuleError> {
    let name = &defined.rule.name;
    let before = moment.looks.get(name);
    let mut book = GroupBook::of(defined, moment.groups_of(name), before);
    let heard = rules.memory().heard.get(name).filter(|heard| heard.revision == defined.revision).cloned();
    let asked = Asked { store: &rules.slos.store, up: &moment.up, range: due, known: book.known(), heard };
    let seen = asked.look(&defined.rule.condition, &defined.compiled).await;
    let mut look = Look {
        rule: name.clone(),
        revision: defined.revision,
        minute: moment.last,
        trouble: None,
        last_fired_at: before.and_then(|look| look.last_fired_at),
    };
    match seen {
        Ok(seen) => {
            look.trouble = seen.warnings.first().map(|warning| trouble(warning));
            for minute in due.iter() {
                book.step(&seen, minute);
            }
            remember_latest(rules, defined, &seen, moment.last);
        }
        Err(error) => {
            // It is tried again, by as many minutes as can be caught up with.
            look.minute = before.map_or(due.from.minus(1), |look| look.minute);
            look.trouble = Some(trouble(&chain(&error)));
        }
    }
    looked.troubles.extend(look.trouble.iter().map(|said| format!("{name}: {said}")));
    let transitions = book.transitions(rules, defined, moment.now).await;
    if transitions.iter().any(|one| one.kind == AlertKind::Firing) {
        look.last_fired_at = Some(moment.now);
    }
    let mut tx = rules.slos.state.begin().await?;
    set_look(&mut tx, &look).await?;
    for group in book.changed() {
        set_group(&mut tx, &group).await?;
    }
    apply_in(&mut tx, &*rules.slos.ids, &transitions, moment.now).await?;
    tx.commit().await?;
    looked.rules += 1;
    looked.transitions.extend(transitions);
    Ok(())
}

fn trouble(reason: &str) -> Said {
    Said::new(
        format!("not everything could be read: {reason}"),
        format!("すべては読み取れませんでした: {reason}"),
    )
}

fn remember_latest(rules: &AlertRules, defined: &DefinedRule, seen: &Seen, minute: Minute) {
    let latest = |minutes: &BTreeMap<Minute, super::look::Judged>| {
        let judged = minutes.get(&minute)?;
        Some((judged.verdict, judged.said.clone()))
    };
    let groups =
        seen.groups.iter().filter_map(|(group, minutes)| Some((group.clone(), latest(minutes)?))).collect();
    let latest = Latest { groups, more_groups: seen.more_groups };
    let memory = &mut *rules.memory();
    memory.latest.insert(defined.rule.name.clone(), latest);
    if let Some(heard) = seen.heard.clone() {
        let heard = super::HeardBefore { revision: defined.revision, ..heard };
        memory.heard.insert(defined.rule.name.clone(), heard);
    }
}

/// The groups of a rule while its minutes are judged.
struct GroupBook {
    rule: AlertRule,
    before: BTreeMap<String, StoredGroup>,
    now: BTreeMap<Group, Progress>,
    changes: Vec<Begun>,
}

/// What begins or ends.
struct Begun {
    label: String,
    group: Group,
    change: Change,
    minute: Minute,
    said: Option<Said>,
}

impl GroupBook {
    fn of(defined: &DefinedRule, stored: &[StoredGroup], before: Option<&Look>) -> Self {
        let rule = defined.rule.clone();
        let is_edited = before.is_some_and(|look| look.revision != defined.revision);
        let (mut now, mut changes) = (BTreeMap::new(), Vec::new());
        for one in stored {
            if one.fields != rule.condition.by() {
                if one.progress.is_firing() {
                    let (label, group) = (one.label.clone(), one.group.clone());
                    let (change, minute) =
                        (Change::Ends(Ending::Undefined), before.map_or(Minute(0), |look| look.minute));
                    changes.push(Begun { label, group, change, minute, said: None });
                }
                continue;
            }
            let progress = if is_edited { one.progress.under_another_condition() } else { one.progress };
            now.insert(one.group.clone(), progress);
        }
        let before = stored.iter().map(|one| (one.label.clone(), one.clone())).collect();
        Self { rule, before, now, changes }
    }

    /// The groups with which something is the matter.
    fn known(&self) -> BTreeSet<Group> {
        self.now.iter().filter(|(_, progress)| !progress.is_idle()).map(|(group, _)| group.clone()).collect()
    }

    fn step(&mut self, seen: &Seen, minute: Minute) {
        let timing = self.rule.timing();
        for (group, minutes) in &seen.groups {
            let Some(judged) = minutes.get(&minute) else { continue };
            let progress = self.now.entry(group.clone()).or_default();
            let (after, change) = step(timing, *progress, judged.verdict, minute);
            *progress = after;
            if let Some(change) = change {
                let label = group.label(self.rule.condition.by());
                let said = judged.said.clone();
                self.changes.push(Begun { label, group: group.clone(), change, minute, said });
            }
        }
    }

    /// What is to be remembered anew.
    fn changed(&self) -> Vec<StoredGroup> {
        let by = self.rule.condition.by();
        let mut changed = Vec::new();
        let mut labels = BTreeSet::new();
        for (group, progress) in &self.now {
            let label = group.label(by);
            let before = self.before.get(&label).map(|one| one.progress).unwrap_or_default();
            labels.insert(label.clone());
            if before != *progress {
                changed.push(StoredGroup {
                    rule: self.rule.name.clone(),
                    label,
                    fields: by.to_vec(),
                    group: group.clone(),
                    progress: *progress,
                });
            }
        }
        let gone = self.before.values().filter(|one| !labels.contains(&one.label));
        changed.extend(gone.map(|one| StoredGroup { progress: Progress::default(), ..one.clone() }));
        changed
    }

    /// What incidents are told.
    async fn transitions(
        &self,
        rules: &AlertRules,
        defined: &Arc<DefinedRule>,
        now: Timestamp,
    ) -> Vec<AlertTransition> {
        let mut transitions = Vec::new();
        for begun in &self.changes {
            let (kind, text, examples) = match begun.change {
                Change::Fires => {
                    let why = begun.said.clone().unwrap_or_default();
                    let found = look_up(rules, defined, begun).await;
                    (AlertKind::Firing, began(&self.rule, &begun.group, &why), found)
                }
                Change::Ends(ending) => {
                    let text = ended(&self.rule, &begun.group, ending, begun.minute, begun.said.as_ref());
                    (AlertKind::Resolved, text, vec![])
                }
            };
            transitions.push(transition(&self.rule, &begun.label, (kind, text), examples, now));
        }
        transitions
    }
}

async fn look_up(rules: &AlertRules, defined: &Arc<DefinedRule>, begun: &Begun) -> Vec<Example> {
    let window = MinuteRange::ending_with(begun.minute, defined.compiled.window_minutes);
    let (of, group) = (Arc::clone(defined), begun.group.clone());
    let found =
        rules.slos.store.read(move |reader| examples(reader, (&of.rule, &of.compiled), &group, window));
    found.await.unwrap_or_default()
}

fn transition(
    rule: &AlertRule,
    label: &str,
    (kind, text): (AlertKind, Said),
    examples: Vec<Example>,
    now: Timestamp,
) -> AlertTransition {
    AlertTransition {
        source: AlertSource::Rule { rule: rule.name.clone(), group: label.to_owned() },
        alert: "condition".to_owned(),
        kind,
        at: now,
        text,
        subject: AlertSubject {
            title: Said::same(rule.display_name.clone()),
            slo: None,
            service: rule.service.clone(),
            owner: Some(rule.owner.clone()),
            notify: rule.notify.clone(),
            runbook: rule.runbook.clone(),
            rule: Some(RuleSubject {
                name: rule.name.clone(),
                severity: rule.severity,
                action: rule.action.clone(),
            }),
            examples,
        },
    }
}

/// Ends what fires of rules that are no longer defined, and forgets them. What cannot be read is defined all the same.
async fn end_undefined(
    rules: &AlertRules,
    pages: &Pages,
    moment: &Moment,
    looked: &mut Looked,
) -> Result<(), RuleError> {
    let is_unusable =
        |name: &String| pages.unusable.iter().any(|one| one.kind == Kind::AlertRule && one.name == *name);
    let named: BTreeSet<&String> = moment.looks.keys().chain(moment.groups.keys()).collect();
    for name in named.into_iter().filter(|name| !pages.alert_rules.contains_key(*name) && !is_unusable(name))
    {
        let firing = moment.groups_of(name).iter().filter(|one| one.progress.is_firing());
        let transitions: Vec<AlertTransition> = firing
            .map(|one| AlertTransition {
                source: AlertSource::Rule { rule: name.clone(), group: one.label.clone() },
                alert: "condition".to_owned(),
                kind: AlertKind::Resolved,
                at: moment.now,
                text: Said::new("the rule is no longer defined", "ルールの定義がなくなりました"),
                subject: AlertSubject::default(),
            })
            .collect();
        let mut tx = rules.slos.state.begin().await?;
        apply_in(&mut tx, &*rules.slos.ids, &transitions, moment.now).await?;
        forget(&mut tx, name).await?;
        tx.commit().await?;
        looked.transitions.extend(transitions);
    }
    Ok(())
}
