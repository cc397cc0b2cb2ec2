//! Outages: who is told, how often, and what the timeline says.

use std::time::Duration;

use ippo_domain::alert::AlertKind;
use ippo_domain::incident::{IncidentState, Severity};
use ippo_engine::incident::{IncidentError, NewIncident};
use ippo_testkit::channel::Answer;

use crate::world::{PAGE_1H, PAGE_6H, TICKET, World};

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn an_outage_is_one_incident_that_tells_everyone_once_and_ends_by_itself() {
    let world = World::new().await;
    world.fire(&[PAGE_1H, TICKET]).await;
    assert_eq!(world.news().await, ["chat opened INC-1", "mail opened INC-1"]);

    world.pass(MINUTE).await;
    world.fire(&[PAGE_6H]).await;
    world.fire(&[PAGE_1H]).await;
    assert_eq!(world.news().await, Vec::<String>::new(), "a second alert opens nothing while it is open");
    assert_eq!(world.all().await, ["INC-1 open sev2 Checkout succeeds is burning its error budget"]);

    world.end(&[PAGE_1H]).await;
    assert!(world.is(1, IncidentState::Open).await, "the other window still burns");
    world.end(&[TICKET, PAGE_6H]).await;
    assert_eq!(world.news().await, ["chat resolved INC-1", "mail resolved INC-1"]);
    assert_eq!(
        world.kinds(1).await,
        [
            "alert_firing",
            "opened",
            "alert_firing",
            "notified",
            "notified",
            "alert_firing",
            "alert_resolved",
            "alert_resolved",
            "alert_resolved",
            "resolved",
            "notified",
            "notified",
        ]
    );
    assert_eq!(world.incident(1).await.resolved.expect("over").1, "ippo");
}

#[tokio::test]
async fn a_shop_that_stops_is_one_incident_that_every_team_hears_of_once() {
    let world = World::new().await;
    for team in ["cart", "checkout", "search"] {
        world.define(&format!("{team}-team"), "type: email\n  to: [team@example.org]").await;
    }
    world.silence(AlertKind::Firing, &["cart", "checkout"]).await;
    world.pass(MINUTE).await;
    world.silence(AlertKind::Firing, &["search"]).await;
    world.deliver().await;
    assert_eq!(
        world.channel.news(),
        [
            "cart-team opened INC-1",
            "chat opened INC-1",
            "checkout-team opened INC-1",
            "search-team opened INC-1"
        ]
    );
    assert_eq!(world.all().await, ["INC-1 open sev2 Nothing is heard from cart"]);
    world.silence(AlertKind::Resolved, &["cart", "search"]).await;
    assert!(world.is(1, IncidentState::Open).await, "checkout is still silent");
    world.silence(AlertKind::Resolved, &["checkout"]).await;
    assert_eq!(world.news().await.len(), 4);
    assert!(world.is(1, IncidentState::Resolved).await);
}

#[tokio::test]
async fn a_slow_burn_opens_a_low_one_and_a_page_leaves_its_ticket_standing() {
    let world = World::new().await;
    world.fire(&[PAGE_1H, TICKET]).await;
    world.pass(MINUTE).await;
    world.end(&[PAGE_1H]).await;
    assert_eq!(
        world.all().await,
        [
            "INC-1 resolved sev2 Checkout succeeds is burning its error budget",
            "INC-2 open sev4 Checkout succeeds is slowly burning its error budget",
        ]
    );
    world.end(&[TICKET]).await;
    assert!(world.is(2, IncidentState::Resolved).await);
}

#[tokio::test]
async fn an_acknowledged_incident_ends_with_its_alert_and_people_are_on_the_timeline() {
    let world = World::new().await;
    world.fire(&[PAGE_1H]).await;
    world.deliver().await;
    world.incidents.acknowledge(1, "ada", "on it", world.now()).await.expect("open");
    world.incidents.acknowledge(1, "grace", "", world.now()).await.expect("open");
    world.incidents.comment(1, "grace", "the provider is down", world.now()).await.expect("good");
    world.incidents.set_owner(1, "ada", "ada", world.now()).await.expect("good");
    world.incidents.set_severity(1, "ada", Severity::Sev1, world.now()).await.expect("good");
    world.end(&[PAGE_1H]).await;
    world.channel.news();
    world.pass(MINUTE).await;
    let story = world.timeline(1).await;
    assert_eq!(
        story[4..9],
        [
            "acknowledged: on it",
            "acknowledged: acknowledged again",
            "comment: the provider is down",
            "owner_changed: team-pay → ada",
            "severity_changed: sev2 → sev1",
        ]
    );
    let one = world.incident(1).await;
    assert_eq!(one.acknowledged.as_ref().map(|(_, by)| by.as_str()), Some("ada"));
    assert_eq!(one.state, IncidentState::Resolved);
    let refused = world.incidents.acknowledge(1, "ada", "", world.now()).await.expect_err("over");
    assert_eq!(refused.to_string(), "INC-1 is resolved; reopen it first");
    assert!(matches!(world.incidents.show(7).await, Err(IncidentError::Unknown(7))));
}

