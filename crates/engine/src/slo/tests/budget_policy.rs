//! Error budget policies at work: what stands, what the gate makes of it, who is told, and what is told twice.

use std::collections::BTreeMap;

use ippo_domain::slo::gate::{Gate, GateCheckKind, GateVerdict};
use ippo_state::timeline;

use super::*;

const POLICY: &str = "\
---
apiVersion: ippo/v1
kind: ErrorBudgetPolicy
metadata: {name: standard}
spec:
  slos: [checkout]
  rules:
    - {name: freeze, when: {budgetRemaining: 0%}, then: {freeze: block, notify: [pager]}}
    - {name: slow-down, when: {budgetSpent: 50%, within: 2h}, then: {freeze: advise}}
    - {name: learn, when: {incidentSpent: 20%}, then: {postmortem: due, notify: [pager]}}
---
apiVersion: ippo/v1
kind: NotificationTarget
metadata: {name: pager}
spec: {type: webhook, url: 'http://127.0.0.1:1/'}
";

impl World {
    /// Minute after minute, with a look at the policies at the end of each.
    async fn followed(&self, count: u32, good: usize, bad: usize) {
        for _ in 0..count {
            self.minutes(1, good, bad).await;
            self.follow().await;
        }
    }

    async fn follow(&self) {
        self.slos.follow_policies(self.clock.now()).await.expect("state works");
    }

    async fn standing(&self) -> Vec<String> {
        let standing = self.slos.standing_rules().await.expect("state works");
        let named = |(slo, rules): (String, Vec<_>)| {
            let name = move |rule: ippo_domain::slo::budget_policy::StandingRule| match rule.incident {
                None => format!("{slo}: {}", rule.rule),
                Some(id) => format!("{slo}: {} INC-{id}", rule.rule),
            };
            rules.into_iter().map(name).collect::<Vec<_>>()
        };
        standing.into_iter().flat_map(named).collect()
    }

    /// What policies entered into the ledger, the oldest first.
    async fn entered(&self) -> Vec<String> {
        let entries = self.slos.ledger("checkout", None, 100).await.expect("defined");
        let applied = |entered: Entered| match entered.entry {
            LedgerEntry::Policy(applied) => {
                Some(format!("{} {}", applied.rule, if applied.stands { "begins" } else { "ends" }))
            }
            _ => None,
        };
        let mut told: Vec<String> = entries.into_iter().filter_map(applied).collect();
        told.reverse();
        told
    }

    /// What the gate makes of policies, and what of everything.
    async fn gate(&self) -> (Vec<GateVerdict>, Vec<GateCheckKind>) {
        let gate = Gate { least_coverage: ippo_domain::slo::Ratio::ZERO, ..Gate::default() };
        let wish = CheckFor { slos: vec!["checkout".to_owned()], service: None, gate, version: None };
        let gated = self.slos.check(&wish, self.clock.now()).await.expect("state works").remove(0).gated;
        let of_policy = gated.checks.iter().filter(|check| check.kind == GateCheckKind::Policy);
        let refusing = gated.checks.iter().filter(|check| check.verdict == GateVerdict::No);
        (of_policy.map(|check| check.verdict).collect(), refusing.map(|check| check.kind).collect())
    }
}

#[tokio::test]
async fn a_spent_budget_freezes_until_it_has_been_there_again_for_an_hour() {
    let world = World::new().await;
    // A week of window, so that the budget comes back within the test.
    let week = CHECKOUT.replace("30d", "7d").replace("0.999", "0.99");
    world.apply(&(week + POLICY)).await.expect("good");
    world.followed(60, 100, 0).await;
    assert_eq!(world.standing().await, Vec::<String>::new());
    assert_eq!(world.gate().await.0, []);

    world.followed(20, 0, 100).await;
    let standing = world.standing().await;
    assert_eq!(standing, ["checkout: freeze", "checkout: learn INC-1", "checkout: slow-down"]);
    assert_eq!(world.gate().await.0, [GateVerdict::No, GateVerdict::Pass]);
    let (open, told) = world.open_incidents().await;
    assert_eq!(
        open,
        ["slo/checkout/ticket", "policy/standard/checkout", "slo/checkout/page"],
        "the SLO burns, and a ticket for the freeze"
    );
    assert_eq!(told["policy/standard/checkout"], ["pager"]);

    // A week later the bad minutes leave the window one by one; an hour after the budget was there again the rules end.
    world.clock.advance(Duration::from_secs((7 * 24 * 60 - 30) * 60));
    world.follow().await;
    assert_eq!(
        world.standing().await,
        standing[..2],
        "all of them are in the window yet, and none in the last two hours"
    );
    world.followed(31, 100, 0).await;
    assert!(world.standing().await.contains(&"checkout: freeze".to_owned()), "half an hour is too short");
    world.followed(61, 100, 0).await;
    assert_eq!(world.standing().await, ["checkout: learn INC-1"], "that incident has only just ended");
    assert_eq!(world.gate().await.0, []);
    assert_eq!(
        world.entered().await,
        ["freeze begins", "slow-down begins", "learn begins", "slow-down ends", "freeze ends"]
    );
    let (open, _) = world.open_incidents().await;
    // That of the SLO itself has a window of two hours, of which half an hour was silent: nothing says that it is over.
    assert_eq!(open, ["slo/checkout/ticket"], "the policy's ticket ended with its rule");
}

