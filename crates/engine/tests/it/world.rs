//! The world that stories are told in: alerts that begin and end, people who act, messages that arrive.

use std::sync::Arc;
use std::time::Duration;

use ippo_base::clock::SimClock;
use ippo_base::ids::SimIds;
use ippo_base::{Clock, SharedClock, Timestamp};
use ippo_domain::Said;
use ippo_domain::alert::{AlertKind, AlertSeverity, AlertSource, AlertSubject, AlertTransition};
use ippo_domain::incident::{Incident, IncidentState};
use ippo_engine::channels::Channels;
use ippo_engine::deliver::Deliverer;
use ippo_engine::incident::{IncidentView, Incidents, apply_transitions};
use ippo_engine::watch::Watch;
use ippo_state::definition::{Applying, Revise, revise};
use ippo_state::incident::Listing;
use ippo_state::sim::Lifeline;
use ippo_state::slo::Mute;
use ippo_state::{State, StateError};
use ippo_testkit::channel::RecordingChannel;
use tempfile::TempDir;

/// Checkout's page alert over its long window of an hour.
pub(crate) const PAGE_1H: (AlertSeverity, &str) = (AlertSeverity::Page, "burn/0/60");
/// Checkout's page alert over its long window of six hours.
pub(crate) const PAGE_6H: (AlertSeverity, &str) = (AlertSeverity::Page, "burn/0/360");
/// Checkout's ticket alert over its long window of a day.
pub(crate) const TICKET: (AlertSeverity, &str) = (AlertSeverity::Ticket, "burn/0/1440");

/// An ippo that can be restarted, and everything around it.
pub(crate) struct World {
    pub(crate) clock: SimClock,
    pub(crate) channel: RecordingChannel,
    pub(crate) incidents: Incidents,
    pub(crate) deliverer: Deliverer,
    pub(crate) watch: Watch,
    ids: Arc<SimIds>,
    folder: Arc<TempDir>,
}

impl World {
    /// A new ippo whose SLO checkout tells `chat` and `mail`.
    pub(crate) async fn new() -> Self {
        Self::with(None).await
    }

