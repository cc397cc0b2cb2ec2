//! Incidents, their timelines and messages in a real database.

use std::time::Duration;

use ippo_base::Timestamp;
use ippo_base::ids::{DeliveryId, SimIds};
use ippo_domain::Said;
use ippo_domain::alert::{AlertSource, FiringAlert};
use ippo_domain::delivery::{Delivery, DeliveryState};
use ippo_domain::incident::{
    Event, IPPO, Impact, Incident, IncidentState, Manual, Severity, open_manual, resolve,
};
use tempfile::TempDir;

use crate::incident::{self, Listing};
use crate::{State, StateError, outbox, target, timeline};

const NOW: Timestamp = Timestamp::from_secs(1_764_000_000);

async fn state() -> (TempDir, State) {
    let folder = tempfile::tempdir().expect("a folder");
    let state = State::open(&folder.path().join("state.db")).await.expect("opens");
    (folder, state)
}

fn manual(id: i64) -> Incident {
    let manual = Manual {
        title: "Nobody can pay".to_owned(),
        severity: Severity::Sev2,
        service: Some("shop".to_owned()),
        description: "customers call".to_owned(),
        notify: vec!["chat".to_owned(), "mail".to_owned()],
        by: "ada".to_owned(),
    };
    open_manual(manual, id, NOW).expect("good").incident
}

fn delivery(ids: &SimIds, incident_id: i64, target: &str) -> Delivery {
    Delivery {
        id: DeliveryId::fresh(ids),
        incident_id,
        target: target.to_owned(),
        channel: "slack".to_owned(),
        event: Event::Opened,
        event_time: NOW,
        actor: IPPO.to_owned(),
        text: Said::new("it began", "発生しました"),
        severity: Severity::Sev2,
        state: DeliveryState::Pending,
        attempts: 0,
        repeat: false,
        created_at: NOW,
        next_at: Some(NOW),
        last_error: None,
        delivered_at: None,
    }
}

#[tokio::test]
async fn what_was_written_before_there_was_japanese_is_english_in_both() {
    let (_folder, state) = state().await;
    let mut tx = state.begin().await.expect("begins");
    let mut incident = manual(1);
    incident.title = Said::new("old", "古い");
    incident::save(&mut tx, &incident).await.expect("writes");
    assert_eq!(incident::get(&mut tx, 1).await.expect("reads").title, incident.title);
    sqlx::query("UPDATE incidents SET title_ja = NULL").execute(&mut *tx).await.expect("writes");
    assert_eq!(incident::get(&mut tx, 1).await.expect("reads").title, Said::same("old"));
}

#[tokio::test]
async fn an_incident_comes_back_as_it_went() {
    let (_folder, state) = state().await;
    let mut tx = state.begin().await.expect("begins");
    let mut incident = manual(incident::next_id(&mut tx).await.expect("reads"));
    assert_eq!(incident.id, 1);
    incident::save(&mut tx, &incident).await.expect("writes");
    assert_eq!(incident::get(&mut tx, 1).await.expect("reads"), incident);
    incident.impact = Some(Impact {
        from: NOW,
        to: NOW.plus(Duration::from_secs(60)),
        requests: 12,
        users: 3,
        users_exact: true,
        example_traces: vec!["4bf92f3577b34da6a3ce929d0e0e4736".to_owned()],
    });
    let over = resolve(&incident, "ada", "", NOW).expect("open").incident;
    incident::save(&mut tx, &over).await.expect("writes");
    assert_eq!(incident::get(&mut tx, 1).await.expect("reads"), over);
    assert!(matches!(incident::get(&mut tx, 2).await, Err(StateError::NotFound)));
}

#[tokio::test]
async fn a_source_has_one_open_incident_and_many_resolved_ones() {
    let (_folder, state) = state().await;
    let mut tx = state.begin().await.expect("begins");
    for id in 1..=3 {
        let one = Incident { source: "slo/a/page".to_owned(), ..manual(id) };
        incident::save(&mut tx, &one).await.expect("writes");
        assert_eq!(incident::open(&mut tx).await.expect("reads").len(), 1);
        let over = resolve(&one, "ada", "", NOW).expect("open").incident;
        incident::save(&mut tx, &over).await.expect("writes");
    }
    let last = incident::last_resolved(&mut tx, "slo/a/page").await.expect("reads").expect("one");
    assert_eq!(last.id, 3);
    let open = Incident { source: "slo/a/page".to_owned(), ..manual(4) };
    incident::save(&mut tx, &open).await.expect("writes");
    assert_eq!(incident::last_resolved(&mut tx, "slo/a/page").await.expect("reads"), None);
    let second = Incident { source: "slo/a/page".to_owned(), ..manual(5) };
    let refused = incident::save(&mut tx, &second).await;
    assert!(matches!(refused, Err(StateError::Conflict(_))), "{refused:?}");
}

