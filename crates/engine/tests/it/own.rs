//! ippo's own failures: targets that cannot be reached, loops that hang, and the heartbeat that stays away.

use std::sync::Arc;
use std::time::Duration;

use ippo_domain::delivery::Outcome;
use ippo_domain::incident::IncidentState;
use ippo_domain::{Language, Said};
use ippo_engine::channels::Channels;
use ippo_engine::heartbeat::{Beat, Heartbeat};
use ippo_engine::settings::HeartbeatSettings;
use ippo_engine::watch::{Loop, Watch};
use ippo_testkit::channel::{Answer, RecordingChannel};
use ippo_testkit::receiver::{Receiver, Reply};
use tokio_util::sync::CancellationToken;

use crate::world::{PAGE_1H, World};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// A world in which Slack is broken and mail works.
async fn without_slack() -> (World, RecordingChannel, RecordingChannel) {
    let (slack, mail) = (RecordingChannel::default(), RecordingChannel::default());
    slack.otherwise(Answer::Refuse);
    let channels = Channels {
        webhook: Arc::new(mail.clone()),
        email: Arc::new(mail.clone()),
        slack: Arc::new(slack.clone()),
    };
    (World::with(Some(channels)).await, slack, mail)
}

#[tokio::test]
async fn a_target_that_fails_is_seen_on_the_incident_and_the_others_hear_of_it() {
    let (world, slack, mail) = without_slack().await;
    world.fire(&[PAGE_1H]).await;
    world.deliver().await;
    assert_eq!(mail.news(), ["mail opened INC-1"]);
    let chat = world.show(1).await.deliveries[0].clone();
    assert_eq!((chat.state.name(), chat.last_error.as_deref()), ("failed", Some("answered 500")));
    assert!(world.timeline(1).await[2].starts_with("notify_failed: chat: answered 500; next attempt in "));

    world.pass(Duration::from_secs(4 * 60)).await;
    assert!(mail.news().is_empty(), "not yet");
    world.pass(Duration::from_secs(3 * 60)).await;
    assert_eq!(mail.news(), ["mail opened INC-2"]);
    let own = world.incident(2).await;
    assert_eq!(
        (own.title.to(Language::English), own.severity.name()),
        ("ippo: messages to chat do not arrive", "sev3")
    );

    slack.otherwise(Answer::Take);
    world.skip(HOUR).await;
    assert_eq!(slack.news(), ["chat opened INC-1"]);
    assert_eq!(mail.news(), ["mail resolved INC-2"]);
    let counts: Vec<String> =
        world.deliverer.counts().iter().map(|(end, count)| format!("{end} {count}")).collect();
    assert_eq!(counts, ["delivered 4", "refused 6", "unknown 0", "abandoned 0"]);
    assert!(world.is(2, IncidentState::Resolved).await);
}

#[tokio::test]
async fn after_two_days_a_message_is_given_up_and_said_so() {
    let (world, _slack, mail) = without_slack().await;
    world.fire(&[PAGE_1H]).await;
    world.skip(HOUR * 49).await;
    let chat = world.show(1).await.deliveries[0].clone();
    assert_eq!((chat.state.name(), chat.next_at), ("abandoned", None));
    assert!(chat.attempts > 50, "{}", chat.attempts);
    assert!(world.kinds(1).await.contains(&"notify_abandoned"));
    assert_eq!(mail.news(), ["mail opened INC-1", "mail opened INC-2"], "once, not at every attempt");
    assert!(world.is(2, IncidentState::Open).await, "still nobody can reach chat");
}

#[tokio::test]
async fn a_target_that_is_no_longer_defined_is_given_up_and_no_failure_of_ippo() {
    let (world, _slack, mail) = without_slack().await;
    world.fire(&[PAGE_1H]).await;
    world.pass(Duration::from_secs(7 * 60)).await;
    assert!(world.is(2, IncidentState::Open).await);
    world.define("chat", "").await;
    world.skip(HOUR).await;
    world.watch.run_once(&world.incidents, world.now()).await.expect("writes");
    assert!(world.is(2, IncidentState::Resolved).await);
    assert_eq!(world.show(1).await.deliveries[0].state.name(), "abandoned");
    assert_eq!(mail.news(), ["mail opened INC-1", "mail opened INC-2"]);
}

