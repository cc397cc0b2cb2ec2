//! Alert rules at work over a real store and a real state database, on a clock that only moves when told to.

use std::sync::Arc;
use std::time::Duration;

use ippo_base::clock::SimClock;
use ippo_base::disk::{Disk as _, SimDisk};
use ippo_base::{Clock, SharedClock, TimeRange, Timestamp};
use ippo_domain::Language;
use ippo_domain::definition::{Missing, SourceFile};
use ippo_state::State;
use ippo_telemetry::{Signal, Store, StoreOptions};
use tempfile::TempDir;

use super::*;
use crate::definition::{Apply, ApplyError, ApplyMode, BackfillWait, DefinitionDesk};
use crate::slo::SloBook;

mod metrics;
mod past;
mod sent;

const PAGER: &str = "\
apiVersion: ippo/v1
kind: NotificationTarget
metadata: {name: pager}
spec: {type: webhook, url: 'http://127.0.0.1:1/'}
";

/// An alert rule with this condition and what else its spec has.
fn rule(name: &str, more: &str) -> String {
    format!(
        "---\napiVersion: ippo/v1\nkind: AlertRule\nmetadata: {{name: {name}}}\nspec:\n  owner: shop\n  notify: [pager]\n  \
         severity: page\n  action: Look at the provider.\n{more}"
    )
}

fn errors_above_five_percent() -> String {
    rule(
        "errors",
        "  for: 2m\n  resolveAfter: 3m\n  threshold: {signal: spans, where: service = 'pay', measure: ratio, matching: \
         status = 'error', above: 5%, resolveBelow: 2%, over: 2m, least: 10}\n",
    )
}

struct World {
    rules: AlertRules,
    desk: DefinitionDesk,
    clock: SimClock,
    disk: SimDisk,
    _folder: TempDir,
}

impl World {
    async fn new() -> Self {
        let clock = SimClock::new(Timestamp::parse("2026-11-24T02:00:00Z").expect("valid"));
        let folder = tempfile::tempdir().expect("a folder");
        let state = State::open(&folder.path().join("state.db")).await.expect("opens");
        let ids = Arc::new(ippo_base::ids::SimIds::default());
        let disk = SimDisk::new(1);
        let (store, _) =
            Store::open(Arc::new(disk.clone()), Arc::new(clock.clone()), StoreOptions::default())
                .expect("a new store");
        let slos = Slos { book: SloBook::default(), state, store, ids };
        slos.load().await.expect("nothing is stored");
        let (desk, rules) = (DefinitionDesk::new(slos.clone()), AlertRules::new(slos));
        Self { rules, desk, clock, disk, _folder: folder }
    }

    /// One with these rules.
    async fn with(rules: &str) -> Self {
        let world = Self::new().await;
        world.apply(&format!("{PAGER}{rules}")).await.expect("good");
        world
    }

    async fn apply(&self, text: &str) -> Result<(), ApplyError> {
        let wish = Apply {
            files: vec![SourceFile { path: "rules.yaml".to_owned(), text: text.to_owned() }],
            mode: ApplyMode::Apply,
            missing: Missing::Prune,
            wait: BackfillWait::Return,
            by: "ada".to_owned(),
        };
        self.desk.apply(&wish, self.clock.now()).await.map(drop)
    }

    fn shared_clock(&self) -> SharedClock {
        Arc::new(self.clock.clone())
    }

    async fn send(&self, signal: Signal, body: bytes::Bytes) {
        self.rules.slos.store.append(signal, "test", body).await.expect("stored");
    }

    /// Minutes in which something is sent at their beginning; what began and ended when each was looked at, which is in the minute
    /// after.
    async fn minutes(&self, count: usize, send: impl AsyncFn(&Self)) -> Vec<String> {
        let mut told = Vec::new();
        for _ in 0..count {
            self.is_up().await;
            send(self).await;
            self.clock.advance(Duration::from_secs(15));
            told.extend(self.look().await);
            self.clock.advance(Duration::from_secs(45));
        }
        told
    }

    async fn is_up(&self) {
        let mut tx = self.rules.slos.state.begin().await.expect("begins");
        ippo_state::uptime::touch(&mut tx, self.clock.now()).await.expect("writes");
        tx.commit().await.expect("commits");
    }

    async fn look(&self) -> Vec<String> {
        let looked =
            run_once(&self.rules, &self.shared_clock(), self.clock.now()).await.expect("state works");
        let told = looked.transitions.into_iter();
        told.map(|one| format!("{} {:?}: {}", one.source.key(), one.kind, one.text)).collect()
    }