    /// The same, with these channels instead of the recording one.
    pub(crate) async fn with(channels: Option<Channels>) -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a folder"));
        let clock = SimClock::new(Timestamp::parse("2026-11-24T02:00:00Z").expect("valid"));
        let ids = Arc::new(SimIds::default());
        let channel = RecordingChannel::default();
        let state = State::open(&folder.path().join("state.db")).await.expect("opens");
        let incidents = Incidents { state, ids: ids.clone() };
        let channels = channels.unwrap_or_else(|| Channels::all(Arc::new(channel.clone())));
        let deliverer = Deliverer::new(incidents.clone(), channels);
        let world = Self { clock, channel, incidents, deliverer, watch: Watch::default(), ids, folder };
        world.define("chat", "type: slack\n  url: https://hooks.slack.example/services/T0/B0/secret").await;
        world.define("mail", "type: email\n  to: [oncall@example.org]").await;
        world
    }

    /// The process is killed and started anew over the same folder; the new one dies with `lifeline`.
    pub(crate) async fn restarted(&self, lifeline: Lifeline) -> Self {
        let state = State::open(&self.folder.path().join("state.db")).await.expect("opens");
        let incidents = Incidents { state: state.dying_with(lifeline.clone()), ids: self.ids.clone() };
        let channel = self.channel.dying_with(lifeline);
        let deliverer = Deliverer::new(incidents.clone(), Channels::all(Arc::new(channel)));
        Self {
            clock: self.clock.clone(),
            channel: self.channel.clone(),
            incidents,
            deliverer,
            watch: Watch::default(),
            ids: Arc::clone(&self.ids),
            folder: Arc::clone(&self.folder),
        }
    }

    pub(crate) fn shared_clock(&self) -> SharedClock {
        Arc::new(self.clock.clone())
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Defines a notification target, or ends it if `spec` is empty.
    pub(crate) async fn define(&self, name: &str, spec: &str) {
        let document = format!(
            "apiVersion: ippo/v1\nkind: NotificationTarget\nmetadata: {{name: {name}}}\nspec:\n  {spec}\n"
        );
        let document = (!spec.is_empty()).then_some(document.as_str());
        let mut tx = self.incidents.state.begin().await.expect("begins");
        let revision = Revise { kind: "NotificationTarget", name, document };
        revise(&mut tx, revision, Applying { by: "ada", at: self.now() }).await.expect("writes");
        tx.commit().await.expect("commits");
    }

    /// Checkout's alerts begin or end, in one tick.
    pub(crate) async fn alerts(
        &self,
        kind: AlertKind,
        alerts: &[(AlertSeverity, &str)],
    ) -> Result<(), StateError> {
        let transitions: Vec<AlertTransition> =
            alerts.iter().map(|(severity, alert)| checkout(kind, *severity, alert, self.now())).collect();
        apply_transitions(&self.incidents.state, &*self.incidents.ids, &transitions, self.now()).await
    }

    /// These services fall silent, or are heard again; each tells its own target.
    pub(crate) async fn silence(&self, kind: AlertKind, services: &[&str]) {
        let transition = |service: &&str| AlertTransition {
            source: AlertSource::Absence { name: (*service).to_owned() },
            alert: "absence".to_owned(),
            kind,
            at: self.now(),
            text: Said::same(format!(
                "nothing is heard from {service}: its last spans began 3 whole minutes ago"
            )),
            subject: AlertSubject {
                title: Said::same(format!("{service} answers")),
                slo: Some((*service).to_owned()),
                service: Some((*service).to_owned()),
                notify: vec![format!("{service}-team"), "chat".to_owned()],
                ..AlertSubject::default()
            },
        };
        let transitions: Vec<AlertTransition> = services.iter().map(transition).collect();
        apply_transitions(&self.incidents.state, &*self.incidents.ids, &transitions, self.now())
            .await
            .expect("writes");
    }

    pub(crate) async fn fire(&self, alerts: &[(AlertSeverity, &str)]) {
        self.alerts(AlertKind::Firing, alerts).await.expect("writes");
    }

    pub(crate) async fn end(&self, alerts: &[(AlertSeverity, &str)]) {
        self.alerts(AlertKind::Resolved, alerts).await.expect("writes");
    }

    /// One round of delivery.
    pub(crate) async fn deliver(&self) {
        self.deliverer.run_once(&self.shared_clock()).await.expect("state works");
    }

    /// One round of delivery, and what arrived.
    pub(crate) async fn news(&self) -> Vec<String> {
        self.deliver().await;
        self.channel.news()
    }

    /// Time passes, with a round of delivery every second.
    pub(crate) async fn pass(&self, duration: Duration) {
        let until = self.now().plus(duration);
        while self.now() < until {
            self.clock.advance(Duration::from_secs(1));
            self.deliver().await;
        }
    }

    /// Time passes from one attempt that is due to the next.
    pub(crate) async fn skip(&self, duration: Duration) {
        let until = self.now().plus(duration);
        while self.now() < until {
            // What follows from the first round may itself be due.
            self.deliver().await;
            self.deliver().await;
            let listing = Listing { states: &[], before: None, limit: 100 };
            let views = self.incidents.list(listing).await.expect("reads");
            let due = views.iter().flat_map(|view| &view.deliveries).filter_map(|d| d.next_at);
            let next = due.filter(|at| *at > self.now()).min().unwrap_or(until).min(until);
            self.clock.advance(next.since(self.now()));
        }
    }

    pub(crate) async fn mute(&self, until: Timestamp) {
        let (slo, by, reason) = ("checkout".to_owned(), "ada".to_owned(), "deploy".to_owned());
        let mut tx = self.incidents.state.begin().await.expect("begins");
        ippo_state::slo::mute(&mut tx, &Mute { slo, until, by, reason }).await.expect("writes");
        tx.commit().await.expect("commits");
    }

    pub(crate) async fn show(&self, id: i64) -> IncidentView {
        self.incidents.show(id).await.expect("there is one")
    }

    pub(crate) async fn incident(&self, id: i64) -> Incident {
        self.show(id).await.incident
    }

    /// Every incident as `INC-1 open sev2 title`, oldest first.
    pub(crate) async fn all(&self) -> Vec<String> {
        let listing = Listing { states: &[], before: None, limit: 100 };
        let views = self.incidents.list(listing).await.expect("reads");
        let line = |view: &IncidentView| {
            let one = &view.incident;
            format!("{} {} {} {}", one.key(), one.state, one.severity, one.title)
        };
        views.iter().rev().map(line).collect()
    }

    /// An incident's timeline as `kind: text`, without the words of alerts.
    pub(crate) async fn timeline(&self, id: i64) -> Vec<String> {
        let entries = self.incidents.timeline(id, 0, 1_000).await.expect("reads");
        entries.iter().map(|e| format!("{}: {}", e.kind, e.text)).collect()
    }

    /// The kinds of an incident's timeline.
    pub(crate) async fn kinds(&self, id: i64) -> Vec<&'static str> {
        let entries = self.incidents.timeline(id, 0, 1_000).await.expect("reads");
        entries.iter().map(|e| e.kind.name()).collect()
    }

    /// The states of an incident's messages, as `chat opened delivered 1`.
    pub(crate) async fn outbox(&self, id: i64) -> Vec<String> {
        let deliveries = self.show(id).await.deliveries;
        let line = |d: &ippo_domain::delivery::Delivery| {
            format!("{} {} {} {}", d.target, d.event, d.state, d.attempts)
        };
        deliveries.iter().map(line).collect()
    }

    pub(crate) async fn is(&self, id: i64, state: IncidentState) -> bool {
        self.incident(id).await.state == state
    }
}

fn checkout(kind: AlertKind, severity: AlertSeverity, alert: &str, at: Timestamp) -> AlertTransition {
    AlertTransition {
        source: AlertSource::Slo { name: "checkout".to_owned(), severity },
        alert: alert.to_owned(),
        kind,
        at,
        text: Said::same("page 1h/5m of 0.999: burn 100 and 1000, factor 14.4"),
        subject: AlertSubject {
            title: Said::same("Checkout succeeds"),
            slo: Some("checkout".to_owned()),
            service: Some("frontend".to_owned()),
            owner: Some("team-pay".to_owned()),
            notify: vec!["chat".to_owned(), "mail".to_owned()],
            runbook: Some("https://runbooks.example/checkout".to_owned()),
            rule: None,
            examples: vec![],
        },
    }
}
