//! The real channels against far sides that speak the real protocols: what arrives, how it is worded and signed, and what
//! each kind of failure means. No secret is ever told.

use std::sync::Arc;
use std::time::Duration;

use ippo_base::SharedClock;
use ippo_base::Timestamp;
use ippo_base::clock::SimClock;
use ippo_domain::Language;
use ippo_domain::delivery::Outcome;
use ippo_domain::incident::Severity;
use ippo_engine::channels::{Channels, Secrets, signature};
use ippo_engine::deliver::DELIVER_EVERY;
use ippo_engine::settings::{MessageSettings, SmtpSettings};
use ippo_testkit::receiver::{Receiver, Reply};
use ippo_testkit::smtp::{Behaviour, SmtpServer};
use tokio_util::sync::CancellationToken;

use crate::world::{PAGE_1H, World};

/// A world whose targets are real servers.
pub(crate) struct Real {
    pub(crate) world: World,
    pub(crate) hook: Receiver,
    pub(crate) slack: Receiver,
    pub(crate) smtp: SmtpServer,
}

impl Real {
    async fn new(messages: MessageSettings) -> Self {
        let (hook, slack) = (Receiver::start().await, Receiver::start().await);
        let smtp = SmtpServer::start().await;
        let settings =
            SmtpSettings { url: smtp.url("ippo:p%40ss@"), from: "ippo <ippo@example.org>".to_owned() };
        let slack_url = slack.url("/services/T0/B0/slack-secret");
        let secrets: Secrets = Arc::new(move |name| match name {
            "HOOK_SECRET" => Some("new-key old-key".to_owned()),
            "SLACK_URL" => Some(slack_url.clone()),
            _ => None,
        });
        let real_time: SharedClock =
            Arc::new(SimClock::new(Timestamp::parse("2026-11-24T02:00:00Z").expect("valid")));
        let channels =
            Channels::real(&messages, Some(&settings), &secrets, &real_time).expect("good settings");
        let world = World::with(Some(channels)).await;
        let url = hook.url("/hook?token=url-secret");
        world
            .define("hook", &format!("type: webhook\n  url: {url}\n  secretFrom: {{env: HOOK_SECRET}}"))
            .await;
        world.define("chat", "type: slack\n  urlFrom: {env: SLACK_URL}").await;
        Self { world, hook, slack, smtp }
    }

    pub(crate) async fn english() -> Self {
        Self::new(MessageSettings {
            public_url: "https://ippo.example/".to_owned(),
            ..MessageSettings::default()
        })
        .await
    }

    /// One attempt at a target, outside of any incident.
    async fn test(&self, target: &str) -> Outcome {
        self.world.deliverer.test(target, "ada", &self.world.shared_clock()).await.expect("defined")
    }
}

fn reason(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Delivered => "delivered".to_owned(),
        Outcome::Partly { reason } => format!("partly: {reason}"),
        Outcome::Refused { reason, .. } => format!("refused: {reason}"),
        Outcome::Unknown { reason } => format!("unknown: {reason}"),
    }
}