    async fn state(&self, name: &str) -> RuleState {
        self.rules.show(name, self.clock.now()).await.expect("defined").state
    }

    async fn open(&self) -> Vec<ippo_domain::incident::Incident> {
        let mut connection = self.rules.slos.state.read().await.expect("state works");
        ippo_state::incident::open(&mut connection).await.expect("state works")
    }

    /// Requests of the service pay: so many that succeed and so many that fail.
    async fn pays(&self, good: usize, bad: usize) {
        self.send(Signal::Spans, sent::requests(self.clock.now(), "pay", (good, bad))).await;
    }

    async fn logs(&self, service: &str, bodies: &[&str]) {
        self.send(Signal::Logs, sent::logs(self.clock.now(), service, bodies)).await;
    }
}

#[tokio::test]
async fn a_ratio_fires_after_its_time_and_ends_below_its_second_limit() {
    let world = World::with(&errors_above_five_percent()).await;
    assert_eq!(world.minutes(5, async |w| w.pays(100, 0).await).await, Vec::<String>::new());
    assert_eq!(world.state("errors").await, RuleState::Fine);
    let begun = world.minutes(3, async |w| w.pays(90, 10).await).await;
    assert_eq!(
        begun,
        Vec::<String>::new(),
        "its first minute over two is just 5 %, and then it must hold for two"
    );
    assert_eq!(world.state("errors").await, RuleState::Pending);
    let begun = world.minutes(1, async |w| w.pays(90, 10).await).await;
    assert_eq!(begun, ["rule/errors/ Firing: the ratio is 10 % of 200 events over 2m; limit above 5%"]);
    let between = world.minutes(30, async |w| w.pays(97, 3).await).await;
    assert_eq!(between, Vec::<String>::new(), "3 % is below the limit and not below that of the end");
    assert_eq!(world.state("errors").await, RuleState::Firing);
    let ended = world.minutes(5, async |w| w.pays(100, 0).await).await;
    assert_eq!(ended, ["rule/errors/ Resolved: the ratio is 0 % of 200 events over 2m; limit above 5%"]);
    assert_eq!(world.minutes(3, async |w| w.pays(100, 0).await).await, Vec::<String>::new());
    let report = world.rules.show("errors", world.clock.now()).await.expect("defined");
    assert!(report.last_fired_at.is_some() && report.state == RuleState::Fine);
}

#[tokio::test]
async fn few_events_neither_begin_nor_end_an_alert() {
    let world = World::with(&errors_above_five_percent()).await;
    let told = world.minutes(10, async |w| w.pays(0, 4).await).await;
    assert_eq!(told, Vec::<String>::new(), "eight in two minutes are fewer than ten");
    let begun = world.minutes(4, async |w| w.pays(0, 10).await).await;
    assert_eq!(begun.len(), 1, "{begun:?}");
    let told = world.minutes(20, async |w| w.pays(4, 0).await).await;
    assert_eq!(told, Vec::<String>::new(), "so few may be chance");
}

#[tokio::test]
async fn silence_and_time_without_ippo_end_nothing() {
    let world = World::with(&errors_above_five_percent()).await;
    world.minutes(6, async |w| w.pays(90, 10).await).await;
    assert_eq!(world.state("errors").await, RuleState::Firing);
    let told = world.minutes(180, async |_| ()).await;
    assert_eq!(told, Vec::<String>::new(), "hours in which the service is silent resolve nothing");
    world.clock.advance(Duration::from_secs(6 * 3600));
    let told = world.minutes(1, async |w| w.pays(100, 0).await).await;
    assert_eq!(told, Vec::<String>::new(), "hours without ippo do not either");
    assert_eq!(world.state("errors").await, RuleState::Firing);
    let ended = world.minutes(8, async |w| w.pays(100, 0).await).await;
    assert_eq!(ended.len(), 1, "{ended:?}");
}