#[tokio::test]
async fn messages_to_a_target_keep_their_order() {
    let world = World::new().await;
    world.channel.otherwise(Answer::Refuse);
    world.fire(&[PAGE_1H]).await;
    world.deliver().await;
    world.end(&[PAGE_1H]).await;
    world.pass(Duration::from_secs(5)).await;
    assert_eq!(
        world.outbox(1).await,
        [
            "chat opened failed 1",
            "mail opened failed 1",
            "chat resolved pending 0",
            "mail resolved pending 0"
        ]
    );
    world.channel.otherwise(Answer::Take);
    world.pass(MINUTE).await;
    let arrived: Vec<String> =
        world.channel.arrived().iter().filter(|a| a.target == "chat").map(|a| a.event.clone()).collect();
    assert_eq!(arrived, ["opened", "resolved"]);
}

#[tokio::test]
async fn an_alert_that_flaps_stays_one_incident_and_says_so() {
    let world = World::new().await;
    let mut told = Vec::new();
    for _ in 0..4 {
        world.fire(&[PAGE_1H]).await;
        told.extend(world.news().await.into_iter().filter(|line| line.starts_with("chat")));
        world.pass(MINUTE * 5).await;
        world.end(&[PAGE_1H]).await;
        told.extend(world.news().await.into_iter().filter(|line| line.starts_with("chat")));
        world.pass(MINUTE * 5).await;
    }
    assert_eq!(
        told,
        [
            "chat opened INC-1",
            "chat resolved INC-1",
            "chat reopened INC-1",
            "chat resolved INC-1",
            "chat reopened INC-1",
            "chat reopened INC-1",
        ]
    );
    let story = world.timeline(1).await;
    assert!(story.iter().any(|line| line.starts_with("reopened: its alert flaps: it began again 3 times")));
    assert_eq!(world.all().await.len(), 1);
}

#[tokio::test]
async fn a_muted_alert_is_recorded_and_told_when_the_mute_ends() {
    let world = World::new().await;
    world.mute(world.now().plus(MINUTE * 10)).await;
    world.fire(&[PAGE_1H]).await;
    assert_eq!(world.news().await, Vec::<String>::new());
    assert_eq!(world.kinds(1).await, ["alert_firing", "opened", "muted"]);
    assert!(world.incident(1).await.muted);
    world.pass(MINUTE * 9).await;
    assert!(world.channel.news().is_empty());
    world.pass(MINUTE).await;
    assert_eq!(world.channel.news(), ["chat opened INC-1", "mail opened INC-1"]);
    assert!(!world.incident(1).await.muted);
}

#[tokio::test]
async fn a_mute_holds_back_what_was_on_its_way() {
    let world = World::new().await;
    world.channel.otherwise(Answer::Refuse);
    world.fire(&[PAGE_1H]).await;
    world.deliver().await;
    world.channel.otherwise(Answer::Take);
    world.mute(world.now().plus(MINUTE * 10)).await;
    world.pass(MINUTE * 5).await;
    assert!(world.channel.news().is_empty());
    assert_eq!(world.outbox(1).await, ["chat opened failed 1", "mail opened failed 1"]);
    world.end(&[PAGE_1H]).await;
    world.pass(MINUTE * 6).await;
    assert_eq!(world.channel.news(), ["chat opened INC-1", "mail opened INC-1"], "late, but not lost");
}

#[tokio::test]
async fn a_person_opens_an_incident_and_every_target_hears_of_it() {
    let world = World::new().await;
    let new = NewIncident {
        title: "Nobody can pay".to_owned(),
        severity: Severity::Sev1,
        service: None,
        description: "customers call".to_owned(),
    };
    let opened = world.incidents.open(new, "ada", world.now()).await.expect("good");
    assert_eq!(opened.incident.key(), "INC-1");
    assert_eq!(world.news().await, ["chat opened INC-1", "mail opened INC-1"]);
    world.incidents.resolve(1, "ada", "they can", world.now()).await.expect("open");
    world.incidents.reopen(1, "ada", world.now()).await.expect("over");
    world.pass(Duration::from_secs(3)).await;
    assert_eq!(
        world.channel.news(),
        ["chat reopened INC-1", "chat resolved INC-1", "mail reopened INC-1", "mail resolved INC-1"]
    );
}

#[tokio::test]
async fn reopening_beside_an_open_one_is_refused() {
    let world = World::new().await;
    world.fire(&[PAGE_1H]).await;
    world.incidents.resolve(1, "ada", "", world.now()).await.expect("open");
    world.end(&[PAGE_1H]).await;
    world.fire(&[PAGE_1H]).await;
    assert_eq!(world.all().await.len(), 2, "what a person ended is over");
    let refused = world.incidents.reopen(1, "ada", world.now()).await.expect_err("one is open");
    assert_eq!(refused.to_string(), "another incident of the same alert is open; go on there");
}