#[tokio::test]
async fn lists_are_newest_first_and_paged() {
    let (_folder, state) = state().await;
    let mut tx = state.begin().await.expect("begins");
    for id in 1..=5 {
        let mut one = manual(id);
        if id % 2 == 0 {
            one = resolve(&one, "ada", "", NOW).expect("open").incident;
        }
        incident::save(&mut tx, &one).await.expect("writes");
    }
    let mut ids = Vec::new();
    for (states, before, limit) in [
        (&[][..], None, 2),
        (&[][..], Some(4), 9),
        (&[IncidentState::Resolved][..], None, 9),
        (&[IncidentState::Open, IncidentState::Acknowledged][..], None, 2),
    ] {
        let listed = incident::list(&mut tx, Listing { states, before, limit }).await.expect("reads");
        ids.push(listed.iter().map(|i| i.id).collect::<Vec<_>>());
    }
    assert_eq!(ids, [vec![5, 4], vec![3, 2, 1], vec![4, 2], vec![5, 3]]);
}

#[tokio::test]
async fn alerts_belong_to_an_incident_until_they_end() {
    let (_folder, state) = state().await;
    let mut tx = state.begin().await.expect("begins");
    incident::save(&mut tx, &manual(1)).await.expect("writes");
    let source = AlertSource::Own { code: "evaluate".to_owned() };
    let alert =
        FiringAlert {
            source, alert: "loop".to_owned(), since: NOW, text: Said::new("late", "遅れています")
        };
    incident::attach(&mut tx, 1, &alert).await.expect("writes");
    assert_eq!(incident::alerts(&mut tx, 1).await.expect("reads"), [alert]);
    assert_eq!(incident::of_alert(&mut tx, "ippo/evaluate", "loop").await.expect("reads"), Some(1));
    assert_eq!(incident::own_failures(&mut tx).await.expect("reads"), ["ippo/evaluate"]);
    incident::detach(&mut tx, "ippo/evaluate", "loop").await.expect("writes");
    assert_eq!(incident::of_alert(&mut tx, "ippo/evaluate", "loop").await.expect("reads"), None);
}

#[tokio::test]
async fn a_timeline_keeps_both_times_and_its_order() {
    let (_folder, state) = state().await;
    let mut tx = state.begin().await.expect("begins");
    let ids = SimIds::default();
    let late = NOW.plus(Duration::from_secs(90));
    incident::save(&mut tx, &manual(1)).await.expect("writes");
    let entries = resolve(&manual(1), "ada", "rolled back", NOW).expect("open").entries;
    for _ in 0..2 {
        timeline::append(&mut tx, &ids, 1, &entries, late).await.expect("writes");
    }
    let told = timeline::list(&mut tx, 1, 0, 9).await.expect("reads");
    let times: Vec<_> = told.iter().map(|e| (e.position, e.event_time, e.recorded_time)).collect();
    assert_eq!(times, [(1, NOW, late), (2, NOW, late)]);
    assert_eq!(timeline::list(&mut tx, 1, 1, 9).await.expect("reads").len(), 1);
    let nothing = timeline::append(&mut tx, &ids, 7, &entries, late).await;
    assert!(matches!(nothing, Err(StateError::Conflict(_))), "there is no such incident");
}

#[tokio::test]
async fn messages_wait_their_turn_their_time_and_the_end_of_a_mute() {
    let (_folder, state) = state().await;
    let mut tx = state.begin().await.expect("begins");
    let ids = SimIds::default();
    for id in 1..=2 {
        let one = Incident { muted: id == 2, ..manual(id) };
        incident::save(&mut tx, &one).await.expect("writes");
    }
    for (incident, to) in [(1, "chat"), (1, "mail"), (1, "chat"), (2, "chat")] {
        outbox::add(&mut tx, &delivery(&ids, incident, to)).await.expect("writes");
    }
    let due = outbox::due(&mut tx, NOW, 9).await.expect("reads");
    assert_eq!(due.iter().map(|d| d.target.as_str()).collect::<Vec<_>>(), ["chat", "mail"]);
    assert!(outbox::due(&mut tx, NOW.minus(Duration::from_secs(1)), 9).await.expect("reads").is_empty());
    let done = Delivery { state: DeliveryState::Delivered, next_at: None, ..due[0].clone() };
    outbox::save(&mut tx, &done).await.expect("writes");
    let sending = Delivery { state: DeliveryState::Sending, next_at: None, ..due[1].clone() };
    outbox::save(&mut tx, &sending).await.expect("writes");
    assert_eq!(outbox::interrupted(&mut tx).await.expect("reads"), [sending]);
    let all = outbox::of_incident(&mut tx, 1).await.expect("reads");
    assert_eq!(outbox::due(&mut tx, NOW, 9).await.expect("reads"), [all[2].clone()]);
    assert_eq!(incident::mutable(&mut tx).await.expect("reads").len(), 0, "manual ones have no SLO");
}

#[tokio::test]
async fn a_targets_last_success_clears_its_error() {
    let (_folder, state) = state().await;
    let mut tx = state.begin().await.expect("begins");
    target::failed(&mut tx, "chat", "answered 500", NOW).await.expect("writes");
    let later = NOW.plus(Duration::from_secs(5));
    target::succeeded(&mut tx, "chat", later).await.expect("writes");
    let health = target::health(&mut tx).await.expect("reads");
    let chat = &health["chat"];
    assert_eq!(
        (chat.last_success_at, chat.last_failure_at, &chat.last_error),
        (Some(later), Some(NOW), &None)
    );
}