impl World {
    /// Sources of open incidents, and whom each of them tells.
    async fn open_incidents(&self) -> (Vec<String>, BTreeMap<String, Vec<String>>) {
        let mut connection = self.slos.state.read().await.expect("state works");
        let open = ippo_state::incident::open(&mut connection).await.expect("state works");
        let told = open.iter().map(|one| (one.source.clone(), one.notify.clone())).collect();
        (open.into_iter().map(|one| one.source).collect(), told)
    }
}

#[tokio::test]
async fn an_incident_that_spent_its_share_asks_for_a_postmortem_once() {
    let world = World::new().await;
    world.apply(&(CHECKOUT.to_owned() + POLICY)).await.expect("good");
    world.followed(60, 100, 0).await;
    world.followed(10, 0, 100).await;
    world.followed(5, 100, 0).await;
    let of_policy = |entries: Vec<timeline::Recorded>| -> Vec<String> {
        let about = |each: &timeline::Recorded| each.kind == ippo_domain::incident::EntryKind::BudgetPolicy;
        entries.into_iter().filter(about).map(|each| each.text.english).collect()
    };
    let mut connection = world.slos.state.read().await.expect("state works");
    let entries = timeline::list(&mut connection, 1, 0, 100).await.expect("state works");
    let said = of_policy(entries);
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].starts_with("error budget policy standard: learn applies: INC-1 spent "), "{said:?}");
    assert!(said[0].ends_with("; a postmortem is due"), "{said:?}");
    let messages = ippo_state::outbox::of_incident(&mut connection, 1).await.expect("state works");
    let told: Vec<(&str, &str)> =
        messages.iter().map(|each| (each.event.name(), each.target.as_str())).collect();
    assert_eq!(told, [("budget_policy", "pager")]);
}

#[tokio::test]
async fn what_is_no_longer_defined_stands_no_longer_and_what_was_over_before_asks_for_nothing() {
    let world = World::new().await;
    world.apply(CHECKOUT).await.expect("good");
    world.followed(60, 100, 0).await;
    world.followed(30, 0, 100).await;
    world.followed(90, 100, 0).await;
    world.apply(&(CHECKOUT.to_owned() + POLICY)).await.expect("good");
    world.follow().await;
    assert_eq!(
        world.standing().await,
        ["checkout: freeze", "checkout: slow-down"],
        "the incident was over before anybody agreed to write a postmortem"
    );
    let without = POLICY.replace(
        "    - {name: freeze, when: {budgetRemaining: 0%}, then: {freeze: block, notify: [pager]}}\n",
        "",
    );
    world.apply(&(CHECKOUT.to_owned() + &without)).await.expect("good");
    world.follow().await;
    assert_eq!(world.standing().await, ["checkout: slow-down"]);
    assert_eq!(world.entered().await, ["freeze begins", "slow-down begins", "freeze ends"]);
    assert_eq!(
        world.open_incidents().await.0,
        ["slo/checkout/ticket"],
        "the ticket of the policy ended with its rule"
    );
}

#[tokio::test]
async fn while_nobody_knows_nothing_begins_and_nothing_ends() {
    let world = World::new().await;
    world.apply(&(CHECKOUT.to_owned() + POLICY)).await.expect("good");
    world.followed(60, 100, 0).await;
    world.followed(30, 0, 100).await;
    let standing = world.standing().await;
    assert_eq!(standing.len(), 3, "{standing:?}");
    // Nothing is heard for a day: the budget is as it was, and what stands goes on standing.
    for _ in 0..24 {
        world.clock.advance(Duration::from_secs(3_600));
        world.follow().await;
    }
    assert!(world.standing().await.contains(&"checkout: freeze".to_owned()));
}

#[tokio::test]
async fn a_policy_that_names_what_is_not_there_is_refused_whole() {
    let world = World::new().await;
    let refused = |text: String| {
        let world = &world;
        async move {
            match world.apply(&text).await {
                Err(ApplyError::Invalid(errors)) => {
                    errors.iter().map(ToString::to_string).collect::<Vec<_>>()
                }
                other => panic!("it is refused: {other:?}"),
            }
        }
    };
    let errors = refused(POLICY.trim_start_matches("---\n").to_owned()).await;
    assert_eq!(
        errors,
        ["slo.yaml:5:10: spec.slos[0]: there is no SLO \"checkout\"; apply its file together with this one"]
    );
    let errors = refused(CHECKOUT.to_owned() + &POLICY.replace("notify: [pager]", "notify: [pagr]")).await;
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors[0].contains("did you mean \"pager\"?"), "{errors:?}");
    assert!(world.slos.book.read().slos.is_empty(), "nothing was applied");
}