#[tokio::test]
async fn a_text_opens_one_incident_for_each_group_and_shows_where() {
    let text = "  resolveAfter: 5m\n  runbook: https://wiki.example.org/timeouts\n  text: {contains: gateway timeout, by: [service]}\n";
    let world = World::with(&rule("timeouts", text)).await;
    world.minutes(2, async |w| w.logs("pay", &["all is well"]).await).await;
    let begun = world
        .minutes(4, async |w| {
            w.logs("pay", &["Gateway Timeout after 3 s", "gateway timeout", "fine"]).await;
            w.logs("cart", &["payment: gateway timeout"]).await;
        })
        .await;
    assert_eq!(
        begun,
        [
            "rule/timeouts/service=cart Firing: service=cart: \"gateway timeout\" was found 1 times in 5m",
            "rule/timeouts/service=pay Firing: service=pay: \"gateway timeout\" was found 2 times in 5m"
        ]
    );
    let open = world.open().await;
    assert_eq!(open.len(), 2, "one for each service, not for each line");
    let of_cart = open.iter().find(|one| one.source.ends_with("cart")).expect("open");
    assert_eq!(of_cart.title.to(Language::English), "timeouts (service=cart)");
    assert_eq!(of_cart.action.as_deref(), Some("Look at the provider."));
    assert_eq!(of_cart.runbook.as_deref(), Some("https://wiki.example.org/timeouts"));
    assert_eq!(
        (of_cart.rule.as_deref(), of_cart.notify.as_slice()),
        (Some("timeouts"), &["pager".to_owned()][..])
    );
    let [example] = of_cart.examples.as_slice() else { panic!("one line: {:?}", of_cart.examples) };
    assert!(example.text.ends_with("cart payment: gateway timeout"), "{example:?}");
    assert!(example.path.starts_with("/logs?record=17"), "{example:?}");
    let ended = world.minutes(12, async |w| w.logs("pay", &["all is well"]).await).await;
    assert_eq!(ended.len(), 2, "{ended:?}");
    assert_eq!(world.open().await.len(), 0);
}

#[tokio::test]
async fn absence_counts_only_the_minutes_in_which_ippo_listened() {
    let absence = "  absence: {signal: logs, where: \"service = 'backup'\", silentFor: 10m}\n";
    let world = World::with(&rule("backup", absence)).await;
    world.minutes(3, async |w| w.logs("backup", &["done"]).await).await;
    let told = world.minutes(8, async |w| w.logs("other", &["noise"]).await).await;
    assert_eq!(told, Vec::<String>::new());
    world.clock.advance(Duration::from_secs(3600));
    assert_eq!(world.minutes(2, async |_| ()).await, Vec::<String>::new(), "nobody listened for an hour");
    assert_eq!(world.state("backup").await, RuleState::Fine);
    let begun = world.minutes(2, async |_| ()).await;
    assert_eq!(
        begun,
        [
            "rule/backup/ Firing: nothing matched for 10 minutes; the last came in the minute 2026-11-24T02:02:00Z"
        ]
    );
    assert_eq!(world.minutes(60, async |_| ()).await, Vec::<String>::new(), "it is told once");
    let ended = world.minutes(2, async |w| w.logs("backup", &["done"]).await).await;
    assert!(ended.len() == 1 && ended[0].contains("Resolved: it is heard again"), "{ended:?}");
}

#[tokio::test]
async fn a_rule_that_cannot_be_read_says_so_and_ends_nothing() {
    let world = World::with(&errors_above_five_percent()).await;
    world.minutes(6, async |w| w.pays(90, 10).await).await;
    assert_eq!(world.state("errors").await, RuleState::Firing);
    for _ in 0..6 {
        world.minutes(1, async |w| w.pays(100, 0).await).await;
        world.rules.slos.store.flush().await.expect("flushed");
        let snapshot = world.rules.slos.store.snapshot();
        for meta in snapshot.segments(Signal::Spans, TimeRange::ALL) {
            // Removed already where an earlier round did.
            let _ = world.disk.remove(&meta.path());
        }
    }
    let report = world.rules.show("errors", world.clock.now()).await.expect("defined");
    assert_eq!(report.state, RuleState::Firing, "{report:?}");
    let trouble = report.trouble.expect("it is said");
    assert!(trouble.english.starts_with("not everything could be read: "), "{trouble:?}");
}

#[tokio::test]
async fn a_rule_that_goes_or_tells_other_groups_apart_ends_its_alerts() {
    let by = |by: &str| rule("texts", &format!("  text: {{contains: timeout, by: [{by}]}}\n"));
    let world = World::with(&by("service")).await;
    world.minutes(3, async |w| w.logs("pay", &["timeout"]).await).await;
    assert_eq!(world.open().await.len(), 1);
    world.apply(&format!("{PAGER}{}", by("severity"))).await.expect("good");
    let told = world.minutes(1, async |w| w.logs("pay", &["timeout"]).await).await;
    let kinds: Vec<&str> = told.iter().map(|line| line.split(':').next().unwrap_or_default()).collect();
    assert_eq!(kinds, ["rule/texts/service=pay Resolved", "rule/texts/severity=ERROR Firing"], "{told:?}");
    world.apply(PAGER).await.expect("good");
    let told = world.minutes(1, async |_| ()).await;
    assert_eq!(told, ["rule/texts/severity=ERROR Resolved: the rule is no longer defined"]);
    assert_eq!(world.open().await.len(), 0);
}