#[tokio::test]
async fn a_target_that_is_not_defined_is_said_to_be_missing() {
    let world = World::new().await;
    world.define("chat", "").await;
    world.fire(&[PAGE_1H]).await;
    assert_eq!(world.news().await, ["mail opened INC-1"]);
    let told = "notify_abandoned: chat: there is no such target; apply its definition, or name another one";
    assert!(world.timeline(1).await.contains(&told.to_owned()));
}

#[tokio::test]
async fn a_loop_that_hangs_is_an_incident_until_it_works() {
    let world = World::new().await;
    world.watch.expect(Loop::Evaluate, world.now());
    world.watch.works(Loop::Deliver, world.now());
    for _ in 0..6 {
        world.clock.advance(Duration::from_secs(10));
        world.watch.works(Loop::Deliver, world.now());
        world.watch.fails(Loop::Evaluate, "telemetry has no counter slo/checkout/0");
        world.watch.run_once(&world.incidents, world.now()).await.expect("writes");
    }
    assert_eq!(world.all().await, ["INC-1 open sev3 ippo: SLOs cannot be evaluated"]);
    assert_eq!(
        world.timeline(1).await[0],
        "alert_firing: evaluate has not worked for 60 s: telemetry has no counter slo/checkout/0"
    );
    assert_eq!(world.news().await, ["chat opened INC-1", "mail opened INC-1"]);
    world.watch.works(Loop::Evaluate, world.now());
    world.watch.run_once(&world.incidents, world.now()).await.expect("writes");
    assert_eq!(world.news().await, ["chat resolved INC-1", "mail resolved INC-1"]);
}

#[tokio::test]
async fn the_heart_beats_outside_and_stays_away_while_ippo_fails() {
    let world = World::new().await;
    let outside = Receiver::start().await;
    let settings = HeartbeatSettings { url: outside.url("/ping/secret"), interval: Duration::from_secs(60) };
    assert!(!format!("{settings:?}").contains("secret"));
    let heartbeat = Heartbeat::new(settings, &world.shared_clock()).expect("a client");
    let watch = Watch::default();
    watch.expect(Loop::Heartbeat, world.now());
    watch.expect(Loop::Evaluate, world.now());
    assert_eq!(heartbeat.run_once(&watch, &world.shared_clock()).await, Beat::Arrived);
    assert_eq!(outside.requests()[0].path, "/ping/secret");

    outside.reply([Reply::Status(500)]);
    let missed = heartbeat.run_once(&watch, &world.shared_clock()).await;
    assert_eq!(missed, Beat::Missed("answered 500".to_owned()));

    world.clock.advance(Duration::from_secs(60));
    let withheld = heartbeat.run_once(&watch, &world.shared_clock()).await;
    assert_eq!(withheld, Beat::Withheld(vec![Loop::Evaluate]));
    assert_eq!(outside.requests().len(), 2, "nothing was sent");
    watch.works(Loop::Evaluate, world.now());
    assert_eq!(
        watch.failing(world.now()),
        [(
            Loop::Heartbeat,
            Said::new("has not worked for 60 s: answered 500", "が 60 秒間動いていません: answered 500")
        )]
    );
    watch.run_once(&world.incidents, world.now()).await.expect("writes");
    assert_eq!(world.all().await, ["INC-1 open sev3 ippo: the heartbeat does not arrive"]);
}

