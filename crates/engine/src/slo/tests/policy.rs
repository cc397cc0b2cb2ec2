//! Alert policies at work: written pairs in place of the default ones, and alerts that follow the edits of their files.

use super::*;

const POLICY: &str = "\
---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: wake-someone}
spec:
  conditions: [{conditionRef: fast-burn}]
  notificationTargets: [{targetRef: pager}]
---
apiVersion: openslo/v1
kind: AlertCondition
metadata: {name: fast-burn}
spec:
  severity: page
  condition: {kind: burnrate, op: gte, threshold: 20, lookbackWindow: 2h}
---
apiVersion: ippo/v1
kind: NotificationTarget
metadata: {name: pager}
spec: {type: webhook, url: 'http://127.0.0.1:1/'}
";

/// The checkout with a policy of its own.
fn written() -> String {
    let refers = "  alertPolicies: [{alertPolicyRef: wake-someone}]\n  objectives:";
    CHECKOUT.replace("  objectives:", refers) + POLICY
}

#[tokio::test]
async fn a_written_pair_replaces_the_default_ones_and_tells_its_own_targets() {
    let world = World::new().await;
    world.apply(&written()).await.expect("good");
    world.minutes(119, 100, 0).await;
    let begun = world.minutes(12, 0, 100).await;
    assert_eq!(begun, [PAGE_FIRES], "one pair, and so one alert");
    let shown = world.slos.show("checkout", world.clock.now()).await.expect("defined");
    let pairs: Vec<String> = shown.status.objectives[0].burn.iter().map(|b| b.pair.label()).collect();
    assert_eq!(pairs, ["page 2h/10m"]);
    assert!(shown.status.objectives[0].hour_burn.is_some(), "whatever windows its pairs have");
    let open = crate::incident::open_by_slo(&mut world.slos.state.read().await.expect("state works"))
        .await
        .expect("state works");
    let mut connection = world.slos.state.read().await.expect("state works");
    let incident = ippo_state::incident::get(&mut connection, open["checkout"]).await.expect("it is open");
    assert_eq!(incident.notify, ["pager"]);
}

#[tokio::test]
async fn editing_a_condition_changes_the_slo_and_ends_what_no_longer_exists() {
    let world = World::new().await;
    world.apply(&written()).await.expect("good");
    world.minutes(30, 100, 0).await;
    world.minutes(12, 0, 100).await;
    let edit = |from: &str, to: &str| written().replace(from, to);

    let higher = world.apply(&edit("threshold: 20", "threshold: 30")).await.expect("good");
    let step = higher.plan.steps.iter().find(|step| step.name == "checkout").expect("it is of the files");
    let change = &step.changes[0];
    assert_eq!(
        (change.field.as_str(), change.before.as_deref(), change.after.as_deref()),
        (
            "alertPolicies[0]",
            Some("page 2h/10m at 20 or more, telling pager"),
            Some("page 2h/10m at 30 or more, telling pager")
        )
    );
    assert_eq!(world.tick().await, Vec::<String>::new(), "the same alert, which goes on");

    world.apply(&edit("severity: page", "severity: ticket")).await.expect("good");
    assert_eq!(world.tick().await, ["slo/checkout/ticket Firing", PAGE_RESOLVED]);

    world.apply(CHECKOUT).await.expect("good");
    let told = world.tick().await;
    assert!(told.contains(&"slo/checkout/ticket Resolved".to_owned()), "{told:?}");
    assert!(told.contains(&PAGE_FIRES.to_owned()), "the default pairs are back: {told:?}");
}

#[tokio::test]
async fn a_policy_that_wants_no_absence_is_told_of_none() {
    let world = World::new().await;
    let untold = written().replace("spec:\n  conditions", "spec:\n  alertWhenNoData: false\n  conditions");
    world.apply(&untold).await.expect("good");
    world.minutes(30, 100, 0).await;
    assert_eq!(world.minutes(10, 0, 0).await, Vec::<String>::new());
    world.apply(&written()).await.expect("good");
    assert_eq!(world.tick().await, [ABSENCE_FIRES]);
    world.apply(&untold).await.expect("good");
    assert_eq!(world.tick().await, [ABSENCE_RESOLVED]);
}