#[tokio::test]
async fn an_outage_reaches_the_mailbox_and_the_chat_once() {
    let real = Real::english().await;
    real.world.fire(&[PAGE_1H]).await;
    for _ in 0..3 {
        real.world.deliver().await;
    }
    let [mail] = &real.smtp.mails()[..] else { panic!("one mail, once") };
    assert_eq!(
        (mail.from.as_str(), &mail.to[..]),
        ("ippo@example.org", &["oncall@example.org".to_owned()][..])
    );
    assert_eq!(mail.signed_in.as_deref(), Some("ippo p@ss"));
    assert_eq!(mail.header("subject"), "[sev2] INC-1 began: Checkout succeeds is burning its error budget");
    assert!(mail.header("message-id").ends_with("@example.org>"));
    assert_eq!(
        mail.part("text/plain").trim_end(),
        "INC-1: Checkout succeeds is burning its error budget\n\
         \n\
         What:   it began, 2026-11-24 02:00:00 UTC (sev2, by ippo)\n\
         \x20       page 1h/5m of 0.999: burn 100 and 1000, factor 14.4\n\
         Since:  2026-11-24 02:00:00 UTC\n\
         Where:  frontend\n\
         Owner:  team-pay\n\
         Look:   https://ippo.example/incidents/1\n\
         Do:     https://runbooks.example/checkout"
    );
    let html = mail.part("text/html");
    assert!(
        html.contains("<a href=\"https:&#x2f;&#x2f;ippo.example&#x2f;incidents&#x2f;1\">Open INC-1</a>"),
        "{html}"
    );

    let [chat] = &real.slack.requests()[..] else { panic!("one message, once") };
    assert_eq!(chat.path, "/services/T0/B0/slack-secret");
    let text = chat.json()["blocks"][0]["text"]["text"].as_str().expect("a text").to_owned();
    assert!(
        text.starts_with("*<https://ippo.example/incidents/1|INC-1>* Checkout succeeds is burning"),
        "{text}"
    );
    assert!(text.contains("*sev2* · began · 2026-11-24 02:00:00 UTC"), "{text}");
    assert!(real.hook.requests().is_empty(), "the SLO does not name it");
}

#[tokio::test]
async fn a_mailbox_that_is_gone_does_not_keep_the_others_from_hearing() {
    let real = Real::english().await;
    let two = "type: email\n  to: [gone@example.org, ada@example.org]";
    real.world.define("mail", two).await;
    real.smtp.refuse("gone@example.org", 550);
    real.world.fire(&[PAGE_1H]).await;
    for _ in 0..3 {
        real.world.deliver().await;
        real.world.clock.advance(Duration::from_secs(3_600));
    }
    let to: Vec<Vec<String>> = real.smtp.mails().into_iter().map(|mail| mail.to).collect();
    assert_eq!(to, [["ada@example.org".to_owned()]], "once");
    let said = real.world.timeline(1).await.join("\n");
    assert!(said.contains("mail: not to everyone: gone@example.org: the mail server answered 550"), "{said}");
    real.smtp.refuse("ada@example.org", 550);
    assert!(reason(&real.test("mail").await).starts_with("refused: gone@example.org: "), "nobody is left");
}

#[tokio::test]
async fn messages_speak_japanese_and_the_local_time() {
    let settings = MessageSettings {
        language: Language::Japanese,
        time_zone: "Asia/Tokyo".to_owned(),
        ..MessageSettings::default()
    };
    let real = Real::new(settings).await;
    real.world.fire(&[PAGE_1H]).await;
    real.world.deliver().await;
    let mail = &real.smtp.mails()[0];
    assert_eq!(
        mail.header("subject"),
        "[SEV 2] INC-1 発生: Checkout succeeds: エラーバジェットの消費が速すぎます"
    );
    let text = mail.part("text/plain");
    assert!(text.contains("発生: 2026-11-24 11:00:00 JST"), "{text}");
    assert!(text.contains("確認: http://127.0.0.1:4300/incidents/1"), "{text}");
    assert!(mail.part("text/html").contains("手順書"));
}

#[tokio::test]
async fn a_webhook_is_signed_with_every_key_and_keeps_its_id() {
    let real = Real::english().await;
    let new = ippo_engine::incident::NewIncident {
        title: "Nobody <can> pay".to_owned(),
        severity: Severity::Sev1,
        service: None,
        description: String::new(),
    };
    real.hook.reply([Reply::Status(500), Reply::Later(30)]);
    real.world.incidents.open(new, "ada", real.world.now()).await.expect("good");
    for _ in 0..3 {
        real.world.deliver().await;
        real.world.clock.advance(Duration::from_secs(40));
    }
    let requests = real.hook.requests();
    assert_eq!(requests.len(), 3, "failed, asked to wait, taken");
    for request in &requests {
        assert_eq!(request.headers["ippo-delivery"], requests[0].headers["ippo-delivery"]);
        let timestamp: i64 = request.headers["ippo-timestamp"].parse().expect("seconds");
        let signed = |key| format!("v1={}", signature(key, timestamp, &request.body));
        assert_eq!(request.headers["ippo-signature"], format!("{},{}", signed("new-key"), signed("old-key")));
    }
    let body = requests[2].json();
    assert_eq!((body["event"].as_str(), body["repeat"].as_bool()), (Some("opened"), Some(false)));
    assert_eq!(body["incident"]["key"], "INC-1");
    assert_eq!(body["incident"]["title"], "Nobody <can> pay");
    assert_eq!(body["incident"]["url"], "https://ippo.example/incidents/1");
    let chat = real.slack.requests()[0].json();
    assert!(chat["text"].as_str().expect("a text").contains("Nobody &lt;can&gt; pay"), "{chat}");
    assert!(real.smtp.mails()[0].part("text/html").contains("Nobody &lt;can&gt; pay"));
}

