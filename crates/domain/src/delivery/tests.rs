//! Messages on their way: pauses, unknown outcomes, giving up.

use ippo_base::ids::SimIds;
use proptest::prelude::*;

use super::*;

const START: Timestamp = Timestamp::from_secs(1_764_000_000);

fn fresh() -> Delivery {
    Delivery {
        id: DeliveryId::fresh(&SimIds::default()),
        incident_id: 1,
        target: "chat".to_owned(),
        channel: "slack".to_owned(),
        event: Event::Opened,
        event_time: START,
        actor: IPPO.to_owned(),
        text: Said::default(),
        severity: Severity::Sev2,
        state: DeliveryState::Pending,
        attempts: 0,
        repeat: false,
        created_at: START,
        next_at: Some(START),
        last_error: None,
        delivered_at: None,
    }
}

fn refused() -> Outcome {
    Outcome::Refused { reason: "answered 500".to_owned(), retry_after: None }
}

/// Fails until it is given up; the attempts and the time of the last.
fn fail_until_abandoned(mut delivery: Delivery) -> (Delivery, Timestamp) {
    let mut now = START;
    while let Some(next) = delivery.next_at {
        now = next;
        delivery = after_attempt(&begin(&delivery), &refused(), now).delivery;
    }
    (delivery, now)
}

#[test]
fn a_failing_target_is_tried_for_two_days_and_then_given_up() {
    let (delivery, last) = fail_until_abandoned(fresh());
    assert_eq!(delivery.state, DeliveryState::Abandoned);
    assert!((50..65).contains(&delivery.attempts), "{}", delivery.attempts);
    let tried_for = last.since(START);
    assert!(tried_for <= RETRY_FOR && tried_for > RETRY_FOR - LONGEST_PAUSE * 2, "{tried_for:?}");
    assert_eq!(delivery.last_error.as_deref(), Some("answered 500"));
    assert!(!delivery.repeat, "every outcome was known");
}

#[test]
fn five_minutes_of_failure_are_seen_before_five_attempts_more() {
    let mut delivery = fresh();
    let mut now = START;
    while now.since(START) < FAILURE_AFTER {
        now = delivery.next_at.expect("tried again");
        delivery = after_attempt(&begin(&delivery), &refused(), now).delivery;
    }
    assert!((5..=7).contains(&delivery.attempts), "{}", delivery.attempts);
}

#[test]
fn what_the_far_side_asks_for_is_given_within_reason() {
    let refused =
        |secs| Outcome::Refused { reason: String::new(), retry_after: Some(Duration::from_secs(secs)) };
    let after = |outcome| {
        after_attempt(&begin(&fresh()), &outcome, START).delivery.next_at.expect("again").since(START)
    };
    assert_eq!(after(refused(120)), Duration::from_secs(120));
    assert_eq!(after(refused(999_999)), LONGEST_PAUSE);
    assert!(after(refused(1)) > Duration::from_secs(8), "not sooner than the schedule");
}

#[test]
fn an_unknown_outcome_is_repeated_and_said() {
    let timed_out = Outcome::Unknown { reason: "no answer within 5 s".to_owned() };
    let waiting = after_attempt(&begin(&fresh()), &timed_out, START).delivery;
    assert!(waiting.repeat);
    let interrupted = after_interruption(&begin(&fresh()), START);
    assert_eq!(
        (interrupted.delivery.state, interrupted.delivery.next_at),
        (DeliveryState::Pending, Some(START))
    );
    assert!(interrupted.entries[0].text.english.ends_with("whether it arrived is unknown; sending it again"));
    for delivery in [waiting, interrupted.delivery] {
        let arrived = after_attempt(&begin(&delivery), &Outcome::Delivered, START);
        assert_eq!(arrived.delivery.attempts, 2);
        assert!(
            arrived.entries[0].text.english.contains("it may have arrived twice"),
            "{}",
            arrived.entries[0].text
        );
    }
    let arrived = after_attempt(&begin(&fresh()), &Outcome::Delivered, START);
    assert_eq!(arrived.entries[0].text, Said::new("chat by slack", "chat(slack)"));
}

proptest! {
    #[test]
    fn pauses_grow_and_stay_within_a_tenth(seed in any::<u128>(), attempts in 1u32..1_000) {
        let id: DeliveryId = format!("{seed:032x}").parse().expect("32 digits");
        let plain = FIRST_PAUSE.saturating_mul(1 << (attempts - 1).min(20)).min(LONGEST_PAUSE);
        let pause = pause_after(id, attempts);
        prop_assert_eq!(pause, pause_after(id, attempts));
        prop_assert!(pause >= plain * 9 / 10 && pause <= plain * 11 / 10);
    }
}
