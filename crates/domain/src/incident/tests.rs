//! What follows from alerts, people and mutes, told as stories.

use std::time::Duration;

use ippo_base::Timestamp;

use super::*;
use crate::alert::{AlertKind, AlertSeverity, AlertSource, AlertSubject, AlertTransition, FiringAlert};
use crate::{Language, Said};

const START: Timestamp = Timestamp::from_secs(1_764_000_000);

fn at(minutes: u64) -> Timestamp {
    START.plus(Duration::from_secs(minutes * 60))
}

fn burn(severity: AlertSeverity, kind: AlertKind, minutes: u64) -> AlertTransition {
    let source = AlertSource::Slo { name: "checkout".to_owned(), severity };
    let text = Said::same("page 1h/5m of 0.999: burn 100 and 1000, factor 14.4");
    AlertTransition {
        source,
        alert: "burn/0/60".to_owned(),
        kind,
        at: at(minutes),
        text,
        subject: subject("chat"),
    }
}

fn subject(target: &str) -> AlertSubject {
    AlertSubject {
        title: Said::same("Checkout succeeds"),
        slo: Some("checkout".to_owned()),
        service: Some("shop".to_owned()),
        owner: Some("team-pay".to_owned()),
        notify: vec![target.to_owned()],
        runbook: None,
        rule: None,
        examples: vec![],
    }
}

fn silence(service: &str, minutes: u64) -> AlertTransition {
    AlertTransition {
        source: AlertSource::Absence { name: service.to_owned() },
        alert: "absence".to_owned(),
        kind: AlertKind::Firing,
        at: at(minutes),
        text: Said::same(format!("nothing is heard from {service}")),
        subject: AlertSubject { service: Some(service.to_owned()), ..subject(&format!("{service}-chat")) },
    }
}

fn still(transition: &AlertTransition) -> FiringAlert {
    let AlertTransition { source, alert, at, text, .. } = transition.clone();
    FiringAlert { source, alert, since: at, text }
}

fn told(decision: &Decision) -> String {
    let entries: Vec<&str> = decision.entries.iter().map(|e| e.kind.name()).collect();
    let messages: Vec<&str> = decision.messages.iter().map(|m| m.event.name()).collect();
    format!("{} | {}", entries.join(" "), messages.join(" "))
}

/// An incident of an SLO that has just begun.
pub(super) fn opened() -> Incident {
    page()
}

fn page() -> Incident {
    on_firing(&burn(AlertSeverity::Page, AlertKind::Firing, 0), &[], None, None, 1).incident
}

fn mute() -> MuteNote {
    MuteNote { until: at(60), by: "ada".to_owned(), reason: "deploy".to_owned() }
}

#[test]
fn a_page_opens_and_the_next_one_joins() {
    let first = on_firing(&burn(AlertSeverity::Page, AlertKind::Firing, 0), &[], None, None, 7);
    assert_eq!(told(&first), "alert_firing opened | opened");
    let incident = first.incident;
    assert_eq!((incident.key().as_str(), incident.severity), ("INC-7", Severity::Sev2));
    let title = Said::new(
        "Checkout succeeds is burning its error budget",
        "Checkout succeeds: エラーバジェットの消費が速すぎます",
    );
    assert_eq!(incident.title, title);
    let open = [incident];
    let second = on_firing(&burn(AlertSeverity::Page, AlertKind::Firing, 1), &open, None, None, 8);
    assert_eq!((told(&second).as_str(), second.incident.id), ("alert_firing | ", 7));
    let ticket = on_firing(&burn(AlertSeverity::Ticket, AlertKind::Firing, 1), &open, None, None, 8);
    assert_eq!((told(&ticket).as_str(), ticket.incident.id), ("alert_firing | ", 7), "the page is enough");
}

#[test]
fn a_ticket_opens_a_low_one_and_a_page_still_pages() {
    let ticket = on_firing(&burn(AlertSeverity::Ticket, AlertKind::Firing, 0), &[], None, None, 1).incident;
    assert_eq!(ticket.severity, Severity::Sev4);
    let page = on_firing(&burn(AlertSeverity::Page, AlertKind::Firing, 9), &[ticket], None, None, 2);
    assert_eq!((told(&page).as_str(), page.incident.id), ("alert_firing opened | opened", 2));
}