#[tokio::test]
async fn an_answer_that_never_comes_is_unknown_and_the_repeat_says_so() {
    let hook = Receiver::start().await;
    let clock = SimClock::new(Timestamp::parse("2026-11-24T02:00:00Z").expect("valid"));
    let secrets: Secrets = Arc::new(|_| None);
    let shared: SharedClock = Arc::new(clock.clone());
    let channels =
        Channels::real(&MessageSettings::default(), None, &secrets, &shared).expect("good settings");
    let world = World::with(Some(channels)).await;
    world.define("chat", &format!("type: webhook\n  url: {}", hook.url("/"))).await;
    world.define("mail", "").await;
    hook.reply([Reply::Hang, Reply::Close]);
    world.fire(&[PAGE_1H]).await;
    let world_clock = world.shared_clock();
    let (round, ()) = tokio::join!(world.deliverer.run_once(&world_clock), async {
        hook.wait_for(1).await;
        clock.advance(Duration::from_secs(5));
    });
    round.expect("state works");
    let unknown = world.show(1).await.deliveries[0].clone();
    assert_eq!(unknown.last_error.as_deref(), Some("no answer within 5 s; whether it arrived is unknown"));
    world.pass(Duration::from_secs(40)).await;
    let requests = hook.requests();
    let repeats: Vec<bool> = requests.iter().map(|r| r.json()["repeat"] == true).collect();
    assert_eq!(repeats, [false, true, true]);
    assert!(requests.iter().all(|r| r.headers["ippo-delivery"] == requests[0].headers["ippo-delivery"]));
    let story = world.timeline(1).await;
    assert!(story.iter().any(|line| line.contains("it may have arrived twice")), "{story:#?}");
}

#[tokio::test]
async fn a_target_that_hangs_does_not_hold_up_the_others() {
    let (hook, smtp) = (Receiver::start().await, SmtpServer::start().await);
    let clock = SimClock::new(Timestamp::parse("2026-11-24T02:00:00Z").expect("valid"));
    let shared: SharedClock = Arc::new(clock.clone());
    let secrets: Secrets = Arc::new(|_| None);
    let settings = SmtpSettings { url: smtp.url(""), from: "ippo@example.org".to_owned() };
    let channels = Channels::real(&MessageSettings::default(), Some(&settings), &secrets, &shared);
    let world = World::with(Some(channels.expect("good settings"))).await;
    world.define("chat", &format!("type: webhook\n  url: {}", hook.url("/"))).await;
    hook.reply([Reply::Hang]);
    world.fire(&[PAGE_1H]).await;
    let stop = CancellationToken::new();
    let (deliverer, watch, told) = (world.deliverer.clone(), world.watch.clone(), stop.clone());
    let running = tokio::spawn(async move { deliverer.run(shared, watch, told).await });
    hook.wait_for(1).await;
    while world.outbox(1).await[1] != "mail opened delivered 1" {
        tokio::task::yield_now().await;
    }
    world.incidents.set_severity(1, "ada", Severity::Sev1, world.now()).await.expect("open");
    clock.advance(DELIVER_EVERY);
    smtp.wait_for(2).await;
    assert_eq!(
        world.outbox(1).await[..3],
        ["chat opened sending 1", "mail opened delivered 1", "chat severity_raised pending 0"]
    );
    stop.cancel();
    clock.advance(Duration::from_secs(5));
    running.await.expect("it ends");
    assert_eq!(world.outbox(1).await[0], "chat opened failed 1", "what was under way was finished");
}

