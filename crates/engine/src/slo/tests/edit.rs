//! Definitions that are edited while their alerts fire, by several at once, and on a machine that was off for a day.

use super::*;

#[tokio::test]
async fn a_target_that_is_edited_in_an_incident_pages_nobody_again_and_may_end_it() {
    let world = World::new().await;
    world.apply(CHECKOUT).await.expect("good");
    world.minutes(30, 100, 0).await;
    let begun = world.minutes(3, 0, 100).await;
    assert_eq!(begun.iter().filter(|what| what.contains("Firing")).count(), 4, "{begun:?}");

    world.apply(&CHECKOUT.replace("0.999", "0.9995")).await.expect("good");
    assert_eq!(world.minutes(1, 0, 100).await, Vec::<String>::new(), "a tighter target fires as before");
    // At 50 % everything may fail and hardly any pair can fire: those that cannot any more end.
    world.apply(&CHECKOUT.replace("0.999", "0.5")).await.expect("good");
    let ended = world.minutes(1, 0, 100).await;
    assert!(ended.iter().all(|what| what.contains("Resolved")) && !ended.is_empty(), "{ended:?}");
    assert_eq!(
        world.state().await,
        SloState::Rising,
        "one pair can, and goes on while hours of its window are unmeasured"
    );
    // Back again, it is a new alert.
    world.apply(CHECKOUT).await.expect("good");
    let again = world.minutes(1, 0, 100).await;
    assert_eq!(again.iter().filter(|what| what.contains("Firing")).count(), ended.len(), "{again:?}");
}

#[tokio::test]
async fn an_sli_that_is_edited_in_an_incident_is_judged_by_its_own_counts() {
    let world = World::new().await;
    world.apply(CHECKOUT).await.expect("good");
    world.minutes(30, 100, 0).await;
    world.minutes(3, 0, 100).await;
    // The same failures by another expression: the stored past is counted again, and nobody hears anything.
    world.apply(&CHECKOUT.replace("status = 'error'", "error")).await.expect("good");
    assert_eq!(world.minutes(1, 0, 100).await, Vec::<String>::new());
    assert_eq!(world.state().await, SloState::Critical);
    // By one that says these were none, they are over.
    world.apply(&CHECKOUT.replace("status = 'error'", "http_status >= 500")).await.expect("good");
    let ended = world.minutes(1, 0, 100).await;
    assert_eq!(ended, [PAGE_RESOLVED, PAGE_RESOLVED], "tickets wait for hours that are measured");
}

#[tokio::test]
async fn of_two_edits_at_once_each_is_a_revision_and_the_last_one_counts() {
    let world = World::new().await;
    world.apply(CHECKOUT).await.expect("good");
    let (looser, other) =
        (CHECKOUT.replace("0.999", "0.99"), CHECKOUT.replace("status = 'error'", "http_status >= 500"));
    let (first, second) = tokio::join!(world.apply(&looser), world.apply(&other));
    first.expect("good");
    second.expect("good");
    let defined = world.slos.defined("checkout").expect("defined");
    assert_eq!(defined.revision, 3);
    assert!([looser, other].iter().any(|text| text.contains(defined.slo.objectives[0].target.decimal())));
    // What is stored, what is judged and what is counted are the same one.
    let again = Slos { book: SloBook::default(), ..world.slos.clone() };
    again.load().await.expect("stored");
    let stored = again.defined("checkout").expect("stored");
    assert_eq!((stored.revision, &stored.slo), (defined.revision, &defined.slo));
    world.minutes(2, 10, 0).await;
    let status = world.slos.show("checkout", world.clock.now()).await.expect("defined").status;
    assert!(!status.objectives[0].window().sum.counts.is_zero(), "and it goes on");
}

#[tokio::test]
async fn a_day_without_ippo_is_unmeasured_and_resolves_nothing() {
    let world = World::new().await;
    world.apply(CHECKOUT).await.expect("good");
    world.minutes(30, 100, 0).await;
    world.minutes(3, 0, 100).await;
    world.clock.advance(Duration::from_secs(24 * 60 * 60));
    let back = world.minutes(1, 0, 0).await;
    assert!(!back.iter().any(|what| what.contains("Resolved")), "{back:?}");
    let status = world.slos.show("checkout", world.clock.now()).await.expect("defined").status;
    let tally = status.objectives[0].window().sum.minutes;
    assert!(tally.unmeasured >= 24 * 60 - 5, "{tally:?}");
    assert_eq!(tally.measured, 33, "and not one of them good");
    let told = world.minutes(8, 100, 0).await;
    assert!(
        told.iter().any(|what| what.contains("Resolved")),
        "traffic that is well again ends it: {told:?}"
    );
}

#[tokio::test]
async fn a_clock_that_is_set_back_loses_no_count_and_alerts_follow_the_time_that_it_says() {
    let world = World::new().await;
    world.apply(CHECKOUT).await.expect("good");
    world.minutes(30, 100, 0).await;
    world.minutes(3, 0, 100).await;
    let now = world.clock.now();
    let counts = || async {
        world.slos.show("checkout", now).await.expect("defined").status.objectives[0].window().sum.counts
    };
    let before = counts().await;
    world.clock.jump_to(now.minus(Duration::from_secs(20)));
    assert_eq!(world.tick().await, Vec::<String>::new(), "a step of some seconds changes nothing");
    // Ten minutes ago the last five minutes were well.
    world.clock.jump_to(now.minus(Duration::from_secs(600)));
    assert_eq!(world.tick().await, [PAGE_RESOLVED]);
    world.clock.jump_to(now);
    assert_eq!(world.tick().await, [PAGE_FIRES]);
    assert_eq!(counts().await, before, "and what was counted is what happened");
}