#[test]
fn a_page_ends_with_its_last_page_and_leaves_the_tickets_standing() {
    let end = burn(AlertSeverity::Page, AlertKind::Resolved, 10);
    let long = still(&burn(AlertSeverity::Page, AlertKind::Firing, 2));
    let ticket = still(&burn(AlertSeverity::Ticket, AlertKind::Firing, 2));
    let held = on_resolved(&end, &page(), &[long, ticket.clone()]);
    assert_eq!((told(&held.decision).as_str(), held.orphans.len()), ("alert_resolved | ", 0));
    let mut taken = page();
    taken.state = IncidentState::Acknowledged;
    for incident in [page(), taken] {
        let over = on_resolved(&end, &incident, std::slice::from_ref(&ticket));
        assert_eq!(told(&over.decision), "alert_resolved resolved | resolved");
        assert_eq!(over.decision.incident.resolved, Some((at(10), IPPO.to_owned())));
        assert_eq!(over.orphans, std::slice::from_ref(&ticket));
    }
}

#[test]
fn the_end_of_an_alert_is_recorded_on_an_incident_that_a_person_ended() {
    let over = resolve(&page(), "ada", "rolled back", at(3)).expect("open").incident;
    let end = on_resolved(&burn(AlertSeverity::Page, AlertKind::Resolved, 10), &over, &[]);
    assert_eq!(told(&end.decision), "alert_resolved | ");
    assert_eq!(end.decision.incident.resolved, Some((at(3), "ada".to_owned())));
}

#[test]
fn an_alert_that_comes_back_soon_goes_on_with_its_incident_and_flapping_is_said() {
    let mut incident = page();
    let mut stories = Vec::new();
    for round in 0..3 {
        let end = burn(AlertSeverity::Page, AlertKind::Resolved, round * 20 + 10);
        let over = on_resolved(&end, &incident, &[]).decision;
        let begin = burn(AlertSeverity::Page, AlertKind::Firing, round * 20 + 20);
        let again = on_firing(&begin, &[], Some(&over.incident), None, 9);
        stories.push(format!("{} / {}", told(&over), told(&again)));
        incident = again.incident;
    }
    assert_eq!(
        stories,
        [
            "alert_resolved resolved | resolved / alert_firing reopened | reopened",
            "alert_resolved resolved | resolved / alert_firing reopened | reopened",
            "alert_resolved resolved |  / alert_firing reopened | reopened",
        ]
    );
    assert_eq!((incident.id, incident.reopened, incident.acknowledged.is_none()), (1, 3, true));
    let over =
        on_resolved(&burn(AlertSeverity::Page, AlertKind::Resolved, 70), &incident, &[]).decision.incident;
    let late = on_firing(&burn(AlertSeverity::Page, AlertKind::Firing, 101), &[], Some(&over), None, 9);
    assert_eq!(late.incident.id, 9, "after {REOPEN_WITHIN:?} it is another one");
    let person = resolve(&page(), "ada", "", at(3)).expect("open").incident;
    let new = on_firing(&burn(AlertSeverity::Page, AlertKind::Firing, 5), &[], Some(&person), None, 9);
    assert_eq!(new.incident.id, 9, "what a person ended is over");
}

#[test]
fn the_whole_shop_going_silent_is_one_incident_that_tells_everyone_once() {
    let first = on_firing(&silence("cart", 0), &[], None, None, 1);
    assert_eq!((first.incident.severity, first.incident.kind), (Severity::Sev2, IncidentKind::Absence));
    let second = on_firing(&silence("checkout", 1), &[first.incident], None, None, 2);
    assert_eq!((told(&second).as_str(), second.incident.id), ("alert_firing | opened", 1));
    assert_eq!(second.messages[0].to, Audience::Only(vec!["checkout-chat".to_owned()]));
    let open = [second.incident];
    let again = on_firing(&silence("checkout", 2), &open, None, None, 2);
    assert_eq!(told(&again), "alert_firing | ", "its target was told");
    let later = on_firing(&silence("mail", 30), &open, None, None, 2);
    assert_eq!(later.incident.id, 2, "another silence, another day");
}

#[test]
fn a_muted_alert_is_recorded_and_not_told_until_the_mute_ends() {
    let muted = on_firing(&burn(AlertSeverity::Page, AlertKind::Firing, 0), &[], None, Some(&mute()), 1);
    assert_eq!(told(&muted), "alert_firing opened muted | ");
    assert!(sync_mute(&muted.incident, Some(&mute()), false, at(5)).is_none());
    let ended = sync_mute(&muted.incident, None, false, at(60)).expect("changes");
    assert_eq!(told(&ended), "unmuted | opened");
    assert!(!ended.incident.muted);

    let open = page();
    let now = sync_mute(&open, Some(&mute()), true, at(5)).expect("changes");
    assert_eq!((told(&now).as_str(), now.entries[0].actor.as_str()), ("muted | ", "ada"));
    let ended = sync_mute(&now.incident, None, true, at(60)).expect("changes");
    assert_eq!(told(&ended), "unmuted | ", "they were told before");
    let over = on_resolved(&burn(AlertSeverity::Page, AlertKind::Resolved, 9), &now.incident, &[]);
    assert_eq!(told(&over.decision), "alert_resolved resolved | ");
}