#[tokio::test]
async fn what_a_failed_attempt_means_and_says() {
    let real = Real::english().await;
    let elsewhere = real.slack.url("/elsewhere");
    real.hook.reply([
        Reply::Status(204),
        Reply::Status(404),
        Reply::Status(504),
        Reply::Moved(elsewhere),
        Reply::Close,
    ]);
    let mut said = Vec::new();
    for _ in 0..5 {
        said.push(reason(&real.test("hook").await));
    }
    assert_eq!(
        said[..4],
        [
            "delivered",
            "refused: answered 404",
            "unknown: a gateway in between answered 504",
            "refused: answered 302; redirects are not followed",
        ]
    );
    assert!(said[4].starts_with("unknown: the connection broke: "), "{}", said[4]);
    assert!(real.slack.requests().is_empty());

    real.world.define("gone", "type: webhook\n  url: http://127.0.0.1:1/url-secret").await;
    real.world.define("unset", "type: slack\n  urlFrom: {env: NOT_SET}").await;
    said.push(reason(&real.test("gone").await));
    said.push(reason(&real.test("unset").await));
    assert!(said[5].starts_with("refused: cannot connect: "), "{}", said[5]);
    assert_eq!(said[6], "refused: the environment variable NOT_SET is not set where ippo runs");
    assert!(said.iter().all(|line| !line.contains("secret") && !line.contains("token")), "{said:#?}");
}

#[tokio::test]
async fn what_a_mail_server_says_and_does_not_say() {
    let real = Real::english().await;
    real.smtp.behave([
        Behaviour::Take,
        Behaviour::RefuseRecipient(550),
        Behaviour::RefuseMail(451),
        Behaviour::DropAtOnce,
        Behaviour::TakeAndDrop,
    ]);
    let mut said = Vec::new();
    for _ in 0..5 {
        said.push(reason(&real.test("mail").await));
    }
    assert_eq!(
        said[..3],
        [
            "delivered",
            "refused: the mail server answered 550 no such mailbox",
            "refused: the mail server answered 451 try again later",
        ]
    );
    assert!(said[3].starts_with("refused: ") || said[3].starts_with("unknown: "), "{}", said[3]);
    assert!(said[4].starts_with("unknown: the connection to the mail server broke"), "{}", said[4]);
    assert!(said.iter().all(|line| !line.contains("p@ss") && !line.contains("p%40ss")), "{said:#?}");
}

#[tokio::test]
async fn settings_that_cannot_be_are_refused_without_telling_the_password() {
    let secrets: Secrets = Arc::new(|_| None);
    let clock: SharedClock = Arc::new(SimClock::new(Timestamp::from_secs(0)));
    let messages = MessageSettings::default();
    let smtp = |url: &str, from: &str| SmtpSettings { url: url.to_owned(), from: from.to_owned() };
    let said = |settings: &SmtpSettings| {
        Channels::real(&messages, Some(settings), &secrets, &clock).err().expect("refused").to_string()
    };
    let wrong = [
        said(&smtp("imap://user:hunter2@host", "ippo@example.org")),
        said(&smtp("smtp://user:hunter2@host?tls=maybe", "ippo@example.org")),
        said(&smtp("smtp://user:hunter2@host", "nobody")),
    ];
    assert!(wrong.iter().all(|line| !line.contains("hunter2")), "{wrong:#?}");
    assert!(wrong[2].contains("\"nobody\" is not an address"), "{}", wrong[2]);
    let debug = format!("{:?}", smtp("smtp://user:hunter2@host", "nobody"));
    assert!(!debug.contains("hunter2"), "{debug}");
    let nowhere = MessageSettings { time_zone: "Mars/Olympus".to_owned(), ..MessageSettings::default() };
    let error = Channels::real(&nowhere, None, &secrets, &clock).err().expect("refused").to_string();
    assert_eq!(error, "\"Mars/Olympus\" is not a time zone such as Asia/Tokyo or UTC");
}
