//! `kill -9` between any two steps: no page is lost, and one is repeated only after an attempt whose outcome is unknown,
//! and then says so.

use std::collections::BTreeMap;
use std::time::Duration;

use ippo_domain::alert::AlertKind;
use ippo_state::sim::Lifeline;
use ippo_testkit::channel::{Answer, Arrived};
use proptest::prelude::*;

use crate::world::{PAGE_1H, TICKET, World};

/// Steps of a life that is long enough for the whole story.
const LONG: u64 = 10_000;

/// An outage begins, is told, ends, is told. Whoever lives on after a crash finds the same alerts again and goes on.
/// False if the process died on the way.
async fn live(world: &World) -> bool {
    for kind in [AlertKind::Firing, AlertKind::Resolved] {
        if ended(world).await == Some(true) && kind == AlertKind::Firing {
            continue;
        }
        if world.alerts(kind, &[PAGE_1H, TICKET]).await.is_err() {
            return false;
        }
        for _ in 0..4 {
            if world.deliverer.run_once(&world.shared_clock()).await.is_err() {
                return false;
            }
            world.clock.advance(Duration::from_secs(60));
        }
    }
    true
}

/// Whether the incident has ended already; none if there is none yet or the process is dead.
async fn ended(world: &World) -> Option<bool> {
    world.incidents.show(1).await.ok().map(|view| view.incident.resolved.is_some())
}

/// What must hold of what arrived, whatever happened on the way.
fn check(arrived: &[Arrived], story: &[String]) {
    let mut copies: BTreeMap<String, Vec<&Arrived>> = BTreeMap::new();
    for one in arrived {
        copies.entry(format!("{} {} {}", one.target, one.event, one.incident)).or_default().push(one);
    }
    let told: Vec<&str> = copies.keys().map(String::as_str).collect();
    let expected = ["chat opened INC-1", "chat resolved INC-1", "mail opened INC-1", "mail resolved INC-1"];
    assert_eq!(told, expected, "nothing is lost, nothing is invented: {story:#?}");
    for (what, copies) in copies {
        assert!(copies.iter().all(|copy| copy.id == copies[0].id), "{what}: one id");
        assert!(copies[1..].iter().all(|copy| copy.repeat), "{what}: a repeat says so: {story:#?}");
    }
    let repeats = arrived.iter().filter(|copy| copy.repeat).count();
    let unknown = story.iter().filter(|line| line.contains("whether it arrived is unknown")).count();
    assert!(repeats <= unknown, "each repeat has an unknown outcome before it: {story:#?}");
}

#[tokio::test]
async fn a_kill_between_any_two_steps_loses_no_page() {
    let mut survived = false;
    let mut repeated = 0;
    for steps in 0..LONG {
        let world = World::new().await;
        let mortal = world.restarted(Lifeline::dying_after(steps)).await;
        survived = live(&mortal).await;
        let heir = world.restarted(Lifeline::immortal()).await;
        assert!(live(&heir).await, "nothing stops the heir of step {steps}");
        let arrived = world.channel.arrived();
        repeated += usize::from(arrived.len() > 4);
        check(&arrived, &world.timeline(1).await);
        if survived {
            break;
        }
    }
    assert!(survived, "the story has an end");
    assert!(repeated > 0, "some deaths come after a message left and before its outcome was written");
}

#[tokio::test]
async fn an_ippo_that_is_not_killed_repeats_nothing() {
    let world = World::new().await;
    assert!(live(&world).await);
    let arrived = world.channel.arrived();
    assert_eq!(arrived.len(), 4);
    assert!(arrived.iter().all(|one| !one.repeat));
}

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![Just(Answer::Take), Just(Answer::Refuse), Just(Answer::TakeSilently), Just(Answer::Lose)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_dies_and_whatever_breaks_no_page_is_lost(
        lives in prop::collection::vec(0u64..60, 0..4),
        answers in prop::collection::vec(answer(), 0..6),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let world = World::new().await;
            world.channel.answer(answers);
            for steps in lives {
                live(&world.restarted(Lifeline::dying_after(steps)).await).await;
            }
            let heir = world.restarted(Lifeline::immortal()).await;
            assert!(live(&heir).await);
            heir.skip(Duration::from_secs(60 * 60)).await;
            check(&world.channel.arrived(), &world.timeline(1).await);
        });
    }
}