#[test]
fn people_take_end_and_reopen() {
    let taken = acknowledge(&page(), "ada", "on it", at(1)).expect("open").incident;
    assert_eq!(taken.acknowledged, Some((at(1), "ada".to_owned())));
    let race = acknowledge(&taken, "grace", "", at(2)).expect("still open");
    assert_eq!(
        race.entries[0].text.english, "acknowledged again",
        "an acknowledgement that races is recorded"
    );
    assert_eq!(race.incident.acknowledged, Some((at(1), "ada".to_owned())));
    let over = resolve(&taken, "ada", "", at(3)).expect("open");
    assert_eq!(told(&over), "resolved | resolved");
    let refused = [
        acknowledge(&over.incident, "ada", "", at(4)).expect_err("over").to_string(),
        resolve(&over.incident, "ada", "", at(4)).expect_err("over").to_string(),
        reopen(&taken, "ada", at(4)).expect_err("open").to_string(),
    ];
    assert_eq!(
        refused,
        [
            "INC-1 is resolved; reopen it first",
            "INC-1 is resolved already",
            "INC-1 is acknowledged, not resolved"
        ]
    );
    let again = reopen(&over.incident, "ada", at(5)).expect("over");
    assert_eq!(told(&again), "reopened | reopened");
    assert_eq!((again.incident.state, again.incident.resolved), (IncidentState::Open, None));
}

#[test]
fn people_say_how_bad_it_is_and_who_has_it() {
    let worse = set_severity(&page(), "ada", Severity::Sev1, at(1));
    assert_eq!(told(&worse), "severity_changed | severity_raised");
    let milder = set_severity(&worse.incident, "ada", Severity::Sev3, at(1));
    assert_eq!(
        (told(&milder).as_str(), milder.entries[0].text.to(Language::Japanese)),
        ("severity_changed | ", "sev1 → sev3")
    );
    assert_eq!(told(&set_severity(&milder.incident, "ada", Severity::Sev3, at(1))), " | ");
    let owned = set_owner(&page(), "ada", " grace ", at(1)).expect("short");
    assert_eq!(owned.entries[0].text, Said::same("team-pay → grace"));
    let nobody = set_owner(&owned.incident, "ada", "", at(1)).expect("short");
    assert_eq!(nobody.entries[0].text, Said::new("grace → nobody", "grace → なし"));
    assert_eq!(nobody.incident.owner, None);
    let empty = comment(&page(), "ada", "  ", at(1)).expect_err("empty").to_string();
    assert_eq!(empty, "text must say something, in at most 10000 characters");
    assert!(set_owner(&page(), "ada", &"x".repeat(201), at(1)).is_err());
}

#[test]
fn a_person_opens_one_and_everyone_is_told() {
    let manual = |title: &str| Manual {
        title: title.to_owned(),
        severity: Severity::Sev1,
        service: Some(String::new()),
        description: "customers call".to_owned(),
        notify: vec!["chat".to_owned()],
        by: "ada".to_owned(),
    };
    let opened = open_manual(manual(" Nobody can pay "), 3, at(0)).expect("good");
    assert_eq!(told(&opened), "opened comment | opened");
    assert_eq!((opened.incident.title, opened.incident.service), (Said::same("Nobody can pay"), None));
    assert!(open_manual(manual(" "), 3, at(0)).is_err());
}

#[test]
fn impact_is_told_when_known_when_doubled_and_at_the_end() {
    let impact = |requests, users| Impact {
        from: at(0),
        to: at(1),
        requests,
        users,
        users_exact: false,
        example_traces: vec![],
    };
    let text = |told, now: Impact, ended| impact_entry(told, &now, ended).map(|e| e.text);
    let said = Said::new("10 requests, about 4 users", "10 件のリクエスト、約 4 人のユーザー");
    assert_eq!(text(None, impact(10, 4), false), Some(said));
    assert_eq!(text(None, impact(0, 0), true), None);
    assert_eq!(text(Some(10), impact(19, 5), false), None);
    assert!(text(Some(10), impact(20, 5), false).is_some());
    assert!(text(Some(10), impact(19, 5), true).is_some());
    assert_eq!(text(Some(10), impact(10, 4), true), None);
}