#[tokio::test]
async fn what_fires_goes_on_over_a_restart_and_under_another_limit() {
    let world = World::with(&errors_above_five_percent()).await;
    world.minutes(6, async |w| w.pays(90, 10).await).await;
    let again = World { rules: AlertRules::new(world.rules.slos.clone()), ..world };
    assert_eq!(
        again.minutes(2, async |w| w.pays(90, 10).await).await,
        Vec::<String>::new(),
        "no second page"
    );
    let stricter = errors_above_five_percent().replace("above: 5%", "above: 4%");
    again.apply(&format!("{PAGER}{stricter}")).await.expect("good");
    assert_eq!(again.minutes(2, async |w| w.pays(90, 10).await).await, Vec::<String>::new());
    assert_eq!((again.state("errors").await, again.open().await.len()), (RuleState::Firing, 1));
}

#[tokio::test]
async fn nobody_is_told_of_a_rule_that_is_muted() {
    let world = World::with(&rule("texts", "  text: {contains: timeout}\n")).await;
    let until = world.clock.now().plus(Duration::from_secs(3600));
    let mute = ippo_state::alert_rule::Mute {
        rule: "texts".to_owned(),
        until,
        by: "ada".to_owned(),
        reason: "a test of the provider".to_owned(),
    };
    world.rules.mute(&mute).await.expect("defined");
    world.minutes(3, async |w| w.logs("pay", &["timeout"]).await).await;
    let open = world.open().await;
    assert!(open.len() == 1 && open[0].muted, "{open:?}");
    let messages = async || {
        let mut connection = world.rules.slos.state.read().await.expect("state works");
        ippo_state::outbox::of_incident(&mut connection, open[0].id).await.expect("state works").len()
    };
    assert_eq!(messages().await, 0);
    world.rules.unmute("texts").await.expect("defined");
    let incidents = crate::incident::Incidents {
        state: world.rules.slos.state.clone(),
        ids: Arc::clone(&world.rules.slos.ids),
    };
    crate::incident::sync_mutes(&incidents, world.clock.now()).await.expect("state works");
    assert_eq!(messages().await, 1, "whoever was not told then is told after");
    let unknown = world.rules.unmute("text").await.expect_err("there is none");
    assert!(matches!(unknown, RuleError::Unknown(_)));
}

#[test]
fn the_rules_of_the_guide_are_good() {
    for guide in ["alert-rules.md", "alert-rules.ja.md"] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide").join(guide);
        let text = std::fs::read_to_string(path).expect("the guide is there");
        let blocks = text.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
        let files: Vec<SourceFile> = blocks
            .enumerate()
            .map(|(n, block)| SourceFile { path: format!("{guide}:{n}"), text: block.to_owned() })
            .collect();
        let read = crate::definition::read(&files).expect("its examples are good");
        assert_eq!(read.alert_rules.len(), 4, "{guide}: one of each kind, and one over a metric");
        for definition in &read.alert_rules {
            assert!(Compiled::of(&definition.rule).is_ok(), "{}", definition.rule.name);
        }
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_rule_has_its_place() {
    let world = World::new().await;
    let bad = rule(
        "bad",
        "  threshold: {signal: spans, where: \"servce = 'a'\", measure: ratio, matching: 1, above: 5%, by: [rout, duration_ns]}\n",
    ) + &rule(
        "level",
        "  threshold: {signal: metrics, where: value > 5, measure: last, above: 5}\n",
    ) + &rule(
        "point",
        "  threshold: {signal: metrics, where: \"metric = 'a' AND value > 5\", measure: last, above: 5}\n",
    );
    let Err(ApplyError::Invalid(errors)) = world.apply(&format!("{PAGER}{bad}")).await else {
        panic!("refused")
    };
    let told: Vec<String> = errors.iter().map(|e| format!("{}:{} {}", e.line, e.column, e.field)).collect();
    assert_eq!(
        told,
        [
            "14:38 spec.threshold.where",
            "14:79 spec.threshold.matching",
            "14:98 spec.threshold.by[0]",
            "14:104 spec.threshold.by[1]",
            "24:39 spec.threshold.where",
            "34:40 spec.threshold.where"
        ],
        "{errors:#?}"
    );
}