#[tokio::test]
async fn a_heart_that_beats_seldom_or_misses_once_has_not_failed() {
    for minutes in [1, 5] {
        let world = World::new().await;
        let outside = Receiver::start().await;
        let interval = Duration::from_secs(60 * minutes);
        let settings = HeartbeatSettings { url: outside.url("/ping"), interval };
        let heartbeat = Heartbeat::new(settings, &world.shared_clock()).expect("a client");
        heartbeat.expect(&world.watch, world.now());
        let beats = [204, 500, 204, 204, 500, 204, 500, 500];
        outside.reply(beats.map(Reply::Status));
        for (count, answer) in beats.into_iter().enumerate() {
            heartbeat.run_once(&world.watch, &world.shared_clock()).await;
            for _ in 0..=minutes * 6 {
                world.clock.advance(Duration::from_secs(10));
                world.watch.run_once(&world.incidents, world.now()).await.expect("writes");
            }
            let failed = count + 1 == beats.len();
            assert_eq!(world.all().await.len(), usize::from(failed), "beat {count} answered {answer}");
        }
        assert_eq!(world.all().await, ["INC-1 open sev3 ippo: the heartbeat does not arrive"]);
    }
}

#[tokio::test]
async fn a_machine_that_slept_or_whose_clock_was_set_has_not_failed() {
    let world = World::new().await;
    let look = async || world.watch.run_once(&world.incidents, world.now()).await.expect("writes");
    for which in [Loop::Ingest, Loop::Evaluate, Loop::Deliver] {
        world.watch.expect(which, world.now());
    }
    look().await;
    world.clock.advance(Duration::from_secs(3 * 60 * 60));
    look().await;
    assert_eq!(world.all().await, [""; 0], "it slept");
    world.clock.jump_to(world.now().minus(Duration::from_secs(60 * 60)));
    look().await;
    assert_eq!(world.all().await, [""; 0], "its clock was set back");
    for _ in 0..6 {
        world.clock.advance(Duration::from_secs(10));
        world.watch.works(Loop::Ingest, world.now());
        world.watch.works(Loop::Deliver, world.now());
        look().await;
    }
    assert_eq!(world.all().await, ["INC-1 open sev3 ippo: SLOs cannot be evaluated"]);
}

#[tokio::test]
async fn a_test_message_shows_whether_a_target_can_be_reached() {
    let (world, _slack, mail) = without_slack().await;
    let clock = world.shared_clock();
    assert_eq!(world.deliverer.test("mail", "ada", &clock).await.expect("defined"), Outcome::Delivered);
    assert_eq!(mail.news(), ["mail test "]);
    let refused = world.deliverer.test("chat", "ada", &clock).await.expect("defined");
    assert!(matches!(refused, Outcome::Refused { .. }));
    assert!(world.deliverer.test("nobody", "ada", &clock).await.is_err());
    let targets = world.deliverer.targets().await.expect("reads");
    let told: Vec<_> = targets.iter().map(|t| (t.definition.name.as_str(), t.destination())).collect();
    assert_eq!(
        told,
        [("chat", "https://hooks.slack.example".to_owned()), ("mail", "oncall@example.org".to_owned())]
    );
    assert_eq!(targets[0].health.last_error.as_deref(), Some("answered 500"));
    assert_eq!(targets[1].health.last_success_at, Some(world.now()));
}

#[tokio::test]
async fn the_loop_sends_what_waits_until_it_is_told_to_stop() {
    let world = World::new().await;
    let stop = CancellationToken::new();
    let (deliverer, watch) = (world.deliverer.clone(), world.watch.clone());
    let (clock, told) = (world.shared_clock(), stop.clone());
    let running = tokio::spawn(async move { deliverer.run(clock, watch, told).await });
    world.fire(&[PAGE_1H]).await;
    while world.channel.arrived().len() < 2 {
        if world.clock.sleepers() > 0 {
            world.clock.advance(Duration::from_secs(1));
        }
        tokio::task::yield_now().await;
    }
    stop.cancel();
    running.await.expect("it ends");
    assert!(world.watch.failing(world.now()).is_empty());
    assert_eq!(world.outbox(1).await, ["chat opened delivered 1", "mail opened delivered 1"]);
}
